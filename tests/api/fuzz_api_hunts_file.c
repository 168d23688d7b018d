/*
 * fuzz_api_hunts_file.c: rows of anybody's making as a file. The first byte says the form; a
 * line feed ends a row. Whatever comes: nothing that is one person's number stays, and no cell of
 * CSV begins a formula.
 */
#include "api/api_hunts_file.h"
#include "base/timestamp.h"
#include "normalise/personal_number.h"

#include <assert.h>

enum { ROWS_MAX = 64, BYTES_MAX = 1 << 20 };

static void check_cells(cord_str text)
{
    bool inside = false;
    for (size_t i = 0; i + 1 < text.len; i++) {
        char next = text.ptr[i + 1];
        if (text.ptr[i] != '"') {
            continue;
        }
        if (inside && next == '"') {
            i++; /* a quote of the cell's own: it begins none */
            continue;
        }
        inside = !inside;
        assert(!inside || (next != '=' && next != '@'));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t ends[ROWS_MAX];
    size_t count = 0;
    struct cord_buf rows;
    struct cord_buf out;
    struct cord_personal_number number;
    if (size < 1 || size > 4096) {
        return 0;
    }
    cord_buf_init(&rows, BYTES_MAX);
    cord_buf_init(&out, BYTES_MAX);
    for (size_t i = 1; i < size && count < ROWS_MAX; i++) {
        if (data[i] == '\n') {
            ends[count++] = rows.len;
        } else {
            cord_buf_put_char(&rows, (char)data[i]);
        }
    }
    const struct cord_api_hunts_kept kept = {.query = CORD_STR("*"),
                                             .organisation = CORD_STR(""),
                                             .source = CORD_STR(""),
                                             .state = "done",
                                             .from_ns = CORD_TIME_NONE,
                                             .to_ns = CORD_TIME_NONE,
                                             .created_ns = CORD_TIME_NONE,
                                             .ended_ns = CORD_TIME_NONE,
                                             .rows = cord_buf_str(&rows),
                                             .ends = ends,
                                             .row_count = count};
    const struct cord_api_hunts_file file = {.kept = &kept,
                                             .csv = data[0] % 2 == 1,
                                             .marking = CORD_STR("TLP:AMBER"),
                                             .who = CORD_STR("user:1"),
                                             .who_name = CORD_STR("Ana"),
                                             .reason = CORD_STR("why"),
                                             .exercise = CORD_STR(""),
                                             .now_ns = CORD_TIME_NONE};
    cord_status status = cord_api_hunts_file_write(&file, BYTES_MAX, &out);
    assert(status == CORD_OK || status == CORD_E_FORMAT || status == CORD_E_LIMIT);
    if (status == CORD_OK && file.csv) {
        check_cells(cord_buf_str(&out));
        /* In CSV every string has lost its escapes: what is left is what a person reads. */
        assert(!cord_personal_number_find(cord_buf_str(&out), 0, &number));
    }
    cord_buf_done(&rows);
    cord_buf_done(&out);
    return 0;
}
