/* test_store_faults.c: upkeep that is interrupted, many threads, read-only media, a real full disk,
 * a hundred gigabytes. */
#include "kit/kit.h"

#include "kit/kit_store.h"

#include "evidence/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROWS = 60, MOST = 4000 };

#define DAY_NS   (86400 * CORD_SECOND_NS)
#define START_NS (1700000000 * CORD_SECOND_NS)
/* The first store is past the shorter term, the imported one is not. */
#define LATER_NS (START_NS + 10 * DAY_NS + DAY_NS * 3 / 4)

static unsigned char seen[MOST];

static int64_t fixed_now(void *self)
{
    return *(const int64_t *)self;
}

static struct cord_store *open_store(const char *path, const struct cord_files *files,
                                     int64_t *now_ns)
{
    struct cord_store *store = NULL;
    struct cord_error err = {""};
    struct cord_store_options options = {.create = true, .files = files};
    if (now_ns) {
        options.clock = (struct cord_clock){fixed_now, now_ns};
    }
    if (cord_store_open(path, &options, &store, &err) != CORD_OK) {
        print_error("%s\n", err.text);
        fail();
    }
    return store;
}

static void check_proven(struct cord_store *store)
{
    struct cord_store_verdict verdict;
    const struct cord_store_verify_options options = {.head = CORD_STR("")};
    CHECK(cord_store_verify(store, &options, &verdict, NULL) == CORD_OK);
    CHECK(verdict.broken == 0);
}

/* --- upkeep that is killed --- */

/* Two packs a few days apart, and another store to import. */
static void prepare(const char *path, const char *other)
{
    struct kit_store_fault none;
    int64_t now_ns = START_NS;
    char name[128];
    kit_store_fault_init(&none, 0, 0);
    (void)snprintf(name, sizeof name, "%s/policy", path);
    FILE *policy = fopen(name, "w");
    assert_non_null(policy);
    CHECK(fputs("keep * * test/a 10 1\ndefault 30 1\n", policy) >= 0 && fclose(policy) == 0);
    struct cord_store *store = open_store(path, &none.files, &now_ns);
    for (unsigned i = 0; i < 2; i++) {
        CHECK(kit_store_fill(store, i * ROWS, ROWS, 20) == CORD_OK);
        CHECK(cord_store_flush(store, NULL) == CORD_OK);
        now_ns += DAY_NS / 2;
    }
    cord_store_close(store);
    store = open_store(other, &none.files, &now_ns);
    CHECK(kit_store_fill(store, 1000, ROWS, 20) == CORD_OK);
    cord_store_close(store);
}

static cord_status do_upkeep(const char *path, const char *other, const struct cord_files *files)
{
    int64_t now_ns = LATER_NS;
    struct cord_store *store = open_store(path, files, &now_ns);
    struct cord_store_compacted compacted;
    struct cord_store_retained retained;
    struct cord_store_carried carried;
    const struct cord_store_retain_options retain = {.clock_is_right = true};
    const struct cord_store_hold hold = {.organisation = CORD_STR("nobody"),
                                         .source = CORD_STR(""),
                                         .who = CORD_STR("x"),
                                         .reason = CORD_STR("y")};
    uint64_t entry = 0;
    cord_status status = cord_store_hold(store, &hold, &entry, NULL);
    if (status == CORD_OK) {
        status = cord_store_compact(store, NULL, &compacted, NULL);
    }
    if (status == CORD_OK) {
        status = cord_store_import(store, other, NULL, &carried, NULL);
    }
    if (status == CORD_OK) {
        status = cord_store_retain(store, &retain, &retained, NULL);
    }
    cord_store_close(store);
    return status;
}

static bool upkeep_dies(const char *path, const char *other, size_t nth)
{
    int result = 0;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        struct kit_store_fault fault;
        kit_store_fault_init(&fault, nth, 0);
        _exit(do_upkeep(path, other, &fault.files) == CORD_OK ? 0 : 1);
    }
    CHECK(waitpid(child, &result, 0) == child);
    CHECK(WIFEXITED(result) && (WEXITSTATUS(result) == 99 || WEXITSTATUS(result) == 0));
    return WEXITSTATUS(result) == 99;
}

/* All of a kind of rows, or none of them. Personal values may have expired. */
static bool has_all_or_none(struct cord_store *store, uint64_t from, uint64_t to, bool odd)
{
    size_t there = 0;
    size_t wanted = 0;
    struct cord_rows *rows = cord_rows_new(64 << 20, 1);
    struct cord_store_view view;
    struct cord_store_block reader;
    cord_store_block_init(&reader);
    CHECK(rows && cord_store_view_take(store, &view) == CORD_OK);
    for (size_t i = 0; i < view.manifest->count; i++) {
        struct cord_segment *segment = view.manifest->segments[i];
        CHECK(cord_segment_load(segment, NULL) == CORD_OK);
        for (uint32_t k = 0; k < cord_segment_block_count(segment); k++) {
            CHECK(cord_store_block_open(&reader, segment, k, NULL) == CORD_OK);
            CHECK(cord_block_unpack(reader.block, NULL, 0, rows, NULL) == CORD_OK);
        }
    }
    CHECK(view.live_count == 0);
    cord_store_view_release(&view);
    cord_store_block_done(&reader);
    for (size_t at = 0; at < cord_rows_count(rows); at++) {
        uint64_t n = kit_store_number(rows, at);
        there += n >= from && n < to && n % 2 == odd;
    }
    for (uint64_t n = from; n < to; n++) {
        wanted += n % 2 == odd;
    }
    cord_rows_free(rows);
    CHECK(there == 0 || there == wanted);
    return there > 0;
}

static void upkeep_is_done_or_not(void)
{
    bool died = true;
    size_t nth = 1;
    for (; died; nth++) {
        char path[64];
        char other[64];
        struct kit_store_fault none;
        int64_t now_ns = LATER_NS;
        kit_store_fault_init(&none, 0, 0);
        kit_store_dir(path);
        kit_store_dir(other);
        prepare(path, other);
        died = upkeep_dies(path, other, nth);
        struct cord_store *store = open_store(path, &none.files, &now_ns);
        check_proven(store);
        bool imported = has_all_or_none(store, 1000, 1000 + ROWS, false);
        CHECK(has_all_or_none(store, 1000, 1000 + ROWS, true) == imported);
        CHECK(has_all_or_none(store, 0, 2 * ROWS, false)); /* kept for 30 days */
        bool old = has_all_or_none(store, 0, 2 * ROWS, true);
        CHECK(died || (imported && !old));
        cord_store_close(store);
        store = open_store(path, &none.files, &now_ns);
        CHECK_STR(cord_store_notes(store), "");
        cord_store_close(store);
        kit_store_remove(other);
        kit_store_remove(path);
    }
    CHECK(nth > 30);
}

/* --- threads --- */

enum { THREADS = 8, EACH = 30 };

struct worker {
    struct cord_store *store;
    uint64_t first;
    cord_status status;
};

static void *append_some(void *self)
{
    struct worker *worker = self;
    worker->status = kit_store_fill(worker->store, worker->first, EACH, 1);
    return NULL;
}

static void *look_around(void *self)
{
    struct cord_store *store = self;
    static unsigned char found[MOST];
    for (unsigned i = 0; i < 10; i++) {
        struct cord_evidence_stats stats;
        CHECK(kit_store_census(store, found, sizeof found) == 0);
        for (size_t n = 0; n < sizeof found; n++) {
            CHECK(found[n] <= 1); /* never twice, whatever is being packed */
        }
        CHECK(cord_store_stats(store, &stats, NULL) == CORD_OK);
        check_proven(store);
    }
    return NULL;
}

static void *flush_often(void *self)
{
    for (unsigned i = 0; i < 10; i++) {
        CHECK(cord_store_flush(self, NULL) == CORD_OK);
    }
    return NULL;
}

static void many_threads_share_a_store_and_its_syncs(void)
{
    char path[64];
    struct kit_store_fault slow;
    struct worker workers[THREADS];
    pthread_t threads[THREADS + 2];
    kit_store_dir(path);
    kit_store_fault_init(&slow, 0, 0);
    struct cord_store *store = open_store(path, &slow.files, NULL);
    for (unsigned round = 0; round < 2; round++) {
        slow.sync_us = 2000;
        slow.syncs = 0;
        for (unsigned i = 0; i < THREADS; i++) {
            uint64_t first = (uint64_t)(round * THREADS + i) * EACH;
            workers[i] = (struct worker){.store = store, .first = first};
            CHECK(pthread_create(&threads[i], NULL, append_some, &workers[i]) == 0);
        }
        if (round == 1) {
            CHECK(pthread_create(&threads[THREADS], NULL, look_around, store) == 0);
            CHECK(pthread_create(&threads[THREADS + 1], NULL, flush_often, store) == 0);
        }
        for (unsigned i = 0; i < THREADS + 2 * round; i++) {
            CHECK(pthread_join(threads[i], NULL) == 0);
        }
        for (unsigned i = 0; i < THREADS; i++) {
            CHECK(workers[i].status == CORD_OK);
        }
        /* As many commits as rows, and far fewer syncs. */
        CHECK(round > 0 || slow.syncs < THREADS * EACH * 3 / 4);
    }
    slow.sync_us = 0;
    cord_store_close(store);
    store = open_store(path, &slow.files, NULL);
    CHECK(kit_store_census(store, seen, MOST) == 0);
    for (unsigned n = 0; n < 2 * THREADS * EACH; n++) {
        CHECK(seen[n] == 1);
    }
    cord_store_close(store);
    kit_store_remove(path);
}

static void a_failed_sync_is_made_good_by_packing(void)
{
    char path[64];
    struct kit_store_fault fault;
    kit_store_dir(path);
    kit_store_fault_init(&fault, 0, 0);
    struct cord_store *store = open_store(path, &fault.files, NULL);
    CHECK(kit_store_fill(store, 0, 10, 10) == CORD_OK);
    /* The frame is two writes, then comes the sync. */
    fault.nth = fault.touches + 3;
    fault.error = EIO;
    CHECK(kit_store_fill(store, 10, 10, 10) == CORD_OK);
    struct cord_evidence_stats stats;
    CHECK(cord_store_stats(store, &stats, NULL) == CORD_OK);
    CHECK(stats.rows == 20 && stats.spooled_rows == 0);
    CHECK(kit_store_fill(store, 20, 10, 10) == CORD_OK);
    cord_store_close(store);
    kit_store_remove(path);
}

/* --- media --- */

static int no_write(void *self, int dir, const char *name, int flags, mode_t mode)
{
    (void)self;
    if (flags & (O_CREAT | O_WRONLY | O_RDWR | O_TRUNC)) {
        errno = EROFS;
        return -1;
    }
    return openat(dir, name, flags, mode);
}

static void read_only_media_can_be_searched_and_proven(void)
{
    char path[64];
    struct kit_store_fault none;
    struct cord_files frozen = cord_files_system();
    struct cord_store *store = NULL;
    kit_store_dir(path);
    kit_store_fault_init(&none, 0, 0);
    store = open_store(path, &none.files, NULL);
    CHECK(kit_store_fill(store, 0, 50, 10) == CORD_OK);
    CHECK(cord_store_flush(store, NULL) == CORD_OK);
    CHECK(kit_store_fill(store, 50, 50, 10) == CORD_OK);
    frozen.open = no_write;
    const struct cord_store_options options = {.read_only = true, .files = &frozen};
    struct cord_store *reader = NULL;
    CHECK(cord_store_open(path, &options, &reader, NULL) == CORD_OK);
    CHECK(kit_store_census(reader, seen, MOST) == 0);
    for (unsigned n = 0; n < 100; n++) {
        CHECK(seen[n] == 1);
    }
    check_proven(reader);
    struct cord_rows *rows = cord_rows_new(1 << 20, 1);
    kit_store_add(rows, "RJ1", "dc", 1);
    CHECK(cord_store_append(reader, rows, NULL) == CORD_E_UNSUPPORTED);
    CHECK(cord_store_flush(reader, NULL) == CORD_E_UNSUPPORTED);
    cord_rows_free(rows);
    cord_store_close(reader);
    cord_store_close(store);
    kit_store_remove(path);
}

/* A file system of a megabyte, when we may make one. */
static void a_real_full_disk_recovers_by_itself(void)
{
    char path[64];
    char below[80];
    kit_store_dir(path);
    if (mount("tmpfs", path, "tmpfs", 0, "size=1m") != 0) {
        kit_store_remove(path);
        print_message("skipped: no right to mount a small file system\n");
        skip();
    }
    (void)snprintf(below, sizeof below, "%s/store", path);
    struct cord_store *store = open_store(below, NULL, NULL);
    uint64_t there = 0;
    while (there < MOST - 100 && kit_store_fill(store, there, 20, 20) == CORD_OK) {
        there += 20;
    }
    /* That was less than fits; now something else takes the room. */
    char ballast[80];
    char zeroes[4096] = {0};
    (void)snprintf(ballast, sizeof ballast, "%s/ballast", path);
    int file = open(ballast, O_CREAT | O_WRONLY, 0600);
    CHECK(file >= 0);
    while (write(file, zeroes, sizeof zeroes) > 0) {
    }
    (void)close(file);
    cord_status status = CORD_OK;
    uint64_t more = 0;
    while (status == CORD_OK && more < 100) {
        status = kit_store_fill(store, there, 20, 20);
        there += status == CORD_OK ? 20 : 0;
        more += 20;
    }
    CHECK(status == CORD_E_LIMIT);
    CHECK(kit_store_census(store, seen, MOST) == 0);
    for (uint64_t n = 0; n < there; n++) {
        CHECK(seen[n] == 1);
    }
    bool again = seen[there] == 0; /* refused, or taken and not yet durable */
    CHECK(unlink(ballast) == 0);
    CHECK(!again || kit_store_fill(store, there, 20, 20) == CORD_OK);
    cord_store_close(store);
    store = open_store(below, NULL, NULL);
    CHECK(kit_store_census(store, seen, MOST) == 0);
    for (uint64_t n = 0; n < there + 20; n++) {
        CHECK(seen[n] == 1);
    }
    check_proven(store);
    cord_store_close(store);
    CHECK(umount(path) == 0);
    kit_store_remove(path);
}

/* Deleting must be possible, though it has to be written down first. */
static void a_full_disk_is_freed_by_retention(void)
{
    char path[64];
    char below[80];
    char name[96];
    char zeroes[4096] = {0};
    int64_t now_ns = START_NS;
    struct cord_store_retained retained;
    const struct cord_store_retain_options retain = {.clock_is_right = true};
    kit_store_dir(path);
    if (mount("tmpfs", path, "tmpfs", 0, "size=1m") != 0) {
        kit_store_remove(path);
        print_message("skipped: no right to mount a small file system\n");
        skip();
    }
    (void)snprintf(below, sizeof below, "%s/store", path);
    struct cord_store *store = open_store(below, NULL, &now_ns);
    CHECK(kit_store_fill(store, 0, 400, 100) == CORD_OK);
    cord_store_close(store);
    (void)snprintf(name, sizeof name, "%s/policy", below);
    FILE *policy = fopen(name, "w");
    assert_non_null(policy);
    CHECK(fputs("default 30\n", policy) >= 0 && fclose(policy) == 0);
    now_ns += 40 * DAY_NS;
    store = open_store(below, NULL, &now_ns);
    /* The chain's last page is filled up, so that an entry needs another. */
    struct cord_store_hold hold = {.organisation = CORD_STR(""), .source = CORD_STR("none")};
    hold.who = (cord_str){zeroes, 1000};
    uint64_t entry = 0;
    CHECK(cord_store_hold(store, &hold, &entry, NULL) == CORD_OK);
    (void)snprintf(name, sizeof name, "%s/ballast", path);
    int file = open(name, O_CREAT | O_WRONLY, 0600);
    CHECK(file >= 0);
    while (write(file, zeroes, sizeof zeroes) > 0) {
    }
    (void)close(file);
    CHECK(cord_store_hold(store, &hold, &entry, NULL) == CORD_OK ||
          cord_store_hold(store, &hold, &entry, NULL) == CORD_E_LIMIT);
    CHECK(cord_store_hold(store, &hold, &entry, NULL) == CORD_E_LIMIT);
    CHECK(cord_store_retain(store, &retain, &retained, NULL) == CORD_OK);
    CHECK(retained.rows == 400);
    CHECK(unlink(name) == 0);
    CHECK(kit_store_fill(store, 0, 10, 10) == CORD_OK);
    check_proven(store);
    cord_store_close(store);
    CHECK(umount(path) == 0);
    kit_store_remove(path);
}

/* Two thousand segments of fifty megabytes, sparse: what opening and counting
 * read must not grow with what is stored, only with how many files there are. */
static void a_hundred_gigabytes_open_quickly(void)
{
    enum { SEGMENTS = 2000 };
    char path[64];
    struct kit_store_fault none;
    struct cord_segment_info *infos = calloc(SEGMENTS, sizeof *infos);
    kit_store_dir(path);
    kit_store_fault_init(&none, 0, 0);
    struct cord_store *store = open_store(path, &none.files, NULL);
    assert_non_null(infos);
    for (uint64_t i = 0; i < SEGMENTS; i++) {
        char name[CORD_SEGMENT_NAME];
        infos[i] = (struct cord_segment_info){.number = 100 + i,
                                              .bytes = 50 << 20,
                                              .block_count = 8,
                                              .days = 365,
                                              .personal_days = 365,
                                              .row_count = 500000,
                                              .raw_bytes = 1 << 30,
                                              .first = 1 + i * 500000,
                                              .last = (i + 1) * 500000,
                                              .when_min_ns = (int64_t)i,
                                              .when_max_ns = (int64_t)i + 1,
                                              .organisation = CORD_STR("RJ1")};
        cord_segment_name(infos[i].number, name);
        int file = openat(store->dir, name, O_CREAT | O_WRONLY, 0600);
        CHECK(file >= 0 && ftruncate(file, 50 << 20) == 0);
        (void)close(file);
    }
    const struct cord_store_change change = {.added = infos, .added_count = SEGMENTS};
    CHECK(cord_store_seal(store, "seal", NULL, &change, NULL, NULL) == CORD_OK);
    free(infos);
    cord_store_close(store);
    none.reads = 0;
    store = open_store(path, &none.files, NULL);
    struct cord_evidence_stats stats;
    CHECK_STR(cord_store_notes(store), "");
    CHECK(cord_store_stats(store, &stats, NULL) == CORD_OK);
    CHECK(stats.rows == SEGMENTS * UINT64_C(500000));
    CHECK(stats.packed_bytes == SEGMENTS * (UINT64_C(50) << 20));
    CHECK(none.reads < 20);
    cord_store_close(store);
    kit_store_remove(path);
}

KIT_MAIN(KIT_TEST(upkeep_is_done_or_not), KIT_TEST(many_threads_share_a_store_and_its_syncs),
         KIT_TEST(a_failed_sync_is_made_good_by_packing),
         KIT_TEST(read_only_media_can_be_searched_and_proven),
         KIT_TEST(a_real_full_disk_recovers_by_itself), KIT_TEST(a_full_disk_is_freed_by_retention),
         KIT_TEST(a_hundred_gigabytes_open_quickly))
