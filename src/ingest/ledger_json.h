/*
 * ledger_json.h: what the ledger says, as members of JSON objects: for the command
 * line and the server's pages alike.
 *
 * A member is led by a comma unless an object has just been opened. Failures are
 * the buffer's. Any thread.
 */
#ifndef CORD_INGEST_LEDGER_JSON_H
#define CORD_INGEST_LEDGER_JSON_H

#include "base/buf.h"
#include "ingest/ledger.h"

void cord_ledger_json_text(struct cord_buf *buf, const char *name, cord_str text);
void cord_ledger_json_number(struct cord_buf *buf, const char *name, uint64_t number);
/* null for CORD_TIME_NONE. */
void cord_ledger_json_time(struct cord_buf *buf, const char *name, int64_t time_ns);
/* received, stored, refused and shed by reason, bytes. */
void cord_ledger_json_counts(struct cord_buf *buf, const struct cord_ledger_counts *counts);
/* What a source's state is called. Silence is no health: who was not heard for too long,
 * or ever, is unknown. registered: the configuration has it. */
const char *cord_ledger_json_state(const struct cord_ledger_source *source, bool registered,
                                   bool silent);
/* A source with its name, organisation, state and counts. */
void cord_ledger_json_source(struct cord_buf *buf, const struct cord_ledger_source *source,
                             const char *state);

#endif
