/*
 * fuzz_shed.c: shapes of messages: changing the digits within a number changes no
 * shape, blanking twice is blanking once, and whatever is noted is remembered as
 * long as its place is.
 */
#include "ingest/shed.h"

#include <stdlib.h>

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

/* The same, byte by byte. */
static size_t blank(cord_str message, char *into, size_t size)
{
    size_t len = 0;
    size_t from = 0; /* of the run of hexadecimal digits, in into */
    bool number = false;
    for (size_t at = 0; at < message.len && len < size; at++) {
        char c = message.ptr[at];
        char lower = cord_str_lower_char(c);
        bool digit = cord_str_is_digit(c);
        bool letter = lower >= 'a' && lower <= 'f';
        number = number && (digit || letter);
        if (number) {
            continue;
        }
        number = digit;
        len = digit ? from : len;
        into[len++] = digit ? '#' : c;
        from = letter ? from : len;
    }
    return len;
}

static void blanks_once(cord_str text)
{
    char once[512];
    char twice[512];
    size_t len = cord_shed_blank(text, once, sizeof once);
    require(len <= sizeof once && len <= text.len);
    require(cord_shed_blank((cord_str){once, len}, twice, sizeof twice) == len);
    require(memcmp(once, twice, len) == 0);
    require(blank(text, twice, sizeof twice) == len && memcmp(once, twice, len) == 0);
    require(blank(text, twice, 9) == cord_shed_blank(text, once, 9));
    require(memcmp(once, twice, blank(text, twice, 9)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cord_str text = {(const char *)data, size};
    struct cord_shed *shed = cord_shed_new(32, 3);
    char *other = malloc(size + 1);
    require(shed && other);
    for (size_t i = 0; i < size; i++) {
        other[i] = cord_str_is_digit(text.ptr[i]) ? (char)('0' + (text.ptr[i] - '0' + 3) % 10)
                                                  : text.ptr[i];
    }
    blanks_once(text);
    const unsigned char address[16] = {0};
    (void)cord_shed_asset(shed, CORD_STR("a"), address, text);
    uint64_t shape = cord_shed_shape(shed, 1, text);
    require(shape == cord_shed_shape(shed, 1, (cord_str){other, size}));
    require(!cord_shed_is_repeat(shed, shape, 5));
    for (size_t i = 0; i < size; i++) {
        uint64_t some = cord_shed_shape(shed, 2, cord_str_slice(text, 0, i));
        cord_shed_note(shed, some, (int64_t)i);
        require(cord_shed_is_repeat(shed, some, (int64_t)i));
    }
    cord_shed_note(shed, shape, (int64_t)size);
    require(cord_shed_is_repeat(shed, shape, (int64_t)size + CORD_SHED_MEMORY_NS - 1));
    require(!cord_shed_is_repeat(shed, shape, (int64_t)size + CORD_SHED_MEMORY_NS));
    free(other);
    cord_shed_free(shed);
    return 0;
}
