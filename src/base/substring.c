/* substring.c: see substring.h. */
#include "base/substring.h"

#include "base/fold.h"
#include "base/utf8.h"

#if CORD_CPU_X86
#include <immintrin.h>
#endif

/* The folded bytes of a code point are at most as many times shorter. */
enum { SHRINK_MAX = 3 };

enum { WINDOW = 16384 };

/* Frequent bytes of log text, the most frequent first. */
static const char frequent[] = "e\\ioantsr cdl.m0pwu1/2-3f4hg5x68b97v:\",y=k_";

static unsigned rareness(char c)
{
    const char *at = c != '\0' ? strchr(frequent, c) : NULL;
    return at ? (unsigned)(at - frequent) : sizeof frequent;
}

static bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

/* The two rarest bytes; the same twice when there is but one. */
static void choose_rare(cord_str folded, size_t rare[2])
{
    size_t best = 0;
    size_t next = folded.len > 1 ? 1 : 0;
    for (size_t i = 1; i < folded.len; i++) {
        if (rareness(folded.ptr[i]) > rareness(folded.ptr[best])) {
            next = best;
            best = i;
        } else if (i != next && rareness(folded.ptr[i]) > rareness(folded.ptr[next])) {
            next = i;
        }
    }
    rare[0] = best < next ? best : next;
    rare[1] = best < next ? next : best;
}

static bool is_here(cord_str folded, const char *text)
{
    for (size_t i = 0; i < folded.len; i++) {
        if (cord_str_lower_char(text[i]) != folded.ptr[i]) {
            return false;
        }
    }
    return true;
}

static bool any_high(cord_str text, size_t from, size_t end)
{
    unsigned char any = 0;
    for (size_t i = from; i < end; i++) {
        any |= (unsigned char)text.ptr[i];
    }
    return (any & 0x80) != 0;
}

static size_t scan_scalar(const struct cord_substring *substring, cord_str text, size_t from,
                          bool *high)
{
    cord_str folded = substring->folded;
    unsigned char any = 0;
    size_t rare = substring->rare[0];
    char wanted = folded.ptr[rare];
    size_t at = from;
    for (; text.len - at >= folded.len; at++) {
        any |= (unsigned char)text.ptr[at];
        if (cord_str_lower_char(text.ptr[at + rare]) == wanted && is_here(folded, text.ptr + at)) {
            *high = *high || (any & 0x80) != 0;
            return at;
        }
    }
    *high = *high || (any & 0x80) != 0 || any_high(text, at, text.len);
    return text.len;
}

#if CORD_CPU_X86

CORD_CPU_TARGET_AVX2 static size_t scan_avx2(const struct cord_substring *substring, cord_str text,
                                             size_t from, bool *high)
{
    cord_str folded = substring->folded;
    const size_t *rare = substring->rare;
    size_t places = text.len - from >= folded.len ? text.len - folded.len + 1 : from;
    if (places - from < 32) {
        return scan_scalar(substring, text, from, high);
    }
    char c0 = folded.ptr[rare[0]];
    char c1 = folded.ptr[rare[1]];
    const __m256i first = _mm256_set1_epi8(c0);
    const __m256i second = _mm256_set1_epi8(c1);
    const __m256i case0 = _mm256_set1_epi8(is_letter(c0) ? 0x20 : 0);
    const __m256i case1 = _mm256_set1_epi8(is_letter(c1) ? 0x20 : 0);
    __m256i any = _mm256_setzero_si256();
    size_t found = text.len;
    for (size_t at = from; at < places && found == text.len; at += 32) {
        /* The last block begins earlier rather than end behind the text. */
        at = at + 32 <= places ? at : places - 32;
        __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)(text.ptr + at + rare[0]));
        __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(text.ptr + at + rare[1]));
        any = _mm256_or_si256(any, a);
        a = _mm256_cmpeq_epi8(_mm256_or_si256(a, case0), first);
        b = _mm256_cmpeq_epi8(_mm256_or_si256(b, case1), second);
        uint32_t mask = (uint32_t)_mm256_movemask_epi8(_mm256_and_si256(a, b));
        for (; mask != 0; mask &= mask - 1) {
            size_t here = at + _tzcnt_u32(mask);
            if (is_here(folded, text.ptr + here)) {
                found = here;
                break;
            }
        }
    }
    size_t end = found == text.len ? text.len : found;
    size_t seen = found == text.len ? places + rare[0] : end;
    *high = *high || _mm256_movemask_epi8(any) != 0 || any_high(text, from, from + rare[0]) ||
            any_high(text, seen, end);
    return found;
}

CORD_CPU_TARGET_AVX512 static size_t scan_avx512(const struct cord_substring *substring,
                                                 cord_str text, size_t from, bool *high)
{
    cord_str folded = substring->folded;
    const size_t *rare = substring->rare;
    size_t places = text.len - from >= folded.len ? text.len - folded.len + 1 : from;
    char c0 = folded.ptr[rare[0]];
    char c1 = folded.ptr[rare[1]];
    const __m512i first = _mm512_set1_epi8(c0);
    const __m512i second = _mm512_set1_epi8(c1);
    const __m512i case0 = _mm512_set1_epi8(is_letter(c0) ? 0x20 : 0);
    const __m512i case1 = _mm512_set1_epi8(is_letter(c1) ? 0x20 : 0);
    __m512i any = _mm512_setzero_si512();
    size_t found = text.len;
    for (size_t at = from; at < places && found == text.len; at += 64) {
        size_t left = places - at;
        __mmask64 load = left >= 64 ? ~0ULL : ~0ULL >> (64 - left);
        __m512i a = _mm512_maskz_loadu_epi8(load, text.ptr + at + rare[0]);
        __m512i b = _mm512_maskz_loadu_epi8(load, text.ptr + at + rare[1]);
        any = _mm512_or_si512(any, a);
        uint64_t mask = _mm512_mask_cmpeq_epi8_mask(load, _mm512_or_si512(a, case0), first);
        mask = _mm512_mask_cmpeq_epi8_mask(mask, _mm512_or_si512(b, case1), second);
        for (; mask != 0; mask &= mask - 1) {
            size_t here = at + _tzcnt_u64(mask);
            if (is_here(folded, text.ptr + here)) {
                found = here;
                break;
            }
        }
    }
    size_t end = found == text.len ? text.len : found;
    size_t first_end = text.len - from < rare[0] ? text.len : from + rare[0];
    size_t seen = found == text.len ? places + rare[0] : end;
    *high = *high || _mm512_movepi8_mask(any) != 0 || any_high(text, from, first_end) ||
            any_high(text, seen, end);
    return found;
}

#endif

static cord_substring_scan *scan_at_level(enum cord_cpu_level level)
{
    return CORD_CPU_PICK(level, scan_scalar, scan_avx2, scan_avx512);
}

void cord_substring_init(struct cord_substring *substring, cord_str folded,
                         enum cord_cpu_level level)
{
    *substring = (struct cord_substring){.folded = folded, .scan = scan_at_level(level)};
    if (folded.len == 0) {
        return;
    }
    substring->is_ascii = cord_utf8_ascii_prefix(folded) == folded.len;
    substring->has_special =
        memchr(folded.ptr, 'k', folded.len) != NULL || memchr(folded.ptr, 's', folded.len) != NULL;
    choose_rare(folded, substring->rare);
}

/* Whether the needle begins `skip` bytes into what the character at `at` folds
 * to; by code points, for any text and needle. */
static bool folds_here(cord_str folded, cord_str text, size_t at, size_t skip, size_t *ret_end)
{
    size_t done = 0;
    while (done < folded.len && at < text.len) {
        uint32_t code = 0;
        char bytes[CORD_UTF8_BYTES_MAX];
        at += cord_utf8_decode(text, at, &code);
        cord_str piece = {bytes, cord_utf8_encode(cord_fold_code(code), bytes)};
        piece = cord_str_from_byte(piece, skip);
        size_t len = piece.len < folded.len - done ? piece.len : folded.len - done;
        if (len == 0 || memcmp(piece.ptr, folded.ptr + done, len) != 0) {
            return false;
        }
        done += len;
        skip = 0;
    }
    *ret_end = at;
    return done == folded.len;
}

/* Goes by characters from *from, where one begins, until one begins at or
 * behind `until`, which *from then is. */
static bool find_slowly(cord_str folded, cord_str text, size_t *from, size_t until,
                        struct cord_substring_hit *ret_hit)
{
    /* Only a needle that begins inside a character can be found inside one. */
    size_t skips = ((unsigned char)folded.ptr[0] & 0xc0) == 0x80 ? CORD_UTF8_BYTES_MAX : 1;
    while (*from < until) {
        uint32_t code = 0;
        size_t len = cord_utf8_decode(text, *from, &code);
        for (size_t skip = 0; skip < skips; skip++) {
            if (folds_here(folded, text, *from, skip, &ret_hit->end)) {
                ret_hit->at = *from;
                return true;
            }
        }
        *from += len;
    }
    return false;
}

/* Where a character begins that is at most `back` bytes before `at`: bytes below
 * 0xc0 that are no ASCII may be inside one, all others begin one. */
static size_t begin_before(cord_str text, size_t from, size_t at, size_t back)
{
    size_t begin = at - from > back ? at - back : from;
    while (begin > from && ((unsigned char)text.ptr[begin] & 0xc0) == 0x80) {
        begin--;
    }
    return begin;
}

static size_t next_high(cord_str text, size_t from)
{
    return from + cord_utf8_ascii_prefix(cord_str_from_byte(text, from));
}

/* A letter that folds across ASCII's border. */
static bool is_special(cord_str text, size_t at)
{
    cord_str rest = cord_str_from_byte(text, at);
    return cord_str_starts(rest, CORD_STR("\xc5\xbf")) ||
           cord_str_starts(rest, CORD_STR("\xe2\x84\xaa"));
}

/* A hit that holds what is not ASCII, and begins before `until`. */
static bool find_high(const struct cord_substring *substring, cord_str text, size_t from,
                      size_t until, struct cord_substring_hit *ret_hit)
{
    size_t back = SHRINK_MAX * substring->folded.len;
    for (size_t at = next_high(text, from); at < text.len; at = next_high(text, at + 1)) {
        if (at >= until && at - until >= back) {
            return false;
        }
        if (at < from || (substring->is_ascii && !is_special(text, at))) {
            continue;
        }
        from = begin_before(text, from, at, back);
        if (from >= until) {
            return false;
        }
        if (find_slowly(substring->folded, text, &from, at < until ? at + 1 : until, ret_hit)) {
            return true;
        }
    }
    return false;
}

/* Of an ASCII needle, a hit that begins in the window [from, until). */
static bool find_ascii(const struct cord_substring *substring, cord_str text, size_t from,
                       size_t until, struct cord_substring_hit *ret_hit)
{
    size_t len = substring->folded.len;
    cord_str window = {text.ptr, text.len - until < len - 1 ? text.len : until + len - 1};
    bool high = false;
    size_t at = substring->scan(substring, window, from, &high);
    bool found = at < window.len;
    if (high && substring->has_special &&
        find_high(substring, text, from, found ? at : until, ret_hit)) {
        return true;
    }
    *ret_hit = (struct cord_substring_hit){at, at + len};
    return found;
}

bool cord_substring_find(const struct cord_substring *substring, cord_str text, size_t from,
                         struct cord_substring_hit *ret_hit)
{
    if (substring->folded.len == 0) {
        *ret_hit = (struct cord_substring_hit){from, from};
        return true;
    }
    if (!substring->is_ascii) {
        return find_high(substring, text, from, text.len, ret_hit);
    }
    /* By windows: what lies behind a hit that is found slowly is not gone over
     * for each of very many of them. */
    while (text.len - from >= substring->folded.len) {
        size_t until = text.len - from > WINDOW ? from + WINDOW : text.len;
        if (find_ascii(substring, text, from, until, ret_hit)) {
            return true;
        }
        from = until;
    }
    return false;
}
