/* hunt_rule.c: see hunt_rule.h. */
#include "cmd/hunt_rule.h"

#include "cmd/command.h"
#include "cmd/hunt_rule_report.h"
#include "wire/rule_files.h"

#include <stdlib.h>

/* Rules, and what is counted of them. */
struct run {
    const struct hunt_rule *hunt;
    struct cord_collection *collection;
    struct cord_backtest *backtest;
    uint64_t problems;
};

static cord_status run_init(struct run *run, const struct hunt_rule *hunt, struct cord_error *err)
{
    size_t files = 0;
    const struct cord_rule_files rule_files = {.rules = hunt->rules};
    const struct cord_backtest_options options = {
        .examples_max = hunt->examples_max,
        .correlation_bytes_max = hunt->correlation_bytes_max,
        .seed = hunt->seed,
    };
    *run = (struct run){.hunt = hunt};
    cord_status status = cord_rule_files_load(&rule_files, &run->collection, &files, err);
    if (status != CORD_OK) {
        return status;
    }
    for (size_t i = 0; i < cord_collection_refusal_count(run->collection); i++) {
        const struct cord_rule_refusal *refusal = cord_collection_refusal(run->collection, i);
        if (!refusal->warning && !hunt->quiet) {
            (void)fprintf(stderr, "cordon hunt: %.*s:%u: %.*s\n", CORD_STR_ARG(refusal->file),
                          refusal->line, CORD_STR_ARG(refusal->reason));
        }
    }
    if (cord_collection_rule_count(run->collection) == 0) {
        return cord_error_set(err, CORD_E_NOENT, "no usable rule in %zu files", files);
    }
    return cord_backtest_new(run->collection, &options, &run->backtest, err);
}

static void run_done(struct run *run)
{
    cord_backtest_free(run->backtest);
    cord_collection_free(run->collection);
}

static bool on_progress(void *self, const struct cord_search_progress *progress)
{
    const struct run *run = self;
    uint64_t done = progress->blocks - cord_evidence_blocks_left(progress);
    if (run->hunt->progress) {
        (void)fprintf(run->hunt->progress, "\r%llu of %llu blocks, %llu events\033[K",
                      (unsigned long long)done, (unsigned long long)progress->blocks,
                      (unsigned long long)progress->rows_matched);
    }
    return !run->hunt->go_on || run->hunt->go_on(run->hunt->self);
}

static void clear_progress(const struct run *run)
{
    if (run->hunt->progress) {
        (void)fputs("\r\033[K", run->hunt->progress);
    }
}

static cord_status report(const struct run *run, const struct hunt_rule_report *about,
                          struct cord_error *err)
{
    cord_status status = cord_backtest_finish(run->backtest);
    if (status == CORD_OK) {
        status = run->hunt->json ? hunt_rule_report_json(about, run->hunt->out)
                                 : hunt_rule_report_text(about, run->hunt->out);
    }
    if (status == CORD_E_IO) {
        return cord_error_errno(err, "writing the output");
    }
    return status == CORD_OK ? CORD_OK : cord_error_set(err, status, "%s", cord_error_name(status));
}

static cord_status search_store(struct run *run, struct cord_store *store, uint64_t *ret_damaged,
                                struct cord_error *err)
{
    const struct hunt_rule *hunt = run->hunt;
    struct cord_backtest_rows rows = {.too_large = 0};
    struct cord_evidence *evidence = cord_store_evidence(store);
    struct cord_evidence_stats stats;
    const struct cord_backtest_search search = {
        .from_ns = hunt->from_ns,
        .to_ns = hunt->to_ns,
        .organisation = hunt->organisation,
        .source = hunt->source,
        .progress = on_progress,
        .self = run,
    };
    cord_status status = evidence->ops->stats(evidence, &stats, err);
    if (status == CORD_OK) {
        status = cord_backtest_run(run->backtest, evidence, &search, &rows, err);
        clear_progress(run);
    }
    bool cancelled = status == CORD_E_END;
    if (status != CORD_OK && !cancelled) {
        return status;
    }
    const struct hunt_rule_report about = {
        .backtest = run->backtest,
        .store = store,
        .cancelled = cancelled,
        .events = stats.rows,
        .looked_at = rows.search.rows_matched - rows.too_large,
        .unreadable = rows.too_large,
        .blocks = rows.search.blocks,
        .blocks_skipped = rows.search.blocks_skipped,
        .blocks_damaged = rows.search.blocks_damaged,
        .matcher = rows.matcher,
        .correlator = rows.correlator,
    };
    *ret_damaged = rows.search.blocks_damaged;
    return report(run, &about, err);
}

cord_status hunt_rule_store(const struct hunt_rule *hunt, const char *path, uint64_t *ret_damaged,
                            struct cord_error *err)
{
    struct run run;
    const struct cord_store_options options = {.read_only = true, .seed = hunt->seed};
    struct cord_store *store = NULL;
    cord_status status = run_init(&run, hunt, err);
    if (status == CORD_OK) {
        status = cord_store_open(path, &options, &store, err);
    }
    if (status == CORD_OK && !hunt->quiet) {
        command_notes(hunt->command, cord_store_notes(store));
    }
    if (status == CORD_OK) {
        status = search_store(&run, store, ret_damaged, err);
    }
    cord_store_close(store);
    run_done(&run);
    return status;
}

static bool on_scan_progress(void *self, const struct cord_scan_totals *so_far)
{
    const struct run *run = self;
    if (run->hunt->progress) {
        (void)fprintf(run->hunt->progress, "\r%llu events\033[K", (unsigned long long)so_far->read);
    }
    return !run->hunt->go_on || run->hunt->go_on(run->hunt->self);
}

static cord_status on_finding(void *self, const struct cord_finding *finding)
{
    const struct run *run = self;
    return cord_backtest_add(run->backtest, finding, run->hunt->organisation);
}

static cord_status on_problem(void *self, const struct cord_scan_problem *problem)
{
    struct run *run = self;
    run->problems++;
    if (!run->hunt->quiet) {
        clear_progress(run);
        (void)fprintf(stderr, "cordon hunt: %.*s: byte %llu: %.*s%s\n",
                      CORD_STR_ARG(problem->stream), (unsigned long long)problem->offset,
                      CORD_STR_ARG(problem->reason),
                      problem->fatal ? " (the rest of it was not read)" : "");
    }
    return CORD_OK;
}

static cord_status scan_files(struct run *run, const struct cord_walk *walk,
                              const struct cord_scan_options *options,
                              struct cord_scan_totals *ret_totals, struct cord_error *err)
{
    const struct cord_scan_sink sink = {on_finding, on_problem, on_scan_progress, run};
    const struct cord_ruleset_options compile = {.seed = run->hunt->seed};
    struct cord_scan_options bounded = *options;
    struct cord_ruleset *ruleset = NULL;
    bounded.from_ns = run->hunt->from_ns;
    bounded.to_ns = run->hunt->to_ns;
    bounded.collection = run->collection;
    bounded.correlation_bytes_max = run->hunt->correlation_bytes_max;
    bounded.detail = false;
    bounded.into = NULL;
    cord_status status = cord_ruleset_compile(run->collection, &compile, &ruleset, err);
    if (status == CORD_OK) {
        status = cord_scan_run(walk, ruleset, &bounded, &sink, ret_totals, err);
    }
    cord_ruleset_unref(ruleset);
    return status;
}

cord_status hunt_rule_files(const struct hunt_rule *hunt, const struct cord_option_list *files,
                            const struct cord_scan_options *options,
                            struct cord_scan_totals *ret_totals, struct cord_error *err)
{
    struct run run;
    struct cord_walk *walk = NULL;
    const char **paths = calloc(files->count + 1, sizeof(*paths));
    cord_status status = run_init(&run, hunt, err);
    for (size_t i = 0; paths && i < files->count; i++) {
        paths[i] = files->items[i].ptr;
    }
    if (status == CORD_OK) {
        status = paths ? cord_walk_new(paths, files->count, &walk, err)
                       : cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    if (status == CORD_OK) {
        status = scan_files(&run, walk, options, ret_totals, err);
        clear_progress(&run);
    }
    bool cancelled = status == CORD_E_END;
    if (status == CORD_OK || cancelled) {
        const struct hunt_rule_report about = {
            .backtest = run.backtest,
            .cancelled = cancelled,
            .events = ret_totals->records - ret_totals->skipped,
            .looked_at = ret_totals->read,
            .unreadable = ret_totals->refused,
            .matcher = ret_totals->matcher,
            .correlator = ret_totals->correlator,
        };
        status = report(&run, &about, err);
    }
    cord_walk_free(walk);
    free(paths);
    run_done(&run);
    return status;
}
