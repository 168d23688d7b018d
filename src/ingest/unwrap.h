/*
 * unwrap.h: the records of one delivery, laid out for the decoders.
 *
 * A protocol's envelope is taken off here: what remains of each record is the
 * event as its source wrote it, and what the envelope knew besides (host, time,
 * index), which becomes further fields of the event. Consecutive records of one
 * form are one run. A record counts whether it is kept or refused, so that the
 * nth item of a request stays the nth.
 */
#ifndef CORD_INGEST_UNWRAP_H
#define CORD_INGEST_UNWRAP_H

#include "base/arena.h"
#include "base/buf.h"
#include "ingest/loss.h"

enum cord_unwrap_form {
    CORD_UNWRAP_JSON, /* one JSON document; written on one line, with a line end */
    CORD_UNWRAP_TEXT, /* anything else, by what it looks like; written "LENGTH SP TEXT" (RFC 6587)
                       */
    CORD_UNWRAP_EVTX, /* part of a Windows event log file, of whole chunks (cord_unwrap_chunks) */
};

#define CORD_UNWRAP_FORMS 3

/* Something the envelope said of one record. */
struct cord_unwrap_note {
    uint32_t item;
    cord_str name; /* dotted, lower case: "hec.sourcetype" */
    cord_str value;
    enum cord_unwrap_role { /* what the event is to take it for, when it has none itself */
                            CORD_UNWRAP_ROLE_NONE,
                            CORD_UNWRAP_ROLE_TIME,
                            CORD_UNWRAP_ROLE_HOST,
                            CORD_UNWRAP_ROLE_DATASET,
                            CORD_UNWRAP_ROLE_ATNA, /* the whole is an ATNA audit message */
    } role;
};

struct cord_unwrap_refusal {
    uint32_t item;
    enum cord_loss_reason reason;
    cord_str text;
    cord_str record; /* its bytes, as far as they are known and kept, for the quarantine */
};

#define CORD_UNWRAP_REFUSALS_MAX      4096 /* kept; all are counted */
#define CORD_UNWRAP_REFUSED_BYTES_MAX 4096 /* of a refused record, kept */

struct cord_unwrap_run {
    enum cord_unwrap_form form;
    size_t from; /* in text */
    size_t len;
    uint32_t item_first; /* item of the run's first record; the others follow without a gap */
    uint32_t item_count; /* 0 for a run whose records were not counted (cord_unwrap_lines,
                            cord_unwrap_chunks): then it is the only run */
};

struct cord_unwrap {
    struct cord_buf text;
    struct cord_buf answer;   /* what the protocol wants back for its reply; see delivery.h */
    struct cord_arena *arena; /* for notes and refusals */
    struct cord_unwrap_run *runs;
    size_t run_count;
    size_t run_cap;
    struct cord_unwrap_note *notes; /* ascending by item */
    size_t note_count;
    size_t note_cap;
    struct cord_unwrap_refusal *refusals; /* ascending by item */
    size_t refusal_count;
    size_t refusal_cap;
    uint32_t refused[CORD_LOSS_COUNT]; /* by reason: all of them */
    uint32_t items;                    /* so far */
    bool noting;                       /* the last item was put, not refused */
    bool failed; /* out of memory, or of text_bytes_max: looked at once, at the end */
};

/* text_bytes_max bounds the text, and once more notes and refusals. False when out of
 * memory; _done is right then too. */
bool cord_unwrap_init(struct cord_unwrap *unwrap, size_t text_bytes_max);
void cord_unwrap_done(struct cord_unwrap *unwrap);
/* Forgets all; keeps the memory. */
void cord_unwrap_reset(struct cord_unwrap *unwrap);

/* The next item is this record. The bytes are copied. A JSON document's line feeds
 * (white space, wherever they may stand in JSON) become blanks. An empty one is refused. */
void cord_unwrap_put(struct cord_unwrap *unwrap, enum cord_unwrap_form form, cord_str record);
/* The next item is refused. */
void cord_unwrap_refuse(struct cord_unwrap *unwrap, enum cord_loss_reason reason, cord_str text,
                        cord_str record);
/* The next item is what a JSON string holds, given as its inside with escape sequences
 * left: JSON when it is an object, else text. Line ends behind it are not part of it.
 * False, and nothing is put, when only blanks are in it. */
bool cord_unwrap_put_string(struct cord_unwrap *unwrap, cord_str escaped);
/* The next item is this text: JSON when it is an object, else text. */
void cord_unwrap_put_text(struct cord_unwrap *unwrap, cord_str text);
/* Of the item put last; nothing when that was refused. The name is constant, the value
 * is copied. */
void cord_unwrap_note(struct cord_unwrap *unwrap, const char *name, cord_str value,
                      enum cord_unwrap_role role);
/* The same with a name of the sender's: "PREFIX.NAME", both copied and not empty. */
void cord_unwrap_note_under(struct cord_unwrap *unwrap, cord_str prefix, cord_str name,
                            cord_str value, enum cord_unwrap_role role);
/* All of the delivery: JSON documents as they stand, not counted yet. */
void cord_unwrap_lines(struct cord_unwrap *unwrap, cord_str documents);
/* All of the delivery: chunks of an event log file, the first with the file's header. */
void cord_unwrap_chunks(struct cord_unwrap *unwrap, cord_str chunks);

#endif
