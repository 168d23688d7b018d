/*
 * privacy_xml.c: ATNA audit messages (DICOM PS3.15 A.5, RFC 3881); see privacy.h.
 *
 * expat says whether the message is well-formed; then a scanner that may rely on it
 * finds the byte ranges of attributes' values and of texts. There is no DTD, hence no
 * entity beyond XML's own five.
 */
#include "normalise/privacy_internal.h"

#include "base/utf8.h"
#include "base/vec.h"

#include <expat.h>
#include <limits.h>

enum {
    DEPTH_MAX = 64,
    PATIENT_CODE_FIRST = 1, /* RFC 3881 5.5.4: medical record number, patient number, encounter, */
    PATIENT_CODE_LAST = 7,  /* enrollee, social security, account, guarantor number */
};

enum kind {
    KIND_START, /* text: the element's name */
    KIND_END,
    KIND_ATTRIBUTE,
    KIND_TEXT,
    KIND_SECTION, /* CDATA, with its brackets */
    KIND_COMMENT, /* or a processing instruction */
};

struct cord_privacy_token {
    enum kind kind;
    unsigned depth; /* of elements open, the one that starts or ends among them */
    cord_str name;  /* of an attribute, or of the element that a text stands in */
    cord_str text;
};

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
    if (++wellness->depth > DEPTH_MAX) {
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
        return cord_error_set(err, CORD_E_FORMAT, "an AuditMessage with a DTD, or too deep");
    }
    return right
               ? CORD_OK
               : cord_error_set(err, CORD_E_FORMAT, "no well-formed XML: wrong at line %llu", line);
}

/* --- its parts --- */

struct scan {
    struct cord_privacy *privacy;
    cord_str text;
    size_t at;
    unsigned depth;
    cord_str elements[DEPTH_MAX + 1]; /* names of those open, by depth */
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

static cord_status add(struct scan *scan, enum kind kind, cord_str name, cord_str text)
{
    struct cord_privacy *privacy = scan->privacy;
    if (privacy->token_count == CORD_PRIVACY_PARTS_MAX) {
        return CORD_E_LIMIT;
    }
    struct cord_privacy_token *tokens =
        cord_vec_room(privacy->tokens, privacy->token_count, &privacy->token_cap, sizeof *tokens);
    if (!tokens) {
        return CORD_E_NOMEM;
    }
    privacy->tokens = tokens;
    tokens[privacy->token_count++] =
        (struct cord_privacy_token){.kind = kind, .depth = scan->depth, .name = name, .text = text};
    return CORD_OK;
}

/* Up to and with `closing`; the scan stands at its beginning. */
static cord_status take_until(struct scan *scan, enum kind kind, cord_str closing)
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
           !memchr("=/>", scan->text.ptr[scan->at], 3)) {
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
    return add(scan, KIND_ATTRIBUTE, name, cord_str_slice(scan->text, from, end - from));
}

static cord_status take_end(struct scan *scan)
{
    cord_status status = add(scan, KIND_END, CORD_STR(""), CORD_STR(""));
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
    if (scan->depth == DEPTH_MAX) {
        return CORD_E_LIMIT;
    }
    scan->elements[++scan->depth] = name;
    cord_status status = add(scan, KIND_START, name, name);
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
        return take_until(scan, KIND_COMMENT, CORD_STR("-->"));
    }
    if (cord_str_starts(rest, CORD_STR("<![CDATA["))) {
        return take_until(scan, KIND_SECTION, CORD_STR("]]>"));
    }
    if (cord_str_starts(rest, CORD_STR("<?"))) {
        if (scan->at == 0 && cord_str_starts(rest, CORD_STR("<?xml"))) {
            size_t end = cord_str_find(rest, CORD_STR("?>"), 0);
            scan->at = end == SIZE_MAX ? scan->text.len : end + 2;
            return CORD_OK;
        }
        return take_until(scan, KIND_COMMENT, CORD_STR("?>"));
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
    scan->privacy->token_count = 0;
    while (status == CORD_OK && scan->at < scan->text.len) {
        if (scan->text.ptr[scan->at] == '<') {
            status = take_markup(scan);
            continue;
        }
        size_t end = cord_str_find_char(scan->text, '<', scan->at);
        cord_str part = cord_str_slice(scan->text, scan->at,
                                       (end == SIZE_MAX ? scan->text.len : end) - scan->at);
        scan->at += part.len;
        status = add(scan, KIND_TEXT, scan->elements[scan->depth], part);
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

/* Good until the next call. */
static cord_str plain_of(struct cord_privacy *privacy, cord_str text)
{
    struct cord_buf *plain = &privacy->plain;
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

static void put_escaped(struct cord_buf *into, cord_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (memchr("&<>\"'\t\r\n", c, 8)) {
            cord_buf_printf(into, "&#%d;", (int)c);
        } else {
            cord_buf_put_char(into, c);
        }
    }
}

/* --- what is what --- */

static bool is_named(const struct cord_privacy_token *token, const char *name)
{
    return cord_str_eq(token->name, cord_str_from(name));
}

/* The token behind the element that starts at `at`. */
static size_t element_end(const struct cord_privacy *privacy, size_t at)
{
    unsigned depth = privacy->tokens[at].depth;
    for (at++; at < privacy->token_count; at++) {
        if (privacy->tokens[at].kind == KIND_END && privacy->tokens[at].depth == depth) {
            return at + 1;
        }
    }
    return at;
}

static bool is_patient_code(cord_str code)
{
    uint64_t number;
    return cord_str_u64(cord_str_trim(code), &number) && number >= PATIENT_CODE_FIRST &&
           number <= PATIENT_CODE_LAST;
}

static bool is_code(const struct cord_privacy_token *token)
{
    return is_named(token, "csd-code") || is_named(token, "code");
}

/* A person (type 1), in the role of a patient (1), or by the kind of its identifier. One
 * that says none of it counts, too. */
static bool is_patient(struct cord_privacy *privacy, size_t at, size_t end)
{
    cord_str element = CORD_STR("");
    bool told = false;
    for (; at < end; at++) {
        const struct cord_privacy_token *token = &privacy->tokens[at];
        if (token->kind == KIND_START) {
            element = token->name;
        }
        if (token->kind != KIND_ATTRIBUTE) {
            continue;
        }
        cord_str value = cord_str_trim(plain_of(privacy, token->text));
        bool type = is_named(token, "ParticipantObjectTypeCode");
        if ((type || is_named(token, "ParticipantObjectTypeCodeRole")) &&
            cord_str_eq(value, CORD_STR("1"))) {
            return true;
        }
        told = told || type;
        bool kind = cord_str_eq(element, CORD_STR("ParticipantObjectIDTypeCode"));
        if (kind && is_code(token)) {
            told = true;
            if (is_patient_code(value)) {
                return true;
            }
        }
    }
    return !told;
}

/* Who acts in the role of a patient: the portal's users. */
static bool is_acting_patient(struct cord_privacy *privacy, size_t at, size_t end)
{
    for (; at < end; at++) {
        const struct cord_privacy_token *token = &privacy->tokens[at];
        bool role =
            token->kind == KIND_ATTRIBUTE &&
            (is_code(token) || is_named(token, "originalText") || is_named(token, "displayName"));
        if (role &&
            cord_str_eq_fold(cord_str_trim(plain_of(privacy, token->text)), CORD_STR("patient"))) {
            return true;
        }
    }
    return false;
}

enum place {
    PLACE_ELSEWHERE,
    PLACE_OBJECT,
    PLACE_PATIENT,        /* an object */
    PLACE_ACTING_PATIENT, /* a participant */
};

struct where {
    enum place place;
    size_t end; /* the token behind it */
    cord_str element;
};

static void enter(struct cord_privacy *privacy, struct where *where, size_t at)
{
    const struct cord_privacy_token *token = &privacy->tokens[at];
    where->element = token->name;
    if (where->place != PLACE_ELSEWHERE) {
        return; /* what is within counts as what it is in */
    }
    if (is_named(token, "ParticipantObjectIdentification")) {
        where->end = element_end(privacy, at);
        where->place = is_patient(privacy, at, where->end) ? PLACE_PATIENT : PLACE_OBJECT;
    } else if (is_named(token, "ActiveParticipant")) {
        where->end = element_end(privacy, at);
        where->place =
            is_acting_patient(privacy, at, where->end) ? PLACE_ACTING_PATIENT : PLACE_ELSEWHERE;
    }
}

static enum cord_privacy_policy of_attribute(const struct where *where,
                                             const struct cord_privacy_token *token)
{
    bool object = where->place == PLACE_OBJECT || where->place == PLACE_PATIENT;
    bool detail = cord_str_eq(where->element, CORD_STR("ParticipantObjectDetail"));
    if (where->place == PLACE_ACTING_PATIENT) {
        if (is_named(token, "UserID") || is_named(token, "AlternativeUserID")) {
            return CORD_PRIVACY_KEY;
        }
        return is_named(token, "UserName") ? CORD_PRIVACY_REMOVE : CORD_PRIVACY_TEXT;
    }
    if (where->place == PLACE_PATIENT && is_named(token, "ParticipantObjectID")) {
        return CORD_PRIVACY_KEY;
    }
    if (is_named(token, "ParticipantObjectName") || is_named(token, "ParticipantObjectQuery") ||
        (object && detail && !is_named(token, "type"))) {
        return CORD_PRIVACY_REMOVE;
    }
    return CORD_PRIVACY_TEXT;
}

static enum cord_privacy_policy of_text(const struct where *where,
                                        const struct cord_privacy_token *token)
{
    bool object = where->place == PLACE_OBJECT || where->place == PLACE_PATIENT;
    bool flag = is_named(token, "Encrypted") || is_named(token, "Anonymized");
    return object && !flag ? CORD_PRIVACY_REMOVE : CORD_PRIVACY_TEXT;
}

/* --- writing --- */

struct splice {
    struct cord_privacy *privacy;
    cord_str document;
    size_t copied;
};

static void replace(struct splice *splice, cord_str old)
{
    struct cord_privacy *privacy = splice->privacy;
    size_t from = (size_t)(old.ptr - splice->document.ptr);
    cord_buf_put(&privacy->out,
                 cord_str_slice(splice->document, splice->copied, from - splice->copied));
    put_escaped(&privacy->out, cord_buf_str(&privacy->fresh));
    splice->copied = from + old.len;
}

static void rewrite_token(struct splice *splice, const struct where *where,
                          const struct cord_privacy_token *token)
{
    struct cord_privacy *privacy = splice->privacy;
    enum cord_privacy_policy policy = CORD_PRIVACY_TEXT;
    cord_str plain = token->text;
    switch (token->kind) {
    case KIND_START:
    case KIND_END:
        return;
    case KIND_COMMENT:
        cord_buf_clear(&privacy->fresh);
        replace(splice, token->text);
        return;
    case KIND_ATTRIBUTE:
        policy = of_attribute(where, token);
        plain = plain_of(privacy, token->text);
        break;
    case KIND_TEXT:
        policy = of_text(where, token);
        plain = plain_of(privacy, token->text);
        break;
    case KIND_SECTION:
        policy = of_text(where, token);
        plain = cord_str_slice(token->text, 9, token->text.len - 12); /* <![CDATA[ and ]]> */
        break;
    }
    if (token->kind != KIND_ATTRIBUTE && cord_str_trim(plain).len == 0) {
        return; /* how it is laid out */
    }
    if (cord_privacy_value(privacy, policy, plain)) {
        replace(splice, token->text);
    }
}

static void rewrite(struct cord_privacy *privacy, cord_str document)
{
    struct splice splice = {.privacy = privacy, .document = document};
    struct where where = {.place = PLACE_ELSEWHERE, .element = CORD_STR("")};
    for (size_t i = 0; i < privacy->token_count; i++) {
        if (where.place != PLACE_ELSEWHERE && i >= where.end) {
            where.place = PLACE_ELSEWHERE;
        }
        if (privacy->tokens[i].kind == KIND_START) {
            enter(privacy, &where, i);
        }
        rewrite_token(&splice, &where, &privacy->tokens[i]);
    }
    cord_buf_put(&privacy->out, cord_str_from_byte(document, splice.copied));
}

static bool is_audit_message(const struct cord_privacy *privacy)
{
    for (size_t i = 0; i < privacy->token_count; i++) {
        if (privacy->tokens[i].kind == KIND_START) {
            return is_named(&privacy->tokens[i], "AuditMessage");
        }
    }
    return false;
}

cord_status cord_privacy_xml(struct cord_privacy *privacy, cord_str document,
                             struct cord_error *err)
{
    cord_status status = check(document, err);
    if (status != CORD_OK) {
        return status;
    }
    struct scan scan = {.privacy = privacy, .text = document};
    status = scan_document(&scan);
    if (status == CORD_E_NOMEM) {
        return cord_error_set(err, status, "out of memory");
    }
    if (status != CORD_OK) {
        return cord_error_set(err, status,
                              "an AuditMessage with too many parts, or no XML of ours");
    }
    if (!is_audit_message(privacy)) {
        return cord_error_set(err, CORD_E_FORMAT, "XML that is no AuditMessage");
    }
    rewrite(privacy, document);
    return CORD_OK;
}
