/* ledger_book.c: accounts and their buckets. */
#include "ingest/ledger_internal.h"

#include "base/vec.h"

#include <stdlib.h>

enum {
    TEXTS_BYTES_MAX = 96 << 20,
    BUCKETS_MAX = 2 << 20, /* minutes of all accounts: 64 MiB */
    MINUTES_MIN = 60,
    HOURS_MAX = 10000,
    DAYS_MAX = 8000,
};

static const uint32_t widths[CORD_LEDGER_LEVELS] = {1, 60, 1440};

uint32_t cord_ledger_minute(int64_t ns)
{
    /* What a broken clock says before 1970 is its first minute; the last possible
     * nanosecond is far from the highest minute. */
    return ns > 0 ? (uint32_t)(ns / (60 * CORD_SECOND_NS)) : 0;
}

/* --- counts --- */

uint64_t cord_ledger_counts_lost(const struct cord_ledger_counts *counts)
{
    uint64_t lost = 0;
    for (unsigned i = 0; i < CORD_LOSS_COUNT; i++) {
        lost += counts->lost[i];
    }
    return lost;
}

void cord_ledger_counts_add(struct cord_ledger_counts *counts,
                            const struct cord_ledger_counts *more)
{
    counts->stored += more->stored;
    counts->bytes += more->bytes;
    for (unsigned i = 0; i < CORD_LOSS_COUNT; i++) {
        counts->lost[i] += more->lost[i];
    }
    counts->received = counts->stored + cord_ledger_counts_lost(counts);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a == CORD_TIME_NONE || (b != CORD_TIME_NONE && b < a) ? b : a;
}

static int64_t later(int64_t a, int64_t b)
{
    return b > a ? b : a; /* CORD_TIME_NONE is before all others */
}

void cord_ledger_times_add(struct cord_ledger_times *times, const struct cord_ledger_times *more)
{
    times->first_ns = earlier(times->first_ns, more->first_ns);
    times->last_ns = later(times->last_ns, more->last_ns);
    times->contact_ns = later(times->contact_ns, more->contact_ns);
}

struct cord_ledger_counts cord_ledger_bucket_counts(const struct cord_ledger_bucket *bucket)
{
    struct cord_ledger_counts counts = {.stored = bucket->stored, .bytes = bucket->bytes};
    if (bucket->lost) {
        memcpy(counts.lost, bucket->lost, sizeof counts.lost);
    }
    counts.received = counts.stored + cord_ledger_counts_lost(&counts);
    return counts;
}

/* --- buckets --- */

static void bucket_add(struct cord_ledger_bucket *bucket, const struct cord_ledger_counts *counts)
{
    bucket->stored += counts->stored;
    bucket->bytes += counts->bytes;
    if (cord_ledger_counts_lost(counts) == 0) {
        return;
    }
    if (!bucket->lost) {
        bucket->lost = calloc(CORD_LOSS_COUNT, sizeof *bucket->lost);
    }
    for (unsigned i = 0; bucket->lost && i < CORD_LOSS_COUNT; i++) {
        bucket->lost[i] += counts->lost[i];
    }
}

/* The first bucket at or behind the minute. */
static size_t find_bucket(const struct cord_ledger_level *level, uint32_t minute)
{
    size_t low = 0;
    size_t high = level->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (level->buckets[middle].minute < minute) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void level_add(struct cord_ledger_level *level, uint32_t minute,
                      const struct cord_ledger_counts *counts)
{
    size_t at = level->count;
    if (at > 0 && level->buckets[at - 1].minute >= minute) {
        at = find_bucket(level, minute);
    }
    if (at < level->count && level->buckets[at].minute == minute) {
        bucket_add(&level->buckets[at], counts);
        return;
    }
    struct cord_ledger_bucket *room =
        cord_vec_room(level->buckets, level->count, &level->cap, sizeof *room);
    if (room) {
        level->buckets = room;
        memmove(room + at + 1, room + at, (level->count - at) * sizeof *room);
        room[at] = (struct cord_ledger_bucket){.minute = minute};
        level->count++;
    } else if (level->count == 0) {
        return; /* the total has it */
    } else {
        at = at < level->count ? at : level->count - 1;
    }
    bucket_add(&level->buckets[at], counts);
}

/* The oldest quarter goes to the next level, whole buckets of that; at the last one it becomes
 * one. */
static void fold(struct cord_ledger_account *account, unsigned number)
{
    struct cord_ledger_level *level = &account->levels[number];
    struct cord_ledger_level *next = number + 1 < CORD_LEDGER_LEVELS ? level + 1 : NULL;
    uint32_t width = next ? widths[number + 1] : 1;
    uint32_t end = level->buckets[level->count / 4].minute;
    end = end / width * width + width;
    size_t cut = find_bucket(level, end);
    for (size_t i = 0; i < cut; i++) {
        struct cord_ledger_bucket *bucket = &level->buckets[i];
        struct cord_ledger_counts counts = cord_ledger_bucket_counts(bucket);
        if (next) {
            level_add(next, bucket->minute / width * width, &counts);
        } else if (i + 1 < cut) {
            bucket_add(&level->buckets[cut - 1], &counts);
        }
        if (next || i + 1 < cut) {
            free(bucket->lost);
        }
    }
    cut -= next ? 0 : 1;
    level->count -= cut;
    memmove(level->buckets, level->buckets + cut, level->count * sizeof *level->buckets);
    level->folded = next ? end : 0;
}

static size_t level_max(const struct cord_ledger_book *book, unsigned level)
{
    size_t fair = BUCKETS_MAX / (book->count + 1);
    size_t minutes = book->minutes_kept < fair ? book->minutes_kept : fair;
    if (level > 0) {
        return level == 1 ? HOURS_MAX : DAYS_MAX;
    }
    return minutes > MINUTES_MIN ? minutes : MINUTES_MIN;
}

void cord_ledger_account_put(struct cord_ledger_book *book, struct cord_ledger_account *account,
                             unsigned level, uint32_t minute,
                             const struct cord_ledger_counts *counts)
{
    while (level + 1 < CORD_LEDGER_LEVELS && minute < account->levels[level].folded) {
        level++;
    }
    level_add(&account->levels[level], minute / widths[level] * widths[level], counts);
    for (; level < CORD_LEDGER_LEVELS; level++) {
        if (account->levels[level].count > level_max(book, level)) {
            fold(account, level);
        }
    }
}

void cord_ledger_account_add(struct cord_ledger_book *book, struct cord_ledger_account *account,
                             uint32_t minute, const struct cord_ledger_counts *counts,
                             const struct cord_ledger_times *times)
{
    cord_ledger_counts_add(&account->total, counts);
    cord_ledger_times_add(&account->times, times);
    if (counts->stored > 0 || counts->bytes > 0 || cord_ledger_counts_lost(counts) > 0) {
        cord_ledger_account_put(book, account, 0, minute, counts);
    }
}

/* --- accounts --- */

static void account_init(struct cord_ledger_account *account)
{
    *account = (struct cord_ledger_account){
        .name = CORD_STR("(more)"),
        .organisation = CORD_STR(""),
        .times = {CORD_TIME_NONE, CORD_TIME_NONE, CORD_TIME_NONE},
        .number = CORD_LEDGER_NONE,
        .delta = CORD_LEDGER_NONE,
    };
}

static void account_done(struct cord_ledger_account *account)
{
    for (unsigned i = 0; i < CORD_LEDGER_LEVELS; i++) {
        struct cord_ledger_level *level = &account->levels[i];
        for (size_t k = 0; k < level->count; k++) {
            free(level->buckets[k].lost);
        }
        free(level->buckets);
    }
}

cord_status cord_ledger_book_init(struct cord_ledger_book *book, uint32_t minutes_kept)
{
    *book = (struct cord_ledger_book){.minutes_kept = minutes_kept};
    account_init(&book->rest);
    cord_map_init(&book->map, 1); /* names are the configuration's, not a stranger's */
    book->arena = cord_arena_new(TEXTS_BYTES_MAX);
    return book->arena ? CORD_OK : CORD_E_NOMEM;
}

void cord_ledger_book_done(struct cord_ledger_book *book)
{
    for (size_t i = 0; i < book->count; i++) {
        account_done(book->accounts[i]);
        free(book->accounts[i]);
    }
    account_done(&book->rest);
    free(book->accounts);
    cord_map_done(&book->map);
    cord_arena_free(book->arena);
}

static struct cord_ledger_account *make_account(struct cord_ledger_book *book, cord_str key,
                                                size_t organisation_len)
{
    if (book->count == CORD_LEDGER_ACCOUNTS_MAX) {
        return NULL;
    }
    struct cord_ledger_account **room =
        cord_vec_room(book->accounts, book->count, &book->cap, sizeof(*room));
    if (!room) {
        return NULL;
    }
    book->accounts = room;
    struct cord_ledger_account *account = calloc(1, sizeof *account);
    cord_str copy = cord_arena_copy(book->arena, key);
    if (!account || !copy.ptr || cord_map_put(&book->map, copy, (uint32_t)book->count) != CORD_OK) {
        free(account);
        return NULL;
    }
    account_init(account);
    account->organisation = cord_str_slice(copy, 0, organisation_len);
    account->name = cord_str_from_byte(copy, organisation_len + 1);
    account->number = (uint32_t)book->count;
    room[book->count++] = account;
    return account;
}

struct cord_ledger_account *cord_ledger_book_account(struct cord_ledger_book *book, cord_str name,
                                                     cord_str organisation)
{
    char bytes[2 * CORD_LEDGER_NAME_MAX + 1];
    name = cord_str_slice(name, 0, CORD_LEDGER_NAME_MAX);
    organisation = cord_str_slice(organisation, 0, CORD_LEDGER_NAME_MAX);
    if (organisation.len > 0) {
        memcpy(bytes, organisation.ptr, organisation.len);
    }
    bytes[organisation.len] = '\0';
    if (name.len > 0) {
        memcpy(bytes + organisation.len + 1, name.ptr, name.len);
    }
    cord_str key = {bytes, organisation.len + 1 + name.len};
    uint32_t found = cord_map_get(&book->map, key);
    if (found != CORD_MAP_NONE) {
        return book->accounts[found];
    }
    struct cord_ledger_account *made = make_account(book, key, organisation.len);
    return made ? made : &book->rest;
}

size_t cord_ledger_book_count(const struct cord_ledger_book *book)
{
    const struct cord_ledger_account *rest = &book->rest;
    return book->count + (rest->total.received > 0 || rest->pending != 0);
}

struct cord_ledger_account *cord_ledger_book_at(struct cord_ledger_book *book, size_t at)
{
    return at < book->count ? book->accounts[at] : &book->rest;
}
