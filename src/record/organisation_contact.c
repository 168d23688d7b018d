/* organisation_contact.c: see organisation_contact.h. */
#include "record/organisation_contact.h"

#include "record/organisation_value.h"

#include <stdlib.h>

enum { CONTACTS_MAX = 1024 }; /* of one subject */

struct found {
    cord_str part;
    uint64_t claim;
    bool ended;
    enum cord_claim_basis basis;
    unsigned confidence;
};

struct gathering {
    struct cord_arena *arena;
    struct found found[CONTACTS_MAX];
    size_t count;
    struct cord_organisation_contact *contact; /* being read */
};

static bool wins(const struct cord_answer *a, const struct found *b)
{
    if (a->basis != b->basis) {
        return a->basis < b->basis;
    }
    return a->confidence != b->confidence ? a->confidence > b->confidence : a->claim > b->claim;
}

static cord_status on_answer(void *self, const struct cord_answer *answer)
{
    struct gathering *gathering = self;
    size_t at = 0;
    while (at < gathering->count && !cord_str_eq(gathering->found[at].part, answer->part)) {
        at++;
    }
    if (at == CONTACTS_MAX) {
        return CORD_E_LIMIT;
    }
    struct found *found = &gathering->found[at];
    if (at == gathering->count) {
        *found = (struct found){.part = cord_arena_copy(gathering->arena, answer->part)};
        if (!found->part.ptr) {
            return cord_arena_failure(gathering->arena);
        }
        gathering->count++;
    } else if (!wins(answer, found)) {
        return CORD_OK;
    }
    found->ended = cord_str_eq(answer->state, CORD_STR("ended"));
    found->claim = answer->claim;
    found->basis = answer->basis;
    found->confidence = answer->confidence;
    return CORD_OK;
}

static cord_status on_claim(void *self, const struct cord_claim *claim,
                            const struct cord_digest *hash)
{
    struct gathering *gathering = self;
    struct cord_organisation_contact *contact = gathering->contact;
    cord_str members[CORD_ORGANISATION_MEMBERS];
    uint64_t order = 0;
    (void)hash;
    cord_str value = cord_arena_copy(gathering->arena, claim->value);
    if (!value.ptr) {
        return cord_arena_failure(gathering->arena);
    }
    cord_status status = cord_organisation_value_read(value, gathering->arena, members);
    if (status != CORD_OK) {
        return status;
    }
    (void)cord_str_u64(members[CORD_ORGANISATION_ORDER], &order);
    *contact = (struct cord_organisation_contact){
        .role = members[CORD_ORGANISATION_ROLE],
        .order = order < UINT32_MAX ? (uint32_t)order : UINT32_MAX,
        .channel = members[CORD_ORGANISATION_CHANNEL],
        .address = members[CORD_ORGANISATION_ADDRESS],
        .name = members[CORD_ORGANISATION_NAME],
        .hours = members[CORD_ORGANISATION_HOURS],
        .independent = cord_str_eq(members[CORD_ORGANISATION_INDEPENDENT], CORD_STR("true")),
        .claim = claim->number};
    return CORD_OK;
}

static int compare(const void *a, const void *b)
{
    const struct cord_organisation_contact *left = a;
    const struct cord_organisation_contact *right = b;
    int order = cord_str_compare(left->role, right->role);
    return order != 0 ? order : (left->order > right->order) - (left->order < right->order);
}

static cord_status read_found(struct cord_record_view *view, struct gathering *gathering,
                              struct cord_organisation_contact *contacts, size_t *count,
                              struct cord_error *err)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; i < gathering->count && status == CORD_OK; i++) {
        if (gathering->found[i].ended) {
            continue;
        }
        gathering->contact = &contacts[(*count)++];
        status = cord_record_view_claim(view, gathering->found[i].claim, on_claim, gathering, err);
    }
    return status;
}

cord_status cord_organisation_contacts(struct cord_record_view *view, cord_str subject,
                                       struct cord_as_of as_of, struct cord_arena *arena,
                                       struct cord_organisation_contact_list *ret_list,
                                       struct cord_error *err)
{
    struct cord_organisation_contact *contacts = NULL;
    struct cord_organisation_contact_list list = {NULL, 0};
    struct gathering *gathering = calloc(1, sizeof *gathering);
    if (!gathering) {
        return CORD_E_NOMEM;
    }
    gathering->arena = arena;
    cord_status status = cord_record_view_answers(view, CORD_STR("contact"), subject, as_of,
                                                  on_answer, gathering, err);
    if (status == CORD_OK) {
        contacts = cord_arena_zalloc(arena, gathering->count + 1, sizeof *contacts);
        status = contacts ? read_found(view, gathering, contacts, &list.count, err)
                          : cord_arena_failure(arena);
    }
    if (status == CORD_OK) {
        qsort(contacts, list.count, sizeof *contacts, compare);
        list.items = contacts;
        *ret_list = list;
    }
    free(gathering);
    return status;
}
