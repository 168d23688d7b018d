/*
 * bench_hunt.c: queries over a store.
 *
 * bench_hunt [-r rounds] [-t threads] [-l limit] STORE QUERY...
 *
 * A line of JSON for each query: the best round's CPU time of the process and
 * its wall time, warm: the first round is not counted. Rows are given to a sink
 * that counts them; a pipeline's result is made and thrown away.
 */
#include "evidence/store.h"
#include "evidence/tally.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define TALLY_BYTES ((size_t)256 << 20)

struct round {
    double cpu_ms;
    double wall_ms;
    double first_ms; /* until the first row came; wall */
    uint64_t rows;
    uint64_t table;
    struct cord_search_progress progress;
};

struct bench {
    struct cord_evidence *evidence;
    struct cord_search_options options;
    struct round round;
    double start;
};

static double now_ms(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static cord_status count_row(void *self, const struct cord_rows *rows, size_t at)
{
    struct bench *bench = self;
    (void)rows;
    (void)at;
    if (bench->round.rows++ == 0) {
        bench->round.first_ms = now_ms(CLOCK_MONOTONIC) - bench->start;
    }
    return CORD_OK;
}

static cord_status run(struct bench *bench, const struct cord_query *query, struct cord_error *err)
{
    struct cord_search_sink sink = {.row = count_row, .self = bench};
    struct cord_tally_options tally_options = {.bytes_max = TALLY_BYTES, .seed = 7};
    struct cord_search_options options = bench->options;
    struct cord_tally *tally = NULL;
    uint64_t limit = 0;
    bench->round = (struct round){0};
    double cpu = now_ms(CLOCK_PROCESS_CPUTIME_ID);
    bench->start = now_ms(CLOCK_MONOTONIC);
    if (cord_tally_is_needed(query, &limit)) {
        tally = cord_tally_new(query, &tally_options);
        if (!tally) {
            return CORD_E_NOMEM;
        }
    } else if (limit > 0) {
        options.limit = limit;
    }
    cord_status status = bench->evidence->ops->search(bench->evidence, query, &options, &sink,
                                                      tally, &bench->round.progress, err);
    if (status == CORD_OK && tally) {
        status = cord_tally_finish(tally);
        const struct cord_tally_table *table = cord_tally_result(tally);
        bench->round.table = table ? table->row_count : 0;
    }
    bench->round.wall_ms = now_ms(CLOCK_MONOTONIC) - bench->start;
    bench->round.cpu_ms = now_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    cord_tally_free(tally);
    return status;
}

static void print_text(const char *text)
{
    for (; *text; text++) {
        (void)printf(*text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    }
}

static void report(const struct bench *bench, const char *text, const struct round *best)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    (void)printf("{\"bench\":\"hunt\",\"query\":\"");
    print_text(text);
    (void)printf(
        "\",\"threads\":%u,\"cpu_ms\":%.2f,\"wall_ms\":%.2f,\"first_ms\":%.2f,"
        "\"blocks\":%llu,\"skipped\":%llu,\"counted\":%llu,\"searched\":%llu,\"damaged\":%llu,"
        "\"rows\":%llu,\"matched\":%llu,\"given\":%llu,\"table\":%llu,\"raw_mb\":%.1f,"
        "\"gb_s\":%.2f,\"peak_mb\":%.0f}\n",
        bench->options.threads, best->cpu_ms, best->wall_ms, best->first_ms,
        (unsigned long long)best->progress.blocks,
        (unsigned long long)best->progress.blocks_skipped,
        (unsigned long long)best->progress.blocks_counted,
        (unsigned long long)best->progress.blocks_searched,
        (unsigned long long)best->progress.blocks_damaged, (unsigned long long)best->progress.rows,
        (unsigned long long)best->progress.rows_matched, (unsigned long long)best->rows,
        (unsigned long long)best->table, (double)best->progress.raw_bytes / 1e6,
        (double)best->progress.raw_bytes / 1e6 / best->cpu_ms, (double)usage.ru_maxrss / 1024);
    (void)fflush(stdout);
}

static int measure(struct bench *bench, const char *text, unsigned rounds)
{
    struct cord_query *query = NULL;
    struct cord_error err = {{0}};
    struct round best = {0};
    cord_status status = cord_query_parse(cord_str_from(text), &query, &err);
    for (unsigned i = 0; i <= rounds && status == CORD_OK; i++) {
        status = run(bench, query, &err);
        if (i == 1 || (i > 1 && bench->round.cpu_ms < best.cpu_ms)) {
            best = bench->round;
        }
    }
    cord_query_free(query);
    if (status != CORD_OK) {
        (void)fprintf(stderr, "bench_hunt: %s: %s\n", text, err.text);
        return 1;
    }
    report(bench, text, &best);
    return 0;
}

int main(int argc, char **argv)
{
    struct bench bench = {
        .options = {.from_ns = CORD_TIME_NONE, .to_ns = CORD_TIME_NONE, .threads = 1}};
    unsigned rounds = 3;
    for (int option; (option = getopt(argc, argv, "r:t:l:")) != -1;) {
        unsigned long number = strtoul(optarg ? optarg : "0", NULL, 10);
        rounds = option == 'r' ? (unsigned)number : rounds;
        bench.options.threads = option == 't' ? (unsigned)number : bench.options.threads;
        bench.options.limit = option == 'l' ? number : bench.options.limit;
        if (option == '?') {
            return 2;
        }
    }
    /* Memory goes from block to block, not to the system and back. */
    (void)mallopt(M_MMAP_THRESHOLD, 1 << 30);
    (void)mallopt(M_TRIM_THRESHOLD, 1 << 30);
    struct cord_error err = {{0}};
    struct cord_store_options options = {.read_only = true, .seed = 7};
    struct cord_store *store = NULL;
    if (rounds == 0 || optind >= argc ||
        cord_store_open(argv[optind], &options, &store, &err) != CORD_OK) {
        (void)fprintf(stderr, "bench_hunt: %s\n", err.text);
        return 2;
    }
    bench.evidence = cord_store_evidence(store);
    int failed = 0;
    for (int i = optind + 1; i < argc; i++) {
        failed |= measure(&bench, argv[i], rounds);
    }
    cord_store_close(store);
    return failed;
}
