/* ruleset_collection.c: a whole rule collection compiled. */
#include <stdlib.h>

#include "detect/ruleset.h"

cord_status cord_ruleset_compile(const struct cord_collection *collection,
                                 const struct cord_ruleset_options *options,
                                 struct cord_ruleset **ret_ruleset, struct cord_error *err)
{
    size_t count = cord_collection_rule_count(collection);
    const struct cord_rule **rules = calloc(count + 1, sizeof *rules);
    if (!rules) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        rules[i] = cord_collection_rule(collection, i);
    }
    cord_status status = cord_ruleset_compile_rules(rules, count, options, ret_ruleset, err);
    free(rules);
    return status;
}
