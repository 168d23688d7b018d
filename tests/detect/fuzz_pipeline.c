/*
 * fuzz_pipeline.c: any pipeline is taken or refused, and leaves sound rules.
 */
#include "detect/collection.h"

#include <assert.h>
#include <stdlib.h>

static const char rule[] =
    "title: t\nid: 1\nlogsource: {product: windows}\nfields: [A]\ndetection:\n"
    "    a: {A|contains: ['x*y', z], B: 2, C|re: 'q+', D|expand: '%p%', Hashes|contains: "
    "'MD5=aa', E|fieldref: A, F|neq: [1, 2], G|windash: '-x'}\n"
    "    k: [w, {L: 1, M: null}]\n    condition: a and not k\n---\ntitle: F\n"
    "logsource: {product: windows}\nfilter: {rules: any, f: {U: 1}, condition: not f}\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cord_collection *collection = cord_collection_new();
    struct cord_error err = {0};
    if (!collection || size > 8192) {
        cord_collection_free(collection);
        return 0;
    }
    assert(cord_collection_add(collection, CORD_STR("r"), CORD_STR(rule), &err) == CORD_OK);
    cord_status status = cord_collection_pipeline(collection, CORD_STR("p"),
                                                  (cord_str){(const char *)data, size}, &err);
    assert(status == CORD_OK || err.text[0] != '\0');
    assert(cord_collection_finish(collection, &err) == CORD_OK);
    size_t refused = 0;
    for (size_t i = 0; i < cord_collection_refusal_count(collection); i++) {
        refused += !cord_collection_refusal(collection, i)->warning;
    }
    assert(cord_collection_rule_count(collection) == 1 || refused > 0);
    cord_collection_free(collection);
    return 0;
}
