/* api.c: see api.h: from the loop to a worker, and back. */
#include "api/api_idempotency.h"
#include "api/api_internal.h"

#include "comms/http_reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

enum {
    THREADS = 4,
    WAITING_MAX = 256,
    LIVE_MAX = 1000,
    ADDRESS_TIMES = 4, /* an address may ask so much oftener than an account */
    BURST_S = 4,       /* a full bucket holds what comes back in so many seconds */
    PROBLEM_BYTES_MAX = 4096,
    STOP_POLL_NS = 10000000,
};

#define LIFE_NS      (900 * CORD_SECOND_NS)
#define HEARTBEAT_NS (5 * CORD_SECOND_NS) /* the console says "not live" after three */

/* A request on its way. */
struct request {
    struct cord_api_job job;
    struct cord_loop_task task;
    struct cord_loop *loop;
    struct cord_http *http;
    cord_str query;
    struct cord_api_call call;
};

/* --- what every reply has --- */

enum { SAFE_HEADERS = 8 };

/* The marking's text is in *texts. */
static size_t put_safe_headers(const struct cord_api *api,
                               struct cord_http_header headers[SAFE_HEADERS], bool tls,
                               struct cord_api_banner_texts *texts)
{
    size_t count = 0;
    cord_api_banner_get(api->banner, texts);
    headers[count++] = (struct cord_http_header){"Cache-Control", CORD_STR("no-store")};
    headers[count++] = (struct cord_http_header){"X-Content-Type-Options", CORD_STR("nosniff")};
    headers[count++] = (struct cord_http_header){
        "Content-Security-Policy", CORD_STR("default-src 'none'; frame-ancestors 'none'")};
    headers[count++] = (struct cord_http_header){"Referrer-Policy", CORD_STR("no-referrer")};
    headers[count++] =
        (struct cord_http_header){"Cross-Origin-Resource-Policy", CORD_STR("same-origin")};
    if (tls) {
        headers[count++] =
            (struct cord_http_header){"Strict-Transport-Security", CORD_STR("max-age=31536000")};
    }
    if (api->options.exercise.len > 0) {
        headers[count++] = (struct cord_http_header){"Cordon-Exercise", api->options.exercise};
    }
    if (texts->marking[0] != '\0') {
        headers[count++] =
            (struct cord_http_header){"Cordon-Marking", cord_str_from(texts->marking)};
    }
    return count;
}

static void count_reply(struct cord_api *api, unsigned status)
{
    (void)atomic_fetch_add_explicit(&api->replies[status < CORD_API_STATUS_MAX ? status : 0], 1,
                                    memory_order_relaxed);
}

/* --- refused on the loop --- */

static void refuse(struct cord_api *api, struct cord_http *http, unsigned status,
                   const char *detail, const struct cord_http_header *further)
{
    struct cord_http_header headers[SAFE_HEADERS + 1];
    struct cord_api_banner_texts texts;
    size_t count = put_safe_headers(api, headers, cord_http_request(http)->tls, &texts);
    struct cord_buf body;
    cord_buf_init(&body, PROBLEM_BYTES_MAX);
    cord_buf_put_char(&body, '{');
    cord_json_put_text(&body, "title", cord_str_from(cord_http_reply_reason(status)));
    cord_json_put_number(&body, "status", status);
    cord_json_put_text(&body, "detail", cord_str_from(detail));
    cord_buf_put(&body, CORD_STR("}\n"));
    if (further) {
        headers[count++] = *further;
    }
    count_reply(api, status);
    cord_http_reply(http, &(struct cord_http_reply){
                              .status = status,
                              .content_type = body.failed ? NULL : "application/problem+json",
                              .body = body.failed ? CORD_STR("") : cord_buf_str(&body),
                              .headers = headers,
                              .header_count = count,
                          });
    cord_buf_done(&body);
}

static void answer_options(struct cord_api *api, struct cord_http *http, const char *allow)
{
    struct cord_http_header headers[SAFE_HEADERS + 1];
    struct cord_api_banner_texts texts;
    size_t count = put_safe_headers(api, headers, cord_http_request(http)->tls, &texts);
    headers[count++] = (struct cord_http_header){"Allow", cord_str_from(allow)};
    count_reply(api, 204);
    cord_http_reply(
        http, &(struct cord_http_reply){.status = 204, .headers = headers, .header_count = count});
}

static bool within_rate(struct cord_api *api, struct cord_http *http)
{
    const unsigned char *address = cord_http_request(http)->address;
    static const unsigned char MAPPED[12] = {[10] = 0xff, [11] = 0xff};
    char text[16];
    /* Of IPv6 the network of 64 bits, which one machine may have to itself. */
    bool v4 = memcmp(address, MAPPED, sizeof MAPPED) == 0;
    uint32_t wait_s =
        cord_api_rate_take(api->addresses, (cord_str){(const char *)address, v4 ? 16 : 8},
                           cord_loop_now_ns(cord_http_loop(http)));
    if (wait_s > 0) {
        (void)snprintf(text, sizeof text, "%u", wait_s);
        const struct cord_http_header later = {"Retry-After", cord_str_from(text)};
        (void)atomic_fetch_add(&api->rate_address, 1);
        refuse(api, http, 429, "more requests than an address may send in a while", &later);
    }
    return wait_s == 0;
}

static bool is_json(cord_str type)
{
    cord_str word;
    cord_str rest = type;
    return cord_str_cut(&rest, ';', &word) &&
           cord_str_eq_fold(cord_str_trim(word), CORD_STR("application/json"));
}

/* Which row it is for; false: a reply was given. */
static bool find(struct cord_api *api, struct cord_http *http, struct cord_api_target *ret_target)
{
    const struct cord_http_request *request = cord_http_request(http);
    char allow[64];
    enum cord_api_match match = cord_api_route_find(request->method, request->path, ret_target);
    if (match == CORD_API_MATCH_NO_PATH) {
        refuse(api, http, 404, "there is no such path", NULL);
        return false;
    }
    cord_api_route_allow(ret_target->path, allow, sizeof allow);
    if (match == CORD_API_MATCH_NO_METHOD) {
        const struct cord_http_header header = {"Allow", cord_str_from(allow)};
        if (request->method == CORD_HTTP_OPTIONS) {
            answer_options(api, http, allow);
        } else {
            refuse(api, http, 405, "this path does not take the method", &header);
        }
        return false;
    }
    return true;
}

static bool is_of_console(cord_str path)
{
    return cord_str_starts(path, CORD_STR("/")) && !cord_str_starts(path, CORD_STR("/api/")) &&
           !cord_str_eq(path, CORD_STR("/api"));
}

static bool on_head(void *self, struct cord_http *http, size_t *body_bytes_max)
{
    struct cord_api *api = self;
    struct cord_api_target target;
    if (!within_rate(api, http)) {
        return false;
    }
    if (is_of_console(cord_http_request(http)->path)) {
        count_reply(api, cord_web_reply(&api->options.web, http));
        return false;
    }
    if (!find(api, http, &target)) {
        return false;
    }
    const struct cord_api_route *route = target.route;
    bool shown = cord_http_header(http, CORD_STR("authorization")).len > 0 ||
                 cord_http_header(http, CORD_STR("cookie")).len > 0;
    if ((route->flags & CORD_API_PUBLIC) == 0 && !shown) {
        const struct cord_http_header ask = {"WWW-Authenticate",
                                             CORD_STR("Bearer realm=\"cordon\"")};
        refuse(api, http, 401, "who asks? Send an API token, or sign in", &ask);
        return false;
    }
    if (route->body && !is_json(cord_http_header(http, CORD_STR("content-type")))) {
        refuse(api, http, 415, "the body is to be application/json", NULL);
        return false;
    }
    size_t most = route->body ? route->body_bytes_max : 0;
    *body_bytes_max = most < *body_bytes_max ? most : *body_bytes_max;
    return true;
}

static void on_refused(void *self, const struct cord_http *http, unsigned status)
{
    struct cord_api *api = self;
    (void)http;
    count_reply(api, status);
}

/* --- the way back --- */

static void leave(struct cord_api_call *call)
{
    const struct cord_api_access *access = &call->options->access;
    if (call->principal.rights && access->leave) {
        access->leave(access->self, &call->principal);
    }
    call->principal.rights = NULL;
}

static void request_free(struct request *request)
{
    struct cord_api *api = request->call.api;
    leave(&request->call);
    cord_buf_done(&request->call.out);
    cord_arena_free(request->call.arena);
    free(request);
    (void)atomic_fetch_sub(&api->under_way, 1);
}

/* False: there is no room for the stream. */
static bool begin_live(struct request *request, const struct cord_http_reply *reply)
{
    struct cord_api_call *call = &request->call;
    const struct cord_api_live_begin begin = {
        .feed = call->feed,
        .id = call->route->id,
        .verb = call->route->verb,
        .principal = call->principal,
        .filter = call->feed_filter,
        .about = call->question,
        .after = call->feed_after,
    };
    bool begun = cord_api_live_begin(call->api->lives, request->http, reply, &begin);
    if (begun) {
        call->principal.rights = NULL; /* the stream's now */
    }
    return begun;
}

static void on_done(struct cord_loop_task *task)
{
    struct request *request = CORD_LOOP_OWNER(task, struct request, task);
    struct cord_api_call *call = &request->call;
    struct cord_http_header headers[SAFE_HEADERS + CORD_API_HEADERS_MAX + 1];
    struct cord_api_banner_texts texts;
    size_t count = put_safe_headers(call->api, headers, call->tls, &texts);
    bool head = cord_http_request(request->http)->method == CORD_HTTP_HEAD;
    headers[count++] = (struct cord_http_header){"X-Request-Id", cord_str_from(call->request)};
    for (size_t i = 0; i < call->header_count; i++) {
        headers[count++] = call->headers[i];
    }
    const struct cord_http_reply reply = {
        .status = call->status,
        .content_type = call->feed ? "text/event-stream" : call->content_type,
        .body = call->feed ? CORD_STR(": cordon\n\n") : cord_buf_str(&call->out),
        .headers = headers,
        .header_count = count,
    };
    if (!call->feed || head) {
        count_reply(call->api, call->status);
        cord_http_reply(request->http, &reply);
    } else if (begin_live(request, &reply)) {
        count_reply(call->api, call->status);
    } else {
        const struct cord_http_header later = {"Retry-After", CORD_STR("30")};
        refuse(call->api, request->http, 503, "too many streams are open", &later);
    }
    request_free(request);
}

/* --- the way there --- */

static void run(struct cord_api_job *job)
{
    struct request *request = CORD_LOOP_OWNER(job, struct request, job);
    request->call.arena = cord_arena_new(CORD_API_ARENA_BYTES_MAX);
    if (request->call.arena) {
        cord_api_call_run(&request->call, request->query);
    } else {
        request->call.status = 503; /* not even a reason */
    }
    cord_loop_post(request->loop, &request->task);
}

/* Drawn, not counted: how much others ask is not for everybody. */
static void name_request(struct cord_api_call *call)
{
    uint64_t number = (uint64_t)call->now_ns; /* where nothing can be drawn, its time */
    (void)!getrandom(&number, sizeof number, GRND_NONBLOCK);
    (void)snprintf(call->request, sizeof call->request, "%016" PRIx64, number);
}

static struct request *request_new(struct cord_api *api, struct cord_http *http,
                                   const struct cord_api_target *target)
{
    const struct cord_http_request *from = cord_http_request(http);
    struct request *request = calloc(1, sizeof *request);
    if (!request) {
        return NULL;
    }
    request->job.run = run;
    request->task.run = on_done;
    request->loop = cord_http_loop(http);
    request->http = http;
    request->query = from->query;
    struct cord_api_call *call = &request->call;
    call->api = api;
    call->options = &api->options;
    call->route = target->route;
    call->now_ns = cord_clock_now_ns(&api->options.clock);
    name_request(call);
    call->wall_ns = cord_clock_now_ns(&api->options.wall);
    call->path = from->path;
    call->peer = from->peer;
    call->address = from->address;
    call->tls = from->tls;
    memcpy(call->variables, target->variables, sizeof call->variables);
    call->body_text = cord_buf_str(from->body);
    call->authorization = cord_http_header(http, CORD_STR("authorization"));
    call->cookie = cord_http_header(http, CORD_STR("cookie"));
    call->csrf = cord_http_header(http, CORD_STR("x-cordon-csrf"));
    call->if_none_match = cord_http_header(http, CORD_STR("if-none-match"));
    call->accept_encoding = cord_http_header(http, CORD_STR("accept-encoding"));
    call->if_match = cord_http_header(http, CORD_STR("if-match"));
    call->idempotency_key = cord_http_header(http, CORD_STR("idempotency-key"));
    call->last_event_id = cord_http_header(http, CORD_STR("last-event-id"));
    cord_buf_init(&call->out, CORD_API_REPLY_BYTES_MAX);
    return request;
}

static void on_request(void *self, struct cord_http *http)
{
    struct cord_api *api = self;
    struct cord_api_target target;
    if (!find(api, http, &target)) {
        return; /* never: its head was found */
    }
    const struct cord_http_header later = {"Retry-After", CORD_STR("1")};
    struct request *request = request_new(api, http, &target);
    if (!request) {
        refuse(api, http, 503, "there is no room for this now", &later);
        return;
    }
    (void)atomic_fetch_add(&api->under_way, 1);
    if (!cord_api_pool_put(api->pool, &request->job)) {
        (void)atomic_fetch_add(&api->busy, 1);
        refuse(api, http, 503, "too many requests wait", &later);
        request_free(request);
    }
}

/* --- the whole --- */

static cord_status make(struct cord_api *api, struct cord_error *err)
{
    const struct cord_api_options *options = &api->options;
    const struct cord_api_rate_options account = {
        options->requests_a_second, options->requests_a_second * BURST_S, options->seed};
    const struct cord_api_rate_options address = {account.a_second * ADDRESS_TIMES,
                                                  account.burst * ADDRESS_TIMES, options->seed};
    api->made = pthread_mutex_init(&api->replacing, NULL) == 0;
    api->accounts = cord_api_rate_new(&account);
    api->addresses = cord_api_rate_new(&address);
    api->marks = cord_api_marks_new();
    api->classes = cord_api_classes_new(api);
    api->banner = cord_api_banner_new(&options->banner);
    if (!api->banner || !api->accounts || !api->addresses || !api->marks || !api->classes ||
        cord_api_opaque_init(&api->opaque, &options->secret) != CORD_OK) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    if (options->ports.record && !(api->views = cord_api_views_new(options->ports.record))) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    const struct cord_api_live_options live = {.api = api,
                                               .live_max = options->live_max,
                                               .life_ns = LIFE_NS,
                                               .heartbeat_ns = HEARTBEAT_NS};
    cord_status status = cord_api_live_new(&live, &api->lives, err);
    if (status == CORD_OK && options->ports.files) {
        status = cord_api_idempotency_open(options->ports.files, options->ports.journal,
                                           options->wall, &api->kept, err);
    }
    if (status == CORD_OK) {
        status = cord_api_hunts_new(api, &api->hunts, err);
    }
    if (status == CORD_OK) {
        status = cord_api_trials_new(api, &api->trials, err);
    }
    if (status == CORD_OK) {
        status = cord_api_pool_new(options->threads, options->waiting_max, &api->pool, err);
    }
    return status;
}

cord_status cord_api_new(const struct cord_api_options *options, struct cord_api **ret_api,
                         struct cord_error *err)
{
    struct cord_api *api = calloc(1, sizeof *api);
    if (!api) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    api->options = *options;
    api->options.wall = options->wall.now_ns ? options->wall : options->clock;
    api->options.threads = options->threads > 0 ? options->threads : THREADS;
    api->options.waiting_max = options->waiting_max > 0 ? options->waiting_max : WAITING_MAX;
    api->options.live_max = options->live_max > 0 ? options->live_max : LIVE_MAX;
    cord_status status = make(api, err);
    if (status != CORD_OK) {
        cord_api_free(api);
        return status;
    }
    *ret_api = api;
    return CORD_OK;
}

struct cord_http_handler cord_api_handler(struct cord_api *api)
{
    return (struct cord_http_handler){
        .head = on_head, .request = on_request, .refused = on_refused, .self = api};
}

void cord_api_rename(struct cord_api *api, const struct cord_api_banner_texts *banner)
{
    cord_api_banner_set(api->banner, banner);
}

void cord_api_stop(struct cord_api *api)
{
    if (!api || atomic_exchange(&api->stopped, true)) {
        return;
    }
    cord_api_pool_stop(api->pool);
    cord_api_hunts_stop(api->hunts);
    cord_api_trials_stop(api->trials);
    cord_api_live_stop(api->lives);
}

void cord_api_free(struct cord_api *api)
{
    if (!api) {
        return;
    }
    cord_api_pool_free(api->pool);
    cord_api_hunts_free(api->hunts);
    cord_api_trials_free(api->trials);
    cord_api_live_free(api->lives);
    cord_api_views_free(api->views);
    cord_api_marks_free(api->marks);
    cord_api_classes_free(api->classes);
    cord_api_banner_free(api->banner);
    cord_api_idempotency_close(api->kept);
    cord_api_rate_free(api->accounts);
    cord_api_rate_free(api->addresses);
    if (api->made) {
        (void)pthread_mutex_destroy(&api->replacing);
    }
    free(api);
}

void cord_api_stats(const struct cord_api *api, struct cord_api_stats *ret_stats)
{
    *ret_stats = (struct cord_api_stats){
        .rate_address = atomic_load(&api->rate_address),
        .rate_account = atomic_load(&api->rate_account),
        .busy = atomic_load(&api->busy),
        .live = cord_api_live_count(api->lives),
        .jobs = cord_api_hunts_count(api->hunts),
        .live_sent = cord_api_live_sent(api->lives),
    };
    for (size_t i = 0; i < CORD_API_UNTOLD_COUNT; i++) {
        ret_stats->untold[i] = atomic_load(&api->untold[i]);
    }
    for (size_t i = 0; i < CORD_API_STATUS_MAX; i++) {
        ret_stats->replies[i] = atomic_load_explicit(&api->replies[i], memory_order_relaxed);
    }
}
