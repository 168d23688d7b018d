/* record_reach.c: see record_reach.h. */
#include "record/record_reach.h"

#include "base/vec.h"
#include "record/record_row.h"
#include "record/record_view_internal.h"

#include <inttypes.h>
#include <stdlib.h>

/* Numbers of a stretch that are read at a time: many of a few, few of many. */
enum { CHUNK = 64, CHUNK_OF_MANY = 8, FEW = 8 };

/* Tiers as the indices have them: a claim's marking, and AUDIT more of one of the audit. */
enum { AUDIT = CORD_RECORD_TIER_AUDIT, TIERS = 2 * AUDIT };
#define EVERY_TIER (CORD_RECORD_REACH_MARKINGS | CORD_RECORD_REACH_MARKINGS << AUDIT)

enum index { BY_TIER, BY_SUBJECT, BY_CLAIMANT, BY_KIND };

static const struct index_statements {
    enum cord_record_statement probe, up, down;
} index_statements[] = {
    [BY_TIER] = {CORD_RECORD_STATEMENTS, CORD_RECORD_REACH_TIER, CORD_RECORD_REACH_TIER_DOWN},
    [BY_SUBJECT] = {CORD_RECORD_REACH_SUBJECT_TIERS, CORD_RECORD_REACH_SUBJECT,
                    CORD_RECORD_REACH_SUBJECT_DOWN},
    [BY_CLAIMANT] = {CORD_RECORD_REACH_CLAIMANT_TIERS, CORD_RECORD_REACH_CLAIMANT,
                     CORD_RECORD_REACH_CLAIMANT_DOWN},
    [BY_KIND] = {CORD_RECORD_REACH_KIND_TIERS, CORD_RECORD_REACH_KIND, CORD_RECORD_REACH_KIND_DOWN},
};

/* Of an index: one key and tier, whose numbers ascend. */
struct stretch {
    enum index index;
    cord_str key; /* of BY_TIER: "" */
    int64_t tier; /* of BY_KIND: the marking, which is all that differs in a kind */
    bool said;    /* only what the reach's claimant said */
    bool ended;   /* nothing is behind what was read */
    size_t next, count;
};

struct walk {
    struct cord_record_view *view;
    const struct cord_record_reach *reach;
    const struct cord_claim_filter *filter;
    const struct cord_claim_kind *kind; /* NULL: any */
    const char *topic;                  /* NULL: any */
    uint64_t after, before;
    bool newest;
    size_t left; /* to call back for */
    cord_claim_visit visit;
    void *self;
    struct stretch *stretches;
    size_t count, cap;
    uint64_t *numbers; /* `chunk` of each stretch */
    size_t chunk;
    uint32_t *heap; /* places of stretches: the one with the first number on top */
    size_t heap_count;
    struct cord_sql_statement *row;
    uint64_t row_at; /* the number that it gave last; 0: it is to be bound anew */
    uint64_t shown;  /* the last number; 0 */
};

/* --- which --- */

static cord_status find_names(struct walk *walk, struct cord_error *err)
{
    const struct cord_claim_filter *filter = walk->filter;
    walk->kind = filter->kind.len > 0 ? cord_claim_kind_find(filter->kind) : NULL;
    walk->topic = filter->topic.len > 0 ? cord_claim_kind_topic(filter->topic) : NULL;
    if (filter->kind.len > 0 && !walk->kind) {
        const char *near = cord_claim_kind_nearest(filter->kind);
        return cord_error_set(err, CORD_E_NOENT, "there is no kind of that name%s%s%s",
                              near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    if (filter->topic.len > 0 && !walk->topic) {
        return cord_error_set(err, CORD_E_NOENT, "there is no topic of that name");
    }
    return CORD_OK;
}

static bool passes(const struct walk *walk, const struct cord_claim *claim)
{
    const struct cord_claim_filter *filter = walk->filter;
    return (!walk->kind || claim->kind == walk->kind) &&
           (!walk->topic || claim->kind->topic == walk->topic) &&
           (filter->subject.len == 0 || cord_str_eq(filter->subject, claim->subject)) &&
           (filter->claimant.len == 0 || cord_str_eq(filter->claimant, claim->claimant));
}

/* Markings as tiers of what the reach is of; all of both without one. */
static unsigned tiers_of(const struct walk *walk, unsigned markings)
{
    return walk->reach->audit ? markings << AUDIT : markings;
}

/* --- stretches --- */

static cord_status add_stretch(struct walk *walk, const struct stretch *stretch,
                               struct cord_error *err)
{
    struct stretch *stretches =
        walk->count < UINT32_MAX
            ? cord_vec_room(walk->stretches, walk->count, &walk->cap, sizeof *stretches)
            : NULL;
    if (!stretches) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    walk->stretches = stretches;
    stretches[walk->count++] = *stretch;
    return CORD_OK;
}

/* The first tier from `from` on of which the key has claims; CORD_E_END: none. */
static cord_status find_tier(struct walk *walk, const struct stretch *stretch, int64_t from,
                             int64_t *ret_tier, struct cord_error *err)
{
    struct cord_sql_statement *probe = NULL;
    cord_status status =
        cord_record_view_statement(walk->view, index_statements[stretch->index].probe, &probe, err);
    if (status != CORD_OK) {
        return status;
    }
    cord_sql_bind(probe, 1, from);
    cord_sql_bind_text(probe, 2, stretch->key);
    status = cord_sql_step(probe, err);
    if (status == CORD_OK) {
        walk->view->looked++;
        *ret_tier = cord_sql_column(probe, 0);
        cord_sql_reset(probe);
    }
    return status;
}

/* The stretches of a key, of those tiers that it has claims of. */
static cord_status add_tiers(struct walk *walk, struct stretch stretch, unsigned tiers,
                             struct cord_error *err)
{
    cord_status status = CORD_OK;
    for (int64_t from = 0; status == CORD_OK && from < TIERS && tiers >> from != 0; from++) {
        if ((tiers >> from & 1u) == 0) {
            continue;
        }
        stretch.tier = from;
        if (stretch.index != BY_TIER) {
            status = find_tier(walk, &stretch, from, &stretch.tier, err);
        }
        if (status == CORD_OK && stretch.tier >= from && stretch.tier < TIERS) {
            from = stretch.tier;
            if ((tiers >> from & 1u) != 0) {
                status = add_stretch(walk, &stretch, err);
            }
        }
    }
    return status == CORD_E_END ? CORD_OK : status;
}

/* Whatever anybody said, of those tiers. */
static cord_status add_whoevers(struct walk *walk, unsigned tiers, struct cord_error *err)
{
    const struct cord_claim_filter *filter = walk->filter;
    cord_status status = CORD_OK;
    size_t kind_count;
    const struct cord_claim_kind *kinds = cord_claim_kinds(&kind_count);
    if (!walk->kind && !walk->topic && filter->claimant.len == 0) {
        return add_tiers(walk, (struct stretch){.index = BY_TIER}, tiers, err);
    }
    if (!walk->kind && !walk->topic) {
        struct stretch stretch = {.index = BY_CLAIMANT, .key = filter->claimant};
        status = add_tiers(walk, stretch, tiers, err);
        stretch.index = BY_SUBJECT;
        return status == CORD_OK ? add_tiers(walk, stretch, tiers, err) : status;
    }
    for (size_t i = 0; status == CORD_OK && i < kind_count; i++) {
        bool wanted = walk->kind ? &kinds[i] == walk->kind : kinds[i].topic == walk->topic;
        bool of_audit = strcmp(kinds[i].topic, "audit") == 0;
        if (wanted) {
            status = add_tiers(
                walk, (struct stretch){.index = BY_KIND, .key = cord_str_from(kinds[i].name)},
                (of_audit ? tiers >> AUDIT : tiers) & CORD_RECORD_REACH_MARKINGS, err);
        }
    }
    return status;
}

/* What was said of its own subjects. */
static cord_status add_own(struct walk *walk, const struct cord_record_reach_own *own,
                           struct cord_error *err)
{
    unsigned tiers = tiers_of(walk, own->markings & ~walk->reach->markings);
    cord_status status = CORD_OK;
    for (size_t i = 0; status == CORD_OK && tiers != 0 && i < own->count; i++) {
        cord_str subject = own->subjects[i];
        if (walk->filter->subject.len == 0 || cord_str_eq(walk->filter->subject, subject)) {
            status =
                add_tiers(walk, (struct stretch){.index = BY_SUBJECT, .key = subject}, tiers, err);
        }
    }
    return status;
}

/* What its claimant said; that of itself is found by the subject (record_sql.c). */
static cord_status add_said(struct walk *walk, struct cord_error *err)
{
    const struct cord_record_reach *reach = walk->reach;
    cord_str claimant = reach->claimant;
    unsigned tiers = tiers_of(walk, reach->claimant_markings & ~reach->markings);
    struct stretch stretch = {.index = BY_CLAIMANT, .key = claimant, .said = true};
    bool by_others =
        walk->filter->claimant.len > 0 && !cord_str_eq(walk->filter->claimant, claimant);
    bool of_others = walk->filter->subject.len > 0 && !cord_str_eq(walk->filter->subject, claimant);
    cord_status status = CORD_OK;
    if (claimant.len == 0 || tiers == 0 || by_others) {
        return CORD_OK;
    }
    if (walk->filter->subject.len == 0 || of_others) {
        status = add_tiers(walk, stretch, tiers, err);
    }
    stretch.index = BY_SUBJECT;
    return status == CORD_OK && !of_others ? add_tiers(walk, stretch, tiers, err) : status;
}

static cord_status add_all(struct walk *walk, struct cord_error *err)
{
    const struct cord_record_reach *reach = walk->reach;
    cord_str subject = walk->filter->subject;
    unsigned whoevers = reach ? tiers_of(walk, reach->markings) : EVERY_TIER;
    cord_status status =
        subject.len > 0
            ? add_tiers(walk, (struct stretch){.index = BY_SUBJECT, .key = subject}, whoevers, err)
            : add_whoevers(walk, whoevers, err);
    for (size_t i = 0; status == CORD_OK && reach && i < reach->own_count; i++) {
        status = add_own(walk, &reach->own[i], err);
    }
    return status == CORD_OK && reach ? add_said(walk, err) : status;
}

/* --- merging --- */

static uint64_t *numbers_of(const struct walk *walk, size_t place)
{
    return walk->numbers + place * walk->chunk;
}

/* The next numbers of a stretch, behind those that it has. */
static cord_status read_on(struct walk *walk, size_t place, struct cord_error *err)
{
    struct stretch *stretch = &walk->stretches[place];
    const struct index_statements *statements = &index_statements[stretch->index];
    uint64_t *numbers = numbers_of(walk, place);
    uint64_t last = stretch->count > 0 ? numbers[stretch->count - 1] : 0;
    struct cord_sql_statement *row = NULL;
    cord_status status = cord_record_view_statement(
        walk->view, walk->newest ? statements->down : statements->up, &row, err);
    if (status != CORD_OK) {
        return status;
    }
    cord_sql_bind(row, 1, stretch->tier);
    cord_sql_bind(row, 2, (int64_t)(last > 0 && !walk->newest ? last : walk->after));
    cord_sql_bind(row, 3, (int64_t)(last > 0 && walk->newest ? last : walk->before));
    if (stretch->index != BY_TIER) {
        cord_sql_bind_text(row, 4, stretch->key);
    }
    stretch->next = 0;
    stretch->count = 0;
    while (stretch->count < walk->chunk && (status = cord_sql_step(row, err)) == CORD_OK) {
        numbers[stretch->count++] = (uint64_t)cord_sql_column(row, 0);
        walk->view->looked++;
    }
    cord_sql_reset(row);
    stretch->ended = status == CORD_E_END;
    return stretch->ended ? CORD_OK : status;
}

static uint64_t first_of(const struct walk *walk, size_t place)
{
    return numbers_of(walk, place)[walk->stretches[place].next];
}

static bool comes_before(const struct walk *walk, size_t a, size_t b)
{
    uint64_t left = first_of(walk, walk->heap[a]);
    uint64_t right = first_of(walk, walk->heap[b]);
    return walk->newest ? left > right : left < right;
}

static void swap(struct walk *walk, size_t a, size_t b)
{
    uint32_t kept = walk->heap[a];
    walk->heap[a] = walk->heap[b];
    walk->heap[b] = kept;
}

static void sink(struct walk *walk, size_t at)
{
    for (;;) {
        size_t first = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < walk->heap_count; child++) {
            first = comes_before(walk, child, first) ? child : first;
        }
        if (first == at) {
            return;
        }
        swap(walk, at, first);
        at = first;
    }
}

static cord_status begin(struct walk *walk, struct cord_error *err)
{
    cord_status status = add_all(walk, err);
    walk->chunk = walk->count <= FEW ? CHUNK : CHUNK_OF_MANY;
    if (status == CORD_OK && walk->count > 0) {
        walk->numbers = calloc(walk->count, walk->chunk * sizeof *walk->numbers);
        walk->heap = calloc(walk->count, sizeof *walk->heap);
        status = walk->numbers && walk->heap ? CORD_OK
                                             : cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; status == CORD_OK && i < walk->count; i++) {
        status = read_on(walk, i, err);
        if (status == CORD_OK && walk->stretches[i].count > 0) {
            walk->heap[walk->heap_count++] = (uint32_t)i;
        }
    }
    for (size_t i = walk->heap_count / 2; status == CORD_OK && i-- > 0;) {
        sink(walk, i);
    }
    return status;
}

/* The stretch on top goes on to its next number, or goes. */
static cord_status move_on(struct walk *walk, struct cord_error *err)
{
    size_t place = walk->heap[0];
    struct stretch *stretch = &walk->stretches[place];
    cord_status status = CORD_OK;
    stretch->next++;
    if (stretch->next == stretch->count && !stretch->ended) {
        status = read_on(walk, place, err);
    }
    if (status == CORD_OK && stretch->next == stretch->count) {
        walk->heap[0] = walk->heap[--walk->heap_count];
    }
    if (status == CORD_OK) {
        sink(walk, 0);
    }
    return status;
}

/* --- rows --- */

/* Those that lie beside each other are read in one go. */
static cord_status find_row(struct walk *walk, uint64_t number, struct cord_error *err)
{
    cord_status status = CORD_OK;
    if (!walk->row) {
        status = cord_record_view_statement(walk->view, CORD_RECORD_CLAIMS_FROM, &walk->row, err);
    }
    if (status == CORD_OK && (walk->row_at == 0 || walk->row_at + 1 != number)) {
        cord_sql_reset(walk->row);
        cord_sql_bind(walk->row, 1, (int64_t)number);
    }
    if (status == CORD_OK) {
        status = cord_sql_step(walk->row, err);
        walk->view->looked++;
    }
    walk->row_at = status == CORD_OK ? number : 0;
    return status;
}

static cord_status show(struct walk *walk, uint64_t number, bool said, struct cord_error *err)
{
    struct cord_claim claim;
    struct cord_digest hash;
    cord_status status = find_row(walk, number, err);
    if (status == CORD_OK) {
        status = cord_record_row_read(walk->row, cord_record_exercise(walk->view->record), &claim,
                                      &hash, err);
    }
    if (status == CORD_E_END || (status == CORD_OK && claim.number != number)) {
        return cord_error_set(err, CORD_E_DAMAGED,
                              "claim %" PRIu64 " is missing: verify the record", number);
    }
    if (status != CORD_OK) {
        return status;
    }
    bool mine = !said || cord_str_eq(claim.claimant, walk->reach->claimant);
    if (mine && passes(walk, &claim)) {
        walk->shown = number;
        walk->left--;
        status = walk->visit(walk->self, &claim, &hash);
    }
    return status;
}

static cord_status merge(struct walk *walk, struct cord_error *err)
{
    cord_status status = begin(walk, err);
    while (status == CORD_OK && walk->heap_count > 0 && walk->left > 0) {
        uint64_t number = first_of(walk, walk->heap[0]);
        bool said = walk->stretches[walk->heap[0]].said;
        if (number != walk->shown) { /* it may be in several */
            status = show(walk, number, said, err);
        }
        if (status == CORD_OK) {
            status = move_on(walk, err);
        }
    }
    return status;
}

/* All there are, one after the other. */
static cord_status go_through(struct walk *walk, struct cord_error *err)
{
    cord_status status = CORD_OK;
    for (uint64_t number = walk->after + 1; status == CORD_OK && number < walk->before; number++) {
        if (walk->left == 0) {
            return CORD_OK;
        }
        status = show(walk, number, false, err);
    }
    return status;
}

/* --- the whole --- */

static cord_status run(struct walk *walk, struct cord_error *err)
{
    const struct cord_claim_filter *filter = walk->filter;
    uint64_t until = 0;
    cord_status status = find_names(walk, err);
    if (status == CORD_OK) {
        status = cord_record_view_known(walk->view, filter->known_ns, &until, err);
    }
    if (status != CORD_OK) {
        return status;
    }
    walk->after = walk->after < until ? walk->after : until;
    walk->before = walk->before > 0 && walk->before <= until ? walk->before : until + 1;
    bool whole = !walk->reach && !walk->kind && !walk->topic && filter->subject.len == 0 &&
                 filter->claimant.len == 0;
    status = whole ? go_through(walk, err) : merge(walk, err);
    if (walk->row) {
        cord_sql_reset(walk->row);
    }
    free(walk->stretches);
    free(walk->numbers);
    free(walk->heap);
    return status == CORD_E_END ? CORD_OK : status;
}

/* Seven parameters: a question, and whom to answer. */
/* NOLINTNEXTLINE(readability-function-size) */
cord_status cord_record_reach_claims(struct cord_record_view *view,
                                     const struct cord_record_reach *reach,
                                     const struct cord_claim_filter *filter,
                                     const struct cord_record_reach_page *page,
                                     cord_claim_visit visit, void *self, struct cord_error *err)
{
    struct walk walk = {.view = view,
                        .reach = reach,
                        .filter = filter,
                        .after = page->after,
                        .before = page->before,
                        .newest = page->newest,
                        .left = SIZE_MAX,
                        .visit = visit,
                        .self = self};
    return run(&walk, err);
}

cord_status cord_record_reach_every(struct cord_record_view *view,
                                    const struct cord_claim_filter *filter,
                                    struct cord_claim_page page, cord_claim_visit visit, void *self,
                                    struct cord_error *err)
{
    struct walk walk = {.view = view,
                        .filter = filter,
                        .after = page.after,
                        .left = page.limit,
                        .visit = visit,
                        .self = self};
    return run(&walk, err);
}

uint64_t cord_record_reach_looked(const struct cord_record_view *view)
{
    return view->looked;
}
