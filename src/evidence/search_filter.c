/* search_filter.c: see search_filter.h. */
#include "evidence/search_filter.h"

#include "evidence/block.h"

#include <stdlib.h>

/* One text that a leaf cannot do without. */
struct sought {
    struct cord_block_filter_query *text; /* NULL: the leaf says nothing to filters */
    bool may_be_expired;                  /* what stands for expired values may hold some of it */
};

struct cord_search_filter {
    const struct cord_query *query;
    struct sought *sought; /* by number of node */
    size_t count;
    bool is_useful;
};

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || cord_str_is_digit(c) || c == '_' ||
           c == '.' || c == '-';
}

/* Such as the canonical form of a number may hold: numbers are compared in that
 * form, which need not be the one the filter knows. */
static bool may_be_in_number(cord_str text)
{
    size_t points = 0;
    size_t powers = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool after_power = i > 0 && (text.ptr[i - 1] == 'e' || text.ptr[i - 1] == 'E');
        points += c == '.';
        powers += c == 'e' || c == 'E';
        if (!cord_str_is_digit(c) && c != '.' && c != 'e' && c != 'E' &&
            !((c == '-' || c == '+') && (i == 0 || after_power))) {
            return false;
        }
    }
    return points <= 1 && powers <= 1;
}

/* A word of the text lies inside that of CORD_BLOCK_EXPIRED. */
static bool may_be_expired(cord_str folded)
{
    const cord_str expired = CORD_STR(CORD_BLOCK_EXPIRED);
    for (size_t at = 0; at < folded.len;) {
        size_t end = at;
        while (end < folded.len && is_word(folded.ptr[end])) {
            end++;
        }
        if (end > at &&
            cord_str_find(expired, cord_str_slice(folded, at, end - at), 0) != SIZE_MAX) {
            return true;
        }
        at = end + 1;
    }
    return false;
}

/* Fields whose values are in the rows, and so in the filter. */
static bool is_in_rows(const struct cord_query_node *node)
{
    enum cord_query_builtin builtin = node->field.builtin;
    return node->field.text.len == 0 || builtin == CORD_QUERY_FIELD_OWN ||
           builtin == CORD_QUERY_FIELD_HOST || builtin == CORD_QUERY_FIELD_USER ||
           builtin == CORD_QUERY_FIELD_RAW;
}

static bool prepare_leaf(struct cord_search_filter *filter, const struct cord_query_node *node)
{
    cord_str text = CORD_STR("");
    if (is_in_rows(node) && (node->op == CORD_QUERY_TEXT || node->op == CORD_QUERY_EQUAL)) {
        text = node->folded;
    } else if (is_in_rows(node) && node->op == CORD_QUERY_LIKE) {
        text = cord_pattern_longest(node->parts, node->part_count);
    }
    if (text.len == 0 || may_be_in_number(text)) {
        return true;
    }
    struct sought *sought = &filter->sought[node->number];
    sought->text = cord_block_filter_query_new(text, node->op == CORD_QUERY_EQUAL);
    sought->may_be_expired = may_be_expired(text);
    filter->is_useful = true;
    return sought->text != NULL;
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the parser */
static bool prepare(struct cord_search_filter *filter, const struct cord_query_node *node)
{
    if (node->child_count == 0) {
        return prepare_leaf(filter, node);
    }
    for (size_t i = 0; i < node->child_count; i++) {
        if (!prepare(filter, node->children[i])) {
            return false;
        }
    }
    return true;
}

struct cord_search_filter *cord_search_filter_new(const struct cord_query *query)
{
    struct cord_search_filter *filter = calloc(1, sizeof *filter);
    if (!filter) {
        return NULL;
    }
    filter->query = query;
    filter->count = cord_query_node_count(query);
    filter->sought = calloc(filter->count + 1, sizeof *filter->sought);
    if (!filter->sought || !prepare(filter, cord_query_condition(query))) {
        cord_search_filter_free(filter);
        return NULL;
    }
    return filter;
}

void cord_search_filter_free(struct cord_search_filter *filter)
{
    if (!filter) {
        return;
    }
    for (size_t i = 0; filter->sought && i < filter->count; i++) {
        cord_block_filter_query_free(filter->sought[i].text);
    }
    free(filter->sought);
    free(filter);
}

bool cord_search_filter_is_useful(const struct cord_search_filter *filter)
{
    return filter->is_useful;
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the parser */
static bool may_hold(const struct cord_search_filter *filter, const struct cord_query_node *node,
                     const struct cord_search_filter_block *block)
{
    const struct sought *sought = &filter->sought[node->number];
    if (node->child_count == 0) {
        if (!sought->text || (block->expired && sought->may_be_expired)) {
            return true;
        }
        return block->expired
                   ? cord_block_filter_may_be_left(block->body, sought->text)
                   : cord_block_filter_may_hold(block->body, block->personal, sought->text);
    }
    if (node->op == CORD_QUERY_NOT) {
        return true; /* that something is not there is no news to a filter */
    }
    bool is_or = node->op == CORD_QUERY_OR;
    for (size_t i = 0; i < node->child_count; i++) {
        if (may_hold(filter, node->children[i], block) == is_or) {
            return is_or;
        }
    }
    return !is_or;
}

bool cord_search_filter_may_hold(const struct cord_search_filter *filter,
                                 const struct cord_search_filter_block *block)
{
    return may_hold(filter, cord_query_condition(filter->query), block);
}
