/*
 * backtest.h: rules run backwards over what is stored: what would they have
 * found, when, and where?
 *
 * Any Sigma rules and correlations, with their hits by day, host and
 * organisation and a few examples each, so that a rule can be judged before it
 * goes live. Events that come from elsewhere than a store (a scan of files) are
 * counted with cord_backtest_add.
 *
 * One thread at a time. Memory grows with the number of rules, hosts and days
 * and has a ceiling; what it cannot tell apart it counts all the same.
 */
#ifndef CORD_WIRE_BACKTEST_H
#define CORD_WIRE_BACKTEST_H

#include "detect/collection.h"
#include "detect/correlation.h"
#include "detect/correlator.h"
#include "detect/finding.h"
#include "detect/matcher.h"
#include "evidence/evidence.h"

struct cord_backtest;

struct cord_backtest_options {
    cord_str rule;       /* "": all; else the rules and correlations of this id (of one without, its
                          * title)       alone, with what they lean on. CORD_E_NOENT: there is none */
    size_t examples_max; /* of each rule */
    size_t correlation_bytes_max; /* of windows, for each organisation, and again of matches kept
                                   * back for order */
    uint64_t seed;
};

/* Collection borrowed. CORD_E_NOMEM, or what compiling the rules says. */
CORD_MUST_USE cord_status cord_backtest_new(const struct cord_collection *collection,
                                            const struct cord_backtest_options *options,
                                            struct cord_backtest **ret_backtest,
                                            struct cord_error *err);
void cord_backtest_free(struct cord_backtest *backtest);

/* One finding of a rule or correlation of the collection; organisation "": not known. */
CORD_MUST_USE cord_status cord_backtest_add(struct cord_backtest *backtest,
                                            const struct cord_finding *finding,
                                            cord_str organisation);

struct cord_backtest_search {
    int64_t from_ns; /* as in struct cord_search_options */
    int64_t to_ns;
    cord_str organisation;
    cord_str source;
    bool (*progress)(void *self, const struct cord_search_progress *progress); /* may be NULL */
    /* Each finding with its reasons and fields, before it is counted; NULL: nobody asks, which is
     * quicker. A status other than CORD_OK ends the run, which returns it. */
    cord_status (*each)(void *self, const struct cord_finding *finding, cord_str organisation);
    void *self; /* of both */
};

/* What was looked at. Rows of blocks whose classes no rule asks for are not. */
struct cord_backtest_rows {
    struct cord_search_progress search; /* rows_matched: rows that were looked at */
    uint64_t too_large;                 /* of them: have more values than an event may */
    struct cord_matcher_stats matcher;
    struct cord_correlator_stats correlator; /* of all organisations */
};

/* All rows of the store that some rule may match. CORD_E_END: progress said stop;
 * what was found so far is counted. */
CORD_MUST_USE cord_status cord_backtest_run(struct cord_backtest *backtest,
                                            struct cord_evidence *evidence,
                                            const struct cord_backtest_search *search,
                                            struct cord_backtest_rows *ret_rows,
                                            struct cord_error *err);

struct cord_backtest_count {
    cord_str name;
    uint64_t hits;
};

struct cord_backtest_day {
    int64_t day_ns; /* when it begins, UTC */
    uint64_t hits;
};

struct cord_backtest_example {
    uint64_t evidence; /* the store's number; 0: see source and record */
    cord_str source;
    uint64_t record;
    int64_t time_ns;
    cord_str organisation;
    cord_str host;
    cord_str user;
};

/* Of one rule or correlation. */
struct cord_backtest_result {
    const struct cord_rule *rule;               /* NULL for a correlation */
    const struct cord_correlation *correlation; /* NULL for a rule */
    uint64_t hits;
    uint64_t undated; /* of them: the event does not say when */
    int64_t first_ns; /* CORD_TIME_NONE: none says when */
    int64_t last_ns;
    const struct cord_backtest_day *days; /* with hits, in order */
    size_t day_count;
    const struct cord_backtest_count *hosts; /* most hits first; "": events that name none */
    size_t host_count;
    const struct cord_backtest_count *organisations;
    size_t organisation_count;
    uint64_t left_out; /* hits whose day, host or organisation found no room */
    const struct cord_backtest_example *examples;
    size_t example_count;
};

/* After the last event. Good until the back-test is freed. */
CORD_MUST_USE cord_status cord_backtest_finish(struct cord_backtest *backtest);

/* All rules and correlations that are run and may have findings, in the order of the collection. */
size_t cord_backtest_result_count(const struct cord_backtest *backtest);
const struct cord_backtest_result *cord_backtest_result(const struct cord_backtest *backtest,
                                                        size_t at);

/* Appends a query that all events meet which some of the rules may match by their
 * class; "" when that is no restriction. */
void cord_backtest_condition(const struct cord_collection *collection, struct cord_buf *out);

#endif
