/*
 * http_dialect_bulk.c: as Elasticsearch 8 answers those who send to it.
 *
 * Beats, Logstash, Fluent Bit and the official clients look at each item's
 * status: 201 is stored, 429 is to come again, any other 400 is to be dropped.
 * What a client does not want to hear (filter_path) is left out: it is most of
 * the reply.
 */
#include "codec/json_write.h"
#include "ingest/http_dialect_internal.h"

/* The longest reply to as many items as there may be, without their names. */
enum { REPLY_BYTES_MAX = 16 << 20, PROBLEM_BYTES_MAX = 4096 };

/* What the client asked for. */
struct wanted {
    bool items;
    bool names; /* _index, _id and what else there is of an item that was stored */
};

static struct wanted wanted_of(struct cord_http *http)
{
    cord_str filter = cord_http_parameter(http, CORD_STR("filter_path"));
    if (filter.len == 0) {
        return (struct wanted){true, true};
    }
    return (struct wanted){
        .items = cord_str_find(filter, CORD_STR("items"), 0) != SIZE_MAX,
        .names = cord_str_find(filter, CORD_STR("_i"), 0) != SIZE_MAX,
    };
}

/* A walk along the items of a delivery, all of which are in its answer's lines
 * "COUNT OPERATION INDEX". */
struct items {
    const struct cord_delivery *delivery;
    cord_str lines;
    uint64_t left; /* of the line */
    cord_str operation;
    cord_str index;
    size_t refusal;  /* the next one */
    uint64_t number; /* of the next stored record; 0: not known */
};

static void next_line(struct items *items)
{
    cord_str line;
    cord_str count;
    items->operation = CORD_STR("create"); /* when the answer was too long to be kept */
    items->index = (cord_str){"", 0};
    items->left = UINT64_MAX;
    if (cord_str_cut(&items->lines, '\n', &line) && cord_str_cut(&line, ' ', &count) && line.ptr &&
        cord_str_u64(count, &items->left)) {
        cord_str operation;
        if (cord_str_cut(&line, ' ', &operation)) {
            items->operation = operation;
            items->index = line.ptr ? line : items->index;
        }
    }
}

static void put_names(struct cord_buf *body, const struct items *items, bool stored)
{
    cord_buf_put(body, CORD_STR("\"_index\":"));
    cord_json_write_string(body, items->index);
    if (stored && items->number > 0) {
        cord_buf_put(body, CORD_STR(",\"_id\":\""));
        cord_buf_put_u64(body, items->number);
        cord_buf_put(body, CORD_STR("\",\"_version\":1,\"result\":\"created\""));
    }
    cord_buf_put_char(body, ',');
}

static void put_refused(struct cord_buf *body, enum cord_loss_reason reason, cord_str text)
{
    bool again = cord_loss_is_shed(reason);
    cord_buf_printf(body, "\"status\":%d,\"error\":{\"type\":\"%s\",\"reason\":", again ? 429 : 400,
                    again                           ? "es_rejected_execution_exception"
                    : reason == CORD_LOSS_FORBIDDEN ? "illegal_argument_exception"
                                                    : "mapper_parsing_exception");
    cord_json_write_string(body, text);
    cord_buf_put_char(body, '}');
}

static void put_item(struct cord_buf *body, struct items *items, struct wanted wanted, uint64_t at)
{
    const struct cord_delivery *delivery = items->delivery;
    const struct cord_delivery_refusal *refusal =
        items->refusal < delivery->refusal_count ? &delivery->refusals[items->refusal] : NULL;
    bool refused = refusal && refusal->item == at;
    /* When not all refusals were kept, it may be one of those: it is to come again. */
    bool unknown = !refused && delivery->refusal_count < delivery->refused + delivery->shed;
    cord_buf_put(body, CORD_STR("{\""));
    cord_buf_put(body, items->operation);
    cord_buf_put(body, CORD_STR("\":{"));
    if (wanted.names) {
        put_names(body, items, !refused && !unknown);
    }
    if (refused) {
        put_refused(body, refusal->reason, refusal->text);
        items->refusal++;
    } else if (unknown) {
        put_refused(body, CORD_LOSS_OVERLOAD, CORD_STR("too many items were refused"));
    } else {
        cord_buf_put(body, CORD_STR("\"status\":201"));
        items->number += items->number > 0 ? 1 : 0;
    }
    cord_buf_put(body, CORD_STR("}}"));
}

static void put_items(struct cord_buf *body, const struct cord_delivery *delivery,
                      struct wanted wanted)
{
    struct items items = {
        .delivery = delivery,
        .lines = cord_buf_str(&delivery->answer),
        .number = delivery->first_sequence,
    };
    for (uint64_t at = 0; at < delivery->records && !body->failed; at++) {
        if (items.left == 0) {
            next_line(&items);
        }
        items.left--;
        if (at > 0) {
            cord_buf_put_char(body, ',');
        }
        put_item(body, &items, wanted, at);
    }
}

static void send(struct cord_http *http, unsigned status, cord_str body, int64_t retry_after_s)
{
    cord_http_dialect_send(http, &(struct cord_http_answer){.status = status,
                                                            .body = body,
                                                            .retry_after_s = retry_after_s,
                                                            .elastic = true,
                                                            .ask_basic = status == 401});
}

static void put_reply(struct cord_buf *body, const struct cord_delivery *delivery,
                      const struct cord_http_turn *turn, struct wanted wanted)
{
    cord_buf_clear(body);
    cord_buf_printf(body, "{\"took\":%lld,\"errors\":%s", (long long)turn->took_ms,
                    delivery->refused + delivery->shed > 0 ? "true" : "false");
    if (wanted.items) {
        cord_buf_put(body, CORD_STR(",\"items\":["));
        put_items(body, delivery, wanted);
        cord_buf_put_char(body, ']');
    }
    cord_buf_put_char(body, '}');
}

static void reply(struct cord_http *http, const struct cord_delivery *delivery,
                  const struct cord_http_turn *turn)
{
    struct cord_buf body;
    struct wanted wanted = wanted_of(http);
    cord_buf_init(&body, REPLY_BYTES_MAX);
    put_reply(&body, delivery, turn, wanted);
    if (body.failed && wanted.names) {
        wanted.names = false; /* the status is what counts */
        put_reply(&body, delivery, turn, wanted);
    }
    send(http, body.failed ? 500 : 200, cord_buf_str(&body), 0);
    cord_buf_done(&body);
}

static const struct {
    unsigned status;
    const char *type;
    const char *reason;
} words[CORD_HTTP_TROUBLE_COUNT] = {
    [CORD_HTTP_TROUBLE_NO_TOKEN] = {401, "security_exception",
                                    "missing authentication credentials: send ApiKey, Basic or "
                                    "Bearer with a registered source's token"},
    [CORD_HTTP_TROUBLE_WRONG_TOKEN] = {401, "security_exception",
                                       "the token is of no registered source"},
    [CORD_HTTP_TROUBLE_FOREIGN] = {403, "security_exception",
                                   "the client certificate is of another organisation"},
    [CORD_HTTP_TROUBLE_LIMITED] = {429, "security_exception",
                                   "too many wrong tokens from this address"},
    [CORD_HTTP_TROUBLE_BUSY] = {429, "es_rejected_execution_exception",
                                "too much of this source is waiting"},
    [CORD_HTTP_TROUBLE_FULL] = {503, "es_rejected_execution_exception", "too much is waiting"},
    [CORD_HTTP_TROUBLE_DISK] = {503, "unavailable_shards_exception", "not stored: send it again"},
    [CORD_HTTP_TROUBLE_CODING] = {415, "illegal_argument_exception",
                                  "Content-Encoding is one of gzip, deflate, zstd, identity"},
    [CORD_HTTP_TROUBLE_EMPTY] = {400, "parse_exception", "request body is required"},
    [CORD_HTTP_TROUBLE_WRONG] = {400, "illegal_argument_exception", "not a bulk request"},
};

static void put_problem(struct cord_buf *body, unsigned status, const char *type, cord_str reason)
{
    struct cord_buf cause;
    cord_buf_init(&cause, PROBLEM_BYTES_MAX);
    cord_buf_printf(&cause, "\"type\":\"%s\",\"reason\":", type);
    cord_json_write_string(&cause, reason);
    cord_buf_printf(body, "{\"error\":{\"root_cause\":[{%.*s}],%.*s},\"status\":%u}",
                    CORD_STR_ARG(cord_buf_str(&cause)), CORD_STR_ARG(cord_buf_str(&cause)), status);
    cord_buf_done(&cause);
}

static void trouble(struct cord_http *http, enum cord_http_trouble what, cord_str detail,
                    int64_t retry_after_s)
{
    struct cord_buf body;
    cord_buf_init(&body, REPLY_BYTES_MAX);
    put_problem(&body, words[what].status, words[what].type,
                detail.len > 0 ? detail : cord_str_from(words[what].reason));
    send(http, words[what].status, cord_buf_str(&body), retry_after_s);
    cord_buf_done(&body);
}

const struct cord_http_dialect cord_http_dialect_bulk = {
    .name = "bulk", .reply = reply, .trouble = trouble, .sheds = true};

/* ---- what is asked before anything is sent ---- */

/* The version decides what clients expect: the newest 8.x that they were tried with. */
#define VERSION                                                                                    \
    "{\"name\":\"cordon\",\"cluster_name\":\"cordon\",\"cluster_uuid\":\"Y29yZG9uLWV2aWRlbmNlLQ\"" \
    ",\"version\":{\"number\":\"8.19.0\",\"build_flavor\":\"default\",\"build_type\":\"deb\","     \
    "\"build_hash\":\"0\",\"build_date\":\"2025-07-29T00:00:00.000Z\",\"build_snapshot\":false,"   \
    "\"lucene_version\":\"9.12.2\",\"minimum_wire_compatibility_version\":\"7.17.0\","             \
    "\"minimum_index_compatibility_version\":\"7.0.0\"},\"tagline\":\"You Know, for Search\"}"
#define LICENCE                                                                                    \
    "{\"license\":{\"status\":\"active\",\"uid\":\"cordon\",\"type\":\"basic\",\"issue_date\":"    \
    "\"2025-07-29T00:00:00.000Z\",\"issue_date_in_millis\":1753747200000,\"max_nodes\":1000,"      \
    "\"issued_to\":\"cordon\",\"issuer\":\"cordon\",\"start_date_in_millis\":-1}}"
#define XPACK                                                                                      \
    "{\"build\":{\"hash\":\"0\",\"date\":\"2025-07-29T00:00:00.000Z\"},\"license\":{\"uid\":"      \
    "\"cordon\",\"type\":\"basic\",\"mode\":\"basic\",\"status\":\"active\"},\"features\":{"       \
    "\"ilm\":{\"available\":true,\"enabled\":true},\"data_streams\":{\"available\":true,"          \
    "\"enabled\":true}},\"tagline\":\"You know, for X\"}"
#define HEALTH                                                                                     \
    "{\"cluster_name\":\"cordon\",\"status\":\"green\",\"timed_out\":false,\"number_of_nodes\":1," \
    "\"number_of_data_nodes\":1,\"active_primary_shards\":0,\"active_shards\":0}"
#define NODES                                                                                      \
    "{\"_nodes\":{\"total\":1,\"successful\":1,\"failed\":0},\"cluster_name\":\"cordon\","         \
    "\"nodes\":{}}"

static const struct {
    const char *path;
    bool below; /* and whatever is below it */
    const char *body;
} asked[] = {
    {"/", false, VERSION},
    {"/_license", false, LICENCE},
    {"/_xpack", true, XPACK},
    {"/_cluster/health", true, HEALTH},
    {"/_cat/health", false, "[{\"cluster\":\"cordon\",\"status\":\"green\"}]"},
    {"/_nodes", true, NODES},
    /* Policies, templates and pipelines mean nothing here: events stay as they came.
     * Those who ask whether theirs is there are told so, that they go on. */
    {"/_ilm/policy", true, "{}"},
    {"/_index_template", true, "{}"},
    {"/_component_template", true, "{}"},
    {"/_template", true, "{}"},
    {"/_ingest/pipeline", true, "{}"},
    {"/_data_stream", true, "{}"},
    {"/_alias", true, "{}"},
};

static bool is_asked(cord_str path, size_t at)
{
    cord_str name = cord_str_from(asked[at].path);
    return cord_str_eq(path, name) || (asked[at].below && path.len > name.len &&
                                       path.ptr[name.len] == '/' && cord_str_starts(path, name));
}

/* What it is answered; NULL: nobody asks that. */
static const char *find_asked(cord_str path)
{
    for (size_t at = 0; at < sizeof asked / sizeof *asked; at++) {
        if (is_asked(path, at)) {
            return asked[at].body;
        }
    }
    return NULL;
}

bool cord_http_dialect_bulk_knows(cord_str path)
{
    return find_asked(path) != NULL;
}

void cord_http_dialect_bulk_ask(struct cord_http *http)
{
    const struct cord_http_request *request = cord_http_request(http);
    const char *body = find_asked(request->path);
    bool put = request->method == CORD_HTTP_PUT || request->method == CORD_HTTP_POST;
    send(http, 200, put || !body ? CORD_STR("{\"acknowledged\":true}") : cord_str_from(body), 0);
}

void cord_http_dialect_bulk_missing(struct cord_http *http)
{
    struct cord_buf body;
    cord_buf_init(&body, REPLY_BYTES_MAX);
    put_problem(&body, 404, "resource_not_found_exception",
                CORD_STR("nothing of that kind is kept here; _bulk takes events"));
    send(http, 404, cord_buf_str(&body), 0);
    cord_buf_done(&body);
}
