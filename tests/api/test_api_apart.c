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

/* --- pages beside very much --- */

enum { HIDDEN = 2400, HIDDEN_AT_ONCE = 400 };

/* Of the neighbour, of the nation, and of who reads what of RXA. */
static void hide_much(struct kit_api *kit)
{
    static const char *const kinds[] = {"status.claim", "contain.execute", "audit.read"};
    static const char *const subjects[] = {"org:RXB", "service:spine", "org:RXA"};
    static const char *const values[] = {"{\"state\":\"clear\"}", "{\"containment\":\"c\"}",
                                         "{\"verb\":\"a\",\"target\":\"b\",\"outcome\":\"done\"}"};
    for (size_t i = 0; i < HIDDEN; i += HIDDEN_AT_ONCE) {
        struct cord_claim claims[HIDDEN_AT_ONCE];
        struct cord_record_outcome outcome;
        for (size_t n = 0; n < HIDDEN_AT_ONCE; n++) {
            claims[n] =
                (struct cord_claim){.kind = cord_claim_kind_find(cord_str_from(kinds[n % 3])),
                                    .subject = cord_str_from(subjects[n % 3]),
                                    .value = cord_str_from(values[n % 3]),
                                    .claimant = CORD_STR("org:RXB"),
                                    .method = CORD_STR("return"),
                                    .marking = n % 3 == 2 ? CORD_CLAIM_RED : CORD_CLAIM_AMBER,
                                    .valid_from_ns = CORD_TIME_NONE,
                                    .valid_to_ns = CORD_TIME_NONE};
        }
        CHECK(cord_record_append(kit->options.ports.record, claims, HIDDEN_AT_ONCE, &outcome,
                                 NULL) == CORD_OK);
    }
}

static void read_pages(struct kit_api *kit, const char *who, struct cord_buf *out)
{
    static const char *const requests[] = {
        "GET /claims?limit=2",
        "GET /claims",
        "GET /claims?kind=status.claim",
        "GET /claims?subject=org:RXB",
        "GET /claims?claimant=org:RXB",
        "GET /claims?subject=service:spine",
        "GET /audit?limit=3",
        "GET /audit?limit=3&order=newest",
        "GET /audit?subject=org:RXA",
    };
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        struct kit_api_reply reply = kit_api_ask(kit, who, requests[i], NULL, NULL);
        CHECK_U64(reply.status, 200);
        cord_buf_printf(out, "%s\n", requests[i]);
        cord_buf_put(out, reply.body);
        kit_api_reply_done(&reply);
    }
}

/* Byte for byte: no page ends early, and none has a cursor to nothing. */
static void pages_are_the_same_beside_very_much(void)
{
    struct kit_api kit;
    struct cord_buf idle;
    struct cord_buf busy;
    cord_buf_init(&idle, 1 << 22);
    cord_buf_init(&busy, 1 << 22);
    kit_api_init(&kit, NULL);
    for (size_t i = 0; i < 4; i++) {
        struct kit_api_reply reply =
            kit_api_ask(&kit, "RXA", "POST /claims", NULL, CLAIM("RXA", "exposed"));
        CHECK_U64(reply.status, 201);
        kit_api_reply_done(&reply);
    }
    read_pages(&kit, "RXA", &idle); /* what is read of others is told to the record once */
    cord_buf_clear(&idle);
    read_pages(&kit, "RXA", &idle);
    hide_much(&kit);
    read_pages(&kit, "RXA", &busy);
    CHECK(!idle.failed && idle.len > 2000);
    CHECK_STR_EQ(cord_buf_str(&busy), cord_buf_str(&idle));
    cord_buf_done(&idle);
    cord_buf_done(&busy);
    kit_api_done(&kit);
}

/* --- the audit, from both ends --- */

static void walk_audit(struct kit_api *kit, const char *order, struct cord_buf *ids)
{
    char request[512];
    char cursor[400] = "";
    for (size_t pages = 0; pages < 64; pages++) {
        (void)snprintf(request, sizeof request, "GET /audit?limit=3&order=%s%s%s", order,
                       cursor[0] ? "&cursor=" : "", cursor);
        struct kit_api_reply reply = kit_api_ask(kit, "nation", request, NULL, NULL);
        CHECK_U64(reply.status, 200);
        const cord_str name = CORD_STR("{\"id\":\"");
        for (size_t at = 0; (at = cord_str_find(reply.body, name, at)) != SIZE_MAX;) {
            at += name.len;
            cord_buf_put(ids, cord_str_slice(reply.body, at, CORD_API_OPAQUE_TEXT - 1));
        }
        size_t next = cord_str_find(reply.body, CORD_STR("\"next\":\""), 0);
        cord_str rest = next == SIZE_MAX ? CORD_STR("") : cord_str_from_byte(reply.body, next + 8);
        size_t len = cord_str_find_char(rest, '"', 0);
        (void)snprintf(cursor, sizeof cursor, "%.*s", len == SIZE_MAX ? 0 : (int)len, rest.ptr);
        kit_api_reply_done(&reply);
        if (cursor[0] == '\0') {
            return;
        }
    }
    fail_msg("the audit does not end");
}

static void the_audit_is_the_same_from_both_ends(void)
{
    enum { ID = CORD_API_OPAQUE_TEXT - 1 };
    struct kit_api kit;
    struct cord_buf up;
    struct cord_buf down;
    cord_buf_init(&up, 1 << 16);
    cord_buf_init(&down, 1 << 16);
    kit_api_init(&kit, NULL);
    be_busy(&kit);
    walk_audit(&kit, "oldest", &up);
    walk_audit(&kit, "oldest", &up); /* that it was read is in it now, and is told but once */
    cord_buf_clear(&up);
    walk_audit(&kit, "oldest", &up);
    walk_audit(&kit, "newest", &down);
    CHECK(up.len > 20 * (size_t)ID && up.len == down.len);
    for (size_t at = 0; at < up.len; at += ID) {
        CHECK_STR_EQ(cord_str_slice(cord_buf_str(&up), at, ID),
                     cord_str_slice(cord_buf_str(&down), down.len - at - ID, ID));
    }
    cord_buf_done(&up);
    cord_buf_done(&down);
    kit_api_done(&kit);
}

KIT_MAIN(KIT_TEST(what_one_sees_does_not_depend_on_another),
         KIT_TEST(pages_are_the_same_beside_very_much),
         KIT_TEST(the_audit_is_the_same_from_both_ends),
         KIT_TEST(ids_do_not_tell_what_came_between))
