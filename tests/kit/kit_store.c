/* kit_store.c: see kit_store.h. */
#include "kit/kit.h"

#include "kit/kit_store.h"

#include "evidence/store_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIELDS = 4, PATH_BYTES = 512 };

#define RECEIVED_NS (1700000000 * CORD_SECOND_NS)

static void put_span(struct cord_span *span, cord_str text, size_t from, size_t to, uint32_t field)
{
    CHECK(to <= text.len && from <= to);
    *span = (struct cord_span){
        .at = (uint32_t)from, .len = (uint32_t)(to - from), .field = field & 0xffffffu};
}

void kit_store_add(struct cord_rows *rows, const char *organisation, const char *source, uint64_t n)
{
    static const cord_str names[FIELDS][2] = {{{"n", 1}, {"Number", 6}},
                                              {{"user", 4}, {"User", 4}},
                                              {{"ip", 2}, {"src_ip", 6}},
                                              {{"kind", 4}, {"Kind", 4}}};
    char text[256];
    struct cord_span spans[FIELDS];
    int a = snprintf(text, sizeof text, "{\"n\":%" PRIu64, n);
    int b = snprintf(text + a, sizeof text - (size_t)a, ",\"user\":\"u%" PRIu64 "\"", n % 97);
    int c = snprintf(text + a + b, sizeof text - (size_t)(a + b),
                     ",\"ip\":\"10.0.0.%" PRIu64 "\"}derived", n % 250);
    cord_str whole = {text, (size_t)(a + b + c)};
    uint32_t field[FIELDS];
    for (size_t i = 0; i < FIELDS; i++) {
        CHECK(cord_rows_field(rows, names[i], 2, &field[i]) == CORD_OK);
    }
    put_span(&spans[0], whole, 5, (size_t)a, field[0]);
    put_span(&spans[1], whole, (size_t)a + 9, (size_t)(a + b) - 1, field[1]);
    put_span(&spans[2], whole, (size_t)(a + b) + 7, whole.len - 9, field[2]);
    put_span(&spans[3], whole, whole.len - 7, whole.len, field[3]);
    spans[0].kind = CORD_VALUE_NUMBER;
    spans[3].flags = CORD_SPAN_DERIVED;
    const struct cord_origin origin = {
        .organisation = cord_str_from(organisation),
        .source = cord_str_from(source),
        .format = CORD_STR("json"),
        .event_class = n % 2 ? CORD_STR("test/a") : CORD_STR("test/b"),
        .product = CORD_STR("test"),
        .category = CORD_STR(""),
        .service = CORD_STR(""),
    };
    struct cord_row row = {.time_ns = (int64_t)n * CORD_SECOND_NS,
                           .received_ns = RECEIVED_NS + (int64_t)n,
                           .raw_len = (uint32_t)(whole.len - 7),
                           .text = whole,
                           .spans = spans,
                           .span_count = FIELDS};
    for (size_t i = 0; i < CORD_ROLE_COUNT; i++) {
        row.role[i] = CORD_VALUE_NONE;
    }
    row.role[CORD_ROLE_USER] = 1;
    CHECK(cord_rows_origin(rows, &origin, &row.origin) == CORD_OK);
    CHECK(cord_rows_add(rows, &row) == CORD_OK);
}

uint64_t kit_store_number(const struct cord_rows *rows, size_t at)
{
    const struct cord_row *row = cord_rows_at(rows, at);
    uint64_t n = UINT64_MAX;
    return row->span_count == FIELDS && cord_str_u64(cord_row_value(row, &row->spans[0]), &n)
               ? n
               : UINT64_MAX;
}

bool kit_store_is_whole(const struct cord_rows *rows, size_t at)
{
    uint64_t n = kit_store_number(rows, at);
    const struct cord_row *row = cord_rows_at(rows, at);
    const struct cord_origin *origin = cord_rows_origin_at(rows, row->origin);
    struct cord_rows *again = cord_rows_new(1 << 20, 1);
    char organisation[64];
    char source[64];
    if (n == UINT64_MAX || !again) {
        cord_rows_free(again);
        return false;
    }
    (void)snprintf(organisation, sizeof organisation, "%.*s", CORD_STR_ARG(origin->organisation));
    (void)snprintf(source, sizeof source, "%.*s", CORD_STR_ARG(origin->source));
    kit_store_add(again, organisation, source, n);
    const struct cord_row *wanted = cord_rows_at(again, 0);
    const struct cord_origin *wanted_origin = cord_rows_origin_at(again, wanted->origin);
    bool whole = cord_str_eq(cord_row_raw(row), cord_row_raw(wanted)) &&
                 row->time_ns == wanted->time_ns && row->received_ns == wanted->received_ns &&
                 memcmp(row->role, wanted->role, sizeof row->role) == 0 &&
                 cord_str_eq(origin->event_class, wanted_origin->event_class) &&
                 cord_str_eq(origin->format, wanted_origin->format);
    for (uint32_t i = 0; whole && i < FIELDS; i++) {
        size_t count = 0;
        size_t wanted_count = 0;
        const cord_str *names = cord_rows_names(rows, row->spans[i].field, &count);
        const cord_str *wanted_names =
            cord_rows_names(again, wanted->spans[i].field, &wanted_count);
        whole = cord_str_eq(cord_row_value(row, &row->spans[i]),
                            cord_row_value(wanted, &wanted->spans[i])) &&
                row->spans[i].kind == wanted->spans[i].kind &&
                row->spans[i].flags == wanted->spans[i].flags && count == wanted_count &&
                cord_str_eq(names[0], wanted_names[0]) && cord_str_eq(names[1], wanted_names[1]);
    }
    cord_rows_free(again);
    return whole;
}

void kit_store_dir(char path[64])
{
    const char *base = getenv("TMPDIR");
    (void)snprintf(path, 64, "%.40s/cord_store_XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(path));
}

void kit_store_remove(const char *path)
{
    DIR *list = opendir(path);
    const struct dirent *entry = NULL;
    while (list && (entry = readdir(list)) != NULL) {
        char below[PATH_BYTES];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        (void)snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        if (unlink(below) != 0) {
            kit_store_remove(below);
        }
    }
    if (list) {
        (void)closedir(list);
    }
    (void)rmdir(path);
}

/* --- power cuts --- */

enum { FILES_MAX = 256, TRASH_MAX = 256, NAME_MAX_BYTES = 64 };

/* A name as it is, and as it was when its directory was last synced. */
struct power_name {
    char now[NAME_MAX_BYTES];    /* "": removed */
    char before[NAME_MAX_BYTES]; /* "": there was none */
    off_t synced;
    off_t len;
};

struct kit_store_power {
    int dir;
    struct power_name names[FILES_MAX];
    size_t count;
    size_t trash;
};

static struct power_name *power_find(struct kit_store_power *power, const char *name)
{
    for (size_t i = 0; i < power->count; i++) {
        if (strcmp(power->names[i].now, name) == 0) {
            return &power->names[i];
        }
    }
    CHECK(power->count < FILES_MAX);
    struct power_name *made = &power->names[power->count++];
    *made = (struct power_name){.synced = 0};
    (void)snprintf(made->now, sizeof made->now, "%s", name);
    return made;
}

/* The name of an open file, below the store's directory. */
static struct power_name *power_of(struct kit_store_power *power, int file)
{
    struct stat wanted;
    CHECK(fstat(file, &wanted) == 0);
    for (size_t i = 0; i < power->count; i++) {
        struct stat info;
        const char *name = power->names[i].now;
        if (name[0] != '\0' && fstatat(power->dir, name, &info, 0) == 0 &&
            info.st_ino == wanted.st_ino) {
            return &power->names[i];
        }
    }
    return NULL;
}

static bool is_in(const char *name, const char *dir)
{
    size_t len = strlen(dir);
    return strcmp(dir, ".") == 0 ? strchr(name, '/') == NULL
                                 : strncmp(name, dir, len) == 0 && name[len] == '/';
}

static void power_sync_dir(struct kit_store_power *power, const char *dir)
{
    for (size_t i = 0; i < power->count; i++) {
        struct power_name *name = &power->names[i];
        if (is_in(name->now[0] != '\0' ? name->now : name->before, dir)) {
            memcpy(name->before, name->now, sizeof name->before);
        }
    }
}

static void power_cut(struct kit_store_power *power, bool half)
{
    for (size_t i = power->count; i-- > 0;) {
        struct power_name *name = &power->names[i];
        struct stat info;
        const char *now = name->now;
        if (now[0] != '\0' && fstatat(power->dir, now, &info, 0) == 0 &&
            info.st_size > name->synced) {
            int file = openat(power->dir, now, O_RDWR);
            off_t lost = info.st_size - name->synced;
            CHECK(file >= 0);
            CHECK(ftruncate(file, name->synced + (half ? lost / 2 : 0)) == 0);
            (void)close(file);
        }
        if (now[0] != '\0' && name->before[0] == '\0') {
            (void)unlinkat(power->dir, now, 0);
        } else if (now[0] != '\0' && strcmp(now, name->before) != 0) {
            CHECK(renameat(power->dir, now, power->dir, name->before) == 0);
        }
    }
}

/* --- faults --- */

/* True: this touch fails. */
static bool touch(struct kit_store_fault *fault)
{
    fault->touches++;
    if (fault->nth == 0 || fault->touches < fault->nth ||
        (fault->touches > fault->nth && !fault->forever)) {
        return false;
    }
    if (fault->error == 0) {
        if (fault->power) {
            power_cut(fault->power, fault->nth % 2 == 0);
        }
        _exit(99);
    }
    errno = fault->error;
    return true;
}

static int fault_open(void *self, int dir, const char *name, int flags, mode_t mode)
{
    struct kit_store_fault *fault = self;
    struct stat info;
    if (!(flags & O_CREAT)) {
        fault->reads++;
        return openat(dir, name, flags, mode);
    }
    if (touch(fault)) {
        return -1;
    }
    struct kit_store_power *power = fault->power;
    if (power && power->dir < 0) {
        power->dir = dup(dir);
    }
    bool there = power && fstatat(dir, name, &info, 0) == 0;
    int file = openat(dir, name, flags, mode);
    if (power && file >= 0) {
        struct power_name *made = power_find(power, name);
        made->synced = there && !(flags & O_TRUNC) ? info.st_size : 0;
        if (there) {
            memcpy(made->before, made->now, sizeof made->before);
        }
    }
    return file;
}

static ssize_t fault_read(void *self, int file, void *bytes, size_t len, off_t at)
{
    struct kit_store_fault *fault = self;
    fault->reads++;
    return pread(file, bytes, len, at);
}

/* Half of it is written before it fails. */
static ssize_t fault_write(void *self, int file, const void *bytes, size_t len, off_t at)
{
    struct kit_store_fault *fault = self;
    if (fault->nth == fault->touches + 1 && len > 1) {
        CHECK(pwrite(file, bytes, len / 2, at) == (ssize_t)(len / 2));
    }
    return touch(self) ? -1 : pwrite(file, bytes, len, at);
}

static int fault_truncate(void *self, int file, off_t len)
{
    return touch(self) ? -1 : ftruncate(file, len);
}

/* No disk is waited for: what kill -9 leaves is in the page cache anyhow. */
static int fault_sync(void *self, int file)
{
    struct kit_store_fault *fault = self;
    struct stat info;
    if (touch(self)) {
        return -1;
    }
    fault->syncs++;
    if (fault->sync_us > 0) {
        (void)usleep(fault->sync_us);
    }
    if (!fault->power || fstat(file, &info) != 0) {
        return 0;
    }
    if (S_ISDIR(info.st_mode)) {
        static const char *const dirs[] = {".", "spool", "segments", "lost"};
        for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
            struct stat other;
            if (fstatat(fault->power->dir, dirs[i], &other, 0) == 0 &&
                other.st_ino == info.st_ino) {
                power_sync_dir(fault->power, dirs[i]);
            }
        }
    } else {
        struct power_name *name = power_of(fault->power, file);
        if (name) {
            name->synced = info.st_size;
        }
    }
    return 0;
}

static int fault_rename(void *self, int dir, const char *from, const char *to)
{
    struct kit_store_fault *fault = self;
    if (touch(self)) {
        return -1;
    }
    if (fault->power) {
        struct power_name *name = power_find(fault->power, from);
        (void)snprintf(name->now, sizeof name->now, "%s", to);
    }
    return renameat(dir, from, dir, to);
}

/* Kept aside while a power cut could bring it back. */
static int fault_unlink(void *self, int dir, const char *name)
{
    struct kit_store_fault *fault = self;
    char trash[NAME_MAX_BYTES];
    struct stat info;
    if (touch(self)) {
        return -1;
    }
    if (!fault->power || fstatat(dir, name, &info, 0) != 0) {
        return unlinkat(dir, name, 0);
    }
    struct power_name *known = power_find(fault->power, name);
    (void)snprintf(trash, sizeof trash, "lost/trash%zu", fault->power->trash++);
    (void)snprintf(known->now, sizeof known->now, "%s", trash);
    return renameat(dir, name, dir, trash);
}

static int fault_mkdir(void *self, int dir, const char *name, mode_t mode)
{
    return touch(self) ? -1 : mkdirat(dir, name, mode);
}

void kit_store_fault_init(struct kit_store_fault *fault, size_t nth, int error)
{
    *fault = (struct kit_store_fault){
        .files = {.open = fault_open,
                  .read = fault_read,
                  .write = fault_write,
                  .truncate = fault_truncate,
                  .sync = fault_sync,
                  .rename = fault_rename,
                  .unlink = fault_unlink,
                  .mkdir = fault_mkdir,
                  .self = fault},
        .nth = nth,
        .error = error,
    };
}

void kit_store_fault_power(struct kit_store_fault *fault, size_t nth)
{
    kit_store_fault_init(fault, nth, 0);
    fault->power = calloc(1, sizeof *fault->power);
    assert_non_null(fault->power);
    fault->power->dir = -1;
}

/* --- stores --- */

cord_status kit_store_fill(struct cord_store *store, uint64_t first, uint64_t count, uint64_t batch)
{
    struct cord_evidence *evidence = cord_store_evidence(store);
    cord_status status = CORD_OK;
    for (uint64_t done = 0; done < count && status == CORD_OK; done += batch) {
        struct cord_rows *rows = cord_rows_new(64 << 20, 1);
        CHECK(rows != NULL);
        for (uint64_t i = done; i < count && i < done + batch; i++) {
            kit_store_add(rows, (first + i) % 3 ? "RJ1" : "RX2", (first + i) % 5 ? "dc" : "fw",
                          first + i);
        }
        status = evidence->ops->append(evidence, rows, NULL);
        if (status == CORD_OK) {
            status = evidence->ops->commit(evidence, NULL);
        }
        cord_rows_free(rows);
    }
    return status;
}

static void census_rows(const struct cord_rows *rows, size_t count, unsigned char *seen,
                        uint64_t most)
{
    for (size_t at = 0; at < count; at++) {
        uint64_t n = kit_store_number(rows, at);
        CHECK(kit_store_is_whole(rows, at));
        CHECK(n < most);
        seen[n]++;
    }
}

size_t kit_store_census(struct cord_store *store, unsigned char *seen, uint64_t count)
{
    struct cord_store_view view;
    struct cord_store_block reader;
    size_t damaged = 0;
    memset(seen, 0, count);
    cord_store_block_init(&reader);
    CHECK(cord_store_view_take(store, &view) == CORD_OK);
    for (size_t i = 0; i < view.live_count; i++) {
        census_rows(view.live[i].rows, view.live[i].count, seen, count);
    }
    for (size_t i = 0; i < view.manifest->count; i++) {
        struct cord_segment *segment = view.manifest->segments[i];
        if (cord_segment_load(segment, NULL) != CORD_OK) {
            damaged += cord_segment_info(segment)->block_count;
            continue;
        }
        for (uint32_t k = 0; k < cord_segment_block_count(segment); k++) {
            struct cord_rows *rows = cord_rows_new(256 << 20, 1);
            CHECK(rows != NULL);
            if (cord_store_block_open(&reader, segment, k, NULL) == CORD_OK &&
                cord_block_unpack(reader.block, NULL, 0, rows, NULL) == CORD_OK) {
                census_rows(rows, cord_rows_count(rows), seen, count);
            } else {
                damaged++;
            }
            cord_rows_free(rows);
        }
    }
    cord_store_view_release(&view);
    cord_store_block_done(&reader);
    return damaged;
}
