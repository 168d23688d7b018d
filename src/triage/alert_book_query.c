/* alert_book_query.c: a condition over sixty-four alerts at a time; see alert_book_scan_internal.h.
 *
 * What a leaf of the query answers is worked out once for each different value, when an alert first
 * says it, and remembered; AND, OR and NOT are then of bits. Two words hold three answers: yes, and
 * unknown. */
#include "triage/alert_book_scan_internal.h"

#include "evidence/query_test.h"

#include <stdlib.h>

enum answered { UNASKED, NO, YES, UNKNOWN };

/* Answers of one column's values. */
struct table {
    enum cord_alert_column column;
    bool rule_too;    /* of TITLE: or else of RULE, which is the same versions' */
    bool folded;      /* of entities, whatever the case of their names: by entity */
    uint8_t *answers; /* NULL: worked out each time */
    size_t size;
    size_t asked; /* folded: of how many entities the answer was worked out by itself */
};

enum { TABLES_MAX = 3 };

struct leaf {
    struct table tables[TABLES_MAX]; /* one, or of free text those it looks at */
    size_t table_count;
    const struct cord_query_node *node;
    bool is_id; /* the text may be an id: */
    uint64_t id;
};

struct cord_alert_query {
    struct cord_query *query;
    struct cord_query_test *test;
    struct leaf *leaves; /* by number of node */
    size_t leaf_count;
    cord_str *ids; /* those of the alerts that alone can meet it; NULL: any can */
    size_t id_count;
};

struct bits {
    uint64_t yes, unknown;
};

/* --- parsing --- */

/* Whether the case of a name can make no difference. */
static bool is_caseless(const struct cord_query_node *node, enum cord_alert_column column)
{
    return column >= CORD_ALERT_COLUMN_HOST && column <= CORD_ALERT_COLUMN_ENTITY &&
           (node->op == CORD_QUERY_TEXT || node->op == CORD_QUERY_EQUAL ||
            node->op == CORD_QUERY_LIKE || node->op == CORD_QUERY_EXISTS);
}

static cord_status check_leaf(const struct cord_query_node *node, struct leaf *leaf,
                              struct cord_error *err)
{
    static const enum cord_alert_column free_text[] = {
        CORD_ALERT_COLUMN_TITLE, CORD_ALERT_COLUMN_ENTITY, CORD_ALERT_COLUMN_ORG};
    cord_status status = CORD_OK;
    if (node->op == CORD_QUERY_ALL) {
        return CORD_OK;
    }
    if (node->field.text.len == 0) {
        for (size_t i = 0; i < TABLES_MAX; i++) {
            leaf->tables[leaf->table_count++] =
                (struct table){.column = free_text[i],
                               .rule_too = free_text[i] == CORD_ALERT_COLUMN_TITLE,
                               .folded = is_caseless(node, free_text[i])};
        }
        leaf->node = node;
        leaf->is_id = node->op == CORD_QUERY_TEXT;
        return CORD_OK;
    }
    leaf->table_count = 1;
    status = cord_alert_book_column_find(node->field.text, &leaf->tables[0].column, err);
    if (status != CORD_OK) {
        cord_error_context(err, "column %zu", node->column);
    }
    leaf->tables[0].folded = is_caseless(node, leaf->tables[0].column);
    return status;
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the parser */
static cord_status check(struct cord_alert_query *query, const struct cord_query_node *node,
                         struct cord_error *err)
{
    cord_status status =
        node->child_count == 0 ? check_leaf(node, &query->leaves[node->number], err) : CORD_OK;
    for (size_t i = 0; i < node->child_count && status == CORD_OK; i++) {
        status = check(query, node->children[i], err);
    }
    return status;
}

static bool names_id(const struct cord_alert_query *query, const struct cord_query_node *node)
{
    const struct leaf *leaf = &query->leaves[node->number];
    return node->child_count == 0 && node->op == CORD_QUERY_EQUAL && leaf->table_count == 1 &&
           leaf->tables[0].column == CORD_ALERT_COLUMN_ID;
}

static bool names_ids(const struct cord_alert_query *query, const struct cord_query_node *node)
{
    if (node->op != CORD_QUERY_OR) {
        return names_id(query, node);
    }
    for (size_t i = 0; i < node->child_count; i++) {
        if (!names_id(query, node->children[i])) {
            return false;
        }
    }
    return true;
}

/* "id:A-..", "id:A-.. OR id:A-..", or that and something else. */
static cord_status find_ids(struct cord_alert_query *query)
{
    const struct cord_query_node *root = cord_query_condition(query->query);
    const struct cord_query_node *found = names_ids(query, root) ? root : NULL;
    for (size_t i = 0; root->op == CORD_QUERY_AND && !found && i < root->child_count; i++) {
        found = names_ids(query, root->children[i]) ? root->children[i] : NULL;
    }
    if (!found) {
        return CORD_OK;
    }
    query->ids = calloc(found->child_count + 1, sizeof *query->ids);
    if (!query->ids) {
        return CORD_E_NOMEM;
    }
    query->ids[0] = found->text;
    query->id_count = found->child_count == 0 ? 1 : found->child_count;
    for (size_t i = 0; i < found->child_count; i++) {
        query->ids[i] = found->children[i]->text;
    }
    return CORD_OK;
}

bool cord_alert_book_query_ids(const struct cord_alert_query *query, const cord_str **ret_ids,
                               size_t *ret_count)
{
    if (query->ids) {
        *ret_ids = query->ids;
        *ret_count = query->id_count;
    }
    return query->ids != NULL;
}

bool cord_alert_book_query_asks(const struct cord_alert_query *query, enum cord_alert_column column)
{
    for (size_t i = 0; i < query->leaf_count; i++) {
        for (size_t j = 0; j < query->leaves[i].table_count; j++) {
            if (query->leaves[i].tables[j].column == column) {
                return true;
            }
        }
    }
    return false;
}

cord_status cord_alert_book_query_parse(cord_str text, struct cord_alert_query **ret_query,
                                        struct cord_error *err)
{
    size_t stages = 0;
    struct cord_alert_query *query = calloc(1, sizeof *query);
    if (!query) {
        return CORD_E_NOMEM;
    }
    cord_status status = cord_query_parse(text, &query->query, err);
    if (status == CORD_OK) {
        const struct cord_query_stage *stage = cord_query_stages(query->query, &stages);
        if (stages > 0) {
            status = cord_error_set(err, CORD_E_FORMAT,
                                    "column %zu: alerts are chosen by a condition, without '|'",
                                    stage->column);
        }
    }
    if (status == CORD_OK) {
        query->leaf_count = cord_query_node_count(query->query);
        query->leaves = calloc(query->leaf_count + 1, sizeof *query->leaves);
        query->test = cord_query_test_new();
        status = query->leaves && query->test
                     ? check(query, cord_query_condition(query->query), err)
                     : CORD_E_NOMEM;
    }
    if (status == CORD_OK) {
        status = find_ids(query);
    }
    if (status != CORD_OK) {
        cord_alert_book_query_free(query);
        return status;
    }
    *ret_query = query;
    return CORD_OK;
}

void cord_alert_book_query_free(struct cord_alert_query *query)
{
    if (!query) {
        return;
    }
    for (size_t i = 0; query->leaves && i < query->leaf_count; i++) {
        for (size_t j = 0; j < query->leaves[i].table_count; j++) {
            free(query->leaves[i].tables[j].answers);
        }
    }
    free(query->leaves);
    free(query->ids);
    cord_query_test_free(query->test);
    cord_query_free(query->query);
    free(query);
}

cord_status cord_alert_book_query_begin(struct cord_alert_query *query,
                                        const struct cord_alert_scan *scan)
{
    for (size_t i = 0; i < query->leaf_count; i++) {
        struct leaf *leaf = &query->leaves[i];
        leaf->is_id =
            leaf->is_id && cord_alert_id_parse(&scan->book->id_key, leaf->node->text, &leaf->id);
        for (size_t j = 0; j < leaf->table_count; j++) {
            struct table *table = &leaf->tables[j];
            table->size = table->folded ? scan->book->entities.count
                                        : cord_alert_book_column_size(scan->book, table->column);
            table->answers = table->size > 0 ? calloc(table->size, 1) : NULL;
            if (table->size > 0 && !table->answers) {
                return CORD_E_NOMEM;
            }
        }
    }
    return CORD_OK;
}

/* --- one value --- */

static enum cord_value_kind kind_of(enum cord_alert_column column)
{
    bool number = column == CORD_ALERT_COLUMN_RISK || column == CORD_ALERT_COLUMN_FINDINGS ||
                  column == CORD_ALERT_COLUMN_AGAIN || column == CORD_ALERT_COLUMN_NOTES;
    return number ? CORD_VALUE_NUMBER : CORD_VALUE_TEXT;
}

static bool is_time(enum cord_alert_column column)
{
    return column == CORD_ALERT_COLUMN_FIRST || column == CORD_ALERT_COLUMN_LAST ||
           column == CORD_ALERT_COLUMN_KNOWN || column == CORD_ALERT_COLUMN_UPDATED;
}

/* What a comparison of times comes to without writing the time out. */
static enum answered compare_time(const struct cord_query_node *node, int64_t ns)
{
    bool above = !node->low.present || ns > node->low.ns || (ns == node->low.ns && !node->low.open);
    bool below =
        !node->high.present || ns < node->high.ns || (ns == node->high.ns && !node->high.open);
    return above && below ? YES : NO;
}

static cord_status ask(struct cord_alert_query *query, const struct cord_alert_scan *scan,
                       const struct cord_query_node *node, enum cord_alert_column column,
                       uint64_t value, enum answered *ret_answer)
{
    char buffer[CORD_ALERT_COLUMN_TEXT];
    cord_str text;
    enum cord_query_answer answer = CORD_QUERY_NO;
    cord_status status = CORD_OK;
    if (is_time(column) && node->op == CORD_QUERY_COMPARE && node->order == CORD_QUERY_AS_TIME) {
        *ret_answer = compare_time(node, (int64_t)value);
        return CORD_OK;
    }
    for (size_t i = 0; status == CORD_OK && answer != CORD_QUERY_YES &&
                       cord_alert_book_column_text(scan, column, value, i, buffer, &text);
         i++) {
        enum cord_query_answer one = CORD_QUERY_NO;
        status = cord_query_test_value(query->test, node, kind_of(column), 0, text, &one);
        answer = cord_query_test_or(answer, one);
    }
    *ret_answer = answer == CORD_QUERY_YES ? YES : answer == CORD_QUERY_NO ? NO : UNKNOWN;
    return status;
}

/* What query_test.h says of folded texts, without folding them again. */
static enum answered ask_folded(const struct cord_query_node *node, cord_str folded)
{
    bool holds = folded.len > 0;
    if (node->op == CORD_QUERY_TEXT) {
        holds = holds && cord_str_find(folded, node->folded, 0) != SIZE_MAX;
    } else if (node->op == CORD_QUERY_EQUAL) {
        holds = holds && cord_str_eq(folded, node->folded);
    } else if (node->op == CORD_QUERY_LIKE) {
        holds = holds && cord_pattern_matches(node->parts, node->part_count, folded);
    }
    return holds ? YES : NO;
}

/* --- a leaf --- */

static uint8_t ask_entity(const struct cord_alert_scan *scan, const struct cord_query_node *node,
                          const struct table *table, size_t entity)
{
    const struct cord_alert_entities *entities = &scan->book->entities;
    bool about = cord_alert_book_column_is_about(table->column,
                                                 (enum cord_alert_entity)entities->kind[entity]);
    return (uint8_t)(about ? ask_folded(node, scan->book->names.items[entities->folded[entity]])
                           : NO);
}

/* Names lie in memory in the order of entities: once many were asked for here and there, it is
 * quicker to go through all of them. */
static uint8_t look_up_entity(const struct cord_alert_scan *scan,
                              const struct cord_query_node *node, struct table *table,
                              uint32_t entity)
{
    enum { SHARE = 32 };
    if (table->asked++ == table->size / SHARE && !scan->listed) {
        for (size_t i = 0; i < table->size; i++) {
            table->answers[i] = ask_entity(scan, node, table, i);
        }
    } else {
        table->answers[entity] = ask_entity(scan, node, table, entity);
    }
    return table->answers[entity];
}

/* Not among those that the table has an answer for. */
static cord_status look_up(struct cord_alert_query *query, const struct cord_alert_scan *scan,
                           const struct cord_query_node *node, struct table *table, uint64_t value,
                           enum answered *ret_answer)
{
    cord_status status = ask(query, scan, node, table->column, value, ret_answer);
    if (status == CORD_OK && table->rule_too && *ret_answer != YES) {
        enum answered other = NO;
        status = ask(query, scan, node, CORD_ALERT_COLUMN_RULE, value, &other);
        bool unknown = other != YES && (other == UNKNOWN || *ret_answer == UNKNOWN);
        *ret_answer = unknown ? UNKNOWN : other;
    }
    if (value < table->size) {
        table->answers[value] = (uint8_t)*ret_answer;
    }
    return status;
}

static void entity_bits(const struct cord_alert_scan *scan, const struct cord_query_node *node,
                        struct table *table, uint64_t among, struct bits *bits)
{
    for (unsigned place; (place = cord_alert_book_scan_take(&among)) < CORD_ALERT_BLOCK;) {
        uint32_t entity = scan->hot[place].entity;
        uint8_t answer = table->answers[entity];
        if (answer == UNASKED) {
            answer = look_up_entity(scan, node, table, entity);
        }
        bits->yes |= (uint64_t)(answer == YES) << place;
    }
}

/* Answers that are known already of versions, organisations or statuses; returns those that are
 * not, so that few blocks take the long way. */
static uint64_t known_bits(const struct cord_alert_scan *scan, const struct table *table,
                           uint64_t among, struct bits *bits)
{
    const struct cord_alert_hot *hot = scan->hot;
    const uint32_t *organisations = scan->book->entities.organisation;
    bool by_version =
        table->column >= CORD_ALERT_COLUMN_RULE && table->column <= CORD_ALERT_COLUMN_TACTIC;
    bool by_org =
        table->column == CORD_ALERT_COLUMN_ORG || table->column == CORD_ALERT_COLUMN_REGION;
    uint64_t rest = 0;
    uint64_t yes = 0;
    bool by_mark = table->column == CORD_ALERT_COLUMN_SUPPRESSED;
    if (!by_version && !by_org && !by_mark && table->column != CORD_ALERT_COLUMN_STATUS) {
        return among;
    }
    for (unsigned place; (place = cord_alert_book_scan_take(&among)) < CORD_ALERT_BLOCK;) {
        uint32_t value = by_version ? hot[place].rule
                         : by_org   ? organisations[hot[place].entity]
                         : by_mark  ? (hot[place].marks & CORD_ALERT_SUPPRESSED) != 0
                                    : hot[place].status;
        uint8_t answer = table->answers[value];
        yes |= (uint64_t)(answer == YES) << place;
        rest |= (uint64_t)(answer == UNASKED || answer == UNKNOWN) << place;
    }
    bits->yes |= yes;
    return rest;
}

static cord_status table_bits(struct cord_alert_query *query, const struct cord_alert_scan *scan,
                              const struct cord_query_node *node, struct table *table,
                              uint64_t among, struct bits *bits)
{
    cord_status status = CORD_OK;
    among = known_bits(scan, table, among, bits);
    for (unsigned place;
         status == CORD_OK && (place = cord_alert_book_scan_take(&among)) < CORD_ALERT_BLOCK;) {
        uint64_t value = cord_alert_book_column_at(scan, table->column, place);
        enum answered answer = value < table->size ? (enum answered)table->answers[value] : UNASKED;
        if (answer == UNASKED) {
            status = look_up(query, scan, node, table, value, &answer);
        }
        bits->yes |= (uint64_t)(answer == YES) << place;
        bits->unknown |= (uint64_t)(answer == UNKNOWN) << place;
    }
    return status;
}

static cord_status leaf_bits(struct cord_alert_query *query, const struct cord_alert_scan *scan,
                             const struct cord_query_node *node, uint64_t among,
                             struct bits *ret_bits)
{
    struct leaf *leaf = &query->leaves[node->number];
    cord_status status = CORD_OK;
    struct bits bits = {0, 0};
    for (size_t i = 0; i < leaf->table_count && status == CORD_OK; i++) {
        struct table *table = &leaf->tables[i];
        if (table->folded) {
            entity_bits(scan, node, table, among & ~bits.yes, &bits);
        } else {
            status = table_bits(query, scan, node, table, among & ~bits.yes, &bits);
        }
    }
    uint64_t rest = leaf->is_id ? among & ~bits.yes : 0;
    for (unsigned place; (place = cord_alert_book_scan_take(&rest)) < CORD_ALERT_BLOCK;) {
        uint64_t number = scan->book->links[cord_alert_book_scan_alert(scan, place)].number;
        bits.yes |= (uint64_t)(number == leaf->id) << place;
    }
    bits.unknown &= ~bits.yes;
    *ret_bits = bits;
    return status;
}

/* --- the tree --- */

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the parser */
static cord_status evaluate(struct cord_alert_query *query, const struct cord_alert_scan *scan,
                            const struct cord_query_node *node, uint64_t among,
                            struct bits *ret_bits)
{
    cord_status status = CORD_OK;
    if (node->op == CORD_QUERY_ALL) {
        *ret_bits = (struct bits){among, 0};
        return CORD_OK;
    }
    if (node->child_count == 0) {
        return leaf_bits(query, scan, node, among, ret_bits);
    }
    bool is_or = node->op == CORD_QUERY_OR;
    struct bits all = {is_or ? 0 : among, 0};
    for (size_t i = 0; i < node->child_count && status == CORD_OK; i++) {
        uint64_t open = is_or ? among & ~all.yes : all.yes | all.unknown;
        struct bits one = {0, 0};
        if (open == 0) {
            break;
        }
        status = evaluate(query, scan, node->children[i], open, &one);
        if (is_or) {
            all.yes |= one.yes;
            all.unknown = (all.unknown | one.unknown) & ~all.yes;
        } else {
            uint64_t maybe = open & (one.yes | one.unknown);
            all.yes &= one.yes;
            all.unknown = maybe & ~all.yes;
        }
    }
    if (node->op == CORD_QUERY_NOT) {
        all.yes = among & ~(all.yes | all.unknown);
    }
    *ret_bits = all;
    return status;
}

cord_status cord_alert_book_query_block(struct cord_alert_query *query,
                                        const struct cord_alert_scan *scan, uint64_t among,
                                        uint64_t *ret_chosen)
{
    struct bits bits = {0, 0};
    cord_status status = evaluate(query, scan, cord_query_condition(query->query), among, &bits);
    *ret_chosen = bits.yes | bits.unknown;
    return status;
}
