/* test_search.c: a store is searched: the right rows, in order, whatever they are in. */
#include "evidence/search_merge.h"
#include "kit/kit.h"
#include "kit/kit_store.h"
#include "kit/make_query.h"
#include "kit/naive_query.h"
#include "kit/run_query.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { APPENDS = 12, ROWS_EACH = 40, QUERIES = 120, BYTES = 4096 };

/* A store with some blocks and some rows that are in none, and all of them as rows. */
struct fixture {
    char path[64];
    struct cord_store *store;
    struct cord_evidence *evidence;
    struct cord_rows *all;
    uint32_t *order; /* of all, newest first */
};

struct random_bytes {
    uint8_t bytes[BYTES];
    struct kit_bytes source;
};

static void draw(struct random_bytes *random, uint32_t seed)
{
    for (size_t i = 0; i < BYTES; i++) {
        seed = seed * 1664525u + 1013904223u;
        random->bytes[i] = (uint8_t)(seed >> 19);
    }
    random->source = (struct kit_bytes){random->bytes, BYTES};
}

static int newest_first(const void *a, const void *b, void *context)
{
    const struct cord_row *x = cord_rows_at(context, *(const uint32_t *)a);
    const struct cord_row *y = cord_rows_at(context, *(const uint32_t *)b);
    if (cord_row_when(x) != cord_row_when(y)) {
        return cord_row_when(x) > cord_row_when(y) ? -1 : 1;
    }
    return x->sequence > y->sequence ? -1 : 1;
}

static void open_fixture(struct fixture *fixture,
                         void (*make)(struct kit_bytes *source, struct cord_rows *rows,
                                      size_t count))
{
    const struct cord_store_options options = {.create = true, .seed = 3};
    struct cord_error err = {""};
    struct cord_rows *rows = cord_rows_new(1 << 24, 1);
    kit_store_dir(fixture->path);
    CHECK(cord_store_open(fixture->path, &options, &fixture->store, &err) == CORD_OK);
    fixture->evidence = cord_store_evidence(fixture->store);
    fixture->all = cord_rows_new(1 << 26, 1);
    CHECK(rows && fixture->all);
    for (uint32_t i = 0; i < APPENDS; i++) {
        struct random_bytes random;
        draw(&random, i + 1);
        cord_rows_reset(rows);
        make(&random.source, rows, ROWS_EACH);
        CHECK(fixture->evidence->ops->append(fixture->evidence, rows, &err) == CORD_OK);
        for (size_t at = 0; at < cord_rows_count(rows); at++) {
            CHECK(cord_rows_copy(fixture->all, rows, at) == CORD_OK);
        }
        if (i % 3 == 2 && i + 1 < APPENDS) {
            CHECK(cord_store_flush(fixture->store, &err) == CORD_OK);
        }
    }
    size_t count = cord_rows_count(fixture->all);
    fixture->order = calloc(count, sizeof *fixture->order);
    CHECK(fixture->order != NULL);
    for (uint32_t i = 0; i < count; i++) {
        fixture->order[i] = i;
    }
    qsort_r(fixture->order, count, sizeof *fixture->order, newest_first, fixture->all);
    cord_rows_free(rows);
}

static void close_fixture(struct fixture *fixture)
{
    cord_store_close(fixture->store);
    cord_rows_free(fixture->all);
    free(fixture->order);
    kit_store_remove(fixture->path);
}

struct given {
    uint64_t sequences[APPENDS * ROWS_EACH];
    size_t count;
    size_t stop_at; /* rows; 0: never */
    size_t progress_calls;
    size_t progress_max; /* cancels behind it; 0: never */
};

static cord_status take_row(void *self, const struct cord_rows *rows, size_t at)
{
    struct given *given = self;
    CHECK(given->count < APPENDS * ROWS_EACH);
    given->sequences[given->count++] = cord_rows_at(rows, at)->sequence;
    return given->stop_at > 0 && given->count == given->stop_at ? CORD_E_IO : CORD_OK;
}

static bool take_progress(void *self, const struct cord_search_progress *progress)
{
    struct given *given = self;
    CHECK(progress->blocks >=
          progress->blocks_skipped + progress->blocks_counted + progress->blocks_searched);
    given->progress_calls++;
    return given->progress_max == 0 || given->progress_calls <= given->progress_max;
}

static bool is_wanted(const struct fixture *fixture, const struct cord_query *query,
                      const struct cord_search_options *options, uint32_t at)
{
    const struct cord_row *row = cord_rows_at(fixture->all, at);
    const struct cord_origin *origin = cord_rows_origin_at(fixture->all, row->origin);
    return (options->from_ns == CORD_TIME_NONE || cord_row_when(row) >= options->from_ns) &&
           (options->to_ns == CORD_TIME_NONE || cord_row_when(row) < options->to_ns) &&
           (options->organisation.len == 0 ||
            cord_str_eq(options->organisation, origin->organisation)) &&
           (options->source.len == 0 || cord_str_eq(options->source, origin->source)) &&
           naive_query_matches(cord_query_condition(query), fixture->all, at);
}

static void check_rows(struct fixture *fixture, const char *text,
                       const struct cord_search_options *options)
{
    struct given given = {.count = 0};
    const struct cord_search_sink sink = {take_row, take_progress, &given};
    struct cord_search_progress progress;
    struct cord_query *query = NULL;
    struct cord_error err = {""};
    CHECK(cord_query_parse(cord_str_from(text), &query, &err) == CORD_OK);
    CHECK(fixture->evidence->ops->search(fixture->evidence, query, options, &sink, NULL, &progress,
                                         &err) == CORD_OK);
    size_t met = 0;
    for (size_t i = 0; i < cord_rows_count(fixture->all); i++) {
        uint32_t at = fixture->order[i];
        if ((options->limit == 0 || met < options->limit) &&
            is_wanted(fixture, query, options, at)) {
            if (met >= given.count ||
                given.sequences[met] != cord_rows_at(fixture->all, at)->sequence) {
                print_error("%s: row %u of %u is another\n", text, (unsigned)met,
                            (unsigned)given.count);
                fail();
            }
            met++;
        }
    }
    CHECK_U64(given.count, met);
    CHECK_U64(progress.blocks_damaged, 0);
    if (options->limit == 0) {
        CHECK_U64(progress.rows_matched, met);
        CHECK_U64(progress.blocks, progress.blocks_skipped + progress.blocks_searched);
        CHECK_U64(progress.rows, cord_rows_count(fixture->all));
    }
    cord_query_free(query);
}

static void rows_come_newest_first(void)
{
    struct fixture fixture;
    struct random_bytes random;
    open_fixture(&fixture, make_query_rows);
    for (uint32_t i = 0; i < QUERIES; i++) {
        struct cord_search_options options = {.from_ns = CORD_TIME_NONE,
                                              .to_ns = CORD_TIME_NONE,
                                              .limit = i % 3 == 0 ? i % 7 : 0,
                                              .threads = i % 2 == 0 ? 1 : 3};
        const struct cord_row *some =
            cord_rows_at(fixture.all, i * 3 % cord_rows_count(fixture.all));
        const struct cord_origin *origin = cord_rows_origin_at(fixture.all, some->origin);
        struct cord_buf text;
        cord_buf_init(&text, 1 << 16);
        draw(&random, i + 1000);
        make_query_condition(&random.source, &text);
        cord_buf_put_char(&text, '\0');
        options.from_ns = i % 5 == 1 ? cord_row_when(some) : CORD_TIME_NONE;
        options.to_ns = i % 5 == 2 ? cord_row_when(some) : CORD_TIME_NONE;
        options.organisation = i % 5 == 3 ? origin->organisation : CORD_STR("");
        options.source = i % 5 == 4 ? origin->source : CORD_STR("");
        check_rows(&fixture, text.ptr, &options);
        cord_buf_done(&text);
    }
    static const char *const plain[] = {"*",
                                        "a",
                                        "NOT a",
                                        "org:*",
                                        "class:*",
                                        "n:>1",
                                        "time:<2026-11-21T21:26:41Z",
                                        "source:absent"};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        struct cord_search_options options = {
            .from_ns = CORD_TIME_NONE, .to_ns = CORD_TIME_NONE, .threads = 2};
        check_rows(&fixture, plain[i], &options);
        options.limit = 1;
        check_rows(&fixture, plain[i], &options);
    }
    close_fixture(&fixture);
}

/* How many blocks were counted and skipped is added to *done. */
static void check_pipeline(struct fixture *fixture, cord_str text, unsigned threads,
                           struct cord_search_progress *done)
{
    const struct cord_search_options options = {
        .from_ns = CORD_TIME_NONE, .to_ns = CORD_TIME_NONE, .threads = threads};
    const struct cord_tally_options tally_options = {.bytes_max = 1 << 26, .seed = 4};
    struct cord_search_progress progress;
    struct cord_query *query = NULL;
    struct cord_error err = {""};
    struct cord_buf wanted;
    struct cord_buf got;
    uint64_t limit = 0;
    const struct cord_query_field *keys[2 * CORD_QUERY_FIELDS_MAX];
    size_t key_count = 0;
    cord_buf_init(&wanted, 1 << 24);
    cord_buf_init(&got, 1 << 24);
    CHECK(cord_query_parse(text, &query, &err) == CORD_OK);
    if (cord_tally_is_needed(query, &limit)) {
        struct cord_tally *tally = cord_tally_new(query, &tally_options);
        CHECK(tally != NULL);
        CHECK(fixture->evidence->ops->search(fixture->evidence, query, &options, NULL, tally,
                                             &progress, &err) == CORD_OK);
        CHECK(cord_tally_finish(tally) == CORD_OK);
        if (cord_tally_keys(tally, keys, &key_count)) {
            CHECK_U64(cord_evidence_blocks_left(&progress), 0);
            CHECK_U64(progress.rows, cord_rows_count(fixture->all));
            done->blocks += progress.blocks;
            done->blocks_skipped += progress.blocks_skipped;
            done->blocks_counted += progress.blocks_counted;
        }
        run_query_print(tally, &got);
        (void)run_query(query, fixture->all, &tally_options, 1, &wanted);
        if (!cord_str_eq(cord_buf_str(&wanted), cord_buf_str(&got))) {
            print_error("%.*s\ngave\n%.*s\nand is\n%.*s\n", CORD_STR_ARG(text),
                        CORD_STR_ARG(cord_buf_str(&got)), CORD_STR_ARG(cord_buf_str(&wanted)));
            fail();
        }
        cord_tally_free(tally);
    }
    cord_query_free(query);
    cord_buf_done(&wanted);
    cord_buf_done(&got);
}

static void pipelines_come_to_the_same_by_columns_and_by_rows(void)
{
    struct fixture fixture;
    struct random_bytes random;
    struct cord_search_progress done = {0};
    open_fixture(&fixture, make_query_rows);
    for (uint32_t i = 0; i < QUERIES; i++) {
        struct cord_buf text;
        cord_buf_init(&text, 1 << 16);
        draw(&random, i + 5000);
        if (i % 2 == 0) {
            make_query_condition(&random.source, &text);
        } else {
            cord_buf_put_char(&text, '*');
        }
        make_query_pipeline(&random.source, &text);
        check_pipeline(&fixture, cord_buf_str(&text), 1 + i % 3, &done);
        cord_buf_done(&text);
    }
    static const char *const plain[] = {"* | count",
                                        "* | count by n, Image",
                                        "* | count by dns.answers, class",
                                        "* | top 3 Image",
                                        "* | timeline 1s by host",
                                        "* | distinct n by org",
                                        "n:1 | count by user",
                                        "a | timeline 1m",
                                        "* | stats avg(n), count by source",
                                        "* | first 7",
                                        "* | last 5",
                                        "* | sort n | head 4",
                                        "* | count by org, class",
                                        "class:* | count by format",
                                        "* | timeline 1h by source",
                                        "* | distinct class by org",
                                        "org:A | count",
                                        "* | count by raw",
                                        "* | count by dns.answers[1]"};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        check_pipeline(&fixture, cord_str_from(plain[i]), 1, &done);
        check_pipeline(&fixture, cord_str_from(plain[i]), 3, &done);
    }
    close_fixture(&fixture);
}

/* All blocks are counted or skipped, none is opened. */
static void check_unopened(struct fixture *fixture, const char *text)
{
    struct cord_search_progress done = {0};
    check_pipeline(fixture, cord_str_from(text), 2, &done);
    if (done.blocks_skipped + done.blocks_counted != done.blocks || done.blocks == 0) {
        print_error("%s: %u of %u blocks were opened\n", text,
                    (unsigned)(done.blocks - done.blocks_skipped - done.blocks_counted),
                    (unsigned)done.blocks);
        fail();
    }
}

static void summaries_come_to_the_same_as_rows(void)
{
    static const char *const unopened[] = {
        "* | count by n",
        "* | top 3 Image",
        "n:10 | count",
        "NOT n:10 | count by source, n",
        "* | distinct answer",
        "* | count by .proc.image",
        "absent:* | count by n",
        "absent:1 OR n:[5 TO 20] | count by n | sort n",
        "* | count by host, absent, org",
        "* | count by class",
        "class:ab* | count by org",
        "NOT class:* | count by class",
        "host:a | timeline 1w",
    };
    struct fixture fixture;
    struct random_bytes random;
    struct cord_search_progress done = {0};
    open_fixture(&fixture, make_query_plain_rows);
    for (uint32_t i = 0; i < QUERIES * 2; i++) {
        struct cord_buf text;
        cord_buf_init(&text, 1 << 16);
        draw(&random, i + 9000);
        make_query_plain_condition(&random.source, &text);
        make_query_pipeline(&random.source, &text);
        check_pipeline(&fixture, cord_buf_str(&text), 1 + i % 3, &done);
        cord_buf_done(&text);
    }
    CHECK(done.blocks_counted > done.blocks / 10 && done.blocks_skipped > done.blocks / 10);
    CHECK(done.blocks_counted + done.blocks_skipped < done.blocks);
    for (size_t i = 0; i < sizeof unopened / sizeof *unopened; i++) {
        check_unopened(&fixture, unopened[i]);
    }
    close_fixture(&fixture);
}

static void rows_are_not_looked_for_where_a_summary_says_that_there_are_none(void)
{
    const struct cord_search_options options = {
        .from_ns = CORD_TIME_NONE, .to_ns = CORD_TIME_NONE, .threads = 2};
    static const char *const absent[] = {"n:77", "absent:*", "host:z AND n:10", "Image:/q/"};
    struct fixture fixture;
    open_fixture(&fixture, make_query_plain_rows);
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
        struct cord_search_progress progress = {0};
        struct cord_query *query = NULL;
        struct given given = {.count = 0};
        const struct cord_search_sink sink = {take_row, take_progress, &given};
        check_rows(&fixture, absent[i], &options);
        CHECK(cord_query_parse(cord_str_from(absent[i]), &query, NULL) == CORD_OK);
        CHECK(fixture.evidence->ops->search(fixture.evidence, query, &options, &sink, NULL,
                                            &progress, NULL) == CORD_OK);
        CHECK(given.count == 0 && progress.blocks > 0);
        CHECK_STR(cord_str_from(progress.blocks_skipped == progress.blocks ? "" : absent[i]), "");
        cord_query_free(query);
    }
    close_fixture(&fixture);
}

static void a_sink_ends_the_search(void)
{
    struct fixture fixture;
    struct cord_search_options options = {
        .from_ns = CORD_TIME_NONE, .to_ns = CORD_TIME_NONE, .threads = 2};
    struct cord_query *query = NULL;
    open_fixture(&fixture, make_query_rows);
    CHECK(cord_query_parse(CORD_STR("*"), &query, NULL) == CORD_OK);
    for (int cancel = 0; cancel < 2; cancel++) {
        struct given given = {.stop_at = cancel ? 0 : 3, .progress_max = cancel ? 1 : 0};
        const struct cord_search_sink sink = {take_row, take_progress, &given};
        struct cord_search_progress progress;
        CHECK(fixture.evidence->ops->search(fixture.evidence, query, &options, &sink, NULL,
                                            &progress, NULL) == (cancel ? CORD_E_END : CORD_E_IO));
        CHECK(cancel ? given.progress_calls == 2 : given.count == 3);
    }
    cord_query_free(query);
    close_fixture(&fixture);
}

static void damage_is_counted_and_the_rest_found(void)
{
    const struct cord_store_options options = {.create = true};
    const struct cord_search_options all = {
        .from_ns = CORD_TIME_NONE, .to_ns = CORD_TIME_NONE, .threads = 1};
    struct cord_store *store = NULL;
    struct cord_query *query = NULL;
    char path[64];
    char name[160];
    kit_store_dir(path);
    CHECK(cord_store_open(path, &options, &store, NULL) == CORD_OK);
    CHECK(kit_store_fill(store, 0, 100, 50) == CORD_OK);
    CHECK(cord_store_flush(store, NULL) == CORD_OK);
    CHECK(kit_store_fill(store, 100, 50, 50) == CORD_OK);
    (void)snprintf(name, sizeof name, "find %s/segments -name '*.seg' | head -1", path);
    FILE *list = popen(name, "r"); /* NOLINT(cert-env33-c): a path of our own */
    char found[160] = "";
    CHECK(list && fgets(found, sizeof found, list));
    (void)pclose(list);
    found[strcspn(found, "\n")] = '\0';
    int file = open(found, O_RDWR | O_CLOEXEC);
    char bytes[16] = {0};
    CHECK(file >= 0 && pwrite(file, bytes, sizeof bytes, 200) == (ssize_t)sizeof bytes);
    (void)close(file);
    CHECK(cord_query_parse(CORD_STR("*"), &query, NULL) == CORD_OK);
    struct given given = {.count = 0};
    const struct cord_search_sink sink = {take_row, take_progress, &given};
    struct cord_search_progress progress;
    struct cord_evidence *evidence = cord_store_evidence(store);
    CHECK(evidence->ops->search(evidence, query, &all, &sink, NULL, &progress, NULL) == CORD_OK);
    CHECK(progress.blocks_damaged >= 1 && progress.blocks_damaged <= progress.blocks_searched);
    CHECK(given.count >= 50 && given.count < 150);
    cord_query_free(query);
    cord_store_close(store);
    kit_store_remove(path);
}

static void keeps_the_first_and_says_that_it_dropped(void)
{
    struct cord_search_merge merge;
    struct cord_search_ref ref = {0};
    cord_search_merge_init(&merge, 3, false);
    for (uint32_t i = 0; i < 50; i++) {
        ref = (struct cord_search_ref){.when_ns = i * 7 % 50, .sequence = i};
        CHECK(cord_search_merge_add(&merge, &ref, 1) == CORD_OK);
    }
    CHECK(merge.dropped && !cord_search_merge_wants(&merge, 1));
    CHECK(!cord_search_merge_take(&merge, 49, true, &ref));
    for (int64_t when = 49; when > 46; when--) {
        CHECK(cord_search_merge_take(&merge, 46, true, &ref) && ref.when_ns == when);
    }
    CHECK(merge.count <= 3);
    cord_search_merge_done(&merge);
    cord_search_merge_init(&merge, 100, true);
    for (uint32_t i = 0; i < 50; i++) {
        ref = (struct cord_search_ref){.when_ns = i / 2, .sequence = 100 - i};
        CHECK(cord_search_merge_add(&merge, &ref, 1) == CORD_OK);
    }
    for (int64_t i = 0; i < 50; i++) {
        uint64_t before = ref.sequence;
        CHECK(cord_search_merge_take(&merge, 0, false, &ref) && ref.when_ns == i / 2);
        CHECK(i % 2 == 0 || ref.sequence > before);
    }
    CHECK(!merge.dropped && !cord_search_merge_take(&merge, 0, false, &ref));
    cord_search_merge_done(&merge);
}

KIT_MAIN(KIT_TEST(rows_come_newest_first),
         KIT_TEST(pipelines_come_to_the_same_by_columns_and_by_rows),
         KIT_TEST(summaries_come_to_the_same_as_rows),
         KIT_TEST(rows_are_not_looked_for_where_a_summary_says_that_there_are_none),
         KIT_TEST(a_sink_ends_the_search), KIT_TEST(damage_is_counted_and_the_rest_found),
         KIT_TEST(keeps_the_first_and_says_that_it_dropped))
