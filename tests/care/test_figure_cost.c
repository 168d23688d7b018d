/* test_figure_cost.c: a figure reads what it is made of, and not the rest of the record. */
#include "kit/kit.h"

#include "care/figure.h"
#include "kit/kit_record.h"
#include "kit/kit_store.h"

#include <stdio.h>

enum { BODIES = 10, DAYS = 200, INCIDENT_DAY = 100, KINDS = 2 };

#define DAY_NS   (86400 * CORD_SECOND_NS)
#define BEGIN_NS (1483228800 * CORD_SECOND_NS) /* 2017 */

/* A body says how it is every other day, and each day what it cancels: ten times the days of the
 * incident that is asked about. What a body said in its days, in two buckets of time, with the rows
 * that have it: no figure needs more. All of the record has six times as much. */
enum { COST_A_BODY = 48, COST_ALWAYS = 64, SAID_OF_A_BODY = 300 };

struct texts {
    char subject[16], value[96];
};

static struct cord_claim claim_of(const char *kind, struct texts *texts, int64_t now_ns)
{
    return (struct cord_claim){.kind = cord_claim_kind_find(cord_str_from(kind)),
                               .subject = cord_str_from(texts->subject),
                               .value = cord_str_from(texts->value),
                               .claimant = CORD_STR("org:X24"),
                               .method = CORD_STR("assigned"),
                               .valid_from_ns = now_ns,
                               .valid_to_ns = CORD_TIME_NONE};
}

static void say_of_day(struct cord_record *record, struct kit_record_clock *clock, int day)
{
    struct texts texts[BODIES * KINDS];
    struct cord_claim claims[BODIES * KINDS];
    struct cord_record_outcome outcome;
    struct cord_error err = {""};
    char date[CORD_TIMESTAMP_TEXT];
    size_t count = 0;
    clock->now_ns = BEGIN_NS + day * DAY_NS;
    cord_str text = cord_str_slice(cord_timestamp_format(clock->now_ns, date), 0, 10);
    for (unsigned i = 0; i < BODIES; i++) {
        struct texts *returned = &texts[count];
        (void)snprintf(returned->subject, sizeof returned->subject, "org:R%u", i);
        (void)snprintf(returned->value, sizeof returned->value,
                       "{\"date\":\"%.*s\",\"care\":\"all\",\"count\":\"identified\"}",
                       CORD_STR_ARG(text));
        claims[count] = claim_of("care.cancelled", returned, clock->now_ns);
        claims[count].amount = CORD_STR("3");
        claims[count++].unit = CORD_STR("appointments");
        if (day % 2 == 0) {
            struct texts *how = &texts[count];
            (void)snprintf(how->subject, sizeof how->subject, "org:R%u", i);
            (void)snprintf(how->value, sizeof how->value, "{\"state\":\"%s\"}",
                           day % 4 == 0 ? "infected" : "clear");
            claims[count++] = claim_of("status.claim", how, clock->now_ns);
        }
    }
    if (cord_record_append(record, claims, count, &outcome, &err) != CORD_OK) {
        fail_msg("%s", err.text);
    }
}

static void declare(struct cord_record *record, struct kit_record_clock *clock)
{
    struct cord_record_outcome outcome;
    struct texts texts = {"incident:i1", "{\"title\":\"A week\",\"level\":\"major\"}"};
    struct cord_claim claim =
        claim_of("incident.declare", &texts, BEGIN_NS + INCIDENT_DAY * DAY_NS);
    claim.valid_to_ns = claim.valid_from_ns + 7 * DAY_NS;
    clock->now_ns += CORD_SECOND_NS;
    CHECK(cord_record_append(record, &claim, 1, &outcome, NULL) == CORD_OK);
}

static void check_figures(struct cord_record_view *view, struct cord_as_of as_of)
{
    for (size_t i = 0; i < cord_figure_count(); i++) {
        const struct cord_figure_request request = {.as_of = as_of, .from_ns = CORD_TIME_NONE};
        const struct cord_figure_definition *definition = cord_figure_definition(i);
        const struct cord_figure *figure = NULL;
        struct cord_figure_scope *scope = NULL;
        struct cord_error err = {""};
        CHECK(cord_figure_scope_new(view, &request, &scope, &err) == CORD_OK);
        uint64_t before = cord_record_view_visited(view);
        CHECK(cord_figure_compute(scope, definition, &figure, &err) == CORD_OK);
        uint64_t visited = cord_record_view_visited(view) - before;
        if (visited > COST_ALWAYS + COST_A_BODY * BODIES) {
            fail_msg("%s reads %llu rows and spans", definition->id, (unsigned long long)visited);
        }
        cord_figure_scope_free(scope);
    }
}

static void a_figure_reads_what_it_is_made_of(void)
{
    char dir[64];
    struct kit_record_clock clock = {BEGIN_NS};
    struct cord_record_view *view = NULL;
    kit_store_dir(dir);
    struct cord_record *record = kit_record_open(dir, &clock);
    for (int day = 1; day < DAYS; day++) {
        say_of_day(record, &clock, day);
        if (day == INCIDENT_DAY) {
            declare(record, &clock);
        }
    }
    CHECK(cord_record_count(record) > BODIES * (SAID_OF_A_BODY - 4));
    CHECK(cord_record_view_open(record, &view, NULL) == CORD_OK);
    for (int hour = 0; hour < 9 * 24; hour += 31) {
        int64_t then = BEGIN_NS + INCIDENT_DAY * DAY_NS + hour * (int64_t)3600 * CORD_SECOND_NS;
        check_figures(view, (struct cord_as_of){INT64_MAX, then});
        check_figures(view, (struct cord_as_of){INT64_MAX - 1, then});
        check_figures(view, (struct cord_as_of){clock.now_ns - 20 * DAY_NS, then});
    }
    cord_record_view_close(view);
    cord_record_close(record);
    kit_store_remove(dir);
}

KIT_MAIN(KIT_TEST(a_figure_reads_what_it_is_made_of))
