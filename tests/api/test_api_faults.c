/* test_api_faults.c: what the API says when its disk fails or is full, and when too many ask. */
#include "kit/kit_api.h"
#include "kit/kit_disk.h"
#include "record/sql.h"

#include <stdio.h>
#include <unistd.h>

#define CLAIM                                                                                      \
    "{\"claims\":[{\"kind\":\"status.claim\",\"subject\":\"org:RXA\",\"value\":{\"state\":"        \
    "\"clear\"},\"method\":\"return\"}]}"

static void one_thread(struct cord_api_options *options)
{
    options->threads = 1;
    options->waiting_max = 1;
}

/* As its row says that it may. */
static bool answers(struct kit_api *kit, const char *login, const char *request, const char *body,
                    unsigned status)
{
    struct cord_api_target target;
    cord_str path = cord_str_from(request);
    cord_str method;
    char whole[256] = CORD_API_BASE;
    CHECK(cord_str_cut(&path, ' ', &method));
    memcpy(whole + sizeof CORD_API_BASE - 1, path.ptr, path.len);
    CHECK(cord_api_route_find(cord_str_eq(method, CORD_STR("GET"))    ? CORD_HTTP_GET
                              : cord_str_eq(method, CORD_STR("POST")) ? CORD_HTTP_POST
                                                                      : CORD_HTTP_DELETE,
                              (cord_str){whole, sizeof CORD_API_BASE - 1 + path.len},
                              &target) == CORD_API_MATCH_FOUND);
    CHECK(cord_api_route_answers(target.route, status));
    return kit_api_says(kit_api_ask(kit, login, request, NULL, body), status, "");
}

/* Everything that writes, once: what becomes of it on that disk. */
static void write_everything(struct kit_api *kit, unsigned status)
{
    char id[CORD_API_OPAQUE_TEXT];
    char path[96];
    char body[160];
    (void)kit_api_id(kit, CORD_API_OPAQUE_USER, kit_api_user(kit, "RXB")->number, id);
    CHECK(answers(kit, "RXA", "POST /claims", CLAIM, status));
    CHECK(answers(kit, "RXA", "POST /delegations",
                  "{\"to\":\"RXB\",\"right\":\"containment.execute\"}", status));
    CHECK(answers(kit, "RXA", "POST /tokens",
                  "{\"name\":\"t\",\"days\":1,\"rights\":\"claims.read\"}", status));
    CHECK(answers(kit, "RXA", "POST /users",
                  "{\"login\":\"eve\",\"name\":\"E\",\"organisation\":\"RXA\"}", status));
    (void)snprintf(path, sizeof path, "POST /users/%s/disable", id);
    CHECK(answers(kit, "nation", path, NULL, status));
    (void)snprintf(body, sizeof body,
                   "{\"user\":\"%s\",\"role\":\"auditor\",\"scope\":\"national\"}", id);
    CHECK(answers(kit, "nation", "POST /roles", body, status));
}

static void a_full_disk_is_told_and_loses_nothing(void)
{
    struct kit_disk *disk = kit_disk_new("api_full");
    struct kit_api kit;
    struct cord_api_stats stats;
    kit_api_init_on(&kit, "api_full", one_thread);
    CHECK(answers(&kit, "RXA", "POST /claims", CLAIM, 201));
    kit_disk_set(disk, KIT_DISK_FULL, 1);
    write_everything(&kit, 507);
    /* One's own is read as ever; what would have to be told to the record is not shown. */
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", "GET /claims?topic=status", NULL, NULL), 200,
                       "\"state\":\"clear\""));
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", "GET /claims?topic=status", NULL, NULL), 503,
                       "cannot be told to the record now, as it must be: its disk is full"));
    cord_api_stats(kit.api, &stats);
    CHECK(stats.untold[CORD_API_UNTOLD_FULL] > 0 && stats.untold[CORD_API_UNTOLD_DISK] == 0);
    kit_disk_set(disk, KIT_DISK_GOOD, 0);
    CHECK(answers(&kit, "RXA", "POST /claims", CLAIM, 201));
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", "GET /users", NULL, NULL), 200, "\"rxb\""));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXB", "GET /session", NULL, NULL), 200, ""));
    kit_api_done(&kit);
    kit_disk_free(disk);
}

static void a_failing_disk_is_our_fault(void)
{
    struct kit_disk *disk = kit_disk_new("api_fails");
    struct kit_api kit;
    kit_api_init_on(&kit, "api_fails", one_thread);
    CHECK(answers(&kit, "RXA", "GET /session", NULL, 200)); /* that it was used is noted */
    kit_disk_set(disk, KIT_DISK_FAILS, 1);
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", "POST /claims", NULL, CLAIM), 500,
                       "the server's log says how"));
    CHECK(kit_disk_hit(disk));
    kit_disk_set(disk, KIT_DISK_GOOD, 0);
    CHECK(answers(&kit, "RXA", "POST /claims", CLAIM, 201));
    kit_api_done(&kit);
    kit_disk_free(disk);
}

/* Others' hold on the database, and what was damaged in it before, are not the fault of who asks.
 */
static void what_is_held_or_damaged_is_no_fault_of_the_request(void)
{
    static const struct {
        enum kit_disk_fault fault;
        unsigned status;
        enum cord_api_untold cause;
        const char *untold;
    } cases[] = {
        {KIT_DISK_HELD, 503, CORD_API_UNTOLD_BUSY, "another process holds its database"},
        {KIT_DISK_SPOILT, 500, CORD_API_UNTOLD_DAMAGED, "its database is damaged"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kit_disk *disk = kit_disk_new("api_spoilt");
        struct kit_api kit;
        struct cord_api_stats stats;
        kit_api_init_on(&kit, "api_spoilt", one_thread);
        CHECK(answers(&kit, "RXA", "POST /claims", CLAIM, 201));
        kit_disk_set(disk, cases[i].fault, 1);
        write_everything(&kit, cases[i].status);
        CHECK(kit_api_says(kit_api_ask(&kit, "nation", "GET /claims?topic=status", NULL, NULL), 503,
                           cases[i].untold));
        cord_api_stats(kit.api, &stats);
        CHECK(stats.untold[cases[i].cause] > 0 && stats.untold[CORD_API_UNTOLD_FULL] == 0 &&
              stats.untold[CORD_API_UNTOLD_REFUSED] == 0);
        CHECK_U64(stats.replies[404] + stats.replies[422], 0);
        kit_disk_set(disk, KIT_DISK_GOOD, 0);
        CHECK(answers(&kit, "RXA", "POST /claims", CLAIM, 201));
        kit_api_done(&kit);
        kit_disk_free(disk);
    }
}

static void by_hand(const struct kit_api *kit, const char *text)
{
    char path[128];
    struct cord_sql *sql = NULL;
    const struct cord_sql_options options = {.cache_mb = 1};
    (void)snprintf(path, sizeof path, "%s/record/record.sqlite", kit->path);
    CHECK(cord_sql_open(path, &options, &sql, NULL) == CORD_OK);
    CHECK(cord_sql_exec(sql, text, NULL) == CORD_OK);
    cord_sql_close(sql);
}

/* A reading that nothing was sent with has nothing that could be wrong: 422 is no answer to it. */
static void damaged_views_are_no_fault_of_who_reads(void)
{
    static const char *const hands[] = {"UPDATE shelves SET spans = x'ff'", "DELETE FROM lines"};
    for (size_t i = 0; i < sizeof hands / sizeof *hands; i++) {
        struct kit_api kit;
        kit_api_init(&kit, one_thread);
        CHECK(answers(&kit, "RXA", "POST /claims", CLAIM, 201));
        by_hand(&kit, hands[i]);
        CHECK(kit_api_says(kit_api_ask(&kit, "RXA", "GET /answers?topic=status", NULL, NULL), 500,
                           "the server's log"));
        kit_api_done(&kit);
    }
}

/* A sender calls itself what it likes: no code, and no text that the record takes. */
static void what_cannot_be_a_code_is_told_all_the_same(void)
{
    static const char *const findings[] = {
        "{\"finding\":1,\"first_seen\":\"2017-05-12T08:01:00.000Z\",\"organisation\":\"St Mary's "
        "Hospital\",\"level\":\"high\",\"title\":\"T\",\"rule\":{\"id\":\"r1\",\"tags\":[],"
        "\"references\":[]},\"host\":\"b1\"}"};
    struct kit_api kit;
    struct cord_api_stats stats;
    kit_api_init(&kit, NULL);
    kit.findings = findings;
    atomic_store(&kit.finding_count, 1);
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", "GET /findings", NULL, NULL), 200, "St Mary's"));
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", "GET /audit", NULL, NULL), 200, "listFindings"));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", "DELETE /tokens/%E2%80%AE", NULL, NULL), 404, ""));
    cord_api_stats(kit.api, &stats);
    CHECK_U64(stats.untold[CORD_API_UNTOLD_REFUSED], 0);
    kit_api_done(&kit);
}

static bool somebody_is_at_the_gate(void *self)
{
    const struct kit_api *kit = self;
    return atomic_load(&kit->at_gate) > 0;
}

static int send_one(struct kit_api *kit)
{
    int client = kit_api_connect(kit);
    kit_loop_send(kit->loop, client,
                  CORD_STR("GET /api/v1/health HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
    kit_loop_settle(kit->loop);
    return client;
}

/* One is answered, one waits; the third is told to come again, and nobody is forgotten. */
static void too_many_that_wait_are_told_to_come_again(void)
{
    struct kit_api kit;
    struct cord_api_stats stats;
    kit_api_init(&kit, one_thread);
    (void)pthread_mutex_lock(&kit.gate);
    int first = send_one(&kit);
    kit_loop_until(kit.loop, somebody_is_at_the_gate, &kit);
    int second = send_one(&kit);
    struct kit_api_reply third = kit_api_ask(&kit, NULL, "GET /health", NULL, NULL);
    CHECK_U64(third.status, 503);
    CHECK_STR(kit_api_header(&third, "Retry-After"), "1");
    CHECK(cord_str_find(third.body, CORD_STR("too many requests wait"), 0) != SIZE_MAX);
    kit_api_reply_done(&third);
    (void)pthread_mutex_unlock(&kit.gate);
    CHECK(kit_api_says(kit_api_ask(&kit, NULL, "GET /rules/none", NULL, NULL), 401, ""));
    do {
        kit_loop_settle(kit.loop);
        cord_api_stats(kit.api, &stats);
    } while (stats.replies[200] < 2);
    CHECK_U64(stats.busy, 1);
    CHECK_U64(stats.replies[503], 1);
    (void)close(first);
    (void)close(second);
    kit_api_done(&kit);
}

KIT_MAIN(KIT_TEST(a_full_disk_is_told_and_loses_nothing), KIT_TEST(a_failing_disk_is_our_fault),
         KIT_TEST(what_is_held_or_damaged_is_no_fault_of_the_request),
         KIT_TEST(damaged_views_are_no_fault_of_who_reads),
         KIT_TEST(what_cannot_be_a_code_is_told_all_the_same),
         KIT_TEST(too_many_that_wait_are_told_to_come_again))
