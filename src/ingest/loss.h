/*
 * loss.h: why a record that reached us is not evidence: the ledger's words.
 */
#ifndef CORD_INGEST_LOSS_H
#define CORD_INGEST_LOSS_H

#include <stdbool.h>

enum cord_loss_reason {
    /* Refused: this one is not to come again as it is. */
    CORD_LOSS_MALFORMED, /* not what the protocol or format says */
    CORD_LOSS_OVERSIZE,  /* longer than a record, frame or body may be */
    CORD_LOSS_ENCODING,  /* its packing is broken, unknown, or unpacks to too much */
    CORD_LOSS_EMPTY,     /* nothing in it */
    CORD_LOSS_FIELDS,    /* more fields or deeper than an event may have */
    CORD_LOSS_UNKNOWN,   /* from nobody registered */
    CORD_LOSS_FORBIDDEN, /* claims another organisation, or a source it may not */
    CORD_LOSS_POISON,    /* ended the program twice: in quarantine */
    CORD_LOSS_PRIVACY,   /* patient identifiers in it could not be found for sure */
    CORD_LOSS_RATE, /* beyond its source's events_a_second, and could not be told to wait (UDP) */
    /* Shed: it was good, and we had no room. */
    CORD_LOSS_REPEAT,   /* under overload: judged, and no match of it was new; see shed.h */
    CORD_LOSS_OVERLOAD, /* under overload: not even judged */
    CORD_LOSS_KERNEL,   /* dropped by the kernel before we saw it (UDP) */
    CORD_LOSS_COUNT,
};

/* "malformed", ...: stable, in the ledger, metrics and replies. */
const char *cord_loss_name(enum cord_loss_reason reason);
/* One line for people. */
const char *cord_loss_help(enum cord_loss_reason reason);

static inline bool cord_loss_is_shed(enum cord_loss_reason reason)
{
    return reason >= CORD_LOSS_REPEAT;
}

#endif
