/*
 * tally_measure.c: one function over numbers; see tally_internal.h.
 *
 * Percentiles keep all numbers while they are few. Then each is counted in the
 * bucket of its leading bits: 64 buckets to a power of two, so that the middle
 * of one is within 1/128 of all in it. Which of the two it is depends on how
 * many there are and not on their order, and merging gives the same.
 */
#include "evidence/tally_internal.h"

#include <stdlib.h>

enum {
    SUB_BITS = 6,
    SUB_COUNT = 1 << SUB_BITS,
    POWERS = 95, /* of magnitudes up to 2^63 in units of 1e-9 */
    BUCKET_COUNT = POWERS * SUB_COUNT,
};

__extension__ typedef unsigned __int128 magnitude;

void cord_tally_measure_done(struct tally_measure *measure)
{
    free(measure->samples);
    free(measure->buckets[0]);
    free(measure->buckets[1]);
}

static unsigned bit_length(magnitude value)
{
    unsigned bits = 0;
    while (value != 0) {
        bits++;
        value >>= 1;
    }
    return bits;
}

/* Small ones have a bucket each. */
static size_t bucket_of(magnitude value)
{
    if (value < SUB_COUNT) {
        return (size_t)value;
    }
    unsigned shift = bit_length(value) - (SUB_BITS + 1);
    return (size_t)(shift + 1) * SUB_COUNT + (size_t)((value >> shift) - SUB_COUNT);
}

static magnitude middle_of(size_t bucket)
{
    if (bucket < SUB_COUNT) {
        return bucket;
    }
    unsigned shift = (unsigned)(bucket / SUB_COUNT) - 1;
    magnitude low = (magnitude)(bucket % SUB_COUNT + SUB_COUNT) << shift;
    return low + (((magnitude)1 << shift) >> 1);
}

static cord_status take_bytes(size_t more, size_t bytes_max, size_t *bytes)
{
    if (*bytes > bytes_max || more > bytes_max - *bytes) {
        return CORD_E_LIMIT;
    }
    *bytes += more;
    return CORD_OK;
}

static cord_status bucket_add(struct tally_measure *measure, cord_fixed value, uint64_t count,
                              size_t bytes_max, size_t *bytes)
{
    size_t side = value < 0 ? 1 : 0;
    if (!measure->buckets[side]) {
        cord_status status = take_bytes((size_t)BUCKET_COUNT * sizeof(uint64_t), bytes_max, bytes);
        if (status != CORD_OK) {
            return status;
        }
        measure->buckets[side] = calloc(BUCKET_COUNT, sizeof(uint64_t));
        if (!measure->buckets[side]) {
            return CORD_E_NOMEM;
        }
    }
    measure->buckets[side][bucket_of((magnitude)(value < 0 ? -value : value))] += count;
    return CORD_OK;
}

static cord_status to_buckets(struct tally_measure *measure, size_t count, size_t bytes_max,
                              size_t *bytes)
{
    size_t room = (size_t)2 * BUCKET_COUNT * sizeof(uint64_t);
    cord_status status = take_bytes(room, bytes_max, bytes);
    if (status != CORD_OK) {
        return status; /* all or nothing */
    }
    *bytes -= room;
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        status = bucket_add(measure, measure->samples[i], 1, bytes_max, bytes);
    }
    free(measure->samples);
    *bytes -= measure->sample_cap * sizeof *measure->samples;
    measure->samples = NULL;
    measure->sample_cap = 0;
    return status;
}

static cord_status sample_room(struct tally_measure *measure, size_t bytes_max, size_t *bytes)
{
    if (measure->count < measure->sample_cap) {
        return CORD_OK;
    }
    size_t cap = measure->sample_cap > 0 ? measure->sample_cap * 2 : 8;
    cord_status status =
        take_bytes((cap - measure->sample_cap) * sizeof *measure->samples, bytes_max, bytes);
    if (status != CORD_OK) {
        return status;
    }
    cord_fixed *samples = realloc(measure->samples, cap * sizeof *samples);
    if (!samples) {
        return CORD_E_NOMEM;
    }
    measure->samples = samples;
    measure->sample_cap = cap;
    return CORD_OK;
}

static bool is_bucketed(const struct tally_measure *measure)
{
    return measure->buckets[0] || measure->buckets[1];
}

/* count is of the samples before this one. */
static cord_status sample_add(struct tally_measure *measure, cord_fixed value, size_t bytes_max,
                              size_t *bytes)
{
    cord_status status = CORD_OK;
    if (!is_bucketed(measure) && measure->count == CORD_TALLY_EXACT_MAX) {
        status = to_buckets(measure, CORD_TALLY_EXACT_MAX, bytes_max, bytes);
    }
    if (status == CORD_OK && is_bucketed(measure)) {
        return bucket_add(measure, value, 1, bytes_max, bytes);
    }
    status = status == CORD_OK ? sample_room(measure, bytes_max, bytes) : status;
    if (status == CORD_OK) {
        measure->samples[measure->count] = value;
    }
    return status;
}

cord_status cord_tally_measure_add(struct tally_measure *measure, enum cord_query_function function,
                                   cord_fixed value, size_t bytes_max, size_t *bytes)
{
    if (function == CORD_QUERY_FN_PERCENTILE) {
        cord_status status = sample_add(measure, value, bytes_max, bytes);
        measure->count += status == CORD_OK ? 1 : 0;
        return status;
    }
    measure->low = measure->count == 0 || value < measure->low ? value : measure->low;
    measure->high = measure->count == 0 || value > measure->high ? value : measure->high;
    measure->sum += value;
    measure->count++;
    return CORD_OK;
}

static cord_status merge_buckets(struct tally_measure *measure, const struct tally_measure *other,
                                 size_t bytes_max, size_t *bytes)
{
    cord_status status = CORD_OK;
    if (!is_bucketed(measure)) {
        status = to_buckets(measure, measure->count, bytes_max, bytes);
    }
    for (size_t side = 0; side < 2; side++) {
        for (size_t i = 0; other->buckets[side] && i < BUCKET_COUNT && status == CORD_OK; i++) {
            if (other->buckets[side][i] > 0) {
                cord_fixed value = (cord_fixed)middle_of(i);
                status = bucket_add(measure, side == 1 ? -value : value, other->buckets[side][i],
                                    bytes_max, bytes);
            }
        }
    }
    measure->count += other->count;
    return status;
}

cord_status cord_tally_measure_merge(struct tally_measure *measure,
                                     enum cord_query_function function,
                                     const struct tally_measure *other, size_t bytes_max,
                                     size_t *bytes)
{
    cord_status status = CORD_OK;
    if (other->count == 0) {
        return CORD_OK;
    }
    if (function != CORD_QUERY_FN_PERCENTILE) {
        bool first = measure->count == 0;
        measure->low = first || other->low < measure->low ? other->low : measure->low;
        measure->high = first || other->high > measure->high ? other->high : measure->high;
        measure->sum += other->sum;
        measure->count += other->count;
        return CORD_OK;
    }
    if (is_bucketed(other)) {
        return merge_buckets(measure, other, bytes_max, bytes);
    }
    for (uint64_t i = 0; i < other->count && status == CORD_OK; i++) {
        status = cord_tally_measure_add(measure, function, other->samples[i], bytes_max, bytes);
    }
    return status;
}

static int compare(const void *a, const void *b)
{
    cord_fixed x = *(const cord_fixed *)a;
    cord_fixed y = *(const cord_fixed *)b;
    return x < y ? -1 : x > y;
}

/* Nearest rank: the least number that so many per cent do not exceed. */
static cord_fixed percentile(struct tally_measure *measure, unsigned percent)
{
    uint64_t rank = measure->count / 100 * percent + (measure->count % 100 * percent + 99) / 100;
    uint64_t seen = 0;
    if (!is_bucketed(measure)) {
        qsort(measure->samples, measure->count, sizeof *measure->samples, compare);
        return measure->samples[rank - 1];
    }
    for (size_t i = BUCKET_COUNT; measure->buckets[1] && i-- > 0;) {
        seen += measure->buckets[1][i];
        if (seen >= rank) {
            return -(cord_fixed)middle_of(i);
        }
    }
    size_t at = 0;
    while (at + 1 < BUCKET_COUNT && (seen += measure->buckets[0][at]) < rank) {
        at++;
    }
    return (cord_fixed)middle_of(at);
}

bool cord_tally_measure_result(struct tally_measure *measure, const struct cord_query_measure *what,
                               cord_fixed *ret_result)
{
    if (measure->count == 0) {
        return false;
    }
    switch (what->function) {
    case CORD_QUERY_FN_MIN:
        *ret_result = measure->low;
        break;
    case CORD_QUERY_FN_MAX:
        *ret_result = measure->high;
        break;
    case CORD_QUERY_FN_AVG:
        *ret_result = measure->sum / (cord_fixed)measure->count;
        break;
    case CORD_QUERY_FN_SUM:
        *ret_result = measure->sum;
        break;
    case CORD_QUERY_FN_PERCENTILE:
        *ret_result = percentile(measure, what->percentile);
        break;
    case CORD_QUERY_FN_COUNT:
        return false; /* the group's own */
    }
    return true;
}
