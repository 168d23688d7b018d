/* api_alerts_live.c: that the queue has changed, as it happens: which alerts, and how many are
 * open; the page asks for what it shows. */
#include "api/api_alerts.h"

#include "api/api_internal.h"
#include "codec/json_write.h"

enum { SHOWN = 200, LINE_BYTES_MAX = 16384, ARENA_BYTES = 1 << 20 };

static const struct cord_api_member MEMBERS[] = {
    {.name = "as_of", .type = CORD_API_TIME, .required = true},
    {.name = "total_open",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help = "neither closed nor suppressed"},
    {.name = "changed",
     .type = CORD_API_TEXTS,
     .required = true,
     .help = "ids of alerts that are new or changed since the event before"},
    {.name = "more",
     .type = CORD_API_FLAG,
     .required = true,
     .help = "so have others: ask for the list anew"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape CHANGE = {.name = "AlertsChanged",
                                             .help = "That alerts which one may see have changed.",
                                             .members = MEMBERS};

static uint64_t newest(const struct cord_api *api)
{
    return cord_alert_book_stats(cord_desk_alerts(api->options.ports.desk)).revision;
}

struct change {
    struct cord_buf line;
    size_t count;
};

static void on_changed(void *self, cord_str id)
{
    struct change *change = self;
    cord_json_put_item(&change->line);
    cord_json_write_string(&change->line, id);
    change->count++;
}

/* Nothing is said, and nothing can be told by, of what others see change. */
static cord_status put_change(struct cord_api_live_portion *portion, struct change *change,
                              struct cord_api_alerts_eye *eye, struct cord_error *err)
{
    struct cord_alert_book *book = cord_desk_alerts(portion->api->options.ports.desk);
    const struct cord_alert_ask ask = cord_api_alerts_ask(eye);
    struct cord_alert_changed changed = {portion->after, false};
    struct cord_alert_counted counted = {0, 0};
    cord_buf_put(&change->line, CORD_STR("{\"changed\":["));
    cord_status status = cord_alert_book_changes(
        book, &ask, &(struct cord_alert_since){portion->after, SHOWN, on_changed, change},
        &changed);
    if (status == CORD_OK && (change->count > 0 || changed.more)) {
        status = cord_alert_book_count(book, &ask, &counted, err);
        cord_buf_put_char(&change->line, ']');
        cord_json_put_time(&change->line, "as_of", cord_clock_now_ns(&portion->api->options.clock));
        cord_json_put_number(&change->line, "total_open", counted.open);
        cord_json_put_flag(&change->line, "more", changed.more);
        cord_buf_put_char(&change->line, '}');
        status = status == CORD_OK && change->line.failed ? CORD_E_NOMEM : status;
        if (status == CORD_OK) {
            cord_api_live_put(portion, "alerts", changed.revision, cord_buf_str(&change->line));
        }
    }
    if (status == CORD_OK) {
        portion->after = changed.revision;
    }
    return status;
}

static cord_status fill(struct cord_api_live_portion *portion, struct cord_error *err)
{
    struct cord_api_alerts_eye eye = {.picture = NULL};
    struct change change = {.count = 0};
    struct cord_arena *arena = cord_arena_new(ARENA_BYTES);
    cord_buf_init(&change.line, LINE_BYTES_MAX);
    cord_status status =
        arena ? cord_api_alerts_eye_init(&eye, portion->api, portion->principal, arena, err)
              : CORD_E_NOMEM;
    status = status == CORD_OK ? put_change(portion, &change, &eye, err) : status;
    if (eye.api) {
        cord_api_alerts_eye_done(&eye);
    }
    cord_buf_done(&change.line);
    cord_arena_free(arena);
    return status;
}

static const struct cord_api_live_feed FEED = {"alerts", newest, fill};

static void answer_live(struct cord_api_call *call)
{
    uint64_t after = newest(call->api);
    if (cord_api_call_resume(call, &after)) {
        call->feed = &FEED;
        call->feed_after = after;
        call->feed_filter = CORD_STR("");
    }
}

const struct cord_api_route cord_api_alerts_live = {
    .method = CORD_HTTP_GET,
    .path = "/alerts/live",
    .id = "streamAlerts",
    .verb = "findings.read",
    .flags = CORD_API_DESK | CORD_API_LIVE,
    .status = 200,
    .reply = &CHANGE,
    .summary = "That alerts have changed, as it happens",
    .help = "Server-sent events called `alerts`, from now on; with Last-Event-ID from there on. "
            "Many changes at once are one event.",
    .answer = answer_live,
};
