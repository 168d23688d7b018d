/*
 * fuzz_rule.c: any text is rules or refusals, never both, and trees are sound.
 */
#include "detect/collection.h"

#include <assert.h>
#include <stdlib.h>

static void check_atom(const struct cord_atom *atom)
{
    assert(atom->keyword == (atom->field.len == 0));
    for (size_t i = 0; i < atom->part_count; i++) {
        assert(atom->parts[i].kind != CORD_PART_TEXT || atom->parts[i].text.len > 0);
        /* Neighbours are never of a kind that could be one. */
        assert(i == 0 || atom->parts[i].kind == CORD_PART_ONE ||
               atom->parts[i].kind != atom->parts[i - 1].kind);
    }
    assert(atom->kind != CORD_ATOM_CIDR || atom->cidr_bits <= 128);
}

static size_t check_node(const struct cord_node *node, size_t depth)
{
    size_t count = 1;
    assert(depth < 400);
    assert((node->kind == CORD_NODE_ATOM) == (node->atom != NULL));
    assert((node->kind == CORD_NODE_ATOM) == (node->child == NULL));
    assert(node->kind != CORD_NODE_NOT || !node->child->next);
    if (node->atom) {
        check_atom(node->atom);
    }
    for (const struct cord_node *child = node->child; child; child = child->next) {
        count += check_node(child, depth + 1);
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cord_collection *collection = cord_collection_new();
    struct cord_error err = {0};
    cord_str text = {(const char *)data, size};
    if (!collection) {
        return 0;
    }
    if (size > 8192 || cord_collection_placeholders(collection, CORD_STR("p"),
                                                    CORD_STR("p: [a, 'b*']\n"), &err) != CORD_OK) {
        cord_collection_free(collection);
        return 0;
    }
    assert(cord_collection_add(collection, CORD_STR("f"), text, &err) == CORD_OK);
    assert(cord_collection_finish(collection, &err) == CORD_OK);
    size_t nodes = 0;
    for (size_t i = 0; i < cord_collection_rule_count(collection); i++) {
        const struct cord_rule *rule = cord_collection_rule(collection, i);
        assert(rule->number == i && rule->condition_count > 0);
        for (size_t k = 0; k < rule->condition_count && nodes < 1000000; k++) {
            assert(!rule->conditions[k]->next);
            nodes += check_node(rule->conditions[k], 0);
        }
    }
    for (size_t i = 0; i < cord_collection_refusal_count(collection); i++) {
        assert(cord_collection_refusal(collection, i)->reason.len > 0);
    }
    cord_collection_free(collection);
    return 0;
}
