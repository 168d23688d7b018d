/* test_syslog_stream.c: frames of syslog connections. */
#include "base/buf.h"
#include "codec/syslog_stream.h"
#include "kit/kit.h"

#include <stdio.h>
#include <stdlib.h>

/* What comes out, as text: "[frame]", "!" for one too long, "?" for one cut short. */
static cord_str frames_of(struct cord_syslog_stream stream, cord_str text, size_t step,
                          struct cord_buf *out)
{
    struct cord_buf held;
    size_t fed = 0;
    bool last = false;
    cord_buf_init(&held, 1 << 20);
    cord_buf_clear(out);
    while (!last) {
        cord_str more = cord_str_slice(text, fed, step);
        fed += more.len;
        last = fed == text.len;
        cord_buf_put(&held, more);
        cord_str input = cord_buf_str(&held);
        for (;;) {
            cord_str frame;
            cord_status status = cord_syslog_stream_next(&stream, &input, last, &frame);
            if (status == CORD_E_MORE) {
                break;
            }
            if (status == CORD_OK) {
                cord_buf_put_char(out, '[');
                cord_buf_put(out, frame);
                cord_buf_put_char(out, ']');
            } else {
                cord_buf_put_text(out, status == CORD_E_LIMIT ? "!" : "?");
            }
        }
        CHECK(input.len <= stream.bytes_max + 32 + step);
        if (input.len > 0) {
            memmove(held.ptr, input.ptr, input.len);
        }
        held.len = input.len;
    }
    CHECK_U64(held.len, 0);
    cord_buf_done(&held);
    return cord_buf_str(out);
}

static void check_bytes(struct cord_syslog_stream stream, cord_str text, const char *wanted)
{
    struct cord_buf out;
    cord_buf_init(&out, 1 << 20);
    for (size_t step = 1; step <= text.len; step++) {
        CHECK_STR_EQ(frames_of(stream, text, step, &out), cord_str_from(wanted));
    }
    cord_buf_done(&out);
}

#define CHECK_FRAMES(text, wanted)                                                                 \
    check_bytes((struct cord_syslog_stream){.bytes_max = 40}, CORD_STR(text), (wanted))
#define CHECK_MULTILINE(text, wanted)                                                              \
    check_bytes((struct cord_syslog_stream){.bytes_max = 40, .multiline = true}, CORD_STR(text),   \
                (wanted))

static void reads_lines_and_counts_and_a_mixture(void)
{
    CHECK_FRAMES("<13>a\n<13>b\n", "[<13>a][<13>b]");
    CHECK_FRAMES("<13>a\r\n\r\n<13>b", "[<13>a][<13>b]");
    CHECK_FRAMES("6 <13>ab7 <13>a\nb", "[<13>ab][<13>a\nb]");
    CHECK_FRAMES("6 <13>ab\n<13>c\n5 <13>d\n", "[<13>ab][<13>c][<13>d]");
    CHECK_FRAMES("5 <13>a 5 <13>b", "[<13>a][<13>b]");
    CHECK_FRAMES("\n \n", "");
}

static void numbers_alone_are_lines(void)
{
    CHECK_FRAMES("0\n1\n10\n", "[0][1][10]");
    CHECK_FRAMES("2 apples fell\n12\n", "[2 apples fell][12]");
    CHECK_FRAMES("02 <13>a\n", "[02 <13>a]");
    CHECK_FRAMES("1234567890 <13>a\n", "[1234567890 <13>a]");
    CHECK_FRAMES("5 <13>a4 \xef\xbb\xbfz", "[<13>a][\xef\xbb\xbfz]"); /* counts were seen */
    CHECK_FRAMES("17", "[17]");
}

static void nul_ends_a_line_when_the_first_line_says_so(void)
{
    CHECK_FRAMES("<13>a\0<13>b\0", "[<13>a][<13>b]");
    CHECK_FRAMES("<13>a\0<13>b\nc\0<13>d", "[<13>a][<13>b\nc][<13>d]");
    CHECK_FRAMES("<13>a\0<13>b\n<13>c\n", "[<13>a][<13>b][<13>c]");
    struct cord_buf out;
    cord_str text = {"<13>a\n<13>b\0c\n", 14};
    cord_buf_init(&out, 1 << 20);
    cord_str got = frames_of((struct cord_syslog_stream){.bytes_max = 40}, text, 3, &out);
    CHECK_U64(got.len, 16);
    CHECK(memcmp(got.ptr, "[<13>a][<13>b\0c]", 13) == 0);
    cord_buf_done(&out);
}

static void finds_back_when_a_count_was_wrong(void)
{
    /* Counted in letters, where octets were meant. */
    CHECK_FRAMES("6 <13>\xc3\xa4x6 <13>ab6 <13>cd", "[<13>\xc3\xa4][x][<13>ab][<13>cd]");
    CHECK_FRAMES("5 <13>abc\n5 <13>d", "[<13>a][bc][<13>d]");
    CHECK_FRAMES("5 <13>a<13>took 12 <34> of\n", "[<13>a][<13>took 12 <34> of]");
}

static void passes_over_what_is_too_long(void)
{
    CHECK_FRAMES("41 <13>5678901234567890123456789012345678901<13>a\n", "![<13>a]");
    CHECK_FRAMES("40 <13>567890123456789012345678901234567890<13>a\n",
                 "[<13>567890123456789012345678901234567890][<13>a]");
    CHECK_FRAMES("<13>56789012345678901234567890123456789012345678901234567890123456789\n<13>a\n",
                 "![<13>a]");
    CHECK_FRAMES("<13>5678901234567890123456789012345678901\n<13>a\n", "![<13>a]");
    CHECK_FRAMES("<13>567890123456789012345678901234567890\n<13>a\n",
                 "[<13>567890123456789012345678901234567890][<13>a]");
    CHECK_FRAMES("5 <13>ax<3>5678901234567890123456789012345678901234567890123456789012345 5 <13>b",
                 "[<13>a]![<13>b]");
    CHECK_FRAMES("<13>567890123456789012345678901234567890123456789012345678901234567890", "!");
}

static void tells_of_a_frame_cut_short(void)
{
    CHECK_FRAMES("6 <13>ab6 <13>", "[<13>ab]?");
    CHECK_FRAMES("6 <13>ab6", "[<13>ab][6]");
    CHECK_FRAMES("<13>ab", "[<13>ab]");
}

static void joins_lines_when_told_to(void)
{
    CHECK_MULTILINE("<133>Msg 1\nLine 2\n<133>Msg 2", "[<133>Msg 1\nLine 2][<133>Msg 2]");
    CHECK_MULTILINE("<13>a\n<test/>\n<13>b\n", "[<13>a\n<test/>][<13>b]");
    CHECK_MULTILINE("<13>a\n\n\nb\n<1", "[<13>a\n\n\nb][<1]");
}

static cord_str read_case(const char *name)
{
    char path[256];
    (void)snprintf(path, sizeof path, "data/syslog-parser-cases/framing/%s", name);
    return kit_read_file(kit_shared_path(path));
}

static unsigned count(cord_str frames, char mark)
{
    unsigned found = 0;
    for (size_t i = 0; i < frames.len; i++) {
        found += frames.ptr[i] == mark &&
                 (i == 0 || mark == '!' || frames.ptr[i - 1] == ']' || frames.ptr[i - 1] == '!');
    }
    return found;
}

/* Streams of rsyslog's own tests: how many messages rsyslog makes of each. */
static void reads_streams_as_rsyslog_does(void)
{
    static const struct {
        const char *name;
        size_t bytes_max;
        bool multiline;
        unsigned frames, oversize;
    } cases[] = {
        {"no_octet_counted.testdata", 65536, false, 20, 0},
        {"spframingfix.testdata", 65536, false, 20, 0},
        {"imtcp-multiline.testdata", 65536, true, 2, 0},
        {"imptcp_multi_line.testdata", 65536, true, 8, 0},
        {"imptcp_framing_regex-oversize.testdata", 65536, true, 9, 0},
        {"imptcp_framing_regex-oversize.testdata", 256, true, 8, 1},
    };
    struct cord_buf out;
    cord_buf_init(&out, 1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cord_str text = read_case(cases[i].name);
        struct cord_syslog_stream stream = {.bytes_max = cases[i].bytes_max,
                                            .multiline = cases[i].multiline};
        for (size_t step = 1; step < 80; step += 13) {
            cord_str frames = frames_of(stream, text, step, &out);
            CHECK_U64(count(frames, '['), cases[i].frames);
            CHECK_U64(count(frames, '!'), cases[i].oversize);
        }
        free((void *)(uintptr_t)text.ptr);
    }
    cord_buf_done(&out);
}

KIT_MAIN(KIT_TEST(reads_lines_and_counts_and_a_mixture), KIT_TEST(numbers_alone_are_lines),
         KIT_TEST(nul_ends_a_line_when_the_first_line_says_so),
         KIT_TEST(finds_back_when_a_count_was_wrong), KIT_TEST(passes_over_what_is_too_long),
         KIT_TEST(tells_of_a_frame_cut_short), KIT_TEST(joins_lines_when_told_to),
         KIT_TEST(reads_streams_as_rsyslog_does))
