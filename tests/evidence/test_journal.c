/* test_journal.c: entries are whole and once, or not there, whatever happens. */
#include "kit/kit.h"

#include "kit/kit_store.h"

#include "evidence/journal_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ENTRY_MAX = 400, FILE_BYTES = 1000, MANY = 60 };

struct bench {
    char path[64];
    int dir;
    struct kit_store_fault system; /* that fails never, and waits for no disk */
    struct cord_journal_options options;
};

static void bench_init(struct bench *bench)
{
    kit_store_dir(bench->path);
    bench->dir = open(bench->path, O_RDONLY | O_DIRECTORY);
    CHECK(bench->dir >= 0);
    CHECK(mkdirat(bench->dir, "lost", 0700) == 0); /* where power cuts keep what was removed */
    kit_store_fault_init(&bench->system, 0, 0);
    bench->options = (struct cord_journal_options){.files = &bench->system.files,
                                                   .dir = bench->dir,
                                                   .name = "test",
                                                   .file_bytes = FILE_BYTES,
                                                   .entry_bytes_max = ENTRY_MAX};
}

static void bench_done(struct bench *bench)
{
    (void)close(bench->dir);
    kit_store_remove(bench->path);
}

/* Entry n: its number, and as many letters as it takes to be of many lengths. */
static cord_str text_of(uint64_t n, char buffer[ENTRY_MAX])
{
    int len = snprintf(buffer, ENTRY_MAX, "%llu ENTR", (unsigned long long)n);
    size_t more = (size_t)(n * 37 % 200);
    memset(buffer + len, 'a' + (int)(n % 26), more);
    return (cord_str){buffer, (size_t)len + more};
}

static cord_status append(struct cord_journal *journal, uint64_t n)
{
    char buffer[ENTRY_MAX];
    return cord_journal_append(journal, text_of(n, buffer), NULL, NULL);
}

/* What came back: every entry is one that was written. */
struct seen {
    uint64_t numbers[MANY * 2];
    struct cord_journal_place places[MANY * 2];
    size_t count;
    cord_status answer;
};

static cord_status see(void *self, struct cord_journal_place place, cord_str bytes)
{
    struct seen *seen = self;
    char buffer[ENTRY_MAX];
    uint64_t n = 0;
    size_t digits = cord_str_find_char(bytes, ' ', 0);
    CHECK(digits != SIZE_MAX && cord_str_u64(cord_str_slice(bytes, 0, digits), &n));
    CHECK_STR_EQ(bytes, text_of(n, buffer));
    CHECK(seen->count < MANY * 2);
    if (seen->count > 0) {
        struct cord_journal_place before = seen->places[seen->count - 1];
        CHECK(place.file > before.file ||
              (place.file == before.file && place.offset > before.offset));
    }
    seen->places[seen->count] = place;
    seen->numbers[seen->count++] = n;
    return seen->answer;
}

static struct cord_journal *open_seen(const struct cord_journal_options *options, struct seen *seen,
                                      struct cord_journal_found *ret_found)
{
    struct cord_journal *journal = NULL;
    struct cord_error err = {""};
    *seen = (struct seen){.answer = CORD_OK};
    if (cord_journal_open(options, see, seen, &journal, ret_found, &err) != CORD_OK) {
        print_error("%s\n", err.text);
        fail();
    }
    CHECK(ret_found->entries == seen->count);
    return journal;
}

static struct cord_journal *open_new(const struct cord_journal_options *options)
{
    struct seen seen;
    struct cord_journal_found found;
    return open_seen(options, &seen, &found);
}

static void fill(struct cord_journal *journal, uint64_t from, uint64_t to)
{
    for (uint64_t n = from; n < to; n++) {
        CHECK(append(journal, n) == CORD_OK);
        CHECK(cord_journal_sync(journal, NULL) == CORD_OK);
    }
}

static void check_seen(const struct seen *seen, uint64_t from, uint64_t to)
{
    CHECK(seen->count == to - from);
    for (size_t i = 0; i < seen->count; i++) {
        CHECK(seen->numbers[i] == from + i);
    }
}

static void entries_come_back_over_files(void)
{
    struct bench bench;
    struct seen seen;
    struct cord_journal_found found;
    bench_init(&bench);
    struct cord_journal *journal = open_seen(&bench.options, &seen, &found);
    CHECK(seen.count == 0);
    fill(journal, 0, MANY / 2);
    cord_journal_close(journal);
    journal = open_seen(&bench.options, &seen, &found);
    check_seen(&seen, 0, MANY / 2);
    fill(journal, MANY / 2, MANY);
    cord_journal_close(journal);
    bench.options.read_only = true;
    journal = open_seen(&bench.options, &seen, &found);
    check_seen(&seen, 0, MANY);
    CHECK(found.torn_bytes == 0 && found.damaged_bytes == 0);
    CHECK(seen.places[MANY - 1].file > 3);
    CHECK(seen.places[0].file == 1 && seen.places[0].offset == CORD_JOURNAL_HEADER_BYTES);
    cord_journal_close(journal);
    bench_done(&bench);
}

static void the_length_of_an_entry_has_a_bound(void)
{
    char text[ENTRY_MAX + 1] = {0};
    struct bench bench;
    struct cord_journal_found found;
    bench_init(&bench);
    struct cord_journal *journal = open_new(&bench.options);
    CHECK(cord_journal_append(journal, (cord_str){text, ENTRY_MAX + 1}, NULL, NULL) ==
          CORD_E_UNSUPPORTED);
    CHECK(cord_journal_append(journal, (cord_str){text, ENTRY_MAX}, NULL, NULL) == CORD_OK);
    CHECK(cord_journal_append(journal, (cord_str){NULL, 0}, NULL, NULL) == CORD_OK);
    cord_journal_close(journal);
    journal = NULL;
    CHECK(cord_journal_open(&bench.options, NULL, NULL, &journal, &found, NULL) == CORD_OK);
    CHECK(found.entries == 2);
    cord_journal_close(journal);
    bench.options.entry_bytes_max = ENTRY_MAX - 1; /* what is longer counts as damage */
    journal = NULL;
    CHECK(cord_journal_open(&bench.options, NULL, NULL, &journal, &found, NULL) == CORD_OK);
    CHECK(found.entries == 1 && found.damaged_bytes == ENTRY_MAX + CORD_JOURNAL_ENTRY_BYTES);
    cord_journal_close(journal);
    bench_done(&bench);
}

static void whoever_reads_may_refuse(void)
{
    struct bench bench;
    struct seen seen = {.answer = CORD_E_FORMAT};
    struct cord_journal_found found;
    struct cord_error err = {""};
    bench_init(&bench);
    struct cord_journal *journal = open_new(&bench.options);
    fill(journal, 0, 2);
    cord_journal_close(journal);
    journal = NULL;
    CHECK(cord_journal_open(&bench.options, see, &seen, &journal, &found, &err) == CORD_E_FORMAT);
    CHECK(journal == NULL);
    CHECK_STR(cord_str_from(err.text), "journal test: the entry at byte 48 of file 1 is refused");
    bench_done(&bench);
}

static void a_second_writer_is_refused(void)
{
    struct bench bench;
    struct cord_journal *second = NULL;
    struct cord_journal_found found;
    struct cord_error err = {""};
    bench_init(&bench);
    struct cord_journal *journal = open_new(&bench.options);
    CHECK(cord_journal_open(&bench.options, NULL, NULL, &second, &found, &err) == CORD_E_LIMIT);
    CHECK_STR(cord_str_from(err.text), "journal test: another process writes it");
    cord_journal_close(journal);
    journal = open_new(&bench.options);
    cord_journal_close(journal);
    bench_done(&bench);
}

static off_t size_of(const struct bench *bench, const char *name)
{
    struct stat info;
    return fstatat(bench->dir, name, &info, 0) == 0 ? info.st_size : -1;
}

static void cut(const struct bench *bench, const char *name, off_t len)
{
    int file = openat(bench->dir, name, O_RDWR);
    CHECK(file >= 0 && ftruncate(file, len) == 0);
    (void)close(file);
}

static void a_torn_end_is_cut_off_and_written_over(void)
{
    enum { FEW = 4 };
    for (off_t len = 0;; len++) {
        struct bench bench;
        struct seen seen;
        struct cord_journal_found found;
        bench_init(&bench);
        bench.options.file_bytes = 0;
        struct cord_journal *journal = open_new(&bench.options);
        fill(journal, 0, FEW);
        cord_journal_close(journal);
        off_t whole = size_of(&bench, "test.00000001");
        if (len > whole) {
            bench_done(&bench);
            break;
        }
        cut(&bench, "test.00000001", len);
        journal = open_seen(&bench.options, &seen, &found);
        uint64_t left = seen.count;
        check_seen(&seen, 0, left);
        CHECK(found.damaged_bytes == 0);
        CHECK(len == whole ? left == FEW && found.torn_bytes == 0 : left < FEW);
        fill(journal, left, FEW + 1);
        cord_journal_close(journal);
        journal = open_seen(&bench.options, &seen, &found);
        check_seen(&seen, 0, FEW + 1);
        CHECK(found.torn_bytes == 0 && found.damaged_bytes == 0);
        cord_journal_close(journal);
        bench_done(&bench);
    }
}

/* Every byte of every file: what is damaged is passed over, all else is there. */
static void a_bit_that_flips_costs_one_entry_or_a_header(void)
{
    enum { FEW = 16 };
    struct bench bench;
    struct seen before;
    struct cord_journal_found found;
    bench_init(&bench);
    struct cord_journal *journal = open_new(&bench.options);
    fill(journal, 0, FEW);
    cord_journal_close(journal);
    bench.options.read_only = true;
    cord_journal_close(open_seen(&bench.options, &before, &found));
    for (uint64_t number = 1; number <= before.places[FEW - 1].file; number++) {
        char name[CORD_JOURNAL_NAME];
        CHECK(cord_journal_file_name("test", number, name));
        int file = openat(bench.dir, name, O_RDWR);
        CHECK(file >= 0);
        off_t size = size_of(&bench, name);
        for (off_t at = 0; at < size; at++) {
            struct seen seen;
            char byte = 0;
            CHECK(pread(file, &byte, 1, at) == 1);
            char flipped = (char)(byte ^ (1 << at % 8));
            CHECK(pwrite(file, &flipped, 1, at) == 1);
            cord_journal_close(open_seen(&bench.options, &seen, &found));
            CHECK(found.damaged_bytes + found.torn_bytes > 0);
            size_t here = 0; /* entries of that file */
            for (size_t i = 0; i < FEW; i++) {
                here += before.places[i].file == number;
            }
            CHECK(seen.count == FEW - (at < CORD_JOURNAL_HEADER_BYTES ? here : 1));
            for (size_t i = 1; i < seen.count; i++) {
                CHECK(seen.numbers[i] > seen.numbers[i - 1]);
            }
            CHECK(pwrite(file, &byte, 1, at) == 1);
        }
        (void)close(file);
    }
    bench_done(&bench);
}

static void damage_is_kept_and_written_behind(void)
{
    struct bench bench;
    struct seen seen;
    struct cord_journal_found found;
    bench_init(&bench);
    bench.options.file_bytes = 0;
    struct cord_journal *journal = open_new(&bench.options);
    fill(journal, 0, 5);
    cord_journal_close(journal);
    off_t size = size_of(&bench, "test.00000001");
    int file = openat(bench.dir, "test.00000001", O_RDWR);
    CHECK(file >= 0 && pwrite(file, "?", 1, 80) == 1);
    journal = open_seen(&bench.options, &seen, &found);
    CHECK(seen.count == 4 && found.damaged_bytes > 0 && found.torn_bytes == 0);
    CHECK(size_of(&bench, "test.00000001") == size);
    fill(journal, 5, 6);
    cord_journal_close(journal);
    /* Without a header nothing can be read of it, and another is begun. */
    CHECK(pwrite(file, "?", 1, 0) == 1);
    (void)close(file);
    journal = open_seen(&bench.options, &seen, &found);
    CHECK(seen.count == 0 && found.damaged_bytes > (uint64_t)size);
    fill(journal, 7, 9);
    cord_journal_close(journal);
    journal = open_seen(&bench.options, &seen, &found);
    check_seen(&seen, 7, 9);
    CHECK(seen.places[0].file == 2);
    cord_journal_close(journal);
    bench_done(&bench);
}

static void old_files_go(void)
{
    struct bench bench;
    struct seen seen;
    struct cord_journal_found found;
    bench_init(&bench);
    struct cord_journal *journal = open_seen(&bench.options, &seen, &found);
    fill(journal, 0, MANY);
    cord_journal_close(journal);
    journal = open_seen(&bench.options, &seen, &found);
    size_t kept = MANY / 2;
    struct cord_journal_place place = seen.places[kept];
    while (seen.places[kept - 1].file == place.file) {
        kept--;
    }
    CHECK(cord_journal_drop(journal, place, NULL) == CORD_OK);
    CHECK(cord_journal_drop(journal, (struct cord_journal_place){0}, NULL) == CORD_OK);
    cord_journal_close(journal);
    journal = open_seen(&bench.options, &seen, &found);
    check_seen(&seen, kept, MANY);
    CHECK(found.damaged_bytes == 0);
    /* Never the one that is written to. */
    CHECK(cord_journal_drop(journal, (struct cord_journal_place){.file = UINT64_MAX}, NULL) ==
          CORD_OK);
    fill(journal, MANY, MANY + 1);
    cord_journal_close(journal);
    journal = open_seen(&bench.options, &seen, &found);
    CHECK(seen.count > 0 && seen.numbers[seen.count - 1] == MANY);
    cord_journal_close(journal);
    bench_done(&bench);
}

/* --- reading along --- */

static size_t read_along(struct cord_journal_reader *reader, uint64_t *next)
{
    struct cord_journal_place place;
    cord_str bytes;
    char buffer[ENTRY_MAX];
    size_t count = 0;
    cord_status status;
    while ((status = cord_journal_reader_next(reader, &place, &bytes, NULL)) == CORD_OK) {
        CHECK_STR_EQ(bytes, text_of(*next, buffer));
        (*next)++;
        count++;
    }
    CHECK(status == CORD_E_END);
    return count;
}

static void a_reader_follows_the_writer(void)
{
    struct bench bench;
    uint64_t next = 0;
    struct cord_journal_reader *reader = NULL;
    bench_init(&bench);
    struct cord_journal_options reading = bench.options;
    reading.read_only = true;
    CHECK(cord_journal_reader_open(&reading, (struct cord_journal_place){0}, &reader, NULL) ==
          CORD_OK);
    CHECK(read_along(reader, &next) == 0);
    struct cord_journal *journal = open_new(&bench.options);
    for (uint64_t n = 0; n < MANY; n++) {
        fill(journal, n, n + 1);
        if (n % 7 != 3) {
            (void)read_along(reader, &next);
            CHECK(next == n + 1);
        }
    }
    (void)read_along(reader, &next);
    CHECK(next == MANY);
    cord_journal_reader_close(reader);
    cord_journal_close(journal);
    bench_done(&bench);
}

static void a_reader_begins_where_it_is_told(void)
{
    struct bench bench;
    struct seen seen;
    struct cord_journal_found found;
    bench_init(&bench);
    struct cord_journal *journal = open_new(&bench.options);
    fill(journal, 0, MANY);
    cord_journal_close(journal);
    journal = open_seen(&bench.options, &seen, &found);
    for (uint64_t n = 0; n < MANY; n++) {
        struct cord_journal_reader *reader = NULL;
        uint64_t next = n;
        CHECK(cord_journal_reader_open(&bench.options, seen.places[n], &reader, NULL) == CORD_OK);
        CHECK(read_along(reader, &next) == MANY - n);
        cord_journal_reader_close(reader);
    }
    struct cord_journal_reader *reader = NULL;
    size_t kept = 0;
    while (seen.places[kept].file < 4) {
        kept++;
    }
    CHECK(cord_journal_drop(journal, seen.places[kept], NULL) == CORD_OK);
    uint64_t next = kept; /* what it was to begin with is gone */
    CHECK(cord_journal_reader_open(&bench.options, seen.places[1], &reader, NULL) == CORD_OK);
    CHECK(read_along(reader, &next) == MANY - kept);
    cord_journal_reader_close(reader);
    cord_journal_close(journal);
    bench_done(&bench);
}

static void a_reader_waits_for_the_rest_of_an_entry(void)
{
    struct bench bench;
    uint64_t next = 0;
    char copy[FILE_BYTES];
    struct cord_journal_reader *reader = NULL;
    bench_init(&bench);
    struct cord_journal *journal = open_new(&bench.options);
    fill(journal, 0, 3);
    cord_journal_close(journal);
    off_t size = size_of(&bench, "test.00000001");
    int file = openat(bench.dir, "test.00000001", O_RDWR);
    CHECK(file >= 0 && pread(file, copy, (size_t)size, 0) == size);
    CHECK(ftruncate(file, 0) == 0);
    CHECK(cord_journal_reader_open(&bench.options, (struct cord_journal_place){0}, &reader, NULL) ==
          CORD_OK);
    for (off_t at = 0; at < size; at++) {
        CHECK(pwrite(file, copy + at, 1, at) == 1);
        (void)read_along(reader, &next);
    }
    CHECK(next == 3);
    (void)close(file);
    cord_journal_reader_close(reader);
    bench_done(&bench);
}

/* --- faults --- */

enum { WORK = 24 };

/* Appends each entry until it is durable; the number of durable ones goes to `pipe`. With
 * `stubborn` a failure is met by trying again. */
static cord_status work(const struct bench *bench, const struct cord_files *files, int pipe,
                        bool stubborn)
{
    struct cord_journal_options options = bench->options;
    struct cord_journal *journal = NULL;
    struct cord_journal_found found;
    options.files = files;
    cord_status status = CORD_E_IO;
    for (unsigned tries = 0; status != CORD_OK && tries < (stubborn ? 3 : 1); tries++) {
        status = cord_journal_open(&options, NULL, NULL, &journal, &found, NULL);
    }
    for (unsigned n = 0; n < WORK && status == CORD_OK; n++) {
        unsigned char done = (unsigned char)(n + 1);
        for (unsigned tries = 0; tries < (stubborn ? 3 : 1); tries++) {
            status = append(journal, n);
            status = status == CORD_OK ? cord_journal_sync(journal, NULL) : status;
            if (status == CORD_OK) {
                break;
            }
        }
        if (status == CORD_OK && pipe >= 0) {
            CHECK(write(pipe, &done, 1) == 1);
        }
        if (status == CORD_OK && n == WORK / 2) {
            (void)!cord_journal_drop(journal, (struct cord_journal_place){.file = 2}, NULL);
        }
    }
    cord_journal_close(journal);
    return status;
}

/* Those up to `done` are there, each once, in order, but for those dropped; and `more` at most. */
static void check_after(const struct bench *bench, uint64_t done, uint64_t more)
{
    struct seen seen;
    struct cord_journal_found found;
    struct cord_journal *journal = open_seen(&bench->options, &seen, &found);
    uint64_t end = seen.count > 0 ? seen.numbers[seen.count - 1] + 1 : 0;
    CHECK(end >= done && end <= done + more);
    for (size_t i = 1; i < seen.count; i++) {
        CHECK(seen.numbers[i] == seen.numbers[i - 1] + 1);
    }
    CHECK(seen.count == 0 || seen.numbers[0] == 0 || done > WORK / 2);
    CHECK(found.damaged_bytes == 0);
    fill(journal, end, end + 3);
    cord_journal_close(journal);
    journal = open_seen(&bench->options, &seen, &found);
    CHECK(seen.numbers[seen.count - 1] == end + 2 && found.torn_bytes == 0);
    cord_journal_close(journal);
}

static void a_failure_is_met_by_appending_again(void)
{
    static const int errors[] = {EIO, ENOSPC};
    for (size_t i = 0; i < 2; i++) {
        for (size_t nth = 1;; nth++) {
            struct bench bench;
            struct kit_store_fault fault;
            bench_init(&bench);
            kit_store_fault_init(&fault, nth, errors[i]);
            CHECK(work(&bench, &fault.files, -1, true) == CORD_OK);
            bool failed_one = fault.touches >= nth;
            check_after(&bench, WORK, 0);
            bench_done(&bench);
            if (!failed_one) {
                break;
            }
        }
    }
}

static void a_disk_that_stays_full_loses_nothing_durable(void)
{
    for (size_t nth = 1;; nth++) {
        struct bench bench;
        struct kit_store_fault fault;
        int ends[2];
        unsigned char done = 0;
        bench_init(&bench);
        CHECK(pipe(ends) == 0);
        kit_store_fault_init(&fault, nth, ENOSPC);
        fault.forever = true;
        cord_status status = work(&bench, &fault.files, ends[1], false);
        CHECK(status == CORD_OK || status == CORD_E_LIMIT);
        (void)close(ends[1]);
        while (read(ends[0], &done, 1) == 1) {
        }
        (void)close(ends[0]);
        /* When the sync failed and it could not be cut off, one more is met. */
        check_after(&bench, done, 1);
        bench_done(&bench);
        if (fault.touches < nth) {
            break;
        }
    }
}

/* False: it came to its end. */
static bool work_and_die(const struct bench *bench, size_t nth, bool power, unsigned *ret_done)
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
        if (power) {
            kit_store_fault_power(&fault, nth);
        } else {
            kit_store_fault_init(&fault, nth, 0);
        }
        _exit(work(bench, &fault.files, ends[1], false) == CORD_OK ? 0 : 1);
    }
    (void)close(ends[1]);
    while (read(ends[0], &done, 1) == 1) {
    }
    (void)close(ends[0]);
    CHECK(waitpid(child, &result, 0) == child);
    CHECK(WIFEXITED(result) && (WEXITSTATUS(result) == 0 || WEXITSTATUS(result) == 99));
    *ret_done = done;
    return WEXITSTATUS(result) == 99;
}

static void a_process_may_end_at_any_touch(void)
{
    for (int power = 0; power < 2; power++) {
        bool died = true;
        for (size_t nth = 1; died; nth++) {
            struct bench bench;
            unsigned done = 0;
            bench_init(&bench);
            died = work_and_die(&bench, nth, power == 1, &done);
            check_after(&bench, done, 1);
            bench_done(&bench);
        }
    }
}

/* Nothing that was given up comes back, even when it cannot be cut off. */
static void what_could_not_be_synced_is_there_once(void)
{
    struct bench bench;
    struct seen seen;
    struct kit_store_fault fault;
    struct cord_journal_found found;
    bench_init(&bench);
    struct cord_journal_options options = bench.options;
    kit_store_fault_init(&fault, 0, EIO);
    options.files = &fault.files;
    struct cord_journal *journal = open_new(&options);
    fill(journal, 0, 3);
    CHECK(append(journal, 3) == CORD_OK && append(journal, 4) == CORD_OK);
    fault.nth = fault.touches + 1;
    fault.forever = true; /* the sync, and the cutting off */
    CHECK(cord_journal_sync(journal, NULL) == CORD_E_IO);
    CHECK(append(journal, 3) == CORD_E_IO);
    fault.nth = 0;
    fill(journal, 3, 6);
    cord_journal_close(journal);
    journal = open_seen(&bench.options, &seen, &found);
    check_seen(&seen, 0, 6);
    CHECK(seen.places[3].file == 2 && found.damaged_bytes == 0);
    cord_journal_close(journal);
    struct cord_journal_reader *reader = NULL;
    CHECK(cord_journal_reader_open(&bench.options, (struct cord_journal_place){0}, &reader, NULL) ==
          CORD_OK);
    struct cord_journal_place place;
    cord_str bytes;
    size_t count = 0;
    while (cord_journal_reader_next(reader, &place, &bytes, NULL) == CORD_OK) {
        count++;
    }
    CHECK(count == 8); /* it says that it may meet them twice */
    cord_journal_reader_close(reader);
    bench_done(&bench);
}

static void memory_may_end_anywhere(void)
{
    struct bench bench;
    bench_init(&bench);
    struct cord_journal *journal = open_new(&bench.options);
    fill(journal, 0, 12);
    cord_journal_close(journal);
    for (size_t nth = 1;; nth++) {
        struct cord_journal_reader *reader = NULL;
        struct cord_journal_found found;
        struct cord_journal_place place;
        cord_str bytes;
        struct cord_journal_options options = bench.options;
        journal = NULL;
        kit_fail_allocation(nth);
        cord_status status = cord_journal_open(&options, NULL, NULL, &journal, &found, NULL);
        if (status == CORD_OK) {
            status = cord_journal_append(journal, CORD_STR("1 ENTR"), NULL, NULL);
        }
        if (status == CORD_OK) {
            status =
                cord_journal_reader_open(&options, (struct cord_journal_place){0}, &reader, NULL);
        }
        while (status == CORD_OK) {
            status = cord_journal_reader_next(reader, &place, &bytes, NULL);
        }
        bool failed_one = kit_fail_allocation_off();
        cord_journal_reader_close(reader);
        cord_journal_close(journal);
        if (!failed_one) {
            CHECK(status == CORD_E_END);
            break;
        }
        CHECK(status == CORD_E_NOMEM || status == CORD_E_END || status == CORD_E_IO);
    }
    bench_done(&bench);
}

KIT_MAIN(KIT_TEST(entries_come_back_over_files), KIT_TEST(the_length_of_an_entry_has_a_bound),
         KIT_TEST(whoever_reads_may_refuse), KIT_TEST(a_second_writer_is_refused),
         KIT_TEST(a_torn_end_is_cut_off_and_written_over),
         KIT_TEST(a_bit_that_flips_costs_one_entry_or_a_header),
         KIT_TEST(damage_is_kept_and_written_behind), KIT_TEST(old_files_go),
         KIT_TEST(a_reader_follows_the_writer), KIT_TEST(a_reader_begins_where_it_is_told),
         KIT_TEST(a_reader_waits_for_the_rest_of_an_entry),
         KIT_TEST(a_failure_is_met_by_appending_again),
         KIT_TEST(a_disk_that_stays_full_loses_nothing_durable),
         KIT_TEST(a_process_may_end_at_any_touch), KIT_TEST(what_could_not_be_synced_is_there_once),
         KIT_TEST(memory_may_end_anywhere))
