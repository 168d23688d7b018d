/* claim_value.c: a claim's value against its kind. See claim_read_internal.h. */
#include "record/claim_read_internal.h"

#include "codec/json_write.h"

#include <inttypes.h>

static bool is_code(cord_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        char lower = cord_str_lower_char(c);
        if (!cord_str_is_digit(c) && (lower < 'a' || lower > 'z') && c != '-' && c != '.') {
            return false;
        }
    }
    return text.len > 0 && text.len <= CORD_CODE_BYTES_MAX;
}

static cord_status put_texts(struct cord_claim_reader *reader, const struct cord_json_span *span,
                             size_t most, struct cord_error *err)
{
    struct cord_json_walk walk;
    struct cord_json_span item;
    cord_str text = CORD_STR("");
    size_t count = 0;
    cord_status status = CORD_OK;
    if (span->kind != CORD_JSON_ARRAY || !cord_json_span_begin(&walk, span->raw, 0)) {
        return cord_claim_take_wrong(err, "is to be an array of texts");
    }
    cord_buf_put_char(&reader->value, '[');
    while (status == CORD_OK && (status = cord_json_span_next(&walk, &item)) == CORD_OK) {
        status = count < CORD_TEXTS_MAX ? cord_claim_take_text(reader, &item, most, &text, err)
                                        : cord_claim_take_wrong(err, "has more than 64 texts");
        if (status == CORD_OK) {
            cord_buf_put_text(&reader->value, count > 0 ? "," : "");
            cord_json_write_string(&reader->value, text);
            count++;
        } else {
            cord_error_context(err, "[%zu]", count);
            return status;
        }
    }
    cord_buf_put_char(&reader->value, ']');
    return status == CORD_E_END ? CORD_OK : cord_claim_take_wrong(err, "is no JSON");
}

static cord_status take_code(struct cord_claim_reader *reader, const struct cord_member *member,
                             const struct cord_json_span *span, cord_str *ret_text,
                             struct cord_error *err)
{
    cord_status status = cord_claim_take_text(reader, span, CORD_CLAIM_TEXT_MAX, ret_text, err);
    if (status == CORD_OK && member->type == CORD_MEMBER_ORGANISATION && !is_code(*ret_text)) {
        status =
            cord_claim_take_wrong(err, "is to be a code: at most 32 letters, digits, '-' and '.'");
    } else if (status == CORD_OK && member->type == CORD_MEMBER_SUBJECT &&
               !cord_claim_is_subject(*ret_text, NULL)) {
        status = cord_claim_take_wrong(err, "is to be what it is and its name, as service:spine");
    }
    return status;
}

static cord_status put_number(struct cord_claim_reader *reader, const struct cord_member *member,
                              const struct cord_json_span *span, struct cord_error *err)
{
    bool claim = member->type == CORD_MEMBER_CLAIM;
    int64_t number;
    cord_status status = cord_claim_take_whole(span, claim ? 1 : member->least,
                                               claim ? INT64_MAX : member->most, &number, err);
    if (status == CORD_OK) {
        cord_buf_printf(&reader->value, "%" PRId64, number);
    }
    return status;
}

static cord_status put_flag(struct cord_claim_reader *reader, const struct cord_json_span *span,
                            struct cord_error *err)
{
    if (span->kind != CORD_JSON_TRUE && span->kind != CORD_JSON_FALSE) {
        return cord_claim_take_wrong(err, "is to be true or false");
    }
    cord_buf_put(&reader->value, span->raw);
    return CORD_OK;
}

static cord_status put_time(struct cord_claim_reader *reader, const struct cord_json_span *span,
                            struct cord_error *err)
{
    char buffer[CORD_TIMESTAMP_TEXT];
    int64_t ns;
    cord_status status = cord_claim_take_time(reader, span, &ns, err);
    if (status == CORD_OK) {
        cord_json_write_string(&reader->value, cord_timestamp_format(ns, buffer));
    }
    return status;
}

/* What is written as a JSON string. */
static cord_status put_string(struct cord_claim_reader *reader, const struct cord_member *member,
                              const struct cord_json_span *span, struct cord_error *err)
{
    char buffer[CORD_DECIMAL_BYTES];
    cord_str text = CORD_STR("");
    cord_status status;
    if (member->type == CORD_MEMBER_TEXT) {
        status = cord_claim_take_text(reader, span, (size_t)member->most, &text, err);
    } else if (member->type == CORD_MEMBER_WORD) {
        status = cord_claim_take_word(reader, span, member->words, &text, err);
    } else if (member->type == CORD_MEMBER_DECIMAL) {
        status = cord_claim_take_decimal(reader, span, buffer, &text, err);
    } else if (member->type == CORD_MEMBER_DATE) {
        status = cord_claim_take_date(reader, span, &text, err);
    } else {
        status = take_code(reader, member, span, &text, err);
    }
    if (status == CORD_OK) {
        cord_json_write_string(&reader->value, text);
    }
    return status;
}

static cord_status put_member(struct cord_claim_reader *reader, const struct cord_member *member,
                              const struct cord_json_span *span, struct cord_error *err)
{
    switch (member->type) {
    case CORD_MEMBER_NUMBER:
    case CORD_MEMBER_CLAIM:
        return put_number(reader, member, span, err);
    case CORD_MEMBER_FLAG:
        return put_flag(reader, span, err);
    case CORD_MEMBER_TIME:
        return put_time(reader, span, err);
    case CORD_MEMBER_TEXTS:
        return put_texts(reader, span, (size_t)member->most, err);
    case CORD_MEMBER_END:
    case CORD_MEMBER_TEXT:
    case CORD_MEMBER_WORD:
    case CORD_MEMBER_DECIMAL:
    case CORD_MEMBER_DATE:
    case CORD_MEMBER_ORGANISATION:
    case CORD_MEMBER_SUBJECT:
        break;
    }
    return put_string(reader, member, span, err);
}

static cord_status no_member(const struct cord_claim_kind *kind, cord_str name,
                             struct cord_error *err)
{
    const char *names[CORD_MEMBERS_MAX + 1] = {NULL};
    char shown[CORD_CLAIM_SHOWN_BYTES];
    for (size_t i = 0; kind->members[i].type != CORD_MEMBER_END; i++) {
        names[i] = kind->members[i].name;
    }
    (void)cord_claim_take_no_such(name, names, err);
    cord_error_context(err, "value.%s: %s has no such member", cord_claim_take_shown(name, shown),
                       kind->name);
    return CORD_E_FORMAT;
}

/* Each member's place in the text; kind JSON_NULL with raw.ptr NULL: it is not there. */
static cord_status find_members(const struct cord_claim_kind *kind, cord_str value,
                                struct cord_json_span found[CORD_MEMBERS_MAX],
                                struct cord_error *err)
{
    struct cord_json_walk walk;
    struct cord_json_span span;
    cord_status status;
    if (!cord_json_span_begin(&walk, value, 0) || value.ptr[0] != '{') {
        return cord_claim_take_wrong(err, "value: is to be an object in braces");
    }
    while ((status = cord_json_span_next(&walk, &span)) == CORD_OK) {
        const struct cord_member *member = cord_claim_kind_member(kind, span.name);
        if (!member) {
            return no_member(kind, span.name, err);
        }
        if (found[member - kind->members].raw.ptr) {
            return cord_error_set(err, CORD_E_FORMAT, "value.%s: is there twice", member->name);
        }
        found[member - kind->members] = span;
    }
    if (status != CORD_E_END || cord_json_span_skip_blank(value, walk.at) != value.len) {
        return cord_claim_take_wrong(err, "value: is no JSON");
    }
    return CORD_OK;
}

cord_status cord_claim_value_check(struct cord_claim_reader *reader,
                                   const struct cord_claim_kind *kind, cord_str value,
                                   struct cord_error *err)
{
    struct cord_json_span found[CORD_MEMBERS_MAX] = {{0}};
    if (value.len > CORD_CLAIM_VALUE_MAX) {
        return cord_error_set(err, CORD_E_FORMAT, "value: has %zu bytes, at most %u are taken",
                              value.len, CORD_CLAIM_VALUE_MAX);
    }
    cord_status status = find_members(kind, value, found, err);
    cord_buf_clear(&reader->value);
    cord_buf_put_char(&reader->value, '{');
    for (size_t i = 0; status == CORD_OK && kind->members[i].type != CORD_MEMBER_END; i++) {
        const struct cord_member *member = &kind->members[i];
        if (!found[i].raw.ptr) {
            status = member->required ? cord_claim_take_wrong(err, "is missing") : CORD_OK;
        } else {
            cord_buf_put_text(&reader->value, reader->value.len > 1 ? ",\"" : "\"");
            cord_buf_put_text(&reader->value, member->name);
            cord_buf_put_text(&reader->value, "\":");
            status = put_member(reader, member, &found[i], err);
        }
        if (status != CORD_OK) {
            cord_error_context(err, "value.%s (%s)", member->name, member->help);
        }
    }
    cord_buf_put_char(&reader->value, '}');
    return status == CORD_OK && reader->value.failed
               ? cord_claim_take_wrong(err, "value: is too long")
               : status;
}
