/*
 * check_report.h: what is wrong with rules, gathered and printed.
 *
 * Findings of the lint and refusals of the collection become one list, in the
 * order of files and lines; what both say stands there once.
 */
#ifndef CORD_CMD_CHECK_REPORT_H
#define CORD_CMD_CHECK_REPORT_H

#include "base/arena.h"
#include "detect/lint.h"

struct check_report {
    struct cord_arena *arena; /* the caller's; holds the texts */
    struct check_finding *findings;
    size_t count;
    size_t cap;

    /* Set by check_report_finish. */
    size_t refused; /* rules, correlations and filters that cannot be used */
    size_t schema;  /* errors against the specification's schemas */
    size_t warnings;
};

void check_report_done(struct check_report *report);

/* For cord_lint_text and cord_lint_collection. */
struct cord_lint_sink check_report_sink(struct check_report *report);

/* What the collection refused and warned of. CORD_E_NOMEM, CORD_E_LIMIT. */
CORD_MUST_USE cord_status check_report_add(struct check_report *report,
                                           const struct cord_collection *collection);

/* Sorts, drops twins, counts. */
void check_report_finish(struct check_report *report);

/* To standard output: "file:line: severity: message [title] id", or one JSON
 * object a line. quiet: errors only. */
void check_report_print(const struct check_report *report, bool json, bool quiet);

#endif
