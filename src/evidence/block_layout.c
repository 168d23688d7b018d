/* block_layout.c: see block_layout.h. */
#include "evidence/block_layout.h"

#include "evidence/block_layout_internal.h"
#include "evidence/block_names.h"
#include "evidence/block_token.h"

#include <stdlib.h>

enum {
    LINES_MIN = CORD_BLOCK_LINES_MIN,
    GAP_MIN = CORD_BLOCK_GAP_MIN,
    WORDS_MAX = 2048,
};

/* What searching a row for what it must hide may cost, in bytes looked at. */
#define HIDE_WORK_MAX ((size_t)16 << 20)

void cord_block_layout_init(struct cord_block_layout *layout)
{
    memset(layout, 0, sizeof *layout);
}

void cord_block_layout_done(struct cord_block_layout *layout)
{
    free(layout->holes);
    free(layout->places);
    free(layout->stretches);
    free(layout->stack);
    free(layout->cuts);
    free(layout->hidden);
}

void *cord_block_layout_room(void *items, size_t *cap, size_t count, size_t item_bytes)
{
    if (count <= *cap) {
        return items;
    }
    size_t grown_cap = count + count / 2 + 64;
    void *grown = realloc(items, grown_cap * item_bytes);
    if (grown) {
        *cap = grown_cap;
    }
    return grown;
}

bool cord_block_layout_holes_room(struct cord_block_layout *layout, size_t more)
{
    struct cord_block_hole *holes = cord_block_layout_room(
        layout->holes, &layout->hole_cap, layout->hole_count + more, sizeof *holes);
    layout->holes = holes ? holes : layout->holes;
    return holes != NULL;
}

static void put_tokens(struct cord_block_layout *layout, const struct cord_block_token *tokens,
                       size_t count, uint32_t at, uint32_t field)
{
    for (size_t i = 0; i < count; i++) {
        layout->holes[layout->hole_count++] =
            (struct cord_block_hole){.at = at + tokens[i].at,
                                     .len = tokens[i].len,
                                     .field = field,
                                     .label = tokens[i].label | 2};
    }
}

/* What varies in a value that was itself made from a template; 0: it is in one
 * piece. Not when it is personal, since then none of it may stay. */
static size_t parts_of(const struct cord_row *row, uint32_t span, cord_str text,
                       struct cord_block_token *tokens)
{
    size_t count = text.len >= LINES_MIN ? cord_block_token_lines(text, tokens) : 0;
    if (count == 0 && row->role[CORD_ROLE_MESSAGE] == span && text.len < WORDS_MAX) {
        count = cord_block_token_words(text, tokens);
    }
    return count;
}

cord_status cord_block_layout_put_value(struct cord_block_layout *layout, uint32_t at, uint32_t end,
                                        uint32_t span, bool personal)
{
    struct cord_block_token tokens[CORD_BLOCK_TOKENS_MAX];
    const struct cord_row *row = layout->row;
    uint32_t field = row->spans[span].field;
    cord_str text = {row->text.ptr + at, end - at};
    if (!cord_block_layout_holes_room(layout, CORD_BLOCK_TOKENS_MAX)) {
        return CORD_E_NOMEM;
    }
    size_t count = personal ? 0 : parts_of(row, span, text, tokens);
    if (count == 0) {
        cord_block_layout_put_hole(layout, at, end, field, personal);
    } else {
        put_tokens(layout, tokens, count, at, field);
    }
    return CORD_OK;
}

bool cord_block_layout_is_whole(const struct cord_block_layout *layout, uint32_t span)
{
    struct cord_block_token tokens[CORD_BLOCK_TOKENS_MAX];
    const struct cord_row *row = layout->row;
    return parts_of(row, span, cord_row_value(row, &row->spans[span]), tokens) == 0;
}

/* Of JSON and its kin: the last name before a value, or braces behind it. */
static bool is_name(cord_str gap)
{
    const char *end = gap.ptr + gap.len;
    if (end[-1] == ':' || (end[-1] == '"' && end[-2] == ':')) {
        return true;
    }
    return gap.len < LINES_MIN && cord_str_find(gap, CORD_STR("\":"), 0) != SIZE_MAX;
}

/* Text that no value covers: a name and its punctuation, which stay, or a line
 * that nobody understood, whose words vary. What is no text stays in one piece:
 * of a record's bytes nothing is alike from row to row, and words of UTF-16 would
 * be torn apart at their digits. */
cord_status cord_block_layout_put_gap(struct cord_block_layout *layout, uint32_t at, uint32_t end)
{
    struct cord_block_token tokens[CORD_BLOCK_TOKENS_MAX];
    cord_str gap = {layout->row->text.ptr + at, end - at};
    bool binary = gap.len >= LINES_MIN && memchr(gap.ptr, '\0', gap.len);
    if (gap.len < GAP_MIN || (!binary && is_name(gap))) {
        return CORD_OK;
    }
    if (!cord_block_layout_holes_room(layout, CORD_BLOCK_TOKENS_MAX)) {
        return CORD_E_NOMEM;
    }
    if (binary) {
        cord_block_layout_put_hole(layout, at, end, CORD_BLOCK_NO_FIELD, false);
        return CORD_OK;
    }
    put_tokens(layout, tokens, cord_block_token_words(gap, tokens), at, CORD_BLOCK_NO_FIELD);
    return CORD_OK;
}

/* Of a word; no border of one is where two of these meet. */
static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-' || c == '.' || (unsigned char)c >= 0x80;
}

/* Between values that stand in another one: punctuation, or names. All else may
 * be a part of what that value says, a folder of a path. */
static bool is_plain_part(cord_str part)
{
    if (part.len >= GAP_MIN) {
        return part.len < LINES_MIN && is_name(part);
    }
    for (size_t i = 0; i < part.len; i++) {
        if (is_word(part.ptr[i])) {
            return false;
        }
    }
    return true;
}

cord_status cord_block_layout_put_part(struct cord_block_layout *layout, uint32_t at, uint32_t end,
                                       uint32_t span, bool personal)
{
    size_t before = layout->hole_count;
    if (!personal && is_plain_part(cord_str_slice(layout->row->text, at, end - at))) {
        return CORD_OK;
    }
    cord_status status = cord_block_layout_put_value(layout, at, end, span, personal);
    if (status == CORD_OK && layout->hole_count == before + 1) {
        layout->holes[before].label |= 1U; /* part of a value: unlike whole ones */
    }
    return status;
}

/* Its values stand one behind the other. */
static bool is_in_order(const struct cord_row *row)
{
    uint32_t cursor = 0;
    for (uint32_t i = 0; i < row->span_count; i++) {
        const struct cord_span *span = &row->spans[i];
        uint32_t end = span->at + span->len;
        if (span->at < cursor || (span->at < row->raw_len && end > row->raw_len) ||
            (cursor < row->raw_len && span->at > row->raw_len)) {
            return false;
        }
        cursor = end;
    }
    return true;
}

static uint32_t held_from(const struct cord_block_layout *layout, size_t *counted)
{
    uint32_t held = 0;
    for (; *counted < layout->hole_count; (*counted)++) {
        held += layout->holes[*counted].len;
    }
    return held;
}

/* The usual row. */
static cord_status lay_in_order(struct cord_block_layout *layout)
{
    const struct cord_row *row = layout->row;
    cord_status status = CORD_OK;
    uint32_t cursor = 0;
    uint32_t held = 0; /* bytes in holes so far */
    size_t counted = 0;
    layout->hole_count = 0;
    if (!cord_block_layout_holes_room(layout, row->span_count + (size_t)1)) {
        return CORD_E_NOMEM;
    }
    for (uint32_t i = 0; i < row->span_count && status == CORD_OK; i++) {
        const struct cord_span *span = &row->spans[i];
        struct cord_block_place *place = &layout->places[i];
        uint32_t end = span->at + span->len;
        if (!cord_block_layout_is_plain_gap(row->text, cursor, span->at)) {
            status = cord_block_layout_put_gap(layout, cursor, span->at);
            held += held_from(layout, &counted);
        }
        place->holes = (uint32_t)counted;
        place->skeleton = span->at - held;
        bool personal = layout->is_personal[span->field];
        if (status == CORD_OK && cord_block_layout_is_plain_value(row, i) &&
            layout->hole_count < layout->hole_cap) {
            cord_block_layout_put_hole(layout, span->at, end, span->field, personal);
            held += span->len;
            counted++;
        } else if (status == CORD_OK) {
            status = cord_block_layout_put_value(layout, span->at, end, i, personal);
            held += held_from(layout, &counted);
        }
        place->holes_end = (uint32_t)counted;
        place->skeleton_end = end - held;
        cursor = end;
    }
    if (status == CORD_OK && cursor < row->raw_len) {
        status = cord_block_layout_put_gap(layout, cursor, row->raw_len);
    }
    return status;
}

size_t cord_block_layout_holes_before(const struct cord_block_layout *layout, uint32_t at)
{
    size_t low = 0;
    size_t high = layout->hole_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct cord_block_hole *hole = &layout->holes[middle];
        if (hole->at + hole->len <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static cord_status hide(struct cord_block_layout *layout, uint32_t at, uint32_t end, uint32_t how)
{
    struct cord_block_stretch *hidden = cord_block_layout_room(
        layout->hidden, &layout->hidden_cap, layout->hidden_count + 1, sizeof *hidden);
    if (!hidden) {
        return CORD_E_NOMEM;
    }
    layout->hidden = hidden;
    hidden[layout->hidden_count++] = (struct cord_block_stretch){at, end, how, 1};
    return CORD_OK;
}

/* Holes that the stretch touches are personal. False: it is not all in holes. */
static bool mark_holes(struct cord_block_layout *layout, uint32_t at, uint32_t end)
{
    uint32_t covered = at;
    for (size_t i = cord_block_layout_holes_before(layout, at); i < layout->hole_count; i++) {
        struct cord_block_hole *hole = &layout->holes[i];
        if (hole->at >= end) {
            break;
        }
        if (hole->len == 0) {
            continue;
        }
        layout->marked = layout->marked || !hole->personal;
        hole->personal = 1;
        if (hole->at > covered) {
            return false;
        }
        covered = hole->at + hole->len;
    }
    return covered >= end;
}

/* Everywhere the row says `value`. */
static cord_status hide_value(struct cord_block_layout *layout, cord_str value, bool *ret_cut)
{
    cord_str text = layout->row->text;
    cord_status status = CORD_OK;
    for (size_t at = cord_str_find(text, value, 0); at != SIZE_MAX && status == CORD_OK;
         at = cord_str_find(text, value, at + value.len)) {
        bool held = mark_holes(layout, (uint32_t)at, (uint32_t)(at + value.len));
        *ret_cut = *ret_cut || !held;
        status = hide(layout, (uint32_t)at, (uint32_t)(at + value.len),
                      held ? CORD_BLOCK_MARKED : CORD_BLOCK_HIDDEN);
    }
    return status;
}

static bool is_known(const struct cord_row *row, const bool *is_personal, uint32_t span)
{
    cord_str value = cord_row_value(row, &row->spans[span]);
    for (uint32_t i = span > 64 ? span - 64 : 0; i < span; i++) {
        if (is_personal[row->spans[i].field] && row->spans[i].kind < CORD_VALUE_TRUE &&
            row->spans[i].len == value.len &&
            cord_str_eq(cord_row_value(row, &row->spans[i]), value)) {
            return true;
        }
    }
    return false;
}

/* Letters meet there, other than those of an escape and what follows it. Most
 * borders are quotes. */
static bool parts_word(cord_str text, size_t at)
{
    return at > 0 && at < text.len && text.ptr[at - 1] != '"' && text.ptr[at] != '"' &&
           is_word(text.ptr[at - 1]) && is_word(text.ptr[at]) &&
           !(at > 1 && text.ptr[at - 2] == '\\');
}

static bool parts_word_at(const struct cord_block_layout *layout, size_t hole)
{
    cord_str text = cord_row_raw(layout->row);
    size_t at = layout->holes[hole].at;
    return parts_word(text, at) || parts_word(text, at + layout->holes[hole].len);
}

/* Some hole begins or ends inside a word. Behind raw, values only happen to
 * stand side by side. */
static bool parts_words(const struct cord_block_layout *layout,
                        const struct cord_block_layout_hints *hints)
{
    size_t count = hints ? hints->border_count : layout->hole_count;
    for (size_t i = 0; i < count && !layout->cut; i++) {
        if (parts_word_at(layout, hints ? hints->borders[i] : i)) {
            return true;
        }
    }
    return layout->cut;
}

bool cord_block_layout_may_part(const struct cord_block_layout *layout, size_t hole)
{
    cord_str text = cord_row_raw(layout->row);
    size_t at = layout->holes[hole].at;
    size_t end = at + layout->holes[hole].len;
    size_t before = hole > 0 ? layout->holes[hole - 1].at + layout->holes[hole - 1].len : 0;
    size_t next = hole + 1 < layout->hole_count ? layout->holes[hole + 1].at : text.len;
    bool left = before == at ? hole > 0 : at <= text.len && is_word(text.ptr[at - 1]);
    bool right =
        end == next ? hole + 1 < layout->hole_count : end < text.len && is_word(text.ptr[end]);
    return left || right;
}

/* One hole, or one stretch between holes, has all of it. */
static bool is_in_one(const struct cord_block_layout *layout, size_t at, size_t end)
{
    uint32_t h = (uint32_t)cord_block_layout_holes_before(layout, (uint32_t)at);
    if (h == layout->hole_count) {
        return true;
    }
    const struct cord_block_hole *hole = &layout->holes[h];
    return end <= hole->at || (hole->at <= at && end <= (size_t)hole->at + hole->len);
}

/* Names that holes part in [from, end) of the row; the others are found in values
 * and shapes. */
static cord_status hide_parted_in(struct cord_block_layout *layout, size_t from, size_t end,
                                  bool *ret_cut)
{
    struct cord_block_names_hit hit;
    cord_str text = cord_str_slice(layout->row->text, from, end - from);
    cord_status status = CORD_OK;
    for (size_t at = 0; status == CORD_OK && cord_block_names_next(layout->names, text, at, &hit);
         at = hit.end) {
        uint32_t hit_at = (uint32_t)(from + hit.at);
        uint32_t hit_end = (uint32_t)(from + hit.end);
        if (!is_in_one(layout, hit_at, hit_end)) {
            bool held = mark_holes(layout, hit_at, hit_end);
            *ret_cut = *ret_cut || !held;
            status = hide(layout, hit_at, hit_end, held ? CORD_BLOCK_MARKED : CORD_BLOCK_HIDDEN);
        }
    }
    return status;
}

/* No word goes on behind raw. */
static cord_status hide_parted(struct cord_block_layout *layout, bool *ret_cut)
{
    const struct cord_row *row = layout->row;
    cord_status status = hide_parted_in(layout, 0, row->raw_len, ret_cut);
    return status == CORD_OK ? hide_parted_in(layout, row->raw_len, row->text.len, ret_cut)
                             : status;
}

bool cord_block_layout_may_name(const struct cord_block_layout *layout, uint32_t span)
{
    const struct cord_span *of = &layout->row->spans[span];
    return layout->is_personal[of->field] && of->kind < CORD_VALUE_TRUE;
}

/* Whoever the value names is hidden where else the row does. */
static cord_status hide_named(struct cord_block_layout *layout, uint32_t span, size_t *work,
                              bool *ret_all, bool *ret_cut)
{
    const struct cord_row *row = layout->row;
    enum cord_block_names_kind kind;
    cord_str value = cord_row_value(row, &row->spans[span]);
    cord_status status = cord_block_names_add(layout->names, value, &kind);
    if (status != CORD_OK || kind != CORD_BLOCK_NAMES_WHOLE ||
        is_known(row, layout->is_personal, span)) {
        return status;
    }
    *work += row->text.len;
    if (*work > HIDE_WORK_MAX && *work > row->text.len) {
        /* So many names in so long a row: all of it is about them. */
        layout->hidden_count = 0;
        *ret_cut = true;
        *ret_all = true;
        return hide(layout, 0, (uint32_t)row->text.len, CORD_BLOCK_HIDDEN);
    }
    return hide_value(layout, value, ret_cut);
}

static cord_status hide_personal(struct cord_block_layout *layout,
                                 const struct cord_block_layout_hints *hints, bool *ret_cut)
{
    const struct cord_row *row = layout->row;
    uint32_t count = hints ? hints->personal_count : row->span_count;
    size_t work = 0;
    bool any = false;
    layout->hidden_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t span = hints ? hints->personal[i] : i;
        if (!cord_block_layout_may_name(layout, span) ||
            row->spans[span].len < CORD_BLOCK_PERSONAL_MIN) {
            continue;
        }
        any = true;
        bool all = false;
        cord_status status = hide_named(layout, span, &work, &all, ret_cut);
        if (status != CORD_OK || all) {
            return status;
        }
    }
    return any && parts_words(layout, hints) ? hide_parted(layout, ret_cut) : CORD_OK;
}

/* `cut`: with holes for what is hidden. */
static cord_status lay(struct cord_block_layout *layout, bool cut)
{
    cord_status status = CORD_E_UNSUPPORTED;
    layout->cut = cut;
    if (!cut) {
        status = is_in_order(layout->row) ? lay_in_order(layout) : cord_block_nest_lay(layout);
    }
    if (status == CORD_E_UNSUPPORTED) {
        layout->cut = true;
        status = cord_block_cut_lay(layout);
    }
    return status;
}

/* With holes for what was found outside of holes. Other stretches may then lie
 * in other holes than before, or in none: the second time all get their own. */
static cord_status lay_hidden(struct cord_block_layout *layout)
{
    bool held = true;
    cord_status status = lay(layout, true);
    for (size_t i = 0; i < layout->hidden_count && status == CORD_OK; i++) {
        const struct cord_block_stretch *hidden = &layout->hidden[i];
        held = mark_holes(layout, hidden->at, hidden->end) && held;
    }
    if (!held) {
        for (size_t i = 0; i < layout->hidden_count; i++) {
            layout->hidden[i].span = CORD_BLOCK_HIDDEN;
        }
        status = lay(layout, true);
    }
    return status;
}

bool cord_block_layout_begin(struct cord_block_layout *layout, const struct cord_row *row,
                             const bool *is_personal, size_t hole_count)
{
    struct cord_block_place *places = cord_block_layout_room(layout->places, &layout->place_cap,
                                                             row->span_count + 1U, sizeof *places);
    layout->places = places ? places : layout->places;
    layout->row = row;
    layout->is_personal = is_personal;
    layout->cut = false;
    layout->marked = false;
    layout->hole_count = 0;
    layout->hidden_count = 0;
    return places && cord_block_layout_holes_room(layout, hole_count + 1);
}

cord_status cord_block_layout_row(struct cord_block_layout *layout, const struct cord_row *row,
                                  const bool *is_personal)
{
    bool cut = false;
    if (!cord_block_layout_begin(layout, row, is_personal, 0)) {
        return CORD_E_NOMEM;
    }
    cord_status status = lay(layout, false);
    if (status == CORD_OK && layout->hides) {
        status = hide_personal(layout, NULL, &cut);
    }
    if (status == CORD_OK && cut) {
        status = lay_hidden(layout);
    }
    return status;
}

cord_status cord_block_layout_hide(struct cord_block_layout *layout,
                                   const struct cord_block_layout_hints *hints, bool *ret_same)
{
    bool cut = false;
    cord_status status = layout->hides ? hide_personal(layout, hints, &cut) : CORD_OK;
    *ret_same = !cut && !layout->marked;
    return status;
}
