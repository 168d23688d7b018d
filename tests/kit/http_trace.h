/*
 * http_trace.h: what a parser of HTTP makes of a connection's bytes, as text.
 *
 * The same bytes have to give the same text, in whatever pieces they come.
 */
#ifndef CORD_TESTS_KIT_HTTP_TRACE_H
#define CORD_TESTS_KIT_HTTP_TRACE_H

#include "base/buf.h"
#include "base/str.h"

enum { KIT_HTTP_HEAD_MAX = 1024, KIT_HTTP_BODY_MAX = 4096 };

/* Feeds the bytes in pieces of at most `step`, request after request, and appends
 * to log what came: "POST /path keep host=x [body]", "... more" where the bytes
 * end too early, "! 400 why" where they are refused. */
void kit_http_trace(cord_str bytes, size_t step, struct cord_buf *log);

#endif
