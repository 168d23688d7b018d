/* backtest_internal.h: what a back-test holds; backtest.c counts, backtest_run.c walks. */
#ifndef CORD_WIRE_BACKTEST_INTERNAL_H
#define CORD_WIRE_BACKTEST_INTERNAL_H

#include "base/map.h"
#include "detect/ruleset.h"
#include "wire/backtest.h"

enum cord_backtest_kind {
    CORD_BACKTEST_DAY,
    CORD_BACKTEST_HOST,
    CORD_BACKTEST_ORGANISATION,
};

/* Hits of one rule on one day, host or organisation. */
struct cord_backtest_bucket {
    uint32_t entry;
    enum cord_backtest_kind kind;
    int64_t day; /* since 1970; 0 for the other kinds */
    cord_str name;
    uint64_t hits;
};

/* One rule or correlation. */
struct cord_backtest_entry {
    struct cord_backtest_result open;
    struct cord_backtest_example *examples; /* in the arena, when there are any */
};

struct cord_backtest {
    const struct cord_collection *collection;
    struct cord_backtest_options options;
    bool *needed; /* by the place of its entry: it is run; NULL: all are */
    struct cord_ruleset *ruleset;
    struct cord_arena *texts;

    struct cord_backtest_entry *entries; /* rules, then correlations */
    uint32_t *shown;                     /* entries that may have findings */
    size_t shown_count;

    struct cord_map bucket_map; /* key: entry, kind, day, folded name */
    struct cord_backtest_bucket *buckets;
    size_t bucket_count;
    size_t bucket_cap;
};

/* As cord_backtest_condition, of the rules that are run. */
void cord_backtest_condition_of(const struct cord_collection *collection, const bool *needed,
                                struct cord_buf *out);

#endif
