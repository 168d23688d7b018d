/* test_password.c: hashes that say what they cost, and no more of them at a time than there is
 * room. */
#include "kit/kit.h"

#include "record/password.h"

#include <pthread.h>
#include <stdio.h>

static const struct cord_password_options cheap = {.memory_kib = 8, .passes = 1};

static struct cord_password_hasher *make(const struct cord_password_options *options)
{
    struct cord_password_hasher *hasher = NULL;
    CHECK(cord_password_hasher_new(options, &hasher, NULL) == CORD_OK);
    return hasher;
}

static void knows_a_password_by_its_hash(void)
{
    struct cord_password_hasher *hasher = make(&cheap);
    char hash[CORD_PASSWORD_TEXT];
    char other[CORD_PASSWORD_TEXT];
    bool right = false;
    bool renew = true;
    CHECK(cord_password_hash(hasher, CORD_STR("open sesame"), hash) == CORD_OK);
    CHECK(cord_password_hash(hasher, CORD_STR("open sesame"), other) == CORD_OK);
    CHECK(strcmp(hash, other) != 0);
    CHECK(strstr(hash, "$argon2id$v=19$m=8,t=1,p=1$") == hash);
    CHECK(cord_password_check(hasher, cord_str_from(hash), CORD_STR("open sesame"), &right,
                              &renew) == CORD_OK);
    CHECK(right && !renew);
    CHECK(cord_password_check(hasher, cord_str_from(hash), CORD_STR("open sesamf"), &right,
                              &renew) == CORD_OK);
    CHECK(!right && !renew);
    CHECK(cord_password_check(hasher, cord_str_from(hash), CORD_STR(""), &right, &renew) ==
          CORD_OK);
    CHECK(!right);
    cord_password_hasher_free(hasher);
}

static void nobodys_password_is_never_right(void)
{
    struct cord_password_hasher *hasher = make(&cheap);
    bool right = true;
    bool renew = true;
    CHECK(cord_password_check(hasher, CORD_STR(""), CORD_STR("open sesame"), &right, &renew) ==
          CORD_OK);
    CHECK(!right && !renew);
    cord_password_hasher_free(hasher);
}

static void a_hash_of_another_cost_is_to_be_renewed(void)
{
    struct cord_password_hasher *hasher = make(&cheap);
    struct cord_password_hasher *dearer =
        make(&(struct cord_password_options){.memory_kib = 16, .passes = 2});
    char hash[CORD_PASSWORD_TEXT];
    bool right = false;
    bool renew = false;
    CHECK(cord_password_hash(hasher, CORD_STR("open sesame"), hash) == CORD_OK);
    CHECK(cord_password_check(dearer, cord_str_from(hash), CORD_STR("open sesame"), &right,
                              &renew) == CORD_OK);
    CHECK(right && renew);
    CHECK(cord_password_check(dearer, cord_str_from(hash), CORD_STR("nothing"), &right, &renew) ==
          CORD_OK);
    CHECK(!right && !renew);
    cord_password_hasher_free(dearer);
    cord_password_hasher_free(hasher);
}

static void a_hash_that_would_cost_beyond_measure_is_refused(void)
{
    struct cord_password_hasher *hasher = make(&cheap);
    bool right = true;
    bool renew = true;
    const char *const wrong[] = {
        "x",
        "$argon2i$v=19$m=8,t=1,p=1$MDEyMzQ1Njc4OTAxMjM0NQ$TgWK",
        "$argon2id$v=16$m=8,t=1,p=1$MDEyMzQ1Njc4OTAxMjM0NQ$TgWK",
        "$argon2id$v=19$m=4294967295,t=1,p=1$MDEyMzQ1Njc4OTAxMjM0NQ$TgWK",
        "$argon2id$v=19$m=1048577,t=1,p=1$MDEyMzQ1Njc4OTAxMjM0NQ$TgWK",
        "$argon2id$v=19$m=8,t=33,p=1$MDEyMzQ1Njc4OTAxMjM0NQ$TgWK",
        "$argon2id$v=19$m=8,t=0,p=1$MDEyMzQ1Njc4OTAxMjM0NQ$TgWK",
        "$argon2id$v=19$m=8,t=1,p=9$MDEyMzQ1Njc4OTAxMjM0NQ$TgWK",
        "$argon2id$v=19$m=8,t=1$MDEyMzQ1Njc4OTAxMjM0NQ$TgWK",
        "$argon2id$v=19$m=8,t=1,p=1$",
        "$argon2id$v=19$m=8,t=1,p=1$!$!",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (cord_password_check(hasher, cord_str_from(wrong[i]), CORD_STR("a"), &right, &renew) !=
            CORD_E_FORMAT) {
            fail_msg("%s", wrong[i]);
        }
    }
    cord_password_hasher_free(hasher);
}

static void says_which_may_be_somebodys(void)
{
    char longest[CORD_PASSWORD_BYTES_MAX + 1];
    memset(longest, 'a', sizeof longest);
    longest[0] = 'b';
    const struct {
        cord_str password;
        bool good;
    } cases[] = {
        {CORD_STR("elevenbytes"), false},
        {CORD_STR("twelve bytes"), true},
        {CORD_STR("aaaaaaaaaaaaaaaa"), false},
        {CORD_STR("with\ttabulator"), false},
        {CORD_STR("not utf-8 \xff\xfe at all"), false},
        {CORD_STR("Zürich, Genève, Lugano"), true},
        {CORD_STR("my name is ADA.b, is it not"), false},
        {{longest, CORD_PASSWORD_BYTES_MAX}, true},
        {{longest, CORD_PASSWORD_BYTES_MAX + 1}, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cord_error err = {""};
        cord_status status = cord_password_acceptable(cases[i].password, CORD_STR("ada.b"), &err);
        CHECK(status == (cases[i].good ? CORD_OK : CORD_E_FORMAT));
        CHECK(cases[i].good || err.text[0] != '\0');
    }
}

static void a_password_that_is_too_long_is_wrong(void)
{
    struct cord_password_hasher *hasher = make(&cheap);
    char longest[CORD_PASSWORD_BYTES_MAX + 1];
    char hash[CORD_PASSWORD_TEXT];
    bool right = true;
    bool renew = true;
    memset(longest, 'a', sizeof longest);
    const cord_str most = {longest, CORD_PASSWORD_BYTES_MAX};
    const cord_str more = {longest, CORD_PASSWORD_BYTES_MAX + 1};
    CHECK(cord_password_hash(hasher, more, hash) == CORD_E_FORMAT);
    CHECK(cord_password_hash(hasher, most, hash) == CORD_OK);
    CHECK(cord_password_check(hasher, cord_str_from(hash), more, &right, &renew) == CORD_OK);
    CHECK(!right);
    CHECK(cord_password_check(hasher, cord_str_from(hash), most, &right, &renew) == CORD_OK);
    CHECK(right);
    cord_password_hasher_free(hasher);
}

enum { THREADS = 8 };

struct many {
    struct cord_password_hasher *hasher;
    pthread_barrier_t together;
};

static void *hash_one(void *argument)
{
    struct many *many = argument;
    char hash[CORD_PASSWORD_TEXT];
    (void)pthread_barrier_wait(&many->together);
    cord_status status = cord_password_hash(many->hasher, CORD_STR("open sesame"), hash);
    CHECK(status == CORD_OK || status == CORD_E_LIMIT);
    return status == CORD_OK ? many : NULL;
}

static size_t hash_many(const struct cord_password_options *options)
{
    struct many many = {.hasher = make(options)};
    pthread_t threads[THREADS];
    size_t done = 0;
    CHECK(pthread_barrier_init(&many.together, NULL, THREADS) == 0);
    for (size_t i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, hash_one, &many) == 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        void *result = NULL;
        CHECK(pthread_join(threads[i], &result) == 0);
        done += result ? 1 : 0;
    }
    (void)pthread_barrier_destroy(&many.together);
    cord_password_hasher_free(many.hasher);
    return done;
}

static void lets_some_at_a_time_and_turns_away_who_is_too_many(void)
{
    const struct cord_password_options all = {
        .memory_kib = 64, .passes = 1, .at_once = 1, .waiting = THREADS};
    CHECK(hash_many(&all) == THREADS);
    const struct cord_password_options few = {
        .memory_kib = 4096, .passes = 4, .at_once = 1, .waiting = 1};
    size_t done = hash_many(&few);
    CHECK(done >= 2 && done <= THREADS);
}

KIT_MAIN(KIT_TEST(knows_a_password_by_its_hash), KIT_TEST(nobodys_password_is_never_right),
         KIT_TEST(a_hash_of_another_cost_is_to_be_renewed),
         KIT_TEST(a_hash_that_would_cost_beyond_measure_is_refused),
         KIT_TEST(says_which_may_be_somebodys), KIT_TEST(a_password_that_is_too_long_is_wrong),
         KIT_TEST(lets_some_at_a_time_and_turns_away_who_is_too_many))
