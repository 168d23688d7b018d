/*
 * bench_spread.c: sightings fed to what spreads and to suppressions, one JSON line a case.
 *
 *   bench_spread [sightings]
 *
 * Machines and organisations are drawn from a fixed sequence. "storm" is one worm in 200
 * organisations, "attempts" scanners that get nowhere, "other" findings that say nothing about
 * spreading. Asking is of everything as known half-way through, and of everything as known now.
 */
#include "base/hash.h"
#include "base/timestamp.h"
#include "triage/spread.h"
#include "triage/suppress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define START (1494576000 * CORD_SECOND_NS)

struct bench_case {
    const char *name;
    const char *tag; /* NULL: none of Cordon's own */
    uint64_t organisations;
    uint64_t machines; /* of each */
    bool scanner;      /* one of them, in each organisation, attacks the others */
};

static const struct bench_case cases[] = {
    {"storm, 200 organisations of 1000", "cordon.spread-effect", 200, 1000, false},
    {"storm, one pair again and again", "cordon.spread-effect", 1, 2, false},
    {"attempts, 200 organisations of 1000", "cordon.spread-attempt", 200, 1000, true},
    {"other findings", NULL, 200, 1000, false},
};

static double seconds(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct drawn {
    char organisation[8], source[20], target[20];
    cord_str tags[2];
    struct cord_sighting_field fields[2];
    struct cord_sighting sighting;
};

static void draw(const struct bench_case *bench, uint64_t number, struct drawn *drawn)
{
    uint64_t random = cord_hash_mix(number);
    uint64_t organisation = random % bench->organisations;
    uint64_t source = (random >> 16) % bench->machines, target = (random >> 40) % bench->machines;
    (void)snprintf(drawn->organisation, sizeof drawn->organisation, "X%03u",
                   (unsigned)organisation % 1000);
    (void)snprintf(drawn->source, sizeof drawn->source, "10.0.%u.%u", (unsigned)source / 250 % 250,
                   (unsigned)source % 250);
    (void)snprintf(drawn->target, sizeof drawn->target, "10.0.%u.%u", (unsigned)target / 250 % 250,
                   (unsigned)target % 250);
    if (bench->scanner) {
        (void)snprintf(drawn->source, sizeof drawn->source, "10.1.0.1");
    }
    drawn->tags[0] = CORD_STR("attack.t1210");
    drawn->tags[1] = cord_str_from(bench->tag ? bench->tag : "attack.lateral-movement");
    drawn->fields[0] =
        (struct cord_sighting_field){CORD_STR("src_ip"), cord_str_from(drawn->source)};
    drawn->fields[1] =
        (struct cord_sighting_field){CORD_STR("dest_ip"), cord_str_from(drawn->target)};
    int64_t time_ns = START + (int64_t)number * CORD_SECOND_NS / 20;
    drawn->sighting = (struct cord_sighting){.number = number,
                                             .known_ns = time_ns,
                                             .time_ns = time_ns,
                                             .first_ns = time_ns,
                                             .organisation = cord_str_from(drawn->organisation),
                                             .rule = CORD_STR("R-1"),
                                             .title = CORD_STR("A rule"),
                                             .level = CORD_LEVEL_MEDIUM,
                                             .tags = drawn->tags,
                                             .tag_count = 2,
                                             .host = CORD_STR(""),
                                             .user = CORD_STR(""),
                                             .evidence = CORD_STR("K7QM-2F9A-XHP3"),
                                             .events = 1,
                                             .fields = drawn->fields,
                                             .field_count = 2};
}

static double ask(struct cord_spread *spread, int64_t at_ns, bool bare, size_t *ret_clusters)
{
    struct cord_spread_answer *answer = NULL;
    const struct cord_spread_question question = {.at_ns = at_ns, .bare = bare};
    double begin = seconds(CLOCK_PROCESS_CPUTIME_ID);
    if (cord_spread_ask(spread, &question, &answer) != CORD_OK) {
        (void)fprintf(stderr, "bench_spread: asking failed\n");
        exit(1);
    }
    *ret_clusters = cord_spread_answer_count(answer);
    cord_spread_answer_free(answer);
    return seconds(CLOCK_PROCESS_CPUTIME_ID) - begin;
}

static void run_spread(const struct bench_case *bench, uint64_t count)
{
    struct cord_spread_options options;
    struct cord_spread *spread = NULL;
    struct cord_spread_stats stats;
    struct drawn drawn;
    size_t clusters = 0;
    cord_spread_defaults(&options);
    options.seed = 1;
    if (cord_spread_new(&options, &spread, NULL) != CORD_OK) {
        exit(1);
    }
    double begin = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (uint64_t number = 1; number <= count; number++) {
        draw(bench, number, &drawn);
        if (cord_spread_feed(spread, &drawn.sighting) != CORD_OK) {
            exit(1);
        }
    }
    double spent = seconds(CLOCK_PROCESS_CPUTIME_ID) - begin;
    cord_spread_stats(spread, &stats);
    double half = ask(spread, START + (int64_t)count / 2 * CORD_SECOND_NS / 20, false, &clusters);
    double bare = ask(spread, CORD_TIME_NONE, true, &clusters);
    double now = ask(spread, CORD_TIME_NONE, false, &clusters);
    (void)printf("{\"bench\":\"spread\",\"case\":\"%s\",\"sightings\":%" PRIu64
                 ",\"per_second\":%.0f,\"clusters\":%zu,\"refused\":%" PRIu64 ",\"bytes\":%" PRIu64
                 ",\"ask_now_ms\":%.1f,\"ask_half_way_ms\":%.1f,\"ask_bare_ms\":%.1f}\n",
                 bench->name, count, (double)count / spent, clusters, stats.refused, stats.bytes,
                 now * 1e3, half * 1e3, bare * 1e3);
    cord_spread_free(spread);
}

static void run_suppress(const char *name, const char *scope, uint64_t count)
{
    const struct cord_suppress_options options = {
        .suppressions_max = 1000, .hits_max = 1000000, .seed = 1};
    struct cord_suppress *suppress = cord_suppress_new(&options);
    struct cord_suppress_verdict verdict;
    struct cord_suppress_stats stats;
    struct drawn drawn;
    char value[512];
    (void)snprintf(
        value, sizeof value,
        "{\"suppression\":\"S\",%s,\"reason\":\"x\",\"expires\":\"2017-12-01T00:00:00Z\","
        "\"tested\":\"2017-05-12T00:00:00Z\",\"days\":1,\"findings\":1,\"hidden\":1}",
        scope);
    const struct cord_claim claim = {.number = 1,
                                     .kind = cord_claim_kind_find(CORD_STR("triage.suppress")),
                                     .subject = CORD_STR("rule:R-1"),
                                     .value = cord_str_from(value),
                                     .recorded_ns = START,
                                     .claimant = CORD_STR("user:1")};
    if (!suppress || cord_suppress_claim(suppress, &claim) != CORD_OK) {
        exit(1);
    }
    double begin = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (uint64_t number = 1; number <= count; number++) {
        draw(&cases[0], number, &drawn);
        if (cord_suppress_feed(suppress, &drawn.sighting, &verdict) != CORD_OK) {
            exit(1);
        }
    }
    double spent = seconds(CLOCK_PROCESS_CPUTIME_ID) - begin;
    cord_suppress_stats(suppress, &stats);
    (void)printf("{\"bench\":\"suppress\",\"case\":\"%s\",\"sightings\":%" PRIu64
                 ",\"per_second\":%.0f,\"hidden\":%" PRIu64 "}\n",
                 name, count, (double)count / spent, stats.hidden);
    cord_suppress_free(suppress);
}

int main(int argc, char **argv)
{
    uint64_t count = 1000000;
    if (argc > 1 && !cord_str_u64(cord_str_from(argv[1]), &count)) {
        (void)fprintf(stderr, "usage: bench_spread [sightings]\n");
        return 2;
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        run_spread(&cases[i], count);
    }
    run_suppress("one organisation", "\"organisation\":\"X007\"", count);
    run_suppress("one address", "\"host\":\"10.0.1.7\"", count);
    run_suppress("a condition", "\"condition\":\"src_ip:10.0.1.0/24 AND NOT dest_ip:10.0.2.*\"",
                 count);
    return 0;
}
