/* incident_organisations.c: who is in an incident, and all that was said of them meanwhile. */
#include "base/vec.h"
#include "triage/incident_internal.h"

#include <stdlib.h>

/* What names an incident that has not begun by then is not of its story. */
#define BEFORE_NS (CORD_SECOND_NS * 86400 * 7)

/* --- what is known of alerts and clusters --- */

static cord_status copy_sighting(struct cord_incident_making *making,
                                 const struct cord_incident_sighting *from,
                                 struct cord_incident_sighting *to)
{
    *to = (struct cord_incident_sighting){
        .title = cord_arena_copy(making->arena, from->title),
        .organisation = cord_arena_copy(making->arena, from->organisation),
        .entity = cord_arena_copy(making->arena, from->entity),
        .first_ns = from->first_ns,
        .known_ns = from->known_ns,
    };
    return to->title.ptr && to->organisation.ptr && to->entity.ptr ? CORD_OK
                                                                   : cord_incident_full(making);
}

static cord_status look(struct cord_incident_making *making, size_t place)
{
    const struct cord_incident_request *request = making->request;
    struct cord_incident_link *link = &making->links[place];
    struct cord_incident_sighting found = {.first_ns = CORD_TIME_NONE, .known_ns = CORD_TIME_NONE};
    struct cord_incident_sighting *kept = &making->sightings[place];
    *kept = (struct cord_incident_sighting){.first_ns = CORD_TIME_NONE, .known_ns = CORD_TIME_NONE};
    bool seen_by_machines =
        link->kind == CORD_INCIDENT_ALERT || link->kind == CORD_INCIDENT_CLUSTER;
    if (!request->sighting || !seen_by_machines) {
        return CORD_OK;
    }
    cord_status status =
        request->sighting(request->self, link->kind, link->id, making->incident->known_ns, &found);
    if (status == CORD_E_NOENT ||
        (status == CORD_OK && !cord_incident_sees(making, found.organisation, CORD_CLAIM_AMBER))) {
        return CORD_OK;
    }
    if (status != CORD_OK) {
        return cord_error_set(making->err, status, "%s %.*s cannot be looked up: %s",
                              cord_incident_link_name(link->kind), CORD_STR_ARG(link->id),
                              cord_error_name(status));
    }
    status = copy_sighting(making, &found, kept);
    link->title = status == CORD_OK ? kept->title : link->title;
    return status;
}

cord_status cord_incident_sightings(struct cord_incident_making *making)
{
    struct cord_incident *incident = making->incident;
    cord_status status = CORD_OK;
    making->sightings =
        cord_arena_zalloc(making->arena, making->link_count + 1, sizeof *making->sightings);
    making->begin_ns =
        incident->began_ns < incident->declared_ns ? incident->began_ns : incident->declared_ns;
    if (!making->sightings) {
        return cord_incident_full(making);
    }
    for (size_t i = 0; status == CORD_OK && i < making->link_count; i++) {
        status = look(making, i);
        int64_t first_ns = making->sightings[i].first_ns;
        bool earlier = first_ns != CORD_TIME_NONE && first_ns < making->begin_ns;
        making->begin_ns = earlier ? first_ns : making->begin_ns;
        incident->alerts += making->links[i].kind == CORD_INCIDENT_ALERT;
        incident->clusters += making->links[i].kind == CORD_INCIDENT_CLUSTER;
    }
    return status;
}

/* --- who might be in it --- */

/* A word for, or against, an organisation's being in one of the incidents. */
struct word {
    cord_str incident, code;
    uint64_t in, out; /* numbers of claims */
};

struct gathering {
    struct cord_incident_making *making;
    uint64_t after; /* claims up to here are from before */
    struct word *words;
    size_t count, cap;
    struct cord_incident_naming *subjects; /* whose claims were gathered */
    size_t subject_count, subject_cap;
    size_t done; /* of them, in order and each once, at the front */
};

static cord_status nomem(struct gathering *gathering)
{
    return cord_error_set(gathering->making->err, CORD_E_NOMEM, "out of memory");
}

static cord_status put_word(struct gathering *gathering, struct word word)
{
    struct word *words =
        cord_vec_room(gathering->words, gathering->count, &gathering->cap, sizeof *words);
    if (!words) {
        return nomem(gathering);
    }
    gathering->words = words;
    word.code = cord_incident_identity(gathering->making, word.code);
    words[gathering->count++] = word;
    return CORD_OK;
}

/* What is said of it under this name; gathered once, at the end. */
static cord_status put_subject(struct gathering *gathering, cord_str subject)
{
    struct cord_incident_naming *subjects = cord_vec_room(
        gathering->subjects, gathering->subject_count, &gathering->subject_cap, sizeof *subjects);
    if (!subjects) {
        return nomem(gathering);
    }
    gathering->subjects = subjects;
    subjects[gathering->subject_count++] = (struct cord_incident_naming){.subject = subject};
    return CORD_OK;
}

static cord_status put_code(struct gathering *gathering, const char *prefix, cord_str code)
{
    cord_str subject =
        cord_arena_printf(gathering->making->arena, "%s:%.*s", prefix, CORD_STR_ARG(code));
    return subject.ptr ? put_subject(gathering, subject) : cord_incident_full(gathering->making);
}

static cord_status put_organisation(struct gathering *gathering,
                                    const struct cord_incident_said *said, cord_str code, bool in)
{
    struct word word = {.incident = said->incident, .code = code};
    *(in ? &word.in : &word.out) = said->claim.number;
    cord_status status = put_word(gathering, word);
    return status == CORD_OK && in ? put_code(gathering, "org", code) : status;
}

/* Those of an alert that is linked: as the claim tells, and as the alert does. */
static cord_status take_alert(struct gathering *gathering, size_t place)
{
    struct cord_incident_making *making = gathering->making;
    const struct cord_incident_link *link = &making->links[place];
    const struct cord_incident_said *said = cord_incident_gather_find(making, link->claim);
    cord_str list = said ? cord_claim_member(said->claim.value, "organisations") : CORD_STR("");
    cord_str code = making->sightings[place].organisation;
    cord_status status = CORD_OK;
    if (!said || link->kind != CORD_INCIDENT_ALERT) {
        return CORD_OK;
    }
    if (code.len > 0) {
        status = put_organisation(gathering, said, code, true);
    }
    while (status == CORD_OK && cord_incident_next_text(&list, &code)) {
        if (cord_incident_sees(making, code, said->claim.marking)) {
            status = put_organisation(gathering, said, code, true);
        }
    }
    return status;
}

static cord_status take_links(struct gathering *gathering)
{
    const struct cord_incident_making *making = gathering->making;
    cord_status status = CORD_OK;
    for (size_t i = 0; status == CORD_OK && i < making->said_count; i++) {
        const struct cord_incident_said *said = &making->said[i];
        if (cord_incident_holds(said) && strcmp(said->claim.kind->name, "incident.link") == 0 &&
            cord_str_eq(cord_claim_member(said->claim.value, "kind"), CORD_STR("organisation"))) {
            bool linked = cord_str_eq(cord_claim_state(&said->claim), CORD_STR("linked"));
            status = put_organisation(gathering, said, cord_claim_member(said->claim.value, "id"),
                                      linked);
        }
    }
    for (size_t i = 0; status == CORD_OK && i < making->link_count; i++) {
        status = take_alert(gathering, i);
    }
    return status;
}

/* Those whose state was said to be in it, if the reader sees who said so: told by the claims. */
static cord_status take_namings(struct gathering *gathering)
{
    const struct cord_incident_making *making = gathering->making;
    cord_status status = CORD_OK;
    for (size_t i = 0; i < making->name_count; i++) {
        size_t count = 0;
        const struct cord_incident_naming *named =
            cord_incident_common_named(making->common, making->names[i], &count);
        for (size_t j = 0; status == CORD_OK && j < count; j++) {
            status = put_subject(gathering, named[j].subject);
        }
    }
    return status;
}

/* --- what was said of them --- */

static int by_subject(const void *a, const void *b)
{
    const struct cord_incident_naming *left = a;
    const struct cord_incident_naming *right = b;
    return cord_str_compare(left->subject, right->subject);
}

static bool is_done(const struct gathering *gathering, const struct cord_incident_naming *subject)
{
    return gathering->done > 0 && bsearch(subject, gathering->subjects, gathering->done,
                                          sizeof *subject, by_subject) != NULL;
}

/* Each subject once. */
static cord_status gather_subjects(struct gathering *gathering)
{
    struct cord_incident_naming *subjects = gathering->subjects;
    size_t from = gathering->done;
    size_t kept = from;
    cord_status status = CORD_OK;
    if (gathering->subject_count > from) {
        qsort(subjects + from, gathering->subject_count - from, sizeof *subjects, by_subject);
    }
    for (size_t i = from; status == CORD_OK && i < gathering->subject_count; i++) {
        bool again = kept > from && by_subject(&subjects[kept - 1], &subjects[i]) == 0;
        if (!again && !is_done(gathering, &subjects[i])) {
            subjects[kept++] = subjects[i];
            status = cord_incident_gather_subject(gathering->making, subjects[i].subject,
                                                  CORD_STR(""), gathering->after);
        }
    }
    gathering->subject_count = kept;
    if (kept > 0) {
        qsort(subjects, kept, sizeof *subjects, by_subject);
    }
    gathering->done = kept;
    return status;
}

static cord_status take_names(struct gathering *gathering)
{
    const struct cord_incident_making *making = gathering->making;
    cord_status status = CORD_OK;
    for (size_t i = 0; status == CORD_OK && i < making->said_count; i++) {
        const struct cord_incident_said *said = &making->said[i];
        cord_str name = cord_incident_named(making, said);
        if (name.len == 0 || !cord_incident_holds(said)) {
            continue;
        }
        for (size_t j = 0; status == CORD_OK && j < making->name_count; j++) {
            if (cord_str_eq(name, making->names[j])) {
                status = put_word(gathering, (struct word){.incident = making->names[j],
                                                           .code = said->organisation,
                                                           .in = said->claim.number});
            }
        }
    }
    return status;
}

/* --- who is in it --- */

static int by_code(const void *a, const void *b)
{
    const struct word *left = a;
    const struct word *right = b;
    int order = cord_str_compare(left->code, right->code);
    return order ? order : cord_str_compare(left->incident, right->incident);
}

static cord_status put_member(struct cord_incident_making *making, cord_str code)
{
    size_t count = making->organisation_count;
    if (count > 0 && cord_str_eq(making->organisations[count - 1].code, code)) {
        return CORD_OK;
    }
    struct cord_incident_organisation *organisations = cord_vec_room(
        making->organisations, count, &making->organisation_cap, sizeof *organisations);
    if (!organisations) {
        return cord_error_set(making->err, CORD_E_NOMEM, "out of memory");
    }
    making->organisations = organisations;
    const struct cord_organisation *known =
        making->request->organisations
            ? cord_organisations_find(making->request->organisations, code)
            : NULL;
    organisations[making->organisation_count++] = (struct cord_incident_organisation){
        .code = cord_arena_copy(making->arena, code),
        .name = known ? cord_arena_copy(making->arena, known->name) : CORD_STR(""),
        .state = CORD_STR("unknown"),
        .since_ns = CORD_TIME_NONE,
        .last_who = CORD_STR(""),
        .last_ns = CORD_TIME_NONE,
    };
    return organisations[count].code.ptr && organisations[count].name.ptr
               ? CORD_OK
               : cord_incident_full(making);
}

/* The last word about an organisation in an incident tells whether it is in it. */
static cord_status put_members(struct gathering *gathering)
{
    struct word *words = gathering->words;
    cord_status status = CORD_OK;
    if (gathering->count > 0) {
        qsort(words, gathering->count, sizeof *words, by_code);
    }
    for (size_t i = 0, to; status == CORD_OK && i < gathering->count; i = to) {
        uint64_t in = words[i].in;
        uint64_t out = words[i].out;
        for (to = i + 1; to < gathering->count && by_code(&words[i], &words[to]) == 0; to++) {
            in = words[to].in > in ? words[to].in : in;
            out = words[to].out > out ? words[to].out : out;
        }
        if (in > out) {
            status = put_member(gathering->making, words[i].code);
        }
    }
    return status;
}

struct cord_incident_organisation *cord_incident_member(const struct cord_incident_making *making,
                                                        cord_str code)
{
    size_t low = 0;
    size_t high = making->organisation_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = cord_str_compare(making->organisations[middle].code, code);
        if (order == 0) {
            return &making->organisations[middle];
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return NULL;
}

/* Under their own codes, whatever code they were named by, and of their sites. */
static cord_status take_members(struct gathering *gathering)
{
    const struct cord_incident_making *making = gathering->making;
    cord_status status = CORD_OK;
    for (size_t i = 0; status == CORD_OK && i < making->organisation_count; i++) {
        cord_str code = making->organisations[i].code;
        size_t count = 0;
        const struct cord_incident_site *sites =
            cord_incident_common_sites(making->common, code, &count);
        status = put_code(gathering, "org", code);
        for (size_t j = 0; status == CORD_OK && j < count; j++) {
            status = put_code(gathering, "site", sites[j].code);
            status = status == CORD_OK ? put_code(gathering, "org", sites[j].code) : status;
        }
    }
    return status == CORD_OK ? gather_subjects(gathering) : status;
}

/* --- what was said of alerts, advisories, and claims that are linked --- */

static cord_status take_linked(struct gathering *gathering, size_t place)
{
    struct cord_incident_making *making = gathering->making;
    const struct cord_incident_link *link = &making->links[place];
    bool alert = link->kind == CORD_INCIDENT_ALERT;
    uint64_t number = 0;
    if (link->kind == CORD_INCIDENT_CLAIM) {
        cord_str text =
            cord_str_starts(link->id, CORD_STR("c")) ? cord_str_from_byte(link->id, 1) : link->id;
        return cord_str_u64(text, &number) ? cord_incident_gather_claim(making, number) : CORD_OK;
    }
    if (!alert && link->kind != CORD_INCIDENT_ADVISORY) {
        return CORD_OK;
    }
    cord_str subject = cord_arena_printf(making->arena, alert ? "triage:%.*s" : "alert:%.*s",
                                         CORD_STR_ARG(link->id));
    if (!subject.ptr) {
        return cord_incident_full(making);
    }
    return cord_incident_gather_subject(
        making, subject, alert ? making->sightings[place].organisation : CORD_STR(""), 0);
}

static cord_status gather_all(struct gathering *gathering)
{
    struct cord_incident_making *making = gathering->making;
    cord_status status = take_links(gathering);
    if (status == CORD_OK) {
        status = take_namings(gathering);
    }
    if (status == CORD_OK) {
        status = gather_subjects(gathering);
    }
    if (status == CORD_OK) {
        cord_incident_gather_sort(making);
        status = take_names(gathering);
    }
    if (status == CORD_OK) {
        status = put_members(gathering);
    }
    if (status == CORD_OK) {
        status = take_members(gathering);
    }
    for (size_t i = 0; status == CORD_OK && i < making->link_count; i++) {
        status = take_linked(gathering, i);
    }
    cord_incident_gather_sort(making);
    return status;
}

cord_status cord_incident_organisations(struct cord_incident_making *making)
{
    struct gathering gathering = {.making = making};
    int64_t from_ns = making->begin_ns > CORD_TIME_NONE + BEFORE_NS ? making->begin_ns - BEFORE_NS
                                                                    : CORD_TIME_NONE;
    cord_status status = CORD_OK;
    if (from_ns != CORD_TIME_NONE) {
        status = cord_record_view_known(making->view, from_ns - 1, &gathering.after, making->err);
    }
    if (status == CORD_OK) {
        status = gather_all(&gathering);
    }
    free(gathering.words);
    free(gathering.subjects);
    return status;
}
