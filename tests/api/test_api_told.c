/* test_api_told.c: what is told once in a quarter of an hour, and what is told each time. */
#include "api/api_told.h"
#include "base/timestamp.h"
#include "kit/kit.h"

#define START (1494576000 * CORD_SECOND_NS)

static struct cord_digest digest(const char *text)
{
    struct cord_digest made;
    CHECK(cord_digest_of(cord_str_from(text), &made) == CORD_OK);
    return made;
}

static void the_same_is_told_once_in_a_quarter_of_an_hour(void)
{
    struct cord_api_told *told = cord_api_told_new();
    const struct cord_digest one = digest("one"), other = digest("other");
    const int64_t quarter_ns = CORD_API_TOLD_S * CORD_SECOND_NS;
    CHECK(told != NULL);
    CHECK(!cord_api_told_lately(told, &one, START));
    cord_api_told_put(told, &one, START);
    CHECK(cord_api_told_lately(told, &one, START));
    CHECK(cord_api_told_lately(told, &one, START + quarter_ns - 1));
    CHECK(!cord_api_told_lately(told, &one, START + quarter_ns));
    CHECK(!cord_api_told_lately(told, &one, START - 1)); /* the clock was set back */
    CHECK(!cord_api_told_lately(told, &other, START));
    cord_api_told_free(told);
}

static void what_makes_room_is_told_again(void)
{
    struct cord_api_told *told = cord_api_told_new();
    struct cord_digest one = digest("one"), same_place = one;
    CHECK(told != NULL);
    same_place.bytes[CORD_DIGEST_BYTES - 1] ^= 1;
    cord_api_told_put(told, &one, START);
    CHECK(!cord_api_told_lately(told, &same_place, START));
    cord_api_told_put(told, &same_place, START);
    CHECK(!cord_api_told_lately(told, &one, START));
    CHECK(cord_api_told_lately(told, &same_place, START));
    cord_api_told_free(told);
}

KIT_MAIN(KIT_TEST(the_same_is_told_once_in_a_quarter_of_an_hour),
         KIT_TEST(what_makes_room_is_told_again))
