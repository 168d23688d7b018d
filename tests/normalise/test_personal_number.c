/* test_personal_number.c: numbers that are one person's. */
#include "normalise/personal_number.h"

#include "kit/kit.h"

static bool found(const char *text, struct cord_personal_number *ret_number)
{
    return cord_personal_number_find(cord_str_from(text), 0, ret_number);
}

static bool is_found(const char *text)
{
    struct cord_personal_number number;
    return found(text, &number);
}

static void finds_nhs_numbers(void)
{
    struct cord_personal_number number;
    CHECK(found("patient 9434765919 seen", &number));
    CHECK_U64(number.at, 8);
    CHECK_U64(number.len, 10);
    CHECK_STR(((cord_str){number.normal, number.normal_len}), "9434765919");
    CHECK(found("943 476 5919", &number));
    CHECK_STR(((cord_str){number.normal, number.normal_len}), "9434765919");
    CHECK(is_found("943-476-5919"));
    CHECK(is_found("943\xc2\xa0"
                   "476\xc2\xa0"
                   "5919."));
    CHECK(is_found("/9434765919/"));
    CHECK(is_found("id%7C9434765919"));
    CHECK(is_found("9434765919.0"));
}

static void leaves_other_numbers(void)
{
    CHECK(!is_found("9434765918"));
    CHECK(!is_found("x9434765919"));
    CHECK(!is_found("94347659190"));
    CHECK(!is_found("943476591"));
    CHECK(!is_found("943-4765919"));
    CHECK(!is_found("943  476 5919"));
    CHECK(!is_found("2020-03-19 12"));
    CHECK(!is_found(""));
}

static void finds_nir(void)
{
    struct cord_personal_number number;
    CHECK(found("1 85 05 78 006 084 91", &number));
    CHECK_STR(((cord_str){number.normal, number.normal_len}), "1850578006084");
    CHECK(is_found("185057800608491"));
    CHECK(!is_found("185057800608492"));
    CHECK(is_found("2550814168025")); /* its key left out */
    CHECK(is_found("1 85 05 2a 006 084 35"));
    CHECK(is_found("185052A00608435"));
    CHECK(!is_found("185052A00608436"));
    CHECK(!is_found("185052B00608435"));
    CHECK(!is_found("1850578x06084"));
}

KIT_MAIN(KIT_TEST(finds_nhs_numbers), KIT_TEST(leaves_other_numbers), KIT_TEST(finds_nir))
