/* backtest.c: what is counted; see backtest.h. backtest_run.c walks the store. */
#include "wire/backtest_internal.h"

#include <stdlib.h>

#include "base/vec.h"

#define TEXT_BYTES_MAX ((size_t)512 << 20)
#define DAY_NS         (86400 * CORD_SECOND_NS)

enum {
    BUCKETS_MAX = 1 << 20, /* days, hosts and organisations told apart, of all rules together */
    KEY_BYTES_MAX = 32 + CORD_FINDING_VALUE_BYTES,
};

/* --- one rule, with what it leans on --- */

static bool is_of(const struct cord_rule_about *about, cord_str rule)
{
    return cord_str_eq(about->id.len > 0 ? about->id : about->title, rule);
}

/* The depth of correlations is CORD_CORRELATION_CHAIN_MAX. */
/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded */
static void need(struct cord_backtest *backtest, const struct cord_correlation *correlation)
{
    size_t rules = cord_collection_rule_count(backtest->collection);
    backtest->needed[rules + correlation->number] = true;
    for (size_t i = 0; i < correlation->step_count; i++) {
        const struct cord_correlation_step *step = &correlation->steps[i];
        if (step->rule) {
            backtest->needed[step->rule->number] = true;
        } else if (step->correlation) {
            need(backtest, step->correlation);
        }
    }
}

/* CORD_E_NOENT: no rule is of that id. */
static cord_status choose(struct cord_backtest *backtest, cord_str rule, struct cord_error *err)
{
    const struct cord_collection *collection = backtest->collection;
    size_t rules = cord_collection_rule_count(collection);
    size_t correlations = cord_collection_correlation_count(collection);
    bool any = false;
    if (rule.len == 0) {
        return CORD_OK;
    }
    backtest->needed = calloc(rules + correlations + 1, sizeof *backtest->needed);
    if (!backtest->needed) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < rules; i++) {
        bool is = is_of(&cord_collection_rule(collection, i)->about, rule);
        backtest->needed[i] = backtest->needed[i] || is;
        any = any || is;
    }
    for (size_t i = 0; i < correlations; i++) {
        const struct cord_correlation *correlation = cord_collection_correlation(collection, i);
        if (is_of(&correlation->about, rule)) {
            need(backtest, correlation);
            any = true;
        }
    }
    return any ? CORD_OK : cord_error_set(err, CORD_E_NOENT, "no rule '%.*s'", CORD_STR_ARG(rule));
}

/* Those that are run: matches keep the rules' own numbers. */
static cord_status compile(struct cord_backtest *backtest, struct cord_error *err)
{
    const struct cord_ruleset_options options = {.seed = backtest->options.seed};
    const struct cord_collection *collection = backtest->collection;
    size_t count = cord_collection_rule_count(collection), kept = 0;
    const struct cord_rule **rules = calloc(count + 1, sizeof *rules);
    if (!rules) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        if (!backtest->needed || backtest->needed[i]) {
            rules[kept++] = cord_collection_rule(collection, i);
        }
    }
    cord_status status = cord_ruleset_compile_rules(rules, kept, &options, &backtest->ruleset, err);
    free(rules);
    return status;
}

static cord_status list_entries(struct cord_backtest *backtest)
{
    const struct cord_collection *collection = backtest->collection;
    size_t rules = cord_collection_rule_count(collection);
    size_t count = rules + cord_collection_correlation_count(collection);
    backtest->entries = calloc(count + 1, sizeof *backtest->entries);
    backtest->shown = calloc(count + 1, sizeof *backtest->shown);
    if (!backtest->entries || !backtest->shown) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        struct cord_backtest_result *result = &backtest->entries[i].open;
        bool silent;
        if (i < rules) {
            result->rule = cord_collection_rule(collection, i);
            silent = result->rule->silent;
        } else {
            result->correlation = cord_collection_correlation(collection, i - rules);
            silent = result->correlation->silent;
        }
        result->first_ns = CORD_TIME_NONE;
        result->last_ns = CORD_TIME_NONE;
        if (!silent && (!backtest->needed || backtest->needed[i])) {
            backtest->shown[backtest->shown_count++] = (uint32_t)i;
        }
    }
    return CORD_OK;
}

cord_status cord_backtest_new(const struct cord_collection *collection,
                              const struct cord_backtest_options *options,
                              struct cord_backtest **ret_backtest, struct cord_error *err)
{
    cord_status status = CORD_E_NOMEM;
    struct cord_backtest *backtest = calloc(1, sizeof *backtest);
    if (!backtest) {
        return cord_error_set(err, status, "out of memory");
    }
    backtest->collection = collection;
    backtest->options = *options;
    cord_map_init(&backtest->bucket_map, options->seed);
    backtest->texts = cord_arena_new(TEXT_BYTES_MAX);
    status = choose(backtest, options->rule, err);
    if (status != CORD_OK) {
        goto fail;
    }
    if (!backtest->texts || list_entries(backtest) != CORD_OK) {
        status = cord_error_set(err, CORD_E_NOMEM, "out of memory");
        goto fail;
    }
    status = compile(backtest, err);
    if (status != CORD_OK) {
        goto fail;
    }
    *ret_backtest = backtest;
    return CORD_OK;

fail:
    cord_backtest_free(backtest);
    return status;
}

void cord_backtest_free(struct cord_backtest *backtest)
{
    if (backtest) {
        cord_ruleset_unref(backtest->ruleset);
        free(backtest->buckets);
        free(backtest->shown);
        free(backtest->entries);
        free(backtest->needed);
        cord_map_done(&backtest->bucket_map);
        cord_arena_free(backtest->texts);
        free(backtest);
    }
}

static cord_str bucket_key(const struct cord_backtest_bucket *bucket, char bytes[KEY_BYTES_MAX])
{
    size_t len = 0;
    memcpy(bytes, &bucket->entry, sizeof bucket->entry);
    len += sizeof bucket->entry;
    bytes[len++] = (char)bucket->kind;
    memcpy(bytes + len, &bucket->day, sizeof bucket->day);
    len += sizeof bucket->day;
    for (size_t i = 0; i < bucket->name.len; i++) {
        bytes[len++] = cord_str_lower_char(bucket->name.ptr[i]);
    }
    return (cord_str){bytes, len};
}

/* One hit more in the bucket that is like this one; false: no room for it. */
static bool count_hit(struct cord_backtest *backtest, struct cord_backtest_bucket like)
{
    char bytes[KEY_BYTES_MAX];
    like.name = cord_str_slice(like.name, 0, CORD_FINDING_VALUE_BYTES);
    cord_str key = bucket_key(&like, bytes);
    uint32_t at = cord_map_get(&backtest->bucket_map, key);
    if (at != CORD_MAP_NONE) {
        backtest->buckets[at].hits++;
        return true;
    }
    struct cord_backtest_bucket *buckets = NULL;
    if (backtest->bucket_count < BUCKETS_MAX) {
        buckets = cord_vec_room(backtest->buckets, backtest->bucket_count, &backtest->bucket_cap,
                                sizeof *buckets);
    }
    if (!buckets) {
        return false;
    }
    backtest->buckets = buckets;
    key = cord_arena_copy(backtest->texts, key);
    like.name = cord_arena_copy(backtest->texts, like.name);
    if (!key.ptr || !like.name.ptr ||
        cord_map_put(&backtest->bucket_map, key, (uint32_t)backtest->bucket_count) != CORD_OK) {
        return false;
    }
    like.hits = 1;
    buckets[backtest->bucket_count++] = like;
    return true;
}

/* The first few, and then only those of hosts that are not among them. */
static bool is_wanted(const struct cord_backtest_entry *entry, size_t max, cord_str host)
{
    size_t count = entry->open.example_count;
    if (count < max / 2 || count >= max) {
        return count < max;
    }
    for (size_t i = 0; i < count; i++) {
        if (cord_str_eq_fold(entry->examples[i].host, host)) {
            return false;
        }
    }
    return true;
}

static cord_status add_example(struct cord_backtest *backtest, struct cord_backtest_entry *entry,
                               const struct cord_finding *finding, cord_str organisation)
{
    struct cord_arena *texts = backtest->texts;
    size_t max = backtest->options.examples_max;
    if (!is_wanted(entry, max, finding->host)) {
        return CORD_OK;
    }
    if (!entry->examples) {
        entry->examples = cord_arena_zalloc(texts, max, sizeof *entry->examples);
        entry->open.examples = entry->examples;
    }
    const struct cord_backtest_example example = {
        .evidence = finding->evidence,
        .source = cord_arena_copy(texts, finding->source),
        .record = finding->record,
        .time_ns = finding->time_ns,
        .organisation = cord_arena_copy(texts, organisation),
        .host = cord_arena_copy(texts, finding->host),
        .user = cord_arena_copy(texts, finding->user),
    };
    if (!entry->examples || !example.source.ptr || !example.organisation.ptr || !example.host.ptr ||
        !example.user.ptr) {
        return CORD_E_NOMEM;
    }
    entry->examples[entry->open.example_count++] = example;
    return CORD_OK;
}

/* Rounded down, before 1970 as well. */
static int64_t day_of(int64_t time_ns)
{
    int64_t day = time_ns / DAY_NS;
    return time_ns < day * DAY_NS ? day - 1 : day;
}

cord_status cord_backtest_add(struct cord_backtest *backtest, const struct cord_finding *finding,
                              cord_str organisation)
{
    size_t rules = cord_collection_rule_count(backtest->collection);
    size_t at = finding->rule ? finding->rule->number : rules + finding->correlation->number;
    struct cord_backtest_entry *entry = &backtest->entries[at];
    struct cord_backtest_result *result = &entry->open;
    bool room = true;
    result->hits++;
    if (finding->time_ns == CORD_TIME_NONE) {
        result->undated++;
    } else {
        bool first = result->first_ns == CORD_TIME_NONE || finding->time_ns < result->first_ns;
        result->first_ns = first ? finding->time_ns : result->first_ns;
        result->last_ns = finding->time_ns > result->last_ns ? finding->time_ns : result->last_ns;
        room = count_hit(backtest, (struct cord_backtest_bucket){.entry = (uint32_t)at,
                                                                 .kind = CORD_BACKTEST_DAY,
                                                                 .day = day_of(finding->time_ns)});
    }
    room = count_hit(backtest, (struct cord_backtest_bucket){.entry = (uint32_t)at,
                                                             .kind = CORD_BACKTEST_HOST,
                                                             .name = finding->host}) &&
           room;
    room = count_hit(backtest, (struct cord_backtest_bucket){.entry = (uint32_t)at,
                                                             .kind = CORD_BACKTEST_ORGANISATION,
                                                             .name = organisation}) &&
           room;
    result->left_out += room ? 0 : 1;
    return add_example(backtest, entry, finding, organisation);
}

/* By entry and kind; days in order, names by hits. */
static int compare_buckets(const void *a, const void *b)
{
    const struct cord_backtest_bucket *left = a;
    const struct cord_backtest_bucket *right = b;
    if (left->entry != right->entry) {
        return left->entry < right->entry ? -1 : 1;
    }
    if (left->kind != right->kind) {
        return left->kind < right->kind ? -1 : 1;
    }
    if (left->day != right->day) {
        return left->day < right->day ? -1 : 1;
    }
    if (left->kind != CORD_BACKTEST_DAY && left->hits != right->hits) {
        return left->hits > right->hits ? -1 : 1;
    }
    return cord_str_compare(left->name, right->name);
}

/* Buckets from..to are one kind of one entry. */
static cord_status show_run(struct cord_backtest *backtest, size_t from, size_t to)
{
    const struct cord_backtest_bucket *first = &backtest->buckets[from];
    struct cord_backtest_result *result = &backtest->entries[first->entry].open;
    size_t count = to - from;
    if (first->kind == CORD_BACKTEST_DAY) {
        struct cord_backtest_day *days = cord_arena_zalloc(backtest->texts, count, sizeof *days);
        for (size_t i = 0; days && i < count; i++) {
            days[i] = (struct cord_backtest_day){first[i].day * DAY_NS, first[i].hits};
        }
        result->days = days;
        result->day_count = days ? count : 0;
        return days ? CORD_OK : CORD_E_NOMEM;
    }
    struct cord_backtest_count *counts = cord_arena_zalloc(backtest->texts, count, sizeof *counts);
    for (size_t i = 0; counts && i < count; i++) {
        counts[i] = (struct cord_backtest_count){first[i].name, first[i].hits};
    }
    if (first->kind == CORD_BACKTEST_HOST) {
        result->hosts = counts;
        result->host_count = counts ? count : 0;
    } else {
        result->organisations = counts;
        result->organisation_count = counts ? count : 0;
    }
    return counts ? CORD_OK : CORD_E_NOMEM;
}

cord_status cord_backtest_finish(struct cord_backtest *backtest)
{
    const struct cord_backtest_bucket *buckets = backtest->buckets;
    cord_status status = CORD_OK;
    if (backtest->bucket_count == 0) {
        return CORD_OK;
    }
    qsort(backtest->buckets, backtest->bucket_count, sizeof *buckets, compare_buckets);
    for (size_t from = 0; from < backtest->bucket_count && status == CORD_OK;) {
        size_t to = from + 1;
        while (to < backtest->bucket_count && buckets[to].entry == buckets[from].entry &&
               buckets[to].kind == buckets[from].kind) {
            to++;
        }
        status = show_run(backtest, from, to);
        from = to;
    }
    return status;
}

size_t cord_backtest_result_count(const struct cord_backtest *backtest)
{
    return backtest->shown_count;
}

const struct cord_backtest_result *cord_backtest_result(const struct cord_backtest *backtest,
                                                        size_t at)
{
    return &backtest->entries[backtest->shown[at]].open;
}
