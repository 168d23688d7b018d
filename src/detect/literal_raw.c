/*
 * literal_raw.c: see literal_raw.h.
 *
 * Each literal is looked for by its rarest four neighbouring bytes. Two of the
 * eight buckets look for JSON's \u instead: one behind a byte that is no
 * backslash, the other behind two backslashes or more, which is all that is
 * promised. What passes the filter is compared with the literals of its bucket.
 */
#include "detect/literal_raw.h"

#include <math.h>

#include "detect/literal_raw_internal.h"

enum {
    BUCKETS = 6,           /* of literals */
    ESCAPE_FIRST = 1 << 6, /* any byte, backslash, u */
    ESCAPE_LATER = 1 << 7, /* three backslashes, u */
    WINDOWS_MAX = 64,      /* places considered for each literal */
};

/* A literal where it is looked for. */
struct window {
    uint32_t word; /* its bytes there; four, or all of a shorter one */
    uint32_t mask;
    uint32_t offset;
    uint32_t text;
};

struct cord_literal_raw {
    struct cord_literal_raw_filter filter;
    cord_literal_raw_next *next;
    const cord_str *texts;
    struct window *windows; /* by bucket */
    uint32_t first[BUCKETS + 1];
};

struct bucket {
    uint64_t codes[CORD_LITERAL_POSITIONS]; /* a bit for each byte & 63 */
    float odds[CORD_LITERAL_POSITIONS];     /* of a byte to be among them */
    uint32_t count;
};

struct builder {
    struct cord_literal_raw *set;
    float odds[64]; /* by byte & 63 */
    struct bucket buckets[BUCKETS];
    uint8_t *chosen;   /* bucket by text */
    uint32_t *offsets; /* likewise */
};

static uint64_t codes_of(char c)
{
    uint64_t codes = 1ULL << ((unsigned char)c & 63);
    return c >= 'a' && c <= 'z' ? codes | 1ULL << ((unsigned char)(c - 32) & 63) : codes;
}

/* The odds are those of folded text: quotes and what else a record is made of
 * come on top. */
static void fill_odds(struct builder *builder, const struct cord_literal_odds *odds)
{
    static const char made_of[] = "\"\"\"\"\"\"\"\",,::\\\\\\{}";
    enum { COUNT = sizeof made_of - 1 };
    for (size_t c = 0; c < 128; c++) {
        builder->odds[c & 63] += odds->bytes[c] * 0.8f;
    }
    for (size_t i = 0; i < COUNT; i++) {
        builder->odds[(unsigned char)made_of[i] & 63] += 0.2f / (float)COUNT;
    }
}

static float odds_of(const struct builder *builder, uint64_t codes)
{
    float sum = 0;
    for (; codes != 0; codes &= codes - 1) {
        sum += builder->odds[__builtin_ctzll(codes)];
    }
    return sum;
}

/* What the bytes from p on, no more than len, would make of the bucket: the
 * share of positions that pass it in addition. */
static float added_rate(const struct builder *builder, const struct bucket *bucket, const char *p,
                        size_t len, struct bucket *ret_with)
{
    float before = 1;
    float after = 1;
    *ret_with = *bucket;
    for (size_t i = 0; i < CORD_LITERAL_POSITIONS; i++) {
        uint64_t codes = bucket->codes[i] | (i < len ? codes_of(p[i]) : UINT64_MAX);
        ret_with->odds[i] = odds_of(builder, codes);
        ret_with->codes[i] = codes;
        before *= bucket->odds[i];
        after *= ret_with->odds[i];
    }
    ret_with->count++;
    return after - before;
}

static void choose_window(struct builder *builder, uint32_t number)
{
    cord_str text = builder->set->texts[number];
    size_t bytes = text.len < CORD_LITERAL_POSITIONS ? text.len : CORD_LITERAL_POSITIONS;
    size_t places = text.len - bytes + 1;
    struct bucket best_bucket = builder->buckets[0];
    float best = INFINITY;
    for (size_t at = 0; at < places && at < WINDOWS_MAX; at++) {
        for (size_t b = 0; b < BUCKETS; b++) {
            struct bucket with;
            float cost = added_rate(builder, &builder->buckets[b], text.ptr + at, bytes, &with);
            if (cost < best) {
                best = cost;
                best_bucket = with;
                builder->chosen[number] = (uint8_t)b;
                builder->offsets[number] = (uint32_t)at;
            }
        }
    }
    builder->buckets[builder->chosen[number]] = best_bucket;
}

static void add_byte(struct cord_literal_raw_filter *filter, size_t position, unsigned char c,
                     unsigned buckets)
{
    filter->codes[position][c & 63] |= (uint8_t)buckets;
    filter->low[position][c & 15] |= (uint8_t)buckets;
    filter->low[position][16 + (c & 15)] |= (uint8_t)buckets;
    filter->high[position][c >> 4] |= (uint8_t)buckets;
    filter->high[position][16 + (c >> 4)] |= (uint8_t)buckets;
}

static void add_any(struct cord_literal_raw_filter *filter, size_t position, unsigned buckets)
{
    for (unsigned c = 0; c < 256; c++) {
        add_byte(filter, position, (unsigned char)c, buckets);
    }
}

static void add_escapes(struct cord_literal_raw_filter *filter)
{
    for (unsigned c = 0; c < 256; c++) {
        if ((c & 63) != ('\\' & 63)) {
            add_byte(filter, 0, (unsigned char)c, ESCAPE_FIRST);
        }
    }
    add_byte(filter, 1, '\\', ESCAPE_FIRST);
    add_byte(filter, 2, 'u', ESCAPE_FIRST);
    add_any(filter, 3, ESCAPE_FIRST);
    for (size_t i = 0; i < 3; i++) {
        add_byte(filter, i, '\\', ESCAPE_LATER);
    }
    add_byte(filter, 3, 'u', ESCAPE_LATER);
}

static void add_text(struct cord_literal_raw *set, uint32_t number, unsigned bucket,
                     uint32_t offset)
{
    cord_str text = cord_str_from_byte(set->texts[number], offset);
    struct window *window = &set->windows[set->first[bucket]++];
    *window = (struct window){.offset = offset, .text = number};
    for (size_t i = 0; i < CORD_LITERAL_POSITIONS; i++) {
        if (i >= text.len) {
            add_any(&set->filter, i, 1u << bucket);
            continue;
        }
        char c = text.ptr[i];
        add_byte(&set->filter, i, (unsigned char)c, 1u << bucket);
        if (c >= 'a' && c <= 'z') {
            add_byte(&set->filter, i, (unsigned char)(c - 32), 1u << bucket);
        }
        window->word |= (uint32_t)(unsigned char)c << 8 * i;
        window->mask |= 0xffu << 8 * i;
    }
}

/* Windows of one bucket behind those of the one before. */
static void fill(struct builder *builder, uint32_t count)
{
    struct cord_literal_raw *set = builder->set;
    for (unsigned b = 1; b < BUCKETS; b++) {
        set->first[b] = set->first[b - 1] + builder->buckets[b - 1].count;
    }
    for (uint32_t i = 0; i < count; i++) {
        add_text(set, i, builder->chosen[i], builder->offsets[i]);
    }
    for (unsigned b = BUCKETS; b > 0; b--) { /* filling in has moved them on */
        set->first[b] = set->first[b - 1];
    }
    set->first[0] = 0;
    add_escapes(&set->filter);
}

struct cord_literal_raw *cord_literal_raw_new(const cord_str *texts, uint32_t count,
                                              const struct cord_literal_odds *odds,
                                              enum cord_cpu_level level, struct cord_arena *arena)
{
    /* The tables of the filter want lines of their own. */
    char *memory = cord_arena_zalloc(arena, 1, sizeof(struct cord_literal_raw) + 63);
    struct builder builder = {
        .chosen = cord_arena_alloc(arena, count + 1u),
        .offsets = cord_arena_alloc(arena, ((size_t)count + 1) * sizeof(uint32_t)),
    };
    if (!memory || !builder.chosen || !builder.offsets) {
        return NULL;
    }
    struct cord_literal_raw *set =
        (struct cord_literal_raw *)(void *)(memory + (64 - (uintptr_t)memory % 64) % 64);
    set->next = cord_literal_raw_next_at_level(level);
    set->texts = texts;
    set->windows = cord_arena_zalloc(arena, (size_t)count + 1, sizeof *set->windows);
    if (!set->windows) {
        return NULL;
    }
    builder.set = set;
    fill_odds(&builder, odds);
    for (uint32_t i = 0; i < count; i++) {
        choose_window(&builder, i);
    }
    fill(&builder, count);
    return set;
}

static uint32_t load_word(const char *p)
{
    uint32_t word;
    memcpy(&word, p, sizeof word);
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? word : __builtin_bswap32(word);
}

/* Small letters of ASCII; other bytes stay as they are. */
static uint32_t lower_word(uint32_t word)
{
    uint32_t low = word & 0x7f7f7f7fu;
    uint32_t from_a = low + 0x01010101u * (0x80 - 'A');
    uint32_t above_z = low + 0x01010101u * (0x7f - 'Z');
    return word | ((from_a & ~above_z & ~word & 0x80808080u) >> 2);
}

/* Up to four bytes at `at`; zero behind the end. */
static uint32_t word_at(cord_str text, size_t at)
{
    uint32_t word = 0;
    size_t left = text.len - at;
    if (left >= sizeof word) {
        return load_word(text.ptr + at);
    }
    for (size_t i = 0; i < left; i++) {
        word |= (uint32_t)(unsigned char)text.ptr[at + i] << 8 * i;
    }
    return word;
}

static bool stands_at(cord_str text, size_t at, cord_str wanted)
{
    for (size_t i = 0; i < wanted.len; i++) {
        if (cord_str_lower_char(text.ptr[at + i]) != wanted.ptr[i]) {
            return false;
        }
    }
    return true;
}

/* False: the budget is spent. */
static bool compare(const struct cord_literal_raw *set, cord_str text, size_t at, unsigned bucket,
                    struct cord_literal_hits *hits)
{
    uint32_t word = lower_word(word_at(text, at));
    for (uint32_t i = set->first[bucket]; i < set->first[bucket + 1]; i++) {
        const struct window *window = &set->windows[i];
        if (((word ^ window->word) & window->mask) != 0) {
            continue;
        }
        if (hits->budget == 0) {
            return false;
        }
        hits->budget--;
        cord_str wanted = set->texts[window->text];
        if (hits->stamps[window->text] != hits->stamp && window->offset <= at &&
            wanted.len <= text.len - (at - window->offset) &&
            stands_at(text, at - window->offset, wanted)) {
            hits->stamps[window->text] = hits->stamp;
            hits->numbers[hits->count++] = window->text;
        }
    }
    return true;
}

static bool look_at(const struct cord_literal_raw *set, cord_str text, size_t at, unsigned buckets,
                    struct cord_literal_hits *hits, bool *ret_escape)
{
    if ((buckets & (ESCAPE_FIRST | ESCAPE_LATER)) != 0) {
        uint32_t word = word_at(text, at);
        bool first = (word & 0xff) != '\\' && (word >> 8 & 0xffff) == ('\\' | 'u' << 8);
        bool later = word == ('\\' | '\\' << 8 | '\\' << 16 | (uint32_t)'u' << 24);
        *ret_escape = *ret_escape || first || later;
    }
    for (unsigned left = buckets & (ESCAPE_FIRST - 1); left != 0; left &= left - 1) {
        if (!compare(set, text, at, (unsigned)__builtin_ctz(left), hits)) {
            return false;
        }
    }
    return true;
}

/* The last positions, where four bytes would not all be in the text. */
static bool scan_tail(const struct cord_literal_raw *set, cord_str text,
                      struct cord_literal_hits *hits, bool *ret_escape)
{
    const uint8_t(*codes)[64] = set->filter.codes;
    size_t at = text.len - CORD_LITERAL_POSITIONS;
    uint32_t word = load_word(text.ptr + at);
    for (at++, word >>= 8; at < text.len; at++, word >>= 8) {
        unsigned buckets = codes[0][word & 63] & codes[1][word >> 8 & 63] &
                           codes[2][word >> 16 & 63] & codes[3][word >> 24 & 63];
        if (buckets != 0 && !look_at(set, text, at, buckets, hits, ret_escape)) {
            return false;
        }
    }
    return true;
}

static bool scan_blocks(const struct cord_literal_raw *set, cord_str text, size_t from,
                        struct cord_literal_hits *hits, bool *ret_escape, unsigned char *high)
{
    uint8_t buckets[CORD_LITERAL_BLOCK];
    uint64_t mask = 0;
    for (;; from += CORD_LITERAL_BLOCK) {
        from = set->next(&set->filter, text, from, &mask, buckets, high);
        if (mask == 0) {
            return true;
        }
        for (; mask != 0; mask &= mask - 1) {
            unsigned at = (unsigned)__builtin_ctzll(mask);
            if (!look_at(set, text, from + at, buckets[at], hits, ret_escape)) {
                return false;
            }
        }
    }
}

/* Two bytes in a row. */
static bool has_pair(cord_str text, unsigned char first, unsigned char second)
{
    const char *p = text.ptr;
    const char *end = text.ptr + text.len;
    while ((p = memchr(p, first, (size_t)(end - p))) != NULL && ++p < end) {
        if ((unsigned char)*p == second) {
            return true;
        }
    }
    return false;
}

/* The Kelvin sign, E2 84 AA, is a k, the long s, C5 BF, an s; nothing else
 * beyond ASCII is in it once folded. */
static bool folds_to_ascii(cord_str text)
{
    return has_pair(text, 0xc5, 0xbf) || has_pair(text, 0x84, 0xaa);
}

bool cord_literal_raw_scan(const struct cord_literal_raw *set, cord_str text,
                           struct cord_literal_hits *hits, bool *ret_escape)
{
    enum { PADDED = CORD_LITERAL_RAW_READS };
    char padded[PADDED];
    unsigned char high = 0;
    *ret_escape = text.len >= 2 && text.ptr[0] == '\\' && text.ptr[1] == 'u';
    if (text.len < PADDED) { /* behind the end is nothing that a literal has */
        memset(padded, 0, sizeof padded);
        if (text.len > 0) {
            memcpy(padded, text.ptr, text.len);
        }
        text = (cord_str){padded, PADDED};
    }
    /* The last block begins where it ends with the text, so that some positions
     * may be looked at twice; behind it remain a few. */
    size_t last = text.len - PADDED;
    bool within =
        scan_blocks(set, text, 0, hits, ret_escape, &high) &&
        (last % CORD_LITERAL_BLOCK == 0 || scan_blocks(set, text, last, hits, ret_escape, &high)) &&
        scan_tail(set, text, hits, ret_escape);
    uint32_t tail = load_word(text.ptr + text.len - sizeof tail);
    high = high | ((tail & 0x80808080u) != 0 ? 0x80 : 0);
    return within && (high < 0x80 || !folds_to_ascii(text));
}
