/*
 * rule_source.h: the part of a file's text that one rule was read from. Pure; any thread.
 */
#ifndef CORD_DETECT_RULE_SOURCE_H
#define CORD_DETECT_RULE_SOURCE_H

#include "base/str.h"

/* The YAML document that has the line (from 1) in it, with the comments that belong to it; without
 * the "---" around it and blank lines at its ends. */
cord_str cord_rule_source_at(cord_str text, uint32_t line);

#endif
