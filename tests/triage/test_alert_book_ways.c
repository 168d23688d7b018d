/* test_alert_book_ways.c: whichever way the book of alerts goes through them, all or those of some
 * organisations or those with some ids, it says the same. */
#include "kit/kit.h"

#include "kit/make_alerts.h"

#include <stdio.h>
#include <stdlib.h>

enum { QUERY_MAX = 4096, IDS = 24 };

/* --- all that a book says to a question, as a text --- */

static void print_alert(void *self, const struct cord_alert *alert)
{
    struct cord_buf *out = self;
    cord_buf_printf(out, "%.*s %.*s %u %llu ", CORD_STR_ARG(alert->id), CORD_STR_ARG(alert->why),
                    alert->risk, (unsigned long long)alert->grouped);
    make_alerts_print(alert, out);
    cord_buf_put_char(out, '\n');
}

static void print_facet(void *self, const struct cord_alert_facet *facet)
{
    struct cord_buf *out = self;
    cord_buf_printf(out, "%.*s", CORD_STR_ARG(facet->field));
    for (size_t i = 0; i < facet->value_count; i++) {
        cord_buf_printf(out, " %.*s (%.*s) %llu", CORD_STR_ARG(facet->values[i].value),
                        CORD_STR_ARG(facet->values[i].label),
                        (unsigned long long)facet->values[i].count);
    }
    cord_buf_printf(out, ", %llu of %llu\n", (unsigned long long)facet->other,
                    (unsigned long long)facet->distinct);
}

static void print_risk(void *self, const struct cord_alert_risk *risk)
{
    struct cord_buf *out = self;
    cord_buf_printf(out, "%.*s %d %.*s %u %llu %d %.*s %.*s\n", CORD_STR_ARG(risk->organisation),
                    (int)risk->entity_kind, CORD_STR_ARG(risk->entity), risk->risk,
                    (unsigned long long)risk->open, (int)risk->criticality,
                    CORD_STR_ARG(risk->care), CORD_STR_ARG(risk->why));
}

static void print_list(struct cord_alert_book *book, const struct cord_alert_ask *ask,
                       const struct cord_alert_page *page, struct cord_buf *out)
{
    struct cord_alert_listed listed;
    const struct cord_alert_visitor visitor = {print_alert, out};
    CHECK(cord_alert_book_list(book, ask, page, visitor, &listed, NULL) == CORD_OK);
    cord_buf_printf(out, "%llu, %llu open, %llu rows, %s\n", (unsigned long long)listed.total,
                    (unsigned long long)listed.open, (unsigned long long)listed.rows,
                    listed.cursor);
    struct cord_alert_counted counted = {0, 0};
    CHECK(cord_alert_book_count(book, ask, &counted, NULL) == CORD_OK);
    CHECK(counted.total == listed.total && counted.open == listed.open);
}

static void print_counts(struct cord_alert_book *book, const struct cord_alert_ask *ask,
                         struct cord_buf *out)
{
    static const char *const names[] = {
        "severity", "status",    "reason", "owner", "rule",     "org",       "region",
        "tactic",   "technique", "host",   "user",  "entity",   "address",   "criticality",
        "care",     "cluster",   "kind",   "tag",   "incident", "suppressed"};
    enum { FIELDS = sizeof names / sizeof *names, BUCKETS = 20, LEVELS = CORD_LEVEL_CRITICAL + 1 };
    cord_str fields[FIELDS];
    uint64_t counts[BUCKETS * LEVELS];
    uint64_t total = 0;
    for (size_t i = 0; i < FIELDS; i++) {
        fields[i] = cord_str_from(names[i]);
    }
    const struct cord_alert_faceting faceting = {fields, FIELDS, 3, print_facet, out};
    CHECK(cord_alert_book_facets(book, ask, &faceting, &total, NULL) == CORD_OK);
    const struct cord_alert_histogram histogram = {.from_ns = 1494576000LL * CORD_SECOND_NS,
                                                   .bucket_ns = 60 * CORD_SECOND_NS,
                                                   .buckets = BUCKETS,
                                                   .by_known = ask->at_ns % 2 == 0,
                                                   .counts = counts};
    CHECK(cord_alert_book_histogram(book, ask, &histogram, &total, NULL) == CORD_OK);
    for (size_t i = 0; i < BUCKETS * LEVELS; i++) {
        cord_buf_printf(out, "%llu ", (unsigned long long)counts[i]);
    }
    for (int organisations = 0; organisations < 2; organisations++) {
        const struct cord_alert_ranking ranking = {organisations == 1, 4, print_risk, out};
        CHECK(cord_alert_book_risks(book, ask, &ranking, &total, NULL) == CORD_OK);
        cord_buf_printf(out, "%llu at risk\n", (unsigned long long)total);
    }
}

static void print_all(struct cord_alert_book *book, const struct cord_alert_ask *ask, uint32_t dice,
                      struct cord_buf *out)
{
    for (int grouped = 0; grouped < 2; grouped++) {
        const struct cord_alert_page page = {
            .sort = (enum cord_alert_sort)(make_alerts_next(&dice) % (CORD_ALERT_BY_STATUS + 1)),
            .reverse = (make_alerts_next(&dice) & 1) != 0,
            .grouped = grouped == 1,
            .limit = 1 + make_alerts_next(&dice) % 12};
        print_list(book, ask, &page, out);
    }
    print_counts(book, ask, out);
}

static void check_same(struct cord_alert_book *book, const struct cord_alert_ask *one,
                       const struct cord_alert_ask *other, uint32_t dice)
{
    struct cord_buf got;
    struct cord_buf wanted;
    cord_buf_init(&got, 1 << 20);
    cord_buf_init(&wanted, 1 << 20);
    print_all(book, one, dice, &got);
    print_all(book, other, dice, &wanted);
    CHECK_STR_EQ(cord_buf_str(&got), cord_buf_str(&wanted));
    cord_buf_done(&got);
    cord_buf_done(&wanted);
}

/* --- some organisations --- */

/* Of those of make_alerts, by bits. */
static bool may(void *self, cord_str organisation, cord_str *ret_region)
{
    static const char *const codes[] = {"R1", "R2", "X-T001"};
    if (ret_region) {
        *ret_region = CORD_STR("Y56");
    }
    for (unsigned i = 0; i < 3; i++) {
        if (cord_str_eq(organisation, cord_str_from(codes[i]))) {
            return (*(unsigned *)self >> i & 1) != 0;
        }
    }
    return false;
}

/* The reader of some organisations against that of all who asks for them. */
static void check_readers(struct cord_alert_book *book, const struct cord_alert_ask *ask,
                          uint32_t dice)
{
    unsigned all = 7;
    for (unsigned some = 0; some < 8; some++) {
        char query[128];
        (void)snprintf(query, sizeof query, "(org:none%s%s%s) AND (count:>%u OR severity:high)",
                       (some & 1) != 0 ? " OR org:R1" : "", (some & 2) != 0 ? " OR org:R2" : "",
                       (some & 4) != 0 ? " OR org:X-T001" : "", some % 3);
        struct cord_alert_ask few = *ask;
        struct cord_alert_ask many = *ask;
        few.visible = many.visible = may;
        few.self = &some;
        many.self = &all;
        many.query = cord_str_from(query);
        few.query = cord_str_from(strchr(query, 'A') + 4);
        check_same(book, &few, &many, dice);
    }
}

static void readers_of_some_see_what_readers_of_all_ask_for(void)
{
    for (uint32_t seed = 200; seed < 206; seed++) {
        struct make_alerts *history = make_alerts_random(seed);
        struct cord_alert_book *book = cord_alert_book_new(&history->options);
        struct cord_alert_ask ask = make_alerts_everything;
        int64_t span_ns = history->last_ns - history->first_ns;
        make_alerts_feed(history, book, seed);
        check_readers(book, &ask, seed);
        ask.at_ns = history->first_ns + span_ns / 3;
        check_readers(book, &ask, seed + 1);
        ask.from_ns = history->first_ns + span_ns / 5;
        ask.to_ns = history->first_ns + span_ns / 4;
        check_readers(book, &ask, seed + 2);
        ask.at_ns = CORD_TIME_NONE;
        check_readers(book, &ask, seed + 3);
        cord_alert_book_free(book);
        make_alerts_free(history);
    }
}

/* --- groups, put together from the list that is not grouped --- */

struct row {
    char id[CORD_ALERT_ID_TEXT];
    cord_str rule, organisation;
    int64_t slot;
    uint64_t count;
};

struct rows {
    struct row *items; /* room for MAKE_ALERTS_FINDINGS + MAKE_ALERTS_CLAIMS */
    size_t count;
    bool together;
};

static void put_row(void *self, const struct cord_alert *alert)
{
    struct rows *rows = self;
    int64_t slot = alert->first_ns / (600 * CORD_SECOND_NS); /* none lies before 1970 */
    for (size_t i = 0; i < rows->count && rows->together; i++) {
        struct row *row = &rows->items[i];
        if (row->slot == slot && cord_str_eq(row->rule, alert->rule) &&
            cord_str_eq(row->organisation, alert->organisation)) {
            row->count++;
            return;
        }
    }
    struct row *row = &rows->items[rows->count++];
    *row = (struct row){.rule = alert->rule,
                        .organisation = alert->organisation,
                        .slot = slot,
                        .count = alert->grouped};
    memcpy(row->id, alert->id.ptr, CORD_ALERT_ID_TEXT - 1);
}

static void check_groups(struct cord_alert_book *book, const struct cord_alert_ask *ask,
                         enum cord_alert_sort sort, bool reverse)
{
    size_t room = MAKE_ALERTS_FINDINGS + MAKE_ALERTS_CLAIMS;
    struct cord_alert_listed listed;
    struct rows plain = {.items = calloc(room, sizeof(struct row)), .together = true};
    struct rows grouped = {.items = calloc(room, sizeof(struct row))};
    struct cord_alert_page page = {.sort = sort, .reverse = reverse, .limit = CORD_ALERT_LIMIT_MAX};
    struct cord_alert_visitor visitor = {put_row, &plain};
    CHECK(plain.items && grouped.items);
    CHECK(cord_alert_book_list(book, ask, &page, visitor, &listed, NULL) == CORD_OK);
    page.grouped = true;
    visitor.self = &grouped;
    CHECK(cord_alert_book_list(book, ask, &page, visitor, &listed, NULL) == CORD_OK);
    CHECK_U64(listed.rows, plain.count);
    CHECK_U64(grouped.count, plain.count);
    for (size_t i = 0; i < plain.count; i++) {
        CHECK_STR_EQ(cord_str_from(grouped.items[i].id), cord_str_from(plain.items[i].id));
        CHECK_U64(grouped.items[i].count, plain.items[i].count);
    }
    free(plain.items);
    free(grouped.items);
}

static void groups_are_the_rows_put_together(void)
{
    for (uint32_t seed = 400; seed < 404; seed++) {
        struct make_alerts *history = make_alerts_random(seed);
        struct cord_alert_book *book = cord_alert_book_new(&history->options);
        struct cord_alert_ask ask = make_alerts_everything;
        make_alerts_feed(history, book, seed);
        for (int sort = CORD_ALERT_BY_PRIORITY; sort <= CORD_ALERT_BY_STATUS; sort++) {
            ask.at_ns = CORD_TIME_NONE;
            check_groups(book, &ask, (enum cord_alert_sort)sort, sort % 2 == 0);
            ask.at_ns = history->first_ns + (history->last_ns - history->first_ns) / 2;
            check_groups(book, &ask, (enum cord_alert_sort)sort, sort % 2 != 0);
        }
        cord_alert_book_free(book);
        make_alerts_free(history);
    }
}

/* --- some ids --- */

struct ids {
    char text[IDS][CORD_ALERT_ID_TEXT];
    cord_str items[IDS];
    size_t count;
    uint32_t dice;
};

static void keep_some(void *self, const struct cord_alert *alert)
{
    struct ids *ids = self;
    if (ids->count < IDS && make_alerts_next(&ids->dice) % 2 == 0) {
        memcpy(ids->text[ids->count], alert->id.ptr, CORD_ALERT_ID_TEXT - 1);
        ids->items[ids->count] = (cord_str){ids->text[ids->count], CORD_ALERT_ID_TEXT - 1};
        ids->count++;
    }
}

/* What else is asked for decides that all are looked at. */
static void put_query(const struct ids *ids, const char *first, const char *last, char *query)
{
    int len = snprintf(query, QUERY_MAX, "%s", first);
    for (size_t i = 0; i < ids->count; i++) {
        len += snprintf(query + len, QUERY_MAX - (size_t)len, "%sid:\"%.*s\"", i > 0 ? " OR " : "",
                        CORD_STR_ARG(ids->items[i]));
    }
    (void)snprintf(query + len, QUERY_MAX - (size_t)len, "%s", last);
}

static void check_ids(struct cord_alert_book *book, struct cord_alert_ask ask, uint32_t seed)
{
    char looked[QUERY_MAX];
    char found[QUERY_MAX];
    char narrowed[QUERY_MAX];
    struct cord_alert_listed listed;
    struct cord_alert_page page = {.limit = CORD_ALERT_LIMIT_MAX};
    struct ids ids = {.dice = seed};
    const struct cord_alert_visitor visitor = {keep_some, &ids};
    CHECK(cord_alert_book_list(book, &make_alerts_everything, &page, visitor, &listed, NULL) ==
          CORD_OK);
    if (ids.count == 0) {
        return;
    }
    put_query(&ids, "count:<0 OR ", "", looked);
    put_query(&ids, "", "", found);
    put_query(&ids, "count:>=0 AND (", ")", narrowed);
    struct cord_alert_ask by_query = ask;
    struct cord_alert_ask by_all = ask;
    struct cord_alert_ask by_ids = ask;
    by_all.query = cord_str_from(looked);
    by_query.query = cord_str_from(found);
    by_ids.ids = ids.items;
    by_ids.id_count = ids.count;
    check_same(book, &by_query, &by_all, seed);
    check_same(book, &by_ids, &by_all, seed);
    by_query.query = cord_str_from(narrowed);
    check_same(book, &by_query, &by_all, seed);
}

static void ids_are_looked_up(void)
{
    for (uint32_t seed = 300; seed < 306; seed++) {
        struct make_alerts *history = make_alerts_random(seed);
        struct cord_alert_book *book = cord_alert_book_new(&history->options);
        struct cord_alert_ask ask = make_alerts_everything;
        unsigned some = seed % 8;
        make_alerts_feed(history, book, seed);
        check_ids(book, ask, seed);
        ask.at_ns = history->first_ns + (history->last_ns - history->first_ns) / 2;
        check_ids(book, ask, seed + 1);
        ask.visible = may;
        ask.self = &some;
        check_ids(book, ask, seed + 2);
        cord_alert_book_free(book);
        make_alerts_free(history);
    }
}

static void ids_of_none_and_twice(void)
{
    struct make_alerts *history = make_alerts_random(7);
    struct cord_alert_book *book = cord_alert_book_new(&history->options);
    char id[CORD_ALERT_ID_TEXT];
    char none[CORD_ALERT_ID_TEXT];
    struct cord_alert_ask ask = make_alerts_everything;
    struct cord_alert_counted counted;
    make_alerts_feed(history, book, 0);
    cord_str first = cord_alert_book_id(book, history->findings[0].number, id);
    const cord_str ids[] = {first, CORD_STR(""), CORD_STR("A-"), first,
                            cord_alert_book_id(book, 4000000, none)};
    ask.ids = ids;
    ask.id_count = 5;
    CHECK(cord_alert_book_count(book, &ask, &counted, NULL) == CORD_OK);
    CHECK_U64(counted.total, 1);
    ask.id_count = 0;
    CHECK(cord_alert_book_count(book, &ask, &counted, NULL) == CORD_OK);
    CHECK_U64(counted.total, 0);
    cord_alert_book_free(book);
    make_alerts_free(history);
}

KIT_MAIN(KIT_TEST(readers_of_some_see_what_readers_of_all_ask_for),
         KIT_TEST(groups_are_the_rows_put_together), KIT_TEST(ids_are_looked_up),
         KIT_TEST(ids_of_none_and_twice))
