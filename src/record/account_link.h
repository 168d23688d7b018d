/*
 * account_link.h: links that sign somebody in by one click, once: for exercises.
 *
 * Who starts an exercise gets them at the machine itself, where the accounts' file is. A link is
 * kept in memory, as its hash: it ends when it was used, after a while, and with the process. A
 * session that begins so counts as one with a second factor, for who reads the machine's terminal
 * has more than that. Accounts that are not opened with `links` make none and take none. As
 * accounts.h in all else.
 */
#ifndef CORD_RECORD_ACCOUNT_LINK_H
#define CORD_RECORD_ACCOUNT_LINK_H

#include "record/account_session.h"

#define CORD_ACCOUNT_LINKS_MAX 16u

/* CORD_E_UNSUPPORTED: these accounts take no links; CORD_E_LIMIT: too many wait. */
CORD_MUST_USE cord_status cord_account_link_make(struct cord_accounts *accounts, uint64_t account,
                                                 char ret_token[CORD_TOKEN_TEXT],
                                                 struct cord_error *err);
/* Uses it up, and begins a session: ret_result as of signing in. CORD_E_NOENT: there is no such
 * link, it was used, is over, or its account is disabled. */
CORD_MUST_USE cord_status cord_account_link_use(struct cord_accounts *accounts, cord_str token,
                                                cord_str address,
                                                struct cord_sign_in_result *ret_result,
                                                struct cord_error *err);

#endif
