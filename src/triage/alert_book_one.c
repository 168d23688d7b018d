/* alert_book_one.c: one alert, its findings and claims, and which have changed; see alert_book.h.
 */
#include "triage/alert_book_scan_internal.h"

#include <stdlib.h>

#define WHY_MAX ((size_t)1 << 20)

/* Of one alert only its own organisation is asked about. */
static cord_status find_one(struct cord_alert_book *book, const struct cord_alert_ask *ask,
                            cord_str id, uint32_t *ret_alert, cord_str *ret_region)
{
    uint64_t number = 0;
    cord_str organisation = {0};
    if (!cord_alert_id_parse(&book->id_key, id, &number)) {
        return CORD_E_NOENT;
    }
    (void)pthread_rwlock_rdlock(&book->lock);
    uint32_t alert = cord_alert_book_find(book, number);
    bool there = alert != NONE;
    if (there) {
        uint32_t entity = book->hot[alert].entity;
        organisation = book->organisations.items[book->entities.organisation[entity]];
    }
    (void)pthread_rwlock_unlock(&book->lock);
    *ret_region = CORD_STR("");
    if (!there || (ask->visible && !ask->visible(ask->self, organisation, ret_region))) {
        return CORD_E_NOENT;
    }
    *ret_alert = alert;
    return CORD_OK;
}

/* An alert that is looked at, as of a moment. */
struct opened {
    struct cord_alert_moment moment;
    uint32_t alert;
    cord_str region;
};

/* With the lock, which is the caller's to give back on CORD_OK: finds the alert if it may be seen
 * and was known. */
static cord_status open_one(struct cord_alert_book *book, const struct cord_alert_ask *ask,
                            cord_str id, struct opened *ret_one)
{
    cord_status status = find_one(book, ask, id, &ret_one->alert, &ret_one->region);
    if (status != CORD_OK) {
        return status;
    }
    (void)pthread_rwlock_rdlock(&book->lock);
    ret_one->moment = cord_alert_book_moment(book, ask->at_ns);
    if (book->state[ret_one->alert].known_ns > ret_one->moment.at_ns) {
        (void)pthread_rwlock_unlock(&book->lock);
        return CORD_E_NOENT;
    }
    return CORD_OK;
}

cord_status cord_alert_book_one(struct cord_alert_book *book, const struct cord_alert_ask *ask,
                                cord_str id,
                                void (*visit)(void *self, const struct cord_alert *alert),
                                void *self)
{
    struct opened one;
    struct cord_buf why;
    struct cord_alert lent = {0};
    char text[CORD_ALERT_ID_TEXT];
    cord_status status = open_one(book, ask, id, &one);
    if (status != CORD_OK) {
        return status;
    }
    cord_buf_init(&why, WHY_MAX);
    cord_alert_book_points_lend(book, &one.moment, one.alert, &lent, text, &why);
    (void)pthread_rwlock_unlock(&book->lock);
    status = why.failed ? CORD_E_NOMEM : CORD_OK;
    if (status == CORD_OK) {
        lent.region = one.region;
        lent.why = cord_buf_str(&why);
        visit(self, &lent);
    }
    cord_buf_done(&why);
    return status;
}

/* Findings that were known by then. */
static uint32_t findings_by(const struct cord_alert_book *book, uint32_t alert, int64_t at_ns)
{
    const struct cord_alert_links *links = &book->links[alert];
    struct cord_alert_extent all = cord_alert_book_extent(book, alert);
    uint64_t through = cord_alert_book_through(book, at_ns);
    return through < links->number ? 0 : cord_alert_trail_until(&links->trail, &all, through).count;
}

/* Under the lock; false: it has no such claim. */
static bool stood_before(const struct cord_alert_book *book, uint32_t alert, uint64_t claim,
                         struct cord_alert_stand *ret_stand)
{
    struct cord_alert_stand stand = {CORD_ALERT_NEW, CORD_ALERT_REASON_NONE, CORD_STR("")};
    int64_t decided_ns = CORD_TIME_NONE;
    uint32_t at = claim > 0 ? book->links[alert].steps : 0;
    for (; at != 0 && book->steps[at].claim != claim; at = book->steps[at].next) {
        const struct cord_alert_step *step = &book->steps[at];
        if (step->kind == CORD_ALERT_STEP_STATE) {
            stand.status = (enum cord_alert_status)step->word;
            stand.reason = (enum cord_alert_reason)step->value;
            decided_ns = step->when_ns;
        } else if (step->kind == CORD_ALERT_STEP_OWNER) {
            stand.owner = book->owners.items[step->value];
        }
    }
    if (at == 0) {
        return false;
    }
    bool opens = stand.status == CORD_ALERT_CLOSED && stand.reason == CORD_ALERT_TRUE_POSITIVE;
    if (opens &&
        findings_by(book, alert, book->steps[at].when_ns) > findings_by(book, alert, decided_ns)) {
        stand.status = CORD_ALERT_NEW; /* findings had opened it again */
        stand.reason = CORD_ALERT_REASON_NONE;
    }
    *ret_stand = stand;
    return true;
}

cord_status cord_alert_book_stood(struct cord_alert_book *book, const struct cord_alert_ask *ask,
                                  cord_str id, uint64_t claim, struct cord_alert_stand *ret_stand)
{
    struct opened one;
    cord_status status = open_one(book, ask, id, &one);
    if (status != CORD_OK) {
        return status;
    }
    bool there = stood_before(book, one.alert, claim, ret_stand);
    (void)pthread_rwlock_unlock(&book->lock);
    return there ? CORD_OK : CORD_E_NOENT;
}

cord_status cord_alert_book_findings(struct cord_alert_book *book, const struct cord_alert_ask *ask,
                                     cord_str id, const struct cord_alert_slice *slice,
                                     size_t *ret_count)
{
    struct opened one;
    cord_status status = open_one(book, ask, id, &one);
    if (status != CORD_OK) {
        return status;
    }
    const struct cord_alert_links *links = &book->links[one.alert];
    bool manual = (links->number & CORD_ALERT_ID_MANUAL) != 0;
    *ret_count = cord_alert_trail_numbers(&links->trail, manual ? 0 : links->number, slice->after,
                                          one.moment.through, slice->numbers, slice->room);
    (void)pthread_rwlock_unlock(&book->lock);
    return CORD_OK;
}

cord_status cord_alert_book_claims(struct cord_alert_book *book, const struct cord_alert_ask *ask,
                                   cord_str id, const struct cord_alert_slice *slice,
                                   size_t *ret_count)
{
    struct opened one;
    size_t count = 0;
    cord_status status = open_one(book, ask, id, &one);
    if (status != CORD_OK) {
        return status;
    }
    for (uint32_t at = book->links[one.alert].steps; at != 0 && count < slice->room;
         at = book->steps[at].next) {
        const struct cord_alert_step *step = &book->steps[at];
        if (step->claim > slice->after && step->when_ns <= one.moment.at_ns) {
            slice->numbers[count++] = step->claim;
        }
    }
    (void)pthread_rwlock_unlock(&book->lock);
    *ret_count = count;
    return CORD_OK;
}

/* --- changes --- */

/* An alert that has changed. */
struct change {
    uint64_t number;
    uint32_t organisation;
};

/* The latest first, each once, of whatever organisation. Under the lock. CORD_E_NOMEM. */
static cord_status note_changes(const struct cord_alert_book *book, uint64_t revision,
                                struct cord_alert_changed *changed, struct change **ret_changes,
                                size_t *ret_count)
{
    uint64_t newest = book->revision;
    uint64_t oldest = newest > book->options.changes_kept ? newest - book->options.changes_kept : 0;
    size_t count = 0;
    changed->more = revision < oldest;
    changed->revision = newest;
    oldest = revision > oldest ? revision : oldest;
    struct change *changes =
        malloc((newest > oldest ? (size_t)(newest - oldest) + 1 : 1) * sizeof *changes);
    if (!changes) {
        return CORD_E_NOMEM;
    }
    for (uint64_t at = newest; at > oldest; at--) {
        uint32_t alert = book->changes[at % book->options.changes_kept];
        if (alert != NONE && book->state[alert].revision == at) { /* its latest change */
            uint32_t entity = book->hot[alert].entity;
            changes[count++] =
                (struct change){book->links[alert].number, book->entities.organisation[entity]};
        }
    }
    *ret_changes = changes;
    *ret_count = count;
    return CORD_OK;
}

/* Asked once about each organisation of which something has changed. */
static bool may_see(struct cord_alert_book *book, const struct cord_alert_ask *ask,
                    uint32_t organisation, uint8_t *known)
{
    enum { MAY = 1, MAY_NOT = 2 };
    if (!ask->visible) {
        return true;
    }
    if (known[organisation] == 0) {
        (void)pthread_rwlock_rdlock(&book->lock); /* the list may be moved */
        cord_str code = book->organisations.items[organisation];
        (void)pthread_rwlock_unlock(&book->lock);
        known[organisation] = ask->visible(ask->self, code, NULL) ? MAY : MAY_NOT;
    }
    return known[organisation] == MAY;
}

cord_status cord_alert_book_changes(struct cord_alert_book *book, const struct cord_alert_ask *ask,
                                    const struct cord_alert_since *since,
                                    struct cord_alert_changed *ret_changed)
{
    struct change *changes = NULL;
    size_t count = 0;
    size_t told = 0;
    (void)pthread_rwlock_rdlock(&book->lock);
    uint8_t *known = calloc(book->organisations.count + 1, 1);
    cord_status status =
        known ? note_changes(book, since->revision, ret_changed, &changes, &count) : CORD_E_NOMEM;
    (void)pthread_rwlock_unlock(&book->lock);
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        char id[CORD_ALERT_ID_TEXT];
        if (!may_see(book, ask, changes[i].organisation, known)) {
            continue;
        }
        if (told == since->most) {
            ret_changed->more = true;
            break;
        }
        since->visit(since->self, cord_alert_id_format(&book->id_key, changes[i].number, id));
        told++;
    }
    free(changes);
    free(known);
    return status;
}
