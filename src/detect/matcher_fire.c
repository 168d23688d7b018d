/*
 * matcher_fire.c: which rules are worth evaluating for the event at hand.
 *
 * Looks in every value for what the plan indexes on its field. What fires makes
 * its rules candidates; evaluating them settles the rest.
 */
#include <stdlib.h>

#include "detect/matcher_internal.h"

static void fire(struct cord_matcher *matcher, const struct cord_plan *plan, uint32_t number)
{
    const struct cord_plan_trigger *trigger = &plan->triggers[number];
    if (trigger->sure) {
        matcher->memos[trigger->test] = matcher->epoch << 2 | (uint32_t)CORD_ATOM_YES;
    }
    const uint32_t *rules = plan->trigger_rules + trigger->rule_first;
    for (uint32_t i = 0; i < trigger->rule_count; i++) {
        if (matcher->rule_stamps[rules[i]] != matcher->epoch) {
            matcher->rule_stamps[rules[i]] = matcher->epoch;
            matcher->candidates[matcher->candidate_count++] = rules[i];
        }
    }
}

/* Two stamps for each scan; see literal_index.h. */
void cord_matcher_next_stamp(struct cord_matcher *matcher)
{
    if (matcher->hits.stamp >= UINT32_MAX - 4) {
        memset(matcher->hits.stamps, 0, matcher->hits_room * 2 * sizeof(uint32_t));
        matcher->hits.stamp = 0;
    }
    matcher->hits.stamp = (matcher->hits.stamp | 1) + 1;
}

static void fire_hits(struct cord_matcher *matcher, const struct cord_plan *plan,
                      const struct cord_plan_field *field)
{
    for (size_t i = 0; i < matcher->hits.count; i++) {
        uint32_t entry = matcher->hits.numbers[i];
        for (uint32_t at = field->entry_first[entry]; at < field->entry_first[entry + 1]; at++) {
            fire(matcher, plan, field->entry_triggers[at]);
        }
    }
}

static cord_status scan_text(struct cord_matcher *matcher, const struct cord_plan *plan,
                             const struct cord_plan_field *field, cord_str text)
{
    bool fell_back;
    cord_matcher_next_stamp(matcher);
    cord_status status = cord_literal_index_scan(field->index, text, &matcher->hits, &fell_back);
    if (status != CORD_OK) {
        return status;
    }
    matcher->stats.fallbacks += fell_back;
    fire_hits(matcher, plan, field);
    return CORD_OK;
}

static cord_status scan_subject(struct cord_matcher *matcher, const struct cord_plan *plan,
                                const struct cord_plan_field *field, struct cord_subject *subject)
{
    cord_str text;
    if (!cord_subject_has_text(subject)) {
        return CORD_OK;
    }
    cord_status status = cord_subject_folded(subject, matcher->env.texts, &text);
    return status == CORD_OK ? scan_text(matcher, plan, field, text) : status;
}

static cord_status scan_node(struct cord_matcher *matcher, const struct cord_plan *plan,
                             size_t number)
{
    const struct cord_plan_field *field = &plan->fields[matcher->nodes[number].slot];
    for (uint32_t i = 0; i < field->presence_count; i++) {
        fire(matcher, plan, field->presence[i]);
    }
    return field->index ? scan_subject(matcher, plan, field, &matcher->nodes[number].subject)
                        : CORD_OK;
}

static bool has_unicode_escape(const struct cord_value *value)
{
    if ((value->flags & CORD_VALUE_ESCAPED) == 0) {
        return false;
    }
    for (uint32_t at = 0; at + 1 < value->len; at++) {
        if (value->ptr[at] == '\\') {
            at++;
            if (value->ptr[at] == 'u') {
                return true;
            }
        }
    }
    return false;
}

/* Values that do not stand in the record as it was received, or may stand there
 * in disguise. */
static cord_status scan_others(struct cord_matcher *matcher, const struct cord_plan *plan,
                               const struct cord_plan_field *field, bool escape)
{
    const struct cord_event *event = matcher->event;
    cord_status status = CORD_OK;
    for (uint32_t i = 0; i < event->value_count && status == CORD_OK; i++) {
        const struct cord_value *value = &event->values[i];
        if (!cord_matcher_is_inside(event->raw, value) || (escape && has_unicode_escape(value))) {
            struct cord_subject subject = {.value = value};
            status = scan_subject(matcher, plan, field, &subject);
        }
    }
    return status;
}

/* *ret_escape: some value may hold a \\u escape. */
static cord_status scan_record(struct cord_matcher *matcher, const struct cord_plan *plan,
                               const struct cord_plan_field *field, bool *ret_escape)
{
    cord_str raw = matcher->event->raw;
    cord_matcher_next_stamp(matcher);
    if (cord_literal_index_scan_raw(field->index, raw, &matcher->hits, ret_escape)) {
        fire_hits(matcher, plan, field);
        return CORD_OK;
    }
    cord_str text;
    cord_status status = cord_subject_fold(matcher->env.texts, raw, &text, ret_escape);
    return status == CORD_OK ? scan_text(matcher, plan, field, text) : status;
}

/* What keywords are triggered by is looked for in the record as it was
 * received, all of it at once; only other values are looked at one by one. */
static cord_status scan_any(struct cord_matcher *matcher, const struct cord_plan *plan,
                            const struct cord_plan_field *field)
{
    const struct cord_event *event = matcher->event;
    bool escape = false;
    if (matcher->inside > 0) {
        cord_status status = scan_record(matcher, plan, field, &escape);
        if (status != CORD_OK) {
            return status;
        }
    }
    return matcher->inside < event->value_count || escape
               ? scan_others(matcher, plan, field, escape)
               : CORD_OK;
}

static int compare_u32(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

static void sort_candidates(struct cord_matcher *matcher)
{
    uint32_t *items = matcher->candidates;
    if (matcher->candidate_count > 16) {
        qsort(items, matcher->candidate_count, sizeof *items, compare_u32);
        return;
    }
    for (size_t i = 1; i < matcher->candidate_count; i++) {
        uint32_t item = items[i];
        size_t to = i;
        for (; to > 0 && items[to - 1] > item; to--) {
            items[to] = items[to - 1];
        }
        items[to] = item;
    }
}

cord_status cord_matcher_candidates(struct cord_matcher *matcher, const struct cord_plan *plan)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; i < plan->always_count; i++) {
        matcher->candidates[matcher->candidate_count++] = plan->always[i];
        matcher->rule_stamps[plan->always[i]] = matcher->epoch;
    }
    size_t routed = matcher->node_count;
    for (size_t i = 0; i < routed && status == CORD_OK; i++) {
        status = scan_node(matcher, plan, i);
    }
    uint32_t any = plan->field_slot[CORD_FIELD_ANY];
    if (any != 0 && plan->fields[any - 1].index && status == CORD_OK) {
        status = scan_any(matcher, plan, &plan->fields[any - 1]);
    }
    sort_candidates(matcher);
    return status;
}
