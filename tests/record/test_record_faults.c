/* test_record_faults.c: a record on disks that fail, fill up and lose their power. */
#include "kit/kit.h"

#include "kit/kit_disk.h"
#include "kit/kit_record.h"
#include "kit/kit_store.h"
#include "record/record_verify.h"

#include <stdio.h>

enum { BATCH = 4, BATCHES = 4 };

struct stage {
    struct kit_disk *disk;
    struct kit_record_clock clock;
    char dir[64];
    size_t kept; /* batches that append said were recorded */
    cord_status last;
    struct cord_error err;
};

static cord_status say_batch(struct stage *stage, struct cord_record *record, size_t number)
{
    char subjects[BATCH][32];
    char values[BATCH][64];
    struct cord_claim claims[BATCH];
    struct cord_record_outcome outcome;
    stage->clock.now_ns = (int64_t)(number + 1) * 60 * CORD_SECOND_NS;
    for (size_t i = 0; i < BATCH; i++) {
        (void)snprintf(subjects[i], sizeof subjects[i], "org:R%zu", i % 3);
        (void)snprintf(values[i], sizeof values[i], "{\"state\":\"%s\",\"reason\":\"b%zu\"}",
                       number % 2 ? "clear" : "infected", number);
        claims[i] = (struct cord_claim){.kind = cord_claim_kind_find(CORD_STR("status.claim")),
                                        .subject = cord_str_from(subjects[i]),
                                        .value = cord_str_from(values[i]),
                                        .claimant = CORD_STR("org:X"),
                                        .method = CORD_STR("assigned"),
                                        .valid_from_ns = CORD_TIME_NONE,
                                        .valid_to_ns = CORD_TIME_NONE};
    }
    return cord_record_append(record, claims, BATCH, &outcome, &stage->err);
}

static cord_status open_record(struct stage *stage, const char *vfs, struct cord_record **ret)
{
    const struct cord_record_options options = {.create = true,
                                                .exercise = CORD_STR(""),
                                                .clock = kit_record_clock(&stage->clock),
                                                .cache_mb = 1,
                                                .vfs = vfs};
    return cord_record_open(stage->dir, &options, ret, &stage->err);
}

/* Opens a new record, says some batches, closes. */
static void act(struct stage *stage)
{
    struct cord_record *record = NULL;
    stage->kept = 0;
    stage->last = open_record(stage, "kit_disk", &record);
    for (size_t i = 0; stage->last == CORD_OK && i < BATCHES; i++) {
        stage->last = say_batch(stage, record, i);
        stage->kept += stage->last == CORD_OK;
    }
    cord_record_close(record);
}

/* Whole batches, and all that was promised; more only if a failure was told of one that
 * came to the disk all the same. */
static void check_whole(struct stage *stage, size_t nth)
{
    struct cord_record *record = NULL;
    struct cord_record_verdict verdict;
    const struct cord_record_verify_options verify = {.self = NULL};
    if (open_record(stage, NULL, &record) != CORD_OK) {
        fail_msg("at touch %zu: %s", nth, stage->err.text);
    }
    uint64_t count = cord_record_count(record);
    CHECK_U64(count % BATCH, 0);
    CHECK(count >= stage->kept * BATCH && count <= (stage->kept + 1) * BATCH);
    CHECK(say_batch(stage, record, BATCHES) == CORD_OK);
    cord_record_close(record);
    CHECK(cord_record_verify(stage->dir, &verify, &verdict, &stage->err) == CORD_OK);
    CHECK_U64(verdict.broken, 0);
    CHECK_U64(verdict.claims, count + BATCH);
    CHECK_U64(verdict.unsigned_claims, 0);
}

static void keeps_what_it_promised_when_the_power_goes(void)
{
    struct stage stage = {.disk = kit_disk_new("kit_disk")};
    bool hit = true;
    for (size_t nth = 1; hit; nth += 1 + nth / 16) {
        kit_store_dir(stage.dir);
        kit_disk_set(stage.disk, KIT_DISK_POWER, nth);
        act(&stage);
        hit = kit_disk_hit(stage.disk);
        CHECK(hit || stage.kept == BATCHES);
        kit_disk_power_back(stage.disk, nth * 0x9e3779b97f4a7c15u);
        check_whole(&stage, nth);
        kit_store_remove(stage.dir);
    }
    kit_disk_free(stage.disk);
}

static void goes_on_after_a_write_that_failed(void)
{
    struct stage stage = {.disk = kit_disk_new("kit_disk")};
    bool hit = true;
    for (size_t nth = 1; hit; nth += 1 + nth / 12) {
        kit_store_dir(stage.dir);
        kit_disk_set(stage.disk, KIT_DISK_FAILS, nth);
        act(&stage);
        hit = kit_disk_hit(stage.disk);
        kit_disk_set(stage.disk, KIT_DISK_GOOD, 0);
        check_whole(&stage, nth);
        kit_store_remove(stage.dir);
        kit_disk_power_back(stage.disk, 1); /* forgets its files */
    }
    kit_disk_free(stage.disk);
}

static void a_full_disk_refuses_and_loses_nothing(void)
{
    struct stage stage = {.disk = kit_disk_new("kit_disk")};
    struct cord_record *record = NULL;
    for (size_t nth = 1; nth < 12; nth += 2) {
        kit_store_dir(stage.dir);
        kit_disk_set(stage.disk, KIT_DISK_GOOD, 0);
        CHECK(open_record(&stage, "kit_disk", &record) == CORD_OK);
        CHECK(say_batch(&stage, record, 0) == CORD_OK);
        kit_disk_set(stage.disk, KIT_DISK_FULL, nth);
        stage.kept = 1;
        while ((stage.last = say_batch(&stage, record, stage.kept)) == CORD_OK) {
            stage.kept++;
        }
        CHECK(stage.last == CORD_E_LIMIT);
        CHECK(strstr(stage.err.text, "the disk is full"));
        CHECK_U64(cord_record_count(record), stage.kept * BATCH);
        CHECK(say_batch(&stage, record, 9) == CORD_E_LIMIT);
        kit_disk_set(stage.disk, KIT_DISK_GOOD, 0);
        CHECK(say_batch(&stage, record, stage.kept) == CORD_OK);
        stage.kept++;
        cord_record_close(record);
        check_whole(&stage, nth);
        kit_store_remove(stage.dir);
        kit_disk_power_back(stage.disk, 1);
    }
    kit_disk_free(stage.disk);
}

KIT_MAIN(KIT_TEST(keeps_what_it_promised_when_the_power_goes),
         KIT_TEST(goes_on_after_a_write_that_failed),
         KIT_TEST(a_full_disk_refuses_and_loses_nothing))
