/*
 * summary.h: findings counted by level, rule, host and tactic as they come.
 *
 * Counts are of all findings; only the number of distinct hosts and of
 * (rule, host) pairs kept is bounded, and says when it was met.
 */
#ifndef CORD_CMD_SUMMARY_H
#define CORD_CMD_SUMMARY_H

#include "detect/finding.h"

#include "base/arena.h"
#include "base/map.h"

#define SUMMARY_LEVELS    6 /* enum cord_level */
#define SUMMARY_PAIRS_MAX 2000000u

struct summary_rule {
    const struct cord_rule_about *about;
    uint32_t tactics; /* bits, by number: a rule may name a tactic twice */
    uint64_t count;
    uint32_t hosts;
    int64_t first_ns; /* CORD_TIME_NONE: no finding said when */
    int64_t last_ns;
    uint64_t evidence; /* of the earliest finding whose event is stored; 0: none is */
};

struct summary_host {
    cord_str name;
    uint64_t levels[SUMMARY_LEVELS];
    uint64_t count;
};

struct summary {
    struct cord_arena *arena;
    struct cord_map rule_map; /* key: the bytes of the pointer about */
    struct cord_map host_map;
    struct cord_map pair_map;
    struct summary_rule *rules;
    size_t rule_count;
    size_t rule_cap;
    struct summary_host *hosts;
    size_t host_count;
    size_t host_cap;
    uint64_t levels[SUMMARY_LEVELS];
    uint64_t tactics[CORD_RULE_ABOUT_TACTICS];
    uint64_t count;
    int64_t first_ns;
    int64_t last_ns;
    bool bounded; /* distinct hosts are "at least" */
};

CORD_MUST_USE cord_status summary_init(struct summary *summary, uint64_t seed);
void summary_done(struct summary *summary);

/* *ret_rule: the finding's rule in rules. */
CORD_MUST_USE cord_status summary_add(struct summary *summary, const struct cord_finding *finding,
                                      size_t *ret_rule);

/* Sorts rules by level and count, hosts by count. After it no more is added. */
void summary_sort(struct summary *summary);

#endif
