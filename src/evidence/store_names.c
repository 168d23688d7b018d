/* store_names.c: see store_names.h. */
#include "evidence/store_names.h"

#include "evidence/block_column.h"
#include "evidence/block_summary.h"
#include "evidence/store_internal.h"

#define SUMMARY_BYTES_MAX ((size_t)4 << 20)

struct visiting {
    const struct cord_store_names_sink *sink;
    struct cord_block_summary *summary;
    struct cord_buf bytes;
    struct cord_store_block opened;
    bool enough;
    bool all;
};

static void put(struct visiting *visiting, const cord_str *names, size_t count)
{
    visiting->enough = visiting->enough ||
                       (count > 0 && !visiting->sink->field(visiting->sink->self, names, count));
}

static void visit_rows(struct visiting *visiting, const struct cord_rows *rows)
{
    for (uint32_t field = 0; field < cord_rows_field_count(rows) && !visiting->enough; field++) {
        size_t count = 0;
        const cord_str *names = cord_rows_names(rows, field, &count);
        put(visiting, names, count);
    }
}

static void visit_summary(struct visiting *visiting)
{
    cord_str names[2] = {CORD_STR(""), CORD_STR("")};
    bool whole = false;
    for (size_t i = 0;
         !visiting->enough && cord_block_summary_name(visiting->summary, &i, &names[1], &whole);) {
        put(visiting, whole ? &names[1] : names, whole ? 1 : 2);
    }
}

static cord_status visit_block(struct visiting *visiting, const struct cord_segment *segment,
                               uint32_t at)
{
    const struct cord_block_head *head = &cord_segment_block(segment, at)->head;
    cord_status status = cord_segment_read_summary(segment, at, &visiting->bytes, NULL);
    if (status == CORD_OK && visiting->bytes.len > 0 &&
        cord_block_summary_open(visiting->summary, cord_buf_str(&visiting->bytes), head, NULL) ==
            CORD_OK) {
        visit_summary(visiting);
        return CORD_OK;
    }
    status = cord_store_block_open(&visiting->opened, segment, at, NULL);
    if (status != CORD_OK) {
        visiting->all = false;
        return status == CORD_E_NOMEM ? status : CORD_OK;
    }
    const struct cord_block *block = visiting->opened.block;
    for (uint32_t field = 0; field < cord_block_column_fields(block) && !visiting->enough;
         field++) {
        size_t count = 0;
        const cord_str *names = cord_block_column_names(block, field, &count);
        put(visiting, names, count);
    }
    return CORD_OK;
}

static cord_status visit_segment(struct visiting *visiting, struct cord_segment *segment)
{
    cord_status status = cord_segment_load(segment, NULL);
    if (status != CORD_OK) {
        visiting->all = false;
        return status == CORD_E_NOMEM ? status : CORD_OK;
    }
    for (uint32_t at = cord_segment_block_count(segment);
         at > 0 && status == CORD_OK && !visiting->enough; at--) {
        status = visit_block(visiting, segment, at - 1);
    }
    return status;
}

static cord_status visit(struct visiting *visiting, const struct cord_store_view *view)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; i < view->live_count && !visiting->enough; i++) {
        visit_rows(visiting, view->live[i].rows);
    }
    for (size_t i = view->manifest->count; i > 0 && status == CORD_OK && !visiting->enough; i--) {
        status = visit_segment(visiting, view->manifest->segments[i - 1]);
    }
    return status;
}

cord_status cord_store_names_visit(struct cord_store *store,
                                   const struct cord_store_names_sink *sink, bool *ret_all,
                                   struct cord_error *err)
{
    struct visiting visiting = {.sink = sink, .all = true};
    struct cord_store_view view;
    cord_status status = cord_store_view_take(store, &view);
    if (status != CORD_OK) {
        return cord_error_set(err, status, "out of memory");
    }
    cord_buf_init(&visiting.bytes, SUMMARY_BYTES_MAX);
    cord_store_block_init(&visiting.opened);
    visiting.summary = cord_block_summary_new();
    status = visiting.summary ? visit(&visiting, &view) : CORD_E_NOMEM;
    if (status == CORD_OK) {
        *ret_all = visiting.all;
    } else {
        (void)cord_error_set(err, status, "out of memory");
    }
    cord_block_summary_free(visiting.summary);
    cord_store_block_done(&visiting.opened);
    cord_buf_done(&visiting.bytes);
    cord_store_view_release(&view);
    return status;
}
