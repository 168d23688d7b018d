/* test_api_suppressions.c: rules and suppressions are tried before they take force; rule health. */
#include "kit/kit_api.h"

#include <stdio.h>

#define EVIL "5f2d6f0e-9a53-4b0c-8f63-3c2c4a1d7e11" /* a rule of the kit's */
#define FINDING(number, organisation, host, minute)                                                \
    "{\"finding\":" #number ",\"first_seen\":\"2017-05-12T07:" #minute                             \
    ":00.000Z\",\"organisation\":\"" organisation "\",\"level\":\"high\",\"title\":\"Evil "        \
    "ran\",\"rule\":{\"id\":\"" EVIL "\",\"tags\":[],\"references\":[]},\"host\":\"" host          \
    "\",\"record\":1,\"offset\":0}"

static const char *const findings[] = {
    FINDING(1, "RXA", "ws1", 10),
    FINDING(2, "RXA", "ws2", 11),
    FINDING(3, "RXB", "ws9", 12),
    /* Known after what is suppressed in the test: at 08:00. */
    "{\"finding\":4,\"first_seen\":\"2017-05-12T08:30:00.000Z\",\"organisation\":\"RXA\",\"level\":"
    "\"high\",\"title\":\"Evil ran\",\"rule\":{\"id\":\"" EVIL
    "\",\"tags\":[],\"references\":[]},\"host\":\"ws3\",\"record\":1,\"offset\":0}",
};

static void init(struct kit_api *kit)
{
    kit_api_init(kit, NULL);
    kit->findings = findings;
    atomic_store(&kit->finding_count, 3);
    kit_api_tell(kit);
}

static struct kit_api_reply ask(struct kit_api *kit, const char *login, const char *method,
                                const char *path, const char *body)
{
    char request[200];
    (void)snprintf(request, sizeof request, "%s %s", method, path);
    return kit_api_ask(kit, login, request, NULL, body);
}

/* Begins one and waits until it is over: its id. */
static void try(struct kit_api *kit, const char *login, const char *body, char id[32])
{
    char path[60];
    bool over = false;
    struct kit_api_reply made = ask(kit, login, "POST", "/trials", body);
    if (made.status != 201) {
        print_error("%.*s\n", CORD_STR_ARG(made.body));
    }
    CHECK_U64(made.status, 201);
    (void)snprintf(id, 32, "%.*s", CORD_STR_ARG(cord_str_slice(made.body, 7, 24)));
    kit_api_reply_done(&made);
    (void)snprintf(path, sizeof path, "/trials/%s", id);
    while (!over) {
        struct kit_api_reply reply = ask(kit, login, "GET", path, NULL);
        CHECK_U64(reply.status, 200);
        over = cord_str_find(reply.body, CORD_STR("\"state\":\"queued\""), 0) == SIZE_MAX &&
               cord_str_find(reply.body, CORD_STR("\"state\":\"running\""), 0) == SIZE_MAX;
        kit_api_reply_done(&reply);
    }
}

static void tries_a_rule(void)
{
    struct kit_api kit;
    char id[32];
    char path[60];
    init(&kit);
    try(&kit, "nation", "{\"kind\":\"rule\",\"rule\":\"" EVIL "\",\"days\":2}", id);
    (void)snprintf(path, sizeof path, "/trials/%s", id);
    CHECK(kit_api_says(ask(&kit, "nation", "GET", path, NULL), 200,
                       "\"state\":\"done\",\"organisation\":\"\",\"days\":2"));
    CHECK(kit_api_says(
        ask(&kit, "nation", "GET", path, NULL), 200,
        "\"findings\":0,\"by_day\":[{\"day\":\"2017-05-10T00:00:00.000Z\",\"hits\":0}"));
    CHECK(kit_api_says(ask(&kit, "RXA", "GET", path, NULL), 404, ""));
    CHECK(kit_api_says(ask(&kit, "RXA", "GET", "/trials", NULL), 200, "{\"items\":[],"));
    CHECK(kit_api_says(ask(&kit, "RXA", "DELETE", path, NULL), 404, ""));
    CHECK(kit_api_says(ask(&kit, "nation", "DELETE", path, NULL), 204, ""));
    CHECK(kit_api_says(ask(&kit, "nation", "GET", path, NULL), 404, ""));
    try(&kit, "RXA",
        "{\"kind\":\"rule\",\"text\":\"title: A\\nid: 7f2d6f0e-9a53-4b0c-8f63-3c2c4a1d7e13\\n"
        "logsource: {category: dns}\\ndetection: {s: {query: a}, condition: s}\\n\"}",
        id);
    (void)snprintf(path, sizeof path, "/trials/%s", id);
    CHECK(kit_api_says(ask(&kit, "RXA", "GET", path, NULL), 200, "\"organisation\":\"RXA\""));
    kit_api_done(&kit);
}

static void says_what_is_wrong_with_a_trial(void)
{
    static const struct {
        const char *login;
        const char *body;
        unsigned status;
        const char *says;
    } wrong[] = {
        {"nation", "{\"kind\":\"rule\"}", 422, "\"path\":\"rule\""},
        {"nation", "{\"kind\":\"rule\",\"text\":\"title: A\"}", 422, "\"path\":\"text\""},
        {"nation", "{\"kind\":\"dance\",\"rule\":\"x\"}", 422, "\"path\":\"kind\""},
        {"nation", "{\"kind\":\"suppression\",\"rule\":\"x\",\"condition\":\"(a\"}", 422,
         "\"path\":\"condition\""},
        {"RXA", "{\"kind\":\"rule\",\"rule\":\"x\",\"organisation\":\"RXB\"}", 403, ""},
        {"nobody", "{\"kind\":\"rule\",\"rule\":\"x\"}", 403, ""},
    };
    struct kit_api kit;
    char id[32];
    char path[60];
    init(&kit);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK(kit_api_says(ask(&kit, wrong[i].login, "POST", "/trials", wrong[i].body),
                           wrong[i].status, wrong[i].says));
    }
    try(&kit, "nation", "{\"kind\":\"rule\",\"rule\":\"no such rule\"}", id);
    (void)snprintf(path, sizeof path, "/trials/%s", id);
    CHECK(kit_api_says(ask(&kit, "nation", "GET", path, NULL), 200, "\"state\":\"failed\""));
    kit_api_done(&kit);
}

static void suppress(struct kit_api *kit, const char *login, const char *trial, unsigned status,
                     char ret_path[60])
{
    char body[200];
    (void)snprintf(body, sizeof body,
                   "{\"trial\":\"%s\",\"reason\":\"a tool\",\"expires\":\"2017-06-01T00:00:00Z\"}",
                   trial);
    struct kit_api_reply made = ask(kit, login, "POST", "/suppressions", body);
    if (made.status != status) {
        print_error("%.*s\n", CORD_STR_ARG(made.body));
    }
    CHECK_U64(made.status, status);
    (void)snprintf(
        ret_path, 60, "/suppressions/%.*s",
        CORD_STR_ARG(cord_str_slice(cord_str_from_byte(made.body, 7), 0,
                                    cord_str_find_char(cord_str_from_byte(made.body, 7), '"', 0))));
    kit_api_reply_done(&made);
}

static void suppresses_what_was_tried(void)
{
    struct kit_api kit;
    char id[32];
    char path[60];
    char other[60];
    init(&kit);
    try(&kit, "RXA", "{\"kind\":\"suppression\",\"rule\":\"" EVIL "\",\"host\":\"ws3\"}", id);
    suppress(&kit, "RXB", id, 422, other); /* it is not theirs */
    suppress(&kit, "RXA", id, 201, path);
    CHECK(kit_api_says(ask(&kit, "RXA", "GET", path, NULL), 200,
                       "\"organisation\":\"RXA\",\"host\":\"ws3\",\"reason\":\"a tool\",\"state\":"
                       "\"in-force\""));
    CHECK(kit_api_says(ask(&kit, "RXB", "GET", path, NULL), 404, ""));
    CHECK(kit_api_says(ask(&kit, "RXB", "GET", "/suppressions", NULL), 200, "{\"items\":[],"));
    CHECK(kit_api_says(ask(&kit, "nation", "GET", "/suppressions?rule=" EVIL, NULL), 200,
                       "\"host\":\"ws3\""));
    atomic_store(&kit.finding_count, 4);
    for (bool told = false; !told;) {
        struct kit_api_reply reply = ask(&kit, "RXA", "GET", "/alerts?q=suppressed:true", NULL);
        told = cord_str_find(reply.body, CORD_STR("\"total\":1"), 0) != SIZE_MAX;
        kit_api_reply_done(&reply);
    }
    CHECK(kit_api_says(ask(&kit, "RXA", "GET", path, NULL), 200, "\"hidden\":1,"));
    char end[80];
    (void)snprintf(end, sizeof end, "%s/end", path);
    CHECK(kit_api_says(ask(&kit, "RXB", "POST", end, "{\"reason\":\"x\"}"), 404, ""));
    CHECK(kit_api_says(ask(&kit, "RXA", "POST", end, "{\"reason\":\"x\"}"), 201, ""));
    CHECK(kit_api_says(ask(&kit, "RXA", "POST", end, "{\"reason\":\"x\"}"), 409, ""));
    CHECK(kit_api_says(ask(&kit, "RXA", "GET", path, NULL), 200, "\"state\":\"ended\""));
    kit_api_done(&kit);
}

/* What was tried on everybody's events is for who may see everybody's; others learn that it was. */
static void shows_what_came_of_a_trial(void)
{
    struct kit_api kit;
    char id[32];
    char path[60];
    init(&kit);
    try(&kit, "nation", "{\"kind\":\"suppression\",\"rule\":\"" EVIL "\",\"host\":\"ws3\"}", id);
    suppress(&kit, "nation", id, 201, path);
    CHECK(
        kit_api_says(ask(&kit, "nation", "GET", path, NULL), 200,
                     "\"tested\":{\"time\":\"2017-05-12T08:00:00.000Z\",\"days\":7,\"findings\":0,"
                     "\"hidden\":0,\"organisations\":0}"));
    CHECK(
        kit_api_says(ask(&kit, "RXA", "GET", path, NULL), 200,
                     "\"tested\":{\"time\":\"2017-05-12T08:00:00.000Z\",\"days\":7},\"hidden\":0"));
    try(&kit, "RXA", "{\"kind\":\"suppression\",\"rule\":\"" EVIL "\",\"host\":\"ws1\"}", id);
    suppress(&kit, "RXA", id, 201, path);
    CHECK(kit_api_says(ask(&kit, "RXA", "GET", path, NULL), 200, "\"days\":7,\"findings\":0,"));
    kit_api_done(&kit);
}

static void tells_how_a_rule_does(void)
{
    struct kit_api kit;
    init(&kit);
    CHECK(kit_api_says(ask(&kit, "nation", "GET", "/rules/" EVIL "/health", NULL), 200,
                       "\"alerts\":3,\"findings\":3,\"true_positive\":0"));
    CHECK(kit_api_says(ask(&kit, "nation", "GET", "/rules/" EVIL "/health", NULL), 200,
                       "{\"day\":\"2017-05-12T00:00:00.000Z\",\"alerts\":3}]}"));
    CHECK(kit_api_says(ask(&kit, "RXA", "GET", "/rules/" EVIL "/health", NULL), 200,
                       "\"alerts\":2,\"findings\":2"));
    CHECK(kit_api_says(ask(&kit, "nation", "GET", "/rules/none/health", NULL), 404, ""));
    CHECK(kit_api_says(ask(&kit, "nobody", "GET", "/rules/" EVIL "/health", NULL), 403, ""));
    kit_api_done(&kit);
}

KIT_MAIN(KIT_TEST(tries_a_rule), KIT_TEST(says_what_is_wrong_with_a_trial),
         KIT_TEST(suppresses_what_was_tried), KIT_TEST(shows_what_came_of_a_trial),
         KIT_TEST(tells_how_a_rule_does))
