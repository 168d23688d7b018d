/*
 * privacy.h: audit messages of health systems without their patients.
 *
 * One record of a source that sends audit messages is rewritten before it is decoded
 * or stored: ATNA (an AuditMessage of DICOM PS3.15 A.5 or RFC 3881 in XML, alone or within
 * a syslog message) and FHIR (AuditEvent of STU3, R4 and R5, or a Bundle of them, in JSON or in
 * XML, which becomes JSON: codec/fhir_xml.h).
 * Identifiers of patients become their keys (normalise/patient_key.h); names, and what
 * may hold patients' data without saying where (queries, details, descriptions,
 * narratives, comments, the query of an URL) becomes "removed". Users stay: they are what an audit
 * trail is for. NHS numbers and NIR are keyed wherever they stand.
 *
 * An identifier's normal form, which is keyed, is its value without the authority that
 * gave it: 24 of "24^^^MPI&1.2.3&ISO^PI", of "Patient/24/_history/2", of
 * "https://x/fhir/Patient/24", of "urn:oid:1.2.3|24", of "24@1.2.3", and of a FHIR identifier
 * with the value 24; an NHS number is its ten digits. So one patient has one key in both
 * forms, and two patients with the same number of two authorities share one.
 *
 * What cannot be understood for sure is refused: it must not be stored as it is.
 * Pure but for its own memory; one thread at a time.
 */
#ifndef CORD_NORMALISE_PRIVACY_H
#define CORD_NORMALISE_PRIVACY_H

#include "normalise/patient_key.h"

struct cord_privacy;

/* The key is borrowed. NULL when out of memory. */
struct cord_privacy *cord_privacy_new(const struct cord_patient_key *key, size_t record_bytes_max);
void cord_privacy_free(struct cord_privacy *privacy);

/* A whole record. CORD_OK: *ret_text is what may be kept, good until the next call.
 * CORD_E_FORMAT: it is to be refused, err says why without quoting it. CORD_E_LIMIT: too long, too
 * deep or too many parts: refused, too. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_privacy_rewrite(struct cord_privacy *privacy, cord_str record,
                                               cord_str *ret_text, struct cord_error *err);
/* What an AuditMessage says in attributes and in texts that may be kept, rewritten: "csd-code" of
 * "EventIdentification" / "EventID.csd-code". RFC 3881's code and displayName have the names of
 * DICOM, csd-code and originalText. */
struct cord_privacy_field {
    cord_str group; /* the element below the AuditMessage */
    cord_str name;  /* elements within it and the attribute, dotted */
    cord_str value;
};
#define CORD_PRIVACY_FIELDS_MAX 512 /* of a message; the others are in its text only */

/* Of the record rewritten last, while that is there; none of JSON, whose decoder knows them. */
size_t cord_privacy_field_count(const struct cord_privacy *privacy);
struct cord_privacy_field cord_privacy_field_at(const struct cord_privacy *privacy, size_t at);

/* A text beside a record, such as what an envelope said of it: numbers, references to
 * patients and queries of URLs. As above. */
CORD_MUST_USE cord_status cord_privacy_rewrite_text(struct cord_privacy *privacy, cord_str text,
                                                    cord_str *ret_text, struct cord_error *err);

#endif
