/*
 * account_seal.h: secrets that are kept to be read again, closed with a key of their own.
 *
 *   accounts.key   32 bytes; mode 0600; made with the accounts, read once when they are opened
 *
 * AES-256-GCM (NIST SP 800-38D) by OpenSSL: a nonce of 12 random bytes, the ciphertext, a tag of
 * 16. What a secret is of goes into the tag: moved to another account it opens no more. So a copy
 * of accounts.sqlite alone, as a backup is, gives no second factor away. Pure but for randomness;
 * any thread.
 */
#ifndef CORD_RECORD_ACCOUNT_SEAL_H
#define CORD_RECORD_ACCOUNT_SEAL_H

#include "base/error.h"
#include "base/str.h"

#define CORD_ACCOUNT_SEAL_FILE      "accounts.key"
#define CORD_ACCOUNT_SEAL_KEY_BYTES 32u
#define CORD_ACCOUNT_SEAL_MORE      28u  /* bytes that a sealed secret has more than itself */
#define CORD_ACCOUNT_SEAL_MAX       256u /* bytes of a secret */

struct cord_account_seal {
    unsigned char key[CORD_ACCOUNT_SEAL_KEY_BYTES];
    bool has; /* false: the file is gone, and what it closed cannot be read */
};

/* Reads the key's file. CORD_E_NOENT: there is none; CORD_E_FORMAT: it is no key. */
CORD_MUST_USE cord_status cord_account_seal_load(const char *dir,
                                                 struct cord_account_seal *ret_seal,
                                                 struct cord_error *err);
/* Makes a key and its file, durable when it returns; a file that is there stays. */
CORD_MUST_USE cord_status cord_account_seal_make(const char *dir,
                                                 struct cord_account_seal *ret_seal,
                                                 struct cord_error *err);

/* ret_sealed holds secret.len + CORD_ACCOUNT_SEAL_MORE bytes. */
CORD_MUST_USE cord_status cord_account_seal_close(const struct cord_account_seal *seal, cord_str of,
                                                  cord_str secret, unsigned char *ret_sealed,
                                                  struct cord_error *err);
/* ret_secret holds sealed.len - CORD_ACCOUNT_SEAL_MORE bytes, and is zeroes on failure.
 * CORD_E_DAMAGED: it was not closed so: another key, of another, or changed. */
CORD_MUST_USE cord_status cord_account_seal_open(const struct cord_account_seal *seal, cord_str of,
                                                 cord_str sealed, unsigned char *ret_secret,
                                                 struct cord_error *err);

#endif
