/* fuzz_unpack.c: packed data of any content: no crash, and the steps in which
 * the input arrives do not change what comes out. */
#include "kit/memory_reader.h"

#include "ingest/unpack.h"

#include <assert.h>

enum { OUT_BYTES = 1 << 16 };

static size_t unpack(cord_str text, size_t step, char *out)
{
    struct cord_reader *reader = NULL;
    size_t len = 0;
    if (cord_unpack_layers(kit_memory_reader(text, step), 3, &reader, NULL) == CORD_OK) {
        (void)!cord_reader_fill(reader, out, OUT_BYTES, &len, NULL);
        cord_reader_close(reader);
    }
    return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char whole[OUT_BYTES];
    static char pieces[OUT_BYTES];
    cord_str text = {(const char *)data, size};
    size_t whole_len = unpack(text, SIZE_MAX, whole);
    size_t pieces_len = unpack(text, 3, pieces);
    size_t common = whole_len < pieces_len ? whole_len : pieces_len;
    assert(memcmp(whole, pieces, common) == 0);
    return 0;
}
