/*
 * api_route.h: the table of everything the API does.
 *
 * One row a method and path: who may, which parameters and body it takes, what it
 * answers, and with which errors. Routing, validation, Allow, the negative tests
 * and docs/api/openapi.yaml come from these rows. Constant; any thread.
 */
#ifndef CORD_API_API_ROUTE_H
#define CORD_API_API_ROUTE_H

#include "api/api_shape.h"
#include "comms/http_server.h"

#define CORD_API_BASE           "/api/v1"
#define CORD_API_VARIABLES_MAX  3u
#define CORD_API_PARAMETERS_MAX 16u
#define CORD_API_PAGE_MAX       1000
#define CORD_API_PAGE           100

enum cord_api_flag {
    CORD_API_PUBLIC = 1,     /* needs no credentials */
    CORD_API_PAGED = 2,      /* takes limit and cursor; answers items and next */
    CORD_API_LIVE = 4,       /* server-sent events, which resume by Last-Event-ID */
    CORD_API_KEYED = 8,      /* takes Idempotency-Key */
    CORD_API_MATCHED = 16,   /* replaces something: wants If-Match */
    CORD_API_CONFLICTS = 32, /* may answer 409 */
    CORD_API_FULL = 64,      /* may answer 507: there is no room to write */
    CORD_API_SECRET = 128,   /* answers a secret, which is shown once and never kept */
    CORD_API_LINK = 256,     /* what it takes opens something, once: may answer 401, without body */
    CORD_API_DESK = 512,     /* is about what triage derives: 503 where there is no desk */
    CORD_API_ASKS = 1024,    /* changes nothing, though it is no GET: its question is a body */
};

struct cord_api_call;

struct cord_api_route {
    enum cord_http_method method;
    const char *path; /* "/sources/{name}", below CORD_API_BASE */
    const char *id;   /* "getSource": operationId */
    const char *verb; /* right that is needed; NULL: to be signed in, or nothing (PUBLIC) */
    unsigned flags;   /* enum cord_api_flag */
    const struct cord_api_member *variables; /* of the path, in its order */
    const struct cord_api_member *parameters;
    const struct cord_api_shape *body; /* NULL: takes none */
    size_t body_bytes_max;
    unsigned status;                    /* of success */
    const struct cord_api_shape *reply; /* of one item where PAGED; of an event's data where LIVE;
                                           NULL: no body */
    const char *const *media;           /* of a reply that is no JSON: what it may be, by what is
                                           asked; NULL-terminated; reply is NULL. NULL: JSON */
    const struct cord_api_member *page; /* of PAGED: further members of a page, beside its items;
                                           of plain types; NULL: none */
    const char *summary;
    const char *help;                           /* NULL: the summary says it all */
    void (*answer)(struct cord_api_call *call); /* on a worker's thread */
};

/* All there are, by path. */
const struct cord_api_route *const *cord_api_route_table(size_t *ret_count);

enum cord_api_match {
    CORD_API_MATCH_FOUND,
    CORD_API_MATCH_NO_PATH,
    CORD_API_MATCH_NO_METHOD, /* the path is there */
};

struct cord_api_target {
    const struct cord_api_route *route; /* FOUND */
    cord_str variables[CORD_API_VARIABLES_MAX];
    const char *path; /* unless NO_PATH */
};

/* `path` is percent-decoded and whole ("/api/v1/sources"). HEAD finds GET. */
enum cord_api_match cord_api_route_find(enum cord_http_method method, cord_str path,
                                        struct cord_api_target *ret_target);
/* "GET, HEAD, OPTIONS" of a path of the table. */
void cord_api_route_allow(const char *path, char *into, size_t room);

/* Whether a route may answer so, by its row. */
bool cord_api_route_answers(const struct cord_api_route *route, unsigned status);

#endif
