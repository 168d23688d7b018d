/* test_tls_clients.c: who is let in, who is not, and how that is counted. */
#include "comms/listener.h"
#include "comms/tls.h"
#include "kit/kit_certificates.h"
#include "kit/kit_loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct door {
    char *dir;
    struct kit_certificate authority;
    struct kit_certificate server;
    struct cord_loop *loop;
    struct cord_listener *listener;
    struct cord_stream *stream; /* the newest one */
    size_t closed;
};

static size_t on_take(void *self, cord_str bytes)
{
    const struct door *door = self;
    CHECK(cord_stream_send(door->stream, bytes) == CORD_OK);
    return bytes.len;
}

static void on_closed(void *self, enum cord_stream_end end, cord_str reason)
{
    struct door *door = self;
    (void)end;
    CHECK(reason.len > 0);
    door->closed++;
}

static bool on_accepted(void *self, struct cord_loop *loop, const struct cord_stream_ops **ret_ops,
                        void **ret_self)
{
    static const struct cord_stream_ops ops = {.take = on_take, .closed = on_closed};
    (void)loop;
    *ret_ops = &ops;
    *ret_self = self;
    return true;
}

static void on_begin(void *self, struct cord_stream *stream)
{
    ((struct door *)self)->stream = stream;
}

static struct kit_certificate make(const struct door *door, const char *name,
                                   enum kit_certificate_kind kind,
                                   const struct kit_certificate *issuer)
{
    const struct kit_certificate_options options = {.name = name, .kind = kind, .issuer = issuer};
    return kit_certificate_make(door->dir, &options);
}

static cord_status context_of(const struct door *door, const char *client_ca, const char *crl,
                              struct cord_tls **ret_tls, struct cord_error *err)
{
    const struct cord_tls_options options = {.certificate = door->server.path,
                                             .key = door->server.key_path,
                                             .client_ca = client_ca,
                                             .client_required = true,
                                             .crl = crl};
    return cord_tls_new(&options, ret_tls, err);
}

static void door_open(struct door *door)
{
    struct cord_tls *tls = NULL;
    *door = (struct door){.dir = kit_certificates_new()};
    door->authority = make(door, "authority", KIT_AUTHORITY, NULL);
    door->server = make(door, "server", KIT_SERVER, &door->authority);
    CHECK(context_of(door, door->authority.path, NULL, &tls, NULL) == CORD_OK);
    CHECK(cord_loop_new(&door->loop, NULL) == CORD_OK);
    const struct cord_listener_options options = {
        .address = CORD_STR("127.0.0.1:0"),
        .tls = tls,
        .name = CORD_STR("door"),
        .connections_max = 100,
        .stream = {10000, 10000, 30000000000, 0},
        .accepted = on_accepted,
        .begin = on_begin,
        .self = door,
    };
    CHECK(cord_listener_new(&door->loop, 1, &options, &door->listener, NULL) == CORD_OK);
    cord_tls_unref(tls);
}

static void door_close(struct door *door)
{
    cord_listener_free(door->listener);
    cord_loop_free(door->loop);
    kit_certificate_done(&door->server);
    kit_certificate_done(&door->authority);
    kit_certificates_free(door->dir);
}

/* From now on these lists count. */
static void use_list(struct door *door, const char *client_ca, const char *crl)
{
    struct cord_tls *tls = NULL;
    struct cord_error err = {0};
    if (context_of(door, client_ca, crl, &tls, &err) != CORD_OK) {
        print_error("%s\n", err.text);
        fail();
    }
    cord_listener_use_tls(door->listener, tls);
    cord_tls_unref(tls);
}

static bool echoes(const struct door *door, struct kit_tls_client *client)
{
    char byte = 0;
    return kit_tls_client_send(client, door->loop, CORD_STR("x")) &&
           kit_tls_client_receive(client, door->loop, &byte, 1) == 1 && byte == 'x';
}

static bool comes_in(struct door *door, const struct kit_certificate *own)
{
    struct kit_tls_client client = kit_tls_client_new(&door->authority, own);
    size_t closed = door->closed;
    bool good = kit_tls_client_connect(&client, door->loop, cord_listener_port(door->listener)) &&
                echoes(door, &client);
    kit_tls_client_done(&client);
    kit_loop_until_count(door->loop, &door->closed, closed + 1);
    return good;
}

static uint64_t refused(const struct door *door, enum cord_tls_refusal refusal)
{
    return cord_listener_stats(door->listener).refusals[refusal];
}

static void counts_clients_by_what_is_wrong_with_them(void)
{
    struct door door;
    door_open(&door);
    const struct kit_certificate *authority = &door.authority;
    struct kit_certificate stranger = make(&door, "stranger", KIT_AUTHORITY, NULL);
    const struct {
        struct kit_certificate_options wish;
        enum cord_tls_refusal refusal;
    } cases[] = {
        {{.name = "c1", .kind = KIT_CLIENT, .issuer = authority, .until_s = -60},
         CORD_TLS_REFUSAL_EXPIRED},
        {{.name = "c2", .kind = KIT_CLIENT, .issuer = authority, .from_s = 3600},
         CORD_TLS_REFUSAL_EARLY},
        {{.name = "c3", .kind = KIT_CLIENT, .issuer = &stranger}, CORD_TLS_REFUSAL_AUTHORITY},
        {{.name = "c4", .kind = KIT_CLIENT}, CORD_TLS_REFUSAL_AUTHORITY},
        {{.name = "c5", .kind = KIT_SERVER, .issuer = authority}, CORD_TLS_REFUSAL_PURPOSE},
        {{.name = "c6", .kind = KIT_CLIENT, .issuer = authority, .strength = KIT_SHA1},
         CORD_TLS_REFUSAL_WEAK},
        {{.name = "c7", .kind = KIT_CLIENT, .issuer = authority, .strength = KIT_SHORT_KEY},
         CORD_TLS_REFUSAL_WEAK},
    };
    for (size_t at = 0; at < sizeof cases / sizeof cases[0]; at++) {
        struct kit_certificate own = kit_certificate_make(door.dir, &cases[at].wish);
        uint64_t before = refused(&door, cases[at].refusal);
        CHECK(!comes_in(&door, &own));
        CHECK_U64(refused(&door, cases[at].refusal), before + 1);
        kit_certificate_done(&own);
    }
    CHECK(!comes_in(&door, NULL));
    CHECK_U64(refused(&door, CORD_TLS_REFUSAL_NONE), 1);
    CHECK_U64(cord_listener_stats(door.listener).handshakes, sizeof cases / sizeof cases[0] + 1);
    kit_certificate_done(&stranger);
    door_close(&door);
}

static void counts_what_is_no_handshake(void)
{
    static const struct {
        const char *bytes;
        size_t len;
        enum cord_tls_refusal refusal;
    } cases[] = {
        {"GET / HTTP/1.1\r\n\r\n", 18, CORD_TLS_REFUSAL_MALFORMED},
        {"<34>1 2026-01-01T00:00:00Z host app - - - plain\n", 49, CORD_TLS_REFUSAL_MALFORMED},
        {"\x16\x03\x01\xff\xff\x01\x00\x00", 8, CORD_TLS_REFUSAL_MALFORMED},
        {"\x16\x03\x03", 3, CORD_TLS_REFUSAL_LEFT},
        {"\x15\x03\x03\x00\x02\x02\x28", 7, CORD_TLS_REFUSAL_MALFORMED},
    };
    struct door door;
    door_open(&door);
    for (size_t at = 0; at < sizeof cases / sizeof cases[0]; at++) {
        uint64_t before = refused(&door, cases[at].refusal);
        int client = kit_loop_connect(cord_listener_port(door.listener));
        kit_loop_send(door.loop, client, (cord_str){cases[at].bytes, cases[at].len});
        CHECK(shutdown(client, SHUT_WR) == 0);
        kit_loop_until_count(door.loop, &door.closed, at + 1);
        CHECK_U64(refused(&door, cases[at].refusal), before + 1);
        close(client);
    }
    struct kit_certificate other = make(&door, "other", KIT_AUTHORITY, NULL);
    struct kit_tls_client client = kit_tls_client_new(&other, NULL); /* does not trust us */
    CHECK(!kit_tls_client_connect(&client, door.loop, cord_listener_port(door.listener)));
    kit_tls_client_done(&client);
    kit_loop_until_count(door.loop, &door.closed, sizeof cases / sizeof cases[0] + 1);
    CHECK_U64(refused(&door, CORD_TLS_REFUSAL_ALERT), 1);
    client = kit_tls_client_new(&door.authority, NULL);
    SSL_CTX_set_security_level(client.context, 0);
    CHECK(SSL_CTX_set_min_proto_version(client.context, TLS1_VERSION) == 1);
    CHECK(SSL_CTX_set_max_proto_version(client.context, TLS1_1_VERSION) == 1);
    CHECK(!kit_tls_client_connect(&client, door.loop, cord_listener_port(door.listener)));
    kit_tls_client_done(&client);
    kit_loop_until_count(door.loop, &door.closed, sizeof cases / sizeof cases[0] + 2);
    CHECK_U64(refused(&door, CORD_TLS_REFUSAL_OLD), 1);
    kit_certificate_done(&other);
    door_close(&door);
}

/* --- lists of revoked certificates --- */

static void turns_away_who_is_revoked(void)
{
    struct door door;
    char crl[128];
    door_open(&door);
    struct kit_certificate good = make(&door, "good", KIT_CLIENT, &door.authority);
    struct kit_certificate bad = make(&door, "bad", KIT_CLIENT, &door.authority);
    kit_certificate_list(door.dir, "crl.pem", &door.authority, &bad, 3600, crl);
    CHECK(comes_in(&door, &good) && comes_in(&door, &bad));
    use_list(&door, door.authority.path, crl);
    CHECK(comes_in(&door, &good));
    CHECK(!comes_in(&door, &bad));
    CHECK_U64(refused(&door, CORD_TLS_REFUSAL_REVOKED), 1);
    kit_certificate_done(&bad);
    kit_certificate_done(&good);
    door_close(&door);
}

static void says_when_a_list_is_stale_and_goes_by_it(void)
{
    struct door door;
    struct cord_tls *tls = NULL;
    char crl[128];
    door_open(&door);
    struct kit_certificate good = make(&door, "good", KIT_CLIENT, &door.authority);
    struct kit_certificate bad = make(&door, "bad", KIT_CLIENT, &door.authority);
    kit_certificate_list(door.dir, "crl.pem", &door.authority, &bad, -600, crl);
    CHECK(context_of(&door, door.authority.path, crl, &tls, NULL) == CORD_OK);
    CHECK(cord_tls_crl_until_s(tls) <= (int64_t)time(NULL) - 599);
    cord_listener_use_tls(door.listener, tls);
    cord_tls_unref(tls);
    CHECK(comes_in(&door, &good));
    CHECK(!comes_in(&door, &bad));
    CHECK_U64(refused(&door, CORD_TLS_REFUSAL_REVOKED), 1);
    kit_certificate_done(&bad);
    kit_certificate_done(&good);
    door_close(&door);
}

static void wants_a_list_of_whoever_signs_clients(void)
{
    struct door door;
    char crl[128];
    door_open(&door);
    struct kit_certificate ward = make(&door, "ward", KIT_AUTHORITY, &door.authority);
    struct kit_certificate direct = make(&door, "direct", KIT_CLIENT, &door.authority);
    struct kit_certificate below = make(&door, "below", KIT_CLIENT, &ward);
    struct kit_certificate other = make(&door, "other", KIT_CLIENT, &ward);
    kit_certificate_list(door.dir, "crl.pem", &ward, &other, 3600, crl);
    use_list(&door, ward.path, crl); /* an authority between is trusted on its own */
    CHECK(comes_in(&door, &below));
    CHECK(!comes_in(&door, &other));
    CHECK(!comes_in(&door, &direct));
    CHECK_U64(refused(&door, CORD_TLS_REFUSAL_REVOKED), 1);
    CHECK_U64(refused(&door, CORD_TLS_REFUSAL_AUTHORITY), 1);
    use_list(&door, door.authority.path, crl);
    CHECK(!comes_in(&door, &direct)); /* no list by who signed it */
    CHECK_U64(refused(&door, CORD_TLS_REFUSAL_UNLISTED), 1);
    kit_certificate_done(&other);
    kit_certificate_done(&below);
    kit_certificate_done(&direct);
    kit_certificate_done(&ward);
    door_close(&door);
}

static void closes_who_has_been_revoked_and_nobody_else(void)
{
    struct door door;
    char crl[128];
    char byte;
    door_open(&door);
    struct kit_certificate good = make(&door, "good", KIT_CLIENT, &door.authority);
    struct kit_certificate bad = make(&door, "bad", KIT_CLIENT, &door.authority);
    struct kit_tls_client stays = kit_tls_client_new(&door.authority, &good);
    struct kit_tls_client goes = kit_tls_client_new(&door.authority, &bad);
    uint16_t port = cord_listener_port(door.listener);
    CHECK(kit_tls_client_connect(&goes, door.loop, port) && echoes(&door, &goes));
    CHECK(kit_tls_client_connect(&stays, door.loop, port) && echoes(&door, &stays));
    kit_certificate_list(door.dir, "crl.pem", &door.authority, &bad, 3600, crl);
    use_list(&door, door.authority.path, crl);
    CHECK(kit_tls_client_receive(&goes, door.loop, &byte, 1) == 0);
    kit_tls_client_done(&goes);
    kit_loop_until_count(door.loop, &door.closed, 1);
    CHECK(echoes(&door, &stays));
    CHECK_U64(cord_listener_stats(door.listener).revoked, 1);
    kit_tls_client_done(&stays);
    kit_certificate_done(&bad);
    kit_certificate_done(&good);
    door_close(&door);
}

static void takes_a_new_authority_and_drops_nobody(void)
{
    struct door door;
    door_open(&door);
    struct kit_certificate renewed = make(&door, "renewed", KIT_AUTHORITY, NULL);
    struct kit_certificate old = make(&door, "old", KIT_CLIENT, &door.authority);
    struct kit_certificate fresh = make(&door, "fresh", KIT_CLIENT, &renewed);
    struct kit_tls_client stays = kit_tls_client_new(&door.authority, &old);
    CHECK(kit_tls_client_connect(&stays, door.loop, cord_listener_port(door.listener)));
    CHECK(echoes(&door, &stays));
    struct cord_stream *stream = door.stream;
    CHECK(!comes_in(&door, &fresh));
    use_list(&door, renewed.path, NULL);
    CHECK(comes_in(&door, &fresh));
    CHECK(!comes_in(&door, &old));
    CHECK_U64(refused(&door, CORD_TLS_REFUSAL_AUTHORITY), 2);
    door.stream = stream;
    CHECK(echoes(&door, &stays));
    kit_tls_client_done(&stays);
    kit_certificate_done(&fresh);
    kit_certificate_done(&old);
    kit_certificate_done(&renewed);
    door_close(&door);
}

static void wrong_list(const struct door *door, const char *crl, cord_status status,
                       const char *why)
{
    struct cord_tls *tls = NULL;
    struct cord_error err = {0};
    CHECK(context_of(door, door->authority.path, crl, &tls, &err) == status);
    CHECK(!tls);
    if (!strstr(err.text, why)) {
        print_error("got \"%s\", wanted \"%s\"\n", err.text, why);
        fail();
    }
}

static void says_what_is_wrong_with_lists(void)
{
    struct door door;
    char forged[128];
    char half[128];
    door_open(&door);
    struct kit_certificate other = make(&door, "authority-2", KIT_AUTHORITY, NULL);
    const struct kit_certificate_options same = {.name = "authority", .kind = KIT_AUTHORITY};
    wrong_list(&door, "/nowhere/crl.pem", CORD_E_NOENT, "/nowhere/crl.pem");
    wrong_list(&door, door.dir, CORD_E_FORMAT, "no file");
    wrong_list(&door, door.authority.path, CORD_E_FORMAT, "no lists");
    kit_certificate_list(door.dir, "half.pem", &other, NULL, 3600, half);
    FILE *file = fopen(half, "a");
    CHECK(file);
    CHECK(fputs("-----BEGIN X509 CRL-----\nAAAA\n", file) >= 0);
    CHECK(fclose(file) == 0);
    wrong_list(&door, half, CORD_E_FORMAT, "no lists");
    char *apart = kit_certificates_new();
    struct kit_certificate namesake = kit_certificate_make(apart, &same);
    kit_certificate_list(door.dir, "forged.pem", &namesake, NULL, 3600, forged);
    wrong_list(&door, forged, CORD_E_FORMAT, "is not signed by");
    kit_certificate_done(&namesake);
    kit_certificates_free(apart);
    kit_certificate_done(&other);
    door_close(&door);
}

KIT_MAIN(KIT_TEST(counts_clients_by_what_is_wrong_with_them), KIT_TEST(counts_what_is_no_handshake),
         KIT_TEST(turns_away_who_is_revoked), KIT_TEST(says_when_a_list_is_stale_and_goes_by_it),
         KIT_TEST(wants_a_list_of_whoever_signs_clients),
         KIT_TEST(closes_who_has_been_revoked_and_nobody_else),
         KIT_TEST(takes_a_new_authority_and_drops_nobody), KIT_TEST(says_what_is_wrong_with_lists))
