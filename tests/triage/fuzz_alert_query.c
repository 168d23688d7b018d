/* fuzz_alert_query.c: a query by blocks of alerts answers as one that looks at each alert by
 * itself.
 *
 * The first byte says how long the query is; the rest makes the alerts.
 */
#include "kit/make_alerts.h"

#include "evidence/query_test.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

struct rows {
    struct cord_query_test *test;
    const struct cord_query_node *root;
    uint64_t matched;
    bool failed;
};

static enum cord_query_answer one(struct rows *rows, const struct cord_query_node *node,
                                  enum cord_value_kind kind, cord_str text)
{
    enum cord_query_answer answer = CORD_QUERY_NO;
    if (text.len > 0 &&
        cord_query_test_value(rows->test, node, kind, 0, text, &answer) != CORD_OK) {
        rows->failed = true;
    }
    return answer;
}

static enum cord_query_answer number(struct rows *rows, const struct cord_query_node *node,
                                     uint64_t value)
{
    char text[32];
    int len = snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    return one(rows, node, CORD_VALUE_NUMBER, (cord_str){text, (size_t)len});
}

static enum cord_query_answer when(struct rows *rows, const struct cord_query_node *node,
                                   int64_t ns)
{
    char text[CORD_TIMESTAMP_TEXT];
    return one(rows, node, CORD_VALUE_TEXT, cord_timestamp_format(ns, text));
}

/* "attack.t1003" is the technique "T1003", "attack.Lateral_Movement" the tactic. */
static enum cord_query_answer tags(struct rows *rows, const struct cord_query_node *node,
                                   const struct cord_alert *alert, cord_str name)
{
    enum cord_query_answer answer = CORD_QUERY_NO;
    for (size_t i = 0; i < alert->tag_count; i++) {
        char text[64];
        cord_str tag = alert->tags[i];
        bool technique = tag.len > 8 && cord_str_starts_fold(tag, CORD_STR("attack.t")) &&
                         cord_str_is_digit(tag.ptr[8]);
        if (cord_str_eq_fold(name, CORD_STR("tag"))) {
            answer = cord_query_test_or(answer, one(rows, node, CORD_VALUE_TEXT, tag));
            continue;
        }
        if (cord_str_eq_fold(name, CORD_STR("technique")) ? !technique
                                                          : cord_rule_about_tactic(tag) < 0) {
            continue;
        }
        cord_str rest = cord_str_from_byte(tag, 7);
        assert(rest.len < sizeof text);
        for (size_t at = 0; at < rest.len; at++) {
            char c = cord_str_lower_char(rest.ptr[at]);
            text[at] = technique && at == 0 ? 'T' : c == '_' ? '-' : c;
        }
        answer = cord_query_test_or(answer,
                                    one(rows, node, CORD_VALUE_TEXT, (cord_str){text, rest.len}));
    }
    return answer;
}

static enum cord_query_answer text_field(struct rows *rows, const struct cord_query_node *node,
                                         const struct cord_alert *alert, cord_str name)
{
    const struct {
        const char *name;
        cord_str text;
    } texts[] = {
        {"id", alert->id},
        {"severity", cord_str_from(cord_rule_about_level(alert->level))},
        {"status", cord_str_from(cord_alert_status_name(alert->status))},
        {"reason", cord_str_from(cord_alert_reason_name(alert->reason))},
        {"owner", alert->owner},
        {"rule", alert->rule},
        {"title", alert->title},
        {"author", alert->author},
        {"org", alert->organisation},
        {"region", alert->region},
        {"host", alert->entity_kind == CORD_ALERT_HOST ? alert->entity : CORD_STR("")},
        {"user", alert->entity_kind == CORD_ALERT_USER ? alert->entity : CORD_STR("")},
        {"address", alert->entity_kind == CORD_ALERT_ADDRESS ? alert->entity : CORD_STR("")},
        {"entity", alert->entity},
        {"kind", cord_str_from(cord_alert_entity_name(alert->entity_kind))},
        {"criticality", cord_str_from(cord_alert_criticality_name(alert->criticality))},
        {"care", alert->care},
        {"cluster", alert->cluster},
        {"incident", alert->incident},
        {"suppressed", alert->suppressed ? CORD_STR("true") : CORD_STR("false")},
        {"manual", alert->manual ? CORD_STR("true") : CORD_STR("false")},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (cord_str_eq_fold(name, cord_str_from(texts[i].name))) {
            return one(rows, node, CORD_VALUE_TEXT, texts[i].text);
        }
    }
    return tags(rows, node, alert, name);
}

static enum cord_query_answer leaf(struct rows *rows, const struct cord_query_node *node,
                                   const struct cord_alert *alert)
{
    cord_str name = node->field.text;
    enum cord_query_answer answer = CORD_QUERY_NO;
    const struct {
        const char *name;
        uint64_t number;
    } numbers[] = {{"risk", alert->risk},
                   {"count", alert->count},
                   {"again", alert->again},
                   {"notes", alert->notes}};
    const struct {
        const char *name;
        int64_t ns;
    } times[] = {{"first", alert->first_ns},
                 {"last", alert->last_ns},
                 {"known", alert->known_ns},
                 {"updated", alert->updated_ns}};
    if (name.len == 0) {
        const cord_str anywhere[] = {alert->title, alert->rule, alert->entity, alert->organisation};
        for (size_t i = 0; i < 4; i++) {
            answer = cord_query_test_or(answer, one(rows, node, CORD_VALUE_TEXT, anywhere[i]));
        }
        bool is_id = node->op == CORD_QUERY_TEXT && cord_str_eq_fold(node->text, alert->id);
        return is_id ? CORD_QUERY_YES : answer;
    }
    for (size_t i = 0; i < 4; i++) {
        if (cord_str_eq_fold(name, cord_str_from(numbers[i].name))) {
            return number(rows, node, numbers[i].number);
        }
        if (cord_str_eq_fold(name, cord_str_from(times[i].name))) {
            return when(rows, node, times[i].ns);
        }
    }
    return text_field(rows, node, alert, name);
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the parser */
static enum cord_query_answer evaluate(struct rows *rows, const struct cord_query_node *node,
                                       const struct cord_alert *alert)
{
    if (node->op == CORD_QUERY_ALL) {
        return CORD_QUERY_YES;
    }
    if (node->child_count == 0) {
        return leaf(rows, node, alert);
    }
    enum cord_query_answer all = node->op == CORD_QUERY_OR ? CORD_QUERY_NO : CORD_QUERY_YES;
    for (size_t i = 0; i < node->child_count; i++) {
        enum cord_query_answer answer = evaluate(rows, node->children[i], alert);
        all = node->op == CORD_QUERY_OR ? cord_query_test_or(all, answer)
                                        : cord_query_test_and(all, answer);
    }
    return node->op == CORD_QUERY_NOT ? cord_query_test_not(all) : all;
}

static void visit(void *self, const struct cord_alert *alert)
{
    struct rows *rows = self;
    rows->matched += evaluate(rows, rows->root, alert) != CORD_QUERY_NO ? 1 : 0;
}

static bool sees(void *self, cord_str organisation, cord_str *ret_region)
{
    (void)self;
    if (ret_region) {
        *ret_region = organisation.len > 2 ? CORD_STR("Y56") : CORD_STR("");
    }
    return !cord_str_eq(organisation, CORD_STR("R2"));
}

static void ignore(void *self, const struct cord_alert *alert)
{
    (void)self;
    (void)alert;
}

static void compare(struct cord_alert_book *book, cord_str text, const struct cord_query *query,
                    int64_t at_ns)
{
    struct cord_alert_ask ask = {
        .from_ns = CORD_TIME_NONE, .to_ns = CORD_TIME_NONE, .at_ns = at_ns, .visible = sees};
    struct cord_alert_page page = {.limit = CORD_ALERT_LIMIT_MAX};
    struct cord_alert_listed listed;
    struct rows rows = {.root = cord_query_condition(query), .test = cord_query_test_new()};
    ask.query = text;
    if (rows.test &&
        cord_alert_book_list(book, &ask, &page, (struct cord_alert_visitor){ignore, NULL}, &listed,
                             NULL) == CORD_OK) {
        uint64_t matched = listed.total;
        ask.query = CORD_STR("");
        cord_status status = cord_alert_book_list(
            book, &ask, &page, (struct cord_alert_visitor){visit, &rows}, &listed, NULL);
        assert(status == CORD_OK && (rows.failed || rows.matched == matched));
    }
    cord_query_test_free(rows.test);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cord_query *query = NULL;
    size_t len = size > 0 ? data[0] : 0;
    if (size < len + 1) {
        return 0;
    }
    cord_str text = {(const char *)data + 1, len};
    if (cord_query_parse(text, &query, NULL) != CORD_OK) {
        return 0;
    }
    struct make_alerts *history = make_alerts_new(data + 1 + len, size - 1 - len);
    struct cord_alert_book *book = cord_alert_book_new(&history->options);
    if (book) {
        make_alerts_feed(history, book, (unsigned)len);
        compare(book, text, query, CORD_TIME_NONE);
        compare(book, text, query, (history->first_ns + history->last_ns) / 2);
    }
    cord_alert_book_free(book);
    make_alerts_free(history);
    cord_query_free(query);
    return 0;
}
