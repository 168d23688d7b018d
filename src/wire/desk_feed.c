/* desk_feed.c: see desk_feed.h. */
#include "wire/desk_feed.h"

#include "record/record_view.h"
#include "triage/incident_spread.h"
#include "wire/desk_reader.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define PAUSE_NS  100000000
#define SETTLE_NS 1000000000

enum {
    CLAIMS_STEP = 10000,
    FAR_BEHIND = 2 * CORD_DESK_READER_BATCH, /* from there on findings are read ahead */
    SETTLE_SHARE = 9, /* clusters take a tenth of the thread's time at most */
};

struct cord_desk_feed {
    struct cord_desk_feed_options options;
    struct cord_record_view *view;
    struct cord_incident_spread *incidents; /* the thread's own */
    pthread_t thread;
    pthread_mutex_t lock; /* guards ending */
    pthread_cond_t woken;
    bool ending;
    int64_t through_ns; /* the thread's own: claims recorded until then have been told */
    int64_t settle_ns;  /* the thread's own: monotonic; not before */
    bool failing;       /* the thread's own: the log has been told */
    _Atomic uint64_t findings;
    _Atomic uint64_t claims;
    _Atomic uint64_t refused;
    _Atomic uint64_t opened;
    _Atomic uint64_t unsaid;
    atomic_bool caught_up;
};

static void free_feed(struct cord_desk_feed *feed)
{
    cord_incident_spread_free(feed->incidents);
    cord_record_view_close(feed->view);
    (void)pthread_cond_destroy(&feed->woken);
    (void)pthread_mutex_destroy(&feed->lock);
    free(feed);
}

static bool is_ending(struct cord_desk_feed *feed)
{
    (void)pthread_mutex_lock(&feed->lock);
    bool ending = feed->ending;
    (void)pthread_mutex_unlock(&feed->lock);
    return ending;
}

static cord_status tell_claim(void *self, const struct cord_claim *claim,
                              const struct cord_digest *hash)
{
    struct cord_desk_feed *feed = self;
    (void)hash;
    if (cord_desk_claim(feed->options.desk, claim, NULL) != CORD_OK) {
        feed->refused++;
    }
    feed->claims = claim->number;
    return CORD_OK;
}

/* Those that are there now. */
static cord_status tell_claims(struct cord_desk_feed *feed, struct cord_error *err)
{
    const struct cord_claim_filter all = {.known_ns = INT64_MAX};
    /* Read before the session begins: nothing is recorded later with an earlier time. */
    int64_t now_ns = cord_clock_now_ns(&feed->options.clock);
    cord_status status = cord_record_view_refresh(feed->view, err);
    while (status == CORD_OK && feed->claims < cord_record_view_count(feed->view) &&
           !is_ending(feed)) {
        const struct cord_claim_page page = {.after = feed->claims, .limit = CLAIMS_STEP};
        status = cord_record_view_claims(feed->view, &all, page, tell_claim, feed, err);
    }
    if (status == CORD_OK) {
        feed->through_ns = now_ns;
    }
    return status;
}

static cord_status tell_finding(void *self, uint64_t number, cord_str json)
{
    struct cord_desk_feed *feed = self;
    if ((number & 1023) == 0 && is_ending(feed)) {
        return CORD_E_END;
    }
    cord_status status =
        cord_desk_finding(feed->options.desk, number, json, feed->through_ns, NULL);
    if (status == CORD_E_MORE) {
        return CORD_E_END; /* known later than the claims that were told: after those */
    }
    if (status != CORD_OK) {
        feed->refused++;
    }
    feed->findings = number;
    return CORD_OK;
}

/* --- what spreads, as incidents --- */

static cord_str alert_of(void *self, uint64_t finding, char buffer[CORD_ALERT_ID_TEXT])
{
    const struct cord_desk_feed *feed = self;
    return cord_desk_alert_of(feed->options.desk, finding, buffer);
}

static cord_str whose(void *self, cord_str alert)
{
    const struct cord_desk_feed *feed = self;
    return cord_desk_alert_whose(feed->options.desk, alert);
}

static cord_str raise_alert(void *self, uint64_t lot, char buffer[CORD_ALERT_ID_TEXT])
{
    const struct cord_desk_feed *feed = self;
    return cord_alert_book_manual_id(cord_desk_alerts(feed->options.desk), lot, buffer);
}

static cord_status tell_incidents(struct cord_desk_feed *feed, struct cord_error *err)
{
    cord_status status = cord_incident_spread_look(feed->incidents, feed->view,
                                                   cord_clock_now_ns(&feed->options.clock), err);
    const struct cord_incident_spread_stats stats = cord_incident_spread_stats(feed->incidents);
    if (stats.refused > feed->unsaid) {
        cord_log_error(feed->options.log, "desk.incident_refused",
                       CORD_KV_TEXT("error", err->text));
    }
    feed->opened = stats.opened;
    feed->unsaid = stats.refused;
    return status;
}

/* --- many findings --- */

/* False: this one, and those after it, were known later than the claims that were told. */
static bool tell_row(struct cord_desk_feed *feed, const struct cord_desk_reader_row *row)
{
    cord_status status = row->status;
    if (status == CORD_OK) {
        status = cord_desk_sighting(feed->options.desk, &row->sighting, feed->through_ns);
    }
    if (status == CORD_E_MORE) {
        return false;
    }
    if (status != CORD_OK) {
        feed->refused++;
    }
    feed->findings = row->number;
    return true;
}

/* Of many, as when a server begins: they are told while the next ones are read. */
static cord_status tell_many(struct cord_desk_feed *feed, struct cord_error *err)
{
    struct cord_desk_reader *reader = NULL;
    const struct cord_desk_reader_batch *batch = NULL;
    bool going_on = true;
    cord_status status =
        cord_desk_reader_start(feed->options.findings, feed->findings, &reader, err);
    while (status == CORD_OK && going_on && !is_ending(feed) &&
           (batch = cord_desk_reader_next(reader)) != NULL) {
        for (size_t i = 0; i < batch->count && going_on; i++) {
            going_on = tell_row(feed, &batch->rows[i]);
        }
    }
    return status == CORD_OK ? cord_desk_reader_end(reader, err) : status;
}

static cord_status tell_findings(struct cord_desk_feed *feed, struct cord_error *err)
{
    uint64_t newest = cord_findings_log_newest(feed->options.findings);
    if (newest > feed->findings + FAR_BEHIND) {
        return tell_many(feed, err);
    }
    return cord_findings_log_read(feed->options.findings, feed->findings, tell_finding, feed, err);
}

/* Less often than findings come: it asks for everything that spreads. */
static cord_status settle(struct cord_desk_feed *feed, struct cord_error *err)
{
    const struct cord_clock clock = cord_clock_monotonic();
    int64_t now_ns = cord_clock_now_ns(&clock);
    if (now_ns < feed->settle_ns) {
        return CORD_OK;
    }
    cord_status status = cord_desk_settle(feed->options.desk);
    status = status == CORD_OK ? tell_incidents(feed, err)
                               : cord_error_set(err, status, "clusters cannot be told");
    int64_t after_ns = cord_clock_now_ns(&clock);
    feed->settle_ns = after_ns + SETTLE_NS + SETTLE_SHARE * (after_ns - now_ns);
    return status;
}

static void look(struct cord_desk_feed *feed)
{
    struct cord_error err = {""};
    cord_status status = tell_claims(feed, &err);
    if (status == CORD_OK) {
        status = tell_findings(feed, &err);
    }
    if (status == CORD_OK) {
        status = settle(feed, &err);
    }
    if (status != CORD_OK && !feed->failing) {
        cord_log_error(feed->options.log, "desk.behind", CORD_KV_TEXT("error", err.text));
    }
    feed->failing = status != CORD_OK;
    feed->caught_up = status == CORD_OK;
}

static void *run(void *self)
{
    struct cord_desk_feed *feed = self;
    for (bool ending = false; !ending;) {
        look(feed);
        const struct timespec until = cord_clock_after(PAUSE_NS);
        (void)pthread_mutex_lock(&feed->lock);
        while (!feed->ending &&
               pthread_cond_clockwait(&feed->woken, &feed->lock, CLOCK_MONOTONIC, &until) == 0) {
        }
        ending = feed->ending;
        (void)pthread_mutex_unlock(&feed->lock);
    }
    return NULL;
}

cord_status cord_desk_feed_start(const struct cord_desk_feed_options *options,
                                 struct cord_desk_feed **ret_feed, struct cord_error *err)
{
    struct cord_desk_feed *feed = calloc(1, sizeof *feed);
    if (!feed) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    feed->options = *options;
    (void)pthread_mutex_init(&feed->lock, NULL); /* neither fails here */
    (void)pthread_cond_init(&feed->woken, NULL);
    cord_status status = cord_record_view_open(options->record, &feed->view, err);
    const struct cord_incident_spread_options incidents = {
        .spread = cord_desk_spread(options->desk),
        .record = options->record,
        .machines = options->incident_machines,
        .alert = alert_of,
        .whose = whose,
        .raise = raise_alert,
        .self = feed,
    };
    if (status == CORD_OK) {
        status = cord_incident_spread_new(&incidents, &feed->incidents, err);
    }
    if (status == CORD_OK && pthread_create(&feed->thread, NULL, run, feed) != 0) {
        status = cord_error_set(err, CORD_E_LIMIT, "no thread for the desk");
    }
    if (status != CORD_OK) {
        free_feed(feed);
        return status;
    }
    *ret_feed = feed;
    return CORD_OK;
}

void cord_desk_feed_stop(struct cord_desk_feed *feed)
{
    if (!feed) {
        return;
    }
    (void)pthread_mutex_lock(&feed->lock);
    feed->ending = true;
    (void)pthread_cond_signal(&feed->woken);
    (void)pthread_mutex_unlock(&feed->lock);
    (void)pthread_join(feed->thread, NULL);
    free_feed(feed);
}

struct cord_desk_feed_stats cord_desk_feed_stats(const struct cord_desk_feed *feed)
{
    return (struct cord_desk_feed_stats){.findings = feed->findings,
                                         .claims = feed->claims,
                                         .refused = feed->refused,
                                         .incidents = feed->opened,
                                         .unsaid = feed->unsaid,
                                         .caught_up = feed->caught_up};
}
