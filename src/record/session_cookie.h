/*
 * session_cookie.h: a session as browsers carry it.
 *
 * The cookie's name begins with "__Host-": a browser takes and sends it only over TLS, for this
 * host alone (RFC 6265bis section 4.1.3.2). What forms and scripts send beside it against
 * forged requests is derived from it: nothing of it is kept. Pure; any thread.
 */
#ifndef CORD_RECORD_SESSION_COOKIE_H
#define CORD_RECORD_SESSION_COOKIE_H

#include "base/buf.h"
#include "base/error.h"
#include "record/token.h"

#include <stdint.h>

/* Appends the value of Set-Cookie. `seconds`: until it ends; 0: the browser forgets it now. */
void cord_session_cookie_write(cord_str token, uint32_t seconds, struct cord_buf *value);

/* The session's token out of a Cookie header: a part of it. CORD_E_NOENT: it has none;
 * CORD_E_FORMAT: it has two that differ, and who set which is not to be known. */
CORD_MUST_USE cord_status cord_session_cookie_read(cord_str header, cord_str *ret_token);

/* HMAC-SHA-256 keyed by the token, in hexadecimal. CORD_E_NOMEM is the only failure. */
CORD_MUST_USE cord_status cord_session_cookie_csrf(cord_str token, char ret_text[CORD_DIGEST_TEXT]);
/* In constant time. False also when it cannot be said. */
bool cord_session_cookie_csrf_right(cord_str token, cord_str csrf);

#endif
