/* test_api_rules_draft.c: rules that are not in force: drafted from queries, and checked. */
#include "kit/kit_api.h"

#include "kit/kit_store.h"

#include "evidence/store.h"

#include <stdio.h>

static struct kit_api_reply ask(struct kit_api *kit, const char *who, const char *request,
                                const char *body)
{
    return kit_api_ask(kit, who, request, NULL, body);
}

/* One event of RXA, number 1; its class is "test/a", and u1 its user. */
static void init(struct kit_api *kit)
{
    kit_api_init(kit, NULL);
    struct cord_evidence *evidence = cord_store_evidence(kit->options.ports.store);
    struct cord_rows *rows = cord_rows_new(1 << 20, 1);
    kit_store_add(rows, "RXA", "ward", 1);
    CHECK(evidence->ops->append(evidence, rows, NULL) == CORD_OK);
    CHECK(evidence->ops->commit(evidence, NULL) == CORD_OK);
    cord_rows_free(rows);
}

static void drafts_by_an_event_that_one_may_see(void)
{
    struct kit_api kit;
    char body[120];
    char text[CORD_STORE_ID_TEXT];
    init(&kit);
    cord_str id = cord_store_id_format(kit.options.ports.store, 1, text);
    (void)snprintf(body, sizeof body, "{\"query\":\"user:u1 AND host:x\",\"event\":\"%.*s\"}",
                   CORD_STR_ARG(id));
    struct kit_api_reply reply = ask(&kit, "RXA", "POST /rules/drafts", body);
    CHECK_U64(reply.status, 200);
    CHECK(cord_str_find(reply.body, CORD_STR("User: 'u1'"), 0) != SIZE_MAX);
    CHECK(cord_str_find(reply.body, CORD_STR("author: 'RXA'"), 0) != SIZE_MAX);
    CHECK(cord_str_find(reply.body, CORD_STR("date: '2017-05-12'"), 0) != SIZE_MAX);
    CHECK(cord_str_find(reply.body, CORD_STR("\"class\":\"test/a\",\"notes\":[{\"column\":18,"),
                        0) != SIZE_MAX);
    kit_api_reply_done(&reply);
    CHECK(kit_api_says(ask(&kit, "RXB", "POST /rules/drafts", body), 422,
                       "there is no such event, or not for you"));
    CHECK(
        kit_api_says(ask(&kit, "RXB", "POST /rules/drafts", "{\"query\":\"a\",\"event\":\"none\"}"),
                     422, "there is no such event, or not for you"));
    kit_api_done(&kit);
}

static void says_what_is_none(void)
{
    struct kit_api kit;
    init(&kit);
    CHECK(kit_api_says(ask(&kit, "RXA", "POST /rules/drafts", "{\"query\":\"*\"}"), 200,
                       "{\"text\":null,\"class\":\"\",\"notes\":[{\"column\":1,"));
    CHECK(kit_api_says(ask(&kit, "RXA", "POST /rules/drafts", "{\"query\":\"(a\"}"), 422,
                       "{\"path\":\"query\",\"detail\":\"column "));
    CHECK(
        kit_api_says(ask(&kit, "RXA", "POST /rules/drafts", "{\"query\":\"a\",\"level\":\"none\"}"),
                     422, "level"));
    CHECK(kit_api_says(ask(&kit, "nobody", "POST /rules/drafts", "{\"query\":\"a\"}"), 403, ""));
    kit_api_done(&kit);
}

static void checks_as_the_command_does(void)
{
    static const struct {
        const char *text;
        const char *says;
    } rows[] = {
        {"title: A\\nlogsource: {category: dns}\\ndetection: {a: {query: x}, condition: a}\\n",
         "{\"rules\":1,\"usable\":true,\"problems\":["},
        {"title: A\\nlogsource: {category: dns}\\ndetection: {a: {query|nonsense: x}, condition: "
         "a}\\n",
         "{\"rules\":0,\"usable\":false,\"problems\":[{\"gravity\":\"refused\",\"line\":3"},
        {"nonsense", "{\"rules\":0,\"usable\":false"},
        {"a: [", "\"gravity\":\"refused\""},
    };
    struct kit_api kit;
    init(&kit);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char body[300];
        (void)snprintf(body, sizeof body, "{\"text\":\"%s\"}", rows[i].text);
        CHECK(kit_api_says(ask(&kit, "RXA", "POST /rules/check", body), 200, rows[i].says));
    }
    CHECK(kit_api_says(ask(&kit, "nobody", "POST /rules/check", "{\"text\":\"a\"}"), 403, ""));
    /* It is asked and nothing done: neither is told to the audit. */
    struct kit_api_reply audit = kit_api_ask(&kit, "nation", "GET /audit", NULL, NULL);
    CHECK(cord_str_find(audit.body, CORD_STR("checkRules"), 0) == SIZE_MAX);
    kit_api_reply_done(&audit);
    kit_api_done(&kit);
}

/* A rule shows its own document of the file that it was read from. */
static void a_rule_shows_its_text(void)
{
    struct kit_api kit;
    init(&kit);
    CHECK(kit_api_says(
        ask(&kit, "RXA", "GET /rules/0f2d6f0e-9a53-4b0c-8f63-3c2c4a1d7e12", NULL), 200,
        "\"source\":\"title: Name asked\\nid: 0f2d6f0e-9a53-4b0c-8f63-3c2c4a1d7e12\\nlogsource: "
        "{category: dns}\\ndetection:\\n  selection: {query: evil.example}\\n  condition: "
        "selection\\nlevel: low\"}"));
    struct kit_api_reply list = ask(&kit, "RXA", "GET /rules", NULL);
    CHECK(cord_str_find(list.body, CORD_STR("\"source\":\""), 0) == SIZE_MAX);
    kit_api_reply_done(&list);
    kit_api_done(&kit);
}

KIT_MAIN(KIT_TEST(drafts_by_an_event_that_one_may_see), KIT_TEST(says_what_is_none),
         KIT_TEST(checks_as_the_command_does), KIT_TEST(a_rule_shows_its_text))
