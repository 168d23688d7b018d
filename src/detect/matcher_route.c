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

/* A route: two bits for its kind, three for constants, and a number. */
#define ROUTE_UNKNOWN    0u /* not looked at yet */
#define ROUTE_NONE       1u
#define ROUTE_KIND       (3u << 30)
#define ROUTE_FIELD      (1u << 30) /* + field, which is indexed nowhere */
#define ROUTE_SLOT       (2u << 30) /* + its place among the plan's fields */
#define ROUTE_LIST       (3u << 30) /* + place in lists, a run that ends with 0 */
#define ROUTE_NUMBER     ((1u << 27) - 1)
#define ROUTE_CONSTANT   (7u << 27)
#define ROUTE_ROLE(role) (((unsigned)(role)-CORD_ROLE_CHANNEL + 1) << 27)
#define ROUTE_MIXED      (7u << 27) /* constants of several roles, or not all of one */

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
    return slot != 0 ? ROUTE_SLOT + (slot - 1) : ROUTE_FIELD + field;
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
    unsigned constant = constant_of(state, fields, count);
    if (count <= 1) {
        state->routes[path] = count == 0 ? ROUTE_NONE : route_of(state, fields[0]) | constant;
        return CORD_OK;
    }
    size_t at = state->list_count;
    if (at > ROUTE_NUMBER) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        status = list_put(state, route_of(state, fields[i]));
    }
    if (status == CORD_OK) {
        status = list_put(state, 0);
    }
    if (status == CORD_OK) {
        state->routes[path] = (ROUTE_LIST + (uint32_t)at) | constant;
    }
    return status;
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
    unsigned role = (code >> 27) + CORD_ROLE_CHANNEL - 1;
    return event->role[role] == number ? 1u << role : 0;
}

cord_status cord_matcher_route(struct cord_matcher *matcher, struct cord_match_class *state,
                               const struct cord_event *event, bool *ret_constants)
{
    unsigned held = 0;
    bool hold = true;
    uint32_t inside = 0;
    for (uint32_t i = 0; i < event->value_count; i++) {
        const struct cord_value *value = &event->values[i];
        uint32_t path = value->path;
        cord_status status = CORD_OK;
        inside += cord_matcher_is_inside(event->raw, value);
        if (path >= state->route_count || state->routes[path] == ROUTE_UNKNOWN) {
            status = resolve(matcher, state, event->event_class, path);
            if (status != CORD_OK) {
                return status;
            }
        }
        uint32_t route = state->routes[path];
        if ((route & ROUTE_CONSTANT) != 0) {
            unsigned role = constant_held(event, route, i);
            hold = hold && role != 0;
            held |= role;
        }
        if (route >= ROUTE_SLOT) {
            status = join(matcher, state, route, ROUTE_SLOT, value);
        }
        if (status != CORD_OK) {
            return status;
        }
    }
    matcher->state = state;
    matcher->inside = inside;
    matcher->joined = false;
    *ret_constants = hold && held == state->constant_mask;
    return CORD_OK;
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
        if (route >= ROUTE_FIELD) {
            status = join(matcher, state, route, ROUTE_FIELD, value);
        }
    }
    return status;
}
