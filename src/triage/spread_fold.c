/* spread_fold.c: see spread_fold.h. */
#include "triage/spread_fold.h"

#include "base/hash.h"
#include "base/timestamp.h"
#include "base/vec.h"

#include <assert.h>
#include <stdlib.h>

#define NOBODY       CORD_SPREAD_NOBODY
#define EARLIER_MAX  8u  /* presences of one machine that a late note is held against */
#define MEMBERS_MAX  16u /* of a new cluster, that were in others before */
#define CANDIDATES   16u /* machines on which a technique was seen last */
#define CANDIDATE_OF 2u  /* kinds of candidates: seen, scanning */
#define USUAL_DAYS   3   /* of the seven before, on which a technique was merely seen */
#define WEEK_BITS    UINT64_C(0x7f)
#define DAY_NS       (86400 * CORD_SECOND_NS)

struct candidate {
    uint32_t presence; /* NOBODY: none */
    uint32_t organisation;
    int64_t time_ns;
};

/* What is kept of a technique beside its presences. */
struct technique {
    uint32_t word;
    struct candidate candidates[CANDIDATE_OF][CANDIDATES];
    uint32_t next[CANDIDATE_OF]; /* to be written over */
    uint32_t *live;              /* a presence of each live component; merged ones are dropped */
    size_t live_count, live_cap;
    int64_t day;   /* the latest on which it was seen often enough for a cluster */
    uint64_t days; /* such days: bit 0 that one, bit 1 the day before, ... */
};

struct slot {
    uint32_t technique, machine; /* technique NOBODY: free */
    uint32_t presence;           /* the latest */
};

struct cord_spread_fold {
    const struct cord_spread_log *log;
    const struct cord_spread_rules *rules;
    uint64_t seed;
    struct cord_spread_presence *presences;
    size_t presence_count, presence_cap;
    struct slot *slots; /* power of two */
    size_t slot_count, slots_used;
    struct technique *techniques;
    size_t technique_count, technique_cap;
    struct cord_spread_birth *births;
    size_t birth_count, birth_cap;
    uint32_t *of_note; /* by note */
    size_t of_note_count, of_note_cap;
};

struct cord_spread_fold *cord_spread_fold_new(const struct cord_spread_log *log,
                                              const struct cord_spread_rules *rules, uint64_t seed)
{
    struct cord_spread_fold *fold = calloc(1, sizeof *fold);
    if (fold) {
        *fold = (struct cord_spread_fold){.log = log, .rules = rules, .seed = seed};
    }
    return fold;
}

void cord_spread_fold_free(struct cord_spread_fold *fold)
{
    if (!fold) {
        return;
    }
    for (size_t i = 0; i < fold->technique_count; i++) {
        free(fold->techniques[i].live);
    }
    free(fold->of_note);
    free(fold->births);
    free(fold->techniques);
    free(fold->slots);
    free(fold->presences);
    free(fold);
}

/* --- the machine's presence --- */

static struct slot *slot_of(struct slot *slots, size_t count, uint64_t seed,
                            const struct slot *wanted)
{
    uint64_t key = (uint64_t)wanted->technique << 32 | wanted->machine;
    size_t at = (size_t)cord_hash_mix(key + seed) & (count - 1);
    while (slots[at].technique != NOBODY &&
           (slots[at].technique != wanted->technique || slots[at].machine != wanted->machine)) {
        at = (at + 1) & (count - 1);
    }
    return &slots[at];
}

static cord_status slots_grow(struct cord_spread_fold *fold)
{
    if (fold->slot_count > 0 && fold->slots_used < fold->slot_count / 2) {
        return CORD_OK;
    }
    size_t count = fold->slot_count > 0 ? fold->slot_count * 2 : 64;
    struct slot *slots = calloc(count, sizeof *slots);
    if (!slots) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        slots[i].technique = NOBODY;
    }
    for (size_t i = 0; i < fold->slot_count; i++) {
        if (fold->slots[i].technique != NOBODY) {
            *slot_of(slots, count, fold->seed, &fold->slots[i]) = fold->slots[i];
        }
    }
    free(fold->slots);
    fold->slots = slots;
    fold->slot_count = count;
    return CORD_OK;
}

static bool apart(int64_t earlier, int64_t later, int64_t most)
{
    int64_t gap = 0;
    return __builtin_sub_overflow(later, earlier, &gap) || gap > most;
}

static bool holds(const struct cord_spread_presence *presence, int64_t time_ns, int64_t window_ns)
{
    return !apart(presence->last_ns, time_ns, window_ns) &&
           !apart(time_ns, presence->first_ns, window_ns);
}

static cord_status presence_new(struct cord_spread_fold *fold, struct slot *slot, int64_t time_ns,
                                uint32_t *ret_presence)
{
    struct cord_spread_presence *presences = cord_vec_room(fold->presences, fold->presence_count,
                                                           &fold->presence_cap, sizeof *presences);
    if (!presences) {
        return CORD_E_NOMEM;
    }
    const struct cord_spread_first never = {CORD_TIME_NONE, CORD_TIME_NONE, NOBODY, NOBODY};
    uint32_t at = (uint32_t)fold->presence_count++;
    fold->presences = presences;
    presences[at] = (struct cord_spread_presence){
        .technique = slot->technique,
        .machine = slot->machine,
        .parent = at,
        .size = 1,
        .next = at,
        .earlier = slot->presence,
        .first_ns = time_ns,
        .last_ns = time_ns,
        .attacked = never,
        .reached = never,
        .taken = never,
        .effect_first_ns = CORD_TIME_NONE,
        .effect_last_ns = CORD_TIME_NONE,
    };
    slot->presence = at;
    *ret_presence = at;
    return CORD_OK;
}

/* The machine's presence at that time, made when it has none. */
static cord_status presence_of(struct cord_spread_fold *fold, uint32_t technique, uint32_t machine,
                               int64_t time_ns, uint32_t *ret_presence)
{
    *ret_presence = NOBODY;
    if (machine == NOBODY) {
        return CORD_OK;
    }
    cord_status status = slots_grow(fold);
    if (status != CORD_OK) {
        return status;
    }
    const struct slot wanted = {technique, machine, NOBODY};
    struct slot *slot = slot_of(fold->slots, fold->slot_count, fold->seed, &wanted);
    if (slot->technique == NOBODY) {
        *slot = wanted;
        fold->slots_used++;
    }
    uint32_t at = slot->presence;
    for (unsigned step = 0; at != NOBODY && step < EARLIER_MAX; step++) {
        struct cord_spread_presence *presence = &fold->presences[at];
        if (holds(presence, time_ns, fold->rules->window_ns)) {
            presence->first_ns = time_ns < presence->first_ns ? time_ns : presence->first_ns;
            presence->last_ns = time_ns > presence->last_ns ? time_ns : presence->last_ns;
            *ret_presence = at;
            return CORD_OK;
        }
        at = presence->earlier;
    }
    return presence_new(fold, slot, time_ns, ret_presence);
}

/* --- components --- */

uint32_t cord_spread_fold_root(const struct cord_spread_fold *fold, uint32_t presence)
{
    while (fold->presences[presence].parent != presence) {
        presence = fold->presences[presence].parent;
    }
    return presence;
}

static void effects_join(struct cord_spread_presence *to, const struct cord_spread_presence *from)
{
    if (!from->live) {
        return;
    }
    bool first = !to->live || from->effect_first_ns < to->effect_first_ns;
    bool last = !to->live || from->effect_last_ns > to->effect_last_ns;
    to->effect_first_ns = first ? from->effect_first_ns : to->effect_first_ns;
    to->effect_last_ns = last ? from->effect_last_ns : to->effect_last_ns;
    to->live = true;
}

/* The smaller goes below the larger, so that the way to a root stays short without anybody
 * shortening it: readers change nothing. */
static void join(struct cord_spread_fold *fold, uint32_t one, uint32_t other)
{
    uint32_t a = cord_spread_fold_root(fold, one), b = cord_spread_fold_root(fold, other);
    if (a == b) {
        return;
    }
    if (fold->presences[a].size < fold->presences[b].size) {
        uint32_t swap = a;
        a = b;
        b = swap;
    }
    struct cord_spread_presence *to = &fold->presences[a], *from = &fold->presences[b];
    uint32_t next = to->next;
    to->next = from->next;
    from->next = next;
    to->size += from->size;
    from->parent = a;
    effects_join(to, from);
}

static struct technique *technique_of(struct cord_spread_fold *fold, uint32_t word)
{
    for (size_t i = 0; i < fold->technique_count; i++) {
        if (fold->techniques[i].word == word) {
            return &fold->techniques[i];
        }
    }
    struct technique *techniques = cord_vec_room(fold->techniques, fold->technique_count,
                                                 &fold->technique_cap, sizeof *techniques);
    if (!techniques) {
        return NULL;
    }
    fold->techniques = techniques;
    struct technique *technique = &techniques[fold->technique_count++];
    *technique = (struct technique){.word = word};
    for (size_t kind = 0; kind < CANDIDATE_OF; kind++) {
        for (size_t i = 0; i < CANDIDATES; i++) {
            technique->candidates[kind][i].presence = NOBODY;
        }
    }
    return technique;
}

static bool near(const struct cord_spread_presence *a, const struct cord_spread_presence *b,
                 int64_t window_ns)
{
    return !apart(a->effect_last_ns, b->effect_first_ns, window_ns) &&
           !apart(b->effect_last_ns, a->effect_first_ns, window_ns);
}

/* Joins what is live within a window, and keeps one presence of each live component. True: some
 * were joined, so that the component now reaches further. */
static bool join_live(struct cord_spread_fold *fold, struct technique *technique, uint32_t one)
{
    size_t kept = 0;
    bool joined = false;
    for (size_t i = 0; i < technique->live_count; i++) {
        uint32_t a = cord_spread_fold_root(fold, one);
        uint32_t b = cord_spread_fold_root(fold, technique->live[i]);
        if (a != b && near(&fold->presences[a], &fold->presences[b], fold->rules->window_ns)) {
            join(fold, a, b);
            joined = true;
        } else if (a != b) {
            technique->live[kept++] = technique->live[i];
        }
    }
    technique->live_count = kept;
    return joined;
}

/* The machine was in another live component not long before. */
static bool was_live(const struct cord_spread_fold *fold, uint32_t member)
{
    const struct cord_spread_presence *presence = &fold->presences[member];
    if (presence->earlier == NOBODY) {
        return false;
    }
    const struct cord_spread_presence *earlier = &fold->presences[presence->earlier];
    uint32_t root = cord_spread_fold_root(fold, presence->earlier);
    return fold->presences[root].live && root != cord_spread_fold_root(fold, member) &&
           !apart(earlier->last_ns, presence->first_ns, fold->rules->merge_ns);
}

static bool join_earlier(struct cord_spread_fold *fold, uint32_t member)
{
    bool joins = was_live(fold, member);
    if (joins) {
        join(fold, member, fold->presences[member].earlier);
    }
    return joins;
}

/* Of all members of a component that was not live until now. Looked for before anything is joined,
 * since what is joined is in the same ring and may be large; of very many such members the rest is
 * met when they are seen again. */
static bool join_members(struct cord_spread_fold *fold, uint32_t presence)
{
    uint32_t found[MEMBERS_MAX];
    size_t count = 0;
    uint32_t at = presence;
    do {
        if (was_live(fold, at)) {
            found[count++] = at;
        }
        at = fold->presences[at].next;
    } while (at != presence && count < MEMBERS_MAX);
    for (size_t i = 0; i < count; i++) {
        (void)join_earlier(fold, found[i]);
    }
    return count > 0;
}

static cord_status birth(struct cord_spread_fold *fold, uint32_t presence, uint32_t note)
{
    struct cord_spread_birth *births =
        cord_vec_room(fold->births, fold->birth_count, &fold->birth_cap, sizeof *births);
    if (!births) {
        return CORD_E_NOMEM;
    }
    const struct cord_spread_note *of = cord_spread_log_note(fold->log, note);
    fold->births = births;
    births[fold->birth_count++] =
        (struct cord_spread_birth){of->number, of->known_ns, presence, note};
    return CORD_OK;
}

/* Whatever is live within reach is one with the presence's component. True: there was some. */
static bool join_all(struct cord_spread_fold *fold, struct technique *technique, uint32_t presence,
                     bool born)
{
    bool joined = born ? join_members(fold, presence) : join_earlier(fold, presence);
    while (join_live(fold, technique, presence)) {
        joined = true;
    }
    assert(technique->live_count < technique->live_cap);
    technique->live[technique->live_count++] = presence;
    return joined;
}

/* The presence's component has an effect at that time. What becomes live and is part of a cluster
 * at once has never been one of its own. */
static cord_status effect(struct cord_spread_fold *fold, uint32_t presence, int64_t time_ns,
                          uint32_t note)
{
    struct technique *technique = technique_of(fold, fold->presences[presence].technique);
    if (!technique) {
        return CORD_E_NOMEM;
    }
    uint32_t *live =
        cord_vec_room(technique->live, technique->live_count, &technique->live_cap, sizeof *live);
    if (!live) {
        return CORD_E_NOMEM;
    }
    technique->live = live;
    struct cord_spread_presence *root = &fold->presences[cord_spread_fold_root(fold, presence)];
    bool born = !root->live;
    bool first = born || time_ns < root->effect_first_ns;
    bool last = born || time_ns > root->effect_last_ns;
    root->effect_first_ns = first ? time_ns : root->effect_first_ns;
    root->effect_last_ns = last ? time_ns : root->effect_last_ns;
    root->live = true;
    bool joined = join_all(fold, technique, presence, born);
    return born && !joined ? birth(fold, presence, note) : CORD_OK;
}

/* --- notes --- */

/* The earliest counts; of equals the one known first. */
static bool first_of(struct cord_spread_first *first, const struct cord_spread_note *note,
                     uint32_t at, uint32_t by)
{
    if (first->time_ns != CORD_TIME_NONE && first->time_ns <= note->time_ns) {
        return false;
    }
    *first = (struct cord_spread_first){note->time_ns, note->known_ns, at, by};
    return true;
}

bool cord_spread_fold_turned(const struct cord_spread_presence *presence)
{
    return presence->reached.time_ns != CORD_TIME_NONE &&
           presence->attacked.time_ns != CORD_TIME_NONE &&
           presence->reached.time_ns < presence->attacked.time_ns;
}

static bool counts(const struct candidate *candidate, int64_t time_ns, int64_t window_ns)
{
    return candidate->presence != NOBODY && !apart(candidate->time_ns, time_ns, window_ns) &&
           !apart(time_ns, candidate->time_ns, window_ns);
}

static void keep_candidate(struct technique *technique, unsigned kind,
                           const struct candidate *candidate)
{
    struct candidate *candidates = technique->candidates[kind];
    for (size_t i = 0; i < CANDIDATES; i++) {
        if (candidates[i].presence == candidate->presence) {
            candidates[i] = *candidate;
            return;
        }
    }
    candidates[technique->next[kind] % CANDIDATES] = *candidate;
    technique->next[kind]++;
}

/* Whether enough machines show the technique within the window. */
static bool enough(const struct cord_spread_fold *fold, const struct technique *technique,
                   unsigned kind, const struct candidate *latest)
{
    const struct candidate *candidates = technique->candidates[kind];
    uint32_t machines = 0, organisations = 0;
    for (size_t i = 0; i < CANDIDATES; i++) {
        if (!counts(&candidates[i], latest->time_ns, fold->rules->window_ns)) {
            continue;
        }
        bool seen = false;
        for (size_t j = 0; j < i; j++) {
            seen = seen || (counts(&candidates[j], latest->time_ns, fold->rules->window_ns) &&
                            candidates[j].organisation == candidates[i].organisation);
        }
        machines++;
        organisations += !seen;
    }
    /* Scanners are common: that two organisations have one each says nothing. */
    return machines >= fold->rules->machines ||
           (kind != 1 && organisations >= fold->rules->organisations);
}

static void join_candidates(struct cord_spread_fold *fold, const struct candidate *candidates,
                            const struct candidate *latest)
{
    for (size_t i = 0; i < CANDIDATES; i++) {
        if (counts(&candidates[i], latest->time_ns, fold->rules->window_ns)) {
            join(fold, latest->presence, candidates[i].presence);
        }
    }
}

/* A live component of the technique whose effects are within the window; NOBODY: there is none. */
static uint32_t live_near(const struct cord_spread_fold *fold, const struct technique *technique,
                          const struct candidate *latest)
{
    for (size_t i = 0; i < technique->live_count; i++) {
        const struct cord_spread_presence *root =
            &fold->presences[cord_spread_fold_root(fold, technique->live[i])];
        if (!apart(root->effect_last_ns, latest->time_ns, fold->rules->window_ns) &&
            !apart(latest->time_ns, root->effect_first_ns, fold->rules->window_ns)) {
            return technique->live[i];
        }
    }
    return NOBODY;
}

/* What is seen on many machines day after day is how things are there, and spreads no more. By
 * the days on which it became known: a machine's clock may be wrong. */
static bool is_usual(struct technique *technique, int64_t known_ns)
{
    int64_t day = known_ns / DAY_NS, passed = day - technique->day;
    if (passed > 0) {
        technique->days = passed < 64 ? technique->days << passed : 0;
        technique->day = day;
    }
    technique->days |= 1;
    return __builtin_popcountll(technique->days >> 1 & WEEK_BITS) >= USUAL_DAYS;
}

/* Seen on a machine, or a machine scans: an effect only together with others. */
static cord_status weigh(struct cord_spread_fold *fold, unsigned kind, uint32_t presence,
                         const struct cord_spread_note *note, uint32_t at)
{
    struct technique *technique = technique_of(fold, fold->presences[presence].technique);
    if (!technique) {
        return CORD_E_NOMEM;
    }
    const struct candidate latest = {
        presence, cord_spread_log_link(fold->log, note->link)->organisation, note->time_ns};
    keep_candidate(technique, kind, &latest);
    uint32_t live = kind == 0 ? live_near(fold, technique, &latest) : NOBODY;
    if (live == NOBODY && !enough(fold, technique, kind, &latest)) {
        return CORD_OK;
    }
    if (kind == 0 && is_usual(technique, note->known_ns)) {
        fold->of_note[at] = NOBODY; /* nor does it prolong the cluster that its machine is in */
        return CORD_OK;
    }
    if (live != NOBODY) {
        join(fold, live, presence);
    } else {
        join_candidates(fold, technique->candidates[kind], &latest);
    }
    return effect(fold, presence, note->time_ns, at);
}

static cord_status note_attack(struct cord_spread_fold *fold, uint32_t at, uint32_t source,
                               uint32_t target)
{
    const struct cord_spread_note *note = cord_spread_log_note(fold->log, at);
    bool turned = false;
    if (source != NOBODY) {
        struct cord_spread_presence *presence = &fold->presences[source];
        (void)first_of(&presence->attacked, note, at, target);
        turned = cord_spread_fold_turned(presence);
    }
    if (target != NOBODY) {
        (void)first_of(&fold->presences[target].reached, note, at, source);
        turned = turned || cord_spread_fold_turned(&fold->presences[target]);
    }
    if (source != NOBODY && target != NOBODY) {
        join(fold, source, target);
    }
    return turned ? effect(fold, source != NOBODY ? source : target, note->time_ns, at) : CORD_OK;
}

static cord_status note_kind(struct cord_spread_fold *fold, uint32_t at, uint32_t source,
                             uint32_t target)
{
    const struct cord_spread_note *note = cord_spread_log_note(fold->log, at);
    cord_status status = CORD_OK;
    switch ((enum cord_spread_kind)cord_spread_log_link(fold->log, note->link)->kind) {
    case CORD_SPREAD_ATTEMPT:
        return note_attack(fold, at, source, target);
    case CORD_SPREAD_EFFECT:
        status = note_attack(fold, at, source, target);
        (void)first_of(&fold->presences[target].taken, note, at, source);
        fold->presences[target].taken_by |= cord_spread_log_link(fold->log, note->link)->inferred
                                                ? CORD_SPREAD_TAKEN_INFERRED
                                                : CORD_SPREAD_TAKEN_OBSERVED;
        if (status == CORD_OK) {
            status = effect(fold, target, note->time_ns, at);
        }
        if (status == CORD_OK && source != NOBODY) {
            (void)join_earlier(fold, source);
        }
        return status;
    case CORD_SPREAD_SCAN:
        status = note_attack(fold, at, source, NOBODY);
        return status == CORD_OK ? weigh(fold, 1, source, note, at) : status;
    case CORD_SPREAD_HOST:
        (void)first_of(&fold->presences[target].taken, note, at, NOBODY);
        fold->presences[target].taken_by |= CORD_SPREAD_TAKEN_OBSERVED;
        return effect(fold, target, note->time_ns, at);
    case CORD_SPREAD_SEEN:
        (void)first_of(&fold->presences[target].taken, note, at, NOBODY);
        fold->presences[target].taken_by |= CORD_SPREAD_TAKEN_SEEN;
        return weigh(fold, 0, target, note, at);
    }
    return status;
}

static cord_status remember(struct cord_spread_fold *fold, uint32_t at, uint32_t presence)
{
    while (fold->of_note_count <= at) {
        uint32_t *of_note =
            cord_vec_room(fold->of_note, fold->of_note_count, &fold->of_note_cap, sizeof *of_note);
        if (!of_note) {
            return CORD_E_NOMEM;
        }
        fold->of_note = of_note;
        of_note[fold->of_note_count++] = NOBODY;
    }
    fold->of_note[at] = presence;
    return CORD_OK;
}

cord_status cord_spread_fold_note(struct cord_spread_fold *fold, uint32_t at)
{
    const struct cord_spread_note *note = cord_spread_log_note(fold->log, at);
    const struct cord_spread_link *link = cord_spread_log_link(fold->log, note->link);
    uint32_t source, target;
    /* A machine that attacks itself tells nothing of others. */
    uint32_t from = link->source == link->target ? NOBODY : link->source;
    cord_status status = presence_of(fold, link->technique, from, note->time_ns, &source);
    if (status == CORD_OK) {
        status = presence_of(fold, link->technique, link->target, note->time_ns, &target);
    }
    if (status == CORD_OK) {
        status = remember(fold, at, target != NOBODY ? target : source);
    }
    if (status == CORD_OK) {
        status = note_kind(fold, at, source, target);
    }
    return status;
}

/* --- looking --- */

uint32_t cord_spread_fold_count(const struct cord_spread_fold *fold)
{
    return (uint32_t)fold->presence_count;
}

const struct cord_spread_presence *cord_spread_fold_presence(const struct cord_spread_fold *fold,
                                                             uint32_t presence)
{
    return &fold->presences[presence];
}

uint32_t cord_spread_fold_of_note(const struct cord_spread_fold *fold, uint32_t at)
{
    return at < fold->of_note_count ? fold->of_note[at] : NOBODY;
}

size_t cord_spread_fold_birth_count(const struct cord_spread_fold *fold)
{
    return fold->birth_count;
}

const struct cord_spread_birth *cord_spread_fold_birth(const struct cord_spread_fold *fold,
                                                       size_t at)
{
    return &fold->births[at];
}
