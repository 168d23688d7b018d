/* fuzz_syslog.c: any text as syslog: nothing breaks, no line is lost. */
#include "kit/fuzz_text.h"
#include "normalise/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct cord_format *const formats[] = {&cord_format_syslog, &cord_format_frames};
    kit_fuzz_text(formats, 2, data, size);
    return 0;
}
