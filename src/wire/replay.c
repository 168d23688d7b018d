/* replay.c: see replay.h. */
#include "wire/replay.h"

#include <stdlib.h>

/* Text of one batch: as much as fits a core's L2 cache beside the matcher. */
#define BATCH_BYTES ((size_t)256 << 10)

struct cord_replay {
    struct cord_paths *paths;
    struct cord_classifier *classifier;
    const struct cord_rows *rows;
    uint32_t paths_epoch;
    uint32_t *field_paths; /* by field: its path and one; 0: not learnt yet */
    size_t field_count;
    uint32_t *origin_classes; /* by origin: its stated class and one; 0: not asked yet */
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

static void forget_paths(struct cord_replay *replay)
{
    free(replay->field_paths);
    replay->field_paths = NULL;
    replay->field_count = 0;
}

static void forget_origins(struct cord_replay *replay)
{
    free(replay->origin_classes);
    replay->origin_classes = NULL;
    replay->origin_count = 0;
}

void cord_replay_free(struct cord_replay *replay)
{
    if (replay) {
        forget_paths(replay);
        forget_origins(replay);
        free(replay);
    }
}

void cord_replay_from(struct cord_replay *replay, const struct cord_rows *rows)
{
    replay->rows = rows;
    forget_paths(replay);
    forget_origins(replay);
}

static uint32_t *grow(uint32_t *numbers, size_t *count, size_t wanted)
{
    uint32_t *grown = realloc(numbers, wanted * sizeof *grown);
    if (grown) {
        memset(grown + *count, 0, (wanted - *count) * sizeof *grown);
        *count = wanted;
    }
    return grown;
}

/* Rows may have gained fields and origins since the last batch. */
static cord_status catch_up(struct cord_replay *replay)
{
    uint32_t fields = cord_rows_field_count(replay->rows);
    uint32_t origins = cord_rows_origin_count(replay->rows);
    if (cord_paths_epoch(replay->paths) != replay->paths_epoch) {
        replay->paths_epoch = cord_paths_epoch(replay->paths);
        forget_paths(replay);
    }
    if (fields > replay->field_count) {
        uint32_t *grown = grow(replay->field_paths, &replay->field_count, fields);
        if (!grown) {
            return CORD_E_NOMEM;
        }
        replay->field_paths = grown;
    }
    if (origins > replay->origin_count) {
        uint32_t *grown = grow(replay->origin_classes, &replay->origin_count, origins);
        if (!grown) {
            return CORD_E_NOMEM;
        }
        replay->origin_classes = grown;
    }
    return CORD_OK;
}

/* One node for all of a dotted name: what rules may call it follows from its
 * text, wherever its dots came from. A name that had found no room is "". */
static uint32_t path_of(struct cord_replay *replay, uint32_t field)
{
    uint32_t *known = &replay->field_paths[field];
    if (*known == 0) {
        size_t count;
        cord_str name = cord_rows_names(replay->rows, field, &count)[0];
        uint32_t path =
            name.len > 0 ? cord_paths_child(replay->paths, CORD_PATH_ROOT, name) : CORD_PATH_OTHER;
        *known = path + 1;
    }
    return *known - 1;
}

/* 0: the values decide. */
static uint32_t stated_class(struct cord_replay *replay, uint32_t number)
{
    uint32_t *known = &replay->origin_classes[number];
    if (*known == 0) {
        const struct cord_origin *origin = cord_rows_origin_at(replay->rows, number);
        bool stated = origin->product.len + origin->category.len + origin->service.len > 0;
        uint32_t event_class = stated ? cord_classifier_known(replay->classifier, origin->product,
                                                              origin->category, origin->service)
                                      : 0;
        *known = event_class + 1;
    }
    return *known - 1;
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
static cord_status add_values(struct cord_replay *replay, const struct cord_row *row, char *text,
                              struct cord_batch *batch, uint32_t *ret_first_derived)
{
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
        cord_status status =
            cord_value_add(&batch->values, path_of(replay, span->field), kind, span->flags, value);
        if (status != CORD_OK) {
            batch->values.count = cord_batch_pending(batch);
            return status;
        }
    }
    return CORD_OK;
}

/* Copies the row's text behind what is there, for which there is room. */
static cord_status add_row(struct cord_replay *replay, const struct cord_row *row,
                           struct cord_batch *batch)
{
    char *text = batch->text + batch->text_len;
    struct cord_event *event;
    uint32_t first_derived;
    if (batch->event_count == batch->event_max) {
        return CORD_E_LIMIT;
    }
    cord_status status = add_values(replay, row, text, batch, &first_derived);
    if (status == CORD_OK) {
        status = cord_batch_add(batch, (cord_str){text, row->raw_len}, &event);
    }
    if (status != CORD_OK) {
        return status;
    }
    if (row->text.len > 0) {
        memcpy(text, row->text.ptr, row->text.len);
    }
    batch->text_len += row->text.len;
    set_roles(row, first_derived, event);
    event->event_class = stated_class(replay, row->origin);
    return CORD_OK;
}

cord_status cord_replay_run(struct cord_replay *replay, size_t from, struct cord_batch *batch,
                            size_t *ret_next)
{
    size_t count = cord_rows_count(replay->rows);
    size_t at = from;
    *ret_next = from;
    cord_batch_reset(batch);
    cord_status status = catch_up(replay);
    if (status == CORD_OK && from < count) {
        size_t first = cord_rows_at(replay->rows, from)->text.len;
        status = cord_batch_text_grow(batch, first > BATCH_BYTES ? first : BATCH_BYTES);
    }
    while (status == CORD_OK && at < count) {
        const struct cord_row *row = cord_rows_at(replay->rows, at);
        if (row->text.len > batch->text_cap - batch->text_len) {
            break;
        }
        status = add_row(replay, row, batch);
        at += status == CORD_OK;
    }
    *ret_next = at;
    if (status == CORD_E_LIMIT && at > from) {
        status = CORD_OK;
    }
    if (batch->event_count > 0) {
        /* The padding: what is behind the last row's text may be read. */
        memset(batch->text + batch->text_len, 0, CORD_BATCH_PADDING);
        batch->taken = batch->text_len;
        cord_classifier_run(replay->classifier, batch, 0);
    }
    return status;
}
