/* test_lockout.c: waits grow, end, and are forgotten. */
#include "kit/kit.h"

#include "base/timestamp.h"
#include "record/lockout.h"

#define S CORD_SECOND_NS

static const struct cord_lockout_rule rule = {3, 10 * S, 60 * S, 1000 * S};

static void the_first_are_free_then_each_doubles(void)
{
    struct cord_lockout lockout = {.until_ns = CORD_TIME_NONE};
    const int64_t waits_s[] = {0, 0, 10, 20, 40, 60, 60};
    int64_t now_ns = 100 * S;
    for (size_t i = 0; i < sizeof waits_s / sizeof waits_s[0]; i++) {
        CHECK(cord_lockout_wait_ns(&rule, &lockout, now_ns) == 0);
        cord_lockout_charge(&rule, &lockout, now_ns);
        CHECK_I64(cord_lockout_wait_ns(&rule, &lockout, now_ns), waits_s[i] * S);
        now_ns += waits_s[i] * S;
        if (waits_s[i] > 0) {
            CHECK_I64(cord_lockout_wait_ns(&rule, &lockout, now_ns - 1), 1);
        }
    }
}

static void is_forgotten_after_a_while(void)
{
    struct cord_lockout lockout = {.failures = 7, .last_ns = 100 * S, .until_ns = 160 * S};
    cord_lockout_charge(&rule, &lockout, 1099 * S);
    CHECK(lockout.failures == 8);
    cord_lockout_charge(&rule, &lockout, 2099 * S);
    CHECK(lockout.failures == 1 && lockout.until_ns == CORD_TIME_NONE);
}

static void a_clock_set_back_makes_no_wait_longer(void)
{
    const struct cord_lockout lockout = {.failures = 7, .last_ns = 1000 * S, .until_ns = 1060 * S};
    CHECK(cord_lockout_wait_ns(&rule, &lockout, 10 * S) == 60 * S);
    struct cord_lockout later = lockout;
    cord_lockout_charge(&rule, &later, 10 * S);
    CHECK(later.failures == 8 && later.until_ns == 70 * S);
}

static void what_was_not_wrong_is_given_back(void)
{
    struct cord_lockout lockout = {.until_ns = CORD_TIME_NONE};
    cord_lockout_refund(&lockout);
    CHECK(lockout.failures == 0);
    for (int i = 0; i < 3; i++) {
        cord_lockout_charge(&rule, &lockout, 5 * S);
    }
    cord_lockout_refund(&lockout);
    CHECK(lockout.failures == 2 && cord_lockout_wait_ns(&rule, &lockout, 5 * S) == 0);
}

static void the_usual_ones_stay_within_their_bounds(void)
{
    const struct cord_lockout_rule rules[] = {cord_lockout_of_account(), cord_lockout_of_address()};
    for (size_t i = 0; i < 2; i++) {
        struct cord_lockout lockout = {.failures = UINT32_MAX - 1, .until_ns = CORD_TIME_NONE};
        for (int n = 0; n < 3; n++) {
            cord_lockout_charge(&rules[i], &lockout, 5 * S);
            CHECK(cord_lockout_wait_ns(&rules[i], &lockout, 5 * S) == rules[i].most_wait_ns);
        }
    }
}

KIT_MAIN(KIT_TEST(the_first_are_free_then_each_doubles), KIT_TEST(is_forgotten_after_a_while),
         KIT_TEST(a_clock_set_back_makes_no_wait_longer),
         KIT_TEST(what_was_not_wrong_is_given_back),
         KIT_TEST(the_usual_ones_stay_within_their_bounds))
