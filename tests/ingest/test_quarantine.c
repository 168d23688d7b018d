/* test_quarantine.c: what was refused can be looked at, within bounds. */
#include "kit/kit.h"

#include "kit/kit_store.h"

#include "ingest/quarantine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct bench {
    char path[64];
    int dir;
    struct kit_store_fault fault;
    struct cord_quarantine_options options;
    struct cord_quarantine *quarantine;
};

static void bench_init(struct bench *bench)
{
    *bench = (struct bench){.dir = -1};
    kit_store_dir(bench->path);
    bench->dir = open(bench->path, O_RDONLY | O_DIRECTORY);
    CHECK(bench->dir >= 0);
    kit_store_fault_init(&bench->fault, 0, 0);
    bench->options = (struct cord_quarantine_options){
        .files = &bench->fault.files, .dir = bench->dir, .bytes_max = 20000};
    CHECK(cord_quarantine_open(&bench->options, &bench->quarantine, NULL) == CORD_OK);
}

static void reopen(struct bench *bench)
{
    cord_quarantine_close(bench->quarantine);
    bench->quarantine = NULL;
    CHECK(cord_quarantine_open(&bench->options, &bench->quarantine, NULL) == CORD_OK);
}

static void bench_done(struct bench *bench)
{
    cord_quarantine_close(bench->quarantine);
    (void)close(bench->dir);
    kit_store_remove(bench->path);
}

static void put(struct bench *bench, uint64_t n)
{
    char text[64];
    (void)snprintf(text, sizeof text, "record %llu, and what it said", (unsigned long long)n);
    const struct cord_quarantine_record record = {.received_ns = (int64_t)n,
                                                  .source = CORD_STR("fw"),
                                                  .organisation = CORD_STR("RXA"),
                                                  .reason = CORD_LOSS_MALFORMED,
                                                  .detail = CORD_STR("no JSON"),
                                                  .bytes = cord_str_from(text)};
    cord_quarantine_put(bench->quarantine, &record);
}

struct seen {
    uint64_t count;
    int64_t last;
    struct cord_buf *copy; /* of the last one's texts */
};

static cord_status see(void *self, const struct cord_quarantine_record *record)
{
    struct seen *seen = self;
    CHECK(seen->count == 0 || record->received_ns > seen->last);
    CHECK_STR(record->source, "fw");
    seen->count++;
    seen->last = record->received_ns;
    if (seen->copy) {
        cord_buf_clear(seen->copy);
        cord_buf_printf(seen->copy, "%.*s %s %.*s %llu|%.*s", CORD_STR_ARG(record->organisation),
                        cord_loss_name(record->reason), CORD_STR_ARG(record->detail),
                        (unsigned long long)record->len, CORD_STR_ARG(record->bytes));
    }
    return CORD_OK;
}

static void records_come_back(void)
{
    struct bench bench;
    struct cord_buf copy;
    struct cord_quarantine_figures figures;
    struct seen seen = {.copy = &copy};
    cord_buf_init(&copy, 1 << 20);
    bench_init(&bench);
    put(&bench, 1);
    put(&bench, 2);
    CHECK(cord_quarantine_each(&bench.options, see, &seen, &figures, NULL) == CORD_OK);
    CHECK(seen.count == 2 && figures.kept == 2 && figures.dropped == 0 && figures.not_kept == 0);
    CHECK_STR(cord_buf_str(&copy), "RXA malformed no JSON 26|record 2, and what it said");
    cord_quarantine_figures(bench.quarantine, &figures);
    CHECK(figures.kept == 2 && figures.bytes > 100);
    reopen(&bench);
    cord_quarantine_figures(bench.quarantine, &figures);
    CHECK(figures.kept == 2 && figures.bytes > 100);
    cord_buf_done(&copy);
    bench_done(&bench);
}

static void long_records_are_cut_and_secret_ones_left_out(void)
{
    static char text[CORD_QUARANTINE_BYTES_MAX + 10];
    struct bench bench;
    struct cord_buf copy;
    struct cord_quarantine_figures figures;
    struct seen seen = {.copy = &copy};
    cord_buf_init(&copy, 1 << 20);
    bench_init(&bench);
    memset(text, 'x', sizeof text);
    struct cord_quarantine_record record = {.received_ns = 1,
                                            .source = CORD_STR("fw"),
                                            .organisation = CORD_STR("A"),
                                            .reason = CORD_LOSS_OVERSIZE,
                                            .detail = {text, 2000},
                                            .bytes = {text, sizeof text}};
    cord_quarantine_put(bench.quarantine, &record);
    CHECK(cord_quarantine_each(&bench.options, see, &seen, &figures, NULL) == CORD_OK);
    CHECK(copy.len ==
          strlen("A oversize  65546|") + CORD_QUARANTINE_DETAIL_MAX + CORD_QUARANTINE_BYTES_MAX);
    record.received_ns = 2;
    record.reason = CORD_LOSS_PRIVACY;
    record.detail = CORD_STR("an identifier without its kind");
    record.bytes = CORD_STR("943 476 5919");
    cord_quarantine_put(bench.quarantine, &record);
    seen.count = 0;
    CHECK(cord_quarantine_each(&bench.options, see, &seen, &figures, NULL) == CORD_OK);
    CHECK_STR(cord_buf_str(&copy), "A privacy an identifier without its kind 12|");
    cord_buf_done(&copy);
    bench_done(&bench);
}

static void the_oldest_go_and_are_counted(void)
{
    enum { PUT = 2000 };
    struct bench bench;
    struct cord_quarantine_figures figures;
    bench_init(&bench);
    for (uint64_t n = 1; n <= PUT; n++) {
        put(&bench, n);
        cord_quarantine_figures(bench.quarantine, &figures);
        CHECK(figures.kept + figures.dropped == n && figures.bytes < 22000);
        if (n % 300 == 0) {
            reopen(&bench);
        }
    }
    struct seen seen = {.count = 0};
    CHECK(cord_quarantine_each(&bench.options, see, &seen, &figures, NULL) == CORD_OK);
    CHECK(figures.kept + figures.dropped == PUT && figures.kept > 100);
    CHECK(seen.count == figures.kept && seen.last == PUT);
    bench_done(&bench);
}

static void a_full_disk_is_counted(void)
{
    enum { PUT = 3000 };
    struct bench bench;
    struct cord_quarantine_figures figures;
    bench_init(&bench);
    put(&bench, 1);
    bench.fault.error = ENOSPC;
    bench.fault.forever = true;
    bench.fault.nth = bench.fault.touches + 1;
    for (uint64_t n = 2; n <= PUT; n++) {
        put(&bench, n);
    }
    CHECK(bench.fault.touches < PUT / 10); /* it is not asked every time */
    cord_quarantine_figures(bench.quarantine, &figures);
    CHECK(figures.kept == 1 && figures.not_kept == PUT - 1);
    bench.fault.nth = 0;
    for (uint64_t n = PUT + 1; n <= 2 * PUT; n++) {
        put(&bench, n);
    }
    reopen(&bench);
    cord_quarantine_figures(bench.quarantine, &figures);
    CHECK(figures.kept + figures.dropped + figures.not_kept == 2 * PUT);
    CHECK(figures.kept > 100 && figures.not_kept < PUT + 300);
    bench_done(&bench);
}

static void any_failure_is_counted(void)
{
    enum { PUT = 400 };
    for (size_t nth = 1;; nth += 3) {
        struct bench bench;
        struct cord_quarantine_figures figures;
        bench_init(&bench);
        bench.fault.error = EIO;
        bench.fault.nth = bench.fault.touches + nth;
        for (uint64_t n = 1; n <= PUT; n++) {
            put(&bench, n);
            cord_quarantine_figures(bench.quarantine, &figures);
            CHECK(figures.kept + figures.dropped + figures.not_kept == n);
        }
        bool touched = bench.fault.touches >= bench.fault.nth;
        bench.fault.nth = 0;
        reopen(&bench);
        cord_quarantine_figures(bench.quarantine, &figures);
        CHECK(figures.kept + figures.dropped + figures.not_kept == PUT);
        bench_done(&bench);
        if (!touched) {
            break;
        }
    }
}

KIT_MAIN(KIT_TEST(records_come_back), KIT_TEST(long_records_are_cut_and_secret_ones_left_out),
         KIT_TEST(the_oldest_go_and_are_counted), KIT_TEST(a_full_disk_is_counted),
         KIT_TEST(any_failure_is_counted))
