/*
 * fuzz_replay.c: rows that no reader ever made, as a damaged or forged store
 * may hold them: replayed, matched and explained without harm, and what the
 * row says is what the event says.
 */
#include <assert.h>
#include <stdlib.h>

#include "detect/finding_make.h"
#include "kit/kit_bytes.h"
#include "normalise/event_time.h"
#include "wire/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SPANS_MAX = 24, ROWS_MAX = 6 };

static const char rules_text[] = "title: Any\nlogsource: {category: process_creation}\n"
                                 "detection:\n  a:\n    Image|endswith: '\\a.exe'\n"
                                 "    CommandLine|re: '-e[nc]+ '\n  b:\n    EventID: 4688\n"
                                 "  condition: 1 of them\n"
                                 "---\ntitle: Words\nlogsource: {category: any}\ndetection:\n  a:\n"
                                 "    - mimikatz\n    - 'a*b'\n  condition: a\n"
                                 "---\ntitle: Net\nlogsource: {category: any}\ndetection:\n  a:\n"
                                 "    src_ip|cidr: 10.0.0.0/8\n  b:\n    bytes|gt: 7\n"
                                 "  c:\n    a: null\n  d:\n    User|contains: RJ\n"
                                 "  condition: 1 of them\n";

static cord_str take(struct kit_bytes *source, size_t len)
{
    len = len < source->left ? len : source->left;
    cord_str text = {(const char *)source->data, len};
    source->data += len;
    source->left -= len;
    return text;
}

struct worker {
    struct cord_collection *collection;
    struct cord_ruleset *ruleset;
    struct cord_paths *paths;
    struct cord_classifier *classifier;
    struct cord_matcher *matcher;
    struct cord_explain *explain;
    struct cord_replay *replay;
    struct cord_rows *rows;
    struct cord_batch *batch;
    struct cord_arena *arena;
};

static void worker_init(struct worker *worker)
{
    const struct cord_ruleset_options options = {
        .seed = 1, .eager = true, .ignore_logsource = true};
    worker->collection = cord_collection_new();
    assert(worker->collection);
    assert(cord_collection_add(worker->collection, CORD_STR("rules.yml"), cord_str_from(rules_text),
                               NULL) == CORD_OK);
    assert(cord_collection_finish(worker->collection, NULL) == CORD_OK);
    assert(cord_collection_rule_count(worker->collection) == 3);
    assert(cord_ruleset_compile(worker->collection, &options, &worker->ruleset, NULL) == CORD_OK);
    worker->paths = cord_paths_new(1);
    assert(worker->paths);
    worker->classifier = cord_classifier_new(worker->paths, 1);
    assert(worker->classifier);
    worker->matcher = cord_matcher_new(worker->ruleset, worker->paths, worker->classifier);
    worker->explain = cord_explain_new(worker->classifier);
    worker->replay = cord_replay_new(worker->paths, worker->classifier);
    worker->rows = cord_rows_new(1 << 20, 1);
    worker->batch = cord_batch_new(4096);
    worker->arena = cord_arena_new(1 << 24);
    assert(worker->matcher && worker->explain && worker->replay && worker->rows && worker->batch &&
           worker->arena);
}

static uint32_t make_origin(struct kit_bytes *source, struct cord_rows *rows)
{
    static const char *const words[] = {
        "", "windows", "process_creation", "security", "webserver", "linux", "zeek", "proxy"};
    uint32_t number = 0;
    const struct cord_origin origin = {
        .source = take(source, kit_bytes_pick(source, 4)),
        .event_class = take(source, kit_bytes_pick(source, 8)),
        .product = cord_str_from(words[kit_bytes_pick(source, 8)]),
        .category = cord_str_from(words[kit_bytes_pick(source, 8)]),
        .service = cord_str_from(words[kit_bytes_pick(source, 8)]),
    };
    assert(cord_rows_origin(rows, &origin, &number) == CORD_OK);
    return number;
}

static uint32_t make_field(struct kit_bytes *source, struct cord_rows *rows)
{
    static const char *const known[] = {"Event.System.EventID",
                                        "Event.System.Channel",
                                        "Event.EventData.NewProcessName",
                                        "SubjectUserName",
                                        "SubjectDomainName",
                                        "properties.log",
                                        "events.parameters.name",
                                        "events.parameters.value",
                                        "Image",
                                        "src_ip",
                                        "bytes",
                                        "a",
                                        "c-uri",
                                        "cs-uri-stem",
                                        "cs-host",
                                        "query"};
    uint32_t number = 0;
    unsigned choice = kit_bytes_pick(source, 20);
    cord_str name =
        choice < 16 ? cord_str_from(known[choice]) : take(source, kit_bytes_pick(source, 32));
    assert(cord_rows_field(rows, &name, 1, &number) == CORD_OK);
    return number;
}

static void make_row(struct kit_bytes *source, struct cord_rows *rows)
{
    struct cord_span spans[SPANS_MAX];
    struct cord_row row = {.origin = make_origin(source, rows), .spans = spans};
    row.span_count = kit_bytes_pick(source, SPANS_MAX + 1);
    for (uint32_t i = 0; i < row.span_count; i++) {
        unsigned flags = kit_bytes_pick(source, 256);
        spans[i] = (struct cord_span){
            .field = make_field(source, rows) & 0xffffffu,
            .kind = flags & 15u,
            .flags = flags >> 4 & 15u,
            .at = kit_bytes_pick(source, 256),
            .len = kit_bytes_pick(source, 64),
        };
    }
    for (size_t role = 0; role < CORD_ROLE_COUNT; role++) {
        unsigned at = kit_bytes_pick(source, SPANS_MAX * 2);
        row.role[role] = at < row.span_count ? (uint16_t)at : CORD_VALUE_NONE;
    }
    row.text = take(source, kit_bytes_pick(source, 256));
    row.raw_len = kit_bytes_pick(source, 256);
    row.raw_len = row.raw_len < row.text.len ? row.raw_len : (uint32_t)row.text.len;
    for (uint32_t i = 0; i < row.span_count; i++) {
        spans[i].at = spans[i].at < row.text.len ? spans[i].at : (uint32_t)row.text.len;
        size_t room = row.text.len - spans[i].at;
        spans[i].len = spans[i].len < room ? spans[i].len : (uint32_t)room;
    }
    assert(cord_rows_add(rows, &row) == CORD_OK);
}

static void check_event(const struct cord_row *row, const struct cord_event *event)
{
    uint32_t at = 0;
    assert(cord_str_eq(cord_row_raw(row), event->raw));
    for (uint32_t i = 0; i < row->span_count; i++) {
        if ((row->spans[i].flags & CORD_SPAN_DERIVED) == 0) {
            const struct cord_value *value = &event->values[at++];
            assert(cord_str_eq(cord_row_value(row, &row->spans[i]), cord_value_str(value)));
            assert(value->kind <= CORD_VALUE_EMPTY);
        }
    }
    assert(at + event->derived_count == event->value_count);
    for (size_t role = 0; role < CORD_ROLE_COUNT; role++) {
        assert(event->role[role] == CORD_VALUE_NONE || event->role[role] < event->value_count);
    }
    (void)cord_event_time(event);
}

static cord_status on_match(void *self, const struct cord_match *match)
{
    struct worker *worker = self;
    struct cord_finding finding;
    return cord_finding_make(match, worker->classifier, worker->explain, worker->arena, &finding);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct worker worker; /* kept: making it takes longer than a run */
    struct kit_bytes source = {data, size};
    size_t at = 0;
    if (!worker.paths) {
        worker_init(&worker);
    }
    if (cord_paths_count(worker.paths) > CORD_PATHS_MAX / 2) {
        cord_paths_reset(worker.paths);
    }
    cord_arena_reset(worker.arena);
    cord_rows_reset(worker.rows);
    for (unsigned count = 1 + kit_bytes_pick(&source, ROWS_MAX); count > 0; count--) {
        make_row(&source, worker.rows);
    }
    while (at < cord_rows_count(worker.rows)) {
        size_t next;
        const struct cord_match_sink sink = {on_match, &worker};
        assert(cord_replay_run(worker.replay, worker.rows, at, worker.batch, &next) == CORD_OK);
        assert(next > at && next - at == worker.batch->event_count);
        for (size_t i = 0; at + i < next; i++) {
            check_event(cord_rows_at(worker.rows, at + i), &worker.batch->events[i]);
        }
        assert(cord_matcher_run(worker.matcher, worker.batch, 0, &sink) == CORD_OK);
        at = next;
    }
    return 0;
}
