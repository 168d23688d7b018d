/* test_incident_spread.c: when what spreads opens an incident by itself, and what becomes of it. */
#include "kit/kit.h"
#include "kit/kit_incident.h"
#include "triage/incident_entry.h"
#include "triage/incident_spread.h"

#define MINUTE (60 * CORD_SECOND_NS)
#define START  (1494576000 * CORD_SECOND_NS) /* 12 May 2017, 08:00 */

static const char *const attempt_tags[] = {"attack.t1210", "cordon.spread-attempt", NULL};
static const char *const effect_tags[] = {"attack.t1210", "cordon.spread-effect", NULL};
static const char *const inferred_tags[] = {"attack.t1210", "cordon.spread-effect",
                                            "cordon.spread-inferred", NULL};
static const char *const scan_tags[] = {"attack.t1018", "cordon.spread-scan", "cordon.spread-t1210",
                                        NULL};
static const char *const host_tags[] = {"attack.t1486", "cordon.spread-host", "cordon.spread-t1210",
                                        NULL};
static const char *const seen_tags[] = {"attack.execution", "attack.t1059.001", NULL};

struct desk {
    struct kit_incident kit;
    struct cord_spread *spread;
    struct cord_incident_spread *incidents;
    uint32_t machines;
    uint64_t number;
};

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

static void restart(struct desk *desk)
{
    const struct cord_incident_spread_options options = {.spread = desk->spread,
                                                         .record = desk->kit.record,
                                                         .machines = desk->machines,
                                                         .alert = alert_of,
                                                         .whose = whose,
                                                         .raise = raise_alert};
    cord_incident_spread_free(desk->incidents);
    CHECK(cord_incident_spread_new(&options, &desk->incidents, NULL) == CORD_OK);
}

static void open_desk(struct desk *desk, uint32_t machines)
{
    struct cord_spread_options options;
    *desk = (struct desk){.machines = machines};
    cord_spread_defaults(&options);
    options.id_key = (struct cord_evidence_id_key){{1, 2}};
    kit_incident_init(&desk->kit);
    CHECK(cord_spread_new(&options, &desk->spread, NULL) == CORD_OK);
    restart(desk);
}

static void close_desk(struct desk *desk)
{
    cord_incident_spread_free(desk->incidents);
    cord_spread_free(desk->spread);
    kit_incident_done(&desk->kit);
}

static void feed(struct desk *desk, const char *organisation, const char *const *tags,
                 const char *from, const char *to, int64_t minute)
{
    cord_str list[4];
    size_t count = 0, field_count = 0;
    struct cord_sighting_field fields[2];
    for (; tags[count]; count++) {
        list[count] = cord_str_from(tags[count]);
    }
    if (from) {
        fields[field_count++] =
            (struct cord_sighting_field){CORD_STR("src_ip"), cord_str_from(from)};
    }
    if (to) {
        fields[field_count++] =
            (struct cord_sighting_field){CORD_STR("dest_ip"), cord_str_from(to)};
    }
    bool host = tags == host_tags || tags == seen_tags;
    const struct cord_sighting sighting = {
        .number = ++desk->number,
        .known_ns = START + minute * MINUTE,
        .time_ns = START + minute * MINUTE,
        .first_ns = START + minute * MINUTE,
        .organisation = cord_str_from(organisation),
        .rule = CORD_STR("r"),
        .title = CORD_STR("A worm"),
        .level = CORD_LEVEL_HIGH,
        .tags = list,
        .tag_count = count,
        .host = host ? cord_str_from(to) : CORD_STR(""),
        .evidence = CORD_STR("K7QM-2F9A-XHP3"),
        .events = 1,
        .fields = fields,
        .field_count = host ? 0 : field_count,
    };
    desk->kit.clock.now_ns = START + minute * MINUTE;
    CHECK(cord_spread_feed(desk->spread, &sighting) == CORD_OK);
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

struct found {
    char ids[8][CORD_INCIDENT_ID_BYTES];
    size_t count;
};

static cord_status on_incident(void *self, const struct cord_incident *incident)
{
    struct found *found = self;
    CHECK(found->count < 8);
    (void)snprintf(found->ids[found->count], CORD_INCIDENT_ID_BYTES, "%.*s",
                   CORD_STR_ARG(incident->id));
    found->count++;
    return CORD_OK;
}

static struct found found_of(struct desk *desk, enum cord_incident_which which)
{
    struct found found = {.count = 0};
    const struct cord_incident_filter filter = {
        .which = which, .organisation = CORD_STR(""), .link = CORD_STR("")};
    kit_incident_ask(&desk->kit, NULL, NULL);
    CHECK(cord_incident_list(desk->kit.view, &desk->kit.request, &filter, on_incident, &found,
                             NULL) == CORD_OK);
    return found;
}

static struct cord_incident *only(struct desk *desk)
{
    const struct found found = found_of(desk, CORD_INCIDENTS_ALL);
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
    struct desk desk;
    open_desk(&desk, 1);
    feed(&desk, "A1", attempt_tags, "10.0.0.1", "10.0.0.2", 0);
    feed(&desk, "A1", attempt_tags, "10.0.0.1", "10.0.0.3", 1);
    look(&desk);
    CHECK_U64(found_of(&desk, CORD_INCIDENTS_ALL).count, 0); /* attempts stay quiet */
    feed(&desk, "A1", effect_tags, "10.0.0.1", "10.0.0.3", 2);
    look(&desk);
    struct cord_incident *incident = only(&desk);
    CHECK_STR(incident->title, "T1210, first attacker 10.0.0.1 (A1): A worm");
    CHECK_STR(incident->severity, "business-continuity");
    CHECK(incident->automatic && !incident->kpis.acknowledge.known);
    CHECK_I64(incident->began_ns, START);
    check_machines(incident, "10.0.0.1 of A1: attacker; "
                             "10.0.0.3 of A1: implanted, from 10.0.0.1, observed");
    check_state(incident, "A1", "infected");
    CHECK_U64(incident->alerts, 2);
    CHECK_U64(incident->clusters, 1);
    CHECK(has_item(incident, "incident.declare", "no person has decided it"));
    cord_incident_free(incident);
    /* It goes on, elsewhere too; a restart in between tells nothing twice. */
    feed(&desk, "B2", effect_tags, "10.0.0.3", "10.1.0.1", 3);
    restart(&desk);
    look(&desk);
    uint64_t claims = cord_record_count(desk.kit.record);
    restart(&desk);
    look(&desk);
    look(&desk);
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
    const struct found found = found_of(&desk, CORD_INCIDENTS_ALL);
    incident = kit_incident_read(&desk.kit, found.ids[0], NULL, "B2");
    CHECK(incident && incident->title.len == 0 && incident->organisation_count == 1);
    check_machines(incident, "10.1.0.1 of B2: implanted, from 10.0.0.3, observed");
    cord_incident_free(incident);
    CHECK(!kit_incident_read(&desk.kit, found.ids[0], NULL, "D4"));
    close_desk(&desk);
}

static void who_was_attacked_from_outside_without_effect_is_contacted(void)
{
    struct desk desk;
    open_desk(&desk, 1);
    feed(&desk, "A1", effect_tags, "198.51.100.7", "10.0.0.2", 0);
    feed(&desk, "C3", attempt_tags, "198.51.100.7", "10.2.0.1", 1);
    look(&desk);
    struct cord_incident *incident = only(&desk);
    CHECK_STR(incident->title,
              "T1210, first attacker 198.51.100.7 (from outside, seen by A1): A worm");
    check_state(incident, "A1", "infected");
    check_state(incident, "C3", "contacted");
    cord_incident_free(incident);
    feed(&desk, "C3", effect_tags, "198.51.100.7", "10.2.0.1", 2);
    look(&desk);
    incident = only(&desk);
    check_state(incident, "C3", "infected");
    cord_incident_free(incident);
    close_desk(&desk);
}

static void what_is_only_concluded_says_so(void)
{
    struct desk desk;
    open_desk(&desk, 1);
    feed(&desk, "A1", inferred_tags, "10.0.0.1", "10.0.0.2", 0);
    look(&desk);
    struct cord_incident *incident = only(&desk);
    CHECK(has_item(incident, "incident.declare", "Inferred only"));
    check_machines(incident, "10.0.0.1 of A1: attacker; "
                             "10.0.0.2 of A1: implanted, from 10.0.0.1, inferred");
    cord_incident_free(incident);
    feed(&desk, "A1", effect_tags, "10.0.0.1", "10.0.0.2", 5); /* now it is seen */
    look(&desk);
    incident = only(&desk);
    CHECK(has_item(incident, "incident.machine",
                   "10.0.0.2 of A1: implanted, from 10.0.0.1, observed"));
    cord_incident_free(incident);
    close_desk(&desk);
}

static void other_clusters_open_none(void)
{
    struct desk desk;
    open_desk(&desk, 1);
    feed(&desk, "A1", seen_tags, NULL, "ws1", 0); /* merely seen, on three machines */
    feed(&desk, "B2", seen_tags, NULL, "ws2", 1);
    feed(&desk, "C3", seen_tags, NULL, "ws3", 2);
    feed(&desk, "A1", scan_tags, "10.0.0.1", NULL, 3); /* scanners */
    feed(&desk, "A1", scan_tags, "10.0.0.2", NULL, 4);
    feed(&desk, "A1", scan_tags, "10.0.0.3", NULL, 5);
    feed(&desk, "D4", host_tags, NULL, "ws9", 500); /* one machine, from nowhere, and no further */
    look(&desk);
    CHECK_U64(found_of(&desk, CORD_INCIDENTS_ALL).count, 0);
    feed(&desk, "D4", host_tags, NULL, "ws8", 501); /* two spread */
    look(&desk);
    struct cord_incident *incident = only(&desk);
    CHECK_STR(incident->title, "T1210, first machine ws9 (D4): A worm");
    cord_incident_free(incident);
    feed(&desk, "D4", effect_tags, "198.51.100.7", "10.3.0.1", 499); /* told late: who began */
    look(&desk);
    incident = only(&desk);
    CHECK_STR(incident->title,
              "T1210, first attacker 198.51.100.7 (from outside, seen by D4): A worm");
    cord_incident_free(incident);
    close_desk(&desk);
}

static void so_many_machines_are_needed(void)
{
    struct desk desk;
    open_desk(&desk, 2);
    feed(&desk, "A1", effect_tags, "10.0.0.1", "10.0.0.2", 0);
    look(&desk);
    CHECK_U64(found_of(&desk, CORD_INCIDENTS_ALL).count, 0);
    feed(&desk, "A1", effect_tags, "10.0.0.1", "10.0.0.3", 1);
    look(&desk);
    CHECK_U64(found_of(&desk, CORD_INCIDENTS_ALL).count, 1);
    close_desk(&desk);
    open_desk(&desk, 0); /* never */
    feed(&desk, "A1", effect_tags, "10.0.0.1", "10.0.0.2", 0);
    look(&desk);
    CHECK_U64(found_of(&desk, CORD_INCIDENTS_ALL).count, 0);
    close_desk(&desk);
}

/* --- what becomes of it --- */

static void clusters_that_turn_out_to_be_one_are_one_incident(void)
{
    struct desk desk;
    char subject[64], value[100];
    open_desk(&desk, 1);
    feed(&desk, "A1", effect_tags, "10.0.0.1", "10.0.0.2", 0);
    look(&desk);
    feed(&desk, "B2", effect_tags, "10.1.0.1", "10.1.0.2", 100);
    look(&desk);
    CHECK_U64(found_of(&desk, CORD_INCIDENTS_OPEN).count, 2);
    feed(&desk, "A1", effect_tags, "10.0.0.2", "10.0.0.4", 50); /* within reach of both */
    look(&desk);
    struct found found = found_of(&desk, CORD_INCIDENTS_OPEN);
    CHECK_U64(found.count, 1);
    struct cord_incident *incident = kit_incident_read(&desk.kit, found.ids[0], NULL, NULL);
    CHECK_U64(incident->merged_count, 1);
    CHECK_STR(incident->title, "T1210, first attacker 10.0.0.1 (A1): A worm");
    cord_incident_free(incident);
    /* People part them: that is not undone. */
    const struct found all = found_of(&desk, CORD_INCIDENTS_ALL);
    const char *from = strcmp(all.ids[0], found.ids[0]) == 0 ? all.ids[1] : all.ids[0];
    (void)snprintf(subject, sizeof subject, "incident:%s", from);
    (void)snprintf(value, sizeof value, "{\"into\":\"%s\",\"state\":\"parted\"}", found.ids[0]);
    (void)kit_incident_say(&desk.kit, "incident.merge", subject, value, "user:1", NULL);
    restart(&desk);
    feed(&desk, "A1", effect_tags, "10.0.0.4", "10.0.0.5", 101);
    look(&desk);
    CHECK_U64(found_of(&desk, CORD_INCIDENTS_OPEN).count, 2);
    CHECK_U64(found_of(&desk, CORD_INCIDENTS_ALL).count, 2);
    close_desk(&desk);
}

static void a_closed_one_is_not_opened_again(void)
{
    struct desk desk;
    char subject[64];
    open_desk(&desk, 1);
    feed(&desk, "A1", effect_tags, "10.0.0.1", "10.0.0.2", 0);
    look(&desk);
    const struct found found = found_of(&desk, CORD_INCIDENTS_ALL);
    (void)snprintf(subject, sizeof subject, "incident:%s", found.ids[0]);
    desk.kit.clock.now_ns = START + 10 * MINUTE;
    (void)kit_incident_say(&desk.kit, "incident.stand-down", subject, "{\"reason\":\"over\"}",
                           "user:1", NULL);
    uint64_t claims = cord_record_count(desk.kit.record);
    feed(&desk, "A1", effect_tags, "10.0.0.1", "10.0.0.2", 11); /* a repeat is no news */
    look(&desk);
    CHECK_U64(cord_record_count(desk.kit.record), claims);
    feed(&desk, "A1", effect_tags, "10.0.0.2", "10.0.0.3", 20);
    look(&desk);
    restart(&desk);
    feed(&desk, "A1", effect_tags, "10.0.0.2", "10.0.0.4", 21);
    look(&desk);
    struct cord_incident *incident = only(&desk);
    CHECK(incident->state == CORD_INCIDENT_STOOD_DOWN);
    CHECK(has_item(incident, "incident.note", "it spreads again: 10.0.0.3 was taken over"));
    CHECK(!has_item(incident, "incident.machine", "10.0.0.3"));
    CHECK_U64(cord_record_count(desk.kit.record), claims + 3); /* note, alert, its link: once */
    cord_incident_free(incident);
    /* Declared anew by somebody it goes on, with what came meanwhile. */
    desk.kit.clock.now_ns = START + 30 * MINUTE;
    (void)kit_incident_say(&desk.kit, "incident.declare", subject,
                           "{\"title\":\"Again\",\"level\":\"major\"}", "user:1", NULL);
    CHECK(cord_record_view_refresh(desk.kit.view, NULL) == CORD_OK); /* as the desk does */
    look(&desk);
    incident = only(&desk);
    CHECK(incident->state == CORD_INCIDENT_OPEN && !incident->automatic);
    CHECK(incident->kpis.acknowledge.known);
    CHECK_STR(incident->title, "Again");
    CHECK_STR(incident->severity, "major");
    CHECK(has_item(incident, "incident.machine", "10.0.0.3 of A1: implanted"));
    CHECK(has_item(incident, "incident.machine", "10.0.0.4 of A1: implanted"));
    cord_incident_free(incident);
    close_desk(&desk);
}

static void what_people_linked_is_followed(void)
{
    struct desk desk;
    struct cord_spread_answer *answer = NULL;
    const struct cord_spread_question all = {.at_ns = CORD_TIME_NONE};
    char value[200];
    open_desk(&desk, 2);
    feed(&desk, "A1", effect_tags, "10.0.0.1", "10.0.0.2", 0);
    look(&desk);
    CHECK(cord_spread_ask(desk.spread, &all, &answer) == CORD_OK);
    (void)snprintf(value, sizeof value,
                   "{\"kind\":\"cluster\",\"id\":\"%.*s\",\"state\":\"linked\"}",
                   CORD_STR_ARG(cord_spread_answer_at(answer, 0)->id));
    (void)kit_incident_say(&desk.kit, "incident.declare", "incident:INC-7",
                           "{\"title\":\"Ours\",\"level\":\"minor\"}", "user:1", NULL);
    (void)kit_incident_say(&desk.kit, "incident.link", "incident:INC-7", value, "user:1", NULL);
    feed(&desk, "B2", effect_tags, "10.0.0.2", "10.1.0.3", 1);
    look(&desk);
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
    feed(&desk, "B2", effect_tags, "10.0.0.2", "10.1.0.4", 2);
    look(&desk);
    restart(&desk);
    look(&desk);
    CHECK_U64(cord_record_count(desk.kit.record), claims);
    cord_spread_answer_free(answer);
    close_desk(&desk);
}

/* A person's word on an organisation counts before the system's. */
static void people_say_how_an_organisation_is(void)
{
    struct desk desk;
    char value[200];
    open_desk(&desk, 1);
    feed(&desk, "A1", effect_tags, "10.0.0.1", "10.0.0.2", 0);
    look(&desk);
    const struct found found = found_of(&desk, CORD_INCIDENTS_ALL);
    desk.kit.clock.now_ns = START + 5 * MINUTE;
    (void)snprintf(value, sizeof value, "{\"state\":\"contained\",\"incident\":\"%s\"}",
                   found.ids[0]);
    (void)kit_incident_say(&desk.kit, "status.claim", "org:A1", value, "org:A1",
                           "\"basis\":\"reported\"");
    feed(&desk, "A1", effect_tags, "10.0.0.1", "10.0.0.9", 6);
    look(&desk);
    struct cord_incident *incident = only(&desk);
    check_state(incident, "A1", "contained");
    cord_incident_free(incident);
    close_desk(&desk);
}

KIT_MAIN(KIT_TEST(what_takes_a_machine_over_opens_one_and_grows_in_it),
         KIT_TEST(who_was_attacked_from_outside_without_effect_is_contacted),
         KIT_TEST(what_is_only_concluded_says_so), KIT_TEST(other_clusters_open_none),
         KIT_TEST(so_many_machines_are_needed),
         KIT_TEST(clusters_that_turn_out_to_be_one_are_one_incident),
         KIT_TEST(a_closed_one_is_not_opened_again), KIT_TEST(what_people_linked_is_followed),
         KIT_TEST(people_say_how_an_organisation_is))
