/* intake_firsts.c: under overload, what says nothing new is not stored: see ingest/shed.h. */
#include "wire/intake_internal.h"

static bool is_known(void *self, uint64_t sighting)
{
    struct cord_intake *intake = self;
    (void)pthread_mutex_lock(&intake->sightings_lock);
    bool known = cord_shed_is_repeat(intake->sightings, sighting, cord_intake_now_ns());
    (void)pthread_mutex_unlock(&intake->sightings_lock);
    return known;
}

cord_status cord_intake_firsts_keep(struct cord_intake_worker *worker,
                                    struct cord_delivery *delivery)
{
    struct cord_batch *batch = worker->batch;
    const struct cord_examine_origin origin = {
        .organisation = delivery->source->organisation,
        .source = delivery->source->name,
        .received_ns = delivery->received_ns,
    };
    const struct cord_examine_known known = {is_known, worker->intake};
    cord_status status = cord_examine_look(worker->examine, batch, &origin, &known, worker->stays);
    if (status != CORD_OK) {
        return status;
    }
    size_t kept = 0;
    for (size_t i = 0; i < batch->event_count; i++) {
        if (worker->stays[i]) {
            batch->events[kept++] = batch->events[i];
        }
    }
    delivery->shed += batch->event_count - kept;
    delivery->lost[CORD_LOSS_REPEAT] += batch->event_count - kept;
    batch->event_count = kept;
    return CORD_OK;
}

void cord_intake_firsts_note(struct cord_intake *intake, const struct cord_verdict *verdict)
{
    int64_t now_ns = cord_intake_now_ns();
    (void)pthread_mutex_lock(&intake->sightings_lock);
    for (size_t i = 0; i < verdict->sighting_count; i++) {
        cord_shed_note(intake->sightings, verdict->sightings[i], now_ns);
    }
    (void)pthread_mutex_unlock(&intake->sightings_lock);
}
