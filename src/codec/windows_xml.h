/*
 * windows_xml.h: Windows events as XML text, to named values.
 *
 * What Event Viewer, wevtutil and event collectors write: <Event> elements one
 * behind the other, in an <Events> element or not, with or without an XML
 * declaration. Names are those of codec/evtx.h, so that an event reads the same
 * from its log and from its XML; all values are text.
 *
 * A tokenizer for this and not an XML processor: there is no DTD and hence no
 * entity to expand beyond XML's own five, control characters that XML forbids
 * (Windows writes them) are kept, and CR LF stays as it is, for that is what
 * the log holds. Any byte may come. Pure; any thread.
 */
#ifndef CORD_CODEC_WINDOWS_XML_H
#define CORD_CODEC_WINDOWS_XML_H

#include "base/arena.h"
#include "base/error.h"
#include "codec/paths.h"
#include "codec/value.h"

/* An event that is longer is taken to lack its end. */
#define CORD_WINDOWS_XML_BYTES_MAX (1u << 20)
/* No event yields more values; what is more is told as damage. */
#define CORD_WINDOWS_XML_VALUES_MAX 8192u

/* The next event from byte `from` on. CORD_OK: it is [*ret_start, *ret_end).
 * CORD_E_FORMAT: one begins at *ret_start and does not end, for at *ret_end
 * another begins or the bound is reached. CORD_E_MORE: one begins at *ret_start, the text ends
 * within it (*ret_end is the text's end). CORD_E_END: none begins. */
CORD_MUST_USE cord_status cord_windows_xml_find(cord_str text, size_t from, size_t *ret_start,
                                                size_t *ret_end);

/* Appends the values of one event, whose text begins with "<Event". Text of
 * values lies in `event` or, when it had to be unescaped, in the arena.
 * CORD_OK: *ret_damage is NULL, or says why the values are not all (static
 * text). CORD_E_LIMIT: the list is full; it is as it was. CORD_E_FORMAT: no
 * value could be read, *ret_damage says why. */
CORD_MUST_USE cord_status cord_windows_xml_read(cord_str event, struct cord_paths *paths,
                                                struct cord_arena *arena,
                                                struct cord_values *values,
                                                const char **ret_damage);

#endif
