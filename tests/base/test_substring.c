/* test_substring.c: a text inside others, whatever the case. */
#include "base/fold.h"
#include "base/substring.h"
#include "kit/kit.h"

#include <stdlib.h>

static struct cord_substring_hit find(const char *needle, cord_str text, size_t from)
{
    struct cord_substring_hit first = {SIZE_MAX, SIZE_MAX};
    for (int level = CORD_CPU_SCALAR; level < CORD_CPU_LEVELS; level++) {
        struct cord_substring substring;
        struct cord_substring_hit hit = {SIZE_MAX, SIZE_MAX};
        cord_substring_init(&substring, cord_str_from(needle),
                            cord_cpu_level_at_most((enum cord_cpu_level)level));
        if (!cord_substring_find(&substring, text, from, &hit)) {
            hit = (struct cord_substring_hit){SIZE_MAX, SIZE_MAX};
        }
        if (level == CORD_CPU_SCALAR) {
            first = hit;
        }
        CHECK_U64(hit.at, first.at);
        CHECK_U64(hit.end, first.end);
    }
    return first;
}

static void finds_either_case(void)
{
    cord_str text = CORD_STR("C:\\Windows\\System32\\CMD.exe /c WhoAmI @[`{");
    CHECK_U64(find("whoami", text, 0).at, 31);
    CHECK_U64(find("whoami", text, 0).end, 37);
    CHECK_U64(find("cmd", text, 0).at, 20);
    CHECK_U64(find("cmd", text, 21).at, SIZE_MAX);
    CHECK_U64(find("{", text, 0).at, 41);
    CHECK_U64(find("c", text, 1).at, 20);
    CHECK_U64(find("@[`{", text, 0).at, 38);
    CHECK_U64(find("`[", text, 0).at, SIZE_MAX);
    CHECK_U64(find("", text, 5).at, 5);
    CHECK_U64(find("a", CORD_STR(""), 0).at, SIZE_MAX);
}

static void finds_at_every_place_and_length(void)
{
    for (size_t len = 3; len < 200; len++) {
        /* At the end of an allocation: a byte read behind it is an error. */
        char *text = malloc(len);
        CHECK(text != NULL);
        for (size_t at = 0; at + 3 <= len; at++) {
            memset(text, 'x', len);
            memcpy(text + at, "aBx", 3);
            CHECK_U64(find("abx", (cord_str){text, len}, 0).at, at);
            CHECK_U64(find("abx", (cord_str){text, len}, at + 1).at, SIZE_MAX);
            CHECK_U64(find("abx", (cord_str){text, len - 1}, 0).at, at + 3 < len ? at : SIZE_MAX);
        }
        free(text);
    }
}

static void finds_letters_that_fold_across_the_border(void)
{
    CHECK_U64(find("task", CORD_STR("ta\xc5\xbf\xe2\x84\xaa!"), 0).at, 0);
    CHECK_U64(find("task", CORD_STR("ta\xc5\xbf\xe2\x84\xaa!"), 0).end, 7);
    CHECK_U64(find("task", CORD_STR("..TA\xc5\xbf\xe2\x84\xaa task"), 0).at, 2);
    CHECK_U64(find("task", CORD_STR("task TA\xc5\xbf\xe2\x84\xaa"), 0).at, 0);
    CHECK_U64(find("task", CORD_STR("ta\xc5sk ta\xe2\x84k"), 0).at, SIZE_MAX);
}

static void finds_what_is_not_ascii(void)
{
    CHECK_U64(find("\xc3\xa9"
                   "cole",
                   CORD_STR("l'\xc3\x89"
                            "COLE"),
                   0)
                  .at,
              2);
    CHECK_U64(find("x\xc3\xa5", CORD_STR("aX\xe2\x84\xab."), 0).at, 1);
    CHECK_U64(find("\xd0\xb6", CORD_STR("\xd0\xb7\xd0\x96"), 0).at, 2);
    /* Half a character is found as it would be in folded text. */
    CHECK_U64(find("\xb6", CORD_STR("\xd0\x96"), 0).at, 0);
    CHECK_U64(find("\x96", CORD_STR("\xd0\x96"), 0).at, SIZE_MAX);
    CHECK_U64(find("\x96", CORD_STR("a\x96"), 0).at, 1);
}

static void agrees_with_folding(void)
{
    static const char *const words[] = {
        "k",        "K",        "s",        "S",    "a",    "A",   "\xc5\xbf", "\xe2\x84\xaa",
        "\xc3\xa9", "\xc3\x89", "\xe2\x84", "\xc5", "\x84", "\xaa"};
    enum { WORDS = sizeof words / sizeof words[0] };
    uint32_t seed = 1;
    for (int round = 0; round < 40000; round++) {
        char text[400], needle[16], folded[700], sought[32];
        size_t lens[2] = {0, 0};
        for (int which = 0; which < 2; which++) {
            seed = seed * 1664525u + 1013904223u;
            size_t count = (seed >> 16) % (which == 0 ? 100 : 4) + (size_t)which;
            for (size_t i = 0; i < count; i++) {
                seed = seed * 1664525u + 1013904223u;
                const char *word = words[(seed >> 16) % (round % 2 ? WORDS : 8)];
                memcpy((which == 0 ? text : needle) + lens[which], word, strlen(word));
                lens[which] += strlen(word);
            }
        }
        size_t len = cord_fold_text((cord_str){text, lens[0]}, folded, sizeof folded);
        size_t sought_len = cord_fold_text((cord_str){needle, lens[1]}, sought, sizeof sought - 1);
        sought[sought_len] = '\0';
        struct cord_substring_hit hit = find(sought, (cord_str){text, lens[0]}, 0);
        const char *wanted = memmem(folded, len, sought, sought_len);
        CHECK((hit.at != SIZE_MAX) == (wanted != NULL));
        if (wanted) {
            /* The first character of the hit begins at the place or less than it before. */
            char again[700];
            size_t before = cord_fold_text((cord_str){text, hit.at}, again, sizeof again);
            CHECK((size_t)(wanted - folded) >= before && (size_t)(wanted - folded) < before + 4);
        }
    }
}

KIT_MAIN(KIT_TEST(finds_either_case), KIT_TEST(finds_at_every_place_and_length),
         KIT_TEST(finds_letters_that_fold_across_the_border), KIT_TEST(finds_what_is_not_ascii),
         KIT_TEST(agrees_with_folding))
