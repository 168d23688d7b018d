/* test_spool.c: frames that a crash or a bad disk has been at. */
#include "kit/kit.h"

#include "base/hash.h"
#include "evidence/spool.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { FRAMES = 5, FILE_BYTES_MAX = 1 << 16 };

static const struct cord_spool_header header = {
    .store = "a store's id ..", .number = 3, .salt = 0x0123456789abcdef};

/* As a store writes it, into memory. */
static struct cord_buf spool_of(unsigned frames)
{
    char folder[] = "/tmp/cord_spool_XXXXXX";
    struct cord_files files = cord_files_system();
    struct cord_buf bytes;
    char name[CORD_SPOOL_NAME];
    int file = -1;
    cord_buf_init(&bytes, FILE_BYTES_MAX);
    CHECK(mkdtemp(folder) != NULL);
    int dir = open(folder, O_RDONLY | O_DIRECTORY);
    CHECK(dir >= 0);
    CHECK(cord_files_mkdir(&files, dir, "spool", NULL) == CORD_OK);
    CHECK(cord_spool_create(&files, dir, &header, &file, NULL) == CORD_OK);
    (void)close(file);
    cord_spool_name(header.number, name);
    CHECK_STR(cord_str_from(name), "spool/00000003.spool");
    CHECK(cord_files_load(&files, dir, name, &bytes, NULL) == CORD_OK);
    CHECK(cord_files_unlink(&files, dir, name, NULL) == CORD_OK);
    CHECK(unlinkat(dir, "spool", AT_REMOVEDIR) == 0);
    (void)close(dir);
    CHECK(rmdir(folder) == 0);
    for (unsigned i = 0; i < frames; i++) {
        static const char text[] = "FRAM, says an event, and frames follow it";
        const struct cord_spool_frame frame = {
            .first = 10 * (i + 1), .row_count = i + 1, .image = {text, 10 + 5 * (size_t)i}};
        cord_spool_put_frame(&frame, header.salt, &bytes);
        cord_buf_put(&bytes, frame.image);
    }
    CHECK(!bytes.failed);
    return bytes;
}

static unsigned count_frames(cord_str bytes, struct cord_spool_reader *reader)
{
    struct cord_spool_frame frame;
    unsigned count = 0;
    CHECK(cord_spool_read(bytes, reader) == CORD_OK);
    while (cord_spool_next(reader, &frame)) {
        CHECK(frame.first == 10 * (uint64_t)frame.row_count);
        CHECK(frame.image.len == 10 + 5 * ((size_t)frame.row_count - 1));
        count++;
    }
    return count;
}

static void frames_come_back(void)
{
    struct cord_buf bytes = spool_of(FRAMES);
    struct cord_spool_reader reader;
    CHECK(count_frames(cord_buf_str(&bytes), &reader) == FRAMES);
    CHECK(reader.header.number == 3 && reader.torn_bytes == 0 && reader.damaged_bytes == 0);
    cord_buf_done(&bytes);
}

static void a_torn_end_is_left_out(void)
{
    struct cord_buf bytes = spool_of(FRAMES);
    unsigned before = 0;
    for (size_t cut = 0; cut <= bytes.len; cut++) {
        struct cord_spool_reader reader;
        cord_str part = {bytes.ptr, cut};
        if (cut < CORD_SPOOL_HEADER_BYTES) {
            CHECK(cord_spool_read(part, &reader) == CORD_E_MORE);
            continue;
        }
        unsigned count = count_frames(part, &reader);
        CHECK(count == before || count == before + 1);
        CHECK((reader.torn_bytes == 0) == (count > before || cut == CORD_SPOOL_HEADER_BYTES));
        CHECK(reader.damaged_bytes == 0);
        before = count;
    }
    CHECK(before == FRAMES);
    cord_buf_done(&bytes);
}

static void a_flipped_bit_costs_one_frame(void)
{
    struct cord_buf bytes = spool_of(FRAMES);
    for (size_t bit = 0; bit < 8 * bytes.len; bit++) {
        struct cord_spool_reader reader;
        bytes.ptr[bit / 8] = (char)(bytes.ptr[bit / 8] ^ 1 << bit % 8);
        if (bit < 8 * (size_t)CORD_SPOOL_HEADER_BYTES) {
            CHECK(cord_spool_read(cord_buf_str(&bytes), &reader) == CORD_E_FORMAT);
        } else {
            CHECK(count_frames(cord_buf_str(&bytes), &reader) == FRAMES - 1);
            CHECK((reader.damaged_bytes > 0) != (reader.torn_bytes > 0));
        }
        bytes.ptr[bit / 8] = (char)(bytes.ptr[bit / 8] ^ 1 << bit % 8);
    }
    cord_buf_done(&bytes);
}

/* An event may hold the bytes of a frame, with any salt but this file's. */
static void an_event_cannot_pose_as_a_frame(void)
{
    struct cord_buf bytes = spool_of(0);
    struct cord_buf posing;
    cord_buf_init(&posing, 4096);
    const struct cord_spool_frame inner = {
        .first = 10, .row_count = 1, .image = {"0123456789", 10}};
    cord_spool_put_frame(&inner, header.salt + 1, &posing);
    cord_buf_put(&posing, inner.image);
    size_t at = bytes.len;
    const struct cord_spool_frame outer = {
        .first = 10, .row_count = 1, .image = cord_buf_str(&posing)};
    cord_spool_put_frame(&outer, header.salt, &bytes);
    cord_buf_put(&bytes, outer.image);
    bytes.ptr[at + 4]++; /* the outer frame is damaged: is the inner one found? */
    struct cord_spool_reader reader;
    CHECK(count_frames(cord_buf_str(&bytes), &reader) == 0);
    cord_buf_done(&posing);
    cord_buf_done(&bytes);
}

KIT_MAIN(KIT_TEST(frames_come_back), KIT_TEST(a_torn_end_is_left_out),
         KIT_TEST(a_flipped_bit_costs_one_frame), KIT_TEST(an_event_cannot_pose_as_a_frame))
