/* test_regex.c: expressions are answered right, or not at all, in bounded time. */
#include "base/regex.h"

#include <stdlib.h>

#include "kit/kit.h"

static enum cord_regex_result search(const char *expression, unsigned flags, cord_str text)
{
    struct cord_error err;
    struct cord_regex *regex = NULL;
    struct cord_regex_scratch *scratch = cord_regex_scratch_new();
    CHECK(scratch);
    CHECK(cord_regex_compile(cord_str_from(expression), flags, &regex, &err) == CORD_OK);
    enum cord_regex_result result = cord_regex_search(regex, scratch, text);
    /* What was spent on one text is not missing for the next. */
    CHECK(cord_regex_search(regex, scratch, text) == result);
    cord_regex_free(regex);
    cord_regex_scratch_free(scratch);
    return result;
}

static void finds_what_is_there(void)
{
    static const struct {
        const char *expression;
        const char *text;
        enum cord_regex_result result;
    } rows[] = {
        {"\\s[a-f0-9]{8}\\s", "to deadbeef !", CORD_REGEX_YES},
        {"\\s[a-f0-9]{8}\\s", "to deadbee !", CORD_REGEX_NO},
        {"-k\\s\\w{1,64}(?:\\s?(?:-p|-s))?$", "svchost -k netsvcs -p", CORD_REGEX_YES},
        {"[]a*]x", "b*x", CORD_REGEX_YES},
        {"[^]]{3}", "]]ab]", CORD_REGEX_NO},
        {"(ab){2,3}c", "zababc", CORD_REGEX_YES},
        {"(a)\\1", "aba", CORD_REGEX_NO},
        {"(a)\\1", "abaa", CORD_REGEX_YES},
        {"a{,3}b", "a{,3}b", CORD_REGEX_YES},
        {"cmd.+/c.+whoami", "cmd.exe /c whoami", CORD_REGEX_YES},
        {"x?", "", CORD_REGEX_YES},
        {"\xc3\xa9+", "caf\xc3\xa9", CORD_REGEX_YES},
        {"caf.$", "caf\xc3\xa9", CORD_REGEX_YES},
        {"^.{3}$", "\xc3\xa9\xc3\xa9\xc3\xa9", CORD_REGEX_YES},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK(search(rows[i].expression, 0, cord_str_from(rows[i].text)) == rows[i].result);
    }
    CHECK(search("POWER[a-z]{5}", CORD_REGEX_CASELESS, CORD_STR("powershell")) == CORD_REGEX_YES);
}

/* Each run of letters alone stays below PCRE2's own limit. */
static void many_small_bombs_are_one(void)
{
    enum { RUN = 15, BYTES = 64000 };
    char *text = malloc(BYTES);
    CHECK(text);
    for (size_t at = 0; at < BYTES; at++) {
        text[at] = at % (RUN + 1) == RUN ? 'b' : 'a';
    }
    static const char *const bombs[] = {"(a+)+$", "(a|a)+$", "a{1,9}a{1,9}a{1,9}b[0-9]",
                                        "a.*b[0-9]", "a*b*a*b*a*[0-9]$"};
    for (size_t i = 0; i < sizeof bombs / sizeof *bombs; i++) {
        CHECK(search(bombs[i], 0, (cord_str){text, BYTES}) == CORD_REGEX_GAVE_UP);
    }
    free(text);
}

static void long_texts_are_no_reason_to_give_up(void)
{
    enum { BYTES = 64000 };
    char *text = malloc(BYTES);
    CHECK(text);
    for (size_t at = 0; at < BYTES; at++) {
        text[at] = "some words and 12 numbers, "[at % 27];
    }
    cord_str whole = {text, BYTES};
    CHECK(search("\\d+\\s+[a-z]+,\\s+[A-Z]", 0, whole) == CORD_REGEX_NO);
    CHECK(search("[a-z]{1,20}\\s\\d{1,4}\\s[A-Z]", 0, whole) == CORD_REGEX_NO);
    CHECK(search("(?:and|or) [0-9]{3}", 0, whole) == CORD_REGEX_NO);
    memcpy(text + BYTES - 8, "and 123!", 8);
    CHECK(search("(?:and|or) [0-9]{3}", 0, whole) == CORD_REGEX_YES);
    CHECK(search("[0-9]+!$", 0, whole) == CORD_REGEX_YES);
    free(text);
}

static void says_what_is_wrong(void)
{
    struct cord_error err;
    struct cord_regex *regex = NULL;
    CHECK(cord_regex_compile(CORD_STR("a(b"), 0, &regex, &err) == CORD_E_FORMAT);
    CHECK(cord_regex_compile(CORD_STR("[z-a]"), 0, &regex, &err) == CORD_E_FORMAT);
    CHECK(!regex);
}

KIT_MAIN(KIT_TEST(finds_what_is_there), KIT_TEST(many_small_bombs_are_one),
         KIT_TEST(long_texts_are_no_reason_to_give_up), KIT_TEST(says_what_is_wrong))
