/*
 * rule_view.h: what a person is told of a rule, be it a rule or a correlation.
 */
#ifndef CORD_DETECT_RULE_VIEW_H
#define CORD_DETECT_RULE_VIEW_H

#include "detect/finding.h"

struct cord_rule_view {
    cord_str id;
    cord_str title;
    cord_str description;
    cord_str author;
    cord_str status;
    cord_str file;
    enum cord_level level;
    const cord_str *references;
    size_t reference_count;
    const cord_str *tags;
    size_t tag_count;
    const cord_str *falsepositives;
    size_t falsepositive_count;
    const void *key; /* the same for the same rule, for no other */
};

/* Borrows from the rule. */
struct cord_rule_view cord_rule_view_of(const struct cord_finding *finding);

/* "none" for CORD_LEVEL_NONE. */
const char *cord_rule_view_level(enum cord_level level);

/* ATT&CK's enterprise tactics in their order, among them both "defense-evasion"
 * and the two that took its place; a number, or -1 when the tag names none
 * ("attack.t1059"). */
#define CORD_RULE_VIEW_TACTICS 16
int cord_rule_view_tactic(cord_str tag);
const char *cord_rule_view_tactic_name(int tactic);

#endif
