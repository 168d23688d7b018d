/* test_incident_spread.c: when what spreads opens an incident by itself, and what becomes of it. */
#include "kit/kit.h"
#include "kit/kit_incident_spread.h"
#include "triage/incident_entry.h"

/* Two alerts. */
static cord_str alert_of(void *self, uint64_t finding, char buffer[CORD_ALERT_ID_TEXT])
{
    (void)self;
    (void)snprintf(buffer, CORD_ALERT_ID_TEXT, finding % 2 ? "B-ODD" : "B-EVEN");
    return cord_str_from(buffer);
}

static cord_str whose(void *self, cord_str alert)
{
    (void)self;
    return cord_str_eq(alert, CORD_STR("B-ODD")) ? CORD_STR("A1") : CORD_STR("B2");
}

static cord_str raise_alert(void *self, uint64_t lot, char buffer[CORD_ALERT_ID_TEXT])
{
    (void)self;
    (void)snprintf(buffer, CORD_ALERT_ID_TEXT, "R-%04x", (unsigned)(lot & 0xffff));
    return cord_str_from(buffer);
}

static void open_desk(struct kit_incident_spread *desk, uint32_t machines)
{
    const struct cord_incident_spread_options options = {
        .machines = machines, .alert = alert_of, .whose = whose, .raise = raise_alert};
    kit_incident_spread_init(desk, &options);
}

static void feed(struct kit_incident_spread *desk, const char *organisation,
                 const char *const *tags, const char *from, const char *to, int64_t minute)
{
    desk->kit.clock.now_ns = KIT_SPREAD_START + minute * KIT_SPREAD_MINUTE;
    CHECK(kit_spread_feed(&desk->spread, organisation, tags, from, to, minute) == CORD_OK);
}

static struct cord_incident *only(struct kit_incident_spread *desk)
{
    const struct kit_incident_spread_ids found = kit_incident_spread_list(desk, CORD_INCIDENTS_ALL);
    CHECK_U64(found.count, 1);
    return kit_incident_read(&desk->kit, found.ids[0], NULL, NULL);
}

/* "10.0.0.1 of A1: attacker; ...": the machines in the order of the timeline. */
static void check_machines(const struct cord_incident *incident, const char *wanted)
{
    char text[1000] = "";
    size_t len = 0;
    for (size_t i = 0; i < incident->timeline_count; i++) {
        if (cord_str_eq(incident->timeline[i].kind, CORD_STR("incident.machine"))) {
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%.*s", len > 0 ? "; " : "",
                                    CORD_STR_ARG(incident->timeline[i].text));
        }
    }
    CHECK_STR_EQ(cord_str_from(text), cord_str_from(wanted));
}

static void check_state(const struct cord_incident *incident, const char *code, const char *state)
{
    for (size_t i = 0; i < incident->organisation_count; i++) {
        if (cord_str_eq(incident->organisations[i].code, cord_str_from(code))) {
            CHECK_STR_EQ(incident->organisations[i].state, cord_str_from(state));
            return;
        }
    }
    fail_msg("%s is not in it", code);
}

static bool has_item(const struct cord_incident *incident, const char *kind, const char *text)
{
    for (size_t i = 0; i < incident->timeline_count; i++) {
        if (cord_str_eq(incident->timeline[i].kind, cord_str_from(kind)) &&
            cord_str_find(incident->timeline[i].text, cord_str_from(text), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

/* --- when --- */

static void what_takes_a_machine_over_opens_one_and_grows_in_it(void)
{
    struct kit_incident_spread desk;
    open_desk(&desk, 1);
    feed(&desk, "A1", kit_spread_attempt, "10.0.0.1", "10.0.0.2", 0);
    feed(&desk, "A1", kit_spread_attempt, "10.0.0.1", "10.0.0.3", 1);
    kit_incident_spread_look(&desk);
    CHECK_U64(kit_incident_spread_list(&desk, CORD_INCIDENTS_ALL).count,
              0); /* attempts stay quiet */
    feed(&desk, "A1", kit_spread_effect, "10.0.0.1", "10.0.0.3", 2);
    kit_incident_spread_look(&desk);
    struct cord_incident *incident = only(&desk);
    CHECK_STR(incident->title, "T1210, first attacker 10.0.0.1 (A1): A worm");
    CHECK_STR(incident->severity, "business-continuity");
    CHECK(incident->automatic && !incident->kpis.acknowledge.known);
    CHECK_I64(incident->began_ns, KIT_SPREAD_START);
    check_machines(incident, "10.0.0.1 of A1: attacker; "
                             "10.0.0.3 of A1: implanted, from 10.0.0.1, observed");
    check_state(incident, "A1", "infected");
    CHECK_U64(incident->alerts, 2);
    CHECK_U64(incident->clusters, 1);
    CHECK(has_item(incident, "incident.declare", "no person has decided it"));
    cord_incident_free(incident);
    /* It goes on, elsewhere too; a restart in between tells nothing twice. */
    feed(&desk, "B2", kit_spread_effect, "10.0.0.3", "10.1.0.1", 3);
    kit_incident_spread_restart(&desk);
    kit_incident_spread_look(&desk);
    uint64_t claims = cord_record_count(desk.kit.record);
    kit_incident_spread_restart(&desk);
    kit_incident_spread_look(&desk);
    kit_incident_spread_look(&desk);
    CHECK_U64(cord_record_count(desk.kit.record), claims);
    incident = only(&desk);
    CHECK_STR(incident->severity, "critical");
    CHECK(incident->automatic);
    check_machines(incident, "10.0.0.1 of A1: attacker; "
                             "10.0.0.3 of A1: implanted, from 10.0.0.1, observed; "
                             "10.1.0.1 of B2: implanted, from 10.0.0.3, observed");
    check_state(incident, "B2", "infected");
    cord_incident_free(incident);
    /* Each sees of it what is its own. */
    const struct kit_incident_spread_ids found =
        kit_incident_spread_list(&desk, CORD_INCIDENTS_ALL);
    incident = kit_incident_read(&desk.kit, found.ids[0], NULL, "B2");
    CHECK(incident && incident->title.len == 0 && incident->organisation_count == 1);
    check_machines(incident, "10.1.0.1 of B2: implanted, from 10.0.0.3, observed");
    cord_incident_free(incident);
    CHECK(!kit_incident_read(&desk.kit, found.ids[0], NULL, "D4"));
    kit_incident_spread_done(&desk);
}

static void who_was_attacked_from_outside_without_effect_is_contacted(void)
{
    struct kit_incident_spread desk;
    open_desk(&desk, 1);
    feed(&desk, "A1", kit_spread_effect, "198.51.100.7", "10.0.0.2", 0);
    feed(&desk, "C3", kit_spread_attempt, "198.51.100.7", "10.2.0.1", 1);
    kit_incident_spread_look(&desk);
    struct cord_incident *incident = only(&desk);
    CHECK_STR(incident->title,
              "T1210, first attacker 198.51.100.7 (from outside, seen by A1): A worm");
    check_state(incident, "A1", "infected");
    check_state(incident, "C3", "contacted");
    cord_incident_free(incident);
    feed(&desk, "C3", kit_spread_effect, "198.51.100.7", "10.2.0.1", 2);
    kit_incident_spread_look(&desk);
    incident = only(&desk);
    check_state(incident, "C3", "infected");
    cord_incident_free(incident);
    kit_incident_spread_done(&desk);
}

static void what_is_only_concluded_says_so(void)
{
    struct kit_incident_spread desk;
    open_desk(&desk, 1);
    feed(&desk, "A1", kit_spread_inferred, "10.0.0.1", "10.0.0.2", 0);
    kit_incident_spread_look(&desk);
    struct cord_incident *incident = only(&desk);
    CHECK(has_item(incident, "incident.declare", "Inferred only"));
    check_machines(incident, "10.0.0.1 of A1: attacker; "
                             "10.0.0.2 of A1: implanted, from 10.0.0.1, inferred");
    cord_incident_free(incident);
    feed(&desk, "A1", kit_spread_effect, "10.0.0.1", "10.0.0.2", 5); /* now it is seen */
    kit_incident_spread_look(&desk);
    incident = only(&desk);
    CHECK(has_item(incident, "incident.machine",
                   "10.0.0.2 of A1: implanted, from 10.0.0.1, observed"));
    cord_incident_free(incident);
    kit_incident_spread_done(&desk);
}

static void other_clusters_open_none(void)
{
    struct kit_incident_spread desk;
    open_desk(&desk, 1);
    feed(&desk, "A1", kit_spread_seen, NULL, "ws1", 0); /* merely seen, on three machines */
    feed(&desk, "B2", kit_spread_seen, NULL, "ws2", 1);
    feed(&desk, "C3", kit_spread_seen, NULL, "ws3", 2);
    feed(&desk, "A1", kit_spread_scan, "10.0.0.1", NULL, 3); /* scanners */
    feed(&desk, "A1", kit_spread_scan, "10.0.0.2", NULL, 4);
    feed(&desk, "A1", kit_spread_scan, "10.0.0.3", NULL, 5);
    feed(&desk, "D4", kit_spread_host, NULL, "ws9",
         500); /* one machine, from nowhere, and no further */
    kit_incident_spread_look(&desk);
    CHECK_U64(kit_incident_spread_list(&desk, CORD_INCIDENTS_ALL).count, 0);
    feed(&desk, "D4", kit_spread_host, NULL, "ws8", 501); /* two spread */
    kit_incident_spread_look(&desk);
    struct cord_incident *incident = only(&desk);
    CHECK_STR(incident->title, "T1210, first machine ws9 (D4): A worm");
    cord_incident_free(incident);
    feed(&desk, "D4", kit_spread_effect, "198.51.100.7", "10.3.0.1",
         499); /* told late: who began */
    kit_incident_spread_look(&desk);
    incident = only(&desk);
    CHECK_STR(incident->title,
              "T1210, first attacker 198.51.100.7 (from outside, seen by D4): A worm");
    cord_incident_free(incident);
    kit_incident_spread_done(&desk);
}

static void so_many_machines_are_needed(void)
{
    struct kit_incident_spread desk;
    open_desk(&desk, 2);
    feed(&desk, "A1", kit_spread_effect, "10.0.0.1", "10.0.0.2", 0);
    kit_incident_spread_look(&desk);
    CHECK_U64(kit_incident_spread_list(&desk, CORD_INCIDENTS_ALL).count, 0);
    feed(&desk, "A1", kit_spread_effect, "10.0.0.1", "10.0.0.3", 1);
    kit_incident_spread_look(&desk);
    CHECK_U64(kit_incident_spread_list(&desk, CORD_INCIDENTS_ALL).count, 1);
    kit_incident_spread_done(&desk);
    open_desk(&desk, 0); /* never */
    feed(&desk, "A1", kit_spread_effect, "10.0.0.1", "10.0.0.2", 0);
    kit_incident_spread_look(&desk);
    CHECK_U64(kit_incident_spread_list(&desk, CORD_INCIDENTS_ALL).count, 0);
    kit_incident_spread_done(&desk);
}

/* --- what becomes of it --- */

static void clusters_that_turn_out_to_be_one_are_one_incident(void)
{
    struct kit_incident_spread desk;
    char subject[64], value[100];
    open_desk(&desk, 1);
    feed(&desk, "A1", kit_spread_effect, "10.0.0.1", "10.0.0.2", 0);
    kit_incident_spread_look(&desk);
    feed(&desk, "B2", kit_spread_effect, "10.1.0.1", "10.1.0.2", 100);
    kit_incident_spread_look(&desk);
    CHECK_U64(kit_incident_spread_list(&desk, CORD_INCIDENTS_OPEN).count, 2);
    feed(&desk, "A1", kit_spread_effect, "10.0.0.2", "10.0.0.4", 50); /* within reach of both */
    kit_incident_spread_look(&desk);
    struct kit_incident_spread_ids found = kit_incident_spread_list(&desk, CORD_INCIDENTS_OPEN);
    CHECK_U64(found.count, 1);
    struct cord_incident *incident = kit_incident_read(&desk.kit, found.ids[0], NULL, NULL);
    CHECK_U64(incident->merged_count, 1);
    CHECK_STR(incident->title, "T1210, first attacker 10.0.0.1 (A1): A worm");
    cord_incident_free(incident);
    /* People part them: that is not undone. */
    const struct kit_incident_spread_ids all = kit_incident_spread_list(&desk, CORD_INCIDENTS_ALL);
    const char *from = strcmp(all.ids[0], found.ids[0]) == 0 ? all.ids[1] : all.ids[0];
    (void)snprintf(subject, sizeof subject, "incident:%s", from);
    (void)snprintf(value, sizeof value, "{\"into\":\"%s\",\"state\":\"parted\"}", found.ids[0]);
    (void)kit_incident_say(&desk.kit, "incident.merge", subject, value, "user:1", NULL);
    kit_incident_spread_restart(&desk);
    feed(&desk, "A1", kit_spread_effect, "10.0.0.4", "10.0.0.5", 101);
    kit_incident_spread_look(&desk);
    CHECK_U64(kit_incident_spread_list(&desk, CORD_INCIDENTS_OPEN).count, 2);
    CHECK_U64(kit_incident_spread_list(&desk, CORD_INCIDENTS_ALL).count, 2);
    kit_incident_spread_done(&desk);
}

static void a_closed_one_is_not_opened_again(void)
{
    struct kit_incident_spread desk;
    char subject[64];
    open_desk(&desk, 1);
    feed(&desk, "A1", kit_spread_effect, "10.0.0.1", "10.0.0.2", 0);
    kit_incident_spread_look(&desk);
    const struct kit_incident_spread_ids found =
        kit_incident_spread_list(&desk, CORD_INCIDENTS_ALL);
    (void)snprintf(subject, sizeof subject, "incident:%s", found.ids[0]);
    desk.kit.clock.now_ns = KIT_SPREAD_START + 10 * KIT_SPREAD_MINUTE;
    (void)kit_incident_say(&desk.kit, "incident.stand-down", subject, "{\"reason\":\"over\"}",
                           "user:1", NULL);
    uint64_t claims = cord_record_count(desk.kit.record);
    feed(&desk, "A1", kit_spread_effect, "10.0.0.1", "10.0.0.2", 11); /* a repeat is no news */
    kit_incident_spread_look(&desk);
    CHECK_U64(cord_record_count(desk.kit.record), claims);
    feed(&desk, "A1", kit_spread_effect, "10.0.0.2", "10.0.0.3", 20);
    kit_incident_spread_look(&desk);
    kit_incident_spread_restart(&desk);
    feed(&desk, "A1", kit_spread_effect, "10.0.0.2", "10.0.0.4", 21);
    kit_incident_spread_look(&desk);
    struct cord_incident *incident = only(&desk);
    CHECK(incident->state == CORD_INCIDENT_STOOD_DOWN);
    CHECK(has_item(incident, "incident.note", "it spreads again: 10.0.0.3 was taken over"));
    CHECK(!has_item(incident, "incident.machine", "10.0.0.3"));
    CHECK_U64(cord_record_count(desk.kit.record), claims + 3); /* note, alert, its link: once */
    cord_incident_free(incident);
    /* Declared anew by somebody it goes on, with what came meanwhile. */
    desk.kit.clock.now_ns = KIT_SPREAD_START + 30 * KIT_SPREAD_MINUTE;
    (void)kit_incident_say(&desk.kit, "incident.declare", subject,
                           "{\"title\":\"Again\",\"level\":\"major\"}", "user:1", NULL);
    CHECK(cord_record_view_refresh(desk.kit.view, NULL) == CORD_OK); /* as the desk does */
    kit_incident_spread_look(&desk);
    incident = only(&desk);
    CHECK(incident->state == CORD_INCIDENT_OPEN && !incident->automatic);
    CHECK(incident->kpis.acknowledge.known);
    CHECK_STR(incident->title, "Again");
    CHECK_STR(incident->severity, "major");
    CHECK(has_item(incident, "incident.machine", "10.0.0.3 of A1: implanted"));
    CHECK(has_item(incident, "incident.machine", "10.0.0.4 of A1: implanted"));
    cord_incident_free(incident);
    kit_incident_spread_done(&desk);
}

static void what_people_linked_is_followed(void)
{
    struct kit_incident_spread desk;
    struct cord_spread_answer *answer = NULL;
    const struct cord_spread_question all = {.at_ns = CORD_TIME_NONE};
    char value[200];
    open_desk(&desk, 2);
    feed(&desk, "A1", kit_spread_effect, "10.0.0.1", "10.0.0.2", 0);
    kit_incident_spread_look(&desk);
    CHECK(cord_spread_ask(desk.spread.spread, &all, &answer) == CORD_OK);
    (void)snprintf(value, sizeof value,
                   "{\"kind\":\"cluster\",\"id\":\"%.*s\",\"state\":\"linked\"}",
                   CORD_STR_ARG(cord_spread_answer_at(answer, 0)->id));
    (void)kit_incident_say(&desk.kit, "incident.declare", "incident:INC-7",
                           "{\"title\":\"Ours\",\"level\":\"minor\"}", "user:1", NULL);
    (void)kit_incident_say(&desk.kit, "incident.link", "incident:INC-7", value, "user:1", NULL);
    feed(&desk, "B2", kit_spread_effect, "10.0.0.2", "10.1.0.3", 1);
    kit_incident_spread_look(&desk);
    struct cord_incident *incident = only(&desk);
    CHECK_STR(incident->id, "INC-7");
    CHECK_STR(incident->severity, "minor"); /* that is theirs to say */
    check_machines(incident, "10.0.0.1 of A1: attacker; "
                             "10.0.0.2 of A1: implanted, from 10.0.0.1, observed; "
                             "10.1.0.3 of B2: implanted, from 10.0.0.2, observed");
    cord_incident_free(incident);
    /* Taken away, it is left alone. */
    (void)snprintf(value, sizeof value,
                   "{\"kind\":\"cluster\",\"id\":\"%.*s\",\"state\":\"unlinked\"}",
                   CORD_STR_ARG(cord_spread_answer_at(answer, 0)->id));
    (void)kit_incident_say(&desk.kit, "incident.link", "incident:INC-7", value, "user:1", NULL);
    uint64_t claims = cord_record_count(desk.kit.record);
    feed(&desk, "B2", kit_spread_effect, "10.0.0.2", "10.1.0.4", 2);
    kit_incident_spread_look(&desk);
    kit_incident_spread_restart(&desk);
    kit_incident_spread_look(&desk);
    CHECK_U64(cord_record_count(desk.kit.record), claims);
    cord_spread_answer_free(answer);
    kit_incident_spread_done(&desk);
}

/* A person's word on an organisation counts before the system's. */
static void people_say_how_an_organisation_is(void)
{
    struct kit_incident_spread desk;
    char value[200];
    open_desk(&desk, 1);
    feed(&desk, "A1", kit_spread_effect, "10.0.0.1", "10.0.0.2", 0);
    kit_incident_spread_look(&desk);
    const struct kit_incident_spread_ids found =
        kit_incident_spread_list(&desk, CORD_INCIDENTS_ALL);
    desk.kit.clock.now_ns = KIT_SPREAD_START + 5 * KIT_SPREAD_MINUTE;
    (void)snprintf(value, sizeof value, "{\"state\":\"contained\",\"incident\":\"%s\"}",
                   found.ids[0]);
    (void)kit_incident_say(&desk.kit, "status.claim", "org:A1", value, "org:A1",
                           "\"basis\":\"reported\"");
    feed(&desk, "A1", kit_spread_effect, "10.0.0.1", "10.0.0.9", 6);
    kit_incident_spread_look(&desk);
    struct cord_incident *incident = only(&desk);
    check_state(incident, "A1", "contained");
    cord_incident_free(incident);
    kit_incident_spread_done(&desk);
}

KIT_MAIN(KIT_TEST(what_takes_a_machine_over_opens_one_and_grows_in_it),
         KIT_TEST(who_was_attacked_from_outside_without_effect_is_contacted),
         KIT_TEST(what_is_only_concluded_says_so), KIT_TEST(other_clusters_open_none),
         KIT_TEST(so_many_machines_are_needed),
         KIT_TEST(clusters_that_turn_out_to_be_one_are_one_incident),
         KIT_TEST(a_closed_one_is_not_opened_again), KIT_TEST(what_people_linked_is_followed),
         KIT_TEST(people_say_how_an_organisation_is))
