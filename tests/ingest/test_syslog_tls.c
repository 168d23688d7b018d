/* test_syslog_tls.c: syslog over TLS (RFC 5425): a sender is its certificate. */
#include "kit/kit_certificates.h"
#include "kit/kit_loop.h"
#include "kit/kit_syslog.h"

#include <stdio.h>
#include <stdlib.h>

struct cast {
    char *dir;
    struct kit_certificate authority;
    struct kit_certificate server;
    struct kit_certificate sender;
    struct cord_tls *tls;
};

static struct kit_certificate make(const struct cast *cast, const char *name, const char *dns,
                                   enum kit_certificate_kind kind)
{
    struct kit_certificate_options options = {
        .name = name,
        .dns = dns,
        .kind = kind,
        .issuer = kind == KIT_AUTHORITY ? NULL : &cast->authority,
    };
    return kit_certificate_make(cast->dir, &options);
}

static void cast_init(struct cast *cast)
{
    *cast = (struct cast){.dir = kit_certificates_new()};
    cast->authority = make(cast, "authority", NULL, KIT_AUTHORITY);
    cast->server = make(cast, "server", "localhost", KIT_SERVER);
    cast->sender = make(cast, "sender", "fw7.example.org", KIT_CLIENT);
    cast->tls = kit_certificate_server(&cast->server, &cast->authority, true);
}

static void cast_done(struct cast *cast)
{
    cord_tls_unref(cast->tls);
    kit_certificate_done(&cast->sender);
    kit_certificate_done(&cast->server);
    kit_certificate_done(&cast->authority);
    kit_certificates_free(cast->dir);
}

static void begin(struct kit_syslog *bench, struct cast *cast, const char *sources)
{
    cast_init(cast);
    kit_syslog_begin(bench, CORD_SYSLOG_TCP, sources);
    bench->options.tls = cast->tls;
}

static void end(struct kit_syslog *bench, struct cast *cast, struct kit_tls_client *client)
{
    kit_tls_client_done(client);
    kit_syslog_stop(bench);
    kit_syslog_end(bench);
    cast_done(cast);
}

static void a_sender_is_its_certificate(void)
{
    struct cast cast;
    struct kit_syslog bench;
    begin(&bench, &cast,
          "- name: fw7\n  organisation: RXA\n  certificates: [fw7.example.org]\n"
          "- name: lan\n  organisation: RJ1\n  addresses: [127.0.0.1]\n");
    uint16_t port = kit_syslog_listen(&bench);
    struct kit_tls_client client = kit_tls_client_new(&cast.authority, &cast.sender);
    CHECK(kit_tls_client_connect(&client, bench.loop, port));
    CHECK(kit_tls_client_send(&client, bench.loop, CORD_STR("7 <13>a\nb<13>c\n")));
    kit_loop_until_count(bench.loop, &bench.intake.records, 2);
    KIT_SYSLOG_TEXT(&bench, "RXA/fw7:<13>a\nb\nRXA/fw7:<13>c\n");
    KIT_SYSLOG_LOSSES(&bench, "");
    end(&bench, &cast, &client);
}

/* Whatever its address: who shows a certificate is who it says, or nobody. */
static void turned_away(const char *sources, const char *losses)
{
    char byte;
    struct cast cast;
    struct kit_syslog bench;
    begin(&bench, &cast, sources);
    uint16_t port = kit_syslog_listen(&bench);
    struct kit_tls_client client = kit_tls_client_new(&cast.authority, &cast.sender);
    if (kit_tls_client_connect(&client, bench.loop, port)) {
        (void)kit_tls_client_send(&client, bench.loop, CORD_STR("5 <13>a"));
        CHECK_U64(kit_tls_client_receive(&client, bench.loop, &byte, 1), 0);
    }
    CHECK_U64(bench.intake.deliveries, 0);
    CHECK_STR_EQ(cord_buf_str(&bench.intake.losses), cord_str_from(losses));
    end(&bench, &cast, &client);
}

static void who_is_not_registered_is_turned_away(void)
{
    turned_away("- name: fw1\n  organisation: RXA\n  certificates: [fw1.example.org]\n"
                "- name: lan\n  organisation: RXA\n  addresses: [127.0.0.1]\n",
                "/listener/test unknown 1\n");
}

static void one_that_another_authority_signed_is_turned_away(void)
{
    turned_away("- name: fw7\n  organisation: RXA\n  certificates: [fw7.example.org]\n"
                "  authorities: 'sha256:"
                "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'\n"
                "- name: lan\n  organisation: RXA\n  addresses: [127.0.0.1]\n",
                "/listener/test forbidden 1\n");
}

static void without_a_certificate_there_is_no_connection(void)
{
    char byte;
    struct cast cast;
    struct kit_syslog bench;
    begin(&bench, &cast, KIT_SYSLOG_SOURCES);
    uint16_t port = kit_syslog_listen(&bench);
    struct kit_tls_client client = kit_tls_client_new(&cast.authority, NULL);
    if (kit_tls_client_connect(&client, bench.loop, port)) {
        (void)kit_tls_client_send(&client, bench.loop, CORD_STR("5 <13>a"));
        CHECK_U64(kit_tls_client_receive(&client, bench.loop, &byte, 1), 0);
    }
    kit_tls_client_done(&client);
    kit_syslog_stop(&bench);
    CHECK_U64(bench.intake.deliveries, 0);
    CHECK_U64(cord_syslog_receiver_stats(bench.receiver).handshakes, 1);
    KIT_SYSLOG_LOSSES(&bench, "");
    kit_syslog_end(&bench);
    cast_done(&cast);
}

KIT_MAIN(KIT_TEST(a_sender_is_its_certificate), KIT_TEST(who_is_not_registered_is_turned_away),
         KIT_TEST(one_that_another_authority_signed_is_turned_away),
         KIT_TEST(without_a_certificate_there_is_no_connection))
