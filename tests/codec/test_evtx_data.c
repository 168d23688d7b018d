/*
 * test_evtx_data.c: the EVTX reader against what two other readers found in
 * real logs.
 *
 * Every eighth file; all of them when CORD_TEST_ALL is set.
 */
#include "kit/kit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <jansson.h>

#include "codec/evtx.h"

#define PATHS_MAX_TEXT 4096

struct totals {
    size_t files, expected, found, matched, fields, differences, damaged, skipped;
    size_t shown;
};

/* One file as read: all records with their values. */
struct reading {
    struct cord_paths *paths;
    struct cord_arena *arena;
    struct cord_values values;
    struct {
        uint64_t id;
        size_t first, count;
    } * records;
    size_t record_count, damaged, skipped;
    uint64_t declared;
};

enum { RECORDS_MAX = 65536, VALUES_MAX = 4 << 20 };

static void read_chunks(struct reading *reading, cord_str file)
{
    struct cord_evtx *reader = cord_evtx_new(reading->paths, cord_cpu_level_detect());
    CHECK(reader);
    size_t at = cord_evtx_file_header(file).header_bytes;
    while (at < file.len) {
        cord_str rest = cord_str_from_byte(file, at);
        size_t span = cord_evtx_chunk_span(rest);
        struct cord_evtx_record record;
        cord_status status;
        (void)cord_evtx_chunk_begin(reader, cord_str_slice(rest, 0, span), 0, reading->arena);
        size_t first = reading->values.count;
        while ((status = cord_evtx_next(reader, &reading->values, &record)) != CORD_E_END) {
            CHECK(status != CORD_E_LIMIT);
            if (status == CORD_OK) {
                CHECK(reading->record_count < RECORDS_MAX);
                reading->records[reading->record_count].id = record.id;
                reading->records[reading->record_count].first = first;
                reading->records[reading->record_count++].count = reading->values.count - first;
                reading->damaged += record.damage ? 1 : 0;
            } else {
                reading->skipped++;
            }
            if (record.damage && getenv("CORD_TEST_SHOW")) {
                printf("  damage at %zu+%zu len %zu id %llu: %s\n", at, record.offset, record.len,
                       (unsigned long long)record.id, record.damage);
            }
            first = reading->values.count;
        }
        at += span;
    }
    cord_evtx_free(reader);
}

static void reading_init(struct reading *reading)
{
    *reading = (struct reading){0};
    reading->paths = cord_paths_new(1);
    reading->arena = cord_arena_new(1u << 30);
    reading->values.max = VALUES_MAX;
    reading->values.items = malloc(VALUES_MAX * sizeof *reading->values.items);
    reading->records = malloc(RECORDS_MAX * sizeof *reading->records);
    CHECK(reading->paths && reading->arena && reading->values.items && reading->records);
}

static void reading_done(struct reading *reading)
{
    free(reading->records);
    free(reading->values.items);
    cord_arena_free(reading->arena);
    cord_paths_free(reading->paths);
}

static cord_str value_of(const struct reading *reading, size_t record, const char *path)
{
    for (size_t i = 0; i < reading->records[record].count; i++) {
        const struct cord_value *value = &reading->values.items[reading->records[record].first + i];
        if (cord_str_eq(cord_paths_text(reading->paths, value->path), cord_str_from(path))) {
            return cord_value_str(value);
        }
    }
    return CORD_STR("");
}

static cord_str without_braces(cord_str text)
{
    return text.len > 1 && text.ptr[0] == '{' && text.ptr[text.len - 1] == '}'
               ? cord_str_slice(text, 1, text.len - 2)
               : text;
}

static cord_str without_zeros(cord_str hex)
{
    size_t at = 2;
    while (at + 1 < hex.len && hex.ptr[at] == '0') {
        at++;
    }
    return cord_str_from_byte(hex, at);
}

static cord_str without_trailing_zeros(cord_str time)
{
    while (time.len > 20 && (time.ptr[time.len - 1] == 'Z' || time.ptr[time.len - 1] == '0')) {
        time.len--;
    }
    return time;
}

static bool is_time(cord_str text)
{
    return text.len >= 20 && text.ptr[10] == 'T' && text.ptr[text.len - 1] == 'Z';
}

/* The expected text went through XML: line ends became LF there, and control
 * characters, which XML has not, U+FFFD. */
static bool same_but_for_controls(cord_str ours, cord_str theirs)
{
    size_t at = 0;
    for (size_t i = 0; i < ours.len; i++) {
        unsigned char c = (unsigned char)ours.ptr[i];
        cord_str rest = cord_str_from_byte(theirs, at);
        if (c == '\r' && i + 1 < ours.len && ours.ptr[i + 1] == '\n') {
            continue;
        }
        if (c < 0x20 && cord_str_starts(rest, CORD_STR("\xef\xbf\xbd"))) {
            at += 3;
            continue;
        }
        unsigned char wanted = c == '\r' ? '\n' : c;
        if (rest.len == 0 || (unsigned char)rest.ptr[0] != wanted) {
            return false;
        }
        at++;
    }
    return at == theirs.len;
}

/* The same value, however the other reader writes it: digits of hexadecimal
 * and GUIDs in either case, zeros in front of hexadecimal or behind times. */
static bool same(cord_str ours, cord_str theirs)
{
    if (same_but_for_controls(ours, theirs)) {
        return true;
    }
    cord_str hex = CORD_STR("0x");
    if (cord_str_starts(ours, hex) && cord_str_starts(theirs, hex)) {
        return cord_str_eq_fold(without_zeros(ours), without_zeros(theirs));
    }
    if (is_time(ours) && is_time(theirs)) {
        return cord_str_eq(without_trailing_zeros(ours), without_trailing_zeros(theirs));
    }
    ours = without_braces(ours);
    theirs = without_braces(theirs);
    return ours.len == 36 && cord_str_eq_fold(ours, theirs);
}

static void differs(struct totals *totals, const char *file, uint64_t id, const char *what,
                    cord_str ours, cord_str theirs)
{
    totals->differences++;
    if (totals->shown++ < 20) {
        printf("%s record %llu %s:\n  ours   %.*s\n  theirs %.*s\n", file, (unsigned long long)id,
               what, (int)(ours.len < 300 ? ours.len : 300), ours.ptr,
               (int)(theirs.len < 300 ? theirs.len : 300), theirs.ptr);
    }
}

static cord_str json_text(json_t *json, char buffer[32])
{
    if (json_is_string(json)) {
        return (cord_str){json_string_value(json), json_string_length(json)};
    }
    if (json_is_integer(json)) {
        int len = snprintf(buffer, 32, "%lld", (long long)json_integer_value(json));
        return (cord_str){buffer, (size_t)len};
    }
    return CORD_STR("");
}

static void compare_system(struct totals *totals, const char *file, const struct reading *reading,
                           size_t record, json_t *wanted)
{
    static const char *const names[][2] = {
        {"record_id", "Event.System.EventRecordID"},
        {"event_id", "Event.System.EventID"},
        {"time", "Event.System.TimeCreated.#attributes.SystemTime"},
        {"provider", "Event.System.Provider.#attributes.Name"},
        {"channel", "Event.System.Channel"},
        {"computer", "Event.System.Computer"},
        {"level", "Event.System.Level"},
        {"user_sid", "Event.System.Security.#attributes.UserID"},
        {"pid", "Event.System.Execution.#attributes.ProcessID"},
    };
    char buffer[32];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        cord_str theirs = json_text(json_object_get(wanted, names[i][0]), buffer);
        cord_str ours = value_of(reading, record, names[i][1]);
        totals->fields++;
        if (!same(ours, theirs)) {
            differs(totals, file, reading->records[record].id, names[i][1], ours, theirs);
        }
    }
}

static bool is_data(const struct reading *reading, const struct cord_value *value)
{
    cord_str path = cord_paths_text(reading->paths, value->path);
    return !cord_str_starts(path, CORD_STR("Event.System")) &&
           cord_str_find(path, CORD_STR("#attributes"), 0) == SIZE_MAX &&
           value->kind != CORD_VALUE_NULL; /* the expected files leave them out */
}

/* Our next value for their `name`. What is empty the other reader gives for
 * elements that have attributes only, and leaves out for <Data> without name. */
static const struct cord_value *next_data(const struct reading *reading, size_t *at, size_t end,
                                          cord_str name)
{
    for (; *at < end; (*at)++) {
        const struct cord_value *value = &reading->values.items[*at];
        cord_str leaf = cord_paths_leaf(reading->paths, value->path);
        bool left_out = value->len == 0 && cord_str_eq(leaf, CORD_STR("Data"));
        if (is_data(reading, value) && (!left_out || cord_str_eq(leaf, name))) {
            return value;
        }
    }
    return NULL;
}

static void compare_data(struct totals *totals, const char *file, const struct reading *reading,
                         size_t record, json_t *wanted)
{
    uint64_t id = reading->records[record].id;
    size_t at = reading->records[record].first;
    size_t end = at + reading->records[record].count;
    const struct cord_value *value;
    for (size_t i = 0; i < json_array_size(wanted); i++) {
        json_t *pair = json_array_get(wanted, i);
        char buffer[32];
        cord_str name = json_text(json_array_get(pair, 0), buffer);
        cord_str theirs = json_text(json_array_get(pair, 1), buffer);
        totals->fields++;
        value = next_data(reading, &at, end, name);
        cord_str leaf = value ? cord_paths_leaf(reading->paths, value->path) : CORD_STR("");
        if (!value || !cord_str_eq(leaf, name)) {
            if (theirs.len > 0) {
                differs(totals, file, id, "name", leaf, name);
            }
            continue;
        }
        at++;
        if (!same(cord_value_str(value), theirs)) {
            char what[128];
            (void)snprintf(what, sizeof what, "%.*s", CORD_STR_ARG(name));
            differs(totals, file, id, what, cord_value_str(value), theirs);
        }
    }
    while ((value = next_data(reading, &at, end, CORD_STR("")))) {
        differs(totals, file, id, "surplus", cord_paths_leaf(reading->paths, value->path),
                cord_value_str(value));
        at++;
    }
}

/* By the number inside the event: an exported log counts its records anew. */
static size_t find_record(const struct reading *reading, cord_str id, size_t from)
{
    for (size_t i = 0; i < reading->record_count; i++) {
        size_t at = (from + i) % reading->record_count;
        if (cord_str_eq(value_of(reading, at, "Event.System.EventRecordID"), id)) {
            return at;
        }
    }
    return SIZE_MAX;
}

static void compare_file(struct totals *totals, const char *file, const struct reading *reading,
                         cord_str expected)
{
    cord_str line;
    size_t next = 0;
    while (cord_str_cut(&expected, '\n', &line)) {
        if (line.len == 0) {
            continue;
        }
        json_t *wanted = json_loadb(line.ptr, line.len, JSON_ALLOW_NUL, NULL);
        CHECK(wanted);
        uint64_t id = (uint64_t)json_integer_value(json_object_get(wanted, "record_id"));
        char buffer[32];
        size_t at =
            find_record(reading, json_text(json_object_get(wanted, "record_id"), buffer), next);
        totals->expected++;
        if (at == SIZE_MAX) {
            differs(totals, file, id, "record not found", CORD_STR(""), CORD_STR(""));
        } else {
            next = at + 1;
            totals->matched++;
            compare_system(totals, file, reading, at, wanted);
            compare_data(totals, file, reading, at, json_object_get(wanted, "data"));
        }
        json_decref(wanted);
    }
}

static cord_str read_shared(const char *set, const char *folder, const char *file,
                            const char *ending)
{
    char relative[PATHS_MAX_TEXT];
    size_t keep = strlen(file) - strlen(".gz");
    (void)snprintf(relative, sizeof relative, "data/%s/%s%.*s%s", set, folder, (int)keep, file,
                   ending);
    return kit_read_file(kit_shared_path(relative));
}

static void run_file(struct totals *totals, const char *set, json_t *row)
{
    const char *file = json_string_value(json_object_get(row, "file"));
    CHECK(file && strlen(file) > 3);
    cord_str text = read_shared(set, "", file, ".gz");
    cord_str expected = read_shared(set, "expected/", file, ".jsonl.gz");
    size_t declared = (size_t)json_integer_value(json_object_get(row, "header_records"));
    struct reading reading;
    size_t before = totals->differences;
    reading_init(&reading);
    read_chunks(&reading, text);
    compare_file(totals, file, &reading, expected);
    totals->files++;
    totals->found += reading.record_count;
    totals->damaged += reading.damaged;
    totals->skipped += reading.skipped;
    CHECK(reading.record_count >= declared || totals->differences > before);
    if (reading.record_count != declared || reading.damaged || reading.skipped ||
        totals->differences != before) {
        printf("%s: declared %zu, read %zu (%zu in part), skipped stretches %zu, differences %zu\n",
               file, declared, reading.record_count, reading.damaged, reading.skipped,
               totals->differences - before);
    }
    reading_done(&reading);
    free((void *)(uintptr_t)expected.ptr);
    free((void *)(uintptr_t)text.ptr);
}

static struct totals run_set(const char *set)
{
    char relative[PATHS_MAX_TEXT];
    (void)snprintf(relative, sizeof relative, "data/%s/index.jsonl", set);
    cord_str index = kit_read_file(kit_shared_path(relative));
    cord_str rest = index;
    cord_str line;
    struct totals totals = {0};
    size_t step = getenv("CORD_TEST_ALL") ? 1 : 8;
    const char *only = getenv("CORD_TEST_ONLY");
    for (size_t i = 0; cord_str_cut(&rest, '\n', &line); i++) {
        if (line.len == 0 || i % step != 0 ||
            (only && cord_str_find(line, cord_str_from(only), 0) == SIZE_MAX)) {
            continue;
        }
        json_t *row = json_loadb(line.ptr, line.len, 0, NULL);
        CHECK(row);
        run_file(&totals, set, row);
        json_decref(row);
    }
    free((void *)(uintptr_t)index.ptr);
    printf("%s: %zu files, %zu records expected, %zu of them found, %zu read in all (%zu in part), "
           "%zu stretches skipped, %zu fields compared, %zu differences\n",
           set, totals.files, totals.expected, totals.matched, totals.found, totals.damaged,
           totals.skipped, totals.fields, totals.differences);
    return totals;
}

static void reads_attack_logs_as_other_readers_do(void)
{
    struct totals totals = run_set("windows-evtx-attack");
    CHECK_U64(totals.differences, 0);
    CHECK_U64(totals.matched, totals.expected);
}

static void reads_odd_and_damaged_logs_as_other_readers_do(void)
{
    struct totals totals = run_set("windows-evtx-parser");
    CHECK_U64(totals.differences, 0);
    CHECK_U64(totals.matched, totals.expected);
}

/* ---- logs beside the JSON that another tool made of them ---------------- */

/* That JSON was trimmed, and here and there edited: names are what it proves. */
static bool same_but_for_layout(cord_str ours, cord_str theirs)
{
    for (;;) {
        while (ours.len > 0 && (unsigned char)ours.ptr[0] <= ' ') {
            ours = cord_str_from_byte(ours, 1);
        }
        while (theirs.len > 0 && (unsigned char)theirs.ptr[0] <= ' ') {
            theirs = cord_str_from_byte(theirs, 1);
        }
        if (ours.len == 0 || theirs.len == 0) {
            return ours.len == theirs.len;
        }
        if (cord_str_lower_char(ours.ptr[0]) != cord_str_lower_char(theirs.ptr[0])) {
            return false;
        }
        ours = cord_str_from_byte(ours, 1);
        theirs = cord_str_from_byte(theirs, 1);
    }
}

static bool same_as_in_json(cord_str ours, cord_str theirs)
{
    if (is_time(ours) && is_time(theirs)) { /* theirs has microseconds */
        ours.len = 26;
        theirs = without_trailing_zeros(theirs);
        return cord_str_starts(ours, cord_str_slice(theirs, 0, 26));
    }
    return same(ours, theirs) || same_but_for_layout(ours, theirs);
}

static void compare_tree(struct totals *totals, const char *file, const struct reading *reading,
                         json_t *tree, const char *path)
{
    const char *key;
    json_t *child;
    json_object_foreach(tree, key, child)
    {
        char below[PATHS_MAX_TEXT];
        char buffer[32];
        (void)snprintf(below, sizeof below, "%s%s%s", path, *path ? "." : "", key);
        if (json_is_object(child)) {
            compare_tree(totals, file, reading, child, below);
            continue;
        }
        cord_str ours = value_of(reading, 0, below);
        cord_str theirs = json_text(child, buffer);
        totals->fields++;
        if (!same_as_in_json(ours, theirs)) {
            differs(totals, file, reading->records[0].id, below, ours, theirs);
        }
    }
}

static void compare_twin(struct totals *totals, const char *evtx, const char *json)
{
    cord_str text = kit_read_file(evtx);
    json_t *tree = json_load_file(json, 0, NULL);
    struct reading reading;
    reading_init(&reading);
    read_chunks(&reading, text);
    /* Several records: the JSON is several documents, in no known order. */
    if (json_is_object(tree) && reading.record_count == 1) {
        totals->files++;
        compare_tree(totals, evtx, &reading, tree, "");
    }
    reading_done(&reading);
    json_decref(tree);
    free((void *)(uintptr_t)text.ptr);
}

static void find_twins(struct totals *totals, const char *folder, int depth)
{
    DIR *dir = opendir(folder);
    if (!dir) {
        return;
    }
    for (struct dirent *entry; depth > 0 && (entry = readdir(dir));) {
        char path[PATHS_MAX_TEXT];
        char json[PATHS_MAX_TEXT];
        if (entry->d_name[0] == '.') {
            continue;
        }
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (!cord_str_ends(cord_str_from(path), CORD_STR(".evtx"))) {
            find_twins(totals, path, depth - 1);
            continue;
        }
        (void)snprintf(json, sizeof json, "%.*sjson", (int)(strlen(path) - 4), path);
        if (access(json, R_OK) == 0) {
            compare_twin(totals, path, json);
        }
    }
    (void)closedir(dir);
}

static void names_values_as_the_json_form_does(void)
{
    struct totals totals = {0};
    find_twins(&totals, kit_shared_path("sigma-regression"), 8);
    printf("sigma-regression: %zu logs with one record, %zu fields compared, %zu differences\n",
           totals.files, totals.fields, totals.differences);
    CHECK(totals.files > 0);
    CHECK_U64(totals.differences, 0);
}

KIT_MAIN(KIT_TEST(reads_attack_logs_as_other_readers_do),
         KIT_TEST(reads_odd_and_damaged_logs_as_other_readers_do),
         KIT_TEST(names_values_as_the_json_form_does))
