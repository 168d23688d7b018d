/* store_pack.c: rows, sorted into segments and blocks. */
#include "evidence/store_internal.h"

#include "base/vec.h"

#include <stdlib.h>

/* A block is closed early where another source or class of events begins, once
 * it is large enough to pack well: searches by them then skip more. */
enum {
    SOURCE_ROWS = 8192,
    CLASS_ROWS = 16384,
    BLOCK_TEXT_BYTES = 128 << 20,
};

/* An origin of the rows, and where its rows belong. */
struct place {
    const struct cord_origin *origin;
    uint32_t number; /* in the rows */
    struct cord_policy_term term;
};

struct packing {
    struct cord_store *store;
    const struct cord_rows *rows;
    struct cord_store_pack *pack;
    struct cord_error *err;
    struct place *places; /* in order of the segments they go to */
    uint32_t place_count;
    uint32_t *order;    /* rows, by place */
    uint32_t *place_of; /* a row's, by its origin */
    bool *is_personal;  /* by field */
    struct cord_block_packer *packer;
    struct cord_segment_writer *writer; /* of the segment at hand */
};

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a;
    const struct place *y = b;
    int order = cord_str_compare(x->origin->organisation, y->origin->organisation);
    if (order == 0) {
        order = (x->term.days > y->term.days) - (x->term.days < y->term.days);
    }
    if (order == 0) {
        order = (x->term.personal_days > y->term.personal_days) -
                (x->term.personal_days < y->term.personal_days);
    }
    if (order == 0) {
        order = cord_str_compare(x->origin->source, y->origin->source);
    }
    if (order == 0) {
        order = cord_str_compare(x->origin->event_class, y->origin->event_class);
    }
    return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

static bool same_segment(const struct place *a, const struct place *b)
{
    return cord_str_eq(a->origin->organisation, b->origin->organisation) &&
           a->term.days == b->term.days && a->term.personal_days == b->term.personal_days;
}

static bool make_places(struct packing *packing)
{
    const struct cord_rows *rows = packing->rows;
    uint32_t count = cord_rows_origin_count(rows);
    packing->place_count = count;
    packing->places = calloc((size_t)count + 1, sizeof *packing->places);
    packing->place_of = calloc((size_t)count + 1, sizeof *packing->place_of);
    if (!packing->places || !packing->place_of) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct cord_origin *origin = cord_rows_origin_at(rows, i);
        packing->places[i] =
            (struct place){origin, i, cord_policy_term(packing->store->policy, origin)};
    }
    qsort(packing->places, count, sizeof *packing->places, compare_places);
    for (uint32_t i = 0; i < count; i++) {
        packing->place_of[packing->places[i].number] = i;
    }
    return true;
}

/* Rows by place, otherwise in the order they came: a counting sort. */
static bool make_order(struct packing *packing)
{
    size_t count = cord_rows_count(packing->rows);
    uint32_t *starts = calloc((size_t)packing->place_count + 1, sizeof *starts);
    packing->order = calloc(count + 1, sizeof *packing->order);
    if (!starts || !packing->order) {
        free(starts);
        return false;
    }
    for (size_t at = 0; at < count; at++) {
        starts[packing->place_of[cord_rows_at(packing->rows, at)->origin] + 1]++;
    }
    for (uint32_t i = 1; i < packing->place_count; i++) {
        starts[i] += starts[i - 1];
    }
    for (size_t at = 0; at < count; at++) {
        uint32_t place = packing->place_of[cord_rows_at(packing->rows, at)->origin];
        packing->order[starts[place]++] = (uint32_t)at;
    }
    free(starts);
    return true;
}

/* By the policy's table of names; and what a format says is the user, whatever
 * it is called there. */
static bool find_personal(struct packing *packing)
{
    const struct cord_rows *rows = packing->rows;
    uint32_t count = cord_rows_field_count(rows);
    packing->is_personal = calloc((size_t)count + 1, sizeof *packing->is_personal);
    if (!packing->is_personal) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        size_t name_count = 0;
        const cord_str *names = cord_rows_names(rows, i, &name_count);
        packing->is_personal[i] =
            cord_policy_is_personal(packing->store->policy, names, name_count);
    }
    for (size_t at = 0; at < cord_rows_count(rows); at++) {
        const struct cord_row *row = cord_rows_at(rows, at);
        uint16_t user = row->role[CORD_ROLE_USER];
        if (user != CORD_VALUE_NONE) {
            packing->is_personal[row->spans[user].field] = true;
        }
    }
    return true;
}

static cord_status begin_segment(struct packing *packing, const struct place *place)
{
    struct cord_store *store = packing->store;
    struct cord_segment_plan plan = {
        .files = store->files,
        .dir = store->dir,
        .seed = store->options.seed,
        .organisation = place->origin->organisation,
        .days = place->term.days,
        .personal_days = place->term.personal_days,
        .kept_from_ns = packing->pack->kept_from_ns,
    };
    memcpy(plan.store, store->identity.id, sizeof plan.store);
    (void)pthread_mutex_lock(&store->lock);
    plan.number = store->next_file++;
    (void)pthread_mutex_unlock(&store->lock);
    return cord_segment_writer_new(&plan, &packing->writer, packing->err);
}

static cord_status end_segment(struct packing *packing)
{
    struct cord_store_pack *pack = packing->pack;
    struct cord_segment_info *segments =
        cord_vec_room(pack->segments, pack->count, &pack->cap, sizeof *segments);
    if (!segments) {
        return CORD_E_NOMEM;
    }
    pack->segments = segments;
    cord_status status =
        cord_segment_writer_seal(packing->writer, &segments[pack->count], packing->err);
    if (status != CORD_OK) {
        return status;
    }
    pack->count++;
    cord_segment_writer_free(packing->writer);
    packing->writer = NULL;
    return CORD_OK;
}

/* Where the block that begins at `from` ends; same segment throughout. */
static size_t block_end(const struct packing *packing, size_t from)
{
    size_t count = cord_rows_count(packing->rows);
    size_t bytes = 0;
    size_t at = from;
    const struct place *before = NULL;
    for (; at < count && at - from < CORD_BLOCK_ROWS_MAX; at++) {
        const struct cord_row *row = cord_rows_at(packing->rows, packing->order[at]);
        const struct place *place = &packing->places[packing->place_of[row->origin]];
        if (before && place != before) {
            size_t rows = at - from;
            bool source = cord_str_eq(place->origin->source, before->origin->source);
            bool same_class = cord_str_eq(place->origin->event_class, before->origin->event_class);
            if (!same_segment(place, before) || (!source && rows >= SOURCE_ROWS) ||
                (!same_class && rows >= CLASS_ROWS)) {
                break;
            }
        }
        if (at > from && row->text.len > BLOCK_TEXT_BYTES - bytes) {
            break;
        }
        bytes += row->text.len < BLOCK_TEXT_BYTES ? row->text.len : BLOCK_TEXT_BYTES;
        before = place;
    }
    return at;
}

/* All names of a segment's persons before its first block is packed. */
static cord_status learn_names(struct packing *packing, size_t from)
{
    size_t count = cord_rows_count(packing->rows);
    const struct place *first = NULL;
    cord_status status = CORD_OK;
    cord_block_packer_forget(packing->packer);
    for (size_t at = from; at < count && status == CORD_OK; at++) {
        const struct cord_row *row = cord_rows_at(packing->rows, packing->order[at]);
        const struct place *place = &packing->places[packing->place_of[row->origin]];
        first = first ? first : place;
        if (!same_segment(first, place)) {
            break;
        }
        status = cord_block_packer_learn(packing->packer, row, packing->is_personal);
    }
    return status;
}

static cord_status pack_blocks(struct packing *packing)
{
    size_t count = cord_rows_count(packing->rows);
    const struct place *before = NULL;
    cord_status status = CORD_OK;
    for (size_t at = 0; at < count && status == CORD_OK;) {
        const struct cord_row *row = cord_rows_at(packing->rows, packing->order[at]);
        const struct place *place = &packing->places[packing->place_of[row->origin]];
        if (before && !same_segment(before, place)) {
            status = end_segment(packing);
        }
        if (status == CORD_OK && !packing->writer) {
            status = begin_segment(packing, place);
            status = status == CORD_OK ? learn_names(packing, at) : status;
        }
        if (status != CORD_OK) {
            break;
        }
        size_t end = block_end(packing, at);
        const struct cord_segment_rows rows = {packing->rows, packing->order + at, end - at,
                                               packing->is_personal};
        status = cord_segment_writer_add(packing->writer, packing->packer, &rows, packing->err);
        before = place;
        at = end;
    }
    return status == CORD_OK && packing->writer ? end_segment(packing) : status;
}

void cord_store_pack_done(struct cord_store_pack *pack)
{
    free(pack->segments);
    *pack = (struct cord_store_pack){0};
}

cord_status cord_store_pack_adopt(struct cord_store_pack *pack,
                                  const struct cord_segment_info *info)
{
    struct cord_segment_info *segments =
        cord_vec_room(pack->segments, pack->count, &pack->cap, sizeof *segments);
    char *name = malloc(info->organisation.len + 1);
    if (segments) {
        pack->segments = segments;
    }
    if (!segments || !name) {
        free(name);
        return CORD_E_NOMEM;
    }
    if (info->organisation.len > 0) {
        memcpy(name, info->organisation.ptr, info->organisation.len);
    }
    segments[pack->count] = *info;
    segments[pack->count++].organisation = (cord_str){name, info->organisation.len};
    /* cppcheck-suppress memleak ; the pack has it, and _disown frees it */
    return CORD_OK;
}

void cord_store_pack_disown(struct cord_store_pack *pack)
{
    for (size_t i = 0; i < pack->count; i++) {
        free((void *)(uintptr_t)pack->segments[i].organisation.ptr);
    }
    cord_store_pack_done(pack);
}

void cord_store_pack_drop(struct cord_store *store, const struct cord_store_pack *pack)
{
    const struct cord_files *files = store->files;
    for (size_t i = 0; i < pack->count; i++) {
        char name[CORD_SEGMENT_NAME];
        cord_segment_name(pack->segments[i].number, name);
        (void)files->unlink(files->self, store->dir, name); /* or else on opening */
        if (pack->segments[i].person_bytes > 0) {
            cord_segment_person_name(pack->segments[i].number, name);
            (void)files->unlink(files->self, store->dir, name);
        }
    }
}

cord_status cord_store_pack_rows(struct cord_store *store, const struct cord_rows *rows,
                                 struct cord_store_pack *pack, struct cord_error *err)
{
    struct packing packing = {.store = store, .rows = rows, .pack = pack, .err = err};
    cord_status status = CORD_E_NOMEM;
    packing.packer = cord_block_packer_new(store->options.seed);
    if (packing.packer && make_places(&packing) && make_order(&packing) &&
        find_personal(&packing)) {
        status = pack_blocks(&packing);
    }
    if (status != CORD_OK) {
        cord_store_pack_drop(store, pack);
        pack->count = 0;
    }
    cord_segment_writer_free(packing.writer);
    cord_block_packer_free(packing.packer);
    free(packing.is_personal);
    free(packing.order);
    free(packing.place_of);
    free(packing.places);
    return status;
}

cord_status cord_store_pack_settle(struct cord_store *store, struct cord_store_pack *pack,
                                   struct cord_error *err)
{
    cord_status status = cord_files_sync_dir(store->files, store->dir, "segments", err);
    if (status != CORD_OK) {
        cord_store_pack_drop(store, pack);
        pack->count = 0;
    }
    return status;
}
