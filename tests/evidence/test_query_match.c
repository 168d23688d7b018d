/* test_query_match.c: which events queries mean. */
#include "evidence/query_array.h"
#include "evidence/query_match.h"

#include "kit/kit.h"
#include "kit/kit_rows.h"

static const struct kit_rows_origin origin = {
    .organisation = {"RJ1", 3}, .source = {"dc01", 4}, .received_ns = 1795300000LL * 1000000000};

struct expectation {
    const char *query;
    bool matches;
};

static void check_row(struct cord_rows *rows, const struct expectation *table, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct cord_query *query = NULL;
        struct cord_error err = {""};
        bool matches = false;
        if (cord_query_parse(cord_str_from(table[i].query), &query, &err) != CORD_OK) {
            fail_msg("%s: %s", table[i].query, err.text);
        }
        struct cord_query_match *match = cord_query_match_new(query);
        CHECK(match != NULL);
        cord_query_match_from(match, rows);
        CHECK(cord_query_match_row(match, 0, &matches) == CORD_OK);
        if (matches != table[i].matches) {
            fail_msg("%s: %s", table[i].query, matches ? "matches" : "does not match");
        }
        CHECK_U64(cord_query_match_undecided(match), 0);
        cord_query_match_free(match);
        cord_query_free(query);
    }
}

static void check_event(const char *text, const struct expectation *table, size_t count)
{
    struct cord_rows *rows = cord_rows_new(1 << 20, 1);
    CHECK(rows != NULL);
    kit_rows_add(rows, NULL, &origin, cord_str_from(text));
    CHECK_U64(cord_rows_count(rows), 1);
    check_row(rows, table, count);
    cord_rows_free(rows);
}

#define CHECK_EVENT(text, table) check_event((text), (table), sizeof(table) / sizeof *(table))

static void compares_texts_without_case(void)
{
    static const struct expectation table[] = {
        {"", true},
        {"Image:C:\\Windows\\System32\\cmd.exe", true},
        {"image:c:\\windows\\system32\\CMD.EXE", true},
        {"Image:cmd.exe", false},
        {"Image:*\\cmd.exe", true},
        {"Image:*\\cmd.???", true},
        {"Image:*\\cmd.????", false},
        {"proc.image:*cmd*", true},
        {".image:*cmd*", false},
        {".proc.image:*cmd*", true},
        {"Image:'*cmd*'", false},
        {"user.name:\xc3\x84RGER", true}, /* AE in either case */
        {"user.name:\"\xc3\xa4*\"", true},
        {"empty:\"\"", true},
        {"empty:*", true},
        {"Image:\"\"", false},
        {"flag:true", true},
        {"flag:TRUE", true},
        {"nothing:*", false},
        {"nothing:null", false},
        {"absent:*", false},
        {"NOT absent:*", true},
        {"proc:*", true},
        {"pro:*", false},
    };
    CHECK_EVENT("{\"proc\":{\"image\":\"C:\\\\Windows\\\\System32\\\\cmd.exe\"},\"user\":{\"name\":"
                "\"\\u00e4rger\"},\"empty\":\"\",\"flag\":true,\"nothing\":null}",
                table);
}

static void compares_numbers_exactly(void)
{
    static const struct expectation table[] = {
        {"id:4625", false}, /* the evidence's own */
        {".id:4625", true},
        {".id:4625.0", true},
        {".id:46250e-1", true},
        {".id:46*", true},
        {"big:9007199254740993", true},
        {"big:9007199254740992", false},
        {"big:>9007199254740992", true},
        {"text:007", true},
        {"text:7", false},
        {"text:>=7", true},
        {"text:<=6", false},
        {"float:1.5", true},
        {"float:[1 TO 2]", true},
        {"float:{1.5 TO 2]", false},
        {"float:[1.5 TO 2]", true},
        {"float:[1 TO 1.5}", false},
        {"word:>5", false},
        {"word:>aaa", true},
        {"word:[B TO C]", true}, /* without case */
        {"word:[C TO D]", false},
        {"when:>2026-11-21", true},
        {"when:[2026-11-22T08:00:00Z TO 2026-11-22T09:00:00Z]", true},
        {"when:<2026-11-22", false},
        {"when:>\"2026-11-22 08:24:00\"", false},
    };
    CHECK_EVENT("{\"id\":4.625e3,\"big\":9007199254740993,\"text\":\"007\",\"float\":1.50,"
                "\"word\":\"BCD\",\"when\":\"2026-11-22T09:24:00+01:00\"}",
                table);
}

static void knows_addresses(void)
{
    static const struct expectation table[] = {
        {"src:10.0.0.0/8", true},   {"src:10.1.2.3/32", true},     {"src:10.1.2.4/32", false},
        {"src:11.0.0.0/8", false},  {"v6:fe80::/10", true},        {"v6:fe00::/16", false},
        {"v6:10.0.0.0/8", false},   {"10.0.0.0/8", true},          {"192.168.0.0/16", false},
        {"port:10.9.0.0/16", true}, {"NOT src:10.0.0.0/8", false}, {"src:'10.0.0.0/8'", false},
    };
    CHECK_EVENT("{\"src\":\"10.1.2.3\",\"v6\":\"fe80::1%eth0\",\"port\":\"10.9.8.7:443\"}", table);
}

static void looks_for_text_in_raw_and_in_values(void)
{
    static const struct expectation table[] = {
        {"mimikatz", true},
        {"MIMI", true},
        {"\"a path\"", true},
        {"C:\\Tools\\mimikatz", true},     /* as a value */
        {"C:\\\\Tools\\\\mimikatz", true}, /* as it came */
        {"\"k\xc3\xa4se\"", true},         /* escaped in raw */
        {"mimi*exe", true},
        {"katz*tools", false},
        {"mi?ikatz", true},
        {"/mimi(dogz|katz)/", true},
        {"/MIMI/", false},
        {"/MIMI/i", true},
        {"/^C:.*exe$/", true}, /* of a value */
        {"tools mimikatz", true},
        {"tools nothing", false},
        {"tools OR nothing", true},
        {"nothing OR (tools AND NOT absent)", true},
    };
    CHECK_EVENT("{\"exe\":\"C:\\\\Tools\\\\mimikatz.exe\",\"x\":\"in a path of k\\u00e4se\"}",
                table);
}

static void any_member_of_an_array_will_do(void)
{
    static const struct expectation table[] = {
        {"dns.answers.rdata:10.0.0.1", true},
        {"dns.answers.rdata:10.0.0.2", true},
        {"dns.answers[0].rdata:10.0.0.1", true},
        {"dns.answers[1].rdata:10.0.0.1", false},
        {"dns.answers[1].rdata:10.0.0.2", true},
        {"dns.answers[2].rdata:*", false},
        {"dns.answers[1]:*", true},
        {"dns.answers[2]:*", false},
        {"dns.answers[0].ttl:5", false}, /* only the second has one */
        {"dns.answers[1].ttl:5", true},
        {"vlan[0]:1 vlan[1]:10 NOT vlan[2]:*", true},
        {"vlan[1]:1", false},
        {"m[0][1]:2", true},
        {"m[1][0]:3", true},
        {"m[0][0]:3", false},
        {"answers[0].rdata:*", false}, /* with an index the name is the whole one */
    };
    CHECK_EVENT("{\"dns\":{\"answers\":[{\"rdata\":\"10.0.0.1\"},{\"rdata\":\"10.0.0.2\",\"ttl\":5}"
                "]},\"vlan\":[1,10],\"m\":[[1,2],[3]]}",
                table);
}

static void every_event_has_the_builtin_fields(void)
{
    static const struct expectation table[] = {
        {"org:rj1", true},
        {"source:dc01", true},
        {"format:json", true},
        {"class:linux*", false},
        {"class:windows*", true},
        {"host:ward7", true},
        {"host:other", false},
        {"raw:*EventID*", true},
        {"raw:EventID", false},
        {"time:2026-11-22", true},
        {"time:2026-11-21", false},
        {"time:2026-11-22T08:24:00Z", true},
        {"time:2026-11-22T*", true},
        {"time>=2026-11-22 time<2026-11-23", true},
        {"received:2026-11-21", true},
        {"id:*", false},
    };
    CHECK_EVENT("{\"EventID\":1,\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"Computer\":"
                "\"WARD7\",\"TimeCreated\":\"2026-11-22T08:24:00Z\"}",
                table);
}

static void an_expression_that_gives_up_is_no_match_and_counted(void)
{
    struct cord_rows *rows = cord_rows_new(1 << 20, 1);
    struct cord_query *query = NULL;
    bool matches = true;
    CHECK(rows != NULL);
    kit_rows_add(rows, NULL, &origin,
                 CORD_STR("{\"x\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"}"));
    CHECK(cord_query_parse(CORD_STR("NOT x:/^(a+)+$/"), &query, NULL) == CORD_OK);
    struct cord_query_match *match = cord_query_match_new(query);
    CHECK(match != NULL);
    cord_query_match_from(match, rows);
    CHECK(cord_query_match_row(match, 0, &matches) == CORD_OK);
    CHECK(!matches);
    CHECK_U64(cord_query_match_undecided(match), 1);
    cord_query_match_free(match);
    cord_query_free(query);
    cord_rows_free(rows);
}

KIT_MAIN(KIT_TEST(compares_texts_without_case), KIT_TEST(compares_numbers_exactly),
         KIT_TEST(knows_addresses), KIT_TEST(looks_for_text_in_raw_and_in_values),
         KIT_TEST(any_member_of_an_array_will_do), KIT_TEST(every_event_has_the_builtin_fields),
         KIT_TEST(an_expression_that_gives_up_is_no_match_and_counted))
