/* fuzz_unwrap_otlp.c: whatever the body, in either encoding, its items balance. */
#include "ingest/unwrap_kinds.h"
#include "kit/kit_unwrap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cord_str bytes = {(const char *)data, size};
    kit_unwrap_check(&cord_unwrap_otlp_proto, bytes, CORD_STR(""));
    kit_unwrap_check(&cord_unwrap_otlp_json, bytes, CORD_STR(""));
    return 0;
}
