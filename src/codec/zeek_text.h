/*
 * zeek_text.h: values of Zeek's tab-separated logs.
 *
 * Zeek's ASCII writer escapes the separator, backslashes and bytes that are no
 * text as \xNN and \\. Pure. Any thread.
 */
#ifndef CORD_CODEC_ZEEK_TEXT_H
#define CORD_CODEC_ZEEK_TEXT_H

#include "base/arena.h"
#include "base/str.h"

/* The value as Zeek's JSON writer would give it: \\ and printable or blank
 * \xNN resolved, UTF-8 put together, other bytes left as \xNN. ptr NULL: no
 * room in the arena. */
cord_str cord_zeek_text_unescape(struct cord_arena *arena, cord_str text);

/* What a "#separator \x09" line, with or without its line end, names. A letter
 * or digit parts nothing: then, as without any, a tab. Returns the bytes
 * written, from 1 to max. */
size_t cord_zeek_text_separator_line(cord_str line, char *ret_bytes, size_t max);

/* "\x09" as bytes. Returns how many of `max` were written. */
size_t cord_zeek_text_separator(cord_str text, char *ret_bytes, size_t max);

#endif
