/* backtest_run.c: stored rows against the rules of a back-test. */
#include "wire/backtest_internal.h"

#include <stdlib.h>

#include "base/vec.h"
#include "detect/finding_make.h"
#include "wire/replay.h"
#include "wire/scan_correlate.h"

#define ARENA_BYTES_MAX ((size_t)256 << 20)

enum {
    CONDITION_BYTES_MAX = 48 << 10,
    CONDITION_TERMS_MAX = 512, /* beyond it every event is looked at */
    EVENTS_MAX = 8192,         /* of one batch */
};

/* One organisation: correlations never look across. */
struct tenant {
    struct cord_backtest *backtest;
    const struct cord_backtest_search *search;
    cord_str name;
    struct cord_scan_correlate *correlate; /* NULL: no correlations */
};

/* Where an event of the batch at hand came from. */
struct place {
    uint64_t sequence;
    uint32_t tenant;
};

struct walk {
    struct cord_backtest *backtest;
    const struct cord_backtest_search *search;
    struct cord_paths *paths;
    struct cord_classifier *classifier;
    struct cord_matcher *matcher;
    struct cord_explain *explain; /* NULL: nobody asks for reasons and fields */
    struct cord_replay *replay;
    struct cord_batch *batch;
    struct cord_arena *arena; /* of the batch's findings */
    struct cord_map tenant_map;
    struct tenant **tenants;
    size_t tenant_count;
    size_t tenant_cap;
    struct place places[EVENTS_MAX];
    uint64_t too_large;
};

/* What a rule asks of the label of a class: "product/categories/services". */
static void put_wildcards(struct cord_buf *out, cord_str word)
{
    for (size_t i = 0; i < word.len; i++) {
        char c = word.ptr[i];
        bool plain = cord_str_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     c == '_' || c == '-' || c == '.';
        cord_buf_put_char(out, plain ? c : '?');
    }
}

static void put_term(struct cord_buf *out, const struct cord_logsource *source)
{
    cord_buf_put_text(out, "class:");
    put_wildcards(out, source->product);
    cord_buf_put_text(out, source->product.len > 0 ? "/*" : "*/*");
    put_wildcards(out, source->category);
    cord_buf_put_text(out, source->category.len > 0 ? "*/*" : "/*");
    put_wildcards(out, source->service);
    cord_buf_put_text(out, source->service.len > 0 ? "*" : "");
}

static bool has_term(const struct cord_buf *terms, cord_str term)
{
    cord_str rest = cord_buf_str(terms);
    cord_str had;
    while (cord_str_cut(&rest, ' ', &had)) {
        if (cord_str_eq(had, term)) {
            return true;
        }
    }
    return false;
}

void cord_backtest_condition(const struct cord_collection *collection, struct cord_buf *out)
{
    cord_backtest_condition_of(collection, NULL, out);
}

void cord_backtest_condition_of(const struct cord_collection *collection, const bool *needed,
                                struct cord_buf *out)
{
    struct cord_buf terms;
    struct cord_buf term;
    size_t count = 0;
    size_t rules = cord_collection_rule_count(collection);
    cord_buf_init(&terms, CONDITION_BYTES_MAX);
    cord_buf_init(&term, CONDITION_BYTES_MAX);
    for (size_t i = 0; i < rules && count <= CONDITION_TERMS_MAX && !terms.failed; i++) {
        if (needed && !needed[i]) {
            continue;
        }
        cord_buf_clear(&term);
        put_term(&term, &cord_collection_rule(collection, i)->logsource);
        if (term.failed || !has_term(&terms, cord_buf_str(&term))) {
            cord_buf_put_text(&terms, count++ > 0 ? " OR " : "");
            cord_buf_put(&terms, cord_buf_str(&term));
            terms.failed = terms.failed || term.failed;
        }
    }
    if (count <= CONDITION_TERMS_MAX && !terms.failed) {
        cord_buf_put(out, cord_buf_str(&terms));
    }
    cord_buf_done(&term);
    cord_buf_done(&terms);
}

static cord_status add_finding(const struct tenant *tenant, const struct cord_finding *finding)
{
    const struct cord_backtest_search *search = tenant->search;
    cord_status status = search->each ? search->each(search->self, finding, tenant->name) : CORD_OK;
    return status == CORD_OK ? cord_backtest_add(tenant->backtest, finding, tenant->name) : status;
}

static cord_status on_correlation(void *self, const struct cord_finding *finding)
{
    return add_finding(self, finding);
}

static void tenant_free(struct tenant *tenant)
{
    if (tenant) {
        cord_scan_correlate_free(tenant->correlate);
        free(tenant);
    }
}

static cord_status tenant_add(struct walk *walk, cord_str name)
{
    struct cord_backtest *backtest = walk->backtest;
    struct tenant **tenants =
        cord_vec_room(walk->tenants, walk->tenant_count, &walk->tenant_cap, sizeof(void *));
    struct tenant *tenant = calloc(1, sizeof *tenant);
    if (!tenants || !tenant) {
        walk->tenants = tenants ? tenants : walk->tenants;
        free(tenant);
        return CORD_E_NOMEM;
    }
    walk->tenants = tenants;
    tenant->backtest = backtest;
    tenant->search = walk->search;
    tenant->name = cord_arena_copy(backtest->texts, name);
    const struct cord_scan_correlate_sink sink = {on_correlation, tenant};
    const struct cord_scan_correlate_options options = {
        .lateness_ns = INT64_MAX,
        .bytes_max = backtest->options.correlation_bytes_max,
        .pending_bytes_max = backtest->options.correlation_bytes_max,
        .seed = backtest->options.seed,
    };
    cord_status status = tenant->name.ptr ? CORD_OK : CORD_E_NOMEM;
    if (status == CORD_OK) {
        status = cord_scan_correlate_new(backtest->collection, NULL, &options, &sink,
                                         &tenant->correlate, NULL);
    }
    if (status == CORD_OK) {
        status = cord_map_put(&walk->tenant_map, tenant->name, (uint32_t)walk->tenant_count);
    }
    if (status != CORD_OK) {
        tenant_free(tenant);
        return status;
    }
    tenants[walk->tenant_count++] = tenant;
    return CORD_OK;
}

static cord_status tenant_of(struct walk *walk, cord_str name, uint32_t *ret_tenant)
{
    cord_status status = CORD_OK;
    *ret_tenant = cord_map_get(&walk->tenant_map, name);
    if (*ret_tenant == CORD_MAP_NONE) {
        *ret_tenant = (uint32_t)walk->tenant_count;
        status = tenant_add(walk, name);
    }
    return status;
}

static cord_status correlate(struct walk *walk, const struct cord_match *match,
                             const struct place *place)
{
    struct cord_scan_correlate *correlate = walk->tenants[place->tenant]->correlate;
    struct cord_correlator_input input;
    cord_status status = cord_scan_correlate_note(correlate, match, place->tenant, walk->classifier,
                                                  walk->arena, &input);
    input.ref.evidence = place->sequence;
    input.ref.record = place->sequence; /* tells one event from another */
    return status == CORD_OK ? cord_scan_correlate_feed(correlate, &input) : status;
}

static cord_status on_match(void *self, const struct cord_match *match)
{
    struct walk *walk = self;
    const struct place *place = &walk->places[match->event - walk->batch->events];
    const struct tenant *tenant = walk->tenants[place->tenant];
    struct cord_finding finding;
    if (cord_scan_correlate_wants(tenant->correlate, match->rule)) {
        cord_status status = correlate(walk, match, place);
        if (status != CORD_OK) {
            return status;
        }
    }
    if (match->rule->silent) {
        return CORD_OK;
    }
    cord_status status =
        cord_finding_make(match, walk->classifier, walk->explain, walk->arena, &finding);
    if (status != CORD_OK) {
        return status;
    }
    finding.evidence = place->sequence;
    finding.source = CORD_STR("");
    return add_finding(tenant, &finding);
}

/* Matches what the batch holds and begins the next. */
static cord_status turn_over(struct walk *walk)
{
    const struct cord_match_sink sink = {on_match, walk};
    cord_replay_end(walk->replay, walk->batch);
    cord_status status = cord_matcher_run(walk->matcher, walk->batch, 0, &sink);
    cord_arena_reset(walk->arena);
    if (cord_paths_full(walk->paths)) {
        cord_paths_reset(walk->paths);
    }
    return status == CORD_OK ? cord_replay_begin(walk->replay, walk->batch) : status;
}

static cord_status on_row(void *self, const struct cord_rows *rows, size_t at)
{
    struct walk *walk = self;
    struct place place;
    const struct cord_row *row = cord_rows_at(rows, at);
    cord_status status = walk->batch->event_count < EVENTS_MAX
                             ? cord_replay_add(walk->replay, rows, at, walk->batch)
                             : CORD_E_LIMIT;
    if (status == CORD_E_LIMIT && walk->batch->event_count > 0) {
        status = turn_over(walk);
        if (status == CORD_OK) {
            status = cord_replay_add(walk->replay, rows, at, walk->batch);
        }
    }
    if (status == CORD_E_LIMIT) {
        walk->too_large++;
        return CORD_OK;
    }
    if (status == CORD_OK) {
        status =
            tenant_of(walk, cord_rows_origin_at(rows, row->origin)->organisation, &place.tenant);
    }
    if (status == CORD_OK) {
        place.sequence = row->sequence;
        walk->places[walk->batch->event_count - 1] = place;
    }
    return status;
}

static bool on_progress(void *self, const struct cord_search_progress *progress)
{
    const struct walk *walk = self;
    return !walk->search->progress || walk->search->progress(walk->search->self, progress);
}

static cord_status walk_init(struct walk *walk, struct cord_backtest *backtest,
                             const struct cord_backtest_search *search)
{
    uint64_t seed = backtest->options.seed;
    *walk = (struct walk){.backtest = backtest, .search = search};
    cord_map_init(&walk->tenant_map, seed);
    walk->arena = cord_arena_new(ARENA_BYTES_MAX);
    walk->batch = cord_batch_new(1 << 16);
    walk->paths = cord_paths_new(seed);
    walk->classifier = walk->paths ? cord_classifier_new(walk->paths, seed) : NULL;
    if (!walk->arena || !walk->batch || !walk->classifier) {
        return CORD_E_NOMEM;
    }
    walk->matcher = cord_matcher_new(backtest->ruleset, walk->paths, walk->classifier);
    walk->replay = cord_replay_new(walk->paths, walk->classifier);
    walk->explain = search->each ? cord_explain_new(walk->classifier) : NULL;
    if (!walk->matcher || !walk->replay || (search->each && !walk->explain)) {
        return CORD_E_NOMEM;
    }
    return cord_replay_begin(walk->replay, walk->batch);
}

static void walk_done(struct walk *walk)
{
    for (size_t i = 0; i < walk->tenant_count; i++) {
        tenant_free(walk->tenants[i]);
    }
    free(walk->tenants);
    cord_map_done(&walk->tenant_map);
    cord_replay_free(walk->replay);
    cord_explain_free(walk->explain);
    cord_matcher_free(walk->matcher);
    cord_classifier_free(walk->classifier);
    cord_paths_free(walk->paths);
    cord_batch_free(walk->batch);
    cord_arena_free(walk->arena);
}

static void sum(struct cord_correlator_stats *into, const struct cord_correlator_stats *more)
{
    into->inputs += more->inputs;
    into->late += more->late;
    into->no_group += more->no_group;
    into->no_value += more->no_value;
    into->completions += more->completions;
    into->repeats += more->repeats;
    into->evicted += more->evicted;
    into->trimmed += more->trimmed;
    into->untimed += more->untimed;
    into->future += more->future;
    into->early += more->early;
}

/* The rest of the rows, and the windows that are still open. */
static cord_status finish(struct walk *walk, struct cord_backtest_rows *rows)
{
    cord_status status = turn_over(walk);
    for (size_t i = 0; i < walk->tenant_count && status == CORD_OK; i++) {
        struct cord_scan_correlate *correlate = walk->tenants[i]->correlate;
        if (correlate) {
            status = cord_scan_correlate_finish(correlate);
            struct cord_correlator_stats stats = cord_scan_correlate_stats(correlate);
            sum(&rows->correlator, &stats);
        }
    }
    rows->too_large = walk->too_large;
    rows->matcher = *cord_matcher_stats(walk->matcher);
    return status;
}

static cord_status search_rows(struct walk *walk, struct cord_evidence *evidence,
                               struct cord_backtest_rows *rows, struct cord_error *err)
{
    const struct cord_backtest_search *search = walk->search;
    const struct cord_search_sink sink = {on_row, on_progress, walk};
    const struct cord_search_options options = {
        .from_ns = search->from_ns,
        .to_ns = search->to_ns,
        .organisation = search->organisation,
        .source = search->source,
    };
    struct cord_query *query = NULL;
    struct cord_buf condition;
    cord_buf_init(&condition, CONDITION_BYTES_MAX);
    cord_backtest_condition_of(walk->backtest->collection, walk->backtest->needed, &condition);
    cord_status status = cord_query_parse(cord_buf_str(&condition), &query, err);
    if (status == CORD_OK) {
        status = evidence->ops->search(evidence, query, &options, &sink, NULL, &rows->search, err);
    }
    cord_query_free(query);
    cord_buf_done(&condition);
    return status;
}

cord_status cord_backtest_run(struct cord_backtest *backtest, struct cord_evidence *evidence,
                              const struct cord_backtest_search *search,
                              struct cord_backtest_rows *ret_rows, struct cord_error *err)
{
    struct cord_backtest_rows rows = {.too_large = 0};
    struct walk *walk = malloc(sizeof *walk); /* large */
    if (!walk) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    cord_status status = walk_init(walk, backtest, search);
    if (status != CORD_OK) {
        (void)cord_error_set(err, status, "out of memory");
    } else {
        status = search_rows(walk, evidence, &rows, err);
    }
    if (status == CORD_OK || status == CORD_E_END) {
        cord_status rest = finish(walk, &rows);
        status = rest == CORD_OK ? status : cord_error_set(err, rest, "%s", cord_error_name(rest));
        *ret_rows = rows;
    }
    walk_done(walk);
    free(walk);
    return status;
}
