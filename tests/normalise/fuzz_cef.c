/* fuzz_cef.c: any text as CEF, LEEF and key=value: nothing breaks, the counts balance. */
#include "kit/fuzz_text.h"
#include "normalise/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct cord_format *const formats[] = {&cord_format_cef, &cord_format_kv};
    kit_fuzz_text(formats, 2, data, size);
    return 0;
}
