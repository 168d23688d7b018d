/*
 * value.h: one named value of a record, as every reader yields it.
 *
 * A record becomes a flat list of these in the order of its text. Nested names
 * are joined by dots ("process.parent.name"), members of an array repeat the
 * name of the array. Nothing is unescaped, folded or converted: whoever needs
 * a value pays for it. A value borrows its bytes from the record's text or
 * from the batch's arena and dies with the batch.
 */
#ifndef CORD_CODEC_VALUE_H
#define CORD_CODEC_VALUE_H

#include "base/error.h"
#include "base/str.h"

enum cord_value_kind {
    CORD_VALUE_TEXT = 0,
    CORD_VALUE_NUMBER, /* the lexeme as written: exact at any size */
    CORD_VALUE_TRUE,   /* ptr and len hold the word */
    CORD_VALUE_FALSE,
    CORD_VALUE_NULL,
    CORD_VALUE_EMPTY, /* an empty array or object: there, and without a value */
};

/* ptr holds the inside of a JSON string with escape sequences left in it;
 * cord_json_unescape resolves them. */
#define CORD_VALUE_ESCAPED 1u
/* A member of an array. */
#define CORD_VALUE_IN_ARRAY 2u
/* The reader knows that no byte is above 0x7f. Unset means unknown. */
#define CORD_VALUE_ASCII 4u

/* Sixteen bytes, four to a cache line: the matcher walks millions a second. */
struct cord_value {
    const char *ptr;
    uint32_t len;
    uint32_t path : 24; /* name, in the worker's struct cord_paths */
    uint32_t kind : 4;  /* enum cord_value_kind */
    uint32_t flags : 4;
};

#define CORD_VALUE_BYTES_MAX UINT32_MAX

/* A list that a reader appends to; the array is the caller's. */
struct cord_values {
    struct cord_value *items;
    size_t count;
    size_t max;
};

static inline cord_str cord_value_str(const struct cord_value *value)
{
    return (cord_str){value->ptr, value->len};
}

/* CORD_E_LIMIT when the list is full or the text too long. */
static inline cord_status cord_value_add(struct cord_values *values, uint32_t path,
                                         enum cord_value_kind kind, unsigned flags, cord_str text)
{
    if (values->count == values->max || text.len > CORD_VALUE_BYTES_MAX) {
        return CORD_E_LIMIT;
    }
    values->items[values->count++] = (struct cord_value){
        .ptr = text.ptr,
        .len = (uint32_t)text.len,
        .path = path & 0xffffffu,
        .kind = (uint32_t)kind & 0xfu,
        .flags = flags & 0xfu,
    };
    return CORD_OK;
}

#endif
