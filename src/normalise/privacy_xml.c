/*
 * privacy_xml.c: ATNA audit messages (DICOM PS3.15 A.5, RFC 3881); see privacy.h.
 */
#include "normalise/privacy_internal.h"

enum {
    GROUP_DEPTH = 2,        /* of the elements below the AuditMessage */
    PATIENT_CODE_FIRST = 1, /* RFC 3881 5.5.4: medical record number, patient number, encounter, */
    PATIENT_CODE_LAST = 7,  /* enrollee, social security, account, guarantor number */
};

/* --- what is what --- */

static bool is_named(const struct cord_xml_token *token, const char *name)
{
    return cord_str_eq(token->name, cord_str_from(name));
}

/* The token behind the element that starts at `at`. */
static size_t element_end(const struct cord_privacy *privacy, size_t at)
{
    unsigned depth = privacy->tokens.items[at].depth;
    for (at++; at < privacy->tokens.count; at++) {
        if (privacy->tokens.items[at].kind == CORD_XML_END &&
            privacy->tokens.items[at].depth == depth) {
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

static bool is_code(const struct cord_xml_token *token)
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
        const struct cord_xml_token *token = &privacy->tokens.items[at];
        if (token->kind == CORD_XML_START) {
            element = token->name;
        }
        if (token->kind != CORD_XML_ATTRIBUTE) {
            continue;
        }
        cord_str value = cord_str_trim(cord_xml_tokens_plain(&privacy->plain, token->text));
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
        const struct cord_xml_token *token = &privacy->tokens.items[at];
        bool role =
            token->kind == CORD_XML_ATTRIBUTE &&
            (is_code(token) || is_named(token, "originalText") || is_named(token, "displayName"));
        if (role &&
            cord_str_eq_fold(cord_str_trim(cord_xml_tokens_plain(&privacy->plain, token->text)),
                             CORD_STR("patient"))) {
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
    cord_str path[CORD_XML_DEPTH_MAX + 1]; /* elements open, by depth: the AuditMessage is 1 */
};

static void enter(struct cord_privacy *privacy, struct where *where, size_t at)
{
    const struct cord_xml_token *token = &privacy->tokens.items[at];
    where->element = token->name;
    where->path[token->depth] = token->name;
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
                                             const struct cord_xml_token *token)
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
                                        const struct cord_xml_token *token)
{
    bool object = where->place == PLACE_OBJECT || where->place == PLACE_PATIENT;
    bool flag = is_named(token, "Encrypted") || is_named(token, "Anonymized");
    return object && !flag ? CORD_PRIVACY_REMOVE : CORD_PRIVACY_TEXT;
}

/* --- writing --- */

static void put_escaped(struct cord_buf *into, cord_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (cord_str_find_char(CORD_STR("&<>\"'\t\r\n"), c, 0) != SIZE_MAX) {
            cord_buf_printf(into, "&#%d;", (int)c);
        } else {
            cord_buf_put_char(into, c);
        }
    }
}

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

/* --- fields --- */

/* RFC 3881's names are those of DICOM's first edition. */
static cord_str attribute_name(cord_str name)
{
    if (cord_str_eq(name, CORD_STR("code"))) {
        return CORD_STR("csd-code");
    }
    return cord_str_eq(name, CORD_STR("displayName")) ? CORD_STR("originalText") : name;
}

static void put_name(struct cord_buf *into, size_t from, cord_str part)
{
    if (into->len > from) {
        cord_buf_put_char(into, '.');
    }
    cord_buf_put(into, part);
}

static void add_field(struct cord_privacy *privacy, const struct where *where,
                      const struct cord_xml_token *token, cord_str value)
{
    struct cord_buf *text = &privacy->field_text;
    struct cord_privacy_span span = {.group = where->path[GROUP_DEPTH], .name_at = text->len};
    bool attribute = token->kind == CORD_XML_ATTRIBUTE;
    if (token->depth < GROUP_DEPTH + (attribute ? 0 : 1) ||
        privacy->field_count == CORD_PRIVACY_FIELDS_MAX) {
        return;
    }
    for (unsigned i = GROUP_DEPTH + 1; i <= token->depth; i++) {
        put_name(text, span.name_at, where->path[i]);
    }
    if (attribute) {
        put_name(text, span.name_at, attribute_name(token->name));
    }
    span.value_at = text->len;
    cord_buf_put(text, value);
    span.end = text->len;
    privacy->fields[privacy->field_count++] = span;
}

static void rewrite_token(struct splice *splice, const struct where *where,
                          const struct cord_xml_token *token)
{
    struct cord_privacy *privacy = splice->privacy;
    enum cord_privacy_policy policy = CORD_PRIVACY_TEXT;
    cord_str plain = {0};
    switch (token->kind) {
    case CORD_XML_START:
    case CORD_XML_END:
        return;
    case CORD_XML_COMMENT:
        cord_buf_clear(&privacy->fresh);
        replace(splice, token->text);
        return;
    case CORD_XML_ATTRIBUTE:
        policy = of_attribute(where, token);
        plain = cord_xml_tokens_plain(&privacy->plain, token->text);
        break;
    case CORD_XML_TEXT:
        policy = of_text(where, token);
        plain = cord_xml_tokens_plain(&privacy->plain, token->text);
        break;
    case CORD_XML_SECTION:
        policy = of_text(where, token);
        plain = cord_str_slice(token->text, 9, token->text.len - 12); /* <![CDATA[ and ]]> */
        break;
    }
    if (token->kind != CORD_XML_ATTRIBUTE && cord_str_trim(plain).len == 0) {
        return; /* how it is laid out */
    }
    bool changed = cord_privacy_value(privacy, policy, plain);
    if (policy != CORD_PRIVACY_REMOVE) {
        add_field(privacy, where, token, changed ? cord_buf_str(&privacy->fresh) : plain);
    }
    if (changed) {
        replace(splice, token->text);
    }
}

static void rewrite(struct cord_privacy *privacy, cord_str document)
{
    struct splice splice = {.privacy = privacy, .document = document};
    struct where where = {.place = PLACE_ELSEWHERE, .element = CORD_STR("")};
    for (size_t i = 0; i < privacy->tokens.count; i++) {
        if (where.place != PLACE_ELSEWHERE && i >= where.end) {
            where.place = PLACE_ELSEWHERE;
        }
        if (privacy->tokens.items[i].kind == CORD_XML_START) {
            enter(privacy, &where, i);
        }
        rewrite_token(&splice, &where, &privacy->tokens.items[i]);
    }
    cord_buf_put(&privacy->out, cord_str_from_byte(document, splice.copied));
}

static bool is_audit_message(const struct cord_privacy *privacy)
{
    for (size_t i = 0; i < privacy->tokens.count; i++) {
        if (privacy->tokens.items[i].kind == CORD_XML_START) {
            return is_named(&privacy->tokens.items[i], "AuditMessage");
        }
    }
    return false;
}

cord_status cord_privacy_xml(struct cord_privacy *privacy, cord_str document,
                             struct cord_error *err)
{
    cord_status status = cord_xml_tokens_read(&privacy->tokens, document, err);
    if (status != CORD_OK) {
        return status;
    }
    if (!is_audit_message(privacy)) {
        return cord_error_set(err, CORD_E_FORMAT, "XML that is no AuditMessage");
    }
    rewrite(privacy, document);
    return CORD_OK;
}
