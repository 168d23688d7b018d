/* base32.c: see base32.h. */
#include "codec/base32.h"

enum { LETTER_BITS = 5, LETTERS = 32, GROUP = 8 };

static const char alphabet[LETTERS + 1] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

void cord_base32_encode(struct cord_buf *buf, cord_str bytes)
{
    uint32_t held = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        held = (held << 8 | (unsigned char)bytes.ptr[i]) & 0xffff;
        for (bits += 8; bits >= LETTER_BITS; bits -= LETTER_BITS) {
            cord_buf_put_char(buf, alphabet[held >> (bits - LETTER_BITS) & (LETTERS - 1)]);
        }
    }
    if (bits > 0) {
        cord_buf_put_char(buf, alphabet[held << (LETTER_BITS - bits) & (LETTERS - 1)]);
    }
}

static int value_of(char c)
{
    char small = cord_str_lower_char(c);
    if (small >= 'a' && small <= 'z') {
        return small - 'a';
    }
    return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

bool cord_base32_decode(cord_str text, unsigned char *buffer, size_t *ret_len)
{
    uint32_t held = 0;
    unsigned bits = 0;
    size_t letters = 0;
    size_t padding = 0;
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        int value = value_of(c);
        if (c == ' ' || c == '-') {
            continue;
        }
        padding += c == '=' ? 1 : 0;
        if (c == '=') {
            continue;
        }
        if (value < 0 || padding > 0) {
            return false;
        }
        letters++;
        held = (held << LETTER_BITS | (uint32_t)value) & 0xffff;
        bits += LETTER_BITS;
        if (bits >= 8) {
            bits -= 8;
            buffer[len++] = (unsigned char)(held >> bits);
        }
    }
    /* A last group of 1, 3 or 6 letters holds no whole number of bytes. */
    bool whole = bits < LETTER_BITS && (held & ((1U << bits) - 1)) == 0;
    if (!whole || (padding > 0 && (letters + padding) % GROUP != 0) || padding > 6) {
        return false;
    }
    *ret_len = len;
    return true;
}
