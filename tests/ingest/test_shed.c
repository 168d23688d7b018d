/* test_shed.c: repeats and firsts. */
#include "ingest/shed.h"
#include "kit/kit.h"

#include <stdio.h>

#define SECOND_NS 1000000000LL

static void check_blank(const char *message, const char *wanted)
{
    char into[256];
    size_t len = cord_shed_blank(cord_str_from(message), into, sizeof into);
    CHECK_STR_EQ(((cord_str){into, len}), cord_str_from(wanted));
}

static void numbers_do_not_tell_messages_apart(void)
{
    check_blank("Failed password for root from 10.1.2.3 port 22",
                "Failed password for root from #.#.#.# port #");
    check_blank("id 7f3a9c41-00be deadbeef cafe0 0x1F", "id #-# deadbeef # #x#");
    check_blank("", "");
    check_blank("abcdef", "abcdef");
    check_blank("<13>Nov 22 08:00:01 fe1 a: ab12cd", "<#>Nov # #:#:# # a: #");
}

static void a_long_message_has_a_shape_of_bounded_length(void)
{
    char text[4096];
    char into[64];
    memset(text, 'x', sizeof text);
    CHECK_U64(cord_shed_blank((cord_str){text, sizeof text}, into, sizeof into), 64);
    memset(text, '7', sizeof text);
    CHECK_U64(cord_shed_blank((cord_str){text, sizeof text}, into, sizeof into), 1);
    struct cord_shed *shed = cord_shed_new(64, 7);
    memset(text, 'x', sizeof text);
    uint64_t shape = cord_shed_shape(shed, 1, (cord_str){text, 4000});
    CHECK(shape == cord_shed_shape(shed, 1, (cord_str){text, 4096}));
    cord_shed_free(shed);
}

static void the_like_of_what_was_kept_a_moment_before_is_a_repeat(void)
{
    struct cord_shed *shed = cord_shed_new(1024, 42);
    uint64_t one = cord_shed_shape(shed, 1, CORD_STR("drop 1.2.3.4"));
    CHECK(one == cord_shed_shape(shed, 1, CORD_STR("drop 5.6.77.8")));
    CHECK(one != cord_shed_shape(shed, 2, CORD_STR("drop 1.2.3.4")));
    CHECK(one != cord_shed_shape(shed, 1, CORD_STR("pass 1.2.3.4")));
    CHECK(!cord_shed_is_repeat(shed, one, 100 * SECOND_NS));
    cord_shed_note(shed, one, 100 * SECOND_NS);
    CHECK(cord_shed_is_repeat(shed, one, 159 * SECOND_NS));
    CHECK(!cord_shed_is_repeat(shed, one, 160 * SECOND_NS));
    cord_shed_note(shed, one, 160 * SECOND_NS);
    CHECK(cord_shed_is_repeat(shed, one, 161 * SECOND_NS));
    cord_shed_free(shed);
}

static uint64_t asset(const struct cord_shed *shed, unsigned char last, const char *message)
{
    const unsigned char address[16] = {[15] = last};
    return cord_shed_asset(shed, CORD_STR("fw"), address, cord_str_from(message));
}

static void an_asset_is_the_host_that_is_named_and_where_it_came_from(void)
{
    static const char *const same[] = {
        "<13>Nov 22 08:00:01 ward-17 a: x", "<134>Nov  2 18:10:01 ward-17 b: y",
        "<13>1 2026-11-22T08:00:01Z ward-17 a - - - x", "<13>2026-11-22T08:00:01Z ward-17 x",
        "Nov 22 08:00:01 ward-17 a: x"};
    struct cord_shed *shed = cord_shed_new(64, 7);
    uint64_t first = asset(shed, 1, same[0]);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        CHECK(asset(shed, 1, same[i]) == first);
        CHECK(asset(shed, 2, same[i]) != first);
    }
    CHECK(asset(shed, 1, "<13>Nov 22 08:00:01 ward-18 a: x") != first);
    CHECK(asset(shed, 1, "") == asset(shed, 1, "<13>"));
    CHECK(asset(shed, 1, "<13>Nov") == asset(shed, 1, "<13"));
    cord_shed_free(shed);
}

static void the_oldest_shapes_are_forgotten_first(void)
{
    struct cord_shed *shed = cord_shed_new(8, 1); /* one bucket */
    for (uint64_t shape = 1; shape <= 9; shape++) {
        cord_shed_note(shed, shape, (int64_t)shape);
    }
    CHECK(!cord_shed_is_repeat(shed, 1, 10));
    for (uint64_t shape = 2; shape <= 9; shape++) {
        CHECK(cord_shed_is_repeat(shed, shape, 10));
    }
    cord_shed_free(shed);
}

KIT_MAIN(KIT_TEST(numbers_do_not_tell_messages_apart),
         KIT_TEST(a_long_message_has_a_shape_of_bounded_length),
         KIT_TEST(the_like_of_what_was_kept_a_moment_before_is_a_repeat),
         KIT_TEST(an_asset_is_the_host_that_is_named_and_where_it_came_from),
         KIT_TEST(the_oldest_shapes_are_forgotten_first))
