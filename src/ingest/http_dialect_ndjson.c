/*
 * http_dialect_ndjson.c: our own: counts, and the items that were refused.
 *
 * {"received":3,"stored":2,"refused":1,"errors":[{"item":1,"reason":"malformed","detail":"..."}]}
 * Problems are problem documents (RFC 9457).
 */
#include "codec/json_write.h"
#include "ingest/http_dialect_internal.h"

enum { REPLY_BYTES_MAX = 1 << 20, ERRORS_MAX = 100 };

static void put_error(struct cord_buf *body, const struct cord_delivery_refusal *refusal)
{
    cord_buf_printf(body, "{\"item\":%u,\"reason\":\"%s\",\"detail\":", refusal->item,
                    cord_loss_name(refusal->reason));
    cord_json_write_string(body, refusal->text);
    cord_buf_put_char(body, '}');
}

static void reply(struct cord_http *http, const struct cord_delivery *delivery,
                  const struct cord_http_turn *turn)
{
    (void)turn;
    struct cord_buf body;
    cord_buf_init(&body, REPLY_BYTES_MAX);
    cord_buf_printf(&body, "{\"received\":%llu,\"stored\":%llu,\"refused\":%llu,\"errors\":[",
                    (unsigned long long)delivery->records, (unsigned long long)delivery->stored,
                    (unsigned long long)delivery->refused);
    for (size_t at = 0; at < delivery->refusal_count && at < ERRORS_MAX; at++) {
        if (at > 0) {
            cord_buf_put_char(&body, ',');
        }
        put_error(&body, &delivery->refusals[at]);
    }
    cord_buf_put_text(&body, "]}\n");
    bool none = delivery->stored == 0 && delivery->refused > 0;
    cord_http_dialect_send(
        http, &(struct cord_http_answer){.status = none ? 400 : 200, .body = cord_buf_str(&body)});
    cord_buf_done(&body);
}

static const struct {
    unsigned status;
    const char *title;
    const char *detail;
} words[CORD_HTTP_TROUBLE_COUNT] = {
    [CORD_HTTP_TROUBLE_NO_TOKEN] = {401, "Unauthorized",
                                    "Send a registered source's token: Authorization: Bearer "
                                    "TOKEN"},
    [CORD_HTTP_TROUBLE_WRONG_TOKEN] = {401, "Unauthorized", "The token is of no registered source"},
    [CORD_HTTP_TROUBLE_FOREIGN] = {403, "Forbidden",
                                   "The client certificate is of another organisation"},
    [CORD_HTTP_TROUBLE_LIMITED] = {429, "Too Many Requests",
                                   "Too many wrong tokens from this address"},
    [CORD_HTTP_TROUBLE_BUSY] = {429, "Too Many Requests",
                                "Too much of this source is waiting: send it again"},
    [CORD_HTTP_TROUBLE_FULL] = {503, "Service Unavailable", "Too much is waiting: send it again"},
    [CORD_HTTP_TROUBLE_DISK] = {503, "Service Unavailable", "Not stored: send it again"},
    [CORD_HTTP_TROUBLE_CODING] = {415, "Unsupported Media Type",
                                  "Content-Encoding is one of gzip, deflate, zstd, identity"},
    [CORD_HTTP_TROUBLE_EMPTY] = {400, "Bad Request", "No events in the body"},
    [CORD_HTTP_TROUBLE_WRONG] = {400, "Bad Request", "The body is not JSON"},
};

static void trouble(struct cord_http *http, enum cord_http_trouble what, cord_str detail,
                    int64_t retry_after_s)
{
    struct cord_buf body;
    cord_buf_init(&body, REPLY_BYTES_MAX);
    cord_buf_printf(&body, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%u,\"detail\":",
                    words[what].title, words[what].status);
    cord_json_write_string(&body, detail.len > 0 ? detail : cord_str_from(words[what].detail));
    cord_buf_put_text(&body, "}\n");
    cord_http_dialect_send(http, &(struct cord_http_answer){
                                     .status = words[what].status,
                                     .content_type = "application/problem+json",
                                     .body = cord_buf_str(&body),
                                     .retry_after_s = retry_after_s,
                                     .ask_basic = words[what].status == 401,
                                 });
    cord_buf_done(&body);
}

const struct cord_http_dialect cord_http_dialect_ndjson = {
    .name = "ndjson", .reply = reply, .trouble = trouble};
