/* fuzz_record_shelf.c: whatever a row is, its spans lie within it, both ways of reading agree, and
 * packed again they are the same bytes. */
#include "record/record_shelf.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cord_str row = {(const char *)data, size};
    struct cord_buf again;
    int64_t place;
    int64_t line;
    if (size == 0 || !cord_record_shelf_open(&row, &place, &line)) {
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
        assert(same == CORD_OK && only.valid_from_ns == span.valid_from_ns);
        assert(only.valid_to_ns == span.valid_to_ns && only.known_to_ns == span.known_to_ns);
        cord_buf_clear(&again);
        bool fits = cord_record_shelf_pack(&span, &again);
        assert(!fits || cord_str_eq(cord_buf_str(&again), packed));
        assert(times.ptr == spans.ptr && times.len == spans.len);
    }
    assert(status == CORD_E_FORMAT || spans.len == 0);
    cord_buf_done(&again);
    return 0;
}
