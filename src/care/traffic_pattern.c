/* traffic_pattern.c: see traffic_pattern.h. */
#include "care/traffic_pattern.h"

#include "base/hash.h"
#include "base/timestamp.h"

static uint64_t draw(const struct cord_traffic_moment *moment, uint64_t place)
{
    uint64_t number = cord_hash_mix(moment->seed + moment->n);
    return cord_hash_mix(number ^ cord_hash_mix(place + 1));
}

static void put_time(const struct cord_traffic_moment *moment, struct cord_buf *out)
{
    struct cord_civil civil = cord_timestamp_to_civil(moment->at_ns);
    cord_buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", civil.year, civil.month, civil.day,
                    civil.hour, civil.minute, civil.second, civil.nanosecond / 1000);
}

static void put_epoch(const struct cord_traffic_moment *moment, struct cord_buf *out)
{
    cord_buf_printf(out, "%lld.%06lld", moment->at_ns / CORD_SECOND_NS,
                    moment->at_ns % CORD_SECOND_NS / 1000);
}

/* "3-250" */
static bool put_number(cord_str word, uint64_t lot, struct cord_buf *out)
{
    uint64_t low = 0;
    uint64_t high = 0;
    cord_str rest = word;
    cord_str first;
    if (!cord_str_cut(&rest, '-', &first) || !cord_str_u64(first, &low) ||
        !cord_str_u64(rest, &high) || high < low || high - low >= UINT32_MAX) {
        return false;
    }
    cord_buf_put_u64(out, low + lot % (high - low + 1));
    return true;
}

/* "a|b|c" */
static bool put_one_of(cord_str word, uint64_t lot, struct cord_buf *out)
{
    size_t count = 1;
    cord_str rest = word;
    cord_str one = {0};
    if (cord_str_find_char(word, '|', 0) == SIZE_MAX) {
        return false;
    }
    for (size_t i = 0; i < word.len; i++) {
        count += word.ptr[i] == '|' ? 1 : 0;
    }
    for (size_t i = 0; i <= lot % count && cord_str_cut(&rest, '|', &one); i++) {
    }
    cord_buf_put(out, one);
    return true;
}

static bool put_place(cord_str word, const struct cord_traffic_moment *moment, uint64_t place,
                      struct cord_buf *out)
{
    uint64_t lot = draw(moment, place);
    if (cord_str_eq(word, CORD_STR("time"))) {
        put_time(moment, out);
    } else if (cord_str_eq(word, CORD_STR("epoch"))) {
        put_epoch(moment, out);
    } else if (cord_str_eq(word, CORD_STR("n"))) {
        cord_buf_put_u64(out, moment->n);
    } else {
        return put_one_of(word, lot, out) || put_number(word, lot, out);
    }
    return true;
}

cord_status cord_traffic_pattern_put(cord_str pattern, const struct cord_traffic_moment *moment,
                                     struct cord_buf *out)
{
    uint64_t place = 0;
    size_t at = 0;
    while (at < pattern.len) {
        size_t begin = cord_str_find(pattern, CORD_STR("%{"), at);
        size_t end = begin == SIZE_MAX ? SIZE_MAX : cord_str_find_char(pattern, '}', begin);
        if (begin == SIZE_MAX) {
            cord_buf_put(out, cord_str_from_byte(pattern, at));
            break;
        }
        cord_buf_put(out, cord_str_slice(pattern, at, begin - at));
        if (end == SIZE_MAX ||
            !put_place(cord_str_slice(pattern, begin + 2, end - begin - 2), moment, place++, out)) {
            return CORD_E_FORMAT;
        }
        at = end + 1;
    }
    return out->failed ? CORD_E_LIMIT : CORD_OK;
}
