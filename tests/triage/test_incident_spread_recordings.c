/*
 * test_incident_spread_recordings.c: real recordings of MS17-010 through the engine with the
 * shipped rules: what worked opens one incident by itself, with the first attacker named and the
 * machines taken over in the order of the recording's ground truth; what failed, and other logs,
 * none.
 */
#include "kit/kit.h"
#include "kit/kit_incident.h"
#include "kit/kit_recordings.h"
#include "triage/incident_entry.h"
#include "triage/incident_spread.h"

#define KNOWN_NS (1700000000 * CORD_SECOND_NS)

struct desk {
    struct kit_incident kit;
    struct cord_spread *spread;
    struct cord_incident_spread *incidents;
};

/* Each finding is an alert of its own. */
static cord_str alert_of(void *self, uint64_t finding, char buffer[CORD_ALERT_ID_TEXT])
{
    (void)self;
    int len = snprintf(buffer, CORD_ALERT_ID_TEXT, "B-%u", (unsigned)(finding % 100000));
    return (cord_str){buffer, len > 0 ? (size_t)len : 0};
}

static cord_str whose(void *self, cord_str alert)
{
    (void)self, (void)alert;
    return CORD_STR("X-T001");
}

static cord_str raise_alert(void *self, uint64_t lot, char buffer[CORD_ALERT_ID_TEXT])
{
    (void)self, (void)lot;
    (void)snprintf(buffer, CORD_ALERT_ID_TEXT, "B-RAISED");
    return cord_str_from(buffer);
}

static void open_incidents(struct desk *desk)
{
    const struct cord_incident_spread_options options = {.spread = desk->spread,
                                                         .record = desk->kit.record,
                                                         .machines = 1,
                                                         .alert = alert_of,
                                                         .whose = whose,
                                                         .raise = raise_alert};
    CHECK(cord_incident_spread_new(&options, &desk->incidents, NULL) == CORD_OK);
}

static void open_desk(struct desk *desk)
{
    struct cord_spread_options options;
    cord_spread_defaults(&options);
    kit_incident_init(&desk->kit);
    desk->kit.clock.now_ns = KNOWN_NS;
    CHECK(cord_spread_new(&options, &desk->spread, NULL) == CORD_OK);
    open_incidents(desk);
}

static void close_desk(struct desk *desk)
{
    cord_incident_spread_free(desk->incidents);
    cord_spread_free(desk->spread);
    kit_incident_done(&desk->kit);
}

static void look(struct desk *desk)
{
    struct cord_error err = {""};
    if (cord_incident_spread_look(desk->incidents, desk->kit.view, desk->kit.clock.now_ns, &err) !=
        CORD_OK) {
        fail_msg("%s", err.text);
    }
    CHECK_U64(cord_incident_spread_stats(desk->incidents).refused, 0);
}

/* Each finding is followed by a look, as fast as a server could; every third time by a restart. */
static void feed(struct desk *desk, const struct kit_sightings *sightings)
{
    for (size_t i = 0; i < sightings->count; i++) {
        desk->kit.clock.now_ns = sightings->items[i].known_ns;
        CHECK(cord_spread_feed(desk->spread, &sightings->items[i]) == CORD_OK);
        look(desk);
        if (i % 3 == 2) {
            cord_incident_spread_free(desk->incidents);
            open_incidents(desk);
        }
    }
    uint64_t claims = cord_record_count(desk->kit.record);
    cord_incident_spread_free(desk->incidents);
    open_incidents(desk);
    look(desk);
    CHECK_U64(cord_record_count(desk->kit.record), claims); /* all of it was told */
}

struct found {
    char id[CORD_INCIDENT_ID_BYTES];
    size_t count;
};

static cord_status on_incident(void *self, const struct cord_incident *incident)
{
    struct found *found = self;
    CHECK(incident->automatic);
    (void)snprintf(found->id, sizeof found->id, "%.*s", CORD_STR_ARG(incident->id));
    found->count++;
    return CORD_OK;
}

static struct found incidents_of(struct desk *desk)
{
    struct found found = {.count = 0};
    const struct cord_incident_filter filter = {
        .which = CORD_INCIDENTS_ALL, .organisation = CORD_STR(""), .link = CORD_STR("")};
    kit_incident_ask(&desk->kit, NULL, NULL);
    CHECK(cord_incident_list(desk->kit.view, &desk->kit.request, &filter, on_incident, &found,
                             NULL) == CORD_OK);
    return found;
}

/* --- ground truth --- */

static bool tells_of(const struct cord_incident_item *item, const char *host, const char *role)
{
    char text[300];
    int len = snprintf(text, sizeof text, "%s of X-T001: %s", host, role);
    return cord_str_eq(item->kind, CORD_STR("incident.machine")) &&
           cord_str_starts(item->text, (cord_str){text, len > 0 ? (size_t)len : 0});
}

static void check_hosts(const struct cord_incident *incident, const struct kit_recording *recording)
{
    size_t at = 0;
    for (size_t i = 0; i < recording->implanted_count; i++) {
        const char *host = recording->implanted[i];
        while (at < incident->timeline_count &&
               !tells_of(&incident->timeline[at], host, "implanted")) {
            at++;
        }
        if (at == incident->timeline_count) {
            fail_msg("%s is not told of, or not in its turn", host);
        }
    }
}

static void check_incident(struct desk *desk, const char *id, const struct kit_recording *recording)
{
    struct cord_incident *incident = kit_incident_read(&desk->kit, id, NULL, NULL);
    char attacker[100];
    int len = snprintf(attacker, sizeof attacker, "T1210, first attacker %s (",
                       recording->first_attacker);
    print_message("  %.*s: %.*s\n", CORD_STR_ARG(incident->id), CORD_STR_ARG(incident->title));
    CHECK(cord_str_starts(incident->title, (cord_str){attacker, len > 0 ? (size_t)len : 0}));
    CHECK(incident->state == CORD_INCIDENT_OPEN && incident->automatic);
    CHECK_U64(incident->clusters, 1);
    CHECK(incident->alerts > 0);
    CHECK_U64(incident->organisation_count, 1);
    CHECK_STR(incident->organisations[0].code, "X-T001");
    CHECK_STR(incident->organisations[0].state, "infected");
    CHECK_STR(incident->organisations[0].last_who, CORD_INCIDENT_SPREAD_CLAIMANT);
    CHECK_STR(incident->severity, "business-continuity");
    CHECK(!incident->kpis.acknowledge.known); /* nobody has */
    check_hosts(incident, recording);
    cord_incident_free(incident);
    /* Whose machines they are sees that there is an incident, and whose they are not does not. */
    incident = kit_incident_read(&desk->kit, id, NULL, "X-T001");
    CHECK(incident && incident->title.len == 0 && !incident->automatic);
    check_hosts(incident, recording);
    cord_incident_free(incident);
    CHECK(!kit_incident_read(&desk->kit, id, NULL, "A1"));
}

static void check_recording(const struct kit_recording *recording)
{
    struct desk desk;
    open_desk(&desk);
    feed(&desk, &recording->sightings);
    const struct found found = incidents_of(&desk);
    print_message("%s (%s): %zu findings, %zu incidents\n", recording->name, recording->outcome,
                  recording->sightings.count, found.count);
    CHECK(found.count <= 1 && (!recording->worked || found.count == 1) &&
          (!recording->failed || found.count == 0));
    if (found.count == 1) {
        check_incident(&desk, found.id, recording);
    }
    close_desk(&desk);
}

static void each_recording_that_worked_opens_one_incident(void)
{
    kit_recordings_each("X-T001", KNOWN_NS, check_recording);
}

static void other_logs_open_none(void)
{
    static const char *const folders[] = {"data/zeek-logs", "data/suricata-eve/eve",
                                          "data/host-and-app-logs"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        struct kit_sightings sightings;
        struct desk desk;
        const char *path = kit_shared_path(folders[i]);
        kit_sightings_scan(&sightings, &path, 1, "X-T001", KNOWN_NS);
        open_desk(&desk);
        feed(&desk, &sightings);
        CHECK_U64(incidents_of(&desk).count, 0);
        close_desk(&desk);
        kit_sightings_done(&sightings);
    }
}

KIT_MAIN(KIT_TEST(each_recording_that_worked_opens_one_incident), KIT_TEST(other_logs_open_none))
