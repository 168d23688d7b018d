/*
 * json.c: see json.h.
 *
 * Strings are found by an index that is made of some kilobytes at a time
 * (json_index_internal.h); what lies between them is looked at byte by byte.
 * Where a string ends is thus known without waiting for where it began, so
 * that the processor works on several members at once. `members` takes what
 * nearly all of a log consists of, a name with a string or a whole number
 * behind it; everything else goes through `step`.
 */
#include "codec/json.h"

#include "codec/json_index_internal.h"
#include "codec/json_keys_internal.h"

#include <stdlib.h>

enum {
    WINDOW = 8192,      /* bytes indexed at once: text and entries stay in the L1 cache */
    SENTINELS = 4,      /* entries that `members` reads at a time */
    NAME_BYTES = 16384, /* of a name with escape sequences; a longer one is no name */
};

#define ENTRIES (WINDOW + SENTINELS + CORD_JSON_INDEX_SLACK + 64)

struct cord_json_reader {
    struct cord_json_keys keys;
    cord_json_index_fn *index;
    enum cord_cpu_level level;

    cord_str text;
    bool lines;

    uint32_t entries[ENTRIES];
    uint32_t *entries_end;
    const uint32_t *entry; /* the next one */
    size_t window_from;    /* entries are those of text[window_from, window_to) */
    size_t window_to;
    size_t ascii_from; /* from here to window_to no byte is above 0x7f */
    struct cord_json_index_carry carry;

    char name[CORD_JSON_KEYS_FRONT + NAME_BYTES + CORD_JSON_PADDING];
};

struct cord_json_reader *cord_json_reader_new(enum cord_cpu_level level)
{
    struct cord_json_reader *reader = aligned_alloc(64, sizeof *reader);
    if (reader) {
        memset(reader, 0, sizeof *reader);
        reader->level = cord_cpu_level_at_most(level);
        reader->index = cord_json_index_at_level(reader->level);
    }
    return reader;
}

void cord_json_reader_free(struct cord_json_reader *reader)
{
    free(reader);
}

/* The index starts anew at byte `at`, outside of any string. */
static void index_from(struct cord_json_reader *reader, size_t at)
{
    reader->window_from = at;
    reader->window_to = at;
    reader->ascii_from = at;
    reader->carry = (struct cord_json_index_carry){0};
    reader->entries_end = reader->entries;
    reader->entry = reader->entries;
}

void cord_json_begin(struct cord_json_reader *reader, cord_str text, struct cord_paths *paths,
                     bool lines)
{
    if (text.len > CORD_JSON_TEXT_MAX) {
        text.len = 0; /* nothing to read: cord_json_next refuses */
    }
    reader->text = text;
    reader->lines = lines;
    cord_json_keys_use(&reader->keys, paths);
    index_from(reader, 0);
}

/* ---- one document ---- */

enum state {
    FIRST_MEMBER, /* behind '{' */
    MEMBER,       /* behind ',' in an object: a name */
    FIRST_VALUE,  /* behind '[' */
    VALUE,
    BEHIND, /* a value: ',' or a closing bracket */
    DONE,
    FAILED,
};

struct level {
    uint32_t at; /* of the opening bracket */
    uint32_t path;
    bool array;
    bool in_array; /* it, or one around it */
};

struct walk {
    struct cord_json_reader *reader;
    const char *text;
    uint32_t at;    /* the next byte */
    uint32_t end;   /* of the text */
    uint32_t start; /* of the document: a byte that is no quote */
    struct cord_value *out;
    struct cord_value *out_end;
    struct level *top;
    uint32_t path;      /* of the value at `at` */
    const char *wanted; /* what should have stood at `at` */
    cord_status status;
    struct level levels[CORD_JSON_DEPTH_MAX + 1]; /* the first is the ground */
};

static enum state fail(struct walk *w, cord_status status, const char *wanted)
{
    w->status = status;
    w->wanted = wanted;
    return FAILED;
}

/* Entries of the next stretch. False at the end of the text. */
static bool refill(struct walk *w)
{
    struct cord_json_reader *reader = w->reader;
    size_t count = 0;
    while (count == 0 && reader->window_to < w->end) {
        size_t left = w->end - reader->window_to;
        reader->window_from = reader->window_to;
        reader->window_to += left < WINDOW ? left : WINDOW;
        reader->carry.high = false;
        count = reader->index(w->text, reader->window_from, reader->window_to, &reader->carry,
                              reader->entries);
        if (reader->carry.high) {
            reader->ascii_from = reader->window_to;
        }
    }
    reader->entry = reader->entries;
    reader->entries_end = reader->entries + count;
    /* Whoever reads too far finds a byte that ends no string. */
    for (size_t i = 0; i < SENTINELS; i++) {
        reader->entries_end[i] = w->start;
    }
    return count > 0;
}

/* The next entry is the first at or behind w->at. */
static inline void sync(struct walk *w)
{
    struct cord_json_reader *reader = w->reader;
    do {
        while (reader->entry < reader->entries_end &&
               (*reader->entry & CORD_JSON_INDEX_AT) < w->at) {
            reader->entry++;
        }
    } while (reader->entry == reader->entries_end && refill(w));
}

/* Out of line: asked for only where a stretch is not ASCII throughout. */
__attribute__((noinline)) static bool is_ascii(cord_str text)
{
    const char *at = text.ptr;
    const char *end = text.ptr + text.len;
    uint64_t seen = 0;
    for (; end - at >= 8; at += 8) {
        uint64_t some;
        memcpy(&some, at, 8);
        seen |= some;
    }
    for (; at < end; at++) {
        seen |= (unsigned char)*at & 0x80u;
    }
    return (seen & 0x8080808080808080ULL) == 0;
}

static inline unsigned ascii_flag(const struct walk *w, uint32_t at, uint32_t len)
{
    if (at >= w->reader->ascii_from) {
        return CORD_VALUE_ASCII;
    }
    return is_ascii((cord_str){w->text + at, len}) ? CORD_VALUE_ASCII : 0;
}

static inline void put(struct cord_value *out, const char *ptr, uint32_t len, uint32_t path,
                       enum cord_value_kind kind, unsigned flags)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    /* The compiler would read the bit-fields back before it writes them. */
    uint32_t packed[2] = {len, path | (uint32_t)kind << 24 | (uint32_t)flags << 28};
    _Static_assert(sizeof *out == sizeof out->ptr + sizeof packed, "two words");
    out->ptr = ptr;
    memcpy((char *)out + sizeof out->ptr, packed, sizeof packed);
#else
    *out = (struct cord_value){
        .ptr = ptr,
        .len = len,
        .path = path & 0xffffffu,
        .kind = (uint32_t)kind & 0xfu,
        .flags = flags & 0xfu,
    };
#endif
}

static bool emit(struct walk *w, uint32_t from, uint32_t len, enum cord_value_kind kind,
                 unsigned flags)
{
    if (w->out == w->out_end) {
        (void)fail(w, CORD_E_LIMIT, "no further value");
        return false;
    }
    flags |= w->top->in_array ? CORD_VALUE_IN_ARRAY : 0;
    put(w->out++, w->text + from, len, w->path, kind, flags);
    return true;
}

static void skip_more_blanks(struct walk *w)
{
    bool lines = w->reader->lines;
    while (w->at < w->end) {
        char c = w->text[w->at];
        if (c != ' ' && c != '\t' && c != '\r' && (c != '\n' || lines)) {
            break;
        }
        w->at++;
    }
}

static inline void skip_blanks(struct walk *w)
{
    if (w->at < w->end && (unsigned char)w->text[w->at] <= ' ') {
        skip_more_blanks(w);
    }
}

static inline char peek(const struct walk *w)
{
    return w->at < w->end ? w->text[w->at] : '\0';
}

/* w->at is a quote: moves behind the string, whose inside is ret_*. */
static bool take_string(struct walk *w, uint32_t *ret_from, uint32_t *ret_len, bool *ret_escaped)
{
    struct cord_json_reader *reader = w->reader;
    sync(w);
    uint32_t open = w->at;
    reader->entry++;
    for (;; reader->entry++) {
        if (reader->entry >= reader->entries_end && !refill(w)) {
            w->at = w->end;
            (void)fail(w, CORD_E_FORMAT, "the end of a string");
            return false;
        }
        uint32_t close = *reader->entry & CORD_JSON_INDEX_AT;
        if (w->text[close] == '"') {
            *ret_escaped = (*reader->entry++ & CORD_JSON_INDEX_FLAG) != 0;
            *ret_from = open + 1;
            *ret_len = close - open - 1;
            w->at = close + 1;
            return true;
        }
        if (reader->lines) {
            w->at = close;
            (void)fail(w, CORD_E_FORMAT, "the end of a string");
            return false;
        }
    }
}

static uint32_t escaped_path(struct walk *w, cord_str name)
{
    struct cord_json_reader *reader = w->reader;
    if (name.len > NAME_BYTES) {
        return CORD_PATH_OTHER;
    }
    char *plain = reader->name + CORD_JSON_KEYS_FRONT;
    size_t len = cord_json_unescape_at_level(reader->level, name, plain);
    return cord_json_keys_get(&reader->keys, w->top->path, (cord_str){plain, len});
}

static uint32_t plain_path(struct walk *w, cord_str name)
{
    struct cord_json_keys *keys = &w->reader->keys;
    bool front = name.ptr + name.len - w->text >= CORD_JSON_KEYS_FRONT;
    return front ? cord_json_keys_get(keys, w->top->path, name)
                 : cord_paths_child(keys->paths, w->top->path, name);
}

static enum state take_name(struct walk *w)
{
    uint32_t from;
    uint32_t len;
    bool escaped;
    skip_blanks(w);
    if (peek(w) != '"') {
        return fail(w, CORD_E_FORMAT, "a name in quotes");
    }
    if (!take_string(w, &from, &len, &escaped)) {
        return FAILED;
    }
    cord_str name = {w->text + from, len};
    w->path = escaped ? escaped_path(w, name) : plain_path(w, name);
    skip_blanks(w);
    if (peek(w) != ':') {
        return fail(w, CORD_E_FORMAT, "':' behind a name");
    }
    w->at++;
    return VALUE;
}

static enum state open_level(struct walk *w, bool array)
{
    if (w->top == w->levels + CORD_JSON_DEPTH_MAX) {
        return fail(w, CORD_E_UNSUPPORTED, "fewer objects and arrays within one another");
    }
    bool in_array = w->top->in_array || array;
    w->top++;
    *w->top = (struct level){
        .at = w->at,
        .path = w->path,
        .array = array,
        .in_array = in_array,
    };
    w->at++;
    return array ? FIRST_VALUE : FIRST_MEMBER;
}

/* w->at is the closing bracket. */
static enum state close_level(struct walk *w, bool empty)
{
    struct level closed = *w->top--;
    w->at++;
    if (w->top == w->levels) {
        return DONE;
    }
    w->path = closed.path;
    if (empty && !emit(w, closed.at, w->at - closed.at, CORD_VALUE_EMPTY, CORD_VALUE_ASCII)) {
        return FAILED;
    }
    return BEHIND;
}

static uint32_t digits(const struct walk *w, uint32_t at)
{
    while (at < w->end && cord_str_is_digit(w->text[at])) {
        at++;
    }
    return at;
}

/* RFC 8259, section 6. */
static enum state take_number(struct walk *w)
{
    uint32_t at = w->at + (peek(w) == '-');
    uint32_t integer = at;
    at = digits(w, at);
    if (at == integer || (w->text[integer] == '0' && at - integer > 1)) {
        return fail(w, CORD_E_FORMAT, "a value");
    }
    if (at < w->end && w->text[at] == '.') {
        uint32_t fraction = at + 1;
        at = digits(w, fraction);
        if (at == fraction) {
            return fail(w, CORD_E_FORMAT, "a number with digits behind its point");
        }
    }
    if (at < w->end && (w->text[at] == 'e' || w->text[at] == 'E')) {
        at++;
        at += at < w->end && (w->text[at] == '+' || w->text[at] == '-');
        uint32_t exponent = at;
        at = digits(w, exponent);
        if (at == exponent) {
            return fail(w, CORD_E_FORMAT, "a number with digits in its exponent");
        }
    }
    if (!emit(w, w->at, at - w->at, CORD_VALUE_NUMBER, CORD_VALUE_ASCII)) {
        return FAILED;
    }
    w->at = at;
    return BEHIND;
}

static enum state take_word(struct walk *w, cord_str word, enum cord_value_kind kind)
{
    cord_str here = {w->text + w->at, w->end - w->at};
    if (!cord_str_starts(here, word)) {
        return fail(w, CORD_E_FORMAT, "a value");
    }
    if (!emit(w, w->at, (uint32_t)word.len, kind, CORD_VALUE_ASCII)) {
        return FAILED;
    }
    w->at += (uint32_t)word.len;
    return BEHIND;
}

static enum state take_text(struct walk *w)
{
    uint32_t from;
    uint32_t len;
    bool escaped;
    if (!take_string(w, &from, &len, &escaped)) {
        return FAILED;
    }
    unsigned flags = ascii_flag(w, from, len) | (escaped ? CORD_VALUE_ESCAPED : 0);
    return emit(w, from, len, CORD_VALUE_TEXT, flags) ? BEHIND : FAILED;
}

static enum state take_value(struct walk *w)
{
    skip_blanks(w);
    switch (peek(w)) {
    case '"':
        return take_text(w);
    case '{':
        return open_level(w, false);
    case '[':
        return open_level(w, true);
    case 't':
        return take_word(w, CORD_STR("true"), CORD_VALUE_TRUE);
    case 'f':
        return take_word(w, CORD_STR("false"), CORD_VALUE_FALSE);
    case 'n':
        return take_word(w, CORD_STR("null"), CORD_VALUE_NULL);
    default:
        return take_number(w);
    }
}

static enum state take_separator(struct walk *w)
{
    skip_blanks(w);
    char c = peek(w);
    bool array = w->top->array;
    if (c == ',') {
        w->at++;
        if (array) {
            w->path = w->top->path;
        }
        return array ? VALUE : MEMBER;
    }
    if (c == (array ? ']' : '}')) {
        return close_level(w, false);
    }
    return fail(w, CORD_E_FORMAT, array ? "',' or ']'" : "',' or '}'");
}

static enum state step(struct walk *w, enum state state)
{
    switch (state) {
    case FIRST_MEMBER:
        skip_blanks(w);
        if (peek(w) == '}') {
            return close_level(w, true);
        }
        sync(w);
        return MEMBER;
    case MEMBER:
        return take_name(w);
    case FIRST_VALUE:
        skip_blanks(w);
        return peek(w) == ']' ? close_level(w, true) : take_value(w);
    case VALUE:
        return take_value(w);
    case BEHIND:
        return take_separator(w);
    case DONE:
    case FAILED:
        break;
    }
    return state;
}

/* ---- the common case ---- */

/* How many of the eight bytes at ptr, from the first, are digits. */
static inline unsigned digits8(const char *ptr)
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
static inline uint32_t load4(const char *ptr)
{
    uint32_t some;
    memcpy(&some, ptr, sizeof some);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    some = __builtin_bswap32(some);
#endif
    return some;
}

/* A whole number with its end in the text: its bytes, or 0. */
static inline uint32_t whole_number(const char *text, uint32_t at, uint32_t end)
{
    uint32_t sign = text[at] == '-';
    uint32_t first = at + sign;
    uint32_t len = digits8(text + first);
    for (uint32_t more = 8; len == more && more <= 16; more += 8) {
        len += digits8(text + first + more);
    }
    char behind = text[first + len];
    /* 24 digits may go on; a zero in front of others is none of JSON's numbers. */
    bool whole = len - 1 < 23 && (behind == ',' || behind == '}') && first + len < end &&
                 (text[first] != '0' || len == 1);
    return whole ? sign + len : 0;
}

/* A value that is no string, object or array, and none of the rarer numbers:
 * its bytes, or 0. What stands behind a word is looked at later. */
static inline uint32_t plain_scalar(const char *text, uint32_t at, uint32_t end,
                                    enum cord_value_kind *ret_kind)
{
    uint32_t word = load4(text + at);
    uint32_t len = 4;
    *ret_kind = CORD_VALUE_NUMBER;
    if ((unsigned char)text[at] <= '9') {
        return whole_number(text, at, end);
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

/* Members from w->at on, each a name with a string, a word or a whole number
 * behind it and then a comma, with no more than one space in between. Stops in
 * front of what is different. An entry may be a sentinel: its byte is no
 * quote, and all that is looked at is within the padding. Locals, since what is
 * written to out might be anything for all the compiler knows. */
static enum state members(struct walk *w)
{
    struct cord_json_keys *keys = &w->reader->keys;
    const char *text = w->text;
    const size_t ascii_from = w->reader->ascii_from;
    const uint32_t *entry = w->reader->entry;
    struct cord_value *out = w->out;
    struct cord_value *out_end = w->out_end;
    const uint32_t parent = w->top->path;
    const uint32_t end = w->end;
    const unsigned in_array = w->top->in_array ? CORD_VALUE_IN_ARRAY : 0;
    uint32_t at = w->at;
    enum state state = MEMBER;
    while (out < out_end) {
        uint32_t name_end = entry[1];
        at += text[at] == ' ';
        /* Names with a flag are above the one bound, those that the cache cannot
         * look in front of below the other. */
        if (entry[0] != at ||
            name_end - CORD_JSON_KEYS_FRONT >= CORD_JSON_INDEX_FLAG - CORD_JSON_KEYS_FRONT) {
            break;
        }
        uint32_t mark = load4(text + name_end);
        if ((mark & 0xffff) != ('"' | ':' << 8)) {
            break;
        }
        uint32_t path =
            cord_json_keys_get(keys, parent, (cord_str){text + at + 1, name_end - at - 1});
        uint32_t value = name_end + 2;
        if ((mark >> 16 & 0xff) == ' ') {
            mark >>= 8;
            value++;
        }
        if ((mark >> 16 & 0xff) == '"') {
            uint32_t close = entry[3] & CORD_JSON_INDEX_AT;
            if (text[close] != '"') {
                break;
            }
            uint32_t len = close - value - 1;
            unsigned flags =
                in_array | CORD_VALUE_ASCII | entry[3] / CORD_JSON_INDEX_FLAG * CORD_VALUE_ESCAPED;
            if (value < ascii_from && !is_ascii((cord_str){text + value + 1, len})) {
                flags &= ~CORD_VALUE_ASCII;
            }
            put(out++, text + value + 1, len, path, CORD_VALUE_TEXT, flags);
            entry += 4;
            at = close + 1;
        } else {
            enum cord_value_kind kind;
            uint32_t len = plain_scalar(text, value, end, &kind);
            entry += 2;
            at = value + len;
            if (len == 0) {
                w->path = path;
                state = VALUE;
                break;
            }
            put(out++, text + value, len, path, kind, in_array | CORD_VALUE_ASCII);
        }
        if (text[at] != ',') {
            state = BEHIND;
            break;
        }
        at++;
    }
    w->reader->entry = entry;
    w->out = out;
    w->at = at;
    return state;
}

static enum state walk(struct walk *w)
{
    enum state state = w->text[w->at] == '[' ? open_level(w, true) : open_level(w, false);
    while (state < DONE) {
        if (state == MEMBER) {
            state = members(w);
        }
        state = step(w, state);
    }
    return state;
}

/* ---- the reader ---- */

/* The entries from byte `at` on; the index is made anew when it does not hold
 * them. Going back happens behind a broken document only. */
static void index_seek(struct cord_json_reader *reader, size_t at)
{
    if (at < reader->window_from || at >= reader->window_to) {
        index_from(reader, at);
        for (size_t i = 0; i < SENTINELS; i++) {
            reader->entries[i] = (uint32_t)at;
        }
        return;
    }
    const uint32_t *low = reader->entries;
    const uint32_t *high = reader->entry;
    while (low < high && (high[-1] & CORD_JSON_INDEX_AT) >= at) {
        const uint32_t *middle = low + (high - low) / 2;
        if ((*middle & CORD_JSON_INDEX_AT) < at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    reader->entry = high;
}

static cord_status explain(const struct walk *w, struct cord_error *err)
{
    uint32_t byte = w->at - w->start;
    if (w->status == CORD_E_LIMIT) {
        return cord_error_set(err, w->status, "no room for its values from byte %u on", byte);
    }
    if (w->at >= w->end) {
        return cord_error_set(err, w->status, "byte %u: ends where %s should stand", byte,
                              w->wanted);
    }
    unsigned char c = (unsigned char)w->text[w->at];
    if (c > 0x20 && c < 0x7f) {
        return cord_error_set(err, w->status, "byte %u: '%c' where %s should stand", byte, c,
                              w->wanted);
    }
    return cord_error_set(err, w->status, "byte %u: 0x%02x where %s should stand", byte, c,
                          w->wanted);
}

cord_status cord_json_next(struct cord_json_reader *reader, size_t *at, uint32_t parent,
                           struct cord_values *values, struct cord_error *err)
{
    cord_str text = reader->text;
    if (*at >= text.len || (text.ptr[*at] != '{' && text.ptr[*at] != '[')) {
        return cord_error_set(err, CORD_E_FORMAT, "byte 0: no '{' or '['");
    }
    struct walk w;
    w.reader = reader;
    w.text = text.ptr;
    w.at = (uint32_t)*at;
    w.end = (uint32_t)text.len;
    w.start = w.at;
    w.out = values->items + values->count;
    w.out_end = values->items + values->max;
    w.top = w.levels;
    w.path = parent;
    w.wanted = "";
    w.status = CORD_OK;
    w.levels[0] = (struct level){.path = parent};
    index_seek(reader, *at);
    if (walk(&w) != DONE) {
        return explain(&w, err);
    }
    values->count = (size_t)(w.out - values->items);
    *at = w.at;
    return CORD_OK;
}

cord_status cord_json_flatten(struct cord_json_reader *reader, cord_str text,
                              struct cord_paths *paths, uint32_t parent, struct cord_values *values,
                              struct cord_error *err)
{
    size_t count = values->count;
    size_t at = 0;
    text = cord_str_trim(text);
    cord_json_begin(reader, text, paths, false);
    cord_status status = cord_json_next(reader, &at, parent, values, err);
    if (status == CORD_OK && at < text.len) {
        values->count = count;
        return cord_error_set(err, CORD_E_FORMAT, "byte %zu: more behind the document", at);
    }
    return status;
}
