/* address_count.c: see address_count.h. Open addressing, linear, removed by
 * moving what follows back. */
#include "comms/address_count.h"
#include "base/hash.h"

#include <assert.h>
#include <stdlib.h>

enum { SLOTS_MIN = 64 };

struct slot {
    uint64_t key[2];
    uint32_t count; /* 0: free */
};

struct cord_address_count {
    struct slot *slots;
    size_t slot_count; /* a power of two, at most half of it used */
    size_t used;
    uint64_t seed;
};

static void key_of(const unsigned char address[16], uint64_t ret_key[2])
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    memcpy(ret_key, address, 16);
    if (memcmp(address, mapped, sizeof mapped) != 0) {
        ret_key[1] = 0;
    }
}

static size_t home_of(const struct cord_address_count *counts, const uint64_t key[2])
{
    uint64_t hash = cord_hash((cord_str){(const char *)key, 16}, counts->seed);
    return (size_t)hash & (counts->slot_count - 1);
}

/* Its slot, or the free one where it would be. */
static size_t find(const struct cord_address_count *counts, const uint64_t key[2])
{
    size_t at = home_of(counts, key);
    while (counts->slots[at].count > 0 && memcmp(counts->slots[at].key, key, 16) != 0) {
        at = (at + 1) & (counts->slot_count - 1);
    }
    return at;
}

struct cord_address_count *cord_address_count_new(uint64_t seed)
{
    struct cord_address_count *counts = calloc(1, sizeof *counts);
    if (!counts) {
        return NULL;
    }
    counts->seed = seed;
    counts->slot_count = SLOTS_MIN;
    counts->slots = calloc(SLOTS_MIN, sizeof *counts->slots);
    if (!counts->slots) {
        free(counts);
        return NULL;
    }
    return counts;
}

void cord_address_count_free(struct cord_address_count *counts)
{
    if (counts) {
        free(counts->slots);
        free(counts);
    }
}

static cord_status grow(struct cord_address_count *counts)
{
    struct cord_address_count larger = *counts;
    larger.slot_count *= 2;
    larger.slots = calloc(larger.slot_count, sizeof *larger.slots);
    if (!larger.slots) {
        return CORD_E_NOMEM;
    }
    for (size_t at = 0; at < counts->slot_count; at++) {
        if (counts->slots[at].count > 0) {
            larger.slots[find(&larger, counts->slots[at].key)] = counts->slots[at];
        }
    }
    free(counts->slots);
    *counts = larger;
    return CORD_OK;
}

cord_status cord_address_count_add(struct cord_address_count *counts,
                                   const unsigned char address[16], uint32_t max)
{
    uint64_t key[2];
    key_of(address, key);
    struct slot *slot = &counts->slots[find(counts, key)];
    if (slot->count >= max) {
        return CORD_E_LIMIT;
    }
    if (slot->count == 0) {
        if (counts->used >= counts->slot_count / 2) {
            cord_status status = grow(counts);
            if (status != CORD_OK) {
                return status;
            }
            slot = &counts->slots[find(counts, key)];
        }
        memcpy(slot->key, key, sizeof slot->key);
        counts->used++;
    }
    slot->count++;
    return CORD_OK;
}

void cord_address_count_remove(struct cord_address_count *counts, const unsigned char address[16])
{
    uint64_t key[2];
    key_of(address, key);
    size_t mask = counts->slot_count - 1;
    size_t hole = find(counts, key);
    assert(counts->slots[hole].count > 0);
    if (--counts->slots[hole].count > 0) {
        return;
    }
    counts->used--;
    for (size_t at = (hole + 1) & mask; counts->slots[at].count > 0; at = (at + 1) & mask) {
        size_t home = home_of(counts, counts->slots[at].key);
        /* It may not stand before its home. */
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            counts->slots[hole] = counts->slots[at];
            counts->slots[at].count = 0;
            hole = at;
        }
    }
}

size_t cord_address_count_addresses(const struct cord_address_count *counts)
{
    return counts->used;
}
