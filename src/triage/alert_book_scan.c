/* alert_book_scan.c: see alert_book_scan_internal.h. */
#include "triage/alert_book_scan_internal.h"

#include <stdlib.h>

/* --- who may be seen --- */

/* Of the organisations that matter, by number: all that there are, or those of the alerts that are
 * named. Texts stay where they are: the callback needs no lock. */
struct asking {
    cord_str *codes;
    bool *matter; /* NULL: all */
    size_t count;
};

/* The alerts of the ids, each once and ascending. Under the lock. */
static void find_named(struct cord_alert_scan *scan, const cord_str *ids, size_t count)
{
    const struct cord_alert_book *book = scan->book;
    for (size_t i = 0; i < count; i++) {
        uint64_t number = 0;
        uint32_t alert = cord_alert_id_parse(&book->id_key, ids[i], &number)
                             ? cord_alert_book_find(book, number)
                             : NONE;
        size_t at = scan->named_count;
        while (at > 0 && scan->named[at - 1] > alert) {
            at--;
        }
        if (alert == NONE || (at > 0 && scan->named[at - 1] == alert)) {
            continue;
        }
        memmove(scan->named + at + 1, scan->named + at,
                (scan->named_count - at) * sizeof *scan->named);
        scan->named[at] = alert;
        scan->named_count++;
    }
}

/* Under the lock. */
static cord_status note_asking(struct cord_alert_scan *scan, struct asking *asking)
{
    const struct cord_alert_book *book = scan->book;
    asking->count = book->organisations.count;
    asking->codes = malloc((asking->count + 1) * sizeof *asking->codes);
    asking->matter = scan->named ? calloc(asking->count + 1, sizeof *asking->matter) : NULL;
    if (!asking->codes || (scan->named && !asking->matter)) {
        return CORD_E_NOMEM;
    }
    if (asking->count > 0) { /* a book that is empty has no list */
        memcpy(asking->codes, book->organisations.items, asking->count * sizeof *asking->codes);
    }
    for (size_t i = 0; i < scan->named_count; i++) {
        asking->matter[book->entities.organisation[book->hot[scan->named[i]].entity]] = true;
    }
    return CORD_OK;
}

static cord_status ask_each(struct cord_alert_scan *scan, const struct cord_alert_ask *ask,
                            const struct asking *asking, bool regions)
{
    scan->sees = calloc(asking->count + 1, sizeof *scan->sees);
    scan->regions = regions ? calloc(asking->count + 1, sizeof *scan->regions) : NULL;
    if (!scan->sees || (regions && !scan->regions)) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < asking->count; i++) {
        cord_str region = CORD_STR("");
        if (!asking->matter || asking->matter[i]) {
            scan->sees[i] =
                ask->visible(ask->self, asking->codes[i], regions ? &region : NULL) ? 1 : 0;
        }
        if (regions) {
            scan->regions[i] = region;
        }
    }
    scan->organisation_count = asking->count;
    return CORD_OK;
}

static cord_status ask_who(struct cord_alert_scan *scan, const struct cord_alert_ask *ask,
                           bool regions)
{
    struct cord_alert_book *book = scan->book;
    struct asking asking = {.count = 0};
    const cord_str *ids = ask->ids;
    size_t count = ask->id_count;
    bool named = ids || (scan->query && cord_alert_book_query_ids(scan->query, &ids, &count));
    cord_status status = CORD_OK;
    scan->all = ask->visible == NULL;
    if (named) {
        scan->named = calloc(count + 1, sizeof *scan->named);
        if (!scan->named) {
            return CORD_E_NOMEM;
        }
    }
    if (scan->all && !named) {
        return CORD_OK;
    }
    (void)pthread_rwlock_rdlock(&book->lock);
    if (named) {
        find_named(scan, ids, count);
    }
    status = scan->all ? CORD_OK : note_asking(scan, &asking);
    (void)pthread_rwlock_unlock(&book->lock);
    if (status == CORD_OK && !scan->all) {
        status = ask_each(scan, ask, &asking, regions);
    }
    free(asking.codes);
    free(asking.matter);
    return status;
}

bool cord_alert_book_scan_sees(const struct cord_alert_scan *scan, uint32_t organisation)
{
    return scan->all || (organisation < scan->organisation_count && scan->sees[organisation] != 0);
}

cord_str cord_alert_book_scan_region(const struct cord_alert_scan *scan, uint32_t organisation)
{
    return !scan->regions || organisation >= scan->organisation_count ? CORD_STR("")
                                                                      : scan->regions[organisation];
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

/* By lists where few may be seen. */
static void choose_way(struct cord_alert_scan *scan)
{
    const struct cord_alert_book *book = scan->book;
    size_t seen = 0;
    bool all = true;
    for (uint32_t i = 0; i < book->of_count; i++) {
        bool may = cord_alert_book_scan_sees(scan, i);
        seen += may ? book->of[i].count : 0;
        all = all && (may || book->of[i].count == 0);
    }
    scan->sees_all = all;
    scan->most = scan->named ? scan->named_count : seen;
    scan->listed = scan->named || seen < book->count / 2;
    if (scan->named) {
        scan->list = scan->named;
        scan->list_count = scan->named_count;
        scan->list_next = UINT32_MAX;
    }
}

static uint8_t look_at(const struct cord_alert_scan *scan, uint32_t entity)
{
    const struct cord_alert_book *book = scan->book;
    uint32_t fact = 0;
    if (!cord_alert_book_scan_sees(scan, book->entities.organisation[entity])) {
        return CORD_ALERT_VIEW_HIDDEN;
    }
    return (uint8_t)(CORD_ALERT_VIEW_SEEN +
                     (unsigned)cord_alert_book_criticality(book, entity, &scan->moment, &fact));
}

/* What is known of each entity: where all alerts are gone through of all of them at once. */
static cord_status look_at_entities(struct cord_alert_scan *scan)
{
    const struct cord_alert_entities *entities = &scan->book->entities;
    scan->entities = scan->listed ? calloc(entities->count + 1, 1) : malloc(entities->count + 1);
    if (!scan->entities) {
        return CORD_E_NOMEM;
    }
    for (uint32_t i = 0; i < entities->count && !scan->listed; i++) {
        scan->entities[i] = scan->sees_all && scan->moment.now
                                ? (uint8_t)(CORD_ALERT_VIEW_SEEN + entities->criticality[i])
                                : look_at(scan, i);
    }
    return CORD_OK;
}

cord_status cord_alert_book_scan_open(struct cord_alert_scan *scan, struct cord_alert_book *book,
                                      const struct cord_alert_ask *ask, struct cord_alert_way way,
                                      struct cord_error *err)
{
    *scan = (struct cord_alert_scan){.book = book, .from_ns = ask->from_ns, .to_ns = ask->to_ns};
    cord_status status = CORD_OK;
    if (cord_str_trim(ask->query).len > 0) {
        status = cord_alert_book_query_parse(ask->query, &scan->query, err);
    }
    if (status == CORD_OK) {
        bool regions =
            way.regions ||
            (scan->query && cord_alert_book_query_asks(scan->query, CORD_ALERT_COLUMN_REGION));
        status = ask_who(scan, ask, regions);
    }
    if (status != CORD_OK) {
        return status;
    }
    (void)pthread_rwlock_rdlock(&book->lock);
    scan->locked = true;
    scan->moment = cord_alert_book_moment(book, ask->at_ns);
    scan->latest_first = way.latest_first;
    scan->absent = scan->moment.now ? UINT32_MAX : cord_alert_book_end(book, scan->moment.through);
    choose_way(scan);
    status = look_at_entities(scan);
    if (status == CORD_OK) {
        status = count_points(scan);
    }
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
    free(scan->named);
}

/* --- blocks --- */

/* The alert as it was, in `hots` and `states`; false: it is not to be seen, or was not known. */
static bool take(struct cord_alert_scan *scan, uint32_t alert, unsigned place)
{
    struct cord_alert_book *book = scan->book;
    const struct cord_alert_hot *hot = &book->hot[alert];
    uint8_t *view = &scan->entities[hot->entity];
    if (*view == CORD_ALERT_VIEW_NONE) {
        *view = look_at(scan, hot->entity);
    }
    if (*view == CORD_ALERT_VIEW_HIDDEN ||
        (alert >= scan->absent && (hot->marks & CORD_ALERT_MANUAL) == 0)) {
        return false;
    }
    if (hot->updated_ns <= scan->moment.at_ns) {
        scan->hots[place] = *hot;
        return true;
    }
    if (!cord_alert_book_as_of(book, alert, &scan->moment, &scan->hots[place],
                               &scan->states[place])) {
        return false;
    }
    scan->changed |= UINT64_C(1) << place;
    return true;
}

static uint64_t within(const struct cord_alert_scan *scan, uint64_t chosen)
{
    uint64_t left = chosen;
    for (unsigned place; (place = cord_alert_book_scan_take(&left)) < CORD_ALERT_BLOCK;) {
        const struct cord_alert_hot *hot = &scan->hot[place];
        bool fits = (scan->from_ns == CORD_TIME_NONE || hot->last_ns >= scan->from_ns) &&
                    (scan->to_ns == CORD_TIME_NONE || hot->first_ns < scan->to_ns);
        chosen &= ~((uint64_t)!fits << place);
    }
    return chosen;
}

/* Alerts of a list lie anywhere: all of them are sent for before the first is looked at. */
static uint64_t take_listed(struct cord_alert_scan *scan)
{
    size_t left = scan->list_count - scan->list_at;
    unsigned count = left < CORD_ALERT_BLOCK ? (unsigned)left : CORD_ALERT_BLOCK;
    uint64_t chosen = 0;
    scan->hot = scan->hots;
    for (unsigned place = 0; place < count; place++) {
        scan->alerts[place] = scan->list[scan->list_at + place];
        __builtin_prefetch(&scan->book->hot[scan->alerts[place]]);
    }
    for (unsigned place = 0; place < count; place++) {
        chosen |= take(scan, scan->alerts[place], place) ? UINT64_C(1) << place : 0;
    }
    scan->list_at += count;
    return chosen;
}

/* False: that was the last one. */
static bool next_list(struct cord_alert_scan *scan)
{
    const struct cord_alert_book *book = scan->book;
    while (scan->list_at == scan->list_count) {
        while (scan->list_next < book->of_count &&
               !cord_alert_book_scan_sees(scan, scan->list_next)) {
            scan->list_next++;
        }
        if (scan->list_next >= book->of_count) {
            return false;
        }
        scan->list = book->of[scan->list_next].alerts;
        scan->list_count = book->of[scan->list_next].count;
        scan->list_at = 0;
        scan->list_next++;
    }
    return true;
}

static bool has_changed(const struct cord_alert_scan *scan, unsigned count)
{
    const struct cord_alert_hot *hot = &scan->book->hot[scan->first];
    bool changed = false;
    for (unsigned place = 0; place < count; place++) {
        changed |= hot[place].updated_ns > scan->moment.at_ns;
    }
    return changed;
}

/* Those that lie side by side are looked at where they lie, unless one of them was different. */
static uint64_t take_next(struct cord_alert_scan *scan)
{
    size_t left = scan->book->count - scan->next;
    unsigned count = left < CORD_ALERT_BLOCK ? (unsigned)left : CORD_ALERT_BLOCK;
    uint64_t chosen = count < CORD_ALERT_BLOCK ? (UINT64_C(1) << count) - 1 : UINT64_MAX;
    scan->next += count;
    scan->first =
        scan->latest_first ? (uint32_t)(scan->book->count - scan->next) : scan->next - count;
    if (!scan->moment.now && has_changed(scan, count)) {
        scan->hot = scan->hots;
        chosen = 0;
        for (unsigned place = 0; place < count; place++) {
            chosen |= take(scan, scan->first + place, place) ? UINT64_C(1) << place : 0;
        }
        return chosen;
    }
    scan->hot = &scan->book->hot[scan->first];
    if (!scan->sees_all) {
        chosen = 0;
        for (unsigned place = 0; place < count; place++) {
            uint8_t view = scan->entities[scan->hot[place].entity];
            chosen |= (uint64_t)(view >= CORD_ALERT_VIEW_SEEN) << place;
        }
    }
    return chosen;
}

cord_status cord_alert_book_scan_next(struct cord_alert_scan *scan, uint64_t *ret_chosen)
{
    bool windowed = scan->from_ns != CORD_TIME_NONE || scan->to_ns != CORD_TIME_NONE;
    cord_status status = CORD_OK;
    uint64_t chosen = 0;
    while (status == CORD_OK && chosen == 0) {
        if (scan->listed ? !next_list(scan) : scan->next >= scan->book->count) {
            return CORD_E_END;
        }
        scan->changed = 0;
        chosen = scan->listed ? take_listed(scan) : take_next(scan);
        chosen = windowed ? within(scan, chosen) : chosen;
        if (scan->query && chosen != 0) {
            status = cord_alert_book_query_block(scan->query, scan, chosen, &chosen);
        }
    }
    *ret_chosen = chosen;
    return status;
}
