/*
 * value_encode.h: texts as attackers encode them: UTF-16, Base64, and Windows'
 * many dashes.
 *
 * Modifiers appendix 2.1.0, "Encoding" and "String Modifiers". Results are in
 * the arena. One thread.
 */
#ifndef CORD_DETECT_VALUE_ENCODE_H
#define CORD_DETECT_VALUE_ENCODE_H

#include "base/arena.h"

/* UTF-16 of UTF-8; opaque bytes become one unit each. ptr NULL: arena full. */
cord_str cord_value_encode_utf16(struct cord_arena *arena, cord_str text, bool big_endian,
                                 bool byte_order_mark);

cord_str cord_value_encode_base64(struct cord_arena *arena, cord_str bytes);

/* What of the Base64 of text holding `bytes` at a distance of offset (0, 1, 2)
 * from a multiple of three does not depend on what stands around it. Empty
 * when nothing does. */
cord_str cord_value_encode_base64_offset(struct cord_arena *arena, cord_str bytes, unsigned offset);

/* The first '-' or '/' at or after `from` that can introduce an option: before
 * a word character, not behind one. SIZE_MAX when there is none. */
size_t cord_value_encode_find_dash(cord_str text, size_t from);

/* '-', '/', en dash, em dash, horizontal bar. */
#define CORD_VALUE_ENCODE_DASHES 5
extern const cord_str cord_value_encode_dashes[CORD_VALUE_ENCODE_DASHES];

#endif
