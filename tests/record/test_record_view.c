/* test_record_view.c: answers as of any point are those of the naive evaluator. */
#include "kit/kit.h"
#include "kit/kit_dice.h"
#include "kit/kit_record.h"
#include "kit/kit_store.h"
#include "record/record_verify.h"

#include <stdio.h>
#include <stdlib.h>

enum { CLAIMS = 140, CHAINED = 60, POINTS = 50, ROUNDS = 8, BATCH = 9 };

#define DAY_NS (86400 * CORD_SECOND_NS)

/* Whole and broken seconds, near to each other, so that borders meet. */
static int64_t some_time(struct kit_dice *dice)
{
    int64_t base = 1494547200 * CORD_SECOND_NS;
    switch (kit_dice_roll(dice, 4)) {
    case 0:
        return base + (int64_t)kit_dice_roll(dice, 16) * CORD_SECOND_NS;
    case 1:
        return base + (int64_t)kit_dice_roll(dice, 40) * DAY_NS;
    case 2:
        return base + (int64_t)kit_dice_roll(dice, 8) * (CORD_SECOND_NS / 4);
    default:
        return base + (int64_t)kit_dice_roll(dice, (uint64_t)(40 * DAY_NS));
    }
}

static const char *const states[] = {"clear", "infected", "disrupted", "unknown"};

struct made {
    char subject[16], claimant[16], value[96];
};

static struct cord_claim some_claim(struct kit_dice *dice, struct made *made, uint64_t recorded)
{
    bool link = kit_dice_roll(dice, 3) == 0;
    int64_t from = some_time(dice);
    int64_t to = some_time(dice);
    (void)snprintf(made->subject, sizeof made->subject, "org:R%u",
                   (unsigned)kit_dice_roll(dice, 4));
    (void)snprintf(made->claimant, sizeof made->claimant, "org:C%u",
                   (unsigned)kit_dice_roll(dice, 2));
    const char *state = states[kit_dice_roll(dice, 4)];
    if (link) {
        (void)snprintf(made->value, sizeof made->value, "{\"link\":\"%s\"}",
                       kit_dice_roll(dice, 2) ? "mail" : "network");
    } else {
        (void)snprintf(made->value, sizeof made->value, "{\"state\":\"%s\"%s}", state,
                       kit_dice_roll(dice, 3) ? "" : ",\"incident\":\"i1\"");
    }
    struct cord_claim claim = {
        .kind = cord_claim_kind_find(link ? kit_dice_roll(dice, 2) ? CORD_STR("link.up")
                                                                   : CORD_STR("link.down")
                                          : CORD_STR("status.claim")),
        .subject = cord_str_from(made->subject),
        .value = cord_str_from(made->value),
        .claimant = cord_str_from(made->claimant),
        .method = CORD_STR("assigned"),
        .valid_from_ns = kit_dice_roll(dice, 4) ? from : CORD_TIME_NONE,
        .valid_to_ns = kit_dice_roll(dice, 2) || to <= from ? CORD_TIME_NONE : to,
    };
    claim.valid_to_ns = claim.valid_from_ns == CORD_TIME_NONE ? CORD_TIME_NONE : claim.valid_to_ns;
    claim.supersedes =
        recorded > 0 && kit_dice_roll(dice, 4) == 0 ? 1 + kit_dice_roll(dice, recorded) : 0;
    return claim;
}

/* One that supersedes speaks of the same as the superseded, in other words. */
static bool make_revision(const struct kit_record_all *all, struct cord_claim *claim,
                          struct made *made, struct kit_dice *dice)
{
    const struct cord_claim *before = &all->claims[claim->supersedes - 1].claim;
    bool retracts = kit_dice_roll(dice, 3) == 0;
    if (before->kind->effect == CORD_CLAIM_RETRACTS ||
        (!retracts && (strcmp(before->kind->topic, "status") != 0 ||
                       strcmp(claim->kind->topic, "status") != 0))) {
        return false;
    }
    (void)snprintf(made->subject, sizeof made->subject, "%.*s", CORD_STR_ARG(before->subject));
    claim->subject = cord_str_from(made->subject);
    if (retracts) {
        claim->kind = cord_claim_kind_find(CORD_STR("claim.retract"));
        claim->value = CORD_STR("{\"reason\":\"x\"}");
        claim->valid_from_ns = claim->valid_to_ns = CORD_TIME_NONE;
    } else if (kit_dice_roll(dice, 3) > 0) {
        claim->kind = cord_claim_kind_find(CORD_STR("status.revise"));
        (void)snprintf(made->value, sizeof made->value, "{\"state\":\"%s\",\"reason\":\"x\"}",
                       states[kit_dice_roll(dice, 4)]);
        claim->value = cord_str_from(made->value);
    }
    return true;
}

static void fill(struct cord_record *record, struct kit_record_clock *clock, struct kit_dice *dice)
{
    for (size_t count = 0; count < CLAIMS;) {
        struct kit_record_all all = kit_record_read(record);
        struct cord_claim claims[BATCH];
        struct made made[BATCH];
        struct cord_record_outcome outcome;
        struct cord_error err = {""};
        size_t batch = 1 + kit_dice_roll(dice, BATCH);
        clock->now_ns = some_time(dice); /* goes back, too: the record does not */
        for (size_t i = 0; i < batch; i++) {
            claims[i] = some_claim(dice, &made[i], all.count);
            if (claims[i].supersedes > 0 && !make_revision(&all, &claims[i], &made[i], dice)) {
                claims[i].supersedes = 0;
            }
        }
        if (cord_record_append(record, claims, batch, &outcome, &err) != CORD_OK) {
            fail_msg("%s", err.text);
        }
        CHECK_U64(outcome.recorded, batch);
        count += batch;
        kit_record_free(&all);
    }
}

/* Of little else than chains of revisions, some of them retracted, on two lines. */
static void fill_with_chains(struct cord_record *record, struct kit_record_clock *clock,
                             struct kit_dice *dice)
{
    for (uint64_t count = 0; count < CHAINED; count++) {
        struct kit_record_all all = kit_record_read(record);
        struct made made;
        struct cord_record_outcome outcome;
        struct cord_error err = {""};
        struct cord_claim claim;
        clock->now_ns += (int64_t)kit_dice_roll(dice, 2) * CORD_SECOND_NS;
        do {
            claim = some_claim(dice, &made, 0);
        } while (strcmp(claim.kind->topic, "status") != 0);
        claim.subject = CORD_STR("org:R0");
        if (count > 0 && kit_dice_roll(dice, 4) > 0) {
            claim.supersedes = count - kit_dice_roll(dice, count < 5 ? count : 5);
        }
        if (claim.supersedes > 0 && !make_revision(&all, &claim, &made, dice)) {
            claim.supersedes = 0;
        }
        if (cord_record_append(record, &claim, 1, &outcome, &err) != CORD_OK) {
            fail_msg("%s", err.text);
        }
        kit_record_free(&all);
    }
}

/* --- comparing --- */

struct seen {
    const struct kit_record_all *all;
    const char *topic;
    struct cord_as_of at;
    cord_str subject;
    size_t answers;
    cord_str last; /* subject of the answer before */
};

static cord_status see(void *self, const struct cord_answer *answer)
{
    struct seen *seen = self;
    CHECK(answer->claim >= 1 && answer->claim <= seen->all->count);
    const struct kit_record_claim *said = &seen->all->claims[answer->claim - 1];
    CHECK_U64(kit_record_naive(seen->all, said->line, seen->at.known_ns, seen->at.about_ns) + 1,
              answer->claim);
    CHECK(answer->valid_from_ns <= seen->at.about_ns);
    CHECK(answer->valid_to_ns == CORD_TIME_NONE || answer->valid_to_ns > seen->at.about_ns);
    CHECK(answer->known_from_ns <= seen->at.known_ns);
    CHECK(answer->known_to_ns == CORD_TIME_NONE || answer->known_to_ns > seen->at.known_ns);
    CHECK_STR_EQ(answer->state, cord_claim_state(&said->claim));
    CHECK_STR_EQ(answer->subject, said->claim.subject);
    CHECK_STR_EQ(answer->claimant, seen->all->claims[said->line].claim.claimant);
    seen->answers++;
    return CORD_OK;
}

static size_t naive_answers(const struct seen *seen)
{
    size_t answers = 0;
    for (size_t i = 0; i < seen->all->count; i++) {
        const struct cord_claim *claim = &seen->all->claims[i].claim;
        if (seen->all->claims[i].line == i && strcmp(claim->kind->topic, seen->topic) == 0 &&
            (seen->subject.len == 0 || cord_str_eq(seen->subject, claim->subject)) &&
            kit_record_naive(seen->all, i, seen->at.known_ns, seen->at.about_ns) != SIZE_MAX) {
            answers++;
        }
    }
    return answers;
}

static void compare_at(struct cord_record_view *view, struct seen *seen)
{
    struct cord_error err = {""};
    seen->answers = 0;
    if (cord_record_view_answers(view, cord_str_from(seen->topic), seen->subject, seen->at, see,
                                 seen, &err) != CORD_OK) {
        fail_msg("%s", err.text);
    }
    CHECK_U64(seen->answers, naive_answers(seen));
}

struct stretches {
    const struct kit_record_all *all;
    const struct cord_record_period *period;
    size_t answers;
    size_t line; /* of the last answer, one more; and until when it holds */
    int64_t to_ns;
};

/* At its begin, within what was asked, and at its last moment it is the naive answer; it comes
 * behind what the same line said before. */
static cord_status see_stretch(void *self, const struct cord_answer *answer)
{
    struct stretches *seen = self;
    const struct cord_record_period *period = seen->period;
    size_t line = seen->all->claims[answer->claim - 1].line;
    int64_t from =
        answer->valid_from_ns > period->from_ns ? answer->valid_from_ns : period->from_ns;
    int64_t to = answer->valid_to_ns != CORD_TIME_NONE && answer->valid_to_ns < period->to_ns
                     ? answer->valid_to_ns
                     : period->to_ns;
    CHECK(from < to);
    CHECK(seen->line != line + 1 || answer->valid_from_ns >= seen->to_ns);
    seen->line = line + 1;
    seen->to_ns = to;
    CHECK_U64(kit_record_naive(seen->all, line, period->known_ns, from) + 1, answer->claim);
    CHECK_U64(kit_record_naive(seen->all, line, period->known_ns, to - 1) + 1, answer->claim);
    seen->answers++;
    return CORD_OK;
}

static size_t count_stretch(const struct kit_record_all *all, size_t line,
                            const struct cord_record_period *period)
{
    size_t changes = 0;
    size_t before = SIZE_MAX;
    /* Nothing changes between the borders of claims. */
    for (int64_t at = period->from_ns; at < period->to_ns;) {
        size_t now = kit_record_naive(all, line, period->known_ns, at);
        changes += now != before && now != SIZE_MAX;
        before = now;
        int64_t next = period->to_ns;
        for (size_t i = 0; i < all->count; i++) {
            int64_t borders[] = {all->claims[i].claim.valid_from_ns,
                                 all->claims[i].claim.valid_to_ns};
            for (size_t b = 0; b < 2; b++) {
                next = borders[b] > at && borders[b] < next ? borders[b] : next;
            }
        }
        at = next;
    }
    return changes;
}

static void compare_period(struct cord_record_view *view, const struct kit_record_all *all,
                           const struct cord_record_period *period, cord_str subject)
{
    struct stretches seen = {.all = all, .period = period};
    size_t changes = 0;
    CHECK(cord_record_view_period(view, CORD_STR("status"), subject, period, see_stretch, &seen,
                                  NULL) == CORD_OK);
    for (size_t i = 0; i < all->count; i++) {
        if (all->claims[i].line == i && strcmp(all->claims[i].claim.kind->topic, "status") == 0 &&
            (subject.len == 0 || cord_str_eq(subject, all->claims[i].claim.subject))) {
            changes += count_stretch(all, i, period);
        }
    }
    CHECK(seen.answers >= changes); /* a claim's time may be in pieces that touch */
    CHECK((seen.answers == 0) == (changes == 0));
}

static void compare_everywhere(struct cord_record *record, struct kit_dice *dice)
{
    struct cord_record_view *view = NULL;
    struct kit_record_all all = kit_record_read(record);
    CHECK(cord_record_view_open(record, &view, NULL) == CORD_OK);
    for (size_t i = 0; i < POINTS; i++) {
        static const cord_str subjects[] = {{"", 0}, {"org:R0", 6}, {"org:R3", 6}};
        struct seen seen = {.all = &all,
                            .topic = kit_dice_roll(dice, 2) ? "status" : "link",
                            .at = {some_time(dice), some_time(dice)},
                            .subject = subjects[kit_dice_roll(dice, 3)]};
        if (kit_dice_roll(dice, 4) == 0) {
            seen.at.known_ns = all.claims[kit_dice_roll(dice, all.count)].claim.recorded_ns -
                               (int64_t)kit_dice_roll(dice, 2);
        }
        if (kit_dice_roll(dice, 4) == 0) {
            seen.at.about_ns = all.claims[kit_dice_roll(dice, all.count)].claim.valid_from_ns -
                               (int64_t)kit_dice_roll(dice, 2);
        }
        compare_at(view, &seen);
        struct cord_record_period period = {seen.at.known_ns, seen.at.about_ns,
                                            seen.at.about_ns + 1 +
                                                (int64_t)kit_dice_roll(dice, DAY_NS)};
        compare_period(view, &all, &period, seen.subject);
    }
    cord_record_view_close(view);
    kit_record_free(&all);
}

static void check_rebuilt(struct cord_record *record, const char *dir)
{
    const struct cord_record_verify_options options = {.self = NULL};
    struct cord_record_verdict verdict;
    uint64_t claims;
    CHECK(cord_record_verify(dir, &options, &verdict, NULL) == CORD_OK && verdict.broken == 0);
    CHECK(cord_record_rebuild(record, NULL, &claims, NULL) == CORD_OK);
    CHECK(cord_record_verify(dir, &options, &verdict, NULL) == CORD_OK && verdict.broken == 0);
}

/* As it is now, and as it was known after each claim. */
static void compare_all_along(struct cord_record *record, struct kit_dice *dice)
{
    struct cord_record_view *view = NULL;
    struct kit_record_all all = kit_record_read(record);
    CHECK(cord_record_view_open(record, &view, NULL) == CORD_OK);
    for (size_t i = 0; i < all.count; i++) {
        for (size_t point = 0; point < 6; point++) {
            struct seen seen = {.all = &all,
                                .topic = "status",
                                .at = {all.claims[i].claim.recorded_ns, some_time(dice)},
                                .subject = CORD_STR("")};
            compare_at(view, &seen);
        }
    }
    cord_record_view_close(view);
    kit_record_free(&all);
}

static void retracted_revisions_give_back_what_they_replaced(void)
{
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        char dir[64];
        struct kit_record_clock clock = {1494547200 * CORD_SECOND_NS};
        struct kit_dice dice = {round * 0x9e3779b97f4a7c15u};
        kit_store_dir(dir);
        struct cord_record *record = kit_record_open(dir, &clock);
        fill_with_chains(record, &clock, &dice);
        compare_all_along(record, &dice);
        check_rebuilt(record, dir);
        cord_record_close(record);
        kit_store_remove(dir);
    }
}

static void answers_as_the_naive_evaluator_does(void)
{
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        char dir[64];
        struct kit_record_clock clock = {0};
        struct kit_dice dice = {round * 0x9e3779b97f4a7c15u};
        kit_store_dir(dir);
        struct cord_record *record = kit_record_open(dir, &clock);
        fill(record, &clock, &dice);
        compare_everywhere(record, &dice);
        cord_record_close(record);
        kit_store_remove(dir);
    }
}

/* --- busy lines --- */

enum { BUSY = 260, PLACES = 60 };

static void verify_all(const char *dir)
{
    const struct cord_record_verify_options options = {.key = {NULL, 0}};
    struct cord_record_verdict verdict = {0};
    struct cord_error err = {""};
    if (cord_record_verify(dir, &options, &verdict, &err) != CORD_OK) {
        fail_msg("%s", err.text);
    }
    CHECK_U64(verdict.broken, 0);
}

/* One line with so much in a few days that it needs many rows of a shelf, in any order: ends are
 * cut, overlaid, and taken back. */
static void lines_of_many_rows_answer_the_same(void)
{
    char dir[64];
    struct kit_record_clock clock = {1494547200 * CORD_SECOND_NS};
    struct kit_dice dice = {0xb057};
    struct cord_record_view *view = NULL;
    kit_store_dir(dir);
    struct cord_record *record = kit_record_open(dir, &clock);
    for (uint64_t n = 1; n <= BUSY; n++) {
        struct cord_record_outcome outcome;
        bool back = n > 20 && kit_dice_roll(&dice, 8) == 0;
        int64_t from =
            1494547200 * CORD_SECOND_NS + (int64_t)kit_dice_roll(&dice, (uint64_t)(9 * DAY_NS));
        const struct cord_claim claim = {
            .kind = cord_claim_kind_find(CORD_STR("status.claim")),
            .subject = CORD_STR("org:R0"),
            .value = kit_dice_roll(&dice, 2) ? CORD_STR("{\"state\":\"clear\"}")
                                             : CORD_STR("{\"state\":\"infected\"}"),
            .claimant = CORD_STR("org:C0"),
            .method = CORD_STR("assigned"),
            .valid_from_ns = from,
            .valid_to_ns = kit_dice_roll(&dice, 5)
                               ? from + 1 + (int64_t)kit_dice_roll(&dice, (uint64_t)DAY_NS / 4)
                               : CORD_TIME_NONE,
            .supersedes = back ? 1 + kit_dice_roll(&dice, n - 1) : 0};
        clock.now_ns += (int64_t)kit_dice_roll(&dice, 2) * 600 * CORD_SECOND_NS;
        CHECK(cord_record_append(record, &claim, 1, &outcome, NULL) == CORD_OK);
    }
    struct kit_record_all all = kit_record_read(record);
    CHECK(cord_record_view_open(record, &view, NULL) == CORD_OK);
    for (size_t i = 0; i < PLACES; i++) {
        int64_t base = 1494547200 * CORD_SECOND_NS;
        struct seen seen = {.all = &all,
                            .topic = "status",
                            .at = {base + (int64_t)kit_dice_roll(&dice, (uint64_t)(2 * DAY_NS)),
                                   base + (int64_t)kit_dice_roll(&dice, (uint64_t)(10 * DAY_NS))},
                            .subject = CORD_STR("")};
        seen.at.known_ns = kit_dice_roll(&dice, 3) ? seen.at.known_ns : INT64_MAX - 1;
        compare_at(view, &seen);
        struct cord_record_period period = {
            seen.at.known_ns, seen.at.about_ns,
            seen.at.about_ns + 1 + (int64_t)kit_dice_roll(&dice, (uint64_t)(4 * DAY_NS))};
        compare_period(view, &all, &period, seen.subject);
    }
    cord_record_view_close(view);
    kit_record_free(&all);
    cord_record_close(record);
    verify_all(dir);
    kit_store_remove(dir);
}

/* --- what a question costs --- */

enum { COST_BODIES = 12, COST_DAYS = 160 };

#define COST_BEGIN_NS (1483228800 * CORD_SECOND_NS) /* 2017 */

/* Every other day each says how it is, and returns what was cancelled that day. */
static void say_of_day(struct cord_record *record, struct kit_record_clock *clock, int day)
{
    struct made made[2 * COST_BODIES];
    struct cord_claim claims[2 * COST_BODIES];
    struct cord_record_outcome outcome;
    char date[CORD_TIMESTAMP_TEXT];
    clock->now_ns = COST_BEGIN_NS + day * DAY_NS;
    cord_str text = cord_str_slice(cord_timestamp_format(clock->now_ns, date), 0, 10);
    for (size_t i = 0; i < COST_BODIES; i++) {
        struct made *texts = &made[2 * i];
        (void)snprintf(texts[0].subject, sizeof texts[0].subject, "org:R%zu", i);
        (void)snprintf(texts[1].value, sizeof texts[1].value,
                       "{\"date\":\"%.*s\",\"care\":\"all\",\"count\":\"identified\"}",
                       CORD_STR_ARG(text));
        claims[2 * i] =
            (struct cord_claim){.kind = cord_claim_kind_find(CORD_STR("status.claim")),
                                .subject = cord_str_from(texts[0].subject),
                                .value = day % 4 ? CORD_STR("{\"state\":\"clear\"}")
                                                 : CORD_STR("{\"state\":\"infected\"}"),
                                .claimant = CORD_STR("org:C0"),
                                .method = CORD_STR("assigned"),
                                .valid_from_ns = clock->now_ns - (int64_t)i * CORD_SECOND_NS,
                                .valid_to_ns = CORD_TIME_NONE};
        claims[2 * i + 1] = claims[2 * i];
        claims[2 * i + 1].kind = cord_claim_kind_find(CORD_STR("care.cancelled"));
        claims[2 * i + 1].value = cord_str_from(texts[1].value);
        claims[2 * i + 1].amount = CORD_STR("3");
        claims[2 * i + 1].unit = CORD_STR("appointments");
    }
    CHECK(cord_record_append(record, claims, 2 * COST_BODIES, &outcome, NULL) == CORD_OK);
}

static cord_status count_answer(void *self, const struct cord_answer *answer)
{
    (void)answer;
    ++*(size_t *)self;
    return CORD_OK;
}

/* Rows and spans that an answer may take: a bucket's of its line, on two shelves. */
enum { COST_AN_ANSWER = 24 };

static void check_cost(struct cord_record_view *view, struct cord_as_of at)
{
    uint64_t before = cord_record_view_visited(view);
    size_t answers = 0;
    CHECK(cord_record_view_answers(view, CORD_STR("status"), CORD_STR(""), at, count_answer,
                                   &answers, NULL) == CORD_OK);
    CHECK_U64(answers, COST_BODIES);
    CHECK(cord_record_view_visited(view) - before <= COST_AN_ANSWER * answers);
}

static void a_question_reads_little_more_than_it_answers(void)
{
    char dir[64];
    struct kit_record_clock clock = {COST_BEGIN_NS};
    struct cord_record_view *view = NULL;
    kit_store_dir(dir);
    struct cord_record *record = kit_record_open(dir, &clock);
    for (int day = 1; day < COST_DAYS; day += 2) {
        say_of_day(record, &clock, day);
    }
    CHECK(cord_record_view_open(record, &view, NULL) == CORD_OK);
    for (int day = 4; day < COST_DAYS; day += 9) {
        int64_t then = COST_BEGIN_NS + day * DAY_NS + DAY_NS / 2;
        check_cost(view, (struct cord_as_of){INT64_MAX, then});
        check_cost(view, (struct cord_as_of){then, then});
        const struct cord_record_period period = {INT64_MAX, then, then + 20 * DAY_NS};
        const struct cord_record_days days = {then, then + 4 * DAY_NS};
        uint64_t before = cord_record_view_visited(view);
        size_t answers = 0;
        CHECK(cord_record_view_days(view, CORD_STR("cancelled"), &period, days, count_answer,
                                    &answers, NULL) == CORD_OK);
        size_t returned = 0;
        for (int of = day; of <= day + 4; of++) { /* from noon to noon */
            returned += of % 2 == 1 && of < COST_DAYS ? COST_BODIES : 0;
        }
        CHECK_U64(answers, returned);
        CHECK(cord_record_view_visited(view) - before <= 2 * answers);
    }
    cord_record_view_close(view);
    cord_record_close(record);
    kit_store_remove(dir);
}

/* --- orders of arrival --- */

enum { PIECES = 24, ORDERS = 6 };

/* Claims that do not overlap on their lines: each hour of each line belongs to one. */
static struct cord_claim piece(size_t n, struct made *made)
{
    int64_t from = 1494547200 * CORD_SECOND_NS + (int64_t)(n / 4) * 3600 * CORD_SECOND_NS;
    (void)snprintf(made->subject, sizeof made->subject, "org:R%u", (unsigned)(n % 2));
    (void)snprintf(made->claimant, sizeof made->claimant, "org:C%u", (unsigned)(n / 2 % 2));
    (void)snprintf(made->value, sizeof made->value, "{\"state\":\"%s\",\"reason\":\"n%zu\"}",
                   states[n * 7 % 4], n);
    return (struct cord_claim){.kind = cord_claim_kind_find(CORD_STR("status.claim")),
                               .subject = cord_str_from(made->subject),
                               .value = cord_str_from(made->value),
                               .claimant = cord_str_from(made->claimant),
                               .method = CORD_STR("assigned"),
                               .valid_from_ns = from,
                               .valid_to_ns = from + (int64_t)(n % 3 + 1) * 1200 * CORD_SECOND_NS};
}

static cord_status put_answer(void *self, const struct cord_answer *answer)
{
    char time[CORD_TIMESTAMP_TEXT];
    cord_str from = cord_timestamp_format(answer->valid_from_ns, time);
    cord_buf_printf(self, "%.*s %.*s %.*s %.*s\n", CORD_STR_ARG(answer->subject),
                    CORD_STR_ARG(answer->claimant), CORD_STR_ARG(answer->state),
                    CORD_STR_ARG(from));
    return CORD_OK;
}

/* What they say of every half hour, once all are known. */
static void say_in_order(const size_t order[PIECES], size_t batch, struct cord_buf *text)
{
    char dir[64];
    struct kit_record_clock clock = {1494633600 * CORD_SECOND_NS};
    struct cord_record_view *view = NULL;
    kit_store_dir(dir);
    struct cord_record *record = kit_record_open(dir, &clock);
    for (size_t n = 0; n < PIECES; n += batch) {
        struct made made[PIECES];
        struct cord_claim claims[PIECES];
        struct cord_record_outcome outcome;
        size_t count = PIECES - n < batch ? PIECES - n : batch;
        for (size_t i = 0; i < count; i++) {
            claims[i] = piece(order[n + i], &made[i]);
        }
        clock.now_ns += CORD_SECOND_NS;
        CHECK(cord_record_append(record, claims, count, &outcome, NULL) == CORD_OK);
    }
    CHECK(cord_record_view_open(record, &view, NULL) == CORD_OK);
    for (int half = 0; half < 14; half++) {
        struct cord_as_of at = {INT64_MAX, (1494547200 + half * 1800) * CORD_SECOND_NS};
        CHECK(cord_record_view_answers(view, CORD_STR("status"), CORD_STR(""), at, put_answer, text,
                                       NULL) == CORD_OK);
    }
    cord_record_view_close(view);
    cord_record_close(record);
    kit_store_remove(dir);
}

static void the_order_of_arrival_does_not_matter(void)
{
    struct kit_dice dice = {0x5eed};
    size_t order[PIECES];
    struct cord_buf first;
    struct cord_buf other;
    cord_buf_init(&first, 1 << 20);
    cord_buf_init(&other, 1 << 20);
    for (size_t i = 0; i < PIECES; i++) {
        order[i] = i;
    }
    say_in_order(order, 1, &first);
    CHECK(first.len > 200);
    for (size_t round = 0; round < ORDERS; round++) {
        for (size_t i = PIECES - 1; i > 0; i--) {
            size_t with = kit_dice_roll(&dice, i + 1);
            size_t kept = order[i];
            order[i] = order[with];
            order[with] = kept;
        }
        cord_buf_clear(&other);
        say_in_order(order, 1 + round * 5, &other);
        CHECK_STR_EQ(cord_buf_str(&first), cord_buf_str(&other));
    }
    cord_buf_done(&first);
    cord_buf_done(&other);
}

/* --- chains in any order --- */

static cord_status put_state(void *self, const struct cord_answer *answer)
{
    cord_buf_printf(self, "%.*s ", CORD_STR_ARG(answer->state));
    return CORD_OK;
}

enum { CHAINS = 6, LINKS = 6 };

/* What is done in turn to the chain of an hour: 'c' claims, 'r' revises the last but so many that
 * was no retraction, 'x' retracts it. */
static const char *const chains[CHAINS] = {"c0r0x0",   "c0r0r0x0", "c0r0r0x1x0",
                                           "c0r0x0r0", "c0r0r0x1", "c0x0r0x0"};
static const char *const chain_results[CHAINS] = {"clear",     "infected",  "clear",
                                                  "disrupted", "disrupted", ""};

static void say_link(struct cord_record *record, size_t chain, size_t link,
                     uint64_t said[CHAINS][LINKS], size_t said_count[CHAINS])
{
    static const char *const words[] = {"clear", "infected", "disrupted"};
    char text[512];
    char supersedes[48] = "";
    char kind = chains[chain][2 * link];
    size_t back = (size_t)(chains[chain][2 * link + 1] - '0');
    if (kind != 'c') {
        (void)snprintf(supersedes, sizeof supersedes, "\"supersedes\":%u,",
                       (unsigned)said[chain][said_count[chain] - 1 - back]);
    }
    if (kind == 'x') {
        (void)snprintf(text, sizeof text,
                       "{\"kind\":\"claim.retract\",\"subject\":\"org:A\",\"value\":{"
                       "\"reason\":\"x\"},%s\"claimant\":\"org:X\",\"method\":\"report\"}",
                       supersedes);
        (void)kit_record_say(record, text);
        return;
    }
    (void)snprintf(text, sizeof text,
                   "{\"kind\":\"status.%s\",\"subject\":\"org:A\",\"value\":{\"state\":\"%s\"%s},"
                   "\"valid_from\":\"2017-05-12T%02zu:00:00Z\",\"valid_to\":"
                   "\"2017-05-12T%02zu:00:00Z\",%s\"claimant\":\"org:X\",\"method\":\"report\"}",
                   kind == 'c' ? "claim" : "revise", words[said_count[chain]],
                   kind == 'c' ? "" : ",\"reason\":\"y\"", chain, chain + 1, supersedes);
    said[chain][said_count[chain]++] = kit_record_say(record, text);
}

static void check_chains(struct kit_dice *dice)
{
    char dir[64];
    struct kit_record_clock clock = {1494633600 * CORD_SECOND_NS};
    struct cord_record_view *view = NULL;
    uint64_t said[CHAINS][LINKS];
    size_t said_count[CHAINS] = {0};
    size_t done[CHAINS] = {0};
    kit_store_dir(dir);
    struct cord_record *record = kit_record_open(dir, &clock);
    for (size_t left = CHAINS; left > 0;) {
        size_t chain = kit_dice_roll(dice, CHAINS);
        size_t links = strlen(chains[chain]) / 2;
        if (done[chain] < links) {
            clock.now_ns += CORD_SECOND_NS;
            say_link(record, chain, done[chain]++, said, said_count);
            left -= done[chain] == links;
        }
    }
    CHECK(cord_record_view_open(record, &view, NULL) == CORD_OK);
    for (size_t chain = 0; chain < CHAINS; chain++) {
        const int64_t half_past_ns = (1494547200 + (int64_t)chain * 3600 + 1800) * CORD_SECOND_NS;
        struct cord_buf text;
        char wanted[32];
        cord_buf_init(&text, 4096);
        CHECK(cord_record_view_answers(view, CORD_STR("status"), CORD_STR("org:A"),
                                       (struct cord_as_of){INT64_MAX, half_past_ns}, put_state,
                                       &text, NULL) == CORD_OK);
        (void)snprintf(wanted, sizeof wanted, "%s%s", chain_results[chain],
                       chain_results[chain][0] ? " " : "");
        CHECK_STR_EQ(cord_buf_str(&text), cord_str_from(wanted));
        cord_buf_done(&text);
    }
    cord_record_view_close(view);
    cord_record_close(record);
    kit_store_remove(dir);
}

static void chains_end_alike_in_any_order(void)
{
    struct kit_dice dice = {0xc4a1};
    for (size_t round = 0; round < ORDERS; round++) {
        check_chains(&dice);
    }
}

/* --- one by one --- */

static cord_status print_answer(void *self, const struct cord_answer *answer)
{
    cord_buf_printf(self, "%.*s=%.*s/c%u ", CORD_STR_ARG(answer->subject),
                    CORD_STR_ARG(answer->state), (unsigned)answer->claim);
    return CORD_OK;
}

static void check_answers(struct cord_record_view *view, const char *known, const char *about,
                          const char *wanted)
{
    struct cord_buf text;
    struct cord_as_of at;
    cord_buf_init(&text, 4096);
    CHECK(cord_timestamp_parse(cord_str_from(known), &at.known_ns));
    CHECK(cord_timestamp_parse(cord_str_from(about), &at.about_ns));
    CHECK(cord_record_view_answers(view, CORD_STR("status"), CORD_STR(""), at, print_answer, &text,
                                   NULL) == CORD_OK);
    CHECK_STR_EQ(cord_buf_str(&text), cord_str_from(wanted));
    cord_buf_done(&text);
}

static void set(struct kit_record_clock *clock, const char *time)
{
    CHECK(cord_timestamp_parse(cord_str_from(time), &clock->now_ns));
}

#define BY_X "\"claimant\":\"org:X\",\"method\":\"telephone\"}"

static void past_answers_stay_where_they_were(void)
{
    char dir[64];
    struct kit_record_clock clock;
    struct cord_record_view *view = NULL;
    kit_store_dir(dir);
    set(&clock, "2017-05-12T15:30:00Z");
    struct cord_record *record = kit_record_open(dir, &clock);
    CHECK_U64(kit_record_say(record, "{\"kind\":\"status.claim\",\"subject\":\"org:A\",\"value\":{"
                                     "\"state\":\"infected\"},\"valid_from\":\"2017-05-12T12:00:00Z"
                                     "\"," BY_X),
              1);
    set(&clock, "2017-05-13T09:00:00Z");
    CHECK_U64(kit_record_say(record, "{\"kind\":\"status.claim\",\"subject\":\"org:A\",\"value\":{"
                                     "\"state\":\"recovered\"}," BY_X),
              2);
    set(&clock, "2017-10-27T08:00:00Z");
    CHECK_U64(kit_record_say(record, "{\"kind\":\"status.revise\",\"subject\":\"org:A\",\"value\":{"
                                     "\"state\":\"disrupted\",\"reason\":\"was never infected\"},"
                                     "\"supersedes\":1,\"claimant\":\"org:NAO\",\"method\":\"report"
                                     "\"}"),
              3);
    CHECK(cord_record_view_open(record, &view, NULL) == CORD_OK);
    check_answers(view, "2017-05-12T20:00:00Z", "2017-05-12T11:00:00Z", "");
    check_answers(view, "2017-05-12T20:00:00Z", "2017-05-12T14:00:00Z", "org:A=infected/c1 ");
    check_answers(view, "2017-05-12T15:29:00Z", "2017-05-12T14:00:00Z", "");
    check_answers(view, "2017-05-14T00:00:00Z", "2017-05-14T00:00:00Z", "org:A=recovered/c2 ");
    check_answers(view, "2017-05-14T00:00:00Z", "2017-05-12T14:00:00Z", "org:A=infected/c1 ");
    check_answers(view, "2018-01-01T00:00:00Z", "2017-05-12T14:00:00Z", "org:A=disrupted/c3 ");
    /* The revision has the time of what it revises, and was recorded after what replaced it. */
    check_answers(view, "2018-01-01T00:00:00Z", "2017-05-14T00:00:00Z", "org:A=disrupted/c3 ");
    cord_record_view_close(view);
    cord_record_close(record);
    kit_store_remove(dir);
}

static cord_status count_claim(void *self, const struct cord_claim *claim,
                               const struct cord_digest *hash)
{
    (void)hash;
    uint64_t *last = self;
    CHECK(claim->number > *last);
    *last = claim->number;
    return CORD_OK;
}

static uint64_t last_of(struct cord_record_view *view, struct cord_claim_filter filter,
                        uint64_t after, size_t limit)
{
    uint64_t last = 0;
    struct cord_error err = {""};
    if (cord_record_view_claims(view, &filter, (struct cord_claim_page){after, limit}, count_claim,
                                &last, &err) != CORD_OK) {
        fail_msg("%s", err.text);
    }
    return last;
}

static void lists_claims_by_page_and_filter(void)
{
    char dir[64];
    struct kit_record_clock clock;
    struct cord_record_view *view = NULL;
    kit_store_dir(dir);
    set(&clock, "2017-05-12T00:00:00Z");
    struct cord_record *record = kit_record_open(dir, &clock);
    for (unsigned i = 0; i < 40; i++) {
        char text[256];
        clock.now_ns += CORD_SECOND_NS;
        (void)snprintf(
            text, sizeof text,
            "{\"kind\":\"link.%s\",\"subject\":\"org:A%u\",\"value\":{\"link\":\"mail\"},"
            "\"claimant\":\"org:C%u\",\"method\":\"x\"}",
            i % 2 ? "up" : "down", i % 4, i % 5);
        CHECK_U64(kit_record_say(record, text), i + 1);
    }
    CHECK(cord_record_view_open(record, &view, NULL) == CORD_OK);
    struct cord_claim_filter all = {.known_ns = INT64_MAX};
    CHECK_U64(last_of(view, all, 0, 7), 7);
    CHECK_U64(last_of(view, all, 38, 7), 40);
    CHECK_U64(last_of(view, all, 40, 7), 0);
    struct cord_claim_filter filter = all;
    filter.kind = CORD_STR("link.up");
    CHECK_U64(last_of(view, filter, 0, 3), 6);
    filter.kind = CORD_STR("");
    filter.topic = CORD_STR("link");
    CHECK_U64(last_of(view, filter, 5, 3), 8);
    filter.subject = CORD_STR("org:A1");
    CHECK_U64(last_of(view, filter, 0, 3), 10);
    filter.claimant = CORD_STR("org:C0");
    CHECK_U64(last_of(view, filter, 0, 1), 6);
    filter = all;
    filter.claimant = CORD_STR("org:C4");
    CHECK_U64(last_of(view, filter, 0, 2), 10);
    filter.kind = CORD_STR("link.down");
    CHECK_U64(last_of(view, filter, 0, 2), 15);
    filter = all;
    CHECK(cord_timestamp_parse(CORD_STR("2017-05-12T00:00:09.5Z"), &filter.known_ns));
    CHECK_U64(last_of(view, filter, 0, 100), 9);
    filter.kind = CORD_STR("link.sideways");
    uint64_t last = 0;
    CHECK(cord_record_view_claims(view, &filter, (struct cord_claim_page){0, 1}, count_claim, &last,
                                  NULL) == CORD_E_NOENT);
    CHECK(cord_record_view_claim(view, 41, count_claim, &last, NULL) == CORD_E_NOENT);
    CHECK(cord_record_view_claim(view, 3, count_claim, &last, NULL) == CORD_OK && last == 3);
    cord_record_view_close(view);
    cord_record_close(record);
    kit_store_remove(dir);
}

static void a_session_stays_where_it_began(void)
{
    char dir[64];
    struct kit_record_clock clock;
    struct cord_record_view *view = NULL;
    kit_store_dir(dir);
    set(&clock, "2017-05-12T00:00:00Z");
    struct cord_record *record = kit_record_open(dir, &clock);
    CHECK(cord_record_view_open(record, &view, NULL) == CORD_OK);
    (void)kit_record_say(record, "{\"kind\":\"status.claim\",\"subject\":\"org:A\",\"value\":{"
                                 "\"state\":\"clear\"}," BY_X);
    CHECK_U64(cord_record_view_count(view), 0);
    check_answers(view, "2018-01-01T00:00:00Z", "2018-01-01T00:00:00Z", "");
    CHECK(cord_record_view_refresh(view, NULL) == CORD_OK);
    CHECK_U64(cord_record_view_count(view), 1);
    check_answers(view, "2018-01-01T00:00:00Z", "2018-01-01T00:00:00Z", "org:A=clear/c1 ");
    cord_record_view_close(view);
    cord_record_close(record);
    kit_store_remove(dir);
}

struct lines {
    char text[160];
    size_t len, most;
};

static cord_status put_line(void *self, cord_str subject, cord_str claimant, cord_str part)
{
    struct lines *lines = self;
    int len = snprintf(lines->text + lines->len, sizeof lines->text - lines->len, "%.*s/%.*s%.*s ",
                       CORD_STR_ARG(subject), CORD_STR_ARG(claimant), CORD_STR_ARG(part));
    CHECK(len > 0 && (size_t)len < sizeof lines->text - lines->len);
    lines->len += (size_t)len;
    return --lines->most == 0 ? CORD_E_END : CORD_OK;
}

static void check_lines(struct cord_record_view *view, cord_str topic, size_t most,
                        const char *wanted)
{
    struct lines lines = {.most = most};
    CHECK(cord_record_view_lines(view, topic, put_line, &lines, NULL) == CORD_OK);
    CHECK_STR_EQ(cord_str_from(lines.text), cord_str_from(wanted));
}

static void lists_the_lines_of_a_topic_and_what_was_known_when(void)
{
    char dir[64];
    struct kit_record_clock clock;
    struct cord_record_view *view = NULL;
    kit_store_dir(dir);
    set(&clock, "2017-05-12T00:00:00Z");
    struct cord_record *record = kit_record_open(dir, &clock);
    (void)kit_record_say(record, "{\"kind\":\"status.claim\",\"subject\":\"org:B\",\"value\":{"
                                 "\"state\":\"clear\"}," BY_X);
    set(&clock, "2017-05-12T01:00:00Z");
    (void)kit_record_say(record, "{\"kind\":\"status.claim\",\"subject\":\"org:B\",\"value\":{"
                                 "\"state\":\"infected\"}," BY_X);
    (void)kit_record_say(record, "{\"kind\":\"status.claim\",\"subject\":\"org:A\",\"value\":{"
                                 "\"state\":\"clear\",\"incident\":\"i1\"}," BY_X);
    CHECK(cord_record_view_open(record, &view, NULL) == CORD_OK);
    check_lines(view, CORD_STR("status"), 9, "org:A/org:X{\"incident\":\"i1\"} org:B/org:X{} ");
    check_lines(view, CORD_STR("status"), 1, "org:A/org:X{\"incident\":\"i1\"} ");
    check_lines(view, CORD_STR("divert"), 9, "");
    CHECK(cord_record_view_lines(view, CORD_STR("weather"), put_line, NULL, NULL) == CORD_E_NOENT);
    const int64_t hour_ns = 3600 * CORD_SECOND_NS;
    const int64_t at_ns[] = {clock.now_ns - hour_ns - 1, clock.now_ns - hour_ns, clock.now_ns - 1,
                             clock.now_ns, INT64_MAX};
    const uint64_t wanted[] = {0, 1, 1, 3, 3};
    for (size_t i = 0; i < 5; i++) {
        uint64_t number = 99;
        CHECK(cord_record_view_known(view, at_ns[i], &number, NULL) == CORD_OK);
        CHECK_U64(number, wanted[i]);
    }
    cord_record_view_close(view);
    cord_record_close(record);
    kit_store_remove(dir);
}

KIT_MAIN(KIT_TEST(lists_the_lines_of_a_topic_and_what_was_known_when),
         KIT_TEST(answers_as_the_naive_evaluator_does),
         KIT_TEST(retracted_revisions_give_back_what_they_replaced),
         KIT_TEST(chains_end_alike_in_any_order), KIT_TEST(the_order_of_arrival_does_not_matter),
         KIT_TEST(lines_of_many_rows_answer_the_same),
         KIT_TEST(a_question_reads_little_more_than_it_answers),
         KIT_TEST(past_answers_stay_where_they_were), KIT_TEST(lists_claims_by_page_and_filter),
         KIT_TEST(a_session_stays_where_it_began))
