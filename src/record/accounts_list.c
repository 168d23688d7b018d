/* accounts_list.c: which accounts there are: see accounts.h. */
#include "record/accounts_internal.h"

#define COLUMNS                                                                                    \
    "SELECT number, login, name, organisation, coalesce(issuer, ''), coalesce(subject, ''),"       \
    " password IS NOT NULL, totp_secret IS NOT NULL,"                                              \
    " (SELECT count(*) FROM recovery_code WHERE recovery_code.account = account.number),"          \
    " created_ns, disabled_ns, signed_in_ns FROM account "

static cord_status copy_text(struct cord_arena *arena, struct cord_sql_statement *row, int column,
                             cord_str *ret_text)
{
    *ret_text = cord_arena_copy(arena, cord_sql_column_text(row, column));
    return ret_text->ptr ? CORD_OK : cord_arena_failure(arena);
}

static cord_status read_account(struct cord_sql_statement *row, struct cord_arena *arena,
                                struct cord_account *ret_account)
{
    struct cord_account account = {
        .number = (uint64_t)cord_sql_column(row, 0),
        .has_password = cord_sql_column(row, 6) != 0,
        .has_second_factor = cord_sql_column(row, 7) != 0,
        .recovery_codes = (unsigned)cord_sql_column(row, 8),
        .created_ns = cord_sql_column(row, 9),
        .disabled_ns = cord_accounts_column_time(row, 10),
        .signed_in_ns = cord_accounts_column_time(row, 11),
    };
    cord_str *const texts[] = {&account.login, &account.name, &account.organisation,
                               &account.issuer, &account.subject};
    for (int i = 0; i < 5; i++) {
        cord_status status = copy_text(arena, row, i + 1, texts[i]);
        if (status != CORD_OK) {
            return status;
        }
    }
    *ret_account = account;
    return CORD_OK;
}

static cord_status one(struct cord_accounts *accounts, const char *sql, struct cord_arena *arena,
                       struct cord_account *ret_account, struct cord_error *err,
                       const struct cord_accounts_value values[2])
{
    struct cord_sql_statement *row = NULL;
    cord_accounts_lock(accounts);
    cord_status status = cord_accounts_one(accounts, sql, &row, err, values,
                                           values[1].kind == CORD_ACCOUNTS_NONE ? 1 : 2);
    if (status == CORD_OK) {
        status = read_account(row, arena, ret_account);
        cord_sql_free(row);
    }
    cord_accounts_unlock(accounts);
    return status;
}

cord_status cord_accounts_get(struct cord_accounts *accounts, uint64_t number,
                              struct cord_arena *arena, struct cord_account *ret_account,
                              struct cord_error *err)
{
    const struct cord_accounts_value values[2] = {cord_accounts_id(number),
                                                  {.kind = CORD_ACCOUNTS_NONE}};
    return one(accounts, COLUMNS "WHERE number = ?", arena, ret_account, err, values);
}

cord_status cord_accounts_find(struct cord_accounts *accounts, cord_str login,
                               struct cord_arena *arena, struct cord_account *ret_account,
                               struct cord_error *err)
{
    char buffer[CORD_ACCOUNTS_LOGIN_MAX];
    cord_str known = {NULL, 0};
    if (!cord_accounts_login(login, buffer, &known)) {
        return cord_error_set(err, CORD_E_NOENT, "there is none such");
    }
    const struct cord_accounts_value values[2] = {cord_accounts_text(known),
                                                  {.kind = CORD_ACCOUNTS_NONE}};
    return one(accounts, COLUMNS "WHERE login = ?", arena, ret_account, err, values);
}

cord_status cord_accounts_by_subject(struct cord_accounts *accounts, cord_str issuer,
                                     cord_str subject, struct cord_arena *arena,
                                     struct cord_account *ret_account, struct cord_error *err)
{
    const struct cord_accounts_value values[2] = {
        cord_accounts_text(issuer.ptr ? issuer : CORD_STR("")),
        cord_accounts_text(subject.ptr ? subject : CORD_STR(""))};
    return one(accounts, COLUMNS "WHERE issuer = ? AND subject = ?", arena, ret_account, err,
               values);
}

cord_status cord_accounts_list(struct cord_accounts *accounts, uint64_t after, size_t limit,
                               struct cord_arena *arena, struct cord_accounts_page *ret_page,
                               struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    size_t count = 0;
    struct cord_account *list = cord_arena_zalloc(arena, limit + 1, sizeof *list);
    if (!list) {
        return cord_arena_failure(arena);
    }
    cord_accounts_lock(accounts);
    cord_status status =
        cord_accounts_query(accounts, COLUMNS "WHERE number > ? ORDER BY number LIMIT ?", &row, err,
                            CORD_ACCOUNTS_WITH(cord_accounts_id(after), cord_accounts_id(limit)));
    while (status == CORD_OK && count < limit) {
        status = cord_sql_step(row, err);
        if (status == CORD_OK) {
            status = read_account(row, arena, &list[count]);
            count += status == CORD_OK ? 1 : 0;
        }
    }
    cord_sql_free(row);
    cord_accounts_unlock(accounts);
    if (status != CORD_OK && status != CORD_E_END) {
        return status;
    }
    *ret_page = (struct cord_accounts_page){list, count};
    return CORD_OK;
}
