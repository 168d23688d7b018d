/*
 * lower.h: ASCII text in small letters, many bytes at a time.
 */
#ifndef CORD_DETECT_LOWER_H
#define CORD_DETECT_LOWER_H

#include "base/cpu.h"
#include "base/str.h"

/* Copies text in small letters up to the first bytes above 0x7f, and maybe a
 * few bytes less; returns how many were copied. Whatever follows is for
 * cord_fold_text. `to` has room for text.len and 64 more. *ret_escape is set
 * when there may be a JSON \u escape in what was copied, else left alone. Any
 * thread; the level changes neither the text nor where it ends by more than a
 * block. */
size_t cord_lower_copy(enum cord_cpu_level level, cord_str text, char *to, bool *ret_escape);

/* The same for what stands in a JSON string, escape sequences resolved: up to
 * the first byte above 0x7f or a sequence other than those for a character
 * itself or white space; may stop earlier, but never inside of a sequence, and
 * does at once below AVX-512. Returns how many bytes were read. */
size_t cord_lower_unescape(enum cord_cpu_level level, cord_str text, char *to, size_t *ret_written);

#endif
