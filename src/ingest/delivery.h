/*
 * delivery.h: records that came together, are stored together and answered
 * together: the port between protocols and what becomes of events.
 *
 * A protocol makes one, puts it into the intake and forgets it until `done`. In
 * between the intake's threads own it. What the protocol learns then is final:
 * stored records are durable, the rest was refused or shed and is in the ledger.
 */
#ifndef CORD_INGEST_DELIVERY_H
#define CORD_INGEST_DELIVERY_H

#include "base/arena.h"
#include "base/buf.h"
#include "comms/loop.h"
#include "ingest/loss.h"
#include "ingest/source.h"

struct cord_unwrap;

enum cord_delivery_coding {
    CORD_CODING_IDENTITY,
    CORD_CODING_GZIP,
    CORD_CODING_DEFLATE, /* zlib, or raw as some send it */
    CORD_CODING_ZSTD,
};

/* How a protocol's bytes become records; a constant table a protocol. */
struct cord_delivery_kind {
    const char *name; /* "hec", "bulk", "otlp", "ndjson", "syslog", "lumberjack", "file" */
    /* Finds the records in `bytes` (the body, unpacked) and puts them, in their order,
     * into `unwrap`. Any worker thread; pure but for the unwrap. CORD_E_FORMAT: the
     * whole delivery is wrong, with err for the client; nothing of it is stored. */
    cord_status (*unwrap)(const struct cord_delivery_kind *kind, cord_str bytes, cord_str context,
                          struct cord_unwrap *unwrap, struct cord_error *err);
};

/* What became of a record that was not stored. */
struct cord_delivery_refusal {
    uint32_t item; /* number of the record in the delivery, from 0 */
    enum cord_loss_reason reason;
    cord_str text; /* for the client; lives as long as the delivery */
};

#define CORD_DELIVERY_REFUSALS_MAX 1024 /* kept; all are counted */

struct cord_delivery {
    /* Set by the protocol. */
    const struct cord_delivery_kind *kind;
    struct cord_sources *sources; /* a reference: holds `source` */
    const struct cord_source *source;
    struct cord_buf body; /* owned */
    enum cord_delivery_coding coding;
    cord_str context; /* for unwrap, e.g. the query's defaults: cord_delivery_keep, or constant */
    int64_t received_ns;
    uint64_t announced;     /* records known before unwrapping (syslog); 0: not known */
    bool only_firsts;       /* its records may go: stored is what a rule says first of an asset */
    struct cord_loop *loop; /* whose thread calls done */
    /* Once, from the loop's thread. The delivery is the protocol's again, to be freed
     * by cord_delivery_free. */
    void (*done)(struct cord_delivery *delivery);
    void *self;

    /* Set by the intake. records = stored + refused + shed when status is CORD_OK. */
    cord_status status; /* CORD_OK; CORD_E_FORMAT: see error; CORD_E_LIMIT: nothing was taken, come
                           again; CORD_E_IO: the disk failed, nothing was taken */
    struct cord_error error;
    uint64_t records;
    uint64_t stored;
    uint64_t refused;
    uint64_t shed;
    uint64_t lost[CORD_LOSS_COUNT]; /* refused and shed, by reason */
    uint64_t stored_bytes;          /* of the stored records, as received */
    /* Number of the first stored one, the others follow it; 0: none, or not in one row. */
    uint64_t first_sequence;
    struct cord_delivery_refusal *refusals; /* ascending by item; see cord_delivery_lose */
    size_t refusal_count;
    size_t refusal_cap;
    struct cord_buf answer;   /* what `unwrap` left for the protocol's reply */
    struct cord_arena *texts; /* context, refusals; NULL until the first */

    /* The intake's own. */
    struct cord_delivery *next;
    struct cord_loop_task task;
    size_t room;      /* of what may wait, to be given back */
    uint64_t counted; /* of stored: in the ledger already */
    uint64_t counted_bytes;
};

/* Zeroed, with a body of bytes_max at most. NULL when out of memory. */
struct cord_delivery *cord_delivery_new(const struct cord_delivery_kind *kind, size_t bytes_max);
/* Gives up body, refusals and the reference to the sources. NULL is allowed. */
void cord_delivery_free(struct cord_delivery *delivery);

/* A copy that lives as long as the delivery; ptr NULL when there is no room. */
cord_str cord_delivery_keep(struct cord_delivery *delivery, cord_str text);

/* The intake's: kind->unwrap, and the protocol gets its answer back. CORD_E_FORMAT, too,
 * when the unwrap had no room: the same would come of it another time. */
CORD_MUST_USE cord_status cord_delivery_unwrap(struct cord_delivery *delivery, cord_str bytes,
                                               struct cord_unwrap *unwrap, struct cord_error *err);

/* The intake's: this record was not stored. Counts it as refused or shed, and keeps what
 * the client is to be told in the order of items, up to CORD_DELIVERY_REFUSALS_MAX and
 * as far as there is memory: when refusal_count is less than refused + shed, a protocol
 * knows of no item that is not among them whether it was stored. The text is copied,
 * and may be empty. */
void cord_delivery_lose(struct cord_delivery *delivery, uint32_t item, enum cord_loss_reason reason,
                        cord_str text);

/* Where protocols put deliveries. */
struct cord_intake_port {
    /* Any loop's thread; never waits. CORD_OK: done will be called. CORD_E_LIMIT: too
     * much is waiting, of this source or in all: the delivery is still the caller's,
     * who slows its sender down or, where it cannot, sheds and counts. */
    cord_status (*put)(void *self, struct cord_delivery *delivery);
    /* Worth asking before a body is read: false when put would refuse now. source NULL: of
     * whatever source. */
    bool (*has_room)(void *self, const struct cord_source *source);
    /* How long until the source may send more, by its own events_a_second; 0: it may. put does
     * not look at it: whoever reads asks before it reads more, and has_room is false as long.
     * NULL: there are no such bounds. */
    int64_t (*wait_ns)(void *self, const struct cord_source *source);
    void *self;
};

static inline int64_t cord_intake_port_wait_ns(const struct cord_intake_port *port,
                                               const struct cord_source *source)
{
    return port->wait_ns ? port->wait_ns(port->self, source) : 0;
}

#endif
