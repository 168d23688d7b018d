/* store_recover.c: the store as its files have it, and as a crash left them. */
#include "evidence/store_internal.h"

#include "base/vec.h"
#include "evidence/rows_image.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Numbers of rows that are skipped when the last writer did not close the store:
 * some may have been seen, and their ids noted, that never became durable. */
#define SKIPPED_NUMBERS  (UINT64_C(1) << 20)

#define SPOOL_BYTES_MAX  ((size_t)4 << 30)
#define IMAGE_ROWS_BYTES ((size_t)4 << 30)

enum { NAME_BYTES = 64 };

/* A spool file, read before the chain: what it holds may be in segments by the
 * time the chain has been read, but never in neither. */
struct spooled {
    uint64_t number;
    struct cord_buf bytes;
};

struct recovery {
    struct cord_store *store;
    struct spooled *spools;
    size_t spool_count;
    size_t spool_cap;
    uint64_t chain_bytes; /* that make sense, to the last whole entry */
    bool chain_cut;       /* something is behind them */
    bool chain_damaged;
};

/* The number in "00000012.seg"; false for other names. */
static bool number_of(const char *name, const char *suffix, uint64_t *ret_number)
{
    cord_str text = cord_str_from(name);
    cord_str end = cord_str_from(suffix);
    return cord_str_ends(text, end) &&
           cord_str_u64(cord_str_slice(text, 0, text.len - end.len), ret_number);
}

static DIR *open_list(const struct cord_store *store, const char *name)
{
    int file = openat(store->dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = file < 0 ? NULL : fdopendir(file);
    if (!list && file >= 0) {
        (void)close(file);
    }
    return list;
}

/* --- the spool --- */

static int compare_spooled(const void *a, const void *b)
{
    const struct spooled *x = a;
    const struct spooled *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

static cord_status load_spool(struct recovery *recovery, uint64_t number, struct cord_error *err)
{
    struct cord_store *store = recovery->store;
    char name[CORD_SPOOL_NAME];
    struct spooled *spools = cord_vec_room(recovery->spools, recovery->spool_count,
                                           &recovery->spool_cap, sizeof *spools);
    if (!spools) {
        return CORD_E_NOMEM;
    }
    recovery->spools = spools;
    struct spooled *spool = &spools[recovery->spool_count];
    spool->number = number;
    cord_buf_init(&spool->bytes, SPOOL_BYTES_MAX);
    cord_spool_name(number, name);
    cord_status status = cord_files_load(store->files, store->dir, name, &spool->bytes, err);
    if (status != CORD_OK) {
        cord_buf_done(&spool->bytes);
        /* Its writer has packed it since: the chain, read after this, says so. */
        return status == CORD_E_NOENT ? CORD_OK : status;
    }
    recovery->spool_count++;
    return CORD_OK;
}

static cord_status load_spools(struct recovery *recovery, struct cord_error *err)
{
    struct cord_store *store = recovery->store;
    DIR *list = open_list(store, "spool");
    if (!list) {
        return cord_error_errno(err, "read spool");
    }
    cord_status status = CORD_OK;
    const struct dirent *entry = NULL;
    while (status == CORD_OK && (entry = readdir(list)) != NULL) { // NOLINT(concurrency-mt-unsafe)
        uint64_t number = 0;
        if (number_of(entry->d_name, ".spool", &number)) {
            store->next_file = number >= store->next_file ? number + 1 : store->next_file;
            status = load_spool(recovery, number, err);
        }
    }
    (void)closedir(list);
    if (recovery->spool_count > 1) {
        qsort(recovery->spools, recovery->spool_count, sizeof *recovery->spools, compare_spooled);
    }
    return status;
}

static cord_status take_frame(struct cord_store *store, const struct cord_spool_frame *frame,
                              struct cord_rows *scratch)
{
    struct cord_store_chunk *chunk = NULL;
    cord_rows_reset(scratch);
    cord_status status = cord_rows_image_read(frame->image, frame->first, scratch);
    if (status == CORD_OK && cord_rows_count(scratch) != frame->row_count) {
        status = CORD_E_FORMAT;
    }
    if (status == CORD_OK) {
        status = cord_store_append_live(store, scratch, frame->first, &chunk);
    }
    if (status == CORD_OK) {
        chunk->visible += frame->row_count;
        store->live_rows += frame->row_count;
        store->oldest_ns = cord_store_now_ns(store);
    }
    return status;
}

/* Rows that are in no segment yet, each once. */
static cord_status take_frames(struct cord_store *store, struct cord_spool_reader *reader,
                               struct cord_store_spool *spool, struct cord_rows *scratch)
{
    struct cord_spool_frame frame;
    while (cord_spool_next(reader, &frame)) {
        uint64_t last = frame.first + frame.row_count - 1;
        if (frame.row_count == 0 || last < frame.first || frame.first < store->next_sequence) {
            continue;
        }
        cord_status status = take_frame(store, &frame, scratch);
        if (status == CORD_E_FORMAT) {
            cord_store_damage(
                store, "spool %" PRIu64 ": the frame at offset %" PRIu64 " cannot be understood",
                spool->number, frame.offset);
            spool->damaged = true;
            continue;
        }
        if (status != CORD_OK) {
            return status;
        }
        spool->last = last;
        store->next_sequence = last + 1;
    }
    return CORD_OK;
}

static void note_spool(struct cord_store *store, const struct cord_spool_reader *reader,
                       struct cord_store_spool *spool)
{
    if (reader->damaged_bytes > 0) {
        spool->damaged = true;
        cord_store_damage(store,
                          "spool %" PRIu64 ": %" PRIu64 " bytes from offset %" PRIu64
                          " are damaged; the rest is read",
                          spool->number, reader->damaged_bytes, reader->damaged_at);
    }
    if (reader->torn_bytes > 0 && !store->options.read_only) {
        cord_store_note(store,
                        "spool %" PRIu64 ": the last %" PRIu64
                        " bytes are an append that was not finished; left out",
                        spool->number, reader->torn_bytes);
    }
}

static cord_status read_spool(struct cord_store *store, const struct spooled *spooled,
                              struct cord_rows *scratch)
{
    struct cord_store_spool spool = {.number = spooled->number, .file = -1};
    struct cord_spool_reader reader;
    cord_status status = cord_spool_read(cord_buf_str(&spooled->bytes), &reader);
    if (status == CORD_OK &&
        memcmp(reader.header.store, store->identity.id, sizeof store->identity.id) != 0) {
        status = CORD_E_FORMAT;
    }
    if (status == CORD_OK) {
        status = take_frames(store, &reader, &spool, scratch);
        if (status != CORD_OK) {
            return status;
        }
        note_spool(store, &reader, &spool);
    } else if (status == CORD_E_FORMAT) {
        spool.damaged = true;
        cord_store_damage(store, "spool %" PRIu64 " is not a spool of this store", spool.number);
    }
    return cord_store_spool_add(store, &spool);
}

static cord_status read_spools(struct recovery *recovery)
{
    struct cord_store *store = recovery->store;
    struct cord_rows *scratch = cord_rows_new(IMAGE_ROWS_BYTES, store->options.seed);
    cord_status status = scratch ? CORD_OK : CORD_E_NOMEM;
    /* Frames up to here are in segments. */
    if (store->spooled_through >= store->next_sequence) {
        store->next_sequence = store->spooled_through + 1;
    }
    for (size_t i = 0; i < recovery->spool_count && status == CORD_OK; i++) {
        status = read_spool(store, &recovery->spools[i], scratch);
    }
    cord_rows_free(scratch);
    return status;
}

/* --- the chain --- */

/* Where the next entry begins behind one that makes no sense. */
static cord_str next_entry(cord_str rest)
{
    size_t at = cord_str_find(rest, CORD_STR("\nentry "), 0);
    return cord_str_from_byte(rest, at == SIZE_MAX ? rest.len : at + 1);
}

static cord_status take_entry(struct recovery *recovery, const struct cord_chain_entry *entry,
                              struct cord_error *err)
{
    struct cord_store *store = recovery->store;
    struct cord_chain *chain = &store->chain;
    if (entry->number != chain->count + 1 || !cord_digest_eq(&entry->previous, &chain->head)) {
        recovery->chain_damaged = true;
        cord_store_note(store,
                        "chain: entry %" PRIu64 " at offset %" PRIu64
                        " does not follow from what is before it",
                        entry->number, entry->offset);
    }
    chain->count = entry->number;
    chain->head = entry->digest;
    chain->time_ns = entry->time_ns;
    cord_status status = cord_store_manifest_apply(store, entry, err);
    if (status == CORD_E_FORMAT) {
        recovery->chain_damaged = true;
        cord_store_note(store, "chain: %s", err->text);
        return CORD_OK;
    }
    return status;
}

static bool is_zero(cord_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '\0') {
            return false;
        }
    }
    return true;
}

/* Is it an end that was being written? More is asked for only when no whole
 * entry follows; a file that grew when the power went may end with zeroes. */
static bool is_torn(cord_str rest, cord_status status)
{
    return status == CORD_E_MORE || is_zero(rest);
}

static cord_status read_entries(struct recovery *recovery, cord_str text, struct cord_error *err)
{
    struct cord_store *store = recovery->store;
    cord_str rest = text;
    struct cord_chain_entry last = {.number = 0};
    struct cord_error why = {""};
    while (rest.len > 0) {
        struct cord_chain_entry entry;
        uint64_t offset = text.len - rest.len;
        cord_status status = cord_chain_next(&rest, &entry, &why);
        if (status == CORD_OK) {
            entry.offset = offset;
            status = take_entry(recovery, &entry, &why);
            last = entry;
            recovery->chain_bytes = text.len - rest.len;
        } else if (status == CORD_E_NOMEM) {
            return cord_error_set(err, status, "out of memory");
        } else if (is_torn(rest, status)) {
            recovery->chain_cut = true;
            break;
        } else {
            recovery->chain_damaged = true;
            cord_store_note(store, "chain: damaged at offset %" PRIu64 ": %s", offset, why.text);
            rest = next_entry(rest);
            status = CORD_OK;
        }
        if (status != CORD_OK) {
            *err = why;
            return status;
        }
    }
    if (!recovery->chain_cut) {
        recovery->chain_bytes = text.len;
    }
    if (last.number > 0 &&
        cord_signing_verify(&store->identity.key, last.signed_text, last.signature) != CORD_OK) {
        recovery->chain_damaged = true;
        cord_store_note(store, "chain: the signature of entry %" PRIu64 " is wrong", last.number);
    }
    return last.number > 0 ? CORD_OK
                           : cord_error_set(err, CORD_E_FORMAT, "the chain has no entry at all");
}

static cord_status read_chain(struct recovery *recovery, struct cord_error *err)
{
    struct cord_store *store = recovery->store;
    struct cord_buf text;
    cord_buf_init(&text, CORD_CHAIN_BYTES_MAX);
    cord_status status = cord_files_load(store->files, store->dir, CORD_CHAIN_FILE, &text, err);
    if (status == CORD_OK) {
        status = read_entries(recovery, cord_buf_str(&text), err);
    }
    if (status == CORD_OK && recovery->chain_cut && store->options.read_only &&
        !cord_store_is_written(store)) {
        cord_store_damage(store,
                          "chain: the last %" PRIu64
                          " bytes are an entry that was not finished, or "
                          "was changed; opening the store for writing cuts them off",
                          text.len - recovery->chain_bytes);
    }
    if (status == CORD_OK && recovery->chain_cut && !store->options.read_only) {
        cord_store_note(store,
                        "chain: the last %" PRIu64 " bytes are an entry that was not "
                        "finished; cut off",
                        text.len - recovery->chain_bytes);
    }
    store->chain.bytes = recovery->chain_bytes;
    store->chain.dir = store->dir;
    cord_buf_done(&text);
    return status;
}

/* --- the files --- */

/* A whole segment that no entry names was sealed by an entry that a crash, or
 * someone, took away. If the chain is otherwise well its rows were never
 * acknowledged, or are in the spool still. */
static void put_away(struct recovery *recovery, const char *name)
{
    struct cord_store *store = recovery->store;
    char from[NAME_BYTES];
    char to[NAME_BYTES];
    (void)snprintf(from, sizeof from, "segments/%.40s", name);
    (void)snprintf(to, sizeof to, "lost/%.40s", name);
    if (recovery->chain_damaged) {
        cord_store_note(store, "%s is in no entry of the chain that can be read; left alone", from);
    } else if (recovery->chain_cut) {
        int result = store->files->rename(store->files->self, store->dir, from, to);
        cord_store_note(store, "%s was being sealed%s", from,
                        result == 0 ? "; put into lost/" : "");
    } else if (store->files->unlink(store->files->self, store->dir, from) == 0) {
        cord_store_note(store, "%s was in no entry of the chain; removed", from);
    }
}

static void look_at_file(struct recovery *recovery, const char *name)
{
    struct cord_store *store = recovery->store;
    uint64_t number = 0;
    bool person = number_of(name, ".person", &number);
    char path[NAME_BYTES];
    if (cord_str_ends(cord_str_from(name), CORD_STR(".new"))) {
        (void)snprintf(path, sizeof path, "segments/%.40s", name);
        (void)store->files->unlink(store->files->self, store->dir, path); /* or next time */
        return;
    }
    if (!person && !number_of(name, ".seg", &number)) {
        return; /* none of ours */
    }
    store->next_file = number >= store->next_file ? number + 1 : store->next_file;
    const struct cord_segment *segment = cord_store_manifest_find(store->manifest, number);
    if (!segment) {
        put_away(recovery, name);
    } else if (person && cord_segment_person_expired(segment)) {
        (void)snprintf(path, sizeof path, "segments/%.40s", name);
        (void)store->files->unlink(store->files->self, store->dir, path);
    }
}

static cord_status look_at_files(struct recovery *recovery, struct cord_error *err)
{
    DIR *list = open_list(recovery->store, "segments");
    if (!list) {
        return cord_error_errno(err, "read segments");
    }
    const struct dirent *entry = NULL;
    while ((entry = readdir(list)) != NULL) { // NOLINT(concurrency-mt-unsafe): ours alone
        look_at_file(recovery, entry->d_name);
    }
    (void)closedir(list);
    return CORD_OK;
}

/* Whether each is there and as long as it was; not what is in it. */
static void look_at_segments(struct cord_store *store)
{
    for (size_t i = 0; i < store->manifest->count; i++) {
        const struct cord_segment_info *info = cord_segment_info(store->manifest->segments[i]);
        char name[CORD_SEGMENT_NAME];
        uint64_t bytes = 0;
        cord_segment_name(info->number, name);
        if (cord_files_size(store->dir, name, &bytes, NULL) != CORD_OK) {
            cord_store_note(store, "%s is missing", name);
        } else if (bytes != info->bytes) {
            cord_store_note(store, "%s has %" PRIu64 " bytes and was sealed with %" PRIu64, name,
                            bytes, info->bytes);
        }
    }
}

static cord_status recover(struct recovery *recovery, struct cord_error *err)
{
    struct cord_store *store = recovery->store;
    cord_status status = load_spools(recovery, err);
    if (status == CORD_OK) {
        status = read_chain(recovery, err);
    }
    if (status == CORD_OK) {
        status = read_spools(recovery);
    }
    if (status != CORD_OK) {
        return status;
    }
    look_at_segments(store);
    if (store->options.read_only) {
        return CORD_OK;
    }
    if (recovery->spool_count > 0) {
        store->next_sequence += SKIPPED_NUMBERS;
    }
    status = look_at_files(recovery, err);
    return status == CORD_OK ? cord_chain_open(&store->chain, false, err) : status;
}

cord_status cord_store_recover(struct cord_store *store, struct cord_error *err)
{
    struct recovery recovery = {.store = store};
    struct cord_error why = {""};
    cord_status status = recover(&recovery, &why);
    for (size_t i = 0; i < recovery.spool_count; i++) {
        cord_buf_done(&recovery.spools[i].bytes);
    }
    free(recovery.spools);
    if (status != CORD_OK) {
        return cord_error_set(err, status, "%s",
                              why.text[0] != '\0' ? why.text : cord_error_name(status));
    }
    return CORD_OK;
}
