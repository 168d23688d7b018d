/* block_ints.c: see block_ints.h. */
#include "evidence/block_ints.h"

#include "base/octets.h"

#include <stdlib.h>

enum { WIDTH_MASK = 15, DIFFERENCES = 16, SHIFT_MAX = 63 };

cord_status cord_block_ints_take_long(cord_str *input, uint64_t *ret_value)
{
    struct cord_octets octets = cord_octets_of(*input);
    uint64_t value = cord_octets_varint(&octets);
    if (octets.failed) {
        return CORD_E_FORMAT;
    }
    *ret_value = value;
    *input = cord_str_from_byte(*input, input->len - cord_octets_left(&octets));
    return CORD_OK;
}

/* Least and greatest, and what the numbers would take with a code that gives
 * each as many bits as it needs. */
struct spread {
    int64_t low;
    int64_t high;
    uint64_t bits;
};

static uint64_t bits_of(uint64_t value)
{
    return value == 0 ? 0 : 64 - (uint64_t)__builtin_clzll(value);
}

static int64_t step(const int64_t *values, size_t at)
{
    return (int64_t)((uint64_t)values[at] - (uint64_t)values[at - 1]);
}

static struct spread spread_of(const int64_t *values, size_t count, bool differences)
{
    size_t from = differences ? 1 : 0;
    struct spread spread = {INT64_MAX, INT64_MIN, 0};
    for (size_t at = from; at < count; at++) {
        int64_t value = differences ? step(values, at) : values[at];
        spread.low = value < spread.low ? value : spread.low;
        spread.high = value > spread.high ? value : spread.high;
    }
    if (count <= from) {
        return (struct spread){0, 0, 0};
    }
    for (size_t at = from; at < count; at++) {
        int64_t value = differences ? step(values, at) : values[at];
        spread.bits += differences ? bits_of(cord_block_ints_zigzag(value))
                                   : bits_of((uint64_t)value - (uint64_t)spread.low);
    }
    return spread;
}

static void put_planes(struct cord_buf *out, const int64_t *values, size_t count, unsigned width,
                       int64_t base)
{
    char *planes = cord_buf_reserve(out, count * width);
    if (!planes) {
        return;
    }
    for (unsigned plane = 0; plane < width; plane++) {
        char *to = planes + plane * count;
        for (size_t at = 0; at < count; at++) {
            to[at] = (char)(((uint64_t)values[at] - (uint64_t)base) >> (8 * plane));
        }
    }
    out->len += count * width;
}

static void put_differences(struct cord_buf *out, const int64_t *values, size_t count,
                            unsigned width, int64_t base)
{
    size_t steps = count - 1;
    char *planes = cord_buf_reserve(out, steps * width);
    if (!planes) {
        return;
    }
    for (unsigned plane = 0; plane < width; plane++) {
        char *to = planes + plane * steps;
        for (size_t at = 0; at < steps; at++) {
            to[at] = (char)(((uint64_t)step(values, at + 1) - (uint64_t)base) >> (8 * plane));
        }
    }
    out->len += steps * width;
}

static unsigned width_of(struct spread spread)
{
    return (unsigned)((bits_of((uint64_t)spread.high - (uint64_t)spread.low) + 7) / 8);
}

void cord_block_ints_put(struct cord_buf *out, const int64_t *values, size_t count)
{
    struct spread plain = spread_of(values, count, false);
    unsigned width = width_of(plain);
    if (width > 0 && count > 1) {
        struct spread differences = spread_of(values, count, true);
        if (differences.bits < plain.bits) {
            width = width_of(differences);
            cord_buf_put_char(out, (char)(width | DIFFERENCES));
            cord_octets_put_varint(out, cord_block_ints_zigzag(differences.low));
            cord_octets_put_varint(out, cord_block_ints_zigzag(values[0]));
            put_differences(out, values, count, width, differences.low);
            return;
        }
    }
    cord_buf_put_char(out, (char)width);
    cord_octets_put_varint(out, cord_block_ints_zigzag(plain.low));
    put_planes(out, values, count, width, plain.low);
}

void cord_block_ints_put_u32(struct cord_buf *out, const uint32_t *values, size_t count)
{
    uint32_t high = 0;
    for (size_t at = 0; at < count; at++) {
        high |= values[at];
    }
    unsigned width = (unsigned)((bits_of(high) + 7) / 8);
    cord_buf_put_char(out, (char)width);
    cord_buf_put_char(out, 0);
    char *planes = cord_buf_reserve(out, count * width);
    if (!planes) {
        return;
    }
    for (unsigned plane = 0; plane < width; plane++) {
        char *to = planes + plane * count;
        for (size_t at = 0; at < count; at++) {
            to[at] = (char)(values[at] >> (8 * plane));
        }
    }
    out->len += count * width;
}

/* Loops of a known length, which compilers make vectors of. */
enum { TAKE_STEP = 32 };

static void take_planes(const char *planes, size_t count, unsigned width, int64_t base,
                        int64_t *ret_values)
{
    size_t at = 0;
    for (; count - at >= TAKE_STEP; at += TAKE_STEP) {
        uint64_t numbers[TAKE_STEP] = {0};
        for (unsigned plane = 0; plane < width; plane++) {
            const unsigned char *from = (const unsigned char *)planes + plane * count + at;
            for (size_t i = 0; i < TAKE_STEP; i++) {
                numbers[i] |= (uint64_t)from[i] << (8 * plane);
            }
        }
        for (size_t i = 0; i < TAKE_STEP; i++) {
            ret_values[at + i] = (int64_t)(numbers[i] + (uint64_t)base);
        }
    }
    for (; at < count; at++) {
        uint64_t number = 0;
        for (unsigned plane = 0; plane < width; plane++) {
            number |= (uint64_t)(unsigned char)planes[plane * count + at] << (8 * plane);
        }
        ret_values[at] = (int64_t)(number + (uint64_t)base);
    }
}

/* What stands before the planes. */
struct list {
    bool differences;
    unsigned width;
    int64_t base;
    int64_t first;
    size_t plane;  /* numbers in each */
    cord_str rest; /* the planes and what follows them */
};

static cord_status take_head(cord_str input, size_t count, struct list *ret_list)
{
    uint64_t base = 0;
    uint64_t first = 0;
    if (input.len == 0) {
        return CORD_E_FORMAT;
    }
    unsigned form = (unsigned char)input.ptr[0];
    unsigned width = form & WIDTH_MASK;
    bool differences = (form & DIFFERENCES) != 0;
    cord_str rest = cord_str_from_byte(input, 1);
    if (width > 8 || form > (WIDTH_MASK | DIFFERENCES) || (differences && count == 0) ||
        cord_block_ints_take_varint(&rest, &base) != CORD_OK ||
        (differences && cord_block_ints_take_varint(&rest, &first) != CORD_OK)) {
        return CORD_E_FORMAT;
    }
    size_t plane = count - (differences ? 1 : 0);
    if (width > 0 && plane > rest.len / width) {
        return CORD_E_FORMAT;
    }
    *ret_list = (struct list){
        differences, width, cord_block_ints_unzigzag(base), cord_block_ints_unzigzag(first),
        plane,       rest};
    return CORD_OK;
}

cord_status cord_block_ints_skip(cord_str *input, size_t count)
{
    struct list list;
    cord_status status = take_head(*input, count, &list);
    if (status == CORD_OK) {
        *input = cord_str_from_byte(list.rest, list.plane * list.width);
    }
    return status;
}

cord_status cord_block_ints_take(cord_str *input, size_t count, int64_t *ret_values)
{
    struct list list;
    cord_status status = take_head(*input, count, &list);
    if (status != CORD_OK) {
        return status;
    }
    take_planes(list.rest.ptr, list.plane, list.width, list.base,
                ret_values + (list.differences ? 1 : 0));
    if (list.differences) {
        ret_values[0] = list.first;
        for (size_t at = 1; at < count; at++) {
            ret_values[at] = (int64_t)((uint64_t)ret_values[at] + (uint64_t)ret_values[at - 1]);
        }
    }
    *input = cord_str_from_byte(list.rest, list.plane * list.width);
    return CORD_OK;
}

/* Plain planes of at most four bytes; false when a number is not below. */
static bool take_narrow(const struct list *list, uint32_t below, uint32_t *ret_values)
{
    const unsigned char *planes = (const unsigned char *)list->rest.ptr;
    size_t count = list->plane;
    uint32_t base = (uint32_t)list->base;
    uint64_t most = 0;
    size_t at = 0;
    for (; count - at >= TAKE_STEP; at += TAKE_STEP) {
        uint32_t numbers[TAKE_STEP];
        uint32_t high = 0;
        for (size_t i = 0; i < TAKE_STEP; i++) {
            numbers[i] = list->width > 0 ? planes[at + i] : 0;
        }
        for (unsigned plane = 1; plane < list->width; plane++) {
            const unsigned char *from = planes + plane * count + at;
            for (size_t i = 0; i < TAKE_STEP; i++) {
                numbers[i] |= (uint32_t)from[i] << (8 * plane);
            }
        }
        for (size_t i = 0; i < TAKE_STEP; i++) {
            high = numbers[i] > high ? numbers[i] : high;
        }
        for (size_t i = 0; i < TAKE_STEP; i++) {
            ret_values[at + i] = numbers[i] + base;
        }
        most = high > most ? high : most;
    }
    for (; at < count; at++) {
        uint32_t number = 0;
        for (unsigned plane = 0; plane < list->width; plane++) {
            number |= (uint32_t)planes[plane * count + at] << (8 * plane);
        }
        ret_values[at] = number + base;
        most = number > most ? number : most;
    }
    return count == 0 || most + base < below;
}

cord_status cord_block_ints_take_u32(cord_str *input, size_t count, uint32_t below,
                                     uint32_t *ret_values)
{
    struct list list;
    cord_status status = take_head(*input, count, &list);
    if (status != CORD_OK) {
        return status;
    }
    if (!list.differences && list.width <= 4 && list.base >= 0 && list.base <= UINT32_MAX) {
        if (!take_narrow(&list, below, ret_values)) {
            return CORD_E_FORMAT;
        }
        *input = cord_str_from_byte(list.rest, list.plane * list.width);
        return CORD_OK;
    }
    int64_t *wide = malloc((count + 1) * sizeof *wide);
    if (!wide) {
        return CORD_E_NOMEM;
    }
    status = cord_block_ints_take(input, count, wide);
    for (size_t at = 0; at < count && status == CORD_OK; at++) {
        status = wide[at] >= 0 && wide[at] < below ? CORD_OK : CORD_E_FORMAT;
        ret_values[at] = (uint32_t)wide[at];
    }
    free(wide);
    return status;
}
