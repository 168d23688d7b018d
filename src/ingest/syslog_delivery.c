/* syslog_delivery.c: see syslog_delivery.h. */
#include "ingest/syslog_delivery.h"

#include "codec/octet_frame.h"
#include "ingest/unwrap.h"

static cord_status unwrap_frames(const struct cord_delivery_kind *kind, cord_str bytes,
                                 cord_str context, struct cord_unwrap *unwrap,
                                 struct cord_error *err)
{
    cord_str frame;
    (void)context;
    while (bytes.len > 0) {
        if (cord_octet_frame_next(&bytes, bytes.len, &frame) != CORD_OK) {
            return cord_error_set(err, CORD_E_FORMAT, "%s: not octet-counted", kind->name);
        }
        cord_unwrap_put(unwrap, CORD_UNWRAP_TEXT, frame);
    }
    return CORD_OK;
}

const struct cord_delivery_kind cord_syslog_delivery_kind = {.name = "syslog",
                                                             .unwrap = unwrap_frames};

struct cord_delivery *cord_syslog_delivery_new(struct cord_sources *sources,
                                               const struct cord_source *source, size_t bytes_max)
{
    struct cord_delivery *delivery = cord_delivery_new(&cord_syslog_delivery_kind, bytes_max);
    if (delivery) {
        delivery->sources = cord_sources_ref(sources);
        delivery->source = source;
    }
    return delivery;
}

cord_status cord_syslog_delivery_put(struct cord_delivery *delivery, cord_str message)
{
    struct cord_buf *body = &delivery->body;
    if (body->len + cord_syslog_delivery_room(message.len) > body->bytes_max) {
        return CORD_E_LIMIT;
    }
    if (!cord_buf_reserve(body, cord_syslog_delivery_room(message.len))) {
        body->failed = false; /* what it holds is whole */
        return CORD_E_NOMEM;
    }
    cord_buf_put_u64(body, message.len);
    cord_buf_put_char(body, ' ');
    cord_buf_put(body, message);
    delivery->announced++;
    return CORD_OK;
}

struct cord_delivery *cord_syslog_delivery_again(struct cord_delivery *delivery)
{
    struct cord_delivery *again =
        cord_syslog_delivery_new(delivery->sources, delivery->source, delivery->body.bytes_max);
    if (again) {
        struct cord_buf empty = again->body;
        again->body = delivery->body;
        delivery->body = empty;
        again->received_ns = delivery->received_ns;
        again->announced = delivery->announced;
        again->loop = delivery->loop;
        again->done = delivery->done;
        again->self = delivery->self;
    }
    cord_delivery_free(delivery);
    return again;
}
