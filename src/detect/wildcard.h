/*
 * wildcard.h: values with '*' and '?' as parts.
 *
 * Parsed once, with the backslash rules of the rules specification ("Escape
 * Character"); whatever adds wildcards later adds parts, never characters, so
 * that "\" and a following "*" cannot become an escape. One thread.
 */
#ifndef CORD_DETECT_WILDCARD_H
#define CORD_DETECT_WILDCARD_H

#include "detect/draft_internal.h"

/* Fills a STRING's parts. */
CORD_MUST_USE cord_status cord_wildcard_parse(struct cord_draft_context *context, cord_str text,
                                              struct cord_draft_value *value);

/* The whole text as one plain part; none when it is empty. */
CORD_MUST_USE cord_status cord_wildcard_plain(struct cord_draft_context *context, cord_str text,
                                              struct cord_draft_value *value);

/* Adds '*' at an end, unless there is one. */
CORD_MUST_USE cord_status cord_wildcard_open(struct cord_draft_context *context,
                                             struct cord_draft_value *value, bool front, bool back);

/* True and the text when there is neither wildcard nor placeholder. */
bool cord_wildcard_is_plain(const struct cord_draft_value *value, cord_str *ret_text);

bool cord_wildcard_has_placeholder(const struct cord_draft_value *value);

/* Turns %name% inside the text parts into placeholders; "\%" is a plain '%'. */
CORD_MUST_USE cord_status cord_wildcard_find_placeholders(struct cord_draft_context *context,
                                                          struct cord_draft_value *value);

/* The value as a rule would write it, for messages and pipelines; {NULL,0}
 * when the work arena is full. */
cord_str cord_wildcard_text(struct cord_arena *arena, const struct cord_draft_value *value);

#endif
