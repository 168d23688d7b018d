/* test_rate.c: so many events a second, and not more. */
#include "ingest/rate.h"
#include "kit/kit.h"

#include <stdlib.h>

#define START_NS (1000 * CORD_SECOND_NS)

static void a_burst_passes_and_then_the_rate(void)
{
    struct cord_rate rate = {0};
    CHECK_I64(cord_rate_wait_ns(&rate, 100, START_NS), 0);
    for (int i = 0; i < 500; i++) { /* five seconds' worth */
        CHECK_I64(cord_rate_wait_ns(&rate, 100, START_NS), 0);
        cord_rate_charge(&rate, 100, 1, START_NS);
    }
    CHECK_I64(cord_rate_wait_ns(&rate, 100, START_NS), CORD_SECOND_NS / 100);
    CHECK_I64(cord_rate_wait_ns(&rate, 100, START_NS + CORD_SECOND_NS / 100), 0);
}

static void a_debt_is_paid_before_more_is_let_in(void)
{
    struct cord_rate rate = {0};
    cord_rate_charge(&rate, 10, 1000, START_NS); /* a hundred seconds, five of them given */
    CHECK_I64(cord_rate_wait_ns(&rate, 10, START_NS), 95 * CORD_SECOND_NS + CORD_SECOND_NS / 10);
    CHECK(cord_rate_wait_ns(&rate, 10, START_NS + 95 * CORD_SECOND_NS) > 0);
    CHECK_I64(cord_rate_wait_ns(&rate, 10, START_NS + 96 * CORD_SECOND_NS), 0);
}

static void without_a_bound_nobody_waits(void)
{
    struct cord_rate rate = {0};
    cord_rate_charge(&rate, 0, UINT64_MAX, START_NS);
    CHECK_I64(cord_rate_wait_ns(&rate, 0, START_NS), 0);
    CHECK_I64(cord_rate_wait_ns(&rate, 1, START_NS), 0);
}

static void no_number_shuts_a_source_out_for_long(void)
{
    struct cord_rate rate = {0};
    cord_rate_charge(&rate, 1, UINT64_MAX, START_NS);
    cord_rate_charge(&rate, 10000000, UINT64_MAX, START_NS);
    CHECK(cord_rate_wait_ns(&rate, 1, START_NS) <= 3600 * CORD_SECOND_NS);
    CHECK_I64(cord_rate_wait_ns(&rate, 1, START_NS + 3600 * CORD_SECOND_NS), 0);
}

/* Whatever the sizes and the pauses: let in is at most the burst, the rate, and what one
 * delivery is more than was there. */
static void over_time_the_rate_holds(void)
{
    uint64_t random = 7;
    for (uint32_t per_second = 1; per_second <= 1000000; per_second *= 10) {
        struct cord_rate rate = {0};
        int64_t now_ns = START_NS;
        uint64_t let_in = 0;
        uint64_t largest = per_second * 2U;
        while (now_ns < START_NS + 1000 * CORD_SECOND_NS) {
            random = random * 6364136223846793005ULL + 1442695040888963407ULL;
            int64_t wait_ns = cord_rate_wait_ns(&rate, per_second, now_ns);
            if (wait_ns == 0) {
                uint64_t events = (random >> 33) % largest + 1;
                cord_rate_charge(&rate, per_second, events, now_ns);
                let_in += events;
            }
            now_ns += wait_ns > 0 ? wait_ns : (int64_t)(random >> 40) % CORD_SECOND_NS / 100;
        }
        CHECK(let_in <= per_second * 1005ULL + largest + 1);
        CHECK(let_in >= per_second * 990ULL);
    }
}

KIT_MAIN(KIT_TEST(a_burst_passes_and_then_the_rate), KIT_TEST(a_debt_is_paid_before_more_is_let_in),
         KIT_TEST(without_a_bound_nobody_waits), KIT_TEST(no_number_shuts_a_source_out_for_long),
         KIT_TEST(over_time_the_rate_holds))
