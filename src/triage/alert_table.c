/* alert_table.c: see alert_table.h. */
#include "triage/alert_table.h"

#include "base/hash.h"
#include "base/vec.h"

#include <stdlib.h>

/* --- texts --- */

void cord_alert_table_texts_init(struct cord_alert_texts *texts, struct cord_arena *arena,
                                 uint64_t seed)
{
    *texts = (struct cord_alert_texts){.arena = arena};
    cord_map_init(&texts->map, seed);
}

void cord_alert_table_texts_done(struct cord_alert_texts *texts)
{
    if (texts) {
        cord_map_done(&texts->map);
        free(texts->items);
        texts->items = NULL;
        texts->count = texts->cap = 0;
    }
}

uint32_t cord_alert_table_find(const struct cord_alert_texts *texts, cord_str text)
{
    return cord_map_get(&texts->map, text);
}

cord_status cord_alert_table_add(struct cord_alert_texts *texts, cord_str text, uint32_t *ret_at)
{
    uint32_t at = cord_map_get(&texts->map, text);
    if (at != CORD_MAP_NONE) {
        *ret_at = at;
        return CORD_OK;
    }
    if (texts->count >= CORD_ALERT_TABLE_NONE) {
        return CORD_E_LIMIT;
    }
    cord_str *items = cord_vec_room(texts->items, texts->count, &texts->cap, sizeof *items);
    if (!items) {
        return CORD_E_NOMEM;
    }
    texts->items = items;
    cord_str copy = cord_arena_copy(texts->arena, text);
    if (!copy.ptr) {
        return cord_arena_failure(texts->arena);
    }
    at = (uint32_t)texts->count;
    cord_status status = cord_map_put(&texts->map, copy, at);
    if (status == CORD_OK) {
        items[texts->count++] = copy;
        *ret_at = at;
    }
    return status;
}

size_t cord_alert_table_bytes(const struct cord_alert_texts *texts)
{
    /* A slot of the map is a text and two numbers. */
    return texts->cap * sizeof *texts->items +
           texts->map.slot_count * (sizeof(cord_str) + 2 * sizeof(uint32_t));
}

/* --- numbers --- */

void cord_alert_table_numbers_init(struct cord_alert_numbers *numbers, uint64_t seed)
{
    *numbers = (struct cord_alert_numbers){.seed = seed};
}

void cord_alert_table_numbers_done(struct cord_alert_numbers *numbers)
{
    if (numbers) {
        free(numbers->keys);
        free(numbers->values);
        *numbers = (struct cord_alert_numbers){0};
    }
}

/* The slot that has the key, or that is free for it. */
static size_t slot_of(const struct cord_alert_numbers *numbers, uint64_t key)
{
    size_t at = (size_t)cord_hash_mix(key ^ numbers->seed);
    for (;; at++) {
        size_t slot = at & (numbers->slots - 1);
        if (numbers->values[slot] == CORD_ALERT_TABLE_NONE || numbers->keys[slot] == key) {
            return slot;
        }
    }
}

uint32_t cord_alert_table_get(const struct cord_alert_numbers *numbers, uint64_t key)
{
    return numbers->slots == 0 ? CORD_ALERT_TABLE_NONE : numbers->values[slot_of(numbers, key)];
}

static bool grow(struct cord_alert_numbers *numbers)
{
    struct cord_alert_numbers bigger = {.slots = numbers->slots == 0 ? 16 : numbers->slots * 2,
                                        .count = numbers->count,
                                        .seed = numbers->seed};
    bigger.keys = calloc(bigger.slots, sizeof *bigger.keys);
    bigger.values = malloc(bigger.slots * sizeof *bigger.values);
    if (!bigger.keys || !bigger.values) {
        cord_alert_table_numbers_done(&bigger);
        return false;
    }
    memset(bigger.values, 0xff, bigger.slots * sizeof *bigger.values);
    for (size_t i = 0; i < numbers->slots; i++) {
        if (numbers->values[i] != CORD_ALERT_TABLE_NONE) {
            size_t slot = slot_of(&bigger, numbers->keys[i]);
            bigger.keys[slot] = numbers->keys[i];
            bigger.values[slot] = numbers->values[i];
        }
    }
    free(numbers->keys);
    free(numbers->values);
    numbers->keys = bigger.keys;
    numbers->values = bigger.values;
    numbers->slots = bigger.slots;
    return true;
}

cord_status cord_alert_table_put(struct cord_alert_numbers *numbers, uint64_t key, uint32_t value)
{
    if (numbers->count + 1 > numbers->slots / 4 * 3 && !grow(numbers)) {
        return CORD_E_NOMEM;
    }
    size_t slot = slot_of(numbers, key);
    numbers->count += numbers->values[slot] == CORD_ALERT_TABLE_NONE ? 1 : 0;
    numbers->keys[slot] = key;
    numbers->values[slot] = value;
    return CORD_OK;
}

size_t cord_alert_table_numbers_bytes(const struct cord_alert_numbers *numbers)
{
    return numbers->slots * (sizeof *numbers->keys + sizeof *numbers->values);
}
