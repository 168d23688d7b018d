/*
 * block_dictionary.h: the values of a block being packed, each once.
 *
 * Texts are copied, so that they lie close together. A value that is personal is another entry than
 * the same text that is not: they end up in different parts. One thread at a time.
 */
#ifndef CORD_EVIDENCE_BLOCK_DICTIONARY_H
#define CORD_EVIDENCE_BLOCK_DICTIONARY_H

#include "base/arena.h"

struct cord_block_value {
    const char *ptr;
    uint32_t len;
    uint32_t hash;
};

/* Above the bits that choose a slot, so that both kinds spread. */
#define CORD_BLOCK_DICTIONARY_PERSONAL 0x80000000U

static inline bool cord_block_dictionary_is_personal(const struct cord_block_value *value)
{
    return (value->hash & CORD_BLOCK_DICTIONARY_PERSONAL) != 0;
}

struct cord_block_dictionary {
    struct cord_block_value *values;
    size_t count;
    size_t cap;
    uint32_t *slots; /* value + 1, or 0; power of two, at most half full */
    size_t slot_count;
    uint64_t seed;
    struct cord_arena *arena; /* texts */
};

CORD_MUST_USE cord_status cord_block_dictionary_init(struct cord_block_dictionary *dictionary,
                                                     uint64_t seed);
void cord_block_dictionary_done(struct cord_block_dictionary *dictionary);
/* Empty; memory kept. */
void cord_block_dictionary_clear(struct cord_block_dictionary *dictionary);

/* What a value is looked up by. Whoever has several to look up takes their
 * hashes, then asks for each to be fetched, twice, and only then adds them:
 * the memory they need is on its way while the others are dealt with. */
uint32_t cord_block_dictionary_hash(const struct cord_block_dictionary *dictionary, cord_str text,
                                    bool personal);

static inline void cord_block_dictionary_fetch(const struct cord_block_dictionary *dictionary,
                                               uint32_t hash)
{
    if (dictionary->slot_count > 0) {
        __builtin_prefetch(&dictionary->slots[hash & (dictionary->slot_count - 1)]);
    }
}

static inline void cord_block_dictionary_fetch_value(const struct cord_block_dictionary *dictionary,
                                                     uint32_t hash)
{
    uint32_t entry =
        dictionary->slot_count > 0 ? dictionary->slots[hash & (dictionary->slot_count - 1)] : 0;
    if (entry > 0) {
        __builtin_prefetch(&dictionary->values[entry - 1]);
    }
}

/* The value's number, made when new. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_block_dictionary_add(struct cord_block_dictionary *dictionary,
                                                    cord_str text, uint32_t hash,
                                                    uint32_t *ret_value);

#endif
