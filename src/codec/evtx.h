/*
 * evtx.h: Windows event log files (.evtx): chunks to named values.
 *
 * A file is a header block of 4096 bytes and chunks of 64 KiB. A chunk stands
 * alone: it holds records, the templates they are instances of, and the names
 * that those use. A reader compiles each template once a chunk into a flat
 * list of (path, text or number of a substitution), so that a record costs
 * little more than the conversion of its values.
 *
 * Names are those of the JSON form in common use: Event.System.EventID,
 * Event.System.Provider.#attributes.Name. <Data Name="X"> is
 * Event.EventData.X, <Data> without a name a member of Event.EventData.Data.
 * An element that has text and attributes gives the text at its own path.
 * Integers are numbers; GUIDs have braces and upper-case digits, as Windows
 * writes them and rules quote them; HexInt values are "0x" and digits without
 * leading zeros; times have seven digits of fraction. An empty Data is "", any
 * other empty element null; an absent attribute is left out.
 *
 * Input is hostile: offsets are checked, nesting, expansion and work are
 * bounded for each record and chunk. Pure; one thread at a time.
 * Format: [MS-EVEN6] 2.2 (BinXml) and Microsoft's EVTX file layout.
 */
#ifndef CORD_CODEC_EVTX_H
#define CORD_CODEC_EVTX_H

#include "base/arena.h"
#include "base/cpu.h"
#include "base/error.h"
#include "codec/paths.h"
#include "codec/value.h"

#define CORD_EVTX_CHUNK_BYTES       65536u
#define CORD_EVTX_FILE_HEADER_BYTES 4096u

/* No record yields more values; what is more is told as `damage`. */
#define CORD_EVTX_VALUES_MAX 8192u

struct cord_evtx;

/* Borrows paths, which may be reset between two chunks. NULL when out of
 * memory. */
struct cord_evtx *cord_evtx_new(struct cord_paths *paths, enum cord_cpu_level level);
void cord_evtx_free(struct cord_evtx *reader);

/* What a file's first bytes say. */
struct cord_evtx_file {
    size_t header_bytes; /* 0: the text begins with a chunk (a carved file) */
    const char *damage;  /* NULL, or what is wrong with the header; static text */
};

/* Never fails: a header that cannot be read is taken to be one of 4096 bytes
 * when a chunk follows there. */
struct cord_evtx_file cord_evtx_file_header(cord_str text);

/* How many bytes at the start of the text are to be handed to
 * cord_evtx_chunk_begin as one: a chunk, or, where no chunk begins, what is
 * before the next one. At most CORD_EVTX_CHUNK_BYTES; less than that also when
 * the text is shorter. */
size_t cord_evtx_chunk_span(cord_str text);

/* What is wrong with a chunk as a whole. */
#define CORD_EVTX_NO_SIGNATURE    1u /* records are looked for all the same */
#define CORD_EVTX_TRUNCATED       2u /* fewer than 64 KiB */
#define CORD_EVTX_HEADER_CHECKSUM 4u
#define CORD_EVTX_DATA_CHECKSUM   8u
#define CORD_EVTX_BLANK           16u /* no signature and nothing but zeros: space never used */

/* Begins a chunk, or goes on with it at byte `from` (0, or an offset that
 * cord_evtx_next has left). Text of values goes to the arena, and chunk is
 * borrowed, until the last value has been looked at. Returns what is wrong;
 * checksums are looked at only when from is 0. */
unsigned cord_evtx_chunk_begin(struct cord_evtx *reader, cord_str chunk, size_t from,
                               struct cord_arena *arena);

struct cord_evtx_record {
    size_t offset; /* in the chunk */
    size_t len;
    uint64_t id;        /* by the record's own header */
    const char *damage; /* CORD_OK: what is missing, or NULL if whole. CORD_E_FORMAT:
                           why the stretch holds no record. Static text */
};

/* The next record of the chunk, its values appended.
 * CORD_OK: a record, whole or in part (damage tells).
 * CORD_E_FORMAT: a stretch of bytes that holds no readable record.
 * CORD_E_LIMIT: the list is full; nothing has moved, come again with room for
 * CORD_EVTX_VALUES_MAX.
 * CORD_E_END: no more; *ret_record is untouched.
 * Go on until CORD_E_END: each of the others has moved on, but CORD_E_LIMIT. */
CORD_MUST_USE cord_status cord_evtx_next(struct cord_evtx *reader, struct cord_values *values,
                                         struct cord_evtx_record *ret_record);

#endif
