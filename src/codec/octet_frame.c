/* octet_frame.c: see octet_frame.h. */
#include "codec/octet_frame.h"

cord_status cord_octet_frame_next(cord_str *input, size_t bytes_max, cord_str *ret_frame)
{
    size_t at = 0;
    size_t length = 0;

    for (; at < input->len && cord_str_is_digit(input->ptr[at]); at++) {
        size_t digit = (size_t)(input->ptr[at] - '0');
        if (at == 0 && digit == 0) {
            return CORD_E_FORMAT; /* RFC 6587 has no leading zero */
        }
        if (digit > bytes_max || length > (bytes_max - digit) / 10) {
            return CORD_E_LIMIT;
        }
        length = length * 10 + digit;
    }
    if (at == input->len) {
        return CORD_E_MORE;
    }
    if (at == 0 || input->ptr[at] != ' ') {
        return CORD_E_FORMAT;
    }
    at++;
    if (length > input->len - at) { /* subtract: adding could wrap */
        return CORD_E_MORE;
    }
    *ret_frame = (cord_str){input->ptr + at, length};
    *input = (cord_str){input->ptr + at + length, input->len - at - length};
    return CORD_OK;
}
