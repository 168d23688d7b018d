/* fuzz_json_span.c: spans lie within the text, follow one another, and a walk ends. */
#include "codec/json_span.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cord_str text = {(const char *)data, size};
    struct cord_json_walk walk;
    size_t at = cord_json_span_skip_blank(text, 0);
    if (!cord_json_span_begin(&walk, text, at)) {
        return 0;
    }
    struct cord_json_span span;
    cord_status status;
    const char *before = text.ptr + at;
    while ((status = cord_json_span_next(&walk, &span)) == CORD_OK) {
        assert(span.raw.ptr > before && span.raw.len > 0);
        assert(span.raw.ptr + span.raw.len <= text.ptr + size);
        assert(span.text.len <= span.raw.len && walk.at <= size);
        before = span.raw.ptr + span.raw.len - 1;
    }
    assert(status == CORD_E_END || status == CORD_E_FORMAT);
    return 0;
}
