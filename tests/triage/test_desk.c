/* test_desk.c: alerts learn of the cluster and the incident that they are part of. */
#include "kit/kit.h"

#include "triage/desk.h"

#include <stdio.h>
#include <string.h>

#define ALL INT64_MAX

static struct cord_desk *desk_new(void)
{
    struct cord_desk_options options = {.seed = 5};
    struct cord_desk *desk = NULL;
    memset(options.key, 7, sizeof options.key);
    CHECK(cord_desk_new(&options, &desk, NULL) == CORD_OK);
    return desk;
}

/* One machine takes over another, `minute` minutes after eight. */
static cord_status feed(struct cord_desk *desk, uint64_t number, int from, int to,
                        int64_t through_ns)
{
    char json[1024];
    int len = snprintf(
        json, sizeof json,
        "{\"finding\":%llu,\"first_seen\":\"2017-05-12T08:%02llu:30Z\",\"organisation\":\"X-T001\","
        "\"level\":\"high\",\"title\":\"Implanted\",\"rule\":{\"id\":\"r1\",\"author\":\"A\","
        "\"tags\":[\"attack.t1210\",\"cordon.spread-effect\"]},\"time\":\"2017-05-12T08:%02llu:"
        "00Z\","
        "\"fields\":[{\"name\":\"src_ip\",\"value\":\"10.0.0.%d\"},"
        "{\"name\":\"dest_ip\",\"value\":\"10.0.0.%d\"}]}",
        (unsigned long long)number, (unsigned long long)number, (unsigned long long)number, from,
        to);
    CHECK(len > 0 && (size_t)len < sizeof json);
    struct cord_error err = {""};
    cord_status status =
        cord_desk_finding(desk, number, (cord_str){json, (size_t)len}, through_ns, &err);
    if (status != CORD_OK && status != CORD_E_MORE) {
        print_message("%s\n", err.text);
    }
    return status;
}

struct seen {
    size_t count;
    size_t clustered;
    char id[CORD_ALERT_ID_TEXT];
    char incident[64];
};

static void see(void *self, const struct cord_alert *alert)
{
    struct seen *seen = self;
    seen->count++;
    seen->clustered += alert->cluster.len > 0;
    (void)snprintf(seen->id, sizeof seen->id, "%.*s", CORD_STR_ARG(alert->id));
    (void)snprintf(seen->incident, sizeof seen->incident, "%.*s", CORD_STR_ARG(alert->incident));
}

static struct seen look(struct cord_desk *desk)
{
    struct seen seen = {0};
    struct cord_alert_listed listed;
    const struct cord_alert_ask ask = {
        .from_ns = CORD_TIME_NONE, .to_ns = CORD_TIME_NONE, .at_ns = CORD_TIME_NONE};
    const struct cord_alert_page page = {.limit = 100};
    CHECK(cord_alert_book_list(cord_desk_alerts(desk), &ask, &page,
                               (struct cord_alert_visitor){see, &seen}, &listed, NULL) == CORD_OK);
    return seen;
}

static void an_alert_is_part_of_what_spreads(void)
{
    struct cord_desk *desk = desk_new();
    CHECK(feed(desk, 1, 9, 1, ALL) == CORD_OK);
    CHECK(feed(desk, 2, 9, 2, ALL) == CORD_OK);
    CHECK(feed(desk, 3, 2, 3, ALL) == CORD_OK);
    CHECK_U64(look(desk).clustered, 0);
    CHECK(cord_desk_settle(desk) == CORD_OK);
    struct seen seen = look(desk);
    CHECK(seen.count > 0);
    CHECK_U64(seen.clustered, seen.count);
    uint64_t revision = cord_alert_book_stats(cord_desk_alerts(desk)).revision;
    CHECK(feed(desk, 4, 2, 4, ALL) == CORD_OK && cord_desk_settle(desk) == CORD_OK);
    CHECK(cord_alert_book_stats(cord_desk_alerts(desk)).revision > revision);
    revision = cord_alert_book_stats(cord_desk_alerts(desk)).revision;
    CHECK(cord_desk_settle(desk) == CORD_OK); /* nothing is new: nothing is told again */
    CHECK_U64(cord_alert_book_stats(cord_desk_alerts(desk)).revision, revision);
    cord_desk_free(desk);
}

static void a_finding_waits_for_the_claims_before_it(void)
{
    struct cord_desk *desk = desk_new();
    CHECK(feed(desk, 1, 9, 1, 0) == CORD_E_MORE);
    CHECK_U64(look(desk).count, 0);
    CHECK(feed(desk, 1, 9, 1, ALL) == CORD_OK);
    CHECK_U64(look(desk).count, 1);
    cord_desk_free(desk);
}

static void link_to(struct cord_desk *desk, uint64_t number, const char *alert, const char *state)
{
    char value[128];
    int len = snprintf(value, sizeof value, "{\"kind\":\"alert\",\"id\":\"%s\",\"state\":\"%s\"}",
                       alert, state);
    const struct cord_claim claim = {.number = number,
                                     .kind = cord_claim_kind_find(CORD_STR("incident.link")),
                                     .subject = CORD_STR("incident:INC-2017-7QK2"),
                                     .value = {value, (size_t)len},
                                     .recorded_ns = (int64_t)number * CORD_SECOND_NS};
    CHECK(cord_desk_claim(desk, &claim, NULL) == CORD_OK);
}

static void an_alert_is_part_of_the_incident_it_is_linked_to(void)
{
    struct cord_desk *desk = desk_new();
    CHECK(feed(desk, 1, 9, 1, ALL) == CORD_OK);
    struct seen seen = look(desk);
    link_to(desk, 1, seen.id, "linked");
    CHECK_STR(cord_str_from(look(desk).incident), "INC-2017-7QK2");
    link_to(desk, 2, seen.id, "unlinked");
    CHECK_STR(cord_str_from(look(desk).incident), "");
    link_to(desk, 3, "no id", "linked");
    cord_desk_free(desk);
}

static void what_is_no_finding_is_refused(void)
{
    struct cord_desk *desk = desk_new();
    struct cord_error err = {""};
    CHECK(cord_desk_finding(desk, 1, CORD_STR("{}"), ALL, &err) == CORD_E_FORMAT);
    CHECK(feed(desk, 2, 9, 1, ALL) == CORD_OK);
    CHECK_U64(look(desk).count, 1);
    cord_desk_free(desk);
}

KIT_MAIN(KIT_TEST(an_alert_is_part_of_what_spreads),
         KIT_TEST(a_finding_waits_for_the_claims_before_it),
         KIT_TEST(an_alert_is_part_of_the_incident_it_is_linked_to),
         KIT_TEST(what_is_no_finding_is_refused))
