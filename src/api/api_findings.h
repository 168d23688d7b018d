/*
 * api_findings.h: the shape of a finding, for whoever shows some.
 */
#ifndef CORD_API_API_FINDINGS_H
#define CORD_API_API_FINDINGS_H

#include "api/api_shape.h"
#include "base/buf.h"

struct cord_api;

extern const struct cord_api_shape cord_api_findings_shape;

/* The journal's object with an id in place of its number. */
void cord_api_findings_put(const struct cord_api *api, uint64_t number, cord_str json,
                           struct cord_buf *out);

#endif
