/*
 * hunt_rule_report.h: a back-test's result as text or as lines of JSON.
 */
#ifndef CORD_CMD_HUNT_RULE_REPORT_H
#define CORD_CMD_HUNT_RULE_REPORT_H

#include "evidence/store.h"
#include "wire/backtest.h"

#include <stdio.h>

struct hunt_rule_report {
    const struct cord_backtest *backtest; /* finished */
    const struct cord_store *store;       /* NULL: files were read */
    uint64_t events;                      /* in the store, or records in the files */
    uint64_t looked_at;                   /* of them; others are of classes no rule asks for, or
                                           * outside of the bounds */
    uint64_t unreadable;
    bool cancelled;  /* what there is, is not all */
    uint64_t blocks; /* of the store */
    uint64_t blocks_skipped;
    uint64_t blocks_damaged;
    struct cord_matcher_stats matcher;
    struct cord_correlator_stats correlator;
};

/* CORD_E_IO: errno says why. */
CORD_MUST_USE cord_status hunt_rule_report_text(const struct hunt_rule_report *report, FILE *out);

/* One object a rule, and one at the end of what was looked at. */
CORD_MUST_USE cord_status hunt_rule_report_json(const struct hunt_rule_report *report, FILE *out);

#endif
