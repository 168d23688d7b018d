/* record_shelf.c: see record_shelf.h. */
#include "record/record_shelf.h"

#include "base/timestamp.h"

#include <endian.h>
#include <stdlib.h>

/* So that no second is below 0. */
#define SECONDS_BEFORE INT64_C(9223372038)
#define DAY_SECONDS    INT64_C(86400)
#define DAYS_BEFORE    INT64_C(106752) /* as many, rounded up */

enum { ROW_BYTES_MAX = 1 << 20, TOPIC_SHIFT = 40, WHICH_SHIFT = 37, LEVEL_SHIFT = 34 };

/* Bits of a second that a bucket of each level has: 4.5 hours, 12 days, 194 days, 8 years, 136
 * years, all time. */
static const unsigned char shifts[CORD_RECORD_SHELF_LEVELS] = {14, 20, 24, 28, 32, 36};

enum statement { FIND, ADD, SET, DROP, DROP_LINE, STATEMENTS };

static const enum cord_record_statement statement_texts[STATEMENTS] = {
    [FIND] = CORD_RECORD_SHELF_FIND,
    [ADD] = CORD_RECORD_SHELF_ADD,
    [SET] = CORD_RECORD_SHELF_SET,
    [DROP] = CORD_RECORD_SHELF_DROP,
    [DROP_LINE] = CORD_RECORD_SHELF_DROP_LINE,
};

struct cord_record_shelf {
    struct cord_sql_statement *statements[STATEMENTS];
    struct cord_buf row;
    struct cord_buf next; /* what a full row gives away */
};

/* --- places --- */

static int64_t floor_to(int64_t value, int64_t unit)
{
    return value / unit - (value % unit < 0);
}

static int64_t second_of(int64_t time_ns)
{
    return floor_to(time_ns, CORD_SECOND_NS) + SECONDS_BEFORE;
}

unsigned cord_record_shelf_base(const char *topic)
{
    return cord_str_eq(cord_str_from(topic), CORD_STR("heartbeat")) ? 0 : 1;
}

int64_t cord_record_shelf_bucket(unsigned level, int64_t time_ns)
{
    return second_of(time_ns) >> shifts[level];
}

int64_t cord_record_shelf_begin(unsigned level, int64_t bucket)
{
    int64_t second = (int64_t)((uint64_t)bucket << shifts[level]);
    return second <= 1 || second > SECONDS_BEFORE + INT64_MAX / CORD_SECOND_NS
               ? INT64_MIN
               : (second - SECONDS_BEFORE) * CORD_SECOND_NS;
}

int64_t cord_record_shelf_day(int64_t time_ns)
{
    return floor_to(floor_to(time_ns, CORD_SECOND_NS), DAY_SECONDS) + DAYS_BEFORE;
}

int64_t cord_record_shelf_place(int64_t topic, enum cord_record_shelf_which which, unsigned level,
                                int64_t bucket)
{
    return topic << TOPIC_SHIFT | (int64_t)which << WHICH_SHIFT | (int64_t)level << LEVEL_SHIFT |
           bucket;
}

int64_t cord_record_shelf_bucket_of(int64_t place)
{
    return place & ((INT64_C(1) << LEVEL_SHIFT) - 1);
}

/* Buckets of one shelf, from one to another. */
struct places {
    int64_t first;
    int64_t count;
};

static struct places places_over(const struct cord_record_shelf_line *line,
                                 enum cord_record_shelf_which which, int64_t from_ns, int64_t to_ns)
{
    unsigned level = line->base;
    int64_t first = cord_record_shelf_bucket(level, from_ns);
    int64_t last = cord_record_shelf_bucket(level, to_ns - 1);
    while (last - first >= (int64_t)CORD_RECORD_SHELF_COPIES) {
        level++; /* of the last one there is only one bucket */
        first = cord_record_shelf_bucket(level, from_ns);
        last = cord_record_shelf_bucket(level, to_ns - 1);
    }
    return (struct places){cord_record_shelf_place(line->topic, which, level, first),
                           last - first + 1};
}

static struct places places_of(const struct cord_record_shelf_line *line,
                               const struct cord_record_span *span)
{
    if (span->valid_to_ns != CORD_RECORD_OPEN_NS) {
        return places_over(line, CORD_RECORD_SHELF_VALID, span->valid_from_ns, span->valid_to_ns);
    }
    if (span->known_to_ns != CORD_RECORD_OPEN_NS) {
        return places_over(line, CORD_RECORD_SHELF_KNOWN, span->known_from_ns, span->known_to_ns);
    }
    int64_t bucket = cord_record_shelf_bucket(CORD_RECORD_SHELF_NOW_LEVEL, span->valid_from_ns);
    return (struct places){cord_record_shelf_place(line->topic, CORD_RECORD_SHELF_NOW,
                                                   CORD_RECORD_SHELF_NOW_LEVEL, bucket),
                           1};
}

static int64_t place_of_day(const struct cord_record_shelf_line *line)
{
    return cord_record_shelf_place(line->topic, CORD_RECORD_SHELF_DAY, 0, line->day);
}

/* --- rows --- */

enum { VALID_FROM = 0, VALID_TO = 8, KNOWN_FROM = 16, KNOWN_TO = 24, CLAIM = 32, BASIS = 40 };
enum { ROW_PLACE = 0, ROW_LINE = 8, ROW_HEAD = 16 };
enum { CONFIDENCE = 41, STATE_LEN = 42, AMOUNT_LEN = 44, UNIT_LEN = 46 };

static void write_le(char *at, uint64_t number, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        at[i] = (char)(unsigned char)(number >> 8 * i);
    }
}

static inline uint64_t read_64(const char *at)
{
    uint64_t number;
    memcpy(&number, at, sizeof number);
    return le64toh(number);
}

static inline size_t read_16(const char *at)
{
    uint16_t number;
    memcpy(&number, at, sizeof number);
    return le16toh(number);
}

static char *put_text(char *at, cord_str text)
{
    if (text.len > 0) {
        memcpy(at, text.ptr, text.len);
    }
    return at + text.len;
}

bool cord_record_shelf_pack(const struct cord_record_span *span, struct cord_buf *row)
{
    size_t texts = span->state.len + span->amount.len + span->unit.len;
    if (span->state.len > UINT16_MAX || span->amount.len > UINT16_MAX ||
        span->unit.len > UINT16_MAX) {
        return false;
    }
    char *at = cord_buf_reserve(row, CORD_RECORD_SPAN_BYTES + texts);
    if (!at) {
        return false;
    }
    write_le(at + VALID_FROM, (uint64_t)span->valid_from_ns, 8);
    write_le(at + VALID_TO, (uint64_t)span->valid_to_ns, 8);
    write_le(at + KNOWN_FROM, (uint64_t)span->known_from_ns, 8);
    write_le(at + KNOWN_TO, (uint64_t)span->known_to_ns, 8);
    write_le(at + CLAIM, span->claim, 8);
    write_le(at + BASIS, span->basis, 1);
    write_le(at + CONFIDENCE, span->confidence, 1);
    write_le(at + STATE_LEN, span->state.len, 2);
    write_le(at + AMOUNT_LEN, span->amount.len, 2);
    write_le(at + UNIT_LEN, span->unit.len, 2);
    at = put_text(at + CORD_RECORD_SPAN_BYTES, span->state);
    (void)put_text(put_text(at, span->amount), span->unit);
    row->len += CORD_RECORD_SPAN_BYTES + texts;
    return true;
}

/* Of the first span, with its texts; 0: the row is damaged. */
static inline size_t len_of(cord_str row)
{
    if (row.len < CORD_RECORD_SPAN_BYTES) {
        return 0;
    }
    size_t len = CORD_RECORD_SPAN_BYTES + read_16(row.ptr + STATE_LEN) +
                 read_16(row.ptr + AMOUNT_LEN) + read_16(row.ptr + UNIT_LEN);
    return len <= row.len ? len : 0;
}

bool cord_record_shelf_open(cord_str *row, int64_t *ret_place, int64_t *ret_line)
{
    if (row->len < ROW_HEAD) {
        return false;
    }
    *ret_place = (int64_t)read_64(row->ptr + ROW_PLACE);
    *ret_line = (int64_t)read_64(row->ptr + ROW_LINE);
    *row = (cord_str){row->ptr + ROW_HEAD, row->len - ROW_HEAD};
    return true;
}

cord_status cord_record_shelf_next(cord_str *row, struct cord_record_span *ret_span)
{
    size_t len = len_of(*row);
    const char *at = row->ptr;
    if (len == 0) {
        return row->len == 0 ? CORD_E_END : CORD_E_FORMAT;
    }
    const char *texts = at + CORD_RECORD_SPAN_BYTES;
    size_t state = read_16(at + STATE_LEN);
    size_t amount = read_16(at + AMOUNT_LEN);
    *ret_span = (struct cord_record_span){
        .valid_from_ns = (int64_t)read_64(at + VALID_FROM),
        .valid_to_ns = (int64_t)read_64(at + VALID_TO),
        .known_from_ns = (int64_t)read_64(at + KNOWN_FROM),
        .known_to_ns = (int64_t)read_64(at + KNOWN_TO),
        .claim = read_64(at + CLAIM),
        .state = {texts, state},
        .amount = {texts + state, amount},
        .unit = {texts + state + amount, read_16(at + UNIT_LEN)},
        .basis = (unsigned char)at[BASIS],
        .confidence = (unsigned char)at[CONFIDENCE],
    };
    *row = (cord_str){at + len, row->len - len};
    return CORD_OK;
}

cord_status cord_record_shelf_next_times(cord_str *row, struct cord_record_times *ret_times,
                                         cord_str *ret_packed)
{
    size_t len = len_of(*row);
    const char *at = row->ptr;
    if (len == 0) {
        return row->len == 0 ? CORD_E_END : CORD_E_FORMAT;
    }
    *ret_times = (struct cord_record_times){
        .valid_from_ns = (int64_t)read_64(at + VALID_FROM),
        .valid_to_ns = (int64_t)read_64(at + VALID_TO),
        .known_from_ns = (int64_t)read_64(at + KNOWN_FROM),
        .known_to_ns = (int64_t)read_64(at + KNOWN_TO),
    };
    *ret_packed = (cord_str){at, len};
    *row = (cord_str){at + len, row->len - len};
    return CORD_OK;
}

/* --- life --- */

cord_status cord_record_shelf_new(struct cord_sql *sql, const char *schema,
                                  struct cord_record_shelf **ret_shelf, struct cord_error *err)
{
    struct cord_record_shelf *shelf = calloc(1, sizeof *shelf);
    cord_status status = CORD_OK;
    if (!shelf) {
        return CORD_E_NOMEM;
    }
    cord_buf_init(&shelf->row, ROW_BYTES_MAX);
    cord_buf_init(&shelf->next, ROW_BYTES_MAX);
    for (size_t i = 0; status == CORD_OK && i < STATEMENTS; i++) {
        status =
            cord_record_sql_prepare(sql, schema, statement_texts[i], &shelf->statements[i], err);
    }
    if (status != CORD_OK) {
        cord_record_shelf_free(shelf);
        return status;
    }
    *ret_shelf = shelf;
    return CORD_OK;
}

void cord_record_shelf_free(struct cord_record_shelf *shelf)
{
    if (!shelf) {
        return;
    }
    for (size_t i = 0; i < STATEMENTS; i++) {
        cord_sql_free(shelf->statements[i]);
    }
    cord_buf_done(&shelf->row);
    cord_buf_done(&shelf->next);
    free(shelf);
}

/* --- one row --- */

/* Which row: the first of its line has the least of all keys. */
struct key {
    int64_t place, line;
    int64_t from_ns, known_ns;
};

static void bind_key(struct cord_sql_statement *statement, const struct key *key)
{
    cord_sql_bind(statement, 1, key->place);
    cord_sql_bind(statement, 2, key->line);
    cord_sql_bind(statement, 3, key->from_ns);
    cord_sql_bind(statement, 4, key->known_ns);
}

static cord_status write_row(struct cord_record_shelf *shelf, enum statement which,
                             const struct key *key, cord_str row, struct cord_error *err)
{
    struct cord_sql_statement *write = shelf->statements[which];
    bind_key(write, key);
    cord_sql_bind_bytes(write, 5, row);
    return cord_sql_run(write, err);
}

static cord_status out_of_memory(struct cord_error *err)
{
    return cord_error_set(err, CORD_E_NOMEM, "out of memory");
}

static cord_status damaged(struct cord_error *err)
{
    return cord_error_set(err, CORD_E_FORMAT, "the views are damaged: rebuild them");
}

/* The row that has the span, or would have it: into shelf->row, and the rest of its key into *key,
 * whose times are the span's. CORD_E_END: there is none. */
static cord_status find_row(struct cord_record_shelf *shelf, struct key *key,
                            struct cord_error *err)
{
    struct cord_sql_statement *find = shelf->statements[FIND];
    bind_key(find, key);
    cord_status status = cord_sql_step(find, err);
    if (status != CORD_OK) {
        return status;
    }
    key->from_ns = cord_sql_column(find, 0);
    key->known_ns = cord_sql_column(find, 1);
    cord_buf_clear(&shelf->row);
    cord_buf_put(&shelf->row, cord_sql_column_text(find, 2));
    cord_sql_reset(find);
    return shelf->row.failed || shelf->row.len < ROW_HEAD ? damaged(err) : CORD_OK;
}

static void begin_row(struct cord_buf *row, const struct key *key)
{
    cord_buf_clear(row);
    char *at = cord_buf_reserve(row, ROW_HEAD);
    if (at) {
        write_le(at + ROW_PLACE, (uint64_t)key->place, 8);
        write_le(at + ROW_LINE, (uint64_t)key->line, 8);
        row->len += ROW_HEAD;
    }
}

/* A row that was not there. */
static cord_status add_row(struct cord_record_shelf *shelf, const struct key *key,
                           const struct cord_record_span *span, struct cord_error *err)
{
    begin_row(&shelf->row, key);
    return cord_record_shelf_pack(span, &shelf->row)
               ? write_row(shelf, ADD, key, cord_buf_str(&shelf->row), err)
               : out_of_memory(err);
}

static int compare(const struct cord_record_span *a, const struct cord_record_span *b)
{
    if (a->valid_from_ns != b->valid_from_ns) {
        return a->valid_from_ns < b->valid_from_ns ? -1 : 1;
    }
    return a->known_from_ns < b->known_from_ns ? -1 : a->known_from_ns > b->known_from_ns;
}

/* Where it lies in shelf->row, or is to lie. */
struct spot {
    size_t at, end; /* end: of what is there; at when it is not */
};

static cord_status find_spot(const struct cord_record_shelf *shelf,
                             const struct cord_record_span *span, struct spot *ret_spot,
                             struct cord_error *err)
{
    cord_str rest = cord_str_from_byte(cord_buf_str(&shelf->row), ROW_HEAD);
    struct cord_record_span there;
    cord_status status;
    struct spot spot = {ROW_HEAD, ROW_HEAD};
    while ((status = cord_record_shelf_next(&rest, &there)) == CORD_OK) {
        int by = compare(&there, span);
        size_t end = shelf->row.len - rest.len;
        if (by >= 0) {
            spot.end = by == 0 ? end : spot.at;
            break;
        }
        spot = (struct spot){end, end};
    }
    *ret_spot = spot;
    return status == CORD_E_FORMAT ? damaged(err) : CORD_OK;
}

/* Where the second of two halves begins: after the span that is over the middle. */
static size_t middle_of(cord_str row, struct cord_record_span *ret_first)
{
    cord_str rest = cord_str_from_byte(row, ROW_HEAD);
    while (row.len - rest.len < row.len / 2 &&
           cord_record_shelf_next(&rest, ret_first) == CORD_OK) {
    }
    size_t at = row.len - rest.len;
    return cord_record_shelf_next(&rest, ret_first) == CORD_OK ? at : 0;
}

/* A row that is full gives its second half away; one that was added to at its end, behind `last`,
 * what was added. */
static cord_status split_row(struct cord_record_shelf *shelf, const struct key *key,
                             const struct cord_record_span *added, size_t last,
                             struct cord_error *err)
{
    struct cord_record_span first = *added;
    cord_str row = cord_buf_str(&shelf->row);
    size_t at = last > 0 ? last : middle_of(row, &first);
    if (at == 0) {
        return write_row(shelf, SET, key, row, err); /* one span, however large */
    }
    const struct key next = {key->place, key->line, first.valid_from_ns, first.known_from_ns};
    begin_row(&shelf->next, &next);
    cord_buf_put(&shelf->next, cord_str_from_byte(row, at));
    if (shelf->next.failed) {
        return out_of_memory(err);
    }
    cord_status status = write_row(shelf, ADD, &next, cord_buf_str(&shelf->next), err);
    return status == CORD_OK ? write_row(shelf, SET, key, cord_str_slice(row, 0, at), err) : status;
}

/* shelf->row with the span in its place. */
static cord_status insert(struct cord_record_shelf *shelf, const struct cord_record_span *span,
                          size_t at, struct cord_error *err)
{
    cord_buf_clear(&shelf->next);
    cord_buf_put(&shelf->next, cord_str_slice(cord_buf_str(&shelf->row), 0, at));
    if (!cord_record_shelf_pack(span, &shelf->next)) {
        return out_of_memory(err);
    }
    cord_buf_put(&shelf->next, cord_str_from_byte(cord_buf_str(&shelf->row), at));
    if (shelf->next.failed) {
        return out_of_memory(err);
    }
    struct cord_buf before = shelf->row;
    shelf->row = shelf->next;
    shelf->next = before;
    return CORD_OK;
}

static cord_status put_at(struct cord_record_shelf *shelf, int64_t place, int64_t line,
                          const struct cord_record_span *span, struct cord_error *err)
{
    struct key key = {place, line, span->valid_from_ns, span->known_from_ns};
    cord_status status = find_row(shelf, &key, err);
    struct spot spot = {0, 0};
    if (status == CORD_E_END) {
        key.from_ns = key.known_ns = INT64_MIN;
        return add_row(shelf, &key, span, err);
    }
    if (status == CORD_OK) {
        status = find_spot(shelf, span, &spot, err);
    }
    if (status == CORD_OK && spot.end > spot.at) {
        status = damaged(err);
    }
    if (status != CORD_OK) {
        return status;
    }
    size_t last = spot.at == shelf->row.len ? spot.at : 0;
    status = insert(shelf, span, spot.at, err);
    if (status == CORD_OK && shelf->row.len > CORD_RECORD_SHELF_BYTES) {
        return split_row(shelf, &key, span, last, err);
    }
    return status == CORD_OK ? write_row(shelf, SET, &key, cord_buf_str(&shelf->row), err) : status;
}

/* A span that lies there; its row is in shelf->row afterwards. */
static cord_status find_span(struct cord_record_shelf *shelf, const struct cord_record_span *span,
                             struct key *key, struct spot *ret_spot, struct cord_error *err)
{
    cord_status status = find_row(shelf, key, err);
    if (status == CORD_OK) {
        status = find_spot(shelf, span, ret_spot, err);
    }
    if (status == CORD_E_END || (status == CORD_OK && ret_spot->end == ret_spot->at)) {
        status = damaged(err);
    }
    return status;
}

static cord_status close_at(struct cord_record_shelf *shelf, int64_t place, int64_t line,
                            const struct cord_record_span *span, int64_t known_to_ns,
                            struct cord_error *err)
{
    struct key key = {place, line, span->valid_from_ns, span->known_from_ns};
    struct spot spot = {0, 0};
    cord_status status = find_span(shelf, span, &key, &spot, err);
    if (status == CORD_OK) {
        write_le(shelf->row.ptr + spot.at + KNOWN_TO, (uint64_t)known_to_ns, 8);
        status = write_row(shelf, SET, &key, cord_buf_str(&shelf->row), err);
    }
    return status;
}

static cord_status drop_at(struct cord_record_shelf *shelf, int64_t place, int64_t line,
                           const struct cord_record_span *span, struct cord_error *err)
{
    struct key key = {place, line, span->valid_from_ns, span->known_from_ns};
    struct spot spot = {0, 0};
    cord_status status = find_span(shelf, span, &key, &spot, err);
    if (status != CORD_OK) {
        return status;
    }
    memmove(shelf->row.ptr + spot.at, shelf->row.ptr + spot.end, shelf->row.len - spot.end);
    shelf->row.len -= spot.end - spot.at;
    if (shelf->row.len > ROW_HEAD) {
        return write_row(shelf, SET, &key, cord_buf_str(&shelf->row), err);
    }
    bind_key(shelf->statements[DROP], &key);
    return cord_sql_run(shelf->statements[DROP], err);
}

/* --- NOW: a line has one span there at most --- */

static cord_status put_now(struct cord_record_shelf *shelf, int64_t place, int64_t line,
                           const struct cord_record_span *span, struct cord_error *err)
{
    const struct key key = {place, line, INT64_MIN, INT64_MIN};
    return add_row(shelf, &key, span, err);
}

static cord_status drop_now(struct cord_record_shelf *shelf, int64_t place, int64_t line,
                            struct cord_error *err)
{
    struct cord_sql_statement *drop = shelf->statements[DROP_LINE];
    cord_sql_bind(drop, 1, place);
    cord_sql_bind(drop, 2, line);
    return cord_sql_run(drop, err);
}

static bool is_now(const struct cord_record_span *span)
{
    return span->valid_to_ns == CORD_RECORD_OPEN_NS && span->known_to_ns == CORD_RECORD_OPEN_NS;
}

/* --- all of a span's rows --- */

static cord_status put_over(struct cord_record_shelf *shelf,
                            const struct cord_record_shelf_line *line,
                            const struct cord_record_span *span, struct cord_error *err)
{
    const struct places places = places_of(line, span);
    cord_status status = CORD_OK;
    if (is_now(span)) {
        return put_now(shelf, places.first, line->id, span, err);
    }
    for (int64_t i = 0; status == CORD_OK && i < places.count; i++) {
        status = put_at(shelf, places.first + i, line->id, span, err);
    }
    return status;
}

cord_status cord_record_shelf_put(struct cord_record_shelf *shelf,
                                  const struct cord_record_shelf_line *line,
                                  const struct cord_record_span *span, struct cord_error *err)
{
    cord_status status = put_over(shelf, line, span, err);
    return status == CORD_OK && line->day > 0
               ? put_at(shelf, place_of_day(line), line->id, span, err)
               : status;
}

cord_status cord_record_shelf_close(struct cord_record_shelf *shelf,
                                    const struct cord_record_shelf_line *line,
                                    const struct cord_record_span *span, int64_t known_to_ns,
                                    struct cord_error *err)
{
    const struct places places = places_of(line, span);
    struct cord_record_span closed = *span;
    cord_status status = CORD_OK;
    closed.known_to_ns = known_to_ns;
    if (is_now(span)) {
        status = drop_now(shelf, places.first, line->id, err);
        status = status == CORD_OK ? put_over(shelf, line, &closed, err) : status;
    }
    for (int64_t i = 0; status == CORD_OK && !is_now(span) && i < places.count; i++) {
        status = close_at(shelf, places.first + i, line->id, span, known_to_ns, err);
    }
    return status == CORD_OK && line->day > 0
               ? close_at(shelf, place_of_day(line), line->id, span, known_to_ns, err)
               : status;
}

cord_status cord_record_shelf_drop(struct cord_record_shelf *shelf,
                                   const struct cord_record_shelf_line *line,
                                   const struct cord_record_span *span, struct cord_error *err)
{
    const struct places places = places_of(line, span);
    cord_status status = is_now(span) ? drop_now(shelf, places.first, line->id, err) : CORD_OK;
    for (int64_t i = 0; status == CORD_OK && !is_now(span) && i < places.count; i++) {
        status = drop_at(shelf, places.first + i, line->id, span, err);
    }
    return status == CORD_OK && line->day > 0
               ? drop_at(shelf, place_of_day(line), line->id, span, err)
               : status;
}
