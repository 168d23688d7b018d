/*
 * record_shelf.h: spans again, put together by the time that they are of.
 *
 * A question about all lines of a topic wants, of each line, what held at one time or over a short
 * stretch. So each span lies in a bucket of time too, with all of its topic that are of the same:
 * rows of many spans each, beside each other. Topic, shelf, level and bucket are one number, the
 * place, in whose order rows lie. Which shelf:
 *
 *   NOW      valid until something else is said, and still known: by the second it is valid from
 *   KNOWN    valid until something else is said, and replaced since: by its time of being known
 *   VALID    valid until a time: by the time it is valid from
 *   GOES_ON  the same: by each later time at which it is valid still
 *   DAY      all of a line that is about a day (a key member that is a date): by that day
 *
 * Of KNOWN, and of VALID and GOES_ON together, a span lies in each bucket that it touches, on the
 * finest level on which these are at most CORD_RECORD_SHELF_COPIES: a bucket of one level has few
 * spans of one line, however long or short they are, but for the finest. A question reads, of each
 * level, one bucket of KNOWN, those of its stretch of VALID, and the first of these of GOES_ON: so
 * it meets no span twice.
 *
 * Spans of a place are in the order of line, valid_from, known_from, dealt out to rows: a row has
 * as its key what none of its spans comes before, and all before the next one's key belong to it. A
 * row has at most CORD_RECORD_SHELF_BYTES, unless one span has more; where it is full, it gives its
 * second half to a new one, or, where it grew at its end, what was added.
 *
 * A span in a row, little-endian: its line, 4 bytes; a byte of flags; confidence; claim, 6;
 * valid_from, known_from, 8 each; valid_to unless it is open, 8; known_to the same; the length of
 * the state, one byte, or, of a span with more texts or a longer one, those of state, amount and
 * unit, 2 each; then these. Flags: 1 and 2, valid_to and known_to are there; 4, three lengths; the
 * basis times 16. Rows are derived, as spans are: made anew from claims in their order they are the
 * same byte for byte. Pure but for the database; thread: its connection's.
 */
#ifndef CORD_RECORD_RECORD_SHELF_H
#define CORD_RECORD_RECORD_SHELF_H

#include "base/buf.h"
#include "record/record_sql.h"

struct cord_record_shelf;

#define CORD_RECORD_SHELF_COPIES 4u
#define CORD_RECORD_SHELF_BYTES  896u
#define CORD_RECORD_SHELF_LEVELS 7u
#define CORD_RECORD_SPAN_BYTES   50u /* at most, without its texts */

/* One claim's answer on its line: [valid_from, valid_to) x [known_from, known_to). Borrows its
 * texts. A time that is open is CORD_RECORD_OPEN_NS. */
struct cord_record_span {
    int64_t line;
    int64_t valid_from_ns, valid_to_ns;
    int64_t known_from_ns, known_to_ns;
    uint64_t claim;
    cord_str state, amount, unit;
    unsigned char basis, confidence;
};

/* Where a claim is said. */
struct cord_record_shelf_line {
    int64_t id;
    int64_t topic;
    int64_t day;   /* cord_record_shelf_day; 0: it is about none */
    unsigned base; /* the topic's finest level: cord_record_shelf_base */
};

/* --- places --- */

enum cord_record_shelf_which {
    CORD_RECORD_SHELF_NOW,
    CORD_RECORD_SHELF_KNOWN,
    CORD_RECORD_SHELF_VALID,
    CORD_RECORD_SHELF_DAY,
    CORD_RECORD_SHELF_GOES_ON,
};

/* Finer for a topic whose spans are minutes. */
unsigned cord_record_shelf_base(const char *topic);
/* The bucket of a level in which a time lies. */
int64_t cord_record_shelf_bucket(unsigned level, int64_t time_ns);
/* The day (UTC) of a time, above 0: the bucket of DAY, whose level is 0. */
int64_t cord_record_shelf_day(int64_t time_ns);
/* As one number, which orders so. NOW has the level CORD_RECORD_SHELF_NOW_LEVEL. */
int64_t cord_record_shelf_place(int64_t topic, enum cord_record_shelf_which which, unsigned level,
                                int64_t bucket);
#define CORD_RECORD_SHELF_NOW_LEVEL 2u

/* --- rows --- */

/* False: a text is longer than a claim can have, a number greater than a record has, or there is no
 * room. */
bool cord_record_shelf_pack(const struct cord_record_span *span, struct cord_buf *row);
/* The next span of a row, which moves on; its texts are the row's. CORD_E_END: there is none
 * further. CORD_E_FORMAT: the row is damaged. */
CORD_MUST_USE cord_status cord_record_shelf_next(cord_str *row, struct cord_record_span *ret_span);

/* Its line and times alone, and its bytes: for what is looked at and mostly left. The rest as
 * above. */
struct cord_record_times {
    int64_t line;
    int64_t valid_from_ns, valid_to_ns;
    int64_t known_from_ns, known_to_ns;
};
CORD_MUST_USE cord_status cord_record_shelf_next_times(cord_str *row,
                                                       struct cord_record_times *ret_times,
                                                       cord_str *ret_packed);

/* --- writing --- */

CORD_MUST_USE cord_status cord_record_shelf_new(struct cord_sql *sql, const char *schema,
                                                struct cord_record_shelf **ret_shelf,
                                                struct cord_error *err);
void cord_record_shelf_free(struct cord_record_shelf *shelf);

CORD_MUST_USE cord_status cord_record_shelf_put(struct cord_record_shelf *shelf,
                                                const struct cord_record_shelf_line *line,
                                                const struct cord_record_span *span,
                                                struct cord_error *err);
/* A span that lies there, its known_to open: it is known no longer from then on. */
CORD_MUST_USE cord_status cord_record_shelf_close(struct cord_record_shelf *shelf,
                                                  const struct cord_record_shelf_line *line,
                                                  const struct cord_record_span *span,
                                                  int64_t known_to_ns, struct cord_error *err);
/* The same, as if it had never been. */
CORD_MUST_USE cord_status cord_record_shelf_drop(struct cord_record_shelf *shelf,
                                                 const struct cord_record_shelf_line *line,
                                                 const struct cord_record_span *span,
                                                 struct cord_error *err);

#endif
