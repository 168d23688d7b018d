/* test_query.c: what queries mean, and what is said of those that mean nothing. */
#include "evidence/query.h"

#include "kit/kit.h"

#include <stdio.h>
#include <stdlib.h>

enum { OUT_BYTES_MAX = 4 << 20 };

static void check_prints(const char *text, const char *wanted)
{
    struct cord_query *query = NULL;
    struct cord_error err = {""};
    struct cord_buf out;
    cord_buf_init(&out, OUT_BYTES_MAX);
    if (cord_query_parse(cord_str_from(text), &query, &err) != CORD_OK) {
        fail_msg("%s: %s", text, err.text);
    }
    cord_query_print(query, &out);
    kit_check_str(cord_buf_str(&out), cord_str_from(wanted), text, 0);
    cord_query_free(query);
    cord_buf_done(&out);
}

struct row {
    const char *text;
    const char *wanted;
};

static void check_table(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check_prints(rows[i].text, rows[i].wanted);
    }
}

static void reads_conditions(void)
{
    static const struct row rows[] = {
        {"", "*"},
        {"  ", "*"},
        {"*", "*"},
        {"*:*", "*"},
        {"EventID:4625", "EventID:4625"},
        {"EventID = 4625", "EventID:4625"},
        {"EventID==4625", "EventID:4625"},
        {"EventID != 4625", "NOT EventID:4625"},
        {"EventID!=4625 mimikatz", "NOT EventID:4625 AND mimikatz"},
        {"a b c", "a AND b AND c"},
        {"a and b OR c AND d", "a AND b OR c AND d"},
        {"a && b || c", "a AND b OR c"},
        {"a||b", "a OR b"},
        {"(a OR b) c", "(a OR b) AND c"},
        {"NOT (a b)", "NOT (a AND b)"},
        {"NOT NOT a", "NOT NOT a"},
        {"not(a)", "NOT a"},
        {"User:(alice OR bob*)", "User:alice OR User:\"bob*\""},
        {"User:(NOT \"svc one\")", "NOT User:'svc one'"},
        {"n:(>5 AND <=10)", "\"n\":{5 TO *] AND \"n\":[* TO 10]"},
        {"User:*", "User:*"},
        {"User:\"\"", "User:''"},
        {"User: alice", "User:alice"},
        {"\"Logon Type\":3", "\"Logon Type\":3"},
        {".host:h", "\".host\":h"},
    };
    check_table(rows, sizeof rows / sizeof *rows);
}

static void takes_backslashes_as_they_are(void)
{
    static const struct row rows[] = {
        {"Image:C:\\Windows\\System32\\cmd.exe", "Image:'C:\\Windows\\System32\\cmd.exe'"},
        {"Image:*\\Temp\\*.exe", "Image:\"*\\Temp\\*.exe\""},
        {"Path:\"C:\\Program Files\\\"", "Path:'C:\\Program Files\\'"},
        {"Path:\"C:\\Program Files\\*\"", "Path:\"C:\\Program Files\\*\""},
        {"Cmd:'a*b'", "Cmd:'a*b'"},
        {"Cmd:\"say \"\"hi\"\"\"", "Cmd:'say \"hi\"'"},
        {"Cmd:'it''s'", "Cmd:'it''s'"},
        {"O'Brien", "'O''Brien'"},
        {"C:\\Windows", "'C:\\Windows'"},
    };
    check_table(rows, sizeof rows / sizeof *rows);
}

static void tells_text_from_fields(void)
{
    static const struct row rows[] = {
        {"http://evil.example/x", "'http://evil.example/x'"},
        {"10.0.0.1:445", "'10.0.0.1:445'"},
        {"00:11:22:aa:bb:cc", "'00:11:22:aa:bb:cc'"},
        {"fe80::1", "'fe80::1'"},
        {"08:24:00", "'08:24:00'"},
        {"/index.php?id=1", "\"/index.php?id=1\""},
        {"/etc/passwd", "'/etc/passwd'"},
        {"-enc", "-enc"},
        {"<script>", "'<script>'"},
        {"10.0.0.0/8", "10.0.0.0/8"},
        {"\"10.0.0.0/8\"", "'10.0.0.0/8'"},
        {"src:10.0.0.0/8", "src:10.0.0.0/8"},
        {"src:fe80::/10", "src:fe80::/10"},
        {"guid:{0D4FDC09-8C27}", "guid:'{0D4FDC09-8C27}'"},
        {"\"failed password\"", "'failed password'"},
        {"\"failed * root\"", "\"failed * root\""},
    };
    check_table(rows, sizeof rows / sizeof *rows);
}

static void reads_ranges_and_expressions(void)
{
    static const struct row rows[] = {
        {"port:[1 TO 1024]", "port:[1 TO 1024]"},
        {"port:{1 to 1024]", "port:{1 TO 1024]"},
        {"port:[* TO 1024}", "port:[* TO 1024}"},
        {"port:[* TO *]", "port:*"},
        {"port:<\"\"", "port:[* TO ''}"},
        {"port:>5", "port:{5 TO *]"},
        {"port>=5", "port:[5 TO *]"},
        {"port < -5.5", "port:[* TO -5.5}"},
        {"time:[2026-11-22 TO 2026-11-23}", "time:[2026-11-22 TO 2026-11-23}"},
        {"time:2026-11-22", "time:[2026-11-22 TO 2026-11-23}"},
        {"time>\"2026-11-22 08:24\"", "time:{'2026-11-22 08:24' TO *]"},
        {"time:2026-11-2*", "time:\"2026-11-2*\""},
        {"name:[a TO \"m n\"]", "name:[a TO 'm n']"},
        {"cmd:/net\\s+user/", "cmd:/net\\s+user/"},
        {"cmd:/a\\/b c/i", "cmd:/a\\/b c/i"},
        {"/pass(word)?/i OR x", "/pass(word)?/i OR x"},
    };
    check_table(rows, sizeof rows / sizeof *rows);
}

static void reads_pipelines(void)
{
    static const struct row rows[] = {
        {"| count", "* | count"},
        {"a|count by x,y", "a | count by \"x\", \"y\""},
        {"| count by host user", "* | count by host, user"},
        {"| timeline 5m by host", "* | timeline 5m by host"},
        {"| timeline 60m", "* | timeline 1h"},
        {"| top host", "* | top 10 host"},
        {"| top 20 host, user", "* | top 20 host, user"},
        {"| distinct user by host | sort distinct desc | head 3",
         "* | distinct user by host | sort distinct desc | head 3"},
        {"| first", "* | first 1"},
        {"| last 20 | fields time, host", "* | last 20 | fields time, host"},
        {"| sort by time desc, host asc", "* | sort time desc, host"},
        {"| stats min(dur), P95(dur) count by host | sort p95(dur) desc",
         "* | stats min(dur), p95(dur), count by host | sort \"p95(dur)\" desc"},
        {"| count by \"Logon Type\"", "* | count by \"Logon Type\""},
    };
    check_table(rows, sizeof rows / sizeof *rows);
}

static void knows_indexes_and_builtin_fields(void)
{
    struct cord_query *query = NULL;
    CHECK(cord_query_parse(CORD_STR("dns.answers[2].rdata:x AND HOST:h AND .host:h"), &query,
                           NULL) == CORD_OK);
    const struct cord_query_node *root = cord_query_condition(query);
    CHECK(root->op == CORD_QUERY_AND && root->child_count == 3);
    const struct cord_query_field *field = &root->children[0]->field;
    CHECK_STR(field->name, "dns.answers.rdata");
    CHECK(field->rooted && field->index_count == 1);
    CHECK(field->indexes[0].name_len == 11 && field->indexes[0].member == 2);
    CHECK(root->children[1]->field.builtin == CORD_QUERY_FIELD_HOST);
    CHECK(root->children[2]->field.builtin == CORD_QUERY_FIELD_OWN);
    CHECK_STR(root->children[2]->field.name, "host");
    CHECK_U64(root->children[1]->column, 33);
    CHECK_U64(cord_query_node_count(query), 4);
    cord_query_free(query);
}

static void stays_calm_inside_parentheses(void)
{
    static const struct row rows[] = {
        {"ip:(fe80::1 OR 10.0.0.1:80)", "ip:'fe80::1' OR ip:'10.0.0.1:80'"},
        {"cmd:(a=b)", "cmd:'a=b'"},
    };
    check_table(rows, sizeof rows / sizeof *rows);
}

static void refuses_with_column_and_suggestion(void)
{
    static const struct {
        const char *text;
        unsigned column;
        const char *says;
    } rows[] = {
        {"a | cuont by x", 5, "did you mean 'count'"},
        {"a | limit 5", 5, "did you mean 'head'"},
        {"a | where b", 5, "conditions stand before"},
        {"a | xyzzy", 5, "there are count, timeline"},
        {"a |", 4, "a verb is expected"},
        {"a | count by", 13, "a field is expected"},
        {"a | timeline by x", 14, "a step such as 5m"},
        {"a | timeline 5q", 14, "a step such as 5m"},
        {"a | top 0 x", 9, "a number from 1"},
        {"a | head", 9, "a number such as 20"},
        {"a | first 99999", 11, "a number from 1 to 10000"},
        {"a | count by x | sort cuont", 23, "did you mean 'count'"},
        {"a | count by x | top y", 18, "comes first"},
        {"a | sort x | count", 14, "comes first"},
        {"a | stats av(x)", 11, "did you mean 'avg'"},
        {"a | stats median(x)", 11, "did you mean 'p50'"},
        {"a | stats avg", 14, "avg(field)"},
        {"a | stats p101(x)", 11, "p95"},
        {"a | count x", 11, "'|' or the end"},
        {"(a", 1, "never closed"},
        {"a)", 2, "no '('"},
        {"a AND", 6, "a condition is expected"},
        {"OR a", 1, "a condition is expected"},
        {"a AND OR b", 7, "a condition is expected"},
        {"f:\"abc", 3, "never closed"},
        {"f:", 3, "a value is expected"},
        {"f: AND", 0, NULL}, /* the value "AND" */
        {"f:>", 4, "a value is expected"},
        {"f:[1 TO", 8, "a range is [a TO b]"},
        {"f:[1", 3, "a range is [a TO b]"},
        {"f:[1 TO 2", 10, "']' is missing"},
        {"f:[1 TO abc]", 3, "differ in kind"},
        {"f:/(/", 3, "regular expression"},
        {"f:10.0.0.0/33", 3, "no range of addresses"},
        {"f:(g:x)", 4, "inside the parentheses"},
        {"*ame:x", 1, "no wildcards"},
        {"time:yesterday", 6, "no time"},
        {"time:>now", 7, "no time"},
        {"foo(bar)", 4, "inside a word"},
        {"f:a\"b\"", 4, "inside a word"},
        {"f:\"a\"b", 6, "quoted text ends here"},
        {"\"\"", 1, "the empty text is everywhere"},
        {"caf\xc3\xa9 AND )", 10, "a condition is expected"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cord_query *query = NULL;
        struct cord_error err = {""};
        char column[32];
        cord_status status = cord_query_parse(cord_str_from(rows[i].text), &query, &err);
        cord_query_free(query);
        if (!rows[i].says) {
            CHECK(status == CORD_OK);
            continue;
        }
        (void)snprintf(column, sizeof column, "column %u: ", rows[i].column);
        if (status == CORD_OK || strncmp(err.text, column, strlen(column)) != 0 ||
            !strstr(err.text, rows[i].says)) {
            fail_msg("%s: wanted '%s...%s', got '%s'", rows[i].text, column, rows[i].says,
                     err.text);
        }
    }
}

static void shows_the_place_with_a_caret(void)
{
    struct cord_query *query = NULL;
    struct cord_error err = {""};
    CHECK(cord_query_parse(CORD_STR("Image:x | cuont by y"), &query, &err) == CORD_E_FORMAT);
    CHECK_STR(cord_str_from(err.text), "column 11: there is no 'cuont', did you mean 'count'?\n"
                                       "  Image:x | cuont by y\n"
                                       "            ^");
}

static void holds_its_limits(void)
{
    struct cord_buf text;
    struct cord_query *query = NULL;
    cord_buf_init(&text, OUT_BYTES_MAX);
    for (unsigned more = 0; more < 2; more++) {
        cord_buf_clear(&text);
        for (unsigned i = 0; i < CORD_QUERY_DEPTH_MAX + more; i++) {
            cord_buf_put_char(&text, '(');
        }
        cord_buf_put_char(&text, 'a');
        for (unsigned i = 0; i < CORD_QUERY_DEPTH_MAX + more; i++) {
            cord_buf_put_char(&text, ')');
        }
        CHECK(cord_query_parse(cord_buf_str(&text), &query, NULL) ==
              (more > 0 ? CORD_E_LIMIT : CORD_OK));
        cord_buf_clear(&text);
        for (unsigned i = 0; i < CORD_QUERY_NODES_MAX - 1 + more; i++) {
            cord_buf_put_text(&text, "a ");
        }
        cord_query_free(more > 0 ? NULL : query);
        query = NULL;
        CHECK(cord_query_parse(cord_buf_str(&text), &query, NULL) ==
              (more > 0 ? CORD_E_LIMIT : CORD_OK));
        cord_query_free(query);
        cord_buf_clear(&text);
        for (unsigned i = 0; i < CORD_QUERY_STAGES_MAX + more; i++) {
            cord_buf_put_text(&text, "| head 1");
        }
        query = NULL;
        CHECK(cord_query_parse(cord_buf_str(&text), &query, NULL) ==
              (more > 0 ? CORD_E_LIMIT : CORD_OK));
        cord_query_free(query);
        cord_buf_clear(&text);
        while (text.len < CORD_QUERY_BYTES_MAX + more) {
            cord_buf_put_char(&text, 'a');
        }
        query = NULL;
        CHECK(cord_query_parse(cord_buf_str(&text), &query, NULL) ==
              (more > 0 ? CORD_E_LIMIT : CORD_OK));
        cord_query_free(query);
        query = NULL;
    }
    cord_buf_done(&text);
}

static void survives_every_failing_allocation(void)
{
    cord_str text =
        CORD_STR("f:(a* OR \"b c\") x:[1 TO 2] /r/ NOT 10.0.0.0/8 | stats p5(d) by e,g");
    for (size_t nth = 1;; nth++) {
        struct cord_query *query = NULL;
        kit_fail_allocation(nth);
        cord_status status = cord_query_parse(text, &query, NULL);
        bool failed_one = kit_fail_allocation_off();
        CHECK(failed_one ? status == CORD_E_NOMEM && !query : status == CORD_OK);
        cord_query_free(query);
        if (!failed_one) {
            break;
        }
    }
}

KIT_MAIN(KIT_TEST(reads_conditions), KIT_TEST(takes_backslashes_as_they_are),
         KIT_TEST(tells_text_from_fields), KIT_TEST(reads_ranges_and_expressions),
         KIT_TEST(reads_pipelines), KIT_TEST(knows_indexes_and_builtin_fields),
         KIT_TEST(stays_calm_inside_parentheses), KIT_TEST(refuses_with_column_and_suggestion),
         KIT_TEST(shows_the_place_with_a_caret), KIT_TEST(holds_its_limits),
         KIT_TEST(survives_every_failing_allocation))
