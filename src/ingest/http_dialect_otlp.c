/*
 * http_dialect_otlp.c: ExportLogsServiceResponse, in the encoding of the request.
 *
 * Errors are google.rpc.Status messages: a code and a message (OTLP
 * specification, "OTLP/HTTP Response"). 429 and 503 are the statuses that a
 * client tries again after.
 */
#include "codec/json_write.h"
#include "ingest/http_dialect_internal.h"

enum { REPLY_BYTES_MAX = 4096 };

static const struct {
    unsigned status;
    unsigned code; /* of google.rpc.Code */
    const char *text;
} words[CORD_HTTP_TROUBLE_COUNT] = {
    [CORD_HTTP_TROUBLE_NO_TOKEN] = {401, 16,
                                    "send a registered source's token: Authorization: "
                                    "Bearer TOKEN"},
    [CORD_HTTP_TROUBLE_WRONG_TOKEN] = {401, 16, "the token is of no registered source"},
    [CORD_HTTP_TROUBLE_FOREIGN] = {403, 7, "the client certificate is of another organisation"},
    [CORD_HTTP_TROUBLE_LIMITED] = {429, 8, "too many wrong tokens from this address"},
    [CORD_HTTP_TROUBLE_BUSY] = {429, 8, "too much of this source is waiting: send it again"},
    [CORD_HTTP_TROUBLE_FULL] = {503, 14, "too much is waiting: send it again"},
    [CORD_HTTP_TROUBLE_DISK] = {503, 14, "not stored: send it again"},
    [CORD_HTTP_TROUBLE_CODING] = {415, 3, "Content-Type or Content-Encoding is not known"},
    [CORD_HTTP_TROUBLE_EMPTY] = {400, 3, "no request in the body"},
    [CORD_HTTP_TROUBLE_WRONG] = {400, 3, "not an ExportLogsServiceRequest"},
};

/* ---- protobuf ---- */

static void put_varint(struct cord_buf *buf, uint64_t value)
{
    for (; value >= 0x80; value >>= 7) {
        cord_buf_put_char(buf, (char)(value | 0x80));
    }
    cord_buf_put_char(buf, (char)value);
}

static void put_number(struct cord_buf *buf, unsigned number, uint64_t value)
{
    put_varint(buf, number << 3);
    put_varint(buf, value);
}

static void put_bytes(struct cord_buf *buf, unsigned number, cord_str bytes)
{
    put_varint(buf, number << 3 | 2);
    put_varint(buf, bytes.len);
    cord_buf_put(buf, bytes);
}

static void send_bytes(struct cord_http *http, unsigned status, const struct cord_buf *body,
                       int64_t retry_after_s)
{
    cord_http_dialect_send(http, &(struct cord_http_answer){
                                     .status = status,
                                     .content_type = "application/x-protobuf",
                                     .body = cord_buf_str(body),
                                     .retry_after_s = retry_after_s,
                                 });
}

static cord_str first_refusal(const struct cord_delivery *delivery)
{
    return delivery->refusal_count > 0 ? delivery->refusals[0].text : (cord_str){0};
}

static void reply_proto(struct cord_http *http, const struct cord_delivery *delivery,
                        const struct cord_http_turn *turn)
{
    (void)turn;
    struct cord_buf partial;
    struct cord_buf body;
    cord_buf_init(&partial, REPLY_BYTES_MAX);
    cord_buf_init(&body, REPLY_BYTES_MAX);
    if (delivery->refused > 0) {
        put_number(&partial, 1, delivery->refused);
        put_bytes(&partial, 2, first_refusal(delivery));
        put_bytes(&body, 1, cord_buf_str(&partial));
    }
    send_bytes(http, 200, &body, 0);
    cord_buf_done(&body);
    cord_buf_done(&partial);
}

static void trouble_proto(struct cord_http *http, enum cord_http_trouble what, cord_str detail,
                          int64_t retry_after_s)
{
    struct cord_buf body;
    cord_buf_init(&body, REPLY_BYTES_MAX);
    put_number(&body, 1, words[what].code);
    put_bytes(&body, 2, detail.len > 0 ? detail : cord_str_from(words[what].text));
    send_bytes(http, words[what].status, &body, retry_after_s);
    cord_buf_done(&body);
}

/* ---- JSON ---- */

static void reply_json(struct cord_http *http, const struct cord_delivery *delivery,
                       const struct cord_http_turn *turn)
{
    (void)turn;
    struct cord_buf body;
    cord_buf_init(&body, REPLY_BYTES_MAX);
    cord_buf_put_char(&body, '{');
    if (delivery->refused > 0) {
        cord_buf_printf(&body,
                        "\"partialSuccess\":{\"rejectedLogRecords\":\"%llu\",\"errorMessage\":",
                        (unsigned long long)delivery->refused);
        cord_json_write_string(&body, first_refusal(delivery));
        cord_buf_put_char(&body, '}');
    }
    cord_buf_put_char(&body, '}');
    cord_http_dialect_send(http,
                           &(struct cord_http_answer){.status = 200, .body = cord_buf_str(&body)});
    cord_buf_done(&body);
}

static void trouble_json(struct cord_http *http, enum cord_http_trouble what, cord_str detail,
                         int64_t retry_after_s)
{
    struct cord_buf body;
    cord_buf_init(&body, REPLY_BYTES_MAX);
    cord_buf_printf(&body, "{\"code\":%u,\"message\":", words[what].code);
    cord_json_write_string(&body, detail.len > 0 ? detail : cord_str_from(words[what].text));
    cord_buf_put_char(&body, '}');
    cord_http_dialect_send(http, &(struct cord_http_answer){.status = words[what].status,
                                                            .body = cord_buf_str(&body),
                                                            .retry_after_s = retry_after_s});
    cord_buf_done(&body);
}

const struct cord_http_dialect cord_http_dialect_otlp_proto = {
    .name = "otlp", .reply = reply_proto, .trouble = trouble_proto, .empty_is_right = true};
const struct cord_http_dialect cord_http_dialect_otlp_json = {
    .name = "otlp", .reply = reply_json, .trouble = trouble_json};
