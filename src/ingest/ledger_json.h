/*
 * ledger_json.h: what the ledger says, as members of JSON objects: for the command
 * line and the server's pages alike (codec/json_put.h). Failures are the buffer's. Any thread.
 */
#ifndef CORD_INGEST_LEDGER_JSON_H
#define CORD_INGEST_LEDGER_JSON_H

#include "base/buf.h"
#include "ingest/ledger.h"

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
