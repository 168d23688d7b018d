/* All levels write the same index, whole or in stretches, and unescape alike.
 * The first byte says where the text begins in its block. */
#include "codec/json_index_internal.h"
#include "codec/json_unescape.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct result {
    uint32_t *entries;
    size_t count;
    bool high;
};

static struct result index_of(enum cord_cpu_level level, const char *text, size_t len,
                              size_t stretch)
{
    struct result result = {0};
    struct cord_json_index_carry carry = {0};
    cord_json_index_fn *index = cord_json_index_at_level(level);
    result.entries = malloc((len + CORD_JSON_INDEX_SLACK + 64) * sizeof(uint32_t));
    assert(result.entries);
    for (size_t from = 0; from < len; from += stretch) {
        size_t to = len - from < stretch ? len : from + stretch;
        result.count += index(text, from, to, &carry, result.entries + result.count);
    }
    result.high = carry.high;
    return result;
}

static void check_index(enum cord_cpu_level level, const char *text, size_t len, size_t stretch,
                        struct result wanted)
{
    struct result got = index_of(level, text, len, stretch);
    assert(got.count == wanted.count && got.high == wanted.high);
    assert(got.count == 0 ||
           memcmp(got.entries, wanted.entries, got.count * sizeof(uint32_t)) == 0);
    free(got.entries);
}

static size_t unescape(enum cord_cpu_level level, const char *text, size_t len, char **ret)
{
    *ret = malloc(len > 0 ? len : 1);
    assert(*ret);
    size_t got = cord_json_unescape_at_level(level, (cord_str){text, len}, *ret);
    assert(got <= len);
    return got;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    size_t len = size - 1;
    size_t front = data[0] % 64;
    char *memory = malloc(front + len + 64);
    assert(memory);
    char *text = memory + front;
    memcpy(text, data + 1, len);
    memset(text + len, '"', 64);

    struct result wanted = index_of(CORD_CPU_SCALAR, text, len, len + 1);
    char *plain;
    size_t plain_len = unescape(CORD_CPU_SCALAR, text, len, &plain);
    for (int i = 0; i < CORD_CPU_LEVELS; i++) {
        enum cord_cpu_level level = cord_cpu_level_at_most((enum cord_cpu_level)i);
        check_index(level, text, len, len + 64 - len % 64, wanted);
        check_index(level, text, len, 64, wanted);
        char *again;
        size_t again_len = unescape(level, text, len, &again);
        assert(again_len == plain_len && memcmp(again, plain, plain_len) == 0);
        free(again);
    }
    free(plain);
    free(wanted.entries);
    free(memory);
    return 0;
}
