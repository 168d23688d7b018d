/*
 * tls_internal.h: what a link asks of TLS, in OpenSSL's words.
 */
#ifndef CORD_COMMS_TLS_INTERNAL_H
#define CORD_COMMS_TLS_INTERNAL_H

#include "comms/tls.h"

#include <openssl/ssl.h>

/* A server's side of a connection over a non-blocking socket; NULL: out of
 * memory. Neither owns the socket nor holds a reference to tls. */
SSL *cord_tls_session(const struct cord_tls *tls, int socket);

/* Why it failed: the certificate's fault if there is one, else OpenSSL's `code`. */
void cord_tls_error(const SSL *ssl, unsigned long code, struct cord_error *err);

/* A resumed session is not verified again, and its certificate may have run out
 * since: CORD_E_FORMAT. */
CORD_MUST_USE cord_status cord_tls_peer_check(const SSL *ssl, struct cord_error *err);
void cord_tls_peer_read(const SSL *ssl, struct cord_tls_peer *ret_peer);

#endif
