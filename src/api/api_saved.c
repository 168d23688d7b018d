/* api_saved.c: questions that people keep: their own, and those shared in their house. */
#include "api/api_accounts.h"
#include "api/api_internal.h"

#include "record/account_token.h"
#include "record/account_view.h"

enum { BODY_BYTES_MAX = 16384 };

/* --- shapes --- */

static const struct cord_api_member VIEW_MEMBERS[] = {
    {.name = "id", .type = CORD_API_TEXT, .required = true},
    {.name = "name", .type = CORD_API_TEXT, .required = true},
    {.name = "page", .type = CORD_API_TEXT, .required = true},
    {.name = "query", .type = CORD_API_LINES, .required = true},
    {.name = "shared",
     .type = CORD_API_FLAG,
     .required = true,
     .help = "with all accounts of one's home organisation"},
    {.name = "default",
     .type = CORD_API_FLAG,
     .required = true,
     .help = "one's own that the page begins with"},
    {.name = "own", .type = CORD_API_FLAG, .required = true, .help = "may be changed"},
    {.name = "changed", .type = CORD_API_TIME, .required = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape VIEW = {
    .name = "View", .help = "A question that is kept.", .members = VIEW_MEMBERS};

static const struct cord_api_member NEW_MEMBERS[] = {
    {.name = "name",
     .type = CORD_API_TEXT,
     .required = true,
     .least = 1,
     .most = CORD_ACCOUNT_VIEW_NAME_MAX},
    {.name = "page",
     .type = CORD_API_TEXT,
     .required = true,
     .least = 1,
     .most = CORD_ACCOUNT_VIEW_PAGE_MAX,
     .help = "of the console: alerts, hunt"},
    {.name = "query",
     .type = CORD_API_LINES,
     .required = true,
     .most = CORD_ACCOUNT_VIEW_QUERY_MAX,
     .help = "what the page is asked"},
    {.name = "shared", .type = CORD_API_FLAG},
    {.name = "default", .type = CORD_API_FLAG, .help = "in place of the page's one before"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape NEW_VIEW = {
    .name = "NewView", .help = "A question that is to be kept.", .members = NEW_MEMBERS};

static uint64_t account_of(const struct cord_api_call *call)
{
    return cord_api_accounts_identity(&call->principal)->account;
}

static void put_view(struct cord_api_call *call, const struct cord_account_view *view)
{
    struct cord_buf *out = &call->out;
    cord_json_put_object(out);
    cord_json_put_text(out, "id", view->id);
    cord_json_put_text(out, "name", view->name);
    cord_json_put_text(out, "page", view->page);
    cord_json_put_text(out, "query", view->query);
    cord_json_put_flag(out, "shared", view->shared);
    cord_json_put_flag(out, "default", view->preferred);
    cord_json_put_flag(out, "own", view->account == account_of(call));
    cord_json_put_time(out, "changed", view->changed_ns);
    cord_buf_put_char(out, '}');
}

/* --- routes --- */

static void answer_list(struct cord_api_call *call)
{
    struct cord_account_views views = {0};
    struct cord_error err = {""};
    size_t most = cord_api_call_limit(call);
    uint64_t at = 0;
    if (!cord_api_call_place_number(call, &at)) {
        return;
    }
    const struct cord_account_view_ask ask = {account_of(call), cord_api_call_text(call, "page"),
                                              at, most + 1};
    cord_status status =
        cord_account_view_list(call->options->ports.accounts, &ask, call->arena, &views, &err);
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
        return;
    }
    cord_api_call_page(call);
    for (size_t i = 0; i < views.count && i < most; i++) {
        put_view(call, &views.items[i]);
    }
    cord_api_call_page_end_number(call, views.count > most, at + most);
}

static const struct cord_api_member LIST_PARAMETERS[] = {
    {.name = "page",
     .type = CORD_API_TEXT,
     .least = 1,
     .most = CORD_ACCOUNT_VIEW_PAGE_MAX,
     .help = "of this page of the console alone"},
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_saved_list = {
    .method = CORD_HTTP_GET,
    .path = "/views",
    .id = "listViews",
    .flags = CORD_API_PAGED,
    .parameters = LIST_PARAMETERS,
    .status = 200,
    .reply = &VIEW,
    .summary = "Questions that one keeps, and those shared in one's organisation",
    .help = "By page, then name.",
    .answer = answer_list,
};

static bool flag_of(const struct cord_api_call *call, const char *name)
{
    const struct cord_json *node = cord_json_tree_get(call->body, cord_str_from(name));
    return node && node->kind == CORD_JSON_FLAG && node->flag;
}

static struct cord_account_view view_of(const struct cord_api_call *call)
{
    return (struct cord_account_view){
        .account = account_of(call),
        .name = cord_api_call_body_text(call, "name"),
        .page = cord_api_call_body_text(call, "page"),
        .query = cord_api_call_body_text(call, "query"),
        .shared = flag_of(call, "shared"),
        .preferred = flag_of(call, "default"),
        .changed_ns = call->now_ns,
    };
}

static void answer_create(struct cord_api_call *call)
{
    struct cord_account_view view = view_of(call);
    struct cord_error err = {""};
    char id[CORD_ACCOUNT_VIEW_ID];
    cord_status status = cord_account_view_add(call->options->ports.accounts, &view, id, &err);
    if (status == CORD_E_LIMIT) {
        cord_api_call_problem(call, 409, "%s: remove one of them", err.text);
    } else if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
    } else {
        view.id = cord_str_from(id);
        put_view(call, &view);
        cord_buf_put_char(&call->out, '\n');
    }
}

const struct cord_api_route cord_api_saved_create = {
    .method = CORD_HTTP_POST,
    .path = "/views",
    .id = "createView",
    .flags = CORD_API_KEYED | CORD_API_CONFLICTS | CORD_API_FULL,
    .body = &NEW_VIEW,
    .body_bytes_max = BODY_BYTES_MAX,
    .status = 201,
    .reply = &VIEW,
    .summary = "Keep a question",
    .answer = answer_create,
};

static const struct cord_api_member ID_VARIABLE[] =
    CORD_API_SHAPE_ONE_TEXT("id", CORD_ACCOUNT_VIEW_ID - 1, "its id");

static void answer_change(struct cord_api_call *call)
{
    struct cord_account_view view = view_of(call);
    struct cord_error err = {""};
    view.id = call->variables[0];
    cord_status status = cord_account_view_change(call->options->ports.accounts, &view, &err);
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
        return;
    }
    put_view(call, &view);
    cord_buf_put_char(&call->out, '\n');
}

const struct cord_api_route cord_api_saved_change = {
    .method = CORD_HTTP_PUT,
    .path = "/views/{id}",
    .id = "changeView",
    .flags = CORD_API_FULL,
    .variables = ID_VARIABLE,
    .body = &NEW_VIEW,
    .body_bytes_max = BODY_BYTES_MAX,
    .status = 200,
    .reply = &VIEW,
    .summary = "Put another question in place of one's own",
    .answer = answer_change,
};

static void answer_delete(struct cord_api_call *call)
{
    struct cord_error err = {""};
    cord_status status = cord_account_view_remove(call->options->ports.accounts, account_of(call),
                                                  call->variables[0], &err);
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
    }
}

const struct cord_api_route cord_api_saved_delete = {
    .method = CORD_HTTP_DELETE,
    .path = "/views/{id}",
    .id = "deleteView",
    .flags = CORD_API_FULL,
    .variables = ID_VARIABLE,
    .status = 204,
    .summary = "Forget one's own question",
    .answer = answer_delete,
};
