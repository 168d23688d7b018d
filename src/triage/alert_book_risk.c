/* alert_book_risk.c: the risk of entities and organisations, and how rules have done; see
 * alert_book.h. */
#include "triage/alert_book_scan_internal.h"

#include "base/vec.h"
#include "codec/json_write.h"

#include <stdlib.h>

enum { PARTS_MAX = 8, SHARES_MAX = 17, MILLI = 1000, WHY_BYTES_MAX = 1 << 24 };

/* Something that bears on a risk: an alert on its entity's, an entity on its organisation's. */
struct share {
    uint32_t whose; /* entity, or organisation */
    uint32_t what;  /* the alert, or entity */
    uint32_t kind;  /* of what the highest alone counts: the rule's id; of entities the alert that
                       gives them their name */
    uint32_t risk;
};

struct shares {
    struct share *items;
    size_t count, cap;
};

static cord_status add_share(struct shares *shares, const struct share *share)
{
    struct share *items = cord_vec_room(shares->items, shares->count, &shares->cap, sizeof *items);
    if (!items) {
        return CORD_E_NOMEM;
    }
    shares->items = items;
    items[shares->count++] = *share;
    return CORD_OK;
}

/* --- order, in time that grows with their number alone --- */

enum { RISKS = 101, FEW = 12 };

/* The highest first; of equals the one that stands first stays first. Room: for as many. */
static void order_by_risk(struct share *items, size_t count, struct share *room)
{
    size_t at[RISKS + 1] = {0};
    if (count <= FEW) {
        for (size_t i = 1; i < count; i++) {
            struct share one = items[i];
            size_t place = i;
            for (; place > 0 && items[place - 1].risk < one.risk; place--) {
                items[place] = items[place - 1];
            }
            items[place] = one;
        }
        return;
    }
    for (size_t i = 0; i < count; i++) {
        at[RISKS - items[i].risk]++; /* one behind: where the next lower one begins */
    }
    for (size_t i = 1; i <= RISKS; i++) {
        at[i] += at[i - 1];
    }
    for (size_t i = 0; i < count; i++) {
        room[at[RISKS - 1 - items[i].risk]++] = items[i];
    }
    memcpy(items, room, count * sizeof *items);
}

static int compare_shares(const void *a, const void *b)
{
    const struct share *left = a;
    const struct share *right = b;
    if (left->whose != right->whose) {
        return left->whose < right->whose ? -1 : 1;
    }
    if (left->risk != right->risk) {
        return left->risk > right->risk ? -1 : 1;
    }
    return left->what < right->what ? -1 : left->what > right->what;
}

/* By whom, of `all` that there may be; then the highest first; then by number, in which order the
 * shares of each come. CORD_E_NOMEM. */
static cord_status order_shares(struct shares *shares, size_t all)
{
    if (shares->count < all / 16) { /* few of many: theirs is no reason to look at all */
        qsort(shares->items, shares->count, sizeof *shares->items, compare_shares);
        return CORD_OK;
    }
    struct share *sorted = calloc(shares->count + 1, sizeof *sorted);
    uint32_t *at = calloc(all + 1, sizeof *at); /* where each one's shares begin */
    if (!sorted || !at) {
        free(sorted);
        free(at);
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < shares->count; i++) {
        at[shares->items[i].whose + 1]++;
    }
    for (size_t i = 1; i <= all; i++) {
        at[i] += at[i - 1];
    }
    for (size_t i = 0; i < shares->count; i++) {
        sorted[at[shares->items[i].whose]++] = shares->items[i]; /* and then where they end */
    }
    for (size_t i = 0; i < shares->count;) {
        size_t end = at[sorted[i].whose];
        order_by_risk(sorted + i, end - i, shares->items);
        i = end;
    }
    free(shares->items);
    free(at);
    shares->items = sorted;
    shares->cap = shares->count + 1;
    return CORD_OK;
}

/* One whose risk is known, and the shares that it comes from. */
struct sum {
    uint32_t whose;
    uint32_t risk;
    uint32_t first, count; /* in the shares, of which there are fewer than alerts */
};

/* Whether one of the counted shares, each at least as high, was of the same kind. */
static bool is_repeated(const struct share *shares, uint32_t kind, const size_t *counted,
                        size_t parts)
{
    for (size_t i = 0; i < parts; i++) {
        if (shares[counted[i]].kind == kind) {
            return true;
        }
    }
    return false;
}

/* Points that each counted share adds: returns the sum; `points` of those beyond SHARES_MAX are 0.
 */
static uint32_t add_up(const struct share *shares, size_t count, bool by_kind,
                       uint32_t points[SHARES_MAX], size_t counted[SHARES_MAX], size_t *ret_parts)
{
    uint32_t risk = 0; /* in thousandths */
    size_t parts = 0;
    for (size_t i = 0; i < count && parts < SHARES_MAX; i++) {
        if (by_kind && is_repeated(shares, shares[i].kind, counted, parts)) {
            continue;
        }
        uint32_t more = (100 * MILLI - risk) * shares[i].risk / 100 >> parts;
        uint32_t was = (risk + MILLI / 2) / MILLI;
        risk += more;
        points[parts] = (risk + MILLI / 2) / MILLI - was;
        counted[parts++] = i;
    }
    *ret_parts = parts;
    return (risk + MILLI / 2) / MILLI;
}

static cord_status sum_up(const struct shares *shares, bool by_kind, struct sum **ret_sums,
                          size_t *ret_count)
{
    struct sum *sums = NULL;
    size_t count = 0;
    size_t cap = 0;
    for (size_t from = 0; from < shares->count;) {
        uint32_t points[SHARES_MAX];
        size_t counted[SHARES_MAX];
        size_t parts = 0;
        size_t to = from + 1;
        while (to < shares->count && shares->items[to].whose == shares->items[from].whose) {
            to++;
        }
        struct sum *room = cord_vec_room(sums, count, &cap, sizeof *room);
        if (!room) {
            free(sums);
            return CORD_E_NOMEM;
        }
        sums = room;
        const struct sum sum = {
            .whose = shares->items[from].whose,
            .risk = add_up(shares->items + from, to - from, by_kind, points, counted, &parts),
            .first = (uint32_t)from,
            .count = (uint32_t)(to - from),
        };
        sums[count++] = sum;
        from = to;
    }
    *ret_sums = sums;
    *ret_count = count;
    return CORD_OK;
}

/* --- from the alerts --- */

/* There is room for all that may be chosen: what is not used is not touched. */
static cord_status collect(struct cord_alert_scan *scan, struct shares *shares)
{
    uint64_t chosen = 0;
    shares->cap = scan->most + 1;
    shares->items = malloc(shares->cap * sizeof *shares->items);
    if (!shares->items) {
        return CORD_E_NOMEM;
    }
    cord_status status = cord_alert_book_scan_next(scan, &chosen);
    for (; status == CORD_OK; status = cord_alert_book_scan_next(scan, &chosen)) {
        for (unsigned place; status == CORD_OK &&
                             (place = cord_alert_book_scan_take(&chosen)) < CORD_ALERT_BLOCK;) {
            const struct cord_alert_hot *hot = &scan->hot[place];
            if (cord_alert_book_is_open(hot)) {
                const struct share share = {
                    hot->entity, cord_alert_book_scan_alert(scan, place),
                    scan->book->versions[hot->rule].id,
                    cord_alert_book_scan_risk(scan, place,
                                              cord_alert_book_scan_criticality(scan, place))};
                status = add_share(shares, &share);
            }
        }
        if (status != CORD_OK) {
            return status;
        }
    }
    return status == CORD_E_END ? CORD_OK : status;
}

/* Entities' sums as shares of their organisations. */
static cord_status lift(const struct cord_alert_book *book, const struct shares *alerts,
                        const struct sum *sums, size_t count, struct shares *ret_shares)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        const struct share share = {book->entities.organisation[sums[i].whose], sums[i].whose,
                                    alerts->items[sums[i].first].what, sums[i].risk};
        status = add_share(ret_shares, &share);
    }
    return status;
}

/* --- telling --- */

struct telling {
    struct cord_alert_scan scan;
    bool organisations;
    struct shares alerts, entities;
    struct sum *entity_sums, *sums; /* by entity; those that are told */
    size_t entity_count, count;
    size_t total; /* of which those that are told are the first */
    struct cord_buf why;
};

static void put_part(struct cord_buf *why, size_t part, cord_str value, cord_str text,
                     uint32_t points)
{
    cord_buf_put_text(why, part == 0 ? "{\"part\":" : ",{\"part\":");
    cord_buf_put_text(why, "\"alert\",\"value\":");
    cord_json_write_string(why, value);
    cord_buf_put_text(why, ",\"text\":");
    cord_json_write_string(why, text);
    cord_buf_printf(why, ",\"points\":%u}", points);
}

/* The largest parts, and one for what all further ones come to. */
static void put_why(struct telling *telling, const struct sum *sum)
{
    const struct cord_alert_book *book = telling->scan.book;
    const struct shares *shares = telling->organisations ? &telling->entities : &telling->alerts;
    const struct share *items = shares->items + sum->first;
    uint32_t points[SHARES_MAX];
    size_t counted[SHARES_MAX];
    size_t parts = 0;
    uint32_t rest = add_up(items, sum->count, !telling->organisations, points, counted, &parts);
    cord_buf_put_char(&telling->why, '[');
    for (size_t i = 0; i < parts && i < PARTS_MAX; i++) {
        const struct share *share = &items[counted[i]];
        char id[CORD_ALERT_ID_TEXT];
        rest -= points[i];
        if (telling->organisations) {
            cord_str name = book->names.items[book->state[share->kind].shown];
            put_part(&telling->why, i, name, name, points[i]);
        } else {
            put_part(&telling->why, i,
                     cord_alert_id_format(&book->id_key, book->links[share->what].number, id),
                     book->versions[book->hot[share->what].rule].title, points[i]);
        }
    }
    if (rest > 0) {
        cord_buf_printf(&telling->why,
                        ",{\"part\":\"further\",\"value\":\"\",\"text\":"
                        "\"what is further open\",\"points\":%u}",
                        rest);
    }
    cord_buf_put_char(&telling->why, ']');
}

static void describe(struct telling *telling, const struct sum *sum, struct cord_alert_risk *risk)
{
    const struct cord_alert_book *book = telling->scan.book;
    const struct cord_alert_entities *entities = &book->entities;
    uint32_t fact = 0;
    *risk = (struct cord_alert_risk){.risk = sum->risk, .open = sum->count, .care = CORD_STR("")};
    if (!telling->organisations) {
        risk->organisation = book->organisations.items[entities->organisation[sum->whose]];
        risk->entity_kind = (enum cord_alert_entity)entities->kind[sum->whose];
        risk->entity = book->names.items[book->state[telling->alerts.items[sum->first].what].shown];
        risk->criticality =
            cord_alert_book_criticality(book, sum->whose, &telling->scan.moment, &fact);
        risk->care = book->cares.items[fact == 0 ? 0 : book->facts[fact].care];
        return;
    }
    risk->organisation = book->organisations.items[sum->whose];
    risk->entity_kind = CORD_ALERT_ORGANISATION;
    risk->entity = CORD_STR("");
    for (size_t i = 0; i < sum->count; i++) {
        uint32_t entity = telling->entities.items[sum->first + i].what;
        enum cord_alert_criticality criticality =
            cord_alert_book_criticality(book, entity, &telling->scan.moment, &fact);
        if (criticality > risk->criticality) {
            risk->criticality = criticality;
            risk->care = book->cares.items[fact == 0 ? 0 : book->facts[fact].care];
        }
    }
}

/* The first `most` of them: the highest first, then by number. CORD_E_NOMEM. */
static cord_status keep_best(struct telling *telling, size_t most)
{
    size_t at[RISKS + 1] = {0};
    size_t kept = telling->count < most ? telling->count : most;
    struct sum *best = malloc((kept + 1) * sizeof *best);
    if (!best) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < telling->count; i++) {
        at[RISKS - telling->sums[i].risk]++;
    }
    for (size_t i = 1; i <= RISKS; i++) {
        at[i] += at[i - 1];
    }
    for (size_t i = 0; i < telling->count; i++) {
        size_t place = at[RISKS - 1 - telling->sums[i].risk]++;
        if (place < kept) {
            best[place] = telling->sums[i];
        }
    }
    free(telling->sums);
    telling->sums = best;
    telling->total = telling->count;
    telling->count = kept;
    return CORD_OK;
}

static cord_status work_out(struct telling *telling, size_t most)
{
    const struct cord_alert_book *book = telling->scan.book;
    struct shares *alerts = &telling->alerts;
    struct shares *entities = &telling->entities;
    cord_status status = collect(&telling->scan, alerts);
    if (status != CORD_OK || alerts->count == 0) {
        return status;
    }
    status = order_shares(alerts, book->entities.count);
    if (status == CORD_OK) {
        status = sum_up(alerts, true, &telling->entity_sums, &telling->entity_count);
    }
    if (status == CORD_OK && telling->organisations) {
        status = lift(book, alerts, telling->entity_sums, telling->entity_count, entities);
        if (status == CORD_OK) {
            status = order_shares(entities, book->organisations.count);
        }
        if (status == CORD_OK) {
            status = sum_up(entities, false, &telling->sums, &telling->count);
        }
    } else {
        telling->sums = telling->entity_sums;
        telling->count = telling->entity_count;
        telling->entity_sums = NULL;
    }
    return status == CORD_OK ? keep_best(telling, most) : status;
}

cord_status cord_alert_book_risks(struct cord_alert_book *book, const struct cord_alert_ask *ask,
                                  const struct cord_alert_ranking *ranking, uint64_t *ret_total,
                                  struct cord_error *err)
{
    const struct cord_alert_way way = {.regions = false};
    struct telling telling = {.organisations = ranking->organisations};
    struct cord_alert_risk *risks = NULL;
    size_t *whys = NULL;
    cord_buf_init(&telling.why, WHY_BYTES_MAX);
    cord_status status = cord_alert_book_scan_open(&telling.scan, book, ask, way, err);
    if (status == CORD_OK) {
        status = work_out(&telling, ranking->most);
    }
    size_t count = telling.count;
    if (status == CORD_OK) {
        risks = malloc((count + 1) * sizeof *risks);
        whys = malloc((count + 1) * sizeof *whys);
        status = risks && whys ? CORD_OK : CORD_E_NOMEM;
    }
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        describe(&telling, &telling.sums[i], &risks[i]);
        whys[i] = telling.why.len;
        put_why(&telling, &telling.sums[i]);
        risks[i].why.len = telling.why.len - whys[i];
    }
    cord_alert_book_scan_unlock(&telling.scan);
    status = status == CORD_OK && telling.why.failed ? CORD_E_NOMEM : status;
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        risks[i].why.ptr = telling.why.ptr + whys[i];
        ranking->visit(ranking->self, &risks[i]);
    }
    if (status == CORD_OK) {
        *ret_total = telling.total;
    }
    cord_alert_book_scan_close(&telling.scan);
    cord_buf_done(&telling.why);
    free(risks);
    free(whys);
    free(telling.alerts.items);
    free(telling.entities.items);
    free(telling.entity_sums);
    free(telling.sums);
    return status;
}

/* --- rules --- */

static int compare_times(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

struct durations {
    int64_t *items;
    size_t count, cap;
};

static cord_status count_rule(struct cord_alert_scan *scan, uint32_t rule,
                              struct cord_alert_rule *counts, struct durations *durations)
{
    uint64_t chosen = 0;
    cord_status status = cord_alert_book_scan_next(scan, &chosen);
    for (; status == CORD_OK; status = cord_alert_book_scan_next(scan, &chosen)) {
        for (unsigned place; (place = cord_alert_book_scan_take(&chosen)) < CORD_ALERT_BLOCK;) {
            const struct cord_alert_hot *hot = &scan->hot[place];
            if (scan->book->versions[hot->rule].id != rule) {
                continue;
            }
            const struct cord_alert_state *state = cord_alert_book_scan_state(scan, place);
            counts->alerts++;
            counts->findings += hot->count;
            counts->last_ns = hot->last_ns > counts->last_ns ? hot->last_ns : counts->last_ns;
            if (hot->said != CORD_ALERT_CLOSED) {
                continue;
            }
            counts->true_positive += hot->reason == CORD_ALERT_TRUE_POSITIVE ? 1 : 0;
            counts->false_positive += hot->reason == CORD_ALERT_FALSE_POSITIVE ? 1 : 0;
            counts->benign += hot->reason == CORD_ALERT_BENIGN ? 1 : 0;
            int64_t *items =
                cord_vec_room(durations->items, durations->count, &durations->cap, sizeof *items);
            if (!items) {
                return CORD_E_NOMEM;
            }
            durations->items = items;
            items[durations->count] = 0;
            if (__builtin_sub_overflow(state->decided_ns, state->known_ns,
                                       &items[durations->count++])) {
                items[durations->count - 1] = INT64_MAX;
            }
        }
    }
    return status == CORD_E_END ? CORD_OK : status;
}

cord_status cord_alert_book_rule(struct cord_alert_book *book, const struct cord_alert_ask *ask,
                                 cord_str rule, struct cord_alert_rule *ret_rule)
{
    struct cord_alert_scan scan;
    struct durations durations = {0};
    struct cord_alert_rule counts = {.last_ns = CORD_TIME_NONE, .median_close_ns = CORD_TIME_NONE};
    const struct cord_alert_way way = {.regions = false};
    cord_status status = cord_alert_book_scan_open(&scan, book, ask, way, NULL);
    if (status == CORD_OK) {
        uint32_t id = cord_alert_table_find(&book->rule_ids, rule);
        status = id == NONE ? CORD_OK : count_rule(&scan, id, &counts, &durations);
    }
    cord_alert_book_scan_close(&scan);
    if (status == CORD_OK && durations.count > 0) {
        qsort(durations.items, durations.count, sizeof *durations.items, compare_times);
        counts.median_close_ns = durations.items[durations.count / 2];
    }
    free(durations.items);
    if (status == CORD_OK) {
        *ret_rule = counts;
    }
    return status;
}
