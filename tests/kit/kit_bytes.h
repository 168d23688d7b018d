/*
 * kit_bytes.h: choices by the bytes of a fuzzer, one each: the same bytes choose the same.
 */
#ifndef CORD_TESTS_KIT_BYTES_H
#define CORD_TESTS_KIT_BYTES_H

#include <stddef.h>
#include <stdint.h>

struct kit_bytes {
    const uint8_t *data;
    size_t left;
};

/* 0 to count - 1; 0 when the bytes are used up. */
static inline unsigned kit_bytes_pick(struct kit_bytes *bytes, unsigned count)
{
    if (bytes->left == 0) {
        return 0;
    }
    bytes->left--;
    return *bytes->data++ % count;
}

/* One of an array. */
#define KIT_BYTES_PICK(bytes, array)                                                               \
    (array)[kit_bytes_pick((bytes), (unsigned)(sizeof(array) / sizeof *(array)))]

#endif
