/*
 * rulebook.h: the rules in force, as one thing that is replaced whole.
 *
 * A collection, what it was compiled to, and the ends of both: whoever holds a
 * reference may follow findings to their rules. Never changes; any thread.
 */
#ifndef CORD_WIRE_RULEBOOK_H
#define CORD_WIRE_RULEBOOK_H

#include "detect/collection.h"
#include "detect/ruleset.h"
#include "wire/scan_correlate.h"

struct cord_rulebook;

/* Owns the collection, which is finished, on failure too. Holds one reference. */
CORD_MUST_USE cord_status cord_rulebook_new(struct cord_collection *collection, uint64_t seed,
                                            struct cord_rulebook **ret_book,
                                            struct cord_error *err);
struct cord_rulebook *cord_rulebook_ref(struct cord_rulebook *book);
void cord_rulebook_unref(struct cord_rulebook *book);

struct cord_ruleset *cord_rulebook_ruleset(const struct cord_rulebook *book);
const struct cord_collection *cord_rulebook_collection(const struct cord_rulebook *book);
/* Says what correlations want to know of a match; is never fed. NULL: there are none. */
const struct cord_scan_correlate *cord_rulebook_correlate(const struct cord_rulebook *book);

/* The one in force. */
struct cord_rulebook_slot;
/* Takes over the caller's reference. NULL when out of memory. */
struct cord_rulebook_slot *cord_rulebook_slot_new(struct cord_rulebook *book);
void cord_rulebook_slot_free(struct cord_rulebook_slot *slot);
/* A reference of the caller's. */
struct cord_rulebook *cord_rulebook_slot_current(struct cord_rulebook_slot *slot);
/* Takes over the caller's reference. What is being judged goes on by the old one. */
void cord_rulebook_slot_replace(struct cord_rulebook_slot *slot, struct cord_rulebook *book);

#endif
