/* incident_gather.c: the claims that an incident is made of, as far as the reader may see them. */
#include "base/vec.h"
#include "codec/json_unescape.h"
#include "triage/incident_internal.h"

#include <stdlib.h>

cord_status cord_incident_full(struct cord_incident_making *making)
{
    cord_status status = cord_arena_failure(making->arena);
    return cord_error_set(making->err, status,
                          status == CORD_E_LIMIT ? "the incident is too large to be shown"
                                                 : "out of memory");
}

/* --- texts --- */

cord_str cord_incident_text(struct cord_incident_making *making, const struct cord_claim *claim,
                            const char *member)
{
    cord_str raw = cord_claim_member(claim->value, member);
    if (raw.len == 0) {
        return CORD_STR("");
    }
    char *text = cord_arena_bytes(making->arena, raw.len);
    return text ? (cord_str){text, cord_json_unescape(raw, text)} : (cord_str){NULL, 0};
}

int64_t cord_incident_time(const struct cord_claim *claim, const char *member)
{
    int64_t time_ns = CORD_TIME_NONE;
    return cord_timestamp_parse(cord_claim_member(claim->value, member), &time_ns) ? time_ns
                                                                                   : CORD_TIME_NONE;
}

bool cord_incident_next_text(cord_str *rest, cord_str *ret_text)
{
    size_t from = cord_str_find_char(*rest, '"', 0);
    if (from == SIZE_MAX) {
        return false;
    }
    size_t to = from + 1;
    while (to < rest->len && rest->ptr[to] != '"') {
        to += rest->ptr[to] == '\\' ? 2 : 1;
    }
    if (to >= rest->len) {
        return false;
    }
    *ret_text = cord_str_slice(*rest, from + 1, to - from - 1);
    *rest = cord_str_from_byte(*rest, to + 1);
    return true;
}

/* --- who may see what --- */

static bool asks(const struct cord_incident_making *making,
                 const struct cord_incident_matter *matter)
{
    const struct cord_incident_request *request = making->request;
    return !request->sees || request->sees(request->self, matter);
}

bool cord_incident_sees(const struct cord_incident_making *making, cord_str organisation,
                        enum cord_claim_marking marking)
{
    const struct cord_incident_matter matter = {.organisation = organisation, .marking = marking};
    return asks(making, &matter);
}

/* What is told of an incident: the nation's, or of those that it names, all of which are seen. */
static bool sees_told(const struct cord_incident_making *making, const struct cord_claim *claim,
                      cord_str claimant)
{
    const struct cord_incident_matter nation = {.claimant = claimant, .marking = claim->marking};
    if (asks(making, &nation)) {
        return true;
    }
    cord_str list = cord_claim_member(claim->value, "organisations");
    cord_str code;
    size_t count = 0;
    for (; cord_incident_next_text(&list, &code); count++) {
        const struct cord_incident_matter matter = {
            .organisation = code, .claimant = claimant, .marking = claim->marking};
        if (!asks(making, &matter)) {
            return false;
        }
    }
    cord_str kind = cord_claim_member(claim->value, "kind");
    bool about_one = strcmp(claim->kind->name, "incident.link") == 0 &&
                     cord_str_eq(kind, CORD_STR("organisation"));
    if (count == 0 && about_one) {
        const struct cord_incident_matter matter = {.organisation =
                                                        cord_claim_member(claim->value, "id"),
                                                    .claimant = claimant,
                                                    .marking = claim->marking};
        return asks(making, &matter);
    }
    return count > 0;
}

/* `organisation`: whose subject it is, when that is known. */
static bool sees_claim(const struct cord_incident_making *making, const struct cord_claim *claim,
                       cord_str organisation)
{
    cord_str claimant = cord_claim_subject_rest(claim->claimant, "org");
    claimant = claimant.ptr ? claimant : CORD_STR("");
    if (cord_claim_subject_rest(claim->subject, "incident").ptr) {
        return sees_told(making, claim, claimant);
    }
    const struct cord_organisations *organisations = making->request->organisations;
    cord_str site = cord_claim_subject_rest(claim->subject, "site");
    cord_str code = cord_claim_subject_rest(claim->subject, "org");
    struct cord_incident_matter matter = {.organisation = code.ptr ? code : organisation,
                                          .claimant = claimant,
                                          .marking = claim->marking};
    if (site.ptr && organisations && cord_organisations_find(organisations, site)) {
        matter.organisation = cord_incident_identity(making, site);
    } else if (site.ptr) {
        matter.site = site;
    }
    /* They are somebody's. */
    matter.unknown =
        matter.site.len > 0 ||
        (organisation.len == 0 && (cord_str_starts(claim->subject, CORD_STR("asset:")) ||
                                   cord_str_starts(claim->subject, CORD_STR("triage:")) ||
                                   cord_str_starts(claim->subject, CORD_STR("user:"))));
    return asks(making, &matter);
}

cord_str cord_incident_called(struct cord_incident_making *making, cord_str subject)
{
    const struct cord_incident_request *request = making->request;
    bool person = request->name && cord_str_starts(subject, CORD_STR("user:"));
    cord_str name = person ? request->name(request->self, subject) : CORD_STR("");
    return name.len > 0 ? cord_arena_copy(making->arena, name) : subject;
}

bool cord_incident_is_automatic(const struct cord_claim *claim)
{
    return cord_str_starts(claim->claimant, CORD_STR("system:"));
}

cord_str cord_incident_code(cord_str subject)
{
    cord_str code = cord_claim_subject_rest(subject, "org");
    return code.ptr ? code : cord_claim_subject_rest(subject, "site");
}

cord_str cord_incident_identity(const struct cord_incident_making *making, cord_str code)
{
    return cord_incident_common_identity(making->request->organisations, code);
}

/* --- claims --- */

struct visit {
    struct cord_incident_making *making;
    cord_str organisation;
    bool frame; /* of the incident itself: kept for its frame even when it is hidden */
};

static bool copy_texts(struct cord_arena *arena, struct cord_claim *claim)
{
    cord_str *const texts[] = {&claim->subject,  &claim->value,  &claim->amount, &claim->unit,
                               &claim->claimant, &claim->method, &claim->source};
    claim->key = claim->exercise = CORD_STR("");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i]->len == 0) {
            *texts[i] = CORD_STR("");
            continue;
        }
        *texts[i] = cord_arena_copy(arena, *texts[i]);
        if (!texts[i]->ptr) {
            return false;
        }
    }
    return true;
}

static bool is_of_frame(const struct cord_claim *claim)
{
    return strcmp(claim->kind->topic, "incident") == 0 ||
           strcmp(claim->kind->topic, "incident.commander") == 0;
}

static cord_status keep(void *self, const struct cord_claim *claim, const struct cord_digest *hash)
{
    struct visit *visit = self;
    struct cord_incident_making *making = visit->making;
    (void)hash;
    /* The audit is read elsewhere, by another right. */
    if (claim->recorded_ns > making->incident->known_ns ||
        strcmp(claim->kind->topic, "audit") == 0) {
        return CORD_OK;
    }
    bool hidden = !sees_claim(making, claim, visit->organisation);
    /* Who saw a claim sees no more of it once it was taken back, though not by whom. */
    bool retracts = claim->kind->effect == CORD_CLAIM_RETRACTS;
    if (hidden && !retracts && !(visit->frame && is_of_frame(claim))) {
        return CORD_OK;
    }
    struct cord_incident_said *said =
        cord_vec_room(making->said, making->said_count, &making->said_cap, sizeof *said);
    if (!said) {
        return cord_error_set(making->err, CORD_E_NOMEM, "out of memory");
    }
    making->said = said;
    said += making->said_count;
    *said = (struct cord_incident_said){.claim = *claim, .hidden = hidden};
    if (!copy_texts(making->arena, &said->claim)) {
        return cord_incident_full(making);
    }
    cord_str incident = cord_claim_subject_rest(said->claim.subject, "incident");
    cord_str code = cord_incident_code(said->claim.subject);
    said->incident = incident.ptr ? incident : CORD_STR("");
    said->organisation = code.ptr ? cord_incident_identity(making, code) : visit->organisation;
    making->said_count++;
    return CORD_OK;
}

static cord_status gather(struct visit *visit, cord_str subject, uint64_t after)
{
    struct cord_incident_making *making = visit->making;
    const struct cord_claim_filter filter = {.subject = subject,
                                             .known_ns = making->incident->known_ns};
    return cord_record_view_claims(making->view, &filter, (struct cord_claim_page){after, SIZE_MAX},
                                   keep, visit, making->err);
}

cord_status cord_incident_gather_own(struct cord_incident_making *making)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; status == CORD_OK && i < making->name_count; i++) {
        struct visit visit = {.making = making, .frame = i == 0, .organisation = CORD_STR("")};
        cord_str subject =
            cord_arena_printf(making->arena, "incident:%.*s", CORD_STR_ARG(making->names[i]));
        status = subject.ptr ? gather(&visit, subject, 0) : cord_incident_full(making);
    }
    return status;
}

cord_status cord_incident_gather_subject(struct cord_incident_making *making, cord_str subject,
                                         cord_str organisation, uint64_t after)
{
    struct visit visit = {.making = making, .organisation = organisation};
    return gather(&visit, subject, after);
}

cord_status cord_incident_gather_claim(struct cord_incident_making *making, uint64_t number)
{
    struct visit visit = {.making = making, .organisation = CORD_STR("")};
    cord_status status = cord_record_view_claim(making->view, number, keep, &visit, making->err);
    return status == CORD_E_NOENT ? CORD_OK : status;
}

/* --- in order --- */

static int by_number(const void *a, const void *b)
{
    const struct cord_incident_said *left = a;
    const struct cord_incident_said *right = b;
    return left->claim.number < right->claim.number   ? -1
           : left->claim.number > right->claim.number ? 1
                                                      : right->hidden - left->hidden;
}

struct cord_incident_said *cord_incident_gather_find(const struct cord_incident_making *making,
                                                     uint64_t number)
{
    size_t low = 0;
    size_t high = making->said_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        bool before = making->said[middle].claim.number < number;
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    return low < making->said_count && making->said[low].claim.number == number ? &making->said[low]
                                                                                : NULL;
}

/* What it supersedes, unless it was itself retracted, and nothing was said instead: then the former
 * holds again (record_span.h). Those that came after it have been through this. */
static void take_back(const struct cord_incident_making *making,
                      const struct cord_incident_said *by)
{
    struct cord_incident_said *said =
        by->claim.supersedes > 0 ? cord_incident_gather_find(making, by->claim.supersedes) : NULL;
    bool retracts = by->claim.kind->effect == CORD_CLAIM_RETRACTS;
    bool counts = !by->retracted || by->replaced;
    bool counts_there = !by->retracted || by->frame_replaced;
    if (!said) {
        return;
    }
    said->retracted = said->retracted || retracts;
    said->replaced = said->replaced || (!retracts && !by->hidden && counts);
    said->frame_replaced = said->frame_replaced || (!retracts && counts_there);
    said->frame_back = said->retracted || said->frame_replaced;
    if (said->taken_back == 0 && (said->retracted || said->replaced)) {
        said->taken_back = by->claim.number;
    }
}

void cord_incident_gather_sort(struct cord_incident_making *making)
{
    size_t kept = 0;
    if (making->said_count == 0) {
        return;
    }
    qsort(making->said, making->said_count, sizeof *making->said, by_number);
    for (size_t i = 0; i < making->said_count; i++) {
        if (kept == 0 || making->said[kept - 1].claim.number != making->said[i].claim.number) {
            making->said[kept++] = making->said[i];
        }
    }
    making->said_count = kept;
    while (kept-- > 0) {
        take_back(making, &making->said[kept]);
    }
}
