/*
 * shed.h: what to let go when there is no room: repeats before firsts.
 *
 * What must not go is the first sighting of a rule on an asset. Which rules a message
 * meets is known when it has been judged, and a message is cheap only before that. So
 * there are two looks at it:
 *
 * 1. Before it is decoded: two messages of an asset are alike when they differ only in
 *    numbers: counters, times, addresses, identifiers written in hexadecimal. One whose
 *    like was kept within the last minute makes way for one that is new, which may take
 *    of a reserve.
 * 2. A number may be what a rule asks for, such as an event's id. So what makes way goes
 *    to be judged all the same, where room is kept for that, and is not stored unless
 *    one of its matches (rule; organisation and host, or source) is new, that is: no
 *    event stored within the last minute had it. What goes then is CORD_LOSS_REPEAT:
 *    nothing that a rule would have said first went with it.
 *
 * Only what finds no room to be judged goes unjudged, repeats before firsts:
 * CORD_LOSS_OVERLOAD says how many. A larger source_waiting_max, or more CPUs, help.
 *
 * This is the memory of both looks: a table of bounded size of what was kept lately. What
 * it has had to forget counts as new. One thread.
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

/* Whose message it is: of the source, from this address, and of the host that a syslog
 * header in front of it names, digits and all. */
uint64_t cord_shed_asset(const struct cord_shed *shed, cord_str source,
                         const unsigned char address[16], cord_str message);

/* What is the same for all messages of the asset that are alike: of the message without
 * its numbers, as far as its first CORD_SHED_SHAPE_BYTES. */
#define CORD_SHED_SHAPE_BYTES 1024
uint64_t cord_shed_shape(const struct cord_shed *shed, uint64_t asset, cord_str message);

/* What is remembered under a number of somebody else's, which may be any. */
/* Was the like of it noted within the last minute? Times are of any clock, in its order. */
bool cord_shed_is_repeat(const struct cord_shed *shed, uint64_t shape, int64_t now_ns);
/* A message of this shape was kept. The oldest shape of a full place is forgotten. */
void cord_shed_note(struct cord_shed *shed, uint64_t shape, int64_t now_ns);

/* The message without its numbers: a run of hexadecimal digits with a decimal one
 * in it becomes '#'. Returns how many bytes it wrote, at most `size`. */
size_t cord_shed_blank(cord_str message, char *into, size_t size);

#endif
