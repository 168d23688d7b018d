/* accounts_list.c: which accounts there are: see accounts.h. */
#include "record/accounts_internal.h"

#include "codec/json_write.h"

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

/* --- lists --- */

#define CODES_BYTES_MAX ((size_t)16 << 20)

/* The organisations as a JSON array, in the arena: a statement reads it as it is stepped. */
static cord_status codes_of(const struct cord_accounts_among *among, struct cord_arena *arena,
                            cord_str *ret_codes)
{
    struct cord_buf text;
    cord_buf_init(&text, CODES_BYTES_MAX);
    cord_buf_put_char(&text, '[');
    for (size_t i = 0; i < among->count; i++) {
        cord_buf_put_text(&text, i > 0 ? "," : "");
        cord_json_write_string(&text, among->codes[i]);
    }
    cord_buf_put_char(&text, ']');
    *ret_codes = text.failed ? (cord_str){NULL, 0} : cord_arena_copy(arena, cord_buf_str(&text));
    cord_buf_done(&text);
    return ret_codes->ptr ? CORD_OK : CORD_E_NOMEM;
}

cord_status cord_accounts_rows(struct cord_accounts *accounts,
                               const struct cord_accounts_listing *listing,
                               const struct cord_accounts_among *among, struct cord_arena *arena,
                               struct cord_sql_statement **ret_statement, struct cord_error *err)
{
    cord_str codes = CORD_STR("");
    cord_status status = among->some ? codes_of(among, arena, &codes) : CORD_OK;
    return status == CORD_OK
               ? cord_accounts_query(
                     accounts, among->some ? listing->some : listing->all, ret_statement, err,
                     CORD_ACCOUNTS_WITH(cord_accounts_text(codes), cord_accounts_id(among->after),
                                        cord_accounts_id(among->limit),
                                        cord_accounts_id(among->account)))
               : cord_error_set(err, status, "out of memory");
}

void cord_accounts_rows_end(struct cord_accounts *accounts, struct cord_sql_statement *statement)
{
    if (statement) {
        accounts->looked += cord_sql_work(statement);
        cord_sql_free(statement);
    }
}

uint64_t cord_accounts_looked(struct cord_accounts *accounts)
{
    cord_accounts_lock(accounts);
    uint64_t looked = accounts->looked;
    cord_accounts_unlock(accounts);
    return looked;
}

cord_status cord_accounts_list(struct cord_accounts *accounts,
                               const struct cord_accounts_among *among, struct cord_arena *arena,
                               struct cord_accounts_page *ret_page, struct cord_error *err)
{
    static const struct cord_accounts_listing listing = {
        .all = COLUMNS "WHERE number > ?2 AND ?4 IN (0, number) ORDER BY number LIMIT ?3",
        .some = COLUMNS "INDEXED BY account_organisation"
                        " WHERE organisation IN (SELECT value FROM json_each(?1))"
                        " AND number > ?2 AND ?4 IN (0, number) ORDER BY number LIMIT ?3",
    };
    struct cord_sql_statement *row = NULL;
    size_t count = 0;
    struct cord_account *list = cord_arena_zalloc(arena, among->limit + 1, sizeof *list);
    if (!list) {
        return cord_arena_failure(arena);
    }
    cord_accounts_lock(accounts);
    cord_status status = cord_accounts_rows(accounts, &listing, among, arena, &row, err);
    while (status == CORD_OK && count < among->limit) {
        status = cord_sql_step(row, err);
        if (status == CORD_OK) {
            status = read_account(row, arena, &list[count]);
            count += status == CORD_OK ? 1 : 0;
        }
    }
    cord_accounts_rows_end(accounts, row);
    cord_accounts_unlock(accounts);
    if (status != CORD_OK && status != CORD_E_END) {
        return status;
    }
    *ret_page = (struct cord_accounts_page){list, count};
    return CORD_OK;
}
