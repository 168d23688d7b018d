/*
 * fuzz_evtx.c: any bytes as a chunk.
 *
 * The first 512 bytes may be left out of an input, so that mutation is spent on
 * records. Whatever comes, reading ends, stays in its bounds, and moves on.
 */
#include <assert.h>
#include <stdlib.h>

#include "codec/evtx.h"

static void look(const struct cord_paths *paths, const struct cord_values *values, size_t first)
{
    static volatile unsigned char sink;
    for (size_t i = first; i < values->count; i++) {
        const struct cord_value *value = &values->items[i];
        assert(value->path < cord_paths_count(paths));
        bool ascii = true;
        for (size_t at = 0; at < value->len; at++) {
            sink = (unsigned char)value->ptr[at];
            ascii = ascii && sink < 0x80;
        }
        assert(ascii || !(value->flags & CORD_VALUE_ASCII));
    }
}

static void read_all(struct cord_evtx *reader, const struct cord_paths *paths, size_t len)
{
    static struct cord_value items[CORD_EVTX_VALUES_MAX];
    struct cord_values values = {.items = items, .max = CORD_EVTX_VALUES_MAX};
    struct cord_evtx_record record;
    cord_status status;
    size_t behind = 0;
    while ((status = cord_evtx_next(reader, &values, &record)) != CORD_E_END) {
        if (status == CORD_E_LIMIT) {
            assert(values.count > 0);
            values.count = 0;
            continue;
        }
        assert(record.offset >= behind && record.len > 0 && record.len <= len - record.offset);
        assert(status == CORD_OK || record.damage);
        behind = record.offset + record.len;
        look(paths, &values, 0);
        values.count = status == CORD_OK && values.count < 4096 ? values.count : 0;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Kept between inputs, as a worker does. */
    static struct cord_paths *paths;
    static struct cord_arena *arena;
    static struct cord_evtx *reader;
    if (!reader) {
        paths = cord_paths_new(1);
        arena = cord_arena_new(64u << 20);
        reader = cord_evtx_new(paths, cord_cpu_level_detect());
        assert(paths && arena && reader);
    }
    size_t len = size < 1000 || memcmp(data, "ElfChnk", 8) != 0 ? size + 512 : size;
    char *chunk = calloc(1, len);
    if (chunk) {
        memcpy(chunk, "ElfChnk", 8);
        if (size > 0) {
            memcpy(chunk + (len - size), data, size);
        }
        len = len < CORD_EVTX_CHUNK_BYTES ? len : CORD_EVTX_CHUNK_BYTES;
        (void)cord_evtx_chunk_begin(reader, (cord_str){chunk, len}, 0, arena);
        read_all(reader, paths, len);
    }
    free(chunk);
    cord_arena_reset(arena);
    if (cord_paths_full(paths) || cord_paths_count(paths) > CORD_PATHS_MAX / 2) {
        cord_paths_reset(paths);
    }
    return 0;
}
