/*
 * test_api_apart.c: what an organisation is told does not depend on what another does (N13).
 *
 * The same is asked twice, once beside a neighbour that does nothing, once beside one that is
 * busy. But for ids, hashes and cursors, which tell nothing, every reply is to be the same.
 */
#include "kit/kit_api.h"

#include <stdio.h>
#include <stdlib.h>

#define CLAIM(organisation, state)                                                                 \
    "{\"claims\":[{\"kind\":\"status.claim\",\"subject\":\"org:" organisation                      \
    "\",\"value\":{\"state\":\"" state "\"},\"method\":\"return\"}]}"

static const char *const findings[] = {
    "{\"finding\":1,\"first_seen\":\"2017-05-12T08:01:00.000Z\",\"organisation\":\"RXB\",\"level\":"
    "\"high\",\"title\":\"T\",\"rule\":{\"id\":\"r1\",\"tags\":[],\"references\":[]},\"host\":"
    "\"b1\"}",
    "{\"finding\":2,\"first_seen\":\"2017-05-12T08:02:00.000Z\",\"organisation\":\"RXB\",\"level\":"
    "\"high\",\"title\":\"T\",\"rule\":{\"id\":\"r1\",\"tags\":[],\"references\":[]},\"host\":"
    "\"b2\"}",
};

static bool is_secret(char c)
{
    return cord_str_is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '_';
}

static bool is_id(cord_str word)
{
    return word.len == CORD_API_OPAQUE_TEXT - 1 && word.ptr[4] == '-' && word.ptr[9] == '-';
}

/* Ids, hashes, cursors and tokens as "#"; two replies that differ in nothing else are the same. */
static void mask(cord_str text, struct cord_buf *out)
{
    for (size_t at = 0; at < text.len;) {
        size_t end = at;
        while (end < text.len && is_secret(text.ptr[end])) {
            end++;
        }
        cord_str word = cord_str_slice(text, at, end - at);
        if (word.len >= 38 || is_id(word)) {
            cord_buf_put_char(out, '#');
        } else {
            cord_buf_put(out, word);
        }
        if (end < text.len) {
            cord_buf_put_char(out, text.ptr[end++]);
        }
        at = end;
    }
}

static void note(struct kit_api *kit, const char *request, const char *body, struct cord_buf *out)
{
    struct kit_api_reply reply = kit_api_ask(kit, "RXA", request, NULL, body);
    cord_buf_printf(out, "%s: %u ", request, reply.status);
    mask(reply.body, out);
    cord_buf_put_char(out, '\n');
    kit_api_reply_done(&reply);
}

static void tell(struct kit_api *kit, const char *request, const char *body)
{
    struct kit_api_reply reply = kit_api_ask(kit, "RXB", request, NULL, body);
    CHECK_U64(reply.status, 201);
    kit_api_reply_done(&reply);
}

static void be_busy(struct kit_api *kit)
{
    for (size_t i = 0; i < 7; i++) {
        char body[128];
        tell(kit, "POST /claims", i % 2 ? CLAIM("RXB", "infected") : CLAIM("RXB", "disrupted"));
        tell(kit, "POST /tokens", "{\"name\":\"t\",\"days\":1,\"rights\":\"claims.read\"}");
        (void)snprintf(body, sizeof body,
                       "{\"login\":\"b%zu\",\"name\":\"B\",\"organisation\":\"RXB\"}", i);
        tell(kit, "POST /users", body);
    }
    kit->findings = findings;
    atomic_store(&kit->finding_count, sizeof findings / sizeof *findings);
}

/* Every list there is, and single things by ids that are nobody's. */
static void look_at_everything(struct kit_api *kit, struct cord_buf *out)
{
    size_t count;
    char request[160];
    const struct cord_api_route *const *routes = cord_api_route_table(&count);
    for (size_t i = 0; i < count; i++) {
        const struct cord_api_route *route = routes[i];
        /* Streams do not end; the audit is held to its rights elsewhere. */
        if (route->method == CORD_HTTP_GET && (route->flags & CORD_API_LIVE) == 0) {
            const char *brace = strchr(route->path, '{');
            (void)snprintf(request, sizeof request, "GET %.*s%s",
                           brace ? (int)(brace - route->path) : (int)strlen(route->path),
                           route->path, brace ? "0000-0000-0000" : "");
            note(kit, request, NULL, out);
        }
    }
    note(kit, "GET /claims?limit=1", NULL, out);
    note(kit, "GET /claims?subject=org:RXB", NULL, out);
    note(kit, "GET /claims?claimant=org:RXB", NULL, out);
    note(kit, "GET /claims?claimant=user:3", NULL, out);
    note(kit, "GET /answers?topic=status", NULL, out);
    note(kit, "GET /findings?organisation=RXB", NULL, out);
    note(kit, "GET /findings?order=oldest", NULL, out);
    note(kit, "GET /alerts?q=org:RXB", NULL, out);
    note(kit, "GET /alerts?q=b1&sort=last&group=true", NULL, out);
    note(kit, "GET /alerts/facets?fields=org,rule,severity,host,status", NULL, out);
    note(kit, "GET /alerts/histogram?from=2017-05-12T08:00:00Z&to=2017-05-12T09:00:00Z", NULL, out);
    note(kit, "GET /alerts/risks?of=organisation", NULL, out);
    note(kit, "GET /spread?attempts=true", NULL, out);
    note(kit, "GET /rules/5f2d6f0e-9a53-4b0c-8f63-3c2c4a1d7e11/health", NULL, out);
    note(kit, "GET /picture?role=all", NULL, out);
}

static void play(bool busy, struct cord_buf *out)
{
    struct kit_api kit;
    char request[160];
    char id[CORD_API_OPAQUE_TEXT];
    kit_api_init(&kit, NULL);
    note(&kit, "POST /claims", CLAIM("RXA", "exposed"), out);
    if (busy) {
        be_busy(&kit);
    }
    note(&kit, "POST /claims", CLAIM("RXA", "infected"), out);
    note(&kit, "POST /claims", CLAIM("RXB", "clear"), out);
    note(&kit, "POST /users", "{\"login\":\"a\",\"name\":\"A\",\"organisation\":\"RXA\"}", out);
    note(&kit, "POST /tokens", "{\"name\":\"t\",\"days\":1,\"rights\":\"claims.read\"}", out);
    kit_api_tell(&kit);
    look_at_everything(&kit, out);
    /* What is another's, by its right id, is as though it were not there. */
    for (uint64_t number = 1; number <= 30; number++) {
        (void)snprintf(request, sizeof request, "GET /findings/%s",
                       kit_api_id(&kit, CORD_API_OPAQUE_FINDING, number, id));
        struct kit_api_reply reply = kit_api_ask(&kit, "RXA", request, NULL, NULL);
        CHECK_U64(reply.status, 404);
        kit_api_reply_done(&reply);
    }
    kit_api_done(&kit);
}

static void what_one_sees_does_not_depend_on_another(void)
{
    struct cord_buf idle;
    struct cord_buf busy;
    cord_buf_init(&idle, 1 << 22);
    cord_buf_init(&busy, 1 << 22);
    play(false, &idle);
    play(true, &busy);
    CHECK(!idle.failed && !busy.failed && idle.len > 10000);
    cord_str one = cord_buf_str(&idle);
    cord_str two = cord_buf_str(&busy);
    cord_str line;
    cord_str other;
    while (cord_str_cut(&one, '\n', &line) && cord_str_cut(&two, '\n', &other)) {
        CHECK_STR_EQ(line, other);
    }
    CHECK_U64(one.len, two.len);
    cord_buf_done(&idle);
    cord_buf_done(&busy);
}

/* By the ids of its own claims nobody can tell what came between. */
static void ids_do_not_tell_what_came_between(void)
{
    struct kit_api kit;
    char ids[40][CORD_API_OPAQUE_TEXT];
    size_t rising = 0;
    kit_api_init(&kit, NULL);
    for (size_t i = 0; i < 40; i++) {
        struct kit_api_reply reply =
            kit_api_ask(&kit, "RXA", "POST /claims", NULL, CLAIM("RXA", "exposed"));
        size_t at = cord_str_find(reply.body, CORD_STR("\"claims\":[\""), 0);
        CHECK(at != SIZE_MAX);
        cord_str id = cord_str_slice(reply.body, at + 11, CORD_API_OPAQUE_TEXT - 1);
        (void)snprintf(ids[i], sizeof ids[i], "%.*s", CORD_STR_ARG(id));
        CHECK(is_id(id));
        rising += i > 0 && strcmp(ids[i - 1], ids[i]) < 0 ? 1 : 0;
        kit_api_reply_done(&reply);
    }
    CHECK(rising > 8 && rising < 31);
    kit_api_done(&kit);
}

KIT_MAIN(KIT_TEST(what_one_sees_does_not_depend_on_another),
         KIT_TEST(ids_do_not_tell_what_came_between))
