/*
 * api_call.h: one request as the function that answers it sees it.
 *
 * Who asks has the route's right somewhere, parameters and body are as the route's row
 * says. What it answers is gathered in `out`. A worker's thread.
 */
#ifndef CORD_API_API_CALL_H
#define CORD_API_API_CALL_H

#include "api/api.h"
#include "api/api_opaque.h"
#include "api/api_route.h"
#include "codec/json_put.h"
#include "record/record_view.h"

#define CORD_API_HEADERS_MAX 8u

struct cord_api_live_feed;

struct cord_api_call {
    struct cord_api *api;
    const struct cord_api_options *options;
    const struct cord_api_route *route;
    struct cord_api_principal principal; /* zeroed on a PUBLIC route */
    struct cord_arena *arena;            /* until the reply is sent */
    int64_t now_ns;                      /* of the request, by the server's clock */
    int64_t wall_ns;                     /* the same by wall time */
    cord_str path;                       /* decoded */
    char request[17];                    /* X-Request-Id, by which the log names what went wrong */
    cord_str peer;
    const unsigned char *address;
    bool tls;
    cord_str variables[CORD_API_VARIABLES_MAX];
    struct cord_api_value parameters[CORD_API_PARAMETERS_MAX]; /* as in the route's table */
    struct cord_api_value limit;
    struct cord_api_value cursor;
    cord_str question; /* all parameters but limit and cursor: what a cursor is about */
    const struct cord_json *body;
    cord_str body_text;
    cord_str authorization;
    cord_str cookie;
    cord_str csrf;
    cord_str if_none_match;
    cord_str accept_encoding;
    cord_str if_match;
    cord_str idempotency_key;
    cord_str last_event_id;

    /* --- the reply --- */
    unsigned status;
    struct cord_buf out; /* of content_type */
    const char *content_type;
    struct cord_http_header headers[CORD_API_HEADERS_MAX];
    size_t header_count;
    struct cord_api_faults faults;
    cord_str told; /* for the audit: what its path does not say; in the arena */

    /* Instead of `out`, of a LIVE route: what feeds the stream, from which place on. */
    const struct cord_api_live_feed *feed;
    uint64_t feed_after;
    cord_str feed_filter; /* in the arena; copied */

    struct cord_digest key_digest; /* of who asks and the Idempotency-Key, between begin and end */
    bool keyed;
};

/* By the name in the route's table; never NULL: a name of it. */
const struct cord_api_value *cord_api_call_parameter(const struct cord_api_call *call,
                                                     const char *name);
/* The text of one, "" when it is not there. */
cord_str cord_api_call_text(const struct cord_api_call *call, const char *name);
/* CORD_TIME_NONE when it is not there. */
int64_t cord_api_call_time(const struct cord_api_call *call, const char *name);
/* The time `at`, as known at which is asked: now when it is not there. */
int64_t cord_api_call_at(const struct cord_api_call *call);

/* Members of the body, which is an object: "", 0 and CORD_TIME_NONE when they are not there. */
cord_str cord_api_call_body_text(const struct cord_api_call *call, const char *name);
uint64_t cord_api_call_body_number(const struct cord_api_call *call, const char *name);
int64_t cord_api_call_body_time(const struct cord_api_call *call, const char *name);
/* An id (api_opaque.h): the number behind it, 0 when the member is not there. False: it is none of
 * ours; a problem is set. */
bool cord_api_call_body_id(struct cord_api_call *call, const char *name,
                           enum cord_api_opaque_kind kind, uint64_t *ret_number);
/* The same of a parameter. */
bool cord_api_call_parameter_id(struct cord_api_call *call, const char *name,
                                enum cord_api_opaque_kind kind, uint64_t *ret_number);
/* And of a parameter that is a subject or claimant ("user:K7QM-2F9A-XHP3"), as the record has it.
 */
bool cord_api_call_subject(struct cord_api_call *call, const char *name, cord_str *ret_subject);
/* And of the variable of the path, which is missing when it is none. */
bool cord_api_call_id(struct cord_api_call *call, enum cord_api_opaque_kind kind,
                      uint64_t *ret_number);

/* A member of the reply: the id of what has this number; null for 0. */
void cord_api_call_put_id(struct cord_api_call *call, enum cord_api_opaque_kind kind,
                          const char *name, uint64_t number);

/* By the parameters `at` and `about`, which the route has; now when they are not there. */
struct cord_as_of cord_api_call_as_of(const struct cord_api_call *call);

/* A problem in place of whatever was answered so far (RFC 9457); detail is for the client.
 * Faults that were added are listed in it. */
void cord_api_call_problem(struct cord_api_call *call, unsigned status, const char *format, ...)
    CORD_PRINTF(3, 4);
/* There is no such thing, or it may not be seen: always the same. */
void cord_api_call_missing(struct cord_api_call *call);
/* By the status of what was asked for; the text of err goes to the log, not to the client, when
 * it is our fault. 404 and 422 are answered by routes whose rows say so, and by no other. */
void cord_api_call_failed(struct cord_api_call *call, cord_status status,
                          const struct cord_error *err);

/* Lives as long as the arena. */
void cord_api_call_header(struct cord_api_call *call, const char *name, cord_str value);

/* Whether who asks has the route's right over what is that organisation's. */
bool cord_api_call_sees(struct cord_api_call *call, cord_str organisation);

/* --- pages --- */

size_t cord_api_call_limit(const struct cord_api_call *call);
/* Where the cursor points; "" without one. False: it is none of ours: a problem is set. */
bool cord_api_call_place(struct cord_api_call *call, cord_str *ret_place);
/* The same of a place that is a number, and nothing else; 0 without a cursor. */
bool cord_api_call_place_number(struct cord_api_call *call, uint64_t *ret_number);
/* Of a LIVE route: the place behind Last-Event-ID, left as it is without one. False: it is none
 * of ours: a problem is set. */
bool cord_api_call_resume(struct cord_api_call *call, uint64_t *ret_after);
/* {"items":[ ... then _page_end; or _page_close, further members of the page, and _page_next. */
void cord_api_call_page(struct cord_api_call *call);
void cord_api_call_page_close(struct cord_api_call *call);
void cord_api_call_page_next(struct cord_api_call *call, cord_str next_place);
/* ptr NULL: there is no more. */
void cord_api_call_page_end(struct cord_api_call *call, cord_str next_place);
void cord_api_call_page_end_number(struct cord_api_call *call, bool more, uint64_t next);

#endif
