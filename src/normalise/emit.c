/* emit.c: see emit.h. */
#include "normalise/emit.h"

enum { NAME_BYTES_MAX = 128 };

void cord_emit_begin(struct cord_emit *emit, struct cord_batch *batch, struct cord_paths *paths)
{
    emit->batch = batch;
    emit->paths = paths;
    emit->base = cord_batch_pending(batch);
    emit->full = false;
    emit->event_class = 0;
    batch->values.count = emit->base;
    for (size_t role = 0; role < CORD_ROLE_COUNT; role++) {
        emit->role[role] = CORD_VALUE_NONE;
    }
}

void cord_emit_value(struct cord_emit *emit, uint32_t path, enum cord_value_kind kind,
                     unsigned flags, cord_str text)
{
    if (!text.ptr) {
        text = CORD_STR("");
    }
    if (cord_value_add(&emit->batch->values, path, kind, flags, text) != CORD_OK) {
        emit->full = true;
    }
}

void cord_emit_role(struct cord_emit *emit, enum cord_role role, uint32_t path, cord_str text)
{
    if (text.len > 0) {
        cord_emit_text(emit, path, text);
        cord_emit_mark(emit, role);
    }
}

void cord_emit_named(struct cord_emit *emit, cord_str name, cord_str text)
{
    uint32_t path = CORD_PATH_OTHER;
    if (name.len > 0 && name.len <= NAME_BYTES_MAX) {
        path = cord_paths_dotted(emit->paths, name);
    }
    cord_emit_text(emit, path, text);
}

void cord_emit_mark(struct cord_emit *emit, enum cord_role role)
{
    size_t count = cord_emit_count(emit);
    if (!emit->full && count > 0 && count <= CORD_VALUE_NONE) {
        emit->role[role] = (uint16_t)(count - 1);
    }
}

cord_status cord_emit_end(struct cord_emit *emit, cord_str raw)
{
    struct cord_batch *batch = emit->batch;
    struct cord_event *event = NULL;
    if (emit->full && batch->event_count == 0) {
        cord_batch_refuse_too_much(batch, batch->text_offset + (uint64_t)(raw.ptr - batch->text),
                                   CORD_STR("more values than an event may have"));
        return CORD_OK;
    }
    if (emit->full || cord_batch_add(batch, raw, &event) != CORD_OK) {
        batch->values.count = emit->base;
        return CORD_E_LIMIT;
    }
    event->event_class = emit->event_class;
    memcpy(event->role, emit->role, sizeof emit->role);
    return CORD_OK;
}

size_t cord_emit_count(const struct cord_emit *emit)
{
    return emit->batch->values.count - emit->base;
}

void cord_emit_intern(struct cord_paths *paths, const char *const *names, size_t count,
                      uint32_t *ret_paths)
{
    for (size_t i = 0; i < count; i++) {
        ret_paths[i] = cord_paths_dotted(paths, cord_str_from(names[i]));
    }
}
