/* windows_xml.c: see windows_xml.h. Offsets only grow: no input takes longer
 * than its length. */
#include "codec/windows_xml.h"

#include "base/utf8.h"

enum {
    DEPTH_MAX = 64,
    ENTITY_BYTES_MAX = 10, /* "&#x10FFFF;" */
};

static const cord_str event_namespace = {"http://schemas.microsoft.com/win/2004/08/events/event",
                                         53};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_blank(cord_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_space(text.ptr[i])) {
            return false;
        }
    }
    return true;
}

static bool has_at(cord_str text, size_t at, cord_str what)
{
    return at <= text.len && cord_str_starts(cord_str_from_byte(text, at), what);
}

/* ---- where events are -------------------------------------------------- */

/* "<Event" and not "<Events" or "<EventData". */
static bool is_event_tag(cord_str text, size_t at)
{
    if (text.len - at < 7 || text.ptr[at + 1] != 'E' || !has_at(text, at, CORD_STR("<Event"))) {
        return false;
    }
    char next = text.ptr[at + 6];
    return is_space(next) || next == '>' || next == '/';
}

static bool is_event_end(cord_str text, size_t at, size_t *ret_behind)
{
    if (text.len - at < 8 || text.ptr[at + 1] != '/' || text.ptr[at + 2] != 'E' ||
        !has_at(text, at, CORD_STR("</Event"))) {
        return false;
    }
    at += 7;
    while (at < text.len && is_space(text.ptr[at])) {
        at++;
    }
    *ret_behind = at + 1;
    return at < text.len && text.ptr[at] == '>';
}

/* Behind a comment, CDATA or other markup without elements that begins at `at`;
 * at itself when there is none; the text's end when it is not closed. */
static size_t skip_special(cord_str text, size_t at)
{
    static const struct {
        cord_str opening, closing;
    } special[] = {
        {{"<![CDATA[", 9}, {"]]>", 3}},
        {{"<!--", 4}, {"-->", 3}},
        {{"<?", 2}, {"?>", 2}},
        {{"<!", 2}, {">", 1}},
    };
    char next = at + 1 < text.len ? text.ptr[at + 1] : '\0';
    if (next != '!' && next != '?') {
        return at;
    }
    for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
        if (has_at(text, at, special[i].opening)) {
            size_t end = cord_str_find(text, special[i].closing, at + special[i].opening.len);
            return end == SIZE_MAX ? text.len : end + special[i].closing.len;
        }
    }
    return at;
}

/* Behind the '>' of the tag at `at`, minding quotes; the text's end if none. */
static size_t skip_tag(cord_str text, size_t at, bool *ret_empty)
{
    char quote = '\0';
    *ret_empty = false;
    for (; at < text.len; at++) {
        char c = text.ptr[at];
        if (quote) {
            quote = c == quote ? '\0' : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '>') {
            *ret_empty = text.ptr[at - 1] == '/';
            return at + 1;
        }
    }
    return text.len;
}

/* An <Event> within an event may be data; one of the events' own namespace is
 * the next record, and the one before it broke off. */
static bool is_next_record(cord_str text, size_t at, size_t tag_end)
{
    return cord_str_find(cord_str_slice(text, at, tag_end - at), event_namespace, 0) != SIZE_MAX;
}

static cord_status find_end(cord_str text, size_t start, size_t *ret_end)
{
    bool empty;
    size_t at = skip_tag(text, start, &empty);
    size_t depth = empty ? 0 : 1;
    while (depth > 0 && (at = cord_str_find_char(text, '<', at)) != SIZE_MAX) {
        size_t behind = skip_special(text, at);
        if (behind != at) {
            at = behind;
        } else if (is_event_end(text, at, &behind)) {
            depth--;
            at = behind;
        } else if (is_event_tag(text, at)) {
            behind = skip_tag(text, at, &empty);
            if (is_next_record(text, at, behind)) {
                *ret_end = at;
                return CORD_E_FORMAT;
            }
            depth += empty ? 0 : 1;
            at = behind;
        } else {
            at++;
        }
    }
    *ret_end = depth > 0 ? text.len : at;
    return depth > 0 ? CORD_E_MORE : CORD_OK;
}

static size_t next_event(cord_str text, size_t at)
{
    while ((at = cord_str_find(text, CORD_STR("<Event"), at)) != SIZE_MAX) {
        if (is_event_tag(text, at)) {
            return at;
        }
        at++;
    }
    return SIZE_MAX;
}

cord_status cord_windows_xml_find(cord_str text, size_t from, size_t *ret_start, size_t *ret_end)
{
    size_t start = next_event(text, from);
    if (start == SIZE_MAX) {
        return CORD_E_END;
    }
    cord_str reach = cord_str_slice(text, 0, start + CORD_WINDOWS_XML_BYTES_MAX);
    size_t end;
    cord_status status = find_end(reach, start, &end);
    if (status == CORD_E_MORE && reach.len < text.len) {
        status = CORD_E_FORMAT;
    }
    *ret_start = start;
    *ret_end = end;
    return status;
}

/* ---- what is in one ---------------------------------------------------- */

struct element {
    cord_str name;
    uint32_t path;
    bool is_data;
    bool named;
    bool has_attributes;
    bool has_children;
    bool has_text;
};

struct reader {
    cord_str text;
    size_t at;
    struct cord_paths *paths;
    struct cord_arena *arena;
    struct cord_values *values;
    size_t values_max;
    const char *damage;
    bool full;
    size_t depth;
    struct element elements[DEPTH_MAX];
    cord_str run;   /* text gathered so far of the open element */
    size_t run_cap; /* not 0: run lies in the arena, and has room for so much */
};

static bool fail(struct reader *reader, const char *reason)
{
    reader->damage = reader->damage ? reader->damage : reason;
    return false;
}

static bool add(struct reader *reader, uint32_t path, enum cord_value_kind kind, unsigned flags,
                cord_str text)
{
    if (reader->values->count >= reader->values_max) {
        reader->full = true;
        return fail(reader, "more values than an event may have");
    }
    /* Cannot fail: there is room, and no text is longer than an event. */
    return cord_value_add(reader->values, path, kind, flags, text) == CORD_OK;
}

static uint32_t number_of(cord_str digits, unsigned base)
{
    uint32_t code = 0;
    for (size_t i = 0; i < digits.len; i++) {
        char c = cord_str_lower_char(digits.ptr[i]);
        uint32_t digit = cord_str_is_digit(c)   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10
                                                : 99;
        if (digit >= base || code > 0x10ffff) {
            return UINT32_MAX;
        }
        code = code * base + digit;
    }
    return digits.len > 0 ? code : UINT32_MAX;
}

/* name is without "&" and ";". Returns the bytes written, 0 when it is none. */
static size_t put_entity(cord_str name, char *out)
{
    static const struct {
        cord_str name;
        char c;
    } entities[] = {
        {{"amp", 3}, '&'},  {{"lt", 2}, '<'},    {{"gt", 2}, '>'},
        {{"quot", 4}, '"'}, {{"apos", 4}, '\''},
    };
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++) {
        if (cord_str_eq(name, entities[i].name)) {
            *out = entities[i].c;
            return 1;
        }
    }
    if (name.len < 2 || name.ptr[0] != '#') {
        return 0;
    }
    bool hex = name.ptr[1] == 'x';
    uint32_t code = number_of(cord_str_from_byte(name, hex ? 2 : 1), hex ? 16 : 10);
    /* A reference is four bytes at least, and a code point four at most. */
    return code > 0x10ffff ? 0 : cord_utf8_encode(code, out);
}

/* Without its references: the text itself when it has none. */
static bool unescape(struct reader *reader, cord_str text, cord_str *ret_text)
{
    size_t at = cord_str_find_char(text, '&', 0);
    if (at == SIZE_MAX) {
        *ret_text = text;
        return true;
    }
    char *out = cord_arena_bytes(reader->arena, text.len);
    if (!out) {
        return fail(reader, "no memory left for its text");
    }
    memcpy(out, text.ptr, at);
    size_t to = at;
    while (at < text.len) {
        cord_str near = cord_str_slice(text, at, ENTITY_BYTES_MAX);
        size_t end = text.ptr[at] == '&' ? cord_str_find_char(near, ';', 1) : SIZE_MAX;
        size_t put = end == SIZE_MAX ? 0 : put_entity(cord_str_slice(near, 1, end - 1), out + to);
        if (put > 0) {
            to += put;
            at += end + 1;
        } else {
            out[to++] = text.ptr[at++]; /* nothing that XML has: it stands for itself */
        }
    }
    *ret_text = (cord_str){out, to};
    return true;
}

/* Adds to the text of the open element. Several pieces are copied together,
 * with room to spare: comments between letters must not cost their square. */
static bool gather(struct reader *reader, cord_str text)
{
    cord_str run = reader->run;
    if (run.len == 0 || text.len == 0) {
        reader->run = text.len == 0 ? run : text;
        reader->run_cap = text.len == 0 ? reader->run_cap : 0;
        return true;
    }
    size_t len = run.len + text.len;
    char *both = (char *)(uintptr_t)run.ptr;
    if (len > reader->run_cap) {
        both = cord_arena_bytes(reader->arena, 2 * len);
        if (!both) {
            return fail(reader, "no memory left for its text");
        }
        memcpy(both, run.ptr, run.len);
        reader->run_cap = 2 * len;
    }
    memcpy(both + run.len, text.ptr, text.len);
    reader->run = (cord_str){both, len};
    return true;
}

static unsigned element_flags(const struct element *element)
{
    return element->is_data && !element->named ? CORD_VALUE_IN_ARRAY : 0;
}

/* Ends the text before a tag. White space beside elements is layout. */
static bool end_run(struct reader *reader, bool at_end)
{
    cord_str run = reader->run;
    reader->run = CORD_STR("");
    reader->run_cap = 0;
    if (reader->depth == 0) {
        return true;
    }
    struct element *element = &reader->elements[reader->depth - 1];
    bool is_leaf = at_end && !element->has_children;
    if (run.len == 0 || (is_blank(run) && !(is_leaf && element->is_data))) {
        return true;
    }
    element->has_text = true;
    return add(reader, element->path, CORD_VALUE_TEXT, element_flags(element), run);
}

static bool is_name_end(char c)
{
    return is_space(c) || c == '>' || c == '/' || c == '=' || c == '<';
}

static cord_str take_name(struct reader *reader)
{
    size_t from = reader->at;
    while (reader->at < reader->text.len && !is_name_end(reader->text.ptr[reader->at])) {
        reader->at++;
    }
    return cord_str_slice(reader->text, from, reader->at - from);
}

static void skip_space(struct reader *reader)
{
    while (reader->at < reader->text.len && is_space(reader->text.ptr[reader->at])) {
        reader->at++;
    }
}

static char peek(const struct reader *reader)
{
    return reader->at < reader->text.len ? reader->text.ptr[reader->at] : '\0';
}

static bool take_attribute_value(struct reader *reader, cord_str *ret_value)
{
    skip_space(reader);
    if (peek(reader) != '=') {
        return fail(reader, "an attribute without a value");
    }
    reader->at++;
    skip_space(reader);
    char quote = peek(reader);
    if (quote != '"' && quote != '\'') {
        return fail(reader, "an attribute's value is not quoted");
    }
    size_t from = reader->at + 1;
    size_t end = cord_str_find_char(reader->text, quote, from);
    if (end == SIZE_MAX) {
        return fail(reader, "an attribute's value does not end");
    }
    reader->at = end + 1;
    return unescape(reader, cord_str_slice(reader->text, from, end - from), ret_value);
}

static bool take_attribute(struct reader *reader, struct element *element)
{
    cord_str name = take_name(reader);
    cord_str value;
    if (name.len == 0) {
        return fail(reader, "a tag that is not well formed");
    }
    if (!take_attribute_value(reader, &value)) {
        return false;
    }
    if (element->is_data && !element->named && cord_str_eq(name, CORD_STR("Name"))) {
        uint32_t parent =
            reader->depth > 1 ? reader->elements[reader->depth - 2].path : CORD_PATH_ROOT;
        element->path = cord_paths_child(reader->paths, parent, value);
        element->named = true;
        return true;
    }
    element->has_attributes = true;
    uint32_t attributes = cord_paths_child(reader->paths, element->path, CORD_STR("#attributes"));
    return add(reader, cord_paths_child(reader->paths, attributes, name), CORD_VALUE_TEXT, 0,
               value);
}

static bool close_element(struct reader *reader)
{
    if (!end_run(reader, true)) {
        return false;
    }
    const struct element *element = &reader->elements[--reader->depth];
    if (element->has_text || element->has_children || element->has_attributes) {
        return true;
    }
    enum cord_value_kind kind = element->is_data ? CORD_VALUE_TEXT : CORD_VALUE_NULL;
    return add(reader, element->path, kind, element_flags(element), CORD_STR(""));
}

static bool take_start_tag(struct reader *reader)
{
    if (reader->depth == DEPTH_MAX) {
        return fail(reader, "its elements are nested too deep");
    }
    uint32_t parent = CORD_PATH_ROOT;
    if (!end_run(reader, false)) {
        return false;
    }
    if (reader->depth > 0) {
        reader->elements[reader->depth - 1].has_children = true;
        parent = reader->elements[reader->depth - 1].path;
    }
    reader->at++;
    cord_str name = take_name(reader);
    if (name.len == 0) {
        return fail(reader, "a tag that is not well formed");
    }
    struct element *element = &reader->elements[reader->depth++];
    *element = (struct element){
        .name = name,
        .path = cord_paths_child(reader->paths, parent, name),
        .is_data =
            cord_str_eq(name, CORD_STR("Data")) || cord_str_eq(name, CORD_STR("ComplexData")),
    };
    for (;;) {
        skip_space(reader);
        char c = peek(reader);
        if (c == '>') {
            reader->at++;
            return true;
        }
        if (c == '/' && has_at(reader->text, reader->at, CORD_STR("/>"))) {
            reader->at += 2;
            return close_element(reader);
        }
        if (!take_attribute(reader, element)) {
            return false;
        }
    }
}

static bool take_end_tag(struct reader *reader)
{
    reader->at += 2;
    cord_str name = take_name(reader);
    skip_space(reader);
    if (peek(reader) != '>') {
        return fail(reader, "a tag that is not well formed");
    }
    reader->at++;
    if (reader->depth == 0 || !cord_str_eq(name, reader->elements[reader->depth - 1].name)) {
        return fail(reader, "an end tag that is not its element's");
    }
    return close_element(reader);
}

static bool take_markup(struct reader *reader)
{
    cord_str text = reader->text;
    size_t at = reader->at;
    if (text.len - at > 1 && text.ptr[at + 1] == '/') {
        return take_end_tag(reader);
    }
    size_t behind = skip_special(text, at);
    if (behind == at) {
        return take_start_tag(reader);
    }
    reader->at = behind;
    if (!has_at(text, at, CORD_STR("<![CDATA["))) {
        return true;
    }
    bool closed = behind >= at + 12 && has_at(text, behind - 3, CORD_STR("]]>"));
    return gather(reader, cord_str_slice(text, at + 9, (closed ? behind - 3 : behind) - at - 9));
}

static void read_all(struct reader *reader)
{
    do {
        cord_str rest = cord_str_from_byte(reader->text, reader->at);
        size_t len = cord_str_find_char(rest, '<', 0);
        cord_str text;
        len = len == SIZE_MAX ? rest.len : len;
        if (!unescape(reader, cord_str_slice(rest, 0, len), &text) || !gather(reader, text)) {
            return;
        }
        reader->at += len;
        if (reader->at == reader->text.len) {
            (void)fail(reader, "the event ends early");
            (void)end_run(reader, false);
            return;
        }
        if (!take_markup(reader)) {
            return;
        }
    } while (reader->depth > 0);
}

cord_status cord_windows_xml_read(cord_str event, struct cord_paths *paths,
                                  struct cord_arena *arena, struct cord_values *values,
                                  const char **ret_damage)
{
    size_t first = values->count;
    size_t room = values->max - first;
    struct reader reader;
    reader.text = event;
    reader.at = 0;
    reader.paths = paths;
    reader.arena = arena;
    reader.values = values;
    reader.values_max =
        first + (room < CORD_WINDOWS_XML_VALUES_MAX ? room : CORD_WINDOWS_XML_VALUES_MAX);
    reader.damage = NULL;
    reader.full = false;
    reader.depth = 0;
    reader.run = CORD_STR("");
    reader.run_cap = 0;
    read_all(&reader);
    if (reader.full && room < CORD_WINDOWS_XML_VALUES_MAX) {
        values->count = first;
        return CORD_E_LIMIT;
    }
    *ret_damage = reader.damage;
    if (values->count == first) {
        *ret_damage = reader.damage ? reader.damage : "an event without any value";
        return CORD_E_FORMAT;
    }
    return CORD_OK;
}
