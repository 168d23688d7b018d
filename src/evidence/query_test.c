/* query_test.c: see query_test.h. */
#include "evidence/query_test.h"

#include "base/cidr.h"
#include "base/fold.h"
#include "base/timestamp.h"
#include "codec/json_unescape.h"

#include <stdlib.h>

#define TEXT_BYTES_MAX ((size_t)CORD_VALUE_BYTES_MAX * 2)

struct cord_query_test {
    struct cord_regex_scratch *regexes;
    struct cord_buf plain;
    struct cord_buf folded;
    char number[CORD_DECIMAL_BYTES];
};

struct cord_query_test *cord_query_test_new(void)
{
    struct cord_query_test *test = calloc(1, sizeof *test);
    if (!test) {
        return NULL;
    }
    cord_buf_init(&test->plain, TEXT_BYTES_MAX);
    cord_buf_init(&test->folded, TEXT_BYTES_MAX);
    test->regexes = cord_regex_scratch_new();
    if (!test->regexes) {
        cord_query_test_free(test);
        return NULL;
    }
    return test;
}

void cord_query_test_free(struct cord_query_test *test)
{
    if (test) {
        cord_regex_scratch_free(test->regexes);
        cord_buf_done(&test->folded);
        cord_buf_done(&test->plain);
        free(test);
    }
}

static cord_status unescape(struct cord_query_test *test, cord_str value, cord_str *ret_text)
{
    cord_buf_clear(&test->plain);
    char *plain = cord_buf_reserve(&test->plain, value.len + 1);
    if (!plain) {
        return CORD_E_NOMEM;
    }
    *ret_text = (cord_str){plain, cord_json_unescape(value, plain)};
    return CORD_OK;
}

cord_status cord_query_test_text(struct cord_query_test *test, enum cord_value_kind kind,
                                 unsigned flags, cord_str value, cord_str *ret_text)
{
    if (kind == CORD_VALUE_NULL || kind == CORD_VALUE_EMPTY) {
        *ret_text = (cord_str){0};
        return CORD_OK;
    }
    if (kind == CORD_VALUE_NUMBER) {
        *ret_text = cord_decimal_canonical(value, test->number);
    } else if ((flags & CORD_VALUE_ESCAPED) != 0) {
        return unescape(test, value, ret_text);
    } else {
        *ret_text = value;
    }
    ret_text->ptr = ret_text->ptr ? ret_text->ptr : "";
    return CORD_OK;
}

static cord_status fold(struct cord_query_test *test, cord_str text, cord_str *ret_folded)
{
    size_t room = CORD_FOLD_BYTES_MAX(text.len) + 1;
    cord_buf_clear(&test->folded);
    char *folded = cord_buf_reserve(&test->folded, room);
    if (!folded) {
        return CORD_E_NOMEM;
    }
    *ret_folded = (cord_str){folded, cord_fold_text(text, folded, room)};
    return CORD_OK;
}

static bool is_equal(const struct cord_query_node *node, enum cord_value_kind kind, cord_str folded)
{
    char buffer[CORD_DECIMAL_BYTES];
    if (cord_str_eq(node->folded, folded)) {
        return true;
    }
    return kind == CORD_VALUE_NUMBER &&
           cord_str_eq(cord_decimal_canonical(node->folded, buffer), folded);
}

/* Below 0, 0 or above 0; false when the value is none that has an order here. */
static bool compare(const struct cord_query_node *node, const struct cord_query_bound *bound,
                    cord_str text, cord_str folded, int *ret_order)
{
    struct cord_decimal number;
    int64_t ns = 0;
    switch (node->order) {
    case CORD_QUERY_AS_NUMBER:
        if (!cord_decimal_parse(text, &number)) {
            return false;
        }
        *ret_order = cord_decimal_compare(&number, &bound->number);
        return true;
    case CORD_QUERY_AS_TIME:
        if (!cord_timestamp_parse(text, &ns) && !cord_timestamp_parse_epoch(text, &ns)) {
            return false;
        }
        *ret_order = ns < bound->ns ? -1 : ns > bound->ns;
        return true;
    case CORD_QUERY_AS_TEXT:
        break;
    }
    *ret_order = cord_str_compare(folded, bound->folded);
    return true;
}

static bool is_within(const struct cord_query_node *node, cord_str text, cord_str folded)
{
    const struct cord_query_bound *low = &node->low;
    const struct cord_query_bound *high = &node->high;
    int order = 0;
    if (low->present &&
        (!compare(node, low, text, folded, &order) || order < 0 || (order == 0 && low->open))) {
        return false;
    }
    return !high->present ||
           (compare(node, high, text, folded, &order) && order <= 0 && (order < 0 || !high->open));
}

static enum cord_query_answer search(struct cord_query_test *test,
                                     const struct cord_query_node *node, cord_str text)
{
    switch (cord_regex_search(node->regex, test->regexes, text)) {
    case CORD_REGEX_NO:
        return CORD_QUERY_NO;
    case CORD_REGEX_YES:
        return CORD_QUERY_YES;
    case CORD_REGEX_GAVE_UP:
        break;
    }
    return CORD_QUERY_UNKNOWN;
}

static bool is_in_network(const struct cord_query_node *node, cord_str text)
{
    uint8_t address[16];
    return cord_cidr_address(text, address) &&
           cord_cidr_holds(node->network, node->network_bits, address);
}

/* Those that compare without case. */
static bool holds_folded(const struct cord_query_node *node, enum cord_value_kind kind,
                         cord_str text, cord_str folded)
{
    switch (node->op) {
    case CORD_QUERY_TEXT:
        return cord_str_find(folded, node->folded, 0) != SIZE_MAX;
    case CORD_QUERY_EQUAL:
        return is_equal(node, kind, folded);
    case CORD_QUERY_LIKE:
        return cord_pattern_matches(node->parts, node->part_count, folded);
    case CORD_QUERY_COMPARE:
        return is_within(node, text, folded);
    case CORD_QUERY_ALL:
    case CORD_QUERY_AND:
    case CORD_QUERY_OR:
    case CORD_QUERY_NOT:
    case CORD_QUERY_REGEX:
    case CORD_QUERY_CIDR:
    case CORD_QUERY_EXISTS:
        break; /* not here */
    }
    return true;
}

cord_status cord_query_test_value(struct cord_query_test *test, const struct cord_query_node *node,
                                  enum cord_value_kind kind, unsigned flags, cord_str value,
                                  enum cord_query_answer *ret_answer)
{
    cord_str text;
    cord_str folded = {0};
    *ret_answer = CORD_QUERY_NO;
    cord_status status = cord_query_test_text(test, kind, flags, value, &text);
    if (status != CORD_OK || !text.ptr) {
        return status;
    }
    if (node->op == CORD_QUERY_REGEX) {
        *ret_answer = search(test, node, text);
        return CORD_OK;
    }
    if (node->op == CORD_QUERY_CIDR) {
        *ret_answer = is_in_network(node, text) ? CORD_QUERY_YES : CORD_QUERY_NO;
        return CORD_OK;
    }
    if (node->op != CORD_QUERY_EXISTS &&
        (node->op != CORD_QUERY_COMPARE || node->order == CORD_QUERY_AS_TEXT)) {
        status = fold(test, text, &folded);
    }
    if (status == CORD_OK) {
        *ret_answer = holds_folded(node, kind, text, folded) ? CORD_QUERY_YES : CORD_QUERY_NO;
    }
    return status;
}

enum cord_query_answer cord_query_test_and(enum cord_query_answer a, enum cord_query_answer b)
{
    if (a == CORD_QUERY_NO || b == CORD_QUERY_NO) {
        return CORD_QUERY_NO;
    }
    return a == CORD_QUERY_YES ? b : CORD_QUERY_UNKNOWN;
}

enum cord_query_answer cord_query_test_or(enum cord_query_answer a, enum cord_query_answer b)
{
    if (a == CORD_QUERY_YES || b == CORD_QUERY_YES) {
        return CORD_QUERY_YES;
    }
    return a == CORD_QUERY_NO ? b : CORD_QUERY_UNKNOWN;
}

enum cord_query_answer cord_query_test_not(enum cord_query_answer a)
{
    switch (a) {
    case CORD_QUERY_NO:
        return CORD_QUERY_YES;
    case CORD_QUERY_YES:
        return CORD_QUERY_NO;
    case CORD_QUERY_UNKNOWN:
        break;
    }
    return CORD_QUERY_UNKNOWN;
}
