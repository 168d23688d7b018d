/* ledger_minutes.c: minutes of sources, put together. */
#include "ingest/ledger_internal.h"

#include "base/vec.h"

#include <stdlib.h>

void cord_ledger_sums_done(struct cord_ledger_sums *sums)
{
    free(sums->minutes);
    free(sums->counts);
    *sums = (struct cord_ledger_sums){0};
}

/* Of buckets that reach into the time. */
static bool is_within(const struct cord_ledger_sums *sums, uint32_t minute, unsigned level)
{
    static const uint32_t widths[CORD_LEDGER_LEVELS] = {1, 60, 1440};
    /* By minutes, of which there are so few that nothing wraps. */
    uint32_t from = sums->from_ns == CORD_TIME_NONE ? 0 : cord_ledger_minute(sums->from_ns);
    return minute + widths[level] > from &&
           (sums->to_ns == CORD_TIME_NONE || cord_ledger_minute_ns(minute) < sums->to_ns);
}

static int compare_minutes(const void *a, const void *b)
{
    const uint32_t *x = a;
    const uint32_t *y = b;
    return (*x > *y) - (*x < *y);
}

cord_status cord_ledger_sums_find(struct cord_ledger_sums *sums,
                                  const struct cord_ledger_account *account)
{
    for (unsigned i = 0; i < CORD_LEDGER_LEVELS; i++) {
        const struct cord_ledger_level *level = &account->levels[i];
        for (size_t k = 0; k < level->count; k++) {
            if (!is_within(sums, level->buckets[k].minute, i)) {
                continue;
            }
            uint32_t *room = cord_vec_room(sums->minutes, sums->count, &sums->cap, sizeof *room);
            if (!room) {
                return CORD_E_NOMEM;
            }
            sums->minutes = room;
            room[sums->count++] = level->buckets[k].minute;
        }
    }
    return CORD_OK;
}

cord_status cord_ledger_sums_settle(struct cord_ledger_sums *sums)
{
    size_t kept = 0;
    if (sums->count > 1) {
        qsort(sums->minutes, sums->count, sizeof *sums->minutes, compare_minutes);
    }
    for (size_t i = 0; i < sums->count; i++) {
        if (kept == 0 || sums->minutes[i] != sums->minutes[kept - 1]) {
            sums->minutes[kept++] = sums->minutes[i];
        }
    }
    sums->count = kept;
    sums->counts = calloc(kept + 1, sizeof *sums->counts);
    return sums->counts ? CORD_OK : CORD_E_NOMEM;
}

void cord_ledger_sums_add(struct cord_ledger_sums *sums, const struct cord_ledger_account *account)
{
    for (unsigned i = 0; i < CORD_LEDGER_LEVELS; i++) {
        const struct cord_ledger_level *level = &account->levels[i];
        for (size_t k = 0; k < level->count && sums->count > 0; k++) {
            const uint32_t *found =
                is_within(sums, level->buckets[k].minute, i)
                    ? bsearch(&level->buckets[k].minute, sums->minutes, sums->count,
                              sizeof *sums->minutes, compare_minutes)
                    : NULL;
            if (found) {
                struct cord_ledger_counts counts = cord_ledger_bucket_counts(&level->buckets[k]);
                cord_ledger_counts_add(&sums->counts[found - sums->minutes], &counts);
            }
        }
    }
}
