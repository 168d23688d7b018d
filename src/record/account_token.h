/*
 * account_token.h: API tokens: an account's rights in part, for a program, for a time.
 *
 * The token is shown once. It never can do more than its account can at that moment. As
 * accounts.h in all else.
 */
#ifndef CORD_RECORD_ACCOUNT_TOKEN_H
#define CORD_RECORD_ACCOUNT_TOKEN_H

#include "base/buf.h"
#include "record/account_session.h"

#define CORD_ACCOUNT_TOKEN_NAME_MAX 64u
#define CORD_ACCOUNT_TOKEN_DAYS_MAX 366u

struct cord_account_token {
    uint64_t number;
    uint64_t account;
    cord_str name;         /* what it is for */
    cord_verbs verbs;      /* its scopes: at least one */
    cord_str organisation; /* reaches this one's data alone; "": all that the account reaches */
    int64_t created_ns;
    int64_t ends_ns;
    int64_t used_ns;    /* to the minute; CORD_TIME_NONE: never */
    int64_t revoked_ns; /* CORD_TIME_NONE */
};

/* Of `token` account, name, verbs, organisation and ends_ns are looked at. CORD_E_FORMAT: err names
 * the member; CORD_E_NOENT: no such account. */
CORD_MUST_USE cord_status cord_account_token_add(struct cord_accounts *accounts,
                                                 const struct cord_account_token *token,
                                                 const struct cord_actor *actor,
                                                 char ret_text[CORD_TOKEN_TEXT],
                                                 uint64_t *ret_number, struct cord_error *err);
/* CORD_E_NOENT: there is none, or it was revoked. */
CORD_MUST_USE cord_status cord_account_token_revoke(struct cord_accounts *accounts, uint64_t number,
                                                    const struct cord_actor *actor,
                                                    struct cord_error *err);
/* Of an account, 0: of all; by number; in the arena. */
CORD_MUST_USE cord_status cord_account_token_list(struct cord_accounts *accounts, uint64_t account,
                                                  struct cord_arena *arena,
                                                  struct cord_account_token **ret_tokens,
                                                  size_t *ret_count, struct cord_error *err);
/* Those of some accounts, a page of them. */
CORD_MUST_USE cord_status cord_account_token_page(struct cord_accounts *accounts,
                                                  const struct cord_accounts_among *among,
                                                  struct cord_arena *arena,
                                                  struct cord_account_token **ret_tokens,
                                                  size_t *ret_count, struct cord_error *err);
/* CORD_E_NOENT: there is none. */
CORD_MUST_USE cord_status cord_account_token_get(struct cord_accounts *accounts, uint64_t number,
                                                 struct cord_arena *arena,
                                                 struct cord_account_token *ret_token,
                                                 struct cord_error *err);

/* Who it is ("Authorization: Bearer ..."). It counts as signed in with a second factor: whoever
 * made it was. CORD_E_NOENT: nobody. */
CORD_MUST_USE cord_status cord_account_token_check(struct cord_accounts *accounts, cord_str text,
                                                   struct cord_arena *arena,
                                                   struct cord_identity *ret_identity,
                                                   struct cord_error *err);

/* "claims.read figures.read", as in a file; "" for none. CORD_E_FORMAT: err names the verb and the
 * nearest. Blanks or commas between. */
CORD_MUST_USE cord_status cord_account_token_read_verbs(cord_str text, cord_verbs *ret_verbs,
                                                        struct cord_error *err);
void cord_account_token_write_verbs(cord_verbs verbs, struct cord_buf *text);

#endif
