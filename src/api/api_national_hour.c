/* api_national_hour.c: of the national picture, what changed lately and how much came in. */
#include "api/api_national_internal.h"

#include "api/api_claims.h"
#include "api/api_internal.h"
#include "ingest/ledger.h"

enum {
    CHANGES_MAX = 50,
    STEP = 200, /* claims that are looked at together, from the newest back */
    LOOKED_MAX = 4000,
    MARKS = 120,
};

#define MINUTE_NS (60 * CORD_SECOND_NS)
#define HOUR_NS   (60 * MINUTE_NS)
#define DAY_NS    (24 * HOUR_NS)

/* What changes how things are; not who keeps which address, nor who looked. */
static const char *const TOPICS[] = {"status",        "divert",      "link", "incident",
                                     "service.state", "containment", "harm", "breach",
                                     "exercise",      "cancelled",   NULL};

/* --- shapes --- */

static const struct cord_api_member CHANGE_MEMBERS[] = {
    {.name = "time", .type = CORD_API_TIME, .required = true, .help = "when it became known"},
    {.name = "claim", .type = CORD_API_ID, .required = true},
    {.name = "kind", .type = CORD_API_TEXT, .required = true},
    {.name = "subject", .type = CORD_API_TEXT, .required = true},
    {.name = "organisation", .type = CORD_API_TEXT, .help = "its code, of one's own subject"},
    {.name = "name", .type = CORD_API_TEXT, .help = "of the organisation"},
    {.name = "state", .type = CORD_API_TEXT},
    {.name = "who", .type = CORD_API_TEXT, .required = true, .help = "says so: the claimant"},
    {.name = "text", .type = CORD_API_LINES, .help = "the reason given"},
    {.type = CORD_API_END},
};

const struct cord_api_shape cord_api_national_hour_change = {
    .name = "PictureChange",
    .help = "What was said in the hour before.",
    .members = CHANGE_MEMBERS};

static const struct cord_api_member MARK_MEMBERS[] = {
    {.name = "time", .type = CORD_API_TIME, .required = true},
    {.name = "changes", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.type = CORD_API_END},
};

const struct cord_api_shape cord_api_national_hour_mark = {
    .name = "PictureMark",
    .help = "A stretch of time, of 120 in all, in which something became known.",
    .members = MARK_MEMBERS};

static const struct cord_api_member SERIES_MEMBERS[] = {
    {.name = "from", .type = CORD_API_TIME, .required = true, .help = "beginning of the first"},
    {.name = "step_seconds", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "counts", .type = CORD_API_NUMBERS, .required = true},
    {.type = CORD_API_END},
};

const struct cord_api_shape cord_api_national_hour_series = {
    .name = "Series", .help = "How many, step by step.", .members = SERIES_MEMBERS};

/* --- what changed --- */

static bool is_change(const struct cord_claim *claim)
{
    for (size_t i = 0; TOPICS[i]; i++) {
        if (strcmp(claim->kind->topic, TOPICS[i]) == 0) {
            return true;
        }
    }
    return false;
}

struct recorded {
    int64_t ns;
};

static cord_status on_recorded(void *self, const struct cord_claim *claim,
                               const struct cord_digest *hash)
{
    struct recorded *recorded = self;
    (void)hash;
    recorded->ns = claim->recorded_ns;
    return CORD_OK;
}

/* The number of the last claim that was recorded by then; 0: none. */
static cord_status last_by(struct cord_api_national *national, int64_t at_ns, uint64_t *ret_number)
{
    uint64_t low = 0;
    uint64_t high = cord_record_view_count(national->claims);
    cord_status status = CORD_OK;
    while (low < high && status == CORD_OK) {
        struct recorded recorded = {CORD_TIME_NONE};
        uint64_t middle = high - (high - low) / 2; /* above low */
        status = cord_record_view_claim(national->claims, middle, on_recorded, &recorded,
                                        &national->err);
        bool by_then = recorded.ns <= at_ns;
        low = by_then ? middle : low;
        high = by_then ? high : middle - 1;
    }
    *ret_number = low;
    return status;
}

struct step {
    struct cord_api_national *national;
    int64_t since_ns;
    cord_str items[STEP];
    int64_t times[STEP];
    size_t count;
    uint64_t until;   /* number of its last claim */
    int64_t first_ns; /* when its first claim was recorded */
    bool failed;
};

/* A member's words without what JSON escapes: they are put in quotes again as they are. */
static void put_member(struct cord_buf *out, const char *name, cord_str inside)
{
    if (inside.len > 0) {
        cord_json_put_name(out, name);
        cord_buf_put_char(out, '"');
        cord_buf_put(out, inside);
        cord_buf_put_char(out, '"');
    }
}

static cord_str write_change(struct cord_api_national *national, const struct cord_claim *claim)
{
    const struct cord_api_opaque *opaque = &national->call->api->opaque;
    char who[CORD_API_OPAQUE_SUBJECT];
    struct cord_buf text;
    cord_str code = cord_claim_subject_rest(claim->subject, "org");
    const struct cord_organisation *organisation =
        code.ptr ? cord_organisations_find(cord_api_pictures_of(national->lent.taken[0]), code)
                 : NULL;
    cord_str reason = cord_claim_member(claim->value, "reason");
    cord_buf_init(&text, CORD_CLAIM_LINE_MAX);
    cord_buf_put_char(&text, '{');
    cord_json_put_time(&text, "time", claim->recorded_ns);
    cord_api_opaque_put(opaque, CORD_API_OPAQUE_CLAIM, "claim", claim->number, &text);
    cord_json_put_text(&text, "kind", cord_str_from(claim->kind->name));
    cord_json_put_text(&text, "subject", claim->subject);
    cord_json_put_some(&text, "organisation", code.ptr ? code : CORD_STR(""));
    cord_json_put_some(&text, "name", organisation ? organisation->name : CORD_STR(""));
    cord_json_put_some(&text, "state", cord_claim_state(claim));
    cord_json_put_text(&text, "who", cord_api_opaque_show(opaque, claim->claimant, who));
    put_member(&text, "text", reason.ptr ? reason : CORD_STR(""));
    cord_buf_put_char(&text, '}');
    cord_str kept = {0};
    if (!text.failed) {
        kept = cord_arena_copy(national->call->arena, cord_buf_str(&text));
    }
    cord_buf_done(&text);
    return kept;
}

static cord_status on_claim(void *self, const struct cord_claim *claim,
                            const struct cord_digest *hash)
{
    struct step *step = self;
    const struct cord_api_call *call = step->national->call;
    (void)hash;
    if (claim->number > step->until) {
        return CORD_E_END;
    }
    step->first_ns = step->first_ns == CORD_TIME_NONE ? claim->recorded_ns : step->first_ns;
    if (claim->recorded_ns <= step->since_ns || !is_change(claim) ||
        !cord_api_claims_sees(call->api, &call->principal, call->route->verb, claim)) {
        return CORD_OK;
    }
    cord_str item = write_change(step->national, claim);
    if (!item.ptr) {
        return CORD_E_NOMEM;
    }
    step->times[step->count] = claim->recorded_ns;
    step->items[step->count++] = item;
    return CORD_OK;
}

/* Those of one step, the newest first; false: there is no room for all, and the rest is left out.
 */
static bool put_step(struct cord_buf *out, const struct step *step, size_t *put)
{
    for (size_t i = step->count; i > 0; i--) {
        if (*put == CHANGES_MAX) {
            return false;
        }
        cord_json_put_item(out);
        cord_buf_put(out, step->items[i - 1]);
        (*put)++;
    }
    return true;
}

/* *ret_since_ns: from when on all there are were put. */
static cord_status put_changes(struct cord_api_national *national, struct step *step,
                               int64_t *ret_since_ns)
{
    const struct cord_claim_filter filter = {.known_ns = national->at_ns};
    int64_t since_ns = *ret_since_ns;
    uint64_t last = 0;
    size_t put = 0;
    cord_status status = last_by(national, national->at_ns, &last);
    for (size_t looked = 0; status == CORD_OK && last > 0 && looked < LOOKED_MAX; looked += STEP) {
        uint64_t after = last > STEP ? last - STEP : 0;
        *step = (struct step){
            .national = national, .since_ns = since_ns, .until = last, .first_ns = CORD_TIME_NONE};
        status = cord_record_view_claims(national->claims, &filter,
                                         (struct cord_claim_page){after, STEP}, on_claim, step,
                                         &national->err);
        if (status == CORD_OK && !put_step(&national->call->out, step, &put)) {
            *ret_since_ns = step->times[0] > since_ns ? step->times[0] : since_ns;
            return CORD_OK;
        }
        *ret_since_ns = step->first_ns > since_ns && after > 0 ? step->first_ns : since_ns;
        last = *ret_since_ns > since_ns ? after : 0;
    }
    return status;
}

cord_status cord_api_national_hour_changes(struct cord_api_national *national)
{
    struct cord_buf *out = &national->call->out;
    struct step *step = cord_arena_zalloc(national->call->arena, 1, sizeof *step);
    int64_t since_ns = national->at_ns - HOUR_NS;
    cord_json_put_name(out, "changes");
    cord_buf_put_char(out, '[');
    cord_status status = step ? put_changes(national, step, &since_ns) : CORD_E_NOMEM;
    cord_buf_put_char(out, ']');
    cord_json_put_time(out, "changes_since", since_ns);
    return status;
}

/* --- when something became known --- */

struct marks {
    struct cord_api_national *national;
    int64_t from_ns;
    int64_t step_ns;
    uint64_t counts[MARKS];
};

static cord_status on_span(void *self, const struct cord_answer *answer)
{
    struct marks *marks = self;
    const struct cord_api_national *national = marks->national;
    if (answer->known_from_ns < marks->from_ns || answer->known_from_ns > national->at_ns ||
        !cord_api_marks_sees(&national->eye, answer->subject, answer->claimant, answer->claim)) {
        return CORD_OK;
    }
    int64_t at = (answer->known_from_ns - marks->from_ns) / marks->step_ns;
    marks->counts[at < MARKS ? at : MARKS - 1]++;
    return CORD_OK;
}

cord_status cord_api_national_hour_marks(struct cord_api_national *national)
{
    static const char *const MARKED[] = {"status", "divert", "incident", "service.state", NULL};
    struct cord_buf *out = &national->call->out;
    int64_t begun_ns = cord_figure_states_from(national->scope);
    int64_t day_ns = national->at_ns - DAY_NS;
    struct marks marks = {.national = national,
                          .from_ns =
                              begun_ns != CORD_TIME_NONE && begun_ns < day_ns ? begun_ns : day_ns};
    const struct cord_record_period period = {national->at_ns, CORD_TIME_NONE + 1, INT64_MAX};
    cord_status status = CORD_OK;
    marks.step_ns = (national->at_ns - marks.from_ns) / MARKS + 1;
    for (size_t i = 0; MARKED[i] && status == CORD_OK; i++) {
        status = cord_record_view_period(national->view, cord_str_from(MARKED[i]), CORD_STR(""),
                                         &period, on_span, &marks, &national->err);
    }
    cord_json_put_time(out, "marks_since", marks.from_ns);
    cord_json_put_name(out, "marks");
    cord_buf_put_char(out, '[');
    for (int64_t i = 0; i < MARKS; i++) {
        if (marks.counts[i] > 0) {
            cord_json_put_object(out);
            cord_json_put_time(out, "time", marks.from_ns + i * marks.step_ns);
            cord_json_put_number(out, "changes", marks.counts[i]);
            cord_buf_put_char(out, '}');
        }
    }
    cord_buf_put_char(out, ']');
    return status;
}

/* --- what came in --- */

struct hour {
    struct cord_api_national *national;
    struct cord_ledger *ledger;
    bool sees;        /* any source */
    int64_t from_ns;  /* of the first minute */
    int64_t first_ns; /* minute of which anything is known; CORD_TIME_NONE: none */
    uint64_t counts[60];
};

static cord_status on_minute(void *self, int64_t minute_ns, const struct cord_ledger_counts *counts)
{
    struct hour *hour = self;
    int64_t at = (minute_ns - hour->from_ns) / MINUTE_NS;
    if (minute_ns >= hour->from_ns && at < 60) {
        hour->counts[at] += counts->received;
    }
    return CORD_OK;
}

static cord_status read_minutes(struct hour *hour, cord_str source)
{
    return cord_ledger_minutes(hour->ledger, source, hour->from_ns, hour->from_ns + 60 * MINUTE_NS,
                               on_minute, hour);
}

static cord_status on_source(void *self, const struct cord_ledger_source *source)
{
    struct hour *hour = self;
    const struct cord_api_call *call = hour->national->call;
    if (!cord_api_call_may(call->api, &call->principal, "sources.read", source->organisation)) {
        return CORD_OK;
    }
    hour->sees = true;
    if (source->first_ns != CORD_TIME_NONE &&
        (hour->first_ns == CORD_TIME_NONE || source->first_ns < hour->first_ns)) {
        hour->first_ns = source->first_ns;
    }
    return CORD_OK;
}

static cord_status on_own_source(void *self, const struct cord_ledger_source *source)
{
    struct hour *hour = self;
    const struct cord_api_call *call = hour->national->call;
    return cord_api_call_may(call->api, &call->principal, "sources.read", source->organisation)
               ? read_minutes(hour, source->name)
               : CORD_OK;
}

/* Nothing is said of minutes before the first record of all: they are not nought, but unknown. */
static void put_hour(struct cord_buf *out, const struct hour *hour)
{
    size_t first = 0;
    while (first < 60 && (hour->first_ns == CORD_TIME_NONE ||
                          hour->from_ns + ((int64_t)first + 1) * MINUTE_NS <= hour->first_ns)) {
        first++;
    }
    cord_json_put_name(out, "events_per_minute");
    cord_buf_put_char(out, '{');
    cord_json_put_time(out, "from", hour->from_ns + (int64_t)first * MINUTE_NS);
    cord_json_put_number(out, "step_seconds", 60);
    cord_json_put_name(out, "counts");
    cord_buf_put_char(out, '[');
    for (size_t i = first; i < 60; i++) {
        cord_json_put_item(out);
        cord_buf_put_u64(out, hour->counts[i]);
    }
    cord_buf_put(out, CORD_STR("]}"));
}

cord_status cord_api_national_hour_events(struct cord_api_national *national)
{
    const struct cord_api_call *call = national->call;
    const struct cord_api_access *access = &call->options->access;
    int64_t minute_ns = national->at_ns - national->at_ns % MINUTE_NS; /* it is not over */
    struct hour hour = {.national = national,
                        .ledger = call->options->ports.ledger,
                        .from_ns = minute_ns - 60 * MINUTE_NS,
                        .first_ns = CORD_TIME_NONE};
    cord_status status = cord_ledger_sources(hour.ledger, on_source, &hour);
    if (status == CORD_OK && access->everywhere(access->self, &call->principal, "sources.read")) {
        status = read_minutes(&hour, CORD_STR(""));
    } else if (status == CORD_OK) {
        status = cord_ledger_sources(hour.ledger, on_own_source, &hour);
    }
    if (status == CORD_OK && hour.sees) {
        put_hour(&national->call->out, &hour);
    }
    return status;
}
