/* fuzz_chain.c: any bytes are entries or refused; what was taken is where it was. */
#include "evidence/chain.h"
#include "evidence/segment.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cord_str rest = {(const char *)data, size};
    struct cord_chain_entry entry;
    struct cord_buf scratch;
    cord_buf_init(&scratch, 1 << 20);
    for (;;) {
        cord_str before = rest;
        cord_str words[CORD_CHAIN_WORDS_MAX];
        struct cord_segment_info info;
        if (cord_chain_next(&rest, &entry, NULL) != CORD_OK) {
            assert(rest.ptr == before.ptr && rest.len == before.len);
            break;
        }
        assert(rest.len < before.len && entry.signed_text.ptr == before.ptr);
        while (entry.lines.len > 0) {
            size_t left = entry.lines.len;
            size_t count = cord_chain_line(&entry.lines, words);
            if (count == 0) {
                break;
            }
            assert(entry.lines.len < left);
            if (cord_segment_parse_line(words + 1, count - 1, &info, &scratch) == CORD_OK) {
                struct cord_buf line;
                cord_buf_init(&line, 1 << 20);
                cord_segment_put_line(&info, &line);
                assert(!line.failed && line.ptr[line.len - 1] == '\n');
                cord_buf_done(&line);
            }
        }
    }
    cord_buf_done(&scratch);
    return 0;
}
