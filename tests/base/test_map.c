/* test_map.c: text to a number. */
#include "base/map.h"
#include "kit/kit.h"

#include <stdio.h>

enum { KEYS = 5000 };

static cord_str key_of(size_t i)
{
    static char texts[KEYS][8];
    (void)snprintf(texts[i], sizeof texts[i], "k%zu", i);
    return cord_str_from(texts[i]);
}

static void keeps_what_it_is_given(void)
{
    for (uint64_t seed = 0; seed < 3; seed++) {
        struct cord_map map;
        cord_map_init(&map, seed);
        CHECK(cord_map_get(&map, CORD_STR("k1")) == CORD_MAP_NONE);
        for (uint32_t i = 0; i < KEYS; i++) {
            CHECK(cord_map_put(&map, key_of(i), i) == CORD_OK);
        }
        CHECK_U64(map.count, KEYS);
        CHECK(map.count <= map.slot_count / 4 * 3);
        for (uint32_t i = 0; i < KEYS; i++) {
            CHECK_U64(cord_map_get(&map, key_of(i)), i);
        }
        CHECK(cord_map_get(&map, CORD_STR("k")) == CORD_MAP_NONE);
        CHECK(cord_map_get(&map, CORD_STR("k5000")) == CORD_MAP_NONE);
        cord_map_done(&map);
    }
}

static void the_empty_key_and_any_byte_are_keys(void)
{
    struct cord_map map;
    cord_map_init(&map, 1);
    CHECK(cord_map_get(&map, CORD_STR("")) == CORD_MAP_NONE);
    CHECK(cord_map_put(&map, (cord_str){0}, 1) == CORD_OK);
    CHECK(cord_map_put(&map, CORD_STR("a\0b"), 2) == CORD_OK);
    CHECK(cord_map_get(&map, CORD_STR("")) == 1);
    CHECK(cord_map_get(&map, CORD_STR("a\0b")) == 2);
    CHECK(cord_map_get(&map, CORD_STR("a")) == CORD_MAP_NONE);
    CHECK(cord_map_put(&map, CORD_STR(""), 0) == CORD_OK);
    CHECK(cord_map_get(&map, CORD_STR("")) == 0 && map.count == 2);
    cord_map_done(&map);
    cord_map_done(&map);
    cord_map_done(NULL);
}

static void a_failed_growth_changes_nothing(void)
{
    for (size_t nth = 1;; nth++) {
        struct cord_map map;
        cord_map_init(&map, 1);
        cord_status status = CORD_OK;
        uint32_t put = 0;
        kit_fail_allocation(nth);
        while (put < 100 && status == CORD_OK) {
            status = cord_map_put(&map, key_of(put), put);
            put += status == CORD_OK;
        }
        bool failed_one = kit_fail_allocation_off();
        CHECK(status == (failed_one ? CORD_E_NOMEM : CORD_OK) && map.count == put);
        for (uint32_t i = 0; i < put; i++) {
            CHECK_U64(cord_map_get(&map, key_of(i)), i);
        }
        CHECK(cord_map_put(&map, key_of(put), put) == CORD_OK);
        cord_map_done(&map);
        if (!failed_one) {
            break;
        }
    }
}

KIT_MAIN(KIT_TEST(keeps_what_it_is_given), KIT_TEST(the_empty_key_and_any_byte_are_keys),
         KIT_TEST(a_failed_growth_changes_nothing))
