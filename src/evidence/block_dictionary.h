/*
 * block_dictionary.h: the values of a block being packed, each once.
 *
 * Texts are borrowed. A value that is personal is another entry than the same
 * text that is not: they end up in different parts. One thread at a time.
 */
#ifndef CORD_EVIDENCE_BLOCK_DICTIONARY_H
#define CORD_EVIDENCE_BLOCK_DICTIONARY_H

#include "base/error.h"
#include "base/str.h"

struct cord_block_value {
    const char *ptr;
    uint32_t len;
    uint32_t hash; /* lowest bit: personal */
};

struct cord_block_dictionary {
    struct cord_block_value *values;
    size_t count;
    size_t cap;
    uint32_t *slots; /* value + 1, or 0; power of two, at most half full */
    size_t slot_count;
    uint64_t seed;
};

void cord_block_dictionary_init(struct cord_block_dictionary *dictionary, uint64_t seed);
void cord_block_dictionary_done(struct cord_block_dictionary *dictionary);
/* Empty; memory kept. */
void cord_block_dictionary_clear(struct cord_block_dictionary *dictionary);

/* The value's number, made when new. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_block_dictionary_add(struct cord_block_dictionary *dictionary,
                                                    cord_str text, bool personal,
                                                    uint32_t *ret_value);

/* A number of its own, whether or not the text is there already. */
CORD_MUST_USE cord_status cord_block_dictionary_append(struct cord_block_dictionary *dictionary,
                                                       cord_str text, bool personal,
                                                       uint32_t *ret_value);

#endif
