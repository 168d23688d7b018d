/*
 * test_sigma_lanes.c: the public rule set over published events, to the count.
 *
 * An independent prototype and a brute-force evaluator counted what each rule
 * matches in each lane when log sources are ignored. Two things differ, and on
 * purpose: a rule with a placeholder nobody filled is refused here and was
 * evaluated there, and a field that Sigma knows by another name is found here.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "codec/json.h"
#include "detect/matcher.h"
#include "kit/kit.h"
#include "kit/kit_sigma.h"

static const char refused_rule[] = "28870ae4-6a13-4616-bd1a-235a7fad7458";
static const char renamed_rule[] = "5c84856b-55a5-45f1-826f-13f37250cf4e";

static struct cord_ruleset *compile(const struct cord_collection *collection)
{
    struct cord_ruleset_options options = {.ignore_logsource = true, .seed = 9};
    struct cord_ruleset *ruleset = NULL;
    CHECK(cord_ruleset_compile(collection, &options, &ruleset, NULL) == CORD_OK);
    return ruleset;
}

static cord_status count(void *self, const struct cord_match *match)
{
    CHECK(!match->incomplete);
    ((uint64_t *)self)[match->rule->number]++;
    return CORD_OK;
}

/* All lines of a lane, 64 to a batch. */
static void run_lane(struct cord_ruleset *ruleset, cord_str text, uint64_t *counts)
{
    struct cord_paths *paths = cord_paths_new(3);
    struct cord_classifier *classifier = cord_classifier_new(paths, 3);
    struct cord_matcher *matcher = cord_matcher_new(ruleset, paths, classifier);
    struct cord_json_reader *reader = cord_json_reader_new(cord_cpu_level_detect());
    struct cord_batch *batch = cord_batch_new(64);
    struct cord_match_sink sink = {count, counts};
    CHECK(matcher && reader && batch);
    cord_json_begin(reader, text, paths, true);
    for (size_t at = 0; at < text.len;) {
        struct cord_event *event;
        size_t start = at;
        CHECK(cord_json_next(reader, &at, CORD_PATH_ROOT, &batch->values, NULL) == CORD_OK);
        CHECK(cord_batch_add(batch, cord_str_slice(text, start, at - start), &event) == CORD_OK);
        while (at < text.len && text.ptr[at] == '\n') {
            at++;
        }
        if (batch->event_count == 64 || at == text.len) {
            cord_classifier_run(classifier, batch, 0);
            CHECK(cord_matcher_run(matcher, batch, 0, &sink) == CORD_OK);
            cord_batch_reset(batch);
        }
    }
    cord_batch_free(batch);
    cord_json_reader_free(reader);
    cord_matcher_free(matcher);
    cord_classifier_free(classifier);
    cord_paths_free(paths);
}

static void check_lane(const struct cord_collection *collection, const char *lane, json_t *by_rule,
                       const uint64_t *counts)
{
    size_t agreed = 0;
    for (size_t i = 0; i < cord_collection_rule_count(collection); i++) {
        char id[64];
        (void)snprintf(id, sizeof id, "%.*s",
                       CORD_STR_ARG(cord_collection_rule(collection, i)->about.id));
        json_t *expected = json_object_get(by_rule, id);
        uint64_t wanted = (uint64_t)json_integer_value(expected);
        if (counts[i] != wanted && strcmp(id, renamed_rule) != 0) {
            fail_msg("%s: rule %s matched %llu times, not %llu", lane, id,
                     (unsigned long long)counts[i], (unsigned long long)wanted);
        }
        agreed += expected != NULL;
    }
    /* Every rule they found something with is one that we have. */
    CHECK_U64(agreed + (json_object_get(by_rule, refused_rule) != NULL), json_object_size(by_rule));
}

static void counts_are_those_of_the_reference(void)
{
    (void)kit_shared_path("sigma-lanes/expected-counts.json");
    struct cord_collection *collection = kit_sigma_public();
    struct cord_ruleset *ruleset = compile(collection);
    json_t *expected = json_load_file(kit_shared_path("sigma-lanes/expected-counts.json"), 0, NULL);
    CHECK(expected);
    const char *lane;
    json_t *entry;
    json_object_foreach(expected, lane, entry)
    {
        char path[64];
        (void)snprintf(path, sizeof path, "sigma-lanes/%s.ndjson", lane);
        cord_str text = kit_read_file(kit_shared_path(path));
        uint64_t *counts = calloc(cord_ruleset_rule_count(ruleset) + 1, sizeof *counts);
        CHECK(counts);
        run_lane(ruleset, text, counts);
        check_lane(collection, lane, json_object_get(entry, "by_rule"), counts);
        free(counts);
        free((void *)(uintptr_t)text.ptr);
    }
    json_decref(expected);
    cord_ruleset_unref(ruleset);
    cord_collection_free(collection);
}

KIT_MAIN(KIT_TEST(counts_are_those_of_the_reference))
