/*
 * matcher_route.c: which values of an event rules ask for.
 *
 * A path's names are looked at when it is first met in a class; afterwards a
 * value finds its fields by number.
 */
#include <stdlib.h>

#include "base/fold.h"
#include "base/vec.h"
#include "detect/matcher_internal.h"

#define ROUTE_UNKNOWN    0u /* not looked at yet */
#define ROUTE_NONE       1u
#define ROUTE_FIELD      2u          /* + field number, from 1 */
#define ROUTE_LIST       0x80000000u /* + place in lists */

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
        if (state->routes) {
            memset(state->routes, 0, state->route_count * sizeof *state->routes);
        }
        state->list_count = 0;
    }
    *ret_state = state;
    return CORD_OK;
}

bool cord_matcher_constants_hold(const struct cord_matcher *matcher,
                                 const struct cord_match_class *state,
                                 const struct cord_event *event)
{
    for (size_t i = 0; i < state->constant_count; i++) {
        const struct cord_match_field *chain = &matcher->fields[state->constants[i].field];
        if (chain->epoch != matcher->epoch || chain->head != chain->tail ||
            matcher->nodes[chain->head].subject.value !=
                cord_event_role(event, state->constant_roles[i])) {
            return false;
        }
    }
    return true;
}

static cord_status route_room(struct cord_matcher *matcher, struct cord_match_class *state,
                              uint32_t path)
{
    if (path < state->route_count) {
        return CORD_OK;
    }
    size_t count = (size_t)path + path / 2 + 64;
    uint32_t *grown = realloc(state->routes, count * sizeof *grown);
    if (!grown) {
        return CORD_E_NOMEM;
    }
    memset(grown + state->route_count, 0, (count - state->route_count) * sizeof *grown);
    matcher->route_bytes += (count - state->route_count) * sizeof *grown;
    state->routes = grown;
    state->route_count = count;
    return CORD_OK;
}

static cord_status list_put(struct cord_match_class *state, uint32_t field)
{
    uint32_t *grown =
        cord_vec_room(state->lists, state->list_count, &state->list_cap, sizeof *grown);
    if (!grown) {
        return CORD_E_NOMEM;
    }
    state->lists = grown;
    state->lists[state->list_count++] = field;
    return CORD_OK;
}

/* The fields that rules of the plan know this path by. */
static size_t fields_of(const struct cord_matcher *matcher, const struct cord_match_class *state,
                        const struct cord_event_class *event_class, uint32_t path,
                        uint32_t fields[CORD_CLASS_NAMES_MAX])
{
    cord_str names[CORD_CLASS_NAMES_MAX];
    size_t count = 0;
    size_t name_count = cord_classifier_names(matcher->classifier, event_class, path, names);
    for (size_t i = 0; i < name_count; i++) {
        uint32_t field = cord_map_get(&matcher->ruleset->fields, names[i]);
        if (field == CORD_MAP_NONE || !state->plan->field_used[field]) {
            continue;
        }
        bool twice = false;
        for (size_t j = 0; j < count; j++) {
            twice = twice || fields[j] == field;
        }
        if (!twice) {
            fields[count++] = field;
        }
    }
    return count;
}

static cord_status resolve(struct cord_matcher *matcher, struct cord_match_class *state,
                           uint32_t class_number, uint32_t path)
{
    uint32_t fields[CORD_CLASS_NAMES_MAX];
    cord_status status = route_room(matcher, state, path);
    if (status != CORD_OK) {
        return status;
    }
    size_t count = fields_of(
        matcher, state, cord_classifier_class(matcher->classifier, class_number), path, fields);
    if (count <= 1) {
        state->routes[path] = count == 0 ? ROUTE_NONE : ROUTE_FIELD + fields[0];
        return CORD_OK;
    }
    size_t at = state->list_count;
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        status = list_put(state, fields[i]);
    }
    if (status == CORD_OK) {
        status = list_put(state, 0);
    }
    if (status == CORD_OK) {
        state->routes[path] = ROUTE_LIST + (uint32_t)at;
    }
    return status;
}

cord_status cord_matcher_node_add(struct cord_matcher *matcher, uint32_t field,
                                  const struct cord_value *value)
{
    struct cord_match_node *grown =
        cord_vec_room(matcher->nodes, matcher->node_count, &matcher->node_cap, sizeof *grown);
    if (!grown) {
        return CORD_E_NOMEM;
    }
    matcher->nodes = grown;
    uint32_t number = (uint32_t)matcher->node_count++;
    struct cord_match_node *node = &matcher->nodes[number];
    node->subject = (struct cord_subject){.value = value};
    node->field = field;
    node->next = CORD_NODE_END;
    struct cord_match_field *chain = &matcher->fields[field];
    if (chain->epoch != matcher->epoch) {
        *chain = (struct cord_match_field){.epoch = matcher->epoch, .head = number};
    } else {
        matcher->nodes[chain->tail].next = number;
    }
    chain->tail = number;
    return CORD_OK;
}

static cord_status route_value(struct cord_matcher *matcher, struct cord_match_class *state,
                               const struct cord_event *event, const struct cord_value *value)
{
    uint32_t path = value->path;
    if (path >= state->route_count || state->routes[path] == ROUTE_UNKNOWN) {
        cord_status status = resolve(matcher, state, event->event_class, path);
        if (status != CORD_OK) {
            return status;
        }
    }
    unsigned route = state->routes[path];
    if (route == ROUTE_NONE) {
        return CORD_OK;
    }
    if (route < ROUTE_LIST) {
        return cord_matcher_node_add(matcher, route - ROUTE_FIELD, value);
    }
    for (const uint32_t *field = &state->lists[route - ROUTE_LIST]; *field != 0; field++) {
        cord_status status = cord_matcher_node_add(matcher, *field, value);
        if (status != CORD_OK) {
            return status;
        }
    }
    return CORD_OK;
}

cord_status cord_matcher_route(struct cord_matcher *matcher, struct cord_match_class *state,
                               const struct cord_event *event)
{
    for (uint32_t i = 0; i < event->value_count; i++) {
        cord_status status = route_value(matcher, state, event, &event->values[i]);
        if (status != CORD_OK) {
            return status;
        }
    }
    return CORD_OK;
}
