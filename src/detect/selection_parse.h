/*
 * selection_parse.h: search identifiers and conditions of a rule or filter.
 *
 * Rules specification 2.1.0, "Detection". One thread.
 */
#ifndef CORD_DETECT_SELECTION_PARSE_H
#define CORD_DETECT_SELECTION_PARSE_H

#include "detect/draft_internal.h"

/* Every member of the map but those named in `other` (ended by NULL) and
 * `condition` is a search identifier. */
CORD_MUST_USE cord_status cord_selection_parse(struct cord_draft_context *context,
                                               const struct cord_yaml *detection,
                                               const char *const other[],
                                               struct cord_draft_detection *ret_detection);

/* One value of a search identifier, as a pipeline's added condition has it
 * too. */
CORD_MUST_USE cord_status cord_selection_parse_node(struct cord_draft_context *context,
                                                    const struct cord_yaml *definition,
                                                    struct cord_draft_node **ret_node);

/* A field's name as the taxonomy wants it: without blanks. */
CORD_MUST_USE cord_status cord_selection_field(struct cord_draft_context *context, cord_str name,
                                               cord_str *ret_field);

#endif
