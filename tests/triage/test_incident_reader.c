/* test_incident_reader.c: whoever may see one organisation gets the incident that its claims make,
 * and learns nothing of what is hidden: not a name, a count, a text or a time (N13). */
#include "kit/kit.h"

#include "kit/kit_dice.h"
#include "kit/kit_incident.h"
#include "kit/kit_incident_json.h"

/* All that can be known of it. */
static void write_all(const struct cord_incident *incident, struct cord_buf *text)
{
    kit_incident_json_row(incident, text);
    kit_incident_json_write(incident, text);
    for (size_t i = 0; i < incident->timeline_count; i++) {
        kit_incident_json_item(&incident->timeline[i], text);
    }
    CHECK(!text->failed);
}

static void check_absent(const struct cord_buf *text, const char *what)
{
    if (cord_str_find(cord_buf_str(text), cord_str_from(what), 0) != SIZE_MAX) {
        fail_msg("%s is in %.*s", what, CORD_STR_ARG(cord_buf_str(text)));
    }
}

static void an_organisation_sees_its_own_part(void)
{
    struct kit_incident kit;
    struct cord_buf text;
    kit_incident_story(&kit);
    struct cord_incident *incident = kit_incident_read(&kit, "INC-1", NULL, "A1");
    cord_buf_init(&text, 1 << 20);
    write_all(incident, &text);
    CHECK(!incident->whole);
    CHECK_STR(incident->id, "INC-1");
    CHECK_STR(incident->title, ""); /* the nation's words */
    CHECK_STR(incident->severity, "major");
    CHECK_STR(incident->commander, "user:2");
    CHECK_U64(incident->alerts, 1);
    CHECK_U64(incident->organisation_count, 1);
    CHECK_STR(incident->organisations[0].code, "A1");
    CHECK_U64(incident->task_count, 1);
    CHECK_U64(incident->decision_count, 0);
    CHECK(!incident->kpis.decide.known);
    CHECK(incident->kpis.contain.known);
    const char *const hidden[] = {"B2",     "Beta",      "C3",     "Gamma",         "Ransomware",
                                  "T-2",    "write it",  "divert", "emergency",     "cut mail",
                                  "spread", "disrupted", "T09:50", "T10:00:00.000Z"};
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
        check_absent(&text, hidden[i]);
    }
    cord_buf_done(&text);
    cord_incident_free(incident);
    kit_incident_done(&kit);
}

static void who_has_nothing_to_do_with_it_has_no_incident(void)
{
    struct kit_incident kit;
    kit_incident_story(&kit);
    CHECK(!kit_incident_read(&kit, "INC-1", NULL, "D4"));
    /* As known before it was in it, C3, too. */
    CHECK(!kit_incident_read(&kit, "INC-1", "2017-05-12T09:59:00Z", "C3"));
    struct cord_incident *incident = kit_incident_read(&kit, "INC-1", NULL, "C3");
    CHECK_U64(incident->organisation_count, 1);
    CHECK_U64(incident->alerts, 0);
    cord_incident_free(incident);
    kit_incident_done(&kit);
}

static void a_title_that_is_told_to_all_is_seen_by_all(void)
{
    struct kit_incident kit;
    kit_incident_story(&kit);
    (void)kit_incident_say(&kit, "incident.declare", "incident:INC-1",
                           "{\"title\":\"Worm in the service\",\"level\":\"major\"}", "user:2",
                           "\"marking\":\"TLP:GREEN\"");
    struct cord_incident *incident = kit_incident_read(&kit, "INC-1", NULL, "D4");
    CHECK_STR(incident->title, "Worm in the service");
    CHECK_U64(incident->organisation_count, 0);
    cord_incident_free(incident);
    /* To some. */
    (void)kit_incident_say(&kit, "incident.declare", "incident:INC-1",
                           "{\"title\":\"Worm at yours\",\"level\":\"major\","
                           "\"organisations\":[\"A1\"]}",
                           "user:2", NULL);
    incident = kit_incident_read(&kit, "INC-1", NULL, "A1");
    CHECK_STR(incident->title, "Worm at yours");
    cord_incident_free(incident);
    kit_incident_done(&kit);
}

/* --- what is hidden makes no difference --- */

static const char *const codes[] = {"A1", "B2", "C3", "D4"};
static const char *const conditions[] = {"infected", "disrupted", "contained", "clear"};

struct saying {
    const char *kind;
    char subject[32], value[256];
    const char *claimant;
    bool own; /* A1 may see it, or it is of the frame */
};

static void say_of_incident(struct kit_dice *dice, struct saying *saying)
{
    bool own = kit_dice_few(dice, 2) == 0;
    const char *whose = own ? "[\"A1\"]" : kit_dice_few(dice, 2) ? "[\"A1\",\"B2\"]" : "[\"C3\"]";
    unsigned n = kit_dice_few(dice, 5);
    (void)snprintf(saying->subject, sizeof saying->subject, "incident:INC-%u",
                   1 + kit_dice_few(dice, 2));
    saying->own = own;
    switch (kit_dice_few(dice, 5)) {
    case 0:
        saying->kind = "incident.task";
        (void)snprintf(
            saying->value, sizeof saying->value,
            "{\"task\":\"T-%u\",\"title\":\"t%u\",\"state\":\"%s\",\"sort\":\"decision\","
            "\"organisations\":%s}",
            n, kit_dice_few(dice, 100), kit_dice_few(dice, 2) ? "open" : "done", whose);
        break;
    case 1:
        saying->kind = "incident.decision";
        (void)snprintf(saying->value, sizeof saying->value,
                       "{\"what\":\"w%u\",\"why\":\"y\",\"organisations\":%s}",
                       kit_dice_few(dice, 100), whose);
        break;
    case 2:
        saying->kind = "incident.link";
        (void)snprintf(saying->value, sizeof saying->value,
                       "{\"kind\":\"alert\",\"id\":\"A-%u\",\"state\":\"%s\","
                       "\"organisations\":%s}",
                       own ? 1 : 2, kit_dice_few(dice, 3) ? "linked" : "unlinked", whose);
        break;
    case 3:
        saying->kind = "incident.link";
        saying->own = n == 0;
        (void)snprintf(saying->value, sizeof saying->value,
                       "{\"kind\":\"organisation\",\"id\":\"%s\",\"state\":\"%s\"}", codes[n % 4],
                       kit_dice_few(dice, 4) ? "linked" : "unlinked");
        saying->own = n % 4 == 0;
        break;
    default:
        saying->kind = "incident.note";
        (void)snprintf(saying->value, sizeof saying->value,
                       "{\"text\":\"n%u\",\"organisations\":%s}", kit_dice_few(dice, 100), whose);
        break;
    }
}

static void say_of_organisation(struct kit_dice *dice, struct saying *saying)
{
    unsigned who = kit_dice_few(dice, 4);
    saying->own = who == 0;
    (void)snprintf(saying->subject, sizeof saying->subject, "org:%s", codes[who]);
    switch (kit_dice_few(dice, 3)) {
    case 0:
        saying->kind = "contain.request";
        (void)snprintf(saying->value, sizeof saying->value,
                       "{\"containment\":\"X%u\",\"action\":\"cut %u\"}", kit_dice_few(dice, 3),
                       kit_dice_few(dice, 100));
        break;
    default:
        saying->kind = "status.claim";
        (void)snprintf(saying->value, sizeof saying->value,
                       "{\"state\":\"%s\",\"incident\":\"INC-%u\"}",
                       conditions[kit_dice_few(dice, 4)], 1 + kit_dice_few(dice, 2));
        break;
    }
}

static void make_saying(struct kit_dice *dice, struct saying *saying)
{
    *saying = (struct saying){.claimant = kit_dice_few(dice, 2) ? "user:5" : "user:6"};
    unsigned which = kit_dice_few(dice, 12);
    if (which == 0) { /* of the frame: seen by all who are in it */
        saying->kind = "incident.merge";
        saying->own = true;
        (void)snprintf(saying->subject, sizeof saying->subject, "incident:INC-2");
        (void)snprintf(saying->value, sizeof saying->value, "{\"into\":\"INC-1\",\"state\":\"%s\"}",
                       kit_dice_few(dice, 2) ? "merged" : "parted");
    } else if (which < 7) {
        say_of_incident(dice, saying);
    } else {
        say_of_organisation(dice, saying);
    }
}

/* The same history; `only`: what A1 may not see was never said, something else was. */
static void tell(struct kit_incident *kit, uint64_t seed, bool only)
{
    enum { SAYINGS = 60 };
    struct kit_dice dice = {seed};
    struct saying saying;
    kit_incident_init(kit);
    kit_incident_at(kit, "2017-05-12T09:00:00Z");
    for (int i = 1; i <= 2; i++) {
        char subject[32];
        (void)snprintf(subject, sizeof subject, "incident:INC-%d", i);
        (void)kit_incident_say(kit, "incident.declare", subject,
                               "{\"title\":\"secret\",\"level\":\"major\"}", "user:1", NULL);
    }
    for (int i = 0; i < SAYINGS; i++) {
        kit->clock.now_ns += 60 * CORD_SECOND_NS;
        make_saying(&dice, &saying);
        if (only && !saying.own) {
            (void)kit_incident_say(kit, "heartbeat", "system:x", "{}", "system:x", NULL);
        } else {
            (void)kit_incident_say(kit, saying.kind, saying.subject, saying.value, saying.claimant,
                                   NULL);
        }
    }
}

static cord_status put_row(void *self, const struct cord_incident *incident)
{
    kit_incident_json_row(incident, self);
    return CORD_OK;
}

static void write_what_a1_sees(struct kit_incident *kit, struct cord_buf *text)
{
    const char *const at[] = {NULL, "2017-05-12T09:20:30Z", "2017-05-12T09:40:00Z"};
    const struct cord_incident_filter all = {.which = CORD_INCIDENTS_ALL};
    for (size_t i = 0; i < 3; i++) {
        for (int j = 1; j <= 2; j++) {
            char id[16];
            (void)snprintf(id, sizeof id, "INC-%d", j);
            struct cord_incident *incident = kit_incident_read(kit, id, at[i], "A1");
            cord_buf_put_text(text, incident ? "\n" : "\nnone");
            if (incident) {
                write_all(incident, text);
            }
            cord_incident_free(incident);
        }
        CHECK(cord_incident_list(kit->view, &kit->request, &all, put_row, text, NULL) == CORD_OK);
    }
}

static void what_is_hidden_makes_no_difference(void)
{
    enum { ROUNDS = 6 };
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        struct kit_incident all;
        struct kit_incident own;
        struct cord_buf of_all;
        struct cord_buf of_own;
        cord_buf_init(&of_all, 1 << 22);
        cord_buf_init(&of_own, 1 << 22);
        tell(&all, round * 0x9e3779b97f4a7c15ULL, false);
        tell(&own, round * 0x9e3779b97f4a7c15ULL, true);
        write_what_a1_sees(&all, &of_all);
        write_what_a1_sees(&own, &of_own);
        CHECK_STR_EQ(cord_buf_str(&of_all), cord_buf_str(&of_own));
        check_absent(&of_all, "B2");
        check_absent(&of_all, "secret");
        cord_buf_done(&of_all);
        cord_buf_done(&of_own);
        kit_incident_done(&all);
        kit_incident_done(&own);
    }
}

KIT_MAIN(KIT_TEST(an_organisation_sees_its_own_part),
         KIT_TEST(who_has_nothing_to_do_with_it_has_no_incident),
         KIT_TEST(a_title_that_is_told_to_all_is_seen_by_all),
         KIT_TEST(what_is_hidden_makes_no_difference))
