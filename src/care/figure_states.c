/* figure_states.c: see figure_states.h. */
#include "care/figure_states.h"

#include "base/timestamp.h"
#include "base/vec.h"
#include "care/figure_internal.h"

#include <stdlib.h>

/* Subjects that have a heartbeat at the moment, or had one lately: "org:..." in ASCII order. */
struct alive {
    const struct cord_figure_scope *scope;
    cord_str *subjects;
    size_t count;
    size_t cap;
};

struct heard {
    const struct cord_figure_scope *scope;
    bool any;
};

static bool is_seen(const struct cord_figure_scope *scope, const struct cord_answer *answer)
{
    return !scope->request.sees || scope->request.sees(scope->request.self, answer);
}

static cord_status on_alive(void *self, const struct cord_answer *answer)
{
    struct alive *alive = self;
    bool again =
        alive->count > 0 && cord_str_eq(alive->subjects[alive->count - 1], answer->subject);
    if (again || !is_seen(alive->scope, answer)) {
        return CORD_OK;
    }
    cord_str *subjects =
        cord_vec_room(alive->subjects, alive->count, &alive->cap, sizeof *subjects);
    if (!subjects) {
        return CORD_E_NOMEM;
    }
    alive->subjects = subjects;
    cord_str kept = cord_arena_copy(alive->scope->arena, answer->subject);
    if (!kept.ptr) {
        return CORD_E_NOMEM;
    }
    subjects[alive->count++] = kept;
    return CORD_OK;
}

static cord_status on_heard(void *self, const struct cord_answer *answer)
{
    struct heard *heard = self;
    heard->any = is_seen(heard->scope, answer);
    return heard->any ? CORD_E_END : CORD_OK;
}

static bool is_alive(const struct alive *alive, cord_str subject)
{
    size_t low = 0;
    size_t high = alive->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int by = cord_str_compare(alive->subjects[middle], subject);
        if (by == 0) {
            return true;
        }
        low = by < 0 ? middle + 1 : low;
        high = by < 0 ? high : middle;
    }
    return false;
}

/* Whether there was one of the subject ("": of anybody) shortly before. */
static cord_status heard_lately(const struct cord_figure_scope *scope, cord_str subject,
                                bool *ret_heard, struct cord_error *err)
{
    struct heard heard = {.scope = scope};
    int64_t about_ns = scope->request.as_of.about_ns;
    const struct cord_record_period before = {scope->request.as_of.known_ns,
                                              about_ns - CORD_FIGURE_HEARTBEAT_NS, about_ns};
    cord_status status = cord_record_view_period(scope->view, CORD_STR("heartbeat"), subject,
                                                 &before, on_heard, &heard, err);
    *ret_heard = heard.any;
    return status;
}

struct visiting {
    struct cord_figure_scope *scope;
    struct alive alive;
    bool heartbeats; /* anybody had one lately */
    struct cord_error *err;
};

/* What is well only counts as well while it is heard of. */
static cord_status listen_for(struct visiting *visiting, struct cord_figure_state *state)
{
    bool well = cord_str_eq(state->state, CORD_STR("clear")) ||
                cord_str_eq(state->state, CORD_STR("recovered"));
    if (!well || !visiting->heartbeats) {
        return CORD_OK;
    }
    cord_str subject =
        cord_arena_printf(visiting->scope->arena, "org:%.*s", CORD_STR_ARG(state->who->code));
    if (!subject.ptr) {
        return cord_figure_out_of_memory(visiting->err);
    }
    cord_status status = CORD_OK;
    if (!is_alive(&visiting->alive, subject)) {
        status = heard_lately(visiting->scope, subject, &state->silent, visiting->err);
    }
    state->state = state->silent ? CORD_STR("unknown") : state->state;
    return status;
}

static cord_status begin(struct visiting *visiting)
{
    struct cord_figure_scope *scope = visiting->scope;
    cord_status status = cord_figure_bodies_read(scope, true, visiting->err);
    if (status == CORD_OK) {
        status = heard_lately(scope, CORD_STR(""), &visiting->heartbeats, visiting->err);
    }
    if (status == CORD_OK && visiting->heartbeats) {
        status = cord_record_view_answers(scope->view, CORD_STR("heartbeat"), CORD_STR(""),
                                          scope->request.as_of, on_alive, &visiting->alive,
                                          visiting->err);
    }
    return status;
}

static bool is_listed(const struct cord_figure_scope *scope,
                      const struct cord_organisation *organisation)
{
    return organisation->successor.len == 0 && cord_figure_bodies_is_body(organisation) &&
           cord_organisation_is_open(organisation, scope->request.as_of.about_ns);
}

cord_status cord_figure_states_visit(struct cord_figure_scope *scope,
                                     cord_status (*visit)(void *self,
                                                          const struct cord_figure_state *state),
                                     void *self, struct cord_error *err)
{
    struct visiting visiting = {.scope = scope, .alive = {.scope = scope}, .err = err};
    cord_status status = begin(&visiting);
    const struct cord_figure_bodies *bodies = &scope->bodies_now;
    size_t body = 0;
    for (size_t i = 0; status == CORD_OK && i < cord_organisations_count(scope->now); i++) {
        const struct cord_organisation *who = cord_organisations_at(scope->now, i);
        struct cord_figure_state state = {.who = who,
                                          .state = CORD_STR("unknown"),
                                          .since_ns = CORD_TIME_NONE,
                                          .claimant = CORD_STR("")};
        if (!is_listed(scope, who)) {
            continue;
        }
        while (body < bodies->count && cord_str_compare(bodies->items[body].code, who->code) < 0) {
            body++; /* both are by code */
        }
        if (body < bodies->count && cord_str_eq(bodies->items[body].code, who->code)) {
            const struct cord_figure_row *row = &bodies->items[body].row;
            state.state = row->state;
            state.since_ns = row->valid_from_ns;
            state.claim = row->claim;
            state.claimant = row->line->claimant;
        }
        status = listen_for(&visiting, &state);
        status = status == CORD_OK ? visit(self, &state) : status;
    }
    free(visiting.alive.subjects);
    return status;
}

int64_t cord_figure_states_from(const struct cord_figure_scope *scope)
{
    return scope->incident.len > 0 ? scope->from_ns : CORD_TIME_NONE;
}
