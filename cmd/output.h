/*
 * output.h: findings as a person or a program wants them.
 *
 * Each form is a row of one table. A form is handed every finding in order,
 * then the end with the totals.
 */
#ifndef CORD_CMD_OUTPUT_H
#define CORD_CMD_OUTPUT_H

#include "cmd/summary.h"

#include "evidence/store.h"
#include "wire/scan.h"

#include <stdio.h>

/* What the end of a run knows. */
struct output_run {
    const struct summary *summary; /* sorted */
    const struct cord_scan_totals *totals;
    uint64_t problems;
    size_t rules_loaded;
    size_t rules_refused;
    double seconds;
    int64_t made_ns;
};

struct output_config {
    FILE *out;
    bool colour;
    unsigned columns;
    bool explain;
    uint64_t seed;
    const struct cord_store *store; /* where the events are; NULL: nowhere */
};

struct output;

struct output_ops {
    const char *name;
    bool detail; /* wants reasons and fields whatever the options say */
    cord_status (*open)(const struct output_config *config, struct output **ret_output);
    /* rule_no: the finding's rule in the summary, before it is sorted. */
    cord_status (*finding)(struct output *output, const struct cord_finding *finding,
                           size_t rule_no);
    cord_status (*problem)(struct output *output, const struct cord_scan_problem *problem);
    cord_status (*finish)(struct output *output, const struct output_run *run);
    void (*close)(struct output *output);
};

extern const struct output_ops output_table;
extern const struct output_ops output_jsonl;
extern const struct output_ops output_csv;
extern const struct output_ops output_html;

/* The form called `name`, or NULL. */
const struct output_ops *output_by_name(cord_str name);

/* The stored event's id as people say it; "" for an event that is not stored. */
cord_str output_evidence_id(const struct cord_store *store, uint64_t sequence,
                            char buffer[CORD_STORE_ID_TEXT]);

/* Writes all of it. CORD_E_IO with errno as the system set it. */
CORD_MUST_USE cord_status output_write(FILE *out, cord_str text);

#endif
