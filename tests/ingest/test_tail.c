/* test_tail.c: files that grow, are renamed, cut short and replaced, as deliveries. */
#include "ingest/tail.h"
#include "kit/kit_intake.h"
#include "kit/kit_loop.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct bench {
    struct kit_intake intake;
    struct cord_loop *loop;
    struct cord_sources *sources;
    struct cord_source_book *book;
    struct cord_tail_positions *positions;
    struct cord_tail *tail;
    struct cord_tail_options options;
    struct cord_files files;
    char folder[64];
    char path[128];
    int dir;
};

static void begin(struct bench *bench, const char *name)
{
    struct cord_error err = {""};
    uint64_t damaged = 0;
    *bench = (struct bench){.files = cord_files_system()};
    kit_intake_init(&bench->intake);
    CHECK(cord_loop_new(&bench->loop, &err) == CORD_OK);
    bench->sources = kit_intake_sources("- {name: ward, organisation: RXA}\n");
    bench->book = cord_source_book_new(bench->sources);
    (void)snprintf(bench->folder, sizeof bench->folder, "/tmp/test_tail.XXXXXX");
    CHECK(mkdtemp(bench->folder) != NULL);
    bench->dir = open(bench->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(bench->dir >= 0);
    (void)snprintf(bench->path, sizeof bench->path, "%s/%s", bench->folder, name);
    CHECK(cord_tail_positions_open(&bench->files, bench->dir, &bench->positions, &damaged, &err) ==
          CORD_OK);
    bench->options = (struct cord_tail_options){
        .source = CORD_STR("ward"),
        .path = cord_str_from(bench->path),
        .gone_ns = 400000000,
        .ends = {.book = bench->book,
                 .port = bench->intake.port,
                 .clock = cord_clock_system(),
                 .lost = kit_intake_lost,
                 .self = &bench->intake},
        .positions = bench->positions,
    };
}

static void start(struct bench *bench)
{
    struct cord_error err = {""};
    CHECK(cord_tail_new(bench->loop, &bench->options, &bench->tail, &err) == CORD_OK);
}

static bool is_done(void *self)
{
    return cord_tail_is_done(self);
}

static void stop(struct bench *bench)
{
    cord_tail_stop(bench->tail);
    kit_loop_until(bench->loop, is_done, bench->tail);
    cord_tail_free(bench->tail);
    bench->tail = NULL;
}

static void end(struct bench *bench)
{
    char command[128];
    if (bench->tail) {
        stop(bench);
    }
    cord_tail_positions_close(bench->positions);
    cord_source_book_free(bench->book);
    cord_sources_unref(bench->sources);
    cord_loop_free(bench->loop);
    kit_intake_done(&bench->intake);
    close(bench->dir);
    (void)snprintf(command, sizeof command, "rm -r %s", bench->folder);
    CHECK(system(command) == 0);
}

static void put_in(const struct bench *bench, const char *name, int flags, const char *text)
{
    int file = openat(bench->dir, name, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
    CHECK(file >= 0);
    CHECK(write(file, text, strlen(text)) == (ssize_t)strlen(text));
    close(file);
}

static void add(const struct bench *bench, const char *name, const char *text)
{
    put_in(bench, name, O_APPEND, text);
}

static void wait_for(struct bench *bench, size_t records)
{
    kit_loop_until_count(bench->loop, &bench->intake.records, records);
    kit_loop_settle(bench->loop);
}

/* So long that the tail has looked twice. */
static void let_it_look(struct bench *bench)
{
    struct cord_error err = {""};
    int64_t until_ns = cord_loop_now_ns(bench->loop) + 450000000;
    while (cord_loop_now_ns(bench->loop) < until_ns) {
        CHECK(cord_loop_turn(bench->loop, 100, &err) == CORD_OK);
    }
}

#define CHECK_RECORDS(bench, literal) CHECK_STR(cord_buf_str(&(bench)->intake.text), literal)

static void whole_lines_are_read(void)
{
    struct bench bench;
    begin(&bench, "a.log");
    start(&bench);
    let_it_look(&bench); /* not there yet */
    add(&bench, "a.log", "one\r\n\n{\"n\":2}\nthr");
    wait_for(&bench, 2);
    let_it_look(&bench);
    CHECK_RECORDS(&bench, "RXA/ward:one\nRXA/ward:{\"n\":2}\n");
    add(&bench, "a.log", "ee\n");
    wait_for(&bench, 3);
    CHECK_RECORDS(&bench, "RXA/ward:one\nRXA/ward:{\"n\":2}\nRXA/ward:three\n");
    end(&bench);
}

static void a_renamed_file_is_read_to_its_end(void)
{
    struct bench bench;
    begin(&bench, "a.log");
    start(&bench);
    add(&bench, "a.log", "one\n");
    wait_for(&bench, 1);
    add(&bench, "a.log", "two\n");
    CHECK(renameat(bench.dir, "a.log", bench.dir, "a.log.1") == 0);
    add(&bench, "a.log", "four\n");
    add(&bench, "a.log.1", "three\nno end");
    wait_for(&bench, 5); /* once nobody has added to it for a while, the rest is a line */
    CHECK(cord_str_find(cord_buf_str(&bench.intake.text), CORD_STR("ward:two\nRXA/ward:three\n"),
                        0) != SIZE_MAX);
    CHECK(cord_str_ends(cord_buf_str(&bench.intake.text), CORD_STR("ward:no end\n")));
    end(&bench);
}

static void a_file_cut_short_is_begun_again(void)
{
    struct bench bench;
    begin(&bench, "a.log");
    start(&bench);
    add(&bench, "a.log", "one\n");
    wait_for(&bench, 1);
    put_in(&bench, "a.log", O_TRUNC, "2\n");
    wait_for(&bench, 2);
    put_in(&bench, "a.log", O_TRUNC, "longer than before\n");
    wait_for(&bench, 3);
    CHECK_RECORDS(&bench, "RXA/ward:one\nRXA/ward:2\nRXA/ward:longer than before\n");
    end(&bench);
}

static void it_goes_on_where_it_was(void)
{
    struct bench bench;
    struct cord_error err = {""};
    uint64_t damaged = 1;
    begin(&bench, "a.log");
    bench.options.from_end = true;
    add(&bench, "a.log", "old\nhalf");
    start(&bench);
    let_it_look(&bench);
    add(&bench, "a.log", " a line\n");
    wait_for(&bench, 1);
    stop(&bench);
    CHECK(cord_tail_positions_save(bench.positions, &err) == CORD_OK);
    cord_tail_positions_close(bench.positions);
    CHECK(cord_tail_positions_open(&bench.files, bench.dir, &bench.positions, &damaged, &err) ==
          CORD_OK);
    CHECK(damaged == 0);
    bench.options.positions = bench.positions;
    add(&bench, "a.log", "unread\n");
    CHECK(renameat(bench.dir, "a.log", bench.dir, "b") == 0);
    add(&bench, "a.log", "new\n");
    start(&bench);
    wait_for(&bench, 3);
    let_it_look(&bench);
    CHECK(bench.intake.records == 3);
    CHECK(cord_str_find(cord_buf_str(&bench.intake.text), CORD_STR("half a line\n"), 0) !=
          SIZE_MAX);
    CHECK(cord_str_find(cord_buf_str(&bench.intake.text), CORD_STR("unread\n"), 0) != SIZE_MAX);
    CHECK(cord_str_find(cord_buf_str(&bench.intake.text), CORD_STR("new\n"), 0) != SIZE_MAX);
    end(&bench);
}

static void a_pattern_is_many_files(void)
{
    struct bench bench;
    begin(&bench, "*.log");
    add(&bench, "a.log", "one\n");
    add(&bench, "b.log", "two\n");
    add(&bench, "c.txt", "not this\n");
    start(&bench);
    wait_for(&bench, 2);
    CHECK(renameat(bench.dir, "a.log", bench.dir, "z.log") == 0);
    add(&bench, "z.log", "three\n");
    wait_for(&bench, 3);
    let_it_look(&bench);
    CHECK(bench.intake.records == 3);
    end(&bench);
}

static void a_line_too_long_is_counted(void)
{
    struct bench bench;
    begin(&bench, "a.log");
    bench.options.line_bytes_max = 16;
    start(&bench);
    add(&bench, "a.log",
        "one\n0123456789012345678901234567890123456789012345678901234567890\ntwo\n");
    wait_for(&bench, 2);
    CHECK_RECORDS(&bench, "RXA/ward:one\nRXA/ward:two\n");
    CHECK(bench.intake.lost[CORD_LOSS_OVERSIZE] == 1);
    end(&bench);
}

static void what_was_not_taken_comes_again(void)
{
    struct bench bench;
    begin(&bench, "a.log");
    bench.intake.full = true;
    start(&bench);
    add(&bench, "a.log", "one\n");
    let_it_look(&bench);
    CHECK(bench.intake.records == 0);
    bench.intake.full = false;
    bench.intake.status = CORD_E_IO;
    kit_loop_until_count(bench.loop, &bench.intake.deliveries, 2);
    bench.intake.status = CORD_OK;
    wait_for(&bench, 1);
    CHECK_RECORDS(&bench, "RXA/ward:one\n");
    end(&bench);
}

static void positions_that_are_damaged_are_counted(void)
{
    struct bench bench;
    struct cord_tail_position position = {.owner = 1, .device = 2, .inode = 3};
    begin(&bench, "a.log");
    CHECK(cord_tail_positions_read(bench.positions, CORD_STR("nonsense\n")) == 1);
    CHECK(cord_tail_positions_read(bench.positions,
                                   CORD_STR("cordon positions 1\n1 2 3 400 5 256\n1 2 4 x 5 6\n"
                                            "1 2 5 4 5 257\n1 2 6 4 5\n")) == 3);
    CHECK(cord_tail_positions_get(bench.positions, &position));
    CHECK(position.offset == 400 && position.head_hash == 5 && position.head_len == 256);
    cord_tail_positions_drop(bench.positions, 1, 2, 3);
    CHECK(!cord_tail_positions_get(bench.positions, &position));
    end(&bench);
}

KIT_MAIN(KIT_TEST(whole_lines_are_read), KIT_TEST(a_renamed_file_is_read_to_its_end),
         KIT_TEST(a_file_cut_short_is_begun_again), KIT_TEST(it_goes_on_where_it_was),
         KIT_TEST(a_pattern_is_many_files), KIT_TEST(a_line_too_long_is_counted),
         KIT_TEST(what_was_not_taken_comes_again), KIT_TEST(positions_that_are_damaged_are_counted))
