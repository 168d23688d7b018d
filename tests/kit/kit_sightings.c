/* kit_sightings.c: see kit_sightings.h. */
#include "kit/kit_sightings.h"

#include "base/timestamp.h"
#include "base/vec.h"
#include "detect/collection.h"
#include "detect/finding_json.h"
#include "kit/kit.h"
#include "wire/scan.h"

#include <inttypes.h>
#include <stdlib.h>

struct taking {
    struct kit_sightings *into;
    size_t cap;
    const char *organisation;
    int64_t known_ns;
};

static cord_status on_finding(void *self, const struct cord_finding *finding)
{
    struct taking *taking = self;
    struct kit_sightings *into = taking->into;
    struct cord_buf json;
    struct cord_error err = {0};
    cord_buf_init(&json, (size_t)1 << 20);
    cord_buf_printf(&json, "{\"finding\":%" PRIu64, (uint64_t)into->count + 1);
    cord_finding_json_time(&json, "first_seen",
                           taking->known_ns + (int64_t)into->count * CORD_SECOND_NS);
    cord_finding_json_member(&json, "organisation", cord_str_from(taking->organisation));
    cord_buf_put_char(&json, ',');
    cord_finding_json_rule(&json, finding);
    cord_finding_json_event(&json, finding, CORD_STR(""));
    cord_buf_put_char(&json, '}');
    struct cord_sighting *items =
        cord_vec_room(into->items, into->count, &taking->cap, sizeof *items);
    CHECK(items);
    into->items = items;
    cord_str kept = cord_arena_copy(into->arena, cord_buf_str(&json));
    CHECK(kept.ptr);
    if (cord_sighting_read(kept, into->arena, &items[into->count], &err) != CORD_OK) {
        print_error("%s\n%.*s\n", err.text, CORD_STR_ARG(kept));
        fail();
    }
    into->count++;
    cord_buf_done(&json);
    return CORD_OK;
}

static cord_status on_problem(void *self, const struct cord_scan_problem *problem)
{
    (void)self, (void)problem; /* some of the real data is meant to be refused */
    return CORD_OK;
}

void kit_sightings_scan(struct kit_sightings *sightings, const char *const *paths, size_t count,
                        const char *organisation, int64_t known_ns)
{
    struct cord_collection *collection = cord_collection_new();
    struct cord_ruleset *ruleset = NULL;
    struct cord_walk *walk = NULL, *rules = NULL;
    struct cord_scan_totals totals = {0};
    struct taking taking = {.into = sightings, .organisation = organisation, .known_ns = known_ns};
    const struct cord_ruleset_options compile = {.seed = 1};
    const struct cord_scan_options options = {
        .threads = 1,
        .detail = true,
        .from_ns = CORD_TIME_NONE,
        .to_ns = CORD_TIME_NONE,
        .record_bytes_max = 1 << 20,
        .seed = 1,
        .collection = collection,
        .correlation_bytes_max = 1 << 26,
    };
    const struct cord_scan_sink sink = {on_finding, on_problem, NULL, &taking};
    const char *folder = CORD_SOURCE_DIR "/rules";
    *sightings = (struct kit_sightings){.arena = cord_arena_new((size_t)1 << 28)};
    CHECK(collection && sightings->arena);
    CHECK(cord_walk_new(&folder, 1, &rules, NULL) == CORD_OK);
    for (size_t i = 0; i < cord_walk_count(rules); i++) {
        const char *path = cord_walk_item(rules, i)->path;
        if (cord_str_ends(cord_str_from(path), CORD_STR(".yml"))) {
            cord_str text = kit_read_file(path);
            CHECK(cord_collection_add(collection, cord_str_from(path), text, NULL) == CORD_OK);
            free((void *)(uintptr_t)text.ptr);
        }
    }
    cord_walk_free(rules);
    CHECK(cord_collection_finish(collection, NULL) == CORD_OK);
    CHECK(cord_collection_refusal_count(collection) == 0);
    CHECK(cord_ruleset_compile(collection, &compile, &ruleset, NULL) == CORD_OK);
    CHECK(cord_walk_new(paths, count, &walk, NULL) == CORD_OK);
    CHECK(cord_scan_run(walk, ruleset, &options, &sink, &totals, NULL) == CORD_OK);
    CHECK(totals.read > 0);
    cord_walk_free(walk);
    cord_ruleset_unref(ruleset);
    cord_collection_free(collection);
}

void kit_sightings_done(struct kit_sightings *sightings)
{
    free(sightings->items);
    cord_arena_free(sightings->arena);
}
