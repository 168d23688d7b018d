/*
 * correlator_table.c: counted memory, seeded hashing, packed texts.
 *
 * Two values are the same when 128 bits of their seeded hash are: the values
 * themselves are not kept. The seed is drawn at start and never shown, so that
 * input cannot aim at a collision.
 */
#include "detect/correlator_internal.h"

#include "base/fold.h"
#include "base/hash.h"

#include <stdlib.h>

int64_t cord_correlator_time_add(int64_t time_ns, int64_t span_ns)
{
    int64_t sum = 0;
    return __builtin_add_overflow(time_ns, span_ns, &sum) ? INT64_MAX : sum;
}

int64_t cord_correlator_time_sub(int64_t time_ns, int64_t span_ns)
{
    int64_t rest = 0;
    return __builtin_sub_overflow(time_ns, span_ns, &rest) ? INT64_MIN + 1 : rest;
}

void *cord_correlator_table_take(struct cord_correlator *correlator, size_t bytes)
{
    void *memory = malloc(bytes);
    if (memory) {
        correlator->bytes += bytes + CORD_CORRELATOR_OVERHEAD;
    }
    return memory;
}

void cord_correlator_table_give(struct cord_correlator *correlator, void *memory, size_t bytes)
{
    if (memory) {
        correlator->bytes -= bytes + CORD_CORRELATOR_OVERHEAD;
        free(memory);
    }
}

static cord_status grow(struct cord_correlator *correlator, struct correlator_table *table)
{
    size_t count = table->bucket_count == 0 ? 256 : table->bucket_count * 2;
    struct correlator_link **buckets = calloc(count, sizeof(struct correlator_link *));
    if (!buckets) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < table->bucket_count; i++) {
        for (struct correlator_link *link = table->buckets[i], *next; link; link = next) {
            next = link->chain;
            link->chain = buckets[link->hash & (count - 1)];
            buckets[link->hash & (count - 1)] = link;
        }
    }
    free(table->buckets);
    correlator->bytes += (count - table->bucket_count) * sizeof(struct correlator_link *);
    table->buckets = buckets;
    table->bucket_count = count;
    return CORD_OK;
}

cord_status cord_correlator_table_insert(struct cord_correlator *correlator,
                                         struct correlator_table *table,
                                         struct correlator_link *link)
{
    if (table->count == table->bucket_count) {
        cord_status status = grow(correlator, table);
        if (status != CORD_OK) {
            return status;
        }
    }
    struct correlator_link **bucket = &table->buckets[link->hash & (table->bucket_count - 1)];
    link->chain = *bucket;
    *bucket = link;
    table->count++;
    return CORD_OK;
}

void cord_correlator_table_remove(struct correlator_table *table, struct correlator_link *link)
{
    struct correlator_link **at = &table->buckets[link->hash & (table->bucket_count - 1)];
    while (*at != link) {
        at = &(*at)->chain;
    }
    *at = link->chain;
    table->count--;
}

struct correlator_link *cord_correlator_table_find(const struct correlator_table *table,
                                                   uint64_t hash)
{
    return table->bucket_count == 0 ? NULL : table->buckets[hash & (table->bucket_count - 1)];
}

static bool room_to_fold(struct cord_correlator *correlator, size_t bytes)
{
    if (bytes > correlator->folded_cap) {
        size_t cap = bytes < 1024 ? 1024 : bytes + bytes / 2;
        char *bigger = realloc(correlator->folded, cap);
        if (!bigger) {
            return false;
        }
        correlator->folded = bigger;
        correlator->folded_cap = cap;
    }
    return true;
}

cord_status cord_correlator_table_digest(struct cord_correlator *correlator, const cord_str *values,
                                         const uint16_t *at, size_t count, uint64_t salt,
                                         struct correlator_digest *ret_digest)
{
    size_t need = 0;
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        need += sizeof(uint64_t) + CORD_FOLD_BYTES_MAX(values[at[i]].len);
    }
    if (!room_to_fold(correlator, need)) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        /* Its length before each text: "ab" + "c" is not "a" + "bc". */
        uint64_t len = cord_fold_text(values[at[i]], correlator->folded + used + sizeof len,
                                      correlator->folded_cap - used - sizeof len);
        memcpy(correlator->folded + used, &len, sizeof len);
        used += sizeof len + (size_t)len;
    }
    XXH128_hash_t hash =
        XXH3_128bits_withSeed(used > 0 ? correlator->folded : "", used, correlator->options.seed);
    ret_digest->hash = cord_hash_mix(hash.low64 ^ salt);
    ret_digest->check = hash.high64;
    return CORD_OK;
}

size_t cord_correlator_table_pack_bytes(const cord_str *values, const uint16_t *at, size_t count)
{
    size_t bytes = count * sizeof(size_t);
    for (size_t i = 0; i < count; i++) {
        bytes += values[at[i]].ptr ? values[at[i]].len : 0;
    }
    return bytes;
}

/* Absent texts keep their NULL: SIZE_MAX stands for it. */
static char *pack_one(cord_str value, char *length, char *text)
{
    size_t len = value.ptr ? value.len : SIZE_MAX;
    memcpy(length, &len, sizeof len);
    if (value.ptr && value.len > 0) {
        memcpy(text, value.ptr, value.len);
        return text + value.len;
    }
    return text;
}

void cord_correlator_table_pack(const cord_str *values, const uint16_t *at, size_t count,
                                char *ret_packed)
{
    char *text = ret_packed + count * sizeof(size_t);
    for (size_t i = 0; i < count; i++) {
        text = pack_one(values[at[i]], ret_packed + i * sizeof(size_t), text);
    }
}

void cord_correlator_table_pack_all(const cord_str *values, size_t count, char *ret_packed)
{
    char *text = ret_packed + count * sizeof(size_t);
    for (size_t i = 0; i < count; i++) {
        text = pack_one(values[i], ret_packed + i * sizeof(size_t), text);
    }
}

void cord_correlator_table_unpack(const char *packed, size_t count, cord_str *ret_values)
{
    const char *text = packed + count * sizeof(size_t);
    for (size_t i = 0; i < count; i++) {
        size_t len = 0;
        memcpy(&len, packed + i * sizeof len, sizeof len);
        ret_values[i] = len == SIZE_MAX ? ((cord_str){0}) : (cord_str){text, len};
        text += len == SIZE_MAX ? 0 : len;
    }
}
