/* test_search_data.c: real logs of several kinds, by columns and row by row. */
#include "evidence/block_search.h"
#include "evidence/query_match.h"
#include "kit/kit.h"
#include "kit/kit_block.h"
#include "kit/kit_rows.h"

#include "ingest/walk.h"

#include <stdlib.h>

enum { FILE_BYTES_MAX = 2 << 20, FILES = 5 };

static const char *const queries[] = {"powershell",
                                      "'C:\\Windows'",
                                      "\\system32\\",
                                      "sysTEM32",
                                      "'\"EventID\":4688'",
                                      "EventID:4688",
                                      "EventID:>4000",
                                      "NOT a",
                                      "10.0.0.0/8",
                                      "1",
                                      "e",
                                      "src_ip:*",
                                      "dest_port:[1 TO 1024]",
                                      "Image:*\\\\cmd.exe",
                                      "/[a-f0-9]{32}/",
                                      "http",
                                      "'GET /'",
                                      "user:*",
                                      "host:*",
                                      "Message:*logon*",
                                      "alert.signature:*",
                                      "\"\\r\\n\"",
                                      "'=' AND ':'",
                                      "admin OR root",
                                      "sshd: AND failed",
                                      "'Account Name'",
                                      "'ccount name:\t'",
                                      "proto:tcp NOT dest_port:443",
                                      "class:*windows*",
                                      "format:json",
                                      "'\xc3\xa9'",
                                      "/^\\{/",
                                      "k",
                                      "'s k'",
                                      "timestamp:2",
                                      "raw:*error*",
                                      "*ser*ame*",
                                      "id.orig_h:*",
                                      "service:dns"};

static void compare(const char *text, struct cord_block *block, const struct cord_rows *rows)
{
    const struct cord_range range = {.from_ns = CORD_TIME_NONE, .to_ns = CORD_TIME_NONE};
    struct cord_query *query = NULL;
    struct cord_error err = {""};
    const uint64_t *found = NULL;
    size_t count = 0;
    if (cord_query_parse(cord_str_from(text), &query, &err) != CORD_OK) {
        fail_msg("%s: %s", text, err.text);
    }
    struct cord_query_match *match = cord_query_match_new(query);
    struct cord_block_search *search = cord_block_search_new(query, 1, cord_cpu_level_detect());
    CHECK(match && search);
    CHECK(cord_block_search_run(search, block, &range, &found, &count, &err) == CORD_OK);
    cord_query_match_from(match, rows);
    for (size_t i = 0; i < cord_rows_count(rows); i++) {
        bool matches = false;
        CHECK(cord_query_match_row(match, i, &matches) == CORD_OK);
        if (matches != ((found[i / 64] >> (i % 64) & 1) != 0)) {
            fail_msg("%s: by rows %d: %.*s", text, (int)matches,
                     CORD_STR_ARG(cord_row_raw(cord_rows_at(rows, i))));
        }
    }
    cord_block_search_free(search);
    cord_query_match_free(match);
    cord_query_free(query);
}

/* The first records of the file; with user names and addresses packed apart, and expired. */
static void search_file(cord_str name, const char *path, size_t *ret_rows)
{
    static const struct kit_rows_origin origin = {
        .organisation = {"RJ1", 3}, .source = {"log", 3}, .received_ns = 1};
    struct cord_rows *rows = cord_rows_new(1 << 28, 1);
    cord_str text = kit_read_file(path);
    cord_str part = text;
    if (part.len > FILE_BYTES_MAX) {
        part = cord_str_slice(part, 0, FILE_BYTES_MAX);
        while (part.len > 0 && part.ptr[part.len - 1] != '\n') {
            part.len--;
        }
    }
    (void)name;
    CHECK(rows != NULL);
    kit_rows_add(rows, NULL, &origin, part);
    free((void *)(uintptr_t)text.ptr);
    uint32_t fields = cord_rows_field_count(rows);
    bool *is_personal = calloc(fields + 1U, sizeof *is_personal);
    CHECK(is_personal != NULL);
    for (uint32_t i = 0; i < fields; i++) {
        is_personal[i] = i % 7 == 3;
    }
    for (int expired = 0; expired < 2 && cord_rows_count(rows) > 0; expired++) {
        struct kit_block packed = {0};
        struct cord_block *block = NULL;
        kit_block_pack(&packed, rows, is_personal);
        cord_str personal = cord_buf_str(&packed.personal);
        personal.ptr = expired ? NULL : personal.ptr ? personal.ptr : "";
        CHECK(cord_block_open(cord_buf_str(&packed.body), personal, &block, NULL) == CORD_OK);
        struct cord_rows *again = kit_block_unpack(cord_buf_str(&packed.body), personal, NULL);
        CHECK(again != NULL);
        for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
            compare(queries[i], block, again);
        }
        cord_rows_free(again);
        cord_block_close(block);
        kit_block_done(&packed);
    }
    *ret_rows += cord_rows_count(rows);
    free(is_personal);
    cord_rows_free(rows);
}

static void real_logs_are_searched_alike_by_columns_and_by_rows(void)
{
    static const char *const folders[] = {"data/host-and-app-logs", "data/windows-json-otrf",
                                          "data/suricata-eve", "data/zeek-logs",
                                          "data/syslog-vendors"};
    size_t rows = 0;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        struct cord_walk *walk = NULL;
        const char *const path = kit_shared_path(folders[i]);
        CHECK(cord_walk_new(&path, 1, &walk, NULL) == CORD_OK);
        size_t step = cord_walk_count(walk) / FILES + 1;
        for (size_t at = step / 2; at < cord_walk_count(walk); at += step) {
            const struct cord_walk_item *item = cord_walk_item(walk, at);
            if (!item->zip && item->bytes < ((uint64_t)64 << 20)) {
                search_file(item->name, item->path, &rows);
            }
        }
        cord_walk_free(walk);
    }
    print_message("%zu rows\n", rows);
    CHECK(rows > 1000);
}

KIT_MAIN(KIT_TEST(real_logs_are_searched_alike_by_columns_and_by_rows))
