/* alert_book_facet.c: how many alerts say what, and when they began; see alert_book.h.
 *
 * Alerts are counted once by entity, rule, status and the like; what a facet shows is added up from
 * those counts, of which there are far fewer than alerts.
 */
#include "triage/alert_book_scan_internal.h"

#include "base/vec.h"

#include <stdlib.h>

enum { FEW = 8 }; /* values at most of a status, a reason or a mark */

/* By what alerts are counted. */
enum basis {
    BY_VERSION,
    BY_ENTITY,
    BY_STATUS,
    BY_REASON,
    BY_OWNER,
    BY_CLUSTER,
    BY_INCIDENT,
    BY_MARK,
    BASES
};

struct counts {
    uint32_t *of[BASES]; /* NULL: not needed; there are fewer than 2^31 alerts */
    size_t size[BASES];
};

static bool basis_of(enum cord_alert_column column, enum basis *ret_basis)
{
    switch (column) {
    case CORD_ALERT_COLUMN_SEVERITY:
    case CORD_ALERT_COLUMN_RULE:
    case CORD_ALERT_COLUMN_TAG:
    case CORD_ALERT_COLUMN_TECHNIQUE:
    case CORD_ALERT_COLUMN_TACTIC:
        *ret_basis = BY_VERSION;
        return true;
    case CORD_ALERT_COLUMN_ORG:
    case CORD_ALERT_COLUMN_REGION:
    case CORD_ALERT_COLUMN_HOST:
    case CORD_ALERT_COLUMN_USER:
    case CORD_ALERT_COLUMN_ADDRESS:
    case CORD_ALERT_COLUMN_ENTITY:
    case CORD_ALERT_COLUMN_KIND:
    case CORD_ALERT_COLUMN_CRITICALITY:
    case CORD_ALERT_COLUMN_CARE:
        *ret_basis = BY_ENTITY;
        return true;
    case CORD_ALERT_COLUMN_STATUS:
        *ret_basis = BY_STATUS;
        return true;
    case CORD_ALERT_COLUMN_REASON:
        *ret_basis = BY_REASON;
        return true;
    case CORD_ALERT_COLUMN_OWNER:
        *ret_basis = BY_OWNER;
        return true;
    case CORD_ALERT_COLUMN_CLUSTER:
        *ret_basis = BY_CLUSTER;
        return true;
    case CORD_ALERT_COLUMN_INCIDENT:
        *ret_basis = BY_INCIDENT;
        return true;
    case CORD_ALERT_COLUMN_SUPPRESSED:
        *ret_basis = BY_MARK;
        return true;
    case CORD_ALERT_COLUMN_ID:
    case CORD_ALERT_COLUMN_TITLE:
    case CORD_ALERT_COLUMN_AUTHOR:
    case CORD_ALERT_COLUMN_RISK:
    case CORD_ALERT_COLUMN_FINDINGS:
    case CORD_ALERT_COLUMN_AGAIN:
    case CORD_ALERT_COLUMN_NOTES:
    case CORD_ALERT_COLUMN_FIRST:
    case CORD_ALERT_COLUMN_LAST:
    case CORD_ALERT_COLUMN_KNOWN:
    case CORD_ALERT_COLUMN_UPDATED:
    case CORD_ALERT_COLUMN_MANUAL:
    case CORD_ALERT_COLUMNS:
        break;
    }
    return false;
}

struct slot {
    uint64_t count;
    uint32_t called; /* NONE; of a rule one of its versions */
};

struct facet {
    enum cord_alert_column column;
    enum basis basis;
    struct cord_alert_texts texts; /* of what is called by a text that several values share */
    struct slot *slots;            /* by value, or by text */
    size_t size, cap;
    struct cord_alert_facet_value *best; /* the last of the first at 0 */
    size_t best_count;
    uint64_t distinct, total; /* of values, and of what they come to */
};

struct faceting {
    struct cord_alert_scan scan;
    struct counts counts;
    uint32_t *met; /* entities that are counted, each once: who sees few looks at few */
    size_t met_count, met_cap;
    struct facet facets[CORD_ALERT_FACETS_MAX];
    size_t facet_count;
    uint32_t top;
    uint64_t total;
    struct cord_arena *arena;
};

static cord_status name_facets(struct faceting *faceting, const cord_str *fields,
                               struct cord_error *err)
{
    for (size_t i = 0; i < faceting->facet_count; i++) {
        struct facet *facet = &faceting->facets[i];
        cord_status status = cord_alert_book_column_find(fields[i], &facet->column, err);
        if (status != CORD_OK) {
            return status;
        }
        if (!basis_of(facet->column, &facet->basis)) {
            return cord_error_set(err, CORD_E_FORMAT, "'%.*s' is not counted by value",
                                  CORD_STR_ARG(fields[i]));
        }
    }
    return CORD_OK;
}

/* --- counting --- */

static size_t basis_size(const struct cord_alert_book *book, enum basis basis)
{
    const size_t sizes[BASES] = {
        [BY_VERSION] = book->version_count,    [BY_ENTITY] = book->entities.count,
        [BY_STATUS] = CORD_ALERT_CLOSED + 1,   [BY_REASON] = CORD_ALERT_OTHER + 1,
        [BY_OWNER] = book->owners.count,       [BY_CLUSTER] = book->clusters.count,
        [BY_INCIDENT] = book->incidents.count, [BY_MARK] = 2,
    };
    return sizes[basis];
}

static cord_status make_counts(struct faceting *faceting)
{
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): of[] is freed, each of it */
    for (size_t i = 0; i < faceting->facet_count; i++) {
        enum basis basis = faceting->facets[i].basis;
        size_t size = basis_size(faceting->scan.book, basis);
        if (faceting->counts.of[basis]) {
            continue;
        }
        uint32_t *counts = calloc(size + FEW, sizeof *counts);
        if (!counts) {
            return CORD_E_NOMEM;
        }
        faceting->counts.size[basis] = size;
        faceting->counts.of[basis] = counts;
    }
    return CORD_OK;
}

static void count_of_state(const struct cord_alert_scan *scan, enum basis basis, uint64_t chosen,
                           uint32_t *counts)
{
    for (unsigned place; (place = cord_alert_book_scan_take(&chosen)) < CORD_ALERT_BLOCK;) {
        counts[basis == BY_OWNER     ? cord_alert_book_scan_owner(scan, place)
               : basis == BY_CLUSTER ? cord_alert_book_scan_cluster(scan, place)
                                     : cord_alert_book_scan_incident(scan, place)]++;
    }
}

/* Where all of them are of one value, as most blocks are of few, the sum is made aside. */
static void count_of_few(const struct cord_alert_hot *hot, enum basis basis, uint64_t chosen,
                         uint32_t *counts)
{
    uint32_t sums[2][FEW] = {{0}}; /* by turns, so that none waits for the one before it */
    for (unsigned i = 0, place; (place = cord_alert_book_scan_take(&chosen)) < CORD_ALERT_BLOCK;
         i++) {
        sums[i & 1][basis == BY_STATUS   ? hot[place].status
                    : basis == BY_REASON ? hot[place].reason
                                         : (hot[place].marks & CORD_ALERT_SUPPRESSED) != 0]++;
    }
    for (size_t i = 0; i < FEW; i++) {
        counts[i] += sums[0][i] + sums[1][i];
    }
}

static cord_status count_entities(struct faceting *faceting, uint64_t chosen)
{
    const struct cord_alert_hot *hot = faceting->scan.hot;
    uint32_t *counts = faceting->counts.of[BY_ENTITY];
    while (faceting->met_cap < faceting->met_count + CORD_ALERT_BLOCK) {
        uint32_t *met =
            cord_vec_room(faceting->met, faceting->met_cap, &faceting->met_cap, sizeof *met);
        if (!met) {
            return CORD_E_NOMEM;
        }
        faceting->met = met;
    }
    for (unsigned place; (place = cord_alert_book_scan_take(&chosen)) < CORD_ALERT_BLOCK;) {
        uint32_t entity = hot[place].entity;
        faceting->met[faceting->met_count] = entity;
        faceting->met_count += counts[entity]++ == 0 ? 1 : 0;
    }
    return CORD_OK;
}

static cord_status count_block(struct faceting *faceting, enum basis basis, uint64_t chosen)
{
    const struct cord_alert_scan *scan = &faceting->scan;
    const struct cord_alert_hot *hot = scan->hot;
    uint32_t *counts = faceting->counts.of[basis];
    unsigned place;
    switch (basis) {
    case BY_VERSION:
        while ((place = cord_alert_book_scan_take(&chosen)) < CORD_ALERT_BLOCK) {
            counts[hot[place].rule]++;
        }
        break;
    case BY_ENTITY:
        return count_entities(faceting, chosen);
    case BY_STATUS:
    case BY_REASON:
    case BY_MARK:
        count_of_few(hot, basis, chosen, counts);
        break;
    case BY_OWNER:
    case BY_CLUSTER:
    case BY_INCIDENT:
        count_of_state(scan, basis, chosen, counts);
        break;
    case BASES:
        break;
    }
    return CORD_OK;
}

static cord_status count_all(struct faceting *faceting)
{
    struct cord_alert_scan *scan = &faceting->scan;
    uint64_t chosen = 0;
    cord_status status = cord_alert_book_scan_next(scan, &chosen);
    for (; status == CORD_OK; status = cord_alert_book_scan_next(scan, &chosen)) {
        faceting->total += (uint64_t)__builtin_popcountll(chosen);
        for (int basis = 0; basis < BASES && status == CORD_OK; basis++) {
            if (faceting->counts.of[basis]) {
                status = count_block(faceting, (enum basis)basis, chosen);
            }
        }
        if (status != CORD_OK) {
            return status;
        }
    }
    return status == CORD_E_END ? CORD_OK : status;
}

/* --- the largest --- */

/* Whether a stands before b. */
static bool stands_before(const struct cord_alert_facet_value *a,
                          const struct cord_alert_facet_value *b)
{
    return a->count != b->count ? a->count > b->count : cord_str_compare(a->value, b->value) < 0;
}

static void sift_down(struct facet *facet)
{
    struct cord_alert_facet_value *heap = facet->best;
    size_t at = 0;
    for (;;) {
        size_t child = at * 2 + 1;
        if (child >= facet->best_count) {
            return;
        }
        child += child + 1 < facet->best_count && stands_before(&heap[child], &heap[child + 1]);
        if (!stands_before(&heap[at], &heap[child])) {
            return;
        }
        struct cord_alert_facet_value moved = heap[at];
        heap[at] = heap[child];
        heap[child] = moved;
        at = child;
    }
}

static void offer(struct facet *facet, uint32_t top, const struct cord_alert_facet_value *value)
{
    struct cord_alert_facet_value *heap = facet->best;
    facet->distinct++;
    facet->total += value->count;
    if (facet->best_count < top) {
        size_t at = facet->best_count++;
        for (; at > 0 && stands_before(&heap[(at - 1) / 2], value); at = (at - 1) / 2) {
            heap[at] = heap[(at - 1) / 2];
        }
        heap[at] = *value;
    } else if (top > 0 && stands_before(value, &heap[0])) {
        heap[0] = *value;
        sift_down(facet);
    }
}

/* --- adding up --- */

static bool is_by_text(enum cord_alert_column column)
{
    return column == CORD_ALERT_COLUMN_TAG || column == CORD_ALERT_COLUMN_TECHNIQUE ||
           column == CORD_ALERT_COLUMN_TACTIC || column == CORD_ALERT_COLUMN_REGION;
}

static bool is_entity(enum cord_alert_column column)
{
    return column >= CORD_ALERT_COLUMN_HOST && column <= CORD_ALERT_COLUMN_ENTITY;
}

static cord_status add_to(struct facet *facet, size_t value, uint64_t count, struct slot **ret_slot)
{
    while (facet->size <= value) {
        struct slot *slots = cord_vec_room(facet->slots, facet->size, &facet->cap, sizeof *slots);
        if (!slots) {
            return CORD_E_NOMEM;
        }
        facet->slots = slots;
        slots[facet->size++] = (struct slot){0, NONE};
    }
    facet->slots[value].count += count;
    *ret_slot = &facet->slots[value];
    return CORD_OK;
}

/* The value of the facet that a value of its basis stands for. */
static size_t value_in(const struct faceting *faceting, const struct facet *facet, uint32_t at)
{
    const struct cord_alert_book *book = faceting->scan.book;
    uint32_t fact = 0;
    if (facet->column == CORD_ALERT_COLUMN_SEVERITY) {
        return (size_t)book->versions[at].level;
    }
    if (facet->column == CORD_ALERT_COLUMN_RULE) {
        return book->versions[at].id;
    }
    if (facet->column == CORD_ALERT_COLUMN_ORG || facet->column == CORD_ALERT_COLUMN_REGION) {
        return book->entities.organisation[at];
    }
    if (facet->column == CORD_ALERT_COLUMN_KIND) {
        return book->entities.kind[at];
    }
    if (facet->basis != BY_ENTITY) {
        return at;
    }
    if (facet->column == CORD_ALERT_COLUMN_CRITICALITY) {
        return (size_t)(faceting->scan.entities[at] - CORD_ALERT_VIEW_SEEN);
    }
    (void)cord_alert_book_criticality(book, at, &faceting->scan.moment, &fact);
    return fact == 0 ? 0 : book->facts[fact].care;
}

static cord_status add_values(struct faceting *faceting, struct facet *facet)
{
    const uint32_t *counts = faceting->counts.of[facet->basis];
    bool met = facet->basis == BY_ENTITY;
    size_t count = met ? faceting->met_count : faceting->counts.size[facet->basis];
    cord_status status = CORD_OK;
    for (size_t n = 0; n < count && status == CORD_OK; n++) {
        uint32_t i = met ? faceting->met[n] : (uint32_t)n;
        struct slot *slot = NULL;
        if (counts[i] == 0) {
            continue;
        }
        /* Of tags each version of a rule has its own. */
        size_t value = facet->basis == BY_VERSION && is_by_text(facet->column)
                           ? i
                           : value_in(faceting, facet, i);
        status = add_to(facet, value, counts[i], &slot);
        if (status == CORD_OK && slot->called == NONE && facet->basis == BY_VERSION) {
            slot->called = i;
        }
    }
    return status;
}

/* Of what has several texts, or shares them with others: by text instead of by value. */
static cord_status add_texts(struct faceting *faceting, struct facet *facet)
{
    struct facet by_text = {.column = facet->column};
    cord_status status = CORD_OK;
    struct slot *slot;
    uint32_t at = 0;
    cord_alert_table_texts_init(&facet->texts, faceting->arena,
                                faceting->scan.book->id_key.words[0]);
    for (size_t value = 0; value < facet->size && status == CORD_OK; value++) {
        char buffer[CORD_ALERT_COLUMN_TEXT];
        cord_str text = CORD_STR("");
        uint64_t count = facet->slots[value].count;
        for (size_t index = 0; status == CORD_OK && count > 0; index++) {
            bool there = cord_alert_book_column_text(&faceting->scan, facet->column, value, index,
                                                     buffer, &text);
            if (!there && index > 0) {
                break;
            }
            status = cord_alert_table_add(&facet->texts, there ? text : CORD_STR(""), &at);
            if (status == CORD_OK) {
                status = add_to(&by_text, at, count, &slot);
            }
            count = there ? count : 0;
        }
    }
    free(facet->slots);
    facet->slots = by_text.slots;
    facet->size = by_text.size;
    facet->cap = by_text.cap;
    return status;
}

/* --- telling --- */

static struct cord_alert_facet_value name_value(const struct faceting *faceting,
                                                const struct facet *facet, size_t value)
{
    const struct cord_alert_book *book = faceting->scan.book;
    const struct slot *slot = &facet->slots[value];
    char buffer[CORD_ALERT_COLUMN_TEXT]; /* of numbers and ids, which are no facets */
    struct cord_alert_facet_value named = {CORD_STR(""), CORD_STR(""), slot->count};
    if (is_by_text(facet->column)) {
        named.value = facet->texts.items[value];
    } else if (facet->column == CORD_ALERT_COLUMN_RULE) {
        named.value = book->rule_ids.items[value];
        named.label = book->versions[slot->called].title;
    } else {
        (void)cord_alert_book_column_text(&faceting->scan, facet->column, value, 0, buffer,
                                          &named.value);
    }
    return named;
}

/* --- entities: of hundreds of thousands of names those alone are read that may be told --- */

struct naming {
    const struct cord_alert_book *book;
    enum cord_alert_column column;
    const uint32_t *counts; /* by entity */
    const uint32_t *met;    /* entities */
    size_t met_count;
    uint32_t *sums;   /* by name, whatever its case; behind all those about something else */
    uint32_t *called; /* likewise: one more than the spelling to be shown; 0: it is not to be */
    uint32_t *names;  /* that have a sum */
    size_t name_count;
};

static size_t name_of(const struct naming *naming, uint32_t entity)
{
    const struct cord_alert_entities *entities = &naming->book->entities;
    bool about = cord_alert_book_column_is_about(naming->column,
                                                 (enum cord_alert_entity)entities->kind[entity]);
    return about ? entities->folded[entity] : naming->book->names.count;
}

static void sum_names(struct naming *naming)
{
    for (size_t i = 0; i < naming->met_count; i++) {
        uint32_t entity = naming->met[i];
        size_t name = name_of(naming, entity);
        naming->names[naming->name_count] = (uint32_t)name;
        naming->name_count += naming->sums[name] == 0 ? 1 : 0;
        naming->sums[name] += naming->counts[entity];
    }
}

/* A count that as many as are told have, or more have. */
static uint32_t least_told(const struct naming *naming, uint32_t top)
{
    enum { LARGEST = 1024 }; /* counts from there on are one */
    size_t with[LARGEST + 1] = {0};
    size_t sum = 0;
    for (size_t i = 0; i < naming->name_count; i++) {
        uint32_t count = naming->sums[naming->names[i]];
        with[count < LARGEST ? count : LARGEST]++;
    }
    uint32_t least = LARGEST;
    for (; least > 1; least--) {
        sum += with[least];
        if (sum >= top) {
            break;
        }
    }
    return least;
}

/* Shown is the spelling that comes first in the alphabet. */
static void call_names(const struct naming *naming, uint32_t least)
{
    const struct cord_alert_book *book = naming->book;
    for (size_t i = 0; i < naming->met_count; i++) {
        size_t name = name_of(naming, naming->met[i]);
        uint32_t shown = book->entities.shown[naming->met[i]];
        if (name == book->names.count || naming->sums[name] < least || shown == NONE) {
            continue;
        }
        uint32_t called = naming->called[name];
        if (called == 0 ||
            (called != shown + 1 &&
             cord_str_compare(book->names.items[shown], book->names.items[called - 1]) < 0)) {
            naming->called[name] = shown + 1;
        }
    }
}

static void offer_names(struct facet *facet, uint32_t top, const struct naming *naming)
{
    const struct cord_alert_book *book = naming->book;
    uint32_t least = least_told(naming, top);
    call_names(naming, least);
    for (size_t i = 0; i < naming->name_count; i++) {
        uint32_t name = naming->names[i];
        uint32_t called = naming->called[name];
        struct cord_alert_facet_value named = {CORD_STR(""), CORD_STR(""), naming->sums[name]};
        if (named.count >= least) {
            named.value = called == 0 ? CORD_STR("") : book->names.items[called - 1];
            offer(facet, top, &named);
        } else {
            facet->distinct++;
            facet->total += named.count;
        }
    }
}

static cord_status choose_names(struct faceting *faceting, struct facet *facet)
{
    const struct cord_alert_book *book = faceting->scan.book;
    struct naming naming = {.book = book,
                            .column = facet->column,
                            .counts = faceting->counts.of[BY_ENTITY],
                            .met = faceting->met,
                            .met_count = faceting->met_count};
    cord_status status = CORD_E_NOMEM;
    naming.sums = calloc(book->names.count + 1, sizeof *naming.sums);
    naming.called = calloc(book->names.count + 1, sizeof *naming.called);
    naming.names = malloc((naming.met_count + 1) * sizeof *naming.names);
    if (naming.sums && naming.called && naming.names) {
        sum_names(&naming);
        offer_names(facet, faceting->top, &naming);
        status = CORD_OK;
    }
    free(naming.sums);
    free(naming.called);
    free(naming.names);
    return status;
}

static cord_status choose(struct faceting *faceting, struct facet *facet)
{
    facet->best = calloc((size_t)faceting->top + 1, sizeof *facet->best);
    if (!facet->best) {
        return CORD_E_NOMEM;
    }
    if (is_entity(facet->column)) {
        return choose_names(faceting, facet);
    }
    cord_status status = add_values(faceting, facet);
    if (status == CORD_OK && is_by_text(facet->column)) {
        status = add_texts(faceting, facet);
    }
    for (size_t value = 0; value < facet->size && status == CORD_OK; value++) {
        if (facet->slots[value].count > 0) {
            struct cord_alert_facet_value named = name_value(faceting, facet, value);
            offer(facet, faceting->top, &named);
        }
    }
    return status;
}

static int compare_values(const void *a, const void *b)
{
    return stands_before(a, b) ? -1 : stands_before(b, a);
}

static void tell(struct facet *facet,
                 void (*visit)(void *self, const struct cord_alert_facet *facet), void *self)
{
    struct cord_alert_facet told = {
        .field = cord_str_from(cord_alert_book_column_name(facet->column)),
        .values = facet->best,
        .value_count = facet->best_count,
        .other = facet->total,
        .distinct = facet->distinct,
    };
    qsort(facet->best, facet->best_count, sizeof *facet->best, compare_values);
    for (size_t i = 0; i < facet->best_count; i++) {
        told.other -= facet->best[i].count;
    }
    visit(self, &told);
}

static bool shows_regions(const struct faceting *faceting)
{
    bool shows = false;
    for (size_t i = 0; i < faceting->facet_count; i++) {
        shows = shows || faceting->facets[i].column == CORD_ALERT_COLUMN_REGION;
    }
    return shows;
}

static cord_status work_out(struct faceting *faceting, const struct cord_alert_ask *ask,
                            const cord_str *fields, struct cord_error *err)
{
    cord_status status = name_facets(faceting, fields, err);
    if (status == CORD_OK) {
        const struct cord_alert_way way = {.regions = shows_regions(faceting)};
        status = cord_alert_book_scan_open(&faceting->scan, faceting->scan.book, ask, way, err);
    }
    if (status == CORD_OK) {
        status = make_counts(faceting);
    }
    if (status == CORD_OK) {
        status = count_all(faceting);
    }
    for (size_t i = 0; i < faceting->facet_count && status == CORD_OK; i++) {
        status = choose(faceting, &faceting->facets[i]);
    }
    cord_alert_book_scan_unlock(&faceting->scan);
    return status;
}

cord_status cord_alert_book_facets(struct cord_alert_book *book, const struct cord_alert_ask *ask,
                                   const struct cord_alert_faceting *wanted, uint64_t *ret_total,
                                   struct cord_error *err)
{
    struct faceting faceting = {
        .facet_count = wanted->field_count, .top = wanted->top, .scan = {.book = book}};
    if (wanted->field_count > CORD_ALERT_FACETS_MAX || wanted->top > CORD_ALERT_FACET_TOP_MAX) {
        return cord_error_set(err, CORD_E_FORMAT, "at most %u fields, and %u values of each",
                              CORD_ALERT_FACETS_MAX, CORD_ALERT_FACET_TOP_MAX);
    }
    faceting.arena = cord_arena_new(SIZE_MAX / 2);
    cord_status status =
        faceting.arena ? work_out(&faceting, ask, wanted->fields, err) : CORD_E_NOMEM;
    for (size_t i = 0; i < faceting.facet_count; i++) {
        struct facet *facet = &faceting.facets[i];
        if (status == CORD_OK) {
            tell(facet, wanted->visit, wanted->self);
        }
        cord_alert_table_texts_done(&facet->texts);
        free(facet->slots);
        free(facet->best);
    }
    for (int basis = 0; basis < BASES; basis++) {
        free(faceting.counts.of[basis]);
    }
    free(faceting.met);
    cord_alert_book_scan_close(&faceting.scan);
    cord_arena_free(faceting.arena);
    if (status == CORD_OK) {
        *ret_total = faceting.total;
    }
    return status;
}

/* --- over time --- */

/* Which bucket; false: none. */
static bool bucket_of(const struct cord_alert_histogram *histogram, int64_t ns, size_t *ret_bucket)
{
    if (ns < histogram->from_ns) {
        return false;
    }
    uint64_t bucket =
        ((uint64_t)ns - (uint64_t)histogram->from_ns) / (uint64_t)histogram->bucket_ns;
    *ret_bucket = (size_t)bucket;
    return bucket < histogram->buckets;
}

cord_status cord_alert_book_histogram(struct cord_alert_book *book,
                                      const struct cord_alert_ask *ask,
                                      const struct cord_alert_histogram *histogram,
                                      uint64_t *ret_total, struct cord_error *err)
{
    struct cord_alert_scan scan = {.book = book};
    uint64_t chosen = 0;
    uint64_t total = 0;
    if (histogram->bucket_ns <= 0 || histogram->buckets == 0 || histogram->buckets > 1000) {
        return cord_error_set(err, CORD_E_FORMAT, "1 to 1000 buckets of some length");
    }
    memset(histogram->counts, 0, histogram->buckets * LEVELS * sizeof *histogram->counts);
    const struct cord_alert_way way = {.regions = false};
    cord_status status = cord_alert_book_scan_open(&scan, book, ask, way, err);
    while (status == CORD_OK && (status = cord_alert_book_scan_next(&scan, &chosen)) == CORD_OK) {
        total += (uint64_t)__builtin_popcountll(chosen);
        for (unsigned place; (place = cord_alert_book_scan_take(&chosen)) < CORD_ALERT_BLOCK;) {
            size_t bucket = 0;
            int64_t ns = histogram->by_known ? cord_alert_book_scan_state(&scan, place)->known_ns
                                             : scan.hot[place].first_ns;
            enum cord_level level = book->versions[scan.hot[place].rule].level;
            if (bucket_of(histogram, ns, &bucket)) {
                histogram->counts[bucket * LEVELS + (size_t)level]++;
            }
        }
    }
    cord_alert_book_scan_close(&scan);
    if (status != CORD_E_END) {
        return status;
    }
    *ret_total = total;
    return CORD_OK;
}
