#include "comms/listener.h"
#include "kit/kit_loop.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* A service that sends back what it gets. */
struct echo {
    struct cord_stream *stream;
    struct service *service;
};

struct service {
    _Atomic size_t begun;
    _Atomic size_t closed;
    bool refuse;
};

static size_t echo_take(void *self, cord_str bytes)
{
    struct echo *echo = self;
    CHECK(cord_stream_send(echo->stream, bytes) == CORD_OK);
    return bytes.len;
}

static void echo_closed(void *self, enum cord_stream_end end, cord_str reason)
{
    struct echo *echo = self;
    (void)end;
    CHECK(reason.len > 0);
    atomic_fetch_add(&echo->service->closed, 1);
    free(echo);
}

static const struct cord_stream_ops echo_ops = {.take = echo_take, .closed = echo_closed};

static bool echo_accepted(void *self, struct cord_loop *loop,
                          const struct cord_stream_ops **ret_ops, void **ret_self)
{
    struct service *service = self;
    struct echo *echo = service->refuse ? NULL : calloc(1, sizeof *echo);
    (void)loop;
    if (!echo) {
        return false;
    }
    echo->service = service;
    *ret_ops = &echo_ops;
    *ret_self = echo;
    return true;
}

static void echo_begin(void *stream_self, struct cord_stream *stream)
{
    struct echo *echo = stream_self;
    echo->stream = stream;
    atomic_fetch_add(&echo->service->begun, 1);
}

static struct cord_listener_options options_for(struct service *service, const char *address)
{
    return (struct cord_listener_options){
        .address = cord_str_from(address),
        .connections_max = 1000,
        .stream = {.recv_bytes_max = 1000, .send_bytes_max = 100000, .handshake_ns = 1000000000},
        .accepted = echo_accepted,
        .begin = echo_begin,
        .self = service,
    };
}

struct fixture {
    struct cord_loop *loop;
    struct cord_listener *listener;
    struct service service;
};

static void listen_with(struct fixture *fixture, const struct cord_listener_options *options)
{
    struct cord_error err = {0};
    CHECK(cord_loop_new(&fixture->loop, NULL) == CORD_OK);
    if (cord_listener_new(&fixture->loop, 1, options, &fixture->listener, &err) != CORD_OK) {
        print_error("%s\n", err.text);
        fail();
    }
    CHECK(cord_listener_port(fixture->listener) > 0);
}

static void teardown(struct fixture *fixture)
{
    cord_listener_free(fixture->listener);
    CHECK(atomic_load(&fixture->service.closed) == atomic_load(&fixture->service.begun));
    cord_loop_free(fixture->loop);
}

static void echoes(struct fixture *fixture, int client)
{
    char answer[5];
    kit_loop_send(fixture->loop, client, CORD_STR("hello"));
    CHECK(kit_loop_receive(fixture->loop, client, answer, 5) == 5);
    CHECK(memcmp(answer, "hello", 5) == 0);
}

static void is_closed_on(struct fixture *fixture, int client)
{
    char none;
    CHECK(kit_loop_receive(fixture->loop, client, &none, 1) == 0);
    close(client);
}

static void serves_both_kinds_of_addresses(void)
{
    struct fixture fixture = {0};
    struct cord_listener_options options = options_for(&fixture.service, "[::]:0");
    listen_with(&fixture, &options);
    int v4 = kit_loop_connect(cord_listener_port(fixture.listener));
    int v6 = kit_loop_connect_v6(cord_listener_port(fixture.listener));
    echoes(&fixture, v4);
    echoes(&fixture, v6);
    struct cord_listener_stats stats = cord_listener_stats(fixture.listener);
    CHECK(stats.accepted == 2 && stats.open == 2 && stats.refused == 0);
    close(v4);
    close(v6);
    teardown(&fixture);
}

static bool none_open(void *self)
{
    return cord_listener_stats(self).open == 0;
}

static void turns_away_beyond_its_bounds(void)
{
    struct fixture fixture = {0};
    struct cord_listener_options options = options_for(&fixture.service, "[::]:0");
    options.connections_max = 3;
    options.connections_per_address_max = 2;
    listen_with(&fixture, &options);
    uint16_t port = cord_listener_port(fixture.listener);
    int in[3] = {kit_loop_connect(port), kit_loop_connect(port), -1};
    echoes(&fixture, in[0]);
    echoes(&fixture, in[1]);
    is_closed_on(&fixture, kit_loop_connect(port)); /* a third of this address */
    in[2] = kit_loop_connect_v6(port);
    echoes(&fixture, in[2]);
    is_closed_on(&fixture, kit_loop_connect_v6(port)); /* a fourth in all */
    struct cord_listener_stats stats = cord_listener_stats(fixture.listener);
    CHECK(stats.accepted == 3 && stats.open == 3 && stats.refused == 2);
    for (size_t at = 0; at < 3; at++) {
        close(in[at]);
    }
    kit_loop_until(fixture.loop, none_open, fixture.listener);
    in[0] = kit_loop_connect(port); /* and there is room again */
    echoes(&fixture, in[0]);
    close(in[0]);
    teardown(&fixture);
}

static void closes_who_nobody_serves(void)
{
    struct fixture fixture = {.service.refuse = true};
    struct cord_listener_options options = options_for(&fixture.service, "127.0.0.1:0");
    listen_with(&fixture, &options);
    is_closed_on(&fixture, kit_loop_connect(cord_listener_port(fixture.listener)));
    struct cord_listener_stats stats = cord_listener_stats(fixture.listener);
    CHECK(stats.accepted == 0 && stats.open == 0 && stats.refused == 1);
    teardown(&fixture);
}

static void leaves_the_port_and_keeps_its_connections(void)
{
    struct fixture fixture = {0};
    struct cord_listener_options options = options_for(&fixture.service, "127.0.0.1:0");
    listen_with(&fixture, &options);
    uint16_t port = cord_listener_port(fixture.listener);
    int client = kit_loop_connect(port);
    echoes(&fixture, client);
    cord_listener_stop(fixture.listener);
    cord_listener_stop(fixture.listener);
    kit_loop_settle(fixture.loop);
    echoes(&fixture, client);
    char address[32];
    (void)snprintf(address, sizeof address, "127.0.0.1:%u", (unsigned)port);
    struct fixture heir = {0};
    options = options_for(&heir.service, address);
    listen_with(&heir, &options);
    close(client);
    teardown(&heir);
    teardown(&fixture);
}

static void refuses_addresses_with_a_reason(void)
{
    struct fixture fixture = {0};
    struct cord_listener_options options = options_for(&fixture.service, "127.0.0.1:0");
    listen_with(&fixture, &options);
    char taken[32];
    (void)snprintf(taken, sizeof taken, "127.0.0.1:%u",
                   (unsigned)cord_listener_port(fixture.listener));
    const struct {
        const char *address;
        const char *reason;
    } cases[] = {
        {taken, "in use"},
        {"localhost:80", "no address with a port"},
        {"192.0.2.1:0", "has no such address"},
    };
    for (size_t at = 0; at < sizeof cases / sizeof cases[0]; at++) {
        struct cord_error err = {0};
        struct cord_listener *listener = NULL;
        options.address = cord_str_from(cases[at].address);
        CHECK(cord_listener_new(&fixture.loop, 1, &options, &listener, &err) != CORD_OK);
        CHECK(!listener);
        CHECK(strstr(err.text, cases[at].reason));
    }
    teardown(&fixture);
}

static bool was_refused(void *self)
{
    return cord_listener_stats(self).refused > 0;
}

static void turns_away_when_descriptors_run_out(void)
{
    struct fixture fixture = {0};
    struct cord_listener_options options = options_for(&fixture.service, "127.0.0.1:0");
    listen_with(&fixture, &options);
    uint16_t port = cord_listener_port(fixture.listener);
    int served = kit_loop_connect(port);
    echoes(&fixture, served);
    int client = kit_loop_connect(port);
    struct rlimit before;
    CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
    int next = dup(0);
    CHECK(next >= 0);
    close(next);
    struct rlimit none = {(rlim_t)next, before.rlim_max};
    CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
    kit_loop_until(fixture.loop, was_refused, fixture.listener);
    CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
    is_closed_on(&fixture, client);
    echoes(&fixture, served);
    client = kit_loop_connect(port);
    echoes(&fixture, client);
    close(client);
    close(served);
    teardown(&fixture);
}

static void fails_cleanly_without_memory(void)
{
    struct cord_loop *loop = NULL;
    CHECK(cord_loop_new(&loop, NULL) == CORD_OK);
    for (size_t nth = 1;; nth++) {
        struct service service = {0};
        struct cord_listener_options options = options_for(&service, "127.0.0.1:0");
        struct cord_listener *listener = NULL;
        kit_fail_allocation(nth);
        cord_status status = cord_listener_new(&loop, 1, &options, &listener, NULL);
        bool failed = kit_fail_allocation_off();
        CHECK(failed ? status == CORD_E_NOMEM && !listener : status == CORD_OK);
        cord_listener_free(listener);
        if (!failed) {
            break;
        }
    }
    cord_loop_free(loop);
}

static void drops_who_there_is_no_memory_for(void)
{
    struct fixture fixture = {0};
    struct cord_listener_options options = options_for(&fixture.service, "127.0.0.1:0");
    options.connections_per_address_max = 1; /* what is let in is let out */
    listen_with(&fixture, &options);
    for (size_t nth = 1; nth <= 3; nth++) {
        int client = kit_loop_connect(cord_listener_port(fixture.listener));
        kit_fail_allocation(nth);
        while (cord_listener_stats(fixture.listener).refused +
                   atomic_load(&fixture.service.closed) <
               nth) {
            CHECK(cord_loop_turn(fixture.loop, 10, NULL) == CORD_OK);
        }
        CHECK(kit_fail_allocation_off());
        is_closed_on(&fixture, client);
        CHECK(cord_listener_stats(fixture.listener).open == 0);
    }
    int client = kit_loop_connect(cord_listener_port(fixture.listener));
    echoes(&fixture, client);
    close(client);
    fixture.service.begun++; /* the one that was closed before it began */
    teardown(&fixture);
}

/* --- two loops, each in its thread --- */

enum { LOOPS = 2, CLIENTS = 50, ROUNDS = 20 };

static void *run(void *loop)
{
    CHECK(cord_loop_run(loop, NULL) == CORD_OK);
    return NULL;
}

static void *be_clients(void *self)
{
    uint16_t port = *(const uint16_t *)self;
    for (size_t at = 0; at < CLIENTS; at++) {
        int client = kit_loop_connect(port);
        for (size_t round = 0; round < ROUNDS; round++) {
            char answer[100];
            CHECK(send(client, "over and over again", 19, 0) == 19);
            CHECK(recv(client, answer, 19, MSG_WAITALL) == 19);
        }
        close(client);
    }
    return NULL;
}

static void serves_from_every_loop(void)
{
    struct cord_loop *loops[LOOPS];
    pthread_t runners[LOOPS];
    pthread_t clients[2];
    struct service service = {0};
    struct cord_listener *listener = NULL;
    struct cord_listener_options options = options_for(&service, "127.0.0.1:0");
    options.connections_per_address_max = 500;
    for (size_t at = 0; at < LOOPS; at++) {
        CHECK(cord_loop_new(&loops[at], NULL) == CORD_OK);
    }
    CHECK(cord_listener_new(loops, LOOPS, &options, &listener, NULL) == CORD_OK);
    uint16_t port = cord_listener_port(listener);
    for (size_t at = 0; at < LOOPS; at++) {
        CHECK(pthread_create(&runners[at], NULL, run, loops[at]) == 0);
    }
    CHECK(pthread_create(&clients[0], NULL, be_clients, &port) == 0);
    CHECK(pthread_create(&clients[1], NULL, be_clients, &port) == 0);
    CHECK(pthread_join(clients[0], NULL) == 0);
    CHECK(pthread_join(clients[1], NULL) == 0);
    int last = kit_loop_connect(port);
    cord_listener_stop(listener);
    for (size_t at = 0; at < LOOPS; at++) {
        cord_loop_stop(loops[at]);
        CHECK(pthread_join(runners[at], NULL) == 0);
    }
    CHECK(cord_listener_stats(listener).accepted >= (size_t)2 * CLIENTS);
    cord_listener_free(listener);
    CHECK(atomic_load(&service.begun) == atomic_load(&service.closed));
    close(last);
    for (size_t at = 0; at < LOOPS; at++) {
        cord_loop_free(loops[at]);
    }
}

KIT_MAIN(KIT_TEST(serves_both_kinds_of_addresses), KIT_TEST(turns_away_beyond_its_bounds),
         KIT_TEST(closes_who_nobody_serves), KIT_TEST(leaves_the_port_and_keeps_its_connections),
         KIT_TEST(refuses_addresses_with_a_reason), KIT_TEST(turns_away_when_descriptors_run_out),
         KIT_TEST(fails_cleanly_without_memory), KIT_TEST(drops_who_there_is_no_memory_for),
         KIT_TEST(serves_from_every_loop))
