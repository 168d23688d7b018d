/* test_store_upkeep.c: proving, deleting by policy, holding, tidying, carrying elsewhere. */
#include "kit/kit.h"

#include "kit/kit_store.h"

#include "evidence/store_internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROWS = 240, WHAT_BYTES = 1024 };

#define DAY_NS   (86400 * CORD_SECOND_NS)
#define START_NS (1700000000 * CORD_SECOND_NS)

static unsigned char seen[ROWS * 2];

struct place {
    char path[64];
    struct kit_store_fault fault;
    int64_t now_ns;
    struct cord_store *store;
};

static int64_t place_now(void *self)
{
    return ((const struct place *)self)->now_ns;
}

static void place_open(struct place *place)
{
    struct cord_error err = {""};
    const struct cord_store_options options = {
        .create = true, .files = &place->fault.files, .clock = {place_now, place}};
    if (cord_store_open(place->path, &options, &place->store, &err) != CORD_OK) {
        print_error("%s\n", err.text);
        fail();
    }
}

static void write_file(const struct place *place, const char *name, const char *text)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", place->path, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    CHECK(fputs(text, file) >= 0 && fclose(file) == 0);
}

/* Three packs of rows, a day between each. */
static void place_init(struct place *place, const char *policy)
{
    *place = (struct place){.now_ns = START_NS};
    kit_store_fault_init(&place->fault, 0, 0);
    kit_store_dir(place->path);
    if (policy) {
        write_file(place, "policy", policy);
    }
    place_open(place);
    for (unsigned i = 0; i < 3; i++) {
        CHECK(kit_store_fill(place->store, i * (ROWS / 3), ROWS / 3, 20) == CORD_OK);
        CHECK(cord_store_flush(place->store, NULL) == CORD_OK);
        place->now_ns += DAY_NS;
    }
}

static void place_done(struct place *place)
{
    cord_store_close(place->store);
    kit_store_remove(place->path);
}

static void reopen(struct place *place)
{
    cord_store_close(place->store);
    place_open(place);
}

static size_t count_rows(struct cord_store *store)
{
    size_t count = 0;
    CHECK(kit_store_census(store, seen, sizeof seen) == 0);
    for (size_t n = 0; n < sizeof seen; n++) {
        CHECK(seen[n] <= 1);
        count += seen[n];
    }
    return count;
}

struct broken {
    size_t count;
    char first[WHAT_BYTES];
};

static void note(void *self, cord_str what)
{
    struct broken *broken = self;
    if (broken->count++ == 0) {
        (void)snprintf(broken->first, sizeof broken->first, "%.*s", CORD_STR_ARG(what));
    }
}

static struct broken verify(struct cord_store *store, struct cord_store_verdict *ret_verdict)
{
    struct broken broken = {0};
    const struct cord_store_verify_options options = {.broken = note, .self = &broken};
    CHECK(cord_store_verify(store, &options, ret_verdict, NULL) == CORD_OK);
    CHECK(ret_verdict->broken == broken.count);
    return broken;
}

static void check_proven(struct cord_store *store)
{
    struct cord_store_verdict verdict;
    struct broken broken = verify(store, &verdict);
    if (broken.count > 0) {
        print_error("%s\n", broken.first);
        fail();
    }
}

/* --- proving --- */

static void a_store_proves_itself(void)
{
    struct place place;
    struct cord_store_verdict verdict;
    place_init(&place, NULL);
    CHECK(verify(place.store, &verdict).count == 0);
    CHECK(verdict.chain_entries == 4 && verdict.entries == 4);
    CHECK(verdict.segments == 6 && verdict.blocks == 6 && verdict.bytes > 4096);
    /* The head that was noted is still there later; another is not. */
    char head[65];
    memcpy(head, verdict.head, sizeof head);
    CHECK(kit_store_fill(place.store, ROWS, 10, 10) == CORD_OK);
    CHECK(cord_store_flush(place.store, NULL) == CORD_OK);
    struct broken broken = {0};
    struct cord_store_verify_options options = {.head = cord_str_from(head),
                                                .broken = note,
                                                .self = &broken,
                                                .first_entry = 2,
                                                .last_entry = 3};
    CHECK(cord_store_verify(place.store, &options, &verdict, NULL) == CORD_OK);
    CHECK(broken.count == 0 && verdict.entries == 2 && verdict.segments == 4);
    head[5] = head[5] == '0' ? '1' : '0';
    CHECK(cord_store_verify(place.store, &options, &verdict, NULL) == CORD_OK);
    CHECK(broken.count == 1 && strstr(broken.first, "cut off") != NULL);
    options.head = CORD_STR("zz");
    CHECK(cord_store_verify(place.store, &options, &verdict, NULL) == CORD_E_FORMAT);
    options.head = CORD_STR("");
    options.key = CORD_STR("0000000000000000000000000000000000000000000000000000000000000000");
    broken.count = 0;
    CHECK(cord_store_verify(place.store, &options, &verdict, NULL) == CORD_OK);
    CHECK(broken.count > 0);
    place_done(&place);
}

static void flip(const char *path, uint64_t at)
{
    int file = open(path, O_RDWR);
    char byte = 0;
    CHECK(file >= 0);
    CHECK(pread(file, &byte, 1, (off_t)at) == 1);
    byte = (char)(byte ^ 0x10);
    CHECK(pwrite(file, &byte, 1, (off_t)at) == 1);
    (void)close(file);
}

/* Each byte of a file flipped: verifying names that file, and the store still
 * opens and gives the rows that are not in it. */
static void flip_all(struct place *place, const char *name, size_t step)
{
    char path[128];
    struct stat info;
    (void)snprintf(path, sizeof path, "%s/%s", place->path, name);
    CHECK(stat(path, &info) == 0);
    for (uint64_t at = 0; at < (uint64_t)info.st_size; at += step) {
        struct cord_store_verdict verdict;
        struct cord_store *store = NULL;
        const struct cord_store_options reading = {.read_only = true};
        flip(path, at);
        cord_status status = cord_store_open(place->path, &reading, &store, NULL);
        if (status == CORD_OK) {
            struct broken broken = verify(store, &verdict);
            if (broken.count == 0) {
                print_error("%s: byte %u is not looked at\n", name, (unsigned)at);
                fail();
            }
            CHECK(strstr(broken.first, strncmp(name, "chain", 5) == 0 ? "chain" : name) != NULL);
            (void)kit_store_census(store, seen, sizeof seen);
        }
        cord_store_close(store);
        flip(path, at);
    }
}

static void every_flipped_byte_is_found(void)
{
    struct place place;
    place_init(&place, NULL);
    cord_store_close(place.store);
    flip_all(&place, "segments/00000003.seg", 3);
    flip_all(&place, "segments/00000003.person", 1);
    flip_all(&place, "chain", 7);
    place_open(&place);
    CHECK(count_rows(place.store) == ROWS);
    place_done(&place);
}

static void a_damaged_block_costs_its_rows_alone(void)
{
    struct place place;
    char path[128];
    place_init(&place, NULL);
    cord_store_close(place.store);
    (void)snprintf(path, sizeof path, "%s/segments/00000003.seg", place.path);
    flip(path, 200);
    place_open(&place);
    size_t damaged = kit_store_census(place.store, seen, sizeof seen);
    size_t there = 0;
    for (size_t n = 0; n < sizeof seen; n++) {
        there += seen[n];
    }
    CHECK(damaged == 1 && there > ROWS / 2 && there < ROWS);
    struct cord_store_verdict verdict;
    struct broken broken = verify(place.store, &verdict);
    CHECK(broken.count == 1);
    CHECK(strstr(broken.first, "segments/00000003.seg: block 0: the body at offset 64") != NULL);
    /* Tidying and deleting leave it where it is. */
    struct cord_store_compacted compacted;
    CHECK(cord_store_compact(place.store, NULL, &compacted, NULL) == CORD_OK);
    CHECK(compacted.damaged > 0);
    CHECK(stat(path, &(struct stat){0}) == 0);
    place_done(&place);
}

static void a_missing_segment_is_said(void)
{
    struct place place;
    char path[128];
    struct cord_store_verdict verdict;
    place_init(&place, NULL);
    cord_store_close(place.store);
    (void)snprintf(path, sizeof path, "%s/segments/00000003.seg", place.path);
    CHECK(unlink(path) == 0);
    place_open(&place);
    CHECK(cord_str_find(cord_store_notes(place.store), CORD_STR("00000003.seg is missing"), 0) !=
          SIZE_MAX);
    CHECK(verify(place.store, &verdict).count == 1);
    place_done(&place);
}

/* --- retention and holds --- */

static const struct cord_store_retain_options plain = {0};

static void age_deletes_and_leaves_a_tombstone(void)
{
    struct place place;
    struct cord_store_retained retained;
    place_init(&place, "default 10\n");
    CHECK(cord_store_retain(place.store, &plain, &retained, NULL) == CORD_OK);
    CHECK(retained.segments == 0 && retained.rows == 0);
    place.now_ns = START_NS + 10 * DAY_NS + CORD_SECOND_NS;
    const struct cord_store_retain_options dry = {.dry_run = true};
    CHECK(cord_store_retain(place.store, &dry, &retained, NULL) == CORD_OK);
    CHECK(retained.segments == 2 && retained.rows == ROWS / 3);
    CHECK(count_rows(place.store) == ROWS);
    CHECK(cord_store_retain(place.store, &plain, &retained, NULL) == CORD_OK);
    CHECK(retained.segments == 2 && retained.rows == ROWS / 3);
    CHECK(count_rows(place.store) == ROWS - ROWS / 3);
    check_proven(place.store);
    reopen(&place);
    CHECK_STR(cord_store_notes(place.store), "");
    CHECK(count_rows(place.store) == ROWS - ROWS / 3);
    check_proven(place.store);
    struct cord_buf text;
    cord_buf_init(&text, 1 << 20);
    CHECK(cord_files_load(place.store->files, place.store->dir, "chain", &text, NULL) == CORD_OK);
    CHECK(cord_str_find(cord_buf_str(&text), CORD_STR("\ntombstone 3 "), 0) != SIZE_MAX);
    cord_buf_done(&text);
    place_done(&place);
}

static void a_clock_cannot_delete(void)
{
    struct place place;
    struct cord_store_retained retained;
    place_init(&place, "default 10\n");
    /* A year ahead: refused, unless someone says it is so. */
    place.now_ns = START_NS + 365 * DAY_NS;
    CHECK(cord_store_retain(place.store, &plain, &retained, NULL) == CORD_E_UNSUPPORTED);
    CHECK(count_rows(place.store) == ROWS);
    /* Back to 1970: nothing is old, and what comes in is not old later. */
    place.now_ns = 0;
    CHECK(cord_store_retain(place.store, &plain, &retained, NULL) == CORD_OK);
    CHECK(retained.segments == 0);
    CHECK(kit_store_fill(place.store, ROWS, 20, 20) == CORD_OK);
    CHECK(cord_store_flush(place.store, NULL) == CORD_OK);
    place.now_ns = START_NS + 3 * DAY_NS;
    CHECK(cord_store_retain(place.store, &plain, &retained, NULL) == CORD_OK);
    CHECK(retained.segments == 0 && count_rows(place.store) == ROWS + 20);
    const struct cord_store_retain_options sure = {.clock_is_right = true};
    place.now_ns = START_NS + 365 * DAY_NS;
    CHECK(cord_store_retain(place.store, &sure, &retained, NULL) == CORD_OK);
    CHECK(count_rows(place.store) == 0);
    check_proven(place.store);
    place_done(&place);
}

static void a_hold_wins(void)
{
    struct place place;
    struct cord_store_retained retained;
    uint64_t entry = 0;
    place_init(&place, "default 10\n");
    const struct cord_store_hold hold = {.organisation = CORD_STR("RX2"),
                                         .source = CORD_STR(""),
                                         .from_ns = CORD_TIME_NONE,
                                         .to_ns = CORD_TIME_NONE,
                                         .who = CORD_STR("A. Clerk"),
                                         .reason = CORD_STR("inquest 7/26")};
    CHECK(cord_store_hold(place.store, &hold, &entry, NULL) == CORD_OK);
    CHECK(entry == 5);
    place.now_ns = START_NS + 20 * DAY_NS;
    reopen(&place);
    struct cord_store_hold *holds = NULL;
    size_t count = 0;
    CHECK(cord_store_holds(place.store, &holds, &count) == CORD_OK);
    CHECK(count == 1 && holds[0].entry == entry);
    CHECK_STR(holds[0].who, "A. Clerk");
    CHECK_STR(holds[0].reason, "inquest 7/26");
    free(holds);
    CHECK(cord_store_retain(place.store, &plain, &retained, NULL) == CORD_OK);
    CHECK(retained.segments == 3 && retained.held == 3);
    CHECK(count_rows(place.store) == ROWS / 3);
    CHECK(cord_store_release(place.store, 99, CORD_STR("x"), CORD_STR("y"), NULL) == CORD_E_NOENT);
    CHECK(cord_store_release(place.store, entry, CORD_STR("A. Clerk"), CORD_STR("closed"), NULL) ==
          CORD_OK);
    CHECK(cord_store_retain(place.store, &plain, &retained, NULL) == CORD_OK);
    CHECK(retained.segments == 3 && count_rows(place.store) == 0);
    reopen(&place);
    CHECK_STR(cord_store_notes(place.store), "");
    check_proven(place.store);
    place_done(&place);
}

static void a_person_expires_before_the_event(void)
{
    struct place place;
    struct cord_store_retained retained;
    place_init(&place, "default 30 5\n");
    place.now_ns = START_NS + 5 * DAY_NS + CORD_SECOND_NS;
    CHECK(cord_store_retain(place.store, &plain, &retained, NULL) == CORD_OK);
    CHECK(retained.personal == 2 && retained.segments == 0);
    check_proven(place.store);
    reopen(&place);
    check_proven(place.store);
    struct cord_rows *rows = cord_rows_new(1 << 20, 1);
    struct cord_evidence *evidence = cord_store_evidence(place.store);
    CHECK(evidence->ops->get(evidence, 6, rows, NULL) == CORD_OK);
    CHECK(evidence->ops->get(evidence, ROWS, rows, NULL) == CORD_OK);
    const struct cord_row *old = cord_rows_at(rows, 0);
    CHECK_STR(cord_row_value(old, &old->spans[0]), "5");
    CHECK_STR(cord_row_value(old, &old->spans[1]), CORD_BLOCK_EXPIRED);
    CHECK_STR(cord_row_value(old, &old->spans[2]), CORD_BLOCK_EXPIRED);
    CHECK_STR(cord_row_raw(old), "{\"n\":5,\"user\":\"[expired]\",\"ip\":\"[expired]\"}");
    CHECK(kit_store_is_whole(rows, 1)); /* of the third day */
    cord_rows_free(rows);
    place_done(&place);
}

static void classes_are_kept_for_different_times(void)
{
    struct place place;
    struct cord_store_retained retained;
    place_init(&place,
               "# odd numbers are test/a\nkeep * * test/a 5\nkeep RX2 fw * 7\ndefault 90\n");
    place.now_ns = START_NS + 25 * DAY_NS;
    CHECK(cord_store_retain(place.store, &plain, &retained, NULL) == CORD_OK);
    CHECK(count_rows(place.store) < ROWS / 2);
    for (unsigned n = 0; n < ROWS; n++) {
        bool firewall = n % 3 == 0 && n % 5 == 0;
        CHECK(seen[n] == (n % 2 == 0 && !firewall));
    }
    place_done(&place);
}

/* --- tidying --- */

static void compaction_keeps_rows_and_ids(void)
{
    struct place place;
    struct cord_store_compacted compacted;
    struct cord_evidence_stats stats;
    place_init(&place, NULL);
    CHECK(cord_store_compact(place.store, NULL, &compacted, NULL) == CORD_OK);
    /* The third day is too far from the first. */
    CHECK(compacted.before == 4 && compacted.after == 2);
    CHECK(compacted.bytes_after < compacted.bytes_before);
    CHECK(count_rows(place.store) == ROWS);
    check_proven(place.store);
    reopen(&place);
    CHECK_STR(cord_store_notes(place.store), "");
    CHECK(count_rows(place.store) == ROWS);
    check_proven(place.store);
    struct cord_evidence *evidence = cord_store_evidence(place.store);
    CHECK(evidence->ops->stats(evidence, &stats, NULL) == CORD_OK);
    CHECK(stats.segments == 4 && stats.rows == ROWS);
    struct cord_rows *rows = cord_rows_new(4 << 20, 1);
    for (uint64_t n = 0; n < ROWS; n++) {
        cord_rows_reset(rows);
        CHECK(evidence->ops->get(evidence, n + 1, rows, NULL) == CORD_OK);
        CHECK(kit_store_number(rows, 0) == n);
    }
    cord_rows_free(rows);
    place_done(&place);
}

static void compaction_parts_what_a_new_policy_parts(void)
{
    struct place place;
    struct cord_store_compacted compacted;
    struct cord_store_retained retained;
    place_init(&place, "default 90\n");
    write_file(&place, "policy", "keep * * test/a 5\ndefault 90\n");
    reopen(&place);
    place.now_ns = START_NS + 20 * DAY_NS;
    CHECK(cord_store_retain(place.store, &plain, &retained, NULL) == CORD_OK);
    CHECK(retained.segments == 0 && retained.mixed == 6);
    CHECK(cord_store_compact(place.store, NULL, &compacted, NULL) == CORD_OK);
    CHECK(cord_store_retain(place.store, &plain, &retained, NULL) == CORD_OK);
    CHECK(retained.rows == ROWS / 2 && retained.mixed == 0);
    CHECK(count_rows(place.store) == ROWS / 2);
    check_proven(place.store);
    place_done(&place);
}

/* --- carrying --- */

static void an_export_proves_itself_and_keeps_ids(void)
{
    struct place place;
    char path[96];
    char a[CORD_STORE_ID_TEXT];
    char b[CORD_STORE_ID_TEXT];
    struct cord_store_carried carried;
    struct cord_store *copy = NULL;
    place_init(&place, NULL);
    CHECK(kit_store_fill(place.store, ROWS, 30, 30) == CORD_OK); /* not packed yet */
    (void)snprintf(path, sizeof path, "%s.out", place.path);
    const struct cord_range range = {.organisation = CORD_STR("RX2"),
                                     .source = CORD_STR(""),
                                     .from_ns = 60 * CORD_SECOND_NS,
                                     .to_ns = (ROWS + 30) * CORD_SECOND_NS};
    CHECK(cord_store_export(place.store, path, &range, NULL, &carried, NULL) == CORD_OK);
    CHECK(carried.rows == (ROWS + 30 - 60) / 3 && carried.damaged == 0);
    const struct cord_store_options reading = {.read_only = true};
    CHECK(cord_store_open(path, &reading, &copy, NULL) == CORD_OK);
    check_proven(copy);
    CHECK(count_rows(copy) == carried.rows && seen[60] == 1 && seen[ROWS + 27] == 1);
    CHECK_STR_EQ(cord_store_id_format(copy, 61, a), cord_store_id_format(place.store, 61, b));
    struct cord_rows *rows = cord_rows_new(1 << 20, 1);
    struct cord_evidence *evidence = cord_store_evidence(copy);
    CHECK(evidence->ops->get(evidence, 61, rows, NULL) == CORD_OK);
    CHECK(kit_store_number(rows, 0) == 60);
    cord_rows_free(rows);
    cord_store_close(copy);
    struct cord_error err = {""};
    CHECK(cord_store_export(place.store, path, &range, NULL, &carried, &err) == CORD_E_UNSUPPORTED);
    kit_store_remove(path);
    place_done(&place);
}

static void an_import_is_proven_first_and_done_once(void)
{
    struct place place;
    struct place other;
    char path[128];
    struct cord_error err = {""};
    struct cord_store_carried carried;
    place_init(&place, NULL);
    place_init(&other, NULL);
    cord_store_close(other.store);
    (void)snprintf(path, sizeof path, "%s/segments/00000003.seg", other.path);
    flip(path, 300);
    CHECK(cord_store_import(place.store, other.path, NULL, &carried, &err) == CORD_E_FORMAT);
    flip(path, 300);
    CHECK(cord_store_retain(place.store, &plain, &(struct cord_store_retained){0}, NULL) ==
          CORD_OK);
    CHECK(cord_store_import(place.store, other.path, NULL, &carried, &err) == CORD_OK);
    CHECK(carried.rows == ROWS);
    CHECK(cord_store_import(place.store, other.path, NULL, &carried, &err) == CORD_E_UNSUPPORTED);
    CHECK(strstr(err.text, "already") != NULL);
    CHECK(cord_store_import(place.store, place.path, NULL, &carried, &err) == CORD_E_UNSUPPORTED);
    reopen(&place);
    CHECK_STR(cord_store_notes(place.store), "");
    check_proven(place.store);
    CHECK(kit_store_census(place.store, seen, sizeof seen) == 0);
    for (unsigned n = 0; n < ROWS; n++) {
        CHECK(seen[n] == 2);
    }
    CHECK(kit_store_fill(place.store, ROWS, 10, 10) == CORD_OK);
    CHECK(cord_store_import(place.store, other.path, NULL, &carried, &err) == CORD_E_UNSUPPORTED);
    check_proven(place.store);
    place_open(&other);
    place_done(&other);
    place_done(&place);
}

KIT_MAIN(KIT_TEST(a_store_proves_itself), KIT_TEST(every_flipped_byte_is_found),
         KIT_TEST(a_damaged_block_costs_its_rows_alone), KIT_TEST(a_missing_segment_is_said),
         KIT_TEST(age_deletes_and_leaves_a_tombstone), KIT_TEST(a_clock_cannot_delete),
         KIT_TEST(a_hold_wins), KIT_TEST(a_person_expires_before_the_event),
         KIT_TEST(classes_are_kept_for_different_times), KIT_TEST(compaction_keeps_rows_and_ids),
         KIT_TEST(compaction_parts_what_a_new_policy_parts),
         KIT_TEST(an_export_proves_itself_and_keeps_ids),
         KIT_TEST(an_import_is_proven_first_and_done_once))
