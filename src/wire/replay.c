/* replay.c: see replay.h. */
#include "wire/replay.h"

#include "base/timestamp.h"

#include <stdlib.h>

/* Text of one batch: as much as fits a core's L2 cache beside the matcher. */
#define BATCH_BYTES ((size_t)256 << 10)

/* What a number meant when it was last met. Other rows may mean something else
 * by it, and the same rows once they were reset: so it is compared each time. */
struct known_field {
    cord_str name; /* ptr NULL: not met yet */
    uint32_t path;
};

struct known_origin {
    cord_str texts[3]; /* ptr NULL: not met yet */
    uint32_t event_class;
};

struct cord_replay {
    struct cord_paths *paths;
    struct cord_classifier *classifier;
    uint32_t paths_epoch;
    struct known_field *fields; /* by number; the names are in paths */
    size_t field_count;
    struct known_origin *origins; /* by number; the texts are in the classifier */
    size_t origin_count;
};

struct cord_replay *cord_replay_new(struct cord_paths *paths, struct cord_classifier *classifier)
{
    struct cord_replay *replay = calloc(1, sizeof *replay);
    if (replay) {
        replay->paths = paths;
        replay->classifier = classifier;
        replay->paths_epoch = cord_paths_epoch(paths);
    }
    return replay;
}

void cord_replay_free(struct cord_replay *replay)
{
    if (replay) {
        free(replay->origins);
        free(replay->fields);
        free(replay);
    }
}

/* Room for what the rows number. */
static cord_status number_room(struct cord_replay *replay, const struct cord_rows *rows)
{
    size_t field_count = cord_rows_field_count(rows);
    size_t origin_count = cord_rows_origin_count(rows);
    if (field_count > replay->field_count) {
        struct known_field *fields = realloc(replay->fields, field_count * sizeof *fields);
        if (!fields) {
            return CORD_E_NOMEM;
        }
        memset(fields + replay->field_count, 0,
               (field_count - replay->field_count) * sizeof *fields);
        replay->fields = fields;
        replay->field_count = field_count;
    }
    if (origin_count > replay->origin_count) {
        struct known_origin *origins = realloc(replay->origins, origin_count * sizeof *origins);
        if (!origins) {
            return CORD_E_NOMEM;
        }
        memset(origins + replay->origin_count, 0,
               (origin_count - replay->origin_count) * sizeof *origins);
        replay->origins = origins;
        replay->origin_count = origin_count;
    }
    return CORD_OK;
}

/* One node for all of a dotted name: what rules may call it follows from its
 * text, wherever its dots came from. A name that had found no room is "". */
static uint32_t path_of(struct cord_replay *replay, const struct cord_rows *rows, uint32_t field)
{
    size_t count;
    struct known_field *known = &replay->fields[field];
    cord_str name = cord_rows_names(rows, field, &count)[0];
    if (!known->name.ptr || !cord_str_eq(known->name, name)) {
        known->path =
            name.len > 0 ? cord_paths_child(replay->paths, CORD_PATH_ROOT, name) : CORD_PATH_OTHER;
        if (known->path == CORD_PATH_OTHER && name.len > 0) {
            known->name.ptr = NULL; /* there may be room later */
        } else {
            known->name = cord_paths_text(replay->paths, known->path);
        }
    }
    return known->path;
}

/* 0: the values decide. */
static uint32_t stated_class(struct cord_replay *replay, const struct cord_rows *rows,
                             uint32_t number)
{
    const struct cord_origin *origin = cord_rows_origin_at(rows, number);
    const cord_str texts[3] = {origin->product, origin->category, origin->service};
    struct known_origin *known = &replay->origins[number];
    bool same = known->texts[0].ptr != NULL;
    if (texts[0].len + texts[1].len + texts[2].len == 0) {
        return 0;
    }
    for (size_t i = 0; i < 3 && same; i++) {
        same = cord_str_eq(known->texts[i], texts[i]);
    }
    if (!same) {
        known->event_class =
            cord_classifier_known(replay->classifier, texts[0], texts[1], texts[2]);
        /* Kept as the classifier has them; it may know the class by other words. */
        if (!cord_classifier_stated(replay->classifier, known->event_class, &known->texts[0],
                                    &known->texts[1], &known->texts[2])) {
            known->texts[0].ptr = NULL;
        }
    }
    return known->event_class;
}

/* Roles are the places of values; those that are left out no longer count. */
static void set_roles(const struct cord_row *row, uint32_t first_derived, struct cord_event *event)
{
    for (size_t role = 0; role < CORD_ROLE_COUNT; role++) {
        uint16_t at = row->role[role];
        if (at == CORD_VALUE_NONE || (row->spans[at].flags & CORD_SPAN_DERIVED) != 0) {
            continue;
        }
        uint16_t left_out = 0;
        for (uint32_t i = first_derived; i < at; i++) {
            left_out = (uint16_t)(left_out + ((row->spans[i].flags & CORD_SPAN_DERIVED) != 0));
        }
        event->role[role] = (uint16_t)(at - left_out);
    }
}

/* CORD_E_LIMIT: no room for its values; the batch is as it was. */
static cord_status add_values(struct cord_replay *replay, const struct cord_rows *rows,
                              const struct cord_row *row, struct cord_batch *batch,
                              uint32_t *ret_first_derived)
{
    char *text = batch->text + batch->text_len;
    *ret_first_derived = row->span_count;
    for (uint32_t i = 0; i < row->span_count; i++) {
        const struct cord_span *span = &row->spans[i];
        if ((span->flags & CORD_SPAN_DERIVED) != 0) {
            *ret_first_derived = i < *ret_first_derived ? i : *ret_first_derived;
            continue;
        }
        /* Of a kind that we do not know we know at least the text. */
        enum cord_value_kind kind =
            span->kind <= CORD_VALUE_EMPTY ? (enum cord_value_kind)span->kind : CORD_VALUE_TEXT;
        cord_str value = {text + span->at, span->len};
        cord_status status = cord_value_add(&batch->values, path_of(replay, rows, span->field),
                                            kind, span->flags, value);
        if (status != CORD_OK) {
            batch->values.count = cord_batch_pending(batch);
            return status;
        }
    }
    return CORD_OK;
}

/* The text of the first row may be larger than that of any batch before; values
 * point into the text, so that it grows for no other. */
static cord_status text_room(struct cord_batch *batch, size_t len)
{
    if (len <= batch->text_cap - batch->text_len) {
        return CORD_OK;
    }
    return batch->event_count > 0 ? CORD_E_LIMIT : cord_batch_text_grow(batch, len);
}

cord_status cord_replay_begin(struct cord_replay *replay, struct cord_batch *batch)
{
    cord_batch_reset(batch);
    if (cord_paths_epoch(replay->paths) != replay->paths_epoch) {
        replay->paths_epoch = cord_paths_epoch(replay->paths);
        free(replay->fields);
        replay->fields = NULL;
        replay->field_count = 0;
    }
    return cord_batch_text_grow(batch, BATCH_BYTES);
}

cord_status cord_replay_add(struct cord_replay *replay, const struct cord_rows *rows, size_t at,
                            struct cord_batch *batch)
{
    const struct cord_row *row = cord_rows_at(rows, at);
    struct cord_event *event;
    uint32_t first_derived;
    cord_status status = batch->event_count < batch->event_max ? CORD_OK : CORD_E_LIMIT;
    if (status == CORD_OK) {
        status = number_room(replay, rows);
    }
    if (status == CORD_OK) {
        status = text_room(batch, row->text.len);
    }
    if (status == CORD_OK) {
        status = add_values(replay, rows, row, batch, &first_derived);
    }
    if (status == CORD_OK) {
        cord_str raw = {batch->text + batch->text_len, row->raw_len};
        status = cord_batch_add(batch, raw, &event);
    }
    if (status != CORD_OK) {
        return status;
    }
    if (row->text.len > 0) {
        memcpy(batch->text + batch->text_len, row->text.ptr, row->text.len);
    }
    batch->text_len += row->text.len;
    set_roles(row, first_derived, event);
    event->time_ns = row->time_ns == CORD_TIME_NONE ? 0 : row->time_ns;
    event->event_class = stated_class(replay, rows, row->origin);
    return CORD_OK;
}

void cord_replay_end(struct cord_replay *replay, struct cord_batch *batch)
{
    /* The padding: what is behind the last row's text may be read. */
    memset(batch->text + batch->text_len, 0, CORD_BATCH_PADDING);
    batch->taken = batch->text_len;
    cord_classifier_run(replay->classifier, batch, 0);
}

cord_status cord_replay_run(struct cord_replay *replay, const struct cord_rows *rows, size_t from,
                            struct cord_batch *batch, size_t *ret_next)
{
    size_t at = from;
    *ret_next = from;
    cord_status status = cord_replay_begin(replay, batch);
    while (status == CORD_OK && at < cord_rows_count(rows)) {
        status = cord_replay_add(replay, rows, at, batch);
        at += status == CORD_OK;
    }
    *ret_next = at;
    cord_replay_end(replay, batch);
    return status == CORD_E_LIMIT && at > from ? CORD_OK : status;
}
