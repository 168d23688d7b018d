/*
 * api_told.h: what was told to the record a short while ago and need not be told again.
 *
 * A page that is kept open asks the same again every few seconds. That somebody reads what is
 * another's is in the record once for all that is alike in it, and anew after a quarter of an hour
 * of it. Bounded: what has to make room for others is told again the sooner. Any thread.
 */
#ifndef CORD_API_API_TOLD_H
#define CORD_API_API_TOLD_H

#include "base/digest.h"

#include <stdint.h>

#define CORD_API_TOLD_S 900

struct cord_api_told;

/* NULL when out of memory. */
struct cord_api_told *cord_api_told_new(void);
void cord_api_told_free(struct cord_api_told *told);

/* Whether it was put less than CORD_API_TOLD_S before now_ns. */
bool cord_api_told_lately(struct cord_api_told *told, const struct cord_digest *what,
                          int64_t now_ns);
/* It is in the record, as of now_ns. */
void cord_api_told_put(struct cord_api_told *told, const struct cord_digest *what, int64_t now_ns);

#endif
