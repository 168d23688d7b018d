/* spread.c: see spread.h. */
#include "triage/spread.h"

#include "base/timestamp.h"
#include "triage/spread_internal.h"

#include <pthread.h>
#include <stdlib.h>

/* The log, and all of it gone through. */
struct core {
    struct cord_spread_log *log;
    struct cord_spread_fold *fold;
};

struct cord_spread {
    struct cord_spread_options options;
    struct cord_spread_rules rules;
    pthread_rwlock_t lock;
    bool lock_made;
    struct core core;
    struct cord_spread_stats stats;
    int64_t newest_known_ns;
    bool tried; /* to make room, in vain; then: */
    uint64_t refused_then;
    int64_t known_then_ns;
    bool stale; /* memory ran out while the fold took a note: it is to be made again */
};

void cord_spread_defaults(struct cord_spread_options *ret_options)
{
    *ret_options = (struct cord_spread_options){
        .window_ns = 3600 * CORD_SECOND_NS,
        .merge_ns = 86400 * CORD_SECOND_NS,
        .quiet_ns = 1800 * CORD_SECOND_NS,
        .keep_ns = 604800 * CORD_SECOND_NS,
        .organisations = 2,
        .machines = 3,
        .notes_max = 500000,
        .bytes_max = (size_t)64 << 20,
    };
}

/* --- core --- */

static void core_free(struct core *core)
{
    cord_spread_fold_free(core->fold);
    cord_spread_log_free(core->log);
    *core = (struct core){0};
}

static cord_status core_new(const struct cord_spread *spread, struct core *ret_core)
{
    const struct cord_spread_options *options = &spread->options;
    struct core core = {0};
    core.log = cord_spread_log_new(options->notes_max, options->bytes_max, options->seed);
    if (core.log) {
        core.fold = cord_spread_fold_new(core.log, &spread->rules, options->seed);
    }
    if (!core.fold) {
        core_free(&core);
        return CORD_E_NOMEM;
    }
    *ret_core = core;
    return CORD_OK;
}

/* Attempts that came to nothing, and are old. */
static bool spent(const struct cord_spread *spread, uint32_t at)
{
    const struct cord_spread_note *note = cord_spread_log_note(spread->core.log, at);
    uint32_t presence = cord_spread_fold_of_note(spread->core.fold, at);
    int64_t age = 0;
    if (presence == CORD_SPREAD_NOBODY) {
        return false;
    }
    uint32_t root = cord_spread_fold_root(spread->core.fold, presence);
    return !cord_spread_fold_presence(spread->core.fold, root)->live &&
           !__builtin_sub_overflow(spread->newest_known_ns, note->known_ns, &age) &&
           age > spread->options.keep_ns;
}

/* Everything anew without what is spent. CORD_E_LIMIT: there was too little of that. */
static cord_status make_room(struct cord_spread *spread)
{
    uint32_t count = cord_spread_log_count(spread->core.log), going = 0;
    struct core core;
    for (uint32_t at = 0; at < count; at++) {
        going += spent(spread, at);
    }
    if (going < count / 8 + 1) {
        return CORD_E_LIMIT;
    }
    cord_status status = core_new(spread, &core);
    if (status != CORD_OK) {
        return status;
    }
    uint64_t forgotten = 0;
    for (uint32_t at = 0; at < count && status == CORD_OK; at++) {
        if (spent(spread, at)) {
            forgotten += cord_spread_log_note(spread->core.log, at)->count;
            continue;
        }
        status = cord_spread_log_carry(core.log, spread->core.log, at);
        if (status == CORD_OK) {
            status = cord_spread_fold_note(core.fold, cord_spread_log_count(core.log) - 1);
        }
    }
    if (status != CORD_OK) {
        core_free(&core);
        return status;
    }
    core_free(&spread->core);
    spread->core = core;
    spread->stats.forgotten += forgotten;
    return CORD_OK;
}

/* --- feeding --- */

static cord_status check_options(const struct cord_spread_options *options, struct cord_error *err)
{
    if (options->window_ns <= 0 || options->merge_ns < 0 || options->quiet_ns < 0 ||
        options->keep_ns < 0) {
        return cord_error_set(err, CORD_E_FORMAT, "spread: a time below zero, or no window");
    }
    if (options->organisations < 2 || options->machines < 2 || options->machines > 16 ||
        options->organisations > 16) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "spread: organisations and machines are from 2 to 16");
    }
    return CORD_OK;
}

cord_status cord_spread_new(const struct cord_spread_options *options,
                            struct cord_spread **ret_spread, struct cord_error *err)
{
    cord_status status = check_options(options, err);
    if (status != CORD_OK) {
        return status;
    }
    struct cord_spread *spread = calloc(1, sizeof *spread);
    if (!spread) {
        return CORD_E_NOMEM;
    }
    spread->options = *options;
    spread->rules = (struct cord_spread_rules){options->window_ns, options->merge_ns,
                                               options->organisations, options->machines};
    spread->newest_known_ns = INT64_MIN;
    status = core_new(spread, &spread->core);
    if (status == CORD_OK && pthread_rwlock_init(&spread->lock, NULL) != 0) {
        status = CORD_E_NOMEM;
    }
    spread->lock_made = status == CORD_OK;
    if (status != CORD_OK) {
        cord_spread_free(spread);
        return status;
    }
    *ret_spread = spread;
    return CORD_OK;
}

void cord_spread_free(struct cord_spread *spread)
{
    if (!spread) {
        return;
    }
    core_free(&spread->core);
    if (spread->lock_made) {
        (void)pthread_rwlock_destroy(&spread->lock);
    }
    free(spread);
}

/* Looking for what is spent goes through all of it: not for every refusal, but when there may be
 * more of it than the last time. */
static bool worth_trying(const struct cord_spread *spread)
{
    int64_t since = 0;
    return !spread->tried ||
           spread->stats.refused >= spread->refused_then + spread->options.notes_max / 8 ||
           __builtin_sub_overflow(spread->newest_known_ns, spread->known_then_ns, &since) ||
           since > spread->options.keep_ns / 8;
}

static cord_status add(struct cord_spread *spread, const struct cord_sighting *sighting,
                       const struct cord_spread_sign *sign)
{
    uint32_t at = 0;
    bool is_new = false;
    cord_status status = cord_spread_log_add(spread->core.log, sighting, sign, &at, &is_new);
    if (status == CORD_E_LIMIT && worth_trying(spread)) {
        status = make_room(spread);
        spread->tried = status != CORD_OK;
        spread->refused_then = spread->stats.refused;
        spread->known_then_ns = spread->newest_known_ns;
        if (status == CORD_OK) {
            status = cord_spread_log_add(spread->core.log, sighting, sign, &at, &is_new);
        }
    }
    if (status != CORD_OK) {
        return status;
    }
    spread->stale =
        spread->stale || (is_new && cord_spread_fold_note(spread->core.fold, at) != CORD_OK);
    return CORD_OK; /* the log has it */
}

static cord_status fold_all(const struct cord_spread *spread, struct cord_spread_fold **ret_fold)
{
    const struct cord_spread_log *log = spread->core.log;
    struct cord_spread_fold *fold = cord_spread_fold_new(log, &spread->rules, spread->options.seed);
    cord_status status = fold ? CORD_OK : CORD_E_NOMEM;
    for (uint32_t at = 0; status == CORD_OK && at < cord_spread_log_count(log); at++) {
        status = cord_spread_fold_note(fold, at);
    }
    if (status != CORD_OK) {
        cord_spread_fold_free(fold);
        return status;
    }
    *ret_fold = fold;
    return CORD_OK;
}

static cord_status freshen(struct cord_spread *spread)
{
    struct cord_spread_fold *fold = NULL;
    if (!spread->stale) {
        return CORD_OK;
    }
    cord_status status = fold_all(spread, &fold);
    if (status == CORD_OK) {
        cord_spread_fold_free(spread->core.fold);
        spread->core.fold = fold;
        spread->stale = false;
    }
    return status;
}

cord_status cord_spread_feed(struct cord_spread *spread, const struct cord_sighting *sighting)
{
    struct cord_spread_sign sign;
    bool says = cord_spread_sign_read(sighting, &sign);
    cord_status status = CORD_OK;
    (void)pthread_rwlock_wrlock(&spread->lock);
    if (sighting->number > spread->stats.last) {
        if (sighting->known_ns > spread->newest_known_ns) {
            spread->newest_known_ns = sighting->known_ns;
        }
        status = freshen(spread);
        status = status == CORD_OK && says ? add(spread, sighting, &sign) : status;
        if (status == CORD_OK || status == CORD_E_LIMIT) {
            spread->stats.fed++;
            spread->stats.signs += says;
            spread->stats.refused += status == CORD_E_LIMIT;
            spread->stats.last = sighting->number;
            status = CORD_OK;
        }
    }
    (void)pthread_rwlock_unlock(&spread->lock);
    return status;
}

void cord_spread_stats(struct cord_spread *spread, struct cord_spread_stats *ret_stats)
{
    (void)pthread_rwlock_rdlock(&spread->lock);
    *ret_stats = spread->stats;
    ret_stats->bytes = cord_spread_log_bytes(spread->core.log);
    (void)pthread_rwlock_unlock(&spread->lock);
}

/* --- asking --- */

/* By the number of its word: 0 not asked yet, 1 visible, 2 not. */
static bool may_see(const struct cord_spread *spread, const struct cord_spread_question *question,
                    uint32_t organisation, unsigned char *seen)
{
    if (!question->visible) {
        return true;
    }
    if (seen[organisation] == 0) {
        cord_str name = cord_spread_log_word(spread->core.log, organisation);
        seen[organisation] = question->visible(question->self, name) ? 1 : 2;
    }
    return seen[organisation] == 1;
}

/* Gone through again, without what was not known yet or is not the asker's to see. */
static cord_status fold_again(const struct cord_spread *spread,
                              const struct cord_spread_question *question,
                              struct cord_spread_fold **ret_fold)
{
    const struct cord_spread_log *log = spread->core.log;
    uint32_t count = cord_spread_log_count(log);
    unsigned char *seen = calloc((size_t)cord_spread_log_word_count(log) + 1, 1);
    struct cord_spread_fold *fold = cord_spread_fold_new(log, &spread->rules, spread->options.seed);
    cord_status status = seen && fold ? CORD_OK : CORD_E_NOMEM;
    for (uint32_t at = 0; at < count && status == CORD_OK; at++) {
        const struct cord_spread_note *note = cord_spread_log_note(log, at);
        const struct cord_spread_link *link = cord_spread_log_link(log, note->link);
        if ((question->at_ns == CORD_TIME_NONE || note->known_ns <= question->at_ns) &&
            may_see(spread, question, link->organisation, seen)) {
            status = cord_spread_fold_note(fold, at);
        }
    }
    free(seen);
    if (status != CORD_OK) {
        cord_spread_fold_free(fold);
        return status;
    }
    *ret_fold = fold;
    return CORD_OK;
}

cord_status cord_spread_ask(struct cord_spread *spread, const struct cord_spread_question *question,
                            struct cord_spread_answer **ret_answer)
{
    struct cord_spread_fold *own = NULL;
    cord_status status = CORD_OK;
    (void)pthread_rwlock_rdlock(&spread->lock);
    if (question->visible || question->at_ns != CORD_TIME_NONE || spread->stale) {
        status = fold_again(spread, question, &own);
    }
    if (status == CORD_OK) {
        status = cord_spread_answer_make(&spread->options, spread->core.log,
                                         own ? own : spread->core.fold, question, ret_answer);
    }
    (void)pthread_rwlock_unlock(&spread->lock);
    cord_spread_fold_free(own);
    return status;
}
