/* header_cutter.c: see header_cutter.h. */
#include "normalise/header_cutter.h"

#include <stdlib.h>

#include "base/buf.h"
#include "normalise/text_lines.h"

struct header_cutter {
    struct cord_lines_cutter lines; /* first: text_lines.c knows only this */
    struct cord_buf header;
    bool in_header; /* the last line seen was a header line */
};

struct cord_cutter *cord_header_cutter_new(void)
{
    struct header_cutter *cutter = calloc(1, sizeof *cutter);
    if (cutter) {
        cord_buf_init(&cutter->header, CORD_HEADER_BYTES_MAX);
    }
    return (struct cord_cutter *)cutter;
}

void cord_header_cutter_free(struct cord_cutter *cutter)
{
    if (cutter) {
        struct header_cutter *self = (struct header_cutter *)(void *)cutter;
        cord_buf_done(&self->header);
        free(self);
    }
}

/* A block of header lines adds to what is in force (#Date) until one begins anew:
 * with the line that logs begin with, or, after records, with new columns. */
static void keep(struct header_cutter *cutter, cord_str line)
{
    bool begins = cord_str_starts_fold(line, CORD_STR("#separator")) ||
                  cord_str_starts_fold(line, CORD_STR("#software"));
    bool names = cord_str_starts_fold(line, CORD_STR("#fields"));
    if (begins || (names && !cutter->in_header)) {
        cord_buf_clear(&cutter->header);
    }
    cutter->in_header = true;
    cord_buf_put(&cutter->header, line); /* at the ceiling: the rest is not kept */
}

static void walk(struct header_cutter *cutter, cord_str text)
{
    while (text.len > 0) {
        const char *end = memchr(text.ptr, '\n', text.len);
        size_t len = end ? (size_t)(end - text.ptr) + 1 : text.len;
        if (text.ptr[0] == '#') {
            keep(cutter, (cord_str){text.ptr, len});
        } else if (len > 2) {
            cutter->in_header = false;
        }
        text = cord_str_from_byte(text, len);
    }
}

size_t cord_header_cutter_cut(struct cord_cutter *cutter, cord_str text, bool last,
                              struct cord_batch *batch)
{
    struct header_cutter *self = (struct header_cutter *)(void *)cutter;
    size_t len = cord_text_lines_cut(&self->lines, text, last, batch);
    if (len == 0 || batch->preamble.len > 0) {
        return len; /* more is needed, or the rest of an overlong line */
    }
    if (self->header.len > 0) {
        batch->preamble = cord_arena_copy(batch->arena, cord_buf_str(&self->header));
    }
    walk(self, cord_str_slice(text, 0, len));
    return len;
}
