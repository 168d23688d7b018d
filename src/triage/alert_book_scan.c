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

/* What a row's risk is looked up in. */
static void fill_points(struct cord_alert_scan *scan)
{
    for (int i = CORD_ALERT_UNKNOWN; i <= CORD_ALERT_LIFE_CRITICAL; i++) {
        const struct cord_alert_hot none = {0};
        scan->care_points[i] =
            (uint8_t)cord_alert_book_points_rest(&none, (enum cord_alert_criticality)i).care;
    }
    for (unsigned i = 0; i < sizeof scan->mark_points; i++) {
        const struct cord_alert_hot marked = {.marks = (uint8_t)i};
        struct cord_alert_points points = cord_alert_book_points_rest(&marked, CORD_ALERT_UNKNOWN);
        scan->mark_points[i] = (uint8_t)(points.spread + points.again);
    }
    for (unsigned i = 0; i < sizeof scan->count_points; i++) {
        const struct cord_alert_hot counted = {.count = i};
        scan->count_points[i] =
            (uint8_t)cord_alert_book_points_rest(&counted, CORD_ALERT_UNKNOWN).count;
    }
}

static cord_status count_points(struct cord_alert_scan *scan)
{
    const struct cord_alert_book *book = scan->book;
    fill_points(scan);
    scan->rule_points = malloc(book->version_count + 1);
    if (!scan->rule_points) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < book->version_count; i++) {
        const struct cord_alert_version *version = &book->versions[i];
        struct cord_alert_verdicts verdicts =
            cord_alert_book_verdicts(book, version->id, &scan->moment);
        /* What has neither id nor title was raised by a person. */
        unsigned precision = book->rule_ids.items[version->id].len == 0
                                 ? CORD_ALERT_POINTS_RAISED
                                 : cord_alert_book_points_precision(&verdicts);
        scan->rule_points[i] = (uint8_t)(cord_alert_book_points_level(version->level) + precision);
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
    scan->absent = UINT32_MAX;
    scan->entities = calloc(book->entities.count + 1, 1);
    status = scan->entities ? count_points(scan) : CORD_E_NOMEM;
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
    free(scan->entities);
    free(scan->regions);
    free(scan->sees);
}

/* --- blocks --- */

/* Worked out when an entity is first met: whether its alerts may be seen, and its criticality. */
static uint8_t view_of(struct cord_alert_scan *scan, uint32_t entity)
{
    const struct cord_alert_book *book = scan->book;
    uint32_t fact = 0;
    uint8_t view = CORD_ALERT_VIEW_HIDDEN;
    if (sees(scan, book->entities.organisation[entity])) {
        view = (uint8_t)(CORD_ALERT_VIEW_SEEN +
                         (unsigned)cord_alert_book_criticality(book, entity, &scan->moment, &fact));
    }
    scan->entities[entity] = view;
    return view;
}

/* The alert as it was; false: it is not to be seen, or not of the time asked for. */
static bool take(struct cord_alert_scan *scan, uint32_t alert, unsigned place)
{
    struct cord_alert_book *book = scan->book;
    const struct cord_alert_hot *hot = &book->hot[alert];
    uint8_t view = scan->entities[hot->entity];
    view = view == CORD_ALERT_VIEW_NONE ? view_of(scan, hot->entity) : view;
    if (view == CORD_ALERT_VIEW_HIDDEN ||
        (alert >= scan->absent && (hot->marks & CORD_ALERT_MANUAL) == 0)) {
        return false;
    }
    scan->hot[place] = hot;
    scan->state[place] = &book->state[alert];
    if (hot->updated_ns > scan->moment.at_ns) {
        if (!cord_alert_book_as_of(book, alert, &scan->moment, &scan->hots[place],
                                   &scan->states[place])) {
            /* Findings are known in the order of their numbers, and so are alerts. */
            bool later = (hot->marks & CORD_ALERT_MANUAL) == 0;
            scan->absent = later ? alert : scan->absent;
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
