/* map.c: open addressing, linear probing. */
#include "base/map.h"

#include "base/hash.h"

#include <assert.h>
#include <stdlib.h>

struct cord_map_slot {
    cord_str key;
    uint32_t hash;
    uint32_t value; /* CORD_MAP_NONE: free */
};

void cord_map_init(struct cord_map *map, uint64_t seed)
{
    *map = (struct cord_map){.seed = seed};
}

void cord_map_done(struct cord_map *map)
{
    if (map) {
        free(map->slots);
        *map = (struct cord_map){0};
    }
}

static struct cord_map_slot *find(const struct cord_map *map, cord_str key, uint32_t hash)
{
    for (size_t at = hash;; at++) {
        struct cord_map_slot *slot = &map->slots[at & (map->slot_count - 1)];
        if (slot->value == CORD_MAP_NONE || (slot->hash == hash && cord_str_eq(slot->key, key))) {
            return slot;
        }
    }
}

uint32_t cord_map_get(const struct cord_map *map, cord_str key)
{
    if (map->slot_count == 0) {
        return CORD_MAP_NONE;
    }
    return find(map, key, (uint32_t)cord_hash(key, map->seed))->value;
}

static bool grow(struct cord_map *map)
{
    size_t slot_count = map->slot_count == 0 ? 16 : map->slot_count * 2;
    struct cord_map_slot *slots = calloc(slot_count, sizeof *slots);
    if (!slots) {
        return false;
    }
    for (size_t i = 0; i < slot_count; i++) {
        slots[i].value = CORD_MAP_NONE;
    }
    struct cord_map bigger = {.slots = slots, .slot_count = slot_count, .seed = map->seed};
    for (size_t i = 0; i < map->slot_count; i++) {
        if (map->slots[i].value != CORD_MAP_NONE) {
            *find(&bigger, map->slots[i].key, map->slots[i].hash) = map->slots[i];
        }
    }
    free(map->slots);
    map->slots = slots;
    map->slot_count = slot_count;
    return true;
}

cord_status cord_map_put(struct cord_map *map, cord_str key, uint32_t value)
{
    assert(value != CORD_MAP_NONE);
    if (map->count + 1 > map->slot_count / 4 * 3 && !grow(map)) {
        return CORD_E_NOMEM;
    }
    uint32_t hash = (uint32_t)cord_hash(key, map->seed);
    struct cord_map_slot *slot = find(map, key, hash);
    if (slot->value == CORD_MAP_NONE) {
        *slot = (struct cord_map_slot){.key = key, .hash = hash};
        map->count++;
    }
    slot->value = value;
    return CORD_OK;
}

bool cord_map_next(const struct cord_map *map, size_t *at, cord_str *ret_key, uint32_t *ret_value)
{
    while (*at < map->slot_count) {
        const struct cord_map_slot *slot = &map->slots[(*at)++];
        if (slot->value != CORD_MAP_NONE) {
            *ret_key = slot->key;
            *ret_value = slot->value;
            return true;
        }
    }
    return false;
}
