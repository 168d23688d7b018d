/* claim_read.c: see claim_read.h. */
#include "record/claim_read.h"

#include "base/arena.h"
#include "base/decimal.h"
#include "base/nearest.h"
#include "base/utf8.h"
#include "codec/json_span.h"
#include "codec/json_unescape.h"
#include "codec/json_write.h"

#include <inttypes.h>
#include <stdlib.h>

enum { READER_BYTES_MAX = 1 << 20, SHOWN_BYTES = 40, CHOICES_BYTES = 200 };

enum field {
    FIELD_NUMBER,
    FIELD_KIND,
    FIELD_SUBJECT,
    FIELD_VALUE,
    FIELD_AMOUNT,
    FIELD_UNIT,
    FIELD_VALID_FROM,
    FIELD_VALID_TO,
    FIELD_RECORDED,
    FIELD_CLAIMANT,
    FIELD_METHOD,
    FIELD_CONFIDENCE,
    FIELD_BASIS,
    FIELD_SOURCE,
    FIELD_KEY,
    FIELD_SUPERSEDES,
    FIELD_MARKING,
    FIELD_EXERCISE,
    FIELD_HASH,
    FIELDS,
};

static const char *const field_names[FIELDS] = {
    "number",   "kind",       "subject",  "value",    "amount",     "unit",  "valid_from",
    "valid_to", "recorded",   "claimant", "method",   "confidence", "basis", "source",
    "key",      "supersedes", "marking",  "exercise", "hash",
};

/* Who may claim. */
static const char *const claimants[] = {"org",    "user",   "system", "token", "press",
                                        "person", "office", "source", NULL};

struct cord_claim_reader {
    struct cord_arena *arena; /* texts whose escape sequences are resolved */
    struct cord_buf value;
    char amount[CORD_DECIMAL_BYTES];
};

cord_status cord_claim_reader_new(struct cord_claim_reader **ret_reader)
{
    struct cord_claim_reader *reader = calloc(1, sizeof *reader);
    if (!reader) {
        return CORD_E_NOMEM;
    }
    cord_buf_init(&reader->value, CORD_CLAIM_VALUE_MAX);
    reader->arena = cord_arena_new(READER_BYTES_MAX);
    if (!reader->arena) {
        cord_claim_reader_free(reader);
        return CORD_E_NOMEM;
    }
    *ret_reader = reader;
    return CORD_OK;
}

void cord_claim_reader_free(struct cord_claim_reader *reader)
{
    if (reader) {
        cord_arena_free(reader->arena);
        cord_buf_done(&reader->value);
        free(reader);
    }
}

/* --- refusing --- */

/* Hostile text for a message: short, and nothing that moves a cursor. */
static const char *show(cord_str text, char shown[SHOWN_BYTES])
{
    size_t len = text.len < SHOWN_BYTES - 4 ? text.len : SHOWN_BYTES - 4;
    for (size_t i = 0; i < len; i++) {
        shown[i] = text.ptr[i] >= ' ' && text.ptr[i] < 0x7f ? text.ptr[i] : '?';
    }
    memcpy(shown + len, len < text.len ? "..." : "", len < text.len ? 4 : 1);
    return shown;
}

/* "'infcted' is none; did you mean 'infected'?", or all there are when they are few. */
static cord_status no_such(cord_str given, const char *const *words, struct cord_error *err)
{
    char shown[SHOWN_BYTES];
    struct cord_nearest nearest;
    struct cord_buf choices;
    cord_nearest_init(&nearest, given);
    cord_buf_init(&choices, CHOICES_BYTES);
    for (size_t i = 0; words[i]; i++) {
        cord_nearest_offer(&nearest, cord_str_from(words[i]));
        cord_buf_printf(&choices, "%s%s", i > 0 ? ", " : "", words[i]);
    }
    cord_str near = cord_nearest_found(&nearest);
    if (near.ptr) {
        (void)cord_error_set(err, CORD_E_FORMAT, "'%s' is none of its words; did you mean '%.*s'?",
                             show(given, shown), CORD_STR_ARG(near));
    } else {
        (void)cord_error_set(err, CORD_E_FORMAT, "'%s' is none of its words: %.*s%s",
                             show(given, shown), CORD_STR_ARG(choices),
                             choices.failed ? "..." : "");
    }
    cord_buf_done(&choices);
    return CORD_E_FORMAT;
}

static cord_status wrong(struct cord_error *err, const char *what)
{
    return cord_error_set(err, CORD_E_FORMAT, "%s", what);
}

/* --- texts --- */

/* What shows as nothing, or turns the direction of what is around it. */
static bool is_invisible(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad || code == 0x61c ||
           (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff || (code & 0xfffeu) == 0xfffeu ||
           (code >= 0xe0000 && code <= 0xe0fff) || code >= CORD_UTF8_OPAQUE;
}

bool cord_claim_read_is_plain(cord_str text)
{
    for (size_t at = 0; at < text.len;) {
        uint32_t code;
        at += cord_utf8_decode(text, at, &code);
        if (is_invisible(code)) {
            return false;
        }
    }
    return true;
}

static cord_status check_text(cord_str text, size_t most, struct cord_error *err)
{
    if (text.len == 0) {
        return wrong(err, "is empty; leave it out instead");
    }
    if (text.len > most) {
        return cord_error_set(err, CORD_E_FORMAT, "has %zu bytes, at most %zu are taken", text.len,
                              most);
    }
    if (!cord_claim_read_is_plain(text)) {
        return wrong(err, cord_utf8_is_valid(text)
                              ? "holds a control character, or one that is not to be seen"
                              : "is no UTF-8");
    }
    return CORD_OK;
}

static bool is_hex(char c)
{
    return cord_str_is_digit(c) || (cord_str_lower_char(c) >= 'a' && cord_str_lower_char(c) <= 'f');
}

/* RFC 8259, section 7; the unescaper lets pass what is none. */
static bool escapes_are_right(cord_str inside)
{
    for (size_t i = 0; i < inside.len; i++) {
        if (inside.ptr[i] != '\\') {
            continue;
        }
        i++;
        if (i == inside.len || inside.ptr[i] == '\0' || !strchr("\"\\/bfnrtu", inside.ptr[i])) {
            return false;
        }
        for (size_t digit = 0; inside.ptr[i] == 'u' && digit < 4; digit++) {
            if (inside.len - i <= digit + 1 || !is_hex(inside.ptr[i + digit + 1])) {
                return false;
            }
        }
    }
    return true;
}

/* A JSON string as text of at most `most` bytes. */
static cord_status take_text(struct cord_claim_reader *reader, const struct cord_json_span *span,
                             size_t most, cord_str *ret_text, struct cord_error *err)
{
    cord_str text = span->text;
    if (span->kind != CORD_JSON_STRING) {
        return wrong(err, "is to be a text in quotes");
    }
    if (text.len > READER_BYTES_MAX / 4) {
        return wrong(err, "is too long");
    }
    if (span->escaped) {
        char *buffer = cord_arena_bytes(reader->arena, text.len + 1);
        if (!buffer) {
            return cord_error_set(err, cord_arena_failure(reader->arena), "too much text");
        }
        if (!escapes_are_right(text)) {
            return wrong(err, "has an escape sequence that JSON does not know");
        }
        text = (cord_str){buffer, cord_json_unescape(text, buffer)};
    }
    *ret_text = text;
    return check_text(text, most, err);
}

static cord_status take_word(struct cord_claim_reader *reader, const struct cord_json_span *span,
                             const char *const *words, cord_str *ret_word, struct cord_error *err)
{
    cord_status status = take_text(reader, span, CORD_CLAIM_TEXT_MAX, ret_word, err);
    for (size_t i = 0; status == CORD_OK && words[i]; i++) {
        if (cord_str_eq(*ret_word, cord_str_from(words[i]))) {
            return CORD_OK;
        }
    }
    return status == CORD_OK ? no_such(*ret_word, words, err) : status;
}

/* --- numbers and times --- */

static cord_status take_whole(const struct cord_json_span *span, int64_t least, int64_t most,
                              int64_t *ret_number, struct cord_error *err)
{
    char buffer[CORD_DECIMAL_BYTES];
    if (span->kind != CORD_JSON_NUMBER) {
        return wrong(err, "is to be a number");
    }
    if (!cord_str_i64(cord_decimal_canonical(span->raw, buffer), ret_number)) {
        return wrong(err, "is to be a whole number");
    }
    if (*ret_number < least || *ret_number > most) {
        return cord_error_set(err, CORD_E_FORMAT, "is to be a number from %" PRId64 " to %" PRId64,
                              least, most);
    }
    return CORD_OK;
}

/* Canonical; in buffer or borrowing text. */
static cord_status check_decimal(cord_str text, char buffer[CORD_DECIMAL_BYTES],
                                 cord_str *ret_decimal, struct cord_error *err)
{
    struct cord_decimal parsed;
    char twice[CORD_DECIMAL_BYTES];
    cord_str canonical = CORD_STR("");
    bool right = text.len < CORD_DECIMAL_BYTES && cord_decimal_parse(text, &parsed);
    if (right) {
        canonical = cord_decimal_canonical(text, buffer);
        /* What is too long to write comes back as it went in. */
        right = cord_str_find_char(canonical, 'e', 0) == SIZE_MAX &&
                cord_str_find_char(canonical, 'E', 0) == SIZE_MAX &&
                cord_str_eq(canonical, cord_decimal_canonical(canonical, twice));
    }
    if (!right) {
        return wrong(err,
                     "is to be a decimal number of at most 60 digits, as \"19494\" or \"0.5\"");
    }
    *ret_decimal = canonical;
    return CORD_OK;
}

/* A decimal may come as JSON's number or as text, which no reader rounds. */
static cord_status take_decimal(struct cord_claim_reader *reader, const struct cord_json_span *span,
                                char buffer[CORD_DECIMAL_BYTES], cord_str *ret_decimal,
                                struct cord_error *err)
{
    cord_str text = span->raw;
    cord_status status = CORD_OK;
    if (span->kind != CORD_JSON_NUMBER) {
        status = take_text(reader, span, CORD_DECIMAL_BYTES, &text, err);
    }
    return status == CORD_OK ? check_decimal(text, buffer, ret_decimal, err) : status;
}

/* Whether text has digits where the form has '0', and else its characters. */
static bool is_like(cord_str text, const char *form)
{
    size_t i = 0;
    for (; form[i] != '\0'; i++) {
        if (i == text.len ||
            (form[i] == '0' ? !cord_str_is_digit(text.ptr[i]) : text.ptr[i] != form[i])) {
            return false;
        }
    }
    return i == text.len;
}

static bool is_rfc3339(cord_str text)
{
    size_t at = 19;
    if (!is_like(cord_str_slice(text, 0, at), "0000-00-00T00:00:00")) {
        return false;
    }
    if (at < text.len && text.ptr[at] == '.') {
        for (at++; at < text.len && cord_str_is_digit(text.ptr[at]); at++) {
        }
    }
    cord_str zone = cord_str_from_byte(text, at);
    return cord_str_eq(zone, CORD_STR("Z")) || is_like(zone, "+00:00") || is_like(zone, "-00:00");
}

static cord_status take_time(struct cord_claim_reader *reader, const struct cord_json_span *span,
                             int64_t *ret_ns, struct cord_error *err)
{
    cord_str text = CORD_STR("");
    cord_status status = take_text(reader, span, CORD_CLAIM_TEXT_MAX, &text, err);
    if (status == CORD_OK && (!is_rfc3339(text) || !cord_timestamp_parse(text, ret_ns))) {
        status = wrong(err, "is to be a time with its zone, as 2017-05-12T16:00:00+01:00");
    }
    return status;
}

static cord_status take_date(struct cord_claim_reader *reader, const struct cord_json_span *span,
                             cord_str *ret_date, struct cord_error *err)
{
    int64_t ns;
    cord_status status = take_text(reader, span, CORD_CLAIM_TEXT_MAX, ret_date, err);
    if (status == CORD_OK &&
        (!is_like(*ret_date, "0000-00-00") || !cord_timestamp_parse(*ret_date, &ns))) {
        status = wrong(err, "is to be a date, as 2017-05-12");
    }
    return status;
}

/* --- a value's members --- */

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
        return wrong(err, "is to be an array of texts");
    }
    cord_buf_put_char(&reader->value, '[');
    while (status == CORD_OK && (status = cord_json_span_next(&walk, &item)) == CORD_OK) {
        status = count < CORD_TEXTS_MAX ? take_text(reader, &item, most, &text, err)
                                        : wrong(err, "has more than 64 texts");
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
    return status == CORD_E_END ? CORD_OK : wrong(err, "is no JSON");
}

static cord_status take_code(struct cord_claim_reader *reader, const struct cord_member *member,
                             const struct cord_json_span *span, cord_str *ret_text,
                             struct cord_error *err)
{
    cord_status status = take_text(reader, span, CORD_CLAIM_TEXT_MAX, ret_text, err);
    if (status == CORD_OK && member->type == CORD_MEMBER_ORGANISATION && !is_code(*ret_text)) {
        status = wrong(err, "is to be a code: at most 32 letters, digits, '-' and '.'");
    } else if (status == CORD_OK && member->type == CORD_MEMBER_SUBJECT &&
               !cord_claim_is_subject(*ret_text, NULL)) {
        status = wrong(err, "is to be what it is and its name, as service:spine");
    }
    return status;
}

static cord_status put_number(struct cord_claim_reader *reader, const struct cord_member *member,
                              const struct cord_json_span *span, struct cord_error *err)
{
    bool claim = member->type == CORD_MEMBER_CLAIM;
    int64_t number;
    cord_status status =
        take_whole(span, claim ? 1 : member->least, claim ? INT64_MAX : member->most, &number, err);
    if (status == CORD_OK) {
        cord_buf_printf(&reader->value, "%" PRId64, number);
    }
    return status;
}

static cord_status put_flag(struct cord_claim_reader *reader, const struct cord_json_span *span,
                            struct cord_error *err)
{
    if (span->kind != CORD_JSON_TRUE && span->kind != CORD_JSON_FALSE) {
        return wrong(err, "is to be true or false");
    }
    cord_buf_put(&reader->value, span->raw);
    return CORD_OK;
}

static cord_status put_time(struct cord_claim_reader *reader, const struct cord_json_span *span,
                            struct cord_error *err)
{
    char buffer[CORD_TIMESTAMP_TEXT];
    int64_t ns;
    cord_status status = take_time(reader, span, &ns, err);
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
        status = take_text(reader, span, (size_t)member->most, &text, err);
    } else if (member->type == CORD_MEMBER_WORD) {
        status = take_word(reader, span, member->words, &text, err);
    } else if (member->type == CORD_MEMBER_DECIMAL) {
        status = take_decimal(reader, span, buffer, &text, err);
    } else if (member->type == CORD_MEMBER_DATE) {
        status = take_date(reader, span, &text, err);
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
    char shown[SHOWN_BYTES];
    for (size_t i = 0; kind->members[i].type != CORD_MEMBER_END; i++) {
        names[i] = kind->members[i].name;
    }
    (void)no_such(name, names, err);
    cord_error_context(err, "value.%s: %s has no such member", show(name, shown), kind->name);
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
        return wrong(err, "value: is to be an object in braces");
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
        return wrong(err, "value: is no JSON");
    }
    return CORD_OK;
}

/* The value in its canonical form, in reader->value. */
static cord_status check_value(struct cord_claim_reader *reader, const struct cord_claim_kind *kind,
                               cord_str value, struct cord_error *err)
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
            status = member->required ? wrong(err, "is missing") : CORD_OK;
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
    return status == CORD_OK && reader->value.failed ? wrong(err, "value: is too long") : status;
}

/* --- what all claims have --- */

static cord_status check_subject(const struct cord_claim *claim, struct cord_error *err)
{
    const char *const *prefixes = claim->kind->subjects;
    if (cord_claim_is_subject(claim->subject, prefixes)) {
        return CORD_OK;
    }
    struct cord_buf choices;
    cord_buf_init(&choices, CHOICES_BYTES);
    for (size_t i = 0; prefixes && prefixes[i]; i++) {
        cord_buf_printf(&choices, "%s%s:NAME", i > 0 ? ", " : "", prefixes[i]);
    }
    (void)cord_error_set(err, CORD_E_FORMAT,
                         "subject: is to be %.*s for %s; names are of letters, "
                         "digits and -._:/@+",
                         prefixes ? (int)choices.len : 9, prefixes ? choices.ptr : "KIND:NAME",
                         claim->kind->name);
    cord_buf_done(&choices);
    return CORD_E_FORMAT;
}

static cord_status check_claimant(const struct cord_claim *claim, struct cord_error *err)
{
    if (cord_claim_is_subject(claim->claimant, claimants)) {
        return CORD_OK;
    }
    return wrong(err,
                 "claimant: is to be org:CODE, user:NAME, system:NAME, token:NAME, press:NAME, "
                 "person:NAME, office:NAME or source:NAME");
}

static cord_status check_unit(const struct cord_claim *claim, struct cord_error *err)
{
    const char *const *units = claim->kind->units;
    if (!units) {
        return wrong(err, "amount: its kind has none");
    }
    for (size_t i = 0; units[i]; i++) {
        if (cord_str_eq(claim->unit, cord_str_from(units[i]))) {
            return CORD_OK;
        }
    }
    (void)no_such(claim->unit, units, err);
    cord_error_context(err, "unit");
    return CORD_E_FORMAT;
}

static cord_status check_amount(struct cord_claim_reader *reader, struct cord_claim *claim,
                                struct cord_error *err)
{
    if (claim->amount.len == 0 && claim->unit.len == 0) {
        return claim->kind->amount_required ? wrong(err, "amount: is missing, with its unit")
                                            : CORD_OK;
    }
    if (claim->amount.len == 0) {
        return wrong(err, "amount: is missing, and a unit is there");
    }
    cord_status status = check_decimal(claim->amount, reader->amount, &claim->amount, err);
    if (status != CORD_OK) {
        cord_error_context(err, "amount");
        return status;
    }
    return check_unit(claim, err);
}

static cord_status check_plain(cord_str text, enum field field, struct cord_error *err)
{
    cord_status status = text.len > 0 ? check_text(text, CORD_CLAIM_TEXT_MAX, err) : CORD_OK;
    if (status != CORD_OK) {
        cord_error_context(err, "%s", field_names[field]);
    }
    return status;
}

static cord_status check_texts(const struct cord_claim *claim, struct cord_error *err)
{
    cord_status status =
        claim->method.len > 0
            ? check_plain(claim->method, FIELD_METHOD, err)
            : wrong(err, "method: is missing: telephone, return, telemetry, press, "
                         "assigned ...");
    if (status == CORD_OK) {
        status = check_plain(claim->source, FIELD_SOURCE, err);
    }
    if (status == CORD_OK) {
        status = check_plain(claim->key, FIELD_KEY, err);
    }
    if (status == CORD_OK) {
        status = check_plain(claim->exercise, FIELD_EXERCISE, err);
    }
    return status;
}

static cord_status check_times(const struct cord_claim *claim, struct cord_error *err)
{
    if (claim->valid_to_ns != CORD_TIME_NONE && claim->valid_from_ns != CORD_TIME_NONE &&
        claim->valid_to_ns <= claim->valid_from_ns) {
        return wrong(err, "valid_to: is to be after valid_from");
    }
    if (claim->valid_to_ns == INT64_MAX || claim->valid_from_ns == INT64_MAX) {
        return wrong(err, "valid_to: is too late");
    }
    return CORD_OK;
}

static cord_status check_rest(const struct cord_claim *claim, struct cord_error *err)
{
    if (claim->confidence > CORD_CLAIM_CERTAIN) {
        return wrong(err, "confidence: is to be percent, from 0 to 100");
    }
    if (claim->supersedes > INT64_MAX || claim->number > INT64_MAX) {
        return wrong(err, "supersedes: is no claim's number");
    }
    bool takes_back =
        claim->kind->effect == CORD_CLAIM_REVISES || claim->kind->effect == CORD_CLAIM_RETRACTS;
    if (takes_back && claim->supersedes == 0) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "supersedes: is missing: which claim a %s takes back",
                              claim->kind->name);
    }
    return check_times(claim, err);
}

cord_status cord_claim_check(struct cord_claim_reader *reader, struct cord_claim *claim,
                             struct cord_error *err)
{
    cord_arena_reset(reader->arena);
    cord_status status = check_value(reader, claim->kind, claim->value, err);
    if (status == CORD_OK) {
        claim->value = cord_buf_str(&reader->value);
        status = check_subject(claim, err);
    }
    if (status == CORD_OK) {
        status = check_claimant(claim, err);
    }
    if (status == CORD_OK) {
        status = check_amount(reader, claim, err);
    }
    if (status == CORD_OK) {
        status = check_texts(claim, err);
    }
    return status == CORD_OK ? check_rest(claim, err) : status;
}

/* --- a claim as text --- */

static enum field field_find(cord_str name)
{
    for (unsigned i = 0; i < FIELDS; i++) {
        if (cord_str_eq(name, cord_str_from(field_names[i]))) {
            return (enum field)i;
        }
    }
    return FIELDS;
}

static cord_status find_fields(cord_str text, struct cord_json_span found[FIELDS],
                               struct cord_error *err)
{
    struct cord_json_walk walk;
    struct cord_json_span span;
    cord_status status;
    size_t begin = cord_json_span_skip_blank(text, 0);
    if (begin == text.len || text.ptr[begin] != '{' || !cord_json_span_begin(&walk, text, begin)) {
        return wrong(err, "a claim is to be an object in braces");
    }
    while ((status = cord_json_span_next(&walk, &span)) == CORD_OK) {
        enum field field = field_find(span.name);
        if (field == FIELDS) {
            const char *names[FIELDS + 1] = {NULL};
            memcpy(names, field_names, sizeof field_names);
            (void)no_such(span.name, names, err);
            cord_error_context(err, "a claim has no such member");
            return CORD_E_FORMAT;
        }
        if (found[field].raw.ptr) {
            return cord_error_set(err, CORD_E_FORMAT, "%s: is there twice", field_names[field]);
        }
        found[field] = span;
    }
    if (status != CORD_E_END || cord_json_span_skip_blank(text, walk.at) != text.len) {
        return wrong(err, "is no JSON, or more than one object");
    }
    return CORD_OK;
}

/* One of the fields; a field that is not there leaves the default. */
struct take {
    struct cord_claim_reader *reader;
    const struct cord_json_span *found;
    struct cord_error *err;
    cord_status status; /* the first failure */
};

static bool is_there(const struct take *take, enum field field)
{
    return take->status == CORD_OK && take->found[field].raw.ptr;
}

static void settle(struct take *take, enum field field, cord_status status)
{
    if (status != CORD_OK) {
        take->status = status;
        cord_error_context(take->err, "%s", field_names[field]);
    }
}

static void text_field(struct take *take, enum field field, cord_str *text)
{
    *text = CORD_STR("");
    if (is_there(take, field)) {
        settle(take, field,
               take_text(take->reader, &take->found[field], CORD_CLAIM_TEXT_MAX, text, take->err));
    }
}

static void time_field(struct take *take, enum field field, int64_t *time_ns)
{
    *time_ns = CORD_TIME_NONE;
    if (is_there(take, field)) {
        settle(take, field, take_time(take->reader, &take->found[field], time_ns, take->err));
    }
}

static void number_field(struct take *take, enum field field, int64_t most, uint64_t *number)
{
    int64_t taken = 0;
    if (is_there(take, field)) {
        settle(take, field, take_whole(&take->found[field], 0, most, &taken, take->err));
        *number = (uint64_t)taken;
    }
}

static void kind_field(struct take *take, const struct cord_claim_kind **ret_kind)
{
    char shown[SHOWN_BYTES];
    cord_str name = CORD_STR("");
    text_field(take, FIELD_KIND, &name);
    if (take->status != CORD_OK) {
        return;
    }
    *ret_kind = cord_claim_kind_find(name);
    if (!*ret_kind) {
        const char *near = cord_claim_kind_nearest(name);
        take->status = cord_error_set(take->err, CORD_E_FORMAT, "kind: there is no '%s'%s%s%s",
                                      show(name, shown),
                                      near ? "; did you mean '"
                                           : "; `cordon record kinds`"
                                             " lists them",
                                      near ? near : "", near ? "'?" : "");
    }
}

static void word_fields(struct take *take, struct cord_claim *claim)
{
    static const char *const bases[] = {"confirmed", "reported", "estimated", NULL};
    static const char *const markings[] = {"TLP:CLEAR",        "TLP:GREEN", "TLP:AMBER",
                                           "TLP:AMBER+STRICT", "TLP:RED",   NULL};
    cord_str word = CORD_STR("");
    if (is_there(take, FIELD_BASIS)) {
        settle(take, FIELD_BASIS,
               take_word(take->reader, &take->found[FIELD_BASIS], bases, &word, take->err));
        (void)(take->status == CORD_OK && cord_claim_basis_find(word, &claim->basis));
    }
    if (is_there(take, FIELD_MARKING)) {
        settle(take, FIELD_MARKING,
               take_word(take->reader, &take->found[FIELD_MARKING], markings, &word, take->err));
        (void)(take->status == CORD_OK && cord_claim_marking_find(word, &claim->marking));
    }
}

static void amount_field(struct take *take, struct cord_claim *claim)
{
    claim->amount = CORD_STR("");
    if (is_there(take, FIELD_AMOUNT)) {
        settle(take, FIELD_AMOUNT,
               take_decimal(take->reader, &take->found[FIELD_AMOUNT], take->reader->amount,
                            &claim->amount, take->err));
    }
}

static void hash_field(struct take *take, struct cord_digest *ret_hash, bool *ret_given)
{
    cord_str hex = CORD_STR("");
    *ret_given = take->found[FIELD_HASH].raw.ptr != NULL;
    text_field(take, FIELD_HASH, &hex);
    if (take->status == CORD_OK && *ret_given && !cord_digest_parse(hex, ret_hash)) {
        take->status = wrong(take->err, "hash: is to be 64 hexadecimal digits");
    }
}

static void take_fields(struct take *take, struct cord_claim *claim)
{
    uint64_t confidence = CORD_CLAIM_CONFIDENCE;
    number_field(take, FIELD_NUMBER, INT64_MAX, &claim->number);
    text_field(take, FIELD_SUBJECT, &claim->subject);
    amount_field(take, claim);
    text_field(take, FIELD_UNIT, &claim->unit);
    time_field(take, FIELD_VALID_FROM, &claim->valid_from_ns);
    time_field(take, FIELD_VALID_TO, &claim->valid_to_ns);
    time_field(take, FIELD_RECORDED, &claim->recorded_ns);
    text_field(take, FIELD_CLAIMANT, &claim->claimant);
    text_field(take, FIELD_METHOD, &claim->method);
    number_field(take, FIELD_CONFIDENCE, CORD_CLAIM_CERTAIN, &confidence);
    claim->confidence = (unsigned)confidence;
    word_fields(take, claim);
    text_field(take, FIELD_SOURCE, &claim->source);
    text_field(take, FIELD_KEY, &claim->key);
    number_field(take, FIELD_SUPERSEDES, INT64_MAX, &claim->supersedes);
    text_field(take, FIELD_EXERCISE, &claim->exercise);
}

/* Beside what cord_claim_check looks at: its texts came through take_text. */
static cord_status check_read(struct cord_claim_reader *reader, struct cord_claim *claim,
                              cord_str value, struct cord_error *err)
{
    cord_status status = check_value(reader, claim->kind, value, err);
    claim->value = cord_buf_str(&reader->value);
    if (status == CORD_OK) {
        status = check_subject(claim, err);
    }
    if (status == CORD_OK) {
        status = check_claimant(claim, err);
    }
    if (status == CORD_OK) {
        status = check_amount(reader, claim, err);
    }
    if (status == CORD_OK && claim->method.len == 0) {
        status =
            wrong(err, "method: is missing: telephone, return, telemetry, press, assigned ...");
    }
    return status == CORD_OK ? check_rest(claim, err) : status;
}

cord_status cord_claim_read(struct cord_claim_reader *reader, cord_str text,
                            struct cord_claim *ret_claim, struct cord_digest *ret_hash,
                            bool *ret_hash_given, struct cord_error *err)
{
    struct cord_json_span found[FIELDS] = {{0}};
    struct cord_claim claim = {.basis = CORD_CLAIM_REPORTED, .marking = CORD_CLAIM_AMBER};
    struct cord_digest hash = {{0}};
    bool given = false;
    struct take take = {.reader = reader, .found = found, .err = err};
    cord_arena_reset(reader->arena);
    if (text.len > CORD_CLAIM_LINE_MAX) {
        return cord_error_set(err, CORD_E_FORMAT, "a claim has at most %u bytes",
                              CORD_CLAIM_LINE_MAX);
    }
    take.status = find_fields(text, found, err);
    if (take.status == CORD_OK && !found[FIELD_KIND].raw.ptr) {
        take.status = wrong(err, "kind: is missing");
    }
    kind_field(&take, &claim.kind);
    take_fields(&take, &claim);
    hash_field(&take, &hash, &given);
    if (take.status == CORD_OK) {
        cord_str value = found[FIELD_VALUE].raw.ptr ? found[FIELD_VALUE].raw : CORD_STR("{}");
        take.status = check_read(reader, &claim, value, err);
    }
    if (take.status == CORD_OK) {
        *ret_claim = claim;
        *ret_hash = hash;
        *ret_hash_given = given;
    }
    return take.status;
}
