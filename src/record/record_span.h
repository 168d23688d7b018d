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
 * By line they are in the table of spans; by the time that they are of, on shelves
 * (record_shelf.h). Pure but for the database; thread: its connection's.
 */
#ifndef CORD_RECORD_RECORD_SPAN_H
#define CORD_RECORD_RECORD_SPAN_H

#include "record/claim.h"
#include "record/record_shelf.h"

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

#endif
