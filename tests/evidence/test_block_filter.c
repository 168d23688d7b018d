/* What a block's filter knows, and what it says of what it does not know. */
#include "kit/kit.h"

#include "evidence/block_filter.h"
#include "kit/kit_block.h"

#include <stdio.h>
#include <stdlib.h>

static bool holds(const struct cord_block_filter *filter, const struct cord_block_filter *personal,
                  const char *text, bool whole)
{
    struct cord_block_filter_query *query = cord_block_filter_query_new(cord_str_from(text), whole);
    assert_non_null(query);
    bool may = cord_block_filter_may_hold(filter, personal, query);
    cord_block_filter_query_free(query);
    return may;
}

static void make(struct cord_buf *buf, const char *const *texts, size_t bytes_max,
                 struct cord_block_filter *ret_filter)
{
    struct cord_block_filter_maker maker;
    CHECK(cord_block_filter_maker_init(&maker, 3) == CORD_OK);
    for (; *texts; texts++) {
        cord_block_filter_maker_add(&maker, cord_str_from(*texts));
    }
    cord_buf_init(buf, 1 << 20);
    cord_block_filter_maker_put(&maker, bytes_max, buf);
    cord_block_filter_maker_done(&maker);
    CHECK(cord_block_filter_open(cord_buf_str(buf), ret_filter, NULL) == CORD_OK);
}

static void knows_parts_of_words_whatever_their_case(void)
{
    static const char *const texts[] = {"C:\\Users\\Anna\\MimiKatz.exe",
                                        "4688",
                                        "10.20.30.44",
                                        "tab\\tNETWORK",
                                        "\\u0041lpine",
                                        "\xe2\x84\xaa"
                                        "elvin",
                                        NULL};
    static const struct {
        const char *text;
        bool whole;
    } there[] = {
        {"mimikatz", false},
        {"IKATZ.EX", false},
        {"users\\anna", false},
        {"", false},
        {"abc", false},
        {"4688", true},
        {"20.30.44", false},
        {"network", true},
        {"tnetwork", false},
        {"Alpine", true},
        {"kelvin", true},
        {"elvin", false},
        {"\xe2\x84\xaa"
         "ELV",
         false},
    };
    static const struct {
        const char *text;
        bool whole;
    } absent[] = {
        {"mimikats", false},        {"rundll32", false},    {"4689", true},
        {"powershell -enc", false}, {"anna.smith@", false}, {"kerberos", false},
    };
    struct cord_buf buf;
    struct cord_block_filter filter;
    make(&buf, texts, 4096, &filter);
    for (size_t i = 0; i < sizeof there / sizeof *there; i++) {
        CHECK(holds(&filter, NULL, there[i].text, there[i].whole));
    }
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
        CHECK(!holds(&filter, NULL, absent[i].text, absent[i].whole));
    }
    cord_buf_done(&buf);
}

static void denies_nothing_when_it_knows_nothing(void)
{
    struct cord_block_filter filter = {NULL, 0};
    CHECK(holds(&filter, NULL, "anything at all", true));
}

static void refuses_damage(void)
{
    static const char *const texts[] = {"several words of text", NULL};
    struct cord_buf buf;
    struct cord_block_filter filter;
    make(&buf, texts, 64, &filter);
    for (size_t at = 0; at < buf.len; at++) {
        buf.ptr[at] = (char)(buf.ptr[at] ^ 4);
        CHECK(cord_block_filter_open(cord_buf_str(&buf), &filter, NULL) == CORD_E_FORMAT);
        buf.ptr[at] = (char)(buf.ptr[at] ^ 4);
        CHECK(cord_block_filter_open((cord_str){buf.ptr, at}, &filter, NULL) == CORD_E_FORMAT);
    }
    cord_buf_done(&buf);
}

static struct cord_rows *rows_of(const char *const *users, size_t count)
{
    struct cord_rows *rows = cord_rows_new(1 << 20, 1);
    struct cord_origin origin = {.organisation = CORD_STR("R0A")};
    cord_str name = CORD_STR("user");
    uint32_t number;
    char text[128];
    CHECK(cord_rows_origin(rows, &origin, &number) == CORD_OK);
    CHECK(cord_rows_field(rows, &name, 1, &number) == CORD_OK);
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(text, sizeof text, "user=%s opened /srv/%s/letter.txt", users[i], users[i]);
        struct cord_span span = {5, (uint32_t)strlen(users[i]), 0, 0, 0};
        struct cord_row row = {.text = cord_str_from(text),
                               .raw_len = (uint32_t)strlen(text),
                               .spans = &span,
                               .span_count = 1};
        memset(row.role, 0xff, sizeof row.role);
        CHECK(cord_rows_add(rows, &row) == CORD_OK);
    }
    return rows;
}

static void keeps_what_is_personal_apart(void)
{
    static const char *const users[] = {"florence.night", "edith.cavell"};
    const bool is_personal[1] = {true};
    struct cord_rows *rows = rows_of(users, 2);
    struct kit_block block = {0};
    struct cord_block_filter filter;
    struct cord_block_filter personal;
    kit_block_pack(&block, rows, is_personal);
    CHECK(cord_block_filter_open(cord_buf_str(&block.filter), &filter, NULL) == CORD_OK);
    CHECK(cord_block_filter_open_personal(cord_buf_str(&block.personal), &personal, NULL) ==
          CORD_OK);
    for (size_t i = 0; i < 2; i++) {
        CHECK(!holds(&filter, NULL, users[i], true));
        CHECK(holds(&filter, &personal, users[i], true));
    }
    CHECK(holds(&filter, &personal, "edith.cavell opened", false));
    CHECK(!holds(&filter, &personal, "sister.agnes", true));
    CHECK(holds(&filter, NULL, "opened /srv", false));
    CHECK(holds(&filter, NULL, "[expired] opened", false));
    cord_rows_free(rows);
    kit_block_done(&block);
}

static void finds_the_personal_one_by_the_first_bytes(void)
{
    static const char *const users[] = {"florence.night", "edith.cavell"};
    const bool is_personal[1] = {true};
    struct cord_rows *rows = rows_of(users, 2);
    struct kit_block block = {0};
    struct cord_block_filter whole;
    struct cord_block_filter alone;
    uint64_t at = 0;
    uint64_t len = 0;
    kit_block_pack(&block, rows, is_personal);
    cord_str part = cord_buf_str(&block.personal);
    CHECK(cord_block_filter_open_personal(part, &whole, NULL) == CORD_OK);
    CHECK(cord_block_filter_find_personal(part, part.len, &at, &len) == CORD_OK);
    CHECK(cord_block_filter_open(cord_str_slice(part, (size_t)at, (size_t)len), &alone, NULL) ==
          CORD_OK);
    CHECK(alone.bits == whole.bits && alone.bit_count == whole.bit_count);

    /* It wants the table, no more. */
    size_t need = 0;
    uint64_t again = 0;
    while (cord_block_filter_find_personal(cord_str_slice(part, 0, need), part.len, &again, &len) !=
           CORD_OK) {
        need++;
        CHECK(need < part.len);
    }
    CHECK(again == at && need < at);
    CHECK(cord_block_filter_find_personal(part, part.len - 1, &at, &len) == CORD_E_FORMAT);
    CHECK(cord_block_filter_find_personal(part, part.len + 1, &at, &len) == CORD_E_FORMAT);
    for (size_t i = 0; i < need; i++) {
        block.personal.ptr[i] ^= 1;
        CHECK(cord_block_filter_find_personal(part, part.len, &at, &len) == CORD_E_FORMAT);
        block.personal.ptr[i] ^= 1;
    }
    const struct cord_block_filter nothing = cord_block_filter_nothing();
    CHECK(!holds(&nothing, NULL, users[0], true));
    cord_rows_free(rows);
    kit_block_done(&block);
}

KIT_MAIN(KIT_TEST(knows_parts_of_words_whatever_their_case),
         KIT_TEST(denies_nothing_when_it_knows_nothing), KIT_TEST(refuses_damage),
         KIT_TEST(keeps_what_is_personal_apart),
         KIT_TEST(finds_the_personal_one_by_the_first_bytes))
