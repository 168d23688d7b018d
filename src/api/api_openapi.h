/*
 * api_openapi.h: the table of routes as documents: OpenAPI 3.1, and a page to read.
 *
 * docs/api/openapi.yaml and docs/api/reference.md are what these write; a test holds
 * them to it. Pure; any thread.
 */
#ifndef CORD_API_API_OPENAPI_H
#define CORD_API_API_OPENAPI_H

#include "api/api_route.h"
#include "base/buf.h"

#define CORD_API_OPENAPI_SHAPES_MAX 256u

/* Every shape that the routes name, each once, in the order they are met. */
size_t
cord_api_openapi_shapes(const struct cord_api_shape *ret_shapes[CORD_API_OPENAPI_SHAPES_MAX]);

/* Failures are the buffer's. */
void cord_api_openapi_write(struct cord_buf *out);
void cord_api_openapi_reference(struct cord_buf *out);

/* What a status means, in a sentence for people. */
const char *cord_api_openapi_status(unsigned status);
/* "get", "post", ... */
const char *cord_api_openapi_method(enum cord_http_method method);

#endif
