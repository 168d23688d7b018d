/* json_index.c: the index byte by byte, and the choice of the variant. */
#include "codec/json_index_internal.h"

size_t cord_json_index_scalar(const char *text, size_t from, size_t to,
                              struct cord_json_index_carry *carry, uint32_t *entries)
{
    size_t count = 0;
    uint64_t escaped = carry->escaped;
    uint64_t backslash = carry->backslash;
    unsigned char seen = 0;
    for (size_t at = from; at < to; at++) {
        char c = text[at];
        seen |= (unsigned char)c;
        if (c == '\n') {
            entries[count++] = (uint32_t)at | CORD_JSON_INDEX_FLAG;
        } else if (c == '"' && !escaped) {
            entries[count++] = (uint32_t)at | (backslash ? CORD_JSON_INDEX_FLAG : 0);
            backslash = 0;
        } else if (c == '\\') {
            backslash = 1;
        }
        escaped = c == '\\' && !escaped;
    }
    carry->escaped = escaped;
    carry->backslash = backslash;
    carry->high = carry->high || seen > 0x7f;
    return count;
}

cord_json_index_fn *cord_json_index_at_level(enum cord_cpu_level level)
{
    return CORD_CPU_PICK(level, cord_json_index_scalar, cord_json_index_avx2,
                         cord_json_index_avx512);
}
