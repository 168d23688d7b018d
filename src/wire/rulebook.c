/* rulebook.c: see rulebook.h. */
#include "wire/rulebook.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { NEVER_FED_BYTES = 1 << 20 };

struct cord_rulebook {
    atomic_uint references;
    struct cord_collection *collection;
    struct cord_ruleset *ruleset;
    struct cord_scan_correlate *correlate;
};

struct cord_rulebook_slot {
    pthread_mutex_t lock; /* guards book */
    struct cord_rulebook *book;
};

cord_status cord_rulebook_new(struct cord_collection *collection, uint64_t seed,
                              struct cord_rulebook **ret_book, struct cord_error *err)
{
    const struct cord_ruleset_options options = {.seed = seed};
    struct cord_rulebook *book = calloc(1, sizeof *book);
    if (!book) {
        cord_collection_free(collection);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    atomic_init(&book->references, 1);
    book->collection = collection;
    cord_status status = cord_ruleset_compile(collection, &options, &book->ruleset, err);
    if (status == CORD_OK) {
        const struct cord_scan_correlate_options correlate = {
            .bytes_max = NEVER_FED_BYTES, .pending_bytes_max = NEVER_FED_BYTES, .seed = seed};
        const struct cord_scan_correlate_sink nowhere = {NULL, NULL};
        status =
            cord_scan_correlate_new(collection, NULL, &correlate, &nowhere, &book->correlate, err);
    }
    if (status != CORD_OK) {
        cord_rulebook_unref(book);
        return status;
    }
    *ret_book = book;
    return CORD_OK;
}

struct cord_rulebook *cord_rulebook_ref(struct cord_rulebook *book)
{
    (void)atomic_fetch_add(&book->references, 1);
    return book;
}

void cord_rulebook_unref(struct cord_rulebook *book)
{
    if (book && atomic_fetch_sub(&book->references, 1) == 1) {
        cord_scan_correlate_free(book->correlate);
        cord_ruleset_unref(book->ruleset);
        cord_collection_free(book->collection);
        free(book);
    }
}

const struct cord_scan_correlate *cord_rulebook_correlate(const struct cord_rulebook *book)
{
    return book->correlate;
}

struct cord_ruleset *cord_rulebook_ruleset(const struct cord_rulebook *book)
{
    return book->ruleset;
}

const struct cord_collection *cord_rulebook_collection(const struct cord_rulebook *book)
{
    return book->collection;
}

struct cord_rulebook_slot *cord_rulebook_slot_new(struct cord_rulebook *book)
{
    struct cord_rulebook_slot *slot = calloc(1, sizeof *slot);
    if (!slot || pthread_mutex_init(&slot->lock, NULL) != 0) {
        free(slot);
        return NULL;
    }
    slot->book = book;
    return slot;
}

void cord_rulebook_slot_free(struct cord_rulebook_slot *slot)
{
    if (slot) {
        cord_rulebook_unref(slot->book);
        (void)pthread_mutex_destroy(&slot->lock);
        free(slot);
    }
}

struct cord_rulebook *cord_rulebook_slot_current(struct cord_rulebook_slot *slot)
{
    (void)pthread_mutex_lock(&slot->lock);
    struct cord_rulebook *book = cord_rulebook_ref(slot->book);
    (void)pthread_mutex_unlock(&slot->lock);
    return book;
}

void cord_rulebook_slot_replace(struct cord_rulebook_slot *slot, struct cord_rulebook *book)
{
    (void)pthread_mutex_lock(&slot->lock);
    struct cord_rulebook *before = slot->book;
    slot->book = book;
    (void)pthread_mutex_unlock(&slot->lock);
    cord_rulebook_unref(before);
}
