/*
 * make_alerts.h: a history of findings and claims from the bytes of a fuzzer, and what it comes to,
 * worked out as plainly as can be.
 *
 * The plain way takes what was known at a time, and folds all of it from the start: no memory of
 * before, no index, nothing of src/triage but names, ids and a finding's addresses.
 */
#ifndef CORD_TESTS_KIT_MAKE_ALERTS_H
#define CORD_TESTS_KIT_MAKE_ALERTS_H

#include "triage/alert_book.h"

enum { MAKE_ALERTS_FINDINGS = 120, MAKE_ALERTS_CLAIMS = 120, MAKE_ALERTS_PUSHES = 12 };

#define MAKE_ALERTS_CHANGES 64u
#define MAKE_ALERTS_GAP_NS  (100 * CORD_SECOND_NS)

/* A cluster or incident set. */
struct make_alerts_push {
    uint64_t alert; /* a number of the book's */
    bool incident;
    int64_t when_ns;
    cord_str id;
};

struct make_alerts {
    struct cord_arena *arena;
    struct cord_alert_book_options options;
    struct cord_sighting findings[MAKE_ALERTS_FINDINGS];
    size_t finding_count;
    uint64_t alerts[MAKE_ALERTS_FINDINGS]; /* numbers of those that the findings come to */
    size_t alert_count;
    struct cord_claim claims[MAKE_ALERTS_CLAIMS];
    size_t claim_count;
    struct make_alerts_push pushes[MAKE_ALERTS_PUSHES];
    size_t push_count;
    int64_t first_ns, last_ns; /* all times lie within */
};

struct make_alerts *make_alerts_new(const uint8_t *data, size_t size);
/* Of bytes that follow from the seed. */
struct make_alerts *make_alerts_random(uint32_t seed);
void make_alerts_free(struct make_alerts *history);

/* Fed in an order that respects numbers; each number below 256 gives another one, 0 findings first.
 */
void make_alerts_feed(const struct make_alerts *history, struct cord_alert_book *book,
                      unsigned interleaving);

/* All alerts as known at a time (NONE: now) by priority, in the caller's array of room for all
 * findings and claims; ids and why are not set, number instead of id in first_finding of manual
 * ones. Returns how many. */
size_t make_alerts_plain(const struct make_alerts *history, int64_t at_ns,
                         struct cord_alert *ret_alerts, uint64_t *ret_numbers);

/* Of all alerts, as known now. */
extern const struct cord_alert_ask make_alerts_everything;

/* The next of numbers below 2^24 that follow from *dice. */
uint32_t make_alerts_next(uint32_t *dice);

/* One line of all that is known of an alert but id, region, revision and why. */
void make_alerts_print(const struct cord_alert *alert, struct cord_buf *out);

#endif
