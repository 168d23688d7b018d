/*
 * lint_schema.c: documents against the specification's JSON schemas.
 *
 * sigma-detection-rule-schema, sigma-correlation-rules-schema and
 * sigma-filters-schema of 2.1.0. What no rule can do without is left to the
 * collection, which refuses it. Members that the schemas do not know are
 * allowed.
 */
#include "base/nearest.h"
#include "base/utf8.h"
#include "detect/correlation.h"
#include "detect/lint_internal.h"

enum { TITLE_MAX = 256, DESCRIPTION_MAX = 65535, TIMESPAN_MAX = 10, DATE_LEN = 10, UUID_LEN = 36 };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct cord_yaml *member(const struct cord_lint *lint, const char *name)
{
    return cord_yaml_get(lint->document, cord_str_from(name));
}

static cord_str brief(cord_str text)
{
    return cord_str_slice(text, 0, 60);
}

static bool is_text(const struct cord_yaml *node)
{
    return node->kind == CORD_YAML_TEXT;
}

/* A text of at most so many characters. False when there is none to look at. */
static bool check_text(struct cord_lint *lint, const char *name, size_t length_max)
{
    const struct cord_yaml *node = member(lint, name);
    if (!node) {
        return false;
    }
    if (!is_text(node)) {
        cord_lint_say(lint, node->line, "schema-type",
                      "'%s' must be a text: put it in quotation marks", name);
        return false;
    }
    size_t length = cord_utf8_count(node->text);
    if (length > length_max) {
        cord_lint_say(lint, node->line, "schema-length",
                      "'%s' has %zu characters: the specification allows %zu", name, length,
                      length_max);
    }
    return true;
}

static bool is_hex(char c)
{
    char lower = cord_str_lower_char(c);
    return cord_str_is_digit(c) || (lower >= 'a' && lower <= 'f');
}

static bool is_uuid(cord_str text)
{
    if (text.len != UUID_LEN) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text.ptr[i] != '-' : !is_hex(text.ptr[i])) {
            return false;
        }
    }
    return true;
}

static void check_id(struct cord_lint *lint)
{
    const struct cord_yaml *node = member(lint, "id");
    if (!node) {
        cord_lint_say(lint, lint->document->line, "no-id",
                      "there is no id: findings, filters and correlations name rules by it; add a "
                      "random UUID (version 4)");
        return;
    }
    cord_str text = cord_yaml_text(node);
    if (!is_uuid(text)) {
        cord_lint_say(lint, node->line, "schema-id",
                      "the id '%.*s' is not a UUID: write 8-4-4-4-12 hexadecimal digits",
                      CORD_STR_ARG(brief(text)));
    } else if (text.ptr[14] != '4' || !strchr("89abAB", text.ptr[19])) {
        cord_lint_say(lint, node->line, "id-version",
                      "the id is not a random UUID (version 4), as the specification asks: two "
                      "authors may choose the same");
    }
}

static bool is_date(cord_str text)
{
    static const char form[] = "dddd-dd-dd";
    for (size_t i = 0; text.len == DATE_LEN && i < DATE_LEN; i++) {
        if (form[i] == 'd' ? !cord_str_is_digit(text.ptr[i]) : text.ptr[i] != form[i]) {
            return false;
        }
    }
    uint64_t month = 0;
    uint64_t day = 0;
    return text.len == DATE_LEN && cord_str_u64(cord_str_slice(text, 5, 2), &month) &&
           cord_str_u64(cord_str_slice(text, 8, 2), &day) && month >= 1 && month <= 12 &&
           day >= 1 && day <= 31;
}

static bool check_date(struct cord_lint *lint, const char *name, cord_str *ret_date)
{
    const struct cord_yaml *node = member(lint, name);
    *ret_date = cord_yaml_text(node);
    if (!node) {
        return false;
    }
    if (!is_date(*ret_date)) {
        cord_lint_say(lint, node->line, "schema-date", "'%s: %.*s' is not a date: write YYYY-MM-DD",
                      name, CORD_STR_ARG(brief(*ret_date)));
        return false;
    }
    return true;
}

static void check_dates(struct cord_lint *lint)
{
    cord_str date;
    cord_str modified;
    bool dated = check_date(lint, "date", &date);
    if (check_date(lint, "modified", &modified) && dated && cord_str_compare(modified, date) < 0) {
        cord_lint_say(lint, member(lint, "modified")->line, "date-order",
                      "modified %.*s is before its date %.*s", CORD_STR_ARG(modified),
                      CORD_STR_ARG(date));
    }
}

static bool is_one_of(cord_str text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (cord_str_eq(text, cord_str_from(words[i]))) {
            return true;
        }
    }
    return false;
}

/* The words are the collection's, so that a warning and this are one. */
static void check_enums(struct cord_lint *lint)
{
    static const char *const levels[] = {"informational", "low", "medium", "high", "critical"};
    static const char *const states[] = {"stable", "test", "experimental", "deprecated",
                                         "unsupported"};
    const struct cord_yaml *level = member(lint, "level");
    const struct cord_yaml *status = member(lint, "status");
    cord_str word = brief(cord_yaml_text(level));
    if (level && !is_one_of(word, levels, COUNT(levels))) {
        cord_lint_say(lint, level->line, "schema-level",
                      "unknown level '%.*s': write informational, low, medium, high or critical",
                      CORD_STR_ARG(word));
    }
    word = brief(cord_yaml_text(status));
    if (status && !is_one_of(word, states, COUNT(states))) {
        cord_lint_say(lint, status->line, "schema-status",
                      "unknown status '%.*s': write stable, test, experimental, deprecated or "
                      "unsupported",
                      CORD_STR_ARG(word));
    }
}

static bool listed_before(const struct cord_yaml *list, const struct cord_yaml *item)
{
    for (const struct cord_yaml *other = list->child; other != item; other = other->next) {
        if (is_text(other) && cord_str_eq(other->text, item->text)) {
            return true;
        }
    }
    return false;
}

/* The quadratic search for twins is for lists that people write. */
enum { UNIQUE_MAX = 2000 };

/* A list of texts, each once, of at least so many characters. */
static void check_list(struct cord_lint *lint, const struct cord_yaml *list, const char *name,
                       size_t length_min)
{
    if (!list) {
        return;
    }
    if (list->kind != CORD_YAML_LIST) {
        cord_lint_say(lint, list->line, "schema-type",
                      "'%s' must be a list of texts: write '- ' in front of each", name);
        return;
    }
    for (const struct cord_yaml *item = list->child; item; item = item->next) {
        if (!is_text(item)) {
            cord_lint_say(lint, item->line, "schema-type",
                          "'%s' is a list of texts, and this is none: put it in quotation marks",
                          name);
        } else if (item->text.len < length_min) {
            cord_lint_say(lint, item->line, "schema-length",
                          "'%s': '%.*s' is too short: write at least %zu characters", name,
                          CORD_STR_ARG(item->text), length_min);
        } else if (list->count <= UNIQUE_MAX && listed_before(list, item)) {
            cord_lint_say(lint, item->line, "schema-unique", "'%s' lists '%.*s' twice: drop one",
                          name, CORD_STR_ARG(brief(item->text)));
        }
    }
}

static bool is_tag_char(char c, bool first_half)
{
    return cord_str_is_digit(c) || (c >= 'a' && c <= 'z') || c == '_' || c == '-' ||
           (c == '.' && !first_half);
}

static bool is_tag(cord_str tag, cord_str *ret_space, cord_str *ret_rest)
{
    size_t dot = cord_str_find_char(tag, '.', 0);
    if (dot == SIZE_MAX || dot == 0 || dot + 1 == tag.len) {
        return false;
    }
    for (size_t i = 0; i < tag.len; i++) {
        if (i != dot && !is_tag_char(tag.ptr[i], i < dot)) {
            return false;
        }
    }
    *ret_space = cord_str_slice(tag, 0, dot);
    *ret_rest = cord_str_from_byte(tag, dot + 1);
    return true;
}

/* 'd' is a digit, "dd+" more of them at the end; anything else itself. */
static bool has_form(cord_str text, const char *form)
{
    size_t at = 0;
    for (; *form && *form != '+'; form++, at++) {
        if (at == text.len ||
            (*form == 'd' ? !cord_str_is_digit(text.ptr[at]) : text.ptr[at] != *form)) {
            return false;
        }
    }
    while (*form == '+' && at < text.len && cord_str_is_digit(text.ptr[at])) {
        at++;
    }
    return at == text.len;
}

static bool is_attack(cord_str rest)
{
    bool word = true; /* a tactic; they come and go with the editions of ATT&CK */
    for (size_t i = 0; i < rest.len; i++) {
        word = word && ((rest.ptr[i] >= 'a' && rest.ptr[i] <= 'z') || rest.ptr[i] == '-');
    }
    return word || has_form(rest, "tdddd") || has_form(rest, "tdddd.ddd") ||
           has_form(rest, "gdddd") || has_form(rest, "sdddd") || has_form(rest, "dsdddd");
}

/* "spread-effect", "spread-t1210" (triage/spread_sign.h). */
static bool is_own(cord_str rest)
{
    static const char *const own[] = {"spread-attempt", "spread-effect", "spread-inferred",
                                      "spread-reply",   "spread-scan",   "spread-host"};
    const cord_str spread = CORD_STR("spread-");
    cord_str technique = cord_str_from_byte(rest, spread.len);
    return is_one_of(rest, own, COUNT(own)) ||
           (cord_str_starts(rest, spread) &&
            (has_form(technique, "tdddd") || has_form(technique, "tdddd.ddd")));
}

/* Tags appendix 2.1.0, and Cordon's own (triage/spread_sign.h). */
static void check_tag(struct cord_lint *lint, const struct cord_yaml *node)
{
    static const char *const spaces[] = {"attack", "car",       "cordon", "cve",
                                         "d3fend", "detection", "stp",    "tlp"};
    static const char *const colours[] = {"red",   "amber", "amber-strict",
                                          "green", "clear", "white"};
    cord_str space;
    cord_str rest;
    if (!is_text(node)) {
        return; /* said by check_list */
    }
    if (!is_tag(node->text, &space, &rest)) {
        cord_lint_say(lint, node->line, "schema-tag",
                      "the tag '%.*s' is not namespace.name: small letters, digits, '-' and '_'",
                      CORD_STR_ARG(brief(node->text)));
        return;
    }
    if (!is_one_of(space, spaces, COUNT(spaces))) {
        cord_lint_say(lint, node->line, "tag-namespace",
                      "the tag '%.*s' is in no namespace of the specification: attack, car, cve, "
                      "d3fend, detection, stp or tlp; nor is it Cordon's own: cordon",
                      CORD_STR_ARG(brief(node->text)));
        return;
    }
    bool good = true;
    if (cord_str_eq(space, CORD_STR("attack"))) {
        good = is_attack(rest);
    } else if (cord_str_eq(space, CORD_STR("cordon"))) {
        good = is_own(rest);
    } else if (cord_str_eq(space, CORD_STR("cve"))) {
        good = has_form(rest, "dddd-dddd+") || has_form(rest, "dddd.dddd+");
    } else if (cord_str_eq(space, CORD_STR("car"))) {
        good = has_form(rest, "dddd-dd-ddd");
    } else if (cord_str_eq(space, CORD_STR("tlp"))) {
        good = is_one_of(rest, colours, COUNT(colours));
    }
    if (!good && cord_str_find_char(rest, '_', 0) != SIZE_MAX) {
        cord_lint_say(lint, node->line, "tag-name",
                      "the tag '%.*s' is in the form of Sigma 1: write '-' for '_'",
                      CORD_STR_ARG(brief(node->text)));
    } else if (!good) {
        cord_lint_say(lint, node->line, "tag-name",
                      "the tag '%.*s' does not have the form of its namespace, such as "
                      "attack.t1059.001, attack.execution, cve.2021-44228, car.2016-04-005, "
                      "tlp.amber",
                      CORD_STR_ARG(brief(node->text)));
    }
}

static void check_related(struct cord_lint *lint)
{
    static const char *const types[] = {"derived", "obsolete", "merged", "renamed", "similar"};
    const struct cord_yaml *related = member(lint, "related");
    if (!related) {
        return;
    }
    if (related->kind != CORD_YAML_LIST) {
        cord_lint_say(lint, related->line, "schema-type",
                      "'related' must be a list of maps with id and type");
        return;
    }
    for (const struct cord_yaml *item = related->child; item; item = item->next) {
        cord_str id = cord_yaml_text(cord_yaml_get(item, CORD_STR("id")));
        cord_str type = cord_yaml_text(cord_yaml_get(item, CORD_STR("type")));
        if (!is_uuid(id)) {
            cord_lint_say(lint, item->line, "schema-related",
                          "'related': '%.*s' is not the UUID of a rule", CORD_STR_ARG(brief(id)));
        }
        if (!is_one_of(type, types, COUNT(types))) {
            cord_lint_say(lint, item->line, "schema-related",
                          "'related': unknown type '%.*s': write derived, obsolete, merged, "
                          "renamed or similar",
                          CORD_STR_ARG(brief(type)));
        }
    }
}

static void check_correlation(struct cord_lint *lint)
{
    const struct cord_yaml *correlation = member(lint, "correlation");
    const struct cord_yaml *timespan = cord_yaml_get(correlation, CORD_STR("timespan"));
    const struct cord_yaml *rules = cord_yaml_get(correlation, CORD_STR("rules"));
    const struct cord_yaml *generate = member(lint, "generate");
    check_list(lint, rules, "rules", 2);
    check_list(lint, cord_yaml_get(correlation, CORD_STR("group-by")), "group-by", 1);
    if (timespan && cord_yaml_text(timespan).len > TIMESPAN_MAX) {
        cord_lint_say(lint, timespan->line, "schema-length",
                      "'timespan' has more than %d characters", (int)TIMESPAN_MAX);
    }
    if (generate && generate->kind != CORD_YAML_BOOL) {
        cord_lint_say(lint, generate->line, "schema-type", "'generate' is true or false");
    }
}

static void check_filter(struct cord_lint *lint)
{
    const struct cord_yaml *filter = member(lint, "filter");
    const struct cord_yaml *rules = cord_yaml_get(filter, CORD_STR("rules"));
    /* 'any' stands in the specification's text, not in its schema. */
    if (rules && !cord_str_eq(cord_yaml_text(rules), CORD_STR("any"))) {
        check_list(lint, rules, "rules", 1);
    }
}

/* Members of one's own are allowed; one letter off a known one is a slip. */
static void check_members(struct cord_lint *lint)
{
    static const char *const known[] = {
        "title",     "id",     "name",     "related",    "taxonomy",    "status",
        "scope",     "author", "license",  "references", "description", "falsepositives",
        "level",     "tags",   "modified", "generate",   "logsource",   "correlation",
        "detection", "filter", "fields",   "date",       "action",
    };
    for (const struct cord_yaml *node = lint->document->child; node; node = node->next) {
        cord_str name = node->key->text;
        if (is_one_of(name, known, COUNT(known))) {
            continue;
        }
        for (size_t i = 0; i < COUNT(known); i++) {
            cord_str right = cord_str_from(known[i]);
            if (right.len > 4 && cord_nearest_edits(name, right) == 1 && !member(lint, known[i])) {
                cord_lint_say(lint, node->key->line, "member-typo",
                              "nothing reads '%.*s': '%s' is meant?", CORD_STR_ARG(name), known[i]);
                break;
            }
        }
    }
}

void cord_lint_schema(struct cord_lint *lint)
{
    static const char *const texts[] = {"author", "license", "description", "name", "taxonomy"};
    if (!member(lint, "title")) {
        cord_lint_say(lint, lint->document->line, "schema-title", "the rule has no title");
    }
    (void)check_text(lint, "title", TITLE_MAX);
    for (size_t i = 0; i < COUNT(texts); i++) {
        size_t length_max = i < 2 ? SIZE_MAX : i == 2 ? DESCRIPTION_MAX : TITLE_MAX;
        (void)check_text(lint, texts[i], length_max);
    }
    check_members(lint);
    check_id(lint);
    check_dates(lint);
    check_enums(lint);
    check_list(lint, member(lint, "references"), "references", 1);
    check_list(lint, member(lint, "tags"), "tags", 1);
    check_list(lint, member(lint, "fields"), "fields", 1);
    check_list(lint, member(lint, "falsepositives"), "falsepositives", 2);
    check_list(lint, member(lint, "scope"), "scope", 2);
    check_related(lint);
    const struct cord_yaml *tags = member(lint, "tags");
    for (const struct cord_yaml *tag = tags && tags->kind == CORD_YAML_LIST ? tags->child : NULL;
         tag; tag = tag->next) {
        check_tag(lint, tag);
    }
    if (cord_correlation_is(lint->document)) {
        check_correlation(lint);
    } else if (!member(lint, "detection")) {
        check_filter(lint);
    }
}
