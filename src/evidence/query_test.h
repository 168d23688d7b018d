/*
 * query_test.h: does one condition of a query hold of one value?
 *
 * The meaning of every operator, once, for whoever evaluates. One thread.
 */
#ifndef CORD_EVIDENCE_QUERY_TEST_H
#define CORD_EVIDENCE_QUERY_TEST_H

#include "codec/value.h"
#include "evidence/query.h"

enum cord_query_answer {
    CORD_QUERY_NO,
    CORD_QUERY_YES,
    CORD_QUERY_UNKNOWN, /* an expression met its limit */
};

/* Memory for values in the forms they are compared in. NULL when out of memory. */
struct cord_query_test;
struct cord_query_test *cord_query_test_new(void);
void cord_query_test_free(struct cord_query_test *test);

/* What a value says: escape sequences resolved, numbers in canonical form.
 * ptr NULL for null and for empty arrays and objects, which say nothing. Good
 * until the next call. flags: CORD_VALUE_*. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_query_test_text(struct cord_query_test *test,
                                               enum cord_value_kind kind, unsigned flags,
                                               cord_str value, cord_str *ret_text);

/* Any leaf but ALL. Raw bytes are a value too: CORD_VALUE_TEXT without flags.
 * CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_query_test_value(struct cord_query_test *test,
                                                const struct cord_query_node *node,
                                                enum cord_value_kind kind, unsigned flags,
                                                cord_str value, enum cord_query_answer *ret_answer);

/* AND, OR, NOT of what is known: unknown where it makes a difference. */
enum cord_query_answer cord_query_test_and(enum cord_query_answer a, enum cord_query_answer b);
enum cord_query_answer cord_query_test_or(enum cord_query_answer a, enum cord_query_answer b);
enum cord_query_answer cord_query_test_not(enum cord_query_answer a);

#endif
