/* test_walk.c: folders and archives as one list of streams. */
#include "kit/kit.h"

#include "ingest/walk.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/cord_walk_XXXXXX";

static void put_file(const char *name, cord_str text)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    CHECK(fwrite(text.ptr, 1, text.len, file) == text.len);
    CHECK(fclose(file) == 0);
}

/* Two stored members, "a.log" holding "hello" and "d/" a folder, written by
 * hand from APPNOTE 4.3.7, 4.3.12 and 4.3.16. */
static size_t make_zip(char *into, uint16_t flags, uint16_t method)
{
    static const char names[2][6] = {"a.log", "d/"};
    static const size_t sizes[2] = {5, 0};
    size_t offsets[2];
    size_t at = 0;
    for (int i = 0; i < 2; i++) {
        size_t name_len = strlen(names[i]);
        offsets[i] = at;
        memset(into + at, 0, 30);
        memcpy(into + at, "PK\x03\x04", 4);
        into[at + 26] = (char)name_len;
        memcpy(into + at + 30, names[i], name_len);
        memcpy(into + at + 30 + name_len, "hello", sizes[i]);
        at += 30 + name_len + sizes[i];
    }
    size_t directory_at = at;
    for (int i = 0; i < 2; i++) {
        size_t name_len = strlen(names[i]);
        memset(into + at, 0, 46);
        memcpy(into + at, "PK\x01\x02", 4);
        into[at + 8] = (char)flags;
        into[at + 10] = (char)method;
        into[at + 20] = into[at + 24] = (char)sizes[i];
        into[at + 28] = (char)name_len;
        into[at + 42] = (char)offsets[i];
        memcpy(into + at + 46, names[i], name_len);
        at += 46 + name_len;
    }
    memset(into + at, 0, 22);
    memcpy(into + at, "PK\x05\x06", 4);
    into[at + 10] = 2;
    into[at + 12] = (char)(at - directory_at);
    into[at + 16] = (char)directory_at;
    return at + 22;
}

static struct cord_walk *walk_folder(void)
{
    const char *paths[] = {folder};
    struct cord_walk *walk = NULL;
    CHECK(cord_walk_new(paths, 1, &walk, NULL) == CORD_OK);
    return walk;
}

static void read_item(const struct cord_walk *walk, size_t at, const char *wanted)
{
    struct cord_reader *reader = NULL;
    _Atomic uint64_t count = 0;
    char text[64];
    size_t len = 0;
    CHECK(cord_walk_open(cord_walk_item(walk, at), &count, &reader, NULL) == CORD_OK);
    CHECK(cord_reader_fill(reader, text, sizeof text, &len, NULL) == CORD_OK);
    CHECK_STR_EQ(((cord_str){text, len}), cord_str_from(wanted));
    CHECK(count > 0);
    cord_reader_close(reader);
}

static void lists_files_in_order_and_archives_in_place(void)
{
    char zip[512];
    put_file("b.zip", (cord_str){zip, make_zip(zip, 0, 0)});
    put_file("a.txt", CORD_STR("first"));
    put_file("c.txt", CORD_STR("third"));
    struct cord_walk *walk = walk_folder();
    CHECK_U64(cord_walk_count(walk), 3);
    CHECK(cord_str_ends(cord_walk_item(walk, 0)->name, CORD_STR("/a.txt")));
    CHECK(cord_str_ends(cord_walk_item(walk, 1)->name, CORD_STR("/b.zip!a.log")));
    read_item(walk, 0, "first");
    read_item(walk, 1, "hello");
    read_item(walk, 2, "third");
    cord_walk_free(walk);
}

static void does_not_follow_links_and_says_so(void)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/z_loop", folder);
    CHECK(symlink(folder, path) == 0);
    struct cord_walk *walk = walk_folder();
    CHECK_U64(cord_walk_refusal_count(walk), 1);
    CHECK_STR(cord_walk_refusal(walk, 0)->reason, "a link: not followed; name what it leads to");
    cord_walk_free(walk);
    CHECK(unlink(path) == 0);
}

static void reports_what_is_not_there_and_goes_on(void)
{
    const char *paths[] = {"/nonexistent/cordon", folder};
    struct cord_walk *walk = NULL;
    CHECK(cord_walk_new(paths, 2, &walk, NULL) == CORD_OK);
    CHECK_U64(cord_walk_refusal_count(walk), 1);
    CHECK_U64(cord_walk_count(walk), 3);
    cord_walk_free(walk);
}

static void refuses_encrypted_members_and_unknown_methods(void)
{
    static const uint16_t cases[][2] = {{1, 0}, {0, 12}};
    for (size_t i = 0; i < 2; i++) {
        char zip[512];
        struct cord_reader *reader = NULL;
        put_file("b.zip", (cord_str){zip, make_zip(zip, cases[i][0], cases[i][1])});
        struct cord_walk *walk = walk_folder();
        CHECK(cord_walk_open(cord_walk_item(walk, 1), NULL, &reader, NULL) == CORD_E_UNSUPPORTED);
        cord_walk_free(walk);
    }
}

static void refuses_an_archive_cut_anywhere(void)
{
    char zip[512];
    size_t len = make_zip(zip, 0, 0);
    for (size_t cut = 4; cut < len; cut++) {
        put_file("b.zip", (cord_str){zip, cut});
        struct cord_walk *walk = walk_folder();
        CHECK_U64(cord_walk_refusal_count(walk), 1);
        CHECK_U64(cord_walk_count(walk), 2);
        cord_walk_free(walk);
    }
}

static void forgets_nothing_when_memory_runs_out(void)
{
    const char *paths[] = {folder};
    for (size_t nth = 1;; nth++) {
        struct cord_walk *walk = NULL;
        kit_fail_allocation(nth);
        cord_status status = cord_walk_new(paths, 1, &walk, NULL);
        bool failed_one = kit_fail_allocation_off();
        CHECK(status == CORD_OK || (failed_one && status == CORD_E_NOMEM && !walk));
        cord_walk_free(walk);
        if (!failed_one) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(lists_files_in_order_and_archives_in_place),
        KIT_TEST(does_not_follow_links_and_says_so),
        KIT_TEST(reports_what_is_not_there_and_goes_on),
        KIT_TEST(refuses_encrypted_members_and_unknown_methods),
        KIT_TEST(refuses_an_archive_cut_anywhere),
        KIT_TEST(forgets_nothing_when_memory_runs_out),
    };
    static const char *const names[] = {"a.txt", "b.zip", "c.txt"};
    if (!mkdtemp(folder)) {
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    for (size_t i = 0; i < 3; i++) {
        char path[256];
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(folder);
    return failed;
}
