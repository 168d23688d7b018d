/* test_paths.c: field names as small numbers. */
#include "codec/paths.h"
#include "kit/kit.h"

#include <stdio.h>

static struct cord_paths *new_paths(void)
{
    struct cord_paths *paths = cord_paths_new(42);
    CHECK(paths != NULL);
    return paths;
}

static void a_name_has_one_number_below_each_parent(void)
{
    struct cord_paths *paths = new_paths();
    uint32_t event = cord_paths_child(paths, CORD_PATH_ROOT, CORD_STR("Event"));
    uint32_t data = cord_paths_child(paths, event, CORD_STR("Data"));
    uint32_t top = cord_paths_child(paths, CORD_PATH_ROOT, CORD_STR("Data"));
    CHECK(event > CORD_PATH_OTHER && data > CORD_PATH_OTHER && data != top && data != event);
    CHECK_U64(cord_paths_child(paths, event, CORD_STR("Data")), data);
    CHECK_U64(cord_paths_dotted(paths, CORD_STR("Event.Data")), data);
    CHECK(cord_paths_child(paths, event, CORD_STR("data")) != data);
    CHECK_STR(cord_paths_text(paths, data), "Event.Data");
    CHECK_STR(cord_paths_leaf(paths, data), "Data");
    CHECK_U64(cord_paths_parent(paths, data), event);
    CHECK_U64(cord_paths_parent(paths, event), CORD_PATH_ROOT);
    CHECK_STR(cord_paths_text(paths, CORD_PATH_ROOT), "");
    CHECK_STR(cord_paths_text(paths, CORD_PATH_OTHER), "");
    cord_paths_free(paths);
    cord_paths_free(NULL);
}

static void any_bytes_are_a_name(void)
{
    struct cord_paths *paths = new_paths();
    uint32_t empty = cord_paths_child(paths, CORD_PATH_ROOT, CORD_STR(""));
    uint32_t dots = cord_paths_child(paths, CORD_PATH_ROOT, CORD_STR("a.b"));
    uint32_t nul = cord_paths_child(paths, CORD_PATH_ROOT, CORD_STR("a\0b"));
    CHECK(empty > CORD_PATH_OTHER && dots > CORD_PATH_OTHER && nul > CORD_PATH_OTHER);
    CHECK_STR(cord_paths_leaf(paths, dots), "a.b");
    CHECK_STR(cord_paths_text(paths, nul), "a\0b");
    CHECK(cord_paths_dotted(paths, CORD_STR("a.b")) != dots); /* same text, other node */
    cord_paths_free(paths);
}

static void names_beyond_the_room_are_other(void)
{
    struct cord_paths *paths = new_paths();
    char name[16];
    uint32_t last = 0;
    for (uint32_t i = 2; i < CORD_PATHS_MAX; i++) {
        int len = snprintf(name, sizeof name, "n%u", i);
        last = cord_paths_child(paths, CORD_PATH_ROOT, (cord_str){name, (size_t)len});
        CHECK_U64(last, i);
    }
    CHECK_U64(cord_paths_count(paths), CORD_PATHS_MAX);
    CHECK(!cord_paths_full(paths));
    CHECK_U64(cord_paths_child(paths, CORD_PATH_ROOT, CORD_STR("more")), CORD_PATH_OTHER);
    CHECK(cord_paths_full(paths));
    CHECK_U64(cord_paths_child(paths, CORD_PATH_OTHER, CORD_STR("below")), CORD_PATH_OTHER);
    CHECK_U64(cord_paths_child(paths, CORD_PATH_ROOT, CORD_STR("n2")), 2);

    uint32_t epoch = cord_paths_epoch(paths);
    cord_paths_reset(paths);
    CHECK(!cord_paths_full(paths) && cord_paths_epoch(paths) == epoch + 1);
    CHECK_U64(cord_paths_count(paths), 2);
    CHECK_U64(cord_paths_child(paths, CORD_PATH_ROOT, CORD_STR("more")), 2);
    CHECK_STR(cord_paths_text(paths, 2), "more");
    cord_paths_free(paths);
}

static void long_names_are_other_and_do_not_fill_it(void)
{
    struct cord_paths *paths = new_paths();
    static char longer[4097];
    memset(longer, 'a', sizeof longer);
    CHECK(cord_paths_child(paths, CORD_PATH_ROOT, (cord_str){longer, 4096}) > CORD_PATH_OTHER);
    CHECK_U64(cord_paths_child(paths, CORD_PATH_ROOT, (cord_str){longer, 4097}), CORD_PATH_OTHER);
    CHECK(!cord_paths_full(paths));
    uint32_t path = CORD_PATH_ROOT;
    size_t depth = 0;
    while (path != CORD_PATH_OTHER) { /* endless nesting ends */
        path = cord_paths_child(paths, path, CORD_STR("deeper"));
        depth++;
    }
    CHECK(depth > 100 && depth < 1000);
    cord_paths_free(paths);
}

static void the_text_has_a_bound_too(void)
{
    struct cord_paths *paths = new_paths();
    static char name[4000];
    memset(name, 'a', sizeof name);
    uint32_t made = 0;
    for (; made < CORD_PATHS_MAX && !cord_paths_full(paths); made++) {
        (void)snprintf(name, 8, "%07u", made);
        name[7] = 'a';
        (void)cord_paths_child(paths, CORD_PATH_ROOT, (cord_str){name, sizeof name});
    }
    CHECK(cord_paths_full(paths) && made > 1000 && made < CORD_PATHS_MAX);
    cord_paths_free(paths);
}

static void no_two_are_the_same(void)
{
    struct cord_paths *paths = new_paths();
    uint64_t identity = cord_paths_identity(paths);
    CHECK(cord_paths_identity(paths) == identity);
    cord_paths_free(paths);
    paths = new_paths();
    CHECK(cord_paths_identity(paths) != identity);
    cord_paths_free(paths);
}

static void is_made_whole_or_not_at_all(void)
{
    for (size_t nth = 1;; nth++) {
        kit_fail_allocation(nth);
        struct cord_paths *paths = cord_paths_new(1);
        bool failed_one = kit_fail_allocation_off();
        CHECK(failed_one == !paths);
        cord_paths_free(paths);
        if (!failed_one) {
            break;
        }
    }
}

static void a_name_without_memory_is_other(void)
{
    struct cord_paths *paths = new_paths();
    kit_fail_allocation(1);
    uint32_t path = cord_paths_child(paths, CORD_PATH_ROOT, CORD_STR("a"));
    CHECK(kit_fail_allocation_off());
    CHECK(path == CORD_PATH_OTHER && cord_paths_full(paths));
    CHECK(cord_paths_child(paths, CORD_PATH_ROOT, CORD_STR("a")) > CORD_PATH_OTHER);
    cord_paths_free(paths);
}

KIT_MAIN(KIT_TEST(a_name_has_one_number_below_each_parent), KIT_TEST(any_bytes_are_a_name),
         KIT_TEST(names_beyond_the_room_are_other),
         KIT_TEST(long_names_are_other_and_do_not_fill_it), KIT_TEST(the_text_has_a_bound_too),
         KIT_TEST(is_made_whole_or_not_at_all), KIT_TEST(a_name_without_memory_is_other),
         KIT_TEST(no_two_are_the_same))
