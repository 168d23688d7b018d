/*
 * query_internal.h: a query while it is being read; see query.h.
 */
#ifndef CORD_EVIDENCE_QUERY_INTERNAL_H
#define CORD_EVIDENCE_QUERY_INTERNAL_H

#include "evidence/query.h"
#include "evidence/query_lex_internal.h"

struct cord_query {
    struct cord_arena *arena; /* everything but the array of nodes and their expressions */
    struct cord_query_node *condition;
    struct cord_query_node **nodes;
    size_t node_count;
    size_t node_cap;
    struct cord_query_stage *stages; /* room for CORD_QUERY_STAGES_MAX */
    size_t stage_count;
    cord_str *columns; /* NULL: the result is events */
    size_t column_count;
};

/* query_condition.c: up to the first '|' or the end. */
CORD_MUST_USE cord_status cord_query_condition_read(struct cord_query_lex *lex,
                                                    struct cord_query *query);

/* query_value.c. A node with its number and place; NULL with err set. */
CORD_MUST_USE cord_status cord_query_value_node(struct cord_query_lex *lex,
                                                struct cord_query *query, enum cord_query_op op,
                                                size_t at, struct cord_query_node **ret_node);
/* What is compared with the field, or looked for everywhere when it is NULL. */
CORD_MUST_USE cord_status cord_query_value_read(struct cord_query_lex *lex,
                                                struct cord_query *query,
                                                const struct cord_query_field *field,
                                                struct cord_query_node **ret_node);
/* Likewise a word that was taken already, from byte `at` on. */
CORD_MUST_USE cord_status cord_query_value_word(struct cord_query_lex *lex,
                                                struct cord_query *query,
                                                const struct cord_query_field *field, size_t at,
                                                cord_str word, struct cord_query_node **ret_node);
/* The same with > >= < <=. */
CORD_MUST_USE cord_status cord_query_value_compare(struct cord_query_lex *lex,
                                                   struct cord_query *query,
                                                   const struct cord_query_field *field,
                                                   cord_str operation,
                                                   struct cord_query_node **ret_node);

/* query_order.c: what the bounds are; a text of builtin time as bounds. */
CORD_MUST_USE cord_status cord_query_order_bounds(const struct cord_query_lex *lex,
                                                  struct cord_query_node *node, size_t at);
CORD_MUST_USE cord_status cord_query_order_instant(const struct cord_query_lex *lex,
                                                   struct cord_query_node *node, size_t at);
static inline bool cord_query_order_is_time(const struct cord_query_field *field)
{
    return field->builtin == CORD_QUERY_FIELD_TIME || field->builtin == CORD_QUERY_FIELD_RECEIVED;
}

/* query_field.c: the text of a field, from byte `at` of the query. */
CORD_MUST_USE cord_status cord_query_field_read(const struct cord_query_lex *lex, cord_str text,
                                                size_t at, struct cord_query_field *ret_field);
/* May stand in a field's name without quotes. */
bool cord_query_field_is_char(char c);
/* The builtin field nearest to the word; ptr NULL: none is near. */
cord_str cord_query_field_near(cord_str word);

/* query_stage.c: from the first '|' to the end. */
CORD_MUST_USE cord_status cord_query_stage_read_all(struct cord_query_lex *lex,
                                                    struct cord_query *query);

/* query_print.c */
void cord_query_print_stage(const struct cord_query_stage *stage, struct cord_buf *out);

#endif
