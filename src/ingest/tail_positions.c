/* tail_positions.c: see tail_positions.h. */
#include "ingest/tail_positions.h"

#include "base/hash.h"
#include "base/vec.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

enum { POSITIONS_MAX = 65536, LINE_BYTES_MAX = 128, NUMBERS = 6 };

static const char file_name[] = "positions";
static const cord_str first_line = {"cordon positions 1", 18};

struct cord_tail_positions {
    struct cord_files files;
    int dir;
    pthread_mutex_t lock; /* guards all below */
    struct cord_tail_position *items;
    size_t count;
    size_t cap;
    bool changed;
};

uint64_t cord_tail_positions_hash(cord_str head)
{
    return cord_hash(head, 0); /* on disk: the same in every run */
}

/* --- the file --- */

void cord_tail_positions_write(struct cord_tail_positions *positions, struct cord_buf *out)
{
    cord_buf_put(out, first_line);
    cord_buf_put_char(out, '\n');
    (void)pthread_mutex_lock(&positions->lock);
    for (size_t i = 0; i < positions->count; i++) {
        const struct cord_tail_position *at = &positions->items[i];
        cord_buf_printf(out,
                        "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
                        at->owner, at->device, at->inode, at->offset, at->head_hash, at->head_len);
    }
    (void)pthread_mutex_unlock(&positions->lock);
}

static bool read_line(cord_str line, struct cord_tail_position *position)
{
    uint64_t *const numbers[NUMBERS] = {&position->owner,     &position->device,
                                        &position->inode,     &position->offset,
                                        &position->head_hash, &position->head_len};
    for (size_t i = 0; i < NUMBERS; i++) {
        cord_str word;
        if (!cord_str_cut(&line, ' ', &word) || !cord_str_u64(word, numbers[i])) {
            return false;
        }
    }
    return line.len == 0 && position->head_len <= CORD_TAIL_HEAD_BYTES_MAX;
}

uint64_t cord_tail_positions_read(struct cord_tail_positions *positions, cord_str text)
{
    cord_str line;
    uint64_t damaged = 0;
    if (!cord_str_cut(&text, '\n', &line) || !cord_str_eq(line, first_line)) {
        return 1;
    }
    while (text.len > 0 && cord_str_cut(&text, '\n', &line)) {
        struct cord_tail_position position;
        if (!read_line(line, &position) ||
            cord_tail_positions_put(positions, &position) != CORD_OK) {
            damaged++;
        }
    }
    return damaged;
}

cord_status cord_tail_positions_open(const struct cord_files *files, int dir,
                                     struct cord_tail_positions **ret_positions,
                                     uint64_t *ret_damaged, struct cord_error *err)
{
    struct cord_tail_positions *positions = calloc(1, sizeof *positions);
    struct cord_buf text;
    *ret_damaged = 0;
    if (!positions || pthread_mutex_init(&positions->lock, NULL) != 0) {
        free(positions);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    positions->files = *files;
    positions->dir = dir;
    cord_buf_init(&text, (size_t)POSITIONS_MAX * LINE_BYTES_MAX);
    cord_status status = cord_files_load(files, dir, file_name, &text, err);
    if (status == CORD_OK) {
        *ret_damaged = cord_tail_positions_read(positions, cord_buf_str(&text));
    }
    cord_buf_done(&text);
    if (status != CORD_OK && status != CORD_E_NOENT) {
        cord_tail_positions_close(positions);
        return status;
    }
    positions->changed = false;
    *ret_positions = positions;
    return CORD_OK;
}

void cord_tail_positions_close(struct cord_tail_positions *positions)
{
    if (positions) {
        (void)pthread_mutex_destroy(&positions->lock);
        free(positions->items);
        free(positions);
    }
}

static bool change(struct cord_tail_positions *positions, bool changed)
{
    (void)pthread_mutex_lock(&positions->lock);
    bool before = positions->changed;
    positions->changed = changed;
    (void)pthread_mutex_unlock(&positions->lock);
    return before;
}

cord_status cord_tail_positions_save(struct cord_tail_positions *positions, struct cord_error *err)
{
    struct cord_buf text;
    if (!change(positions, false)) {
        return CORD_OK;
    }
    cord_buf_init(&text, (size_t)POSITIONS_MAX * LINE_BYTES_MAX + LINE_BYTES_MAX);
    cord_tail_positions_write(positions, &text);
    cord_status status = text.failed ? cord_error_set(err, CORD_E_NOMEM, "out of memory")
                                     : cord_files_save(&positions->files, positions->dir, ".",
                                                       file_name, cord_buf_str(&text), err);
    cord_buf_done(&text);
    if (status != CORD_OK) {
        (void)change(positions, true);
    }
    return status;
}

/* --- the table --- */

/* Locked. SIZE_MAX: not there. */
static size_t find(const struct cord_tail_positions *positions, uint64_t owner, uint64_t device,
                   uint64_t inode)
{
    for (size_t i = 0; i < positions->count; i++) {
        const struct cord_tail_position *at = &positions->items[i];
        if (at->inode == inode && at->device == device && at->owner == owner) {
            return i;
        }
    }
    return SIZE_MAX;
}

bool cord_tail_positions_get(struct cord_tail_positions *positions,
                             struct cord_tail_position *position)
{
    (void)pthread_mutex_lock(&positions->lock);
    size_t at = find(positions, position->owner, position->device, position->inode);
    if (at != SIZE_MAX) {
        *position = positions->items[at];
    }
    (void)pthread_mutex_unlock(&positions->lock);
    return at != SIZE_MAX;
}

static cord_status put(struct cord_tail_positions *positions,
                       const struct cord_tail_position *position)
{
    size_t at = find(positions, position->owner, position->device, position->inode);
    if (at == SIZE_MAX) {
        struct cord_tail_position *items =
            positions->count < POSITIONS_MAX
                ? cord_vec_room(positions->items, positions->count, &positions->cap, sizeof *items)
                : NULL;
        if (!items) {
            return CORD_E_LIMIT;
        }
        positions->items = items;
        at = positions->count++;
    }
    positions->items[at] = *position;
    positions->changed = true;
    return CORD_OK;
}

cord_status cord_tail_positions_put(struct cord_tail_positions *positions,
                                    const struct cord_tail_position *position)
{
    (void)pthread_mutex_lock(&positions->lock);
    cord_status status = put(positions, position);
    (void)pthread_mutex_unlock(&positions->lock);
    return status;
}

/* Locked. */
static void drop_at(struct cord_tail_positions *positions, size_t at)
{
    positions->items[at] = positions->items[--positions->count];
    positions->changed = true;
}

void cord_tail_positions_drop(struct cord_tail_positions *positions, uint64_t owner,
                              uint64_t device, uint64_t inode)
{
    (void)pthread_mutex_lock(&positions->lock);
    size_t at = find(positions, owner, device, inode);
    if (at != SIZE_MAX) {
        drop_at(positions, at);
    }
    (void)pthread_mutex_unlock(&positions->lock);
}

void cord_tail_positions_keep(struct cord_tail_positions *positions, uint64_t owner,
                              bool (*wanted)(void *self, const struct cord_tail_position *position),
                              void *self)
{
    (void)pthread_mutex_lock(&positions->lock);
    for (size_t i = positions->count; i > 0; i--) {
        if (positions->items[i - 1].owner == owner && !wanted(self, &positions->items[i - 1])) {
            drop_at(positions, i - 1);
        }
    }
    (void)pthread_mutex_unlock(&positions->lock);
}
