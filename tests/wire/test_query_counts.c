/*
 * test_query_counts.c: counts of events that others have fixed.
 *
 * OISF's verification suite says of its recordings how many events have which
 * values; each of these expectations is turned into a query, over the rows one
 * by one and over the block they are packed into.
 */
#include "evidence/block_search.h"
#include "evidence/query_match.h"

#include "kit/kit.h"
#include "kit/kit_block.h"
#include "kit/kit_rows.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { QUERY_BYTES_MAX = 64 << 10, PATH_BYTES = 512, ROWS_BYTES_MAX = 1 << 28 };

static const struct kit_rows_origin origin = {
    .organisation = {"RJ1", 3}, .source = {"eve", 3}, .received_ns = 1795300000LL * 1000000000};

struct counts {
    char eve[PATH_BYTES]; /* the log at hand */
    struct cord_rows *rows;
    struct kit_block packed;
    struct cord_block *block;
    size_t queries;
    size_t wrong;
};

static void put_text(struct cord_buf *query, cord_str text)
{
    cord_buf_put_char(query, '\'');
    for (size_t i = 0; i < text.len; i++) {
        cord_buf_put_text(query, text.ptr[i] == '\'' ? "'" : "");
        cord_buf_put_char(query, text.ptr[i]);
    }
    cord_buf_put_char(query, '\'');
}

static void put_equal(struct cord_buf *query, const char *path, const json_t *value);

static void put_path(struct cord_buf *query, bool negated, const char *path)
{
    cord_buf_printf(query, " %s\".%s\":", negated ? "NOT " : "", path);
}

static void put_list(struct cord_buf *query, const char *path, const json_t *list)
{
    char member[PATH_BYTES];
    for (size_t i = 0; i < json_array_size(list); i++) {
        (void)snprintf(member, sizeof member, "%s[%zu]", path, i);
        put_equal(query, member, json_array_get(list, i));
    }
    (void)snprintf(member, sizeof member, "%s[%zu]", path, json_array_size(list));
    put_path(query, true, member);
    cord_buf_put_char(query, '*');
}

static void put_object(struct cord_buf *query, const char *path, json_t *object)
{
    char member[PATH_BYTES];
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        (void)snprintf(member, sizeof member, "%s.%s", path, key);
        put_equal(query, member, value);
    }
}

static void put_scalar(struct cord_buf *query, const char *path, const json_t *value)
{
    put_path(query, json_is_null(value), path);
    if (json_is_string(value)) {
        put_text(query, (cord_str){json_string_value(value), json_string_length(value)});
    } else if (json_is_integer(value)) {
        cord_buf_printf(query, "%lld", (long long)json_integer_value(value));
    } else if (json_is_boolean(value)) {
        cord_buf_put_text(query, json_is_true(value) ? "true" : "false");
    } else {
        assert_true(json_is_null(value));
        cord_buf_put_char(query, '*');
    }
}

/* ".__len": of a list, or of a text. */
static void put_length(struct cord_buf *query, const char *path, json_int_t length)
{
    int len = (int)(strlen(path) - strlen(".__len"));
    cord_buf_printf(
        query, " (\".%.*s[%lld]\":* NOT \".%.*s[%lld]\":* OR \".%.*s\":/^(?s).{%lld}$/)", len, path,
        (long long)length - 1, len, path, (long long)length, len, path, (long long)length);
}

static void put_equal(struct cord_buf *query, const char *path, const json_t *value)
{
    if (cord_str_ends(cord_str_from(path), CORD_STR(".__len"))) {
        put_length(query, path, json_integer_value(value));
    } else if (json_is_array(value)) {
        put_list(query, path, value);
    } else if (json_is_object(value)) {
        put_object(query, path, json_incref((json_t *)(uintptr_t)value));
        json_decref((json_t *)(uintptr_t)value);
    } else {
        put_scalar(query, path, value);
    }
}

static void put_keys(struct cord_buf *query, bool negated, const json_t *keys)
{
    size_t count = json_is_array(keys) ? json_array_size(keys) : 1;
    for (size_t i = 0; i < count; i++) {
        const json_t *key = json_is_array(keys) ? json_array_get(keys, i) : keys;
        put_path(query, negated, json_string_value(key));
        cord_buf_put_char(query, '*');
    }
}

static void put_query(struct cord_buf *query, json_t *match)
{
    const char *key;
    json_t *value;
    json_object_foreach(match, key, value)
    {
        if (strcmp(key, "has-key") == 0 || strcmp(key, "not-has-key") == 0) {
            put_keys(query, key[0] == 'n', value);
        } else {
            put_equal(query, key, value);
        }
    }
}

static uint64_t count_rows(struct cord_rows *rows, cord_str text)
{
    struct cord_query *query = NULL;
    struct cord_error err = {""};
    uint64_t count = 0;
    if (cord_query_parse(text, &query, &err) != CORD_OK) {
        fail_msg("%.*s: %s", CORD_STR_ARG(text), err.text);
    }
    struct cord_query_match *match = cord_query_match_new(query);
    CHECK(match != NULL);
    cord_query_match_from(match, rows);
    for (size_t i = 0; i < cord_rows_count(rows); i++) {
        bool matches = false;
        CHECK(cord_query_match_row(match, i, &matches) == CORD_OK);
        count += matches ? 1 : 0;
    }
    CHECK_U64(cord_query_match_undecided(match), 0);
    cord_query_match_free(match);
    cord_query_free(query);
    return count;
}

static uint64_t count_block(struct cord_block *block, cord_str text)
{
    const struct cord_range range = {.from_ns = CORD_TIME_NONE, .to_ns = CORD_TIME_NONE};
    struct cord_query *query = NULL;
    struct cord_error err = {""};
    const uint64_t *rows = NULL;
    size_t count = 0;
    CHECK(cord_query_parse(text, &query, NULL) == CORD_OK);
    struct cord_block_search *search = cord_block_search_new(query, 1, cord_cpu_level_detect());
    CHECK(search != NULL);
    CHECK(cord_block_search_run(search, block, &range, &rows, &count, &err) == CORD_OK);
    CHECK_U64(cord_block_search_undecided(search), 0);
    cord_block_search_free(search);
    cord_query_free(query);
    return count;
}

static void close_eve(struct counts *counts)
{
    cord_block_close(counts->block);
    kit_block_done(&counts->packed);
    counts->block = NULL;
    counts->packed = (struct kit_block){0};
}

/* User names are packed apart, as they would be. */
static void pack_eve(struct counts *counts)
{
    uint32_t fields = cord_rows_field_count(counts->rows);
    bool *is_personal = calloc(fields + 1U, sizeof *is_personal);
    CHECK(is_personal != NULL);
    for (uint32_t i = 0; i < fields; i++) {
        size_t count = 0;
        cord_str name = cord_rows_names(counts->rows, i, &count)[0];
        is_personal[i] =
            cord_str_ends(name, CORD_STR("user")) || cord_str_ends(name, CORD_STR("_ip"));
    }
    kit_block_pack(&counts->packed, counts->rows, is_personal);
    cord_str personal = cord_buf_str(&counts->packed.personal);
    personal.ptr = personal.ptr ? personal.ptr : "";
    CHECK(cord_block_open(cord_buf_str(&counts->packed.body), personal, &counts->block, NULL) ==
          CORD_OK);
    free(is_personal);
}

/* Expectations of one log stand together. */
static void open_eve(struct counts *counts, const char *folder, const char *eve)
{
    char path[PATH_BYTES];
    if (strcmp(eve, counts->eve) == 0) {
        return;
    }
    (void)snprintf(counts->eve, sizeof counts->eve, "%s", eve);
    (void)snprintf(path, sizeof path, "%s/%s", folder, eve);
    cord_str text = kit_read_file(path);
    cord_rows_reset(counts->rows);
    kit_rows_add(counts->rows, cord_decoder_by_name(CORD_STR("json")), &origin, text);
    free((void *)(uintptr_t)text.ptr);
    close_eve(counts);
    pack_eve(counts);
}

static void check_line(struct counts *counts, const char *folder, cord_str line)
{
    struct cord_buf query;
    json_error_t error;
    json_t *check = json_loadb(line.ptr, line.len, JSON_ALLOW_NUL, &error);
    if (!check) {
        fail_msg("%s: %.*s", error.text, CORD_STR_ARG(line));
    }
    cord_buf_init(&query, QUERY_BYTES_MAX);
    open_eve(counts, folder, json_string_value(json_object_get(check, "eve")));
    put_query(&query, json_object_get(check, "match"));
    CHECK(!query.failed);
    uint64_t wanted = (uint64_t)json_integer_value(json_object_get(check, "count"));
    uint64_t got = count_rows(counts->rows, cord_buf_str(&query));
    uint64_t packed = count_block(counts->block, cord_buf_str(&query));
    counts->queries++;
    if (got != wanted || packed != wanted) {
        counts->wrong++;
        print_message("%s: wanted %llu, got %llu of rows and %llu of a block:%.*s\n", counts->eve,
                      (unsigned long long)wanted, (unsigned long long)got,
                      (unsigned long long)packed, CORD_STR_ARG(cord_buf_str(&query)));
    }
    cord_buf_done(&query);
    json_decref(check);
}

static void agrees_with_every_count_of_the_suricata_suite(void)
{
    char folder[PATH_BYTES];
    char path[PATH_BYTES];
    /* Skips without the data, before anything is made. */
    (void)snprintf(folder, sizeof folder, "%s", kit_shared_path("data/suricata-eve"));
    (void)snprintf(path, sizeof path, "%s", kit_shared_path("data/suricata-eve/checks.jsonl"));
    struct counts counts = {.rows = cord_rows_new(ROWS_BYTES_MAX, 1)};
    CHECK(counts.rows != NULL);
    cord_str text = kit_read_file(path);
    cord_str rest = text;
    cord_str line;
    while (cord_str_cut(&rest, '\n', &line)) {
        if (line.len > 0) {
            check_line(&counts, folder, line);
        }
    }
    print_message("%zu queries, %zu wrong\n", counts.queries, counts.wrong);
    CHECK_U64(counts.wrong, 0);
    CHECK(counts.queries > 1000);
    free((void *)(uintptr_t)text.ptr);
    close_eve(&counts);
    cord_rows_free(counts.rows);
}

KIT_MAIN(KIT_TEST(agrees_with_every_count_of_the_suricata_suite))
