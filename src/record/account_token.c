/* account_token.c: see account_token.h. */
#include "record/account_token.h"

#include "base/nearest.h"
#include "record/accounts_internal.h"

#include <inttypes.h>
#include <stdio.h>

enum { DETAIL_BYTES = 64, VERBS_BYTES_MAX = 2048, USED_EVERY_S = 60 };

#define DAY_NS (86400 * CORD_SECOND_NS)

/* --- scopes --- */

static cord_status unknown_verb(cord_str word, struct cord_error *err)
{
    struct cord_nearest nearest;
    cord_nearest_init(&nearest, word);
    for (unsigned i = 0; i < CORD_VERB_COUNT; i++) {
        cord_nearest_offer(&nearest, cord_str_from(cord_role_verb_name((enum cord_verb)i)));
    }
    cord_str near = cord_nearest_found(&nearest);
    return cord_error_set(err, CORD_E_FORMAT, "scopes: there is no '%.*s'%s%.*s%s",
                          CORD_STR_ARG(cord_str_slice(word, 0, 64)),
                          near.ptr ? ", did you mean '" : "", CORD_STR_ARG(near),
                          near.ptr ? "'?" : "");
}

cord_status cord_account_token_read_verbs(cord_str text, cord_verbs *ret_verbs,
                                          struct cord_error *err)
{
    cord_verbs verbs = 0;
    for (size_t at = 0; at < text.len;) {
        size_t end = at;
        enum cord_verb verb = CORD_VERB_COUNT;
        while (end < text.len && text.ptr[end] != ' ' && text.ptr[end] != ',') {
            end++;
        }
        cord_str word = cord_str_slice(text, at, end - at);
        if (word.len > 0 && !cord_role_verb_find(word, &verb)) {
            return unknown_verb(word, err);
        }
        verbs |= word.len > 0 ? cord_verbs_of(verb) : 0;
        at = end + 1;
    }
    *ret_verbs = verbs;
    return CORD_OK;
}

void cord_account_token_write_verbs(cord_verbs verbs, struct cord_buf *text)
{
    const char *between = "";
    for (unsigned i = 0; i < CORD_VERB_COUNT; i++) {
        if (verbs & cord_verbs_of((enum cord_verb)i)) {
            cord_buf_put_text(text, between);
            cord_buf_put_text(text, cord_role_verb_name((enum cord_verb)i));
            between = " ";
        }
    }
}

/* --- changes --- */

static cord_status check_new(const struct cord_accounts *accounts,
                             const struct cord_account_token *token, struct cord_error *err)
{
    int64_t now_ns = cord_accounts_now_ns(accounts);
    if (!cord_accounts_is_text(token->name, CORD_ACCOUNT_TOKEN_NAME_MAX)) {
        return cord_error_set(err, CORD_E_FORMAT, "name: 1 to 64 bytes that say what it is for");
    }
    if (token->verbs == 0 || token->verbs >> CORD_VERB_COUNT) {
        return cord_error_set(err, CORD_E_FORMAT, "scopes: at least one, such as figures.read");
    }
    if (token->organisation.len > 0 && !cord_accounts_is_code(token->organisation)) {
        return cord_error_set(err, CORD_E_FORMAT, "organisation: no code of one");
    }
    if (token->ends_ns <= now_ns ||
        token->ends_ns - now_ns > CORD_ACCOUNT_TOKEN_DAYS_MAX * DAY_NS) {
        return cord_error_set(err, CORD_E_FORMAT, "expires: within a year from now, not before");
    }
    return CORD_OK;
}

static cord_str describe(uint64_t number, char buffer[DETAIL_BYTES])
{
    int len = snprintf(buffer, DETAIL_BYTES, "token %" PRIu64, number);
    return (cord_str){buffer, len > 0 ? (size_t)len : 0};
}

static cord_status insert(struct cord_accounts *accounts, const struct cord_account_token *token,
                          const struct cord_digest *hash, const struct cord_actor *actor,
                          uint64_t *ret_number, struct cord_error *err)
{
    char detail[DETAIL_BYTES];
    struct cord_buf verbs;
    cord_buf_init(&verbs, VERBS_BYTES_MAX);
    cord_account_token_write_verbs(token->verbs, &verbs);
    cord_status status =
        verbs.failed
            ? CORD_E_NOMEM
            : cord_accounts_change(
                  accounts,
                  "INSERT INTO api_token(hash, account, name, verbs, organisation, created_ns,"
                  " ends_ns) SELECT ?, number, ?, ?, ?, ?, ? FROM account WHERE number = ?",
                  err,
                  CORD_ACCOUNTS_WITH(
                      cord_accounts_hash_value(hash), cord_accounts_text(token->name),
                      cord_accounts_text(cord_buf_str(&verbs)),
                      cord_accounts_text(token->organisation.ptr ? token->organisation
                                                                 : CORD_STR("")),
                      cord_accounts_int(cord_accounts_now_ns(accounts)),
                      cord_accounts_int(token->ends_ns), cord_accounts_id(token->account)));
    cord_buf_done(&verbs);
    if (status == CORD_OK) {
        status = cord_accounts_last(accounts, ret_number, err);
    }
    if (status == CORD_OK) {
        status = cord_account_audit_change(accounts, actor, "token.add", token->account,
                                           describe(*ret_number, detail), err);
    }
    return status;
}

cord_status cord_account_token_add(struct cord_accounts *accounts,
                                   const struct cord_account_token *token,
                                   const struct cord_actor *actor, char ret_text[CORD_TOKEN_TEXT],
                                   uint64_t *ret_number, struct cord_error *err)
{
    char text[CORD_TOKEN_TEXT];
    struct cord_digest hash;
    uint64_t number = 0;
    cord_status status = check_new(accounts, token, err);
    if (status == CORD_OK) {
        status = cord_token_make(CORD_TOKEN_API, text, &hash);
    }
    if (status == CORD_OK) {
        status = cord_accounts_begin(accounts, err);
    }
    if (status != CORD_OK) {
        return status;
    }
    status = insert(accounts, token, &hash, actor, &number, err);
    status = cord_accounts_end(accounts, status, err);
    if (status == CORD_OK) {
        memcpy(ret_text, text, sizeof text);
        *ret_number = number;
    }
    return status;
}

cord_status cord_account_token_revoke(struct cord_accounts *accounts, uint64_t number,
                                      const struct cord_actor *actor, struct cord_error *err)
{
    static const struct cord_accounts_revocable what = {
        .noun = "token",
        .verb = "token.revoke",
        .find = "SELECT account FROM api_token WHERE number = ?",
        .revoke = "UPDATE api_token SET revoked_ns = ? WHERE number = ? AND revoked_ns IS NULL",
    };
    return cord_accounts_revoke(accounts, &what, number, actor, err);
}

/* --- which there are --- */

#define COLUMNS                                                                                    \
    "SELECT t.number, t.account, t.name, t.verbs, t.organisation, t.created_ns, t.ends_ns,"        \
    " t.used_ns, t.revoked_ns FROM "

/* Scopes that this version does not know are none: whatever they were, it cannot do it. */
static cord_verbs known_verbs(cord_str text)
{
    cord_verbs verbs = 0;
    cord_str word;
    while (cord_str_cut(&text, ' ', &word)) {
        enum cord_verb verb = CORD_VERB_COUNT;
        verbs |= cord_role_verb_find(word, &verb) ? cord_verbs_of(verb) : 0;
    }
    return verbs;
}

static cord_status read_token(struct cord_sql_statement *row, struct cord_arena *arena,
                              struct cord_account_token *ret_token)
{
    struct cord_account_token token = {
        .number = (uint64_t)cord_sql_column(row, 0),
        .account = (uint64_t)cord_sql_column(row, 1),
        .name = cord_arena_copy(arena, cord_sql_column_text(row, 2)),
        .verbs = known_verbs(cord_sql_column_text(row, 3)),
        .organisation = cord_arena_copy(arena, cord_sql_column_text(row, 4)),
        .created_ns = cord_sql_column(row, 5),
        .ends_ns = cord_sql_column(row, 6),
        .used_ns = cord_accounts_column_time(row, 7),
        .revoked_ns = cord_accounts_column_time(row, 8),
    };
    if (!token.name.ptr || !token.organisation.ptr) {
        return cord_arena_failure(arena);
    }
    *ret_token = token;
    return CORD_OK;
}

static cord_status list_now(struct cord_accounts *accounts, uint64_t account,
                            struct cord_arena *arena, struct cord_account_token **ret_tokens,
                            size_t *ret_count, struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    size_t count = 0;
    cord_status status =
        cord_accounts_one(accounts, "SELECT count(*) FROM api_token WHERE ?1 = 0 OR account = ?1",
                          &row, err, CORD_ACCOUNTS_WITH(cord_accounts_id(account)));
    if (status != CORD_OK) {
        return status;
    }
    size_t most = (size_t)cord_sql_column(row, 0);
    cord_sql_free(row);
    row = NULL;
    struct cord_account_token *tokens = cord_arena_zalloc(arena, most + 1, sizeof *tokens);
    if (!tokens) {
        return cord_arena_failure(arena);
    }
    status = cord_accounts_query(accounts,
                                 COLUMNS "api_token t WHERE ?1 IN (0, t.account) ORDER BY t.number",
                                 &row, err, CORD_ACCOUNTS_WITH(cord_accounts_id(account)));
    while (status == CORD_OK && count < most) {
        status = cord_sql_step(row, err);
        if (status == CORD_OK) {
            status = read_token(row, arena, &tokens[count]);
            count += status == CORD_OK ? 1 : 0;
        }
    }
    cord_sql_free(row);
    if (status != CORD_OK && status != CORD_E_END) {
        return status;
    }
    *ret_tokens = tokens;
    *ret_count = count;
    return CORD_OK;
}

cord_status cord_account_token_list(struct cord_accounts *accounts, uint64_t account,
                                    struct cord_arena *arena,
                                    struct cord_account_token **ret_tokens, size_t *ret_count,
                                    struct cord_error *err)
{
    cord_accounts_lock(accounts);
    cord_status status = list_now(accounts, account, arena, ret_tokens, ret_count, err);
    cord_accounts_unlock(accounts);
    return status;
}

static cord_status page_now(struct cord_accounts *accounts, const struct cord_accounts_among *among,
                            struct cord_arena *arena, struct cord_account_token *tokens,
                            size_t *ret_count, struct cord_error *err)
{
    static const struct cord_accounts_listing listing = {
        .all = COLUMNS "api_token t WHERE t.number > ?2 AND ?4 IN (0, t.account)"
                       " ORDER BY t.number LIMIT ?3",
        .some = COLUMNS "account a INDEXED BY account_organisation"
                        " CROSS JOIN api_token t INDEXED BY api_token_account"
                        " ON t.account = a.number"
                        " WHERE a.organisation IN (SELECT value FROM json_each(?1))"
                        " AND t.number > ?2 AND ?4 IN (0, t.account) ORDER BY t.number LIMIT ?3",
    };
    struct cord_sql_statement *row = NULL;
    cord_status status = cord_accounts_rows(accounts, &listing, among, arena, &row, err);
    while (status == CORD_OK && *ret_count < among->limit) {
        status = cord_sql_step(row, err);
        if (status == CORD_OK) {
            status = read_token(row, arena, &tokens[*ret_count]);
            *ret_count += status == CORD_OK ? 1 : 0;
        }
    }
    cord_accounts_rows_end(accounts, row);
    return status == CORD_E_END ? CORD_OK : status;
}

cord_status cord_account_token_page(struct cord_accounts *accounts,
                                    const struct cord_accounts_among *among,
                                    struct cord_arena *arena,
                                    struct cord_account_token **ret_tokens, size_t *ret_count,
                                    struct cord_error *err)
{
    struct cord_account_token *tokens = cord_arena_zalloc(arena, among->limit + 1, sizeof *tokens);
    if (!tokens) {
        return cord_arena_failure(arena);
    }
    size_t count = 0;
    cord_accounts_lock(accounts);
    cord_status status = page_now(accounts, among, arena, tokens, &count, err);
    cord_accounts_unlock(accounts);
    if (status == CORD_OK) {
        *ret_tokens = tokens;
        *ret_count = count;
    }
    return status;
}

cord_status cord_account_token_get(struct cord_accounts *accounts, uint64_t number,
                                   struct cord_arena *arena, struct cord_account_token *ret_token,
                                   struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    cord_accounts_lock(accounts);
    cord_status status = cord_accounts_one(accounts, COLUMNS "api_token t WHERE t.number = ?", &row,
                                           err, CORD_ACCOUNTS_WITH(cord_accounts_id(number)));
    if (status == CORD_OK) {
        status = read_token(row, arena, ret_token);
        cord_sql_free(row);
    }
    cord_accounts_unlock(accounts);
    return status;
}

/* --- who it is --- */

/* That it cannot be noted, on a disk that is full, keeps nobody out. */
static void touch(struct cord_accounts *accounts, uint64_t number, int64_t used_ns)
{
    int64_t now_ns = cord_accounts_now_ns(accounts);
    if (used_ns == CORD_TIME_NONE || now_ns - used_ns >= USED_EVERY_S * CORD_SECOND_NS) {
        (void)!cord_accounts_do(
            accounts, "UPDATE api_token SET used_ns = ? WHERE number = ?", NULL,
            CORD_ACCOUNTS_WITH(cord_accounts_int(now_ns), cord_accounts_id(number)));
    }
}

static cord_status check(struct cord_accounts *accounts, const struct cord_digest *hash,
                         struct cord_arena *arena, struct cord_identity *ret_identity,
                         struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    struct cord_identity identity;
    cord_status status = cord_accounts_one(
        accounts,
        "SELECT t.number, t.verbs, t.organisation, t.ends_ns, t.used_ns,"
        " a.number, a.login, a.name, a.organisation"
        " FROM api_token t JOIN account a ON a.number = t.account"
        " WHERE t.hash = ? AND t.ends_ns > ? AND t.revoked_ns IS NULL AND a.disabled_ns IS NULL",
        &row, err,
        CORD_ACCOUNTS_WITH(cord_accounts_hash_value(hash),
                           cord_accounts_int(cord_accounts_now_ns(accounts))));
    if (status != CORD_OK) {
        return status;
    }
    int64_t used_ns = cord_accounts_column_time(row, 4);
    status = cord_account_session_identity(accounts, row, 5, arena, &identity, err);
    if (status == CORD_OK) {
        identity.token = (uint64_t)cord_sql_column(row, 0);
        identity.ends_ns = cord_sql_column(row, 3);
        identity.rights.second_factor = true;
        identity.rights.limited = true;
        identity.rights.verbs = known_verbs(cord_sql_column_text(row, 1));
        identity.rights.only = cord_arena_copy(arena, cord_sql_column_text(row, 2));
        status = identity.rights.only.ptr ? CORD_OK : cord_arena_failure(arena);
    }
    cord_sql_free(row);
    if (status == CORD_OK) {
        touch(accounts, identity.token, used_ns);
        *ret_identity = identity;
    }
    return status;
}

cord_status cord_account_token_check(struct cord_accounts *accounts, cord_str text,
                                     struct cord_arena *arena, struct cord_identity *ret_identity,
                                     struct cord_error *err)
{
    struct cord_digest hash;
    cord_status status = cord_token_read(CORD_TOKEN_API, text, &hash);
    if (status != CORD_OK) {
        return status == CORD_E_FORMAT ? CORD_E_NOENT : status;
    }
    cord_accounts_lock(accounts);
    status = check(accounts, &hash, arena, ret_identity, err);
    cord_accounts_unlock(accounts);
    return status;
}
