/* test_syslog_datagrams.c: syslog over UDP, from datagrams to deliveries and losses. */
#include "kit/kit_loop.h"
#include "kit/kit_syslog.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int sender_to(uint16_t port)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int sender = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK(sender >= 0);
    CHECK(connect(sender, (const struct sockaddr *)&to, sizeof to) == 0);
    return sender;
}

static void send_text(int sender, cord_str text)
{
    CHECK(send(sender, text.ptr ? text.ptr : "", text.len, 0) == (ssize_t)text.len);
}

static uint64_t lost_in_all(const struct kit_syslog *bench)
{
    uint64_t count = 0;
    for (size_t i = 0; i < CORD_LOSS_COUNT; i++) {
        count += bench->intake.lost[i];
    }
    return count;
}

static void a_datagram_is_a_message(void)
{
    struct kit_syslog bench;
    kit_syslog_begin(&bench, CORD_SYSLOG_UDP, KIT_SYSLOG_SOURCES);
    int sender = sender_to(kit_syslog_listen(&bench));
    send_text(sender, CORD_STR("<13>a\nb\n"));
    send_text(sender, CORD_STR("12 <13>no count"));
    kit_loop_until_count(bench.loop, &bench.intake.records, 2);
    KIT_SYSLOG_TEXT(&bench, "RXA/fw1:<13>a\nb\n\nRXA/fw1:12 <13>no count\n");
    close(sender);
    kit_syslog_stop(&bench);
    KIT_SYSLOG_LOSSES(&bench, "");
    kit_syslog_end(&bench);
}

static bool five_lost(void *self)
{
    return lost_in_all(self) >= 5;
}

static void what_is_no_message_is_counted(void)
{
    static char text[300];
    struct kit_syslog bench;
    kit_syslog_begin(&bench, CORD_SYSLOG_UDP, KIT_SYSLOG_SOURCES);
    bench.options.frame_bytes_max = 200;
    int sender = sender_to(kit_syslog_listen(&bench));
    memset(text, 'x', sizeof text);
    send_text(sender, (cord_str){0});
    send_text(sender, (cord_str){text, 201});
    send_text(sender, (cord_str){text, 200});
    kit_loop_until_count(bench.loop, &bench.intake.records, 1);
    kit_syslog_replace(&bench, "- name: fw1\n  organisation: RXA\n  addresses: [10.0.0.1]\n");
    for (int i = 0; i < 3; i++) {
        send_text(sender, CORD_STR("<13>from nobody"));
    }
    kit_loop_until(bench.loop, five_lost, &bench);
    CHECK_U64(bench.intake.lost[CORD_LOSS_EMPTY], 1);
    CHECK_U64(bench.intake.lost[CORD_LOSS_OVERSIZE], 1);
    CHECK_U64(bench.intake.lost[CORD_LOSS_UNKNOWN], 3);
    CHECK(cord_str_find(cord_buf_str(&bench.intake.losses), CORD_STR("/listener/test unknown"),
                        0) != SIZE_MAX);
    close(sender);
    kit_syslog_stop(&bench);
    kit_syslog_end(&bench);
}

/* The flood comes in small waves, so that the kernel need not drop. */
static size_t flood(struct kit_syslog *bench, int sender, size_t count)
{
    char text[400];
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < count; i++) {
        int len = snprintf(text, sizeof text, "<13>drop from 10.0.0.%zu port %zu ", i % 256, i);
        text[len] = 'x';
        send_text(sender, (cord_str){text, sizeof text});
        if (i % 32 == 31) {
            kit_loop_settle(bench->loop);
        }
    }
    kit_loop_settle(bench->loop);
    return count;
}

static void without_room_repeats_go_before_firsts(void)
{
    struct kit_syslog bench;
    kit_syslog_begin(&bench, CORD_SYSLOG_UDP, KIT_SYSLOG_SOURCES);
    bench.intake.full = true;
    int sender = sender_to(kit_syslog_listen(&bench));
    size_t sent = flood(&bench, sender, 3000); /* 400 bytes each: 256 KiB is full at some 620 */
    CHECK_U64(bench.intake.records, 0);
    CHECK(bench.intake.lost[CORD_LOSS_OVERLOAD] > 1000); /* no room to judge them, either */
    send_text(sender, CORD_STR("<13>a new kind of message"));
    sent++;
    kit_loop_settle(bench.loop);
    CHECK_U64(bench.intake.lost[CORD_LOSS_OVERLOAD], lost_in_all(&bench));
    bench.intake.full = false;
    kit_loop_until_count(bench.loop, &bench.intake.records, 600);
    CHECK(cord_str_find(cord_buf_str(&bench.intake.text), CORD_STR("a new kind of message"), 0) !=
          SIZE_MAX);
    kit_syslog_stop(&bench);
    CHECK(bench.intake.judged_only > 600);
    CHECK_U64(bench.intake.records + bench.intake.judged_only + lost_in_all(&bench), sent);
    CHECK_U64(cord_syslog_receiver_stats(bench.receiver).kernel_dropped, 0);
    close(sender);
    kit_syslog_end(&bench);
}

static void what_is_not_stored_is_judged_all_the_same(void)
{
    struct kit_syslog bench;
    kit_syslog_begin(&bench, CORD_SYSLOG_UDP, KIT_SYSLOG_SOURCES);
    bench.intake.full = true;
    bench.intake.judges_only = true;
    int sender = sender_to(kit_syslog_listen(&bench));
    size_t sent = flood(&bench, sender, 3000);
    CHECK_U64(lost_in_all(&bench), 0);
    CHECK(bench.intake.judged_only > 2000);
    bench.intake.full = false;
    kit_syslog_stop(&bench);
    CHECK_U64(bench.intake.records + bench.intake.judged_only, sent);
    CHECK_U64(lost_in_all(&bench), 0);
    close(sender);
    kit_syslog_end(&bench);
}

static void beyond_its_rate_repeats_are_refused(void)
{
    struct kit_syslog bench;
    kit_syslog_begin(&bench, CORD_SYSLOG_UDP, KIT_SYSLOG_SOURCES);
    bench.intake.wait_ns = 1;
    int sender = sender_to(kit_syslog_listen(&bench));
    size_t sent = flood(&bench, sender, 2000);
    CHECK_U64(bench.intake.records, 0);
    CHECK(bench.intake.lost[CORD_LOSS_RATE] > 1000);
    send_text(sender, CORD_STR("<13>a new kind of message"));
    sent++;
    kit_loop_settle(bench.loop);
    CHECK_U64(bench.intake.lost[CORD_LOSS_RATE], lost_in_all(&bench));
    kit_syslog_stop(&bench); /* what was taken is not given up */
    CHECK(cord_str_find(cord_buf_str(&bench.intake.text), CORD_STR("a new kind of message"), 0) !=
          SIZE_MAX);
    CHECK_U64(bench.intake.records + lost_in_all(&bench), sent);
    CHECK_U64(bench.intake.lost[CORD_LOSS_RATE], lost_in_all(&bench));
    close(sender);
    kit_syslog_end(&bench);
}

static void when_the_reserve_is_full_firsts_go_too(void)
{
    char text[1000];
    struct kit_syslog bench;
    kit_syslog_begin(&bench, CORD_SYSLOG_UDP, KIT_SYSLOG_SOURCES);
    bench.intake.full = true;
    int sender = sender_to(kit_syslog_listen(&bench));
    memset(text, 'y', sizeof text);
    for (size_t i = 0; i < 900; i++) { /* letters, so that each is new */
        (void)snprintf(text, 32, "<13>kind %c%c%c", (int)('g' + i / 100), (int)('g' + i / 10 % 10),
                       (int)('g' + i % 10));
        send_text(sender, (cord_str){text, sizeof text});
        if (i % 16 == 15) {
            kit_loop_settle(bench.loop);
        }
    }
    kit_loop_settle(bench.loop);
    CHECK(bench.intake.lost[CORD_LOSS_OVERLOAD] > 50);
    CHECK_U64(bench.intake.lost[CORD_LOSS_REPEAT], 0);
    bench.intake.full = false;
    kit_loop_until_count(bench.loop, &bench.intake.records, 300);
    kit_syslog_stop(&bench);
    CHECK_U64(bench.intake.records + bench.intake.judged_only + lost_in_all(&bench), 900);
    close(sender);
    kit_syslog_end(&bench);
}

static void what_comes_back_untaken_is_counted(void)
{
    struct kit_syslog bench;
    kit_syslog_begin(&bench, CORD_SYSLOG_UDP, KIT_SYSLOG_SOURCES);
    bench.intake.status = CORD_E_IO;
    int sender = sender_to(kit_syslog_listen(&bench));
    send_text(sender, CORD_STR("<13>a"));
    send_text(sender, CORD_STR("<13>b"));
    kit_loop_until_count(bench.loop, &bench.intake.deliveries, 1);
    close(sender);
    kit_syslog_stop(&bench);
    CHECK_U64(bench.intake.lost[CORD_LOSS_OVERLOAD], 2);
    kit_syslog_end(&bench);
}

static void a_stop_takes_what_the_kernel_holds(void)
{
    struct kit_syslog bench;
    kit_syslog_begin(&bench, CORD_SYSLOG_UDP, KIT_SYSLOG_SOURCES);
    int sender = sender_to(kit_syslog_listen(&bench));
    for (int i = 0; i < 200; i++) {
        send_text(sender, CORD_STR("<13>a"));
    }
    kit_syslog_stop(&bench);
    CHECK_U64(bench.intake.records, 200);
    close(sender);
    kit_syslog_end(&bench);
}

static void what_waits_when_it_is_freed_is_counted(void)
{
    struct kit_syslog bench;
    kit_syslog_begin(&bench, CORD_SYSLOG_UDP, KIT_SYSLOG_SOURCES);
    bench.intake.full = true;
    int sender = sender_to(kit_syslog_listen(&bench));
    send_text(sender, CORD_STR("<13>a"));
    kit_loop_settle(bench.loop);
    kit_syslog_replace(&bench, "- name: fw2\n  organisation: RJ1\n  addresses: [127.0.0.1]\n");
    send_text(sender, CORD_STR("<13>b"));
    kit_loop_settle(bench.loop);
    close(sender);
    cord_syslog_receiver_free(bench.receiver);
    bench.receiver = NULL;
    CHECK_U64(bench.intake.lost[CORD_LOSS_OVERLOAD], 2);
    CHECK(cord_str_find(cord_buf_str(&bench.intake.losses), CORD_STR("RXA/fw1 overload 1"), 0) !=
          SIZE_MAX);
    CHECK(cord_str_find(cord_buf_str(&bench.intake.losses), CORD_STR("RJ1/fw2 overload 1"), 0) !=
          SIZE_MAX);
    kit_syslog_end(&bench);
}

KIT_MAIN(KIT_TEST(a_datagram_is_a_message), KIT_TEST(what_is_no_message_is_counted),
         KIT_TEST(without_room_repeats_go_before_firsts),
         KIT_TEST(what_is_not_stored_is_judged_all_the_same),
         KIT_TEST(beyond_its_rate_repeats_are_refused),
         KIT_TEST(when_the_reserve_is_full_firsts_go_too),
         KIT_TEST(what_comes_back_untaken_is_counted), KIT_TEST(a_stop_takes_what_the_kernel_holds),
         KIT_TEST(what_waits_when_it_is_freed_is_counted))
