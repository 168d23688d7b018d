/* fuzz_unwrap_ndjson.c: whatever the body, its items balance. */
#include "ingest/unwrap_kinds.h"
#include "kit/kit_unwrap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cord_str bytes = {(const char *)data, size};
    kit_unwrap_check(&cord_unwrap_ndjson, bytes, CORD_STR(""));
    return 0;
}
