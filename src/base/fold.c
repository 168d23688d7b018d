/*
 * fold.c: see fold.h.
 *
 * The table is generated from Unicode's CaseFolding.txt into the build folder
 * by tools/make_fold_table.awk: runs of code points that fold by the same
 * distance, grouped in pages of 256.
 */
#include "base/fold.h"

#include "base/utf8.h"

struct fold_run {
    unsigned char first; /* low byte of the code points, which are in one page */
    unsigned char last;
    unsigned char step; /* 1: all of them fold; 2: every other one */
    int delta;
};

#include "base/fold_internal.h"

uint32_t cord_fold_code(uint32_t code)
{
    if (code < 0x80) {
        return (unsigned char)cord_str_lower_char((char)code);
    }
    uint32_t page = code >> 8;
    if (page >= FOLD_PAGES) {
        return code;
    }
    uint32_t low = code & 0xff;
    for (size_t i = fold_pages[page]; i < fold_pages[page + 1]; i++) {
        const struct fold_run *run = &fold_runs[i];
        if (low < run->first) {
            break;
        }
        if (low <= run->last && (low - run->first) % run->step == 0) {
            return (uint32_t)((int)code + run->delta);
        }
    }
    return code;
}

/* Eight bytes at once; none is above 0x7f, so no sum carries into the next. */
static uint64_t lower_word(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101ULL;
    uint64_t from_a = word + ones * (0x80 - 'A');
    uint64_t above_z = word + ones * (0x7f - 'Z');
    return word | (from_a & ~above_z & (ones * 0x80)) >> 2;
}

/* Folds what is ASCII at the front of the text; the room is enough for all. */
static size_t fold_ascii(cord_str text, char *to)
{
    size_t at = 0;
    for (uint64_t word; text.len - at >= sizeof word; at += sizeof word) {
        memcpy(&word, text.ptr + at, sizeof word);
        if ((word & 0x8080808080808080ULL) != 0) {
            break;
        }
        word = lower_word(word);
        memcpy(to + at, &word, sizeof word);
    }
    for (; at < text.len && ((unsigned char)text.ptr[at] & 0x80) == 0; at++) {
        to[at] = cord_str_lower_char(text.ptr[at]);
    }
    return at;
}

size_t cord_fold_text(cord_str text, char *ret_buffer, size_t buffer_bytes)
{
    size_t written = 0;
    for (size_t at = 0; at < text.len;) {
        size_t room = buffer_bytes - written;
        size_t ascii = fold_ascii(cord_str_slice(text, at, room), ret_buffer + written);
        at += ascii;
        written += ascii;
        if (at == text.len) {
            break;
        }
        uint32_t code = 0;
        char bytes[CORD_UTF8_BYTES_MAX];
        at += cord_utf8_decode(text, at, &code);
        size_t len = cord_utf8_encode(cord_fold_code(code), bytes);
        if (len > buffer_bytes - written) {
            return SIZE_MAX;
        }
        memcpy(ret_buffer + written, bytes, len);
        written += len;
    }
    return written;
}

/* Takes one code point off the front, folded. */
static uint32_t take_folded(cord_str *text)
{
    uint32_t code = 0;
    *text = cord_str_from_byte(*text, cord_utf8_decode(*text, 0, &code));
    return cord_fold_code(code);
}

bool cord_fold_is_folded(cord_str text)
{
    while (text.len > 0) {
        uint32_t code = 0;
        size_t len = cord_utf8_decode(text, 0, &code);
        if (cord_fold_code(code) != code) {
            return false;
        }
        text = cord_str_from_byte(text, len);
    }
    return true;
}

bool cord_fold_eq(cord_str a, cord_str b)
{
    while (a.len > 0 && b.len > 0) {
        if (take_folded(&a) != take_folded(&b)) {
            return false;
        }
    }
    return a.len == b.len;
}
