/*
 * base32.h: bytes as text of 32 letters (RFC 4648 section 6), and back: for what people type.
 */
#ifndef CORD_CODEC_BASE32_H
#define CORD_CODEC_BASE32_H

#include "base/buf.h"

/* Appends the bytes, without padding. Failure is in buf->failed. */
void cord_base32_encode(struct cord_buf *buf, cord_str bytes);

/* Into `buffer`, which has room for text.len * 5 / 8 + 1 bytes. Small letters are the same,
 * blanks and hyphens between are passed over, padding may be missing. False when it is not
 * base32: bits behind the last byte must be 0, so that a text and its bytes go with each other. */
bool cord_base32_decode(cord_str text, unsigned char *buffer, size_t *ret_len);

#endif
