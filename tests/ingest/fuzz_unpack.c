/* fuzz_unpack.c: packed data of any content: no crash, and the steps in which
 * the input arrives do not change what comes out of sound data. How much comes
 * out before damage is the libraries' affair, but nothing comes behind it. */
#include "kit/memory_reader.h"

#include "ingest/unpack.h"

#include <assert.h>

enum { OUT_BYTES = 1 << 16 };

static bool unpack(cord_str text, size_t step, char *out, size_t *ret_len)
{
    struct cord_reader *reader = NULL;
    *ret_len = 0;
    if (cord_unpack_layers(kit_memory_reader(text, step), 3, &reader, NULL) != CORD_OK) {
        return false;
    }
    cord_status status = cord_reader_fill(reader, out, OUT_BYTES, ret_len, NULL);
    bool sound = status == CORD_OK || status == CORD_E_END;
    if (!sound) {
        char more;
        size_t more_len = 0;
        assert(cord_reader_read(reader, &more, 1, &more_len, NULL) == status);
    }
    cord_reader_close(reader);
    return sound;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char whole[OUT_BYTES];
    static char pieces[OUT_BYTES];
    cord_str text = {(const char *)data, size};
    size_t whole_len;
    size_t pieces_len;
    bool sound = unpack(text, SIZE_MAX, whole, &whole_len);
    if (unpack(text, 3, pieces, &pieces_len) && sound) {
        assert(pieces_len == whole_len && memcmp(whole, pieces, whole_len) == 0);
    }
    return 0;
}
