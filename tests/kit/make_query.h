/*
 * make_query.h: rows and queries from the bytes of a fuzzer.
 *
 * Of a small vocabulary, so that conditions hold often and near misses are
 * common. The same bytes give the same rows and query.
 */
#ifndef CORD_TESTS_KIT_MAKE_QUERY_H
#define CORD_TESTS_KIT_MAKE_QUERY_H

#include "base/buf.h"
#include "evidence/rows.h"
#include "kit/kit_bytes.h"

/* Adds `count` rows of JSON records, with escapes, arrays, numbers, null, and
 * values that are not in raw. */
void make_query_rows(struct kit_bytes *source, struct cord_rows *rows, size_t count);

/* The same of records that say few different things, most fields once in each:
 * such as summaries count. */
void make_query_plain_rows(struct kit_bytes *source, struct cord_rows *rows, size_t count);

/* Appends a condition that parses. */
void make_query_condition(struct kit_bytes *source, struct cord_buf *out);
/* The same, about one field mostly, or none. */
void make_query_plain_condition(struct kit_bytes *source, struct cord_buf *out);
/* Appends "| ..." up to three stages, or nothing. */
void make_query_pipeline(struct kit_bytes *source, struct cord_buf *out);

#endif
