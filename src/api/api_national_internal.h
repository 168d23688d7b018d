/* api_national_internal.h: what the parts of the national picture share. */
#ifndef CORD_API_API_NATIONAL_INTERNAL_H
#define CORD_API_API_NATIONAL_INTERNAL_H

#include "api/api_call.h"
#include "api/api_marks.h"
#include "api/api_pictures.h"
#include "care/figure_states.h"

/* Of one request. */
struct cord_api_national {
    struct cord_api_call *call;
    int64_t at_ns;                      /* as known then, about then */
    struct cord_api_pictures_lent lent; /* to the scope */
    struct cord_record_view *view;      /* that the scope reads */
    struct cord_record_view *claims;    /* for looking at claims meanwhile */
    struct cord_api_marks_eye eye;
    struct cord_figure_scope *scope;
    struct cord_error err;
};

/* --- api_national_hour.c: what happened lately --- */

extern const struct cord_api_shape cord_api_national_hour_change;
extern const struct cord_api_shape cord_api_national_hour_mark;
extern const struct cord_api_shape cord_api_national_hour_series;

/* "changes": what was recorded in the hour before, newest first. */
CORD_MUST_USE cord_status cord_api_national_hour_changes(struct cord_api_national *national);
/* "marks": when something became known, since the incident's beginning or for a day. */
CORD_MUST_USE cord_status cord_api_national_hour_marks(struct cord_api_national *national);
/* "events_per_minute": of the hour before, of the sources that may be seen. */
CORD_MUST_USE cord_status cord_api_national_hour_events(struct cord_api_national *national);

#endif
