/* block_dictionary.c: see block_dictionary.h. */
#include "evidence/block_dictionary.h"

#include "base/hash.h"
#include "base/vec.h"

#include <stdlib.h>

enum { SLOTS_MIN = 4096 };

#define TEXT_MAX ((size_t)1 << 30)

cord_status cord_block_dictionary_init(struct cord_block_dictionary *dictionary, uint64_t seed)
{
    *dictionary = (struct cord_block_dictionary){.seed = seed, .arena = cord_arena_new(TEXT_MAX)};
    return dictionary->arena ? CORD_OK : CORD_E_NOMEM;
}

void cord_block_dictionary_done(struct cord_block_dictionary *dictionary)
{
    free(dictionary->values);
    free(dictionary->slots);
    cord_arena_free(dictionary->arena);
}

void cord_block_dictionary_clear(struct cord_block_dictionary *dictionary)
{
    if (dictionary->slot_count > 0) {
        memset(dictionary->slots, 0, dictionary->slot_count * sizeof *dictionary->slots);
    }
    dictionary->count = 0;
    cord_arena_rewind(dictionary->arena);
}

static cord_status grow(struct cord_block_dictionary *dictionary)
{
    size_t slot_count = dictionary->slot_count > 0 ? dictionary->slot_count * 2 : SLOTS_MIN;
    uint32_t *slots = calloc(slot_count, sizeof *slots);
    if (!slots) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < dictionary->slot_count; i++) {
        uint32_t entry = dictionary->slots[i];
        if (entry > 0) {
            size_t at = dictionary->values[entry - 1].hash & (slot_count - 1);
            while (slots[at] > 0) {
                at = (at + 1) & (slot_count - 1);
            }
            slots[at] = entry;
        }
    }
    free(dictionary->slots);
    dictionary->slots = slots;
    dictionary->slot_count = slot_count;
    return CORD_OK;
}

static cord_status append(struct cord_block_dictionary *dictionary, cord_str text, uint32_t hash,
                          uint32_t *ret_value)
{
    struct cord_block_value *values =
        cord_vec_room(dictionary->values, dictionary->count, &dictionary->cap, sizeof *values);
    if (!values) {
        return CORD_E_NOMEM;
    }
    dictionary->values = values;
    char *copy = cord_arena_bytes(dictionary->arena, text.len);
    if (!copy) {
        return cord_arena_failure(dictionary->arena);
    }
    if (text.len > 0) {
        memcpy(copy, text.ptr, text.len);
    }
    values[dictionary->count] = (struct cord_block_value){copy, (uint32_t)text.len, hash};
    *ret_value = (uint32_t)dictionary->count++;
    return CORD_OK;
}

uint32_t cord_block_dictionary_hash(const struct cord_block_dictionary *dictionary, cord_str text,
                                    bool personal)
{
    return ((uint32_t)cord_hash(text, dictionary->seed) & ~CORD_BLOCK_DICTIONARY_PERSONAL) |
           (personal ? CORD_BLOCK_DICTIONARY_PERSONAL : 0);
}

cord_status cord_block_dictionary_add(struct cord_block_dictionary *dictionary, cord_str text,
                                      uint32_t hash, uint32_t *ret_value)
{
    if (dictionary->count * 2 >= dictionary->slot_count && grow(dictionary) != CORD_OK) {
        return CORD_E_NOMEM;
    }
    size_t mask = dictionary->slot_count - 1;
    size_t at = hash & mask;
    for (; dictionary->slots[at] > 0; at = (at + 1) & mask) {
        const struct cord_block_value *value = &dictionary->values[dictionary->slots[at] - 1];
        if (value->hash == hash && value->len == text.len &&
            (text.len == 0 || memcmp(value->ptr, text.ptr, text.len) == 0)) {
            *ret_value = dictionary->slots[at] - 1;
            return CORD_OK;
        }
    }
    cord_status status = append(dictionary, text, hash, ret_value);
    if (status == CORD_OK) {
        dictionary->slots[at] = *ret_value + 1;
    }
    return status;
}
