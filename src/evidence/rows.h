/*
 * rows.h: events on their way into evidence and out of it.
 *
 * A row is an event that stands by itself: its bytes as received, what is known
 * of where it came from, and its values as stretches of text with numbered
 * names. Unlike a batch's event it needs no reader, no classifier and no table
 * of paths to be understood: the rows it lives in hold the names. The spool,
 * the packer of blocks and every search speak of rows.
 *
 * Bounded by the ceiling given when made. One thread at a time.
 */
#ifndef CORD_EVIDENCE_ROWS_H
#define CORD_EVIDENCE_ROWS_H

#include "base/timestamp.h"
#include "event/event.h"

/* The value is not one the source sent: it was worked out from others when the
 * event was normalised. Beside the CORD_VALUE_ flags of codec/value.h. */
#define CORD_SPAN_DERIVED 8u

/* One value: struct cord_value, with offsets for pointers. */
struct cord_span {
    uint32_t at; /* in the row's text */
    uint32_t len;
    uint32_t field : 24; /* number in the rows' fields */
    uint32_t kind : 4;   /* enum cord_value_kind */
    uint32_t flags : 4;  /* CORD_VALUE_ESCAPED and its kin, CORD_SPAN_DERIVED */
};

struct cord_row {
    uint64_t sequence;   /* the store's number of it; 0 until it has one */
    int64_t time_ns;     /* when it happened, by its source; CORD_TIME_NONE: it does not say */
    int64_t received_ns; /* when it came in */
    uint32_t origin;     /* number in the rows' origins */
    uint32_t raw_len;
    cord_str text; /* raw_len bytes as received, then those of values that raw does not hold */
    const struct cord_span *spans; /* in the order of the event's values */
    uint32_t span_count;
    uint16_t role[CORD_ROLE_COUNT]; /* index in spans, or CORD_VALUE_NONE */
};

/* Where rows come from; the same for very many of them. "" for what is not known. */
struct cord_origin {
    cord_str organisation; /* its code */
    cord_str source;       /* registered name, or the file that was read */
    cord_str format;       /* the word of the reader: "json", "evtx" */
    cord_str event_class;  /* "windows/process_creation/sysmon": product/categories/services */
    /* The log source that the reader knew by its format alone; "" where the
     * values decided: whoever classifies the row again needs the difference. */
    cord_str product;
    cord_str category;
    cord_str service;
};

struct cord_rows;

#define CORD_ROWS_FIELDS_MAX  (1u << 20)
#define CORD_ROWS_ORIGINS_MAX (1u << 20)
#define CORD_FIELD_NAMES_MAX  16

/* NULL when out of memory. */
struct cord_rows *cord_rows_new(size_t bytes_max, uint64_t seed);
void cord_rows_free(struct cord_rows *rows);

/* Forgets rows, fields and origins; keeps some memory. */
void cord_rows_reset(struct cord_rows *rows);

/* Forgets rows only: fields and origins keep their numbers. */
void cord_rows_clear(struct cord_rows *rows);

/* The number of an origin, made when new; the texts are copied. CORD_E_LIMIT at
 * the ceiling: nothing has changed. */
CORD_MUST_USE cord_status cord_rows_origin(struct cord_rows *rows, const struct cord_origin *origin,
                                           uint32_t *ret_origin);

/* The number of a field, made when new: names[0] is the dotted name of the
 * source, the further ones (at most CORD_FIELD_NAMES_MAX in all) what rules and
 * analysts may call it. Two fields are the same when all names are. */
CORD_MUST_USE cord_status cord_rows_field(struct cord_rows *rows, const cord_str *names,
                                          size_t name_count, uint32_t *ret_field);

/* Copies the row with its text and spans. Its origin and fields are numbers of
 * these rows. CORD_E_FORMAT: a number, a role or a stretch is out of bounds.
 * CORD_E_LIMIT at the ceiling. On failure nothing has changed. */
CORD_MUST_USE cord_status cord_rows_add(struct cord_rows *rows, const struct cord_row *row);
/* The same, but borrows the text, which must outlive these rows. */
CORD_MUST_USE cord_status cord_rows_lend(struct cord_rows *rows, const struct cord_row *row);

/* The same from other rows, their fields and origin numbered anew. */
CORD_MUST_USE cord_status cord_rows_copy(struct cord_rows *rows, const struct cord_rows *from,
                                         size_t at);

size_t cord_rows_count(const struct cord_rows *rows);
const struct cord_row *cord_rows_at(const struct cord_rows *rows, size_t at);
/* The store numbers rows once it has taken them: the first gets `first`, each further one more. */
void cord_rows_number(struct cord_rows *rows, size_t from, uint64_t first);

uint32_t cord_rows_origin_count(const struct cord_rows *rows);
const struct cord_origin *cord_rows_origin_at(const struct cord_rows *rows, uint32_t origin);
uint32_t cord_rows_field_count(const struct cord_rows *rows);
const cord_str *cord_rows_names(const struct cord_rows *rows, uint32_t field, size_t *ret_count);

/* Bytes held: texts, spans, names. */
size_t cord_rows_bytes(const struct cord_rows *rows);

static inline cord_str cord_row_raw(const struct cord_row *row)
{
    return (cord_str){row->text.ptr, row->raw_len};
}

static inline cord_str cord_row_value(const struct cord_row *row, const struct cord_span *span)
{
    return (cord_str){row->text.ptr + span->at, span->len};
}

/* When it happened, or else when it came in: what searches go by. */
static inline int64_t cord_row_when(const struct cord_row *row)
{
    return row->time_ns != CORD_TIME_NONE ? row->time_ns : row->received_ns;
}

#endif
