/* vec.c: see vec.h. */
#include "base/vec.h"

#include <stdint.h>
#include <stdlib.h>

void *cord_vec_room(void *items, size_t count, size_t *cap, size_t item_bytes)
{
    if (count < *cap) {
        return items;
    }
    size_t bigger = *cap == 0 ? 16 : *cap;
    if (bigger > SIZE_MAX / 2 / item_bytes) {
        return NULL;
    }
    bigger = *cap == 0 ? bigger : bigger * 2;
    void *moved = realloc(items, bigger * item_bytes);
    if (moved) {
        *cap = bigger;
    }
    return moved;
}
