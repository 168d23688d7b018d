/*
 * record_view_internal.h: what a session's files share.
 */
#ifndef CORD_RECORD_RECORD_VIEW_INTERNAL_H
#define CORD_RECORD_RECORD_VIEW_INTERNAL_H

#include "record/record_internal.h"
#include "record/record_view.h"

/* A line's texts, read once and kept. */
struct cord_record_view_line {
    cord_str subject, claimant, part;
};

struct cord_record_view {
    struct cord_record *record;
    struct cord_sql *sql;
    struct cord_sql_statement *statements[CORD_RECORD_STATEMENTS]; /* prepared when first used */
    struct cord_record_head head;
    struct cord_arena *texts;             /* of lines */
    struct cord_record_view_line **lines; /* by id; NULL: not read yet */
    size_t line_cap;
};

CORD_MUST_USE cord_status cord_record_view_statement(struct cord_record_view *view,
                                                     enum cord_record_statement which,
                                                     struct cord_sql_statement **ret_statement,
                                                     struct cord_error *err);

/* *ret_id 0: nothing has been said on it. CORD_E_NOENT: there is no such topic. */
CORD_MUST_USE cord_status cord_record_view_topic(struct cord_record_view *view, cord_str topic,
                                                 int64_t *ret_id, struct cord_error *err);

/* Good until cord_record_view_tidy. */
CORD_MUST_USE cord_status cord_record_view_line(struct cord_record_view *view, int64_t id,
                                                const struct cord_record_view_line **ret_line,
                                                struct cord_error *err);
/* Forgets the lines when they have become very many. */
void cord_record_view_tidy(struct cord_record_view *view);

#endif
