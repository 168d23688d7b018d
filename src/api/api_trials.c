/* api_trials.c: see api_trials.h. */
#include "api/api_trials.h"

#include "api/api_internal.h"
#include "base/digest.h"
#include "detect/collection.h"
#include "detect/correlation.h"
#include "evidence/evidence.h"
#include "triage/suppress_trial.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

enum {
    KEPT_MAX = 32,
    KEPT_EACH = 4, /* of one account */
    ID_BYTES = 12,
    ID_TEXT = 2 * ID_BYTES + 1,
    DAYS = 7, /* unless said */
    DAYS_MAX = CORD_SUPPRESS_TRIAL_DAYS_MAX,
    NAMES_MAX = 200, /* told apart; further ones are counted together */
    EXAMPLES = 20,
    RULE_MAX = 256,
    CODE_MAX = 64,
    HOST_MAX = 256,
    TEXT_MAX = 256 << 10,
    RESULT_BYTES_MAX = 1 << 20,
    ARENA_BYTES_MAX = 64 << 20,
};

#define KEPT_NS (3600 * CORD_SECOND_NS)
#define DAY_NS  (86400 * CORD_SECOND_NS)

enum state { QUEUED, RUNNING, DONE, CANCELLED, FAILED };
static const char *const STATES[] = {"queued", "running", "done", "cancelled", "failed", NULL};
enum kind { RULE, SUPPRESSION };
static const char *const KINDS[] = {"rule", "suppression", NULL};

struct trial {
    struct cord_api_job job;
    struct cord_api_trials *trials;
    struct trial *next;
    char id[ID_TEXT];
    char owner[80];
    struct cord_arena *arena; /* of the texts, and of what came of it */
    enum kind kind;
    cord_str rule;
    struct cord_collection *collection; /* of a rule that is not in force; NULL */
    struct cord_suppress_text scope;
    uint32_t days;
    int64_t created_ns;
    atomic_bool cancelled;
    bool forgotten; /* nobody's any more: freed once it has run. Here and below: under the lock */
    enum state state;
    int64_t ended_ns;
    struct cord_search_progress progress;
    cord_str result;  /* members of a reply, each led by a comma */
    cord_str members; /* of a claim, of a suppression */
    struct cord_error err;
};

struct cord_api_trials {
    const struct cord_api *api;
    struct cord_api_pool *pool;
    pthread_mutex_t lock; /* guards the list and what says so */
    struct trial *first;  /* newest */
    size_t count;
};

static void trial_free(struct trial *trial)
{
    cord_collection_free(trial->collection);
    cord_arena_free(trial->arena);
    free(trial);
}

/* --- counting what a rule finds --- */

struct name {
    cord_str name;
    uint64_t hits;
};

struct names {
    struct name items[NAMES_MAX];
    size_t count;
    uint64_t other;
};

struct counting {
    struct trial *trial;
    int64_t from_ns; /* beginning of the first day */
    uint64_t hits;
    uint64_t days[DAYS_MAX + 2];
    struct names hosts;
    struct names organisations;
    struct cord_sighting_example {
        int64_t time_ns;
        cord_str organisation, host, user;
    } examples[EXAMPLES];
    size_t example_count;
};

static void count_name(struct names *names, struct cord_arena *arena, cord_str name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (cord_str_eq(names->items[i].name, name)) {
            names->items[i].hits++;
            return;
        }
    }
    cord_str kept = names->count < NAMES_MAX ? cord_arena_copy(arena, name) : (cord_str){0};
    if (kept.ptr) {
        names->items[names->count++] = (struct name){kept, 1};
    } else {
        names->other++;
    }
}

static cord_status on_sighting(void *self, const struct cord_sighting *sighting)
{
    struct counting *counting = self;
    struct cord_arena *arena = counting->trial->arena;
    int64_t day = (sighting->time_ns - counting->from_ns) / DAY_NS;
    if (atomic_load(&counting->trial->cancelled)) {
        return CORD_E_END;
    }
    counting->hits++;
    if (sighting->time_ns >= counting->from_ns && day < DAYS_MAX + 2) {
        counting->days[day]++;
    }
    count_name(&counting->hosts, arena, sighting->host);
    count_name(&counting->organisations, arena, sighting->organisation);
    if (counting->example_count < EXAMPLES) {
        counting->examples[counting->example_count++] = (struct cord_sighting_example){
            sighting->time_ns, cord_arena_copy(arena, sighting->organisation),
            cord_arena_copy(arena, sighting->host), cord_arena_copy(arena, sighting->user)};
    }
    return CORD_OK;
}

static int by_hits(const void *left, const void *right)
{
    const struct name *a = left;
    const struct name *b = right;
    return a->hits != b->hits ? (a->hits > b->hits ? -1 : 1) : cord_str_compare(a->name, b->name);
}

static void put_names(struct cord_buf *out, const char *list, const char *rest, struct names *names)
{
    if (names->count > 0) {
        qsort(names->items, names->count, sizeof *names->items, by_hits);
    }
    cord_json_put_name(out, list);
    cord_buf_put_char(out, '[');
    for (size_t i = 0; i < names->count; i++) {
        cord_json_put_object(out);
        cord_json_put_text(out, "name", names->items[i].name);
        cord_json_put_number(out, "hits", names->items[i].hits);
        cord_buf_put_char(out, '}');
    }
    cord_buf_put_char(out, ']');
    cord_json_put_number(out, rest, names->other);
}

static void put_counted(struct cord_buf *out, struct counting *counting)
{
    cord_json_put_number(out, "findings", counting->hits);
    cord_json_put_name(out, "by_day");
    cord_buf_put_char(out, '[');
    for (int64_t day = 0; day < (int64_t)counting->trial->days + 1; day++) {
        cord_json_put_object(out);
        cord_json_put_time(out, "day", counting->from_ns + day * DAY_NS);
        cord_json_put_number(out, "hits", counting->days[day]);
        cord_buf_put_char(out, '}');
    }
    cord_buf_put_char(out, ']');
    put_names(out, "by_organisation", "other_organisations", &counting->organisations);
    put_names(out, "by_host", "other_hosts", &counting->hosts);
    cord_json_put_name(out, "examples");
    cord_buf_put_char(out, '[');
    for (size_t i = 0; i < counting->example_count; i++) {
        cord_json_put_object(out);
        cord_json_put_time(out, "time", counting->examples[i].time_ns);
        cord_json_put_text(out, "organisation", counting->examples[i].organisation);
        cord_json_put_some(out, "host", counting->examples[i].host);
        cord_json_put_some(out, "user", counting->examples[i].user);
        cord_buf_put_char(out, '}');
    }
    cord_buf_put_char(out, ']');
}

static cord_status try_rule(struct trial *trial, const struct cord_suppress_past *past,
                            struct cord_buf *out)
{
    int64_t now_ns = cord_clock_now_ns(&trial->trials->api->options.clock);
    int64_t from_ns = now_ns - (int64_t)trial->days * DAY_NS;
    const struct cord_suppress_span span = {trial->rule, trial->scope.organisation, from_ns,
                                            now_ns + 1};
    struct counting *counting = calloc(1, sizeof *counting);
    if (!counting) {
        return CORD_E_NOMEM;
    }
    counting->trial = trial;
    counting->from_ns = from_ns - (from_ns % DAY_NS + DAY_NS) % DAY_NS;
    cord_status status = past->findings(past->self, &span, on_sighting, counting, &trial->err);
    if (status == CORD_OK) {
        put_counted(out, counting);
    }
    free(counting);
    return status;
}

/* --- what a suppression would hide --- */

static cord_status try_suppression(struct trial *trial, const struct cord_suppress_past *past,
                                   struct cord_buf *out)
{
    struct cord_suppress_trial done;
    struct cord_buf members;
    int64_t now_ns = cord_clock_now_ns(&trial->trials->api->options.clock);
    const struct cord_suppress_plan plan = {trial->scope, trial->rule, trial->days, now_ns};
    cord_status status = cord_suppress_trial_run(&plan, past, trial->arena, &done, &trial->err);
    if (status != CORD_OK) {
        return status;
    }
    cord_json_put_number(out, "findings", done.findings);
    cord_json_put_number(out, "hidden", done.hidden);
    cord_json_put_number(out, "undecided", done.undecided);
    cord_json_put_name(out, "by_organisation");
    cord_buf_put_char(out, '[');
    for (size_t i = 0; i < done.organisation_count; i++) {
        cord_json_put_object(out);
        cord_json_put_text(out, "name", done.organisations[i].organisation);
        cord_json_put_number(out, "hits", done.organisations[i].hidden);
        cord_buf_put_char(out, '}');
    }
    cord_buf_put_char(out, ']');
    cord_buf_init(&members, RESULT_BYTES_MAX);
    cord_suppress_trial_write(&done, &members);
    cord_str kept = {0};
    if (!members.failed) {
        kept = cord_arena_copy(trial->arena, cord_buf_str(&members));
    }
    cord_buf_done(&members);
    trial->members = kept;
    return kept.ptr ? CORD_OK : CORD_E_NOMEM;
}

/* --- running --- */

static bool on_progress(void *self, const struct cord_search_progress *progress)
{
    struct trial *trial = self;
    (void)pthread_mutex_lock(&trial->trials->lock);
    trial->progress = *progress;
    (void)pthread_mutex_unlock(&trial->trials->lock);
    return !atomic_load(&trial->cancelled);
}

/* *ret_result: as in struct trial. */
static cord_status go(struct trial *trial, cord_str *ret_result)
{
    const struct cord_api_ports *ports = &trial->trials->api->options.ports;
    const struct cord_api_past ask = {trial->collection, on_progress, trial};
    struct cord_suppress_past past = {NULL, NULL};
    struct cord_buf out;
    void *hold = NULL;
    if (!ports->past) {
        return cord_error_set(&trial->err, CORD_E_UNSUPPORTED, "there is no store");
    }
    cord_status status = ports->past(ports->self, &ask, &past, &hold, &trial->err);
    if (status != CORD_OK) {
        return status;
    }
    cord_buf_init(&out, RESULT_BYTES_MAX);
    cord_buf_put_char(&out, '{'); /* so that the first member is led by no comma; it is cut off */
    status =
        trial->kind == RULE ? try_rule(trial, &past, &out) : try_suppression(trial, &past, &out);
    if (status == CORD_OK) {
        status = CORD_E_NOMEM;
        if (!out.failed) {
            *ret_result = cord_arena_copy(trial->arena, cord_buf_str(&out));
            status = ret_result->ptr ? CORD_OK : CORD_E_NOMEM;
        }
    }
    cord_buf_done(&out);
    ports->past_done(ports->self, hold);
    return status;
}

/* Under the lock. */
static void unlist(struct trial *trial)
{
    struct trial **at = &trial->trials->first;
    while (*at != trial) {
        at = &(*at)->next;
    }
    *at = trial->next;
    trial->trials->count--;
}

static void finish(struct trial *trial, cord_status status, cord_str result)
{
    struct cord_api_trials *trials = trial->trials;
    (void)pthread_mutex_lock(&trials->lock);
    trial->state = atomic_load(&trial->cancelled) ? CANCELLED : status == CORD_OK ? DONE : FAILED;
    trial->result = result;
    trial->ended_ns = cord_clock_now_ns(&trials->api->options.clock);
    bool forgotten = trial->forgotten;
    if (forgotten) {
        unlist(trial);
    }
    (void)pthread_mutex_unlock(&trials->lock);
    if (forgotten) {
        trial_free(trial);
    }
}

static void run(struct cord_api_job *job)
{
    struct trial *trial = CORD_LOOP_OWNER(job, struct trial, job);
    struct cord_api_trials *trials = trial->trials;
    cord_str result = CORD_STR("");
    (void)pthread_mutex_lock(&trials->lock);
    trial->state = RUNNING;
    (void)pthread_mutex_unlock(&trials->lock);
    cord_status status = atomic_load(&trial->cancelled) ? CORD_E_END : go(trial, &result);
    if (status != CORD_OK && status != CORD_E_END) {
        cord_log_error(
            trials->api->options.log, "api.trial_failed",
            CORD_KV_TEXT("error", trial->err.text[0] ? trial->err.text : cord_error_name(status)));
    }
    finish(trial, status, result);
}

/* --- the whole --- */

cord_status cord_api_trials_new(const struct cord_api *api, struct cord_api_trials **ret_trials,
                                struct cord_error *err)
{
    struct cord_api_trials *trials = calloc(1, sizeof *trials);
    if (!trials || pthread_mutex_init(&trials->lock, NULL) != 0) {
        free(trials);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    trials->api = api;
    cord_status status = cord_api_pool_new(1, KEPT_MAX, &trials->pool, err);
    if (status != CORD_OK) {
        cord_api_trials_free(trials);
        return status;
    }
    *ret_trials = trials;
    return CORD_OK;
}

void cord_api_trials_stop(struct cord_api_trials *trials)
{
    if (!trials || !trials->pool) {
        return;
    }
    (void)pthread_mutex_lock(&trials->lock);
    for (struct trial *at = trials->first; at; at = at->next) {
        atomic_store(&at->cancelled, true);
    }
    (void)pthread_mutex_unlock(&trials->lock);
    cord_api_pool_stop(trials->pool);
}

void cord_api_trials_free(struct cord_api_trials *trials)
{
    if (!trials) {
        return;
    }
    cord_api_trials_stop(trials);
    cord_api_pool_free(trials->pool);
    while (trials->first) {
        struct trial *trial = trials->first;
        trials->first = trial->next;
        trial_free(trial);
    }
    (void)pthread_mutex_destroy(&trials->lock);
    free(trials);
}

/* --- shapes --- */

static const struct cord_api_member HITS_MEMBERS[] = {
    {.name = "name", .type = CORD_API_TEXT, .required = true},
    {.name = "hits", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.type = CORD_API_END},
};

static const struct cord_api_shape HITS = {
    .name = "TrialHits", .help = "Findings of one.", .members = HITS_MEMBERS};

static const struct cord_api_member DAY_MEMBERS[] = {
    {.name = "day", .type = CORD_API_TIME, .required = true},
    {.name = "hits", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.type = CORD_API_END},
};

static const struct cord_api_shape DAY = {
    .name = "TrialDay", .help = "Findings of a day.", .members = DAY_MEMBERS};

static const struct cord_api_member EXAMPLE_MEMBERS[] = {
    {.name = "time", .type = CORD_API_TIME, .required = true},
    {.name = "organisation", .type = CORD_API_TEXT, .required = true},
    {.name = "host", .type = CORD_API_TEXT},
    {.name = "user", .type = CORD_API_TEXT},
    {.type = CORD_API_END},
};

static const struct cord_api_shape EXAMPLE = {
    .name = "TrialExample", .help = "One finding.", .members = EXAMPLE_MEMBERS};

static const struct cord_api_member TRIAL_MEMBERS[] = {
    {.name = "id", .type = CORD_API_TEXT, .required = true},
    {.name = "kind", .type = CORD_API_WORD, .required = true, .words = KINDS},
    {.name = "rule", .type = CORD_API_TEXT, .required = true},
    {.name = "state", .type = CORD_API_WORD, .required = true, .words = STATES},
    {.name = "organisation", .type = CORD_API_TEXT, .required = true, .help = "empty: all"},
    {.name = "host", .type = CORD_API_TEXT},
    {.name = "condition", .type = CORD_API_LINES},
    {.name = "days", .type = CORD_API_NUMBER, .required = true, .most = DAYS_MAX},
    {.name = "created", .type = CORD_API_TIME, .required = true},
    {.name = "ended", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "blocks", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "blocks_left", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "findings",
     .type = CORD_API_NUMBER,
     .most = INT64_MAX,
     .help = "that the rule has in the events; once it is done"},
    {.name = "hidden",
     .type = CORD_API_NUMBER,
     .most = INT64_MAX,
     .help = "of a suppression: of them"},
    {.name = "undecided", .type = CORD_API_NUMBER, .most = INT64_MAX},
    {.name = "by_day", .type = CORD_API_LIST, .shape = &DAY, .help = "of a rule"},
    {.name = "by_organisation",
     .type = CORD_API_LIST,
     .shape = &HITS,
     .help = "of a suppression: what is hidden"},
    {.name = "other_organisations", .type = CORD_API_NUMBER, .most = INT64_MAX},
    {.name = "by_host", .type = CORD_API_LIST, .shape = &HITS, .help = "of a rule"},
    {.name = "other_hosts", .type = CORD_API_NUMBER, .most = INT64_MAX},
    {.name = "examples", .type = CORD_API_LIST, .shape = &EXAMPLE, .help = "of a rule"},
    {.name = "error", .type = CORD_API_LINES, .help = "why it failed"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape TRIAL = {
    .name = "Trial",
    .help = "A rule or suppression that is tried on stored events.",
    .members = TRIAL_MEMBERS};

static const struct cord_api_member NEW_MEMBERS[] = {
    {.name = "kind", .type = CORD_API_WORD, .required = true, .words = KINDS},
    {.name = "rule", .type = CORD_API_TEXT, .least = 1, .most = RULE_MAX, .help = "its id"},
    {.name = "text",
     .type = CORD_API_LINES,
     .least = 1,
     .most = TEXT_MAX,
     .help = "of a rule that is not in force: Sigma, YAML; its first rule is tried"},
    {.name = "organisation", .type = CORD_API_TEXT, .least = 1, .most = CODE_MAX},
    {.name = "host", .type = CORD_API_TEXT, .least = 1, .most = HOST_MAX},
    {.name = "condition",
     .type = CORD_API_LINES,
     .least = 1,
     .most = CORD_SUPPRESS_CONDITION_MAX,
     .help = "of a suppression: over the finding's fields, in the language of docs/hunt.md"},
    {.name = "days",
     .type = CORD_API_NUMBER,
     .least = 1,
     .most = DAYS_MAX,
     .help = "up to now; 7 unless said"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape NEW_TRIAL = {
    .name = "NewTrial", .help = "What is to be tried.", .members = NEW_MEMBERS};

/* Under the lock. */
static void put_trial(const struct trial *trial, struct cord_buf *out)
{
    cord_json_put_object(out);
    cord_json_put_text(out, "id", cord_str_from(trial->id));
    cord_json_put_text(out, "kind", cord_str_from(KINDS[trial->kind]));
    cord_json_put_text(out, "rule", trial->rule);
    cord_json_put_text(out, "state", cord_str_from(STATES[trial->state]));
    cord_json_put_text(out, "organisation", trial->scope.organisation);
    cord_json_put_some(out, "host", trial->scope.host);
    cord_json_put_some(out, "condition", trial->scope.condition);
    cord_json_put_number(out, "days", trial->days);
    cord_json_put_time(out, "created", trial->created_ns);
    cord_json_put_time(out, "ended", trial->ended_ns);
    cord_json_put_number(out, "blocks", trial->progress.blocks);
    cord_json_put_number(out, "blocks_left", cord_evidence_blocks_left(&trial->progress));
    if (trial->state == DONE && trial->result.len > 1) {
        cord_buf_put_char(out, ',');
        cord_buf_put(out, cord_str_from_byte(trial->result, 1));
    } else if (trial->state == FAILED) {
        cord_json_put_some(out, "error", cord_str_from(trial->err.text));
    }
    cord_buf_put_char(out, '}');
}

/* --- beginning one --- */

/* Whose events: who does not see all sees one organisation's. False: a problem is set. */
static bool choose_organisation(struct cord_api_call *call, cord_str *organisation)
{
    const struct cord_api_access *access = &call->options->access;
    bool all = access->everywhere(access->self, &call->principal, "events.read") &&
               cord_api_call_may(call->api, &call->principal, "events.read", CORD_STR(" all"));
    if (organisation->len == 0 && all) {
        return true;
    }
    if (organisation->len == 0) {
        *organisation = cord_str_from(call->principal.organisation);
    }
    bool may = organisation->len > 0 &&
               cord_api_call_may(call->api, &call->principal, "events.read", *organisation);
    if (!may) {
        cord_api_call_problem(call, 403, "these are not events that you may try anything on");
    }
    return may;
}

/* A rule that is not in force: the first of the text. A fault is added when there is none. */
static cord_status read_text(struct cord_api_call *call, struct trial *trial, cord_str text)
{
    struct cord_error err = {""};
    trial->collection = cord_collection_new();
    cord_status status = trial->collection ? CORD_OK : CORD_E_NOMEM;
    if (status == CORD_OK) {
        status = cord_collection_add(trial->collection, CORD_STR("trial.yml"), text, &err);
    }
    if (status == CORD_OK) {
        status = cord_collection_finish(trial->collection, &err);
    }
    if (status == CORD_E_NOMEM) {
        return status;
    }
    if (status == CORD_OK && cord_collection_rule_count(trial->collection) > 0) {
        const struct cord_rule_about *about = &cord_collection_rule(trial->collection, 0)->about;
        trial->rule = about->id.len > 0 ? about->id : about->title;
    } else if (status == CORD_OK && cord_collection_refusal_count(trial->collection) > 0) {
        cord_api_shape_fault(&call->faults, "text", "%.*s",
                             CORD_STR_ARG(cord_collection_refusal(trial->collection, 0)->reason));
    } else {
        cord_api_shape_fault(&call->faults, "text", "%s",
                             err.text[0] ? err.text : "there is no rule in it");
    }
    return CORD_OK;
}

static cord_status read_what(struct cord_api_call *call, struct trial *trial)
{
    struct cord_arena *arena = trial->arena;
    cord_str text = cord_api_call_body_text(call, "text");
    trial->kind =
        cord_str_eq(cord_api_call_body_text(call, "kind"), CORD_STR("rule")) ? RULE : SUPPRESSION;
    trial->rule = cord_arena_copy(arena, cord_api_call_body_text(call, "rule"));
    trial->scope.host = cord_arena_copy(arena, cord_api_call_body_text(call, "host"));
    trial->scope.condition = cord_arena_copy(arena, cord_api_call_body_text(call, "condition"));
    trial->days = (uint32_t)cord_api_call_body_number(call, "days");
    trial->days = trial->days > 0 ? trial->days : DAYS;
    if (!trial->rule.ptr || !trial->scope.host.ptr || !trial->scope.condition.ptr) {
        return CORD_E_NOMEM;
    }
    if (trial->kind == RULE && text.len > 0) {
        return read_text(call, trial, text);
    }
    if (trial->rule.len == 0) {
        cord_api_shape_fault(&call->faults, "rule", "is missing");
    }
    return CORD_OK;
}

/* A scope that cannot be read is told now, not by the trial. */
static cord_status check_scope(struct cord_api_call *call, const struct trial *trial)
{
    struct cord_suppress_scope *scope = NULL;
    struct cord_error err = {""};
    if (trial->kind == RULE) {
        return CORD_OK;
    }
    cord_status status = cord_suppress_scope_new(&trial->scope, call->options->seed, &scope, &err);
    cord_suppress_scope_free(scope);
    if (status == CORD_E_FORMAT || status == CORD_E_LIMIT) {
        cord_api_shape_fault(&call->faults, "condition", "%s", err.text);
        return CORD_OK;
    }
    return status;
}

static bool draw_id(char id[ID_TEXT])
{
    unsigned char bytes[ID_BYTES];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        return false;
    }
    cord_digest_to_hex(bytes, sizeof bytes, id);
    return true;
}

/* NULL: a problem is set. */
static struct trial *trial_new(struct cord_api_call *call)
{
    cord_str organisation = cord_api_call_body_text(call, "organisation");
    if (!choose_organisation(call, &organisation)) {
        return NULL;
    }
    struct trial *trial = calloc(1, sizeof *trial);
    cord_status status = trial && draw_id(trial->id) ? CORD_OK : CORD_E_NOMEM;
    if (status == CORD_OK) {
        trial->arena = cord_arena_new(ARENA_BYTES_MAX);
        status = trial->arena ? CORD_OK : CORD_E_NOMEM;
    }
    if (status == CORD_OK) {
        trial->job.run = run;
        trial->trials = call->api->trials;
        memcpy(trial->owner, call->principal.name, sizeof trial->owner);
        trial->scope.organisation = cord_arena_copy(trial->arena, organisation);
        trial->created_ns = call->now_ns;
        trial->ended_ns = CORD_TIME_NONE;
        status = read_what(call, trial);
        status = status == CORD_OK ? check_scope(call, trial) : status;
    }
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &(struct cord_error){""});
    } else if (call->faults.count > 0) {
        cord_api_call_problem(call, 422, "the body is not as it is to be");
    }
    if ((status != CORD_OK || call->faults.count > 0) && trial) {
        trial_free(trial);
        trial = NULL;
    }
    return trial;
}

/* Under the lock: those that ended long ago. */
static void forget_old(struct cord_api_trials *trials, int64_t now_ns)
{
    struct trial **at = &trials->first;
    while (*at) {
        struct trial *trial = *at;
        if (trial->state >= DONE && now_ns - trial->ended_ns > KEPT_NS) {
            *at = trial->next;
            trials->count--;
            trial_free(trial);
        } else {
            at = &trial->next;
        }
    }
}

/* False: there are too many. */
static bool list(struct trial *trial)
{
    struct cord_api_trials *trials = trial->trials;
    size_t own = 0;
    (void)pthread_mutex_lock(&trials->lock);
    forget_old(trials, trial->created_ns);
    for (const struct trial *at = trials->first; at; at = at->next) {
        own += strcmp(at->owner, trial->owner) == 0 ? 1 : 0;
    }
    bool room = own < KEPT_EACH && trials->count < KEPT_MAX;
    if (room) {
        trial->next = trials->first;
        trials->first = trial;
        trials->count++;
    }
    (void)pthread_mutex_unlock(&trials->lock);
    return room;
}

static void answer_create(struct cord_api_call *call)
{
    struct trial *trial = trial_new(call);
    if (!trial) {
        return;
    }
    if (!list(trial)) {
        trial_free(trial);
        cord_api_call_problem(call, 409, "too many trials are kept: delete one of them");
        return;
    }
    put_trial(trial, &call->out); /* queued still: nobody changes it */
    cord_buf_put_char(&call->out, '\n');
    cord_str path = cord_arena_printf(call->arena, CORD_API_BASE "/trials/%s", trial->id);
    if (path.ptr) {
        cord_api_call_header(call, "Location", path);
    }
    if (!cord_api_pool_put(trial->trials->pool, &trial->job)) {
        (void)pthread_mutex_lock(&trial->trials->lock);
        unlist(trial);
        (void)pthread_mutex_unlock(&trial->trials->lock);
        trial_free(trial);
        cord_api_call_problem(call, 503, "the server is stopping");
    }
}

const struct cord_api_route cord_api_trials_create = {
    .method = CORD_HTTP_POST,
    .path = "/trials",
    .id = "createTrial",
    .verb = "events.read",
    .flags = CORD_API_KEYED | CORD_API_CONFLICTS | CORD_API_FULL,
    .body = &NEW_TRIAL,
    .body_bytes_max = TEXT_MAX + 16384,
    .status = 201,
    .reply = &TRIAL,
    .summary = "Try a rule or a suppression on stored events",
    .help = "It waits for its turn and goes on by itself: look at its state. What came of it is "
            "kept for an hour. Location says where it is.",
    .answer = answer_create,
};

/* --- looking at them --- */

/* Under the lock; NULL: there is none of that id that is theirs. */
static struct trial *find(const struct cord_api_call *call, cord_str id)
{
    struct trial *at = call->api->trials->first;
    while (at && (at->forgotten || strcmp(at->owner, call->principal.name) != 0 ||
                  !cord_str_eq(cord_str_from(at->id), id))) {
        at = at->next;
    }
    return at;
}

/* Rights may have been taken away since it was begun. */
static bool may_see(struct cord_api_call *call, const struct trial *trial)
{
    cord_str organisation = trial->scope.organisation;
    return cord_api_call_may(call->api, &call->principal, "events.read",
                             organisation.len > 0 ? organisation : CORD_STR(" all"));
}

static void answer_list(struct cord_api_call *call)
{
    struct cord_api_trials *trials = call->api->trials;
    cord_str place;
    if (!cord_api_call_place(call, &place)) {
        return;
    }
    cord_api_call_page(call);
    (void)pthread_mutex_lock(&trials->lock);
    forget_old(trials, call->now_ns);
    for (const struct trial *at = trials->first; at; at = at->next) {
        if (!at->forgotten && strcmp(at->owner, call->principal.name) == 0 && may_see(call, at)) {
            put_trial(at, &call->out);
        }
    }
    (void)pthread_mutex_unlock(&trials->lock);
    cord_api_call_page_end(call, (cord_str){0});
}

const struct cord_api_route cord_api_trials_list = {
    .method = CORD_HTTP_GET,
    .path = "/trials",
    .id = "listTrials",
    .verb = "events.read",
    .flags = CORD_API_PAGED,
    .status = 200,
    .reply = &TRIAL,
    .summary = "One's own trials, newest first",
    .answer = answer_list,
};

static const struct cord_api_member ID_VARIABLE[] = {
    {.name = "id",
     .type = CORD_API_TEXT,
     .required = true,
     .least = 1,
     .most = 32,
     .help = "its id"},
    {.type = CORD_API_END},
};

static void answer_get(struct cord_api_call *call)
{
    struct cord_api_trials *trials = call->api->trials;
    (void)pthread_mutex_lock(&trials->lock);
    const struct trial *trial = find(call, call->variables[0]);
    bool seen = trial && may_see(call, trial);
    if (seen) {
        put_trial(trial, &call->out);
        cord_buf_put_char(&call->out, '\n');
    }
    (void)pthread_mutex_unlock(&trials->lock);
    if (!seen) {
        cord_api_call_missing(call);
    }
}

const struct cord_api_route cord_api_trials_get = {
    .method = CORD_HTTP_GET,
    .path = "/trials/{id}",
    .id = "getTrial",
    .verb = "events.read",
    .variables = ID_VARIABLE,
    .status = 200,
    .reply = &TRIAL,
    .summary = "How far one's trial is, and what came of it",
    .answer = answer_get,
};

static void answer_delete(struct cord_api_call *call)
{
    struct cord_api_trials *trials = call->api->trials;
    bool over = false;
    (void)pthread_mutex_lock(&trials->lock);
    struct trial *trial = find(call, call->variables[0]);
    if (trial) {
        atomic_store(&trial->cancelled, true);
        trial->forgotten = true;
        over = trial->state >= DONE;
        if (over) {
            unlist(trial);
        }
    }
    (void)pthread_mutex_unlock(&trials->lock);
    if (!trial) {
        cord_api_call_missing(call);
    } else if (over) {
        trial_free(trial);
    }
}

const struct cord_api_route cord_api_trials_delete = {
    .method = CORD_HTTP_DELETE,
    .path = "/trials/{id}",
    .id = "deleteTrial",
    .verb = "events.read",
    .variables = ID_VARIABLE,
    .status = 204,
    .summary = "Cancel one's trial and forget what came of it",
    .answer = answer_delete,
};

bool cord_api_trials_find(struct cord_api_call *call, cord_str id,
                          struct cord_api_trials_done *ret_done)
{
    struct cord_api_trials *trials = call->api->trials;
    struct cord_api_trials_done done = {.id = CORD_STR("")};
    (void)pthread_mutex_lock(&trials->lock);
    const struct trial *trial = find(call, id);
    bool fits = trial && trial->kind == SUPPRESSION && trial->state == DONE;
    if (fits) {
        done = (struct cord_api_trials_done){
            .id = cord_arena_copy(call->arena, cord_str_from(trial->id)),
            .rule = cord_arena_copy(call->arena, trial->rule),
            .scope = {cord_arena_copy(call->arena, trial->scope.organisation),
                      cord_arena_copy(call->arena, trial->scope.host),
                      cord_arena_copy(call->arena, trial->scope.condition)},
            .members = cord_arena_copy(call->arena, trial->members)};
    }
    (void)pthread_mutex_unlock(&trials->lock);
    if (!fits) {
        cord_api_shape_fault(&call->faults, "trial",
                             trial ? "is no trial of a suppression that is done"
                                   : "there is none of that id that is yours");
        cord_api_call_problem(call, 422, "the body is not as it is to be");
        return false;
    }
    if (!done.id.ptr || !done.rule.ptr || !done.members.ptr || !done.scope.organisation.ptr ||
        !done.scope.host.ptr || !done.scope.condition.ptr) {
        cord_api_call_failed(call, CORD_E_NOMEM, &(struct cord_error){""});
        return false;
    }
    *ret_done = done;
    return true;
}
