/* http_trace.c: see http_trace.h. */
#include "kit/http_trace.h"

#include "comms/http_parse.h"

#include <assert.h>

static bool put_body(void *self, cord_str bytes)
{
    struct cord_buf *body = self;
    cord_buf_put(body, bytes);
    return !body->failed;
}

static void print_head(const struct cord_http_parse *parse, struct cord_buf *log)
{
    static const char *const METHODS[] = {"GET",    "HEAD",    "POST", "PUT",
                                          "DELETE", "OPTIONS", "OTHER"};
    const struct cord_http_head *head = cord_http_parse_result(parse);
    cord_str host = cord_http_parse_header(parse, CORD_STR("host"));
    cord_buf_printf(log, "%s %.*s%s%s host=%.*s", METHODS[head->method], CORD_STR_ARG(head->target),
                    head->keep_alive ? " keep" : "", head->expects ? " expects" : "",
                    CORD_STR_ARG(host));
}

struct tracer {
    struct cord_http_parse *parse;
    struct cord_buf body;
    bool in_body;
};

/* One piece of a head or body; false: the connection is done. */
static bool feed(struct tracer *tracer, cord_str piece, size_t *ret_taken, struct cord_buf *log)
{
    const struct cord_http_body_sink sink = {put_body, &tracer->body};
    bool in_body = tracer->in_body;
    cord_status status = in_body ? cord_http_parse_body(tracer->parse, piece, &sink, ret_taken)
                                 : cord_http_parse_head(tracer->parse, piece, ret_taken);
    if (status == CORD_E_FORMAT) {
        struct cord_http_refusal refusal = cord_http_parse_refusal(tracer->parse);
        cord_buf_printf(log, "! %u %s", refusal.status, refusal.detail);
    }
    if (status == CORD_E_LIMIT) {
        cord_buf_put_text(log, " ! too long");
    }
    if (status != CORD_OK) {
        assert(status != CORD_E_MORE || *ret_taken == piece.len);
        return status == CORD_E_MORE;
    }
    if (!in_body) {
        print_head(tracer->parse, log);
        tracer->in_body = cord_http_parse_result(tracer->parse)->has_body;
    } else {
        cord_buf_printf(log, " [%.*s]", CORD_STR_ARG(cord_buf_str(&tracer->body)));
        cord_buf_clear(&tracer->body);
        tracer->in_body = false;
    }
    if (!tracer->in_body) {
        cord_buf_put_char(log, '\n');
        cord_http_parse_begin(tracer->parse);
    }
    return true;
}

void kit_http_trace(cord_str bytes, size_t step, struct cord_buf *log)
{
    struct tracer tracer = {.parse = cord_http_parse_new(KIT_HTTP_HEAD_MAX)};
    assert(tracer.parse);
    cord_buf_init(&tracer.body, KIT_HTTP_BODY_MAX);
    bool alive = true;
    for (size_t at = 0; at < bytes.len && alive;) {
        size_t taken = 0;
        alive = feed(&tracer, cord_str_slice(bytes, at, step), &taken, log);
        assert(!alive || taken > 0);
        at += taken;
    }
    if (alive && (tracer.in_body || cord_http_parse_begun(tracer.parse))) {
        cord_buf_put_text(log, "... more");
    }
    cord_http_parse_free(tracer.parse);
    cord_buf_done(&tracer.body);
}
