/* query.c: see query.h. */
#include "evidence/query.h"

#include "evidence/query_internal.h"

#include <assert.h>
#include <stdlib.h>

/* The largest query with its nodes, parts and folded texts stays below it. */
enum { ARENA_BYTES_MAX = 32 << 20 };

void cord_query_free(struct cord_query *query)
{
    if (!query) {
        return;
    }
    for (size_t i = 0; i < query->node_count; i++) {
        cord_regex_free(query->nodes[i]->regex);
    }
    free(query->nodes);
    cord_arena_free(query->arena);
    free(query);
}

static cord_status read_all(struct cord_query *query, cord_str text, struct cord_error *err)
{
    struct cord_query_lex lex = {
        .text = cord_arena_copy(query->arena, text), .arena = query->arena, .err = err};
    if (!lex.text.ptr) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    cord_status status = cord_query_condition_read(&lex, query);
    return status == CORD_OK ? cord_query_stage_read_all(&lex, query) : status;
}

cord_status cord_query_parse(cord_str text, struct cord_query **ret_query, struct cord_error *err)
{
    if (text.len > CORD_QUERY_BYTES_MAX) {
        return cord_error_set(err, CORD_E_LIMIT, "a query has at most %u bytes",
                              CORD_QUERY_BYTES_MAX);
    }
    struct cord_query *query = calloc(1, sizeof *query);
    if (!query) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    query->arena = cord_arena_new(ARENA_BYTES_MAX);
    cord_status status = query->arena ? read_all(query, text, err)
                                      : cord_error_set(err, CORD_E_NOMEM, "out of memory");
    if (status != CORD_OK) {
        cord_query_free(query);
        return status;
    }
    *ret_query = query;
    return CORD_OK;
}

const struct cord_query_node *cord_query_condition(const struct cord_query *query)
{
    return query->condition;
}

uint32_t cord_query_node_count(const struct cord_query *query)
{
    return (uint32_t)query->node_count;
}

const struct cord_query_stage *cord_query_stages(const struct cord_query *query, size_t *ret_count)
{
    *ret_count = query->stage_count;
    return query->stages;
}

const cord_str *cord_query_columns(const struct cord_query *query, size_t *ret_count)
{
    *ret_count = query->column_count;
    return query->columns;
}

void cord_query_print(const struct cord_query *query, struct cord_buf *out)
{
    cord_query_print_condition(query->condition, out);
    for (size_t i = 0; i < query->stage_count; i++) {
        cord_query_print_stage(&query->stages[i], out);
    }
}
