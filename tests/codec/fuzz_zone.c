/* fuzz_zone.c: whatever a file says, times stay near, and come out the same twice. */
#include "codec/zone.h"
#include "codec/zone_rule.h"

#include "base/timestamp.h"

#include <assert.h>
#include <stddef.h>

#define FAR_NS (27 * 3600 * CORD_SECOND_NS)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cord_str bytes = {(const char *)data, size};
    struct cord_zone *zone = NULL;
    struct cord_zone_rule rule;
    if (cord_zone_read(bytes, &zone, NULL) == CORD_OK) {
        for (int64_t year = -200; year < 290; year++) {
            int64_t local_ns = year * 365 * 86400 * CORD_SECOND_NS + year;
            int64_t utc_ns = cord_zone_utc(zone, local_ns);
            assert(utc_ns - local_ns <= FAR_NS && local_ns - utc_ns <= FAR_NS);
        }
        assert(cord_zone_utc(zone, INT64_MIN) <= INT64_MIN + FAR_NS);
        assert(cord_zone_utc(zone, INT64_MAX) >= INT64_MAX - FAR_NS);
        cord_zone_free(zone);
    }
    if (cord_zone_rule_read(bytes, &rule)) {
        for (int64_t at = -9000000000; at < 9000000000; at += 7654321) {
            int32_t offset_s = cord_zone_rule_offset(&rule, at);
            assert(offset_s == rule.standard_s || offset_s == rule.summer_s);
        }
    }
    if (cord_zone_fixed(bytes, &zone) == CORD_OK) {
        assert(cord_zone_utc(zone, 0) / CORD_SECOND_NS % 60 == 0);
        cord_zone_free(zone);
    }
    return 0;
}
