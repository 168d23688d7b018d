/*
 * api_marks.h: how secret claims are, remembered: a claim never changes.
 *
 * Whoever counts answers asks of each how its claim is marked, and reading the claim costs more
 * than all the rest. A byte a claim, filled as claims are met; any thread, without a lock.
 */
#ifndef CORD_API_API_MARKS_H
#define CORD_API_API_MARKS_H

#include "api/api_access.h"
#include "record/record_view.h"

struct cord_api;
struct cord_api_marks;

/* NULL when out of memory. */
struct cord_api_marks *cord_api_marks_new(void);
void cord_api_marks_free(struct cord_api_marks *marks);

/* Who looks at answers, and by which right. One thread. */
struct cord_api_marks_eye {
    const struct cord_api *api;
    const struct cord_api_principal *principal;
    const char *verb;
    struct cord_record_view *view; /* for claims that were not met yet: none that is being read */
};

/* Whether the claim behind an answer may be seen; of one that cannot be read: no. */
bool cord_api_marks_sees(const struct cord_api_marks_eye *eye, cord_str subject, cord_str claimant,
                         uint64_t claim);

#endif
