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
    int dir;        /* where the journal "ledger" is or will be */
    bool read_only; /* while another process writes it */
    /* Of a source, those with anything in them; what is older is kept by hours, later by days.
     * 0: 10,080, a week. Fewer when there are very many sources. */
    uint32_t minutes_kept;
    uint64_t journal_bytes; /* of a file of the journal, and between snapshots; 0: 16 MiB */
};

/* What opening met. */
struct cord_ledger_found {
    struct cord_journal_found journal;
    uint64_t unknown;   /* entries that are none of a ledger: passed over */
    uint64_t recounted; /* rows of the store that no entry had counted */
    bool uncounted;     /* some of those cannot be read */
};

/* Reads the journal and asks evidence (NULL when read_only) for rows beyond it. A ledger
 * that begins does not count what the store has already: CORD_E_LIMIT when the disk is
 * too full to say so. */
CORD_MUST_USE cord_status cord_ledger_open(const struct cord_ledger_options *options,
                                           struct cord_evidence *evidence,
                                           struct cord_ledger **ret_ledger, struct cord_error *err);
/* What is not written is lost. */
void cord_ledger_close(struct cord_ledger *ledger);
const struct cord_ledger_found *cord_ledger_found(const struct cord_ledger *ledger);

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
/* Counted in memory; durable after the next _write. Never fails: when memory ends, counts
 * go to another minute, or to the source "(more)". */
void cord_ledger_add(struct cord_ledger *ledger, const struct cord_ledger_entry *entry);

/* All added so far is durable. Rows of the store up to the number `through`, and none
 * beyond it, have been added: call it after the store's commit. On failure nothing is
 * lost: the next call writes it. */
CORD_MUST_USE cord_status cord_ledger_write(struct cord_ledger *ledger, uint64_t through,
                                            struct cord_error *err);
/* Something other than stored rows was added since the last write. */
bool cord_ledger_must_write(struct cord_ledger *ledger);

/* --- asking --- */

/* Every source, by name, and by organisation should it have had several. The texts are good as long
 * as the ledger. */
CORD_MUST_USE cord_status cord_ledger_sources(struct cord_ledger *ledger,
                                              cord_status (*put)(void *self,
                                                                 const struct cord_ledger_source *),
                                              void *self);
/* A source's minutes (source "": all together) within a time (CORD_TIME_NONE: any end),
 * ascending; minutes without anything are left out, older ones come as the first of
 * their hour or day. */
CORD_MUST_USE cord_status cord_ledger_minutes(struct cord_ledger *ledger, cord_str source,
                                              int64_t from_ns, int64_t to_ns,
                                              cord_status (*put)(void *self, int64_t minute_ns,
                                                                 const struct cord_ledger_counts *),
                                              void *self);

#endif
