/*
 * bench_incident.c: one incident in a large record, read as its page is.
 *
 * bench_incident [-n claims] [-o organisations] [-i claims of the incident] [-q readings] DIR
 *
 * DIR, which must not hold a record, gets so many claims of status of so many organisations over a
 * year, the last of them of an incident in which every eightieth is. Then the incident is read,
 * with its timeline, and all incidents are listed. One line of JSON: the CPU's time of each.
 */
#include "triage/incident.h"

#include "base/timestamp.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 1000, SHARE = 80 };

#define BEGIN_NS (1483228800 * CORD_SECOND_NS) /* 2017 */
#define YEAR_NS  (365 * 86400 * CORD_SECOND_NS)

struct bench {
    uint64_t claims, organisations, of_incident, readings;
    int64_t now_ns;
};

struct texts {
    char subject[32], value[128];
};

static uint64_t mix(uint64_t n)
{
    n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9u;
    n = (n ^ n >> 27) * 0x94d049bb133111ebu;
    return n ^ n >> 31;
}

static double cpu_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int64_t tell_time(void *self)
{
    return ((struct bench *)self)->now_ns;
}

static struct cord_claim make(const struct bench *bench, uint64_t n, struct texts *texts)
{
    static const char *const states[] = {"clear", "exposed", "infected", "disrupted", "recovered"};
    uint64_t first = bench->claims - bench->of_incident;
    uint64_t dice = mix(n + 1);
    uint64_t organisation = dice % bench->organisations;
    bool declares = n == first;
    bool note = n > first && dice >> 40 & 1;
    bool status = n > first && !note;
    struct cord_claim claim = {
        .kind = cord_claim_kind_find(declares ? CORD_STR("incident.declare")
                                     : note   ? CORD_STR("incident.note")
                                              : CORD_STR("status.claim")),
        .subject = CORD_STR("incident:INC-2017-7QK2"),
        .value = CORD_STR("{\"title\":\"worm\",\"level\":\"major\"}"),
        .valid_from_ns = CORD_TIME_NONE,
        .valid_to_ns = CORD_TIME_NONE,
        .recorded_ns = CORD_TIME_NONE,
        .claimant = CORD_STR("user:7"),
        .method = CORD_STR("console"),
        .confidence = 80,
        .basis = CORD_CLAIM_REPORTED,
        .marking = CORD_CLAIM_AMBER,
    };
    if (note) {
        claim.value = CORD_STR("{\"text\":\"somebody was told something\"}");
    } else if (!declares) {
        organisation -= status ? organisation % SHARE : 0;
        (void)snprintf(texts->subject, sizeof texts->subject, "org:R%05" PRIu64, organisation);
        (void)snprintf(texts->value, sizeof texts->value, "{\"state\":\"%s\"%s}",
                       states[(dice >> 45) % 5], status ? ",\"incident\":\"INC-2017-7QK2\"" : "");
        claim.subject = cord_str_from(texts->subject);
        claim.value = cord_str_from(texts->value);
    }
    return claim;
}

static cord_status fill(struct bench *bench, struct cord_record *record, struct cord_error *err)
{
    static const uint64_t batch = BATCH;
    struct cord_claim *claims = calloc(batch, sizeof *claims);
    struct texts *texts = calloc(batch, sizeof *texts);
    cord_status status = claims && texts ? CORD_OK : CORD_E_NOMEM;
    for (uint64_t n = 0, count; status == CORD_OK && n < bench->claims; n += count) {
        struct cord_record_outcome outcome;
        count = bench->claims - n < batch ? bench->claims - n : batch;
        bench->now_ns = BEGIN_NS + (int64_t)((double)n / (double)bench->claims * (double)YEAR_NS);
        for (uint64_t i = 0; i < count; i++) {
            claims[i] = make(bench, n + i, &texts[i]);
        }
        status = cord_record_append(record, claims, (size_t)count, &outcome, err);
    }
    free(claims);
    free(texts);
    return status;
}

static cord_status count_one(void *self, const struct cord_incident *incident)
{
    (void)incident;
    ++*(uint64_t *)self;
    return CORD_OK;
}

static cord_status ask(const struct bench *bench, struct cord_record *record,
                       struct cord_error *err)
{
    const struct cord_incident_request request = {.known_ns = INT64_MAX};
    const struct cord_incident_filter filter = {.which = CORD_INCIDENTS_OPEN};
    struct cord_record_view *view = NULL;
    struct cord_incident *incident = NULL;
    uint64_t listed = 0;
    cord_status status = cord_record_view_open(record, &view, err);
    double start = cpu_ms();
    for (uint64_t i = 0; status == CORD_OK && i < bench->readings; i++) {
        cord_incident_free(incident);
        incident = NULL;
        status = cord_incident_read(view, CORD_STR("INC-2017-7QK2"), &request, &incident, err);
    }
    double read = cpu_ms();
    for (uint64_t i = 0; status == CORD_OK && i < bench->readings; i++) {
        status = cord_incident_list(view, &request, &filter, count_one, &listed, err);
    }
    double list = cpu_ms();
    if (status == CORD_OK && incident) {
        (void)printf("{\"bench\":\"incident\",\"claims\":%" PRIu64 ",\"organisations\":%zu"
                     ",\"items\":%zu,\"read_cpu_ms\":%.2f,\"list_cpu_ms\":%.2f}\n",
                     bench->claims, incident->organisation_count, incident->timeline_count,
                     (read - start) / (double)bench->readings,
                     (list - read) / (double)bench->readings);
    }
    cord_incident_free(incident);
    cord_record_view_close(view);
    return status;
}

int main(int argc, char **argv)
{
    struct bench bench = {
        .claims = 1000000, .organisations = 25000, .of_incident = 2000, .readings = 20};
    for (int option; (option = getopt(argc, argv, "n:o:i:q:")) != -1;) {
        unsigned long long number = strtoull(optarg ? optarg : "0", NULL, 10);
        bench.claims = option == 'n' ? number : bench.claims;
        bench.organisations = option == 'o' ? number : bench.organisations;
        bench.of_incident = option == 'i' ? number : bench.of_incident;
        bench.readings = option == 'q' ? number : bench.readings;
        if (option == '?') {
            return 2;
        }
    }
    if (argc - optind != 1 || bench.organisations == 0 || bench.readings == 0 ||
        bench.of_incident == 0 || bench.of_incident > bench.claims) {
        (void)fprintf(stderr, "bench_incident: wants a directory\n");
        return 2;
    }
    struct cord_error err = {""};
    struct cord_record *record = NULL;
    const struct cord_record_options options = {
        .create = true, .exercise = CORD_STR(""), .clock = {tell_time, &bench}, .cache_mb = 256};
    cord_status status = cord_record_open(argv[optind], &options, &record, &err);
    if (status == CORD_OK) {
        status = fill(&bench, record, &err);
    }
    if (status == CORD_OK) {
        status = ask(&bench, record, &err);
    }
    cord_record_close(record);
    if (status != CORD_OK) {
        (void)fprintf(stderr, "bench_incident: %s\n", err.text);
    }
    return status == CORD_OK ? 0 : 1;
}
