/* fuzz_http_parse.c: bytes of any content, as requests: the pieces in which they
 * come never change what is understood of them. */
#include "kit/http_trace.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cord_str bytes = {(const char *)data, size};
    struct cord_buf whole;
    struct cord_buf pieces;
    cord_buf_init(&whole, 1 << 20);
    cord_buf_init(&pieces, 1 << 20);
    kit_http_trace(bytes, SIZE_MAX, &whole);
    const size_t steps[] = {1, 2, 3, 7, size / 2 + 1};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        cord_buf_clear(&pieces);
        kit_http_trace(bytes, steps[i], &pieces);
        assert(cord_str_eq(cord_buf_str(&whole), cord_buf_str(&pieces)));
    }
    cord_buf_done(&whole);
    cord_buf_done(&pieces);
    return 0;
}
