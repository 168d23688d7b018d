/*
 * kit_evidence.h: a store in memory, behind the port of evidence.
 *
 * Keeps every row, knows of conditions only those on classes, and fails when it is
 * told to. One lock around everything: any thread may call.
 */
#ifndef CORD_TESTS_KIT_KIT_EVIDENCE_H
#define CORD_TESTS_KIT_KIT_EVIDENCE_H

#include "evidence/evidence.h"

#include <pthread.h>

struct kit_evidence {
    struct cord_evidence base;
    struct cord_rows *rows;
    pthread_mutex_t lock;
    uint64_t appends;
    uint64_t committed;    /* rows */
    uint64_t appends_left; /* then it is full */
};

void kit_evidence_init(struct kit_evidence *evidence);
void kit_evidence_done(struct kit_evidence *evidence);

#endif
