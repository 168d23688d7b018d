/* test_poison.c: who was there when the process ended, how often, and who is let go. */
#include "kit/kit.h"
#include "kit/kit_store.h"

#include "wire/poison.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct setting {
    char path[64];
    int dir;
    int64_t now_ns;
};

static int64_t now_of(void *self)
{
    return ((struct setting *)self)->now_ns;
}

static void setting_init(struct setting *setting)
{
    kit_store_dir(setting->path);
    setting->dir = open(setting->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    setting->now_ns = INT64_C(1764000000000000000);
    CHECK(setting->dir >= 0);
}

static void setting_done(struct setting *setting)
{
    CHECK(close(setting->dir) == 0);
    kit_store_remove(setting->path);
}

static struct cord_poison *open_it(struct setting *setting)
{
    struct cord_poison *poison = NULL;
    const struct cord_clock clock = {now_of, setting};
    CHECK(cord_poison_open(setting->dir, "working", clock, &poison, NULL) == CORD_OK);
    return poison;
}

static const cord_str bad = {"bad", 3};

/* The process ends while this is worked on. */
static void end_at(struct setting *setting, size_t place, uint64_t key)
{
    struct cord_poison *poison = open_it(setting);
    cord_poison_begin(poison, place, key);
    cord_poison_close(poison);
}

static void found_as_often_as_it_ended(void)
{
    struct setting setting;
    size_t fresh = 9;
    setting_init(&setting);
    uint64_t key = cord_poison_key(CORD_POISON_RECORD, bad);
    CHECK(key != cord_poison_key(CORD_POISON_DELIVERY, bad));
    end_at(&setting, 3, key);
    struct cord_poison *poison = open_it(&setting);
    CHECK_U64(cord_poison_found(poison, key), 1);
    CHECK_U64(cord_poison_suspects(poison, &fresh), 1);
    CHECK_U64(fresh, 1);
    cord_poison_begin(poison, 0, key); /* two threads with the like of it: once */
    cord_poison_begin(poison, CORD_POISON_PLACES - 1, key);
    cord_poison_close(poison);
    poison = open_it(&setting);
    CHECK_U64(cord_poison_found(poison, key), 2);
    cord_poison_begin(poison, 1, key);
    cord_poison_end(poison, 1);
    cord_poison_close(poison);
    poison = open_it(&setting); /* ended in peace */
    CHECK_U64(cord_poison_found(poison, key), 2);
    CHECK_U64(cord_poison_suspects(poison, &fresh), 1);
    CHECK_U64(fresh, 0);
    cord_poison_forgive(poison, key);
    CHECK_U64(cord_poison_found(poison, key), 0);
    cord_poison_close(poison);
    setting_done(&setting);
}

static void rife_after_three_ends_in_a_row(void)
{
    struct setting setting;
    setting_init(&setting);
    for (uint64_t i = 0; i < 3; i++) {
        struct cord_poison *poison = open_it(&setting);
        CHECK(!cord_poison_is_rife(poison));
        cord_poison_begin(poison, 1, cord_poison_key_row(i));
        cord_poison_close(poison);
    }
    struct cord_poison *poison = open_it(&setting);
    CHECK(cord_poison_is_rife(poison));
    cord_poison_close(poison);
    poison = open_it(&setting);
    CHECK(!cord_poison_is_rife(poison));
    cord_poison_close(poison);
    setting_done(&setting);
}

static void forgotten_in_time(void)
{
    struct setting setting;
    setting_init(&setting);
    end_at(&setting, 1, cord_poison_key_row(7));
    struct cord_poison *poison = open_it(&setting);
    CHECK_U64(cord_poison_found(poison, cord_poison_key_row(7)), 1);
    cord_poison_close(poison);
    setting.now_ns += INT64_C(8) * 86400 * 1000000000;
    poison = open_it(&setting);
    CHECK_U64(cord_poison_found(poison, cord_poison_key_row(7)), 0);
    cord_poison_close(poison);
    setting_done(&setting);
}

/* More ends than are remembered: the newest are. */
static void bounded(void)
{
    struct setting setting;
    setting_init(&setting);
    for (uint64_t i = 0; i < 10; i++) {
        struct cord_poison *poison = open_it(&setting);
        for (size_t place = 0; place < CORD_POISON_PLACES + 3; place++) {
            cord_poison_begin(poison, place, cord_poison_key_row(i * 1000 + place));
        }
        cord_poison_close(poison);
        setting.now_ns += 1000000000;
    }
    struct cord_poison *poison = open_it(&setting);
    CHECK_U64(cord_poison_found(poison, cord_poison_key_row(9000)), 1);
    CHECK_U64(cord_poison_found(poison, cord_poison_key_row(9256)), 1);
    CHECK_U64(cord_poison_found(poison, cord_poison_key_row(9257)), 0);
    CHECK_U64(cord_poison_found(poison, cord_poison_key_row(1)), 0);
    cord_poison_close(poison);
    setting_done(&setting);
}

/* Whatever is there under the name. */
static void a_strange_file_is_made_anew(void)
{
    static const off_t lengths[] = {0, 1, 100000};
    struct setting setting;
    setting_init(&setting);
    for (size_t i = 0; i < 3; i++) {
        int file = openat(setting.dir, "working", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        CHECK(file >= 0 && ftruncate(file, lengths[i]) == 0 && close(file) == 0);
        end_at(&setting, 1, cord_poison_key_row(i));
        struct cord_poison *poison = open_it(&setting);
        CHECK_U64(cord_poison_found(poison, cord_poison_key_row(i)), 1);
        cord_poison_close(poison);
    }
    CHECK(unlinkat(setting.dir, "working", 0) == 0 && mkdirat(setting.dir, "working", 0700) == 0);
    struct cord_poison *poison = NULL;
    CHECK(cord_poison_open(setting.dir, "working", cord_clock_system(), &poison, NULL) ==
          CORD_E_IO);
    CHECK(unlinkat(setting.dir, "working", AT_REMOVEDIR) == 0);
    setting_done(&setting);
}

static void none_is_well(void)
{
    size_t fresh = 9;
    cord_poison_begin(NULL, 0, 1);
    cord_poison_end(NULL, 0);
    cord_poison_forgive(NULL, 1);
    CHECK_U64(cord_poison_found(NULL, 1), 0);
    CHECK_U64(cord_poison_suspects(NULL, &fresh) + fresh, 0);
    CHECK(!cord_poison_is_rife(NULL));
    cord_poison_close(NULL);
}

KIT_MAIN(KIT_TEST(found_as_often_as_it_ended), KIT_TEST(rife_after_three_ends_in_a_row),
         KIT_TEST(forgotten_in_time), KIT_TEST(bounded), KIT_TEST(a_strange_file_is_made_anew),
         KIT_TEST(none_is_well))
