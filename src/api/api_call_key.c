/* api_call_key.c: writes with an Idempotency-Key: see api_idempotency.h. */
#include "api/api_idempotency.h"
#include "api/api_internal.h"

static bool is_key(cord_str key)
{
    bool visible = key.len <= CORD_API_IDEMPOTENCY_KEY_MAX;
    for (size_t i = 0; i < key.len && visible; i++) {
        visible = key.ptr[i] > 0x20 && key.ptr[i] < 0x7f;
    }
    return visible;
}

/* Whose it is, and what is asked for: of what, and with which body. */
static bool digest(struct cord_api_call *call, struct cord_digest *ret_request)
{
    cord_str who = cord_arena_printf(call->arena, "%s\n%s\n%.*s", call->principal.name,
                                     call->route->id, CORD_STR_ARG(call->idempotency_key));
    cord_str what = cord_arena_printf(call->arena, "%zu:%.*s%.*s", call->path.len,
                                      CORD_STR_ARG(call->path), CORD_STR_ARG(call->body_text));
    return who.ptr && what.ptr && cord_digest_of(who, &call->key_digest) == CORD_OK &&
           cord_digest_of(what, ret_request) == CORD_OK;
}

/* What was answered the first time; a secret is not. */
static void repeat(struct cord_api_call *call, unsigned status)
{
    if ((call->route->flags & CORD_API_SECRET) != 0 && status < 400) {
        cord_api_call_problem(call, 409, "this was done; what it answered was shown once");
        return;
    }
    call->status = status;
    call->content_type = status >= 400 ? "application/problem+json" : "application/json";
}

bool cord_api_call_begin(struct cord_api_call *call)
{
    struct cord_api_idempotency_begun begun = {.answer = CORD_API_IDEMPOTENCY_NEW,
                                               .reply = &call->out};
    struct cord_error err = {""};
    struct cord_digest request;
    if ((call->route->flags & CORD_API_KEYED) == 0 || call->idempotency_key.len == 0 ||
        !call->api->kept) {
        return true;
    }
    if (!is_key(call->idempotency_key)) {
        cord_api_shape_fault(&call->faults, "Idempotency-Key",
                             "is to be 1 to 128 visible characters of ASCII");
        cord_api_call_problem(call, 400, "a header is wrong");
        return false;
    }
    cord_status status = digest(call, &request) ? CORD_OK : CORD_E_NOMEM;
    if (status == CORD_OK) {
        status =
            cord_api_idempotency_begin(call->api->kept, &call->key_digest, &request, &begun, &err);
    }
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
        return false;
    }
    switch (begun.answer) {
    case CORD_API_IDEMPOTENCY_NEW:
    case CORD_API_IDEMPOTENCY_AGAIN:
        call->keyed = true;
        return true;
    case CORD_API_IDEMPOTENCY_DONE:
        repeat(call, begun.status);
        return false;
    case CORD_API_IDEMPOTENCY_OTHER:
        cord_api_shape_fault(&call->faults, "Idempotency-Key", "was used for another request");
        cord_api_call_problem(call, 422, "a key is for one request");
        return false;
    case CORD_API_IDEMPOTENCY_UNDER_WAY:
        break;
    }
    cord_api_call_problem(call, 409, "a request with this key is under way");
    return false;
}

void cord_api_call_end(struct cord_api_call *call)
{
    struct cord_error err = {""};
    if (!call->keyed) {
        return;
    }
    /* What went wrong for us may go well the next time. */
    unsigned status = call->status < 500 && call->status != 429 ? call->status : 0;
    bool secret = (call->route->flags & CORD_API_SECRET) != 0 && status < 400;
    if (cord_api_idempotency_end(call->api->kept, &call->key_digest, status,
                                 secret ? CORD_STR("") : cord_buf_str(&call->out),
                                 &err) != CORD_OK) {
        cord_log_error(call->options->log, "api.reply_not_kept", CORD_KV_TEXT("error", err.text));
    }
}
