/* account_view.c: see account_view.h. */
#include "record/account_view.h"

#include "record/accounts_internal.h"

#include <openssl/rand.h>

enum { ID_BYTES = 12 };

/* At most one of a page is what its author begins with. */
static cord_status prefer(struct cord_accounts *accounts, const struct cord_account_view *view,
                          cord_str id, struct cord_error *err)
{
    return view->preferred ? cord_accounts_do(accounts,
                                              "UPDATE view SET preferred = (id = ?1)"
                                              " WHERE account = ?2 AND page = ?3",
                                              err,
                                              CORD_ACCOUNTS_WITH(cord_accounts_text(id),
                                                                 cord_accounts_id(view->account),
                                                                 cord_accounts_text(view->page)))
                           : CORD_OK;
}

static cord_status count_own(struct cord_accounts *accounts, uint64_t account,
                             struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    cord_status status =
        cord_accounts_one(accounts, "SELECT count(*) FROM view WHERE account = ?", &row, err,
                          CORD_ACCOUNTS_WITH(cord_accounts_id(account)));
    if (status == CORD_OK && cord_sql_column(row, 0) >= (int64_t)CORD_ACCOUNT_VIEWS_MAX) {
        status = cord_error_set(err, CORD_E_LIMIT, "an account keeps %u views at most",
                                CORD_ACCOUNT_VIEWS_MAX);
    }
    cord_sql_free(row);
    return status;
}

static cord_status insert(struct cord_accounts *accounts, const struct cord_account_view *view,
                          cord_str id, struct cord_error *err)
{
    cord_status status = count_own(accounts, view->account, err);
    if (status == CORD_OK) {
        status = cord_accounts_change(
            accounts,
            "INSERT INTO view(id, account, name, page, query, shared, preferred, changed_ns)"
            " SELECT ?1, number, ?2, ?3, ?4, ?5, ?6, ?7 FROM account WHERE number = ?8",
            err,
            CORD_ACCOUNTS_WITH(cord_accounts_text(id), cord_accounts_text(view->name),
                               cord_accounts_text(view->page), cord_accounts_text(view->query),
                               cord_accounts_int(view->shared), cord_accounts_int(view->preferred),
                               cord_accounts_int(cord_accounts_now_ns(accounts)),
                               cord_accounts_id(view->account)));
    }
    return status == CORD_OK ? prefer(accounts, view, id, err) : status;
}

cord_status cord_account_view_add(struct cord_accounts *accounts,
                                  const struct cord_account_view *view,
                                  char ret_id[CORD_ACCOUNT_VIEW_ID], struct cord_error *err)
{
    unsigned char bytes[ID_BYTES];
    char id[CORD_ACCOUNT_VIEW_ID];
    if (RAND_bytes(bytes, sizeof bytes) != 1) {
        return cord_error_set(err, CORD_E_IO, "no random numbers");
    }
    cord_digest_to_hex(bytes, sizeof bytes, id);
    cord_status status = cord_accounts_begin(accounts, err);
    if (status != CORD_OK) {
        return status;
    }
    status = insert(accounts, view, cord_str_from(id), err);
    status = cord_accounts_end(accounts, status, err);
    if (status == CORD_OK) {
        memcpy(ret_id, id, sizeof id);
    }
    return status;
}

cord_status cord_account_view_change(struct cord_accounts *accounts,
                                     const struct cord_account_view *view, struct cord_error *err)
{
    cord_status status = cord_accounts_begin(accounts, err);
    if (status != CORD_OK) {
        return status;
    }
    status = cord_accounts_change(
        accounts,
        "UPDATE view SET name = ?1, page = ?2, query = ?3, shared = ?4, preferred = ?5,"
        " changed_ns = ?6 WHERE id = ?7 AND account = ?8",
        err,
        CORD_ACCOUNTS_WITH(cord_accounts_text(view->name), cord_accounts_text(view->page),
                           cord_accounts_text(view->query), cord_accounts_int(view->shared),
                           cord_accounts_int(view->preferred),
                           cord_accounts_int(cord_accounts_now_ns(accounts)),
                           cord_accounts_text(view->id), cord_accounts_id(view->account)));
    status = status == CORD_OK ? prefer(accounts, view, view->id, err) : status;
    return cord_accounts_end(accounts, status, err);
}

cord_status cord_account_view_remove(struct cord_accounts *accounts, uint64_t account, cord_str id,
                                     struct cord_error *err)
{
    cord_status status = cord_accounts_begin(accounts, err);
    if (status != CORD_OK) {
        return status;
    }
    status =
        cord_accounts_change(accounts, "DELETE FROM view WHERE id = ? AND account = ?", err,
                             CORD_ACCOUNTS_WITH(cord_accounts_text(id), cord_accounts_id(account)));
    return cord_accounts_end(accounts, status, err);
}

static cord_status read_view(struct cord_sql_statement *row, struct cord_arena *arena,
                             struct cord_account_view *view)
{
    *view = (struct cord_account_view){
        .id = cord_arena_copy(arena, cord_sql_column_text(row, 0)),
        .account = (uint64_t)cord_sql_column(row, 1),
        .name = cord_arena_copy(arena, cord_sql_column_text(row, 2)),
        .page = cord_arena_copy(arena, cord_sql_column_text(row, 3)),
        .query = cord_arena_copy(arena, cord_sql_column_text(row, 4)),
        .shared = cord_sql_column(row, 5) != 0,
        .preferred = cord_sql_column(row, 6) != 0,
        .changed_ns = cord_sql_column(row, 7),
    };
    return view->id.ptr && view->name.ptr && view->page.ptr && view->query.ptr
               ? CORD_OK
               : cord_arena_failure(arena);
}

cord_status cord_account_view_list(struct cord_accounts *accounts,
                                   const struct cord_account_view_ask *ask,
                                   struct cord_arena *arena, struct cord_account_views *ret_views,
                                   struct cord_error *err)
{
    static const char sql[] =
        "SELECT v.id, v.account, v.name, v.page, v.query, v.shared,"
        " v.preferred AND v.account = ?1, v.changed_ns"
        " FROM view v JOIN account author ON author.number = v.account"
        " WHERE (v.account = ?1 OR (v.shared AND author.organisation ="
        " (SELECT organisation FROM account WHERE number = ?1)))"
        " AND (?2 = '' OR v.page = ?2) ORDER BY v.page, v.name, v.id LIMIT ?3 OFFSET ?4";
    struct cord_sql_statement *row = NULL;
    size_t count = 0;
    struct cord_account_view *list = cord_arena_zalloc(arena, ask->most + 1, sizeof *list);
    if (!list) {
        return cord_arena_failure(arena);
    }
    cord_accounts_lock(accounts);
    cord_status status = cord_accounts_query(
        accounts, sql, &row, err,
        CORD_ACCOUNTS_WITH(cord_accounts_id(ask->account), cord_accounts_text(ask->page),
                           cord_accounts_id(ask->most), cord_accounts_id(ask->skip)));
    while (status == CORD_OK && count < ask->most) {
        status = cord_sql_step(row, err);
        if (status == CORD_OK) {
            status = read_view(row, arena, &list[count]);
            count += status == CORD_OK ? 1 : 0;
        }
    }
    cord_sql_free(row);
    cord_accounts_unlock(accounts);
    if (status != CORD_OK && status != CORD_E_END) {
        return status;
    }
    *ret_views = (struct cord_account_views){list, count};
    return CORD_OK;
}
