/*
 * record_verify.h: whether a record is what it was, and its views made anew.
 *
 * One thread. A record may be written meanwhile: what is verified is what was there at the
 * begin.
 */
#ifndef CORD_RECORD_RECORD_VERIFY_H
#define CORD_RECORD_RECORD_VERIFY_H

#include "record/record.h"

struct cord_record_verify_options {
    cord_str key; /* public key, in hexadecimal, that must have signed; ptr NULL: that of the first
                     checkpoint */
    struct cord_record_progress progress;
    void (*broken)(void *self, cord_str what); /* a sentence for each */
    void *self;
};

struct cord_record_verdict {
    uint64_t claims;
    uint64_t checkpoints;
    uint64_t unsigned_claims;    /* behind the last checkpoint */
    uint64_t broken;             /* 0: all is proven */
    char head[CORD_DIGEST_TEXT]; /* the last claim's hash */
};

/* Every page, every claim's hash, every checkpoint's signature, and that the views are what their
 * making anew gives. Goes on after what is broken, where it can: of the chain the first
 * broken claim is named. CORD_OK also when something is: *ret_verdict. A directory in which a
 * record cannot even be opened: as cord_record_open. CORD_E_END: the progress ended it. */
CORD_MUST_USE cord_status cord_record_verify(const char *dir,
                                             const struct cord_record_verify_options *options,
                                             struct cord_record_verdict *ret_verdict,
                                             struct cord_error *err);

/* Makes the views anew from the claims, whole or not at all. Byte for byte what they
 * were, if they were right. */
CORD_MUST_USE cord_status cord_record_rebuild(struct cord_record *record,
                                              const struct cord_record_progress *progress,
                                              uint64_t *ret_claims, struct cord_error *err);

#endif
