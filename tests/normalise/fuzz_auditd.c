/* fuzz_auditd.c: any text as audit records: nothing breaks, the counts balance. */
#include "kit/fuzz_text.h"
#include "normalise/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct cord_format *const formats[] = {&cord_format_auditd};
    kit_fuzz_text(formats, 1, data, size);
    return 0;
}
