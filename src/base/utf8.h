/*
 * utf8.h: UTF-8 as logs hold it: mostly right.
 *
 * Right means RFC 3629: shortest form, no surrogates, nothing above U+10FFFF.
 * A byte that is part of no right sequence is opaque: it counts as one code
 * point of its own, above all real ones, and is written back as it was. So any
 * text survives decoding and encoding byte for byte. Pure; any thread.
 */
#ifndef CORD_BASE_UTF8_H
#define CORD_BASE_UTF8_H

#include "base/buf.h"
#include "base/str.h"

#define CORD_UTF8_BYTES_MAX   4u
#define CORD_UTF8_CODE_MAX    0x10ffffu
#define CORD_UTF8_REPLACEMENT 0xfffdu

/* An opaque byte b decodes to CORD_UTF8_OPAQUE + b. */
#define CORD_UTF8_OPAQUE 0x110000u

/* The code point at byte `at`, which is below text.len. Returns its bytes, 1
 * to 4; an opaque byte is 1. */
size_t cord_utf8_decode(cord_str text, size_t at, uint32_t *ret_code);

/* The bytes of a code point or opaque byte; returns how many. Surrogates and
 * anything above are written as U+FFFD. */
size_t cord_utf8_encode(uint32_t code, char ret_bytes[CORD_UTF8_BYTES_MAX]);
void cord_utf8_put(struct cord_buf *buf, uint32_t code);

/* True for what a terminal or an eye could take for something else: controls, line separators, and
 * the marks that turn the direction of writing. */
bool cord_utf8_is_treacherous(uint32_t code);
/* Text of somebody else for a terminal: such code points, and opaque bytes, become '?'. Returns the
 * code points written. */
size_t cord_utf8_put_shown(struct cord_buf *buf, cord_str text);

/* Bytes from the start that are below 0x80; text.len when all are. */
size_t cord_utf8_ascii_prefix(cord_str text);
/* Whether all are; faster. */
bool cord_utf8_is_ascii(cord_str text);

bool cord_utf8_is_valid(cord_str text);

/* Code points; each opaque byte is one. */
size_t cord_utf8_count(cord_str text);

/* UTF-16LE to UTF-8: `units` 16-bit units from `bytes`, which need no
 * alignment. A surrogate without its other half becomes U+FFFD. Returns the
 * bytes written, at most CORD_UTF8_FROM_UTF16_MAX(units): so much room
 * ret_bytes has. */
#define CORD_UTF8_FROM_UTF16_MAX(units) ((units)*3)
size_t cord_utf8_from_utf16le(const void *bytes, size_t units, char *ret_bytes);

/* The same, appended. A last odd byte of `utf16` is half a unit: U+FFFD. */
void cord_utf8_put_utf16le(struct cord_buf *buf, cord_str utf16);

#endif
