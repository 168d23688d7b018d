/*
 * script.h: a scenario played out: every claim with its time, in order.
 *
 * The same scenario, seed and organisations give the same claims, byte for byte, whatever the
 * machine: what is drawn hangs on the seed, the statement's label and the organisation's code
 * alone, so that a statement more changes no other. Never changes once made; any thread.
 */
#ifndef CORD_CARE_SCRIPT_H
#define CORD_CARE_SCRIPT_H

#include "care/scenario.h"
#include "record/claim.h"

struct cord_script;

/* An organisation that the record knows already, and that may be drawn beside the scenario's. */
struct cord_script_given {
    cord_str code, role, region;
    int64_t opened_ns, closed_ns; /* CORD_TIME_NONE: not known */
};

struct cord_script_line {
    struct cord_claim claim; /* number, supersedes and recorded_ns are the record's to come */
    int64_t known_ns;
    size_t revises; /* place, from 1, of the line whose claim it supersedes; 0: none */
    uint64_t order; /* of the scenario, for those of one time */
};

/* The scenario outlives the script; `given` need not. Every claim is held to its kind:
 * CORD_E_FORMAT names the statement's line and label. CORD_E_LIMIT, CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_script_make(const struct cord_scenario *scenario, uint64_t seed,
                                           const struct cord_script_given *given,
                                           size_t given_count, struct cord_script **ret_script,
                                           struct cord_error *err);
void cord_script_free(struct cord_script *script);

size_t cord_script_count(const struct cord_script *script);
const struct cord_script_line *cord_script_at(const struct cord_script *script, size_t place);

#endif
