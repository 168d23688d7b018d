/*
 * spread_log.h: the signs of spreading that were taken note of, in the order in which they came.
 *
 * Machines, organisations, techniques and titles are numbered, and a sign is a few numbers: what
 * was known at any time can be told by going through them again (spread_fold.h). A sign that only
 * repeats the one before it of the same machines and rule, within a minute, is counted with that.
 *
 * A machine is known by its address or its name, within the organisation whose sensors saw it:
 * private addresses are used by everybody. One with an address that means the same everywhere is
 * one machine for all. Bounded by the options; one thread.
 */
#ifndef CORD_TRIAGE_SPREAD_LOG_H
#define CORD_TRIAGE_SPREAD_LOG_H

#include "triage/spread_sign.h"

#define CORD_SPREAD_NOBODY         UINT32_MAX
#define CORD_SPREAD_EVIDENCE_BYTES 16u /* an id is shorter (evidence/evidence_id.h) */

struct cord_spread_machine {
    uint32_t organisation; /* CORD_SPREAD_NOBODY: a global address */
    cord_str host;         /* as it was first spelt; "" */
    cord_str address;      /* "" */
};

/* Who did what to whom. */
struct cord_spread_link {
    uint32_t kind; /* enum cord_spread_kind */
    uint32_t technique;
    uint32_t organisation; /* whose sensor saw it */
    uint32_t source;       /* a machine, or CORD_SPREAD_NOBODY */
    uint32_t target;       /* likewise */
    uint32_t title;        /* of the rule */
    uint32_t inferred;     /* 1: an effect that was concluded */
};

struct cord_spread_note {
    uint64_t number; /* of the finding */
    int64_t known_ns;
    int64_t time_ns;
    int64_t last_ns; /* of the repeats */
    uint32_t link;
    uint32_t count; /* findings, repeats included */
    char evidence[CORD_SPREAD_EVIDENCE_BYTES];
};

struct cord_spread_log;

/* NULL when out of memory. */
struct cord_spread_log *cord_spread_log_new(size_t notes_max, size_t bytes_max, uint64_t seed);
void cord_spread_log_free(struct cord_spread_log *log);

/* *ret_at: the note's number from 0; *ret_new: it is a new one and no repeat. CORD_E_LIMIT: there
 * is no room. CORD_E_NOMEM. On failure no note has been added. */
CORD_MUST_USE cord_status cord_spread_log_add(struct cord_spread_log *log,
                                              const struct cord_sighting *sighting,
                                              const struct cord_spread_sign *sign, uint32_t *ret_at,
                                              bool *ret_new);
/* A note of another log, with what it names. Likewise. */
CORD_MUST_USE cord_status cord_spread_log_carry(struct cord_spread_log *log,
                                                const struct cord_spread_log *from, uint32_t at);

uint32_t cord_spread_log_count(const struct cord_spread_log *log);
const struct cord_spread_note *cord_spread_log_note(const struct cord_spread_log *log, uint32_t at);
const struct cord_spread_link *cord_spread_log_link(const struct cord_spread_log *log,
                                                    uint32_t link);
const struct cord_spread_machine *cord_spread_log_machine(const struct cord_spread_log *log,
                                                          uint32_t machine);
/* Organisations, techniques and titles. */
cord_str cord_spread_log_word(const struct cord_spread_log *log, uint32_t word);
uint32_t cord_spread_log_word_count(const struct cord_spread_log *log);
size_t cord_spread_log_bytes(const struct cord_spread_log *log);

#endif
