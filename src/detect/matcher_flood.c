/*
 * matcher_flood.c: events that make most rules candidates.
 *
 * Evaluating lazily is cheap as long as little is evaluated. A value made of
 * pieces of rules, or a list of a thousand values, makes every test of a field
 * go over all of it. Then one pass of the linear automaton over the field's
 * values answers all of them.
 */
#include "detect/matcher_internal.h"
#include "detect/test_index_internal.h"

/* Spent before anything is done about it, and what the automaton takes. */
enum { SPENT_MIN_NS = 30000, AUTOMATON_NS_A_BYTE = 8 };

static uint64_t bytes_of(const struct cord_matcher *matcher, uint32_t at)
{
    uint64_t bytes = 0;
    for (; at != CORD_NODE_END; at = matcher->nodes[at].next) {
        bytes += matcher->nodes[at].subject.value->len + 8u;
    }
    return bytes;
}

static void settle(struct cord_matcher *matcher, uint32_t test, enum cord_atom_result result)
{
    matcher->memos[test] = matcher->epoch << 2 | (uint32_t)result;
}

static void scan_value(struct cord_matcher *matcher, const struct cord_test_field *field,
                       struct cord_subject *subject)
{
    cord_str text;
    if (!cord_subject_has_text(subject)) {
        return;
    }
    if (cord_subject_folded(subject, matcher->env.texts, &text) != CORD_OK) {
        matcher->no_memory = true;
        return;
    }
    cord_matcher_next_stamp(matcher);
    matcher->hits.count = 0;
    cord_automaton_scan(field->automaton, text, &matcher->hits);
    for (size_t i = 0; i < matcher->hits.count; i++) {
        uint32_t literal = matcher->hits.numbers[i];
        for (uint32_t at = field->first[literal]; at < field->first[literal + 1]; at++) {
            settle(matcher, field->users[at], CORD_ATOM_YES);
        }
    }
}

/* False: one by one is still cheaper. */
static bool is_worth_it(struct cord_matcher *matcher, struct cord_match_field *chain)
{
    if (matcher->ruleset->eager) {
        return true;
    }
    if (chain->spent < SPENT_MIN_NS) {
        return false;
    }
    if (chain->worth == 0) {
        uint64_t worth = SPENT_MIN_NS + AUTOMATON_NS_A_BYTE * bytes_of(matcher, chain->head);
        chain->worth = worth < UINT32_MAX / 2 ? (uint32_t)worth : UINT32_MAX / 2;
    }
    return chain->spent >= chain->worth;
}

void cord_matcher_flood(struct cord_matcher *matcher, uint32_t number)
{
    struct cord_match_field *chain = &matcher->fields[number];
    if (chain->flooded || !is_worth_it(matcher, chain)) {
        return;
    }
    chain->flooded = true;
    const struct cord_test_field *field = cord_test_field_get(matcher->ruleset, number);
    if (!field || cord_matcher_hits_room(matcher, field->number_count) != CORD_OK) {
        matcher->no_memory = true;
        return;
    }
    matcher->stats.fallbacks++;
    for (uint32_t i = 0; i < field->test_count; i++) {
        settle(matcher, field->tests[i], CORD_ATOM_NO);
    }
    for (uint32_t at = chain->head; at != CORD_NODE_END; at = matcher->nodes[at].next) {
        scan_value(matcher, field, &matcher->nodes[at].subject);
    }
}
