/* json_tree.c: see json_tree.h. */
#include "codec/json_tree.h"

#include "base/utf8.h"
#include "codec/json_unescape.h"

struct reading {
    cord_str text;
    size_t at;
    struct cord_arena *arena;
    struct cord_json *open[CORD_JSON_TREE_DEPTH_MAX]; /* lists and objects not closed yet */
    struct cord_json *last[CORD_JSON_TREE_DEPTH_MAX]; /* member of each */
    size_t depth;
    struct cord_error *err;
};

static cord_status refuse(const struct reading *reading, const char *why)
{
    return cord_error_set(reading->err, CORD_E_FORMAT, "byte %zu: %s", reading->at, why);
}

static cord_status too_much(const struct reading *reading, const char *what)
{
    return cord_error_set(reading->err, CORD_E_LIMIT, "byte %zu: %s", reading->at, what);
}

/* The arena gave nothing. */
static cord_status no_room(const struct reading *reading, const char *what)
{
    return cord_arena_at_ceiling(reading->arena)
               ? too_much(reading, what)
               : cord_error_set(reading->err, CORD_E_NOMEM, "out of memory");
}

static char peek(const struct reading *reading)
{
    return reading->at < reading->text.len ? reading->text.ptr[reading->at] : '\0';
}

static void skip_blanks(struct reading *reading)
{
    char c = peek(reading);
    while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        reading->at++;
        c = peek(reading);
    }
}

static cord_str since(const struct reading *reading, size_t from)
{
    return cord_str_slice(reading->text, from, reading->at - from);
}

/* --- strings --- */

static bool hex4(cord_str text, size_t at, uint32_t *ret_code)
{
    uint32_t code = 0;
    if (at > text.len || text.len - at < 4) {
        return false;
    }
    for (size_t i = 0; i < 4; i++) {
        char c = cord_str_lower_char(text.ptr[at + i]);
        bool letter = c >= 'a' && c <= 'f';
        if (!letter && !cord_str_is_digit(c)) {
            return false;
        }
        code = code << 4 | (uint32_t)(letter ? c - 'a' + 10 : c - '0');
    }
    *ret_code = code;
    return true;
}

/* At a backslash; how many bytes the escape takes, 0: it is none. */
static size_t escape_len(cord_str text, size_t at)
{
    uint32_t code;
    uint32_t low;
    char c = at + 1 < text.len ? text.ptr[at + 1] : '\0';
    if (c != 'u') {
        return c != '\0' && strchr("\"\\/bfnrt", c) ? 2 : 0;
    }
    if (!hex4(text, at + 2, &code) || (code >= 0xdc00 && code <= 0xdfff)) {
        return 0;
    }
    if (code < 0xd800 || code > 0xdbff) {
        return 6;
    }
    cord_str second = cord_str_slice(text, at + 6, 2);
    bool paired = cord_str_eq(second, CORD_STR("\\u")) && hex4(text, at + 8, &low) &&
                  low >= 0xdc00 && low <= 0xdfff;
    return paired ? 12 : 0;
}

/* Behind the opening quote. *ret_inner: without quotes; at moves behind the closing one. */
static cord_status scan_string(struct reading *reading, cord_str *ret_inner, bool *ret_escaped)
{
    size_t from = reading->at;
    *ret_escaped = false;
    for (;;) {
        if (reading->at >= reading->text.len) {
            return refuse(reading, "a string is not closed");
        }
        unsigned char c = (unsigned char)reading->text.ptr[reading->at];
        if (c == '"') {
            break;
        }
        if (c < 0x20) {
            return refuse(reading, "a control character in a string");
        }
        size_t len = c == '\\' ? escape_len(reading->text, reading->at) : 1;
        if (len == 0) {
            return refuse(reading, "a wrong escape sequence");
        }
        *ret_escaped = *ret_escaped || c == '\\';
        reading->at += len;
    }
    *ret_inner = since(reading, from);
    reading->at++;
    return CORD_OK;
}

static cord_status read_string(struct reading *reading, cord_str *ret_text)
{
    cord_str inner = CORD_STR("");
    bool escaped = false;
    reading->at++;
    cord_status status = scan_string(reading, &inner, &escaped);
    if (status != CORD_OK) {
        return status;
    }
    if (!cord_utf8_is_valid(inner)) {
        return refuse(reading, "a string is not UTF-8");
    }
    if (!escaped) {
        *ret_text = inner;
        return CORD_OK;
    }
    char *buffer = cord_arena_bytes(reading->arena, inner.len);
    if (!buffer) {
        return no_room(reading, "too long");
    }
    *ret_text = (cord_str){buffer, cord_json_unescape(inner, buffer)};
    return CORD_OK;
}

/* --- numbers and words --- */

static size_t digits(struct reading *reading)
{
    size_t count = 0;
    for (; cord_str_is_digit(peek(reading)); count++) {
        reading->at++;
    }
    return count;
}

static cord_status read_number(struct reading *reading, struct cord_json *node)
{
    size_t from = reading->at;
    reading->at += peek(reading) == '-' ? 1 : 0;
    bool zero = peek(reading) == '0';
    size_t whole = digits(reading);
    bool good = whole == 1 || (whole > 1 && !zero);
    if (good && peek(reading) == '.') {
        reading->at++;
        good = digits(reading) > 0;
    }
    if (good && cord_str_lower_char(peek(reading)) == 'e') {
        reading->at++;
        reading->at += peek(reading) == '+' || peek(reading) == '-' ? 1 : 0;
        good = digits(reading) > 0;
    }
    node->kind = CORD_JSON_NUMBER;
    node->text = since(reading, from);
    return good ? CORD_OK : refuse(reading, "a number is not written as JSON writes them");
}

static bool take_word(struct reading *reading, cord_str word)
{
    bool there = cord_str_starts(cord_str_from_byte(reading->text, reading->at), word);
    reading->at += there ? word.len : 0;
    return there;
}

static cord_status read_word(struct reading *reading, struct cord_json *node)
{
    node->kind = CORD_JSON_FLAG;
    if (take_word(reading, CORD_STR("true"))) {
        node->flag = true;
        return CORD_OK;
    }
    if (take_word(reading, CORD_STR("false"))) {
        return CORD_OK;
    }
    node->kind = CORD_JSON_NULL;
    return take_word(reading, CORD_STR("null")) ? CORD_OK : refuse(reading, "a value is expected");
}

/* --- members --- */

static cord_status add_member(struct reading *reading, struct cord_json *node)
{
    if (reading->depth == 0) {
        return CORD_OK;
    }
    struct cord_json *parent = reading->open[reading->depth - 1];
    struct cord_json **last = &reading->last[reading->depth - 1];
    for (const struct cord_json *at = parent->child; parent->kind == CORD_JSON_MAP && at;
         at = at->next) {
        if (cord_str_eq(at->name, node->name)) {
            return refuse(reading, "a name is there twice");
        }
    }
    if (parent->kind == CORD_JSON_MAP && parent->count == CORD_JSON_TREE_MEMBERS_MAX) {
        return too_much(reading, "an object has too many members");
    }
    if (*last) {
        (*last)->next = node;
    } else {
        parent->child = node;
    }
    *last = node;
    parent->count++;
    return CORD_OK;
}

static cord_status read_name(struct reading *reading, struct cord_json *node)
{
    if (peek(reading) != '"') {
        return refuse(reading, "a name in quotes is expected");
    }
    cord_status status = read_string(reading, &node->name);
    skip_blanks(reading);
    if (status == CORD_OK && peek(reading) != ':') {
        return refuse(reading, "a colon is expected behind the name");
    }
    reading->at++;
    skip_blanks(reading);
    return status;
}

static cord_status open_node(struct reading *reading, struct cord_json *node)
{
    if (reading->depth == CORD_JSON_TREE_DEPTH_MAX) {
        return too_much(reading, "nested too deep");
    }
    node->kind = peek(reading) == '{' ? CORD_JSON_MAP : CORD_JSON_LIST;
    reading->open[reading->depth] = node;
    reading->last[reading->depth++] = NULL;
    reading->at++;
    return CORD_OK;
}

/* A value, or the beginning of a list or object. */
static cord_status read_value(struct reading *reading, struct cord_json **ret_node)
{
    struct cord_json *node = cord_arena_zalloc(reading->arena, 1, sizeof *node);
    if (!node) {
        return no_room(reading, "too many values");
    }
    bool named = reading->depth > 0 && reading->open[reading->depth - 1]->kind == CORD_JSON_MAP;
    cord_status status = named ? read_name(reading, node) : CORD_OK;
    if (status == CORD_OK) {
        status = add_member(reading, node);
    }
    if (status != CORD_OK) {
        return status;
    }
    size_t from = reading->at;
    char c = peek(reading);
    if (c == '{' || c == '[') {
        status = open_node(reading, node);
    } else if (c == '"') {
        node->kind = CORD_JSON_TEXT;
        status = read_string(reading, &node->text);
    } else if (c == '-' || cord_str_is_digit(c)) {
        status = read_number(reading, node);
    } else {
        status = read_word(reading, node);
    }
    node->span = since(reading, from);
    *ret_node = node;
    return status;
}

static bool at_close(const struct reading *reading)
{
    const struct cord_json *node = reading->open[reading->depth - 1];
    return peek(reading) == (node->kind == CORD_JSON_MAP ? '}' : ']');
}

static void close_node(struct reading *reading)
{
    struct cord_json *node = reading->open[--reading->depth];
    reading->at++;
    node->span.len = reading->at - (size_t)(node->span.ptr - reading->text.ptr);
}

/* Behind a value: closes what ends here, and goes to where the next one is. */
static cord_status go_on(struct reading *reading, bool opened)
{
    skip_blanks(reading);
    if (opened && !at_close(reading)) {
        return CORD_OK;
    }
    while (reading->depth > 0 && at_close(reading)) {
        close_node(reading);
        skip_blanks(reading);
    }
    if (reading->depth == 0) {
        return CORD_OK;
    }
    if (peek(reading) != ',') {
        return refuse(reading, "a comma or the end of the list or object is expected");
    }
    reading->at++;
    skip_blanks(reading);
    return CORD_OK;
}

cord_status cord_json_tree_parse(cord_str text, struct cord_arena *arena,
                                 const struct cord_json **ret_root, struct cord_error *err)
{
    struct reading reading = {.text = text, .arena = arena, .err = err};
    struct cord_json *root = NULL;
    struct cord_json *node = NULL;
    cord_status status = CORD_OK;
    skip_blanks(&reading);
    do {
        size_t depth = reading.depth;
        status = read_value(&reading, &node);
        root = root ? root : node;
        if (status == CORD_OK) {
            status = go_on(&reading, reading.depth > depth);
        }
    } while (status == CORD_OK && reading.depth > 0);
    if (status == CORD_OK && reading.at != text.len) {
        status = refuse(&reading, "something follows the end");
    }
    if (status == CORD_OK) {
        *ret_root = root;
    }
    return status;
}

const struct cord_json *cord_json_tree_get(const struct cord_json *node, cord_str name)
{
    if (!node || node->kind != CORD_JSON_MAP) {
        return NULL;
    }
    const struct cord_json *at = node->child;
    while (at && !cord_str_eq(at->name, name)) {
        at = at->next;
    }
    return at;
}
