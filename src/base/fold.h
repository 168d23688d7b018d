/*
 * fold.h: text without regard to case.
 *
 * Unicode's simple case folding: the rows of CaseFolding.txt with status C
 * and S, one code point to one, the same in every language. What that means:
 *
 *   A to Z become a to z, and so for every script that has case
 *   the Kelvin sign U+212A is k, the Angstrom sign U+212B is U+00E5
 *   the long s U+017F is s
 *   the final sigma U+03C2 is the sigma U+03C3
 *   U+1E9E (capital sharp s) is U+00DF; neither is "ss": that is full folding
 *   dotted and dotless i (U+0130, U+0131) stay what they are: they fold in
 *   Turkish only
 *
 * Bytes that are no UTF-8 are copied as they are. Folding twice changes
 * nothing further, and valid text stays valid. Pure; any thread.
 */
#ifndef CORD_BASE_FOLD_H
#define CORD_BASE_FOLD_H

#include "base/str.h"

/* Folded text may be longer than it was (U+023A takes two bytes, its folded
 * form three) or shorter (the Kelvin sign: three, then one). It never exceeds
 * one and a half times; the table's generator checks that. */
#define CORD_FOLD_BYTES_MAX(len) ((len) + (len) / 2)

/* ret_buffer, which may not overlap the text, has buffer_bytes of room.
 * Returns the bytes written, or SIZE_MAX, with any content in the buffer, when
 * the room is too small: it never is from CORD_FOLD_BYTES_MAX(text.len) on. */
size_t cord_fold_text(cord_str text, char *ret_buffer, size_t buffer_bytes);

/* One code point; what does not fold, opaque bytes too, comes back. */
uint32_t cord_fold_code(uint32_t code);

/* True when cord_fold_text would change nothing. */
bool cord_fold_is_folded(cord_str text);

/* Equal after folding. */
bool cord_fold_eq(cord_str a, cord_str b);

#endif
