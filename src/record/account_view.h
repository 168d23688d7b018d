/*
 * account_view.h: questions that people keep to ask them again, for themselves or their house.
 *
 * A kept question asserts nothing, and its author may take it back without a trace: so it is kept
 * beside the accounts and is no claim. One that is shared is seen by all accounts of the same home
 * organisation, and changed by its author alone. As accounts.h in all else.
 */
#ifndef CORD_RECORD_ACCOUNT_VIEW_H
#define CORD_RECORD_ACCOUNT_VIEW_H

#include "record/accounts.h"

#define CORD_ACCOUNT_VIEW_ID        25    /* 24 hexadecimal digits, drawn, and a NUL */
#define CORD_ACCOUNT_VIEW_NAME_MAX  128u  /* bytes */
#define CORD_ACCOUNT_VIEW_PAGE_MAX  32u   /* of the console: "alerts", "hunt" */
#define CORD_ACCOUNT_VIEW_QUERY_MAX 8192u /* what the page makes of it is its own */
#define CORD_ACCOUNT_VIEWS_MAX      200u  /* of one account */

struct cord_account_view {
    cord_str id;      /* of one that is there */
    uint64_t account; /* its author */
    cord_str name;
    cord_str page;
    cord_str query;
    bool shared;
    bool preferred; /* its author begins with it: at most one of a page */
    int64_t changed_ns;
};

/* id and changed_ns are not looked at. CORD_E_LIMIT: the account has CORD_ACCOUNT_VIEWS_MAX;
 * CORD_E_NOENT: no such account. */
CORD_MUST_USE cord_status cord_account_view_add(struct cord_accounts *accounts,
                                                const struct cord_account_view *view,
                                                char ret_id[CORD_ACCOUNT_VIEW_ID],
                                                struct cord_error *err);
/* In place of the one with view->id that view->account is the author of. CORD_E_NOENT: there is
 * none. */
CORD_MUST_USE cord_status cord_account_view_change(struct cord_accounts *accounts,
                                                   const struct cord_account_view *view,
                                                   struct cord_error *err);
CORD_MUST_USE cord_status cord_account_view_remove(struct cord_accounts *accounts, uint64_t account,
                                                   cord_str id, struct cord_error *err);

/* In an arena. */
struct cord_account_views {
    struct cord_account_view *items;
    size_t count;
};

struct cord_account_view_ask {
    uint64_t account;
    cord_str page; /* "": all */
    uint64_t skip; /* the first so many */
    size_t most;
};

/* The account's own and those shared with it, by page, then name. `preferred` is only ever true of
 * its own. */
CORD_MUST_USE cord_status cord_account_view_list(struct cord_accounts *accounts,
                                                 const struct cord_account_view_ask *ask,
                                                 struct cord_arena *arena,
                                                 struct cord_account_views *ret_views,
                                                 struct cord_error *err);

#endif
