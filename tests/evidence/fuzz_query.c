/*
 * fuzz_query.c: any text is a query or a refusal; and a query written out and
 * read again is the same query.
 */
#include "evidence/query.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cord_query *first = NULL;
    struct cord_query *second = NULL;
    struct cord_error err = {""};
    struct cord_buf once;
    struct cord_buf twice;
    cord_buf_init(&once, 1 << 26);
    cord_buf_init(&twice, 1 << 26);
    cord_status status = cord_query_parse((cord_str){(const char *)data, size}, &first, &err);
    assert(status == CORD_OK || err.text[0] != '\0');
    if (status == CORD_OK) {
        cord_query_print(first, &once);
        status = cord_query_parse(cord_buf_str(&once), &second, &err);
        /* Written out, "f:(a b)" names f twice: it may grow beyond the limit. */
        assert(status == CORD_OK || (status == CORD_E_LIMIT && once.len > CORD_QUERY_BYTES_MAX));
    }
    if (second) {
        assert(cord_query_node_count(first) == cord_query_node_count(second));
        cord_query_print(second, &twice);
        assert(cord_str_eq(cord_buf_str(&once), cord_buf_str(&twice)));
    }
    cord_query_free(first);
    cord_query_free(second);
    cord_buf_done(&once);
    cord_buf_done(&twice);
    return 0;
}
