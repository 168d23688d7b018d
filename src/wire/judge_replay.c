/* judge_replay.c: events that were stored and not judged before the process ended. */
#include "wire/judge_internal.h"

#include "wire/replay.h"

#include <stdlib.h>

enum {
    ROWS_MAX = 4096,
    ROWS_BYTES_MAX = 64 << 20,
    ROWS_CEILING = 512 << 20,
    BATCH_BYTES = 64 << 10,
};

struct replayer {
    struct cord_judge *judge;
    struct cord_paths *paths;
    struct cord_classifier *classifier;
    struct cord_replay *replay;
    struct cord_examine *examine;
    struct cord_rows *rows;
    struct cord_batch *batch;
    struct cord_rulebook *book;
};

static bool init(struct replayer *replayer, struct cord_judge *judge)
{
    uint64_t seed = judge->options.seed;
    replayer->judge = judge;
    replayer->paths = cord_paths_new(seed);
    replayer->classifier = replayer->paths ? cord_classifier_new(replayer->paths, seed) : NULL;
    if (!replayer->classifier) {
        return false;
    }
    replayer->replay = cord_replay_new(replayer->paths, replayer->classifier);
    replayer->examine = cord_examine_new(replayer->paths, replayer->classifier, seed);
    replayer->rows = cord_rows_new(ROWS_CEILING, seed);
    replayer->batch = cord_batch_new(BATCH_BYTES);
    replayer->book = cord_rulebook_slot_current(judge->options.rules);
    return replayer->replay && replayer->examine && replayer->rows && replayer->batch &&
           cord_examine_use(replayer->examine, replayer->book) == CORD_OK;
}

static void done(struct replayer *replayer)
{
    cord_rulebook_unref(replayer->book);
    cord_batch_free(replayer->batch);
    cord_rows_free(replayer->rows);
    cord_examine_free(replayer->examine);
    cord_replay_free(replayer->replay);
    cord_classifier_free(replayer->classifier);
    cord_paths_free(replayer->paths);
}

/* One event at a time: each has its own origin, and there are few. */
static cord_status examine_row(struct replayer *replayer, size_t at, struct cord_verdict *verdict)
{
    const struct cord_row *row = cord_rows_at(replayer->rows, at);
    const struct cord_origin *origin = cord_rows_origin_at(replayer->rows, row->origin);
    const struct cord_examine_origin from = {
        .organisation = origin->organisation,
        .source = origin->source,
        .received_ns = row->received_ns,
    };
    if (cord_paths_full(replayer->paths)) {
        cord_paths_reset(replayer->paths);
    }
    cord_status status = cord_replay_begin(replayer->replay, replayer->batch);
    if (status == CORD_OK) {
        status = cord_replay_add(replayer->replay, replayer->rows, at, replayer->batch);
    }
    if (status == CORD_E_LIMIT) { /* has more values than any batch takes; it was never judged */
        cord_log_error(replayer->judge->options.log, "judge.event_too_large",
                       CORD_KV_U64("event", row->sequence));
        return CORD_OK;
    }
    if (status == CORD_OK) {
        cord_replay_end(replayer->replay, replayer->batch);
        status =
            cord_examine_run(replayer->examine, replayer->batch, &from, row->sequence, verdict);
    }
    return status;
}

/* A row that has ended the process is left unjudged: it is stored, and hunts find it. */
static cord_status judge_row(struct replayer *replayer, size_t at, struct cord_verdict *verdict)
{
    struct cord_judge *judge = replayer->judge;
    struct cord_poison *poison = judge->options.poison;
    uint64_t sequence = cord_rows_at(replayer->rows, at)->sequence;
    uint64_t key = cord_poison_key_row(sequence);
    if (cord_poison_found(poison, key) >= CORD_POISON_TIMES) {
        cord_log_error(judge->options.log, "judge.event_poison", CORD_KV_U64("event", sequence));
        (void)pthread_mutex_lock(&judge->lock);
        judge->stats.poisoned++;
        (void)pthread_mutex_unlock(&judge->lock);
        return CORD_OK;
    }
    cord_poison_begin(poison, CORD_POISON_PLACE_JUDGE, key);
    cord_status status = examine_row(replayer, at, verdict);
    cord_poison_end(poison, CORD_POISON_PLACE_JUDGE);
    cord_poison_forgive(poison, key);
    return status;
}

static cord_status judge_rows(struct replayer *replayer, struct cord_error *err)
{
    size_t count = cord_rows_count(replayer->rows);
    struct cord_verdict *verdict = cord_verdict_new(replayer->book);
    cord_status status = verdict ? CORD_OK : CORD_E_NOMEM;
    for (size_t at = 0; at < count && status == CORD_OK; at++) {
        status = judge_row(replayer, at, verdict);
    }
    if (status != CORD_OK) {
        cord_verdict_free(verdict);
        return cord_error_set(err, status, "judging stored events: %s", cord_error_name(status));
    }
    verdict->count = count;
    cord_judge_round(replayer->judge, verdict, cord_rows_at(replayer->rows, count - 1)->sequence);
    return CORD_OK;
}

static cord_status catch_up(struct replayer *replayer, uint64_t through,
                            bool (*progress)(void *self, uint64_t judged, uint64_t left),
                            void *self, struct cord_error *err)
{
    struct cord_evidence *evidence = cord_store_evidence(replayer->judge->options.store);
    uint64_t begun = replayer->judge->stats.through;
    uint64_t next = begun + 1;
    cord_status status = CORD_OK;
    while (status == CORD_OK && next <= through) {
        cord_rows_reset(replayer->rows);
        status = evidence->ops->range(evidence, next, ROWS_MAX, ROWS_BYTES_MAX, replayer->rows,
                                      &next, err);
        if (status == CORD_E_END) {
            return CORD_OK; /* after a crash the store leaves numbers out */
        }
        if (status == CORD_OK && cord_rows_count(replayer->rows) > 0) {
            status = judge_rows(replayer, err);
        }
        if (status == CORD_OK && progress &&
            !progress(self, next - 1 - begun, through + 1 - next)) {
            status = cord_error_set(err, CORD_E_END, "interrupted");
        }
    }
    return status;
}

cord_status cord_judge_catch_up(struct cord_judge *judge, uint64_t through,
                                bool (*progress)(void *self, uint64_t judged, uint64_t left),
                                void *self, struct cord_error *err)
{
    struct replayer replayer = {0};
    cord_status status = CORD_OK;
    if (judge->stats.through >= through) {
        return CORD_OK;
    }
    if (!init(&replayer, judge)) {
        status = cord_error_set(err, CORD_E_NOMEM, "out of memory");
    } else {
        status = catch_up(&replayer, through, progress, self, err);
    }
    done(&replayer);
    return status;
}
