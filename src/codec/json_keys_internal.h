/*
 * json_keys_internal.h: the numbers of names met before.
 *
 * A small table in front of the paths' own. Its hash takes a few instructions
 * and no branch, since a branch that depends on the name is one the processor
 * guesses wrong wherever events of different kinds take turns; that costs more
 * than the hash. (Guessing each name from the one before it was tried: equal
 * on a log of one kind, 1.6 times as slow on a mixed one.) Nothing here
 * decides anything: what is not found is looked up in the paths.
 */
#ifndef CORD_CODEC_JSON_KEYS_INTERNAL_H
#define CORD_CODEC_JSON_KEYS_INTERNAL_H

#include "codec/paths.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* Each name has two places it may be in. An attacker who crowds one is left
 * with the paths, whose hash is seeded, and that is all. */
#define CORD_JSON_KEYS_SLOTS      4096u
#define CORD_JSON_KEYS_SLOTS_LOG2 12
#define CORD_JSON_KEYS_HEAD       32u

/* One cache line. */
struct cord_json_key {
    _Alignas(64) char head[CORD_JSON_KEYS_HEAD]; /* first bytes of the name, then zeros */
    const char *name;                            /* all of it, in the paths */
    uint64_t id;                                 /* parent and length; CORD_JSON_KEYS_FREE */
    uint32_t path;
};

#define CORD_JSON_KEYS_FREE  UINT64_MAX
#define CORD_JSON_KEYS_FRONT 8 /* bytes that can be read before the one behind a name */

struct cord_json_keys {
    struct cord_json_key slots[CORD_JSON_KEYS_SLOTS];
    struct cord_paths *paths;
    uint64_t identity; /* the paths may be others at the same address */
    uint32_t epoch;
};

/* Forgets everything when paths is another tree than before, or was reset. */
void cord_json_keys_use(struct cord_json_keys *keys, struct cord_paths *paths);

/* What cord_json_keys_get does when the first place holds another name. */
uint32_t cord_json_keys_look(struct cord_json_keys *keys, uint32_t parent, cord_str name);

static inline uint64_t cord_json_keys_id(uint32_t parent, size_t len)
{
    return (uint64_t)parent << 32 | (uint32_t)len;
}

/* By the first four bytes and the last seven, with whatever stands beside a
 * shorter name: it may then have several places, and a weak hash is enough. */
static inline size_t cord_json_keys_place(uint32_t parent, cord_str name)
{
    uint32_t first;
    uint64_t last;
    memcpy(&first, name.ptr, sizeof first);
    memcpy(&last, name.ptr + name.len - (CORD_JSON_KEYS_FRONT - 1), sizeof last);
    uint64_t mixed = last + ((uint64_t)(first + parent) << 24);
    return (size_t)((mixed * 0x9e3779b97f4a7c15ULL) >> (64 - CORD_JSON_KEYS_SLOTS_LOG2));
}

static inline bool cord_json_keys_equal(const struct cord_json_key *key, cord_str name)
{
#if defined(__SSE2__)
    const __m128i *mine = (const __m128i *)(const void *)key->head;
    const __m128i *theirs = (const __m128i *)(const void *)name.ptr;
    __m128i low = _mm_cmpeq_epi8(_mm_load_si128(mine), _mm_loadu_si128(theirs));
    __m128i high = _mm_cmpeq_epi8(_mm_load_si128(mine + 1), _mm_loadu_si128(theirs + 1));
    uint32_t same = (uint32_t)_mm_movemask_epi8(low) | (uint32_t)_mm_movemask_epi8(high) << 16;
    if (name.len <= CORD_JSON_KEYS_HEAD) {
        return (((uint64_t)~same) << (CORD_JSON_KEYS_HEAD - name.len) & UINT32_MAX) == 0;
    }
    if (same != UINT32_MAX) {
        return false;
    }
#endif
    return memcmp(key->name, name.ptr, name.len) == 0;
}

/* Whether a name whose length is that of the key is the key's. */
typedef bool cord_json_keys_equal_fn(const struct cord_json_key *key, cord_str name);

/* cord_json_keys_get with a comparison of the caller's. */
static inline __attribute__((always_inline)) uint32_t
cord_json_keys_get_by(struct cord_json_keys *keys, uint32_t parent, cord_str name,
                      cord_json_keys_equal_fn *equal)
{
    uint64_t id = cord_json_keys_id(parent, name.len);
    const struct cord_json_key *key = &keys->slots[cord_json_keys_place(parent, name)];
    if (key->id == id && equal(key, name)) {
        return key->path;
    }
    return cord_json_keys_look(keys, parent, name);
}

/* The path of a name below parent. CORD_JSON_KEYS_HEAD bytes can be read at
 * name.ptr whatever its length, which is below 2^31, and CORD_JSON_KEYS_FRONT
 * before its end. */
static inline uint32_t cord_json_keys_get(struct cord_json_keys *keys, uint32_t parent,
                                          cord_str name)
{
    return cord_json_keys_get_by(keys, parent, name, cord_json_keys_equal);
}

#endif
