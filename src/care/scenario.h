/*
 * scenario.h: a text that says who takes part and what was said when, for a replay.
 *
 * YAML; scenarios/may-2017/scenario.yml explains the form in its first lines and is the example.
 * What a statement claims is not judged here: script.h makes the claims and holds each to its kind.
 * Never changes once read; any thread.
 */
#ifndef CORD_CARE_SCENARIO_H
#define CORD_CARE_SCENARIO_H

#include "base/error.h"
#include "base/str.h"

#define CORD_SCENARIO_BYTES_MAX   (4u << 20)
#define CORD_SCENARIO_MEMBERS_MAX 100000u /* organisations that take part */
#define CORD_SCENARIO_CLAIMS_MAX  200000u

struct cord_scenario;

/* Where a file that the scenario names is read from. The text lives as long as the scenario.
 * CORD_E_NOENT: there is none. */
struct cord_scenario_files {
    cord_status (*read)(void *self, cord_str name, cord_str *ret_text, struct cord_error *err);
    void *self;
};

/* files NULL: a scenario that names none. The text may go afterwards. Otherwise err says line,
 * entry and what to change: CORD_E_FORMAT, CORD_E_LIMIT, CORD_E_NOENT, CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_scenario_read(cord_str text, const struct cord_scenario_files *files,
                                             struct cord_scenario **ret_scenario,
                                             struct cord_error *err);
void cord_scenario_free(struct cord_scenario *scenario);

cord_str cord_scenario_name(const struct cord_scenario *scenario); /* also that of the exercise */
uint64_t cord_scenario_seed(const struct cord_scenario *scenario);
int64_t cord_scenario_begins_ns(const struct cord_scenario *scenario);
/* Name of the file that says what machines sent (traffic.h); "": none. */
cord_str cord_scenario_events(const struct cord_scenario *scenario);

#endif
