/*
 * batch.h: a stretch of one stream, the events in it, and all their memory.
 *
 * The text is read from the stream straight into the batch; events and values
 * point into it. One owner at a time: hand it over, then forget it. A batch
 * balances: records = read + refused + skipped, to the record.
 */
#ifndef CORD_EVENT_BATCH_H
#define CORD_EVENT_BATCH_H

#include "base/arena.h"
#include "codec/value.h"
#include "event/event.h"

/* Readable bytes behind the text, zeroed, so that vector loads need no tail. */
#define CORD_BATCH_PADDING 64

/* Why a record was not read; at most CORD_BATCH_REFUSALS_MAX are kept as text,
 * all are counted. */
struct cord_refusal {
    uint64_t offset; /* in the stream, decoded bytes */
    cord_str reason; /* in the batch's arena */
    uint32_t record; /* its number, as of events; UINT32_MAX: damage that cost no record */
    bool too_much;   /* it may be sound: an event may not hold so many values, or so deep ones */
};

#define CORD_BATCH_REFUSALS_MAX 64
#define CORD_BATCH_VALUES_MAX   32768u

struct cord_batch {
    char *text; /* text_cap bytes + CORD_BATCH_PADDING */
    size_t text_len;
    size_t text_cap;
    uint64_t text_offset; /* of text[0] in the stream, decoded bytes */
    uint64_t sequence;    /* nth batch of its stream, from 0 */
    uint32_t stream;      /* whose stream it is: an index the pipeline gave */
    bool last;            /* the stream ends with this batch */
    size_t taken;         /* bytes of text decoded so far: decoding may stop and go on */
    cord_str preamble;    /* header lines in force (CSV, Zeek, W3C), in the arena */

    struct cord_arena *arena; /* for whatever text and values do not hold */

    struct cord_event *events;
    size_t event_count;
    size_t event_max;
    struct cord_values values; /* of all events, one behind the other */
    size_t values_taken;       /* of them, by events: the next event's begin here */

    uint64_t records; /* met in this batch: the next event's number */
    uint64_t read;    /* of them, became events */
    uint64_t skipped; /* blank lines, comments, headers: nothing to read */
    uint64_t refused;
    struct cord_refusal refusals[CORD_BATCH_REFUSALS_MAX];
    size_t refusal_count;
};

/* text_cap bytes of text to begin with. NULL when out of memory. */
struct cord_batch *cord_batch_new(size_t text_cap);
void cord_batch_free(struct cord_batch *batch);

/* Forgets events, text and arena; keeps the memory. */
void cord_batch_reset(struct cord_batch *batch);

/* Forgets the events only, when the batch was full: they have been looked at,
 * and decoding goes on at `taken`. Counts and arena stay. */
void cord_batch_events_reset(struct cord_batch *batch);

/* Room for text_cap bytes in all, the text kept and the padding zeroed. */
CORD_MUST_USE cord_status cord_batch_text_grow(struct cord_batch *batch, size_t text_cap);

/* Takes the values appended since the last event as one event over raw. Counts
 * the record. Pointers to earlier events and values stay good until the batch
 * is reset. CORD_E_LIMIT: the batch is full; nothing was counted, the values
 * remain appended: detect first, then come back. Roles are all
 * CORD_VALUE_NONE, the class 0. */
CORD_MUST_USE cord_status cord_batch_add(struct cord_batch *batch, cord_str raw,
                                         struct cord_event **ret_event);

/* The values appended since the last event are dropped, the record counted as
 * refused with its reason. */
void cord_batch_refuse(struct cord_batch *batch, uint64_t offset, cord_str reason);

/* The same of a record with more values, or deeper ones, than an event may have. */
void cord_batch_refuse_too_much(struct cord_batch *batch, uint64_t offset, cord_str reason);

/* Tells of damage that cost no record: text as of a refusal, nothing counted. */
void cord_batch_note(struct cord_batch *batch, uint64_t offset, cord_str reason);

/* Where the values of the event being read begin. */
size_t cord_batch_pending(const struct cord_batch *batch);

#endif
