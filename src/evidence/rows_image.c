/* rows_image.c: see rows_image.h. */
#include "evidence/rows_image.h"

#include "base/octets.h"

#include <stdlib.h>

enum {
    ORIGIN_TEXTS = 7,
    TIME_UNKNOWN = 1, /* flags of a row */
    ROLE_BYTES = 2,
};

struct reader {
    struct cord_octets octets;
    struct cord_rows *rows;
    uint32_t *origins; /* numbers in rows of the image's */
    uint32_t *fields;
    uint64_t origin_count;
    uint64_t field_count;
    struct cord_span *spans;
};

static void write_origin(const struct cord_origin *origin, struct cord_buf *image)
{
    const cord_str texts[ORIGIN_TEXTS] = {origin->organisation, origin->source,  origin->format,
                                          origin->event_class,  origin->product, origin->category,
                                          origin->service};
    for (size_t i = 0; i < ORIGIN_TEXTS; i++) {
        cord_octets_put_text(image, texts[i]);
    }
}

/* --- writing: a row's bytes are bounded beforehand and then put one by one, for there
 * are a hundred numbers in one --- */

enum {
    VARINT_BYTES_MAX = 10,
    SPAN_BYTES_MAX = 5 + 5 + 4 + 1,
    ROW_BYTES_MAX = 5 * VARINT_BYTES_MAX + 2 * 8 + CORD_ROLE_COUNT * ROLE_BYTES,
};

static inline char *put_varint(char *at, uint64_t value)
{
    for (; value > 127; value >>= 7) {
        *at++ = (char)(unsigned char)(value | 128);
    }
    *at++ = (char)(unsigned char)value;
    return at;
}

static inline char *put_fixed(char *at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        *at++ = (char)(unsigned char)(value >> (8 * i));
    }
    return at;
}

static void write_row(const struct cord_row *row, const uint32_t *fields, const uint32_t *origins,
                      struct cord_buf *image)
{
    bool unknown = row->time_ns == CORD_TIME_NONE;
    char *begin = cord_buf_reserve(image, ROW_BYTES_MAX + row->text.len +
                                              (size_t)row->span_count * SPAN_BYTES_MAX);
    if (!begin) {
        return; /* the buffer says so */
    }
    char *at = put_varint(begin, unknown ? TIME_UNKNOWN : 0);
    at = put_fixed(at, unknown ? 0 : (uint64_t)row->time_ns, 8);
    at = put_fixed(at, (uint64_t)row->received_ns, 8);
    at = put_varint(at, origins[row->origin]);
    at = put_varint(at, row->raw_len);
    at = put_varint(at, row->text.len);
    if (row->text.len > 0) {
        memcpy(at, row->text.ptr, row->text.len);
        at += row->text.len;
    }
    for (size_t i = 0; i < CORD_ROLE_COUNT; i++) {
        at = put_fixed(at, row->role[i], ROLE_BYTES);
    }
    at = put_varint(at, row->span_count);
    for (uint32_t i = 0; i < row->span_count; i++) {
        const struct cord_span *span = &row->spans[i];
        at = put_varint(at, span->at);
        at = put_varint(at, span->len);
        at = put_varint(at, fields[span->field]);
        *at++ = (char)(unsigned char)(span->kind | span->flags << 4);
    }
    image->len += (size_t)(at - begin);
}

/* Numbers for what the rows use, in the order of its first use: rows that are filled
 * again and again know many more names. */
struct used {
    uint32_t *numbers; /* by field or origin; UINT32_MAX: not used */
    uint32_t *list;    /* and back */
    uint32_t count;
};

static bool used_init(struct used *used, uint32_t count)
{
    *used = (struct used){.numbers = malloc((size_t)(count + 1) * sizeof *used->numbers),
                          .list = malloc((size_t)(count + 1) * sizeof *used->list)};
    if (used->numbers) {
        memset(used->numbers, 0xff, (size_t)(count + 1) * sizeof *used->numbers);
    }
    return used->numbers && used->list;
}

static void used_done(struct used *used)
{
    free(used->list);
    free(used->numbers);
}

static inline void use(struct used *used, uint32_t number)
{
    if (used->numbers[number] == UINT32_MAX) {
        used->list[used->count] = number;
        used->numbers[number] = used->count++;
    }
}

static void find_used(const struct cord_rows *rows, struct used *fields, struct used *origins)
{
    size_t count = cord_rows_count(rows);
    for (size_t at = 0; at < count; at++) {
        const struct cord_row *row = cord_rows_at(rows, at);
        use(origins, row->origin);
        for (uint32_t i = 0; i < row->span_count; i++) {
            use(fields, row->spans[i].field);
        }
    }
}

static void write_names(const struct cord_rows *rows, const struct used *fields,
                        const struct used *origins, struct cord_buf *image)
{
    cord_octets_put_varint(image, CORD_ROLE_COUNT);
    cord_octets_put_varint(image, origins->count);
    for (uint32_t i = 0; i < origins->count; i++) {
        write_origin(cord_rows_origin_at(rows, origins->list[i]), image);
    }
    cord_octets_put_varint(image, fields->count);
    for (uint32_t i = 0; i < fields->count; i++) {
        size_t name_count = 0;
        const cord_str *names = cord_rows_names(rows, fields->list[i], &name_count);
        cord_octets_put_varint(image, name_count);
        for (size_t k = 0; k < name_count; k++) {
            cord_octets_put_text(image, names[k]);
        }
    }
}

cord_status cord_rows_image_write(const struct cord_rows *rows, struct cord_buf *image)
{
    size_t before = image->len;
    size_t row_count = cord_rows_count(rows);
    struct used fields = {0};
    struct used origins = {0};
    bool failed = !used_init(&fields, cord_rows_field_count(rows)) ||
                  !used_init(&origins, cord_rows_origin_count(rows));
    if (!failed) {
        find_used(rows, &fields, &origins);
        write_names(rows, &fields, &origins, image);
        cord_octets_put_varint(image, row_count);
        for (size_t at = 0; at < row_count && !image->failed; at++) {
            write_row(cord_rows_at(rows, at), fields.numbers, origins.numbers, image);
        }
        failed = image->failed;
    }
    used_done(&origins);
    used_done(&fields);
    if (failed) {
        image->len = before;
        return CORD_E_LIMIT;
    }
    return CORD_OK;
}

/* A count of things of at least so many bytes each: more than are left cannot be. */
static uint64_t read_count(struct cord_octets *octets, size_t bytes_each)
{
    uint64_t count = cord_octets_varint(octets);
    if (count > cord_octets_left(octets) / bytes_each) {
        cord_octets_fail(octets);
        return 0;
    }
    return count;
}

static cord_status read_origins(struct reader *reader)
{
    reader->origin_count = read_count(&reader->octets, ORIGIN_TEXTS);
    reader->origins = calloc(reader->origin_count + 1, sizeof *reader->origins);
    if (!reader->origins) {
        return CORD_E_NOMEM;
    }
    for (uint64_t i = 0; i < reader->origin_count; i++) {
        cord_str texts[ORIGIN_TEXTS];
        for (size_t k = 0; k < ORIGIN_TEXTS; k++) {
            texts[k] = cord_octets_text(&reader->octets);
        }
        const struct cord_origin origin = {texts[0], texts[1], texts[2], texts[3],
                                           texts[4], texts[5], texts[6]};
        cord_status status = reader->octets.failed
                                 ? CORD_E_FORMAT
                                 : cord_rows_origin(reader->rows, &origin, &reader->origins[i]);
        if (status != CORD_OK) {
            return status;
        }
    }
    return CORD_OK;
}

static cord_status read_fields(struct reader *reader)
{
    reader->field_count = read_count(&reader->octets, 2);
    reader->fields = calloc(reader->field_count + 1, sizeof *reader->fields);
    if (!reader->fields) {
        return CORD_E_NOMEM;
    }
    for (uint64_t i = 0; i < reader->field_count; i++) {
        cord_str names[CORD_FIELD_NAMES_MAX];
        uint64_t name_count = cord_octets_varint(&reader->octets);
        if (name_count == 0 || name_count > CORD_FIELD_NAMES_MAX) {
            return CORD_E_FORMAT;
        }
        for (uint64_t k = 0; k < name_count; k++) {
            names[k] = cord_octets_text(&reader->octets);
        }
        cord_status status =
            reader->octets.failed
                ? CORD_E_FORMAT
                : cord_rows_field(reader->rows, names, (size_t)name_count, &reader->fields[i]);
        if (status != CORD_OK) {
            return status;
        }
    }
    return CORD_OK;
}

static cord_status read_spans(struct reader *reader, struct cord_row *row)
{
    struct cord_octets *octets = &reader->octets;
    uint64_t count = read_count(octets, 4);
    if (octets->failed || count >= CORD_VALUE_NONE) {
        return CORD_E_FORMAT;
    }
    for (uint64_t i = 0; i < count; i++) {
        struct cord_span *span = &reader->spans[i];
        uint64_t at = cord_octets_varint(octets);
        uint64_t len = cord_octets_varint(octets);
        uint64_t field = cord_octets_varint(octets);
        unsigned kind = (unsigned)cord_octets_fixed(octets, 1);
        if (octets->failed || at > row->text.len || len > row->text.len - at ||
            field >= reader->field_count) {
            return CORD_E_FORMAT;
        }
        *span = (struct cord_span){
            .at = (uint32_t)at,
            .len = (uint32_t)len,
            .field = reader->fields[field] & 0xffffffu,
            .kind = kind & 15u,
            .flags = kind >> 4 & 15u,
        };
    }
    row->span_count = (uint32_t)count;
    row->spans = reader->spans;
    return CORD_OK;
}

static cord_status read_row(struct reader *reader, uint64_t sequence)
{
    struct cord_octets *octets = &reader->octets;
    struct cord_row row = {.sequence = sequence};
    uint64_t flags = cord_octets_varint(octets);
    int64_t time_ns = cord_octets_i64(octets);
    row.time_ns = flags == TIME_UNKNOWN ? CORD_TIME_NONE : time_ns;
    row.received_ns = cord_octets_i64(octets);
    uint64_t origin = cord_octets_varint(octets);
    uint64_t raw_len = cord_octets_varint(octets);
    row.text = cord_octets_text(octets);
    for (size_t i = 0; i < CORD_ROLE_COUNT; i++) {
        row.role[i] = (uint16_t)cord_octets_fixed(octets, ROLE_BYTES);
    }
    if (octets->failed || flags > TIME_UNKNOWN || origin >= reader->origin_count ||
        raw_len > row.text.len || row.text.len > UINT32_MAX) {
        return CORD_E_FORMAT;
    }
    row.origin = reader->origins[origin];
    row.raw_len = (uint32_t)raw_len;
    cord_status status = read_spans(reader, &row);
    return status == CORD_OK ? cord_rows_add(reader->rows, &row) : status;
}

static cord_status read_all(struct reader *reader, uint64_t first)
{
    if (cord_octets_varint(&reader->octets) != CORD_ROLE_COUNT) {
        return CORD_E_FORMAT;
    }
    cord_status status = read_origins(reader);
    if (status == CORD_OK) {
        status = read_fields(reader);
    }
    reader->spans = malloc(CORD_VALUE_NONE * sizeof *reader->spans);
    if (!reader->spans) {
        return CORD_E_NOMEM;
    }
    uint64_t row_count = status == CORD_OK ? cord_octets_varint(&reader->octets) : 0;
    for (uint64_t i = 0; i < row_count && status == CORD_OK; i++) {
        status = read_row(reader, first + i);
    }
    if (status == CORD_OK && (reader->octets.failed || cord_octets_left(&reader->octets) > 0)) {
        status = CORD_E_FORMAT;
    }
    return status;
}

cord_status cord_rows_image_read(cord_str image, uint64_t first, struct cord_rows *rows)
{
    struct reader reader = {.octets = cord_octets_of(image), .rows = rows};
    cord_status status = read_all(&reader, first);
    free(reader.spans);
    free(reader.fields);
    free(reader.origins);
    return status;
}
