/* xml_tokens.c: see xml_tokens.h. */
#include "codec/xml_tokens.h"

#include "base/utf8.h"
#include "base/vec.h"

#include <expat.h>
#include <limits.h>
#include <stdlib.h>

/* --- is it XML --- */

struct wellness {
    XML_Parser parser;
    unsigned depth;
    bool refused; /* a DTD, or too deep */
};

static void XMLCALL on_doctype(void *self, const XML_Char *name, const XML_Char *system_id,
                               const XML_Char *public_id, int internal)
{
    struct wellness *wellness = self;
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)internal;
    wellness->refused = true;
    (void)XML_StopParser(wellness->parser, XML_FALSE);
}

static void XMLCALL on_start(void *self, const XML_Char *name, const XML_Char **attributes)
{
    struct wellness *wellness = self;
    (void)name;
    (void)attributes;
    if (++wellness->depth > CORD_XML_DEPTH_MAX) {
        wellness->refused = true;
        (void)XML_StopParser(wellness->parser, XML_FALSE);
    }
}

static void XMLCALL on_end(void *self, const XML_Char *name)
{
    struct wellness *wellness = self;
    (void)name;
    wellness->depth--;
}

static cord_status check(cord_str document, struct cord_error *err)
{
    struct wellness wellness = {.parser = XML_ParserCreate(NULL)};
    if (!wellness.parser) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    XML_SetUserData(wellness.parser, &wellness);
    XML_SetStartDoctypeDeclHandler(wellness.parser, on_doctype);
    XML_SetElementHandler(wellness.parser, on_start, on_end);
    bool right = document.len <= INT_MAX &&
                 XML_Parse(wellness.parser, document.ptr, (int)document.len, 1) == XML_STATUS_OK;
    unsigned long long line = XML_GetCurrentLineNumber(wellness.parser);
    XML_ParserFree(wellness.parser);
    if (wellness.refused) {
        return cord_error_set(err, CORD_E_FORMAT, "XML with a DTD, or too deep");
    }
    return right
               ? CORD_OK
               : cord_error_set(err, CORD_E_FORMAT, "no well-formed XML: wrong at line %llu", line);
}

/* --- its parts --- */

struct scan {
    struct cord_xml_tokens *tokens;
    cord_str text;
    size_t at;
    unsigned depth;
    cord_str elements[CORD_XML_DEPTH_MAX + 1]; /* names of those open, by depth */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Without a namespace's prefix. */
static cord_str local_name(cord_str name)
{
    size_t colon = cord_str_find_char(name, ':', 0);
    return colon == SIZE_MAX ? name : cord_str_from_byte(name, colon + 1);
}

static cord_status add(struct scan *scan, enum cord_xml_kind kind, cord_str name, cord_str text)
{
    struct cord_xml_tokens *tokens = scan->tokens;
    if (tokens->count == CORD_XML_TOKENS_MAX) {
        return CORD_E_LIMIT;
    }
    struct cord_xml_token *items =
        cord_vec_room(tokens->items, tokens->count, &tokens->cap, sizeof *items);
    if (!items) {
        return CORD_E_NOMEM;
    }
    tokens->items = items;
    items[tokens->count++] =
        (struct cord_xml_token){.kind = kind, .depth = scan->depth, .name = name, .text = text};
    return CORD_OK;
}

/* Up to and with `closing`; the scan stands at its beginning. */
static cord_status take_until(struct scan *scan, enum cord_xml_kind kind, cord_str closing)
{
    size_t end = cord_str_find(scan->text, closing, scan->at);
    if (end == SIZE_MAX) {
        return CORD_E_FORMAT;
    }
    end += closing.len;
    cord_str part = cord_str_slice(scan->text, scan->at, end - scan->at);
    scan->at = end;
    return add(scan, kind, scan->elements[scan->depth], part);
}

static cord_str take_name(struct scan *scan)
{
    size_t from = scan->at;
    while (scan->at < scan->text.len && !is_blank(scan->text.ptr[scan->at]) &&
           cord_str_find_char(CORD_STR("=/>"), scan->text.ptr[scan->at], 0) == SIZE_MAX) {
        scan->at++;
    }
    return cord_str_slice(scan->text, from, scan->at - from);
}

static void skip_blanks(struct scan *scan)
{
    while (scan->at < scan->text.len && is_blank(scan->text.ptr[scan->at])) {
        scan->at++;
    }
}

static char peek(const struct scan *scan)
{
    return scan->at < scan->text.len ? scan->text.ptr[scan->at] : '\0';
}

static cord_status take_attribute(struct scan *scan)
{
    cord_str name = local_name(take_name(scan));
    skip_blanks(scan);
    if (peek(scan) != '=' || name.len == 0) {
        return CORD_E_FORMAT;
    }
    scan->at++;
    skip_blanks(scan);
    char quote = peek(scan);
    size_t from = scan->at + 1;
    size_t end =
        quote == '"' || quote == '\'' ? cord_str_find_char(scan->text, quote, from) : SIZE_MAX;
    if (end == SIZE_MAX) {
        return CORD_E_FORMAT;
    }
    scan->at = end + 1;
    return add(scan, CORD_XML_ATTRIBUTE, name, cord_str_slice(scan->text, from, end - from));
}

static cord_status take_end(struct scan *scan)
{
    cord_status status = add(scan, CORD_XML_END, CORD_STR(""), CORD_STR(""));
    if (scan->depth == 0) {
        return CORD_E_FORMAT;
    }
    scan->depth--;
    return status;
}

static cord_status take_start(struct scan *scan)
{
    scan->at++;
    cord_str name = local_name(take_name(scan));
    if (scan->depth == CORD_XML_DEPTH_MAX) {
        return CORD_E_LIMIT;
    }
    scan->elements[++scan->depth] = name;
    cord_status status = add(scan, CORD_XML_START, name, name);
    for (;;) {
        skip_blanks(scan);
        char c = peek(scan);
        if (status != CORD_OK || c == '>' || c == '/' || c == '\0') {
            break;
        }
        status = take_attribute(scan);
    }
    bool empty = peek(scan) == '/';
    scan->at += empty ? 1 : 0;
    if (status != CORD_OK || peek(scan) != '>') {
        return status == CORD_OK ? CORD_E_FORMAT : status;
    }
    scan->at++;
    return empty ? take_end(scan) : CORD_OK;
}

static cord_status take_markup(struct scan *scan)
{
    cord_str rest = cord_str_from_byte(scan->text, scan->at);
    if (cord_str_starts(rest, CORD_STR("<!--"))) {
        return take_until(scan, CORD_XML_COMMENT, CORD_STR("-->"));
    }
    if (cord_str_starts(rest, CORD_STR("<![CDATA["))) {
        return take_until(scan, CORD_XML_SECTION, CORD_STR("]]>"));
    }
    if (cord_str_starts(rest, CORD_STR("<?"))) {
        if (scan->at == 0 && cord_str_starts(rest, CORD_STR("<?xml"))) {
            size_t end = cord_str_find(rest, CORD_STR("?>"), 0);
            scan->at = end == SIZE_MAX ? scan->text.len : end + 2;
            return CORD_OK;
        }
        return take_until(scan, CORD_XML_COMMENT, CORD_STR("?>"));
    }
    if (cord_str_starts(rest, CORD_STR("</"))) {
        size_t end = cord_str_find_char(scan->text, '>', scan->at);
        scan->at = end == SIZE_MAX ? scan->text.len : end + 1;
        return take_end(scan);
    }
    return cord_str_starts(rest, CORD_STR("<!")) ? CORD_E_FORMAT : take_start(scan);
}

static cord_status scan_document(struct scan *scan)
{
    cord_status status = CORD_OK;
    while (status == CORD_OK && scan->at < scan->text.len) {
        if (scan->text.ptr[scan->at] == '<') {
            status = take_markup(scan);
            continue;
        }
        size_t end = cord_str_find_char(scan->text, '<', scan->at);
        cord_str part = cord_str_slice(scan->text, scan->at,
                                       (end == SIZE_MAX ? scan->text.len : end) - scan->at);
        scan->at += part.len;
        status = add(scan, CORD_XML_TEXT, scan->elements[scan->depth], part);
    }
    return status;
}

/* --- text --- */

static void put_reference(struct cord_buf *into, cord_str name)
{
    static const struct {
        cord_str name;
        char c;
    } own[] = {{{"amp", 3}, '&'},
               {{"lt", 2}, '<'},
               {{"gt", 2}, '>'},
               {{"quot", 4}, '"'},
               {{"apos", 4}, '\''}};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (cord_str_eq(name, own[i].name)) {
            cord_buf_put_char(into, own[i].c);
            return;
        }
    }
    uint32_t code = 0;
    bool hex = name.len > 1 && name.ptr[1] == 'x';
    for (size_t i = hex ? 2 : 1; i < name.len && code <= CORD_UTF8_CODE_MAX; i++) {
        char c = cord_str_lower_char(name.ptr[i]);
        uint32_t digit = (uint32_t)(cord_str_is_digit(c) ? c - '0' : c - 'a' + 10);
        code = code * (hex ? 16 : 10) + digit;
    }
    cord_utf8_put(into, code);
}

cord_str cord_xml_tokens_plain(struct cord_buf *plain, cord_str text)
{
    size_t at = 0;
    if (cord_str_find_char(text, '&', 0) == SIZE_MAX) {
        return text;
    }
    cord_buf_clear(plain);
    while (at < text.len) {
        size_t reference = cord_str_find_char(text, '&', at);
        size_t end = cord_str_find_char(text, ';', reference == SIZE_MAX ? text.len : reference);
        if (end == SIZE_MAX) {
            break;
        }
        cord_buf_put(plain, cord_str_slice(text, at, reference - at));
        put_reference(plain, cord_str_slice(text, reference + 1, end - reference - 1));
        at = end + 1;
    }
    cord_buf_put(plain, cord_str_from_byte(text, at));
    return cord_buf_str(plain);
}

cord_status cord_xml_tokens_read(struct cord_xml_tokens *tokens, cord_str document,
                                 struct cord_error *err)
{
    struct scan scan = {.tokens = tokens, .text = document};
    tokens->count = 0;
    cord_status status = check(document, err);
    if (status != CORD_OK) {
        return status;
    }
    status = scan_document(&scan);
    if (status != CORD_OK) {
        (void)cord_error_set(err, status, "%s",
                             status == CORD_E_NOMEM   ? "out of memory"
                             : status == CORD_E_LIMIT ? "XML of too many parts"
                                                      : "XML of a kind that is not read");
    }
    return status;
}

void cord_xml_tokens_done(struct cord_xml_tokens *tokens)
{
    free(tokens->items);
    *tokens = (struct cord_xml_tokens){0};
}
