/*
 * http_receiver.h: everything that comes in over HTTP: who asks, what they
 * speak, and what they are told.
 *
 * Newline JSON, Splunk HEC, Elasticsearch's _bulk, OTLP: each a row of routes that
 * make a delivery of a request's body and a reply of what became of it. A source
 * is known by its token or its client's certificate. Any loop's thread.
 */
#ifndef CORD_INGEST_HTTP_RECEIVER_H
#define CORD_INGEST_HTTP_RECEIVER_H

#include "comms/http_server.h"
#include "ingest/ingest_ends.h"

struct cord_http_receiver;

struct cord_http_receiver_options {
    cord_str name; /* of the listener: its losses are those of "listener/NAME" */
    struct cord_ingest_ends ends;
    uint64_t seed; /* of tables that hold input */
};

/* Any thread reads them. */
struct cord_http_receiver_stats {
    uint64_t deliveries;
    uint64_t unauthorised; /* no token, or a wrong one */
    uint64_t limited;      /* answered 429 for too many wrong tokens */
    uint64_t busy;         /* answered 429 or 503 for want of room */
};

CORD_MUST_USE cord_status cord_http_receiver_new(const struct cord_http_receiver_options *options,
                                                 struct cord_http_receiver **ret_receiver,
                                                 struct cord_error *err);
/* What is under way is answered before. NULL is allowed. */
void cord_http_receiver_free(struct cord_http_receiver *receiver);

/* For cord_http_server_options; good as long as the receiver. */
struct cord_http_handler cord_http_receiver_handler(struct cord_http_receiver *receiver);

/* Any thread: no delivery of it is under way. */
bool cord_http_receiver_is_idle(const struct cord_http_receiver *receiver);
struct cord_http_receiver_stats cord_http_receiver_stats(const struct cord_http_receiver *receiver);

#endif
