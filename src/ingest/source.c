/* source.c: the registry in force: see source.h. */
#include "ingest/source.h"

#include <pthread.h>
#include <stdlib.h>

struct cord_source_book {
    pthread_mutex_t lock;
    struct cord_sources *current; /* under the lock; one reference */
};

struct cord_source_book *cord_source_book_new(struct cord_sources *sources)
{
    struct cord_source_book *book = calloc(1, sizeof *book);
    if (!book) {
        return NULL;
    }
    if (pthread_mutex_init(&book->lock, NULL) != 0) {
        free(book);
        return NULL;
    }
    book->current = cord_sources_ref(sources);
    return book;
}

void cord_source_book_free(struct cord_source_book *book)
{
    if (book) {
        cord_sources_unref(book->current);
        (void)pthread_mutex_destroy(&book->lock);
        free(book);
    }
}

struct cord_sources *cord_source_book_current(struct cord_source_book *book)
{
    (void)pthread_mutex_lock(&book->lock);
    struct cord_sources *current = cord_sources_ref(book->current);
    (void)pthread_mutex_unlock(&book->lock);
    return current;
}

void cord_source_book_replace(struct cord_source_book *book, struct cord_sources *sources)
{
    struct cord_sources *added = cord_sources_ref(sources);
    (void)pthread_mutex_lock(&book->lock);
    struct cord_sources *before = book->current;
    book->current = added;
    (void)pthread_mutex_unlock(&book->lock);
    cord_sources_unref(before); /* freeing may take a while: not under the lock */
}
