/*
 * ledger.c: see ledger.h.
 *
 * Two locks, in the order they are taken: `writing`, of whoever writes the
 * journal, and `lock`, of memory, which is never held while the disk is waited
 * for. What is added while a write is under way is part of the next one.
 */
#include "ingest/ledger_internal.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

enum {
    MINUTES_KEPT = 10080,    /* a week */
    DELTAS_MORE_MAX = 16384, /* beside one an account */
    COUNT_ROWS = 16384,      /* rows counted at a time when opening */
    COUNT_BYTES = 32 << 20,
    ROWS_BYTES_MAX = 1 << 30,
};

#define JOURNAL_BYTES (UINT64_C(16) << 20)

struct deltas {
    struct cord_ledger_delta *items;
    size_t count;
    size_t cap;
};

struct cord_ledger {
    struct cord_ledger_options options;
    struct cord_ledger_found found; /* since it was opened: the same */
    pthread_mutex_t writing;        /* guards the journal and what follows */
    struct cord_journal *journal;
    struct cord_buf entry;
    struct cord_buf snapshot;
    uint64_t since_snapshot; /* bytes of entries */
    uint64_t snapshot_bytes; /* of the last one */
    uint64_t snapshot_file;  /* in which it begins; 0: there is none */

    pthread_mutex_t lock; /* guards all that follows */
    struct cord_ledger_book *book;
    struct deltas pending; /* not written */
    struct deltas flight;  /* being written; pending again when that fails */
    size_t idle;           /* accounts, the book's rest included, without a pending delta */
    bool losses;           /* of the pending: something no row of the store stands for */
    uint64_t through;      /* rows up to it are added */
};

/* --- deltas: adding never fails --- */

/* Room for `count` in both arrays; false: out of memory, and they are as before. */
static bool reserve(struct cord_ledger *ledger, size_t count)
{
    struct deltas *both[] = {&ledger->pending, &ledger->flight};
    for (unsigned i = 0; i < 2; i++) {
        size_t cap = count + count / 2 + 16;
        if (both[i]->cap >= count) {
            continue;
        }
        struct cord_ledger_delta *items = realloc(both[i]->items, cap * sizeof *items);
        if (!items) {
            return false;
        }
        both[i]->items = items;
        both[i]->cap = cap;
    }
    return true;
}

/* An account that is new has a place among the deltas, or does not come to be. */
static struct cord_ledger_account *account_of(struct cord_ledger *ledger, cord_str name,
                                              cord_str organisation)
{
    struct cord_ledger_book *book = ledger->book;
    size_t before = book->count;
    if (!reserve(ledger, ledger->pending.count + ledger->idle + 1)) {
        return &book->rest;
    }
    struct cord_ledger_account *account = cord_ledger_book_account(book, name, organisation);
    ledger->idle += book->count - before;
    return account;
}

/* The account's delta of that minute. When there are too many, or no memory, it is its latest
 * of another minute: the sums are right. */
static struct cord_ledger_delta *delta_of(struct cord_ledger *ledger,
                                          struct cord_ledger_account *account, uint32_t minute)
{
    struct deltas *pending = &ledger->pending;
    bool has = account->delta != CORD_LEDGER_NONE;
    size_t needed = pending->count + ledger->idle + (has ? 1 : 0);
    if (has && (pending->items[account->delta].minute == minute ||
                needed > ledger->book->count + DELTAS_MORE_MAX || !reserve(ledger, needed))) {
        return &pending->items[account->delta];
    }
    assert(pending->count < pending->cap);
    ledger->idle -= has ? 0 : 1;
    account->delta = (uint32_t)pending->count;
    pending->items[pending->count++] = (struct cord_ledger_delta){
        .account = account->number,
        .minute = minute,
        .times = {CORD_TIME_NONE, CORD_TIME_NONE, CORD_TIME_NONE},
    };
    return &pending->items[account->delta];
}

static void pend(struct cord_ledger *ledger, struct cord_ledger_account *account, uint32_t minute,
                 const struct cord_ledger_counts *counts, const struct cord_ledger_times *times)
{
    struct cord_ledger_delta *delta = delta_of(ledger, account, minute);
    cord_ledger_counts_add(&delta->counts, counts);
    cord_ledger_times_add(&delta->times, times);
    ledger->losses = ledger->losses || cord_ledger_counts_lost(counts) > 0;
}

static void add(struct cord_ledger *ledger, const struct cord_ledger_entry *entry)
{
    int64_t ns = entry->received_ns;
    bool stored = entry->counts.stored > 0;
    uint32_t minute = cord_ledger_minute(ns);
    const struct cord_ledger_times times = {.first_ns = stored ? ns : CORD_TIME_NONE,
                                            .last_ns = stored ? ns : CORD_TIME_NONE,
                                            .contact_ns = ns};
    struct cord_ledger_account *account = account_of(ledger, entry->source, entry->organisation);
    cord_ledger_account_add(ledger->book, account, minute, &entry->counts, &times);
    pend(ledger, account, minute, &entry->counts, &times);
}

void cord_ledger_add(struct cord_ledger *ledger, const struct cord_ledger_entry *entry)
{
    (void)pthread_mutex_lock(&ledger->lock);
    add(ledger, entry);
    (void)pthread_mutex_unlock(&ledger->lock);
}

void cord_ledger_pending(struct cord_ledger *ledger, cord_str source, cord_str organisation,
                         int64_t count)
{
    (void)pthread_mutex_lock(&ledger->lock);
    account_of(ledger, source, organisation)->pending += count;
    (void)pthread_mutex_unlock(&ledger->lock);
}

bool cord_ledger_must_write(struct cord_ledger *ledger)
{
    (void)pthread_mutex_lock(&ledger->lock);
    bool losses = ledger->losses;
    (void)pthread_mutex_unlock(&ledger->lock);
    return losses;
}

/* --- writing --- */

static void take_off(struct cord_ledger *ledger)
{
    struct deltas taken = ledger->pending;
    for (size_t i = 0; i < taken.count; i++) {
        cord_ledger_book_at(ledger->book, taken.items[i].account)->delta = CORD_LEDGER_NONE;
    }
    ledger->pending = ledger->flight;
    ledger->pending.count = 0;
    ledger->flight = taken;
    ledger->idle = ledger->book->count + 1;
    ledger->losses = false;
}

/* What is in flight could not be written. */
static void bring_back(struct cord_ledger *ledger)
{
    (void)pthread_mutex_lock(&ledger->lock);
    for (size_t i = 0; i < ledger->flight.count; i++) {
        /* By value: pending deltas may come to need room, and both arrays move. */
        struct cord_ledger_delta delta = ledger->flight.items[i];
        pend(ledger, cord_ledger_book_at(ledger->book, delta.account), delta.minute, &delta.counts,
             &delta.times);
    }
    (void)pthread_mutex_unlock(&ledger->lock);
}

static bool snapshot_is_due(const struct cord_ledger *ledger, size_t entry_bytes)
{
    uint64_t every = ledger->options.journal_bytes;
    uint64_t most = 2 * ledger->snapshot_bytes;
    return ledger->since_snapshot + entry_bytes >= (every > most ? every : most);
}

static cord_status append_snapshot(struct cord_ledger *ledger, const size_t *ends, size_t count,
                                   uint64_t *ret_file)
{
    size_t from = 0;
    cord_status status = CORD_OK;
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        struct cord_journal_place place = {0};
        cord_str part = cord_str_slice(cord_buf_str(&ledger->snapshot), from, ends[i] - from);
        status = cord_journal_append(ledger->journal, part, &place, NULL);
        from = ends[i];
        *ret_file = i == 0 ? place.file : *ret_file;
    }
    return status == CORD_OK ? cord_journal_sync(ledger->journal, NULL) : status;
}

/* The state is in the entries before it anyhow: one that fails is tried again later. */
static void write_snapshot(struct cord_ledger *ledger, const size_t *ends, size_t count)
{
    uint64_t file = 0;
    if (append_snapshot(ledger, ends, count, &file) != CORD_OK) {
        ledger->since_snapshot /= 2;
        return;
    }
    /* What is in front of the one before, too: should this one be damaged. */
    if (ledger->snapshot_file > 0) {
        const struct cord_journal_place before = {.file = ledger->snapshot_file};
        (void)!cord_journal_drop(ledger->journal, before, NULL);
    }
    ledger->snapshot_file = file;
    ledger->snapshot_bytes = ledger->snapshot.len;
    ledger->since_snapshot = 0;
}

static cord_status write_entry(struct cord_ledger *ledger, struct cord_error *err)
{
    cord_status status =
        cord_journal_append(ledger->journal, cord_buf_str(&ledger->entry), NULL, err);
    return status == CORD_OK ? cord_journal_sync(ledger->journal, err) : status;
}

/* Under `writing`. */
static cord_status write_pending(struct cord_ledger *ledger, uint64_t through, bool always,
                                 struct cord_error *err)
{
    size_t *ends = NULL;
    size_t parts = 0;
    (void)pthread_mutex_lock(&ledger->lock);
    bool any = always || ledger->pending.count > 0 || through > ledger->through;
    ledger->through = through > ledger->through ? through : ledger->through;
    if (any) {
        cord_ledger_entry_put(&ledger->entry, ledger->book, ledger->through, ledger->pending.items,
                              ledger->pending.count);
    }
    if (!any || ledger->entry.failed) {
        (void)pthread_mutex_unlock(&ledger->lock);
        return any ? cord_error_set(err, CORD_E_NOMEM, "out of memory") : CORD_OK;
    }
    /* What the entry adds, and nothing that comes later, is in it. */
    if (snapshot_is_due(ledger, ledger->entry.len) &&
        cord_ledger_entry_put_book(&ledger->snapshot, ledger->book, ledger->through, &ends,
                                   &parts) != CORD_OK) {
        parts = 0;
    }
    take_off(ledger);
    (void)pthread_mutex_unlock(&ledger->lock);
    cord_status status = write_entry(ledger, err);
    if (status != CORD_OK) {
        bring_back(ledger);
    } else {
        ledger->since_snapshot += ledger->entry.len;
    }
    if (status == CORD_OK && parts > 0) {
        write_snapshot(ledger, ends, parts);
    }
    free(ends);
    return status;
}

cord_status cord_ledger_write(struct cord_ledger *ledger, uint64_t through, struct cord_error *err)
{
    assert(!ledger->options.read_only);
    (void)pthread_mutex_lock(&ledger->writing);
    cord_status status = write_pending(ledger, through, false, err);
    (void)pthread_mutex_unlock(&ledger->writing);
    return status;
}

/* --- opening --- */

struct opening {
    struct cord_ledger *ledger;
    struct cord_ledger_replay replay;
};

static cord_status replay_entry(void *self, struct cord_journal_place place, cord_str bytes)
{
    struct opening *opening = self;
    struct cord_ledger *ledger = opening->ledger;
    bool snapshot = false;
    cord_status status = cord_ledger_replay_entry(&opening->replay, bytes, &snapshot);
    ledger->since_snapshot += bytes.len;
    if (snapshot) {
        ledger->since_snapshot = 0;
        ledger->snapshot_file = place.file;
    }
    if (status == CORD_E_FORMAT) {
        ledger->found.unknown++;
        return CORD_OK;
    }
    return status;
}

static cord_status read_journal(struct cord_ledger *ledger, struct cord_error *err)
{
    struct opening opening = {.ledger = ledger};
    const struct cord_ledger_options *options = &ledger->options;
    const struct cord_journal_options journal = {.files = options->files,
                                                 .dir = options->dir,
                                                 .name = "ledger",
                                                 .file_bytes = options->journal_bytes,
                                                 .entry_bytes_max = CORD_LEDGER_ENTRY_MAX,
                                                 .read_only = options->read_only};
    cord_status status = cord_ledger_replay_init(&opening.replay, options->minutes_kept);
    if (status != CORD_OK) {
        return cord_error_set(err, status, "out of memory");
    }
    status = cord_journal_open(&journal, replay_entry, &opening, &ledger->journal,
                               &ledger->found.journal, err);
    if (status == CORD_OK) {
        ledger->book = opening.replay.book;
        opening.replay.book = NULL;
        ledger->through = opening.replay.through;
        ledger->idle = ledger->book->count + 1;
    }
    cord_ledger_replay_done(&opening.replay);
    if (status == CORD_OK && !reserve(ledger, ledger->idle)) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    return status;
}

/* Whether the store has a row of that number or above; *ret_next is behind the first. */
static cord_status probe(struct cord_evidence *evidence, struct cord_rows *rows, uint64_t first,
                         uint64_t *ret_next, struct cord_error *err)
{
    cord_rows_reset(rows);
    cord_status status = evidence->ops->range(evidence, first, 1, 1, rows, ret_next, err);
    return status == CORD_E_FORMAT ? CORD_OK : status;
}

/* The highest number of a row, by halving. */
static cord_status find_last(struct cord_evidence *evidence, struct cord_rows *rows,
                             uint64_t *ret_last, struct cord_error *err)
{
    uint64_t none = UINT64_MAX; /* from here on there are none */
    uint64_t next = 1;          /* up to here there may be */
    while (next < none) {
        uint64_t span = none - next;
        /* Numbers begin at 1 and have few gaps: doubling finds the end sooner. */
        uint64_t first = none == UINT64_MAX && next < none / 2 ? next * 2 - 1 : next + span / 2;
        uint64_t behind = 0;
        cord_status status = probe(evidence, rows, first, &behind, err);
        if (status == CORD_E_END) {
            none = first;
        } else if (status == CORD_OK) {
            next = behind;
        } else {
            return status;
        }
    }
    *ret_last = next - 1;
    return CORD_OK;
}

static void count_rows(struct cord_ledger *ledger, const struct cord_rows *rows)
{
    (void)pthread_mutex_lock(&ledger->lock);
    for (size_t at = 0; at < cord_rows_count(rows); at++) {
        const struct cord_row *row = cord_rows_at(rows, at);
        const struct cord_origin *origin = cord_rows_origin_at(rows, row->origin);
        const struct cord_ledger_entry entry = {.source = origin->source,
                                                .organisation = origin->organisation,
                                                .received_ns = row->received_ns,
                                                .counts = {.stored = 1, .bytes = row->raw_len}};
        add(ledger, &entry);
        ledger->found.recounted++;
    }
    (void)pthread_mutex_unlock(&ledger->lock);
}

/* Rows that were stored and not counted any more when the process ended. */
static cord_status count_beyond(struct cord_ledger *ledger, struct cord_evidence *evidence,
                                struct cord_rows *rows, struct cord_error *err)
{
    uint64_t next = ledger->through + 1;
    cord_status status = CORD_OK;
    while (status == CORD_OK && next > 0) {
        cord_rows_reset(rows);
        status = evidence->ops->range(evidence, next, COUNT_ROWS, COUNT_BYTES, rows, &next, err);
        if (status == CORD_OK || status == CORD_E_FORMAT) {
            ledger->found.uncounted = ledger->found.uncounted || status == CORD_E_FORMAT;
            count_rows(ledger, rows);
            ledger->through = next - 1;
            status = CORD_OK;
        }
    }
    return status == CORD_E_END ? CORD_OK : status;
}

static cord_status ask_evidence(struct cord_ledger *ledger, struct cord_evidence *evidence,
                                struct cord_error *err)
{
    uint64_t last = 0;
    bool begins = ledger->found.journal.entries == 0;
    struct cord_rows *rows = cord_rows_new(ROWS_BYTES_MAX, 1);
    if (!rows) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    cord_status status =
        begins ? find_last(evidence, rows, &last, err) : count_beyond(ledger, evidence, rows, err);
    cord_rows_free(rows);
    if (status == CORD_OK && begins) {
        /* From here on every row of the store is counted, and that must last. */
        status = write_pending(ledger, last, true, err);
    } else if (status == CORD_OK && ledger->found.recounted > 0) {
        (void)!write_pending(ledger, ledger->through, true, NULL); /* or with the next */
    }
    return status;
}

static struct cord_ledger *new_ledger(const struct cord_ledger_options *options)
{
    struct cord_ledger *ledger = calloc(1, sizeof *ledger);
    if (!ledger) {
        return NULL;
    }
    if (pthread_mutex_init(&ledger->writing, NULL) != 0) {
        free(ledger);
        return NULL;
    }
    if (pthread_mutex_init(&ledger->lock, NULL) != 0) {
        (void)pthread_mutex_destroy(&ledger->writing);
        free(ledger);
        return NULL;
    }
    ledger->options = *options;
    if (options->minutes_kept == 0) {
        ledger->options.minutes_kept = MINUTES_KEPT;
    }
    if (options->journal_bytes == 0) {
        ledger->options.journal_bytes = JOURNAL_BYTES;
    }
    cord_buf_init(&ledger->entry, CORD_LEDGER_ENTRY_MAX);
    cord_buf_init(&ledger->snapshot, SIZE_MAX / 2);
    return ledger;
}

cord_status cord_ledger_open(const struct cord_ledger_options *options,
                             struct cord_evidence *evidence, struct cord_ledger **ret_ledger,
                             struct cord_error *err)
{
    struct cord_ledger *ledger = new_ledger(options);
    if (!ledger) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    cord_status status = read_journal(ledger, err);
    if (status == CORD_OK && !options->read_only) {
        status = ask_evidence(ledger, evidence, err);
    }
    if (status != CORD_OK) {
        cord_error_context(err, "loss ledger");
        cord_ledger_close(ledger);
        return status;
    }
    *ret_ledger = ledger;
    return CORD_OK;
}

void cord_ledger_close(struct cord_ledger *ledger)
{
    if (!ledger) {
        return;
    }
    if (ledger->book) {
        cord_ledger_book_done(ledger->book);
        free(ledger->book);
    }
    free(ledger->pending.items);
    free(ledger->flight.items);
    cord_buf_done(&ledger->entry);
    cord_buf_done(&ledger->snapshot);
    cord_journal_close(ledger->journal);
    (void)pthread_mutex_destroy(&ledger->lock);
    (void)pthread_mutex_destroy(&ledger->writing);
    free(ledger);
}

const struct cord_ledger_found *cord_ledger_found(const struct cord_ledger *ledger)
{
    return &ledger->found;
}

/* --- asking --- */

static int compare_sources(const void *a, const void *b)
{
    const struct cord_ledger_source *x = a;
    const struct cord_ledger_source *y = b;
    int order = cord_str_compare(x->name, y->name);
    return order != 0 ? order : cord_str_compare(x->organisation, y->organisation);
}

static struct cord_ledger_source *copy_sources(struct cord_ledger *ledger, size_t *ret_count)
{
    (void)pthread_mutex_lock(&ledger->lock);
    size_t count = cord_ledger_book_count(ledger->book);
    struct cord_ledger_source *sources = calloc(count + 1, sizeof *sources);
    for (size_t i = 0; sources && i < count; i++) {
        const struct cord_ledger_account *account = cord_ledger_book_at(ledger->book, i);
        sources[i] = (struct cord_ledger_source){
            .name = account->name,
            .organisation = account->organisation,
            .first_ns = account->times.first_ns,
            .last_ns = account->times.last_ns,
            .last_contact_ns = account->times.contact_ns,
            .pending = account->pending > 0 ? (uint64_t)account->pending : 0,
            .total = account->total,
        };
    }
    (void)pthread_mutex_unlock(&ledger->lock);
    *ret_count = count;
    return sources;
}

cord_status cord_ledger_sources(struct cord_ledger *ledger,
                                cord_status (*put)(void *self, const struct cord_ledger_source *),
                                void *self)
{
    size_t count = 0;
    struct cord_ledger_source *sources = copy_sources(ledger, &count);
    cord_status status = CORD_OK;
    if (!sources) {
        return CORD_E_NOMEM;
    }
    if (count > 1) {
        qsort(sources, count, sizeof *sources, compare_sources);
    }
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        status = put(self, &sources[i]);
    }
    free(sources);
    return status;
}

/* The account of that place, if it is of the source and there are so many; under the lock. */
static const struct cord_ledger_account *account_at(const struct cord_ledger *ledger, size_t at,
                                                    cord_str source, bool *ret_end)
{
    *ret_end = at >= cord_ledger_book_count(ledger->book);
    if (*ret_end) {
        return NULL;
    }
    const struct cord_ledger_account *account = cord_ledger_book_at(ledger->book, at);
    return source.len == 0 || cord_str_eq(account->name, source) ? account : NULL;
}

/* The lock is let go between accounts: whoever adds does not wait for all of them. */
static cord_status sum_minutes(struct cord_ledger *ledger, cord_str source,
                               struct cord_ledger_sums *sums)
{
    cord_status status = CORD_OK;
    for (unsigned pass = 0; pass < 2 && status == CORD_OK; pass++) {
        bool end = false;
        for (size_t at = 0; !end && status == CORD_OK; at++) {
            (void)pthread_mutex_lock(&ledger->lock);
            const struct cord_ledger_account *account = account_at(ledger, at, source, &end);
            if (account && pass == 0) {
                status = cord_ledger_sums_find(sums, account);
            } else if (account) {
                cord_ledger_sums_add(sums, account);
            }
            (void)pthread_mutex_unlock(&ledger->lock);
        }
        if (pass == 0 && status == CORD_OK) {
            status = cord_ledger_sums_settle(sums);
        }
    }
    return status;
}

cord_status cord_ledger_minutes(struct cord_ledger *ledger, cord_str source, int64_t from_ns,
                                int64_t to_ns,
                                cord_status (*put)(void *self, int64_t minute_ns,
                                                   const struct cord_ledger_counts *),
                                void *self)
{
    struct cord_ledger_sums sums = {.from_ns = from_ns, .to_ns = to_ns};
    cord_status status = sum_minutes(ledger, source, &sums);
    for (size_t i = 0; i < sums.count && status == CORD_OK; i++) {
        status = put(self, cord_ledger_minute_ns(sums.minutes[i]), &sums.counts[i]);
    }
    cord_ledger_sums_done(&sums);
    return status;
}
