/* intake_append.c: a worker's rows into the store, and its ticket on to the committer. */
#include "wire/intake_internal.h"

#include <stdlib.h>

enum { ROWS_FLUSH_BYTES = 16 << 20 };

#define FULL_NS 500000000

/* Nothing of the ticket is in the store: its deliveries come again, or go. */
static void give_back(struct cord_intake_worker *worker, cord_status status,
                      const struct cord_error *err)
{
    struct cord_intake_ticket *ticket = worker->ticket;
    for (struct cord_delivery *d = ticket->deliveries; d; d = d->next) {
        if (d->stored > d->counted) {
            cord_intake_worker_fail(worker, d, status, err->text);
            d->stored = d->counted;
            d->stored_bytes = d->counted_bytes;
            d->refused = 0;
            d->shed = 0;
            d->refusal_count = 0;
            memset(d->lost, 0, sizeof d->lost);
            d->first_sequence = 0;
        }
    }
    cord_verdict_free(ticket->verdict);
    ticket->verdict = NULL;
}

static void number(struct cord_intake_ticket *ticket, uint64_t first)
{
    ticket->first = first;
    for (struct cord_delivery *d = ticket->deliveries; d; d = d->next) {
        if (d->first_sequence > 0 && d->counted == 0) {
            d->first_sequence += first - 1;
        } else {
            d->first_sequence = 0; /* spread over several appends */
        }
    }
    cord_verdict_number(ticket->verdict, first);
}

cord_status cord_intake_append(struct cord_intake_worker *worker)
{
    struct cord_evidence *evidence = worker->intake->options.evidence;
    struct cord_intake_ticket *ticket = worker->ticket;
    struct cord_error err = {""};
    size_t count = cord_rows_count(worker->rows);
    cord_status status = CORD_OK;
    if (count > 0) {
        status = evidence->ops->append(evidence, worker->rows, &err);
    }
    if (count > 0 && status == CORD_OK) {
        ticket->count = count;
        number(ticket, cord_rows_at(worker->rows, 0)->sequence);
        (void)atomic_fetch_add(&worker->intake->stored, count);
        cord_intake_firsts_note(worker->intake, ticket->verdict);
    } else if (count > 0) {
        give_back(worker, status == CORD_E_LIMIT ? CORD_E_LIMIT : CORD_E_IO, &err);
        int64_t now_ns = cord_intake_now_ns();
        atomic_store(&worker->intake->full_until_ns, now_ns + FULL_NS);
        atomic_store(&worker->intake->failed_ns, now_ns);
        cord_log_error(worker->intake->options.log, "intake.store_full",
                       CORD_KV_TEXT("error", err.text));
    }
    cord_keep_taken(worker->keep);
    cord_intake_worker_stage(worker, CORD_INTAKE_APPEND);
    worker->ticket = NULL;
    if (ticket->count == 0) {
        cord_verdict_free(ticket->verdict);
        ticket->verdict = NULL;
    }
    cord_intake_hand_in(worker->intake, ticket);
    return status;
}

cord_status cord_intake_append_begin(struct cord_intake_worker *worker)
{
    worker->ticket = calloc(1, sizeof *worker->ticket);
    if (worker->ticket) {
        worker->ticket->verdict = cord_verdict_new(worker->book);
    }
    return worker->ticket && worker->ticket->verdict ? CORD_OK : CORD_E_NOMEM;
}

cord_status cord_intake_append_part(struct cord_intake_worker *worker,
                                    struct cord_delivery *delivery)
{
    if (cord_rows_bytes(worker->rows) < ROWS_FLUSH_BYTES) {
        return CORD_OK;
    }
    worker->ticket->part = (struct cord_ledger_entry){
        .source = delivery->source->name,
        .organisation = delivery->source->organisation,
        .received_ns = delivery->received_ns,
        .counts = {.stored = delivery->stored - delivery->counted,
                   .bytes = delivery->stored_bytes - delivery->counted_bytes},
    };
    cord_status status = cord_intake_append(worker);
    if (status == CORD_OK) {
        delivery->counted = delivery->stored;
        delivery->counted_bytes = delivery->stored_bytes;
    }
    cord_status fresh = cord_intake_append_begin(worker);
    return status == CORD_OK ? fresh : status;
}
