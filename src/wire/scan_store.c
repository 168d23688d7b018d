/* scan_store.c: see scan_store.h. */
#include "wire/scan_store.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/vec.h"
#include "wire/keep.h"

#include <pthread.h>
#include <stdlib.h>

#define GATHER_BYTES   ((size_t)64 << 20)
#define ROWS_BYTES_MAX ((size_t)8 << 30) /* what is gathered, and the largest batch behind it */
#define NAME_BYTES_MAX ((size_t)64 << 10)

/* In a provisional number: an event that is gathered, by its row. Without it, the
 * sequence number of one that was stored before. */
#define GATHERED (UINT64_C(1) << 63)

/* The bytes of an event, for all that matters. */
struct digest {
    uint64_t high, low;
};

struct stored {
    struct digest digest;
    uint64_t sequence;
};

/* What is there already of one source, in order of digests. */
struct already {
    struct stored *items;
    uint32_t *taken; /* at the first of those with the same digest: how many were met again */
    size_t count;
    size_t cap;
    uint64_t seed;
};

struct cord_scan_store {
    struct cord_scan_into into;
    const struct cord_walk *walk;
    int64_t received_ns;
    uint64_t seed;
    bool fresh;            /* there is nothing in it that could be met again */
    struct already shared; /* of the one source that all items are */
    struct already *items; /* by item, when each is a source of its own */

    pthread_mutex_t lock; /* guards `taken` of all and the counts */
    struct cord_scan_store_stats stats;
};

struct cord_scan_storer {
    struct cord_scan_store *store;
    struct cord_keep *keep;
    struct cord_rows *rows;
    struct cord_buf name; /* of the source at hand */
    bool flushed;         /* the rows are in the store and about to be forgotten */
    uint64_t *numbers;    /* by event of the batch at hand */
    size_t number_cap;
};

static struct digest digest_of(cord_str raw, uint64_t seed)
{
    XXH128_hash_t hash = XXH3_128bits_withSeed(raw.ptr ? raw.ptr : "", raw.len, seed);
    return (struct digest){hash.high64, hash.low64};
}

static int compare_stored(const void *a, const void *b)
{
    const struct stored *left = a;
    const struct stored *right = b;
    if (left->digest.high != right->digest.high) {
        return left->digest.high < right->digest.high ? -1 : 1;
    }
    if (left->digest.low != right->digest.low) {
        return left->digest.low < right->digest.low ? -1 : 1;
    }
    return left->sequence < right->sequence ? -1 : left->sequence > right->sequence;
}

static bool digest_eq(struct digest a, struct digest b)
{
    return a.high == b.high && a.low == b.low;
}

static void already_done(struct already *already)
{
    free(already->taken);
    free(already->items);
    *already = (struct already){.seed = already->seed};
}

static cord_status note_row(void *self, const struct cord_rows *rows, size_t at)
{
    struct already *already = self;
    const struct cord_row *row = cord_rows_at(rows, at);
    struct stored *items =
        cord_vec_room(already->items, already->count, &already->cap, sizeof *items);
    if (!items) {
        return CORD_E_NOMEM;
    }
    already->items = items;
    items[already->count++] = (struct stored){
        .digest = digest_of(cord_row_raw(row), already->seed),
        .sequence = row->sequence,
    };
    return CORD_OK;
}

static cord_status already_load(const struct cord_scan_store *store, cord_str source,
                                struct already *already, struct cord_error *err)
{
    struct cord_evidence *evidence = store->into.evidence;
    struct cord_search_progress progress;
    struct cord_query *query = NULL;
    const struct cord_search_options options = {
        .from_ns = CORD_TIME_NONE,
        .to_ns = CORD_TIME_NONE,
        .organisation = store->into.organisation,
        .source = source,
        .threads = 1,
    };
    const struct cord_search_sink sink = {note_row, NULL, already};
    already->seed = store->seed;
    cord_status status = cord_query_parse(CORD_STR(""), &query, err);
    if (status == CORD_OK) {
        status = evidence->ops->search(evidence, query, &options, &sink, NULL, &progress, err);
    }
    cord_query_free(query);
    if (status == CORD_OK && already->count > 0) {
        already->taken = calloc(already->count, sizeof *already->taken);
        status = already->taken ? CORD_OK : CORD_E_NOMEM;
        qsort(already->items, already->count, sizeof *already->items, compare_stored);
    }
    if (status != CORD_OK) {
        already_done(already);
        cord_error_context(err, "what is stored of %.*s already", CORD_STR_ARG(source));
    }
    return status;
}

/* The number of a stored event with these bytes that was not met again yet, or 0. */
static uint64_t already_take(const struct already *already, struct digest digest)
{
    const struct stored key = {.digest = digest};
    size_t low = 0;
    size_t high = already->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_stored(&already->items[middle], &key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == already->count || !digest_eq(already->items[low].digest, digest)) {
        return 0;
    }
    size_t at = low + already->taken[low];
    if (at == already->count || !digest_eq(already->items[at].digest, digest)) {
        return 0; /* all were: this one is beyond them */
    }
    already->taken[low]++;
    return already->items[at].sequence;
}

/* A file's source is where it is, whatever folder the program was started in. */
static cord_str source_of(const struct cord_scan_store *store, uint32_t item, struct cord_buf *name)
{
    const struct cord_walk_item *file = cord_walk_item(store->walk, item);
    if (store->into.source.len > 0) {
        return store->into.source;
    }
    cord_str path = cord_str_from(file->path);
    char *absolute = cord_str_eq(file->name, CORD_STR("-")) ? NULL : realpath(path.ptr, NULL);
    cord_buf_clear(name);
    if (absolute && cord_str_starts(file->name, path)) {
        cord_buf_put_text(name, absolute);
        cord_buf_put(name, cord_str_from_byte(file->name, path.len));
    } else {
        cord_buf_put(name, file->name);
    }
    free(absolute);
    return name->failed ? file->name : cord_buf_str(name);
}

cord_status cord_scan_store_new(const struct cord_scan_into *into, const struct cord_walk *walk,
                                int64_t received_ns, uint64_t seed,
                                struct cord_scan_store **ret_store, struct cord_error *err)
{
    cord_status status = CORD_E_NOMEM;
    struct cord_scan_store *store = calloc(1, sizeof *store);
    if (!store || pthread_mutex_init(&store->lock, NULL) != 0) {
        free(store);
        return cord_error_set(err, status, "out of memory");
    }
    store->into = *into;
    store->into.gather_bytes = into->gather_bytes > 0 ? into->gather_bytes : GATHER_BYTES;
    store->walk = walk;
    store->received_ns = received_ns;
    store->seed = seed;
    store->items = calloc(cord_walk_count(walk) + 1, sizeof *store->items);
    if (!store->items) {
        (void)cord_error_set(err, status, "out of memory");
        goto fail;
    }
    struct cord_evidence_stats stats = {.rows = 0};
    status = into->evidence->ops->stats(into->evidence, &stats, err);
    if (status != CORD_OK) {
        goto fail;
    }
    store->fresh = into->again || stats.rows == 0;
    if (into->source.len > 0 && !store->fresh) {
        status = already_load(store, into->source, &store->shared, err);
        if (status != CORD_OK) {
            goto fail;
        }
    }
    *ret_store = store;
    return CORD_OK;

fail:
    cord_scan_store_free(store);
    return status;
}

void cord_scan_store_free(struct cord_scan_store *store)
{
    if (!store) {
        return;
    }
    for (size_t i = 0; store->items && i < cord_walk_count(store->walk); i++) {
        already_done(&store->items[i]);
    }
    free(store->items);
    already_done(&store->shared);
    (void)pthread_mutex_destroy(&store->lock);
    free(store);
}

cord_status cord_scan_store_begin(struct cord_scan_store *store, uint32_t item,
                                  struct cord_error *err)
{
    struct cord_buf name;
    /* Standard input is another stream each time. */
    if (store->fresh || store->into.source.len > 0 ||
        cord_str_eq(cord_walk_item(store->walk, item)->name, CORD_STR("-"))) {
        return CORD_OK;
    }
    cord_buf_init(&name, NAME_BYTES_MAX);
    cord_str source = source_of(store, item, &name);
    cord_status status = already_load(store, source, &store->items[item], err);
    cord_buf_done(&name);
    return status;
}

void cord_scan_store_end(struct cord_scan_store *store, uint32_t item)
{
    already_done(&store->items[item]);
}

struct cord_scan_store_stats cord_scan_store_stats(struct cord_scan_store *store)
{
    (void)pthread_mutex_lock(&store->lock);
    struct cord_scan_store_stats stats = store->stats;
    (void)pthread_mutex_unlock(&store->lock);
    return stats;
}

struct cord_scan_storer *cord_scan_storer_new(struct cord_scan_store *store,
                                              const struct cord_paths *paths,
                                              const struct cord_classifier *classifier)
{
    struct cord_scan_storer *storer = calloc(1, sizeof *storer);
    if (!storer) {
        return NULL;
    }
    storer->store = store;
    cord_buf_init(&storer->name, NAME_BYTES_MAX);
    storer->keep = cord_keep_new(paths, classifier);
    storer->rows = cord_rows_new(ROWS_BYTES_MAX, store->seed);
    if (!storer->keep || !storer->rows) {
        cord_scan_storer_free(storer);
        return NULL;
    }
    cord_keep_into(storer->keep, storer->rows);
    return storer;
}

void cord_scan_storer_free(struct cord_scan_storer *storer)
{
    if (storer) {
        free(storer->numbers);
        cord_rows_free(storer->rows);
        cord_keep_free(storer->keep);
        cord_buf_done(&storer->name);
        free(storer);
    }
}

static cord_status number_room(struct cord_scan_storer *storer, size_t count)
{
    if (count > storer->number_cap) {
        uint64_t *numbers = realloc(storer->numbers, count * sizeof *numbers);
        if (!numbers) {
            return CORD_E_NOMEM;
        }
        storer->numbers = numbers;
        storer->number_cap = count;
    }
    return CORD_OK;
}

/* Which of the batch's events are there already: their numbers; 0 for the rest.
 * The bytes are looked at before the lock is taken. */
static cord_status find_already(struct cord_scan_storer *storer, const struct already *already,
                                const struct cord_batch *batch)
{
    struct cord_scan_store *store = storer->store;
    size_t count = batch->event_count;
    memset(storer->numbers, 0, count * sizeof *storer->numbers);
    if (already->count == 0) {
        return CORD_OK;
    }
    struct digest *digests = malloc(count * sizeof *digests);
    if (!digests) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        digests[i] = digest_of(batch->events[i].raw, already->seed);
    }
    (void)pthread_mutex_lock(&store->lock);
    for (size_t i = 0; i < count; i++) {
        storer->numbers[i] = already_take(already, digests[i]);
        store->stats.already += storer->numbers[i] != 0;
    }
    (void)pthread_mutex_unlock(&store->lock);
    free(digests);
    return CORD_OK;
}

cord_status cord_scan_storer_take(struct cord_scan_storer *storer, uint32_t item,
                                  const struct cord_format *format, const struct cord_batch *batch,
                                  struct cord_error *err)
{
    struct cord_scan_store *store = storer->store;
    const struct already *already =
        store->into.source.len > 0 ? &store->shared : &store->items[item];
    const struct cord_keep_source source = {
        .organisation = store->into.organisation,
        .source = source_of(store, item, &storer->name),
        .format = cord_str_from(format->name),
    };
    if (storer->flushed) {
        cord_keep_taken(storer->keep);
        storer->flushed = false;
    }
    cord_status status = number_room(storer, batch->event_count + 1);
    if (status == CORD_OK) {
        status = find_already(storer, already, batch);
    }
    cord_keep_from(storer->keep, &source);
    for (size_t i = 0; i < batch->event_count && status == CORD_OK; i++) {
        if (storer->numbers[i] == 0) {
            storer->numbers[i] = GATHERED | cord_rows_count(storer->rows);
            status = cord_keep_event(storer->keep, &batch->events[i], store->received_ns);
        }
    }
    return status == CORD_OK ? CORD_OK
                             : cord_error_set(err, status, "events could not be gathered: %s",
                                              cord_error_name(status));
}

uint64_t cord_scan_storer_number(const struct cord_scan_storer *storer, size_t event)
{
    return storer->numbers[event];
}

bool cord_scan_storer_is_full(const struct cord_scan_storer *storer)
{
    return cord_rows_bytes(storer->rows) >= storer->store->into.gather_bytes;
}

cord_status cord_scan_storer_flush(struct cord_scan_storer *storer, struct cord_error *err)
{
    struct cord_scan_store *store = storer->store;
    struct cord_evidence *evidence = store->into.evidence;
    size_t count = cord_rows_count(storer->rows);
    if (storer->flushed || count == 0) {
        return CORD_OK;
    }
    cord_status status = evidence->ops->append(evidence, storer->rows, err);
    if (status == CORD_OK) {
        storer->flushed = true;
        status = evidence->ops->commit(evidence, err);
    }
    if (status != CORD_OK) {
        return status;
    }
    (void)pthread_mutex_lock(&store->lock);
    store->stats.stored += count;
    (void)pthread_mutex_unlock(&store->lock);
    return CORD_OK;
}

uint64_t cord_scan_storer_sequence(const struct cord_scan_storer *storer, uint64_t number)
{
    if ((number & GATHERED) == 0) {
        return number;
    }
    return cord_rows_at(storer->rows, (size_t)(number & ~GATHERED))->sequence;
}
