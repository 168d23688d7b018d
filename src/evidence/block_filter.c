/* block_filter.c: see block_filter.h. */
#include "evidence/block_filter.h"

#include "base/fold.h"
#include "base/hash.h"
#include "codec/json_unescape.h"
#include "evidence/block_head.h"
#include "evidence/block_internal.h"
#include "evidence/block_part.h"

#include <endian.h>
#include <stdlib.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    LETTERS = 5,
    DIGITS = 6,
    WHOLE_MIN = 2,
    WHOLE_MAX = 5,
    WORD_BYTES = 256, /* longer words are dealt with in stretches that overlap */
    BATCH = 64,
    PIECE_SLACK = 8, /* behind a word: bytes that are read and mean nothing */
    WORDS_KNOWN = 1 << 15,
    PIECES_MAX = 1 << 16, /* of a query: further ones are not looked at */
    BITS_MIN = 512,
    PIECES_OF_WORD = 2 * WORD_BYTES + 1,
};

#define MAGIC       "CORDFLT1"
#define BITS_MAX    (1U << 28)
#define SCRATCH_MAX ((size_t)1 << 30)
#define ALL_MAX     ((size_t)1 << 25)
#define SECOND      0x9e3779b1U

/* What a piece is, so that no two kinds are mistaken for each other. */
enum kind { KIND_LETTERS = 1, KIND_DIGITS = 2, KIND_WHOLE = 3 };

/* Beside word characters, what fold_char tells apart. */
enum { NO_WORD = 0, BACKSLASH = 1, BEYOND_ASCII = 2, WORD_FROM = '-' };

static unsigned char fold_char(unsigned c)
{
    if (c >= 'A' && c <= 'Z') {
        return (unsigned char)(c | 0x20);
    }
    bool word =
        (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
    if (word) {
        return (unsigned char)c;
    }
    return c == '\\' ? BACKSLASH : c >= 0x80 ? BEYOND_ASCII : NO_WORD;
}

/* A piece is read as eight bytes at once. Lowest bit: the piece sets one bit of the filter, not
 * two. */
static uint32_t piece_hash(const unsigned char *bytes, size_t len, enum kind kind)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof value); /* PIECE_SLACK: there are as many */
    value = (le64toh(value) & ((1ULL << (8 * len)) - 1)) | (uint64_t)kind << 56;
    return ((uint32_t)(cord_hash_mix(value) >> 32) & ~1U) | (kind == KIND_DIGITS);
}

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(unsigned char c)
{
    return c >= 'a' && c <= 'z';
}

/* Whether a word that is known to end on both sides is a piece by itself. */
static bool is_whole(size_t len)
{
    return len >= WHOLE_MIN && len <= WHOLE_MAX;
}

/* The pieces of a folded word of at most WORD_BYTES, but for the word itself; there
 * is room for PIECES_OF_WORD.
 *
 * Of stretches of six with a digit not all: random identifiers and times are most
 * of what there is, and long enough to be known by some of their stretches: of
 * those with letters a quarter is taken, of others half, by the hash's top bits. */
static size_t pieces_of(const unsigned char *word, size_t len, uint32_t *to)
{
    const uint32_t *first = to;
    size_t digit_end = 0;  /* behind the last digit before `end` */
    size_t letter_end = 0; /* behind the last letter */
    for (size_t end = 1; end <= len; end++) {
        digit_end = is_digit(word[end - 1]) ? end : digit_end;
        letter_end = is_letter(word[end - 1]) ? end : letter_end;
        if (end >= LETTERS && digit_end + LETTERS <= end) {
            *to++ = piece_hash(word + end - LETTERS, LETTERS, KIND_LETTERS);
        }
        if (end >= DIGITS && digit_end + DIGITS > end) {
            uint32_t hash = piece_hash(word + end - DIGITS, DIGITS, KIND_DIGITS);
            *to = hash << 2 | 1;
            to += hash >> (letter_end + DIGITS > end ? 30 : 31) == 0;
        }
    }
    return (size_t)(to - first);
}

/* ---- making ---- */

cord_status cord_block_filter_maker_init(struct cord_block_filter_maker *maker, uint64_t seed)
{
    memset(maker, 0, sizeof *maker);
    maker->seed = seed;
    for (unsigned c = 0; c < sizeof maker->fold; c++) {
        maker->fold[c] = fold_char(c);
    }
    cord_buf_init(&maker->scratch, SCRATCH_MAX);
    cord_buf_init(&maker->folded, SCRATCH_MAX);
    maker->words = calloc(WORDS_KNOWN, sizeof *maker->words);
    return maker->words ? CORD_OK : CORD_E_NOMEM;
}

void cord_block_filter_maker_done(struct cord_block_filter_maker *maker)
{
    free(maker->words);
    free(maker->pieces);
    cord_buf_done(&maker->scratch);
    cord_buf_done(&maker->folded);
}

void cord_block_filter_maker_clear(struct cord_block_filter_maker *maker)
{
    memset(maker->words, 0, WORDS_KNOWN * sizeof *maker->words);
    maker->piece_count = 0;
    maker->failed = false;
    maker->full = false;
}

/* Remembers the hash in place of another that led to the same slot. Whoever is
 * forgotten is dealt with again, which costs time and changes nothing. */
static bool is_new(struct cord_block_filter_maker *maker, uint64_t hash)
{
    uint64_t *slot = &maker->words[hash % WORDS_KNOWN];
    bool known = *slot == hash;
    *slot = hash;
    return !known;
}

/* For the pieces of one more word. */
static bool pieces_room(struct cord_block_filter_maker *maker)
{
    if (maker->piece_cap - maker->piece_count >= PIECES_OF_WORD) {
        return true;
    }
    if (maker->piece_count + PIECES_OF_WORD > ALL_MAX) {
        maker->full = true;
        return false;
    }
    size_t cap = 2 * maker->piece_cap + 8 * (size_t)PIECES_OF_WORD;
    uint32_t *pieces = realloc(maker->pieces, cap * sizeof *pieces);
    maker->failed = !pieces;
    if (pieces) {
        maker->pieces = pieces;
        maker->piece_cap = cap;
    }
    return pieces != NULL;
}

static void add_word(struct cord_block_filter_maker *maker, const unsigned char *word, size_t len,
                     bool whole)
{
    if (len < WHOLE_MIN || maker->failed || maker->full ||
        !is_new(maker, XXH3_64bits_withSeed(word, len, maker->seed) | 1U) || !pieces_room(maker)) {
        return;
    }
    if (whole && is_whole(len)) {
        maker->pieces[maker->piece_count++] = piece_hash(word, len, KIND_WHOLE);
    }
    maker->piece_count += pieces_of(word, len, maker->pieces + maker->piece_count);
}

/* Of up to 64 bytes: folds them, and says which belong to words. `from` has 64;
 * *others: what else there is, backslashes, bytes beyond ASCII. */
static uint64_t fold_bytes(const struct cord_block_filter_maker *maker, const char *from, char *to,
                           unsigned *others)
{
    uint64_t words = 0;
#ifdef __SSE2__
    (void)maker;
    for (unsigned i = 0; i < BATCH; i += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(from + i));
        __m128i low = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
        /* Bytes beyond ASCII are negative, and below all of these. */
        __m128i letter = _mm_and_si128(_mm_cmpgt_epi8(low, _mm_set1_epi8('a' - 1)),
                                       _mm_cmplt_epi8(low, _mm_set1_epi8('z' + 1)));
        __m128i digit = _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8('0' - 1)),
                                      _mm_cmplt_epi8(bytes, _mm_set1_epi8('9' + 1)));
        __m128i mark = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('.')),
                                                 _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-'))),
                                    _mm_cmpeq_epi8(bytes, _mm_set1_epi8('_')));
        __m128i word = _mm_or_si128(_mm_or_si128(letter, digit), mark);
        __m128i folded = _mm_or_si128(bytes, _mm_and_si128(letter, _mm_set1_epi8(0x20)));
        _mm_storeu_si128((__m128i *)(void *)(to + i), folded);
        words |= (uint64_t)(unsigned)_mm_movemask_epi8(word) << i;
        *others |= _mm_movemask_epi8(bytes) != 0 ? BEYOND_ASCII : 0;
        *others |=
            _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))) != 0 ? BACKSLASH : 0;
    }
#else
    for (unsigned i = 0; i < BATCH; i++) {
        unsigned char c = maker->fold[(unsigned char)from[i]];
        to[i] = (char)c;
        words |= (uint64_t)(c >= WORD_FROM) << i;
        *others |= c < WORD_FROM ? c : 0;
    }
#endif
    return words;
}

/* Of a long word stretches that overlap, so that all its pieces are in one. */
static void add_long_word(struct cord_block_filter_maker *maker, const char *word, size_t len)
{
    for (; len > WORD_BYTES; len -= WORD_BYTES - (DIGITS - 1)) {
        add_word(maker, (const unsigned char *)word, WORD_BYTES, false);
        word += WORD_BYTES - (DIGITS - 1);
    }
    add_word(maker, (const unsigned char *)word, len, true);
}

/* Gives what else there is in the text: backslashes, bytes beyond ASCII. */
static unsigned add_words(struct cord_block_filter_maker *maker, cord_str text)
{
    unsigned others = 0;
    size_t open = SIZE_MAX; /* where the word begins that reaches up to here */
    cord_buf_clear(&maker->folded);
    char *folded = cord_buf_reserve(&maker->folded, text.len + BATCH + PIECE_SLACK);
    if (!folded) {
        maker->failed = true;
        return 0;
    }
    for (size_t at = 0; at < text.len; at += BATCH) {
        char last[BATCH] = {0};
        const char *from = text.ptr + at;
        if (text.len - at < BATCH) {
            memcpy(last, from, text.len - at);
            from = last;
        }
        uint64_t words = fold_bytes(maker, from, folded + at, &others);
        while (words != 0 || open != SIZE_MAX) {
            size_t begin = open != SIZE_MAX ? 0 : (unsigned)__builtin_ctzll(words);
            uint64_t gaps = ~(words >> begin);
            size_t len = gaps != 0 ? (unsigned)__builtin_ctzll(gaps) : BATCH;
            size_t first = open != SIZE_MAX ? open : at + begin;
            if (begin + len >= BATCH) {
                open = first;
                break;
            }
            add_long_word(maker, folded + first, at + begin + len - first);
            open = SIZE_MAX;
            words &= ~(uint64_t)0 << (begin + len);
        }
    }
    if (open != SIZE_MAX) {
        add_long_word(maker, folded + open, text.len - open);
    }
    return others;
}

/* A letter behind a backslash that is no escaped backslash: unescaped, another
 * word begins there, or another character stands there. */
static bool has_escape(cord_str text)
{
    for (size_t at = cord_str_find_char(text, '\\', 0); at != SIZE_MAX && at + 1 < text.len;
         at = cord_str_find_char(text, '\\', at + 2)) {
        if (text.ptr[at + 1] != '\0' && strchr("bfnrtu", text.ptr[at + 1])) {
            return true;
        }
    }
    return false;
}

/* Two characters beyond ASCII fold into it: the long s and the Kelvin sign. */
static bool has_odd_case(cord_str text)
{
    return cord_str_find(text, CORD_STR("\xc5\xbf"), 0) != SIZE_MAX ||
           cord_str_find(text, CORD_STR("\xe2\x84\xaa"), 0) != SIZE_MAX;
}

static unsigned add_plain(struct cord_block_filter_maker *maker, cord_str text)
{
    unsigned others = add_words(maker, text);
    if ((others & BEYOND_ASCII) == 0 || !has_odd_case(text)) {
        return others;
    }
    size_t room = CORD_FOLD_BYTES_MAX(text.len);
    char *folded = malloc(room + 1);
    if (!folded) {
        maker->failed = true;
        return others;
    }
    size_t len = cord_fold_text(text, folded, room);
    (void)add_words(maker, (cord_str){folded, len});
    free(folded);
    return others;
}

void cord_block_filter_maker_add(struct cord_block_filter_maker *maker, cord_str text)
{
    if (text.len < WHOLE_MIN || maker->failed || maker->full) {
        return;
    }
    unsigned others = add_plain(maker, text);
    if ((others & BACKSLASH) != 0 && has_escape(text)) {
        cord_buf_clear(&maker->scratch);
        char *buffer = cord_buf_reserve(&maker->scratch, text.len);
        if (!buffer) {
            maker->failed = true;
            return;
        }
        size_t len = cord_json_unescape(text, buffer);
        (void)add_plain(maker, (cord_str){buffer, len});
    }
}

void cord_block_filter_maker_add_once(struct cord_block_filter_maker *maker, cord_str text)
{
    if (text.len >= WHOLE_MIN && !maker->failed && !maker->full &&
        is_new(maker, XXH3_64bits_withSeed(text.ptr, text.len, ~maker->seed) | 1U)) {
        cord_block_filter_maker_add(maker, text);
    }
}

/* A piece sets two bits; one of six with a digit sets the first alone. */
static uint64_t first_bit(uint32_t hash, uint64_t bit_count)
{
    return (hash * bit_count) >> 32;
}

static uint64_t second_bit(uint32_t hash, uint64_t bit_count)
{
    return hash & 1 ? first_bit(hash, bit_count) : ((uint32_t)(hash * SECOND) * bit_count) >> 32;
}

/* How many bits are set. */
static uint64_t set_bits(const struct cord_block_filter_maker *maker, char *bits,
                         uint64_t bit_count)
{
    uint64_t set = 0;
    memset(bits, 0, bit_count / 8);
    for (size_t i = 0; i < maker->piece_count; i++) {
        uint64_t a = first_bit(maker->pieces[i], bit_count);
        uint64_t b = second_bit(maker->pieces[i], bit_count);
        bits[a / 8] = (char)(bits[a / 8] | 1 << a % 8);
        bits[b / 8] = (char)(bits[b / 8] | 1 << b % 8);
    }
    for (size_t i = 0; i < bit_count / 8; i += 8) {
        uint64_t word;
        memcpy(&word, bits + i, sizeof word);
        set += (uint64_t)__builtin_popcountll(word);
    }
    return set;
}

void cord_block_filter_maker_put(const struct cord_block_filter_maker *maker, size_t bytes_max,
                                 struct cord_buf *out)
{
    uint64_t bit_count = (uint64_t)bytes_max * 8 / 64 * 64;
    bit_count = bit_count < BITS_MAX ? bit_count : BITS_MAX;
    bit_count = bit_count > BITS_MIN ? bit_count : BITS_MIN;
    char *to = cord_buf_reserve(out, CORD_BLOCK_FILTER_HEAD_BYTES + bit_count / 8);
    if (!to) {
        return;
    }
    char *bits = to + CORD_BLOCK_FILTER_HEAD_BYTES;
    bit_count = maker->full ? 0 : bit_count;
    /* Below an eighth it is larger than it needs to be. */
    while (set_bits(maker, bits, bit_count) * 8 < bit_count &&
           bit_count >= 2 * (uint64_t)BITS_MIN) {
        bit_count = bit_count / 2 / 64 * 64;
    }
    memset(to, 0, CORD_BLOCK_FILTER_HEAD_BYTES);
    cord_block_part_put_magic(to, MAGIC);
    cord_block_part_put_u64(to + 8, bit_count);
    cord_block_part_put_u64(to + 16, XXH3_64bits(bits, bit_count / 8) ^ bit_count);
    out->len += CORD_BLOCK_FILTER_HEAD_BYTES + bit_count / 8;
}

/* ---- asking ---- */

cord_status cord_block_filter_open(cord_str bytes, struct cord_block_filter *ret_filter,
                                   struct cord_error *err)
{
    if (bytes.len < CORD_BLOCK_FILTER_HEAD_BYTES ||
        memcmp(bytes.ptr, MAGIC, BLOCK_MAGIC_BYTES) != 0) {
        return cord_error_set(err, CORD_E_FORMAT, "no filter");
    }
    uint64_t bit_count = cord_block_part_u64(bytes.ptr + 8);
    const char *bits = bytes.ptr + CORD_BLOCK_FILTER_HEAD_BYTES;
    if (bit_count % 64 != 0 || bit_count > BITS_MAX ||
        bit_count / 8 != bytes.len - CORD_BLOCK_FILTER_HEAD_BYTES ||
        (XXH3_64bits(bits, bit_count / 8) ^ bit_count) != cord_block_part_u64(bytes.ptr + 16)) {
        return cord_error_set(err, CORD_E_FORMAT, "filter is damaged");
    }
    *ret_filter = (struct cord_block_filter){bits, bit_count};
    return CORD_OK;
}

struct cord_block_filter cord_block_filter_nothing(void)
{
    static const char nothing[8];
    return (struct cord_block_filter){nothing, 64};
}

cord_status cord_block_filter_find_personal(cord_str first, uint64_t part_len, uint64_t *ret_at,
                                            uint64_t *ret_len)
{
    struct cord_block_part_place place;
    cord_status status =
        cord_block_part_find(first, part_len, BLOCK_PERSONAL_MAGIC, CORD_BLOCK_HEAD_PERSONAL_BYTES,
                             CORD_BLOCK_PART_FILTER, &place);
    if (status != CORD_OK || (place.len > 0 && place.packing != CORD_BLOCK_PART_STORED)) {
        return CORD_E_FORMAT;
    }
    *ret_at = place.at;
    *ret_len = place.len;
    return CORD_OK;
}

cord_status cord_block_filter_open_personal(cord_str personal, struct cord_block_filter *ret_filter,
                                            struct cord_error *err)
{
    struct cord_block_part part;
    cord_block_part_init(&part);
    cord_status status = cord_block_part_open(&part, personal, BLOCK_PERSONAL_MAGIC,
                                              CORD_BLOCK_HEAD_PERSONAL_BYTES, err);
    struct cord_block_filter filter = cord_block_filter_nothing();
    for (size_t i = 0; i < part.section_count && status == CORD_OK; i++) {
        const struct cord_block_section *section = &part.sections[i];
        if (section->kind == CORD_BLOCK_PART_FILTER && section->packing == CORD_BLOCK_PART_STORED) {
            status = cord_block_filter_open((cord_str){section->packed, section->packed_len},
                                            &filter, err);
            break;
        }
    }
    cord_block_part_done(&part);
    if (status == CORD_OK) {
        *ret_filter = filter;
    }
    return status;
}

struct cord_block_filter_query {
    size_t room;
    size_t count;
    size_t whole_count; /* of whole words, from the end backwards */
    uint32_t hashes[];
};

static bool has_room(const struct cord_block_filter_query *query)
{
    return query->count + query->whole_count < query->room;
}

/* Pieces for which there is no room are not looked at. */
static void ask_word(struct cord_block_filter_query *query, const unsigned char *word, size_t len,
                     bool whole)
{
    uint32_t found[PIECES_OF_WORD];
    if (whole && is_whole(len) && has_room(query)) {
        query->hashes[query->room - ++query->whole_count] = piece_hash(word, len, KIND_WHOLE);
    }
    for (bool last = false; !last; word += WORD_BYTES - (DIGITS - 1)) {
        last = len <= WORD_BYTES;
        size_t count = pieces_of(word, last ? len : WORD_BYTES, found);
        for (size_t i = 0; i < count && has_room(query); i++) {
            query->hashes[query->count++] = found[i];
        }
        len -= last ? 0 : WORD_BYTES - (DIGITS - 1);
    }
}

/* The letter of an escaped tab or line end, or what may be one: in raw it goes
 * with the word behind it, but a hole may begin in between. */
static bool is_blank_escape(const char *text, size_t at, bool whole)
{
    return (text[at] == 't' || text[at] == 'n') && (at > 0 ? text[at - 1] == '\\' : !whole);
}

struct cord_block_filter_query *cord_block_filter_query_new(cord_str text, bool whole)
{
    size_t room = CORD_FOLD_BYTES_MAX(text.len) + 1;
    size_t pieces = 2 * room < PIECES_MAX ? 2 * room : PIECES_MAX;
    char *folded = malloc(room + PIECE_SLACK);
    struct cord_block_filter_query *query =
        malloc(sizeof *query + (pieces + 1) * sizeof *query->hashes);
    if (!folded || !query) {
        free(folded);
        free(query);
        return NULL;
    }
    *query = (struct cord_block_filter_query){.room = pieces + 1};
    size_t len = cord_fold_text(text, folded, room);
    for (size_t at = 0; at < len && has_room(query);) {
        size_t from = at;
        while (at < len && fold_char((unsigned char)folded[at]) >= WORD_FROM) {
            at++;
        }
        /* A word at either end of a part of a value may go on there. */
        bool ends = (from > 0 || whole) && (at < len || whole);
        if (from < at && is_blank_escape(folded, from, whole)) {
            from++;
            ends = false;
        }
        ask_word(query, (const unsigned char *)folded + from, at - from, ends);
        at += at < len;
    }
    free(folded);
    return query;
}

void cord_block_filter_query_free(struct cord_block_filter_query *query)
{
    free(query);
}

static bool has_bit(const struct cord_block_filter *filter, uint64_t bit)
{
    return ((unsigned char)filter->bits[bit / 8] >> bit % 8 & 1) != 0;
}

static bool has_piece(const struct cord_block_filter *filter, uint32_t hash)
{
    return filter->bit_count == 0 || (has_bit(filter, first_bit(hash, filter->bit_count)) &&
                                      has_bit(filter, second_bit(hash, filter->bit_count)));
}

static bool has_all(const struct cord_block_filter *filter,
                    const struct cord_block_filter *personal, const uint32_t *hashes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!has_piece(filter, hashes[i]) && (!personal || !has_piece(personal, hashes[i]))) {
            return false;
        }
    }
    return true;
}

bool cord_block_filter_may_hold(const struct cord_block_filter *filter,
                                const struct cord_block_filter *personal,
                                const struct cord_block_filter_query *query)
{
    return has_all(filter, personal, query->hashes, query->count) &&
           has_all(filter, personal, query->hashes + query->room - query->whole_count,
                   query->whole_count);
}

bool cord_block_filter_may_be_left(const struct cord_block_filter *filter,
                                   const struct cord_block_filter_query *query)
{
    return has_all(filter, NULL, query->hashes, query->count);
}
