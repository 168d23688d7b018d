/*
 * intake.h: deliveries in; events stored, judged and counted; answers out.
 *
 * Worker threads take deliveries, of each source in the order they came and of all that
 * have some waiting in turn, so that nobody waits behind what another sends too much of.
 * They lay out their records, decode them, append them to the evidence store and match them. One
 * thread commits for all of them: with one sync the events of many deliveries become durable, the
 * ledger learns of them, and only then is each delivery answered. Verdicts go on in the order of
 * the events' numbers.
 *
 * Bounded by the bytes that wait: beyond, in all or of one source, the port
 * says CORD_E_LIMIT and the protocol slows its sender down.
 */
#ifndef CORD_WIRE_INTAKE_H
#define CORD_WIRE_INTAKE_H

#include "base/clock.h"
#include "base/log.h"
#include "ingest/delivery.h"
#include "ingest/ledger.h"
#include "normalise/patient_key.h"
#include "wire/examine.h"
#include "wire/poison.h"

struct cord_intake;

/* Where verdicts go; called by one thread, in the order of events. May wait: then
 * everything waits, back to the senders. The verdict is theirs. */
struct cord_intake_verdicts {
    void (*put)(void *self, struct cord_verdict *verdict);
    void *self;
};

struct cord_intake_options {
    struct cord_evidence *evidence;
    struct cord_ledger *ledger;
    struct cord_rulebook_slot *rules;
    struct cord_intake_verdicts verdicts;
    unsigned threads;          /* that decode and match */
    size_t waiting_bytes_max;  /* of bodies, from put to done */
    size_t source_bytes_max;   /* of them, of one source */
    size_t unpacked_bytes_max; /* a body may unpack to */
    size_t record_bytes_max;   /* longer records are refused */
    /* Borrowed. NULL: what sources of audit messages send is refused. */
    const struct cord_patient_key *patient_key;
    struct cord_clock clock; /* wall time */
    struct cord_log *log;
    uint64_t seed;
    /* A record was refused: for the quarantine. Any worker thread; may be NULL. */
    void (*refused)(void *self, const struct cord_delivery *delivery,
                    const struct cord_delivery_refusal *refusal, cord_str record);
    void *refused_self;
    struct cord_poison *poison; /* may be NULL: what ends the process may do so again */
    /* For the tests of poison, NULL otherwise: the record is about to be decoded, on its own
     * when it is suspected, else with others. Any worker. */
    void (*taking)(void *self, cord_str records);
    void *taking_self;
};

/* The last number given by the store so far is `through`: the next is beyond it.
 * Starts the threads. */
CORD_MUST_USE cord_status cord_intake_new(const struct cord_intake_options *options,
                                          uint64_t through, struct cord_intake **ret_intake,
                                          struct cord_error *err);
struct cord_intake_port cord_intake_port(struct cord_intake *intake);

/* Takes no more; returns when all that was taken is answered (posted to its loop). */
void cord_intake_drain(struct cord_intake *intake);
/* Drained before. */
void cord_intake_free(struct cord_intake *intake);

/* CPU time by stage, of all threads. */
enum cord_intake_stage {
    CORD_INTAKE_UNPACK,
    CORD_INTAKE_UNWRAP,
    CORD_INTAKE_DECODE,
    CORD_INTAKE_KEEP,
    CORD_INTAKE_EXAMINE,
    CORD_INTAKE_APPEND,
    CORD_INTAKE_COMMIT,
    CORD_INTAKE_STAGES,
};
const char *cord_intake_stage_name(enum cord_intake_stage stage);

struct cord_intake_stats {
    uint64_t deliveries;
    uint64_t refused_puts; /* the port said CORD_E_LIMIT */
    uint64_t stored;
    uint64_t refused;
    uint64_t bytes; /* of bodies taken */
    uint64_t waiting;
    uint64_t waiting_bytes;
    uint64_t failures; /* deliveries that the store could not take */
    uint64_t poisoned; /* records left out, for they had ended the process before */
    bool failing;      /* the store took nothing the last time, a moment ago */
    uint64_t commits;
    uint64_t stage_ns[CORD_INTAKE_STAGES];
    struct cord_matcher_stats matcher;
};
/* Each source that was told to wait for its events_a_second, and how often. Any thread; put
 * may not call the intake. */
void cord_intake_each_wait(struct cord_intake *intake,
                           void (*put)(void *self, cord_str source, uint64_t waits), void *self);
/* Any thread. */
struct cord_intake_stats cord_intake_stats(struct cord_intake *intake);

#endif
