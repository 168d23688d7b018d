/* search.c: see search.h. */
#include "evidence/search.h"

#include "evidence/block_count.h"
#include "evidence/block_search.h"
#include "evidence/query_match.h"
#include "evidence/query_pick.h"
#include "evidence/search_filter.h"
#include "evidence/search_person.h"
#include "evidence/search_run.h"
#include "evidence/search_skip.h"
#include "evidence/search_summary.h"
#include "evidence/store_internal.h"

#include <stdlib.h>
#include <unistd.h>

/* Blocks that a thread keeps open: rows are read from those just matched. */
enum { OPEN_MAX = 4, REST_ROWS = 2048 };

#define FILTER_BYTES_MAX  ((size_t)CORD_SEGMENT_FILTERS_MAX)
#define SUMMARY_BYTES_MAX ((size_t)4 << 20)

#define NO_UNIT           UINT32_MAX

/* A block of a segment; or rows of a chunk, when segment is NULL. */
struct place {
    struct cord_segment *segment;
    uint32_t block;
    bool inside; /* every row is of the range that is asked for */
    bool all;    /* and matches, by what the block says of itself */
    const struct cord_store_live *live;
};

struct searching {
    const struct cord_query *query;
    const struct cord_search_options *options;
    const struct cord_tally *tally;
    struct cord_range range;
    enum cord_cpu_level level;
    uint64_t seed;
    struct cord_store_view view;
    struct place *places;
    struct cord_search_unit *units;
    uint32_t *order;
    size_t count;
    size_t cap;
    bool oldest_first;
    struct cord_search_progress *progress;
};

/* What planning looks at blocks with. */
struct planner {
    struct cord_query_test *test;
    struct cord_search_filter *filter;
    struct cord_buf filters; /* of the segment at hand; empty: not known */
    uint64_t filters_at;
    struct cord_search_person person;
};

struct opened {
    uint32_t unit;
    uint64_t used;
    struct cord_store_block reader;
};

/* What the tally is given of a unit. */
enum fed {
    FED_NOTHING,
    FED_WHOLE,   /* one group, known without a look inside */
    FED_SUMMARY, /* the groups that the summary had */
    FED_BLOCK,
    FED_LIVE,
};

struct worker {
    const struct searching *searching;
    struct cord_block_search *columns;
    struct cord_block_count *groups; /* NULL: not by groups */
    struct cord_query_match *match;
    struct cord_search_summary *summary; /* NULL: has nothing to say */
    struct cord_buf summary_bytes;
    const struct cord_origin **origins; /* of the block at hand */
    size_t origin_cap;
    struct opened opened[OPEN_MAX];
    uint64_t clock;

    /* Counted and not fed yet. */
    uint32_t unit;
    enum fed fed;
    cord_str texts[2 * CORD_QUERY_FIELDS_MAX];
    struct cord_block *block;
    const uint64_t *rest;
    uint32_t *which; /* rows of the unit that are fed one by one */
    size_t which_count;
    size_t which_cap;
    struct cord_rows *rows; /* those of blocks, put together */
};

/* --- one thread --- */

static void worker_free(void *self)
{
    struct worker *worker = self;
    if (!worker) {
        return;
    }
    for (size_t i = 0; i < OPEN_MAX; i++) {
        cord_store_block_done(&worker->opened[i].reader);
    }
    cord_rows_free(worker->rows);
    free(worker->which);
    cord_query_match_free(worker->match);
    cord_search_summary_free(worker->summary);
    cord_buf_done(&worker->summary_bytes);
    free(worker->origins);
    cord_block_count_free(worker->groups);
    cord_block_search_free(worker->columns);
    free(worker);
}

static void *worker_new(void *self)
{
    const struct searching *searching = self;
    struct worker *worker = calloc(1, sizeof *worker);
    if (!worker) {
        return NULL;
    }
    worker->searching = searching;
    cord_buf_init(&worker->summary_bytes, SUMMARY_BYTES_MAX);
    for (size_t i = 0; i < OPEN_MAX; i++) {
        worker->opened[i].unit = NO_UNIT;
        cord_store_block_init(&worker->opened[i].reader);
    }
    worker->columns = cord_block_search_new(searching->query, searching->seed, searching->level);
    worker->match = cord_query_match_new(searching->query);
    worker->rows = cord_rows_new(CORD_SEARCH_ROWS_BYTES, searching->seed);
    worker->summary = cord_search_summary_new(searching->query, searching->tally);
    if (searching->tally) {
        worker->groups = cord_block_count_new(searching->tally, searching->seed);
    }
    if (!worker->columns || !worker->match || !worker->rows || !worker->summary ||
        (searching->tally && !worker->groups)) {
        worker_free(worker);
        return NULL;
    }
    if (!cord_search_summary_is_useful(worker->summary)) {
        cord_search_summary_free(worker->summary);
        worker->summary = NULL;
    }
    return worker;
}

static cord_status open_block(struct worker *worker, uint32_t unit, struct cord_block **ret_block,
                              struct cord_error *err)
{
    const struct place *place = &worker->searching->places[unit];
    struct opened *slot = &worker->opened[0];
    for (size_t i = 0; i < OPEN_MAX; i++) {
        struct opened *opened = &worker->opened[i];
        slot = opened->unit == unit || (slot->unit != unit && opened->used < slot->used) ? opened
                                                                                         : slot;
    }
    slot->used = ++worker->clock;
    if (slot->unit != unit) {
        slot->unit = NO_UNIT;
        cord_status status =
            cord_store_block_open(&slot->reader, place->segment, place->block, err);
        if (status != CORD_OK) {
            return status;
        }
        slot->unit = unit;
    }
    *ret_block = slot->reader.block;
    return CORD_OK;
}

static bool put_which(struct worker *worker, uint32_t row)
{
    if (worker->which_count == worker->which_cap) {
        size_t cap = worker->which_cap == 0 ? 1024 : worker->which_cap * 2;
        uint32_t *which = realloc(worker->which, cap * sizeof *which);
        if (!which) {
            return false;
        }
        worker->which = which;
        worker->which_cap = cap;
    }
    worker->which[worker->which_count++] = row;
    return true;
}

/* Rows that are in no block, one by one, into `which`. */
static cord_status match_live(struct worker *worker, const struct cord_store_live *live)
{
    cord_status status = CORD_OK;
    worker->which_count = 0;
    cord_query_match_from(worker->match, live->rows);
    for (size_t at = 0; at < live->count && status == CORD_OK; at++) {
        bool matches = false;
        if (!cord_range_has_row(&worker->searching->range, live->rows,
                                cord_rows_at(live->rows, at))) {
            continue;
        }
        status = cord_query_match_row(worker->match, at, &matches);
        if (status == CORD_OK && matches && !put_which(worker, (uint32_t)at)) {
            status = CORD_E_NOMEM;
        }
    }
    return status;
}

static cord_status refer_live(struct worker *worker, uint32_t unit, struct cord_search_refs *refs)
{
    const struct cord_store_live *live = worker->searching->places[unit].live;
    cord_status status = match_live(worker, live);
    struct cord_search_ref *to =
        status == CORD_OK ? cord_search_run_room(refs, worker->which_count) : NULL;
    if (worker->which_count == 0 || status != CORD_OK) {
        return status;
    }
    if (!to) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < worker->which_count; i++) {
        const struct cord_row *row = cord_rows_at(live->rows, worker->which[i]);
        to[i] = (struct cord_search_ref){cord_row_when(row), row->sequence, unit, worker->which[i]};
    }
    refs->count += worker->which_count;
    return CORD_OK;
}

/* What the block says of itself, with the origins in the worker's memory. */
static cord_status describe(struct worker *worker, const struct place *place,
                            struct cord_search_skip_block *ret_block)
{
    const struct cord_segment_block *block = cord_segment_block(place->segment, place->block);
    size_t count = block->head.origin_count;
    if (count >= worker->origin_cap) {
        size_t cap = 2 * count + 16;
        const struct cord_origin **origins = calloc(cap, sizeof *origins);
        if (!origins) {
            return CORD_E_NOMEM;
        }
        free(worker->origins);
        worker->origins = origins;
        worker->origin_cap = cap;
    }
    for (size_t i = 0; i < count; i++) {
        worker->origins[i] = cord_segment_origin(place->segment, block->origins[i]);
    }
    *ret_block = (struct cord_search_skip_block){&block->head, worker->origins, count};
    return CORD_OK;
}

/* What the block's summary can answer. One that cannot be read answers nothing. */
static cord_status ask_summary(struct worker *worker, uint32_t unit,
                               enum cord_search_summary_answer *ret_answer)
{
    const struct place *place = &worker->searching->places[unit];
    struct cord_search_skip_block block;
    *ret_answer = CORD_SEARCH_SUMMARY_UNKNOWN;
    if (!worker->summary || place->live ||
        cord_segment_read_summary(place->segment, place->block, &worker->summary_bytes, NULL) !=
            CORD_OK ||
        worker->summary_bytes.len == 0) {
        return CORD_OK;
    }
    cord_status status = describe(worker, place, &block);
    return status == CORD_OK ? cord_search_summary_ask(worker->summary, &block,
                                                       cord_buf_str(&worker->summary_bytes),
                                                       place->inside, ret_answer)
                             : status;
}

static cord_status match_unit(void *self, uint32_t unit, struct cord_search_refs *refs,
                              enum cord_search_how *ret_how, struct cord_error *err)
{
    struct worker *worker = self;
    enum cord_search_summary_answer answer = CORD_SEARCH_SUMMARY_UNKNOWN;
    struct cord_block *block = NULL;
    const struct cord_block_times *times = NULL;
    const uint64_t *rows = NULL;
    size_t count = 0;
    if (worker->searching->places[unit].live) {
        return refer_live(worker, unit, refs);
    }
    cord_status status = ask_summary(worker, unit, &answer);
    if (status != CORD_OK || answer == CORD_SEARCH_SUMMARY_NOTHING) {
        *ret_how = CORD_SEARCH_SKIPPED;
        return status;
    }
    status = open_block(worker, unit, &block, err);
    if (status == CORD_OK) {
        status = cord_block_search_run(worker->columns, block, &worker->searching->range, &rows,
                                       &count, err);
    }
    if (status != CORD_OK || count == 0) {
        return status;
    }
    status = cord_block_column_times(block, &times, err);
    struct cord_search_ref *to = status == CORD_OK ? cord_search_run_room(refs, count) : NULL;
    if (!to) {
        return status == CORD_OK ? CORD_E_NOMEM : status;
    }
    uint32_t words = (cord_block_head(block)->row_count + 63U) / 64;
    for (uint32_t w = 0; w < words; w++) {
        for (uint64_t word = rows[w]; word != 0; word &= word - 1) {
            uint32_t row = w * 64 + (uint32_t)__builtin_ctzll(word);
            to[0] = (struct cord_search_ref){times->when_ns[row], times->sequence[row], unit, row};
            to++;
        }
    }
    refs->count += count;
    return CORD_OK;
}

static cord_status read_unit(void *self, uint32_t unit, const uint32_t *which, size_t count,
                             struct cord_rows *rows, struct cord_error *err)
{
    struct worker *worker = self;
    const struct cord_store_live *live = worker->searching->places[unit].live;
    struct cord_block *block = NULL;
    cord_status status = CORD_OK;
    if (!live) {
        status = open_block(worker, unit, &block, err);
        return status == CORD_OK ? cord_block_unpack(block, which, count, rows, err) : status;
    }
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        status = cord_rows_copy(rows, live->rows, which[i]);
    }
    return status;
}

/* All rows of the block are one group. */
static bool is_one_group(struct worker *worker, const struct place *place,
                         const struct cord_search_skip_block *block)
{
    const struct cord_tally *tally = worker->searching->tally;
    const struct cord_query_field *keys[2 * CORD_QUERY_FIELDS_MAX];
    size_t key_count = 0;
    if (!place->all || !cord_tally_keys(tally, keys, &key_count) ||
        cord_tally_step(tally, block->head->when_min_ns) !=
            cord_tally_step(tally, block->head->when_max_ns)) {
        return false;
    }
    for (size_t i = 0; i < key_count; i++) {
        if (!cord_search_skip_key(block, keys[i], &worker->texts[i])) {
            return false;
        }
    }
    return true;
}

/* Without opening the block, if that can be. */
static cord_status count_unopened(struct worker *worker, uint32_t unit, uint64_t *ret_matched,
                                  enum cord_search_how *ret_how)
{
    const struct place *place = &worker->searching->places[unit];
    enum cord_search_summary_answer answer = CORD_SEARCH_SUMMARY_UNKNOWN;
    struct cord_search_skip_block block;
    cord_status status = describe(worker, place, &block);
    if (status == CORD_OK && is_one_group(worker, place, &block)) {
        worker->fed = FED_WHOLE;
        *ret_how = CORD_SEARCH_COUNTED;
        *ret_matched = worker->searching->units[unit].rows;
        return CORD_OK;
    }
    status = status == CORD_OK ? ask_summary(worker, unit, &answer) : status;
    if (answer == CORD_SEARCH_SUMMARY_COUNTED) {
        worker->fed = FED_SUMMARY;
        *ret_how = CORD_SEARCH_COUNTED;
        *ret_matched = cord_search_summary_rows(worker->summary);
    } else if (answer == CORD_SEARCH_SUMMARY_NOTHING) {
        worker->fed = FED_NOTHING;
        *ret_how = CORD_SEARCH_SKIPPED;
    }
    return status;
}

static cord_status count_opened(struct worker *worker, uint32_t unit, uint64_t *ret_matched,
                                struct cord_error *err)
{
    const uint64_t *rows = NULL;
    size_t count = 0;
    cord_status status = open_block(worker, unit, &worker->block, err);
    if (status == CORD_OK) {
        status = cord_block_search_run(worker->columns, worker->block, &worker->searching->range,
                                       &rows, &count, err);
    }
    if (status == CORD_OK && count > 0) {
        worker->fed = FED_BLOCK;
        status = cord_block_count_run(worker->groups, worker->block, rows, &worker->rest, err);
    }
    *ret_matched = count;
    return status;
}

static cord_status count_unit(void *self, uint32_t unit, uint64_t *ret_matched,
                              enum cord_search_how *ret_how, struct cord_error *err)
{
    struct worker *worker = self;
    const struct cord_store_live *live = worker->searching->places[unit].live;
    worker->unit = unit;
    worker->fed = FED_NOTHING;
    worker->rest = NULL;
    *ret_matched = 0;
    *ret_how = CORD_SEARCH_READ;
    if (live) {
        cord_status status = match_live(worker, live);
        worker->fed = FED_LIVE;
        *ret_matched = worker->which_count;
        return status;
    }
    cord_status status = count_unopened(worker, unit, ret_matched, ret_how);
    if (status != CORD_OK || *ret_how != CORD_SEARCH_READ) {
        return status;
    }
    return count_opened(worker, unit, ret_matched, err);
}

static cord_status feed_rows(struct cord_tally *tally, const struct cord_rows *rows,
                             const uint32_t *which, size_t count)
{
    cord_status status = CORD_OK;
    cord_tally_from(tally, rows);
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        status = cord_tally_add(tally, which ? which[i] : i);
    }
    return status;
}

/* Rows that could not be counted by columns. */
static cord_status feed_rest(struct worker *worker, struct cord_tally *tally,
                             struct cord_error *err)
{
    uint32_t row_count = cord_block_head(worker->block)->row_count;
    cord_status status = CORD_OK;
    worker->which_count = 0;
    for (uint32_t row = 0; row < row_count; row++) {
        if ((worker->rest[row / 64] >> (row % 64) & 1) != 0 && !put_which(worker, row)) {
            return CORD_E_NOMEM;
        }
    }
    for (size_t at = 0; at < worker->which_count && status == CORD_OK;) {
        size_t some = worker->which_count - at < REST_ROWS ? worker->which_count - at : REST_ROWS;
        status = CORD_E_LIMIT;
        for (; some > 0 && status == CORD_E_LIMIT;
             some = status == CORD_E_LIMIT ? some / 2 : some) {
            cord_rows_reset(worker->rows);
            status = cord_block_unpack(worker->block, worker->which + at, some, worker->rows, err);
        }
        if (status == CORD_OK) {
            status = feed_rows(tally, worker->rows, NULL, some);
        }
        at += some;
    }
    return status;
}

static cord_status feed_block(struct worker *worker, struct cord_tally *tally,
                              struct cord_error *err)
{
    cord_status status = cord_block_count_feed(worker->groups, tally);
    return status == CORD_OK && worker->rest ? feed_rest(worker, tally, err) : status;
}

static cord_status feed_unit(void *self, struct cord_tally *tally, struct cord_error *err)
{
    struct worker *worker = self;
    const struct cord_store_live *live = worker->searching->places[worker->unit].live;
    const struct cord_search_unit *unit = &worker->searching->units[worker->unit];
    switch (worker->fed) {
    case FED_WHOLE:
        return cord_tally_add_group(tally, worker->texts, unit->rows, unit->when_min_ns,
                                    unit->when_max_ns);
    case FED_SUMMARY:
        return cord_search_summary_feed(worker->summary, tally);
    case FED_LIVE:
        return feed_rows(tally, live->rows, worker->which, worker->which_count);
    case FED_BLOCK:
        return feed_block(worker, tally, err);
    case FED_NOTHING:
        break;
    }
    return CORD_OK;
}

static uint64_t undecided_rows(const void *self)
{
    const struct worker *worker = self;
    return cord_block_search_undecided(worker->columns) + cord_query_match_undecided(worker->match);
}

/* --- what is searched --- */

static struct place *put_unit(struct searching *searching, const struct cord_search_unit *unit)
{
    if (searching->count == searching->cap) {
        size_t cap = searching->cap == 0 ? 256 : searching->cap * 2;
        struct place *places = realloc(searching->places, cap * sizeof *places);
        if (!places) {
            return NULL;
        }
        searching->places = places;
        struct cord_search_unit *units = realloc(searching->units, cap * sizeof *units);
        if (!units) {
            return NULL;
        }
        searching->units = units;
        searching->cap = cap;
    }
    searching->units[searching->count] = *unit;
    struct place *place = &searching->places[searching->count++];
    *place = (struct place){.block = 0};
    return place;
}

static bool has_origin(const struct searching *searching,
                       const struct cord_search_skip_block *block)
{
    for (size_t i = 0; i < block->origin_count; i++) {
        if (cord_range_has_origin(&searching->range, block->origins[i])) {
            return true;
        }
    }
    return false;
}

/* A filter that cannot be read keeps nothing out: the block itself is looked at. */
static bool passes_filter(struct planner *planner, const struct cord_segment *segment, uint32_t at)
{
    const struct cord_segment_block *block = cord_segment_block(segment, at);
    struct cord_block_filter body;
    struct cord_block_filter personal;
    struct cord_search_filter_block known = {.body = &body};
    uint64_t from = block->filter_at - planner->filters_at;
    if (planner->filters.len == 0 || block->filter_len == 0 || from > planner->filters.len ||
        block->filter_len > planner->filters.len - from ||
        cord_block_filter_open(cord_str_slice(cord_buf_str(&planner->filters), (size_t)from,
                                              (size_t)block->filter_len),
                               &body, NULL) != CORD_OK) {
        return true;
    }
    known.expired = block->head.personal_bytes > 0 && cord_segment_person_expired(segment);
    if (cord_search_filter_may_hold(planner->filter, &known)) {
        return true;
    }
    if (block->head.personal_bytes == 0 || known.expired) {
        return false;
    }
    /* What is not in the body may be in what names persons. */
    if (cord_search_person_filter(&planner->person, segment, at, &personal) != CORD_OK) {
        return true;
    }
    known.personal = &personal;
    return cord_search_filter_may_hold(planner->filter, &known);
}

/* Every row is of the time and the origins that the options ask for. */
static bool is_inside(const struct searching *searching, const struct cord_search_skip_block *block)
{
    for (size_t i = 0; i < block->origin_count; i++) {
        if (!cord_range_has_origin(&searching->range, block->origins[i])) {
            return false;
        }
    }
    return cord_range_has_times(&searching->range, block->head->when_min_ns,
                                block->head->when_max_ns);
}

static cord_status add_block(struct searching *searching, struct planner *planner,
                             struct cord_segment *segment, uint32_t at)
{
    const struct cord_segment_block *block = cord_segment_block(segment, at);
    const struct cord_block_head *head = &block->head;
    const struct cord_origin **origins = calloc(head->origin_count + 1U, sizeof *origins);
    if (!origins) {
        return CORD_E_NOMEM;
    }
    for (uint32_t i = 0; i < head->origin_count; i++) {
        origins[i] = cord_segment_origin(segment, block->origins[i]);
    }
    struct cord_search_skip_block skip = {head, origins, head->origin_count};
    enum cord_query_answer answer =
        cord_search_skip_block(planner->test, cord_query_condition(searching->query), &skip);
    bool holds =
        cord_range_may_have_time(&searching->range, head->when_min_ns, head->when_max_ns) &&
        has_origin(searching, &skip) && answer != CORD_QUERY_NO &&
        passes_filter(planner, segment, at);
    bool inside = is_inside(searching, &skip);
    free(origins);
    searching->progress->blocks++;
    if (!holds) {
        searching->progress->blocks_skipped++;
        searching->progress->rows += head->row_count;
        searching->progress->raw_bytes += head->raw_bytes;
        return CORD_OK;
    }
    struct cord_search_unit unit = {head->when_min_ns, head->when_max_ns, head->row_count,
                                    head->raw_bytes, true};
    struct place *place = put_unit(searching, &unit);
    if (!place) {
        return CORD_E_NOMEM;
    }
    place->segment = segment;
    place->block = at;
    place->inside = inside;
    place->all = inside && answer == CORD_QUERY_YES;
    return CORD_OK;
}

static cord_status add_segment(struct searching *searching, struct planner *planner,
                               struct cord_segment *segment)
{
    const struct cord_segment_info *info = cord_segment_info(segment);
    struct cord_search_progress *progress = searching->progress;
    cord_str organisation = searching->range.organisation;
    if (!cord_range_may_have_time(&searching->range, info->when_min_ns, info->when_max_ns) ||
        (organisation.len > 0 && !cord_str_eq(organisation, info->organisation))) {
        progress->blocks += info->block_count;
        progress->blocks_skipped += info->block_count;
        progress->rows += info->row_count;
        progress->raw_bytes += info->raw_bytes;
        return CORD_OK;
    }
    cord_status status = cord_segment_load(segment, NULL);
    if (status != CORD_OK) {
        progress->blocks += info->block_count;
        progress->blocks_searched += info->block_count;
        progress->blocks_damaged += info->block_count;
        return status == CORD_E_NOMEM ? status : CORD_OK;
    }
    if (!cord_search_filter_is_useful(planner->filter) ||
        cord_segment_read_filters(segment, &planner->filters, &planner->filters_at, NULL) !=
            CORD_OK) {
        cord_buf_clear(&planner->filters);
    }
    for (uint32_t at = 0; at < cord_segment_block_count(segment) && status == CORD_OK; at++) {
        status = add_block(searching, planner, segment, at);
    }
    cord_search_person_leave(&planner->person);
    return status;
}

static cord_status add_live(struct searching *searching, const struct cord_store_live *live)
{
    struct cord_search_unit unit = {0};
    for (size_t at = 0; at < live->count; at++) {
        const struct cord_row *row = cord_rows_at(live->rows, at);
        int64_t when = cord_row_when(row);
        unit.when_min_ns = at == 0 || when < unit.when_min_ns ? when : unit.when_min_ns;
        unit.when_max_ns = at == 0 || when > unit.when_max_ns ? when : unit.when_max_ns;
        unit.raw_bytes += row->raw_len;
        unit.rows++;
    }
    if (!cord_range_may_have_time(&searching->range, unit.when_min_ns, unit.when_max_ns)) {
        searching->progress->rows += unit.rows;
        searching->progress->raw_bytes += unit.raw_bytes;
        return CORD_OK;
    }
    struct place *place = put_unit(searching, &unit);
    if (!place) {
        return CORD_E_NOMEM;
    }
    place->live = live;
    return CORD_OK;
}

/* Units by their first rows; `a` and `b` point into the order. */
static int compare_units(const void *a, const void *b, void *context)
{
    const struct searching *searching = context;
    const struct cord_search_unit *x = &searching->units[*(const uint32_t *)a];
    const struct cord_search_unit *y = &searching->units[*(const uint32_t *)b];
    if (searching->oldest_first) {
        return (x->when_min_ns > y->when_min_ns) - (x->when_min_ns < y->when_min_ns);
    }
    return (x->when_max_ns < y->when_max_ns) - (x->when_max_ns > y->when_max_ns);
}

static cord_status plan_units(struct searching *searching, struct planner *planner)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; i < searching->view.manifest->count && status == CORD_OK; i++) {
        status = add_segment(searching, planner, searching->view.manifest->segments[i]);
    }
    for (size_t i = 0; i < searching->view.live_count && status == CORD_OK; i++) {
        status = add_live(searching, &searching->view.live[i]);
    }
    return status;
}

static cord_status add_units(struct searching *searching)
{
    struct planner planner = {.test = cord_query_test_new(),
                              .filter = cord_search_filter_new(searching->query)};
    cord_buf_init(&planner.filters, FILTER_BYTES_MAX);
    cord_search_person_init(&planner.person);
    cord_status status = CORD_E_NOMEM;
    if (planner.test && planner.filter) {
        status = plan_units(searching, &planner);
    }
    cord_search_person_done(&planner.person);
    cord_buf_done(&planner.filters);
    cord_search_filter_free(planner.filter);
    cord_query_test_free(planner.test);
    searching->order = malloc((searching->count + 1) * sizeof *searching->order);
    if (status != CORD_OK || !searching->order) {
        return status == CORD_OK ? CORD_E_NOMEM : status;
    }
    for (size_t i = 0; i < searching->count; i++) {
        searching->order[i] = (uint32_t)i;
    }
    qsort_r(searching->order, searching->count, sizeof *searching->order, compare_units, searching);
    return CORD_OK;
}

/* --- all of it --- */

/* Which rows the first stage of the pipeline needs, and in which order. */
static void choose_order(struct searching *searching, struct cord_tally *tally,
                         struct cord_search_plan *plan)
{
    const struct cord_query_field *keys[2 * CORD_QUERY_FIELDS_MAX];
    size_t stage_count = 0;
    size_t key_count = 0;
    const struct cord_query_stage *stages = cord_query_stages(searching->query, &stage_count);
    plan->by = CORD_SEARCH_NEWEST_FIRST;
    if (!tally || stage_count == 0) {
        return;
    }
    plan->limit = 0;
    if (cord_tally_keys(tally, keys, &key_count)) {
        plan->by = CORD_SEARCH_ANY_ORDER;
        plan->by_groups = true;
        searching->tally = tally;
    } else if (stages[0].verb == CORD_QUERY_FIRST || stages[0].verb == CORD_QUERY_LAST) {
        plan->by = stages[0].verb == CORD_QUERY_FIRST ? CORD_SEARCH_OLDEST_FIRST
                                                      : CORD_SEARCH_NEWEST_FIRST;
        plan->limit = stages[0].number;
    } else {
        plan->by = CORD_SEARCH_ANY_ORDER;
    }
    searching->oldest_first = plan->by == CORD_SEARCH_OLDEST_FIRST;
}

static unsigned thread_count(const struct cord_search_options *options)
{
    long cpus = options->threads > 0 ? (long)options->threads : sysconf(_SC_NPROCESSORS_ONLN);
    return cpus > 0 && cpus <= CORD_SEARCH_THREADS_MAX ? (unsigned)cpus : 1;
}

/* NOLINTNEXTLINE(readability-function-size): the table of operations has it so */
cord_status cord_search_store(struct cord_store *store, const struct cord_query *query,
                              const struct cord_search_options *options,
                              const struct cord_search_sink *sink, struct cord_tally *tally,
                              struct cord_search_progress *ret_progress, struct cord_error *err)
{
    struct cord_search_progress progress = {0};
    struct searching searching = {
        .query = query,
        .options = options,
        .range = {options->from_ns, options->to_ns, options->organisation, options->source},
        .level = cord_cpu_level_detect(),
        .seed = store->options.seed,
        .progress = &progress,
    };
    struct cord_search_source source = {
        .self = &searching,
        .worker_new = worker_new,
        .worker_free = worker_free,
        .match = match_unit,
        .read = read_unit,
        .count = count_unit,
        .feed = feed_unit,
        .undecided = undecided_rows,
    };
    struct cord_search_plan plan = {
        .source = &source,
        .limit = options->limit,
        .threads = thread_count(options),
        .seed = searching.seed,
        .sink = sink,
        .tally = tally,
    };
    cord_status status = cord_store_view_take(store, &searching.view);
    if (status != CORD_OK) {
        return status;
    }
    choose_order(&searching, tally, &plan);
    status = add_units(&searching);
    if (status == CORD_OK) {
        plan.units = searching.units;
        plan.order = searching.order;
        plan.unit_count = searching.count;
        status = cord_search_run(&plan, &progress, err);
    }
    free(searching.order);
    free(searching.units);
    free(searching.places);
    cord_store_view_release(&searching.view);
    *ret_progress = progress;
    return status;
}
