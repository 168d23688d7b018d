/* range.c: see range.h. */
#include "evidence/range.h"

bool cord_range_has_organisation(const struct cord_range *range, cord_str organisation)
{
    return range->organisation.len == 0 || cord_str_eq(range->organisation, organisation);
}

bool cord_range_has_origin(const struct cord_range *range, const struct cord_origin *origin)
{
    return cord_range_has_organisation(range, origin->organisation) &&
           (range->source.len == 0 || cord_str_eq(range->source, origin->source));
}

bool cord_range_has_row(const struct cord_range *range, const struct cord_rows *rows,
                        const struct cord_row *row)
{
    int64_t when = cord_row_when(row);
    return cord_range_has_times(range, when, when) &&
           cord_range_has_origin(range, cord_rows_origin_at(rows, row->origin));
}
