/* What is read is printed, and what is printed is read as the same again. */
#include "comms/endpoint.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cord_endpoint first = {0};
    struct cord_endpoint again = {0};
    struct cord_error err = {0};
    char text[CORD_ENDPOINT_TEXT];
    if (cord_endpoint_parse((cord_str){(const char *)data, size}, &first, &err) != CORD_OK) {
        assert(err.text[0]);
        return 0;
    }
    size_t len = cord_endpoint_print(&first, text);
    assert(len > 0 && len < sizeof text && strlen(text) == len);
    assert(cord_endpoint_parse((cord_str){text, len}, &again, NULL) == CORD_OK);
    assert(again.port == first.port && memcmp(again.address, first.address, 16) == 0);
    return 0;
}
