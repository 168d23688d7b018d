/*
 * attack_technique.h: techniques of MITRE ATT&CK by their ids, as rules' tags name them.
 *
 * Constant; any thread. Whose names they are, and under which licence: attack_technique.c.
 */
#ifndef CORD_DETECT_ATTACK_TECHNIQUE_H
#define CORD_DETECT_ATTACK_TECHNIQUE_H

#include "base/str.h"

#include <stdint.h>

/* To be shown wherever many of them are. */
#define CORD_ATTACK_TECHNIQUE_NOTICE                                                               \
    "\xc2\xa9 2025 The MITRE Corporation. This work is reproduced and distributed with the "       \
    "permission of The MITRE Corporation."

struct cord_attack_technique {
    const char *id;   /* "T1059.001": of another with a dot in it */
    const char *name; /* "PowerShell" */
    uint32_t tactics; /* bit n: of cord_rule_about_tactic's n */
};

/* By id: place 0 to count - 1. */
size_t cord_attack_technique_count(void);
const struct cord_attack_technique *cord_attack_technique_at(size_t place);
/* NULL: there is none, or no longer. Case does not matter. */
const struct cord_attack_technique *cord_attack_technique_find(cord_str id);
/* Of "attack.t1059.001"; NULL: the tag names none. */
const struct cord_attack_technique *cord_attack_technique_of_tag(cord_str tag);

#endif
