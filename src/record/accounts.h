/*
 * accounts.h: who may sign in: people and what proves them, in a file of its own.
 *
 *   accounts.sqlite   accounts, their roles, hashes of what they prove themselves by, sessions,
 *                     API tokens; mode 0600; never in the record, in an export or a backup of it
 *   accounts.key      opens the secrets of second factors (account_seal.h); mode 0600
 *
 * An account is never removed: the record says "user:17" for ever. It is disabled. Functions
 * of an account's parts are in account_*.h. All may be called by any thread, several processes may
 * have the file open; each waits for its turn and for the disk: never on a loop's
 * thread. Whether who asks may is the caller's to ask first (rights.h).
 */
#ifndef CORD_RECORD_ACCOUNTS_H
#define CORD_RECORD_ACCOUNTS_H

#include "base/arena.h"
#include "base/clock.h"
#include "record/audit.h"
#include "record/lockout.h"
#include "record/password.h"

#define CORD_ACCOUNTS_FILE      "accounts.sqlite"
#define CORD_ACCOUNTS_LOGIN_MAX 64u
#define CORD_ACCOUNTS_NAME_MAX  128u
#define CORD_ACCOUNTS_CODE_MAX  32u /* of an organisation or region */

struct cord_accounts;

struct cord_accounts_options {
    bool create;             /* the file, when there is none */
    struct cord_clock clock; /* wall time */
    struct cord_password_options password;
    struct cord_lockout_rule by_account; /* free 0: the usual one */
    struct cord_lockout_rule by_address;
    uint32_t idle_s;         /* a session ends when it is not used for so long; 0: an hour */
    uint32_t most_s;         /* and after so long in any case; 0: 12 hours */
    uint32_t setup_s;        /* a set-up link is good for so long; 0: a day */
    bool links;              /* they are of an exercise: account_link.h */
    struct cord_audit audit; /* put NULL: entries wait in the file for one who has a port */
    const char *vfs;         /* NULL: the system's (sql.h) */
};

CORD_MUST_USE cord_status cord_accounts_open(const char *dir,
                                             const struct cord_accounts_options *options,
                                             struct cord_accounts **ret_accounts,
                                             struct cord_error *err);
void cord_accounts_close(struct cord_accounts *accounts);

/* Hands on what has not been told yet; what other processes did, too. Every change does it for
 * itself; a server does it every so often. *ret_left, may be NULL: entries that wait still. */
CORD_MUST_USE cord_status cord_account_audit_tell(struct cord_accounts *accounts,
                                                  uint64_t *ret_left, struct cord_error *err);

/* Who does something, for the audit. */
struct cord_actor {
    uint64_t account; /* 0: whoever sits at the machine itself */
    cord_str address; /* "" */
};

struct cord_account {
    uint64_t number; /* "user:17" */
    cord_str login;
    cord_str name;         /* as it is shown */
    cord_str organisation; /* home: code */
    cord_str issuer;       /* of an identity provider, and who it is there; "" : signs in here */
    cord_str subject;
    bool has_password;
    bool has_second_factor;
    unsigned recovery_codes; /* left */
    int64_t created_ns;
    int64_t disabled_ns;  /* CORD_TIME_NONE: it is not */
    int64_t signed_in_ns; /* the last time; CORD_TIME_NONE */
};

/* login: 1 to 64 of a-z 0-9 . _ @ + -, capitals become small. CORD_E_FORMAT: err says which member
 * is wrong, also when there is such a login already. The account can do nothing yet: it needs a
 * password (or a set-up link to choose one), and roles. */
struct cord_account_new {
    cord_str login;
    cord_str name;
    cord_str organisation;
    cord_str issuer; /* with subject; or both "" */
    cord_str subject;
};
CORD_MUST_USE cord_status cord_accounts_add(struct cord_accounts *accounts,
                                            const struct cord_account_new *account,
                                            const struct cord_actor *actor, uint64_t *ret_number,
                                            struct cord_error *err);

/* Texts are in the arena. CORD_E_NOENT: there is none. */
CORD_MUST_USE cord_status cord_accounts_get(struct cord_accounts *accounts, uint64_t number,
                                            struct cord_arena *arena,
                                            struct cord_account *ret_account,
                                            struct cord_error *err);
CORD_MUST_USE cord_status cord_accounts_find(struct cord_accounts *accounts, cord_str login,
                                             struct cord_arena *arena,
                                             struct cord_account *ret_account,
                                             struct cord_error *err);
CORD_MUST_USE cord_status cord_accounts_by_subject(struct cord_accounts *accounts, cord_str issuer,
                                                   cord_str subject, struct cord_arena *arena,
                                                   struct cord_account *ret_account,
                                                   struct cord_error *err);
/* Which accounts a list is of, or what is theirs, and from where on: numbers after `after`, at
 * most `limit`. Of some organisations' it costs the same whatever others have. */
struct cord_accounts_among {
    bool some;             /* false: of all organisations */
    const cord_str *codes; /* of those it is of, as accounts have them */
    size_t count;
    uint64_t account; /* 0: any of them */
    uint64_t after;
    size_t limit;
};
/* By number. */
struct cord_accounts_page {
    struct cord_account *items; /* in the arena */
    size_t count;
};
CORD_MUST_USE cord_status cord_accounts_list(struct cord_accounts *accounts,
                                             const struct cord_accounts_among *among,
                                             struct cord_arena *arena,
                                             struct cord_accounts_page *ret_page,
                                             struct cord_error *err);
/* Instructions of the database's machine that lists have taken, ever: for tests of what is above.
 */
uint64_t cord_accounts_looked(struct cord_accounts *accounts);

/* Disabled it cannot sign in, its sessions are over and its tokens open nothing; enabled again,
 * its tokens do. CORD_E_NOENT. */
CORD_MUST_USE cord_status cord_accounts_disable(struct cord_accounts *accounts, uint64_t number,
                                                const struct cord_actor *actor,
                                                struct cord_error *err);
CORD_MUST_USE cord_status cord_accounts_enable(struct cord_accounts *accounts, uint64_t number,
                                               const struct cord_actor *actor,
                                               struct cord_error *err);
/* As people call whoever it is. CORD_E_NOENT; CORD_E_FORMAT: "name: ...". */
CORD_MUST_USE cord_status cord_accounts_rename(struct cord_accounts *accounts, uint64_t number,
                                               cord_str name, const struct cord_actor *actor,
                                               struct cord_error *err);

/* All its sessions are over: whoever asked signs in again. CORD_E_FORMAT: not
 * acceptable (password.h). CORD_E_BUSY: too many are being hashed. */
CORD_MUST_USE cord_status cord_accounts_set_password(struct cord_accounts *accounts,
                                                     uint64_t number, cord_str password,
                                                     const struct cord_actor *actor,
                                                     struct cord_error *err);

/* Another number whenever an account, grant, token or session has come, changed or gone since, by
 * whatever process. */
CORD_MUST_USE cord_status cord_accounts_version(struct cord_accounts *accounts,
                                                uint64_t *ret_version, struct cord_error *err);

#endif
