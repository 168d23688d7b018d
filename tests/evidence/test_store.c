/* test_store.c: what is committed is there, once, whatever happens. */
#include "kit/kit.h"

#include "kit/kit_store.h"

#include "evidence/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MANY = 3000 };

enum mode { SPOOLED, BULK, POWER };

static struct cord_store *open_store(const char *path, const struct cord_store_options *options)
{
    struct cord_store *store = NULL;
    struct cord_error err = {""};
    if (cord_store_open(path, options, &store, &err) != CORD_OK) {
        print_error("%s\n", err.text);
        fail();
    }
    return store;
}

/* Each number from `from` to `to` is there once, and no other. */
static void check_rows(struct cord_store *store, uint64_t from, uint64_t to)
{
    static unsigned char seen[MANY];
    CHECK(to <= MANY);
    CHECK(kit_store_census(store, seen, MANY) == 0);
    for (uint64_t n = 0; n < MANY; n++) {
        if (seen[n] != (n >= from && n < to)) {
            print_error("number %u is there %u times\n", (unsigned)n, seen[n]);
            fail();
        }
    }
}

static void rows_are_there_before_and_after_packing(void)
{
    char path[64];
    const struct cord_store_options options = {.create = true};
    const struct cord_store_options reading = {.read_only = true};
    kit_store_dir(path);
    struct cord_store *store = open_store(path, &options);
    CHECK_STR(cord_store_notes(store), "");
    CHECK(kit_store_fill(store, 0, 1000, 100) == CORD_OK);
    check_rows(store, 0, 1000);
    CHECK(cord_store_flush(store, NULL) == CORD_OK);
    check_rows(store, 0, 1000);
    CHECK(kit_store_fill(store, 1000, 500, 50) == CORD_OK);
    check_rows(store, 0, 1500);
    struct cord_store *reader = open_store(path, &reading); /* beside the writer */
    check_rows(reader, 0, 1500);
    cord_store_close(reader);
    cord_store_close(store);
    store = open_store(path, &options);
    CHECK_STR(cord_store_notes(store), "");
    check_rows(store, 0, 1500);
    struct cord_evidence_stats stats;
    CHECK(cord_store_evidence(store)->ops->stats(cord_store_evidence(store), &stats, NULL) ==
          CORD_OK);
    CHECK(stats.rows == 1500 && stats.spooled_rows == 0);
    CHECK(stats.segments == 4); /* two organisations, packed twice */
    CHECK_I64(stats.when_min_ns, 0);
    CHECK_I64(stats.when_max_ns, 1499 * CORD_SECOND_NS);
    cord_store_close(store);
    kit_store_remove(path);
}

static void numbers_lead_to_their_rows(void)
{
    char path[64];
    char text[CORD_STORE_ID_TEXT];
    const struct cord_store_options options = {.create = true};
    kit_store_dir(path);
    struct cord_store *store = open_store(path, &options);
    struct cord_evidence *evidence = cord_store_evidence(store);
    CHECK(kit_store_fill(store, 0, 100, 10) == CORD_OK);
    CHECK(cord_store_flush(store, NULL) == CORD_OK);
    CHECK(kit_store_fill(store, 100, 100, 10) == CORD_OK);
    for (uint64_t n = 0; n < 200; n++) {
        struct cord_rows *rows = cord_rows_new(1 << 20, 1);
        uint64_t sequence = 0;
        CHECK(rows != NULL);
        cord_str id = cord_store_id_format(store, n + 1, text);
        CHECK(cord_store_id_parse(store, id, &sequence, NULL) == CORD_OK);
        CHECK(evidence->ops->get(evidence, sequence, rows, NULL) == CORD_OK);
        CHECK(cord_rows_count(rows) == 1 && kit_store_number(rows, 0) == n);
        CHECK(evidence->ops->get(evidence, sequence + 1000, rows, NULL) == CORD_E_NOENT);
        cord_rows_free(rows);
    }
    cord_store_close(store);
    kit_store_remove(path);
}

static void bulk_needs_no_spool(void)
{
    char path[64];
    const struct cord_store_options options = {.create = true, .bulk = true};
    kit_store_dir(path);
    struct cord_store *store = open_store(path, &options);
    CHECK(kit_store_fill(store, 0, 2000, 1000) == CORD_OK);
    check_rows(store, 0, 2000);
    cord_store_close(store);
    store = open_store(path, &options);
    CHECK_STR(cord_store_notes(store), "");
    check_rows(store, 0, 2000);
    cord_store_close(store);
    kit_store_remove(path);
}

static void a_second_writer_is_refused(void)
{
    char path[64];
    char pid[32];
    struct cord_error err = {""};
    struct cord_store *second = NULL;
    const struct cord_store_options options = {.create = true};
    kit_store_dir(path);
    struct cord_store *store = open_store(path, &options);
    CHECK(cord_store_open(path, &options, &second, &err) == CORD_E_LIMIT);
    (void)snprintf(pid, sizeof pid, "process %ld ", (long)getpid());
    CHECK(strstr(err.text, pid) != NULL);
    cord_store_close(store);
    store = open_store(path, &options);
    cord_store_close(store);
    kit_store_remove(path);
}

static void what_is_no_store_is_refused(void)
{
    char path[64];
    char name[96];
    struct cord_store *store = NULL;
    struct cord_error err = {""};
    const struct cord_store_options options = {.create = true};
    const struct cord_store_options plain = {.create = false};
    kit_store_dir(path);
    CHECK(cord_store_open(path, &plain, &store, &err) == CORD_E_NOENT);
    (void)snprintf(name, sizeof name, "%s/letters.txt", path);
    int file = open(name, O_CREAT | O_WRONLY, 0600);
    CHECK(file >= 0);
    (void)close(file);
    CHECK(cord_store_open(path, &options, &store, &err) == CORD_E_FORMAT);
    CHECK(strstr(err.text, "letters.txt") != NULL);
    kit_store_remove(path);
    CHECK(cord_store_open(path, &plain, &store, &err) == CORD_E_NOENT);
}

/* --- faults --- */

enum { BATCH = 20, BATCHES = 4 };

/* Some appends and flushes; the last number that was committed goes to `pipe`
 * each time, so that it is known when the process has ended. */
static cord_status work(const char *path, const struct cord_files *files, int pipe, bool bulk)
{
    const struct cord_store_options options = {.create = true, .files = files, .bulk = bulk};
    struct cord_store *store = NULL;
    cord_status status = cord_store_open(path, &options, &store, NULL);
    for (unsigned i = 0; i < BATCHES && status == CORD_OK; i++) {
        status = kit_store_fill(store, i * BATCH, BATCH, BATCH);
        unsigned char done = (unsigned char)(i + 1);
        if (status == CORD_OK && pipe >= 0) {
            CHECK(write(pipe, &done, 1) == 1);
        }
        if (status == CORD_OK && i % 2 == 1) {
            status = cord_store_flush(store, NULL);
        }
    }
    cord_store_close(store);
    return status;
}

/* In a process of its own, ended at the nth touch. False: it came to its end. */
static bool work_and_die(const char *path, size_t nth, enum mode mode, unsigned *ret_done)
{
    int ends[2];
    int result = 0;
    unsigned char done = 0;
    CHECK(pipe(ends) == 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        struct kit_store_fault fault;
        (void)close(ends[0]);
        if (mode == POWER) {
            kit_store_fault_power(&fault, nth);
        } else {
            kit_store_fault_init(&fault, nth, 0);
        }
        _exit(work(path, &fault.files, ends[1], mode == BULK) == CORD_OK ? 0 : 1);
    }
    (void)close(ends[1]);
    *ret_done = 0;
    while (read(ends[0], &done, 1) == 1) {
        *ret_done = done;
    }
    (void)close(ends[0]);
    CHECK(waitpid(child, &result, 0) == child);
    CHECK(WIFEXITED(result) && (WEXITSTATUS(result) == 99 || WEXITSTATUS(result) == 0));
    return WEXITSTATUS(result) == 99;
}

/* All that was committed; what was only appended may be there or not, but a
 * batch is there whole, in order, and once. */
static void check_recovered(const char *path, unsigned done)
{
    static unsigned char seen[MANY];
    struct kit_store_fault none;
    kit_store_fault_init(&none, 0, 0);
    const struct cord_store_options options = {.create = true, .files = &none.files};
    struct cord_store *store = open_store(path, &options);
    CHECK(kit_store_census(store, seen, MANY) == 0);
    uint64_t there = 0;
    while (there < MANY && seen[there] == 1) {
        there++;
    }
    for (uint64_t n = there; n < MANY; n++) {
        CHECK(seen[n] == 0);
    }
    CHECK(there % BATCH == 0 && there >= (uint64_t)done * BATCH);
    /* And it goes on from there. */
    CHECK(kit_store_fill(store, there, BATCH, BATCH) == CORD_OK);
    cord_store_close(store);
    store = open_store(path, &options);
    CHECK_STR(cord_store_notes(store), "");
    check_rows(store, 0, there + BATCH);
    cord_store_close(store);
}

static void kill_everywhere(enum mode mode)
{
    size_t nth = 1;
    bool died = true;
    for (; died; nth++) {
        char path[64];
        unsigned done = 0;
        kit_store_dir(path);
        died = work_and_die(path, nth, mode, &done);
        check_recovered(path, done);
        kit_store_remove(path);
    }
    CHECK(nth > 20);
}

static void survives_kill_at_every_touch(void)
{
    kill_everywhere(SPOOLED);
}

static void survives_kill_at_every_touch_in_bulk(void)
{
    kill_everywhere(BULK);
}

static void survives_a_power_cut_at_every_touch(void)
{
    kill_everywhere(POWER);
}

/* The disk is full from the nth touch on: nothing more is taken, what was is
 * still answered from, and with room again all goes on. */
static void a_full_disk_stops_appending_and_nothing_else(void)
{
    bool failed = true;
    for (size_t nth = 30; failed; nth++) {
        char path[64];
        struct kit_store_fault fault;
        kit_store_fault_init(&fault, 0, 0);
        const struct cord_store_options options = {.create = true, .files = &fault.files};
        kit_store_dir(path);
        struct cord_store *store = open_store(path, &options);
        fault.nth = nth;
        fault.error = ENOSPC;
        fault.forever = true;
        uint64_t there = 0;
        cord_status status = CORD_OK;
        for (unsigned i = 0; i < BATCHES && status == CORD_OK; i++) {
            status = kit_store_fill(store, there, BATCH, BATCH);
            there += status == CORD_OK ? BATCH : 0;
            if (status == CORD_OK && i % 2 == 1) {
                status = cord_store_flush(store, NULL);
            }
        }
        failed = fault.touches >= nth;
        CHECK(failed ? status == CORD_E_LIMIT || fault.touches == nth : status == CORD_OK);
        /* A commit that failed may have left its rows, searchable and not yet durable. */
        static unsigned char seen[MANY];
        CHECK(kit_store_census(store, seen, MANY) == 0);
        for (uint64_t n = 0; n < there; n++) {
            CHECK(seen[n] == 1);
        }
        there += seen[there] == 1 ? BATCH : 0;
        fault.nth = 0;
        CHECK(kit_store_fill(store, there, BATCH, BATCH) == CORD_OK);
        check_rows(store, 0, there + BATCH);
        cord_store_close(store);
        const struct cord_store_options plain = {.create = false};
        store = open_store(path, &plain);
        check_rows(store, 0, there + BATCH);
        cord_store_close(store);
        kit_store_remove(path);
    }
}

KIT_MAIN(KIT_TEST(rows_are_there_before_and_after_packing), KIT_TEST(numbers_lead_to_their_rows),
         KIT_TEST(bulk_needs_no_spool), KIT_TEST(a_second_writer_is_refused),
         KIT_TEST(what_is_no_store_is_refused), KIT_TEST(survives_kill_at_every_touch),
         KIT_TEST(survives_kill_at_every_touch_in_bulk),
         KIT_TEST(survives_a_power_cut_at_every_touch),
         KIT_TEST(a_full_disk_stops_appending_and_nothing_else))
