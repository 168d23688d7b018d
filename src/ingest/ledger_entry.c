/* ledger_entry.c: the ledger's journal entries, written and read. */
#include "ingest/ledger_internal.h"

#include "base/vec.h"

#include <stdlib.h>

enum {
    KIND_DELTA = 1,
    KIND_SNAPSHOT = 2,
    PART_BYTES = 256 << 10,
    MINUTE_MAX = 153722867, /* of the last nanosecond there is */
};

/* Which counter has which bit, in files: never changed, and none used for another. */
enum { BIT_STORED = 0, BIT_BYTES = 1, BIT_COUNT = 2 + CORD_LOSS_COUNT };

static const unsigned char loss_bits[CORD_LOSS_COUNT] = {
    [CORD_LOSS_MALFORMED] = 2, [CORD_LOSS_OVERSIZE] = 3,  [CORD_LOSS_ENCODING] = 4,
    [CORD_LOSS_EMPTY] = 5,     [CORD_LOSS_FIELDS] = 6,    [CORD_LOSS_UNKNOWN] = 7,
    [CORD_LOSS_FORBIDDEN] = 8, [CORD_LOSS_POISON] = 9,    [CORD_LOSS_PRIVACY] = 10,
    [CORD_LOSS_REPEAT] = 11,   [CORD_LOSS_OVERLOAD] = 12, [CORD_LOSS_KERNEL] = 13,
    [CORD_LOSS_RATE] = 14,
};

/* --- writing --- */

static void put_counts(struct cord_buf *out, const struct cord_ledger_counts *counts)
{
    uint64_t values[BIT_COUNT] = {[BIT_STORED] = counts->stored, [BIT_BYTES] = counts->bytes};
    uint64_t mask = 0;
    for (unsigned i = 0; i < CORD_LOSS_COUNT; i++) {
        values[loss_bits[i]] = counts->lost[i];
    }
    for (unsigned bit = 0; bit < BIT_COUNT; bit++) {
        mask |= (uint64_t)(values[bit] > 0) << bit;
    }
    cord_octets_put_varint(out, mask);
    for (unsigned bit = 0; bit < BIT_COUNT; bit++) {
        if (values[bit] > 0) {
            cord_octets_put_varint(out, values[bit]);
        }
    }
}

static void put_times(struct cord_buf *out, const struct cord_ledger_times *times)
{
    cord_octets_put_u64(out, (uint64_t)times->first_ns);
    cord_octets_put_u64(out, (uint64_t)times->last_ns);
    cord_octets_put_u64(out, (uint64_t)times->contact_ns);
}

void cord_ledger_entry_put(struct cord_buf *out, struct cord_ledger_book *book, uint64_t through,
                           const struct cord_ledger_delta *deltas, size_t count)
{
    cord_buf_clear(out);
    cord_octets_put_varint(out, KIND_DELTA);
    cord_octets_put_varint(out, through);
    cord_octets_put_varint(out, count);
    for (size_t i = 0; i < count; i++) {
        const struct cord_ledger_account *account = cord_ledger_book_at(book, deltas[i].account);
        cord_octets_put_text(out, account->name);
        cord_octets_put_text(out, account->organisation);
        cord_octets_put_varint(out, deltas[i].minute);
        put_times(out, &deltas[i].times);
        put_counts(out, &deltas[i].counts);
    }
}

static void put_account(struct cord_buf *out, const struct cord_ledger_account *account)
{
    cord_octets_put_text(out, account->name);
    cord_octets_put_text(out, account->organisation);
    put_times(out, &account->times);
    put_counts(out, &account->total);
    for (unsigned i = 0; i < CORD_LEDGER_LEVELS; i++) {
        const struct cord_ledger_level *level = &account->levels[i];
        uint32_t before = 0;
        cord_octets_put_varint(out, level->folded);
        cord_octets_put_varint(out, level->count);
        for (size_t k = 0; k < level->count; k++) {
            struct cord_ledger_counts counts = cord_ledger_bucket_counts(&level->buckets[k]);
            cord_octets_put_varint(out, level->buckets[k].minute - before);
            put_counts(out, &counts);
            before = level->buckets[k].minute;
        }
    }
}

cord_status cord_ledger_entry_put_book(struct cord_buf *out, struct cord_ledger_book *book,
                                       uint64_t through, size_t **ret_ends, size_t *ret_count)
{
    size_t *ends = NULL;
    size_t count = 0;
    size_t cap = 0;
    size_t accounts = cord_ledger_book_count(book);
    size_t at = 0;
    cord_buf_clear(out);
    do {
        size_t from = out->len;
        size_t *room = cord_vec_room(ends, count, &cap, sizeof *room);
        if (!room) {
            free(ends);
            return CORD_E_NOMEM;
        }
        ends = room;
        cord_octets_put_varint(out, KIND_SNAPSHOT);
        cord_octets_put_varint(out, through);
        cord_octets_put_varint(out, count);
        while (at < accounts && out->len - from < PART_BYTES && !out->failed) {
            cord_octets_put_varint(out, 1); /* an account follows */
            put_account(out, cord_ledger_book_at(book, at++));
        }
        /* 0: the end of this part, 2: of all. */
        cord_octets_put_varint(out, at < accounts ? 0 : 2);
        ends[count++] = out->len;
    } while (at < accounts && !out->failed);
    if (out->failed) {
        free(ends);
        return CORD_E_LIMIT;
    }
    *ret_ends = ends;
    *ret_count = count;
    return CORD_OK;
}

/* --- reading --- */

static struct cord_ledger_counts read_counts(struct cord_octets *octets)
{
    struct cord_ledger_counts counts = {0};
    uint64_t values[BIT_COUNT] = {0};
    uint64_t mask = cord_octets_varint(octets);
    if (mask >> BIT_COUNT != 0) {
        cord_octets_fail(octets);
    }
    for (unsigned bit = 0; bit < BIT_COUNT && !octets->failed; bit++) {
        values[bit] = mask >> bit & 1 ? cord_octets_varint(octets) : 0;
    }
    counts.stored = values[BIT_STORED];
    counts.bytes = values[BIT_BYTES];
    for (unsigned i = 0; i < CORD_LOSS_COUNT; i++) {
        counts.lost[i] = values[loss_bits[i]];
    }
    return counts;
}

static struct cord_ledger_times read_times(struct cord_octets *octets)
{
    struct cord_ledger_times times = {.first_ns = cord_octets_i64(octets)};
    times.last_ns = cord_octets_i64(octets);
    times.contact_ns = cord_octets_i64(octets);
    return times;
}

static uint32_t read_minute(struct cord_octets *octets, uint32_t before)
{
    uint64_t minute = cord_octets_varint(octets);
    if (minute > MINUTE_MAX - before) {
        cord_octets_fail(octets);
        return 0;
    }
    return before + (uint32_t)minute;
}

/* book NULL: only looks whether it is whole. */
static void read_deltas(struct cord_octets *octets, struct cord_ledger_book *book)
{
    uint64_t count = cord_octets_varint(octets);
    for (uint64_t i = 0; i < count && !octets->failed; i++) {
        cord_str name = cord_octets_text(octets);
        cord_str organisation = cord_octets_text(octets);
        uint32_t minute = read_minute(octets, 0);
        struct cord_ledger_times times = read_times(octets);
        struct cord_ledger_counts counts = read_counts(octets);
        if (book && !octets->failed) {
            cord_ledger_account_add(book, cord_ledger_book_account(book, name, organisation),
                                    minute, &counts, &times);
        }
    }
    if (cord_octets_left(octets) > 0) {
        cord_octets_fail(octets);
    }
}

static void read_account(struct cord_octets *octets, struct cord_ledger_book *book)
{
    cord_str name = cord_octets_text(octets);
    cord_str organisation = cord_octets_text(octets);
    struct cord_ledger_account *account = cord_ledger_book_account(book, name, organisation);
    struct cord_ledger_times times = read_times(octets);
    struct cord_ledger_counts total = read_counts(octets);
    if (octets->failed) {
        return;
    }
    cord_ledger_counts_add(&account->total, &total);
    cord_ledger_times_add(&account->times, &times);
    for (unsigned i = 0; i < CORD_LEDGER_LEVELS; i++) {
        uint32_t minute = 0;
        account->levels[i].folded = read_minute(octets, 0);
        uint64_t count = cord_octets_varint(octets);
        for (uint64_t k = 0; k < count && !octets->failed; k++) {
            minute = read_minute(octets, minute);
            struct cord_ledger_counts counts = read_counts(octets);
            if (!octets->failed) {
                cord_ledger_account_put(book, account, i, minute, &counts);
            }
        }
    }
}

static void drop_fresh(struct cord_ledger_replay *replay)
{
    if (replay->fresh) {
        cord_ledger_book_done(replay->fresh);
        free(replay->fresh);
        replay->fresh = NULL;
    }
}

static struct cord_ledger_book *new_book(uint32_t minutes_kept)
{
    struct cord_ledger_book *book = calloc(1, sizeof *book);
    if (book && cord_ledger_book_init(book, minutes_kept) != CORD_OK) {
        free(book);
        book = NULL;
    }
    return book;
}

cord_status cord_ledger_replay_init(struct cord_ledger_replay *replay, uint32_t minutes_kept)
{
    *replay =
        (struct cord_ledger_replay){.minutes_kept = minutes_kept, .book = new_book(minutes_kept)};
    return replay->book ? CORD_OK : CORD_E_NOMEM;
}

void cord_ledger_replay_done(struct cord_ledger_replay *replay)
{
    drop_fresh(replay);
    if (replay->book) {
        cord_ledger_book_done(replay->book);
        free(replay->book);
        replay->book = NULL;
    }
}

static cord_status replay_delta(struct cord_ledger_replay *replay, struct cord_octets octets)
{
    uint64_t through = cord_octets_varint(&octets);
    struct cord_octets again = octets;
    drop_fresh(replay); /* the snapshot in front of it was not finished */
    read_deltas(&octets, NULL);
    if (octets.failed) {
        return CORD_E_FORMAT;
    }
    read_deltas(&again, replay->book);
    replay->through = through > replay->through ? through : replay->through;
    return CORD_OK;
}

static cord_status replay_snapshot(struct cord_ledger_replay *replay, struct cord_octets octets,
                                   bool *ret_snapshot)
{
    uint64_t through = cord_octets_varint(&octets);
    uint64_t part = cord_octets_varint(&octets);
    uint64_t more = 0;
    if (part == 0) {
        drop_fresh(replay);
        replay->fresh = new_book(replay->minutes_kept);
        replay->fresh_parts = 0;
        if (!replay->fresh) {
            return CORD_E_NOMEM;
        }
    }
    if (!replay->fresh || part != replay->fresh_parts) {
        drop_fresh(replay);
        return CORD_OK; /* a part of it is damaged: the state stays what it was */
    }
    while ((more = cord_octets_varint(&octets)) == 1) {
        read_account(&octets, replay->fresh);
    }
    if (octets.failed || (more != 0 && more != 2) || cord_octets_left(&octets) > 0) {
        drop_fresh(replay);
        return CORD_E_FORMAT;
    }
    replay->fresh_parts++;
    if (more == 2) {
        struct cord_ledger_book *before = replay->book;
        replay->book = replay->fresh;
        replay->fresh = before;
        drop_fresh(replay);
        replay->through = through;
        replay->snapshots++;
        *ret_snapshot = true;
    }
    return CORD_OK;
}

cord_status cord_ledger_replay_entry(struct cord_ledger_replay *replay, cord_str bytes,
                                     bool *ret_snapshot)
{
    struct cord_octets octets = cord_octets_of(bytes);
    uint64_t kind = cord_octets_varint(&octets);
    *ret_snapshot = false;
    if (kind == KIND_DELTA) {
        return replay_delta(replay, octets);
    }
    return kind == KIND_SNAPSHOT ? replay_snapshot(replay, octets, ret_snapshot) : CORD_E_FORMAT;
}
