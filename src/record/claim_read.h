/*
 * claim_read.h: claims from text, and whether they are as their kind says.
 *
 * Nothing is let through that the tables do not name: an unknown or repeated member,
 * a word that is none, a control character, an object in an object. What is
 * wrong is named by its path ("value.state") with what it may be and the nearest
 * spelling. One thread at a time.
 */
#ifndef CORD_RECORD_CLAIM_READ_H
#define CORD_RECORD_CLAIM_READ_H

#include "record/claim.h"

struct cord_claim_reader; /* memory for reading */

/* CORD_E_NOMEM is the only failure. */
CORD_MUST_USE cord_status cord_claim_reader_new(struct cord_claim_reader **ret_reader);
void cord_claim_reader_free(struct cord_claim_reader *reader);

/* The object of one line; borrows the reader until its next use. What is left out gets its
 * default: confidence 50, basis reported, marking TLP:AMBER, valid_from when it is recorded.
 * "hash", if there, is the last member: *ret_hash_given. CORD_E_FORMAT: err says what and
 * where. */
CORD_MUST_USE cord_status cord_claim_read(struct cord_claim_reader *reader, cord_str text,
                                          struct cord_claim *ret_claim,
                                          struct cord_digest *ret_hash, bool *ret_hash_given,
                                          struct cord_error *err);

/* A claim that is not recorded yet: its value and amount become canonical (and borrow the
 * reader until its next use). CORD_E_FORMAT as above. */
CORD_MUST_USE cord_status cord_claim_check(struct cord_claim_reader *reader,
                                           struct cord_claim *claim, struct cord_error *err);

/* What a text of a claim may hold: UTF-8 without control characters and others that are not to be
 * seen, or that turn the direction of what is around them. Any thread. */
bool cord_claim_read_is_plain(cord_str text);

#endif
