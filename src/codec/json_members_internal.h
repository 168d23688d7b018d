/*
 * json_members_internal.h: the common case of reading an object.
 *
 * Everything is inline, for variants that differ in how a name is compared.
 */
#ifndef CORD_CODEC_JSON_MEMBERS_INTERNAL_H
#define CORD_CODEC_JSON_MEMBERS_INTERNAL_H

#include "codec/json_internal.h"

/* How many of the eight bytes at ptr, from the first, are digits. */
static inline unsigned cord_json_digits8(const char *ptr)
{
    uint64_t some;
    memcpy(&some, ptr, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    some = __builtin_bswap64(some);
#endif
    /* 0x30 to 0x39: the upper half is 3, and adding 6 to the lower leaves it so.
     * No byte carries into the next, whose upper half is kept apart. */
    uint64_t upper = (some & 0xf0f0f0f0f0f0f0f0ULL) ^ 0x3030303030303030ULL;
    uint64_t over =
        ((some & 0x0f0f0f0f0f0f0f0fULL) + 0x0606060606060606ULL) & 0xf0f0f0f0f0f0f0f0ULL;
    uint64_t other = upper | over;
    return other ? (unsigned)__builtin_ctzll(other) / 8 : 8;
}

/* The bytes at ptr, the first lowest. */
static inline uint32_t cord_json_load4(const char *ptr)
{
    uint32_t some;
    memcpy(&some, ptr, sizeof some);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    some = __builtin_bswap32(some);
#endif
    return some;
}

/* A whole number with its end in the text: its bytes, or 0. */
static inline uint32_t cord_json_whole_number(const char *text, uint32_t at, uint32_t end)
{
    uint32_t sign = text[at] == '-';
    uint32_t first = at + sign;
    uint32_t len = cord_json_digits8(text + first);
    for (uint32_t more = 8; len == more && more <= 16; more += 8) {
        len += cord_json_digits8(text + first + more);
    }
    char behind = text[first + len];
    /* 24 digits may go on; a zero in front of others is none of JSON's numbers. */
    bool whole = len - 1 < 23 && (behind == ',' || behind == '}') && first + len < end &&
                 (text[first] != '0' || len == 1);
    return whole ? sign + len : 0;
}

/* The same of up to seven digits with a comma behind, as most are. */
static inline uint32_t cord_json_short_number(const char *text, size_t at)
{
    uint32_t len = cord_json_digits8(text + at);
    bool whole = len - 1 < 7 && text[at + len] == ',' && (text[at] != '0' || len == 1);
    return whole ? len : 0;
}

/* A value that is no string, object or array, and none of the rarer numbers:
 * its bytes, or 0. What stands behind a word is looked at later. */
static inline uint32_t cord_json_plain_scalar(const char *text, uint32_t at, uint32_t end,
                                              enum cord_value_kind *ret_kind)
{
    uint32_t word = cord_json_load4(text + at);
    uint32_t len = 4;
    *ret_kind = CORD_VALUE_NUMBER;
    if ((unsigned char)text[at] <= '9') {
        return cord_json_whole_number(text, at, end);
    }
    if (word == ('t' | 'r' << 8 | 'u' << 16 | (uint32_t)'e' << 24)) {
        *ret_kind = CORD_VALUE_TRUE;
    } else if (word == ('n' | 'u' << 8 | 'l' << 16 | (uint32_t)'l' << 24)) {
        *ret_kind = CORD_VALUE_NULL;
    } else if (word == ('f' | 'a' << 8 | 'l' << 16 | (uint32_t)'s' << 24) && text[at + 4] == 'e') {
        *ret_kind = CORD_VALUE_FALSE;
        len = 5;
    } else {
        return 0;
    }
    return at + len < end ? len : 0;
}

/* Whether the next entry is the quote at `at`, or behind one space there. */
static inline bool cord_json_quote_next(const char *text, size_t entry, size_t at)
{
    size_t gap = entry - at;
    return gap == 0 || (gap == 1 && text[at] == ' ');
}

/* Whether a stretch from byte `first` of the window to byte `last` is marked. */
static inline bool cord_json_touches(uint64_t high, size_t first, size_t last)
{
    size_t before = first / CORD_JSON_STRETCH;
    size_t behind = 63 - last / CORD_JSON_STRETCH;
    return (high >> before << before << (behind & 63)) != 0;
}

/* What changes from member to member, and what does not. */
struct cord_json_run {
    const char *text;
    size_t at;             /* behind '{' or ',' */
    const uint32_t *entry; /* the next one */
    struct cord_value *out;
    struct cord_value *out_end;

    struct cord_json_keys *keys;
    uint32_t parent;
    uint32_t end;   /* of the text */
    unsigned flags; /* of a plain value */
    bool spaced;    /* how members are written: {"a": 1, "b": 2} */
};

#define CORD_JSON_FOUR(a, b, c, d) ((uint32_t)(a) | (b) << 8 | (c) << 16 | (uint32_t)(d) << 24)
#define CORD_JSON_TWO_MASK         0xffffu
#define CORD_JSON_THREE_MASK       0xffffffu

/* Members with a string or a short number, all written in one manner, each with
 * a comma behind it and another name behind that, from the quote at run->at on.
 * What stands between two strings is compared at once. An entry may be a
 * sentinel: its byte is no quote, and all that is looked at is within the
 * padding. Stops in front of what is different. Locals, since what is written to
 * out might be anything for all the compiler knows. */
static inline __attribute__((always_inline)) void
cord_json_members_quick(struct cord_json_run *run, const bool spaced,
                        cord_json_keys_equal_fn *equal)
{
    const uint32_t mask = spaced ? UINT32_MAX : CORD_JSON_THREE_MASK;
    const uint32_t colon =
        spaced ? CORD_JSON_FOUR('"', ':', ' ', '"') : CORD_JSON_FOUR('"', ':', '"', 0);
    const uint32_t comma =
        spaced ? CORD_JSON_FOUR('"', ',', ' ', '"') : CORD_JSON_FOUR('"', ',', '"', 0);
    const size_t between = spaced ? 3 : 2; /* from one quote to the next */
    const char *text = run->text;
    const uint32_t *entry = run->entry;
    struct cord_value *out = run->out;
    size_t at = run->at;
    while (out < run->out_end) {
        size_t name_end = entry[1];
        if (name_end >= CORD_JSON_INDEX_FLAG) {
            break; /* escaped */
        }
        uint32_t mark = cord_json_load4(text + name_end);
        cord_str name = {text + at + 1, name_end - at - 1};
        if ((mark & mask) == colon) {
            size_t close = entry[3] & CORD_JSON_INDEX_AT;
            size_t from = name_end + between + 1;
            if ((cord_json_load4(text + close) & mask) != comma) {
                break;
            }
            uint32_t path = cord_json_keys_get_by(run->keys, run->parent, name, equal);
            unsigned flags = run->flags | entry[3] / CORD_JSON_INDEX_FLAG * CORD_VALUE_ESCAPED;
            cord_json_put(out, text + from, (uint32_t)(close - from), path, CORD_VALUE_TEXT, flags);
            entry += 4;
            at = close + between;
        } else {
            size_t from = name_end + between;
            uint32_t len = cord_json_short_number(text, from);
            uint32_t behind = cord_json_load4(text + from + len) << 8;
            if (((mark ^ colon) & mask >> 8) != 0 || len == 0 ||
                ((behind ^ comma) & mask & ~0xffu) != 0) {
                break;
            }
            uint32_t path = cord_json_keys_get_by(run->keys, run->parent, name, equal);
            cord_json_put(out, text + from, len, path, CORD_VALUE_NUMBER, run->flags);
            entry += 2;
            at = from + len + between - 1;
        }
        out++;
    }
    run->at = at;
    run->entry = entry;
    run->out = out;
}

/* One member, with no more than one space between its parts. CORD_JSON_MEMBER:
 * nothing was taken; CORD_JSON_VALUE: its name; CORD_JSON_BEHIND: all of it. */
static inline __attribute__((always_inline)) enum cord_json_state
cord_json_members_one(struct cord_json_run *run, cord_json_keys_equal_fn *equal, uint32_t *ret_path)
{
    const char *text = run->text;
    const uint32_t *entry = run->entry;
    size_t at = entry[0];
    size_t name_end = entry[1];
    if (run->out == run->out_end || !cord_json_quote_next(text, at, run->at) ||
        name_end >= CORD_JSON_INDEX_FLAG ||
        (cord_json_load4(text + name_end) & CORD_JSON_TWO_MASK) != CORD_JSON_FOUR('"', ':', 0, 0)) {
        return CORD_JSON_MEMBER;
    }
    cord_str name = {text + at + 1, name_end - at - 1};
    size_t value = name_end + 2;
    run->spaced = text[value] == ' ';
    if (cord_json_quote_next(text, entry[2], value)) {
        size_t close = entry[3] & CORD_JSON_INDEX_AT;
        size_t from = (size_t)entry[2] + 1;
        if (text[close] != '"') {
            return CORD_JSON_MEMBER;
        }
        *ret_path = cord_json_keys_get_by(run->keys, run->parent, name, equal);
        unsigned flags = run->flags | entry[3] / CORD_JSON_INDEX_FLAG * CORD_VALUE_ESCAPED;
        cord_json_put(run->out++, text + from, (uint32_t)(close - from), *ret_path, CORD_VALUE_TEXT,
                      flags);
        run->entry = entry + 4;
        run->at = close + 1;
        return CORD_JSON_BEHIND;
    }
    enum cord_value_kind kind;
    value += run->spaced;
    uint32_t len = cord_json_plain_scalar(text, (uint32_t)value, run->end, &kind);
    *ret_path = cord_json_keys_get_by(run->keys, run->parent, name, equal);
    run->entry = entry + 2;
    run->at = value + len;
    if (len == 0) {
        return CORD_JSON_VALUE;
    }
    cord_json_put(run->out++, text + value, len, *ret_path, kind, run->flags);
    return CORD_JSON_BEHIND;
}

/* Takes back that strings are ASCII: those of a window that is not throughout.
 * Others are, and may end behind the window. */
static inline void cord_json_members_check(const struct cord_json_reader *reader,
                                           struct cord_value *value, const struct cord_value *end)
{
    const char *window = reader->text.ptr + reader->window_from;
    for (; value < end; value++) {
        size_t first = (size_t)(value->ptr - window);
        if (value->kind == CORD_VALUE_TEXT &&
            cord_json_touches(reader->high, first, first + value->len) &&
            !cord_json_is_ascii(cord_value_str(value))) {
            value->flags &= ~CORD_VALUE_ASCII & 0xfu;
        }
    }
}

/* See cord_json_members_fn. */
static inline __attribute__((always_inline)) enum cord_json_state
cord_json_members(struct cord_json_walk *w, cord_json_keys_equal_fn *equal)
{
    struct cord_json_reader *reader = w->reader;
    struct cord_json_run run = {
        .text = w->text,
        .at = w->at,
        .entry = reader->entry,
        .out = w->out,
        .out_end = w->out_end,
        .keys = &reader->keys,
        .parent = w->top->path,
        .end = w->end,
        .flags = CORD_VALUE_ASCII | (w->top->in_array ? CORD_VALUE_IN_ARRAY : 0),
        .spaced = reader->spaced,
    };
    enum cord_json_state state = CORD_JSON_MEMBER;
    if (run.at < CORD_JSON_KEYS_FRONT) {
        return state; /* the cache cannot look in front of the name */
    }
    do {
        if (run.entry[0] == run.at) {
            if (run.spaced) {
                cord_json_members_quick(&run, true, equal);
            } else {
                cord_json_members_quick(&run, false, equal);
            }
        }
        state = cord_json_members_one(&run, equal, &w->path);
        if (state != CORD_JSON_BEHIND || run.text[run.at] != ',') {
            break;
        }
        state = CORD_JSON_MEMBER;
        run.at++;
        run.at += run.text[run.at] == ' ';
    } while (run.out < run.out_end);
    if (reader->high != 0) {
        cord_json_members_check(reader, w->out, run.out);
    }
    reader->spaced = run.spaced;
    reader->entry = run.entry;
    w->out = run.out;
    w->at = (uint32_t)run.at;
    return state;
}

#endif
