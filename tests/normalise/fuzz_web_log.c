/* fuzz_web_log.c: any text as access and error logs: nothing breaks, the counts balance. */
#include "kit/fuzz_text.h"
#include "normalise/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct cord_format *const formats[] = {&cord_format_access};
    kit_fuzz_text(formats, 1, data, size);
    return 0;
}
