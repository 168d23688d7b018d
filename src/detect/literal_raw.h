/*
 * literal_raw.h: which of some literals may a record, as received, hold?
 *
 * Goes over the bytes as they are: either case is looked for at once, nothing
 * is copied. The same kind of filter as in literal.h, with one table look-up a
 * byte and place instead of two. Built once, then any thread. The answer does
 * not depend on the vector level.
 */
#ifndef CORD_DETECT_LITERAL_RAW_H
#define CORD_DETECT_LITERAL_RAW_H

#include "detect/literal.h"

struct cord_literal_raw;

/* Texts are folded and hold nothing but printable ASCII; none is empty. They
 * are borrowed, the rest is in the arena. NULL when that is full. */
struct cord_literal_raw *cord_literal_raw_new(const cord_str *texts, uint32_t count,
                                              const struct cord_literal_odds *odds,
                                              enum cord_cpu_level level, struct cord_arena *arena);

/* Finds the numbers of texts that the record holds in whatever case; no byte
 * behind it is read. *ret_escape says that there may be a JSON \u escape in it.
 * False: not all of it was looked at - the budget ran out, or there are letters
 * that fold to ASCII ones; fold it and look again. */
bool cord_literal_raw_scan(const struct cord_literal_raw *set, cord_str text,
                           struct cord_literal_hits *hits, bool *ret_escape);

#endif
