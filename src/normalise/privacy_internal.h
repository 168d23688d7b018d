/*
 * privacy_internal.h: what the forms share: privacy.c, privacy_xml.c for ATNA and
 * privacy_json.c for FHIR.
 */
#ifndef CORD_NORMALISE_PRIVACY_INTERNAL_H
#define CORD_NORMALISE_PRIVACY_INTERNAL_H

#include "codec/xml_tokens.h"
#include "normalise/privacy.h"

struct cord_privacy_node;

#define CORD_PRIVACY_VALUES_MAX 200000 /* of a JSON document */

/* A field: its name, and behind it its value, in field_text. */
struct cord_privacy_span {
    cord_str group;
    size_t name_at;
    size_t value_at;
    size_t end;
};

struct cord_privacy {
    const struct cord_patient_key *key;
    struct cord_buf out;
    struct cord_buf plain; /* one value, its escape sequences resolved */
    struct cord_buf fresh; /* what becomes of it */
    struct cord_buf json;  /* what was FHIR in XML */
    struct cord_privacy_node *nodes;
    size_t node_count;
    size_t node_cap;
    struct cord_xml_tokens tokens;
    struct cord_buf field_text;
    struct cord_privacy_span fields[CORD_PRIVACY_FIELDS_MAX];
    size_t field_count;
    bool failed; /* a hash could not be made */
};

/* What becomes of one value. */
enum cord_privacy_policy {
    CORD_PRIVACY_TEXT, /* numbers, references and queries in it are looked for */
    CORD_PRIVACY_KEY,  /* it is a patient's identifier, or several with '~' in between */
    CORD_PRIVACY_REMOVE,
};

/* Into privacy->fresh, emptied before: what becomes of the plain text. False: it may
 * stay as it is. */
bool cord_privacy_value(struct cord_privacy *privacy, enum cord_privacy_policy policy,
                        cord_str plain);

/* Appends the rewritten document to privacy->out. */
CORD_MUST_USE cord_status cord_privacy_xml(struct cord_privacy *privacy, cord_str document,
                                           struct cord_error *err);
CORD_MUST_USE cord_status cord_privacy_json(struct cord_privacy *privacy, cord_str document,
                                            struct cord_error *err);

#endif
