#include "comms/datagrams.h"
#include "kit/kit_loop.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct taker {
    _Atomic size_t count;
    size_t batch_max;
    char last[70000];
    size_t last_len;
    bool last_cut;
    unsigned char last_address[16];
};

static void on_take(void *self, struct cord_loop *loop, const struct cord_datagram *datagrams,
                    size_t count)
{
    struct taker *taker = self;
    const struct cord_datagram *last = &datagrams[count - 1];
    CHECK(loop);
    CHECK(count >= 1 && count <= CORD_DATAGRAM_BATCH_MAX);
    atomic_fetch_add(&taker->count, count);
    taker->batch_max = count > taker->batch_max ? count : taker->batch_max;
    CHECK(last->bytes.len <= sizeof taker->last);
    memcpy(taker->last, last->bytes.ptr, last->bytes.len);
    taker->last_len = last->bytes.len;
    taker->last_cut = last->cut;
    memcpy(taker->last_address, last->address, 16);
}

struct fixture {
    struct cord_loop *loop;
    struct cord_datagrams *datagrams;
    struct taker taker;
    int v4;
    int v6;
};

static int sender_to(uint16_t port, bool v6)
{
    int file = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK(file >= 0);
    struct sockaddr_in four = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 six = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int failed = v6 ? connect(file, (const struct sockaddr *)&six, sizeof six)
                    : connect(file, (const struct sockaddr *)&four, sizeof four);
    CHECK(failed == 0);
    return file;
}

static void open_on(struct fixture *fixture, const char *address, size_t bytes_max,
                    size_t buffer_bytes)
{
    struct cord_error err = {0};
    struct cord_datagrams_options options = {
        .address = cord_str_from(address),
        .datagram_bytes_max = bytes_max,
        .buffer_bytes = buffer_bytes,
        .take = on_take,
        .self = &fixture->taker,
    };
    *fixture = (struct fixture){.v4 = -1, .v6 = -1};
    CHECK(cord_loop_new(&fixture->loop, NULL) == CORD_OK);
    if (cord_datagrams_new(&fixture->loop, 1, &options, &fixture->datagrams, &err) != CORD_OK) {
        print_error("%s\n", err.text);
        fail();
    }
    uint16_t port = cord_datagrams_port(fixture->datagrams);
    fixture->v4 = sender_to(port, false);
    fixture->v6 = address[0] == '[' ? sender_to(port, true) : -1;
}

static void teardown(struct fixture *fixture)
{
    cord_datagrams_free(fixture->datagrams);
    cord_loop_free(fixture->loop);
    close(fixture->v4);
    if (fixture->v6 >= 0) {
        close(fixture->v6);
    }
}

struct wanted {
    struct fixture *fixture;
    size_t count;
};

static bool has_come(void *self)
{
    const struct wanted *wanted = self;
    return atomic_load(&wanted->fixture->taker.count) >= wanted->count;
}

static void wait_for(struct fixture *fixture, size_t count)
{
    struct wanted wanted = {fixture, count};
    kit_loop_until(fixture->loop, has_come, &wanted);
}

static void takes_from_both_kinds_of_addresses(void)
{
    static const unsigned char v4[16] = {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1};
    static const unsigned char v6[16] = {[15] = 1};
    struct fixture fixture;
    open_on(&fixture, "[::]:0", 1000, 1 << 20);
    CHECK(send(fixture.v4, "four", 4, 0) == 4);
    wait_for(&fixture, 1);
    CHECK_STR(((cord_str){fixture.taker.last, fixture.taker.last_len}), "four");
    CHECK(memcmp(fixture.taker.last_address, v4, 16) == 0);
    CHECK(send(fixture.v6, "", 0, 0) == 0); /* an empty one is one */
    wait_for(&fixture, 2);
    CHECK(fixture.taker.last_len == 0);
    CHECK(memcmp(fixture.taker.last_address, v6, 16) == 0);
    struct cord_datagrams_stats stats = cord_datagrams_stats(fixture.datagrams);
    CHECK(stats.received == 2 && stats.kernel_dropped == 0 && stats.cut == 0);
    CHECK(stats.buffer_bytes >= 100000);
    teardown(&fixture);
}

static void says_which_were_cut(void)
{
    struct fixture fixture;
    open_on(&fixture, "127.0.0.1:0", 10, 1 << 20);
    CHECK(send(fixture.v4, "0123456789", 10, 0) == 10);
    wait_for(&fixture, 1);
    CHECK(!fixture.taker.last_cut && fixture.taker.last_len == 10);
    CHECK(send(fixture.v4, "0123456789a", 11, 0) == 11);
    wait_for(&fixture, 2);
    CHECK(fixture.taker.last_cut && fixture.taker.last_len == 10);
    CHECK(cord_datagrams_stats(fixture.datagrams).cut == 1);
    teardown(&fixture);
}

static void takes_the_longest_there_are(void)
{
    static char longest[65507];
    struct fixture fixture;
    open_on(&fixture, "127.0.0.1:0", 65535, 4 << 20);
    longest[65506] = 'x';
    CHECK(send(fixture.v4, longest, sizeof longest, 0) == (ssize_t)sizeof longest);
    wait_for(&fixture, 1);
    CHECK(fixture.taker.last_len == sizeof longest && !fixture.taker.last_cut);
    CHECK(fixture.taker.last[65506] == 'x');
    teardown(&fixture);
}

static void takes_many_at_a_time(void)
{
    struct fixture fixture;
    open_on(&fixture, "127.0.0.1:0", 100, 1 << 20);
    for (size_t at = 0; at < 200; at++) {
        CHECK(send(fixture.v4, "again", 5, 0) == 5);
    }
    wait_for(&fixture, 200);
    CHECK(fixture.taker.batch_max == CORD_DATAGRAM_BATCH_MAX);
    teardown(&fixture);
}

static void counts_what_the_kernel_drops(void)
{
    enum { SENT = 2000 };
    static const char bytes[1000];
    struct fixture fixture;
    open_on(&fixture, "127.0.0.1:0", 1000, 20000);
    for (size_t at = 0; at < SENT; at++) {
        CHECK(send(fixture.v4, bytes, sizeof bytes, 0) == (ssize_t)sizeof bytes);
    }
    /* Known at once, before anything was received. */
    uint64_t dropped = cord_datagrams_stats(fixture.datagrams).kernel_dropped;
    CHECK(dropped > 0 && dropped < SENT);
    wait_for(&fixture, SENT - dropped);
    kit_loop_settle(fixture.loop);
    struct cord_datagrams_stats stats = cord_datagrams_stats(fixture.datagrams);
    CHECK(stats.received + stats.kernel_dropped == SENT);
    cord_datagrams_stop(fixture.datagrams);
    kit_loop_settle(fixture.loop);
    stats = cord_datagrams_stats(fixture.datagrams);
    CHECK(stats.kernel_dropped == dropped); /* remembered */
    teardown(&fixture);
}

static void takes_what_is_there_before_it_stops(void)
{
    struct fixture fixture;
    open_on(&fixture, "127.0.0.1:0", 100, 1 << 20);
    for (size_t at = 0; at < 150; at++) {
        CHECK(send(fixture.v4, "last words", 10, 0) == 10);
    }
    cord_datagrams_stop(fixture.datagrams);
    cord_datagrams_stop(fixture.datagrams);
    cord_loop_stop(fixture.loop);
    CHECK(cord_loop_run(fixture.loop, NULL) == CORD_OK);
    CHECK(fixture.taker.count == 150);
    CHECK(send(fixture.v4, "too late", 8, 0) == 8);
    kit_loop_settle(fixture.loop);
    CHECK(fixture.taker.count == 150);
    teardown(&fixture);
}

static void refuses_a_port_that_is_taken(void)
{
    struct fixture fixture;
    struct cord_error err = {0};
    struct cord_datagrams *second = NULL;
    char address[32];
    open_on(&fixture, "127.0.0.1:0", 100, 1 << 20);
    (void)snprintf(address, sizeof address, "127.0.0.1:%u",
                   (unsigned)cord_datagrams_port(fixture.datagrams));
    struct cord_datagrams_options options = {
        .address = cord_str_from(address), .datagram_bytes_max = 1, .take = on_take};
    CHECK(cord_datagrams_new(&fixture.loop, 1, &options, &second, &err) == CORD_E_IO);
    CHECK(!second);
    CHECK(strstr(err.text, "in use"));
    teardown(&fixture);
}

static void fails_cleanly_without_memory(void)
{
    struct cord_loop *loop = NULL;
    CHECK(cord_loop_new(&loop, NULL) == CORD_OK);
    struct cord_datagrams_options options = {
        .address = CORD_STR("127.0.0.1:0"), .datagram_bytes_max = 1000, .take = on_take};
    for (size_t nth = 1;; nth++) {
        struct cord_datagrams *datagrams = NULL;
        kit_fail_allocation(nth);
        cord_status status = cord_datagrams_new(&loop, 1, &options, &datagrams, NULL);
        bool failed = kit_fail_allocation_off();
        CHECK(failed ? status == CORD_E_NOMEM && !datagrams : status == CORD_OK);
        cord_datagrams_free(datagrams);
        if (!failed) {
            break;
        }
    }
    cord_loop_free(loop);
}

/* --- two loops --- */

static void count_only(void *self, struct cord_loop *loop, const struct cord_datagram *datagrams,
                       size_t count)
{
    (void)loop;
    (void)datagrams;
    atomic_fetch_add((_Atomic size_t *)self, count);
}

static void *run(void *loop)
{
    CHECK(cord_loop_run(loop, NULL) == CORD_OK);
    return NULL;
}

static void receives_on_every_loop(void)
{
    enum { SENDERS = 40, EACH = 25 };
    struct cord_loop *loops[2];
    pthread_t runners[2];
    _Atomic size_t count = 0;
    struct cord_datagrams *datagrams = NULL;
    struct cord_datagrams_options options = {.address = CORD_STR("[::]:0"),
                                             .datagram_bytes_max = 1000,
                                             .buffer_bytes = 4 << 20,
                                             .take = count_only,
                                             .self = &count};
    CHECK(cord_loop_new(&loops[0], NULL) == CORD_OK);
    CHECK(cord_loop_new(&loops[1], NULL) == CORD_OK);
    CHECK(cord_datagrams_new(loops, 2, &options, &datagrams, NULL) == CORD_OK);
    CHECK(pthread_create(&runners[0], NULL, run, loops[0]) == 0);
    CHECK(pthread_create(&runners[1], NULL, run, loops[1]) == 0);
    for (size_t at = 0; at < SENDERS; at++) {
        int sender = sender_to(cord_datagrams_port(datagrams), at % 2 == 0);
        for (size_t number = 0; number < EACH; number++) {
            CHECK(send(sender, "hello", 5, 0) == 5);
        }
        close(sender);
    }
    struct cord_datagrams_stats during = cord_datagrams_stats(datagrams);
    CHECK(during.received + during.kernel_dropped <= SENDERS * EACH);
    cord_datagrams_stop(datagrams);
    for (size_t at = 0; at < 2; at++) {
        cord_loop_stop(loops[at]);
        CHECK(pthread_join(runners[at], NULL) == 0);
    }
    struct cord_datagrams_stats stats = cord_datagrams_stats(datagrams);
    CHECK(stats.received == atomic_load(&count));
    CHECK(stats.received + stats.kernel_dropped == SENDERS * EACH);
    cord_datagrams_free(datagrams);
    cord_loop_free(loops[0]);
    cord_loop_free(loops[1]);
}

KIT_MAIN(KIT_TEST(takes_from_both_kinds_of_addresses), KIT_TEST(says_which_were_cut),
         KIT_TEST(takes_the_longest_there_are), KIT_TEST(takes_many_at_a_time),
         KIT_TEST(counts_what_the_kernel_drops), KIT_TEST(takes_what_is_there_before_it_stops),
         KIT_TEST(refuses_a_port_that_is_taken), KIT_TEST(fails_cleanly_without_memory),
         KIT_TEST(receives_on_every_loop))
