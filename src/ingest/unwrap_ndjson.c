/*
 * unwrap_ndjson.c: JSON documents, however they are laid out.
 *
 * Lines are the common case and go through untouched. Whether it is lines, the
 * first document tells: it ends on the line it begins on, and is no wrapper.
 */
#include "codec/json_frame.h"
#include "codec/json_span.h"
#include "ingest/unwrap.h"
#include "ingest/unwrap_kinds.h"

static const cord_str byte_order_mark = {"\xef\xbb\xbf", 3};

static void put_value(struct cord_unwrap *unwrap, const struct cord_json_span *value)
{
    if (value->kind == CORD_JSON_OBJECT) {
        cord_unwrap_put(unwrap, CORD_UNWRAP_JSON, value->raw);
    } else {
        cord_unwrap_refuse(unwrap, CORD_LOSS_MALFORMED, CORD_STR("not a JSON object"), value->raw);
    }
}

/* The elements of an array, from behind its bracket; returns where it goes on behind the
 * bracket that closes it. What cannot be read is one record, up to the end. */
static size_t put_elements(struct cord_unwrap *unwrap, cord_str text, struct cord_json_walk *walk)
{
    struct cord_json_span element;
    cord_status status;
    while ((status = cord_json_span_next(walk, &element)) == CORD_OK) {
        put_value(unwrap, &element);
    }
    if (status == CORD_E_END) {
        return walk->at;
    }
    cord_unwrap_refuse(unwrap, CORD_LOSS_MALFORMED, CORD_STR("not a list of JSON objects"),
                       cord_str_from_byte(text, walk->at));
    return text.len;
}

/* The list inside a wrapper of `len` bytes, the last of which is its bracket; then what
 * closes the wrapper. */
static size_t put_wrapped(struct cord_unwrap *unwrap, cord_str text, size_t at, size_t len)
{
    size_t bracket = at + len;
    while (bracket > at && text.ptr[bracket - 1] != '[') {
        bracket--;
    }
    struct cord_json_walk walk;
    if (bracket == at || !cord_json_span_begin(&walk, text, bracket - 1)) {
        return at;
    }
    size_t end = put_elements(unwrap, text, &walk);
    struct cord_json_span whole;
    return end < text.len && cord_json_span_read(text, &at, &whole) == CORD_OK && at > end ? at
                                                                                           : end;
}

/* One document at text[at]; returns where the next one begins. */
static size_t put_document(struct cord_unwrap *unwrap, cord_str text, size_t at)
{
    size_t len;
    size_t depth;
    struct cord_json_walk walk;
    if (text.ptr[at] == '[' && cord_json_span_begin(&walk, text, at)) {
        return put_elements(unwrap, text, &walk);
    }
    cord_str rest = cord_str_from_byte(text, at);
    if (cord_json_frame_wrapper(rest, &len, &depth) == CORD_JSON_WRAPPER_YES) {
        size_t end = put_wrapped(unwrap, text, at, len);
        if (end > at) {
            return end;
        }
    }
    struct cord_json_span value;
    size_t end = at;
    if (cord_json_span_read(text, &end, &value) == CORD_OK) {
        put_value(unwrap, &value);
        return end;
    }
    /* A line feed ends what is broken. */
    end = cord_str_find_char(text, '\n', at);
    end = end == SIZE_MAX ? text.len : end;
    cord_unwrap_refuse(unwrap, CORD_LOSS_MALFORMED, CORD_STR("not JSON"),
                       cord_str_slice(text, at, end - at));
    return end;
}

/* Blanks, commas, and the record separators of RFC 7464. */
static size_t skip_between(cord_str text, size_t at)
{
    for (;; at++) {
        at = cord_json_span_skip_blank(text, at);
        if (at >= text.len || (text.ptr[at] != ',' && text.ptr[at] != '\x1e')) {
            return at;
        }
    }
}

static bool is_lines(cord_str text, size_t at)
{
    size_t len;
    size_t depth;
    struct cord_json_span first;
    size_t line_end = cord_str_find_char(text, '\n', at);
    if (text.ptr[at] != '{') {
        return text.ptr[at] != '[';
    }
    if (cord_json_frame_wrapper(cord_str_from_byte(text, at), &len, &depth) ==
        CORD_JSON_WRAPPER_YES) {
        return false;
    }
    return cord_json_span_read(text, &at, &first) != CORD_OK || at <= line_end;
}

static cord_status unwrap_ndjson(const struct cord_delivery_kind *kind, cord_str bytes,
                                 cord_str context, struct cord_unwrap *unwrap,
                                 struct cord_error *err)
{
    (void)kind;
    (void)context;
    size_t at = cord_str_starts(bytes, byte_order_mark) ? byte_order_mark.len : 0;
    at = skip_between(bytes, at);
    if (at == bytes.len) {
        return cord_error_set(err, CORD_E_FORMAT, "no events in the body");
    }
    if (is_lines(bytes, at)) {
        cord_unwrap_lines(unwrap, cord_str_from_byte(bytes, at));
        return CORD_OK;
    }
    while (at < bytes.len && !unwrap->failed) {
        at = skip_between(bytes, put_document(unwrap, bytes, at));
    }
    return CORD_OK;
}

const struct cord_delivery_kind cord_unwrap_ndjson = {.name = "ndjson", .unwrap = unwrap_ndjson};
