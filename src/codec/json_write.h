/*
 * json_write.h: text as a JSON string.
 */
#ifndef CORD_CODEC_JSON_WRITE_H
#define CORD_CODEC_JSON_WRITE_H

#include "base/buf.h"

/* Appends the text with quotes around it, escaped as RFC 8259 section 7 asks;
 * bytes that are no UTF-8 become U+FFFD, so that the result is always valid.
 * Failure is in buf->failed. */
void cord_json_write_string(struct cord_buf *buf, cord_str text);

#endif
