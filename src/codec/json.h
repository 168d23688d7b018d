/*
 * json.h: JSON (RFC 8259) as a flat list of values, in one pass.
 *
 * A document is an object or an array. {"a":{"b":1,"c":["x",{"d":null}]}}
 * becomes a.b = 1, a.c = x, a.c.d = null; see codec/value.h. Values are
 * spans of the text: nothing is unescaped or converted. Of a name that occurs
 * twice in one object both values are kept, in order.
 *
 * Strict about structure, words and numbers. Lenient within strings, because
 * what a broken logger wrote is evidence too: bytes that are no UTF-8, control
 * characters and wrong escape sequences are kept as they are.
 *
 * A reader remembers the shape of the documents it met, which makes the next
 * one of that shape cheap. It belongs to one thread. The result never depends
 * on what it remembers nor on the level.
 */
#ifndef CORD_CODEC_JSON_H
#define CORD_CODEC_JSON_H

#include "base/cpu.h"
#include "codec/json_unescape.h"
#include "codec/paths.h"
#include "codec/value.h"

struct cord_json_reader;

/* Behind every text given to a reader as many bytes can be read, whatever
 * they hold. */
#define CORD_JSON_PADDING   64
#define CORD_JSON_DEPTH_MAX 64 /* objects and arrays within one another */
#define CORD_JSON_TEXT_MAX  0x7fffff00u

/* NULL when out of memory. */
struct cord_json_reader *cord_json_reader_new(enum cord_cpu_level level);
void cord_json_reader_free(struct cord_json_reader *reader);

/* The text that cord_json_next reads from, at most CORD_JSON_TEXT_MAX bytes;
 * borrowed until the next begin. Names go into paths, which may be another one
 * each time. With `lines`, no document reaches beyond its line: a line feed
 * ends it, inside strings too. */
void cord_json_begin(struct cord_json_reader *reader, cord_str text, struct cord_paths *paths,
                     bool lines);

/* The document that begins at byte *at: appends its values, their names below
 * `parent`, and moves *at behind it. An empty document has no values.
 * Otherwise values are as before, and *at does not move:
 * CORD_E_FORMAT       not JSON; err says at which byte, from the start of the
 *                     document, and what should stand there;
 * CORD_E_UNSUPPORTED  nested too deep;
 * CORD_E_LIMIT        no room in values. */
CORD_MUST_USE cord_status cord_json_next(struct cord_json_reader *reader, size_t *at,
                                         uint32_t parent, struct cord_values *values,
                                         struct cord_error *err);

/* One document that is the whole text but for white space; as cord_json_next.
 * For readers that find JSON inside a line of theirs. */
CORD_MUST_USE cord_status cord_json_flatten(struct cord_json_reader *reader, cord_str text,
                                            struct cord_paths *paths, uint32_t parent,
                                            struct cord_values *values, struct cord_error *err);

#endif
