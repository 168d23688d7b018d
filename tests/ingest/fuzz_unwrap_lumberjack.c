/* fuzz_unwrap_lumberjack.c: whatever the frames, their items balance. */
#include "ingest/unwrap_kinds.h"
#include "kit/kit_unwrap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cord_str bytes = {(const char *)data, size};
    kit_unwrap_check(&cord_unwrap_lumberjack, bytes, CORD_STR(""));
    return 0;
}
