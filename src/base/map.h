/*
 * map.h: text to a number.
 *
 * Keys are borrowed: they must outlive the map, which usually means that the
 * caller copied them into an arena. Grows; nothing is removed. One writer, or
 * many readers and no writer.
 */
#ifndef CORD_BASE_MAP_H
#define CORD_BASE_MAP_H

#include "base/error.h"
#include "base/str.h"

#define CORD_MAP_NONE UINT32_MAX

struct cord_map {
    struct cord_map_slot *slots; /* power of two, at most three quarters full */
    size_t slot_count;
    size_t count;
    uint64_t seed;
};

void cord_map_init(struct cord_map *map, uint64_t seed);
void cord_map_done(struct cord_map *map);

/* The number, or CORD_MAP_NONE. */
uint32_t cord_map_get(const struct cord_map *map, cord_str key);

/* Adds or replaces. value is not CORD_MAP_NONE. CORD_E_NOMEM changes nothing. */
CORD_MUST_USE cord_status cord_map_put(struct cord_map *map, cord_str key, uint32_t value);

/* All there are, in no order: the next from *at on, which begins at 0 and is moved behind it. */
bool cord_map_next(const struct cord_map *map, size_t *at, cord_str *ret_key, uint32_t *ret_value);

#endif
