/*
 * fuzz_block_names.c: names are found in any text within its bounds, in order,
 * and what is left between them holds none. Before the first zero byte: names,
 * a line each.
 */
#include "evidence/block_names.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cord_block_names names;
    struct cord_block_names_hit hit;
    cord_str all = {(const char *)data, size};
    size_t end = cord_str_find_char(all, '\0', 0);
    cord_str lines = cord_str_slice(all, 0, end < size ? end : size);
    cord_str text = cord_str_from_byte(all, end < size ? end + 1 : size);
    cord_str line;
    cord_status status = cord_block_names_init(&names, 3);
    assert(status == CORD_OK);
    while (cord_str_cut(&lines, '\n', &line)) {
        enum cord_block_names_kind kind;
        status = cord_block_names_add(&names, line, &kind);
        assert(status == CORD_OK);
        /* A name by itself is found whole, or is none. */
        if (kind == CORD_BLOCK_NAMES_WORD) {
            bool found = cord_block_names_next(&names, line, 0, &hit);
            assert(found);
        }
    }
    status = cord_block_names_add_folders(&names, text);
    assert(status == CORD_OK);
    size_t at = 0;
    while (cord_block_names_next(&names, text, at, &hit)) {
        struct cord_block_names_hit again;
        assert(hit.at >= at && hit.end > hit.at && hit.end <= text.len);
        assert(!cord_block_names_next(&names, text, hit.end, &again) || again.at >= hit.end);
        at = hit.end;
    }
    cord_block_names_done(&names);
    return 0;
}
