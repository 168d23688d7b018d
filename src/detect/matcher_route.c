/*
 * matcher_route.c: which values of an event rules ask for.
 *
 * A path's names are looked at when it is first met in a class; afterwards one
 * number says what a value of it is for. Only what an index looks at joins the
 * chains at once; other fields wait until a rule is evaluated, which few events
 * come to.
 */
#include <stdlib.h>

#include "base/vec.h"
#include "detect/matcher_internal.h"

/* A route: whether its values are looked at before any rule is evaluated, two
 * bits for its kind, three for constants, and a number. */
#define ROUTE_UNKNOWN    UINT32_MAX /* not looked at yet */
#define ROUTE_NONE       0u
#define ROUTE_AT_ONCE    (1u << 31)
#define ROUTE_KIND       (3u << 29)
#define ROUTE_FIELD      (1u << 29) /* + field, which is indexed nowhere */
#define ROUTE_SLOT       (2u << 29) /* + its place among the plan's fields */
#define ROUTE_LIST       (3u << 29) /* + place in lists, a run that ends with 0 */
#define ROUTE_CONSTANT   (7u << 26)
#define ROUTE_ROLE(role) (((unsigned)(role)-CORD_ROLE_CHANNEL + 1) << 26)
#define ROUTE_MIXED      (6u << 26) /* constants of several roles, or not all of one */
#define ROUTE_NUMBER     ((1u << 26) - 1)

cord_status cord_matcher_route_room(struct cord_matcher *matcher, struct cord_match_class *state)
{
    size_t paths = cord_paths_count(matcher->paths);
    if (paths <= state->route_count) {
        return CORD_OK;
    }
    size_t count = paths + paths / 2 + 64;
    uint32_t *grown = realloc(state->routes, count * sizeof *grown);
    if (!grown) {
        return CORD_E_NOMEM;
    }
    for (size_t i = state->route_count; i < count; i++) {
        grown[i] = ROUTE_UNKNOWN;
    }
    matcher->route_bytes += (count - state->route_count) * sizeof *grown;
    state->routes = grown;
    state->route_count = count;
    return CORD_OK;
}

void cord_matcher_route_anew(struct cord_match_class *state)
{
    for (size_t i = 0; i < state->route_count; i++) {
        state->routes[i] = ROUTE_UNKNOWN;
    }
    state->list_count = 0;
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

/* Which constants a value of these fields would be, if it is what its role says. */
static unsigned constant_of(const struct cord_match_class *state, const uint32_t *fields,
                            size_t count)
{
    unsigned roles = 0;
    size_t covered[CORD_ROLE_COUNT] = {0};
    size_t wanted[CORD_ROLE_COUNT] = {0};
    enum cord_role last = CORD_ROLE_CHANNEL;
    for (size_t i = 0; i < state->constant_count; i++) {
        wanted[state->constant_roles[i]]++;
        for (size_t j = 0; j < count; j++) {
            if (fields[j] == state->constants[i].field) {
                last = state->constant_roles[i];
                covered[last]++;
                roles |= 1u << last;
            }
        }
    }
    if (roles == 0) {
        return 0;
    }
    return roles == 1u << last && covered[last] == wanted[last] ? ROUTE_ROLE(last) : ROUTE_MIXED;
}

static uint32_t route_of(const struct cord_match_class *state, uint32_t field)
{
    uint32_t slot = state->plan->field_slot[field];
    return slot != 0 ? ROUTE_AT_ONCE + ROUTE_SLOT + (slot - 1) : ROUTE_FIELD + field;
}

/* A run of routes, one for each field. */
static cord_status put_list(struct cord_match_class *state, const uint32_t *fields, size_t count,
                            uint32_t *ret_route)
{
    uint32_t route = ROUTE_LIST + (uint32_t)state->list_count;
    if (state->list_count >= ROUTE_NUMBER) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t member = route_of(state, fields[i]);
        cord_status status = list_put(state, member);
        if (status != CORD_OK) {
            return status;
        }
        route |= member & ROUTE_AT_ONCE;
    }
    *ret_route = route;
    return list_put(state, 0);
}

static cord_status resolve(struct cord_matcher *matcher, struct cord_match_class *state,
                           uint32_t class_number, uint32_t path)
{
    uint32_t fields[CORD_CLASS_NAMES_MAX];
    size_t count = fields_of(
        matcher, state, cord_classifier_class(matcher->classifier, class_number), path, fields);
    unsigned constant = constant_of(state, fields, count);
    uint32_t route = count == 1 ? route_of(state, fields[0]) : ROUTE_NONE;
    if (count > 1) {
        cord_status status = put_list(state, fields, count, &route);
        if (status != CORD_OK) {
            return status;
        }
    }
    state->routes[path] = route | constant | (constant != 0 ? ROUTE_AT_ONCE : 0);
    return CORD_OK;
}

cord_status cord_matcher_node_add(struct cord_matcher *matcher, uint32_t field, uint32_t slot,
                                  const struct cord_value *value)
{
    if (matcher->node_count == matcher->node_cap) {
        struct cord_match_node *grown =
            cord_vec_room(matcher->nodes, matcher->node_count, &matcher->node_cap, sizeof *grown);
        if (!grown) {
            return CORD_E_NOMEM;
        }
        matcher->nodes = grown;
    }
    uint32_t number = (uint32_t)matcher->node_count++;
    matcher->nodes[number] =
        (struct cord_match_node){.subject = {.value = value}, .slot = slot, .next = CORD_NODE_END};
    struct cord_match_field *chain = &matcher->fields[field];
    if (chain->epoch != matcher->epoch) {
        *chain = (struct cord_match_field){.epoch = matcher->epoch, .head = number};
    } else {
        matcher->nodes[chain->tail].next = number;
    }
    chain->tail = number;
    return CORD_OK;
}

/* The value joins the fields of its route that are of the kind. */
static cord_status join(struct cord_matcher *matcher, const struct cord_match_class *state,
                        uint32_t route, uint32_t kind, const struct cord_value *value)
{
    const uint32_t *run = &route;
    size_t left = 1;
    if ((route & ROUTE_KIND) == ROUTE_LIST) {
        run = &state->lists[route & ROUTE_NUMBER];
        left = SIZE_MAX;
    }
    for (; left > 0 && *run != 0; run++, left--) {
        if ((*run & ROUTE_KIND) != kind) {
            continue;
        }
        uint32_t number = *run & ROUTE_NUMBER;
        uint32_t field = kind == ROUTE_SLOT ? state->plan->fields[number].field : number;
        cord_status status = cord_matcher_node_add(matcher, field, number, value);
        if (status != CORD_OK) {
            return status;
        }
    }
    return CORD_OK;
}

/* Of a value whose field is constant in this class: 0 unless it is what its
 * role says, else the role's bit. */
static unsigned constant_held(const struct cord_event *event, uint32_t route, uint32_t number)
{
    unsigned code = route & ROUTE_CONSTANT;
    if (code == ROUTE_MIXED) {
        return 0;
    }
    unsigned role = (code >> 26) + CORD_ROLE_CHANNEL - 1;
    return event->role[role] == number ? 1u << role : 0;
}

/* The values to look at at once, in matcher->picked; returns how many. The loop
 * has nothing to guess: which values are picked changes with every class. */
static size_t pick(struct cord_matcher *matcher, const uint32_t *routes,
                   const struct cord_event *event)
{
    uint32_t *picked = matcher->picked;
    const struct cord_value *values = event->values;
    cord_str raw = event->raw;
    uint32_t count = event->value_count;
    uint32_t inside = 0;
    size_t taken = 0;
    for (uint32_t i = 0; i < count; i++) {
        inside += cord_matcher_is_inside(raw, &values[i]);
        picked[taken] = i;
        taken += routes[values[i].path] >> 31;
    }
    matcher->inside = inside;
    return taken;
}

static cord_status pick_room(struct cord_matcher *matcher, size_t values)
{
    if (values > matcher->picked_room) {
        uint32_t *grown = realloc(matcher->picked, 2 * values * sizeof *grown);
        if (!grown) {
            return CORD_E_NOMEM;
        }
        matcher->picked = grown;
        matcher->picked_room = 2 * values;
    }
    return CORD_OK;
}

cord_status cord_matcher_route(struct cord_matcher *matcher, struct cord_match_class *state,
                               const struct cord_event *event, bool *ret_constants)
{
    unsigned held = 0;
    bool hold = true;
    cord_status status = pick_room(matcher, event->value_count);
    size_t picked = status == CORD_OK ? pick(matcher, state->routes, event) : 0;
    for (size_t i = 0; i < picked && status == CORD_OK; i++) {
        uint32_t number = matcher->picked[i];
        const struct cord_value *value = &event->values[number];
        if (state->routes[value->path] == ROUTE_UNKNOWN) {
            status = resolve(matcher, state, event->event_class, value->path);
            if (status != CORD_OK) {
                return status;
            }
        }
        uint32_t route = state->routes[value->path];
        if ((route & ROUTE_CONSTANT) != 0) {
            unsigned role = constant_held(event, route, number);
            hold = hold && role != 0;
            held |= role;
        }
        if ((route & ROUTE_KIND) >= ROUTE_SLOT) {
            status = join(matcher, state, route, ROUTE_SLOT, value);
        }
    }
    matcher->state = state;
    matcher->joined = false;
    *ret_constants = hold && held == state->constant_mask;
    return status;
}

cord_status cord_matcher_join_rest(struct cord_matcher *matcher)
{
    const struct cord_event *event = matcher->event;
    const struct cord_match_class *state = matcher->state;
    cord_status status = CORD_OK;
    matcher->joined = true;
    for (uint32_t i = 0; i < event->value_count && status == CORD_OK; i++) {
        const struct cord_value *value = &event->values[i];
        uint32_t route = state->routes[value->path];
        if (route != ROUTE_NONE && (route & ROUTE_KIND) != ROUTE_SLOT) {
            status = join(matcher, state, route, ROUTE_FIELD, value);
        }
    }
    return status;
}
