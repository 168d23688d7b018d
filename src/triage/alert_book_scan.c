/* alert_book_scan.c: see alert_book_scan_internal.h. */
#include "triage/alert_book_scan_internal.h"

#include <stdlib.h>

/* --- who may be seen --- */

/* Texts stay where they are: the callback needs no lock. */
static cord_status ask_who(struct cord_alert_scan *scan, const struct cord_alert_ask *ask)
{
    struct cord_alert_book *book = scan->book;
    cord_status status = CORD_OK;
    scan->all = ask->visible == NULL;
    if (scan->all) {
        return CORD_OK;
    }
    (void)pthread_rwlock_rdlock(&book->lock);
    size_t count = book->organisations.count;
    scan->regions = malloc((count + 1) * sizeof *scan->regions);
    scan->sees = calloc(count + 1, sizeof *scan->sees);
    if (!scan->regions || !scan->sees) {
        status = CORD_E_NOMEM;
    } else if (count > 0) { /* a book that is empty has no list */
        memcpy(scan->regions, book->organisations.items, count * sizeof *scan->regions);
    }
    (void)pthread_rwlock_unlock(&book->lock);
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        cord_str code = scan->regions[i];
        cord_str region = CORD_STR("");
        scan->sees[i] = ask->visible(ask->self, code, &region) ? 1 : 0;
        scan->regions[i] = region;
    }
    scan->organisation_count = count;
    return status;
}

static bool sees(const struct cord_alert_scan *scan, uint32_t organisation)
{
    return scan->all || (organisation < scan->organisation_count && scan->sees[organisation] != 0);
}

cord_str cord_alert_book_scan_region(const struct cord_alert_scan *scan, uint32_t organisation)
{
    return scan->all || organisation >= scan->organisation_count ? CORD_STR("")
                                                                 : scan->regions[organisation];
}

bool cord_alert_book_scan_may(const struct cord_alert_scan *scan, uint32_t alert)
{
    const struct cord_alert_book *book = scan->book;
    return sees(scan, book->entities.organisation[book->hot[alert].entity]) &&
           book->state[alert].known_ns <= scan->moment.at_ns;
}

/* --- open and close --- */

static cord_status count_points(struct cord_alert_scan *scan)
{
    const struct cord_alert_book *book = scan->book;
    scan->rule_points = malloc(book->version_count + 1);
    if (!scan->rule_points) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < book->version_count; i++) {
        const struct cord_alert_version *version = &book->versions[i];
        struct cord_alert_verdicts verdicts =
            cord_alert_book_verdicts(book, version->id, &scan->moment);
        scan->rule_points[i] = (uint8_t)(cord_alert_book_points_level(version->level) +
                                         cord_alert_book_points_precision(&verdicts));
    }
    return CORD_OK;
}

cord_status cord_alert_book_scan_open(struct cord_alert_scan *scan, struct cord_alert_book *book,
                                      const struct cord_alert_ask *ask, struct cord_error *err)
{
    *scan = (struct cord_alert_scan){.book = book, .from_ns = ask->from_ns, .to_ns = ask->to_ns};
    cord_status status = CORD_OK;
    if (cord_str_trim(ask->query).len > 0) {
        status = cord_alert_book_query_parse(ask->query, &scan->query, err);
    }
    if (status == CORD_OK) {
        status = ask_who(scan, ask);
    }
    if (status != CORD_OK) {
        return status;
    }
    (void)pthread_rwlock_rdlock(&book->lock);
    scan->locked = true;
    scan->moment = cord_alert_book_moment(book, ask->at_ns);
    status = count_points(scan);
    if (status == CORD_OK && scan->query) {
        status = cord_alert_book_query_begin(scan->query, scan);
    }
    return status;
}

void cord_alert_book_scan_unlock(struct cord_alert_scan *scan)
{
    if (scan->locked) {
        (void)pthread_rwlock_unlock(&scan->book->lock);
        scan->locked = false;
    }
}

void cord_alert_book_scan_close(struct cord_alert_scan *scan)
{
    cord_alert_book_scan_unlock(scan);
    cord_alert_book_query_free(scan->query);
    free(scan->rule_points);
    free(scan->regions);
    free(scan->sees);
}

/* --- blocks --- */

unsigned cord_alert_book_scan_risk(const struct cord_alert_scan *scan, unsigned place)
{
    const struct cord_alert_hot *hot = scan->hot[place];
    struct cord_alert_points points = cord_alert_book_points_rest(
        hot, scan->state[place], cord_alert_book_scan_criticality(scan, place));
    unsigned rule = (hot->marks & CORD_ALERT_MANUAL) == 0
                        ? scan->rule_points[hot->rule]
                        : cord_alert_book_points_level(scan->book->versions[hot->rule].level) +
                              CORD_ALERT_POINTS_RAISED;
    return rule + points.care + points.count + points.spread + points.again;
}

/* The alert as it was; false: it is not to be seen, or not of the time asked for. */
static bool take(struct cord_alert_scan *scan, uint32_t alert, unsigned place)
{
    struct cord_alert_book *book = scan->book;
    const struct cord_alert_hot *hot = &book->hot[alert];
    if (!sees(scan, book->entities.organisation[hot->entity])) {
        return false;
    }
    scan->hot[place] = hot;
    scan->state[place] = &book->state[alert];
    if (hot->updated_ns > scan->moment.at_ns) {
        if (!cord_alert_book_as_of(book, alert, &scan->moment, &scan->hots[place],
                                   &scan->states[place])) {
            return false;
        }
        scan->hot[place] = &scan->hots[place];
        scan->state[place] = &scan->states[place];
    }
    return (scan->from_ns == CORD_TIME_NONE || scan->state[place]->last_ns >= scan->from_ns) &&
           (scan->to_ns == CORD_TIME_NONE || scan->hot[place]->first_ns < scan->to_ns);
}

cord_status cord_alert_book_scan_next(struct cord_alert_scan *scan, uint64_t *ret_chosen)
{
    cord_status status = CORD_OK;
    uint64_t chosen = 0;
    while (status == CORD_OK && chosen == 0) {
        if (scan->next >= scan->book->count) {
            return CORD_E_END;
        }
        scan->first = scan->next;
        for (unsigned place = 0; place < CORD_ALERT_BLOCK && scan->next < scan->book->count;
             place++, scan->next++) {
            chosen |= take(scan, scan->next, place) ? UINT64_C(1) << place : 0;
        }
        if (scan->query && chosen != 0) {
            status = cord_alert_book_query_block(scan->query, scan, chosen, &chosen);
        }
    }
    *ret_chosen = chosen;
    return status;
}
