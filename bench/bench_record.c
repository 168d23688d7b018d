/*
 * bench_record.c: a record of so many claims, and what holds at random times.
 *
 * bench_record [-a] [-f] [-k days] [-n claims] [-o organisations] [-q questions] [-c cache MB] DIR
 *
 * Claims of status, links and cancelled care of so many organisations over a year, as an export
 * would write them, are imported into DIR (which must not hold a record). Then it is asked: every
 * organisation's status as known at a random time, about the same time or one before. One line of
 * JSON: claims a second, and the questions' times, of the CPU too. -a only asks. -f adds the
 * register of the organisations, 236 of them trusts, and an incident of a week in the middle of the
 * year, and asks for every figure at random moments of that week, as known at the end, or with -k
 * so many days after the week began: a line of JSON each, with the CPU's time for the first, which
 * also reads names of lines, and of the others, and rows and spans a question visits. The picture
 * of the organisations is lent, as the server does.
 */
#include "care/figure.h"
#include "record/record_carry.h"
#include "record/record_view.h"

#include "base/files.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 1 << 20, QUESTIONS_MAX = 10000 };

#define BEGIN_NS (1483228800 * CORD_SECOND_NS) /* 2017 */
#define YEAR_NS  (365 * 86400 * CORD_SECOND_NS)

struct bench {
    uint64_t claims;
    uint64_t organisations;
    uint64_t questions;
    uint32_t cache_mb;
    uint64_t
        known_days; /* figures: as known so many days after the incident began; 0: at the end */
    bool ask_only;
    bool figures;
    const char *dir;
    int pipe[2];
};

static uint64_t mix(uint64_t n)
{
    n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9u;
    n = (n ^ n >> 27) * 0x94d049bb133111ebu;
    return n ^ n >> 31;
}

static double now_s(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct texts {
    char subject[32], claimant[32], value[192], amount[32];
};

static struct cord_claim make(const struct bench *bench, uint64_t n, struct texts *texts)
{
    static const char *const states[] = {"clear", "exposed", "infected", "disrupted", "recovered"};
    static const char *const links[] = {"mail", "network", "internet"};
    uint64_t dice = mix(n + 1);
    uint64_t organisation = dice % bench->organisations;
    uint64_t kind = dice >> 20 & 7;
    int64_t recorded = BEGIN_NS + (int64_t)((double)n / (double)bench->claims * (double)YEAR_NS) /
                                      1000000 * 1000000;
    (void)snprintf(texts->subject, sizeof texts->subject, "org:R%05" PRIu64, organisation);
    (void)snprintf(texts->claimant, sizeof texts->claimant, "%s",
                   dice >> 24 & 7 ? texts->subject : "org:X24");
    struct cord_claim claim = {
        .number = n + 1,
        .subject = cord_str_from(texts->subject),
        .valid_from_ns = recorded - (int64_t)(dice >> 30 & 0xfff) * CORD_SECOND_NS,
        .valid_to_ns = CORD_TIME_NONE,
        .recorded_ns = recorded,
        .claimant = cord_str_from(texts->claimant),
        .method = CORD_STR("telemetry"),
        .confidence = 80,
        .basis = CORD_CLAIM_REPORTED,
        .marking = CORD_CLAIM_AMBER,
    };
    if (kind < 6) {
        claim.kind = cord_claim_kind_find(CORD_STR("status.claim"));
        (void)snprintf(texts->value, sizeof texts->value, "{\"state\":\"%s\"}",
                       states[(dice >> 45) % 5]);
        if (kind == 5) { /* about a stretch in the past */
            claim.valid_to_ns = claim.valid_from_ns;
            claim.valid_from_ns -= (int64_t)(dice >> 50 & 0xff) * 3600 * CORD_SECOND_NS + 1;
        }
    } else if (kind == 6) {
        bool down = dice >> 45 & 1;
        claim.kind = cord_claim_kind_find(down ? CORD_STR("link.down") : CORD_STR("link.up"));
        (void)snprintf(texts->value, sizeof texts->value, "{\"link\":\"%s\"}",
                       links[(dice >> 46) % 3]);
    } else {
        claim.kind = cord_claim_kind_find(CORD_STR("care.cancelled"));
        (void)snprintf(texts->value, sizeof texts->value,
                       "{\"date\":\"2017-%02u-%02u\",\"care\":\"all\",\"count\":\"identified\"}",
                       (unsigned)(dice >> 45) % 12 + 1, (unsigned)(dice >> 50) % 28 + 1);
        (void)snprintf(texts->amount, sizeof texts->amount, "%u", (unsigned)(dice >> 40) % 300 + 1);
        claim.amount = cord_str_from(texts->amount);
        claim.unit = CORD_STR("appointments");
    }
    claim.value = cord_str_from(texts->value);
    return claim;
}

/* Writes what an export would. */
static void *write_claims(void *self)
{
    struct bench *bench = self;
    struct cord_buf line;
    struct cord_buf scratch;
    struct cord_digest hash = {{0}};
    FILE *out = fdopen(bench->pipe[1], "w");
    cord_buf_init(&line, LINE_BYTES_MAX);
    cord_buf_init(&scratch, LINE_BYTES_MAX);
    for (uint64_t n = 0; out && n < bench->claims; n++) {
        struct texts texts = {0};
        struct cord_claim claim = make(bench, n, &texts);
        struct cord_digest previous = hash;
        if (cord_claim_hash(&claim, &previous, &scratch, &hash) != CORD_OK) {
            break;
        }
        cord_buf_clear(&line);
        cord_claim_write_hashed(&claim, &hash, &line);
        cord_buf_put_char(&line, '\n');
        if (fwrite(line.ptr, 1, line.len, out) != line.len) {
            break;
        }
    }
    if (out) {
        (void)fclose(out);
    }
    cord_buf_done(&line);
    cord_buf_done(&scratch);
    return NULL;
}

static cord_status count_answer(void *self, const struct cord_answer *answer)
{
    (void)answer;
    ++*(uint64_t *)self;
    return CORD_OK;
}

static int by_size(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return left < right ? -1 : left > right;
}

struct answers {
    double median_ms, most_ms, cpu_ms; /* cpu: of one, on average */
    uint64_t answers;                  /* of the last */
};

static cord_status ask(const struct bench *bench, struct answers *ret, struct cord_error *err)
{
    const struct cord_record_options options = {.read_only = true, .cache_mb = bench->cache_mb};
    struct cord_record *record = NULL;
    struct cord_record_view *view = NULL;
    double *times = calloc(bench->questions + 1, sizeof *times);
    cord_status status =
        times ? cord_record_open(bench->dir, &options, &record, err) : CORD_E_NOMEM;
    if (status == CORD_OK) {
        status = cord_record_view_open(record, &view, err);
    }
    double cpu = now_s(CLOCK_THREAD_CPUTIME_ID);
    for (uint64_t i = 0; status == CORD_OK && i < bench->questions; i++) {
        struct cord_as_of at;
        at.known_ns =
            BEGIN_NS + YEAR_NS / 10 + (int64_t)(mix(i * 2 + 7) % (uint64_t)YEAR_NS) * 9 / 10;
        at.about_ns =
            i % 2 ? at.known_ns
                  : BEGIN_NS + (int64_t)(mix(i * 2 + 8) % (uint64_t)(at.known_ns - BEGIN_NS));
        ret->answers = 0;
        double start = now_s(CLOCK_MONOTONIC);
        status = cord_record_view_answers(view, CORD_STR("status"), CORD_STR(""), at, count_answer,
                                          &ret->answers, err);
        times[i] = (now_s(CLOCK_MONOTONIC) - start) * 1e3;
    }
    if (status == CORD_OK) {
        ret->cpu_ms = (now_s(CLOCK_THREAD_CPUTIME_ID) - cpu) * 1e3 / (double)bench->questions;
        qsort(times, bench->questions, sizeof *times, by_size);
        ret->median_ms = times[bench->questions / 2];
        ret->most_ms = times[bench->questions > 0 ? bench->questions - 1 : 0];
    }
    cord_record_view_close(view);
    cord_record_close(record);
    free(times);
    return status;
}

static cord_status import(struct bench *bench, struct cord_record_carried *carried,
                          struct cord_error *err)
{
    pthread_t writer;
    const struct cord_record_options options = {.cache_mb = bench->cache_mb};
    if (pipe(bench->pipe) != 0 || pthread_create(&writer, NULL, write_claims, bench) != 0) {
        return cord_error_errno(err, "pipe");
    }
    cord_status status =
        cord_record_import(bench->dir, &options, bench->pipe[0], NULL, carried, err);
    (void)close(bench->pipe[0]);
    (void)pthread_join(writer, NULL);
    return status;
}

/* --- figures --- */

enum { REGISTER_BATCH = 5000, TRUSTS = 236, MOMENTS_MAX = 100 };

#define INCIDENT_NS (BEGIN_NS + YEAR_NS / 2)
#define WEEK_NS     (7 * 86400 * CORD_SECOND_NS)

static int64_t after_all(void *self)
{
    (void)self;
    return BEGIN_NS + YEAR_NS + CORD_SECOND_NS;
}

static struct cord_claim of_register(struct texts *texts, uint64_t n)
{
    (void)snprintf(texts->subject, sizeof texts->subject, "org:R%05" PRIu64, n);
    (void)snprintf(texts->value, sizeof texts->value,
                   "{\"name\":\"Organisation %" PRIu64 "\",\"role\":\"%s\",\"region\":\"Y%u\","
                   "\"country\":\"ENG\"}",
                   n, n < TRUSTS ? "trust" : "practice", 54 + (unsigned)(n % 4));
    return (struct cord_claim){.kind = cord_claim_kind_find(CORD_STR("org.upsert")),
                               .subject = cord_str_from(texts->subject),
                               .value = cord_str_from(texts->value),
                               .valid_from_ns = BEGIN_NS - YEAR_NS,
                               .valid_to_ns = CORD_TIME_NONE,
                               .claimant = CORD_STR("org:X26"),
                               .method = CORD_STR("list"),
                               .confidence = 90};
}

static cord_status add_register(const struct bench *bench, struct cord_record *record,
                                struct cord_error *err)
{
    struct texts *texts = calloc(REGISTER_BATCH, sizeof *texts);
    struct cord_claim *claims = calloc(REGISTER_BATCH, sizeof *claims);
    struct cord_record_outcome outcome;
    cord_status status = texts && claims ? CORD_OK : CORD_E_NOMEM;
    for (uint64_t n = 0; status == CORD_OK && n < bench->organisations;) {
        size_t count = 0;
        for (; count < REGISTER_BATCH && n < bench->organisations; count++, n++) {
            claims[count] = of_register(&texts[count], n);
        }
        status = cord_record_append(record, claims, count, &outcome, err);
    }
    free(texts);
    free(claims);
    return status;
}

static cord_status add_incident(struct cord_record *record, struct cord_error *err)
{
    struct cord_record_outcome outcome;
    const struct cord_claim claim = {.kind = cord_claim_kind_find(CORD_STR("incident.declare")),
                                     .subject = CORD_STR("incident:bench"),
                                     .value =
                                         CORD_STR("{\"title\":\"A week\",\"level\":\"major\"}"),
                                     .valid_from_ns = INCIDENT_NS,
                                     .valid_to_ns = INCIDENT_NS + WEEK_NS,
                                     .claimant = CORD_STR("org:X26"),
                                     .method = CORD_STR("report"),
                                     .confidence = 90};
    return cord_record_append(record, &claim, 1, &outcome, err);
}

static cord_status note_incident(void *self, const struct cord_answer *answer)
{
    (void)answer;
    *(bool *)self = true;
    return CORD_E_END;
}

/* Unless it is there. */
static cord_status add_what_figures_need(const struct bench *bench, struct cord_error *err)
{
    const struct cord_record_options options = {.exercise = CORD_STR(""),
                                                .clock = {after_all, NULL}};
    const struct cord_as_of now = {INT64_MAX, INCIDENT_NS};
    struct cord_record *record = NULL;
    struct cord_record_view *view = NULL;
    bool there = false;
    cord_status status = cord_record_open(bench->dir, &options, &record, err);
    if (status == CORD_OK) {
        status = cord_record_view_open(record, &view, err);
    }
    if (status == CORD_OK) {
        status = cord_record_view_answers(view, CORD_STR("incident"), CORD_STR(""), now,
                                          note_incident, &there, err);
    }
    cord_record_view_close(view);
    if (status == CORD_OK && !there) {
        status = add_register(bench, record, err);
        status = status == CORD_OK ? add_incident(record, err) : status;
    }
    cord_record_close(record);
    return status;
}

static cord_status lend(void *self, struct cord_as_of as_of,
                        const struct cord_organisations **ret_picture, struct cord_error *err)
{
    (void)as_of;
    (void)err;
    *ret_picture = self;
    return CORD_OK;
}

/* Each in a scope of its own, as a request of its own would. */
static cord_status ask_figure(const struct bench *bench, struct cord_record_view *view,
                              struct cord_organisations *picture,
                              const struct cord_figure_definition *definition,
                              struct cord_error *err)
{
    double times[MOMENTS_MAX + 1]; /* that of the first one apart: it reads names of lines, too */
    size_t moments = bench->questions < MOMENTS_MAX ? bench->questions : MOMENTS_MAX;
    uint64_t visited = cord_record_view_visited(view);
    /* Of then nothing is known of the incident, which is told at the end: its begin is given. */
    int64_t known_ns = bench->known_days > 0
                           ? INCIDENT_NS + (int64_t)bench->known_days * 86400 * CORD_SECOND_NS
                           : BEGIN_NS + YEAR_NS + 2 * CORD_SECOND_NS;
    const struct cord_figure *figure = NULL;
    cord_status status = CORD_OK;
    size_t items = 0;
    for (size_t i = 0; status == CORD_OK && i <= moments; i++) {
        struct cord_figure_scope *scope = NULL;
        const struct cord_figure_request request = {
            .as_of = {known_ns, INCIDENT_NS + (int64_t)(mix(i + 99) % (uint64_t)WEEK_NS)},
            .from_ns = bench->known_days > 0 ? INCIDENT_NS : CORD_TIME_NONE,
            .lend = lend,
            .self = picture};
        double start = now_s(CLOCK_THREAD_CPUTIME_ID);
        status = cord_figure_scope_new(view, &request, &scope, err);
        if (status == CORD_OK) {
            status = cord_figure_compute(scope, definition, &figure, err);
            items = status == CORD_OK ? figure->item_count : 0;
        }
        cord_figure_scope_free(scope);
        times[i] = (now_s(CLOCK_THREAD_CPUTIME_ID) - start) * 1e3;
    }
    if (status == CORD_OK) {
        visited = (cord_record_view_visited(view) - visited) / (moments + 1);
        qsort(&times[1], moments, sizeof *times, by_size);
        (void)printf("{\"bench\":\"record\",\"figure\":\"%s\",\"items\":%zu,\"moments\":%zu,"
                     "\"visited\":%" PRIu64
                     ",\"cpu_first_ms\":%.2f,\"cpu_median_ms\":%.2f,\"cpu_p98_ms\":%.2f,"
                     "\"cpu_most_ms\":%.2f}\n",
                     definition->id, items, moments, visited, times[0], times[1 + moments / 2],
                     times[1 + (moments - 1) * 98 / 100], times[moments]);
    }
    return status;
}

static cord_status ask_figures(const struct bench *bench, struct cord_error *err)
{
    const struct cord_record_options options = {.read_only = true, .cache_mb = bench->cache_mb};
    const struct cord_as_of about = {INT64_MAX, INCIDENT_NS};
    struct cord_record *record = NULL;
    struct cord_record_view *view = NULL;
    struct cord_organisations *picture = NULL;
    cord_status status = add_what_figures_need(bench, err);
    if (status == CORD_OK) {
        status = cord_record_open(bench->dir, &options, &record, err);
    }
    if (status == CORD_OK) {
        status = cord_record_view_open(record, &view, err);
    }
    double start = now_s(CLOCK_THREAD_CPUTIME_ID);
    if (status == CORD_OK) {
        status = cord_organisations_build(view, about, &picture, err);
    }
    (void)printf("{\"bench\":\"record\",\"figure\":\"(picture of organisations)\","
                 "\"cpu_median_ms\":%.2f}\n",
                 (now_s(CLOCK_THREAD_CPUTIME_ID) - start) * 1e3);
    for (size_t i = 0; status == CORD_OK && i < cord_figure_count(); i++) {
        status = ask_figure(bench, view, picture, cord_figure_definition(i), err);
    }
    cord_organisations_free(picture);
    cord_record_view_close(view);
    cord_record_close(record);
    return status;
}

int main(int argc, char **argv)
{
    struct bench bench = {
        .claims = 1000000, .organisations = 25000, .questions = 100, .cache_mb = 256};
    for (int option; (option = getopt(argc, argv, "afn:o:q:c:k:")) != -1;) {
        unsigned long long number = strtoull(optarg ? optarg : "0", NULL, 10);
        bench.claims = option == 'n' ? number : bench.claims;
        bench.organisations = option == 'o' ? number : bench.organisations;
        bench.questions = option == 'q' ? number : bench.questions;
        bench.cache_mb = option == 'c' ? (uint32_t)number : bench.cache_mb;
        bench.known_days = option == 'k' ? number : bench.known_days;
        bench.ask_only = option == 'a' || bench.ask_only;
        bench.figures = option == 'f' || bench.figures;
        if (option == '?') {
            return 2;
        }
    }
    if (argc - optind != 1 || bench.organisations == 0 || bench.questions == 0 ||
        bench.questions > QUESTIONS_MAX) {
        (void)fprintf(stderr, "bench_record: wants a directory\n");
        return 2;
    }
    struct cord_error err = {""};
    struct cord_record_carried carried = {0};
    struct answers answers = {0};
    struct stat info = {0};
    char path[4096];
    bench.dir = argv[optind];
    double start = now_s(CLOCK_MONOTONIC);
    double cpu = now_s(CLOCK_PROCESS_CPUTIME_ID);
    cord_status status = bench.ask_only ? CORD_OK : import(&bench, &carried, &err);
    double took = now_s(CLOCK_MONOTONIC) - start;
    cpu = now_s(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    if (status == CORD_OK) {
        status = ask(&bench, &answers, &err);
    }
    (void)snprintf(path, sizeof path, "%s/record.sqlite", bench.dir);
    (void)stat(path, &info);
    if (status != CORD_OK) {
        (void)fprintf(stderr, "bench_record: %s\n", err.text);
        return 1;
    }
    (void)printf("{\"bench\":\"record\",\"claims\":%" PRIu64 ",\"organisations\":%" PRIu64
                 ",\"import_s\":%.1f,\"import_cpu_s\":%.1f,\"claims_a_second\":%.0f,\"bytes\":%lld,"
                 "\"questions\":%" PRIu64 ",\"answers\":%" PRIu64
                 ",\"median_ms\":%.2f,\"most_ms\":%.2f,\"cpu_ms\":%.2f}\n",
                 carried.total, bench.organisations, took, cpu, (double)carried.claims / took,
                 (long long)info.st_size, bench.questions, answers.answers, answers.median_ms,
                 answers.most_ms, answers.cpu_ms);
    if (bench.figures && ask_figures(&bench, &err) != CORD_OK) {
        (void)fprintf(stderr, "bench_record: %s\n", err.text);
        return 1;
    }
    return 0;
}
