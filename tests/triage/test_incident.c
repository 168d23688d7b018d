/* test_incident.c: an incident is what the claims about it, its organisations and its alerts make
 * of it, as known at any time. */
#include "kit/kit.h"

#include "kit/kit_incident.h"

static void is_made_of_what_was_said(void)
{
    struct kit_incident kit;
    kit_incident_story(&kit);
    struct cord_incident *incident = kit_incident_read(&kit, "INC-1", "2017-05-12T12:00:00Z", NULL);
    CHECK_STR(incident->title, "Ransomware");
    CHECK_STR(incident->severity, "major");
    CHECK_STR(incident->commander, "user:2");
    CHECK(incident->state == CORD_INCIDENT_OPEN && incident->whole);
    CHECK_U64(incident->alerts, 1);
    CHECK_U64(incident->clusters, 0);
    CHECK_U64(incident->organisation_count, 3);
    CHECK_STR(incident->organisations[0].code, "A1");
    CHECK_STR(incident->organisations[0].state, "contained");
    CHECK(incident->organisations[0].was_infected);
    CHECK_STR(incident->organisations[1].code, "B2");
    CHECK_STR(incident->organisations[1].state, "disrupted");
    CHECK_STR(incident->organisations[1].last_who, "org:B2");
    /* Linked, and has said nothing: that is not well (N5). */
    CHECK_STR(incident->organisations[2].code, "C3");
    CHECK_STR(incident->organisations[2].state, "unknown");
    CHECK_U64(incident->organisations[2].claim, 0);
    CHECK_U64(incident->task_count, 2);
    CHECK_U64(incident->tasks_open, 1);
    CHECK_STR(incident->tasks[0].task, "T-1");
    CHECK(incident->tasks[0].state == CORD_INCIDENT_TASK_DONE);
    CHECK_STR(incident->tasks[0].owner, "user:3");
    CHECK_U64(incident->tasks[0].history_count, 2);
    CHECK_U64(incident->decision_count, 1);
    CHECK_STR(incident->decisions[0].what, "cut mail");
    CHECK_STR(incident->decisions[0].who, "user:2");
    CHECK_U64(incident->decisions[0].number, 1);
    CHECK_STR(incident->next_decision, "Alpha Hospital: isolate pathology");
    cord_incident_free(incident);
    kit_incident_done(&kit);
}

static void is_as_it_was_known_then(void)
{
    struct kit_incident kit;
    kit_incident_story(&kit);
    struct cord_incident *incident = kit_incident_read(&kit, "INC-1", "2017-05-12T09:30:00Z", NULL);
    CHECK_STR(incident->commander, "");
    CHECK_U64(incident->organisation_count, 1);
    CHECK_STR(incident->organisations[0].state, "infected");
    CHECK_U64(incident->decision_count, 0);
    CHECK(!incident->kpis.decide.known && !incident->kpis.contain.known);
    cord_incident_free(incident);
    CHECK(!kit_incident_read(&kit, "INC-1", "2017-05-12T08:00:00Z", NULL));
    CHECK(!kit_incident_read(&kit, "INC-2", "2017-05-12T12:00:00Z", NULL));
    kit_incident_done(&kit);
}

static void times_are_known_or_absent(void)
{
    struct kit_incident kit;
    const int64_t minute_ns = 60 * CORD_SECOND_NS;
    kit_incident_story(&kit);
    struct cord_incident *incident = kit_incident_read(&kit, "INC-1", "2017-05-12T12:00:00Z", NULL);
    const struct cord_incident_kpis *kpis = &incident->kpis;
    /* The alert's first event at 08:00, found at 08:10; declared at 09:00; decided at 10:00, A1
     * contained since 11:00. */
    CHECK(kpis->detect.known);
    CHECK_I64(kpis->detect.ns, 10 * minute_ns);
    CHECK_STR(kpis->detect.from.alert, "A-1");
    CHECK_STR(kpis->detect.to.alert, "A-1");
    CHECK(kpis->acknowledge.known);
    CHECK_I64(kpis->acknowledge.ns, 50 * minute_ns);
    CHECK_U64(kpis->acknowledge.to.claim, 5); /* after four organisations */
    CHECK_I64(kpis->decide.ns, 110 * minute_ns);
    CHECK(kpis->contain.known);
    CHECK_I64(kpis->contain.ns, 170 * minute_ns);
    cord_incident_free(incident);
    /* A phase says it better. */
    kit_incident_at(&kit, "2017-05-12T12:00:00Z");
    (void)kit_incident_say(&kit, "incident.phase", "incident:INC-1", "{\"phase\":\"contained\"}",
                           "user:2", "\"valid_from\":\"2017-05-12T11:30:00Z\"");
    incident = kit_incident_read(&kit, "INC-1", NULL, NULL);
    CHECK_I64(incident->kpis.contain.ns, 200 * minute_ns);
    cord_incident_free(incident);
    /* Nothing but a declaration tells of no time that it took. */
    (void)kit_incident_say(&kit, "incident.declare", "incident:INC-2",
                           "{\"title\":\"x\",\"level\":\"minor\"}", "user:2", NULL);
    incident = kit_incident_read(&kit, "INC-2", NULL, NULL);
    CHECK(!incident->kpis.detect.known && !incident->kpis.decide.known);
    CHECK(!incident->kpis.contain.known);
    cord_incident_free(incident);
    kit_incident_done(&kit);
}

static void the_timeline_has_what_belongs_to_it(void)
{
    struct kit_incident kit;
    char text[4096] = "";
    kit_incident_story(&kit);
    struct cord_incident *incident = kit_incident_read(&kit, "INC-1", "2017-05-12T12:00:00Z", NULL);
    for (size_t i = 0; i < incident->timeline_count; i++) {
        const struct cord_incident_item *item = &incident->timeline[i];
        size_t len = strlen(text);
        (void)snprintf(text + len, sizeof text - len, "%s %.*s\n",
                       cord_incident_lane_name(item->lane), CORD_STR_ARG(item->text));
    }
    CHECK_STR(cord_str_from(text),
              "attack Worm found, WYR-01\n"
              "us declared: Ransomware, major\n"
              "us linked alert A-1\n"
              "hospital Alpha Hospital: infected: worm\n"
              "us commander: user:2\n"
              "us task open: call them, due 2017-05-12T11:00:00.000Z\n"
              "us task open: write it down\n"
              "hospital Beta Clinic: disrupted\n"
              "care Beta Clinic: patients diverted: emergency\n"
              "us decided: cut mail, because it spreads\n"
              "us linked organisation C3\n"
              "us task done: call them, by user:3, due 2017-05-12T11:00:00.000Z\n"
              "hospital Alpha Hospital: contained\n"
              "us Alpha Hospital: containment X asked for: "
              "isolate pathology\n");
    cord_incident_free(incident);
    kit_incident_done(&kit);
}

static void what_was_linked_can_be_unlinked(void)
{
    struct kit_incident kit;
    kit_incident_story(&kit);
    kit_incident_at(&kit, "2017-05-12T12:00:00Z");
    (void)kit_incident_say(
        &kit, "incident.link", "incident:INC-1",
        "{\"kind\":\"alert\",\"id\":\"A-1\",\"state\":\"unlinked\",\"reason\":\"noise\"}", "user:9",
        NULL);
    (void)kit_incident_say(&kit, "incident.link", "incident:INC-1",
                           "{\"kind\":\"organisation\",\"id\":\"B2\",\"state\":\"unlinked\"}",
                           "user:9", NULL);
    struct cord_incident *incident = kit_incident_read(&kit, "INC-1", NULL, NULL);
    CHECK_U64(incident->alerts, 0);
    CHECK_U64(incident->organisation_count, 2);
    CHECK_STR(incident->organisations[1].code, "C3");
    cord_incident_free(incident);
    /* Until it is said again to be in it. */
    (void)kit_incident_say(&kit, "status.claim", "org:B2",
                           "{\"state\":\"disrupted\",\"incident\":\"INC-1\"}", "org:B2", NULL);
    incident = kit_incident_read(&kit, "INC-1", NULL, NULL);
    CHECK_U64(incident->organisation_count, 3);
    cord_incident_free(incident);
    kit_incident_done(&kit);
}

/* A second incident, which shares the alert with the first. */
static void say_second(struct kit_incident *kit)
{
    kit_incident_at(kit, "2017-05-12T12:00:00Z");
    (void)kit_incident_say(kit, "incident.declare", "incident:INC-2",
                           "{\"title\":\"Mail is down\",\"level\":\"minor\"}", "user:2", NULL);
    (void)kit_incident_say(kit, "incident.link", "incident:INC-2",
                           "{\"kind\":\"alert\",\"id\":\"A-1\",\"state\":\"linked\"}", "user:2",
                           NULL);
    (void)kit_incident_say(kit, "incident.link", "incident:INC-2",
                           "{\"kind\":\"organisation\",\"id\":\"D4\",\"state\":\"linked\"}",
                           "user:2", NULL);
    (void)kit_incident_say(kit, "incident.task", "incident:INC-2",
                           "{\"task\":\"T-1\",\"title\":\"mend mail\",\"state\":\"open\"}",
                           "user:2", NULL);
}

static void a_merged_one_goes_on_in_the_other(void)
{
    struct kit_incident kit;
    kit_incident_story(&kit);
    say_second(&kit);
    kit_incident_at(&kit, "2017-05-12T13:00:00Z");
    (void)kit_incident_say(&kit, "incident.merge", "incident:INC-2",
                           "{\"into\":\"INC-1\",\"state\":\"merged\"}", "user:2", NULL);
    struct cord_incident *incident = kit_incident_read(&kit, "INC-2", NULL, NULL);
    CHECK(incident->state == CORD_INCIDENT_MERGED);
    CHECK_STR(incident->merged_into, "INC-1");
    cord_incident_free(incident);
    incident = kit_incident_read(&kit, "INC-1", NULL, NULL);
    CHECK_U64(incident->alerts, 1); /* once */
    CHECK_U64(incident->organisation_count, 4);
    CHECK_U64(incident->task_count, 3);
    CHECK_U64(incident->merged_count, 1);
    CHECK_STR(incident->merged[0], "INC-2");
    CHECK_STR(incident->title, "Ransomware");
    cord_incident_free(incident);
    incident = kit_incident_read(&kit, "INC-1", "2017-05-12T12:30:00Z", NULL);
    CHECK_U64(incident->organisation_count, 3);
    cord_incident_free(incident);
    kit_incident_check_list(&kit, CORD_INCIDENTS_OPEN, "INC-1 ");
    kit_incident_check_list(&kit, CORD_INCIDENTS_ALL, "INC-2 INC-1 ");
    /* In a ring nothing would go on: so none of it has merged. */
    (void)kit_incident_say(&kit, "incident.merge", "incident:INC-1",
                           "{\"into\":\"INC-2\",\"state\":\"merged\"}", "user:2", NULL);
    kit_incident_check_list(&kit, CORD_INCIDENTS_OPEN, "INC-2 INC-1 ");
    (void)kit_incident_say(&kit, "incident.merge", "incident:INC-1",
                           "{\"into\":\"INC-2\",\"state\":\"parted\"}", "user:2", NULL);
    kit_incident_check_list(&kit, CORD_INCIDENTS_OPEN, "INC-1 ");
    (void)kit_incident_say(&kit, "incident.merge", "incident:INC-2",
                           "{\"into\":\"INC-1\",\"state\":\"parted\"}", "user:2", NULL);
    kit_incident_check_list(&kit, CORD_INCIDENTS_OPEN, "INC-2 INC-1 ");
    (void)kit_incident_say(&kit, "incident.stand-down", "incident:INC-2", "{}", "user:2", NULL);
    kit_incident_check_list(&kit, CORD_INCIDENTS_OPEN, "INC-1 ");
    kit_incident_check_list(&kit, CORD_INCIDENTS_CLOSED, "INC-2 ");
    kit_incident_done(&kit);
}

static void what_was_said_of_those_who_moved_moves_along(void)
{
    struct kit_incident kit;
    kit_incident_story(&kit);
    kit_incident_at(&kit, "2017-05-12T12:00:00Z");
    (void)kit_incident_say(&kit, "incident.declare", "incident:INC-2",
                           "{\"title\":\"Clinic\",\"level\":\"minor\"}", "user:2", NULL);
    (void)kit_incident_say(&kit, "incident.split", "incident:INC-2", "{\"from\":\"INC-1\"}",
                           "user:2", NULL);
    (void)kit_incident_say(&kit, "incident.link", "incident:INC-2",
                           "{\"kind\":\"organisation\",\"id\":\"B2\",\"state\":\"linked\"}",
                           "user:2", NULL);
    (void)kit_incident_say(&kit, "incident.link", "incident:INC-1",
                           "{\"kind\":\"organisation\",\"id\":\"B2\",\"state\":\"unlinked\"}",
                           "user:2", NULL);
    struct cord_incident *incident = kit_incident_read(&kit, "INC-2", NULL, NULL);
    CHECK_U64(incident->organisation_count, 1);
    CHECK_STR(incident->organisations[0].state, "disrupted");
    CHECK_STR(incident->split_from, "INC-1");
    cord_incident_free(incident);
    incident = kit_incident_read(&kit, "INC-1", NULL, NULL);
    CHECK_U64(incident->organisation_count, 2);
    CHECK_U64(incident->split_off_count, 1);
    CHECK_STR(incident->split_off[0], "INC-2");
    cord_incident_free(incident);
    kit_incident_done(&kit);
}

static void a_correction_stands_for_what_it_corrects(void)
{
    struct kit_incident kit;
    char extra[64];
    kit_incident_story(&kit);
    struct cord_incident *incident = kit_incident_read(&kit, "INC-1", NULL, NULL);
    uint64_t decision = incident->decisions[0].claim;
    uint64_t status = incident->organisations[1].claim;
    cord_incident_free(incident);
    kit_incident_at(&kit, "2017-05-12T12:00:00Z");
    (void)snprintf(extra, sizeof extra, "\"supersedes\":%" PRIu64, decision);
    uint64_t better = kit_incident_say(
        &kit, "incident.decision", "incident:INC-1",
        "{\"what\":\"cut mail of A1 only\",\"why\":\"rest is clean\"}", "user:2", extra);
    (void)snprintf(extra, sizeof extra, "\"supersedes\":%" PRIu64, status);
    (void)kit_incident_say(&kit, "status.revise", "org:B2",
                           "{\"state\":\"clear\",\"reason\":\"wrong ward\"}", "org:X24", extra);
    incident = kit_incident_read(&kit, "INC-1", NULL, NULL);
    CHECK_U64(incident->decision_count, 2);
    CHECK_U64(incident->decisions[0].replaced_by, better);
    CHECK_STR(incident->organisations[1].state, "clear");
    CHECK_STR(incident->organisations[1].last_who, "org:X24");
    cord_incident_free(incident);
    incident = kit_incident_read(&kit, "INC-1", "2017-05-12T11:59:00Z", NULL);
    CHECK_STR(incident->organisations[1].state, "disrupted");
    CHECK_U64(incident->decisions[0].replaced_by, 0);
    cord_incident_free(incident);
    kit_incident_done(&kit);
}

static void retract(struct kit_incident *kit, const char *subject, uint64_t claim)
{
    char extra[64];
    (void)snprintf(extra, sizeof extra, "\"supersedes\":%" PRIu64, claim);
    (void)kit_incident_say(kit, "claim.retract", subject, "{\"reason\":\"wrong\"}", "user:2",
                           extra);
}

static void what_was_taken_back_was_never_so(void)
{
    struct kit_incident kit;
    kit_incident_story(&kit);
    say_second(&kit);
    uint64_t merged = kit_incident_say(&kit, "incident.merge", "incident:INC-2",
                                       "{\"into\":\"INC-1\",\"state\":\"merged\"}", "user:2", NULL);
    uint64_t over =
        kit_incident_say(&kit, "incident.stand-down", "incident:INC-1", "{}", "user:2", NULL);
    uint64_t task = kit_incident_say(&kit, "incident.task", "incident:INC-1",
                                     "{\"task\":\"T-1\",\"title\":\"x\",\"state\":\"open\","
                                     "\"organisations\":[\"A1\"]}",
                                     "user:2", NULL);
    kit_incident_check_list(&kit, CORD_INCIDENTS_OPEN, "");
    retract(&kit, "incident:INC-2", merged);
    kit_incident_check_list(&kit, CORD_INCIDENTS_OPEN, "INC-2 ");
    retract(&kit, "incident:INC-1", over);
    kit_incident_check_list(&kit, CORD_INCIDENTS_OPEN, "INC-2 INC-1 ");
    /* What a task was before holds again, for those, too, who do not see who took it back. */
    struct cord_incident *incident = kit_incident_read(&kit, "INC-1", NULL, "A1");
    CHECK(incident->tasks[0].state == CORD_INCIDENT_TASK_OPEN);
    cord_incident_free(incident);
    retract(&kit, "incident:INC-1", task);
    incident = kit_incident_read(&kit, "INC-1", NULL, "A1");
    CHECK(incident->tasks[0].state == CORD_INCIDENT_TASK_DONE);
    for (size_t i = 0; i < incident->timeline_count; i++) {
        CHECK(!cord_str_starts(incident->timeline[i].text, CORD_STR("taken back")));
    }
    cord_incident_free(incident);
    incident = kit_incident_read(&kit, "INC-1", NULL, NULL);
    CHECK(incident->state == CORD_INCIDENT_OPEN);
    CHECK_STR(incident->timeline[incident->timeline_count - 1].text, "taken back: wrong");
    cord_incident_free(incident);
    kit_incident_done(&kit);
}

static cord_str call_by_name(void *self, cord_str subject)
{
    (void)self;
    return cord_str_eq(subject, CORD_STR("user:2")) ? CORD_STR("D. Marchetti") : CORD_STR("");
}

static void people_are_called_by_their_names(void)
{
    struct kit_incident kit;
    struct cord_incident *incident = NULL;
    bool called = false;
    kit_incident_story(&kit);
    kit_incident_ask(&kit, NULL, NULL);
    kit.request.name = call_by_name;
    CHECK(cord_incident_read(kit.view, CORD_STR("INC-1"), &kit.request, &incident, NULL) ==
          CORD_OK);
    CHECK_STR(incident->commander, "user:2"); /* only in texts */
    for (size_t i = 0; i < incident->timeline_count; i++) {
        called =
            called || cord_str_eq(incident->timeline[i].text, CORD_STR("commander: D. Marchetti"));
    }
    CHECK(called);
    cord_incident_free(incident);
    kit_incident_done(&kit);
}

/* And of whom another took over (N4). */
static void what_is_said_of_a_site_is_said_of_whom_it_belongs_to(void)
{
    struct kit_incident kit;
    kit_incident_story(&kit);
    kit_incident_at(&kit, "2017-05-12T12:00:00Z");
    (void)kit_incident_say(&kit, "org.upsert", "org:A1S",
                           "{\"name\":\"Alpha East\",\"role\":\"site\",\"parent\":\"A1\"}",
                           "org:X24", NULL);
    (void)kit_incident_say(&kit, "divert.start", "site:A1S", "{\"service\":\"stroke\"}", "org:A1",
                           NULL);
    (void)kit_incident_say(&kit, "status.claim", "site:A1S",
                           "{\"state\":\"infected\",\"incident\":\"INC-1\"}", "org:A1S",
                           "\"basis\":\"confirmed\"");
    (void)kit_incident_say(&kit, "org.succeed", "org:C3", "{\"successor\":\"B2\"}", "org:X24",
                           NULL);
    struct cord_incident *incident = kit_incident_read(&kit, "INC-1", NULL, NULL);
    CHECK_U64(incident->organisation_count, 2); /* A1 with its site, B2 with C3 */
    CHECK_STR(incident->organisations[0].code, "A1");
    CHECK_STR(incident->organisations[0].state, "infected");
    CHECK_STR(incident->organisations[1].code, "B2");
    bool diverted = false;
    for (size_t i = 0; i < incident->timeline_count; i++) {
        diverted = diverted || cord_str_eq(incident->timeline[i].text,
                                           CORD_STR("Alpha Hospital: patients diverted: stroke"));
    }
    CHECK(diverted);
    cord_incident_free(incident);
    kit_incident_done(&kit);
}

KIT_MAIN(KIT_TEST(what_was_taken_back_was_never_so), KIT_TEST(people_are_called_by_their_names),
         KIT_TEST(what_is_said_of_a_site_is_said_of_whom_it_belongs_to),
         KIT_TEST(is_made_of_what_was_said), KIT_TEST(is_as_it_was_known_then),
         KIT_TEST(times_are_known_or_absent), KIT_TEST(the_timeline_has_what_belongs_to_it),
         KIT_TEST(what_was_linked_can_be_unlinked), KIT_TEST(a_merged_one_goes_on_in_the_other),
         KIT_TEST(what_was_said_of_those_who_moved_moves_along),
         KIT_TEST(a_correction_stands_for_what_it_corrects))
