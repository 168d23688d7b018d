/* quarantine.c: see quarantine.h. */
#include "ingest/quarantine.h"

#include "base/octets.h"
#include "base/timestamp.h"
#include "base/vec.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    KIND_RECORD = 1,
    KIND_TALLY = 2,
    NAME_MAX_BYTES = 255,
    ENTRY_MAX = CORD_QUARANTINE_BYTES_MAX + 4096,
    FILES = 16,            /* so many make bytes_max */
    SYNC_BYTES = 4 << 20,  /* a file can only be left when it is durable */
    PAUSE_PUTS = 256,      /* on a full disk only one of so many is tried */
    ENTRY_HEAD_BYTES = 24, /* of the journal */
};

#define BYTES_MAX (UINT64_C(256) << 20)

struct held {
    uint64_t file;
    uint64_t bytes;
    uint64_t records;
};

/* What a journal says, and what is in memory while it is written. */
struct state {
    struct held *held; /* ascending by file */
    size_t count;
    size_t cap;
    uint64_t gone; /* files below it are dropped, or to be */
    uint64_t dropped;
    uint64_t not_kept;
};

struct cord_quarantine {
    struct cord_quarantine_options options;
    pthread_mutex_t lock; /* guards all that follows */
    struct cord_journal *journal;
    struct state state;
    struct cord_buf entry;
    uint64_t unsynced; /* bytes of entries, and records among them */
    uint64_t unsynced_records;
    unsigned pause;  /* puts until the disk is tried again */
    bool tally_owed; /* what could not be kept is not written down yet */
};

static struct cord_journal_options journal_options(const struct cord_quarantine_options *options,
                                                   bool read_only)
{
    uint64_t bytes_max = options->bytes_max > 0 ? options->bytes_max : BYTES_MAX;
    return (struct cord_journal_options){.files = options->files,
                                         .dir = options->dir,
                                         .name = "quarantine",
                                         .file_bytes = bytes_max / FILES + 1,
                                         .entry_bytes_max = ENTRY_MAX,
                                         .read_only = read_only};
}

/* --- entries (docs/journal-format.md) --- */

static void put_record(struct cord_buf *out, const struct cord_quarantine_record *record)
{
    bool secret = record->reason == CORD_LOSS_PRIVACY;
    cord_str bytes = cord_str_slice(record->bytes, 0, secret ? 0 : CORD_QUARANTINE_BYTES_MAX);
    cord_buf_clear(out);
    cord_octets_put_varint(out, KIND_RECORD);
    cord_octets_put_u64(out, (uint64_t)record->received_ns);
    cord_octets_put_text(out, cord_str_slice(record->source, 0, NAME_MAX_BYTES));
    cord_octets_put_text(out, cord_str_slice(record->organisation, 0, NAME_MAX_BYTES));
    cord_octets_put_text(out, cord_str_from(cord_loss_name(record->reason)));
    cord_octets_put_text(out, cord_str_slice(record->detail, 0, CORD_QUARANTINE_DETAIL_MAX));
    cord_octets_put_varint(out, record->len > 0 ? record->len : record->bytes.len);
    cord_octets_put_text(out, bytes);
}

static bool reason_of(cord_str name, enum cord_loss_reason *ret_reason)
{
    for (unsigned i = 0; i < CORD_LOSS_COUNT; i++) {
        if (cord_str_eq(name, cord_str_from(cord_loss_name((enum cord_loss_reason)i)))) {
            *ret_reason = (enum cord_loss_reason)i;
            return true;
        }
    }
    return false;
}

static bool read_record(struct cord_octets octets, struct cord_quarantine_record *ret_record)
{
    struct cord_quarantine_record record = {.received_ns = cord_octets_i64(&octets)};
    record.source = cord_octets_text(&octets);
    record.organisation = cord_octets_text(&octets);
    bool known = reason_of(cord_octets_text(&octets), &record.reason);
    record.detail = cord_octets_text(&octets);
    record.len = cord_octets_varint(&octets);
    record.bytes = cord_octets_text(&octets);
    *ret_record = record;
    return known && !octets.failed && cord_octets_left(&octets) == 0;
}

static void put_tally(struct cord_buf *out, const struct state *state)
{
    cord_buf_clear(out);
    cord_octets_put_varint(out, KIND_TALLY);
    cord_octets_put_varint(out, state->gone);
    cord_octets_put_varint(out, state->dropped);
    cord_octets_put_varint(out, state->not_kept);
}

/* --- what there is --- */

static cord_status hold(struct state *state, uint64_t file, uint64_t bytes, uint64_t records)
{
    if (state->count == 0 || state->held[state->count - 1].file != file) {
        struct held *held = cord_vec_room(state->held, state->count, &state->cap, sizeof *held);
        if (!held) {
            return CORD_E_NOMEM;
        }
        state->held = held;
        held[state->count++] = (struct held){.file = file};
    }
    state->held[state->count - 1].bytes += bytes;
    state->held[state->count - 1].records += records;
    return CORD_OK;
}

static uint64_t held_bytes(const struct state *state)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < state->count; i++) {
        bytes += state->held[i].bytes;
    }
    return bytes;
}

static void let_go(struct state *state, size_t files)
{
    state->count -= files;
    memmove(state->held, state->held + files, state->count * sizeof *state->held);
}

/* Files that were to be dropped when the process ended: their records are counted so. */
static void let_go_gone(struct state *state)
{
    size_t files = 0;
    while (files < state->count && state->held[files].file < state->gone) {
        files++;
    }
    if (files > 0) {
        let_go(state, files);
    }
}

struct reading {
    struct state state;
    cord_status (*put)(void *self, const struct cord_quarantine_record *);
    void *self;
};

static cord_status read_entry(void *self, struct cord_journal_place place, cord_str bytes)
{
    struct reading *reading = self;
    struct cord_octets octets = cord_octets_of(bytes);
    struct cord_quarantine_record record;
    uint64_t kind = cord_octets_varint(&octets);
    uint64_t on_disk = ENTRY_HEAD_BYTES + bytes.len;
    if (kind == KIND_TALLY) {
        uint64_t gone = cord_octets_varint(&octets);
        uint64_t dropped = cord_octets_varint(&octets);
        uint64_t not_kept = cord_octets_varint(&octets);
        if (!octets.failed) {
            reading->state.gone = gone;
            reading->state.dropped = dropped;
            reading->state.not_kept = not_kept;
        }
        return hold(&reading->state, place.file, on_disk, 0);
    }
    /* What is none of ours takes room and is nobody's record. */
    bool ours = kind == KIND_RECORD && read_record(octets, &record);
    cord_status status = hold(&reading->state, place.file, on_disk, ours ? 1 : 0);
    return status == CORD_OK && ours && reading->put ? reading->put(reading->self, &record)
                                                     : status;
}

static void figures_of(const struct state *state, struct cord_quarantine_figures *ret_figures)
{
    *ret_figures = (struct cord_quarantine_figures){
        .bytes = held_bytes(state), .dropped = state->dropped, .not_kept = state->not_kept};
    for (size_t i = 0; i < state->count; i++) {
        ret_figures->kept += state->held[i].records;
    }
}

cord_status cord_quarantine_each(const struct cord_quarantine_options *options,
                                 cord_status (*put)(void *self,
                                                    const struct cord_quarantine_record *),
                                 void *self, struct cord_quarantine_figures *ret_figures,
                                 struct cord_error *err)
{
    struct reading reading = {.put = put, .self = self};
    const struct cord_journal_options journal = journal_options(options, true);
    struct cord_journal *opened = NULL;
    struct cord_journal_found found;
    cord_status status = cord_journal_open(&journal, read_entry, &reading, &opened, &found, err);
    if (status == CORD_OK) {
        let_go_gone(&reading.state);
        figures_of(&reading.state, ret_figures);
    }
    cord_journal_close(opened);
    free(reading.state.held);
    return status;
}

/* --- keeping --- */

cord_status cord_quarantine_open(const struct cord_quarantine_options *options,
                                 struct cord_quarantine **ret_quarantine, struct cord_error *err)
{
    struct reading reading = {.put = NULL};
    const struct cord_journal_options journal = journal_options(options, false);
    struct cord_journal_found found;
    struct cord_quarantine *quarantine = calloc(1, sizeof *quarantine);
    if (!quarantine || pthread_mutex_init(&quarantine->lock, NULL) != 0) {
        free(quarantine);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    quarantine->options = *options;
    if (options->bytes_max == 0) {
        quarantine->options.bytes_max = BYTES_MAX;
    }
    cord_buf_init(&quarantine->entry, ENTRY_MAX);
    cord_status status =
        cord_journal_open(&journal, read_entry, &reading, &quarantine->journal, &found, err);
    quarantine->state = reading.state;
    if (status != CORD_OK) {
        cord_quarantine_close(quarantine);
        return status;
    }
    let_go_gone(&quarantine->state);
    const struct cord_journal_place gone = {.file = quarantine->state.gone};
    (void)!cord_journal_drop(quarantine->journal, gone, NULL); /* or the next time */
    *ret_quarantine = quarantine;
    return CORD_OK;
}

static cord_status append(struct cord_quarantine *quarantine, uint64_t records)
{
    struct cord_journal_place place = {0};
    if (quarantine->entry.failed) {
        return CORD_E_NOMEM;
    }
    cord_status status =
        cord_journal_append(quarantine->journal, cord_buf_str(&quarantine->entry), &place, NULL);
    if (status != CORD_OK) {
        return status;
    }
    quarantine->unsynced += ENTRY_HEAD_BYTES + quarantine->entry.len;
    quarantine->unsynced_records += records;
    /* Without memory to note its size it is there all the same, and counted when opened again. */
    (void)!hold(&quarantine->state, place.file, ENTRY_HEAD_BYTES + quarantine->entry.len, records);
    return CORD_OK;
}

/* What a sync that fails takes away was kept, and is not: all of it is in the last file. */
static void make_durable(struct cord_quarantine *quarantine)
{
    struct state *state = &quarantine->state;
    if (cord_journal_sync(quarantine->journal, NULL) != CORD_OK && state->count > 0) {
        struct held *last = &state->held[state->count - 1];
        last->bytes -= quarantine->unsynced < last->bytes ? quarantine->unsynced : last->bytes;
        last->records -= quarantine->unsynced_records < last->records ? quarantine->unsynced_records
                                                                      : last->records;
        state->not_kept += quarantine->unsynced_records;
        quarantine->pause = PAUSE_PUTS;
        quarantine->tally_owed = true;
    }
    quarantine->unsynced = 0;
    quarantine->unsynced_records = 0;
}

static void write_tally(struct cord_quarantine *quarantine)
{
    put_tally(&quarantine->entry, &quarantine->state);
    quarantine->tally_owed = append(quarantine, 0) != CORD_OK;
}

/* First it is said, then done: whoever opens it in between does it again. */
static void make_room(struct cord_quarantine *quarantine)
{
    struct state *state = &quarantine->state;
    size_t files = 0;
    uint64_t bytes = held_bytes(state);
    uint64_t dropped = 0;
    while (files + 1 < state->count && bytes > quarantine->options.bytes_max) {
        bytes -= state->held[files].bytes;
        dropped += state->held[files].records;
        files++;
    }
    if (files == 0) {
        return;
    }
    state->dropped += dropped;
    state->gone = state->held[files].file;
    let_go(state, files);
    write_tally(quarantine);
    make_durable(quarantine);
    const struct cord_journal_place gone = {.file = state->gone};
    (void)!cord_journal_drop(quarantine->journal, gone, NULL);
}

static void keep(struct cord_quarantine *quarantine, const struct cord_quarantine_record *record)
{
    put_record(&quarantine->entry, record);
    if (quarantine->pause > 0 || append(quarantine, 1) != CORD_OK) {
        quarantine->pause = quarantine->pause > 0 ? quarantine->pause - 1 : PAUSE_PUTS;
        quarantine->state.not_kept++;
        quarantine->tally_owed = true;
        return;
    }
    if (quarantine->tally_owed) {
        write_tally(quarantine);
    }
    if (quarantine->unsynced >= SYNC_BYTES ||
        quarantine->unsynced >= quarantine->options.bytes_max / FILES) {
        make_durable(quarantine);
    }
    make_room(quarantine);
}

void cord_quarantine_put(struct cord_quarantine *quarantine,
                         const struct cord_quarantine_record *record)
{
    (void)pthread_mutex_lock(&quarantine->lock);
    keep(quarantine, record);
    (void)pthread_mutex_unlock(&quarantine->lock);
}

void cord_quarantine_figures(struct cord_quarantine *quarantine,
                             struct cord_quarantine_figures *ret_figures)
{
    (void)pthread_mutex_lock(&quarantine->lock);
    figures_of(&quarantine->state, ret_figures);
    (void)pthread_mutex_unlock(&quarantine->lock);
}

void cord_quarantine_close(struct cord_quarantine *quarantine)
{
    if (!quarantine) {
        return;
    }
    if (quarantine->journal) {
        if (quarantine->tally_owed) {
            write_tally(quarantine);
        }
        make_durable(quarantine);
    }
    cord_journal_close(quarantine->journal);
    cord_buf_done(&quarantine->entry);
    free(quarantine->state.held);
    (void)pthread_mutex_destroy(&quarantine->lock);
    free(quarantine);
}
