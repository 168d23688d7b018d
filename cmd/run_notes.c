/* run_notes.c: see run_notes.h. */
#include "cmd/run_notes.h"

static void note(struct cord_buf *out, uint64_t count, const char *text)
{
    if (count > 0) {
        cord_buf_printf(out, "%llu %s\n", (unsigned long long)count, text);
    }
}

void run_notes_put(const struct cord_scan_totals *totals, struct cord_buf *out)
{
    const struct cord_correlator_stats *correlator = &totals->correlator;
    note(out, totals->outside, "matches lie outside the time asked for.");
    note(out, totals->matcher.regex_limit,
         "tests met a regular-expression limit: not fully evaluated, which is not the same as no "
         "match.");
    note(out, correlator->untimed,
         "matches took no part in correlations: their events have no time.");
    note(out, correlator->early,
         "matches left the order of time early: --correlation-max was reached.");
    note(out, correlator->late, "matches came too late for correlations.");
    note(out, correlator->evicted,
         "groups of correlations were dropped: --correlation-max was reached.");
    note(out, correlator->trimmed,
         "events were dropped from windows of correlations that were full.");
}
