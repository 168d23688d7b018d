/* cidr.c: see cidr.h. */
#include "base/cidr.h"

#include <arpa/inet.h>

enum { ADDRESS_BYTES_MAX = 64 };

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

/* "1.2.3.4" and "1.2.3.4:80"; a colon more than once is IPv6. */
static cord_str without_port(cord_str text)
{
    if (text.len > 1 && text.ptr[0] == '[') {
        size_t end = cord_str_find_char(text, ']', 0);
        bool whole = end != SIZE_MAX && (end + 1 == text.len || text.ptr[end + 1] == ':');
        return whole ? cord_str_slice(text, 1, end - 1) : ((cord_str){text.ptr, 0});
    }
    size_t colon = cord_str_find_char(text, ':', 0);
    if (colon != SIZE_MAX && cord_str_find_char(text, ':', colon + 1) == SIZE_MAX) {
        uint64_t port;
        return cord_str_u64(cord_str_from_byte(text, colon + 1), &port) && port <= UINT16_MAX
                   ? cord_str_slice(text, 0, colon)
                   : ((cord_str){text.ptr, 0});
    }
    return text;
}

bool cord_cidr_address(cord_str text, uint8_t ret_address[16])
{
    char copy[ADDRESS_BYTES_MAX];
    if (text.len < 2 || text.len >= sizeof copy) {
        return false;
    }
    text = without_port(text);
    bool v6 = cord_str_find_char(text, ':', 0) != SIZE_MAX;
    size_t zone = cord_str_find_char(text, '%', 0);
    if (v6 && zone != SIZE_MAX) {
        text = cord_str_slice(text, 0, zone);
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    if (memchr(copy, '\0', text.len)) {
        return false;
    }
    uint8_t address[16] = {[10] = 0xff, [11] = 0xff};
    if (inet_pton(v6 ? AF_INET6 : AF_INET, copy, v6 ? address : address + 12) != 1) {
        return false;
    }
    memcpy(ret_address, address, sizeof address);
    return true;
}

bool cord_cidr_holds(const uint8_t range[16], uint8_t bits, const uint8_t address[16])
{
    size_t bytes = bits / 8;
    unsigned rest = bits % 8;
    if (memcmp(address, range, bytes) != 0) {
        return false;
    }
    unsigned mask = 0xffu << (8 - rest) & 0xffu;
    return rest == 0 || (address[bytes] & mask) == (range[bytes] & mask);
}
