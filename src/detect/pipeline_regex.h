/*
 * pipeline_regex.h: the regular expressions of a pipeline.
 *
 * Written for Python's re, of which PCRE2 reads all that pipelines use. One
 * thread.
 */
#ifndef CORD_DETECT_PIPELINE_REGEX_H
#define CORD_DETECT_PIPELINE_REGEX_H

#include "base/arena.h"
#include "base/error.h"

struct cord_pipeline_regex;

/* Put in front of *list. anchored: must match at the start. */
CORD_MUST_USE cord_status cord_pipeline_regex_new(cord_str expression, bool anchored,
                                                  struct cord_pipeline_regex **list,
                                                  struct cord_error *err);
void cord_pipeline_regex_free(struct cord_pipeline_regex *list);

bool cord_pipeline_regex_matches(const struct cord_pipeline_regex *regex, cord_str text);

/* Every match replaced; \1 and \g<name> in the replacement stand for groups.
 * CORD_E_UNSUPPORTED when matching hits PCRE2's limits. */
CORD_MUST_USE cord_status cord_pipeline_regex_replace(const struct cord_pipeline_regex *regex,
                                                      cord_str text, cord_str replacement,
                                                      struct cord_arena *arena, cord_str *ret_text,
                                                      struct cord_error *err);

#endif
