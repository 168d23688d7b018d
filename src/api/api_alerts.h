/*
 * api_alerts.h: what the resources of alerts share: who sees which, and how one is written.
 *
 * An alert is its organisation's: who has findings.read over it sees it, who has findings.write
 * over it says how far it is.
 */
#ifndef CORD_API_API_ALERTS_H
#define CORD_API_API_ALERTS_H

#include "api/api_call.h"
#include "api/api_pictures.h"
#include "triage/desk.h"

#define CORD_API_ALERTS_QUERY_MAX 4096u
#define CORD_API_ALERTS_OWNERS    64u

extern const struct cord_api_shape cord_api_alerts_shape;
extern const struct cord_api_shape cord_api_alerts_one_shape; /* with what has been said of it */

/* Who looks. One request's; _done afterwards. */
struct cord_api_alerts_eye {
    const struct cord_api *api;
    const struct cord_api_principal *principal;
    struct cord_arena *arena;
    struct cord_api_picture *picture; /* for names and regions */
    const char *verb;
    struct cord_api_alerts_owner {
        cord_str owner; /* "user:17" */
        cord_str name;
    } owners[CORD_API_ALERTS_OWNERS];
    size_t owner_count;
};

CORD_MUST_USE cord_status cord_api_alerts_eye_init(struct cord_api_alerts_eye *eye,
                                                   const struct cord_api *api,
                                                   const struct cord_api_principal *principal,
                                                   struct cord_arena *arena,
                                                   struct cord_error *err);
void cord_api_alerts_eye_done(struct cord_api_alerts_eye *eye);

/* What is asked of the book by that one: all that it may see, as known now. */
struct cord_alert_ask cord_api_alerts_ask(struct cord_api_alerts_eye *eye);

/* The members of an alert, without braces. */
void cord_api_alerts_put(struct cord_api_alerts_eye *eye, const struct cord_alert *alert,
                         struct cord_buf *out);

/* "user:17": the name behind the number; "" when it is nobody's. */
cord_str cord_api_alerts_name(struct cord_api_alerts_eye *eye, cord_str owner);

/* Of the parameters q, from, to and at, which the route has. */
struct cord_alert_ask cord_api_alerts_asked(struct cord_api_call *call,
                                            struct cord_api_alerts_eye *eye);
/* By the status of the book: what is wrong with the question is the parameter q's fault. */
void cord_api_alerts_failed(struct cord_api_call *call, cord_status status,
                            const struct cord_error *err);

/* For tables of parameters. */
#define CORD_API_ALERTS_PARAMETERS                                                                 \
    {.name = "q",                                                                                  \
     .type = CORD_API_TEXT,                                                                        \
     .most = CORD_API_ALERTS_QUERY_MAX,                                                            \
     .help =                                                                                       \
         "which, in the language of docs/hunt.md: severity:high AND NOT status:closed. Fields: "   \
         "id severity status reason owner rule title author tag technique tactic org region "      \
         "host user address entity kind criticality care risk count again notes first last "       \
         "known updated cluster incident suppressed manual; owner:me is oneself"},                 \
        {.name = "from", .type = CORD_API_TIME, .help = "seen at or after this time"},             \
        {.name = "to", .type = CORD_API_TIME, .help = "seen before this time"}, CORD_API_SHAPE_AT

#endif
