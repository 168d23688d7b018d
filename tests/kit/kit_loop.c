/* kit_loop.c: see kit_loop.h. */
#include "kit/kit_loop.h"
#include "base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

/* Only a broken test ever waits so long, or a machine that does nothing. */
#define BOUND_NS 600000000000LL

static void turn(struct cord_loop *loop, int wait_ms)
{
    struct cord_error err = {0};
    if (cord_loop_turn(loop, wait_ms, &err) != CORD_OK) {
        print_error("%s\n", err.text);
        fail();
    }
}

void kit_loop_until(struct cord_loop *loop, bool (*done)(void *self), void *self)
{
    struct cord_clock clock = cord_clock_monotonic();
    int64_t until = cord_clock_now_ns(&clock) + BOUND_NS;
    while (!done(self)) {
        CHECK(cord_clock_now_ns(&clock) < until);
        turn(loop, 5);
    }
}

static bool flag_is_set(void *self)
{
    return *(const bool *)self;
}

void kit_loop_until_true(struct cord_loop *loop, const bool *flag)
{
    kit_loop_until(loop, flag_is_set, (void *)(uintptr_t)flag);
}

struct wanted {
    const size_t *number;
    size_t at_least;
};

static bool number_is_reached(void *self)
{
    const struct wanted *wanted = self;
    return *wanted->number >= wanted->at_least;
}

void kit_loop_until_count(struct cord_loop *loop, const size_t *number, size_t at_least)
{
    struct wanted wanted = {number, at_least};
    kit_loop_until(loop, number_is_reached, &wanted);
}

void kit_loop_settle(struct cord_loop *loop)
{
    /* What loopback sends is there at once; a few turns let tasks post tasks. */
    for (int at = 0; at < 8; at++) {
        turn(loop, 0);
    }
}

/* A signal, as a fuzzer's clock sends, interrupts it while it waits: it goes on all the same. */
static void connect_socket(int client, const struct sockaddr *name, socklen_t len)
{
    int failed = connect(client, name, len) == 0 ? 0 : errno;
    if (failed == EINTR) {
        struct pollfd over = {.fd = client, .events = POLLOUT};
        socklen_t size = sizeof failed;
        while (poll(&over, 1, -1) < 0) {
            CHECK(errno == EINTR);
        }
        CHECK(getsockopt(client, SOL_SOCKET, SO_ERROR, &failed, &size) == 0);
    }
    if (failed != 0) {
        fail_msg("connect: %s", strerror(failed));
    }
}

static int connect_to(const struct sockaddr *name, socklen_t len)
{
    int client = socket(name->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(client >= 0);
    connect_socket(client, name, len);
    return client;
}

int kit_loop_connect(uint16_t port)
{
    struct sockaddr_in name = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return connect_to((const struct sockaddr *)&name, sizeof name);
}

int kit_loop_connect_apart(uint16_t port, uint32_t nth)
{
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct sockaddr_in from = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK + (1 + nth / 8192 % 64) * 0x10000U + port)};
    const int late = 1;
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(client >= 0);
    CHECK(setsockopt(client, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &late, sizeof late) == 0);
    CHECK(bind(client, (const struct sockaddr *)&from, sizeof from) == 0);
    connect_socket(client, (const struct sockaddr *)&to, sizeof to);
    return client;
}

int kit_loop_connect_v6(uint16_t port)
{
    struct sockaddr_in6 name = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    return connect_to((const struct sockaddr *)&name, sizeof name);
}

void kit_loop_send(struct cord_loop *loop, int client, cord_str bytes)
{
    while (bytes.len > 0) {
        ssize_t put = send(client, bytes.ptr, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        CHECK(put >= 0 || errno == EAGAIN);
        bytes = cord_str_from_byte(bytes, put > 0 ? (size_t)put : 0);
        turn(loop, 0);
    }
}

struct receiving {
    int client;
    char *into;
    size_t len;
    size_t got;
    bool ended;
};

static bool received_all(void *self)
{
    struct receiving *receiving = self;
    while (!receiving->ended && receiving->got < receiving->len) {
        ssize_t got = recv(receiving->client, receiving->into + receiving->got,
                           receiving->len - receiving->got, MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN) {
            return false;
        }
        receiving->ended = got <= 0;
        receiving->got += got > 0 ? (size_t)got : 0;
    }
    return true;
}

size_t kit_loop_receive(struct cord_loop *loop, int client, char *into, size_t len)
{
    struct receiving receiving = {.client = client, .into = into, .len = len};
    kit_loop_until(loop, received_all, &receiving);
    return receiving.got;
}
