/* json_members_avx2.c: members, a name compared in one step. */
#include "codec/json_members_internal.h"

#if CORD_CPU_X86

#include <immintrin.h>

CORD_CPU_TARGET_AVX2
static inline bool equal(const struct cord_json_key *key, cord_str name)
{
    __m256i mine = _mm256_load_si256((const __m256i *)(const void *)key->head);
    __m256i theirs = _mm256_loadu_si256((const __m256i *)(const void *)name.ptr);
    uint32_t other = ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(mine, theirs));
    _Static_assert(sizeof key->head == sizeof mine, "the head is one vector");
    if (name.len > CORD_JSON_KEYS_HEAD) {
        return other == 0 && memcmp(key->name, name.ptr, name.len) == 0;
    }
    return _bzhi_u32(other, (uint32_t)name.len) == 0;
}

CORD_CPU_TARGET_AVX2
enum cord_json_state cord_json_members_avx2(struct cord_json_walk *w)
{
    return cord_json_members(w, equal);
}

#else
typedef int cord_json_members_avx2_is_not_for_this_processor;
#endif
