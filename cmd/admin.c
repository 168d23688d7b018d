/* admin.c: cordon admin: accounts, roles and tokens, from the machine itself. */
#include "cmd/admin_row.h"
#include "cmd/command.h"
#include "cmd/json_line.h"
#include "cmd/secret_input.h"

#include "base/timestamp.h"
#include "record/account_factor.h"
#include "record/account_grant.h"
#include "record/account_setup.h"
#include "record/account_token.h"

#include <inttypes.h>
#include <stdio.h>

enum { ARENA_BYTES_MAX = 1 << 28, LINE_BYTES_MAX = 1 << 20, PAGE = 1000 };

#define DAY_NS (86400 * CORD_SECOND_NS)

struct admin_config {
    cord_str data;
    cord_str name;
    cord_str organisation;
    cord_str region;
    bool national;
    cord_str from;
    cord_str to;
    cord_str scopes;
    uint32_t days;
    bool password;
    bool second_factor;
    bool json;
    bool help;
};

static const struct cord_option options[] = {
    CORD_OPTION_TEXT(struct admin_config, data, "/var/lib/cordon", "the server's data folder",
                     .letter = 'd', .argument = "DIR"),
    CORD_OPTION_TEXT(struct admin_config, name, NULL,
                     "of add-user: how the person is shown; of new-token: what it is for",
                     .argument = "TEXT"),
    CORD_OPTION_TEXT(struct admin_config, organisation, NULL,
                     "of add-user: home; of grant: what it is over; of new-token: whose data alone",
                     .argument = "CODE"),
    CORD_OPTION_TEXT(struct admin_config, region, NULL, "of grant: what it is over",
                     .argument = "CODE"),
    CORD_OPTION_FLAG(struct admin_config, national, "of grant: it is over the whole nation"),
    CORD_OPTION_TEXT(struct admin_config, from, NULL, "of grant: holds from this time (UTC); now",
                     .argument = "TIME"),
    CORD_OPTION_TEXT(struct admin_config, to, NULL,
                     "of grant: ends at this time (UTC); when it is revoked", .argument = "TIME"),
    CORD_OPTION_TEXT(struct admin_config, scopes, NULL,
                     "of new-token: what it may do, as \"figures.read claims.read\"",
                     .argument = "VERBS"),
    CORD_OPTION_U32(struct admin_config, days, 90, 1, CORD_ACCOUNT_TOKEN_DAYS_MAX,
                    "of new-token: it ends after so many", .argument = "N"),
    CORD_OPTION_FLAG(struct admin_config, password,
                     "of add-user, reset-password: read a password instead of making a link"),
    CORD_OPTION_FLAG(struct admin_config, second_factor,
                     "of reset-password: the second factor goes, too"),
    CORD_OPTION_FLAG(struct admin_config, json, "one JSON object a line"),
    CORD_OPTION_FLAG(struct admin_config, help, "print this help", .letter = 'h'),
    CORD_OPTION_END,
};

struct run {
    const struct command *command;
    struct admin_config config;
    struct cord_arena *arena;
    struct cord_accounts *accounts;
    struct cord_actor actor; /* the machine itself */
    cord_str first;          /* operands behind the word */
    cord_str second;
    struct admin_row row;
};

static cord_status wrong(struct cord_error *err, const char *what)
{
    return cord_error_set(err, CORD_E_FORMAT, "%s", what);
}

/* --- what is printed --- */

static cord_status print_done(struct run *run, const char *what, uint64_t number,
                              struct cord_error *err)
{
    if (run->row.json) {
        json_line_text(&run->row.line, "done", cord_str_from(what));
        json_line_number(&run->row.line, "number", number);
        return admin_row_print(&run->row, err);
    }
    cord_buf_printf(&run->row.line, "%s: %" PRIu64, what, number);
    return admin_row_print(&run->row, err);
}

/* --- users --- */

static cord_status print_user(struct run *run, const struct cord_account *account,
                              struct cord_error *err)
{
    bool disabled = account->disabled_ns != CORD_TIME_NONE;
    const char *proves = account->issuer.len > 0      ? "elsewhere"
                         : !account->has_password     ? "not yet"
                         : account->has_second_factor ? "two factors"
                                                      : "password";
    if (run->row.json) {
        json_line_number(&run->row.line, "number", account->number);
        json_line_text(&run->row.line, "login", account->login);
        json_line_text(&run->row.line, "name", account->name);
        json_line_text(&run->row.line, "organisation", account->organisation);
        json_line_flag(&run->row.line, "password", account->has_password);
        json_line_flag(&run->row.line, "second_factor", account->has_second_factor);
        json_line_number(&run->row.line, "recovery_codes", account->recovery_codes);
        json_line_flag(&run->row.line, "disabled", disabled);
        json_line_time(&run->row.line, "created", account->created_ns);
        json_line_time(&run->row.line, "signed_in", account->signed_in_ns);
        return admin_row_print(&run->row, err);
    }
    admin_row_pad_number(&run->row, account->number, 6);
    admin_row_pad(&run->row, account->login, 24);
    admin_row_pad(&run->row, account->organisation, 12);
    admin_row_pad(&run->row, cord_str_from(disabled ? "disabled" : proves), 12);
    admin_row_pad_time(&run->row, account->signed_in_ns);
    admin_row_pad(&run->row, account->name, 0);
    return admin_row_print(&run->row, err);
}

static cord_status do_users(struct run *run, struct cord_error *err)
{
    cord_status status = CORD_OK;
    struct cord_accounts_among among = {.limit = PAGE};
    size_t count = PAGE;
    if (!run->row.json) {
        printf("%-6s %-24s %-12s %-12s %-24s %s\n", "user", "login", "organisation", "signs in by",
               "last signed in", "name");
    }
    while (status == CORD_OK && count == PAGE) {
        struct cord_accounts_page page = {NULL, 0};
        cord_arena_reset(run->arena);
        status = cord_accounts_list(run->accounts, &among, run->arena, &page, err);
        for (size_t i = 0; status == CORD_OK && i < page.count; i++) {
            status = print_user(run, &page.items[i], err);
            among.after = page.items[i].number;
        }
        count = page.count;
    }
    return status;
}

static cord_status find(struct run *run, cord_str login, struct cord_account *ret_account,
                        struct cord_error *err)
{
    cord_status status = cord_accounts_find(run->accounts, login, run->arena, ret_account, err);
    return status == CORD_E_NOENT ? cord_error_set(err, CORD_E_NOENT, "there is no account '%.*s'",
                                                   CORD_STR_ARG(cord_str_slice(login, 0, 64)))
                                  : status;
}

static cord_status print_link(struct run *run, const char *token, struct cord_error *err)
{
    if (run->row.json) {
        json_line_text(&run->row.line, "setup", cord_str_from(token));
        return admin_row_print(&run->row, err);
    }
    cord_buf_printf(&run->row.line,
                    "set-up link, good once, for a day; it is shown only now. Behind the server's "
                    "address:\n    /setup#%s",
                    token);
    return admin_row_print(&run->row, err);
}

static cord_status make_link(struct run *run, uint64_t account, struct cord_error *err)
{
    char token[CORD_TOKEN_TEXT];
    cord_status status = cord_account_setup_make(run->accounts, account, &run->actor, token, err);
    return status == CORD_OK ? print_link(run, token, err) : status;
}

static cord_status read_password(struct run *run, uint64_t account, struct cord_error *err)
{
    char buffer[SECRET_INPUT_BYTES];
    cord_str password;
    cord_status status = secret_input_read("Password", buffer, &password, err);
    if (status == CORD_OK) {
        status = cord_accounts_set_password(run->accounts, account, password, &run->actor, err);
    }
    secret_input_wipe(buffer);
    return status == CORD_OK ? print_done(run, "password of user", account, err) : status;
}

static cord_status set_password(struct run *run, uint64_t account, struct cord_error *err)
{
    return run->config.password ? read_password(run, account, err) : make_link(run, account, err);
}

static cord_status do_add_user(struct run *run, struct cord_error *err)
{
    const struct cord_account_new account = {
        .login = run->first, .name = run->config.name, .organisation = run->config.organisation};
    uint64_t number = 0;
    if (!account.name.ptr || !account.organisation.ptr) {
        return wrong(err, "add-user needs --name and --organisation");
    }
    cord_status status = cord_accounts_add(run->accounts, &account, &run->actor, &number, err);
    if (status == CORD_OK) {
        status = print_done(run, "added user", number, err);
    }
    return status == CORD_OK ? set_password(run, number, err) : status;
}

static cord_status do_disable(struct run *run, struct cord_error *err)
{
    struct cord_account account;
    cord_status status = find(run, run->first, &account, err);
    if (status == CORD_OK) {
        status = cord_accounts_disable(run->accounts, account.number, &run->actor, err);
    }
    return status == CORD_OK ? print_done(run, "disabled user", account.number, err) : status;
}

static cord_status do_enable(struct run *run, struct cord_error *err)
{
    struct cord_account account;
    cord_status status = find(run, run->first, &account, err);
    if (status == CORD_OK) {
        status = cord_accounts_enable(run->accounts, account.number, &run->actor, err);
    }
    return status == CORD_OK ? print_done(run, "enabled user", account.number, err) : status;
}

static cord_status do_reset_password(struct run *run, struct cord_error *err)
{
    struct cord_account account;
    cord_status status = find(run, run->first, &account, err);
    if (status == CORD_OK && run->config.second_factor && account.has_second_factor) {
        status = cord_account_factor_remove(run->accounts, account.number, &run->actor, err);
    }
    return status == CORD_OK ? set_password(run, account.number, err) : status;
}

static cord_status do_setup_link(struct run *run, struct cord_error *err)
{
    struct cord_account account;
    char token[CORD_TOKEN_TEXT];
    if (run->first.len > 0) {
        cord_status status = find(run, run->first, &account, err);
        return status == CORD_OK ? make_link(run, account.number, err) : status;
    }
    cord_status status = cord_account_setup_first(run->accounts, token, err);
    if (status == CORD_E_END) {
        return wrong(err, "there are accounts already: name the one that the link is for");
    }
    return status == CORD_OK ? print_link(run, token, err) : status;
}

/* --- roles --- */

static cord_status do_roles(struct run *run, struct cord_error *err)
{
    cord_status status = CORD_OK;
    for (unsigned i = 0; status == CORD_OK && i < CORD_ACCOUNT_ROLE_COUNT; i++) {
        const struct cord_role_row *role = cord_role_row((enum cord_account_role)i);
        struct cord_buf verbs;
        cord_buf_init(&verbs, LINE_BYTES_MAX);
        cord_account_token_write_verbs(role->verbs, &verbs);
        if (run->row.json) {
            json_line_text(&run->row.line, "role", cord_str_from(role->name));
            json_line_text(&run->row.line, "help", cord_str_from(role->help));
            json_line_text(&run->row.line, "verbs", cord_buf_str(&verbs));
            json_line_flag(&run->row.line, "second_factor", role->second_factor);
        } else {
            cord_buf_printf(&run->row.line, "%s: %s\n    %.*s", role->name, role->help,
                            CORD_STR_ARG(cord_buf_str(&verbs)));
        }
        status = verbs.failed ? CORD_E_NOMEM : admin_row_print(&run->row, err);
        cord_buf_done(&verbs);
    }
    return status;
}

static cord_status print_grant(struct run *run, const struct cord_grant *grant, uint64_t account,
                               struct cord_error *err)
{
    cord_str role = cord_str_from(cord_role_row(grant->role)->name);
    cord_str scope = cord_str_from(cord_role_scope_name(grant->scope));
    if (run->row.json) {
        json_line_number(&run->row.line, "number", grant->number);
        json_line_number(&run->row.line, "user", account);
        json_line_text(&run->row.line, "role", role);
        json_line_text(&run->row.line, "scope", scope);
        json_line_text(&run->row.line, "code", grant->code);
        json_line_time(&run->row.line, "from", grant->from_ns);
        json_line_time(&run->row.line, "to", grant->to_ns);
        return admin_row_print(&run->row, err);
    }
    admin_row_pad_number(&run->row, grant->number, 6);
    admin_row_pad_number(&run->row, account, 6);
    admin_row_pad(&run->row, role, 24);
    admin_row_pad(&run->row, scope, 12);
    admin_row_pad(&run->row, grant->code, 12);
    admin_row_pad_time(&run->row, grant->from_ns);
    admin_row_pad_time(&run->row, grant->to_ns);
    return admin_row_print(&run->row, err);
}

static cord_status owner(struct run *run, uint64_t *ret_account, struct cord_error *err)
{
    struct cord_account account = {0};
    cord_status status = run->first.len > 0 ? find(run, run->first, &account, err) : CORD_OK;
    *ret_account = account.number;
    return status;
}

static cord_status do_grants(struct run *run, struct cord_error *err)
{
    struct cord_account_grants grants = {NULL, NULL, 0};
    uint64_t account = 0;
    cord_status status = owner(run, &account, err);
    if (status == CORD_OK) {
        status = cord_account_grant_list(run->accounts, account, run->arena, &grants, err);
    }
    if (status == CORD_OK && !run->row.json) {
        printf("%-6s %-6s %-24s %-12s %-12s %-24s %s\n", "grant", "user", "role", "over", "code",
               "from", "to");
    }
    for (size_t i = 0; status == CORD_OK && i < grants.count; i++) {
        status = print_grant(run, &grants.items[i], grants.accounts[i], err);
    }
    return status;
}

static cord_status read_time(cord_str text, const char *option, int64_t *ret_ns,
                             struct cord_error *err)
{
    if (text.ptr && !cord_timestamp_parse(text, ret_ns)) {
        return cord_error_set(err, CORD_E_FORMAT, "%s takes a time such as 2017-05-12T08:24:00Z",
                              option);
    }
    return CORD_OK;
}

static cord_status read_grant(struct run *run, struct cord_grant *grant, struct cord_error *err)
{
    const struct admin_config *config = &run->config;
    const struct cord_clock clock = cord_clock_system();
    int scopes = (config->national ? 1 : 0) + (config->region.ptr ? 1 : 0) +
                 (config->organisation.ptr ? 1 : 0);
    *grant = (struct cord_grant){.from_ns = cord_clock_now_ns(&clock), .to_ns = CORD_TIME_NONE};
    if (!cord_role_find(run->second, &grant->role)) {
        return wrong(err, "there is no such role; 'cordon admin roles' lists them");
    }
    if (scopes != 1) {
        return wrong(err, "grant needs --national, --region or --organisation: one of them");
    }
    grant->scope = config->national     ? CORD_SCOPE_NATIONAL
                   : config->region.ptr ? CORD_SCOPE_REGION
                                        : CORD_SCOPE_ORGANISATION;
    grant->code = config->national     ? CORD_STR("")
                  : config->region.ptr ? config->region
                                       : config->organisation;
    cord_status status = read_time(config->from, "--from", &grant->from_ns, err);
    return status == CORD_OK ? read_time(config->to, "--to", &grant->to_ns, err) : status;
}

static cord_status do_grant(struct run *run, struct cord_error *err)
{
    struct cord_account account;
    struct cord_grant grant;
    uint64_t number = 0;
    cord_status status = read_grant(run, &grant, err);
    if (status == CORD_OK) {
        status = find(run, run->first, &account, err);
    }
    if (status == CORD_OK) {
        status = cord_account_grant_add(run->accounts, account.number, &grant, &run->actor, &number,
                                        err);
    }
    return status == CORD_OK ? print_done(run, "grant", number, err) : status;
}

static cord_status read_number(struct run *run, uint64_t *ret_number, struct cord_error *err)
{
    return cord_str_u64(run->first, ret_number) ? CORD_OK
                                                : wrong(err, "give the number that the list says");
}

static cord_status do_revoke(struct run *run, struct cord_error *err)
{
    uint64_t number = 0;
    cord_status status = read_number(run, &number, err);
    if (status == CORD_OK) {
        status = cord_account_grant_revoke(run->accounts, number, &run->actor, err);
    }
    return status == CORD_OK ? print_done(run, "revoked grant", number, err) : status;
}

/* --- tokens --- */

static cord_status print_token(struct run *run, const struct cord_account_token *token,
                               struct cord_error *err)
{
    struct cord_buf verbs;
    cord_buf_init(&verbs, LINE_BYTES_MAX);
    cord_account_token_write_verbs(token->verbs, &verbs);
    if (run->row.json) {
        json_line_number(&run->row.line, "number", token->number);
        json_line_number(&run->row.line, "user", token->account);
        json_line_text(&run->row.line, "name", token->name);
        json_line_text(&run->row.line, "scopes", cord_buf_str(&verbs));
        json_line_text(&run->row.line, "organisation", token->organisation);
        json_line_time(&run->row.line, "created", token->created_ns);
        json_line_time(&run->row.line, "ends", token->ends_ns);
        json_line_time(&run->row.line, "used", token->used_ns);
        json_line_time(&run->row.line, "revoked", token->revoked_ns);
    } else {
        admin_row_pad_number(&run->row, token->number, 6);
        admin_row_pad_number(&run->row, token->account, 6);
        admin_row_pad(&run->row,
                      token->revoked_ns != CORD_TIME_NONE ? CORD_STR("revoked") : CORD_STR("-"), 8);
        admin_row_pad_time(&run->row, token->ends_ns);
        admin_row_pad_time(&run->row, token->used_ns);
        admin_row_pad(&run->row, token->organisation.len > 0 ? token->organisation : CORD_STR("-"),
                      12);
        admin_row_pad(&run->row, token->name, 24);
        admin_row_pad(&run->row, cord_buf_str(&verbs), 0);
    }
    cord_status status = verbs.failed ? CORD_E_NOMEM : admin_row_print(&run->row, err);
    cord_buf_done(&verbs);
    return status;
}

static cord_status do_tokens(struct run *run, struct cord_error *err)
{
    struct cord_account_token *tokens = NULL;
    uint64_t account = 0;
    size_t count = 0;
    cord_status status = owner(run, &account, err);
    if (status == CORD_OK) {
        status = cord_account_token_list(run->accounts, account, run->arena, &tokens, &count, err);
    }
    if (status == CORD_OK && !run->row.json) {
        printf("%-6s %-6s %-8s %-24s %-24s %-12s %-24s %s\n", "token", "user", "state", "ends",
               "last used", "organisation", "name", "scopes");
    }
    for (size_t i = 0; status == CORD_OK && i < count; i++) {
        status = print_token(run, &tokens[i], err);
    }
    return status;
}

static cord_status do_new_token(struct run *run, struct cord_error *err)
{
    const struct cord_clock clock = cord_clock_system();
    struct cord_account account;
    struct cord_account_token token = {.name = run->config.name,
                                       .organisation = run->config.organisation,
                                       .ends_ns = cord_clock_now_ns(&clock) +
                                                  (int64_t)run->config.days * DAY_NS};
    char text[CORD_TOKEN_TEXT];
    uint64_t number = 0;
    cord_status status = cord_account_token_read_verbs(run->config.scopes, &token.verbs, err);
    if (status == CORD_OK) {
        status = find(run, run->first, &account, err);
    }
    if (status == CORD_OK) {
        token.account = account.number;
        status = cord_account_token_add(run->accounts, &token, &run->actor, text, &number, err);
    }
    if (status != CORD_OK) {
        return status;
    }
    if (run->row.json) {
        json_line_number(&run->row.line, "number", number);
        json_line_text(&run->row.line, "token", cord_str_from(text));
    } else {
        cord_buf_printf(&run->row.line, "token %" PRIu64 "; it is shown only now:\n    %s", number,
                        text);
    }
    return admin_row_print(&run->row, err);
}

static cord_status do_revoke_token(struct run *run, struct cord_error *err)
{
    uint64_t number = 0;
    cord_status status = read_number(run, &number, err);
    if (status == CORD_OK) {
        status = cord_account_token_revoke(run->accounts, number, &run->actor, err);
    }
    return status == CORD_OK ? print_done(run, "revoked token", number, err) : status;
}

/* --- which --- */

struct action {
    const char *word;
    size_t least, most; /* operands behind the word */
    bool creates;       /* the file, when there is none */
    cord_status (*act)(struct run *run, struct cord_error *err);
};

static const struct action actions[] = {
    {"users", 0, 0, false, do_users},
    {"add-user", 1, 1, true, do_add_user},
    {"disable", 1, 1, false, do_disable},
    {"enable", 1, 1, false, do_enable},
    {"reset-password", 1, 1, false, do_reset_password},
    {"setup-link", 0, 1, true, do_setup_link},
    {"roles", 0, 0, false, do_roles},
    {"grants", 0, 1, false, do_grants},
    {"grant", 2, 2, false, do_grant},
    {"revoke", 1, 1, false, do_revoke},
    {"tokens", 0, 1, false, do_tokens},
    {"new-token", 1, 1, false, do_new_token},
    {"revoke-token", 1, 1, false, do_revoke_token},
};

static const struct action *find_action(cord_str word)
{
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (cord_str_eq(word, cord_str_from(actions[i].word))) {
            return &actions[i];
        }
    }
    return NULL;
}

static cord_status open_accounts(struct run *run, const struct action *action,
                                 struct cord_error *err)
{
    const struct cord_accounts_options accounts = {.create = action->creates,
                                                   .clock = cord_clock_system()};
    cord_str dir = cord_arena_copy(run->arena, run->config.data);
    cord_status status = dir.ptr ? CORD_OK : CORD_E_NOMEM;
    if (status == CORD_OK && action->act != do_roles) {
        status = cord_accounts_open(dir.ptr, &accounts, &run->accounts, err);
    }
    if (status == CORD_E_NOENT) {
        cord_error_context(err, "no accounts yet ('cordon admin setup-link' makes the first)");
    }
    return status;
}

static int act(struct run *run, const struct cord_option_list *operands)
{
    struct cord_error err = {""};
    const struct action *action = operands->count > 0 ? find_action(operands->items[0]) : NULL;
    if (!action || operands->count - 1 < action->least || operands->count - 1 > action->most) {
        return command_usage(run->command, action ? "give what the help says, and no more"
                                                  : "give one of the words of the help");
    }
    run->first = operands->count > 1 ? operands->items[1] : CORD_STR("");
    run->second = operands->count > 2 ? operands->items[2] : CORD_STR("");
    cord_status status = open_accounts(run, action, &err);
    bool opened = status == CORD_OK;
    if (opened) {
        status = action->act(run, &err);
    }
    if (status == CORD_OK) {
        return COMMAND_DONE;
    }
    (void)command_error(run->command, err.text[0] != '\0' ? err.text : cord_error_name(status));
    bool asked_wrong = opened && (status == CORD_E_FORMAT || status == CORD_E_NOENT);
    return asked_wrong ? COMMAND_USAGE : COMMAND_UNREADABLE;
}

static int admin_main(const struct command *command, int argc, char **argv)
{
    struct run run = {.command = command, .arena = cord_arena_new(ARENA_BYTES_MAX)};
    struct cord_arena *arena = cord_arena_new(LINE_BYTES_MAX); /* operands outlive run.arena */
    struct cord_option_list operands = {0};
    cord_buf_init(&run.row.line, LINE_BYTES_MAX);
    int code = command_begin(command, argc, argv, run.arena ? arena : NULL, &run.config, &operands);
    if (code == COMMAND_BEGUN) {
        run.row.json = run.config.json;
        code = act(&run, &operands);
    }
    code = command_end(command, code);
    cord_accounts_close(run.accounts);
    cord_buf_done(&run.row.line);
    cord_arena_free(arena);
    cord_arena_free(run.arena);
    return code;
}

const struct command command_admin = {
    .name = "admin",
    .operands = "WORD [LOGIN | NUMBER] [ROLE]",
    .summary = "Accounts, roles and tokens, from the machine itself.",
    .help = "  users                  who has an account\n"
            "  add-user LOGIN         an account (--name, --organisation) and its set-up link\n"
            "  disable, enable LOGIN  an account is never removed\n"
            "  reset-password LOGIN   a set-up link; --password reads one, --second-factor\n"
            "                         takes away the second factor\n"
            "  setup-link [LOGIN]     a link; without a login for the first administrator\n"
            "  roles                  which there are, and what each may do\n"
            "  grants [LOGIN]         who has which\n"
            "  grant LOGIN ROLE       --national, --region CODE or --organisation CODE\n"
            "  revoke NUMBER          takes a grant away\n"
            "  tokens [LOGIN]         of programs\n"
            "  new-token LOGIN        --name, --scopes, --days, --organisation\n"
            "  revoke-token NUMBER\n\n"
            "Passwords come from the terminal or the first line of standard input. It may be\n"
            "used while the server runs, by the server's user.\n\n"
            "Exit code: 0 done, 2 wrong usage or nothing of that name, 3 the accounts cannot\n"
            "be read or written.\n",
    .options = options,
    .run = admin_main,
};
