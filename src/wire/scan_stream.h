/*
 * scan_stream.h: one stream of a scan, cut into batches of whole records.
 *
 * One thread at a time.
 */
#ifndef CORD_WIRE_SCAN_STREAM_H
#define CORD_WIRE_SCAN_STREAM_H

#include "ingest/walk.h"
#include "normalise/decoder.h"

struct cord_scan_stream;

/* Opens nothing yet. format NULL: recognised by content. NULL when out of
 * memory. Borrows item and count. */
struct cord_scan_stream *cord_scan_stream_new(const struct cord_walk_item *item,
                                              const struct cord_format *format,
                                              size_t record_bytes_max, _Atomic uint64_t *count);
void cord_scan_stream_free(struct cord_scan_stream *stream);

/* Fills the batch with the stream's next whole records: text, offset, sequence
 * and `last`. CORD_E_END: there are none (after a batch with `last`, or at
 * once for an empty stream). Other failures end the stream; err says why, and
 * batch->text_offset where. */
CORD_MUST_USE cord_status cord_scan_stream_next(struct cord_scan_stream *stream,
                                                struct cord_batch *batch, struct cord_error *err);

/* Takes the next million bytes or so out, whole records, as a stream of their own:
 * another thread may read it beside this one, which goes on behind it. Its damage
 * is the stream's. NULL where that cannot be, or not yet, and the next batch is the
 * way on: packed data and pipes, formats whose records are not lines or lean on
 * earlier ones, the end of a file. */
struct cord_scan_stream *cord_scan_stream_part(struct cord_scan_stream *stream);

/* Known after the first batch; NULL before. */
const struct cord_format *cord_scan_stream_format(const struct cord_scan_stream *stream);

#endif
