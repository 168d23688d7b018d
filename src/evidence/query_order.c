/* query_order.c: what the bounds of a comparison are; see query_internal.h. */
#include "evidence/query_internal.h"

#include "base/timestamp.h"

#define DAY_NS (86400 * CORD_SECOND_NS)

enum { DATE_LEN = 10 }; /* 2026-11-22 */

static bool parse_time(cord_str text, bool epoch, int64_t *ret_ns)
{
    return cord_timestamp_parse(text, ret_ns) ||
           (epoch && cord_timestamp_parse_epoch(text, ret_ns));
}

static enum cord_query_order order_of(struct cord_query_bound *bound)
{
    if (cord_decimal_parse(bound->text, &bound->number)) {
        return CORD_QUERY_AS_NUMBER;
    }
    return parse_time(bound->text, false, &bound->ns) ? CORD_QUERY_AS_TIME : CORD_QUERY_AS_TEXT;
}

static const char *order_name(enum cord_query_order order)
{
    switch (order) {
    case CORD_QUERY_AS_NUMBER:
        return "a number";
    case CORD_QUERY_AS_TIME:
        return "a time";
    case CORD_QUERY_AS_TEXT:
        break;
    }
    return "a text";
}

static cord_status refuse_time(const struct cord_query_lex *lex, size_t at, cord_str text)
{
    return cord_query_lex_refuse(
        lex, at, "no time: '%.*s'; write 2026-11-22, or 2026-11-22T08:24:00Z, or use wildcards",
        (int)(text.len < 40 ? text.len : 40), text.ptr);
}

cord_status cord_query_order_bounds(const struct cord_query_lex *lex, struct cord_query_node *node,
                                    size_t at)
{
    struct cord_query_bound *bounds[2] = {&node->low, &node->high};
    enum cord_query_order orders[2] = {CORD_QUERY_AS_TEXT, CORD_QUERY_AS_TEXT};
    for (size_t i = 0; i < 2; i++) {
        if (!bounds[i]->present) {
            continue;
        }
        if (!cord_query_order_is_time(&node->field)) {
            orders[i] = order_of(bounds[i]);
        } else if (parse_time(bounds[i]->text, true, &bounds[i]->ns)) {
            orders[i] = CORD_QUERY_AS_TIME;
        } else {
            return refuse_time(lex, at, bounds[i]->text);
        }
    }
    if (node->low.present && node->high.present && orders[0] != orders[1]) {
        return cord_query_lex_refuse(lex, at, "the ends of the range differ in kind: %s and %s",
                                     order_name(orders[0]), order_name(orders[1]));
    }
    node->order = node->low.present ? orders[0] : orders[1];
    return CORD_OK;
}

/* "time:2026-11-22" is that day, "time:2026-11-22T08:24:00Z" that instant. */
cord_status cord_query_order_instant(const struct cord_query_lex *lex, struct cord_query_node *node,
                                     size_t at)
{
    int64_t ns = 0;
    if (!parse_time(node->text, true, &ns)) {
        return refuse_time(lex, at, node->text);
    }
    struct cord_query_bound bound = {.present = true, .text = node->text, .ns = ns};
    node->op = CORD_QUERY_COMPARE;
    node->order = CORD_QUERY_AS_TIME;
    node->low = bound;
    node->high = bound;
    if (node->text.len == DATE_LEN && !cord_str_is_digit(node->text.ptr[4]) &&
        ns <= INT64_MAX - DAY_NS) {
        char buffer[CORD_TIMESTAMP_TEXT];
        cord_str next = cord_timestamp_format(ns + DAY_NS, buffer);
        node->high.ns = ns + DAY_NS;
        node->high.open = true;
        node->high.text = cord_arena_copy(lex->arena, cord_str_slice(next, 0, DATE_LEN));
        if (!node->high.text.ptr) {
            return cord_error_set(lex->err, CORD_E_NOMEM, "out of memory");
        }
    }
    node->text = (cord_str){0};
    return CORD_OK;
}
