/*
 * tls_refusal.h: why a TLS handshake came to nothing, in words that can be counted.
 */
#ifndef CORD_COMMS_TLS_REFUSAL_H
#define CORD_COMMS_TLS_REFUSAL_H

enum cord_tls_refusal {
    CORD_TLS_REFUSAL_OTHER, /* memory, the socket */
    /* What came was no handshake of ours. */
    CORD_TLS_REFUSAL_MALFORMED, /* no TLS, or broken */
    CORD_TLS_REFUSAL_OLD,       /* only versions, ciphers or signatures that are too weak */
    CORD_TLS_REFUSAL_TIMEOUT,   /* not whole in time */
    CORD_TLS_REFUSAL_LEFT,      /* the client closed in the middle */
    CORD_TLS_REFUSAL_ALERT,     /* the client broke off, such as for not trusting our certificate */
    /* The client's certificate. */
    CORD_TLS_REFUSAL_NONE, /* there is none, and one is required */
    CORD_TLS_REFUSAL_EXPIRED,
    CORD_TLS_REFUSAL_EARLY,     /* not valid yet */
    CORD_TLS_REFUSAL_AUTHORITY, /* signed by nobody in client_ca, or by itself */
    CORD_TLS_REFUSAL_REVOKED,   /* its authority's list says so */
    CORD_TLS_REFUSAL_UNLISTED,  /* its authority has no list in crl, or an unusable one */
    CORD_TLS_REFUSAL_WEAK,      /* a short key, or a signature by SHA-1 or MD5 */
    CORD_TLS_REFUSAL_PURPOSE,   /* not made for a client */
    CORD_TLS_REFUSAL_INVALID,   /* anything else about it */
    CORD_TLS_REFUSAL_COUNT,
};

/* "expired", ...: stable, in metrics and log. */
const char *cord_tls_refusal_name(enum cord_tls_refusal refusal);

#endif
