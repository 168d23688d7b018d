/*
 * emit.h: how a text format writes an event's values.
 *
 * A decoder says begin, adds values, and says end. It need not look at each
 * addition: an event that does not fit is taken back at its end. Names that
 * are constants are interned once per decoder and again when the paths were
 * reset. One worker thread.
 */
#ifndef CORD_NORMALISE_EMIT_H
#define CORD_NORMALISE_EMIT_H

#include "codec/paths.h"
#include "event/batch.h"

struct cord_emit {
    struct cord_batch *batch;
    struct cord_paths *paths;
    size_t base;          /* number of the event's first value in batch->values */
    bool full;            /* a value found no room */
    uint32_t event_class; /* 0: the classifier decides */
    uint16_t role[CORD_ROLE_COUNT];
};

/* Starts an event; what was left of an unfinished one is dropped. */
void cord_emit_begin(struct cord_emit *emit, struct cord_batch *batch, struct cord_paths *paths);

/* Adds one value under an interned name. */
void cord_emit_value(struct cord_emit *emit, uint32_t path, enum cord_value_kind kind,
                     unsigned flags, cord_str text);

static inline void cord_emit_text(struct cord_emit *emit, uint32_t path, cord_str text)
{
    cord_emit_value(emit, path, CORD_VALUE_TEXT, 0, text);
}

/* Adds the value when there is any text, and gives it the role. */
void cord_emit_role(struct cord_emit *emit, enum cord_role role, uint32_t path, cord_str text);

/* Adds a value under a name from the input, whose dots join levels. Names that
 * no rule could mean (empty, longer than 128 bytes) become CORD_PATH_OTHER. */
void cord_emit_named(struct cord_emit *emit, cord_str name, cord_str text);

/* Gives the last value a role; nothing when there is none. */
void cord_emit_mark(struct cord_emit *emit, enum cord_role role);

/* Closes the event over raw. CORD_E_LIMIT: no room; nothing was counted, and
 * the record is to be decoded again into the emptied batch. An event too large
 * for an empty batch is refused and counted (CORD_OK). */
CORD_MUST_USE cord_status cord_emit_end(struct cord_emit *emit, cord_str raw);

/* Number of values of the event so far, and the nth. */
size_t cord_emit_count(const struct cord_emit *emit);

/* Interns names[0..count) into ret_paths. */
void cord_emit_intern(struct cord_paths *paths, const char *const *names, size_t count,
                      uint32_t *ret_paths);

#endif
