/* block_key.c: see block_key.h. */
#include "evidence/block_key.h"

enum { SLACK = 16 };

#define KEY_BYTES_MAX ((size_t)3 << 30)

void cord_block_key_init(struct cord_buf *key)
{
    cord_buf_init(key, KEY_BYTES_MAX);
}

static char *put_bytes(char *to, const void *bytes, size_t len)
{
    if (len > 0) {
        memcpy(to, bytes, len);
    }
    return to + len;
}

static uint32_t kind_of(const struct cord_block_hole *hole)
{
    return ((hole->field * 0x9e3779b1U) ^ hole->label) << 1 | hole->personal;
}

/* Stretches of more than one hole, or of none, say where they lie. */
static struct cord_block_key_span span_of(const struct cord_block_layout *layout, uint32_t i)
{
    const struct cord_span *span = &layout->row->spans[i];
    const struct cord_block_place *place = &layout->places[i];
    bool is_hole = place->holes_end == place->holes + 1 &&
                   layout->holes[place->holes].at == span->at &&
                   layout->holes[place->holes].len == span->len;
    return (struct cord_block_key_span){span->field | (uint32_t)span->kind << 24 |
                                            (uint32_t)span->flags << 28,
                                        place->holes | (is_hole ? 0 : CORD_BLOCK_KEY_PLACED)};
}

static char *put_spans(const struct cord_block_layout *layout, char *to)
{
    for (uint32_t i = 0; i < layout->row->span_count; i++) {
        struct cord_block_key_span span = span_of(layout, i);
        to = put_bytes(to, &span, sizeof span);
        if (span.holes & CORD_BLOCK_KEY_PLACED) {
            to = put_bytes(to, &layout->places[i], sizeof layout->places[i]);
        }
    }
    return to;
}

/* Most stretches of skeleton are short: sixteen bytes at a time, a few of them in
 * vain, where there is room for those on either side. */
static char *put_skeleton(char *to, cord_str text, size_t at, size_t end)
{
    if (end - at > 64 || text.len - at < 64 + SLACK) {
        return put_bytes(to, text.ptr + at, end - at);
    }
    for (size_t i = at; i < end; i += SLACK) {
        memcpy(to + (i - at), text.ptr + i, SLACK);
    }
    return to + (end - at);
}

static struct cord_block_key make_head(const struct cord_block_layout *layout)
{
    const struct cord_row *row = layout->row;
    struct cord_block_key head = {.origin = row->origin,
                                  .raw_skeleton = row->raw_len,
                                  .skeleton_len = (uint32_t)row->text.len,
                                  .span_count = row->span_count,
                                  .hole_count = (uint32_t)layout->hole_count,
                                  .cut = layout->cut};
    memcpy(head.role, row->role, sizeof head.role);
    return head;
}

/* The holes, and what stands between them; the head gets what they take away. */
static char *put_holes(const struct cord_block_layout *layout, struct cord_block_key *head,
                       char *holes, char *skeleton)
{
    const struct cord_row *row = layout->row;
    uint32_t cursor = 0;
    uint32_t held = 0;
    uint32_t raw_held = 0;
    for (size_t i = 0; i < layout->hole_count; i++) {
        const struct cord_block_hole *hole = &layout->holes[i];
        struct cord_block_key_hole item = {hole->at - cursor, kind_of(hole)};
        holes = put_bytes(holes, &item, sizeof item);
        skeleton = put_skeleton(skeleton, row->text, cursor, hole->at);
        cursor = hole->at + hole->len;
        held += hole->len;
        if (hole->at < row->raw_len) {
            head->raw_holes = (uint32_t)i + 1;
            raw_held = held;
        }
    }
    head->raw_skeleton -= raw_held;
    head->skeleton_len -= held;
    return put_bytes(skeleton, row->text.ptr + cursor, row->text.len - cursor);
}

cord_status cord_block_key_make(const struct cord_block_layout *layout, struct cord_buf *key)
{
    const struct cord_row *row = layout->row;
    struct cord_block_key head = make_head(layout);
    size_t holes = layout->hole_count * sizeof(struct cord_block_key_hole);
    size_t bytes =
        sizeof head + holes +
        row->span_count * (sizeof(struct cord_block_key_span) + sizeof(struct cord_block_place)) +
        row->text.len + SLACK;
    cord_buf_clear(key);
    char *to = cord_buf_reserve(key, bytes);
    if (!to) {
        return CORD_E_NOMEM;
    }
    char *end = put_spans(layout, to + sizeof head + holes);
    end = put_holes(layout, &head, to + sizeof head, end);
    (void)put_bytes(to, &head, sizeof head);
    key->len = (size_t)(end - to);
    return CORD_OK;
}
