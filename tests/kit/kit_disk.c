/* kit_disk.c: see kit_disk.h. */
#include "kit/kit.h"

#include "kit/kit_dice.h"
#include "kit/kit_disk.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { NODES = 16, SECTOR = 512 };

/* One write since the last sync; len 0: a truncation to `at`. */
struct pending {
    sqlite3_int64 at;
    size_t len;
    char *bytes;
};

/* A file by its name. */
struct node {
    char path[256];
    char *image; /* as of the last sync */
    size_t len;
    struct pending *pending;
    size_t count, cap;
};

struct kit_disk {
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    struct node nodes[NODES];
    size_t node_count;
    enum kit_disk_fault fault;
    size_t nth, touches;
    bool hit;
};

struct file {
    sqlite3_file base;
    struct kit_disk *disk;
    struct node *node; /* NULL: not a database or its log */
    sqlite3_file *real;
};

/* --- nodes --- */

static void drop_pending(struct node *node)
{
    for (size_t i = 0; i < node->count; i++) {
        free(node->pending[i].bytes);
    }
    node->count = 0;
}

static void load_image(struct node *node)
{
    free(node->image);
    node->image = NULL;
    node->len = 0;
    int file = open(node->path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return;
    }
    off_t len = lseek(file, 0, SEEK_END);
    CHECK(len >= 0);
    node->image = malloc((size_t)len + 1);
    CHECK(node->image && pread(file, node->image, (size_t)len, 0) == len);
    node->len = (size_t)len;
    CHECK(close(file) == 0);
}

static struct node *find_node(struct kit_disk *disk, const char *path)
{
    for (size_t i = 0; i < disk->node_count; i++) {
        if (strcmp(disk->nodes[i].path, path) == 0) {
            return &disk->nodes[i];
        }
    }
    return NULL;
}

static struct node *make_node(struct kit_disk *disk, const char *path)
{
    struct node *node = find_node(disk, path);
    if (!node) {
        CHECK(disk->node_count < NODES);
        node = &disk->nodes[disk->node_count++];
        memset(node, 0, sizeof *node);
        (void)snprintf(node->path, sizeof node->path, "%s", path);
        load_image(node);
    }
    return node;
}

static void remember(struct node *node, sqlite3_int64 at, const void *bytes, size_t len)
{
    if (node->count == node->cap) {
        node->cap = node->cap * 2 + 16;
        node->pending = realloc(node->pending, node->cap * sizeof *node->pending);
        CHECK(node->pending != NULL);
    }
    struct pending *pending = &node->pending[node->count++];
    *pending = (struct pending){at, len, malloc(len + 1)};
    CHECK(pending->bytes != NULL);
    if (len > 0) {
        memcpy(pending->bytes, bytes, len);
    }
}

/* --- faults --- */

static int touch(struct kit_disk *disk, bool writes)
{
    disk->touches++;
    bool now =
        disk->fault != KIT_DISK_GOOD &&
        (disk->fault == KIT_DISK_FAILS ? disk->touches == disk->nth : disk->touches >= disk->nth);
    int told = disk->fault == KIT_DISK_FULL     ? SQLITE_FULL
               : disk->fault == KIT_DISK_HELD   ? SQLITE_BUSY
               : disk->fault == KIT_DISK_SPOILT ? SQLITE_CORRUPT
                                                : SQLITE_OK;
    if (!now || (told != SQLITE_OK && !writes)) {
        return SQLITE_OK;
    }
    disk->hit = true;
    return told != SQLITE_OK ? told : writes ? SQLITE_IOERR_WRITE : SQLITE_IOERR_FSYNC;
}

static bool is_dark(const struct kit_disk *disk)
{
    return disk->fault == KIT_DISK_POWER && disk->hit;
}

/* --- a file --- */

static struct file *self_of(sqlite3_file *file)
{
    return (struct file *)(void *)file;
}

static int do_close(sqlite3_file *file)
{
    struct file *self = self_of(file);
    return self->real->pMethods ? self->real->pMethods->xClose(self->real) : SQLITE_OK;
}

static int do_read(sqlite3_file *file, void *bytes, int len, sqlite3_int64 at)
{
    struct file *self = self_of(file);
    return is_dark(self->disk) ? SQLITE_IOERR_READ
                               : self->real->pMethods->xRead(self->real, bytes, len, at);
}

static int do_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at)
{
    struct file *self = self_of(file);
    if (self->node) {
        int code = touch(self->disk, true);
        if (code != SQLITE_OK) {
            return code;
        }
        remember(self->node, at, bytes, (size_t)len);
    }
    return self->real->pMethods->xWrite(self->real, bytes, len, at);
}

static int do_truncate(sqlite3_file *file, sqlite3_int64 len)
{
    struct file *self = self_of(file);
    if (self->node) {
        int code = touch(self->disk, false);
        if (code != SQLITE_OK) {
            return SQLITE_IOERR_TRUNCATE;
        }
        remember(self->node, len, NULL, 0);
    }
    return self->real->pMethods->xTruncate(self->real, len);
}

static int do_sync(sqlite3_file *file, int flags)
{
    struct file *self = self_of(file);
    (void)flags; /* nothing is really synced: this disk's memory is what counts */
    if (self->node) {
        int code = touch(self->disk, false);
        if (code != SQLITE_OK) {
            return code;
        }
        drop_pending(self->node);
        load_image(self->node);
    }
    return SQLITE_OK;
}

static int do_size(sqlite3_file *file, sqlite3_int64 *len)
{
    struct file *self = self_of(file);
    return self->real->pMethods->xFileSize(self->real, len);
}

static int do_lock(sqlite3_file *file, int level)
{
    struct file *self = self_of(file);
    return self->real->pMethods->xLock(self->real, level);
}

static int do_unlock(sqlite3_file *file, int level)
{
    struct file *self = self_of(file);
    return self->real->pMethods->xUnlock(self->real, level);
}

static int do_check(sqlite3_file *file, int *held)
{
    struct file *self = self_of(file);
    return self->real->pMethods->xCheckReservedLock(self->real, held);
}

static int do_control(sqlite3_file *file, int what, void *with)
{
    struct file *self = self_of(file);
    return self->real->pMethods->xFileControl(self->real, what, with);
}

static int do_sector(sqlite3_file *file)
{
    (void)file;
    return SECTOR;
}

/* Nothing is promised: not even that bytes beside those written stay. */
static int do_traits(sqlite3_file *file)
{
    (void)file;
    return 0;
}

static int do_shm_map(sqlite3_file *file, int page, int bytes, int extend, void volatile **ret)
{
    struct file *self = self_of(file);
    return self->real->pMethods->xShmMap(self->real, page, bytes, extend, ret);
}

static int do_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    struct file *self = self_of(file);
    return self->real->pMethods->xShmLock(self->real, offset, count, flags);
}

static void do_shm_barrier(sqlite3_file *file)
{
    struct file *self = self_of(file);
    self->real->pMethods->xShmBarrier(self->real);
}

static int do_shm_unmap(sqlite3_file *file, int away)
{
    struct file *self = self_of(file);
    return self->real->pMethods->xShmUnmap(self->real, away);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = do_close,
    .xRead = do_read,
    .xWrite = do_write,
    .xTruncate = do_truncate,
    .xSync = do_sync,
    .xFileSize = do_size,
    .xLock = do_lock,
    .xUnlock = do_unlock,
    .xCheckReservedLock = do_check,
    .xFileControl = do_control,
    .xSectorSize = do_sector,
    .xDeviceCharacteristics = do_traits,
    .xShmMap = do_shm_map,
    .xShmLock = do_shm_lock,
    .xShmBarrier = do_shm_barrier,
    .xShmUnmap = do_shm_unmap,
};

/* --- the file system --- */

static struct kit_disk *disk_of(sqlite3_vfs *vfs)
{
    return vfs->pAppData;
}

static int do_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *ret)
{
    struct kit_disk *disk = disk_of(vfs);
    struct file *self = self_of(file);
    const int kept = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL;
    memset(self, 0, sizeof *self);
    self->disk = disk;
    self->real = (sqlite3_file *)(void *)(self + 1);
    if (is_dark(disk)) {
        return SQLITE_CANTOPEN;
    }
    self->node = name && flags & kept ? make_node(disk, name) : NULL;
    int code = disk->real->xOpen(disk->real, name, self->real, flags, ret);
    self->base.pMethods = code == SQLITE_OK ? &methods : NULL;
    return code;
}

/* A name is gone at once: what of its removal could be lost, WAL and journal tell by themselves. */
static int do_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    struct kit_disk *disk = disk_of(vfs);
    struct node *node = find_node(disk, name);
    if (is_dark(disk)) {
        return SQLITE_IOERR_DELETE;
    }
    if (node) {
        drop_pending(node);
        node->len = 0;
    }
    return disk->real->xDelete(disk->real, name, sync);
}

static int do_access(sqlite3_vfs *vfs, const char *name, int flags, int *ret)
{
    struct kit_disk *disk = disk_of(vfs);
    return disk->real->xAccess(disk->real, name, flags, ret);
}

static int do_full(sqlite3_vfs *vfs, const char *name, int len, char *ret)
{
    struct kit_disk *disk = disk_of(vfs);
    return disk->real->xFullPathname(disk->real, name, len, ret);
}

static int do_random(sqlite3_vfs *vfs, int len, char *bytes)
{
    struct kit_disk *disk = disk_of(vfs);
    return disk->real->xRandomness(disk->real, len, bytes);
}

static int do_sleep(sqlite3_vfs *vfs, int us)
{
    struct kit_disk *disk = disk_of(vfs);
    return disk->real->xSleep(disk->real, us);
}

static int do_time(sqlite3_vfs *vfs, double *now)
{
    struct kit_disk *disk = disk_of(vfs);
    return disk->real->xCurrentTime(disk->real, now);
}

static int do_last_error(sqlite3_vfs *vfs, int len, char *text)
{
    (void)vfs;
    (void)len;
    (void)text;
    return 0;
}

struct kit_disk *kit_disk_new(const char *name)
{
    struct kit_disk *disk = calloc(1, sizeof *disk);
    CHECK(disk != NULL);
    disk->real = sqlite3_vfs_find(NULL);
    disk->vfs = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = (int)sizeof(struct file) + disk->real->szOsFile,
        .mxPathname = disk->real->mxPathname,
        .zName = name,
        .pAppData = disk,
        .xOpen = do_open,
        .xDelete = do_delete,
        .xAccess = do_access,
        .xFullPathname = do_full,
        .xRandomness = do_random,
        .xSleep = do_sleep,
        .xCurrentTime = do_time,
        .xGetLastError = do_last_error,
    };
    CHECK(sqlite3_vfs_register(&disk->vfs, 0) == SQLITE_OK);
    return disk;
}

static void forget_nodes(struct kit_disk *disk)
{
    for (size_t i = 0; i < disk->node_count; i++) {
        drop_pending(&disk->nodes[i]);
        free(disk->nodes[i].pending);
        free(disk->nodes[i].image);
    }
    disk->node_count = 0;
}

void kit_disk_free(struct kit_disk *disk)
{
    CHECK(sqlite3_vfs_unregister(&disk->vfs) == SQLITE_OK);
    forget_nodes(disk);
    free(disk);
}

void kit_disk_set(struct kit_disk *disk, enum kit_disk_fault fault, size_t nth)
{
    disk->fault = fault;
    disk->nth = nth;
    disk->touches = 0;
    disk->hit = false;
}

size_t kit_disk_touches(const struct kit_disk *disk)
{
    return disk->touches;
}

bool kit_disk_hit(const struct kit_disk *disk)
{
    return disk->hit;
}

/* --- after a power cut --- */

/* Sector by sector it came to the disk, or not. */
static void apply(int file, const struct pending *pending, struct kit_dice *dice)
{
    if (pending->len == 0) {
        if (kit_dice_roll(dice, 2) == 1) {
            CHECK(ftruncate(file, pending->at) == 0);
        }
        return;
    }
    bool torn = kit_dice_roll(dice, 4) == 0;
    bool there = kit_dice_roll(dice, 2) == 1;
    for (size_t at = 0; at < pending->len; at += SECTOR) {
        size_t len = pending->len - at < SECTOR ? pending->len - at : SECTOR;
        there = torn ? kit_dice_roll(dice, 2) == 1 : there;
        if (there) {
            CHECK(pwrite(file, pending->bytes + at, len, pending->at + (off_t)at) == (ssize_t)len);
        }
    }
}

void kit_disk_power_back(struct kit_disk *disk, uint64_t seed)
{
    struct kit_dice dice = {seed};
    for (size_t i = 0; i < disk->node_count; i++) {
        struct node *node = &disk->nodes[i];
        char shm[300];
        int file = open(node->path, O_RDWR | O_CLOEXEC);
        if (file < 0) {
            continue; /* its name is gone */
        }
        CHECK(ftruncate(file, 0) == 0);
        CHECK(pwrite(file, node->len > 0 ? node->image : "", node->len, 0) == (ssize_t)node->len);
        for (size_t p = 0; p < node->count; p++) {
            apply(file, &node->pending[p], &dice);
        }
        CHECK(close(file) == 0);
        (void)snprintf(shm, sizeof shm, "%s-shm", node->path);
        (void)unlink(shm); /* it is memory */
    }
    forget_nodes(disk);
    kit_disk_set(disk, KIT_DISK_GOOD, 0);
}
