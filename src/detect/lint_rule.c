/*
 * lint_rule.c: rules as parsed: after modifiers, filters and pipelines.
 */
#include "detect/lint_internal.h"
#include "normalise/class_vocabulary.h"

enum { NODES_MAX = 5000, VALUES_MAX = 64, RIVALS_MAX = 16 };

/* The values that a field must equal one of. */
struct demand {
    const struct cord_node *parent; /* whose child it is */
    const struct cord_node *node;
    cord_str field;
    const struct cord_atom *values[VALUES_MAX];
    size_t count;
};

struct demands {
    struct demand items[RIVALS_MAX];
    size_t count;
    size_t left; /* nodes that may still be looked at */
};

static bool is_equal_to_text(const struct cord_atom *atom)
{
    return atom->kind == CORD_ATOM_PATTERN && !atom->keyword && atom->part_count == 1 &&
           atom->parts[0].kind == CORD_PART_TEXT;
}

static bool add_value(struct demand *demand, const struct cord_node *node)
{
    if (node->kind != CORD_NODE_ATOM || demand->count == VALUES_MAX ||
        !is_equal_to_text(node->atom) ||
        (demand->count > 0 && !cord_str_eq(demand->field, node->atom->field))) {
        return false;
    }
    demand->field = node->atom->field;
    demand->values[demand->count++] = node->atom;
    return true;
}

/* An equality, or any of several of one field. */
static bool demand_of(const struct cord_node *node, struct demand *ret_demand)
{
    *ret_demand = (struct demand){.node = node};
    if (node->kind != CORD_NODE_OR) {
        return add_value(ret_demand, node);
    }
    for (const struct cord_node *child = node->child; child; child = child->next) {
        if (!add_value(ret_demand, child)) {
            return false;
        }
    }
    return ret_demand->count > 0;
}

static bool can_both_hold(const struct demand *a, const struct demand *b)
{
    for (size_t i = 0; i < a->count; i++) {
        for (size_t j = 0; j < b->count; j++) {
            const struct cord_atom *one = a->values[i];
            const struct cord_atom *other = b->values[j];
            if (one->cased && other->cased
                    ? cord_str_eq(one->parts[0].text, other->parts[0].text)
                    : cord_str_eq_fold(one->parts[0].text, other->parts[0].text)) {
                return true;
            }
        }
    }
    return false;
}

/* Against what is demanded already. Siblings in one selection are one
 * field's |all, which is for fields of several values. */
static void check_demand(struct cord_lint *lint, const struct cord_rule *rule,
                         struct demands *demands, const struct demand *demand)
{
    for (size_t i = 0; i < demands->count; i++) {
        const struct demand *other = &demands->items[i];
        bool one_list = other->parent == demand->parent &&
                        cord_str_eq(other->node->selection, demand->node->selection);
        if (!one_list && cord_str_eq(other->field, demand->field) &&
            !can_both_hold(other, demand)) {
            cord_lint_say(lint, rule->about.line, "never-both",
                          "%.*s must be '%.*s' ('%.*s') and '%.*s' ('%.*s') in the same event: "
                          "that holds only for a field of several values",
                          CORD_STR_ARG(demand->field),
                          CORD_STR_ARG(other->values[0]->parts[0].text),
                          CORD_STR_ARG(other->node->selection),
                          CORD_STR_ARG(demand->values[0]->parts[0].text),
                          CORD_STR_ARG(demand->node->selection));
            return;
        }
    }
    if (demands->count < RIVALS_MAX) {
        demands->items[demands->count++] = *demand;
    }
}

/* What must hold together: the members of an AND and of the ANDs in it. The
 * tree's depth is bounded by the condition's and the YAML reader's. */
static void check_and(struct cord_lint *lint, const struct cord_rule *rule, struct demands *demands,
                      const struct cord_node *node)
{
    for (const struct cord_node *child = node->child; child && demands->left > 0;
         child = child->next) {
        struct demand demand;
        demands->left--;
        if (child->kind == CORD_NODE_AND) {
            check_and(lint, rule, demands, child);
        } else if (demand_of(child, &demand)) {
            demand.parent = node;
            check_demand(lint, rule, demands, &demand);
        }
    }
}

static void check_contradictions(struct cord_lint *lint, const struct cord_rule *rule,
                                 const struct cord_node *node, size_t *left)
{
    if (*left == 0) {
        return;
    }
    --*left;
    if (node->kind == CORD_NODE_AND) {
        struct demands demands = {.left = *left};
        check_and(lint, rule, &demands, node);
        *left = demands.left;
        return;
    }
    for (const struct cord_node *child = node->kind == CORD_NODE_OR ? node->child : NULL; child;
         child = child->next) {
        check_contradictions(lint, rule, child, left);
    }
}

static void check_logsource(struct cord_lint *lint, const struct cord_rule *rule)
{
    const struct cord_logsource *source = &rule->logsource;
    if (!cord_class_vocabulary_reaches(source->product, source->category, source->service)) {
        cord_lint_say(lint, rule->about.line, "logsource-unknown",
                      "no format that Cordon reads has this log source (product '%.*s', category "
                      "'%.*s', service '%.*s'): only events that name it in fields of their own "
                      "will meet the rule",
                      CORD_STR_ARG(source->product), CORD_STR_ARG(source->category),
                      CORD_STR_ARG(source->service));
    }
}

void cord_lint_rule(struct cord_lint *lint, const struct cord_rule *rule)
{
    size_t left = NODES_MAX;
    check_logsource(lint, rule);
    for (size_t i = 0; i < rule->condition_count; i++) {
        check_contradictions(lint, rule, rule->conditions[i], &left);
    }
}
