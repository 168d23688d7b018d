/*
 * syslog_delivery.h: messages of syslog as one delivery.
 *
 * The body is octet-counted frames (RFC 6587, "LENGTH SP MESSAGE"), whatever the
 * transport had: a message keeps its line ends and its NULs.
 */
#ifndef CORD_INGEST_SYSLOG_DELIVERY_H
#define CORD_INGEST_SYSLOG_DELIVERY_H

#include "ingest/delivery.h"

extern const struct cord_delivery_kind cord_syslog_delivery_kind;

/* Empty, of this source; one more reference to the sources is held. NULL: out of
 * memory. */
struct cord_delivery *cord_syslog_delivery_new(struct cord_sources *sources,
                                               const struct cord_source *source, size_t bytes_max);

/* What a message takes of the body, at most. */
static inline size_t cord_syslog_delivery_room(size_t message_len)
{
    return message_len + 21;
}

/* A copy of the message. CORD_E_LIMIT: no room, nothing has changed; CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_syslog_delivery_put(struct cord_delivery *delivery,
                                                   cord_str message);

/* A delivery that came back untaken, to be put once more; gives the old one up.
 * NULL: out of memory, and both are gone. */
struct cord_delivery *cord_syslog_delivery_again(struct cord_delivery *delivery);

#endif
