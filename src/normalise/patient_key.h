/*
 * patient_key.h: patients by a keyed hash instead of by their identifiers.
 *
 * HMAC-SHA256 (RFC 2104, FIPS 180-4), its first 128 bits, written as "pk:" and 32
 * hexadecimal digits. Who lacks the key file can neither undo a key nor try all ten
 * digits of an NHS number; the same identifier has the same key as long as the file
 * stays the same, so that accesses to one patient can be counted.
 */
#ifndef CORD_NORMALISE_PATIENT_KEY_H
#define CORD_NORMALISE_PATIENT_KEY_H

#include "base/error.h"
#include "base/str.h"

#define CORD_PATIENT_KEY_BYTES 32
#define CORD_PATIENT_KEY_TEXT  35 /* "pk:" and 32 digits; no NUL */

/* By value: made once, then only read. Any thread. */
struct cord_patient_key {
    unsigned char secret[CORD_PATIENT_KEY_BYTES];
};

/* Reads the file, below the directory `at` or AT_FDCWD when the path is relative; makes it
 * of random bytes, mode 0600 and durable, when it is not there. Refused: a file that others than
 * its owner may read or write, that is no regular file or has another length. */
CORD_MUST_USE cord_status cord_patient_key_load(int at, const char *path,
                                                struct cord_patient_key *ret_key,
                                                struct cord_error *err);
/* Overwrites the secret. */
void cord_patient_key_forget(struct cord_patient_key *key);

/* The key of an identifier, byte for byte as it stands: its normal form is the
 * caller's (normalise/privacy.h). False when OpenSSL fails. */
CORD_MUST_USE bool cord_patient_key_write(const struct cord_patient_key *key, cord_str identifier,
                                          char ret_text[CORD_PATIENT_KEY_TEXT]);

#endif
