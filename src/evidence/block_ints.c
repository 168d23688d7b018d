/* block_ints.c: see block_ints.h. */
#include "evidence/block_ints.h"

enum { WIDTH_MASK = 15, DIFFERENCES = 16, SHIFT_MAX = 63 };

void cord_block_ints_varint(struct cord_buf *out, uint64_t value)
{
    while (value >= 0x80) {
        cord_buf_put_char(out, (char)(value | 0x80));
        value >>= 7;
    }
    cord_buf_put_char(out, (char)value);
}

cord_status cord_block_ints_take_varint(cord_str *input, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (size_t at = 0; at < input->len && at < 10; at++) {
        unsigned char c = (unsigned char)input->ptr[at];
        if (at == 9 && c > 1) {
            return CORD_E_FORMAT; /* beyond 64 bits */
        }
        value |= (uint64_t)(c & 0x7f) << (7 * at);
        if (c < 0x80) {
            *ret_value = value;
            *input = cord_str_from_byte(*input, at + 1);
            return CORD_OK;
        }
    }
    return CORD_E_FORMAT;
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
            cord_block_ints_varint(out, cord_block_ints_zigzag(differences.low));
            cord_block_ints_varint(out, cord_block_ints_zigzag(values[0]));
            put_differences(out, values, count, width, differences.low);
            return;
        }
    }
    cord_buf_put_char(out, (char)width);
    cord_block_ints_varint(out, cord_block_ints_zigzag(plain.low));
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

static void take_planes(const char *planes, size_t count, unsigned width, int64_t base,
                        int64_t *ret_values)
{
    for (size_t at = 0; at < count; at++) {
        ret_values[at] = base;
    }
    for (unsigned plane = 0; plane < width; plane++) {
        const unsigned char *from = (const unsigned char *)planes + plane * count;
        for (size_t at = 0; at < count; at++) {
            ret_values[at] =
                (int64_t)((uint64_t)ret_values[at] + ((uint64_t)from[at] << (8 * plane)));
        }
    }
}

cord_status cord_block_ints_take(cord_str *input, size_t count, int64_t *ret_values)
{
    cord_str rest = *input;
    uint64_t base = 0;
    uint64_t first = 0;
    if (rest.len == 0) {
        return CORD_E_FORMAT;
    }
    unsigned form = (unsigned char)rest.ptr[0];
    unsigned width = form & WIDTH_MASK;
    bool differences = (form & DIFFERENCES) != 0;
    rest = cord_str_from_byte(rest, 1);
    if (width > 8 || form > (WIDTH_MASK | DIFFERENCES) || (differences && count == 0) ||
        cord_block_ints_take_varint(&rest, &base) != CORD_OK ||
        (differences && cord_block_ints_take_varint(&rest, &first) != CORD_OK)) {
        return CORD_E_FORMAT;
    }
    size_t planes = count - (differences ? 1 : 0);
    if (width > 0 && planes > rest.len / width) {
        return CORD_E_FORMAT;
    }
    take_planes(rest.ptr, planes, width, cord_block_ints_unzigzag(base),
                ret_values + (differences ? 1 : 0));
    if (differences) {
        ret_values[0] = cord_block_ints_unzigzag(first);
        for (size_t at = 1; at < count; at++) {
            ret_values[at] = (int64_t)((uint64_t)ret_values[at] + (uint64_t)ret_values[at - 1]);
        }
    }
    *input = cord_str_from_byte(rest, planes * width);
    return CORD_OK;
}
