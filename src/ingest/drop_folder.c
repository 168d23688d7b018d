/* drop_folder.c: see drop_folder.h. */
#include "ingest/drop_folder.h"

#include "base/hash.h"
#include "base/vec.h"
#include "codec/evtx.h"
#include "ingest/unwrap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TURN_NS   INT64_C(500000000)
#define SETTLE_NS INT64_C(2000000000)

enum { CANDIDATES_MAX = 4096, NAME_BYTES = 256 + 16, SAME_NAMES_MAX = 1000, MODE = 0700 };

/* A file that is there, and since when it has been as it is. */
struct candidate {
    char *name;
    uint64_t size;
    struct timespec changed;
    int64_t since_ns; /* monotonic */
    bool here;
    bool stuck; /* it could not be moved or read: left alone until it changes */
};

/* The one that is being read. */
struct current {
    int file;  /* -1: none */
    size_t at; /* of the candidates */
    uint64_t size;
    uint64_t stored;
    uint64_t refused;
    struct cord_tail_position position;
};

struct cord_drop_folder {
    struct cord_tail_options options;
    struct cord_loop *loop;
    struct cord_timer timer;
    char *source;
    char *path;
    uint64_t owner;
    struct candidate *candidates;
    size_t count;
    size_t cap;
    struct current current;
    struct cord_delivery *delivery;
    uint64_t delivery_len;
    bool unreadable;
    atomic_bool stopping;
    atomic_bool done;
};

static void feed(struct cord_drop_folder *folder);

static cord_status unwrap_chunks(const struct cord_delivery_kind *kind, cord_str bytes,
                                 cord_str context, struct cord_unwrap *unwrap,
                                 struct cord_error *err)
{
    (void)kind;
    (void)context;
    (void)err;
    cord_unwrap_chunks(unwrap, bytes);
    return CORD_OK;
}

static const struct cord_delivery_kind file_kind = {.name = "file", .unwrap = unwrap_chunks};

/* --- done with a file --- */

/* Another one of that name may be there: then a number is added. */
static cord_status move(int dir, const char *name, const char *into, struct cord_error *err)
{
    char to[NAME_BYTES];
    if (mkdirat(dir, into, MODE) != 0 && errno != EEXIST) {
        return cord_error_errno(err, "%s", into);
    }
    int sub = openat(dir, into, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (sub < 0) {
        return cord_error_errno(err, "%s", into);
    }
    int moved = -1;
    (void)snprintf(to, sizeof to, "%s", name);
    for (unsigned i = 2; i < SAME_NAMES_MAX && moved != 0; i++) {
        moved = renameat2(dir, name, sub, to, RENAME_NOREPLACE);
        if (moved != 0 && errno != EEXIST) {
            break;
        }
        (void)snprintf(to, sizeof to, "%s.%u", name, i);
    }
    cord_status status = moved == 0 ? CORD_OK : cord_error_errno(err, "%s", name);
    (void)close(sub); /* nothing was written through it */
    return status;
}

/* Out of the way, and forgotten; a file that cannot be moved stays, and its position. */
static void finish(struct cord_drop_folder *folder, const char *why)
{
    struct cord_error err = {""};
    struct current *current = &folder->current;
    struct candidate *candidate = &folder->candidates[current->at];
    const struct cord_tail_options *options = &folder->options;
    int dir = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cord_status status = dir < 0 ? cord_error_errno(&err, "%s", folder->path)
                                 : move(dir, candidate->name, why ? "refused" : "done", &err);
    if (dir >= 0) {
        (void)close(dir); /* nothing was written through it */
    }
    if (why) {
        cord_log_warn(options->ends.log, "drop.refused", CORD_KV_TEXT("file", candidate->name),
                      CORD_KV_TEXT("folder", folder->path), CORD_KV_TEXT("reason", why));
    } else {
        cord_log_info(options->ends.log, "drop.read", CORD_KV_TEXT("file", candidate->name),
                      CORD_KV_TEXT("folder", folder->path), CORD_KV_U64("stored", current->stored),
                      CORD_KV_U64("refused", current->refused));
    }
    if (status == CORD_OK) {
        cord_tail_positions_drop(options->positions, folder->owner, current->position.device,
                                 current->position.inode);
    } else {
        cord_log_error(options->ends.log, "drop.cannot_move", CORD_KV_TEXT("error", err.text));
    }
    candidate->stuck = true;    /* also against taking it up before it is seen to be gone */
    (void)close(current->file); /* only read */
    current->file = -1;
}

/* --- reading --- */

static bool is_event_log(cord_str text)
{
    const cord_str chunk = {"ElfChnk", 8};
    return cord_str_starts(text, (cord_str){"ElfFile", 8}) || cord_str_starts(text, chunk) ||
           cord_str_starts(cord_str_from_byte(text, CORD_EVTX_FILE_HEADER_BYTES), chunk);
}

/* Whole chunks; all of it at the file's end. */
static size_t cut(cord_str text, bool begins, bool last)
{
    size_t at = begins ? cord_evtx_file_header(text).header_bytes : 0;
    while (!last && at < text.len && text.len - at >= CORD_EVTX_CHUNK_BYTES) {
        at += cord_evtx_chunk_span(cord_str_from_byte(text, at));
    }
    return last ? text.len : at;
}

static void on_done(struct cord_delivery *delivery)
{
    struct cord_drop_folder *folder = delivery->self;
    struct current *current = &folder->current;
    bool taken = delivery->status == CORD_OK || delivery->status == CORD_E_FORMAT;
    folder->delivery = NULL;
    if (taken) {
        current->stored += delivery->stored;
        current->refused += delivery->refused;
        current->position.offset += folder->delivery_len;
        if (cord_tail_positions_put(folder->options.positions, &current->position) != CORD_OK) {
            cord_log_warn(folder->options.ends.log, "drop.position_not_kept",
                          CORD_KV_TEXT("folder", folder->path));
        }
    }
    cord_delivery_free(delivery);
    if (taken) {
        feed(folder);
    }
}

static void put(struct cord_drop_folder *folder, struct cord_delivery *delivery)
{
    const struct cord_intake_port *port = &folder->options.ends.port;
    delivery->received_ns = cord_clock_now_ns(&folder->options.ends.clock);
    delivery->loop = folder->loop;
    delivery->done = on_done;
    delivery->self = folder;
    delivery->context = (cord_str){"", 0};
    folder->delivery = delivery;
    folder->delivery_len = delivery->body.len;
    if (port->put(port->self, delivery) != CORD_OK) {
        folder->delivery = NULL; /* there is no room: the next turn reads it again */
        cord_delivery_free(delivery);
    }
}

/* NULL: the source is not registered, or there is no room now. */
static struct cord_delivery *new_delivery(struct cord_drop_folder *folder)
{
    const struct cord_intake_port *port = &folder->options.ends.port;
    struct cord_sources *sources = cord_source_book_current(folder->options.ends.book);
    const struct cord_source *source = cord_sources_by_name(sources, cord_str_from(folder->source));
    struct cord_delivery *delivery = NULL;
    if (source && port->has_room(port->self, source)) {
        delivery = cord_delivery_new(&file_kind, CORD_TAIL_READ_BYTES_MAX);
    }
    if (!delivery) {
        cord_sources_unref(sources);
        return NULL;
    }
    delivery->sources = sources;
    delivery->source = source;
    return delivery;
}

static bool read_part(struct current *current, struct cord_buf *body)
{
    char *into = cord_buf_reserve(body, CORD_TAIL_READ_BYTES_MAX);
    ssize_t got =
        into ? pread(current->file, into, CORD_TAIL_READ_BYTES_MAX, (off_t)current->position.offset)
             : -1;
    body->len = got > 0 ? (size_t)got : 0;
    return got >= 0;
}

static void refuse_file(struct cord_drop_folder *folder, const struct cord_source *source)
{
    const struct cord_tail_options *options = &folder->options;
    bool empty = folder->current.size == 0;
    options->ends.lost(options->ends.self, source->name, source->organisation,
                       empty ? CORD_LOSS_EMPTY : CORD_LOSS_MALFORMED, 1,
                       cord_clock_now_ns(&options->ends.clock));
    finish(folder, empty ? "empty" : "not a Windows event log");
}

/* The next part of the current file. */
static void feed(struct cord_drop_folder *folder)
{
    struct current *current = &folder->current;
    uint64_t offset = current->position.offset;
    if (folder->delivery || current->file < 0 || atomic_load(&folder->stopping)) {
        return;
    }
    if (offset > 0 && offset >= current->size) {
        bool nothing = current->stored == 0 && current->refused > 0;
        finish(folder, nothing ? "nothing in it could be read" : NULL);
        return;
    }
    struct cord_delivery *delivery = new_delivery(folder);
    if (!delivery || !read_part(current, &delivery->body)) {
        cord_delivery_free(delivery);
        return;
    }
    cord_str text = cord_buf_str(&delivery->body);
    bool last = text.len < CORD_TAIL_READ_BYTES_MAX || offset + text.len >= current->size;
    if (offset == 0 && !is_event_log(text)) {
        refuse_file(folder, delivery->source);
        cord_delivery_free(delivery);
        return;
    }
    current->size = last ? offset + text.len : current->size;
    delivery->body.len = cut(text, offset == 0, last);
    if (delivery->body.len == 0) { /* it was cut short while we read it: what was there is read */
        cord_delivery_free(delivery);
        feed(folder);
        return;
    }
    put(folder, delivery);
}

/* --- which file --- */

static uint64_t hash_head(int file, uint64_t *ret_len)
{
    char head[CORD_TAIL_HEAD_BYTES_MAX];
    ssize_t got = pread(file, head, sizeof head, 0);
    *ret_len = got > 0 ? (uint64_t)got : 0;
    return cord_tail_positions_hash((cord_str){head, (size_t)*ret_len});
}

static void begin(struct cord_drop_folder *folder, int dir, size_t at)
{
    struct current *current = &folder->current;
    struct candidate *candidate = &folder->candidates[at];
    struct stat info;
    int file = openat(dir, candidate->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (file < 0 || fstat(file, &info) != 0) {
        struct cord_error err = {""};
        (void)cord_error_errno(&err, "%s", candidate->name);
        cord_log_warn(folder->options.ends.log, "drop.cannot_read",
                      CORD_KV_TEXT("error", err.text));
        candidate->stuck = true;
        if (file >= 0) {
            (void)close(file); /* only read */
        }
        return;
    }
    struct cord_tail_position position = {
        .owner = folder->owner, .device = (uint64_t)info.st_dev, .inode = (uint64_t)info.st_ino};
    uint64_t head_len = 0;
    uint64_t head_hash = hash_head(file, &head_len);
    bool known = cord_tail_positions_get(folder->options.positions, &position) &&
                 position.head_hash == head_hash && position.head_len == head_len;
    position.offset = known ? position.offset : 0;
    position.head_hash = head_hash;
    position.head_len = head_len;
    *current = (struct current){
        .file = file,
        .at = at,
        .size = (uint64_t)info.st_size,
        .stored = position.offset > 0, /* some of it was, before */
        .position = position,
    };
}

static struct candidate *candidate_of(struct cord_drop_folder *folder, const char *name)
{
    for (size_t i = 0; i < folder->count; i++) {
        if (strcmp(folder->candidates[i].name, name) == 0) {
            return &folder->candidates[i];
        }
    }
    struct candidate *candidates =
        folder->count < CANDIDATES_MAX
            ? cord_vec_room(folder->candidates, folder->count, &folder->cap, sizeof *candidates)
            : NULL;
    char *copy = candidates ? strdup(name) : NULL;
    folder->candidates = candidates ? candidates : folder->candidates;
    if (!copy) {
        return NULL; /* its turn comes when others are done */
    }
    candidates[folder->count] = (struct candidate){.name = copy};
    return &candidates[folder->count++];
}

static void look_at(struct cord_drop_folder *folder, int dir, const char *name)
{
    struct stat info;
    if (!cord_str_ends(cord_str_from(name), CORD_STR(".evtx")) ||
        fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(info.st_mode)) {
        return;
    }
    struct candidate *candidate = candidate_of(folder, name);
    if (!candidate) {
        return;
    }
    bool same = candidate->since_ns > 0 && candidate->size == (uint64_t)info.st_size &&
                candidate->changed.tv_sec == info.st_mtim.tv_sec &&
                candidate->changed.tv_nsec == info.st_mtim.tv_nsec;
    candidate->here = true;
    if (!same) {
        candidate->size = (uint64_t)info.st_size;
        candidate->changed = info.st_mtim;
        candidate->since_ns = cord_loop_now_ns(folder->loop);
        candidate->stuck = false;
    }
}

static void forget_absent(struct cord_drop_folder *folder)
{
    for (size_t i = folder->count; i > 0; i--) {
        struct candidate *candidate = &folder->candidates[i - 1];
        if (!candidate->here) {
            free(candidate->name);
            *candidate = folder->candidates[--folder->count];
        }
    }
}

/* Nothing is being read: the next one that is complete. */
static void choose(struct cord_drop_folder *folder)
{
    DIR *dir = opendir(folder->path);
    const struct dirent *entry;
    if (!dir) {
        if (!folder->unreadable) {
            struct cord_error err = {""};
            (void)cord_error_errno(&err, "%s", folder->path);
            cord_log_warn(folder->options.ends.log, "drop.cannot_read",
                          CORD_KV_TEXT("error", err.text));
        }
        folder->unreadable = true;
        return;
    }
    folder->unreadable = false;
    for (size_t i = 0; i < folder->count; i++) {
        folder->candidates[i].here = false;
    }
    while ((entry = readdir(dir)) != NULL) { // NOLINT(concurrency-mt-unsafe): ours alone
        look_at(folder, dirfd(dir), entry->d_name);
    }
    forget_absent(folder);
    for (size_t i = 0; i < folder->count && folder->current.file < 0; i++) {
        const struct candidate *candidate = &folder->candidates[i];
        if (!candidate->stuck &&
            cord_loop_now_ns(folder->loop) - candidate->since_ns >= SETTLE_NS) {
            begin(folder, dirfd(dir), i);
        }
    }
    (void)closedir(dir); /* only read */
}

static void turn(struct cord_timer *timer)
{
    struct cord_drop_folder *folder = CORD_LOOP_OWNER(timer, struct cord_drop_folder, timer);
    if (atomic_load(&folder->stopping)) {
        if (!folder->delivery) {
            atomic_store(&folder->done, true);
            return;
        }
    } else {
        if (folder->current.file < 0) {
            choose(folder);
        }
        feed(folder);
    }
    cord_loop_after(folder->loop, &folder->timer, TURN_NS);
}

/* --- the whole --- */

cord_status cord_drop_folder_new(struct cord_loop *loop, const struct cord_tail_options *options,
                                 struct cord_drop_folder **ret_folder, struct cord_error *err)
{
    struct cord_drop_folder *folder = calloc(1, sizeof *folder);
    if (folder) {
        folder->source = strndup(options->source.ptr, options->source.len);
        folder->path = strndup(options->path.ptr, options->path.len);
        folder->current.file = -1;
    }
    if (!folder || !folder->source || !folder->path) {
        cord_drop_folder_free(folder);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    folder->options = *options;
    folder->loop = loop;
    folder->timer.due = turn;
    folder->owner = cord_hash(options->path, cord_hash(options->source, 1));
    cord_loop_after(loop, &folder->timer, 0);
    *ret_folder = folder;
    return CORD_OK;
}

void cord_drop_folder_stop(struct cord_drop_folder *folder)
{
    atomic_store(&folder->stopping, true);
}

bool cord_drop_folder_is_done(const struct cord_drop_folder *folder)
{
    return atomic_load(&folder->done);
}

void cord_drop_folder_free(struct cord_drop_folder *folder)
{
    if (!folder) {
        return;
    }
    if (folder->loop) {
        cord_loop_cancel(folder->loop, &folder->timer);
    }
    if (folder->current.file >= 0) {
        (void)close(folder->current.file); /* only read */
    }
    for (size_t i = 0; i < folder->count; i++) {
        free(folder->candidates[i].name);
    }
    free(folder->candidates);
    free(folder->path);
    free(folder->source);
    free(folder);
}
