/*
 * digest.h: SHA-256, by which what is kept is held to what it was; and hexadecimal.
 *
 * OpenSSL underneath. Any thread.
 */
#ifndef CORD_BASE_DIGEST_H
#define CORD_BASE_DIGEST_H

#include "base/error.h"
#include "base/str.h"

#define CORD_DIGEST_BYTES 32
#define CORD_DIGEST_TEXT  65 /* in hexadecimal, with a NUL */

struct cord_digest {
    unsigned char bytes[CORD_DIGEST_BYTES];
};

/* CORD_E_NOMEM is the only failure. */
CORD_MUST_USE cord_status cord_digest_of(cord_str bytes, struct cord_digest *ret_digest);

static inline bool cord_digest_eq(const struct cord_digest *a, const struct cord_digest *b)
{
    return memcmp(a->bytes, b->bytes, CORD_DIGEST_BYTES) == 0;
}

cord_str cord_digest_format(const struct cord_digest *digest, char buffer[CORD_DIGEST_TEXT]);
bool cord_digest_parse(cord_str text, struct cord_digest *ret_digest);

/* Lower case, two characters a byte and a NUL behind; text holds 2 * len + 1. */
void cord_digest_to_hex(const unsigned char *bytes, size_t len, char *text);
/* text has exactly 2 * len characters 0-9, a-f. */
bool cord_digest_from_hex(cord_str text, unsigned char *bytes, size_t len);

#endif
