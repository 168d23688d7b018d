/*
 * fuzz_fhir_xml.c: what comes out of XML is JSON, an object that says which resource it is.
 */
#include <assert.h>

#include <jansson.h>

#include "codec/fhir_xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cord_xml_tokens tokens = {0};
    struct cord_buf plain;
    struct cord_buf json;
    struct cord_error err;
    cord_str document = {(const char *)data, size};
    cord_buf_init(&plain, 1 << 20);
    cord_buf_init(&json, 4 << 20);
    if (cord_xml_tokens_read(&tokens, document, &err) == CORD_OK &&
        cord_fhir_xml_json(&tokens, &plain, &json, &err) == CORD_OK && !json.failed &&
        !plain.failed) {
        json_t *value = json_loadb(json.ptr, json.len, JSON_ALLOW_NUL, NULL);
        assert(value && json_is_string(json_object_get(value, "resourceType")));
        json_decref(value);
    }
    cord_xml_tokens_done(&tokens);
    cord_buf_done(&plain);
    cord_buf_done(&json);
    return 0;
}
