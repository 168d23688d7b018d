/* text_lines.c: see text_lines.h. */
#include "normalise/text_lines.h"

/* Cuts the rest of an overlong line off, alone in its batch. */
static size_t cut_rest(struct cord_lines_cutter *cutter, cord_str text, bool last,
                       struct cord_batch *batch)
{
    size_t end = cord_str_find_char(text, '\n', 0);
    if (end == SIZE_MAX && !last && text.len <= CORD_LINE_BYTES_MAX) {
        return 0;
    }
    const char mark[] = {CORD_LINES_REST};
    batch->preamble = cord_arena_copy(batch->arena, (cord_str){mark, 1});
    cutter->inside_long = end == SIZE_MAX && !last;
    return end == SIZE_MAX ? text.len : end + 1;
}

size_t cord_text_lines_cut(struct cord_lines_cutter *cutter, cord_str text, bool last,
                           struct cord_batch *batch)
{
    if (cutter && cutter->inside_long) {
        return cut_rest(cutter, text, last, batch);
    }
    if (last || text.len == 0) {
        return text.len;
    }
    const char *end = memrchr(text.ptr, '\n', text.len);
    if (end) {
        return (size_t)(end - text.ptr) + 1;
    }
    if (text.len <= CORD_LINE_BYTES_MAX + 1) { /* one more for the CR of a CRLF */
        return 0;
    }
    if (cutter) {
        cutter->inside_long = true;
    }
    return text.len;
}

bool cord_text_lines_rest(struct cord_batch *batch)
{
    if (batch->preamble.len == 0 || batch->preamble.ptr[0] != CORD_LINES_REST) {
        return false;
    }
    batch->taken = batch->text_len;
    return true;
}

bool cord_text_lines_next(struct cord_batch *batch, cord_str *ret_line, size_t *ret_behind)
{
    while (batch->taken < batch->text_len) {
        const char *from = batch->text + batch->taken;
        size_t rest = batch->text_len - batch->taken;
        const char *end = memchr(from, '\n', rest);
        size_t len = end ? (size_t)(end - from) : rest;
        size_t behind = batch->taken + len + (end ? 1 : 0);

        if (len > 0 && from[len - 1] == '\r') {
            len--;
        }
        if (batch->text_offset + batch->taken == 0 && len >= 3 &&
            memcmp(from, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark is no text */
            from += 3;
            len -= 3;
        }
        if (len <= CORD_LINE_BYTES_MAX) {
            *ret_line = (cord_str){from, len};
            *ret_behind = behind;
            return true;
        }
        cord_text_lines_refuse(batch, behind, CORD_STR("line of more than 1 MiB"));
    }
    return false;
}

void cord_text_lines_skip(struct cord_batch *batch, size_t behind)
{
    batch->records++;
    batch->skipped++;
    batch->taken = behind;
}

void cord_text_lines_refuse(struct cord_batch *batch, size_t behind, cord_str reason)
{
    cord_batch_refuse(batch, batch->text_offset + batch->taken, reason);
    batch->taken = behind;
}
