/* annotate.c: see annotate.h. */
#include "wire/annotate.h"

static enum cord_role role_of(enum cord_unwrap_role role)
{
    switch (role) {
    case CORD_UNWRAP_ROLE_TIME:
        return CORD_ROLE_TIME;
    case CORD_UNWRAP_ROLE_HOST:
        return CORD_ROLE_HOST;
    case CORD_UNWRAP_ROLE_DATASET:
        return CORD_ROLE_DATASET;
    case CORD_UNWRAP_ROLE_NONE:
    case CORD_UNWRAP_ROLE_ATNA:
        break;
    }
    return CORD_ROLE_COUNT;
}

/* Values that follow from others stay the last: what stands in front of them
 * moves their places in role[] on. */
static void move_roles(struct cord_event *event, uint32_t from, uint32_t by)
{
    for (size_t i = 0; i < CORD_ROLE_COUNT; i++) {
        if (event->role[i] != CORD_VALUE_NONE && event->role[i] >= from) {
            event->role[i] = (uint16_t)(event->role[i] + by);
        }
    }
}

cord_status cord_annotate(struct cord_batch *batch, struct cord_event *event,
                          struct cord_paths *paths, const struct cord_unwrap_note *notes,
                          size_t count)
{
    uint32_t own = event->value_count - event->derived_count;
    size_t total = event->value_count + count;
    if (total >= CORD_VALUE_NONE) {
        return CORD_E_LIMIT;
    }
    struct cord_value *values = cord_arena_zalloc(batch->arena, total, sizeof *values);
    if (!values) {
        return cord_arena_failure(batch->arena);
    }
    struct cord_values list = {.items = values, .count = own, .max = total};
    if (own > 0) {
        memcpy(values, event->values, own * sizeof *values);
    }
    for (size_t i = 0; i < count; i++) {
        cord_status status =
            cord_value_add(&list, cord_paths_dotted(paths, notes[i].name), CORD_VALUE_TEXT, 0,
                           cord_str_slice(notes[i].value, 0, CORD_VALUE_BYTES_MAX));
        if (status != CORD_OK) {
            return status;
        }
    }
    if (event->derived_count > 0) {
        memcpy(values + own + count, event->values + own, event->derived_count * sizeof *values);
    }
    move_roles(event, own, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        enum cord_role role = role_of(notes[i].role);
        if (role != CORD_ROLE_COUNT && event->role[role] == CORD_VALUE_NONE) {
            event->role[role] = (uint16_t)(own + i);
        }
    }
    event->values = values;
    event->value_count = (uint32_t)total;
    return CORD_OK;
}
