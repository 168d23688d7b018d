/* rule_cost.c: see rule_cost.h. */
#include "detect/rule_cost.h"

#include "detect/regex_needle.h"

/* Tests by which a rule is found; when `always`, there are none. */
struct found_by {
    bool always;
    const char *reason;
    double chance; /* sum of the literals' chances */
    size_t triggers[CORD_RULE_COST_TRIGGERS];
    enum cord_rule_cost_trigger weakest;
    double weakest_chance;
    cord_str weakest_field;
    cord_str weakest_text;
};

struct estimate {
    struct cord_arena *arena;
    struct cord_rule_cost *cost;
    cord_status status;
};

/* How often a value holds a literal, by guess: its first letter in three of
 * five values, and each further letter in two thirds of those; letters beyond
 * ASCII are rare in logs. An end of the value is one place of many; a whole
 * value at most one of fifty. */
static double chance_of(enum cord_rule_cost_trigger trigger, cord_str text)
{
    double chance = 0.9;
    for (size_t i = 0; i < text.len && chance > 1e-6; i++) {
        chance *= (unsigned char)text.ptr[i] < 0x80 ? 0.65 : 0.1;
    }
    if (trigger == CORD_RULE_COST_EXACT) {
        return chance < 0.02 ? chance : 0.02;
    }
    return trigger == CORD_RULE_COST_CONTAINS ? chance : chance / 2;
}

static void take(struct found_by *to, const struct cord_atom *atom,
                 enum cord_rule_cost_trigger trigger, cord_str text)
{
    double chance = chance_of(trigger, text);
    to->chance += chance;
    to->triggers[trigger]++;
    if (to->weakest_text.ptr == NULL || chance > to->weakest_chance) {
        to->weakest = trigger;
        to->weakest_chance = chance;
        to->weakest_field = atom->field;
        to->weakest_text = text;
    }
}

static struct found_by never_found(const char *reason)
{
    return (struct found_by){.always = true, .reason = reason, .chance = 1};
}

static enum cord_rule_cost_trigger trigger_of(const struct cord_atom *atom, size_t part)
{
    if (atom->part_count == 1) {
        return CORD_RULE_COST_EXACT;
    }
    return part == 0                      ? CORD_RULE_COST_PREFIX
           : part == atom->part_count - 1 ? CORD_RULE_COST_SUFFIX
                                          : CORD_RULE_COST_CONTAINS;
}

static struct found_by by_pattern(const struct cord_atom *atom)
{
    struct found_by best = {.always = false};
    bool some = atom->part_count == 0; /* equal to the empty text */
    if (some) {
        take(&best, atom, CORD_RULE_COST_EXACT, CORD_STR(""));
    }
    for (size_t i = 0; i < atom->part_count; i++) {
        struct found_by one = {.always = false};
        if (atom->parts[i].kind == CORD_PART_TEXT) {
            take(&one, atom, trigger_of(atom, i), atom->parts[i].text);
            best = !some || one.chance < best.chance ? one : best;
            some = true;
        }
    }
    return some ? best : never_found("a value of wildcards only");
}

static struct found_by by_regex(struct estimate *estimate, const struct cord_atom *atom)
{
    cord_str needles[CORD_REGEX_NEEDLES_MAX];
    size_t count = 0;
    struct found_by found = {.always = false};
    cord_status status = cord_regex_needle_find(atom->text, NULL, estimate->arena, needles, &count);
    if (status != CORD_OK) {
        estimate->status = status;
    }
    estimate->cost->regexes++;
    estimate->cost->blind_regexes += count == 0;
    estimate->cost->weight += count == 0 ? 40 : 10;
    for (size_t i = 0; i < count; i++) {
        take(&found, atom, CORD_RULE_COST_CONTAINS, needles[i]);
    }
    return count > 0 ? found : never_found("an expression without a required literal");
}

static struct found_by by_atom(struct estimate *estimate, const struct cord_atom *atom)
{
    struct cord_rule_cost *cost = estimate->cost;
    struct found_by found;
    cost->atoms++;
    switch (atom->kind) {
    case CORD_ATOM_PATTERN:
        found = by_pattern(atom);
        cost->weight += found.always ? 1 : 0.1;
        return found;
    case CORD_ATOM_REGEX:
        return by_regex(estimate, atom);
    case CORD_ATOM_CIDR:
        cost->weight += 2;
        return never_found("an address range");
    case CORD_ATOM_NUMBER:
        cost->weight += 1;
        return never_found("a comparison of numbers");
    case CORD_ATOM_BOOL:
        cost->weight += 1;
        return never_found("true or false");
    case CORD_ATOM_NULL:
        cost->weight += 1;
        return never_found("an absent value");
    case CORD_ATOM_EXISTS:
        cost->weight += 1;
        return never_found("the presence of a field");
    case CORD_ATOM_FIELD:
        break;
    }
    cost->weight += 1;
    return never_found("a comparison of two fields");
}

static void add_up(struct found_by *to, const struct found_by *more)
{
    if (to->always || more->always) {
        *to = to->always ? *to : *more;
        return;
    }
    to->chance += more->chance;
    for (size_t i = 0; i < CORD_RULE_COST_TRIGGERS; i++) {
        to->triggers[i] += more->triggers[i];
    }
    if (to->weakest_text.ptr == NULL || more->weakest_chance > to->weakest_chance) {
        to->weakest = more->weakest;
        to->weakest_chance = more->weakest_chance;
        to->weakest_field = more->weakest_field;
        to->weakest_text = more->weakest_text;
    }
}

/* The tree's depth is bounded by whoever parsed it. Every atom is met, so that
 * the weight is complete. */
static struct found_by by_node(struct estimate *estimate, const struct cord_node *node)
{
    if (node->kind == CORD_NODE_ATOM) {
        return by_atom(estimate, node->atom);
    }
    bool first = true;
    struct found_by result = {.always = false};
    for (const struct cord_node *child = node->child; child; child = child->next) {
        struct found_by one = by_node(estimate, child);
        bool cheaper = !one.always && (result.always || one.chance < result.chance);
        if (first || (node->kind == CORD_NODE_AND && cheaper)) {
            result = one;
        } else if (node->kind == CORD_NODE_OR) {
            add_up(&result, &one);
        }
        first = false;
    }
    return node->kind == CORD_NODE_NOT ? never_found("what must not be there") : result;
}

cord_status cord_rule_cost_estimate(const struct cord_rule *rule, struct cord_arena *arena,
                                    struct cord_rule_cost *ret_cost)
{
    struct estimate estimate = {.arena = arena, .cost = ret_cost, .status = CORD_OK};
    struct found_by found = {.always = false};
    *ret_cost = (struct cord_rule_cost){.figure = 0};
    for (size_t i = 0; i < rule->condition_count; i++) {
        struct found_by one = by_node(&estimate, rule->conditions[i]);
        if (i == 0) {
            found = one;
        } else {
            add_up(&found, &one);
        }
    }
    ret_cost->always = found.always;
    ret_cost->reason = found.always ? found.reason : "";
    ret_cost->chance = found.chance > 1 ? 1 : found.chance;
    ret_cost->weakest = found.weakest;
    ret_cost->weakest_field = found.weakest_field;
    ret_cost->weakest_text = found.weakest_text;
    memcpy(ret_cost->triggers, found.triggers, sizeof found.triggers);
    ret_cost->figure = 1000 * ret_cost->chance * ret_cost->weight;
    return estimate.status;
}

const char *cord_rule_cost_trigger_name(enum cord_rule_cost_trigger trigger)
{
    static const char *const names[CORD_RULE_COST_TRIGGERS] = {"exact", "prefix", "suffix",
                                                               "contains"};
    return trigger < CORD_RULE_COST_TRIGGERS ? names[trigger] : "";
}
