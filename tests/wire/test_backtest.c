/* test_backtest.c: rules over what is stored: when, where, how often. */
#include "kit/kit.h"
#include "kit/kit_evidence.h"

#include "wire/backtest.h"
#include "wire/scan.h"
#include "wire/suppress_past.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char rules_text[] = "title: Certutil\n"
                                 "id: 5f0bca1c-0f3b-4d0e-8f57-0f6a4e3c0001\n"
                                 "logsource: {product: windows, category: process_creation}\n"
                                 "detection:\n"
                                 "  sel:\n"
                                 "    Image|endswith: '\\certutil.exe'\n"
                                 "    User: 'RJ\\ana'\n" /* follows from two others */
                                 "  condition: sel\n"
                                 "---\n"
                                 "title: Failed logon\n"
                                 "name: failed\n"
                                 "logsource: {product: windows, service: security}\n"
                                 "detection:\n"
                                 "  sel: {EventID: 4625}\n"
                                 "  condition: sel\n"
                                 "---\n"
                                 "title: Many failed logons\n"
                                 "correlation:\n"
                                 "  type: event_count\n"
                                 "  rules: failed\n"
                                 "  group-by: [Computer]\n"
                                 "  timespan: 1h\n"
                                 "  condition: {gte: 3}\n"
                                 "---\n"
                                 "title: Nothing of the kind\n"
                                 "logsource: {product: windows, category: dns_query}\n"
                                 "detection:\n"
                                 "  sel: {QueryName: x}\n"
                                 "  condition: sel\n";

struct setting {
    char path[64];
    struct kit_evidence evidence;
    struct cord_collection *collection;
    struct cord_backtest *backtest;
};

static cord_status no_finding(void *self, const struct cord_finding *finding)
{
    (void)self;
    (void)finding;
    return CORD_OK;
}

static cord_status no_problem(void *self, const struct cord_scan_problem *problem)
{
    (void)self;
    print_error("%.*s\n", CORD_STR_ARG(problem->reason));
    fail();
    return CORD_OK;
}

/* Stores the file as this organisation's. */
static void store(struct setting *setting, const char *organisation)
{
    const char *const paths[] = {setting->path};
    const struct cord_scan_into into = {.evidence = &setting->evidence.base,
                                        .organisation = cord_str_from(organisation)};
    const struct cord_scan_sink sink = {no_finding, no_problem, NULL, NULL};
    struct cord_collection *none = cord_collection_new();
    struct cord_ruleset *ruleset = NULL;
    struct cord_walk *walk = NULL;
    struct cord_scan_totals totals;
    CHECK(none && cord_collection_finish(none, NULL) == CORD_OK);
    CHECK(cord_ruleset_compile(none, NULL, &ruleset, NULL) == CORD_OK);
    CHECK(cord_walk_new(paths, 1, &walk, NULL) == CORD_OK);
    const struct cord_scan_options options = {
        .threads = 1,
        .from_ns = CORD_TIME_NONE,
        .to_ns = CORD_TIME_NONE,
        .record_bytes_max = 1 << 20,
        .collection = none,
        .correlation_bytes_max = 1 << 20,
        .into = &into,
    };
    CHECK(cord_scan_run(walk, ruleset, &options, &sink, &totals, NULL) == CORD_OK);
    CHECK(totals.store.stored == totals.read && totals.refused == 0);
    cord_walk_free(walk);
    cord_ruleset_unref(ruleset);
    cord_collection_free(none);
}

static void put_event(FILE *file, const char *time, const char *host, unsigned id,
                      const char *image)
{
    (void)fprintf(file,
                  "{\"Event\":{\"System\":{\"Channel\":\"Security\",\"EventID\":%u,"
                  "\"Computer\":\"%s\",\"TimeCreated\":{\"#attributes\":{\"SystemTime\":\"%s\"}}},"
                  "\"EventData\":{"
                  "\"NewProcessName\":\"C:\\\\x\\\\%s\",\"SubjectDomainName\":\"RJ\","
                  "\"SubjectUserName\":\"ana\"}}}\n",
                  id, host, time, image);
}

static struct setting *setting_new(void)
{
    struct setting *setting = calloc(1, sizeof *setting);
    CHECK(setting != NULL);
    (void)snprintf(setting->path, sizeof setting->path, "/tmp/cord_backtest_XXXXXX");
    int fd = mkstemp(setting->path);
    CHECK(fd >= 0 && close(fd) == 0);
    kit_evidence_init(&setting->evidence);
    setting->collection = cord_collection_new();
    CHECK(setting->collection != NULL);
    CHECK(cord_collection_add(setting->collection, CORD_STR("rules.yml"), cord_str_from(rules_text),
                              NULL) == CORD_OK);
    CHECK(cord_collection_finish(setting->collection, NULL) == CORD_OK);
    CHECK_U64(cord_collection_rule_count(setting->collection), 3);
    CHECK_U64(cord_collection_correlation_count(setting->collection), 1);
    const struct cord_backtest_options options = {
        .examples_max = 4, .correlation_bytes_max = 1 << 20, .seed = 7};
    CHECK(cord_backtest_new(setting->collection, &options, &setting->backtest, NULL) == CORD_OK);
    return setting;
}

static void setting_free(struct setting *setting)
{
    cord_backtest_free(setting->backtest);
    cord_collection_free(setting->collection);
    kit_evidence_done(&setting->evidence);
    CHECK(unlink(setting->path) == 0);
    free(setting);
}

static const struct cord_backtest_search everything = {.from_ns = CORD_TIME_NONE,
                                                       .to_ns = CORD_TIME_NONE};

static const struct cord_backtest_result *result_named(const struct setting *setting,
                                                       const char *title)
{
    for (size_t i = 0; i < cord_backtest_result_count(setting->backtest); i++) {
        const struct cord_backtest_result *result = cord_backtest_result(setting->backtest, i);
        cord_str name = result->rule ? result->rule->about.title : result->correlation->about.title;
        if (cord_str_eq(name, cord_str_from(title))) {
            return result;
        }
    }
    return NULL;
}

/* Two days and three hosts of one organisation, one host of another that has the
 * same name, and events that no rule is about. */
static void fill(struct setting *setting)
{
    FILE *file = fopen(setting->path, "w");
    CHECK(file != NULL);
    for (unsigned i = 0; i < 20; i++) {
        char host[16];
        (void)snprintf(host, sizeof host, "ws%u", i < 15 ? 1 : i % 3);
        put_event(file, i < 12 ? "2026-11-20T23:59:59Z" : "2026-11-21T00:00:00Z", host, 4688,
                  "certutil.exe");
        put_event(file, "2026-11-20T10:00:00Z", host, 4688, "notepad.exe");
        (void)fprintf(file, "{\"dns\":1,\"_path\":\"dns\",\"id.orig_h\":\"10.0.0.1\"}\n");
    }
    put_event(file, "2026-11-20T10:00:00Z", "dc", 4625, "");
    put_event(file, "2026-11-20T10:20:00Z", "DC", 4625, "");
    CHECK(fclose(file) == 0);
    store(setting, "RJ1");
    file = fopen(setting->path, "w");
    CHECK(file != NULL);
    put_event(file, "2026-11-20T10:30:00Z", "dc", 4625, "");
    put_event(file, "2026-11-21T05:00:00Z", "WS1", 4688, "certutil.exe");
    CHECK(fclose(file) == 0);
    store(setting, "SP2");
}

static void hits_are_counted_by_day_host_and_organisation(void)
{
    struct setting *setting = setting_new();
    struct cord_backtest_rows rows;
    fill(setting);
    CHECK(cord_backtest_run(setting->backtest, &setting->evidence.base, &everything, &rows, NULL) ==
          CORD_OK);
    CHECK(cord_backtest_finish(setting->backtest) == CORD_OK);
    CHECK_U64(rows.search.rows, 64);
    CHECK_U64(rows.search.rows_matched, 44); /* the rest is of classes that nobody asks for */
    CHECK_U64(rows.matcher.events, 44);
    CHECK_U64(cord_backtest_result_count(setting->backtest), 3); /* "failed" is silent */

    const struct cord_backtest_result *result = result_named(setting, "Certutil");
    CHECK(result && result->rule);
    CHECK_U64(result->hits, 21);
    CHECK(result->undated == 0 && result->left_out == 0);
    CHECK(result->day_count == 2 && result->days[0].hits == 12 && result->days[1].hits == 9);
    CHECK_I64(result->days[1].day_ns - result->days[0].day_ns, 86400 * CORD_SECOND_NS);
    CHECK_I64(result->last_ns, result->days[1].day_ns + 5 * 3600 * CORD_SECOND_NS);
    CHECK(result->host_count == 3 && result->hosts[0].hits == 18);
    CHECK(cord_str_eq_fold(result->hosts[0].name, CORD_STR("ws1")));
    CHECK(result->organisation_count == 2 && result->organisations[0].hits == 20);
    CHECK_STR(result->organisations[0].name, "RJ1");
    CHECK_STR(result->organisations[1].name, "SP2");

    /* Examples are of different hosts, and can be looked up. */
    CHECK_U64(result->example_count, 4);
    for (size_t i = 0; i < result->example_count; i++) {
        struct cord_rows *one = cord_rows_new(1 << 20, 1);
        CHECK(one != NULL);
        CHECK(setting->evidence.base.ops->get(&setting->evidence.base, result->examples[i].evidence,
                                              one, NULL) == CORD_OK);
        CHECK(cord_str_find(cord_row_raw(cord_rows_at(one, 0)), CORD_STR("certutil"), 0) !=
              SIZE_MAX);
        cord_rows_free(one);
    }
    CHECK_U64(result_named(setting, "Nothing of the kind")->hits, 0);
    setting_free(setting);
}

static void correlations_do_not_look_across_organisations(void)
{
    struct setting *setting = setting_new();
    struct cord_backtest_rows rows;
    fill(setting);
    CHECK(cord_backtest_run(setting->backtest, &setting->evidence.base, &everything, &rows, NULL) ==
          CORD_OK);
    CHECK(cord_backtest_finish(setting->backtest) == CORD_OK);
    const struct cord_backtest_result *result = result_named(setting, "Many failed logons");
    CHECK(result && result->correlation && !result->rule);
    CHECK_U64(result->hits, 0); /* two here and one there */
    setting_free(setting);

    setting = setting_new();
    FILE *file = fopen(setting->path, "w");
    CHECK(file != NULL);
    for (unsigned i = 0; i < 3; i++) { /* latest first, as a search shows them the other way */
        char time[40];
        (void)snprintf(time, sizeof time, "2026-11-20T10:%u0:00Z", i);
        put_event(file, time, "dc", 4625, "");
    }
    CHECK(fclose(file) == 0);
    store(setting, "RJ1");
    CHECK(cord_backtest_run(setting->backtest, &setting->evidence.base, &everything, &rows, NULL) ==
          CORD_OK);
    CHECK(cord_backtest_finish(setting->backtest) == CORD_OK);
    result = result_named(setting, "Many failed logons");
    CHECK_U64(result->hits, 1);
    CHECK_U64(rows.correlator.completions, 1);
    CHECK_U64(result->examples[0].evidence, 3); /* the event that completed it */
    CHECK_STR(result->examples[0].host, "dc");
    setting_free(setting);
}

static void time_and_organisation_bound_the_search(void)
{
    struct setting *setting = setting_new();
    struct cord_backtest_rows rows;
    fill(setting);
    struct cord_backtest_search search = everything;
    search.organisation = CORD_STR("SP2");
    CHECK(cord_timestamp_parse(CORD_STR("2026-11-21"), &search.from_ns));
    CHECK(cord_backtest_run(setting->backtest, &setting->evidence.base, &search, &rows, NULL) ==
          CORD_OK);
    CHECK(cord_backtest_finish(setting->backtest) == CORD_OK);
    CHECK_U64(rows.search.rows_matched, 1);
    CHECK_U64(result_named(setting, "Certutil")->hits, 1);
    setting_free(setting);
}

/* One rule alone: what others look at is not even read. */
static void one_rule_is_run_with_what_it_leans_on(void)
{
    static const struct {
        const char *rule;
        const char *title;
        uint64_t results, hits, rows;
    } asked[] = {
        {"5f0bca1c-0f3b-4d0e-8f57-0f6a4e3c0001", "Certutil", 1, 21, 41},
        {"Many failed logons", "Many failed logons", 1, 0, 44},
        {"Nothing of the kind", "Nothing of the kind", 1, 0, 0},
    };
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        struct setting *setting = setting_new();
        struct cord_backtest_rows rows;
        const struct cord_backtest_options options = {
            .rule = cord_str_from(asked[i].rule), .correlation_bytes_max = 1 << 20, .seed = 7};
        fill(setting);
        cord_backtest_free(setting->backtest);
        CHECK(cord_backtest_new(setting->collection, &options, &setting->backtest, NULL) ==
              CORD_OK);
        CHECK(cord_backtest_run(setting->backtest, &setting->evidence.base, &everything, &rows,
                                NULL) == CORD_OK);
        CHECK(cord_backtest_finish(setting->backtest) == CORD_OK);
        CHECK_U64(cord_backtest_result_count(setting->backtest), asked[i].results);
        CHECK_U64(result_named(setting, asked[i].title)->hits, asked[i].hits);
        CHECK_U64(rows.search.rows_matched, asked[i].rows);
        setting_free(setting);
    }
}

static void a_correlation_alone_finds_what_it_finds_among_others(void)
{
    struct setting *setting = setting_new();
    struct cord_backtest_rows rows;
    const struct cord_backtest_options options = {.rule = CORD_STR("Many failed logons"),
                                                  .examples_max = 4,
                                                  .correlation_bytes_max = 1 << 20,
                                                  .seed = 7};
    const struct cord_backtest_options none = {.rule = CORD_STR("none"), .seed = 7};
    struct cord_backtest *backtest = NULL;
    struct cord_error err = {""};
    FILE *file = fopen(setting->path, "w");
    CHECK(file != NULL);
    for (unsigned i = 0; i < 3; i++) {
        char time[40];
        (void)snprintf(time, sizeof time, "2026-11-20T10:%u0:00Z", i);
        put_event(file, time, "dc", 4625, "");
    }
    CHECK(fclose(file) == 0);
    store(setting, "RJ1");
    cord_backtest_free(setting->backtest);
    CHECK(cord_backtest_new(setting->collection, &options, &setting->backtest, NULL) == CORD_OK);
    CHECK(cord_backtest_run(setting->backtest, &setting->evidence.base, &everything, &rows, NULL) ==
          CORD_OK);
    CHECK(cord_backtest_finish(setting->backtest) == CORD_OK);
    CHECK_U64(result_named(setting, "Many failed logons")->hits, 1);
    CHECK(cord_backtest_new(setting->collection, &none, &backtest, &err) == CORD_E_NOENT);
    CHECK_STR(cord_str_from(err.text), "no rule 'none'");
    CHECK(!backtest);
    setting_free(setting);
}

static void the_condition_is_the_classes_that_rules_ask_for(void)
{
    struct setting *setting = setting_new();
    struct cord_buf condition;
    cord_buf_init(&condition, 1 << 16);
    cord_backtest_condition(setting->collection, &condition);
    CHECK_STR(cord_buf_str(&condition),
              "class:windows/*process_creation*/* OR class:windows/*/*security* OR "
              "class:windows/*dns_query*/*");
    cord_buf_done(&condition);
    setting_free(setting);
}

/* N10: what a suppression would have hidden, before it may take force. */
static void a_suppression_is_tried_on_what_is_stored(void)
{
    struct setting *setting = setting_new();
    struct cord_suppress_past_store store = {.collection = setting->collection,
                                             .evidence = &setting->evidence.base,
                                             .correlation_bytes_max = 1 << 20,
                                             .seed = 7};
    const struct cord_suppress_past past = cord_suppress_past_of(&store);
    const struct cord_suppress_text ws1 = {CORD_STR(""), CORD_STR(""),
                                           CORD_STR("host:ws1 AND Image:*certutil*")};
    const struct cord_suppress_text dc = {CORD_STR("RJ1"), CORD_STR("dc"), CORD_STR("")};
    const cord_str certutil = CORD_STR("5f0bca1c-0f3b-4d0e-8f57-0f6a4e3c0001");
    struct cord_suppress_trial trial;
    struct cord_arena *arena = cord_arena_new(1 << 16);
    int64_t now_ns = 0;
    CHECK(arena && cord_timestamp_parse(CORD_STR("2026-11-22T00:00:00Z"), &now_ns));
    fill(setting);
    CHECK(cord_suppress_trial_run(&(const struct cord_suppress_plan){ws1, certutil, 7, now_ns},
                                  &past, arena, &trial, NULL) == CORD_OK);
    CHECK(trial.findings == 21 && trial.hidden == 18 && trial.hidden_at == 2);
    CHECK_STR(trial.organisations[0].organisation, "RJ1");
    CHECK_U64(trial.organisations[1].hidden, 1);
    CHECK(cord_suppress_trial_run(&(const struct cord_suppress_plan){ws1, certutil, 1, now_ns},
                                  &past, arena, &trial, NULL) == CORD_OK);
    CHECK(trial.findings == 9 && trial.days == 1);
    CHECK(
        cord_suppress_trial_run(&(const struct cord_suppress_plan){dc, CORD_STR("none"), 7, now_ns},
                                &past, arena, &trial, NULL) == CORD_E_NOENT);
    CHECK(cord_suppress_trial_run(
              &(const struct cord_suppress_plan){dc, CORD_STR("Many failed logons"), 7, now_ns},
              &past, arena, &trial, NULL) == CORD_OK);
    CHECK_U64(trial.findings, 0); /* two of one organisation, one of the other */
    cord_arena_free(arena);
    setting_free(setting);
}

KIT_MAIN(KIT_TEST(hits_are_counted_by_day_host_and_organisation),
         KIT_TEST(correlations_do_not_look_across_organisations),
         KIT_TEST(time_and_organisation_bound_the_search),
         KIT_TEST(one_rule_is_run_with_what_it_leans_on),
         KIT_TEST(a_correlation_alone_finds_what_it_finds_among_others),
         KIT_TEST(the_condition_is_the_classes_that_rules_ask_for),
         KIT_TEST(a_suppression_is_tried_on_what_is_stored))
