/* test_syslog_receiver.c: syslog over TCP, from bytes to deliveries. */
#include "kit/kit_loop.h"
#include "kit/kit_syslog.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void send_and_close(struct kit_syslog *bench, int client, const char *text)
{
    kit_loop_send(bench->loop, client, cord_str_from(text));
    close(client);
}

static void lines_and_counts_become_records(void)
{
    struct kit_syslog bench;
    kit_syslog_begin(&bench, CORD_SYSLOG_TCP, KIT_SYSLOG_SOURCES);
    int client = kit_loop_connect(kit_syslog_listen(&bench));
    send_and_close(&bench, client, "<13>a\n12 <13>b\nsecond<13>c\r\nno priority\n<13>last");
    kit_loop_until_count(bench.loop, &bench.intake.records, 5);
    KIT_SYSLOG_TEXT(&bench, "RXA/fw1:<13>a\nRXA/fw1:<13>b\nsecond\nRXA/fw1:<13>c\n"
                            "RXA/fw1:no priority\nRXA/fw1:<13>last\n");
    KIT_SYSLOG_LOSSES(&bench, "");
    CHECK_U64(cord_syslog_receiver_stats(bench.receiver).messages, 5);
    kit_syslog_stop(&bench);
    kit_syslog_end(&bench);
}

struct wanted {
    const struct kit_syslog *bench;
    uint64_t messages;
};

static bool has_read(void *self)
{
    const struct wanted *wanted = self;
    return cord_syslog_receiver_stats(wanted->bench->receiver).messages >= wanted->messages;
}

static void until_read(struct kit_syslog *bench, uint64_t messages)
{
    struct wanted wanted = {bench, messages};
    kit_loop_until(bench->loop, has_read, &wanted);
}

static void a_line_waits_for_its_end_and_not_for_the_next_one(void)
{
    struct kit_syslog bench;
    kit_syslog_begin(&bench, CORD_SYSLOG_TCP, KIT_SYSLOG_SOURCES);
    int client = kit_loop_connect(kit_syslog_listen(&bench));
    kit_loop_send(bench.loop, client, CORD_STR("<13>hal"));
    kit_loop_settle(bench.loop);
    CHECK_U64(bench.intake.deliveries, 0);
    kit_loop_send(bench.loop, client, CORD_STR("f\n"));
    kit_loop_until_count(bench.loop, &bench.intake.records, 1);
    KIT_SYSLOG_TEXT(&bench, "RXA/fw1:<13>half\n");
    close(client);
    kit_syslog_stop(&bench);
    kit_syslog_end(&bench);
}

static void what_no_one_registered_sends_is_refused_and_counted(void)
{
    struct kit_syslog bench;
    char byte;
    kit_syslog_begin(&bench, CORD_SYSLOG_TCP,
                     "- name: fw1\n  organisation: RXA\n  addresses: [10.0.0.0/8]\n");
    int client = kit_loop_connect(kit_syslog_listen(&bench));
    kit_loop_send(bench.loop, client, CORD_STR("<13>a\n<13>b\n"));
    CHECK_U64(kit_loop_receive(bench.loop, client, &byte, 1), 0); /* closed */
    close(client);
    CHECK_U64(bench.intake.deliveries, 0);
    KIT_SYSLOG_LOSSES(&bench, "/listener/test unknown 2\n");
    kit_syslog_stop(&bench);
    kit_syslog_end(&bench);
}

static void what_is_too_long_or_cut_short_is_counted(void)
{
    struct kit_syslog bench;
    kit_syslog_begin(&bench, CORD_SYSLOG_TCP, KIT_SYSLOG_SOURCES);
    bench.options.frame_bytes_max = 16;
    int client = kit_loop_connect(kit_syslog_listen(&bench));
    send_and_close(&bench, client,
                   "<13>0123456789012345678901234567890123456789\n<13>a\n"
                   "40 <13>456789012345678901234567890123456789<13>b\n9 <13>c");
    kit_loop_until_count(bench.loop, &bench.intake.records, 2);
    KIT_SYSLOG_TEXT(&bench, "RXA/fw1:<13>a\nRXA/fw1:<13>b\n");
    kit_syslog_stop(&bench);
    KIT_SYSLOG_LOSSES(&bench, "RXA/fw1 oversize 1\nRXA/fw1 oversize 1\nRXA/fw1 malformed 1\n");
    kit_syslog_end(&bench);
}

static void one_delivery_is_under_way_and_the_next_is_gathered(void)
{
    struct kit_syslog bench;
    kit_syslog_begin(&bench, CORD_SYSLOG_TCP, KIT_SYSLOG_SOURCES);
    bench.intake.holds = true;
    int client = kit_loop_connect(kit_syslog_listen(&bench));
    for (int i = 0; i < 5; i++) {
        kit_loop_send(bench.loop, client, CORD_STR("<13>a\n"));
        kit_loop_settle(bench.loop);
    }
    until_read(&bench, 5);
    CHECK_U64(bench.intake.deliveries, 1);
    kit_intake_answer(&bench.intake);
    kit_loop_until_count(bench.loop, &bench.intake.deliveries, 2);
    kit_intake_answer(&bench.intake);
    kit_loop_settle(bench.loop);
    CHECK_U64(bench.intake.deliveries, 2);
    CHECK_U64(bench.intake.records, 5);
    close(client);
    kit_syslog_stop(&bench);
    kit_syslog_end(&bench);
}

/* Sends as much as the connection takes, whole lines; returns their number. */
static size_t send_until_full(struct kit_syslog *bench, int client, size_t *left)
{
    char line[1024];
    size_t sent = 0;
    memset(line, 'x', sizeof line);
    memcpy(line, "<13>", 4);
    line[sizeof line - 1] = '\n';
    for (int idle = 0; idle < 50;) {
        ssize_t got = send(client, line, sizeof line, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (got < 0) {
            CHECK(errno == EAGAIN);
            idle++;
            CHECK(cord_loop_turn(bench->loop, 1, NULL) == CORD_OK);
            continue;
        }
        idle = 0;
        sent++;
        *left = sizeof line - (size_t)got;
        if (*left > 0) {
            return sent;
        }
    }
    return sent;
}

static void a_full_intake_slows_the_sender_and_loses_nothing(void)
{
    struct kit_syslog bench;
    size_t left = 0;
    kit_syslog_begin(&bench, CORD_SYSLOG_TCP, KIT_SYSLOG_SOURCES);
    bench.intake.full = true;
    int client = kit_loop_connect(kit_syslog_listen(&bench));
    size_t sent = send_until_full(&bench, client, &left);
    CHECK(sent > 256 && sent < 20000); /* what it gathers, and the kernel's buffers */
    kit_loop_settle(bench.loop);
    CHECK_U64(bench.intake.deliveries, 0);
    CHECK(cord_syslog_receiver_stats(bench.receiver).messages <= 257);
    bench.intake.full = false;
    char rest[1024];
    memset(rest, 'x', sizeof rest);
    rest[left > 0 ? left - 1 : 0] = '\n';
    kit_loop_send(bench.loop, client, (cord_str){rest, left});
    close(client);
    kit_loop_until_count(bench.loop, &bench.intake.records, sent);
    kit_syslog_stop(&bench);
    CHECK_U64(bench.intake.records, sent);
    KIT_SYSLOG_LOSSES(&bench, "");
    kit_syslog_end(&bench);
}

static void beyond_its_rate_a_sender_waits_and_loses_nothing(void)
{
    struct kit_syslog bench;
    size_t left = 0;
    kit_syslog_begin(&bench, CORD_SYSLOG_TCP, KIT_SYSLOG_SOURCES);
    bench.intake.wait_ns = 1;
    int client = kit_loop_connect(kit_syslog_listen(&bench));
    size_t sent = send_until_full(&bench, client, &left);
    kit_loop_settle(bench.loop);
    CHECK_U64(cord_syslog_receiver_stats(bench.receiver).messages, 0); /* not even read */
    char rest[1024];
    memset(rest, 'x', sizeof rest);
    rest[left > 0 ? left - 1 : 0] = '\n';
    bench.intake.wait_ns = 0;
    kit_loop_send(bench.loop, client, (cord_str){rest, left});
    kit_loop_until_count(bench.loop, &bench.intake.records, sent);
    bench.intake.wait_ns = 1;
    kit_loop_send(bench.loop, client, CORD_STR("<13>the last\n"));
    kit_loop_settle(bench.loop);
    CHECK_U64(bench.intake.records, sent);
    close(client);
    kit_loop_settle(bench.loop);
    bench.intake.wait_ns = 0; /* what was sent before the end waited, too */
    kit_loop_until_count(bench.loop, &bench.intake.records, sent + 1);
    kit_syslog_stop(&bench);
    KIT_SYSLOG_LOSSES(&bench, "");
    kit_syslog_end(&bench);
}

static void what_came_back_untaken_is_put_again_before_the_rest(void)
{
    struct kit_syslog bench;
    kit_syslog_begin(&bench, CORD_SYSLOG_TCP, KIT_SYSLOG_SOURCES);
    bench.intake.holds = true;
    bench.intake.status = CORD_E_IO;
    int client = kit_loop_connect(kit_syslog_listen(&bench));
    kit_loop_send(bench.loop, client, CORD_STR("<13>a\n"));
    kit_loop_until_count(bench.loop, &bench.intake.deliveries, 1);
    kit_loop_send(bench.loop, client, CORD_STR("<13>b\n"));
    kit_loop_settle(bench.loop);
    kit_intake_answer(&bench.intake);
    kit_loop_settle(bench.loop);
    bench.intake.holds = false;
    bench.intake.status = CORD_OK;
    close(client);
    kit_loop_until_count(bench.loop, &bench.intake.records, 2);
    KIT_SYSLOG_TEXT(&bench, "RXA/fw1:<13>a\nRXA/fw1:<13>b\n");
    kit_syslog_stop(&bench);
    kit_syslog_end(&bench);
}

static void the_registry_in_force_decides(void)
{
    struct kit_syslog bench;
    char byte;
    kit_syslog_begin(&bench, CORD_SYSLOG_TCP, KIT_SYSLOG_SOURCES);
    int client = kit_loop_connect(kit_syslog_listen(&bench));
    kit_loop_send(bench.loop, client, CORD_STR("<13>a\n"));
    kit_loop_until_count(bench.loop, &bench.intake.records, 1);
    kit_syslog_replace(&bench, "- name: fw1\n  organisation: RJ1\n  addresses: [127.0.0.1]\n");
    kit_loop_send(bench.loop, client, CORD_STR("<13>b\n"));
    kit_loop_until_count(bench.loop, &bench.intake.records, 2);
    KIT_SYSLOG_TEXT(&bench, "RXA/fw1:<13>a\nRJ1/fw1:<13>b\n");
    kit_syslog_replace(&bench, "- name: fw1\n  organisation: RJ1\n  addresses: [10.0.0.1]\n");
    kit_loop_send(bench.loop, client, CORD_STR("<13>c\n"));
    CHECK_U64(kit_loop_receive(bench.loop, client, &byte, 1), 0);
    KIT_SYSLOG_LOSSES(&bench, "/listener/test unknown 1\n");
    close(client);
    kit_syslog_stop(&bench);
    kit_syslog_end(&bench);
}

static void a_message_of_several_lines_ends_after_a_pause(void)
{
    struct kit_syslog bench;
    kit_syslog_begin(&bench, CORD_SYSLOG_TCP, KIT_SYSLOG_SOURCES);
    bench.options.multiline = true;
    int client = kit_loop_connect(kit_syslog_listen(&bench));
    kit_loop_send(bench.loop, client, CORD_STR("<13>a\nmore\n<13>b\nand more\n"));
    kit_loop_until_count(bench.loop, &bench.intake.records, 2);
    KIT_SYSLOG_TEXT(&bench, "RXA/fw1:<13>a\nmore\nRXA/fw1:<13>b\nand more\n");
    close(client);
    kit_syslog_stop(&bench);
    kit_syslog_end(&bench);
}

static void a_stop_takes_what_was_read_and_waits_for_the_answer(void)
{
    struct kit_syslog bench;
    char byte;
    kit_syslog_begin(&bench, CORD_SYSLOG_TCP, KIT_SYSLOG_SOURCES);
    bench.intake.holds = true;
    int client = kit_loop_connect(kit_syslog_listen(&bench));
    kit_loop_send(bench.loop, client, CORD_STR("<13>a\n"));
    kit_loop_until_count(bench.loop, &bench.intake.deliveries, 1);
    kit_loop_send(bench.loop, client, CORD_STR("<13>b\n<13>half"));
    until_read(&bench, 2);
    cord_syslog_receiver_stop(bench.receiver);
    CHECK_U64(kit_loop_receive(bench.loop, client, &byte, 1), 0);
    CHECK(!cord_syslog_receiver_is_done(bench.receiver));
    close(client);
    bench.intake.holds = false;
    kit_intake_answer(&bench.intake);
    kit_syslog_wait(&bench);
    KIT_SYSLOG_TEXT(&bench, "RXA/fw1:<13>a\nRXA/fw1:<13>b\nRXA/fw1:<13>half\n");
    kit_syslog_end(&bench);
}

static void a_receiver_that_is_freed_in_the_middle_counts_what_it_holds(void)
{
    struct kit_syslog bench;
    kit_syslog_begin(&bench, CORD_SYSLOG_TCP, KIT_SYSLOG_SOURCES);
    bench.intake.full = true;
    int client = kit_loop_connect(kit_syslog_listen(&bench));
    kit_loop_send(bench.loop, client, CORD_STR("<13>a\n<13>b\n<13>half"));
    until_read(&bench, 2);
    cord_syslog_receiver_free(bench.receiver);
    bench.receiver = NULL;
    CHECK_U64(bench.intake.lost[CORD_LOSS_OVERLOAD], 3);
    close(client);
    kit_syslog_end(&bench);
}

static void a_silent_connection_is_closed(void)
{
    struct kit_syslog bench;
    char byte;
    kit_syslog_begin(&bench, CORD_SYSLOG_TCP, KIT_SYSLOG_SOURCES);
    bench.options.idle_ns = 200000000;
    int client = kit_loop_connect(kit_syslog_listen(&bench));
    CHECK_U64(kit_loop_receive(bench.loop, client, &byte, 1), 0);
    close(client);
    kit_syslog_stop(&bench);
    kit_syslog_end(&bench);
}

/* Sends three messages while one allocation fails; false once there is no nth. */
static bool survives(size_t nth)
{
    struct kit_syslog bench;
    kit_syslog_begin(&bench, CORD_SYSLOG_TCP, KIT_SYSLOG_SOURCES);
    bench.options.frame_bytes_max = 100;
    bench.intake.holds = true; /* the memory of its answers is not looked at */
    kit_fail_allocation(nth);
    if (cord_syslog_receiver_new(&bench.loop, 1, &bench.options, &bench.receiver, NULL) !=
        CORD_OK) {
        CHECK(kit_fail_allocation_off());
        kit_syslog_end(&bench);
        return true;
    }
    int client = kit_loop_connect(cord_syslog_receiver_port(bench.receiver));
    CHECK(send(client, "<13>a\n<13>b\n<13>c", 17, MSG_NOSIGNAL) == 17);
    kit_loop_settle(bench.loop);
    bool failed = kit_fail_allocation_off();
    if (!failed) {
        until_read(&bench, 2);
    }
    bench.intake.holds = false;
    kit_intake_answer(&bench.intake);
    close(client);
    kit_syslog_stop(&bench);
    if (!failed) {
        CHECK_U64(bench.intake.records, 3);
    }
    CHECK(bench.intake.records + bench.intake.lost[CORD_LOSS_OVERLOAD] <= 3);
    kit_syslog_end(&bench);
    return failed;
}

static void memory_may_fail_anywhere(void)
{
    size_t nth = 1;
    while (survives(nth)) {
        nth++;
    }
    CHECK(nth > 5);
}

KIT_MAIN(KIT_TEST(lines_and_counts_become_records),
         KIT_TEST(a_line_waits_for_its_end_and_not_for_the_next_one),
         KIT_TEST(what_no_one_registered_sends_is_refused_and_counted),
         KIT_TEST(what_is_too_long_or_cut_short_is_counted),
         KIT_TEST(one_delivery_is_under_way_and_the_next_is_gathered),
         KIT_TEST(a_full_intake_slows_the_sender_and_loses_nothing),
         KIT_TEST(beyond_its_rate_a_sender_waits_and_loses_nothing),
         KIT_TEST(what_came_back_untaken_is_put_again_before_the_rest),
         KIT_TEST(the_registry_in_force_decides),
         KIT_TEST(a_message_of_several_lines_ends_after_a_pause),
         KIT_TEST(a_stop_takes_what_was_read_and_waits_for_the_answer),
         KIT_TEST(a_receiver_that_is_freed_in_the_middle_counts_what_it_holds),
         KIT_TEST(a_silent_connection_is_closed), KIT_TEST(memory_may_fail_anywhere))
