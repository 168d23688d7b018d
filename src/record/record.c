/* record.c: see record.h. Opening and closing are in record_open.c. */
#include "record/record.h"

#include "codec/json_span.h"
#include "record/claim_read.h"
#include "record/record_checkpoint.h"
#include "record/record_internal.h"
#include "record/record_row.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* What of a group may have to be taken out again is kept in memory until it is put in: a large
 * batch goes by itself. */
enum { BATCH_CLAIMS_MAX = 1 << 20, GROUP_CLAIMS_MAX = 4096 };

#define BATCH_BYTES_MAX ((size_t)1 << 30)

cord_str cord_record_exercise(const struct cord_record *record)
{
    return cord_str_from(record->exercise);
}

uint64_t cord_record_count(struct cord_record *record)
{
    (void)pthread_mutex_lock(&record->lock);
    uint64_t count = record->head.number;
    (void)pthread_mutex_unlock(&record->lock);
    return count;
}

uint64_t cord_record_unsigned(struct cord_record *record)
{
    (void)pthread_mutex_lock(&record->lock);
    uint64_t number = record->head.number;
    uint64_t behind = number > record->signed_number ? number - record->signed_number : 0;
    (void)pthread_mutex_unlock(&record->lock);
    return behind;
}

/* --- one claim --- */

/* CORD_E_END: nobody has used it. */
static cord_status find_key(struct cord_record *record, const struct cord_claim *claim,
                            struct cord_error *err)
{
    if (claim->key.len == 0) {
        return CORD_E_END;
    }
    cord_sql_bind_text(record->by_key, 1, claim->claimant);
    cord_sql_bind_text(record->by_key, 2, claim->key);
    cord_status status = cord_sql_step(record->by_key, err);
    if (status == CORD_OK) {
        cord_sql_reset(record->by_key);
    }
    return status;
}

/* What holds on a line may be taken back, all of it; what happened, or a taking back, may not. */
static cord_status compare_retracted(struct cord_claim *claim, const struct cord_claim *before,
                                     struct cord_error *err)
{
    if (before->kind->effect == CORD_CLAIM_ACTS || before->kind->effect == CORD_CLAIM_RETRACTS) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "supersedes: claim %" PRIu64
                              " is of kind %s, which cannot be taken back%s",
                              claim->supersedes, before->kind->name,
                              before->kind->effect == CORD_CLAIM_RETRACTS
                                  ? ": what it took back is said anew by a claim of its own"
                                  : "");
    }
    if (!cord_str_eq(before->subject, claim->subject)) {
        return cord_error_set(
            err, CORD_E_FORMAT,
            "supersedes: claim %" PRIu64 " is about %.*s; one of the same subject "
            "is wanted",
            claim->supersedes, CORD_STR_ARG(cord_str_slice(before->subject, 0, 64)));
    }
    if (claim->valid_from_ns == CORD_TIME_NONE && claim->valid_to_ns == CORD_TIME_NONE) {
        claim->valid_from_ns = before->valid_from_ns;
        claim->valid_to_ns = before->valid_to_ns;
    }
    return claim->valid_from_ns == before->valid_from_ns &&
                   claim->valid_to_ns == before->valid_to_ns
               ? CORD_OK
               : cord_error_set(err, CORD_E_FORMAT,
                                "valid_from: a claim is taken back for all of its time: leave "
                                "valid_from and valid_to out");
}

static cord_status compare_superseded(struct cord_record *record, struct cord_claim *claim,
                                      struct cord_error *err)
{
    struct cord_claim before;
    struct cord_digest hash;
    cord_status status =
        cord_record_row_read(record->get, cord_record_exercise(record), &before, &hash, err);
    if (status != CORD_OK) {
        return status;
    }
    if (claim->kind->effect == CORD_CLAIM_RETRACTS) {
        return compare_retracted(claim, &before, err);
    }
    if (before.kind->topic != claim->kind->topic || !cord_str_eq(before.subject, claim->subject)) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "supersedes: that claim is of topic %s about %.*s; one of the same "
                              "topic and subject is wanted",
                              before.kind->topic,
                              CORD_STR_ARG(cord_str_slice(before.subject, 0, 64)));
    }
    if (claim->valid_from_ns == CORD_TIME_NONE) {
        claim->valid_from_ns = before.valid_from_ns;
        claim->valid_to_ns =
            claim->valid_to_ns == CORD_TIME_NONE ? before.valid_to_ns : claim->valid_to_ns;
    }
    return CORD_OK;
}

static cord_status check_superseded(struct cord_record *record, struct cord_claim *claim,
                                    struct cord_error *err)
{
    if (claim->supersedes == 0) {
        return CORD_OK;
    }
    cord_sql_bind(record->get, 1, (int64_t)claim->supersedes);
    cord_status status = cord_sql_step(record->get, err);
    if (status == CORD_E_END || claim->supersedes >= claim->number) {
        cord_sql_reset(record->get);
        return cord_error_set(err, CORD_E_FORMAT, "supersedes: there is no claim %" PRIu64,
                              claim->supersedes);
    }
    if (status == CORD_OK) {
        status = compare_superseded(record, claim, err);
        cord_sql_reset(record->get);
    }
    return status;
}

/* Members that name a claim name an earlier one. */
static cord_status check_named(const struct cord_claim *claim, struct cord_error *err)
{
    for (const struct cord_member *member = claim->kind->members; member->type != CORD_MEMBER_END;
         member++) {
        uint64_t number = 0;
        cord_str text = member->type == CORD_MEMBER_CLAIM
                            ? cord_claim_member(claim->value, member->name)
                            : (cord_str){NULL, 0};
        if (text.ptr && (!cord_str_u64(text, &number) || number >= claim->number)) {
            return cord_error_set(err, CORD_E_FORMAT, "value.%s: there is no such claim",
                                  member->name);
        }
    }
    return CORD_OK;
}

static cord_status settle(struct cord_record *record, struct cord_claim *claim,
                          struct cord_error *err)
{
    if (claim->exercise.len > 0 && !cord_str_eq(claim->exercise, cord_record_exercise(record))) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "exercise: this record is %s%s; live and "
                              "exercises are never mixed",
                              record->exercise[0] ? "of exercise " : "live", record->exercise);
    }
    claim->exercise = cord_record_exercise(record);
    cord_status status = check_superseded(record, claim, err);
    if (status == CORD_OK) {
        status = check_named(claim, err);
    }
    if (status != CORD_OK) {
        return status;
    }
    if (claim->valid_from_ns == CORD_TIME_NONE) {
        claim->valid_from_ns = claim->recorded_ns;
    }
    if (claim->valid_to_ns != CORD_TIME_NONE && claim->valid_to_ns <= claim->valid_from_ns) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "valid_to: is to be after valid_from, which is "
                              "when it is recorded unless it is given");
    }
    return CORD_OK;
}

cord_status cord_record_put(struct cord_record *record, struct cord_claim *claim,
                            struct cord_record_head *head, bool *ret_repeated,
                            struct cord_error *err)
{
    struct cord_digest hash;
    cord_status status = find_key(record, claim, err);
    *ret_repeated = status == CORD_OK;
    if (status != CORD_E_END) {
        return status;
    }
    claim->number = head->number + 1;
    status = settle(record, claim, err);
    if (status == CORD_OK) {
        status = cord_claim_hash(claim, &head->hash, &record->scratch, &hash);
    }
    if (status == CORD_OK) {
        cord_record_row_bind(record->add, claim, &hash);
        status = cord_sql_run(record->add, err);
    }
    if (status == CORD_OK) {
        status = cord_record_spans_apply(record->spans, claim, err);
    }
    if (status == CORD_OK) {
        *head = (struct cord_record_head){claim->number, claim->recorded_ns, hash};
    }
    return status;
}

/* --- batches --- */

static cord_status put_batch(struct cord_record *record, struct cord_record_request *request,
                             struct cord_record_head *head)
{
    int64_t now = cord_clock_now_ns(&record->options.clock);
    request->outcome = (struct cord_record_outcome){
        .recorded_ns = now > head->recorded_ns || head->number == 0 ? now : head->recorded_ns};
    for (size_t i = 0; i < request->count; i++) {
        bool repeated;
        request->claims[i].recorded_ns = request->outcome.recorded_ns;
        cord_status status =
            cord_record_put(record, &request->claims[i], head, &repeated, &request->err);
        if (status != CORD_OK) {
            cord_error_context(&request->err, "claim %zu", i + 1);
            return status;
        }
        if (repeated) {
            request->outcome.repeated++;
        } else if (request->outcome.recorded++ == 0) {
            request->outcome.first = head->number;
        }
    }
    return CORD_OK;
}

/* A batch that is refused by itself leaves those beside it alone. */
static bool is_refusal(cord_status status)
{
    return status == CORD_E_FORMAT || status == CORD_E_UNSUPPORTED;
}

/* One batch of several: a savepoint takes it out again. CORD_OK also when it alone is refused. */
static cord_status put_one_of(struct cord_record *record, struct cord_record_request *request,
                              struct cord_record_head *head, struct cord_error *err)
{
    struct cord_record_head before = *head;
    cord_status status = cord_sql_exec(record->sql, "SAVEPOINT batch", err);
    if (status != CORD_OK) {
        return status;
    }
    request->status = put_batch(record, request, head);
    if (request->status != CORD_OK) {
        *head = before;
        cord_record_spans_forget(record->spans);
        *err = request->err;
        if (!is_refusal(request->status)) {
            return request->status;
        }
        status = cord_sql_exec(record->sql, "ROLLBACK TO batch", err);
    }
    return status == CORD_OK ? cord_sql_exec(record->sql, "RELEASE batch", err) : status;
}

static cord_status put_group(struct cord_record *record, struct cord_record_request *group,
                             struct cord_record_head *head, struct cord_error *err)
{
    cord_status status = cord_sql_exec(record->sql, "BEGIN IMMEDIATE", err);
    if (status == CORD_OK && !group->next) {
        status = put_batch(record, group, head);
        *err = group->err;
    }
    for (struct cord_record_request *r = group; status == CORD_OK && group->next && r;
         r = r->next) {
        status = put_one_of(record, r, head, err);
    }
    return status == CORD_OK ? cord_sql_exec(record->sql, "COMMIT", err) : status;
}

/* All of the group, or nothing of it. */
static cord_status write_whole(struct cord_record *record, struct cord_record_request *group,
                               struct cord_record_head *head, struct cord_error *err)
{
    struct cord_record_head before = *head;
    cord_status status = put_group(record, group, head, err);
    if (status != CORD_OK) {
        cord_sql_rollback(record->sql);
        cord_record_spans_forget(record->spans);
        *head = before;
    }
    return status;
}

/* Each by itself: what one of them met is not what the others are told. */
static void write_each(struct cord_record *record, struct cord_record_request *group,
                       struct cord_record_head *head)
{
    for (struct cord_record_request *r = group; r; r = r->next) {
        struct cord_record_request *next = r->next;
        struct cord_error err = {""};
        r->next = NULL;
        r->status = write_whole(record, r, head, &err);
        r->err = err;
        r->next = next;
    }
}

/* Records the group, and says how it went for each. */
static void write_group(struct cord_record *record, struct cord_record_request *group,
                        struct cord_record_head *head)
{
    struct cord_error err = {""};
    if (!group->next || write_whole(record, group, head, &err) != CORD_OK) {
        write_each(record, group, head);
    }
    uint64_t every = record->options.checkpoint_claims;
    /* Whatever comes of it, the claims are durable, and those who recorded them are told so. */
    (void)!cord_record_sign(record, head, every > 0 ? every : CORD_RECORD_CHECKPOINT_CLAIMS, &err);
}

/* --- turns --- */

void cord_record_take_turn(struct cord_record *record)
{
    (void)pthread_mutex_lock(&record->lock);
    while (record->writing) {
        (void)pthread_cond_wait(&record->turn, &record->lock);
    }
    record->writing = true;
    (void)pthread_mutex_unlock(&record->lock);
}

void cord_record_yield_turn(struct cord_record *record, const struct cord_record_head *head)
{
    (void)pthread_mutex_lock(&record->lock);
    record->head = *head;
    record->signed_number = record->checkpoint;
    record->writing = false;
    (void)pthread_cond_broadcast(&record->turn);
    (void)pthread_mutex_unlock(&record->lock);
}

/* Those that wait, up to a bound; at least one. Under the lock. */
static struct cord_record_request *take_group(struct cord_record *record)
{
    struct cord_record_request *group = record->first;
    struct cord_record_request *end = group;
    size_t claims = group->count;
    while (end->next && claims + end->next->count <= GROUP_CLAIMS_MAX) {
        end = end->next;
        claims += end->count;
    }
    record->first = end->next;
    if (!record->first) {
        record->last = &record->first;
    }
    end->next = NULL;
    return group;
}

/* Under the lock, which is given up meanwhile: who finds no writer writes for all that wait. */
static void write_for_all(struct cord_record *record)
{
    struct cord_record_request *group = take_group(record);
    struct cord_record_head head = record->head;
    record->writing = true;
    (void)pthread_mutex_unlock(&record->lock);
    write_group(record, group, &head);
    (void)pthread_mutex_lock(&record->lock);
    record->head = head;
    record->signed_number = record->checkpoint;
    record->writing = false;
    for (struct cord_record_request *r = group; r;) {
        struct cord_record_request *next = r->next;
        r->done = true; /* and may be gone once the lock is */
        r = next;
    }
    (void)pthread_cond_broadcast(&record->turn);
}

static void submit(struct cord_record *record, struct cord_record_request *request)
{
    (void)pthread_mutex_lock(&record->lock);
    *record->last = request;
    record->last = &request->next;
    while (!request->done) {
        if (record->writing || !record->first) {
            (void)pthread_cond_wait(&record->turn, &record->lock);
        } else {
            write_for_all(record);
        }
    }
    (void)pthread_mutex_unlock(&record->lock);
}

/* --- append --- */

/* A checked copy of the claims, with what the check made of them. */
static cord_status check_claims(const struct cord_claim *claims, size_t count,
                                struct cord_arena *arena, struct cord_claim **ret_claims,
                                struct cord_error *err)
{
    struct cord_claim_reader *reader = NULL;
    struct cord_claim *copies = cord_arena_alloc(arena, count * sizeof *copies);
    cord_status status = copies ? cord_claim_reader_new(&reader) : cord_arena_failure(arena);
    for (size_t i = 0; status == CORD_OK && i < count; i++) {
        struct cord_claim *copy = &copies[i];
        *copy = claims[i];
        copy->number = 0;
        status = cord_claim_check(reader, copy, err);
        if (status != CORD_OK) {
            cord_error_context(err, "claim %zu", i + 1);
            break;
        }
        copy->value = cord_arena_copy(arena, copy->value);
        copy->amount = cord_arena_copy(arena, copy->amount);
        if (!copy->value.ptr || !copy->amount.ptr) {
            status = cord_error_set(err, cord_arena_failure(arena), "the batch is too large");
        }
    }
    cord_claim_reader_free(reader);
    *ret_claims = copies;
    return status;
}

cord_status cord_record_append(struct cord_record *record, const struct cord_claim *claims,
                               size_t count, struct cord_record_outcome *ret_outcome,
                               struct cord_error *err)
{
    struct cord_record_request request = {.count = count};
    if (record->options.read_only) {
        return cord_error_set(err, CORD_E_UNSUPPORTED, "the record is open for reading only");
    }
    if (count == 0 || count > BATCH_CLAIMS_MAX) {
        return cord_error_set(err, CORD_E_LIMIT, "a batch has from 1 to %d claims",
                              BATCH_CLAIMS_MAX);
    }
    struct cord_arena *arena = cord_arena_new(BATCH_BYTES_MAX);
    if (!arena) {
        return CORD_E_NOMEM;
    }
    cord_status status = check_claims(claims, count, arena, &request.claims, err);
    if (status == CORD_OK) {
        submit(record, &request);
        status = request.status;
        if (status == CORD_OK) {
            *ret_outcome = request.outcome;
        } else if (err) {
            *err = request.err;
        }
    }
    cord_arena_free(arena);
    return status;
}

/* --- checkpoints --- */

/* Behind what was signed before, which has to be there: not into a hole. */
static cord_status check_length(const struct cord_record *record, int file, struct cord_error *err)
{
    struct stat about;
    if (fstat(file, &about) != 0) {
        return cord_error_errno(err, CORD_RECORD_CHECKPOINTS);
    }
    return (uint64_t)about.st_size >= record->checkpoint_bytes
               ? CORD_OK
               : cord_error_set(err, CORD_E_DAMAGED,
                                CORD_RECORD_CHECKPOINTS
                                " has lost what was signed before: put it back from a backup");
}

static cord_status append_line(struct cord_record *record, cord_str line, struct cord_error *err)
{
    int file = -1;
    cord_status status = cord_files_open(&record->files, record->dir, CORD_RECORD_CHECKPOINTS,
                                         O_WRONLY | O_CREAT, &file, err);
    if (status == CORD_OK) {
        status = check_length(record, file, err);
    }
    if (status == CORD_OK) {
        status = cord_files_write(&record->files, file, line, record->checkpoint_bytes, err);
    }
    if (status == CORD_OK) {
        status = cord_files_sync(&record->files, file, err);
    }
    if (file >= 0) {
        (void)close(file); /* it has been synced */
    }
    if (status == CORD_OK && record->checkpoint_bytes == 0) {
        status = cord_files_sync_dir(&record->files, record->dir, ".", err);
    }
    return status;
}

cord_status cord_record_sign(struct cord_record *record, const struct cord_record_head *head,
                             uint64_t claims, struct cord_error *err)
{
    if (!record->key || head->number < record->checkpoint + claims ||
        head->number == record->checkpoint) {
        return CORD_OK;
    }
    struct cord_record_checkpoint checkpoint = {
        .number = head->number,
        .hash = head->hash,
        .time_ns = cord_clock_now_ns(&record->options.clock),
        .exercise = cord_record_exercise(record),
    };
    cord_buf_clear(&record->scratch);
    cord_status status =
        cord_record_checkpoint_write(&checkpoint, record->key, &record->scratch, err);
    if (status == CORD_OK) {
        status = append_line(record, cord_buf_str(&record->scratch), err);
    }
    const struct cord_record_unsigned *not_signed = &record->options.not_signed;
    if (status == CORD_OK) {
        record->checkpoint = head->number;
        record->checkpoint_bytes += record->scratch.len;
    } else if (not_signed->tell) {
        not_signed->tell(not_signed->self, head->number - record->checkpoint, err);
    }
    return status;
}
