/* fuzz_columns.c: any text as Zeek and W3C columns: nothing breaks, the counts balance. */
#include "kit/fuzz_text.h"
#include "normalise/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct cord_format *const formats[] = {&cord_format_zeek, &cord_format_w3c};
    kit_fuzz_text(formats, 2, data, size);
    return 0;
}
