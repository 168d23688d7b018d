/*
 * literal_gram_internal.h: places of a text where four bytes stand that some
 * literal has.
 *
 * A blocked Bloom filter over groups of four bytes: a product of the group
 * chooses a word and two bits of it. One in a few hundred of other groups
 * passes, however many literals there are. The answer is the same at every
 * vector level.
 */
#ifndef CORD_DETECT_LITERAL_GRAM_INTERNAL_H
#define CORD_DETECT_LITERAL_GRAM_INTERNAL_H

#include "base/arena.h"
#include "base/cpu.h"
#include "base/str.h"
#include "detect/literal_internal.h"

struct cord_literal_grams {
    uint32_t *words;
    uint32_t word_shift; /* of the product: what is left is the word's number */
};

/* Empty, for so many groups. False when the arena is full. */
bool cord_literal_gram_init(struct cord_literal_grams *grams, uint32_t count,
                            struct cord_arena *arena);
void cord_literal_gram_add(struct cord_literal_grams *grams, uint32_t gram);

/* The first block of 64 positions, counted from `from`, where one passes: its
 * place, or text.len when there is none. Bit i of *ret_mask: at its byte i.
 * 80 bytes behind the text are readable. */
typedef size_t cord_literal_gram_next(const struct cord_literal_grams *grams, cord_str text,
                                      size_t from, uint64_t *ret_mask);

cord_literal_gram_next *cord_literal_gram_next_at_level(enum cord_cpu_level level);

#endif
