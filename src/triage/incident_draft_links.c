/* incident_draft_links.c: what is linked, unlinked and moved by an entry; and new ids. */
#include "triage/incident_draft_internal.h"
#include "triage/incident_internal.h"

#include <stdio.h>

/* A thing as it is to be linked. */
struct thing {
    enum cord_incident_link_kind kind;
    cord_str id;
    cord_str matter; /* a JSON array of codes; "" */
};

static cord_status no_such(const struct cord_incident_draft *draft,
                           const struct cord_incident_entry_link *link)
{
    return cord_error_set(draft->err, CORD_E_FORMAT, "links: there is no %s %.*s",
                          cord_incident_link_name(link->kind), CORD_STR_ARG(link->id));
}

static cord_status find_organisation(const struct cord_incident_draft *draft,
                                     const struct cord_incident_entry_link *link,
                                     struct thing *thing)
{
    const struct cord_organisations *organisations = draft->author->request->organisations;
    const struct cord_organisation *known =
        organisations ? cord_organisations_find(organisations, link->id) : NULL;
    thing->id = known ? known->code : link->id;
    return (organisations && !known) || !cord_incident_draft_sees(draft, thing->id)
               ? no_such(draft, link)
               : CORD_OK;
}

/* Whose an alert is, its link is, too. */
static cord_status find_sighting(const struct cord_incident_draft *draft,
                                 const struct cord_incident_entry_link *link, struct thing *thing)
{
    const struct cord_incident_request *request = draft->author->request;
    struct cord_incident_sighting sighting = {.organisation = CORD_STR("")};
    if (!request->sighting) {
        return CORD_OK;
    }
    cord_status status =
        request->sighting(request->self, link->kind, link->id, INT64_MAX, &sighting);
    if (status == CORD_E_NOENT ||
        (status == CORD_OK && !cord_incident_draft_sees(draft, sighting.organisation))) {
        return no_such(draft, link);
    }
    if (status != CORD_OK) {
        return cord_error_set(draft->err, status, "links: %s %.*s cannot be looked up",
                              cord_incident_link_name(link->kind), CORD_STR_ARG(link->id));
    }
    if (sighting.organisation.len > 0) {
        /* A code: it needs no escaping. */
        thing->matter =
            cord_arena_printf(draft->arena, "[\"%.*s\"]", CORD_STR_ARG(sighting.organisation));
        status = thing->matter.ptr ? CORD_OK : cord_arena_failure(draft->arena);
    }
    return status;
}

/* Whether there is such a thing, for the author. Without the nation's part only what is its own. */
static cord_status find(const struct cord_incident_draft *draft,
                        const struct cord_incident_entry_link *link, struct thing *thing)
{
    bool whole = !draft->incident || draft->incident->whole;
    uint64_t number = 0;
    *thing = (struct thing){link->kind, link->id, CORD_STR("")};
    if (link->id.len == 0) {
        return no_such(draft, link);
    }
    switch (link->kind) {
    case CORD_INCIDENT_ALERT:
    case CORD_INCIDENT_CLUSTER:
        return find_sighting(draft, link, thing);
    case CORD_INCIDENT_ORGANISATION:
        return find_organisation(draft, link, thing);
    case CORD_INCIDENT_EVIDENCE:
        return CORD_OK;
    case CORD_INCIDENT_CLAIM:
        if (!cord_str_starts(link->id, CORD_STR("c")) ||
            !cord_str_u64(cord_str_from_byte(link->id, 1), &number) || number == 0) {
            return no_such(draft, link);
        }
        break;
    case CORD_INCIDENT_ADVISORY:
        break;
    case CORD_INCIDENT_LINK_KINDS:
    default:
        return cord_error_set(draft->err, CORD_E_FORMAT, "links: there is no such kind");
    }
    return whole ? CORD_OK
                 : cord_error_set(draft->err, CORD_E_UNSUPPORTED,
                                  "only who sees all of an incident may link that");
}

static cord_status put_link(struct cord_incident_draft *draft, const struct thing *thing,
                            cord_str incident, const char *state)
{
    cord_incident_draft_begin(draft);
    cord_incident_draft_text(draft, "kind", cord_str_from(cord_incident_link_name(thing->kind)));
    cord_incident_draft_text(draft, "id", thing->id);
    cord_incident_draft_text(draft, "state", cord_str_from(state));
    cord_incident_draft_text(draft, "reason", draft->entry->reason);
    cord_incident_draft_matter(draft, thing->matter);
    return cord_incident_draft_end(draft, "incident.link", incident);
}

static const struct cord_incident_link *linked(const struct cord_incident_draft *draft,
                                               enum cord_incident_link_kind kind, cord_str id)
{
    const struct cord_incident *incident = draft->incident;
    for (size_t i = 0; incident && i < incident->link_count; i++) {
        if (incident->links[i].kind == kind && cord_str_eq(incident->links[i].id, id)) {
            return &incident->links[i];
        }
    }
    return NULL;
}

/* It stands earlier in the entry, too. */
static bool is_repeated(const struct cord_incident_entry *entry, size_t place)
{
    for (size_t i = 0; i < place; i++) {
        if (entry->links[i].kind == entry->links[place].kind &&
            cord_str_eq(entry->links[i].id, entry->links[place].id)) {
            return true;
        }
    }
    return false;
}

static cord_status check_count(const struct cord_incident_draft *draft)
{
    size_t count = draft->entry->link_count;
    return count > 0 && count <= CORD_INCIDENT_LINKS_MAX
               ? CORD_OK
               : cord_error_set(draft->err, CORD_E_FORMAT, "links: 1 to %d",
                                CORD_INCIDENT_LINKS_MAX);
}

cord_status cord_incident_draft_link(struct cord_incident_draft *draft, cord_str incident)
{
    const struct cord_incident_entry *entry = draft->entry;
    cord_status status = check_count(draft);
    for (size_t i = 0; status == CORD_OK && i < entry->link_count; i++) {
        struct thing thing;
        status = find(draft, &entry->links[i], &thing);
        if (status == CORD_OK && !is_repeated(entry, i) && !linked(draft, thing.kind, thing.id)) {
            status = put_link(draft, &thing, incident, "linked");
        }
    }
    return status;
}

/* --- away --- */

/* As it is linked; or an organisation that is in it without: its state was said to be. */
static cord_status find_linked(const struct cord_incident_draft *draft,
                               const struct cord_incident_entry_link *wanted, struct thing *thing,
                               cord_str *ret_home)
{
    const struct cord_incident *incident = draft->incident;
    const struct cord_incident_link *link = linked(draft, wanted->kind, wanted->id);
    *thing = (struct thing){wanted->kind, wanted->id, link ? link->organisations : CORD_STR("")};
    *ret_home = link ? link->incident : draft->id;
    bool member = false;
    for (size_t i = 0; !link && i < incident->organisation_count; i++) {
        member = member || (wanted->kind == CORD_INCIDENT_ORGANISATION &&
                            cord_str_eq(incident->organisations[i].code, wanted->id));
    }
    return link || member
               ? CORD_OK
               : cord_error_set(draft->err, CORD_E_END, "%s %.*s is not in the incident",
                                cord_incident_link_name(wanted->kind), CORD_STR_ARG(wanted->id));
}

static cord_status put_unlink(struct cord_incident_draft *draft, const struct thing *thing,
                              cord_str home)
{
    const struct cord_incident *incident = draft->incident;
    cord_status status = put_link(draft, thing, home, "unlinked");
    if (status == CORD_OK && incident->whole && !cord_str_eq(home, draft->id)) {
        status = put_link(draft, thing, draft->id, "unlinked");
    }
    for (size_t i = 0; status == CORD_OK && i < incident->merged_count; i++) {
        if (!cord_str_eq(home, incident->merged[i])) {
            status = put_link(draft, thing, incident->merged[i], "unlinked");
        }
    }
    return status;
}

cord_status cord_incident_draft_unlink(struct cord_incident_draft *draft)
{
    const struct cord_incident_entry *entry = draft->entry;
    cord_status status = check_count(draft);
    for (size_t i = 0; status == CORD_OK && i < entry->link_count; i++) {
        struct thing thing;
        cord_str home;
        status = find_linked(draft, &entry->links[i], &thing, &home);
        if (status == CORD_OK && !is_repeated(entry, i)) {
            status = put_unlink(draft, &thing, home);
        }
    }
    return status;
}

cord_status cord_incident_draft_move(struct cord_incident_draft *draft, cord_str to)
{
    const struct cord_incident_entry *entry = draft->entry;
    cord_status status = check_count(draft);
    for (size_t i = 0; status == CORD_OK && i < entry->link_count; i++) {
        struct thing thing;
        cord_str home;
        status = find_linked(draft, &entry->links[i], &thing, &home);
        if (status == CORD_OK && !is_repeated(entry, i)) {
            status = put_link(draft, &thing, to, "linked");
            status = status == CORD_OK ? put_unlink(draft, &thing, home) : status;
        }
    }
    return status;
}

/* --- new ids --- */

static cord_status see(void *self, const struct cord_claim *claim, const struct cord_digest *hash)
{
    (void)claim;
    (void)hash;
    *(bool *)self = true;
    return CORD_E_END;
}

cord_status cord_incident_draft_new_id(struct cord_incident_draft *draft,
                                       struct cord_record_view *view)
{
    char *id = draft->outcome->id;
    for (unsigned attempt = 0; attempt < CORD_INCIDENT_ATTEMPTS; attempt++) {
        char subject[CORD_INCIDENT_ID_BYTES + sizeof "incident:"];
        bool taken = false;
        cord_incident_draft_id(draft->author->lot, attempt, draft->author->now_ns, id);
        (void)snprintf(subject, sizeof subject, "incident:%s", id);
        const struct cord_claim_filter filter = {.subject = cord_str_from(subject),
                                                 .known_ns = INT64_MAX};
        cord_status status = cord_record_view_claims(view, &filter, (struct cord_claim_page){0, 1},
                                                     see, &taken, draft->err);
        if (status != CORD_OK || !taken) {
            return status;
        }
    }
    return cord_error_set(draft->err, CORD_E_LIMIT, "no id is free: try again");
}
