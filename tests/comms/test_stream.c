#include "comms/listener.h"
#include "kit/kit_loop.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* One stream's user, who keeps what came. */
struct user {
    struct cord_stream *stream;
    char bytes[1 << 20];
    size_t len;
    size_t takes;
    size_t opened;
    size_t drained;
    size_t closed;
    enum cord_stream_end end;
    char reason[200];
    char untaken[100];

    size_t take_max; /* a call takes no more; 0: all */
    bool take_none;
    bool echo;
    bool refuse;          /* in opened */
    size_t pause_after;   /* takes; 0: never */
    size_t close_after;   /* takes; 0: never */
    const char *greeting; /* sent in opened */
};

static bool on_opened(void *self, struct cord_stream *stream)
{
    struct user *user = self;
    CHECK(stream == user->stream);
    user->opened++;
    if (user->greeting) {
        CHECK(cord_stream_send(stream, cord_str_from(user->greeting)) == CORD_OK);
    }
    return !user->refuse;
}

static size_t on_take(void *self, cord_str bytes)
{
    struct user *user = self;
    CHECK(user->closed == 0);
    CHECK(bytes.len > 0);
    user->takes++;
    if (user->pause_after > 0 && user->takes >= user->pause_after) {
        cord_stream_pause(user->stream);
    }
    if (user->close_after > 0 && user->takes >= user->close_after) {
        cord_stream_close(user->stream);
    }
    size_t len = user->take_max > 0 && bytes.len > user->take_max ? user->take_max : bytes.len;
    len = user->take_none ? 0 : len;
    CHECK(user->len + len <= sizeof user->bytes);
    memcpy(user->bytes + user->len, bytes.ptr, len);
    user->len += len;
    if (user->echo) {
        CHECK(cord_stream_send(user->stream, cord_str_slice(bytes, 0, len)) == CORD_OK);
    }
    return len;
}

static void on_drained(void *self)
{
    ((struct user *)self)->drained++;
}

static void on_closed(void *self, enum cord_stream_end end, cord_str reason)
{
    struct user *user = self;
    cord_str untaken = cord_stream_untaken(user->stream);
    CHECK(user->closed == 0);
    user->closed++;
    user->end = end;
    CHECK(reason.len > 0 && reason.len < sizeof user->reason);
    memcpy(user->reason, reason.ptr, reason.len);
    if (untaken.len > 0 && untaken.len < sizeof user->untaken) {
        memcpy(user->untaken, untaken.ptr, untaken.len);
    }
    cord_stream_close(user->stream); /* too late, and harmless */
    CHECK(cord_stream_send(user->stream, CORD_STR("x")) == CORD_E_END);
    user->stream = NULL;
}

static const struct cord_stream_ops ops = {
    .opened = on_opened, .take = on_take, .drained = on_drained, .closed = on_closed};

/* A stream over one end of a TCP connection, and the other end. */
struct fixture {
    struct cord_loop *loop;
    int client;
    struct user *user;
};

static int accepted_socket(int *ret_client)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof name;
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(server >= 0);
    CHECK(bind(server, (struct sockaddr *)&name, len) == 0);
    CHECK(listen(server, 1) == 0);
    CHECK(getsockname(server, (struct sockaddr *)&name, &len) == 0);
    *ret_client = kit_loop_connect(ntohs(name.sin_port));
    int file = accept4(server, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    CHECK(file >= 0);
    close(server);
    return file;
}

static struct fixture setup_with(const struct cord_stream_options *options)
{
    struct fixture fixture = {0};
    CHECK(cord_loop_new(&fixture.loop, NULL) == CORD_OK);
    fixture.user = calloc(1, sizeof *fixture.user);
    CHECK(fixture.user);
    int file = accepted_socket(&fixture.client);
    fixture.user->stream = cord_stream_new(fixture.loop, file, NULL, options, &ops, fixture.user);
    CHECK(fixture.user->stream);
    return fixture;
}

static struct fixture setup(size_t recv_bytes_max, size_t send_bytes_max)
{
    return setup_with(&(struct cord_stream_options){.recv_bytes_max = recv_bytes_max,
                                                    .send_bytes_max = send_bytes_max});
}

static void teardown(struct fixture *fixture)
{
    if (fixture->user->stream) {
        cord_stream_drop(fixture->user->stream);
    }
    CHECK(fixture->user->closed == 1);
    if (fixture->client >= 0) {
        close(fixture->client);
    }
    free(fixture->user);
    cord_loop_free(fixture->loop);
}

static void client_sends(struct fixture *fixture, const char *text)
{
    kit_loop_send(fixture->loop, fixture->client, cord_str_from(text));
}

static void client_leaves(struct fixture *fixture)
{
    close(fixture->client);
    fixture->client = -1;
}

static void client_resets(struct fixture *fixture)
{
    struct linger at_once = {.l_onoff = 1};
    CHECK(setsockopt(fixture->client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
    client_leaves(fixture);
}

static void takes_what_comes_and_answers(void)
{
    struct fixture fixture = setup(1000, 1000);
    char answer[10];
    fixture.user->echo = true;
    client_sends(&fixture, "hello");
    CHECK(kit_loop_receive(fixture.loop, fixture.client, answer, 5) == 5);
    CHECK(memcmp(answer, "hello", 5) == 0);
    kit_loop_settle(fixture.loop);
    CHECK(fixture.user->opened == 1);
    CHECK(fixture.user->drained == 1);
    CHECK(cord_str_starts(cord_stream_peer(fixture.user->stream), CORD_STR("127.0.0.1:")));
    CHECK(!cord_stream_certificate(fixture.user->stream)->present);
    CHECK(cord_stream_loop(fixture.user->stream) == fixture.loop);
    CHECK(cord_stream_address(fixture.user->stream)[12] == 127);
    client_leaves(&fixture);
    kit_loop_until_count(fixture.loop, &fixture.user->closed, 1);
    CHECK(fixture.user->end == CORD_STREAM_END_PEER);
    teardown(&fixture);
}

static void offers_untaken_bytes_again_with_more(void)
{
    struct fixture fixture = setup(1000, 1000);
    fixture.user->take_none = true;
    client_sends(&fixture, "one ");
    kit_loop_until_count(fixture.loop, &fixture.user->takes, 1);
    client_sends(&fixture, "two ");
    kit_loop_until_count(fixture.loop, &fixture.user->takes, 2);
    fixture.user->take_none = false;
    fixture.user->take_max = 10;
    client_sends(&fixture, "three");
    kit_loop_until_count(fixture.loop, &fixture.user->takes, 3);
    CHECK_STR(((cord_str){fixture.user->bytes, fixture.user->len}), "one two th");
    CHECK_STR(cord_stream_untaken(fixture.user->stream), "ree");
    client_leaves(&fixture);
    kit_loop_until_count(fixture.loop, &fixture.user->closed, 1);
    CHECK_STR(cord_str_from(fixture.user->untaken), "ree");
    teardown(&fixture);
}

static void closes_when_nothing_is_taken_of_a_full_buffer(void)
{
    struct fixture fixture = setup(10, 1000);
    fixture.user->take_none = true;
    client_sends(&fixture, "123456789");
    kit_loop_until_count(fixture.loop, &fixture.user->takes, 1);
    CHECK(fixture.user->closed == 0);
    client_sends(&fixture, "abc");
    kit_loop_until_count(fixture.loop, &fixture.user->closed, 1);
    CHECK(fixture.user->end == CORD_STREAM_END_ERROR);
    teardown(&fixture);
}

static void reads_nothing_while_paused(void)
{
    struct fixture fixture = setup(1000, 1000);
    fixture.user->pause_after = 1;
    fixture.user->take_max = 4;
    client_sends(&fixture, "one two ");
    kit_loop_until_count(fixture.loop, &fixture.user->takes, 1);
    client_sends(&fixture, "three");
    client_leaves(&fixture);
    kit_loop_settle(fixture.loop);
    CHECK(fixture.user->takes == 1);
    CHECK(fixture.user->closed == 0);
    cord_stream_resume(fixture.user->stream);
    CHECK(fixture.user->takes == 1); /* not within */
    kit_loop_until_count(fixture.loop, &fixture.user->takes, 2);
    fixture.user->pause_after = 0;
    fixture.user->take_max = 0;
    cord_stream_resume(fixture.user->stream);
    kit_loop_until_count(fixture.loop, &fixture.user->closed, 1);
    CHECK_STR(((cord_str){fixture.user->bytes, fixture.user->len}), "one two three");
    CHECK(fixture.user->end == CORD_STREAM_END_PEER);
    teardown(&fixture);
}

static bool window_is_shut(void *self)
{
    const struct fixture *fixture = self;
    char block[4096] = {0};
    bool any = false;
    while (send(fixture->client, block, sizeof block, MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
        any = true;
    }
    return !any;
}

static void lets_the_senders_window_close(void)
{
    struct fixture fixture = setup(1000, 1000);
    fixture.user->pause_after = 1;
    client_sends(&fixture, "first");
    kit_loop_until_count(fixture.loop, &fixture.user->takes, 1);
    kit_loop_until(fixture.loop, window_is_shut, &fixture);
    CHECK(fixture.user->takes == 1);
    CHECK(cord_stream_untaken(fixture.user->stream).len == 0);
    teardown(&fixture);
}

static void a_paused_stream_sleeps_through_a_reset(void)
{
    struct fixture fixture = setup(1000, 1000);
    fixture.user->pause_after = 1;
    client_sends(&fixture, "first");
    kit_loop_until_count(fixture.loop, &fixture.user->takes, 1);
    client_resets(&fixture);
    kit_loop_settle(fixture.loop);
    CHECK(fixture.user->closed == 0);
    /* It sleeps indeed: the loop is not woken by it again and again. */
    int64_t before = cord_loop_now_ns(fixture.loop);
    CHECK(cord_loop_turn(fixture.loop, 30, NULL) == CORD_OK);
    CHECK(cord_loop_now_ns(fixture.loop) - before >= 29000000);
    cord_stream_resume(fixture.user->stream);
    kit_loop_until_count(fixture.loop, &fixture.user->closed, 1);
    CHECK(fixture.user->end == CORD_STREAM_END_ERROR);
    teardown(&fixture);
}

static void answers_a_peer_that_closed_its_half(void)
{
    struct fixture fixture = setup(1000, 1 << 20);
    char answer[10];
    fixture.user->echo = true;
    CHECK(send(fixture.client, "question", 8, 0) == 8);
    CHECK(shutdown(fixture.client, SHUT_WR) == 0);
    CHECK(kit_loop_receive(fixture.loop, fixture.client, answer, sizeof answer) == 8);
    kit_loop_until_count(fixture.loop, &fixture.user->closed, 1);
    CHECK(fixture.user->end == CORD_STREAM_END_PEER);
    CHECK(fixture.user->len == 8);
    teardown(&fixture);
}

static void sends_no_more_than_its_bound(void)
{
    enum { QUEUE = 3 << 20 };
    struct fixture fixture = setup(1000, QUEUE);
    char *block = calloc(1, QUEUE + 1);
    CHECK(block);
    kit_loop_settle(fixture.loop);
    struct cord_stream *stream = fixture.user->stream;
    CHECK(cord_stream_send(stream, (cord_str){block, QUEUE + 1}) == CORD_E_LIMIT);
    size_t sent = 0;
    cord_status status = CORD_OK;
    for (char tag = 0; status == CORD_OK; tag++) {
        memset(block, tag, 100000);
        status = cord_stream_send(stream, (cord_str){block, 100000});
        sent += status == CORD_OK ? 100000 : 0;
    }
    CHECK(status == CORD_E_LIMIT);
    CHECK(fixture.user->drained == 0);
    char *got = malloc(sent);
    CHECK(got);
    CHECK(kit_loop_receive(fixture.loop, fixture.client, got, sent) == sent);
    for (size_t at = 0; at < sent; at++) {
        if (got[at] != (char)(at / 100000)) {
            fail();
        }
    }
    kit_loop_until_count(fixture.loop, &fixture.user->drained, 1);
    kit_loop_settle(fixture.loop);
    CHECK(fixture.user->drained == 1);
    free(got);
    free(block);
    teardown(&fixture);
}

static void sends_all_before_it_closes(void)
{
    enum { QUEUE = 8 << 20 };
    struct fixture fixture = setup(1000, QUEUE);
    char *block = calloc(1, QUEUE);
    CHECK(block);
    kit_loop_settle(fixture.loop);
    CHECK(cord_stream_send(fixture.user->stream, (cord_str){block, QUEUE}) == CORD_OK);
    cord_stream_close(fixture.user->stream);
    CHECK(fixture.user->closed == 0);
    CHECK(cord_stream_send(fixture.user->stream, CORD_STR("more")) == CORD_E_END);
    /* What the client still says is in nobody's way. */
    CHECK(send(fixture.client, "still talking", 13, 0) == 13);
    CHECK(kit_loop_receive(fixture.loop, fixture.client, block, QUEUE) == QUEUE);
    char none;
    CHECK(kit_loop_receive(fixture.loop, fixture.client, &none, 1) == 0);
    CHECK(fixture.user->closed == 0); /* the client goes first */
    client_leaves(&fixture);
    kit_loop_until_count(fixture.loop, &fixture.user->closed, 1);
    CHECK(fixture.user->end == CORD_STREAM_END_US);
    CHECK(fixture.user->len == 0);
    free(block);
    teardown(&fixture);
}

static void does_not_wait_for_ever_for_the_peer_to_close(void)
{
    struct fixture fixture = setup_with(&(struct cord_stream_options){
        .recv_bytes_max = 1000, .send_bytes_max = 1000, .linger_ns = 100000000});
    fixture.user->greeting = "go away";
    fixture.user->refuse = true;
    kit_loop_until_count(fixture.loop, &fixture.user->closed, 1);
    CHECK(fixture.user->end == CORD_STREAM_END_US);
    teardown(&fixture);
}

/* What the kernels hold had left the client before it could read a word: it is
 * thrown away, and the last word is read nonetheless. But not for ever. */
static void a_client_that_talks_on_hears_the_last_word(void)
{
    enum { TALK = 16 << 20, TALKS_MAX = 64 };
    struct fixture fixture = setup(1000, 1000);
    char *talk = calloc(1, TALK);
    char answer[8];
    CHECK(talk);
    fixture.user->greeting = "go away";
    fixture.user->refuse = true;
    kit_loop_send(fixture.loop, fixture.client, (cord_str){talk, TALK});
    CHECK(fixture.user->closed == 0);
    CHECK(kit_loop_receive(fixture.loop, fixture.client, answer, 7) == 7);
    CHECK(memcmp(answer, "go away", 7) == 0);
    size_t talked = 0;
    while (fixture.user->closed == 0 && talked < (size_t)TALKS_MAX * TALK) {
        ssize_t put = send(fixture.client, talk, TALK, MSG_NOSIGNAL | MSG_DONTWAIT);
        talked += put > 0 ? (size_t)put : 0;
        kit_loop_settle(fixture.loop);
    }
    CHECK(fixture.user->closed == 1);
    CHECK(talked < (size_t)TALKS_MAX * TALK);
    free(talk);
    teardown(&fixture);
}

static void closes_within_its_callbacks(void)
{
    struct fixture fixture = setup(1000, 1000);
    fixture.user->close_after = 1;
    client_sends(&fixture, "one");
    kit_loop_until_count(fixture.loop, &fixture.user->closed, 1);
    CHECK(fixture.user->end == CORD_STREAM_END_US);
    CHECK(fixture.user->takes == 1);
    teardown(&fixture);
}

static void refuses_in_opened(void)
{
    struct fixture fixture = setup(1000, 1000);
    fixture.user->refuse = true;
    client_sends(&fixture, "one");
    kit_loop_until_count(fixture.loop, &fixture.user->closed, 1);
    CHECK(fixture.user->takes == 0);
    teardown(&fixture);
}

static void tells_of_a_reset(void)
{
    struct fixture fixture = setup(1000, 1000);
    client_sends(&fixture, "one");
    kit_loop_until_count(fixture.loop, &fixture.user->takes, 1);
    client_resets(&fixture);
    kit_loop_until_count(fixture.loop, &fixture.user->closed, 1);
    CHECK(fixture.user->end == CORD_STREAM_END_ERROR);
    CHECK(strstr(fixture.user->reason, "reset"));
    teardown(&fixture);
}

static void sending_to_who_has_gone_raises_no_signal(void)
{
    struct fixture fixture = setup(1000, 1 << 20);
    kit_loop_settle(fixture.loop);
    client_resets(&fixture);
    cord_status status = cord_stream_send(fixture.user->stream, CORD_STR("hello?"));
    CHECK(status == CORD_OK);
    CHECK(fixture.user->closed == 0); /* never within */
    kit_loop_until_count(fixture.loop, &fixture.user->closed, 1);
    CHECK(fixture.user->end == CORD_STREAM_END_ERROR);
    teardown(&fixture);
}

static void keeps_its_deadline(void)
{
    struct fixture fixture = setup(1000, 1000);
    cord_stream_deadline(fixture.user->stream, 1);
    cord_stream_deadline(fixture.user->stream, 0);
    cord_stream_deadline(fixture.user->stream, 1);
    kit_loop_until_count(fixture.loop, &fixture.user->closed, 1);
    CHECK(fixture.user->end == CORD_STREAM_END_TIMEOUT);
    teardown(&fixture);
}

static void lets_neighbours_have_their_turn(void)
{
    struct fixture loud = setup(1 << 20, 1000);
    struct cord_stream_options options = {1000, 1000, 0, 0};
    struct user *quiet = calloc(1, sizeof *quiet);
    CHECK(quiet);
    int client;
    int file = accepted_socket(&client);
    quiet->stream = cord_stream_new(loud.loop, file, NULL, &options, &ops, quiet);
    CHECK(quiet->stream);
    int large = 4 << 20;
    CHECK(setsockopt(loud.client, SOL_SOCKET, SO_SNDBUF, &large, sizeof large) == 0);
    kit_loop_settle(loud.loop);
    (void)window_is_shut(&loud);
    CHECK(send(client, "me too", 6, 0) == 6);
    CHECK(cord_loop_turn(loud.loop, 0, NULL) == CORD_OK);
    CHECK(quiet->len == 6);
    CHECK(loud.user->len > 0 && loud.user->len <= 262144 + 65536);
    cord_stream_drop(quiet->stream);
    close(client);
    free(quiet);
    teardown(&loud);
}

static void survives_a_lack_of_memory(void)
{
    for (size_t nth = 1;; nth++) {
        struct cord_loop *loop = NULL;
        struct user *user = calloc(1, sizeof *user);
        struct cord_stream_options options = {1000, 1 << 24, 0, 0};
        static char block[6 << 20];
        int client;
        CHECK(user);
        CHECK(cord_loop_new(&loop, NULL) == CORD_OK);
        int file = accepted_socket(&client);
        user->take_none = true;
        CHECK(send(client, "keep this", 9, 0) == 9);
        kit_fail_allocation(nth);
        user->stream = cord_stream_new(loop, file, NULL, &options, &ops, user);
        if (user->stream) {
            CHECK(cord_loop_turn(loop, 0, NULL) == CORD_OK);
            CHECK(cord_loop_turn(loop, 0, NULL) == CORD_OK);
        }
        if (user->stream) {
            cord_status status = cord_stream_send(user->stream, (cord_str){block, sizeof block});
            CHECK(status == CORD_OK || status == CORD_E_NOMEM);
        }
        bool failed = kit_fail_allocation_off();
        CHECK(failed || user->stream);
        kit_loop_settle(loop);
        CHECK(!failed || !user->stream);
        if (user->stream) {
            cord_stream_drop(user->stream);
        }
        close(client);
        free(user);
        cord_loop_free(loop);
        if (!failed) {
            break;
        }
    }
}

KIT_MAIN(KIT_TEST(takes_what_comes_and_answers), KIT_TEST(offers_untaken_bytes_again_with_more),
         KIT_TEST(closes_when_nothing_is_taken_of_a_full_buffer),
         KIT_TEST(reads_nothing_while_paused), KIT_TEST(lets_the_senders_window_close),
         KIT_TEST(a_paused_stream_sleeps_through_a_reset),
         KIT_TEST(answers_a_peer_that_closed_its_half), KIT_TEST(sends_no_more_than_its_bound),
         KIT_TEST(sends_all_before_it_closes),
         KIT_TEST(does_not_wait_for_ever_for_the_peer_to_close),
         KIT_TEST(a_client_that_talks_on_hears_the_last_word),
         KIT_TEST(closes_within_its_callbacks), KIT_TEST(refuses_in_opened),
         KIT_TEST(tells_of_a_reset), KIT_TEST(sending_to_who_has_gone_raises_no_signal),
         KIT_TEST(keeps_its_deadline), KIT_TEST(lets_neighbours_have_their_turn),
         KIT_TEST(survives_a_lack_of_memory))
