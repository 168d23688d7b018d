/* delivery.c: see delivery.h. */
#include "ingest/delivery.h"

#include "base/vec.h"
#include "ingest/unwrap.h"

#include <stdlib.h>

enum { TEXTS_BYTES_MAX = 256 * 1024, TEXT_BYTES_MAX = 200 };

struct cord_delivery *cord_delivery_new(const struct cord_delivery_kind *kind, size_t bytes_max)
{
    struct cord_delivery *delivery = calloc(1, sizeof *delivery);
    if (!delivery) {
        return NULL;
    }
    delivery->kind = kind;
    cord_buf_init(&delivery->body, bytes_max);
    return delivery;
}

void cord_delivery_free(struct cord_delivery *delivery)
{
    if (delivery) {
        free(delivery->refusals);
        cord_arena_free(delivery->texts);
        cord_buf_done(&delivery->answer);
        cord_buf_done(&delivery->body);
        cord_sources_unref(delivery->sources);
        free(delivery);
    }
}

cord_str cord_delivery_keep(struct cord_delivery *delivery, cord_str text)
{
    if (!delivery->texts) {
        delivery->texts = cord_arena_new(TEXTS_BYTES_MAX);
    }
    return delivery->texts ? cord_arena_copy(delivery->texts, text) : (cord_str){0};
}

cord_status cord_delivery_unwrap(struct cord_delivery *delivery, cord_str bytes,
                                 struct cord_unwrap *unwrap, struct cord_error *err)
{
    cord_status status =
        delivery->kind->unwrap(delivery->kind, bytes, delivery->context, unwrap, err);
    if (status == CORD_OK && unwrap->failed) {
        status =
            cord_error_set(err, CORD_E_FORMAT, "the records of one request take up too much room");
    }
    cord_buf_done(&delivery->answer);
    delivery->answer = unwrap->answer;
    cord_buf_init(&unwrap->answer, delivery->answer.bytes_max);
    return status;
}

/* What the client is told need not be all of it. The reason's own words when memory is short. */
static cord_str text_kept(struct cord_delivery *delivery, enum cord_loss_reason reason,
                          cord_str text)
{
    cord_str copy = {0};
    if (text.len > 0) {
        copy = cord_delivery_keep(delivery, cord_str_slice(text, 0, TEXT_BYTES_MAX));
    }
    return copy.ptr ? copy : cord_str_from(cord_loss_help(reason));
}

void cord_delivery_lose(struct cord_delivery *delivery, uint32_t item, enum cord_loss_reason reason,
                        cord_str text)
{
    delivery->lost[reason]++;
    if (cord_loss_is_shed(reason)) {
        delivery->shed++;
    } else {
        delivery->refused++;
    }
    if (delivery->refusal_count == CORD_DELIVERY_REFUSALS_MAX) {
        return;
    }
    struct cord_delivery_refusal *refusals = cord_vec_room(
        delivery->refusals, delivery->refusal_count, &delivery->refusal_cap, sizeof *refusals);
    if (!refusals) {
        return;
    }
    delivery->refusals = refusals;
    /* Nearly always behind all the others. */
    size_t at = delivery->refusal_count;
    while (at > 0 && refusals[at - 1].item > item) {
        at--;
    }
    memmove(refusals + at + 1, refusals + at, (delivery->refusal_count - at) * sizeof *refusals);
    refusals[at] = (struct cord_delivery_refusal){
        .item = item,
        .reason = reason,
        .text = text_kept(delivery, reason, text),
    };
    delivery->refusal_count++;
}
