/* fuzz_spool.c: any bytes: frames lie in the file, one behind the other, and all bytes are told of.
 */
#include "evidence/spool.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cord_str bytes = {(const char *)data, size};
    struct cord_spool_reader reader;
    struct cord_spool_frame frame;
    if (cord_spool_read(bytes, &reader) != CORD_OK) {
        return 0;
    }
    uint64_t told = CORD_SPOOL_HEADER_BYTES;
    uint64_t before = 0;
    while (cord_spool_next(&reader, &frame)) {
        assert(frame.offset > before);
        assert(frame.image.ptr == bytes.ptr + frame.offset + CORD_SPOOL_FRAME_BYTES);
        assert(frame.image.len <= size - frame.offset - CORD_SPOOL_FRAME_BYTES);
        told += CORD_SPOOL_FRAME_BYTES + frame.image.len;
        before = frame.offset;
    }
    assert(told + reader.damaged_bytes + reader.torn_bytes == size);
    return 0;
}
