/*
 * finding_make.h: from a match, which dies with its batch, to a finding.
 */
#ifndef CORD_DETECT_FINDING_MAKE_H
#define CORD_DETECT_FINDING_MAKE_H

#include "base/arena.h"
#include "detect/finding.h"
#include "detect/matcher.h"

/* Copies what a finding says of the event into the arena. With detail: also
 * reasons and fields, which cost about as much as matching did. source and
 * record are the caller's to fill. CORD_E_NOMEM when the arena is full. */
CORD_MUST_USE cord_status cord_finding_make(const struct cord_match *match,
                                            const struct cord_paths *paths,
                                            const struct cord_classifier *classifier, bool detail,
                                            struct cord_arena *arena,
                                            struct cord_finding *ret_finding);

#endif
