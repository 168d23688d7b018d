/*
 * test_scan_kept.c: a scan into a real store: everything once, whatever ends it,
 * and rules run backwards find there what the scan found.
 */
#include "kit/kit.h"
#include "kit/kit_store.h"

#include "wire/backtest.h"
#include "wire/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RULES_MAX = 64, EVENTS = 1500 };

struct job {
    struct cord_collection *collection;
    struct cord_ruleset *ruleset;
    struct cord_walk *walk;
    struct cord_scan_totals totals;
    uint64_t hits[RULES_MAX]; /* by rule */
    uint64_t unlinked;        /* findings without evidence */
    uint64_t problems;
};

static cord_status on_finding(void *self, const struct cord_finding *finding)
{
    struct job *job = self;
    CHECK(finding->rule && finding->rule->number < RULES_MAX);
    job->hits[finding->rule->number]++;
    job->unlinked += finding->evidence == 0;
    return CORD_OK;
}

static cord_status on_problem(void *self, const struct cord_scan_problem *problem)
{
    struct job *job = self;
    (void)problem;
    job->problems++;
    return CORD_OK;
}

static void add_rules(struct cord_collection *collection, const char *folder)
{
    struct cord_walk *walk = NULL;
    CHECK(cord_walk_new(&folder, 1, &walk, NULL) == CORD_OK);
    for (size_t i = 0; i < cord_walk_count(walk); i++) {
        const struct cord_walk_item *item = cord_walk_item(walk, i);
        cord_str text = kit_read_file(item->path);
        CHECK(cord_collection_add(collection, item->name, text, NULL) == CORD_OK);
        free((void *)(uintptr_t)text.ptr);
    }
    cord_walk_free(walk);
}

/* rules NULL: none. */
static void job_init(struct job *job, const char *rules, const char *logs)
{
    *job = (struct job){.unlinked = 0};
    job->collection = cord_collection_new();
    CHECK(job->collection != NULL);
    if (rules) {
        add_rules(job->collection, rules);
    }
    CHECK(cord_collection_finish(job->collection, NULL) == CORD_OK);
    CHECK(cord_ruleset_compile(job->collection, NULL, &job->ruleset, NULL) == CORD_OK);
    CHECK(cord_walk_new(&logs, 1, &job->walk, NULL) == CORD_OK);
}

static void job_done(struct job *job)
{
    cord_walk_free(job->walk);
    cord_ruleset_unref(job->ruleset);
    cord_collection_free(job->collection);
}

static struct cord_store *open_store(const char *path, const struct cord_files *files)
{
    const struct cord_store_options options = {
        .create = true, .bulk = true, .seed = 1, .files = files};
    struct cord_store *store = NULL;
    CHECK(cord_store_open(path, &options, &store, NULL) == CORD_OK);
    return store;
}

static cord_status scan(struct job *job, struct cord_store *store, size_t gather_bytes)
{
    const struct cord_scan_into into = {.evidence = cord_store_evidence(store),
                                        .organisation = CORD_STR("RJ1"),
                                        .gather_bytes = gather_bytes};
    const struct cord_scan_options options = {
        .threads = 2,
        .from_ns = CORD_TIME_NONE,
        .to_ns = CORD_TIME_NONE,
        .record_bytes_max = 1 << 20,
        .seed = 1,
        .collection = job->collection,
        .correlation_bytes_max = 1 << 20,
        .into = &into,
    };
    const struct cord_scan_sink sink = {on_finding, on_problem, NULL, job};
    memset(job->hits, 0, sizeof job->hits);
    return cord_scan_run(job->walk, job->ruleset, &options, &sink, &job->totals, NULL);
}

static void rules_run_backwards_find_what_the_scan_found(void)
{
    struct job job;
    char path[64];
    struct cord_backtest *backtest = NULL;
    struct cord_backtest_rows rows;
    const struct cord_backtest_options options = {
        .examples_max = 3, .correlation_bytes_max = 1 << 20, .seed = 2};
    const struct cord_backtest_search search = {.from_ns = CORD_TIME_NONE, .to_ns = CORD_TIME_NONE};
    kit_store_dir(path);
    job_init(&job, CORD_SOURCE_DIR "/samples/rules", CORD_SOURCE_DIR "/samples/logs");
    struct cord_store *store = open_store(path, NULL);
    CHECK(scan(&job, store, 0) == CORD_OK);
    CHECK(job.totals.store.stored == job.totals.read && job.totals.findings > 40);
    CHECK_U64(job.unlinked, 0);

    CHECK(cord_backtest_new(job.collection, &options, &backtest, NULL) == CORD_OK);
    CHECK(cord_backtest_run(backtest, cord_store_evidence(store), &search, &rows, NULL) == CORD_OK);
    CHECK(cord_backtest_finish(backtest) == CORD_OK);
    CHECK(rows.search.rows_matched <= job.totals.read && rows.search.blocks_damaged == 0);
    uint64_t hits = 0;
    for (size_t i = 0; i < cord_backtest_result_count(backtest); i++) {
        const struct cord_backtest_result *result = cord_backtest_result(backtest, i);
        CHECK_U64(result->hits, job.hits[result->rule->number]);
        CHECK(result->example_count > 0 || result->hits == 0);
        hits += result->hits;
    }
    CHECK_U64(hits, job.totals.findings);
    cord_backtest_free(backtest);
    cord_store_close(store);
    job_done(&job);
    kit_store_remove(path);
}

static void write_log(const char *path)
{
    FILE *file = fopen(path, "w");
    CHECK(file != NULL);
    for (unsigned i = 0; i < EVENTS; i++) {
        (void)fprintf(file, "{\"n\":%u,\"text\":\"%064u\"}\n", i, i * 7919);
    }
    CHECK(fclose(file) == 0);
}

struct census {
    unsigned char seen[EVENTS];
    uint64_t rows;
};

static cord_status count_row(void *self, const struct cord_rows *rows, size_t at)
{
    struct census *census = self;
    const struct cord_row *row = cord_rows_at(rows, at);
    uint64_t number = EVENTS;
    CHECK(cord_str_u64(cord_row_value(row, &row->spans[0]), &number) && number < EVENTS);
    census->seen[number]++;
    census->rows++;
    return CORD_OK;
}

static void check_once(struct cord_store *store)
{
    struct census census = {.rows = 0};
    struct cord_search_progress progress;
    struct cord_query *query = NULL;
    struct cord_evidence *evidence = cord_store_evidence(store);
    const struct cord_search_options options = {.from_ns = CORD_TIME_NONE, .to_ns = CORD_TIME_NONE};
    const struct cord_search_sink sink = {count_row, NULL, &census};
    CHECK(cord_query_parse(CORD_STR(""), &query, NULL) == CORD_OK);
    CHECK(evidence->ops->search(evidence, query, &options, &sink, NULL, &progress, NULL) ==
          CORD_OK);
    cord_query_free(query);
    CHECK_U64(census.rows, EVENTS);
    for (size_t i = 0; i < EVENTS; i++) {
        CHECK(census.seen[i] == 1);
    }
}

/* As kill -9 at the nth write, rename or sync; false: there were not so many. */
static bool scan_and_die(const char *path, const char *log, size_t nth)
{
    int ended = 0;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        struct kit_store_fault fault;
        struct job job;
        kit_store_fault_init(&fault, nth, 0);
        job_init(&job, NULL, log);
        (void)scan(&job, open_store(path, &fault.files), 40000);
        _exit(fault.touches >= nth ? 1 : 0);
    }
    CHECK(waitpid(child, &ended, 0) == child);
    return !WIFEXITED(ended) || WEXITSTATUS(ended) != 0;
}

static void whatever_ends_a_scan_the_next_completes_it(void)
{
    char folder[64];
    char log[128];
    size_t deaths = 0;
    kit_store_dir(folder);
    (void)snprintf(log, sizeof log, "%s/log.json", folder);
    write_log(log);
    for (size_t nth = 1;; nth += 1 + nth / 8) {
        struct job job;
        char path[128];
        (void)snprintf(path, sizeof path, "%s/store", folder);
        bool died = scan_and_die(path, log, nth);
        job_init(&job, NULL, log);
        struct cord_store *store = open_store(path, NULL);
        CHECK(scan(&job, store, 40000) == CORD_OK);
        CHECK_U64(job.totals.store.stored + job.totals.store.already, EVENTS);
        CHECK(died || job.totals.store.stored == 0);
        check_once(store);
        cord_store_close(store);
        job_done(&job);
        kit_store_remove(path);
        if (!died) {
            break;
        }
        deaths++;
    }
    CHECK(deaths > 5);
    kit_store_remove(folder);
}

KIT_MAIN(KIT_TEST(rules_run_backwards_find_what_the_scan_found),
         KIT_TEST(whatever_ends_a_scan_the_next_completes_it))
