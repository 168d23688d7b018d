/* incident_telling.c: what is told of a cluster that is an incident (see incident_spread.h). */
#include "base/hash.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "triage/incident_spread_internal.h"

#include <stdio.h>

enum {
    NAME_BYTES = 256, /* of a title: see the kinds of claims */
    OBSERVED = 90,    /* confidence, percent */
    CONCLUDED = 60,
    TOLD_BYTES = 64 << 20,
};

/* --- what was told --- */

bool cord_incident_telling_remember(struct cord_incident_told *told, cord_str key,
                                    cord_status *ret_status)
{
    if (cord_map_get(&told->map, key) != CORD_MAP_NONE) {
        return false;
    }
    cord_str kept = cord_arena_copy(told->arena, key);
    if (!kept.ptr || cord_map_put(&told->map, kept, 0) != CORD_OK) {
        *ret_status = CORD_E_NOMEM;
        return false;
    }
    return true;
}

cord_status cord_incident_telling_init(struct cord_incident_telling *telling, uint64_t lot,
                                       struct cord_error *err)
{
    const cord_str none = CORD_STR("");
    telling->request = (struct cord_incident_request){.known_ns = INT64_MAX};
    telling->author =
        (struct cord_incident_author){.claimant = CORD_STR(CORD_INCIDENT_SPREAD_CLAIMANT),
                                      .now_ns = telling->cluster->known_ns,
                                      .lot = lot,
                                      .request = &telling->request};
    telling->entry = (struct cord_incident_entry){.source = none};
    telling->draft = (struct cord_incident_draft){.author = &telling->author,
                                                  .entry = &telling->entry,
                                                  .id = none,
                                                  .outcome = &telling->outcome};
    return cord_incident_draft_init(&telling->draft, err);
}

void cord_incident_telling_done(struct cord_incident_telling *telling)
{
    cord_incident_draft_done(&telling->draft);
}

/* --- one claim --- */

/* What else a claim says than its value. */
struct as {
    int64_t time_ns; /* since when it is true; CORD_TIME_NONE: now */
    cord_str source;
    cord_str matter;
    bool concluded; /* else it was seen */
};

static struct as plainly(void)
{
    return (struct as){.time_ns = CORD_TIME_NONE, .source = CORD_STR(""), .matter = CORD_STR("")};
}

/* As the record takes texts: no control characters, UTF-8, not too long. ptr NULL: no room. */
static cord_str clean(const struct cord_incident_telling *telling, cord_str text)
{
    size_t len = text.len < NAME_BYTES ? text.len : NAME_BYTES;
    while (len < text.len && len > 0 && ((unsigned char)text.ptr[len] & 0xc0) == 0x80) {
        len--;
    }
    bool valid = cord_utf8_is_valid(cord_str_slice(text, 0, len));
    char *bytes = cord_arena_bytes(telling->draft.arena, len + 1);
    for (size_t i = 0; bytes && i < len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        bool bad = byte < 0x20 || byte == 0x7f || (!valid && byte >= 0x80);
        bytes[i] = bad ? '?' : text.ptr[i];
    }
    return (cord_str){bytes, bytes ? len : 0};
}

/* A clock that is ahead makes nothing true before it is. */
static int64_t by_now(const struct cord_incident_telling *telling, int64_t time_ns)
{
    return time_ns != CORD_TIME_NONE && time_ns < telling->now_ns ? time_ns : CORD_TIME_NONE;
}

/* False: it was told already, or *ret_status says what failed. */
static bool begin(struct cord_incident_telling *telling, cord_str what, const struct as *as,
                  cord_status *ret_status)
{
    struct cord_incident_draft *draft = &telling->draft;
    telling->key = cord_arena_printf(draft->arena, "spread:%.*s:%.*s", CORD_STR_ARG(draft->id),
                                     CORD_STR_ARG(what));
    *ret_status = what.ptr && telling->key.ptr ? CORD_OK : cord_arena_failure(draft->arena);
    if (*ret_status != CORD_OK ||
        !cord_incident_telling_remember(telling->told, telling->key, ret_status)) {
        return false;
    }
    telling->matter = as->matter;
    telling->entry.time_ns = by_now(telling, as->time_ns);
    telling->entry.source = as->source;
    telling->entry.organisations = &telling->matter;
    telling->entry.organisation_count = as->matter.len > 0 ? 1 : 0;
    cord_incident_draft_begin(draft);
    return true;
}

static cord_status end(struct cord_incident_telling *telling, const char *kind, const struct as *as)
{
    struct cord_incident_draft *draft = &telling->draft;
    cord_status status = cord_incident_draft_end(draft, kind, draft->id);
    if (status == CORD_OK) {
        struct cord_claim *claim = &draft->claims[draft->count - 1];
        claim->method = CORD_STR(CORD_INCIDENT_SPREAD_METHOD);
        claim->key = telling->key;
        claim->basis = CORD_CLAIM_ESTIMATED;
        claim->confidence = as->concluded ? CONCLUDED : OBSERVED;
    }
    return status;
}

static void put(struct cord_incident_telling *telling, const char *name, cord_str text)
{
    cord_str cleaned = clean(telling, text);
    telling->draft.value.failed = telling->draft.value.failed || !cleaned.ptr;
    cord_incident_draft_text(&telling->draft, name, cleaned.ptr ? cleaned : CORD_STR(""));
}

static void put_sentence(struct cord_incident_telling *telling, const char *name, cord_str text)
{
    telling->draft.value.failed = telling->draft.value.failed || !text.ptr;
    cord_incident_draft_text(&telling->draft, name, text.ptr ? text : CORD_STR(""));
}

static cord_status link(struct cord_incident_telling *telling, enum cord_incident_link_kind kind,
                        cord_str id, cord_str matter)
{
    cord_status status = CORD_OK;
    struct as as = plainly();
    const char *name = cord_incident_link_name(kind);
    cord_str what = cord_arena_printf(telling->draft.arena, "%s:%.*s", name, CORD_STR_ARG(id));
    as.matter = matter;
    if (!begin(telling, what, &as, &status)) {
        return status;
    }
    cord_incident_draft_text(&telling->draft, "kind", cord_str_from(name));
    put(telling, "id", id);
    cord_incident_draft_text(&telling->draft, "state", CORD_STR("linked"));
    cord_incident_draft_matter(&telling->draft, CORD_STR(""));
    return end(telling, "incident.link", &as);
}

static cord_status note(struct cord_incident_telling *telling, cord_str what, cord_str text,
                        const struct as *as)
{
    cord_status status = CORD_OK;
    if (!begin(telling, what, as, &status)) {
        return status;
    }
    put_sentence(telling, "text", text);
    cord_incident_draft_text(&telling->draft, "lane", CORD_STR("attack"));
    cord_incident_draft_matter(&telling->draft, CORD_STR(""));
    return end(telling, "incident.note", as);
}

/* --- machines --- */

static cord_str name_of(const struct cord_spread_row *row)
{
    return row->address.len > 0 ? row->address : row->host;
}

/* Taken over, as evidence has it: that it merely shows the technique is none. */
static bool is_taken(const struct cord_spread_row *row)
{
    return row->role == CORD_SPREAD_ROLE_IMPLANTED && row->basis > CORD_SPREAD_BASIS_SEEN;
}

static bool is_told(const struct cord_spread_row *row)
{
    return is_taken(row) || row->role == CORD_SPREAD_ROLE_ATTACKER;
}

uint32_t cord_incident_telling_taken(const struct cord_spread_cluster *cluster, bool *ret_goes_on)
{
    uint32_t taken = 0;
    bool goes_on = false;
    for (size_t i = 0; i < cluster->row_count; i++) {
        const struct cord_spread_row *row = &cluster->rows[i];
        if (is_taken(row)) {
            taken++;
            goes_on = goes_on || taken > 1 || row->from.len > 0 || row->attacks;
        }
    }
    *ret_goes_on = goes_on;
    return taken;
}

static struct as of_row(const struct cord_spread_row *row)
{
    return (struct as){.time_ns = row->time_ns,
                       .source = row->evidence,
                       .matter = row->organisation,
                       .concluded = is_taken(row) && row->basis != CORD_SPREAD_BASIS_OBSERVED};
}

static cord_status tell_machine(struct cord_incident_telling *telling,
                                const struct cord_spread_row *row)
{
    cord_status status = CORD_OK;
    const struct as as = of_row(row);
    uint64_t hash = cord_hash(name_of(row), cord_hash(row->organisation, 0));
    cord_str what =
        cord_arena_printf(telling->draft.arena, "machine:%016llx:%s:%s", (unsigned long long)hash,
                          cord_spread_role_name(row->role), cord_spread_basis_name(row->basis));
    if (begin(telling, what, &as, &status)) {
        put(telling, "machine", name_of(row));
        put(telling, "organisation", row->organisation);
        cord_incident_draft_text(&telling->draft, "role",
                                 cord_str_from(cord_spread_role_name(row->role)));
        cord_incident_draft_text(&telling->draft, "basis",
                                 cord_str_from(cord_spread_basis_name(row->basis)));
        put(telling, "from", row->from);
        cord_incident_draft_matter(&telling->draft, CORD_STR(""));
        status = end(telling, "incident.machine", &as);
    }
    if (status == CORD_OK && row->evidence.len > 0) {
        status = link(telling, CORD_INCIDENT_EVIDENCE, row->evidence, row->organisation);
    }
    return status;
}

static cord_status tell_machines(struct cord_incident_telling *telling)
{
    const struct cord_spread_cluster *cluster = telling->cluster;
    const struct as as = plainly();
    cord_status status = CORD_OK;
    size_t count = 0;
    for (size_t i = 0; i < cluster->row_count && status == CORD_OK; i++) {
        if (!is_told(&cluster->rows[i])) {
            continue;
        }
        if (++count > CORD_INCIDENT_SPREAD_MACHINES_MAX) {
            return note(
                telling, CORD_STR("more-machines"),
                cord_arena_printf(telling->draft.arena,
                                  "%u machines are told here one by one; all of them are in "
                                  "the cluster %.*s",
                                  CORD_INCIDENT_SPREAD_MACHINES_MAX, CORD_STR_ARG(cluster->id)),
                &as);
        }
        status = tell_machine(telling, &cluster->rows[i]);
    }
    return status;
}

/* --- organisations --- */

static cord_status tell_state(struct cord_incident_telling *telling,
                              const struct cord_spread_row *row, const char *state)
{
    struct cord_incident_draft *draft = &telling->draft;
    cord_status status = CORD_OK;
    struct as as = of_row(row);
    cord_str what =
        cord_arena_printf(draft->arena, "state:%.*s:%s", CORD_STR_ARG(row->organisation), state);
    as.matter = CORD_STR(""); /* its subject says whose it is */
    if (!begin(telling, what, &as, &status)) {
        return status;
    }
    cord_incident_draft_text(draft, "state", cord_str_from(state));
    cord_incident_draft_text(draft, "incident", draft->id);
    cord_str name = clean(telling, name_of(row));
    put_sentence(
        telling, "reason",
        is_taken(row)
            ? cord_arena_printf(draft->arena, "%.*s was taken over, as sensors saw it",
                                CORD_STR_ARG(name))
            : cord_arena_printf(draft->arena,
                                "%.*s was attacked, without a known effect, as sensors saw "
                                "it",
                                CORD_STR_ARG(name)));
    status = end(telling, "status.claim", &as);
    if (status == CORD_OK) {
        cord_str subject =
            cord_arena_printf(draft->arena, "org:%.*s", CORD_STR_ARG(row->organisation));
        draft->claims[draft->count - 1].subject = subject;
        status = subject.ptr ? CORD_OK : cord_arena_failure(draft->arena);
    }
    return status;
}

static bool is_infected(const struct cord_incident_telling *telling, cord_str organisation)
{
    cord_str id = telling->draft.id;
    cord_str key = cord_arena_printf(telling->draft.arena, "spread:%.*s:state:%.*s:infected",
                                     CORD_STR_ARG(id), CORD_STR_ARG(organisation));
    return key.ptr && cord_map_get(&telling->told->map, key) != CORD_MAP_NONE;
}

/* An address from outside is nobody's machine. Infected: a machine of theirs was taken over;
 * contacted: it was attacked, and nothing says that it worked. Of one that merely attacks nothing
 * is said. */
static cord_status tell_organisations(struct cord_incident_telling *telling)
{
    const struct cord_spread_cluster *cluster = telling->cluster;
    cord_status status = CORD_OK;
    for (size_t i = 0; i < cluster->row_count && status == CORD_OK; i++) {
        const struct cord_spread_row *row = &cluster->rows[i];
        if (!row->external && row->organisation.len > 0) {
            status = link(telling, CORD_INCIDENT_ORGANISATION, row->organisation, CORD_STR(""));
            status =
                status == CORD_OK && is_taken(row) ? tell_state(telling, row, "infected") : status;
        }
    }
    for (size_t i = 0; i < cluster->row_count && status == CORD_OK; i++) {
        const struct cord_spread_row *row = &cluster->rows[i];
        if (!row->external && row->organisation.len > 0 && row->role == CORD_SPREAD_ROLE_REACHED &&
            !is_infected(telling, row->organisation)) {
            status = tell_state(telling, row, "contacted");
        }
    }
    return status;
}

/* --- alerts --- */

/* The first ones, in the order of their findings. */
static cord_status tell_alert(struct cord_incident_telling *telling, uint64_t finding,
                              struct cord_map *met)
{
    const struct cord_incident_spread_options *options = telling->options;
    char buffer[CORD_ALERT_ID_TEXT];
    cord_str id = options->alert(options->self, finding, buffer);
    if (id.len == 0 || cord_map_get(met, id) != CORD_MAP_NONE) {
        return CORD_OK;
    }
    cord_str kept = cord_arena_copy(telling->draft.arena, id);
    if (!kept.ptr) {
        return cord_arena_failure(telling->draft.arena);
    }
    cord_status status = cord_map_put(met, kept, 0);
    if (status != CORD_OK) {
        return status;
    }
    if (met->count > CORD_INCIDENT_SPREAD_ALERTS_MAX) {
        const struct as as = plainly();
        return note(telling, CORD_STR("more-alerts"),
                    cord_arena_printf(telling->draft.arena,
                                      "%u alerts are linked here; all of them are in the cluster "
                                      "%.*s",
                                      CORD_INCIDENT_SPREAD_ALERTS_MAX,
                                      CORD_STR_ARG(telling->cluster->id)),
                    &as);
    }
    return link(telling, CORD_INCIDENT_ALERT, kept, options->whose(options->self, kept));
}

static cord_status tell_alerts(struct cord_incident_telling *telling)
{
    const struct cord_spread_cluster *cluster = telling->cluster;
    cord_status status = CORD_OK;
    struct cord_map met;
    cord_map_init(&met, 0);
    for (size_t i = 0; status == CORD_OK && i < cluster->number_count &&
                       met.count <= CORD_INCIDENT_SPREAD_ALERTS_MAX;
         i++) {
        status = tell_alert(telling, cluster->numbers[i], &met);
    }
    cord_map_done(&met);
    return status;
}

/* --- the whole --- */

/* In one organisation, or in several. */
static const char *level_of(const struct cord_spread_cluster *cluster)
{
    cord_str first = CORD_STR("");
    for (size_t i = 0; i < cluster->row_count; i++) {
        const struct cord_spread_row *row = &cluster->rows[i];
        if (is_taken(row) && !row->external) {
            if (first.len > 0 && !cord_str_eq(first, row->organisation)) {
                return "critical";
            }
            first = row->organisation;
        }
    }
    return "business-continuity";
}

static cord_str title_of(const struct cord_incident_telling *telling)
{
    const struct cord_spread_cluster *cluster = telling->cluster;
    const struct cord_spread_row *zero = cluster->patient_zero;
    struct cord_arena *arena = telling->draft.arena;
    if (!zero) {
        return cord_arena_printf(arena, "%.*s: %.*s", CORD_STR_ARG(cluster->technique),
                                 CORD_STR_ARG(cluster->title));
    }
    /* What names it comes first: a title that is too long is cut at its end. */
    return cord_arena_printf(
        arena, "%.*s, %s %.*s (%s%.*s): %.*s", CORD_STR_ARG(cluster->technique),
        zero->attacks ? "first attacker" : "first machine", CORD_STR_ARG(name_of(zero)),
        zero->external ? "from outside, seen by " : "", CORD_STR_ARG(zero->organisation),
        CORD_STR_ARG(cluster->title));
}

static cord_str reason_of(const struct cord_incident_telling *telling)
{
    bool goes_on = false, observed = false;
    uint32_t taken = cord_incident_telling_taken(telling->cluster, &goes_on);
    for (size_t i = 0; i < telling->cluster->row_count; i++) {
        observed = observed || telling->cluster->rows[i].basis == CORD_SPREAD_BASIS_OBSERVED;
    }
    if (observed) {
        return cord_arena_printf(
            telling->draft.arena,
            "opened by the system, no person has decided it. Machines taken "
            "over so far: %u. Seen: one answers as taken over, or what runs on "
            "it was seen",
            taken);
    }
    return cord_arena_printf(telling->draft.arena,
                             "opened by the system, no person has decided it. Machines taken over "
                             "so far: %u. Inferred only: it is concluded from the course of the "
                             "attack, and nothing was seen that only a machine that was taken over "
                             "does",
                             taken);
}

static cord_status declare(struct cord_incident_telling *telling, cord_str what, cord_str title,
                           const char *level)
{
    cord_status status = CORD_OK;
    struct as as = plainly();
    as.time_ns = telling->cluster->first_ns;
    if (!begin(telling, what, &as, &status)) {
        return status;
    }
    if (!title.ptr) {
        return cord_arena_failure(telling->draft.arena);
    }
    put(telling, "title", title);
    cord_incident_draft_text(&telling->draft, "level", cord_str_from(level));
    put_sentence(telling, "reason", reason_of(telling));
    return end(telling, "incident.declare", &as);
}

cord_status cord_incident_telling_declare(struct cord_incident_telling *telling)
{
    return declare(telling, CORD_STR("declare"), title_of(telling), level_of(telling->cluster));
}

/* Who was first may become known later, and it may get graver; it never gets less grave. */
cord_status cord_incident_telling_anew(struct cord_incident_telling *telling,
                                       const struct cord_incident *incident)
{
    cord_str now = title_of(telling);
    cord_str title = now.ptr ? clean(telling, now) : now;
    bool critical = strcmp(level_of(telling->cluster), "critical") == 0 ||
                    cord_str_eq(incident->severity, CORD_STR("critical"));
    const char *level = critical ? "critical" : "business-continuity";
    if (!title.ptr) {
        return cord_arena_failure(telling->draft.arena);
    }
    if (!incident->automatic || (cord_str_eq(title, incident->title) &&
                                 cord_str_eq(incident->severity, cord_str_from(level)))) {
        return CORD_OK;
    }
    cord_str what = cord_arena_printf(telling->draft.arena, "declare:%016llx:%s",
                                      (unsigned long long)cord_hash(title, 0), level);
    return declare(telling, what, title, level);
}

cord_status cord_incident_telling_growth(struct cord_incident_telling *telling)
{
    cord_status status = link(telling, CORD_INCIDENT_CLUSTER, telling->cluster->id, CORD_STR(""));
    status = status == CORD_OK ? tell_machines(telling) : status;
    status = status == CORD_OK ? tell_organisations(telling) : status;
    return status == CORD_OK ? tell_alerts(telling) : status;
}

cord_status cord_incident_telling_merge(struct cord_incident_telling *telling, cord_str from,
                                        cord_str into)
{
    struct cord_incident_draft *draft = &telling->draft;
    const struct as as = plainly();
    cord_status status = CORD_OK;
    draft->id = from;
    if (!begin(telling, cord_arena_printf(draft->arena, "merge:%.*s", CORD_STR_ARG(into)), &as,
               &status)) {
        return status;
    }
    cord_incident_draft_text(draft, "into", into);
    cord_incident_draft_text(draft, "state", CORD_STR("merged"));
    put_sentence(telling, "reason",
                 cord_arena_printf(draft->arena, "their clusters turned out to be one, %.*s",
                                   CORD_STR_ARG(telling->cluster->id)));
    return end(telling, "incident.merge", &as);
}

/* --- again --- */

static cord_status raise_alert(struct cord_incident_telling *telling,
                               const struct cord_spread_row *row, cord_str what)
{
    const struct cord_incident_spread_options *options = telling->options;
    struct cord_incident_draft *draft = &telling->draft;
    char buffer[CORD_ALERT_ID_TEXT];
    struct as as = of_row(row);
    cord_status status = CORD_OK;
    cord_str id = options->raise(options->self, cord_hash(what, cord_hash(draft->id, 0)), buffer);
    id = cord_arena_copy(draft->arena, id);
    as.matter = CORD_STR("");
    if (!id.ptr ||
        !begin(telling, cord_arena_printf(draft->arena, "%.*s:alert", CORD_STR_ARG(what)), &as,
               &status)) {
        return id.ptr ? status : cord_arena_failure(draft->arena);
    }
    put(telling, "organisation", row->organisation);
    put(telling, "title",
        cord_arena_printf(draft->arena, "Spreads again after %.*s was closed: %.*s",
                          CORD_STR_ARG(draft->id), CORD_STR_ARG(telling->cluster->title)));
    cord_incident_draft_text(draft, "level", CORD_STR("critical"));
    cord_incident_draft_text(draft, "entity_kind",
                             row->address.len > 0 ? CORD_STR("address") : CORD_STR("host"));
    put(telling, "entity", name_of(row));
    status = end(telling, "triage.alert", &as);
    if (status == CORD_OK) {
        cord_str subject = cord_arena_printf(draft->arena, "triage:%.*s", CORD_STR_ARG(id));
        draft->claims[draft->count - 1].subject = subject;
        status = subject.ptr ? link(telling, CORD_INCIDENT_ALERT, id, row->organisation)
                             : cord_arena_failure(draft->arena);
    }
    return status;
}

cord_status cord_incident_telling_again(struct cord_incident_telling *telling, int64_t ended_ns)
{
    const struct cord_spread_cluster *cluster = telling->cluster;
    struct cord_incident_draft *draft = &telling->draft;
    const struct cord_spread_row *first = NULL;
    for (size_t i = 0; i < cluster->row_count; i++) {
        const struct cord_spread_row *row = &cluster->rows[i];
        if (is_taken(row) && row->known_ns > ended_ns &&
            (!first || row->known_ns < first->known_ns)) {
            first = row;
        }
    }
    if (!first) {
        return CORD_OK;
    }
    struct as as = of_row(first);
    cord_str what = cord_arena_printf(draft->arena, "again:%lld", (long long)ended_ns);
    cord_status status = what.ptr ? CORD_OK : cord_arena_failure(draft->arena);
    if (status == CORD_OK) {
        status = note(telling, what,
                      cord_arena_printf(draft->arena,
                                        "it spreads again: %.*s was taken over, as became known "
                                        "after this incident was closed. It stays closed until "
                                        "somebody declares it anew",
                                        CORD_STR_ARG(clean(telling, name_of(first)))),
                      &as);
    }
    return status == CORD_OK ? raise_alert(telling, first, what) : status;
}
