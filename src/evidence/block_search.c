/* block_search.c: see block_search.h. */
#include "evidence/block_search_internal.h"

#include <stdlib.h>

#define LEAF_BYTES_MAX  ((size_t)1 << 30)
#define VALUE_BYTES_MAX ((size_t)512 << 20)

/* Rows that are put together at a time. */
enum { REBUILD_ROWS = 1024, SETS_MAX = 4096 };

enum cost {
    COST_ORIGIN, /* of a whole shape */
    COST_NUMBERS,
    COST_FIELD,
    COST_FIELD_PATTERN,
    COST_TEXT,
    COST_ANY,
    COST_RAW,
    COSTS,
};

static enum cost leaf_cost(const struct cord_query_node *node)
{
    bool slow = node->op == CORD_QUERY_REGEX || node->op == CORD_QUERY_LIKE;
    if (node->field.text.len == 0) {
        return node->op == CORD_QUERY_ALL    ? COST_ORIGIN
               : node->op == CORD_QUERY_TEXT ? COST_TEXT
               : node->op == CORD_QUERY_CIDR ? COST_ANY
                                             : COST_RAW;
    }
    switch (node->field.builtin) {
    case CORD_QUERY_FIELD_ORG:
    case CORD_QUERY_FIELD_SOURCE:
    case CORD_QUERY_FIELD_CLASS:
    case CORD_QUERY_FIELD_FORMAT:
    case CORD_QUERY_FIELD_ID:
        return COST_ORIGIN;
    case CORD_QUERY_FIELD_TIME:
    case CORD_QUERY_FIELD_RECEIVED:
        return COST_NUMBERS;
    case CORD_QUERY_FIELD_RAW:
        return COST_RAW;
    case CORD_QUERY_FIELD_HOST:
    case CORD_QUERY_FIELD_USER:
    case CORD_QUERY_FIELD_OWN:
        break;
    }
    return node->op == CORD_QUERY_EXISTS ? COST_NUMBERS : slow ? COST_FIELD_PATTERN : COST_FIELD;
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the parser */
static uint8_t set_costs(struct cord_block_search *search, const struct cord_query_node *node)
{
    uint8_t cost = node->child_count == 0 ? (uint8_t)leaf_cost(node) : 0;
    for (size_t i = 0; i < node->child_count; i++) {
        uint8_t child = set_costs(search, node->children[i]);
        cost = child > cost ? child : cost;
    }
    search->costs[node->number] = cost;
    return cost;
}

struct cord_block_search *cord_block_search_new(const struct cord_query *query, uint64_t seed,
                                                enum cord_cpu_level level)
{
    struct cord_block_search *search = calloc(1, sizeof *search);
    if (!search) {
        return NULL;
    }
    search->query = query;
    search->level = level;
    search->seed = seed;
    cord_buf_init(&search->value, VALUE_BYTES_MAX);
    search->test = cord_query_test_new();
    search->match = cord_query_match_new(query);
    search->text = cord_block_text_new(query, level);
    search->arena = cord_arena_new(LEAF_BYTES_MAX);
    search->costs = calloc(cord_query_node_count(query) + 1U, sizeof *search->costs);
    if (!search->test || !search->match || !search->text || !search->arena || !search->costs) {
        cord_block_search_free(search);
        return NULL;
    }
    (void)set_costs(search, cord_query_condition(query));
    return search;
}

void cord_block_search_free(struct cord_block_search *search)
{
    if (!search) {
        return;
    }
    for (size_t i = 0; i < search->set_count; i++) {
        free(search->sets[i]);
    }
    free(search->sets);
    free(search->fields);
    free(search->verdicts);
    free(search->shape_alive);
    free(search->shape_start);
    free(search->row_at);
    free(search->costs);
    cord_arena_free(search->arena);
    cord_block_text_free(search->text);
    cord_rows_free(search->rebuilt);
    cord_query_match_free(search->match);
    cord_query_test_free(search->test);
    cord_buf_done(&search->value);
    free(search);
}

uint64_t cord_block_search_rebuilt(const struct cord_block_search *search)
{
    return search->rebuilt_count;
}

uint64_t cord_block_search_undecided(const struct cord_block_search *search)
{
    return cord_query_match_undecided(search->match);
}

/* --- sets --- */

uint64_t *cord_block_search_take(struct cord_block_search *search)
{
    if (search->set_used == search->set_count) {
        uint64_t **sets = realloc(search->sets, (search->set_count + 1) * sizeof *sets);
        if (!sets) {
            return NULL;
        }
        search->sets = sets;
        sets[search->set_count] = malloc(search->set_words * sizeof **sets);
        if (!sets[search->set_count]) {
            return NULL;
        }
        search->set_count++;
    }
    uint64_t *set = search->sets[search->set_used++];
    memset(set, 0, search->word_count * sizeof *set);
    return set;
}

void cord_block_search_give(struct cord_block_search *search, size_t count)
{
    search->set_used -= count;
}

static bool is_empty(const struct cord_block_search *search, const uint64_t *set)
{
    uint64_t any = 0;
    for (size_t i = 0; i < search->word_count; i++) {
        any |= set[i];
    }
    return any == 0;
}

static size_t count_rows(const struct cord_block_search *search, const uint64_t *set)
{
    size_t count = 0;
    for (size_t i = 0; i < search->word_count; i++) {
        count += (size_t)__builtin_popcountll(set[i]);
    }
    return count;
}

static void put_all(const struct cord_block_search *search, uint64_t *set)
{
    memset(set, 0xff, search->word_count * sizeof *set);
    if (search->row_count % 64 != 0) {
        set[search->word_count - 1] = (1ULL << (search->row_count % 64)) - 1;
    }
}

void cord_block_search_put_shape(const struct cord_block_search *search, uint32_t shape,
                                 uint64_t *set)
{
    for (uint32_t i = search->shape_start[shape]; i < search->shape_start[shape + 1]; i++) {
        cord_block_set_put(set, search->row_at[i]);
    }
}

cord_status cord_block_search_put_rows(struct cord_block_search *search, uint32_t shape,
                                       const struct cord_block_hole_at *hole,
                                       const uint8_t *answers, uint64_t *yes, uint64_t *unknown)
{
    const struct cord_block_entries *entries = NULL;
    cord_status status =
        cord_block_column_entries(search->block, hole->column, &entries, search->err);
    if (status != CORD_OK) {
        return status;
    }
    const uint32_t *rows = search->row_at + search->shape_start[shape];
    uint32_t count = search->shape_start[shape + 1] - search->shape_start[shape];
    for (uint32_t rank = 0; rank < count; rank++) {
        uint32_t entry = hole->start + rank;
        uint8_t answer = answers[entries->entries ? entries->entries[entry] : entry];
        if (answer != CORD_QUERY_NO) {
            cord_block_set_put(answer == CORD_QUERY_YES ? yes : unknown, rows[rank]);
        }
    }
    return CORD_OK;
}

/* --- values --- */

cord_status cord_block_search_hole(struct cord_block_search *search,
                                   const struct cord_block_hole_at *hole, uint32_t rank,
                                   cord_str *ret_text)
{
    const struct cord_block_entries *entries = NULL;
    uint32_t value = hole->value;
    cord_status status = CORD_OK;
    if (hole->column != CORD_BLOCK_COLUMN_NONE) {
        status = cord_block_column_entries(search->block, hole->column, &entries, search->err);
        if (status == CORD_OK) {
            uint32_t entry = hole->start + rank;
            value = entries->distinct[entries->entries ? entries->entries[entry] : entry];
        }
    }
    return status == CORD_OK
               ? cord_block_column_read(search->block, hole->part, value, ret_text, search->err)
               : status;
}

/* Cheaper than trying: equal text is at least as long, and begins alike. */
static bool may_equal(const struct cord_query_node *node, unsigned kind, cord_str value)
{
    cord_str folded = node->folded;
    if (kind == CORD_VALUE_NUMBER || folded.len == 0 || (folded.ptr[0] & 0x80) != 0) {
        return true;
    }
    if (value.len < folded.len) {
        /* Folding makes no ASCII text longer; other text might be. */
        for (size_t i = 0; i < folded.len; i++) {
            if ((folded.ptr[i] & 0x80) != 0) {
                return true;
            }
        }
        return false;
    }
    char first = value.ptr[0];
    return (first & 0x80) != 0 || first == '\\' || cord_str_lower_char(first) == folded.ptr[0];
}

static cord_status try_values(struct cord_block_search *search, const struct cord_query_node *node,
                              uint32_t column, struct cord_block_verdicts *verdicts)
{
    const uint32_t *distinct = NULL;
    uint32_t count = 0;
    unsigned kind = verdicts->what & 15;
    unsigned flags = verdicts->what >> 4;
    unsigned part = cord_block_column_part(search->block, column);
    cord_status status =
        cord_block_column_distinct(search->block, column, &distinct, &count, search->err);
    if (status != CORD_OK) {
        return status;
    }
    uint8_t *answers = cord_arena_zalloc(search->arena, count + 1U, 1);
    if (!answers) {
        return cord_arena_failure(search->arena);
    }
    verdicts->any = false;
    verdicts->answers = answers;
    for (uint32_t i = 0; i < count && status == CORD_OK; i++) {
        enum cord_query_answer answer = CORD_QUERY_NO;
        cord_str value;
        status = cord_block_column_read(search->block, part, distinct[i], &value, search->err);
        if (status != CORD_OK || (node->op == CORD_QUERY_EQUAL && !may_equal(node, kind, value))) {
            continue;
        }
        status = cord_query_test_value(search->test, node, (enum cord_value_kind)kind, flags, value,
                                       &answer);
        answers[i] = (uint8_t)answer;
        verdicts->any = verdicts->any || answer != CORD_QUERY_NO;
    }
    return status;
}

cord_status cord_block_search_verdicts(struct cord_block_search *search,
                                       const struct cord_query_node *node, uint32_t column,
                                       unsigned kind, unsigned flags,
                                       const struct cord_block_verdicts **ret)
{
    struct cord_block_verdicts *verdicts = &search->verdicts[column];
    unsigned what = kind | (flags & (CORD_VALUE_ESCAPED | CORD_VALUE_ASCII)) << 4;
    cord_status status = CORD_OK;
    if (!verdicts->answers || verdicts->what != what) {
        verdicts->what = what;
        status = try_values(search, node, column, verdicts);
    }
    *ret = verdicts;
    return status;
}

/* --- conditions --- */

/* Which shapes have a row in the set; all of them when it is full. */
static void find_alive(struct cord_block_search *search, const uint64_t *among)
{
    uint32_t shapes = cord_block_column_shapes(search->block);
    if (count_rows(search, among) == search->row_count) {
        memset(search->shape_alive, 1, shapes);
        return;
    }
    memset(search->shape_alive, 0, shapes);
    for (size_t i = 0; i < search->word_count; i++) {
        for (uint64_t word = among[i]; word != 0; word &= word - 1) {
            uint32_t row = (uint32_t)(i * 64) + (uint32_t)__builtin_ctzll(word);
            search->shape_alive[search->times->shape[row]] = 1;
        }
    }
}

static cord_status evaluate_leaf(struct cord_block_search *search,
                                 const struct cord_query_node *node, const uint64_t *among,
                                 uint64_t *yes, uint64_t *unknown)
{
    const struct cord_block_ask ask = {node, among, yes, unknown};
    cord_status status = CORD_OK;
    cord_arena_reset(search->arena);
    memset(search->verdicts, 0, cord_block_column_count(search->block) * sizeof *search->verdicts);
    find_alive(search, among);
    if (node->op == CORD_QUERY_ALL) {
        put_all(search, yes);
    } else if (node->field.text.len > 0) {
        status = cord_block_field_rows(search, &ask);
    } else if (node->op == CORD_QUERY_TEXT || node->op == CORD_QUERY_LIKE) {
        status = cord_block_text_rows(search, &ask);
    } else if (node->op == CORD_QUERY_CIDR) {
        status = cord_block_field_any(search, &ask);
    } else {
        put_all(search, unknown); /* an expression over the whole record */
    }
    for (size_t i = 0; i < search->word_count; i++) {
        yes[i] &= among[i];
        unknown[i] &= among[i] & ~yes[i];
    }
    return status;
}

static cord_status evaluate(struct cord_block_search *search, const struct cord_query_node *node,
                            const uint64_t *among, uint64_t *yes, uint64_t *unknown);

/* The children, the cheapest first; of AND each sees what is left of those
 * before, of OR what they left. */
/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the parser */
static cord_status evaluate_children(struct cord_block_search *search,
                                     const struct cord_query_node *node, const uint64_t *among,
                                     uint64_t *yes, uint64_t *unknown)
{
    bool is_or = node->op == CORD_QUERY_OR;
    uint64_t *left = cord_block_search_take(search);
    uint64_t *one = cord_block_search_take(search);
    uint64_t *maybe = cord_block_search_take(search);
    size_t bytes = search->word_count * sizeof *left;
    cord_status status = left && one && maybe ? CORD_OK : CORD_E_NOMEM;
    if (status == CORD_OK) {
        memcpy(left, among, bytes);
    }
    for (uint8_t cost = 0; cost < COSTS && status == CORD_OK; cost++) {
        for (size_t i = 0; i < node->child_count && status == CORD_OK; i++) {
            if (search->costs[node->children[i]->number] != cost || is_empty(search, left)) {
                continue;
            }
            memset(one, 0, bytes);
            memset(maybe, 0, bytes);
            status = evaluate(search, node->children[i], left, one, maybe);
            for (size_t w = 0; w < search->word_count && status == CORD_OK; w++) {
                yes[w] |= is_or ? one[w] : 0;
                unknown[w] |= maybe[w];
                left[w] &= is_or ? ~one[w] : one[w] | maybe[w];
            }
        }
    }
    for (size_t w = 0; w < search->word_count && status == CORD_OK; w++) {
        if (is_or) {
            unknown[w] &= ~yes[w];
        } else {
            unknown[w] &= left[w];
            yes[w] = left[w] & ~unknown[w];
        }
    }
    cord_block_search_give(search, (left != NULL) + (size_t)(one != NULL) + (maybe != NULL));
    return status;
}

/* Fills two empty sets. */
/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the parser */
static cord_status evaluate(struct cord_block_search *search, const struct cord_query_node *node,
                            const uint64_t *among, uint64_t *yes, uint64_t *unknown)
{
    if (node->child_count == 0) {
        return evaluate_leaf(search, node, among, yes, unknown);
    }
    if (node->op != CORD_QUERY_NOT) {
        return evaluate_children(search, node, among, yes, unknown);
    }
    cord_status status = evaluate(search, node->children[0], among, yes, unknown);
    for (size_t w = 0; w < search->word_count; w++) {
        yes[w] = among[w] & ~(yes[w] | unknown[w]);
    }
    return status;
}

/* --- rows put together again --- */

static cord_status match_rebuilt(struct cord_block_search *search, const uint32_t *which,
                                 uint64_t *yes)
{
    cord_status status = CORD_OK;
    size_t count = cord_rows_count(search->rebuilt);
    cord_query_match_from(search->match, search->rebuilt);
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        bool matches = false;
        status = cord_query_match_row(search->match, i, &matches);
        if (matches) {
            cord_block_set_put(yes, which[i]);
        }
    }
    search->rebuilt_count += count;
    return status;
}

/* One chunk of rows. Fewer, when they are too long to be held at once. */
static cord_status decide_some(struct cord_block_search *search, const uint32_t *which,
                               size_t count, size_t *ret_taken, uint64_t *yes)
{
    cord_status status = CORD_E_LIMIT;
    for (; count > 0 && status == CORD_E_LIMIT; count /= 2) {
        cord_rows_reset(search->rebuilt);
        status = cord_block_unpack(search->block, which, count, search->rebuilt, search->err);
        if (status == CORD_OK) {
            *ret_taken = count;
            return match_rebuilt(search, which, yes);
        }
    }
    return status;
}

static cord_status decide(struct cord_block_search *search, const uint64_t *unknown, uint64_t *yes)
{
    uint32_t which[REBUILD_ROWS] = {0};
    cord_status status = CORD_OK;
    if (!search->rebuilt) {
        search->rebuilt = cord_rows_new(CORD_BLOCK_SEARCH_REBUILT, search->seed);
        if (!search->rebuilt) {
            return CORD_E_NOMEM;
        }
    }
    for (uint32_t row = 0; row < search->row_count && status == CORD_OK;) {
        size_t count = 0;
        for (; row < search->row_count && count < REBUILD_ROWS; row++) {
            if (cord_block_set_has(unknown, row)) {
                which[count++] = row;
            }
        }
        for (size_t at = 0; at < count && status == CORD_OK;) {
            size_t taken = 0;
            status = decide_some(search, which + at, count - at, &taken, yes);
            at += taken;
        }
    }
    return status;
}

/* --- a block --- */

static void *room(void *items, size_t *cap, size_t count, size_t item_bytes)
{
    if (count <= *cap) {
        return items;
    }
    void *grown = realloc(items, count * item_bytes);
    if (grown) {
        *cap = count;
    }
    return grown;
}

static cord_status make_room(struct cord_block_search *search)
{
    size_t shapes = cord_block_column_shapes(search->block);
    size_t shape_cap = search->shape_cap;
    uint32_t *row_at =
        room(search->row_at, &search->row_cap, search->row_count + 1U, sizeof *row_at);
    search->row_at = row_at ? row_at : search->row_at;
    uint32_t *start = room(search->shape_start, &shape_cap, shapes + 2, sizeof *start);
    search->shape_start = start ? start : search->shape_start;
    uint8_t *alive = room(search->shape_alive, &search->shape_cap, shapes + 2, sizeof *alive);
    search->shape_alive = alive ? alive : search->shape_alive;
    struct cord_block_verdicts *verdicts =
        room(search->verdicts, &search->verdict_cap, cord_block_column_count(search->block) + 1U,
             sizeof *verdicts);
    search->verdicts = verdicts ? verdicts : search->verdicts;
    uint8_t *fields = room(search->fields, &search->field_cap,
                           cord_block_column_fields(search->block) + 1U, sizeof *fields);
    search->fields = fields ? fields : search->fields;
    return row_at && start && alive && verdicts && fields ? CORD_OK : CORD_E_NOMEM;
}

/* Sets of an earlier block may be too small. */
static void fit_sets(struct cord_block_search *search)
{
    search->word_count = (search->row_count + 63U) / 64;
    search->set_used = 0;
    if (search->word_count > search->set_words) {
        for (size_t i = 0; i < search->set_count; i++) {
            free(search->sets[i]);
        }
        search->set_count = 0;
        search->set_words = search->word_count;
    }
}

/* Rows within the range. */
static void put_range(struct cord_block_search *search, const struct cord_range *range,
                      uint64_t *set)
{
    const struct cord_block_head *head = cord_block_head(search->block);
    bool any_time = cord_range_has_times(range, head->when_min_ns, head->when_max_ns);
    uint32_t shapes = cord_block_column_shapes(search->block);
    for (uint32_t shape = 0; shape < shapes; shape++) {
        const struct cord_origin *origin = cord_block_column_origin(
            search->block, cord_block_column_shape(search->block, shape)->origin);
        if (cord_range_has_origin(range, origin)) {
            cord_block_search_put_shape(search, shape, set);
        }
    }
    for (uint32_t row = 0; !any_time && row < search->row_count; row++) {
        int64_t when = search->times->when_ns[row];
        if (!cord_range_has_times(range, when, when)) {
            set[row / 64] &= ~(1ULL << (row % 64));
        }
    }
}

static cord_status begin_block(struct cord_block_search *search)
{
    search->row_count = cord_block_head(search->block)->row_count;
    fit_sets(search);
    cord_status status = make_room(search);
    if (status == CORD_OK) {
        status = cord_block_column_when(search->block, &search->times, search->err);
    }
    if (status == CORD_OK) {
        cord_block_column_place(search->block, search->times, search->shape_start, search->row_at);
    }
    return status;
}

cord_status cord_block_search_run(struct cord_block_search *search, struct cord_block *block,
                                  const struct cord_range *range, const uint64_t **ret_rows,
                                  size_t *ret_count, struct cord_error *err)
{
    search->block = block;
    search->err = err;
    cord_status status = begin_block(search);
    uint64_t *among = status == CORD_OK ? cord_block_search_take(search) : NULL;
    uint64_t *yes = among ? cord_block_search_take(search) : NULL;
    uint64_t *unknown = yes ? cord_block_search_take(search) : NULL;
    if (status == CORD_OK && !unknown) {
        status = CORD_E_NOMEM;
    }
    if (status == CORD_OK) {
        put_range(search, range, among);
        if (!is_empty(search, among)) {
            status = evaluate(search, cord_query_condition(search->query), among, yes, unknown);
        }
    }
    if (status == CORD_OK && !is_empty(search, unknown)) {
        status = decide(search, unknown, yes);
    }
    if (status == CORD_OK) {
        *ret_rows = yes;
        *ret_count = count_rows(search, yes);
    }
    return status;
}
