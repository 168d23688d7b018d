/* test_attempts.c: failures are counted by network and forgotten in time. */
#include "ingest/attempts.h"

#include "kit/kit.h"

#define SECOND ((int64_t)1000000000)

static struct cord_attempts *make(uint32_t addresses_max)
{
    struct cord_attempts *attempts = cord_attempts_new(&(struct cord_attempts_options){
        .addresses_max = addresses_max, .failures_max = 2, .interval_ns = 60 * SECOND, .seed = 7});
    CHECK(attempts != NULL);
    return attempts;
}

static void bounds_failures_of_an_interval(void)
{
    static const unsigned char address[16] = {[10] = 0xff, [11] = 0xff, [12] = 192, [15] = 1};
    static const unsigned char other[16] = {[10] = 0xff, [11] = 0xff, [12] = 192, [15] = 2};
    struct cord_attempts *attempts = make(64);
    CHECK(cord_attempts_fail(attempts, address, 100 * SECOND) == 0);
    CHECK(cord_attempts_fail(attempts, address, 110 * SECOND) == 0);
    CHECK(cord_attempts_fail(attempts, address, 120 * SECOND) == 40 * SECOND);
    CHECK(cord_attempts_fail(attempts, other, 120 * SECOND) == 0);
    CHECK(cord_attempts_fail(attempts, address, 160 * SECOND) == 0);
    cord_attempts_free(attempts);
}

static void counts_ipv6_by_network(void)
{
    unsigned char address[16] = {0x20, 0x01, 0x0d, 0xb8};
    struct cord_attempts *attempts = make(64);
    for (unsigned char at = 0; at < 2; at++) {
        address[15] = at;
        CHECK(cord_attempts_fail(attempts, address, 1) == 0);
    }
    address[8] = 9;
    CHECK(cord_attempts_fail(attempts, address, 1) > 0);
    address[7] = 9;
    CHECK(cord_attempts_fail(attempts, address, 1) == 0);
    cord_attempts_free(attempts);
}

static void forgets_the_oldest(void)
{
    struct cord_attempts *attempts = make(1);
    unsigned char address[16] = {0};
    for (unsigned at = 0; at < 1000; at++) {
        address[0] = (unsigned char)(at >> 8);
        address[1] = (unsigned char)at;
        CHECK(cord_attempts_fail(attempts, address, at) == 0);
    }
    cord_attempts_free(attempts);
    cord_attempts_free(NULL);
}

KIT_MAIN(KIT_TEST(bounds_failures_of_an_interval), KIT_TEST(counts_ipv6_by_network),
         KIT_TEST(forgets_the_oldest))
