/* fuzz_timestamp.c: what is read can be written, and reads the same again. */
#include "base/timestamp.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cord_str text = {(const char *)data, size};
    int64_t ns = 0;
    int64_t again = 0;
    char buffer[CORD_TIMESTAMP_TEXT];
    if (cord_timestamp_parse(text, &ns) || cord_timestamp_parse_epoch(text, &ns)) {
        struct cord_civil civil = cord_timestamp_to_civil(ns);
        bool in_years = civil.year >= 1678 && civil.year <= 2261;
        cord_str written = cord_timestamp_format(ns, buffer);
        assert(cord_timestamp_parse(written, &again) == in_years);
        assert(!in_years || again == ns);
        assert(civil.week >= 1 && civil.week <= 53 && civil.weekday >= 1 && civil.weekday <= 7);
    }
    if (size == sizeof(uint64_t)) {
        uint64_t filetime;
        memcpy(&filetime, data, sizeof filetime);
        ns = cord_timestamp_from_filetime(filetime);
        assert(cord_timestamp_format(ns, buffer).len < CORD_TIMESTAMP_TEXT);
    }
    return 0;
}
