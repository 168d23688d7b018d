/*
 * vec.h: arrays that grow.
 */
#ifndef CORD_BASE_VEC_H
#define CORD_BASE_VEC_H

#include <stddef.h>

/* Room for one member more than `count`: `items`, or where it moved to, *cap
 * updated; NULL when out of memory, and then nothing has changed. The array is
 * malloc's and the caller's; items may be NULL when *cap is 0. */
void *cord_vec_room(void *items, size_t count, size_t *cap, size_t item_bytes);

#endif
