/* memory_reader.c: see memory_reader.h. */
#include "kit/memory_reader.h"

#include <assert.h>
#include <stdlib.h>

struct memory_reader {
    struct cord_reader reader;
    cord_str text;
    size_t step;
};

static cord_status memory_read(struct cord_reader *reader, char *into, size_t cap, size_t *ret_len,
                               struct cord_error *err)
{
    struct memory_reader *self = (struct memory_reader *)reader;
    (void)err;
    size_t take = self->text.len < cap ? self->text.len : cap;
    take = take < self->step ? take : self->step;
    if (take == 0) {
        return CORD_E_END;
    }
    memcpy(into, self->text.ptr, take);
    self->text = cord_str_from_byte(self->text, take);
    *ret_len = take;
    return CORD_OK;
}

static void memory_close(struct cord_reader *reader)
{
    free(reader);
}

struct cord_reader *kit_memory_reader(cord_str text, size_t step)
{
    static const struct cord_reader_ops ops = {.read = memory_read, .close = memory_close};
    struct memory_reader *self = calloc(1, sizeof *self);
    assert(self);
    self->reader.ops = &ops;
    self->text = text;
    self->step = step;
    return &self->reader;
}
