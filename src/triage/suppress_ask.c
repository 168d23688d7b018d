/* suppress_ask.c: suppressions as a person asks for them (see suppress.h). */
#include "triage/suppress_internal.h"

#include <stdlib.h>

#define ANSWER_BYTES ((size_t)512 << 20)

struct cord_suppress_answer {
    struct cord_arena *arena;
    struct cord_suppress_row *rows;
    size_t count;
};

struct asking {
    const struct cord_suppress *suppress;
    const struct cord_suppress_question *question;
    struct cord_suppress_answer *answer;
    int64_t at_ns;       /* INT64_MAX: everything is known */
    uint64_t *counts;    /* by organisation */
    unsigned char *seen; /* by organisation: 0 not asked yet, 1 visible, 2 not */
};

void cord_suppress_answer_free(struct cord_suppress_answer *answer)
{
    if (answer) {
        cord_arena_free(answer->arena);
        free(answer->rows);
        free(answer);
    }
}

size_t cord_suppress_answer_count(const struct cord_suppress_answer *answer)
{
    return answer->count;
}

const struct cord_suppress_row *cord_suppress_answer_at(const struct cord_suppress_answer *answer,
                                                        size_t at)
{
    return &answer->rows[at];
}

static bool may_see(const struct asking *asking, cord_str organisation)
{
    return !asking->question->visible ||
           asking->question->visible(asking->question->self, organisation);
}

static bool may_see_number(const struct asking *asking, uint32_t organisation)
{
    if (asking->seen[organisation] == 0) {
        asking->seen[organisation] =
            may_see(asking, asking->suppress->organisations[organisation]) ? 1 : 2;
    }
    return asking->seen[organisation] == 1;
}

static int by_count(const void *one, const void *other)
{
    const struct cord_suppress_hits *a = one, *b = other;
    return a->count != b->count ? (a->count > b->count ? -1 : 1)
                                : cord_str_compare(a->organisation, b->organisation);
}

static cord_status put_hits(const struct asking *asking, const struct cord_suppress_entry *entry,
                            struct cord_suppress_row *row)
{
    size_t organisations = asking->suppress->organisation_count, met = 0;
    memset(asking->counts, 0, (organisations + 1) * sizeof *asking->counts);
    for (size_t i = 0; i < entry->hit_count; i++) {
        const struct cord_suppress_hit *hit = &entry->hits[i];
        if (hit->known_ns > asking->at_ns || !may_see_number(asking, hit->organisation)) {
            continue;
        }
        met += asking->counts[hit->organisation]++ == 0;
        row->hidden++;
        row->last_ns = hit->known_ns > row->last_ns ? hit->known_ns : row->last_ns;
    }
    if (!asking->question->visible) {
        row->hidden += entry->undated;
    }
    struct cord_suppress_hits *hits =
        cord_arena_zalloc(asking->answer->arena, met + 1, sizeof *hits);
    if (!hits) {
        return cord_arena_failure(asking->answer->arena);
    }
    for (size_t i = 0; i < organisations; i++) {
        if (asking->counts[i] > 0) {
            cord_str name =
                cord_arena_copy(asking->answer->arena, asking->suppress->organisations[i]);
            if (!name.ptr) {
                return cord_arena_failure(asking->answer->arena);
            }
            hits[row->hit_count++] = (struct cord_suppress_hits){name, asking->counts[i]};
        }
    }
    qsort(hits, row->hit_count, sizeof *hits, by_count);
    row->hits = hits;
    return CORD_OK;
}

static cord_status copy_texts(const struct asking *asking, struct cord_suppress_row *row)
{
    cord_str *const texts[] = {
        &row->id,     &row->rule, &row->scope.organisation, &row->scope.host, &row->scope.condition,
        &row->reason, &row->why,  &row->claimant,           &row->ended_by};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        *texts[i] = cord_arena_copy(asking->answer->arena, *texts[i]);
        if (!texts[i]->ptr) {
            return cord_arena_failure(asking->answer->arena);
        }
    }
    return CORD_OK;
}

/* As it was known then: an end that was said later has not been said. */
static void put_state(const struct asking *asking, const struct cord_suppress_entry *entry,
                      struct cord_suppress_row *row)
{
    bool now = asking->question->at_ns == CORD_TIME_NONE;
    int64_t at_ns = now ? asking->question->now_ns : asking->question->at_ns;
    if (row->ended_ns != CORD_TIME_NONE && row->ended_ns > asking->at_ns) {
        row->ended_ns = CORD_TIME_NONE;
        row->why = CORD_STR("");
        row->ended_by = CORD_STR("");
        row->end = 0;
    }
    if (entry->void_why) {
        row->state = CORD_SUPPRESS_VOID;
    } else if (row->ended_ns != CORD_TIME_NONE && row->ended_ns < row->expires_ns) {
        row->state = CORD_SUPPRESS_ENDED;
    } else {
        row->state = at_ns >= row->expires_ns ? CORD_SUPPRESS_EXPIRED : CORD_SUPPRESS_FORCE;
    }
}

static cord_status put_row(const struct asking *asking, const struct cord_suppress_entry *entry)
{
    const struct cord_suppress_question *question = asking->question;
    struct cord_suppress_row row = entry->row;
    if (row.recorded_ns > asking->at_ns ||
        (question->rule.len > 0 && !cord_str_eq(question->rule, row.rule)) ||
        (question->id.len > 0 && !cord_str_eq(question->id, row.id)) ||
        (row.scope.organisation.len > 0 && !may_see(asking, row.scope.organisation))) {
        return CORD_OK;
    }
    put_state(asking, entry, &row);
    /* Its numbers are of all organisations that it is for. */
    row.test_shown = row.tested_ns != CORD_TIME_NONE &&
                     (!question->visible || question->everywhere || row.scope.organisation.len > 0);
    if (!row.test_shown) {
        row.tested_findings = row.tested_hidden = row.tested_organisations = 0;
    }
    cord_status status = copy_texts(asking, &row);
    if (status == CORD_OK) {
        status = put_hits(asking, entry, &row);
    }
    if (status == CORD_OK) {
        asking->answer->rows[asking->answer->count++] = row;
    }
    return status;
}

static cord_status ask(struct asking *asking)
{
    const struct cord_suppress *suppress = asking->suppress;
    cord_status status = CORD_OK;
    for (size_t i = suppress->entry_count; i > 0 && status == CORD_OK; i--) {
        status = put_row(asking, &suppress->entries[i - 1]);
    }
    return status;
}

cord_status cord_suppress_ask(struct cord_suppress *suppress,
                              const struct cord_suppress_question *question,
                              struct cord_suppress_answer **ret_answer)
{
    struct asking asking = {.suppress = suppress, .question = question, .at_ns = question->at_ns};
    cord_status status = CORD_E_NOMEM;
    if (question->at_ns == CORD_TIME_NONE) {
        asking.at_ns = INT64_MAX;
    }
    (void)pthread_mutex_lock(&suppress->lock);
    asking.answer = calloc(1, sizeof *asking.answer);
    asking.counts = calloc(suppress->organisation_count + 1, sizeof *asking.counts);
    asking.seen = calloc(suppress->organisation_count + 1, 1);
    if (asking.answer && asking.counts && asking.seen) {
        asking.answer->arena = cord_arena_new(ANSWER_BYTES);
        asking.answer->rows = calloc(suppress->entry_count + 1, sizeof *asking.answer->rows);
        status = asking.answer->arena && asking.answer->rows ? ask(&asking) : CORD_E_NOMEM;
    }
    (void)pthread_mutex_unlock(&suppress->lock);
    free(asking.seen);
    free(asking.counts);
    if (status != CORD_OK) {
        cord_suppress_answer_free(asking.answer);
        return status;
    }
    *ret_answer = asking.answer;
    return CORD_OK;
}
