/*
 * test_sigma_trees.c: every public rule means what the reference front end
 * says it means.
 *
 * The reference trees are one JSON line a rule. They are compared node by
 * node; what may differ is written down at `same_value`.
 */
#include "kit/kit.h"

#include "detect/collection.h"

#include <fts.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static bool is_word(const json_t *node, const char *name)
{
    return json_object_get(node, name) != NULL;
}

/* A part list of the reference without neighbouring '*', which mean one. */
static bool same_parts(const json_t *wanted, const struct cord_part *parts, size_t count)
{
    size_t at = 0;
    bool after_star = false;
    size_t i;
    json_t *part;
    json_array_foreach(wanted, i, part)
    {
        const char *wild =
            json_is_object(part) ? json_string_value(json_object_get(part, "w")) : NULL;
        bool star = wild && wild[0] == '*';
        if (star && after_star) {
            continue;
        }
        after_star = star;
        if (at == count) {
            return false;
        }
        const struct cord_part *have = &parts[at++];
        if (wild) {
            if (have->kind != (star ? CORD_PART_ANY : CORD_PART_ONE)) {
                return false;
            }
        } else if (json_is_object(part)) { /* placeholder: filled with its own name */
            const char *name = json_string_value(json_object_get(part, "placeholder"));
            if (!name || have->kind != CORD_PART_TEXT ||
                !cord_str_eq(have->text, cord_str_from(name))) {
                return false;
            }
        } else if (have->kind != CORD_PART_TEXT ||
                   !cord_str_eq(have->text,
                                (cord_str){json_string_value(part), json_string_length(part)})) {
            return false;
        }
    }
    return at == count;
}

/* Keywords are searched anywhere, which our tree says with '*' at both ends. */
static bool same_pattern(const json_t *wanted, const struct cord_atom *atom)
{
    const struct cord_part *parts = atom->parts;
    size_t count = atom->part_count;
    const json_t *first = json_array_get(wanted, 0);
    const json_t *last = json_array_get(wanted, json_array_size(wanted) - 1);
    if (atom->keyword && count > 0 && parts[0].kind == CORD_PART_ANY && !json_is_object(first)) {
        parts++;
        count--;
    }
    if (atom->keyword && count > 0 && parts[count - 1].kind == CORD_PART_ANY &&
        !json_is_object(last)) {
        count--;
    }
    return same_parts(wanted, parts, count);
}

static bool same_flags(const json_t *wanted, unsigned flags)
{
    const char *text = json_string_value(json_object_get(wanted, "flags"));
    unsigned have = 0;
    for (; text && *text; text++) {
        have |= *text == 'i'   ? CORD_REGEX_CASELESS
                : *text == 'm' ? CORD_REGEX_MULTILINE
                               : CORD_REGEX_DOTALL;
    }
    return have == flags;
}

static bool same_number(const json_t *wanted, const struct cord_atom *atom)
{
    char text[64];
    if (json_is_integer(wanted)) {
        (void)snprintf(text, sizeof text, "%lld", (long long)json_integer_value(wanted));
    } else {
        (void)snprintf(text, sizeof text, "%.15g", json_real_value(wanted));
    }
    size_t at = atom->keyword;
    return atom->kind == CORD_ATOM_PATTERN && atom->part_count == 1 + 2 * at &&
           cord_str_eq(atom->parts[at].text, cord_str_from(text));
}

/* Deliberate differences: a number is the pattern of its decimal text, and
 * keywords have '*' at both ends. */
static bool same_value(const json_t *wanted, const struct cord_atom *atom)
{
    if (is_word(wanted, "str")) {
        return atom->kind == CORD_ATOM_PATTERN &&
               same_pattern(json_object_get(wanted, "str"), atom) &&
               atom->cased == json_is_true(json_object_get(wanted, "cased"));
    }
    if (is_word(wanted, "num")) {
        return same_number(json_object_get(wanted, "num"), atom);
    }
    if (is_word(wanted, "bool")) {
        return atom->kind == CORD_ATOM_BOOL &&
               atom->boolean == json_is_true(json_object_get(wanted, "bool"));
    }
    if (is_word(wanted, "null")) {
        return atom->kind == CORD_ATOM_NULL;
    }
    if (is_word(wanted, "exists")) {
        return atom->kind == CORD_ATOM_EXISTS &&
               atom->negated_exists != json_is_true(json_object_get(wanted, "exists"));
    }
    if (is_word(wanted, "cidr")) {
        return atom->kind == CORD_ATOM_CIDR &&
               cord_str_eq(atom->text,
                           cord_str_from(json_string_value(json_object_get(wanted, "cidr"))));
    }
    if (is_word(wanted, "re")) {
        const json_t *re = json_object_get(wanted, "re");
        return atom->kind == CORD_ATOM_REGEX && same_flags(wanted, atom->regex_flags) &&
               cord_str_eq(atom->text, (cord_str){json_string_value(re), json_string_length(re)});
    }
    if (is_word(wanted, "field")) {
        bool starts = json_is_true(json_object_get(wanted, "starts"));
        bool ends = json_is_true(json_object_get(wanted, "ends"));
        enum cord_field_match match = starts && ends ? CORD_FIELD_CONTAINS
                                      : starts       ? CORD_FIELD_STARTSWITH
                                      : ends         ? CORD_FIELD_ENDSWITH
                                                     : CORD_FIELD_EQUALS;
        return atom->kind == CORD_ATOM_FIELD && atom->field_match == match &&
               cord_str_eq(atom->text,
                           cord_str_from(json_string_value(json_object_get(wanted, "field"))));
    }
    return false;
}

static bool same_leaf(const json_t *wanted, const json_t *value, const struct cord_node *node)
{
    const json_t *any = json_object_get(value, "any");
    const char *field = json_string_value(json_object_get(wanted, "f"));
    if (any) {
        const struct cord_node *child = node->child;
        size_t i;
        json_t *member;
        if (json_array_size(any) == 1) {
            return same_leaf(wanted, json_array_get(any, 0), node);
        }
        if (node->kind != CORD_NODE_OR || !node->expansion) {
            return false;
        }
        json_array_foreach(any, i, member)
        {
            if (!child || !same_leaf(wanted, member, child)) {
                return false;
            }
            child = child->next;
        }
        return child == NULL;
    }
    if (node->kind != CORD_NODE_ATOM) {
        return false;
    }
    bool keyword = field == NULL;
    cord_str name = keyword ? CORD_STR("") : cord_str_from(field);
    return node->atom->keyword == keyword && (keyword || cord_str_eq(name, node->atom->field)) &&
           same_value(value, node->atom);
}

static bool same_node(const json_t *wanted, const struct cord_node *node)
{
    const json_t *row = json_object_get(wanted, "and");
    const json_t *any = json_object_get(wanted, "or");
    const json_t *negated = json_object_get(wanted, "not");
    if (negated) {
        return node->kind == CORD_NODE_NOT && same_node(negated, node->child);
    }
    if (!row && !any) {
        const json_t *keyword = json_object_get(wanted, "kw");
        return same_leaf(wanted, keyword ? keyword : wanted, node);
    }
    if (node->kind != (row ? CORD_NODE_AND : CORD_NODE_OR)) {
        return false;
    }
    const struct cord_node *child = node->child;
    size_t i;
    json_t *member;
    json_array_foreach(row ? row : any, i, member)
    {
        if (!child || !same_node(member, child)) {
            return false;
        }
        child = child->next;
    }
    return child == NULL;
}

static bool same_rule(const json_t *wanted, const struct cord_rule *rule)
{
    const json_t *conditions = json_object_get(wanted, "conditions");
    const json_t *source = json_object_get(wanted, "logsource");
    const struct {
        const char *name;
        cord_str have;
    } parts[] = {{"product", rule->logsource.product},
                 {"category", rule->logsource.category},
                 {"service", rule->logsource.service}};
    for (size_t i = 0; i < 3; i++) {
        const char *text = json_string_value(json_object_get(source, parts[i].name));
        if (!cord_str_eq(parts[i].have, cord_str_from(text ? text : ""))) {
            return false;
        }
    }
    if (json_array_size(conditions) != rule->condition_count) {
        return false;
    }
    for (size_t i = 0; i < rule->condition_count; i++) {
        if (!same_node(json_array_get(conditions, i), rule->conditions[i])) {
            return false;
        }
    }
    return true;
}

static size_t add_folder(struct cord_collection *collection, const char *path)
{
    char *paths[] = {strdup(path), NULL};
    FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    size_t files = 0;
    assert_non_null(walk);
    for (FTSENT *entry; (entry = fts_read(walk)) != NULL;) {
        if (entry->fts_info != FTS_F ||
            !cord_str_ends(cord_str_from(entry->fts_name), CORD_STR(".yml"))) {
            continue;
        }
        cord_str text = kit_read_file(entry->fts_accpath);
        CHECK(cord_collection_add(collection, cord_str_from(entry->fts_path), text, NULL) ==
              CORD_OK);
        free((void *)(uintptr_t)text.ptr);
        files++;
    }
    fts_close(walk);
    free(paths[0]);
    return files;
}

static const char *const active[] = {"rules", "rules-emerging-threats", "rules-threat-hunting",
                                     "rules-placeholder", "rules-compliance"};

static size_t add_active(struct cord_collection *collection)
{
    size_t files = 0;
    for (size_t i = 0; i < sizeof active / sizeof *active; i++) {
        char folder[64];
        (void)snprintf(folder, sizeof folder, "sigma/%s", active[i]);
        files += add_folder(collection, kit_shared_path(folder));
    }
    return files;
}

/* Names of all placeholders in a tree. */
static void find_placeholders(const json_t *node, json_t *names)
{
    size_t i;
    const char *key;
    json_t *child;
    if (json_is_array(node)) {
        json_array_foreach(node, i, child) find_placeholders(child, names);
    } else if (json_is_object(node)) {
        json_object_foreach((json_t *)(uintptr_t)node, key, child)
        {
            if (strcmp(key, "placeholder") == 0) {
                json_object_set(names, json_string_value(child), child);
            } else {
                find_placeholders(child, names);
            }
        }
    }
}

static json_t *read_trees(void)
{
    FILE *file = fopen(kit_shared_path("sigma-trees/trees.ndjson"), "r");
    json_t *trees = json_array();
    char *line = NULL;
    size_t cap = 0;
    assert_non_null(file);
    while (getline(&line, &cap, file) > 0) {
        json_error_t error;
        json_t *tree = json_loads(line, JSON_ALLOW_NUL, &error);
        assert_non_null(tree);
        json_array_append_new(trees, tree);
    }
    free(line);
    fclose(file);
    return trees;
}

/* Every placeholder filled with its own name, so that trees can be compared. */
static void fill_placeholders(struct cord_collection *collection, const json_t *trees)
{
    json_t *names = json_object();
    const char *name;
    json_t *value;
    char text[65536];
    size_t len = 0;
    find_placeholders(trees, names);
    json_object_foreach(names, name, value)
    {
        len += (size_t)snprintf(text + len, sizeof text - len, "%s: ['%s']\n", name, name);
    }
    struct cord_error err = {0};
    CHECK(cord_collection_placeholders(collection, CORD_STR("names"), (cord_str){text, len},
                                       &err) == CORD_OK);
    json_decref(names);
}

static void print_refusals(const struct cord_collection *collection, bool warnings, size_t most)
{
    for (size_t i = 0; i < cord_collection_refusal_count(collection) && most > 0; i++) {
        const struct cord_rule_refusal *refusal = cord_collection_refusal(collection, i);
        if (refusal->warning == warnings) {
            print_message("%.*s:%u: %.*s\n", CORD_STR_ARG(refusal->file), refusal->line,
                          CORD_STR_ARG(refusal->reason));
            most--;
        }
    }
}

static size_t count_refused(const struct cord_collection *collection)
{
    size_t count = 0;
    for (size_t i = 0; i < cord_collection_refusal_count(collection); i++) {
        count += !cord_collection_refusal(collection, i)->warning;
    }
    return count;
}

static void every_tree_is_the_reference_tree(void)
{
    json_t *trees = read_trees();
    struct cord_collection *collection = cord_collection_new();
    json_t *by_id = json_object();
    size_t differ = 0;
    size_t i;
    json_t *tree;
    fill_placeholders(collection, trees);
    size_t files = add_active(collection);
    CHECK(cord_collection_finish(collection, NULL) == CORD_OK);
    print_refusals(collection, false, 20);
    CHECK_U64(count_refused(collection), 0);
    CHECK_U64(cord_collection_rule_count(collection), files);
    CHECK_U64(files, json_array_size(trees));
    json_array_foreach(trees, i, tree)
    {
        json_object_set(by_id, json_string_value(json_object_get(tree, "id")), tree);
    }
    for (size_t k = 0; k < files; k++) {
        const struct cord_rule *rule = cord_collection_rule(collection, k);
        const json_t *wanted = json_object_get(by_id, rule->about.id.ptr);
        if (!wanted || !same_rule(wanted, rule)) {
            print_error("differs: %.*s\n", CORD_STR_ARG(rule->about.file));
            differ++;
        }
    }
    CHECK_U64(differ, 0);
    json_decref(by_id);
    json_decref(trees);
    cord_collection_free(collection);
}

static void placeholders_without_values_are_refused(void)
{
    (void)kit_shared_path("sigma"); /* skips before there is something to free */
    struct cord_collection *collection = cord_collection_new();
    size_t files = add_folder(collection, kit_shared_path("sigma/rules-placeholder"));
    CHECK(cord_collection_finish(collection, NULL) == CORD_OK);
    CHECK_U64(cord_collection_rule_count(collection), 0);
    CHECK_U64(count_refused(collection), files);
    for (size_t i = 0; i < cord_collection_refusal_count(collection); i++) {
        const struct cord_rule_refusal *refusal = cord_collection_refusal(collection, i);
        CHECK(refusal->warning || strstr(refusal->reason.ptr, "--placeholders") != NULL);
    }
    cord_collection_free(collection);
}

/* What is left of the old language is refused with what to write instead. */
static void dead_rules_are_refused_with_a_cure(void)
{
    (void)kit_shared_path("sigma"); /* skips before there is something to free */
    struct cord_collection *collection = cord_collection_new();
    size_t files = add_folder(collection, kit_shared_path("sigma/deprecated"));
    files += add_folder(collection, kit_shared_path("sigma/unsupported"));
    CHECK(cord_collection_finish(collection, NULL) == CORD_OK);
    static const char *const reasons[] = {
        "is an aggregation of version 1", "'timeframe' left the language", "--placeholders",
        "'and' or 'or' is missing" /* "AnyField same" and the like */};
    size_t count[4] = {0};
    for (size_t i = 0; i < cord_collection_refusal_count(collection); i++) {
        const struct cord_rule_refusal *refusal = cord_collection_refusal(collection, i);
        for (size_t k = 0; k < 4 && !refusal->warning; k++) {
            count[k] += strstr(refusal->reason.ptr, reasons[k]) != NULL;
        }
    }
    CHECK_U64(count[0], 55);
    CHECK_U64(count[1], 5);
    CHECK_U64(count[2], 3);
    CHECK_U64(count[3], 3);
    CHECK_U64(count_refused(collection), 66);
    CHECK_U64(cord_collection_rule_count(collection), 195);
    CHECK_U64(files, 259);
    cord_collection_free(collection);
}

KIT_MAIN(KIT_TEST(every_tree_is_the_reference_tree),
         KIT_TEST(placeholders_without_values_are_refused),
         KIT_TEST(dead_rules_are_refused_with_a_cure))
