/*
 * range.h: which rows are meant, beside any condition: by time, organisation and
 * source.
 *
 * Any thread.
 */
#ifndef CORD_EVIDENCE_RANGE_H
#define CORD_EVIDENCE_RANGE_H

#include "evidence/rows.h"

struct cord_range {
    int64_t from_ns;       /* cord_row_when at or after; CORD_TIME_NONE: any */
    int64_t to_ns;         /* before; CORD_TIME_NONE: any */
    cord_str organisation; /* "": any */
    cord_str source;       /* "": any */
};

bool cord_range_has_organisation(const struct cord_range *range, cord_str organisation);
bool cord_range_has_origin(const struct cord_range *range, const struct cord_origin *origin);
bool cord_range_has_row(const struct cord_range *range, const struct cord_rows *rows,
                        const struct cord_row *row);

/* Of times that are all in [min_ns, max_ns]: one may be within, and all are. */
static inline bool cord_range_may_have_time(const struct cord_range *range, int64_t min_ns,
                                            int64_t max_ns)
{
    return (range->from_ns == CORD_TIME_NONE || max_ns >= range->from_ns) &&
           (range->to_ns == CORD_TIME_NONE || min_ns < range->to_ns);
}

static inline bool cord_range_has_times(const struct cord_range *range, int64_t min_ns,
                                        int64_t max_ns)
{
    return (range->from_ns == CORD_TIME_NONE || min_ns >= range->from_ns) &&
           (range->to_ns == CORD_TIME_NONE || max_ns < range->to_ns);
}

#endif
