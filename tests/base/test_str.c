/* test_str.c: borrowed text. */
#include "kit/kit.h"

static void cuts_at_each_separator_and_ends(void)
{
    cord_str rest = CORD_STR("a,,b"), head;
    CHECK(cord_str_cut(&rest, ',', &head));
    CHECK_STR(head, "a");
    CHECK(cord_str_cut(&rest, ',', &head));
    CHECK_STR(head, "");
    CHECK(cord_str_cut(&rest, ',', &head));
    CHECK_STR(head, "b");
    CHECK(!cord_str_cut(&rest, ',', &head));
}

static void reads_numbers_up_to_their_limit(void)
{
    uint64_t u = 7;
    int64_t i = 7;
    CHECK(cord_str_u64(CORD_STR("18446744073709551615"), &u) && u == UINT64_MAX);
    CHECK(!cord_str_u64(CORD_STR("18446744073709551616"), &u));
    CHECK(!cord_str_u64(CORD_STR(""), &u) && !cord_str_u64(CORD_STR("-1"), &u));
    CHECK(cord_str_i64(CORD_STR("-9223372036854775808"), &i) && i == INT64_MIN);
    CHECK(!cord_str_i64(CORD_STR("9223372036854775808"), &i));
    CHECK(!cord_str_i64(CORD_STR("-"), &i));
}

static void folds_only_ascii_letters(void)
{
    CHECK(cord_str_eq_fold(CORD_STR("CMD.exe"), CORD_STR("cmd.EXE")));
    CHECK(!cord_str_eq_fold(CORD_STR("@"), CORD_STR("`")));
    CHECK(!cord_str_starts_fold(CORD_STR("cm"), CORD_STR("cmd")));
}

static void finds_from_where_it_is_told(void)
{
    cord_str text = CORD_STR("abcabc");
    CHECK_U64(cord_str_find(text, CORD_STR("bc"), 0), 1);
    CHECK_U64(cord_str_find(text, CORD_STR("bc"), 2), 4);
    CHECK_U64(cord_str_find(text, CORD_STR("bc"), 5), SIZE_MAX);
    CHECK_U64(cord_str_find(text, CORD_STR(""), 6), 6);
    CHECK_U64(cord_str_find(text, CORD_STR(""), 7), SIZE_MAX);
}

KIT_MAIN(KIT_TEST(cuts_at_each_separator_and_ends), KIT_TEST(reads_numbers_up_to_their_limit),
         KIT_TEST(folds_only_ascii_letters), KIT_TEST(finds_from_where_it_is_told))
