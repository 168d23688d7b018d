/* block_nest.c: values of which some hold others; see block_layout_internal.h. */
#include "evidence/block_layout_internal.h"

/* Sorting moves no value further than so many times their number, all together. */
enum { MOVES = 8, ESCAPE_BYTES = 6 };

/* A walk along the text. The layout's stack holds the values that are open:
 * their stretch is in `at` and `end`, which they are in `span` (the first) and
 * `personal` (how many), by their order. */
struct walk {
    struct cord_block_layout *layout;
    const struct cord_block_stretch *all;
    size_t count;
    struct cord_block_stretch *stack;
    size_t depth;
    uint32_t cursor;
    uint32_t held; /* bytes in holes so far */
    size_t counted;
};

static bool stands_before(const struct cord_block_stretch *a, const struct cord_block_stretch *b)
{
    return a->at < b->at || (a->at == b->at && a->end > b->end);
}

/* By place, the longer one around the shorter. They come in few runs that are in
 * order: most stay where they are. False: they do not. */
static bool sort(struct cord_block_stretch *all, size_t count)
{
    size_t left = MOVES * count;
    for (size_t i = 1; i < count; i++) {
        struct cord_block_stretch item = all[i];
        size_t to = i;
        for (; to > 0 && stands_before(&item, &all[to - 1]); to--) {
            if (left-- == 0) {
                return false;
            }
            all[to] = all[to - 1];
        }
        all[to] = item;
    }
    return true;
}

/* Those in raw, then those behind it. */
static cord_status collect(struct walk *walk)
{
    struct cord_block_layout *layout = walk->layout;
    const struct cord_row *row = layout->row;
    struct cord_block_stretch *all = cord_block_layout_room(
        layout->stretches, &layout->stretch_cap, 2 * (size_t)row->span_count, sizeof *all);
    if (!all) {
        return CORD_E_NOMEM;
    }
    layout->stretches = all;
    size_t in_raw = 0;
    size_t behind = 0;
    for (uint32_t i = 0; i < row->span_count; i++) {
        const struct cord_span *span = &row->spans[i];
        struct cord_block_stretch stretch = {span->at, span->at + span->len, i,
                                             layout->is_personal[span->field]};
        if (stretch.at >= row->raw_len) {
            all[row->span_count + behind++] = stretch;
        } else if (stretch.end <= row->raw_len) {
            all[in_raw++] = stretch;
        } else {
            return CORD_E_UNSUPPORTED;
        }
    }
    if (behind > 0) {
        memmove(all + in_raw, all + row->span_count, behind * sizeof *all);
    }
    layout->stretch_count = row->span_count;
    walk->all = all;
    walk->count = row->span_count;
    return sort(all, in_raw) && sort(all + in_raw, behind) ? CORD_OK : CORD_E_UNSUPPORTED;
}

static void count_holes(struct walk *walk)
{
    const struct cord_block_layout *layout = walk->layout;
    for (; walk->counted < layout->hole_count; walk->counted++) {
        walk->held += layout->holes[walk->counted].len;
    }
}

/* Text up to `to` that belongs to the innermost open value, or to none. */
static cord_status put_text(struct walk *walk, uint32_t to)
{
    struct cord_block_layout *layout = walk->layout;
    uint32_t raw_len = layout->row->raw_len;
    cord_status status = CORD_OK;
    if (walk->depth > 0 && walk->cursor < to) {
        uint32_t span = walk->all[walk->stack[walk->depth - 1].span].span;
        status = cord_block_layout_put_part(layout, walk->cursor, to, span, false);
    } else if (walk->cursor < to && walk->cursor < raw_len) {
        status = cord_block_layout_put_gap(layout, walk->cursor, to < raw_len ? to : raw_len);
    }
    count_holes(walk);
    walk->cursor = to;
    return status;
}

/* What stands in front of most values. */
static bool is_name(const struct walk *walk, uint32_t at)
{
    uint32_t len = at - walk->cursor;
    return len >= CORD_BLOCK_GAP_MIN &&
           cord_block_layout_is_plain_gap(walk->layout->row->text, walk->cursor, at);
}

static void begin_places(const struct walk *walk, size_t from, size_t count)
{
    for (size_t i = from; i < from + count; i++) {
        struct cord_block_place *place = &walk->layout->places[walk->all[i].span];
        place->holes = (uint32_t)walk->counted;
        place->skeleton = walk->cursor - walk->held;
    }
}

static void end_places(const struct walk *walk, size_t from, size_t count)
{
    for (size_t i = from; i < from + count; i++) {
        struct cord_block_place *place = &walk->layout->places[walk->all[i].span];
        place->holes_end = (uint32_t)walk->counted;
        place->skeleton_end = walk->cursor - walk->held;
    }
}

/* Open values that end at or before `at` end. */
static cord_status close_until(struct walk *walk, uint32_t at)
{
    cord_status status = CORD_OK;
    while (status == CORD_OK && walk->depth > 0 && walk->stack[walk->depth - 1].end <= at) {
        const struct cord_block_stretch *top = &walk->stack[walk->depth - 1];
        status = put_text(walk, top->end);
        end_places(walk, top->span, top->personal);
        walk->depth--;
    }
    return status;
}

/* How many values are exactly this stretch; *ret_personal: one of them is. */
static size_t same_stretch(const struct walk *walk, size_t from, bool *ret_personal)
{
    const struct cord_block_stretch *first = &walk->all[from];
    size_t count = 0;
    *ret_personal = false;
    for (; from + count < walk->count && walk->all[from + count].at == first->at &&
           walk->all[from + count].end == first->end;
         count++) {
        *ret_personal = *ret_personal || walk->all[from + count].personal > 0;
    }
    return count;
}

/* Some byte of the eight is zero. */
static bool has_zero(uint64_t bytes)
{
    return ((bytes - 0x0101010101010101U) & ~bytes & 0x8080808080808080U) != 0;
}

/* An escape of JSON begins before `at` and ends behind it, if it is one. */
static bool parts_escape(cord_str text, size_t at)
{
    uint64_t before = 0;
    if (at >= sizeof before) {
        memcpy(&before, text.ptr + at - sizeof before, sizeof before);
        if (!has_zero(before ^ 0x5c5c5c5c5c5c5c5cU)) {
            return false;
        }
    }
    for (size_t back = 1; back < ESCAPE_BYTES && back <= at; back++) {
        size_t begin = at - back;
        if (text.ptr[begin] != '\\' || (back > 1 && text.ptr[begin + 1] != 'u')) {
            continue;
        }
        size_t run = 1;
        while (run <= begin && text.ptr[begin - run] == '\\') {
            run++;
        }
        if (run % 2 == 1) {
            return true;
        }
    }
    return false;
}

/* Values that hold others are open until these have been dealt with. */
static cord_status open_stretch(struct walk *walk, size_t from, size_t count, bool personal)
{
    const struct cord_block_stretch *stretch = &walk->all[from];
    walk->stack[walk->depth++] =
        (struct cord_block_stretch){stretch->at, stretch->end, (uint32_t)from, (uint32_t)count};
    return personal ? CORD_E_UNSUPPORTED : CORD_OK;
}

static cord_status put_leaf(struct walk *walk, const struct cord_block_stretch *last, bool personal)
{
    struct cord_block_layout *layout = walk->layout;
    cord_status status = CORD_OK;
    if (cord_block_layout_is_plain_value(layout->row, last->span) &&
        layout->hole_count < layout->hole_cap) {
        cord_block_layout_put_hole(layout, last->at, last->end,
                                   layout->row->spans[last->span].field, personal);
    } else {
        status = cord_block_layout_put_value(layout, last->at, last->end, last->span, personal);
    }
    count_holes(walk);
    walk->cursor = last->end;
    return status;
}

/* The values from `from` on that are one stretch; *ret_count says how many. */
static cord_status put_stretch(struct walk *walk, size_t from, size_t *ret_count)
{
    struct cord_block_layout *layout = walk->layout;
    const struct cord_block_stretch *stretch = &walk->all[from];
    cord_str text = layout->row->text;
    bool personal = false;
    size_t count = same_stretch(walk, from, &personal);
    cord_status status = close_until(walk, stretch->at);
    *ret_count = count;
    if (status == CORD_OK && walk->depth > 0) {
        status = stretch->end > walk->stack[walk->depth - 1].end ? CORD_E_UNSUPPORTED : CORD_OK;
        layout->cut =
            layout->cut || parts_escape(text, stretch->at) || parts_escape(text, stretch->end);
    }
    if (status == CORD_OK && is_name(walk, stretch->at)) {
        walk->cursor = stretch->at;
    } else if (status == CORD_OK) {
        status = put_text(walk, stretch->at);
    }
    if (status != CORD_OK) {
        return status;
    }
    begin_places(walk, from, count);
    if (from + count < walk->count && walk->all[from + count].at < stretch->end) {
        return open_stretch(walk, from, count, personal);
    }
    status = put_leaf(walk, &walk->all[from + count - 1], personal);
    end_places(walk, from, count);
    return status;
}

cord_status cord_block_nest_lay(struct cord_block_layout *layout)
{
    struct walk walk = {.layout = layout};
    layout->cut = false;
    layout->hole_count = 0;
    walk.stack = cord_block_layout_room(layout->stack, &layout->stack_cap,
                                        layout->row->span_count + (size_t)1, sizeof *walk.stack);
    if (!walk.stack) {
        return CORD_E_NOMEM;
    }
    layout->stack = walk.stack;
    if (!cord_block_layout_holes_room(layout, layout->row->span_count + (size_t)1)) {
        return CORD_E_NOMEM;
    }
    cord_status status = collect(&walk);
    for (size_t i = 0, count = 0; i < walk.count && status == CORD_OK; i += count) {
        status = put_stretch(&walk, i, &count);
    }
    status = status == CORD_OK ? close_until(&walk, UINT32_MAX) : status;
    return status == CORD_OK
               ? put_text(&walk,
                          layout->row->raw_len > walk.cursor ? layout->row->raw_len : walk.cursor)
               : status;
}
