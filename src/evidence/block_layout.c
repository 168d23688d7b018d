/* block_layout.c: see block_layout.h. */
#include "evidence/block_layout.h"

#include "evidence/block_names.h"
#include "evidence/block_token.h"

#include <stdlib.h>

enum { LINES_MIN = 96, WORDS_MAX = 2048, GAP_MIN = 4, SKELETON_SLACK = 16 };

/* What searching a row for what it must hide may cost, in bytes looked at. */
#define HIDE_WORK_MAX ((size_t)16 << 20)
#define KEY_BYTES_MAX ((size_t)3 << 30)

/* A span, or what has to be hidden. */
struct cord_block_stretch {
    uint32_t at;
    uint32_t end;
    uint32_t span; /* its number, HIDDEN or MARKED */
    uint32_t personal;
};
/* A personal value where no hole holds all of it: a hole is to be made for it. */
#define HIDDEN UINT32_MAX
/* One inside holes, which become personal as a whole. */
#define MARKED (UINT32_MAX - 1)

void cord_block_layout_init(struct cord_block_layout *layout)
{
    memset(layout, 0, sizeof *layout);
    cord_buf_init(&layout->key, KEY_BYTES_MAX);
}

void cord_block_layout_done(struct cord_block_layout *layout)
{
    free(layout->holes);
    free(layout->places);
    free(layout->stretches);
    free(layout->stack);
    free(layout->cuts);
    free(layout->hidden);
    cord_buf_done(&layout->key);
}

/* Room for `count` members in all: where they are now, or NULL. */
static void *room(void *items, size_t *cap, size_t count, size_t item_bytes)
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

static bool holes_room(struct cord_block_layout *layout, size_t more)
{
    struct cord_block_hole *holes =
        room(layout->holes, &layout->hole_cap, layout->hole_count + more, sizeof *holes);
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

static void put_hole(struct cord_block_layout *layout, uint32_t at, uint32_t end, uint32_t field,
                     bool personal)
{
    layout->holes[layout->hole_count++] =
        (struct cord_block_hole){.at = at, .len = end - at, .field = field, .personal = personal};
}

/* A value becomes one hole, or several when it is a text that was itself made
 * from a template; not when it is personal, since then none of it may stay. */
static cord_status put_value(struct cord_block_layout *layout, uint32_t at, uint32_t end,
                             uint32_t span, bool personal)
{
    struct cord_block_token tokens[CORD_BLOCK_TOKENS_MAX];
    const struct cord_row *row = layout->row;
    uint32_t field = row->spans[span].field;
    cord_str text = {row->text.ptr + at, end - at};
    size_t count = 0;
    if (!holes_room(layout, CORD_BLOCK_TOKENS_MAX)) {
        return CORD_E_NOMEM;
    }
    if (text.len >= LINES_MIN && !personal) {
        count = cord_block_token_lines(text, tokens);
    }
    if (count == 0 && !personal && row->role[CORD_ROLE_MESSAGE] == span && text.len < WORDS_MAX) {
        count = cord_block_token_words(text, tokens);
    }
    if (count == 0) {
        put_hole(layout, at, end, field, personal);
    } else {
        put_tokens(layout, tokens, count, at, field);
    }
    return CORD_OK;
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
static cord_status put_gap(struct cord_block_layout *layout, uint32_t at, uint32_t end)
{
    struct cord_block_token tokens[CORD_BLOCK_TOKENS_MAX];
    cord_str gap = {layout->row->text.ptr + at, end - at};
    bool binary = gap.len >= LINES_MIN && memchr(gap.ptr, '\0', gap.len);
    if (gap.len < GAP_MIN || (!binary && is_name(gap))) {
        return CORD_OK;
    }
    if (!holes_room(layout, CORD_BLOCK_TOKENS_MAX)) {
        return CORD_E_NOMEM;
    }
    if (binary) {
        put_hole(layout, at, end, CORD_BLOCK_NO_FIELD, false);
        return CORD_OK;
    }
    put_tokens(layout, tokens, cord_block_token_words(gap, tokens), at, CORD_BLOCK_NO_FIELD);
    return CORD_OK;
}

static bool is_ahead(const struct cord_row *row, const struct cord_span *span, uint32_t cursor)
{
    uint32_t end = span->at + span->len;
    return span->at >= cursor && (span->at >= row->raw_len || end <= row->raw_len) &&
           (cursor >= row->raw_len || span->at <= row->raw_len);
}

/* The usual row: its values stand one behind the other. CORD_E_UNSUPPORTED:
 * they do not. */
/* A name and its quotes, or so little that nothing varies in it. */
static bool is_plain_gap(cord_str text, uint32_t at, uint32_t end)
{
    return end - at < GAP_MIN ||
           (end - at < LINES_MIN &&
            (text.ptr[end - 1] == ':' || (text.ptr[end - 1] == '"' && text.ptr[end - 2] == ':')));
}

/* Nothing to look for in it: one hole. */
static bool is_plain_value(const struct cord_row *row, uint32_t span)
{
    return row->spans[span].len < LINES_MIN && row->role[CORD_ROLE_MESSAGE] != span;
}

static uint32_t held_from(const struct cord_block_layout *layout, size_t *counted)
{
    uint32_t held = 0;
    for (; *counted < layout->hole_count; (*counted)++) {
        held += layout->holes[*counted].len;
    }
    return held;
}

static cord_status lay_in_order(struct cord_block_layout *layout)
{
    const struct cord_row *row = layout->row;
    cord_status status = CORD_OK;
    uint32_t cursor = 0;
    uint32_t held = 0; /* bytes in holes so far */
    size_t counted = 0;
    layout->hole_count = 0;
    if (!holes_room(layout, row->span_count + (size_t)1)) {
        return CORD_E_NOMEM;
    }
    for (uint32_t i = 0; i < row->span_count && status == CORD_OK; i++) {
        const struct cord_span *span = &row->spans[i];
        struct cord_block_place *place = &layout->places[i];
        uint32_t end = span->at + span->len;
        if (!is_ahead(row, span, cursor)) {
            return CORD_E_UNSUPPORTED;
        }
        if (!is_plain_gap(row->text, cursor, span->at)) {
            status = put_gap(layout, cursor, span->at);
            held += held_from(layout, &counted);
        }
        place->holes = (uint32_t)counted;
        place->skeleton = span->at - held;
        bool personal = layout->is_personal[span->field];
        if (status == CORD_OK && is_plain_value(row, i) && layout->hole_count < layout->hole_cap) {
            put_hole(layout, span->at, end, span->field, personal);
            held += span->len;
            counted++;
        } else if (status == CORD_OK) {
            status = put_value(layout, span->at, end, i, personal);
            held += held_from(layout, &counted);
        }
        place->holes_end = (uint32_t)counted;
        place->skeleton_end = end - held;
        cursor = end;
    }
    if (status == CORD_OK && cursor < row->raw_len) {
        status = put_gap(layout, cursor, row->raw_len);
    }
    return status;
}

static int compare_u32(const void *a, const void *b)
{
    const uint32_t *x = a;
    const uint32_t *y = b;
    return (*x > *y) - (*x < *y);
}

/* By place; the longer one is around the shorter. */
static int compare_stretches(const void *a, const void *b)
{
    const struct cord_block_stretch *x = a;
    const struct cord_block_stretch *y = b;
    if (x->at != y->at) {
        return x->at < y->at ? -1 : 1;
    }
    if (x->end != y->end) {
        return x->end > y->end ? -1 : 1;
    }
    return (x->span > y->span) - (x->span < y->span);
}

static cord_status collect_stretches(struct cord_block_layout *layout)
{
    const struct cord_row *row = layout->row;
    size_t count = row->span_count + layout->hidden_count;
    struct cord_block_stretch *all =
        room(layout->stretches, &layout->stretch_cap, count, sizeof *all);
    if (!all) {
        return CORD_E_NOMEM;
    }
    layout->stretches = all;
    for (uint32_t i = 0; i < row->span_count; i++) {
        const struct cord_span *span = &row->spans[i];
        all[i] = (struct cord_block_stretch){span->at, span->at + span->len, i,
                                             layout->is_personal[span->field]};
    }
    count = row->span_count;
    for (size_t i = 0; i < layout->hidden_count; i++) {
        if (layout->hidden[i].span == HIDDEN) {
            all[count++] = layout->hidden[i];
        }
    }
    layout->stretch_count = count;
    qsort(all, count, sizeof *all, compare_stretches);
    return CORD_OK;
}

/* Every offset where something begins or ends, once, ascending. */
static cord_status collect_cuts(struct cord_block_layout *layout, size_t *ret_count)
{
    uint32_t *cuts =
        room(layout->cuts, &layout->cut_cap, 2 * layout->stretch_count + 3, sizeof *cuts);
    if (!cuts) {
        return CORD_E_NOMEM;
    }
    layout->cuts = cuts;
    size_t count = 0;
    cuts[count++] = 0;
    cuts[count++] = layout->row->raw_len;
    cuts[count++] = (uint32_t)layout->row->text.len;
    for (size_t i = 0; i < layout->stretch_count; i++) {
        cuts[count++] = layout->stretches[i].at;
        cuts[count++] = layout->stretches[i].end;
    }
    qsort(cuts, count, sizeof *cuts, compare_u32);
    size_t kept = 1;
    for (size_t i = 1; i < count; i++) {
        if (cuts[i] != cuts[kept - 1]) {
            cuts[kept++] = cuts[i];
        }
    }
    *ret_count = kept;
    return CORD_OK;
}

/* [at, end) holds no cut; `inner` is what covers it most closely, if anything. */
static cord_status put_stretch(struct cord_block_layout *layout, uint32_t at, uint32_t end,
                               const struct cord_block_stretch *inner, bool personal)
{
    if (!inner) {
        return at < layout->row->raw_len ? put_gap(layout, at, end) : CORD_OK;
    }
    if (inner->span == HIDDEN) {
        if (!holes_room(layout, 1)) {
            return CORD_E_NOMEM;
        }
        put_hole(layout, at, end, CORD_BLOCK_NO_FIELD, true);
        return CORD_OK;
    }
    size_t before = layout->hole_count;
    cord_status status = put_value(layout, at, end, inner->span, personal);
    if (status == CORD_OK && layout->hole_count == before + 1 &&
        (inner->at != at || inner->end != end)) {
        layout->holes[before].label |= 1U; /* part of a value: unlike whole ones */
    }
    return status;
}

/* Values that overlap or stand in no order: cut wherever one begins or ends. */
static cord_status lay_cut(struct cord_block_layout *layout)
{
    size_t cut_count = 0;
    cord_status status = collect_stretches(layout);
    status = status == CORD_OK ? collect_cuts(layout, &cut_count) : status;
    if (status != CORD_OK) {
        return status;
    }
    struct cord_block_stretch *stack =
        room(layout->stack, &layout->stack_cap, layout->stretch_count + 1, sizeof *stack);
    if (!stack) {
        return CORD_E_NOMEM;
    }
    layout->stack = stack;
    size_t depth = 0;
    size_t next = 0;
    size_t personal = 0; /* of the stack */
    layout->hole_count = 0;
    for (size_t i = 0; i < cut_count && status == CORD_OK; i++) {
        uint32_t at = layout->cuts[i];
        for (; depth > 0 && stack[depth - 1].end <= at; depth--) {
            personal -= stack[depth - 1].personal;
        }
        for (; next < layout->stretch_count && layout->stretches[next].at == at; next++) {
            const struct cord_block_stretch *stretch = &layout->stretches[next];
            if (stretch->end > at) {
                personal += stretch->personal;
                stack[depth++] = *stretch;
            } else if (status == CORD_OK) {
                status = put_value(layout, at, at, stretch->span, stretch->personal);
            }
        }
        if (i + 1 < cut_count && status == CORD_OK) {
            status = put_stretch(layout, at, layout->cuts[i + 1],
                                 depth > 0 ? &stack[depth - 1] : NULL, personal > 0);
        }
    }
    return status;
}

/* How many holes stand before offset `at`; as an end, those that end there count. */
static uint32_t holes_before(const struct cord_block_layout *layout, uint32_t at, bool end)
{
    size_t low = 0;
    size_t high = layout->hole_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct cord_block_hole *hole = &layout->holes[middle];
        if (end ? hole->at + hole->len <= at : hole->at < at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return (uint32_t)low;
}

/* Of spans that were cut. The cuts' memory takes the sums of holes' lengths. */
static cord_status place_spans(struct cord_block_layout *layout)
{
    const struct cord_row *row = layout->row;
    uint32_t *held = room(layout->cuts, &layout->cut_cap, layout->hole_count + 1, sizeof *held);
    if (!held) {
        return CORD_E_NOMEM;
    }
    layout->cuts = held;
    held[0] = 0;
    for (size_t i = 0; i < layout->hole_count; i++) {
        held[i + 1] = held[i] + layout->holes[i].len;
    }
    for (uint32_t i = 0; i < row->span_count; i++) {
        uint32_t at = row->spans[i].at;
        uint32_t end = at + row->spans[i].len;
        uint32_t before = holes_before(layout, at, false);
        uint32_t before_end = holes_before(layout, end, true);
        layout->places[i] = (struct cord_block_place){before, at - held[before], before_end,
                                                      end - held[before_end]};
    }
    return CORD_OK;
}

static cord_status hide(struct cord_block_layout *layout, uint32_t at, uint32_t end, uint32_t how)
{
    struct cord_block_stretch *hidden =
        room(layout->hidden, &layout->hidden_cap, layout->hidden_count + 1, sizeof *hidden);
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
    for (size_t i = holes_before(layout, at, true); i < layout->hole_count; i++) {
        struct cord_block_hole *hole = &layout->holes[i];
        if (hole->at >= end) {
            break;
        }
        if (hole->len == 0) {
            continue;
        }
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
        status = hide(layout, (uint32_t)at, (uint32_t)(at + value.len), held ? MARKED : HIDDEN);
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

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-' || c == '.' || (unsigned char)c >= 0x80;
}

/* Letters meet there, other than those of an escape and what follows it. Most
 * borders are quotes. */
static bool parts_word(cord_str text, size_t at)
{
    return at > 0 && at < text.len && text.ptr[at - 1] != '"' && text.ptr[at] != '"' &&
           is_word(text.ptr[at - 1]) && is_word(text.ptr[at]) &&
           !(at > 1 && text.ptr[at - 2] == '\\');
}

/* Some hole begins or ends inside a word. Behind raw, values only happen to
 * stand side by side. */
static bool parts_words(const struct cord_block_layout *layout)
{
    cord_str text = cord_row_raw(layout->row);
    for (size_t i = 0; i < layout->hole_count && !layout->cut; i++) {
        size_t at = layout->holes[i].at;
        if (parts_word(text, at) || parts_word(text, at + layout->holes[i].len)) {
            return true;
        }
    }
    return layout->cut;
}

/* One hole, or one stretch between holes, has all of it. */
static bool is_in_one(const struct cord_block_layout *layout, size_t at, size_t end)
{
    uint32_t h = holes_before(layout, (uint32_t)at, true);
    if (h == layout->hole_count) {
        return true;
    }
    const struct cord_block_hole *hole = &layout->holes[h];
    return end <= hole->at || (hole->at <= at && end <= (size_t)hole->at + hole->len);
}

/* Names in the row that holes part; the others are found in values and shapes. */
static cord_status hide_parted(struct cord_block_layout *layout, bool *ret_cut)
{
    struct cord_block_names_hit hit;
    cord_str text = layout->row->text;
    cord_status status = CORD_OK;
    for (size_t at = 0; status == CORD_OK && cord_block_names_next(layout->names, text, at, &hit);
         at = hit.end) {
        if (!is_in_one(layout, hit.at, hit.end)) {
            bool held = mark_holes(layout, (uint32_t)hit.at, (uint32_t)hit.end);
            *ret_cut = *ret_cut || !held;
            status = hide(layout, (uint32_t)hit.at, (uint32_t)hit.end, held ? MARKED : HIDDEN);
        }
    }
    return status;
}

static cord_status hide_personal(struct cord_block_layout *layout, bool *ret_cut)
{
    const struct cord_row *row = layout->row;
    cord_status status = CORD_OK;
    size_t work = 0;
    bool any = false;
    layout->hidden_count = 0;
    for (uint32_t i = 0; i < row->span_count && status == CORD_OK; i++) {
        const struct cord_span *span = &row->spans[i];
        enum cord_block_names_kind kind;
        if (!layout->is_personal[span->field] || span->len < CORD_BLOCK_PERSONAL_MIN ||
            span->kind >= CORD_VALUE_TRUE) {
            continue;
        }
        status = cord_block_names_add(layout->names, cord_row_value(row, span), &kind);
        any = true;
        if (status != CORD_OK || kind != CORD_BLOCK_NAMES_WHOLE ||
            is_known(row, layout->is_personal, i)) {
            continue;
        }
        work += row->text.len;
        if (work > HIDE_WORK_MAX && work > row->text.len) {
            /* So many names in so long a row: all of it is about them. */
            layout->hidden_count = 0;
            *ret_cut = true;
            return hide(layout, 0, (uint32_t)row->text.len, HIDDEN);
        }
        status = hide_value(layout, cord_row_value(row, span), ret_cut);
    }
    return status == CORD_OK && any && parts_words(layout) ? hide_parted(layout, ret_cut) : status;
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
static char *put_spans(const struct cord_block_layout *layout, char *to)
{
    const struct cord_row *row = layout->row;
    for (uint32_t i = 0; i < row->span_count; i++) {
        const struct cord_span *span = &row->spans[i];
        const struct cord_block_place *place = &layout->places[i];
        struct cord_block_key_span item = {
            span->field | (uint32_t)span->kind << 24 | (uint32_t)span->flags << 28, place->holes};
        if (place->holes_end == place->holes + 1 && layout->holes[place->holes].at == span->at &&
            layout->holes[place->holes].len == span->len) {
            to = put_bytes(to, &item, sizeof item);
        } else {
            item.holes |= CORD_BLOCK_KEY_PLACED;
            to = put_bytes(to, &item, sizeof item);
            to = put_bytes(to, place, sizeof *place);
        }
    }
    return to;
}

/* Most stretches of skeleton are short: sixteen bytes at a time, a few of them in
 * vain, where there is room for those on either side. */
static char *put_skeleton(char *to, cord_str text, size_t at, size_t end)
{
    if (end - at > 64 || text.len - at < 64 + SKELETON_SLACK) {
        return put_bytes(to, text.ptr + at, end - at);
    }
    for (size_t i = at; i < end; i += SKELETON_SLACK) {
        memcpy(to + (i - at), text.ptr + i, SKELETON_SLACK);
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
                                  .hole_count = (uint32_t)layout->hole_count};
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

static cord_status make_key(struct cord_block_layout *layout)
{
    const struct cord_row *row = layout->row;
    struct cord_block_key head = make_head(layout);
    size_t holes = layout->hole_count * sizeof(struct cord_block_key_hole);
    size_t bytes =
        sizeof head + holes +
        row->span_count * (sizeof(struct cord_block_key_span) + sizeof(struct cord_block_place)) +
        row->text.len + SKELETON_SLACK;
    cord_buf_clear(&layout->key);
    char *to = cord_buf_reserve(&layout->key, bytes);
    if (!to) {
        return CORD_E_NOMEM;
    }
    char *end = put_spans(layout, to + sizeof head + holes);
    end = put_holes(layout, &head, to + sizeof head, end);
    (void)put_bytes(to, &head, sizeof head);
    layout->key.len = (size_t)(end - to);
    return CORD_OK;
}

static cord_status lay(struct cord_block_layout *layout, bool cut)
{
    cord_status status = cut ? CORD_E_UNSUPPORTED : lay_in_order(layout);
    layout->cut = status == CORD_E_UNSUPPORTED;
    if (layout->cut) {
        status = lay_cut(layout);
        status = status == CORD_OK ? place_spans(layout) : status;
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
            layout->hidden[i].span = HIDDEN;
        }
        status = lay(layout, true);
    }
    return status;
}

cord_status cord_block_layout_row(struct cord_block_layout *layout, const struct cord_row *row,
                                  const bool *is_personal)
{
    struct cord_block_place *places =
        room(layout->places, &layout->place_cap, row->span_count + 1U, sizeof *places);
    if (!places) {
        return CORD_E_NOMEM;
    }
    layout->places = places;
    layout->row = row;
    layout->is_personal = is_personal;
    layout->hidden_count = 0;
    bool cut = false;
    cord_status status = lay(layout, false);
    if (status == CORD_OK && layout->hides) {
        status = hide_personal(layout, &cut);
    }
    if (status == CORD_OK && cut) {
        status = lay_hidden(layout);
    }
    return status == CORD_OK ? make_key(layout) : status;
}

size_t cord_block_layout_holes_before(const struct cord_block_layout *layout, uint32_t at)
{
    return holes_before(layout, at, true);
}
