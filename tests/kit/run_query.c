/* run_query.c: see run_query.h. */
#include "kit/run_query.h"

#include "base/timestamp.h"
#include "evidence/query_match.h"
#include "kit/kit.h"

#include <stdlib.h>

static void print_cell(const struct cord_tally_cell *cell, struct cord_buf *out)
{
    char time[CORD_TIMESTAMP_TEXT];
    char number[CORD_FIXED_TEXT];
    switch (cell->kind) {
    case CORD_TALLY_NONE:
        cord_buf_put_char(out, '-');
        break;
    case CORD_TALLY_TEXT:
        cord_buf_put(out, cell->text);
        break;
    case CORD_TALLY_COUNT:
        cord_buf_printf(out, "%llu", (unsigned long long)cell->count);
        break;
    case CORD_TALLY_TIME:
        cord_buf_put(out, cord_timestamp_format(cell->time_ns, time));
        break;
    case CORD_TALLY_NUMBER:
        cord_buf_put(out, cord_fixed_format(cell->number, number));
        break;
    }
}

void run_query_print(const struct cord_tally *tally, struct cord_buf *out)
{
    const struct cord_tally_table *table = cord_tally_result(tally);
    size_t count = 0;
    const struct cord_tally_event *events = cord_tally_events(tally, &count);
    for (size_t i = 0; i < count; i++) {
        cord_buf_put(out, cord_row_raw(cord_rows_at(events[i].rows, events[i].at)));
        cord_buf_put_char(out, '\n');
    }
    for (size_t i = 0; table && i < table->column_count; i++) {
        cord_buf_put_text(out, i > 0 ? "|" : "");
        cord_buf_put(out, table->titles[i]);
    }
    for (size_t row = 0; table && row < table->row_count; row++) {
        cord_buf_put_char(out, '\n');
        for (size_t i = 0; i < table->column_count; i++) {
            cord_buf_put_text(out, i > 0 ? "|" : "");
            print_cell(&table->rows[row][i], out);
        }
    }
}

static void feed(const struct cord_query *query, const struct cord_rows *rows,
                 struct cord_tally **tallies, size_t parts)
{
    struct cord_query_match *match = cord_query_match_new(query);
    assert_non_null(match);
    cord_query_match_from(match, rows);
    for (size_t i = 0; i < cord_rows_count(rows); i++) {
        bool matches = false;
        assert_true(cord_query_match_row(match, i, &matches) == CORD_OK);
        if (matches) {
            assert_true(cord_tally_add(tallies[i % parts], i) == CORD_OK);
        }
    }
    cord_query_match_free(match);
}

struct cord_tally_stats run_query(const struct cord_query *query, const struct cord_rows *rows,
                                  const struct cord_tally_options *options, size_t parts,
                                  struct cord_buf *out)
{
    struct cord_tally **tallies = calloc(parts, sizeof(*tallies));
    assert_non_null(tallies);
    for (size_t i = 0; i < parts; i++) {
        tallies[i] = cord_tally_new(query, options);
        assert_non_null(tallies[i]);
        cord_tally_from(tallies[i], rows);
    }
    feed(query, rows, tallies, parts);
    for (size_t i = 1; i < parts; i++) {
        assert_true(cord_tally_merge(tallies[0], tallies[i]) == CORD_OK);
    }
    assert_true(cord_tally_finish(tallies[0]) == CORD_OK);
    run_query_print(tallies[0], out);
    struct cord_tally_stats stats = cord_tally_stats(tallies[0]);
    for (size_t i = 0; i < parts; i++) {
        cord_tally_free(tallies[i]);
    }
    free(tallies);
    return stats;
}
