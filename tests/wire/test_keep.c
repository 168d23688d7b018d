/* test_keep.c: events become rows, and rows the same events again. */
#include "kit/kit.h"
#include "kit/kit_keep.h"

#include "ingest/walk.h"
#include "normalise/formats.h"
#include "wire/scan_stream.h"

#include <stdio.h>
#include <stdlib.h>

/* Of a large file the first batches are enough to see every shape. */
enum { BATCHES_MAX = 4 };

struct tour {
    struct kit_keep keep;
    uint64_t files;
};

static void keep_events(struct tour *tour, const struct kit_decode *decode,
                        struct cord_batch *batch)
{
    for (size_t i = 0; i < batch->event_count; i++) {
        kit_keep_event(&tour->keep, decode, &batch->events[i]);
    }
    cord_batch_events_reset(batch);
}

/* The first batches of one file, as a scan would read them. */
static void visit(struct tour *tour, const struct cord_walk_item *item)
{
    struct kit_decode decode;
    struct cord_batch *batch = cord_batch_new(1 << 16);
    struct cord_scan_stream *stream = cord_scan_stream_new(item, NULL, 1 << 20, NULL);
    void *decoder = NULL;
    CHECK(batch && stream);
    kit_decode_init(&decode);
    tour->keep.decode = NULL;
    for (size_t i = 0; i < BATCHES_MAX; i++) {
        if (cord_scan_stream_next(stream, batch, NULL) != CORD_OK) {
            break;
        }
        const struct cord_format *format = cord_scan_stream_format(stream);
        struct cord_decoder_env env = {
            .paths = decode.paths, .classifier = decode.classifier, .now_ns = decode.now_ns};
        decoder = decoder ? decoder : format->decoder_new(&env);
        CHECK(decoder != NULL);
        while (format->decode(decoder, batch) == CORD_E_LIMIT) {
            keep_events(tour, &decode, batch);
        }
        keep_events(tour, &decode, batch);
    }
    if (decoder) {
        cord_scan_stream_format(stream)->decoder_free(decoder);
        tour->files++;
    }
    cord_scan_stream_free(stream);
    cord_batch_free(batch);
    kit_decode_done(&decode);
}

/* Every `step`th of the files below the path. */
static void visit_all(struct tour *tour, const char *path, size_t step)
{
    struct cord_walk *walk = NULL;
    const char *const paths[] = {path};
    CHECK(cord_walk_new(paths, 1, &walk, NULL) == CORD_OK);
    for (size_t i = 0; i < cord_walk_count(walk); i += step) {
        visit(tour, cord_walk_item(walk, i));
    }
    cord_walk_free(walk);
}

static void what_the_repository_has_comes_back_exactly(void)
{
    struct tour tour = {.files = 0};
    kit_keep_init(&tour.keep);
    visit_all(&tour, CORD_SOURCE_DIR "/samples/logs", 4);
    visit_all(&tour, CORD_SOURCE_DIR "/tests/golden/shapes", 1);
    static const char *const corpora[] = {"auditd", "cef",   "columns", "csv",     "format_json",
                                          "evtx",   "lines", "syslog",  "web_log", "windows_xml"};
    for (size_t i = 0; i < sizeof corpora / sizeof *corpora; i++) {
        char path[1024];
        (void)snprintf(path, sizeof path, "%s/tests/corpus/%s", CORD_SOURCE_DIR, corpora[i]);
        visit_all(&tour, path, 1);
    }
    print_message("%u files, %u events, %u derived values, %u classes stated\n",
                  (unsigned)tour.files, (unsigned)tour.keep.events, (unsigned)tour.keep.derived,
                  (unsigned)tour.keep.stated);
    CHECK(tour.files > 50 && tour.keep.events > 100);
    CHECK(tour.keep.derived > 0 && tour.keep.stated > 0);
    kit_keep_done(&tour.keep);
}

static void real_logs_of_every_kind_come_back_exactly(void)
{
    static const struct {
        const char *folder;
        size_t step;
    } folders[] = {
        {"data/host-and-app-logs", 7},   {"data/windows-evtx-attack", 23},
        {"data/windows-json-otrf", 11},  {"data/suricata-eve", 5},
        {"data/zeek-logs", 3},           {"data/syslog-vendors", 5},
        {"data/cloud-saas-labelled", 5}, {"data/firewall-and-app-fields", 7},
    };
    struct tour tour = {.files = 0};
    (void)kit_shared_path(folders[0].folder); /* skips here, before anything is made */
    kit_keep_init(&tour.keep);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        visit_all(&tour, kit_shared_path(folders[i].folder), folders[i].step);
    }
    print_message("%u files, %u events, %u derived values, %u classes stated\n",
                  (unsigned)tour.files, (unsigned)tour.keep.events, (unsigned)tour.keep.derived,
                  (unsigned)tour.keep.stated);
    CHECK(tour.keep.events > 10000);
    kit_keep_done(&tour.keep);
}

struct one {
    struct cord_rows *rows;
    struct cord_keep *keep;
    cord_status status;
};

static const struct cord_keep_source here = {
    .organisation = {"RJ1", 3}, .source = {"dc01", 4}, .format = {"json", 4}};

static void keep_one(void *context, const struct kit_decode *decode, const struct cord_event *event)
{
    struct one *one = context;
    struct cord_event copy = *event;
    struct cord_batch batch = {.events = &copy, .event_count = 1};
    size_t next;
    if (!one->keep) {
        one->keep = cord_keep_new(decode->paths, decode->classifier);
        CHECK(one->keep != NULL);
        cord_keep_into(one->keep, one->rows);
        cord_keep_from(one->keep, &here);
    }
    one->status = cord_keep_run(one->keep, &batch, 0, 5, &next);
    CHECK(next == (one->status == CORD_OK ? 1 : 0));
}

static void decode_into(struct one *one, const struct cord_format *format, cord_str text)
{
    struct kit_decode decode;
    kit_decode_init(&decode);
    decode.on_event = keep_one;
    decode.context = one;
    kit_decode_run(&decode, format, text, "", 1 << 16);
    cord_keep_free(one->keep);
    one->keep = NULL;
    kit_decode_done(&decode);
}

static bool has_name(const struct cord_rows *rows, uint32_t field, const char *name)
{
    size_t count;
    const cord_str *names = cord_rows_names(rows, field, &count);
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        found = found || cord_str_eq(names[i], cord_str_from(name));
    }
    return found;
}

static void a_row_says_all_that_is_known_of_the_event(void)
{
    struct one one = {.rows = cord_rows_new(1 << 20, 1)};
    CHECK(one.rows != NULL);
    decode_into(&one, &cord_format_json,
                CORD_STR("{\"Event\":{\"System\":{\"Channel\":\"Security\",\"EventID\":4688,"
                         "\"Computer\":\"dc01\",\"TimeCreated\":\"2026-11-22T04:00:00Z\"},"
                         "\"EventData\":{\"NewProcessName\":\"C:\\\\a.exe\","
                         "\"SubjectDomainName\":\"RJ\",\"SubjectUserName\":\"ana\"}}}\n"));
    CHECK(one.status == CORD_OK && cord_rows_count(one.rows) == 1);
    const struct cord_row *row = cord_rows_at(one.rows, 0);
    const struct cord_origin *origin = cord_rows_origin_at(one.rows, row->origin);
    CHECK_STR(origin->organisation, "RJ1");
    CHECK_STR(origin->source, "dc01");
    CHECK_STR(origin->event_class, "windows/process_creation/security");
    CHECK_STR(origin->product, ""); /* its values decided */
    const struct cord_span *image = &row->spans[4];
    CHECK_STR(cord_row_value(row, image), "C:\\\\a.exe");
    CHECK(image->flags & CORD_VALUE_ESCAPED);
    CHECK(has_name(one.rows, image->field, "Event.EventData.NewProcessName"));
    CHECK(has_name(one.rows, image->field, "Image"));
    const struct cord_span *user = &row->spans[row->span_count - 1];
    CHECK_STR(cord_row_value(row, user), "RJ\\ana");
    CHECK(user->flags & CORD_SPAN_DERIVED);
    CHECK(user->at >= row->raw_len);
    CHECK_STR(cord_row_value(row, &row->spans[row->role[CORD_ROLE_HOST]]), "dc01");
    CHECK_I64(row->received_ns, 5);
    cord_rows_free(one.rows);
}

static void a_format_that_knows_its_source_is_remembered(void)
{
    struct one one = {.rows = cord_rows_new(1 << 20, 1)};
    CHECK(one.rows != NULL);
    decode_into(&one, &cord_format_access,
                CORD_STR("10.0.0.1 - - [22/Nov/2026:04:00:00 +0000] \"GET /a.php?x=1 HTTP/1.1\" "
                         "200 5 \"-\" \"curl/8\"\n"));
    CHECK(cord_rows_count(one.rows) == 1);
    const struct cord_origin *origin = cord_rows_origin_at(one.rows, 0);
    CHECK(origin->category.len + origin->service.len + origin->product.len > 0);
    cord_rows_free(one.rows);
}

static void full_rows_take_no_event_in_part(void)
{
    struct one one = {.rows = cord_rows_new(200 << 10, 1)};
    char text[40000];
    size_t taken = 0;
    size_t len = (size_t)snprintf(text, sizeof text, "{\"a\":\"");
    CHECK(one.rows != NULL);
    memset(text + len, 'x', sizeof text - len);
    memcpy(text + sizeof text - 3, "\"}\n", 3);
    do {
        decode_into(&one, &cord_format_json, (cord_str){text, sizeof text});
        taken += one.status == CORD_OK;
        CHECK(cord_rows_count(one.rows) == taken && taken < 10);
    } while (one.status == CORD_OK);
    CHECK(one.status == CORD_E_LIMIT && taken > 1);
    cord_rows_free(one.rows);
}

KIT_MAIN(KIT_TEST(a_row_says_all_that_is_known_of_the_event),
         KIT_TEST(a_format_that_knows_its_source_is_remembered),
         KIT_TEST(full_rows_take_no_event_in_part),
         KIT_TEST(what_the_repository_has_comes_back_exactly),
         KIT_TEST(real_logs_of_every_kind_come_back_exactly))
