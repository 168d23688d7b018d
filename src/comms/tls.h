/*
 * tls.h: what a server shows of itself and asks of its clients, over OpenSSL.
 *
 * TLS 1.2 and 1.3, forward secrecy and AEAD only, no renegotiation, no
 * compression; sessions are resumed in TLS 1.3 only. A context never changes:
 * reloading certificates makes another, and connections keep the one they began
 * with. Any thread.
 */
#ifndef CORD_COMMS_TLS_H
#define CORD_COMMS_TLS_H

#include "base/error.h"
#include "base/str.h"

struct cord_tls;

struct cord_tls_options {
    const char *certificate; /* path: PEM, the server's certificate and its chain */
    const char *key;         /* path: PEM; refused when others may read it */
    const char *client_ca;   /* path: PEM, who signs clients; NULL: none is asked for */
    bool client_required;    /* a client without a certificate is turned away */
    /* path: PEM, lists of revoked certificates; NULL: none is asked. Otherwise the
     * authority that signed a client has to have a list here. One that is older than
     * it says it may be goes on to count: see cord_tls_crl_until_s. */
    const char *crl;
};

/* err says which file, and what to do: the key is not of this certificate, the
 * certificate is out of date, ... */
CORD_MUST_USE cord_status cord_tls_new(const struct cord_tls_options *options,
                                       struct cord_tls **ret_tls, struct cord_error *err);
struct cord_tls *cord_tls_ref(struct cord_tls *tls);
void cord_tls_unref(struct cord_tls *tls);

/* End of the certificate's life, seconds since 1970. */
int64_t cord_tls_expires_s(const struct cord_tls *tls);
/* When the first list of revoked certificates is to be replaced by a newer one; 0:
 * there are none. Nobody is turned away for a stale list: it cannot say who was revoked
 * since, and to shut all senders out for it would blind us. Whoever runs the
 * server is to be told. */
int64_t cord_tls_crl_until_s(const struct cord_tls *tls);

#define CORD_TLS_FINGERPRINT 65
#define CORD_TLS_NAME        256

/* A client that proved itself by a certificate of client_ca. */
struct cord_tls_peer {
    bool present;
    char
        fingerprint[CORD_TLS_FINGERPRINT]; /* SHA-256 of the certificate, hexadecimal, lower case */
    /* That of the authority in client_ca that signed it; "" when one between did. */
    char authority[CORD_TLS_FINGERPRINT];
    char name[CORD_TLS_NAME]; /* its first DNS name, else its common name */
};

#endif
