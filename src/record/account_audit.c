/* account_audit.c: entries of the audit, from the file to the port: see audit.h. */
#include "record/accounts_internal.h"

#include <inttypes.h>
#include <stdio.h>

enum { WAITING_MAX = 100000, AT_ONCE = 64, ARENA_BYTES = 1 << 18, NAME_BYTES = 40 };

static cord_str name_of(uint64_t account, char buffer[NAME_BYTES])
{
    int len = snprintf(buffer, NAME_BYTES, "user:%" PRIu64, account);
    return (cord_str){buffer, len > 0 ? (size_t)len : 0};
}

/* An audit that cannot be told any more must not be lost for that: rather nothing is done. */
static cord_status has_room(struct cord_accounts *accounts, struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    cord_status status = cord_accounts_one(
        accounts, "SELECT coalesce(max(number) - min(number), 0) FROM audit", &row, err, NULL, 0);
    if (status == CORD_OK) {
        status =
            cord_sql_column(row, 0) < WAITING_MAX
                ? CORD_OK
                : cord_error_set(err, CORD_E_LIMIT, "too much of the audit waits to be recorded");
        cord_sql_free(row);
    }
    return status;
}

static cord_status put(struct cord_accounts *accounts, const struct cord_audit_entry *entry,
                       uint64_t subject, struct cord_error *err)
{
    cord_status status = has_room(accounts, err);
    if (status != CORD_OK) {
        return status;
    }
    return cord_accounts_do(
        accounts,
        "INSERT INTO audit(at_ns, kind, act, actor, subject, organisation, address, detail)"
        " VALUES (?, ?, ?, ?, ?,"
        "  coalesce((SELECT organisation FROM account WHERE number = ?), ''), ?, ?)",
        err,
        CORD_ACCOUNTS_WITH(cord_accounts_int(cord_accounts_now_ns(accounts)),
                           cord_accounts_text(entry->kind), cord_accounts_text(entry->act),
                           cord_accounts_text(entry->actor), cord_accounts_text(entry->subject),
                           cord_accounts_id(subject),
                           cord_accounts_text(entry->address.ptr ? entry->address : CORD_STR("")),
                           cord_accounts_text(entry->detail.ptr ? entry->detail : CORD_STR(""))));
}

cord_status cord_account_audit_change(struct cord_accounts *accounts,
                                      const struct cord_actor *actor, const char *act,
                                      uint64_t subject, cord_str detail, struct cord_error *err)
{
    char actor_name[NAME_BYTES];
    char subject_name[NAME_BYTES];
    const struct cord_audit_entry entry = {
        .kind = CORD_STR("audit.change"),
        .act = cord_str_from(act),
        .actor =
            actor->account > 0 ? name_of(actor->account, actor_name) : CORD_STR("system:cordon"),
        .subject = name_of(subject, subject_name),
        .address = actor->address,
        .detail = detail,
    };
    return put(accounts, &entry, subject, err);
}

cord_status cord_account_audit_sign_in(struct cord_accounts *accounts, const char *act,
                                       uint64_t account, cord_str address, cord_str detail,
                                       struct cord_error *err)
{
    char name[NAME_BYTES];
    const struct cord_audit_entry entry = {
        .kind = CORD_STR("audit.sign_in"),
        .act = cord_str_from(act),
        .actor = name_of(account, name),
        .subject = name_of(account, name),
        .address = address,
        .detail = detail,
    };
    return put(accounts, &entry, account, err);
}

/* --- handing on --- */

struct told {
    struct cord_audit_entry entries[AT_ONCE];
    size_t count;
    int64_t last; /* number of the last one */
};

static cord_status read_entry(struct cord_accounts *accounts, struct cord_sql_statement *row,
                              struct cord_arena *arena, struct cord_audit_entry *entry)
{
    cord_str *const texts[] = {&entry->kind,    &entry->act,          &entry->actor,
                               &entry->subject, &entry->organisation, &entry->address,
                               &entry->detail};
    for (int i = 0; i < 7; i++) {
        *texts[i] = cord_arena_copy(arena, cord_sql_column_text(row, i + 2));
        if (!texts[i]->ptr) {
            return cord_arena_failure(arena);
        }
    }
    entry->at_ns = cord_sql_column(row, 1);
    entry->key =
        cord_arena_printf(arena, "accounts:%s:%" PRIi64, accounts->id, cord_sql_column(row, 0));
    return entry->key.ptr ? CORD_OK : cord_arena_failure(arena);
}

static cord_status read_entries(struct cord_accounts *accounts, struct cord_arena *arena,
                                struct told *told, struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    told->count = 0;
    cord_accounts_lock(accounts);
    cord_status status = cord_accounts_query(
        accounts,
        "SELECT number, at_ns, kind, act, actor, subject, organisation, address, detail"
        " FROM audit ORDER BY number LIMIT ?",
        &row, err, CORD_ACCOUNTS_WITH(cord_accounts_int(AT_ONCE)));
    while (status == CORD_OK && told->count < AT_ONCE) {
        status = cord_sql_step(row, err);
        if (status == CORD_OK) {
            told->last = cord_sql_column(row, 0);
            status = read_entry(accounts, row, arena, &told->entries[told->count]);
            told->count += status == CORD_OK ? 1 : 0;
        }
    }
    cord_sql_free(row);
    cord_accounts_unlock(accounts);
    return status == CORD_E_END ? CORD_OK : status;
}

static cord_status forget(struct cord_accounts *accounts, int64_t last, struct cord_error *err)
{
    cord_accounts_lock(accounts);
    cord_status status = cord_accounts_do(accounts, "DELETE FROM audit WHERE number <= ?", err,
                                          CORD_ACCOUNTS_WITH(cord_accounts_int(last)));
    cord_accounts_unlock(accounts);
    return status;
}

static cord_status tell_all(struct cord_accounts *accounts, struct cord_error *err)
{
    const struct cord_audit *audit = &accounts->options.audit;
    struct cord_arena *arena = cord_arena_new(ARENA_BYTES);
    struct told told = {.count = 0};
    cord_status status = arena ? CORD_OK : CORD_E_NOMEM;
    while (status == CORD_OK) {
        cord_arena_reset(arena);
        status = read_entries(accounts, arena, &told, err);
        if (status != CORD_OK || told.count == 0) {
            break;
        }
        status = audit->put(audit->self, told.entries, told.count, err);
        if (status == CORD_OK) {
            status = forget(accounts, told.last, err);
        }
    }
    cord_arena_free(arena);
    return status;
}

static cord_status count_left(struct cord_accounts *accounts, uint64_t *ret_left,
                              struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    cord_accounts_lock(accounts);
    cord_status status =
        cord_accounts_one(accounts, "SELECT count(*) FROM audit", &row, err, NULL, 0);
    if (status == CORD_OK) {
        *ret_left = (uint64_t)cord_sql_column(row, 0);
        cord_sql_free(row);
    }
    cord_accounts_unlock(accounts);
    return status;
}

void cord_account_audit_hand_on(struct cord_accounts *accounts)
{
    cord_accounts_lock(accounts);
    /* One thread tells, what others add meanwhile, too. */
    bool mine = accounts->options.audit.put && !accounts->telling;
    accounts->again = !mine;
    accounts->telling = mine || accounts->telling;
    cord_accounts_unlock(accounts);
    while (mine) {
        struct cord_error err = {""};
        cord_status status = tell_all(accounts, &err);
        cord_accounts_lock(accounts);
        mine = status == CORD_OK && accounts->again;
        accounts->again = false;
        accounts->telling = mine;
        accounts->told = status;
        accounts->told_error = err;
        cord_accounts_unlock(accounts);
    }
}

cord_status cord_account_audit_tell(struct cord_accounts *accounts, uint64_t *ret_left,
                                    struct cord_error *err)
{
    cord_account_audit_hand_on(accounts);
    cord_accounts_lock(accounts);
    cord_status status = accounts->told;
    if (err && status != CORD_OK) {
        *err = accounts->told_error;
    }
    cord_accounts_unlock(accounts);
    return status == CORD_OK && ret_left ? count_left(accounts, ret_left, err) : status;
}
