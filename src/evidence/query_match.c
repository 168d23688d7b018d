/* query_match.c: see query_match.h. */
#include "evidence/query_match.h"

#include "evidence/query_pick.h"
#include "evidence/query_test.h"

#include <stdlib.h>

struct cord_query_match {
    const struct cord_query *query;
    struct cord_query_test *test;
    const struct cord_rows *rows;
    struct cord_query_pick *picks; /* by number of node; of those with a field */
    size_t pick_count;
    uint64_t undecided;
};

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the parser */
static void init_picks(struct cord_query_match *match, const struct cord_query_node *node)
{
    if (node->field.text.len > 0) {
        cord_query_pick_init(&match->picks[node->number], &node->field,
                             node->op == CORD_QUERY_EXISTS);
    }
    for (size_t i = 0; i < node->child_count; i++) {
        init_picks(match, node->children[i]);
    }
}

struct cord_query_match *cord_query_match_new(const struct cord_query *query)
{
    struct cord_query_match *match = calloc(1, sizeof *match);
    if (!match) {
        return NULL;
    }
    match->query = query;
    match->pick_count = cord_query_node_count(query);
    match->picks = calloc(match->pick_count, sizeof *match->picks);
    match->test = cord_query_test_new();
    if (!match->picks || !match->test) {
        cord_query_match_free(match);
        return NULL;
    }
    init_picks(match, cord_query_condition(query));
    return match;
}

void cord_query_match_free(struct cord_query_match *match)
{
    if (!match) {
        return;
    }
    for (size_t i = 0; match->picks && i < match->pick_count; i++) {
        cord_query_pick_done(&match->picks[i]);
    }
    free(match->picks);
    cord_query_test_free(match->test);
    free(match);
}

void cord_query_match_from(struct cord_query_match *match, const struct cord_rows *rows)
{
    match->rows = rows;
    for (size_t i = 0; i < match->pick_count; i++) {
        cord_query_pick_from(&match->picks[i], rows);
    }
}

uint64_t cord_query_match_undecided(const struct cord_query_match *match)
{
    return match->undecided;
}

static cord_status any_of_field(struct cord_query_match *match, const struct cord_query_node *node,
                                const struct cord_row *row, enum cord_query_answer *ret_answer)
{
    struct cord_query_pick *pick = &match->picks[node->number];
    struct cord_query_picked value;
    size_t cursor = 0;
    cord_status status = CORD_OK;
    *ret_answer = CORD_QUERY_NO;
    while (*ret_answer != CORD_QUERY_YES) {
        enum cord_query_answer answer = CORD_QUERY_NO;
        status = cord_query_pick_next(pick, row, &cursor, &value);
        if (status != CORD_OK) {
            break;
        }
        status =
            cord_query_test_value(match->test, node, value.kind, value.flags, value.text, &answer);
        if (status != CORD_OK) {
            break;
        }
        *ret_answer = cord_query_test_or(*ret_answer, answer);
    }
    return status == CORD_E_END ? CORD_OK : status;
}

/* What is in no store has no id. */
static enum cord_query_answer is_event(const struct cord_query_node *node,
                                       const struct cord_row *row)
{
    return row->sequence > 0 && row->sequence == node->sequence ? CORD_QUERY_YES : CORD_QUERY_NO;
}

static bool is_continuation(cord_str text, size_t at)
{
    return at < text.len && ((unsigned char)text.ptr[at] & 0xc0u) == 0x80u;
}

/* The value is a stretch of raw as it is, whole characters: whatever text is
 * in it was found in raw. */
static bool is_seen_in_raw(const struct cord_row *row, const struct cord_span *span)
{
    cord_str raw = cord_row_raw(row);
    return span->kind == CORD_VALUE_TEXT && (span->flags & CORD_VALUE_ESCAPED) == 0 &&
           span->at <= raw.len && span->len <= raw.len - span->at &&
           !is_continuation(raw, span->at) && !is_continuation(raw, span->at + span->len);
}

static cord_status anywhere(struct cord_query_match *match, const struct cord_query_node *node,
                            const struct cord_row *row, enum cord_query_answer *ret_answer)
{
    bool text_only = node->op == CORD_QUERY_TEXT;
    *ret_answer = CORD_QUERY_NO;
    cord_status status = CORD_OK;
    if (node->op != CORD_QUERY_CIDR) {
        status = cord_query_test_value(match->test, node, CORD_VALUE_TEXT, 0, cord_row_raw(row),
                                       ret_answer);
    }
    for (size_t i = 0; i < row->span_count && status == CORD_OK && *ret_answer != CORD_QUERY_YES;
         i++) {
        const struct cord_span *span = &row->spans[i];
        enum cord_query_answer answer = CORD_QUERY_NO;
        if (text_only && is_seen_in_raw(row, span)) {
            continue;
        }
        status = cord_query_test_value(match->test, node, (enum cord_value_kind)span->kind,
                                       span->flags, cord_row_value(row, span), &answer);
        *ret_answer = cord_query_test_or(*ret_answer, answer);
    }
    return status;
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the parser */
static cord_status evaluate(struct cord_query_match *match, const struct cord_query_node *node,
                            const struct cord_row *row, enum cord_query_answer *ret_answer)
{
    if (node->op == CORD_QUERY_ALL) {
        *ret_answer = CORD_QUERY_YES;
        return CORD_OK;
    }
    if (node->child_count == 0 && node->field.builtin == CORD_QUERY_FIELD_ID &&
        node->field.text.len > 0) {
        *ret_answer = is_event(node, row);
        return CORD_OK;
    }
    if (node->child_count == 0) {
        return node->field.text.len > 0 ? any_of_field(match, node, row, ret_answer)
                                        : anywhere(match, node, row, ret_answer);
    }
    bool is_or = node->op == CORD_QUERY_OR;
    enum cord_query_answer end = is_or ? CORD_QUERY_YES : CORD_QUERY_NO;
    enum cord_query_answer all = is_or ? CORD_QUERY_NO : CORD_QUERY_YES;
    cord_status status = CORD_OK;
    for (size_t i = 0; i < node->child_count && status == CORD_OK && all != end; i++) {
        enum cord_query_answer one = CORD_QUERY_NO;
        status = evaluate(match, node->children[i], row, &one);
        all = is_or ? cord_query_test_or(all, one) : cord_query_test_and(all, one);
    }
    *ret_answer = node->op == CORD_QUERY_NOT ? cord_query_test_not(all) : all;
    return status;
}

cord_status cord_query_match_row(struct cord_query_match *match, size_t at, bool *ret_matches)
{
    enum cord_query_answer answer = CORD_QUERY_NO;
    cord_status status =
        evaluate(match, cord_query_condition(match->query), cord_rows_at(match->rows, at), &answer);
    if (status == CORD_OK) {
        match->undecided += answer == CORD_QUERY_UNKNOWN ? 1 : 0;
        *ret_matches = answer == CORD_QUERY_YES;
    }
    return status;
}
