/* privacy.c: see privacy.h. */
#include "normalise/privacy_internal.h"

#include "codec/fhir_xml.h"
#include "normalise/personal_number.h"

#include <stdlib.h>

enum { GROWTH = 8 }; /* a key is longer than what it stands for */

struct cord_privacy *cord_privacy_new(const struct cord_patient_key *key, size_t record_bytes_max)
{
    struct cord_privacy *privacy = calloc(1, sizeof *privacy);
    if (!privacy) {
        return NULL;
    }
    size_t most = record_bytes_max < SIZE_MAX / GROWTH ? record_bytes_max * GROWTH : SIZE_MAX;
    privacy->key = key;
    cord_buf_init(&privacy->out, most);
    cord_buf_init(&privacy->plain, most);
    cord_buf_init(&privacy->fresh, most);
    cord_buf_init(&privacy->field_text, most);
    cord_buf_init(&privacy->json, most);
    return privacy;
}

void cord_privacy_free(struct cord_privacy *privacy)
{
    if (privacy) {
        cord_buf_done(&privacy->out);
        cord_buf_done(&privacy->plain);
        cord_buf_done(&privacy->fresh);
        cord_buf_done(&privacy->field_text);
        cord_buf_done(&privacy->json);
        free(privacy->nodes);
        cord_xml_tokens_done(&privacy->tokens);
        free(privacy);
    }
}

/* --- values --- */

static void put_key(struct cord_privacy *privacy, struct cord_buf *into, cord_str normal)
{
    char text[CORD_PATIENT_KEY_TEXT];
    if (!cord_patient_key_write(privacy->key, normal, text)) {
        privacy->failed = true;
        return;
    }
    cord_buf_put(into, (cord_str){text, sizeof text});
}

/* Whose identifiers a reference or URL may hold: Patient, Person, RelatedPerson. */
static size_t behind_reference(cord_str text, size_t at)
{
    static const struct cord_str kinds[] = {{"Patient/", 8}, {"Person/", 7}};
    cord_str rest = cord_str_from_byte(text, at);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (cord_str_starts_fold(rest, kinds[i])) {
            return at + kinds[i].len;
        }
    }
    return 0;
}

/* Any byte but those that end a part of an URL or of a sentence. */
static size_t id_end(cord_str text, size_t from)
{
    static const char ends[] = "/?#|^&;,\"'<>()[]{}\\ \t\r\n";
    while (from < text.len && !memchr(ends, text.ptr[from], sizeof ends)) {
        from++;
    }
    return from;
}

static cord_str without_authority(cord_str value)
{
    cord_str text = cord_str_trim(value);
    for (size_t at = 0; at < text.len; at++) {
        size_t behind = behind_reference(text, at);
        if (behind > 0) {
            return cord_str_slice(text, behind, id_end(text, behind) - behind);
        }
    }
    text = cord_str_slice(text, 0, cord_str_find_char(text, '^', 0));
    for (size_t bar; (bar = cord_str_find_char(text, '|', 0)) != SIZE_MAX;) {
        cord_str behind = cord_str_from_byte(text, bar + 1);
        if (behind.len == 0) {
            return cord_str_slice(text, 0, bar);
        }
        text = behind;
    }
    size_t root = cord_str_find_char(text, '@', 0);
    return cord_str_trim(cord_str_slice(text, 0, root));
}

static void put_identifier(struct cord_privacy *privacy, cord_str value)
{
    struct cord_personal_number number;
    cord_str normal = without_authority(value);
    if (cord_personal_number_at(normal, 0, &number) && number.len == normal.len) {
        normal = (cord_str){number.normal, number.normal_len};
    }
    put_key(privacy, &privacy->fresh, normal);
}

/* HL7's repetitions: each is an identifier. */
static void put_identifiers(struct cord_privacy *privacy, cord_str list)
{
    cord_str one;
    bool first = true;
    if (list.len == 0) {
        return;
    }
    while (cord_str_cut(&list, '~', &one)) {
        if (!first) {
            cord_buf_put_char(&privacy->fresh, '~');
        }
        first = false;
        if (cord_str_trim(one).len > 0) {
            put_identifier(privacy, one);
        }
    }
}

/* Bytes of "?a=b&c", from the question mark on; 0: no such query is there. */
static size_t query_len(cord_str text, size_t at)
{
    bool pairs = false;
    size_t end = at + 1;
    for (; end < text.len &&
           cord_str_find_char(CORD_STR(" \t\r\n\"<>"), text.ptr[end], 0) == SIZE_MAX;
         end++) {
        pairs = pairs || text.ptr[end] == '=';
    }
    return pairs ? end - at : 0;
}

/* Takes what begins at `at`; returns the bytes taken, 0: nothing special begins there. */
static size_t rewrite_at(struct cord_privacy *privacy, cord_str text, size_t at)
{
    struct cord_buf *fresh = &privacy->fresh;
    struct cord_personal_number number;
    char c = text.ptr[at];
    if (c == '?') {
        size_t len = query_len(text, at);
        cord_buf_put(fresh, len > 0 ? CORD_STR("?removed") : CORD_STR(""));
        return len;
    }
    if (c == 'P' || c == 'p') {
        size_t behind = behind_reference(text, at);
        size_t end = behind > 0 ? id_end(text, behind) : behind;
        cord_str id = cord_str_slice(text, behind, end - behind);
        if (id.len == 0 || cord_str_starts(id, CORD_STR("pk:"))) {
            return 0;
        }
        cord_buf_put(fresh, cord_str_slice(text, at, behind - at));
        put_identifier(privacy, id);
        return end - at;
    }
    if (cord_str_is_digit(c) && cord_personal_number_at(text, at, &number)) {
        put_key(privacy, fresh, (cord_str){number.normal, number.normal_len});
        return number.len;
    }
    return 0;
}

static bool rewrite_text(struct cord_privacy *privacy, cord_str text)
{
    size_t copied = 0;
    bool changed = false;
    for (size_t at = 0; at < text.len;) {
        size_t before = privacy->fresh.len;
        size_t pending = at - copied;
        if (cord_str_find_char(CORD_STR("?Pp0123456789"), text.ptr[at], 0) == SIZE_MAX) {
            at++;
            continue;
        }
        cord_buf_put(&privacy->fresh, cord_str_slice(text, copied, pending));
        size_t taken = rewrite_at(privacy, text, at);
        if (taken == 0) {
            privacy->fresh.len = privacy->fresh.failed ? privacy->fresh.len : before;
            at++;
            continue;
        }
        changed = true;
        at += taken;
        copied = at;
    }
    cord_buf_put(&privacy->fresh, cord_str_from_byte(text, copied));
    return changed;
}

bool cord_privacy_value(struct cord_privacy *privacy, enum cord_privacy_policy policy,
                        cord_str plain)
{
    cord_buf_clear(&privacy->fresh);
    switch (policy) {
    case CORD_PRIVACY_REMOVE:
        cord_buf_put(&privacy->fresh, CORD_STR("removed"));
        return plain.len > 0;
    case CORD_PRIVACY_KEY:
        put_identifiers(privacy, plain);
        return plain.len > 0;
    case CORD_PRIVACY_TEXT:
        break;
    }
    return rewrite_text(privacy, plain);
}

/* --- records --- */

static cord_status outcome(const struct cord_privacy *privacy, cord_status status,
                           struct cord_error *err)
{
    if (status != CORD_OK) {
        return status;
    }
    if (privacy->failed) {
        return cord_error_set(err, CORD_E_NOMEM, "patients' keys cannot be made");
    }
    if (privacy->out.failed || privacy->plain.failed || privacy->fresh.failed ||
        privacy->field_text.failed || privacy->json.failed) {
        return cord_error_set(err, CORD_E_LIMIT, "too long with patients' keys in it");
    }
    return CORD_OK;
}

static void begin(struct cord_privacy *privacy)
{
    cord_buf_clear(&privacy->out);
    cord_buf_clear(&privacy->plain);
    cord_buf_clear(&privacy->fresh);
    cord_buf_clear(&privacy->json);
    privacy->failed = false;
}

/* Of the root element's tag, with a namespace's prefix or without. */
static size_t root_start(cord_str record, cord_str name)
{
    size_t at = cord_str_find(record, name, 0);
    while (at != SIZE_MAX &&
           (at == 0 || cord_str_find_char(CORD_STR("<:"), record.ptr[at - 1], 0) == SIZE_MAX)) {
        at = cord_str_find(record, name, at + name.len);
    }
    while (at != SIZE_MAX && record.ptr[at] != '<') {
        at = at > 0 ? at - 1 : SIZE_MAX;
    }
    return at;
}

enum form { FORM_JSON, FORM_ATNA, FORM_FHIR_XML };

/* Where the document within a record begins: behind a syslog header, or at once. */
static size_t document_start(cord_str record, enum form *ret_form)
{
    static const struct {
        cord_str root;
        enum form form;
    } roots[] = {{{"AuditMessage", 12}, FORM_ATNA},
                 {{"AuditEvent", 10}, FORM_FHIR_XML},
                 {{"Bundle", 6}, FORM_FHIR_XML}};
    size_t start = cord_str_find_char(record, '{', 0);
    *ret_form = FORM_JSON;
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        size_t root = root_start(record, roots[i].root);
        if (root < start) {
            start = root;
            *ret_form = roots[i].form;
        }
    }
    if (*ret_form == FORM_JSON) {
        return start;
    }
    /* Comments of FHIR's go with the XML; a syslog header begins with its priority. */
    if (*ret_form == FORM_FHIR_XML &&
        (cord_str_starts(record, CORD_STR("<!")) || cord_str_starts(record, CORD_STR("<?")))) {
        return 0;
    }
    size_t declaration = cord_str_find(record, CORD_STR("<?xml"), 0);
    return declaration < start ? declaration : start;
}

/* It becomes what the same resource would be in JSON, so that one rule finds both. */
static cord_status take_fhir_xml(struct cord_privacy *privacy, cord_str document,
                                 struct cord_error *err)
{
    cord_status status = cord_xml_tokens_read(&privacy->tokens, document, err);
    if (status == CORD_OK) {
        status = cord_fhir_xml_json(&privacy->tokens, &privacy->plain, &privacy->json, err);
    }
    if (status != CORD_OK || privacy->json.failed || privacy->plain.failed) {
        return status; /* what failed is looked at in the end */
    }
    return cord_privacy_json(privacy, cord_buf_str(&privacy->json), err);
}

static cord_status take_document(struct cord_privacy *privacy, enum form form, cord_str document,
                                 struct cord_error *err)
{
    switch (form) {
    case FORM_ATNA:
        return cord_privacy_xml(privacy, document, err);
    case FORM_FHIR_XML:
        return take_fhir_xml(privacy, document, err);
    case FORM_JSON:
        break;
    }
    return cord_privacy_json(privacy, document, err);
}

static cord_str trimmed(cord_str record)
{
    while (record.len > 0 && record.ptr[record.len - 1] == '\0') {
        record.len--;
    }
    while (record.len > 0 &&
           cord_str_find_char(CORD_STR(" \t\r\n"), record.ptr[record.len - 1], 0) != SIZE_MAX) {
        record.len--;
    }
    return record;
}

/* Beyond all rules: what they did not look at, such as the names of fields. */
static cord_status check_left(const struct cord_privacy *privacy, struct cord_error *err)
{
    struct cord_personal_number number;
    if (cord_personal_number_find(cord_buf_str(&privacy->out), 0, &number)) {
        return cord_error_set(err, CORD_E_FORMAT, "a patient's number where none can be replaced");
    }
    return CORD_OK;
}

cord_status cord_privacy_rewrite(struct cord_privacy *privacy, cord_str record, cord_str *ret_text,
                                 struct cord_error *err)
{
    enum form form = FORM_JSON;
    record = trimmed(record);
    begin(privacy);
    cord_buf_clear(&privacy->field_text);
    privacy->field_count = 0;
    if (record.len == 0 || memchr(record.ptr, '\0', record.len)) {
        return cord_error_set(err, CORD_E_FORMAT, "no audit message: empty, or no text");
    }
    size_t start = document_start(record, &form);
    if (start == SIZE_MAX) {
        return cord_error_set(err, CORD_E_FORMAT, "neither an AuditMessage nor a FHIR AuditEvent");
    }
    (void)cord_privacy_value(privacy, CORD_PRIVACY_TEXT, cord_str_slice(record, 0, start));
    cord_buf_put(&privacy->out, cord_buf_str(&privacy->fresh));
    cord_status status = take_document(privacy, form, cord_str_from_byte(record, start), err);
    status = outcome(privacy, status, err);
    if (status == CORD_OK) {
        status = check_left(privacy, err);
    }
    if (status == CORD_OK) {
        *ret_text = cord_buf_str(&privacy->out);
    }
    return status;
}

cord_status cord_privacy_rewrite_text(struct cord_privacy *privacy, cord_str text,
                                      cord_str *ret_text, struct cord_error *err)
{
    begin(privacy);
    (void)cord_privacy_value(privacy, CORD_PRIVACY_TEXT, text);
    cord_status status = outcome(privacy, CORD_OK, err);
    if (status == CORD_OK) {
        *ret_text = cord_buf_str(&privacy->fresh);
    }
    return status;
}

size_t cord_privacy_field_count(const struct cord_privacy *privacy)
{
    return privacy->field_count;
}

struct cord_privacy_field cord_privacy_field_at(const struct cord_privacy *privacy, size_t at)
{
    const struct cord_privacy_span *span = &privacy->fields[at];
    cord_str text = cord_buf_str(&privacy->field_text);
    return (struct cord_privacy_field){
        .group = span->group,
        .name = cord_str_slice(text, span->name_at, span->value_at - span->name_at),
        .value = cord_str_slice(text, span->value_at, span->end - span->value_at),
    };
}
