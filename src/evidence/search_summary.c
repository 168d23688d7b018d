/* search_summary.c: see search_summary.h. */
#include "evidence/search_summary.h"

#include "base/arena.h"
#include "evidence/block_summary.h"

#include <stdlib.h>

enum { KEYS_MAX = 2 * CORD_QUERY_FIELDS_MAX };

#define ARENA_BYTES ((size_t)64 << 20)
#define NO_TABLE    0u

/* What a block's rows say to a leaf of the condition. */
struct leaf {
    enum cord_query_answer all; /* of every row, when there is no table */
    uint32_t table;
    const uint8_t *answers; /* by value of the table */
};

/* A key by which groups are. */
struct key {
    cord_str text;  /* of every row, when there is no table; ptr NULL: none */
    uint32_t table; /* else groups are by its values */
};

struct cord_search_summary {
    const struct cord_query *query;
    const struct cord_tally *tally;
    const struct cord_query_field *fields[KEYS_MAX]; /* the keys */
    size_t key_count;
    bool may_skip;  /* some leaf is about a field that summaries know */
    bool may_count; /* every leaf and key is such that a summary could know it */
    bool by_field;  /* some key is about such a field */
    struct cord_query_test *test;
    struct cord_block_summary *reader;
    struct cord_arena *arena;
    struct leaf *leaves; /* by number of node */

    /* The block at hand. */
    const struct cord_search_skip_block *block;
    struct key keys[KEYS_MAX];
    uint32_t table; /* of the values that rows are told apart by; or NO_TABLE: all are alike */
    struct cord_block_summary_value whole;
    const struct cord_block_summary_value *values;
    size_t value_count;
    const uint8_t *answers; /* of the whole condition, by value */
    uint64_t rows;
};

/* Summaries are by the fields of sources, the roles of host and user, and class. */
static bool is_known_field(const struct cord_query_field *field)
{
    return field->text.len > 0 && field->index_count == 0 &&
           (field->builtin == CORD_QUERY_FIELD_OWN || field->builtin == CORD_QUERY_FIELD_HOST ||
            field->builtin == CORD_QUERY_FIELD_USER || field->builtin == CORD_QUERY_FIELD_CLASS);
}

/* Blocks say these of themselves, for all of their rows if at all. */
static bool is_of_block(const struct cord_query_field *field)
{
    switch (field->builtin) {
    case CORD_QUERY_FIELD_TIME:
    case CORD_QUERY_FIELD_RECEIVED:
    case CORD_QUERY_FIELD_ORG:
    case CORD_QUERY_FIELD_SOURCE:
    case CORD_QUERY_FIELD_CLASS:
    case CORD_QUERY_FIELD_FORMAT:
        return field->text.len > 0;
    case CORD_QUERY_FIELD_HOST:
    case CORD_QUERY_FIELD_USER:
    case CORD_QUERY_FIELD_ID:
    case CORD_QUERY_FIELD_RAW:
    case CORD_QUERY_FIELD_OWN:
        break;
    }
    return false;
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the parser */
static void look_at_condition(struct cord_search_summary *summary,
                              const struct cord_query_node *node)
{
    for (size_t i = 0; i < node->child_count; i++) {
        look_at_condition(summary, node->children[i]);
    }
    if (node->child_count == 0 && node->op != CORD_QUERY_ALL) {
        bool known = is_known_field(&node->field);
        summary->may_skip = summary->may_skip || known;
        summary->may_count = summary->may_count && (known || is_of_block(&node->field));
    }
}

static void look_at_keys(struct cord_search_summary *summary)
{
    summary->may_count = summary->may_count && summary->tally &&
                         cord_tally_keys(summary->tally, summary->fields, &summary->key_count);
    for (size_t i = 0; summary->may_count && i < summary->key_count; i++) {
        bool known = is_known_field(summary->fields[i]);
        summary->by_field = summary->by_field || known;
        summary->may_count = known || is_of_block(summary->fields[i]);
    }
}

struct cord_search_summary *cord_search_summary_new(const struct cord_query *query,
                                                    const struct cord_tally *tally)
{
    struct cord_search_summary *summary = calloc(1, sizeof *summary);
    if (!summary) {
        return NULL;
    }
    summary->query = query;
    summary->tally = tally;
    summary->may_count = true;
    look_at_condition(summary, cord_query_condition(query));
    look_at_keys(summary);
    summary->test = cord_query_test_new();
    summary->reader = cord_block_summary_new();
    summary->arena = cord_arena_new(ARENA_BYTES);
    summary->leaves = calloc(cord_query_node_count(query) + (size_t)1, sizeof *summary->leaves);
    if (!summary->test || !summary->reader || !summary->arena || !summary->leaves) {
        cord_search_summary_free(summary);
        return NULL;
    }
    return summary;
}

void cord_search_summary_free(struct cord_search_summary *summary)
{
    if (summary) {
        cord_query_test_free(summary->test);
        cord_block_summary_free(summary->reader);
        cord_arena_free(summary->arena);
        free(summary->leaves);
        free(summary);
    }
}

bool cord_search_summary_is_useful(const struct cord_search_summary *summary)
{
    return summary->may_skip || (summary->may_count && summary->by_field);
}

/* --- the condition --- */

/* A damaged table knows as little as none. */
static cord_status values_of(struct cord_search_summary *summary, uint32_t table,
                             const struct cord_block_summary_value **ret_values, size_t *ret_count)
{
    *ret_count = 0;
    cord_status status = cord_block_summary_table(summary->reader, table, ret_values, ret_count);
    *ret_count = status == CORD_OK ? *ret_count : 0;
    return status == CORD_E_NOMEM ? status : CORD_OK;
}

static cord_status test_values(struct cord_search_summary *summary,
                               const struct cord_query_node *node, struct leaf *leaf)
{
    const struct cord_block_summary_value *values = NULL;
    size_t count = 0;
    bool alike = true;
    cord_status status = values_of(summary, leaf->table, &values, &count);
    uint8_t *answers = cord_arena_alloc(summary->arena, count + 1);
    if (!answers) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        enum cord_query_answer answer = CORD_QUERY_NO;
        bool exists = values[i].kind != CORD_VALUE_NULL && node->op == CORD_QUERY_EXISTS;
        if (values[i].kind != CORD_VALUE_NULL && !exists) {
            status = cord_query_test_value(summary->test, node, values[i].kind, values[i].flags,
                                           values[i].text, &answer);
        }
        answers[i] = (uint8_t)(exists ? CORD_QUERY_YES : answer);
        alike = alike && answers[i] == answers[0];
    }
    leaf->answers = answers;
    if (count == 0 || alike) {
        leaf->table = NO_TABLE;
        leaf->all = count == 0 ? CORD_QUERY_UNKNOWN : (enum cord_query_answer)answers[0];
    }
    return status;
}

static cord_status look_at_leaf(struct cord_search_summary *summary,
                                const struct cord_query_node *node)
{
    struct leaf *leaf = &summary->leaves[node->number];
    *leaf = (struct leaf){
        .all = cord_search_skip_block(summary->test, node, summary->block),
        .table = NO_TABLE,
    };
    if (leaf->all != CORD_QUERY_UNKNOWN || !is_known_field(&node->field)) {
        return CORD_OK;
    }
    uint32_t found =
        cord_block_summary_find(summary->reader, &node->field, node->op == CORD_QUERY_EXISTS);
    if (found == CORD_BLOCK_SUMMARY_NOBODY) {
        leaf->all = CORD_QUERY_NO;
    } else if (found >= CORD_BLOCK_SUMMARY_TABLES) {
        leaf->table = found;
        return test_values(summary, node, leaf);
    }
    return CORD_OK;
}

/* Also finds the first table that tells rows apart. */
/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the parser */
static cord_status look_at_leaves(struct cord_search_summary *summary,
                                  const struct cord_query_node *node)
{
    if (node->child_count == 0) {
        cord_status status = look_at_leaf(summary, node);
        summary->table =
            summary->table == NO_TABLE ? summary->leaves[node->number].table : summary->table;
        return status;
    }
    cord_status status = CORD_OK;
    for (size_t i = 0; i < node->child_count && status == CORD_OK; i++) {
        status = look_at_leaves(summary, node->children[i]);
    }
    return status;
}

/* What the condition says of rows with that value. */
/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the parser */
static enum cord_query_answer answer_of(const struct cord_search_summary *summary,
                                        const struct cord_query_node *node, size_t value)
{
    if (node->child_count == 0) {
        const struct leaf *leaf = &summary->leaves[node->number];
        if (leaf->table == NO_TABLE) {
            return leaf->all;
        }
        return leaf->table == summary->table ? (enum cord_query_answer)leaf->answers[value]
                                             : CORD_QUERY_UNKNOWN;
    }
    bool is_or = node->op == CORD_QUERY_OR;
    enum cord_query_answer all = is_or ? CORD_QUERY_NO : CORD_QUERY_YES;
    for (size_t i = 0; i < node->child_count; i++) {
        enum cord_query_answer one = answer_of(summary, node->children[i], value);
        all = is_or ? cord_query_test_or(all, one) : cord_query_test_and(all, one);
    }
    return node->op == CORD_QUERY_NOT ? cord_query_test_not(all) : all;
}

/* --- groups --- */

/* The text of a value, to be kept. */
static cord_status text_of(struct cord_search_summary *summary,
                           const struct cord_block_summary_value *value, cord_str *ret_text)
{
    cord_status status =
        cord_query_test_text(summary->test, value->kind, value->flags, value->text, ret_text);
    if (status != CORD_OK || !ret_text->ptr || ret_text->ptr == value->text.ptr) {
        return status;
    }
    *ret_text = cord_arena_copy(summary->arena, *ret_text);
    return ret_text->ptr ? CORD_OK : CORD_E_NOMEM;
}

static cord_status look_at_key(struct cord_search_summary *summary, size_t at, bool *ret_known)
{
    const struct cord_query_field *field = summary->fields[at];
    struct key *key = &summary->keys[at];
    const struct cord_block_summary_value *values = NULL;
    size_t count = 0;
    *key = (struct key){{NULL, 0}, NO_TABLE};
    *ret_known = cord_search_skip_key(summary->block, field, &key->text);
    if (*ret_known || !is_known_field(field)) {
        return CORD_OK;
    }
    uint32_t found = cord_block_summary_find(summary->reader, field, false);
    *ret_known = found != CORD_BLOCK_SUMMARY_UNCOUNTED;
    if (found < CORD_BLOCK_SUMMARY_TABLES) {
        return CORD_OK;
    }
    cord_status status = values_of(summary, found, &values, &count);
    *ret_known = count > 0;
    if (status == CORD_OK && count == 1) {
        return text_of(summary, &values[0], &key->text);
    }
    key->table = found;
    return status;
}

/* The keys' tables are one, which from now on tells rows apart. */
static cord_status look_at_groups(struct cord_search_summary *summary, bool *ret_known)
{
    uint32_t table = NO_TABLE;
    cord_status status = CORD_OK;
    *ret_known = true;
    for (size_t i = 0; i < summary->key_count && *ret_known && status == CORD_OK; i++) {
        status = look_at_key(summary, i, ret_known);
        uint32_t own = summary->keys[i].table;
        *ret_known = *ret_known && (own == NO_TABLE || table == NO_TABLE || own == table);
        table = own == NO_TABLE ? table : own;
    }
    summary->table = *ret_known && table != NO_TABLE ? table : summary->table;
    return status;
}

/* --- a block --- */

static cord_status take_values(struct cord_search_summary *summary)
{
    const struct cord_block_head *head = summary->block->head;
    if (summary->table != NO_TABLE) {
        return values_of(summary, summary->table, &summary->values, &summary->value_count);
    }
    summary->whole = (struct cord_block_summary_value){
        .rows = head->row_count, .first_ns = head->when_min_ns, .last_ns = head->when_max_ns};
    summary->values = &summary->whole;
    summary->value_count = 1;
    return CORD_OK;
}

/* Tries the condition on every value; counts the rows. */
static cord_status answer(struct cord_search_summary *summary, bool may_count,
                          enum cord_search_summary_answer *ret_answer)
{
    const struct cord_query_node *condition = cord_query_condition(summary->query);
    cord_status status = take_values(summary);
    uint8_t *answers = cord_arena_alloc(summary->arena, summary->value_count + 1);
    bool any = summary->value_count == 0;
    if (status != CORD_OK || !answers) {
        return status == CORD_OK ? CORD_E_NOMEM : status;
    }
    summary->rows = 0;
    for (size_t i = 0; i < summary->value_count; i++) {
        const struct cord_block_summary_value *value = &summary->values[i];
        enum cord_query_answer matches = answer_of(summary, condition, i);
        any = any || matches != CORD_QUERY_NO;
        may_count = may_count && matches != CORD_QUERY_UNKNOWN;
        if (may_count && matches == CORD_QUERY_YES) {
            summary->rows += value->rows;
            may_count = cord_tally_step(summary->tally, value->first_ns) ==
                        cord_tally_step(summary->tally, value->last_ns);
        }
        answers[i] = matches == CORD_QUERY_YES;
    }
    summary->answers = answers;
    *ret_answer = !any                                    ? CORD_SEARCH_SUMMARY_NOTHING
                  : may_count && summary->value_count > 0 ? CORD_SEARCH_SUMMARY_COUNTED
                                                          : CORD_SEARCH_SUMMARY_UNKNOWN;
    return CORD_OK;
}

cord_status cord_search_summary_ask(struct cord_search_summary *summary,
                                    const struct cord_search_skip_block *block, cord_str bytes,
                                    bool inside, enum cord_search_summary_answer *ret_answer)
{
    bool may_count = inside && summary->may_count;
    *ret_answer = CORD_SEARCH_SUMMARY_UNKNOWN;
    summary->block = block;
    summary->table = NO_TABLE;
    cord_arena_reset(summary->arena);
    cord_status status = cord_block_summary_open(summary->reader, bytes, block->head, NULL);
    if (status != CORD_OK) {
        return status == CORD_E_NOMEM ? status : CORD_OK;
    }
    status = look_at_leaves(summary, cord_query_condition(summary->query));
    if (status == CORD_OK && may_count) {
        status = look_at_groups(summary, &may_count);
    }
    return status == CORD_OK ? answer(summary, may_count, ret_answer) : status;
}

uint64_t cord_search_summary_rows(const struct cord_search_summary *summary)
{
    return summary->rows;
}

cord_status cord_search_summary_feed(struct cord_search_summary *summary, struct cord_tally *tally)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; i < summary->value_count && status == CORD_OK; i++) {
        const struct cord_block_summary_value *value = &summary->values[i];
        cord_str texts[KEYS_MAX];
        cord_str own = {NULL, 0};
        if (!summary->answers[i]) {
            continue;
        }
        if (summary->table != NO_TABLE) {
            status = text_of(summary, value, &own);
        }
        for (size_t k = 0; k < summary->key_count; k++) {
            texts[k] = summary->keys[k].table == NO_TABLE ? summary->keys[k].text : own;
        }
        if (status == CORD_OK) {
            status =
                cord_tally_add_group(tally, texts, value->rows, value->first_ns, value->last_ns);
        }
    }
    return status;
}
