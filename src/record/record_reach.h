/*
 * record_reach.h: claims in the order of their numbers, to one who may see some of them.
 *
 * A reach says which, by what the indices tell: the tier, which is the marking and whether a claim
 * is of the audit, the subject, the claimant. A page walks the stretches of the indices that are
 * within reach, and merges them: so it costs, and looks, the same whatever else is recorded
 * beside. Thread: the session's.
 */
#ifndef CORD_RECORD_RECORD_REACH_H
#define CORD_RECORD_RECORD_REACH_H

#include "record/record_view.h"

#define CORD_RECORD_REACH_MARKINGS 0x1fu /* all of them: a bit each, 1 << marking */

/* Subjects of which more is within reach than of others. */
struct cord_record_reach_own {
    const cord_str *subjects;
    size_t count;
    unsigned markings;
};

/* Borrows its texts. */
struct cord_record_reach {
    bool audit;        /* what is of the topic "audit", and nothing else; false: all but that */
    unsigned markings; /* within reach whoever's they are */
    const struct cord_record_reach_own *own;
    size_t own_count;
    cord_str claimant; /* and what this one said, of these markings; "": nobody */
    unsigned claimant_markings;
};

/* Which of them, from where on. */
struct cord_record_reach_page {
    uint64_t after;  /* numbers above it, */
    uint64_t before; /* and below this; 0: all */
    bool newest;     /* the highest number first */
};

/* Calls back for each that passes the filter, until that ends it: a status other than CORD_OK is
 * returned, CORD_E_END as CORD_OK. No claim is passed twice. The call back may not use the view.
 * CORD_E_NOENT: there is no such kind or topic. */
CORD_MUST_USE cord_status cord_record_reach_claims(struct cord_record_view *view,
                                                   const struct cord_record_reach *reach,
                                                   const struct cord_claim_filter *filter,
                                                   const struct cord_record_reach_page *page,
                                                   cord_claim_visit visit, void *self,
                                                   struct cord_error *err);

/* Rows of the database that the session's pages have looked at, ever: for tests of what is above.
 */
uint64_t cord_record_reach_looked(const struct cord_record_view *view);

#endif
