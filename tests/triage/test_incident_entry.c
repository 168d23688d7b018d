/* test_incident_entry.c: what people do in an incident, and what they may not. */
#include "kit/kit.h"

#include "kit/kit_incident.h"
#include "triage/incident_entry.h"

static struct cord_incident_author author_of(struct kit_incident *kit, const char *reader)
{
    kit_incident_ask(kit, NULL, reader);
    return (struct cord_incident_author){.claimant = CORD_STR("user:7"),
                                         .now_ns = kit->clock.now_ns,
                                         .lot = (uint64_t)kit->clock.now_ns,
                                         .request = &kit->request};
}

static struct cord_incident_entry entry_of(enum cord_incident_entry_kind kind)
{
    return (struct cord_incident_entry){.kind = kind};
}

/* Each a minute after the one before. */
static cord_status add_as(struct kit_incident *kit, const char *reader, const char *id,
                          const struct cord_incident_entry *entry,
                          struct cord_incident_outcome *outcome, struct cord_error *err)
{
    kit->clock.now_ns += 60 * CORD_SECOND_NS;
    const struct cord_incident_author author = author_of(kit, reader);
    return cord_incident_entry_add(kit->record, kit->view, cord_str_from(id), &author, entry,
                                   outcome, err);
}

static struct cord_incident_outcome add(struct kit_incident *kit, const char *id,
                                        const struct cord_incident_entry *entry)
{
    struct cord_incident_outcome outcome = {.claim = 0};
    struct cord_error err = {""};
    if (add_as(kit, NULL, id, entry, &outcome, &err) != CORD_OK) {
        fail_msg("%s", err.text);
    }
    return outcome;
}

static void check_refused(struct kit_incident *kit, const char *reader, const char *id,
                          const struct cord_incident_entry *entry, cord_status wanted,
                          const char *why)
{
    struct cord_incident_outcome outcome = {.claim = 99};
    struct cord_error err = {""};
    uint64_t before = cord_record_count(kit->record);
    cord_status status = add_as(kit, reader, id, entry, &outcome, &err);
    CHECK_STR_EQ(cord_str_from(err.text), cord_str_from(why));
    CHECK_STR_EQ(cord_str_from(cord_error_name(status)), cord_str_from(cord_error_name(wanted)));
    CHECK_U64(outcome.claim, 99);
    CHECK_U64(cord_record_count(kit->record), before);
}

static void start(struct kit_incident *kit)
{
    kit_incident_story(kit);
    kit_incident_at(kit, "2017-05-12T12:00:00Z");
}

/* --- who sees all --- */

static void an_incident_is_opened_at_once(void)
{
    struct kit_incident kit;
    struct cord_incident_outcome outcome;
    struct cord_error err = {""};
    kit_incident_init(&kit);
    kit_incident_at(&kit, "2017-05-12T09:00:00Z");
    struct cord_incident_author author = author_of(&kit, NULL);
    const struct cord_incident_entry_link links[] = {
        {CORD_INCIDENT_ALERT, CORD_STR("A-1")},
        {CORD_INCIDENT_CLUSTER, CORD_STR("S-1")},
        {CORD_INCIDENT_ALERT, CORD_STR("A-1")}, /* once is enough */
        {CORD_INCIDENT_ORGANISATION, CORD_STR("B2")}};
    struct cord_incident_entry entry = {.title = CORD_STR("Worm \"blue\""),
                                        .level = CORD_STR("critical"),
                                        .who = CORD_STR("user:2"),
                                        .links = links,
                                        .link_count = 4};
    CHECK(cord_incident_entry_open(kit.record, kit.view, &author, &entry, &outcome, &err) ==
          CORD_OK);
    CHECK(cord_str_starts(cord_str_from(outcome.id), CORD_STR("INC-2017-")));
    CHECK_U64(strlen(outcome.id), strlen("INC-2017-7QK2"));
    CHECK_U64(outcome.claims, 5);
    struct cord_incident *incident = kit_incident_read(&kit, outcome.id, NULL, NULL);
    CHECK_STR(incident->title, "Worm \"blue\"");
    CHECK_STR(incident->commander, "user:2");
    CHECK_U64(incident->alerts, 1);
    CHECK_U64(incident->clusters, 1);
    CHECK_U64(incident->organisation_count, 2);
    cord_incident_free(incident);
    /* Of A1 the link to its alert tells, and of the others nothing. */
    incident = kit_incident_read(&kit, outcome.id, NULL, "A1");
    CHECK_U64(incident->link_count, 1);
    CHECK_U64(incident->organisation_count, 1);
    cord_incident_free(incident);
    /* The same lot again: another id. */
    struct cord_incident_outcome second;
    author = author_of(&kit, NULL);
    entry.link_count = 0;
    CHECK(cord_incident_entry_open(kit.record, kit.view, &author, &entry, &second, &err) ==
          CORD_OK);
    CHECK(strcmp(outcome.id, second.id) != 0);
    entry.title = CORD_STR("");
    CHECK(cord_incident_entry_open(kit.record, kit.view, &author, &entry, &second, &err) ==
          CORD_E_FORMAT);
    CHECK_STR(cord_str_from(err.text), "title: is missing");
    entry.title = CORD_STR("x");
    entry.level = CORD_STR("awful");
    CHECK(cord_incident_entry_open(kit.record, kit.view, &author, &entry, &second, &err) ==
          CORD_E_FORMAT);
    author = author_of(&kit, "A1");
    CHECK(cord_incident_entry_open(kit.record, kit.view, &author, &entry, &second, &err) ==
          CORD_E_UNSUPPORTED);
    kit_incident_done(&kit);
}

static void a_task_goes_its_way(void)
{
    struct kit_incident kit;
    start(&kit);
    struct cord_incident_entry entry = entry_of(CORD_INCIDENT_ENTRY_TASK);
    check_refused(&kit, NULL, "INC-1", &entry, CORD_E_FORMAT, "title: is missing");
    entry.title = CORD_STR("isolate ward 3?");
    entry.sort = CORD_STR("decision");
    entry.due_ns = kit.clock.now_ns;
    struct cord_incident_outcome outcome = add(&kit, "INC-1", &entry);
    CHECK(cord_str_starts(cord_str_from(outcome.task), CORD_STR("T-")));
    struct cord_incident *incident = kit_incident_read(&kit, "INC-1", NULL, NULL);
    CHECK_U64(incident->tasks_open, 2);
    CHECK_STR(incident->next_decision, "Alpha Hospital: isolate pathology"); /* asked for earlier */
    cord_incident_free(incident);
    char task[CORD_INCIDENT_ID_BYTES];
    (void)snprintf(task, sizeof task, "%s", outcome.task);
    entry = entry_of(CORD_INCIDENT_ENTRY_TASK);
    entry.task = cord_str_from(task);
    entry.state = CORD_STR("doing");
    entry.owner = CORD_STR("user:9");
    (void)add(&kit, "INC-1", &entry);
    entry.state = CORD_STR("later");
    check_refused(&kit, NULL, "INC-1", &entry, CORD_E_FORMAT,
                  "state: open, doing, done or dropped");
    entry.task = CORD_STR("T-0");
    entry.state = CORD_STR("done");
    check_refused(&kit, NULL, "INC-1", &entry, CORD_E_END, "there is no task T-0");
    /* The decision that it asked for ends it. */
    entry = entry_of(CORD_INCIDENT_ENTRY_DECISION);
    entry.task = cord_str_from(task);
    entry.what = CORD_STR("yes");
    check_refused(&kit, NULL, "INC-1", &entry, CORD_E_FORMAT, "why: is missing");
    entry.why = CORD_STR("it is infected");
    CHECK_U64(add(&kit, "INC-1", &entry).claims, 2);
    incident = kit_incident_read(&kit, "INC-1", NULL, NULL);
    for (size_t i = 0; i < incident->task_count; i++) {
        const struct cord_incident_task *said = &incident->tasks[i];
        if (cord_str_eq(said->task, cord_str_from(task))) {
            CHECK(said->state == CORD_INCIDENT_TASK_DONE);
            CHECK_STR(said->title, "isolate ward 3?");
            CHECK_STR(said->owner, "user:9");
            CHECK_STR(said->sort, "decision");
            CHECK_U64(said->history_count, 3);
        }
    }
    CHECK_U64(incident->decision_count, 2);
    cord_incident_free(incident);
    kit_incident_done(&kit);
}

static void phases_follow_each_other(void)
{
    struct kit_incident kit;
    start(&kit);
    struct cord_incident_entry entry = entry_of(CORD_INCIDENT_ENTRY_PHASE);
    entry.phase = CORD_STR("over");
    check_refused(&kit, NULL, "INC-1", &entry, CORD_E_FORMAT,
                  "phase: detected, acknowledged, decided, contained or recovered");
    entry.phase = CORD_STR("decided");
    (void)add(&kit, "INC-1", &entry);
    entry.phase = CORD_STR("contained");
    entry.time_ns = kit.clock.now_ns - 3600 * CORD_SECOND_NS;
    check_refused(&kit, NULL, "INC-1", &entry, CORD_E_END, "it was decided only later");
    entry.phase = CORD_STR("detected");
    entry.time_ns = 0;
    check_refused(&kit, NULL, "INC-1", &entry, CORD_E_END, "it was decided before that");
    entry.time_ns = kit.clock.now_ns + 3600 * CORD_SECOND_NS;
    check_refused(&kit, NULL, "INC-1", &entry, CORD_E_END,
                  "time: a phase is not reached in advance");
    entry.time_ns = kit.clock.now_ns - 3600 * CORD_SECOND_NS;
    (void)add(&kit, "INC-1", &entry);
    kit_incident_done(&kit);
}

static void links_are_of_what_there_is(void)
{
    struct kit_incident kit;
    start(&kit);
    struct cord_incident_entry_link link = {CORD_INCIDENT_ALERT, CORD_STR("A-9")};
    struct cord_incident_entry entry = entry_of(CORD_INCIDENT_ENTRY_LINK);
    check_refused(&kit, NULL, "INC-1", &entry, CORD_E_FORMAT, "links: 1 to 1000");
    entry.links = &link;
    entry.link_count = 1;
    check_refused(&kit, NULL, "INC-1", &entry, CORD_E_FORMAT, "links: there is no alert A-9");
    link = (struct cord_incident_entry_link){CORD_INCIDENT_ORGANISATION, CORD_STR("Z9")};
    check_refused(&kit, NULL, "INC-1", &entry, CORD_E_FORMAT, "links: there is no organisation Z9");
    link = (struct cord_incident_entry_link){CORD_INCIDENT_CLAIM, CORD_STR("17")};
    check_refused(&kit, NULL, "INC-1", &entry, CORD_E_FORMAT, "links: there is no claim 17");
    link = (struct cord_incident_entry_link){CORD_INCIDENT_ALERT, CORD_STR("A-1")};
    CHECK_U64(add(&kit, "INC-1", &entry).claims, 0); /* it is */
    entry.kind = CORD_INCIDENT_ENTRY_UNLINK;
    entry.reason = CORD_STR("noise");
    CHECK_U64(add(&kit, "INC-1", &entry).claims, 1);
    check_refused(&kit, NULL, "INC-1", &entry, CORD_E_END, "alert A-1 is not in the incident");
    /* Undone by saying it again. */
    entry.kind = CORD_INCIDENT_ENTRY_LINK;
    CHECK_U64(add(&kit, "INC-1", &entry).claims, 1);
    /* Whose it is is still whose matter it is. */
    struct cord_incident *incident = kit_incident_read(&kit, "INC-1", NULL, "A1");
    CHECK_U64(incident->alerts, 1);
    cord_incident_free(incident);
    kit_incident_done(&kit);
}

static void what_has_merged_is_written_to_no_more(void)
{
    struct kit_incident kit;
    struct cord_incident_outcome other;
    start(&kit);
    const struct cord_incident_author author = author_of(&kit, NULL);
    struct cord_incident_entry entry = {.title = CORD_STR("Mail"), .level = CORD_STR("minor")};
    const struct cord_incident_entry_link link = {CORD_INCIDENT_ALERT, CORD_STR("A-1")};
    entry.links = &link;
    entry.link_count = 1;
    CHECK(cord_incident_entry_open(kit.record, kit.view, &author, &entry, &other, NULL) == CORD_OK);
    entry = entry_of(CORD_INCIDENT_ENTRY_MERGE);
    entry.into = CORD_STR("INC-1");
    entry.reason = CORD_STR("the same worm");
    check_refused(&kit, NULL, "INC-1", &entry, CORD_E_FORMAT, "into: is itself");
    entry.into = CORD_STR("INC-9");
    check_refused(&kit, NULL, "INC-1", &entry, CORD_E_FORMAT, "into: there is no incident INC-9");
    entry.into = CORD_STR("INC-1");
    (void)add(&kit, other.id, &entry);
    entry.into = cord_str_from(other.id);
    char why[128];
    (void)snprintf(why, sizeof why, "%s has merged into INC-1", other.id);
    check_refused(&kit, NULL, "INC-1", &entry, CORD_E_END, why);
    entry = entry_of(CORD_INCIDENT_ENTRY_NOTE);
    entry.text = CORD_STR("x");
    check_refused(&kit, NULL, other.id, &entry, CORD_E_END, "the incident has merged into INC-1");
    /* Unlinked from one, it is unlinked from both. */
    entry = entry_of(CORD_INCIDENT_ENTRY_UNLINK);
    entry.links = &link;
    entry.link_count = 1;
    (void)add(&kit, "INC-1", &entry);
    struct cord_incident *incident = kit_incident_read(&kit, "INC-1", NULL, NULL);
    CHECK_U64(incident->alerts, 0);
    cord_incident_free(incident);
    entry = entry_of(CORD_INCIDENT_ENTRY_PART);
    entry.reason = CORD_STR("it was another");
    check_refused(&kit, NULL, "INC-1", &entry, CORD_E_END, "the incident has not merged");
    (void)add(&kit, other.id, &entry);
    incident = kit_incident_read(&kit, other.id, NULL, NULL);
    CHECK(incident->state == CORD_INCIDENT_OPEN);
    cord_incident_free(incident);
    kit_incident_done(&kit);
}

static void a_part_becomes_an_incident_of_its_own(void)
{
    struct kit_incident kit;
    start(&kit);
    const struct cord_incident_entry_link links[] = {
        {CORD_INCIDENT_ALERT, CORD_STR("A-1")},
        {CORD_INCIDENT_ORGANISATION, CORD_STR("A1")}, /* in it by its state */
    };
    struct cord_incident_entry entry = entry_of(CORD_INCIDENT_ENTRY_SPLIT);
    entry.title = CORD_STR("Alpha alone");
    check_refused(&kit, NULL, "INC-1", &entry, CORD_E_FORMAT, "links: is missing");
    entry.links = links;
    entry.link_count = 2;
    struct cord_incident_outcome outcome = add(&kit, "INC-1", &entry);
    struct cord_incident *incident = kit_incident_read(&kit, outcome.id, NULL, NULL);
    CHECK_STR(incident->title, "Alpha alone");
    CHECK_STR(incident->severity, "major");
    CHECK_STR(incident->split_from, "INC-1");
    CHECK_U64(incident->alerts, 1);
    CHECK_U64(incident->organisation_count, 1);
    CHECK_STR(incident->organisations[0].state, "contained");
    cord_incident_free(incident);
    incident = kit_incident_read(&kit, "INC-1", NULL, NULL);
    CHECK_U64(incident->alerts, 0);
    CHECK_U64(incident->organisation_count, 2);
    CHECK_STR(incident->organisations[0].code, "B2");
    cord_incident_free(incident);
    check_refused(&kit, NULL, "INC-1", &entry, CORD_E_END, "alert A-1 is not in the incident");
    kit_incident_done(&kit);
}

static void what_has_stood_down_is_declared_anew_first(void)
{
    struct kit_incident kit;
    start(&kit);
    struct cord_incident_entry entry = entry_of(CORD_INCIDENT_ENTRY_STAND_DOWN);
    check_refused(&kit, NULL, "INC-1", &entry, CORD_E_FORMAT, "reason: is missing");
    entry.reason = CORD_STR("it is over");
    (void)add(&kit, "INC-1", &entry);
    check_refused(&kit, NULL, "INC-1", &entry, CORD_E_END,
                  "the incident has stood down: declare it anew first");
    entry = entry_of(CORD_INCIDENT_ENTRY_NOTE);
    entry.text = CORD_STR("lessons");
    (void)add(&kit, "INC-1", &entry);
    entry = entry_of(CORD_INCIDENT_ENTRY_DECLARE);
    entry.level = CORD_STR("critical");
    (void)add(&kit, "INC-1", &entry);
    struct cord_incident *incident = kit_incident_read(&kit, "INC-1", NULL, NULL);
    CHECK(incident->state == CORD_INCIDENT_OPEN);
    CHECK_STR(incident->title, "Ransomware");
    CHECK_STR(incident->severity, "critical");
    cord_incident_free(incident);
    kit_incident_done(&kit);
}

/* --- who sees only its own --- */

static void an_organisation_writes_of_itself_alone(void)
{
    struct kit_incident kit;
    struct cord_incident_outcome outcome;
    const cord_str b2 = CORD_STR("B2");
    start(&kit);
    struct cord_incident_entry entry = entry_of(CORD_INCIDENT_ENTRY_NOTE);
    entry.text = CORD_STR("ours is clean");
    check_refused(&kit, "D4", "INC-1", &entry, CORD_E_NOENT, "there is no incident INC-1");
    CHECK(add_as(&kit, "A1", "INC-1", &entry, &outcome, NULL) == CORD_OK);
    entry.organisations = &b2;
    entry.organisation_count = 1;
    check_refused(&kit, "A1", "INC-1", &entry, CORD_E_FORMAT,
                  "organisations: there is no organisation B2");
    struct cord_incident *incident = kit_incident_read(&kit, "INC-1", NULL, "B2");
    size_t before = incident->timeline_count;
    cord_incident_free(incident);
    entry = entry_of(CORD_INCIDENT_ENTRY_TASK);
    entry.task = CORD_STR("T-1");
    entry.state = CORD_STR("doing");
    CHECK(add_as(&kit, "A1", "INC-1", &entry, &outcome, NULL) == CORD_OK);
    entry.task = CORD_STR("T-2"); /* the nation's */
    check_refused(&kit, "A1", "INC-1", &entry, CORD_E_END, "there is no task T-2");
    incident = kit_incident_read(&kit, "INC-1", NULL, "B2");
    CHECK_U64(incident->timeline_count, before);
    cord_incident_free(incident);
    entry = entry_of(CORD_INCIDENT_ENTRY_STAND_DOWN);
    entry.reason = CORD_STR("we are well");
    check_refused(&kit, "A1", "INC-1", &entry, CORD_E_UNSUPPORTED,
                  "only who sees all of an incident may do that");
    const struct cord_incident_entry_link theirs = {CORD_INCIDENT_ALERT, CORD_STR("A-2")};
    entry = entry_of(CORD_INCIDENT_ENTRY_LINK);
    entry.links = &theirs;
    entry.link_count = 1;
    check_refused(&kit, "A1", "INC-1", &entry, CORD_E_FORMAT, "links: there is no alert A-2");
    CHECK(add_as(&kit, "B2", "INC-1", &entry, &outcome, NULL) == CORD_OK);
    kit_incident_done(&kit);
}

static void names_lead_back(void)
{
    for (unsigned i = 0; i < CORD_INCIDENT_ENTRY_KINDS; i++) {
        enum cord_incident_entry_kind kind = CORD_INCIDENT_ENTRY_KINDS;
        CHECK(cord_incident_entry_find(
            cord_str_from(cord_incident_entry_name((enum cord_incident_entry_kind)i)), &kind));
        CHECK(kind == (enum cord_incident_entry_kind)i);
        CHECK(!cord_incident_entry_find(CORD_STR("delete"), &kind));
    }
}

KIT_MAIN(KIT_TEST(an_incident_is_opened_at_once), KIT_TEST(a_task_goes_its_way),
         KIT_TEST(phases_follow_each_other), KIT_TEST(links_are_of_what_there_is),
         KIT_TEST(what_has_merged_is_written_to_no_more),
         KIT_TEST(a_part_becomes_an_incident_of_its_own),
         KIT_TEST(what_has_stood_down_is_declared_anew_first),
         KIT_TEST(an_organisation_writes_of_itself_alone), KIT_TEST(names_lead_back))
