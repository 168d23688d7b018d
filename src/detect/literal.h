/*
 * literal.h: which of many literals does a text contain?
 *
 * A filter looks at four neighbouring bytes at once for every position of the
 * text: eight buckets of literals, each with the bytes it has at one chosen
 * place. With thousands of literals that would pass half of all positions, and
 * a Bloom filter over all four bytes at once takes its place. Few positions
 * pass; those look up the four or eight bytes there in a table, and only what is
 * found is compared. Built once, then any thread.
 *
 * The answer does not depend on the vector level.
 */
#ifndef CORD_DETECT_LITERAL_H
#define CORD_DETECT_LITERAL_H

#include "base/arena.h"
#include "base/cpu.h"
#include "base/error.h"
#include "base/str.h"

/* Readable bytes needed behind every text. */
#define CORD_LITERAL_PADDING 80

/* How often bytes and groups of four occur in the text to be searched. */
#define CORD_LITERAL_GRAMS 4096u
struct cord_literal_odds {
    float bytes[128];                /* by byte & 127; sum 1 */
    float grams[CORD_LITERAL_GRAMS]; /* by hash; a share of all positions */
};

/* The odds in what logs usually hold. */
void cord_literal_odds_typical(struct cord_literal_odds *ret_odds);

/* The chance that a position of such text holds the rarest part of a literal. */
float cord_literal_odds_of(const struct cord_literal_odds *odds, cord_str literal);

struct cord_literal_set;

/* None of the texts is empty; they are borrowed, the rest is in the arena. NULL
 * when that is full. */
struct cord_literal_set *cord_literal_set_new(const cord_str *texts, uint32_t count,
                                              const struct cord_literal_odds *odds,
                                              enum cord_cpu_level level, uint64_t seed,
                                              struct cord_arena *arena);

/* What a scan finds: numbers of texts, each once. */
struct cord_literal_hits {
    uint32_t *stamps; /* by number of text; a text is found when it holds `stamp` */
    uint32_t stamp;
    uint32_t *numbers; /* room for all texts */
    size_t count;
    size_t budget; /* comparisons that may be made; counted down */
};

/* False when the budget ran out: what was found is right, but more may be there. */
bool cord_literal_set_scan(const struct cord_literal_set *set, cord_str text,
                           struct cord_literal_hits *hits);

#endif
