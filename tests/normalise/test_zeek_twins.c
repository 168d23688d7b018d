/*
 * test_zeek_twins.c: Zeek's two forms of one log come out as the same events.
 *
 * The first records of each of 28 logs; with CORD_TEST_ALL set all 108,998 that are
 * beside the checkout.
 */
#include "base/timestamp.h"
#include "codec/json_unescape.h"
#include "kit/decode.h"
#include "kit/kit.h"
#include "normalise/formats.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { RECORDS_QUICK = 150, RECORDS_ALL = 100000, LINES_MAX = 256, LINE_BYTES_MAX = 2048 };

struct twin {
    char **texts;
    size_t count, max;
};

static int compare_lines(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Numbers as seconds or counts with six digits, times as numbers, an empty list
 * as one empty member: the TSV form cannot tell the two apart. */
static void canonical(const struct cord_value *value, char *out, size_t size)
{
    char plain[LINE_BYTES_MAX];
    cord_str text = cord_value_str(value);
    int64_t ns;
    text.len = text.len < sizeof plain ? text.len : sizeof plain - 1;
    if (value->flags & CORD_VALUE_ESCAPED) {
        text = (cord_str){plain, cord_json_unescape(text, plain)};
    } else if (text.len > 0) {
        memcpy(plain, text.ptr, text.len);
    }
    plain[text.len] = '\0';
    if (value->kind == CORD_VALUE_EMPTY) {
        plain[0] = '\0';
    }
    if (value->kind == CORD_VALUE_NUMBER) {
        (void)snprintf(out, size, "%.6f", strtod(plain, NULL));
    } else if (text.len > 19 && plain[10] == 'T' && cord_timestamp_parse(text, &ns)) {
        (void)snprintf(out, size, "%.6f", (double)(ns / 1000) / 1e6);
    } else {
        (void)snprintf(out, size, "%s", plain);
    }
}

static void keep(void *context, const struct kit_decode *decode, const struct cord_event *event)
{
    static char lines[LINES_MAX][LINE_BYTES_MAX];
    struct twin *twin = context;
    size_t count = 0;
    if (twin->count == twin->max) {
        return;
    }
    for (uint32_t i = 0; i < event->value_count && count < LINES_MAX - 1; i++) {
        char value[LINE_BYTES_MAX];
        cord_str name = cord_paths_text(decode->paths, event->values[i].path);
        if (cord_str_eq(name, CORD_STR("_write_ts"))) {
            continue;
        }
        canonical(&event->values[i], value, sizeof value);
        (void)snprintf(lines[count++], LINE_BYTES_MAX, "%.*s=%s", CORD_STR_ARG(name), value);
    }
    const struct cord_event_class *class =
        cord_classifier_class(decode->classifier, event->event_class);
    (void)snprintf(lines[count++], LINE_BYTES_MAX, "@class=%.*s/%zu/%.*s",
                   CORD_STR_ARG(class->product), class->category_count,
                   CORD_STR_ARG(class->service_count > 0 ? class->services[0] : CORD_STR("")));
    qsort(lines, count, LINE_BYTES_MAX, compare_lines);
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        len += strlen(lines[i]) + 1;
    }
    char *text = malloc(len + 1);
    assert_non_null(text);
    char *at = text;
    for (size_t i = 0; i < count; i++) {
        at = stpcpy(stpcpy(at, lines[i]), "\n");
    }
    *at = '\0';
    twin->texts[twin->count++] = text;
}

/* So many lines of the text. */
static cord_str head(cord_str text, size_t lines)
{
    size_t at = 0;
    while (lines-- > 0 && at < text.len) {
        size_t end = cord_str_find_char(text, '\n', at);
        at = end == SIZE_MAX ? text.len : end + 1;
    }
    return cord_str_slice(text, 0, at);
}

static void read_twin(const char *path, size_t lines, struct twin *twin)
{
    struct kit_decode decode;
    cord_str text = kit_read_file(path);
    kit_decode_init(&decode);
    decode.on_event = keep;
    decode.context = twin;
    kit_decode_run(&decode, NULL, head(text, lines), path, 1 << 18);
    CHECK_U64(decode.refused, 0);
    CHECK_U64(decode.read, twin->count);
    kit_decode_done(&decode);
    free((void *)(uintptr_t)text.ptr);
}

static size_t compare_kind(const char *shared, const char *kind, size_t records)
{
    char path[512];
    struct twin a = {calloc(records, sizeof(char *)), 0, records};
    struct twin b = {calloc(records, sizeof(char *)), 0, records};
    assert_non_null(a.texts);
    assert_non_null(b.texts);
    (void)snprintf(path, sizeof path, "%s/tsv/%s.log.gz", shared, kind);
    read_twin(path, records + 8, &a); /* eight lines of header */
    (void)snprintf(path, sizeof path, "%s/json/%s.json.gz", shared, kind);
    read_twin(path, records, &b);
    size_t common = a.count < b.count ? a.count : b.count;
    for (size_t i = 0; i < common; i++) {
        if (strcmp(a.texts[i], b.texts[i]) != 0) {
            print_error("%s, record %zu:\n%s--- JSON:\n%s", kind, i, a.texts[i], b.texts[i]);
            fail();
        }
    }
    for (size_t i = 0; i < records; i++) {
        free(a.texts[i]);
        free(b.texts[i]);
    }
    free(a.texts);
    free(b.texts);
    return common;
}

static void both_forms_are_the_same_events(void)
{
    char shared[400];
    char folder[512];
    bool all = getenv("CORD_TEST_ALL") != NULL;
    size_t total = 0;
    unsigned kinds = 0;
    (void)snprintf(shared, sizeof shared, "%s", kit_shared_path("data/zeek-logs/wrccdc-2018"));
    (void)snprintf(folder, sizeof folder, "%s/tsv", shared);
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        char kind[256];
        (void)snprintf(kind, sizeof kind, "%s", entry->d_name);
        char *dot = strchr(kind, '.');
        if (dot == kind || !dot) {
            continue;
        }
        *dot = '\0';
        total += compare_kind(shared, kind, all ? RECORDS_ALL : RECORDS_QUICK);
        kinds++;
    }
    (void)closedir(dir);
    print_message("%zu records of %u logs are the same in both forms\n", total, kinds);
    CHECK_U64(kinds, 28);
    CHECK(!all || total == 108998);
}

/* Zeek's own baselines: odd separators, concatenated logs, comments on top. */
static void reads_the_baselines_without_refusals(void)
{
    char folder[512];
    struct kit_decode decode;
    unsigned files = 0;
    unsigned clean = 0;
    (void)snprintf(folder, sizeof folder, "%s", kit_shared_path("data/zeek-logs/zeek-baselines"));
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    kit_decode_init(&decode);
    for (struct dirent *test; (test = readdir(dir));) {
        char path[1024];
        (void)snprintf(path, sizeof path, "%s/%s", folder, test->d_name);
        DIR *inner = test->d_name[0] == '.' ? NULL : opendir(path);
        for (struct dirent *entry; inner && (entry = readdir(inner));) {
            char file[2048];
            (void)snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
            if (entry->d_name[0] == '.') {
                continue;
            }
            cord_str text = kit_read_file(file);
            const struct cord_format *format =
                cord_decoder_recognise(cord_str_slice(text, 0, 65536), CORD_STR(""));
            if (format == &cord_format_zeek) {
                kit_decode_run(&decode, format, text, "", 4096);
                files++;
                clean += decode.refused == 0;
                if (decode.refused > 0 && getenv("CORD_TEST_ALL")) {
                    print_message("%s: %llu refused: %.*s\n", file,
                                  (unsigned long long)decode.refused, CORD_STR_ARG(decode.reason));
                }
            }
            free((void *)(uintptr_t)text.ptr);
        }
        if (inner) {
            (void)closedir(inner);
        }
    }
    (void)closedir(dir);
    kit_decode_done(&decode);
    print_message("%u of %u baselines read without a refusal\n", clean, files);
    CHECK(files > 500);
}

KIT_MAIN(KIT_TEST(both_forms_are_the_same_events), KIT_TEST(reads_the_baselines_without_refusals))
