/* test_incident_random.c: random histories against a slow way to the same answers, as known at any
 * time; and memory that runs out. */
#include "kit/kit.h"

#include "kit/kit_dice.h"
#include "kit/kit_incident.h"
#include "kit/kit_incident_json.h"

#include <stdlib.h>

enum { SAYINGS = 90, INCIDENTS = 3, TASKS = 4, ORGANISATIONS = 4, ALERTS = 2, ROUNDS = 6 };

static const char *const codes[ORGANISATIONS] = {"A1", "B2", "C3", "D4"};
static const char *const conditions[] = {"infected", "disrupted", "contained", "clear"};
static const char *const task_states[] = {"open", "doing", "done", "dropped"};

/* --- a history --- */

static void say_link(struct kit_incident *kit, struct kit_dice *dice, const char *subject)
{
    char value[160];
    bool alert = kit_dice_few(dice, 2) == 0;
    (void)snprintf(value, sizeof value, "{\"kind\":\"%s\",\"id\":\"%s\",\"state\":\"%s\"}",
                   alert ? "alert" : "organisation",
                   alert ? kit_dice_few(dice, ALERTS) ? "A-2" : "A-1"
                         : codes[kit_dice_few(dice, ORGANISATIONS)],
                   kit_dice_few(dice, 3) ? "linked" : "unlinked");
    (void)kit_incident_say(kit, "incident.link", subject, value,
                           kit_dice_few(dice, 2) ? "user:5" : "user:6", NULL);
}

static void say_one(struct kit_incident *kit, struct kit_dice *dice)
{
    char subject[32];
    char value[160];
    (void)snprintf(subject, sizeof subject, "incident:INC-%u", 1 + kit_dice_few(dice, INCIDENTS));
    const char *by = kit_dice_few(dice, 2) ? "user:5" : "user:6";
    switch (kit_dice_few(dice, 8)) {
    case 0:
        (void)snprintf(value, sizeof value, "{\"into\":\"INC-%u\",\"state\":\"%s\"}",
                       1 + kit_dice_few(dice, INCIDENTS),
                       kit_dice_few(dice, 2) ? "merged" : "parted");
        (void)kit_incident_say(kit, "incident.merge", subject, value, by, NULL);
        break;
    case 1:
        if (kit_dice_few(dice, 2)) {
            (void)kit_incident_say(kit, "incident.stand-down", subject, "{}", by, NULL);
        } else {
            (void)kit_incident_say(kit, "incident.declare", subject,
                                   "{\"title\":\"x\",\"level\":\"minor\"}", by, NULL);
        }
        break;
    case 2:
    case 3:
        (void)snprintf(value, sizeof value, "{\"task\":\"T-%u\",\"title\":\"x\",\"state\":\"%s\"}",
                       kit_dice_few(dice, TASKS), task_states[kit_dice_few(dice, 4)]);
        (void)kit_incident_say(kit, "incident.task", subject, value, by, NULL);
        break;
    case 4:
    case 5:
        say_link(kit, dice, subject);
        break;
    default: {
        char org[16];
        (void)snprintf(org, sizeof org, "org:%s", codes[kit_dice_few(dice, ORGANISATIONS)]);
        (void)snprintf(value, sizeof value, "{\"state\":\"%s\",\"incident\":\"%s\"}",
                       conditions[kit_dice_few(dice, 4)], subject + strlen("incident:"));
        (void)kit_incident_say(kit, "status.claim", org, value,
                               kit_dice_few(dice, 3) ? org : "org:X24", NULL);
        break;
    }
    }
}

static void tell(struct kit_incident *kit, uint64_t seed)
{
    struct kit_dice dice = {seed};
    kit_incident_init(kit);
    kit_incident_at(kit, "2017-05-12T09:00:00Z");
    for (int i = 1; i <= INCIDENTS; i++) {
        char subject[32];
        (void)snprintf(subject, sizeof subject, "incident:INC-%d", i);
        (void)kit_incident_say(kit, "incident.declare", subject,
                               "{\"title\":\"x\",\"level\":\"major\"}", "user:1", NULL);
    }
    for (int i = 0; i < SAYINGS; i++) {
        kit->clock.now_ns += 60 * CORD_SECOND_NS;
        say_one(kit, &dice);
    }
}

/* --- the slow way: all claims, one after another --- */

struct naive_one {
    bool stands;
    int into; /* -1: it has not merged */
    int tasks[TASKS];
    bool alerts[ALERTS];
    bool in[ORGANISATIONS]; /* by the last word on its being in it */
    bool was_infected[ORGANISATIONS];
};

struct naive {
    struct naive_one ones[INCIDENTS];
    uint64_t last[INCIDENTS]; /* claim about it */
};

static int place_of(cord_str text, const char *const *words, int count)
{
    for (int i = 0; i < count; i++) {
        if (cord_str_eq(text, cord_str_from(words[i]))) {
            return i;
        }
    }
    return -1;
}

static int number_of(cord_str text)
{
    return text.ptr[text.len - 1] - '0';
}

static void take_own(struct naive *naive, struct naive_one *one, const struct cord_claim *claim)
{
    const char *kind = claim->kind->name;
    if (strcmp(kind, "incident.merge") == 0) {
        bool merged = cord_str_eq(cord_claim_state(claim), CORD_STR("merged"));
        one->into = merged ? number_of(cord_claim_member(claim->value, "into")) - 1 : -1;
    } else if (strcmp(kind, "incident.task") == 0) {
        one->tasks[number_of(cord_claim_member(claim->value, "task"))] =
            1 + place_of(cord_claim_state(claim), task_states, 4);
    } else if (strcmp(kind, "incident.link") == 0) {
        bool linked = cord_str_eq(cord_claim_state(claim), CORD_STR("linked"));
        cord_str id = cord_claim_member(claim->value, "id");
        int code = place_of(id, codes, ORGANISATIONS);
        if (code >= 0) {
            one->in[code] = linked;
        } else {
            one->alerts[number_of(id) - 1] = linked;
        }
    } else {
        one->stands = strcmp(kind, "incident.declare") == 0;
    }
    naive->last[one - naive->ones] = claim->number;
}

static void take(struct naive *naive, const struct cord_claim *claim)
{
    cord_str id = cord_claim_subject_rest(claim->subject, "incident");
    cord_str org = cord_claim_subject_rest(claim->subject, "org");
    cord_str named = cord_claim_member(claim->value, "incident");
    if (id.ptr) {
        take_own(naive, &naive->ones[number_of(id) - 1], claim);
    } else if (org.ptr && named.len > 0) {
        struct naive_one *one = &naive->ones[number_of(named) - 1];
        int code = place_of(org, codes, ORGANISATIONS);
        one->in[code] = true;
        one->was_infected[code] =
            one->was_infected[code] || cord_str_eq(cord_claim_state(claim), CORD_STR("infected"));
    }
}

/* Whether it ends somewhere. */
static bool merges(const struct naive *naive, int one)
{
    int at = naive->ones[one].into;
    for (int i = 0; at >= 0 && i <= INCIDENTS; i++) {
        if (at == one || i == INCIDENTS) {
            return false;
        }
        at = naive->ones[at].into;
    }
    return naive->ones[one].into >= 0;
}

static bool is_within(const struct naive *naive, int one, int of)
{
    for (int i = 0; i <= INCIDENTS; i++) {
        if (one == of) {
            return true;
        }
        if (!merges(naive, one)) {
            return false;
        }
        one = naive->ones[one].into;
    }
    return false;
}

/* --- comparing --- */

static void check_one(const struct naive *naive, int which, const struct cord_incident *incident)
{
    bool alerts[ALERTS] = {false};
    size_t alert_count = 0;
    size_t open = 0;
    size_t tasks = 0;
    size_t members = 0;
    size_t infected = 0;
    for (int code = 0; code < ORGANISATIONS; code++) {
        bool in = false;
        bool was = false;
        for (int i = 0; i < INCIDENTS; i++) {
            in = in || (is_within(naive, i, which) && naive->ones[i].in[code]);
            was = was || (is_within(naive, i, which) && naive->ones[i].was_infected[code]);
        }
        members += in;
        infected += in && was;
    }
    for (int i = 0; i < INCIDENTS; i++) {
        for (int j = 0; is_within(naive, i, which) && j < TASKS; j++) {
            tasks += naive->ones[i].tasks[j] > 0;
            open += naive->ones[i].tasks[j] == 1 || naive->ones[i].tasks[j] == 2;
        }
        for (int j = 0; j < ALERTS; j++) {
            alerts[j] = alerts[j] || (is_within(naive, i, which) && naive->ones[i].alerts[j]);
        }
    }
    for (int j = 0; j < ALERTS; j++) {
        alert_count += alerts[j];
    }
    size_t was_infected = 0;
    for (size_t i = 0; i < incident->organisation_count; i++) {
        was_infected += incident->organisations[i].was_infected;
    }
    CHECK(incident->state == (merges(naive, which)        ? CORD_INCIDENT_MERGED
                              : naive->ones[which].stands ? CORD_INCIDENT_OPEN
                                                          : CORD_INCIDENT_STOOD_DOWN));
    CHECK_U64(incident->alerts, alert_count);
    CHECK_U64(incident->task_count, tasks);
    CHECK_U64(incident->tasks_open, open);
    CHECK_U64(incident->organisation_count, members);
    CHECK_U64(was_infected, infected);
}

/* Alerts bring their organisations only through the port, which these readings do without. */
static struct cord_incident *read_plain(struct kit_incident *kit, int which, int64_t known_ns)
{
    char id[16];
    struct cord_incident *incident = NULL;
    const struct cord_incident_request request = {.known_ns = known_ns};
    (void)snprintf(id, sizeof id, "INC-%d", which + 1);
    CHECK(cord_incident_read(kit->view, cord_str_from(id), &request, &incident, NULL) == CORD_OK);
    return incident;
}

static void any_history_comes_to_what_the_slow_way_comes_to(void)
{
    size_t merged = 0;
    size_t compared = 0;
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        struct kit_incident kit;
        tell(&kit, round * 0x9e3779b97f4a7c15ULL);
        CHECK(cord_record_view_refresh(kit.view, NULL) == CORD_OK);
        struct kit_record_all all = kit_record_read(kit.record);
        struct naive naive = {.last = {0}};
        for (int i = 0; i < INCIDENTS; i++) {
            naive.ones[i].into = -1;
        }
        for (size_t i = 0; i < all.count; i++) {
            const struct cord_claim *claim = &all.claims[i].claim;
            take(&naive, claim);
            bool last =
                i + 1 == all.count || all.claims[i + 1].claim.recorded_ns != claim->recorded_ns;
            for (int which = 0; last && i > 8 && i % 3 == 0 && which < INCIDENTS; which++) {
                struct cord_incident *incident = read_plain(&kit, which, claim->recorded_ns);
                check_one(&naive, which, incident);
                merged += incident->state == CORD_INCIDENT_MERGED;
                compared++;
                cord_incident_free(incident);
            }
        }
        kit_record_free(&all);
        kit_incident_done(&kit);
    }
    CHECK(compared > 400 && merged > 40);
}

/* A row of a list says what the page says. */
static cord_status check_row(void *self, const struct cord_incident *row)
{
    struct kit_incident *kit = self;
    struct cord_record_view *view = NULL; /* the list has the other */
    struct cord_incident *incident = NULL;
    struct cord_buf of_row;
    struct cord_buf of_page;
    const struct cord_incident_request request = {.known_ns = row->known_ns};
    cord_buf_init(&of_row, 1 << 20);
    cord_buf_init(&of_page, 1 << 20);
    CHECK(cord_record_view_open(kit->record, &view, NULL) == CORD_OK);
    CHECK(cord_incident_read(view, row->id, &request, &incident, NULL) == CORD_OK);
    kit_incident_json_row(row, &of_row);
    kit_incident_json_row(incident, &of_page);
    CHECK_STR_EQ(cord_buf_str(&of_row), cord_buf_str(&of_page));
    cord_incident_free(incident);
    cord_record_view_close(view);
    cord_buf_done(&of_row);
    cord_buf_done(&of_page);
    return CORD_OK;
}

static void a_row_says_what_the_page_says(void)
{
    struct kit_incident kit;
    const struct cord_incident_request request = {.known_ns = INT64_MAX};
    const struct cord_incident_filter all = {.which = CORD_INCIDENTS_ALL};
    tell(&kit, 77);
    CHECK(cord_record_view_refresh(kit.view, NULL) == CORD_OK);
    CHECK(cord_incident_list(kit.view, &request, &all, check_row, &kit, NULL) == CORD_OK);
    kit_incident_done(&kit);
}

static void memory_may_run_out(void)
{
    struct kit_incident kit;
    kit_incident_story(&kit);
    kit_incident_ask(&kit, NULL, NULL);
    for (size_t nth = 1;; nth++) {
        struct cord_incident *incident = NULL;
        kit_fail_allocation(nth);
        cord_status status =
            cord_incident_read(kit.view, CORD_STR("INC-1"), &kit.request, &incident, NULL);
        bool failed_one = kit_fail_allocation_off();
        CHECK(failed_one ? status != CORD_OK && !incident : status == CORD_OK);
        cord_incident_free(incident);
        if (!failed_one) {
            break;
        }
    }
    kit_incident_done(&kit);
}

KIT_MAIN(KIT_TEST(any_history_comes_to_what_the_slow_way_comes_to),
         KIT_TEST(a_row_says_what_the_page_says), KIT_TEST(memory_may_run_out))
