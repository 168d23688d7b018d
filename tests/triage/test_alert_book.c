/* test_alert_book.c: what the book of alerts says, now and as known at any time. */
#include "kit/kit.h"

#include "kit/make_alerts.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { ALL = MAKE_ALERTS_FINDINGS + MAKE_ALERTS_CLAIMS };

/* --- against the plain way --- */

struct printed {
    struct cord_buf text;
    size_t rows;
    bool sums_hold;
};

/* The parts of why add up to the risk. */
static bool adds_up(const struct cord_alert *alert)
{
    unsigned sum = 0;
    static const cord_str points = {"\"points\":", 9};
    for (size_t at = 0; (at = cord_str_find(alert->why, points, at)) != SIZE_MAX;) {
        unsigned value = 0;
        for (at += points.len; at < alert->why.len && cord_str_is_digit(alert->why.ptr[at]); at++) {
            value = value * 10 + (unsigned)(alert->why.ptr[at] - '0');
        }
        sum += value;
    }
    return sum == alert->risk;
}

static void print_row(void *self, const struct cord_alert *alert)
{
    struct printed *printed = self;
    make_alerts_print(alert, &printed->text);
    cord_buf_put_char(&printed->text, '\n');
    printed->sums_hold = printed->sums_hold && adds_up(alert);
    printed->rows++;
}

static void print_plain(const struct make_alerts *history, int64_t at_ns, struct cord_buf *out)
{
    struct cord_alert alerts[ALL];
    uint64_t numbers[ALL];
    size_t count = make_alerts_plain(history, at_ns, alerts, numbers);
    for (size_t i = 0; i < count; i++) {
        make_alerts_print(&alerts[i], out);
        cord_buf_put_char(out, '\n');
    }
}

static void check_at(const struct make_alerts *history, struct cord_alert_book *book, int64_t at_ns)
{
    struct cord_alert_ask ask = make_alerts_everything;
    struct cord_alert_page page = {.limit = CORD_ALERT_LIMIT_MAX};
    struct cord_alert_listed listed = {0};
    struct printed got = {.sums_hold = true};
    struct cord_buf wanted;
    ask.at_ns = at_ns;
    cord_buf_init(&got.text, 1 << 20);
    cord_buf_init(&wanted, 1 << 20);
    print_plain(history, at_ns, &wanted);
    CHECK(cord_alert_book_list(book, &ask, &page, (struct cord_alert_visitor){print_row, &got},
                               &listed, NULL) == CORD_OK);
    CHECK_STR_EQ(cord_buf_str(&got.text), cord_buf_str(&wanted));
    CHECK(got.sums_hold);
    CHECK_U64(listed.total, got.rows);
    CHECK(listed.cursor[0] == '\0');
    cord_buf_done(&got.text);
    cord_buf_done(&wanted);
}

static void agrees_with_the_plain_way_at_any_time(void)
{
    for (uint32_t seed = 0; seed < 40; seed++) {
        struct make_alerts *history = make_alerts_random(seed);
        uint32_t dice = seed;
        for (unsigned interleaving = 0; interleaving < 3; interleaving++) {
            struct cord_alert_book *book = cord_alert_book_new(&history->options);
            CHECK(book != NULL);
            make_alerts_feed(history, book, interleaving * (seed + 1));
            check_at(history, book, CORD_TIME_NONE);
            for (int i = 0; i < 12; i++) {
                int64_t span = (history->last_ns - history->first_ns) / CORD_SECOND_NS;
                int64_t at_ns =
                    history->first_ns +
                    (int64_t)(make_alerts_next(&dice) % (uint64_t)span) * CORD_SECOND_NS;
                check_at(history, book, at_ns - (int64_t)(make_alerts_next(&dice) % 2));
            }
            cord_alert_book_free(book);
        }
        make_alerts_free(history);
    }
}

/* --- pages --- */

struct ids {
    char text[ALL][CORD_ALERT_ID_TEXT];
    size_t count;
    uint64_t grouped;
};

static void keep_id(void *self, const struct cord_alert *alert)
{
    struct ids *ids = self;
    CHECK(alert->id.len == CORD_ALERT_ID_TEXT - 1);
    memcpy(ids->text[ids->count++], alert->id.ptr, CORD_ALERT_ID_TEXT);
    ids->grouped += alert->grouped;
}

static void check_pages(struct cord_alert_book *book, const struct cord_alert_page *page)
{
    struct ids whole = {.count = 0};
    struct ids parts = {.count = 0};
    struct cord_alert_page step = *page;
    struct cord_alert_listed all = {0};
    struct cord_alert_listed listed = {0};
    char cursor[CORD_ALERT_CURSOR_MAX] = "";
    step.limit = CORD_ALERT_LIMIT_MAX;
    CHECK(cord_alert_book_list(book, &make_alerts_everything, &step,
                               (struct cord_alert_visitor){keep_id, &whole}, &all,
                               NULL) == CORD_OK);
    CHECK_U64(whole.count, all.rows);
    CHECK_U64(whole.grouped, all.total);
    step.limit = 3;
    do {
        memcpy(cursor, listed.cursor, sizeof cursor);
        step.cursor = cord_str_from(cursor);
        CHECK(cord_alert_book_list(book, &make_alerts_everything, &step,
                                   (struct cord_alert_visitor){keep_id, &parts}, &listed,
                                   NULL) == CORD_OK);
        CHECK_U64(listed.total, all.total);
    } while (listed.cursor[0] != '\0');
    CHECK_U64(parts.count, whole.count);
    CHECK(memcmp(parts.text, whole.text, whole.count * sizeof *whole.text) == 0);
}

static void pages_are_the_whole_in_parts(void)
{
    struct make_alerts *history = make_alerts_random(77);
    struct cord_alert_book *book = cord_alert_book_new(&history->options);
    make_alerts_feed(history, book, 5);
    for (int sort = CORD_ALERT_BY_PRIORITY; sort <= CORD_ALERT_BY_STATUS; sort++) {
        for (int way = 0; way < 4; way++) {
            const struct cord_alert_page page = {.sort = (enum cord_alert_sort)sort,
                                                 .reverse = (way & 1) != 0,
                                                 .grouped = (way & 2) != 0};
            check_pages(book, &page);
        }
    }
    cord_alert_book_free(book);
    make_alerts_free(history);
}

static void refuses_a_cursor_of_another_list(void)
{
    static const char *const cursors[] = {"0fs1.2.99999", "1fs1.2.1", "0rs1.2.1", "0fg1.2.1",
                                          "0fs1.2",       "0fsg.2.1", "x",        "0fs1.2.1.4"};
    struct make_alerts *history = make_alerts_random(77);
    struct cord_alert_book *book = cord_alert_book_new(&history->options);
    make_alerts_feed(history, book, 0);
    for (size_t i = 0; i < sizeof cursors / sizeof *cursors; i++) {
        struct cord_alert_page page = {.limit = 1, .cursor = cord_str_from(cursors[i])};
        struct cord_alert_listed listed;
        struct ids ids = {.count = 0};
        CHECK(cord_alert_book_list(book, &make_alerts_everything, &page,
                                   (struct cord_alert_visitor){keep_id, &ids}, &listed,
                                   NULL) == CORD_E_FORMAT);
    }
    cord_alert_book_free(book);
    make_alerts_free(history);
}

/* --- a small story --- */

#define T0 (1494576000LL * CORD_SECOND_NS)

static struct cord_alert_book *small_book(void)
{
    const struct cord_alert_book_options options = {.key = {7}};
    struct cord_alert_book *book = cord_alert_book_new(&options);
    CHECK(book != NULL);
    return book;
}

static struct cord_sighting sighting(uint64_t number, int64_t second, const char *organisation,
                                     const char *host)
{
    return (struct cord_sighting){.number = number,
                                  .known_ns = T0 + second * CORD_SECOND_NS,
                                  .time_ns = T0 + second * CORD_SECOND_NS,
                                  .organisation = cord_str_from(organisation),
                                  .rule = CORD_STR("r1"),
                                  .title = CORD_STR("A rule"),
                                  .level = CORD_LEVEL_HIGH,
                                  .host = cord_str_from(host),
                                  .events = 1};
}

static void find(struct cord_alert_book *book, uint64_t number, int64_t second,
                 const char *organisation, const char *host)
{
    struct cord_sighting one = sighting(number, second, organisation, host);
    CHECK(cord_alert_book_sighting(book, &one, NULL) == CORD_OK);
}

static void claim(struct cord_alert_book *book, uint64_t number, int64_t second, const char *kind,
                  uint64_t alert, const char *value)
{
    char id[CORD_ALERT_ID_TEXT];
    char subject[32];
    cord_str text = cord_alert_book_id(book, alert, id);
    (void)snprintf(subject, sizeof subject, "triage:%.*s", CORD_STR_ARG(text));
    const struct cord_claim one = {.number = number,
                                   .kind = cord_claim_kind_find(cord_str_from(kind)),
                                   .subject = cord_str_from(subject),
                                   .value = cord_str_from(value),
                                   .recorded_ns = T0 + second * CORD_SECOND_NS};
    CHECK(one.kind != NULL);
    CHECK(cord_alert_book_claim(book, &one) == CORD_OK);
}

static void copy_alert(void *self, const struct cord_alert *alert)
{
    *(struct cord_alert *)self = *alert;
}

static struct cord_alert one_of(struct cord_alert_book *book, uint64_t number)
{
    char id[CORD_ALERT_ID_TEXT];
    struct cord_alert alert = {0};
    cord_str text = cord_alert_book_id(book, number, id);
    CHECK(cord_alert_book_one(book, &make_alerts_everything, text, copy_alert, &alert) == CORD_OK);
    return alert;
}

static void what_comes_back_is_seen_again(void)
{
    struct cord_alert_book *book = small_book();
    find(book, 1, 0, "R1", "a");
    claim(book, 1, 10, "triage.state", 1, "{\"state\":\"closed\",\"reason\":\"true-positive\"}");
    CHECK(one_of(book, 1).status == CORD_ALERT_CLOSED);
    find(book, 2, 20, "R1", "A");
    struct cord_alert alert = one_of(book, 1);
    CHECK(alert.status == CORD_ALERT_NEW && alert.reason == CORD_ALERT_TRUE_POSITIVE);
    CHECK_U64(alert.again, 1);
    CHECK_U64(alert.count, 2);
    claim(book, 2, 30, "triage.state", 1, "{\"state\":\"closed\",\"reason\":\"benign\"}");
    find(book, 3, 40, "R1", "a");
    alert = one_of(book, 1);
    CHECK(alert.status == CORD_ALERT_CLOSED && alert.again == 1);
    cord_alert_book_free(book);
}

static void two_days_later_is_another_alert(void)
{
    struct cord_alert_book *book = small_book();
    uint64_t numbers[8];
    size_t count = 0;
    char id[CORD_ALERT_ID_TEXT];
    find(book, 1, 0, "R1", "a");
    find(book, 2, 86400, "R1", "a");
    find(book, 3, 86400LL * 3, "R1", "a");
    find(book, 5, 86400, "R1", "a"); /* late: it is counted where it belongs */
    CHECK_U64(cord_alert_book_stats(book).alerts, 2);
    CHECK_U64(one_of(book, 1).count, 3);
    CHECK_U64(one_of(book, 3).count, 1);
    CHECK(cord_alert_book_findings(book, &make_alerts_everything, cord_alert_book_id(book, 1, id),
                                   &(struct cord_alert_slice){1, numbers, 8}, &count) == CORD_OK);
    CHECK(count == 2 && numbers[0] == 2 && numbers[1] == 5);
    cord_alert_book_free(book);
}

static void a_claim_may_come_before_its_finding(void)
{
    struct cord_alert_book *book = small_book();
    uint64_t numbers[8];
    size_t count = 0;
    char id[CORD_ALERT_ID_TEXT];
    claim(book, 1, 10, "triage.owner", 1, "{\"owner\":\"user:17\"}");
    CHECK_U64(cord_alert_book_stats(book).waiting, 1);
    find(book, 1, 0, "R1", "a");
    CHECK_U64(cord_alert_book_stats(book).waiting, 0);
    CHECK_STR(one_of(book, 1).owner, "user:17");
    CHECK(cord_alert_book_claims(book, &make_alerts_everything, cord_alert_book_id(book, 1, id),
                                 &(struct cord_alert_slice){0, numbers, 8}, &count) == CORD_OK);
    CHECK(count == 1 && numbers[0] == 1);
    cord_alert_book_free(book);
}

static void is_fed_once(void)
{
    struct cord_alert_book *book = small_book();
    find(book, 4, 0, "R1", "a");
    find(book, 4, 0, "R1", "a");
    find(book, 3, 0, "R1", "a");
    claim(book, 2, 10, "triage.note", 4, "{\"text\":\"n\"}");
    claim(book, 2, 10, "triage.note", 4, "{\"text\":\"n\"}");
    CHECK_U64(one_of(book, 4).count, 1);
    CHECK_U64(one_of(book, 4).notes, 1);
    CHECK_U64(cord_alert_book_stats(book).findings, 1);
    struct cord_sighting far = sighting(CORD_ALERT_ID_MANUAL, 0, "R1", "a");
    CHECK(cord_alert_book_sighting(book, &far, NULL) == CORD_E_LIMIT);
    cord_alert_book_free(book);
}

static void say_asset(struct cord_alert_book *book, uint64_t number, uint64_t supersedes,
                      const char *value)
{
    const struct cord_claim one = {.number = number,
                                   .kind = cord_claim_kind_find(supersedes > 0
                                                                    ? CORD_STR("claim.retract")
                                                                    : CORD_STR("asset.seen")),
                                   .subject = CORD_STR("org:R1"),
                                   .value = cord_str_from(value),
                                   .supersedes = supersedes,
                                   .recorded_ns = T0 + (int64_t)number * CORD_SECOND_NS};
    CHECK(cord_alert_book_claim(book, &one) == CORD_OK);
}

static void what_is_taken_back_no_longer_counts(void)
{
    struct cord_alert_book *book = small_book();
    find(book, 1, 0, "R1", "PACS");
    CHECK(one_of(book, 1).criticality == CORD_ALERT_UNKNOWN);
    say_asset(book, 1, 0, "{\"asset\":\"pacs\",\"criticality\":\"support\",\"care\":\"x-ray\"}");
    say_asset(book, 2, 0, "{\"asset\":\"pacs\",\"criticality\":\"life-critical\"}");
    struct cord_alert alert = one_of(book, 1);
    CHECK(alert.criticality == CORD_ALERT_LIFE_CRITICAL);
    CHECK_STR(alert.care, "x-ray");
    CHECK_U64(alert.risk, 26 + 10 + 25);
    say_asset(book, 3, 2, "{\"reason\":\"wrong\"}");
    CHECK(one_of(book, 1).criticality == CORD_ALERT_SUPPORT);
    say_asset(book, 4, 1, "{\"reason\":\"wrong\"}");
    alert = one_of(book, 1);
    CHECK(alert.criticality == CORD_ALERT_UNKNOWN && alert.care.len == 0);
    cord_alert_book_free(book);
}

/* --- who may see --- */

static bool only_r1(void *self, cord_str organisation, cord_str *ret_region)
{
    (void)self;
    if (ret_region) {
        *ret_region = CORD_STR("Y56");
    }
    return cord_str_eq(organisation, CORD_STR("R1"));
}

static void count_facet(void *self, const struct cord_alert_facet *facet)
{
    *(uint64_t *)self += facet->distinct;
}

static void keep_change(void *self, cord_str id)
{
    struct ids *ids = self;
    memcpy(ids->text[ids->count++], id.ptr, CORD_ALERT_ID_TEXT);
}

static void nobody_sees_another_organisation(void)
{
    struct cord_alert_book *book = small_book();
    struct cord_alert_ask ask = make_alerts_everything;
    struct cord_alert_page page = {.limit = 10};
    struct cord_alert_listed listed;
    struct ids ids = {.count = 0};
    struct cord_alert alert = {0};
    uint64_t total = 0;
    uint64_t distinct = 0;
    uint64_t counts[CORD_LEVEL_CRITICAL + 1] = {0};
    char id[CORD_ALERT_ID_TEXT];
    ask.visible = only_r1;
    find(book, 1, 0, "R1", "a");
    find(book, 2, 0, "R2", "a");
    find(book, 3, 1, "R2", "b");
    CHECK(cord_alert_book_list(book, &ask, &page, (struct cord_alert_visitor){keep_id, &ids},
                               &listed, NULL) == CORD_OK);
    CHECK(listed.total == 1 && ids.count == 1);
    ask.query = CORD_STR("org:R2 OR NOT org:R1 OR region:Y57");
    CHECK(cord_alert_book_list(book, &ask, &page, (struct cord_alert_visitor){keep_id, &ids},
                               &listed, NULL) == CORD_OK);
    CHECK_U64(listed.total, 0);
    ask.query = CORD_STR("region:Y56");
    const cord_str fields[] = {CORD_STR("org"), CORD_STR("host")};
    CHECK(cord_alert_book_facets(
              book, &ask, &(struct cord_alert_faceting){fields, 2, 10, count_facet, &distinct},
              &total, NULL) == CORD_OK);
    CHECK(total == 1 && distinct == 2);
    const struct cord_alert_histogram histogram = {
        .from_ns = T0, .bucket_ns = CORD_SECOND_NS, .buckets = 1, .counts = counts};
    CHECK(cord_alert_book_histogram(book, &ask, &histogram, &total, NULL) == CORD_OK);
    CHECK(total == 1 && counts[CORD_LEVEL_HIGH] == 1);
    CHECK(cord_alert_book_one(book, &ask, cord_alert_book_id(book, 2, id), copy_alert, &alert) ==
          CORD_E_NOENT);
    CHECK(cord_alert_book_one(book, &ask, cord_alert_book_id(book, 1, id), copy_alert, &alert) ==
          CORD_OK);
    CHECK_STR(alert.region, "Y56");
    ids.count = 0;
    struct cord_alert_changed changed = {0, true};
    CHECK(cord_alert_book_changes(book, &ask, &(struct cord_alert_since){0, 10, keep_change, &ids},
                                  &changed) == CORD_OK);
    CHECK(ids.count == 1 && !changed.more && changed.revision == 3);
    cord_alert_book_free(book);
}

static void tells_what_has_changed(void)
{
    struct cord_alert_book *book = small_book();
    struct ids ids = {.count = 0};
    struct cord_alert_changed changed = {0, true};
    find(book, 1, 0, "R1", "a");
    find(book, 2, 0, "R1", "b");
    find(book, 3, 1, "R1", "a");
    CHECK(cord_alert_book_changes(book, &make_alerts_everything,
                                  &(struct cord_alert_since){0, 10, keep_change, &ids},
                                  &changed) == CORD_OK);
    CHECK(ids.count == 2 && !changed.more);
    CHECK_STR_EQ(cord_str_from(ids.text[0]), cord_alert_book_id(book, 1, ids.text[5]));
    ids.count = 0;
    CHECK(cord_alert_book_changes(book, &make_alerts_everything,
                                  &(struct cord_alert_since){0, 1, keep_change, &ids},
                                  &changed) == CORD_OK);
    CHECK(ids.count == 1 && changed.more);
    ids.count = 0;
    CHECK(
        cord_alert_book_changes(book, &make_alerts_everything,
                                &(struct cord_alert_since){changed.revision, 1, keep_change, &ids},
                                &changed) == CORD_OK);
    CHECK(ids.count == 0 && !changed.more);
    for (uint64_t i = 4; i < 70000; i++) {
        find(book, i, 2, "R1", "a");
    }
    CHECK(
        cord_alert_book_changes(book, &make_alerts_everything,
                                &(struct cord_alert_since){changed.revision, 9, keep_change, &ids},
                                &changed) == CORD_OK);
    CHECK(changed.more); /* too far back */
    CHECK_U64(one_of(book, 1).count, 69998);
    cord_alert_book_free(book);
}

/* --- queries --- */

static uint64_t total_of(struct cord_alert_book *book, const char *query)
{
    struct cord_alert_ask ask = make_alerts_everything;
    struct cord_alert_page page = {.limit = 1};
    struct cord_alert_listed listed = {0};
    struct ids ids = {.count = 0};
    struct cord_error err = {""};
    ask.query = cord_str_from(query);
    cord_status status = cord_alert_book_list(
        book, &ask, &page, (struct cord_alert_visitor){keep_id, &ids}, &listed, &err);
    if (status != CORD_OK) {
        print_message("%s: %s\n", query, err.text);
    }
    CHECK(status == CORD_OK);
    return listed.total;
}

static void answers_queries(void)
{
    struct cord_alert_book *book = small_book();
    char query[64];
    char id[CORD_ALERT_ID_TEXT];
    find(book, 1, 0, "R1", "WYR-01");
    find(book, 2, 5, "R1", "pacs");
    find(book, 3, 9, "R2", "pacs");
    find(book, 4, 10, "R2", "PACS");
    claim(book, 1, 20, "triage.owner", 3, "{\"owner\":\"user:17\"}");
    CHECK_U64(total_of(book, ""), 3);
    CHECK_U64(total_of(book, "host:pacs"), 2);
    CHECK_U64(total_of(book, "host:wyr* OR count:>1"), 2);
    CHECK_U64(total_of(book, "owner:*"), 1);
    CHECK_U64(total_of(book, "NOT owner:*"), 2);
    CHECK_U64(total_of(book, "severity:high AND org:R2 AND status:new"), 1);
    CHECK_U64(total_of(book, "wyr"), 1);
    CHECK_U64(total_of(book, "first:>=2017-05-12T08:00:05Z"), 2);
    CHECK_U64(total_of(book, "user:*"), 0);
    CHECK_U64(total_of(book, "risk:[0 TO 100]"), 3);
    cord_str text = cord_alert_book_id(book, 3, id);
    (void)snprintf(query, sizeof query, "id:%.*s", CORD_STR_ARG(text));
    CHECK_U64(total_of(book, query), 1);
    CHECK_U64(total_of(book, query + 3), 1);
    cord_alert_book_free(book);
}

static void refuses_what_it_does_not_know(void)
{
    static const char *const cases[][2] = {
        {"ownr:user", "did you mean 'owner'"},
        {"host:a AND time:>2017", "no field 'time'"},
        {"host:a | count", "without '|'"},
        {"host:(", "column"},
        {".title:x", "no field"},
    };
    struct cord_alert_book *book = small_book();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cord_alert_ask ask = make_alerts_everything;
        struct cord_alert_page page = {.limit = 1};
        struct cord_alert_listed listed;
        struct ids ids = {.count = 0};
        struct cord_error err = {""};
        ask.query = cord_str_from(cases[i][0]);
        CHECK(cord_alert_book_list(book, &ask, &page, (struct cord_alert_visitor){keep_id, &ids},
                                   &listed, &err) == CORD_E_FORMAT);
        if (!strstr(err.text, cases[i][1])) {
            print_message("%s: %s\n", cases[i][0], err.text);
        }
        CHECK(strstr(err.text, cases[i][1]) != NULL);
    }
    cord_alert_book_free(book);
}

/* --- facets --- */

struct facets {
    struct cord_buf text;
};

static void print_facet(void *self, const struct cord_alert_facet *facet)
{
    struct cord_buf *out = self;
    cord_buf_printf(out, "%.*s:", CORD_STR_ARG(facet->field));
    for (size_t i = 0; i < facet->value_count; i++) {
        cord_buf_printf(out, " %.*s=%llu", CORD_STR_ARG(facet->values[i].value),
                        (unsigned long long)facet->values[i].count);
    }
    cord_buf_printf(out, " other=%llu of %llu\n", (unsigned long long)facet->other,
                    (unsigned long long)facet->distinct);
}

static void counts_by_value(void)
{
    struct cord_alert_book *book = small_book();
    struct cord_buf text;
    struct cord_error err = {""};
    uint64_t total = 0;
    static const cord_str tags[] = {{"attack.t1210", 12}, {"attack.Lateral_Movement", 23}};
    cord_buf_init(&text, 4096);
    find(book, 1, 0, "R1", "a");
    find(book, 2, 0, "R2", "A");
    find(book, 3, 0, "R2", "b");
    struct cord_sighting tagged = sighting(4, 0, "R2", "");
    tagged.tags = tags;
    tagged.tag_count = 2;
    CHECK(cord_alert_book_sighting(book, &tagged, NULL) == CORD_OK);
    const cord_str fields[] = {CORD_STR("org"),    CORD_STR("host"),  CORD_STR("technique"),
                               CORD_STR("tactic"), CORD_STR("owner"), CORD_STR("rule")};
    CHECK(cord_alert_book_facets(book, &make_alerts_everything,
                                 &(struct cord_alert_faceting){fields, 6, 2, print_facet, &text},
                                 &total, &err) == CORD_OK);
    CHECK_U64(total, 4);
    CHECK_STR(cord_buf_str(&text), "org: R2=3 R1=1 other=0 of 2\n"
                                   "host: A=2 =1 other=1 of 3\n"
                                   "technique: =3 T1210=1 other=0 of 2\n"
                                   "tactic: =3 lateral-movement=1 other=0 of 2\n"
                                   "owner: =4 other=0 of 1\n"
                                   "rule: r1=4 other=0 of 1\n");
    const cord_str wrong[] = {CORD_STR("severty")};
    CHECK(cord_alert_book_facets(book, &make_alerts_everything,
                                 &(struct cord_alert_faceting){wrong, 1, 2, print_facet, &text},
                                 &total, &err) == CORD_E_FORMAT);
    CHECK(strstr(err.text, "severity") != NULL);
    cord_buf_done(&text);
    cord_alert_book_free(book);
}

/* Each count is what the query that it stands for comes to. */
struct asked {
    struct cord_alert_book *book;
    struct cord_alert_ask ask;
    char queries[512][80];
    uint64_t counts[512];
    size_t count;
};

static void turn_into_queries(void *self, const struct cord_alert_facet *facet)
{
    struct asked *asked = self;
    CHECK(facet->other == 0 && facet->distinct == facet->value_count);
    for (size_t i = 0; i < facet->value_count; i++) {
        cord_str value = facet->values[i].value;
        CHECK(asked->count < 512);
        (void)snprintf(asked->queries[asked->count], 80,
                       value.len > 0 ? "%.*s:\"%.*s\"" : "NOT %.*s:*", CORD_STR_ARG(facet->field),
                       CORD_STR_ARG(value));
        asked->counts[asked->count++] = facet->values[i].count;
    }
}

static void check_counts_at(struct cord_alert_book *book, int64_t at_ns)
{
    static const char *const names[] = {
        "severity",  "status", "reason",  "owner",       "rule",     "org",       "region",
        "technique", "tactic", "tag",     "host",        "user",     "address",   "entity",
        "kind",      "care",   "cluster", "criticality", "incident", "suppressed"};
    enum { FIELDS = sizeof names / sizeof *names };
    cord_str fields[FIELDS];
    struct asked *asked = calloc(1, sizeof *asked);
    struct cord_alert_page page = {.limit = 1};
    uint64_t total = 0;
    CHECK(asked != NULL);
    asked->ask = make_alerts_everything;
    asked->ask.at_ns = at_ns;
    for (size_t i = 0; i < FIELDS; i++) {
        fields[i] = cord_str_from(names[i]);
    }
    CHECK(cord_alert_book_facets(
              book, &asked->ask,
              &(struct cord_alert_faceting){fields, FIELDS, 1000, turn_into_queries, asked}, &total,
              NULL) == CORD_OK);
    for (size_t i = 0; i < asked->count; i++) {
        struct cord_alert_listed listed = {0};
        struct ids ids = {.count = 0};
        asked->ask.query = cord_str_from(asked->queries[i]);
        CHECK(cord_alert_book_list(book, &asked->ask, &page,
                                   (struct cord_alert_visitor){keep_id, &ids}, &listed,
                                   NULL) == CORD_OK);
        if (listed.total != asked->counts[i]) {
            print_message("%s\n", asked->queries[i]);
        }
        CHECK_U64(listed.total, asked->counts[i]);
    }
    free(asked);
}

static void check_histogram_at(const struct make_alerts *history, struct cord_alert_book *book,
                               int64_t at_ns)
{
    enum { BUCKETS = 50, CELLS = BUCKETS * (CORD_LEVEL_CRITICAL + 1) };
    uint64_t counts[CELLS];
    uint64_t total = 0;
    uint64_t sum = 0;
    struct cord_alert_ask ask = make_alerts_everything;
    ask.at_ns = at_ns;
    int64_t from_ns = history->first_ns - 9000 * CORD_SECOND_NS; /* a manual alert's is earlier */
    const struct cord_alert_histogram histogram = {.from_ns = from_ns,
                                                   .bucket_ns =
                                                       (history->last_ns - from_ns) / BUCKETS + 1,
                                                   .buckets = BUCKETS,
                                                   .by_known = at_ns % 2 == 0,
                                                   .counts = counts};
    CHECK(cord_alert_book_histogram(book, &ask, &histogram, &total, NULL) == CORD_OK);
    for (size_t i = 0; i < CELLS; i++) {
        sum += counts[i];
    }
    CHECK_U64(sum, total);
}

static void counts_are_what_their_queries_come_to(void)
{
    for (uint32_t seed = 100; seed < 108; seed++) {
        struct make_alerts *history = make_alerts_random(seed);
        struct cord_alert_book *book = cord_alert_book_new(&history->options);
        CHECK(book != NULL);
        make_alerts_feed(history, book, seed);
        int64_t middle_ns = history->first_ns + (history->last_ns - history->first_ns) / 2;
        check_counts_at(book, CORD_TIME_NONE);
        check_counts_at(book, middle_ns);
        check_histogram_at(history, book, CORD_TIME_NONE);
        check_histogram_at(history, book, middle_ns);
        cord_alert_book_free(book);
        make_alerts_free(history);
    }
}

/* --- risk --- */

struct risks {
    struct cord_alert_risk items[8];
    size_t count;
    bool add_up;
};

static void keep_risk(void *self, const struct cord_alert_risk *risk)
{
    struct risks *risks = self;
    const struct cord_alert as_alert = {.risk = risk->risk, .why = risk->why};
    risks->add_up = risks->add_up && adds_up(&as_alert);
    risks->items[risks->count++] = *risk;
}

static void risk_of_entities_and_organisations(void)
{
    struct cord_alert_book *book = small_book();
    struct risks risks = {.add_up = true};
    uint64_t total = 0;
    find(book, 1, 0, "R1", "a");
    find(book, 2, 0, "R2", "a");
    find(book, 3, 0, "R2", "b");
    struct cord_sighting other = sighting(4, 0, "R2", "b");
    other.rule = CORD_STR("r2");
    CHECK(cord_alert_book_sighting(book, &other, NULL) == CORD_OK);
    claim(book, 1, 5, "triage.state", 1, "{\"state\":\"closed\",\"reason\":\"other\"}");
    CHECK(cord_alert_book_risks(book, &make_alerts_everything,
                                &(struct cord_alert_ranking){false, 8, keep_risk, &risks}, &total,
                                NULL) == CORD_OK);
    CHECK(total == 2 && risks.count == 2 && risks.add_up);
    CHECK_STR(risks.items[0].entity, "b");
    CHECK_U64(risks.items[1].risk, 44); /* 26 high, 10 not judged, 8 unknown */
    CHECK_U64(risks.items[0].risk, 56); /* and half of 44 % of the rest */
    risks.count = 0;
    CHECK(cord_alert_book_risks(book, &make_alerts_everything,
                                &(struct cord_alert_ranking){true, 8, keep_risk, &risks}, &total,
                                NULL) == CORD_OK);
    CHECK(total == 1 && risks.count == 1 && risks.add_up);
    CHECK_STR(risks.items[0].organisation, "R2");
    CHECK_U64(risks.items[0].risk, 66);
    cord_alert_book_free(book);
}

static void a_rule_has_a_record(void)
{
    struct cord_alert_book *book = small_book();
    struct cord_alert_rule rule;
    find(book, 1, 0, "R1", "a");
    find(book, 2, 0, "R1", "b");
    find(book, 3, 9, "R1", "b");
    claim(book, 1, 60, "triage.state", 1, "{\"state\":\"closed\",\"reason\":\"true-positive\"}");
    claim(book, 2, 90, "triage.state", 2, "{\"state\":\"closed\",\"reason\":\"benign\"}");
    CHECK(cord_alert_book_rule(book, &make_alerts_everything, CORD_STR("r1"), &rule) == CORD_OK);
    CHECK(rule.alerts == 2 && rule.findings == 3 && rule.true_positive == 1 && rule.benign == 1);
    CHECK_I64(rule.median_close_ns, 90 * CORD_SECOND_NS);
    CHECK(cord_alert_book_rule(book, &make_alerts_everything, CORD_STR("r9"), &rule) == CORD_OK);
    CHECK(rule.alerts == 0 && rule.last_ns == CORD_TIME_NONE);
    cord_alert_book_free(book);
}

/* --- threads --- */

struct reading {
    struct cord_alert_book *book;
    bool grew; /* never fewer than before */
};

static void *read_on(void *self)
{
    struct reading *reading = self;
    uint64_t before = 0;
    struct cord_alert_page page = {.limit = 5};
    reading->grew = true;
    while (before < 3000) {
        struct cord_alert_listed listed = {0};
        struct ids ids = {.count = 0};
        if (cord_alert_book_list(reading->book, &make_alerts_everything, &page,
                                 (struct cord_alert_visitor){keep_id, &ids}, &listed,
                                 NULL) != CORD_OK) {
            return NULL;
        }
        reading->grew = reading->grew && listed.total >= before;
        before = listed.total;
    }
    return NULL;
}

static void readers_and_a_feeder_share_it(void)
{
    struct cord_alert_book *book = small_book();
    struct reading readings[2] = {{.book = book}, {.book = book}};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        CHECK(pthread_create(&threads[i], NULL, read_on, &readings[i]) == 0);
    }
    for (uint64_t i = 1; i <= 3000; i++) {
        char host[16];
        (void)snprintf(host, sizeof host, "h%llu", (unsigned long long)i);
        find(book, i, (int64_t)i, "R1", host);
    }
    for (int i = 0; i < 2; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
        CHECK(readings[i].grew);
    }
    cord_alert_book_free(book);
}

/* --- memory --- */

/* Whatever fails, the next try begins where the last one could have. */
static void out_of_memory_changes_nothing(void)
{
    struct make_alerts *history = make_alerts_random(3);
    struct cord_alert_book *book = cord_alert_book_new(&history->options);
    for (size_t i = 0; i < history->finding_count; i++) {
        cord_status status = CORD_E_NOMEM;
        for (size_t nth = 1; status == CORD_E_NOMEM; nth++) {
            kit_fail_allocation(nth);
            status = cord_alert_book_sighting(book, &history->findings[i], NULL);
            (void)kit_fail_allocation_off();
        }
        CHECK(status == CORD_OK);
    }
    for (size_t i = 0; i < history->claim_count; i++) {
        cord_status status = CORD_E_NOMEM;
        for (size_t nth = 1; status == CORD_E_NOMEM; nth++) {
            kit_fail_allocation(nth);
            status = cord_alert_book_claim(book, &history->claims[i]);
            (void)kit_fail_allocation_off();
        }
        CHECK(status == CORD_OK);
    }
    history->push_count = 0;
    check_at(history, book, CORD_TIME_NONE);
    cord_alert_book_free(book);
    make_alerts_free(history);
}

static void ignore_alert(void *self, const struct cord_alert *alert)
{
    (void)self;
    (void)alert;
}

static void ignore_facet(void *self, const struct cord_alert_facet *facet)
{
    (void)self;
    (void)facet;
}

static void ignore_risk(void *self, const struct cord_alert_risk *risk)
{
    (void)self;
    (void)risk;
}

static void ignore_id(void *self, cord_str id)
{
    (void)self;
    (void)id;
}

static cord_status ask_something(struct cord_alert_book *book, int what, cord_str id)
{
    static const cord_str fields[] = {{"host", 4}, {"technique", 9}, {"region", 6}, {"rule", 4}};
    struct cord_alert_ask ask = make_alerts_everything;
    struct cord_alert_page page = {.limit = 5, .sort = CORD_ALERT_BY_ORG, .grouped = what == 1};
    struct cord_alert_listed listed;
    struct cord_alert_rule rule;
    uint64_t number = 0;
    struct cord_alert_changed changed;
    ask.visible = only_r1;
    ask.query = CORD_STR("host:* OR (title:/e/ AND dump)");
    switch (what) {
    case 0:
    case 1:
        return cord_alert_book_list(book, &ask, &page,
                                    (struct cord_alert_visitor){ignore_alert, NULL}, &listed, NULL);
    case 2:
        return cord_alert_book_facets(
            book, &ask, &(struct cord_alert_faceting){fields, 4, 3, ignore_facet, NULL}, &number,
            NULL);
    case 3:
        return cord_alert_book_risks(
            book, &ask, &(struct cord_alert_ranking){true, 3, ignore_risk, NULL}, &number, NULL);
    case 4:
        return cord_alert_book_changes(book, &ask,
                                       &(struct cord_alert_since){0, 3, ignore_id, NULL}, &changed);
    case 5:
        return cord_alert_book_rule(book, &ask, CORD_STR("rule-a"), &rule);
    default:
        break;
    }
    return cord_alert_book_one(book, &make_alerts_everything, id, ignore_alert, NULL);
}

/* Nothing is kept of a question that could not be answered. */
static void questions_may_run_out_of_memory(void)
{
    struct make_alerts *history = make_alerts_random(3);
    struct cord_alert_book *book = cord_alert_book_new(&history->options);
    char id[CORD_ALERT_ID_TEXT];
    make_alerts_feed(history, book, 1);
    cord_str first = cord_alert_book_id(book, history->findings[0].number, id);
    for (int what = 0; what < 7; what++) {
        cord_status status = CORD_E_NOMEM;
        for (size_t nth = 1; status == CORD_E_NOMEM; nth++) {
            kit_fail_allocation(nth);
            status = ask_something(book, what, first);
            (void)kit_fail_allocation_off();
        }
        CHECK(status == CORD_OK);
    }
    cord_alert_book_free(book);
    make_alerts_free(history);
}

KIT_MAIN(KIT_TEST(agrees_with_the_plain_way_at_any_time), KIT_TEST(pages_are_the_whole_in_parts),
         KIT_TEST(refuses_a_cursor_of_another_list), KIT_TEST(what_comes_back_is_seen_again),
         KIT_TEST(two_days_later_is_another_alert), KIT_TEST(a_claim_may_come_before_its_finding),
         KIT_TEST(is_fed_once), KIT_TEST(what_is_taken_back_no_longer_counts),
         KIT_TEST(nobody_sees_another_organisation), KIT_TEST(tells_what_has_changed),
         KIT_TEST(answers_queries), KIT_TEST(refuses_what_it_does_not_know),
         KIT_TEST(counts_by_value), KIT_TEST(counts_are_what_their_queries_come_to),
         KIT_TEST(risk_of_entities_and_organisations), KIT_TEST(a_rule_has_a_record),
         KIT_TEST(readers_and_a_feeder_share_it), KIT_TEST(out_of_memory_changes_nothing),
         KIT_TEST(questions_may_run_out_of_memory))
