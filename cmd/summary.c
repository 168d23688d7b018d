/* summary.c: see summary.h. */
#include "cmd/summary.h"

#include "base/vec.h"

#include <stdlib.h>

enum { ARENA_BYTES_MAX = 1 << 30 };

cord_status summary_init(struct summary *summary, uint64_t seed)
{
    *summary = (struct summary){.first_ns = CORD_TIME_NONE, .last_ns = CORD_TIME_NONE};
    cord_map_init(&summary->rule_map, seed);
    cord_map_init(&summary->host_map, seed);
    cord_map_init(&summary->pair_map, seed);
    summary->arena = cord_arena_new(ARENA_BYTES_MAX);
    return summary->arena ? CORD_OK : CORD_E_NOMEM;
}

void summary_done(struct summary *summary)
{
    if (summary) {
        cord_map_done(&summary->rule_map);
        cord_map_done(&summary->host_map);
        cord_map_done(&summary->pair_map);
        free(summary->rules);
        free(summary->hosts);
        cord_arena_free(summary->arena);
        *summary = (struct summary){0};
    }
}

static uint32_t tactics_of(const struct cord_rule_about *about)
{
    uint32_t tactics = 0;
    for (size_t i = 0; i < about->tag_count; i++) {
        int tactic = cord_rule_about_tactic(about->tags[i]);
        tactics |= tactic >= 0 ? 1u << tactic : 0;
    }
    return tactics;
}

static cord_status rule_at(struct summary *summary, const struct cord_finding *finding,
                           size_t *ret_at)
{
    const struct cord_rule_about *about = cord_finding_about(finding);
    cord_str key = {(const char *)&about, sizeof about};
    uint32_t at = cord_map_get(&summary->rule_map, key);
    if (at != CORD_MAP_NONE) {
        *ret_at = at;
        return CORD_OK;
    }
    struct summary_rule *rules =
        cord_vec_room(summary->rules, summary->rule_count, &summary->rule_cap, sizeof *rules);
    key = cord_arena_copy(summary->arena, key);
    if (!rules || !key.ptr) {
        summary->rules = rules ? rules : summary->rules;
        return CORD_E_NOMEM;
    }
    summary->rules = rules;
    rules[summary->rule_count] = (struct summary_rule){.about = about,
                                                       .tactics = tactics_of(about),
                                                       .first_ns = CORD_TIME_NONE,
                                                       .last_ns = CORD_TIME_NONE};
    cord_status status = cord_map_put(&summary->rule_map, key, (uint32_t)summary->rule_count);
    *ret_at = summary->rule_count;
    summary->rule_count += status == CORD_OK ? 1 : 0;
    return status;
}

/* *ret_at: CORD_MAP_NONE when there is no room for one more host. */
static cord_status host_at(struct summary *summary, cord_str name, uint32_t *ret_at)
{
    *ret_at = cord_map_get(&summary->host_map, name);
    if (*ret_at != CORD_MAP_NONE) {
        return CORD_OK;
    }
    if (summary->host_count == SUMMARY_PAIRS_MAX) {
        summary->bounded = true;
        return CORD_OK;
    }
    struct summary_host *hosts =
        cord_vec_room(summary->hosts, summary->host_count, &summary->host_cap, sizeof *hosts);
    cord_str copy = cord_arena_copy(summary->arena, name);
    if (!hosts || !copy.ptr) {
        summary->hosts = hosts ? hosts : summary->hosts;
        return CORD_E_NOMEM;
    }
    summary->hosts = hosts;
    hosts[summary->host_count] = (struct summary_host){.name = copy};
    cord_status status = cord_map_put(&summary->host_map, copy, (uint32_t)summary->host_count);
    if (status == CORD_OK) {
        *ret_at = (uint32_t)summary->host_count++;
    }
    return status;
}

static cord_status count_pair(struct summary *summary, struct summary_rule *rule, size_t rule_no,
                              uint32_t host_no)
{
    uint32_t numbers[2] = {(uint32_t)rule_no, host_no};
    cord_str key = {(const char *)numbers, sizeof numbers};
    if (cord_map_get(&summary->pair_map, key) != CORD_MAP_NONE) {
        return CORD_OK;
    }
    if (summary->pair_map.count == SUMMARY_PAIRS_MAX) {
        summary->bounded = true;
        return CORD_OK;
    }
    key = cord_arena_copy(summary->arena, key);
    if (!key.ptr) {
        return CORD_E_NOMEM;
    }
    rule->hosts++;
    return cord_map_put(&summary->pair_map, key, 0);
}

static void widen(int64_t time_ns, int64_t *first_ns, int64_t *last_ns)
{
    if (time_ns == CORD_TIME_NONE) {
        return;
    }
    *first_ns = *first_ns == CORD_TIME_NONE || time_ns < *first_ns ? time_ns : *first_ns;
    *last_ns = time_ns > *last_ns ? time_ns : *last_ns;
}

cord_status summary_add(struct summary *summary, const struct cord_finding *finding,
                        size_t *ret_rule)
{
    size_t rule_no = 0;
    uint32_t host_no = CORD_MAP_NONE;
    cord_status status = rule_at(summary, finding, &rule_no);
    if (status == CORD_OK) {
        status = host_at(summary, finding->host, &host_no);
    }
    if (status != CORD_OK) {
        return status;
    }
    struct summary_rule *rule = &summary->rules[rule_no];
    if (host_no != CORD_MAP_NONE) {
        status = count_pair(summary, rule, rule_no, host_no);
        summary->hosts[host_no].levels[rule->about->level]++;
        summary->hosts[host_no].count++;
    }
    rule->count++;
    summary->count++;
    summary->levels[rule->about->level]++;
    for (size_t tactic = 0; tactic < CORD_RULE_ABOUT_TACTICS; tactic++) {
        summary->tactics[tactic] += rule->tactics >> tactic & 1;
    }
    bool earlier = finding->time_ns != CORD_TIME_NONE &&
                   (rule->first_ns == CORD_TIME_NONE || finding->time_ns < rule->first_ns);
    if (finding->evidence != 0 && (earlier || rule->evidence == 0)) {
        rule->evidence = finding->evidence;
    }
    widen(finding->time_ns, &rule->first_ns, &rule->last_ns);
    widen(finding->time_ns, &summary->first_ns, &summary->last_ns);
    *ret_rule = rule_no;
    return status;
}

static int by_level_and_count(const void *a, const void *b)
{
    const struct summary_rule *left = a;
    const struct summary_rule *right = b;
    if (left->about->level != right->about->level) {
        return left->about->level > right->about->level ? -1 : 1;
    }
    if (left->count != right->count) {
        return left->count > right->count ? -1 : 1;
    }
    return cord_str_compare(left->about->title, right->about->title);
}

static int by_count(const void *a, const void *b)
{
    const struct summary_host *left = a;
    const struct summary_host *right = b;
    if (left->count != right->count) {
        return left->count > right->count ? -1 : 1;
    }
    return cord_str_compare(left->name, right->name);
}

void summary_sort(struct summary *summary)
{
    if (summary->rule_count > 0) {
        qsort(summary->rules, summary->rule_count, sizeof *summary->rules, by_level_and_count);
    }
    if (summary->host_count > 0) {
        qsort(summary->hosts, summary->host_count, sizeof *summary->hosts, by_count);
    }
}
