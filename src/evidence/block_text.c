/*
 * block_text.c: free text in a block, without putting a row together.
 *
 * A literal in a record lies inside a value, inside a piece of the skeleton, or
 * across their borders. The first two are looked for in the dictionary's bytes
 * and the skeletons; the third is followed from piece to piece, first with
 * whatever values the dictionary has, then with those of the column, and last
 * row by row: exactly. A value may also hold the literal once its escapes are
 * resolved while the record does not: such values are tried one by one.
 *
 * Rows are left unknown, to be put together, where this would not be exact:
 * characters that fold across ASCII's border, literals that are not ASCII or
 * very long, wildcards, and escaped values in several pieces.
 */
#include "base/substring.h"
#include "evidence/block_border.h"
#include "evidence/block_search_internal.h"

#include "base/utf8.h"
#include "codec/json_write.h"

#include <stdlib.h>

#define LEAF_TEXT_MAX ((size_t)1 << 20)

/* What is known of a value of the dictionary. */
enum {
    HIT = 1,      /* holds the literal */
    HIT_JSON = 2, /* holds it as JSON would escape it */
    ODD = 4,      /* holds escapes that JSON need not have */
    HIGH = 8,     /* not ASCII; only looked at when that matters */
    CUT = 16,     /* ... begins or ends inside a character, or holds one that folds to ASCII */
};

struct leaf {
    cord_str folded;
    bool whole; /* the literal is all that is asked; else only what rows must have */
    bool is_ascii;
    bool wants_high; /* what is not ASCII may matter */
    bool numeric;    /* numbers may hold it once they are in canonical form */
    bool has_slash;
    bool has_json; /* escaped it is another */
    cord_str json;
    struct cord_substring plain_search;
    struct cord_substring json_search;
    struct cord_block_border plain_border;
    struct cord_block_border json_border;
};

struct cord_block_text {
    struct leaf **leaves; /* by number of node; NULL: none */
    size_t leaf_count;
    struct cord_arena *arena;
    enum cord_cpu_level level;
    struct cord_substring unicode_search;
    struct cord_substring slash_search;
};

/* --- the query --- */

/* As much of it as there are states, whole characters. */
static cord_str shorten(cord_str folded)
{
    size_t len = CORD_BLOCK_BORDER_MAX / 2;
    if (folded.len <= len) {
        return folded;
    }
    while (len > 0 && ((unsigned char)folded.ptr[len] & 0xc0) == 0x80) {
        len--;
    }
    return cord_str_slice(folded, 0, len > 0 ? len : CORD_BLOCK_BORDER_MAX / 2);
}

static bool is_all_of(cord_str text, const char *bytes)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\0' || !strchr(bytes, text.ptr[i])) {
            return false;
        }
    }
    return true;
}

/* As JSON has it: the shortest escapes. */
static bool escape(struct cord_block_text *text, struct leaf *leaf)
{
    static const char plain[] = "\"\\\b\f\n\r\t";
    static const char letters[] = "\"\\bfnrt";
    char *to = cord_arena_bytes(text->arena, leaf->folded.len * 6 + 1);
    size_t len = 0;
    if (!to) {
        return false;
    }
    for (size_t i = 0; i < leaf->folded.len; i++) {
        char c = leaf->folded.ptr[i];
        const char *at = c != '\0' ? strchr(plain, c) : NULL;
        if (at) {
            to[len++] = '\\';
            to[len++] = letters[at - plain];
        } else {
            to[len++] = c;
        }
    }
    leaf->json = (cord_str){to, len};
    leaf->has_json = len != leaf->folded.len;
    return true;
}

static bool make_leaf(struct cord_block_text *text, const struct cord_query_node *node)
{
    struct leaf *leaf = cord_arena_zalloc(text->arena, 1, sizeof *leaf);
    if (!leaf) {
        return false;
    }
    cord_str all = node->op == CORD_QUERY_TEXT
                       ? node->folded
                       : cord_pattern_longest(node->parts, node->part_count);
    leaf->folded = shorten(all);
    leaf->whole = node->op == CORD_QUERY_TEXT && leaf->folded.len == all.len;
    leaf->is_ascii = cord_utf8_ascii_prefix(leaf->folded) == leaf->folded.len;
    leaf->numeric = is_all_of(leaf->folded, "0123456789.+-e");
    leaf->has_slash = cord_str_find_char(leaf->folded, '/', 0) != SIZE_MAX;
    if (!escape(text, leaf)) {
        return false;
    }
    cord_substring_init(&leaf->plain_search, leaf->folded, text->level);
    cord_substring_init(&leaf->json_search, leaf->json, text->level);
    leaf->wants_high = !leaf->is_ascii || leaf->plain_search.has_special;
    if (leaf->is_ascii && leaf->folded.len >= 2) {
        cord_block_border_init(&leaf->plain_border, leaf->folded);
    }
    if (leaf->is_ascii && leaf->has_json) {
        cord_block_border_init(&leaf->json_border, leaf->json);
    }
    text->leaves[node->number] = leaf;
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the parser */
static bool make_leaves(struct cord_block_text *text, const struct cord_query_node *node)
{
    if ((node->op == CORD_QUERY_TEXT || node->op == CORD_QUERY_LIKE) && node->field.text.len == 0 &&
        !make_leaf(text, node)) {
        return false;
    }
    for (size_t i = 0; i < node->child_count; i++) {
        if (!make_leaves(text, node->children[i])) {
            return false;
        }
    }
    return true;
}

struct cord_block_text *cord_block_text_new(const struct cord_query *query,
                                            enum cord_cpu_level level)
{
    struct cord_block_text *text = calloc(1, sizeof *text);
    if (!text) {
        return NULL;
    }
    text->level = level;
    text->leaf_count = cord_query_node_count(query);
    text->leaves = calloc(text->leaf_count + 1, sizeof *text->leaves);
    text->arena = cord_arena_new(LEAF_TEXT_MAX + text->leaf_count * 2 * sizeof(struct leaf));
    cord_substring_init(&text->unicode_search, CORD_STR("\\u"), level);
    cord_substring_init(&text->slash_search, CORD_STR("\\/"), level);
    if (!text->leaves || !text->arena || !make_leaves(text, cord_query_condition(query))) {
        cord_block_text_free(text);
        return NULL;
    }
    return text;
}

void cord_block_text_free(struct cord_block_text *text)
{
    if (text) {
        cord_arena_free(text->arena);
        free(text->leaves);
        free(text);
    }
}

/* --- the dictionary --- */

/* What one leaf knows of one block. */
struct look {
    struct cord_block_search *search;
    const struct cord_block_text *text;
    const struct cord_query_node *node;
    const struct leaf *leaf;
    const struct cord_block_words *words[2];
    uint8_t *flags[2]; /* by value of the part */
    uint8_t expired;   /* of what stands for expired values */
    uint8_t any;       /* what no value has, no hole has */
    struct column *columns;
    struct cord_block_border_any plain_any[2]; /* by part */
    struct cord_block_border_any json_any[2];
    const uint64_t *among;
    uint64_t *yes;
    uint64_t *unknown;
};

/* What one leaf knows of a column, once it was asked. */
struct column {
    const uint8_t *flags; /* by distinct value */
    uint8_t any;          /* all of them together */
    const struct cord_block_border_any *plain;
    const struct cord_block_border_any *json;
};

/* Which value byte `at` of the dictionary is in; from `value` on. */
static uint32_t value_at(const struct cord_block_words *words, uint32_t value, size_t at)
{
    uint32_t high = words->count;
    while (high - value > 1) {
        uint32_t middle = value + (high - value) / 2;
        if (words->offsets[middle] <= at) {
            value = middle;
        } else {
            high = middle;
        }
    }
    return value;
}

/* Flags every value that the needle is in. */
static void mark(const struct cord_substring *needle, const struct cord_block_words *words,
                 uint8_t *flags, uint8_t flag)
{
    struct cord_substring_hit hit;
    uint32_t value = 0;
    for (size_t from = 0; cord_substring_find(needle, words->text, from, &hit);) {
        value = value_at(words, value, hit.at);
        uint32_t end = words->offsets[value + 1];
        if (hit.end <= end) {
            flags[value] |= flag;
        }
        /* One is enough; and all that begin later in this value end later. */
        from = end > hit.at ? end : hit.at + 1;
        if (from >= words->text.len) {
            break;
        }
    }
}

/* A backslash that another one escapes begins no escape. */
static bool is_escape(cord_str text, size_t from, size_t at)
{
    size_t before = at;
    while (before > from && text.ptr[before - 1] == '\\') {
        before--;
    }
    return (at - before) % 2 == 0;
}

static void mark_odd(const struct cord_substring *needle, const struct cord_block_words *words,
                     uint8_t *flags)
{
    struct cord_substring_hit hit;
    uint32_t value = 0;
    for (size_t from = 0; cord_substring_find(needle, words->text, from, &hit);) {
        value = value_at(words, value, hit.at);
        from = hit.at + 1;
        if (is_escape(words->text, words->offsets[value], hit.at)) {
            flags[value] |= ODD;
            from = words->offsets[value + 1];
        }
        if (from >= words->text.len) {
            break;
        }
    }
}

static bool is_shortest(char c)
{
    return c == '"' || c == '\\' || c == 'b' || c == 'f' || c == 'n' || c == 'r' || c == 't';
}

/* Escapes other than the shortest ones, and what is none though it looks like one. */
static bool has_odd_escape(cord_str text)
{
    size_t at = cord_str_find_char(text, '\\', 0);
    while (at != SIZE_MAX) {
        if (at + 1 == text.len || !is_shortest(text.ptr[at + 1])) {
            return true;
        }
        at += 2;
        /* Paths and indented text have one escape behind the other. */
        if (at >= text.len || text.ptr[at] != '\\') {
            at = cord_str_find_char(text, '\\', at);
        }
    }
    return false;
}

static bool ends_inside_escape(cord_str text)
{
    return text.len > 0 && text.ptr[text.len - 1] == '\\' && is_escape(text, 0, text.len - 1);
}

static void mark_all_odd(const struct look *look, const struct cord_block_words *words,
                         uint8_t *flags)
{
    if (!look->leaf->has_json) {
        mark_odd(&look->text->unicode_search, words, flags);
    }
    if (!look->leaf->has_json && look->leaf->has_slash) {
        mark_odd(&look->text->slash_search, words, flags);
    }
    for (uint32_t i = 0; i < words->count; i++) {
        cord_str word = cord_block_column_word(words, i);
        bool odd = look->leaf->has_json ? has_odd_escape(word) : ends_inside_escape(word);
        flags[i] |= odd ? ODD : 0;
    }
}

/* Folding it apart from its neighbours is not folding it among them. */
static bool is_cut(cord_str text)
{
    if (text.len == 0) {
        return false;
    }
    if (((unsigned char)text.ptr[0] & 0xc0) == 0x80) {
        return true;
    }
    size_t at = text.len;
    for (size_t back = 0; back < CORD_UTF8_BYTES_MAX && at > 0; back++) {
        if (((unsigned char)text.ptr[--at] & 0xc0) != 0x80) {
            break;
        }
    }
    uint32_t code = 0;
    return (unsigned char)text.ptr[at] >= 0x80 &&
           cord_utf8_decode(text, at, &code) != text.len - at;
}

static bool has_special(cord_str text)
{
    return cord_str_find(text, CORD_STR("\xc5\xbf"), 0) != SIZE_MAX ||
           cord_str_find(text, CORD_STR("\xe2\x84\xaa"), 0) != SIZE_MAX;
}

static uint8_t high_flags(cord_str text)
{
    if (cord_utf8_ascii_prefix(text) == text.len) {
        return 0;
    }
    return is_cut(text) || has_special(text) ? HIGH | CUT : HIGH;
}

/* Few values are not ASCII: they are found by their bytes. */
static void mark_high(const struct cord_block_words *words, uint8_t *flags)
{
    uint32_t value = 0;
    for (size_t at = 0;;) {
        at += cord_utf8_ascii_prefix(cord_str_from_byte(words->text, at));
        if (at >= words->text.len) {
            return;
        }
        value = value_at(words, value, at);
        flags[value] |= high_flags(cord_block_column_word(words, value));
        at = words->offsets[value + 1];
    }
}

static uint8_t flags_of(const struct look *look, cord_str value)
{
    const struct leaf *leaf = look->leaf;
    uint8_t flags = leaf->wants_high ? high_flags(value) : 0;
    flags |= cord_substring_in(&leaf->plain_search, value) ? HIT : 0;
    flags |= leaf->has_json && cord_substring_in(&leaf->json_search, value) ? HIT_JSON : 0;
    return flags;
}

static bool has_border(const struct leaf *leaf)
{
    return leaf->is_ascii && leaf->folded.len >= 2;
}

static bool has_json_border(const struct leaf *leaf)
{
    return leaf->is_ascii && leaf->has_json;
}

static void look_at_part(struct look *look, unsigned part)
{
    const struct leaf *leaf = look->leaf;
    const struct cord_block_words *words = look->words[part];
    uint8_t *flags = look->flags[part];
    if (words->count == 0) {
        return;
    }
    mark(&leaf->plain_search, words, flags, HIT);
    if (leaf->has_json) {
        mark(&leaf->json_search, words, flags, HIT_JSON);
    }
    mark_all_odd(look, words, flags);
    if (leaf->wants_high) {
        mark_high(words, flags);
    }
    bool plain = has_border(leaf);
    bool json = has_json_border(leaf);
    for (uint32_t i = 0; i < words->count; i++) {
        cord_str word = cord_block_column_word(words, i);
        look->any |= flags[i];
        /* Columns of the body may have values of the personal part, too. */
        for (unsigned of = 0; of <= part && plain; of++) {
            cord_block_border_add(&leaf->plain_border, word, &look->plain_any[of]);
        }
        for (unsigned of = 0; of <= part && json; of++) {
            cord_block_border_add(&leaf->json_border, word, &look->json_any[of]);
        }
    }
}

static cord_status look_at_words(struct look *look)
{
    struct cord_block_search *search = look->search;
    cord_str expired = CORD_STR(CORD_BLOCK_EXPIRED);
    for (unsigned part = 0; part < 2; part++) {
        cord_status status =
            cord_block_column_words(search->block, part, &look->words[part], search->err);
        if (status != CORD_OK) {
            return status;
        }
        look->flags[part] = cord_arena_zalloc(search->arena, look->words[part]->count + 1U, 1);
        if (!look->flags[part]) {
            return cord_arena_failure(search->arena);
        }
        look_at_part(look, part);
    }
    look->expired = flags_of(look, expired);
    look->any |= look->expired;
    if (has_border(look->leaf)) {
        cord_block_border_add(&look->leaf->plain_border, expired, &look->plain_any[1]);
    }
    if (has_json_border(look->leaf)) {
        cord_block_border_add(&look->leaf->json_border, expired, &look->json_any[1]);
    }
    look->columns = cord_arena_zalloc(search->arena, cord_block_column_count(search->block) + 1U,
                                      sizeof *look->columns);
    return look->columns ? CORD_OK : cord_arena_failure(search->arena);
}

static uint8_t value_flags(const struct look *look, unsigned part, uint32_t value)
{
    if (value == CORD_BLOCK_COLUMN_EXPIRED) {
        return look->expired;
    }
    return (value & CORD_BLOCK_COLUMN_PERSONAL) != 0
               ? look->flags[1][value & ~CORD_BLOCK_COLUMN_PERSONAL]
               : look->flags[part][value];
}

/* --- columns --- */

static cord_status look_at_column(struct look *look, uint32_t at, const struct column **ret_column)
{
    struct cord_block_search *search = look->search;
    struct column *column = &look->columns[at];
    *ret_column = column;
    if (column->flags) {
        return CORD_OK;
    }
    const uint32_t *distinct = NULL;
    uint32_t count = 0;
    cord_status status =
        cord_block_column_distinct(search->block, at, &distinct, &count, search->err);
    if (status != CORD_OK) {
        return status;
    }
    unsigned part = cord_block_column_part(search->block, at);
    uint8_t *flags = cord_arena_alloc(search->arena, count + 1U);
    if (!flags) {
        return cord_arena_failure(search->arena);
    }
    for (uint32_t i = 0; i < count; i++) {
        flags[i] = value_flags(look, part, distinct[i]);
        column->any |= flags[i];
    }
    column->flags = flags;
    return CORD_OK;
}

/* What the hole's values have among them. */
static cord_status hole_flags(struct look *look, const struct cord_block_hole_at *hole,
                              uint8_t *ret_any)
{
    if (hole->column == CORD_BLOCK_COLUMN_NONE) {
        *ret_any = value_flags(look, hole->part, hole->value);
        return CORD_OK;
    }
    const struct column *column = NULL;
    cord_status status = look_at_column(look, hole->column, &column);
    *ret_any = status == CORD_OK ? column->any : 0;
    return status;
}

/* Rows of the shape whose value has one of the flags. */
static cord_status put_flagged(struct look *look, uint32_t shape,
                               const struct cord_block_hole_at *hole, uint8_t wanted, uint64_t *set)
{
    struct cord_block_search *search = look->search;
    uint8_t any = 0;
    if ((look->any & wanted) == 0) {
        return CORD_OK;
    }
    cord_status status = hole_flags(look, hole, &any);
    if (status != CORD_OK || (any & wanted) == 0) {
        return status;
    }
    if (hole->column == CORD_BLOCK_COLUMN_NONE) {
        cord_block_search_put_shape(search, shape, set);
        return CORD_OK;
    }
    const struct cord_block_entries *entries = NULL;
    status = cord_block_column_entries(search->block, hole->column, &entries, search->err);
    if (status != CORD_OK) {
        return status;
    }
    const uint8_t *flags = look->columns[hole->column].flags;
    const uint32_t *rows = search->row_at + search->shape_start[shape];
    uint32_t count = search->shape_start[shape + 1] - search->shape_start[shape];
    for (uint32_t rank = 0; rank < count; rank++) {
        uint32_t entry = hole->start + rank;
        if ((flags[entries->entries ? entries->entries[entry] : entry] & wanted) != 0) {
            cord_block_set_put(set, rows[rank]);
        }
    }
    return CORD_OK;
}

/* --- across borders --- */

/* A shape's text piece by piece, up to its end or that of raw. */
struct run {
    const struct cord_block_form *form;
    const struct cord_block_border *border;
    bool json;
    uint32_t hole_count;
    size_t skeleton_len;
    uint8_t *live; /* by hole: the literal may cross one of its borders */
};

static cord_str piece_before(const struct run *run, uint32_t hole, size_t at)
{
    size_t end = hole < run->hole_count ? at + run->form->holes[hole].gap : run->skeleton_len;
    return cord_str_slice(run->form->skeleton, at, end > at ? end - at : 0);
}

static cord_status column_border(struct look *look, const struct run *run,
                                 const struct cord_block_hole_at *hole,
                                 const struct cord_block_border_any **ret_any)
{
    struct cord_block_search *search = look->search;
    struct column *column =
        hole->column != CORD_BLOCK_COLUMN_NONE ? &look->columns[hole->column] : NULL;
    const struct cord_block_border_any *known = !column     ? NULL
                                                : run->json ? column->json
                                                            : column->plain;
    if (known) {
        *ret_any = known;
        return CORD_OK;
    }
    struct cord_block_border_any *any = cord_arena_zalloc(search->arena, 1, sizeof *any);
    if (!any) {
        return cord_arena_failure(search->arena);
    }
    *ret_any = any;
    if (!column) {
        cord_block_border_add(run->border,
                              cord_block_column_text(look->words, hole->part, hole->value), any);
        return CORD_OK;
    }
    const uint32_t *distinct = NULL;
    uint32_t count = 0;
    cord_status status =
        cord_block_column_distinct(search->block, hole->column, &distinct, &count, search->err);
    for (uint32_t i = 0; status == CORD_OK && i < count; i++) {
        cord_block_border_add(run->border,
                              cord_block_column_text(look->words, hole->part, distinct[i]), any);
    }
    *(run->json ? &column->json : &column->plain) = any;
    return status;
}

/* On through whatever the hole says. */
static cord_status cross_hole(struct look *look, struct run *run, uint32_t hole, bool exactly,
                              uint64_t *state, bool *ends_here)
{
    const struct cord_block_hole_at *at = &run->form->holes[hole];
    const struct cord_block_border_any *any =
        run->json ? &look->json_any[at->part] : &look->plain_any[at->part];
    if (exactly) {
        cord_status status = column_border(look, run, at, &any);
        if (status != CORD_OK) {
            return status;
        }
        run->live[hole] = run->live[hole] || *state != 0;
    }
    *state = cord_block_border_step_any(any, *state, ends_here);
    return CORD_OK;
}

/* Whether the literal may lie across a border. exactly: by the columns' values
 * rather than by all of the dictionary; fills run->live. */
static cord_status may_cross(struct look *look, struct run *run, bool exactly, bool *ret_may)
{
    uint64_t state = 0;
    size_t at = 0;
    bool done = false;
    for (uint32_t h = 0; h <= run->hole_count && (!done || exactly); h++) {
        cord_str piece = piece_before(run, h, at);
        bool ends_here = false;
        if (exactly && state != 0 && h > 0) {
            uint64_t followed = cord_block_border_follow(run->border, state, piece, &ends_here);
            /* What the value before began goes on. */
            run->live[h - 1] = run->live[h - 1] || followed != 0 || ends_here;
        }
        if (state != 0 || cord_block_border_may_begin(run->border, piece)) {
            state = cord_block_border_step(run->border, state, piece, &ends_here);
        }
        at += piece.len;
        if (h < run->hole_count) {
            cord_status status = cross_hole(look, run, h, exactly, &state, &ends_here);
            if (status != CORD_OK) {
                return status;
            }
        }
        done = done || ends_here;
    }
    *ret_may = done;
    return CORD_OK;
}

/* Exactly, for one row. */
static cord_status does_cross(struct look *look, const struct run *run, uint32_t rank,
                              bool *ret_does)
{
    uint64_t state = 0;
    size_t at = 0;
    *ret_does = false;
    for (uint32_t h = 0; h <= run->hole_count && !*ret_does; h++) {
        cord_str piece = piece_before(run, h, at);
        state = cord_block_border_step(run->border, state, piece, ret_does);
        at += piece.len;
        if (h == run->hole_count || *ret_does) {
            break;
        }
        if (!run->live[h]) {
            state = 0;
            continue;
        }
        cord_str value;
        cord_status status =
            cord_block_search_hole(look->search, &run->form->holes[h], rank, &value);
        if (status != CORD_OK) {
            return status;
        }
        state = cord_block_border_step(run->border, state, value, ret_does);
    }
    return CORD_OK;
}

/* Rows in which the literal lies across a border. */
static cord_status put_crossing(struct look *look, uint32_t shape, struct run *run, uint64_t *set)
{
    struct cord_block_search *search = look->search;
    bool may = false;
    cord_status status = may_cross(look, run, false, &may);
    if (status != CORD_OK || !may) {
        return status;
    }
    run->live = cord_arena_zalloc(search->arena, run->hole_count + 1U, 1);
    if (!run->live) {
        return cord_arena_failure(search->arena);
    }
    status = may_cross(look, run, true, &may);
    const uint32_t *rows = search->row_at + search->shape_start[shape];
    for (uint32_t rank = 0; may && rank < run->form->row_count && status == CORD_OK; rank++) {
        bool does = false;
        if (!cord_block_set_has(look->among, rows[rank]) ||
            cord_block_set_has(look->yes, rows[rank])) {
            continue;
        }
        status = does_cross(look, run, rank, &does);
        if (does) {
            cord_block_set_put(set, rows[rank]);
        }
    }
    return status;
}

/* --- the skeleton --- */

/* The needle lies inside one piece of skeleton[from, to). */
static bool is_in_piece(const struct cord_substring *needle, const struct cord_block_form *form,
                        size_t from, size_t to)
{
    struct cord_substring_hit hit;
    cord_str skeleton = cord_str_slice(form->skeleton, 0, to);
    size_t end = 0; /* of the piece at hand */
    uint32_t hole = 0;
    for (size_t at = from; at < to && cord_substring_find(needle, skeleton, at, &hit);) {
        while (hole <= form->hole_count && end <= hit.at) {
            end = hole < form->hole_count ? end + form->holes[hole].gap : form->skeleton.len;
            hole++;
        }
        if (hit.end <= end) {
            return true;
        }
        at = end > hit.at ? end : hit.at + 1;
    }
    return false;
}

/* --- values that are not what the record says --- */

/* As the record has it, but for escapes; or a number in another form. */
static uint8_t worth_trying(const struct cord_block_form *form, const struct cord_block_span *span)
{
    bool in_raw = span->holes_end <= form->raw_holes && span->skeleton_end <= form->raw_skeleton;
    uint8_t wanted = in_raw ? 0 : HIT | HIGH;
    if ((span->flags & CORD_VALUE_ESCAPED) != 0) {
        wanted |= HIT_JSON | ODD;
    }
    return wanted;
}

/* Anything but the plainest form of a number, which is the canonical one. */
static bool is_plain_number(cord_str text)
{
    size_t digits = 0;
    while (digits < text.len && cord_str_is_digit(text.ptr[digits])) {
        digits++;
    }
    return digits == text.len && digits > 0 && digits < 19 && (digits == 1 || text.ptr[0] != '0');
}

static cord_status try_value(struct look *look, const struct cord_block_span *span, cord_str value,
                             enum cord_query_answer *ret_answer)
{
    *ret_answer = CORD_QUERY_UNKNOWN;
    return look->leaf->whole ? cord_query_test_value(look->search->test, look->node,
                                                     (enum cord_value_kind)span->kind, span->flags,
                                                     value, ret_answer)
                             : CORD_OK;
}

static cord_status try_values(struct look *look, const struct cord_block_span *span,
                              const struct cord_block_hole_at *hole, uint8_t wanted,
                              const uint8_t **ret_answers)
{
    struct cord_block_search *search = look->search;
    struct cord_block_verdicts *memo = &search->verdicts[hole->column];
    unsigned what = (unsigned)wanted << 8 | span->kind | (unsigned)span->flags << 4;
    const uint32_t *distinct = NULL;
    uint32_t count = 0;
    const struct column *column = NULL;
    *ret_answers = memo->any ? memo->answers : NULL;
    if (memo->answers && memo->what == what) {
        return CORD_OK;
    }
    cord_status status = look_at_column(look, hole->column, &column);
    if (status == CORD_OK) {
        status =
            cord_block_column_distinct(search->block, hole->column, &distinct, &count, search->err);
    }
    if (status != CORD_OK) {
        return status;
    }
    uint8_t *answers = cord_arena_zalloc(search->arena, count + 1U, 1);
    if (!answers) {
        return cord_arena_failure(search->arena);
    }
    memo->what = what;
    memo->answers = answers;
    memo->any = false;
    bool number = span->kind == CORD_VALUE_NUMBER && look->leaf->numeric;
    for (uint32_t i = 0; i < count && status == CORD_OK; i++) {
        enum cord_query_answer answer = CORD_QUERY_NO;
        cord_str value = cord_block_column_text(look->words, hole->part, distinct[i]);
        if ((column->flags[i] & wanted) == 0 && !(number && !is_plain_number(value))) {
            continue;
        }
        status = try_value(look, span, value, &answer);
        answers[i] = (uint8_t)answer;
        memo->any = memo->any || answer != CORD_QUERY_NO;
    }
    *ret_answers = memo->any ? memo->answers : NULL;
    return status;
}

/* A value that is a hole: decided once a distinct value. */
static cord_status put_value(struct look *look, uint32_t shape, const struct cord_block_span *span,
                             uint8_t wanted)
{
    struct cord_block_search *search = look->search;
    const struct cord_block_form *form = cord_block_column_shape(search->block, shape);
    const struct cord_block_hole_at *hole = &form->holes[span->holes];
    bool number = span->kind == CORD_VALUE_NUMBER && look->leaf->numeric;
    if ((look->any & wanted) == 0 && !number) {
        return CORD_OK;
    }
    if (hole->column != CORD_BLOCK_COLUMN_NONE) {
        const uint8_t *answers = NULL;
        cord_status status = try_values(look, span, hole, wanted, &answers);
        if (status == CORD_OK && answers) {
            status =
                cord_block_search_put_rows(search, shape, hole, answers, look->yes, look->unknown);
        }
        return status;
    }
    enum cord_query_answer answer = CORD_QUERY_NO;
    cord_str value = cord_block_column_text(look->words, hole->part, hole->value);
    if ((value_flags(look, hole->part, hole->value) & wanted) == 0 &&
        !(number && !is_plain_number(value))) {
        return CORD_OK;
    }
    cord_status status = try_value(look, span, value, &answer);
    if (answer != CORD_QUERY_NO) {
        cord_block_search_put_shape(search, shape,
                                    answer == CORD_QUERY_YES ? look->yes : look->unknown);
    }
    return status;
}

/* One of the value's pieces of skeleton has an escape that is odd, or begins one. */
static bool has_odd_piece(const struct cord_block_form *form, const struct cord_block_span *span)
{
    size_t from = span->skeleton;
    size_t before = 0;
    for (uint32_t h = 0; h < span->holes; h++) {
        before += form->holes[h].gap;
    }
    for (uint32_t h = span->holes; h < span->holes_end; h++) {
        before += form->holes[h].gap;
        if (has_odd_escape(cord_str_slice(form->skeleton, from, before - from))) {
            return true;
        }
        from = before;
    }
    return has_odd_escape(cord_str_slice(form->skeleton, from, span->skeleton_end - from));
}

/* A value of several pieces, or of none: what may hold the literal is unknown. */
static cord_status put_pieces(struct look *look, uint32_t shape, const struct cord_block_span *span,
                              uint8_t wanted)
{
    struct cord_block_search *search = look->search;
    const struct cord_block_form *form = cord_block_column_shape(search->block, shape);
    const struct leaf *leaf = look->leaf;
    cord_str text =
        cord_str_slice(form->skeleton, span->skeleton, span->skeleton_end - span->skeleton);
    cord_status status = CORD_OK;
    if ((span->kind == CORD_VALUE_NUMBER && leaf->numeric) ||
        ((wanted & HIT) != 0 && cord_substring_in(&leaf->plain_search, text)) ||
        ((wanted & HIT_JSON) != 0 && leaf->has_json &&
         cord_substring_in(&leaf->json_search, text)) ||
        ((wanted & ODD) != 0 && has_odd_piece(form, span))) {
        cord_block_search_put_shape(search, shape, look->unknown);
        return CORD_OK;
    }
    for (uint32_t h = span->holes; h < span->holes_end && status == CORD_OK; h++) {
        status = put_flagged(look, shape, &form->holes[h], wanted, look->unknown);
    }
    return status;
}

/* Values whose meaning is not all in raw. *ret_across: and which may hold the
 * literal, or its escaped form, across their pieces. */
static cord_status put_values(struct look *look, uint32_t shape, uint8_t *ret_across)
{
    const struct cord_block_form *form = cord_block_column_shape(look->search->block, shape);
    cord_status status = CORD_OK;
    *ret_across = 0;
    for (uint32_t i = 0; i < form->span_count && status == CORD_OK; i++) {
        const struct cord_block_span *span = &form->spans[i];
        uint8_t wanted = worth_trying(form, span);
        bool number = span->kind == CORD_VALUE_NUMBER && look->leaf->numeric;
        if (span->kind == CORD_VALUE_NULL || span->kind == CORD_VALUE_EMPTY ||
            (wanted == 0 && !number)) {
            continue;
        }
        if (cord_block_search_is_hole(span)) {
            status = put_value(look, shape, span, wanted);
        } else {
            *ret_across |= wanted;
            status = put_pieces(look, shape, span, wanted);
        }
    }
    return status;
}

/* --- shapes --- */

static cord_status put_holes(struct look *look, uint32_t shape, uint64_t *found)
{
    const struct cord_block_form *form = cord_block_column_shape(look->search->block, shape);
    uint8_t doubt = (uint8_t)(look->leaf->is_ascii ? CUT : HIGH);
    cord_status status = CORD_OK;
    for (uint32_t h = 0; h < form->raw_holes && status == CORD_OK; h++) {
        const struct cord_block_hole_at *hole = &form->holes[h];
        if (hole->same != CORD_BLOCK_COLUMN_NONE && hole->same < h) {
            continue;
        }
        if (look->leaf->is_ascii) {
            status = put_flagged(look, shape, hole, HIT, found);
        }
        if (status == CORD_OK && look->leaf->wants_high) {
            status = put_flagged(look, shape, hole, doubt, look->unknown);
        }
    }
    return status;
}

static cord_status put_borders(struct look *look, uint32_t shape, uint8_t across, uint64_t *found)
{
    const struct cord_block_form *form = cord_block_column_shape(look->search->block, shape);
    struct run run = {.form = form,
                      .border = &look->leaf->plain_border,
                      .hole_count = form->raw_holes,
                      .skeleton_len = form->raw_skeleton};
    cord_status status = CORD_OK;
    if (has_border(look->leaf)) {
        status = put_crossing(look, shape, &run, found);
    }
    run.hole_count = form->hole_count;
    run.skeleton_len = form->skeleton.len;
    if (status == CORD_OK && has_border(look->leaf) && (across & HIT) != 0) {
        status = put_crossing(look, shape, &run, look->unknown);
    }
    if (status == CORD_OK && has_json_border(look->leaf) && (across & HIT_JSON) != 0) {
        run.border = &look->leaf->json_border;
        run.json = true;
        status = put_crossing(look, shape, &run, look->unknown);
    }
    return status;
}

static cord_status look_at_shape(struct look *look, uint32_t shape)
{
    struct cord_block_search *search = look->search;
    const struct cord_block_form *form = cord_block_column_shape(search->block, shape);
    uint64_t *found = look->leaf->whole ? look->yes : look->unknown;
    uint8_t across = 0;
    if (look->leaf->is_ascii &&
        is_in_piece(&look->leaf->plain_search, form, 0, form->raw_skeleton)) {
        cord_block_search_put_shape(search, shape, found);
        return CORD_OK;
    }
    if (look->leaf->wants_high && cord_utf8_ascii_prefix(form->skeleton) < form->skeleton.len) {
        cord_block_search_put_shape(search, shape, look->unknown);
    }
    cord_status status = put_holes(look, shape, found);
    if (status == CORD_OK) {
        status = put_values(look, shape, &across);
    }
    return status == CORD_OK ? put_borders(look, shape, across, found) : status;
}

cord_status cord_block_text_rows(struct cord_block_search *search, const struct cord_block_ask *ask)
{
    struct look look = {
        .search = search,
        .text = search->text,
        .node = ask->node,
        .leaf = search->text->leaves[ask->node->number],
        .among = ask->among,
        .yes = ask->yes,
        .unknown = ask->unknown,
    };
    uint32_t shapes = cord_block_column_shapes(search->block);
    bool any = look.leaf->folded.len == 0;
    cord_status status = any ? CORD_OK : look_at_words(&look);
    for (uint32_t shape = 0; shape < shapes && status == CORD_OK; shape++) {
        if (any) {
            cord_block_search_put_shape(search, shape, ask->unknown);
        } else if (search->shape_alive[shape]) {
            status = look_at_shape(&look, shape);
        }
    }
    return status;
}
