/*
 * kit_intake.h: an intake that keeps records in memory, for tests of protocols.
 *
 * It has room or not, answers at once or when told, as the test says. One thread:
 * that of the loop.
 */
#ifndef CORD_TESTS_KIT_INTAKE_H
#define CORD_TESTS_KIT_INTAKE_H

#include "ingest/delivery.h"
#include "ingest/unwrap.h"
#include "kit/kit.h"

struct kit_intake {
    struct cord_intake_port port;   /* what a protocol is handed */
    bool full;                      /* put refuses */
    bool judges_only;               /* and takes what may go */
    bool holds;                     /* answers wait for kit_intake_answer */
    int64_t wait_ns;                /* of every source, for its rate */
    cord_status status;             /* of answers; anything but CORD_OK stores nothing */
    size_t deliveries;              /* taken */
    size_t records;                 /* stored */
    size_t judged_only;             /* not stored: of deliveries that may go */
    uint64_t lost[CORD_LOSS_COUNT]; /* counted by kit_intake_lost */
    struct cord_buf text;           /* "organisation/source:record\n" of the stored ones */
    struct cord_buf losses;         /* "source reason count\n" */
    struct cord_delivery *held;     /* not answered; newest first */
    struct cord_unwrap unwrap;
};

void kit_intake_init(struct kit_intake *intake);
/* All must be answered. */
void kit_intake_done(struct kit_intake *intake);
/* Answers what is held; `done` follows from the loop. */
void kit_intake_answer(struct kit_intake *intake);
/* For receivers' options: self is the intake. */
void kit_intake_lost(void *self, cord_str source, cord_str organisation,
                     enum cord_loss_reason reason, uint64_t count, int64_t received_ns);

/* The `sources:` list of a configuration. */
struct cord_sources *kit_intake_sources(const char *yaml);

#endif
