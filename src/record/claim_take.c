/* claim_take.c: one text, number or time of a claim, from JSON. See claim_read_internal.h. */
#include "record/claim_read_internal.h"

#include "base/nearest.h"
#include "base/utf8.h"
#include "codec/json_unescape.h"

#include <inttypes.h>

/* --- refusing --- */

const char *cord_claim_take_shown(cord_str text, char shown[CORD_CLAIM_SHOWN_BYTES])
{
    size_t len = text.len < CORD_CLAIM_SHOWN_BYTES - 4 ? text.len : CORD_CLAIM_SHOWN_BYTES - 4;
    for (size_t i = 0; i < len; i++) {
        shown[i] = text.ptr[i] >= ' ' && text.ptr[i] < 0x7f ? text.ptr[i] : '?';
    }
    memcpy(shown + len, len < text.len ? "..." : "", len < text.len ? 4 : 1);
    return shown;
}

cord_status cord_claim_take_no_such(cord_str given, const char *const *words,
                                    struct cord_error *err)
{
    char shown[CORD_CLAIM_SHOWN_BYTES];
    struct cord_nearest nearest;
    struct cord_buf choices;
    cord_nearest_init(&nearest, given);
    cord_buf_init(&choices, CORD_CLAIM_CHOICES_BYTES);
    for (size_t i = 0; words[i]; i++) {
        cord_nearest_offer(&nearest, cord_str_from(words[i]));
        cord_buf_printf(&choices, "%s%s", i > 0 ? ", " : "", words[i]);
    }
    cord_str near = cord_nearest_found(&nearest);
    if (near.ptr) {
        (void)cord_error_set(err, CORD_E_FORMAT, "'%s' is none of its words; did you mean '%.*s'?",
                             cord_claim_take_shown(given, shown), CORD_STR_ARG(near));
    } else {
        (void)cord_error_set(err, CORD_E_FORMAT, "'%s' is none of its words: %.*s%s",
                             cord_claim_take_shown(given, shown), CORD_STR_ARG(choices),
                             choices.failed ? "..." : "");
    }
    cord_buf_done(&choices);
    return CORD_E_FORMAT;
}

cord_status cord_claim_take_wrong(struct cord_error *err, const char *what)
{
    return cord_error_set(err, CORD_E_FORMAT, "%s", what);
}

/* --- texts --- */

cord_status cord_claim_take_check_text(cord_str text, size_t most, struct cord_error *err)
{
    if (text.len == 0) {
        return cord_claim_take_wrong(err, "is empty; leave it out instead");
    }
    if (text.len > most) {
        return cord_error_set(err, CORD_E_FORMAT, "has %zu bytes, at most %zu are taken", text.len,
                              most);
    }
    if (!cord_claim_read_is_plain(text)) {
        return cord_claim_take_wrong(
            err, cord_utf8_is_valid(text)
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

cord_status cord_claim_take_text(struct cord_claim_reader *reader,
                                 const struct cord_json_span *span, size_t most, cord_str *ret_text,
                                 struct cord_error *err)
{
    cord_str text = span->text;
    if (span->kind != CORD_JSON_STRING) {
        return cord_claim_take_wrong(err, "is to be a text in quotes");
    }
    if (text.len > CORD_CLAIM_READER_BYTES_MAX / 4) {
        return cord_claim_take_wrong(err, "is too long");
    }
    if (span->escaped) {
        char *buffer = cord_arena_bytes(reader->arena, text.len + 1);
        if (!buffer) {
            return cord_error_set(err, cord_arena_failure(reader->arena), "too much text");
        }
        if (!escapes_are_right(text)) {
            return cord_claim_take_wrong(err, "has an escape sequence that JSON does not know");
        }
        text = (cord_str){buffer, cord_json_unescape(text, buffer)};
    }
    *ret_text = text;
    return cord_claim_take_check_text(text, most, err);
}

cord_status cord_claim_take_word(struct cord_claim_reader *reader,
                                 const struct cord_json_span *span, const char *const *words,
                                 cord_str *ret_word, struct cord_error *err)
{
    cord_status status = cord_claim_take_text(reader, span, CORD_CLAIM_TEXT_MAX, ret_word, err);
    for (size_t i = 0; status == CORD_OK && words[i]; i++) {
        if (cord_str_eq(*ret_word, cord_str_from(words[i]))) {
            return CORD_OK;
        }
    }
    return status == CORD_OK ? cord_claim_take_no_such(*ret_word, words, err) : status;
}

/* --- numbers and times --- */

cord_status cord_claim_take_whole(const struct cord_json_span *span, int64_t least, int64_t most,
                                  int64_t *ret_number, struct cord_error *err)
{
    char buffer[CORD_DECIMAL_BYTES];
    if (span->kind != CORD_JSON_NUMBER) {
        return cord_claim_take_wrong(err, "is to be a number");
    }
    if (!cord_str_i64(cord_decimal_canonical(span->raw, buffer), ret_number)) {
        return cord_claim_take_wrong(err, "is to be a whole number");
    }
    if (*ret_number < least || *ret_number > most) {
        return cord_error_set(err, CORD_E_FORMAT, "is to be a number from %" PRId64 " to %" PRId64,
                              least, most);
    }
    return CORD_OK;
}

cord_status cord_claim_take_check_decimal(cord_str text, char buffer[CORD_DECIMAL_BYTES],
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
        return cord_claim_take_wrong(
            err, "is to be a decimal number of at most 60 digits, as \"19494\" or \"0.5\"");
    }
    *ret_decimal = canonical;
    return CORD_OK;
}

cord_status cord_claim_take_decimal(struct cord_claim_reader *reader,
                                    const struct cord_json_span *span,
                                    char buffer[CORD_DECIMAL_BYTES], cord_str *ret_decimal,
                                    struct cord_error *err)
{
    cord_str text = span->raw;
    cord_status status = CORD_OK;
    if (span->kind != CORD_JSON_NUMBER) {
        status = cord_claim_take_text(reader, span, CORD_DECIMAL_BYTES, &text, err);
    }
    return status == CORD_OK ? cord_claim_take_check_decimal(text, buffer, ret_decimal, err)
                             : status;
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

cord_status cord_claim_take_time(struct cord_claim_reader *reader,
                                 const struct cord_json_span *span, int64_t *ret_ns,
                                 struct cord_error *err)
{
    cord_str text = CORD_STR("");
    cord_status status = cord_claim_take_text(reader, span, CORD_CLAIM_TEXT_MAX, &text, err);
    if (status == CORD_OK && (!is_rfc3339(text) || !cord_timestamp_parse(text, ret_ns))) {
        status = cord_claim_take_wrong(
            err, "is to be a time with its zone, as 2017-05-12T16:00:00+01:00");
    }
    return status;
}

cord_status cord_claim_take_date(struct cord_claim_reader *reader,
                                 const struct cord_json_span *span, cord_str *ret_date,
                                 struct cord_error *err)
{
    int64_t ns;
    cord_status status = cord_claim_take_text(reader, span, CORD_CLAIM_TEXT_MAX, ret_date, err);
    if (status == CORD_OK &&
        (!is_like(*ret_date, "0000-00-00") || !cord_timestamp_parse(*ret_date, &ns))) {
        status = cord_claim_take_wrong(err, "is to be a date, as 2017-05-12");
    }
    return status;
}
