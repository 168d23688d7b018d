/*
 * finding_make.h: from a match, which dies with its batch, to a finding.
 */
#ifndef CORD_DETECT_FINDING_MAKE_H
#define CORD_DETECT_FINDING_MAKE_H

#include "base/arena.h"
#include "detect/explain.h"
#include "detect/finding.h"
#include "detect/matcher.h"

/* Copies what a finding says of the event into the arena. With explain (not
 * NULL): also reasons and fields, which cost more than matching did. source
 * and record are the caller's to fill. CORD_E_NOMEM, or CORD_E_LIMIT when the
 * arena is full. */
CORD_MUST_USE cord_status cord_finding_make(const struct cord_match *match,
                                            struct cord_classifier *classifier,
                                            struct cord_explain *explain, struct cord_arena *arena,
                                            struct cord_finding *ret_finding);

/* The event's values under the names that rules use; of several values the
 * first. Copied into the arena, escapes resolved; ptr NULL where the event has
 * none, or null. */
CORD_MUST_USE cord_status cord_finding_values(const struct cord_event *event,
                                              const struct cord_classifier *classifier,
                                              const cord_str *names, size_t count,
                                              struct cord_arena *arena, cord_str *ret_values);

/* Whether a field of this name says which machine it was. */
bool cord_finding_is_host(cord_str name);

#endif
