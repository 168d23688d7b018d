/* store_hold.c: evidence that must not be deleted, whatever its age; see store_upkeep.h. */
#include "evidence/store_internal.h"

#include <stdlib.h>

enum { WORDS_BYTES_MAX = 1 << 20 };

static cord_status refuse_reading(const struct cord_store *store, struct cord_error *err)
{
    return store->options.read_only
               ? cord_error_set(err, CORD_E_UNSUPPORTED, "%s is open for reading only", store->path)
               : CORD_OK;
}

cord_status cord_store_hold(struct cord_store *store, const struct cord_store_hold *hold,
                            uint64_t *ret_entry, struct cord_error *err)
{
    const struct cord_store_change nothing = {0};
    struct cord_store_hold kept = *hold;
    struct cord_buf lines;
    cord_status status = refuse_reading(store, err);
    if (status != CORD_OK) {
        return status;
    }
    kept.since_ns = cord_store_now_ns(store);
    cord_buf_init(&lines, WORDS_BYTES_MAX);
    cord_buf_put_text(&lines, "hold");
    cord_chain_put_time(&lines, hold->from_ns);
    cord_chain_put_time(&lines, hold->to_ns);
    cord_chain_put_word(&lines, hold->organisation);
    cord_chain_put_word(&lines, hold->source);
    cord_chain_put_word(&lines, hold->who);
    cord_chain_put_word(&lines, hold->reason);
    cord_buf_put_char(&lines, '\n');
    (void)pthread_mutex_lock(&store->upkeep);
    status = lines.failed ? CORD_E_LIMIT
                          : cord_store_seal(store, "hold", &lines, &nothing, &kept.entry, err);
    if (status == CORD_OK) {
        (void)pthread_mutex_lock(&store->lock);
        status = cord_store_manifest_hold(store, &kept);
        (void)pthread_mutex_unlock(&store->lock);
        *ret_entry = kept.entry;
    }
    (void)pthread_mutex_unlock(&store->upkeep);
    cord_buf_done(&lines);
    return status;
}

static bool is_held(struct cord_store *store, uint64_t entry)
{
    bool found = false;
    (void)pthread_mutex_lock(&store->lock);
    for (size_t i = 0; i < store->hold_count; i++) {
        found = found || store->holds[i].entry == entry;
    }
    (void)pthread_mutex_unlock(&store->lock);
    return found;
}

cord_status cord_store_release(struct cord_store *store, uint64_t entry, cord_str who,
                               cord_str reason, struct cord_error *err)
{
    const struct cord_store_change nothing = {0};
    struct cord_buf lines;
    cord_status status = refuse_reading(store, err);
    if (status != CORD_OK) {
        return status;
    }
    cord_buf_init(&lines, WORDS_BYTES_MAX);
    cord_buf_put_text(&lines, "release");
    cord_chain_put_number(&lines, entry);
    cord_chain_put_word(&lines, who);
    cord_chain_put_word(&lines, reason);
    cord_buf_put_char(&lines, '\n');
    (void)pthread_mutex_lock(&store->upkeep);
    if (!is_held(store, entry)) {
        status = cord_error_set(err, CORD_E_NOENT, "there is no hold of that number");
    } else {
        status = lines.failed ? CORD_E_LIMIT
                              : cord_store_seal(store, "release", &lines, &nothing, NULL, err);
    }
    if (status == CORD_OK) {
        (void)pthread_mutex_lock(&store->lock);
        status = cord_store_manifest_release(store, entry);
        (void)pthread_mutex_unlock(&store->lock);
    }
    (void)pthread_mutex_unlock(&store->upkeep);
    cord_buf_done(&lines);
    return status;
}

cord_status cord_store_holds(struct cord_store *store, struct cord_store_hold **ret_holds,
                             size_t *ret_count)
{
    (void)pthread_mutex_lock(&store->lock);
    size_t count = store->hold_count;
    struct cord_store_hold *holds = calloc(count + 1, sizeof *holds);
    for (size_t i = 0; holds && i < count; i++) {
        holds[i] = store->holds[i];
    }
    (void)pthread_mutex_unlock(&store->lock);
    if (!holds) {
        return CORD_E_NOMEM;
    }
    *ret_holds = holds;
    *ret_count = count;
    return CORD_OK;
}
