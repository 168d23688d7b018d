/* test_log.c: the operator's lines, read back from a pipe. */
#include "base/log.h"
#include "base/timestamp.h"
#include "kit/kit.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

struct desk {
    int64_t now_ns;
    int fds[2];
    struct cord_log *log;
    char text[65536];
};

static int64_t now(void *self)
{
    struct desk *desk = self;
    return desk->now_ns;
}

static struct desk *open_desk(enum cord_log_level level, uint32_t lines_max)
{
    static struct desk desk;
    desk.now_ns = 1795308408123456789;
    CHECK(pipe2(desk.fds, O_NONBLOCK) == 0);
    desk.log = cord_log_new(&(struct cord_log_config){.fd = desk.fds[1],
                                                      .level = level,
                                                      .clock = {now, &desk},
                                                      .lines_per_interval_max = lines_max,
                                                      .interval_s = 10});
    CHECK(desk.log != NULL);
    return &desk;
}

static cord_str read_desk(struct desk *desk)
{
    ssize_t got = read(desk->fds[0], desk->text, sizeof desk->text);
    return (cord_str){desk->text, got > 0 ? (size_t)got : 0};
}

static void close_desk(struct desk *desk)
{
    cord_log_free(desk->log);
    close(desk->fds[0]);
    close(desk->fds[1]);
}

static void writes_a_line_with_typed_values(void)
{
    struct desk *desk = open_desk(CORD_LOG_INFO, 0);
    cord_log_warn(desk->log, "listener.frame_refused", CORD_KV_TEXT("peer", "10.1.2.3"),
                  CORD_KV_U64("bytes_max", UINT64_MAX), CORD_KV_I64("shift", -1));
    CHECK_STR(read_desk(desk),
              "2026-11-22T00:46:48.123Z warn listener.frame_refused peer=\"10.1.2.3\" "
              "bytes_max=18446744073709551615 shift=-1\n");
    cord_log_info(desk->log, "listener.started");
    CHECK_STR(read_desk(desk), "2026-11-22T00:46:48.123Z info listener.started\n");
    cord_log_debug(desk->log, "listener.detail");
    CHECK_STR(read_desk(desk), "");
    cord_log_error(NULL, "nobody.listens");
    close_desk(desk);
}

static void input_cannot_forge_a_line(void)
{
    struct desk *desk = open_desk(CORD_LOG_INFO, 0);
    cord_log_info(desk->log, "x.y",
                  CORD_KV_STR("v", CORD_STR("a\"b\\c\nd\re\tf\0g\x1b[31m\x7f\xff\xc2\x85")));
    CHECK_STR(read_desk(desk),
              "2026-11-22T00:46:48.123Z info x.y "
              "v=\"a\\\"b\\\\c\\nd\\re\\tf\\u{0}g\\u{1b}[31m\\u{7f}\\xff\\u{85}\"\n");
    cord_log_info(desk->log, "x.y", CORD_KV_TEXT("v", "\xc3\xa9 \xe2\x80\xae \xe6\x97\xa5"));
    CHECK_STR(read_desk(desk), "2026-11-22T00:46:48.123Z info x.y "
                               "v=\"\xc3\xa9 \\u{202e} \xe6\x97\xa5\"\n");
    close_desk(desk);
}

static void cuts_long_text_and_keeps_the_line_whole(void)
{
    struct desk *desk = open_desk(CORD_LOG_INFO, 0);
    static char longer[5000];
    memset(longer, 'a', sizeof longer);
    cord_str text = {longer, 513};
    cord_log_info(desk->log, "x.y", CORD_KV_STR("v", text), CORD_KV_U64("after", 1));
    cord_str got = read_desk(desk);
    CHECK(cord_str_ends(got, CORD_STR("aaa\"... after=1\n")));
    CHECK_U64(got.len,
              strlen("2026-11-22T00:46:48.123Z info x.y v=\"") + 512 + strlen("\"... after=1\n"));

    memset(longer, '\1', sizeof longer); /* each becomes five bytes */
    text.len = sizeof longer;
    cord_log_info(desk->log, "x.y", CORD_KV_STR("a", text), CORD_KV_STR("b", text),
                  CORD_KV_U64("c", 3));
    got = read_desk(desk);
    CHECK(got.len <= 4096 && got.ptr[got.len - 1] == '\n');
    CHECK(cord_str_find(got, CORD_STR(" a=\""), 0) != SIZE_MAX);
    CHECK(cord_str_find(got, CORD_STR(" b="), 0) == SIZE_MAX);
    close_desk(desk);
}

static void holds_back_a_name_that_comes_too_often(void)
{
    struct desk *desk = open_desk(CORD_LOG_INFO, 2);
    for (int i = 0; i < 7; i++) {
        cord_log_info(desk->log, "busy.name");
    }
    cord_log_info(desk->log, "other.name");
    CHECK_STR(read_desk(desk), "2026-11-22T00:46:48.123Z info busy.name\n"
                               "2026-11-22T00:46:48.123Z info busy.name\n"
                               "2026-11-22T00:46:48.123Z info other.name\n");
    desk->now_ns += 10 * CORD_SECOND_NS;
    for (int i = 0; i < 3; i++) {
        cord_log_info(desk->log, "busy.name");
    }
    CHECK_STR(read_desk(desk), "2026-11-22T00:46:58.123Z info busy.name suppressed=5\n"
                               "2026-11-22T00:46:58.123Z info busy.name\n");
    cord_log_free(desk->log);
    CHECK_STR(read_desk(desk),
              "2026-11-22T00:46:58.123Z warn log.suppressed name=\"busy.name\" lines=1\n");
    desk->log = NULL;
    close_desk(desk);
}

static void counts_what_could_not_be_written(void)
{
    struct desk *desk = open_desk(CORD_LOG_INFO, 0);
    int bad_fd = desk->fds[1];
    close(bad_fd);
    cord_log_info(desk->log, "x.y");
    CHECK_U64(cord_log_lost(desk->log), 1);
    cord_log_free(desk->log);
    close(desk->fds[0]);
}

static void *log_much(void *argument)
{
    for (int i = 0; i < 200; i++) {
        cord_log_info(argument, "many.threads", CORD_KV_U64("i", i));
    }
    return NULL;
}

static void threads_share_it_and_nothing_is_lost(void)
{
    struct desk *desk = open_desk(CORD_LOG_INFO, 50);
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) {
        CHECK(pthread_create(&threads[i], NULL, log_much, desk->log) == 0);
    }
    for (size_t i = 0; i < 4; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    cord_str rest = read_desk(desk), line;
    size_t lines = 0;
    while (cord_str_cut(&rest, '\n', &line) && line.len > 0) {
        CHECK(cord_str_starts(line, CORD_STR("2026-11-22T00:46:48.123Z info many.threads i=")));
        lines++;
    }
    CHECK_U64(lines, 50);
    cord_log_free(desk->log);
    CHECK_STR(read_desk(desk),
              "2026-11-22T00:46:48.123Z warn log.suppressed name=\"many.threads\" lines=750\n");
    desk->log = NULL;
    close_desk(desk);
}

static void the_system_clocks_tick(void)
{
    struct cord_clock wall = cord_clock_system();
    struct cord_clock steady = cord_clock_monotonic();
    int64_t before = cord_clock_now_ns(&steady);
    CHECK(cord_clock_now_ns(&wall) > 1700000000 * CORD_SECOND_NS);
    CHECK(cord_clock_now_ns(&steady) >= before);
}

KIT_MAIN(KIT_TEST(writes_a_line_with_typed_values), KIT_TEST(input_cannot_forge_a_line),
         KIT_TEST(cuts_long_text_and_keeps_the_line_whole),
         KIT_TEST(holds_back_a_name_that_comes_too_often),
         KIT_TEST(counts_what_could_not_be_written), KIT_TEST(threads_share_it_and_nothing_is_lost),
         KIT_TEST(the_system_clocks_tick))
