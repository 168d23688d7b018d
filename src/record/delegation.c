/* delegation.c: see delegation.h. */
#include "record/delegation.h"

#include "base/arena.h"

#include <stdlib.h>

enum { ARENA_BYTES = 1 << 26, FIRST = 64 };

struct tie {
    cord_str organisation;
    cord_str to;
    cord_verbs verbs;
};

struct cord_delegation {
    struct cord_arena *arena;
    struct tie *ties; /* by organisation, then to; each pair once */
    size_t count;
    size_t room;
};

static cord_status add(struct cord_delegation *delegation, const struct tie *tie)
{
    if (delegation->count == delegation->room) {
        size_t room = delegation->room > 0 ? 2 * delegation->room : FIRST;
        struct tie *ties = realloc(delegation->ties, room * sizeof *ties);
        if (!ties) {
            return CORD_E_NOMEM;
        }
        delegation->ties = ties;
        delegation->room = room;
    }
    struct tie *put = &delegation->ties[delegation->count];
    put->organisation = cord_arena_copy(delegation->arena, tie->organisation);
    put->to = cord_arena_copy(delegation->arena, tie->to);
    put->verbs = tie->verbs;
    if (!put->organisation.ptr || !put->to.ptr) {
        return cord_arena_failure(delegation->arena);
    }
    delegation->count++;
    return CORD_OK;
}

static cord_status on_answer(void *self, const struct cord_answer *answer)
{
    enum cord_verb verb = CORD_VERB_COUNT;
    const struct tie tie = {
        .organisation = cord_claim_subject_rest(answer->subject, "org"),
        .to = cord_claim_subject_rest(cord_claim_member(answer->part, "to"), "org"),
    };
    bool own = cord_str_eq(answer->claimant, answer->subject);
    if (!own || !tie.organisation.ptr || !tie.to.ptr ||
        !cord_str_eq(answer->state, CORD_STR("granted")) ||
        !cord_role_verb_find(cord_claim_member(answer->part, "verb"), &verb)) {
        return CORD_OK;
    }
    struct tie known = tie;
    known.verbs = cord_verbs_of(verb);
    return add(self, &known);
}

static int compare(const void *a, const void *b)
{
    const struct tie *x = a;
    const struct tie *y = b;
    int order = cord_str_compare(x->organisation, y->organisation);
    return order != 0 ? order : cord_str_compare(x->to, y->to);
}

static void merge(struct cord_delegation *delegation)
{
    size_t kept = 0;
    if (delegation->count > 0) {
        qsort(delegation->ties, delegation->count, sizeof *delegation->ties, compare);
    }
    for (size_t i = 0; i < delegation->count; i++) {
        const struct tie *tie = &delegation->ties[i];
        if (kept > 0 && compare(&delegation->ties[kept - 1], tie) == 0) {
            delegation->ties[kept - 1].verbs |= tie->verbs;
        } else {
            delegation->ties[kept++] = *tie;
        }
    }
    delegation->count = kept;
}

cord_status cord_delegation_build(struct cord_record_view *view, struct cord_as_of as_of,
                                  struct cord_delegation **ret_delegation, struct cord_error *err)
{
    struct cord_delegation *delegation = calloc(1, sizeof *delegation);
    if (!delegation) {
        return CORD_E_NOMEM;
    }
    delegation->arena = cord_arena_new(ARENA_BYTES);
    cord_status status = delegation->arena ? CORD_OK : CORD_E_NOMEM;
    if (status == CORD_OK) {
        status = cord_record_view_answers(view, CORD_STR("delegation"), CORD_STR(""), as_of,
                                          on_answer, delegation, err);
    }
    if (status != CORD_OK) {
        cord_delegation_free(delegation);
        return status;
    }
    merge(delegation);
    *ret_delegation = delegation;
    return CORD_OK;
}

void cord_delegation_free(struct cord_delegation *delegation)
{
    if (delegation) {
        free(delegation->ties);
        cord_arena_free(delegation->arena);
        free(delegation);
    }
}

cord_verbs cord_delegation_verbs(const struct cord_delegation *delegation, cord_str organisation,
                                 cord_str to)
{
    const struct tie wanted = {organisation, to, 0};
    const struct tie *found = NULL;
    if (delegation->count > 0 && organisation.len > 0 && to.len > 0) {
        found = bsearch(&wanted, delegation->ties, delegation->count, sizeof *delegation->ties,
                        compare);
    }
    return found ? found->verbs : 0;
}
