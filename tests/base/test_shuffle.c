/* test_shuffle.c: numbers as names that tell no count. */
#include "kit/kit.h"

#include "base/shuffle.h"

static const unsigned char bytes[CORD_SHUFFLE_KEY_BYTES] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

static void each_number_has_another_and_comes_back(void)
{
    uint64_t key[CORD_SHUFFLE_KEY_WORDS];
    bool met[256] = {false};
    cord_shuffle_key(bytes, key);
    for (uint64_t number = 0; number < 256; number++) {
        uint64_t mixed = cord_shuffle_number(key, 4, number);
        CHECK(mixed < 256 && !met[mixed]);
        met[mixed] = true;
        CHECK_U64(cord_shuffle_undo(key, 4, mixed), number);
    }
    CHECK_U64(cord_shuffle_undo(key, 32, cord_shuffle_number(key, 32, UINT64_MAX)), UINT64_MAX);
}

static void characters_are_read_as_they_are_written(void)
{
    for (unsigned digit = 0; digit < CORD_SHUFFLE_WRONG; digit++) {
        CHECK_U64(cord_shuffle_digit(cord_shuffle_character(digit)), digit);
    }
    CHECK_U64(cord_shuffle_digit('o'), 0);
    CHECK_U64(cord_shuffle_digit('L'), 1);
    CHECK_U64(cord_shuffle_digit('U'), CORD_SHUFFLE_WRONG);
    CHECK_U64(cord_shuffle_digit('\0'), CORD_SHUFFLE_WRONG);
}

KIT_MAIN(KIT_TEST(each_number_has_another_and_comes_back),
         KIT_TEST(characters_are_read_as_they_are_written))
