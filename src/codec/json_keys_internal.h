/*
 * json_keys_internal.h: the numbers of names met before, without hashing them.
 *
 * Machines write the same names in the same order again and again. Each name
 * remembers which one followed it last time; when it does so again, comparing
 * the two is all there is to do. Otherwise a small table is asked, and only
 * what is not there either is looked up in the paths. Nothing here decides
 * anything: a wrong guess costs time, never a wrong number.
 */
#ifndef CORD_CODEC_JSON_KEYS_INTERNAL_H
#define CORD_CODEC_JSON_KEYS_INTERNAL_H

#include "codec/paths.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* Two places for each hash. An attacker who crowds one has the paths' own
 * table, seeded, to look names up in, and that is all. */
#define CORD_JSON_KEYS_SLOTS 4096u
#define CORD_JSON_KEYS_HEAD  32u

/* One cache line. */
struct cord_json_key {
    char head[CORD_JSON_KEYS_HEAD]; /* first bytes of the name, zeros behind it */
    const char *name;               /* all of it, in the paths */
    uint64_t id;                    /* parent and length; CORD_JSON_KEYS_FREE */
    uint32_t path;
    uint16_t next;  /* the name that followed last time, by its slot */
    uint16_t first; /* the first one inside of this one's object */
};

#define CORD_JSON_KEYS_FREE UINT64_MAX

struct cord_json_keys {
    struct cord_json_key slots[CORD_JSON_KEYS_SLOTS];
    struct cord_paths *paths;
    uint32_t epoch;
};

/* Forgets everything when paths is another tree than before, or was reset. */
void cord_json_keys_use(struct cord_json_keys *keys, struct cord_paths *paths);

/* The slot of a name by the table; *guess is set to it. `name` as for _get. */
struct cord_json_key *cord_json_keys_look(struct cord_json_keys *keys, uint32_t parent,
                                          cord_str name, uint16_t *guess);

static inline uint64_t cord_json_keys_id(uint32_t parent, size_t len)
{
    return (uint64_t)parent << 32 | (uint32_t)len;
}

#if defined(__SSE2__)
static inline bool cord_json_keys_equal(const struct cord_json_key *key, cord_str name)
{
    const __m128i *mine = (const __m128i *)(const void *)key->head;
    const __m128i *theirs = (const __m128i *)(const void *)name.ptr;
    __m128i low = _mm_cmpeq_epi8(_mm_loadu_si128(mine), _mm_loadu_si128(theirs));
    __m128i high = _mm_cmpeq_epi8(_mm_loadu_si128(mine + 1), _mm_loadu_si128(theirs + 1));
    uint64_t same = (uint32_t)_mm_movemask_epi8(low) | (uint64_t)_mm_movemask_epi8(high) << 16;
    if (name.len <= CORD_JSON_KEYS_HEAD) {
        uint64_t wanted = ((uint64_t)1 << name.len) - 1;
        return (~same & wanted) == 0;
    }
    return same == UINT32_MAX &&
           memcmp(key->name + CORD_JSON_KEYS_HEAD, name.ptr + CORD_JSON_KEYS_HEAD,
                  name.len - CORD_JSON_KEYS_HEAD) == 0;
}
#else
static inline bool cord_json_keys_equal(const struct cord_json_key *key, cord_str name)
{
    return memcmp(key->name, name.ptr, name.len) == 0;
}
#endif

/* The slot of a name below parent. 32 bytes can be read at name.ptr whatever
 * its length; it is shorter than 2^31. Never NULL. */
static inline struct cord_json_key *cord_json_keys_get(struct cord_json_keys *keys, uint32_t parent,
                                                       cord_str name, uint16_t *guess)
{
    struct cord_json_key *key = &keys->slots[*guess];
    if (key->id == cord_json_keys_id(parent, name.len) && cord_json_keys_equal(key, name)) {
        return key;
    }
    return cord_json_keys_look(keys, parent, name, guess);
}

#endif
