/*
 * fuzz_substring.c: the first byte is the needle's length, the rest needle and
 * text. At every vector level, found is what a plain search finds in folded text.
 */
#include "base/fold.h"
#include "base/substring.h"

#include <assert.h>
#include <stdlib.h>

static cord_str fold(cord_str text)
{
    char *room = malloc(CORD_FOLD_BYTES_MAX(text.len) + 1);
    assert(room);
    return (cord_str){room, cord_fold_text(text, room, CORD_FOLD_BYTES_MAX(text.len))};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || data[0] >= size) {
        return 0;
    }
    cord_str all = {(const char *)data + 1, size - 1};
    cord_str text = cord_str_from_byte(all, data[0]);
    cord_str needle = fold(cord_str_slice(all, 0, data[0]));
    cord_str folded = fold(text);
    for (int level = CORD_CPU_SCALAR; level < CORD_CPU_LEVELS; level++) {
        struct cord_substring substring;
        struct cord_substring_hit hit = {0, 0};
        cord_substring_init(&substring, needle, cord_cpu_level_at_most((enum cord_cpu_level)level));
        bool found = cord_substring_find(&substring, text, 0, &hit);
        size_t wanted = cord_str_find(folded, needle, 0);
        assert(found == (wanted != SIZE_MAX));
        if (found) {
            cord_str before = fold(cord_str_slice(text, 0, hit.at));
            assert(hit.at <= hit.end && hit.end <= text.len);
            assert(wanted >= before.len && wanted < before.len + 4);
            free((void *)(uintptr_t)before.ptr);
        }
    }
    free((void *)(uintptr_t)folded.ptr);
    free((void *)(uintptr_t)needle.ptr);
    return 0;
}
