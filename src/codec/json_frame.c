/* json_frame.c: 64 bytes at a time, as bits. */
#include "codec/json_frame.h"

#include "codec/json_index_internal.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum {
    BLOCK = 64,
    WRAPPER_BYTES_MAX = 4096,
    WRAPPER_MEMBERS_MAX = 8, /* to look at: the list is among the first */
};

struct bits {
    uint64_t quotes;
    uint64_t backslashes;
    uint64_t opening;
    uint64_t closing;
};

#if defined(__SSE2__)
static inline uint64_t bits_of(__m128i equal, int quarter)
{
    return (uint64_t)(uint32_t)_mm_movemask_epi8(equal) << (16 * quarter);
}

static struct bits bits_of_block(const char *block)
{
    struct bits bits = {0};
    for (int i = 0; i < 4; i++) {
        __m128i some = _mm_loadu_si128((const __m128i *)(const void *)(block + (ptrdiff_t)16 * i));
        /* '[' and ']' are '{' and '}' without one bit. */
        __m128i curly = _mm_or_si128(some, _mm_set1_epi8(0x20));
        bits.quotes |= bits_of(_mm_cmpeq_epi8(some, _mm_set1_epi8('"')), i);
        bits.backslashes |= bits_of(_mm_cmpeq_epi8(some, _mm_set1_epi8('\\')), i);
        bits.opening |= bits_of(_mm_cmpeq_epi8(curly, _mm_set1_epi8('{')), i);
        bits.closing |= bits_of(_mm_cmpeq_epi8(curly, _mm_set1_epi8('}')), i);
    }
    return bits;
}
#else
static struct bits bits_of_block(const char *block)
{
    struct bits bits = {0};
    for (int i = 0; i < BLOCK; i++) {
        uint64_t bit = (uint64_t)1 << i;
        bits.quotes |= block[i] == '"' ? bit : 0;
        bits.backslashes |= block[i] == '\\' ? bit : 0;
        bits.opening |= block[i] == '{' || block[i] == '[' ? bit : 0;
        bits.closing |= block[i] == '}' || block[i] == ']' ? bit : 0;
    }
    return bits;
}
#endif

/* Each bit becomes the parity of those up to it: what is inside a string. */
static inline uint64_t parity(uint64_t bits)
{
    for (int by = 1; by < 64; by *= 2) {
        bits ^= bits << by;
    }
    return bits;
}

/* The bit behind which the depth has come down, or 64. */
static unsigned close_in(struct cord_json_frame *frame, struct bits bits, size_t down_to)
{
    uint64_t both = bits.opening | bits.closing;
    while (both) {
        unsigned at = (unsigned)__builtin_ctzll(both);
        if (bits.opening >> at & 1) {
            frame->depth++;
        } else if (--frame->depth == down_to) {
            return at;
        }
        both &= both - 1;
    }
    return BLOCK;
}

size_t cord_json_frame_close(struct cord_json_frame *frame, cord_str text, size_t from,
                             size_t down_to)
{
    struct cord_json_index_carry carry = {.escaped = frame->escaped};
    uint64_t inside = frame->in_string ? UINT64_MAX : 0;
    char last[BLOCK];
    for (size_t at = from; at < text.len; at += BLOCK) {
        const char *block = text.ptr + at;
        size_t len = text.len - at;
        if (len < BLOCK) {
            memset(last, 'x', sizeof last);
            memcpy(last, block, len);
            block = last;
        }
        struct bits bits = bits_of_block(block);
        uint64_t quotes = cord_json_index_unescaped(bits.quotes, bits.backslashes, &carry);
        /* Most stretches of a log have neither quotes nor brackets. */
        uint64_t strings = quotes ? parity(quotes) ^ inside : inside;
        bits.opening &= ~strings;
        bits.closing &= ~strings;
        unsigned closed = close_in(frame, bits, down_to);
        if (closed < BLOCK) {
            frame->in_string = false;
            frame->escaped = false;
            return at + closed + 1;
        }
        inside = strings >> 63 ? UINT64_MAX : 0;
        if (len < BLOCK) {
            /* A run of backslashes that the text ends with, to its start. */
            size_t run = 0;
            while (run < len && block[len - 1 - run] == '\\') {
                run++;
            }
            bool before = run == len && frame->escaped;
            carry.escaped = (run & 1) != (size_t)before;
        }
        frame->escaped = carry.escaped != 0;
    }
    frame->in_string = inside != 0;
    return SIZE_MAX;
}

/* ---- wrappers ---- */

struct look {
    cord_str text;
    size_t at;
    bool more; /* the text ended */
};

static char peek(struct look *look)
{
    while (look->at < look->text.len) {
        char c = look->text.ptr[look->at];
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
            return c;
        }
        look->at++;
    }
    look->more = true;
    return '\0';
}

/* A string without escape sequences; ptr NULL when there is none. */
static cord_str take_string(struct look *look)
{
    if (peek(look) != '"') {
        return (cord_str){0};
    }
    size_t from = ++look->at;
    for (; look->at < look->text.len; look->at++) {
        char c = look->text.ptr[look->at];
        if (c == '\\') {
            look->at++;
        } else if (c == '"') {
            return cord_str_slice(look->text, from, look->at++ - from);
        }
    }
    look->more = true;
    return (cord_str){0};
}

static bool take_char(struct look *look, char c)
{
    if (peek(look) != c) {
        return false;
    }
    look->at++;
    return true;
}

static bool is_one_of(cord_str name, const char *const *names)
{
    for (; *names; names++) {
        if (cord_str_eq(name, cord_str_from(*names))) {
            return true;
        }
    }
    return false;
}

/* Behind '[': records, or the end of none. */
static bool take_list(struct look *look)
{
    char c = peek(look);
    return c == '{' || c == ']';
}

/* What may stand in front of the list: scalars, and Elastic's and Kubernetes's
 * few words about the answer. */
static bool skip_value(struct look *look, cord_str name)
{
    static const char *const about[] = {"_shards", "metadata", "total", NULL};
    char c = peek(look);
    if (c == '"') {
        return take_string(look).ptr != NULL;
    }
    if (c == '{' && is_one_of(name, about)) {
        struct cord_json_frame frame = {.depth = 1};
        size_t end = cord_json_frame_close(&frame, look->text, look->at + 1, 0);
        look->more = end == SIZE_MAX;
        look->at = look->more ? look->text.len : end;
        return !look->more;
    }
    if (c == '{' || c == '[') {
        return false;
    }
    while (look->at < look->text.len && look->text.ptr[look->at] != ',' &&
           look->text.ptr[look->at] != '}') {
        look->at++;
    }
    return true;
}

/* Behind '{': whether a list of records is the first thing of weight in it. */
static bool take_object(struct look *look, size_t *depth)
{
    /* An event of its own may hold lists by these names too, but not as its
     * very first member. */
    static const char *const anywhere[] = {"Records", "records", "value", "items", "hits", NULL};
    static const char *const first[] = {"events", "Events",  "logEvents", "entries",
                                        "logs",   "results", NULL};
    for (size_t members = 0; members < WRAPPER_MEMBERS_MAX; members++) {
        cord_str name = take_string(look);
        if (!name.ptr || !take_char(look, ':')) {
            return false;
        }
        char c = peek(look);
        if (c == '[') {
            look->at++;
            return (is_one_of(name, anywhere) || (members == 0 && is_one_of(name, first))) &&
                   take_list(look);
        }
        if (c == '{' && *depth == 1 && cord_str_eq(name, CORD_STR("hits"))) {
            look->at++;
            (*depth)++;
        } else if (!skip_value(look, name) || !take_char(look, ',')) {
            return false;
        }
    }
    return false;
}

enum cord_json_wrapper cord_json_frame_wrapper(cord_str text, size_t *ret_len, size_t *ret_depth)
{
    struct look look = {.text = cord_str_slice(text, 0, WRAPPER_BYTES_MAX)};
    size_t depth = 1;
    bool found;
    if (take_char(&look, '[')) {
        found = take_list(&look);
    } else {
        found = take_char(&look, '{') && take_object(&look, &depth);
        depth++;
    }
    if (!found) {
        return look.more && text.len < WRAPPER_BYTES_MAX ? CORD_JSON_WRAPPER_MORE
                                                         : CORD_JSON_WRAPPER_NO;
    }
    *ret_len = look.at;
    *ret_depth = depth;
    return CORD_JSON_WRAPPER_YES;
}
