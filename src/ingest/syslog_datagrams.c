/*
 * syslog_datagrams.c: syslog over UDP.
 *
 * A slot a source gathers what one wake-up brings. Without room in the intake it
 * goes on gathering up to its bound; beyond, firsts may fill a reserve, and the rest
 * is gathered apart, to be judged and stored only where it says something new
 * (shed.h). All slots of a loop share one more bound of either, so that many sources
 * cannot take all memory.
 */
#include "ingest/syslog_receiver_internal.h"

#include "base/timestamp.h"

#include <arpa/inet.h>
#include <stdlib.h>

enum {
    RESERVE_BYTES = 128 * 1024,            /* of a slot, for firsts only */
    GATHERED_BYTES_MAX = 16 * 1024 * 1024, /* of a loop */
    GATHERED_RESERVE_BYTES = 4 * 1024 * 1024,
    REPEATS_BYTES_MAX = 8 * 1024 * 1024, /* of a loop */
    SHAPES = 65536,
};

#define DROPS_NS CORD_SECOND_NS /* between looks at what the kernel dropped */

struct cord_syslog_slot {
    struct cord_syslog_slot *next;
    struct cord_sources *sources;
    const struct cord_source *source;
    struct cord_delivery *gathered;
    struct cord_delivery *repeats;  /* only firsts of them are stored */
    uint64_t lost[CORD_LOSS_COUNT]; /* not told yet */
    bool touched;                   /* by this wake-up */
    bool waits;                     /* the intake had no room a moment before */
    bool repeats_wait;
    bool is_over_rate; /* its source has sent too much */
};

static void on_retry(struct cord_timer *timer);
static void on_drops(struct cord_timer *timer);

cord_status cord_syslog_datagrams_init(struct cord_syslog_home *home)
{
    home->retry.due = on_retry;
    home->drops.due = on_drops;
    home->shed = cord_shed_new(SHAPES, home->receiver->options.seed);
    return home->shed ? CORD_OK : CORD_E_NOMEM;
}

/* --- losses --- */

static void tell_losses(struct cord_syslog_home *home, struct cord_syslog_slot *slot)
{
    for (unsigned reason = 0; reason < CORD_LOSS_COUNT; reason++) {
        if (slot->lost[reason] == 0) {
            continue;
        }
        cord_log_warn(home->receiver->options.ends.log, "ingest.syslog_lost",
                      CORD_KV_STR("source", slot->source->name),
                      CORD_KV_TEXT("reason", cord_loss_name((enum cord_loss_reason)reason)),
                      CORD_KV_U64("count", slot->lost[reason]));
        cord_syslog_receiver_lose(home->receiver, slot->source, (enum cord_loss_reason)reason,
                                  slot->lost[reason]);
        slot->lost[reason] = 0;
    }
}

/* What the kernel dropped since the last look is the listener's loss: whose it was
 * nobody knows. The first loop looks for all. */
static void count_drops(struct cord_syslog_receiver *receiver)
{
    uint64_t dropped = cord_datagrams_stats(receiver->datagrams).kernel_dropped;
    uint64_t count = (uint32_t)(dropped - receiver->kernel_dropped); /* the kernel's wraps so */
    if (count > 0) {
        receiver->kernel_dropped = dropped;
        cord_log_warn(receiver->options.ends.log, "ingest.syslog_kernel_dropped",
                      CORD_KV_STR("listener", cord_syslog_receiver_name(receiver)),
                      CORD_KV_U64("count", count));
        cord_syslog_receiver_lose(receiver, NULL, CORD_LOSS_KERNEL, count);
    }
}

static void on_drops(struct cord_timer *timer)
{
    struct cord_syslog_home *home = CORD_LOOP_OWNER(timer, struct cord_syslog_home, drops);
    count_drops(home->receiver);
    cord_loop_after(home->loop, &home->drops, DROPS_NS);
}

/* --- deliveries --- */

static void on_done(struct cord_delivery *delivery)
{
    struct cord_syslog_home *home = delivery->self;
    if (delivery->status != CORD_OK && delivery->status != CORD_E_FORMAT) {
        cord_syslog_receiver_lose(home->receiver, delivery->source, CORD_LOSS_OVERLOAD,
                                  delivery->announced);
    }
    cord_delivery_free(delivery);
    atomic_fetch_sub(&home->receiver->busy, 1);
}

/* False: it is still here, and comes again. */
static bool put_slot(struct cord_syslog_home *home, struct cord_syslog_slot *slot)
{
    const struct cord_intake_port *port = &home->receiver->options.ends.port;
    struct cord_delivery *delivery = slot->gathered;
    if (!delivery || slot->waits) {
        return !delivery;
    }
    size_t bytes = delivery->body.len; /* once put it is not ours to look at */
    /* At the end it goes, for it was taken. */
    slot->is_over_rate = !home->stopping && cord_intake_port_wait_ns(port, delivery->source) > 0;
    if (slot->is_over_rate || port->put(port->self, delivery) != CORD_OK) {
        slot->waits = true;
        if (!home->retry.set) {
            cord_loop_after(home->loop, &home->retry, CORD_SYSLOG_RETRY_NS);
        }
        return false;
    }
    home->gathered_bytes -= bytes;
    slot->gathered = NULL;
    return true;
}

/* As put_slot, of what may go. */
static void put_repeats(struct cord_syslog_home *home, struct cord_syslog_slot *slot)
{
    const struct cord_intake_port *port = &home->receiver->options.ends.port;
    struct cord_delivery *delivery = slot->repeats;
    size_t bytes = delivery ? delivery->body.len : 0;
    if (!delivery || slot->repeats_wait) {
        return;
    }
    if (port->put(port->self, delivery) != CORD_OK) {
        slot->repeats_wait = true;
        if (!home->retry.set) {
            cord_loop_after(home->loop, &home->retry, CORD_SYSLOG_RETRY_NS);
        }
        return;
    }
    home->repeats_bytes -= bytes;
    slot->repeats = NULL;
}

static void free_slot(struct cord_syslog_slot *slot)
{
    cord_delivery_free(slot->gathered);
    cord_delivery_free(slot->repeats);
    cord_sources_unref(slot->sources);
    free(slot);
}

/* Those of a registry that is no longer in force go once they are empty. */
static void drop_old_slots(struct cord_syslog_home *home)
{
    struct cord_syslog_slot **link = &home->slots;
    while (*link) {
        struct cord_syslog_slot *slot = *link;
        if (slot->sources != home->sources && !slot->gathered && !slot->repeats) {
            *link = slot->next;
            free_slot(slot);
        } else {
            link = &slot->next;
        }
    }
}

static void put_all(struct cord_syslog_home *home)
{
    for (struct cord_syslog_slot *slot = home->slots; slot; slot = slot->next) {
        slot->waits = false;
        slot->repeats_wait = false;
        (void)put_slot(home, slot); /* false: the timer is set */
        put_repeats(home, slot);
    }
    drop_old_slots(home);
}

static void on_retry(struct cord_timer *timer)
{
    put_all(CORD_LOOP_OWNER(timer, struct cord_syslog_home, retry));
}

/* --- who it is --- */

/* The registry in force. False: out of memory. */
static bool refresh_sources(struct cord_syslog_home *home)
{
    struct cord_sources *current = cord_source_book_current(home->receiver->options.ends.book);
    if (current == home->sources) {
        cord_sources_unref(current);
        return home->sources == NULL || home->by_number != NULL;
    }
    free(home->by_number);
    cord_sources_unref(home->sources);
    home->sources = current;
    home->by_number = calloc(cord_sources_count(current) + 1, sizeof(struct cord_syslog_slot *));
    drop_old_slots(home);
    return home->by_number != NULL;
}

static struct cord_syslog_slot *slot_of(struct cord_syslog_home *home,
                                        const struct cord_source *source)
{
    struct cord_syslog_slot *slot = home->by_number[source->number];
    if (slot) {
        return slot;
    }
    slot = calloc(1, sizeof *slot);
    if (slot) {
        slot->sources = cord_sources_ref(home->sources);
        slot->source = source;
        slot->next = home->slots;
        home->slots = slot;
        home->by_number[source->number] = slot;
    }
    return slot;
}

/* --- messages --- */

/* *place, made when there is none. NULL: out of memory. */
static struct cord_delivery *delivery_at(struct cord_syslog_home *home,
                                         struct cord_syslog_slot *slot,
                                         struct cord_delivery **place)
{
    struct cord_delivery *delivery = *place;
    if (delivery) {
        return delivery;
    }
    delivery = cord_syslog_delivery_new(slot->sources, slot->source,
                                        CORD_SYSLOG_GATHER_BYTES + RESERVE_BYTES);
    if (delivery) {
        delivery->received_ns = cord_syslog_receiver_now_ns(home->receiver);
        delivery->loop = home->loop;
        delivery->done = on_done;
        delivery->self = home;
        delivery->only_firsts = place == &slot->repeats;
        *place = delivery;
        atomic_fetch_add(&home->receiver->busy, 1);
    }
    return delivery;
}

static bool fits(const struct cord_syslog_home *home, const struct cord_syslog_slot *slot,
                 size_t more, bool reserve)
{
    size_t slot_max = CORD_SYSLOG_GATHER_BYTES + (reserve ? RESERVE_BYTES : 0);
    size_t all_max = GATHERED_BYTES_MAX + (reserve ? GATHERED_RESERVE_BYTES : 0);
    size_t held = slot->gathered ? slot->gathered->body.len : 0;
    return held + more <= slot_max && home->gathered_bytes + more <= all_max;
}

static bool repeats_fit(const struct cord_syslog_home *home, const struct cord_syslog_slot *slot,
                        size_t more)
{
    size_t held = slot->repeats ? slot->repeats->body.len : 0;
    return held + more <= CORD_SYSLOG_GATHER_BYTES &&
           home->repeats_bytes + more <= REPEATS_BYTES_MAX;
}

static void keep(struct cord_syslog_home *home, struct cord_syslog_slot *slot,
                 struct cord_delivery **place, cord_str message)
{
    struct cord_delivery *delivery = delivery_at(home, slot, place);
    size_t before = delivery ? delivery->body.len : 0;
    if (!delivery || cord_syslog_delivery_put(delivery, message) != CORD_OK) {
        slot->lost[CORD_LOSS_OVERLOAD]++;
        return;
    }
    *(place == &slot->repeats ? &home->repeats_bytes : &home->gathered_bytes) +=
        delivery->body.len - before;
    atomic_fetch_add_explicit(&home->receiver->messages, 1, memory_order_relaxed);
}

/* It is not to be stored for its own sake. */
static void let_go(struct cord_syslog_home *home, struct cord_syslog_slot *slot, cord_str message)
{
    size_t more = cord_syslog_delivery_room(message.len);
    if (slot->is_over_rate) {
        slot->lost[CORD_LOSS_RATE]++;
        return;
    }
    if (!repeats_fit(home, slot, more)) {
        put_repeats(home, slot);
    }
    if (repeats_fit(home, slot, more)) {
        keep(home, slot, &slot->repeats, message);
    } else {
        slot->lost[CORD_LOSS_OVERLOAD]++;
    }
}

/* Kept while there is room; then a first takes of the reserve. */
static void add(struct cord_syslog_home *home, struct cord_syslog_slot *slot,
                const struct cord_datagram *datagram)
{
    cord_str message = datagram->bytes;
    size_t more = cord_syslog_delivery_room(message.len);
    int64_t now_ns = cord_loop_now_ns(home->loop);
    uint64_t asset = cord_shed_asset(home->shed, slot->source->name, datagram->address, message);
    uint64_t shape = cord_shed_shape(home->shed, asset, message);
    bool room =
        fits(home, slot, more, false) || (put_slot(home, slot) && fits(home, slot, more, false));
    if (room || (!cord_shed_is_repeat(home->shed, shape, now_ns) && fits(home, slot, more, true))) {
        keep(home, slot, &slot->gathered, message);
        cord_shed_note(home->shed, shape, now_ns);
    } else {
        let_go(home, slot, message);
    }
}

static void take_one(struct cord_syslog_home *home, const struct cord_datagram *datagram,
                     struct cord_syslog_slot *slot)
{
    if (datagram->cut) {
        slot->lost[CORD_LOSS_OVERSIZE]++;
    } else if (datagram->bytes.len == 0) {
        slot->lost[CORD_LOSS_EMPTY]++;
    } else {
        add(home, slot, datagram);
    }
}

/* Of this wake-up; `address` is one of theirs. */
static void refuse(struct cord_syslog_home *home, const unsigned char address[16], uint64_t count)
{
    char text[INET6_ADDRSTRLEN] = "";
    (void)inet_ntop(AF_INET6, address, text, sizeof text);
    cord_log_warn(home->receiver->options.ends.log, "ingest.syslog_unknown_source",
                  CORD_KV_STR("listener", cord_syslog_receiver_name(home->receiver)),
                  CORD_KV_TEXT("peer", text), CORD_KV_U64("count", count));
    cord_syslog_receiver_lose(home->receiver, NULL, CORD_LOSS_UNKNOWN, count);
}

/* The wake-up is over: what it brought goes. */
static void put_touched(struct cord_syslog_home *home, struct cord_syslog_slot *const *touched,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)put_slot(home, touched[i]); /* false: the timer is set */
        put_repeats(home, touched[i]);
        tell_losses(home, touched[i]);
        touched[i]->touched = false;
    }
}

void cord_syslog_datagrams_take(void *receiver, struct cord_loop *loop,
                                const struct cord_datagram *datagrams, size_t count)
{
    struct cord_syslog_home *home = cord_syslog_receiver_home(receiver, loop);
    struct cord_syslog_slot *touched[CORD_DATAGRAM_BATCH_MAX];
    size_t touched_count = 0;
    size_t unknown = 0;
    size_t unknown_at = 0;
    bool ready = refresh_sources(home);
    for (size_t i = 0; i < count && i < CORD_DATAGRAM_BATCH_MAX; i++) {
        const struct cord_source *source =
            ready ? cord_sources_by_address(home->sources, datagrams[i].address) : NULL;
        struct cord_syslog_slot *slot = source ? slot_of(home, source) : NULL;
        if (!slot) { /* or no memory, which is told as the same */
            unknown++;
            unknown_at = i;
            continue;
        }
        if (!slot->touched) {
            slot->touched = true;
            slot->waits = false;
            slot->repeats_wait = false;
            touched[touched_count++] = slot;
        }
        take_one(home, &datagrams[i], slot);
    }
    put_touched(home, touched, touched_count);
    if (unknown > 0) {
        refuse(home, datagrams[unknown_at].address, unknown);
    }
}

/* --- beginning and end --- */

void cord_syslog_datagrams_begin(struct cord_syslog_home *home)
{
    if (home->receiver->datagrams && home == &home->receiver->homes[0]) {
        cord_loop_after(home->loop, &home->drops, DROPS_NS);
    }
}

void cord_syslog_datagrams_stop(struct cord_syslog_home *home)
{
    if (home->receiver->datagrams) {
        cord_loop_cancel(home->loop, &home->drops);
        put_all(home);
        if (home == &home->receiver->homes[0]) {
            count_drops(home->receiver);
        }
    }
}

void cord_syslog_datagrams_done(struct cord_syslog_home *home)
{
    if (!home->shed) {
        return;
    }
    if (home->receiver->datagrams && home == &home->receiver->homes[0]) {
        count_drops(home->receiver);
    }
    cord_loop_cancel(home->loop, &home->retry);
    cord_loop_cancel(home->loop, &home->drops);
    while (home->slots) {
        struct cord_syslog_slot *slot = home->slots;
        home->slots = slot->next;
        slot->lost[CORD_LOSS_OVERLOAD] += slot->gathered ? slot->gathered->announced : 0;
        slot->lost[CORD_LOSS_OVERLOAD] += slot->repeats ? slot->repeats->announced : 0;
        tell_losses(home, slot);
        free_slot(slot);
    }
    free(home->by_number);
    cord_sources_unref(home->sources);
    cord_shed_free(home->shed);
}
