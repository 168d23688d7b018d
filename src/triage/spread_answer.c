/* spread_answer.c: what was gone through, as clusters for people (see spread.h). */
#include "base/cidr.h"
#include "base/map.h"
#include "base/timestamp.h"
#include "triage/spread_internal.h"

#include <assert.h>
#include <stdlib.h>

#define NOBODY  CORD_SPREAD_NOBODY
#define RATE_NS (600 * CORD_SECOND_NS)

/* A machine of a cluster, all its presences as one. */
struct draft {
    uint32_t machine;
    struct cord_spread_first attacked, reached, taken;
    unsigned taken_by;
    bool leads;    /* somebody was taken over by it */
    uint32_t home; /* its place, when it is another organisation's machine; NOBODY */
};

struct making {
    const struct cord_spread_options *options;
    const struct cord_spread_log *log;
    const struct cord_spread_fold *fold;
    const struct cord_spread_question *question;
    struct cord_spread_answer *answer;
    uint64_t *findings;  /* by the root */
    int64_t *last_ns;    /* by the root: of the latest finding */
    struct draft *draft; /* room for all presences */
    size_t draft_count;
    uint32_t *cluster_of; /* by the root: its place in the answer, from 1; 0: it is not in it */
    uint64_t **numbers;   /* by that place, from 0: what is being written */
};

void cord_spread_answer_free(struct cord_spread_answer *answer)
{
    if (answer) {
        cord_arena_free(answer->arena);
        free(answer->clusters);
        free(answer);
    }
}

size_t cord_spread_answer_count(const struct cord_spread_answer *answer)
{
    return answer->count;
}

const struct cord_spread_cluster *cord_spread_answer_at(const struct cord_spread_answer *answer,
                                                        size_t at)
{
    return &answer->clusters[at];
}

const char *cord_spread_role_name(enum cord_spread_role role)
{
    static const char *const names[] = {"attacker", "reached", "implanted"};
    return names[role];
}

const char *cord_spread_basis_name(enum cord_spread_basis basis)
{
    static const char *const names[] = {"", "seen", "behaved", "inferred", "observed"};
    return names[basis];
}

/* --- machines --- */

static bool happened(const struct cord_spread_first *first)
{
    return first->time_ns != CORD_TIME_NONE;
}

static void earliest(struct cord_spread_first *to, const struct cord_spread_first *from)
{
    if (happened(from) && (!happened(to) || from->time_ns < to->time_ns)) {
        *to = *from;
    }
}

static int by_machine(const void *one, const void *other)
{
    const struct draft *a = one, *b = other;
    return (a->machine > b->machine) - (a->machine < b->machine);
}

static struct draft *find_draft(const struct making *making, uint32_t presence)
{
    if (presence == NOBODY) {
        return NULL;
    }
    const struct draft wanted = {.machine =
                                     cord_spread_fold_presence(making->fold, presence)->machine};
    return bsearch(&wanted, making->draft, making->draft_count, sizeof wanted, by_machine);
}

static bool turned(const struct draft *draft)
{
    return happened(&draft->reached) && happened(&draft->attacked) &&
           draft->reached.time_ns < draft->attacked.time_ns;
}

/* The machines of a component, each once, by number. */
static void gather(struct making *making, uint32_t root)
{
    size_t count = 0, kept = 0;
    uint32_t at = root;
    do {
        const struct cord_spread_presence *presence = cord_spread_fold_presence(making->fold, at);
        making->draft[count++] = (struct draft){presence->machine,
                                                presence->attacked,
                                                presence->reached,
                                                presence->taken,
                                                presence->taken_by,
                                                false,
                                                NOBODY};
        at = presence->next;
    } while (at != root);
    qsort(making->draft, count, sizeof *making->draft, by_machine);
    for (size_t i = 1; i < count; i++) {
        struct draft *to = &making->draft[kept], *from = &making->draft[i];
        if (to->machine == from->machine) {
            earliest(&to->attacked, &from->attacked);
            earliest(&to->reached, &from->reached);
            earliest(&to->taken, &from->taken);
            to->taken_by |= from->taken_by;
        } else {
            making->draft[++kept] = *from;
        }
    }
    making->draft_count = kept + 1;
}

/* --- guests --- */

static cord_str name_of(const struct making *making, uint32_t presence)
{
    if (presence == NOBODY) {
        return CORD_STR("");
    }
    const struct cord_spread_machine *machine = cord_spread_log_machine(
        making->log, cord_spread_fold_presence(making->fold, presence)->machine);
    return machine->address.len > 0 ? machine->address : machine->host;
}

static int64_t began(const struct draft *draft)
{
    int64_t first_ns = happened(&draft->reached) ? draft->reached.time_ns : INT64_MAX;
    first_ns = happened(&draft->taken) && draft->taken.time_ns < first_ns ? draft->taken.time_ns
                                                                          : first_ns;
    return happened(&draft->attacked) && draft->attacked.time_ns < first_ns
               ? draft->attacked.time_ns
               : first_ns;
}

/* A private address of an organisation's network, as the key of those that have the same. */
static cord_str private_address(const struct making *making, const struct draft *draft)
{
    const struct cord_spread_machine *machine =
        cord_spread_log_machine(making->log, draft->machine);
    return machine->organisation == NOBODY ? CORD_STR("") : machine->address;
}

/* Whether it is rather the first's home. Whoever was reached or taken over there is at home there:
 * an attacker that was not may have come from elsewhere. Of equals the one that was first. */
static bool more_at_home(const struct draft *draft, const struct draft *than)
{
    bool here = happened(&draft->reached) || happened(&draft->taken);
    bool there = happened(&than->reached) || happened(&than->taken);
    return here != there ? here : began(draft) < began(than);
}

/* Of one network of IPv4 (16 bits) or IPv6 (48 bits). */
static bool is_near(cord_str one, cord_str other)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    uint8_t a[16], b[16];
    if (!cord_cidr_address(one, a) || !cord_cidr_address(other, b)) {
        return false;
    }
    return memcmp(a, b, memcmp(a, mapped, sizeof mapped) == 0 ? 14 : 6) == 0;
}

/* It only attacks, and another network than that of its address: it may be at home elsewhere. */
static bool reaches_across(const struct making *making, const struct draft *draft)
{
    uint32_t target = draft->attacked.by;
    if (happened(&draft->reached) || happened(&draft->taken) || target == NOBODY) {
        return false;
    }
    cord_str to = name_of(making, target);
    uint8_t bytes[16];
    return cord_cidr_address(to, bytes) && !is_near(private_address(making, draft), to);
}

/* By address. Whoever reaches across from an address that was active in another organisation of the
 * same cluster before is the machine that has it there. */
static cord_status find_homes(const struct making *making, struct cord_map *homes)
{
    for (size_t i = 0; i < making->draft_count; i++) {
        cord_str address = private_address(making, &making->draft[i]);
        uint32_t home = address.len > 0 ? cord_map_get(homes, address) : CORD_MAP_NONE;
        bool better =
            home == CORD_MAP_NONE || more_at_home(&making->draft[i], &making->draft[home]);
        if (address.len > 0 && better) {
            cord_status status = cord_map_put(homes, address, (uint32_t)i);
            if (status != CORD_OK) {
                return status;
            }
        }
    }
    return CORD_OK;
}

static cord_status find_guests(struct making *making)
{
    struct cord_map homes;
    cord_map_init(&homes, making->options->seed);
    cord_status status = find_homes(making, &homes);
    for (size_t i = 0; status == CORD_OK && i < making->draft_count; i++) {
        struct draft *draft = &making->draft[i];
        cord_str address = private_address(making, draft);
        uint32_t at = address.len > 0 ? cord_map_get(&homes, address) : CORD_MAP_NONE;
        struct draft *home = at == CORD_MAP_NONE ? draft : &making->draft[at];
        if (home != draft && began(home) <= began(draft) && reaches_across(making, draft)) {
            draft->home = at;
            earliest(&home->attacked, &draft->attacked);
        }
    }
    cord_map_done(&homes);
    return status;
}

static void find_leaders(const struct making *making)
{
    for (size_t i = 0; i < making->draft_count; i++) {
        const struct draft *draft = &making->draft[i];
        uint32_t by = happened(&draft->taken) ? draft->taken.by : NOBODY;
        by = by == NOBODY && (happened(&draft->taken) || turned(draft)) ? draft->reached.by : by;
        struct draft *leader = find_draft(making, by);
        if (leader && leader != draft) {
            leader = leader->home == NOBODY ? leader : &making->draft[leader->home];
            leader->leads = true;
        }
    }
}

/* --- rows --- */

/* Of which of its firsts it has its role. */
static const struct cord_spread_first *role_of(const struct draft *draft,
                                               enum cord_spread_role *ret_role)
{
    if (happened(&draft->taken) || turned(draft)) {
        *ret_role = CORD_SPREAD_ROLE_IMPLANTED;
        return happened(&draft->taken) ? &draft->taken : &draft->attacked;
    }
    *ret_role = happened(&draft->attacked) ? CORD_SPREAD_ROLE_ATTACKER : CORD_SPREAD_ROLE_REACHED;
    return happened(&draft->attacked) ? &draft->attacked : &draft->reached;
}

static enum cord_spread_basis basis_of(const struct draft *draft)
{
    if (draft->taken_by & CORD_SPREAD_TAKEN_OBSERVED) {
        return CORD_SPREAD_BASIS_OBSERVED;
    }
    if (draft->taken_by & CORD_SPREAD_TAKEN_INFERRED) {
        return CORD_SPREAD_BASIS_INFERRED;
    }
    if (turned(draft)) {
        return CORD_SPREAD_BASIS_BEHAVED;
    }
    return draft->taken_by != 0 ? CORD_SPREAD_BASIS_SEEN : CORD_SPREAD_BASIS_NONE;
}

static cord_status copy(struct making *making, cord_str text, cord_str *ret_copy)
{
    *ret_copy = cord_arena_copy(making->answer->arena, text);
    return ret_copy->ptr ? CORD_OK : cord_arena_failure(making->answer->arena);
}

static cord_status put_row(struct making *making, const struct draft *draft,
                           struct cord_spread_row *ret_row)
{
    struct cord_spread_row row = {.attacks = happened(&draft->attacked),
                                  .reached_ns = draft->reached.time_ns,
                                  .attacked_ns = draft->attacked.time_ns};
    const struct cord_spread_first *first = role_of(draft, &row.role);
    const struct cord_spread_note *note = cord_spread_log_note(making->log, first->note);
    const struct cord_spread_machine *machine =
        cord_spread_log_machine(making->log, draft->machine);
    uint32_t by = draft->reached.by;
    if (happened(&draft->taken) && draft->taken.by != NOBODY) {
        by = draft->taken.by;
    }
    row.basis = basis_of(draft);
    row.external = machine->organisation == NOBODY;
    row.time_ns = first->time_ns;
    row.known_ns = first->known_ns;
    row.finding = note->number;
    cord_str from = row.role == CORD_SPREAD_ROLE_ATTACKER ? CORD_STR("") : name_of(making, by);
    uint32_t organisation = row.external
                                ? cord_spread_log_link(making->log, note->link)->organisation
                                : machine->organisation;
    cord_status status =
        copy(making, cord_spread_log_word(making->log, organisation), &row.organisation);
    if (status == CORD_OK) {
        status = copy(making, machine->host, &row.host);
    }
    if (status == CORD_OK) {
        status = copy(making, machine->address, &row.address);
    }
    if (status == CORD_OK) {
        status = copy(making, from, &row.from);
    }
    if (status == CORD_OK) {
        status = copy(making, cord_str_from(note->evidence), &row.evidence);
    }
    *ret_row = row;
    return status;
}

static int by_time(const void *one, const void *other)
{
    const struct cord_spread_row *a = one, *b = other;
    if (a->time_ns != b->time_ns) {
        return a->time_ns < b->time_ns ? -1 : 1;
    }
    if (a->role != b->role) { /* who attacks comes before whom it attacked */
        return a->role == CORD_SPREAD_ROLE_ATTACKER || b->role == CORD_SPREAD_ROLE_REACHED ? -1 : 1;
    }
    return a->finding != b->finding ? (a->finding < b->finding ? -1 : 1)
                                    : cord_str_compare(a->address, b->address);
}

/* --- figures --- */

static bool affected(const struct cord_spread_row *row)
{
    return row->role != CORD_SPREAD_ROLE_REACHED && !row->external;
}

/* Takes note of the organisation; whether it is the first of it. */
static cord_status meet(struct cord_map *met, cord_str organisation, bool *ret_fresh)
{
    *ret_fresh = cord_map_get(met, organisation) == CORD_MAP_NONE;
    return *ret_fresh ? cord_map_put(met, organisation, 0) : CORD_OK;
}

/* Rows are in order of time. */
static cord_status put_figures(const struct making *making, const struct cord_spread_row *rows,
                               size_t count, struct cord_map *met,
                               struct cord_spread_cluster *cluster)
{
    int64_t first_ns = CORD_TIME_NONE, last_ns = CORD_TIME_NONE, newest_ns = CORD_TIME_NONE;
    uint64_t hosts = 0, organisations = 0;
    for (size_t i = 0; i < count; i++) {
        if (affected(&rows[i])) {
            first_ns = first_ns == CORD_TIME_NONE ? rows[i].time_ns : first_ns;
            last_ns = rows[i].time_ns;
            newest_ns = rows[i].known_ns > newest_ns ? rows[i].known_ns : newest_ns;
        }
        cluster->reached += rows[i].role == CORD_SPREAD_ROLE_REACHED;
    }
    int64_t span_ns = 0;
    bool wide = __builtin_sub_overflow(last_ns, first_ns, &span_ns) || span_ns > RATE_NS;
    span_ns = wide ? RATE_NS : span_ns;
    for (size_t i = 0; i < count; i++) {
        if (affected(&rows[i])) {
            bool late = !wide || rows[i].time_ns > last_ns - RATE_NS;
            bool fresh = false;
            cord_status status = meet(met, rows[i].organisation, &fresh);
            if (status != CORD_OK) {
                return status;
            }
            cluster->hosts++;
            cluster->organisations += fresh;
            hosts += late;
            organisations += late && fresh;
        }
    }
    double minutes = (double)span_ns / (60.0 * CORD_SECOND_NS);
    minutes = minutes < 1 ? 1 : minutes;
    cluster->rate_hosts_per_minute = (double)hosts / minutes;
    cluster->rate_organisations_per_minute = (double)organisations / minutes;
    int64_t now = making->question->at_ns != CORD_TIME_NONE ? making->question->at_ns
                                                            : making->question->now_ns;
    int64_t quiet = 0;
    cluster->growing = newest_ns != CORD_TIME_NONE &&
                       !__builtin_sub_overflow(now, newest_ns, &quiet) &&
                       quiet <= making->options->quiet_ns;
    return CORD_OK;
}

/* The first attacker of those that took somebody over; where none is known, the machine taken over
 * first; of mere attempts the first attacker. */
static const struct draft *patient_zero(const struct making *making)
{
    const struct draft *leader = NULL, *taken = NULL, *attacker = NULL;
    for (size_t i = 0; i < making->draft_count; i++) {
        const struct draft *draft = &making->draft[i];
        if (draft->home != NOBODY) {
            continue;
        }
        if (draft->leads && happened(&draft->attacked) &&
            (!leader || draft->attacked.time_ns < leader->attacked.time_ns)) {
            leader = draft;
        }
        if (happened(&draft->taken) && (!taken || draft->taken.time_ns < taken->taken.time_ns)) {
            taken = draft;
        }
        if (happened(&draft->attacked) &&
            (!attacker || draft->attacked.time_ns < attacker->attacked.time_ns)) {
            attacker = draft;
        }
    }
    leader = leader ? leader : taken;
    return leader ? leader : attacker;
}

/* --- clusters --- */

static cord_status put_id(struct making *making, uint64_t number, cord_str *ret_id)
{
    char text[CORD_EVIDENCE_ID_TEXT];
    uint64_t most = CORD_EVIDENCE_ID_SEQUENCE_MAX;
    cord_str id =
        cord_evidence_id_format(&making->options->id_key, number < most ? number : most, text);
    *ret_id = cord_arena_printf(making->answer->arena, "S-%.*s", CORD_STR_ARG(id));
    return ret_id->ptr ? CORD_OK : cord_arena_failure(making->answer->arena);
}

/* When it became a cluster, and as which others. */
static cord_status put_births(struct making *making, uint32_t root,
                              struct cord_spread_cluster *cluster)
{
    const struct cord_spread_birth *first = NULL;
    size_t births = cord_spread_fold_birth_count(making->fold), count = 0;
    for (size_t i = 0; i < births; i++) {
        const struct cord_spread_birth *birth = cord_spread_fold_birth(making->fold, i);
        if (cord_spread_fold_root(making->fold, birth->presence) == root) {
            first = first && first->number < birth->number ? first : birth;
            count++;
        }
    }
    if (!first) {
        return CORD_OK;
    }
    const struct cord_spread_note *note = cord_spread_log_note(making->log, first->note);
    uint32_t title = cord_spread_log_link(making->log, note->link)->title;
    cluster->known_ns = first->known_ns;
    cord_str *merged = cord_arena_zalloc(making->answer->arena, count, sizeof *merged);
    if (!merged) {
        return cord_arena_failure(making->answer->arena);
    }
    cord_status status = put_id(making, first->number, &cluster->id);
    for (size_t i = 0; i < births && status == CORD_OK; i++) {
        const struct cord_spread_birth *birth = cord_spread_fold_birth(making->fold, i);
        if (birth != first && cord_spread_fold_root(making->fold, birth->presence) == root) {
            status = put_id(making, birth->number, &merged[cluster->merged_count++]);
        }
    }
    cluster->merged = merged;
    return status == CORD_OK
               ? copy(making, cord_spread_log_word(making->log, title), &cluster->title)
               : status;
}

/* Attempts have no birth: their id and title are their first finding's. */
static cord_status put_attempts(struct making *making, const struct draft *zero,
                                struct cord_spread_cluster *cluster)
{
    enum cord_spread_role role;
    const struct cord_spread_first *first = role_of(zero, &role);
    const struct cord_spread_note *note = cord_spread_log_note(making->log, first->note);
    uint32_t title = cord_spread_log_link(making->log, note->link)->title;
    cluster->attempts_only = true;
    cluster->known_ns = first->known_ns;
    cord_status status = put_id(making, note->number, &cluster->id);
    return status == CORD_OK
               ? copy(making, cord_spread_log_word(making->log, title), &cluster->title)
               : status;
}

static void put_span(const struct making *making, uint32_t root,
                     struct cord_spread_cluster *cluster)
{
    uint32_t at = root;
    do {
        const struct cord_spread_presence *presence = cord_spread_fold_presence(making->fold, at);
        bool first = cluster->first_ns == CORD_TIME_NONE || presence->first_ns < cluster->first_ns;
        cluster->first_ns = first ? presence->first_ns : cluster->first_ns;
        at = presence->next;
    } while (at != root);
}

static cord_status put_rows(struct making *making, const struct draft *zero,
                            struct cord_spread_cluster *cluster)
{
    size_t count = 0;
    struct cord_arena *arena = making->answer->arena;
    struct cord_spread_row *rows = cord_arena_zalloc(arena, making->draft_count, sizeof *rows);
    struct cord_spread_row *first = cord_arena_zalloc(arena, 1, sizeof *first);
    if (!rows || !first) {
        return cord_arena_failure(arena);
    }
    for (size_t i = 0; i < making->draft_count; i++) {
        if (making->draft[i].home != NOBODY) {
            continue;
        }
        cord_status status = put_row(making, &making->draft[i], &rows[count]);
        if (status != CORD_OK) {
            return status;
        }
        if (&making->draft[i] == zero) {
            *first = rows[count];
            cluster->patient_zero = first;
        }
        count++;
    }
    qsort(rows, count, sizeof *rows, by_time);
    struct cord_map met;
    cord_map_init(&met, making->options->seed);
    cord_status status = put_figures(making, rows, count, &met, cluster);
    cord_map_done(&met);
    cluster->rows = rows;
    cluster->row_count = count;
    return status;
}

static cord_status put_cluster(struct making *making, uint32_t root)
{
    const struct cord_spread_presence *presence = cord_spread_fold_presence(making->fold, root);
    struct cord_spread_cluster cluster = {.id = CORD_STR(""),
                                          .title = CORD_STR(""),
                                          .first_ns = CORD_TIME_NONE,
                                          .findings = making->findings[root]};
    cluster.last_ns = making->last_ns[root];
    const struct draft *zero = NULL;
    if (!making->question->bare || !presence->live) {
        gather(making, root);
        cord_status found = find_guests(making);
        if (found != CORD_OK) {
            return found;
        }
        find_leaders(making);
        zero = patient_zero(making);
        assert(zero); /* a presence is of a note, which attacked, reached or took */
    }
    cord_status status =
        presence->live ? put_births(making, root, &cluster) : put_attempts(making, zero, &cluster);
    if (status == CORD_OK) {
        status = copy(making, cord_spread_log_word(making->log, presence->technique),
                      &cluster.technique);
    }
    if (status == CORD_OK) {
        put_span(making, root, &cluster);
    }
    if (status == CORD_OK && !making->question->bare) {
        status = put_rows(making, zero, &cluster);
    }
    if (status == CORD_OK) {
        making->cluster_of[root] = (uint32_t)making->answer->count + 1;
        making->answer->clusters[making->answer->count++] = cluster;
    }
    return status;
}

/* The numbers of the findings of all clusters, going through the notes once to count and once to
 * write. */
static cord_status put_numbers(struct making *making)
{
    uint32_t count = cord_spread_log_count(making->log);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; pass == 1 && i < making->answer->count; i++) {
            struct cord_spread_cluster *cluster = &making->answer->clusters[i];
            uint64_t *numbers = cord_arena_alloc(making->answer->arena,
                                                 (cluster->number_count + 1) * sizeof *numbers);
            if (!numbers) {
                return cord_arena_failure(making->answer->arena);
            }
            cluster->numbers = making->numbers[i] = numbers;
            cluster->number_count = 0;
        }
        for (uint32_t at = 0; at < count; at++) {
            uint32_t presence = cord_spread_fold_of_note(making->fold, at);
            uint32_t of = presence == NOBODY
                              ? 0
                              : making->cluster_of[cord_spread_fold_root(making->fold, presence)];
            if (of > 0 && pass == 1) {
                size_t into = making->answer->clusters[of - 1].number_count;
                making->numbers[of - 1][into] = cord_spread_log_note(making->log, at)->number;
            }
            making->answer->clusters[of > 0 ? of - 1 : 0].number_count += of > 0;
        }
    }
    return CORD_OK;
}

/* --- which --- */

static cord_status put_all(struct making *making)
{
    uint32_t count = cord_spread_fold_count(making->fold);
    size_t wanted = 0;
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1) {
            making->answer->clusters = calloc(wanted + 1, sizeof *making->answer->clusters);
            if (!making->answer->clusters) {
                return CORD_E_NOMEM;
            }
        }
        for (uint32_t at = 0; at < count; at++) {
            const struct cord_spread_presence *presence =
                cord_spread_fold_presence(making->fold, at);
            bool attempts = presence->size > 1 && making->question->attempts;
            if (presence->parent != at || (!presence->live && !attempts)) {
                continue;
            }
            wanted++;
            cord_status status = pass == 1 ? put_cluster(making, at) : CORD_OK;
            if (status != CORD_OK) {
                return status;
            }
        }
    }
    return CORD_OK;
}

static cord_status put_one(struct making *making, uint32_t root)
{
    making->answer->clusters = calloc(1, sizeof *making->answer->clusters);
    return making->answer->clusters ? put_cluster(making, root) : CORD_E_NOMEM;
}

/* The note of a finding: their numbers ascend. */
static uint32_t note_of(const struct cord_spread_log *log, uint64_t finding)
{
    uint32_t low = 0, high = cord_spread_log_count(log);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (cord_spread_log_note(log, middle)->number < finding) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < cord_spread_log_count(log) && cord_spread_log_note(log, low)->number == finding
               ? low
               : NOBODY;
}

static cord_status put_of_finding(struct making *making, uint64_t finding, bool attempts)
{
    uint32_t note = note_of(making->log, finding);
    uint32_t presence = note == NOBODY ? NOBODY : cord_spread_fold_of_note(making->fold, note);
    if (presence == NOBODY) {
        return CORD_E_NOENT;
    }
    uint32_t root = cord_spread_fold_root(making->fold, presence);
    const struct cord_spread_presence *of = cord_spread_fold_presence(making->fold, root);
    return of->live || (attempts && of->size > 1) ? put_one(making, root) : CORD_E_NOENT;
}

static cord_status put_of_id(struct making *making)
{
    uint64_t number = 0;
    cord_str id = making->question->id;
    if (!cord_str_starts_fold(id, CORD_STR("S-")) ||
        cord_evidence_id_parse(&making->options->id_key, cord_str_from_byte(id, 2), &number,
                               NULL) != CORD_OK) {
        return CORD_E_NOENT;
    }
    for (size_t i = 0; i < cord_spread_fold_birth_count(making->fold); i++) {
        const struct cord_spread_birth *birth = cord_spread_fold_birth(making->fold, i);
        if (birth->number == number) {
            return put_one(making, cord_spread_fold_root(making->fold, birth->presence));
        }
    }
    return making->question->attempts ? put_of_finding(making, number, true) : CORD_E_NOENT;
}

static int by_beginning(const void *one, const void *other)
{
    const struct cord_spread_cluster *a = one, *b = other;
    return a->first_ns != b->first_ns ? (a->first_ns > b->first_ns ? -1 : 1)
                                      : cord_str_compare(a->id, b->id);
}

static void count_findings(struct making *making)
{
    for (uint32_t at = 0; at < cord_spread_log_count(making->log); at++) {
        const struct cord_spread_note *note = cord_spread_log_note(making->log, at);
        uint32_t presence = cord_spread_fold_of_note(making->fold, at);
        if (presence == NOBODY) {
            continue;
        }
        uint32_t root = cord_spread_fold_root(making->fold, presence);
        int64_t last_ns = note->last_ns > note->time_ns ? note->last_ns : note->time_ns;
        bool later = making->findings[root] == 0 || last_ns > making->last_ns[root];
        making->last_ns[root] = later ? last_ns : making->last_ns[root];
        making->findings[root] += note->count;
    }
}

static cord_status put_asked(struct making *making)
{
    const struct cord_spread_question *question = making->question;
    if (question->id.len > 0) {
        return put_of_id(making);
    }
    if (question->finding > 0) {
        return put_of_finding(making, question->finding, question->attempts);
    }
    return put_all(making);
}

static cord_status make(struct making *making)
{
    const struct cord_spread_question *question = making->question;
    struct cord_spread_answer *answer = making->answer;
    count_findings(making);
    cord_status status = put_asked(making);
    if (status == CORD_OK && answer->count > 0 &&
        (question->bare || question->id.len > 0 || question->finding > 0)) {
        making->numbers = calloc(answer->count, sizeof *making->numbers);
        status = making->numbers ? put_numbers(making) : CORD_E_NOMEM;
    }
    if (status == CORD_OK && answer->count > 1) {
        qsort(answer->clusters, answer->count, sizeof *answer->clusters, by_beginning);
    }
    return status;
}

cord_status cord_spread_answer_make(const struct cord_spread_options *options,
                                    const struct cord_spread_log *log,
                                    const struct cord_spread_fold *fold,
                                    const struct cord_spread_question *question,
                                    struct cord_spread_answer **ret_answer)
{
    size_t presences = (size_t)cord_spread_fold_count(fold) + 1;
    struct making making = {.options = options, .log = log, .fold = fold, .question = question};
    cord_status status = CORD_E_NOMEM;
    making.answer = calloc(1, sizeof *making.answer);
    making.findings = calloc(presences, sizeof *making.findings);
    making.last_ns = calloc(presences, sizeof *making.last_ns);
    making.draft = calloc(presences, sizeof *making.draft);
    making.cluster_of = calloc(presences, sizeof *making.cluster_of);
    if (making.answer && making.findings && making.last_ns && making.draft && making.cluster_of) {
        making.answer->arena = cord_arena_new(options->bytes_max);
        status = making.answer->arena ? make(&making) : CORD_E_NOMEM;
    }
    free(making.numbers);
    free(making.cluster_of);
    free(making.draft);
    free(making.last_ns);
    free(making.findings);
    if (status != CORD_OK) {
        cord_spread_answer_free(making.answer);
        return status;
    }
    *ret_answer = making.answer;
    return CORD_OK;
}
