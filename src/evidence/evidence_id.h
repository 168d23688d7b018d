/*
 * evidence_id.h: the name of one stored event, for people.
 *
 *   K7QM-2F9A-XHP3
 *
 * Twelve characters of Crockford's base 32 (no I, L, O, U): the event's number,
 * shuffled by a key of the store's so that an id does not tell how many events
 * there are, and two characters by which every single wrong character and
 * every two exchanged neighbours are noticed. O is read as 0, I and L as 1;
 * case, dashes and spaces do not matter. docs/evidence-format.md has the
 * arithmetic. Pure; any thread.
 */
#ifndef CORD_EVIDENCE_EVIDENCE_ID_H
#define CORD_EVIDENCE_EVIDENCE_ID_H

#include "base/error.h"
#include "base/str.h"

#define CORD_EVIDENCE_ID_KEY_BYTES 16
#define CORD_EVIDENCE_ID_TEXT      15 /* with its dashes and a NUL */

/* Fifty bits: 1,200 years of 29,000 events a second. */
#define CORD_EVIDENCE_ID_SEQUENCE_MAX ((UINT64_C(1) << 50) - 1)

struct cord_evidence_id_key {
    uint64_t words[2];
};

struct cord_evidence_id_key
cord_evidence_id_key(const unsigned char bytes[CORD_EVIDENCE_ID_KEY_BYTES]);

/* sequence is at most CORD_EVIDENCE_ID_SEQUENCE_MAX. */
cord_str cord_evidence_id_format(const struct cord_evidence_id_key *key, uint64_t sequence,
                                 char buffer[CORD_EVIDENCE_ID_TEXT]);

/* CORD_E_FORMAT: this is no id, or was mistyped; err says which. */
CORD_MUST_USE cord_status cord_evidence_id_parse(const struct cord_evidence_id_key *key,
                                                 cord_str text, uint64_t *ret_sequence,
                                                 struct cord_error *err);

#endif
