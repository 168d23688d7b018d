/* fuzz_record_shelf.c: whatever a row is, its spans lie within it, both ways of reading agree, and
 * packed again they say the same. */
#include "record/record_shelf.h"

#include <assert.h>

static void check_again(const struct cord_record_span *span, struct cord_buf *again)
{
    struct cord_record_span same;
    cord_buf_clear(again);
    assert(cord_record_shelf_pack(span, again));
    cord_str packed = cord_buf_str(again);
    assert(cord_record_shelf_next(&packed, &same) == CORD_OK && packed.len == 0);
    assert(same.line == span->line && same.claim == span->claim);
    assert(same.valid_from_ns == span->valid_from_ns && same.valid_to_ns == span->valid_to_ns);
    assert(same.known_from_ns == span->known_from_ns && same.known_to_ns == span->known_to_ns);
    assert(same.basis == span->basis && same.confidence == span->confidence);
    assert(cord_str_eq(same.state, span->state) && cord_str_eq(same.amount, span->amount));
    assert(cord_str_eq(same.unit, span->unit));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cord_str row = {(const char *)data, size};
    struct cord_buf again;
    if (size == 0) {
        return 0;
    }
    cord_buf_init(&again, 1 << 20);
    cord_str spans = row;
    cord_str times = row;
    struct cord_record_span span;
    cord_status status;
    while ((status = cord_record_shelf_next(&spans, &span)) == CORD_OK) {
        struct cord_record_times only;
        cord_str packed;
        cord_status same = cord_record_shelf_next_times(&times, &only, &packed);
        assert(same == CORD_OK && only.line == span.line &&
               only.valid_from_ns == span.valid_from_ns);
        assert(only.valid_to_ns == span.valid_to_ns && only.known_to_ns == span.known_to_ns);
        check_again(&span, &again);
        assert(times.ptr == spans.ptr && times.len == spans.len);
    }
    assert(status == CORD_E_FORMAT || spans.len == 0);
    cord_buf_done(&again);
    return 0;
}
