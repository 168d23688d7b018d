/* http_target.c: see http_target.h. */
#include "comms/http_target.h"

void cord_http_target_split(cord_str target, cord_str *ret_path, cord_str *ret_query)
{
    size_t mark = cord_str_find_char(target, '?', 0);
    cord_str path = cord_str_slice(target, 0, mark);
    *ret_query = mark == SIZE_MAX ? CORD_STR("") : cord_str_from_byte(target, mark + 1);
    if (path.len > 0 && path.ptr[0] != '/') {
        size_t scheme = cord_str_find(path, CORD_STR("://"), 0);
        if (scheme != SIZE_MAX) {
            size_t slash = cord_str_find_char(path, '/', scheme + 3);
            path = slash == SIZE_MAX ? CORD_STR("/") : cord_str_from_byte(path, slash);
        }
    }
    *ret_path = path;
}

static int hex_value(char c)
{
    if (cord_str_is_digit(c)) {
        return c - '0';
    }
    char lower = cord_str_lower_char(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool cord_http_target_decode(cord_str raw, bool plus_is_blank, char *into, cord_str *ret_text)
{
    size_t len = 0;
    for (size_t at = 0; at < raw.len; at++) {
        char c = raw.ptr[at];
        if (c == '%') {
            int high = raw.len - at > 2 ? hex_value(raw.ptr[at + 1]) : -1;
            int low = high >= 0 ? hex_value(raw.ptr[at + 2]) : -1;
            if (low < 0 || (high == 0 && low == 0)) {
                return false;
            }
            c = (char)(high * 16 + low);
            at += 2;
        } else if (c == '+' && plus_is_blank) {
            c = ' ';
        }
        into[len++] = c;
    }
    *ret_text = (cord_str){into, len};
    return true;
}

bool cord_http_target_parameter(cord_str query, cord_str name, cord_str *ret_raw)
{
    cord_str piece;
    while (cord_str_cut(&query, '&', &piece)) {
        size_t equals = cord_str_find_char(piece, '=', 0);
        if (cord_str_eq(cord_str_slice(piece, 0, equals), name)) {
            *ret_raw = equals == SIZE_MAX ? CORD_STR("") : cord_str_from_byte(piece, equals + 1);
            return true;
        }
    }
    return false;
}
