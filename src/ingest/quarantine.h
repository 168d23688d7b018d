/*
 * quarantine.h: records that were refused, kept for people to look at.
 *
 * A journal of bounded size: the oldest go, and how many have gone is known. It
 * is a help and no evidence: what a crash of the machine takes of it, or a full
 * disk keeps out, is no failure of anything else. The loss ledger has the
 * numbers. Any thread.
 */
#ifndef CORD_INGEST_QUARANTINE_H
#define CORD_INGEST_QUARANTINE_H

#include "evidence/journal.h"
#include "ingest/loss.h"

#define CORD_QUARANTINE_BYTES_MAX  65536u /* kept of a record */
#define CORD_QUARANTINE_DETAIL_MAX 1024u

struct cord_quarantine;

struct cord_quarantine_options {
    const struct cord_files *files;
    int dir;            /* where the journal "quarantine" is or will be */
    uint64_t bytes_max; /* on disk, about; 0: 256 MiB */
};

struct cord_quarantine_record {
    int64_t received_ns;
    cord_str source;
    cord_str organisation;
    enum cord_loss_reason reason;
    cord_str detail; /* why, in words */
    cord_str bytes;  /* as received */
    uint64_t len;    /* of it all; for _put, 0: what bytes has */
};

struct cord_quarantine_figures {
    uint64_t kept;     /* records there are now */
    uint64_t bytes;    /* on disk */
    uint64_t dropped;  /* records that went to make room, ever */
    uint64_t not_kept; /* records that could not be written: the disk was full; ever */
};

CORD_MUST_USE cord_status cord_quarantine_open(const struct cord_quarantine_options *options,
                                               struct cord_quarantine **ret_quarantine,
                                               struct cord_error *err);
void cord_quarantine_close(struct cord_quarantine *quarantine);

/* Never fails: what cannot be kept is counted. Long texts are cut. Of records whose patient
 * identifiers are not known (CORD_LOSS_PRIVACY) no bytes are kept. */
void cord_quarantine_put(struct cord_quarantine *quarantine,
                         const struct cord_quarantine_record *record);
void cord_quarantine_figures(struct cord_quarantine *quarantine,
                             struct cord_quarantine_figures *ret_figures);

/* All there are, oldest first, also while another process puts some in. A status
 * other than CORD_OK ends it and is what it returns. put may be NULL. */
CORD_MUST_USE cord_status cord_quarantine_each(
    const struct cord_quarantine_options *options,
    cord_status (*put)(void *self, const struct cord_quarantine_record *), void *self,
    struct cord_quarantine_figures *ret_figures, struct cord_error *err);

#endif
