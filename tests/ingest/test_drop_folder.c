/* test_drop_folder.c: event log files that are put into a folder, and others. */
#include "ingest/drop_folder.h"

#include "codec/evtx.h"
#include "kit/kit_intake.h"
#include "kit/kit_loop.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CHUNKS = 5 };

struct bench {
    struct kit_intake intake;
    struct cord_loop *loop;
    struct cord_tail_positions *positions;
    char folder[64];
    int dir;
};

static void put_in(const struct bench *bench, const char *name, const char *bytes, size_t len)
{
    int file = openat(bench->dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(file >= 0);
    CHECK(write(file, bytes, len) == (ssize_t)len);
    close(file);
}

/* A header, and chunks without records in them. */
static void put_event_log(const struct bench *bench, const char *name)
{
    size_t len = CORD_EVTX_FILE_HEADER_BYTES + (size_t)CHUNKS * CORD_EVTX_CHUNK_BYTES;
    char *bytes = calloc(1, len);
    CHECK(bytes != NULL);
    memcpy(bytes, "ElfFile", 7);
    for (size_t i = 0; i < CHUNKS; i++) {
        memcpy(bytes + CORD_EVTX_FILE_HEADER_BYTES + i * CORD_EVTX_CHUNK_BYTES, "ElfChnk", 7);
    }
    put_in(bench, name, bytes, len);
    free(bytes);
}

static bool all_put_away(void *self)
{
    const struct bench *bench = self;
    return faccessat(bench->dir, "done/a.evtx.2", F_OK, 0) == 0 &&
           faccessat(bench->dir, "refused/wrong.evtx", F_OK, 0) == 0 &&
           faccessat(bench->dir, "refused/empty.evtx", F_OK, 0) == 0;
}

static bool is_done(void *self)
{
    return cord_drop_folder_is_done(self);
}

static void run(struct bench *bench, struct cord_source_book *book)
{
    struct cord_error err = {""};
    struct cord_drop_folder *folder = NULL;
    const struct cord_tail_options options = {
        .source = CORD_STR("ward"),
        .path = cord_str_from(bench->folder),
        .ends = {.book = book,
                 .port = bench->intake.port,
                 .clock = cord_clock_system(),
                 .lost = kit_intake_lost,
                 .self = &bench->intake},
        .positions = bench->positions,
    };
    CHECK(cord_drop_folder_new(bench->loop, &options, &folder, &err) == CORD_OK);
    kit_loop_until(bench->loop, all_put_away, bench);
    cord_drop_folder_stop(folder);
    kit_loop_until(bench->loop, is_done, folder);
    cord_drop_folder_free(folder);
}

static void files_are_read_whole_and_put_away(void)
{
    struct bench bench = {.folder = "/tmp/test_drop_folder.XXXXXX"};
    struct cord_error err = {""};
    const struct cord_files files = cord_files_system();
    uint64_t damaged = 0;
    kit_intake_init(&bench.intake);
    struct cord_sources *sources = kit_intake_sources("- {name: ward, organisation: RXA}\n");
    struct cord_source_book *book = cord_source_book_new(sources);
    CHECK(cord_loop_new(&bench.loop, &err) == CORD_OK);
    CHECK(mkdtemp(bench.folder) != NULL);
    bench.dir = open(bench.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(cord_tail_positions_open(&files, bench.dir, &bench.positions, &damaged, &err) == CORD_OK);
    CHECK(cord_files_mkdir(&files, bench.dir, "done", &err) == CORD_OK);
    put_event_log(&bench, "done/a.evtx"); /* one of that name was there before */
    put_event_log(&bench, "a.evtx");
    put_in(&bench, "wrong.evtx", "no event log", 12);
    put_in(&bench, "empty.evtx", "", 0);
    put_in(&bench, "other.txt", "left alone", 10);
    run(&bench, book);
    CHECK(bench.intake.deliveries == 2); /* header and three chunks, two chunks */
    CHECK(bench.intake.lost[CORD_LOSS_MALFORMED] == 1);
    CHECK(bench.intake.lost[CORD_LOSS_EMPTY] == 1);
    CHECK(faccessat(bench.dir, "other.txt", F_OK, 0) == 0);
    CHECK(faccessat(bench.dir, "a.evtx", F_OK, 0) != 0);
    cord_tail_positions_close(bench.positions);
    cord_source_book_free(book);
    cord_sources_unref(sources);
    cord_loop_free(bench.loop);
    kit_intake_done(&bench.intake);
    close(bench.dir);
    char command[128];
    (void)snprintf(command, sizeof command, "rm -r %s", bench.folder);
    CHECK(system(command) == 0);
}

KIT_MAIN(KIT_TEST(files_are_read_whole_and_put_away))
