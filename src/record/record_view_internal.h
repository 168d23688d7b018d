/*
 * record_view_internal.h: what a session's files share.
 */
#ifndef CORD_RECORD_RECORD_VIEW_INTERNAL_H
#define CORD_RECORD_RECORD_VIEW_INTERNAL_H

#include "record/record_internal.h"
#include "record/record_view.h"

#define CORD_RECORD_UNMET      UINT32_MAX
#define CORD_RECORD_VIEW_TEXTS 64

/* A line's texts, read once and kept. */
struct cord_record_view_line {
    cord_str subject, claimant, part;
    int64_t topic;
    uint32_t rank; /* among the lines of its topic that have been met, by subject, claimant and part
                      (cord_record_view_rank); CORD_RECORD_UNMET */
};

/* The lines of a topic that have been met. */
struct cord_record_view_order {
    int64_t topic;
    struct cord_record_view_line **lines; /* `ranked` of them in order, then those met since */
    size_t ranked, count, cap;
};

struct cord_record_view_found; /* record_view_answers.c */

struct cord_record_view {
    struct cord_record *record;
    struct cord_sql *sql;
    struct cord_sql_statement *statements[CORD_RECORD_STATEMENTS]; /* prepared when first used */
    struct cord_record_head head;
    struct cord_arena *texts;             /* of lines */
    struct cord_record_view_line **lines; /* by id; NULL: not read yet */
    size_t line_cap;
    struct cord_record_view_order *orders;
    size_t order_count, order_cap;
    uint64_t looked; /* rows that lists of claims looked at (record_reach.h) */
    /* Of the question that is asked, kept for the next. */
    struct cord_arena *answers; /* NULL before the first */
    struct cord_buf packed;
    cord_str kept_texts[CORD_RECORD_VIEW_TEXTS]; /* of answers, by their mix */
    struct cord_record_view_found *found;
    size_t found_cap;
    uint32_t *turns; /* places in it, in order */
    size_t turns_cap;
    uint64_t visited;
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
                                                struct cord_record_view_line **ret_line,
                                                struct cord_error *err);
/* Takes a line of the topic in, unless it has been; its rank is good after the next _rank. */
CORD_MUST_USE cord_status cord_record_view_meet(struct cord_record_view *view, int64_t topic,
                                                struct cord_record_view_line *line,
                                                struct cord_error *err);
/* Ranks the lines of a topic that have been met: *ret_order, good until the next one is. */
CORD_MUST_USE cord_status cord_record_view_rank(struct cord_record_view *view, int64_t topic,
                                                const struct cord_record_view_order **ret_order,
                                                struct cord_error *err);
/* Forgets the lines when they have become very many. */
void cord_record_view_tidy(struct cord_record_view *view);

/* cord_record_view_claims: what anybody said. */
CORD_MUST_USE cord_status cord_record_reach_every(struct cord_record_view *view,
                                                  const struct cord_claim_filter *filter,
                                                  struct cord_claim_page page,
                                                  cord_claim_visit visit, void *self,
                                                  struct cord_error *err);

#endif
