/*
 * arena.h: memory that is taken piece by piece and given back all at once.
 *
 * Has a ceiling from the start, so that hostile input meets a refusal and not
 * the machine's end. One thread at a time.
 */
#ifndef CORD_BASE_ARENA_H
#define CORD_BASE_ARENA_H

#include "base/error.h"
#include "base/str.h"

struct cord_arena;

/* bytes_max bounds the sum of all blocks. NULL when out of memory. */
struct cord_arena *cord_arena_new(size_t bytes_max);
void cord_arena_free(struct cord_arena *arena);

/* Aligned for any type, not zeroed; NULL at the ceiling or out of memory.
 * Lives until reset or free. */
void *cord_arena_alloc(struct cord_arena *arena, size_t bytes);
void *cord_arena_zalloc(struct cord_arena *arena, size_t count, size_t size);

/* Unaligned, for text: no padding between pieces. */
char *cord_arena_bytes(struct cord_arena *arena, size_t bytes);

/* A copy with a NUL behind it that is not counted; ptr NULL on failure. */
cord_str cord_arena_copy(struct cord_arena *arena, cord_str text);
cord_str cord_arena_printf(struct cord_arena *arena, const char *format, ...) CORD_PRINTF(2, 3);

/* The last allocation gave NULL because of the ceiling. */
bool cord_arena_at_ceiling(const struct cord_arena *arena);

/* Why the last allocation gave NULL, inline so that a checker sees it is never CORD_OK:
 * CORD_E_LIMIT at the ceiling, else CORD_E_NOMEM. */
static inline cord_status cord_arena_failure(const struct cord_arena *arena)
{
    return cord_arena_at_ceiling(arena) ? CORD_E_LIMIT : CORD_E_NOMEM;
}

/* Everything handed out is gone; one block is kept for the next round. */
void cord_arena_reset(struct cord_arena *arena);

/* The same with all blocks kept, for rounds that take as much again: memory that
 * the system gives anew is slow. They count as held only once they are in use. */
void cord_arena_rewind(struct cord_arena *arena);

/* Bytes in use, and what is left of their blocks. */
size_t cord_arena_held(const struct cord_arena *arena);

#endif
