/*
 * record_row.h: claims to and from rows of the database.
 */
#ifndef CORD_RECORD_RECORD_ROW_H
#define CORD_RECORD_RECORD_ROW_H

#include "record/claim.h"
#include "record/record_sql.h"

/* For CORD_RECORD_CLAIM_ADD; what is bound stays until it has been run. */
void cord_record_row_bind(struct cord_sql_statement *statement, const struct cord_claim *claim,
                          const struct cord_digest *hash);

/* Borrows the row until the statement's next step; the exercise is the record's.
 * CORD_E_UNSUPPORTED: its kind is not known here. CORD_E_DAMAGED: it is no row of ours. */
CORD_MUST_USE cord_status cord_record_row_read(struct cord_sql_statement *statement,
                                               cord_str exercise, struct cord_claim *ret_claim,
                                               struct cord_digest *ret_hash,
                                               struct cord_error *err);

#endif
