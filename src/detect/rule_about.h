/*
 * rule_about.h: what a person is told of a rule, be it a rule or a correlation.
 *
 * Texts are in the collection's arena. Pure; any thread.
 */
#ifndef CORD_DETECT_RULE_ABOUT_H
#define CORD_DETECT_RULE_ABOUT_H

#include "base/str.h"

enum cord_level {
    CORD_LEVEL_NONE, /* the rule states none */
    CORD_LEVEL_INFORMATIONAL,
    CORD_LEVEL_LOW,
    CORD_LEVEL_MEDIUM,
    CORD_LEVEL_HIGH,
    CORD_LEVEL_CRITICAL,
};

struct cord_rule_about {
    cord_str id;
    cord_str name; /* for correlations */
    cord_str title;
    cord_str description;
    cord_str author;
    cord_str status;
    cord_str date;
    cord_str modified;
    cord_str license;
    enum cord_level level;
    const cord_str *references;
    size_t reference_count;
    const cord_str *tags;
    size_t tag_count;
    const cord_str *falsepositives;
    size_t falsepositive_count;
    cord_str file;
    uint32_t line;   /* where the document begins */
    cord_str source; /* its text as it was read, when the collection keeps it (rule_source.h) */
};

/* "critical" .. "informational"; "none" for none. */
const char *cord_rule_about_level(enum cord_level level);
/* False for an unknown word. */
bool cord_rule_about_level_parse(cord_str word, enum cord_level *ret_level);

/* ATT&CK's enterprise tactics in their order, among them both "defense-evasion"
 * and the two that took its place; a number, or -1 when the tag names none
 * ("attack.t1059"). */
#define CORD_RULE_ABOUT_TACTICS 16
int cord_rule_about_tactic(cord_str tag);
const char *cord_rule_about_tactic_name(int tactic);
const char *cord_rule_about_tactic_tag(int tactic); /* "lateral-movement" */

#endif
