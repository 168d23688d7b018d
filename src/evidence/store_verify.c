/* store_verify.c: every byte that the chain stands for; see store_upkeep.h. */
#include "evidence/store_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { STORE_BYTES_MAX = 4096 };

struct check {
    struct cord_store *store;
    const struct cord_store_verify_options *options;
    struct cord_store_verdict verdict;
    struct cord_store_view view;
    struct cord_signing_public key;
    struct cord_digest head;        /* of the entry before */
    struct cord_digest wanted_head; /* of the options */
    bool wants_head;
    bool has_head;
    uint64_t total_bytes;
    struct cord_buf scratch;
};

static void say(struct check *check, const char *text)
{
    check->verdict.broken++;
    if (check->options->broken) {
        check->options->broken(check->options->self, cord_str_from(text));
    }
}

static cord_status step(struct check *check, uint64_t bytes)
{
    const struct cord_store_progress *progress = &check->options->progress;
    check->verdict.bytes += bytes;
    return !progress->step ||
                   progress->step(progress->self, check->verdict.bytes, check->total_bytes)
               ? CORD_OK
               : CORD_E_END;
}

static bool is_in_range(const struct check *check, uint64_t entry)
{
    return entry >= check->options->first_entry &&
           (check->options->last_entry == 0 || entry <= check->options->last_entry);
}

/* Only segments that are still there: the chain says what became of the rest. */
static cord_status check_segment(struct check *check, const cord_str *words, size_t count)
{
    struct cord_segment_info info;
    struct cord_error err = {""};
    if (cord_segment_parse_line(words, count, &info, &check->scratch) != CORD_OK) {
        return CORD_OK; /* said when the store was opened */
    }
    struct cord_segment *segment = cord_store_manifest_find(check->view.manifest, info.number);
    if (!segment) {
        return CORD_OK;
    }
    check->verdict.segments++;
    check->verdict.blocks += info.block_count;
    cord_status status = cord_segment_verify(segment, &err);
    if (status == CORD_E_NOMEM) {
        return status;
    }
    if (status != CORD_OK) {
        say(check, err.text);
    }
    return step(check, info.bytes + info.person_bytes);
}

static cord_status check_lines(struct check *check, const struct cord_chain_entry *entry)
{
    cord_str words[CORD_CHAIN_WORDS_MAX];
    cord_str lines = entry->lines;
    cord_status status = CORD_OK;
    while (lines.len > 0 && status == CORD_OK) {
        size_t count = cord_chain_line(&lines, words);
        if (count == 0) {
            break;
        }
        if (cord_str_eq(words[0], CORD_STR("segment"))) {
            status = check_segment(check, words + 1, count - 1);
        }
    }
    return status;
}

/* The first entry says whose chain it is; STORE repeats it. */
static bool is_whose(const struct check *check, const struct cord_chain_entry *entry)
{
    const struct cord_store_identity *identity = &check->store->identity;
    struct cord_buf text;
    cord_buf_init(&text, STORE_BYTES_MAX);
    cord_store_identity_put(identity, &text);
    bool same = !text.failed && cord_str_starts(entry->lines, cord_buf_str(&text)) &&
                memcmp(identity->key.bytes, check->key.bytes, sizeof check->key.bytes) == 0;
    cord_buf_done(&text);
    return same;
}

/* STORE says what it said when it was made, to the byte. */
static cord_status check_identity(struct check *check, struct cord_error *err)
{
    struct cord_store *store = check->store;
    struct cord_buf wanted;
    struct cord_buf text;
    cord_buf_init(&wanted, STORE_BYTES_MAX);
    cord_buf_init(&text, STORE_BYTES_MAX);
    cord_store_identity_file(&store->identity, &wanted);
    cord_status status = cord_files_load(store->files, store->dir, "STORE", &text, err);
    if (status == CORD_OK && wanted.failed) {
        status = cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    if (status == CORD_OK && !cord_str_eq(cord_buf_str(&text), cord_buf_str(&wanted))) {
        say(check, "STORE: a line was changed");
    }
    cord_buf_done(&text);
    cord_buf_done(&wanted);
    return status;
}

static cord_status check_entry(struct check *check, const struct cord_chain_entry *entry)
{
    char text[CORD_ERROR_BYTES];
    const char *wrong = NULL;
    if (entry->number != check->verdict.chain_entries + 1) {
        wrong = "is not the next one: entries are missing or exchanged";
    } else if (!cord_digest_eq(&entry->previous, &check->head)) {
        wrong = "does not hold the hash of the one before: one of them was changed";
    } else if (entry->number == 1 && !is_whose(check, entry)) {
        wrong = "does not name this store, its ids and its key as STORE does";
    }
    cord_status status = CORD_OK;
    if (!wrong && is_in_range(check, entry->number)) {
        status = cord_signing_verify(&check->key, entry->signed_text, entry->signature);
        wrong = status == CORD_E_FORMAT ? "has a signature that is not its own" : NULL;
    }
    if (wrong) {
        (void)snprintf(text, sizeof text, "chain: entry %" PRIu64 " at offset %" PRIu64 " %s",
                       entry->number, entry->offset, wrong);
        say(check, text);
    }
    check->verdict.chain_entries = entry->number;
    check->head = entry->digest;
    check->has_head = check->has_head ||
                      (check->wants_head && cord_digest_eq(&entry->digest, &check->wanted_head));
    if (status == CORD_E_NOMEM || !is_in_range(check, entry->number)) {
        return status == CORD_E_NOMEM ? status : CORD_OK;
    }
    check->verdict.entries++;
    return check_lines(check, entry);
}

/* The entries that were there when the view was taken: what is being written
 * behind them is not looked at. */
static cord_status check_chain(struct check *check, cord_str text)
{
    cord_str rest = text;
    cord_status status = CORD_OK;
    struct cord_error err = {""};
    while (rest.len > 0 && status == CORD_OK) {
        struct cord_chain_entry entry;
        char line[2 * CORD_ERROR_BYTES];
        uint64_t offset = text.len - rest.len;
        status = cord_chain_next(&rest, &entry, &err);
        if (status == CORD_OK) {
            entry.offset = offset;
            status = check_entry(check, &entry);
            continue;
        }
        if (status == CORD_E_NOMEM) {
            return status;
        }
        (void)snprintf(line, sizeof line, "chain: damaged at offset %" PRIu64 ": %s", offset,
                       err.text);
        say(check, line);
        size_t next = cord_str_find(rest, CORD_STR("\nentry "), 0);
        rest = cord_str_from_byte(rest, next == SIZE_MAX ? rest.len : next + 1);
        status = CORD_OK;
    }
    return status;
}

static void say_opened(struct check *check)
{
    cord_str notes = cord_buf_str(&check->store->damage);
    cord_str line;
    while (notes.len > 0 && cord_str_cut(&notes, '\n', &line)) {
        char text[CORD_ERROR_BYTES];
        (void)snprintf(text, sizeof text, "%.*s", CORD_STR_ARG(line));
        say(check, text);
    }
}

static cord_status begin(struct check *check, struct cord_error *err)
{
    const struct cord_store_verify_options *options = check->options;
    check->key = check->store->identity.key;
    if (options->key.len > 0 &&
        !cord_digest_from_hex(options->key, check->key.bytes, sizeof check->key.bytes)) {
        return cord_error_set(err, CORD_E_FORMAT, "a public key has 64 characters 0-9, a-f");
    }
    check->wants_head = options->head.len > 0;
    if (check->wants_head && !cord_digest_parse(options->head, &check->wanted_head)) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "the hash of an entry has 64 characters 0-9, a-f");
    }
    return CORD_OK;
}

/* The chain as far as it is durable, and the files it comes to at that moment. */
static cord_status snapshot(struct check *check, struct cord_buf *text, struct cord_error *err)
{
    struct cord_store *store = check->store;
    (void)pthread_mutex_lock(&store->sealing);
    cord_status status = cord_store_view_take(store, &check->view);
    uint64_t bytes = store->chain.bytes;
    (void)pthread_mutex_unlock(&store->sealing);
    if (status != CORD_OK) {
        return status;
    }
    status = cord_files_load(store->files, store->dir, CORD_CHAIN_FILE, text, err);
    if (status == CORD_OK && text->len > bytes) {
        text->len = (size_t)bytes;
    }
    check->total_bytes = text->len;
    for (size_t i = 0; i < check->view.manifest->count; i++) {
        const struct cord_segment_info *info = cord_segment_info(check->view.manifest->segments[i]);
        check->total_bytes += info->bytes + info->person_bytes;
    }
    return status;
}

cord_status cord_store_verify(struct cord_store *store,
                              const struct cord_store_verify_options *options,
                              struct cord_store_verdict *ret_verdict, struct cord_error *err)
{
    struct check check = {.store = store, .options = options};
    struct cord_buf text;
    cord_buf_init(&text, CORD_CHAIN_BYTES_MAX);
    cord_buf_init(&check.scratch, CORD_CHAIN_ENTRY_BYTES_MAX);
    cord_status status = begin(&check, err);
    if (status == CORD_OK) {
        status = snapshot(&check, &text, err);
    }
    if (status == CORD_OK) {
        status = check_identity(&check, err);
    }
    if (status == CORD_OK) {
        status = check_chain(&check, cord_buf_str(&text));
    }
    if (status == CORD_OK) {
        status = step(&check, text.len);
    }
    if (status == CORD_OK && check.wants_head && !check.has_head) {
        say(&check, "chain: the entry with the given hash is not in it: entries were cut off");
    }
    if (status == CORD_OK && check.verdict.entries + check.verdict.broken == 0) {
        /* Nothing looked at is nothing proven. */
        status = cord_error_set(err, CORD_E_UNSUPPORTED,
                                "none of the chain's %" PRIu64 " entries is in that range",
                                check.verdict.chain_entries);
    }
    if (status == CORD_OK) {
        say_opened(&check);
        (void)cord_digest_format(&check.head, check.verdict.head);
        *ret_verdict = check.verdict;
    }
    cord_store_view_release(&check.view);
    cord_buf_done(&check.scratch);
    cord_buf_done(&text);
    return status;
}
