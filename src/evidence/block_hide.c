/* block_hide.c: see block_hide.h. */
#include "evidence/block_hide.h"

#include "base/vec.h"
#include "evidence/block.h"
#include "evidence/block_internal.h"

#include <stdlib.h>

/* Tells what stands in for others from values that happen to say the same. */
#define STAND_IN_HASH 0x40000000U

#define TEXT_MAX      ((size_t)512 << 20)

/* A stretch of a shape's skeleton that names somebody. */
struct stretch {
    uint32_t hole; /* the one it stands before, by its old number */
    uint32_t at;   /* in the skeleton */
    uint32_t end;
    uint32_t taken; /* bytes of this one and all before it, once all are known */
};

struct hider {
    struct cord_block_gather *gather;
    struct cord_buf text;
    struct stretch *stretches;
    size_t stretch_count;
    size_t stretch_cap;
};

/* ---- values ---- */

static void put_expired(struct cord_buf *out, bool wide)
{
    cord_str expired = CORD_STR(CORD_BLOCK_EXPIRED);
    for (size_t i = 0; i < expired.len; i++) {
        cord_buf_put_char(out, expired.ptr[i]);
        if (wide) {
            cord_buf_put_char(out, '\0');
        }
    }
}

/* What is left of the value; *ret_any: something had to go. */
static cord_status redact(struct hider *hider, cord_str text, bool *ret_any)
{
    struct cord_block_names *names = &hider->gather->names;
    struct cord_block_names_hit hit;
    cord_status status = CORD_OK;
    size_t at = 0;
    *ret_any = false;
    while (status == CORD_OK && cord_block_names_next(names, text, at, &hit)) {
        if (!*ret_any) {
            cord_buf_clear(&hider->text);
            *ret_any = true;
        }
        cord_buf_put(&hider->text, cord_str_slice(text, at, hit.at - at));
        put_expired(&hider->text, hit.is_wide);
        at = hit.end;
    }
    if (*ret_any) {
        cord_buf_put(&hider->text, cord_str_from_byte(text, at));
    }
    return hider->text.failed ? CORD_E_LIMIT : status;
}

/* Whose folders there are, before anything is looked for. */
static cord_status learn_folders(struct cord_block_gather *gather)
{
    const struct cord_block_dictionary *dictionary = &gather->dictionary;
    cord_status status = CORD_OK;
    for (size_t i = 0; i < dictionary->count && status == CORD_OK; i++) {
        const struct cord_block_value *value = &dictionary->values[i];
        status = cord_block_names_add_folders(&gather->names, (cord_str){value->ptr, value->len});
    }
    for (size_t s = 0; s < gather->shape_count && status == CORD_OK; s++) {
        struct cord_block_key head;
        const struct cord_block_shape *shape = &gather->shapes[s];
        memcpy(&head, shape->key, sizeof head);
        status = cord_block_names_add_folders(
            &gather->names,
            (cord_str){shape->key + shape->key_len - head.skeleton_len, head.skeleton_len});
    }
    return status;
}

static cord_status hide_in_values(struct hider *hider)
{
    struct cord_block_gather *gather = hider->gather;
    struct cord_block_dictionary *dictionary = &gather->dictionary;
    size_t count = dictionary->count;
    for (size_t i = 0; i < count; i++) {
        cord_str text = {dictionary->values[i].ptr, dictionary->values[i].len};
        bool any = false;
        if (cord_block_dictionary_is_personal(&dictionary->values[i])) {
            continue;
        }
        cord_status status = redact(hider, text, &any);
        if (status == CORD_OK && any) {
            cord_str left = cord_buf_str(&hider->text);
            uint32_t hash = cord_block_dictionary_hash(dictionary, left, false) ^ STAND_IN_HASH;
            status = cord_block_dictionary_add(dictionary, left, hash, &gather->stand_ins[i]);
            gather->any_hidden = true;
        }
        if (status != CORD_OK) {
            return status;
        }
    }
    return CORD_OK;
}

/* ---- skeletons ---- */

static cord_status note(struct hider *hider, uint32_t hole, size_t at, size_t end)
{
    struct stretch *stretches = cord_vec_room(hider->stretches, hider->stretch_count,
                                              &hider->stretch_cap, sizeof *stretches);
    if (!stretches) {
        return CORD_E_NOMEM;
    }
    hider->stretches = stretches;
    stretches[hider->stretch_count++] = (struct stretch){hole, (uint32_t)at, (uint32_t)end, 0};
    return CORD_OK;
}

static cord_status look_at_piece(struct hider *hider, cord_str skeleton, uint32_t hole, size_t from,
                                 size_t end)
{
    struct cord_block_names_hit hit;
    cord_str piece = cord_str_slice(skeleton, from, end - from);
    cord_status status = CORD_OK;
    bool any = false;
    for (size_t at = 0;
         status == CORD_OK && cord_block_names_next(&hider->gather->names, piece, at, &hit);
         at = hit.end) {
        any = true;
        status = note(hider, hole, from + hit.at, from + hit.end);
    }
    if (any) {
        cord_block_filter_maker_add(&hider->gather->filters[BLOCK_PERSONAL], piece);
    }
    return status;
}

/* Pieces end where raw does, too: what follows was not received beside it. */
static cord_status look_at_skeleton(struct hider *hider, const struct cord_block_shape *shape)
{
    struct cord_block_key head;
    const char *from = shape->key + sizeof head;
    memcpy(&head, shape->key, sizeof head);
    cord_str skeleton = {shape->key + shape->key_len - head.skeleton_len, head.skeleton_len};
    size_t at = 0;
    cord_status status = CORD_OK;
    hider->stretch_count = 0;
    for (uint32_t h = 0; h <= head.hole_count && status == CORD_OK; h++) {
        struct cord_block_key_hole hole = {head.skeleton_len - (uint32_t)at, 0};
        if (h < head.hole_count) {
            memcpy(&hole, from, sizeof hole);
            from += sizeof hole;
        }
        size_t end = at + hole.gap;
        if (h == head.raw_holes && head.raw_skeleton > at && head.raw_skeleton < end) {
            status = look_at_piece(hider, skeleton, h, at, head.raw_skeleton);
            at = head.raw_skeleton;
        }
        status = status == CORD_OK ? look_at_piece(hider, skeleton, h, at, end) : status;
        at = end;
    }
    return status;
}

/* How many stretches end at or before the place. */
static size_t stretches_before(const struct hider *hider, uint32_t holes, uint32_t skeleton)
{
    size_t low = 0;
    size_t high = hider->stretch_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct stretch *stretch = &hider->stretches[middle];
        if (stretch->hole < holes || (stretch->hole == holes && stretch->end <= skeleton)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* A place moves by what was taken out before it. */
static void move(const struct hider *hider, uint32_t *holes, uint32_t *skeleton)
{
    size_t before = stretches_before(hider, *holes, *skeleton);
    if (before > 0) {
        *holes += (uint32_t)before;
        *skeleton -= hider->stretches[before - 1].taken;
    }
}

/* A value that begins or ends inside a name parts it. */
static cord_status cut_at(struct hider *hider, uint32_t holes, uint32_t skeleton)
{
    size_t at = stretches_before(hider, holes, skeleton);
    if (at == hider->stretch_count || hider->stretches[at].hole != holes ||
        hider->stretches[at].at >= skeleton) {
        return CORD_OK;
    }
    cord_status status = note(hider, 0, 0, 0);
    if (status == CORD_OK) {
        struct stretch *stretch = &hider->stretches[at];
        memmove(stretch + 1, stretch, (hider->stretch_count - at - 1) * sizeof *stretch);
        stretch[0].end = skeleton;
        stretch[1].at = skeleton;
    }
    return status;
}

static void sum_up(struct hider *hider)
{
    uint32_t taken = 0;
    for (size_t i = 0; i < hider->stretch_count; i++) {
        struct stretch *stretch = &hider->stretches[i];
        taken += stretch->end - stretch->at;
        stretch->taken = taken;
    }
}

static const char *span_place(const char *from, struct cord_block_key_span *span,
                              struct cord_block_place *place)
{
    memcpy(span, from, sizeof *span);
    from += sizeof *span;
    if (span->holes & CORD_BLOCK_KEY_PLACED) {
        memcpy(place, from, sizeof *place);
        from += sizeof *place;
    }
    return from;
}

static cord_status cut_at_spans(struct hider *hider, const struct cord_block_key *head,
                                const char *spans)
{
    cord_status status = CORD_OK;
    for (uint32_t i = 0; i < head->span_count && status == CORD_OK; i++) {
        struct cord_block_key_span span;
        struct cord_block_place place;
        spans = span_place(spans, &span, &place);
        if (span.holes & CORD_BLOCK_KEY_PLACED) {
            status = cut_at(hider, place.holes, place.skeleton);
            status =
                status == CORD_OK ? cut_at(hider, place.holes_end, place.skeleton_end) : status;
        }
    }
    return status;
}

static char *put_bytes(char *to, const void *bytes, size_t len)
{
    if (len > 0) {
        memcpy(to, bytes, len);
    }
    return to + len;
}

/* The holes of before and the new ones in between. */
static char *put_holes(const struct hider *hider, const struct cord_block_key *head,
                       const char *from, char *to)
{
    size_t next = 0;
    uint32_t done = 0; /* of the old skeleton */
    uint32_t at = 0;
    for (uint32_t h = 0; h <= head->hole_count; h++) {
        for (; next < hider->stretch_count && hider->stretches[next].hole == h; next++) {
            struct cord_block_key_hole hole = {hider->stretches[next].at - done, 0};
            to = put_bytes(to, &hole, sizeof hole);
            done = hider->stretches[next].end;
        }
        if (h < head->hole_count) {
            struct cord_block_key_hole hole;
            memcpy(&hole, from, sizeof hole);
            from += sizeof hole;
            at += hole.gap;
            hole.gap = at - done;
            to = put_bytes(to, &hole, sizeof hole);
            done = at;
        }
    }
    return to;
}

static char *put_spans(const struct hider *hider, uint32_t count, const char *from, char *to)
{
    for (uint32_t i = 0; i < count; i++) {
        struct cord_block_key_span span;
        struct cord_block_place place;
        from = span_place(from, &span, &place);
        if (span.holes & CORD_BLOCK_KEY_PLACED) {
            move(hider, &place.holes, &place.skeleton);
            move(hider, &place.holes_end, &place.skeleton_end);
            span.holes = place.holes | CORD_BLOCK_KEY_PLACED;
            to = put_bytes(to, &span, sizeof span);
            to = put_bytes(to, &place, sizeof place);
        } else {
            uint32_t all = UINT32_MAX; /* whatever stands before the hole does */
            move(hider, &span.holes, &all);
            to = put_bytes(to, &span, sizeof span);
        }
    }
    return to;
}

static char *put_skeleton(const struct hider *hider, cord_str skeleton, char *to)
{
    size_t done = 0;
    for (size_t i = 0; i < hider->stretch_count; i++) {
        const struct stretch *stretch = &hider->stretches[i];
        to = put_bytes(to, skeleton.ptr + done, stretch->at - done);
        done = stretch->end;
    }
    return put_bytes(to, skeleton.ptr + done, skeleton.len - done);
}

/* The names as values, and which holes they fill. */
static cord_status insert(struct hider *hider, struct cord_block_shape *shape, cord_str skeleton)
{
    struct cord_block_gather *gather = hider->gather;
    struct cord_block_dictionary *dictionary = &gather->dictionary;
    size_t count = hider->stretch_count;
    shape->inserted = cord_arena_alloc(gather->arena, count * sizeof *shape->inserted);
    if (!shape->inserted) {
        return cord_arena_failure(gather->arena);
    }
    for (size_t i = 0; i < count; i++) {
        const struct stretch *stretch = &hider->stretches[i];
        cord_str name = cord_str_slice(skeleton, stretch->at, stretch->end - stretch->at);
        uint32_t hash = cord_block_dictionary_hash(dictionary, name, true);
        shape->inserted[i].hole = stretch->hole;
        cord_status status =
            cord_block_dictionary_add(dictionary, name, hash, &shape->inserted[i].value);
        if (status != CORD_OK) {
            return status;
        }
    }
    shape->inserted_count = (uint32_t)count;
    gather->any_hidden = true;
    return CORD_OK;
}

/* The shape's key anew, with holes where its skeleton named somebody. */
static cord_status rewrite(struct hider *hider, struct cord_block_shape *shape)
{
    struct cord_block_key head;
    memcpy(&head, shape->key, sizeof head);
    const char *holes = shape->key + sizeof head;
    const char *spans = holes + head.hole_count * sizeof(struct cord_block_key_hole);
    cord_str skeleton = {shape->key + shape->key_len - head.skeleton_len, head.skeleton_len};
    cord_status status = cut_at_spans(hider, &head, spans);
    status = status == CORD_OK ? cut_at(hider, head.raw_holes, head.raw_skeleton) : status;
    sum_up(hider);
    status = status == CORD_OK ? insert(hider, shape, skeleton) : status;
    if (status != CORD_OK) {
        return status;
    }
    size_t room = shape->key_len + hider->stretch_count * sizeof(struct cord_block_key_hole);
    char *key = cord_arena_bytes(hider->gather->arena, room);
    if (!key) {
        return cord_arena_failure(hider->gather->arena);
    }
    struct cord_block_key moved = head;
    moved.hole_count += shape->inserted_count;
    moved.skeleton_len -= hider->stretches[hider->stretch_count - 1].taken;
    move(hider, &moved.raw_holes, &moved.raw_skeleton);
    char *to = put_bytes(key, &moved, sizeof moved);
    to = put_holes(hider, &head, holes, to);
    to = put_spans(hider, head.span_count, spans, to);
    to = put_skeleton(hider, skeleton, to);
    shape->key = key;
    shape->key_len = (size_t)(to - key);
    return CORD_OK;
}

static cord_status hide_in_skeletons(struct hider *hider)
{
    struct cord_block_gather *gather = hider->gather;
    cord_status status = CORD_OK;
    for (size_t s = 0; s < gather->shape_count && status == CORD_OK; s++) {
        status = look_at_skeleton(hider, &gather->shapes[s]);
        if (status == CORD_OK && hider->stretch_count > 0) {
            status = rewrite(hider, &gather->shapes[s]);
        }
    }
    return status;
}

cord_status cord_block_hide(struct cord_block_gather *gather)
{
    struct hider hider = {.gather = gather};
    size_t count = gather->dictionary.count;
    if (count >= gather->stand_in_cap) {
        uint32_t *grown = realloc(gather->stand_ins, (count + count / 2 + 64) * sizeof *grown);
        if (!grown) {
            return CORD_E_NOMEM;
        }
        gather->stand_ins = grown;
        gather->stand_in_cap = count + count / 2 + 64;
    }
    gather->row_value_count = count;
    memset(gather->stand_ins, 0xff, count * sizeof *gather->stand_ins);
    cord_buf_init(&hider.text, TEXT_MAX);
    cord_status status = learn_folders(gather);
    status = status == CORD_OK ? hide_in_values(&hider) : status;
    status = status == CORD_OK ? hide_in_skeletons(&hider) : status;
    cord_buf_done(&hider.text);
    free(hider.stretches);
    return status;
}
