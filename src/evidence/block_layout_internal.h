/*
 * block_layout_internal.h: the three ways in which a row's values may stand.
 *
 * One behind the other (block_layout.c), the usual row. Some around others,
 * as a line of syslog whose message is JSON (block_nest.c). Some across the
 * borders of others, or of names that must be hidden (block_cut.c). All of them
 * fill the layout's holes and places. One thread at a time.
 */
#ifndef CORD_EVIDENCE_BLOCK_LAYOUT_INTERNAL_H
#define CORD_EVIDENCE_BLOCK_LAYOUT_INTERNAL_H

#include "evidence/block_layout.h"

/* A span, or what has to be hidden. */
struct cord_block_stretch {
    uint32_t at;
    uint32_t end;
    uint32_t span; /* its number, HIDDEN or MARKED */
    uint32_t personal;
};
/* A personal value where no hole holds all of it: a hole is to be made for it. */
#define CORD_BLOCK_HIDDEN UINT32_MAX
/* One inside holes, which become personal as a whole. */
#define CORD_BLOCK_MARKED (UINT32_MAX - 1)

/* Shorter values are never parted, and shorter texts between values stay. */
#define CORD_BLOCK_LINES_MIN 96u
#define CORD_BLOCK_GAP_MIN   4u

/* Room for `count` members in all: where they are now, or NULL. */
void *cord_block_layout_room(void *items, size_t *cap, size_t count, size_t item_bytes);
bool cord_block_layout_holes_room(struct cord_block_layout *layout, size_t more);

/* Nothing of the row is laid out yet; there is room for its values and so many
 * holes. False: out of memory. */
bool cord_block_layout_begin(struct cord_block_layout *layout, const struct cord_row *row,
                             const bool *is_personal, size_t hole_count);

/* There is room for it. */
static inline void cord_block_layout_put_hole(struct cord_block_layout *layout, uint32_t at,
                                              uint32_t end, uint32_t field, bool personal)
{
    layout->holes[layout->hole_count++] =
        (struct cord_block_hole){.at = at, .len = end - at, .field = field, .personal = personal};
}

/* A name and its quotes, or so little that nothing varies in it. */
static inline bool cord_block_layout_is_plain_gap(cord_str text, uint32_t at, uint32_t end)
{
    return end - at < CORD_BLOCK_GAP_MIN ||
           (end - at < CORD_BLOCK_LINES_MIN &&
            (text.ptr[end - 1] == ':' || (text.ptr[end - 1] == '"' && text.ptr[end - 2] == ':')));
}

/* Nothing to look for in it: one hole. */
static inline bool cord_block_layout_is_plain_value(const struct cord_row *row, uint32_t span)
{
    return row->spans[span].len < CORD_BLOCK_LINES_MIN && row->role[CORD_ROLE_MESSAGE] != span;
}

/* A value becomes one hole, or several when it is a text that was itself made
 * from a template; not when it is personal, since then none of it may stay. */
CORD_MUST_USE cord_status cord_block_layout_put_value(struct cord_block_layout *layout, uint32_t at,
                                                      uint32_t end, uint32_t span, bool personal);
/* Whether that would be one hole, if it is not personal. */
bool cord_block_layout_is_whole(const struct cord_block_layout *layout, uint32_t span);
/* What stands between a value's own beginning, the values in it, and its end. */
CORD_MUST_USE cord_status cord_block_layout_put_part(struct cord_block_layout *layout, uint32_t at,
                                                     uint32_t end, uint32_t span, bool personal);
/* Text that no value covers. */
CORD_MUST_USE cord_status cord_block_layout_put_gap(struct cord_block_layout *layout, uint32_t at,
                                                    uint32_t end);

/* What is known of all rows of a shape: which values name somebody, and at which
 * holes a word may go across the border. */
struct cord_block_layout_hints {
    const uint32_t *personal;
    const uint32_t *borders;
    uint32_t personal_count;
    uint32_t border_count;
};
bool cord_block_layout_may_name(const struct cord_block_layout *layout, uint32_t span);
bool cord_block_layout_may_part(const struct cord_block_layout *layout, size_t hole);

/* What the row's persons are called is added to the names, and hidden in holes
 * that are there already (block_stencil.h). *ret_same: no hole had to change; else
 * the row has to be laid out anew. CORD_E_NOMEM, CORD_E_LIMIT. */
CORD_MUST_USE cord_status cord_block_layout_hide(struct cord_block_layout *layout,
                                                 const struct cord_block_layout_hints *hints,
                                                 bool *ret_same);

/* CORD_E_UNSUPPORTED: some values overlap, or one that is personal holds others. */
CORD_MUST_USE cord_status cord_block_nest_lay(struct cord_block_layout *layout);

/* Whatever stands where; with holes for what is hidden. */
CORD_MUST_USE cord_status cord_block_cut_lay(struct cord_block_layout *layout);

#endif
