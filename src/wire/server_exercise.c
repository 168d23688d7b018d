/* server_exercise.c: a data folder is live, or of one exercise; the file `exercise` says which. */
#include "wire/server_exercise.h"

#include "wire/server_internal.h"

#include "base/timestamp.h"
#include "record/account_link.h"
#include "record/audit_record.h"
#include "record/record_view.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define MARK_FILE "exercise"

enum { MARK_BYTES_MAX = 256, DETAIL_BYTES = 1024, AT_ONCE = 64, ARENA_BYTES = 1 << 14 };

/* A folder that no server has used: the journal is made by the first. */
static bool is_fresh(const struct cord_server *server)
{
    return faccessat(server->data, "journal", F_OK, 0) != 0 && errno == ENOENT;
}

static cord_status mark(struct cord_server *server, struct cord_error *err)
{
    char text[MARK_BYTES_MAX];
    int len = snprintf(text, sizeof text, "%.*s\n", CORD_STR_ARG(server->config->exercise));
    return cord_files_save(&server->files, server->data, ".", MARK_FILE,
                           (cord_str){text, len > 0 ? (size_t)len : 0}, err);
}

static cord_status refuse(const struct cord_server *server, cord_str is, struct cord_error *err)
{
    cord_str wanted = server->config->exercise;
    return cord_error_set(
        err, CORD_E_FORMAT, "data: %.*s is %s%.*s, and this server is %s%.*s: take another folder",
        CORD_STR_ARG(server->config->data), is.len > 0 ? "of the exercise " : "live",
        CORD_STR_ARG(is), wanted.len > 0 ? "of the exercise " : "live", CORD_STR_ARG(wanted));
}

cord_status cord_server_exercise_check(struct cord_server *server, struct cord_error *err)
{
    struct cord_buf text;
    cord_buf_init(&text, MARK_BYTES_MAX);
    cord_status status = cord_files_load(&server->files, server->data, MARK_FILE, &text, err);
    cord_str is = status == CORD_OK ? cord_str_trim(cord_buf_str(&text)) : CORD_STR("");
    if (status == CORD_OK || status == CORD_E_NOENT) {
        bool same = cord_str_eq(is, server->config->exercise);
        bool begins = status == CORD_E_NOENT && !same && is_fresh(server);
        status = same ? CORD_OK : begins ? mark(server, err) : refuse(server, is, err);
    }
    cord_buf_done(&text);
    return status;
}

/* --- what accounts did --- */

static cord_status put(void *self, const struct cord_audit_entry *entries, size_t count,
                       struct cord_error *err)
{
    struct cord_server *server = self;
    struct cord_audit port = cord_audit_record_port(server->record);
    struct cord_audit_entry ours[AT_ONCE];
    char details[AT_ONCE][DETAIL_BYTES] = {{0}};
    char buffer[CORD_TIMESTAMP_TEXT];
    cord_status status = CORD_OK;
    for (size_t at = 0; status == CORD_OK && at < count; at += AT_ONCE) {
        size_t some = count - at < AT_ONCE ? count - at : AT_ONCE;
        for (size_t i = 0; i < some; i++) {
            cord_str real = cord_timestamp_format(entries[at + i].at_ns, buffer);
            int len = snprintf(details[i], sizeof details[i], "%.*s%sreally at %.*s",
                               CORD_STR_ARG(entries[at + i].detail),
                               entries[at + i].detail.len > 0 ? "; " : "", CORD_STR_ARG(real));
            ours[i] = entries[at + i];
            ours[i].at_ns = cord_clock_now_ns(&server->options.clock);
            ours[i].detail = len > 0 && (size_t)len < sizeof details[i]
                                 ? (cord_str){details[i], (size_t)len}
                                 : entries[at + i].detail;
        }
        status = port.put(port.self, ours, some, err);
    }
    return status;
}

struct cord_audit cord_server_exercise_audit(struct cord_server *server)
{
    return server->config->exercise.len > 0 ? (struct cord_audit){put, server}
                                            : cord_audit_record_port(server->record);
}

/* --- what the exercise does --- */

static cord_status is_exercise(const struct cord_server *server, struct cord_error *err)
{
    bool has = server->config->exercise.len > 0 && server->record && server->accounts;
    return has ? CORD_OK
               : cord_error_set(err, CORD_E_UNSUPPORTED,
                                "this server is live, or has no API: it is no exercise");
}

static cord_status give_roles(struct cord_server *server,
                              const struct cord_server_exercise_user *user, uint64_t number,
                              struct cord_error *err)
{
    const struct cord_actor actor = {0, CORD_STR("")};
    cord_status status = CORD_OK;
    for (size_t i = 0; i < user->role_count && status == CORD_OK; i++) {
        uint64_t given = 0;
        const struct cord_grant grant = {.role = user->roles[i],
                                         .scope = user->scope,
                                         .code = user->code,
                                         .from_ns = cord_clock_now_ns(&server->options.wall),
                                         .to_ns = CORD_TIME_NONE};
        status = cord_account_grant_add(server->accounts, number, &grant, &actor, &given, err);
    }
    return status;
}

static cord_status find_or_add(struct cord_server *server,
                               const struct cord_server_exercise_user *user, uint64_t *ret_number,
                               struct cord_error *err)
{
    const struct cord_actor actor = {0, CORD_STR("")};
    struct cord_account found = {0};
    struct cord_arena *arena = cord_arena_new(ARENA_BYTES);
    cord_status status =
        arena ? cord_accounts_find(server->accounts, user->account.login, arena, &found, NULL)
              : CORD_E_NOMEM;
    uint64_t number = found.number;
    cord_arena_free(arena);
    if (status == CORD_E_NOENT) {
        status = cord_accounts_add(server->accounts, &user->account, &actor, &number, err);
        if (status == CORD_OK) {
            status = give_roles(server, user, number, err);
        }
        /* With the first account the link that would have made it is no good any more. */
        (void)!cord_files_unlink(&server->files, server->data, CORD_SERVER_LINK_FILE, NULL);
    }
    *ret_number = number;
    return status;
}

cord_status cord_server_exercise_link(struct cord_server *server,
                                      const struct cord_server_exercise_user *user,
                                      char ret_token[CORD_TOKEN_TEXT], struct cord_error *err)
{
    uint64_t number = 0;
    cord_status status = is_exercise(server, err);
    if (status == CORD_OK) {
        status = find_or_add(server, user, &number, err);
    }
    return status == CORD_OK ? cord_account_link_make(server->accounts, number, ret_token, err)
                             : status;
}

cord_status cord_server_exercise_claim(struct cord_server *server, const struct cord_claim *claims,
                                       size_t count, struct cord_record_outcome *ret_outcome,
                                       struct cord_error *err)
{
    cord_status status = is_exercise(server, err);
    return status == CORD_OK ? cord_record_append(server->record, claims, count, ret_outcome, err)
                             : status;
}

void cord_server_exercise_totals(struct cord_server *server,
                                 struct cord_server_exercise_totals *ret_totals)
{
    struct cord_judge_stats judged = cord_judge_stats(server->judge);
    struct cord_alert_book_stats alerts = {0};
    if (server->desk_feed) {
        alerts = cord_alert_book_stats(cord_desk_alerts(server->desk));
    }
    *ret_totals = (struct cord_server_exercise_totals){
        .alerts = alerts.alerts,
        .claims = server->record ? cord_record_count(server->record) : 0,
        .events = cord_store_next(server->store) - 1,
        .judged = judged.through,
        .findings = server->findings ? cord_findings_log_newest(server->findings) : 0,
    };
}

cord_status cord_server_exercise_ended(struct cord_server *server, int64_t *ret_recorded_ns,
                                       struct cord_error *err)
{
    struct cord_record_view *view = NULL;
    cord_status status = is_exercise(server, err);
    if (status == CORD_OK) {
        status = cord_record_view_open(server->record, &view, err);
    }
    if (status == CORD_OK) {
        *ret_recorded_ns = cord_record_count(server->record) > 0
                               ? cord_record_view_recorded_ns(view)
                               : CORD_TIME_NONE;
    }
    cord_record_view_close(view);
    return status;
}
