/* query_value.c: what a field is compared with; see query_internal.h. */
#include "evidence/query_internal.h"

#include "base/cidr.h"
#include "base/fold.h"
#include "base/vec.h"

cord_status cord_query_value_node(struct cord_query_lex *lex, struct cord_query *query,
                                  enum cord_query_op op, size_t at,
                                  struct cord_query_node **ret_node)
{
    if (query->node_count == CORD_QUERY_NODES_MAX) {
        return cord_query_lex_fail(lex, CORD_E_LIMIT, at, "more than %u conditions",
                                   CORD_QUERY_NODES_MAX);
    }
    struct cord_query_node **nodes =
        cord_vec_room(query->nodes, query->node_count, &query->node_cap, sizeof(*nodes));
    if (nodes) {
        query->nodes = nodes;
    }
    struct cord_query_node *node = nodes ? cord_arena_zalloc(query->arena, 1, sizeof *node) : NULL;
    if (!node) {
        return cord_error_set(lex->err, CORD_E_NOMEM, "out of memory");
    }
    node->op = op;
    node->field.builtin = CORD_QUERY_FIELD_OWN;
    node->number = (uint32_t)query->node_count;
    node->column = cord_query_lex_column(lex, at);
    nodes[query->node_count++] = node;
    *ret_node = node;
    return CORD_OK;
}

static cord_status new_leaf(struct cord_query_lex *lex, struct cord_query *query,
                            const struct cord_query_field *field, size_t at,
                            struct cord_query_node **ret_node)
{
    cord_status status = cord_query_value_node(lex, query, CORD_QUERY_TEXT, at, ret_node);
    if (status == CORD_OK && field) {
        (*ret_node)->field = *field;
    }
    return status;
}

static cord_status fold(struct cord_query_lex *lex, cord_str text, cord_str *ret_folded)
{
    size_t room = CORD_FOLD_BYTES_MAX(text.len) + 1;
    char *folded = cord_arena_bytes(lex->arena, room);
    if (!folded) {
        return cord_error_set(lex->err, CORD_E_NOMEM, "out of memory");
    }
    *ret_folded = (cord_str){folded, cord_fold_text(text, folded, room)};
    return CORD_OK;
}

static bool is_wild(char c)
{
    return c == '*' || c == '?';
}

static bool has_wildcard(cord_str text)
{
    return cord_str_find_char(text, '*', 0) != SIZE_MAX ||
           cord_str_find_char(text, '?', 0) != SIZE_MAX;
}

static bool only_stars(cord_str text)
{
    size_t at = 0;
    while (at < text.len && text.ptr[at] == '*') {
        at++;
    }
    return text.len > 0 && at == text.len;
}

static void add_star(struct cord_query_node *node, struct cord_part *parts)
{
    if (node->part_count == 0 || parts[node->part_count - 1].kind != CORD_PART_ANY) {
        parts[node->part_count++] = (struct cord_part){.kind = CORD_PART_ANY};
    }
}

/* Folding leaves the wildcards where they are: they have no case. */
static cord_status make_parts(struct cord_query_lex *lex, struct cord_query_node *node)
{
    cord_str text = CORD_STR("");
    cord_status status = fold(lex, node->text, &text);
    if (status != CORD_OK) {
        return status;
    }
    struct cord_part *parts = cord_arena_zalloc(lex->arena, text.len + 2, sizeof *parts);
    if (!parts) {
        return cord_error_set(lex->err, CORD_E_NOMEM, "out of memory");
    }
    bool anywhere = node->field.text.len == 0;
    if (anywhere) {
        add_star(node, parts);
    }
    for (size_t at = 0; at < text.len;) {
        size_t from = at;
        while (at < text.len && !is_wild(text.ptr[at])) {
            at++;
        }
        if (at > from) {
            parts[node->part_count++] = (struct cord_part){
                .kind = CORD_PART_TEXT, .text = cord_str_slice(text, from, at - from)};
        } else if (text.ptr[at++] == '*') {
            add_star(node, parts);
        } else {
            parts[node->part_count++] = (struct cord_part){.kind = CORD_PART_ONE};
        }
    }
    if (anywhere) {
        add_star(node, parts);
    }
    node->parts = parts;
    return CORD_OK;
}

/* Text that is to be taken as it is. */
static cord_status finish_text(struct cord_query_lex *lex, struct cord_query_node *node, size_t at)
{
    bool anywhere = node->field.text.len == 0;
    node->op = anywhere ? CORD_QUERY_TEXT : CORD_QUERY_EQUAL;
    if (anywhere && node->text.len == 0) {
        return cord_query_lex_refuse(lex, at, "the empty text is everywhere: say what to look for");
    }
    if (cord_query_order_is_time(&node->field)) {
        return cord_query_order_instant(lex, node, at);
    }
    return fold(lex, node->text, &node->folded);
}

static cord_status finish_wild(struct cord_query_lex *lex, struct cord_query_node *node)
{
    if (only_stars(node->text)) {
        node->op = node->field.text.len == 0 ? CORD_QUERY_ALL : CORD_QUERY_EXISTS;
        node->text = (cord_str){0};
        return CORD_OK;
    }
    node->op = CORD_QUERY_LIKE;
    return make_parts(lex, node);
}

/* Digits, dots and a slash with digits behind it: meant as an address range. */
static bool resembles_range(cord_str text)
{
    size_t slash = cord_str_find_char(text, '/', 0);
    size_t dots = 0;
    for (size_t i = 0; i < text.len; i++) {
        dots += text.ptr[i] == '.' ? 1 : 0;
        if (!cord_str_is_digit(text.ptr[i]) && text.ptr[i] != '.' && text.ptr[i] != '/') {
            return false;
        }
    }
    return slash != SIZE_MAX && dots == 3 && cord_str_find_char(text, '.', slash) == SIZE_MAX;
}

static bool finish_cidr(struct cord_query_node *node)
{
    bool host_bits = false;
    if (cord_str_find_char(node->text, '/', 0) == SIZE_MAX ||
        !cord_cidr_parse(node->text, node->network, &node->network_bits, &host_bits)) {
        return false;
    }
    node->op = CORD_QUERY_CIDR;
    return true;
}

cord_status cord_query_value_word(struct cord_query_lex *lex, struct cord_query *query,
                                  const struct cord_query_field *field, size_t at, cord_str word,
                                  struct cord_query_node **ret_node)
{
    struct cord_query_node *node = NULL;
    cord_status status = new_leaf(lex, query, field, at, &node);
    if (status != CORD_OK) {
        return status;
    }
    node->text = word;
    *ret_node = node;
    if (has_wildcard(word)) {
        return finish_wild(lex, node);
    }
    if (finish_cidr(node)) {
        return CORD_OK;
    }
    if (resembles_range(word)) {
        return cord_query_lex_refuse(lex, at,
                                     "no range of addresses: four numbers up to 255, and up to 32 "
                                     "behind the '/'; or quote it");
    }
    return finish_text(lex, node, at);
}

/* Behind a quoted value something other than a quote goes on. */
static bool ends_value(char c)
{
    return c == '\0' || c == ')' || c == '|' || cord_query_lex_is_blank(c);
}

static cord_status read_quoted(struct cord_query_lex *lex, struct cord_query *query,
                               const struct cord_query_field *field,
                               struct cord_query_node **ret_node)
{
    size_t at = lex->at;
    bool verbatim = false;
    struct cord_query_node *node = NULL;
    cord_status status = new_leaf(lex, query, field, at, &node);
    if (status != CORD_OK) {
        return status;
    }
    *ret_node = node;
    status = cord_query_lex_quoted(lex, &node->text, &verbatim);
    if (status != CORD_OK) {
        return status;
    }
    if (!ends_value(cord_query_lex_peek(lex, 0))) {
        return cord_query_lex_refuse(lex, lex->at,
                                     "a quoted text ends here: put all of the value in quotes "
                                     "(wildcards work in \"...\"), or a blank behind it");
    }
    return !verbatim && has_wildcard(node->text) ? finish_wild(lex, node)
                                                 : finish_text(lex, node, at);
}

static cord_status read_regex(struct cord_query_lex *lex, struct cord_query *query,
                              const struct cord_query_field *field, bool *ret_taken,
                              struct cord_query_node **ret_node)
{
    size_t at = lex->at;
    cord_str expression;
    bool caseless = false;
    *ret_taken = cord_query_lex_regex(lex, &expression, &caseless);
    if (!*ret_taken) {
        return CORD_OK;
    }
    struct cord_query_node *node = NULL;
    cord_status status = new_leaf(lex, query, field, at, &node);
    if (status != CORD_OK) {
        return status;
    }
    struct cord_error why = {""};
    node->op = CORD_QUERY_REGEX;
    node->text = expression;
    node->caseless = caseless;
    *ret_node = node;
    status = cord_regex_compile(expression, caseless ? CORD_REGEX_CASELESS : 0, &node->regex, &why);
    return status == CORD_OK ? CORD_OK : cord_query_lex_fail(lex, status, at, "%.200s", why.text);
}

static const char range_form[] = "a range is [a TO b], or {a TO b} without its ends";

/* A bound of "[a TO b]". '*' is none. */
static cord_status read_bound(struct cord_query_lex *lex, struct cord_query_bound *bound)
{
    char c = cord_query_lex_peek(lex, 0);
    size_t from = lex->at;
    bool verbatim = false;
    if (c == '"' || c == '\'') {
        bound->present = true;
        return cord_query_lex_quoted(lex, &bound->text, &verbatim);
    }
    cord_str word = cord_query_lex_word(lex);
    size_t len = 0;
    while (len < word.len && word.ptr[len] != ']' && word.ptr[len] != '}') {
        len++;
    }
    if (len == 0) {
        return cord_query_lex_refuse(lex, from, "%s", range_form);
    }
    lex->at += len;
    bound->text = cord_str_slice(lex->text, from, len);
    bound->present = !cord_str_eq(bound->text, CORD_STR("*"));
    return CORD_OK;
}

/* "[a TO", so that it is a range and no word that begins with a bracket. */
static bool opens_range(struct cord_query_lex *lex, struct cord_query_bound *low)
{
    low->open = cord_query_lex_peek(lex, 0) == '{';
    lex->at++;
    cord_query_lex_blanks(lex);
    struct cord_error *err = lex->err;
    lex->err = NULL; /* not a refusal: it may be a word */
    bool read = read_bound(lex, low) == CORD_OK;
    lex->err = err;
    size_t behind = lex->at;
    cord_query_lex_blanks(lex);
    return read && lex->at > behind && cord_query_lex_keyword(lex, "to");
}

static cord_status finish_range(struct cord_query_lex *lex, struct cord_query_node *node, size_t at)
{
    node->low.open = node->low.open && node->low.present;
    node->high.open = node->high.open && node->high.present;
    if (!node->low.present && !node->high.present) {
        node->op = CORD_QUERY_EXISTS;
        return CORD_OK;
    }
    node->op = CORD_QUERY_COMPARE;
    cord_status status = fold(lex, node->low.text, &node->low.folded);
    if (status == CORD_OK) {
        status = fold(lex, node->high.text, &node->high.folded);
    }
    return status == CORD_OK ? cord_query_order_bounds(lex, node, at) : status;
}

/* At '[' or '{'. */
static cord_status read_range(struct cord_query_lex *lex, struct cord_query *query,
                              const struct cord_query_field *field, bool *ret_taken,
                              struct cord_query_node **ret_node)
{
    size_t at = lex->at;
    struct cord_query_lex ahead = *lex;
    struct cord_query_bound low = {0};
    struct cord_query_bound high = {0};
    struct cord_query_node *node = NULL;
    cord_str word = cord_query_lex_word(lex);
    *ret_taken = opens_range(&ahead, &low);
    if (!*ret_taken) {
        bool closed = cord_str_find_char(word, word.ptr[0] == '[' ? ']' : '}', 0) != SIZE_MAX;
        return closed
                   ? CORD_OK
                   : cord_query_lex_refuse(lex, at, "%s; quote a value that begins so", range_form);
    }
    *lex = ahead;
    cord_query_lex_blanks(lex);
    cord_status status = read_bound(lex, &high);
    if (status != CORD_OK) {
        return status;
    }
    cord_query_lex_blanks(lex);
    char close = cord_query_lex_peek(lex, 0);
    if (close != ']' && close != '}') {
        return cord_query_lex_refuse(lex, lex->at, "']' is missing: %s", range_form);
    }
    high.open = close == '}';
    lex->at++;
    status = new_leaf(lex, query, field, at, &node);
    if (status != CORD_OK) {
        return status;
    }
    node->low = low;
    node->high = high;
    *ret_node = node;
    return finish_range(lex, node, at);
}

cord_status cord_query_value_compare(struct cord_query_lex *lex, struct cord_query *query,
                                     const struct cord_query_field *field, cord_str operation,
                                     struct cord_query_node **ret_node)
{
    size_t at = lex->at;
    struct cord_query_bound bound = {.present = true, .open = operation.len == 1};
    struct cord_query_node *node = NULL;
    char c = cord_query_lex_peek(lex, 0);
    bool verbatim = false;
    cord_status status = new_leaf(lex, query, field, at, &node);
    if (status == CORD_OK && (c == '"' || c == '\'')) {
        status = cord_query_lex_quoted(lex, &bound.text, &verbatim);
    } else if (status == CORD_OK) {
        bound.text = cord_query_lex_word(lex);
        lex->at += bound.text.len;
        if (bound.text.len == 0) {
            return cord_query_lex_refuse(lex, at, "a value is expected behind '%.*s'",
                                         CORD_STR_ARG(operation));
        }
    }
    if (status != CORD_OK) {
        return status;
    }
    if (!ends_value(cord_query_lex_peek(lex, 0))) {
        return cord_query_lex_refuse(lex, lex->at, "a blank is expected behind the value");
    }
    if (operation.ptr[0] == '>') {
        node->low = bound;
    } else {
        node->high = bound;
    }
    *ret_node = node;
    return finish_range(lex, node, at);
}

static cord_status refuse_word_end(const struct cord_query_lex *lex, char c)
{
    return cord_query_lex_refuse(lex, lex->at,
                                 c == '(' ? "a '(' inside a word: quote the value, or put a blank "
                                            "before it"
                                          : "a quote inside a word: put all of the value in quotes "
                                            "(wildcards work in \"...\")");
}

static cord_status read_word(struct cord_query_lex *lex, struct cord_query *query,
                             const struct cord_query_field *field,
                             struct cord_query_node **ret_node)
{
    size_t at = lex->at;
    cord_str word = cord_query_lex_word(lex);
    lex->at += word.len;
    char next = cord_query_lex_peek(lex, 0);
    if (word.len == 0) {
        return cord_query_lex_refuse(lex, at, "a value is expected; \"\" is the empty one");
    }
    if (next == '(' || next == '"') {
        return refuse_word_end(lex, next);
    }
    return cord_query_value_word(lex, query, field, at, word, ret_node);
}

/* ">5" where a value may stand. */
static size_t compare_len(const struct cord_query_lex *lex)
{
    char c = cord_query_lex_peek(lex, 0);
    if (c != '>' && c != '<') {
        return 0;
    }
    return cord_query_lex_peek(lex, 1) == '=' ? 2 : 1;
}

cord_status cord_query_value_read(struct cord_query_lex *lex, struct cord_query *query,
                                  const struct cord_query_field *field,
                                  struct cord_query_node **ret_node)
{
    char c = cord_query_lex_peek(lex, 0);
    bool taken = false;
    cord_status status = CORD_OK;
    if (c == '"' || c == '\'') {
        return read_quoted(lex, query, field, ret_node);
    }
    if (field && compare_len(lex) > 0) {
        cord_str operation = cord_str_slice(lex->text, lex->at, compare_len(lex));
        lex->at += operation.len;
        cord_query_lex_blanks(lex);
        return cord_query_value_compare(lex, query, field, operation, ret_node);
    }
    if (c == '/') {
        status = read_regex(lex, query, field, &taken, ret_node);
    } else if (field && (c == '[' || c == '{')) {
        status = read_range(lex, query, field, &taken, ret_node);
    }
    if (status != CORD_OK || taken) {
        return status;
    }
    return read_word(lex, query, field, ret_node);
}
