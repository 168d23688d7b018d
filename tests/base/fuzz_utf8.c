/*
 * fuzz_utf8.c: any bytes decode and encode to themselves; folding keeps its
 * bound, keeps valid text valid, and is done after once.
 */
#include "base/fold.h"
#include "base/utf8.h"

#include <assert.h>
#include <stdlib.h>

static void check_round_trip(cord_str text)
{
    size_t codes = 0;
    bool valid = true;
    uint32_t code = 0;
    for (size_t at = 0; at < text.len; codes++) {
        char bytes[CORD_UTF8_BYTES_MAX];
        size_t len = cord_utf8_decode(text, at, &code);
        cord_str written = {bytes, cord_utf8_encode(code, bytes)};
        assert(len >= 1 && len <= text.len - at);
        assert(cord_str_eq(written, cord_str_slice(text, at, len)));
        valid = valid && code < CORD_UTF8_OPAQUE;
        at += len;
    }
    assert(codes == cord_utf8_count(text));
    assert(valid == cord_utf8_is_valid(text));
}

static void check_folding(cord_str text)
{
    size_t room = CORD_FOLD_BYTES_MAX(text.len);
    char *once = malloc(room + 1);
    char *twice = malloc(CORD_FOLD_BYTES_MAX(room) + 1);
    assert(once && twice);
    size_t len = cord_fold_text(text, once, room);
    assert(len <= room);
    cord_str folded = {once, len};
    assert(cord_fold_is_folded(folded) && cord_fold_eq(text, folded));
    size_t again = cord_fold_text(folded, twice, CORD_FOLD_BYTES_MAX(room));
    assert(cord_str_eq(folded, (cord_str){twice, again}));
    assert(cord_utf8_is_valid(text) == cord_utf8_is_valid(folded));
    assert(cord_fold_is_folded(text) == cord_str_eq(text, folded));
    free(twice);
    free(once);
}

static void check_utf16(const uint8_t *data, size_t size)
{
    size_t room = CORD_UTF8_FROM_UTF16_MAX(size / 2);
    char *text = malloc(room + 1);
    assert(text);
    size_t len = cord_utf8_from_utf16le(data, size / 2, text);
    assert(len <= room);
    assert(cord_utf8_is_valid((cord_str){text, len}));
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cord_str text = {(const char *)data, size};
    check_round_trip(text);
    check_folding(text);
    check_utf16(data, size);
    return 0;
}
