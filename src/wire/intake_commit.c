/* intake_commit.c: what was appended becomes durable, is counted and answered. */
#include "wire/intake_internal.h"

#include "base/timestamp.h"

#include <stdlib.h>
#include <time.h>

enum { LEDGER_EVERY_S = 1, RETRY_S = 1 };

/* With the lock held: the tickets whose turn it is, chained. */
static struct cord_intake_ticket *take_due(struct cord_intake *intake)
{
    struct cord_intake_ticket *due = NULL;
    struct cord_intake_ticket **end = &due;
    while (intake->tickets &&
           (intake->tickets->first == 0 || intake->tickets->first == intake->next_number)) {
        struct cord_intake_ticket *ticket = intake->tickets;
        intake->tickets = ticket->next;
        intake->next_number += ticket->count;
        ticket->next = NULL;
        *end = ticket;
        end = &ticket->next;
    }
    return due;
}

/* Waits; false when there will be nothing more. *ret_due is NULL when only time
 * has passed. */
static bool next_due(struct cord_intake *intake, struct cord_intake_ticket **ret_due,
                     uint64_t *ret_through)
{
    const struct timespec until = cord_clock_after(LEDGER_EVERY_S * CORD_SECOND_NS);
    bool more = true;
    (void)pthread_mutex_lock(&intake->lock);
    *ret_due = take_due(intake);
    while (!*ret_due && more) {
        if (intake->workers_ended) {
            more = false;
        } else if (pthread_cond_clockwait(&intake->appended, &intake->lock, CLOCK_MONOTONIC,
                                          &until) != 0) {
            *ret_due = take_due(intake);
            break;
        }
        *ret_due = take_due(intake);
        more = more || *ret_due;
    }
    *ret_through = intake->next_number - 1;
    (void)pthread_mutex_unlock(&intake->lock);
    return more;
}

static bool holds_events(const struct cord_intake_ticket *due)
{
    for (; due; due = due->next) {
        if (due->count > 0) {
            return true;
        }
    }
    return false;
}

static void count(struct cord_intake *intake, const struct cord_delivery *delivery)
{
    struct cord_ledger_entry entry = {
        .source = delivery->source->name,
        .organisation = delivery->source->organisation,
        .received_ns = delivery->received_ns,
        .counts = {.stored = delivery->stored - delivery->counted,
                   .bytes = delivery->stored_bytes - delivery->counted_bytes},
    };
    memcpy(entry.counts.lost, delivery->lost, sizeof entry.counts.lost);
    cord_ledger_add(intake->options.ledger, &entry);
    cord_ledger_pending(intake->options.ledger, entry.source, entry.organisation,
                        -(int64_t)delivery->records);
}

static void count_all(struct cord_intake *intake, const struct cord_intake_ticket *due)
{
    for (; due; due = due->next) {
        if (due->part.source.len > 0) {
            cord_ledger_add(intake->options.ledger, &due->part);
        }
        for (const struct cord_delivery *d = due->deliveries; d; d = d->next) {
            count(intake, d);
        }
    }
}

static void answer(struct cord_intake *intake, struct cord_intake_ticket *due)
{
    for (struct cord_intake_ticket *ticket = due; ticket; ticket = ticket->next) {
        while (ticket->deliveries) {
            struct cord_delivery *delivery = ticket->deliveries;
            ticket->deliveries = delivery->next;
            cord_intake_answer(intake, delivery);
        }
    }
}

/* Of everything in the tickets that is not yet. What is in the store's memory only
 * is not given up: it is tried until the disk takes it, and has been counted as
 * stored by then. Its senders are told at once that it is not, and send again. */
static void commit(struct cord_intake *intake, struct cord_intake_ticket *due)
{
    struct cord_evidence *evidence = intake->options.evidence;
    struct cord_error err = {""};
    if (!holds_events(due)) {
        return;
    }
    cord_status status = evidence->ops->commit(evidence, &err);
    if (status == CORD_OK) {
        (void)atomic_fetch_add(&intake->commits, 1);
        atomic_store(&intake->failed_ns, 0);
        return;
    }
    cord_log_error(intake->options.log, "intake.commit_failed", CORD_KV_TEXT("error", err.text));
    for (const struct cord_intake_ticket *ticket = due; ticket; ticket = ticket->next) {
        for (struct cord_delivery *delivery = ticket->deliveries; delivery;
             delivery = delivery->next) {
            delivery->status = CORD_E_IO;
            (void)cord_error_set(&delivery->error, CORD_E_IO, "%s", err.text);
            (void)atomic_fetch_add(&intake->failures, 1);
        }
    }
    answer(intake, due);
    while (status != CORD_OK) {
        atomic_store(&intake->failed_ns, cord_intake_now_ns());
        cord_clock_sleep_ns(RETRY_S * CORD_SECOND_NS);
        status = evidence->ops->commit(evidence, &err);
    }
    atomic_store(&intake->failed_ns, 0);
    cord_log_info(intake->options.log, "intake.commit_recovered");
}

/* Until the refusals in it are durable nobody is told of them. */
static void write_ledger(struct cord_intake *intake, uint64_t through)
{
    struct cord_error err = {""};
    cord_status status = cord_ledger_write(intake->options.ledger, through, &err);
    while (status != CORD_OK) {
        cord_log_error(intake->options.log, "ledger.write_failed", CORD_KV_TEXT("error", err.text));
        atomic_store(&intake->failed_ns, cord_intake_now_ns());
        cord_clock_sleep_ns(RETRY_S * CORD_SECOND_NS);
        status = cord_ledger_write(intake->options.ledger, through, &err);
    }
}

static void hand_on(struct cord_intake *intake, struct cord_intake_ticket *due)
{
    while (due) {
        struct cord_intake_ticket *ticket = due;
        due = ticket->next;
        if (ticket->verdict) {
            intake->options.verdicts.put(intake->options.verdicts.self, ticket->verdict);
            ticket->verdict = NULL;
        }
        cord_intake_ticket_free(ticket);
    }
}

void *cord_intake_commit_main(void *argument)
{
    struct cord_intake *intake = argument;
    struct cord_intake_ticket *due = NULL;
    uint64_t through = 0;
    uint64_t written = 0;
    int64_t written_ns = 0;
    const struct cord_clock clock = cord_clock_monotonic();
    while (next_due(intake, &due, &through)) {
        int64_t began_ns = cord_intake_cpu_ns();
        count_all(intake, due);
        commit(intake, due);
        int64_t now_ns = cord_clock_now_ns(&clock);
        if (cord_ledger_must_write(intake->options.ledger) ||
            (through != written && now_ns - written_ns >= LEDGER_EVERY_S * CORD_SECOND_NS)) {
            write_ledger(intake, through);
            written = through;
            written_ns = now_ns;
        }
        answer(intake, due);
        hand_on(intake, due);
        (void)atomic_fetch_add(&intake->stage_ns[CORD_INTAKE_COMMIT],
                               (uint64_t)(cord_intake_cpu_ns() - began_ns));
    }
    write_ledger(intake, through);
    return NULL;
}
