/* api_health.c: whether the server can take and show things. */
#include "api/api_internal.h"

static const struct cord_api_member HEALTH_MEMBERS[] = {
    {.name = "ready", .type = CORD_API_FLAG, .required = true, .help = "events are taken"},
    {.name = "why", .type = CORD_API_TEXT, .required = true, .help = "in words"},
    {.name = "time",
     .type = CORD_API_TIME,
     .required = true,
     .help = "the server's clock; of an exercise: its own"},
    {.name = "exercise", .type = CORD_API_TEXT, .help = "its name; left out: the server is live"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape HEALTH = {
    .name = "Health", .help = "How the server is.", .members = HEALTH_MEMBERS};

static void answer_health(struct cord_api_call *call)
{
    const struct cord_api_ports *ports = &call->options->ports;
    const char *why = "ready";
    bool ready = !ports->ready || ports->ready(ports->self, &why);
    cord_buf_put_char(&call->out, '{');
    cord_json_put_flag(&call->out, "ready", ready);
    cord_json_put_text(&call->out, "why", cord_str_from(why));
    cord_json_put_time(&call->out, "time", call->now_ns);
    if (call->options->exercise.len > 0) {
        cord_json_put_text(&call->out, "exercise", call->options->exercise);
    }
    cord_buf_put(&call->out, CORD_STR("}\n"));
}

const struct cord_api_route cord_api_health_get = {
    .method = CORD_HTTP_GET,
    .path = "/health",
    .id = "getHealth",
    .flags = CORD_API_PUBLIC,
    .status = 200,
    .reply = &HEALTH,
    .summary = "Whether the server takes events",
    .help = "For load balancers and people. Needs no credentials and tells nothing else.",
    .answer = answer_health,
};
