/* api_session.c: signing in and out, the second factor, and the first account of all. */
#include "api/api_accounts.h"
#include "api/api_internal.h"
#include "api/api_users.h"

#include "record/account_factor.h"
#include "record/account_link.h"
#include "record/account_setup.h"
#include "record/account_token.h"
#include "record/session_cookie.h"

#include <stdio.h>

enum { PASSWORD_MAX = 1024, CODE_MAX = 64, BODY_BYTES_MAX = 8192 };

/* --- shapes --- */

static const struct cord_api_member SIGN_IN_MEMBERS[] = {
    {.name = "login",
     .type = CORD_API_TEXT,
     .required = true,
     .least = 1,
     .most = CORD_ACCOUNTS_LOGIN_MAX},
    {.name = "password", .type = CORD_API_TEXT, .required = true, .least = 1, .most = PASSWORD_MAX},
    {.name = "code",
     .type = CORD_API_TEXT,
     .least = 1,
     .most = CODE_MAX,
     .help = "of the second factor, or a recovery code"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape SIGN_IN = {
    .name = "SignIn", .help = "What proves who somebody is.", .members = SIGN_IN_MEMBERS};

static const struct cord_api_member SIGNED_IN_MEMBERS[] = {
    {.name = "user", .type = CORD_API_ID, .required = true},
    {.name = "second_factor",
     .type = CORD_API_FLAG,
     .required = true,
     .help = "without one many roles give nothing"},
    {.name = "csrf",
     .type = CORD_API_TEXT,
     .required = true,
     .help = "for X-Cordon-CSRF, with every change"},
    {.name = "seconds",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help = "the session lasts at most"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape SIGNED_IN = {.name = "SignedIn",
                                                .help = "A session has begun; it is in the cookie.",
                                                .members = SIGNED_IN_MEMBERS};

static const struct cord_api_member SESSION_MEMBERS[] = {
    {.name = "user", .type = CORD_API_ID, .required = true},
    {.name = "login", .type = CORD_API_TEXT, .required = true},
    {.name = "name", .type = CORD_API_TEXT, .required = true},
    {.name = "organisation", .type = CORD_API_TEXT, .required = true, .help = "home: its code"},
    {.name = "second_factor", .type = CORD_API_FLAG, .required = true},
    {.name = "token",
     .type = CORD_API_ID,
     .required = true,
     .nullable = true,
     .help = "the API token's; null: a session"},
    {.name = "ends", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "rights",
     .type = CORD_API_TEXTS,
     .required = true,
     .help = "over something at least: claims.read"},
    {.name = "csrf", .type = CORD_API_TEXT, .help = "of a session"},
    {.name = "now",
     .type = CORD_API_TIME,
     .required = true,
     .help = "the server's clock; of an exercise: its own"},
    {.name = "exercise", .type = CORD_API_TEXT, .help = "its name; left out: the server is live"},
    {.name = "service", .type = CORD_API_TEXT, .help = "who runs this server, as it says"},
    {.name = "marking",
     .type = CORD_API_TEXT,
     .help = "of all that is shown, such as TLP:AMBER; also the header Cordon-Marking of each "
             "answer"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape SESSION = {
    .name = "Session", .help = "Who asks, and what it may.", .members = SESSION_MEMBERS};

static const struct cord_api_member FACTOR_MEMBERS[] = {
    {.name = "uri", .type = CORD_API_TEXT, .required = true, .help = "for a QR code; shown once"},
    {.name = "secret", .type = CORD_API_TEXT, .required = true, .help = "for typing; shown once"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape FACTOR = {.name = "SecondFactor",
                                             .help =
                                                 "A second factor that waits for its first code.",
                                             .members = FACTOR_MEMBERS};

static const struct cord_api_member CODE_MEMBERS[] = {
    {.name = "code", .type = CORD_API_TEXT, .required = true, .least = 1, .most = CODE_MAX},
    {.type = CORD_API_END},
};

static const struct cord_api_shape CODE = {
    .name = "FactorCode", .help = "What the authenticator shows.", .members = CODE_MEMBERS};

static const struct cord_api_member CODES_MEMBERS[] = {
    {.name = "recovery_codes",
     .type = CORD_API_TEXTS,
     .required = true,
     .help = "each good once, when the authenticator is lost; shown once"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape CODES = {
    .name = "RecoveryCodes", .help = "The second factor is in force.", .members = CODES_MEMBERS};

static const struct cord_api_member SETUP_MEMBERS[] = {
    {.name = "token",
     .type = CORD_API_TEXT,
     .required = true,
     .least = 1,
     .most = CORD_TOKEN_TEXT,
     .help = "of the link"},
    {.name = "password", .type = CORD_API_TEXT, .required = true, .least = 1, .most = PASSWORD_MAX},
    {.name = "login",
     .type = CORD_API_TEXT,
     .least = 1,
     .most = CORD_ACCOUNTS_LOGIN_MAX,
     .help = "of the first account of all"},
    {.name = "name",
     .type = CORD_API_TEXT,
     .least = 1,
     .most = CORD_ACCOUNTS_NAME_MAX,
     .help = "the same"},
    {.name = "organisation",
     .type = CORD_API_TEXT,
     .least = 1,
     .most = CORD_ACCOUNTS_CODE_MAX,
     .help = "the same"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape SETUP = {
    .name = "Setup", .help = "A set-up link is used.", .members = SETUP_MEMBERS};

static const struct cord_api_member SET_UP_MEMBERS[] = {
    {.name = "user", .type = CORD_API_ID, .required = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape SET_UP = {
    .name = "SetUp", .help = "The account can sign in now.", .members = SET_UP_MEMBERS};

/* --- signing in --- */

static void set_cookie(struct cord_api_call *call, cord_str token, uint32_t seconds)
{
    struct cord_buf value;
    cord_buf_init(&value, 1024);
    cord_session_cookie_write(token, seconds, &value);
    if (!value.failed) {
        cord_api_call_header(call, "Set-Cookie", cord_buf_str(&value));
    }
    cord_buf_done(&value);
}

static void put_signed_in(struct cord_api_call *call, const struct cord_sign_in_result *result)
{
    char csrf[CORD_DIGEST_TEXT];
    struct cord_error err = {""};
    if (cord_session_cookie_csrf(cord_str_from(result->token), csrf) != CORD_OK) {
        cord_api_call_failed(call, CORD_E_NOMEM, &err);
        return;
    }
    set_cookie(call, cord_str_from(result->token), result->most_s);
    cord_buf_put_char(&call->out, '{');
    cord_api_call_put_id(call, CORD_API_OPAQUE_USER, "user", result->account);
    cord_json_put_flag(&call->out, "second_factor", result->second_factor);
    cord_json_put_text(&call->out, "csrf", cord_str_from(csrf));
    cord_json_put_number(&call->out, "seconds", result->most_s);
    cord_buf_put(&call->out, CORD_STR("}\n"));
}

static void answer_sign_in(struct cord_api_call *call)
{
    struct cord_accounts *accounts = call->options->ports.accounts;
    struct cord_sign_in_result result = {.outcome = CORD_SIGN_IN_REFUSED};
    struct cord_error err = {""};
    char text[16];
    const struct cord_sign_in_request request = {
        .login = cord_api_call_body_text(call, "login"),
        .password = cord_api_call_body_text(call, "password"),
        .code = cord_api_call_body_text(call, "code"),
        .address = cord_api_users_actor(call).address,
    };
    if (!accounts) {
        cord_api_call_problem(call, 401, "login, password or code is wrong");
        return;
    }
    cord_status status = cord_account_session_sign_in(accounts, &request, &result, &err);
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
    } else if (result.outcome == CORD_SIGN_IN_DONE) {
        put_signed_in(call, &result);
    } else if (result.outcome == CORD_SIGN_IN_WAIT) {
        (void)snprintf(text, sizeof text, "%u", result.wait_s);
        cord_api_call_header(call, "Retry-After", cord_str_from(text));
        cord_api_call_problem(call, 429, "too many were wrong before: wait");
    } else {
        cord_api_call_problem(call, 401, "login, password or code is wrong");
    }
}

const struct cord_api_route cord_api_session_create = {
    .method = CORD_HTTP_POST,
    .path = "/session",
    .id = "signIn",
    .flags = CORD_API_PUBLIC | CORD_API_FULL,
    .body = &SIGN_IN,
    .body_bytes_max = BODY_BYTES_MAX,
    .status = 200,
    .reply = &SIGNED_IN,
    .summary = "Sign in",
    .help =
        "What was wrong is not said. Wrong answers make the next ones wait, for the account and "
        "for the address.",
    .answer = answer_sign_in,
};

/* The session's token, {NULL,0} when an API token asks. */
static cord_str session_token(const struct cord_api_call *call)
{
    cord_str token = {0};
    bool session = cord_api_accounts_identity(&call->principal)->token == 0;
    return session && cord_session_cookie_read(call->cookie, &token) == CORD_OK ? token
                                                                                : (cord_str){0};
}

static void put_rights(struct cord_api_call *call)
{
    const struct cord_api_access *access = &call->options->access;
    cord_json_put_name(&call->out, "rights");
    cord_buf_put_char(&call->out, '[');
    for (unsigned verb = 0; verb < CORD_VERB_COUNT; verb++) {
        const char *name = cord_role_verb_name((enum cord_verb)verb);
        if (access->any(access->self, &call->principal, name) == CORD_API_YES) {
            cord_json_put_item(&call->out);
            cord_buf_printf(&call->out, "\"%s\"", name);
        }
    }
    cord_buf_put_char(&call->out, ']');
}

static void put_banner(struct cord_api_call *call)
{
    struct cord_api_banner_texts texts;
    cord_api_banner_get(call->api->banner, &texts);
    if (texts.service[0] != '\0') {
        cord_json_put_text(&call->out, "service", cord_str_from(texts.service));
    }
    if (texts.marking[0] != '\0') {
        cord_json_put_text(&call->out, "marking", cord_str_from(texts.marking));
    }
}

static void answer_session(struct cord_api_call *call)
{
    const struct cord_identity *identity = cord_api_accounts_identity(&call->principal);
    char csrf[CORD_DIGEST_TEXT];
    cord_str token = session_token(call);
    struct cord_buf *out = &call->out;
    cord_buf_put_char(out, '{');
    cord_api_call_put_id(call, CORD_API_OPAQUE_USER, "user", identity->account);
    cord_json_put_text(out, "login", identity->login);
    cord_json_put_text(out, "name", identity->name);
    cord_json_put_text(out, "organisation", identity->rights.organisation);
    cord_json_put_flag(out, "second_factor", identity->rights.second_factor);
    cord_api_call_put_id(call, CORD_API_OPAQUE_TOKEN, "token", identity->token);
    cord_json_put_time(out, "ends", identity->ends_ns);
    put_rights(call);
    if (token.ptr && cord_session_cookie_csrf(token, csrf) == CORD_OK) {
        cord_json_put_text(out, "csrf", cord_str_from(csrf));
    }
    cord_json_put_time(out, "now", call->now_ns);
    if (call->options->exercise.len > 0) {
        cord_json_put_text(out, "exercise", call->options->exercise);
    }
    put_banner(call);
    cord_buf_put(out, CORD_STR("}\n"));
}

const struct cord_api_route cord_api_session_get = {
    .method = CORD_HTTP_GET,
    .path = "/session",
    .id = "getSession",
    .status = 200,
    .reply = &SESSION,
    .summary = "Who asks, and what it may",
    .answer = answer_session,
};

static void answer_sign_out(struct cord_api_call *call)
{
    struct cord_error err = {""};
    cord_str token = session_token(call);
    cord_status status = CORD_OK;
    if (token.ptr) {
        status = cord_account_session_end(call->options->ports.accounts, token,
                                          cord_api_users_actor(call).address, &err);
    }
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
        return;
    }
    set_cookie(call, CORD_STR(""), 0);
}

const struct cord_api_route cord_api_session_delete = {
    .method = CORD_HTTP_DELETE,
    .path = "/session",
    .id = "signOut",
    .flags = CORD_API_FULL,
    .status = 204,
    .summary = "Sign out",
    .answer = answer_sign_out,
};

/* --- the second factor --- */

static void answer_factor(struct cord_api_call *call)
{
    const struct cord_identity *identity = cord_api_accounts_identity(&call->principal);
    struct cord_error err = {""};
    struct cord_buf uri;
    struct cord_buf secret;
    cord_buf_init(&uri, 1024);
    cord_buf_init(&secret, 256);
    cord_status status =
        session_token(call).ptr
            ? cord_account_factor_begin(call->options->ports.accounts, identity->account,
                                        identity->rights.second_factor, &uri, &secret, &err)
            : CORD_E_UNSUPPORTED;
    if (status == CORD_OK) {
        cord_buf_put_char(&call->out, '{');
        cord_json_put_text(&call->out, "uri", cord_buf_str(&uri));
        cord_json_put_text(&call->out, "secret", cord_buf_str(&secret));
        cord_buf_put(&call->out, CORD_STR("}\n"));
    } else if (status == CORD_E_UNSUPPORTED) {
        cord_api_call_problem(call, 403, "this needs a session signed in with the factor there is");
    } else {
        cord_api_call_failed(call, status, &err);
    }
    cord_buf_done(&uri);
    cord_buf_done(&secret);
}

const struct cord_api_route cord_api_session_factor = {
    .method = CORD_HTTP_POST,
    .path = "/session/factor",
    .id = "beginSecondFactor",
    .flags = CORD_API_FULL,
    .status = 200,
    .reply = &FACTOR,
    .summary = "Make a second factor for oneself",
    .help = "It is in force once its first code has been confirmed.",
    .answer = answer_factor,
};

static void answer_confirm(struct cord_api_call *call)
{
    const struct cord_identity *identity = cord_api_accounts_identity(&call->principal);
    const struct cord_actor actor = cord_api_users_actor(call);
    struct cord_account_factor_codes codes;
    struct cord_error err = {""};
    cord_str token = session_token(call);
    if (!token.ptr) {
        cord_api_call_problem(call, 403, "this needs a session");
        return;
    }
    const struct cord_account_factor_proof proof = {
        .account = identity->account,
        .code = cord_api_call_body_text(call, "code"),
        .session = token,
    };
    cord_status status =
        cord_account_factor_confirm(call->options->ports.accounts, &proof, &actor, &codes, &err);
    if (status == CORD_E_NOENT) {
        cord_api_call_problem(call, 409, "no second factor waits to be confirmed");
        return;
    }
    if (status != CORD_OK) {
        cord_api_users_refuse(call, status, &err);
        return;
    }
    cord_buf_put(&call->out, CORD_STR("{\"recovery_codes\":["));
    for (size_t i = 0; i < CORD_ACCOUNT_FACTOR_CODES; i++) {
        cord_buf_printf(&call->out, "%s\"%s\"", i > 0 ? "," : "", codes.text[i]);
    }
    cord_buf_put(&call->out, CORD_STR("]}\n"));
}

const struct cord_api_route cord_api_session_confirm = {
    .method = CORD_HTTP_POST,
    .path = "/session/factor/confirm",
    .id = "confirmSecondFactor",
    .flags = CORD_API_CONFLICTS | CORD_API_FULL,
    .body = &CODE,
    .body_bytes_max = BODY_BYTES_MAX,
    .status = 200,
    .reply = &CODES,
    .summary = "Confirm one's second factor by its first code",
    .help = "Other sessions of the account are over; this one counts as signed in with it.",
    .answer = answer_confirm,
};

/* --- a link of an exercise --- */

static const struct cord_api_member LINK_PARAMETERS[] =
    CORD_API_SHAPE_ONE_TEXT("token", CORD_TOKEN_TEXT, "of the link");

static void answer_link(struct cord_api_call *call)
{
    struct cord_accounts *accounts = call->options->ports.accounts;
    struct cord_sign_in_result result = {0};
    struct cord_error err = {""};
    cord_status status = CORD_E_NOENT;
    if (accounts) {
        status = cord_account_link_use(accounts, cord_api_call_text(call, "token"),
                                       cord_api_users_actor(call).address, &result, &err);
    }
    if (status == CORD_OK) {
        set_cookie(call, cord_str_from(result.token), result.most_s);
        cord_api_call_header(call, "Location", CORD_STR("/"));
    } else if (status == CORD_E_NOENT) {
        cord_api_call_problem(call, 401, "the link was used, is over, or there never was one");
    } else {
        cord_api_call_failed(call, status, &err);
    }
}

const struct cord_api_route cord_api_session_link = {
    .method = CORD_HTTP_GET,
    .path = "/session/link",
    .id = "followLink",
    .flags = CORD_API_PUBLIC | CORD_API_LINK,
    .parameters = LINK_PARAMETERS,
    .status = 303,
    .summary = "Sign in by a link of an exercise",
    .help = "What `cordon demo` prints. Good once, for an hour, in an exercise only; leads to the "
            "console.",
    .answer = answer_link,
};

/* --- set-up --- */

static void answer_setup(struct cord_api_call *call)
{
    struct cord_accounts *accounts = call->options->ports.accounts;
    struct cord_error err = {""};
    uint64_t user = 0;
    const struct cord_account_setup setup = {
        .token = cord_api_call_body_text(call, "token"),
        .password = cord_api_call_body_text(call, "password"),
        .address = cord_api_users_actor(call).address,
        .account = {.login = cord_api_call_body_text(call, "login"),
                    .name = cord_api_call_body_text(call, "name"),
                    .organisation = cord_api_call_body_text(call, "organisation"),
                    .issuer = CORD_STR(""),
                    .subject = CORD_STR("")},
    };
    cord_status status =
        accounts ? cord_account_setup_use(accounts, &setup, &user, &err) : CORD_E_NOENT;
    if (status == CORD_E_NOENT) {
        cord_api_call_problem(call, 401, "the link was used, is over, or there never was one");
    } else if (status != CORD_OK) {
        cord_api_users_refuse(call, status, &err);
    } else {
        cord_buf_put_char(&call->out, '{');
        cord_api_call_put_id(call, CORD_API_OPAQUE_USER, "user", user);
        cord_buf_put(&call->out, CORD_STR("}\n"));
    }
}

const struct cord_api_route cord_api_session_setup = {
    .method = CORD_HTTP_POST,
    .path = "/setup",
    .id = "setUp",
    .flags = CORD_API_PUBLIC | CORD_API_FULL,
    .body = &SETUP,
    .body_bytes_max = BODY_BYTES_MAX,
    .status = 201,
    .reply = &SET_UP,
    .summary = "Use a set-up link: choose the password, or make the first account",
    .help = "Nobody is signed in by it.",
    .answer = answer_setup,
};
