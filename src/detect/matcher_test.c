/* matcher_test.c: rules and their tests on the event at hand, lazily. */
#include "base/vec.h"
#include "detect/matcher_internal.h"
#include "detect/test_index_internal.h"

enum { NEEDLES_FEW = 4 }; /* looked for before an expression is tried */

/* Keywords look at every value; that chain is made when first asked for. */
static void gather_any(struct cord_matcher *matcher)
{
    for (uint32_t i = 0; i < matcher->event->value_count; i++) {
        if (cord_matcher_node_add(matcher, CORD_FIELD_ANY, 0, &matcher->event->values[i]) !=
            CORD_OK) {
            matcher->no_memory = true;
        }
    }
}

static uint32_t chain_head(struct cord_matcher *matcher, uint32_t field)
{
    const struct cord_match_field *chain = &matcher->fields[field];
    if (chain->epoch != matcher->epoch && field == CORD_FIELD_ANY) {
        gather_any(matcher);
    } else if (chain->epoch != matcher->epoch && !matcher->joined &&
               cord_matcher_join_rest(matcher) != CORD_OK) {
        matcher->no_memory = true;
    }
    return chain->epoch == matcher->epoch ? chain->head : CORD_NODE_END;
}

/* The first and the last eight bytes of a text; zeros stand for what it lacks,
 * behind the first and before the last. */
struct edges {
    uint64_t first;
    uint64_t last;
};

static struct edges edges_of(cord_str text)
{
    struct edges edges;
    memcpy(&edges.first, text.ptr, sizeof edges.first); /* padded with zeros */
    if (text.len >= sizeof edges.last) {
        memcpy(&edges.last, text.ptr + text.len - sizeof edges.last, sizeof edges.last);
    } else {
        edges.last = text.len > 0 ? edges.first << (64 - 8 * text.len) : 0;
    }
    return edges;
}

static bool probe_holds(const struct cord_matcher *matcher, const struct cord_probe *probe,
                        struct edges edges, cord_str text)
{
    cord_str wanted = {probe->ptr, probe->len};
    switch ((enum cord_literal_kind)probe->kind) {
    case CORD_LITERAL_CONTAINS: {
        struct cord_literal_needle needle = {
            probe->ptr, probe->len, {probe->rare[0], probe->rare[1]}};
        return matcher->find(&needle, text);
    }
    case CORD_LITERAL_STARTS:
        return edges.first << probe->shift == probe->edge && cord_str_starts(text, wanted);
    case CORD_LITERAL_ENDS:
        return edges.last >> probe->shift == probe->edge && cord_str_ends(text, wanted);
    case CORD_LITERAL_EQUALS:
        break;
    }
    return probe->len == text.len && edges.first << probe->shift == probe->edge &&
           cord_str_eq(text, wanted);
}

static bool any_probe_holds(const struct cord_matcher *matcher, const struct cord_test *test,
                            cord_str text)
{
    const struct cord_probe *probes = matcher->ruleset->probes + test->literal_first;
    struct edges edges = edges_of(text);
    for (uint32_t i = 0; i < test->literal_count; i++) {
        if (probe_holds(matcher, &probes[i], edges, text)) {
            return true;
        }
    }
    return false;
}

static bool any_indexed(struct cord_matcher *matcher, uint32_t test, cord_str text)
{
    bool fell_back;
    struct cord_literal_index *index = cord_test_index_get(matcher->ruleset, test);
    cord_matcher_next_stamp(matcher);
    if (!index || cord_literal_index_scan(index, text, &matcher->hits, &fell_back) != CORD_OK) {
        matcher->no_memory = true;
        return false;
    }
    matcher->stats.fallbacks += fell_back;
    return matcher->hits.count > 0;
}

/* Roughly, in nanoseconds; what is more than a million is as good as one. */
static uint32_t literals_cost(uint32_t count, size_t len)
{
    uint64_t cost =
        count < CORD_TEST_LITERALS_MANY ? count * (8 + (uint64_t)len / 32) : 30 + (uint64_t)len / 8;
    return cost < 1000000 ? (uint32_t)cost : 1000000;
}

static enum cord_atom_result literals_hold(struct cord_matcher *matcher, uint32_t number,
                                           struct cord_subject *subject)
{
    const struct cord_ruleset *ruleset = matcher->ruleset;
    const struct cord_test *test = &ruleset->tests[number];
    cord_str text;
    if (!cord_subject_has_text(subject)) {
        return CORD_ATOM_NO;
    }
    if (cord_subject_folded(subject, matcher->env.texts, &text) != CORD_OK) {
        matcher->no_memory = true;
        return CORD_ATOM_NO;
    }
    struct cord_match_field *chain = &matcher->fields[test->field];
    uint32_t cost = literals_cost(test->literal_count, text.len);
    chain->spent += chain->spent < UINT32_MAX / 2 ? cost : 0;
    if (test->literal_count >= CORD_TEST_LITERALS_MANY ||
        (ruleset->eager && test->literal_count > 1)) {
        return any_indexed(matcher, number, text) ? CORD_ATOM_YES : CORD_ATOM_NO;
    }
    return any_probe_holds(matcher, test, text) ? CORD_ATOM_YES : CORD_ATOM_NO;
}

/* What an ATOM test demands is looked for first, when that is soon done. */
static bool may_hold(struct cord_matcher *matcher, const struct cord_test *test,
                     struct cord_subject *subject)
{
    cord_str text;
    if (test->literal_count == 0 || test->literal_count > NEEDLES_FEW ||
        !cord_subject_has_text(subject)) {
        return true;
    }
    if (cord_subject_folded(subject, matcher->env.texts, &text) != CORD_OK) {
        matcher->no_memory = true;
        return false;
    }
    return any_probe_holds(matcher, test, text);
}

static enum cord_atom_result value_holds(struct cord_matcher *matcher, uint32_t number, uint32_t at)
{
    const struct cord_test *test = &matcher->ruleset->tests[number];
    struct cord_subject *subject = &matcher->nodes[at].subject;
    enum cord_atom_result result = CORD_ATOM_NO;
    if (test->kind == CORD_TEST_LITERALS) {
        return literals_hold(matcher, number, subject);
    }
    if (!may_hold(matcher, test, subject)) {
        return CORD_ATOM_NO;
    }
    if (cord_atom_holds(test->atom, test->regex, subject, &matcher->env, &result) != CORD_OK) {
        matcher->no_memory = true;
    }
    return result;
}

/* Any value of the field will do. */
static enum cord_atom_result any_holds(struct cord_matcher *matcher, uint32_t test)
{
    enum cord_atom_result result = CORD_ATOM_NO;
    for (uint32_t at = chain_head(matcher, matcher->ruleset->tests[test].field);
         at != CORD_NODE_END && result != CORD_ATOM_YES; at = matcher->nodes[at].next) {
        enum cord_atom_result one = value_holds(matcher, test, at);
        result = one == CORD_ATOM_NO ? result : one;
    }
    return result;
}

static bool null_holds(struct cord_matcher *matcher, const struct cord_test *test)
{
    uint32_t at = chain_head(matcher, test->field);
    if (at == CORD_NODE_END) {
        return true;
    }
    for (; at != CORD_NODE_END; at = matcher->nodes[at].next) {
        if (matcher->nodes[at].subject.value->kind == CORD_VALUE_NULL) {
            return true;
        }
    }
    return false;
}

static bool fields_compare(struct cord_matcher *matcher, const struct cord_test *test)
{
    bool holds = false;
    uint32_t others = chain_head(matcher, test->other);
    for (uint32_t at = chain_head(matcher, test->field); at != CORD_NODE_END && !holds;
         at = matcher->nodes[at].next) {
        for (uint32_t other = others; other != CORD_NODE_END && !holds;
             other = matcher->nodes[other].next) {
            if (cord_atom_compares(test->atom, &matcher->nodes[at].subject,
                                   &matcher->nodes[other].subject, &matcher->env,
                                   &holds) != CORD_OK) {
                matcher->no_memory = true;
            }
        }
    }
    return holds;
}

static enum cord_atom_result result_of(bool holds)
{
    return holds ? CORD_ATOM_YES : CORD_ATOM_NO;
}

static enum cord_atom_result evaluate(struct cord_matcher *matcher, uint32_t number)
{
    const struct cord_test *test = &matcher->ruleset->tests[number];
    switch (test->kind) {
    case CORD_TEST_LITERALS:
    case CORD_TEST_ATOM:
        return any_holds(matcher, number);
    case CORD_TEST_NULL:
        return result_of(null_holds(matcher, test));
    case CORD_TEST_EXISTS:
        return result_of((chain_head(matcher, test->field) != CORD_NODE_END) == test->outcome);
    case CORD_TEST_FIELD:
        return result_of(fields_compare(matcher, test));
    case CORD_TEST_CONSTANT:
        break;
    }
    return result_of(test->outcome);
}

enum cord_atom_result cord_matcher_test(struct cord_matcher *matcher, uint32_t test)
{
    uint32_t memo = matcher->memos[test];
    if (memo >> 2 == matcher->epoch) {
        return (enum cord_atom_result)(memo & 3);
    }
    enum cord_atom_result result = evaluate(matcher, test);
    matcher->memos[test] = matcher->epoch << 2 | (uint32_t)result;
    uint32_t field = matcher->ruleset->tests[test].field;
    if (matcher->fields[field].epoch == matcher->epoch) {
        cord_matcher_flood(matcher, field);
    }
    return result;
}

/* What is unknown counts as what the rule does not want (hopeful: as what it
 * wants). */
static bool run(struct cord_matcher *matcher, const struct cord_step *steps, bool hopeful)
{
    uint32_t at = 0;
    while (at < CORD_STEP_FAIL) {
        const struct cord_step *step = &steps[at];
        enum cord_atom_result result = cord_matcher_test(matcher, step->test);
        bool holds = result == CORD_ATOM_YES;
        if (result == CORD_ATOM_UNKNOWN) {
            matcher->met_unknown = true;
            holds = hopeful != (step->negated != 0);
        }
        at = holds ? step->on_true : step->on_false;
    }
    return at == CORD_STEP_MATCH;
}

enum cord_atom_result cord_matcher_rule(struct cord_matcher *matcher, const struct cord_step *steps)
{
    matcher->met_unknown = false;
    if (run(matcher, steps, false)) {
        return CORD_ATOM_YES;
    }
    if (matcher->met_unknown && run(matcher, steps, true)) {
        return CORD_ATOM_UNKNOWN;
    }
    return CORD_ATOM_NO;
}
