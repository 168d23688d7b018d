/* header_cutter.c: see header_cutter.h. */
#include "normalise/header_cutter.h"

#include <stdlib.h>

#include "base/buf.h"
#include "codec/zeek_text.h"
#include "normalise/text_lines.h"

/* The lines that decoders heed, in the order in which a preamble gives them. */
enum slot {
    SLOT_SEPARATOR,
    SLOT_SET_SEPARATOR,
    SLOT_EMPTY,
    SLOT_UNSET,
    SLOT_PATH,
    SLOT_SOFTWARE,
    SLOT_DATE,
    SLOT_FIELDS,
    SLOT_TYPES,
    SLOT_COUNT,
};

static const struct {
    const char *key;
    enum slot slot;
} keys[] = {
    {"#separator", SLOT_SEPARATOR}, {"#set_separator", SLOT_SET_SEPARATOR},
    {"#empty_field", SLOT_EMPTY},   {"#unset_field", SLOT_UNSET},
    {"#path", SLOT_PATH},           {"#software", SLOT_SOFTWARE},
    {"#date", SLOT_DATE},           {"#fields", SLOT_FIELDS},
    {"#types", SLOT_TYPES},
};

struct header_cutter {
    struct cord_lines_cutter lines; /* first: text_lines.c knows only this */
    struct cord_buf slots[SLOT_COUNT];
    bool started;
    bool is_zeek;
    char separator[16]; /* Zeek's */
    size_t separator_len;
};

struct cord_cutter *cord_header_cutter_new(void)
{
    struct header_cutter *cutter = calloc(1, sizeof *cutter);
    for (size_t i = 0; cutter && i < SLOT_COUNT; i++) {
        cord_buf_init(&cutter->slots[i], CORD_HEADER_BYTES_MAX + 2);
    }
    return (struct cord_cutter *)cutter;
}

struct cord_cutter *cord_header_cutter_zeek_new(void)
{
    struct header_cutter *cutter = (struct header_cutter *)(void *)cord_header_cutter_new();
    if (cutter) {
        cutter->is_zeek = true;
        cutter->separator[0] = '\t';
        cutter->separator_len = 1;
    }
    return (struct cord_cutter *)cutter;
}

void cord_header_cutter_free(struct cord_cutter *cutter)
{
    if (cutter) {
        struct header_cutter *self = (struct header_cutter *)(void *)cutter;
        for (size_t i = 0; i < SLOT_COUNT; i++) {
            cord_buf_done(&self->slots[i]);
        }
        free(self);
    }
}

/* The line begins with this key, in the way of the format. */
static bool is_key(const struct header_cutter *cutter, cord_str line, cord_str key, enum slot slot)
{
    cord_str behind = cord_str_from_byte(line, key.len);
    bool zeek_only = slot != SLOT_SOFTWARE && slot != SLOT_DATE && slot != SLOT_FIELDS;
    if (!cutter->is_zeek) { /* a W3C log's "#Separator:" is no header of ours */
        return !zeek_only && cord_str_starts_fold(line, key) && behind.len > 0 &&
               behind.ptr[0] == ':';
    }
    cord_str separator = {cutter->separator, cutter->separator_len};
    return cord_str_starts(line, key) &&
           cord_str_starts(behind, slot == SLOT_SEPARATOR ? CORD_STR(" ") : separator);
}

/* A line takes the place of the one of its kind. Zeek's first line starts all
 * anew, new columns have no types yet: as the decoders have it. */
static void keep(struct header_cutter *cutter, cord_str line)
{
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        cord_str key = cord_str_from(keys[i].key);
        if (!is_key(cutter, line, key, keys[i].slot)) {
            continue;
        }
        for (size_t slot = 0; slot < SLOT_COUNT && keys[i].slot == SLOT_SEPARATOR; slot++) {
            cord_buf_clear(&cutter->slots[slot]);
        }
        if (keys[i].slot == SLOT_SEPARATOR) {
            cutter->separator_len =
                cord_zeek_text_separator_line(line, cutter->separator, sizeof cutter->separator);
        }
        if (keys[i].slot == SLOT_FIELDS) {
            cord_buf_clear(&cutter->slots[SLOT_TYPES]);
        }
        cord_buf_clear(&cutter->slots[keys[i].slot]);
        cord_buf_put(&cutter->slots[keys[i].slot], line);
        return;
    }
}

static void walk(struct header_cutter *cutter, cord_str text)
{
    if (!cutter->started && cord_str_starts(text, CORD_STR("\xef\xbb\xbf"))) {
        text = cord_str_from_byte(text, 3);
    }
    cutter->started = true;
    while (text.len > 0) {
        const char *end = memchr(text.ptr, '\n', text.len);
        size_t len = end ? (size_t)(end - text.ptr) + 1 : text.len;
        if (text.ptr[0] == '#' && len <= CORD_HEADER_BYTES_MAX) {
            keep(cutter, (cord_str){text.ptr, len});
        }
        text = cord_str_from_byte(text, len);
    }
}

static cord_str preamble(const struct header_cutter *cutter, struct cord_arena *arena)
{
    size_t len = 0;
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        len += cutter->slots[i].len;
    }
    char *text = len > 0 ? cord_arena_bytes(arena, len) : NULL;
    if (!text) {
        return (cord_str){0};
    }
    len = 0;
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        if (cutter->slots[i].len > 0) {
            memcpy(text + len, cutter->slots[i].ptr, cutter->slots[i].len);
            len += cutter->slots[i].len;
        }
    }
    return (cord_str){text, len};
}

size_t cord_header_cutter_cut(struct cord_cutter *cutter, cord_str text, bool last,
                              struct cord_batch *batch)
{
    struct header_cutter *self = (struct header_cutter *)(void *)cutter;
    size_t len = cord_text_lines_cut(&self->lines, text, last, batch);
    if (len == 0 || batch->preamble.len > 0) {
        return len; /* more is needed, or the rest of an overlong line */
    }
    batch->preamble = preamble(self, batch->arena);
    walk(self, cord_str_slice(text, 0, len));
    return len;
}
