/* test_scan.c: the pipeline over files: order, balance, damage, threads. */
#include "kit/kit.h"

#include "wire/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

enum { LINES = 5000, FOUND_MAX = 100000 };

static const char rule_text[] = "title: Every tenth\n"
                                "id: 5f0bca1c-0f3b-4d0e-8f57-0f6a4e3c0001\n"
                                "level: high\n"
                                "author: nobody\n"
                                "logsource:\n"
                                "  category: test\n"
                                "detection:\n"
                                "  sel:\n"
                                "    word|endswith: '0'\n"
                                "  condition: sel\n";

static char folder[] = "/tmp/cord_scan_XXXXXX";

struct found {
    uint64_t records[FOUND_MAX];
    char sources[FOUND_MAX]; /* last letter of the file's name */
    size_t count;
    size_t problems;
    size_t fatal;
    char reason[CORD_ERROR_BYTES];
    size_t stop_after; /* 0: never */
};

static cord_status on_finding(void *self, const struct cord_finding *finding)
{
    struct found *found = self;
    CHECK(found->count < FOUND_MAX);
    found->records[found->count] = finding->record;
    found->sources[found->count++] = finding->source.ptr[finding->source.len - 1];
    return found->stop_after == found->count ? CORD_E_IO : CORD_OK;
}

static cord_status on_problem(void *self, const struct cord_scan_problem *problem)
{
    struct found *found = self;
    found->problems++;
    found->fatal += problem->fatal ? 1 : 0;
    (void)snprintf(found->reason, sizeof found->reason, "%.*s", CORD_STR_ARG(problem->reason));
    return CORD_OK;
}

static void put_lines(const char *name, unsigned lines, const char *spoilt)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (unsigned i = 1; i <= lines; i++) {
        if (spoilt && i == lines / 2) {
            CHECK(fputs(spoilt, file) >= 0);
        }
        CHECK(fprintf(file, "{\"category\":\"test\",\"product\":\"kit\",\"word\":\"%u\"}\n", i) >
              0);
    }
    CHECK(fclose(file) == 0);
}

static cord_status scan(unsigned threads, struct found *found, struct cord_scan_totals *totals)
{
    const char *paths[] = {folder};
    struct cord_collection *collection = cord_collection_new();
    struct cord_ruleset *ruleset = NULL;
    struct cord_walk *walk = NULL;
    const struct cord_ruleset_options compile = {.seed = 1};
    const struct cord_scan_options options = {
        .threads = threads,
        .from_ns = CORD_TIME_NONE,
        .to_ns = CORD_TIME_NONE,
        .record_bytes_max = 1 << 20,
        .seed = 1,
        .collection = collection,
        .correlation_bytes_max = 1 << 20,
    };
    const struct cord_scan_sink sink = {on_finding, on_problem, NULL, found};
    assert_non_null(collection);
    CHECK(cord_collection_add(collection, CORD_STR("rule.yml"), CORD_STR(rule_text), NULL) ==
          CORD_OK);
    CHECK(cord_collection_finish(collection, NULL) == CORD_OK);
    CHECK_U64(cord_collection_rule_count(collection), 1);
    CHECK(cord_ruleset_compile(collection, &compile, &ruleset, NULL) == CORD_OK);
    CHECK(cord_walk_new(paths, 1, &walk, NULL) == CORD_OK);
    cord_status status = cord_scan_run(walk, ruleset, &options, &sink, totals, NULL);
    cord_walk_free(walk);
    cord_ruleset_unref(ruleset);
    cord_collection_free(collection);
    CHECK_U64(totals->records, totals->read + totals->skipped + totals->refused);
    return status;
}

static struct found *found_new(void)
{
    struct found *found = calloc(1, sizeof *found);
    assert_non_null(found);
    return found;
}

static void remove_file(const char *name)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    CHECK(unlink(path) == 0);
}

static void findings_leave_in_order_whatever_the_threads(void)
{
    static const unsigned counts[] = {1, 2, 7};
    put_lines("a", LINES, NULL);
    put_lines("b", 15, NULL);
    put_lines("c", LINES, NULL);
    for (size_t t = 0; t < 3; t++) {
        struct found *found = found_new();
        struct cord_scan_totals totals = {0};
        CHECK(scan(counts[t], found, &totals) == CORD_OK);
        CHECK_U64(totals.read, 2 * LINES + 15);
        CHECK_U64(totals.streams, 3);
        CHECK_U64(found->count, 2 * (LINES / 10) + 1);
        for (size_t i = 0; i < LINES / 10; i++) {
            CHECK_U64(found->records[i], (i + 1) * 10);
            CHECK(found->sources[i] == 'a');
        }
        CHECK(found->sources[LINES / 10] == 'b' && found->sources[found->count - 1] == 'c');
        free(found);
    }
    remove_file("a");
    remove_file("b");
    remove_file("c");
}

static void a_broken_record_is_refused_and_the_rest_read(void)
{
    struct found *found = found_new();
    struct cord_scan_totals totals = {0};
    put_lines("a", 100, "{\"word\": \n");
    CHECK(scan(2, found, &totals) == CORD_OK);
    CHECK_U64(totals.read, 100);
    CHECK_U64(totals.refused, 1);
    CHECK_U64(found->count, 10);
    CHECK_U64(found->problems, 1);
    CHECK_U64(found->fatal, 0);
    CHECK_U64(totals.streams_failed, 0);
    free(found);
    remove_file("a");
}

static void a_stream_cut_short_gives_what_was_there(void)
{
    char path[256];
    struct found *found = found_new();
    struct cord_scan_totals totals = {0};
    (void)snprintf(path, sizeof path, "%s/%s", folder, "z.gz");
    gzFile packed = gzopen(path, "wb");
    assert_non_null(packed);
    for (unsigned i = 1; i <= LINES; i++) {
        CHECK(gzprintf(packed, "{\"category\":\"test\",\"n\":%u,\"word\":\"%u\"}\n", i * 7919, i) >
              0);
    }
    CHECK(gzclose(packed) == Z_OK);
    CHECK(truncate(path, 4096) == 0);
    CHECK(scan(2, found, &totals) == CORD_OK);
    CHECK_U64(totals.streams_failed, 1);
    CHECK_U64(found->fatal, 1);
    CHECK(totals.read > 100 && totals.read < LINES);
    assert_non_null(strstr(found->reason, "gzip"));
    free(found);
    remove_file("z.gz");
}

static void a_record_beyond_the_limit_is_refused(void)
{
    char path[256];
    struct found *found = found_new();
    struct cord_scan_totals totals = {0};
    (void)snprintf(path, sizeof path, "%s/%s", folder, "a");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    CHECK(fputs("{\"category\":\"test\",\"word\":\"10\"}\n{\"word\":\"", file) >= 0);
    for (unsigned i = 0; i < 3 << 20; i++) {
        CHECK(fputc('x', file) == 'x');
    }
    CHECK(fputs("\"}\n{\"category\":\"test\",\"word\":\"20\"}\n", file) >= 0);
    CHECK(fclose(file) == 0);
    CHECK(scan(1, found, &totals) == CORD_OK);
    CHECK_U64(found->count, 2);
    CHECK(totals.refused >= 1);
    free(found);
    remove_file("a");
}

static void a_sink_that_fails_stops_the_scan(void)
{
    struct found *found = found_new();
    struct cord_scan_totals totals = {0};
    put_lines("a", LINES, NULL);
    found->stop_after = 3;
    CHECK(scan(2, found, &totals) == CORD_E_IO);
    CHECK_U64(found->count, 3);
    free(found);
    remove_file("a");
}

static void an_empty_file_is_read(void)
{
    struct found *found = found_new();
    struct cord_scan_totals totals = {0};
    put_lines("a", 0, NULL);
    CHECK(scan(2, found, &totals) == CORD_OK);
    CHECK_U64(totals.streams, 1);
    CHECK_U64(totals.streams_failed, 0);
    CHECK_U64(totals.records, 0);
    free(found);
    remove_file("a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(findings_leave_in_order_whatever_the_threads),
        KIT_TEST(a_broken_record_is_refused_and_the_rest_read),
        KIT_TEST(a_stream_cut_short_gives_what_was_there),
        KIT_TEST(a_record_beyond_the_limit_is_refused),
        KIT_TEST(a_sink_that_fails_stops_the_scan),
        KIT_TEST(an_empty_file_is_read),
    };
    if (!mkdtemp(folder)) {
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)rmdir(folder);
    return failed;
}
