/*
 * query_rule.c: see query_rule.h.
 *
 * First the query becomes a tree of what can be said; what cannot is noted and taken out of its
 * AND or OR. Then the tree is laid out: what one search identifier can hold goes into one, the rest
 * is the condition's.
 */
#include "detect/query_rule.h"

#include "base/utf8.h"

enum { TEXT_BYTES_MAX = 1 << 20, DETECTION_BYTES_MAX = 512 << 10, CONDITION_BYTES_MAX = 60 << 10 };

enum kind { AND, OR, NOT, TERM };

/* One key with its value, as YAML has them; key ptr NULL: a keyword. */
struct item {
    enum kind kind;
    struct item **children;
    size_t child_count;
    cord_str key;
    cord_str value;
};

struct drafting {
    const struct cord_query_rule_ask *ask;
    struct cord_arena *arena;
    struct cord_query_rule_note *notes;
    struct cord_query_rule *rule;
    struct cord_buf detection; /* search identifiers */
    size_t selections;
    size_t filters;
    size_t keywords;
    bool failed; /* the arena is full */
};

/* --- notes --- */

static cord_str kept(struct drafting *drafting, cord_str text)
{
    cord_str copy = cord_arena_copy(drafting->arena, text);
    drafting->failed = drafting->failed || !copy.ptr;
    return copy.ptr ? copy : CORD_STR("");
}

static void note(struct drafting *drafting, size_t column, cord_str term, const char *why,
                 bool stays)
{
    struct cord_query_rule *rule = drafting->rule;
    if (rule->note_count == CORD_QUERY_RULE_NOTES_MAX) {
        rule->notes_more++;
        return;
    }
    drafting->notes[rule->note_count++] =
        (struct cord_query_rule_note){column, kept(drafting, term), why, stays};
}

static void note_node(struct drafting *drafting, const struct cord_query_node *node,
                      const char *why, bool stays)
{
    struct cord_buf text;
    cord_buf_init(&text, (size_t)CORD_QUERY_BYTES_MAX * 4);
    cord_query_print_condition(node, &text);
    drafting->failed = drafting->failed || text.failed;
    note(drafting, node->column, cord_buf_str(&text), why, stays);
    cord_buf_done(&text);
}

/* --- scalars --- */

/* What YAML 1.1 does not take as it is (5.1, 5.4): it is written as an escape. */
static bool is_printable(uint32_t code)
{
    return code == '\t' || (code >= 0x20 && code < 0x7f) || (code >= 0xa0 && code < 0x2028) ||
           (code > 0x2029 && code < 0xd800) || (code >= 0xe000 && code < 0xfeff) ||
           (code > 0xfeff && code < 0xfffe) || (code >= 0x10000 && code <= CORD_UTF8_CODE_MAX);
}

static bool is_plain(cord_str text)
{
    bool plain = true;
    for (size_t at = 0; at < text.len && plain;) {
        uint32_t code = 0;
        at += cord_utf8_decode(text, at, &code);
        plain = is_printable(code) && code != '\t';
    }
    return plain;
}

static void put_escaped(struct cord_buf *out, cord_str text)
{
    cord_buf_put_char(out, '"');
    for (size_t at = 0; at < text.len;) {
        uint32_t code = 0;
        at += cord_utf8_decode(text, at, &code);
        if (code == '"' || code == '\\') {
            cord_buf_put_char(out, '\\');
            cord_buf_put_char(out, (char)code);
        } else if (is_printable(code)) {
            cord_utf8_put(out, code);
        } else if (code > CORD_UTF8_CODE_MAX) {
            cord_utf8_put(out, CORD_UTF8_REPLACEMENT);
        } else {
            cord_buf_printf(out, "\\U%08x", code);
        }
    }
    cord_buf_put_char(out, '"');
}

/* A text in quotes: single ones, in which all stands for itself, unless escapes are needed. */
static void put_quoted(struct cord_buf *out, cord_str text)
{
    if (!is_plain(text)) {
        put_escaped(out, text);
        return;
    }
    cord_buf_put_char(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        cord_buf_put_text(out, text.ptr[i] == '\'' ? "'" : "");
        cord_buf_put_char(out, text.ptr[i]);
    }
    cord_buf_put_char(out, '\'');
}

static bool is_word(cord_str text)
{
    bool word = text.len > 0 && ((text.ptr[0] | 0x20) >= 'a' && (text.ptr[0] | 0x20) <= 'z');
    for (size_t i = 0; i < text.len && word; i++) {
        char c = text.ptr[i];
        word = ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || cord_str_is_digit(c) || c == '_' ||
               c == '.' || c == '|' || c == '-';
    }
    return word;
}

static void put_key(struct cord_buf *out, cord_str key)
{
    if (is_word(key)) {
        cord_buf_put(out, key);
    } else {
        put_quoted(out, key);
    }
}

/* A whole number as it is written in rules: YAML and people read it alike. */
static bool is_whole(cord_str text)
{
    bool whole = text.len > 0 && text.len <= 15 && (text.len == 1 || text.ptr[0] != '0');
    for (size_t i = 0; i < text.len && whole; i++) {
        whole = cord_str_is_digit(text.ptr[i]);
    }
    return whole;
}

static bool is_decimal(cord_str text)
{
    size_t at = text.len > 0 && text.ptr[0] == '-' ? 1 : 0;
    size_t point = cord_str_find_char(text, '.', at);
    cord_str whole = cord_str_slice(text, at, (point == SIZE_MAX ? text.len : point) - at);
    cord_str rest = point == SIZE_MAX ? CORD_STR("0") : cord_str_from_byte(text, point + 1);
    bool digits = rest.len > 0 && rest.len <= 15;
    for (size_t i = 0; i < rest.len && digits; i++) {
        digits = cord_str_is_digit(rest.ptr[i]);
    }
    return digits && is_whole(whole);
}

/* --- values --- */

/* With the backslashes that keep a text one: before what would be a wildcard, and before a
 * backslash that would be read as the escape of what follows. */
static void put_pattern(struct cord_buf *out, cord_str text, bool wild)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        char next = i + 1 < text.len ? text.ptr[i + 1] : '\0';
        bool special = c == '*' || c == '?';
        if ((special && !wild) || (c == '\\' && (next == '*' || next == '?' || next == '\\'))) {
            cord_buf_put_char(out, '\\');
        }
        cord_buf_put_char(out, c);
    }
}

static cord_str take(struct drafting *drafting, struct cord_buf *buf)
{
    cord_str text = kept(drafting, cord_buf_str(buf));
    drafting->failed = drafting->failed || buf->failed;
    cord_buf_done(buf);
    return text;
}

static cord_str quoted(struct drafting *drafting, cord_str text)
{
    struct cord_buf out;
    cord_buf_init(&out, TEXT_BYTES_MAX);
    put_quoted(&out, text);
    return take(drafting, &out);
}

static cord_str pattern(struct drafting *drafting, cord_str text, bool wild)
{
    struct cord_buf out;
    cord_buf_init(&out, TEXT_BYTES_MAX);
    put_pattern(&out, text, wild);
    cord_str escaped = take(drafting, &out);
    return quoted(drafting, escaped);
}

static struct item *new_item(struct drafting *drafting, enum kind kind, size_t children)
{
    struct item *item = cord_arena_zalloc(drafting->arena, 1, sizeof *item);
    if (item && children > 0) {
        item->children = cord_arena_alloc(drafting->arena, children * sizeof(struct item *));
    }
    if (!item || (children > 0 && !item->children)) {
        drafting->failed = true;
        return NULL;
    }
    item->kind = kind;
    return item;
}

static struct item *term(struct drafting *drafting, cord_str field, const char *modifiers,
                         cord_str value)
{
    struct item *item = new_item(drafting, TERM, 0);
    if (item && (field.len > 0 || modifiers[0] != '\0')) {
        item->key = cord_arena_printf(drafting->arena, "%.*s%s", CORD_STR_ARG(field), modifiers);
        drafting->failed = drafting->failed || !item->key.ptr;
    }
    if (item) {
        item->value = value;
    }
    return item;
}

/* --- fields --- */

static const char *why_not_ours(enum cord_query_builtin builtin)
{
    switch (builtin) {
    case CORD_QUERY_FIELD_TIME:
    case CORD_QUERY_FIELD_RECEIVED:
        return "a rule holds at any time: a trial and a hunt are of a time";
    case CORD_QUERY_FIELD_ORG:
        return "a rule is in force for all organisations: a trial and a suppression are of one";
    case CORD_QUERY_FIELD_SOURCE:
    case CORD_QUERY_FIELD_FORMAT:
        return "a rule does not know by which source or in which form an event came";
    case CORD_QUERY_FIELD_CLASS:
        return "a rule says it with its log source";
    case CORD_QUERY_FIELD_ID:
        return "it is one event's";
    case CORD_QUERY_FIELD_RAW:
        return "a rule has no field for the record: search without a field";
    case CORD_QUERY_FIELD_HOST:
    case CORD_QUERY_FIELD_USER:
        return "which field says so depends on the source: name that field";
    case CORD_QUERY_FIELD_OWN:
        break;
    }
    return NULL;
}

/* The field as a rule names it; NULL and why. */
static const char *find_field(const struct drafting *drafting, const struct cord_query_field *field,
                              cord_str *ret_name)
{
    *ret_name = field->name;
    if (field->text.len == 0) {
        *ret_name = CORD_STR("");
        return NULL;
    }
    if (field->builtin == CORD_QUERY_FIELD_HOST && drafting->ask->host.len > 0) {
        *ret_name = drafting->ask->host;
    } else if (field->builtin == CORD_QUERY_FIELD_USER && drafting->ask->user.len > 0) {
        *ret_name = drafting->ask->user;
    } else if (field->builtin != CORD_QUERY_FIELD_OWN) {
        return why_not_ours(field->builtin);
    }
    if (field->index_count > 0) {
        return "a rule cannot choose one member of a list";
    }
    if (cord_str_find_char(*ret_name, '|', 0) != SIZE_MAX || cord_str_trim(*ret_name).len == 0) {
        return "no rule can name this field";
    }
    return NULL;
}

/* --- leaves --- */

/* '*' at its ends are modifiers, when none is within. */
static struct item *like(struct drafting *drafting, cord_str field, cord_str text)
{
    bool front = text.len > 1 && text.ptr[0] == '*';
    bool back = text.len > (front ? 2 : 1) && text.ptr[text.len - 1] == '*';
    cord_str inside =
        cord_str_slice(text, front ? 1 : 0, text.len - (front ? 1 : 0) - (back ? 1 : 0));
    bool wild = cord_str_find_char(inside, '*', 0) != SIZE_MAX ||
                cord_str_find_char(inside, '?', 0) != SIZE_MAX;
    if (field.len == 0) {
        /* A keyword is anywhere as it is: '*' at its ends say nothing more. */
        return term(drafting, field, "", pattern(drafting, inside, true));
    }
    if (wild || (!front && !back)) {
        return term(drafting, field, "", pattern(drafting, text, true));
    }
    return term(drafting, field,
                front && back ? "|contains"
                : front       ? "|endswith"
                              : "|startswith",
                pattern(drafting, inside, false));
}

static struct item *compare(struct drafting *drafting, const struct cord_query_node *node,
                            cord_str field)
{
    struct item *both = new_item(drafting, AND, 2);
    if (node->order != CORD_QUERY_AS_NUMBER || (node->low.present && !is_decimal(node->low.text)) ||
        (node->high.present && !is_decimal(node->high.text))) {
        note_node(drafting, node,
                  node->order == CORD_QUERY_AS_NUMBER ? "write the number in plain decimals"
                                                      : "a rule compares numbers only",
                  false);
        return NULL;
    }
    if (both && node->low.present) {
        both->children[both->child_count++] =
            term(drafting, field, node->low.open ? "|gt" : "|gte", kept(drafting, node->low.text));
    }
    if (both && node->high.present) {
        both->children[both->child_count++] = term(
            drafting, field, node->high.open ? "|lt" : "|lte", kept(drafting, node->high.text));
    }
    return both && both->child_count == 1 ? both->children[0] : both;
}

static struct item *leaf(struct drafting *drafting, const struct cord_query_node *node)
{
    cord_str field;
    const char *why = find_field(drafting, &node->field, &field);
    if (!why && field.len == 0 && node->op == CORD_QUERY_CIDR) {
        why = "a rule wants the field that holds the address";
    }
    if (why) {
        note_node(drafting, node, why, false);
        return NULL;
    }
    switch (node->op) {
    case CORD_QUERY_TEXT:
        return term(drafting, CORD_STR(""), "", pattern(drafting, node->text, false));
    case CORD_QUERY_EQUAL:
        return term(drafting, field, "",
                    is_whole(node->text) ? kept(drafting, node->text)
                                         : pattern(drafting, node->text, false));
    case CORD_QUERY_LIKE:
        return like(drafting, field, node->text);
    case CORD_QUERY_REGEX:
        return term(drafting, field, node->caseless ? "|re|i" : "|re",
                    quoted(drafting, node->text));
    case CORD_QUERY_CIDR:
        return term(drafting, field, "|cidr", quoted(drafting, node->text));
    case CORD_QUERY_COMPARE:
        return compare(drafting, node, field);
    case CORD_QUERY_EXISTS:
        note_node(drafting, node, "to a rule a value that is null is there, too", true);
        return term(drafting, field, "|exists", CORD_STR("true"));
    case CORD_QUERY_ALL:
    case CORD_QUERY_AND:
    case CORD_QUERY_OR:
    case CORD_QUERY_NOT:
        break;
    }
    return NULL;
}

/* --- the tree --- */

static void adopt(struct item *parent, struct item *child)
{
    for (size_t i = 0; child->kind == parent->kind && i < child->child_count; i++) {
        parent->children[parent->child_count++] = child->children[i];
    }
    if (child->kind != parent->kind) {
        parent->children[parent->child_count++] = child;
    }
}

/* How many children a node has when those of its own kind are taken for theirs. */
static size_t width(const struct item *const *children, size_t count, enum kind kind)
{
    size_t wide = 0;
    for (size_t i = 0; i < count; i++) {
        wide += !children[i] ? 0 : children[i]->kind == kind ? children[i]->child_count : 1;
    }
    return wide;
}

/* NULL: nothing of it can be said. */
/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the query's reader */
static struct item *said(struct drafting *drafting, const struct cord_query_node *node)
{
    if (node->op == CORD_QUERY_ALL) {
        note_node(drafting, node, "a rule that every event matches is none", false);
        return NULL;
    }
    if (node->op != CORD_QUERY_AND && node->op != CORD_QUERY_OR && node->op != CORD_QUERY_NOT) {
        return leaf(drafting, node);
    }
    enum kind kind = node->op == CORD_QUERY_AND ? AND : node->op == CORD_QUERY_OR ? OR : NOT;
    struct item **children =
        cord_arena_zalloc(drafting->arena, node->child_count + 1, sizeof *children);
    drafting->failed = drafting->failed || !children;
    for (size_t i = 0; children && i < node->child_count; i++) {
        children[i] = said(drafting, node->children[i]);
    }
    size_t wide =
        children ? width((const struct item *const *)children, node->child_count, kind) : 0;
    if (wide == 0) {
        return NULL;
    }
    struct item *item = new_item(drafting, kind, wide);
    for (size_t i = 0; item && i < node->child_count; i++) {
        if (children[i] && kind == NOT) {
            item->children[item->child_count++] = children[i];
        } else if (children[i]) {
            adopt(item, children[i]);
        }
    }
    return item && item->child_count == 1 && kind != NOT ? item->children[0] : item;
}

/* --- laid out --- */

static bool is_keyword(const struct item *item)
{
    return item->kind == TERM && !item->key.ptr;
}

/* One key with one or several values. */
static bool is_pair(const struct item *item)
{
    if (item->kind == TERM) {
        return item->key.ptr != NULL;
    }
    bool same = item->kind == OR && item->children[0]->kind == TERM && item->children[0]->key.ptr;
    for (size_t i = 1; same && i < item->child_count; i++) {
        const struct item *child = item->children[i];
        same = child->kind == TERM && child->key.ptr &&
               cord_str_eq(child->key, item->children[0]->key);
    }
    return same;
}

static cord_str key_of(const struct item *pair)
{
    return pair->kind == TERM ? pair->key : pair->children[0]->key;
}

/* `exists` takes one value, and a list of numbers to compare with is none. */
static bool has_key(const struct item *map, size_t count, cord_str key)
{
    for (size_t i = 0; i < count; i++) {
        if (cord_str_eq_fold(key_of(map->children[i]), key)) {
            return true;
        }
    }
    return false;
}

/* A map: pairs of different keys. */
static bool is_map(const struct item *item)
{
    bool map = item->kind == AND;
    for (size_t i = 0; map && i < item->child_count; i++) {
        map = is_pair(item->children[i]) && !has_key(item, i, key_of(item->children[i]));
    }
    return map || is_pair(item);
}

static void put_pair(struct cord_buf *out, const struct item *pair, const char *indent)
{
    put_key(out, key_of(pair));
    if (pair->kind == TERM) {
        cord_buf_put_text(out, ": ");
        cord_buf_put(out, pair->value);
        cord_buf_put_char(out, '\n');
        return;
    }
    cord_buf_put_text(out, ":\n");
    for (size_t i = 0; i < pair->child_count; i++) {
        cord_buf_printf(out, "%s    - ", indent);
        cord_buf_put(out, pair->children[i]->value);
        cord_buf_put_char(out, '\n');
    }
}

static void put_map(struct cord_buf *out, const struct item *map, const char *first,
                    const char *indent)
{
    size_t count = is_pair(map) ? 1 : map->child_count;
    for (size_t i = 0; i < count; i++) {
        cord_buf_put_text(out, i == 0 ? first : indent);
        put_pair(out, is_pair(map) ? map : map->children[i], indent);
    }
}

/* "selection", "selection_2": begun in the detection, and named in the condition. */
static void begin(struct drafting *drafting, const char *word, size_t *count,
                  struct cord_buf *condition)
{
    char name[32];
    struct cord_buf text;
    ++*count;
    cord_buf_init(&text, sizeof name);
    cord_buf_put_text(&text, word);
    if (*count > 1) {
        cord_buf_printf(&text, "_%zu", *count);
    }
    cord_buf_put(condition, cord_buf_str(&text));
    cord_buf_printf(&drafting->detection, "    %.*s:\n", CORD_STR_ARG(cord_buf_str(&text)));
    drafting->failed = drafting->failed || text.failed;
    cord_buf_done(&text);
}

static void begin_fields(struct drafting *drafting, bool negated, struct cord_buf *condition)
{
    begin(drafting, negated ? "filter" : "selection",
          negated ? &drafting->filters : &drafting->selections, condition);
}

/* What one search identifier can hold. */
static bool put_whole(struct drafting *drafting, const struct item *item, bool negated,
                      struct cord_buf *condition)
{
    struct cord_buf *out = &drafting->detection;
    bool keywords = is_keyword(item) || item->kind == OR;
    bool maps = item->kind == OR;
    for (size_t i = 0; item->kind == OR && i < item->child_count; i++) {
        keywords = keywords && is_keyword(item->children[i]);
        maps = maps && is_map(item->children[i]);
    }
    if (is_map(item)) {
        begin_fields(drafting, negated, condition);
        put_map(out, item, "        ", "        ");
    } else if (keywords) {
        size_t count = item->kind == OR ? item->child_count : 1;
        begin(drafting, "keywords", &drafting->keywords, condition);
        for (size_t i = 0; i < count; i++) {
            cord_buf_put_text(out, "        - ");
            cord_buf_put(out, (item->kind == OR ? item->children[i] : item)->value);
            cord_buf_put_char(out, '\n');
        }
    } else if (maps) {
        begin_fields(drafting, negated, condition);
        for (size_t i = 0; i < item->child_count; i++) {
            put_map(out, item->children[i], "        - ", "          ");
        }
    }
    return is_map(item) || keywords || maps;
}

static void put_condition(struct drafting *drafting, const struct item *item, bool negated,
                          struct cord_buf *condition);

/* Of an AND: the pairs that fit into one map together. */
static size_t gather(struct drafting *drafting, const struct item *item, struct item **ret_map)
{
    struct item *map = new_item(drafting, AND, item->child_count);
    for (size_t i = 0; map && i < item->child_count; i++) {
        struct item *child = item->children[i];
        if (is_pair(child) && !has_key(map, map->child_count, key_of(child))) {
            map->children[map->child_count++] = child;
        }
    }
    *ret_map = map;
    return map ? map->child_count : 0;
}

static bool is_child(const struct item *map, const struct item *child)
{
    for (size_t i = 0; i < map->child_count; i++) {
        if (map->children[i] == child) {
            return true;
        }
    }
    return false;
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the query's reader */
static void put_parts(struct drafting *drafting, const struct item *item, bool negated,
                      struct cord_buf *condition)
{
    struct item *map = NULL;
    bool first = true;
    if (item->kind == AND && gather(drafting, item, &map) > 0) {
        (void)put_whole(drafting, map, negated, condition);
        first = false;
    }
    for (size_t i = 0; i < item->child_count; i++) {
        const struct item *child = item->children[i];
        if (map && is_child(map, child)) {
            continue;
        }
        cord_buf_put_text(condition, first ? "" : item->kind == AND ? " and " : " or ");
        first = false;
        put_condition(drafting, child, negated, condition);
    }
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the query's reader */
static void put_condition(struct drafting *drafting, const struct item *item, bool negated,
                          struct cord_buf *condition)
{
    if (item->kind == NOT) {
        cord_buf_put_text(condition, "not ");
        put_condition(drafting, item->children[0], !negated, condition);
        return;
    }
    if (put_whole(drafting, item, negated, condition)) {
        return;
    }
    cord_buf_put_char(condition, '(');
    put_parts(drafting, item, negated, condition);
    cord_buf_put_char(condition, ')');
}

/* The outermost needs no parentheses. */
static void put_root(struct drafting *drafting, const struct item *root, struct cord_buf *condition)
{
    if (root->kind == NOT || put_whole(drafting, root, false, condition)) {
        if (root->kind == NOT) {
            put_condition(drafting, root, false, condition);
        }
        return;
    }
    put_parts(drafting, root, false, condition);
}

/* --- around it --- */

static void put_line(struct cord_buf *out, const char *name, cord_str text)
{
    if (text.len > 0) {
        cord_buf_printf(out, "%s: ", name);
        put_quoted(out, text);
        cord_buf_put_char(out, '\n');
    }
}

/* The first of what a class names: "windows/process_creation,image_load/sysmon". A category says
 * more than the service that it came by. */
static void put_logsource(struct drafting *drafting, struct cord_buf *out)
{
    cord_str rest = drafting->ask->event_class;
    cord_str parts[3] = {{0}};
    for (size_t i = 0; i < 3 && cord_str_cut(&rest, '/', &parts[i]); i++) {
        cord_str words = parts[i];
        (void)cord_str_cut(&words, ',', &parts[i]);
    }
    static const char *const names[] = {"product", "category", "service"};
    bool any = false;
    cord_buf_put_text(out, "logsource:\n");
    for (size_t i = 0; i < 3; i++) {
        if ((i < 2 || parts[1].len == 0) && parts[i].len > 0) {
            cord_buf_printf(out, "    %s: ", names[i]);
            put_quoted(out, parts[i]);
            cord_buf_put_char(out, '\n');
            any = true;
        }
    }
    if (!any) {
        cord_buf_put_text(out, "    category: 'unknown'\n");
        note(drafting, 1, CORD_STR("*"),
             "the class of the events is not known: say which log source the rule is for", true);
    }
}

/* Each stage of the pipeline is about many events. */
static void note_stages(struct drafting *drafting)
{
    static const char *const verbs[] = {"count", "timeline", "top",  "distinct", "stats",
                                        "first", "last",     "sort", "fields",   "head"};
    size_t count = 0;
    const struct cord_query_stage *stages = cord_query_stages(drafting->ask->query, &count);
    for (size_t i = 0; i < count; i++) {
        cord_str verb = cord_str_from(verbs[stages[i].verb]);
        cord_str text = cord_arena_printf(drafting->arena, "| %.*s", CORD_STR_ARG(verb));
        note(drafting, stages[i].column, text.ptr ? text : verb,
             stages[i].verb <= CORD_QUERY_STATS
                 ? "a rule is about one event: what counts several is a correlation, to be written "
                   "beside it"
                 : "a rule finds events and shows nothing",
             false);
    }
}

static void put_notes(const struct drafting *drafting, struct cord_buf *out)
{
    for (size_t i = 0; i < drafting->rule->note_count; i++) {
        const struct cord_query_rule_note *at = &drafting->notes[i];
        cord_buf_printf(out, "# %s, column %zu: ", at->kept ? "Not quite as asked" : "Left out",
                        at->column);
        for (size_t k = 0; k < at->term.len;) {
            uint32_t code = 0;
            k += cord_utf8_decode(at->term, k, &code);
            cord_utf8_put(out, is_printable(code) && code != '\t' ? code : ' ');
        }
        cord_buf_printf(out, " (%s)\n", at->why);
    }
    if (drafting->rule->notes_more > 0) {
        cord_buf_printf(out, "# and %zu more\n", drafting->rule->notes_more);
    }
}

static void put_rule(struct drafting *drafting, const struct cord_buf *condition,
                     struct cord_buf *out)
{
    const struct cord_query_rule_ask *ask = drafting->ask;
    struct cord_buf logsource;
    cord_buf_init(&logsource, TEXT_BYTES_MAX);
    put_logsource(drafting, &logsource);
    put_notes(drafting, out);
    put_line(out, "title", ask->title);
    put_line(out, "id", ask->id);
    cord_buf_put_text(out, "status: experimental\n");
    cord_buf_put_text(out, "description: ");
    struct cord_buf text;
    cord_buf_init(&text, CORD_QUERY_BYTES_MAX + 64);
    cord_buf_put_text(&text, "Drafted from the query: ");
    cord_buf_put(&text, ask->text);
    put_quoted(out, cord_buf_str(&text));
    out->failed = out->failed || text.failed || logsource.failed;
    cord_buf_done(&text);
    cord_buf_put_char(out, '\n');
    put_line(out, "author", ask->author);
    put_line(out, "date", ask->date);
    cord_buf_put(out, cord_buf_str(&logsource));
    cord_buf_done(&logsource);
    cord_buf_put_text(out, "detection:\n");
    cord_buf_put(out, cord_buf_str(&drafting->detection));
    cord_buf_put_text(out, "    condition: ");
    cord_buf_put(out, cord_buf_str(condition));
    cord_buf_put_text(out, "\nfalsepositives:\n    - 'Unknown'\n");
    cord_buf_printf(out, "level: %.*s\n", CORD_STR_ARG(ask->level));
}

static cord_status draft(struct drafting *drafting)
{
    struct cord_buf condition;
    struct cord_buf out;
    struct item *root = said(drafting, cord_query_condition(drafting->ask->query));
    note_stages(drafting);
    drafting->rule->text = CORD_STR("");
    if (!root || drafting->failed) {
        return drafting->failed ? cord_arena_failure(drafting->arena) : CORD_OK;
    }
    cord_buf_init(&condition, CONDITION_BYTES_MAX);
    cord_buf_init(&out, TEXT_BYTES_MAX);
    cord_buf_init(&drafting->detection, DETECTION_BYTES_MAX);
    put_root(drafting, root, &condition);
    put_rule(drafting, &condition, &out);
    bool full = condition.failed || out.failed || drafting->detection.failed;
    cord_buf_done(&drafting->detection);
    cord_buf_done(&condition);
    drafting->rule->text = full ? CORD_STR("") : kept(drafting, cord_buf_str(&out));
    cord_buf_done(&out);
    return full ? CORD_E_LIMIT : drafting->failed ? cord_arena_failure(drafting->arena) : CORD_OK;
}

cord_status cord_query_rule_write(const struct cord_query_rule_ask *ask, struct cord_arena *arena,
                                  struct cord_query_rule *ret_rule)
{
    struct drafting drafting = {.ask = ask, .arena = arena, .rule = ret_rule};
    *ret_rule = (struct cord_query_rule){.text = CORD_STR("")};
    if (!cord_utf8_is_valid(ask->text)) {
        return CORD_OK; /* YAML has no word for such bytes: two names would become one */
    }
    drafting.notes = cord_arena_alloc(arena, CORD_QUERY_RULE_NOTES_MAX * sizeof *drafting.notes);
    if (!drafting.notes) {
        return cord_arena_failure(arena);
    }
    ret_rule->notes = drafting.notes;
    return draft(&drafting);
}
