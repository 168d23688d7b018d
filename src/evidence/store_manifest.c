/* store_manifest.c: which segments and holds there are: what the chain's entries come to. */
#include "evidence/store_internal.h"

#include "base/arena.h"
#include "base/vec.h"

#include <inttypes.h>
#include <stdlib.h>

struct cord_store_manifest *cord_store_manifest_ref(struct cord_store_manifest *manifest)
{
    (void)atomic_fetch_add(&manifest->references, 1);
    return manifest;
}

void cord_store_manifest_unref(struct cord_store_manifest *manifest)
{
    if (!manifest || atomic_fetch_sub(&manifest->references, 1) != 1) {
        return;
    }
    for (size_t i = 0; i < manifest->count; i++) {
        cord_segment_unref(manifest->segments[i]);
    }
    free(manifest->segments);
    free(manifest);
}

/* The first place with a number not below it. */
static size_t place_of(const struct cord_store_manifest *manifest, uint64_t number)
{
    size_t low = 0;
    size_t high = manifest->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (cord_segment_info(manifest->segments[middle])->number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct cord_segment *cord_store_manifest_find(const struct cord_store_manifest *manifest,
                                              uint64_t number)
{
    size_t at = place_of(manifest, number);
    return at < manifest->count && cord_segment_info(manifest->segments[at])->number == number
               ? manifest->segments[at]
               : NULL;
}

static bool is_removed(const struct cord_store_change *change, uint64_t number)
{
    for (size_t i = 0; i < change->removed_count && change->removed[i] <= number; i++) {
        if (change->removed[i] == number) {
            return true;
        }
    }
    return false;
}

/* In its place; they mostly come in order. */
static void insert(struct cord_store_manifest *manifest, struct cord_segment *segment)
{
    size_t at = place_of(manifest, cord_segment_info(segment)->number);
    memmove(manifest->segments + at + 1, manifest->segments + at,
            (manifest->count - at) * sizeof(*manifest->segments));
    manifest->segments[at] = segment;
    manifest->count++;
}

cord_status cord_store_manifest_new(struct cord_store *store,
                                    const struct cord_store_manifest *before,
                                    const struct cord_store_change *change,
                                    struct cord_store_manifest **ret_manifest)
{
    struct cord_store_manifest *manifest = calloc(1, sizeof *manifest);
    size_t most = (before ? before->count : 0) + change->added_count;
    if (!manifest) {
        return CORD_E_NOMEM;
    }
    atomic_init(&manifest->references, 1);
    manifest->segments = malloc((most + 1) * sizeof(*manifest->segments));
    if (!manifest->segments) {
        cord_store_manifest_unref(manifest);
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; before && i < before->count; i++) {
        if (!is_removed(change, cord_segment_info(before->segments[i])->number)) {
            manifest->segments[manifest->count++] = cord_segment_ref(before->segments[i]);
        }
    }
    for (size_t i = 0; i < change->added_count; i++) {
        struct cord_segment *segment = cord_segment_new(
            store->files, store->dir, store->identity.id, &change->added[i], false);
        if (!segment) {
            cord_store_manifest_unref(manifest);
            return CORD_E_NOMEM;
        }
        insert(manifest, segment);
    }
    *ret_manifest = manifest;
    return CORD_OK;
}

/* --- reading the chain: the manifest is ours alone, and changed in place --- */

static cord_status add_segment(struct cord_store *store, const cord_str *words, size_t count,
                               struct cord_buf *scratch)
{
    struct cord_segment_info info;
    struct cord_store_manifest *manifest = store->manifest;
    cord_status status = cord_segment_parse_line(words, count, &info, scratch);
    if (status != CORD_OK || cord_store_manifest_find(manifest, info.number)) {
        return CORD_E_FORMAT;
    }
    if ((manifest->count & (manifest->count - 1)) == 0) { /* room for as many again */
        size_t cap = manifest->count * 2 + 2;
        struct cord_segment **segments =
            realloc(manifest->segments, cap * sizeof(*manifest->segments));
        if (!segments) {
            return CORD_E_NOMEM;
        }
        manifest->segments = segments;
    }
    struct cord_segment *segment =
        cord_segment_new(store->files, store->dir, store->identity.id, &info, false);
    if (!segment) {
        return CORD_E_NOMEM;
    }
    insert(manifest, segment);
    store->next_file = info.number >= store->next_file ? info.number + 1 : store->next_file;
    store->next_sequence = info.last >= store->next_sequence ? info.last + 1 : store->next_sequence;
    return CORD_OK;
}

static cord_status remove_segment(struct cord_store *store, uint64_t number)
{
    struct cord_store_manifest *manifest = store->manifest;
    size_t at = place_of(manifest, number);
    if (at == manifest->count || cord_segment_info(manifest->segments[at])->number != number) {
        return CORD_E_FORMAT;
    }
    cord_segment_unref(manifest->segments[at]);
    manifest->count--;
    memmove(manifest->segments + at, manifest->segments + at + 1,
            (manifest->count - at) * sizeof(*manifest->segments));
    return CORD_OK;
}

cord_status cord_store_manifest_hold(struct cord_store *store, const struct cord_store_hold *hold)
{
    struct cord_store_hold copy = *hold;
    cord_str *const texts[] = {&copy.organisation, &copy.source, &copy.who, &copy.reason};
    struct cord_store_hold *holds =
        cord_vec_room(store->holds, store->hold_count, &store->hold_cap, sizeof *holds);
    if (!holds) {
        return CORD_E_NOMEM;
    }
    store->holds = holds;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        *texts[i] = cord_arena_copy(store->hold_texts, *texts[i]);
        if (!texts[i]->ptr) {
            return cord_arena_failure(store->hold_texts);
        }
    }
    holds[store->hold_count++] = copy;
    return CORD_OK;
}

cord_status cord_store_manifest_release(struct cord_store *store, uint64_t entry)
{
    for (size_t i = 0; i < store->hold_count; i++) {
        if (store->holds[i].entry == entry) {
            store->hold_count--;
            memmove(store->holds + i, store->holds + i + 1,
                    (store->hold_count - i) * sizeof *store->holds);
            return CORD_OK;
        }
    }
    return CORD_E_NOENT;
}

/* hold FROM TO ORGANISATION SOURCE WHO REASON */
static cord_status add_hold(struct cord_store *store, const struct cord_chain_entry *entry,
                            const cord_str *words, size_t count, struct cord_buf *scratch)
{
    struct cord_store_hold hold = {.entry = entry->number, .since_ns = entry->time_ns};
    cord_str *const texts[] = {&hold.organisation, &hold.source, &hold.who, &hold.reason};
    size_t starts[5] = {0};
    if (count != 6 || !cord_str_i64(words[0], &hold.from_ns) ||
        !cord_str_i64(words[1], &hold.to_ns)) {
        return CORD_E_FORMAT;
    }
    cord_buf_clear(scratch);
    for (size_t i = 0; i < 4; i++) {
        if (!cord_chain_unescape(words[2 + i], scratch)) {
            return CORD_E_FORMAT;
        }
        starts[i + 1] = scratch->len;
    }
    for (size_t i = 0; i < 4; i++) {
        *texts[i] = cord_str_slice(cord_buf_str(scratch), starts[i], starts[i + 1] - starts[i]);
    }
    return cord_store_manifest_hold(store, &hold);
}

/* A line whose first word is a key and whose second a number. */
static cord_status apply_number(struct cord_store *store, cord_str key, uint64_t number)
{
    if (cord_str_eq(key, CORD_STR("through"))) {
        store->spooled_through = number > store->spooled_through ? number : store->spooled_through;
        store->next_sequence = number >= store->next_sequence ? number + 1 : store->next_sequence;
        return CORD_OK;
    }
    if (cord_str_eq(key, CORD_STR("next"))) {
        store->next_sequence = number > store->next_sequence ? number : store->next_sequence;
        return CORD_OK;
    }
    if (cord_str_eq(key, CORD_STR("remove"))) {
        return remove_segment(store, number);
    }
    if (cord_str_eq(key, CORD_STR("expire"))) {
        struct cord_segment *segment = cord_store_manifest_find(store->manifest, number);
        if (!segment) {
            return CORD_E_FORMAT;
        }
        cord_segment_expire_person(segment);
        return CORD_OK;
    }
    if (cord_str_eq(key, CORD_STR("release"))) {
        return cord_store_manifest_release(store, number) == CORD_OK ? CORD_OK : CORD_E_FORMAT;
    }
    return CORD_OK; /* for people, or of a later version: says nothing about files */
}

static cord_status apply_line(struct cord_store *store, const struct cord_chain_entry *entry,
                              const cord_str *words, size_t count, struct cord_buf *scratch)
{
    uint64_t number = 0;
    if (cord_str_eq(words[0], CORD_STR("segment"))) {
        return add_segment(store, words + 1, count - 1, scratch);
    }
    if (cord_str_eq(words[0], CORD_STR("hold"))) {
        return add_hold(store, entry, words + 1, count - 1, scratch);
    }
    if (count > 1 && cord_str_u64(words[1], &number)) {
        return apply_number(store, words[0], number);
    }
    return CORD_OK;
}

cord_status cord_store_manifest_apply(struct cord_store *store,
                                      const struct cord_chain_entry *entry, struct cord_error *err)
{
    cord_str lines = entry->lines;
    cord_str words[CORD_CHAIN_WORDS_MAX];
    struct cord_buf scratch;
    cord_status status = CORD_OK;
    cord_buf_init(&scratch, CORD_CHAIN_ENTRY_BYTES_MAX);
    while (lines.len > 0 && status == CORD_OK) {
        size_t count = cord_chain_line(&lines, words);
        status = count == 0 ? CORD_E_FORMAT : apply_line(store, entry, words, count, &scratch);
    }
    cord_buf_done(&scratch);
    if (status == CORD_E_FORMAT) {
        return cord_error_set(err, status, "entry %" PRIu64 " of the chain makes no sense",
                              entry->number);
    }
    return status;
}
