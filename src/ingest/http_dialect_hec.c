/*
 * http_dialect_hec.c: Splunk's HTTP Event Collector, its words and numbers.
 *
 * A reply is only given for what is durable. So there is nothing to wait for:
 * whoever asks about an ackId it was given is told yes.
 */
#include "codec/json_span.h"
#include "ingest/http_dialect_internal.h"
#include "ingest/unwrap_kinds.h"

enum { REPLY_BYTES_MAX = 1 << 16, ACKS_MAX = 1000 };

static void send_text(struct cord_http *http, unsigned status, const struct cord_buf *body,
                      int64_t retry_after_s)
{
    cord_http_dialect_send(http, &(struct cord_http_answer){.status = status,
                                                            .body = cord_buf_str(body),
                                                            .retry_after_s = retry_after_s});
}

static bool has_channel(struct cord_http *http)
{
    return cord_http_header(http, CORD_STR("x-splunk-request-channel")).len > 0 ||
           cord_http_parameter(http, CORD_STR("channel")).len > 0;
}

static void reply(struct cord_http *http, const struct cord_delivery *delivery,
                  const struct cord_http_turn *turn)
{
    struct cord_hec_answer answer = {6, "Invalid data format"};
    struct cord_buf body;
    bool none = delivery->refused > 0 && delivery->stored == 0;
    uint32_t item = 0;
    if (delivery->refusal_count > 0) {
        answer = cord_unwrap_hec_answer(&delivery->refusals[0]);
        item = delivery->refusals[0].item;
    }
    cord_buf_init(&body, REPLY_BYTES_MAX);
    /* 400 is of the whole: some clients give all up then, and some send all again for
     * ever. So it is said only when there is nothing that could come twice. */
    cord_buf_printf(&body, "{\"text\":\"%s\",\"code\":%u", none ? answer.text : "Success",
                    none ? answer.code : 0);
    if (delivery->refused > 0) {
        cord_buf_printf(&body, ",\"invalid-event-number\":%u", item);
    }
    if (delivery->refused > 0 && !none) {
        cord_buf_printf(&body, ",\"invalid-events\":%llu", (unsigned long long)delivery->refused);
    }
    if (!none && has_channel(http)) {
        cord_buf_printf(&body, ",\"ackId\":%llu", (unsigned long long)turn->number);
    }
    cord_buf_put_char(&body, '}');
    send_text(http, none ? 400 : 200, &body, 0);
    cord_buf_done(&body);
}

static const struct {
    unsigned status;
    unsigned code;
    const char *text;
} words[CORD_HTTP_TROUBLE_COUNT] = {
    [CORD_HTTP_TROUBLE_NO_TOKEN] = {401, 2, "Token is required"},
    [CORD_HTTP_TROUBLE_WRONG_TOKEN] = {403, 4, "Invalid token"},
    [CORD_HTTP_TROUBLE_FOREIGN] = {403, 4, "Invalid token"},
    [CORD_HTTP_TROUBLE_LIMITED] = {429, 4, "Invalid token"},
    [CORD_HTTP_TROUBLE_BUSY] = {503, 9, "Server is busy"},
    [CORD_HTTP_TROUBLE_FULL] = {503, 9, "Server is busy"},
    [CORD_HTTP_TROUBLE_DISK] = {503, 9, "Server is busy"},
    [CORD_HTTP_TROUBLE_CODING] = {415, 6, "Invalid data format"},
    [CORD_HTTP_TROUBLE_EMPTY] = {400, 5, "No data"},
    [CORD_HTTP_TROUBLE_WRONG] = {400, 6, "Invalid data format"},
};

static void trouble(struct cord_http *http, enum cord_http_trouble what, cord_str detail,
                    int64_t retry_after_s)
{
    if (what == CORD_HTTP_TROUBLE_WRONG && cord_str_eq(detail, CORD_STR("No data"))) {
        what = CORD_HTTP_TROUBLE_EMPTY;
    }
    struct cord_buf body;
    cord_buf_init(&body, REPLY_BYTES_MAX);
    cord_buf_printf(&body, "{\"text\":\"%s\",\"code\":%u}", words[what].text, words[what].code);
    send_text(http, words[what].status, &body, retry_after_s);
    cord_buf_done(&body);
}

void cord_http_dialect_hec_health(struct cord_http *http, bool room)
{
    cord_str body = room ? CORD_STR("{\"text\":\"HEC is healthy\",\"code\":17}")
                         : CORD_STR("{\"text\":\"Server is busy\",\"code\":9}");
    cord_http_dialect_send(
        http, &(struct cord_http_answer){.status = room ? 200 : 503,
                                         .body = body,
                                         .retry_after_s = room ? 0 : CORD_HTTP_RETRY_S});
}

/* {"acks":[0,2]} */
static bool find_acks(cord_str request, struct cord_json_walk *ret_list)
{
    struct cord_json_walk walk;
    struct cord_json_span member;
    size_t at = cord_json_span_skip_blank(request, 0);
    if (!cord_json_span_begin(&walk, request, at)) {
        return false;
    }
    while (cord_json_span_next(&walk, &member) == CORD_OK) {
        if (cord_str_eq(member.name, CORD_STR("acks")) && member.kind == CORD_JSON_ARRAY) {
            return cord_json_span_begin(ret_list, member.raw, 0);
        }
    }
    return false;
}

static bool put_acks(struct cord_buf *body, struct cord_json_walk *list)
{
    struct cord_json_span ack;
    cord_status status;
    uint64_t number;
    cord_buf_put_text(body, "{\"acks\":{");
    for (size_t count = 0; (status = cord_json_span_next(list, &ack)) == CORD_OK; count++) {
        if (count == ACKS_MAX || !cord_str_u64(ack.text, &number)) {
            return false;
        }
        cord_buf_printf(body, "%s\"%llu\":true", count > 0 ? "," : "", (unsigned long long)number);
    }
    cord_buf_put_text(body, "}}");
    return status == CORD_E_END && !body->failed;
}

void cord_http_dialect_hec_ack(struct cord_http *http)
{
    struct cord_buf body;
    struct cord_json_walk list;
    if (!has_channel(http)) {
        cord_http_dialect_send(
            http, &(struct cord_http_answer){
                      .status = 400,
                      .body = CORD_STR("{\"text\":\"Data channel is missing\",\"code\":10}")});
        return;
    }
    cord_buf_init(&body, REPLY_BYTES_MAX);
    if (find_acks(cord_buf_str(cord_http_request(http)->body), &list) && put_acks(&body, &list)) {
        send_text(http, 200, &body, 0);
    } else {
        trouble(http, CORD_HTTP_TROUBLE_WRONG, (cord_str){0}, 0);
    }
    cord_buf_done(&body);
}

const struct cord_http_dialect cord_http_dialect_hec = {
    .name = "hec", .reply = reply, .trouble = trouble};
