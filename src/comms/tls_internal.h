/*
 * tls_internal.h: what a link asks of TLS, in OpenSSL's words.
 */
#ifndef CORD_COMMS_TLS_INTERNAL_H
#define CORD_COMMS_TLS_INTERNAL_H

#include "comms/tls.h"
#include "comms/tls_refusal.h"

#include <openssl/ssl.h>

/* A server's side of a connection over a non-blocking socket; NULL: out of
 * memory. Neither owns the socket nor holds a reference to tls. */
SSL *cord_tls_session(const struct cord_tls *tls, int socket);

/* Why it failed: the certificate's fault if there is one, else OpenSSL's `code`. */
enum cord_tls_refusal cord_tls_refusal_read(const SSL *ssl, unsigned long code,
                                            struct cord_error *err);

/* A resumed session is not verified again, and its certificate may have run out
 * since: CORD_E_FORMAT. */
CORD_MUST_USE cord_status cord_tls_peer_check(const SSL *ssl, struct cord_error *err);
/* The client's certificate is in one of these lists. */
bool cord_tls_peer_is_revoked(const struct cord_tls *tls, const SSL *ssl);
void cord_tls_peer_read(const SSL *ssl, struct cord_tls_peer *ret_peer);

/* --- tls_crl.c --- */

/* Lists of revoked certificates, in PEM: from now on every client's authority has
 * to have one here. Authorities of the context must be there already: a list that
 * bears the name of one and not its signature is refused. */
CORD_MUST_USE cord_status cord_tls_crl_load(const char *path, SSL_CTX *context,
                                            int64_t *ret_until_s, struct cord_error *err);
bool cord_tls_crl_has(SSL_CTX *context, X509 *certificate);

/* Seconds since 1970; false: no such time. */
bool cord_tls_seconds(const ASN1_TIME *when, int64_t *ret_seconds);

#endif
