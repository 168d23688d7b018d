/* explain.c: see explain.h. */
#include "detect/explain.h"

#include <stdlib.h>

#include "base/cpu.h"
#include "base/fold.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "detect/atom.h"

enum { DEPTH_MAX = 512, REGEXES_MAX = 256 };

/* A value of the event under one of the names that rules may use. */
struct named {
    cord_str name;
    uint32_t subject;
};

struct kept_regex {
    const struct cord_atom *atom;
    struct cord_regex *regex;
};

struct cord_explain {
    struct cord_classifier *classifier;
    struct cord_atom_env env;
    struct kept_regex regexes[REGEXES_MAX]; /* compiled again when there are more */
    size_t regex_count;

    const struct cord_event *event;
    struct cord_subject *subjects; /* by value */
    size_t subject_cap;
    struct named *names;
    size_t name_count;
    size_t name_cap;
    struct cord_finding_reason *reasons;
    size_t reason_count;
    size_t reason_cap;
    struct cord_arena *arena; /* of the run */
    cord_status status;       /* first failure of the run */
};

static void forget_regexes(struct cord_explain *explain)
{
    for (size_t i = 0; i < explain->regex_count; i++) {
        cord_regex_free(explain->regexes[i].regex);
    }
    explain->regex_count = 0;
}

struct cord_explain *cord_explain_new(struct cord_classifier *classifier)
{
    struct cord_explain *explain = calloc(1, sizeof *explain);
    if (!explain) {
        return NULL;
    }
    explain->classifier = classifier;
    explain->env.texts = cord_subject_scratch_new(cord_cpu_level_detect());
    explain->env.regexes = cord_regex_scratch_new();
    if (!explain->env.texts || !explain->env.regexes) {
        cord_explain_free(explain);
        return NULL;
    }
    return explain;
}

void cord_explain_free(struct cord_explain *explain)
{
    if (explain) {
        forget_regexes(explain);
        free(explain->reasons);
        free(explain->names);
        free(explain->subjects);
        cord_regex_scratch_free(explain->env.regexes);
        cord_subject_scratch_free(explain->env.texts);
        free(explain);
    }
}

static bool fail(struct cord_explain *explain, cord_status status)
{
    explain->status = explain->status == CORD_OK ? status : explain->status;
    return false;
}

static cord_status add_name(struct cord_explain *explain, cord_str name, uint32_t subject)
{
    struct named *grown =
        cord_vec_room(explain->names, explain->name_count, &explain->name_cap, sizeof *grown);
    if (!grown) {
        return CORD_E_NOMEM;
    }
    explain->names = grown;
    explain->names[explain->name_count++] = (struct named){name, subject};
    return CORD_OK;
}

static cord_status take_event(struct cord_explain *explain, const struct cord_event *event)
{
    explain->event = event;
    explain->name_count = 0;
    if (explain->subject_cap < event->value_count) {
        struct cord_subject *grown = realloc(explain->subjects, event->value_count * sizeof *grown);
        if (!grown) {
            return CORD_E_NOMEM;
        }
        explain->subjects = grown;
        explain->subject_cap = event->value_count;
    }
    const struct cord_event_class *event_class =
        cord_classifier_class(explain->classifier, event->event_class);
    for (uint32_t i = 0; i < event->value_count; i++) {
        cord_str names[CORD_CLASS_NAMES_MAX];
        explain->subjects[i] = (struct cord_subject){.value = &event->values[i]};
        size_t count =
            cord_classifier_names(explain->classifier, event_class, event->values[i].path, names);
        for (size_t j = 0; j < count; j++) {
            cord_status status = add_name(explain, names[j], i);
            if (status != CORD_OK) {
                return status;
            }
        }
    }
    return CORD_OK;
}

static cord_str field_match_word(enum cord_field_match match)
{
    static const char *const words[] = {
        [CORD_FIELD_EQUALS] = "equals the field",
        [CORD_FIELD_CONTAINS] = "contains the field",
        [CORD_FIELD_STARTSWITH] = "startswith the field",
        [CORD_FIELD_ENDSWITH] = "endswith the field",
    };
    return cord_str_from(words[match]);
}

static cord_str pattern_words(const struct cord_atom *atom, struct cord_arena *arena)
{
    struct cord_buf text;
    size_t from = 0;
    size_t to = atom->part_count;
    const char *word = "equals";
    bool open_start = to > 1 && atom->parts[0].kind == CORD_PART_ANY;
    bool open_end = to > 1 && atom->parts[to - 1].kind == CORD_PART_ANY;
    if (to > 2 && open_start && open_end) {
        word = "contains";
    } else if (open_start) {
        word = "endswith";
        open_end = false;
    } else if (open_end) {
        word = "startswith";
    }
    from += open_start ? 1 : 0;
    to -= open_end ? 1 : 0;
    cord_buf_init(&text, 1 << 20);
    cord_buf_printf(&text, "%s%s ", word, atom->cased ? " cased" : "");
    for (size_t i = from; i < to; i++) {
        switch (atom->parts[i].kind) {
        case CORD_PART_TEXT:
            cord_buf_put(&text, atom->parts[i].text);
            break;
        case CORD_PART_ANY:
            cord_buf_put_char(&text, '*');
            break;
        case CORD_PART_ONE:
            cord_buf_put_char(&text, '?');
            break;
        }
    }
    cord_str copy = text.failed ? ((cord_str){0}) : cord_arena_copy(arena, cord_buf_str(&text));
    cord_buf_done(&text);
    return copy;
}

static cord_str number_words(const struct cord_atom *atom, struct cord_arena *arena)
{
    static const char *const words[] = {
        [CORD_COMPARE_EQ] = "equals", [CORD_COMPARE_LT] = "lt",   [CORD_COMPARE_LTE] = "lte",
        [CORD_COMPARE_GT] = "gt",     [CORD_COMPARE_GTE] = "gte",
    };
    static const char *const parts[] = {
        [CORD_TIME_PART_NONE] = "",      [CORD_TIME_PART_MINUTE] = "minute ",
        [CORD_TIME_PART_HOUR] = "hour ", [CORD_TIME_PART_DAY] = "day ",
        [CORD_TIME_PART_WEEK] = "week ", [CORD_TIME_PART_MONTH] = "month ",
        [CORD_TIME_PART_YEAR] = "year ",
    };
    return cord_arena_printf(arena, "%s%s %.*s", parts[atom->time_part], words[atom->compare],
                             CORD_STR_ARG(atom->text));
}

cord_str cord_explain_pattern(const struct cord_atom *atom, struct cord_arena *arena)
{
    cord_str word;
    switch (atom->kind) {
    case CORD_ATOM_PATTERN:
        return pattern_words(atom, arena);
    case CORD_ATOM_REGEX:
        return cord_arena_printf(arena, "re %.*s", CORD_STR_ARG(atom->text));
    case CORD_ATOM_CIDR:
        return cord_arena_printf(arena, "cidr %.*s", CORD_STR_ARG(atom->text));
    case CORD_ATOM_NUMBER:
        return number_words(atom, arena);
    case CORD_ATOM_BOOL:
        return cord_str_from(atom->boolean ? "equals true" : "equals false");
    case CORD_ATOM_EXISTS:
        return cord_str_from(atom->negated_exists ? "exists false" : "exists true");
    case CORD_ATOM_FIELD:
        word = field_match_word(atom->field_match);
        return cord_arena_printf(arena, "%.*s %.*s", CORD_STR_ARG(word), CORD_STR_ARG(atom->text));
    case CORD_ATOM_NULL:
        break;
    }
    return CORD_STR("null");
}

/* No longer than a finding keeps, and no code point cut in two. */
static cord_str cut_value(cord_str text)
{
    if (text.len <= CORD_FINDING_VALUE_BYTES) {
        return text;
    }
    size_t len = CORD_FINDING_VALUE_BYTES;
    while (len > CORD_FINDING_VALUE_BYTES - 4 && ((unsigned char)text.ptr[len] & 0xc0) == 0x80) {
        len--;
    }
    return cord_str_slice(text, 0, len);
}

static bool add_reason(struct cord_explain *explain, const struct cord_node *node,
                       struct cord_subject *subject)
{
    struct cord_finding_reason *grown =
        cord_vec_room(explain->reasons, explain->reason_count, &explain->reason_cap, sizeof *grown);
    cord_str value = {"", 0};
    if (!grown) {
        return fail(explain, CORD_E_NOMEM);
    }
    explain->reasons = grown;
    if (subject && cord_subject_has_text(subject)) {
        cord_status status = cord_subject_plain(subject, explain->env.texts, &value);
        if (status != CORD_OK) {
            return fail(explain, status);
        }
        value = cord_arena_copy(explain->arena, cut_value(value));
    }
    struct cord_finding_reason *reason = &explain->reasons[explain->reason_count];
    reason->selection = node->selection;
    reason->field = node->atom->keyword ? CORD_STR("") : node->atom->field;
    reason->value = value;
    reason->pattern = cord_explain_pattern(node->atom, explain->arena);
    if (!reason->value.ptr || !reason->pattern.ptr) {
        return fail(explain, CORD_E_LIMIT);
    }
    explain->reason_count++;
    return true;
}

static const struct cord_regex *regex_of(struct cord_explain *explain, const struct cord_atom *atom)
{
    for (size_t i = 0; i < explain->regex_count; i++) {
        if (explain->regexes[i].atom == atom) {
            return explain->regexes[i].regex;
        }
    }
    if (explain->regex_count == REGEXES_MAX) {
        forget_regexes(explain);
    }
    struct kept_regex *kept = &explain->regexes[explain->regex_count];
    if (cord_regex_compile(atom->text, atom->regex_flags, &kept->regex, NULL) != CORD_OK) {
        (void)fail(explain, CORD_E_NOMEM); /* it did compile when the rule was loaded */
        return NULL;
    }
    kept->atom = atom;
    explain->regex_count++;
    return kept->regex;
}

/* A copy whose parts are folded, for one evaluation: in the scratch memory. */
static bool fold_atom(struct cord_explain *explain, const struct cord_atom *atom,
                      struct cord_atom *ret_atom, struct cord_part *parts)
{
    *ret_atom = *atom;
    if (atom->kind != CORD_ATOM_PATTERN || atom->cased) {
        return true;
    }
    ret_atom->parts = parts;
    for (size_t i = 0; i < atom->part_count; i++) {
        parts[i] = atom->parts[i];
        size_t room = CORD_FOLD_BYTES_MAX(parts[i].text.len);
        char *folded = cord_subject_scratch_bytes(explain->env.texts, room + 1);
        if (!folded) {
            return fail(explain, CORD_E_NOMEM);
        }
        if (parts[i].kind == CORD_PART_TEXT) {
            parts[i].text = (cord_str){folded, cord_fold_text(parts[i].text, folded, room)};
        }
    }
    return true;
}

static bool is_named(const struct named *named, const struct cord_atom *atom)
{
    return cord_str_eq(named->name, atom->field);
}

static bool holds_on(struct cord_explain *explain, const struct cord_atom *atom,
                     const struct cord_regex *regex, uint32_t at)
{
    enum cord_atom_result result;
    cord_status status =
        cord_atom_holds(atom, regex, &explain->subjects[at], &explain->env, &result);
    return status == CORD_OK ? result == CORD_ATOM_YES : fail(explain, status);
}

/* The first value that satisfies the atom, in *ret_at. */
static bool any_holds(struct cord_explain *explain, const struct cord_atom *atom,
                      const struct cord_regex *regex, uint32_t *ret_at)
{
    if (atom->keyword) {
        for (uint32_t i = 0; i < explain->event->value_count; i++) {
            *ret_at = i;
            if (holds_on(explain, atom, regex, i)) {
                return true;
            }
        }
        return false;
    }
    for (size_t i = 0; i < explain->name_count; i++) {
        *ret_at = explain->names[i].subject;
        if (is_named(&explain->names[i], atom) && holds_on(explain, atom, regex, *ret_at)) {
            return true;
        }
    }
    return false;
}

static bool explain_value_atom(struct cord_explain *explain, const struct cord_node *node)
{
    struct cord_atom folded;
    uint32_t at;
    struct cord_part *parts = NULL;
    if (node->atom->part_count > 0) {
        parts = calloc(node->atom->part_count, sizeof *parts);
        if (!parts) {
            return fail(explain, CORD_E_NOMEM);
        }
    }
    const struct cord_regex *regex =
        node->atom->kind == CORD_ATOM_REGEX ? regex_of(explain, node->atom) : NULL;
    bool holds = (node->atom->kind != CORD_ATOM_REGEX || regex) &&
                 fold_atom(explain, node->atom, &folded, parts) &&
                 any_holds(explain, &folded, regex, &at);
    free(parts);
    return holds && add_reason(explain, node, &explain->subjects[at]);
}

static bool explain_presence(struct cord_explain *explain, const struct cord_node *node)
{
    bool present = false;
    bool null = false;
    for (size_t i = 0; i < explain->name_count; i++) {
        if (is_named(&explain->names[i], node->atom)) {
            present = true;
            null =
                null || explain->subjects[explain->names[i].subject].value->kind == CORD_VALUE_NULL;
        }
    }
    bool holds = node->atom->kind == CORD_ATOM_NULL ? null || !present
                                                    : present != node->atom->negated_exists;
    return holds && add_reason(explain, node, NULL);
}

static bool explain_fields(struct cord_explain *explain, const struct cord_node *node)
{
    for (size_t i = 0; i < explain->name_count; i++) {
        if (!is_named(&explain->names[i], node->atom)) {
            continue;
        }
        struct cord_subject *subject = &explain->subjects[explain->names[i].subject];
        for (size_t j = 0; j < explain->name_count; j++) {
            bool holds = false;
            if (cord_str_eq(explain->names[j].name, node->atom->text) &&
                cord_atom_compares(node->atom, subject,
                                   &explain->subjects[explain->names[j].subject], &explain->env,
                                   &holds) != CORD_OK) {
                return fail(explain, CORD_E_NOMEM);
            }
            if (holds) {
                return add_reason(explain, node, subject);
            }
        }
    }
    return false;
}

static bool explain_atom(struct cord_explain *explain, const struct cord_node *node)
{
    switch (node->atom->kind) {
    case CORD_ATOM_NULL:
    case CORD_ATOM_EXISTS:
        return explain_presence(explain, node);
    case CORD_ATOM_FIELD:
        return explain_fields(explain, node);
    case CORD_ATOM_PATTERN:
    case CORD_ATOM_REGEX:
    case CORD_ATOM_CIDR:
    case CORD_ATOM_NUMBER:
    case CORD_ATOM_BOOL:
        break;
    }
    return explain_value_atom(explain, node);
}

/* Does the node hold? Reasons of what does not are taken back. */
static bool explain_node(struct cord_explain *explain, const struct cord_node *node, unsigned depth)
{
    size_t before = explain->reason_count;
    bool holds = node->kind != CORD_NODE_OR;
    if (depth > DEPTH_MAX) {
        return fail(explain, CORD_E_LIMIT);
    }
    if (node->kind == CORD_NODE_ATOM) {
        return explain_atom(explain, node);
    }
    for (const struct cord_node *child = node->child; child; child = child->next) {
        bool child_holds = explain_node(explain, child, depth + 1);
        if (node->kind == CORD_NODE_OR) {
            holds = holds || child_holds;
        } else {
            holds = holds && child_holds;
        }
    }
    if (node->kind == CORD_NODE_NOT) {
        explain->reason_count = before;
        return !holds;
    }
    if (!holds) {
        explain->reason_count = before;
    }
    return holds;
}

cord_status cord_explain_run(struct cord_explain *explain, const struct cord_rule *rule,
                             const struct cord_event *event, struct cord_arena *arena,
                             const struct cord_finding_reason **ret_reasons, size_t *ret_count)
{
    cord_subject_scratch_reset(explain->env.texts);
    explain->arena = arena;
    explain->reason_count = 0;
    explain->status = take_event(explain, event);
    for (size_t i = 0; i < rule->condition_count && explain->status == CORD_OK; i++) {
        (void)explain_node(explain, rule->conditions[i], 0);
    }
    if (explain->status != CORD_OK) {
        return explain->status;
    }
    size_t bytes = explain->reason_count * sizeof *explain->reasons;
    struct cord_finding_reason *reasons = cord_arena_alloc(arena, bytes + 1);
    if (!reasons) {
        return CORD_E_LIMIT;
    }
    if (bytes > 0) {
        memcpy(reasons, explain->reasons, bytes);
    }
    *ret_reasons = reasons;
    *ret_count = explain->reason_count;
    return CORD_OK;
}
