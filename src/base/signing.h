/*
 * signing.h: Ed25519 keys (RFC 8032), by which a store answers for its chain.
 *
 * The secret key is kept as PEM (PKCS #8), as `openssl pkey` reads and writes
 * it. OpenSSL underneath. A key is used by one thread at a time.
 */
#ifndef CORD_BASE_SIGNING_H
#define CORD_BASE_SIGNING_H

#include "base/buf.h"

#define CORD_SIGNING_KEY_BYTES 32 /* of a public key */
#define CORD_SIGNATURE_BYTES   64

struct cord_signing_public {
    unsigned char bytes[CORD_SIGNING_KEY_BYTES];
};

struct cord_signing_key; /* a secret one */

CORD_MUST_USE cord_status cord_signing_make(struct cord_signing_key **ret_key,
                                            struct cord_error *err);
/* CORD_E_FORMAT: not PEM, or not an Ed25519 key without a password. */
CORD_MUST_USE cord_status cord_signing_read(cord_str pem, struct cord_signing_key **ret_key,
                                            struct cord_error *err);
/* Appends it as PEM. */
CORD_MUST_USE cord_status cord_signing_write(const struct cord_signing_key *key,
                                             struct cord_buf *pem);
void cord_signing_free(struct cord_signing_key *key);

struct cord_signing_public cord_signing_public(const struct cord_signing_key *key);

CORD_MUST_USE cord_status cord_signing_sign(const struct cord_signing_key *key, cord_str text,
                                            unsigned char ret_signature[CORD_SIGNATURE_BYTES]);

/* CORD_E_FORMAT: it is not theirs. */
CORD_MUST_USE cord_status cord_signing_verify(const struct cord_signing_public *key, cord_str text,
                                              const unsigned char signature[CORD_SIGNATURE_BYTES]);

#endif
