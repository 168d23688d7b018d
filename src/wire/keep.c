/* keep.c: see keep.h. */
#include "wire/keep.h"

#include <stdlib.h>

#include "base/buf.h"
#include "normalise/event_time.h"

/* Numbers of fields that are known, of all classes; beyond it all are asked for
 * anew: hostile names cost time, not memory. */
#define KNOWN_BYTES_MAX ((size_t)64 << 20)
#define TEXT_BYTES_MAX  ((size_t)UINT32_MAX)
#define LABEL_BYTES_MAX 4096u

/* Names that rows carry along after they were cleared. */
enum { FIELDS_MAX = 32768, ORIGINS_MAX = 4096 };

/* What is known of the events of one class, for the rows and source at hand. */
struct known {
    uint32_t rows_stamp; /* fields[] and origin hold good when these are the keep's */
    uint32_t source_stamp;
    uint32_t origin;
    uint32_t field_cap;
    uint32_t *fields; /* by path: a field's number and one; 0: not asked for yet */
};

struct cord_keep {
    const struct cord_paths *paths;
    const struct cord_classifier *classifier;
    struct cord_keep_source source; /* in source_texts */
    struct cord_buf source_texts;
    struct cord_rows *rows;
    uint32_t rows_stamp;
    uint32_t source_stamp;
    uint32_t paths_epoch;

    struct known *known; /* by class */
    size_t known_count;
    size_t known_bytes;

    struct cord_span *spans;
    size_t span_cap;
    struct cord_buf text; /* a record and the values that it does not hold */
    struct cord_buf label;
};

struct cord_keep *cord_keep_new(const struct cord_paths *paths,
                                const struct cord_classifier *classifier)
{
    struct cord_keep *keep = calloc(1, sizeof *keep);
    if (keep) {
        keep->paths = paths;
        keep->classifier = classifier;
        keep->paths_epoch = cord_paths_epoch(paths);
        keep->rows_stamp = 1;
        keep->source_stamp = 1;
        cord_buf_init(&keep->text, TEXT_BYTES_MAX);
        cord_buf_init(&keep->label, LABEL_BYTES_MAX);
        cord_buf_init(&keep->source_texts, TEXT_BYTES_MAX);
    }
    return keep;
}

static void forget_fields(struct cord_keep *keep)
{
    for (size_t i = 0; i < keep->known_count; i++) {
        free(keep->known[i].fields);
        keep->known[i] = (struct known){0};
    }
    keep->known_bytes = 0;
}

void cord_keep_free(struct cord_keep *keep)
{
    if (keep) {
        forget_fields(keep);
        free(keep->known);
        free(keep->spans);
        cord_buf_done(&keep->source_texts);
        cord_buf_done(&keep->label);
        cord_buf_done(&keep->text);
        free(keep);
    }
}

void cord_keep_into(struct cord_keep *keep, struct cord_rows *rows)
{
    keep->rows = rows;
    keep->rows_stamp++;
    if (keep->rows_stamp == 0) { /* four thousand million times round */
        forget_fields(keep);
        keep->rows_stamp = 1;
    }
}

void cord_keep_taken(struct cord_keep *keep)
{
    if (cord_rows_field_count(keep->rows) > FIELDS_MAX ||
        cord_rows_origin_count(keep->rows) > ORIGINS_MAX) {
        cord_rows_reset(keep->rows);
        cord_keep_into(keep, keep->rows);
    } else {
        cord_rows_clear(keep->rows);
    }
}

/* The texts, copied: whether a source is another one is asked for each batch. */
static void hold_source(struct cord_keep *keep, const struct cord_keep_source *source)
{
    struct cord_buf *texts = &keep->source_texts;
    cord_buf_clear(texts);
    cord_buf_put(texts, source->organisation);
    cord_buf_put(texts, source->source);
    cord_buf_put(texts, source->format);
    cord_str all = cord_buf_str(texts);
    size_t at = source->organisation.len;
    keep->source = texts->failed ? *source
                                 : (struct cord_keep_source){
                                       .organisation = cord_str_slice(all, 0, at),
                                       .source = cord_str_slice(all, at, source->source.len),
                                       .format = cord_str_from_byte(all, at + source->source.len),
                                   };
}

void cord_keep_from(struct cord_keep *keep, const struct cord_keep_source *source)
{
    if (cord_str_eq(keep->source.organisation, source->organisation) &&
        cord_str_eq(keep->source.source, source->source) &&
        cord_str_eq(keep->source.format, source->format)) {
        return;
    }
    hold_source(keep, source);
    keep->source_stamp++;
    if (keep->source_stamp == 0) {
        forget_fields(keep);
        keep->source_stamp = 1;
    }
}

/* Room for the classes that there are, and for the paths in this one. */
static cord_status known_room(struct cord_keep *keep, uint32_t event_class, uint32_t path)
{
    if (event_class >= keep->known_count) {
        size_t count = cord_classifier_class_count(keep->classifier) + 32u;
        struct known *known = realloc(keep->known, count * sizeof *known);
        if (!known) {
            return CORD_E_NOMEM;
        }
        memset(known + keep->known_count, 0, (count - keep->known_count) * sizeof *known);
        keep->known = known;
        keep->known_count = count;
    }
    if (path < keep->known[event_class].field_cap) {
        return CORD_OK;
    }
    uint32_t cap = cord_paths_count(keep->paths) + 64u;
    if (keep->known_bytes > KNOWN_BYTES_MAX) {
        forget_fields(keep);
    }
    struct known *known = &keep->known[event_class];
    uint32_t *fields = realloc(known->fields, cap * sizeof *fields);
    if (!fields) {
        return CORD_E_NOMEM;
    }
    memset(fields + known->field_cap, 0, (cap - known->field_cap) * sizeof *fields);
    keep->known_bytes += (cap - known->field_cap) * sizeof *fields;
    known->fields = fields;
    known->field_cap = cap;
    return CORD_OK;
}

static void put_words(struct cord_buf *label, const cord_str *words, size_t count)
{
    cord_buf_put_char(label, '/');
    for (size_t i = 0; i < count; i++) {
        cord_buf_put_text(label, i > 0 ? "," : "");
        cord_buf_put(label, words[i]);
    }
}

/* "windows/process_creation/sysmon"; "" for the unknown class. */
static cord_str class_label(struct cord_keep *keep, const struct cord_event_class *event_class)
{
    struct cord_buf *label = &keep->label;
    cord_buf_clear(label);
    if (event_class->product.len + event_class->category_count + event_class->service_count == 0) {
        return CORD_STR("");
    }
    cord_buf_put(label, event_class->product);
    put_words(label, event_class->categories, event_class->category_count);
    put_words(label, event_class->services, event_class->service_count);
    return cord_buf_str(label);
}

static cord_status find_origin(struct cord_keep *keep, uint32_t number, uint32_t *ret_origin)
{
    struct cord_origin origin = {
        .organisation = keep->source.organisation,
        .source = keep->source.source,
        .format = keep->source.format,
        .event_class = class_label(keep, cord_classifier_class(keep->classifier, number)),
    };
    (void)cord_classifier_stated(keep->classifier, number, &origin.product, &origin.category,
                                 &origin.service);
    return keep->label.failed ? CORD_E_NOMEM : cord_rows_origin(keep->rows, &origin, ret_origin);
}

/* The dotted name is kept as it is: rules know it without its blanks, but what
 * they may call it follows from all of it. */
static cord_status find_field(struct cord_keep *keep, uint32_t number, uint32_t path,
                              uint32_t *ret_field)
{
    cord_str names[1 + CORD_CLASS_NAMES_MAX];
    names[0] = cord_paths_text(keep->paths, path);
    size_t count =
        1 + cord_classifier_names(keep->classifier, cord_classifier_class(keep->classifier, number),
                                  path, names + 1);
    if (count > 1 && cord_str_eq(names[0], names[1])) {
        memmove(names + 1, names + 2, (count - 2) * sizeof *names);
        count--;
    }
    count = count < CORD_FIELD_NAMES_MAX ? count : CORD_FIELD_NAMES_MAX;
    return cord_rows_field(keep->rows, names, count, ret_field);
}

/* What is known of the event's class is made fit for the rows at hand. */
static cord_status begin(struct cord_keep *keep, uint32_t number)
{
    cord_status status = known_room(keep, number, 0);
    if (status != CORD_OK) {
        return status;
    }
    struct known *known = &keep->known[number];
    if (known->rows_stamp != keep->rows_stamp) {
        memset(known->fields, 0, known->field_cap * sizeof *known->fields);
        known->rows_stamp = keep->rows_stamp;
        known->source_stamp = 0;
    }
    if (known->source_stamp != keep->source_stamp) {
        status = find_origin(keep, number, &known->origin);
        known->source_stamp = status == CORD_OK ? keep->source_stamp : 0;
    }
    return status;
}

/* A path that this class did not have in these rows yet. */
static cord_status learn(struct cord_keep *keep, uint32_t number, uint32_t path)
{
    uint32_t field;
    cord_status status = path < cord_paths_count(keep->paths) ? CORD_OK : CORD_E_FORMAT;
    if (status == CORD_OK && path >= keep->known[number].field_cap) {
        status = known_room(keep, number, path);
        if (status == CORD_OK) {
            status = begin(keep, number); /* all may have been forgotten */
        }
    }
    if (status == CORD_OK) {
        status = find_field(keep, number, path, &field);
    }
    if (status == CORD_OK) {
        keep->known[number].fields[path] = field + 1;
    }
    return status;
}

static bool is_inside(cord_str raw, const struct cord_value *value)
{
    uintptr_t from = (uintptr_t)raw.ptr;
    uintptr_t at = (uintptr_t)value->ptr;
    return at >= from && at - from <= raw.len && value->len <= raw.len - (at - from);
}

/* Where the value is in the row's text; behind the record when it is not in it.
 * An empty one is anywhere: *ret_at, where the one before ended, stays. */
static cord_status place(struct cord_keep *keep, cord_str raw, const struct cord_value *value,
                         uint32_t *ret_at)
{
    struct cord_buf *text = &keep->text;
    if (is_inside(raw, value)) {
        *ret_at = (uint32_t)((uintptr_t)value->ptr - (uintptr_t)raw.ptr);
        return CORD_OK;
    }
    if (value->len == 0) {
        return CORD_OK;
    }
    if (text->len == 0) {
        cord_buf_put(text, raw);
    }
    if (text->failed || value->len > TEXT_BYTES_MAX - text->len) {
        return CORD_E_LIMIT;
    }
    *ret_at = (uint32_t)text->len;
    cord_buf_put(text, cord_value_str(value));
    return text->failed ? CORD_E_NOMEM : CORD_OK;
}

static cord_status fill_spans(struct cord_keep *keep, const struct cord_event *event)
{
    uint32_t number = event->event_class;
    uint32_t derived_from = event->value_count - event->derived_count;
    uint32_t at = 0;
    for (uint32_t i = 0; i < event->value_count; i++) {
        const struct cord_value *value = &event->values[i];
        uint32_t path = value->path;
        cord_status status = CORD_OK;
        if (path >= keep->known[number].field_cap || keep->known[number].fields[path] == 0) {
            status = learn(keep, number, path);
        }
        if (status == CORD_OK) {
            status = place(keep, event->raw, value, &at);
        }
        if (status != CORD_OK) {
            return status;
        }
        keep->spans[i] = (struct cord_span){
            .at = at,
            .len = value->len,
            .field = (keep->known[number].fields[path] - 1) & 0xffffffu,
            .kind = value->kind,
            .flags = (value->flags | (i < derived_from ? 0 : CORD_SPAN_DERIVED)) & 0xfu,
        };
        at += value->len;
    }
    return CORD_OK;
}

static cord_status span_room(struct cord_keep *keep, size_t count)
{
    if (count > keep->span_cap) {
        struct cord_span *spans = realloc(keep->spans, count * 2 * sizeof *spans);
        if (!spans) {
            return CORD_E_NOMEM;
        }
        keep->spans = spans;
        keep->span_cap = count * 2;
    }
    return CORD_OK;
}

cord_status cord_keep_event(struct cord_keep *keep, const struct cord_event *event,
                            int64_t received_ns)
{
    if (cord_paths_epoch(keep->paths) != keep->paths_epoch) {
        keep->paths_epoch = cord_paths_epoch(keep->paths);
        forget_fields(keep);
    }
    cord_buf_clear(&keep->text);
    if (event->raw.len > TEXT_BYTES_MAX) {
        return CORD_E_LIMIT;
    }
    cord_status status = span_room(keep, (size_t)event->value_count + 1);
    if (status == CORD_OK) {
        status = begin(keep, event->event_class);
    }
    if (status == CORD_OK) {
        status = fill_spans(keep, event);
    }
    if (status != CORD_OK) {
        return status;
    }
    struct cord_row row = {
        .time_ns = cord_event_time(event),
        .received_ns = received_ns,
        .origin = keep->known[event->event_class].origin,
        .raw_len = (uint32_t)event->raw.len,
        .text = keep->text.len > 0 ? cord_buf_str(&keep->text) : event->raw,
        .spans = keep->spans,
        .span_count = event->value_count,
    };
    memcpy(row.role, event->role, sizeof row.role);
    return cord_rows_add(keep->rows, &row);
}

cord_status cord_keep_run(struct cord_keep *keep, const struct cord_batch *batch, size_t from,
                          int64_t received_ns, size_t *ret_next)
{
    cord_status status = CORD_OK;
    size_t at = from;
    while (at < batch->event_count) {
        status = cord_keep_event(keep, &batch->events[at], received_ns);
        if (status != CORD_OK) {
            break;
        }
        at++;
    }
    *ret_next = at;
    return status;
}
