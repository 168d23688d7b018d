/* alert_book_list.c: pages of alerts in an order; see alert_book.h. */
#include "triage/alert_book_scan_internal.h"

#include "base/hash.h"
#include "base/vec.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define GROUP_NS (600 * CORD_SECOND_NS)
#define WHY_MAX  ((size_t)16 << 20)

/* --- orders --- */

static const char *const sorts[] = {
    [CORD_ALERT_BY_PRIORITY] = "priority", [CORD_ALERT_BY_RISK] = "risk",
    [CORD_ALERT_BY_LAST] = "last",         [CORD_ALERT_BY_FIRST] = "first",
    [CORD_ALERT_BY_KNOWN] = "known",       [CORD_ALERT_BY_UPDATED] = "updated",
    [CORD_ALERT_BY_COUNT] = "count",       [CORD_ALERT_BY_SEVERITY] = "severity",
    [CORD_ALERT_BY_ORG] = "org",           [CORD_ALERT_BY_RULE] = "rule",
    [CORD_ALERT_BY_STATUS] = "status",
};
#define SORTS (sizeof sorts / sizeof *sorts)

const char *cord_alert_book_sort_name(enum cord_alert_sort sort)
{
    return (size_t)sort < SORTS ? sorts[sort] : "";
}

bool cord_alert_book_sort_find(cord_str name, enum cord_alert_sort *ret_sort)
{
    for (size_t i = 0; i < SORTS; i++) {
        if (cord_str_eq(name, cord_str_from(sorts[i]))) {
            *ret_sort = (enum cord_alert_sort)i;
            return true;
        }
    }
    return false;
}

/* The smaller comes first; of equals the one with the lower number. Alerts of findings are fed in
 * the order of their numbers, and manual ones have the higher numbers: those alone are looked up.
 */
struct key {
    uint64_t high, low;
    uint64_t tie;
    uint32_t alert;
    uint32_t stands_for; /* alerts */
};

static bool before(const struct key *a, const struct key *b)
{
    if (a->high != b->high) {
        return a->high < b->high;
    }
    return a->low != b->low ? a->low < b->low : a->tie < b->tie;
}

struct listing {
    struct cord_alert_scan scan;
    const struct cord_alert_page *page;
    uint32_t *ranks; /* of BY_ORG organisations, of BY_RULE versions */
    bool has_cursor;
    struct key cursor;
    struct key *heap; /* the worst of the best at 0 */
    size_t count;
    struct cord_alert_listed listed;
};

static uint64_t ascending(int64_t ns)
{
    return (uint64_t)ns ^ (UINT64_C(1) << 63);
}

static uint64_t priority(const struct cord_alert_hot *hot, enum cord_alert_criticality criticality,
                         unsigned risk)
{
    unsigned group = (hot->marks & CORD_ALERT_SUPPRESSED) != 0 ? 2
                     : hot->status == CORD_ALERT_CLOSED        ? 1
                                                               : 0;
    unsigned care = criticality == CORD_ALERT_LIFE_CRITICAL ? 0
                    : criticality == CORD_ALERT_CLINICAL    ? 1
                                                            : 2;
    return (uint64_t)group << 16 | (uint64_t)care << 8 | (100 - risk);
}

static uint64_t high_of(const struct listing *listing, unsigned place)
{
    const struct cord_alert_scan *scan = &listing->scan;
    const struct cord_alert_hot *hot = &scan->hot[place];
    enum cord_alert_criticality criticality = cord_alert_book_scan_criticality(scan, place);
    switch (listing->page->sort) {
    case CORD_ALERT_BY_PRIORITY:
        return priority(hot, criticality, cord_alert_book_scan_risk(scan, place, criticality));
    case CORD_ALERT_BY_RISK:
        return 100 - cord_alert_book_scan_risk(scan, place, criticality);
    case CORD_ALERT_BY_LAST:
        return ~ascending(hot->last_ns);
    case CORD_ALERT_BY_FIRST:
        return ascending(hot->first_ns);
    case CORD_ALERT_BY_KNOWN:
        return ~ascending(cord_alert_book_scan_state(scan, place)->known_ns);
    case CORD_ALERT_BY_UPDATED:
        return ~ascending(hot->updated_ns);
    case CORD_ALERT_BY_COUNT:
        return UINT32_MAX - hot->count;
    case CORD_ALERT_BY_SEVERITY:
        return (uint64_t)(CORD_LEVEL_CRITICAL - scan->book->versions[hot->rule].level);
    case CORD_ALERT_BY_ORG:
        return listing->ranks[cord_alert_book_scan_organisation(scan, place)];
    case CORD_ALERT_BY_RULE:
        return listing->ranks[hot->rule];
    case CORD_ALERT_BY_STATUS:
        return hot->status;
    }
    return 0;
}

static uint64_t tie_of(const struct cord_alert_book *book, uint32_t alert, bool manual)
{
    return manual ? book->links[alert].number : alert;
}

/* Whose high, the other way round or not, is known already. */
static struct key key_of(const struct listing *listing, unsigned place, uint64_t high)
{
    uint32_t alert = cord_alert_book_scan_alert(&listing->scan, place);
    uint64_t low = ascending(listing->scan.hot[place].first_ns);
    return (struct key){high, listing->page->reverse ? ~low : low,
                        tie_of(listing->scan.book, alert,
                               (listing->scan.hot[place].marks & CORD_ALERT_MANUAL) != 0),
                        alert, 1};
}

/* --- ranks of texts --- */

struct ranked {
    cord_str text, then;
    uint32_t at;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *left = a;
    const struct ranked *right = b;
    int order = cord_str_compare(left->text, right->text);
    return order != 0 ? order : cord_str_compare(left->then, right->then);
}

static cord_status make_ranks(struct listing *listing)
{
    const struct cord_alert_book *book = listing->scan.book;
    bool by_org = listing->page->sort == CORD_ALERT_BY_ORG;
    size_t count = by_org ? book->organisations.count : book->version_count;
    if (!by_org && listing->page->sort != CORD_ALERT_BY_RULE) {
        return CORD_OK;
    }
    struct ranked *ranked = malloc((count + 1) * sizeof *ranked);
    listing->ranks = malloc((count + 1) * sizeof *listing->ranks);
    if (!ranked || !listing->ranks) {
        free(ranked);
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        ranked[i] = by_org
                        ? (struct ranked){book->organisations.items[i], CORD_STR(""), (uint32_t)i}
                        : (struct ranked){book->versions[i].title,
                                          book->rule_ids.items[book->versions[i].id], (uint32_t)i};
    }
    qsort(ranked, count, sizeof *ranked, compare_ranked);
    uint32_t rank = 0;
    for (size_t i = 0; i < count; i++) {
        rank += i > 0 && compare_ranked(&ranked[i - 1], &ranked[i]) != 0 ? 1 : 0;
        listing->ranks[ranked[i].at] = rank; /* versions that differ in their tags are one */
    }
    free(ranked);
    return CORD_OK;
}

/* --- cursors: order, direction, key and the id's number --- */

static char direction(const struct cord_alert_page *page)
{
    return page->reverse ? 'r' : 'f';
}

static void write_cursor(struct listing *listing, const struct key *last)
{
    uint64_t number = listing->scan.book->links[last->alert].number;
    (void)snprintf(listing->listed.cursor, sizeof listing->listed.cursor,
                   "%x%c%c%" PRIx64 ".%" PRIx64 ".%" PRIx64, (unsigned)listing->page->sort,
                   direction(listing->page), listing->page->grouped ? 'g' : 's', last->high,
                   last->low, number);
}

static bool take_hex(cord_str *rest, uint64_t *ret_value)
{
    cord_str digits;
    uint64_t value = 0;
    if (!cord_str_cut(rest, '.', &digits) || digits.len == 0 || digits.len > 16) {
        return false;
    }
    for (size_t i = 0; i < digits.len; i++) {
        char c = digits.ptr[i];
        bool letter = c >= 'a' && c <= 'f';
        if (!letter && !cord_str_is_digit(c)) {
            return false;
        }
        value = value << 4 | (uint64_t)(letter ? c - 'a' + 10 : c - '0');
    }
    *ret_value = value;
    return true;
}

static cord_status read_cursor(struct listing *listing, struct cord_error *err)
{
    const struct cord_alert_page *page = listing->page;
    const struct cord_alert_book *book = listing->scan.book;
    const char head[] = {"0123456789abcdef"[(unsigned)page->sort & 15], direction(page),
                         page -> grouped ? 'g' : 's'};
    cord_str rest = cord_str_from_byte(page->cursor, sizeof head);
    uint64_t number = 0;
    if (page->cursor.len == 0) {
        return CORD_OK;
    }
    if (!cord_str_starts(page->cursor, (cord_str){head, sizeof head}) ||
        !take_hex(&rest, &listing->cursor.high) || !take_hex(&rest, &listing->cursor.low) ||
        !take_hex(&rest, &number) || rest.len > 0) {
        return cord_error_set(err, CORD_E_FORMAT, "no place in this list");
    }
    uint32_t alert = cord_alert_book_find(book, number);
    if (alert == NONE) {
        return cord_error_set(err, CORD_E_FORMAT, "no place in this list");
    }
    listing->cursor.alert = alert;
    listing->cursor.tie = tie_of(book, alert, (book->hot[alert].marks & CORD_ALERT_MANUAL) != 0);
    if (listing->ranks) { /* which may have moved up since */
        uint32_t at = page->sort == CORD_ALERT_BY_ORG
                          ? book->entities.organisation[book->hot[alert].entity]
                          : book->hot[alert].rule;
        listing->cursor.high = page->reverse ? ~(uint64_t)listing->ranks[at] : listing->ranks[at];
    }
    listing->has_cursor = true;
    return CORD_OK;
}

/* --- the best of all --- */

static void sift_down(struct listing *listing, size_t at)
{
    struct key *heap = listing->heap;
    for (;;) {
        size_t child = at * 2 + 1;
        if (child >= listing->count) {
            return;
        }
        child += child + 1 < listing->count && before(&heap[child], &heap[child + 1]) ? 1 : 0;
        if (!before(&heap[at], &heap[child])) {
            return;
        }
        struct key moved = heap[at];
        heap[at] = heap[child];
        heap[child] = moved;
        at = child;
    }
}

/* One more than the page has: whether there is another page. */
static void offer(struct listing *listing, const struct key *key)
{
    size_t most = (size_t)listing->page->limit + 1;
    if (listing->has_cursor && !before(&listing->cursor, key)) {
        return;
    }
    if (listing->count == most) {
        if (before(key, &listing->heap[0])) {
            listing->heap[0] = *key;
            sift_down(listing, 0);
        }
        return;
    }
    size_t at = listing->count++;
    for (; at > 0 && before(&listing->heap[(at - 1) / 2], key); at = (at - 1) / 2) {
        listing->heap[at] = listing->heap[(at - 1) / 2];
    }
    listing->heap[at] = *key;
}

static int compare_keys(const void *a, const void *b)
{
    const struct key *left = a;
    const struct key *right = b;
    return before(left, right) ? -1 : before(right, left);
}

/* --- groups --- */

/* What of an alert is asked for when it is put into a group. */
struct part {
    uint64_t high;
    int64_t first_ns;
    uint32_t rule;       /* its id */
    uint32_t alert : 31; /* there are fewer */
    uint32_t manual : 1; /* as of its marks */
};
_Static_assert(CORD_ALERT_MANUAL == 1, "the lowest mark");

struct group {
    uint32_t rule;
    int64_t slot;
    struct key best;
};

/* Alerts are first put by organisation, each one's behind one another; then the groups of one
 * organisation at a time are few enough to stay in the nearest memory. */
struct groups {
    struct part *parts;
    struct span {
        size_t begin, end;
    } * spans; /* of parts, by organisation */
    struct group *items;
    size_t count, cap;
    uint32_t *slots; /* groups from 1; 0: free */
    size_t slot_cap;
    size_t slot_count; /* power of two, above the organisation's alerts by a third */
};

/* Room for all of each organisation that may be chosen. CORD_E_NOMEM. */
static cord_status begin_groups(const struct cord_alert_scan *scan, struct groups *groups)
{
    const struct cord_alert_book *book = scan->book;
    size_t sum = 0;
    groups->spans = calloc(book->of_count + 1, sizeof *groups->spans);
    if (!groups->spans) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < scan->named_count; i++) {
        groups->spans[book->entities.organisation[book->hot[scan->named[i]].entity]].end++;
    }
    for (uint32_t i = 0; i < book->of_count; i++) {
        size_t seen = cord_alert_book_scan_sees(scan, i) ? book->of[i].count : 0;
        size_t count = scan->named ? groups->spans[i].end : seen;
        groups->spans[i] = (struct span){sum, sum};
        sum += count;
    }
    groups->parts = malloc((sum + 1) * sizeof *groups->parts);
    return groups->parts ? CORD_OK : CORD_E_NOMEM;
}

static void end_groups(struct groups *groups)
{
    free(groups->parts);
    free(groups->spans);
    free(groups->items);
    free(groups->slots);
}

static void part_block(const struct listing *listing, uint64_t chosen, struct groups *groups)
{
    const struct cord_alert_scan *scan = &listing->scan;
    bool reverse = listing->page->reverse;
    for (unsigned place; (place = cord_alert_book_scan_take(&chosen)) < CORD_ALERT_BLOCK;) {
        const struct cord_alert_hot *hot = &scan->hot[place];
        uint64_t high = high_of(listing, place);
        size_t at = groups->spans[cord_alert_book_scan_organisation(scan, place)].end++;
        groups->parts[at] =
            (struct part){reverse ? ~high : high, hot->first_ns, scan->book->versions[hot->rule].id,
                          cord_alert_book_scan_alert(scan, place) & 0x7fffffffu, hot->marks & 1u};
    }
}

/* The slots are free again. CORD_E_NOMEM. */
static cord_status clear_slots(struct groups *groups, size_t most)
{
    groups->count = 0;
    groups->slot_count = 16;
    while (groups->slot_count / 4 * 3 <= most) {
        groups->slot_count *= 2;
    }
    if (groups->slot_count > groups->slot_cap) {
        free(groups->slots);
        groups->slots = malloc(groups->slot_count * sizeof *groups->slots);
        groups->slot_cap = groups->slots ? groups->slot_count : 0;
    }
    if (!groups->slots) {
        return CORD_E_NOMEM;
    }
    memset(groups->slots, 0, groups->slot_count * sizeof *groups->slots);
    return CORD_OK;
}

static cord_status add_to_group(struct groups *groups, const struct group *one, uint64_t seed)
{
    size_t at = (size_t)cord_hash_mix(((uint64_t)one->rule << 32 ^ seed) + (uint64_t)one->slot);
    for (;; at++) {
        uint32_t *slot = &groups->slots[at & (groups->slot_count - 1)];
        if (*slot == 0) {
            struct group *items =
                cord_vec_room(groups->items, groups->count, &groups->cap, sizeof *items);
            if (!items) {
                return CORD_E_NOMEM;
            }
            groups->items = items;
            items[groups->count++] = *one;
            *slot = (uint32_t)groups->count;
            return CORD_OK;
        }
        struct group *group = &groups->items[*slot - 1];
        if (group->rule == one->rule && group->slot == one->slot) {
            uint32_t stands_for = group->best.stands_for + 1;
            group->best = before(&one->best, &group->best) ? one->best : group->best;
            group->best.stands_for = stands_for;
            return CORD_OK;
        }
    }
}

static int64_t slot_of(int64_t first_ns)
{
    return first_ns / GROUP_NS - (first_ns % GROUP_NS < 0 ? 1 : 0);
}

/* Those of one organisation. */
static cord_status group_parts(struct listing *listing, struct groups *groups,
                               const struct part *parts, size_t count)
{
    const struct cord_alert_book *book = listing->scan.book;
    cord_status status = clear_slots(groups, count);
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        const struct part *part = &parts[i];
        uint64_t low = ascending(part->first_ns);
        const struct group one = {part->rule,
                                  slot_of(part->first_ns),
                                  {part->high, listing->page->reverse ? ~low : low,
                                   tie_of(book, part->alert, part->manual != 0), part->alert, 1}};
        status = add_to_group(groups, &one, book->id_key.words[0]);
    }
    for (size_t i = 0; i < groups->count && status == CORD_OK; i++) {
        offer(listing, &groups->items[i].best);
    }
    listing->listed.rows += groups->count;
    return status;
}

static cord_status group_all(struct listing *listing, struct groups *groups)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; i < listing->scan.book->of_count && status == CORD_OK; i++) {
        const struct span *span = &groups->spans[i];
        if (span->end > span->begin) {
            status =
                group_parts(listing, groups, groups->parts + span->begin, span->end - span->begin);
        }
    }
    return status;
}

/* --- collecting --- */

static void offer_block(struct listing *listing, uint64_t chosen)
{
    size_t most = (size_t)listing->page->limit + 1;
    bool reverse = listing->page->reverse;
    for (unsigned place; (place = cord_alert_book_scan_take(&chosen)) < CORD_ALERT_BLOCK;) {
        uint64_t high = high_of(listing, place);
        high = reverse ? ~high : high;
        if (listing->count == most && high > listing->heap[0].high) {
            continue; /* most of them: nothing else of it is looked at */
        }
        struct key key = key_of(listing, place, high);
        offer(listing, &key);
    }
}

static cord_status collect(struct listing *listing, struct groups *groups)
{
    struct cord_alert_scan *scan = &listing->scan;
    bool grouped = listing->page->grouped;
    uint64_t chosen = 0;
    cord_status status = grouped ? begin_groups(scan, groups) : CORD_OK;
    while (status == CORD_OK && (status = cord_alert_book_scan_next(scan, &chosen)) == CORD_OK) {
        listing->listed.total += (uint64_t)__builtin_popcountll(chosen);
        listing->listed.open += cord_alert_book_scan_open_count(scan, chosen);
        if (grouped) {
            part_block(listing, chosen, groups);
        } else {
            offer_block(listing, chosen);
        }
    }
    if (status != CORD_E_END) {
        return status;
    }
    listing->listed.rows = grouped ? 0 : listing->listed.total;
    return grouped ? group_all(listing, groups) : CORD_OK;
}

static cord_status collect_all(struct listing *listing)
{
    struct groups groups = {.items = NULL};
    cord_status status = collect(listing, &groups);
    qsort(listing->heap, listing->count, sizeof *listing->heap, compare_keys);
    if (listing->count > listing->page->limit) {
        listing->count = listing->page->limit;
        write_cursor(listing, &listing->heap[listing->count - 1]);
    }
    end_groups(&groups);
    return status;
}

/* --- lending --- */

struct lent {
    struct cord_alert alert;
    char id[CORD_ALERT_ID_TEXT];
    size_t why;
};

static void lend(struct cord_alert_scan *scan, uint32_t alert, struct lent *lent,
                 struct cord_buf *why)
{
    lent->why = why->len;
    cord_alert_book_points_lend(scan->book, &scan->moment, alert, &lent->alert, lent->id, why);
    lent->alert.why.len = why->len - lent->why;
}

static cord_status lend_all(struct listing *listing, struct cord_buf *why, struct lent **ret_lent)
{
    struct lent *lent = calloc(listing->count + 1, sizeof *lent);
    if (!lent) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < listing->count; i++) {
        lend(&listing->scan, listing->heap[i].alert, &lent[i], why);
        lent[i].alert.grouped = listing->heap[i].stands_for;
    }
    *ret_lent = lent;
    return why->failed ? CORD_E_NOMEM : CORD_OK;
}

/* Alerts lie more or less in the order of time: whoever begins with the best passes over most. */
static bool begins_late(const struct cord_alert_page *page)
{
    bool late = page->sort == CORD_ALERT_BY_LAST || page->sort == CORD_ALERT_BY_KNOWN ||
                page->sort == CORD_ALERT_BY_UPDATED;
    return late ? !page->reverse : page->reverse;
}

static cord_status run(struct listing *listing, const struct cord_alert_ask *ask,
                       struct cord_alert_book *book, struct cord_error *err)
{
    const struct cord_alert_way way = {.latest_first = begins_late(listing->page)};
    cord_status status = cord_alert_book_scan_open(&listing->scan, book, ask, way, err);
    if (status == CORD_OK) {
        status = make_ranks(listing);
    }
    if (status == CORD_OK) {
        status = read_cursor(listing, err);
    }
    if (status == CORD_OK) {
        size_t most = (size_t)listing->page->limit + 1;
        listing->heap = malloc(most * sizeof *listing->heap);
        status = listing->heap ? collect_all(listing) : CORD_E_NOMEM;
    }
    if (status == CORD_OK) {
        listing->listed.revision = book->revision;
    }
    return status;
}

cord_status cord_alert_book_list(struct cord_alert_book *book, const struct cord_alert_ask *ask,
                                 const struct cord_alert_page *page,
                                 struct cord_alert_visitor visitor,
                                 struct cord_alert_listed *ret_listed, struct cord_error *err)
{
    struct listing listing = {.page = page};
    struct lent *lent = NULL;
    struct cord_buf why;
    if (page->limit == 0 || page->limit > CORD_ALERT_LIMIT_MAX) {
        return cord_error_set(err, CORD_E_FORMAT, "a page has 1 to %u alerts",
                              CORD_ALERT_LIMIT_MAX);
    }
    cord_buf_init(&why, WHY_MAX);
    cord_status status = run(&listing, ask, book, err);
    if (status == CORD_OK) {
        status = lend_all(&listing, &why, &lent);
    }
    cord_alert_book_scan_unlock(&listing.scan);
    for (size_t i = 0; i < listing.count && status == CORD_OK; i++) {
        lent[i].alert.id.ptr = lent[i].id;
        lent[i].alert.why.ptr = why.ptr + lent[i].why;
        if (ask->visible) { /* it may be: what its region is */
            (void)ask->visible(ask->self, lent[i].alert.organisation, &lent[i].alert.region);
        }
        visitor.visit(visitor.self, &lent[i].alert);
    }
    if (status == CORD_OK) {
        *ret_listed = listing.listed;
    }
    cord_alert_book_scan_close(&listing.scan);
    cord_buf_done(&why);
    free(lent);
    free(listing.heap);
    free(listing.ranks);
    return status;
}
