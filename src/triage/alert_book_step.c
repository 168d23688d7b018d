/* alert_book_step.c: what is said of alerts, in its order; see alert_book_internal.h. */
#include "triage/alert_book_internal.h"

#include "base/vec.h"

cord_status cord_alert_book_step_new(struct cord_alert_book *book,
                                     const struct cord_alert_step *step, uint32_t *ret_step)
{
    if (book->step_count == 0) {
        book->step_count = 1; /* 0 is none */
    }
    if (book->step_count >= UINT32_MAX) {
        return CORD_E_LIMIT;
    }
    struct cord_alert_step *steps =
        cord_vec_room(book->steps, book->step_count, &book->step_cap, sizeof *steps);
    if (!steps) {
        return CORD_E_NOMEM;
    }
    book->steps = steps;
    *ret_step = (uint32_t)book->step_count;
    steps[book->step_count] = *step;
    steps[book->step_count++].next = 0;
    return CORD_OK;
}

/* Behind all that were not later: nearly always at the end. */
static void insert(struct cord_alert_book *book, uint32_t *head, uint32_t *tail, uint32_t step)
{
    struct cord_alert_step *steps = book->steps;
    uint32_t before = *tail;
    if (before != 0 && steps[before].when_ns > steps[step].when_ns) {
        before = 0;
        for (uint32_t at = *head; at != 0 && steps[at].when_ns <= steps[step].when_ns;
             at = steps[at].next) {
            before = at;
        }
    }
    if (before == 0) {
        steps[step].next = *head;
        *head = step;
    } else {
        steps[step].next = steps[before].next;
        steps[before].next = step;
    }
    *tail = steps[step].next == 0 ? step : *tail;
}

/* --- verdicts --- */

static cord_status history_room(struct cord_alert_history *history)
{
    struct cord_alert_verdicts *items =
        cord_vec_room(history->items, history->count, &history->cap, sizeof *items);
    if (items) {
        history->items = items;
    }
    return items ? CORD_OK : CORD_E_NOMEM;
}

static void add_verdict(struct cord_alert_verdicts *verdicts, uint8_t said, uint8_t reason,
                        uint32_t by)
{
    if (said != CORD_ALERT_CLOSED) {
        return;
    }
    verdicts->true_positive += reason == CORD_ALERT_TRUE_POSITIVE ? by : 0;
    verdicts->false_positive += reason == CORD_ALERT_FALSE_POSITIVE ? by : 0;
    verdicts->benign += reason == CORD_ALERT_BENIGN ? by : 0;
}

/* From `when` on the alert counts as `step` says and no longer as before. There is room. */
static void judge(struct cord_alert_book *book, uint32_t alert, const struct cord_alert_step *step)
{
    const struct cord_alert_hot *hot = &book->hot[alert];
    struct cord_alert_history *history = &book->histories[book->versions[hot->rule].id];
    int64_t known_ns = book->state[alert].known_ns;
    int64_t when_ns = step->when_ns > known_ns ? step->when_ns : known_ns;
    size_t at = history->count;
    while (at > 0 && history->items[at - 1].when_ns > when_ns) {
        at--;
    }
    if (at == 0 || history->items[at - 1].when_ns < when_ns) {
        memmove(history->items + at + 1, history->items + at,
                (history->count - at) * sizeof *history->items);
        history->items[at] =
            at > 0 ? history->items[at - 1] : (struct cord_alert_verdicts){.when_ns = when_ns};
        history->items[at].when_ns = when_ns;
        history->count++;
        at++;
    }
    for (at--; at < history->count; at++) {
        add_verdict(&history->items[at], hot->said, hot->reason, UINT32_MAX); /* one less */
        add_verdict(&history->items[at], step->word, (uint8_t)step->value, 1);
    }
}

/* --- linking --- */

void cord_alert_book_touch(struct cord_alert_book *book, uint32_t alert)
{
    book->revision++;
    book->state[alert].revision = book->revision;
    book->changes[book->revision % book->options.changes_kept] = alert;
}

/* The last of a kind that is there counts, which need not be the one that came last. */
static uint32_t last_value(const struct cord_alert_book *book, uint32_t alert,
                           enum cord_alert_step_kind kind)
{
    uint32_t value = 0;
    for (uint32_t at = book->links[alert].steps; at != 0; at = book->steps[at].next) {
        value = book->steps[at].kind == (uint64_t)kind ? book->steps[at].value : value;
    }
    return value;
}

static void decide(struct cord_alert_book *book, uint32_t alert, const struct cord_alert_step *step)
{
    struct cord_alert_hot *hot = &book->hot[alert];
    struct cord_alert_state *state = &book->state[alert];
    const struct cord_alert_links *links = &book->links[alert];
    judge(book, alert, step);
    hot->said = step->word;
    hot->reason = (uint8_t)step->value;
    state->decided_ns = step->when_ns;
    state->again = 0;
    if (hot->said == CORD_ALERT_CLOSED && hot->count > 0) {
        uint64_t then = cord_alert_book_through(book, step->when_ns);
        struct cord_alert_extent all = cord_alert_book_extent(book, alert);
        state->again = then < links->number
                           ? all.count
                           : all.count - cord_alert_trail_until(&links->trail, &all, then).count;
    }
    bool reopened = state->again > 0 && hot->reason == CORD_ALERT_TRUE_POSITIVE;
    hot->status = reopened ? CORD_ALERT_NEW : hot->said;
}

void cord_alert_book_step_link(struct cord_alert_book *book, uint32_t alert, uint32_t at)
{
    struct cord_alert_links *links = &book->links[alert];
    struct cord_alert_state *state = &book->state[alert];
    struct cord_alert_hot *hot = &book->hot[alert];
    bool was_open = cord_alert_book_is_open(hot);
    insert(book, &links->steps, &links->steps_tail, at);
    const struct cord_alert_step *step = &book->steps[at];
    hot->updated_ns = step->when_ns > hot->updated_ns ? step->when_ns : hot->updated_ns;
    switch ((enum cord_alert_step_kind)step->kind) {
    case CORD_ALERT_STEP_STATE: /* claims come in their order: this is the last one */
        decide(book, alert, step);
        break;
    case CORD_ALERT_STEP_OWNER:
        state->owner = step->value;
        break;
    case CORD_ALERT_STEP_NOTE:
        state->notes++;
        break;
    case CORD_ALERT_STEP_CLUSTER:
        state->cluster = last_value(book, alert, CORD_ALERT_STEP_CLUSTER);
        break;
    case CORD_ALERT_STEP_INCIDENT:
        state->incident = last_value(book, alert, CORD_ALERT_STEP_INCIDENT);
        break;
    case CORD_ALERT_STEP_RAISED:
        break;
    }
    cord_alert_book_remark(hot, state);
    cord_alert_book_recount(book, alert, was_open);
    cord_alert_book_touch(book, alert);
}

/* --- before their alert --- */

static cord_status wait_for(struct cord_alert_book *book, uint64_t number,
                            const struct cord_alert_step *step)
{
    uint32_t at = cord_alert_table_get(&book->waiting_by_number, number);
    cord_status status = CORD_OK;
    if (at == NONE) {
        struct cord_alert_waiting *waiting =
            cord_vec_room(book->waiting, book->waiting_count, &book->waiting_cap, sizeof *waiting);
        if (!waiting) {
            return CORD_E_NOMEM;
        }
        book->waiting = waiting;
        at = (uint32_t)book->waiting_count;
        waiting[at] = (struct cord_alert_waiting){0};
        status = cord_alert_table_put(&book->waiting_by_number, number, at);
        book->waiting_count += status == CORD_OK ? 1 : 0;
    }
    uint32_t made = 0;
    if (status == CORD_OK) {
        status = cord_alert_book_step_new(book, step, &made);
    }
    if (status == CORD_OK) {
        struct cord_alert_waiting *waiting = &book->waiting[at];
        insert(book, &waiting->steps, &waiting->steps_tail, made);
        waiting->claims += step->claim > 0 ? 1 : 0;
        book->waiting_claims += step->claim > 0 ? 1 : 0;
    }
    return status;
}

cord_status cord_alert_book_step_put(struct cord_alert_book *book, uint64_t number,
                                     const struct cord_alert_step *step)
{
    uint32_t alert = cord_alert_book_find(book, number);
    if (alert == NONE) {
        return wait_for(book, number, step);
    }
    uint32_t made = 0;
    cord_status status = history_room(&book->histories[book->versions[book->hot[alert].rule].id]);
    if (status == CORD_OK) {
        status = cord_alert_book_step_new(book, step, &made);
    }
    if (status == CORD_OK) {
        cord_alert_book_step_link(book, alert, made);
    }
    return status;
}

cord_status cord_alert_book_step_reserve(struct cord_alert_book *book, uint64_t number,
                                         uint32_t rule_id)
{
    struct cord_alert_history *history = &book->histories[rule_id];
    uint32_t at = cord_alert_table_get(&book->waiting_by_number, number);
    size_t count = history->count;
    cord_status status = CORD_OK;
    for (uint32_t step = at == NONE ? 0 : book->waiting[at].steps; step != 0 && status == CORD_OK;
         step = book->steps[step].next, history->count++) {
        status = history_room(history);
    }
    history->count = count;
    return status;
}

void cord_alert_book_step_arrived(struct cord_alert_book *book, uint32_t alert)
{
    uint32_t at = cord_alert_table_get(&book->waiting_by_number, book->links[alert].number);
    if (at == NONE) {
        return;
    }
    struct cord_alert_waiting *waiting = &book->waiting[at];
    for (uint32_t step = waiting->steps; step != 0;) {
        uint32_t next = book->steps[step].next;
        cord_alert_book_step_link(book, alert, step);
        step = next;
    }
    book->waiting_claims -= waiting->claims;
    *waiting = (struct cord_alert_waiting){0};
}
