/* api_shape.c: see api_shape.h. */
#include "api/api_shape.h"

#include "base/decimal.h"
#include "base/nearest.h"
#include "base/timestamp.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* Shapes are constants of ours, a few levels deep. */
enum { DEPTH_MAX = 8, SHOWN_BYTES = 40, ID_BYTES_MAX = 24 };

static void add(struct cord_api_faults *faults, const char *path, const char *format,
                va_list arguments) __attribute__((format(printf, 3, 0)));

static void add(struct cord_api_faults *faults, const char *path, const char *format,
                va_list arguments)
{
    if (faults->count == CORD_API_FAULTS_MAX) {
        faults->more++;
        return;
    }
    struct cord_api_fault *fault = &faults->items[faults->count++];
    (void)snprintf(fault->path, sizeof fault->path, "%s", path);
    (void)vsnprintf(fault->detail, sizeof fault->detail, format, arguments);
}

void cord_api_shape_fault(struct cord_api_faults *faults, const char *path, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(faults, path, format, arguments);
    va_end(arguments);
}

const struct cord_api_member cord_api_shape_at[] = {CORD_API_SHAPE_AT, {.type = CORD_API_END}};

size_t cord_api_shape_count(const struct cord_api_member *members)
{
    size_t count = 0;
    while (members && members[count].type != CORD_API_END) {
        count++;
    }
    return count;
}

/* --- values, however they came --- */

struct checking {
    const struct cord_api_member *member;
    const char *path;
    struct cord_api_faults *faults;
};

static cord_status fault(const struct checking *checking, const char *format, ...)
    CORD_PRINTF(2, 3);

static cord_status fault(const struct checking *checking, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(checking->faults, checking->path, format, arguments);
    va_end(arguments);
    return CORD_E_FORMAT;
}

static cord_status check_text(const struct checking *checking, cord_str text)
{
    const struct cord_api_member *member = checking->member;
    if (!cord_utf8_is_valid(text)) {
        return fault(checking, "is not UTF-8");
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool space = (c == '\n' || c == '\t') && member->type == CORD_API_LINES;
        if ((c < 0x20 && !space) || c == 0x7f) {
            return fault(checking, "has a control character");
        }
    }
    uint64_t count = cord_utf8_count(text);
    if (count < (uint64_t)member->least) {
        return fault(checking, "is to have at least %" PRId64 " characters", member->least);
    }
    if (member->most > 0 && count > (uint64_t)member->most) {
        return fault(checking, "is to have at most %" PRId64 " characters", member->most);
    }
    return CORD_OK;
}

/* Its shape only: whether it is one, the key says. */
static cord_status check_id(const struct checking *checking, cord_str text)
{
    bool plain = text.len > 0 && text.len <= ID_BYTES_MAX;
    for (size_t i = 0; plain && i < text.len; i++) {
        char c = cord_str_lower_char(text.ptr[i]);
        plain = cord_str_is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == ' ';
    }
    return plain ? CORD_OK : fault(checking, "is to be an id such as K7QM-2F9A-XHP3");
}

static cord_status check_word(const struct checking *checking, cord_str text, uint64_t *ret_at)
{
    struct cord_nearest nearest;
    cord_nearest_init(&nearest, text);
    for (size_t i = 0; checking->member->words[i]; i++) {
        cord_str word = cord_str_from(checking->member->words[i]);
        if (cord_str_eq(word, text)) {
            *ret_at = i;
            return CORD_OK;
        }
        cord_nearest_offer(&nearest, word);
    }
    cord_str near = cord_nearest_found(&nearest);
    if (near.ptr) {
        return fault(checking, "is no word of it; did you mean '%.*s'?", CORD_STR_ARG(near));
    }
    return fault(checking, "is none of its words, such as '%s'", checking->member->words[0]);
}

static cord_status check_number(const struct checking *checking, cord_str text, uint64_t *ret)
{
    const struct cord_api_member *member = checking->member;
    int64_t value = 0;
    if (!cord_str_i64(text, &value) || value < member->least || value > member->most) {
        return fault(checking, "is to be a whole number from %" PRId64 " to %" PRId64,
                     member->least, member->most);
    }
    *ret = (uint64_t)value;
    return CORD_OK;
}

static cord_status check_time(const struct checking *checking, cord_str text, int64_t *ret_ns)
{
    if (text.len < 10 || !cord_timestamp_parse(text, ret_ns)) {
        return fault(checking, "is to be a time such as 2017-05-12T08:24:00Z");
    }
    return CORD_OK;
}

static cord_status check_decimal(const struct checking *checking, cord_str text)
{
    struct cord_decimal number;
    bool plain = text.len > 0 && text.len <= 40;
    for (size_t i = 0; plain && i < text.len; i++) {
        char c = text.ptr[i];
        plain = cord_str_is_digit(c) || c == '.' || (c == '-' && i == 0);
    }
    if (!plain || !cord_decimal_parse(text, &number)) {
        return fault(checking, "is to be a decimal number as text, such as \"0.08\"");
    }
    return CORD_OK;
}

cord_status cord_api_shape_value(const struct cord_api_member *member, cord_str text,
                                 struct cord_api_value *ret_value, struct cord_api_faults *faults)
{
    const struct checking checking = {member, member->name, faults};
    struct cord_api_value value = {.present = true, .text = text};
    cord_status status = CORD_OK;
    switch (member->type) {
    case CORD_API_TEXT:
    case CORD_API_LINES:
        status = check_text(&checking, text);
        break;
    case CORD_API_ID:
        status = check_id(&checking, text);
        break;
    case CORD_API_WORD:
        status = check_word(&checking, text, &value.number);
        break;
    case CORD_API_NUMBER:
        status = check_number(&checking, text, &value.number);
        break;
    case CORD_API_TIME:
        status = check_time(&checking, text, &value.time_ns);
        break;
    case CORD_API_DECIMAL:
        status = check_decimal(&checking, text);
        break;
    case CORD_API_FLAG:
        value.flag = cord_str_eq(text, CORD_STR("true"));
        if (!value.flag && !cord_str_eq(text, CORD_STR("false"))) {
            status = fault(&checking, "is to be true or false");
        }
        break;
    case CORD_API_OBJECT:
    case CORD_API_LIST:
    case CORD_API_TEXTS:
    case CORD_API_NUMBERS:
    case CORD_API_COUNTS:
    case CORD_API_ANY:
    case CORD_API_END:
        status = fault(&checking, "cannot be a parameter");
        break;
    }
    if (status == CORD_OK) {
        *ret_value = value;
    }
    return status;
}

/* --- documents --- */

struct walk {
    struct cord_api_faults *faults;
    char path[CORD_API_PATH_BYTES];
    size_t depth;
};

static const char *kind_name(enum cord_json_kind kind)
{
    static const char *const names[] = {"null", "true or false", "a number",
                                        "text", "a list",        "an object"};
    return names[kind];
}

static void walk_object(struct walk *walk, const struct cord_api_shape *shape,
                        const struct cord_json *node);

static void expect(const struct checking *checking, const struct cord_json *node,
                   enum cord_json_kind kind)
{
    (void)fault(checking, "is to be %s, not %s", kind_name(kind), kind_name(node->kind));
}

static bool has_items(const struct checking *checking, const struct cord_json *node)
{
    const struct cord_api_member *member = checking->member;
    if (node->kind != CORD_JSON_LIST) {
        expect(checking, node, CORD_JSON_LIST);
        return false;
    }
    if (node->count < (size_t)member->least || node->count > (size_t)member->most) {
        (void)fault(checking, "is to have %" PRId64 " to %" PRId64 " items", member->least,
                    member->most);
        return false;
    }
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the tables are */
static void walk_list(struct walk *walk, const struct checking *checking,
                      const struct cord_json *node)
{
    size_t len = strlen(walk->path);
    size_t at = 0;
    if (!has_items(checking, node)) {
        return;
    }
    for (const struct cord_json *item = node->child; item; item = item->next, at++) {
        (void)snprintf(walk->path + len, sizeof walk->path - len, "[%zu]", at);
        walk_object(walk, checking->member->shape, item);
    }
    walk->path[len] = '\0';
}

static void walk_texts(struct walk *walk, const struct checking *checking,
                       const struct cord_json *node)
{
    size_t len = strlen(walk->path);
    size_t at = 0;
    const struct cord_api_member item_member = {
        .name = "", .type = CORD_API_TEXT, .least = 1, .most = 1024};
    const struct checking item_checking = {&item_member, walk->path, walk->faults};
    if (!has_items(checking, node)) {
        return;
    }
    for (const struct cord_json *item = node->child; item; item = item->next, at++) {
        (void)snprintf(walk->path + len, sizeof walk->path - len, "[%zu]", at);
        if (item->kind != CORD_JSON_TEXT) {
            expect(&item_checking, item, CORD_JSON_TEXT);
        } else {
            (void)!check_text(&item_checking, item->text);
        }
    }
    walk->path[len] = '\0';
}

static void check_scalar(const struct checking *checking, const struct cord_json *node,
                         enum cord_json_kind kind)
{
    struct cord_api_value value;
    if (node->kind != kind) {
        expect(checking, node, kind);
        return;
    }
    cord_str text = node->text;
    uint64_t number;
    switch (checking->member->type) {
    case CORD_API_TEXT:
    case CORD_API_LINES:
        (void)!check_text(checking, text);
        break;
    case CORD_API_ID:
        (void)!check_id(checking, text);
        break;
    case CORD_API_WORD:
        (void)!check_word(checking, text, &number);
        break;
    case CORD_API_NUMBER:
        (void)!check_number(checking, text, &number);
        break;
    case CORD_API_DECIMAL:
        (void)!check_decimal(checking, text);
        break;
    case CORD_API_TIME:
        (void)!check_time(checking, text, &value.time_ns);
        break;
    case CORD_API_FLAG:
    case CORD_API_OBJECT:
    case CORD_API_LIST:
    case CORD_API_TEXTS:
    case CORD_API_NUMBERS:
    case CORD_API_COUNTS:
    case CORD_API_ANY:
    case CORD_API_END:
        break;
    }
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the tables are */
static void walk_value(struct walk *walk, const struct cord_api_member *member,
                       const struct cord_json *node)
{
    const struct checking checking = {member, walk->path, walk->faults};
    if (node->kind == CORD_JSON_NULL && member->nullable) {
        return;
    }
    switch (member->type) {
    case CORD_API_TEXT:
    case CORD_API_LINES:
    case CORD_API_ID:
    case CORD_API_WORD:
    case CORD_API_DECIMAL:
    case CORD_API_TIME:
        check_scalar(&checking, node, CORD_JSON_TEXT);
        break;
    case CORD_API_NUMBER:
        check_scalar(&checking, node, CORD_JSON_NUMBER);
        break;
    case CORD_API_FLAG:
        check_scalar(&checking, node, CORD_JSON_FLAG);
        break;
    case CORD_API_OBJECT:
        walk_object(walk, member->shape, node);
        break;
    case CORD_API_LIST:
        walk_list(walk, &checking, node);
        break;
    case CORD_API_TEXTS:
        walk_texts(walk, &checking, node);
        break;
    case CORD_API_NUMBERS: /* of replies only */
        (void)!has_items(&checking, node);
        break;
    case CORD_API_COUNTS:
    case CORD_API_ANY:
        if (node->kind != CORD_JSON_MAP) {
            expect(&checking, node, CORD_JSON_MAP);
        }
        break;
    case CORD_API_END:
        break;
    }
}

static const struct cord_api_member *find(const struct cord_api_shape *shape, cord_str name)
{
    for (const struct cord_api_member *at = shape->members; at->type != CORD_API_END; at++) {
        if (cord_str_eq(cord_str_from(at->name), name)) {
            return at;
        }
    }
    return NULL;
}

static void unknown_member(const struct walk *walk, const struct cord_api_shape *shape)
{
    struct cord_nearest nearest;
    const char *dot = strrchr(walk->path, '.');
    cord_nearest_init(&nearest, cord_str_from(dot ? dot + 1 : walk->path));
    for (const struct cord_api_member *at = shape->members; at->type != CORD_API_END; at++) {
        cord_nearest_offer(&nearest, cord_str_from(at->name));
    }
    cord_str near = cord_nearest_found(&nearest);
    cord_api_shape_fault(walk->faults, walk->path, "there is no such member%s%.*s%s",
                         near.ptr ? "; did you mean '" : "", CORD_STR_ARG(near),
                         near.ptr ? "'?" : "");
}

/* The path with a name behind; returns its length before. What comes from outside is cut. */
static size_t go_down(struct walk *walk, cord_str name)
{
    size_t len = strlen(walk->path);
    int shown = name.len < SHOWN_BYTES ? (int)name.len : SHOWN_BYTES;
    (void)snprintf(walk->path + len, sizeof walk->path - len, "%s%.*s", len > 0 ? "." : "", shown,
                   name.ptr);
    return len;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the tables are */
static void walk_members(struct walk *walk, const struct cord_api_shape *shape,
                         const struct cord_json *node)
{
    for (const struct cord_json *at = node->child; at; at = at->next) {
        const struct cord_api_member *member = find(shape, at->name);
        size_t len = go_down(walk, at->name);
        if (member) {
            walk_value(walk, member, at);
        } else if (!shape->open) {
            unknown_member(walk, shape);
        }
        walk->path[len] = '\0';
    }
    for (const struct cord_api_member *member = shape->members; member->type != CORD_API_END;
         member++) {
        if (member->required && !cord_json_tree_get(node, cord_str_from(member->name))) {
            size_t len = go_down(walk, cord_str_from(member->name));
            cord_api_shape_fault(walk->faults, walk->path, "is missing");
            walk->path[len] = '\0';
        }
    }
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the tables are */
static void walk_object(struct walk *walk, const struct cord_api_shape *shape,
                        const struct cord_json *node)
{
    if (node->kind != CORD_JSON_MAP) {
        cord_api_shape_fault(walk->faults, walk->path, "is to be an object, not %s",
                             kind_name(node->kind));
        return;
    }
    if (walk->depth < DEPTH_MAX) {
        walk->depth++;
        walk_members(walk, shape, node);
        walk->depth--;
    }
}

void cord_api_shape_check(const struct cord_api_shape *shape, const struct cord_json *node,
                          struct cord_api_faults *faults)
{
    struct walk walk = {.faults = faults, .path = ""};
    walk_object(&walk, shape, node);
}
