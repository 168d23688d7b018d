/*
 * shed.h: what to let go when there is no room: repeats before firsts.
 *
 * Two messages of a source are alike when they differ only in numbers: counters,
 * times, addresses, identifiers written in hexadecimal. A table of bounded size
 * remembers the shapes that were kept lately; under overload the like of one kept
 * within the last minute may go, and one that is new is worth the last room there
 * is. One thread.
 */
#ifndef CORD_INGEST_SHED_H
#define CORD_INGEST_SHED_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct cord_shed;

#define CORD_SHED_MEMORY_NS 60000000000LL /* how long a shape is remembered */

/* Remembers shapes_max shapes, rounded up to a power of two; 16 bytes each. The seed
 * keeps a sender from choosing shapes that push others out. NULL: out of memory. */
struct cord_shed *cord_shed_new(size_t shapes_max, uint64_t seed);
void cord_shed_free(struct cord_shed *shed);

/* What is the same for all messages that are alike: of the message without its
 * numbers, as far as its first CORD_SHED_SHAPE_BYTES. */
#define CORD_SHED_SHAPE_BYTES 1024
uint64_t cord_shed_shape(const struct cord_shed *shed, cord_str source, cord_str message);

/* Was the like of it noted within the last minute? Times are of any clock, in its order. */
bool cord_shed_is_repeat(const struct cord_shed *shed, uint64_t shape, int64_t now_ns);
/* A message of this shape was kept. The oldest shape of a full place is forgotten. */
void cord_shed_note(struct cord_shed *shed, uint64_t shape, int64_t now_ns);

/* The message without its numbers: a run of hexadecimal digits with a decimal one
 * in it becomes '#'. Returns how many bytes it wrote, at most `size`. */
size_t cord_shed_blank(cord_str message, char *into, size_t size);

#endif
