/*
 * fuzz_block_rows.c: any rows come back from a block as they were; and once the
 * personal part is gone, what personal fields said is nowhere left as a word.
 * What a row holds, its filter never denies.
 */
#include "kit/kit_block.h"

#include "codec/json_unescape.h"
#include "evidence/block_filter.h"
#include "evidence/block_names.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIELDS = 8, ORIGINS = 3, ROWS_MAX = 200, SPANS_MAX = 40 };

struct source {
    const uint8_t *data;
    size_t len;
};

static unsigned take(struct source *source)
{
    if (source->len == 0) {
        return 0;
    }
    source->len--;
    return *source->data++;
}

static struct cord_rows *make_rows(void)
{
    struct cord_rows *rows = cord_rows_new(1 << 26, 5);
    assert(rows);
    for (unsigned i = 0; i < ORIGINS; i++) {
        uint32_t number;
        struct cord_origin origin = {.organisation = CORD_STR("A"),
                                     .source = cord_str_slice(CORD_STR("fw-1"), 0, i + 1)};
        cord_status status = cord_rows_origin(rows, &origin, &number);
        assert(status == CORD_OK);
    }
    for (unsigned i = 0; i < FIELDS; i++) {
        uint32_t number;
        cord_str names[2] = {cord_str_slice(CORD_STR("abcdefgh"), i, 1), CORD_STR("alias")};
        cord_status status = cord_rows_field(rows, names, 1 + i % 2, &number);
        assert(status == CORD_OK);
    }
    return rows;
}

/* Mostly stretches that stand in order, as readers yield them; sometimes any. */
static uint32_t make_spans(struct source *source, uint32_t text_len, struct cord_span *spans)
{
    uint32_t count = take(source) % SPANS_MAX;
    uint32_t cursor = 0;
    for (uint32_t i = 0; i < count; i++) {
        unsigned what = take(source);
        uint32_t at = what & 8 ? take(source) : cursor + take(source) % 8;
        uint32_t len = take(source) % 32;
        at = at < text_len ? at : text_len;
        len = len < text_len - at ? len : text_len - at;
        spans[i] = (struct cord_span){.at = at,
                                      .len = len,
                                      .field = what % FIELDS,
                                      .kind = (what >> 4) & 3U,
                                      .flags = (what >> 4) & 15U};
        cursor = at + len;
    }
    return count;
}

static void add_row(struct cord_rows *rows, struct source *source)
{
    struct cord_span spans[SPANS_MAX];
    unsigned what = take(source);
    size_t text_len = take(source) % 240;
    text_len = text_len < source->len ? text_len : source->len;
    struct cord_row row = {
        .sequence = cord_rows_count(rows) * 3 + what,
        .time_ns = what & 1 ? CORD_TIME_NONE : (int64_t)what << (what % 50),
        .received_ns = (int64_t)cord_rows_count(rows) * 1000,
        .origin = what % ORIGINS,
        .text = {(const char *)source->data, text_len},
        .spans = spans,
    };
    source->data += text_len;
    source->len -= text_len;
    row.raw_len = (uint32_t)text_len - (uint32_t)(what & 16 ? take(source) % (text_len + 1) : 0);
    row.span_count = make_spans(source, (uint32_t)text_len, spans);
    for (size_t i = 0; i < CORD_ROLE_COUNT; i++) {
        row.role[i] = CORD_VALUE_NONE;
    }
    if (row.span_count > 0) {
        row.role[CORD_ROLE_MESSAGE] = (uint16_t)(what % row.span_count);
    }
    cord_status status = cord_rows_add(rows, &row);
    assert(status == CORD_OK);
}

/* The last row again with some bytes put in, or others in their place: most rows
 * are like one before. */
static void add_alike(struct cord_rows *rows, struct source *source)
{
    char text[1024];
    struct cord_span spans[SPANS_MAX];
    struct cord_row row = *cord_rows_at(rows, cord_rows_count(rows) - 1);
    size_t more = take(source) % 8;
    uint32_t at = row.text.len > 0 ? take(source) % (uint32_t)row.text.len : 0;
    more = more < source->len ? more : source->len;
    if (row.text.len + more > sizeof text) {
        return;
    }
    bool instead = (take(source) & 1) != 0 && more <= row.text.len - at && more <= source->len;
    more = more < source->len ? more : source->len;
    size_t rest = instead ? at + more : at;
    memcpy(text, row.text.ptr ? row.text.ptr : text, at);
    memcpy(text + at, source->data, more);
    memcpy(text + at + more, row.text.ptr ? row.text.ptr + rest : text, row.text.len - rest);
    source->data += more;
    source->len -= more;
    uint32_t grown = instead ? 0 : (uint32_t)more;
    for (uint32_t i = 0; i < row.span_count; i++) {
        spans[i] = row.spans[i];
        spans[i].len += spans[i].at <= at && spans[i].at + spans[i].len > at ? grown : 0;
        spans[i].at += spans[i].at > at ? grown : 0;
    }
    row.raw_len += row.raw_len > at ? grown : 0;
    row.text = (cord_str){text, row.text.len + grown};
    row.spans = spans;
    cord_status status = cord_rows_add(rows, &row);
    assert(status == CORD_OK);
}

static bool is_inside_word(char c)
{
    char low = cord_str_lower_char(c);
    return (low >= 'a' && low <= 'z') || cord_str_is_digit(c) || (unsigned char)c >= 0x80;
}

/* As a word, in either case; what touches a mark may have been part of a longer one. */
static bool tells_word(cord_str text, cord_str value)
{
    for (size_t at = 0; at + value.len <= text.len; at++) {
        size_t end = at + value.len;
        if (cord_str_eq_fold(cord_str_slice(text, at, value.len), value) &&
            (at == 0 || (!is_inside_word(text.ptr[at - 1]) && text.ptr[at - 1] != ']')) &&
            (end == text.len || (!is_inside_word(text.ptr[end]) && text.ptr[end] != '['))) {
            return true;
        }
    }
    return false;
}

/* What fields are called is no name. */
static bool is_field(cord_str value)
{
    for (size_t at = 0; at < value.len; at++) {
        if (cord_str_starts_fold(cord_str_from_byte(value, at), CORD_STR("alias"))) {
            return true;
        }
    }
    return false;
}

static bool is_told(struct cord_block_names *names, cord_str text, cord_str value)
{
    enum cord_block_names_kind kind;
    cord_status status = cord_block_names_add(names, value, &kind);
    assert(status == CORD_OK);
    return kind == CORD_BLOCK_NAMES_WHOLE  ? kit_block_tells(text, value)
           : kind == CORD_BLOCK_NAMES_WORD ? tells_word(text, value)
                                           : false;
}

/* In raw, and in each value: those behind raw only happen to stand side by side. */
static void check_told_nowhere(struct cord_block_names *names, const struct cord_row *row,
                               cord_str value)
{
    assert(!is_told(names, cord_row_raw(row), value));
    for (uint32_t i = 0; i < row->span_count; i++) {
        if (row->spans[i].at >= row->raw_len) {
            assert(!is_told(names, cord_row_value(row, &row->spans[i]), value));
        }
    }
}

static void check_expired(const struct cord_rows *rows, const struct cord_rows *expired,
                          const bool *is_personal)
{
    const cord_str mark = CORD_STR(CORD_BLOCK_EXPIRED);
    struct cord_block_names names;
    cord_status status = cord_block_names_init(&names, 1);
    assert(status == CORD_OK);
    for (size_t i = 0; i < cord_rows_count(rows); i++) {
        const struct cord_row *row = cord_rows_at(rows, i);
        const struct cord_row *left = cord_rows_at(expired, i);
        assert(left->span_count == row->span_count && left->sequence == row->sequence);
        for (uint32_t s = 0; s < row->span_count; s++) {
            cord_str value = cord_row_value(row, &row->spans[s]);
            cord_str now = cord_row_value(left, &left->spans[s]);
            if (!is_personal[row->spans[s].field]) {
                continue;
            }
            assert(value.len == 0 || cord_str_find(now, mark, 0) != SIZE_MAX);
            if (value.len >= 3 && cord_str_find(value, mark, 0) == SIZE_MAX &&
                row->spans[s].kind < CORD_VALUE_TRUE && !is_field(value)) {
                check_told_nowhere(&names, left, value);
            }
        }
    }
    cord_block_names_done(&names);
}

struct filters {
    struct cord_block_filter all;
    struct cord_block_filter personal;
    bool has_personal;
    bool expired;
};

static void check_held(const struct filters *filters, cord_str text, bool whole)
{
    struct cord_block_filter_query *query = cord_block_filter_query_new(text, whole);
    assert(query);
    assert(filters->expired
               ? cord_block_filter_may_be_left(&filters->all, query)
               : cord_block_filter_may_hold(
                     &filters->all, filters->has_personal ? &filters->personal : NULL, query));
    cord_block_filter_query_free(query);
}

/* Of each row some stretches, and of each value all, as it is and unescaped. */
static void check_filter(const struct filters *filters, const struct cord_rows *rows)
{
    for (size_t i = 0; i < cord_rows_count(rows); i++) {
        const struct cord_row *row = cord_rows_at(rows, i);
        for (size_t at = 0; at < row->raw_len; at += 3) {
            check_held(filters, cord_str_slice(cord_row_raw(row), at, 5 + (at + i) % 40), false);
        }
        for (uint32_t s = 0; s < row->span_count; s++) {
            char plain[1 << 14];
            cord_str value = cord_row_value(row, &row->spans[s]);
            check_held(filters, value, false);
            if (row->spans[s].flags & CORD_VALUE_ESCAPED && value.len <= sizeof plain) {
                value = (cord_str){plain, cord_json_unescape(value, plain)};
            }
            check_held(filters, value, true);
            check_held(filters, cord_str_slice(value, 1, 20), false);
        }
    }
}

static void open_filters(struct filters *filters, const struct kit_block *block, bool expired)
{
    *filters = (struct filters){.expired = expired};
    cord_status status = cord_block_filter_open(cord_buf_str(&block->filter), &filters->all, NULL);
    assert(status == CORD_OK);
    filters->has_personal = !expired && block->personal.len > 0;
    if (filters->has_personal) {
        status = cord_block_filter_open_personal(cord_buf_str(&block->personal), &filters->personal,
                                                 NULL);
        assert(status == CORD_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source source = {data, size};
    struct cord_error err = {""};
    struct kit_block block = {0};
    bool is_personal[FIELDS];
    struct cord_rows *rows = make_rows();
    unsigned personal = take(&source);
    for (unsigned i = 0; i < FIELDS; i++) {
        is_personal[i] = (personal >> i & 1) != 0;
    }
    do {
        add_row(rows, &source);
        for (unsigned again = take(&source) % 4; again > 0; again--) {
            add_alike(rows, &source);
        }
    } while (source.len > 0 && cord_rows_count(rows) < ROWS_MAX);
    kit_block_pack(&block, rows, is_personal);
    struct cord_rows *back =
        kit_block_unpack(cord_buf_str(&block.body), cord_buf_str(&block.personal), &err);
    assert(back);
    const char *difference = kit_block_compare(rows, back);
    if (difference) {
        (void)fprintf(stderr, "%s\n", difference);
        abort();
    }
    cord_rows_free(back);
    struct filters filters;
    open_filters(&filters, &block, false);
    check_filter(&filters, rows);
    back = kit_block_unpack(cord_buf_str(&block.body), (cord_str){NULL, 0}, &err);
    assert(back);
    open_filters(&filters, &block, true);
    check_filter(&filters, back);
    check_expired(rows, back, is_personal);
    cord_rows_free(back);
    cord_rows_free(rows);
    kit_block_done(&block);
    return 0;
}
