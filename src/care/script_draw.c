/* script_draw.c: subjects by lot. */
#include "base/hash.h"
#include "base/timestamp.h"
#include "care/script_internal.h"

#include <inttypes.h>
#include <stdlib.h>

enum { IS_OF = 1, IS_BOTH = 2, IS_NOT = 4, IS_FIRST = 8, IS_LAST = 16 };

struct candidate {
    unsigned rank; /* first 0, last 2 */
    uint64_t lot;
    uint32_t player;
};

const struct cord_script_label *cord_script_draw_label(const struct cord_script_cast *cast,
                                                       cord_str name)
{
    uint32_t place = cord_map_get(&cast->by_label, name);
    return place == CORD_MAP_NONE ? NULL : &cast->labels[place];
}

uint64_t cord_script_draw_number(const struct cord_script_cast *cast, cord_str label, cord_str code,
                                 uint64_t use)
{
    uint64_t number = cord_hash_mix(cast->seed ^ cord_hash_mix(use + 1));
    number = cord_hash_mix(number ^ cord_hash(label, 0));
    return cord_hash_mix(number ^ cord_hash(code, 0));
}

static cord_status mark(struct cord_script_cast *cast, const struct cord_scenario_texts *labels,
                        unsigned char bit, struct cord_error *err)
{
    for (size_t i = 0; i < labels->count; i++) {
        const struct cord_script_label *label = cord_script_draw_label(cast, labels->items[i]);
        if (!label) {
            return cord_error_set(err, CORD_E_FORMAT,
                                  "there is no '%.*s' before it, neither statement nor group",
                                  CORD_STR_ARG(labels->items[i]));
        }
        for (size_t j = 0; j < label->count; j++) {
            cast->marks[label->who[j]] |= bit;
        }
    }
    return CORD_OK;
}

static cord_status mark_all(struct cord_script_cast *cast, const struct cord_scenario_draw *draw,
                            struct cord_error *err)
{
    const struct {
        const struct cord_scenario_texts *labels;
        unsigned char bit;
    } marks[] = {{&draw->of, IS_OF},
                 {&draw->both, IS_BOTH},
                 {&draw->not_of, IS_NOT},
                 {&draw->first, IS_FIRST},
                 {&draw->last, IS_LAST}};
    cord_status status = CORD_OK;
    memset(cast->marks, 0, cast->player_count);
    for (size_t i = 0; i < sizeof marks / sizeof *marks && status == CORD_OK; i++) {
        status = mark(cast, marks[i].labels, marks[i].bit, err);
    }
    return status;
}

static bool holds(const struct cord_scenario_texts *texts, cord_str text)
{
    for (size_t i = 0; i < texts->count; i++) {
        if (cord_str_eq(texts->items[i], text)) {
            return true;
        }
    }
    return texts->count == 0;
}

static bool may_be_drawn(const struct cord_script_player *player, unsigned marks,
                         const struct cord_scenario_draw *draw, int64_t time_ns)
{
    bool open = (player->opened_ns == CORD_TIME_NONE || player->opened_ns <= time_ns) &&
                (player->closed_ns == CORD_TIME_NONE || player->closed_ns > time_ns);
    return open && (draw->role.len == 0 || cord_str_eq(player->role, draw->role)) &&
           holds(&draw->regions, player->region) && (draw->of.count == 0 || (marks & IS_OF)) &&
           (draw->both.count == 0 || (marks & IS_BOTH)) && !(marks & IS_NOT);
}

static int compare(const void *left, const void *right)
{
    const struct candidate *a = left;
    const struct candidate *b = right;
    if (a->rank != b->rank) {
        return a->rank < b->rank ? -1 : 1;
    }
    if (a->lot != b->lot) {
        return a->lot < b->lot ? -1 : 1;
    }
    return a->player < b->player ? -1 : a->player > b->player;
}

static size_t gather(const struct cord_script_cast *cast, const struct cord_scenario_draw *draw,
                     cord_str label, int64_t time_ns, struct candidate *candidates)
{
    size_t count = 0;
    for (uint32_t i = 0; i < cast->player_count; i++) {
        const struct cord_script_player *player = &cast->players[i];
        unsigned marks = cast->marks[i];
        if (may_be_drawn(player, marks, draw, time_ns)) {
            candidates[count++] = (struct candidate){
                .rank = marks & IS_FIRST  ? 0
                        : marks & IS_LAST ? 2
                                          : 1,
                .lot = cord_script_draw_number(cast, label, player->code, 0),
                .player = i,
            };
        }
    }
    return count;
}

cord_status cord_script_draw_who(struct cord_script_cast *cast,
                                 const struct cord_scenario_draw *draw, cord_str label,
                                 int64_t time_ns, uint32_t **ret_who, struct cord_error *err)
{
    cord_status status = mark_all(cast, draw, err);
    if (status != CORD_OK) {
        return status;
    }
    struct candidate *candidates = calloc(cast->player_count + 1, sizeof *candidates);
    uint32_t *who = cord_arena_zalloc(cast->arena, (size_t)draw->count + 1, sizeof *who);
    if (!candidates || !who) {
        free(candidates);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    size_t count = gather(cast, draw, label, time_ns, candidates);
    if (count < draw->count) {
        free(candidates);
        return cord_error_set(err, CORD_E_FORMAT, "draw: there are %zu to draw %" PRIu32 " from",
                              count, draw->count);
    }
    qsort(candidates, count, sizeof *candidates, compare);
    for (uint32_t i = 0; i < draw->count; i++) {
        who[i] = candidates[i].player;
    }
    free(candidates);
    *ret_who = who;
    return CORD_OK;
}
