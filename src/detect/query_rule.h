/*
 * query_rule.h: a query as a draft of a Sigma rule.
 *
 * What a rule can say of one event is said with fields, wildcards, lists, regular expressions,
 * ranges of addresses, comparisons of numbers, AND, OR and NOT. What it cannot (a pipeline, times,
 * the house) is left out and named, term by term, with where it stands in the query and why:
 * nothing is left out silently. The text is a draft: whoever takes it checks it (lint.h) and tries
 * it. Pure; any thread.
 */
#ifndef CORD_DETECT_QUERY_RULE_H
#define CORD_DETECT_QUERY_RULE_H

#include "base/arena.h"
#include "evidence/query.h"

struct cord_query_rule_ask {
    const struct cord_query *query;
    cord_str text; /* of the query, for the description */
    cord_str id;   /* a UUID */
    cord_str title;
    cord_str author; /* "": none */
    cord_str date;   /* "2026-11-22" */
    cord_str level;  /* "medium" */
    /* "windows/process_creation/sysmon", as events say their class; "": not known. */
    cord_str event_class;
    /* What host: and user: are called in such events; "": not known. */
    cord_str host;
    cord_str user;
};

struct cord_query_rule_note {
    size_t column; /* in characters of the query from 1 */
    cord_str term;
    const char *why;
    bool kept; /* it is in the rule, but does not say quite the same */
};

#define CORD_QUERY_RULE_NOTES_MAX 64u

struct cord_query_rule {
    cord_str text; /* the rule, YAML; "": nothing of the query can be said */
    const struct cord_query_rule_note *notes;
    size_t note_count;
    size_t notes_more; /* beyond CORD_QUERY_RULE_NOTES_MAX */
};

/* In the arena. Of a query that is no UTF-8 nothing can be said. CORD_E_NOMEM, CORD_E_LIMIT: the
 * arena is full, or the text is longer than a rule's file may be. */
CORD_MUST_USE cord_status cord_query_rule_write(const struct cord_query_rule_ask *ask,
                                                struct cord_arena *arena,
                                                struct cord_query_rule *ret_rule);

#endif
