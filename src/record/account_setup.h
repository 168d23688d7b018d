/*
 * account_setup.h: links by which people choose their password themselves, once.
 *
 * There is no default password: while nobody has an account, a server prints a link, and whoever
 * follows it becomes the first administrator. For other accounts an administrator makes one. As
 * accounts.h in all else.
 */
#ifndef CORD_RECORD_ACCOUNT_SETUP_H
#define CORD_RECORD_ACCOUNT_SETUP_H

#include "record/accounts.h"
#include "record/token.h"

/* For the first administrator. Links made before are no good any more. CORD_E_END: there are
 * accounts; nothing is made. */
CORD_MUST_USE cord_status cord_account_setup_first(struct cord_accounts *accounts,
                                                   char ret_token[CORD_TOKEN_TEXT],
                                                   struct cord_error *err);
/* For an account; its link before is no good any more. CORD_E_NOENT: there is none, or it is
 * disabled. */
CORD_MUST_USE cord_status cord_account_setup_make(struct cord_accounts *accounts, uint64_t account,
                                                  const struct cord_actor *actor,
                                                  char ret_token[CORD_TOKEN_TEXT],
                                                  struct cord_error *err);

/* What a page asks for: *ret_account 0: a new account, with login, name and organisation.
 * CORD_E_NOENT: the link was used, is over, or there never was one. */
CORD_MUST_USE cord_status cord_account_setup_look(struct cord_accounts *accounts, cord_str token,
                                                  uint64_t *ret_account, struct cord_error *err);

struct cord_account_setup {
    cord_str token;
    cord_str password;
    cord_str address;                /* whence */
    struct cord_account_new account; /* counts only for the first one */
};
/* Uses it up: the account gets its password; the first one is made, and is administrator of the
 * whole. Nobody is signed in by it. CORD_E_NOENT as for _look;
 * CORD_E_FORMAT: something is not acceptable, the link is still good. */
CORD_MUST_USE cord_status cord_account_setup_use(struct cord_accounts *accounts,
                                                 const struct cord_account_setup *setup,
                                                 uint64_t *ret_account, struct cord_error *err);

#endif
