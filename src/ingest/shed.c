/* shed.c: see shed.h. */
#include "ingest/shed.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum {
    PLACES = 8, /* a bucket: two lines of the cache */
    BUCKETS_MAX = 1 << 20,
};

struct place {
    uint64_t shape; /* 0: none */
    int64_t at_ns;
};

struct bucket {
    struct place places[PLACES];
};

struct cord_shed {
    uint64_t seed;
    size_t bucket_mask;
    struct bucket buckets[];
};

struct cord_shed *cord_shed_new(size_t shapes_max, uint64_t seed)
{
    size_t buckets = 1;
    while (buckets < BUCKETS_MAX && buckets * PLACES < shapes_max) {
        buckets *= 2;
    }
    struct cord_shed *shed = calloc(1, sizeof *shed + buckets * sizeof(struct bucket));
    if (shed) {
        shed->seed = seed;
        shed->bucket_mask = buckets - 1;
    }
    return shed;
}

void cord_shed_free(struct cord_shed *shed)
{
    free(shed);
}

static bool is_digit_or_letter_of_number(char c)
{
    unsigned letter = (unsigned)(unsigned char)c | 0x20U;
    return letter - 'a' < 6U || cord_str_is_digit(c);
}

/* The first decimal digit from here on, or the end; eight bytes at a time. */
static size_t find_digit(cord_str text, size_t at)
{
    static const uint64_t lows = 0x7f7f7f7f7f7f7f7fU;
    while (at < text.len && text.len - at >= sizeof(uint64_t)) {
        uint64_t bytes;
        memcpy(&bytes, text.ptr + at, sizeof bytes);
        bytes ^= 0x3030303030303030U; /* digits are 0 to 9 now */
        /* The high bit stays clear where a byte is below 10; nothing is carried over. */
        uint64_t digits = ~(((bytes & lows) + 0x7676767676767676U) | bytes) & ~lows;
        if (digits != 0) {
            break;
        }
        at += sizeof bytes;
    }
    while (at < text.len && !cord_str_is_digit(text.ptr[at])) {
        at++;
    }
    return at;
}

size_t cord_shed_blank(cord_str message, char *into, size_t size)
{
    size_t len = 0;
    size_t at = 0;
    while (at < message.len && len < size) {
        size_t from = len;
        size_t plain = find_digit(message, at) - at;
        plain = plain < size - len ? plain : size - len;
        memcpy(into + len, message.ptr + at, plain);
        len += plain;
        at += plain;
        if (at == message.len || len == size) {
            break;
        }
        while (len > from && is_digit_or_letter_of_number(into[len - 1])) {
            len--; /* the letters before its first decimal digit are of it */
        }
        into[len++] = '#';
        while (at < message.len && is_digit_or_letter_of_number(message.ptr[at])) {
            at++;
        }
    }
    return len;
}

static void skip_word(cord_str *rest)
{
    size_t end = cord_str_find_char(*rest, ' ', 0);
    *rest = cord_str_from_byte(*rest, end == SIZE_MAX ? rest->len : end);
    while (rest->len > 0 && rest->ptr[0] == ' ') {
        *rest = cord_str_from_byte(*rest, 1);
    }
}

/* The word behind priority, version and date. Where there is no header it is some word: then
 * fewer messages are alike than could be. */
static cord_str host_of(cord_str message)
{
    size_t priority = message.len > 0 && message.ptr[0] == '<'
                          ? cord_str_find_char(cord_str_slice(message, 0, 6), '>', 0)
                          : SIZE_MAX;
    cord_str rest = priority == SIZE_MAX ? message : cord_str_from_byte(message, priority + 1);
    if (cord_str_starts(rest, CORD_STR("1 "))) { /* RFC 5424 */
        skip_word(&rest);
    }
    bool named = rest.len > 0 && !cord_str_is_digit(rest.ptr[0]);
    skip_word(&rest);
    if (named) { /* "Nov 22 08:00:01" */
        skip_word(&rest);
        skip_word(&rest);
    }
    return cord_str_slice(rest, 0, cord_str_find_char(rest, ' ', 0));
}

uint64_t cord_shed_asset(const struct cord_shed *shed, cord_str source,
                         const unsigned char address[16], cord_str message)
{
    cord_str from = {(const char *)address, 16};
    return cord_hash(host_of(message), cord_hash(from, cord_hash(source, shed->seed)));
}

uint64_t cord_shed_shape(const struct cord_shed *shed, uint64_t asset, cord_str message)
{
    char blanked[CORD_SHED_SHAPE_BYTES];
    size_t len = cord_shed_blank(message, blanked, sizeof blanked);
    return cord_hash((cord_str){blanked, len}, asset ^ shed->seed);
}

bool cord_shed_is_repeat(const struct cord_shed *shed, uint64_t shape, int64_t now_ns)
{
    shape += shape == 0;
    const struct bucket *bucket = &shed->buckets[shape & shed->bucket_mask];
    for (size_t i = 0; i < PLACES; i++) {
        if (bucket->places[i].shape == shape) {
            return now_ns - bucket->places[i].at_ns < CORD_SHED_MEMORY_NS;
        }
    }
    return false;
}

void cord_shed_note(struct cord_shed *shed, uint64_t shape, int64_t now_ns)
{
    shape += shape == 0;
    struct bucket *bucket = &shed->buckets[shape & shed->bucket_mask];
    struct place *oldest = &bucket->places[0];
    for (size_t i = 0; i < PLACES; i++) {
        struct place *place = &bucket->places[i];
        if (place->shape == shape) {
            place->at_ns = now_ns;
            return;
        }
        bool older = place->shape == 0 || (oldest->shape != 0 && place->at_ns < oldest->at_ns);
        oldest = older && oldest->shape != 0 ? place : oldest;
    }
    *oldest = (struct place){shape, now_ns};
}
