/*
 * password.h: passwords as argon2id (RFC 9106), and how many are hashed at a time.
 *
 * A hash is text that says its own cost, "$argon2id$v=19$m=65536,t=3,p=1$...", so that the
 * cost may grow. Each takes its memory (64 MB) for a quarter of a second: a hasher lets
 * only so many go at a time, and so many wait; any thread may use it.
 */
#ifndef CORD_RECORD_PASSWORD_H
#define CORD_RECORD_PASSWORD_H

#include "base/error.h"
#include "base/str.h"

#include <stdint.h>

#define CORD_PASSWORD_TEXT      160  /* of a hash, with a NUL */
#define CORD_PASSWORD_BYTES_MIN 12   /* of a password */
#define CORD_PASSWORD_BYTES_MAX 1024 /* hashing must not be what a long one costs */

struct cord_password_options {
    uint32_t memory_kib; /* 0: 65,536 */
    uint32_t passes;     /* 0: 3 */
    uint32_t at_once;    /* 0: 2 */
    uint32_t waiting;    /* 0: 32 */
};

struct cord_password_hasher;

CORD_MUST_USE cord_status cord_password_hasher_new(const struct cord_password_options *options,
                                                   struct cord_password_hasher **ret_hasher,
                                                   struct cord_error *err);
void cord_password_hasher_free(struct cord_password_hasher *hasher);

/* May it be somebody's? UTF-8 without control characters, of at least 12 bytes, not one
 * letter again and again, and not (with) the login. err says what to do about it. */
CORD_MUST_USE cord_status cord_password_acceptable(cord_str password, cord_str login,
                                                   struct cord_error *err);

/* CORD_E_LIMIT: too many wait already. */
CORD_MUST_USE cord_status cord_password_hash(struct cord_password_hasher *hasher, cord_str password,
                                             char ret_hash[CORD_PASSWORD_TEXT]);

/* Whether it is that of the hash. An empty hash (there is no such account, it has no password)
 * costs the same and is never right. *ret_renew: it is, and the hash is of another cost than
 * the hasher's. CORD_E_FORMAT: the hash is none, or would cost beyond measure. CORD_E_LIMIT:
 * too many wait already. */
CORD_MUST_USE cord_status cord_password_check(struct cord_password_hasher *hasher, cord_str hash,
                                              cord_str password, bool *ret_right, bool *ret_renew);

#endif
