/*
 * fuzz_privacy.c: no NHS number and no broken document comes out of any record.
 */
#include <assert.h>
#include <expat.h>

#include "codec/json.h"
#include "normalise/privacy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_letter(char c)
{
    char lower = cord_str_lower_char(c);
    return cord_str_is_digit(c) || (lower >= 'a' && lower <= 'z');
}

/* Ten digits between what is no letter or digit, written anew. */
static bool has_nhs_number(cord_str text)
{
    size_t from = 0;
    for (size_t at = 0; at <= text.len; at++) {
        if (at < text.len && is_letter(text.ptr[at])) {
            continue;
        }
        unsigned sum = 0;
        bool digits = at - from == 10;
        for (size_t i = from; digits && i < at; i++) {
            digits = cord_str_is_digit(text.ptr[i]);
            sum += (unsigned)(10 - (i - from)) * (unsigned)(text.ptr[i] - '0');
        }
        if (digits && sum % 11 == 0) {
            return true;
        }
        from = at + 1;
    }
    return false;
}

static bool is_xml(cord_str text)
{
    XML_Parser parser = XML_ParserCreate(NULL);
    assert(parser);
    bool right = XML_Parse(parser, text.ptr, (int)text.len, 1) == XML_STATUS_OK;
    XML_ParserFree(parser);
    return right;
}

static bool is_json(cord_str text)
{
    static char padded[1 << 20];
    static struct cord_value items[1 << 16];
    static struct cord_json_reader *reader;
    static struct cord_paths *paths;
    reader = reader ? reader : cord_json_reader_new(cord_cpu_level_detect());
    paths = paths ? paths : cord_paths_new(1);
    assert(reader && paths);
    if (text.len + CORD_JSON_PADDING > sizeof padded) {
        return true;
    }
    if (cord_paths_full(paths)) {
        cord_paths_reset(paths);
    }
    memcpy(padded, text.ptr, text.len);
    memset(padded + text.len, 0, CORD_JSON_PADDING);
    struct cord_values values = {.items = items, .max = sizeof items / sizeof *items};
    return cord_json_flatten(reader, (cord_str){padded, text.len}, paths, 0, &values, NULL) !=
           CORD_E_FORMAT;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct cord_patient_key key;
    static struct cord_privacy *privacy;
    struct cord_error err;
    cord_str text;
    privacy = privacy ? privacy : cord_privacy_new(&key, 1 << 20);
    assert(privacy);
    cord_str record = {(const char *)data, size};
    if (cord_privacy_rewrite(privacy, record, &text, &err) == CORD_OK) {
        assert(!has_nhs_number(text));
        if (cord_str_starts(cord_str_trim(text), CORD_STR("{"))) { /* it was, or was FHIR in XML */
            assert(is_json(cord_str_trim(text)));
        } else if (is_xml(record)) {
            assert(is_xml(text));
        }
    }
    if (cord_privacy_rewrite_text(privacy, record, &text, &err) == CORD_OK) {
        assert(!has_nhs_number(text));
    }
    return 0;
}
