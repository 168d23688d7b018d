/* test_incident_sitrep.c: the report says what is known and what has changed; an issued one stays.
 */
#include "kit/kit.h"

#include "kit/kit_incident.h"
#include "kit/kit_incident_json.h"
#include "triage/incident_entry.h"
#include "triage/incident_sitrep.h"

static void check_draft_in(struct kit_incident *kit, enum cord_incident_language language,
                           const char *at, const char *reader, const char *wanted)
{
    struct cord_incident_sitrep *sitrep = NULL;
    struct cord_buf text;
    kit_incident_ask(kit, at, reader);
    kit->request.language = language;
    cord_buf_init(&text, 1 << 16);
    CHECK(cord_incident_sitrep_draft(kit->view, CORD_STR("INC-1"), &kit->request, &sitrep, NULL) ==
          CORD_OK);
    for (size_t i = 0; i < sitrep->line_count; i++) {
        cord_buf_put(&text, sitrep->lines[i]);
        cord_buf_put_char(&text, '\n');
    }
    CHECK_STR_EQ(cord_buf_str(&text), cord_str_from(wanted));
    cord_buf_done(&text);
    cord_incident_sitrep_free(sitrep);
}

static void check_draft(struct kit_incident *kit, const char *at, const char *reader,
                        const char *wanted)
{
    check_draft_in(kit, CORD_INCIDENT_ENGLISH, at, reader, wanted);
}

static struct cord_incident_outcome issue(struct kit_incident *kit)
{
    struct cord_incident_outcome outcome;
    kit_incident_ask(kit, NULL, NULL);
    const struct cord_incident_author author = {
        .claimant = CORD_STR("user:2"), .now_ns = kit->clock.now_ns, .request = &kit->request};
    const struct cord_incident_entry entry = {.kind = CORD_INCIDENT_ENTRY_SITREP};
    CHECK(cord_incident_entry_add(kit->record, kit->view, CORD_STR("INC-1"), &author, &entry,
                                  &outcome, NULL) == CORD_OK);
    CHECK_U64(outcome.claims, 1);
    return outcome;
}

static const char first[] =
    "INC-1: Ransomware. As known at 2017-05-12 12:00 UTC.\n"
    "major, open; began 2017-05-12 09:00 UTC, declared 2017-05-12 09:00 UTC; commander user:2\n"
    "Organisations: 3. Alerts: 1. Clusters: 0.\n"
    "- disrupted: 1 (Beta Clinic)\n"
    "- contained: 1 (Alpha Hospital)\n"
    "- unknown: 1 (Gamma Practice)\n"
    "Time to detect: 10 min; from then to acknowledge: 50 min, to decide: 110 min, to contain: 2 h "
    "50 min.\n"
    "Next decision: Alpha Hospital: isolate pathology\n"
    "Open tasks: 1, overdue: 0.\n"
    "- write it down, nobody's\n"
    "This is the first report.\n"
    "Decisions: 1.\n"
    "- 2017-05-12 10:00 UTC, user:2: cut mail\n"
    "Said of care: 1.\n"
    "- 2017-05-12 09:50 UTC, Beta Clinic: patients diverted: emergency\n";

static const char second[] =
    "INC-1: Ransomware. As known at 2017-05-12 13:00 UTC.\n"
    "major, open; began 2017-05-12 09:00 UTC, declared 2017-05-12 09:00 UTC; commander user:2\n"
    "Organisations: 4. Alerts: 1. Clusters: 0.\n"
    "- infected: 2 (Beta Clinic; Delta Ambulance)\n"
    "- contained: 1 (Alpha Hospital)\n"
    "- unknown: 1 (Gamma Practice)\n"
    "Time to detect: 10 min; from then to acknowledge: 50 min, to decide: 110 min, to contain: not "
    "known.\n"
    "Next decision: Alpha Hospital: isolate pathology\n"
    "Open tasks: 1, overdue: 0.\n"
    "- write it down, nobody's\n"
    "Changes since the report of 2017-05-12 12:00 UTC:\n"
    "- Beta Clinic: disrupted -> infected\n"
    "- Delta Ambulance: not in it -> infected\n"
    "Decisions since then: 0.\n"
    "Said of care since then: 0.\n";

static void says_what_is_known_and_what_has_changed(void)
{
    struct kit_incident kit;
    kit_incident_story(&kit);
    kit_incident_at(&kit, "2017-05-12T12:00:00Z");
    check_draft(&kit, "2017-05-12T12:00:00Z", NULL, first);
    struct cord_incident_outcome issued = issue(&kit);
    kit_incident_at(&kit, "2017-05-12T12:30:00Z");
    (void)kit_incident_say(&kit, "status.claim", "org:B2",
                           "{\"state\":\"infected\",\"incident\":\"INC-1\"}", "org:B2", NULL);
    (void)kit_incident_say(&kit, "status.claim", "org:D4",
                           "{\"state\":\"infected\",\"incident\":\"INC-1\"}", "org:D4", NULL);
    kit_incident_at(&kit, "2017-05-12T13:00:00Z");
    check_draft(&kit, "2017-05-12T13:00:00Z", NULL, second);
    /* What was issued stays, and says from when it is. */
    struct cord_incident *incident = kit_incident_read(&kit, "INC-1", NULL, NULL);
    CHECK_U64(incident->report_count, 1);
    CHECK_U64(incident->reports[0].claim, issued.claim);
    CHECK_STR(incident->reports[0].title, "INC-1: situation as known at 2017-05-12 12:00 UTC");
    CHECK(cord_str_starts(incident->reports[0].text,
                          CORD_STR("[\"INC-1: Ransomware. As known at 2017-05-12 12:00 UTC.\",")));
    cord_incident_free(incident);
    incident = kit_incident_read(&kit, "INC-1", "2017-05-12T11:59:00Z", NULL);
    CHECK_U64(incident->report_count, 0);
    cord_incident_free(incident);
    (void)issue(&kit);
    incident = kit_incident_read(&kit, "INC-1", NULL, NULL);
    CHECK_U64(incident->report_count, 2);
    CHECK_U64(incident->reports[1].previous, issued.claim);
    cord_incident_free(incident);
    kit_incident_done(&kit);
}

static const char french[] =
    "INC-1 : Ransomware. Connu le 2017-05-12 12:00 UTC.\n"
    "majeur, ouvert ; début le 2017-05-12 09:00 UTC, déclaré le 2017-05-12 09:00 UTC ; directeur "
    "de "
    "crise user:2\n"
    "Organismes : 3. Alertes : 1. Foyers : 0.\n"
    "- perturbé : 1 (Beta Clinic)\n"
    "- confiné : 1 (Alpha Hospital)\n"
    "- inconnu : 1 (Gamma Practice)\n"
    "Délai de détection : 10 min ; de là à la prise en compte : 50 min, à la décision : 110 min, "
    "au "
    "confinement : 2 h 50 min.\n"
    "Prochaine décision : Alpha Hospital: isolate pathology\n"
    "Tâches ouvertes : 1, en retard : 0.\n"
    "- write it down, à personne\n"
    "C’est le premier point de situation.\n"
    "Décisions : 1.\n"
    "- 2017-05-12 10:00 UTC, user:2 : cut mail\n"
    "Dit des soins : 1.\n"
    "- 2017-05-12 09:50 UTC, Beta Clinic : patients réorientés : urgences\n";

static void says_it_in_french(void)
{
    struct kit_incident kit;
    kit_incident_story(&kit);
    kit_incident_at(&kit, "2017-05-12T12:00:00Z");
    check_draft_in(&kit, CORD_INCIDENT_FRENCH, "2017-05-12T12:00:00Z", NULL, french);
    (void)issue(&kit);
    kit_incident_at(&kit, "2017-05-12T12:30:00Z");
    (void)kit_incident_say(&kit, "incident.stand-down", "incident:INC-1", "{\"reason\":\"over\"}",
                           "user:1", NULL);
    (void)kit_incident_say(&kit, "harm.reported", "org:A1", "{\"harm\":\"none\"}", "org:A1", NULL);
    (void)kit_incident_say(&kit, "care.cancelled", "org:A1",
                           "{\"date\":\"2017-05-12\",\"care\":\"operation\",\"count\":"
                           "\"identified\"}",
                           "org:A1", "\"amount\":\"3\",\"unit\":\"operations\"");
    check_draft_in(
        &kit, CORD_INCIDENT_FRENCH, NULL, NULL,
        "INC-1 : Ransomware. Connu le 2017-05-12 12:30 UTC.\n"
        "majeur, levé ; début le 2017-05-12 09:00 UTC, déclaré le 2017-05-12 09:00 UTC, levé "
        "le 2017-05-12 12:30 UTC ; directeur de crise user:2\n"
        "Organismes : 3. Alertes : 1. Foyers : 0.\n"
        "- perturbé : 1 (Beta Clinic)\n"
        "- confiné : 1 (Alpha Hospital)\n"
        "- inconnu : 1 (Gamma Practice)\n"
        "Délai de détection : 10 min ; de là à la prise en compte : 50 min, à la décision : "
        "110 min, au confinement : 2 h 50 min.\n"
        "Prochaine décision : Alpha Hospital: isolate pathology\n"
        "Tâches ouvertes : 1, en retard : 0.\n"
        "- write it down, à personne\n"
        "Changements depuis le point de situation du 2017-05-12 12:00 UTC :\n"
        "- aucun organisme n’est entré, sorti ni dans un autre état\n"
        "Décisions depuis : 0.\n"
        "Dit des soins depuis : 2.\n"
        "- 2017-05-12 12:30 UTC, Alpha Hospital : préjudice : aucun\n"
        "- 2017-05-12 12:30 UTC, Alpha Hospital : annulés : 3 opérations, opération pour le "
        "2017-05-12, identifiés\n");
    kit_incident_done(&kit);
}

static void a_reader_of_one_gets_its_own_report(void)
{
    struct kit_incident kit;
    kit_incident_story(&kit);
    kit_incident_at(&kit, "2017-05-12T12:00:00Z");
    (void)issue(&kit);
    check_draft(
        &kit, "2017-05-12T12:30:00Z", "C3",
        "INC-1. As known at 2017-05-12 12:30 UTC.\n"
        "major, open; began 2017-05-12 09:00 UTC, declared 2017-05-12 09:00 UTC; commander user:2\n"
        "Organisations: 1. Alerts: 0. Clusters: 0.\n"
        "- unknown: 1 (Gamma Practice)\n"
        "Time to detect: not known; from then to acknowledge: not known, to decide: not known, to "
        "contain: not known.\n"
        "Next decision: none waits\n"
        "Open tasks: 0, overdue: 0.\n"
        "This is the first report.\n"
        "Decisions: 0.\n"
        "Said of care: 0.\n");
    kit_incident_done(&kit);
}

/* What does not fit is counted, and names its claim. */
static void lists_are_bounded_and_say_so(void)
{
    enum { MANY = 20 };
    struct kit_incident kit;
    struct cord_incident_sitrep *sitrep = NULL;
    char value[2048];
    char text[1500];
    kit_incident_story(&kit);
    kit_incident_at(&kit, "2017-05-12T12:00:00Z");
    memset(text, 'x', sizeof text);
    for (size_t at = 1; at + 1 < sizeof text; at += 2) {
        memcpy(text + at, "\xc3\xa9", 2); /* two bytes each, from an odd place on */
    }
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(value, sizeof value,
                       "{\"task\":\"X-%d\",\"title\":\"x\",\"state\":\"open\"}", i);
        (void)kit_incident_say(&kit, "incident.task", "incident:INC-1", value, "user:2", NULL);
        (void)snprintf(value, sizeof value, "{\"what\":\"%s\",\"why\":\"y\"}", text);
        (void)kit_incident_say(&kit, "incident.decision", "incident:INC-1", value, "user:2", NULL);
        (void)snprintf(value, sizeof value, "{\"harm\":\"none\",\"reason\":\"%s\"}", text);
        (void)kit_incident_say(&kit, "harm.reported", "org:A1", value, "org:A1", NULL);
    }
    kit_incident_ask(&kit, NULL, NULL);
    CHECK(cord_incident_sitrep_draft(kit.view, CORD_STR("INC-1"), &kit.request, &sitrep, NULL) ==
          CORD_OK);
    size_t more = 0;
    size_t cut = 0;
    for (size_t i = 0; i < sitrep->line_count; i++) {
        more += cord_str_starts(sitrep->lines[i], CORD_STR("- and 1"));
        cut += cord_str_find(sitrep->lines[i], CORD_STR(" [...]"), 0) != SIZE_MAX;
    }
    CHECK_U64(more, 3); /* of 21 tasks, 21 decisions and 21 words about care */
    CHECK_U64(cut, 18);
    cord_incident_sitrep_free(sitrep);
    (void)issue(&kit); /* the record takes it: no character is cut in two */
    kit_incident_done(&kit);
}

static void memory_may_run_out(void)
{
    struct kit_incident kit;
    kit_incident_story(&kit);
    (void)issue(&kit);
    kit_incident_ask(&kit, NULL, NULL);
    for (size_t nth = 1;; nth++) {
        struct cord_incident_sitrep *sitrep = NULL;
        kit_fail_allocation(nth);
        cord_status status =
            cord_incident_sitrep_draft(kit.view, CORD_STR("INC-1"), &kit.request, &sitrep, NULL);
        bool failed_one = kit_fail_allocation_off();
        CHECK(failed_one ? status != CORD_OK && !sitrep : status == CORD_OK);
        cord_incident_sitrep_free(sitrep);
        if (!failed_one) {
            break;
        }
    }
    kit_incident_done(&kit);
}

static void is_shown_as_json(void)
{
    struct kit_incident kit;
    struct cord_incident_sitrep *sitrep = NULL;
    struct cord_buf text;
    char end[64];
    kit_incident_story(&kit);
    (void)snprintf(end, sizeof end, ",\"previous\":%" PRIu64 "}", issue(&kit).claim);
    kit_incident_ask(&kit, NULL, NULL);
    cord_buf_init(&text, 1 << 16);
    CHECK(cord_incident_sitrep_draft(kit.view, CORD_STR("INC-1"), &kit.request, &sitrep, NULL) ==
          CORD_OK);
    kit_incident_json_sitrep(sitrep, &text);
    CHECK(cord_str_starts(cord_buf_str(&text), CORD_STR("{\"at\":\"2017-05-12T11:10:00.000Z\",")));
    CHECK(cord_str_ends(cord_buf_str(&text), cord_str_from(end)));
    cord_incident_sitrep_free(sitrep);
    cord_buf_done(&text);
    kit_incident_done(&kit);
}

KIT_MAIN(KIT_TEST(says_what_is_known_and_what_has_changed), KIT_TEST(says_it_in_french),
         KIT_TEST(a_reader_of_one_gets_its_own_report), KIT_TEST(lists_are_bounded_and_say_so),
         KIT_TEST(memory_may_run_out), KIT_TEST(is_shown_as_json))
