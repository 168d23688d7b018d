/* grow.c: see grow.h. */
#include "grow.h"

#include "base/hash.h"
#include "base/vec.h"
#include "normalise/formats.h"
#include "wire/keep.h"
#include "wire/scan_stream.h"

#include <stdio.h>
#include <stdlib.h>

enum { BATCH_BYTES = 1 << 18, DATE_TIME = 19, LABEL_MIN = 4, LABEL_CHARS = 4 };

#define BEGIN_NS   (1767225600 * CORD_SECOND_NS) /* 2026-01-01 */
#define NEAR_NS    (86400 * CORD_SECOND_NS)
#define ROWS_BYTES ((size_t)4 << 30)
#define NO_FIELD   UINT32_MAX
#define TEXT_MAX   ((size_t)16 << 20)

/* One event in so many is of a host that no other is of. */
#define RARE_EVERY 1000000u
#define RARE_HOST  0xfffffu

/* What changes in a template's text from event to event. */
struct patch {
    uint32_t at;
    uint32_t len;     /* of the host's name; 0: date and time, seconds exact */
    int64_t delta_ns; /* from the event's own time */
};

struct template
{
    size_t first_patch;
    size_t patch_count;
    uint64_t host; /* hash of its name; 0: none */
};

struct grow {
    struct grow_options options;
    struct cord_rows *rows;
    struct template *templates;
    struct patch *patches;
    size_t patch_count;
    size_t patch_cap;
    char *text;
    struct cord_span *spans;
    uint32_t *fields; /* of the rows written to */
    uint32_t *origins;
    unsigned origin_slots;
    char rare[256];
    size_t rare_len;
};

/* --- reading --- */

struct reading {
    struct cord_paths *paths;
    struct cord_classifier *classifier;
    struct cord_keep *keep;
    struct cord_batch *batch;
    struct cord_walk *walk;
    struct cord_scan_stream *stream;
};

static void reading_done(struct reading *reading)
{
    cord_scan_stream_free(reading->stream);
    cord_walk_free(reading->walk);
    cord_batch_free(reading->batch);
    cord_keep_free(reading->keep);
    cord_classifier_free(reading->classifier);
    cord_paths_free(reading->paths);
}

static cord_status reading_init(struct reading *reading, const char *path, struct cord_rows *rows,
                                struct cord_error *err)
{
    cord_status status = cord_walk_new(&path, 1, &reading->walk, err);
    if (status != CORD_OK || cord_walk_count(reading->walk) == 0) {
        return status != CORD_OK ? status : CORD_E_NOENT;
    }
    reading->paths = cord_paths_new(7);
    reading->classifier = reading->paths ? cord_classifier_new(reading->paths, 7) : NULL;
    reading->keep = reading->classifier ? cord_keep_new(reading->paths, reading->classifier) : NULL;
    reading->batch = cord_batch_new(BATCH_BYTES);
    reading->stream = cord_scan_stream_new(cord_walk_item(reading->walk, 0), NULL, TEXT_MAX, NULL);
    if (!reading->keep || !reading->batch || !reading->stream) {
        return CORD_E_NOMEM;
    }
    cord_keep_into(reading->keep, rows);
    return CORD_OK;
}

static cord_status read_batch(struct reading *reading, const struct cord_format *format,
                              void *decoder, struct cord_rows *rows, size_t events_max)
{
    cord_status status = CORD_E_LIMIT;
    while (status == CORD_E_LIMIT) {
        status = format->decode(decoder, reading->batch);
        size_t room = events_max - cord_rows_count(rows);
        reading->batch->event_count =
            reading->batch->event_count < room ? reading->batch->event_count : room;
        size_t next = 0;
        cord_status kept = cord_keep_run(reading->keep, reading->batch, 0, 0, &next);
        cord_batch_events_reset(reading->batch);
        if (kept != CORD_OK) {
            return kept;
        }
    }
    return status;
}

static cord_status read_events(struct reading *reading, struct cord_rows *rows, size_t events_max,
                               struct cord_error *err)
{
    const struct cord_decoder_env env = {
        .paths = reading->paths, .classifier = reading->classifier, .now_ns = BEGIN_NS};
    const struct cord_format *format = NULL;
    void *decoder = NULL;
    cord_status status = CORD_OK;
    while (status == CORD_OK && cord_rows_count(rows) < events_max) {
        status = cord_scan_stream_next(reading->stream, reading->batch, err);
        if (status == CORD_OK && !decoder) {
            format = cord_scan_stream_format(reading->stream);
            decoder = format->decoder_new(&env);
            struct cord_keep_source source = {CORD_STR("-"), CORD_STR("wec01"),
                                              cord_str_from(format->name)};
            cord_keep_from(reading->keep, &source);
            status = decoder ? CORD_OK : CORD_E_NOMEM;
        }
        if (status == CORD_OK) {
            status = read_batch(reading, format, decoder, rows, events_max);
        }
    }
    if (decoder) {
        format->decoder_free(decoder);
    }
    return status == CORD_E_END ? CORD_OK : status;
}

/* --- templates --- */

static bool put_patch(struct grow *grow, struct patch patch)
{
    struct patch *patches =
        cord_vec_room(grow->patches, grow->patch_count, &grow->patch_cap, sizeof *patches);
    if (!patches) {
        return false;
    }
    grow->patches = patches;
    patches[grow->patch_count++] = patch;
    return true;
}

/* "2020-10-20 21:00:00" or with a T between. */
static bool is_date_time(const char *text, int64_t *ret_ns)
{
    static const char form[] = "dddd-dd-dd.dd:dd:dd";
    for (size_t i = 0; i < DATE_TIME; i++) {
        if (form[i] == 'd'   ? !cord_str_is_digit(text[i])
            : form[i] == '.' ? text[i] != ' ' && text[i] != 'T'
                             : text[i] != form[i]) {
            return false;
        }
    }
    return cord_timestamp_parse((cord_str){text, DATE_TIME}, ret_ns);
}

static bool find_times(struct grow *grow, const struct cord_row *row, int64_t when_ns)
{
    for (size_t at = 0; at + DATE_TIME <= row->text.len; at++) {
        int64_t ns = 0;
        if (row->text.ptr[at] != '1' && row->text.ptr[at] != '2') {
            continue;
        }
        if (is_date_time(row->text.ptr + at, &ns) && ns - when_ns < NEAR_NS &&
            when_ns - ns < NEAR_NS &&
            !put_patch(grow, (struct patch){(uint32_t)at, 0, ns - when_ns})) {
            return false;
        }
    }
    return true;
}

static bool find_host(struct grow *grow, const struct cord_row *row, struct template *template)
{
    uint16_t role = row->role[CORD_ROLE_HOST];
    cord_str label = {NULL, 0};
    cord_str name = role == CORD_VALUE_NONE ? label : cord_row_value(row, &row->spans[role]);
    if (!cord_str_cut(&name, '.', &label) || label.len < LABEL_MIN) {
        return true;
    }
    template->host = cord_hash(label, 1);
    for (size_t at = cord_str_find(row->text, label, 0); at != SIZE_MAX;
         at = cord_str_find(row->text, label, at + label.len)) {
        if (!put_patch(grow, (struct patch){(uint32_t)at, (uint32_t)label.len, 0})) {
            return false;
        }
    }
    return true;
}

static bool make_templates(struct grow *grow)
{
    size_t count = cord_rows_count(grow->rows);
    size_t text_max = 0;
    size_t spans_max = 0;
    grow->templates = calloc(count + 1, sizeof *grow->templates);
    for (size_t i = 0; grow->templates && i < count; i++) {
        const struct cord_row *row = cord_rows_at(grow->rows, i);
        struct template *template = &grow->templates[i];
        text_max = row->text.len > text_max ? row->text.len : text_max;
        spans_max = row->span_count > spans_max ? row->span_count : spans_max;
        template->first_patch = grow->patch_count;
        if ((row->time_ns != CORD_TIME_NONE && !find_times(grow, row, row->time_ns)) ||
            !find_host(grow, row, template)) {
            return false;
        }
        template->patch_count = grow->patch_count - template->first_patch;
    }
    grow->origin_slots = cord_rows_origin_count(grow->rows) * grow->options.organisations;
    grow->text = malloc(text_max + 1);
    grow->spans = calloc(spans_max + 1, sizeof *grow->spans);
    grow->fields = calloc(cord_rows_field_count(grow->rows) + 1, sizeof *grow->fields);
    grow->origins = calloc(grow->origin_slots + 1, sizeof *grow->origins);
    return grow->templates && grow->text && grow->spans && grow->fields && grow->origins;
}

struct grow *grow_new(const char *path, size_t events_max, const struct grow_options *options)
{
    struct cord_error err = {{0}};
    struct reading reading = {NULL};
    struct grow *grow = calloc(1, sizeof *grow);
    cord_status status = CORD_E_NOMEM;
    if (grow) {
        grow->options = *options;
        grow->rows = cord_rows_new(ROWS_BYTES, 7);
    }
    if (grow && grow->rows) {
        status = reading_init(&reading, path, grow->rows, &err);
    }
    if (status == CORD_OK) {
        status = read_events(&reading, grow->rows, events_max, &err);
    }
    reading_done(&reading);
    if (status == CORD_OK && !make_templates(grow)) {
        status = CORD_E_NOMEM;
    }
    if (status != CORD_OK || cord_rows_count(grow->rows) == 0) {
        (void)fprintf(stderr, "%s: %s\n", path, err.text[0] ? err.text : "no events");
        grow_free(grow);
        return NULL;
    }
    return grow;
}

void grow_free(struct grow *grow)
{
    if (grow) {
        free(grow->origins);
        free(grow->fields);
        free(grow->spans);
        free(grow->text);
        free(grow->patches);
        free(grow->templates);
        cord_rows_free(grow->rows);
        free(grow);
    }
}

size_t grow_template_count(const struct grow *grow)
{
    return cord_rows_count(grow->rows);
}

/* --- events --- */

int64_t grow_time_ns(const struct grow *grow, uint64_t n)
{
    uint64_t step = CORD_SECOND_NS / grow->options.events_second;
    return BEGIN_NS + (int64_t)(n * step + cord_hash_mix(n) % (1 + 3 * step));
}

static void put_two(char *to, int number)
{
    to[0] = (char)('0' + number / 10 % 10);
    to[1] = (char)('0' + number % 10);
}

static void write_time(char *to, int64_t ns)
{
    struct cord_civil civil = cord_timestamp_to_civil(ns);
    put_two(to, civil.year / 100);
    put_two(to + 2, civil.year);
    put_two(to + 5, civil.month);
    put_two(to + 8, civil.day);
    put_two(to + 11, civil.hour);
    put_two(to + 14, civil.minute);
    put_two(to + 17, civil.second);
}

static void write_host(char *to, size_t len, uint64_t host)
{
    static const char digits[] = "0123456789ABCDEFGHJKLMNPQRSTVWXY";
    for (size_t i = 1; i <= LABEL_CHARS; i++) {
        to[len - i] = digits[host % 32];
        host /= 32;
    }
}

/* Larger organisations have more events: of three in four draws the lower half. */
static unsigned draw_organisation(const struct grow *grow, uint64_t draw)
{
    unsigned low = 0;
    unsigned count = grow->options.organisations;
    while (count > 1) {
        unsigned half = count / 2;
        low += draw % 4 == 3 ? count - half : 0;
        count = draw % 4 == 3 ? half : count - half;
        draw /= 4;
    }
    return low;
}

static cord_status find_origin(struct grow *grow, uint32_t of, unsigned organisation,
                               struct cord_rows *rows, uint32_t *ret_origin)
{
    uint32_t *slot = &grow->origins[of * grow->options.organisations + organisation];
    if (*slot == NO_FIELD) {
        char code[16];
        struct cord_origin origin = *cord_rows_origin_at(grow->rows, of);
        int len = snprintf(code, sizeof code, "ORG%03u", organisation);
        origin.organisation = (cord_str){code, (size_t)len};
        cord_status status = cord_rows_origin(rows, &origin, slot);
        if (status != CORD_OK) {
            *slot = NO_FIELD;
            return status;
        }
    }
    *ret_origin = *slot;
    return CORD_OK;
}

static cord_status find_fields(struct grow *grow, const struct cord_row *row,
                               struct cord_rows *rows)
{
    for (uint32_t i = 0; i < row->span_count; i++) {
        struct cord_span *span = &grow->spans[i];
        uint32_t *slot = &grow->fields[row->spans[i].field];
        *span = row->spans[i];
        if (*slot == NO_FIELD) {
            size_t count = 0;
            const cord_str *names = cord_rows_names(grow->rows, span->field, &count);
            cord_status status = cord_rows_field(rows, names, count, slot);
            if (status != CORD_OK) {
                *slot = NO_FIELD;
                return status;
            }
        }
        span->field = *slot & 0xffffffu;
    }
    return CORD_OK;
}

static void forget(uint32_t *slots, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        slots[i] = NO_FIELD;
    }
}

static void note_rare(struct grow *grow, uint64_t host, cord_str name)
{
    if (host == RARE_HOST && grow->rare_len == 0 && name.len < sizeof grow->rare) {
        memcpy(grow->rare, name.ptr, name.len);
        grow->rare_len = name.len;
    }
}

cord_str grow_rare(const struct grow *grow)
{
    return (cord_str){grow->rare, grow->rare_len};
}

cord_status grow_put(struct grow *grow, uint64_t n, struct cord_rows *rows, bool anew)
{
    size_t at = (size_t)(n % cord_rows_count(grow->rows));
    const struct template *template = &grow->templates[at];
    struct cord_row row = *cord_rows_at(grow->rows, at);
    uint64_t draw = cord_hash_mix(n + 1);
    unsigned organisation = draw_organisation(grow, draw);
    if (anew) {
        forget(grow->fields, cord_rows_field_count(grow->rows));
        forget(grow->origins, grow->origin_slots);
    }
    row.time_ns = grow_time_ns(grow, n);
    row.received_ns = BEGIN_NS +
                      (int64_t)n * (CORD_SECOND_NS / (int64_t)grow->options.events_second) +
                      5 * CORD_SECOND_NS;
    /* A few machines of each organisation are the busiest: the draw is squared. */
    uint64_t variant = (draw >> 32) % grow->options.hosts;
    uint64_t host = organisation * 4096ULL + variant * variant / grow->options.hosts;
    host = n % RARE_EVERY == RARE_EVERY / 2 ? RARE_HOST : host;
    memcpy(grow->text, row.text.ptr, row.text.len);
    for (size_t i = 0; i < template->patch_count; i++) {
        const struct patch *patch = &grow->patches[template->first_patch + i];
        if (patch->len > 0) {
            write_host(grow->text + patch->at, patch->len, host);
            note_rare(grow, host, (cord_str){grow->text + patch->at, patch->len});
        } else {
            write_time(grow->text + patch->at, row.time_ns + patch->delta_ns);
        }
    }
    cord_status status = find_fields(grow, &row, rows);
    if (status == CORD_OK) {
        status = find_origin(grow, row.origin, organisation, rows, &row.origin);
    }
    if (status != CORD_OK) {
        return status;
    }
    row.text.ptr = grow->text;
    row.spans = grow->spans;
    return cord_rows_add(rows, &row);
}
