/* test_spread.c: what makes a cluster, who was first, what was known when, and who may see it. */
#include "kit/kit.h"
#include "kit/kit_spread.h"
#include "triage/spread_sign.h"

#include <pthread.h>
#include <stdio.h>

#define FEED(...) CHECK(kit_spread_feed(__VA_ARGS__) == CORD_OK)

static struct cord_spread_answer *ask(struct kit_spread *desk, int64_t at_minute)
{
    struct cord_spread_answer *answer = NULL;
    const struct cord_spread_question question = {
        .at_ns = at_minute < 0 ? CORD_TIME_NONE : KIT_SPREAD_START + at_minute * KIT_SPREAD_MINUTE,
        .now_ns = KIT_SPREAD_START + 10000 * KIT_SPREAD_MINUTE};
    CHECK(cord_spread_ask(desk->spread, &question, &answer) == CORD_OK);
    return answer;
}

static size_t count_at(struct kit_spread *desk, int64_t at_minute)
{
    struct cord_spread_answer *answer = ask(desk, at_minute);
    size_t count = cord_spread_answer_count(answer);
    cord_spread_answer_free(answer);
    return count;
}

/* "attacker 10.0.0.1, implanted 10.0.0.2 by 10.0.0.1" */
static void check_rows(const struct cord_spread_cluster *cluster, const char *wanted)
{
    char text[1024] = "";
    size_t len = 0;
    for (size_t i = 0; i < cluster->row_count && len < sizeof text; i++) {
        const struct cord_spread_row *row = &cluster->rows[i];
        cord_str name = row->address.len > 0 ? row->address : row->host;
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s %.*s%s%.*s", i > 0 ? ", " : "",
                                cord_spread_role_name(row->role), CORD_STR_ARG(name),
                                row->from.len > 0 ? " by " : "", CORD_STR_ARG(row->from));
    }
    CHECK_STR_EQ(cord_str_from(text), cord_str_from(wanted));
}

static void attempts_without_effect_make_no_cluster(void)
{
    struct kit_spread desk;
    struct cord_spread_answer *answer = NULL;
    kit_spread_init(&desk);
    FEED(&desk, "RXA", kit_spread_attempt, "10.0.0.1", "10.0.0.2", 0);
    FEED(&desk, "RXA", kit_spread_attempt, "10.0.0.1", "10.0.0.3", 1);
    FEED(&desk, "RXA", kit_spread_scan, "10.0.0.1", NULL, 2);
    CHECK(count_at(&desk, -1) == 0);
    const struct cord_spread_question question = {.at_ns = CORD_TIME_NONE, .attempts = true};
    CHECK(cord_spread_ask(desk.spread, &question, &answer) == CORD_OK);
    CHECK(cord_spread_answer_count(answer) == 1);
    const struct cord_spread_cluster *cluster = cord_spread_answer_at(answer, 0);
    CHECK(cluster->attempts_only && cluster->reached == 2);
    check_rows(cluster, "attacker 10.0.0.1, reached 10.0.0.2 by 10.0.0.1, "
                        "reached 10.0.0.3 by 10.0.0.1");
    cord_spread_answer_free(answer);
    kit_spread_done(&desk);
}

static void an_effect_makes_a_cluster_of_all_that_led_to_it(void)
{
    struct kit_spread desk;
    kit_spread_init(&desk);
    FEED(&desk, "RXA", kit_spread_attempt, "10.0.0.1", "10.0.0.2", 0);
    FEED(&desk, "RXA", kit_spread_attempt, "10.0.0.1", "10.0.0.3", 1);
    FEED(&desk, "RXA", kit_spread_reply, "10.0.0.3", "10.0.0.1", 2); /* the answer of .3 */
    FEED(&desk, "RXA", kit_spread_effect, "10.0.0.1", "10.0.0.2", 3);
    FEED(&desk, "RXA", kit_spread_effect, "10.0.0.3", "10.0.0.4", 5);
    struct cord_spread_answer *answer = ask(&desk, -1);
    CHECK(cord_spread_answer_count(answer) == 1);
    const struct cord_spread_cluster *cluster = cord_spread_answer_at(answer, 0);
    CHECK_STR(cluster->technique, "T1210");
    CHECK_STR(cluster->title, "A worm");
    CHECK_STR(cluster->patient_zero->address, "10.0.0.1");
    CHECK_I64(cluster->patient_zero->attacked_ns, KIT_SPREAD_START);
    CHECK_I64(cluster->known_ns, KIT_SPREAD_START + 2 * KIT_SPREAD_MINUTE);
    CHECK_U64(cluster->hosts, 4);
    CHECK_U64(cluster->organisations, 1);
    CHECK_U64(cluster->findings, 5);
    CHECK(!cluster->growing && !cluster->attempts_only);
    CHECK(cluster->rate_hosts_per_minute > 0.79 && cluster->rate_hosts_per_minute < 0.81);
    CHECK_STR(cluster->rows[1].evidence, "K7QM-2F9A-XHP3");
    check_rows(cluster, "attacker 10.0.0.1, implanted 10.0.0.3 by 10.0.0.1, "
                        "implanted 10.0.0.2 by 10.0.0.1, implanted 10.0.0.4 by 10.0.0.3");
    cord_spread_answer_free(answer);
    answer = ask(&desk, 6);
    CHECK(cord_spread_answer_at(answer, 0)->growing);
    cord_spread_answer_free(answer);
    kit_spread_done(&desk);
}

static void a_machine_that_was_reached_and_then_attacks_was_taken_over(void)
{
    struct kit_spread desk;
    kit_spread_init(&desk);
    FEED(&desk, "RXA", kit_spread_attempt, "10.0.0.1", "10.0.0.2", 0);
    CHECK(count_at(&desk, -1) == 0);
    FEED(&desk, "RXA", kit_spread_scan, "10.0.0.2", NULL, 4);
    struct cord_spread_answer *answer = ask(&desk, -1);
    CHECK(cord_spread_answer_count(answer) == 1);
    check_rows(cord_spread_answer_at(answer, 0),
               "attacker 10.0.0.1, implanted 10.0.0.2 by 10.0.0.1");
    CHECK_STR(cord_spread_answer_at(answer, 0)->patient_zero->address, "10.0.0.1");
    cord_spread_answer_free(answer);
    kit_spread_done(&desk);
}

static void patient_zero_is_another_once_more_is_known(void)
{
    struct kit_spread desk;
    kit_spread_init(&desk);
    FEED(&desk, "RXA", kit_spread_effect, "10.0.0.2", "10.0.0.3", 10);
    desk.known_ns = KIT_SPREAD_START + 60 * KIT_SPREAD_MINUTE; /* a log that came late */
    FEED(&desk, "RXA", kit_spread_effect, "10.0.0.1", "10.0.0.2", 2);
    struct cord_spread_answer *answer = ask(&desk, 30);
    CHECK_STR(cord_spread_answer_at(answer, 0)->patient_zero->address, "10.0.0.2");
    CHECK_U64(cord_spread_answer_at(answer, 0)->hosts, 2);
    cord_spread_answer_free(answer);
    answer = ask(&desk, 60);
    CHECK(cord_spread_answer_count(answer) == 1);
    CHECK_STR(cord_spread_answer_at(answer, 0)->patient_zero->address, "10.0.0.1");
    check_rows(cord_spread_answer_at(answer, 0),
               "attacker 10.0.0.1, implanted 10.0.0.2 by 10.0.0.1, "
               "implanted 10.0.0.3 by 10.0.0.2");
    cord_spread_answer_free(answer);
    CHECK(count_at(&desk, 9) == 0);
    kit_spread_done(&desk);
}

static void a_scanner_that_took_nobody_over_is_not_patient_zero(void)
{
    struct kit_spread desk;
    kit_spread_init(&desk);
    FEED(&desk, "RXA", kit_spread_attempt, "10.0.0.99", "10.0.0.2", 0);
    FEED(&desk, "RXA", kit_spread_attempt, "10.0.0.1", "10.0.0.2", 5);
    FEED(&desk, "RXA", kit_spread_effect, "10.0.0.1", "10.0.0.2", 6);
    struct cord_spread_answer *answer = ask(&desk, -1);
    CHECK_STR(cord_spread_answer_at(answer, 0)->patient_zero->address, "10.0.0.1");
    cord_spread_answer_free(answer);
    kit_spread_done(&desk);
}

static void organisations_within_the_window_are_one_cluster(void)
{
    struct kit_spread desk;
    kit_spread_init(&desk);
    FEED(&desk, "RXA", kit_spread_effect, "10.0.0.1", "10.0.0.2", 0);
    FEED(&desk, "RXB", kit_spread_effect, "10.0.0.1", "10.0.0.2", 50);
    FEED(&desk, "RXC", kit_spread_effect, "10.0.0.1", "10.0.0.2", 200);
    struct cord_spread_answer *answer = ask(&desk, -1);
    CHECK(cord_spread_answer_count(answer) == 2);
    const struct cord_spread_cluster *cluster = cord_spread_answer_at(answer, 1);
    CHECK_U64(cluster->organisations, 2);
    CHECK_U64(cluster->hosts, 4);        /* 10.0.0.1 is another machine in each */
    CHECK_U64(cluster->merged_count, 0); /* RXB's was never one of its own */
    CHECK_STR(cluster->patient_zero->organisation, "RXA");
    cord_spread_answer_free(answer);
    kit_spread_done(&desk);
}

static void who_reaches_across_is_at_home_where_it_was_before(void)
{
    struct kit_spread desk;
    kit_spread_init(&desk);
    FEED(&desk, "RXA", kit_spread_effect, "10.1.0.5", "10.1.0.21", 0);
    FEED(&desk, "RXB", kit_spread_effect, "10.1.0.21", "10.2.0.7",
         10); /* RXA's, as RXB's sensor saw it */
    FEED(&desk, "RXC", kit_spread_effect, "10.1.0.5", "10.3.0.7", 20);
    struct cord_spread_answer *answer = ask(&desk, -1);
    CHECK(cord_spread_answer_count(answer) == 1);
    const struct cord_spread_cluster *cluster = cord_spread_answer_at(answer, 0);
    check_rows(cluster, "attacker 10.1.0.5, implanted 10.1.0.21 by 10.1.0.5, "
                        "implanted 10.2.0.7 by 10.1.0.21, implanted 10.3.0.7 by 10.1.0.5");
    CHECK_STR(cluster->rows[0].organisation, "RXA");
    CHECK_STR(cluster->rows[1].organisation, "RXA");
    CHECK(cluster->rows[1].attacks);
    CHECK_U64(cluster->organisations, 3);
    CHECK_U64(cluster->hosts, 4);
    CHECK_STR(cluster->patient_zero->organisation, "RXA");
    cord_spread_answer_free(answer);
    kit_spread_done(&desk);
}

static void clusters_that_turn_out_to_be_one_become_one(void)
{
    struct kit_spread desk;
    struct cord_spread_answer *answer = NULL;
    kit_spread_init(&desk);
    FEED(&desk, "RXA", kit_spread_effect, "81.2.69.160", "10.0.0.2", 0);
    FEED(&desk, "RXB", kit_spread_effect, "10.0.0.7", "10.0.0.8", 300);
    CHECK(count_at(&desk, -1) == 2);
    answer = ask(&desk, -1);
    char text[32];
    cord_str later = cord_spread_answer_at(answer, 0)->id;
    (void)snprintf(text, sizeof text, "%.*s", CORD_STR_ARG(later));
    cord_spread_answer_free(answer);
    /* The same attacker from outside, within a day. */
    FEED(&desk, "RXB", kit_spread_effect, "81.2.69.160", "10.0.0.7", 310);
    CHECK(count_at(&desk, -1) == 1);
    CHECK(count_at(&desk, 305) == 2);
    const struct cord_spread_question question = {.at_ns = CORD_TIME_NONE,
                                                  .id = cord_str_from(text)};
    CHECK(cord_spread_ask(desk.spread, &question, &answer) == CORD_OK);
    const struct cord_spread_cluster *cluster = cord_spread_answer_at(answer, 0);
    CHECK(!cord_str_eq(cluster->id, cord_str_from(text)));
    CHECK_U64(cluster->merged_count, 1);
    CHECK_STR_EQ(cluster->merged[0], cord_str_from(text));
    CHECK_STR(cluster->patient_zero->address, "81.2.69.160");
    CHECK(cluster->patient_zero->external);
    CHECK_U64(cluster->hosts, 3); /* an address from outside is nobody's machine */
    CHECK_U64(cluster->number_count, 3);
    CHECK_U64(cluster->numbers[2], 3);
    cord_spread_answer_free(answer);
    const struct cord_spread_question bare = {.at_ns = CORD_TIME_NONE, .bare = true};
    CHECK(cord_spread_ask(desk.spread, &bare, &answer) == CORD_OK);
    CHECK(cord_spread_answer_count(answer) == 1);
    cluster = cord_spread_answer_at(answer, 0);
    CHECK(cluster->row_count == 0 && cluster->number_count == 3 && cluster->numbers[0] == 1);
    CHECK_STR(cluster->title, "A worm");
    cord_spread_answer_free(answer);
    const struct cord_spread_question of = {.at_ns = CORD_TIME_NONE, .finding = 2};
    CHECK(cord_spread_ask(desk.spread, &of, &answer) == CORD_OK);
    CHECK_U64(cord_spread_answer_at(answer, 0)->number_count, 3);
    cord_spread_answer_free(answer);
    kit_spread_done(&desk);
}

static void a_technique_seen_needs_machines_or_organisations(void)
{
    struct kit_spread desk;
    kit_spread_init(&desk);
    FEED(&desk, "RXA", kit_spread_seen, NULL, "WARD-01", 0);
    FEED(&desk, "RXA", kit_spread_seen, NULL, "ward-01.hospital.example", 5);
    FEED(&desk, "RXA", kit_spread_seen, NULL, "WARD-02", 10);
    FEED(&desk, "RXA", kit_spread_seen, NULL, "WARD-03", 90); /* beyond the window of the first */
    CHECK(count_at(&desk, -1) == 0);
    FEED(&desk, "RXA", kit_spread_seen, NULL, "WARD-04", 95);
    FEED(&desk, "RXA", kit_spread_seen, NULL, "WARD-05", 96);
    CHECK(count_at(&desk, -1) == 1);
    FEED(&desk, "RXB", kit_spread_seen, NULL, "WARD-01", 1000);
    CHECK(count_at(&desk, -1) == 1);
    FEED(&desk, "RXC", kit_spread_seen, NULL, "WARD-01", 1001);
    struct cord_spread_answer *answer = ask(&desk, -1);
    CHECK(cord_spread_answer_count(answer) == 2);
    CHECK_STR(cord_spread_answer_at(answer, 0)->technique, "T1059.001");
    check_rows(cord_spread_answer_at(answer, 0), "implanted WARD-01, implanted WARD-01");
    check_rows(cord_spread_answer_at(answer, 1),
               "implanted WARD-03, implanted WARD-04, implanted WARD-05");
    cord_spread_answer_free(answer);
    kit_spread_done(&desk);
}

static void what_is_seen_every_day_is_no_cluster_for_long(void)
{
    const int64_t day = 24 * 60;
    struct kit_spread desk;
    kit_spread_init(&desk);
    for (int64_t at = 0; at < 10 * day; at += 30) { /* of two organisations in turn, without end */
        FEED(&desk, at % 60 == 0 ? "RXA" : "RXB", kit_spread_seen, NULL, "WARD-01", at);
    }
    struct cord_spread_answer *answer = ask(&desk, -1);
    CHECK(cord_spread_answer_count(answer) == 1);
    const struct cord_spread_cluster *cluster = cord_spread_answer_at(answer, 0);
    CHECK(cluster->last_ns < KIT_SPREAD_START + 4 * day * KIT_SPREAD_MINUTE);
    cord_spread_answer_free(answer);
    /* A tag says that it spreads, however often. */
    FEED(&desk, "RXA", kit_spread_host, NULL, "WARD-01", 10 * day);
    CHECK(count_at(&desk, -1) == 2);
    /* After two weeks without it is news again. */
    FEED(&desk, "RXA", kit_spread_seen, NULL, "WARD-07", 24 * day);
    FEED(&desk, "RXB", kit_spread_seen, NULL, "WARD-07", 24 * day + 1);
    CHECK(count_at(&desk, -1) == 3);
    kit_spread_done(&desk);
}

static void scanners_are_common_worms_are_many(void)
{
    struct kit_spread desk;
    kit_spread_init(&desk);
    FEED(&desk, "RXA", kit_spread_scan, "10.0.0.1", NULL, 0);
    FEED(&desk, "RXB", kit_spread_scan, "10.0.0.1", NULL, 1);
    CHECK(count_at(&desk, -1) == 0);
    FEED(&desk, "RXB", kit_spread_scan, "10.0.0.2", NULL, 2);
    CHECK(count_at(&desk, -1) == 1);
    FEED(&desk, "RXD", kit_spread_host, NULL, "WARD-09", 3); /* and one says so of itself */
    struct cord_spread_answer *answer = ask(&desk, -1);
    CHECK(cord_spread_answer_count(answer) == 1);
    CHECK_U64(cord_spread_answer_at(answer, 0)->organisations, 3);
    cord_spread_answer_free(answer);
    kit_spread_done(&desk);
}

static bool own_only(void *self, cord_str organisation)
{
    return cord_str_eq(organisation, cord_str_from(self));
}

static void nobody_learns_of_another_organisations_machines(void)
{
    struct kit_spread desk;
    struct cord_spread_answer *answer = NULL;
    char name[] = "RXB";
    kit_spread_init(&desk);
    FEED(&desk, "RXA", kit_spread_effect, "81.2.69.160", "10.0.0.2", 0);
    FEED(&desk, "RXB", kit_spread_attempt, "81.2.69.160", "10.0.0.2", 1);
    struct cord_spread_question question = {
        .at_ns = CORD_TIME_NONE, .visible = own_only, .self = name};
    /* That the attacker got in elsewhere is not theirs to know. */
    CHECK(cord_spread_ask(desk.spread, &question, &answer) == CORD_OK);
    CHECK(cord_spread_answer_count(answer) == 0);
    cord_spread_answer_free(answer);
    FEED(&desk, "RXB", kit_spread_effect, "81.2.69.160", "10.0.0.3", 2);
    CHECK(cord_spread_ask(desk.spread, &question, &answer) == CORD_OK);
    CHECK(cord_spread_answer_count(answer) == 1);
    const struct cord_spread_cluster *cluster = cord_spread_answer_at(answer, 0);
    CHECK_U64(cluster->organisations, 1);
    CHECK_U64(cluster->findings, 2);
    CHECK_I64(cluster->first_ns, KIT_SPREAD_START + 1 * KIT_SPREAD_MINUTE);
    check_rows(cluster, "attacker 81.2.69.160, reached 10.0.0.2 by 81.2.69.160, "
                        "implanted 10.0.0.3 by 81.2.69.160");
    cord_spread_answer_free(answer);
    question.finding = 1;
    CHECK(cord_spread_ask(desk.spread, &question, &answer) == CORD_E_NOENT);
    kit_spread_done(&desk);
}

/* What once went over all machines of the cluster with every finding. */
static void a_large_cluster_that_goes_on_for_days_stays_cheap(void)
{
    struct kit_spread desk;
    struct cord_spread_stats stats;
    kit_spread_init(&desk);
    for (int64_t round = 0; round < 20; round++) {
        for (int i = 0; i < 1000; i++) {
            char from[32], to[32];
            (void)snprintf(from, sizeof from, "10.0.%d.%d", i / 250, i % 250);
            (void)snprintf(to, sizeof to, "10.1.%d.%d", i / 250, i % 250);
            FEED(&desk, "RXA", kit_spread_effect, from, to, round * 61 + i / 100);
        }
    }
    cord_spread_stats(desk.spread, &stats);
    CHECK_U64(stats.signs, 20000);
    struct cord_spread_answer *answer = ask(&desk, -1);
    CHECK(cord_spread_answer_count(answer) == 1);
    CHECK_U64(cord_spread_answer_at(answer, 0)->hosts, 2000);
    CHECK_U64(cord_spread_answer_at(answer, 0)->merged_count, 0);
    cord_spread_answer_free(answer);
    kit_spread_done(&desk);
}

static void repeats_are_counted_and_room_is_bounded(void)
{
    struct kit_spread desk;
    struct cord_spread_stats stats;
    kit_spread_init(&desk);
    cord_spread_free(desk.spread);
    desk.options.notes_max = 16;
    CHECK(cord_spread_new(&desk.options, &desk.spread, NULL) == CORD_OK);
    for (int i = 0; i < 100; i++) {
        FEED(&desk, "RXA", kit_spread_effect, "10.0.0.1", "10.0.0.2", 0);
    }
    struct cord_spread_answer *answer = ask(&desk, -1);
    CHECK_U64(cord_spread_answer_at(answer, 0)->findings, 100);
    cord_spread_answer_free(answer);
    for (int i = 0; i < 40; i++) {
        char target[32];
        (void)snprintf(target, sizeof target, "10.1.0.%d", i);
        FEED(&desk, "RXB", kit_spread_attempt, "10.1.1.1", target, 10);
    }
    cord_spread_stats(desk.spread, &stats);
    CHECK_U64(stats.fed, 140);
    CHECK_U64(stats.signs, 140);
    CHECK_U64(stats.refused, 25);
    /* A fortnight later the attempts are old, and make room. */
    FEED(&desk, "RXA", kit_spread_effect, "10.0.0.1", "10.0.0.3", (int64_t)14 * 24 * 60);
    cord_spread_stats(desk.spread, &stats);
    CHECK_U64(stats.refused, 25);
    CHECK_U64(stats.forgotten, 15);
    CHECK(count_at(&desk, -1) == 2);
    /* Fed again: passed over. */
    desk.number = 0;
    FEED(&desk, "RXA", kit_spread_effect, "10.0.0.1", "10.0.0.9", 1);
    cord_spread_stats(desk.spread, &stats);
    CHECK_U64(stats.fed, 141);
    kit_spread_done(&desk);
}

static void options_out_of_bounds_are_refused(void)
{
    struct cord_spread_options options;
    struct cord_spread *spread = NULL;
    cord_spread_defaults(&options);
    options.machines = 1;
    CHECK(cord_spread_new(&options, &spread, NULL) == CORD_E_FORMAT);
    cord_spread_defaults(&options);
    options.window_ns = 0;
    CHECK(cord_spread_new(&options, &spread, NULL) == CORD_E_FORMAT);
}

static void story(struct kit_spread *desk)
{
    static const struct {
        const char *organisation;
        const char *const *tags;
        const char *from, *to;
        int64_t minute;
    } lines[] = {{"RXA", kit_spread_attempt, "10.0.0.1", "10.0.0.2", 0},
                 {"RXA", kit_spread_effect, "10.0.0.1", "10.0.0.2", 1},
                 {"RXB", kit_spread_seen, NULL, "WARD-01", 2},
                 {"RXC", kit_spread_seen, NULL, "WARD-01", 3},
                 {"RXA", kit_spread_scan, "10.0.0.2", NULL, 4},
                 {"RXB", kit_spread_effect, "10.0.0.2", "10.0.0.5", 5}};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        cord_status status;
        do {
            status = kit_spread_feed(desk, lines[i].organisation, lines[i].tags, lines[i].from,
                                     lines[i].to, lines[i].minute);
            desk->number -= status == CORD_E_NOMEM; /* fed again */
        } while (status == CORD_E_NOMEM);
        CHECK(status == CORD_OK);
    }
}

static void memory_that_runs_out_loses_nothing(void)
{
    for (size_t nth = 1;; nth++) {
        struct kit_spread desk = {0};
        struct cord_spread_answer *answer = NULL;
        const struct cord_spread_question question = {.at_ns = KIT_SPREAD_START +
                                                               100 * KIT_SPREAD_MINUTE};
        cord_spread_defaults(&desk.options);
        kit_fail_allocation(nth);
        cord_status status = cord_spread_new(&desk.options, &desk.spread, NULL);
        if (status == CORD_OK) {
            story(&desk);
            status = cord_spread_ask(desk.spread, &question, &answer);
        }
        bool failed_one = kit_fail_allocation_off();
        CHECK(status == CORD_OK || (failed_one && status == CORD_E_NOMEM));
        if (desk.spread && !answer) {
            CHECK(cord_spread_ask(desk.spread, &question, &answer) == CORD_OK);
        }
        CHECK(!answer || cord_spread_answer_count(answer) == 2);
        cord_spread_answer_free(answer);
        cord_spread_free(desk.spread);
        if (!failed_one) {
            break;
        }
    }
}

static void *ask_again_and_again(void *self)
{
    struct kit_spread *desk = self;
    for (int i = 0; i < 20; i++) {
        cord_spread_answer_free(ask(desk, i % 2 ? 50 : -1));
    }
    return NULL;
}

static void is_asked_while_it_is_fed(void)
{
    struct kit_spread desk;
    pthread_t threads[2];
    kit_spread_init(&desk);
    for (size_t i = 0; i < 2; i++) {
        CHECK(pthread_create(&threads[i], NULL, ask_again_and_again, &desk) == 0);
    }
    for (int i = 0; i < 300; i++) {
        char target[32];
        (void)snprintf(target, sizeof target, "10.2.0.%d", i % 200);
        FEED(&desk, "RXA", i % 3 ? kit_spread_attempt : kit_spread_effect, "10.0.0.1", target, i);
    }
    for (size_t i = 0; i < 2; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    CHECK(count_at(&desk, -1) == 1);
    kit_spread_done(&desk);
}

static void tags_and_addresses_are_read_with_care(void)
{
    cord_str tags[2] = {CORD_STR("attack.T1021.002"), CORD_STR("cordon.spread-attempt")};
    struct cord_sighting_field fields[2] = {{CORD_STR("SourceIp"), CORD_STR("10.0.0.1")},
                                            {CORD_STR("DestinationIp"), CORD_STR("224.0.0.1")}};
    struct cord_sighting sighting = {.tags = tags,
                                     .tag_count = 2,
                                     .fields = fields,
                                     .field_count = 2,
                                     .first_ns = CORD_TIME_NONE};
    struct cord_spread_sign sign;
    CHECK(!cord_spread_sign_read(&sighting, &sign)); /* multicast is no machine */
    fields[1].value = CORD_STR("10.0.0.2");
    CHECK(cord_spread_sign_read(&sighting, &sign));
    CHECK_STR_EQ(cord_str_from(sign.technique), CORD_STR("T1021.002"));
    tags[0] = CORD_STR("attack.t12100");
    CHECK(!cord_spread_sign_read(&sighting, &sign)); /* no technique */
    CHECK(cord_spread_sign_global(CORD_STR("81.2.69.160")));
    CHECK(!cord_spread_sign_global(CORD_STR("172.23.33.10")));
    CHECK(!cord_spread_sign_global(CORD_STR("fe80::1")));
    CHECK(!cord_spread_sign_global(CORD_STR("ward-01")));
    CHECK(!cord_spread_sign_address(CORD_STR("255.255.255.255")));
    CHECK(!cord_spread_sign_address(CORD_STR("0.0.0.0")));
}

KIT_MAIN(KIT_TEST(attempts_without_effect_make_no_cluster),
         KIT_TEST(an_effect_makes_a_cluster_of_all_that_led_to_it),
         KIT_TEST(a_machine_that_was_reached_and_then_attacks_was_taken_over),
         KIT_TEST(patient_zero_is_another_once_more_is_known),
         KIT_TEST(a_scanner_that_took_nobody_over_is_not_patient_zero),
         KIT_TEST(organisations_within_the_window_are_one_cluster),
         KIT_TEST(who_reaches_across_is_at_home_where_it_was_before),
         KIT_TEST(clusters_that_turn_out_to_be_one_become_one),
         KIT_TEST(a_technique_seen_needs_machines_or_organisations),
         KIT_TEST(what_is_seen_every_day_is_no_cluster_for_long),
         KIT_TEST(scanners_are_common_worms_are_many),
         KIT_TEST(nobody_learns_of_another_organisations_machines),
         KIT_TEST(a_large_cluster_that_goes_on_for_days_stays_cheap),
         KIT_TEST(repeats_are_counted_and_room_is_bounded),
         KIT_TEST(options_out_of_bounds_are_refused), KIT_TEST(is_asked_while_it_is_fed),
         KIT_TEST(memory_that_runs_out_loses_nothing),
         KIT_TEST(tags_and_addresses_are_read_with_care))
