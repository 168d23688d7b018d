/* test_api_coverage.c: the matrix of techniques by rules and data; questions that are kept. */
#include "kit/kit_api.h"

#include "api/api_classes.h"
#include "evidence/store.h"

#include <stdio.h>

static void covers_what_comes_in(void)
{
    const cord_str labels = CORD_STR("windows/process_creation,file_event/sysmon\nlinux//auditd\n");
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
        {"windows", "file_event", "sysmon", true},
        {"windows", "process", "", false}, /* part of a word is another word */
        {"windows", "", "mon", false},
        {"windows", "process_creation,file_event", "", false},
        {"", "", "audit", false},
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

struct stored {
    const char *organisation, *source, *event_class;
    int64_t ago_ns;
};

static void store(struct kit_api *kit, const struct stored *stored)
{
    struct cord_evidence *evidence = cord_store_evidence(kit->options.ports.store);
    struct cord_rows *rows = cord_rows_new(1 << 20, 1);
    const struct cord_origin origin = {.organisation = cord_str_from(stored->organisation),
                                       .source = cord_str_from(stored->source),
                                       .format = CORD_STR("json"),
                                       .event_class = cord_str_from(stored->event_class),
                                       .product = CORD_STR(""),
                                       .category = CORD_STR(""),
                                       .service = CORD_STR("")};
    struct cord_row row = {.time_ns = KIT_API_NOW_NS - stored->ago_ns,
                           .received_ns = KIT_API_NOW_NS - stored->ago_ns,
                           .raw_len = 2,
                           .text = CORD_STR("{}")};
    for (size_t i = 0; i < CORD_ROLE_COUNT; i++) {
        row.role[i] = CORD_VALUE_NONE;
    }
    CHECK(rows && cord_rows_origin(rows, &origin, &row.origin) == CORD_OK);
    CHECK(cord_rows_add(rows, &row) == CORD_OK);
    CHECK(evidence->ops->append(evidence, rows, NULL) == CORD_OK);
    CHECK(evidence->ops->commit(evidence, NULL) == CORD_OK);
    cord_rows_free(rows);
}

/* One event each, and whether the rule about processes on Windows has data then. */
static void data_is_what_comes_in_from_a_source_that_is_heard(void)
{
    const int64_t day_ns = 86400LL * 1000000000;
    const char *processes = "windows/process_creation/security,sysmon";
    const struct {
        struct stored stored;
        const char *nation, *rxa;
    } cases[] = {
        {{"RXA", "theatre", processes, day_ns}, "1,\"data\":true", "1,\"data\":true"},
        {{"RXB", "lab", processes, day_ns}, "1,\"data\":true", "0,\"data\":false"},
        {{"RXA", "ward", processes, day_ns}, "0,\"data\":false", "0,\"data\":false"}, /* silent */
        {{"RXA", "gone", processes, day_ns}, "0,\"data\":false", "0,\"data\":false"},
        {{"RXA", "theatre", processes, 8 * day_ns}, "0,\"data\":false", "0,\"data\":false"},
        {{"RXA", "theatre", "windows/file_event/sysmon", day_ns},
         "0,\"data\":false",
         "0,\"data\":false"},
        {{"RXA", "theatre", "windows/process_creation_like/", day_ns},
         "0,\"data\":false",
         "0,\"data\":false"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kit_api kit;
        char text[100];
        kit_api_init(&kit, NULL);
        store(&kit, &cases[i].stored);
        print_message("%s of %s\n", cases[i].stored.event_class, cases[i].stored.source);
        (void)snprintf(text, sizeof text, "\"rules\":1,\"rules_with_data\":%s", cases[i].nation);
        CHECK(says(&kit, "nation", "/coverage", 200, text));
        (void)snprintf(text, sizeof text, "\"rules\":1,\"rules_with_data\":%s", cases[i].rxa);
        CHECK(says(&kit, "RXA", "/coverage", 200, text));
        kit_api_done(&kit);
    }
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

KIT_MAIN(KIT_TEST(covers_what_comes_in), KIT_TEST(shows_the_matrix),
         KIT_TEST(data_is_what_comes_in_from_a_source_that_is_heard), KIT_TEST(keeps_questions),
         KIT_TEST(keeps_so_many_and_no_more))
