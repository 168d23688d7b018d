/* search_skip.c: see search_skip.h. */
#include "evidence/search_skip.h"

#include "evidence/query_pick.h"

/* The same answer for all origins, or unknown. */
static enum cord_query_answer by_origins(struct cord_query_test *test,
                                         const struct cord_query_node *node,
                                         const struct cord_search_skip_block *block)
{
    enum cord_query_answer all = CORD_QUERY_UNKNOWN;
    for (size_t i = 0; i < block->origin_count; i++) {
        enum cord_query_answer answer = CORD_QUERY_NO;
        cord_str text = CORD_STR("");
        if (!cord_query_pick_origin(block->origins[i], node->field.builtin, &text)) {
            return CORD_QUERY_UNKNOWN;
        }
        if (text.len > 0 &&
            cord_query_test_value(test, node, CORD_VALUE_TEXT, 0, text, &answer) != CORD_OK) {
            return CORD_QUERY_UNKNOWN;
        }
        if (i > 0 && answer != all) {
            return CORD_QUERY_UNKNOWN;
        }
        all = answer;
    }
    return all;
}

/* Of times that are all in [min, max]. */
static enum cord_query_answer by_time(const struct cord_query_node *node, int64_t min, int64_t max)
{
    const struct cord_query_bound *low = &node->low;
    const struct cord_query_bound *high = &node->high;
    if (node->op != CORD_QUERY_COMPARE || node->order != CORD_QUERY_AS_TIME ||
        min == CORD_TIME_NONE) {
        return CORD_QUERY_UNKNOWN;
    }
    if ((low->present && (max < low->ns || (max == low->ns && low->open))) ||
        (high->present && (min > high->ns || (min == high->ns && high->open)))) {
        return CORD_QUERY_NO;
    }
    bool all = (!low->present || min > low->ns || (min == low->ns && !low->open)) &&
               (!high->present || max < high->ns || (max == high->ns && !high->open));
    return all ? CORD_QUERY_YES : CORD_QUERY_UNKNOWN;
}

static enum cord_query_answer by_leaf(struct cord_query_test *test,
                                      const struct cord_query_node *node,
                                      const struct cord_search_skip_block *block)
{
    if (node->op == CORD_QUERY_ALL) {
        return CORD_QUERY_YES;
    }
    if (node->field.text.len == 0) {
        return CORD_QUERY_UNKNOWN;
    }
    switch (node->field.builtin) {
    case CORD_QUERY_FIELD_ORG:
    case CORD_QUERY_FIELD_SOURCE:
    case CORD_QUERY_FIELD_CLASS:
    case CORD_QUERY_FIELD_FORMAT:
        return by_origins(test, node, block);
    case CORD_QUERY_FIELD_TIME:
        return by_time(node, block->head->when_min_ns, block->head->when_max_ns);
    case CORD_QUERY_FIELD_RECEIVED:
        return by_time(node, block->head->received_min_ns, block->head->received_max_ns);
    case CORD_QUERY_FIELD_ID:
        return node->sequence < block->head->sequence_min ||
                       node->sequence > block->head->sequence_max
                   ? CORD_QUERY_NO
                   : CORD_QUERY_UNKNOWN;
    case CORD_QUERY_FIELD_HOST:
    case CORD_QUERY_FIELD_USER:
    case CORD_QUERY_FIELD_RAW:
    case CORD_QUERY_FIELD_OWN:
        break;
    }
    return CORD_QUERY_UNKNOWN;
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the parser */
enum cord_query_answer cord_search_skip_block(struct cord_query_test *test,
                                              const struct cord_query_node *node,
                                              const struct cord_search_skip_block *block)
{
    if (node->child_count == 0) {
        return by_leaf(test, node, block);
    }
    bool is_or = node->op == CORD_QUERY_OR;
    enum cord_query_answer all = is_or ? CORD_QUERY_NO : CORD_QUERY_YES;
    for (size_t i = 0; i < node->child_count; i++) {
        enum cord_query_answer one = cord_search_skip_block(test, node->children[i], block);
        all = is_or ? cord_query_test_or(all, one) : cord_query_test_and(all, one);
    }
    return node->op == CORD_QUERY_NOT ? cord_query_test_not(all) : all;
}

bool cord_search_skip_key(const struct cord_search_skip_block *block,
                          const struct cord_query_field *field, cord_str *ret_text)
{
    cord_str all = CORD_STR("");
    for (size_t i = 0; i < block->origin_count; i++) {
        cord_str text;
        if (!cord_query_pick_origin(block->origins[i], field->builtin, &text) ||
            (i > 0 && !cord_str_eq(text, all))) {
            return false;
        }
        all = text;
    }
    *ret_text = all.len > 0 ? all : (cord_str){NULL, 0};
    return block->origin_count > 0;
}
