/* api_tokens.c: API tokens, the roles that accounts have, and the audit. */
#include "api/api_accounts.h"
#include "api/api_claims.h"
#include "api/api_internal.h"
#include "api/api_users.h"

#include "record/account_grant.h"
#include "record/account_token.h"

#include <stdio.h>

enum { BODY_BYTES_MAX = 8192, CODE_MAX = CORD_ACCOUNTS_CODE_MAX };

/* --- tokens --- */

#define TOKEN_SAID                                                                                 \
    {.name = "name",                                                                               \
     .type = CORD_API_TEXT,                                                                        \
     .required = true,                                                                             \
     .least = 1,                                                                                   \
     .most = CORD_ACCOUNT_TOKEN_NAME_MAX,                                                          \
     .help = "what it is for"},                                                                    \
    {                                                                                              \
        .name = "rights", .type = CORD_API_TEXT, .required = true, .least = 1, .most = 1024,       \
        .help = "with blanks between: claims.read figures.read"                                    \
    }

static const struct cord_api_member TOKEN_MEMBERS[] = {
    {.name = "token", .type = CORD_API_ID, .required = true},
    {.name = "user", .type = CORD_API_ID, .required = true},
    TOKEN_SAID,
    {.name = "organisation",
     .type = CORD_API_TEXT,
     .required = true,
     .help = "reaches this one's data alone; empty: all that its user does"},
    {.name = "created", .type = CORD_API_TIME, .required = true},
    {.name = "ends", .type = CORD_API_TIME, .required = true},
    {.name = "used", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "revoked", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape TOKEN = {
    .name = "Token",
    .help = "An account's rights in part, for a program, for a time.",
    .members = TOKEN_MEMBERS};

static const struct cord_api_member NEW_TOKEN_MEMBERS[] = {
    TOKEN_SAID,
    {.name = "user", .type = CORD_API_ID, .help = "whose; oneself unless said"},
    {.name = "organisation", .type = CORD_API_TEXT, .least = 1, .most = CODE_MAX},
    {.name = "days",
     .type = CORD_API_NUMBER,
     .required = true,
     .least = 1,
     .most = CORD_ACCOUNT_TOKEN_DAYS_MAX,
     .help = "that it is good"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape NEW_TOKEN = {
    .name = "NewToken", .help = "A token that is to be.", .members = NEW_TOKEN_MEMBERS};

static const struct cord_api_member MADE_MEMBERS[] = {
    {.name = "token", .type = CORD_API_ID, .required = true},
    {.name = "secret",
     .type = CORD_API_TEXT,
     .required = true,
     .help = "for Authorization: Bearer; shown only now"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape MADE = {
    .name = "TokenMade", .help = "A token, and its secret.", .members = MADE_MEMBERS};

static void put_token(struct cord_api_call *call, const struct cord_account_token *token)
{
    struct cord_buf *out = &call->out;
    struct cord_buf verbs;
    cord_buf_init(&verbs, 4096);
    cord_account_token_write_verbs(token->verbs, &verbs);
    cord_json_put_object(out);
    cord_api_call_put_id(call, CORD_API_OPAQUE_TOKEN, "token", token->number);
    cord_api_call_put_id(call, CORD_API_OPAQUE_USER, "user", token->account);
    cord_json_put_text(out, "name", token->name);
    cord_json_put_text(out, "rights", cord_buf_str(&verbs));
    cord_json_put_text(out, "organisation", token->organisation);
    cord_json_put_time(out, "created", token->created_ns);
    cord_json_put_time(out, "ends", token->ends_ns);
    cord_json_put_time(out, "used", token->used_ns);
    cord_json_put_time(out, "revoked", token->revoked_ns);
    cord_buf_put_char(out, '}');
    cord_buf_done(&verbs);
}

/* Whose they are decides who sees them. */
static bool sees_account(struct cord_api_call *call, uint64_t number)
{
    struct cord_account account;
    struct cord_error err;
    return cord_accounts_get(call->options->ports.accounts, number, call->arena, &account, &err) ==
               CORD_OK &&
           cord_api_call_sees(call, account.organisation);
}

static void answer_tokens(struct cord_api_call *call)
{
    struct cord_account_token *tokens = NULL;
    struct cord_error err = {""};
    struct cord_accounts_among among;
    size_t count = 0;
    if (!cord_api_users_among(call, &among)) {
        return;
    }
    cord_status status = cord_account_token_page(call->options->ports.accounts, &among, call->arena,
                                                 &tokens, &count, &err);
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
        return;
    }
    bool more = count == among.limit;
    count -= more ? 1 : 0;
    cord_api_call_page(call);
    for (size_t i = 0; i < count; i++) {
        among.after = tokens[i].number;
        if (sees_account(call, tokens[i].account)) {
            put_token(call, &tokens[i]);
        }
    }
    cord_api_call_page_end_number(call, more, among.after);
}

const struct cord_api_route cord_api_tokens_list = {
    .method = CORD_HTTP_GET,
    .path = "/tokens",
    .id = "listTokens",
    .verb = "tokens.read",
    .flags = CORD_API_PAGED,
    .status = 200,
    .reply = &TOKEN,
    .summary = "API tokens",
    .answer = answer_tokens,
};

static void answer_create(struct cord_api_call *call)
{
    struct cord_accounts *accounts = call->options->ports.accounts;
    const struct cord_actor actor = cord_api_users_actor(call);
    struct cord_error err = {""};
    char secret[CORD_TOKEN_TEXT];
    uint64_t number = 0;
    uint64_t user = 0;
    if (!cord_api_call_body_id(call, "user", CORD_API_OPAQUE_USER, &user)) {
        return;
    }
    struct cord_account_token token = {
        .account = user > 0 ? user : actor.account,
        .name = cord_api_call_body_text(call, "name"),
        .organisation = cord_api_call_body_text(call, "organisation"),
        .ends_ns = call->wall_ns +
                   (int64_t)cord_api_call_body_number(call, "days") * 86400 * CORD_SECOND_NS,
    };
    if (cord_account_token_read_verbs(cord_api_call_body_text(call, "rights"), &token.verbs,
                                      &err) != CORD_OK) {
        cord_api_shape_fault(&call->faults, "rights", "%s", err.text);
        cord_api_call_problem(call, 422, "the body is not as it is to be");
        return;
    }
    if (!sees_account(call, token.account)) {
        cord_api_shape_fault(&call->faults, "user", "there is no such account, or not for you");
        cord_api_call_problem(call, 422, "the body is not as it is to be");
        return;
    }
    cord_status status = cord_account_token_add(accounts, &token, &actor, secret, &number, &err);
    if (status != CORD_OK) {
        cord_api_users_refuse(call, status, &err);
        return;
    }
    cord_buf_put_char(&call->out, '{');
    cord_api_call_put_id(call, CORD_API_OPAQUE_TOKEN, "token", number);
    cord_json_put_text(&call->out, "secret", cord_str_from(secret));
    cord_buf_put(&call->out, CORD_STR("}\n"));
}

const struct cord_api_route cord_api_tokens_create = {
    .method = CORD_HTTP_POST,
    .path = "/tokens",
    .id = "createToken",
    .verb = "tokens.write",
    .flags = CORD_API_FULL | CORD_API_KEYED | CORD_API_SECRET,
    .body = &NEW_TOKEN,
    .body_bytes_max = BODY_BYTES_MAX,
    .status = 201,
    .reply = &MADE,
    .summary = "Make an API token",
    .help = "It never can do more than its user can at that moment.",
    .answer = answer_create,
};

static void answer_revoke(struct cord_api_call *call)
{
    const struct cord_actor actor = cord_api_users_actor(call);
    struct cord_account_token token;
    struct cord_error err = {""};
    uint64_t number;
    if (!cord_api_call_id(call, CORD_API_OPAQUE_TOKEN, &number)) {
        return;
    }
    cord_status status =
        cord_account_token_get(call->options->ports.accounts, number, call->arena, &token, &err);
    if (status == CORD_OK && !sees_account(call, token.account)) {
        status = CORD_E_NOENT;
    }
    if (status == CORD_OK) {
        status = cord_account_token_revoke(call->options->ports.accounts, number, &actor, &err);
    }
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
    }
}

const struct cord_api_route cord_api_tokens_delete = {
    .method = CORD_HTTP_DELETE,
    .path = "/tokens/{id}",
    .id = "revokeToken",
    .verb = "tokens.write",
    .flags = CORD_API_FULL,
    .variables = cord_api_users_variable,
    .status = 204,
    .summary = "Revoke an API token",
    .answer = answer_revoke,
};

/* --- roles --- */

static const char *const ROLES[] = {"national-analyst",
                                    "regional-lead",
                                    "security-lead",
                                    "clinical-safety-officer",
                                    "commander",
                                    "executive",
                                    "auditor",
                                    "administrator",
                                    NULL};
static const char *const SCOPES[] = {"national", "region", "organisation", NULL};

static const struct cord_api_member GRANT_MEMBERS[] = {
    {.name = "grant", .type = CORD_API_ID, .required = true},
    {.name = "user", .type = CORD_API_ID, .required = true},
    {.name = "role", .type = CORD_API_WORD, .required = true, .words = ROLES},
    {.name = "scope", .type = CORD_API_WORD, .required = true, .words = SCOPES},
    {.name = "code",
     .type = CORD_API_TEXT,
     .required = true,
     .help = "of the region or organisation; empty: the whole nation"},
    {.name = "from", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "to", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape GRANT = {.name = "Grant",
                                            .help =
                                                "A role that an account has, over what, and when.",
                                            .members = GRANT_MEMBERS};

static const struct cord_api_member NEW_GRANT_MEMBERS[] = {
    {.name = "user", .type = CORD_API_ID, .required = true},
    {.name = "role", .type = CORD_API_WORD, .required = true, .words = ROLES},
    {.name = "scope", .type = CORD_API_WORD, .required = true, .words = SCOPES},
    {.name = "code", .type = CORD_API_TEXT, .least = 1, .most = CODE_MAX},
    {.name = "from", .type = CORD_API_TIME, .help = "from now on unless said"},
    {.name = "to", .type = CORD_API_TIME, .help = "until revoked unless said"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape NEW_GRANT = {
    .name = "NewGrant", .help = "A role that is to be given.", .members = NEW_GRANT_MEMBERS};

static const struct cord_api_member GRANTED_MEMBERS[] = {
    {.name = "grant", .type = CORD_API_ID, .required = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape GRANTED = {
    .name = "Granted", .help = "The role is given.", .members = GRANTED_MEMBERS};

static void put_grant(struct cord_api_call *call, const struct cord_grant *grant, uint64_t user)
{
    struct cord_buf *out = &call->out;
    cord_json_put_object(out);
    cord_api_call_put_id(call, CORD_API_OPAQUE_GRANT, "grant", grant->number);
    cord_api_call_put_id(call, CORD_API_OPAQUE_USER, "user", user);
    cord_json_put_text(out, "role", cord_str_from(cord_role_row(grant->role)->name));
    cord_json_put_text(out, "scope", cord_str_from(cord_role_scope_name(grant->scope)));
    cord_json_put_text(out, "code", grant->code);
    cord_json_put_time(out, "from", grant->from_ns);
    cord_json_put_time(out, "to", grant->to_ns);
    cord_buf_put_char(out, '}');
}

static void answer_grants(struct cord_api_call *call)
{
    struct cord_account_grants grants = {NULL, NULL, 0};
    struct cord_error err = {""};
    struct cord_accounts_among among;
    if (!cord_api_users_among(call, &among) ||
        !cord_api_call_parameter_id(call, "user", CORD_API_OPAQUE_USER, &among.account)) {
        return;
    }
    cord_status status =
        cord_account_grant_page(call->options->ports.accounts, &among, call->arena, &grants, &err);
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
        return;
    }
    bool more = grants.count == among.limit;
    grants.count -= more ? 1 : 0;
    cord_api_call_page(call);
    for (size_t i = 0; i < grants.count; i++) {
        among.after = grants.items[i].number;
        if (sees_account(call, grants.accounts[i])) {
            put_grant(call, &grants.items[i], grants.accounts[i]);
        }
    }
    cord_api_call_page_end_number(call, more, among.after);
}

static const struct cord_api_member GRANTS_PARAMETERS[] = {
    {.name = "user", .type = CORD_API_ID, .help = "those of this account"},
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_tokens_grants = {
    .method = CORD_HTTP_GET,
    .path = "/roles",
    .id = "listRoles",
    .verb = "roles.read",
    .flags = CORD_API_PAGED,
    .parameters = GRANTS_PARAMETERS,
    .status = 200,
    .reply = &GRANT,
    .summary = "Who has which role, over what",
    .answer = answer_grants,
};

static struct cord_grant grant_of(const struct cord_api_call *call)
{
    struct cord_grant grant = {
        .code = cord_api_call_body_text(call, "code"),
        .from_ns = cord_api_call_body_time(call, "from"),
        .to_ns = cord_api_call_body_time(call, "to"),
    };
    /* The words of the shape are these: both find them. */
    (void)cord_role_find(cord_api_call_body_text(call, "role"), &grant.role);
    (void)cord_role_scope_find(cord_api_call_body_text(call, "scope"), &grant.scope);
    grant.from_ns = grant.from_ns == CORD_TIME_NONE ? call->wall_ns : grant.from_ns;
    return grant;
}

/* False: a problem is set. */
static bool may_grant(struct cord_api_call *call, uint64_t user, const struct cord_grant *grant)
{
    const struct cord_rights *rights = &cord_api_accounts_identity(&call->principal)->rights;
    enum cord_rights_answer answer =
        cord_rights_may_grant(rights, user, grant, CORD_STR(""), call->wall_ns);
    if (!cord_rights_is_yes(answer)) {
        cord_api_call_problem(call, 403,
                              "this needs roles.write over the whole of the scope, and is never "
                              "for oneself");
    }
    return cord_rights_is_yes(answer);
}

static void answer_grant(struct cord_api_call *call)
{
    const struct cord_actor actor = cord_api_users_actor(call);
    const struct cord_grant grant = grant_of(call);
    struct cord_error err = {""};
    uint64_t number = 0;
    uint64_t user = 0;
    if (!cord_api_call_body_id(call, "user", CORD_API_OPAQUE_USER, &user)) {
        return;
    }
    if (!sees_account(call, user)) {
        cord_api_shape_fault(&call->faults, "user", "there is no such account, or not for you");
        cord_api_call_problem(call, 422, "the body is not as it is to be");
        return;
    }
    if (!may_grant(call, user, &grant)) {
        return;
    }
    cord_status status =
        cord_account_grant_add(call->options->ports.accounts, user, &grant, &actor, &number, &err);
    if (status != CORD_OK) {
        cord_api_users_refuse(call, status, &err);
        return;
    }
    cord_buf_put_char(&call->out, '{');
    cord_api_call_put_id(call, CORD_API_OPAQUE_GRANT, "grant", number);
    cord_buf_put(&call->out, CORD_STR("}\n"));
}

const struct cord_api_route cord_api_tokens_grant = {
    .method = CORD_HTTP_POST,
    .path = "/roles",
    .id = "grantRole",
    .verb = "roles.write",
    .flags = CORD_API_FULL | CORD_API_KEYED,
    .body = &NEW_GRANT,
    .body_bytes_max = BODY_BYTES_MAX,
    .status = 201,
    .reply = &GRANTED,
    .summary = "Give an account a role",
    .answer = answer_grant,
};

static void answer_revoke_grant(struct cord_api_call *call)
{
    struct cord_accounts *accounts = call->options->ports.accounts;
    const struct cord_actor actor = cord_api_users_actor(call);
    struct cord_grant grant;
    struct cord_error err = {""};
    uint64_t user = 0;
    uint64_t number;
    if (!cord_api_call_id(call, CORD_API_OPAQUE_GRANT, &number)) {
        return;
    }
    cord_status status = cord_account_grant_get(accounts, number, call->arena, &grant, &user, &err);
    if (status == CORD_OK && !sees_account(call, user)) {
        status = CORD_E_NOENT;
    }
    if (status == CORD_OK && !may_grant(call, user, &grant)) {
        return;
    }
    if (status == CORD_OK) {
        status = cord_account_grant_revoke(accounts, number, &actor, &err);
    }
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
    }
}

const struct cord_api_route cord_api_tokens_revoke_grant = {
    .method = CORD_HTTP_DELETE,
    .path = "/roles/{id}",
    .id = "revokeRole",
    .verb = "roles.write",
    .flags = CORD_API_FULL,
    .variables = cord_api_users_variable,
    .status = 204,
    .summary = "Take a role away",
    .answer = answer_revoke_grant,
};

/* --- the audit --- */

struct audit {
    struct cord_api_call *call;
    size_t left;
    uint64_t last;
    bool more;
};

static cord_status put_entry(void *self, const struct cord_claim *claim,
                             const struct cord_digest *hash)
{
    struct audit *audit = self;
    struct cord_api_call *call = audit->call;
    const struct cord_api_access *access = &call->options->access;
    const struct cord_api_subject subject =
        cord_api_claims_subject(claim->subject, CORD_STR(""), claim->marking);
    if (audit->left == 0) {
        audit->more = true;
        return CORD_E_END;
    }
    /* All within reach are: and that another's was shown is noted. */
    if (access->may(access->self, &call->principal, "audit.read", &subject) == CORD_API_YES) {
        audit->last = claim->number;
        cord_json_put_item(&call->out);
        cord_api_opaque_write_claim(&call->api->opaque, claim, hash, &call->out);
        audit->left--;
    }
    return CORD_OK;
}

static const char *const ORDERS[] = {"oldest", "newest", NULL};
enum order { OLDEST, NEWEST };

/* From the page before on, within the times asked for. */
static cord_status begin_at(struct cord_api_call *call, struct cord_record_view *view,
                            uint64_t place, struct cord_record_reach_page *ret_page,
                            struct cord_error *err)
{
    const struct cord_api_value *order = cord_api_call_parameter(call, "order");
    int64_t from_ns = cord_api_call_time(call, "from");
    uint64_t first = 0;
    cord_status status = from_ns == CORD_TIME_NONE
                             ? CORD_OK
                             : cord_record_view_known(view, from_ns - 1, &first, err);
    *ret_page = (struct cord_record_reach_page){
        .after = first, .newest = order->present && order->number == NEWEST};
    if (ret_page->newest) {
        ret_page->before = place;
    } else if (place > first) {
        ret_page->after = place;
    }
    return status;
}

static cord_status put_audit(struct audit *audit, struct cord_record_view *view,
                             const struct cord_claim_filter *filter, struct cord_error *err)
{
    struct cord_api_call *call = audit->call;
    const struct cord_api_access *access = &call->options->access;
    struct cord_record_reach_page page;
    struct cord_record_reach reach;
    cord_status status = begin_at(call, view, audit->last, &page, err);
    if (status == CORD_OK) {
        status =
            access->reach(access->self, &call->principal, "audit.read", true, call->arena, &reach);
    }
    return status == CORD_OK
               ? cord_record_reach_claims(view, &reach, filter, &page, put_entry, audit, err)
               : status;
}

static void answer_audit(struct cord_api_call *call)
{
    struct cord_record_view *view = NULL;
    struct cord_error err = {""};
    struct audit audit = {.call = call, .left = cord_api_call_limit(call)};
    struct cord_claim_filter filter = {.known_ns = INT64_MAX};
    int64_t to_ns = cord_api_call_time(call, "to");
    if (to_ns != CORD_TIME_NONE) {
        filter.known_ns = to_ns - 1;
    }
    if (!cord_api_call_place_number(call, &audit.last) ||
        !cord_api_call_subject(call, "subject", &filter.subject) ||
        !cord_api_call_subject(call, "claimant", &filter.claimant)) {
        return;
    }
    cord_api_call_page(call);
    cord_status status = cord_api_views_take(call->api->views, &view, &err);
    if (status == CORD_OK) {
        status = put_audit(&audit, view, &filter, &err);
    }
    cord_api_views_give(call->api->views, view);
    if (status == CORD_OK) {
        cord_api_call_page_end_number(call, audit.more, audit.last);
    } else {
        cord_api_call_failed(call, status, &err);
    }
}

static const struct cord_api_member AUDIT_PARAMETERS[] = {
    {.name = "subject",
     .type = CORD_API_TEXT,
     .least = 1,
     .most = CORD_CLAIM_TEXT_MAX,
     .help = "of what it was done: user:K7QM-2F9A-XHP3, org:R1H"},
    {.name = "claimant",
     .type = CORD_API_TEXT,
     .least = 1,
     .most = CORD_CLAIM_TEXT_MAX,
     .help = "who did it: user:K7QM-2F9A-XHP3"},
    {.name = "from", .type = CORD_API_TIME, .help = "recorded at or after this time"},
    {.name = "to", .type = CORD_API_TIME, .help = "recorded before this time"},
    {.name = "order",
     .type = CORD_API_WORD,
     .words = ORDERS,
     .help = "in which it was recorded: oldest first unless said"},
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_tokens_audit = {
    .method = CORD_HTTP_GET,
    .path = "/audit",
    .id = "listAudit",
    .verb = "audit.read",
    .flags = CORD_API_PAGED,
    .parameters = AUDIT_PARAMETERS,
    .status = 200,
    .reply = &cord_api_claims_shape,
    .summary = "Who changed what, and who read another organisation's data",
    .help = "Who reads the same again within a quarter of an hour, "
            "as a page does that is kept open, is told once; changes are told each time.",
    .answer = answer_audit,
};
