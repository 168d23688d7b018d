/*
 * test_sigma_verdicts.c: the authors' recordings, and every rule that fires on
 * each of their events.
 *
 * verdicts.json holds, for each recorded event, the public rules that a brute
 * force evaluator found true, log sources respected. The whole pipeline must
 * come to the very same sets, from the event log and from its JSON twin.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "kit/kit.h"
#include "kit/kit_sigma.h"

#include "base/hash.h"
#include "wire/scan.h"

enum { SETS_MAX = 4096 };

/* One event of one sample: sums over its rules, so that order is nothing. */
struct verdict {
    char sample[48]; /* the rule's id: the file's name up to its first dot */
    uint64_t record;
    uint64_t wanted;
    uint64_t wanted_count;
    uint64_t found[2]; /* of event logs, of JSON */
    uint64_t found_count[2];
};

struct verdicts {
    struct verdict items[SETS_MAX];
    size_t count;
    uint64_t strays; /* findings on events that no verdict is about */
    uint64_t problems;
};

static uint64_t digest(cord_str id)
{
    return cord_hash(id, 11);
}

static struct verdict *find(struct verdicts *verdicts, cord_str sample, uint64_t record)
{
    for (size_t i = 0; i < verdicts->count; i++) {
        if (verdicts->items[i].record == record &&
            cord_str_eq(cord_str_from(verdicts->items[i].sample), sample)) {
            return &verdicts->items[i];
        }
    }
    return NULL;
}

static void load(struct verdicts *verdicts)
{
    json_t *root = json_load_file(kit_shared_path("sigma-regression/verdicts.json"), 0, NULL);
    const char *sample = NULL;
    json_t *events = NULL;
    assert_non_null(root);
    json_object_foreach(json_object_get(root, "samples"), sample, events)
    {
        size_t at = 0;
        json_t *rules = NULL;
        json_array_foreach(events, at, rules)
        {
            CHECK(verdicts->count < SETS_MAX);
            struct verdict *verdict = &verdicts->items[verdicts->count++];
            size_t rule_at = 0;
            json_t *rule = NULL;
            (void)snprintf(verdict->sample, sizeof verdict->sample, "%s", sample);
            verdict->record = at + 1;
            verdict->wanted_count = json_array_size(rules);
            json_array_foreach(rules, rule_at, rule)
            {
                verdict->wanted += digest(cord_str_from(json_string_value(rule)));
            }
        }
    }
    json_decref(root);
}

static cord_status on_finding(void *self, const struct cord_finding *finding)
{
    struct verdicts *verdicts = self;
    cord_str name = finding->source;
    for (size_t at; (at = cord_str_find_char(name, '/', 0)) != SIZE_MAX;) {
        name = cord_str_from_byte(name, at + 1);
    }
    bool twin = cord_str_ends(name, CORD_STR(".json"));
    cord_str sample = cord_str_slice(name, 0, cord_str_find_char(name, '.', 0));
    struct verdict *verdict = find(verdicts, sample, finding->record);
    if (verdict) {
        verdict->found[twin] += digest(finding->rule->about.id);
        verdict->found_count[twin]++;
    } else if (!cord_str_ends(name, CORD_STR(".raw"))) {
        verdicts->strays++;
    }
    return CORD_OK;
}

static cord_status on_problem(void *self, const struct cord_scan_problem *problem)
{
    struct verdicts *verdicts = self;
    print_error("%.*s: %.*s\n", CORD_STR_ARG(problem->stream), CORD_STR_ARG(problem->reason));
    verdicts->problems++;
    return CORD_OK;
}

static void scan(struct verdicts *verdicts, const struct cord_collection *collection)
{
    static const char *const names[] = {"rules", "rules-emerging-threats", "rules-threat-hunting"};
    char folders[3][4096];
    const char *paths[3] = {folders[0], folders[1], folders[2]};
    struct cord_ruleset *ruleset = NULL;
    struct cord_walk *walk = NULL;
    struct cord_scan_totals totals = {0};
    const struct cord_ruleset_options compile = {.seed = 5};
    const struct cord_scan_options options = {
        .threads = 2,
        .from_ns = CORD_TIME_NONE,
        .to_ns = CORD_TIME_NONE,
        .record_bytes_max = 1 << 20,
        .collection = collection,
        .correlation_bytes_max = 1 << 20,
    };
    const struct cord_scan_sink sink = {on_finding, on_problem, NULL, verdicts};
    for (size_t i = 0; i < 3; i++) {
        char relative[64];
        (void)snprintf(relative, sizeof relative, "sigma-regression/%s", names[i]);
        (void)snprintf(folders[i], sizeof folders[i], "%s", kit_shared_path(relative));
    }
    CHECK(cord_ruleset_compile(collection, &compile, &ruleset, NULL) == CORD_OK);
    CHECK(cord_walk_new(paths, 3, &walk, NULL) == CORD_OK);
    CHECK(cord_scan_run(walk, ruleset, &options, &sink, &totals, NULL) == CORD_OK);
    cord_walk_free(walk);
    cord_ruleset_unref(ruleset);
}

static void every_recorded_event_fires_the_rules_it_should_and_no_other(void)
{
    (void)kit_shared_path("sigma-regression/verdicts.json");
    struct cord_collection *collection = kit_sigma_public();
    struct verdicts *verdicts = calloc(1, sizeof *verdicts);
    size_t differences = 0;
    uint64_t wanted = 0;
    assert_non_null(verdicts);
    load(verdicts);
    scan(verdicts, collection);
    for (size_t i = 0; i < verdicts->count; i++) {
        const struct verdict *verdict = &verdicts->items[i];
        wanted += verdict->wanted_count;
        for (int twin = 0; twin < 2; twin++) {
            if (verdict->found[twin] != verdict->wanted ||
                verdict->found_count[twin] != verdict->wanted_count) {
                print_error("%s, record %llu, %s: %llu rules fire, %llu should\n", verdict->sample,
                            (unsigned long long)verdict->record, twin ? "JSON" : "event log",
                            (unsigned long long)verdict->found_count[twin],
                            (unsigned long long)verdict->wanted_count);
                differences++;
            }
        }
    }
    print_message("%zu events, %llu verdicts, each from event log and JSON: %zu differ\n",
                  verdicts->count, (unsigned long long)wanted, differences);
    CHECK(verdicts->count > 100 && wanted > 200);
    CHECK_U64(differences, 0);
    CHECK_U64(verdicts->strays, 0);
    CHECK_U64(verdicts->problems, 0);
    free(verdicts);
    cord_collection_free(collection);
}

KIT_MAIN(KIT_TEST(every_recorded_event_fires_the_rules_it_should_and_no_other))
