/* test_store_range.c: rows by their numbers, wherever they are. */
#include "kit/kit.h"

#include "kit/kit_store.h"

#include "evidence/store_internal.h"
#include "evidence/store_upkeep.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MANY = 2000, BYTES_MAX = 1 << 20 };

#define RECEIVED_NS (1700000000 * CORD_SECOND_NS)

struct bench {
    char path[64];
    struct kit_store_fault system; /* that waits for no disk */
    struct cord_store_options options;
    struct cord_store *store;
    int64_t now_ns;
};

static int64_t now_of(void *self)
{
    const struct bench *bench = self;
    return bench->now_ns;
}

static void bench_init(struct bench *bench)
{
    kit_store_dir(bench->path);
    kit_store_fault_init(&bench->system, 0, 0);
    bench->now_ns = RECEIVED_NS + MANY;
    bench->options = (struct cord_store_options){
        .create = true, .files = &bench->system.files, .clock = {.now_ns = now_of, .self = bench}};
    CHECK(cord_store_open(bench->path, &bench->options, &bench->store, NULL) == CORD_OK);
}

static void bench_done(struct bench *bench)
{
    cord_store_close(bench->store);
    kit_store_remove(bench->path);
}

static cord_status range(struct bench *bench, uint64_t first, size_t rows_max, size_t bytes_max,
                         struct cord_rows *rows, uint64_t *ret_next, struct cord_error *err)
{
    struct cord_evidence *evidence = cord_store_evidence(bench->store);
    return evidence->ops->range(evidence, first, rows_max, bytes_max, rows, ret_next, err);
}

/* All from `first` on, so many at a time: the numbers come back ascending, each row is whole and
 * is the one of its number, and is_there says which there are. */
static void check_range(struct bench *bench, uint64_t first, size_t rows_max, size_t bytes_max,
                        const bool *is_there)
{
    bool seen[MANY + 2] = {false};
    uint64_t next = first;
    uint64_t before = 0;
    cord_status status = CORD_OK;
    struct cord_rows *rows = cord_rows_new(64 << 20, 1);
    CHECK(rows != NULL);
    for (;;) {
        uint64_t asked = next;
        cord_rows_reset(rows);
        status = range(bench, asked, rows_max, bytes_max, rows, &next, NULL);
        if (status != CORD_OK) {
            break;
        }
        size_t count = cord_rows_count(rows);
        CHECK(count > 0 && count <= rows_max && next > asked);
        for (size_t at = 0; at < count; at++) {
            uint64_t sequence = cord_rows_at(rows, at)->sequence;
            CHECK(sequence > before && sequence >= asked && sequence < next && sequence <= MANY);
            CHECK(kit_store_is_whole(rows, at) && kit_store_number(rows, at) == sequence - 1);
            seen[sequence] = true;
            before = sequence;
        }
    }
    CHECK(status == CORD_E_END);
    for (uint64_t n = 1; n <= MANY; n++) {
        CHECK(seen[n] == (n >= first && is_there[n]));
    }
    cord_rows_free(rows);
}

static void check_all(struct bench *bench, const bool *is_there)
{
    static const size_t steps[] = {1, 7, 100, MANY, 1 << 20};
    check_range(bench, 0, MANY, BYTES_MAX, is_there);
    check_range(bench, 1, 97, 4000, is_there);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        check_range(bench, MANY - 30 * (i + 1), steps[i], BYTES_MAX, is_there);
    }
    check_range(bench, MANY / 2, 300, 1, is_there);
    check_range(bench, MANY + 1, 1, 1, is_there);
}

static void nothing_is_behind_the_end(void)
{
    struct bench bench;
    uint64_t next = 77;
    struct cord_rows *rows = cord_rows_new(1 << 20, 1);
    bench_init(&bench);
    CHECK(range(&bench, 0, 10, 100, rows, &next, NULL) == CORD_E_END);
    CHECK(kit_store_fill(bench.store, 0, 3, 3) == CORD_OK);
    CHECK(range(&bench, 4, 10, 100, rows, &next, NULL) == CORD_E_END);
    CHECK(range(&bench, UINT64_MAX, 10, 100, rows, &next, NULL) == CORD_E_END);
    CHECK(next == 77 && cord_rows_count(rows) == 0);
    CHECK(range(&bench, 3, 0, 0, rows, &next, NULL) == CORD_OK);
    CHECK(next == 4 && cord_rows_count(rows) == 1);
    cord_rows_free(rows);
    bench_done(&bench);
}

static void live_and_packed_rows_are_one_row_of_numbers(void)
{
    struct bench bench;
    bool is_there[MANY + 1] = {false};
    bench_init(&bench);
    CHECK(kit_store_fill(bench.store, 0, 700, 50) == CORD_OK);
    CHECK(cord_store_flush(bench.store, NULL) == CORD_OK);
    CHECK(kit_store_fill(bench.store, 700, 800, 33) == CORD_OK);
    CHECK(cord_store_flush(bench.store, NULL) == CORD_OK);
    CHECK(kit_store_fill(bench.store, 1500, MANY - 1500, 41) == CORD_OK);
    memset(is_there, true, sizeof is_there);
    check_all(&bench, is_there);
    cord_store_close(bench.store);
    CHECK(cord_store_open(bench.path, &bench.options, &bench.store, NULL) == CORD_OK);
    check_all(&bench, is_there);
    bench_done(&bench);
}

/* Rows of both organisations are numbered in turns and lie in different segments; then some of
 * them go. */
static void compacted_and_retained_rows_leave_gaps(void)
{
    struct bench bench;
    bool is_there[MANY + 1] = {false};
    char path[96];
    struct cord_error err = {""};
    bench_init(&bench);
    cord_store_close(bench.store);
    (void)snprintf(path, sizeof path, "%s/policy", bench.path);
    FILE *file = fopen(path, "w");
    CHECK(file && fputs("keep RX2 * * 10\ndefault 90\n", file) >= 0);
    CHECK(fclose(file) == 0);
    if (cord_store_open(bench.path, &bench.options, &bench.store, &err) != CORD_OK) {
        print_error("%s\n", err.text);
        fail();
    }
    for (uint64_t n = 0; n < 1200; n += 60) {
        CHECK(kit_store_fill(bench.store, n, 60, 20) == CORD_OK);
        CHECK(cord_store_flush(bench.store, NULL) == CORD_OK);
    }
    struct cord_store_compacted compacted;
    CHECK(cord_store_compact(bench.store, NULL, &compacted, &err) == CORD_OK);
    CHECK(kit_store_fill(bench.store, 1200, 600, 60) == CORD_OK);
    CHECK(cord_store_flush(bench.store, NULL) == CORD_OK);
    memset(is_there + 1, true, 1800);
    check_all(&bench, is_there);
    bench.now_ns += INT64_C(20) * 86400 * CORD_SECOND_NS;
    struct cord_store_retained retained;
    const struct cord_store_retain_options retaining = {.clock_is_right = true};
    CHECK(cord_store_retain(bench.store, &retaining, &retained, &err) == CORD_OK);
    CHECK(retained.rows == 600);
    CHECK(kit_store_fill(bench.store, 1800, MANY - 1800, 17) == CORD_OK);
    for (uint64_t n = 0; n < MANY; n++) {
        is_there[n + 1] = n % 3 != 0 || n >= 1800;
    }
    check_all(&bench, is_there);
    bench_done(&bench);
}

/* The rest is there, and each step goes on: whoever reads is told, and is not stuck. */
static void check_damaged(struct bench *bench, const bool *is_there)
{
    static const size_t steps[] = {1, 13, MANY};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        bool seen[MANY + 1] = {false};
        uint64_t next = 1;
        size_t told = 0;
        cord_status status = CORD_OK;
        struct cord_rows *rows = cord_rows_new(64 << 20, 1);
        CHECK(rows != NULL);
        while (status != CORD_E_END) {
            struct cord_error err = {""};
            uint64_t asked = next;
            cord_rows_reset(rows);
            status = range(bench, asked, steps[i], BYTES_MAX, rows, &next, &err);
            CHECK(status == CORD_OK || status == CORD_E_END || status == CORD_E_FORMAT);
            CHECK(status == CORD_E_END || next > asked);
            told += status == CORD_E_FORMAT;
            CHECK(status != CORD_E_FORMAT || strstr(err.text, "segment") != NULL);
            for (size_t at = 0; at < cord_rows_count(rows); at++) {
                uint64_t sequence = cord_rows_at(rows, at)->sequence;
                CHECK(kit_store_is_whole(rows, at) && !seen[sequence]);
                seen[sequence] = true;
            }
        }
        CHECK(told > 0);
        for (uint64_t n = 1; n <= MANY; n++) {
            CHECK(seen[n] == is_there[n]);
        }
        cord_rows_free(rows);
    }
}

static void what_is_damaged_is_told_and_passed(void)
{
    enum { FLUSHED = 300, DAMAGED = 3 };
    for (unsigned kind = 0; kind < 3; kind++) {
        struct bench bench;
        bool is_there[MANY + 1] = {false};
        char name[CORD_SEGMENT_NAME];
        bench_init(&bench);
        for (uint64_t n = 0; n < 900; n += FLUSHED) {
            CHECK(kit_store_fill(bench.store, n, FLUSHED, 50) == CORD_OK);
            CHECK(cord_store_flush(bench.store, NULL) == CORD_OK);
        }
        CHECK(kit_store_fill(bench.store, 900, MANY - 900, 100) == CORD_OK);
        struct cord_segment *segment = bench.store->manifest->segments[DAMAGED];
        CHECK(cord_segment_load(segment, NULL) == CORD_OK);
        cord_segment_name(cord_segment_info(segment)->number, name);
        uint64_t at = cord_segment_block(segment, 0)->body_at + 40;
        bool rj1 = cord_str_eq(cord_segment_info(segment)->organisation, CORD_STR("RJ1"));
        if (kind == 2) { /* it was loaded: only its blocks are missed */
            CHECK(unlinkat(bench.store->dir, name, 0) == 0);
        } else {
            int file = openat(bench.store->dir, name, O_RDWR);
            CHECK(file >= 0);
            if (kind == 0) {
                CHECK(pwrite(file, "\xff\xff\xff\xff", 4, (off_t)at) == 4);
            } else {
                CHECK(ftruncate(file, 100) == 0);
            }
            (void)close(file);
        }
        for (uint64_t n = 0; n < MANY; n++) {
            bool in_segment = n >= FLUSHED && n < 2 * (uint64_t)FLUSHED && (n % 3 != 0) == rj1;
            is_there[n + 1] = !in_segment;
        }
        check_damaged(&bench, is_there);
        if (kind == 1) {
            cord_store_close(bench.store);
            CHECK(cord_store_open(bench.path, &bench.options, &bench.store, NULL) == CORD_OK);
            check_damaged(&bench, is_there); /* not even its footer can be read */
        }
        bench_done(&bench);
    }
}

static void memory_may_end_anywhere(void)
{
    struct bench bench;
    bench_init(&bench);
    CHECK(kit_store_fill(bench.store, 0, 20, 20) == CORD_OK);
    CHECK(cord_store_flush(bench.store, NULL) == CORD_OK);
    CHECK(kit_store_fill(bench.store, 20, 20, 20) == CORD_OK);
    for (size_t nth = 1;; nth++) {
        uint64_t next = 0;
        struct cord_rows *rows = cord_rows_new(1 << 20, 1);
        kit_fail_allocation(nth);
        cord_status status = range(&bench, 5, 30, BYTES_MAX, rows, &next, NULL);
        bool failed_one = kit_fail_allocation_off();
        if (failed_one && status == CORD_OK) { /* too much at once, it says: and takes less */
            CHECK(next > 5 && cord_rows_count(rows) == next - 5);
        } else if (failed_one) {
            CHECK(status == CORD_E_NOMEM || status == CORD_E_LIMIT);
        } else {
            CHECK(status == CORD_OK && next == 35);
        }
        cord_rows_free(rows);
        if (!failed_one) {
            break;
        }
    }
    bench_done(&bench);
}

KIT_MAIN(KIT_TEST(nothing_is_behind_the_end), KIT_TEST(live_and_packed_rows_are_one_row_of_numbers),
         KIT_TEST(compacted_and_retained_rows_leave_gaps),
         KIT_TEST(what_is_damaged_is_told_and_passed), KIT_TEST(memory_may_end_anywhere))
