/*
 * record_checkpoint.h: what the record's chain came to at times, signed.
 *
 * The file `checkpoints` holds one JSON object a line: a claim's number and hash, when
 * it was signed, the record's exercise, the public key and the signature. It is written
 * after the claims it speaks of are durable: so a database that holds less than its
 * last checkpoint has lost claims. A last line without an end was cut by a crash and
 * does not count.
 */
#ifndef CORD_RECORD_RECORD_CHECKPOINT_H
#define CORD_RECORD_RECORD_CHECKPOINT_H

#include "base/digest.h"
#include "base/files.h"
#include "base/signing.h"

#define CORD_RECORD_CHECKPOINT_BYTES_MAX ((size_t)1 << 30) /* of the file */

struct cord_record_checkpoint {
    uint64_t number;
    struct cord_digest hash;
    int64_t time_ns;
    cord_str exercise; /* as JSON writes it, without its quotes; borrows the line */
    struct cord_signing_public key;
    unsigned char signature[CORD_SIGNATURE_BYTES];
};

/* Signs it and appends it as a line. */
CORD_MUST_USE cord_status cord_record_checkpoint_write(struct cord_record_checkpoint *checkpoint,
                                                       const struct cord_signing_key *key,
                                                       struct cord_buf *lines,
                                                       struct cord_error *err);

/* Takes the next whole line off *rest. CORD_E_END: there is none. CORD_E_FORMAT: it is none of
 * ours; the line is taken off. The signature is not looked at. */
CORD_MUST_USE cord_status cord_record_checkpoint_next(cord_str *rest,
                                                      struct cord_record_checkpoint *ret_checkpoint,
                                                      struct cord_error *err);

/* CORD_E_FORMAT: it is not signed by its key. */
CORD_MUST_USE cord_status
cord_record_checkpoint_verify(const struct cord_record_checkpoint *checkpoint);

#endif
