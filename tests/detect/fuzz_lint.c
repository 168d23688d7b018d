/*
 * fuzz_lint.c: any text can be judged, and what is judged twice is judged alike.
 */
#include "base/buf.h"
#include "detect/lint.h"
#include "detect/rule_cost.h"

#include <assert.h>
#include <stdlib.h>

struct tally {
    size_t count;
    uint64_t sum;
};

static cord_status put(void *self, const struct cord_lint_finding *finding)
{
    struct tally *tally = self;
    assert(finding->message.len > 0 && finding->kind.len > 0 && finding->line > 0);
    assert(finding->id.ptr && finding->title.ptr && finding->file.ptr);
    tally->count++;
    tally->sum += finding->line * finding->message.len;
    return CORD_OK;
}

static void price(const struct cord_rule *rule)
{
    struct cord_arena *arena = cord_arena_new(64 << 20);
    struct cord_rule_cost cost;
    if (!arena) {
        return;
    }
    assert(cord_rule_cost_estimate(rule, arena, &cost) == CORD_OK);
    assert(cost.chance >= 0 && cost.chance <= 1 && cost.figure >= 0);
    assert(cost.always == (cost.reason[0] != '\0'));
    assert(cost.always || cost.weakest_text.ptr);
    assert(cost.blind_regexes <= cost.regexes && cost.regexes <= cost.atoms);
    cord_arena_free(arena);
}

/* The input as an expression, which is hard to reach through the YAML. */
static void judge_expression(cord_str text)
{
    struct tally tally = {0};
    const struct cord_lint_sink sink = {.put = put, .self = &tally};
    struct cord_buf rule;
    cord_buf_init(&rule, 64 << 10);
    cord_buf_put_text(&rule, "detection: {condition: a, a: {B|re: '");
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c >= ' ' && c <= '~') {
            cord_buf_put_text(&rule, c == '\'' ? "'" : "");
            cord_buf_put_char(&rule, c);
        }
    }
    cord_buf_put_text(&rule, "'}}\n");
    assert(!rule.failed);
    struct cord_error err = {""};
    assert(cord_lint_text(CORD_STR("f"), cord_buf_str(&rule), &sink, &err) == CORD_OK);
    cord_buf_done(&rule);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const cord_str text = {(const char *)data, size};
    struct tally tallies[2] = {{0}};
    struct cord_error err = {""};
    if (size > 8192) {
        return 0;
    }
    for (size_t i = 0; i < 2; i++) {
        const struct cord_lint_sink sink = {.put = put, .self = &tallies[i]};
        assert(cord_lint_text(CORD_STR("f"), text, &sink, &err) == CORD_OK);
    }
    assert(tallies[0].count == tallies[1].count && tallies[0].sum == tallies[1].sum);

    judge_expression(text);
    struct cord_collection *collection = cord_collection_new();
    const struct cord_lint_sink sink = {.put = put, .self = &tallies[0]};
    if (!collection) {
        return 0;
    }
    assert(cord_collection_add(collection, CORD_STR("f"), text, &err) == CORD_OK);
    assert(cord_collection_finish(collection, &err) == CORD_OK);
    assert(cord_lint_collection(collection, &sink, &err) == CORD_OK);
    for (size_t i = 0; i < cord_collection_rule_count(collection); i++) {
        price(cord_collection_rule(collection, i));
    }
    cord_collection_free(collection);
    return 0;
}
