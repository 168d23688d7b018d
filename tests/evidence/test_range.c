/* test_range.c: which rows are meant: both sides of each bound. */
#include "kit/kit.h"

#include "evidence/range.h"

static void times_are_from_inclusive_to_exclusive(void)
{
    const struct cord_range range = {.from_ns = 10, .to_ns = 20};
    CHECK(cord_range_has_times(&range, 10, 19));
    CHECK(!cord_range_has_times(&range, 9, 19) && !cord_range_has_times(&range, 10, 20));
    CHECK(cord_range_may_have_time(&range, 0, 10) && cord_range_may_have_time(&range, 19, 99));
    CHECK(!cord_range_may_have_time(&range, 0, 9) && !cord_range_may_have_time(&range, 20, 99));
}

static void no_bound_is_any_time(void)
{
    const struct cord_range any = {.from_ns = CORD_TIME_NONE, .to_ns = CORD_TIME_NONE};
    CHECK(cord_range_has_times(&any, INT64_MIN, INT64_MAX));
    CHECK(cord_range_may_have_time(&any, INT64_MAX, INT64_MAX));
}

static void origins_are_by_organisation_and_source(void)
{
    const struct cord_range any = {.from_ns = CORD_TIME_NONE, .to_ns = CORD_TIME_NONE};
    const struct cord_range both = {.from_ns = CORD_TIME_NONE,
                                    .to_ns = CORD_TIME_NONE,
                                    .organisation = CORD_STR("RJ1"),
                                    .source = CORD_STR("dc01")};
    struct cord_origin origin = {.organisation = CORD_STR("RJ1"), .source = CORD_STR("dc01")};
    CHECK(cord_range_has_origin(&any, &origin) && cord_range_has_origin(&both, &origin));
    origin.source = CORD_STR("dc0");
    CHECK(!cord_range_has_origin(&both, &origin));
    CHECK(cord_range_has_organisation(&both, CORD_STR("RJ1")));
    CHECK(!cord_range_has_organisation(&both, CORD_STR("RJ")));
}

KIT_MAIN(KIT_TEST(times_are_from_inclusive_to_exclusive), KIT_TEST(no_bound_is_any_time),
         KIT_TEST(origins_are_by_organisation_and_source))
