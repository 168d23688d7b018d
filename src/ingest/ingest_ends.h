/*
 * ingest_ends.h: what every way in has behind it, whatever it speaks.
 *
 * Filled once by whoever puts the parts together. What it points to outlives the
 * receiver that is given it.
 */
#ifndef CORD_INGEST_INGEST_ENDS_H
#define CORD_INGEST_INGEST_ENDS_H

#include "base/log.h"
#include "ingest/delivery.h"

struct cord_ingest_ends {
    struct cord_source_book *book;
    struct cord_intake_port port;
    struct cord_clock clock; /* wall time */
    struct cord_log *log;    /* may be NULL */
    /* Any loop's thread: so many records are lost that are in no delivery. */
    void (*lost)(void *self, cord_str source, cord_str organisation, enum cord_loss_reason reason,
                 uint64_t count, int64_t received_ns);
    void *self;
};

#endif
