/* fuzz_unwrap_bulk.c: whatever the body, its items balance. */
#include "ingest/unwrap_kinds.h"
#include "kit/kit_unwrap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cord_str bytes = {(const char *)data, size};
    kit_unwrap_check(&cord_unwrap_bulk, bytes, CORD_STR("logs-x-default"));
    return 0;
}
