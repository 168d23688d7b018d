/*
 * fhir_xml.h: a FHIR resource in XML (hl7.org/fhir/xml.html) as one in JSON (json.html).
 *
 * An element with a value becomes that value, as text whatever its type is; one with elements
 * within it an object; several of one name behind each other a list; what a value is extended by
 * stands in "_NAME" beside it. A narrative becomes the list of its texts. Whether a name may
 * be repeated only FHIR's definitions say: one alone is no list here.
 * Pure. Any thread.
 */
#ifndef CORD_CODEC_FHIR_XML_H
#define CORD_CODEC_FHIR_XML_H

#include "codec/xml_tokens.h"

/* Appends to `json` what the tokens are of, a whole document; `plain` is for texts meanwhile.
 * CORD_E_FORMAT: it is no such resource, err says why and quotes nothing. Both buffers are to
 * be asked for their failure. */
CORD_MUST_USE cord_status cord_fhir_xml_json(const struct cord_xml_tokens *tokens,
                                             struct cord_buf *plain, struct cord_buf *json,
                                             struct cord_error *err);

#endif
