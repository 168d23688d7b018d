/* query_print.c: a query in its canonical form; see query.h. */
#include "evidence/query_internal.h"

#include "base/timestamp.h"

static const char *const verb_words[] = {
    [CORD_QUERY_COUNT] = "count",   [CORD_QUERY_TIMELINE] = "timeline",
    [CORD_QUERY_TOP] = "top",       [CORD_QUERY_DISTINCT] = "distinct",
    [CORD_QUERY_STATS] = "stats",   [CORD_QUERY_FIRST] = "first",
    [CORD_QUERY_LAST] = "last",     [CORD_QUERY_SORT] = "sort",
    [CORD_QUERY_FIELDS] = "fields", [CORD_QUERY_HEAD] = "head",
};

static void put_quoted(cord_str text, char quote, struct cord_buf *out)
{
    cord_buf_put_char(out, quote);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == quote) {
            cord_buf_put_char(out, quote);
        }
        cord_buf_put_char(out, text.ptr[i]);
    }
    cord_buf_put_char(out, quote);
}

static bool is_keyword(cord_str text)
{
    static const char *const words[] = {"and", "or", "not", "to", "by", "asc", "desc"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (cord_str_eq_fold(text, cord_str_from(words[i]))) {
            return true;
        }
    }
    return false;
}

/* Letters, digits, '_', '-' and '.' mean nothing but themselves anywhere. */
static bool is_plain(cord_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = cord_str_lower_char(text.ptr[i]);
        if (!(c >= 'a' && c <= 'z') && !cord_str_is_digit(c) && c != '_' && c != '-' && c != '.') {
            return false;
        }
    }
    return text.len > 0 && !is_keyword(text);
}

static void put_text(cord_str text, struct cord_buf *out)
{
    if (is_plain(text)) {
        cord_buf_put(out, text);
    } else {
        put_quoted(text, '\'', out);
    }
}

/* A name that begins with a letter and has two cannot be taken for a drive or
 * the start of an address. */
static void put_field(const struct cord_query_field *field, struct cord_buf *out)
{
    cord_str text = field->text;
    char c = text.len > 1 ? cord_str_lower_char(text.ptr[0]) : '\0';
    if (c >= 'a' && c <= 'z' && is_plain(text)) {
        cord_buf_put(out, text);
    } else {
        put_quoted(text, '"', out);
    }
}

static void put_bound(const struct cord_query_bound *bound, struct cord_buf *out)
{
    if (bound->present) {
        put_text(bound->text, out);
    } else {
        cord_buf_put_char(out, '*');
    }
}

static void put_leaf(const struct cord_query_node *node, struct cord_buf *out)
{
    if (node->field.text.len > 0) {
        put_field(&node->field, out);
        cord_buf_put_char(out, ':');
    }
    switch (node->op) {
    case CORD_QUERY_TEXT:
    case CORD_QUERY_EQUAL:
        put_text(node->text, out);
        break;
    case CORD_QUERY_LIKE:
        put_quoted(node->text, '"', out);
        break;
    case CORD_QUERY_REGEX:
        cord_buf_put_char(out, '/');
        cord_buf_put(out, node->text);
        cord_buf_put_text(out, node->caseless ? "/i" : "/");
        break;
    case CORD_QUERY_COMPARE:
        cord_buf_put_char(out, node->low.open ? '{' : '[');
        put_bound(&node->low, out);
        cord_buf_put_text(out, " TO ");
        put_bound(&node->high, out);
        cord_buf_put_char(out, node->high.open ? '}' : ']');
        break;
    case CORD_QUERY_CIDR:
        cord_buf_put(out, node->text);
        break;
    case CORD_QUERY_ALL:
    case CORD_QUERY_EXISTS:
    case CORD_QUERY_AND:
    case CORD_QUERY_OR:
    case CORD_QUERY_NOT:
        cord_buf_put_char(out, '*');
        break;
    }
}

static bool is_list(const struct cord_query_node *node)
{
    return node->op == CORD_QUERY_AND || node->op == CORD_QUERY_OR;
}

/* AND binds closer than OR; what was in parentheses without need stays so,
 * that the tree be the same. */
/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the parser */
void cord_query_print_condition(const struct cord_query_node *node, struct cord_buf *out)
{
    if (node->op == CORD_QUERY_NOT) {
        cord_buf_put_text(out, "NOT ");
    } else if (!is_list(node)) {
        put_leaf(node, out);
    }
    for (size_t i = 0; i < node->child_count; i++) {
        const struct cord_query_node *child = node->children[i];
        bool inner = is_list(child) && !(node->op == CORD_QUERY_OR && child->op == CORD_QUERY_AND);
        if (i > 0) {
            cord_buf_put_text(out, node->op == CORD_QUERY_AND ? " AND " : " OR ");
        }
        cord_buf_put_text(out, inner ? "(" : "");
        cord_query_print_condition(child, out);
        cord_buf_put_text(out, inner ? ")" : "");
    }
}

static void put_fields(const struct cord_query_field *fields, size_t count, struct cord_buf *out)
{
    for (size_t i = 0; i < count; i++) {
        cord_buf_put_text(out, i > 0 ? ", " : " ");
        put_field(&fields[i], out);
    }
}

static void put_measure(const struct cord_query_measure *measure, struct cord_buf *out)
{
    switch (measure->function) {
    case CORD_QUERY_FN_COUNT:
        cord_buf_put_text(out, "count");
        return;
    case CORD_QUERY_FN_MIN:
        cord_buf_put_text(out, "min(");
        break;
    case CORD_QUERY_FN_MAX:
        cord_buf_put_text(out, "max(");
        break;
    case CORD_QUERY_FN_AVG:
        cord_buf_put_text(out, "avg(");
        break;
    case CORD_QUERY_FN_SUM:
        cord_buf_put_text(out, "sum(");
        break;
    case CORD_QUERY_FN_PERCENTILE:
        cord_buf_printf(out, "p%u(", measure->percentile);
        break;
    }
    put_field(&measure->field, out);
    cord_buf_put_char(out, ')');
}

static void put_sort(const struct cord_query_stage *stage, struct cord_buf *out)
{
    for (size_t i = 0; i < stage->field_count; i++) {
        cord_buf_put_text(out, i > 0 ? ", " : " ");
        put_field(&stage->fields[i], out);
        cord_buf_put_text(out, stage->descending[i] ? " desc" : "");
    }
}

/* In the largest unit that says it exactly. */
static void put_step(int64_t bucket_ns, struct cord_buf *out)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'w', 604800}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
    int64_t seconds = bucket_ns / CORD_SECOND_NS;
    size_t at = 0;
    while (seconds % units[at].seconds != 0) {
        at++;
    }
    cord_buf_printf(out, " %lld%c", (long long)(seconds / units[at].seconds), units[at].unit);
}

void cord_query_print_stage(const struct cord_query_stage *stage, struct cord_buf *out)
{
    cord_buf_printf(out, " | %s", verb_words[stage->verb]);
    if (stage->verb == CORD_QUERY_TIMELINE) {
        put_step(stage->bucket_ns, out);
    }
    if (stage->number > 0) {
        cord_buf_printf(out, " %llu", (unsigned long long)stage->number);
    }
    for (size_t i = 0; i < stage->measure_count; i++) {
        cord_buf_put_text(out, i > 0 ? ", " : " ");
        put_measure(&stage->measures[i], out);
    }
    if (stage->verb == CORD_QUERY_SORT) {
        put_sort(stage, out);
    } else {
        put_fields(stage->fields, stage->field_count, out);
    }
    if (stage->by_count > 0) {
        cord_buf_put_text(out, " by");
        put_fields(stage->by, stage->by_count, out);
    }
}
