/*
 * text_lines.h: lines of a batch, and the cutting that keeps them whole.
 *
 * Lines end with LF or CRLF. A line of more than CORD_LINE_BYTES_MAX bytes is
 * refused and counted once, however many batches it covers: the cutter
 * remembers that it is inside of one and marks the batch that goes on with it.
 */
#ifndef CORD_NORMALISE_TEXT_LINES_H
#define CORD_NORMALISE_TEXT_LINES_H

#include "event/batch.h"

#define CORD_LINE_BYTES_MAX ((size_t)1 << 20)

/* A preamble that begins with this byte: the batch's text is the rest of a line
 * that was too long. No format's header can begin with it. */
#define CORD_LINES_REST '\x18'

/* The part that every line format's cutter state begins with. */
struct cord_lines_cutter {
    bool inside_long;
};

/* As cord_format.cut. cutter may be NULL: then the rest of an overlong line is
 * read as a line of its own. */
size_t cord_text_lines_cut(struct cord_lines_cutter *cutter, cord_str text, bool last,
                           struct cord_batch *batch);

/* True when this batch holds nothing but the rest of a refused line: it is
 * then taken as a whole. */
bool cord_text_lines_rest(struct cord_batch *batch);

/* The line at batch->taken without its line end, and the offset behind it.
 * Lines that are too long are refused here. False at the end of the text.
 * Does not move batch->taken otherwise: the caller does, when the line has
 * become an event. */
bool cord_text_lines_next(struct cord_batch *batch, cord_str *ret_line, size_t *ret_behind);

/* Counts the line as skipped or refused, and moves batch->taken behind it. */
void cord_text_lines_skip(struct cord_batch *batch, size_t behind);
void cord_text_lines_refuse(struct cord_batch *batch, size_t behind, cord_str reason);

#endif
