/*
 * http_reply.h: a reply as bytes (RFC 9112 section 4).
 */
#ifndef CORD_COMMS_HTTP_REPLY_H
#define CORD_COMMS_HTTP_REPLY_H

#include "comms/http_server.h"

/* Appends the whole reply to `out`; without its body for `head_only`, whose length
 * is told nonetheless. False, and nothing appended: a header's name or value has a
 * character that could end it, or out's ceiling is reached. */
CORD_MUST_USE bool cord_http_reply_write(const struct cord_http_reply *reply, bool head_only,
                                         struct cord_buf *out);

/* The same for a body that goes on until the connection closes (RFC 9112 section 6.3):
 * without its length. */
CORD_MUST_USE bool cord_http_reply_write_open(const struct cord_http_reply *reply,
                                              struct cord_buf *out);

/* "Not Found"; "" for a status nobody uses here. */
const char *cord_http_reply_reason(unsigned status);

#endif
