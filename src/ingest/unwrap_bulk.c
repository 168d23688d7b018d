/*
 * unwrap_bulk.c: the body of an Elasticsearch _bulk request.
 *
 * Senders repeat the same action line thousands of times, so one that equals
 * the line before means the same and is not read again.
 */
#include "codec/json_span.h"
#include "codec/json_unescape.h"
#include "ingest/unwrap.h"
#include "ingest/unwrap_kinds.h"

enum {
    INDEX_BYTES_MAX = 255, /* as Elasticsearch has it */
    ITEMS_MAX = 100000,    /* each is answered for: the reply is bounded by it */
};

enum operation {
    OPERATION_NONE,
    OPERATION_CREATE,
    OPERATION_INDEX,
    OPERATION_UPDATE,
    OPERATION_DELETE
};

static const char *const names[] = {"", "create", "index", "update", "delete"};

struct action {
    cord_str line; /* that was read */
    enum operation operation;
    char index_bytes[INDEX_BYTES_MAX + 1];
    size_t index_len;
    size_t dataset_from; /* of a data stream's name, TYPE-DATASET-NAMESPACE */
    size_t dataset_len;
};

struct bulk {
    struct cord_unwrap *unwrap;
    cord_str context;
    struct action action;
    size_t line;    /* of the body, from 1, for the client */
    uint32_t alike; /* items of the action, not yet in the answer */
};

static cord_str index_of(const struct action *action)
{
    return (cord_str){action->index_bytes, action->index_len};
}

static void answer_alike(struct bulk *bulk)
{
    if (bulk->alike > 0) {
        cord_buf_printf(&bulk->unwrap->answer, "%u %s %.*s\n", bulk->alike,
                        names[bulk->action.operation], CORD_STR_ARG(index_of(&bulk->action)));
        bulk->alike = 0;
    }
}

static enum operation operation_of(cord_str name)
{
    for (size_t at = 1; at < sizeof names / sizeof *names; at++) {
        if (cord_str_eq(name, cord_str_from(names[at]))) {
            return (enum operation)at;
        }
    }
    return OPERATION_NONE;
}

/* Control characters would forge lines of the answer; no index has them. */
static bool set_index(struct action *action, cord_str index)
{
    if (index.len > INDEX_BYTES_MAX) {
        return false;
    }
    action->index_len = index.len > 0 ? cord_json_unescape(index, action->index_bytes) : 0;
    for (size_t at = 0; at < action->index_len; at++) {
        if ((unsigned char)action->index_bytes[at] <= ' ') {
            return false;
        }
    }
    return true;
}

/* Neither part of a data stream's name holds a '-'. */
static void find_dataset(struct action *action)
{
    cord_str index = index_of(action);
    size_t from = cord_str_find_char(index, '-', 0);
    size_t to = from == SIZE_MAX ? SIZE_MAX : cord_str_find_char(index, '-', from + 1);
    if (to != SIZE_MAX && cord_str_starts(index, CORD_STR("logs-")) &&
        cord_str_find_char(index, '-', to + 1) == SIZE_MAX) {
        action->dataset_from = from + 1;
        action->dataset_len = to - from - 1;
    }
}

static bool read_meta(struct action *action, cord_str meta)
{
    struct cord_json_walk walk;
    struct cord_json_span member;
    if (!cord_json_span_begin(&walk, meta, 0)) {
        return false;
    }
    cord_status status;
    while ((status = cord_json_span_next(&walk, &member)) == CORD_OK) {
        if (cord_str_eq(member.name, CORD_STR("_index")) &&
            (member.kind != CORD_JSON_STRING || !set_index(action, member.text))) {
            return false;
        }
    }
    return status == CORD_E_END;
}

/* {"create":{"_index":"logs-x-default","_id":"7"}} */
static bool read_action(struct bulk *bulk, cord_str line)
{
    struct action action = {.line = line};
    struct cord_json_walk walk;
    struct cord_json_span member;
    if (!cord_json_span_begin(&walk, line, cord_json_span_skip_blank(line, 0)) ||
        cord_json_span_next(&walk, &member) != CORD_OK) {
        return false;
    }
    action.operation = operation_of(member.name);
    if (action.operation == OPERATION_NONE || member.kind != CORD_JSON_OBJECT ||
        !set_index(&action, bulk->context) || !read_meta(&action, member.raw) ||
        cord_json_span_next(&walk, &member) != CORD_E_END) {
        return false;
    }
    if (action.operation != bulk->action.operation ||
        !cord_str_eq(index_of(&action), index_of(&bulk->action))) {
        answer_alike(bulk);
    }
    find_dataset(&action);
    bulk->action = action;
    return true;
}

static void put_record(struct bulk *bulk, cord_str line)
{
    const struct action *action = &bulk->action;
    struct cord_unwrap *unwrap = bulk->unwrap;
    cord_str record = cord_str_trim(line);
    if (record.len == 0 || record.ptr[0] != '{') {
        cord_unwrap_refuse(unwrap, CORD_LOSS_MALFORMED,
                           CORD_STR("failed to parse: the source is not a JSON object"), record);
        return;
    }
    cord_unwrap_put(unwrap, CORD_UNWRAP_JSON, record);
    if (action->index_len > 0) {
        cord_unwrap_note(unwrap, "bulk.index", index_of(action), CORD_UNWRAP_ROLE_NONE);
    }
    if (action->dataset_len > 0) {
        cord_unwrap_note(
            unwrap, "bulk.dataset",
            cord_str_slice(index_of(action), action->dataset_from, action->dataset_len),
            CORD_UNWRAP_ROLE_DATASET);
    }
}

static void refuse_change(struct bulk *bulk, cord_str record)
{
    cord_unwrap_refuse(bulk->unwrap, CORD_LOSS_FORBIDDEN,
                       CORD_STR("evidence is neither updated nor deleted"), record);
}

/* The next line that is not blank; false at the end. */
static bool next_line(struct bulk *bulk, cord_str *rest, cord_str *ret_line)
{
    while (cord_str_cut(rest, '\n', ret_line)) {
        bulk->line++;
        if (cord_str_trim(*ret_line).len > 0) {
            return true;
        }
    }
    return false;
}

static cord_status take_item(struct bulk *bulk, cord_str line, cord_str *rest,
                             struct cord_error *err)
{
    if (bulk->unwrap->items == ITEMS_MAX) {
        return cord_error_set(err, CORD_E_FORMAT, "more than %d actions in one request", ITEMS_MAX);
    }
    if (!cord_str_eq(line, bulk->action.line) && !read_action(bulk, line)) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "Malformed action/metadata line [%zu], expected one of [create, "
                              "delete, index, update]",
                              bulk->line);
    }
    bulk->alike++;
    cord_str record = {0};
    if (bulk->action.operation == OPERATION_DELETE) {
        refuse_change(bulk, line);
        return CORD_OK;
    }
    if (!cord_str_cut(rest, '\n', &record)) {
        return cord_error_set(err, CORD_E_FORMAT, "no source behind the action in line [%zu]",
                              bulk->line);
    }
    bulk->line++;
    if (bulk->action.operation == OPERATION_UPDATE) {
        refuse_change(bulk, record);
    } else {
        put_record(bulk, record);
    }
    return CORD_OK;
}

static cord_status unwrap_bulk(const struct cord_delivery_kind *kind, cord_str bytes,
                               cord_str context, struct cord_unwrap *unwrap, struct cord_error *err)
{
    (void)kind;
    struct bulk bulk = {.unwrap = unwrap, .context = context};
    cord_status status = CORD_OK;
    cord_str rest = bytes;
    cord_str line;
    while (status == CORD_OK && !unwrap->failed && next_line(&bulk, &rest, &line)) {
        status = take_item(&bulk, line, &rest, err);
    }
    answer_alike(&bulk);
    if (status == CORD_OK && unwrap->items == 0 && !unwrap->failed) {
        status = cord_error_set(err, CORD_E_FORMAT, "request body is required");
    }
    return status;
}

const struct cord_delivery_kind cord_unwrap_bulk = {.name = "bulk", .unwrap = unwrap_bulk};
