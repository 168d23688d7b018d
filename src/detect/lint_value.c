/*
 * lint_value.c: the values of a detection, as the author wrote them.
 *
 * Every check here is about a value that means something else than it looks
 * like, or that no log can hold. Judged by the text alone: what modifiers and
 * pipelines make of it does not matter.
 */
#include "base/decimal.h"
#include "detect/lint_internal.h"
#include "normalise/class_vocabulary.h"

enum { TWINS_MAX = 2000 };

enum {
    MOD_CONTAINS = 1 << 0,
    MOD_STARTS = 1 << 1,
    MOD_ENDS = 1 << 2,
    MOD_RE = 1 << 3,
    MOD_CASED = 1 << 4,
    MOD_ALL = 1 << 5,
    MOD_OTHER = 1 << 6, /* the text is no plain value: encoded, compared, a field's name */
    MOD_PLACE = MOD_CONTAINS | MOD_STARTS | MOD_ENDS,
};

/* One "field|modifiers" and what it is compared with. */
struct item {
    cord_str field;
    unsigned mods;
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static unsigned modifier_of(cord_str word)
{
    static const struct {
        const char *name;
        unsigned bit;
    } known[] = {
        {"contains", MOD_CONTAINS},
        {"startswith", MOD_STARTS},
        {"endswith", MOD_ENDS},
        {"re", MOD_RE},
        {"cased", MOD_CASED},
        {"all", MOD_ALL},
        {"i", 0},
        {"m", 0},
        {"s", 0},
        {"windash", 0},
        {"neq", 0},
    };
    for (size_t i = 0; i < COUNT(known); i++) {
        if (cord_str_eq_fold(word, cord_str_from(known[i].name))) {
            return known[i].bit;
        }
    }
    return MOD_OTHER;
}

static struct item item_of(cord_str key)
{
    struct item item = {0};
    cord_str rest = key;
    cord_str word;
    (void)cord_str_cut(&rest, '|', &item.field);
    while (cord_str_cut(&rest, '|', &word)) {
        item.mods |= modifier_of(word);
    }
    return item;
}

static bool is_field(const struct item *item, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (cord_str_eq_fold(item->field, cord_str_from(names[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_windows_path(const struct cord_lint *lint, const struct item *item)
{
    static const char *const names[] = {
        "Image",          "ParentImage",       "SourceImage", "TargetImage", "ImageLoaded",
        "NewProcessName", "ParentProcessName", "ProcessPath", "ProcessName", "GrandParentImage",
    };
    return lint->windows && is_field(item, names, COUNT(names));
}

static cord_str brief(cord_str text)
{
    return cord_str_slice(text, 0, 80);
}

/* Escapes resolved; '*' and '?' that are wildcards become these. */
enum { WILD_ANY = '\1', WILD_ONE = '\2' };

static cord_str resolve(struct cord_lint *lint, cord_str raw)
{
    char *to = cord_arena_bytes(lint->arena, raw.len + 1);
    size_t len = 0;
    if (!to) {
        lint->status = lint->status == CORD_OK ? cord_arena_failure(lint->arena) : lint->status;
        return CORD_STR("");
    }
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.ptr[i];
        if (c == '\\' && i + 1 < raw.len && strchr("\\*?", raw.ptr[i + 1]) && raw.ptr[i + 1]) {
            to[len++] = raw.ptr[++i];
        } else {
            to[len++] = (char)(c == '*' ? WILD_ANY : c == '?' ? WILD_ONE : c);
        }
    }
    return (cord_str){to, len};
}

static bool only_wild(cord_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != WILD_ANY) {
            return false;
        }
    }
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void check_blanks(struct cord_lint *lint, const struct item *item, uint32_t line,
                         cord_str text)
{
    struct cord_decimal ignored;
    bool front = is_blank(text.ptr[0]);
    bool back = is_blank(text.ptr[text.len - 1]);
    if ((front || back) && (item->mods & MOD_PLACE) == 0) {
        bool number = cord_decimal_parse(cord_str_trim(text), &ignored);
        cord_lint_say(lint, line, number ? "number-blank" : "value-blank",
                      "'%.*s' has a blank at its %s, and is compared as a whole: %s",
                      CORD_STR_ARG(brief(text)), front ? "beginning" : "end",
                      number ? "no number has; take it out" : "take it out, or write |contains");
    }
}

static void check_path(struct cord_lint *lint, const struct item *item, uint32_t line,
                       cord_str text)
{
    size_t doubled = cord_str_find(text, CORD_STR("\\\\"), 1);
    if (doubled != SIZE_MAX && text.ptr[doubled - 1] != WILD_ANY) {
        cord_lint_say(lint, line, "path-backslash",
                      "%.*s holds two backslashes in a row here, which no path has: between "
                      "single quotation marks, '\\' or '\\\\' stands for one",
                      CORD_STR_ARG(item->field));
    }
    if (cord_str_find_char(text, '/', 0) != SIZE_MAX) {
        cord_lint_say(lint, line, "path-slash",
                      "Windows writes %.*s with backslashes: '%.*s' can never match",
                      CORD_STR_ARG(item->field), CORD_STR_ARG(brief(text)));
    }
    if (cord_str_find_char(text, '*', 0) != SIZE_MAX) {
        cord_lint_say(lint, line, "path-asterisk",
                      "'\\*' is an asterisk here, which no Windows path has: for a backslash and "
                      "any text write '\\\\*'");
    }
}

static void check_place(struct cord_lint *lint, const struct item *item, uint32_t line,
                        cord_str text)
{
    bool front = text.ptr[0] == WILD_ANY && (item->mods & (MOD_ENDS | MOD_CONTAINS)) != 0;
    bool back =
        text.ptr[text.len - 1] == WILD_ANY && (item->mods & (MOD_STARTS | MOD_CONTAINS)) != 0;
    bool turned = (text.ptr[0] == WILD_ANY && (item->mods & MOD_STARTS) != 0) ||
                  (text.ptr[text.len - 1] == WILD_ANY && (item->mods & MOD_ENDS) != 0);
    if (only_wild(text)) {
        return; /* said better by check_any */
    }
    if (item->field.len == 0 && (front || back)) {
        cord_lint_say(lint, line, "wildcard-idle",
                      "the '*' at the %s changes nothing: keywords are found anywhere in a value; "
                      "drop it",
                      front ? "beginning" : "end");
        return;
    }
    if (turned) {
        cord_lint_say(lint, line, "wildcard-turns",
                      "the '*' undoes the modifier: what is left is |contains; write that");
    } else if (front || back) {
        cord_lint_say(lint, line, "wildcard-idle",
                      "the '*' at the %s changes nothing: the modifier allows any text there; drop "
                      "it",
                      front ? "beginning" : "end");
    }
}

static void check_any(struct cord_lint *lint, const struct item *item, uint32_t line, cord_str text)
{
    if (!only_wild(text) || (text.len == 0 && (item->mods & (MOD_STARTS | MOD_ENDS)) == 0)) {
        return; /* an empty |contains is the collection's; an empty text by itself is a value */
    }
    if (item->field.len == 0) {
        cord_lint_say(lint, line, "matches-any", "this keyword is in every event: name a text");
    } else {
        cord_lint_say(lint, line, "matches-any",
                      "this holds for any %.*s, even an empty one: if that is meant, write "
                      "'%.*s|exists: true'",
                      CORD_STR_ARG(item->field), CORD_STR_ARG(item->field));
    }
}

static bool is_pattern(cord_str text)
{
    return cord_str_find_char(text, '*', 0) != SIZE_MAX ||
           cord_str_find_char(text, '?', 0) != SIZE_MAX ||
           cord_str_find_char(text, '%', 0) != SIZE_MAX; /* a placeholder */
}

static void check_number(struct cord_lint *lint, const struct item *item,
                         const struct cord_yaml *value)
{
    static const char *const names[] = {"EventID", "EventCode", "LogonType", "DestinationPort",
                                        "SourcePort"};
    struct cord_decimal ignored;
    bool blank = cord_str_trim(value->text).len < value->text.len; /* said by check_blanks */
    if (lint->windows && item->mods == 0 && is_field(item, names, COUNT(names)) && !blank &&
        value->kind == CORD_YAML_TEXT && !cord_decimal_parse(value->text, &ignored) &&
        !is_pattern(value->text)) {
        cord_lint_say(lint, value->line, "number-text",
                      "%.*s is a number on Windows: '%.*s' can never match",
                      CORD_STR_ARG(item->field), CORD_STR_ARG(brief(value->text)));
    }
}

static void check_event_id(struct cord_lint *lint, const struct item *item,
                           const struct cord_yaml *value)
{
    static const char *const names[] = {"EventID", "EventCode"};
    const struct cord_yaml *source = cord_yaml_get(lint->document, CORD_STR("logsource"));
    cord_str category = cord_yaml_text(cord_yaml_get(source, CORD_STR("category")));
    uint64_t id = 0;
    if (lint->windows && item->mods == 0 && is_field(item, names, COUNT(names)) &&
        cord_str_u64(value->text, &id) && !cord_class_vocabulary_has_event_id(category, id)) {
        cord_lint_say(lint, value->line, "event-id-source",
                      "no event of category '%.*s' has the id %llu: correct the log source, or the "
                      "id",
                      CORD_STR_ARG(category), (unsigned long long)id);
    }
}

static void check_hash(struct cord_lint *lint, const struct item *item, uint32_t line,
                       cord_str text)
{
    static const char *const names[] = {"Hashes", "Hash", "md5", "sha1", "sha256", "Imphash"};
    if ((item->mods & MOD_CASED) != 0 && is_field(item, names, COUNT(names))) {
        cord_lint_say(lint, line, "hash-case",
                      "some sources write hashes in capitals, some in small letters: '%.*s' "
                      "without |cased finds both",
                      CORD_STR_ARG(brief(text)));
    }
}

/* "re: foo*bar": an asterisk behind a letter, and nothing else of the
 * language of expressions. */
static bool looks_like_wildcards(cord_str text)
{
    bool star = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        char before = i > 0 ? cord_str_lower_char(text.ptr[i - 1]) : '\0';
        if (c == '*') {
            star = star || (before >= 'a' && before <= 'z') || cord_str_is_digit(before);
        } else if (strchr(".[](){}|+?^$\\", c) != NULL) {
            return false;
        }
    }
    return star;
}

static void check_regex(struct cord_lint *lint, uint32_t line, cord_str text)
{
    bool front = cord_str_starts(text, CORD_STR(".*")) || cord_str_starts(text, CORD_STR("^.*"));
    bool back = (cord_str_ends(text, CORD_STR(".*")) || cord_str_ends(text, CORD_STR(".*$"))) &&
                !cord_str_ends(text, CORD_STR("\\.*")) && !cord_str_ends(text, CORD_STR("\\.*$"));
    if (looks_like_wildcards(text)) {
        cord_lint_say(lint, line, "regex-wildcard",
                      "in an expression '*' repeats the character before it: for any text write "
                      "'.*', or drop |re");
    } else if (front || back) {
        cord_lint_say(lint, line, "regex-open",
                      "the '.*' at the %s changes nothing: expressions match anywhere in the "
                      "value; drop it, it costs time",
                      front ? "beginning" : "end");
    }
    cord_lint_regex(lint, line, text);
}

static void check_text(struct cord_lint *lint, const struct item *item, uint32_t line, cord_str raw)
{
    if ((item->mods & MOD_RE) != 0) {
        check_regex(lint, line, raw);
        return;
    }
    cord_str text = resolve(lint, raw);
    check_any(lint, item, line, text);
    if (text.len == 0) {
        return;
    }
    check_place(lint, item, line, text);
    check_hash(lint, item, line, raw);
    if (item->field.len > 0) {
        check_blanks(lint, item, line, text);
    }
    if (is_windows_path(lint, item)) {
        check_path(lint, item, line, text);
    }
}

static void check_scalar(struct cord_lint *lint, const struct item *item,
                         const struct cord_yaml *value)
{
    if ((item->mods & MOD_OTHER) != 0 || lint->status != CORD_OK) {
        return;
    }
    if (value->kind == CORD_YAML_TEXT) {
        check_text(lint, item, value->line, value->text);
    }
    if (value->kind == CORD_YAML_TEXT || value->kind == CORD_YAML_INT) {
        check_number(lint, item, value);
        check_event_id(lint, item, value);
    }
}

static bool same_value(const struct item *item, const struct cord_yaml *a,
                       const struct cord_yaml *b)
{
    bool exact = (item->mods & (MOD_CASED | MOD_RE | MOD_OTHER)) != 0;
    return a->text.len == b->text.len && a->text.len > 0 &&
           (exact ? cord_str_eq(a->text, b->text) : cord_str_eq_fold(a->text, b->text));
}

static void check_twin(struct cord_lint *lint, const struct item *item,
                       const struct cord_yaml *list, const struct cord_yaml *value)
{
    for (const struct cord_yaml *other = list->child; other != value; other = other->next) {
        if (same_value(item, other, value)) {
            cord_lint_say(lint, value->line, "value-twice",
                          "'%.*s' stands in the list already, on line %u%s: drop one",
                          CORD_STR_ARG(brief(value->text)), other->line,
                          cord_str_eq(other->text, value->text)
                              ? ""
                              : " (case does not count without |cased)");
            return;
        }
    }
}

static void check_definition(struct cord_lint *lint, const struct item *item,
                             const struct cord_yaml *definition)
{
    if (definition->kind != CORD_YAML_LIST) {
        check_scalar(lint, item, definition);
        return;
    }
    for (const struct cord_yaml *value = definition->child; value; value = value->next) {
        check_scalar(lint, item, value);
        if (definition->count <= TWINS_MAX) {
            check_twin(lint, item, definition, value);
        }
    }
}

/* Recursion is bounded by the YAML reader's depth. */
static void check_selection(struct cord_lint *lint, const struct cord_yaml *node)
{
    const struct item keyword = {.field = CORD_STR(""), .mods = MOD_CONTAINS};
    bool list = node->kind == CORD_YAML_LIST;
    if (node->kind == CORD_YAML_MAP) {
        for (const struct cord_yaml *child = node->child; child; child = child->next) {
            const struct item item = item_of(child->key->text);
            check_definition(lint, &item, child);
        }
        return;
    }
    for (const struct cord_yaml *child = list ? node->child : NULL; child; child = child->next) {
        if (child->kind == CORD_YAML_MAP || child->kind == CORD_YAML_LIST) {
            check_selection(lint, child);
        } else {
            check_scalar(lint, &keyword, child);
            if (node->count <= TWINS_MAX) {
                check_twin(lint, &keyword, node, child);
            }
        }
    }
}

void cord_lint_values(struct cord_lint *lint, const struct cord_yaml *detection)
{
    for (const struct cord_yaml *node = detection->child; node; node = node->next) {
        cord_str name = node->key->text;
        if (!cord_str_eq(name, CORD_STR("condition")) &&
            !cord_str_eq(name, CORD_STR("timeframe")) && !cord_str_eq(name, CORD_STR("rules"))) {
            check_selection(lint, node);
        }
    }
}
