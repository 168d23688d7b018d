/*
 * json_unescape.h: the inside of a JSON string, its escape sequences resolved.
 */
#ifndef CORD_CODEC_JSON_UNESCAPE_H
#define CORD_CODEC_JSON_UNESCAPE_H

#include "base/cpu.h"
#include "base/str.h"

/* Writes the bytes that `text` stands for; returns how many, never more than
 * text.len, for which buffer must have room. \uXXXX becomes UTF-8, a pair of
 * surrogates one character, a surrogate alone U+FFFD. What is no escape
 * sequence (RFC 8259, section 7) stays as it is, backslash included: paths
 * written without doubling are common. Any thread; buffer and text do not
 * overlap. */
size_t cord_json_unescape(cord_str text, char *buffer);

/* The same with the instructions of a level. */
size_t cord_json_unescape_at_level(enum cord_cpu_level level, cord_str text, char *buffer);

#endif
