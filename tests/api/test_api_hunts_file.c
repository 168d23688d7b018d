/* test_api_hunts_file.c: what leaves the house: cells that are no formulas, nobody's number. */
#include "kit/kit.h"

#include "api/api_hunts_file.h"
#include "base/timestamp.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROWS_MAX = 16, BYTES_MAX = 1 << 20 };

/* The rows, each ended by a line feed, as a file without its head. */
static cord_status body_of(const char *rows, bool csv, struct cord_buf *out, uint64_t *ret_withheld)
{
    size_t ends[ROWS_MAX];
    struct cord_buf text;
    size_t count = 0;
    cord_buf_init(&text, BYTES_MAX);
    for (const char *at = rows; *at; at++) {
        if (*at == '\n') {
            ends[count++] = text.len;
        } else {
            cord_buf_put_char(&text, *at);
        }
    }
    const struct cord_api_hunts_kept kept = {.query = CORD_STR("*"),
                                             .organisation = CORD_STR(""),
                                             .source = CORD_STR(""),
                                             .state = "done",
                                             .from_ns = CORD_TIME_NONE,
                                             .to_ns = CORD_TIME_NONE,
                                             .rows = cord_buf_str(&text),
                                             .ends = ends,
                                             .row_count = count};
    const struct cord_api_hunts_file file = {.kept = &kept,
                                             .csv = csv,
                                             .marking = CORD_STR("TLP:AMBER"),
                                             .who = CORD_STR("user:1"),
                                             .who_name = CORD_STR("Ana"),
                                             .reason = CORD_STR("=1+1 of 943 476 5919"),
                                             .exercise = CORD_STR("")};
    cord_buf_init(out, BYTES_MAX);
    cord_status status = cord_api_hunts_file_write(&file, BYTES_MAX, out);
    cord_buf_done(&text);
    cord_str whole = cord_buf_str(out);
    const char *said = csv ? "\"# withheld\",\"" : "\"withheld\":";
    size_t at = cord_str_find(whole, cord_str_from(said), 0);
    *ret_withheld = at == SIZE_MAX ? UINT64_MAX : strtoull(out->ptr + at + strlen(said), NULL, 10);
    size_t end = cord_str_find(whole, csv ? CORD_STR("\r\n\r\n") : CORD_STR("\n"), 0);
    size_t cut = end == SIZE_MAX ? 0 : end + (csv ? 4 : 1);
    if (cut > 0) {
        memmove(out->ptr, out->ptr + cut, out->len - cut);
        out->len -= cut;
    }
    return status;
}

static void writes(const char *rows, bool csv, const char *wanted, uint64_t withheld)
{
    struct cord_buf out;
    uint64_t counted = 0;
    CHECK(body_of(rows, csv, &out, &counted) == CORD_OK);
    CHECK_STR_EQ(cord_buf_str(&out), cord_str_from(wanted));
    CHECK_U64(counted, withheld);
    cord_buf_done(&out);
}

static void a_table_has_its_columns(void)
{
    writes("{\"host\":\"a\",\"count\":3}\n{\"host\":null,\"count\":-4}\n", true,
           "\"host\",\"count\"\r\n\"a\",\"3\"\r\n,\"-4\"\r\n", 0);
    writes("{\"host\":\"a\",\"count\":3}\n", false, "{\"host\":\"a\",\"count\":3}\n", 0);
    writes("", true, "", 0);
}

static void events_have_theirs(void)
{
    writes("{\"time\":\"t\",\"id\":\"I\",\"org\":\"RXA\",\"host\":\"h\",\"fields\":{\"n\":1,"
           "\"host\":\"x\","
           "\"l\":[1,\"a,b\"],\"e\":[]},\"raw\":\"r\\ns\"}\n"
           "{\"time\":\"u\",\"fields\":{\"m\":true,\"n\":\"2\"}}\n",
           true,
           "\"time\",\"received\",\"id\",\"org\",\"source\",\"format\",\"class\",\"host\",\"user\","
           "\"n\",\".host\",\"l\",\"e\",\"m\",\"raw\"\r\n"
           "\"t\",,\"I\",\"RXA\",,,,\"h\",,\"1\",\"x\",\"[1,\"\"a,b\"\"]\",\"[]\",,\"r\ns\"\r\n"
           "\"u\",,,,,,,,,\"2\",,,,\"true\",\r\n",
           0);
}

static void no_cell_is_a_formula(void)
{
    static const struct {
        const char *value;
        const char *cell;
    } rows[] = {
        {"=1+1", "'=1+1"},
        {"+44 20", "'+44 20"},
        {"-enc x", "'-enc x"},
        {"@SUM(A1)", "'@SUM(A1)"},
        {"\\tx", "'\tx"},
        {"\\r=x", "'\r'=x"},
        {"'x", "''x"},
        {"a;=cmd", "a;'=cmd"},
        {"a\\n=cmd\\n\\t@x", "a\n'=cmd\n\t'@x"},
        {"-12.5", "-12.5"},
        {"+3", "+3"},
        {"-1.2.3", "'-1.2.3"},
        {"-", "'-"},
        {"a=b", "a=b"},
        {"\\\"=1", "\"\"=1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char row[80];
        char wanted[80];
        (void)snprintf(row, sizeof row, "{\"v\":\"%s\"}\n", rows[i].value);
        (void)snprintf(wanted, sizeof wanted, "\"v\"\r\n\"%s\"\r\n", rows[i].cell);
        writes(row, true, wanted, 0);
        (void)snprintf(wanted, sizeof wanted, "{\"v\":\"%s\"}\n", rows[i].value);
        writes(row, false, wanted, 0);
    }
    writes("{\"=x\":1}\n", true, "\"'=x\"\r\n\"1\"\r\n", 0);
}

static void numbers_of_persons_are_withheld_and_counted(void)
{
    writes(
        "{\"v\":\"of 943 476 5919, twice 9434765919\",\"n\":9434765919,\"ok\":9434765918}\n", false,
        "{\"v\":\"of [withheld], twice [withheld]\",\"n\":\"[withheld]\",\"ok\":9434765918}\n", 3);
    writes("{\"v\":\"x\\n9434765919\\u00e9\",\"l\":[\"9434765919\"]}\n", true,
           "\"v\",\"l\"\r\n\"x\n[withheld]\303\251\",\"[\"\"[withheld]\"\"]\"\r\n", 2);
    writes("{\"v\":\"x\\n9434765919\\n\"}\n", false, "{\"v\":\"x\\n[withheld]\\n\"}\n", 1);
    /* A record that is itself JSON. */
    writes("{\"raw\":\"{\\\"v\\\":\\\"x\\\\n9434765919\\\\u00e99434765919\\\"}\"}\n", false,
           "{\"raw\":\"{\\\"v\\\":\\\"x\\\\n[withheld]\\\\u00e9[withheld]\\\"}\"}\n", 2);
}

static void names_beyond_the_columns_are_in_one(void)
{
    struct cord_buf row;
    struct cord_buf out;
    uint64_t withheld = 0;
    cord_buf_init(&row, BYTES_MAX);
    cord_buf_put_text(&row, "{\"id\":\"I\",\"fields\":{");
    for (int i = 0; i < 203; i++) {
        cord_buf_printf(&row, "%s\"f%d\":%d", i > 0 ? "," : "", i, i);
    }
    cord_buf_put_text(&row, "}}\n");
    cord_buf_put_char(&row, '\0');
    CHECK(body_of(row.ptr, true, &out, &withheld) == CORD_OK);
    CHECK(cord_str_find(cord_buf_str(&out), CORD_STR("\"f199\",\"other\",\"raw\"\r\n"), 0) !=
          SIZE_MAX);
    CHECK(cord_str_find(cord_buf_str(&out),
                        CORD_STR("\"199\",\"{\"\"f200\"\":200,\"\"f201\"\":201,"
                                 "\"\"f202\"\":202}\",\r\n"),
                        0) != SIZE_MAX);
    cord_buf_done(&out);
    cord_buf_done(&row);
}

static void what_is_no_row_is_refused(void)
{
    static const char *const wrong[] = {"{\n",          "[1]\n",        "{\"a\"}\n", "{\"a\":\n",
                                        "{\"a\":\"x\n", "{\"a\":[1}\n", "\n",        "{a:1}\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct cord_buf out;
        uint64_t withheld = 0;
        CHECK(body_of(wrong[i], true, &out, &withheld) == CORD_E_FORMAT);
        cord_buf_done(&out);
    }
}

KIT_MAIN(KIT_TEST(a_table_has_its_columns), KIT_TEST(events_have_theirs),
         KIT_TEST(no_cell_is_a_formula), KIT_TEST(numbers_of_persons_are_withheld_and_counted),
         KIT_TEST(names_beyond_the_columns_are_in_one), KIT_TEST(what_is_no_row_is_refused))
