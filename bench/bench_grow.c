/*
 * bench_grow.c: fills a store with as many events as one likes.
 *
 * bench_grow [-n events] [-o organisations] [-h hosts] [-s a second] FILE STORE
 *
 * The events of FILE, replayed (grow.h) into a new store, packed at once. One
 * line of JSON: what it took, what it came to, and a literal that is rare in it.
 */
#include "grow.h"

#include "evidence/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define BATCH_BYTES ((size_t)3 << 30)

static double cpu_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static cord_status fill(struct grow *grow, struct cord_evidence *evidence, struct cord_rows *rows,
                        uint64_t events, double *ret_made_s)
{
    struct cord_error err = {{0}};
    cord_status status = CORD_OK;
    bool anew = true;
    *ret_made_s = 0;
    for (uint64_t n = 0; n < events && status == CORD_OK;) {
        double start = cpu_s();
        for (; n < events && status == CORD_OK; n += status == CORD_OK) {
            status = grow_put(grow, n, rows, anew);
            anew = false;
        }
        *ret_made_s += cpu_s() - start;
        status = status == CORD_E_LIMIT ? CORD_OK : status;
        if (status == CORD_OK) {
            status = evidence->ops->append(evidence, rows, &err);
        }
        cord_rows_reset(rows);
        anew = true;
        (void)fprintf(stderr, "%llu events\n", (unsigned long long)n);
    }
    if (status != CORD_OK) {
        (void)fprintf(stderr, "bench_grow: %s\n", err.text);
    }
    return status;
}

int main(int argc, char **argv)
{
    struct grow_options options = {.organisations = 12, .hosts = 300, .events_second = 100};
    uint64_t events = 1000000;
    for (int option; (option = getopt(argc, argv, "n:o:h:s:")) != -1;) {
        unsigned long long number = strtoull(optarg ? optarg : "0", NULL, 10);
        events = option == 'n' ? number : events;
        options.organisations = option == 'o' ? (unsigned)number : options.organisations;
        options.hosts = option == 'h' ? (unsigned)number : options.hosts;
        options.events_second = option == 's' ? (unsigned)number : options.events_second;
        if (option == '?') {
            return 2;
        }
    }
    if (argc - optind != 2) {
        (void)fprintf(stderr, "bench_grow: wants a file and a store\n");
        return 2;
    }
    struct cord_error err = {{0}};
    struct cord_store_options store_options = {.create = true, .bulk = true, .seed = 7};
    struct cord_evidence_stats stats = {0};
    struct cord_store *store = NULL;
    struct cord_rows *rows = cord_rows_new(BATCH_BYTES, 7);
    struct grow *grow = grow_new(argv[optind], SIZE_MAX, &options);
    double made_s = 0;
    if (!grow || !rows ||
        cord_store_open(argv[optind + 1], &store_options, &store, &err) != CORD_OK) {
        (void)fprintf(stderr, "bench_grow: %s\n", err.text);
        return 2;
    }
    struct cord_evidence *evidence = cord_store_evidence(store);
    double start = cpu_s();
    cord_status status = fill(grow, evidence, rows, events, &made_s);
    double took_s = cpu_s() - start - made_s;
    if (status == CORD_OK) {
        status = evidence->ops->stats(evidence, &stats, &err);
    }
    cord_str rare = grow_rare(grow);
    (void)printf("{\"bench\":\"grow\",\"events\":%llu,\"raw_bytes\":%llu,\"packed_bytes\":%llu,"
                 "\"blocks\":%llu,\"segments\":%llu,\"cpu_s\":%.2f,\"rare\":\"%.*s\"}\n",
                 (unsigned long long)stats.rows, (unsigned long long)stats.raw_bytes,
                 (unsigned long long)stats.packed_bytes, (unsigned long long)stats.blocks,
                 (unsigned long long)stats.segments, took_s, CORD_STR_ARG(rare));
    grow_free(grow);
    cord_rows_free(rows);
    cord_store_close(store);
    return status == CORD_OK ? 0 : 1;
}
