/* poison.c: see poison.h. */
#include "wire/poison.h"

#include "base/hash.h"
#include "base/timestamp.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILE_MODE = 0600,
    SUSPECTS_MAX = 1024,
    RIFE_STREAK = 3,
    LINE_BYTES = 64,
};

#define MAGIC       UINT64_C(0x31304e5350524f43) /* "CORPSN01" */
#define RIFE_NS     (60 * CORD_SECOND_NS)
#define MEMORY_NS   (INT64_C(7) * 86400 * CORD_SECOND_NS)
#define KEY_SEED    UINT64_C(0x706f69736f6e0000) /* keys outlive the process: no drawn seed */
#define KEY_NOTHING UINT64_C(0)

struct suspect {
    uint64_t key; /* KEY_NOTHING: free */
    int64_t at_ns;
    uint64_t count;
};

/* A cache line each: workers do not share any. */
struct place {
    _Alignas(LINE_BYTES) _Atomic uint64_t key;
};

/* The file, in this machine's byte order: another machine has nothing to learn of it. */
struct page {
    uint64_t magic;
    uint64_t streak; /* times in a row that something was under way at the end */
    struct suspect suspects[SUSPECTS_MAX];
    struct place places[CORD_POISON_PLACES];
};

struct cord_poison {
    struct page *page;
    int64_t opened_ns; /* monotonic */
    size_t fresh;
    _Atomic size_t count;
    pthread_mutex_t lock; /* guards the page's suspects */
};

/* --- keys --- */

static uint64_t key_of(enum cord_poison_kind kind, const void *bytes, size_t len)
{
    uint64_t key = cord_hash((cord_str){bytes, len}, KEY_SEED + (uint64_t)kind);
    return key == KEY_NOTHING ? 1 : key;
}

uint64_t cord_poison_key(enum cord_poison_kind kind, cord_str bytes)
{
    return key_of(kind, bytes.ptr, bytes.len);
}

uint64_t cord_poison_key_row(uint64_t sequence)
{
    return key_of(CORD_POISON_ROW, &sequence, sizeof sequence);
}

/* --- suspects; with the lock held --- */

static struct suspect *suspect_of(struct page *page, uint64_t key)
{
    for (size_t i = 0; i < SUSPECTS_MAX; i++) {
        if (page->suspects[i].key == key) {
            return &page->suspects[i];
        }
    }
    return NULL;
}

/* A free one, or else the one found longest ago. */
static struct suspect *room_for(struct page *page)
{
    struct suspect *oldest = page->suspects;
    for (size_t i = 0; i < SUSPECTS_MAX; i++) {
        struct suspect *suspect = &page->suspects[i];
        if (suspect->key == KEY_NOTHING) {
            return suspect;
        }
        oldest = suspect->at_ns < oldest->at_ns ? suspect : oldest;
    }
    return oldest;
}

static void suspect(struct page *page, uint64_t key, int64_t now_ns)
{
    struct suspect *known = suspect_of(page, key);
    if (!known) {
        known = room_for(page);
        *known = (struct suspect){.key = key};
    }
    known->count++;
    known->at_ns = now_ns;
}

static bool stands_before(const struct page *page, size_t place, uint64_t key)
{
    for (size_t i = 0; i < place; i++) {
        if (atomic_load(&page->places[i].key) == key) {
            return true;
        }
    }
    return false;
}

/* Once for each thing, however many threads had the like of it. */
static void look_at_places(struct cord_poison *poison, int64_t now_ns)
{
    struct page *page = poison->page;
    for (size_t i = 0; i < CORD_POISON_PLACES; i++) {
        uint64_t key = atomic_load(&page->places[i].key);
        if (key != KEY_NOTHING && !stands_before(page, i, key)) {
            suspect(page, key, now_ns);
            poison->fresh++;
        }
    }
    for (size_t i = 0; i < CORD_POISON_PLACES; i++) {
        atomic_store(&page->places[i].key, KEY_NOTHING);
    }
    page->streak = poison->fresh > 0 ? page->streak + 1 : 0;
}

/* Those of long ago go, and those of a clock that was set back since. */
static void age(struct cord_poison *poison, int64_t now_ns)
{
    size_t count = 0;
    for (size_t i = 0; i < SUSPECTS_MAX; i++) {
        struct suspect *known = &poison->page->suspects[i];
        bool recent = known->at_ns >= now_ns - MEMORY_NS && known->at_ns <= now_ns + MEMORY_NS;
        if (!recent) {
            *known = (struct suspect){.key = KEY_NOTHING};
        }
        count += known->key != KEY_NOTHING;
    }
    atomic_store(&poison->count, count);
}

unsigned cord_poison_found(struct cord_poison *poison, uint64_t key)
{
    if (!poison || atomic_load(&poison->count) == 0) {
        return 0;
    }
    (void)pthread_mutex_lock(&poison->lock);
    const struct suspect *known = suspect_of(poison->page, key);
    uint64_t count = known ? known->count : 0;
    (void)pthread_mutex_unlock(&poison->lock);
    return count < UINT32_MAX ? (unsigned)count : UINT32_MAX;
}

void cord_poison_forgive(struct cord_poison *poison, uint64_t key)
{
    if (!poison || atomic_load(&poison->count) == 0) {
        return;
    }
    (void)pthread_mutex_lock(&poison->lock);
    struct suspect *known = suspect_of(poison->page, key);
    if (known) {
        *known = (struct suspect){.key = KEY_NOTHING};
        (void)atomic_fetch_sub(&poison->count, 1);
    }
    (void)pthread_mutex_unlock(&poison->lock);
}

size_t cord_poison_suspects(struct cord_poison *poison, size_t *ret_new)
{
    *ret_new = poison ? poison->fresh : 0;
    return poison ? atomic_load(&poison->count) : 0;
}

static int64_t monotonic_ns(void)
{
    const struct cord_clock clock = cord_clock_monotonic();
    return cord_clock_now_ns(&clock);
}

bool cord_poison_is_rife(const struct cord_poison *poison)
{
    return poison && poison->page->streak >= RIFE_STREAK &&
           monotonic_ns() - poison->opened_ns < RIFE_NS;
}

/* --- places --- */

void cord_poison_begin(struct cord_poison *poison, size_t place, uint64_t key)
{
    if (poison && place < CORD_POISON_PLACES) {
        atomic_store(&poison->page->places[place].key, key);
    }
}

void cord_poison_end(struct cord_poison *poison, size_t place)
{
    if (poison && place < CORD_POISON_PLACES) {
        atomic_store(&poison->page->places[place].key, KEY_NOTHING);
    }
}

/* --- the file --- */

/* Written in full, and not only made that long: storing into a mapped hole ends the
 * process when the disk is full. */
static cord_status write_new(int file, struct cord_error *err)
{
    struct page *page = calloc(1, sizeof *page);
    if (!page) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    page->magic = MAGIC;
    cord_status status = ftruncate(file, 0) == 0 ? CORD_OK : cord_error_errno(err, "truncating");
    size_t done = 0;
    while (status == CORD_OK && done < sizeof *page) {
        ssize_t n = pwrite(file, (const char *)page + done, sizeof *page - done, (off_t)done);
        if (n > 0) {
            done += (size_t)n;
        } else if (n == 0 || errno != EINTR) {
            status = cord_error_errno(err, "writing");
        }
    }
    free(page);
    return status;
}

static bool is_ours(int file)
{
    struct stat status;
    uint64_t magic = 0;
    return fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
           status.st_size == (off_t)sizeof(struct page) &&
           pread(file, &magic, sizeof magic, 0) == (ssize_t)sizeof magic && magic == MAGIC;
}

static cord_status map(struct cord_poison *poison, int file, struct cord_error *err)
{
    if (!is_ours(file)) {
        cord_status status = write_new(file, err);
        if (status != CORD_OK) {
            return status;
        }
    }
    void *page = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (page == MAP_FAILED) {
        return cord_error_errno(err, "mapping");
    }
    poison->page = page;
    return CORD_OK;
}

cord_status cord_poison_open(int dir, const char *name, struct cord_clock clock,
                             struct cord_poison **ret_poison, struct cord_error *err)
{
    struct cord_poison *poison = calloc(1, sizeof *poison);
    if (!poison || pthread_mutex_init(&poison->lock, NULL) != 0) {
        free(poison);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    poison->opened_ns = monotonic_ns();
    int file = openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    cord_status status = file >= 0 ? map(poison, file, err) : cord_error_errno(err, "opening");
    if (file >= 0) {
        (void)close(file); /* the mapping stays */
    }
    if (status != CORD_OK) {
        cord_error_context(err, "%s", name);
        cord_poison_close(poison);
        return status;
    }
    int64_t now_ns = cord_clock_now_ns(&clock);
    look_at_places(poison, now_ns);
    age(poison, now_ns);
    *ret_poison = poison;
    return CORD_OK;
}

void cord_poison_close(struct cord_poison *poison)
{
    if (!poison) {
        return;
    }
    if (poison->page) {
        (void)munmap(poison->page, sizeof *poison->page);
    }
    (void)pthread_mutex_destroy(&poison->lock);
    free(poison);
}
