/*
 * intake_internal.h: what the parts of the intake share: intake.c, which takes
 * deliveries in, intake_work.c, which makes rows and verdicts of them, intake_firsts.c,
 * which sheds what says nothing new, intake_append.c, which puts them into the store,
 * intake_careful.c, which leaves out what ends the process, and intake_commit.c,
 * which makes them durable and answers.
 */
#ifndef CORD_WIRE_INTAKE_INTERNAL_H
#define CORD_WIRE_INTAKE_INTERNAL_H

#include "base/map.h"
#include "ingest/body_unpack.h"
#include "ingest/rate.h"
#include "ingest/shed.h"
#include "ingest/unwrap.h"
#include "normalise/decoder.h"
#include "normalise/privacy.h"
#include "wire/intake.h"
#include "wire/keep.h"

#include <pthread.h>
#include <stdatomic.h>

/* Deliveries whose events were appended together. */
struct cord_intake_ticket {
    struct cord_intake_ticket *next;
    uint64_t first; /* 0: nothing was appended */
    uint64_t count;
    struct cord_delivery *deliveries; /* to be answered once it is durable */
    struct cord_delivery *last;
    struct cord_verdict *verdict; /* NULL: nothing was appended */
    /* Events of a delivery that goes on in the next ticket; source "": none. */
    struct cord_ledger_entry part;
};

struct cord_intake_worker {
    struct cord_intake *intake;
    pthread_t thread;
    bool started;
    size_t place; /* in the file of poison.h */
    uint64_t key; /* there: of the delivery under way, and of the record */
    uint64_t record_key;
    bool careful;  /* it is taken record by record */
    bool left_out; /* it, or some of it, was */
    struct cord_paths *paths;
    struct cord_classifier *classifier;
    struct cord_decoder_env env;
    const struct cord_zone *zone; /* of the delivery under way; env points here */
    const struct cord_format *formats[CORD_UNWRAP_FORMS]; /* by enum cord_unwrap_form */
    void *decoders[CORD_UNWRAP_FORMS];
    struct cord_keep *keep;
    struct cord_rows *rows;
    struct cord_examine *examine;
    struct cord_rulebook *book; /* of the group under way */
    struct cord_batch *batch;
    struct cord_unwrap unwrap;
    struct cord_unwrap rewritten; /* of a source of audit messages: unwrap without its patients */
    struct cord_privacy *privacy; /* NULL: there is no key */
    struct cord_body_unpack *unpack;
    bool *stays;                       /* of the batch's events, those that say something new */
    struct cord_intake_ticket *ticket; /* being filled */
    int64_t stage_began_ns;
};

struct cord_intake {
    struct cord_intake_options options;
    struct cord_intake_worker *workers;
    size_t worker_count;
    pthread_t committer;
    bool committing;

    _Atomic uint64_t stage_ns[CORD_INTAKE_STAGES];
    _Atomic uint64_t stored;
    _Atomic uint64_t refused;
    _Atomic uint64_t failures;
    _Atomic uint64_t poisoned;
    _Atomic int64_t failed_ns; /* monotonic: when the store last took nothing; 0: it does */
    _Atomic uint64_t commits;
    _Atomic int64_t full_until_ns; /* monotonic: the store had no room; nothing is taken before */

    pthread_mutex_t sightings_lock;
    struct cord_shed *sightings; /* of rules on assets, stored lately; its lock guards it */

    pthread_mutex_t lock;    /* guards all below */
    pthread_cond_t arrived;  /* a delivery, or the end: for workers */
    pthread_cond_t appended; /* a ticket, or the end: for the committer */
    pthread_cond_t answered; /* for the drain */
    size_t queued;           /* deliveries waiting for a worker */
    uint32_t turn_first;     /* share + 1 whose turn it is; 0: nothing waits */
    uint32_t turn_last;
    struct cord_intake_share *shares; /* of sources, by name */
    size_t share_count;
    size_t share_cap;
    struct cord_map share_map;
    struct cord_intake_ticket *tickets; /* ascending by first; those without events in front */
    uint64_t next_number;               /* of the first event of the next ticket to commit */
    uint64_t taken;                     /* deliveries so far */
    uint64_t done;
    uint64_t refused_puts;
    uint64_t bytes;
    uint64_t waiting_bytes;
    bool closed;
    bool workers_ended;
    struct cord_matcher_stats matcher;
};

/* What one source has waiting. */
struct cord_intake_share {
    char *name;
    size_t bytes;
    struct cord_delivery *first; /* waiting for a worker */
    struct cord_delivery *last;
    uint32_t turn_next; /* share + 1 that is taken from after this one */
    struct cord_rate rate;
    uint64_t waits; /* times it was told to wait for its rate */
};

/* --- intake.c --- */

/* Deliveries to work on together, chained; NULL: closed and none left. */
struct cord_delivery *cord_intake_claim(struct cord_intake *intake);
/* It is answered: its room is free. Gives the delivery back to its protocol. */
void cord_intake_answer(struct cord_intake *intake, struct cord_delivery *delivery);
/* So many events of the source came that were not announced. */
void cord_intake_charge(struct cord_intake *intake, const struct cord_source *source,
                        uint64_t events);
/* Takes the ticket over. */
void cord_intake_hand_in(struct cord_intake *intake, struct cord_intake_ticket *ticket);
void cord_intake_ticket_free(struct cord_intake_ticket *ticket);

/* CPU time of the calling thread; monotonic time. */
int64_t cord_intake_cpu_ns(void);
int64_t cord_intake_now_ns(void);

/* --- intake_work.c --- */

/* False when out of memory; _done all the same. */
bool cord_intake_worker_init(struct cord_intake_worker *worker, struct cord_intake *intake);
void cord_intake_worker_done(struct cord_intake_worker *worker);
/* The thread. */
void *cord_intake_worker_main(void *argument);

/* CPU time since the last call was used for this. */
void cord_intake_worker_stage(struct cord_intake_worker *worker, enum cord_intake_stage stage);
/* Nothing of the delivery is stored, and it may come again. */
void cord_intake_worker_fail(struct cord_intake_worker *worker, struct cord_delivery *delivery,
                             cord_status status, const char *why);

/* --- intake_append.c --- */

/* A ticket to be filled. */
CORD_MUST_USE cord_status cord_intake_append_begin(struct cord_intake_worker *worker);
/* Hands the ticket on. CORD_OK: its events are in the store. */
CORD_MUST_USE cord_status cord_intake_append(struct cord_intake_worker *worker);
/* The same, when enough has gathered in the middle of this delivery. */
CORD_MUST_USE cord_status cord_intake_append_part(struct cord_intake_worker *worker,
                                                  struct cord_delivery *delivery);

/* --- intake_long.c --- */

/* Bytes of the record that the rest of a run, which is not empty, begins with, and of the line end
 * behind it: 1 to all of them. */
size_t cord_intake_long_len(enum cord_unwrap_form form, cord_str rest);

/* --- intake_careful.c --- */

/* False: the delivery has ended the process before any of its records was looked at. */
bool cord_intake_careful_begin(struct cord_intake_worker *worker,
                               const struct cord_delivery *delivery);
void cord_intake_careful_end(struct cord_intake_worker *worker);
/* Bytes of rest to look for its first record in, when `before` were too few: one record
 * where each is framed or on a line of its own, some more otherwise. */
size_t cord_intake_careful_want(enum cord_unwrap_form form, cord_str rest, size_t before);
/* These are about to be decoded. False: not them. */
bool cord_intake_careful_enter(struct cord_intake_worker *worker, cord_str records);
void cord_intake_careful_leave(struct cord_intake_worker *worker);

/* Counts, and tells the quarantine; of a source of audit messages without the record. */
void cord_intake_worker_refuse(struct cord_intake_worker *worker, struct cord_delivery *delivery,
                               const struct cord_delivery_refusal *refusal, cord_str record);

/* --- intake_firsts.c --- */

/* Of a delivery of which only firsts are stored: what says nothing new leaves the batch, counted.
 */
CORD_MUST_USE cord_status cord_intake_firsts_keep(struct cord_intake_worker *worker,
                                                  struct cord_delivery *delivery);
/* What the verdict's events said is known from now on: they are in the store. */
void cord_intake_firsts_note(struct cord_intake *intake, const struct cord_verdict *verdict);

/* --- intake_privacy.c --- */

bool cord_intake_privacy_init(struct cord_intake_worker *worker, size_t text_bytes_max);
void cord_intake_privacy_done(struct cord_intake_worker *worker);
/* worker->unwrap, as its protocol laid it out, becomes what may be decoded and stored;
 * the records that cannot be understood are refused. On failure nothing is to be stored. */
CORD_MUST_USE cord_status cord_intake_privacy_rewrite(struct cord_intake_worker *worker,
                                                      struct cord_delivery *delivery);

/* --- intake_commit.c --- */

/* The thread. */
void *cord_intake_commit_main(void *argument);

#endif
