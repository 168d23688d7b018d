/*
 * account_session.h: signing in, and what one then carries: a session, or an API token.
 *
 * As accounts.h in all else.
 */
#ifndef CORD_RECORD_ACCOUNT_SESSION_H
#define CORD_RECORD_ACCOUNT_SESSION_H

#include "record/accounts.h"
#include "record/rights.h"
#include "record/token.h"

/* Who a request is from. Texts and grants are in the arena it was read into. */
struct cord_identity {
    uint64_t account;
    cord_str login;
    cord_str name;
    struct cord_rights rights;
    uint64_t token;  /* number of the API token; 0: a session */
    int64_t ends_ns; /* at the latest */
};

enum cord_sign_in {
    CORD_SIGN_IN_DONE,
    CORD_SIGN_IN_REFUSED, /* whatever it was that was wrong: it is not said */
    CORD_SIGN_IN_WAIT,    /* nothing was looked at: too many were wrong before */
};

struct cord_sign_in_request {
    cord_str login;
    cord_str password;
    cord_str code;    /* of the second factor, or a recovery code; "" : none is given */
    cord_str address; /* as text, IPv4 or IPv6; waits go by it, IPv6 by its /64 */
};

struct cord_sign_in_result {
    enum cord_sign_in outcome;
    uint32_t wait_s;             /* when it is WAIT: ask again after so long */
    char token[CORD_TOKEN_TEXT]; /* when it is DONE: of the session; shown nowhere else */
    uint32_t most_s;             /* so long at most: for the cookie */
    uint64_t account;
    bool second_factor; /* there was one; without it many roles give nothing (role.h) */
};

/* An account that is not there, has no password, is disabled, or whose code is missing: the same
 * work, the same answer, the same waits. Any outcome is CORD_OK. CORD_E_BUSY: too many sign in
 * at once; none was charged for it. */
CORD_MUST_USE cord_status cord_account_session_sign_in(struct cord_accounts *accounts,
                                                       const struct cord_sign_in_request *request,
                                                       struct cord_sign_in_result *ret_result,
                                                       struct cord_error *err);

/* Whose session it is; using it keeps it going. CORD_E_NOENT: nobody's: none such, over, or of a
 * disabled account. */
CORD_MUST_USE cord_status cord_account_session_check(struct cord_accounts *accounts, cord_str token,
                                                     struct cord_arena *arena,
                                                     struct cord_identity *ret_identity,
                                                     struct cord_error *err);
/* CORD_OK also when there was none. */
CORD_MUST_USE cord_status cord_account_session_end(struct cord_accounts *accounts, cord_str token,
                                                   cord_str address, struct cord_error *err);
/* All of an account: "sign out everywhere". */
CORD_MUST_USE cord_status cord_account_session_end_all(struct cord_accounts *accounts,
                                                       uint64_t account,
                                                       const struct cord_actor *actor,
                                                       struct cord_error *err);

#endif
