/*
 * http_dialect_internal.h: how each protocol over HTTP is spoken to.
 *
 * Belongs to the loop's thread of the request.
 */
#ifndef CORD_INGEST_HTTP_DIALECT_INTERNAL_H
#define CORD_INGEST_HTTP_DIALECT_INTERNAL_H

#include "base/buf.h"
#include "comms/http_server.h"
#include "ingest/delivery.h"

/* Why a request came to nothing. */
enum cord_http_trouble {
    CORD_HTTP_TROUBLE_NO_TOKEN,
    CORD_HTTP_TROUBLE_WRONG_TOKEN,
    CORD_HTTP_TROUBLE_FOREIGN, /* the certificate is another organisation's */
    CORD_HTTP_TROUBLE_LIMITED, /* too many wrong tokens */
    CORD_HTTP_TROUBLE_BUSY,    /* no room for more of this source, or some was shed: come again */
    CORD_HTTP_TROUBLE_FULL,    /* no room for anybody: come again */
    CORD_HTTP_TROUBLE_DISK,    /* not stored: come again */
    CORD_HTTP_TROUBLE_CODING,  /* Content-Encoding or -Type is not known here */
    CORD_HTTP_TROUBLE_EMPTY,
    CORD_HTTP_TROUBLE_WRONG, /* the body as a whole */
    CORD_HTTP_TROUBLE_COUNT,
};

#define CORD_HTTP_RETRY_S 5 /* to come again, when nothing better is known */

/* What is answered to one request. */
struct cord_http_answer {
    unsigned status;
    const char *content_type; /* NULL: JSON */
    cord_str body;
    int64_t retry_after_s; /* 0: not said */
    bool elastic;          /* as Elasticsearch's clients want to be sure of */
    bool ask_basic;        /* WWW-Authenticate */
    const char *allow;     /* the methods there are; NULL: not said */
    bool close;
};
void cord_http_dialect_send(struct cord_http *http, const struct cord_http_answer *answer);

/* One request of the receiver's. */
struct cord_http_turn {
    uint64_t number; /* no other request of the process has it */
    int64_t took_ms;
};

struct cord_http_dialect {
    const char *name;
    /* Of a delivery whose status is CORD_OK and of which nothing was shed, or else
     * `sheds` is set. */
    void (*reply)(struct cord_http *http, const struct cord_delivery *delivery,
                  const struct cord_http_turn *turn);
    /* detail may be empty. */
    void (*trouble)(struct cord_http *http, enum cord_http_trouble trouble, cord_str detail,
                    int64_t retry_after_s);
    bool sheds;          /* can say of single records that they are to come again */
    bool empty_is_right; /* a body of no bytes is a request of no records */
};

extern const struct cord_http_dialect cord_http_dialect_ndjson;
extern const struct cord_http_dialect cord_http_dialect_hec;
extern const struct cord_http_dialect cord_http_dialect_bulk;
extern const struct cord_http_dialect cord_http_dialect_otlp_proto;
extern const struct cord_http_dialect cord_http_dialect_otlp_json;

/* --- what is asked besides --- */

/* /services/collector/health and /ack; `room`: deliveries are taken now. */
void cord_http_dialect_hec_health(struct cord_http *http, bool room);
void cord_http_dialect_hec_ack(struct cord_http *http);
/* What Elasticsearch's clients ask before they send. */
bool cord_http_dialect_bulk_knows(cord_str path);
void cord_http_dialect_bulk_ask(struct cord_http *http);
/* Something that Elasticsearch might have, and this has not. */
void cord_http_dialect_bulk_missing(struct cord_http *http);

#endif
