/* str.c: see str.h. */
#include "base/str.h"

bool cord_str_eq_fold(cord_str a, cord_str b)
{
    return a.len == b.len && cord_str_starts_fold(a, b);
}

bool cord_str_starts_fold(cord_str s, cord_str prefix)
{
    if (s.len < prefix.len) {
        return false;
    }
    for (size_t i = 0; i < prefix.len; i++) {
        if (cord_str_lower_char(s.ptr[i]) != cord_str_lower_char(prefix.ptr[i])) {
            return false;
        }
    }
    return true;
}

size_t cord_str_find(cord_str s, cord_str needle, size_t from)
{
    if (from > s.len || needle.len > s.len - from) {
        return SIZE_MAX;
    }
    if (needle.len == 0) {
        return from;
    }
    const char *hit = memmem(s.ptr + from, s.len - from, needle.ptr, needle.len);
    return hit ? (size_t)(hit - s.ptr) : SIZE_MAX;
}

size_t cord_str_find_char(cord_str s, char c, size_t from)
{
    if (from >= s.len) {
        return SIZE_MAX;
    }
    const char *hit = memchr(s.ptr + from, c, s.len - from);
    return hit ? (size_t)(hit - s.ptr) : SIZE_MAX;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

cord_str cord_str_trim(cord_str s)
{
    while (s.len > 0 && is_blank(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && is_blank(s.ptr[s.len - 1])) {
        s.len--;
    }
    return s;
}

bool cord_str_cut(cord_str *rest, char separator, cord_str *ret_head)
{
    if (!rest->ptr) {
        return false;
    }
    size_t at = cord_str_find_char(*rest, separator, 0);
    if (at == SIZE_MAX) {
        *ret_head = *rest;
        *rest = (cord_str){0};
        return true;
    }
    *ret_head = (cord_str){rest->ptr, at};
    *rest = (cord_str){rest->ptr + at + 1, rest->len - at - 1};
    return true;
}

bool cord_str_u64(cord_str s, uint64_t *ret_value)
{
    uint64_t value = 0;
    if (s.len == 0) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (!cord_str_is_digit(s.ptr[i])) {
            return false;
        }
        uint64_t digit = (uint64_t)(s.ptr[i] - '0');
        if (value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *ret_value = value;
    return true;
}

bool cord_str_i64(cord_str s, int64_t *ret_value)
{
    bool negative = s.len > 0 && s.ptr[0] == '-';
    uint64_t magnitude = 0;
    if (!cord_str_u64(cord_str_from_byte(s, negative ? 1 : 0), &magnitude)) {
        return false;
    }
    if (magnitude > (uint64_t)INT64_MAX + (negative ? 1 : 0)) {
        return false;
    }
    *ret_value = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return true;
}

int cord_str_compare(cord_str a, cord_str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common > 0 ? memcmp(a.ptr, b.ptr, common) : 0;
    if (order != 0) {
        return order;
    }
    return a.len < b.len ? -1 : a.len > b.len;
}
