/* batch.c: see batch.h. */
#include "event/batch.h"

#include <stdlib.h>

enum {
    EVENTS_MAX = 8192,
    ARENA_BYTES_MAX = 256 << 20,
    TEXT_ALIGN = 64, /* vector loads of the text cross no cache line */
};

struct cord_batch *cord_batch_new(size_t text_cap)
{
    struct cord_batch *batch = calloc(1, sizeof *batch);
    if (!batch) {
        return NULL;
    }
    batch->event_max = EVENTS_MAX;
    batch->events = malloc(EVENTS_MAX * sizeof *batch->events);
    batch->values.max = CORD_BATCH_VALUES_MAX;
    batch->values.items = malloc(CORD_BATCH_VALUES_MAX * sizeof *batch->values.items);
    batch->arena = cord_arena_new(ARENA_BYTES_MAX);
    if (!batch->events || !batch->values.items || !batch->arena ||
        cord_batch_text_grow(batch, text_cap) != CORD_OK) {
        cord_batch_free(batch);
        return NULL;
    }
    return batch;
}

void cord_batch_free(struct cord_batch *batch)
{
    if (batch) {
        cord_arena_free(batch->arena);
        free(batch->values.items);
        free(batch->events);
        free(batch->text);
        free(batch);
    }
}

void cord_batch_reset(struct cord_batch *batch)
{
    cord_batch_events_reset(batch);
    cord_arena_reset(batch->arena);
    batch->text_len = 0;
    batch->text_offset = 0;
    batch->sequence = 0;
    batch->last = false;
    batch->taken = 0;
    batch->preamble = (cord_str){0};
    batch->records = 0;
    batch->read = 0;
    batch->skipped = 0;
    batch->refused = 0;
    batch->refusal_count = 0;
}

void cord_batch_events_reset(struct cord_batch *batch)
{
    batch->event_count = 0;
    batch->values.count = 0;
    batch->values_taken = 0;
}

static size_t text_bytes(size_t text_cap)
{
    size_t bytes = text_cap + CORD_BATCH_PADDING;
    return (bytes + TEXT_ALIGN - 1) / TEXT_ALIGN * TEXT_ALIGN;
}

cord_status cord_batch_text_grow(struct cord_batch *batch, size_t text_cap)
{
    if (text_cap > SIZE_MAX - CORD_BATCH_PADDING - TEXT_ALIGN) {
        return CORD_E_LIMIT;
    }
    if (!batch->text || text_cap > batch->text_cap) {
        char *text = aligned_alloc(TEXT_ALIGN, text_bytes(text_cap));
        if (!text) {
            return CORD_E_NOMEM;
        }
        if (batch->text_len > 0) {
            memcpy(text, batch->text, batch->text_len);
        }
        free(batch->text);
        batch->text = text;
        batch->text_cap = text_cap;
    }
    memset(batch->text + batch->text_len, 0, CORD_BATCH_PADDING);
    return CORD_OK;
}

size_t cord_batch_pending(const struct cord_batch *batch)
{
    /* Not reckoned from the last event: whoever normalises may have given it
     * a longer list of values elsewhere. */
    return batch->values_taken;
}

cord_status cord_batch_add(struct cord_batch *batch, cord_str raw, struct cord_event **ret_event)
{
    if (batch->event_count == batch->event_max) {
        return CORD_E_LIMIT;
    }
    size_t first = cord_batch_pending(batch);
    struct cord_event *event = &batch->events[batch->event_count++];
    event->raw = raw;
    event->values = batch->values.items + first;
    event->value_count = (uint32_t)(batch->values.count - first);
    batch->values_taken = batch->values.count;
    event->event_class = 0;
    event->offset = batch->text_offset + (uint64_t)(raw.ptr - batch->text);
    event->record = (uint32_t)batch->records;
    event->derived_count = 0;
    event->time_ns = 0;
    for (size_t role = 0; role < CORD_ROLE_COUNT; role++) {
        event->role[role] = CORD_VALUE_NONE;
    }
    batch->records++;
    batch->read++;
    *ret_event = event;
    return CORD_OK;
}

/* NULL: no more are kept. */
static struct cord_refusal *keep_refusal(struct cord_batch *batch, uint64_t offset, cord_str reason,
                                         uint32_t record)
{
    if (batch->refusal_count == CORD_BATCH_REFUSALS_MAX) {
        return NULL;
    }
    cord_str kept = cord_arena_copy(batch->arena, reason);
    struct cord_refusal *refusal = &batch->refusals[batch->refusal_count++];
    *refusal = (struct cord_refusal){
        .offset = offset,
        .reason = kept.ptr ? kept : CORD_STR("something, and no room to say what"),
        .record = record,
    };
    return refusal;
}

static void refuse(struct cord_batch *batch, uint64_t offset, cord_str reason, bool too_much)
{
    batch->values.count = cord_batch_pending(batch);
    struct cord_refusal *refusal = keep_refusal(batch, offset, reason, (uint32_t)batch->records);
    if (refusal) {
        refusal->too_much = too_much;
    }
    batch->records++;
    batch->refused++;
}

void cord_batch_refuse(struct cord_batch *batch, uint64_t offset, cord_str reason)
{
    refuse(batch, offset, reason, false);
}

void cord_batch_refuse_too_much(struct cord_batch *batch, uint64_t offset, cord_str reason)
{
    refuse(batch, offset, reason, true);
}

void cord_batch_note(struct cord_batch *batch, uint64_t offset, cord_str reason)
{
    (void)keep_refusal(batch, offset, reason, UINT32_MAX);
}
