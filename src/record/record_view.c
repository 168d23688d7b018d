/* record_view.c: see record_view.h. Answers are in record_view_answers.c. */
#include "record/record_view.h"

#include "base/vec.h"
#include "record/record_row.h"
#include "record/record_view_internal.h"

#include <inttypes.h>
#include <stdlib.h>

#define LINES_BYTES_MAX  ((size_t)2 << 30)
#define LINES_BYTES_KEPT ((size_t)256 << 20)
#define PACKED_BYTES_MAX ((size_t)1 << 20) /* one span */

cord_status cord_record_view_statement(struct cord_record_view *view,
                                       enum cord_record_statement which,
                                       struct cord_sql_statement **ret_statement,
                                       struct cord_error *err)
{
    cord_status status = CORD_OK;
    if (!view->statements[which]) {
        status = cord_record_sql_prepare(view->sql, "main", which, &view->statements[which], err);
    }
    if (status == CORD_OK) {
        *ret_statement = view->statements[which];
    }
    return status;
}

/* The first read of a transaction fixes what it sees. */
static cord_status begin(struct cord_record_view *view, struct cord_error *err)
{
    cord_status status = cord_sql_exec(view->sql, "BEGIN", err);
    return status == CORD_OK ? cord_record_read_head(view->sql, &view->head, err) : status;
}

cord_status cord_record_view_open(struct cord_record *record, struct cord_record_view **ret_view,
                                  struct cord_error *err)
{
    struct cord_record_view *view = calloc(1, sizeof *view);
    if (!view) {
        return CORD_E_NOMEM;
    }
    view->record = record;
    view->texts = cord_arena_new(LINES_BYTES_MAX);
    cord_buf_init(&view->packed, PACKED_BYTES_MAX);
    struct cord_sql_options options = cord_record_sql_options(record, true);
    cord_status status = view->texts ? cord_sql_open(record->path, &options, &view->sql, err)
                                     : cord_error_set(err, CORD_E_NOMEM, "out of memory");
    if (status == CORD_OK) {
        status = begin(view, err);
    }
    if (status != CORD_OK) {
        cord_error_context(err, "reading the record");
        cord_record_view_close(view);
        return status;
    }
    *ret_view = view;
    return CORD_OK;
}

static void forget_orders(struct cord_record_view *view)
{
    for (size_t i = 0; i < view->order_count; i++) {
        free(view->orders[i].lines);
    }
    view->order_count = 0;
}

void cord_record_view_close(struct cord_record_view *view)
{
    if (!view) {
        return;
    }
    for (size_t i = 0; i < CORD_RECORD_STATEMENTS; i++) {
        cord_sql_free(view->statements[i]);
    }
    cord_sql_close(view->sql);
    cord_arena_free(view->texts);
    free(view->lines);
    forget_orders(view);
    free(view->orders);
    cord_arena_free(view->answers);
    cord_buf_done(&view->packed);
    free(view->found);
    free(view->turns);
    free(view);
}

cord_status cord_record_view_refresh(struct cord_record_view *view, struct cord_error *err)
{
    cord_sql_rollback(view->sql); /* it has read only */
    return begin(view, err);
}

void cord_record_view_rest(struct cord_record_view *view)
{
    cord_sql_rollback(view->sql); /* it has read only */
}

uint64_t cord_record_view_count(const struct cord_record_view *view)
{
    return view->head.number;
}

struct cord_digest cord_record_view_hash(const struct cord_record_view *view)
{
    return view->head.hash;
}

int64_t cord_record_view_recorded_ns(const struct cord_record_view *view)
{
    return view->head.recorded_ns;
}

uint64_t cord_record_view_visited(const struct cord_record_view *view)
{
    return view->visited;
}

struct cord_as_of cord_record_view_as_of(const struct cord_record_view *view,
                                         struct cord_as_of as_of)
{
    if (as_of.known_ns == INT64_MAX) {
        int64_t now = cord_clock_now_ns(&view->record->options.clock);
        as_of.known_ns = now > view->head.recorded_ns ? now : view->head.recorded_ns;
    }
    as_of.about_ns = as_of.about_ns == INT64_MAX ? as_of.known_ns : as_of.about_ns;
    return as_of;
}

/* --- topics and lines --- */

cord_status cord_record_view_topic(struct cord_record_view *view, cord_str topic, int64_t *ret_id,
                                   struct cord_error *err)
{
    struct cord_sql_statement *find = NULL;
    const char *name = cord_claim_kind_topic(topic);
    if (!name) {
        return cord_error_set(err, CORD_E_NOENT, "there is no topic '%.*s'",
                              CORD_STR_ARG(cord_str_slice(topic, 0, 64)));
    }
    cord_status status = cord_record_view_statement(view, CORD_RECORD_TOPIC_FIND, &find, err);
    if (status == CORD_OK) {
        cord_sql_bind_text(find, 1, cord_str_from(name));
        status = cord_sql_step(find, err);
    }
    if (status == CORD_OK) {
        *ret_id = cord_sql_column(find, 0);
        cord_sql_reset(find);
    } else if (status == CORD_E_END) {
        *ret_id = 0;
        status = CORD_OK;
    }
    return status;
}

void cord_record_view_tidy(struct cord_record_view *view)
{
    if (cord_arena_held(view->texts) > LINES_BYTES_KEPT) {
        cord_arena_reset(view->texts);
        memset(view->lines, 0, view->line_cap * sizeof *view->lines);
        forget_orders(view);
    }
}

static cord_status line_room(struct cord_record_view *view, int64_t id, struct cord_error *err)
{
    if (id <= 0 || id > INT32_MAX) {
        return cord_error_set(err, CORD_E_DAMAGED, "the views are damaged: rebuild them");
    }
    if ((size_t)id < view->line_cap) {
        return CORD_OK;
    }
    size_t cap = (size_t)id + (size_t)id / 2 + 1024;
    struct cord_record_view_line **lines = realloc(view->lines, cap * sizeof *lines);
    if (!lines) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    memset(lines + view->line_cap, 0, (cap - view->line_cap) * sizeof *lines);
    view->lines = lines;
    view->line_cap = cap;
    return CORD_OK;
}

static cord_status read_line(struct cord_record_view *view, int64_t id, struct cord_error *err)
{
    struct cord_sql_statement *get = NULL;
    cord_status status = cord_record_view_statement(view, CORD_RECORD_LINE_GET, &get, err);
    if (status == CORD_OK) {
        cord_sql_bind(get, 1, id);
        status = cord_sql_step(get, err);
    }
    if (status != CORD_OK) {
        return status == CORD_E_END
                   ? cord_error_set(err, CORD_E_DAMAGED, "the views are damaged: rebuild them")
                   : status;
    }
    struct cord_record_view_line *line = cord_arena_alloc(view->texts, sizeof *line);
    if (line) {
        line->rank = CORD_RECORD_UNMET;
        line->topic = cord_sql_column(get, 0);
        line->subject = cord_arena_copy(view->texts, cord_sql_column_text(get, 1));
        line->claimant = cord_arena_copy(view->texts, cord_sql_column_text(get, 2));
        line->part = cord_arena_copy(view->texts, cord_sql_column_text(get, 3));
    }
    cord_sql_reset(get);
    if (!line || !line->subject.ptr || !line->claimant.ptr || !line->part.ptr) {
        return cord_error_set(err, cord_arena_failure(view->texts), "too many lines");
    }
    view->lines[id] = line;
    return CORD_OK;
}

cord_status cord_record_view_line(struct cord_record_view *view, int64_t id,
                                  struct cord_record_view_line **ret_line, struct cord_error *err)
{
    cord_status status = line_room(view, id, err);
    if (status == CORD_OK && !view->lines[id]) {
        status = read_line(view, id, err);
    }
    if (status == CORD_OK) {
        *ret_line = view->lines[id];
    }
    return status;
}

/* --- lines in order --- */

static struct cord_record_view_order *order_of(struct cord_record_view *view, int64_t topic)
{
    for (size_t i = 0; i < view->order_count; i++) {
        if (view->orders[i].topic == topic) {
            return &view->orders[i];
        }
    }
    struct cord_record_view_order *orders =
        cord_vec_room(view->orders, view->order_count, &view->order_cap, sizeof *orders);
    if (!orders) {
        return NULL;
    }
    view->orders = orders;
    orders[view->order_count] = (struct cord_record_view_order){.topic = topic};
    return &orders[view->order_count++];
}

cord_status cord_record_view_meet(struct cord_record_view *view, int64_t topic,
                                  struct cord_record_view_line *line, struct cord_error *err)
{
    if (line->topic != topic) {
        return cord_error_set(err, CORD_E_DAMAGED, "the views are damaged: rebuild them");
    }
    if (line->rank != CORD_RECORD_UNMET) {
        return CORD_OK;
    }
    struct cord_record_view_order *order = order_of(view, topic);
    struct cord_record_view_line **lines =
        order ? cord_vec_room(order->lines, order->count, &order->cap, sizeof(void *)) : NULL;
    if (!lines) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    order->lines = lines;
    line->rank = (uint32_t)order->count;
    lines[order->count++] = line;
    return CORD_OK;
}

static int compare_lines(const struct cord_record_view_line *left,
                         const struct cord_record_view_line *right)
{
    int by = cord_str_compare(left->subject, right->subject);
    by = by ? by : cord_str_compare(left->claimant, right->claimant);
    return by ? by : cord_str_compare(left->part, right->part);
}

static int by_texts(const void *a, const void *b)
{
    return compare_lines(*(struct cord_record_view_line *const *)a,
                         *(struct cord_record_view_line *const *)b);
}

/* Both halves are in order: from the back, so that what has its place already stays. */
static void merge(struct cord_record_view_order *order, struct cord_record_view_line **met)
{
    size_t left = order->ranked;
    size_t right = order->count - order->ranked;
    while (right > 0) {
        bool first_is_later = left > 0 && compare_lines(order->lines[left - 1], met[right - 1]) > 0;
        struct cord_record_view_line *last =
            first_is_later ? order->lines[left - 1] : met[right - 1];
        order->lines[left + right - 1] = last;
        last->rank = (uint32_t)(left + right - 1);
        left -= first_is_later;
        right -= !first_is_later;
    }
}

cord_status cord_record_view_rank(struct cord_record_view *view, int64_t topic,
                                  const struct cord_record_view_order **ret_order,
                                  struct cord_error *err)
{
    struct cord_record_view_order *order = order_of(view, topic);
    size_t met = order ? order->count - order->ranked : 0;
    if (order && met == 0) {
        *ret_order = order;
        return CORD_OK;
    }
    struct cord_record_view_line **lines = order ? malloc(met * sizeof(void *)) : NULL;
    if (!lines) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    memcpy(lines, order->lines + order->ranked, met * sizeof(void *));
    qsort(lines, met, sizeof(void *), by_texts);
    merge(order, lines);
    order->ranked = order->count;
    *ret_order = order;
    free(lines);
    return CORD_OK;
}

/* --- claims --- */

/* Numbers up to which claims were recorded by a time: they are in its order. */
cord_status cord_record_view_known(struct cord_record_view *view, int64_t known_ns,
                                   uint64_t *ret_number, struct cord_error *err)
{
    struct cord_sql_statement *at = NULL;
    uint64_t low = 0;
    uint64_t high = view->head.number;
    cord_status status = cord_record_view_statement(view, CORD_RECORD_CLAIM_RECORDED, &at, err);
    if (status == CORD_OK && known_ns >= view->head.recorded_ns) {
        low = high;
    }
    while (status == CORD_OK && low < high) {
        uint64_t middle = low + (high - low + 1) / 2;
        cord_sql_bind(at, 1, (int64_t)middle);
        status = cord_sql_step(at, err);
        if (status == CORD_OK) {
            bool known = cord_sql_column(at, 0) <= known_ns;
            low = known ? middle : low;
            high = known ? high : middle - 1;
            cord_sql_reset(at);
        }
    }
    *ret_number = low;
    return status == CORD_E_END
               ? cord_error_set(err, CORD_E_DAMAGED, "claims are missing: verify the record")
               : status;
}

cord_status cord_record_view_claims(struct cord_record_view *view,
                                    const struct cord_claim_filter *filter,
                                    struct cord_claim_page page, cord_claim_visit visit, void *self,
                                    struct cord_error *err)
{
    return cord_record_reach_every(view, filter, page, visit, self, err);
}

cord_status cord_record_view_claim(struct cord_record_view *view, uint64_t number,
                                   cord_claim_visit visit, void *self, struct cord_error *err)
{
    struct cord_sql_statement *get = NULL;
    struct cord_claim claim;
    struct cord_digest hash;
    cord_status status = cord_record_view_statement(view, CORD_RECORD_CLAIM_GET, &get, err);
    if (status != CORD_OK) {
        return status;
    }
    cord_sql_bind(get, 1, number <= INT64_MAX ? (int64_t)number : 0);
    status = cord_sql_step(get, err);
    if (status == CORD_E_END) {
        return cord_error_set(err, CORD_E_NOENT, "there is no claim %" PRIu64, number);
    }
    if (status == CORD_OK) {
        status = cord_record_row_read(get, cord_record_exercise(view->record), &claim, &hash, err);
    }
    if (status == CORD_OK) {
        status = visit(self, &claim, &hash);
    }
    cord_sql_reset(get);
    return status == CORD_E_END ? CORD_OK : status;
}
