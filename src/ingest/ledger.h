/*
 * ledger.h: the loss ledger: what became of every record, per source and minute.
 *
 * received = stored + refused + shed, and + pending while something is under
 * way. It balances to the record whatever ends the process: stored rows are
 * themselves the truth of what was stored, so an entry says up to which of the
 * store's numbers it has counted, and opening counts the rows beyond by asking
 * the store. Refusals and losses are durable before their sender is told.
 * Minutes are those of our clock when the record came in. Any thread.
 */
#ifndef CORD_INGEST_LEDGER_H
#define CORD_INGEST_LEDGER_H

#include "base/clock.h"
#include "evidence/evidence.h"
#include "evidence/journal.h"
#include "ingest/loss.h"

struct cord_ledger;

struct cord_ledger_counts {
    uint64_t received; /* stored + all lost, by definition of adding */
    uint64_t stored;
    uint64_t lost[CORD_LOSS_COUNT];
    uint64_t bytes; /* of stored records, as received */
};

/* Of one source; listeners count what nobody registered sent under "listener/NAME". */
struct cord_ledger_source {
    cord_str name;
    cord_str organisation;
    int64_t first_ns;        /* record ever stored of it; CORD_TIME_NONE: none */
    int64_t last_ns;         /* the latest one */
    int64_t last_contact_ns; /* anything of it, refused too */
    uint64_t pending;        /* under way now */
    struct cord_ledger_counts total;
};

struct cord_ledger_options {
    const struct cord_files *files;
    int dir;               /* where the journal "ledger" is or will be */
    bool read_only;        /* while another process writes it */
    uint32_t minutes_kept; /* beyond them: hours; 0: 10,080, a week */
    struct cord_clock clock;
};

/* Reads the journal and asks evidence (NULL when read_only) for rows beyond it. */
CORD_MUST_USE cord_status cord_ledger_open(const struct cord_ledger_options *options,
                                           struct cord_evidence *evidence,
                                           struct cord_ledger **ret_ledger, struct cord_error *err);
void cord_ledger_close(struct cord_ledger *ledger);

/* Records of the source are under way, or no longer: `count` may be negative. Not durable. */
void cord_ledger_pending(struct cord_ledger *ledger, cord_str source, cord_str organisation,
                         int64_t count);

/* What one delivery, committed in the store or refused, came to. */
struct cord_ledger_entry {
    cord_str source;
    cord_str organisation;
    int64_t received_ns;
    struct cord_ledger_counts counts; /* `received` is worked out */
};
/* Counted in memory; durable after the next _write. */
void cord_ledger_add(struct cord_ledger *ledger, const struct cord_ledger_entry *entry);

/* All added so far is durable; rows up to `through` are counted by it. */
CORD_MUST_USE cord_status cord_ledger_write(struct cord_ledger *ledger, uint64_t through,
                                            struct cord_error *err);
/* Something other than stored rows was added since the last write. */
bool cord_ledger_must_write(const struct cord_ledger *ledger);

/* --- asking --- */

/* Every source, by name. The texts are good as long as the ledger. */
CORD_MUST_USE cord_status cord_ledger_sources(struct cord_ledger *ledger,
                                              cord_status (*put)(void *self,
                                                                 const struct cord_ledger_source *),
                                              void *self);
/* A source's minutes (source "": all together) within a time, ascending; minutes without
 * anything are left out. */
CORD_MUST_USE cord_status cord_ledger_minutes(struct cord_ledger *ledger, cord_str source,
                                              int64_t from_ns, int64_t to_ns,
                                              cord_status (*put)(void *self, int64_t minute_ns,
                                                                 const struct cord_ledger_counts *),
                                              void *self);

#endif
