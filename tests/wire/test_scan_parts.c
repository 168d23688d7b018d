/*
 * test_scan_parts.c: large files are read in parts, by all threads at once, and
 * nothing that comes out tells so.
 */
#include "kit/kit.h"

#include "base/buf.h"
#include "wire/scan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zlib.h>

enum { TEXT_BYTES = 6 << 20, LONG_LINE = 1300000, RECORD_MAX = 4 << 20 };

static const char rule_text[] = "title: Every tenth\n"
                                "logsource:\n"
                                "  category: test\n"
                                "detection:\n"
                                "  sel:\n"
                                "    word|endswith: '0'\n"
                                "  condition: sel\n"
                                "---\n"
                                "title: Anywhere\n"
                                "logsource:\n"
                                "  product: linux\n"
                                "detection:\n"
                                "  words: ['word 7']\n"
                                "  condition: words\n";

static char folder[] = "/tmp/cord_scan_parts_XXXXXX";

/* Where reads of files fail, for the test of damage; nowhere when they are equal. */
static off_t broken_from;
static off_t broken_to;

/* In place of the library's. */
ssize_t pread(int fd, void *into, size_t len, off_t offset)
{
    if (offset < broken_to && offset + (off_t)len > broken_from) {
        if (offset >= broken_from) {
            errno = EIO;
            return -1;
        }
        len = (size_t)(broken_from - offset);
    }
    return syscall(SYS_pread64, fd, into, len, offset);
}

/* All that a scan tells, as text. The two leave by themselves. */
struct told {
    struct cord_buf findings;
    struct cord_buf problems;
};

static cord_status on_finding(void *self, const struct cord_finding *finding)
{
    struct told *told = self;
    cord_buf_printf(&told->findings, "%.*s %llu %llu\n", CORD_STR_ARG(finding->rule->about.title),
                    (unsigned long long)finding->record, (unsigned long long)finding->offset);
    return CORD_OK;
}

static cord_status on_problem(void *self, const struct cord_scan_problem *problem)
{
    struct told *told = self;
    cord_buf_printf(&told->problems, "%s %llu %.*s\n", problem->fatal ? "ended" : "refused",
                    (unsigned long long)problem->offset, CORD_STR_ARG(problem->reason));
    return CORD_OK;
}

static void path_of(const char *name, char into[256])
{
    (void)snprintf(into, 256, "%s/%s", folder, name);
}

static void write_file(const char *name, cord_str text)
{
    char path[256];
    path_of(name, path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    CHECK(fwrite(text.ptr, 1, text.len, file) == text.len);
    CHECK(fclose(file) == 0);
}

static void write_packed(const char *name, cord_str text)
{
    char path[256];
    path_of(name, path);
    gzFile file = gzopen(path, "wb1");
    assert_non_null(file);
    CHECK(gzwrite(file, text.ptr, (unsigned)text.len) == (int)text.len);
    CHECK(gzclose(file) == Z_OK);
}

static void remove_file(const char *name)
{
    char path[256];
    path_of(name, path);
    CHECK(unlink(path) == 0);
}

static struct cord_scan_totals scan(const char *const *names, size_t count, unsigned threads,
                                    struct told *told)
{
    char paths[2][256];
    const char *path_list[2] = {paths[0], paths[1]};
    struct cord_collection *collection = cord_collection_new();
    struct cord_ruleset *ruleset = NULL;
    struct cord_walk *walk = NULL;
    struct cord_scan_totals totals = {0};
    const struct cord_ruleset_options compile = {.seed = 1};
    const struct cord_scan_options options = {
        .threads = threads,
        .from_ns = CORD_TIME_NONE,
        .to_ns = CORD_TIME_NONE,
        .record_bytes_max = RECORD_MAX,
        .seed = 1,
        .collection = collection,
        .correlation_bytes_max = 1 << 20,
    };
    const struct cord_scan_sink sink = {on_finding, on_problem, NULL, told};
    cord_buf_init(&told->findings, 64 << 20);
    cord_buf_init(&told->problems, 64 << 20);
    CHECK(count <= 2);
    for (size_t i = 0; i < count; i++) {
        path_of(names[i], paths[i]);
    }
    CHECK(cord_collection_add(collection, CORD_STR("rule.yml"), CORD_STR(rule_text), NULL) ==
          CORD_OK);
    CHECK(cord_collection_finish(collection, NULL) == CORD_OK);
    CHECK(cord_ruleset_compile(collection, &compile, &ruleset, NULL) == CORD_OK);
    CHECK(cord_walk_new(path_list, count, &walk, NULL) == CORD_OK);
    CHECK(cord_scan_run(walk, ruleset, &options, &sink, &totals, NULL) == CORD_OK);
    cord_walk_free(walk);
    cord_ruleset_unref(ruleset);
    cord_collection_free(collection);
    CHECK_U64(totals.records, totals.read + totals.skipped + totals.refused);
    CHECK(!told->findings.failed && !told->problems.failed);
    return totals;
}

static void check_told(const struct told *told, const struct told *wanted)
{
    CHECK_STR_EQ(cord_buf_str(&told->findings), cord_buf_str(&wanted->findings));
    CHECK_STR_EQ(cord_buf_str(&told->problems), cord_buf_str(&wanted->problems));
}

static void told_done(struct told *told)
{
    cord_buf_done(&told->findings);
    cord_buf_done(&told->problems);
}

/* Lines of many lengths, blank ones, broken ones and one of more than a part. */
static void make_text(struct cord_buf *text, bool json)
{
    uint32_t state = 11;
    cord_buf_init(text, 16 << 20);
    for (unsigned line = 1; text->len < TEXT_BYTES; line++) {
        state = state * 1664525u + 1013904223u;
        size_t padding = state >> 24 == 0 ? 40000 : state >> 22;
        padding = line == 3000 ? LONG_LINE : padding;
        if (line % 97 == 0) {
            cord_buf_put_text(text, line % 2 ? "\n" : "\r\n");
        }
        cord_buf_printf(text,
                        json ? "{\"category\":\"test\",\"product\":\"kit\",\"word\":\"%u\",\"p\":\""
                             : "Mar  1 10:00:00 host app[7]: word %u ",
                        line);
        for (size_t i = 0; i < padding; i++) {
            cord_buf_put_char(text, 'x');
        }
        cord_buf_put_text(text, !json ? "\n" : line % 501 == 0 ? "\"\n" : "\"}\n");
    }
    cord_buf_put_text(text, json ? "{\"category\":\"test\",\"product\":\"kit\",\"word\":\"0\"}"
                                 : "Mar  1 10:00:00 host app[7]: word 7");
    CHECK(!text->failed);
}

static void check_same(bool json)
{
    static const unsigned counts[] = {1, 2, 5};
    const char *plain = "plain.log";
    const char *packed = "packed.log";
    struct cord_buf text;
    struct told once;
    make_text(&text, json);
    write_file(plain, cord_buf_str(&text));
    write_packed(packed, cord_buf_str(&text));
    struct cord_scan_totals wanted = scan(&packed, 1, 1, &once); /* never in parts */
    CHECK(once.findings.len > 1000 && once.problems.len > 0);
    CHECK_U64(wanted.bytes, text.len);
    for (size_t i = 0; i < 3; i++) {
        struct told told;
        struct cord_scan_totals totals = scan(&plain, 1, counts[i], &told);
        check_told(&told, &once);
        CHECK_U64(totals.bytes, wanted.bytes);
        CHECK_U64(totals.packed_bytes, wanted.bytes);
        CHECK_U64(totals.records, wanted.records);
        CHECK_U64(totals.refused, wanted.refused);
        CHECK_U64(totals.skipped, wanted.skipped);
        CHECK_U64(totals.matcher.events, wanted.matcher.events);
        CHECK_U64(totals.streams, 1);
        told_done(&told);
    }
    told_done(&once);
    cord_buf_done(&text);
    remove_file(plain);
    remove_file(packed);
}

static void json_lines_in_parts_are_the_same_records(void)
{
    check_same(true);
}

static void text_lines_in_parts_are_the_same_records(void)
{
    check_same(false);
}

/* The damage lies in a part; others have read on behind it when it is found. */
static void what_is_behind_damage_is_left_out(void)
{
    static const unsigned counts[] = {1, 2, 5};
    const char *names[] = {"bad.log", "good.log"};
    struct cord_buf text;
    struct told first = {{0}, {0}};
    make_text(&text, true);
    write_file(names[0], cord_buf_str(&text));
    write_file(names[1], CORD_STR("{\"category\":\"test\",\"word\":\"10\"}\n"));
    broken_from = 1 << 21;
    broken_to = broken_from + 4096;
    for (size_t i = 0; i < 3; i++) {
        struct told told;
        struct cord_scan_totals totals = scan(names, 2, counts[i], &told);
        CHECK_U64(totals.streams, 2);
        CHECK_U64(totals.streams_failed, 1);
        CHECK(totals.bytes > (uint64_t)broken_from / 2 && totals.bytes < (uint64_t)broken_to);
        assert_non_null(strstr(told.problems.ptr, "ended"));
        assert_non_null(strstr(told.problems.ptr, "Input/output error"));
        assert_non_null(strstr(told.findings.ptr, "Every tenth 1 0\n")); /* the second file's */
        if (i == 0) {
            first = told;
            continue;
        }
        check_told(&told, &first);
        told_done(&told);
    }
    broken_from = 0;
    broken_to = 0;
    told_done(&first);
    cord_buf_done(&text);
    remove_file(names[0]);
    remove_file(names[1]);
}

static void put_record(struct cord_buf *text, size_t padding)
{
    cord_buf_put_text(text, "{\"category\":\"test\",\"word\":\"10\",\"p\":\"");
    for (size_t i = 0; i < padding; i++) {
        cord_buf_put_char(text, 'x');
    }
    cord_buf_put_text(text, "\"}\n");
}

/* A worker that has met a long record reads the next file no differently. */
static void refusals_do_not_depend_on_what_was_read_before(void)
{
    const char *names[] = {"first.log", "second.log"};
    struct cord_buf text;
    struct told after;
    struct told alone;
    cord_buf_init(&text, 16 << 20);
    put_record(&text, RECORD_MAX - 4096);
    write_file(names[0], cord_buf_str(&text));
    cord_buf_clear(&text);
    put_record(&text, 1000);
    put_record(&text, 2 * RECORD_MAX + 4096);
    put_record(&text, 1000);
    write_file(names[1], cord_buf_str(&text));
    struct cord_scan_totals both = scan(names, 2, 1, &after);
    struct cord_scan_totals one = scan(names + 1, 1, 1, &alone);
    CHECK(one.refused > 0);
    CHECK_U64(both.refused, one.refused);
    CHECK_STR_EQ(cord_buf_str(&after.problems), cord_buf_str(&alone.problems));
    told_done(&after);
    told_done(&alone);
    cord_buf_done(&text);
    remove_file(names[0]);
    remove_file(names[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(json_lines_in_parts_are_the_same_records),
        KIT_TEST(text_lines_in_parts_are_the_same_records),
        KIT_TEST(what_is_behind_damage_is_left_out),
        KIT_TEST(refusals_do_not_depend_on_what_was_read_before),
    };
    if (!mkdtemp(folder)) {
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)rmdir(folder);
    return failed;
}
