/*
 * http_target.h: what a request is about: path and parameters (RFC 9112 section 3.2).
 *
 * Any thread; pure.
 */
#ifndef CORD_COMMS_HTTP_TARGET_H
#define CORD_COMMS_HTTP_TARGET_H

#include "base/str.h"

/* "/a/b?c=d", "http://host/a/b?c=d" or "*": path and query as they were sent. */
void cord_http_target_split(cord_str target, cord_str *ret_path, cord_str *ret_query);

/* %XX becomes its byte, and '+' a blank where it means that. `into` has room for
 * raw.len bytes. False: a broken escape, or a NUL. */
bool cord_http_target_decode(cord_str raw, bool plus_is_blank, char *into, cord_str *ret_text);

/* The value of the first parameter of this name, as it was sent; false: none. "a"
 * has the value "", as "a=" has. */
bool cord_http_target_parameter(cord_str query, cord_str name, cord_str *ret_raw);

#endif
