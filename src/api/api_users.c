/* api_users.c: accounts: who may sign in. */
#include "api/api_users.h"

#include "api/api_accounts.h"
#include "api/api_internal.h"

#include "record/account_setup.h"
#include "record/account_token.h"

#include <stdio.h>

enum { BODY_BYTES_MAX = 8192 };

/* --- shared --- */

struct cord_actor cord_api_users_actor(const struct cord_api_call *call)
{
    /* "[::1]:80", "10.0.0.1:80": without the port. */
    cord_str address = call->peer;
    size_t len = address.len;
    while (len > 0 && address.ptr[len - 1] != ':') {
        len--;
    }
    address = cord_str_slice(address, 0, len > 0 ? len - 1 : address.len);
    if (cord_str_starts(address, CORD_STR("[")) && cord_str_ends(address, CORD_STR("]"))) {
        address = cord_str_slice(address, 1, address.len - 2);
    }
    return (struct cord_actor){
        .account =
            call->principal.rights ? cord_api_accounts_identity(&call->principal)->account : 0,
        .address = address,
    };
}

void cord_api_users_refuse(struct cord_api_call *call, cord_status status,
                           const struct cord_error *err)
{
    const char *colon = strstr(err->text, ": ");
    size_t len = colon ? (size_t)(colon - err->text) : 0;
    char path[CORD_API_PATH_BYTES];
    bool named = colon && len < 40 && !memchr(err->text, ' ', len);
    if (status != CORD_E_FORMAT) {
        cord_api_call_failed(call, status, err);
        return;
    }
    (void)snprintf(path, sizeof path, "%.*s", named ? (int)len : 0, err->text);
    cord_api_shape_fault(&call->faults, path, "%s", named ? colon + 2 : err->text);
    cord_api_call_problem(call, 422, "the body is not as it is to be");
}

bool cord_api_users_get(struct cord_api_call *call, uint64_t number,
                        struct cord_account *ret_account)
{
    struct cord_error err = {""};
    cord_status status =
        cord_accounts_get(call->options->ports.accounts, number, call->arena, ret_account, &err);
    if (status == CORD_OK && !cord_api_call_sees(call, ret_account->organisation)) {
        status = CORD_E_NOENT;
    }
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
    }
    return status == CORD_OK;
}

/* The codes of those of whom an account may be seen. */
static cord_status codes_of(struct cord_api_call *call, const struct cord_record_reach *reach,
                            struct cord_accounts_among *among)
{
    const cord_str prefix = CORD_STR("org:");
    size_t most = 0;
    for (size_t i = 0; i < reach->own_count; i++) {
        most += reach->own[i].count;
    }
    cord_str *codes = cord_arena_zalloc(call->arena, most + 1, sizeof *codes);
    if (!codes) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < reach->own_count; i++) {
        const struct cord_record_reach_own *own = &reach->own[i];
        bool shown = (own->markings & 1U << CORD_CLAIM_AMBER) != 0;
        for (size_t k = 0; shown && k < own->count; k++) {
            if (cord_str_starts(own->subjects[k], prefix)) {
                codes[among->count++] = cord_str_from_byte(own->subjects[k], prefix.len);
            }
        }
    }
    among->codes = codes;
    return CORD_OK;
}

bool cord_api_users_among(struct cord_api_call *call, struct cord_accounts_among *ret_among)
{
    const struct cord_api_access *access = &call->options->access;
    struct cord_accounts_among among = {.limit = cord_api_call_limit(call) + 1};
    struct cord_record_reach reach = {0};
    if (!cord_api_call_place_number(call, &among.after)) {
        return false;
    }
    cord_status status = access->reach(access->self, &call->principal, call->route->verb, false,
                                       call->arena, &reach);
    among.some = (reach.markings & 1U << CORD_CLAIM_AMBER) == 0;
    if (status == CORD_OK && among.some) {
        status = codes_of(call, &reach, &among);
    }
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &(struct cord_error){""});
        return false;
    }
    *ret_among = among;
    return true;
}

const struct cord_api_member cord_api_users_variable[] = {
    {.name = "id", .type = CORD_API_ID, .required = true},
    {.type = CORD_API_END},
};

/* --- shapes --- */

static const struct cord_api_member USER_MEMBERS[] = {
    {.name = "user", .type = CORD_API_ID, .required = true},
    {.name = "login", .type = CORD_API_TEXT, .required = true},
    {.name = "name", .type = CORD_API_TEXT, .required = true},
    {.name = "organisation", .type = CORD_API_TEXT, .required = true, .help = "home: its code"},
    {.name = "has_password", .type = CORD_API_FLAG, .required = true},
    {.name = "has_second_factor", .type = CORD_API_FLAG, .required = true},
    {.name = "created", .type = CORD_API_TIME, .required = true},
    {.name = "disabled", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "signed_in",
     .type = CORD_API_TIME,
     .required = true,
     .nullable = true,
     .help = "the last time"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape USER = {.name = "User",
                                           .help = "An account. It is never removed, but disabled.",
                                           .members = USER_MEMBERS};

static const struct cord_api_member NEW_MEMBERS[] = {
    {.name = "login",
     .type = CORD_API_TEXT,
     .required = true,
     .least = 1,
     .most = CORD_ACCOUNTS_LOGIN_MAX},
    {.name = "name",
     .type = CORD_API_TEXT,
     .required = true,
     .least = 1,
     .most = CORD_ACCOUNTS_NAME_MAX},
    {.name = "organisation",
     .type = CORD_API_TEXT,
     .required = true,
     .least = 1,
     .most = CORD_ACCOUNTS_CODE_MAX},
    {.type = CORD_API_END},
};

static const struct cord_api_shape NEW_USER = {
    .name = "NewUser", .help = "An account that is to be.", .members = NEW_MEMBERS};

static const struct cord_api_member LINK_MEMBERS[] = {
    {.name = "user", .type = CORD_API_ID, .required = true},
    {.name = "setup_token",
     .type = CORD_API_TEXT,
     .required = true,
     .help = "for POST /setup, once; shown only now"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape LINK = {.name = "SetupLink",
                                           .help =
                                               "By which the account's user chooses a password.",
                                           .members = LINK_MEMBERS};

static void put_user(struct cord_api_call *call, const struct cord_account *account)
{
    struct cord_buf *out = &call->out;
    cord_json_put_object(out);
    cord_api_call_put_id(call, CORD_API_OPAQUE_USER, "user", account->number);
    cord_json_put_text(out, "login", account->login);
    cord_json_put_text(out, "name", account->name);
    cord_json_put_text(out, "organisation", account->organisation);
    cord_json_put_flag(out, "has_password", account->has_password);
    cord_json_put_flag(out, "has_second_factor", account->has_second_factor);
    cord_json_put_time(out, "created", account->created_ns);
    cord_json_put_time(out, "disabled", account->disabled_ns);
    cord_json_put_time(out, "signed_in", account->signed_in_ns);
    cord_buf_put_char(out, '}');
}

/* --- reading --- */

static void answer_list(struct cord_api_call *call)
{
    struct cord_error err = {""};
    struct cord_accounts_among among;
    struct cord_accounts_page page = {NULL, 0};
    if (!cord_api_users_among(call, &among)) {
        return;
    }
    cord_status status =
        cord_accounts_list(call->options->ports.accounts, &among, call->arena, &page, &err);
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
        return;
    }
    bool more = page.count == among.limit;
    page.count -= more ? 1 : 0;
    cord_api_call_page(call);
    for (size_t i = 0; i < page.count; i++) {
        among.after = page.items[i].number;
        if (cord_api_call_sees(call, page.items[i].organisation)) {
            put_user(call, &page.items[i]);
        }
    }
    cord_api_call_page_end_number(call, more, among.after);
}

const struct cord_api_route cord_api_users_list = {
    .method = CORD_HTTP_GET,
    .path = "/users",
    .id = "listUsers",
    .verb = "users.read",
    .flags = CORD_API_PAGED,
    .status = 200,
    .reply = &USER,
    .summary = "Accounts",
    .answer = answer_list,
};

static void answer_get(struct cord_api_call *call)
{
    struct cord_account account;
    uint64_t number;
    if (cord_api_call_id(call, CORD_API_OPAQUE_USER, &number) &&
        cord_api_users_get(call, number, &account)) {
        put_user(call, &account);
        cord_buf_put_char(&call->out, '\n');
    }
}

const struct cord_api_route cord_api_users_one = {
    .method = CORD_HTTP_GET,
    .path = "/users/{id}",
    .id = "getUser",
    .verb = "users.read",
    .variables = cord_api_users_variable,
    .status = 200,
    .reply = &USER,
    .summary = "One account",
    .answer = answer_get,
};

/* --- changing --- */

static const struct cord_api_member CHANGE_MEMBERS[] =
    CORD_API_SHAPE_ONE_TEXT("name", CORD_ACCOUNTS_NAME_MAX, "as people call whoever it is");

static const struct cord_api_shape CHANGE = {
    .name = "UserChange", .help = "What of an account may change.", .members = CHANGE_MEMBERS};

static void answer_replace(struct cord_api_call *call)
{
    const struct cord_actor actor = cord_api_users_actor(call);
    struct cord_account account;
    struct cord_error err = {""};
    uint64_t number;
    if (!cord_api_call_id(call, CORD_API_OPAQUE_USER, &number) ||
        !cord_api_users_get(call, number, &account)) {
        return;
    }
    cord_status status = cord_accounts_rename(call->options->ports.accounts, number,
                                              cord_api_call_body_text(call, "name"), &actor, &err);
    if (status != CORD_OK) {
        cord_api_users_refuse(call, status, &err);
    } else if (cord_api_users_get(call, number, &account)) {
        put_user(call, &account);
        cord_buf_put_char(&call->out, '\n');
    }
}

const struct cord_api_route cord_api_users_replace = {
    .method = CORD_HTTP_PUT,
    .path = "/users/{id}",
    .id = "replaceUser",
    .verb = "users.write",
    .flags = CORD_API_MATCHED | CORD_API_FULL,
    .variables = cord_api_users_variable,
    .body = &CHANGE,
    .body_bytes_max = BODY_BYTES_MAX,
    .status = 200,
    .reply = &USER,
    .summary = "Change an account's name",
    .help = "Login and organisation never change: they are what the record knows it by.",
    .answer = answer_replace,
};

/* The link that goes with it: shown to whoever asked, once. */
static void put_link(struct cord_api_call *call, uint64_t number)
{
    const struct cord_actor actor = cord_api_users_actor(call);
    struct cord_error err = {""};
    char token[CORD_TOKEN_TEXT];
    cord_status status =
        cord_account_setup_make(call->options->ports.accounts, number, &actor, token, &err);
    if (status == CORD_E_NOENT) {
        cord_api_call_problem(call, 409, "the account is disabled");
        return;
    }
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
        return;
    }
    cord_buf_put_char(&call->out, '{');
    cord_api_call_put_id(call, CORD_API_OPAQUE_USER, "user", number);
    cord_json_put_text(&call->out, "setup_token", cord_str_from(token));
    cord_buf_put(&call->out, CORD_STR("}\n"));
}

static void answer_create(struct cord_api_call *call)
{
    const struct cord_actor actor = cord_api_users_actor(call);
    struct cord_error err = {""};
    uint64_t number = 0;
    const struct cord_account_new account = {
        .login = cord_api_call_body_text(call, "login"),
        .name = cord_api_call_body_text(call, "name"),
        .organisation = cord_api_call_body_text(call, "organisation"),
        .issuer = CORD_STR(""),
        .subject = CORD_STR(""),
    };
    if (!cord_api_call_sees(call, account.organisation)) {
        cord_api_call_problem(call, 403, "this needs the right users.write over the organisation");
        return;
    }
    cord_status status =
        cord_accounts_add(call->options->ports.accounts, &account, &actor, &number, &err);
    if (status != CORD_OK) {
        cord_api_users_refuse(call, status, &err);
        return;
    }
    char id[CORD_API_OPAQUE_TEXT];
    cord_str path = cord_arena_printf(
        call->arena, CORD_API_BASE "/users/%s",
        cord_api_opaque_format(&call->api->opaque, CORD_API_OPAQUE_USER, number, id).ptr);
    if (path.ptr) {
        cord_api_call_header(call, "Location", path);
    }
    put_link(call, number);
}

const struct cord_api_route cord_api_users_create = {
    .method = CORD_HTTP_POST,
    .path = "/users",
    .id = "createUser",
    .verb = "users.write",
    .flags = CORD_API_CONFLICTS | CORD_API_FULL | CORD_API_KEYED | CORD_API_SECRET,
    .body = &NEW_USER,
    .body_bytes_max = BODY_BYTES_MAX,
    .status = 201,
    .reply = &LINK,
    .summary = "Make an account",
    .help = "It can do nothing until its user has chosen a password by the link and it has a role.",
    .answer = answer_create,
};

static void answer_setup(struct cord_api_call *call)
{
    struct cord_account account;
    uint64_t number;
    if (cord_api_call_id(call, CORD_API_OPAQUE_USER, &number) &&
        cord_api_users_get(call, number, &account)) {
        put_link(call, number);
    }
}

const struct cord_api_route cord_api_users_setup = {
    .method = CORD_HTTP_POST,
    .path = "/users/{id}/setup",
    .id = "createSetupLink",
    .verb = "users.write",
    .flags = CORD_API_CONFLICTS | CORD_API_FULL | CORD_API_KEYED | CORD_API_SECRET,
    .variables = cord_api_users_variable,
    .status = 201,
    .reply = &LINK,
    .summary = "Make a set-up link for an account",
    .help = "The one before it is no good any more.",
    .answer = answer_setup,
};

static void change(struct cord_api_call *call,
                   cord_status (*how)(struct cord_accounts *accounts, uint64_t number,
                                      const struct cord_actor *actor, struct cord_error *err))
{
    const struct cord_actor actor = cord_api_users_actor(call);
    struct cord_account account;
    struct cord_error err = {""};
    uint64_t number;
    if (!cord_api_call_id(call, CORD_API_OPAQUE_USER, &number) ||
        !cord_api_users_get(call, number, &account)) {
        return;
    }
    cord_status status = how(call->options->ports.accounts, number, &actor, &err);
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
    }
}

static void answer_disable(struct cord_api_call *call)
{
    change(call, cord_accounts_disable);
}

static void answer_enable(struct cord_api_call *call)
{
    change(call, cord_accounts_enable);
}

const struct cord_api_route cord_api_users_disable = {
    .method = CORD_HTTP_POST,
    .path = "/users/{id}/disable",
    .id = "disableUser",
    .verb = "users.write",
    .flags = CORD_API_FULL,
    .variables = cord_api_users_variable,
    .status = 204,
    .summary = "Disable an account",
    .help = "It cannot sign in, its sessions are over, its tokens open nothing.",
    .answer = answer_disable,
};

const struct cord_api_route cord_api_users_enable = {
    .method = CORD_HTTP_POST,
    .path = "/users/{id}/enable",
    .id = "enableUser",
    .verb = "users.write",
    .flags = CORD_API_FULL,
    .variables = cord_api_users_variable,
    .status = 204,
    .summary = "Enable an account again",
    .answer = answer_enable,
};
