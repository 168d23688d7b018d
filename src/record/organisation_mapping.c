/* organisation_mapping.c: see organisation_mapping.h. */
#include "record/organisation_mapping.h"

#include "base/nearest.h"
#include "codec/yaml.h"
#include "record/claim_kind.h"

#include <inttypes.h>

enum { WORDS_MAX = 4096 };

struct reading {
    struct cord_arena *arena;
    struct cord_organisation_columns *columns;
    struct cord_organisation_entry *entry;
    struct cord_organisation_rule *rules; /* of the entry */
    struct cord_error *err;
};

static cord_status wrong(const struct reading *reading, const struct cord_yaml *node,
                         const char *what)
{
    cord_str key = node->key ? cord_yaml_text(node->key) : CORD_STR("");
    return cord_error_set(reading->err, CORD_E_FORMAT, "line %" PRIu32 "%s%.*s: %s", node->line,
                          key.len > 0 ? ", " : "", CORD_STR_ARG(key), what);
}

/* One of the words; its place. */
static cord_status one_of(const struct reading *reading, const struct cord_yaml *node,
                          cord_str text, const char *const *words, size_t *ret_place)
{
    struct cord_nearest nearest;
    cord_nearest_init(&nearest, text);
    for (size_t i = 0; words[i]; i++) {
        if (cord_str_eq(cord_str_from(words[i]), text)) {
            *ret_place = i;
            return CORD_OK;
        }
        cord_nearest_offer(&nearest, cord_str_from(words[i]));
    }
    cord_str near = cord_nearest_found(&nearest);
    return cord_error_set(reading->err, CORD_E_FORMAT, "line %" PRIu32 ": there is no '%.*s'%s%.*s",
                          node->line, CORD_STR_ARG(text), near.ptr ? "; did you mean " : "",
                          near.ptr ? (int)near.len : 0, near.ptr ? near.ptr : "");
}

/* The words that a claim's member may be. */
static cord_status check_word(const struct reading *reading, const struct cord_yaml *node,
                              const char *kind, const char *member, cord_str text)
{
    size_t place;
    const struct cord_member *row =
        cord_claim_kind_member(cord_claim_kind_find(cord_str_from(kind)), cord_str_from(member));
    return one_of(reading, node, text, row->words, &place);
}

/* --- columns --- */

static cord_status read_column(const struct reading *reading, const struct cord_yaml *node,
                               cord_str *ret_header, uint32_t *ret_number)
{
    cord_str text = cord_yaml_text(node);
    if (text.len == 0) {
        return wrong(reading, node, "is to be a column: its number, or its title in a header");
    }
    if (reading->columns->header) {
        *ret_header = text;
        return CORD_OK;
    }
    if (node->kind != CORD_YAML_INT || node->integer < 1 ||
        node->integer > CORD_ORGANISATION_COLUMNS_MAX) {
        return wrong(reading, node, "is to be a column's number, from 1; titles need header: true");
    }
    *ret_number = (uint32_t)node->integer;
    return CORD_OK;
}

/* NULL: one too many, as err says. */
static struct cord_organisation_rule *
add_rule(struct reading *reading, const struct cord_yaml *node, enum cord_organisation_use use)
{
    if (reading->entry->rule_count == CORD_ORGANISATION_RULES_MAX) {
        (void)wrong(reading, node, "is one column too many");
        return NULL;
    }
    struct cord_organisation_rule *rule = &reading->rules[reading->entry->rule_count++];
    *rule = (struct cord_organisation_rule){.use = use};
    return rule;
}

static cord_status read_words(struct reading *reading, const struct cord_yaml *node,
                              struct cord_organisation_rule *rule)
{
    size_t count = 0;
    if (node->kind != CORD_YAML_MAP || node->count == 0 || node->count > WORDS_MAX) {
        return wrong(reading, node, "is to be a map from what the column holds to words");
    }
    struct cord_organisation_word *words =
        cord_arena_zalloc(reading->arena, node->count, sizeof *words);
    if (!words) {
        return cord_arena_failure(reading->arena);
    }
    for (const struct cord_yaml *item = node->child; item; item = item->next) {
        cord_str word = cord_yaml_text(item);
        cord_status status = CORD_OK;
        if (rule->use == CORD_ORGANISATION_USE_ROLE) {
            status = check_word(reading, item, "org.upsert", "role", word);
        } else if (rule->use == CORD_ORGANISATION_USE_STANDING) {
            status = check_word(reading, item, "org.upsert", "standing", word);
        }
        if (status != CORD_OK) {
            return status;
        }
        words[count++] = (struct cord_organisation_word){.text = cord_yaml_text(item->key),
                                                         .word = word.ptr ? word : CORD_STR("")};
    }
    rule->words = words;
    rule->word_count = count;
    return CORD_OK;
}

/* A column, or {column: 3, words: {...}, since: 4, until: 5}. */
static cord_status read_rule(struct reading *reading, const struct cord_yaml *node,
                             enum cord_organisation_use use, cord_str name)
{
    static const char *const keys[] = {"column", "words", "since", "until", NULL};
    cord_status status = CORD_OK;
    struct cord_organisation_rule *rule = add_rule(reading, node, use);
    if (!rule) {
        return CORD_E_FORMAT;
    }
    rule->name = name;
    if (node->kind != CORD_YAML_MAP) {
        return read_column(reading, node, &rule->header, &rule->number);
    }
    if (!cord_yaml_get(node, CORD_STR("column"))) {
        return wrong(reading, node, "needs its column");
    }
    for (const struct cord_yaml *item = node->child; item && status == CORD_OK; item = item->next) {
        size_t key = 0;
        struct cord_organisation_rule *term = rule;
        status = one_of(reading, item, cord_yaml_text(item->key), keys, &key);
        if (status == CORD_OK && key == 1) {
            status = read_words(reading, item, rule);
        } else if (status == CORD_OK && key > 1 && use != CORD_ORGANISATION_USE_RELATION) {
            status = wrong(reading, item, "belongs to a relation");
        } else if (status == CORD_OK && key > 1) {
            term = add_rule(reading, item,
                            key == 2 ? CORD_ORGANISATION_USE_RELATED
                                     : CORD_ORGANISATION_USE_UNRELATED);
            status = term ? CORD_OK : CORD_E_FORMAT;
        }
        if (status == CORD_OK && key != 1) {
            status = read_column(reading, item, &term->header, &term->number);
        }
    }
    return status;
}

/* {name: column, ...}: aliases by scheme, attributes by name, relations by what they are. */
static cord_status read_named(struct reading *reading, const struct cord_yaml *node,
                              enum cord_organisation_use use)
{
    cord_status status = CORD_OK;
    if (node->kind != CORD_YAML_MAP) {
        return wrong(reading, node, "is to be a map from names to columns");
    }
    for (const struct cord_yaml *item = node->child; item && status == CORD_OK; item = item->next) {
        cord_str name = cord_yaml_text(item->key);
        if (use == CORD_ORGANISATION_USE_ALIAS) {
            status = check_word(reading, item, "org.alias", "scheme", name);
        } else if (use == CORD_ORGANISATION_USE_RELATION) {
            status = check_word(reading, item, "org.relate", "relation", name);
        } else if (name.len == 0 || name.len > 64) {
            status = wrong(reading, item, "a name has 1 to 64 bytes");
        }
        if (status == CORD_OK) {
            status = read_rule(reading, item, use, name);
        }
    }
    return status;
}

static cord_status read_several(struct reading *reading, const struct cord_yaml *node,
                                enum cord_organisation_use use)
{
    cord_status status = CORD_OK;
    if (node->kind != CORD_YAML_LIST) {
        return read_rule(reading, node, use, CORD_STR(""));
    }
    for (const struct cord_yaml *item = node->child; item && status == CORD_OK; item = item->next) {
        status = read_rule(reading, item, use, CORD_STR(""));
    }
    return status;
}

static cord_status read_columns(struct reading *reading, const struct cord_yaml *node)
{
    static const char *const keys[] = {
        "nothing",   "code",      "name",    "role",       "standing",   "region",    "parent",
        "country",   "postcode",  "address", "opened",     "closed",     "listed",    "stated",
        "successor", "succeeded", "aliases", "attributes", "statements", "relations", NULL};
    static const enum cord_organisation_use uses[] = {
        CORD_ORGANISATION_USE_NOTHING,   CORD_ORGANISATION_USE_CODE,
        CORD_ORGANISATION_USE_NAME,      CORD_ORGANISATION_USE_ROLE,
        CORD_ORGANISATION_USE_STANDING,  CORD_ORGANISATION_USE_REGION,
        CORD_ORGANISATION_USE_PARENT,    CORD_ORGANISATION_USE_COUNTRY,
        CORD_ORGANISATION_USE_POSTCODE,  CORD_ORGANISATION_USE_ADDRESS,
        CORD_ORGANISATION_USE_OPENED,    CORD_ORGANISATION_USE_CLOSED,
        CORD_ORGANISATION_USE_LISTED,    CORD_ORGANISATION_USE_STATED,
        CORD_ORGANISATION_USE_SUCCESSOR, CORD_ORGANISATION_USE_SUCCEEDED,
        CORD_ORGANISATION_USE_ALIAS,     CORD_ORGANISATION_USE_ATTRIBUTE,
        CORD_ORGANISATION_USE_STATEMENT, CORD_ORGANISATION_USE_RELATION};
    enum { FIRST_NAMED = 16 };
    cord_status status = CORD_OK;
    if (node->kind != CORD_YAML_MAP) {
        return wrong(reading, node, "is to be a map from what is said to columns");
    }
    if (!cord_yaml_get(node, CORD_STR("code"))) {
        return wrong(reading, node, "code is missing: which column has it?");
    }
    for (const struct cord_yaml *item = node->child; item && status == CORD_OK; item = item->next) {
        size_t key = 0;
        status = one_of(reading, item, cord_yaml_text(item->key), keys, &key);
        if (status == CORD_OK && key >= FIRST_NAMED) {
            status = read_named(reading, item, uses[key]);
        } else if (status == CORD_OK) {
            bool several = uses[key] == CORD_ORGANISATION_USE_ADDRESS ||
                           uses[key] == CORD_ORGANISATION_USE_NOTHING;
            status = several ? read_several(reading, item, uses[key])
                             : read_rule(reading, item, uses[key], CORD_STR(""));
        }
    }
    return status;
}

/* --- entries and the whole --- */

static cord_status read_flag(const struct reading *reading, const struct cord_yaml *node,
                             bool *ret_flag)
{
    if (node->kind != CORD_YAML_BOOL) {
        return wrong(reading, node, "is to be true or false");
    }
    *ret_flag = node->boolean;
    return CORD_OK;
}

static cord_status read_entry(struct reading *reading, const struct cord_yaml *node,
                              struct cord_organisation_entry *entry)
{
    static const char *const keys[] = {"role", "country", "nobody", "mentions", "columns", NULL};
    cord_status status = CORD_OK;
    reading->rules =
        cord_arena_zalloc(reading->arena, CORD_ORGANISATION_RULES_MAX, sizeof *reading->rules);
    if (!reading->rules) {
        return cord_arena_failure(reading->arena);
    }
    reading->entry = entry;
    entry->rules = reading->rules;
    if (node->kind != CORD_YAML_MAP || !cord_yaml_get(node, CORD_STR("columns"))) {
        return wrong(reading, node, "is to be a map with columns");
    }
    for (const struct cord_yaml *item = node->child; item && status == CORD_OK; item = item->next) {
        size_t key = 0;
        status = one_of(reading, item, cord_yaml_text(item->key), keys, &key);
        if (status != CORD_OK) {
            break;
        }
        if (key == 4) {
            status = read_columns(reading, item);
        } else if (key == 3) {
            status = read_flag(reading, item, &entry->mentions);
        } else {
            cord_str *const texts[] = {&entry->role, &entry->country, &entry->nobody};
            *texts[key] = cord_yaml_text(item);
            status =
                key == 0 ? check_word(reading, item, "org.upsert", "role", entry->role) : CORD_OK;
        }
    }
    return status;
}

static cord_status read_entries(struct reading *reading, const struct cord_yaml *node)
{
    cord_status status = CORD_OK;
    size_t count = 0;
    if (node->kind != CORD_YAML_LIST || node->count == 0 ||
        node->count > CORD_ORGANISATION_ENTRIES_MAX) {
        return wrong(reading, node, "is to be a list of one to eight");
    }
    struct cord_organisation_entry *entries =
        cord_arena_zalloc(reading->arena, node->count, sizeof *entries);
    if (!entries) {
        return cord_arena_failure(reading->arena);
    }
    for (const struct cord_yaml *item = node->child; item && status == CORD_OK; item = item->next) {
        status = read_entry(reading, item, &entries[count++]);
    }
    reading->columns->entries = entries;
    reading->columns->entry_count = count;
    return status;
}

static cord_status read_encoding(struct reading *reading, const struct cord_yaml *node)
{
    static const char *const words[] = {"utf-8", "iso-8859-1", NULL};
    size_t place = 0;
    cord_status status = one_of(reading, node, cord_yaml_text(node), words, &place);
    reading->columns->latin1 = place == 1;
    return status;
}

static cord_status read_separator(struct reading *reading, const struct cord_yaml *node)
{
    cord_str text = cord_yaml_text(node);
    if (cord_str_eq(text, CORD_STR("tab"))) {
        text = CORD_STR("\t");
    }
    if (text.len != 1 || text.ptr[0] == '"' || text.ptr[0] == '\n' || text.ptr[0] == '\r') {
        return wrong(reading, node, "is to be one character, or tab");
    }
    reading->columns->delimiter = text.ptr[0];
    return CORD_OK;
}

static cord_status read_only(struct reading *reading, const struct cord_yaml *node)
{
    const struct cord_yaml *column = cord_yaml_get(node, CORD_STR("column"));
    cord_str is = cord_yaml_text(cord_yaml_get(node, CORD_STR("is")));
    if (!column || is.len == 0 || node->count != 2) {
        return wrong(reading, node, "is to be {column: ..., is: ...}");
    }
    reading->columns->only = is;
    return read_column(reading, column, &reading->columns->only_header,
                       &reading->columns->only_number);
}

static cord_status read_whole(struct reading *reading, const struct cord_yaml *node)
{
    static const char *const keys[] = {"name", "encoding",      "separator", "header",
                                       "only", "organisations", NULL};
    const struct cord_yaml *header = cord_yaml_get(node, CORD_STR("header"));
    cord_status status = CORD_OK;
    if (!cord_yaml_get(node, CORD_STR("organisations"))) {
        return wrong(reading, node, "organisations is missing: what does a row say of them?");
    }
    if (header) { /* first: it says how columns are named */
        status = read_flag(reading, header, &reading->columns->header);
    }
    for (const struct cord_yaml *item = node->child; item && status == CORD_OK; item = item->next) {
        size_t key = 0;
        status = one_of(reading, item, cord_yaml_text(item->key), keys, &key);
        if (status != CORD_OK) {
            break;
        }
        if (key == 0) {
            reading->columns->name = cord_yaml_text(item);
        } else if (key == 1) {
            status = read_encoding(reading, item);
        } else if (key == 2) {
            status = read_separator(reading, item);
        } else if (key == 4) {
            status = read_only(reading, item);
        } else if (key == 5) {
            status = read_entries(reading, item);
        }
    }
    return status;
}

cord_status cord_organisation_mapping_read(cord_str text, struct cord_arena *arena,
                                           const struct cord_organisation_columns **ret_columns,
                                           struct cord_error *err)
{
    struct cord_yaml *documents = NULL;
    struct reading reading = {.arena = arena, .err = err};
    cord_status status = cord_yaml_parse(text, 1, arena, &documents, err);
    if (status != CORD_OK) {
        return status;
    }
    reading.columns = cord_arena_zalloc(arena, 1, sizeof *reading.columns);
    if (!reading.columns) {
        return cord_arena_failure(arena);
    }
    if (!documents->child || documents->child->kind != CORD_YAML_MAP) {
        return cord_error_set(err, CORD_E_FORMAT, "it is no map");
    }
    status = read_whole(&reading, documents->child);
    if (status == CORD_OK) {
        *ret_columns = reading.columns;
    }
    return status;
}
