/* intake_long.c: where a record ends that is too long to be taken. */
#include "wire/intake_internal.h"

#include "codec/json_frame.h"
#include "codec/octet_frame.h"

/* A document of one line, or of several, unless the next line starts afresh: then this one is cut
 * short. */
static size_t document_len(cord_str rest)
{
    struct cord_json_frame frame = {.depth = 1};
    size_t line = cord_str_find_char(rest, '\n', 0);
    bool opens = rest.ptr[0] == '{' || rest.ptr[0] == '[';
    size_t end = opens ? cord_json_frame_close(&frame, rest, 1, 0) : SIZE_MAX;
    bool afresh = line < rest.len - 1 && rest.ptr[line + 1] == '{';
    return end > line && (end == SIZE_MAX || afresh) ? line : end;
}

size_t cord_intake_long_len(enum cord_unwrap_form form, cord_str rest)
{
    cord_str left = rest;
    cord_str text;
    size_t end = 0;
    if (form == CORD_UNWRAP_TEXT) {
        bool whole = cord_octet_frame_next(&left, rest.len, &text) == CORD_OK;
        return whole ? rest.len - left.len : rest.len;
    }
    while (end < rest.len &&
           cord_str_find_char(CORD_STR(" \t\r\n,"), rest.ptr[end], 0) != SIZE_MAX) {
        end++;
    }
    if (end < rest.len) {
        size_t len = document_len(cord_str_from_byte(rest, end));
        end = len < rest.len - end ? end + len : rest.len;
    }
    end += end < rest.len && rest.ptr[end] == '\r' ? 1 : 0;
    end += end < rest.len && rest.ptr[end] == '\n' ? 1 : 0;
    return end;
}
