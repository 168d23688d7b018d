/* fuzz_api_opaque.c: whatever is taken for an id is one, and is shown as it was taken. */
#include "api/api_opaque.h"

#include <assert.h>

static void check_kind(const struct cord_api_opaque *opaque, enum cord_api_opaque_kind kind,
                       cord_str text)
{
    char id[CORD_API_OPAQUE_TEXT];
    uint64_t number = 0;
    uint64_t again = 0;
    if (cord_api_opaque_parse(opaque, kind, text, &number)) {
        assert(number > 0);
        assert(cord_api_opaque_parse(opaque, kind, cord_api_opaque_format(opaque, kind, number, id),
                                     &again));
        assert(again == number);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct cord_api_secret secret = {{1, 2, 3}};
    struct cord_api_opaque opaque;
    char shown[CORD_API_OPAQUE_SUBJECT];
    char read[CORD_API_OPAQUE_SUBJECT];
    cord_str text = {(const char *)data, size};
    cord_str taken = {0};
    if (cord_api_opaque_init(&opaque, &secret) != CORD_OK) {
        return 0;
    }
    for (unsigned kind = 0; kind < CORD_API_OPAQUE_KINDS; kind++) {
        check_kind(&opaque, (enum cord_api_opaque_kind)kind, text);
    }
    /* What is read is shown as an id, and read the same again. */
    if (cord_api_opaque_read(&opaque, text, read, &taken)) {
        cord_str back = {0};
        char twice[CORD_API_OPAQUE_SUBJECT];
        cord_str out = cord_api_opaque_show(&opaque, taken, shown);
        assert(cord_api_opaque_read(&opaque, out, twice, &back));
        assert(cord_str_eq(back, taken));
    }
    return 0;
}
