/*
 * api_classes.h: which classes of events have come in lately: what rules could be asked about.
 *
 * A class is what its log source is in Sigma's words. Asking the store takes a while: what it said
 * is kept for some minutes, by whose events were asked about. Any thread.
 */
#ifndef CORD_API_API_CLASSES_H
#define CORD_API_API_CLASSES_H

#include "base/arena.h"
#include "base/error.h"
#include "detect/rule.h"

struct cord_api;
struct cord_api_classes;

/* NULL when out of memory. */
struct cord_api_classes *cord_api_classes_new(const struct cord_api *api);
void cord_api_classes_free(struct cord_api_classes *classes);

/* Those of which there are events of the last seven days (by the event's own time, else by when it
 * came in) from a registered source that is not silent now; each label once, lines of a text in the
 * arena. Whatever a source that has stopped once sent, rules find nothing in it any more (N5).
 * organisation "": of all. */
CORD_MUST_USE cord_status cord_api_classes_get(struct cord_api_classes *classes,
                                               cord_str organisation, struct cord_arena *arena,
                                               cord_str *ret_labels, struct cord_error *err);

/* Whether a rule with this log source looks at any of them, as rules are routed: "windows/
 * process_creation/sysmon,security" has all that the source asks for, each word as a whole. */
bool cord_api_classes_cover(cord_str labels, const struct cord_logsource *source);

#endif
