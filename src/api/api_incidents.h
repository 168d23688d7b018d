/*
 * api_incidents.h: what the resources of incidents share: who sees what of them.
 */
#ifndef CORD_API_API_INCIDENTS_H
#define CORD_API_API_INCIDENTS_H

#include "api/api_call.h"
#include "api/api_pictures.h"
#include "triage/incident.h"

/* One request's, where it was made. _done afterwards, also after a failure. */
struct cord_api_incidents_eye {
    struct cord_api_call *call;
    const char *verb; /* "incidents.read", or .write: what one may act on */
    struct cord_api_picture *picture;
    struct cord_record_view *view;
    struct cord_incident_request request;
};

/* at_ns CORD_TIME_NONE: as known now. False: a problem is set. */
bool cord_api_incidents_eye_init(struct cord_api_incidents_eye *eye, struct cord_api_call *call,
                                 const char *verb, int64_t at_ns);
void cord_api_incidents_eye_done(struct cord_api_incidents_eye *eye);

/* Those that are open, as items of a list: at most `most` (*ret_more: there are others). */
CORD_MUST_USE cord_status cord_api_incidents_put_open(struct cord_api_incidents_eye *eye,
                                                      size_t most, bool *ret_more,
                                                      struct cord_error *err);

/* All of one. */
void cord_api_incidents_put(struct cord_api_call *call, const struct cord_incident *incident);

extern const struct cord_api_member cord_api_incidents_variable[];
extern const struct cord_api_shape cord_api_incidents_one_shape;
extern const struct cord_api_shape cord_api_incidents_shape;

#endif
