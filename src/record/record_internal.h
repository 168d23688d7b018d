/*
 * record_internal.h: what the files of an open record share.
 */
#ifndef CORD_RECORD_RECORD_INTERNAL_H
#define CORD_RECORD_RECORD_INTERNAL_H

#include <pthread.h>

#include "base/arena.h"
#include "base/files.h"
#include "base/signing.h"
#include "record/record.h"
#include "record/record_span.h"

#define CORD_RECORD_FILE        "record.sqlite"
#define CORD_RECORD_CHECKPOINTS "checkpoints"
#define CORD_RECORD_KEY         "signing.key"
#define CORD_RECORD_LOCK        "lock"
#define CORD_RECORD_APPLICATION 0x436f7264 /* "Cord" in the database's header */

enum { CORD_RECORD_PATH_MAX = 4096, CORD_RECORD_CHECKPOINT_CLAIMS = 10000 };

/* At most so much memory for pages while all claims pass: each touches some that lie apart, which
 * are written once for many. Otherwise it is what the options say. */
#define CORD_RECORD_PASS_CACHE_MB 512u

/* The last claim there is. */
struct cord_record_head {
    uint64_t number; /* 0: none */
    int64_t recorded_ns;
    struct cord_digest hash;
};

/* A batch on its way. On the stack of its thread, which waits until it is done. */
struct cord_record_request {
    struct cord_claim *claims;
    size_t count;
    struct cord_record_outcome outcome;
    struct cord_error err;
    cord_status status;
    bool done;
    struct cord_record_request *next;
};

struct cord_record {
    struct cord_record_options options;
    char path[CORD_RECORD_PATH_MAX]; /* of the database */
    struct cord_files files;
    int dir;
    int lock_file;
    char exercise[CORD_CLAIM_TEXT_MAX + 1];

    /* Of whoever writes: below `writing`. */
    struct cord_sql *sql;
    struct cord_sql_statement *add;
    struct cord_sql_statement *by_key;
    struct cord_sql_statement *get;
    struct cord_record_spans *spans;
    struct cord_buf scratch;
    struct cord_signing_key *key;
    uint64_t checkpoint; /* number of the last one */
    uint64_t checkpoint_bytes;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t turn;
    bool writing;
    struct cord_record_head head;
    uint64_t signed_number;            /* of the last checkpoint, for who asks meanwhile */
    struct cord_record_request *first; /* that wait */
    struct cord_record_request **last;
};

static inline bool cord_record_go_on(const struct cord_record_progress *progress, uint64_t done,
                                     uint64_t total)
{
    return !progress || !progress->step || progress->step(progress->self, done, total);
}

/* The lock of a record's directory; it goes with the descriptor. CORD_E_BUSY: another process
 * holds it. */
CORD_MUST_USE cord_status cord_record_open_lock(int dir, int *ret_file, struct cord_error *err);

/* Options of a connection of this record. */
struct cord_sql_options cord_record_sql_options(const struct cord_record *record, bool read_only);

/* The last claim as the connection sees it. */
CORD_MUST_USE cord_status cord_record_read_head(struct cord_sql *sql,
                                                struct cord_record_head *ret_head,
                                                struct cord_error *err);

/* One claim behind the head, which moves on: numbered, hashed, put in and applied. Within a
 * transaction; claim->recorded_ns is set. *ret_repeated: its key was there, and nothing
 * happened. On failure the transaction is to be rolled back and the head put back. */
CORD_MUST_USE cord_status cord_record_put(struct cord_record *record, struct cord_claim *claim,
                                          struct cord_record_head *head, bool *ret_repeated,
                                          struct cord_error *err);

/* The writer's turn: nobody else writes until _yield. For what takes the record as a whole. */
void cord_record_take_turn(struct cord_record *record);
void cord_record_yield_turn(struct cord_record *record, const struct cord_record_head *head);

/* All claims of "main", in their order: applied to the views of `spans`, which are empty, unless
 * NULL; checked against their hashes if `chained`. CORD_E_FORMAT names the first that is broken. */
struct cord_record_pass {
    struct cord_sql *sql;
    struct cord_record_spans *spans;
    cord_str exercise;
    bool chained;
    uint64_t total;
    const struct cord_record_progress *progress;
    /* May be NULL: told of each, after its check. */
    cord_status (*visit)(void *self, const struct cord_claim *claim, const struct cord_digest *hash,
                         struct cord_error *err);
    void *self;
};
CORD_MUST_USE cord_status cord_record_pass_all(const struct cord_record_pass *pass,
                                               uint64_t *ret_claims, struct cord_error *err);

/* Signs the head when it is `claims` or more behind the last checkpoint. In the writer's turn. */
CORD_MUST_USE cord_status cord_record_sign(struct cord_record *record,
                                           const struct cord_record_head *head, uint64_t claims,
                                           struct cord_error *err);

#endif
