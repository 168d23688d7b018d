/* test_api_coverage.c: the matrix of techniques by rules and data; questions that are kept. */
#include "kit/kit_api.h"

#include "api/api_classes.h"
#include "evidence/store.h"

#include <stdio.h>

static void covers_what_comes_in(void)
{
    const cord_str labels = CORD_STR("windows/process_creation/sysmon\nlinux//auditd\n");
    static const struct {
        const char *product;
        const char *category;
        const char *service;
        bool covered;
    } asked[] = {
        {"windows", "process_creation", "", true},
        {"windows", "", "sysmon", true},
        {"windows", "", "security", false},
        {"", "process_creation", "", true},
        {"linux", "process_creation", "", false},
        {"linux", "", "auditd", true},
        {"macos", "", "", false},
        {"", "", "", true},
    };
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        const struct cord_logsource source = {.product = cord_str_from(asked[i].product),
                                              .category = cord_str_from(asked[i].category),
                                              .service = cord_str_from(asked[i].service)};
        CHECK(cord_api_classes_cover(labels, &source) == asked[i].covered);
        CHECK(!cord_api_classes_cover(CORD_STR(""), &source));
    }
}

static bool says(struct kit_api *kit, const char *login, const char *path, unsigned status,
                 const char *text)
{
    char request[200];
    (void)snprintf(request, sizeof request, "GET %s", path);
    return kit_api_says(kit_api_ask(kit, login, request, NULL, NULL), status, text);
}

static void shows_the_matrix(void)
{
    struct kit_api kit;
    kit_api_init(&kit, NULL);
    CHECK(says(
        &kit, "nation", "/coverage", 200,
        "\"rules\":2,\"untagged\":1,\"retired\":[],\"tactics\":[{\"tactic\":\"reconnaissance\""));
    CHECK(says(&kit, "nation", "/coverage", 200,
               "{\"id\":\"T1059\",\"name\":\"Command and Scripting Interpreter\",\"rules\":1,"
               "\"rules_with_data\":0,\"data\":false,\"hits\":0}"));
    CHECK(says(&kit, "RXA", "/coverage/layer", 200,
               "\"techniques\":[{\"techniqueID\":\"T1059\",\"score\":1,\"comment\":"));
    CHECK(says(&kit, "nobody", "/coverage", 403, ""));
    CHECK(says(&kit, NULL, "/coverage/layer", 401, ""));
    kit_api_done(&kit);
}

/* --- questions that are kept --- */

#define VIEW(name, shared)                                                                         \
    "{\"name\":\"" name "\",\"page\":\"alerts\",\"query\":\"status:new\",\"shared\":" shared       \
    ",\"default\":true}"

/* "/views/..." of the one that was made. */
static void keep(struct kit_api *kit, const char *login, const char *body, char path[64])
{
    struct kit_api_reply reply = kit_api_ask(kit, login, "POST /views", NULL, body);
    CHECK_U64(reply.status, 201);
    cord_str id = cord_str_from_byte(reply.body, 7);
    (void)snprintf(path, 64, "/views/%.*s", CORD_STR_ARG(cord_str_slice(id, 0, 24)));
    kit_api_reply_done(&reply);
}

static struct kit_api_reply ask(struct kit_api *kit, const char *login, const char *method,
                                const char *path, const char *body)
{
    char request[100];
    (void)snprintf(request, sizeof request, "%s %s", method, path);
    return kit_api_ask(kit, login, request, NULL, body);
}

static void keeps_questions(void)
{
    struct kit_api kit;
    char first[64];
    char second[64];
    kit_api_init(&kit, NULL);
    keep(&kit, "RXA", VIEW("a", "false"), first);
    keep(&kit, "RXA", VIEW("b", "true"), second);
    CHECK(says(&kit, "RXA", "/views", 200,
               "\"name\":\"a\",\"page\":\"alerts\",\"query\":\"status:new\",\"shared\":false,"
               "\"default\":false,\"own\":true"));
    CHECK(says(&kit, "RXA", "/views?page=hunt", 200, "{\"items\":[],\"next\":null}"));
    CHECK(says(&kit, "RXA", "/views?limit=1", 200, "\"next\":\""));
    /* "weak" is of the same house, RXB of another. */
    CHECK(says(&kit, "weak", "/views", 200,
               "\"name\":\"b\",\"page\":\"alerts\",\"query\":\"status:new\",\"shared\":true,"
               "\"default\":false,\"own\":false"));
    CHECK(says(&kit, "RXB", "/views", 200, "{\"items\":[],\"next\":null}"));
    CHECK(says(&kit, "nation", "/views", 200, "{\"items\":[],\"next\":null}"));
    CHECK(
        kit_api_says(ask(&kit, "RXA", "PUT", first, VIEW("c", "true")), 200,
                     "\"name\":\"c\",\"page\":\"alerts\",\"query\":\"status:new\",\"shared\":true,"
                     "\"default\":true"));
    static const char *const others[] = {"weak", "RXB", "nation"};
    for (size_t i = 0; i < 3; i++) {
        CHECK(kit_api_says(ask(&kit, others[i], "PUT", first, VIEW("d", "true")), 404, ""));
        CHECK(kit_api_says(ask(&kit, others[i], "DELETE", first, NULL), 404, ""));
    }
    CHECK(kit_api_says(ask(&kit, "RXA", "DELETE", first, NULL), 204, ""));
    CHECK(kit_api_says(ask(&kit, "RXA", "DELETE", first, NULL), 404, ""));
    CHECK(kit_api_says(ask(&kit, "RXA", "POST", "/views", "{\"name\":\"a\"}"), 422, "is missing"));
    kit_api_done(&kit);
}

static void keeps_so_many_and_no_more(void)
{
    struct kit_api kit;
    char path[64];
    kit_api_init(&kit, NULL);
    for (size_t i = 0; i < 200; i++) {
        keep(&kit, "RXB", VIEW("v", "false"), path);
    }
    CHECK(kit_api_says(ask(&kit, "RXB", "POST", "/views", VIEW("v", "false")), 409, "remove one"));
    CHECK(kit_api_says(ask(&kit, "RXB", "DELETE", path, NULL), 204, ""));
    keep(&kit, "RXB", VIEW("v", "false"), path);
    kit_api_done(&kit);
}

KIT_MAIN(KIT_TEST(covers_what_comes_in), KIT_TEST(shows_the_matrix), KIT_TEST(keeps_questions),
         KIT_TEST(keeps_so_many_and_no_more))
