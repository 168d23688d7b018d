/* suppress.c: see suppress.h. */
#include "triage/suppress.h"

#include "base/vec.h"
#include "codec/json_tree.h"
#include "triage/suppress_internal.h"

#include <stdlib.h>

#define NONE        UINT32_MAX
#define TEXT_BYTES  ((size_t)512 << 20)
#define CLAIM_BYTES ((size_t)4 << 20)
#define DAY_NS      (86400 * CORD_SECOND_NS)
#define REPLACED    "replaced by a later one of the same name"

struct cord_suppress *cord_suppress_new(const struct cord_suppress_options *options)
{
    struct cord_suppress *suppress = calloc(1, sizeof *suppress);
    if (!suppress) {
        return NULL;
    }
    if (pthread_mutex_init(&suppress->lock, NULL) != 0) {
        free(suppress);
        return NULL;
    }
    suppress->options = *options;
    cord_map_init(&suppress->rules, options->seed);
    cord_map_init(&suppress->organisation_at, options->seed + 1);
    suppress->texts = cord_arena_new(TEXT_BYTES);
    suppress->scratch = cord_arena_new(CLAIM_BYTES);
    if (!suppress->texts || !suppress->scratch) {
        cord_suppress_free(suppress);
        return NULL;
    }
    return suppress;
}

void cord_suppress_free(struct cord_suppress *suppress)
{
    if (!suppress) {
        return;
    }
    for (size_t i = 0; i < suppress->entry_count; i++) {
        cord_suppress_scope_free(suppress->entries[i].scope);
        free(suppress->entries[i].hits);
    }
    free(suppress->entries);
    free(suppress->organisations);
    cord_map_done(&suppress->organisation_at);
    cord_map_done(&suppress->rules);
    cord_arena_free(suppress->scratch);
    cord_arena_free(suppress->texts);
    (void)pthread_mutex_destroy(&suppress->lock);
    free(suppress);
}

const char *cord_suppress_state_name(enum cord_suppress_state state)
{
    static const char *const names[] = {"in-force", "expired", "ended", "void"};
    return names[state];
}

/* --- claims --- */

static cord_str text_of(const struct cord_json *value, const char *name)
{
    const struct cord_json *member = cord_json_tree_get(value, cord_str_from(name));
    return member && member->kind == CORD_JSON_TEXT ? member->text : CORD_STR("");
}

static bool number_of(const struct cord_json *value, const char *name, uint64_t *ret_number)
{
    const struct cord_json *member = cord_json_tree_get(value, cord_str_from(name));
    return member && member->kind == CORD_JSON_NUMBER && cord_str_u64(member->text, ret_number);
}

static bool time_of(const struct cord_json *value, const char *name, int64_t *ret_ns)
{
    cord_str text = text_of(value, name);
    return text.len > 0 && cord_timestamp_parse(text, ret_ns);
}

/* NULL: it may take force. */
static const char *check_times(const struct cord_suppress_row *row)
{
    int64_t lasts = 0, age = 0;
    if (row->expires_ns == CORD_TIME_NONE ||
        __builtin_sub_overflow(row->expires_ns, row->recorded_ns, &lasts) || lasts <= 0) {
        return "it does not say until when, or that was before it was recorded";
    }
    if (lasts > CORD_SUPPRESS_DAYS * DAY_NS) {
        return "it would last longer than a year";
    }
    if (row->tested_ns == CORD_TIME_NONE || row->days == 0) {
        return "it was not tried on stored events";
    }
    if (__builtin_sub_overflow(row->recorded_ns, row->tested_ns, &age) || age > DAY_NS ||
        age < -DAY_NS) {
        return "it was tried on stored events more than a day before";
    }
    return NULL;
}

static cord_status keep(struct cord_suppress *suppress, cord_str text, cord_str *ret_text)
{
    *ret_text = cord_arena_copy(suppress->texts, text);
    return ret_text->ptr ? CORD_OK : cord_arena_failure(suppress->texts);
}

static cord_status keep_texts(struct cord_suppress *suppress, struct cord_suppress_row *row)
{
    cord_str *const texts[] = {&row->id,
                               &row->rule,
                               &row->scope.organisation,
                               &row->scope.host,
                               &row->scope.condition,
                               &row->reason,
                               &row->claimant};
    cord_status status = CORD_OK;
    for (size_t i = 0; i < sizeof texts / sizeof *texts && status == CORD_OK; i++) {
        status = keep(suppress, *texts[i], texts[i]);
    }
    return status;
}

static void read_value(const struct cord_json *value, struct cord_suppress_row *row)
{
    row->id = text_of(value, "suppression");
    row->reason = text_of(value, "reason");
    row->scope = (struct cord_suppress_text){text_of(value, "organisation"), text_of(value, "host"),
                                             text_of(value, "condition")};
    if (!time_of(value, "expires", &row->expires_ns)) {
        row->expires_ns = CORD_TIME_NONE;
    }
    if (!number_of(value, "days", &row->days) ||
        !number_of(value, "findings", &row->tested_findings) ||
        !number_of(value, "hidden", &row->tested_hidden) ||
        !time_of(value, "tested", &row->tested_ns)) {
        row->tested_ns = CORD_TIME_NONE;
    }
    (void)number_of(value, "hidden_at", &row->tested_organisations);
}

static uint32_t first_of(const struct cord_suppress *suppress, cord_str rule)
{
    uint32_t first = cord_map_get(&suppress->rules, rule);
    return first == CORD_MAP_NONE ? NONE : first;
}

/* Whatever of that name still holds ends then. */
static void end_named(struct cord_suppress *suppress, cord_str rule, cord_str id,
                      const struct cord_suppress_row *by)
{
    for (uint32_t at = first_of(suppress, rule); at != NONE; at = suppress->entries[at].next) {
        struct cord_suppress_row *row = &suppress->entries[at].row;
        if (row->ended_ns == CORD_TIME_NONE && cord_str_eq(row->id, id)) {
            row->ended_ns = by->ended_ns;
            row->why = by->why;
            row->ended_by = by->ended_by;
            row->end = by->end;
        }
    }
}

static cord_status add_entry(struct cord_suppress *suppress,
                             const struct cord_suppress_entry *entry)
{
    struct cord_suppress_entry *entries = cord_vec_room(suppress->entries, suppress->entry_count,
                                                        &suppress->entry_cap, sizeof *entries);
    if (!entries) {
        return CORD_E_NOMEM;
    }
    suppress->entries = entries;
    uint32_t number = (uint32_t)suppress->entry_count;
    uint32_t at = first_of(suppress, entry->row.rule);
    if (at == NONE && cord_map_put(&suppress->rules, entry->row.rule, number) != CORD_OK) {
        return CORD_E_NOMEM;
    }
    while (at != NONE && entries[at].next != NONE) {
        at = entries[at].next;
    }
    if (at != NONE) {
        entries[at].next = number;
    }
    entries[suppress->entry_count++] = *entry;
    return CORD_OK;
}

static cord_status take_suppress(struct cord_suppress *suppress, const struct cord_claim *claim,
                                 const struct cord_json *value)
{
    struct cord_error err = {0};
    struct cord_suppress_entry entry = {
        .next = NONE,
        .row = {.rule = cord_claim_subject_rest(claim->subject, "rule"),
                .recorded_ns = claim->recorded_ns,
                .ended_ns = CORD_TIME_NONE,
                .tested_ns = CORD_TIME_NONE,
                .last_ns = CORD_TIME_NONE,
                .why = CORD_STR(""),
                .ended_by = CORD_STR(""),
                .claimant = claim->claimant,
                .claim = claim->number}};
    if (suppress->entry_count >= suppress->options.suppressions_max) {
        suppress->stats.refused++;
        return CORD_OK;
    }
    read_value(value, &entry.row);
    entry.void_why = check_times(&entry.row);
    cord_status status =
        cord_suppress_scope_new(&entry.row.scope, suppress->options.seed, &entry.scope, &err);
    if (status == CORD_E_FORMAT || status == CORD_E_LIMIT) {
        entry.void_why = entry.void_why ? entry.void_why : "its scope cannot be read";
        entry.row.why = cord_arena_copy(suppress->texts, cord_str_from(err.text));
        status = entry.row.why.ptr ? CORD_OK : cord_arena_failure(suppress->texts);
    } else if (status == CORD_OK && entry.void_why) {
        entry.row.why = cord_str_from(entry.void_why);
    }
    if (status == CORD_OK) {
        status = keep_texts(suppress, &entry.row);
    }
    const struct cord_suppress_row by = {.ended_ns = claim->recorded_ns,
                                         .why = CORD_STR(REPLACED),
                                         .ended_by = entry.row.claimant,
                                         .end = claim->number};
    if (status == CORD_OK && !entry.void_why) {
        end_named(suppress, entry.row.rule, entry.row.id, &by);
    }
    status = status == CORD_OK ? add_entry(suppress, &entry) : status;
    if (status != CORD_OK) {
        cord_suppress_scope_free(entry.scope);
    }
    return status;
}

static cord_status take_end(struct cord_suppress *suppress, const struct cord_claim *claim,
                            const struct cord_json *value)
{
    struct cord_suppress_row by = {.ended_ns = claim->recorded_ns, .end = claim->number};
    cord_status status = keep(suppress, text_of(value, "reason"), &by.why);
    if (status == CORD_OK) {
        status = keep(suppress, claim->claimant, &by.ended_by);
    }
    if (status == CORD_OK) {
        end_named(suppress, cord_claim_subject_rest(claim->subject, "rule"),
                  text_of(value, "suppression"), &by);
    }
    return status;
}

static cord_status take_claim(struct cord_suppress *suppress, const struct cord_claim *claim)
{
    const struct cord_json *value = NULL;
    bool begins = strcmp(claim->kind->name, "triage.suppress") == 0;
    cord_arena_reset(suppress->scratch);
    cord_status status = cord_json_tree_parse(claim->value, suppress->scratch, &value, NULL);
    if (status == CORD_E_FORMAT || status == CORD_E_LIMIT) {
        suppress->stats.refused++; /* a record does not hold such a value */
        return CORD_OK;
    }
    if (status != CORD_OK) {
        return status;
    }
    status = begins ? take_suppress(suppress, claim, value) : take_end(suppress, claim, value);
    if (status == CORD_E_LIMIT) {
        suppress->stats.refused++;
        return CORD_OK;
    }
    suppress->stats.claims += status == CORD_OK;
    return status;
}

cord_status cord_suppress_claim(struct cord_suppress *suppress, const struct cord_claim *claim)
{
    if (strcmp(claim->kind->topic, "triage.suppress") != 0) {
        return CORD_OK;
    }
    (void)pthread_mutex_lock(&suppress->lock);
    cord_status status = CORD_OK;
    if (claim->number > suppress->last_claim) {
        status = take_claim(suppress, claim);
        suppress->last_claim = status == CORD_OK ? claim->number : suppress->last_claim;
    }
    (void)pthread_mutex_unlock(&suppress->lock);
    return status;
}

/* --- sightings --- */

static bool in_force(const struct cord_suppress_entry *entry, int64_t known_ns)
{
    const struct cord_suppress_row *row = &entry->row;
    return !entry->void_why && row->recorded_ns <= known_ns && known_ns < row->expires_ns &&
           (row->ended_ns == CORD_TIME_NONE || known_ns < row->ended_ns);
}

/* The first that holds; NONE. */
static cord_status judge(struct cord_suppress *suppress, const struct cord_sighting *sighting,
                         bool *undecided, uint32_t *ret_entry)
{
    uint32_t at = first_of(suppress, sighting->rule);
    for (; at != NONE; at = suppress->entries[at].next) {
        struct cord_suppress_entry *entry = &suppress->entries[at];
        bool holds = false;
        if (!in_force(entry, sighting->known_ns)) {
            continue;
        }
        uint64_t before = cord_suppress_scope_undecided(entry->scope);
        cord_status status = cord_suppress_scope_holds(entry->scope, sighting, &holds);
        if (status != CORD_OK && status != CORD_E_LIMIT) {
            return status;
        }
        *undecided = *undecided || status == CORD_E_LIMIT ||
                     cord_suppress_scope_undecided(entry->scope) > before;
        if (status == CORD_OK && holds) {
            break;
        }
    }
    *ret_entry = at;
    return CORD_OK;
}

static void put_verdict(const struct cord_suppress *suppress, uint32_t entry,
                        struct cord_suppress_verdict *verdict)
{
    *verdict = (struct cord_suppress_verdict){.suppressed = entry != NONE};
    if (entry != NONE) {
        cord_str id = suppress->entries[entry].row.id;
        size_t len = id.len < CORD_SUPPRESS_ID_MAX ? id.len : CORD_SUPPRESS_ID_MAX;
        memcpy(verdict->id, id.ptr, len);
        verdict->id[len] = '\0';
    }
}

static cord_status organisation_of(struct cord_suppress *suppress, cord_str name,
                                   uint32_t *ret_organisation)
{
    *ret_organisation = cord_map_get(&suppress->organisation_at, name);
    if (*ret_organisation != CORD_MAP_NONE) {
        return CORD_OK;
    }
    cord_str *organisations = cord_vec_room(suppress->organisations, suppress->organisation_count,
                                            &suppress->organisation_cap, sizeof *organisations);
    if (!organisations) {
        return CORD_E_NOMEM;
    }
    suppress->organisations = organisations;
    cord_str copy;
    uint32_t number = (uint32_t)suppress->organisation_count;
    cord_status status = keep(suppress, name, &copy);
    if (status == CORD_OK) {
        status = cord_map_put(&suppress->organisation_at, copy, number);
    }
    if (status == CORD_OK) {
        organisations[suppress->organisation_count++] = copy;
        *ret_organisation = number;
    }
    return status;
}

static cord_status count_hit(struct cord_suppress *suppress, struct cord_suppress_entry *entry,
                             const struct cord_sighting *sighting)
{
    uint32_t organisation = 0;
    cord_status status = organisation_of(suppress, sighting->organisation, &organisation);
    if (status != CORD_OK && status != CORD_E_LIMIT) {
        return status;
    }
    if (status == CORD_E_LIMIT || suppress->hit_count >= suppress->options.hits_max) {
        entry->undated++;
        suppress->stats.undated++;
        return CORD_OK;
    }
    struct cord_suppress_hit *hits =
        cord_vec_room(entry->hits, entry->hit_count, &entry->hit_cap, sizeof *hits);
    if (!hits) {
        return CORD_E_NOMEM;
    }
    entry->hits = hits;
    hits[entry->hit_count++] = (struct cord_suppress_hit){sighting->known_ns, organisation};
    suppress->hit_count++;
    return CORD_OK;
}

static cord_status look(struct cord_suppress *suppress, const struct cord_sighting *sighting,
                        bool count, struct cord_suppress_verdict *ret_verdict)
{
    uint32_t entry = NONE;
    bool undecided = false;
    (void)pthread_mutex_lock(&suppress->lock);
    cord_status status = judge(suppress, sighting, &undecided, &entry);
    count = count && sighting->number > suppress->last_sighting;
    if (status == CORD_OK && count && entry != NONE) {
        status = count_hit(suppress, &suppress->entries[entry], sighting);
    }
    if (status == CORD_OK && count) {
        suppress->last_sighting = sighting->number;
        suppress->stats.judged++;
        suppress->stats.hidden += entry != NONE;
        suppress->stats.undecided += undecided;
    }
    if (status == CORD_OK) {
        put_verdict(suppress, entry, ret_verdict);
    }
    (void)pthread_mutex_unlock(&suppress->lock);
    return status;
}

cord_status cord_suppress_judge(struct cord_suppress *suppress,
                                const struct cord_sighting *sighting,
                                struct cord_suppress_verdict *ret_verdict)
{
    return look(suppress, sighting, false, ret_verdict);
}

cord_status cord_suppress_feed(struct cord_suppress *suppress, const struct cord_sighting *sighting,
                               struct cord_suppress_verdict *ret_verdict)
{
    return look(suppress, sighting, true, ret_verdict);
}

void cord_suppress_stats(struct cord_suppress *suppress, struct cord_suppress_stats *ret_stats)
{
    (void)pthread_mutex_lock(&suppress->lock);
    *ret_stats = suppress->stats;
    (void)pthread_mutex_unlock(&suppress->lock);
}
