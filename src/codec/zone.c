/* zone.c: see zone.h. */
#include "codec/zone.h"

#include "base/timestamp.h"
#include "codec/zone_rule.h"

#include <stdlib.h>
#include <string.h>

enum {
    HEADER_BYTES = 44,
    TYPE_BYTES = 6,
    OFFSET_MAX_S = 26 * 3600, /* RFC 8536 3.2 */
    LOOK_S = 2 * 86400,       /* so far on either side of a time offsets are looked at */
};

struct change {
    int64_t from_s; /* UTC */
    int32_t offset_s;
};

struct cord_zone {
    struct cord_zone_rule rule; /* behind the last change */
    int32_t first_s;            /* the offset before the first change */
    bool has_rule;
    size_t count;
    struct change changes[]; /* ascending */
};

struct header {
    unsigned char version;
    uint32_t utc_count;
    uint32_t standard_count;
    uint32_t leap_count;
    uint32_t time_count;
    uint32_t type_count;
    uint32_t char_count;
};

static uint32_t u32_at(cord_str bytes, size_t at)
{
    const unsigned char *from = (const unsigned char *)bytes.ptr + at;
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 |
           (uint32_t)from[3];
}

static int64_t i64_at(cord_str bytes, size_t at)
{
    return (int64_t)((uint64_t)u32_at(bytes, at) << 32 | u32_at(bytes, at + 4));
}

static bool take_header(cord_str *rest, struct header *ret_header)
{
    if (rest->len < HEADER_BYTES || !cord_str_starts(*rest, CORD_STR("TZif"))) {
        return false;
    }
    *ret_header = (struct header){
        .version = (unsigned char)rest->ptr[4],
        .utc_count = u32_at(*rest, 20),
        .standard_count = u32_at(*rest, 24),
        .leap_count = u32_at(*rest, 28),
        .time_count = u32_at(*rest, 32),
        .type_count = u32_at(*rest, 36),
        .char_count = u32_at(*rest, 40),
    };
    *rest = cord_str_from_byte(*rest, HEADER_BYTES);
    return true;
}

/* Of the data behind a header, whose times have `width` bytes; counts of 32 bits cannot wrap it. */
static uint64_t data_bytes(const struct header *header, uint64_t width)
{
    return header->time_count * (width + 1) + (uint64_t)header->type_count * TYPE_BYTES +
           header->char_count + header->leap_count * (width + 4) + header->standard_count +
           header->utc_count;
}

/* The offset of a type; false: there is no such type, or no such offset. */
static bool offset_of(cord_str types, uint32_t count, uint32_t type, int32_t *ret_offset_s)
{
    if (type >= count) {
        return false;
    }
    *ret_offset_s = (int32_t)u32_at(types, (size_t)type * TYPE_BYTES);
    return *ret_offset_s >= -OFFSET_MAX_S && *ret_offset_s <= OFFSET_MAX_S;
}

static bool fill(struct cord_zone *zone, cord_str data, const struct header *header)
{
    cord_str numbers = cord_str_from_byte(data, (size_t)header->time_count * 8);
    cord_str types = cord_str_from_byte(numbers, header->time_count);
    if (!offset_of(types, header->type_count, 0, &zone->first_s)) {
        return false;
    }
    zone->count = header->time_count;
    for (size_t i = 0; i < zone->count; i++) {
        struct change *change = &zone->changes[i];
        change->from_s = i64_at(data, i * 8);
        if (!offset_of(types, header->type_count, (unsigned char)numbers.ptr[i],
                       &change->offset_s) ||
            (i > 0 && change->from_s <= zone->changes[i - 1].from_s)) {
            return false;
        }
    }
    return true;
}

/* "\nTZ\n"; an empty one says nothing. */
static bool take_rule(struct cord_zone *zone, cord_str footer)
{
    size_t end = footer.len > 1 ? cord_str_find_char(footer, '\n', 1) : SIZE_MAX;
    if (footer.len == 0 || footer.ptr[0] != '\n' || end == SIZE_MAX) {
        return false;
    }
    cord_str text = cord_str_slice(footer, 1, end - 1);
    zone->has_rule = text.len > 0;
    return text.len == 0 || cord_zone_rule_read(text, &zone->rule);
}

cord_status cord_zone_read(cord_str tzif, struct cord_zone **ret_zone, struct cord_error *err)
{
    struct header header;
    cord_str rest = tzif;
    bool good = tzif.len <= CORD_ZONE_BYTES_MAX && take_header(&rest, &header) &&
                header.version >= '2' && data_bytes(&header, 4) <= rest.len;
    if (good) { /* the first part is for readers of version 1 */
        rest = cord_str_from_byte(rest, (size_t)data_bytes(&header, 4));
        good = take_header(&rest, &header) && header.leap_count == 0 &&
               data_bytes(&header, 8) <= rest.len;
    }
    if (!good) {
        return cord_error_set(err, CORD_E_FORMAT, "not a time zone (TZif 2 without leap seconds)");
    }
    struct cord_zone *zone = calloc(1, sizeof *zone + header.time_count * sizeof zone->changes[0]);
    if (!zone) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    cord_str footer = cord_str_from_byte(rest, (size_t)data_bytes(&header, 8));
    if (!fill(zone, rest, &header) || !take_rule(zone, footer)) {
        cord_zone_free(zone);
        return cord_error_set(err, CORD_E_FORMAT, "a damaged time zone");
    }
    *ret_zone = zone;
    return CORD_OK;
}

static bool read_two(cord_str text, size_t at, int32_t max, int32_t *ret_number)
{
    if (at + 2 > text.len || !cord_str_is_digit(text.ptr[at]) ||
        !cord_str_is_digit(text.ptr[at + 1])) {
        return false;
    }
    *ret_number = (text.ptr[at] - '0') * 10 + (text.ptr[at + 1] - '0');
    return *ret_number <= max;
}

cord_status cord_zone_fixed(cord_str text, struct cord_zone **ret_zone)
{
    int32_t hours = 0;
    int32_t minutes = 0;
    bool utc = cord_str_eq(text, CORD_STR("UTC")) || cord_str_eq(text, CORD_STR("Z"));
    if (!utc) {
        size_t colon = text.len == 6 && text.ptr[3] == ':' ? 1 : 0;
        bool sign = text.len > 0 && (text.ptr[0] == '+' || text.ptr[0] == '-');
        bool whole = text.len == 3 || text.len == 5 + colon;
        if (!sign || !whole || !read_two(text, 1, 14, &hours) ||
            (text.len > 3 && !read_two(text, 3 + colon, 59, &minutes))) {
            return CORD_E_NOENT;
        }
    }
    struct cord_zone *zone = calloc(1, sizeof *zone);
    if (!zone) {
        return CORD_E_NOMEM;
    }
    zone->first_s = hours * 3600 + minutes * 60;
    zone->first_s = utc || text.ptr[0] == '+' ? zone->first_s : -zone->first_s;
    *ret_zone = zone;
    return CORD_OK;
}

void cord_zone_free(struct cord_zone *zone)
{
    free(zone);
}

static int32_t offset_at(const struct cord_zone *zone, int64_t utc_s)
{
    size_t low = 0;
    size_t high = zone->count;
    while (low < high) { /* the first change behind it */
        size_t middle = low + (high - low) / 2;
        if (zone->changes[middle].from_s <= utc_s) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == zone->count && zone->has_rule) {
        return cord_zone_rule_offset(&zone->rule, utc_s);
    }
    return low == 0 ? zone->first_s : zone->changes[low - 1].offset_s;
}

int64_t cord_zone_utc(const struct cord_zone *zone, int64_t local_ns)
{
    if (!zone) {
        return local_ns;
    }
    int64_t local_s = local_ns / CORD_SECOND_NS - (local_ns % CORD_SECOND_NS < 0 ? 1 : 0);
    int32_t before_s = offset_at(zone, local_s - LOOK_S);
    int32_t after_s = offset_at(zone, local_s + LOOK_S);
    int32_t offset_s = before_s;
    if (offset_at(zone, local_s - before_s) != before_s &&
        offset_at(zone, local_s - after_s) == after_s) {
        offset_s = after_s;
    }
    int64_t utc_ns = local_ns;
    return __builtin_sub_overflow(local_ns, offset_s * CORD_SECOND_NS, &utc_ns) ? local_ns : utc_ns;
}
