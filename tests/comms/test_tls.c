#include "comms/listener.h"
#include "comms/tls.h"
#include "kit/kit_certificates.h"
#include "kit/kit_loop.h"

#include <fcntl.h>
#include <openssl/pem.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* --- contexts --- */

struct cast {
    char *dir;
    struct kit_certificate authority;
    struct kit_certificate server;
};

static struct kit_certificate make(const struct cast *cast, const char *name,
                                   enum kit_certificate_kind kind,
                                   const struct kit_certificate *issuer)
{
    struct kit_certificate_options options = {.name = name, .kind = kind, .issuer = issuer};
    return kit_certificate_make(cast->dir, &options);
}

static struct cast cast_new(void)
{
    struct cast cast = {.dir = kit_certificates_new()};
    cast.authority = make(&cast, "authority", KIT_AUTHORITY, NULL);
    cast.server = make(&cast, "server", KIT_SERVER, &cast.authority);
    return cast;
}

static void cast_done(struct cast *cast)
{
    kit_certificate_done(&cast->server);
    kit_certificate_done(&cast->authority);
    kit_certificates_free(cast->dir);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    CHECK(file);
    CHECK(fputs(text, file) >= 0);
    CHECK(fclose(file) == 0);
    CHECK(chmod(path, 0600) == 0);
}

static void refused(const struct cord_tls_options *options, cord_status status, const char *why)
{
    struct cord_error err = {0};
    struct cord_tls *tls = NULL;
    CHECK(cord_tls_new(options, &tls, &err) == status);
    CHECK(!tls);
    if (!strstr(err.text, why)) {
        print_error("got \"%s\", wanted \"%s\"\n", err.text, why);
        fail();
    }
}

static void says_what_is_wrong_with_files(void)
{
    struct cast cast = cast_new();
    char junk[200];
    char locked[200];
    (void)snprintf(junk, sizeof junk, "%s/junk", cast.dir);
    (void)snprintf(locked, sizeof locked, "%s/locked", cast.dir);
    write_file(junk, "-----BEGIN CERTIFICATE-----\nnothing of the kind\n");
    FILE *file = fopen(locked, "w");
    CHECK(file);
    CHECK(PEM_write_PrivateKey(file, cast.server.key, EVP_aes_128_cbc(),
                               (const unsigned char *)"secret", 6, NULL, NULL) == 1);
    CHECK(fclose(file) == 0);
    CHECK(chmod(locked, 0600) == 0);
    const char *certificate = cast.server.path;
    const char *key = cast.server.key_path;
    refused(&(struct cord_tls_options){"/nowhere/x.pem", key, NULL, false, NULL}, CORD_E_NOENT,
            "/nowhere/x.pem");
    refused(&(struct cord_tls_options){junk, key, NULL, false, NULL}, CORD_E_FORMAT, "junk");
    refused(&(struct cord_tls_options){certificate, "/nowhere/k", NULL, false, NULL}, CORD_E_NOENT,
            "/nowhere/k");
    refused(&(struct cord_tls_options){certificate, junk, NULL, false, NULL}, CORD_E_FORMAT,
            "no private key");
    refused(&(struct cord_tls_options){certificate, locked, NULL, false, NULL}, CORD_E_FORMAT,
            "encrypted");
    refused(&(struct cord_tls_options){certificate, "/dev/null", NULL, false, NULL}, CORD_E_FORMAT,
            "no key file");
    refused(&(struct cord_tls_options){certificate, cast.authority.key_path, NULL, false, NULL},
            CORD_E_FORMAT, "is not the key of");
    refused(&(struct cord_tls_options){certificate, key, "/nowhere/ca", true, NULL}, CORD_E_NOENT,
            "/nowhere/ca");
    refused(&(struct cord_tls_options){certificate, key, junk, true, NULL}, CORD_E_FORMAT, "junk");
    cast_done(&cast);
}

static void wants_its_key_to_be_private(void)
{
    struct cast cast = cast_new();
    struct cord_tls_options options = {cast.server.path, cast.server.key_path, NULL, false, NULL};
    const struct {
        mode_t mode;
        bool good;
    } cases[] = {{0600, true},  {0400, true},  {0640, true}, {0644, false},
                 {0604, false}, {0660, false}, {0602, false}};
    for (size_t at = 0; at < sizeof cases / sizeof cases[0]; at++) {
        CHECK(chmod(cast.server.key_path, cases[at].mode) == 0);
        if (cases[at].good) {
            cord_tls_unref(kit_certificate_server(&cast.server, NULL, false));
        } else {
            refused(&options, CORD_E_FORMAT, "chmod");
        }
    }
    cast_done(&cast);
}

static void knows_when_its_certificate_ends(void)
{
    struct cast cast = cast_new();
    struct kit_certificate_options wish = {
        .name = "old", .kind = KIT_SERVER, .issuer = &cast.authority, .until_s = -60};
    struct kit_certificate old = kit_certificate_make(cast.dir, &wish);
    wish = (struct kit_certificate_options){
        .name = "early", .kind = KIT_SERVER, .issuer = &cast.authority, .from_s = 3600};
    struct kit_certificate early = kit_certificate_make(cast.dir, &wish);
    refused(&(struct cord_tls_options){old.path, old.key_path, NULL, false, NULL}, CORD_E_FORMAT,
            "expired");
    refused(&(struct cord_tls_options){early.path, early.key_path, NULL, false, NULL},
            CORD_E_FORMAT, "not valid yet");
    struct cord_tls *tls = kit_certificate_server(&cast.server, NULL, false);
    int64_t left = cord_tls_expires_s(tls) - (int64_t)time(NULL);
    CHECK(left > 86400 - 100 && left <= 86400);
    CHECK(cord_tls_ref(tls) == tls);
    cord_tls_unref(tls);
    cord_tls_unref(tls);
    cord_tls_unref(NULL);
    kit_certificate_done(&old);
    kit_certificate_done(&early);
    cast_done(&cast);
}

static void fails_cleanly_without_memory(void)
{
    struct cast cast = cast_new();
    struct cord_tls_options options = {cast.server.path, cast.server.key_path, cast.authority.path,
                                       true, NULL};
    for (size_t nth = 1;; nth++) {
        struct cord_tls *tls = NULL;
        kit_fail_allocation(nth);
        cord_status status = cord_tls_new(&options, &tls, NULL);
        bool failed = kit_fail_allocation_off();
        CHECK(failed ? status == CORD_E_NOMEM && !tls : status == CORD_OK);
        cord_tls_unref(tls);
        if (!failed) {
            break;
        }
    }
    cast_done(&cast);
}

/* --- a service over TLS --- */

struct service {
    struct cast cast;
    struct cord_loop *loop;
    struct cord_tls *tls;
    struct cord_listener *listener;
    struct cord_stream *stream; /* the newest one */
    size_t opened;
    size_t closed;
    size_t received;
    size_t takes;
    size_t pause_after; /* takes; 0: never */
    bool silent;        /* no echo */
    struct cord_tls_peer peer;
    enum cord_stream_end end;
    char reason[200];
};

static bool on_opened(void *self, struct cord_stream *stream)
{
    struct service *service = self;
    CHECK(stream == service->stream);
    service->opened++;
    service->peer = *cord_stream_certificate(stream);
    return true;
}

static size_t on_take(void *self, cord_str bytes)
{
    struct service *service = self;
    service->received += bytes.len;
    service->takes++;
    if (service->pause_after > 0 && service->takes >= service->pause_after) {
        cord_stream_pause(service->stream);
    }
    if (!service->silent) {
        CHECK(cord_stream_send(service->stream, bytes) == CORD_OK);
    }
    return bytes.len;
}

static void on_closed(void *self, enum cord_stream_end end, cord_str reason)
{
    struct service *service = self;
    service->closed++;
    service->end = end;
    CHECK(reason.len > 0 && reason.len < sizeof service->reason);
    memset(service->reason, 0, sizeof service->reason);
    memcpy(service->reason, reason.ptr, reason.len);
}

static const struct cord_stream_ops ops = {
    .opened = on_opened, .take = on_take, .closed = on_closed};

static bool on_accepted(void *self, struct cord_loop *loop, const struct cord_stream_ops **ret_ops,
                        void **ret_self)
{
    (void)loop;
    *ret_ops = &ops;
    *ret_self = self;
    return true;
}

static void on_begin(void *self, struct cord_stream *stream)
{
    ((struct service *)self)->stream = stream;
}

enum asking { ASKS_NOBODY, ASKS, REQUIRES };

static void serve(struct service *service, enum asking asking)
{
    *service = (struct service){.cast = cast_new()};
    CHECK(cord_loop_new(&service->loop, NULL) == CORD_OK);
    service->tls = kit_certificate_server(&service->cast.server,
                                          asking == ASKS_NOBODY ? NULL : &service->cast.authority,
                                          asking == REQUIRES);
    struct cord_listener_options options = {
        .address = CORD_STR("127.0.0.1:0"),
        .tls = service->tls,
        .connections_max = 100,
        .stream = {.recv_bytes_max = 100000,
                   .send_bytes_max = 16 << 20,
                   .handshake_ns = 30000000000},
        .accepted = on_accepted,
        .begin = on_begin,
        .self = service,
    };
    CHECK(cord_listener_new(&service->loop, 1, &options, &service->listener, NULL) == CORD_OK);
}

static void serve_done(struct service *service)
{
    cord_listener_free(service->listener);
    cord_tls_unref(service->tls);
    cord_loop_free(service->loop);
    cast_done(&service->cast);
}

static bool connects(struct service *service, struct kit_tls_client *client)
{
    return kit_tls_client_connect(client, service->loop, cord_listener_port(service->listener));
}

static void echoes(struct service *service, struct kit_tls_client *client, cord_str text)
{
    char answer[100];
    CHECK(kit_tls_client_send(client, service->loop, text));
    CHECK(kit_tls_client_receive(client, service->loop, answer, text.len) == text.len);
    CHECK(memcmp(answer, text.ptr, text.len) == 0);
}

static void speaks_tls_of_both_versions(void)
{
    const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    struct service service;
    serve(&service, ASKS_NOBODY);
    for (size_t at = 0; at < 2; at++) {
        struct kit_tls_client client = kit_tls_client_new(&service.cast.authority, NULL);
        CHECK(SSL_CTX_set_max_proto_version(client.context, versions[at]) == 1);
        CHECK(connects(&service, &client));
        CHECK(SSL_version(client.ssl) == versions[at]);
        echoes(&service, &client, CORD_STR("hello"));
        CHECK(service.opened == at + 1);
        CHECK(!service.peer.present);
        /* One of TLS 1.2 would not have forward secrecy. */
        CHECK(SSL_SESSION_has_ticket(SSL_get0_session(client.ssl)) == (at == 1));
        (void)SSL_shutdown(client.ssl);
        kit_tls_client_done(&client);
        kit_loop_until_count(service.loop, &service.closed, at + 1);
        CHECK(service.end == CORD_STREAM_END_PEER || service.end == CORD_STREAM_END_ERROR);
    }
    serve_done(&service);
}

static void refuses_old_versions_and_weak_ciphers(void)
{
    struct service service;
    serve(&service, ASKS_NOBODY);
    for (size_t at = 0; at < 3; at++) {
        struct kit_tls_client client = kit_tls_client_new(&service.cast.authority, NULL);
        SSL_CTX_set_security_level(client.context, 0);
        CHECK(SSL_CTX_set_max_proto_version(client.context,
                                            at == 0 ? TLS1_1_VERSION : TLS1_2_VERSION) == 1);
        CHECK(SSL_CTX_set_min_proto_version(client.context,
                                            at == 0 ? TLS1_VERSION : TLS1_2_VERSION) == 1);
        /* No AEAD; no forward secrecy. */
        CHECK(at != 1 || SSL_CTX_set_cipher_list(client.context, "ECDHE-ECDSA-AES128-SHA256"));
        CHECK(at != 2 || SSL_CTX_set_cipher_list(client.context, "AES128-GCM-SHA256"));
        CHECK(!connects(&service, &client));
        kit_tls_client_done(&client);
        kit_loop_until_count(service.loop, &service.closed, at + 1);
        CHECK(service.end == CORD_STREAM_END_HANDSHAKE);
        CHECK(strstr(service.reason, at == 0 ? "unsupported protocol" : "no shared cipher"));
    }
    CHECK(cord_listener_stats(service.listener).handshakes == 3);
    CHECK(service.opened == 0);
    serve_done(&service);
}

static void refuses_what_is_no_tls(void)
{
    static const char zeros[4000];
    const cord_str cases[] = {
        CORD_STR("GET / HTTP/1.1\r\n\r\n"),
        CORD_STR("<34>1 2026-01-01T00:00:00Z host app - - - plain syslog\n"),
        CORD_STR("\x16\x03\x01\xff\xff\x01\x00\x00"),
        CORD_STR("\x16\x03\x03\x00\x05\x01\xff\xff\xff\xff"),
        {zeros, sizeof zeros},
        CORD_STR("\x80\x2e\x01\x00\x02"),
    };
    const size_t count = sizeof cases / sizeof cases[0];
    struct service service;
    serve(&service, ASKS_NOBODY);
    for (size_t at = 0; at < count; at++) {
        int client = kit_loop_connect(cord_listener_port(service.listener));
        kit_loop_send(service.loop, client, cases[at]);
        CHECK(shutdown(client, SHUT_WR) == 0);
        kit_loop_until_count(service.loop, &service.closed, at + 1);
        CHECK(service.end == CORD_STREAM_END_HANDSHAKE);
        close(client);
    }
    CHECK(service.opened == 0);
    CHECK(cord_listener_stats(service.listener).handshakes == count);
    CHECK(cord_listener_stats(service.listener).open == 0);
    serve_done(&service);
}

static void fingerprint_of(const struct kit_certificate *certificate, char hex[65])
{
    unsigned char digest[32];
    unsigned len = 0;
    CHECK(X509_digest(certificate->certificate, EVP_sha256(), digest, &len) == 1);
    for (size_t byte = 0; byte < 32; byte++) {
        (void)snprintf(hex + 2 * byte, 3, "%02x", digest[byte]);
    }
}

static void knows_its_clients(void)
{
    static const struct {
        const char *name;
        const char *dns;
        const char *wanted;
    } cases[] = {{"common", "agent-7.example.org", "agent-7.example.org"},
                 {"only common", NULL, "only common"},
                 {"h\xc3\xb6st", NULL, ""}};
    struct service service;
    serve(&service, REQUIRES);
    for (size_t at = 0; at < sizeof cases / sizeof cases[0]; at++) {
        struct kit_certificate_options wish = {.name = cases[at].name,
                                               .dns = cases[at].dns,
                                               .kind = KIT_CLIENT,
                                               .issuer = &service.cast.authority};
        struct kit_certificate own = kit_certificate_make(service.cast.dir, &wish);
        struct kit_tls_client client = kit_tls_client_new(&service.cast.authority, &own);
        CHECK(connects(&service, &client));
        echoes(&service, &client, CORD_STR("it is me"));
        CHECK(service.peer.present);
        CHECK_STR_EQ(cord_str_from(service.peer.name), cord_str_from(cases[at].wanted));
        char hex[65];
        fingerprint_of(&own, hex);
        CHECK_STR_EQ(cord_str_from(service.peer.fingerprint), cord_str_from(hex));
        fingerprint_of(&service.cast.authority, hex);
        CHECK_STR_EQ(cord_str_from(service.peer.authority), cord_str_from(hex));
        kit_tls_client_done(&client);
        kit_certificate_done(&own);
    }
    serve_done(&service);
}

static void turned_away(struct service *service, const struct kit_certificate *own,
                        const char *reason, int version)
{
    struct kit_tls_client client = kit_tls_client_new(&service->cast.authority, own);
    size_t before = service->closed;
    size_t opened = service->opened;
    char byte;
    CHECK(SSL_CTX_set_max_proto_version(client.context, version) == 1);
    if (connects(service, &client)) {
        /* What it has to say at once does not keep it from hearing why. */
        (void)kit_tls_client_send(&client, service->loop, CORD_STR("early words"));
        CHECK(kit_tls_client_receive(&client, service->loop, &byte, 1) == 0);
    }
    CHECK(strstr(client.error, "alert"));
    kit_tls_client_done(&client);
    kit_loop_until_count(service->loop, &service->closed, before + 1);
    CHECK(service->end == CORD_STREAM_END_HANDSHAKE);
    if (!strstr(service->reason, reason)) {
        print_error("got \"%s\", wanted \"%s\"\n", service->reason, reason);
        fail();
    }
    CHECK(service->opened == opened);
    CHECK(service->received == 0);
}

static void turns_clients_away_with_a_reason(void)
{
    struct service service;
    serve(&service, REQUIRES);
    const struct kit_certificate *authority = &service.cast.authority;
    struct kit_certificate stranger = make(&service.cast, "stranger", KIT_AUTHORITY, NULL);
    const struct {
        struct kit_certificate_options wish;
        const char *reason;
    } cases[] = {
        {{.name = "c1", .kind = KIT_CLIENT, .issuer = authority, .until_s = -60},
         "certificate has expired"},
        {{.name = "c2", .kind = KIT_CLIENT, .issuer = authority, .from_s = 3600},
         "certificate is not yet valid"},
        {{.name = "c3", .kind = KIT_CLIENT, .issuer = &stranger}, "unable to get"},
        {{.name = "c4", .kind = KIT_CLIENT}, "self-signed certificate"},
        {{.name = "c5", .kind = KIT_SERVER, .issuer = authority}, "unsuitable certificate purpose"},
    };
    for (size_t at = 0; at < 2 * sizeof cases / sizeof cases[0]; at++) {
        struct kit_certificate own = kit_certificate_make(service.cast.dir, &cases[at / 2].wish);
        turned_away(&service, &own, cases[at / 2].reason, at % 2 ? TLS1_2_VERSION : TLS1_3_VERSION);
        kit_certificate_done(&own);
    }
    turned_away(&service, NULL, "peer did not return a certificate", TLS1_3_VERSION);
    turned_away(&service, NULL, "peer did not return a certificate", TLS1_2_VERSION);
    kit_certificate_done(&stranger);
    serve_done(&service);
}

static void lets_the_nameless_in_when_it_only_asks(void)
{
    struct service service;
    serve(&service, ASKS);
    struct kit_tls_client client = kit_tls_client_new(&service.cast.authority, NULL);
    CHECK(connects(&service, &client));
    echoes(&service, &client, CORD_STR("nobody"));
    CHECK(!service.peer.present);
    kit_tls_client_done(&client);
    serve_done(&service);
}

/* --- the life of a connection --- */

static bool client_has_ticket(void *self)
{
    struct kit_tls_client *client = self;
    char byte;
    size_t got;
    (void)SSL_read_ex(client->ssl, &byte, 1, &got);
    return SSL_SESSION_is_resumable(SSL_get0_session(client->ssl)) == 1;
}

static void resumes_and_still_knows_the_client(void)
{
    struct service service;
    serve(&service, REQUIRES);
    struct kit_certificate own = make(&service.cast, "again", KIT_CLIENT, &service.cast.authority);
    struct kit_tls_client first = kit_tls_client_new(&service.cast.authority, &own);
    CHECK(connects(&service, &first));
    echoes(&service, &first, CORD_STR("first"));
    kit_loop_until(service.loop, client_has_ticket, &first);
    SSL_SESSION *session = SSL_get1_session(first.ssl);
    (void)SSL_shutdown(first.ssl);
    kit_tls_client_done(&first);
    struct kit_tls_client second = kit_tls_client_new(&service.cast.authority, &own);
    service.peer = (struct cord_tls_peer){0};
    CHECK(kit_tls_client_connect_again(&second, service.loop, cord_listener_port(service.listener),
                                       session));
    SSL_SESSION_free(session);
    CHECK(SSL_session_reused(second.ssl) == 1);
    echoes(&service, &second, CORD_STR("second"));
    CHECK(service.peer.present);
    CHECK_STR(cord_str_from(service.peer.name), "again");
    CHECK(strlen(service.peer.authority) == 64);
    kit_tls_client_done(&second);
    kit_certificate_done(&own);
    serve_done(&service);
}

static int64_t ends_s(const struct kit_certificate *certificate)
{
    struct tm parts;
    CHECK(ASN1_TIME_to_tm(X509_get0_notAfter(certificate->certificate), &parts) == 1);
    return (int64_t)timegm(&parts);
}

static bool is_past(void *self)
{
    return (int64_t)time(NULL) > *(const int64_t *)self;
}

/* A session is resumed without the certificate being verified again. */
static void does_not_resume_beyond_the_certificates_life(void)
{
    struct service service;
    serve(&service, REQUIRES);
    SSL_SESSION *session = NULL;
    struct kit_certificate own = {0};
    for (int64_t life = 2; !session; life *= 2) { /* longer, where the machine is slow */
        struct kit_certificate_options wish = {.name = "short",
                                               .kind = KIT_CLIENT,
                                               .issuer = &service.cast.authority,
                                               .until_s = life};
        kit_certificate_done(&own);
        own = kit_certificate_make(service.cast.dir, &wish);
        struct kit_tls_client client = kit_tls_client_new(&service.cast.authority, &own);
        char byte;
        if (connects(&service, &client) &&
            kit_tls_client_send(&client, service.loop, CORD_STR("x")) &&
            kit_tls_client_receive(&client, service.loop, &byte, 1) == 1) {
            session = SSL_get1_session(client.ssl);
            (void)SSL_shutdown(client.ssl);
        }
        kit_tls_client_done(&client);
    }
    CHECK(SSL_SESSION_is_resumable(session) == 1);
    int64_t end = ends_s(&own);
    kit_loop_until(service.loop, is_past, &end);
    size_t opened = service.opened;
    size_t closed = service.closed;
    struct kit_tls_client late = kit_tls_client_new(&service.cast.authority, &own);
    char byte;
    if (kit_tls_client_connect_again(&late, service.loop, cord_listener_port(service.listener),
                                     session)) {
        CHECK(kit_tls_client_receive(&late, service.loop, &byte, 1) == 0);
    }
    kit_loop_until_count(service.loop, &service.closed, closed + 1);
    CHECK(service.opened == opened);
    CHECK(service.end == CORD_STREAM_END_HANDSHAKE);
    CHECK(strstr(service.reason, "expired"));
    SSL_SESSION_free(session);
    kit_tls_client_done(&late);
    kit_certificate_done(&own);
    serve_done(&service);
}

static void carries_much_both_ways(void)
{
    enum { LEN = 3000000 };
    struct service service;
    serve(&service, ASKS_NOBODY);
    struct kit_tls_client client = kit_tls_client_new(&service.cast.authority, NULL);
    char *sent = malloc(LEN);
    char *got = malloc(LEN);
    CHECK(sent && got);
    for (size_t at = 0; at < LEN; at++) {
        sent[at] = (char)(at * 2654435761u >> 13);
    }
    CHECK(connects(&service, &client));
    CHECK(kit_tls_client_send(&client, service.loop, (cord_str){sent, LEN}));
    CHECK(kit_tls_client_receive(&client, service.loop, got, LEN) == LEN);
    CHECK(memcmp(sent, got, LEN) == 0);
    free(sent);
    free(got);
    kit_tls_client_done(&client);
    serve_done(&service);
}

static void resumes_reading_what_tls_had_buffered(void)
{
    struct service service;
    static const char bytes[60000];
    serve(&service, ASKS_NOBODY);
    service.silent = true;
    service.pause_after = 1;
    struct kit_tls_client client = kit_tls_client_new(&service.cast.authority, NULL);
    CHECK(connects(&service, &client));
    CHECK(kit_tls_client_send(&client, service.loop, (cord_str){bytes, 1}));
    kit_loop_until_count(service.loop, &service.takes, 1);
    CHECK(kit_tls_client_send(&client, service.loop, (cord_str){bytes, sizeof bytes - 1}));
    (void)SSL_shutdown(client.ssl); /* all it said is still delivered */
    CHECK(shutdown(client.file, SHUT_WR) == 0);
    kit_loop_settle(service.loop);
    CHECK(service.takes == 1 && service.received == 1 && service.closed == 0);
    while (service.closed == 0) {
        size_t takes = service.takes;
        cord_stream_resume(service.stream);
        while (service.takes == takes && service.closed == 0) {
            CHECK(cord_loop_turn(service.loop, 5, NULL) == CORD_OK);
        }
    }
    CHECK(service.received == sizeof bytes);
    CHECK(service.end == CORD_STREAM_END_PEER);
    kit_tls_client_done(&client);
    serve_done(&service);
}

static void swaps_certificates_and_drops_nobody(void)
{
    struct service service;
    serve(&service, ASKS_NOBODY);
    struct kit_tls_client before = kit_tls_client_new(&service.cast.authority, NULL);
    CHECK(connects(&service, &before));
    struct kit_certificate renewed =
        make(&service.cast, "renewed", KIT_SERVER, &service.cast.authority);
    struct cord_tls *tls = kit_certificate_server(&renewed, NULL, false);
    struct cord_stream *old = service.stream;
    cord_listener_use_tls(service.listener, tls);
    cord_tls_unref(tls);
    struct kit_tls_client after = kit_tls_client_new(&service.cast.authority, NULL);
    CHECK(connects(&service, &after));
    echoes(&service, &after, CORD_STR("new"));
    X509 *shown = SSL_get0_peer_certificate(after.ssl);
    CHECK(X509_cmp(shown, renewed.certificate) == 0);
    service.stream = old;
    echoes(&service, &before, CORD_STR("old"));
    CHECK(X509_cmp(SSL_get0_peer_certificate(before.ssl), service.cast.server.certificate) == 0);
    CHECK(service.closed == 0);
    kit_tls_client_done(&before);
    kit_tls_client_done(&after);
    kit_certificate_done(&renewed);
    serve_done(&service);
}

/* A byte a turn each way: what OpenSSL wants to send, and what came for it. */
static bool crawl(struct service *service, int file, BIO *out, BIO *in)
{
    char byte;
    bool moved = false;
    if (BIO_read(out, &byte, 1) == 1) {
        kit_loop_send(service->loop, file, (cord_str){&byte, 1});
        moved = true;
    }
    if (recv(file, &byte, 1, MSG_DONTWAIT) == 1) {
        CHECK(BIO_write(in, &byte, 1) == 1);
        moved = true;
    }
    if (!moved) {
        CHECK(cord_loop_turn(service->loop, 1, NULL) == CORD_OK);
    }
    return moved;
}

static void bears_with_the_slowest(void)
{
    struct service service;
    size_t len = 0;
    char answer[5];
    serve(&service, ASKS_NOBODY);
    struct kit_tls_client client = kit_tls_client_new(&service.cast.authority, NULL);
    int file = kit_loop_connect(cord_listener_port(service.listener));
    SSL *ssl = SSL_new(client.context);
    BIO *in = BIO_new(BIO_s_mem());
    BIO *out = BIO_new(BIO_s_mem());
    CHECK(ssl && in && out);
    SSL_set_bio(ssl, in, out);
    while (SSL_connect(ssl) != 1) {
        CHECK(SSL_get_error(ssl, -1) == SSL_ERROR_WANT_READ);
        (void)crawl(&service, file, out, in);
    }
    CHECK(SSL_write_ex(ssl, "hello", 5, &len) == 1);
    while (SSL_read_ex(ssl, answer, sizeof answer, &len) != 1) {
        (void)crawl(&service, file, out, in);
    }
    CHECK(len == 5 && memcmp(answer, "hello", 5) == 0);
    CHECK(service.opened == 1);
    SSL_free(ssl);
    close(file);
    kit_tls_client_done(&client);
    serve_done(&service);
}

static bool none_open(void *self)
{
    return cord_listener_stats(self).open == 0;
}

static void ends_what_there_is_no_memory_for(void)
{
    struct service service;
    serve(&service, REQUIRES);
    struct kit_certificate own = make(&service.cast, "own", KIT_CLIENT, &service.cast.authority);
    bool failed = true;
    for (size_t nth = 1; failed; nth++) {
        struct kit_tls_client client = kit_tls_client_new(&service.cast.authority, &own);
        char byte;
        size_t closed = service.closed;
        kit_fail_allocation(nth);
        bool good = connects(&service, &client) &&
                    kit_tls_client_send(&client, service.loop, CORD_STR("x")) &&
                    kit_tls_client_receive(&client, service.loop, &byte, 1) == 1;
        failed = kit_fail_allocation_off();
        CHECK(good != failed);
        kit_tls_client_done(&client);
        kit_loop_until(service.loop, none_open, service.listener);
        CHECK(service.closed <= closed + 1);
    }
    kit_certificate_done(&own);
    serve_done(&service);
}

/* --- two loops, while certificates are swapped --- */

enum { CLIENTS = 3, CONNECTIONS = 15 };

struct echo {
    struct cord_stream *stream;
};

static size_t echo_take(void *self, cord_str bytes)
{
    const struct echo *echo = self;
    CHECK(cord_stream_send(echo->stream, bytes) == CORD_OK);
    return bytes.len;
}

static void echo_closed(void *self, enum cord_stream_end end, cord_str reason)
{
    (void)reason;
    CHECK(end == CORD_STREAM_END_PEER || end == CORD_STREAM_END_ERROR || end == CORD_STREAM_END_US);
    free(self);
}

static bool echo_accepted(void *self, struct cord_loop *loop,
                          const struct cord_stream_ops **ret_ops, void **ret_self)
{
    static const struct cord_stream_ops echo_ops = {.take = echo_take, .closed = echo_closed};
    (void)self;
    (void)loop;
    *ret_ops = &echo_ops;
    *ret_self = calloc(1, sizeof(struct echo));
    return *ret_self != NULL;
}

static void echo_begin(void *self, struct cord_stream *stream)
{
    ((struct echo *)self)->stream = stream;
}

struct visitors {
    const struct kit_certificate *authority;
    uint16_t port;
};

static void *visit(void *self)
{
    const struct visitors *visitors = self;
    struct kit_tls_client client = kit_tls_client_new(visitors->authority, NULL);
    for (size_t at = 0; at < CONNECTIONS; at++) {
        int file = kit_loop_connect(visitors->port);
        SSL *ssl = SSL_new(client.context);
        CHECK(ssl && SSL_set_fd(ssl, file) == 1);
        CHECK(SSL_connect(ssl) == 1);
        for (size_t round = 0; round < 10; round++) {
            char answer[16];
            size_t len = 0;
            CHECK(SSL_write_ex(ssl, "hello", 5, &len) == 1);
            CHECK(SSL_read_ex(ssl, answer, sizeof answer, &len) == 1);
            CHECK(len == 5);
        }
        (void)SSL_shutdown(ssl);
        SSL_free(ssl);
        close(file);
    }
    kit_tls_client_done(&client);
    return NULL;
}

static void *run(void *loop)
{
    CHECK(cord_loop_run(loop, NULL) == CORD_OK);
    return NULL;
}

static void swaps_certificates_under_load(void)
{
    struct cast cast = cast_new();
    struct kit_certificate renewed = make(&cast, "renewed", KIT_SERVER, &cast.authority);
    struct cord_tls *contexts[2] = {kit_certificate_server(&cast.server, NULL, false),
                                    kit_certificate_server(&renewed, NULL, false)};
    struct cord_loop *loops[2];
    struct cord_listener *listener = NULL;
    pthread_t runners[2];
    pthread_t clients[CLIENTS];
    struct cord_listener_options options = {
        .address = CORD_STR("127.0.0.1:0"),
        .tls = contexts[0],
        .connections_max = 100,
        .stream = {10000, 10000, 30000000000, 0},
        .accepted = echo_accepted,
        .begin = echo_begin,
    };
    CHECK(cord_loop_new(&loops[0], NULL) == CORD_OK);
    CHECK(cord_loop_new(&loops[1], NULL) == CORD_OK);
    CHECK(cord_listener_new(loops, 2, &options, &listener, NULL) == CORD_OK);
    struct visitors visitors = {&cast.authority, cord_listener_port(listener)};
    for (size_t at = 0; at < 2; at++) {
        CHECK(pthread_create(&runners[at], NULL, run, loops[at]) == 0);
    }
    for (size_t at = 0; at < CLIENTS; at++) {
        CHECK(pthread_create(&clients[at], NULL, visit, &visitors) == 0);
    }
    for (size_t at = 0; cord_listener_stats(listener).accepted < (size_t)CLIENTS * CONNECTIONS;
         at++) {
        cord_listener_use_tls(listener, contexts[at % 2]);
        (void)sched_yield();
    }
    for (size_t at = 0; at < CLIENTS; at++) {
        CHECK(pthread_join(clients[at], NULL) == 0);
    }
    for (size_t at = 0; at < 2; at++) {
        cord_loop_stop(loops[at]);
        CHECK(pthread_join(runners[at], NULL) == 0);
    }
    CHECK(cord_listener_stats(listener).handshakes == 0);
    cord_listener_free(listener);
    for (size_t at = 0; at < 2; at++) {
        cord_loop_free(loops[at]);
        cord_tls_unref(contexts[at]);
    }
    kit_certificate_done(&renewed);
    cast_done(&cast);
}

/* --- ends --- */

static void tells_of_broken_records(void)
{
    struct service service;
    serve(&service, ASKS_NOBODY);
    struct kit_tls_client client = kit_tls_client_new(&service.cast.authority, NULL);
    CHECK(connects(&service, &client));
    echoes(&service, &client, CORD_STR("fine so far"));
    kit_loop_send(service.loop, client.file, CORD_STR("\x17\x03\x03\x00\x05wrong"));
    kit_loop_until_count(service.loop, &service.closed, 1);
    CHECK(service.end == CORD_STREAM_END_ERROR);
    CHECK(strstr(service.reason, "TLS"));
    kit_tls_client_done(&client);
    serve_done(&service);
}

static void tells_of_an_end_without_goodbye(void)
{
    struct service service;
    serve(&service, ASKS_NOBODY);
    struct kit_tls_client client = kit_tls_client_new(&service.cast.authority, NULL);
    CHECK(connects(&service, &client));
    echoes(&service, &client, CORD_STR("and gone"));
    CHECK(shutdown(client.file, SHUT_WR) == 0);
    kit_loop_until_count(service.loop, &service.closed, 1);
    CHECK(service.end == CORD_STREAM_END_PEER);
    CHECK(strstr(service.reason, "without"));
    kit_tls_client_done(&client);
    serve_done(&service);
}

static void answers_a_goodbye(void)
{
    struct service service;
    char byte;
    serve(&service, ASKS_NOBODY);
    struct kit_tls_client client = kit_tls_client_new(&service.cast.authority, NULL);
    CHECK(connects(&service, &client));
    echoes(&service, &client, CORD_STR("bye then"));
    CHECK(SSL_shutdown(client.ssl) == 0); /* said, and not yet answered */
    CHECK(kit_tls_client_receive(&client, service.loop, &byte, 1) == 0);
    CHECK_STR(cord_str_from(client.error), "closed");
    CHECK(SSL_shutdown(client.ssl) == 1);
    kit_loop_until_count(service.loop, &service.closed, 1);
    CHECK(service.end == CORD_STREAM_END_PEER);
    kit_tls_client_done(&client);
    serve_done(&service);
}

static void says_goodbye_itself(void)
{
    struct service service;
    char byte;
    serve(&service, ASKS_NOBODY);
    struct kit_tls_client client = kit_tls_client_new(&service.cast.authority, NULL);
    CHECK(connects(&service, &client));
    echoes(&service, &client, CORD_STR("hello"));
    cord_stream_close(service.stream);
    CHECK(kit_tls_client_receive(&client, service.loop, &byte, 1) == 0);
    CHECK_STR(cord_str_from(client.error), "closed");
    kit_tls_client_done(&client);
    kit_loop_until_count(service.loop, &service.closed, 1);
    CHECK(service.end == CORD_STREAM_END_US);
    serve_done(&service);
}

static void waits_only_so_long_for_a_handshake(void)
{
    struct service service;
    serve(&service, ASKS_NOBODY);
    struct cord_stream_options options = {1000, 1000, 1, 0};
    struct service user = {0};
    int ends[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    user.stream = cord_stream_new(service.loop, ends[0], service.tls, &options, &ops, &user);
    CHECK(user.stream);
    CHECK(cord_stream_send(user.stream, CORD_STR("waits for TLS")) == CORD_OK);
    CHECK(send(ends[1], "\x16\x03\x01", 3, 0) == 3);
    kit_loop_until_count(service.loop, &user.closed, 1);
    CHECK(user.end == CORD_STREAM_END_HANDSHAKE);
    CHECK(strstr(user.reason, "in time"));
    close(ends[1]);
    serve_done(&service);
}

KIT_MAIN(KIT_TEST(says_what_is_wrong_with_files), KIT_TEST(wants_its_key_to_be_private),
         KIT_TEST(knows_when_its_certificate_ends), KIT_TEST(fails_cleanly_without_memory),
         KIT_TEST(speaks_tls_of_both_versions), KIT_TEST(refuses_old_versions_and_weak_ciphers),
         KIT_TEST(refuses_what_is_no_tls), KIT_TEST(knows_its_clients),
         KIT_TEST(turns_clients_away_with_a_reason),
         KIT_TEST(lets_the_nameless_in_when_it_only_asks),
         KIT_TEST(resumes_and_still_knows_the_client),
         KIT_TEST(does_not_resume_beyond_the_certificates_life), KIT_TEST(carries_much_both_ways),
         KIT_TEST(resumes_reading_what_tls_had_buffered),
         KIT_TEST(swaps_certificates_and_drops_nobody), KIT_TEST(bears_with_the_slowest),
         KIT_TEST(ends_what_there_is_no_memory_for), KIT_TEST(swaps_certificates_under_load),
         KIT_TEST(answers_a_goodbye), KIT_TEST(tells_of_broken_records),
         KIT_TEST(tells_of_an_end_without_goodbye), KIT_TEST(says_goodbye_itself),
         KIT_TEST(waits_only_so_long_for_a_handshake))
