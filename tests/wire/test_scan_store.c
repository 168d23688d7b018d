/* test_scan_store.c: what a scan reads is stored, once, and findings say where. */
#include "kit/kit.h"
#include "kit/kit_evidence.h"

#include "wire/scan.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FOUND_MAX = 20000 };

static const char rules_text[] = "title: Every tenth\n"
                                 "id: 5f0bca1c-0f3b-4d0e-8f57-0f6a4e3c0001\n"
                                 "name: tenth\n"
                                 "logsource:\n"
                                 "  category: test\n"
                                 "detection:\n"
                                 "  sel:\n"
                                 "    word|endswith: '0'\n"
                                 "  condition: sel\n"
                                 "---\n"
                                 "title: Many\n"
                                 "correlation:\n"
                                 "  type: event_count\n"
                                 "  rules: tenth\n"
                                 "  generate: true\n"
                                 "  group-by: [host]\n"
                                 "  timespan: 1h\n"
                                 "  condition: {gte: 3}\n";

struct found {
    struct {
        uint64_t evidence;
        uint64_t record;
        bool correlation;
    } items[FOUND_MAX];
    size_t count;
    size_t problems;
    unsigned batches_left; /* then the scan is stopped */
};

struct setting {
    char folder[64];
    struct kit_evidence evidence;
    struct cord_collection *collection;
    struct cord_ruleset *ruleset;
    struct cord_scan_into into;
    struct cord_scan_totals totals;
    struct cord_error err;
    struct found found;
    unsigned threads;
    unsigned stop_after; /* batches; 0: never */
};

static cord_status on_finding(void *self, const struct cord_finding *finding)
{
    struct found *found = self;
    CHECK(found->count < FOUND_MAX);
    found->items[found->count].evidence = finding->evidence;
    found->items[found->count].record = finding->record;
    found->items[found->count++].correlation = finding->correlation != NULL;
    return CORD_OK;
}

static cord_status on_problem(void *self, const struct cord_scan_problem *problem)
{
    struct found *found = self;
    (void)problem;
    found->problems++;
    return CORD_OK;
}

static bool on_progress(void *self, const struct cord_scan_totals *so_far)
{
    struct found *found = self;
    (void)so_far;
    return found->batches_left-- > 0;
}

static struct setting *setting_new(void)
{
    const struct cord_ruleset_options options = {.seed = 1};
    struct setting *setting = calloc(1, sizeof *setting);
    CHECK(setting != NULL);
    (void)snprintf(setting->folder, sizeof setting->folder, "/tmp/cord_scan_store_XXXXXX");
    CHECK(mkdtemp(setting->folder) != NULL);
    kit_evidence_init(&setting->evidence);
    setting->collection = cord_collection_new();
    CHECK(setting->collection != NULL);
    CHECK(cord_collection_add(setting->collection, CORD_STR("rules.yml"), cord_str_from(rules_text),
                              NULL) == CORD_OK);
    CHECK(cord_collection_finish(setting->collection, NULL) == CORD_OK);
    CHECK(cord_collection_refusal_count(setting->collection) == 0 ||
          cord_collection_refusal(setting->collection, 0)->warning);
    CHECK(cord_ruleset_compile(setting->collection, &options, &setting->ruleset, NULL) == CORD_OK);
    setting->into = (struct cord_scan_into){
        .evidence = &setting->evidence.base, .organisation = CORD_STR("RJ1"), .gather_bytes = 1};
    setting->threads = 1;
    return setting;
}

static void path_in(const struct setting *setting, const char *name, char path[128])
{
    (void)snprintf(path, 128, "%s/%s", setting->folder, name);
}

static void setting_free(struct setting *setting)
{
    static const char *const names[] = {"a", "b"};
    for (size_t i = 0; i < 2; i++) {
        char path[128];
        path_in(setting, names[i], path);
        (void)unlink(path);
    }
    CHECK(rmdir(setting->folder) == 0);
    cord_ruleset_unref(setting->ruleset);
    cord_collection_free(setting->collection);
    kit_evidence_done(&setting->evidence);
    free(setting);
}

/* Lines `from` to `to`; "word" says which line of which file it is. */
static void write_lines(const struct setting *setting, const char *name, unsigned from, unsigned to,
                        const char *mode)
{
    char path[128];
    path_in(setting, name, path);
    FILE *file = fopen(path, mode);
    CHECK(file != NULL);
    for (unsigned i = from; i <= to; i++) {
        (void)fprintf(
            file,
            "{\"category\":\"test\",\"host\":\"h\",\"@timestamp\":\"2026-11-22T04:00:00Z\","
            "\"word\":\"%s %u\"}\n",
            name, i);
    }
    CHECK(fclose(file) == 0);
}

static cord_status run(struct setting *setting)
{
    const char *const paths[] = {setting->folder};
    struct cord_walk *walk = NULL;
    const struct cord_scan_options options = {
        .threads = setting->threads,
        .from_ns = CORD_TIME_NONE,
        .to_ns = CORD_TIME_NONE,
        .now_ns = 77,
        .seed = 3,
        .record_bytes_max = 1 << 20,
        .collection = setting->collection,
        .correlation_bytes_max = 1 << 24,
        .into = &setting->into,
    };
    const struct cord_scan_sink sink = {on_finding, on_problem, on_progress, &setting->found};
    setting->found.count = 0;
    setting->found.batches_left = setting->stop_after ? setting->stop_after : UINT_MAX;
    setting->err.text[0] = '\0';
    CHECK(cord_walk_new(paths, 1, &walk, NULL) == CORD_OK);
    cord_status status =
        cord_scan_run(walk, setting->ruleset, &options, &sink, &setting->totals, &setting->err);
    cord_walk_free(walk);
    return status;
}

static cord_str word_of(const struct setting *setting, uint64_t sequence)
{
    CHECK(sequence > 0 && sequence <= cord_rows_count(setting->evidence.rows));
    const struct cord_row *row = cord_rows_at(setting->evidence.rows, (size_t)sequence - 1);
    return cord_row_value(row, &row->spans[3]);
}

/* Each finding names the stored event it is about; all of them are there. */
static void check_links(const struct setting *setting, size_t rules)
{
    size_t of_rules = 0;
    for (size_t i = 0; i < setting->found.count; i++) {
        cord_str word = word_of(setting, setting->found.items[i].evidence);
        CHECK(word.ptr[word.len - 1] == '0');
        if (!setting->found.items[i].correlation) {
            uint64_t number = 0;
            CHECK(cord_str_u64(cord_str_from_byte(word, 2), &number));
            CHECK_U64(number, setting->found.items[i].record);
            of_rules++;
        }
    }
    CHECK_U64(of_rules, rules);
    CHECK(setting->found.count > of_rules); /* and the correlation */
}

static void all_is_stored_and_findings_say_where(void)
{
    struct setting *setting = setting_new();
    write_lines(setting, "a", 1, 3000, "w");
    write_lines(setting, "b", 1, 1500, "w");
    for (unsigned threads = 1; threads <= 3; threads += 2) {
        size_t before = cord_rows_count(setting->evidence.rows);
        setting->threads = threads;
        setting->into.again = true;
        setting->into.gather_bytes = threads == 1 ? 1 : 300000;
        CHECK(run(setting) == CORD_OK);
        CHECK_U64(setting->totals.store.stored, 4500);
        CHECK_U64(cord_rows_count(setting->evidence.rows) - before, 4500);
        CHECK_U64(setting->evidence.committed, before + 4500);
        check_links(setting, 450);
    }
    const struct cord_origin *origin = cord_rows_origin_at(setting->evidence.rows, 0);
    char path[128];
    path_in(setting, "a", path);
    CHECK_STR(origin->organisation, "RJ1");
    CHECK_STR_EQ(origin->source, cord_str_from(path));
    CHECK_STR(origin->format, "json");
    CHECK_I64(cord_rows_at(setting->evidence.rows, 0)->received_ns, 77);
    setting_free(setting);
}

static void what_is_there_is_not_stored_again(void)
{
    struct setting *setting = setting_new();
    write_lines(setting, "a", 1, 1000, "w");
    write_lines(setting, "a", 1, 10, "a"); /* the same once more, in the same file */
    CHECK(run(setting) == CORD_OK);
    CHECK_U64(setting->totals.store.stored, 1010);

    /* The log grows, and another one has the very same lines. */
    write_lines(setting, "a", 1001, 1200, "a");
    write_lines(setting, "a", 1, 1, "a");
    CHECK(run(setting) == CORD_OK);
    CHECK_U64(setting->totals.store.stored, 201);
    CHECK_U64(setting->totals.store.already, 1010);
    CHECK_U64(cord_rows_count(setting->evidence.rows), 1211);
    for (size_t i = 0; i < setting->found.count; i++) {
        cord_str word = word_of(setting, setting->found.items[i].evidence);
        CHECK(word.ptr[word.len - 1] == '0');
    }
    setting_free(setting);
}

static void a_scan_that_was_interrupted_is_run_again(void)
{
    struct setting *setting = setting_new();
    write_lines(setting, "a", 1, 18000, "w");
    write_lines(setting, "b", 1, 2000, "w");
    size_t rounds = 0;
    for (;; rounds++) {
        CHECK(rounds < 100);
        setting->evidence.appends_left = 3;
        setting->threads = 1 + (unsigned)rounds % 2;
        cord_status status = run(setting);
        CHECK_U64(setting->evidence.committed, cord_rows_count(setting->evidence.rows));
        if (status == CORD_OK) {
            break;
        }
        CHECK(status == CORD_E_LIMIT);
        CHECK(strstr(setting->err.text, "full") != NULL);
    }
    CHECK(rounds > 2);
    CHECK_U64(cord_rows_count(setting->evidence.rows), 20000);
    check_links(setting, 2000);
    setting_free(setting);
}

static void check_stopped(unsigned threads, unsigned lines)
{
    struct setting *setting = setting_new();
    write_lines(setting, "a", 1, lines, "w");
    setting->into.gather_bytes = 1 << 16;
    setting->stop_after = 2;
    setting->threads = threads;
    CHECK(run(setting) == CORD_E_END);
    size_t stored = cord_rows_count(setting->evidence.rows);
    CHECK(stored > 0 && stored < lines);
    CHECK_U64(setting->totals.store.stored, stored);
    setting->stop_after = 0;
    CHECK(run(setting) == CORD_OK);
    CHECK_U64(setting->totals.store.already, stored);
    CHECK_U64(cord_rows_count(setting->evidence.rows), lines);
    check_links(setting, lines / 10);
    setting_free(setting);
}

static void a_scan_that_is_stopped_stores_what_it_read(void)
{
    check_stopped(1, 6000);
    /* More than a second thread may read ahead while the first result leaves:
     * 64 batches of 64 KiB. */
    check_stopped(2, 70000);
}

static void files_may_be_one_source(void)
{
    struct setting *setting = setting_new();
    setting->into.source = CORD_STR("mail");
    write_lines(setting, "a", 1, 100, "w");
    CHECK(run(setting) == CORD_OK);
    CHECK_U64(setting->totals.store.stored, 100);
    write_lines(setting, "b", 1, 100, "w");
    CHECK(run(setting) == CORD_OK);
    CHECK_U64(setting->totals.store.stored, 100);
    CHECK_U64(setting->totals.store.already, 100);
    CHECK_STR(cord_rows_origin_at(setting->evidence.rows, 0)->source, "mail");
    CHECK_U64(cord_rows_origin_count(setting->evidence.rows), 1);
    setting_free(setting);
}

KIT_MAIN(KIT_TEST(all_is_stored_and_findings_say_where),
         KIT_TEST(what_is_there_is_not_stored_again),
         KIT_TEST(a_scan_that_was_interrupted_is_run_again),
         KIT_TEST(a_scan_that_is_stopped_stores_what_it_read), KIT_TEST(files_may_be_one_source))
