/* What follows from a person's value, and where it is found. */
#include "kit/kit.h"

#include "evidence/block_names.h"

#include <stdio.h>
#include <stdlib.h>

static void add(struct cord_block_names *names, const char *value)
{
    enum cord_block_names_kind kind;
    CHECK(cord_block_names_add(names, cord_str_from(value), &kind) == CORD_OK);
}

/* The text with each stretch that is found in angle brackets. */
static char *marked(const struct cord_block_names *names, cord_str text, char *buffer, size_t room)
{
    struct cord_block_names_hit hit;
    size_t len = 0;
    size_t at = 0;
    while (cord_block_names_next(names, text, at, &hit)) {
        CHECK(hit.at >= at && hit.end > hit.at && hit.end <= text.len);
        len += (size_t)snprintf(buffer + len, room - len, "%.*s<%.*s>", (int)(hit.at - at),
                                text.ptr + at, (int)(hit.end - hit.at), text.ptr + hit.at);
        at = hit.end;
    }
    (void)snprintf(buffer + len, room - len, "%.*s", (int)(text.len - at), text.ptr + at);
    return buffer;
}

static const struct {
    const char *value;
    const char *text;
    const char *wanted;
} cases[] = {
    {"WARD\\a.fleming", "C:\\Users\\A.Fleming\\x", "C:\\Users\\<A.Fleming>\\x"},
    {"WARD\\a.fleming", "a.fleming a.flemings xa.fleming a.fleming.",
     "<a.fleming> a.flemings "
     "xa.fleming <a.fleming>."},
    {"WARD\\\\a.fleming", "\\\\srv\\a.fleming$", "\\\\srv\\<a.fleming>$"},
    {"edith@nhs.example", "mail of EDITH, edith@nhs.example",
     "mail of <EDITH>, "
     "<edith>@nhs.example"},
    {"CN=Edith Cavell,OU=Nurses", "by edith cavell, nurse", "by <edith cavell>, nurse"},
    {"arn:aws:iam::123456789012:user/edith", "user/edith", "user/<edith>"},
    {"edith", "\\tedith\\nedith \\u0022edith", "\\t<edith>\\n<edith> \\u0022<edith>"},
    {"edith", "edith_1 edith-2 edith1", "<edith>_1 <edith>-2 edith1"},
    {"al", "al did it", "al did it"},
    {"WARD\\al", "ward\\al did it, al", "<ward\\al> did it, al"},
    {"10.1.2.3", "from 10.1.2.3:80 to 10.1.2.30, 110.1.2.3",
     "from <10.1.2.3>:80 to 10.1.2.30, "
     "110.1.2.3"},
    {"9434765919", "NHS 9434765919", "NHS <9434765919>"},
    {"500", "500 times", "500 times"},
    {"S-1-5-21-1-2-3-1104", "s-1-5-21-1-2-3-1104", "<s-1-5-21-1-2-3-1104>"},
    {"S-1-5-18", "S-1-5-18", "S-1-5-18"},
    {"NT AUTHORITY\\SYSTEM", "HKLM\\SYSTEM", "HKLM\\SYSTEM"},
    {"WARD\\WARD7$", "WARD7 WARD7$", "WARD7 WARD7$"},
    {"Window Manager\\DWM-1", "DWM-1", "DWM-1"},
    {"Administrator", "C:\\Users\\Administrator\\x", "C:\\Users\\Administrator\\x"},
    {"M\xc3\xbcller", "m\xc3\xbcller M\\u00FCller m\xc3\xbcllers",
     "<m\xc3\xbcller> "
     "<M\\u00FCller> "
     "m\xc3\xbcllers"},
    {"M\\u00fcller", "m\xc3\xbcller", "<m\xc3\xbcller>"},
    {"nobody here", "/home/edith/x C:\\\\Users\\\\Public\\\\x",
     "/home/<edith>/x "
     "C:\\\\Users\\\\Public\\\\x"},
};

static void finds_what_a_value_names(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cord_block_names names;
        char buffer[256];
        CHECK(cord_block_names_init(&names, 7) == CORD_OK);
        add(&names, cases[i].value);
        assert_string_equal(marked(&names, cord_str_from(cases[i].text), buffer, sizeof buffer),
                            cases[i].wanted);
        cord_block_names_done(&names);
    }
}

static void knows_who_is_nobody_whatever_stands_around(void)
{
    static const char *const nobodies[] = {"Users",  "WARD\\Users.", "guest-",   ".root",
                                           "DWM-1.", "WARD7$",       "-S-1-5-18"};
    struct cord_block_names names;
    enum cord_block_names_kind kind;
    CHECK(cord_block_names_init(&names, 7) == CORD_OK);
    for (size_t i = 0; i < sizeof nobodies / sizeof *nobodies; i++) {
        CHECK(cord_block_names_add(&names, cord_str_from(nobodies[i]), &kind) == CORD_OK);
        CHECK_U64(kind, CORD_BLOCK_NAMES_NOBODY);
    }
    CHECK(cord_block_names_add(&names, CORD_STR("a.guest."), &kind) == CORD_OK);
    CHECK_U64(kind, CORD_BLOCK_NAMES_WORD);
    cord_block_names_done(&names);
}

static void takes_the_longest_and_forgets_all(void)
{
    struct cord_block_names names;
    char buffer[128];
    cord_str text = CORD_STR("edith cavell, edith");
    CHECK(cord_block_names_init(&names, 7) == CORD_OK);
    CHECK(cord_block_names_except(&names, CORD_STR("nurse")) == CORD_OK);
    add(&names, "edith");
    add(&names, "nurse");
    add(&names, "edith cavell");
    assert_string_equal(marked(&names, text, buffer, sizeof buffer), "<edith cavell>, <edith>");
    text = CORD_STR("a nurse");
    assert_string_equal(marked(&names, text, buffer, sizeof buffer), "a nurse");
    cord_block_names_clear(&names);
    text = CORD_STR("edith cavell");
    assert_string_equal(marked(&names, text, buffer, sizeof buffer), "edith cavell");
    cord_block_names_done(&names);
}

static void learns_whose_folders_there_are(void)
{
    struct cord_block_names names;
    char buffer[128];
    CHECK(cord_block_names_init(&names, 7) == CORD_OK);
    CHECK(cord_block_names_add_folders(
              &names, CORD_STR("dir C:\\Users\\edith\\x; ls /home/agnes; C:\\users\\Public")) ==
          CORD_OK);
    cord_str text = CORD_STR("net user Edith agnes public");
    assert_string_equal(marked(&names, text, buffer, sizeof buffer),
                        "net user <Edith> <agnes> public");
    cord_block_names_done(&names);
}

static void finds_utf_16_and_sids_in_binary(void)
{
    static const char record[] = "**\0\0\x08\0W\0e\0D\0i\0T\0h\0S\0Y\0S\0\xc9\0m\0i\0l\0e\0"
                                 "C\0:\0\\\0U\0s\0e\0r\0s\0\\\0a\0l\0f\0"
                                 "\1\5\0\0\0\0\0\5\25\0\0\0abcdefghijklmnop";
    static const struct {
        size_t at;
        size_t end;
        bool is_wide;
    } wanted[] = {{8, 18, true}, {24, 34, true}, {52, 58, true}, {58, 86, false}};
    struct cord_block_names names;
    struct cord_block_names_hit hit;
    cord_str text = {record, sizeof record - 1};
    size_t at = 0;
    CHECK(cord_block_names_init(&names, 7) == CORD_OK);
    add(&names, "WARD\\edith");
    add(&names, "\xc3\x89mile");
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        CHECK(cord_block_names_next(&names, text, at, &hit));
        CHECK(hit.at == wanted[i].at && hit.end == wanted[i].end &&
              hit.is_wide == wanted[i].is_wide);
        at = hit.end;
    }
    CHECK(!cord_block_names_next(&names, text, at, &hit));
    cord_block_names_done(&names);
}

static void holds_many_names(void)
{
    struct cord_block_names names;
    char name[32];
    char text[48];
    char buffer[64];
    char wanted[64];
    CHECK(cord_block_names_init(&names, 7) == CORD_OK);
    for (unsigned i = 0; i < 20000; i++) {
        (void)snprintf(name, sizeof name, "WARD\\nurse%05u", i);
        add(&names, name);
    }
    for (unsigned i = 0; i < 20000; i += 77) {
        (void)snprintf(text, sizeof text, "x nurse%05u nurse9%05u", i, i);
        (void)snprintf(wanted, sizeof wanted, "x <nurse%05u> nurse9%05u", i, i);
        assert_string_equal(marked(&names, cord_str_from(text), buffer, sizeof buffer), wanted);
    }
    cord_block_names_done(&names);
}

KIT_MAIN(KIT_TEST(finds_what_a_value_names), KIT_TEST(knows_who_is_nobody_whatever_stands_around),
         KIT_TEST(takes_the_longest_and_forgets_all), KIT_TEST(learns_whose_folders_there_are),
         KIT_TEST(finds_utf_16_and_sids_in_binary), KIT_TEST(holds_many_names))
