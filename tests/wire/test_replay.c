/*
 * test_replay.c: matching a replayed row finds what matching its event found.
 *
 * The whole public rule set, over the authors' own recordings and over logs of
 * every format.
 */
#include "kit/kit.h"
#include "kit/kit_sigma.h"

#include "detect/finding_make.h"
#include "ingest/walk.h"
#include "wire/keep.h"
#include "wire/replay.h"
#include "wire/scan_stream.h"

#include <stdlib.h>

enum { BATCHES_MAX = 3, FOUND_MAX = 1 << 16 };

#define ROWS_BYTES_MAX ((size_t)32 << 20)

/* What one thread of a scan, or of a back-test, has. */
struct side {
    struct cord_paths *paths;
    struct cord_classifier *classifier;
    struct cord_matcher *matcher;
    struct cord_batch *batch;
    struct cord_arena *arena;
    uint64_t base; /* number of the batch's first event, of all events */
    size_t count;
    struct {
        uint64_t event;
        const struct cord_rule *rule;
        cord_str host;
        int64_t time_ns;
    } found[FOUND_MAX];
};

struct both {
    struct side scan;
    struct side again;
    struct cord_keep *keep;
    struct cord_replay *replay;
    struct cord_rows *rows;
    uint64_t kept;
};

static cord_status on_match(void *self, const struct cord_match *match)
{
    struct side *side = self;
    struct cord_finding finding;
    CHECK(side->count < FOUND_MAX);
    CHECK(cord_finding_make(match, side->classifier, NULL, side->arena, &finding) == CORD_OK);
    side->found[side->count].event = side->base + (uint64_t)(match->event - side->batch->events);
    side->found[side->count].rule = match->rule;
    side->found[side->count].host = finding.host;
    side->found[side->count++].time_ns = finding.time_ns;
    return CORD_OK;
}

static void side_init(struct side *side, struct cord_ruleset *ruleset, uint64_t seed)
{
    side->paths = cord_paths_new(seed);
    CHECK(side->paths != NULL);
    side->classifier = cord_classifier_new(side->paths, seed);
    side->batch = cord_batch_new(4096);
    side->arena = cord_arena_new((size_t)64 << 20);
    CHECK(side->classifier && side->batch && side->arena);
    side->matcher = cord_matcher_new(ruleset, side->paths, side->classifier);
    CHECK(side->matcher != NULL);
}

static void side_done(struct side *side)
{
    cord_matcher_free(side->matcher);
    cord_arena_free(side->arena);
    cord_batch_free(side->batch);
    cord_classifier_free(side->classifier);
    cord_paths_free(side->paths);
}

/* The events of one round of decoding: matched, and kept. */
static void take_events(struct both *both)
{
    const struct cord_match_sink sink = {on_match, &both->scan};
    size_t next;
    both->scan.base = both->kept;
    CHECK(cord_matcher_run(both->scan.matcher, both->scan.batch, 0, &sink) == CORD_OK);
    CHECK(cord_keep_run(both->keep, both->scan.batch, 0, 0, &next) == CORD_OK);
    CHECK(next == both->scan.batch->event_count);
    both->kept += next;
    cord_batch_events_reset(both->scan.batch);
}

static void scan_file(struct both *both, const struct cord_walk_item *item)
{
    struct cord_decoder_env env = {.paths = both->scan.paths,
                                   .classifier = both->scan.classifier,
                                   .now_ns = 1511956800000000000};
    struct cord_scan_stream *stream = cord_scan_stream_new(item, NULL, 1 << 20, NULL);
    void *decoder = NULL;
    CHECK(stream != NULL);
    for (size_t i = 0; i < BATCHES_MAX; i++) {
        if (cord_scan_stream_next(stream, both->scan.batch, NULL) != CORD_OK) {
            break;
        }
        const struct cord_format *format = cord_scan_stream_format(stream);
        const struct cord_keep_source source = {CORD_STR("RJ1"), item->name,
                                                cord_str_from(format->name)};
        cord_keep_from(both->keep, &source);
        decoder = decoder ? decoder : format->decoder_new(&env);
        CHECK(decoder != NULL);
        while (format->decode(decoder, both->scan.batch) == CORD_E_LIMIT) {
            take_events(both);
        }
        take_events(both);
    }
    if (decoder) {
        cord_scan_stream_format(stream)->decoder_free(decoder);
    }
    cord_scan_stream_free(stream);
}

static void replay_all(struct both *both)
{
    const struct cord_match_sink sink = {on_match, &both->again};
    size_t count = cord_rows_count(both->rows);
    size_t at = 0;
    while (at < count) {
        size_t next;
        CHECK(cord_replay_run(both->replay, both->rows, at, both->again.batch, &next) == CORD_OK);
        CHECK(next > at && both->again.batch->event_count == next - at);
        both->again.base = both->kept - count + at;
        CHECK(cord_matcher_run(both->again.matcher, both->again.batch, 0, &sink) == CORD_OK);
        at = next;
    }
    cord_rows_reset(both->rows);
    cord_keep_into(both->keep, both->rows);
}

static void compare(const struct both *both)
{
    size_t count = both->scan.count;
    for (size_t i = 0; i < count && i < both->again.count; i++) {
        if (both->scan.found[i].event != both->again.found[i].event ||
            both->scan.found[i].rule != both->again.found[i].rule) {
            print_error("event %u: %.*s; replayed event %u: %.*s\n",
                        (unsigned)both->scan.found[i].event,
                        CORD_STR_ARG(both->scan.found[i].rule->about.title),
                        (unsigned)both->again.found[i].event,
                        CORD_STR_ARG(both->again.found[i].rule->about.title));
            fail();
        }
        CHECK_STR_EQ(both->scan.found[i].host, both->again.found[i].host);
        CHECK_I64(both->scan.found[i].time_ns, both->again.found[i].time_ns);
    }
    CHECK_U64(both->again.count, count);
}

static void replay_folder(struct both *both, const char *path, size_t step)
{
    struct cord_walk *walk = NULL;
    CHECK(cord_walk_new(&path, 1, &walk, NULL) == CORD_OK);
    for (size_t i = 0; i < cord_walk_count(walk); i += step) {
        scan_file(both, cord_walk_item(walk, i));
        if (cord_rows_bytes(both->rows) > ROWS_BYTES_MAX / 2) {
            replay_all(both);
        }
    }
    cord_walk_free(walk);
    replay_all(both);
}

static void the_public_rules_find_the_same_again(void)
{
    static const struct {
        const char *folder;
        size_t step;
    } folders[] = {
        {"sigma-regression/rules", 3},   {"data/host-and-app-logs", 9},
        {"data/windows-json-otrf", 13},  {"data/suricata-eve", 7},
        {"data/zeek-logs", 5},           {"data/syslog-vendors", 7},
        {"data/cloud-saas-labelled", 9}, {"data/firewall-and-app-fields", 9},
    };
    const struct cord_ruleset_options options = {.seed = 1};
    struct cord_ruleset *ruleset = NULL;
    struct cord_collection *collection = kit_sigma_public();
    struct both *both = calloc(1, sizeof *both);
    CHECK(both != NULL);
    CHECK(cord_ruleset_compile(collection, &options, &ruleset, NULL) == CORD_OK);
    side_init(&both->scan, ruleset, 5);
    side_init(&both->again, ruleset, 6);
    both->rows = cord_rows_new(ROWS_BYTES_MAX, 1);
    both->keep = cord_keep_new(both->scan.paths, both->scan.classifier);
    both->replay = cord_replay_new(both->again.paths, both->again.classifier);
    CHECK(both->rows && both->keep && both->replay);
    cord_keep_into(both->keep, both->rows);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        replay_folder(both, kit_shared_path(folders[i].folder), folders[i].step);
    }
    compare(both);
    print_message("%u events, %u findings\n", (unsigned)both->kept, (unsigned)both->scan.count);
    CHECK(both->kept > 10000 && both->scan.count > 400);
    cord_replay_free(both->replay);
    cord_keep_free(both->keep);
    cord_rows_free(both->rows);
    side_done(&both->again);
    side_done(&both->scan);
    free(both);
    cord_ruleset_unref(ruleset);
    cord_collection_free(collection);
}

KIT_MAIN(KIT_TEST(the_public_rules_find_the_same_again))
