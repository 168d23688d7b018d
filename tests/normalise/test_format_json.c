/* Streams are cut and decoded as the pipeline does it, by pieces of every size;
 * what comes out may not depend on the pieces. */
#include "kit/kit.h"

#include "base/buf.h"
#include "normalise/formats.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

struct run {
    struct cord_paths *paths;
    struct cord_classifier *classifier;
    void *decoder;
    struct cord_batch *batch;
    struct cord_buf shown; /* the raw text of each event, and each refusal */
    uint64_t records;
    uint64_t read;
    uint64_t skipped;
    uint64_t refused;
    bool quiet; /* counts only */
};

static void run_init(struct run *run)
{
    *run = (struct run){.paths = cord_paths_new(3), .batch = cord_batch_new(1 << 12)};
    assert_non_null(run->paths);
    assert_non_null(run->batch);
    run->classifier = cord_classifier_new(run->paths, 5);
    assert_non_null(run->classifier);
    struct cord_decoder_env env = {.paths = run->paths, .classifier = run->classifier};
    run->decoder = cord_format_json.decoder_new(&env);
    assert_non_null(run->decoder);
    cord_buf_init(&run->shown, 64 << 20);
}

static void run_done(struct run *run)
{
    cord_format_json.decoder_free(run->decoder);
    cord_classifier_free(run->classifier);
    cord_batch_free(run->batch);
    cord_paths_free(run->paths);
    cord_buf_done(&run->shown);
}

static void show(struct run *run)
{
    struct cord_batch *batch = run->batch;
    for (size_t i = 0; i < batch->event_count && !run->quiet; i++) {
        const struct cord_event *event = &batch->events[i];
        CHECK_U64(event->offset, batch->text_offset + (uint64_t)(event->raw.ptr - batch->text));
        cord_buf_put(&run->shown, event->raw);
        cord_buf_put_char(&run->shown, '|');
    }
}

static void decode_batch(struct run *run)
{
    struct cord_batch *batch = run->batch;
    cord_status status;
    while ((status = cord_format_json.decode(run->decoder, batch)) == CORD_E_LIMIT) {
        CHECK(batch->event_count > 0);
        show(run);
        cord_batch_events_reset(batch);
    }
    CHECK(status == CORD_OK);
    CHECK_U64(batch->taken, batch->text_len);
    CHECK_U64(batch->records, batch->read + batch->refused + batch->skipped);
    show(run);
    for (size_t i = 0; i < batch->refusal_count && !run->quiet; i++) {
        cord_buf_printf(&run->shown, "!%llu|", (unsigned long long)batch->refusals[i].offset);
    }
    run->records += batch->records;
    run->read += batch->read;
    run->skipped += batch->skipped;
    run->refused += batch->refused;
}

/* Pieces of `step` bytes are read whenever the cutter wants more. */
static void run_stream(struct run *run, cord_str text, size_t step)
{
    struct cord_cutter *cutter = cord_format_json.cutter_new();
    assert_non_null(cutter);
    cord_buf_clear(&run->shown);
    run->records = run->read = run->skipped = run->refused = 0;
    size_t done = 0;
    size_t seen = 0;
    while (done < text.len) {
        struct cord_batch *batch = run->batch;
        size_t len = 0;
        cord_batch_reset(batch);
        while (len == 0) {
            seen = text.len - seen > step ? seen + step : text.len;
            bool last = seen == text.len;
            CHECK(cord_batch_text_grow(batch, seen - done) == CORD_OK);
            memcpy(batch->text, text.ptr + done, seen - done);
            len = cord_format_json.cut(cutter, (cord_str){batch->text, seen - done}, last, batch);
            CHECK(len <= seen - done && (len > 0 || !last));
        }
        batch->text_len = len;
        batch->text_offset = done;
        memset(batch->text + len, 0, CORD_BATCH_PADDING);
        decode_batch(run);
        done += len;
    }
    cord_format_json.cutter_free(cutter);
}

struct row {
    cord_str text;
    cord_str wanted;
    unsigned read;
    unsigned skipped;
    unsigned refused;
};
#define ROW(text, wanted, read, skipped, refused)                                                  \
    {                                                                                              \
        {(text), sizeof(text) - 1}, {(wanted), sizeof(wanted) - 1}, read, skipped, refused         \
    }

static void check_row(struct run *run, const struct row *row, size_t step)
{
    run_stream(run, row->text, step);
    if (run->read != row->read || run->refused != row->refused) {
        print_error("%.*s\n-> %.*s (step %zu)\n", CORD_STR_ARG(row->text),
                    CORD_STR_ARG(cord_buf_str(&run->shown)), step);
    }
    CHECK_U64(run->read, row->read);
    CHECK_U64(run->skipped, row->skipped);
    CHECK_U64(run->refused, row->refused);
}

/* The refusals of a batch are shown behind its events: only the whole text in
 * one piece gives one certain order. */
static void check_rows(const struct row *rows, size_t count, bool any_step)
{
    struct run run;
    run_init(&run);
    for (size_t i = 0; i < count; i++) {
        check_row(&run, &rows[i], rows[i].text.len);
        CHECK_STR_EQ(cord_buf_str(&run.shown), rows[i].wanted);
        for (size_t step = 1; any_step && step < rows[i].text.len; step++) {
            check_row(&run, &rows[i], step);
        }
    }
    run_done(&run);
}

static void reads_lines(void)
{
    static const struct row rows[] = {
        ROW("{\"a\":1}\n{\"a\":2}\n", "{\"a\":1}|{\"a\":2}|", 2, 0, 0),
        ROW("{\"a\":1}\r\n\r\n  \n{\"a\":2}", "{\"a\":1}|{\"a\":2}|", 2, 2, 0),
        ROW("{\"a\":1}{\"a\":2}\n{\"a\":3}\n", "{\"a\":1}|{\"a\":2}|{\"a\":3}|", 3, 0, 0),
        ROW("{\"a\":1},\n{\"a\":2},\n", "{\"a\":1}|{\"a\":2}|", 2, 0, 0),
        ROW("\x1e{\"a\":1}\n\x1e{\"a\":2}\n", "{\"a\":1}|{\"a\":2}|", 2, 0, 0),
        ROW("{\"a\":1}\n{\"a\":\n{\"a\":3}\nnone\n{\"a\":4}\n",
            "{\"a\":1}|{\"a\":3}|{\"a\":4}|!8|!22|", 3, 0, 2),
        ROW("{\"a\":1}\n{\"a\":\"x\n{\"a\":\"y\"}\n", "{\"a\":1}|{\"a\":\"y\"}|!8|", 2, 0, 1),
        ROW("{\"a\":\"x\n{\"a\":1}\n", "{\"a\":1}|!0|", 1, 0, 1),
        ROW("{\"a\":1} x {\"b\":1}\n{\"a\":2}\n", "{\"a\":1}|{\"a\":2}|!8|", 2, 0, 1),
        ROW("{\"a\":\"\\\\\"}\n{\"a\":\"\\\"\"}\n", "{\"a\":\"\\\\\"}|{\"a\":\"\\\"\"}|", 2, 0, 0),
        ROW("none\n{\"a\":1}\n", "{\"a\":1}|!0|", 1, 0, 1),
        ROW("{}\n{}\n", "{}|{}|", 2, 0, 0),
    };
    check_rows(rows, sizeof rows / sizeof rows[0], true);
}

static void reads_documents_of_many_lines(void)
{
    static const struct row rows[] = {
        ROW("{\n \"a\": 1\n}\n{\n \"a\": \"}\\\"\"\n}\n",
            "{\n \"a\": 1\n}|{\n \"a\": \"}\\\"\"\n}|", 2, 0, 0),
        ROW("{\n \"a\": [\n  {\n  \"b\": 1}]\n}{\"a\":2}",
            "{\n \"a\": [\n  {\n  \"b\": 1}]\n}|{\"a\":2}|", 2, 0, 0),
        ROW("{\"a\":1}{\"a\":2} {\"a\":3}", "{\"a\":1}|{\"a\":2}|{\"a\":3}|", 3, 0, 0),
    };
    check_rows(rows, sizeof rows / sizeof rows[0], true);
}

static void reads_the_members_of_lists_and_wrappers(void)
{
    static const struct row rows[] = {
        ROW("[{\"a\":1},{\"a\":[2]}]", "{\"a\":1}|{\"a\":[2]}|", 2, 0, 0),
        ROW("[\n  {\n    \"a\": 1\n  },\n  {\"a\":2}\n]\n", "{\n    \"a\": 1\n  }|{\"a\":2}|", 2, 0,
            0),
        ROW("[]\n", "", 0, 0, 0),
        ROW("{\"Records\":[{\"a\":1},{\"a\":2}]}", "{\"a\":1}|{\"a\":2}|", 2, 0, 0),
        ROW("{\"Records\":[{\"a\":1}]}\n{\"Records\":[{\"a\":2}]}\n", "{\"a\":1}|{\"a\":2}|", 2, 0,
            0),
        ROW("{\"@odata.context\":\"x\",\"value\": [ {\"a\":1} , {\"a\":2} ],\"next\":{\"b\":[]}}",
            "{\"a\":1}|{\"a\":2}|", 2, 0, 0),
        ROW("{\"took\":1,\"_shards\":{\"n\":1},\"hits\":{\"total\":{\"value\":2},\"hits\":["
            "{\"_source\":{\"a\":1}},{\"_source\":{\"a\":2}}]}}",
            "{\"_source\":{\"a\":1}}|{\"_source\":{\"a\":2}}|", 2, 0, 0),
        /* An event of its own that holds such a list is no wrapper. */
        ROW("{\"id\":{\"n\":1},\"events\":[{\"a\":1}]}\n",
            "{\"id\":{\"n\":1},\"events\":[{\"a\":1}]}|", 1, 0, 0),
        ROW("{\"kind\":\"x\",\"events\":[{\"a\":1}]}\n", "{\"kind\":\"x\",\"events\":[{\"a\":1}]}|",
            1, 0, 0),
        ROW("[1,2]\n", "[1,2]|", 1, 0, 0),
    };
    check_rows(rows, sizeof rows / sizeof rows[0], true);
}

static void goes_on_behind_what_is_broken(void)
{
    static const struct row rows[] = {
        ROW("[{\"a\":1},{\"a\":tru},{\"a\":3}]", "{\"a\":1}|{\"a\":3}|!9|", 2, 0, 1),
        ROW("[\n  {\"a\":1},\n  {\"a\":\n  {\"a\":3}\n]", "{\"a\":1}|{\"a\":3}|!15|", 2, 0, 1),
        ROW("[\n  {\"a\":1},\n  {\"a\":\"x},\n  {\"a\":3}\n]", "{\"a\":1}|{\"a\":3}|!15|", 2, 0, 1),
        ROW("[{\"a\":1},7,{\"a\":3}]", "{\"a\":1}|{\"a\":3}|!9|", 2, 0, 1),
        ROW("{\n \"a\": 1\n}\n{\n \"a\":\n}\n{\n \"a\": 3\n}\n",
            "{\n \"a\": 1\n}|{\n \"a\": 3\n}|!12|", 2, 0, 1),
        ROW("{\n \"a\": {\n}\n{\n \"a\": 3\n}\n", "{\n \"a\": 3\n}|!0|", 1, 0, 1),
        ROW("{\n \"a\": 1\n}\n}\n{\n \"a\": 3\n}\n", "{\n \"a\": 1\n}|{\n \"a\": 3\n}|!12|", 2, 0,
            1),
        ROW("[{\"a\":1},{\"a\":", "{\"a\":1}|!9|", 1, 0, 1),
        ROW("{\"Records\":[{\"a\":1}", "{\"a\":1}|", 1, 0, 0),
    };
    check_rows(rows, sizeof rows / sizeof rows[0], false);
}

/* The cutter would wait for the end of a record that has none for ever. */
static void gives_up_a_record_without_an_end(void)
{
    struct run run;
    struct cord_buf text;
    run_init(&run);
    run.quiet = true;
    cord_buf_init(&text, 8 << 20);
    cord_buf_put_text(&text, "{\n \"a\": {\n}\n");
    for (int i = 0; i < 200000; i++) {
        cord_buf_put_text(&text, "{\n \"a\": 1\n}\n");
    }
    run_stream(&run, cord_buf_str(&text), 65536);
    CHECK_U64(run.refused, 1);
    CHECK_U64(run.read, 200000);
    cord_buf_done(&text);
    run_done(&run);
}

/* One event a batch more than fits, and a record of more values than fit. */
static void stops_when_the_batch_is_full(void)
{
    struct run run;
    struct cord_buf text;
    run_init(&run);
    run.quiet = true;
    cord_buf_init(&text, 8 << 20);
    for (int i = 0; i < 20000; i++) {
        cord_buf_put_text(&text, i % 2 ? "{\"a\":[1,2,3,4]}\n" : "[{\"a\":1}]\n");
    }
    run_stream(&run, cord_buf_str(&text), text.len);
    CHECK_U64(run.refused, 0);
    cord_buf_clear(&text);
    for (int i = 0; i < 20000; i++) {
        cord_buf_put_text(&text, "{\"a\":[1,2,3,4]}\n");
    }
    run_stream(&run, cord_buf_str(&text), text.len);
    CHECK_U64(run.read, 20000);
    CHECK_U64(run.refused, 0);
    for (unsigned values = CORD_BATCH_VALUES_MAX; values <= CORD_BATCH_VALUES_MAX + 1; values++) {
        cord_buf_clear(&text);
        cord_buf_put_text(&text, "{\"b\":1}\n{\"a\":[0");
        for (unsigned i = 1; i < values; i++) {
            cord_buf_put_text(&text, ",1");
        }
        cord_buf_put_text(&text, "]}\n{\"c\":1}\n");
        run_stream(&run, cord_buf_str(&text), text.len);
        CHECK_U64(run.read, values > CORD_BATCH_VALUES_MAX ? 2 : 3);
        CHECK_U64(run.refused, values > CORD_BATCH_VALUES_MAX ? 1 : 0);
    }
    cord_buf_done(&text);
    run_done(&run);
}

static unsigned probe(const char *text, const char *name)
{
    return cord_format_json.probe(cord_str_from(text), cord_str_from(name));
}

static void recognises_json(void)
{
    CHECK(probe("{\"a\":1}\n", "x.log") >= 90);
    CHECK(probe("\n [ {\"a\" : 1}]", "x") >= 90);
    CHECK(probe("{\n  \"a\": 1\n}", "x") >= 90);
    CHECK(probe("[\n    {\n        \"a\": 1\n    }\n]\n", "x") >= 90);
    CHECK(probe("{}", "x.json") >= 90);
    CHECK(probe("cut short\"}\n{\"a\":1}\n{\"a\":2}\n", "x.json") >= 70);
    CHECK_U64(probe("", "x.json"), 0);
    CHECK_U64(probe("[2024-01-01 10:00:00] hello: \"x\"\n", "x.log"), 0);
    CHECK_U64(probe("{hello} \"x\": 1\n", "x.log"), 0);
    CHECK_U64(probe("Jan  1 00:00:00 host app: {\"a\":1}\n", "x.log"), 0);
}

static void survives_any_failed_allocation(void)
{
    struct run run;
    run_init(&run);
    struct cord_decoder_env env = {.paths = run.paths, .classifier = run.classifier};
    for (size_t nth = 1;; nth++) {
        kit_fail_allocation(nth);
        void *decoder = cord_format_json.decoder_new(&env);
        bool failed_one = kit_fail_allocation_off();
        CHECK((decoder == NULL) == failed_one);
        cord_format_json.decoder_free(decoder);
        if (!failed_one) {
            break;
        }
    }
    run_done(&run);
}

static size_t lines_of(cord_str text)
{
    size_t lines = 0;
    cord_str line;
    while (cord_str_cut(&text, '\n', &line)) {
        lines += cord_str_trim(line).len > 0;
    }
    return lines;
}

static void reads_every_line_of(struct run *run, const char *path)
{
    cord_str text = kit_read_file(path);
    run_stream(run, text, 100000);
    if (run->read != lines_of(text)) {
        print_error("%s: %llu of %zu lines\n", path, (unsigned long long)run->read, lines_of(text));
    }
    CHECK_U64(run->read, lines_of(text));
    CHECK_U64(run->refused, 0);
    free((void *)(uintptr_t)text.ptr);
}

/* Every nth file of a folder whose name ends so. */
static void reads_folder(const char *folder, const char *end, size_t nth)
{
    struct run run;
    struct dirent **entries;
    char path[4096];
    char base[2048];
    (void)snprintf(base, sizeof base, "%s", kit_shared_path(folder));
    int count = scandir(base, &entries, NULL, alphasort);
    size_t met = 0;
    run_init(&run);
    run.quiet = true;
    for (int i = 0; i < count; i++) {
        if (cord_str_ends(cord_str_from(entries[i]->d_name), cord_str_from(end)) &&
            met++ % nth == 0) {
            (void)snprintf(path, sizeof path, "%s/%s", base, entries[i]->d_name);
            reads_every_line_of(&run, path);
        }
        free(entries[i]);
    }
    free(entries);
    CHECK(met > 0);
    run_done(&run);
}

static void reads_every_line_of_the_lanes(void)
{
    reads_folder("sigma-lanes", ".ndjson", 2);
}

static void reads_every_line_of_suricata_logs(void)
{
    reads_folder("data/suricata-eve/eve", ".json.gz", 7);
}

/* Folders within folders, whose names are theirs; small files only, so that it
 * stays quick under the sanitizers. */
static size_t reads_tree(struct run *run, const char *folder, off_t bytes_max)
{
    struct dirent **entries;
    size_t met = 0;
    int count = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char path[4096];
        struct stat info;
        (void)snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (entries[i]->d_name[0] == '.' || stat(path, &info) != 0) {
            /* "." and ".." */
        } else if (S_ISDIR(info.st_mode)) {
            met += reads_tree(run, path, bytes_max);
        } else if (cord_str_ends(cord_str_from(path), CORD_STR(".json.xz")) &&
                   info.st_size < bytes_max) {
            reads_every_line_of(run, path);
            met++;
        }
        free(entries[i]);
    }
    free(entries);
    return met;
}

static void reads_every_line_of_windows_logs(void)
{
    struct run run;
    char folder[4096];
    (void)snprintf(folder, sizeof folder, "%s", kit_shared_path("data/windows-json-otrf/windows"));
    run_init(&run);
    run.quiet = true;
    CHECK(reads_tree(&run, folder, 40000) > 0);
    run_done(&run);
}

KIT_MAIN(KIT_TEST(reads_lines), KIT_TEST(reads_documents_of_many_lines),
         KIT_TEST(reads_the_members_of_lists_and_wrappers), KIT_TEST(goes_on_behind_what_is_broken),
         KIT_TEST(gives_up_a_record_without_an_end), KIT_TEST(stops_when_the_batch_is_full),
         KIT_TEST(recognises_json), KIT_TEST(survives_any_failed_allocation),
         KIT_TEST(reads_every_line_of_the_lanes), KIT_TEST(reads_every_line_of_suricata_logs),
         KIT_TEST(reads_every_line_of_windows_logs))
