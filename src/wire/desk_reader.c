/* desk_reader.c: see desk_reader.h. */
#include "wire/desk_reader.h"

#include <pthread.h>
#include <stdlib.h>

enum { BATCHES = 4 };

#define BATCH_BYTES_MAX ((size_t)64 << 20) /* findings have bounds of their own, far below */
#define BATCH_BYTES     ((size_t)4 << 20)  /* a batch that has as much is full */

/* Batches go round: those from `told` on are read, up to `read`; the one behind is being filled. */
struct cord_desk_reader {
    struct cord_findings_log *log;
    uint64_t after;
    struct cord_desk_reader_batch batches[BATCHES];
    struct cord_desk_reader_batch *filling; /* the thread's own; NULL: none yet */
    bool taken;                             /* the caller's own: it has the one at `told` */
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t moved;
    size_t told, read; /* counted on for ever */
    bool done;         /* nothing more is read */
    bool ending;       /* nothing more is wanted */
    cord_status status;
    struct cord_error err;
};

/* --- the thread's --- */

/* Waits until there is one to fill; false: nobody wants more. */
static bool begin_batch(struct cord_desk_reader *reader)
{
    (void)pthread_mutex_lock(&reader->lock);
    while (reader->read - reader->told == BATCHES && !reader->ending) {
        (void)pthread_cond_wait(&reader->moved, &reader->lock);
    }
    reader->filling = reader->ending ? NULL : &reader->batches[reader->read % BATCHES];
    (void)pthread_mutex_unlock(&reader->lock);
    if (reader->filling) {
        reader->filling->count = 0;
        cord_arena_rewind(reader->filling->arena);
    }
    return reader->filling != NULL;
}

static void end_batch(struct cord_desk_reader *reader)
{
    (void)pthread_mutex_lock(&reader->lock);
    reader->read++;
    (void)pthread_cond_broadcast(&reader->moved);
    (void)pthread_mutex_unlock(&reader->lock);
    reader->filling = NULL;
}

static cord_status on_finding(void *self, uint64_t number, cord_str json)
{
    struct cord_desk_reader *reader = self;
    if (!reader->filling && !begin_batch(reader)) {
        return CORD_E_END;
    }
    struct cord_desk_reader_batch *batch = reader->filling;
    struct cord_desk_reader_row *row = &batch->rows[batch->count++];
    cord_str kept = cord_arena_copy(batch->arena, json); /* the journal's reader goes on */
    row->number = number;
    row->status = kept.ptr ? cord_sighting_read(kept, batch->arena, &row->sighting, NULL)
                           : cord_arena_failure(batch->arena);
    if (row->status == CORD_OK) {
        row->sighting.number = number;
    }
    if (batch->count == CORD_DESK_READER_BATCH || cord_arena_held(batch->arena) > BATCH_BYTES) {
        end_batch(reader);
    }
    return CORD_OK;
}

static void *run(void *self)
{
    struct cord_desk_reader *reader = self;
    struct cord_error err = {""};
    cord_status status =
        cord_findings_log_read(reader->log, reader->after, on_finding, reader, &err);
    if (reader->filling) { /* there is at least one in it */
        end_batch(reader);
    }
    (void)pthread_mutex_lock(&reader->lock);
    reader->status = status;
    reader->err = err;
    reader->done = true;
    (void)pthread_cond_broadcast(&reader->moved);
    (void)pthread_mutex_unlock(&reader->lock);
    return NULL;
}

/* --- the caller's --- */

static void free_reader(struct cord_desk_reader *reader)
{
    for (size_t i = 0; i < BATCHES; i++) {
        cord_arena_free(reader->batches[i].arena);
    }
    (void)pthread_cond_destroy(&reader->moved);
    (void)pthread_mutex_destroy(&reader->lock);
    free(reader);
}

cord_status cord_desk_reader_start(struct cord_findings_log *log, uint64_t after,
                                   struct cord_desk_reader **ret_reader, struct cord_error *err)
{
    bool there = true;
    struct cord_desk_reader *reader = calloc(1, sizeof *reader);
    if (!reader) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    reader->log = log;
    reader->after = after;
    (void)pthread_mutex_init(&reader->lock, NULL); /* neither fails here */
    (void)pthread_cond_init(&reader->moved, NULL);
    for (size_t i = 0; i < BATCHES; i++) {
        reader->batches[i].arena = cord_arena_new(BATCH_BYTES_MAX);
        there = there && reader->batches[i].arena;
    }
    cord_status status = there ? CORD_OK : cord_error_set(err, CORD_E_NOMEM, "out of memory");
    if (status == CORD_OK && pthread_create(&reader->thread, NULL, run, reader) != 0) {
        status = cord_error_set(err, CORD_E_LIMIT, "no thread to read findings ahead");
    }
    if (status != CORD_OK) {
        free_reader(reader);
        return status;
    }
    *ret_reader = reader;
    return CORD_OK;
}

const struct cord_desk_reader_batch *cord_desk_reader_next(struct cord_desk_reader *reader)
{
    const struct cord_desk_reader_batch *batch = NULL;
    (void)pthread_mutex_lock(&reader->lock);
    if (reader->taken) {
        reader->told++;
        (void)pthread_cond_broadcast(&reader->moved);
    }
    while (reader->told == reader->read && !reader->done) {
        (void)pthread_cond_wait(&reader->moved, &reader->lock);
    }
    if (reader->told < reader->read) {
        batch = &reader->batches[reader->told % BATCHES];
    }
    (void)pthread_mutex_unlock(&reader->lock);
    reader->taken = batch != NULL;
    return batch;
}

cord_status cord_desk_reader_end(struct cord_desk_reader *reader, struct cord_error *err)
{
    if (!reader) {
        return CORD_OK;
    }
    (void)pthread_mutex_lock(&reader->lock);
    reader->ending = true;
    (void)pthread_cond_broadcast(&reader->moved);
    (void)pthread_mutex_unlock(&reader->lock);
    (void)pthread_join(reader->thread, NULL);
    cord_status status = reader->status;
    if (status != CORD_OK && err) {
        *err = reader->err;
    }
    free_reader(reader);
    return status;
}
