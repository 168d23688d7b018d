/* test_ledger.c: what came in is stored, refused or shed, to the record. */
#include "kit/kit.h"

#include "kit/kit_evidence.h"
#include "kit/kit_store.h"

#include "ingest/ledger_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MINUTE_NS (60 * CORD_SECOND_NS)
#define START_NS  (28000020 * MINUTE_NS) /* the beginning of an hour */

struct bench {
    char path[64];
    int dir;
    struct kit_store_fault fault;
    struct cord_ledger_options options;
    struct kit_evidence evidence;
    struct cord_ledger *ledger;
};

static void bench_open(struct bench *bench)
{
    struct cord_error err = {""};
    if (cord_ledger_open(&bench->options, &bench->evidence.base, &bench->ledger, &err) != CORD_OK) {
        print_error("%s\n", err.text);
        fail();
    }
}

static void bench_init(struct bench *bench)
{
    *bench = (struct bench){.dir = -1};
    kit_store_dir(bench->path);
    bench->dir = open(bench->path, O_RDONLY | O_DIRECTORY);
    CHECK(bench->dir >= 0);
    kit_store_fault_init(&bench->fault, 0, 0);
    kit_evidence_init(&bench->evidence);
    bench->options = (struct cord_ledger_options){.files = &bench->fault.files, .dir = bench->dir};
    bench_open(bench);
}

static void bench_done(struct bench *bench)
{
    cord_ledger_close(bench->ledger);
    kit_evidence_done(&bench->evidence);
    (void)close(bench->dir);
    kit_store_remove(bench->path);
}

static void add(struct cord_ledger *ledger, const char *source, int64_t ns, uint64_t stored,
                enum cord_loss_reason reason, uint64_t lost)
{
    struct cord_ledger_entry entry = {.source = cord_str_from(source),
                                      .organisation = CORD_STR("RXA"),
                                      .received_ns = ns,
                                      .counts = {.stored = stored, .bytes = stored * 100}};
    entry.counts.lost[reason] = lost;
    cord_ledger_add(ledger, &entry);
}

static cord_status put_source(void *self, const struct cord_ledger_source *source)
{
    const struct cord_ledger_counts *total = &source->total;
    CHECK(total->received == total->stored + cord_ledger_counts_lost(total));
    cord_buf_printf(self, "%.*s/%.*s %llu=%llu", CORD_STR_ARG(source->organisation),
                    CORD_STR_ARG(source->name), (unsigned long long)total->received,
                    (unsigned long long)total->stored);
    for (unsigned i = 0; i < CORD_LOSS_COUNT; i++) {
        if (total->lost[i] > 0) {
            cord_buf_printf(self, "+%llu %s", (unsigned long long)total->lost[i],
                            cord_loss_name((enum cord_loss_reason)i));
        }
    }
    cord_buf_printf(self, " %lluB p%llu\n", (unsigned long long)total->bytes,
                    (unsigned long long)source->pending);
    return CORD_OK;
}

static cord_status put_minute(void *self, int64_t minute_ns,
                              const struct cord_ledger_counts *counts)
{
    CHECK(counts->received == counts->stored + cord_ledger_counts_lost(counts));
    cord_buf_printf(self, "%lld:%llu=%llu\n", (long long)((minute_ns - START_NS) / MINUTE_NS),
                    (unsigned long long)counts->received, (unsigned long long)counts->stored);
    return CORD_OK;
}

/* All there is to know, as text. */
static struct cord_buf dump(struct cord_ledger *ledger)
{
    struct cord_buf out;
    cord_buf_init(&out, 64 << 20);
    CHECK(cord_ledger_sources(ledger, put_source, &out) == CORD_OK);
    CHECK(cord_ledger_minutes(ledger, CORD_STR(""), CORD_TIME_NONE, CORD_TIME_NONE, put_minute,
                              &out) == CORD_OK);
    return out;
}

static void check_dump(struct cord_ledger *ledger, const char *wanted)
{
    struct cord_buf out = dump(ledger);
    CHECK_STR_EQ(cord_buf_str(&out), cord_str_from(wanted));
    cord_buf_done(&out);
}

/* It says what it said before, whose memory is given back. */
static void check_again(struct cord_ledger *ledger, struct cord_buf *before)
{
    struct cord_buf out = dump(ledger);
    CHECK_STR_EQ(cord_buf_str(&out), cord_buf_str(before));
    cord_buf_done(&out);
    cord_buf_done(before);
}

static void reopen(struct bench *bench)
{
    cord_ledger_close(bench->ledger);
    bench->ledger = NULL;
    bench_open(bench);
}

static void add_three(struct cord_ledger *ledger)
{
    add(ledger, "fw", START_NS + 7, 5, CORD_LOSS_MALFORMED, 1);
    add(ledger, "dc", START_NS + MINUTE_NS, 9, CORD_LOSS_OVERLOAD, 0);
    add(ledger, "dc", START_NS + 3 * MINUTE_NS, 0, CORD_LOSS_OVERLOAD, 2);
    add(ledger, "fw", START_NS + 4 * MINUTE_NS - 1, 0, CORD_LOSS_KERNEL, 3);
    add(ledger, "dc", START_NS + 2 * MINUTE_NS - 1, 1, CORD_LOSS_OVERLOAD, 0);
}

static void counts_by_source_and_minute(void)
{
    static const char later[] = "RXA/dc 12=10+2 overload 1000B p0\n"
                                "RXA/fw 9=5+1 malformed+3 kernel 500B p0\n"
                                "0:6=5\n1:10=10\n3:5=0\n";
    struct bench bench;
    struct cord_buf out;
    bench_init(&bench);
    check_dump(bench.ledger, "");
    add_three(bench.ledger);
    check_dump(bench.ledger, later);
    cord_buf_init(&out, 1000);
    CHECK(cord_ledger_minutes(bench.ledger, CORD_STR("fw"), START_NS + MINUTE_NS,
                              START_NS + 3 * MINUTE_NS + 1, put_minute, &out) == CORD_OK);
    CHECK_STR(cord_buf_str(&out), "3:3=0\n");
    cord_buf_clear(&out);
    CHECK(cord_ledger_minutes(bench.ledger, CORD_STR("none"), CORD_TIME_NONE, CORD_TIME_NONE,
                              put_minute, &out) == CORD_OK);
    CHECK(out.len == 0);
    cord_buf_done(&out);
    CHECK(cord_ledger_must_write(bench.ledger));
    CHECK(cord_ledger_write(bench.ledger, 0, NULL) == CORD_OK);
    CHECK(!cord_ledger_must_write(bench.ledger));
    add(bench.ledger, "fw", START_NS, 1, CORD_LOSS_EMPTY, 0);
    CHECK(!cord_ledger_must_write(bench.ledger)); /* the store's row stands for it */
    reopen(&bench);
    check_dump(bench.ledger, later);
    bench_done(&bench);
}

static cord_status keep_source(void *self, const struct cord_ledger_source *source)
{
    *(struct cord_ledger_source *)self = *source;
    return CORD_OK;
}

static void knows_when_a_source_was_last_heard(void)
{
    struct bench bench;
    struct cord_ledger_source source;
    bench_init(&bench);
    add(bench.ledger, "fw", START_NS + 50, 0, CORD_LOSS_EMPTY, 1);
    CHECK(cord_ledger_sources(bench.ledger, keep_source, &source) == CORD_OK);
    CHECK(source.first_ns == CORD_TIME_NONE && source.last_ns == CORD_TIME_NONE);
    CHECK_I64(source.last_contact_ns, START_NS + 50);
    add(bench.ledger, "fw", START_NS + 20, 1, CORD_LOSS_EMPTY, 0);
    add(bench.ledger, "fw", START_NS + 90, 1, CORD_LOSS_EMPTY, 0);
    add(bench.ledger, "fw", START_NS + 40, 1, CORD_LOSS_EMPTY, 0);
    cord_ledger_pending(bench.ledger, CORD_STR("fw"), CORD_STR("RXA"), 5);
    cord_ledger_pending(bench.ledger, CORD_STR("fw"), CORD_STR("RXA"), -2);
    for (unsigned i = 0; i < 2; i++) {
        CHECK(cord_ledger_sources(bench.ledger, keep_source, &source) == CORD_OK);
        CHECK_I64(source.first_ns, START_NS + 20);
        CHECK_I64(source.last_ns, START_NS + 90);
        CHECK_I64(source.last_contact_ns, START_NS + 90);
        CHECK(source.pending == (i == 0 ? 3 : 0)); /* of this process */
        CHECK(cord_ledger_write(bench.ledger, 0, NULL) == CORD_OK);
        reopen(&bench);
    }
    bench_done(&bench);
}

/* A name may come to belong to another organisation. */
static void an_organisation_has_its_own_counts(void)
{
    struct bench bench;
    bench_init(&bench);
    add(bench.ledger, "fw", START_NS, 1, CORD_LOSS_EMPTY, 0);
    struct cord_ledger_entry entry = {.source = CORD_STR("fw"),
                                      .organisation = CORD_STR(""),
                                      .received_ns = START_NS,
                                      .counts = {.stored = 2}};
    cord_ledger_add(bench.ledger, &entry);
    check_dump(bench.ledger, "/fw 2=2 0B p0\nRXA/fw 1=1 100B p0\n0:3=3\n");
    bench_done(&bench);
}

static uint64_t file_count(const struct bench *bench, uint64_t *ret_first)
{
    const struct cord_journal_options options = {
        .files = &bench->fault.files, .dir = bench->dir, .name = "ledger", .entry_bytes_max = 1000};
    uint64_t count = 0;
    struct cord_journal_reader *reader = NULL;
    struct cord_journal_place place;
    cord_str bytes;
    CHECK(cord_journal_reader_open(&options, (struct cord_journal_place){0}, &reader, NULL) ==
          CORD_OK);
    while (cord_journal_reader_next(reader, &place, &bytes, NULL) == CORD_OK) {
        *ret_first = count++ == 0 ? place.file : *ret_first;
    }
    cord_journal_reader_close(reader);
    return place.file;
}

static void snapshots_let_old_files_go(void)
{
    struct bench bench;
    uint64_t first = 0;
    bench_init(&bench);
    cord_ledger_close(bench.ledger);
    bench.options.journal_bytes = 2000;
    bench_open(&bench);
    for (unsigned i = 0; i < 3000; i++) {
        static const char *const names[] = {"a", "b", "c"};
        int64_t back = i % 50 == 49 ? 20 * MINUTE_NS : 0; /* now and then a clock is set back */
        add(bench.ledger, names[i % 3], START_NS + i * CORD_SECOND_NS - back, i % 7,
            (enum cord_loss_reason)(i % CORD_LOSS_COUNT), i % 2);
        CHECK(cord_ledger_write(bench.ledger, i, NULL) == CORD_OK);
        if (i % 500 == 499) {
            struct cord_buf before = dump(bench.ledger);
            reopen(&bench);
            check_again(bench.ledger, &before);
            CHECK(cord_ledger_found(bench.ledger)->unknown == 0);
        }
    }
    CHECK(file_count(&bench, &first) > 10);
    CHECK(first > 5);
    bench_done(&bench);
}

struct sum {
    struct cord_ledger_counts counts;
    size_t minutes;
    int64_t last_ns;
};

static cord_status sum_minute(void *self, int64_t minute_ns,
                              const struct cord_ledger_counts *counts)
{
    struct sum *sum = self;
    CHECK(sum->minutes == 0 || minute_ns > sum->last_ns);
    cord_ledger_counts_add(&sum->counts, counts);
    sum->minutes++;
    sum->last_ns = minute_ns;
    return CORD_OK;
}

static void check_sum(struct cord_ledger *ledger, uint64_t received, uint64_t stored,
                      size_t minutes_max)
{
    struct sum sum = {.minutes = 0};
    CHECK(cord_ledger_minutes(ledger, CORD_STR(""), CORD_TIME_NONE, CORD_TIME_NONE, sum_minute,
                              &sum) == CORD_OK);
    CHECK(sum.counts.received == received && sum.counts.stored == stored);
    CHECK(sum.minutes <= minutes_max);
}

static void old_minutes_become_hours_and_days(void)
{
    enum { MINUTES = 30000, KEPT = 100 };
    struct bench bench;
    uint64_t lost = 0;
    bench_init(&bench);
    cord_ledger_close(bench.ledger);
    bench.options.minutes_kept = KEPT;
    bench_open(&bench);
    for (int64_t i = 0; i < MINUTES; i++) {
        add(bench.ledger, "fw", START_NS + i * MINUTE_NS, 2, CORD_LOSS_OVERSIZE, i % 10 == 0);
        lost += i % 10 == 0;
    }
    check_sum(bench.ledger, 2 * MINUTES + lost, 2 * MINUTES, KEPT + MINUTES / 60 + 1);
    /* The latest are minutes still, and what comes late is in the hour it was. */
    struct sum sum = {.minutes = 0};
    CHECK(cord_ledger_minutes(bench.ledger, CORD_STR("fw"), START_NS + (MINUTES - 60) * MINUTE_NS,
                              CORD_TIME_NONE, sum_minute, &sum) == CORD_OK);
    CHECK(sum.minutes == 60 && sum.counts.stored == 120);
    add(bench.ledger, "fw", START_NS + 61 * MINUTE_NS, 1, CORD_LOSS_EMPTY, 0);
    struct cord_buf out;
    cord_buf_init(&out, 1000);
    CHECK(cord_ledger_minutes(bench.ledger, CORD_STR("fw"), START_NS, START_NS + 61 * MINUTE_NS,
                              put_minute, &out) == CORD_OK);
    CHECK_STR(cord_buf_str(&out), "0:126=120\n60:127=121\n");
    cord_buf_done(&out);
    CHECK(cord_ledger_write(bench.ledger, 0, NULL) == CORD_OK);
    reopen(&bench);
    check_sum(bench.ledger, 2 * MINUTES + 1 + lost, 2 * MINUTES + 1, 2 * KEPT + MINUTES / 60);
    bench_done(&bench);
}

/* A clock that is anywhere: hours and days are bounded, too. */
static void any_clock_is_counted_within_bounds(void)
{
    enum { ADDED = 60000 };
    struct bench bench;
    uint64_t random = 42;
    uint64_t stored = 0;
    bench_init(&bench);
    cord_ledger_close(bench.ledger);
    bench.options.minutes_kept = 60;
    bench_open(&bench);
    for (unsigned i = 0; i < ADDED; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        int64_t ns = (int64_t)random;
        add(bench.ledger, "fw", i % 1000 == 0 ? -ns : ns, 1, CORD_LOSS_EMPTY, 0);
        stored++;
    }
    check_sum(bench.ledger, stored, stored, 60 + 10000 + 8000);
    CHECK(cord_ledger_write(bench.ledger, 0, NULL) == CORD_OK);
    bench_done(&bench);
}

static void a_write_that_fails_loses_nothing(void)
{
    static const int errors[] = {EIO, ENOSPC};
    for (unsigned i = 0; i < 2; i++) {
        for (size_t nth = 1;; nth++) {
            struct bench bench;
            bench_init(&bench);
            bench.options.journal_bytes = 300;
            reopen(&bench);
            bench.fault.nth = bench.fault.touches + nth;
            bench.fault.error = errors[i];
            bool failed = false;
            for (unsigned n = 0; n < 12; n++) {
                add(bench.ledger, n % 2 ? "a" : "b", START_NS + n * MINUTE_NS, n, CORD_LOSS_REPEAT,
                    1);
                if (cord_ledger_write(bench.ledger, n, NULL) != CORD_OK) {
                    failed = true;
                    CHECK(cord_ledger_must_write(bench.ledger));
                }
            }
            bool touched = bench.fault.touches >= bench.fault.nth;
            bench.fault.nth = 0;
            CHECK(cord_ledger_write(bench.ledger, 12, NULL) == CORD_OK);
            struct cord_buf before = dump(bench.ledger);
            reopen(&bench);
            check_again(bench.ledger, &before);
            bench_done(&bench);
            if (!touched) {
                CHECK(!failed);
                break;
            }
        }
    }
}

static void append_row(struct bench *bench, const char *source, uint64_t n)
{
    struct cord_evidence *evidence = &bench->evidence.base;
    struct cord_rows *rows = cord_rows_new(1 << 20, 1);
    kit_store_add(rows, "RXA", source, n);
    CHECK(evidence->ops->append(evidence, rows, NULL) == CORD_OK);
    cord_rows_free(rows);
}

static void what_the_store_had_before_is_not_counted(void)
{
    for (unsigned had = 0; had < 40; had++) {
        struct bench bench;
        bench_init(&bench);
        cord_ledger_close(bench.ledger);
        CHECK(unlinkat(bench.dir, "ledger.00000001", 0) == 0);
        for (unsigned n = 0; n < had; n++) {
            append_row(&bench, "old", n);
        }
        bench_open(&bench);
        check_dump(bench.ledger, "");
        append_row(&bench, "new", 7);
        append_row(&bench, "new", 8);
        reopen(&bench);
        CHECK(cord_ledger_found(bench.ledger)->recounted == 2);
        struct cord_ledger_source source;
        CHECK(cord_ledger_sources(bench.ledger, keep_source, &source) == CORD_OK);
        CHECK_STR(source.name, "new");
        CHECK(source.total.stored == 2 && source.total.received == 2 && source.total.bytes > 0);
        reopen(&bench);
        CHECK(cord_ledger_found(bench.ledger)->recounted == 0);
        CHECK(cord_ledger_sources(bench.ledger, keep_source, &source) == CORD_OK);
        CHECK(source.total.stored == 2);
        bench_done(&bench);
    }
}

static void it_can_be_read_beside_its_writer(void)
{
    struct bench bench;
    struct cord_ledger *reader = NULL;
    bench_init(&bench);
    add_three(bench.ledger);
    CHECK(cord_ledger_write(bench.ledger, 0, NULL) == CORD_OK);
    struct cord_buf before = dump(bench.ledger);
    add(bench.ledger, "fw", START_NS, 1, CORD_LOSS_EMPTY, 0); /* not written: not there */
    struct cord_ledger_options options = bench.options;
    options.read_only = true;
    CHECK(cord_ledger_open(&options, NULL, &reader, NULL) == CORD_OK);
    check_again(reader, &before);
    cord_ledger_close(reader);
    bench_done(&bench);
}

static void entries_of_others_are_passed_over(void)
{
    struct bench bench;
    bench_init(&bench);
    add_three(bench.ledger);
    CHECK(cord_ledger_write(bench.ledger, 0, NULL) == CORD_OK);
    struct cord_buf before = dump(bench.ledger);
    cord_ledger_close(bench.ledger);
    const struct cord_journal_options options = {
        .files = &bench.fault.files, .dir = bench.dir, .name = "ledger", .entry_bytes_max = 1000};
    struct cord_journal *journal = NULL;
    struct cord_journal_found found;
    CHECK(cord_journal_open(&options, NULL, NULL, &journal, &found, NULL) == CORD_OK);
    CHECK(cord_journal_append(journal, CORD_STR("\x09of a later version"), NULL, NULL) == CORD_OK);
    CHECK(cord_journal_append(journal, CORD_STR(""), NULL, NULL) == CORD_OK);
    CHECK(cord_journal_append(journal, CORD_STR("\x01\x01\x01"), NULL, NULL) == CORD_OK);
    cord_journal_close(journal);
    bench_open(&bench);
    CHECK(cord_ledger_found(bench.ledger)->unknown == 3);
    check_again(bench.ledger, &before);
    bench_done(&bench);
}

/* --- threads, memory --- */

enum { THREADS = 3, EACH = 2000 };

static void *add_many(void *argument)
{
    struct cord_ledger *ledger = argument;
    for (unsigned i = 0; i < EACH; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "s%u", i % 37);
        cord_ledger_pending(ledger, cord_str_from(name), CORD_STR("RXA"), 3);
        add(ledger, name, START_NS + i * CORD_SECOND_NS, 2, CORD_LOSS_KERNEL, 1);
        cord_ledger_pending(ledger, cord_str_from(name), CORD_STR("RXA"), -3);
    }
    return NULL;
}

static void many_add_while_one_writes(void)
{
    struct bench bench;
    pthread_t threads[THREADS];
    bench_init(&bench);
    bench.options.journal_bytes = 4000;
    reopen(&bench);
    for (unsigned i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, add_many, bench.ledger) == 0);
    }
    for (unsigned i = 0; i < 200; i++) {
        CHECK(cord_ledger_write(bench.ledger, i, NULL) == CORD_OK);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    CHECK(cord_ledger_write(bench.ledger, 200, NULL) == CORD_OK);
    for (unsigned i = 0; i < 2; i++) {
        check_sum(bench.ledger, 3 * EACH * THREADS, 2 * EACH * THREADS, EACH);
        reopen(&bench);
    }
    bench_done(&bench);
}

static cord_status sum_source(void *self, const struct cord_ledger_source *source)
{
    cord_ledger_counts_add(self, &source->total);
    return CORD_OK;
}

static void memory_may_end_and_nothing_is_lost(void)
{
    for (size_t nth = 1;; nth++) {
        struct bench bench;
        struct cord_ledger_counts sum = {0};
        bench_init(&bench);
        kit_fail_allocation(nth);
        for (unsigned i = 0; i < 40; i++) {
            char name[8];
            (void)snprintf(name, sizeof name, "s%u", i % 20);
            add(bench.ledger, name, START_NS + i / 25 * MINUTE_NS, 2, CORD_LOSS_KERNEL, i % 3);
        }
        bool failed_one = kit_fail_allocation_off();
        for (unsigned i = 0; i < 2; i++) {
            sum = (struct cord_ledger_counts){0};
            CHECK(cord_ledger_sources(bench.ledger, sum_source, &sum) == CORD_OK);
            CHECK(sum.stored == 80 && sum.lost[CORD_LOSS_KERNEL] == 39);
            CHECK(cord_ledger_write(bench.ledger, 1, NULL) == CORD_OK);
            reopen(&bench);
        }
        bench_done(&bench);
        if (!failed_one) {
            break;
        }
    }
}

static void opening_may_run_out_of_memory(void)
{
    struct bench bench;
    bench_init(&bench);
    add_three(bench.ledger);
    CHECK(cord_ledger_write(bench.ledger, 0, NULL) == CORD_OK);
    cord_ledger_close(bench.ledger);
    for (size_t nth = 1;; nth++) {
        bench.ledger = NULL;
        kit_fail_allocation(nth);
        cord_status status =
            cord_ledger_open(&bench.options, &bench.evidence.base, &bench.ledger, NULL);
        bool failed_one = kit_fail_allocation_off();
        if (status == CORD_OK) {
            struct cord_ledger_counts sum = {0};
            CHECK(cord_ledger_sources(bench.ledger, sum_source, &sum) == CORD_OK);
            CHECK(sum.received == 21);
        }
        CHECK(failed_one || status == CORD_OK);
        if (!failed_one) {
            break;
        }
        cord_ledger_close(bench.ledger);
    }
    bench_done(&bench);
}

/* --- the whole, ended at any touch --- */

enum { DELIVERIES = 7, SOURCES = 3 };

static const char *const source_names[SOURCES] = {"dc", "fw", "ehr"};

/* What a sender was told of. */
struct told {
    uint32_t stored[SOURCES];
    uint32_t lost[SOURCES];
};

static uint64_t draw(uint64_t *random, uint64_t below)
{
    *random = *random * 6364136223846793005u + 1442695040888963407u;
    return (*random >> 33) % below;
}

/* As a server does: append, commit, add, write, tell. */
static cord_status serve(const char *path, const struct cord_files *files, int pipe)
{
    const struct cord_store_options options = {.create = true, .files = files};
    struct cord_store *store = NULL;
    struct cord_ledger *ledger = NULL;
    uint64_t random = 7;
    uint64_t through = 0;
    uint64_t n = 0;
    int dir = -1;
    cord_status status = cord_store_open(path, &options, &store, NULL);
    if (status == CORD_OK) {
        dir = open(path, O_RDONLY | O_DIRECTORY);
        CHECK(dir >= 0);
        const struct cord_ledger_options ledger_options = {
            .files = files, .dir = dir, .journal_bytes = 400};
        status = cord_ledger_open(&ledger_options, cord_store_evidence(store), &ledger, NULL);
    }
    for (unsigned i = 0; i < DELIVERIES && status == CORD_OK; i++) {
        struct cord_evidence *evidence = cord_store_evidence(store);
        unsigned source = (unsigned)draw(&random, SOURCES);
        uint64_t stored = draw(&random, 5);
        uint64_t lost = draw(&random, 3);
        struct told told = {{0}, {0}};
        struct cord_rows *rows = cord_rows_new(1 << 20, 1);
        for (uint64_t k = 0; k < stored; k++) {
            kit_store_add(rows, "RXA", source_names[source], n++);
        }
        status = evidence->ops->append(evidence, rows, NULL);
        through += stored;
        cord_rows_free(rows);
        status = status == CORD_OK ? evidence->ops->commit(evidence, NULL) : status;
        if (status != CORD_OK) {
            break;
        }
        add(ledger, source_names[source], START_NS + (int64_t)draw(&random, 900) * CORD_SECOND_NS,
            stored, CORD_LOSS_MALFORMED, lost);
        if (cord_ledger_must_write(ledger) || i % 3 == 2) {
            status = cord_ledger_write(ledger, through, NULL);
        }
        told.stored[source] = (uint32_t)stored;
        told.lost[source] = (uint32_t)lost;
        if (status == CORD_OK && pipe >= 0) {
            CHECK(write(pipe, &told, sizeof told) == sizeof told);
        }
        if (status == CORD_OK && i == DELIVERIES / 2) {
            status = cord_store_flush(store, NULL);
        }
    }
    cord_ledger_close(ledger);
    cord_store_close(store);
    if (dir >= 0) {
        (void)close(dir);
    }
    return status;
}

/* Rows in the store, by source. */
static void census(struct cord_store *store, uint64_t rows_of[SOURCES])
{
    struct cord_evidence *evidence = cord_store_evidence(store);
    struct cord_rows *rows = cord_rows_new(16 << 20, 1);
    uint64_t next = 1;
    while (evidence->ops->range(evidence, next, 1000, 1 << 20, rows, &next, NULL) == CORD_OK) {
    }
    for (size_t at = 0; at < cord_rows_count(rows); at++) {
        const struct cord_row *row = cord_rows_at(rows, at);
        for (unsigned i = 0; i < SOURCES; i++) {
            rows_of[i] += cord_str_eq(cord_rows_origin_at(rows, row->origin)->source,
                                      cord_str_from(source_names[i]));
        }
    }
    cord_rows_free(rows);
}

struct balance {
    uint64_t stored[SOURCES];
    uint64_t lost[SOURCES];
};

static cord_status weigh(void *self, const struct cord_ledger_source *source)
{
    struct balance *balance = self;
    const struct cord_ledger_counts *total = &source->total;
    unsigned at = 0;
    CHECK(total->received == total->stored + cord_ledger_counts_lost(total));
    while (at < SOURCES && !cord_str_eq(source->name, cord_str_from(source_names[at]))) {
        at++;
    }
    CHECK(at < SOURCES);
    balance->stored[at] = total->stored;
    balance->lost[at] = total->lost[CORD_LOSS_MALFORMED];
    return CORD_OK;
}

/* Stored is what is in the store; nothing that was told is missing; one delivery that was not
 * told, at most, is there besides. */
static void check_balance(const char *path, const struct told *told)
{
    struct kit_store_fault system; /* that waits for no disk */
    kit_store_fault_init(&system, 0, 0);
    const struct cord_store_options options = {.create = true, .files = &system.files};
    struct cord_store *store = NULL;
    CHECK(cord_store_open(path, &options, &store, NULL) == CORD_OK);
    int dir = open(path, O_RDONLY | O_DIRECTORY);
    const struct cord_ledger_options ledger_options = {
        .files = &system.files, .dir = dir, .journal_bytes = 400};
    for (unsigned round = 0; round < 2; round++) {
        struct cord_ledger *ledger = NULL;
        struct balance balance = {{0}, {0}};
        uint64_t rows_of[SOURCES] = {0};
        uint64_t more = 0;
        CHECK(cord_ledger_open(&ledger_options, cord_store_evidence(store), &ledger, NULL) ==
              CORD_OK);
        CHECK(cord_ledger_sources(ledger, weigh, &balance) == CORD_OK);
        census(store, rows_of);
        for (unsigned i = 0; i < SOURCES; i++) {
            CHECK(balance.stored[i] == rows_of[i]);
            CHECK(balance.stored[i] >= told->stored[i] && balance.lost[i] >= told->lost[i]);
            more += balance.lost[i] - told->lost[i];
        }
        CHECK(more <= 2);
        check_sum(ledger,
                  rows_of[0] + rows_of[1] + rows_of[2] + balance.lost[0] + balance.lost[1] +
                      balance.lost[2],
                  rows_of[0] + rows_of[1] + rows_of[2], 1000);
        cord_ledger_close(ledger);
    }
    (void)close(dir);
    cord_store_close(store);
}

static void take_told(int pipe, struct told *sum)
{
    struct told told;
    *sum = (struct told){{0}, {0}};
    while (read(pipe, &told, sizeof told) == sizeof told) {
        for (unsigned i = 0; i < SOURCES; i++) {
            sum->stored[i] += told.stored[i];
            sum->lost[i] += told.lost[i];
        }
    }
    (void)close(pipe);
}

/* False: it came to its end. */
static bool serve_and_die(const char *path, size_t nth, bool power, struct told *ret_told)
{
    int ends[2];
    int result = 0;
    CHECK(pipe(ends) == 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        struct kit_store_fault fault;
        (void)close(ends[0]);
        if (power) {
            kit_store_fault_power(&fault, nth);
        } else {
            kit_store_fault_init(&fault, nth, 0);
        }
        _exit(serve(path, &fault.files, ends[1]) == CORD_OK ? 0 : 1);
    }
    (void)close(ends[1]);
    take_told(ends[0], ret_told);
    CHECK(waitpid(child, &result, 0) == child);
    CHECK(WIFEXITED(result) && (WEXITSTATUS(result) == 0 || WEXITSTATUS(result) == 99));
    return WEXITSTATUS(result) == 99;
}

static void it_balances_whenever_the_process_ends(void)
{
    for (int power = 0; power < 2; power++) {
        bool died = true;
        for (size_t nth = 1; died; nth++) {
            char path[64];
            struct told told;
            kit_store_dir(path);
            died = serve_and_die(path, nth, power == 1, &told);
            check_balance(path, &told);
            kit_store_remove(path);
        }
    }
}

static void it_balances_when_the_disk_is_full_from_any_touch_on(void)
{
    for (size_t nth = 1;; nth++) {
        char path[64];
        int ends[2];
        struct told told;
        struct kit_store_fault fault;
        CHECK(pipe(ends) == 0);
        kit_store_dir(path);
        kit_store_fault_init(&fault, nth, ENOSPC);
        fault.forever = true;
        (void)!serve(path, &fault.files, ends[1]);
        (void)close(ends[1]);
        take_told(ends[0], &told);
        check_balance(path, &told);
        kit_store_remove(path);
        if (fault.touches < nth) {
            break;
        }
    }
}

KIT_MAIN(KIT_TEST(counts_by_source_and_minute), KIT_TEST(knows_when_a_source_was_last_heard),
         KIT_TEST(an_organisation_has_its_own_counts), KIT_TEST(snapshots_let_old_files_go),
         KIT_TEST(old_minutes_become_hours_and_days), KIT_TEST(any_clock_is_counted_within_bounds),
         KIT_TEST(a_write_that_fails_loses_nothing),
         KIT_TEST(what_the_store_had_before_is_not_counted),
         KIT_TEST(it_can_be_read_beside_its_writer), KIT_TEST(entries_of_others_are_passed_over),
         KIT_TEST(many_add_while_one_writes), KIT_TEST(memory_may_end_and_nothing_is_lost),
         KIT_TEST(opening_may_run_out_of_memory), KIT_TEST(it_balances_whenever_the_process_ends),
         KIT_TEST(it_balances_when_the_disk_is_full_from_any_touch_on))
