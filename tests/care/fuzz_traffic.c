/* A text of traffic is refused, or its plan keeps what traffic_plan.h says: in the order of time,
 * each line one line, and the same again from the same. */
#include "care/traffic_plan.h"

#include <assert.h>

static void check(const struct cord_traffic_plan *plan, const struct cord_traffic_plan *again)
{
    assert(cord_traffic_plan_count(plan) == cord_traffic_plan_count(again));
    for (size_t i = 0; i < cord_traffic_plan_count(plan); i++) {
        const struct cord_traffic_line *line = cord_traffic_plan_at(plan, i);
        const struct cord_traffic_line *same = cord_traffic_plan_at(again, i);
        assert(i == 0 || cord_traffic_plan_at(plan, i - 1)->at_ns <= line->at_ns);
        assert(line->at_ns == same->at_ns && cord_str_eq(line->text, same->text));
        assert(cord_str_find_char(line->text, '\n', 0) == SIZE_MAX);
    }
}

static bool is_small(const struct cord_traffic *traffic)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < cord_traffic_series_count(traffic); i++) {
        lines += cord_traffic_series(traffic, i)->times;
    }
    return lines < 5000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cord_traffic *traffic = NULL;
    struct cord_traffic_plan *plan = NULL;
    struct cord_traffic_plan *again = NULL;
    struct cord_error err;
    cord_str text = {(const char *)data, size};
    if (cord_traffic_read(text, &traffic, &err) == CORD_OK && is_small(traffic) &&
        cord_traffic_plan_new(traffic, 1, &plan, &err) == CORD_OK &&
        cord_traffic_plan_new(traffic, 1, &again, &err) == CORD_OK) {
        cord_traffic_plan_end(plan);
        cord_traffic_plan_end(again);
        check(plan, again);
    }
    cord_traffic_plan_free(again);
    cord_traffic_plan_free(plan);
    cord_traffic_free(traffic);
    return 0;
}
