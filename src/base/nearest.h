/*
 * nearest.h: "did you mean ...?"
 *
 * Offer every word that would have been right, then ask. Pure; any thread.
 */
#ifndef CORD_BASE_NEAREST_H
#define CORD_BASE_NEAREST_H

#include "base/str.h"

#define CORD_NEAREST_BYTES_MAX 64 /* longer words are nobody's slip of the finger */

struct cord_nearest {
    cord_str word;
    cord_str best; /* borrowed from the caller of _offer */
    size_t best_edits;
};

void cord_nearest_init(struct cord_nearest *nearest, cord_str word);
void cord_nearest_offer(struct cord_nearest *nearest, cord_str candidate);

/* The candidate closest to the word, the first of equals; ptr NULL when none
 * is close: a third of the word's letters may differ, at least two. */
cord_str cord_nearest_found(const struct cord_nearest *nearest);

/* Letters to insert, drop, replace or swap with their neighbour, without
 * regard to ASCII case; '-' and '_' are the same letter. SIZE_MAX when one is
 * longer than CORD_NEAREST_BYTES_MAX. */
size_t cord_nearest_edits(cord_str a, cord_str b);

#endif
