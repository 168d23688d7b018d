/*
 * regression.h: rules against the recordings their authors made of what each
 * detects.
 *
 * Layout of SigmaHQ's regression_data: one folder a rule with info.yml
 * (rule_metadata: the ids; regression_tests_info: type, match_count) and the
 * samples beside it, named by info.yml's id or listed by path.
 */
#ifndef CORD_CMD_REGRESSION_H
#define CORD_CMD_REGRESSION_H

#include "detect/ruleset.h"

struct regression_totals {
    uint64_t passed;
    uint64_t failed;
};

/* One line on stdout for each pair that fails (all pairs when verbose). The
 * collection is the ruleset's. Fails only when the folder cannot be walked or
 * memory runs out; a sample that is missing is a failed pair. */
CORD_MUST_USE cord_status regression_run(const char *folder,
                                         const struct cord_collection *collection,
                                         struct cord_ruleset *ruleset, bool verbose,
                                         struct regression_totals *ret_totals,
                                         struct cord_error *err);

#endif
