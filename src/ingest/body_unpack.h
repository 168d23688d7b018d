/*
 * body_unpack.h: the body of a delivery, unpacked by its Content-Encoding.
 *
 * Each worker thread has one, which keeps its memory between bodies. What is
 * unpacked is bounded before it is begun: it goes into one stretch of address
 * space that is never more than bytes_max, and of which only what is filled
 * becomes memory. No window, no second buffer: a bomb costs bytes_max and the
 * time to fill it once.
 */
#ifndef CORD_INGEST_BODY_UNPACK_H
#define CORD_INGEST_BODY_UNPACK_H

#include "base/error.h"
#include "base/str.h"
#include "ingest/delivery.h"

#define CORD_BODY_UNPACK_PADDING 64

struct cord_body_unpack;

/* "gzip", "x-gzip", "deflate", "zstd", "identity" or nothing, in any case (RFC 9110
 * section 8.4.1, RFC 8878). CORD_E_UNSUPPORTED: another one, or several. */
CORD_MUST_USE cord_status cord_body_unpack_coding(cord_str header,
                                                  enum cord_delivery_coding *ret_coding);

CORD_MUST_USE cord_status cord_body_unpack_new(size_t bytes_max,
                                               struct cord_body_unpack **ret_unpack,
                                               struct cord_error *err);
void cord_body_unpack_free(struct cord_body_unpack *unpack);

/* *ret_bytes: good until the next call, with CORD_BODY_UNPACK_PADDING bytes of room behind
 * them; of CORD_CODING_IDENTITY, `packed` itself. Several members or frames come one
 * after the other. CORD_E_FORMAT: damaged, cut off, or followed by something else;
 * CORD_E_LIMIT: more than bytes_max. err is for the sender. */
CORD_MUST_USE cord_status cord_body_unpack_run(struct cord_body_unpack *unpack,
                                               enum cord_delivery_coding coding, cord_str packed,
                                               cord_str *ret_bytes, struct cord_error *err);

#endif
