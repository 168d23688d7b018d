/* kit_scan.c: see kit_scan.h. */
#include "kit/kit_scan.h"

#include "detect/collection.h"
#include "detect/correlation.h"
#include "kit/kit.h"
#include "wire/scan.h"

#include <stdio.h>

static cord_status on_finding(void *self, const struct cord_finding *finding)
{
    struct kit_scan *scan = self;
    CHECK(scan->count < KIT_SCAN_FINDINGS_MAX);
    struct kit_scan_finding *kept = &scan->findings[scan->count++];
    cord_str title = finding->rule ? finding->rule->about.title : finding->correlation->about.title;
    cord_str file = finding->rule ? finding->rule->about.file : finding->correlation->about.file;
    kept->record = finding->record;
    (void)snprintf(kept->title, sizeof kept->title, "%.*s", CORD_STR_ARG(title));
    (void)snprintf(kept->file, sizeof kept->file, "%.*s", CORD_STR_ARG(file));
    return CORD_OK;
}

static cord_status on_problem(void *self, const struct cord_scan_problem *problem)
{
    (void)self;
    print_error("%.*s: %.*s\n", CORD_STR_ARG(problem->stream), CORD_STR_ARG(problem->reason));
    fail();
    return CORD_OK;
}

static void note_refusals(struct kit_scan *scan, const struct cord_collection *collection)
{
    for (size_t i = 0; i < cord_collection_refusal_count(collection); i++) {
        const struct cord_rule_refusal *refusal = cord_collection_refusal(collection, i);
        if (!refusal->warning && scan->refused++ == 0) {
            (void)snprintf(scan->refusal, sizeof scan->refusal, "%.*s:%u: %.*s",
                           CORD_STR_ARG(refusal->file), refusal->line,
                           CORD_STR_ARG(refusal->reason));
        }
    }
}

void kit_scan_run(struct kit_scan *scan, const struct kit_scan_rule_text *rules, size_t rule_count,
                  const char *events_path)
{
    struct cord_collection *collection = cord_collection_new();
    struct cord_ruleset *ruleset = NULL;
    struct cord_walk *walk = NULL;
    struct cord_scan_totals totals = {0};
    const struct cord_ruleset_options compile = {.seed = 1};
    const struct cord_scan_options options = {
        .threads = 1,
        .from_ns = CORD_TIME_NONE,
        .to_ns = CORD_TIME_NONE,
        .record_bytes_max = 1 << 20,
        .seed = 1,
        .collection = collection,
        .correlation_bytes_max = 1 << 24,
    };
    const struct cord_scan_sink sink = {on_finding, on_problem, NULL, scan};
    *scan = (struct kit_scan){0};
    CHECK(collection);
    for (size_t i = 0; i < rule_count; i++) {
        CHECK(cord_collection_add(collection, cord_str_from(rules[i].name), rules[i].text, NULL) ==
              CORD_OK);
    }
    CHECK(cord_collection_finish(collection, NULL) == CORD_OK);
    note_refusals(scan, collection);
    CHECK(cord_ruleset_compile(collection, &compile, &ruleset, NULL) == CORD_OK);
    CHECK(cord_walk_new(&events_path, 1, &walk, NULL) == CORD_OK);
    CHECK(cord_scan_run(walk, ruleset, &options, &sink, &totals, NULL) == CORD_OK);
    scan->events = totals.read;
    cord_walk_free(walk);
    cord_ruleset_unref(ruleset);
    cord_collection_free(collection);
}
