/* figure_scope.c: what all figures of one request share. */
#include "base/timestamp.h"
#include "base/vec.h"
#include "care/figure_internal.h"

#include <stdlib.h>

enum { ARENA_BYTES_MAX = 1 << 30 };

struct incident {
    struct cord_figure_scope *scope;
    int64_t begun_ns;
};

/* The one that began last by then, of those that a person has declared. */
static cord_status on_incident(void *self, const struct cord_answer *answer)
{
    struct incident *incident = self;
    struct cord_figure_scope *scope = incident->scope;
    const struct cord_figure_request *request = &scope->request;
    if (!cord_str_eq(answer->state, CORD_STR("declared")) ||
        cord_str_starts(answer->claimant, CORD_STR("system:")) ||
        answer->valid_from_ns <= incident->begun_ns ||
        answer->valid_from_ns > request->as_of.about_ns ||
        (request->sees && !request->sees(request->self, answer))) {
        return CORD_OK;
    }
    cord_str name = cord_claim_subject_rest(answer->subject, "incident");
    scope->incident = cord_arena_copy(scope->arena, name);
    incident->begun_ns = answer->valid_from_ns;
    bool over =
        answer->valid_to_ns != CORD_TIME_NONE && answer->valid_to_ns <= request->as_of.about_ns;
    scope->to_ns = over ? answer->valid_to_ns : request->as_of.about_ns + 1;
    return scope->incident.ptr ? CORD_OK : cord_arena_failure(scope->arena);
}

static cord_status find_incident(struct cord_figure_scope *scope, struct cord_error *err)
{
    struct incident incident = {.scope = scope, .begun_ns = CORD_TIME_NONE};
    int64_t about_ns = scope->request.as_of.about_ns;
    scope->to_ns = about_ns + 1; /* what holds at that moment counts */
    const struct cord_record_period ever = {scope->request.as_of.known_ns, CORD_TIME_NONE + 1,
                                            about_ns + 1};
    cord_status status = cord_record_view_period(scope->view, CORD_STR("incident"), CORD_STR(""),
                                                 &ever, on_incident, &incident, err);
    scope->from_ns = scope->request.from_ns != CORD_TIME_NONE ? scope->request.from_ns
                     : incident.begun_ns != CORD_TIME_NONE    ? incident.begun_ns
                                                              : CORD_TIME_NONE + 1;
    return status;
}

/* Lent if somebody has it. */
static cord_status get_picture(struct cord_figure_scope *scope, struct cord_as_of as_of,
                               struct cord_organisations **built,
                               const struct cord_organisations **ret_picture,
                               struct cord_error *err)
{
    const struct cord_figure_request *request = &scope->request;
    const struct cord_organisations *picture = NULL;
    cord_status status =
        request->lend ? request->lend(request->self, as_of, &picture, err) : CORD_OK;
    if (status == CORD_OK && !picture) {
        status = cord_organisations_build(scope->view, as_of, built, err);
        picture = *built;
    }
    *ret_picture = picture;
    return status;
}

static cord_status get_pictures(struct cord_figure_scope *scope, struct cord_error *err)
{
    const struct cord_as_of now = scope->request.as_of;
    const struct cord_as_of then = {.known_ns = now.known_ns, .about_ns = scope->to_ns - 1};
    cord_status status = get_picture(scope, now, &scope->built[0], &scope->now, err);
    scope->then = scope->now;
    return status == CORD_OK && then.about_ns != now.about_ns
               ? get_picture(scope, then, &scope->built[1], &scope->then, err)
               : status;
}

cord_status cord_figure_scope_new(struct cord_record_view *view,
                                  const struct cord_figure_request *request,
                                  struct cord_figure_scope **ret_scope, struct cord_error *err)
{
    struct cord_figure_scope *scope = calloc(1, sizeof *scope);
    cord_status status = CORD_E_NOMEM;
    if (!scope) {
        return cord_figure_out_of_memory(err);
    }
    scope->view = view;
    scope->request = *request;
    scope->incident = CORD_STR("");
    if (request->as_of.about_ns == INT64_MAX) {
        scope->request.as_of.about_ns = request->as_of.known_ns;
    }
    if (scope->request.as_of.about_ns >= INT64_MAX - 1) {
        scope->request.as_of.about_ns = INT64_MAX - 1;
    }
    scope->arena = cord_arena_new(ARENA_BYTES_MAX);
    if (scope->arena) {
        scope->figures =
            cord_arena_zalloc(scope->arena, cord_figure_count(), sizeof(struct cord_figure *));
        status = scope->figures ? find_incident(scope, err) : CORD_E_NOMEM;
    }
    if (status == CORD_OK) {
        status = get_pictures(scope, err);
    }
    if (status != CORD_OK) {
        cord_figure_scope_free(scope);
        return status == CORD_E_NOMEM ? cord_figure_out_of_memory(err) : status;
    }
    *ret_scope = scope;
    return CORD_OK;
}

bool cord_figure_scope_keep(struct cord_figure_scope *scope, void *memory)
{
    void **kept =
        cord_vec_room(scope->kept, scope->kept_count, &scope->kept_cap, sizeof *scope->kept);
    if (!kept) {
        return false;
    }
    scope->kept = kept;
    scope->kept[scope->kept_count++] = memory;
    return true;
}

void cord_figure_scope_free(struct cord_figure_scope *scope)
{
    if (!scope) {
        return;
    }
    cord_figure_rows_done(scope);
    for (size_t i = 0; i < scope->kept_count; i++) {
        free(scope->kept[i]);
    }
    free(scope->kept);
    free(scope->bodies.items);
    free(scope->bodies_now.items);
    cord_organisations_free(scope->built[0]);
    cord_organisations_free(scope->built[1]);
    cord_arena_free(scope->arena);
    free(scope);
}

cord_str cord_figure_scope_incident(const struct cord_figure_scope *scope)
{
    return scope->incident;
}
