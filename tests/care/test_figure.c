/* test_figure.c: figures are what the claims come to, as known at any time. */
#include "care/figure.h"
#include "care/script.h"
#include "kit/kit.h"

#include "base/hash.h"
#include "base/timestamp.h"
#include "kit/kit_record.h"
#include "kit/kit_store.h"

#include <stdlib.h>

#define MAY_2017 CORD_SOURCE_DIR "/scenarios/may-2017/"

/* --- a record --- */

struct place {
    char dir[64];
    struct kit_record_clock clock;
    struct cord_record *record;
    struct cord_record_view *view;
    struct cord_figure_scope *scope;
};

static int64_t time_of(const char *text)
{
    int64_t ns = 0;
    CHECK(cord_timestamp_parse(cord_str_from(text), &ns));
    return ns;
}

static void begin(struct place *place, const char *exercise)
{
    struct cord_error err = {""};
    *place = (struct place){.clock = {.now_ns = time_of("2017-05-01")}};
    kit_store_dir(place->dir);
    const struct cord_record_options options = {.create = true,
                                                .exercise = cord_str_from(exercise),
                                                .clock = kit_record_clock(&place->clock)};
    CHECK(cord_record_open(place->dir, &options, &place->record, &err) == CORD_OK);
    CHECK(cord_record_view_open(place->record, &place->view, &err) == CORD_OK);
}

static void end(struct place *place)
{
    cord_figure_scope_free(place->scope);
    cord_record_view_close(place->view);
    cord_record_close(place->record);
    kit_store_remove(place->dir);
}

static uint64_t say(struct place *place, const char *when, const char *text)
{
    place->clock.now_ns = time_of(when);
    return kit_record_say(place->record, text);
}

static void ask(struct place *place, const struct cord_figure_request *request)
{
    struct cord_error err = {""};
    cord_figure_scope_free(place->scope);
    place->scope = NULL;
    CHECK(cord_record_view_refresh(place->view, &err) == CORD_OK);
    cord_status status = cord_figure_scope_new(place->view, request, &place->scope, &err);
    if (status != CORD_OK) {
        print_message("%s\n", err.text);
    }
    CHECK(status == CORD_OK);
}

static void ask_at(struct place *place, const char *at)
{
    const struct cord_figure_request request = {.as_of = {time_of(at), INT64_MAX},
                                                .from_ns = CORD_TIME_NONE};
    ask(place, &request);
}

static const struct cord_figure *get(struct cord_figure_scope *scope, const char *id)
{
    struct cord_error err = {""};
    const struct cord_figure *figure = NULL;
    const struct cord_figure_definition *definition = cord_figure_find(cord_str_from(id));
    CHECK(definition != NULL);
    cord_status status = cord_figure_compute(scope, definition, &figure, &err);
    if (status != CORD_OK) {
        print_message("%s\n", err.text);
    }
    CHECK(status == CORD_OK);
    return figure;
}

static cord_str part_of(const struct cord_figure *figure, const char *name)
{
    for (size_t i = 0; i < figure->part_count; i++) {
        if (cord_str_eq(figure->parts[i].name, cord_str_from(name))) {
            return figure->parts[i].value;
        }
    }
    return CORD_STR("no such part");
}

/* --- the scenario --- */

struct may {
    cord_str text, trusts;
    struct cord_scenario *scenario;
    struct cord_script *script;
};

static cord_status read_trusts(void *self, cord_str name, cord_str *ret_text,
                               struct cord_error *err)
{
    const struct may *may = self;
    (void)name;
    (void)err;
    *ret_text = may->trusts;
    return CORD_OK;
}

static void may_begin(struct may *may)
{
    struct cord_error err = {""};
    const struct cord_scenario_files files = {.read = read_trusts, .self = may};
    *may = (struct may){.text = kit_read_file(MAY_2017 "scenario.yml"),
                        .trusts = kit_read_file(MAY_2017 "trusts.csv")};
    CHECK(cord_scenario_read(may->text, &files, &may->scenario, &err) == CORD_OK);
    CHECK(cord_script_make(may->scenario, cord_scenario_seed(may->scenario), NULL, 0, &may->script,
                           &err) == CORD_OK);
}

static void may_end(struct may *may)
{
    cord_script_free(may->script);
    cord_scenario_free(may->scenario);
    free((void *)(uintptr_t)may->text.ptr);
    free((void *)(uintptr_t)may->trusts.ptr);
}

static void append(struct place *place, const struct cord_claim *claims, size_t count)
{
    struct cord_error err = {""};
    struct cord_record_outcome outcome;
    cord_status status = cord_record_append(place->record, claims, count, &outcome, &err);
    if (status != CORD_OK) {
        print_message("%s\n", err.text);
    }
    CHECK(status == CORD_OK);
    CHECK_U64(outcome.recorded, count);
}

/* As the replay does: what is known at one instant is one batch. */
static void play(struct place *place, const struct may *may)
{
    size_t count = cord_script_count(may->script);
    struct cord_claim *claims = calloc(count, sizeof *claims);
    CHECK(claims != NULL);
    for (size_t i = 0, batch; i < count; i += batch) {
        int64_t known_ns = cord_script_at(may->script, i)->known_ns;
        for (batch = 0;
             i + batch < count && cord_script_at(may->script, i + batch)->known_ns == known_ns;
             batch++) {
            const struct cord_script_line *line = cord_script_at(may->script, i + batch);
            claims[batch] = line->claim;
            claims[batch].supersedes = line->revises;
        }
        place->clock.now_ns = known_ns;
        append(place, claims, batch);
    }
    free(claims);
}

/* --- the table of May 2017 --- */

#define EVENING   "2017-05-12T20:00:00+01:00"
#define REPORT    "2017-10-27T12:00:00Z"
#define LATER     "2018-02-02T00:00:00Z"
#define AT_LAST   "2018-10-12T00:00:00Z"
#define STUDY     "2019-10-03T00:00:00Z"
#define NOT_KNOWN ""

static const struct {
    const char *at, *about; /* about NULL: at */
    const char *id, *part;  /* part NULL: the value; "of": the denominator */
    const char *wanted;
} table[] = {
    {EVENING, NULL, "trusts.total", NULL, "236"},
    {EVENING, NULL, "trusts.total", "Y54", "71"},
    {EVENING, NULL, "trusts.total", "Y55", "73"},
    {EVENING, NULL, "trusts.total", "Y56", "36"},
    {EVENING, NULL, "trusts.total", "Y57", "56"},
    {"2017-05-12T11:00:00+01:00", NULL, "organisations.infected", NULL, NOT_KNOWN},
    {"2017-05-12T15:30:00+01:00", NULL, "organisations.infected", NULL, "16"},
    {EVENING, NULL, "organisations.infected", NULL, "45"},
    {EVENING, NULL, "organisations.infected", "trusts", "37"},
    {EVENING, NULL, "organisations.infected", "others", "8"},
    {EVENING, NULL, "practices.infected", NULL, NOT_KNOWN},
    {EVENING, NULL, "care.cancelled", NULL, NOT_KNOWN},
    {EVENING, NULL, "ransom.paid", NULL, NOT_KNOWN},
    {EVENING, NULL, "computers.xp", NULL, "50000"},
    {EVENING, NULL, "computers.xp", "of", "1000000"},
    {EVENING, NULL, "alerts.verified", NULL, "157"},
    {EVENING, NULL, "alerts.verified", "not verified", "79"},
    {"2017-05-13T20:00:00+01:00", NULL, "trusts.affected", NULL, "48"},
    {"2017-05-13T20:00:00+01:00", NULL, "trusts.affected.now", NULL, "6"},
    {"2017-05-14T20:00:00+01:00", NULL, "trusts.affected", NULL, "47"},
    {"2017-05-14T20:00:00+01:00", NULL, "diverts.hospitals", NULL, "7"},
    {"2017-05-15T17:00:00+01:00", NULL, "diverts.emergency", NULL, "5"},
    {"2017-05-17T00:00:00Z", NULL, "diverts.hospitals", NULL, "0"},
    {REPORT, NULL, "trusts.affected", NULL, "81"},
    {REPORT, NULL, "trusts.affected", "infected", "37"},
    {REPORT, NULL, "trusts.affected", "disrupted", "44"},
    {REPORT, NULL, "trusts.affected", "of", "236"},
    {REPORT, NULL, "bodies.infected", NULL, "603"},
    {REPORT, NULL, "bodies.infected", "practices", "595"},
    {REPORT, NULL, "bodies.infected", "others", "8"},
    {REPORT, NULL, "practices.infected", NULL, "595"},
    {REPORT, NULL, "practices.infected", "of", "7420"},
    {REPORT, NULL, "organisations.infected", NULL, "640"}, /* N4: never 45 + 603 */
    {REPORT, NULL, "diverts.emergency", NULL, "5"},
    {REPORT, NULL, "diverts.days", NULL, "5"},
    {REPORT, NULL, "care.cancelled", NULL, "6912"},
    {REPORT, NULL, "care.cancelled.cancer", NULL, "139"},
    {REPORT, NULL, "care.cancelled.estimate", NULL, "19494"},
    {REPORT, NULL, "care.cancelled.days", NULL, "7"},
    {REPORT, NULL, "care.cancelled.days", "from the first to the last", "6"},
    {REPORT, NULL, "devices.diagnostic.infected", NULL, "1220"},
    {REPORT, NULL, "devices.diagnostic.estimate", NULL, "122000"},
    {REPORT, NULL, "ransom.paid", NULL, "0"},
    {REPORT, NULL, "cost", NULL, NOT_KNOWN},
    {REPORT, EVENING, "organisations.infected", NULL, "640"},
    {REPORT, EVENING, "trusts.total", NULL, "236"},
    {LATER, NULL, "trusts.affected", NULL, "80"},
    {LATER, NULL, "trusts.affected", "infected", "34"},
    {LATER, NULL, "trusts.affected", "disrupted", "46"},
    {LATER, NULL, "trusts.affected", "of", "236"},
    {LATER, NULL, "organisations.infected", NULL, "637"},
    {LATER, NULL, "trusts.infected.regions", NULL, "29"},
    {LATER, NULL, "trusts.infected.regions", "of", "34"},
    {LATER, NULL, "trusts.total", NULL, "235"}, /* two have become one since */
    {"2018-04-09T12:00:00+01:00", NULL, "alerts.answered", NULL, "38"},
    {"2018-04-13T12:00:00+01:00", NULL, "alerts.answered", "by day 4", "38"},
    {"2018-04-13T12:00:00+01:00", NULL, "alerts.answered", NULL, "189"},
    {AT_LAST, NULL, "cost", NULL, "91500000"},
    {AT_LAST, NULL, "cost", "lost-activity", "19000000"},
    {AT_LAST, NULL, "cost", "it-during", "500000"},
    {AT_LAST, NULL, "cost", "it-after", "72000000"},
    {AT_LAST, NULL, "care.outpatients.lost", NULL, NOT_KNOWN},
    {STUDY, NULL, "care.outpatients.lost", NULL, "13534"},
    {STUDY, NULL, "care.admissions.lost", NULL, "2936"},
    {STUDY, NULL, "cost.activity", NULL, "5900000"},
    {STUDY, NULL, "care.cancelled", NULL, "6912"}, /* neither is added to the other */
    {STUDY, NULL, "cost", NULL, "91500000"},
};

static void check_table(struct place *place)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct cord_figure_request request = {
            .as_of = {time_of(table[i].at), table[i].about ? time_of(table[i].about) : INT64_MAX},
            .from_ns = CORD_TIME_NONE};
        bool again = i == 0 || strcmp(table[i].at, table[i - 1].at) != 0 ||
                     table[i].about != table[i - 1].about;
        if (again) {
            ask(place, &request);
        }
        const struct cord_figure *figure = get(place->scope, table[i].id);
        cord_str got = !table[i].part                     ? figure->value
                       : strcmp(table[i].part, "of") == 0 ? figure->of
                                                          : part_of(figure, table[i].part);
        if (!cord_str_eq(got, cord_str_from(table[i].wanted))) {
            print_message("%s at %s, %s: got %.*s, wanted %s\n", table[i].id, table[i].at,
                          table[i].part ? table[i].part : "value", CORD_STR_ARG(got),
                          table[i].wanted);
        }
        CHECK(cord_str_eq(got, cord_str_from(table[i].wanted)));
    }
}

/* N9: no number without unit, time, method; no percentage without its fraction. */
static void check_all_is_said(struct place *place)
{
    static const char *const members[] = {
        "\"unit\":",  "\"definition\":", "\"basis\":",    "\"known_at\":",
        "\"about\":", "\"expected\":",   "\"reporting\":"};
    for (size_t i = 0; i < cord_figure_count(); i++) {
        struct cord_buf text;
        const struct cord_figure_definition *definition = cord_figure_definition(i);
        const struct cord_figure *figure = get(place->scope, definition->id);
        cord_buf_init(&text, 1 << 24);
        cord_figure_write(figure, true, &text);
        CHECK(!text.failed);
        for (size_t j = 0; j < sizeof members / sizeof *members; j++) {
            CHECK(cord_str_find(cord_buf_str(&text), cord_str_from(members[j]), 0) != SIZE_MAX);
        }
        bool share = cord_str_find(cord_buf_str(&text), CORD_STR(" %\""), 0) != SIZE_MAX;
        CHECK(!share || (figure->of.ptr && figure->value.ptr));
        CHECK(!figure->value.ptr || figure->claim_count > 0 || figure->expected > 0);
        cord_buf_done(&text);
    }
}

struct moves {
    size_t recategorised, removed, others;
};

static cord_status on_move(void *self, const struct cord_figure_move *move)
{
    struct moves *moves = self;
    bool was = cord_str_eq(move->from_part, CORD_STR("infected"));
    CHECK(move->to_claim > move->from_claim);
    if (was && cord_str_eq(move->to_part, CORD_STR("disrupted"))) {
        moves->recategorised++;
    } else if (!was && move->to_part.len == 0) {
        moves->removed++;
    } else {
        moves->others++;
    }
    return CORD_OK;
}

static void check_what_moved(struct place *place)
{
    struct moves moves = {0};
    struct cord_error err = {""};
    struct cord_figure_scope *before = NULL;
    const struct cord_figure_request earlier = {.as_of = {time_of(REPORT), INT64_MAX},
                                                .from_ns = CORD_TIME_NONE};
    CHECK(cord_figure_scope_new(place->view, &earlier, &before, &err) == CORD_OK);
    ask_at(place, LATER);
    CHECK(cord_figure_compare(get(before, "trusts.affected"), get(place->scope, "trusts.affected"),
                              on_move, &moves) == CORD_OK);
    CHECK_U64(moves.recategorised, 3);
    CHECK_U64(moves.removed, 1);
    CHECK_U64(moves.others, 0);
    cord_figure_scope_free(before);
}

static cord_status on_last(void *self, const struct cord_claim *claim,
                           const struct cord_digest *hash)
{
    struct cord_digest *last = self;
    (void)claim;
    *last = *hash;
    return CORD_OK;
}

/* The last hash stands for every byte of every claim before it. */
static void check_chain(struct place *place, const struct may *may)
{
    struct cord_error err = {""};
    struct place again;
    struct cord_digest last[2];
    uint64_t count = cord_record_count(place->record);
    CHECK(cord_record_view_claim(place->view, count, on_last, &last[0], &err) == CORD_OK);
    begin(&again, "may-2017");
    play(&again, may);
    CHECK(cord_record_view_refresh(again.view, &err) == CORD_OK);
    CHECK(cord_record_view_claim(again.view, count, on_last, &last[1], &err) == CORD_OK);
    CHECK(cord_digest_eq(&last[0], &last[1]));
    end(&again);
}

static void check_range(struct place *place)
{
    ask_at(place, STUDY);
    const struct cord_figure *figure = get(place->scope, "care.outpatients.lost");
    CHECK_STR(figure->lowest, "9453");
    CHECK_STR(figure->highest, "17615");
    CHECK(cord_str_find(figure->note, CORD_STR("; range: 95 % interval"), 0) != SIZE_MAX);
    CHECK_STR(cord_figure_basis(figure), "estimated");
    const struct cord_figure *practices = get(place->scope, "practices.infected");
    CHECK(practices->stated_count == 1);
    CHECK_STR(practices->stated[0].unit, "percent");
}

static void the_table_of_may_2017_comes_out_of_the_claims(void)
{
    struct place place;
    struct may may;
    begin(&place, "may-2017");
    may_begin(&may);
    play(&place, &may);
    check_table(&place);
    check_all_is_said(&place);
    check_what_moved(&place);
    check_range(&place);
    check_chain(&place, &may);
    may_end(&may);
    end(&place);
}

/* --- the order of arrival --- */

struct turn {
    size_t place;
    uint64_t lot; /* equal for what one claimant says on one line, whose order means something */
    bool revises;
};

static int compare_turns(const void *left, const void *right)
{
    const struct turn *a = left;
    const struct turn *b = right;
    if (a->revises != b->revises) {
        return a->revises ? 1 : -1;
    }
    if (a->lot != b->lot) {
        return a->lot < b->lot ? -1 : 1;
    }
    return a->place < b->place ? -1 : a->place > b->place;
}

/* Everything at once, in an order that the seed decides. Heartbeats and the
 * practices' descriptions are left out: too many. */
static void play_shuffled(struct place *place, const struct may *may, uint64_t seed)
{
    size_t all = cord_script_count(may->script);
    size_t count = 0;
    struct turn *turns = calloc(all, sizeof *turns);
    size_t *numbers = calloc(all + 1, sizeof *numbers);
    struct cord_claim *claims = calloc(all, sizeof *claims);
    CHECK(turns && numbers && claims);
    for (size_t i = 0; i < all; i++) {
        const struct cord_script_line *line = cord_script_at(may->script, i);
        uint64_t lot = cord_hash(line->claim.subject, seed) ^
                       cord_hash(line->claim.claimant, seed + 1) ^
                       cord_hash(cord_str_from(line->claim.kind->topic), seed + 2);
        bool practice = strcmp(line->claim.kind->name, "org.upsert") == 0 &&
                        cord_str_starts(line->claim.subject, CORD_STR("org:X-P"));
        if (strcmp(line->claim.kind->name, "heartbeat") != 0 && !practice) {
            turns[count++] = (struct turn){i, lot, line->revises > 0};
        }
    }
    qsort(turns, count, sizeof *turns, compare_turns);
    for (size_t i = 0; i < count; i++) {
        const struct cord_script_line *line = cord_script_at(may->script, turns[i].place);
        numbers[turns[i].place + 1] = i + 1;
        claims[i] = line->claim;
        claims[i].supersedes = numbers[line->revises];
    }
    place->clock.now_ns = time_of(AT_LAST);
    append(place, claims, count);
    free(claims);
    free(numbers);
    free(turns);
}

static void check_same(const struct cord_figure *a, const struct cord_figure *b)
{
    CHECK_STR_EQ(a->value, b->value);
    CHECK_STR_EQ(a->of, b->of);
    CHECK_STR_EQ(a->lowest, b->lowest);
    CHECK_STR_EQ(a->highest, b->highest);
    CHECK(a->basis == b->basis);
    CHECK_U64(a->expected, b->expected);
    CHECK_U64(a->reporting, b->reporting);
    CHECK_U64(a->claim_count, b->claim_count);
    CHECK_U64(a->part_count, b->part_count);
    for (size_t i = 0; i < a->part_count; i++) {
        CHECK_STR_EQ(a->parts[i].name, b->parts[i].name);
        CHECK_STR_EQ(a->parts[i].value, b->parts[i].value);
    }
    CHECK_U64(a->item_count, b->item_count);
    for (size_t i = 0; i < a->item_count; i++) {
        CHECK_STR_EQ(a->items[i].what, b->items[i].what);
        CHECK_STR_EQ(a->items[i].part, b->items[i].part);
    }
}

static void claims_in_any_order_of_arrival_give_the_same_figures(void)
{
    struct may may;
    struct place place[2];
    static const char *const abouts[] = {EVENING, REPORT, AT_LAST};
    may_begin(&may);
    for (size_t i = 0; i < 2; i++) {
        begin(&place[i], "may-2017");
        play_shuffled(&place[i], &may, 11 * i);
    }
    for (size_t j = 0; j < sizeof abouts / sizeof *abouts; j++) {
        const struct cord_figure_request request = {.as_of = {time_of(AT_LAST), time_of(abouts[j])},
                                                    .from_ns = CORD_TIME_NONE};
        ask(&place[0], &request);
        ask(&place[1], &request);
        for (size_t k = 0; k < cord_figure_count(); k++) {
            const char *id = cord_figure_definition(k)->id;
            check_same(get(place[0].scope, id), get(place[1].scope, id));
        }
    }
    end(&place[0]);
    end(&place[1]);
    may_end(&may);
}

/* --- small records --- */

#define ORGANISATION(code, more)                                                                   \
    "{\"kind\":\"org.upsert\",\"subject\":\"org:" code "\",\"value\":{\"name\":\"" code            \
    "\",\"country\":\"ENG\",\"opened\":\"2013-04-01\"," more                                       \
    "},\"valid_from\":\"2013-04-01T00:00:00Z\",\"claimant\":\"org:R\",\"method\":\"list\"}"
#define STATUS(subject, state, more)                                                               \
    "{\"kind\":\"status.claim\",\"subject\":\"" subject "\",\"value\":{\"state\":\"" state         \
    "\"},\"method\":\"telephone\"," more "}"

static void trusts(struct place *place)
{
    (void)say(place, "2017-05-01", ORGANISATION("RA", "\"role\":\"trust\",\"region\":\"Y54\""));
    (void)say(place, "2017-05-01", ORGANISATION("RB", "\"role\":\"trust\",\"region\":\"Y54\""));
    (void)say(place, "2017-05-01", ORGANISATION("RC", "\"role\":\"trust\",\"region\":\"Y55\""));
    (void)say(place, "2017-05-01", ORGANISATION("RA-1", "\"role\":\"site\",\"parent\":\"RA\""));
}

/* N4: neither by several claimants, nor by a site, an alias, or across a merger. */
static void an_identity_counts_once(void)
{
    struct place place;
    begin(&place, "");
    trusts(&place);
    (void)say(&place, "2017-05-02",
              "{\"kind\":\"org.alias\",\"subject\":\"org:RA\",\"value\":{\"scheme\":\"legacy\","
              "\"alias\":\"OLD\"},\"claimant\":\"org:R\",\"method\":\"list\"}");
    (void)say(&place, "2017-05-12T10:00:00Z",
              STATUS("org:RA", "infected", "\"claimant\":\"org:RA\""));
    (void)say(&place, "2017-05-12T11:00:00Z",
              STATUS("org:RA", "infected", "\"claimant\":\"org:X\""));
    (void)say(&place, "2017-05-12T12:00:00Z",
              STATUS("site:RA-1", "infected", "\"claimant\":\"org:RA\""));
    (void)say(&place, "2017-05-12T13:00:00Z",
              STATUS("org:OLD", "infected", "\"claimant\":\"org:X\""));
    (void)say(&place, "2017-05-12T14:00:00Z",
              STATUS("org:RB", "infected", "\"claimant\":\"org:X\""));
    ask_at(&place, "2017-05-12T20:00:00Z");
    CHECK_STR(get(place.scope, "organisations.infected")->value, "2");
    (void)say(&place, "2017-06-01T00:00:00Z",
              "{\"kind\":\"org.succeed\",\"subject\":\"org:RB\",\"value\":{\"successor\":\"RA\"},"
              "\"claimant\":\"org:R\",\"method\":\"list\"}");
    ask_at(&place, "2017-06-02");
    CHECK_STR(get(place.scope, "organisations.infected")->value, "1");
    CHECK_STR(get(place.scope, "trusts.total")->value, "2");
    end(&place);
}

/* What is said of a site that is none, or of one nobody knows, is of the code: once. */
static void a_code_counts_once_whatever_it_is_called(void)
{
    struct place place;
    begin(&place, "");
    trusts(&place);
    (void)say(&place, "2017-05-12T10:00:00Z",
              STATUS("org:RB", "infected", "\"claimant\":\"org:RB\""));
    (void)say(&place, "2017-05-12T10:00:00Z",
              STATUS("org:RC", "disrupted", "\"claimant\":\"org:RC\""));
    (void)say(&place, "2017-05-12T10:00:00Z",
              STATUS("org:QQ", "infected", "\"claimant\":\"org:X\""));
    ask_at(&place, "2017-05-12T20:00:00Z");
    CHECK_STR(get(place.scope, "organisations.infected")->value, "2");
    CHECK_STR(get(place.scope, "trusts.affected")->value, "2");
    (void)say(&place, "2017-05-12T21:00:00Z",
              STATUS("site:RB", "infected", "\"claimant\":\"org:X\""));
    (void)say(&place, "2017-05-12T21:00:00Z",
              STATUS("site:RC", "infected", "\"claimant\":\"org:X\""));
    (void)say(&place, "2017-05-12T21:00:00Z",
              STATUS("site:QQ", "infected", "\"claimant\":\"org:X\""));
    ask_at(&place, "2017-05-12T22:00:00Z");
    CHECK_STR(get(place.scope, "organisations.infected")->value, "3");
    CHECK_U64(get(place.scope, "organisations.infected")->item_count, 3);
    CHECK_STR(get(place.scope, "trusts.affected")->value, "2");
    CHECK_STR(part_of(get(place.scope, "trusts.affected"), "infected"), "2");
    end(&place);
}

/* N5 */
static void who_falls_silent_is_unknown_and_not_clear(void)
{
    struct place place;
    begin(&place, "");
    trusts(&place);
    (void)say(&place, "2017-05-12T10:00:00Z", STATUS("org:RA", "clear", "\"claimant\":\"org:RA\""));
    (void)say(&place, "2017-05-12T10:00:00Z", STATUS("org:RB", "clear", "\"claimant\":\"org:RB\""));
    (void)say(&place, "2017-05-12T10:00:00Z",
              "{\"kind\":\"heartbeat\",\"subject\":\"org:RA\",\"value\":{},\"valid_to\":"
              "\"2017-05-12T10:05:00Z\",\"claimant\":\"org:RA\",\"method\":\"telemetry\"}");
    ask_at(&place, "2017-05-12T10:04:59Z");
    const struct cord_figure *now = get(place.scope, "trusts.affected.now");
    CHECK_STR(part_of(now, "clear"), "2");
    CHECK_STR(part_of(now, "unknown"), "1"); /* RC has said nothing at all */
    ask_at(&place, "2017-05-12T10:05:00Z");
    now = get(place.scope, "trusts.affected.now");
    CHECK_STR(part_of(now, "clear"), "1");
    CHECK_STR(part_of(now, "unknown"), "2");
    CHECK_STR(get(place.scope, "trusts.unknown")->value, "2");
    CHECK_STR(now->value, "0");
    CHECK_U64(now->expected, 3);
    CHECK_U64(now->reporting, 1);
    end(&place);
}

static void the_better_grounded_of_two_claimants_wins(void)
{
    struct place place;
    begin(&place, "");
    trusts(&place);
    (void)say(&place, "2017-05-12T10:00:00Z",
              STATUS("org:RA", "infected",
                     "\"claimant\":\"org:X\",\"basis\":\"confirmed\",\"confidence\":80"));
    (void)say(&place, "2017-05-12T11:00:00Z",
              STATUS("org:RA", "clear",
                     "\"claimant\":\"org:PRESS\",\"basis\":\"reported\",\"confidence\":90"));
    ask_at(&place, "2017-05-12T20:00:00Z");
    CHECK_STR(part_of(get(place.scope, "trusts.affected"), "infected"), "1");
    CHECK_STR(get(place.scope, "trusts.affected.now")->value, "1");
    end(&place);
}

#define DECLARED(id, claimant)                                                                     \
    "{\"kind\":\"incident.declare\",\"subject\":\"incident:" id                                    \
    "\",\"value\":{\"title\":\"t\",\"level\":\"major\"},\"claimant\":\"" claimant                  \
    "\",\"method\":\"telemetry\"}"
#define STATUS_IN(id, subject, claimant)                                                           \
    "{\"kind\":\"status.claim\",\"subject\":\"" subject                                            \
    "\",\"value\":{\"state\":\"infected\",\"incident\":\"" id "\"},\"claimant\":\"" claimant       \
    "\",\"method\":\"telemetry\"}"

/* What the system opens, and tells in it, counts once a person has declared it. */
static void nothing_counts_that_no_person_has_declared(void)
{
    struct place place;
    begin(&place, "");
    trusts(&place);
    (void)say(&place, "2017-05-12T10:00:00Z", DECLARED("INC-1", "system:cordon"));
    (void)say(&place, "2017-05-12T10:00:01Z", STATUS_IN("INC-1", "org:RA", "system:cordon"));
    ask_at(&place, "2017-05-12T11:00:00Z");
    CHECK_STR(cord_figure_scope_incident(place.scope), "");
    CHECK_STR(get(place.scope, "organisations.infected")->value, ""); /* nobody has said anything */
    (void)say(&place, "2017-05-12T12:00:00Z", DECLARED("INC-2", "user:1"));
    (void)say(&place, "2017-05-12T12:00:01Z", STATUS_IN("INC-2", "org:RB", "org:RB"));
    (void)say(&place, "2017-05-12T12:00:02Z", STATUS_IN("INC-2", "org:RC", "org:RC"));
    ask_at(&place, "2017-05-12T12:30:00Z");
    CHECK_STR(cord_figure_scope_incident(place.scope), "INC-2");
    CHECK_STR(get(place.scope, "organisations.infected")->value, "2");
    (void)say(&place, "2017-05-12T13:00:00Z", DECLARED("INC-3", "system:cordon"));
    ask_at(&place, "2017-05-12T13:30:00Z");
    CHECK_STR(cord_figure_scope_incident(place.scope), "INC-2");
    (void)say(&place, "2017-05-12T14:00:00Z", DECLARED("INC-1", "user:1"));
    ask_at(&place, "2017-05-12T15:00:00Z");
    CHECK_STR(cord_figure_scope_incident(place.scope), "INC-1");
    CHECK_STR(get(place.scope, "organisations.infected")->value, "1");
    end(&place);
}

static bool sees_x(void *self, const struct cord_answer *answer)
{
    (void)self;
    return cord_str_eq(answer->claimant, CORD_STR("org:X"));
}

static void what_may_not_be_seen_is_as_if_never_said(void)
{
    struct place place;
    begin(&place, "");
    trusts(&place);
    (void)say(&place, "2017-05-12T10:00:00Z",
              STATUS("org:RA", "infected", "\"claimant\":\"org:X\""));
    (void)say(&place, "2017-05-12T10:00:00Z",
              STATUS("org:RB", "infected", "\"claimant\":\"org:RB\""));
    const struct cord_figure_request request = {
        .as_of = {time_of("2017-05-13"), INT64_MAX}, .from_ns = CORD_TIME_NONE, .sees = sees_x};
    ask(&place, &request);
    const struct cord_figure *figure = get(place.scope, "organisations.infected");
    CHECK_STR(figure->value, "1");
    CHECK_U64(figure->reporting, 1);
    CHECK_U64(figure->item_count, 1);
    end(&place);
}

struct shelf {
    struct cord_organisations *picture;
    size_t lent;
};

static cord_status lend(void *self, struct cord_as_of as_of,
                        const struct cord_organisations **ret_picture, struct cord_error *err)
{
    struct shelf *shelf = self;
    (void)err;
    CHECK_I64(as_of.known_ns, time_of("2017-05-13"));
    *ret_picture = shelf->picture;
    shelf->lent++;
    return CORD_OK;
}

static void a_picture_of_organisations_may_be_lent(void)
{
    struct place place;
    struct shelf shelf = {0};
    struct cord_error err = {""};
    begin(&place, "");
    trusts(&place);
    const struct cord_figure_request request = {.as_of = {time_of("2017-05-13"), INT64_MAX},
                                                .from_ns = CORD_TIME_NONE,
                                                .lend = lend,
                                                .self = &shelf};
    ask(&place, &request); /* nothing is on the shelf yet */
    CHECK_STR(get(place.scope, "trusts.total")->value, "3");
    CHECK(cord_organisations_build(place.view, request.as_of, &shelf.picture, &err) == CORD_OK);
    ask(&place, &request);
    CHECK_STR(get(place.scope, "trusts.total")->value, "3");
    CHECK_U64(shelf.lent, 2);
    cord_figure_scope_free(place.scope);
    place.scope = NULL;
    cord_organisations_free(shelf.picture);
    end(&place);
}

static void what_forerunners_returned_is_added(void)
{
    struct place place;
    begin(&place, "");
    trusts(&place);
#define CANCELLED(code, amount)                                                                    \
    "{\"kind\":\"care.cancelled\",\"subject\":\"org:" code                                         \
    "\",\"value\":{\"date\":\"2017-05-12\",\"care\":\"first\",\"count\":\"identified\"},"          \
    "\"amount\":\"" amount "\",\"unit\":\"appointments\",\"valid_from\":\"2017-05-12T00:00:00Z\"," \
    "\"claimant\":\"org:" code "\",\"method\":\"return\"}"
    (void)say(&place, "2017-05-13", CANCELLED("RA", "10"));
    (void)say(&place, "2017-05-13", CANCELLED("RB", "5"));
    (void)say(&place, "2017-05-14", CANCELLED("RB", "7")); /* in place of what it said before */
    (void)say(&place, "2017-06-01",
              "{\"kind\":\"org.succeed\",\"subject\":\"org:RB\",\"value\":{\"successor\":\"RA\"},"
              "\"claimant\":\"org:R\",\"method\":\"list\"}");
    ask_at(&place, "2017-05-13T12:00:00Z");
    CHECK_STR(get(place.scope, "care.cancelled")->value, "15");
    ask_at(&place, "2017-06-02");
    CHECK_STR(get(place.scope, "care.cancelled")->value, "17");
    CHECK(!get(place.scope, "care.cancelled.estimate")->value.ptr); /* nobody gave a factor */
    end(&place);
}

#define OF_CARE(subject, care, amount)                                                             \
    "{\"kind\":\"care.cancelled\",\"subject\":\"" subject                                          \
    "\",\"value\":{\"date\":\"2017-05-12\",\"care\":\"" care "\",\"count\":\"identified\"},"       \
    "\"amount\":\"" amount "\",\"unit\":\"appointments\",\"valid_from\":\"2017-05-12T00:00:00Z\"," \
    "\"claimant\":\"org:RA\",\"method\":\"return\"}"

static void check_cancelled(struct place *place, const char *all, const char *cancer)
{
    ask_at(place, "2017-05-14");
    CHECK_STR_EQ(get(place->scope, "care.cancelled")->value, cord_str_from(all));
    CHECK_STR_EQ(get(place->scope, "care.cancelled.cancer")->value, cord_str_from(cancer));
}

/* N4: a site's return is in its trust's, and a kind in that of all care; sites alone are added. */
static void what_is_cancelled_is_added_once(void)
{
    struct place place;
    begin(&place, "");
    trusts(&place);
    (void)say(&place, "2017-05-01", ORGANISATION("RA-2", "\"role\":\"site\",\"parent\":\"RA-1\""));
    (void)say(&place, "2017-05-13", OF_CARE("site:RA-1", "first", "10"));
    (void)say(&place, "2017-05-13", OF_CARE("site:RA-2", "first", "20"));
    (void)say(&place, "2017-05-13", OF_CARE("org:RB", "first", "100"));
    (void)say(&place, "2017-05-13", OF_CARE("site:RA-1", "urgent-cancer", "3"));
    check_cancelled(&place, "113", "3"); /* what RA-2 says is in RA-1's */
    (void)say(&place, "2017-05-13", OF_CARE("org:RA", "first", "40"));
    check_cancelled(&place, "143", "3");
    CHECK_STR(get(place.scope, "care.cancelled")->note,
              "2 left out: said again by the return of the whole");
    CHECK_U64(get(place.scope, "care.cancelled")->item_count, 5);
    (void)say(&place, "2017-05-13", OF_CARE("org:RA", "all", "50"));
    check_cancelled(&place, "150", "3"); /* cancer is asked for by itself */
    (void)say(&place, "2017-05-13", OF_CARE("org:RA", "urgent-cancer", "4"));
    check_cancelled(&place, "150", "4");
    end(&place);
}

/* N12 */
static void an_exercise_never_goes_into_a_live_record(void)
{
    struct place place;
    struct may may;
    struct cord_error err = {""};
    struct cord_record_outcome outcome;
    begin(&place, "");
    may_begin(&may);
    CHECK(cord_record_append(place.record, &cord_script_at(may.script, 0)->claim, 1, &outcome,
                             &err) == CORD_E_FORMAT);
    CHECK_U64(cord_record_count(place.record), 0);
    may_end(&may);
    end(&place);
}

KIT_MAIN(KIT_TEST(the_table_of_may_2017_comes_out_of_the_claims),
         KIT_TEST(claims_in_any_order_of_arrival_give_the_same_figures),
         KIT_TEST(an_identity_counts_once), KIT_TEST(a_code_counts_once_whatever_it_is_called),
         KIT_TEST(who_falls_silent_is_unknown_and_not_clear),
         KIT_TEST(the_better_grounded_of_two_claimants_wins),
         KIT_TEST(nothing_counts_that_no_person_has_declared),
         KIT_TEST(what_may_not_be_seen_is_as_if_never_said),
         KIT_TEST(a_picture_of_organisations_may_be_lent),
         KIT_TEST(what_forerunners_returned_is_added), KIT_TEST(what_is_cancelled_is_added_once),
         KIT_TEST(an_exercise_never_goes_into_a_live_record))
