/* compile_tree.c: a rule's tree in negation normal form, then as steps. */
#include <stdlib.h>

#include "detect/compile_internal.h"

/* The tree while it is being built. */
struct twig {
    enum cord_expr_kind kind;
    uint32_t test;
    uint64_t cost;
    struct twig **children; /* AND, OR */
    size_t child_count;
    size_t child_cap;
};

/* Nodes of one rule that stand side by side once nested ORs are opened. */
struct gathered {
    const struct cord_node **nodes;
    size_t count;
    size_t cap;
};

static cord_status build(struct cord_compiler *compiler, const struct cord_node *node, bool negated,
                         unsigned depth, struct twig **ret_twig);

/* Room for one more pointer in a scratch array. */
static void *room(struct cord_compiler *compiler, void *items, size_t count, size_t *cap)
{
    if (count < *cap) {
        return items;
    }
    size_t wider = *cap ? *cap * 2 : 4;
    void **grown = cord_arena_alloc(compiler->scratch, wider * sizeof *grown);
    if (grown && count > 0) {
        memcpy(grown, items, count * sizeof *grown);
    }
    *cap = grown ? wider : *cap;
    return grown;
}

static struct twig *twig_new(struct cord_compiler *compiler, enum cord_expr_kind kind,
                             uint32_t test)
{
    struct twig *twig = cord_arena_zalloc(compiler->scratch, 1, sizeof *twig);
    if (twig) {
        twig->kind = kind;
        twig->test = test;
    }
    return twig;
}

static cord_status add_child(struct cord_compiler *compiler, struct twig *parent,
                             struct twig *child)
{
    if (child->kind == parent->kind) { /* AND below AND: the same level */
        for (size_t i = 0; i < child->child_count; i++) {
            cord_status status = add_child(compiler, parent, child->children[i]);
            if (status != CORD_OK) {
                return status;
            }
        }
        return CORD_OK;
    }
    struct twig **children =
        room(compiler, parent->children, parent->child_count, &parent->child_cap);
    if (!children) {
        return CORD_E_NOMEM;
    }
    parent->children = children;
    parent->children[parent->child_count++] = child;
    parent->cost += child->cost;
    return CORD_OK;
}

static cord_status add_test(struct cord_compiler *compiler, struct twig *parent, uint32_t test,
                            bool negated, struct twig **ret_twig)
{
    struct twig *leaf = twig_new(compiler, negated ? CORD_EXPR_NOT_TEST : CORD_EXPR_TEST, test);
    if (!leaf) {
        return CORD_E_NOMEM;
    }
    leaf->cost = compiler->ruleset->tests[test].cost;
    if (ret_twig) {
        *ret_twig = leaf;
        return CORD_OK;
    }
    return add_child(compiler, parent, leaf);
}

static cord_status gather(struct cord_compiler *compiler, const struct cord_node *node,
                          unsigned depth, struct gathered *gathered)
{
    if (depth > CORD_COMPILE_DEPTH_MAX) {
        return CORD_E_LIMIT;
    }
    for (const struct cord_node *child = node->child; child; child = child->next) {
        if (child->kind == CORD_NODE_OR) {
            cord_status status = gather(compiler, child, depth + 1, gathered);
            if (status != CORD_OK) {
                return status;
            }
            continue;
        }
        const struct cord_node **nodes =
            room(compiler, gathered->nodes, gathered->count, &gathered->cap);
        if (!nodes) {
            return CORD_E_NOMEM;
        }
        gathered->nodes = nodes;
        gathered->nodes[gathered->count++] = child;
    }
    return CORD_OK;
}

static bool same_field(const struct cord_atom *a, const struct cord_atom *b)
{
    return a->keyword == b->keyword && cord_str_eq(a->field, b->field);
}

static bool is_literal_node(const struct cord_node *node)
{
    return node && node->kind == CORD_NODE_ATOM && cord_compile_is_literal(node->atom);
}

/* All literals of the OR on the field of nodes[first] become one test; they are
 * taken off the list. */
static cord_status merge_literals(struct cord_compiler *compiler, struct gathered *gathered,
                                  size_t first, uint32_t *ret_test)
{
    const struct cord_atom **atoms =
        cord_arena_alloc(compiler->scratch, (gathered->count - first) * sizeof *atoms);
    if (!atoms) {
        return CORD_E_NOMEM;
    }
    size_t count = 0;
    const struct cord_atom *like = gathered->nodes[first]->atom;
    for (size_t i = first; i < gathered->count; i++) {
        if (is_literal_node(gathered->nodes[i]) && same_field(gathered->nodes[i]->atom, like)) {
            atoms[count++] = gathered->nodes[i]->atom;
            gathered->nodes[i] = NULL;
        }
    }
    return cord_compile_any(compiler, atoms, count, ret_test);
}

static cord_status build_or(struct cord_compiler *compiler, const struct cord_node *node,
                            bool negated, unsigned depth, struct twig *twig)
{
    struct gathered gathered = {0};
    cord_status status = gather(compiler, node, depth, &gathered);
    if (status == CORD_OK && gathered.count == 0) { /* ORs of nothing within: false */
        uint32_t nothing;
        status = cord_compile_constant(compiler, false, &nothing);
        return status == CORD_OK ? add_test(compiler, twig, nothing, negated, NULL) : status;
    }
    for (size_t i = 0; i < gathered.count && status == CORD_OK; i++) {
        uint32_t test;
        if (is_literal_node(gathered.nodes[i])) {
            status = merge_literals(compiler, &gathered, i, &test);
            if (status == CORD_OK) {
                status = add_test(compiler, twig, test, negated, NULL);
            }
        } else if (gathered.nodes[i]) {
            struct twig *child;
            status = build(compiler, gathered.nodes[i], negated, depth + 1, &child);
            if (status == CORD_OK) {
                status = add_child(compiler, twig, child);
            }
        }
    }
    return status;
}

static cord_status build_and(struct cord_compiler *compiler, const struct cord_node *node,
                             bool negated, unsigned depth, struct twig *twig)
{
    cord_status status = CORD_OK;
    for (const struct cord_node *child = node->child; child && status == CORD_OK;
         child = child->next) {
        struct twig *below;
        status = build(compiler, child, negated, depth + 1, &below);
        if (status == CORD_OK) {
            status = add_child(compiler, twig, below);
        }
    }
    return status;
}

static cord_status build(struct cord_compiler *compiler, const struct cord_node *node, bool negated,
                         unsigned depth, struct twig **ret_twig)
{
    if (depth > CORD_COMPILE_DEPTH_MAX) {
        return CORD_E_LIMIT;
    }
    cord_status status = CORD_OK;
    uint32_t test;
    switch (node->kind) {
    case CORD_NODE_NOT:
        return build(compiler, node->child, !negated, depth + 1, ret_twig);
    case CORD_NODE_ATOM:
        status = cord_compile_atom(compiler, node->atom, &test);
        return status == CORD_OK ? add_test(compiler, NULL, test, negated, ret_twig) : status;
    case CORD_NODE_AND:
    case CORD_NODE_OR:
        break;
    }
    if (!node->child) { /* AND of nothing is true, OR of nothing false */
        status = cord_compile_constant(compiler, node->kind == CORD_NODE_AND, &test);
        return status == CORD_OK ? add_test(compiler, NULL, test, negated, ret_twig) : status;
    }
    bool is_and = (node->kind == CORD_NODE_AND) != negated;
    struct twig *twig = twig_new(compiler, is_and ? CORD_EXPR_AND : CORD_EXPR_OR, 0);
    if (!twig) {
        return CORD_E_NOMEM;
    }
    status = node->kind == CORD_NODE_OR ? build_or(compiler, node, negated, depth, twig)
                                        : build_and(compiler, node, negated, depth, twig);
    *ret_twig = status == CORD_OK && twig->child_count == 1 ? twig->children[0] : twig;
    return status;
}

static int compare_twigs(const void *a, const void *b)
{
    const struct twig *left = *(const struct twig *const *)a;
    const struct twig *right = *(const struct twig *const *)b;
    if (left->cost != right->cost) {
        return left->cost < right->cost ? -1 : 1;
    }
    return left->test < right->test ? -1 : left->test > right->test;
}

/* Cheap tests first; returns the subtree's nodes. */
static size_t sort_and_count(struct twig *twig)
{
    size_t count = 1;
    if (twig->child_count > 1) {
        qsort(twig->children, twig->child_count, sizeof(struct twig *), compare_twigs);
    }
    for (size_t i = 0; i < twig->child_count; i++) {
        count += sort_and_count(twig->children[i]);
    }
    return count;
}

struct emitter {
    struct cord_ruleset *ruleset;
    struct cord_expr *exprs;
    struct cord_step *steps;
    uint32_t expr_count;
    uint32_t step_count;
};

static void emit_exprs(struct emitter *emitter, const struct twig *twig)
{
    struct cord_expr *expr = &emitter->exprs[emitter->expr_count++];
    expr->kind = twig->kind;
    expr->test = twig->test;
    for (size_t i = 0; i < twig->child_count; i++) {
        emit_exprs(emitter, twig->children[i]);
    }
    expr->end = emitter->expr_count;
}

static uint32_t leaves(const struct twig *twig)
{
    uint32_t count = twig->child_count == 0 ? 1 : 0;
    for (size_t i = 0; i < twig->child_count; i++) {
        count += leaves(twig->children[i]);
    }
    return count;
}

/* Each leaf is one step, in order, so that where a subtree begins is the number
 * of leaves before it. */
static void emit_steps(struct emitter *emitter, const struct twig *twig, uint32_t on_true,
                       uint32_t on_false)
{
    if (twig->child_count == 0) {
        bool negated = twig->kind == CORD_EXPR_NOT_TEST;
        emitter->steps[emitter->step_count++] = (struct cord_step){
            .test = twig->test & 0x7fffffffu,
            .negated = negated,
            .on_true = negated ? on_false : on_true,
            .on_false = negated ? on_true : on_false,
        };
        emitter->ruleset->tests[twig->test].rules++;
        return;
    }
    uint32_t next = emitter->step_count;
    for (size_t i = 0; i < twig->child_count; i++) {
        next += leaves(twig->children[i]);
        bool last = i + 1 == twig->child_count;
        bool is_and = twig->kind == CORD_EXPR_AND;
        emit_steps(emitter, twig->children[i], is_and && !last ? next : on_true,
                   !is_and && !last ? next : on_false);
    }
}

static cord_status finish_rule(struct cord_compiler *compiler, struct twig *root,
                               struct cord_compiled *ret_compiled)
{
    size_t nodes = sort_and_count(root);
    struct emitter emitter = {
        .ruleset = compiler->ruleset,
        .exprs = cord_arena_zalloc(compiler->ruleset->arena, nodes, sizeof *emitter.exprs),
        .steps = cord_arena_zalloc(compiler->ruleset->arena, leaves(root), sizeof *emitter.steps),
    };
    if (!emitter.exprs || !emitter.steps || nodes > UINT32_MAX / 2) {
        return CORD_E_NOMEM;
    }
    emit_exprs(&emitter, root);
    emit_steps(&emitter, root, CORD_STEP_MATCH, CORD_STEP_FAIL);
    ret_compiled->exprs = emitter.exprs;
    ret_compiled->steps = emitter.steps;
    return CORD_OK;
}

cord_status cord_compile_rule(struct cord_compiler *compiler, const struct cord_rule *rule,
                              struct cord_compiled *ret_compiled)
{
    compiler->rule = rule;
    ret_compiled->rule = rule;
    struct twig *root = twig_new(compiler, CORD_EXPR_OR, 0);
    cord_status status = root ? CORD_OK : CORD_E_NOMEM;
    for (size_t i = 0; i < rule->condition_count && status == CORD_OK; i++) {
        struct twig *twig;
        status = build(compiler, rule->conditions[i], false, 0, &twig);
        if (status == CORD_OK) {
            status = add_child(compiler, root, twig);
        }
    }
    if (status == CORD_OK && rule->condition_count == 0) {
        uint32_t test;
        status = cord_compile_constant(compiler, false, &test);
        if (status == CORD_OK) {
            status = add_test(compiler, root, test, false, NULL);
        }
    }
    if (status == CORD_OK) {
        status =
            finish_rule(compiler, root->child_count == 1 ? root->children[0] : root, ret_compiled);
    }
    if (status == CORD_E_LIMIT) {
        (void)cord_error_set(compiler->err, status, "the condition is nested deeper than %d",
                             CORD_COMPILE_DEPTH_MAX);
    }
    return status;
}
