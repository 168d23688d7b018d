/*
 * rule_parse.h: a YAML document as a draft of a rule or filter.
 *
 * Rules specification 2.1.0 and filters specification 2.1.0. One thread.
 */
#ifndef CORD_DETECT_RULE_PARSE_H
#define CORD_DETECT_RULE_PARSE_H

#include "detect/draft_internal.h"

/* Takes nothing from the document but what it copies. context->id and title
 * are set as soon as they are known. */
CORD_MUST_USE cord_status cord_rule_parse(struct cord_draft_context *context,
                                          const struct cord_yaml *document,
                                          struct cord_draft **ret_draft);

CORD_MUST_USE cord_status cord_rule_parse_filter(struct cord_draft_context *context,
                                                 const struct cord_yaml *document,
                                                 struct cord_draft_filter **ret_filter);

/* A mapping's id and title into context->id and title, for messages. */
CORD_MUST_USE cord_status cord_rule_parse_identity(struct cord_draft_context *context,
                                                   const struct cord_yaml *document);

#endif
