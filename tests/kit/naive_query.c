/* naive_query.c: see naive_query.h. */
#include "kit/naive_query.h"

#include <arpa/inet.h>
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fold.h"
#include "base/utf8.h"
#include "codec/json_unescape.h"

enum { TEXT_BYTES = 1 << 17, COPY_BYTES = 64 };

/* A value as text; the buffers are the caller's. */
struct said {
    bool is_null;
    bool is_number;
    size_t len;
    char text[TEXT_BYTES];
};

static cord_str said_str(const struct said *said)
{
    return (cord_str){said->text, said->len};
}

static void say_plain(cord_str text, struct said *said)
{
    assert(text.len < TEXT_BYTES);
    memcpy(said->text, text.len > 0 ? text.ptr : "", text.len);
    said->len = text.len;
    said->is_null = false;
    said->is_number = false;
}

static void say_span(const struct cord_row *row, const struct cord_span *span, struct said *said)
{
    cord_str text = cord_row_value(row, span);
    char buffer[CORD_DECIMAL_BYTES];
    say_plain(text, said);
    said->is_null = span->kind == CORD_VALUE_NULL || span->kind == CORD_VALUE_EMPTY;
    if (span->kind == CORD_VALUE_NUMBER) {
        say_plain(cord_decimal_canonical(text, buffer), said);
        said->is_number = true;
    } else if ((span->flags & CORD_VALUE_ESCAPED) != 0) {
        said->len = cord_json_unescape(text, said->text);
    }
}

static bool same_name(cord_str a, cord_str b)
{
    bool same = a.len == b.len;
    for (size_t i = 0; i < a.len && same; i++) {
        same = tolower((unsigned char)a.ptr[i]) == tolower((unsigned char)b.ptr[i]);
    }
    return same;
}

/* The name's part behind its last dot, found by looking at every dot. */
static bool is_called(const struct cord_query_field *field, const cord_str *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (same_name(field->name, names[i]) && (i == 0 || !field->rooted)) {
            return true;
        }
    }
    cord_str leaf = names[0];
    for (size_t dot; (dot = cord_str_find_char(leaf, '.', 0)) != SIZE_MAX;) {
        leaf = cord_str_from_byte(leaf, dot + 1);
    }
    return !field->rooted && same_name(leaf, field->name);
}

static bool is_inside(const struct cord_query_field *field, cord_str dotted)
{
    char prefix[1024];
    int len = snprintf(prefix, sizeof prefix, "%.*s.", CORD_STR_ARG(field->name));
    return len > 0 && (size_t)len < sizeof prefix &&
           same_name(cord_str_slice(dotted, 0, (size_t)len), cord_str_from(prefix));
}

/* Of one member of one array: the commas between its bracket and the value,
 * outside of strings and of what is nested. */
static bool is_member(const struct cord_query_field *field, cord_str raw, size_t at)
{
    char key[64];
    if (field->index_count == 0) {
        return true;
    }
    assert(field->index_count == 1);
    (void)snprintf(key, sizeof key, "\"%.*s\":[", (int)field->indexes[0].name_len, field->name.ptr);
    size_t from = SIZE_MAX;
    for (size_t next = 0; (next = cord_str_find(raw, cord_str_from(key), next)) < at; next++) {
        from = next + strlen(key);
    }
    uint32_t member = 0;
    int depth = 0;
    bool quoted = false;
    for (size_t i = from; i < at; i++) {
        char c = raw.ptr[i];
        if (quoted && c == '\\') {
            i++;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted) {
            depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
            member += c == ',' && depth == 0 ? 1 : 0;
        }
    }
    return from != SIZE_MAX && depth >= 0 && member == field->indexes[0].member;
}

static bool like(cord_str pattern, cord_str text)
{
    if (pattern.len == 0) {
        return text.len == 0;
    }
    cord_str rest = cord_str_from_byte(pattern, 1);
    uint32_t code;
    if (pattern.ptr[0] == '*') {
        for (size_t i = 0; i <= text.len; i++) {
            if (like(rest, cord_str_from_byte(text, i))) {
                return true;
            }
        }
        return false;
    }
    if (text.len == 0) {
        return false;
    }
    if (pattern.ptr[0] == '?') {
        return like(rest, cord_str_from_byte(text, cord_utf8_decode(text, 0, &code)));
    }
    return pattern.ptr[0] == text.ptr[0] && like(rest, cord_str_from_byte(text, 1));
}

static cord_str folded(cord_str text, char *buffer)
{
    return (cord_str){buffer, cord_fold_text(text, buffer, TEXT_BYTES)};
}

static int order(const struct cord_query_node *node, cord_str text, cord_str bound, bool *ret_any)
{
    struct cord_decimal a;
    struct cord_decimal b;
    int64_t x = 0;
    int64_t y = 0;
    char one[TEXT_BYTES];
    char two[TEXT_BYTES];
    *ret_any = true;
    switch (node->order) {
    case CORD_QUERY_AS_NUMBER:
        *ret_any = cord_decimal_parse(text, &a) && cord_decimal_parse(bound, &b);
        return *ret_any ? cord_decimal_compare(&a, &b) : 0;
    case CORD_QUERY_AS_TIME:
        *ret_any = (cord_timestamp_parse(text, &x) || cord_timestamp_parse_epoch(text, &x)) &&
                   (cord_timestamp_parse(bound, &y) || cord_timestamp_parse_epoch(bound, &y));
        return x < y ? -1 : x > y;
    case CORD_QUERY_AS_TEXT:
        break;
    }
    return cord_str_compare(folded(text, one), folded(bound, two));
}

static bool is_between(const struct cord_query_node *node, cord_str text)
{
    bool any = true;
    bool ok = true;
    if (node->low.present) {
        int o = order(node, text, node->low.text, &any);
        ok = any && (o > 0 || (o == 0 && !node->low.open));
    }
    if (ok && node->high.present) {
        int o = order(node, text, node->high.text, &any);
        ok = any && (o < 0 || (o == 0 && !node->high.open));
    }
    return ok;
}

/* The vocabulary has IPv4 with and without a port, and plain IPv6. */
static bool is_in_network(cord_str network, cord_str text)
{
    char copy[COPY_BYTES];
    char range[COPY_BYTES];
    uint8_t a[16] = {0};
    uint8_t b[16] = {0};
    (void)snprintf(range, sizeof range, "%.*s", CORD_STR_ARG(network));
    (void)snprintf(copy, sizeof copy, "%.*s", CORD_STR_ARG(text));
    char *slash = strchr(range, '/');
    *slash = '\0';
    long bits = strtol(slash + 1, NULL, 10);
    int family = strchr(range, ':') ? AF_INET6 : AF_INET;
    char *colon = strchr(copy, ':');
    if (family == AF_INET && colon) {
        *colon = '\0';
        if (!colon[1] || strspn(colon + 1, "0123456789") != strlen(colon + 1) ||
            strtol(colon + 1, NULL, 10) > 65535) {
            return false;
        }
    }
    if (text.len >= sizeof copy || strlen(copy) > text.len || inet_pton(family, range, a) != 1 ||
        inet_pton(family, copy, b) != 1) {
        return false;
    }
    for (long i = 0; i < bits; i++) {
        if (((a[i / 8] ^ b[i / 8]) & (0x80 >> (i % 8))) != 0) {
            return false;
        }
    }
    return true;
}

static bool search(const struct cord_query_node *node, cord_str text)
{
    struct cord_regex_scratch *scratch = cord_regex_scratch_new();
    assert(scratch);
    enum cord_regex_result result = cord_regex_search(node->regex, scratch, text);
    cord_regex_scratch_free(scratch);
    assert(result != CORD_REGEX_GAVE_UP);
    return result == CORD_REGEX_YES;
}

static bool holds(const struct cord_query_node *node, const struct said *said)
{
    char one[TEXT_BYTES];
    char two[TEXT_BYTES + 2];
    char number[CORD_DECIMAL_BYTES];
    cord_str text = said_str(said);
    cord_str wanted = folded(node->text, two);
    if (said->is_null) {
        return false;
    }
    switch (node->op) {
    case CORD_QUERY_TEXT:
        return cord_str_find(folded(text, one), wanted, 0) != SIZE_MAX;
    case CORD_QUERY_EQUAL:
        return cord_str_eq(folded(text, one), wanted) ||
               (said->is_number && cord_str_eq(text, cord_decimal_canonical(wanted, number)));
    case CORD_QUERY_LIKE:
        if (node->field.text.len == 0) {
            memmove(two + 1, two, wanted.len);
            two[0] = '*';
            two[wanted.len + 1] = '*';
            wanted.len += 2;
        }
        return like(wanted, folded(text, one));
    case CORD_QUERY_REGEX:
        return search(node, text);
    case CORD_QUERY_COMPARE:
        return is_between(node, text);
    case CORD_QUERY_CIDR:
        return is_in_network(node->text, text);
    case CORD_QUERY_EXISTS:
    case CORD_QUERY_ALL:
    case CORD_QUERY_AND:
    case CORD_QUERY_OR:
    case CORD_QUERY_NOT:
        break;
    }
    return true;
}

static bool holds_builtin(const struct cord_query_node *node, const struct cord_rows *rows,
                          const struct cord_row *row)
{
    const struct cord_origin *origin = cord_rows_origin_at(rows, row->origin);
    char buffer[CORD_TIMESTAMP_TEXT];
    struct said said;
    cord_str text = {0};
    uint16_t role = CORD_VALUE_NONE;
    switch (node->field.builtin) {
    case CORD_QUERY_FIELD_TIME:
        text = cord_timestamp_format(cord_row_when(row), buffer);
        break;
    case CORD_QUERY_FIELD_RECEIVED:
        text = cord_timestamp_format(row->received_ns, buffer);
        break;
    case CORD_QUERY_FIELD_ORG:
        text = origin->organisation;
        break;
    case CORD_QUERY_FIELD_SOURCE:
        text = origin->source;
        break;
    case CORD_QUERY_FIELD_CLASS:
        text = origin->event_class;
        break;
    case CORD_QUERY_FIELD_FORMAT:
        text = origin->format;
        break;
    case CORD_QUERY_FIELD_HOST:
        role = row->role[CORD_ROLE_HOST];
        break;
    case CORD_QUERY_FIELD_USER:
        role = row->role[CORD_ROLE_USER];
        break;
    case CORD_QUERY_FIELD_RAW:
        text = cord_row_raw(row);
        break;
    case CORD_QUERY_FIELD_ID:
    case CORD_QUERY_FIELD_OWN:
        break;
    }
    if (role != CORD_VALUE_NONE) {
        say_span(row, &row->spans[role], &said);
        return holds(node, &said);
    }
    say_plain(text, &said);
    return text.len > 0 && holds(node, &said);
}

static bool holds_leaf(const struct cord_query_node *node, const struct cord_rows *rows,
                       const struct cord_row *row)
{
    struct said said;
    bool any = false;
    bool anywhere = node->field.text.len == 0;
    if (node->field.builtin != CORD_QUERY_FIELD_OWN) {
        return holds_builtin(node, rows, row);
    }
    for (uint32_t i = 0; i < row->span_count; i++) {
        const struct cord_span *span = &row->spans[i];
        size_t count = 0;
        const cord_str *names = cord_rows_names(rows, span->field, &count);
        bool named = is_called(&node->field, names, count) ||
                     (node->op == CORD_QUERY_EXISTS && is_inside(&node->field, names[0]));
        bool placed =
            node->field.index_count == 0 ||
            (span->at < row->raw_len && is_member(&node->field, cord_row_raw(row), span->at));
        say_span(row, span, &said);
        any = ((anywhere || (named && placed)) && holds(node, &said)) || any;
    }
    say_plain(cord_row_raw(row), &said);
    return any || (anywhere && node->op != CORD_QUERY_CIDR && holds(node, &said));
}

bool naive_query_matches(const struct cord_query_node *node, const struct cord_rows *rows,
                         size_t at)
{
    bool all = true;
    bool any = false;
    for (size_t i = 0; i < node->child_count; i++) {
        bool one = naive_query_matches(node->children[i], rows, at);
        all = all && one;
        any = any || one;
    }
    switch (node->op) {
    case CORD_QUERY_ALL:
        return true;
    case CORD_QUERY_AND:
        return all;
    case CORD_QUERY_OR:
        return any;
    case CORD_QUERY_NOT:
        return !any;
    case CORD_QUERY_TEXT:
    case CORD_QUERY_EQUAL:
    case CORD_QUERY_LIKE:
    case CORD_QUERY_REGEX:
    case CORD_QUERY_COMPARE:
    case CORD_QUERY_CIDR:
    case CORD_QUERY_EXISTS:
        break;
    }
    return holds_leaf(node, rows, cord_rows_at(rows, at));
}
