/*
 * tally_group.c: rows with the same values; see tally_internal.h.
 *
 * A key is the step's eight bytes, then each text behind its length and one, 0
 * for none: no two lists of texts give the same.
 */
#include "evidence/tally_internal.h"

#include "base/hash.h"
#include "base/vec.h"

#include <stdlib.h>

enum { SLOTS_FIRST = 64, SEEN_FIRST = 256 };

#define KEY_BYTES_MAX ((size_t)8 << 30)

cord_status cord_tally_group_init(struct tally_groups *groups,
                                  const struct cord_tally_options *options, size_t measure_count)
{
    *groups = (struct tally_groups){
        .seed = options->seed,
        .bytes_max = options->bytes_max,
        .measure_count = measure_count,
        .slot_count = SLOTS_FIRST,
    };
    cord_buf_init(&groups->key, KEY_BYTES_MAX);
    groups->arena = cord_arena_new(options->bytes_max);
    groups->slots = calloc(SLOTS_FIRST, sizeof *groups->slots);
    return groups->arena && groups->slots ? CORD_OK : CORD_E_NOMEM;
}

void cord_tally_group_done(struct tally_groups *groups)
{
    for (size_t i = 0; i < groups->count; i++) {
        for (size_t at = 0; at < groups->measure_count; at++) {
            cord_tally_measure_done(&groups->items[i].measures[at]);
        }
    }
    free(groups->items);
    free(groups->slots);
    free(groups->seen);
    cord_arena_free(groups->arena);
    cord_buf_done(&groups->key);
}

static void put_texts(struct cord_buf *key, const cord_str *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t len = texts[i].ptr ? texts[i].len + 1 : 0;
        cord_buf_put(key, (cord_str){(const char *)&len, sizeof len});
        cord_buf_put(key, (cord_str){texts[i].ptr, len > 0 ? texts[i].len : 0});
    }
}

void cord_tally_group_texts(const struct tally_group *group, cord_str *ret_texts, size_t text_count)
{
    size_t at = sizeof group->step;
    for (size_t i = 0; i < text_count; i++) {
        uint64_t len = 0;
        memcpy(&len, group->key.ptr + at, sizeof len);
        at += sizeof len;
        ret_texts[i] = len > 0 ? cord_str_slice(group->key, at, len - 1) : (cord_str){0};
        at += len > 0 ? len - 1 : 0;
    }
}

static bool has_room(const struct tally_groups *groups, size_t more)
{
    size_t held = cord_arena_held(groups->arena) + groups->bytes;
    return held <= groups->bytes_max && more <= groups->bytes_max - held;
}

static cord_status grow_slots(struct tally_groups *groups)
{
    size_t count = groups->slot_count * 2;
    uint32_t *slots = calloc(count, sizeof *slots);
    if (!slots) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < groups->count; i++) {
        size_t at = groups->items[i].hash & (count - 1);
        while (slots[at] != 0) {
            at = (at + 1) & (count - 1);
        }
        slots[at] = (uint32_t)i + 1;
    }
    groups->bytes += (count - groups->slot_count) * sizeof *slots;
    free(groups->slots);
    groups->slots = slots;
    groups->slot_count = count;
    return CORD_OK;
}

/* Where the key's group is, or would be. */
static size_t find_slot(const struct tally_groups *groups, cord_str key, uint64_t hash)
{
    size_t at = hash & (groups->slot_count - 1);
    while (groups->slots[at] != 0) {
        const struct tally_group *group = &groups->items[groups->slots[at] - 1];
        if (group->hash == hash && cord_str_eq(group->key, key)) {
            break;
        }
        at = (at + 1) & (groups->slot_count - 1);
    }
    return at;
}

static cord_status make(struct tally_groups *groups, cord_str key, uint64_t hash, int64_t step,
                        struct tally_group **ret_group)
{
    size_t grown = (groups->count + 1) * 4 > groups->slot_count * 3 ? groups->slot_count : 0;
    size_t cap = groups->cap;
    if (groups->count >= UINT32_MAX - 1 ||
        !has_room(groups, key.len + 2 * sizeof **ret_group + grown * sizeof(uint32_t) +
                              (groups->count == cap ? cap * sizeof **ret_group : 0) +
                              groups->measure_count * sizeof(struct tally_measure))) {
        return CORD_E_LIMIT;
    }
    struct tally_group *items =
        cord_vec_room(groups->items, groups->count, &groups->cap, sizeof *items);
    if (!items) {
        return CORD_E_NOMEM;
    }
    groups->items = items;
    groups->bytes += (groups->cap - cap) * sizeof *items;
    if (grown > 0 && grow_slots(groups) != CORD_OK) {
        return CORD_E_NOMEM;
    }
    struct tally_group group = {.hash = hash,
                                .key = cord_arena_copy(groups->arena, key),
                                .step = step,
                                .first_ns = CORD_TIME_NONE,
                                .last_ns = CORD_TIME_NONE};
    group.measures =
        cord_arena_zalloc(groups->arena, groups->measure_count + 1, sizeof *group.measures);
    if (!group.key.ptr || !group.measures) {
        return cord_arena_failure(groups->arena);
    }
    items[groups->count] = group;
    groups->slots[find_slot(groups, key, hash)] = (uint32_t)groups->count + 1;
    *ret_group = &items[groups->count++];
    return CORD_OK;
}

cord_status cord_tally_group_get(struct tally_groups *groups, int64_t step, const cord_str *texts,
                                 size_t text_count, struct tally_group **ret_group)
{
    cord_buf_clear(&groups->key);
    cord_buf_put(&groups->key, (cord_str){(const char *)&step, sizeof step});
    put_texts(&groups->key, texts, text_count);
    if (groups->key.failed) {
        return CORD_E_NOMEM;
    }
    cord_str key = cord_buf_str(&groups->key);
    uint64_t hash = cord_hash(key, groups->seed);
    uint32_t slot = groups->slots[find_slot(groups, key, hash)];
    if (slot == 0) {
        return make(groups, key, hash, step, ret_group);
    }
    *ret_group = &groups->items[slot - 1];
    return CORD_OK;
}

void cord_tally_group_span(struct tally_group *group, uint64_t rows, int64_t first_ns,
                           int64_t last_ns)
{
    group->rows += rows;
    if (first_ns != CORD_TIME_NONE &&
        (group->first_ns == CORD_TIME_NONE || first_ns < group->first_ns)) {
        group->first_ns = first_ns;
    }
    group->last_ns = last_ns > group->last_ns ? last_ns : group->last_ns;
}

static struct tally_seen *find_seen(struct tally_seen *seen, size_t slots, uint64_t low,
                                    uint64_t high)
{
    size_t at = low & (slots - 1);
    while ((seen[at].low | seen[at].high) != 0 && (seen[at].low != low || seen[at].high != high)) {
        at = (at + 1) & (slots - 1);
    }
    return &seen[at];
}

static cord_status grow_seen(struct tally_groups *groups)
{
    size_t slots = groups->seen_slots > 0 ? groups->seen_slots * 2 : SEEN_FIRST;
    if (!has_room(groups, slots * sizeof *groups->seen)) {
        return CORD_E_LIMIT;
    }
    struct tally_seen *seen = calloc(slots, sizeof *seen);
    if (!seen) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < groups->seen_slots; i++) {
        const struct tally_seen *old = &groups->seen[i];
        if ((old->low | old->high) != 0) {
            *find_seen(seen, slots, old->low, old->high) = *old;
        }
    }
    groups->bytes += (slots - groups->seen_slots) * sizeof *seen;
    free(groups->seen);
    groups->seen = seen;
    groups->seen_slots = slots;
    return CORD_OK;
}

static cord_status see(struct tally_groups *groups, struct tally_group *group, uint64_t low,
                       uint64_t high)
{
    cord_status status = CORD_OK;
    if (groups->seen_slots > 0) {
        const struct tally_seen *known = find_seen(groups->seen, groups->seen_slots, low, high);
        if ((known->low | known->high) != 0) {
            return CORD_OK;
        }
    }
    if ((groups->seen_count + 1) * 4 > groups->seen_slots * 3) {
        status = grow_seen(groups);
        if (status != CORD_OK) {
            return status;
        }
    }
    *find_seen(groups->seen, groups->seen_slots, low, high) =
        (struct tally_seen){low, high, (uint32_t)(group - groups->items)};
    groups->seen_count++;
    group->distinct++;
    return CORD_OK;
}

/* By 128 bits of a seeded hash of group and values: two that share them would
 * count as one, once in 10^20 events. */
cord_status cord_tally_group_see(struct tally_groups *groups, struct tally_group *group,
                                 const cord_str *texts, size_t text_count)
{
    cord_buf_clear(&groups->key);
    cord_buf_put(&groups->key, group->key);
    put_texts(&groups->key, texts, text_count);
    if (groups->key.failed) {
        return CORD_E_NOMEM;
    }
    XXH128_hash_t hash = XXH3_128bits_withSeed(groups->key.ptr, groups->key.len, groups->seed);
    return see(groups, group, hash.low64 | 1, hash.high64);
}

static cord_status merge_group(struct tally_groups *groups, const struct tally_groups *other,
                               const struct tally_group *from, const struct cord_query_stage *stage,
                               struct cord_tally_stats *stats)
{
    uint32_t slot = groups->slots[find_slot(groups, from->key, from->hash)];
    struct tally_group *group = slot > 0 ? &groups->items[slot - 1] : NULL;
    cord_status status = group ? CORD_OK : make(groups, from->key, from->hash, from->step, &group);
    if (status == CORD_E_LIMIT) {
        stats->rows_without_room += from->rows;
        return CORD_OK;
    }
    if (status != CORD_OK) {
        return status;
    }
    cord_tally_group_span(group, from->rows, from->first_ns, from->last_ns);
    for (size_t i = 0; i < other->measure_count && status == CORD_OK; i++) {
        size_t room = groups->bytes_max - cord_arena_held(groups->arena);
        status = cord_tally_measure_merge(&group->measures[i], stage->measures[i].function,
                                          &from->measures[i], room, &groups->bytes);
        if (status == CORD_E_LIMIT) {
            stats->values_without_room++;
            status = CORD_OK;
        }
    }
    return status;
}

cord_status cord_tally_group_merge(struct tally_groups *groups, const struct tally_groups *other,
                                   const struct cord_query_stage *stage,
                                   struct cord_tally_stats *stats)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; i < other->count && status == CORD_OK; i++) {
        status = merge_group(groups, other, &other->items[i], stage, stats);
    }
    for (size_t i = 0; i < other->seen_slots && status == CORD_OK; i++) {
        const struct tally_seen *seen = &other->seen[i];
        if ((seen->low | seen->high) == 0) {
            continue;
        }
        const struct tally_group *from = &other->items[seen->group];
        uint32_t slot = groups->slots[find_slot(groups, from->key, from->hash)];
        if (slot > 0) {
            status = see(groups, &groups->items[slot - 1], seen->low, seen->high);
        }
        if (slot == 0 || status == CORD_E_LIMIT) {
            stats->values_without_room++;
            status = CORD_OK;
        }
    }
    return status;
}
