/* fuzz_api_cursor.c: a cursor of anybody's making, and what is a place of ours. The first byte
 * says where the question ends. */
#include "api/api_cursor.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct cord_api_secret secret = {{1, 2, 3}};
    char place[CORD_API_PLACE_MAX];
    size_t len = 0;
    struct cord_buf text;
    if (size < 1) {
        return 0;
    }
    cord_str all = {(const char *)data + 1, size - 1};
    cord_str about = cord_str_slice(all, 0, data[0]);
    cord_str rest = cord_str_from_byte(all, data[0]);
    /* Nobody guesses 128 bits. */
    assert(cord_api_cursor_read(&secret, about, rest, place, &len) == CORD_E_FORMAT);
    cord_buf_init(&text, 4096);
    cord_api_cursor_write(&secret, about, rest, &text);
    assert(text.failed == (rest.len > CORD_API_PLACE_MAX));
    if (!text.failed) {
        assert(text.len <= CORD_API_CURSOR_MAX);
        assert(cord_api_cursor_read(&secret, about, cord_buf_str(&text), place, &len) == CORD_OK);
        assert(len == rest.len && (len == 0 || memcmp(place, rest.ptr, len) == 0));
        assert(cord_api_cursor_read(&secret, CORD_STR("another question, longer than any"),
                                    cord_buf_str(&text), place, &len) == CORD_E_FORMAT);
        text.ptr[text.len / 2] ^= 1; /* base64 has no two letters for one value but at the end */
        assert(cord_api_cursor_read(&secret, about, cord_buf_str(&text), place, &len) ==
               CORD_E_FORMAT);
    }
    cord_buf_done(&text);
    return 0;
}
