/*
 * query_array.h: which member of an array a value is.
 *
 * Values carry the array's name and not their place in it. The place is in the
 * JSON that they came from: it is read again for the few that are asked about.
 */
#ifndef CORD_EVIDENCE_QUERY_ARRAY_H
#define CORD_EVIDENCE_QUERY_ARRAY_H

#include "evidence/query.h"

/* The value at byte `at` of raw is in the members that the field's indexes
 * name. False when raw is no JSON, or nested deeper than 64. Pure; any thread. */
bool cord_query_array_holds(const struct cord_query_field *field, cord_str raw, size_t at);

#endif
