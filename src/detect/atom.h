/*
 * atom.h: does one test of a rule hold on one value?
 *
 * The meaning of every kind of atom, once, for matching and explaining.
 */
#ifndef CORD_DETECT_ATOM_H
#define CORD_DETECT_ATOM_H

#include "base/regex.h"
#include "detect/rule.h"
#include "detect/subject.h"

/* What a thread needs to evaluate; borrowed. */
struct cord_atom_env {
    struct cord_scratch *texts;
    struct cord_regex_scratch *regexes;
};

enum cord_atom_result {
    CORD_ATOM_NO,
    CORD_ATOM_YES,
    CORD_ATOM_UNKNOWN, /* a regex met its limit */
};

/* PATTERN, REGEX, CIDR, NUMBER and BOOL. The parts of a pattern that is not
 * cased are folded already; regex belongs to a REGEX, else NULL. Null and empty
 * arrays hold nothing. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_atom_holds(const struct cord_atom *atom,
                                          const struct cord_regex *regex,
                                          struct cord_subject *subject, struct cord_atom_env *env,
                                          enum cord_atom_result *ret_result);

/* FIELD: this value against one of the other field. */
CORD_MUST_USE cord_status cord_atom_compares(const struct cord_atom *atom,
                                             struct cord_subject *subject,
                                             struct cord_subject *other, struct cord_atom_env *env,
                                             bool *ret_holds);

#endif
