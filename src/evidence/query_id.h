/*
 * query_id.h: "id:1M4J-879M-CV57" in a query: which number of an event is meant.
 *
 * Ids are a store's: the same one is another event elsewhere. So a query is told
 * whose ids it speaks of before it is asked of a store. Until then, and where
 * rows are in no store, an id matches nothing.
 */
#ifndef CORD_EVIDENCE_QUERY_ID_H
#define CORD_EVIDENCE_QUERY_ID_H

#include "evidence/evidence_id.h"
#include "evidence/query.h"

/* In place of whose they were; nobody evaluates the query meanwhile. CORD_E_FORMAT: one is no
 * id, or no whole one; err names the column. Which ids are none does not depend on the key. */
CORD_MUST_USE cord_status cord_query_id_bind(struct cord_query *query,
                                             const struct cord_evidence_id_key *key,
                                             struct cord_error *err);

#endif
