/*
 * api_idempotency.c: see api_idempotency.h.
 *
 * An entry of the journal: a byte (1 begun, 2 ended), i64 when, 32 bytes whose, 32 bytes of
 * the body's digest, u32 status, the reply. docs/journal-format.md has it, too.
 */
#include "api/api_idempotency.h"

#include "base/octets.h"
#include "base/timestamp.h"

#include <pthread.h>
#include <stdlib.h>

enum { BEGUN = 1, ENDED = 2, KEPT_MAX = 2000, HEAD_BYTES = 1 + 8 + 32 + 32 + 4 };

#define FILE_BYTES ((uint64_t)4 << 20)
#define LIFE_NS    (86400 * CORD_SECOND_NS)

struct kept {
    struct cord_digest who;
    struct cord_digest body;
    struct cord_journal_place place; /* of its last entry */
    int64_t at_ns;
    unsigned status; /* 0: begun */
    bool under_way;  /* by this process */
    char *reply;
    size_t len;
    struct kept *next; /* newer */
};

struct cord_api_idempotency {
    struct cord_journal *journal;
    struct cord_clock clock;
    pthread_mutex_t lock; /* guards all */
    struct kept *first;   /* oldest */
    struct kept *last;
    size_t count;
    int64_t now_ns; /* while opening */
    bool failed;    /* while opening: out of memory */
};

static struct kept *find(const struct cord_api_idempotency *kept, const struct cord_digest *who)
{
    struct kept *at = kept->first;
    while (at && !cord_digest_eq(&at->who, who)) {
        at = at->next;
    }
    return at;
}

static void kept_free(struct kept *one)
{
    free(one->reply);
    free(one);
}

static void remove_one(struct cord_api_idempotency *kept, const struct kept *one)
{
    struct kept *before = NULL;
    for (struct kept *at = kept->first; at; before = at, at = at->next) {
        if (at == one) {
            *(before ? &before->next : &kept->first) = at->next;
            kept->last = kept->last == at ? before : kept->last;
            kept->count--;
            kept_free(at);
            return;
        }
    }
}

/* Those that are old, and the oldest beyond the bound: all but what is under way. */
static void forget(struct cord_api_idempotency *kept, int64_t now_ns)
{
    while (kept->first && !kept->first->under_way &&
           (kept->count > KEPT_MAX || now_ns - kept->first->at_ns > LIFE_NS)) {
        remove_one(kept, kept->first);
    }
}

static struct kept *add(struct cord_api_idempotency *kept, const struct cord_digest *who,
                        const struct cord_digest *body, int64_t at_ns)
{
    struct kept *one = calloc(1, sizeof *one);
    if (one) {
        one->who = *who;
        one->body = *body;
        one->at_ns = at_ns;
        if (kept->last) {
            kept->last->next = one;
        } else {
            kept->first = one;
        }
        kept->last = one;
        kept->count++;
    }
    return one;
}

static bool set_reply(struct kept *one, unsigned status, cord_str reply)
{
    char *copy = malloc(reply.len + 1);
    if (!copy) {
        return false;
    }
    if (reply.len > 0) {
        memcpy(copy, reply.ptr, reply.len);
    }
    free(one->reply);
    one->reply = copy;
    one->len = reply.len;
    one->status = status;
    return true;
}

/* --- the journal --- */

static cord_status read_entry(void *self, struct cord_journal_place place, cord_str bytes)
{
    struct cord_api_idempotency *kept = self;
    struct cord_octets octets = cord_octets_of(bytes);
    struct cord_digest who;
    struct cord_digest body;
    uint64_t kind = cord_octets_fixed(&octets, 1);
    int64_t at_ns = (int64_t)cord_octets_fixed(&octets, 8);
    memcpy(who.bytes, cord_octets_take(&octets, sizeof who.bytes).ptr,
           bytes.len >= HEAD_BYTES ? sizeof who.bytes : 0);
    memcpy(body.bytes, cord_octets_take(&octets, sizeof body.bytes).ptr,
           bytes.len >= HEAD_BYTES ? sizeof body.bytes : 0);
    unsigned status = cord_octets_u32(&octets);
    if (octets.failed || (kind != BEGUN && kind != ENDED) || kept->now_ns - at_ns > LIFE_NS) {
        return CORD_OK; /* none of ours, or over */
    }
    struct kept *one = find(kept, &who);
    if (kind == ENDED && status == 0) {
        remove_one(kept, one);
        return CORD_OK;
    }
    one = one ? one : add(kept, &who, &body, at_ns);
    if (!one || (kind == ENDED &&
                 !set_reply(one, status, cord_octets_take(&octets, cord_octets_left(&octets))))) {
        return CORD_E_NOMEM;
    }
    one->place = place;
    forget(kept, kept->now_ns);
    return CORD_OK;
}

/* Files that hold nothing that counts go. */
static cord_status drop_old(struct cord_api_idempotency *kept, struct cord_journal_place last,
                            struct cord_error *err)
{
    uint64_t file = last.file;
    for (const struct kept *at = kept->first; at; at = at->next) {
        file = at->place.file > 0 && at->place.file < file ? at->place.file : file;
    }
    return cord_journal_drop(kept->journal, (struct cord_journal_place){.file = file}, err);
}

/* What is to be written of one. */
struct entry {
    unsigned kind;
    unsigned status;
    cord_str reply;
};

static cord_status write_entry(struct cord_api_idempotency *kept, struct kept *one,
                               const struct entry *entry, struct cord_error *err)
{
    struct cord_buf text;
    cord_buf_init(&text, HEAD_BYTES + CORD_API_IDEMPOTENCY_BODY_MAX);
    cord_buf_put_char(&text, (char)entry->kind);
    cord_octets_put_fixed(&text, (uint64_t)one->at_ns, 8);
    cord_buf_put(&text, (cord_str){(const char *)one->who.bytes, sizeof one->who.bytes});
    cord_buf_put(&text, (cord_str){(const char *)one->body.bytes, sizeof one->body.bytes});
    cord_octets_put_fixed(&text, entry->status, 4);
    cord_buf_put(&text, entry->reply);
    cord_status status =
        text.failed ? CORD_E_NOMEM
                    : cord_journal_append(kept->journal, cord_buf_str(&text), &one->place, err);
    cord_buf_done(&text);
    if (status == CORD_OK) {
        status = cord_journal_sync(kept->journal, err);
    }
    return status == CORD_OK ? drop_old(kept, one->place, err) : status;
}

cord_status cord_api_idempotency_open(const struct cord_files *files, int dir,
                                      struct cord_clock clock,
                                      struct cord_api_idempotency **ret_kept,
                                      struct cord_error *err)
{
    const struct cord_journal_options options = {
        .files = files,
        .dir = dir,
        .name = "requests",
        .file_bytes = FILE_BYTES,
        .entry_bytes_max = HEAD_BYTES + CORD_API_IDEMPOTENCY_BODY_MAX,
    };
    struct cord_journal_found found;
    struct cord_api_idempotency *kept = calloc(1, sizeof *kept);
    if (!kept || pthread_mutex_init(&kept->lock, NULL) != 0) {
        free(kept);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    kept->clock = clock;
    kept->now_ns = cord_clock_now_ns(&clock);
    cord_status status = cord_journal_open(&options, read_entry, kept, &kept->journal, &found, err);
    if (status != CORD_OK) {
        cord_api_idempotency_close(kept);
        return status;
    }
    *ret_kept = kept;
    return CORD_OK;
}

void cord_api_idempotency_close(struct cord_api_idempotency *kept)
{
    if (!kept) {
        return;
    }
    cord_journal_close(kept->journal);
    while (kept->first) {
        remove_one(kept, kept->first);
    }
    (void)pthread_mutex_destroy(&kept->lock);
    free(kept);
}

/* --- requests --- */

static cord_status begin(struct cord_api_idempotency *kept, const struct cord_digest *who,
                         const struct cord_digest *body,
                         enum cord_api_idempotency_answer *ret_answer, struct kept **ret_one,
                         struct cord_error *err)
{
    struct kept *one = find(kept, who);
    *ret_one = one;
    if (one && !cord_digest_eq(&one->body, body)) {
        *ret_answer = CORD_API_IDEMPOTENCY_OTHER;
    } else if (one && one->under_way) {
        *ret_answer = CORD_API_IDEMPOTENCY_UNDER_WAY;
    } else if (one && one->status > 0) {
        *ret_answer = CORD_API_IDEMPOTENCY_DONE;
    } else if (one) {
        one->under_way = true;
        *ret_answer = CORD_API_IDEMPOTENCY_AGAIN;
    } else {
        *ret_answer = CORD_API_IDEMPOTENCY_NEW;
        one = add(kept, who, body, cord_clock_now_ns(&kept->clock));
        if (!one) {
            return CORD_E_NOMEM;
        }
        cord_status status = write_entry(kept, one, &(struct entry){.kind = BEGUN}, err);
        if (status != CORD_OK) {
            remove_one(kept, one);
            return status;
        }
        one->under_way = true;
    }
    return CORD_OK;
}

cord_status cord_api_idempotency_begin(struct cord_api_idempotency *kept,
                                       const struct cord_digest *who_and_key,
                                       const struct cord_digest *body,
                                       struct cord_api_idempotency_begun *ret_begun,
                                       struct cord_error *err)
{
    struct kept *one = NULL;
    (void)pthread_mutex_lock(&kept->lock);
    forget(kept, cord_clock_now_ns(&kept->clock));
    cord_status status = begin(kept, who_and_key, body, &ret_begun->answer, &one, err);
    if (status == CORD_OK && one && ret_begun->answer == CORD_API_IDEMPOTENCY_DONE) {
        ret_begun->status = one->status;
        cord_buf_put(ret_begun->reply, (cord_str){one->reply, one->len});
    }
    (void)pthread_mutex_unlock(&kept->lock);
    return status;
}

cord_status cord_api_idempotency_end(struct cord_api_idempotency *kept,
                                     const struct cord_digest *who_and_key, unsigned status,
                                     cord_str reply, struct cord_error *err)
{
    (void)pthread_mutex_lock(&kept->lock);
    struct kept *one = find(kept, who_and_key);
    cord_status written = CORD_OK;
    bool fits = reply.len <= CORD_API_IDEMPOTENCY_BODY_MAX;
    if (one && (fits || status == 0)) {
        const struct entry entry = {ENDED, status, status > 0 ? reply : CORD_STR("")};
        written = write_entry(kept, one, &entry, err);
    }
    if (one) {
        one->under_way = false;
        if (status == 0) {
            remove_one(kept, one);
        } else if (fits && !set_reply(one, status, reply)) {
            written = CORD_E_NOMEM;
        }
    }
    (void)pthread_mutex_unlock(&kept->lock);
    return written;
}
