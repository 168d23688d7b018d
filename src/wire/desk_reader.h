/*
 * desk_reader.h: findings of the journal, read ahead for the desk.
 *
 * A server that begins tells its desk of every finding there is. To read one takes longer than to
 * tell it: so while one batch is told, a thread of the reader's own reads the next ones. What it
 * holds is bounded. One thread takes batches.
 */
#ifndef CORD_WIRE_DESK_READER_H
#define CORD_WIRE_DESK_READER_H

#include "triage/sighting.h"
#include "wire/findings_log.h"

enum { CORD_DESK_READER_BATCH = 256 };

/* Findings in the order of their numbers. */
struct cord_desk_reader_batch {
    struct cord_desk_reader_row {
        uint64_t number;
        cord_status status;            /* other than CORD_OK: it cannot be read */
        struct cord_sighting sighting; /* with the journal's number */
    } rows[CORD_DESK_READER_BATCH];
    size_t count;
    struct cord_arena *arena; /* its texts */
};

struct cord_desk_reader;

/* Those numbered above `after`. The log outlives it. */
CORD_MUST_USE cord_status cord_desk_reader_start(struct cord_findings_log *log, uint64_t after,
                                                 struct cord_desk_reader **ret_reader,
                                                 struct cord_error *err);
/* The next batch, which is there until the next call; NULL: there is none, or it failed. Waits. */
const struct cord_desk_reader_batch *cord_desk_reader_next(struct cord_desk_reader *reader);
/* Ends it, whether or not all was read, and says what went wrong with reading. NULL is allowed. */
CORD_MUST_USE cord_status cord_desk_reader_end(struct cord_desk_reader *reader,
                                               struct cord_error *err);

#endif
