/* test_reader.c: readers over files, and the parts that are taken out of them. */
#include "kit/kit.h"

#include "ingest/reader.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINE_BYTES = 100, LINES = 2000, BYTES = LINE_BYTES * LINES, PART = 100000 };

static char text[BYTES];

/* A file of these bytes that nobody else sees. */
static int open_file(size_t len)
{
    char path[] = "/tmp/cord_reader_XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0 && unlink(path) == 0);
    CHECK(write(fd, text, len) == (ssize_t)len);
    return fd;
}

static struct cord_reader *open_at(int fd, int64_t offset, uint64_t len)
{
    struct cord_reader *reader = NULL;
    CHECK(cord_reader_open_fd(fd, offset, len, NULL, &reader, NULL) == CORD_OK);
    return reader;
}

static void make_lines(void)
{
    for (size_t i = 0; i < BYTES; i++) {
        text[i] = (i + 1) % LINE_BYTES == 0 ? '\n' : (char)('a' + i / LINE_BYTES % 26);
    }
}

static void check_rest(struct cord_reader *reader, size_t from, size_t len)
{
    static char got[BYTES + 1];
    size_t got_len = 0;
    CHECK(cord_reader_fill(reader, got, sizeof got, &got_len, NULL) == CORD_OK);
    CHECK_U64(got_len, len);
    CHECK(memcmp(got, text + from, len) == 0);
}

static void a_part_ends_with_the_last_line_end_that_fits(void)
{
    struct cord_reader *part = NULL;
    size_t len = PART + 50;
    make_lines();
    struct cord_reader *reader = open_at(open_file(BYTES), 0, UINT64_MAX);
    CHECK(cord_reader_split(reader, &len, '\n', &part, NULL) == CORD_OK);
    CHECK_U64(len, PART);
    check_rest(reader, PART, BYTES - PART);
    cord_reader_close(reader);
    check_rest(part, 0, PART); /* the file stays open as long as a part of it is */
    cord_reader_close(part);
}

static void a_part_begins_where_reading_stopped(void)
{
    char line[LINE_BYTES];
    struct cord_reader *part = NULL;
    size_t got = 0;
    size_t len = PART;
    make_lines();
    struct cord_reader *inner = open_at(open_file(BYTES), LINE_BYTES, BYTES - LINE_BYTES);
    struct cord_reader *reader = NULL;
    CHECK(cord_reader_read(inner, line, 50, &got, NULL) == CORD_OK);
    CHECK(cord_reader_open_head(inner, (cord_str){line, got}, &reader, NULL) == CORD_OK);
    CHECK(cord_reader_split(reader, &len, '\n', &part, NULL) == CORD_E_NOENT); /* the head */
    CHECK(cord_reader_fill(reader, line, 50, &got, NULL) == CORD_OK);
    CHECK(cord_reader_split(reader, &len, '\n', &part, NULL) == CORD_OK);
    CHECK_U64(len, PART - 50);
    check_rest(part, LINE_BYTES + 50, PART - 50);
    check_rest(reader, LINE_BYTES + PART, BYTES - LINE_BYTES - PART);
    cord_reader_close(part);
    cord_reader_close(reader);
}

static void a_refusal_moves_nothing(void)
{
    struct cord_reader *part = NULL;
    size_t len = PART;
    make_lines();
    struct cord_reader *reader = open_at(open_file(PART - 1), 0, UINT64_MAX);
    CHECK(cord_reader_split(reader, &len, '\n', &part, NULL) == CORD_E_NOENT); /* too short */
    CHECK(cord_reader_split(reader, &len, '\0', &part, NULL) == CORD_E_NOENT);
    len = PART - 1;
    CHECK(cord_reader_split(reader, &len, '\0', &part, NULL) == CORD_E_NOENT); /* none there */
    len = 64;
    CHECK(cord_reader_split(reader, &len, '\n', &part, NULL) == CORD_E_NOENT); /* too small */
    CHECK(!part);
    check_rest(reader, 0, PART - 1);
    cord_reader_close(reader);

    make_lines();
    memset(text + PART / 2, 'x', PART / 2); /* line ends in the first half alone */
    reader = open_at(open_file(BYTES), 0, UINT64_MAX);
    len = PART;
    CHECK(cord_reader_split(reader, &len, '\n', &part, NULL) == CORD_E_NOENT);
    check_rest(reader, 0, BYTES);
    cord_reader_close(reader);

    reader = open_at(open_file(BYTES), 0, PART - 1); /* more than it may read */
    CHECK(cord_reader_split(reader, &len, '\n', &part, NULL) == CORD_E_NOENT);
    cord_reader_close(reader);
}

static void a_pipe_has_no_parts(void)
{
    int ends[2];
    struct cord_reader *part = NULL;
    size_t len = 40000;
    make_lines();
    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    CHECK(write(ends[1], text, 50000) == 50000);
    CHECK(close(ends[1]) == 0);
    struct cord_reader *reader = open_at(ends[0], -1, UINT64_MAX);
    CHECK(cord_reader_split(reader, &len, '\n', &part, NULL) == CORD_E_NOENT);
    check_rest(reader, 0, 50000);
    cord_reader_close(reader);
}

static void a_file_that_was_shortened_gives_what_is_left(void)
{
    struct cord_reader *part = NULL;
    size_t len = PART;
    make_lines();
    int fd = open_file(BYTES);
    struct cord_reader *reader = open_at(fd, 0, UINT64_MAX);
    CHECK(cord_reader_split(reader, &len, '\n', &part, NULL) == CORD_OK);
    CHECK(ftruncate(fd, PART / 2) == 0);
    check_rest(part, 0, PART / 2);
    check_rest(reader, 0, 0);
    cord_reader_close(part);
    cord_reader_close(reader);
}

KIT_MAIN(KIT_TEST(a_part_ends_with_the_last_line_end_that_fits),
         KIT_TEST(a_part_begins_where_reading_stopped), KIT_TEST(a_refusal_moves_nothing),
         KIT_TEST(a_pipe_has_no_parts), KIT_TEST(a_file_that_was_shortened_gives_what_is_left))
