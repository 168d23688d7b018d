/*
 * record_span.h: what holds on each line, derived from claims one after another.
 *
 * A span is one claim's answer on its line, for a stretch of the time that it is
 * about and a stretch of the time that it was known: [valid_from, valid_to) x
 * [known_from, known_to). At any point of both there is at most one on a line. A
 * new claim ends the knowledge of what it overlays, and leaves what it does not:
 * so a past answer stays where it was. A claim that is taken back bares what it
 * had overlaid.
 *
 * A claim stands, as of a later one, unless it was taken back by then: retracted by a claim.retract
 * that supersedes it, or replaced by one that supersedes it and counts. That one counts unless it
 * was retracted; and then still if it was itself replaced by one that counts, which took its place.
 * So a retracted revision gives back what it had replaced, from the retraction on: in a
 * chain of revisions the last that was not retracted holds, and as long as any of a chain
 * behind a claim stands, the claim does not. What holds again holds as of when it was recorded:
 * beneath what was said later on its line. A retraction is not taken back: what it took back is
 * said anew, and whatever supersedes a retracted claim replaces what that one had replaced.
 *
 * To find the spans at a point without going through those that have ended, each is hung
 * into a binary tree of seconds (a relational interval tree: H.-P. Kriegel, M. Poetke and T. Seidl,
 * 2000): at its fork, the node inside its interval that is divisible by the highest
 * power of two. Every interval with a point in it hangs on the path from that point to the
 * root, 36 nodes. Which interval, tells the span's class:
 *
 *   NOW    valid until something else is said, and still known: one list
 *   KNOWN  valid until something else is said, and replaced since: by its time of being known
 *   VALID  valid until a time: by its time of being valid
 *
 * Of NOW and KNOWN a line has at most one at any time of knowing. Pure but for the
 * database; thread: its connection's.
 */
#ifndef CORD_RECORD_RECORD_SPAN_H
#define CORD_RECORD_RECORD_SPAN_H

#include "record/claim.h"
#include "record/record_sql.h"

struct cord_record_spans;

/* The views of a schema, as they are in the database; claims are those of "main". */
CORD_MUST_USE cord_status cord_record_spans_new(struct cord_sql *sql, const char *schema,
                                                struct cord_record_spans **ret_spans,
                                                struct cord_error *err);
void cord_record_spans_free(struct cord_record_spans *spans);

/* The next claim, which is in the database. On failure the transaction is to be rolled back. */
CORD_MUST_USE cord_status cord_record_spans_apply(struct cord_record_spans *spans,
                                                  const struct cord_claim *claim,
                                                  struct cord_error *err);
/* Forgets what it remembers of the database: after a rollback. */
void cord_record_spans_forget(struct cord_record_spans *spans);

/* --- where spans hang --- */

#define CORD_RECORD_LEVELS 36u /* of the tree; nodes are below 2^36 */

enum cord_record_span_class {
    CORD_RECORD_SPANS_NOW,
    CORD_RECORD_SPANS_KNOWN,
    CORD_RECORD_SPANS_VALID,
};

/* Seconds from the earliest time there is; rounded down. */
int64_t cord_record_span_second(int64_t time_ns);
/* The fork of [from, to), to > from. */
int64_t cord_record_span_fork(int64_t from_ns, int64_t to_ns);
/* The node on the way from second `at` to the root at this level, the lowest 0; at level of the
 * lowest set bit, `at` itself. */
static inline int64_t cord_record_span_ancestor(int64_t at, unsigned level)
{
    return (int64_t)((((uint64_t)at >> level) | 1u) << level);
}
/* Topic, class and node as one number, which orders so. */
static inline int64_t cord_record_span_place(int64_t topic, enum cord_record_span_class which,
                                             int64_t node)
{
    return topic << 40 | (int64_t)which << 38 | node;
}

#endif
