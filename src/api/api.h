/*
 * api.h: the HTTP API under /api/v1: requests of programs and people; and the console, which
 * is everything else (web.h).
 *
 * A request is looked at on its connection's loop (path, method, rate), answered by a
 * worker (who asks, may it, is it well-formed, and then the route's own function), and the
 * reply goes back by the loop. What is answered and how is in the table of api_route.h.
 * Everything is bounded: requests that wait, bodies, pages, streams, what an address or an
 * account may ask. Every refusal is counted.
 */
#ifndef CORD_API_API_H
#define CORD_API_API_H

#include "api/api_access.h"
#include "api/api_banner.h"
#include "api/api_cursor.h"
#include "api/web.h"
#include "base/clock.h"
#include "base/log.h"
#include "comms/http_server.h"

struct cord_api;
struct cord_accounts;
struct cord_api_pictures;
struct cord_collection;
struct cord_desk;
struct cord_files;
struct cord_ledger;
struct cord_record;
struct cord_search_progress;
struct cord_source_book;
struct cord_store;
struct cord_suppress_past;

typedef cord_status (*cord_api_finding_visit)(void *self, uint64_t number, cord_str json);

/* Stored events as the past that rules are tried on. */
struct cord_api_past {
    const struct cord_collection *collection; /* finished; NULL: the rules in force */
    bool (*progress)(void *self, const struct cord_search_progress *progress); /* false: stop */
    void *self;
};

/* Findings of these organisations, by the names that their events bear: numbered above `after`, and
 * below `before` unless that is 0. */
struct cord_api_findings_of {
    const cord_str *organisations;
    size_t count;
    uint64_t after, before;
    bool newest; /* the highest number first; else ascending */
};

/* What the API shows, as the server has it. Any thread calls; what is NULL is not there. */
struct cord_api_ports {
    /* *ret_why is constant. */
    bool (*ready)(void *self, const char **ret_why);
    /* Sources that have been silent for too long. */
    void (*silent)(void *self, void (*each)(void *each_self, cord_str source), void *each_self);
    /* The rules in force, until `rules_done` of *ret_hold. */
    const struct cord_collection *(*rules)(void *self, void **ret_hold);
    void (*rules_done)(void *self, void *hold);
    /* Findings: their numbers are from 1, without a gap. The newest's number, 0: none. */
    uint64_t (*findings_newest)(void *self);
    /* Those numbered above `after`, ascending, as JSON objects; a status other than CORD_OK
     * ends it and is returned, CORD_E_END as CORD_OK. */
    cord_status (*findings)(void *self, uint64_t after, cord_api_finding_visit visit,
                            void *visit_self, struct cord_error *err);
    /* Those of some organisations, without reading what others have. */
    cord_status (*findings_of)(void *self, const struct cord_api_findings_of *of,
                               cord_api_finding_visit visit, void *visit_self,
                               struct cord_error *err);
    /* Until `past_done` of *ret_hold (triage/suppress_trial.h); borrows `past` so long. */
    cord_status (*past)(void *self, const struct cord_api_past *past,
                        struct cord_suppress_past *ret_past, void **ret_hold,
                        struct cord_error *err);
    void (*past_done)(void *self, void *hold);
    void *self;
    struct cord_ledger *ledger;
    struct cord_source_book *sources;
    struct cord_store *store;
    struct cord_record *record;
    struct cord_desk *desk;
    struct cord_accounts *accounts;
    struct cord_api_pictures *pictures; /* of the record */
    const struct cord_files *files;
    int journal; /* directory of the journals */
};

struct cord_api_options {
    struct cord_api_ports ports;
    struct cord_api_access access;
    struct cord_api_secret
        secret;              /* of cursors; the same after a restart, so that they stay good */
    struct cord_web web;     /* what is not under /api/ */
    struct cord_clock clock; /* "now" of what is shown: wall time, or an exercise's own */
    struct cord_clock wall;  /* wall time in any case; now_ns NULL: clock */
    cord_str exercise;       /* its name, which every reply says; "": live */
    struct cord_api_banner_texts banner; /* at first */
    struct cord_log *log;
    uint64_t seed;
    size_t threads;             /* 0: 4 */
    size_t waiting_max;         /* requests that wait for a thread; 0: 256 */
    uint32_t requests_a_second; /* of one account; four times as many of one address */
    size_t live_max;            /* streams open; 0: 1,000 */
};

#define CORD_API_STATUS_MAX 600

/* Why something could not be told to the record. */
enum cord_api_untold {
    CORD_API_UNTOLD_FULL, /* the disk is */
    CORD_API_UNTOLD_BUSY, /* another process holds the database */
    CORD_API_UNTOLD_MEMORY,
    CORD_API_UNTOLD_REFUSED, /* the record takes no such entry: our mistake */
    CORD_API_UNTOLD_DAMAGED, /* what is in it already is not what was written */
    CORD_API_UNTOLD_DISK,    /* it fails */
    CORD_API_UNTOLD_COUNT,
};

/* Any thread reads them. */
struct cord_api_stats {
    uint64_t replies[CORD_API_STATUS_MAX]; /* by status */
    uint64_t rate_address;                 /* refused: asked too often */
    uint64_t rate_account;
    uint64_t busy;                          /* refused: too many wait */
    uint64_t untold[CORD_API_UNTOLD_COUNT]; /* not answered: it could not be told to the record */
    uint64_t live;                          /* streams open */
    uint64_t live_sent;                     /* events */
    uint64_t jobs;                          /* searches kept */
};

CORD_MUST_USE cord_status cord_api_new(const struct cord_api_options *options,
                                       struct cord_api **ret_api, struct cord_error *err);
struct cord_http_handler cord_api_handler(struct cord_api *api);

/* From the next reply on. Any thread. */
void cord_api_rename(struct cord_api *api, const struct cord_api_banner_texts *banner);

/* Takes no more, answers what is under way and ends streams and searches. While the loops run. */
void cord_api_stop(struct cord_api *api);
/* Once its HTTP servers are freed. NULL is allowed. */
void cord_api_free(struct cord_api *api);

void cord_api_stats(const struct cord_api *api, struct cord_api_stats *ret_stats);

#endif
