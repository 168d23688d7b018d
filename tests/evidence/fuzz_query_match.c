/*
 * fuzz_query_match.c: a query finds the rows that the plainest evaluation finds.
 */
#include "evidence/query_match.h"

#include <assert.h>
#include <stdio.h>

#include "kit/make_query.h"
#include "kit/naive_query.h"

enum { ROWS = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kit_bytes source = {data, size};
    struct cord_rows *rows = cord_rows_new(1 << 22, 1);
    struct cord_query *query = NULL;
    struct cord_error err = {""};
    struct cord_buf text;
    cord_buf_init(&text, 1 << 16);
    make_query_condition(&source, &text);
    make_query_rows(&source, rows, ROWS);
    cord_status status = cord_query_parse(cord_buf_str(&text), &query, &err);
    if (status != CORD_OK) {
        (void)fprintf(stderr, "%.*s: %s\n", CORD_STR_ARG(cord_buf_str(&text)), err.text);
    }
    assert(status == CORD_OK);
    struct cord_query_match *match = cord_query_match_new(query);
    assert(match);
    cord_query_match_from(match, rows);
    for (size_t i = 0; i < cord_rows_count(rows); i++) {
        bool got = false;
        assert(cord_query_match_row(match, i, &got) == CORD_OK);
        bool wanted = naive_query_matches(cord_query_condition(query), rows, i);
        if (got != wanted) {
            (void)fprintf(stderr, "%.*s\nof %.*s: %d, and is %d\n",
                          CORD_STR_ARG(cord_buf_str(&text)),
                          CORD_STR_ARG(cord_rows_at(rows, i)->text), (int)got, (int)wanted);
        }
        assert(got == wanted);
    }
    assert(cord_query_match_undecided(match) == 0);
    cord_query_match_free(match);
    cord_query_free(query);
    cord_buf_done(&text);
    cord_rows_free(rows);
    return 0;
}
