/*
 * matcher_class.c: what a matcher knows of the classes it has met.
 */
#include <stdlib.h>

#include "base/fold.h"
#include "detect/matcher_internal.h"

#define ROUTES_BYTES_MAX ((size_t)64 << 20)

static void class_free(struct cord_match_class *state)
{
    if (state) {
        class_free(state->general);
        cord_matcher_learn_done(&state->learning);
        cord_arena_free(state->texts);
        cord_plan_unref(state->plan);
        free(state->routes);
        free(state->lists);
        free(state);
    }
}

void cord_matcher_classes_free(struct cord_matcher *matcher)
{
    for (size_t i = 0; i < matcher->class_count; i++) {
        class_free(matcher->classes[i]);
        matcher->classes[i] = NULL;
    }
    free(matcher->classes);
    matcher->classes = NULL;
    matcher->class_count = 0;
    matcher->route_bytes = 0;
}

static cord_status class_room(struct cord_matcher *matcher, uint32_t number)
{
    if (number < matcher->class_count) {
        return CORD_OK;
    }
    size_t count = (size_t)number + number / 2 + 16;
    struct cord_match_class **grown = realloc(matcher->classes, count * sizeof(void *));
    if (!grown) {
        return CORD_E_NOMEM;
    }
    for (size_t i = matcher->class_count; i < count; i++) {
        grown[i] = NULL;
    }
    matcher->classes = grown;
    matcher->class_count = count;
    return CORD_OK;
}

enum { CONSTANT_BYTES_MAX = 64 << 10 };

/* A constant under every name that rules have for it. */
static cord_status add_constant(struct cord_matcher *matcher, struct cord_match_class *state,
                                const struct cord_event *event, enum cord_role role, cord_str text)
{
    cord_str names[CORD_CLASS_NAMES_MAX];
    const struct cord_value *value = cord_event_role(event, role);
    if (!value || text.len == 0) {
        return CORD_OK;
    }
    size_t count = cord_classifier_names(
        matcher->classifier, cord_classifier_class(matcher->classifier, event->event_class),
        value->path, names);
    for (size_t i = 0; i < count && state->constant_count < CORD_PLAN_CONSTANTS_MAX; i++) {
        uint32_t field = cord_map_get(&matcher->ruleset->fields, names[i]);
        if (field == CORD_MAP_NONE) {
            continue;
        }
        size_t room = CORD_FOLD_BYTES_MAX(text.len) + 1;
        char *folded = cord_arena_bytes(state->texts, room);
        if (!folded) {
            return CORD_E_NOMEM;
        }
        state->constant_roles[state->constant_count] = role;
        state->constants[state->constant_count++] =
            (struct cord_plan_constant){field, {folded, cord_fold_text(text, folded, room)}};
    }
    return CORD_OK;
}

static cord_status add_constants(struct cord_matcher *matcher, struct cord_match_class *state,
                                 const struct cord_event *event)
{
    const struct cord_event_class *event_class =
        cord_classifier_class(matcher->classifier, event->event_class);
    state->texts = cord_arena_new(CONSTANT_BYTES_MAX);
    cord_status status = state->texts ? CORD_OK : CORD_E_NOMEM;
    if (status == CORD_OK) {
        status = add_constant(matcher, state, event, CORD_ROLE_CHANNEL, event_class->channel);
    }
    if (status == CORD_OK) {
        status = add_constant(matcher, state, event, CORD_ROLE_EVENT_ID, event_class->event_id);
    }
    if (status == CORD_OK) {
        status = add_constant(matcher, state, event, CORD_ROLE_PROVIDER, event_class->provider);
    }
    return status;
}

/* Room for what the plan's indexes may find. */
cord_status cord_matcher_hits_room(struct cord_matcher *matcher, size_t entries)
{
    if (entries <= matcher->hits_room) {
        return CORD_OK;
    }
    uint32_t *stamps = calloc(entries * 2, sizeof *stamps);
    uint32_t *numbers = calloc(entries, sizeof *numbers);
    if (!stamps || !numbers) {
        free(stamps);
        free(numbers);
        return CORD_E_NOMEM;
    }
    free(matcher->hits.stamps);
    free(matcher->hits.numbers);
    matcher->hits = (struct cord_literal_hits){.stamps = stamps, .numbers = numbers};
    matcher->hits_room = entries;
    return CORD_OK;
}

/* Roles that have constants. */
static unsigned mask_of(const struct cord_match_class *state)
{
    unsigned mask = 0;
    for (size_t i = 0; i < state->constant_count; i++) {
        mask |= 1u << state->constant_roles[i];
    }
    return mask;
}

static cord_status class_new(struct cord_matcher *matcher, const struct cord_event *event,
                             bool general, struct cord_match_class **ret_state)
{
    cord_status status = CORD_OK;
    struct cord_match_class *state = calloc(1, sizeof *state);
    if (!state) {
        return CORD_E_NOMEM;
    }
    if (!general) {
        status = add_constants(matcher, state, event);
    }
    struct cord_plan_request request = {
        .event_class = cord_classifier_class(matcher->classifier, event->event_class),
        .constants = state->constants,
        .constant_count = state->constant_count,
    };
    if (status == CORD_OK) {
        status = cord_plan_get(matcher->ruleset, &request, &state->plan);
    }
    if (status == CORD_OK) {
        status = cord_matcher_hits_room(matcher, state->plan->entry_max);
    }
    if (status != CORD_OK) {
        class_free(state);
        return status;
    }
    state->constant_mask = mask_of(state);
    state->paths_epoch = cord_paths_epoch(matcher->paths);
    cord_matcher_learn_begin(matcher, &state->learning);
    *ret_state = state;
    return CORD_OK;
}

cord_status cord_matcher_class_find(struct cord_matcher *matcher, const struct cord_event *event,
                                    bool general, struct cord_match_class **ret_state)
{
    if (matcher->route_bytes > ROUTES_BYTES_MAX) { /* learnt again as needed */
        cord_matcher_classes_free(matcher);
    }
    cord_status status = class_room(matcher, event->event_class);
    if (status != CORD_OK) {
        return status;
    }
    struct cord_match_class **place = &matcher->classes[event->event_class];
    if (general && *place) {
        place = &(*place)->general;
    }
    if (!*place) {
        status = class_new(matcher, event, general, place);
        if (status != CORD_OK) {
            return status;
        }
    }
    struct cord_match_class *state = *place;
    if (state->paths_epoch != cord_paths_epoch(matcher->paths)) {
        state->paths_epoch = cord_paths_epoch(matcher->paths);
        cord_matcher_route_anew(state);
    }
    *ret_state = state;
    return cord_matcher_route_room(matcher, state);
}
