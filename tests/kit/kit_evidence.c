/* kit_evidence.c: see kit_evidence.h. */
#include "kit/kit_evidence.h"

#include "kit/kit.h"

#include <fnmatch.h>
#include <stdio.h>

#define ROWS_BYTES_MAX ((size_t)1 << 30)

static struct kit_evidence *self_of(struct cord_evidence *evidence)
{
    return (struct kit_evidence *)(void *)evidence;
}

static cord_status append(struct cord_evidence *evidence, struct cord_rows *rows,
                          struct cord_error *err)
{
    struct kit_evidence *self = self_of(evidence);
    cord_status status = CORD_OK;
    (void)pthread_mutex_lock(&self->lock);
    if (self->appends_left == 0) {
        (void)pthread_mutex_unlock(&self->lock);
        return cord_error_set(err, CORD_E_LIMIT, "the store is full");
    }
    self->appends_left--;
    self->appends++;
    size_t first = cord_rows_count(self->rows);
    cord_rows_number(rows, 0, first + 1);
    for (size_t i = 0; i < cord_rows_count(rows) && status == CORD_OK; i++) {
        status = cord_rows_copy(self->rows, rows, i);
    }
    (void)pthread_mutex_unlock(&self->lock);
    return status;
}

static cord_status commit(struct cord_evidence *evidence, struct cord_error *err)
{
    struct kit_evidence *self = self_of(evidence);
    (void)err;
    (void)pthread_mutex_lock(&self->lock);
    self->committed = cord_rows_count(self->rows);
    (void)pthread_mutex_unlock(&self->lock);
    return CORD_OK;
}

/* ALL, and classes by wildcards: what back-tests ask. */
static bool holds(const struct cord_query_node *node, cord_str event_class)
{
    bool any = false;
    char label[512];
    char pattern[512];
    switch (node->op) {
    case CORD_QUERY_ALL:
        return true;
    case CORD_QUERY_OR:
        for (size_t i = 0; i < node->child_count; i++) {
            any = any || holds(node->children[i], event_class);
        }
        return any;
    case CORD_QUERY_LIKE:
        assert_true(node->field.builtin == CORD_QUERY_FIELD_CLASS);
        (void)snprintf(label, sizeof label, "%.*s", CORD_STR_ARG(event_class));
        (void)snprintf(pattern, sizeof pattern, "%.*s", CORD_STR_ARG(node->text));
        return fnmatch(pattern, label, FNM_CASEFOLD) == 0;
    case CORD_QUERY_AND:
    case CORD_QUERY_NOT:
    case CORD_QUERY_TEXT:
    case CORD_QUERY_EQUAL:
    case CORD_QUERY_REGEX:
    case CORD_QUERY_COMPARE:
    case CORD_QUERY_CIDR:
    case CORD_QUERY_EXISTS:
        break;
    }
    fail();
    return false;
}

static bool is_wanted(const struct kit_evidence *self, const struct cord_search_options *options,
                      const struct cord_row *row)
{
    const struct cord_origin *origin = cord_rows_origin_at(self->rows, row->origin);
    int64_t when = cord_row_when(row);
    return (options->from_ns == CORD_TIME_NONE || when >= options->from_ns) &&
           (options->to_ns == CORD_TIME_NONE || when < options->to_ns) &&
           (options->organisation.len == 0 ||
            cord_str_eq(options->organisation, origin->organisation)) &&
           (options->source.len == 0 || cord_str_eq(options->source, origin->source));
}

static cord_status search(struct cord_evidence *evidence, const struct cord_query *query,
                          const struct cord_search_options *options,
                          const struct cord_search_sink *sink, struct cord_tally *tally,
                          struct cord_search_progress *ret_progress, struct cord_error *err)
{
    struct kit_evidence *self = self_of(evidence);
    cord_status status = CORD_OK;
    (void)err;
    assert_true(!tally);
    *ret_progress = (struct cord_search_progress){.blocks = 1, .blocks_searched = 1};
    (void)pthread_mutex_lock(&self->lock);
    for (size_t at = cord_rows_count(self->rows); at > 0 && status == CORD_OK; at--) {
        const struct cord_row *row = cord_rows_at(self->rows, at - 1);
        ret_progress->rows++;
        ret_progress->raw_bytes += row->raw_len;
        cord_str event_class = cord_rows_origin_at(self->rows, row->origin)->event_class;
        if (is_wanted(self, options, row) && holds(cord_query_condition(query), event_class) &&
            (options->limit == 0 || ret_progress->rows_matched < options->limit)) {
            ret_progress->rows_matched++;
            status = sink->row ? sink->row(sink->self, self->rows, at - 1) : CORD_OK;
        }
    }
    (void)pthread_mutex_unlock(&self->lock);
    return status;
}

static cord_status get(struct cord_evidence *evidence, uint64_t sequence, struct cord_rows *rows,
                       struct cord_error *err)
{
    struct kit_evidence *self = self_of(evidence);
    if (sequence == 0 || sequence > cord_rows_count(self->rows)) {
        return cord_error_set(err, CORD_E_NOENT, "no such event");
    }
    return cord_rows_copy(rows, self->rows, (size_t)sequence - 1);
}

/* The table's arguments. NOLINTNEXTLINE(readability-function-size) */
static cord_status range(struct cord_evidence *evidence, uint64_t first, size_t rows_max,
                         size_t bytes_max, struct cord_rows *rows, uint64_t *ret_next,
                         struct cord_error *err)
{
    struct kit_evidence *self = self_of(evidence);
    cord_status status = CORD_OK;
    (void)bytes_max;
    (void)err;
    (void)pthread_mutex_lock(&self->lock);
    size_t count = cord_rows_count(self->rows);
    size_t at = first > 0 ? (size_t)first - 1 : 0;
    if (at >= count) {
        status = CORD_E_END;
    }
    for (size_t i = 0; i < rows_max && at < count && status == CORD_OK; i++, at++) {
        status = cord_rows_copy(rows, self->rows, at);
        *ret_next = at + 2;
    }
    (void)pthread_mutex_unlock(&self->lock);
    return status;
}

static cord_status stats(struct cord_evidence *evidence, struct cord_evidence_stats *ret_stats,
                         struct cord_error *err)
{
    struct kit_evidence *self = self_of(evidence);
    (void)err;
    *ret_stats = (struct cord_evidence_stats){.rows = cord_rows_count(self->rows)};
    return CORD_OK;
}

static void close_evidence(struct cord_evidence *evidence)
{
    (void)evidence;
}

static const struct cord_evidence_ops ops = {
    .append = append,
    .commit = commit,
    .search = search,
    .get = get,
    .range = range,
    .stats = stats,
    .close = close_evidence,
};

void kit_evidence_init(struct kit_evidence *evidence)
{
    *evidence = (struct kit_evidence){.base.ops = &ops, .appends_left = UINT64_MAX};
    evidence->rows = cord_rows_new(ROWS_BYTES_MAX, 1);
    CHECK(evidence->rows != NULL);
    CHECK(pthread_mutex_init(&evidence->lock, NULL) == 0);
}

void kit_evidence_done(struct kit_evidence *evidence)
{
    (void)pthread_mutex_destroy(&evidence->lock);
    cord_rows_free(evidence->rows);
}
