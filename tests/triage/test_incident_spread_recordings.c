/*
 * test_incident_spread_recordings.c: real recordings of MS17-010 through the engine with the
 * shipped rules: what worked opens one incident by itself, with the first attacker named and the
 * machines taken over in the order of the recording's ground truth; what failed, and other logs,
 * none.
 */
#include "kit/kit.h"
#include "kit/kit_incident_spread.h"
#include "kit/kit_recordings.h"
#include "triage/incident_entry.h"

#define KNOWN_NS (1700000000 * CORD_SECOND_NS)

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

static void open_desk(struct kit_incident_spread *desk)
{
    const struct cord_incident_spread_options options = {
        .machines = 1, .alert = alert_of, .whose = whose, .raise = raise_alert};
    kit_incident_spread_init(desk, &options);
    desk->kit.clock.now_ns = KNOWN_NS;
}

/* Each finding is followed by a look, as fast as a server could; every third time by a restart. */
static void feed(struct kit_incident_spread *desk, const struct kit_sightings *sightings)
{
    for (size_t i = 0; i < sightings->count; i++) {
        desk->kit.clock.now_ns = sightings->items[i].known_ns;
        CHECK(cord_spread_feed(desk->spread.spread, &sightings->items[i]) == CORD_OK);
        kit_incident_spread_look(desk);
        if (i % 3 == 2) {
            kit_incident_spread_restart(desk);
        }
    }
    uint64_t claims = cord_record_count(desk->kit.record);
    kit_incident_spread_restart(desk);
    kit_incident_spread_look(desk);
    CHECK_U64(cord_record_count(desk->kit.record), claims); /* all of it was told */
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

static void check_incident(struct kit_incident_spread *desk, const char *id,
                           const struct kit_recording *recording)
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
    struct kit_incident_spread desk;
    open_desk(&desk);
    feed(&desk, &recording->sightings);
    const struct kit_incident_spread_ids found =
        kit_incident_spread_list(&desk, CORD_INCIDENTS_ALL);
    print_message("%s (%s): %zu findings, %zu incidents\n", recording->name, recording->outcome,
                  recording->sightings.count, found.count);
    CHECK(found.count <= 1 && (!recording->worked || found.count == 1) &&
          (!recording->failed || found.count == 0));
    if (found.count == 1) {
        check_incident(&desk, found.ids[0], recording);
    }
    kit_incident_spread_done(&desk);
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
        struct kit_incident_spread desk;
        const char *path = kit_shared_path(folders[i]);
        kit_sightings_scan(&sightings, &path, 1, "X-T001", KNOWN_NS);
        open_desk(&desk);
        feed(&desk, &sightings);
        CHECK_U64(kit_incident_spread_list(&desk, CORD_INCIDENTS_ALL).count, 0);
        kit_incident_spread_done(&desk);
        kit_sightings_done(&sightings);
    }
}

KIT_MAIN(KIT_TEST(each_recording_that_worked_opens_one_incident), KIT_TEST(other_logs_open_none))
