/* test_record_turns.c: whoever appends is heard, whatever readers and other writers do. */
#include "kit/kit.h"

#include "kit/kit_record.h"
#include "kit/kit_store.h"
#include "record/record_sql.h"

#include <pthread.h>
#include <stdio.h>

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

KIT_MAIN(KIT_TEST(appends_are_heard_beside_batches_and_readers))
