/* fuzz_unwrap_hec.c: whatever the body, its items balance. */
#include "ingest/unwrap_kinds.h"
#include "kit/kit_unwrap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cord_str bytes = {(const char *)data, size};
    kit_unwrap_check(&cord_unwrap_hec, bytes, CORD_STR("host=ward-7\nsourcetype=syslog\n"));
    kit_unwrap_check(&cord_unwrap_hec_raw, bytes, CORD_STR("time=1\nbad\n=\n"));
    return 0;
}
