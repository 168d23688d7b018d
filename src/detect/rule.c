/* rule.c: see rule.h. */
#include "detect/rule.h"

static const char *const level_names[] = {
    [CORD_LEVEL_NONE] = "",     [CORD_LEVEL_INFORMATIONAL] = "informational",
    [CORD_LEVEL_LOW] = "low",   [CORD_LEVEL_MEDIUM] = "medium",
    [CORD_LEVEL_HIGH] = "high", [CORD_LEVEL_CRITICAL] = "critical",
};

const char *cord_rule_level_name(enum cord_level level)
{
    size_t at = (size_t)level;
    return at < sizeof level_names / sizeof *level_names ? level_names[at] : "";
}

bool cord_rule_level_parse(cord_str word, enum cord_level *ret_level)
{
    for (int at = CORD_LEVEL_INFORMATIONAL; at <= CORD_LEVEL_CRITICAL; at++) {
        if (cord_str_eq_fold(word, cord_str_from(level_names[at]))) {
            *ret_level = (enum cord_level)at;
            return true;
        }
    }
    return false;
}
