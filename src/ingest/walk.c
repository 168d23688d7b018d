/* walk.c: see walk.h. */
#include "ingest/walk.h"

#include "base/arena.h"
#include "base/vec.h"
#include "ingest/unpack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LAYERS_MAX = 4,
    ARENA_BYTES_MAX = 2047 << 20,
};

struct cord_walk {
    struct cord_arena *arena;
    struct cord_walk_item *items;
    size_t count;
    size_t cap;
    struct cord_walk_refusal *refusals;
    size_t refusal_count;
    size_t refusal_cap;
    struct cord_zip **zips;
    size_t zip_count;
    size_t zip_cap;
};

static cord_status add_item(struct cord_walk *walk, struct cord_walk_item item,
                            struct cord_error *err)
{
    if (walk->count == CORD_WALK_ITEMS_MAX) {
        return cord_error_set(err, CORD_E_LIMIT, "more than %u files", CORD_WALK_ITEMS_MAX);
    }
    struct cord_walk_item *items =
        cord_vec_room(walk->items, walk->count, &walk->cap, sizeof *items);
    if (!items) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    walk->items = items;
    walk->items[walk->count++] = item;
    return CORD_OK;
}

static cord_status refuse(struct cord_walk *walk, const char *path, const char *reason,
                          struct cord_error *err)
{
    struct cord_walk_refusal refusal = {
        .name = cord_arena_copy(walk->arena, cord_str_from(path)),
        .reason = cord_arena_copy(walk->arena, cord_str_from(reason)),
    };
    struct cord_walk_refusal *refusals =
        cord_vec_room(walk->refusals, walk->refusal_count, &walk->refusal_cap, sizeof *refusals);
    if (refusals) {
        walk->refusals = refusals;
    }
    if (!refusal.name.ptr || !refusal.reason.ptr || !refusals) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    walk->refusals[walk->refusal_count++] = refusal;
    return CORD_OK;
}

static cord_status add_archive(struct cord_walk *walk, const char *path, struct cord_error *err)
{
    struct cord_zip *zip = NULL;
    struct cord_error why = {""};
    cord_status status = cord_zip_open(path, &zip, &why);
    if (status == CORD_E_NOMEM) {
        return cord_error_set(err, status, "%s: %s", path, why.text);
    }
    if (status != CORD_OK) {
        return refuse(walk, path, why.text, err);
    }
    struct cord_zip **zips =
        cord_vec_room(walk->zips, walk->zip_count, &walk->zip_cap, sizeof *zips);
    if (!zips) {
        cord_zip_close(zip);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    walk->zips = zips;
    walk->zips[walk->zip_count++] = zip;
    for (size_t at = 0; at < cord_zip_count(zip) && status == CORD_OK; at++) {
        const struct cord_zip_member *member = cord_zip_member(zip, at);
        if (cord_str_ends(member->name, CORD_STR("/"))) {
            continue;
        }
        struct cord_walk_item item = {
            .name = cord_arena_printf(walk->arena, "%s!%.*s", path, CORD_STR_ARG(member->name)),
            .path = path,
            .bytes = member->packed_bytes,
            .zip = zip,
            .member = at,
        };
        status = item.name.ptr ? add_item(walk, item, err)
                               : cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    return status;
}

static bool is_archive(const char *path)
{
    char head[4];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, head, sizeof head);
    if (fd >= 0) {
        (void)close(fd); /* only read from */
    }
    return got == (ssize_t)sizeof head && cord_zip_recognise((cord_str){head, sizeof head});
}

static cord_status add_file(struct cord_walk *walk, cord_str path, uint64_t bytes,
                            struct cord_error *err)
{
    if (is_archive(path.ptr)) {
        return add_archive(walk, path.ptr, err);
    }
    return add_item(walk, (struct cord_walk_item){.name = path, .path = path.ptr, .bytes = bytes},
                    err);
}

static int by_name(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;
    return strcmp(*left, *right);
}

static cord_status walk_path(struct cord_walk *walk, cord_str path, unsigned depth,
                             struct cord_error *err);

/* The names in a folder, sorted; in the arena. */
static cord_status list(struct cord_walk *walk, DIR *dir, const char ***ret_names,
                        size_t *ret_count, struct cord_error *err)
{
    const char **names = NULL;
    size_t count = 0;
    size_t cap = 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): safe where no two threads share a DIR */
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        cord_str name = cord_arena_copy(walk->arena, cord_str_from(entry->d_name));
        const char **grown = cord_vec_room(names, count, &cap, sizeof *names);
        names = grown ? grown : names;
        if (!name.ptr || !grown) {
            free(names);
            return cord_error_set(err, CORD_E_NOMEM, "out of memory");
        }
        names[count++] = name.ptr;
    }
    if (count > 0) {
        qsort(names, count, sizeof *names, by_name);
    }
    *ret_names = names;
    *ret_count = count;
    return CORD_OK;
}

static cord_status walk_folder(struct cord_walk *walk, cord_str path, unsigned depth,
                               struct cord_error *err)
{
    const char **names = NULL;
    size_t count = 0;
    DIR *dir = depth < CORD_WALK_DEPTH_MAX ? opendir(path.ptr) : NULL;
    if (!dir) {
        return refuse(walk, path.ptr,
                      depth < CORD_WALK_DEPTH_MAX ? strerrordesc_np(errno)
                                                  : "folders are nested too deeply",
                      err);
    }
    cord_status status = list(walk, dir, &names, &count, err);
    (void)closedir(dir);
    bool slash = cord_str_ends(path, CORD_STR("/"));
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        cord_str child =
            cord_arena_printf(walk->arena, "%s%s%s", path.ptr, slash ? "" : "/", names[i]);
        status = child.ptr ? walk_path(walk, child, depth + 1, err)
                           : cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    free(names);
    return status;
}

static cord_status walk_path(struct cord_walk *walk, cord_str path, unsigned depth,
                             struct cord_error *err)
{
    struct stat info;
    int result = depth == 0 ? stat(path.ptr, &info) : lstat(path.ptr, &info);
    if (result != 0) {
        return refuse(walk, path.ptr, strerrordesc_np(errno), err);
    }
    if (S_ISDIR(info.st_mode)) {
        return walk_folder(walk, path, depth, err);
    }
    if (S_ISREG(info.st_mode)) {
        return add_file(walk, path, (uint64_t)info.st_size, err);
    }
    if (depth == 0 && S_ISFIFO(info.st_mode)) {
        return add_item(walk, (struct cord_walk_item){.name = path, .path = path.ptr}, err);
    }
    return refuse(
        walk, path.ptr,
        S_ISLNK(info.st_mode) ? "a link: not followed; name what it leads to" : "not a file", err);
}

cord_status cord_walk_new(const char *const *paths, size_t path_count, struct cord_walk **ret_walk,
                          struct cord_error *err)
{
    struct cord_walk *walk = calloc(1, sizeof *walk);
    cord_status status = CORD_OK;
    if (!walk || !(walk->arena = cord_arena_new(ARENA_BYTES_MAX))) {
        status = cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < path_count && status == CORD_OK; i++) {
        cord_str path = cord_arena_copy(walk->arena, cord_str_from(paths[i]));
        if (!path.ptr) {
            status = cord_error_set(err, CORD_E_NOMEM, "out of memory");
        } else if (cord_str_eq(path, CORD_STR("-"))) {
            status = add_item(walk, (struct cord_walk_item){.name = path, .path = path.ptr}, err);
        } else {
            status = walk_path(walk, path, 0, err);
        }
    }
    if (status != CORD_OK) {
        cord_walk_free(walk);
        return status;
    }
    *ret_walk = walk;
    return CORD_OK;
}

void cord_walk_free(struct cord_walk *walk)
{
    if (walk) {
        for (size_t i = 0; i < walk->zip_count; i++) {
            cord_zip_close(walk->zips[i]);
        }
        free(walk->zips);
        free(walk->refusals);
        free(walk->items);
        cord_arena_free(walk->arena);
        free(walk);
    }
}

size_t cord_walk_count(const struct cord_walk *walk)
{
    return walk->count;
}

const struct cord_walk_item *cord_walk_item(const struct cord_walk *walk, size_t at)
{
    return &walk->items[at];
}

size_t cord_walk_refusal_count(const struct cord_walk *walk)
{
    return walk->refusal_count;
}

const struct cord_walk_refusal *cord_walk_refusal(const struct cord_walk *walk, size_t at)
{
    return &walk->refusals[at];
}

static cord_status open_file(const struct cord_walk_item *item, _Atomic uint64_t *count,
                             struct cord_reader **ret_reader, struct cord_error *err)
{
    if (strcmp(item->path, "-") == 0) {
        return cord_reader_open_fd(STDIN_FILENO, -1, UINT64_MAX, count, ret_reader, err);
    }
    int fd = open(item->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return cord_error_errno(err, "open");
    }
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL); /* advice only */
    struct stat info;
    bool plain = fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    return cord_reader_open_fd(fd, plain ? 0 : -1, UINT64_MAX, count, ret_reader, err);
}

cord_status cord_walk_open(const struct cord_walk_item *item, _Atomic uint64_t *count,
                           struct cord_reader **ret_reader, struct cord_error *err)
{
    struct cord_reader *raw = NULL;
    cord_status status = item->zip ? cord_zip_read(item->zip, item->member, count, &raw, err)
                                   : open_file(item, count, &raw, err);
    return status == CORD_OK ? cord_unpack_layers(raw, LAYERS_MAX, ret_reader, err) : status;
}
