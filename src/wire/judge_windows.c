/* judge_windows.c: correlations over an endless stream, one organisation apart
 * from another, made anew from what they were told. */
#include "wire/judge_internal.h"

#include "base/vec.h"

#include <stdlib.h>

enum { SCRATCH_BYTES_MAX = 16 << 20, VALUES_MAX = 4096 };

/* What is remembered; older entries go first, and a restart then knows less. */
#define PAST_BYTES_MAX ((size_t)256 << 20)

cord_str cord_judge_windows_rule(const struct cord_rule *rule)
{
    return rule->about.id.len > 0 ? rule->about.id : rule->about.title;
}

static cord_status on_finding(void *self, const struct cord_finding *finding)
{
    struct cord_judge_tenant *tenant = self;
    struct cord_judge_windows *windows = tenant->windows;
    return windows->found
               ? windows->found(windows->self, finding, cord_str_from(tenant->organisation))
               : CORD_OK;
}

static void free_tenant(struct cord_judge_tenant *tenant)
{
    if (tenant) {
        cord_scan_correlate_free(tenant->correlate);
        free(tenant->organisation);
        free(tenant);
    }
}

static void forget_tenants(struct cord_judge_windows *windows)
{
    for (size_t i = 0; i < windows->tenant_count; i++) {
        free_tenant(windows->tenants[i]);
    }
    windows->tenant_count = 0;
    cord_map_done(&windows->tenant_map);
    cord_map_init(&windows->tenant_map, windows->seed);
}

static struct cord_judge_tenant *make_tenant(struct cord_judge_windows *windows, cord_str name)
{
    const struct cord_scan_correlate_options options = {
        .lateness_ns = windows->lateness_ns,
        .bytes_max = windows->bytes_max,
        .pending_bytes_max = windows->bytes_max,
        .seed = windows->seed,
    };
    struct cord_judge_tenant *tenant = calloc(1, sizeof *tenant);
    if (!tenant) {
        return NULL;
    }
    const struct cord_scan_correlate_sink sink = {on_finding, tenant};
    tenant->windows = windows;
    tenant->newest_ns = INT64_MIN;
    tenant->organisation = strndup(name.len > 0 ? name.ptr : "", name.len);
    if (!tenant->organisation ||
        cord_scan_correlate_new(cord_rulebook_collection(windows->book), NULL, &options, &sink,
                                &tenant->correlate, NULL) != CORD_OK) {
        free_tenant(tenant);
        return NULL;
    }
    return tenant;
}

static struct cord_judge_tenant *tenant_of(struct cord_judge_windows *windows, cord_str name)
{
    uint32_t at = cord_map_get(&windows->tenant_map, name);
    if (at != CORD_MAP_NONE) {
        return windows->tenants[at];
    }
    struct cord_judge_tenant **tenants = cord_vec_room(windows->tenants, windows->tenant_count,
                                                       &windows->tenant_cap, sizeof(*tenants));
    if (!tenants) {
        return NULL;
    }
    windows->tenants = tenants;
    struct cord_judge_tenant *tenant = make_tenant(windows, name);
    if (!tenant || cord_map_put(&windows->tenant_map, cord_str_from(tenant->organisation),
                                (uint32_t)windows->tenant_count) != CORD_OK) {
        free_tenant(tenant);
        return NULL;
    }
    tenants[windows->tenant_count++] = tenant;
    return tenant;
}

bool cord_judge_windows_init(struct cord_judge_windows *windows,
                             const struct cord_judge_options *options)
{
    windows->lateness_ns = options->lateness_ns;
    windows->ahead_ns = options->ahead_ns;
    windows->bytes_max = options->correlation_bytes_max;
    windows->seed = options->seed;
    cord_map_init(&windows->rules, options->seed);
    cord_map_init(&windows->tenant_map, options->seed);
    windows->scratch = cord_arena_new(SCRATCH_BYTES_MAX);
    return windows->scratch != NULL;
}

void cord_judge_windows_done(struct cord_judge_windows *windows)
{
    forget_tenants(windows);
    free(windows->tenants);
    for (size_t i = 0; i < windows->past_count; i++) {
        free(windows->past[i].bytes);
    }
    free(windows->past);
    cord_map_done(&windows->tenant_map);
    cord_map_done(&windows->rules);
    cord_arena_free(windows->scratch);
    cord_rulebook_unref(windows->book);
}

static cord_status learn_rules(struct cord_judge_windows *windows)
{
    const struct cord_collection *collection = cord_rulebook_collection(windows->book);
    size_t count = cord_collection_rule_count(collection);
    cord_status status = CORD_OK;
    cord_map_done(&windows->rules);
    cord_map_init(&windows->rules, windows->seed);
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        cord_str name = cord_judge_windows_rule(cord_collection_rule(collection, i));
        if (cord_map_get(&windows->rules, name) == CORD_MAP_NONE) {
            status = cord_map_put(&windows->rules, name, (uint32_t)i);
        }
    }
    windows->longest_ns = 0;
    for (size_t i = 0; i < cord_collection_correlation_count(collection); i++) {
        int64_t timespan_ns = cord_collection_correlation(collection, i)->timespan_ns;
        windows->longest_ns = timespan_ns > windows->longest_ns ? timespan_ns : windows->longest_ns;
    }
    return status;
}

cord_status cord_judge_windows_rebuild(struct cord_judge_windows *windows)
{
    cord_status status = CORD_OK;
    /* What was found at the time was found: only the windows come back. */
    cord_status (*found)(void *, const struct cord_finding *, cord_str) = windows->found;
    windows->found = NULL;
    forget_tenants(windows);
    for (size_t i = 0; i < windows->past_count && status == CORD_OK; i++) {
        const struct cord_judge_past *past = &windows->past[i];
        status = cord_judge_windows_feed(windows, (cord_str){past->bytes, past->len}, past->at_ns);
    }
    windows->found = found;
    return status;
}

cord_status cord_judge_windows_use(struct cord_judge_windows *windows, struct cord_rulebook *book)
{
    if (windows->book == book) {
        return CORD_OK;
    }
    forget_tenants(windows); /* they point into the rules */
    cord_rulebook_unref(windows->book);
    windows->book = cord_rulebook_ref(book);
    cord_status status = learn_rules(windows);
    return status == CORD_OK ? cord_judge_windows_rebuild(windows) : status;
}

static void note_time(const struct cord_judge_windows *windows, struct cord_judge_tenant *tenant,
                      int64_t time_ns, int64_t at_ns)
{
    if (time_ns <= at_ns + windows->ahead_ns && time_ns > tenant->newest_ns) {
        tenant->newest_ns = time_ns;
        tenant->seen_ns = at_ns;
    }
}

static cord_status feed_one(struct cord_judge_windows *windows,
                            const struct cord_judge_input *input, int64_t at_ns)
{
    uint32_t at = cord_map_get(&windows->rules, input->rule);
    const struct cord_scan_correlate *plan = cord_rulebook_correlate(windows->book);
    const struct cord_rule *rule =
        at == CORD_MAP_NONE ? NULL
                            : cord_collection_rule(cord_rulebook_collection(windows->book), at);
    if (!rule || !cord_scan_correlate_wants(plan, rule) ||
        cord_scan_correlate_value_count(plan, rule) != input->value_count ||
        input->value_count > VALUES_MAX) {
        windows->dropped++;
        return CORD_OK;
    }
    struct cord_judge_tenant *tenant = tenant_of(windows, input->organisation);
    cord_arena_reset(windows->scratch);
    cord_str *values =
        cord_arena_zalloc(windows->scratch, (size_t)input->value_count + 1, sizeof *values);
    if (!tenant || !values) {
        return CORD_E_NOMEM;
    }
    cord_str rest = input->values;
    cord_status status = CORD_OK;
    for (uint64_t i = 0; i < input->value_count && status == CORD_OK; i++) {
        status = cord_judge_entry_value(&rest, &values[i]);
    }
    const struct cord_correlator_input told = {
        .rule = rule,
        .time_ns = input->time_ns,
        .ref = {.record = input->evidence, .evidence = input->evidence},
        .values = values,
    };
    note_time(windows, tenant, told.time_ns, at_ns);
    return status == CORD_OK ? cord_scan_correlate_feed(tenant->correlate, &told) : status;
}

cord_status cord_judge_windows_feed(struct cord_judge_windows *windows, cord_str inputs,
                                    int64_t at_ns)
{
    struct cord_judge_input input;
    cord_status status = cord_judge_entry_input(&inputs, &input);
    while (status == CORD_OK) {
        status = feed_one(windows, &input, at_ns);
        if (status == CORD_OK) {
            status = cord_judge_entry_input(&inputs, &input);
        }
    }
    status = status == CORD_E_END ? CORD_OK : status;
    for (size_t i = 0; i < windows->tenant_count && status == CORD_OK; i++) {
        status =
            cord_scan_correlate_advance(windows->tenants[i]->correlate,
                                        at_ns - windows->lateness_ns, at_ns + windows->ahead_ns);
    }
    return status;
}

static void forget_past(struct cord_judge_windows *windows, int64_t now_ns)
{
    size_t gone = 0;
    while (gone < windows->past_count &&
           (windows->past[gone].at_ns + windows->longest_ns + windows->lateness_ns < now_ns ||
            windows->past_bytes > PAST_BYTES_MAX)) {
        windows->past_bytes -= windows->past[gone].len;
        free(windows->past[gone].bytes);
        gone++;
    }
    windows->past_count -= gone;
    if (gone > 0) {
        memmove(windows->past, windows->past + gone, windows->past_count * sizeof(*windows->past));
    }
}

cord_status cord_judge_windows_remember(struct cord_judge_windows *windows, cord_str inputs,
                                        int64_t at_ns)
{
    forget_past(windows, at_ns);
    if (inputs.len == 0 && windows->past_count == 0) {
        return CORD_OK;
    }
    struct cord_judge_past *past =
        cord_vec_room(windows->past, windows->past_count, &windows->past_cap, sizeof *past);
    if (!past) {
        return CORD_E_NOMEM;
    }
    windows->past = past;
    char *bytes = malloc(inputs.len + 1);
    if (!bytes) {
        return CORD_E_NOMEM;
    }
    if (inputs.len > 0) {
        memcpy(bytes, inputs.ptr, inputs.len);
    }
    past[windows->past_count++] =
        (struct cord_judge_past){.bytes = bytes, .len = inputs.len, .at_ns = at_ns};
    windows->past_bytes += inputs.len;
    return CORD_OK;
}

bool cord_judge_windows_wait(const struct cord_judge_windows *windows, int64_t now_ns)
{
    for (size_t i = windows->past_count; i > 0; i--) {
        const struct cord_judge_past *past = &windows->past[i - 1];
        if (past->len > 0) {
            return past->at_ns + windows->longest_ns + windows->lateness_ns >= now_ns;
        }
    }
    return false;
}
