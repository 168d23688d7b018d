/*
 * hash.h: the one hash function for tables.
 *
 * XXH3, seeded: an attacker chooses keys and values, so every table that holds
 * input takes a seed that was drawn at start. Not for integrity.
 */
#ifndef CORD_BASE_HASH_H
#define CORD_BASE_HASH_H

#include "base/str.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

static inline uint64_t cord_hash(cord_str text, uint64_t seed)
{
    return XXH3_64bits_withSeed(text.ptr ? text.ptr : "", text.len, seed);
}

static inline uint64_t cord_hash_mix(uint64_t value)
{
    /* The finaliser of splitmix64: every input bit reaches every output bit. */
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
    return value ^ (value >> 31);
}

#endif
