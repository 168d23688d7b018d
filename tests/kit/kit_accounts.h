/*
 * kit_accounts.h: accounts in a folder of their own, with a clock that stands still.
 */
#ifndef CORD_TESTS_KIT_ACCOUNTS_H
#define CORD_TESTS_KIT_ACCOUNTS_H

#include "kit/kit.h"

#include "base/buf.h"
#include "record/account_grant.h"
#include "record/account_session.h"

#define KIT_PASSWORD CORD_STR("correct horse battery")

struct kit_accounts {
    char dir[64];
    int64_t now_ns;
    struct cord_accounts *accounts;
    struct cord_accounts_options options;
    struct cord_arena *arena;
    struct cord_buf told; /* the audit, one "kind act actor subject organisation detail" a line */
    size_t told_count;
    bool deaf; /* the port takes nothing */
};

/* Hashes cost next to nothing. */
void kit_accounts_init(struct kit_accounts *kit);
void kit_accounts_done(struct kit_accounts *kit);
void kit_accounts_reopen(struct kit_accounts *kit);

/* With KIT_PASSWORD, of organisation R1H. */
uint64_t kit_accounts_add(struct kit_accounts *kit, cord_str login);
uint64_t kit_accounts_grant(struct kit_accounts *kit, uint64_t account, enum cord_account_role role,
                            enum cord_scope scope, cord_str code);
/* From 192.0.2.1. */
struct cord_sign_in_result kit_accounts_sign_in(struct kit_accounts *kit, cord_str login,
                                                cord_str password, cord_str code);
/* The code of the secret, in base32, now and so many steps later. */
cord_str kit_accounts_code(struct kit_accounts *kit, cord_str secret, int steps, char buffer[16]);
/* The account has one afterwards; its secret in base32, in the arena. */
cord_str kit_accounts_factor(struct kit_accounts *kit, uint64_t account);

bool kit_accounts_was_told(const struct kit_accounts *kit, const char *text);

extern const struct cord_actor kit_accounts_actor; /* user:1 */

#endif
