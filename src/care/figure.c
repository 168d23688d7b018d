/* figure.c: see figure.h: which figures there are. */
#include "care/figure.h"

#include "base/nearest.h"
#include "base/timestamp.h"
#include "care/figure_internal.h"

#include <assert.h>

#define ORGANISATIONS "organisations"

struct figure {
    struct cord_figure_definition definition;
    cord_figure_rule rule;
};

/* In the order in which they are shown. */
static const struct figure figures[] = {
    {{"trusts.total", "Trusts",
      "English trusts that are open, each identity once, by region. It is what the other figures "
      "about trusts are shares of.",
      ORGANISATIONS},
     cord_figure_bodies_trusts},
    {{"organisations.infected", "Organisations infected",
      "Organisations of any role that were claimed infected at some time in the incident, each "
      "identity once, by role. Who is claimed infected by several is counted once; who was "
      "re-categorised is not counted.",
      ORGANISATIONS},
     cord_figure_bodies_infected},
    {{"trusts.affected", "Trusts affected",
      "English trusts that were infected, or else disrupted or disconnected by choice, at some "
      "time "
      "in the incident. What is not infected and cut itself off counts as disrupted.",
      ORGANISATIONS},
     cord_figure_bodies_trusts_affected},
    {{"trusts.infected", "Trusts infected by region",
      "English trusts that were infected at some time in the incident, by region, as a share of "
      "the "
      "trusts open at its end.",
      ORGANISATIONS},
     cord_figure_bodies_trusts_infected},
    {{"trusts.infected.regions", "Infected trusts in the two regions hit most",
      "Of the trusts that were infected at some time in the incident, those in the two regions "
      "that "
      "have most of them.",
      ORGANISATIONS},
     cord_figure_bodies_regions},
    {{"trusts.affected.now", "Trusts affected at the moment",
      "English trusts that are infected, contained, disrupted or disconnected by choice at the "
      "moment asked about, with all states. Who said nothing is unknown; so is who was clear or "
      "recovered and whose heartbeat is missing.",
      ORGANISATIONS},
     cord_figure_bodies_now},
    {{"trusts.unknown", "Trusts of which nothing is known",
      "English trusts without a claim of their state at the moment asked about, or that were clear "
      "or recovered and whose heartbeat is missing. Silence is not health.",
      ORGANISATIONS},
     cord_figure_bodies_unknown},
    {{"bodies.infected", "Primary care and other bodies infected",
      "Organisations that are no trusts and were infected at some time in the incident, each "
      "identity once: practices and others.",
      ORGANISATIONS},
     cord_figure_bodies_others},
    {{"practices.infected", "Practices infected",
      "Practices that were infected at some time in the incident, as a share of the practices open "
      "at its end.",
      ORGANISATIONS},
     cord_figure_bodies_practices},
    {{"diverts.hospitals", "Hospitals on divert",
      "Hospitals that send patients of at least one clinical service elsewhere at the moment asked "
      "about, each once.",
      "hospitals"},
     cord_figure_diverts_hospitals},
    {{"diverts.emergency", "Emergency departments that diverted",
      "Hospitals whose emergency department sent patients elsewhere at some time in the incident, "
      "each once. Diverts of other services only do not count.",
      "hospitals"},
     cord_figure_diverts_emergency},
    {{"diverts.days", "Days with diverts",
      "Days (UTC) from the first divert's start to the last one's end, both counted; until the "
      "moment asked about when one is still on. The range is what any one claimant's diverts add.",
      "days"},
     cord_figure_diverts_days},
    {{"care.cancelled", "Appointments cancelled, identified",
      "Appointments, operations and urgent referrals that were cancelled in the incident and are "
      "known one by one, as returned by organisation, day and kind. What a site returns is in its "
      "trust's return of the same day and kind when there is one, and a kind in a return of all "
      "kinds: neither is added again.",
      "appointments"},
     cord_figure_amounts_cancelled},
    {{"care.cancelled.cancer", "Urgent cancer referrals cancelled, identified",
      "Of the appointments cancelled and identified, urgent referrals for suspected cancer.",
      "appointments"},
     cord_figure_amounts_cancer},
    {{"care.cancelled.estimate", "Appointments cancelled, estimated",
      "Appointments cancelled and identified, times the estimator's factor as claimed; rounded to "
      "whole appointments. Not known while no factor is claimed.",
      "appointments"},
     cord_figure_amounts_estimate},
    {{"care.cancelled.days", "Days with cancellations",
      "Days from the first to the last for which care was cancelled in the incident, both counted.",
      "days"},
     cord_figure_amounts_days},
    {{"care.outpatients.lost", "Outpatient appointments cancelled, from activity data",
      "Outpatient appointments cancelled at infected trusts beyond those of other weeks, as "
      "somebody "
      "estimated from what hospitals recorded of their activity. It is another quantity than the "
      "appointments identified by returns: the two are never added.",
      "appointments"},
     cord_figure_impact_outpatients},
    {{"care.admissions.lost", "Admissions lost, from activity data",
      "Admissions that infected trusts had fewer than in other weeks, as somebody estimated from "
      "what "
      "hospitals recorded of their activity.",
      "admissions"},
     cord_figure_impact_admissions},
    {{"devices.diagnostic.infected", "Diagnostic devices infected",
      "Diagnostic devices claimed infected, added over organisations.", "devices"},
     cord_figure_amounts_diagnostic},
    {{"devices.diagnostic.estimate", "Diagnostic devices, implied",
      "All diagnostic devices that there would be if those infected are the share of them that is "
      "claimed; rounded to whole devices. Not known while no share is claimed.",
      "devices"},
     cord_figure_amounts_diagnostic_all},
    {{"computers.xp", "Computers with Windows XP",
      "Computers with Windows XP, as a share of all computers, among the organisations that have "
      "returned both. Who has returned nothing is not counted as done.",
      "devices"},
     cord_figure_amounts_xp},
    {{"cost", "Cost",
      "Cost lines of what happened since the incident began, added over subjects, categories and "
      "items.",
      "GBP"},
     cord_figure_amounts_cost},
    {{"cost.activity", "Value of the activity lost, from activity data",
      "What the activity lost at infected trusts is worth, as somebody estimated from what "
      "hospitals "
      "recorded. It is another estimate of what the cost lines call lost activity: the two are "
      "never "
      "added.",
      "GBP"},
     cord_figure_impact_activity},
    {{"ransom.paid", "Ransom paid",
      "Ransom that is claimed to have been paid, added up. Zero when it is claimed that none was; "
      "not known while nobody says anything.",
      "GBP"},
     cord_figure_amounts_ransom},
    {{"alerts.answered", "Trusts that answered the latest cyber alert",
      "English trusts that acknowledged the cyber alert issued last, as a share of the trusts open "
      "now; parts: by the end of each day after it was issued.",
      ORGANISATIONS},
     cord_figure_alerts_answered},
    {{"alerts.verified", "Trusts verified to have followed the latest cyber alert",
      "English trusts of which it was confirmed that they did what the cyber alert issued last "
      "asks, as a share of the trusts open now. The others count as exposed.",
      ORGANISATIONS},
     cord_figure_alerts_verified},
};

#define FIGURES (sizeof figures / sizeof figures[0])

/* The table's rows begin with what others see of them. */
static const struct figure *row_of(const struct cord_figure_definition *definition)
{
    for (size_t i = 0; i < FIGURES; i++) {
        if (&figures[i].definition == definition) {
            return &figures[i];
        }
    }
    return NULL;
}

size_t cord_figure_count(void)
{
    return FIGURES;
}

const struct cord_figure_definition *cord_figure_definition(size_t place)
{
    return &figures[place].definition;
}

const struct cord_figure_definition *cord_figure_find(cord_str id)
{
    for (size_t i = 0; i < FIGURES; i++) {
        if (cord_str_eq(cord_str_from(figures[i].definition.id), id)) {
            return &figures[i].definition;
        }
    }
    return NULL;
}

const char *cord_figure_nearest(cord_str id)
{
    struct cord_nearest nearest;
    cord_nearest_init(&nearest, id);
    for (size_t i = 0; i < FIGURES; i++) {
        cord_nearest_offer(&nearest, cord_str_from(figures[i].definition.id));
    }
    return cord_nearest_found(&nearest).ptr;
}

cord_status cord_figure_out_of_memory(struct cord_error *err)
{
    return cord_error_set(err, CORD_E_NOMEM, "out of memory");
}

/* --- what was published --- */

static cord_status put_stated(struct cord_figure_draft *draft, const struct cord_figure_rows *rows,
                              size_t first)
{
    struct cord_arena *arena = draft->scope->arena;
    size_t count = cord_figure_rows_same(rows, first);
    struct cord_figure_stated *stated = cord_arena_zalloc(arena, count, sizeof *stated);
    if (!stated) {
        return cord_figure_out_of_memory(draft->err);
    }
    for (size_t i = 0; i < count; i++) {
        const struct cord_figure_row *row = &rows->items[first + i];
        stated[i] = (struct cord_figure_stated){row->line->claimant, row->amount, row->unit,
                                                row->valid_from_ns, row->claim};
    }
    draft->figure->stated = stated;
    draft->figure->stated_count = count;
    return CORD_OK;
}

static cord_status find_stated(struct cord_figure_draft *draft)
{
    static const struct cord_figure_reading reading = {
        .topic = "figure", .subject = "figure", .whole = true};
    struct cord_figure_rows rows;
    cord_str id = cord_str_from(draft->figure->definition->id);
    cord_status status = cord_figure_rows_read(draft->scope, &reading, &rows, draft->err);
    for (size_t i = 0; status == CORD_OK && i < rows.count; i += cord_figure_rows_same(&rows, i)) {
        if (cord_str_eq(rows.items[i].line->body, id)) {
            return put_stated(draft, &rows, i);
        }
    }
    return status;
}

cord_status cord_figure_compute(struct cord_figure_scope *scope,
                                const struct cord_figure_definition *definition,
                                const struct cord_figure **ret_figure, struct cord_error *err)
{
    const struct figure *row = row_of(definition);
    assert(row);
    size_t place = (size_t)(row - figures);
    if (scope->figures[place]) {
        *ret_figure = scope->figures[place];
        return CORD_OK;
    }
    struct cord_figure *figure = cord_arena_zalloc(scope->arena, 1, sizeof *figure);
    if (!figure) {
        return cord_figure_out_of_memory(err);
    }
    *figure = (struct cord_figure){.definition = definition,
                                   .as_of = scope->request.as_of,
                                   .from_ns = CORD_TIME_NONE,
                                   .to_ns = CORD_TIME_NONE,
                                   .basis = CORD_CLAIM_CONFIRMED,
                                   .note = CORD_STR("")};
    struct cord_figure_draft draft = {.scope = scope, .figure = figure, .err = err};
    cord_status status = row->rule(&draft);
    if (status == CORD_OK) {
        status = find_stated(&draft);
    }
    if (status == CORD_OK) {
        status = cord_figure_draft_finish(&draft);
    }
    cord_figure_draft_done(&draft);
    if (status != CORD_OK) {
        cord_error_context(err, "%s", definition->id);
        return status;
    }
    scope->figures[place] = figure;
    *ret_figure = figure;
    return CORD_OK;
}
