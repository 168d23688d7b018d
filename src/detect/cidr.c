/* cidr.c: see cidr.h. */
#include "detect/cidr.h"

#include <arpa/inet.h>

static bool parse_address(cord_str text, uint8_t ret_address[16], unsigned *ret_bits_max)
{
    char copy[INET6_ADDRSTRLEN];
    if (text.len == 0 || text.len >= sizeof copy) {
        return false;
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    if (strlen(copy) != text.len) {
        return false;
    }
    if (inet_pton(AF_INET6, copy, ret_address) == 1) {
        *ret_bits_max = 128;
        return true;
    }
    memset(ret_address, 0, 10);
    memset(ret_address + 10, 0xff, 2);
    *ret_bits_max = 32;
    return inet_pton(AF_INET, copy, ret_address + 12) == 1;
}

static bool clear_behind(uint8_t address[16], unsigned bits)
{
    bool any = false;
    for (unsigned at = 0; at < 16; at++) {
        unsigned keep = bits > at * 8 ? bits - at * 8 : 0;
        uint8_t mask = (uint8_t)(keep >= 8 ? 0xffu : 0xff00u >> keep);
        any = any || (address[at] & ~mask) != 0;
        address[at] = (uint8_t)(address[at] & mask);
    }
    return any;
}

bool cord_cidr_parse(cord_str text, uint8_t ret_address[16], uint8_t *ret_bits, bool *ret_host_bits)
{
    size_t slash = cord_str_find_char(text, '/', 0);
    unsigned bits_max = 0;
    uint64_t bits = 0;
    if (!parse_address(cord_str_slice(text, 0, slash), ret_address, &bits_max)) {
        return false;
    }
    if (slash == SIZE_MAX) {
        bits = bits_max;
    } else if (!cord_str_u64(cord_str_from_byte(text, slash + 1), &bits) || bits > bits_max) {
        return false;
    }
    bits += 128 - bits_max;
    *ret_host_bits = clear_behind(ret_address, (unsigned)bits);
    *ret_bits = (uint8_t)bits;
    return true;
}
