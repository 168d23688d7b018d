/* tail.c: see tail.h. */
#include "ingest/tail.h"

#include "base/hash.h"
#include "codec/json_span.h"
#include "ingest/unwrap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TURN_NS INT64_C(200000000)
#define GONE_NS INT64_C(10000000000)

struct file {
    struct cord_tail *tail;
    struct file *next;
    int file;
    uint64_t device;
    uint64_t inode;
    uint64_t offset; /* where to read next */
    uint64_t head_hash;
    uint64_t head_len;
    int64_t gone_ns;      /* monotonic: since when no name leads to it; 0: one does */
    struct timespec seen; /* its last change when nothing more could be read of it */
    uint64_t seen_size;
    bool here;                      /* met by the scan under way */
    bool skipping;                  /* inside of a line that is too long */
    bool ended;                     /* to be closed */
    struct cord_delivery *delivery; /* under way; what its success means follows */
    struct cord_tail_position after;
};

struct cord_tail {
    struct cord_tail_options options;
    struct cord_loop *loop;
    struct cord_timer timer;
    char *source;
    char *path;
    char *folder;
    char *pattern; /* NULL: the path is one file */
    uint64_t owner;
    struct file *files;
    size_t file_count;
    bool fresh;   /* followed for the first time ever */
    bool started; /* has scanned */
    bool unreadable;
    bool nobody; /* the source is not registered: was told */
    bool crowded;
    atomic_bool stopping;
    atomic_bool done;
};

static void turn(struct cord_timer *timer);
static void read_more(struct file *file);

/* --- records --- */

static cord_status unwrap_lines(const struct cord_delivery_kind *kind, cord_str bytes,
                                cord_str context, struct cord_unwrap *unwrap,
                                struct cord_error *err)
{
    cord_str line;
    (void)kind;
    (void)err;
    while (bytes.len > 0 && cord_str_cut(&bytes, '\n', &line) && !unwrap->failed) {
        if (line.len > 0 && line.ptr[line.len - 1] == '\r') {
            line.len--;
        }
        if (cord_str_trim(line).len == 0) {
            continue; /* a blank line is no record */
        }
        if (context.len == 0 || cord_json_span_is_object(line)) {
            cord_unwrap_put_text(unwrap, line);
        } else {
            cord_unwrap_refuse(unwrap, CORD_LOSS_MALFORMED, CORD_STR("not a JSON object"), line);
        }
    }
    return CORD_OK;
}

static const struct cord_delivery_kind file_kind = {.name = "file", .unwrap = unwrap_lines};

/* --- positions --- */

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* pread to the end or to len, going on after signals; -1: errno says why. */
static ssize_t read_at(int file, char *into, size_t len, uint64_t at)
{
    size_t got = 0;
    while (got < len) {
        ssize_t more = pread(file, into + got, len - got, (off_t)(at + got));
        if (more < 0 && errno == EINTR) {
            continue;
        }
        if (more < 0) {
            return -1;
        }
        if (more == 0) {
            break;
        }
        got += (size_t)more;
    }
    return (ssize_t)got;
}

/* False: it cannot be read, or does not begin as it did. */
static bool same_head(const struct file *file, char head[CORD_TAIL_HEAD_BYTES_MAX], size_t *ret_len)
{
    ssize_t got = read_at(file->file, head, CORD_TAIL_HEAD_BYTES_MAX, 0);
    *ret_len = got > 0 ? (size_t)got : 0;
    return got >= 0 && (uint64_t)got >= file->head_len &&
           cord_tail_positions_hash((cord_str){head, (size_t)file->head_len}) == file->head_hash;
}

/* What is known of the file once all before `offset` is done with. */
static struct cord_tail_position position_at(const struct file *file, uint64_t offset,
                                             cord_str head)
{
    uint64_t len = min_u64(min_u64(offset, head.len), CORD_TAIL_HEAD_BYTES_MAX);
    return (struct cord_tail_position){
        .owner = file->tail->owner,
        .device = file->device,
        .inode = file->inode,
        .offset = offset,
        .head_hash = cord_tail_positions_hash((cord_str){head.ptr, (size_t)len}),
        .head_len = len,
    };
}

static void advance(struct file *file, const struct cord_tail_position *to)
{
    struct cord_tail *tail = file->tail;
    file->offset = to->offset;
    file->head_hash = to->head_hash;
    file->head_len = to->head_len;
    if (cord_tail_positions_put(tail->options.positions, to) != CORD_OK) {
        cord_log_warn(tail->options.log, "tail.position_not_kept",
                      CORD_KV_TEXT("path", tail->path));
    }
}

static void start_over(struct file *file, uint64_t size)
{
    struct cord_tail *tail = file->tail;
    cord_log_warn(tail->options.log, "tail.truncated", CORD_KV_TEXT("path", tail->path),
                  CORD_KV_U64("read", file->offset), CORD_KV_U64("known", file->seen_size),
                  CORD_KV_U64("bytes", size));
    struct cord_tail_position begin = position_at(file, 0, (cord_str){"", 0});
    file->skipping = false;
    advance(file, &begin);
}

/* --- reading --- */

static int64_t gone_after(const struct cord_tail *tail)
{
    return tail->options.gone_ns > 0 ? tail->options.gone_ns : GONE_NS;
}

/* Nobody is to add to it any more: a last line without an end is a line. */
static bool is_final(const struct file *file)
{
    return file->gone_ns > 0 &&
           cord_loop_now_ns(file->tail->loop) - file->gone_ns >= gone_after(file->tail);
}

static void note_seen(struct file *file, const struct stat *info)
{
    file->seen = info->st_mtim;
    file->seen_size = (uint64_t)info->st_size;
    file->ended = is_final(file) && file->offset >= file->seen_size;
}

static bool is_seen(const struct file *file, const struct stat *info)
{
    return file->seen_size == (uint64_t)info->st_size &&
           file->seen.tv_sec == info->st_mtim.tv_sec && file->seen.tv_nsec == info->st_mtim.tv_nsec;
}

static void on_done(struct cord_delivery *delivery)
{
    struct file *file = delivery->self;
    bool taken = delivery->status == CORD_OK || delivery->status == CORD_E_FORMAT;
    file->delivery = NULL;
    cord_delivery_free(delivery);
    if (taken) {
        advance(file, &file->after);
        read_more(file);
    }
}

static void put(struct file *file, struct cord_delivery *delivery)
{
    struct cord_tail *tail = file->tail;
    delivery->received_ns = cord_clock_now_ns(&tail->options.clock);
    delivery->loop = tail->loop;
    delivery->done = on_done;
    delivery->self = file;
    delivery->context = tail->options.json ? CORD_STR("json") : (cord_str){"", 0};
    file->delivery = delivery;
    if (tail->options.port.put(tail->options.port.self, delivery) != CORD_OK) {
        file->delivery = NULL; /* there is no room: the next turn reads it again */
        cord_delivery_free(delivery);
    }
}

/* Past a line that is too long; true when its end is among these bytes. */
static bool skip(struct file *file, const struct cord_source *source, cord_str bytes, cord_str head)
{
    struct cord_tail_options *options = &file->tail->options;
    size_t end = cord_str_find_char(bytes, '\n', 0);
    if (end == SIZE_MAX) {
        file->skipping = true;
        file->offset += bytes.len;
        return false;
    }
    options->lost(options->self, source->name, source->organisation, CORD_LOSS_OVERSIZE, 1,
                  cord_clock_now_ns(&options->clock));
    struct cord_tail_position to = position_at(file, file->offset + end + 1, head);
    file->skipping = false;
    advance(file, &to);
    return true;
}

static size_t through_last_line_end(cord_str bytes)
{
    const char *end = bytes.len > 0 ? memrchr(bytes.ptr, '\n', bytes.len) : NULL;
    return end ? (size_t)(end - bytes.ptr) + 1 : 0;
}

/* The bytes behind the offset are in the body. True: what is to be read has changed, and there
 * is no delivery. */
static bool take(struct file *file, struct cord_delivery *delivery, cord_str head, bool all)
{
    cord_str bytes = cord_buf_str(&delivery->body);
    size_t len = through_last_line_end(bytes);
    bool full = bytes.len >= file->tail->options.line_bytes_max;
    if (file->skipping || (len == 0 && full)) {
        bool more = skip(file, delivery->source, bytes, head) || full;
        cord_delivery_free(delivery);
        return more;
    }
    if (len == 0 && all && is_final(file)) {
        len = bytes.len;
    }
    if (len == 0) {
        cord_delivery_free(delivery);
        return false;
    }
    delivery->body.len = len;
    file->after = position_at(file, file->offset + len, head);
    put(file, delivery);
    return false;
}

static struct cord_delivery *new_delivery(struct cord_tail *tail)
{
    struct cord_sources *sources = cord_source_book_current(tail->options.book);
    const struct cord_source *source = cord_sources_by_name(sources, cord_str_from(tail->source));
    struct cord_delivery *delivery = NULL;
    if (!source && !tail->nobody) {
        cord_log_error(tail->options.log, "tail.source_not_registered",
                       CORD_KV_TEXT("path", tail->path), CORD_KV_TEXT("source", tail->source));
    }
    tail->nobody = !source;
    if (source && tail->options.port.has_room(tail->options.port.self, source)) {
        delivery = cord_delivery_new(&file_kind, tail->options.line_bytes_max);
    }
    if (!delivery) {
        cord_sources_unref(sources);
        return NULL;
    }
    delivery->sources = sources;
    delivery->source = source;
    return delivery;
}

/* One turn's worth. True: look again at once. */
static bool read_some(struct file *file, const struct stat *info)
{
    char head[CORD_TAIL_HEAD_BYTES_MAX];
    size_t head_len = 0;
    uint64_t size = (uint64_t)info->st_size;
    bool same = same_head(file, head, &head_len);
    if (size < file->offset || !same) {
        start_over(file, size);
    }
    if (size == file->offset) {
        note_seen(file, info);
        return false;
    }
    struct cord_delivery *delivery = new_delivery(file->tail);
    size_t want = (size_t)min_u64(size - file->offset, file->tail->options.line_bytes_max);
    char *into = delivery ? cord_buf_reserve(&delivery->body, want) : NULL;
    ssize_t got = into ? read_at(file->file, into, want, file->offset) : -1;
    if (got <= 0) {
        cord_delivery_free(delivery);
        return false;
    }
    delivery->body.len = (size_t)got;
    bool all = file->offset + (size_t)got >= size;
    bool again = take(file, delivery, (cord_str){head, head_len}, all);
    if (!again && !file->delivery && all && !is_final(file) && file->offset < size) {
        note_seen(file, info); /* the beginning of a line: its end changes the file */
    }
    return again;
}

/* As far as one delivery. A line of any length is passed over in a few turns. */
static void read_more(struct file *file)
{
    struct stat info;
    if (file->delivery || atomic_load(&file->tail->stopping) || fstat(file->file, &info) != 0) {
        return;
    }
    if (is_seen(file, &info) && !is_final(file)) {
        return;
    }
    for (int round = 0; round < 2 && read_some(file, &info); round++) {
    }
}

/* --- which files --- */

static void close_file(struct cord_tail *tail, struct file **link)
{
    struct file *file = *link;
    *link = file->next;
    tail->file_count--;
    (void)close(file->file); /* only read */
    free(file);
}

static struct file *find(const struct cord_tail *tail, uint64_t device, uint64_t inode)
{
    struct file *file = tail->files;
    while (file && (file->inode != inode || file->device != device)) {
        file = file->next;
    }
    return file;
}

/* Where it was left, if it is the same file still. */
static bool resume(struct file *file)
{
    char head[CORD_TAIL_HEAD_BYTES_MAX];
    size_t len = 0;
    struct cord_tail_position position = {
        .owner = file->tail->owner, .device = file->device, .inode = file->inode};
    if (!cord_tail_positions_get(file->tail->options.positions, &position)) {
        return false;
    }
    file->head_hash = position.head_hash;
    file->head_len = position.head_len;
    if (same_head(file, head, &len)) {
        file->offset = position.offset;
    } else { /* the inode has been used again */
        file->head_hash = cord_tail_positions_hash((cord_str){"", 0});
        file->head_len = 0;
    }
    return true;
}

/* Behind the last whole line that is there now. */
static void go_to_end(struct file *file, uint64_t size)
{
    char head[CORD_TAIL_HEAD_BYTES_MAX];
    size_t head_len = 0;
    size_t want = (size_t)min_u64(size, file->tail->options.line_bytes_max);
    char *bytes = malloc(want + 1);
    ssize_t got = bytes ? read_at(file->file, bytes, want, size - want) : -1;
    if (got >= 0 && same_head(file, head, &head_len)) {
        size_t behind = (size_t)got - through_last_line_end((cord_str){bytes, (size_t)got});
        struct cord_tail_position to =
            position_at(file, behind < want ? size - behind : size, (cord_str){head, head_len});
        advance(file, &to);
    }
    free(bytes);
}

/* So that it is known again when it has another name after a restart. */
static void note_begin(struct file *file)
{
    char head[CORD_TAIL_HEAD_BYTES_MAX];
    size_t len = 0;
    if (same_head(file, head, &len)) {
        struct cord_tail_position begin = position_at(file, len, (cord_str){head, len});
        begin.offset = 0;
        advance(file, &begin);
    }
}

static struct file *add_file(struct cord_tail *tail, int descriptor, const struct stat *info)
{
    struct file *file = calloc(1, sizeof *file);
    if (!file) {
        return NULL;
    }
    file->tail = tail;
    file->file = descriptor;
    file->device = (uint64_t)info->st_dev;
    file->inode = (uint64_t)info->st_ino;
    file->head_hash = cord_tail_positions_hash((cord_str){"", 0});
    file->here = true;
    file->next = tail->files;
    tail->files = file;
    tail->file_count++;
    if (resume(file)) {
        return file;
    }
    if (tail->fresh && !tail->started && tail->options.from_end) {
        go_to_end(file, (uint64_t)info->st_size);
    } else {
        note_begin(file);
    }
    return file;
}

static bool has_place(struct cord_tail *tail)
{
    if (tail->file_count < CORD_TAIL_FILES_MAX) {
        return true;
    }
    if (!tail->crowded) {
        tail->crowded = true;
        cord_log_error(tail->options.log, "tail.too_many_files", CORD_KV_TEXT("path", tail->path),
                       CORD_KV_U64("followed", tail->file_count));
    }
    return false;
}

/* errno says why when there is no file. A name that is no regular file is passed over. */
static struct file *open_file(struct cord_tail *tail, int dir, const char *name)
{
    struct stat info;
    if (fstatat(dir, name, &info, 0) != 0) {
        return NULL;
    }
    struct file *file = find(tail, (uint64_t)info.st_dev, (uint64_t)info.st_ino);
    errno = EINVAL;
    if (file || !S_ISREG(info.st_mode) || !has_place(tail)) {
        return file;
    }
    int descriptor = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0) {
        return NULL;
    }
    if (fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode)) {
        file = find(tail, (uint64_t)info.st_dev, (uint64_t)info.st_ino);
        if (!file) {
            file = add_file(tail, descriptor, &info);
            descriptor = file ? -1 : descriptor;
        }
    }
    if (descriptor >= 0) {
        (void)close(descriptor); /* only read */
    }
    return file;
}

static void note_unreadable(struct cord_tail *tail, int why)
{
    if (!tail->unreadable) {
        struct cord_error err = {""};
        errno = why;
        (void)cord_error_errno(&err, "%s", tail->path);
        cord_log_warn(tail->options.log, "tail.cannot_read", CORD_KV_TEXT("error", err.text));
    }
    tail->unreadable = true;
}

/* For every name in the folder. False: it cannot be read. */
static bool each_name(struct cord_tail *tail,
                      void (*each)(struct cord_tail *tail, int dir, const char *name))
{
    DIR *dir = opendir(tail->folder);
    const struct dirent *entry;
    if (!dir) {
        note_unreadable(tail, errno);
        return false;
    }
    while ((entry = readdir(dir)) != NULL) {
        each(tail, dirfd(dir), entry->d_name);
    }
    (void)closedir(dir); /* only read */
    return true;
}

static void follow_match(struct cord_tail *tail, int dir, const char *name)
{
    if (fnmatch(tail->pattern, name, FNM_PERIOD) == 0) {
        struct file *file = open_file(tail, dir, name);
        if (file) {
            file->here = true;
        } else if (errno != ENOENT && errno != EINVAL) {
            note_unreadable(tail, errno);
        }
    }
}

/* A file of before that has another name by now, with something left to read. */
static void follow_leftover(struct cord_tail *tail, int dir, const char *name)
{
    struct stat info;
    if (fstatat(dir, name, &info, 0) != 0 || !S_ISREG(info.st_mode)) {
        return;
    }
    struct cord_tail_position position = {
        .owner = tail->owner, .device = (uint64_t)info.st_dev, .inode = (uint64_t)info.st_ino};
    if (find(tail, position.device, position.inode) ||
        !cord_tail_positions_get(tail->options.positions, &position) ||
        position.offset >= (uint64_t)info.st_size) {
        return;
    }
    struct file *file = open_file(tail, dir, name);
    if (file) {
        file->here = false;
        file->ended = file->head_len == 0; /* the inode was used again, by a file not asked for */
    }
}

static bool is_followed(void *self, const struct cord_tail_position *position)
{
    return position->inode == 0 || find(self, position->device, position->inode) != NULL;
}

static void scan(struct cord_tail *tail)
{
    bool readable = true;
    for (struct file *file = tail->files; file; file = file->next) {
        file->here = false;
    }
    if (tail->pattern) {
        readable = each_name(tail, follow_match);
    } else {
        struct file *file = open_file(tail, AT_FDCWD, tail->path);
        if (file) {
            file->here = true;
        } else if (errno != ENOENT) {
            note_unreadable(tail, errno);
        }
    }
    if (!tail->started && readable && each_name(tail, follow_leftover)) {
        struct cord_tail_position mark =
            position_at(&(struct file){.tail = tail}, 0, (cord_str){"", 0});
        if (cord_tail_positions_put(tail->options.positions, &mark) != CORD_OK) {
            cord_log_warn(tail->options.log, "tail.position_not_kept",
                          CORD_KV_TEXT("path", tail->path));
        }
        cord_tail_positions_keep(tail->options.positions, tail->owner, is_followed, tail);
        tail->started = true;
    }
    for (struct file *file = tail->files; readable && file; file = file->next) {
        int64_t now_ns = cord_loop_now_ns(tail->loop);
        file->gone_ns = file->here ? 0 : file->gone_ns > 0 ? file->gone_ns : now_ns;
    }
}

static void close_ended(struct cord_tail *tail)
{
    struct file **link = &tail->files;
    while (*link) {
        struct file *file = *link;
        if (file->ended && !file->here && !file->delivery) {
            cord_tail_positions_drop(tail->options.positions, tail->owner, file->device,
                                     file->inode);
            close_file(tail, link);
        } else {
            file->ended = false;
            link = &file->next;
        }
    }
}

static bool is_busy(const struct cord_tail *tail)
{
    for (const struct file *file = tail->files; file; file = file->next) {
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
        scan(tail);
        for (struct file *file = tail->files; file; file = file->next) {
            read_more(file);
        }
        close_ended(tail);
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
        close_file(tail, &tail->files);
    }
    free(tail->pattern);
    free(tail->folder);
    free(tail->path);
    free(tail->source);
    free(tail);
}
