/*
 * correlator_rank.c: see correlator_rank.h. Recursion goes as deep as the tree,
 * which is a few times log2(n) by random priorities that input cannot choose.
 */
#include "detect/correlator_rank.h"

#include <assert.h>

static uint32_t size_of(const struct cord_correlator_rank *at)
{
    return at ? at->size : 0;
}

static void count(struct cord_correlator_rank *at)
{
    at->size = 1 + size_of(at->left) + size_of(at->right);
}

/* Equal numbers are told apart by address; their order is never seen. */
static bool before(const struct cord_correlator_rank *a, const struct cord_correlator_rank *b)
{
    return a->number != b->number ? a->number < b->number : (uintptr_t)a < (uintptr_t)b;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by the tree's depth, see above */
static void split(struct cord_correlator_rank *at, const struct cord_correlator_rank *by,
                  struct cord_correlator_rank **ret_left, struct cord_correlator_rank **ret_right)
{
    if (!at) {
        *ret_left = NULL;
        *ret_right = NULL;
        return;
    }
    if (before(at, by)) {
        split(at->right, by, &at->right, ret_right);
        *ret_left = at;
    } else {
        split(at->left, by, ret_left, &at->left);
        *ret_right = at;
    }
    count(at);
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by the tree's depth, see above */
static struct cord_correlator_rank *merge(struct cord_correlator_rank *left,
                                          struct cord_correlator_rank *right)
{
    if (!left || !right) {
        return left ? left : right;
    }
    if (left->priority >= right->priority) {
        left->right = merge(left->right, right);
        count(left);
        return left;
    }
    right->left = merge(left, right->left);
    count(right);
    return right;
}

void cord_correlator_rank_add(struct cord_correlator_rank **root,
                              struct cord_correlator_rank *new_node, uint32_t priority)
{
    new_node->priority = priority;
    while (*root && (*root)->priority >= priority) {
        (*root)->size++;
        root = before(new_node, *root) ? &(*root)->left : &(*root)->right;
    }
    split(*root, new_node, &new_node->left, &new_node->right);
    count(new_node);
    *root = new_node;
}

void cord_correlator_rank_remove(struct cord_correlator_rank **root,
                                 struct cord_correlator_rank *old)
{
    while (*root != old) {
        assert(*root);
        (*root)->size--;
        root = before(old, *root) ? &(*root)->left : &(*root)->right;
    }
    *root = merge(old->left, old->right);
}

cord_fixed cord_correlator_rank_at(const struct cord_correlator_rank *root, uint32_t n)
{
    assert(root && n >= 1 && n <= root->size);
    for (;;) {
        uint32_t left = size_of(root->left);
        if (n == left + 1) {
            return root->number;
        }
        if (n <= left) {
            root = root->left;
        } else {
            n -= left + 1;
            root = root->right;
        }
    }
}
