/* fuzz_lines.c: any text as lines of unknown layout: nothing breaks, no line is lost. */
#include "kit/fuzz_text.h"
#include "normalise/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct cord_format *const formats[] = {&cord_format_lines};
    kit_fuzz_text(formats, 1, data, size);
    return 0;
}
