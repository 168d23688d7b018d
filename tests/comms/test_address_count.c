#include "comms/address_count.h"
#include "kit/kit.h"

static void address_of(uint32_t number, unsigned char ret_address[16])
{
    memset(ret_address, 0, 10);
    memset(ret_address + 10, 0xff, 2);
    memcpy(ret_address + 12, &number, 4);
}

static void keeps_to_the_bound(void)
{
    struct cord_address_count *counts = cord_address_count_new(1);
    unsigned char address[16];
    unsigned char other[16];
    CHECK(counts);
    address_of(1, address);
    address_of(2, other);
    CHECK(cord_address_count_add(counts, address, 2) == CORD_OK);
    CHECK(cord_address_count_add(counts, address, 2) == CORD_OK);
    CHECK(cord_address_count_add(counts, address, 2) == CORD_E_LIMIT);
    CHECK(cord_address_count_add(counts, other, 2) == CORD_OK);
    CHECK(cord_address_count_addresses(counts) == 2);
    cord_address_count_remove(counts, address);
    CHECK(cord_address_count_add(counts, address, 2) == CORD_OK);
    cord_address_count_remove(counts, other);
    CHECK(cord_address_count_addresses(counts) == 1);
    cord_address_count_free(counts);
    cord_address_count_free(NULL);
}

static void takes_a_network_of_ipv6_for_one(void)
{
    struct cord_address_count *counts = cord_address_count_new(1);
    unsigned char address[16] = {0x20, 0x01, 0x0d, 0xb8};
    CHECK(counts);
    CHECK(cord_address_count_add(counts, address, 1) == CORD_OK);
    address[15] = 9;
    CHECK(cord_address_count_add(counts, address, 1) == CORD_E_LIMIT);
    address[7] = 1;
    CHECK(cord_address_count_add(counts, address, 1) == CORD_OK);
    cord_address_count_free(counts);
}

static void agrees_with_an_array_at_random(void)
{
    enum { ADDRESSES = 600, STEPS = 200000, MAX = 3 };
    struct cord_address_count *counts = cord_address_count_new(99);
    uint32_t model[ADDRESSES] = {0};
    uint32_t seed = 11;
    size_t used = 0;
    CHECK(counts);
    for (size_t step = 0; step < STEPS; step++) {
        seed = seed * 1664525 + 1013904223;
        size_t which = (seed >> 8) % ADDRESSES;
        unsigned char address[16];
        address_of((uint32_t)which * 7919, address);
        /* Waves: the table fills, and is emptied. */
        bool adds = (seed >> 24) % 100 < (step / 20000 % 2 ? 30 : 70);
        if (adds) {
            cord_status status = cord_address_count_add(counts, address, MAX);
            CHECK(status == (model[which] < MAX ? CORD_OK : CORD_E_LIMIT));
            used += status == CORD_OK && model[which] == 0 ? 1 : 0;
            model[which] += status == CORD_OK ? 1 : 0;
        } else if (model[which] > 0) {
            cord_address_count_remove(counts, address);
            used -= --model[which] == 0 ? 1 : 0;
        }
        CHECK(cord_address_count_addresses(counts) == used);
    }
    cord_address_count_free(counts);
}

static void says_when_memory_is_out(void)
{
    for (size_t nth = 1;; nth++) {
        kit_fail_allocation(nth);
        struct cord_address_count *counts = cord_address_count_new(5);
        cord_status status = counts ? CORD_OK : CORD_E_NOMEM;
        uint32_t in = 0;
        while (status == CORD_OK && in < 100) {
            unsigned char address[16];
            address_of(in, address);
            status = cord_address_count_add(counts, address, 1);
            in += status == CORD_OK ? 1 : 0;
        }
        bool failed = kit_fail_allocation_off();
        CHECK(status == (failed ? CORD_E_NOMEM : CORD_OK));
        CHECK(!counts || cord_address_count_addresses(counts) == in);
        cord_address_count_free(counts);
        if (!failed) {
            break;
        }
    }
}

KIT_MAIN(KIT_TEST(keeps_to_the_bound), KIT_TEST(takes_a_network_of_ipv6_for_one),
         KIT_TEST(agrees_with_an_array_at_random), KIT_TEST(says_when_memory_is_out))
