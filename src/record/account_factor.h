/*
 * account_factor.h: the second factor: an authenticator's codes, and ten to keep in a drawer.
 *
 * As accounts.h in all else.
 */
#ifndef CORD_RECORD_ACCOUNT_FACTOR_H
#define CORD_RECORD_ACCOUNT_FACTOR_H

#include "record/accounts.h"

#include "base/buf.h"

#define CORD_ACCOUNT_FACTOR_CODES 10
#define CORD_ACCOUNT_FACTOR_TEXT  20 /* of a recovery code, "ABCD-EFGH-IJKL-MNOP", with a NUL */

struct cord_account_factor_codes {
    char text[CORD_ACCOUNT_FACTOR_CODES][CORD_ACCOUNT_FACTOR_TEXT];
};

/* Makes a secret that waits to be confirmed; another one before it is gone. Appends the URI for a
 * QR code, and the secret in base32 for typing; shown only now. `strong`: whoever asks signed in
 * with a second factor; CORD_E_UNSUPPORTED: he did not, and the account has one. */
CORD_MUST_USE cord_status cord_account_factor_begin(struct cord_accounts *accounts,
                                                    uint64_t account, bool strong,
                                                    struct cord_buf *uri, struct cord_buf *secret,
                                                    struct cord_error *err);
/* The authenticator's first code. From now on sign-in asks for one; the session (its token) counts
 * as signed in with it, others are over. The recovery codes are shown only now. CORD_E_FORMAT: not
 * the code; CORD_E_NOENT: nothing waits. */
struct cord_account_factor_proof {
    uint64_t account;
    cord_str code;    /* of the new authenticator */
    cord_str session; /* token of the one who enrols; "": none */
};
CORD_MUST_USE cord_status cord_account_factor_confirm(struct cord_accounts *accounts,
                                                      const struct cord_account_factor_proof *proof,
                                                      const struct cord_actor *actor,
                                                      struct cord_account_factor_codes *ret_codes,
                                                      struct cord_error *err);
/* Ten others: those before are no good any more. CORD_E_NOENT: it has no second factor. */
CORD_MUST_USE cord_status cord_account_factor_renew(struct cord_accounts *accounts,
                                                    uint64_t account,
                                                    const struct cord_actor *actor,
                                                    struct cord_account_factor_codes *ret_codes,
                                                    struct cord_error *err);
/* For whoever lost it all. Its sessions are over. CORD_E_NOENT: it has none. */
CORD_MUST_USE cord_status cord_account_factor_remove(struct cord_accounts *accounts,
                                                     uint64_t account,
                                                     const struct cord_actor *actor,
                                                     struct cord_error *err);

#endif
