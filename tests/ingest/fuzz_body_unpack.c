/* fuzz_body_unpack.c: a byte for the coding, then a body of any content. What both
 * zlib and we take for sound is the same; nothing is longer than it may be. */
#include "ingest/body_unpack.h"

#include <assert.h>
#include <zlib.h>

enum { BYTES_MAX = 1 << 16 };

/* One member, whole; false when zlib finds it wrong, cut off or too long. */
static bool inflate_one(cord_str packed, int window, char *out, size_t *ret_len)
{
    z_stream zlib = {0};
    assert(inflateInit2(&zlib, window) == Z_OK);
    zlib.next_in = (Bytef *)(uintptr_t)packed.ptr;
    zlib.avail_in = (uInt)packed.len;
    zlib.next_out = (Bytef *)out;
    zlib.avail_out = BYTES_MAX;
    bool sound = inflate(&zlib, Z_FINISH) == Z_STREAM_END && zlib.avail_in == 0;
    *ret_len = zlib.total_out;
    (void)inflateEnd(&zlib);
    return sound;
}

static bool by_zlib(enum cord_delivery_coding coding, cord_str packed, char *out, size_t *ret_len)
{
    switch (coding) {
    case CORD_CODING_GZIP:
        return inflate_one(packed, 31, out, ret_len);
    case CORD_CODING_DEFLATE:
        return inflate_one(packed, 15, out, ret_len) || inflate_one(packed, -15, out, ret_len);
    case CORD_CODING_IDENTITY:
    case CORD_CODING_ZSTD:
        break;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char reference[BYTES_MAX];
    if (size == 0) {
        return 0;
    }
    enum cord_delivery_coding coding = (enum cord_delivery_coding)(data[0] % 4);
    cord_str packed = {(const char *)data + 1, size - 1};
    cord_str bytes = {0};
    size_t len = 0;
    struct cord_body_unpack *unpack = NULL;
    assert(cord_body_unpack_new(BYTES_MAX, &unpack, NULL) == CORD_OK);
    cord_status status = cord_body_unpack_run(unpack, coding, packed, &bytes, NULL);
    assert(coding == CORD_CODING_IDENTITY || status != CORD_OK || bytes.len <= BYTES_MAX);
    if (by_zlib(coding, packed, reference, &len)) {
        assert(status != CORD_E_LIMIT);
        assert(status != CORD_OK || cord_str_eq(bytes, (cord_str){reference, len}));
    }
    cord_body_unpack_free(unpack);
    return 0;
}
