/* tail.c: see tail.h. */
#include "base/hash.h"
#include "ingest/tail_internal.h"

#include <stdlib.h>

#define TURN_NS INT64_C(200000000)

static bool is_busy(const struct cord_tail *tail)
{
    for (const struct cord_tail_file *file = tail->files; file; file = file->next) {
        if (file->delivery) {
            return true;
        }
    }
    return false;
}

static void turn(struct cord_timer *timer)
{
    struct cord_tail *tail = CORD_LOOP_OWNER(timer, struct cord_tail, timer);
    if (atomic_load(&tail->stopping)) {
        if (!is_busy(tail)) {
            atomic_store(&tail->done, true);
            return;
        }
    } else {
        cord_tail_scan_folder(tail);
        for (struct cord_tail_file *file = tail->files; file; file = file->next) {
            cord_tail_read_more(file);
        }
        cord_tail_scan_end(tail);
    }
    cord_loop_after(tail->loop, &tail->timer, TURN_NS);
}

/* --- the whole --- */

cord_str cord_tail_folder(cord_str path)
{
    size_t len = path.len;
    while (len > 0 && path.ptr[len - 1] != '/') {
        len--;
    }
    if (len == 0) {
        return CORD_STR(".");
    }
    return cord_str_slice(path, 0, len > 1 ? len - 1 : 1);
}

cord_str cord_tail_name(cord_str path)
{
    size_t at = path.len;
    while (at > 0 && path.ptr[at - 1] != '/') {
        at--;
    }
    return cord_str_from_byte(path, at);
}

bool cord_tail_is_pattern(cord_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '*' || text.ptr[i] == '?' || text.ptr[i] == '[') {
            return true;
        }
    }
    return false;
}

static char *copy(cord_str text)
{
    return strndup(text.ptr ? text.ptr : "", text.len);
}

static bool fill(struct cord_tail *tail, const struct cord_tail_options *options)
{
    cord_str name = cord_tail_name(options->path);
    bool is_pattern = cord_tail_is_pattern(name);
    tail->source = copy(options->source);
    tail->path = copy(options->path);
    tail->folder = copy(cord_tail_folder(options->path));
    tail->pattern = is_pattern ? copy(name) : NULL;
    return tail->source && tail->path && tail->folder && (!is_pattern || tail->pattern);
}

cord_status cord_tail_new(struct cord_loop *loop, const struct cord_tail_options *options,
                          struct cord_tail **ret_tail, struct cord_error *err)
{
    struct cord_tail *tail = calloc(1, sizeof *tail);
    if (!tail || !fill(tail, options)) {
        cord_tail_free(tail);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    tail->options = *options;
    if (options->line_bytes_max == 0 || options->line_bytes_max > CORD_TAIL_READ_BYTES_MAX) {
        tail->options.line_bytes_max = CORD_TAIL_READ_BYTES_MAX;
    }
    tail->loop = loop;
    tail->timer.due = turn;
    tail->owner = cord_hash(options->path, cord_hash(options->source, 0));
    struct cord_tail_position mark = {.owner = tail->owner};
    tail->fresh = !cord_tail_positions_get(options->positions, &mark);
    cord_loop_after(loop, &tail->timer, 0);
    *ret_tail = tail;
    return CORD_OK;
}

void cord_tail_stop(struct cord_tail *tail)
{
    atomic_store(&tail->stopping, true);
}

bool cord_tail_is_done(const struct cord_tail *tail)
{
    return atomic_load(&tail->done);
}

void cord_tail_free(struct cord_tail *tail)
{
    if (!tail) {
        return;
    }
    if (tail->loop) {
        cord_loop_cancel(tail->loop, &tail->timer);
    }
    while (tail->files) {
        cord_tail_scan_close(tail, &tail->files);
    }
    free(tail->pattern);
    free(tail->folder);
    free(tail->path);
    free(tail->source);
    free(tail);
}
