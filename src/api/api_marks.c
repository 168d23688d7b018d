/* api_marks.c: see api_marks.h. */
#include "api/api_marks.h"

#include "api/api_claims.h"
#include "api/api_internal.h"

#include <stdlib.h>

enum { PAGE = 1 << 16, PAGES = 1 << 14 }; /* a thousand million claims; further ones are read */

struct page {
    _Atomic unsigned char marks[PAGE]; /* 0: not met; else the marking and one */
};

struct cord_api_marks {
    _Atomic(struct page *) pages[PAGES];
};

struct cord_api_marks *cord_api_marks_new(void)
{
    return calloc(1, sizeof(struct cord_api_marks));
}

void cord_api_marks_free(struct cord_api_marks *marks)
{
    for (size_t i = 0; marks && i < PAGES; i++) {
        free(atomic_load(&marks->pages[i]));
    }
    free(marks);
}

/* Where a claim's mark is; NULL: there is no room for it. */
static _Atomic unsigned char *mark_of(struct cord_api_marks *marks, uint64_t claim)
{
    if (claim / PAGE >= PAGES) {
        return NULL;
    }
    _Atomic(struct page *) *place = &marks->pages[claim / PAGE];
    struct page *page = atomic_load(place);
    if (!page) {
        struct page *made = calloc(1, sizeof *made);
        if (made && atomic_compare_exchange_strong(place, &page, made)) {
            page = made;
        } else {
            free(made); /* another was quicker, or there is no memory */
        }
    }
    return page ? &page->marks[claim % PAGE] : NULL;
}

static cord_status on_claim(void *self, const struct cord_claim *claim,
                            const struct cord_digest *hash)
{
    enum cord_claim_marking *marking = self;
    (void)hash;
    *marking = claim->marking;
    return CORD_OK;
}

static bool find_marking(const struct cord_api_marks_eye *eye, uint64_t claim,
                         enum cord_claim_marking *ret_marking)
{
    _Atomic unsigned char *mark = mark_of(eye->api->marks, claim);
    unsigned char known = mark ? atomic_load_explicit(mark, memory_order_relaxed) : 0;
    if (known > 0) {
        *ret_marking = (enum cord_claim_marking)(known - 1);
        return true;
    }
    if (cord_record_view_claim(eye->view, claim, on_claim, ret_marking, NULL) != CORD_OK) {
        return false;
    }
    if (mark) {
        atomic_store_explicit(mark, (unsigned char)(*ret_marking + 1), memory_order_relaxed);
    }
    return true;
}

bool cord_api_marks_sees(const struct cord_api_marks_eye *eye, cord_str subject, cord_str claimant,
                         uint64_t claim)
{
    const struct cord_api_access *access = &eye->api->options.access;
    enum cord_claim_marking marking = CORD_CLAIM_RED;
    if (claim == 0 || !find_marking(eye, claim, &marking)) {
        return false;
    }
    const struct cord_api_subject of = cord_api_claims_subject(subject, claimant, marking);
    return access->may(access->self, eye->principal, eye->verb, &of) == CORD_API_YES;
}
