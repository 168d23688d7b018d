/*
 * base64.h: bytes as text of 64 letters (RFC 4648 section 4), and back.
 */
#ifndef CORD_CODEC_BASE64_H
#define CORD_CODEC_BASE64_H

#include "base/buf.h"

/* Appends the bytes, padded. Failure is in buf->failed. */
void cord_base64_encode(struct cord_buf *buf, cord_str bytes);

/* Into `buffer`, which has room for text.len * 3 / 4 + 3 bytes. The alphabet of URLs
 * (section 5) is understood, padding may be missing. False when it is not base64. */
bool cord_base64_decode(cord_str text, char *buffer, size_t *ret_len);

#endif
