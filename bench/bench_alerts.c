/*
 * bench_alerts.c: a book of so many alerts, and what its pages cost.
 *
 * bench_alerts [-n alerts] [-o organisations] [-f findings an alert] [-r rounds] [-q question]
 *
 * So many alerts of so many findings each over a year, by 3,000 rules on hosts of so many
 * organisations; four in five acknowledged and closed. One line of JSON: findings fed a second,
 * bytes an alert, and CPU milliseconds of each kind of page, the worst of so many rounds behind the
 * median.
 */
#include "triage/alert_book.h"

#include "base/hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { RULES = 3000, HOSTS = 12, ROUNDS_MAX = 100 };

#define BEGIN_NS (1483228800 * CORD_SECOND_NS)
#define YEAR_NS  (365 * 86400 * CORD_SECOND_NS)

struct bench {
    uint64_t alerts, organisations, each, rounds;
    const char *only; /* the question that alone is asked; NULL: all */
    struct cord_alert_book *book;
    uint64_t findings, claims;
    double feed_s;
};

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- feeding --- */

enum { WINDOW = 2000 };

struct made {
    struct cord_sighting sighting;
    cord_str tags[2];
    char organisation[32], rule[64], title[64], host[64];
};

static void make_finding(struct bench *bench, struct made *made, uint64_t alert, int64_t known_ns)
{
    uint64_t dice = cord_hash_mix(alert + 1);
    uint64_t organisation = dice % bench->organisations;
    uint64_t rule = (dice >> 20) % RULES;
    (void)snprintf(made->organisation, sizeof made->organisation, "R%05" PRIu64, organisation);
    (void)snprintf(made->rule, sizeof made->rule, "93ff0ceb-e0ef-4586-8cd8-%012" PRIu64, rule);
    (void)snprintf(made->title, sizeof made->title, "Suspicious behaviour number %05" PRIu64, rule);
    (void)snprintf(made->host, sizeof made->host, "WS-%05" PRIu64 "-%02" PRIu64 ".nhs.example",
                   organisation, (dice >> 40) % HOSTS);
    made->tags[0] = CORD_STR("attack.t1210");
    made->tags[1] = CORD_STR("attack.lateral-movement");
    made->sighting = (struct cord_sighting){
        .number = ++bench->findings,
        .known_ns = known_ns,
        .time_ns = known_ns - (int64_t)(dice >> 50) * 1000000,
        .organisation = cord_str_from(made->organisation),
        .rule = cord_str_from(made->rule),
        .title = cord_str_from(made->title),
        .author = CORD_STR("An Author"),
        .level = (enum cord_level)(1 + rule % 5),
        .tags = made->tags,
        .tag_count = 2,
        .host = cord_str_from(made->host),
        .events = 1,
    };
}

static void feed_findings(struct bench *bench, const struct made *made, size_t count)
{
    double before = now_s();
    for (size_t i = 0; i < count; i++) {
        if (cord_alert_book_sighting(bench->book, &made[i].sighting, NULL) != CORD_OK) {
            abort();
        }
    }
    bench->feed_s += now_s() - before;
}

static void feed_claim(struct bench *bench, uint64_t number, const char *value, int64_t recorded_ns)
{
    char subject[32];
    char id[CORD_ALERT_ID_TEXT];
    cord_str text = cord_alert_book_id(bench->book, number, id);
    (void)snprintf(subject, sizeof subject, "triage:%.*s", CORD_STR_ARG(text));
    const struct cord_claim claim = {.number = ++bench->claims,
                                     .kind = cord_claim_kind_find(CORD_STR("triage.state")),
                                     .subject = cord_str_from(subject),
                                     .value = cord_str_from(value),
                                     .recorded_ns = recorded_ns};
    if (cord_alert_book_claim(bench->book, &claim) != CORD_OK) {
        abort();
    }
}

/* A host of which care hangs, one in eight. */
static void feed_assets(struct bench *bench)
{
    for (uint64_t i = 0; i < bench->organisations * HOSTS; i += 8) {
        char subject[32];
        char value[200];
        (void)snprintf(subject, sizeof subject, "org:R%05" PRIu64, i / HOSTS);
        (void)snprintf(value, sizeof value,
                       "{\"asset\":\"WS-%05" PRIu64 "-%02" PRIu64
                       ".nhs.example\",\"kind\":\"server\",\"support\":\"unknown\",\"criticality\":"
                       "\"%s\",\"care\":\"radiology\"}",
                       i / HOSTS, i % HOSTS, i % 3 == 0 ? "clinical" : "support");
        const struct cord_claim claim = {.number = ++bench->claims,
                                         .kind = cord_claim_kind_find(CORD_STR("asset.seen")),
                                         .subject = cord_str_from(subject),
                                         .value = cord_str_from(value),
                                         .recorded_ns = BEGIN_NS - CORD_SECOND_NS};
        if (cord_alert_book_claim(bench->book, &claim) != CORD_OK) {
            abort();
        }
    }
}

/* Two thousand alerts are open at a time: their findings come in turns. */
static void feed_all(struct bench *bench)
{
    int64_t step_ns = YEAR_NS / (int64_t)(bench->alerts * bench->each);
    int64_t known_ns = BEGIN_NS;
    struct made *made = calloc(WINDOW, sizeof *made);
    if (!made) {
        abort();
    }
    feed_assets(bench);
    for (uint64_t from = 0; from < bench->alerts; from += WINDOW) {
        uint64_t count = bench->alerts - from < WINDOW ? bench->alerts - from : WINDOW;
        uint64_t first = bench->findings + 1;
        for (uint64_t each = 0; each < bench->each; each++) {
            for (uint64_t i = 0; i < count; i++, known_ns += step_ns) {
                make_finding(bench, &made[i], from + i, known_ns);
            }
            feed_findings(bench, made, count);
        }
        for (uint64_t i = 0; i < count; i++) {
            if (i % 5 != 0) {
                feed_claim(bench, first + i, "{\"state\":\"acknowledged\"}", known_ns);
                feed_claim(bench, first + i,
                           i % 3 == 0 ? "{\"state\":\"closed\",\"reason\":\"true-positive\"}"
                                      : "{\"state\":\"closed\",\"reason\":\"false-positive\"}",
                           known_ns);
            }
        }
    }
    free(made);
}

/* --- asking --- */

static void ignore_alert(void *self, const struct cord_alert *alert)
{
    *(uint64_t *)self += alert->risk;
}

static void ignore_facet(void *self, const struct cord_alert_facet *facet)
{
    *(uint64_t *)self += facet->distinct;
}

static void ignore_risk(void *self, const struct cord_alert_risk *risk)
{
    *(uint64_t *)self += risk->risk;
}

static bool sees(void *self, cord_str organisation, cord_str *ret_region)
{
    (void)self;
    if (ret_region) {
        *ret_region = CORD_STR("Y56");
    }
    return organisation.len > 0;
}

/* A reader of one organisation. */
static bool sees_one(void *self, cord_str organisation, cord_str *ret_region)
{
    (void)self;
    if (ret_region) {
        *ret_region = CORD_STR("Y56");
    }
    return cord_str_eq(organisation, CORD_STR("R00017"));
}

static int by_size(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return left < right ? -1 : left > right;
}

enum asked { PAGE, FACETS, GROUPED, RISKS, ENTITY_RISKS, HISTOGRAM, COUNT };

/* A question. */
struct question {
    const char *name;
    enum asked what;
    const char *query;
    double at;    /* part of the year as known at which; below 0: now */
    double since; /* seen in the last part of it; 0: any time */
    enum cord_alert_sort sort;
    bool one; /* asked by the reader of one organisation */
};

static cord_status count_by_value(struct bench *bench, const struct cord_alert_ask *ask,
                                  uint64_t *sum)
{
    static const cord_str fields[] = {{"severity", 8}, {"status", 6},    {"owner", 5},
                                      {"rule", 4},     {"org", 3},       {"region", 6},
                                      {"host", 4},     {"technique", 9}, {"criticality", 11}};
    const struct cord_alert_faceting faceting = {fields, 9, 10, ignore_facet, sum};
    uint64_t total = 0;
    return cord_alert_book_facets(bench->book, ask, &faceting, &total, NULL);
}

static cord_status count_over_time(struct bench *bench, const struct cord_alert_ask *ask)
{
    uint64_t counts[60 * (CORD_LEVEL_CRITICAL + 1)];
    const struct cord_alert_histogram histogram = {
        .from_ns = BEGIN_NS, .bucket_ns = YEAR_NS / 60, .buckets = 60, .counts = counts};
    uint64_t total = 0;
    return cord_alert_book_histogram(bench->book, ask, &histogram, &total, NULL);
}

static void ask_once(struct bench *bench, const struct question *question,
                     const struct cord_alert_ask *ask, uint64_t *sum)
{
    const struct cord_alert_page page = {
        .limit = 100, .grouped = question->what == GROUPED, .sort = question->sort};
    const struct cord_alert_visitor visitor = {ignore_alert, sum};
    const struct cord_alert_ranking ranking = {question->what == RISKS, 20, ignore_risk, sum};
    struct cord_alert_listed listed;
    struct cord_alert_counted counted;
    uint64_t total = 0;
    cord_status status = CORD_OK;
    switch (question->what) {
    case PAGE:
    case GROUPED:
        status = cord_alert_book_list(bench->book, ask, &page, visitor, &listed, NULL);
        break;
    case FACETS:
        status = count_by_value(bench, ask, sum);
        break;
    case RISKS:
    case ENTITY_RISKS:
        status = cord_alert_book_risks(bench->book, ask, &ranking, &total, NULL);
        break;
    case HISTOGRAM:
        status = count_over_time(bench, ask);
        break;
    case COUNT:
        status = cord_alert_book_count(bench->book, ask, &counted, NULL);
        break;
    }
    if (status != CORD_OK) {
        abort();
    }
}

static void measure(struct bench *bench, const struct question *question)
{
    double times[ROUNDS_MAX];
    uint64_t sum = 0;
    int64_t end_ns = BEGIN_NS + YEAR_NS;
    struct cord_alert_ask ask = {
        .query = cord_str_from(question->query),
        .from_ns = question->since > 0 ? end_ns - (int64_t)(question->since * (double)YEAR_NS)
                                       : CORD_TIME_NONE,
        .to_ns = CORD_TIME_NONE,
        .at_ns = question->at > 0 ? BEGIN_NS + (int64_t)(question->at * (double)YEAR_NS)
                                  : CORD_TIME_NONE,
        .visible = question->one ? sees_one : sees};
    for (uint64_t i = 0; i < bench->rounds; i++) {
        double before = now_s();
        ask_once(bench, question, &ask, &sum);
        times[i] = (now_s() - before) * 1e3;
    }
    qsort(times, bench->rounds, sizeof *times, by_size);
    printf(",\"%s_ms\":[%.2f,%.2f]", question->name, times[bench->rounds / 2],
           times[bench->rounds - 1]);
}

#define OPEN "NOT status:closed AND suppressed:false"

static const struct question questions[] = {
    {"page", PAGE, "", 0, 0, CORD_ALERT_BY_PRIORITY, false},
    {"page_risk", PAGE, "", 0, 0, CORD_ALERT_BY_RISK, false},
    {"page_last", PAGE, "", 0, 0, CORD_ALERT_BY_LAST, false},
    {"page_first", PAGE, "", 0, 0, CORD_ALERT_BY_FIRST, false},
    {"page_known", PAGE, "", 0, 0, CORD_ALERT_BY_KNOWN, false},
    {"page_updated", PAGE, "", 0, 0, CORD_ALERT_BY_UPDATED, false},
    {"page_count", PAGE, "", 0, 0, CORD_ALERT_BY_COUNT, false},
    {"page_severity", PAGE, "", 0, 0, CORD_ALERT_BY_SEVERITY, false},
    {"page_org", PAGE, "", 0, 0, CORD_ALERT_BY_ORG, false},
    {"page_rule", PAGE, "", 0, 0, CORD_ALERT_BY_RULE, false},
    {"page_status", PAGE, "", 0, 0, CORD_ALERT_BY_STATUS, false},
    {"page_open", PAGE, OPEN, 0, 0, CORD_ALERT_BY_PRIORITY, false},
    {"page_query", PAGE, "severity:high AND NOT status:closed AND technique:T1210", 0, 0,
     CORD_ALERT_BY_PRIORITY, false},
    {"page_of_org", PAGE, "org:R00017", 0, 0, CORD_ALERT_BY_PRIORITY, false},
    {"page_of_rule", PAGE, "rule:93ff0ceb-e0ef-4586-8cd8-000000000042", 0, 0,
     CORD_ALERT_BY_PRIORITY, false},
    {"page_host", PAGE, "host:WS-00017* OR host:*-03.nhs.example", 0, 0, CORD_ALERT_BY_PRIORITY,
     false},
    {"page_text", PAGE, "behaviour AND 00042", 0, 0, CORD_ALERT_BY_PRIORITY, false},
    {"page_week", PAGE, OPEN, 0, 0.02, CORD_ALERT_BY_PRIORITY, false},
    {"page_grouped", GROUPED, "", 0, 0, CORD_ALERT_BY_PRIORITY, false},
    {"page_grouped_open", GROUPED, OPEN, 0, 0, CORD_ALERT_BY_PRIORITY, false},
    {"facets", FACETS, "", 0, 0, CORD_ALERT_BY_PRIORITY, false},
    {"facets_open", FACETS, OPEN, 0, 0, CORD_ALERT_BY_PRIORITY, false},
    {"histogram", HISTOGRAM, "", 0, 0, CORD_ALERT_BY_PRIORITY, false},
    {"histogram_open", HISTOGRAM, OPEN, 0, 0, CORD_ALERT_BY_PRIORITY, false},
    {"count", COUNT, "", 0, 0, CORD_ALERT_BY_PRIORITY, false},
    {"risks", RISKS, "", 0, 0, CORD_ALERT_BY_PRIORITY, false},
    {"entity_risks", ENTITY_RISKS, "", 0, 0, CORD_ALERT_BY_PRIORITY, false},
    {"page_half", PAGE, "", 0.5, 0, CORD_ALERT_BY_PRIORITY, false},
    {"page_end", PAGE, "", 0.99, 0, CORD_ALERT_BY_PRIORITY, false},
    {"page_half_query", PAGE, "severity:high AND NOT status:closed", 0.5, 0, CORD_ALERT_BY_PRIORITY,
     false},
    {"page_half_grouped", GROUPED, "", 0.5, 0, CORD_ALERT_BY_PRIORITY, false},
    {"facets_half", FACETS, "", 0.5, 0, CORD_ALERT_BY_PRIORITY, false},
    {"risks_half", RISKS, "", 0.5, 0, CORD_ALERT_BY_PRIORITY, false},
    {"one_page", PAGE, "", 0, 0, CORD_ALERT_BY_PRIORITY, true},
    {"one_text", PAGE, "behaviour AND 00042", 0, 0, CORD_ALERT_BY_PRIORITY, true},
    {"one_grouped", GROUPED, "", 0, 0, CORD_ALERT_BY_PRIORITY, true},
    {"one_facets", FACETS, "", 0, 0, CORD_ALERT_BY_PRIORITY, true},
    {"one_histogram", HISTOGRAM, "", 0, 0, CORD_ALERT_BY_PRIORITY, true},
    {"one_risks", RISKS, "", 0, 0, CORD_ALERT_BY_PRIORITY, true},
    {"one_count", COUNT, "", 0, 0, CORD_ALERT_BY_PRIORITY, true},
};

int main(int argc, char **argv)
{
    struct bench bench = {.alerts = 1000000, .organisations = 25000, .each = 3, .rounds = 11};
    const struct cord_alert_book_options options = {.key = {1, 2, 3}};
    for (int option; (option = getopt(argc, argv, "n:o:f:r:q:")) != -1;) {
        uint64_t value = optarg ? strtoull(optarg, NULL, 10) : 0;
        uint64_t *into = option == 'n'   ? &bench.alerts
                         : option == 'o' ? &bench.organisations
                         : option == 'f' ? &bench.each
                                         : &bench.rounds;
        if (option == 'q') {
            bench.only = optarg;
            continue;
        }
        if (option == '?' || value == 0 || (option == 'r' && value > ROUNDS_MAX)) {
            fprintf(stderr, "usage: bench_alerts [-n alerts] [-o organisations] [-f findings an "
                            "alert] [-r rounds] [-q question]\n");
            return 2;
        }
        *into = value;
    }
    bench.book = cord_alert_book_new(&options);
    if (!bench.book) {
        return 3;
    }
    feed_all(&bench);
    struct cord_alert_book_stats stats = cord_alert_book_stats(bench.book);
    struct rusage usage = {0};
    (void)getrusage(RUSAGE_SELF, &usage);
    printf("{\"alerts\":%" PRIu64 ",\"findings\":%" PRIu64 ",\"claims\":%" PRIu64
           ",\"findings_per_s\":%.0f,\"bytes\":%" PRIu64
           ",\"bytes_per_alert\":%.0f,\"resident_mb\":%ld",
           stats.alerts, stats.findings, stats.claim, (double)stats.findings / bench.feed_s,
           stats.bytes, (double)stats.bytes / (double)stats.alerts, usage.ru_maxrss / 1024);
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        if (!bench.only || strcmp(bench.only, questions[i].name) == 0) {
            measure(&bench, &questions[i]);
        }
    }
    printf("}\n");
    cord_alert_book_free(bench.book);
    return 0;
}
