/*
 * kit.h: what every unit test includes.
 *
 * cmocka underneath, so that ctest and CI read its closing lines; CHECK and
 * its kin above it, so that a test reads like the sentence it tests.
 */
#ifndef CORD_TESTS_KIT_H
#define CORD_TESTS_KIT_H

/* cmocka.h needs these four first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#define CHECK(condition) assert_true(condition)
#define CHECK_U64(a, b)  assert_int_equal((uint64_t)(a), (uint64_t)(b))
#define CHECK_I64(a, b)  assert_true((int64_t)(a) == (int64_t)(b))
#define CHECK_STR(s, literal)                                                                      \
    kit_check_str((s), (cord_str){(literal), sizeof(literal) - 1}, __FILE__, __LINE__)
#define CHECK_STR_EQ(a, b) kit_check_str((a), (b), __FILE__, __LINE__)

void kit_check_str(cord_str got, cord_str wanted, const char *file, int line);

/* A table of tests: KIT_TEST(reads_an_empty_object), ... */
#define KIT_TEST(function)                                                                         \
    {                                                                                              \
#function, kit_run, NULL, NULL, (void *)(uintptr_t)(function)                              \
    }
#define KIT_MAIN(...)                                                                              \
    int main(void)                                                                                 \
    {                                                                                              \
        const struct CMUnitTest tests[] = {__VA_ARGS__};                                           \
        return cmocka_run_group_tests(tests, NULL, NULL);                                          \
    }
void kit_run(void **state);

/* The folder of the real data beside the checkout, or NULL: then the test says why, and
 * skip(). */
const char *kit_shared(void);
/* "<shared>/<relative>"; static buffer, good until the next call. Skips the
 * running test with a notice when the data is not there: ask first, for what the
 * test has made until then is left, and a leak fails it. */
const char *kit_shared_path(const char *relative);

/* The whole file, in malloc'd memory with 64 zero bytes behind; fails the test
 * when it cannot be read. gzip (.gz) and xz (.xz) are unpacked. */
cord_str kit_read_file(const char *path);

/* From here on, the nth allocation (from 1) of this process fails. _off
 * returns whether one did fail. */
void kit_fail_allocation(size_t nth);
bool kit_fail_allocation_off(void);

#endif
