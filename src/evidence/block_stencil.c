/* block_stencil.c: see block_stencil.h. */
#include "evidence/block_stencil.h"

#include "evidence/block_key.h"
#include "evidence/block_layout_internal.h"
#include "evidence/block_token.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { SLACK = 16, HEAD_BYTES = 4, GAP_MAX = UINT16_MAX };
#define NO_SPAN UINT16_MAX
#define NONE    UINT32_MAX

/* A hole, and the piece of skeleton before it. Small: a block has some hundred
 * thousand, and all but a few are read for some row. */
struct step {
    uint32_t what; /* of the value that is the hole */
    uint16_t gap;  /* bytes of the piece */
    uint16_t span; /* that value, or NO_SPAN */
};

/* A place: so many bytes of skeleton behind the last of so many holes. */
struct mark {
    uint32_t holes;
    uint32_t after;
};

/* A value that is no hole, or is one that another value is, too. */
struct other {
    uint32_t span;
    uint32_t what;
    struct mark at;
    struct mark end;
};

struct cord_block_stencil {
    const struct step *steps; /* one a hole */
    uint32_t step_count;
    uint32_t other_count;
    const struct other *others;
    const char *skeleton;                  /* SLACK bytes more than there are can be read */
    const struct cord_block_place *places; /* one a value, or NULL */
    struct cord_block_layout_hints hints;
    struct mark raw_end;
    struct cord_block_key head;
};

/* Field, kind and flags, in whatever order the struct has them. */
static inline uint32_t what_of(const struct cord_span *span)
{
    uint32_t what;
    _Static_assert(sizeof *span == 2 * sizeof what + sizeof what, "bit fields follow two members");
    memcpy(&what, (const char *)span + 2 * sizeof what, sizeof what);
    return what;
}

static bool is_hole(const struct cord_block_layout *layout, uint32_t span)
{
    const struct cord_block_place *place = &layout->places[span];
    return place->holes_end == place->holes + 1 && place->skeleton_end == place->skeleton;
}

/* ---- making ---- */

/* Where the hole ends follows from what stands behind it. */
static bool can_be_told(const struct step *steps, uint32_t count)
{
    for (uint32_t i = 0; i + 1 < count; i++) {
        if (steps[i].span == NO_SPAN && steps[i + 1].span == NO_SPAN && steps[i + 1].gap == 0) {
            return false;
        }
    }
    return true;
}

/* False: some piece is too long. */
static bool put_steps(const struct cord_block_layout *layout, struct step *steps)
{
    uint32_t cursor = 0;
    for (size_t i = 0; i < layout->hole_count; i++) {
        const struct cord_block_hole *hole = &layout->holes[i];
        uint32_t gap = hole->at - cursor;
        if (gap > GAP_MAX) {
            return false;
        }
        steps[i] = (struct step){0, (uint16_t)gap, NO_SPAN};
        cursor = hole->at + hole->len;
    }
    return true;
}

/* `skeleton` bytes of it and so many holes stand before the place. */
static struct mark mark_of(const struct cord_block_layout *layout, uint32_t holes,
                           uint32_t skeleton)
{
    uint32_t held = 0;
    for (uint32_t i = 0; i + 1 < holes; i++) {
        held += layout->holes[i].len;
    }
    uint32_t before = holes > 0 ? layout->holes[holes - 1].at - held : 0;
    return (struct mark){holes, skeleton - before};
}

static uint32_t put_others(const struct cord_block_layout *layout, struct step *steps,
                           struct other *others)
{
    const struct cord_row *row = layout->row;
    uint32_t count = 0;
    for (uint32_t i = 0; i < row->span_count; i++) {
        const struct cord_block_place *place = &layout->places[i];
        uint32_t what = what_of(&row->spans[i]);
        /* A value that is one token would be parted otherwise if it were longer. */
        if (is_hole(layout, i) && steps[place->holes].span == NO_SPAN &&
            layout->holes[place->holes].label == 0) {
            steps[place->holes].span = (uint16_t)i;
            steps[place->holes].what = what;
        } else {
            others[count++] =
                (struct other){i, what, mark_of(layout, place->holes, place->skeleton),
                               mark_of(layout, place->holes_end, place->skeleton_end)};
        }
    }
    return count;
}

static cord_status copy_skeleton(struct cord_block_stencil *stencil, cord_str key,
                                 struct cord_arena *arena)
{
    uint32_t len = stencil->head.skeleton_len;
    char *skeleton = cord_arena_bytes(arena, len + (size_t)SLACK);
    if (!skeleton) {
        return cord_arena_failure(arena);
    }
    memcpy(skeleton, key.ptr + key.len - len, len);
    memset(skeleton + len, 0, SLACK);
    stencil->skeleton = skeleton;
    return CORD_OK;
}

static cord_status make_hints(struct cord_block_layout_hints *hints,
                              const struct cord_block_layout *layout, struct cord_arena *arena)
{
    uint32_t spans = layout->row->span_count;
    uint32_t *numbers = cord_arena_alloc(arena, (spans + layout->hole_count + 1) * sizeof *numbers);
    if (!numbers) {
        return cord_arena_failure(arena);
    }
    hints->personal = numbers;
    for (uint32_t i = 0; i < spans; i++) {
        if (cord_block_layout_may_name(layout, i)) {
            numbers[hints->personal_count++] = i;
        }
    }
    numbers += hints->personal_count;
    hints->borders = numbers;
    for (uint32_t i = 0; i < layout->hole_count; i++) {
        if (cord_block_layout_may_part(layout, i)) {
            numbers[hints->border_count++] = i;
        }
    }
    return CORD_OK;
}

static cord_status copy_places(struct cord_block_stencil *stencil,
                               const struct cord_block_layout *layout, struct cord_arena *arena)
{
    size_t count = layout->row->span_count;
    struct cord_block_place *places = cord_arena_alloc(arena, (count + 1) * sizeof *places);
    if (!places) {
        return cord_arena_failure(arena);
    }
    memcpy(places, layout->places, count * sizeof *places);
    stencil->places = places;
    return CORD_OK;
}

cord_status cord_block_stencil_make(const struct cord_block_layout *layout, cord_str key,
                                    bool places, struct cord_arena *arena,
                                    struct cord_block_stencil **ret_stencil)
{
    uint32_t spans = layout->row->span_count;
    struct cord_block_stencil *stencil = cord_arena_zalloc(arena, 1, sizeof *stencil);
    struct step *steps = cord_arena_alloc(arena, (layout->hole_count + 1) * sizeof *steps);
    struct other *others = cord_arena_alloc(arena, (spans + 1U) * sizeof *others);
    *ret_stencil = NULL;
    if (!stencil || !steps || !others) {
        return cord_arena_failure(arena);
    }
    if (layout->cut || layout->marked || spans >= NO_SPAN || !put_steps(layout, steps)) {
        return CORD_OK;
    }
    stencil->steps = steps;
    stencil->step_count = (uint32_t)layout->hole_count;
    stencil->others = others;
    stencil->other_count = put_others(layout, steps, others);
    memcpy(&stencil->head, key.ptr, sizeof stencil->head);
    stencil->raw_end = mark_of(layout, stencil->head.raw_holes, stencil->head.raw_skeleton);
    cord_status status = copy_skeleton(stencil, key, arena);
    if (status == CORD_OK && places) {
        status = copy_places(stencil, layout, arena);
    }
    if (status == CORD_OK && layout->hides) {
        status = make_hints(&stencil->hints, layout, arena);
    }
    if (status == CORD_OK && can_be_told(steps, stencil->step_count)) {
        *ret_stencil = stencil;
    }
    return status;
}

/* ---- laying ---- */

/* The piece stands at `at` of the text. */
static inline bool stands_at(cord_str text, uint32_t at, const char *piece, uint32_t len)
{
    const char *from = text.ptr + at;
    if (text.len - at < len + (size_t)SLACK) {
        return text.len - at >= len && (len == 0 || memcmp(from, piece, len) == 0);
    }
#ifdef __SSE2__
    if (len <= 2 * SLACK) {
        size_t second = len > SLACK ? len - SLACK : 0;
        __m128i a = _mm_loadu_si128((const __m128i *)(const void *)from);
        __m128i b = _mm_loadu_si128((const __m128i *)(const void *)piece);
        __m128i c = _mm_loadu_si128((const __m128i *)(const void *)(from + second));
        __m128i d = _mm_loadu_si128((const __m128i *)(const void *)(piece + second));
        unsigned same =
            (unsigned)_mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(a, b), _mm_cmpeq_epi8(c, d)));
        unsigned wanted = len < SLACK ? (1U << len) - 1 : 0xffffU;
        return (same & wanted) == wanted;
    }
#endif
    return memcmp(from, piece, len) == 0;
}

/* No line ends in [at, end) of the text; mostly there is nothing that looks so. */
static inline bool is_line(cord_str text, uint32_t at, uint32_t end)
{
    uint32_t from = at;
#ifdef __SSE2__
    const __m128i lf = _mm_set1_epi8('\n');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i n = _mm_set1_epi8('n');
    for (; from < end && text.len - from > SLACK; from += SLACK) {
        __m128i here = _mm_loadu_si128((const __m128i *)(const void *)(text.ptr + from));
        __m128i next = _mm_loadu_si128((const __m128i *)(const void *)(text.ptr + from + 1));
        __m128i escaped = _mm_and_si128(_mm_cmpeq_epi8(here, backslash), _mm_cmpeq_epi8(next, n));
        unsigned hits =
            (unsigned)_mm_movemask_epi8(_mm_or_si128(escaped, _mm_cmpeq_epi8(here, lf)));
        unsigned within = end - from < SLACK ? (1U << (end - from)) - 1 : 0xffffU;
        if ((hits & within) != 0) {
            break;
        }
    }
#endif
    return from >= end || cord_block_token_is_line(cord_str_slice(text, at, end - at));
}

/* The first place at or behind `at` where the piece seems to begin, or NONE. */
static uint32_t find_piece(cord_str text, uint32_t at, const char *piece, uint32_t len)
{
    uint32_t head = len < HEAD_BYTES ? len : HEAD_BYTES;
#ifdef __SSE2__
    const __m128i first = _mm_set1_epi8(piece[0]);
    const __m128i last = _mm_set1_epi8(piece[head - 1]);
    for (; text.len - at >= SLACK + HEAD_BYTES; at += SLACK) {
        const char *from = text.ptr + at;
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)from);
        __m128i y = _mm_loadu_si128((const __m128i *)(const void *)(from + head - 1));
        unsigned hits = (unsigned)_mm_movemask_epi8(
            _mm_and_si128(_mm_cmpeq_epi8(x, first), _mm_cmpeq_epi8(y, last)));
        for (; hits != 0; hits &= hits - 1) {
            unsigned hit = (unsigned)__builtin_ctz(hits);
            if (memcmp(from + hit, piece, head) == 0) {
                return at + hit;
            }
        }
    }
#endif
    for (; text.len - at >= head; at++) {
        if (memcmp(text.ptr + at, piece, head) == 0) {
            return at;
        }
    }
    return NONE;
}

/* Where the hole ends that begins at `at` and is no value by itself; NONE:
 * nowhere. `rest`: the skeleton behind it. */
static uint32_t end_of(const struct cord_block_stencil *stencil, const struct cord_row *row,
                       uint32_t number, uint32_t at, cord_str rest)
{
    const struct step *next = &stencil->steps[number + 1];
    uint32_t end = 0;
    if (number + 1 < stencil->step_count && next->span == NO_SPAN) {
        return find_piece(row->text, at, rest.ptr, next->gap);
    }
    if (number + 1 == stencil->step_count) {
        end = row->text.len >= rest.len ? (uint32_t)(row->text.len - rest.len) : 0;
    } else {
        uint32_t from = row->spans[next->span].at;
        end = from >= next->gap ? from - next->gap : 0;
    }
    /* Lines that others of the shape do not have would all be in that hole. */
    return end >= at && is_line(row->text, at, end) ? end : NONE;
}

/* A long value, or a message, is in one piece only if nothing parts it. */
static bool stays_whole(const struct cord_block_layout *layout, uint32_t span)
{
    return layout->is_personal[layout->row->spans[span].field] ||
           cord_block_layout_is_whole(layout, span);
}

/* The holes, but for what tells columns; false where the row differs. */
static bool put_holes(const struct cord_block_stencil *stencil, struct cord_block_layout *layout)
{
    const struct cord_row *row = layout->row;
    const uint32_t message = row->role[CORD_ROLE_MESSAGE];
    cord_str rest = {stencil->skeleton, stencil->head.skeleton_len};
    uint32_t cursor = 0;
    for (uint32_t i = 0; i < stencil->step_count; i++) {
        const struct step *step = &stencil->steps[i];
        uint32_t at = cursor + step->gap;
        uint32_t end = 0;
        bool personal = false;
        if (step->span != NO_SPAN) {
            const struct cord_span *span = &row->spans[step->span];
            if (span->at != at || what_of(span) != step->what) {
                return false;
            }
            end = at + span->len;
            personal = layout->is_personal[span->field];
        }
        if (!stands_at(row->text, cursor, rest.ptr, step->gap)) {
            return false;
        }
        rest = (cord_str){rest.ptr + step->gap, rest.len - step->gap};
        if (step->span == NO_SPAN) {
            end = end_of(stencil, row, i, at, rest);
            if (end == NONE) {
                return false;
            }
        } else if ((end - at >= CORD_BLOCK_LINES_MIN || step->span == message) &&
                   !stays_whole(layout, step->span)) {
            return false;
        }
        struct cord_block_hole *hole = &layout->holes[i];
        hole->at = at;
        hole->len = end - at;
        hole->personal = personal;
        cursor = end;
    }
    return row->text.len - cursor == rest.len &&
           stands_at(row->text, cursor, rest.ptr, (uint32_t)rest.len);
}

static uint32_t offset_of(const struct cord_block_layout *layout, struct mark mark)
{
    const struct cord_block_hole *last = mark.holes > 0 ? &layout->holes[mark.holes - 1] : NULL;
    return (last ? last->at + last->len : 0) + mark.after;
}

static bool same_others(const struct cord_block_stencil *stencil,
                        const struct cord_block_layout *layout)
{
    for (uint32_t i = 0; i < stencil->other_count; i++) {
        const struct other *other = &stencil->others[i];
        const struct cord_span *span = &layout->row->spans[other->span];
        if (what_of(span) != other->what || span->at != offset_of(layout, other->at) ||
            span->at + span->len != offset_of(layout, other->end)) {
            return false;
        }
    }
    return true;
}

/* Raw ends where it does in the others. */
static bool same_raw(const struct cord_block_stencil *stencil,
                     const struct cord_block_layout *layout)
{
    uint32_t holes = stencil->raw_end.holes;
    uint32_t raw_len = layout->row->raw_len;
    return raw_len == offset_of(layout, stencil->raw_end) &&
           (holes == 0 || layout->holes[holes - 1].at < raw_len) &&
           (holes == stencil->step_count || layout->holes[holes].at >= raw_len);
}

bool cord_block_stencil_lay(const struct cord_block_stencil *stencil,
                            struct cord_block_layout *layout, const struct cord_row *row,
                            const bool *is_personal)
{
    if (stencil->head.origin != row->origin || stencil->head.span_count != row->span_count ||
        memcmp(stencil->head.role, row->role, sizeof row->role) != 0 ||
        !cord_block_layout_begin(layout, row, is_personal, stencil->step_count) ||
        !put_holes(stencil, layout) || !same_others(stencil, layout) ||
        !same_raw(stencil, layout)) {
        return false;
    }
    layout->hole_count = stencil->step_count;
    if (stencil->places) {
        memcpy(layout->places, stencil->places, row->span_count * sizeof *layout->places);
    }
    return true;
}

cord_status cord_block_stencil_hide(const struct cord_block_stencil *stencil,
                                    struct cord_block_layout *layout, bool *ret_same)
{
    return cord_block_layout_hide(layout, &stencil->hints, ret_same);
}

uint32_t cord_block_stencil_guess(const struct cord_row *row)
{
    uint32_t sum = row->origin + row->span_count;
    uint32_t factor = 0x9e3779b1U;
    for (uint32_t i = 0; i < row->span_count; i++) {
        sum += row->spans[i].field * factor;
        factor += 0x3c6ef372U;
    }
    return sum ^ sum >> 15;
}
