/*
 * totp.h: codes that change every half minute (RFC 6238, over RFC 4226).
 *
 * OpenSSL's HMAC underneath. Pure; any thread.
 */
#ifndef CORD_RECORD_TOTP_H
#define CORD_RECORD_TOTP_H

#include "base/buf.h"
#include "base/error.h"

#include <stdint.h>

#define CORD_TOTP_SECRET_BYTES 20 /* as RFC 4226 section 4 R6 recommends */
#define CORD_TOTP_DIGITS_MAX   8

enum cord_totp_hash { CORD_TOTP_SHA1, CORD_TOTP_SHA256, CORD_TOTP_SHA512 };

struct cord_totp {
    enum cord_totp_hash hash;
    unsigned digits; /* 6 to 8 */
    unsigned period_s;
};

/* SHA-1, 6 digits, 30 seconds: what every authenticator understands. */
struct cord_totp cord_totp_usual(void);

/* The code of one step: now in seconds / period. CORD_E_NOMEM is the only failure. */
CORD_MUST_USE cord_status cord_totp_code(const struct cord_totp *totp, cord_str secret,
                                         uint64_t step, uint32_t *ret_code);

/* Whether the text is the code of the step of now_ns or one beside it (clocks differ), later
 * than `last`: one that was used is not taken again (RFC 6238 section 5.2). Takes the
 * same time whichever it is. *ret_step: -1 when it is not. */
CORD_MUST_USE cord_status cord_totp_check(const struct cord_totp *totp, cord_str secret,
                                          cord_str text, int64_t now_ns, int64_t last,
                                          int64_t *ret_step);

/* Appends otpauth://totp/Issuer:account?secret=... for a QR code; what is not a letter, a digit or
 * one of "-._~" is percent-encoded. Failure is in uri->failed. */
void cord_totp_uri(const struct cord_totp *totp, cord_str issuer, cord_str account, cord_str secret,
                   struct cord_buf *uri);

#endif
