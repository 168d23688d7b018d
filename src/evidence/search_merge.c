/* search_merge.c: see search_merge.h. */
#include "evidence/search_merge.h"

#include <stdlib.h>

void cord_search_merge_init(struct cord_search_merge *merge, size_t keep, bool oldest_first)
{
    *merge = (struct cord_search_merge){.keep = keep, .oldest_first = oldest_first};
}

void cord_search_merge_done(struct cord_search_merge *merge)
{
    free(merge->refs);
    *merge = (struct cord_search_merge){.keep = 1};
}

static bool is_newer(const struct cord_search_ref *a, const struct cord_search_ref *b)
{
    if (a->when_ns != b->when_ns) {
        return a->when_ns > b->when_ns;
    }
    if (a->sequence != b->sequence) {
        return a->sequence > b->sequence;
    }
    /* Rows without a number, or of a damaged store with the same one twice. */
    return a->unit != b->unit ? a->unit > b->unit : a->row > b->row;
}

bool cord_search_merge_before(const struct cord_search_merge *merge,
                              const struct cord_search_ref *a, const struct cord_search_ref *b)
{
    return merge->oldest_first ? is_newer(b, a) : is_newer(a, b);
}

static int newest_first(const void *a, const void *b)
{
    return is_newer(a, b) ? -1 : is_newer(b, a) ? 1 : 0;
}

static int oldest_first(const void *a, const void *b)
{
    return -newest_first(a, b);
}

static void sift_up(const struct cord_search_merge *merge, size_t at)
{
    struct cord_search_ref *refs = merge->refs;
    struct cord_search_ref ref = refs[at];
    while (at > 0 && cord_search_merge_before(merge, &ref, &refs[(at - 1) / 2])) {
        refs[at] = refs[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    refs[at] = ref;
}

static void sift_down(const struct cord_search_merge *merge, size_t at)
{
    struct cord_search_ref *refs = merge->refs;
    struct cord_search_ref ref = refs[at];
    for (size_t child; (child = 2 * at + 1) < merge->count; at = child) {
        if (child + 1 < merge->count &&
            cord_search_merge_before(merge, &refs[child + 1], &refs[child])) {
            child++;
        }
        if (!cord_search_merge_before(merge, &refs[child], &ref)) {
            break;
        }
        refs[at] = refs[child];
    }
    refs[at] = ref;
}

/* In order, which is a heap as well, and no more than are kept. */
static void shorten(struct cord_search_merge *merge)
{
    qsort(merge->refs, merge->count, sizeof *merge->refs,
          merge->oldest_first ? oldest_first : newest_first);
    if (merge->count > merge->keep) {
        merge->count = merge->keep;
        merge->dropped = true;
    }
    if (merge->count == merge->keep) {
        merge->full = true;
        merge->last = merge->refs[merge->count - 1];
    }
}

static bool make_room(struct cord_search_merge *merge)
{
    size_t most = merge->keep > SIZE_MAX / 2 / sizeof *merge->refs ? merge->keep : 2 * merge->keep;
    if (merge->count < merge->cap) {
        return true;
    }
    if (merge->cap >= most) {
        shorten(merge);
        return true;
    }
    size_t cap = merge->cap == 0 ? 256 : 2 * merge->cap;
    cap = cap < most ? cap : most;
    struct cord_search_ref *refs = realloc(merge->refs, cap * sizeof *refs);
    if (!refs) {
        return false;
    }
    merge->refs = refs;
    merge->cap = cap;
    return true;
}

cord_status cord_search_merge_add(struct cord_search_merge *merge,
                                  const struct cord_search_ref *refs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (merge->full && !cord_search_merge_before(merge, &refs[i], &merge->last)) {
            merge->dropped = true;
            continue;
        }
        if (!make_room(merge)) {
            return CORD_E_NOMEM;
        }
        merge->refs[merge->count] = refs[i];
        sift_up(merge, merge->count++);
    }
    return CORD_OK;
}

bool cord_search_merge_wants(const struct cord_search_merge *merge, int64_t when_ns)
{
    if (!merge->full) {
        return true;
    }
    return merge->oldest_first ? when_ns <= merge->last.when_ns : when_ns >= merge->last.when_ns;
}

bool cord_search_merge_take(struct cord_search_merge *merge, int64_t edge_ns, bool has_edge,
                            struct cord_search_ref *ret_ref)
{
    if (merge->count == 0) {
        return false;
    }
    const struct cord_search_ref *first = &merge->refs[0];
    if (has_edge && (merge->oldest_first ? first->when_ns >= edge_ns : first->when_ns <= edge_ns)) {
        return false;
    }
    *ret_ref = *first;
    merge->refs[0] = merge->refs[--merge->count];
    if (merge->count > 0) {
        sift_down(merge, 0);
    }
    return true;
}
