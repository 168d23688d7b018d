/*
 * account_grant.h: roles given to accounts, and taken away.
 *
 * A grant is never removed: it is revoked, or ends. As accounts.h in all else.
 */
#ifndef CORD_RECORD_ACCOUNT_GRANT_H
#define CORD_RECORD_ACCOUNT_GRANT_H

#include "record/accounts.h"
#include "record/rights.h"

/* grant->number is not looked at. CORD_E_FORMAT: the role is not for that scope, the scope has no
 * code or one too many, it ends before it begins; CORD_E_NOENT: no such account. */
CORD_MUST_USE cord_status cord_account_grant_add(struct cord_accounts *accounts, uint64_t account,
                                                 const struct cord_grant *grant,
                                                 const struct cord_actor *actor,
                                                 uint64_t *ret_number, struct cord_error *err);
/* From now on. CORD_E_NOENT: there is none, or it was revoked. */
CORD_MUST_USE cord_status cord_account_grant_revoke(struct cord_accounts *accounts, uint64_t number,
                                                    const struct cord_actor *actor,
                                                    struct cord_error *err);

/* In an arena. */
struct cord_account_grants {
    struct cord_grant *items;
    uint64_t *accounts; /* of whom each is */
    size_t count;
};

/* All of the account that are not revoked, also such as hold later or no longer. `account` 0: of
 * all accounts. */
CORD_MUST_USE cord_status cord_account_grant_list(struct cord_accounts *accounts, uint64_t account,
                                                  struct cord_arena *arena,
                                                  struct cord_account_grants *ret_grants,
                                                  struct cord_error *err);
/* The same of some accounts, a page of them. */
CORD_MUST_USE cord_status cord_account_grant_page(struct cord_accounts *accounts,
                                                  const struct cord_accounts_among *among,
                                                  struct cord_arena *arena,
                                                  struct cord_account_grants *ret_grants,
                                                  struct cord_error *err);
/* CORD_E_NOENT: there is none, it was revoked, or its role is not known here. */
CORD_MUST_USE cord_status cord_account_grant_get(struct cord_accounts *accounts, uint64_t number,
                                                 struct cord_arena *arena,
                                                 struct cord_grant *ret_grant,
                                                 uint64_t *ret_account, struct cord_error *err);

#endif
