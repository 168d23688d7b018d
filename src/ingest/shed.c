/* shed.c: see shed.h. */
#include "ingest/shed.h"

#include <stdlib.h>

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

/* 1: a digit, 2: a letter of hexadecimal digits, 0: anything else. */
static unsigned kind_of(char c)
{
    unsigned letter = (unsigned)(unsigned char)c | 0x20U;
    if (letter - 'a' < 6U) {
        return 2;
    }
    return (unsigned)(unsigned char)c - '0' < 10U ? 1 : 0;
}

size_t cord_shed_blank(cord_str message, char *into, size_t size)
{
    size_t len = 0;
    size_t from = 0; /* of the run of hexadecimal digits, in into */
    bool number = false;
    for (size_t at = 0; at < message.len && len < size; at++) {
        char c = message.ptr[at];
        unsigned kind = kind_of(c);
        if (kind == 0) {
            number = false;
        } else if (number) {
            continue;
        } else if (kind == 1) {
            number = true;
            len = from;
            c = '#';
        }
        into[len++] = c;
        from = kind == 2 ? from : len;
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
