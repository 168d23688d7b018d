/* alert_book.c: see alert_book.h. What it holds, and what held at an earlier time. */
#include "triage/alert_book_internal.h"

#include "base/hash.h"

#include <stdlib.h>

#define ARENA_MAX   ((size_t)64 << 30)
#define SCRATCH_MAX ((size_t)1 << 20)
#define DAY_NS      (86400 * CORD_SECOND_NS)

enum { CHANGES_KEPT = 65536 };

static bool init_lock(pthread_rwlock_t *lock)
{
    pthread_rwlockattr_t attributes;
    if (pthread_rwlockattr_init(&attributes) != 0) {
        return false;
    }
    /* Readers come all the time: a feeder would wait for ever. */
    (void)pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    bool done = pthread_rwlock_init(lock, &attributes) == 0;
    (void)pthread_rwlockattr_destroy(&attributes);
    return done;
}

static struct cord_alert_texts *const *all_texts(struct cord_alert_book *book,
                                                 struct cord_alert_texts *texts[9])
{
    texts[0] = &book->organisations;
    texts[1] = &book->names;
    texts[2] = &book->rule_ids;
    texts[3] = &book->version_keys;
    texts[4] = &book->owners;
    texts[5] = &book->clusters;
    texts[6] = &book->incidents;
    texts[7] = &book->cares;
    texts[8] = &book->suppressions;
    return texts;
}

/* The tables whose 0 is "". */
static cord_status add_empty(struct cord_alert_book *book)
{
    struct cord_alert_texts *texts[] = {&book->owners, &book->clusters, &book->incidents,
                                        &book->cares, &book->suppressions};
    cord_status status = CORD_OK;
    uint32_t at;
    for (size_t i = 0; i < sizeof texts / sizeof *texts && status == CORD_OK; i++) {
        status = cord_alert_table_add(texts[i], CORD_STR(""), &at);
    }
    return status;
}

struct cord_alert_book *cord_alert_book_new(const struct cord_alert_book_options *options)
{
    struct cord_alert_texts *texts[9];
    struct cord_alert_book *book = calloc(1, sizeof *book);
    if (!book) {
        return NULL;
    }
    if (!init_lock(&book->lock)) {
        free(book);
        return NULL;
    }
    book->options = *options;
    book->options.gap_ns = options->gap_ns > 0 ? options->gap_ns : DAY_NS;
    book->options.changes_kept = options->changes_kept > 0 ? options->changes_kept : CHANGES_KEPT;
    book->id_key = cord_alert_id_key(options->key);
    uint64_t seed = cord_hash_mix(book->id_key.words[0] + 1) ^ book->id_key.words[1];
    book->arena = cord_arena_new(ARENA_MAX);
    book->scratch = cord_arena_new(SCRATCH_MAX);
    book->changes = calloc(book->options.changes_kept, sizeof *book->changes);
    (void)all_texts(book, texts);
    for (size_t i = 0; i < 9; i++) {
        cord_alert_table_texts_init(texts[i], book->arena, seed + i);
    }
    cord_alert_table_numbers_init(&book->by_number, seed + 10);
    cord_alert_table_numbers_init(&book->by_key, seed + 11);
    cord_alert_table_numbers_init(&book->suppressed, seed + 12);
    cord_alert_table_numbers_init(&book->waiting_by_number, seed + 13);
    cord_alert_table_numbers_init(&book->entities.by_key, seed + 14);
    if (!book->arena || !book->scratch || !book->changes || add_empty(book) != CORD_OK) {
        cord_alert_book_free(book);
        return NULL;
    }
    return book;
}

static void free_entities(struct cord_alert_entities *entities)
{
    free(entities->organisation);
    free(entities->folded);
    free(entities->shown);
    free(entities->fact);
    free(entities->kind);
    free(entities->criticality);
    cord_alert_table_numbers_done(&entities->by_key);
}

void cord_alert_book_free(struct cord_alert_book *book)
{
    struct cord_alert_texts *texts[9];
    if (!book) {
        return;
    }
    (void)all_texts(book, texts);
    for (size_t i = 0; i < 9; i++) {
        cord_alert_table_texts_done(texts[i]);
    }
    for (size_t i = 0; i < book->history_count; i++) {
        free(book->histories[i].items);
    }
    free(book->histories);
    free(book->versions);
    free_entities(&book->entities);
    free(book->facts);
    for (size_t i = 0; i < book->of_count; i++) {
        free(book->of[i].alerts);
    }
    free(book->of);
    free(book->hot);
    free(book->state);
    free(book->links);
    free(book->steps);
    free(book->waiting);
    free(book->known);
    free(book->changes);
    cord_alert_table_numbers_done(&book->by_number);
    cord_alert_table_numbers_done(&book->by_key);
    cord_alert_table_numbers_done(&book->suppressed);
    cord_alert_table_numbers_done(&book->waiting_by_number);
    cord_arena_free(book->arena);
    cord_arena_free(book->scratch);
    (void)pthread_rwlock_destroy(&book->lock);
    free(book);
}

static uint64_t bytes_of(struct cord_alert_book *book)
{
    struct cord_alert_texts *texts[9];
    (void)all_texts(book, texts);
    uint64_t bytes = cord_arena_held(book->arena) + cord_arena_held(book->scratch);
    for (size_t i = 0; i < 9; i++) {
        bytes += cord_alert_table_bytes(texts[i]);
    }
    bytes += cord_alert_table_numbers_bytes(&book->by_number) +
             cord_alert_table_numbers_bytes(&book->by_key) +
             cord_alert_table_numbers_bytes(&book->suppressed) +
             cord_alert_table_numbers_bytes(&book->waiting_by_number) +
             cord_alert_table_numbers_bytes(&book->entities.by_key);
    bytes += book->cap * (sizeof *book->hot + sizeof *book->state + sizeof *book->links) +
             book->entities.cap * (4 * sizeof(uint32_t) + 2) + book->of_cap * sizeof *book->of +
             book->listed_cap * sizeof(uint32_t) + book->fact_cap * sizeof *book->facts +
             book->step_cap * sizeof *book->steps + book->known_cap * sizeof *book->known +
             book->version_cap * sizeof *book->versions +
             book->waiting_cap * sizeof *book->waiting +
             book->options.changes_kept * sizeof *book->changes;
    for (size_t i = 0; i < book->history_count; i++) {
        bytes += book->histories[i].cap * sizeof *book->histories[i].items;
    }
    return bytes;
}

struct cord_alert_book_stats cord_alert_book_stats(struct cord_alert_book *book)
{
    (void)pthread_rwlock_rdlock(&book->lock);
    struct cord_alert_book_stats stats = {
        .alerts = book->count,
        .findings = book->findings,
        .finding = book->last_finding,
        .claim = book->last_claim,
        .revision = book->revision,
        .waiting = book->waiting_claims,
        .bytes = bytes_of(book),
    };
    (void)pthread_rwlock_unlock(&book->lock);
    return stats;
}

cord_str cord_alert_book_id(const struct cord_alert_book *book, uint64_t number,
                            char buffer[CORD_ALERT_ID_TEXT])
{
    return cord_alert_id_format(&book->id_key, number, buffer);
}

cord_str cord_alert_book_manual_id(const struct cord_alert_book *book, uint64_t random,
                                   char buffer[CORD_ALERT_ID_TEXT])
{
    uint64_t number = (random & (CORD_ALERT_ID_MANUAL - 1)) | CORD_ALERT_ID_MANUAL;
    return cord_alert_id_format(&book->id_key, number, buffer);
}

/* --- moments --- */

uint64_t cord_alert_book_through(const struct cord_alert_book *book, int64_t at_ns)
{
    size_t low = 0; /* runs below it were known */
    size_t high = book->known_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (book->known[middle].known_ns <= at_ns) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0) {
        return 0;
    }
    return low == book->known_count ? book->last_finding : book->known[low].number - 1;
}

int64_t cord_alert_book_known_at(const struct cord_alert_book *book, uint64_t finding)
{
    size_t low = 0;
    size_t high = book->known_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (book->known[middle].number <= finding) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? book->known[low - 1].known_ns : CORD_TIME_NONE;
}

struct cord_alert_moment cord_alert_book_moment(const struct cord_alert_book *book, int64_t at_ns)
{
    bool now = at_ns == CORD_TIME_NONE;
    return (struct cord_alert_moment){
        .now = now,
        .at_ns = now ? INT64_MAX : at_ns,
        .through = now ? book->last_finding : cord_alert_book_through(book, at_ns),
    };
}

/* Alerts of findings ascend by their numbers: by those, and of manual alerts between them by the
 * one before. */
static uint64_t place_of(const struct cord_alert_book *book, uint32_t alert)
{
    const struct cord_alert_links *links = &book->links[alert];
    if ((links->number & CORD_ALERT_ID_MANUAL) == 0) {
        return links->number;
    }
    return links->older == NONE ? 0 : book->links[links->older].number;
}

uint32_t cord_alert_book_end(const struct cord_alert_book *book, uint64_t through)
{
    uint32_t low = 0; /* those below it are not behind the number */
    uint32_t high = (uint32_t)book->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (place_of(book, middle) <= through) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

uint32_t cord_alert_book_find(const struct cord_alert_book *book, uint64_t number)
{
    if ((number & CORD_ALERT_ID_MANUAL) != 0) {
        uint32_t at = cord_alert_table_get(&book->by_number, number);
        return at < book->count ? at : NONE; /* one that failed half-way is none */
    }
    uint32_t low = cord_alert_book_end(book, number);
    if (low == 0 || place_of(book, low - 1) != number) {
        return NONE;
    }
    bool manual = (book->links[low - 1].number & CORD_ALERT_ID_MANUAL) != 0;
    return manual ? book->links[low - 1].older : low - 1;
}

struct cord_alert_extent cord_alert_book_extent(const struct cord_alert_book *book, uint32_t alert)
{
    const struct cord_alert_hot *hot = &book->hot[alert];
    const struct cord_alert_state *state = &book->state[alert];
    return (struct cord_alert_extent){hot->count, state->last_finding, hot->first_ns, hot->last_ns};
}

/* --- as of --- */

static void say(const struct cord_alert_step *step, struct cord_alert_hot *hot,
                struct cord_alert_state *state)
{
    switch ((enum cord_alert_step_kind)step->kind) {
    case CORD_ALERT_STEP_STATE:
        hot->said = step->word;
        hot->reason = (uint8_t)step->value;
        state->decided_ns = step->when_ns;
        break;
    case CORD_ALERT_STEP_OWNER:
        state->owner = step->value;
        break;
    case CORD_ALERT_STEP_NOTE:
        state->notes++;
        break;
    case CORD_ALERT_STEP_CLUSTER:
        state->cluster = step->value;
        break;
    case CORD_ALERT_STEP_INCIDENT:
        state->incident = step->value;
        break;
    case CORD_ALERT_STEP_RAISED:
        break;
    }
    hot->updated_ns = step->when_ns > hot->updated_ns ? step->when_ns : hot->updated_ns;
}

bool cord_alert_book_as_of(const struct cord_alert_book *book, uint32_t alert,
                           const struct cord_alert_moment *moment, struct cord_alert_hot *ret_hot,
                           struct cord_alert_state *ret_state)
{
    const struct cord_alert_hot *hot = &book->hot[alert];
    const struct cord_alert_state *state = &book->state[alert];
    const struct cord_alert_links *links = &book->links[alert];
    if (state->known_ns > moment->at_ns) {
        return false;
    }
    struct cord_alert_extent all = cord_alert_book_extent(book, alert);
    struct cord_alert_extent extent = cord_alert_trail_until(&links->trail, &all, moment->through);
    *ret_hot = (struct cord_alert_hot){
        .entity = hot->entity,
        .rule = hot->rule,
        .count = extent.count,
        .marks = hot->marks & CORD_ALERT_MANUAL,
        .first_ns = extent.first_ns,
        .last_ns = extent.last_ns,
        .updated_ns =
            extent.count > 0 ? cord_alert_book_known_at(book, extent.last) : state->known_ns,
    };
    *ret_state = (struct cord_alert_state){
        .known_ns = state->known_ns,
        .decided_ns = CORD_TIME_NONE,
        .last_finding = extent.last,
        .revision = state->revision,
        .shown = state->shown,
    };
    for (uint32_t at = links->steps; at != 0 && book->steps[at].when_ns <= moment->at_ns;
         at = book->steps[at].next) {
        say(&book->steps[at], ret_hot, ret_state);
    }
    bool surfaced = links->surfaced != 0 && links->surfaced <= moment->through;
    if ((hot->marks & CORD_ALERT_MANUAL) == 0 && !surfaced) {
        ret_hot->marks |= CORD_ALERT_SUPPRESSED;
    }
    if (ret_hot->said == CORD_ALERT_CLOSED) {
        uint64_t then = cord_alert_book_through(book, ret_state->decided_ns);
        struct cord_alert_extent before = cord_alert_trail_until(&links->trail, &all, then);
        ret_state->again = then < links->number ? extent.count : extent.count - before.count;
    }
    bool reopened = ret_state->again > 0 && ret_hot->reason == CORD_ALERT_TRUE_POSITIVE;
    ret_hot->status = reopened ? CORD_ALERT_NEW : ret_hot->said;
    cord_alert_book_remark(ret_hot, ret_state);
    return true;
}

enum cord_alert_criticality cord_alert_book_criticality(const struct cord_alert_book *book,
                                                        uint32_t entity,
                                                        const struct cord_alert_moment *moment,
                                                        uint32_t *ret_fact)
{
    uint32_t fact = book->entities.fact[entity];
    while (!moment->now && fact != 0 && book->facts[fact].when_ns > moment->at_ns) {
        fact = book->facts[fact].before;
    }
    *ret_fact = fact;
    return fact == 0 ? CORD_ALERT_UNKNOWN
                     : (enum cord_alert_criticality)book->facts[fact].criticality;
}

struct cord_alert_verdicts cord_alert_book_verdicts(const struct cord_alert_book *book,
                                                    uint32_t rule_id,
                                                    const struct cord_alert_moment *moment)
{
    const struct cord_alert_history *history = &book->histories[rule_id];
    size_t low = 0;
    size_t high = history->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (history->items[middle].when_ns <= moment->at_ns) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? history->items[low - 1] : (struct cord_alert_verdicts){0};
}
