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

/* Opens a scan, and finds the alert if it may be seen and was known. */
static cord_status open_one(struct cord_alert_scan *scan, struct cord_alert_book *book,
                            const struct cord_alert_ask *ask, cord_str id, uint32_t *ret_alert,
                            cord_str *ret_region)
{
    const struct cord_alert_ask alone = {
        .from_ns = CORD_TIME_NONE, .to_ns = CORD_TIME_NONE, .at_ns = ask->at_ns};
    *scan = (struct cord_alert_scan){.book = book};
    cord_status status = find_one(book, ask, id, ret_alert, ret_region);
    if (status == CORD_OK) {
        status = cord_alert_book_scan_open(scan, book, &alone, NULL);
    }
    return status != CORD_OK || cord_alert_book_scan_may(scan, *ret_alert) ? status : CORD_E_NOENT;
}

cord_status cord_alert_book_one(struct cord_alert_book *book, const struct cord_alert_ask *ask,
                                cord_str id,
                                void (*visit)(void *self, const struct cord_alert *alert),
                                void *self)
{
    struct cord_alert_scan scan;
    struct cord_buf why;
    struct cord_alert lent = {0};
    char text[CORD_ALERT_ID_TEXT];
    uint32_t alert = 0;
    cord_str region;
    cord_buf_init(&why, WHY_MAX);
    cord_status status = open_one(&scan, book, ask, id, &alert, &region);
    if (status == CORD_OK) {
        cord_alert_book_points_lend(book, &scan.moment, alert, &lent, text, &why);
        lent.region = region;
        status = why.failed ? CORD_E_NOMEM : CORD_OK;
    }
    cord_alert_book_scan_unlock(&scan);
    if (status == CORD_OK) {
        lent.why = cord_buf_str(&why);
        visit(self, &lent);
    }
    cord_alert_book_scan_close(&scan);
    cord_buf_done(&why);
    return status;
}

/* NOLINTNEXTLINE(readability-function-size): a question, a visitor and its answer */
cord_status cord_alert_book_findings(struct cord_alert_book *book, const struct cord_alert_ask *ask,
                                     cord_str id, uint64_t after, uint64_t *ret_numbers,
                                     size_t room, size_t *ret_count)
{
    struct cord_alert_scan scan;
    uint32_t alert = 0;
    cord_str region;
    cord_status status = open_one(&scan, book, ask, id, &alert, &region);
    if (status == CORD_OK) {
        const struct cord_alert_links *links = &book->links[alert];
        bool manual = (links->number & CORD_ALERT_ID_MANUAL) != 0;
        *ret_count = cord_alert_trail_numbers(&links->trail, manual ? 0 : links->number, after,
                                              scan.moment.through, ret_numbers, room);
    }
    cord_alert_book_scan_close(&scan);
    return status;
}

/* NOLINTNEXTLINE(readability-function-size): a question, a visitor and its answer */
cord_status cord_alert_book_claims(struct cord_alert_book *book, const struct cord_alert_ask *ask,
                                   cord_str id, uint64_t after, uint64_t *ret_numbers, size_t room,
                                   size_t *ret_count)
{
    struct cord_alert_scan scan;
    uint32_t alert = 0;
    size_t count = 0;
    cord_str region;
    cord_status status = open_one(&scan, book, ask, id, &alert, &region);
    if (status == CORD_OK) {
        for (uint32_t at = book->links[alert].steps; at != 0 && count < room;
             at = book->steps[at].next) {
            const struct cord_alert_step *step = &book->steps[at];
            if (step->claim > after && step->when_ns <= scan.moment.at_ns) {
                ret_numbers[count++] = step->claim;
            }
        }
        *ret_count = count;
    }
    cord_alert_book_scan_close(&scan);
    return status;
}

/* --- changes --- */

/* NOLINTNEXTLINE(readability-function-size): a question, a visitor and its answer */
cord_status cord_alert_book_changes(struct cord_alert_book *book, const struct cord_alert_ask *ask,
                                    uint64_t revision, size_t most,
                                    void (*visit)(void *self, cord_str id), void *self,
                                    uint64_t *ret_revision, bool *ret_more)
{
    struct cord_alert_scan scan;
    struct cord_alert_ask who = {.from_ns = CORD_TIME_NONE,
                                 .to_ns = CORD_TIME_NONE,
                                 .at_ns = CORD_TIME_NONE,
                                 .visible = ask->visible,
                                 .self = ask->self};
    uint64_t *numbers = malloc((most + 1) * sizeof *numbers);
    size_t count = 0;
    cord_status status =
        numbers ? cord_alert_book_scan_open(&scan, book, &who, NULL) : CORD_E_NOMEM;
    if (!numbers) {
        return status;
    }
    if (status == CORD_OK) {
        uint64_t newest = book->revision;
        uint64_t oldest = newest > KEPT_CHANGES ? newest - KEPT_CHANGES : 0;
        *ret_more = revision < oldest;
        oldest = revision > oldest ? revision : oldest;
        *ret_revision = newest;
        for (uint64_t at = newest; at > oldest; at--) {
            uint32_t alert = book->changes[at % KEPT_CHANGES];
            /* Only where it was the alert's latest change. */
            if (alert == NONE || book->state[alert].revision != at ||
                !cord_alert_book_scan_may(&scan, alert)) {
                continue;
            }
            if (count == most) {
                *ret_more = true;
                break;
            }
            numbers[count++] = book->links[alert].number;
        }
    }
    cord_alert_book_scan_close(&scan);
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        char id[CORD_ALERT_ID_TEXT];
        visit(self, cord_alert_id_format(&book->id_key, numbers[i], id));
    }
    free(numbers);
    return status;
}
