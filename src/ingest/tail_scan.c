/* tail_scan.c: see tail_internal.h. Which files a path or a pattern leads to. */
#include "ingest/tail_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <unistd.h>

void cord_tail_scan_close(struct cord_tail *tail, struct cord_tail_file **link)
{
    struct cord_tail_file *file = *link;
    *link = file->next;
    tail->file_count--;
    (void)close(file->file); /* only read */
    free(file);
}

static struct cord_tail_file *find(const struct cord_tail *tail, uint64_t device, uint64_t inode)
{
    struct cord_tail_file *file = tail->files;
    while (file && (file->inode != inode || file->device != device)) {
        file = file->next;
    }
    return file;
}

/* Where it was left, if it is the same file still. */
static bool resume(struct cord_tail_file *file)
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
    if (cord_tail_read_head(file, head, &len)) {
        file->offset = position.offset;
    } else { /* the inode has been used again */
        file->head_hash = cord_tail_positions_hash((cord_str){"", 0});
        file->head_len = 0;
    }
    return true;
}

/* Behind the last whole line that is there now. */
static void go_to_end(struct cord_tail_file *file, uint64_t size)
{
    char head[CORD_TAIL_HEAD_BYTES_MAX];
    size_t head_len = 0;
    uint64_t most = file->tail->options.line_bytes_max;
    size_t want = (size_t)(size < most ? size : most);
    char *bytes = malloc(want + 1);
    ssize_t got = bytes ? cord_tail_read_bytes(file->file, bytes, want, size - want) : -1;
    if (got >= 0 && cord_tail_read_head(file, head, &head_len)) {
        size_t behind = (size_t)got - cord_tail_read_through((cord_str){bytes, (size_t)got});
        struct cord_tail_position to = cord_tail_read_position(
            file, behind < want ? size - behind : size, (cord_str){head, head_len});
        cord_tail_read_advance(file, &to);
    }
    free(bytes);
}

/* So that it is known again when it has another name after a restart. */
static void note_begin(struct cord_tail_file *file)
{
    char head[CORD_TAIL_HEAD_BYTES_MAX];
    size_t len = 0;
    if (cord_tail_read_head(file, head, &len)) {
        struct cord_tail_position begin = cord_tail_read_position(file, len, (cord_str){head, len});
        begin.offset = 0;
        cord_tail_read_advance(file, &begin);
    }
}

static struct cord_tail_file *add_file(struct cord_tail *tail, int descriptor,
                                       const struct stat *info)
{
    struct cord_tail_file *file = calloc(1, sizeof *file);
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
        cord_log_error(tail->options.ends.log, "tail.too_many_files",
                       CORD_KV_TEXT("path", tail->path), CORD_KV_U64("followed", tail->file_count));
    }
    return false;
}

/* errno says why when there is no file. A name that is no regular file is passed over. */
static struct cord_tail_file *open_file(struct cord_tail *tail, int dir, const char *name)
{
    struct stat info;
    if (fstatat(dir, name, &info, 0) != 0) {
        return NULL;
    }
    struct cord_tail_file *file = find(tail, (uint64_t)info.st_dev, (uint64_t)info.st_ino);
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
        cord_log_warn(tail->options.ends.log, "tail.cannot_read", CORD_KV_TEXT("error", err.text));
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
    while ((entry = readdir(dir)) != NULL) { // NOLINT(concurrency-mt-unsafe): ours alone
        each(tail, dirfd(dir), entry->d_name);
    }
    (void)closedir(dir); /* only read */
    return true;
}

static void follow_match(struct cord_tail *tail, int dir, const char *name)
{
    if (fnmatch(tail->pattern, name, FNM_PERIOD) == 0) {
        struct cord_tail_file *file = open_file(tail, dir, name);
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
    struct cord_tail_file *file = open_file(tail, dir, name);
    if (file) {
        file->here = false;
        file->ended = file->head_len == 0; /* the inode was used again, by a file not asked for */
    }
}

static bool is_followed(void *self, const struct cord_tail_position *position)
{
    return position->inode == 0 || find(self, position->device, position->inode) != NULL;
}

void cord_tail_scan_folder(struct cord_tail *tail)
{
    bool readable = true;
    for (struct cord_tail_file *file = tail->files; file; file = file->next) {
        file->here = false;
    }
    if (tail->pattern) {
        readable = each_name(tail, follow_match);
    } else {
        struct cord_tail_file *file = open_file(tail, AT_FDCWD, tail->path);
        if (file) {
            file->here = true;
        } else if (errno != ENOENT) {
            note_unreadable(tail, errno);
        }
    }
    if (!tail->started && readable && each_name(tail, follow_leftover)) {
        struct cord_tail_position mark =
            cord_tail_read_position(&(struct cord_tail_file){.tail = tail}, 0, (cord_str){"", 0});
        if (cord_tail_positions_put(tail->options.positions, &mark) != CORD_OK) {
            cord_log_warn(tail->options.ends.log, "tail.position_not_kept",
                          CORD_KV_TEXT("path", tail->path));
        }
        cord_tail_positions_keep(tail->options.positions, tail->owner, is_followed, tail);
        tail->started = true;
    }
    for (struct cord_tail_file *file = tail->files; readable && file; file = file->next) {
        int64_t now_ns = cord_loop_now_ns(tail->loop);
        file->gone_ns = file->here ? 0 : file->gone_ns > 0 ? file->gone_ns : now_ns;
    }
}

void cord_tail_scan_end(struct cord_tail *tail)
{
    struct cord_tail_file **link = &tail->files;
    while (*link) {
        struct cord_tail_file *file = *link;
        if (file->ended && !file->here && !file->delivery) {
            cord_tail_positions_drop(tail->options.positions, tail->owner, file->device,
                                     file->inode);
            cord_tail_scan_close(tail, link);
        } else {
            file->ended = false;
            link = &file->next;
        }
    }
}
