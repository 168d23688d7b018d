/* test_record_turns.c: whoever appends is heard, whatever readers and other writers do. */
#include "kit/kit.h"

#include "kit/kit_disk.h"
#include "kit/kit_record.h"
#include "kit/kit_store.h"
#include "record/record_internal.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { THREADS = 4, APPENDS = 40, LOOKS = 60, BATCH = 300 };

struct load {
    struct cord_record *record;
    size_t appends;
    char failed[256]; /* the first failure's text */
};

static struct cord_claim one(void)
{
    return (struct cord_claim){
        .kind = cord_claim_kind_find(CORD_STR("audit.read")),
        .subject = CORD_STR("org:A"),
        .value = CORD_STR("{\"verb\":\"a\",\"target\":\"b\",\"outcome\":\"done\"}"),
        .claimant = CORD_STR("user:1"),
        .method = CORD_STR("telemetry"),
        .valid_from_ns = CORD_TIME_NONE,
        .valid_to_ns = CORD_TIME_NONE};
}

static void *append_one_by_one(void *argument)
{
    struct load *load = argument;
    for (size_t i = 0; i < APPENDS && load->failed[0] == '\0'; i++) {
        const struct cord_claim claim = one();
        struct cord_record_outcome outcome;
        struct cord_error err = {""};
        if (cord_record_append(load->record, &claim, 1, &outcome, &err) != CORD_OK) {
            (void)snprintf(load->failed, sizeof load->failed, "%.200s", err.text);
        }
        load->appends++;
    }
    return NULL;
}

static void *append_batches(void *argument)
{
    struct load *load = argument;
    for (size_t i = 0; i < APPENDS / 10 && load->failed[0] == '\0'; i++) {
        struct cord_claim claims[BATCH];
        struct cord_record_outcome outcome;
        struct cord_error err = {""};
        for (size_t n = 0; n < BATCH; n++) {
            claims[n] = one();
        }
        /* Every other one is refused, which is its own matter. */
        claims[BATCH - 1].subject = i % 2 ? CORD_STR("org:A") : CORD_STR("Org A");
        cord_status status = cord_record_append(load->record, claims, BATCH, &outcome, &err);
        if (status != (i % 2 ? CORD_OK : CORD_E_FORMAT)) {
            (void)snprintf(load->failed, sizeof load->failed, "batch: %.200s", err.text);
        }
    }
    return NULL;
}

static void *come_and_go(void *argument)
{
    struct load *load = argument;
    for (size_t i = 0; i < LOOKS && load->failed[0] == '\0'; i++) {
        struct cord_record_view *view = NULL;
        struct cord_error err = {""};
        cord_status status = cord_record_view_open(load->record, &view, &err);
        for (size_t n = 0; status == CORD_OK && n < i % 4; n++) {
            status = cord_record_view_refresh(view, &err);
        }
        cord_record_view_close(view);
        if (status != CORD_OK) {
            (void)snprintf(load->failed, sizeof load->failed, "view: %.200s", err.text);
        }
    }
    return NULL;
}

static void appends_are_heard_beside_batches_and_readers(void)
{
    char dir[64];
    struct kit_record_clock clock = {1000 * CORD_SECOND_NS};
    struct load loads[2 * THREADS + 1] = {{0}};
    pthread_t threads[2 * THREADS + 1];
    kit_store_dir(dir);
    struct cord_record *record = kit_record_open(dir, &clock);
    for (size_t i = 0; i < 2 * THREADS + 1; i++) {
        loads[i].record = record;
        CHECK(pthread_create(&threads[i], NULL,
                             i == 2 * THREADS ? append_batches
                             : i < THREADS    ? append_one_by_one
                                              : come_and_go,
                             &loads[i]) == 0);
    }
    for (size_t i = 0; i < 2 * THREADS + 1; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    for (size_t i = 0; i < 2 * THREADS + 1; i++) {
        if (loads[i].failed[0] != '\0') {
            fail_msg("thread %zu: %s", i, loads[i].failed);
        }
    }
    CHECK_U64(cord_record_count(record), THREADS * APPENDS + APPENDS / 20 * BATCH);
    cord_record_close(record);
    kit_store_remove(dir);
}

/* --- many at once, and no file to be opened --- */

enum { SPREAD = 4000, SPREAD_BATCH = 500, WAITING = 3 };

struct waiting {
    struct cord_record *record;
    size_t from;
    cord_status status;
    struct cord_error err;
};

/* About subjects that lie far apart in every index. */
static cord_status append_spread(struct cord_record *record, size_t from, struct cord_error *err)
{
    struct cord_claim *claims = calloc(SPREAD_BATCH, sizeof *claims);
    char(*names)[24] = calloc(SPREAD_BATCH, sizeof *names);
    struct cord_record_outcome outcome;
    CHECK(claims && names);
    for (size_t i = 0; i < SPREAD_BATCH; i++) {
        (void)snprintf(names[i], sizeof names[i], "org:R%zu", (from + i) * 7919 % SPREAD);
        claims[i] = one();
        claims[i].kind = cord_claim_kind_find(CORD_STR("status.claim"));
        claims[i].value = CORD_STR("{\"state\":\"clear\"}");
        claims[i].subject = cord_str_from(names[i]);
    }
    cord_status status = cord_record_append(record, claims, SPREAD_BATCH, &outcome, err);
    free(claims);
    free(names);
    return status;
}

static void *append_waiting(void *argument)
{
    struct waiting *waiting = argument;
    waiting->status = append_spread(waiting->record, waiting->from, &waiting->err);
    return NULL;
}

static size_t count_waiting(struct cord_record *record)
{
    size_t count = 0;
    (void)pthread_mutex_lock(&record->lock);
    for (const struct cord_record_request *r = record->first; r; r = r->next) {
        count++;
    }
    (void)pthread_mutex_unlock(&record->lock);
    return count;
}

/* Batches that came while another wrote: they share a commit. */
struct queue {
    struct cord_record *record;
    struct cord_record_head head;
    struct waiting waiting[WAITING];
    pthread_t threads[WAITING];
};

static void queue_up(struct queue *queue, struct cord_record *record)
{
    queue->record = record;
    for (size_t from = 0; from < SPREAD; from += SPREAD_BATCH) {
        CHECK(append_spread(record, from, NULL) == CORD_OK);
    }
    cord_record_take_turn(record);
    queue->head = record->head;
    for (size_t i = 0; i < WAITING; i++) {
        queue->waiting[i] = (struct waiting){.record = record, .from = i * SPREAD_BATCH};
        CHECK(pthread_create(&queue->threads[i], NULL, append_waiting, &queue->waiting[i]) == 0);
    }
    while (count_waiting(record) < WAITING) {
        (void)sched_yield();
    }
}

static void let_go(struct queue *queue)
{
    cord_record_yield_turn(queue->record, &queue->head);
    for (size_t i = 0; i < WAITING; i++) {
        CHECK(pthread_join(queue->threads[i], NULL) == 0);
    }
}

static void check_heard(struct queue *queue)
{
    for (size_t i = 0; i < WAITING; i++) {
        if (queue->waiting[i].status != CORD_OK) {
            fail_msg("batch %zu: %s", i, queue->waiting[i].err.text);
        }
    }
    CHECK_U64(cord_record_count(queue->record), SPREAD + WAITING * SPREAD_BATCH);
}

/* From now on nothing more can be opened; the limit that was there. */
static struct rlimit open_no_more(void)
{
    struct rlimit before;
    int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK(next >= 0 && close(next) == 0);
    CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
    const struct rlimit none = {.rlim_cur = (rlim_t)next, .rlim_max = before.rlim_max};
    CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
    return before;
}

/* Each can be taken out of the commit again: for which a server that is confined to its folders, or
 * has all the files it may, opens none. */
static void batches_share_a_commit_without_further_files(void)
{
    char dir[64];
    struct kit_record_clock clock = {1000 * CORD_SECOND_NS};
    struct queue queue;
    kit_store_dir(dir);
    struct cord_record *record = kit_record_open(dir, &clock);
    queue_up(&queue, record);
    const struct rlimit before = open_no_more();
    let_go(&queue);
    CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
    check_heard(&queue);
    cord_record_close(record);
    kit_store_remove(dir);
}

/* What one meets is not what the others are told: each is tried by itself. */
static void a_commit_that_fails_is_tried_batch_by_batch(void)
{
    char dir[64];
    struct kit_record_clock clock = {1000 * CORD_SECOND_NS};
    struct kit_disk *disk = kit_disk_new("turns");
    const struct cord_record_options options = {.create = true,
                                                .exercise = CORD_STR(""),
                                                .clock = kit_record_clock(&clock),
                                                .vfs = "turns"};
    struct cord_record *record = NULL;
    struct queue queue;
    kit_store_dir(dir);
    CHECK(cord_record_open(dir, &options, &record, NULL) == CORD_OK);
    queue_up(&queue, record);
    kit_disk_set(disk, KIT_DISK_FAILS, 1);
    let_go(&queue);
    CHECK(kit_disk_hit(disk));
    check_heard(&queue);
    cord_record_close(record);
    kit_disk_free(disk);
    kit_store_remove(dir);
}

KIT_MAIN(KIT_TEST(appends_are_heard_beside_batches_and_readers),
         KIT_TEST(batches_share_a_commit_without_further_files),
         KIT_TEST(a_commit_that_fails_is_tried_batch_by_batch))
