/*
 * lint_condition.c: what a condition says, whatever its selections find.
 *
 * A rule has few selections, so that every way in which they can come out is
 * tried: that tells a condition that always or never holds, one that holds
 * when nothing is found, and a selection that makes no difference.
 */
#include "detect/condition.h"
#include "detect/lint_internal.h"

enum { SELECTIONS_MAX = 12, TREE_MAX = 2000, STEPS_MAX = 1 << 20 };

struct trial {
    cord_str names[SELECTIONS_MAX];
    const struct cord_yaml *nodes[SELECTIONS_MAX];
    bool used[SELECTIONS_MAX];
    size_t count;
    unsigned found; /* bit per selection: this try's answer */
};

static bool holds(struct trial *trial, const struct cord_condition *condition);

static bool selects(const struct cord_condition *condition, cord_str name)
{
    if (condition->kind == CORD_CONDITION_NAME) {
        return cord_str_eq(condition->name, name);
    }
    if (cord_str_eq(condition->name, CORD_STR("them"))) {
        return !cord_str_starts(name, CORD_STR("_"));
    }
    return cord_condition_selects(condition->name, name);
}

static bool holds_of(struct trial *trial, const struct cord_condition *condition)
{
    bool all = condition->kind == CORD_CONDITION_ALL_OF;
    bool result = all;
    for (size_t i = 0; i < trial->count; i++) {
        if (selects(condition, trial->names[i])) {
            bool found = (trial->found >> i & 1U) != 0;
            trial->used[i] = true;
            result = all ? result && found : result || found;
        }
    }
    return result;
}

/* Depth is bounded by the condition's parser. Looks at every child, so that
 * `used` is complete after one try. */
static bool holds(struct trial *trial, const struct cord_condition *condition)
{
    bool result = condition->kind == CORD_CONDITION_AND;
    switch (condition->kind) {
    case CORD_CONDITION_AND:
    case CORD_CONDITION_OR:
        for (const struct cord_condition *child = condition->child; child; child = child->next) {
            bool one = holds(trial, child);
            result = condition->kind == CORD_CONDITION_AND ? result && one : result || one;
        }
        return result;
    case CORD_CONDITION_NOT:
        return !holds(trial, condition->child);
    case CORD_CONDITION_NAME:
    case CORD_CONDITION_ONE_OF:
    case CORD_CONDITION_ALL_OF:
        break;
    }
    return holds_of(trial, condition);
}

static size_t size_of(const struct cord_condition *condition)
{
    size_t size = 1;
    for (const struct cord_condition *child = condition->child; child; child = child->next) {
        size += size_of(child);
    }
    return size;
}

/* False when there are too many to try. */
static bool collect(struct trial *trial, const struct cord_yaml *detection)
{
    for (const struct cord_yaml *node = detection->child; node; node = node->next) {
        cord_str name = node->key->text;
        if (cord_str_eq(name, CORD_STR("condition")) || cord_str_eq(name, CORD_STR("timeframe")) ||
            cord_str_eq(name, CORD_STR("rules"))) {
            continue;
        }
        if (trial->count == SELECTIONS_MAX) {
            return false;
        }
        trial->nodes[trial->count] = node;
        trial->names[trial->count++] = name;
    }
    return trial->count > 0;
}

/* What every try together tells. Bit i is about selection i. */
struct verdict {
    size_t count_true;
    unsigned matters; /* makes a difference at least once */
    unsigned helps;   /* found, the condition holds where it else would not */
    unsigned hinders; /* the other way round */
};

static struct verdict try_all(struct trial *trial, const struct cord_condition *condition)
{
    struct verdict verdict = {0};
    size_t tries = (size_t)1 << trial->count;
    memset(trial->used, 0, sizeof trial->used);
    for (unsigned found = 0; found < tries; found++) {
        trial->found = found;
        bool result = holds(trial, condition);
        verdict.count_true += result;
        for (size_t i = 0; i < trial->count; i++) {
            trial->found = found | 1U << i;
            bool with = holds(trial, condition);
            trial->found = found & ~(1U << i);
            bool without = holds(trial, condition);
            verdict.helps |= (unsigned)(with && !without) << i;
            verdict.hinders |= (unsigned)(without && !with) << i;
        }
    }
    verdict.matters = verdict.helps | verdict.hinders;
    return verdict;
}

/* Names that begin with "filter" say what is left out. */
static void judge_filters(struct cord_lint *lint, const struct trial *trial,
                          const struct verdict *verdict)
{
    for (size_t i = 0; i < trial->count; i++) {
        if (cord_str_starts(trial->names[i], CORD_STR("filter")) &&
            (verdict->helps >> i & 1U) != 0 && (verdict->hinders >> i & 1U) == 0) {
            cord_lint_say(lint, trial->nodes[i]->key->line, "filter-positive",
                          "'%.*s' is called a filter, but has to be found for the condition to "
                          "hold: write 'not' in front of it, or call it a selection",
                          CORD_STR_ARG(cord_str_slice(trial->names[i], 0, 60)));
        }
    }
}

static void judge(struct cord_lint *lint, struct trial *trial, uint32_t line,
                  const struct cord_condition *condition)
{
    bool filter = cord_yaml_get(lint->document, CORD_STR("detection")) == NULL;
    const struct verdict verdict = try_all(trial, condition);
    trial->found = 0;
    if (verdict.count_true == 0 || verdict.matters == 0) {
        cord_lint_say(lint, line, verdict.count_true == 0 ? "condition-never" : "condition-always",
                      "the condition %s, whatever the selections find: correct it",
                      verdict.count_true == 0 ? "never holds" : "always holds");
        return;
    }
    if (!filter && holds(trial, condition)) {
        cord_lint_say(lint, line, "condition-negative",
                      "the condition holds when no selection finds anything: every other event of "
                      "the log source matches; add a selection that must be found");
    }
    if (!filter) {
        judge_filters(lint, trial, &verdict);
    }
    for (size_t i = 0; i < trial->count; i++) {
        if (trial->used[i] && (verdict.matters >> i & 1U) == 0) {
            cord_lint_say(lint, trial->nodes[i]->key->line, "selection-idle",
                          "'%.*s' is in the condition, but makes no difference to it: drop it, or "
                          "correct the condition",
                          CORD_STR_ARG(cord_str_slice(trial->names[i], 0, 60)));
        }
    }
}

static bool same_tree(const struct cord_yaml *a, const struct cord_yaml *b, size_t *left)
{
    if (*left == 0 || a->kind != b->kind || a->count != b->count ||
        !cord_str_eq(a->text, b->text)) {
        return false;
    }
    --*left;
    const struct cord_yaml *other = b->child;
    for (const struct cord_yaml *child = a->child; child; child = child->next) {
        if ((a->kind == CORD_YAML_MAP && !cord_str_eq(child->key->text, other->key->text)) ||
            !same_tree(child, other, left)) {
            return false;
        }
        other = other->next;
    }
    return true;
}

static void check_twins(struct cord_lint *lint, const struct trial *trial)
{
    for (size_t i = 0; i < trial->count; i++) {
        for (size_t j = 0; j < i; j++) {
            size_t left = TREE_MAX;
            if (same_tree(trial->nodes[j], trial->nodes[i], &left)) {
                cord_lint_say(lint, trial->nodes[i]->key->line, "selection-twice",
                              "'%.*s' says the same as '%.*s' on line %u: one of them is wrong, or "
                              "too many",
                              CORD_STR_ARG(cord_str_slice(trial->names[i], 0, 60)),
                              CORD_STR_ARG(cord_str_slice(trial->names[j], 0, 60)),
                              trial->nodes[j]->key->line);
                break;
            }
        }
    }
}

static void check_one(struct cord_lint *lint, struct trial *trial, const struct cord_yaml *node)
{
    struct cord_condition *condition = NULL;
    struct cord_error ignored;
    cord_str text = cord_yaml_text(node);
    if (!text.ptr) {
        return;
    }
    cord_status status = cord_condition_parse(text, lint->arena, &condition, &ignored);
    if (status == CORD_E_NOMEM) {
        lint->status = lint->status == CORD_OK ? status : lint->status;
    } else if (status == CORD_OK &&
               (size_of(condition) << trial->count) * trial->count <= STEPS_MAX) {
        judge(lint, trial, node->line, condition);
    }
}

void cord_lint_conditions(struct cord_lint *lint, const struct cord_yaml *detection)
{
    struct trial trial = {.count = 0};
    const struct cord_yaml *node = cord_yaml_get(detection, CORD_STR("condition"));
    if (!node || !collect(&trial, detection)) {
        return;
    }
    check_twins(lint, &trial);
    if (node->kind != CORD_YAML_LIST) {
        check_one(lint, &trial, node);
        return;
    }
    for (const struct cord_yaml *one = node->child; one; one = one->next) {
        check_one(lint, &trial, one);
    }
}
