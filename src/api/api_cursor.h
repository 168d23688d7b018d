/*
 * api_cursor.h: places in lists and streams, as texts that only we can read.
 *
 * A cursor holds where to go on, and is good only for the question it came from:
 * `about` is that question. It is encrypted and authenticated (a synthetic
 * initialisation vector of SHA-256, which is its key stream, too), for a place may tell
 * how much others have. The same place of the same question is the same text. Pure;
 * any thread.
 */
#ifndef CORD_API_API_CURSOR_H
#define CORD_API_API_CURSOR_H

#include "base/buf.h"

#define CORD_API_SECRET_BYTES 32
#define CORD_API_CURSOR_MAX   512u /* characters */
#define CORD_API_PLACE_MAX    300u /* bytes of a place */

struct cord_api_secret {
    unsigned char bytes[CORD_API_SECRET_BYTES];
};

/* Appends it; letters, digits, '-' and '_' only. Failure is in buf->failed; a place that is too
 * long is one. */
void cord_api_cursor_write(const struct cord_api_secret *secret, cord_str about, cord_str place,
                           struct cord_buf *buf);

/* CORD_E_FORMAT: none of ours, or of another question. */
CORD_MUST_USE cord_status cord_api_cursor_read(const struct cord_api_secret *secret, cord_str about,
                                               cord_str text, char ret_place[CORD_API_PLACE_MAX],
                                               size_t *ret_len);

#endif
