/* naive_correlation.c: see naive_correlation.h. Runs out of memory by abort. */
#include "kit/naive_correlation.h"

#include "base/arena.h"
#include "base/fold.h"
#include "detect/correlation_expression.h"

#include <stdio.h>
#include <stdlib.h>

/* One thing a correlation hears of: a match, or a completion below it. */
struct item {
    int64_t time_ns;
    struct cord_correlator_ref ref;
    uint32_t step;
    size_t rank[3]; /* order within one instant: kind, event or depth, place */
    const struct naive_event *event;
    const struct naive_completion *below; /* NULL for a match */
    cord_str group[CORD_CORRELATION_GROUP_MAX];
    cord_str fields[CORD_CORRELATION_FIELDS_MAX];
    cord_fixed number;
    int64_t fired_ns; /* of a share, with this item's value */
};

struct fired {
    struct naive_completion completion;
    const struct naive_event *event; /* the last that contributed */
    size_t trigger;                  /* its place, for the order of parents */
    bool deferred;
    size_t depth;
};

struct output {
    struct fired *items;
    size_t count;
};

struct run {
    const struct cord_correlation *const *correlations;
    size_t count;
    const struct naive_event *events;
    size_t event_count;
    struct output *outputs; /* by correlation */
};

static void *grown(void *items, size_t count, size_t size)
{
    void *bigger = realloc(items, (count + 1) * size);
    if (!bigger) {
        abort();
    }
    return bigger;
}

cord_str naive_event_value(const struct naive_event *event, cord_str name)
{
    for (size_t i = 0; i < event->field_count; i++) {
        if (cord_str_eq(event->names[i], name)) {
            return event->values[i];
        }
    }
    return (cord_str){0};
}

static size_t index_of(const struct run *run, const struct cord_correlation *correlation)
{
    size_t at = 0;
    while (run->correlations[at] != correlation) {
        at++;
    }
    return at;
}

static size_t depth_of(const struct cord_correlation *correlation)
{
    size_t depth = 0;
    for (size_t i = 0; i < correlation->step_count; i++) {
        const struct cord_correlation *child = correlation->steps[i].correlation;
        size_t below = child ? depth_of(child) : 0;
        depth = below > depth ? below : depth;
    }
    return depth + 1;
}

static cord_str look_up(const struct item *item, cord_str name)
{
    const struct naive_completion *below = item->below;
    for (size_t i = 0; below && i < below->correlation->group_count; i++) {
        if (cord_str_eq(below->correlation->group_by[i], name)) {
            return below->group_values[i];
        }
    }
    return naive_event_value(item->event, name);
}

/* False when it lacks what the correlation looks at. */
static bool fill(const struct cord_correlation *c, struct item *item)
{
    const struct cord_correlation_step *step = &c->steps[item->step];
    for (size_t i = 0; i < c->group_count; i++) {
        item->group[i] = look_up(item, step->group_fields[i]);
        if (!item->group[i].ptr) {
            return false;
        }
    }
    for (size_t i = 0; i < c->field_count; i++) {
        item->fields[i] = look_up(item, step->value_fields[i]);
        if (!item->fields[i].ptr) {
            return false;
        }
    }
    bool numeric = c->type == CORD_CORRELATION_VALUE_SUM || c->type == CORD_CORRELATION_VALUE_AVG ||
                   (c->type == CORD_CORRELATION_VALUE_PERCENTILE && c->has_percentile);
    item->fired_ns = CORD_TIME_NONE;
    return !numeric || cord_fixed_parse(item->fields[0], &item->number);
}

static int compare_items(const void *a, const void *b)
{
    const struct item *x = a;
    const struct item *y = b;
    if (x->time_ns != y->time_ns) {
        return x->time_ns < y->time_ns ? -1 : 1;
    }
    for (size_t i = 0; i < 3; i++) {
        if (x->rank[i] != y->rank[i]) {
            return x->rank[i] < y->rank[i] ? -1 : 1;
        }
    }
    return 0;
}

static size_t gather(const struct run *run, const struct cord_correlation *c,
                     struct item **ret_items)
{
    struct item *items = NULL;
    size_t count = 0;
    for (uint32_t s = 0; s < c->step_count; s++) {
        const struct cord_correlation *child = c->steps[s].correlation;
        for (size_t e = 0; e < run->event_count; e++) {
            for (size_t r = 0; r < run->events[e].rule_count; r++) {
                struct item item = {.time_ns = run->events[e].time_ns, .ref = run->events[e].ref};
                item.step = s;
                item.event = &run->events[e];
                item.rank[1] = e * NAIVE_RULES_MAX + r;
                if (c->steps[s].rule == run->events[e].rules[r] && !child && fill(c, &item)) {
                    items = grown(items, count, sizeof *items);
                    items[count++] = item;
                }
            }
        }
        const struct output *below = child ? &run->outputs[index_of(run, child)] : NULL;
        for (size_t i = 0; below && i < below->count; i++) {
            const struct fired *fired = &below->items[i];
            struct item item = {.time_ns = fired->completion.time_ns, .ref = fired->event->ref};
            item.step = s;
            item.event = fired->event;
            item.below = &fired->completion;
            item.rank[0] = fired->deferred;
            item.rank[1] = fired->deferred ? fired->depth : fired->trigger;
            item.rank[2] = fired->deferred ? index_of(run, child) + 1 : 100 - fired->depth;
            if (fill(c, &item)) {
                items = grown(items, count, sizeof *items);
                items[count++] = item;
            }
        }
    }
    if (count > 0) {
        qsort(items, count, sizeof *items, compare_items);
    }
    *ret_items = items;
    return count;
}

static bool same_texts(const cord_str *a, const cord_str *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!cord_fold_eq(a[i], b[i])) {
            return false;
        }
    }
    return true;
}

static bool same_ref(struct cord_correlator_ref a, struct cord_correlator_ref b)
{
    return a.record == b.record && a.source == b.source;
}

/* Longest run of different events in the order of the rules; of those the one
 * that begins last. */
static size_t longest(struct item *const *w, size_t n, int64_t *ret_start)
{
    size_t best = 0;
    size_t(*length)[CORD_CORRELATION_ORDERED_MAX + 1] = NULL;
    int64_t(*start)[CORD_CORRELATION_ORDERED_MAX + 1] = NULL;
    length = calloc(n + 1, sizeof *length);
    start = calloc(n + 1, sizeof *start);
    if (!length || !start) {
        abort();
    }
    for (size_t i = 0; i < n; i++) {
        length[i][1] = 1;
        start[i][1] = w[i]->time_ns;
        for (size_t j = 0; j < i; j++) {
            if (w[j]->step >= w[i]->step || same_ref(w[j]->ref, w[i]->ref)) {
                continue;
            }
            for (size_t k = 1; k < CORD_CORRELATION_ORDERED_MAX; k++) {
                if (length[j][k] && (!length[i][k + 1] || start[j][k] > start[i][k + 1])) {
                    length[i][k + 1] = 1;
                    start[i][k + 1] = start[j][k];
                }
            }
        }
        for (size_t k = 1; k <= CORD_CORRELATION_ORDERED_MAX; k++) {
            if (length[i][k] && (k > best || (k == best && start[i][k] > *ret_start))) {
                best = k;
                *ret_start = start[i][k];
            }
        }
    }
    free(length);
    free(start);
    return best;
}

static int compare_fixed(const void *a, const void *b)
{
    cord_fixed x = *(const cord_fixed *)a;
    cord_fixed y = *(const cord_fixed *)b;
    return x < y ? -1 : x > y;
}

static cord_fixed percentile(const struct cord_correlation *c, struct item *const *w, size_t n)
{
    cord_fixed *numbers = calloc(n, sizeof *numbers);
    if (!numbers) {
        abort();
    }
    for (size_t i = 0; i < n; i++) {
        numbers[i] = w[i]->number;
    }
    qsort(numbers, n, sizeof *numbers, compare_fixed);
    size_t rank = 1;
    while ((cord_fixed)rank * 100 * CORD_FIXED_ONE < c->percentile * (cord_fixed)n) {
        rank++;
    }
    cord_fixed value = numbers[rank - 1];
    free(numbers);
    return value;
}

/* The window's measure as value / divisor. */
static bool judge(const struct cord_correlation *c, struct item *const *w, size_t n,
                  cord_fixed *ret_value, uint64_t *ret_divisor, int64_t *ret_start)
{
    size_t distinct = 0;
    size_t same = 0;
    uint64_t present = 0;
    cord_fixed sum = 0;
    for (size_t i = 0; i < n; i++) {
        bool seen = false;
        for (size_t j = 0; j < i && !seen; j++) {
            seen = c->type == CORD_CORRELATION_TEMPORAL
                       ? w[i]->step == w[j]->step
                       : same_texts(w[i]->fields, w[j]->fields, c->field_count);
        }
        distinct += !seen;
        same += same_texts(w[i]->fields, w[n - 1]->fields, c->field_count);
        present |= UINT64_C(1) << w[i]->step;
        sum += w[i]->number;
    }
    *ret_divisor = 1;
    *ret_start = w[0]->time_ns;
    switch (c->type) {
    case CORD_CORRELATION_EVENT_COUNT:
        *ret_value = (cord_fixed)n * CORD_FIXED_ONE;
        break;
    case CORD_CORRELATION_VALUE_COUNT:
    case CORD_CORRELATION_TEMPORAL:
        *ret_value = (cord_fixed)distinct * CORD_FIXED_ONE;
        break;
    case CORD_CORRELATION_TEMPORAL_ORDERED: {
        int64_t start = 0;
        *ret_value = (cord_fixed)longest(w, n, &start) * CORD_FIXED_ONE;
        *ret_start = c->deferred ? w[0]->time_ns : start;
        break;
    }
    case CORD_CORRELATION_VALUE_SUM:
        *ret_value = sum;
        break;
    case CORD_CORRELATION_VALUE_AVG:
        *ret_value = sum;
        *ret_divisor = n;
        break;
    case CORD_CORRELATION_VALUE_PERCENTILE:
        if (c->has_percentile) {
            *ret_value = percentile(c, w, n);
        } else {
            *ret_value = (cord_fixed)same * 100 * CORD_FIXED_ONE;
            *ret_divisor = n;
        }
        break;
    }
    return c->expression ? cord_correlation_expression_holds(c->expression, c->node_count, present)
                         : cord_correlation_holds(c, *ret_value, *ret_divisor);
}

static void put(struct run *run, const struct cord_correlation *c, struct item *const *w, size_t n,
                int64_t time_ns)
{
    struct output *output = &run->outputs[index_of(run, c)];
    struct fired fired = {.event = w[n - 1]->event, .deferred = c->deferred, .depth = depth_of(c)};
    cord_fixed value = 0;
    uint64_t divisor = 1;
    (void)judge(c, w, n, &value, &divisor, &fired.completion.first_ns);
    fired.trigger = (size_t)(w[n - 1]->event - run->events) * NAIVE_RULES_MAX;
    for (size_t r = 0; !w[n - 1]->below && r < w[n - 1]->event->rule_count; r++) {
        fired.trigger += w[n - 1]->event->rules[r] == c->steps[w[n - 1]->step].rule ? r : 0;
    }
    fired.completion.correlation = c;
    fired.completion.time_ns = time_ns;
    fired.completion.last_ns = w[n - 1]->time_ns;
    fired.completion.value = value / (cord_fixed)divisor;
    for (size_t i = 0; i < c->group_count; i++) {
        fired.completion.group_values[i] = w[n - 1]->group[i];
    }
    output->items = grown(output->items, output->count, sizeof *output->items);
    output->items[output->count++] = fired;
}

static void run_immediate(struct run *run, const struct cord_correlation *c, struct item **g,
                          size_t n)
{
    bool share = c->type == CORD_CORRELATION_VALUE_PERCENTILE;
    for (size_t i = 0; i < n; i++) {
        size_t from = i;
        int64_t cutoff = g[i]->time_ns - c->timespan_ns;
        bool quiet = false;
        cord_fixed value = 0;
        uint64_t divisor = 1;
        int64_t start = 0;
        while (from > 0 && g[from - 1]->time_ns >= cutoff) {
            from--;
        }
        for (size_t j = 0; j < i; j++) {
            quiet = quiet || (g[j]->fired_ns != CORD_TIME_NONE && g[j]->fired_ns >= cutoff &&
                              (!share || same_texts(g[j]->fields, g[i]->fields, c->field_count)));
        }
        if (judge(c, g + from, i - from + 1, &value, &divisor, &start) && !quiet) {
            g[i]->fired_ns = g[i]->time_ns;
            put(run, c, g + from, i - from + 1, g[i]->time_ns);
        }
    }
}

static void run_deferred(struct run *run, const struct cord_correlation *c, struct item **g,
                         size_t n)
{
    size_t reached = 0; /* events in windows looked at so far */
    int64_t fired = CORD_TIME_NONE;
    for (size_t i = 0; i < n; i++) {
        size_t to = i;
        cord_fixed value = 0;
        uint64_t divisor = 1;
        int64_t start = 0;
        while (to < n && g[to]->time_ns <= g[i]->time_ns + c->timespan_ns) {
            to++;
        }
        if (to <= reached) {
            continue; /* part of the window before it */
        }
        reached = to;
        if (judge(c, g + i, to - i, &value, &divisor, &start) && g[i]->time_ns > fired) {
            fired = g[to - 1]->time_ns;
            put(run, c, g + i, to - i, g[i]->time_ns + c->timespan_ns);
        }
    }
}

static void run_one(struct run *run, const struct cord_correlation *c)
{
    struct item *items = NULL;
    size_t count = gather(run, c, &items);
    struct item **group = calloc(count + 1, sizeof *group);
    bool *done = calloc(count + 1, sizeof *done);
    if (!group || !done) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        size_t n = 0;
        for (size_t j = i; j < count; j++) {
            if (!done[j] && same_texts(items[i].group, items[j].group, c->group_count)) {
                done[j] = true;
                group[n++] = &items[j];
            }
        }
        if (n > 0) {
            (c->deferred ? run_deferred : run_immediate)(run, c, group, n);
        }
    }
    free(done);
    free(group);
    free(items);
}

void naive_completions_add(struct naive_completions *completions,
                           const struct naive_completion *completion)
{
    completions->items = grown(completions->items, completions->count, sizeof *completions->items);
    completions->items[completions->count++] = *completion;
}

void naive_completions_keep(struct naive_completions *completions,
                            const struct cord_correlator_completion *completion,
                            struct cord_arena *arena)
{
    struct naive_completion kept = {
        .correlation = completion->correlation,
        .time_ns = completion->time_ns,
        .first_ns = completion->first_ns,
        .last_ns = completion->last_ns,
        .value = completion->value,
        .value_at_least = completion->value_at_least,
    };
    for (size_t i = 0; i < completion->correlation->group_count; i++) {
        kept.group_values[i] = cord_arena_copy(arena, completion->group_values[i]);
    }
    naive_completions_add(completions, &kept);
}

void naive_correlation_run(const struct cord_correlation *const *correlations, size_t count,
                           const struct naive_event *events, size_t event_count,
                           struct naive_completions *ret_completions)
{
    struct run run = {correlations, count, events, event_count, NULL};
    run.outputs = calloc(count + 1, sizeof *run.outputs);
    if (!run.outputs) {
        abort();
    }
    for (size_t depth = 1; depth <= CORD_CORRELATION_CHAIN_MAX; depth++) {
        for (size_t i = 0; i < count; i++) {
            if (correlations[i]->refusal.len == 0 && depth_of(correlations[i]) == depth) {
                run_one(&run, correlations[i]);
            }
        }
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; !correlations[i]->silent && j < run.outputs[i].count; j++) {
            naive_completions_add(ret_completions, &run.outputs[i].items[j].completion);
        }
    }
    for (size_t i = 0; i < count; i++) {
        free(run.outputs[i].items);
    }
    free(run.outputs);
}

static int compare_folded(cord_str a, cord_str b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        char x = cord_str_lower_char(a.ptr[i]);
        char y = cord_str_lower_char(b.ptr[i]);
        if (x != y) {
            return x < y ? -1 : 1;
        }
    }
    return a.len < b.len ? -1 : a.len > b.len;
}

static int compare_completions(const void *a, const void *b)
{
    const struct naive_completion *x = a;
    const struct naive_completion *y = b;
    if (x->correlation != y->correlation) {
        return x->correlation->number < y->correlation->number ? -1 : 1;
    }
    if (x->time_ns != y->time_ns) {
        return x->time_ns < y->time_ns ? -1 : 1;
    }
    for (size_t i = 0; i < x->correlation->group_count; i++) {
        int order = compare_folded(x->group_values[i], y->group_values[i]);
        if (order != 0) {
            return order;
        }
    }
    return x->value < y->value ? -1 : x->value > y->value;
}

void naive_completions_sort(struct naive_completions *completions)
{
    if (completions->count > 0) {
        qsort(completions->items, completions->count, sizeof *completions->items,
              compare_completions);
    }
}

const char *naive_completions_differ(const struct naive_completions *wanted,
                                     const struct naive_completions *got)
{
    static char text[256];
    if (wanted->count != got->count) {
        (void)snprintf(text, sizeof text, "%zu completions, not %zu", got->count, wanted->count);
        return text;
    }
    for (size_t i = 0; i < wanted->count; i++) {
        const struct naive_completion *w = &wanted->items[i];
        const struct naive_completion *g = &got->items[i];
        const char *what =
            w->correlation != g->correlation             ? "correlation"
            : w->time_ns != g->time_ns                   ? "time"
            : w->last_ns != g->last_ns                   ? "last"
            : !g->value_at_least && w->value != g->value ? "value"
            : g->value_at_least && w->value < g->value   ? "value"
            : !same_texts(w->group_values, g->group_values, w->correlation->group_count) ? "group"
                                                                                         : NULL;
        if (what) {
            (void)snprintf(text, sizeof text, "completion %zu differs in %s", i, what);
            return text;
        }
    }
    return NULL;
}
