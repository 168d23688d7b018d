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

/* Bits of a second that a bucket of each level has: 4.5 hours, 36 hours, 12 days, 194 days, 8
 * years, 136 years, all time. */
static const unsigned char shifts[CORD_RECORD_SHELF_LEVELS] = {14, 17, 20, 24, 28, 32, 36};

enum statement { FIND, ADD, SET, DROP, STATEMENTS };

static const enum cord_record_statement statement_texts[STATEMENTS] = {
    [FIND] = CORD_RECORD_SHELF_FIND,
    [ADD] = CORD_RECORD_SHELF_ADD,
    [SET] = CORD_RECORD_SHELF_SET,
    [DROP] = CORD_RECORD_SHELF_DROP,
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

/* Where a span lies: the first place, and those from `rest` on. */
struct places {
    int64_t first, rest;
    int64_t count;
};

static int64_t place_at(const struct places *places, int64_t at)
{
    return at == 0 ? places->first : places->rest + at - 1;
}

/* In the first bucket on one shelf, in the others on another, or the same. */
static struct places places_over(const struct cord_record_shelf_line *line,
                                 enum cord_record_shelf_which begun,
                                 enum cord_record_shelf_which later, int64_t from_ns, int64_t to_ns)
{
    unsigned level = line->base;
    int64_t first = cord_record_shelf_bucket(level, from_ns);
    int64_t last = cord_record_shelf_bucket(level, to_ns - 1);
    while (last - first >= (int64_t)CORD_RECORD_SHELF_COPIES) {
        level++; /* of the last one there is only one bucket */
        first = cord_record_shelf_bucket(level, from_ns);
        last = cord_record_shelf_bucket(level, to_ns - 1);
    }
    return (struct places){cord_record_shelf_place(line->topic, begun, level, first),
                           cord_record_shelf_place(line->topic, later, level, first) + 1,
                           last - first + 1};
}

static struct places places_of(const struct cord_record_shelf_line *line,
                               const struct cord_record_span *span)
{
    if (span->valid_to_ns != CORD_RECORD_OPEN_NS) {
        return places_over(line, CORD_RECORD_SHELF_VALID, CORD_RECORD_SHELF_GOES_ON,
                           span->valid_from_ns, span->valid_to_ns);
    }
    if (span->known_to_ns != CORD_RECORD_OPEN_NS) {
        return places_over(line, CORD_RECORD_SHELF_KNOWN, CORD_RECORD_SHELF_KNOWN,
                           span->known_from_ns, span->known_to_ns);
    }
    int64_t bucket = cord_record_shelf_bucket(CORD_RECORD_SHELF_NOW_LEVEL, span->valid_from_ns);
    int64_t place = cord_record_shelf_place(line->topic, CORD_RECORD_SHELF_NOW,
                                            CORD_RECORD_SHELF_NOW_LEVEL, bucket);
    return (struct places){place, place, 1};
}

static int64_t place_of_day(const struct cord_record_shelf_line *line)
{
    return cord_record_shelf_place(line->topic, CORD_RECORD_SHELF_DAY, 0, line->day);
}

/* --- rows --- */

enum {
    LINE = 0,
    FLAGS = 4,
    CONFIDENCE = 5,
    CLAIM = 6,
    VALID_FROM = 12,
    KNOWN_FROM = 20,
    ENDS = 28
};
enum { HAS_VALID_TO = 1, HAS_KNOWN_TO = 2, LONG = 4, BASIS_SHIFT = 4 };
enum { SHORT_LENS = 1, LONG_LENS = 6, CLAIM_BYTES = 6 };

#define CLAIM_MAX ((UINT64_C(1) << 8 * CLAIM_BYTES) - 1)

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

static inline uint32_t read_32(const char *at)
{
    uint32_t number;
    memcpy(&number, at, sizeof number);
    return le32toh(number);
}

static char *put_number(char *at, uint64_t number, unsigned bytes)
{
    write_le(at, number, bytes);
    return at + bytes;
}

static char *put_text(char *at, cord_str text)
{
    if (text.len > 0) {
        memcpy(at, text.ptr, text.len);
    }
    return at + text.len;
}

static bool fits(const struct cord_record_span *span)
{
    return span->line >= 0 && span->line <= UINT32_MAX && span->claim <= CLAIM_MAX &&
           span->state.len <= UINT16_MAX && span->amount.len <= UINT16_MAX &&
           span->unit.len <= UINT16_MAX && span->basis < 1 << BASIS_SHIFT;
}

bool cord_record_shelf_pack(const struct cord_record_span *span, struct cord_buf *row)
{
    size_t texts = span->state.len + span->amount.len + span->unit.len;
    char *first = fits(span) ? cord_buf_reserve(row, CORD_RECORD_SPAN_BYTES + texts) : NULL;
    if (!first) {
        return false;
    }
    bool valid_to = span->valid_to_ns != CORD_RECORD_OPEN_NS;
    bool known_to = span->known_to_ns != CORD_RECORD_OPEN_NS;
    bool lengths = span->amount.len > 0 || span->unit.len > 0 || span->state.len > UINT8_MAX;
    unsigned flags = (valid_to ? HAS_VALID_TO : 0u) | (known_to ? HAS_KNOWN_TO : 0u) |
                     (lengths ? LONG : 0u) | (unsigned)span->basis << BASIS_SHIFT;
    write_le(first + LINE, (uint64_t)span->line, 4);
    write_le(first + FLAGS, flags, 1);
    write_le(first + CONFIDENCE, span->confidence, 1);
    write_le(first + CLAIM, span->claim, CLAIM_BYTES);
    write_le(first + VALID_FROM, (uint64_t)span->valid_from_ns, 8);
    write_le(first + KNOWN_FROM, (uint64_t)span->known_from_ns, 8);
    char *at = first + ENDS;
    at = valid_to ? put_number(at, (uint64_t)span->valid_to_ns, 8) : at;
    at = known_to ? put_number(at, (uint64_t)span->known_to_ns, 8) : at;
    at = put_number(at, span->state.len, lengths ? 2 : 1);
    at = lengths ? put_number(put_number(at, span->amount.len, 2), span->unit.len, 2) : at;
    at = put_text(put_text(put_text(at, span->state), span->amount), span->unit);
    row->len += (size_t)(at - first);
    return true;
}

/* Where the parts of a packed span lie. */
struct layout {
    unsigned flags;
    size_t lens; /* its lengths; behind them the texts */
    size_t state, amount, unit;
    size_t end; /* 0: it is cut short */
};

static inline struct layout layout_of(cord_str row)
{
    struct layout layout = {0};
    if (row.len < ENDS + SHORT_LENS) {
        return layout;
    }
    layout.flags = (unsigned char)row.ptr[FLAGS];
    layout.lens = (size_t)ENDS + (layout.flags & HAS_VALID_TO ? 8 : 0) +
                  (layout.flags & HAS_KNOWN_TO ? 8 : 0);
    size_t lens = layout.flags & LONG ? LONG_LENS : SHORT_LENS;
    if (row.len < layout.lens + lens) {
        return layout;
    }
    const char *at = row.ptr + layout.lens;
    if (layout.flags & LONG) {
        layout.state = read_16(at);
        layout.amount = read_16(at + 2);
        layout.unit = read_16(at + 4);
    } else {
        layout.state = (unsigned char)at[0];
    }
    size_t end = layout.lens + lens + layout.state + layout.amount + layout.unit;
    layout.end = end <= row.len ? end : 0;
    return layout;
}

static inline struct cord_record_times times_at(const char *at, unsigned flags)
{
    const char *known_to = at + ENDS + (flags & HAS_VALID_TO ? 8 : 0);
    return (struct cord_record_times){
        .line = read_32(at + LINE),
        .valid_from_ns = (int64_t)read_64(at + VALID_FROM),
        .valid_to_ns = flags & HAS_VALID_TO ? (int64_t)read_64(at + ENDS) : CORD_RECORD_OPEN_NS,
        .known_from_ns = (int64_t)read_64(at + KNOWN_FROM),
        .known_to_ns = flags & HAS_KNOWN_TO ? (int64_t)read_64(known_to) : CORD_RECORD_OPEN_NS,
    };
}

cord_status cord_record_shelf_next(cord_str *row, struct cord_record_span *ret_span)
{
    const struct layout layout = layout_of(*row);
    const char *at = row->ptr;
    if (layout.end == 0) {
        return row->len == 0 ? CORD_E_END : CORD_E_FORMAT;
    }
    const struct cord_record_times times = times_at(at, layout.flags);
    const char *texts = at + layout.end - layout.state - layout.amount - layout.unit;
    *ret_span = (struct cord_record_span){
        .line = times.line,
        .valid_from_ns = times.valid_from_ns,
        .valid_to_ns = times.valid_to_ns,
        .known_from_ns = times.known_from_ns,
        .known_to_ns = times.known_to_ns,
        .claim = read_64(at + CLAIM) & CLAIM_MAX, /* 8 bytes are there: times come behind it */
        .state = {texts, layout.state},
        .amount = {texts + layout.state, layout.amount},
        .unit = {texts + layout.state + layout.amount, layout.unit},
        .basis = (unsigned char)(layout.flags >> BASIS_SHIFT),
        .confidence = (unsigned char)at[CONFIDENCE],
    };
    *row = (cord_str){at + layout.end, row->len - layout.end};
    return CORD_OK;
}

cord_status cord_record_shelf_next_times(cord_str *row, struct cord_record_times *ret_times,
                                         cord_str *ret_packed)
{
    const struct layout layout = layout_of(*row);
    const char *at = row->ptr;
    if (layout.end == 0) {
        return row->len == 0 ? CORD_E_END : CORD_E_FORMAT;
    }
    *ret_times = times_at(at, layout.flags);
    *ret_packed = (cord_str){at, layout.end};
    *row = (cord_str){at + layout.end, row->len - layout.end};
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

/* Which row: the first of its place has the least of all keys. */
struct key {
    int64_t place, line;
    int64_t from_ns, known_ns;
};

static struct key key_of(int64_t place, const struct cord_record_span *span)
{
    return (struct key){place, span->line, span->valid_from_ns, span->known_from_ns};
}

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
    return cord_error_set(err, CORD_E_DAMAGED, "the views are damaged: rebuild them");
}

/* The row that has the span, or would have it: into shelf->row, and its key into *key, which was
 * the span's. CORD_E_END: there is none. */
static cord_status find_row(struct cord_record_shelf *shelf, struct key *key,
                            struct cord_error *err)
{
    struct cord_sql_statement *find = shelf->statements[FIND];
    bind_key(find, key);
    cord_status status = cord_sql_step(find, err);
    if (status != CORD_OK) {
        return status;
    }
    key->line = cord_sql_column(find, 0);
    key->from_ns = cord_sql_column(find, 1);
    key->known_ns = cord_sql_column(find, 2);
    cord_buf_clear(&shelf->row);
    cord_buf_put(&shelf->row, cord_sql_column_text(find, 3));
    cord_sql_reset(find);
    return shelf->row.failed || shelf->row.len == 0 ? damaged(err) : CORD_OK;
}

/* A row that was not there. */
static cord_status add_row(struct cord_record_shelf *shelf, const struct key *key,
                           const struct cord_record_span *span, struct cord_error *err)
{
    cord_buf_clear(&shelf->row);
    return cord_record_shelf_pack(span, &shelf->row)
               ? write_row(shelf, ADD, key, cord_buf_str(&shelf->row), err)
               : out_of_memory(err);
}

static int compare(const struct cord_record_times *a, const struct cord_record_span *b)
{
    if (a->line != b->line) {
        return a->line < b->line ? -1 : 1;
    }
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
    cord_str rest = cord_buf_str(&shelf->row);
    struct cord_record_times there;
    cord_str packed;
    cord_status status;
    struct spot spot = {0, 0};
    while ((status = cord_record_shelf_next_times(&rest, &there, &packed)) == CORD_OK) {
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
    cord_str rest = row;
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
    const struct key next = key_of(key->place, &first);
    cord_buf_clear(&shelf->next);
    cord_buf_put(&shelf->next, cord_str_from_byte(row, at));
    if (shelf->next.failed) {
        return out_of_memory(err);
    }
    cord_status status = write_row(shelf, ADD, &next, cord_buf_str(&shelf->next), err);
    return status == CORD_OK ? write_row(shelf, SET, key, cord_str_slice(row, 0, at), err) : status;
}

/* shelf->row, which has grown. */
static cord_status store(struct cord_record_shelf *shelf, const struct key *key,
                         const struct cord_record_span *added, size_t last, struct cord_error *err)
{
    return shelf->row.len > CORD_RECORD_SHELF_BYTES
               ? split_row(shelf, key, added, last, err)
               : write_row(shelf, SET, key, cord_buf_str(&shelf->row), err);
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

static cord_status put_at(struct cord_record_shelf *shelf, int64_t place,
                          const struct cord_record_span *span, struct cord_error *err)
{
    struct key key = key_of(place, span);
    cord_status status = find_row(shelf, &key, err);
    struct spot spot = {0, 0};
    if (status == CORD_E_END) {
        key.line = key.from_ns = key.known_ns = INT64_MIN;
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
    return status == CORD_OK ? store(shelf, &key, span, last, err) : status;
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

static void take_out(struct cord_buf *row, struct spot spot)
{
    memmove(row->ptr + spot.at, row->ptr + spot.end, row->len - spot.end);
    row->len -= spot.end - spot.at;
}

static cord_status close_at(struct cord_record_shelf *shelf, int64_t place,
                            const struct cord_record_span *span, int64_t known_to_ns,
                            struct cord_error *err)
{
    struct key key = key_of(place, span);
    struct cord_record_span closed = *span;
    struct spot spot = {0, 0};
    cord_status status = find_span(shelf, span, &key, &spot, err);
    closed.known_to_ns = known_to_ns;
    if (status != CORD_OK) {
        return status;
    }
    take_out(&shelf->row, spot);
    status = insert(shelf, &closed, spot.at, err);
    return status == CORD_OK ? store(shelf, &key, &closed, 0, err) : status;
}

static cord_status drop_at(struct cord_record_shelf *shelf, int64_t place,
                           const struct cord_record_span *span, struct cord_error *err)
{
    struct key key = key_of(place, span);
    struct spot spot = {0, 0};
    cord_status status = find_span(shelf, span, &key, &spot, err);
    if (status != CORD_OK) {
        return status;
    }
    take_out(&shelf->row, spot);
    if (shelf->row.len > 0) {
        return write_row(shelf, SET, &key, cord_buf_str(&shelf->row), err);
    }
    bind_key(shelf->statements[DROP], &key);
    return cord_sql_run(shelf->statements[DROP], err);
}

/* --- all of a span's rows --- */

static bool is_now(const struct cord_record_span *span)
{
    return span->valid_to_ns == CORD_RECORD_OPEN_NS && span->known_to_ns == CORD_RECORD_OPEN_NS;
}

static cord_status put_over(struct cord_record_shelf *shelf,
                            const struct cord_record_shelf_line *line,
                            const struct cord_record_span *span, struct cord_error *err)
{
    const struct places places = places_of(line, span);
    cord_status status = CORD_OK;
    for (int64_t i = 0; status == CORD_OK && i < places.count; i++) {
        status = put_at(shelf, place_at(&places, i), span, err);
    }
    return status;
}

static cord_status drop_over(struct cord_record_shelf *shelf,
                             const struct cord_record_shelf_line *line,
                             const struct cord_record_span *span, struct cord_error *err)
{
    const struct places places = places_of(line, span);
    cord_status status = CORD_OK;
    for (int64_t i = 0; status == CORD_OK && i < places.count; i++) {
        status = drop_at(shelf, place_at(&places, i), span, err);
    }
    return status;
}

cord_status cord_record_shelf_put(struct cord_record_shelf *shelf,
                                  const struct cord_record_shelf_line *line,
                                  const struct cord_record_span *span, struct cord_error *err)
{
    cord_status status = put_over(shelf, line, span, err);
    return status == CORD_OK && line->day > 0 ? put_at(shelf, place_of_day(line), span, err)
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
    if (is_now(span)) { /* to another shelf */
        status = drop_over(shelf, line, span, err);
        status = status == CORD_OK ? put_over(shelf, line, &closed, err) : status;
    }
    for (int64_t i = 0; status == CORD_OK && !is_now(span) && i < places.count; i++) {
        status = close_at(shelf, place_at(&places, i), span, known_to_ns, err);
    }
    return status == CORD_OK && line->day > 0
               ? close_at(shelf, place_of_day(line), span, known_to_ns, err)
               : status;
}

cord_status cord_record_shelf_drop(struct cord_record_shelf *shelf,
                                   const struct cord_record_shelf_line *line,
                                   const struct cord_record_span *span, struct cord_error *err)
{
    cord_status status = drop_over(shelf, line, span, err);
    return status == CORD_OK && line->day > 0 ? drop_at(shelf, place_of_day(line), span, err)
                                              : status;
}
