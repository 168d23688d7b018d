/* block_joint.c: see block_joint.h. */
#include "evidence/block_joint.h"

/* On either side: six characters, each written as \uXXXX. */
enum { REACH = 40, ESCAPE_BYTES = 6 };

/* Of a word, or of a character that may fold to one. */
static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '.' || c == '-' || (unsigned char)c >= 0x80;
}

/* The letter of an escaped tab or line end is no part of the word behind it;
 * searches leave it out, too (block_filter.c). */
static bool is_blank_escape(cord_str text, size_t at)
{
    return at > 0 && (text.ptr[at] == 't' || text.ptr[at] == 'n') && text.ptr[at - 1] == '\\';
}

/* A value that is not one hole. */
static bool is_placed(const struct cord_block_layout *layout, uint32_t span)
{
    const struct cord_block_place *place = &layout->places[span];
    return place->holes_end != place->holes + 1 || place->skeleton_end != place->skeleton;
}

/* Behind raw, values only happen to stand side by side, and no word of anything
 * goes across; but where the borders are those of a value's own parts. */
static bool is_apart(const struct cord_block_layout *layout, size_t hole)
{
    for (uint32_t i = 0; i < layout->row->span_count; i++) {
        const struct cord_block_place *place = &layout->places[i];
        if (is_placed(layout, i) && place->holes <= hole && hole <= place->holes_end) {
            return false;
        }
    }
    return true;
}

bool cord_block_joint_possible(const struct cord_block_layout *layout, size_t hole)
{
    cord_str text = layout->row->text;
    size_t raw_len = layout->row->raw_len;
    size_t at = layout->holes[hole].at;
    size_t end = at + layout->holes[hole].len;
    size_t before = hole > 0 ? layout->holes[hole - 1].at + layout->holes[hole - 1].len : 0;
    size_t next = hole + 1 < layout->hole_count ? layout->holes[hole + 1].at : text.len;
    if (layout->cut) {
        return true; /* borders may be anywhere, in the middle of an escape, too */
    }
    bool left =
        before == at ? hole > 0 : is_word(text.ptr[at - 1]) && !is_blank_escape(text, at - 1);
    bool right = end == next ? hole + 1 < layout->hole_count : is_word(text.ptr[end]);
    return (left && (at < raw_len || !is_apart(layout, hole))) ||
           (right && (end < raw_len || !is_apart(layout, hole + 1)));
}

/* An escape sequence begins in front of `at` and may end behind it. */
static bool in_escape(cord_str text, size_t at)
{
    size_t from = at > ESCAPE_BYTES ? at - ESCAPE_BYTES : 0;
    return memchr(text.ptr + from, '\\', at - from) != NULL;
}

/* The stretch's words. Where it touches what is personal, they are personal;
 * what is left of it around `at` once that has expired is not. */
static void add_stretch(const struct cord_block_layout *layout, size_t from, size_t at, size_t end,
                        struct cord_block_filter_maker filters[2])
{
    cord_str text = layout->row->text;
    size_t left = from;
    size_t right = end;
    for (size_t i = cord_block_layout_holes_before(layout, (uint32_t)from);
         i < layout->hole_count && layout->holes[i].at < end; i++) {
        size_t hole_end = (size_t)layout->holes[i].at + layout->holes[i].len;
        if (!layout->holes[i].personal) {
            continue;
        }
        if (hole_end <= at) {
            left = hole_end > left ? hole_end : left;
        } else {
            right = layout->holes[i].at < right ? layout->holes[i].at : right;
        }
    }
    if (left > from || right < end) {
        cord_block_filter_maker_add(&filters[1], cord_str_slice(text, from, end - from));
    }
    if (left < right) {
        cord_block_filter_maker_add(&filters[0], cord_str_slice(text, left, right - left));
    }
}

static bool is_joint(const struct cord_block_layout *layout, size_t at)
{
    cord_str text = layout->row->text;
    if (at == 0 || at >= text.len) {
        return false;
    }
    return (is_word(text.ptr[at - 1]) && is_word(text.ptr[at])) ||
           (layout->cut && in_escape(text, at));
}

/* No word goes on behind raw, nor one from there, but where a value does. */
static void add_at(const struct cord_block_layout *layout, size_t at,
                   struct cord_block_filter_maker filters[2])
{
    size_t raw_len = layout->row->raw_len;
    size_t len = layout->row->text.len;
    size_t low = layout->cut || at < raw_len ? 0 : raw_len;
    size_t high = layout->cut || at >= raw_len ? len : raw_len;
    if (is_joint(layout, at)) {
        add_stretch(layout, at - low > REACH ? at - REACH : low, at,
                    high - at > REACH ? at + REACH : high, filters);
    }
}

void cord_block_joint_add(const struct cord_block_layout *layout, size_t hole,
                          struct cord_block_filter_maker filters[2])
{
    const struct cord_block_hole *found = &layout->holes[hole];
    add_at(layout, found->at, filters);
    if (found->len > 0) {
        add_at(layout, (size_t)found->at + found->len, filters);
    }
}

static bool in_hole(const struct cord_block_layout *layout, size_t at)
{
    size_t hole = cord_block_layout_holes_before(layout, (uint32_t)at);
    return hole < layout->hole_count && layout->holes[hole].at <= at;
}

/* Whether something in front of the value may join its first word. */
static bool is_joined_before(const struct cord_block_layout *layout, size_t at)
{
    if (at == 0) {
        return false;
    }
    bool held = in_hole(layout, at - 1);
    bool word = is_word(layout->row->text.ptr[at - 1]);
    return at == layout->row->raw_len ? word && !held : word || held;
}

static bool is_joined_behind(const struct cord_block_layout *layout, size_t end)
{
    if (end == layout->row->text.len) {
        return false;
    }
    bool held = in_hole(layout, end);
    bool word = is_word(layout->row->text.ptr[end]);
    return end == layout->row->raw_len ? word && !held : word || held;
}

bool cord_block_joint_spans_possible(const struct cord_block_layout *layout)
{
    for (uint32_t i = 0; i < layout->row->span_count && !layout->cut; i++) {
        size_t at = layout->row->spans[i].at;
        size_t end = at + layout->row->spans[i].len;
        /* Of a hole the words are known. */
        if (is_placed(layout, i) &&
            (is_joined_before(layout, at) || is_joined_behind(layout, end))) {
            return true;
        }
    }
    return layout->cut;
}

void cord_block_joint_spans(const struct cord_block_layout *layout,
                            struct cord_block_filter_maker filters[2])
{
    for (uint32_t i = 0; i < layout->row->span_count; i++) {
        size_t at = layout->row->spans[i].at;
        size_t len = layout->row->spans[i].len;
        if (len > 0 && is_placed(layout, i) &&
            (is_joint(layout, at) || is_joint(layout, at + len))) {
            add_stretch(layout, at, at, len > REACH ? at + REACH : at + len, filters);
            add_stretch(layout, len > REACH ? at + len - REACH : at, at + len, at + len, filters);
        }
    }
}
