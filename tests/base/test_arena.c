/* test_arena.c: memory taken piece by piece. */
#include "kit/kit.h"

#include <stdalign.h>

static void pieces_are_aligned_and_apart(void)
{
    struct cord_arena *arena = cord_arena_new(1 << 20);
    CHECK(arena != NULL);
    unsigned char *pieces[200];
    for (size_t i = 0; i < 200; i++) {
        pieces[i] = cord_arena_alloc(arena, i + 1);
        CHECK(pieces[i] && (uintptr_t)pieces[i] % alignof(max_align_t) == 0);
        memset(pieces[i], (int)i, i + 1);
    }
    for (size_t i = 0; i < 200; i++) {
        CHECK(pieces[i][0] == i && pieces[i][i] == i);
    }
    cord_arena_free(arena);
}

static void text_has_no_gaps_and_a_nul_behind(void)
{
    struct cord_arena *arena = cord_arena_new(4096);
    CHECK(arena != NULL);
    cord_str a = cord_arena_copy(arena, CORD_STR("abc"));
    cord_str b = cord_arena_copy(arena, (cord_str){0});
    cord_str c = cord_arena_printf(arena, "%d-%s", 42, "x");
    CHECK_STR(a, "abc");
    CHECK_STR(b, "");
    CHECK_STR(c, "42-x");
    CHECK(a.ptr[3] == '\0' && b.ptr == a.ptr + 4 && b.ptr[0] == '\0' && c.ptr == b.ptr + 1);
    cord_arena_free(arena);
}

static void the_ceiling_holds_to_the_byte(void)
{
    struct cord_arena *arena = cord_arena_new(10000);
    CHECK(arena != NULL);
    size_t taken = 0;
    while (cord_arena_bytes(arena, 100)) {
        taken += 100;
    }
    CHECK(taken <= 10000 && taken > 9000);
    CHECK(cord_arena_held(arena) <= 10000);
    CHECK(cord_arena_failure(arena) == CORD_E_LIMIT);
    cord_arena_free(arena);

    arena = cord_arena_new(10000);
    CHECK(arena != NULL);
    CHECK(!cord_arena_bytes(arena, 10001));
    CHECK(cord_arena_failure(arena) == CORD_E_LIMIT);
    CHECK(cord_arena_bytes(arena, 10000));
    CHECK(!cord_arena_bytes(arena, 1));
    CHECK(!cord_arena_bytes(arena, SIZE_MAX));
    CHECK(!cord_arena_alloc(arena, SIZE_MAX));
    CHECK(!cord_arena_copy(arena, (cord_str){"", SIZE_MAX}).ptr);
    cord_arena_free(arena);
}

static void zeroes_and_refuses_a_product_that_wraps(void)
{
    struct cord_arena *arena = cord_arena_new(1 << 20);
    CHECK(arena != NULL);
    memset(cord_arena_alloc(arena, 4000), 0xff, 4000);
    cord_arena_reset(arena);
    const unsigned char *zeroed = cord_arena_zalloc(arena, 40, 100);
    CHECK(zeroed != NULL);
    for (size_t i = 0; i < 4000; i++) {
        CHECK(zeroed[i] == 0);
    }
    CHECK(!cord_arena_zalloc(arena, SIZE_MAX / 2, 3));
    CHECK(cord_arena_zalloc(arena, 0, 8));
    CHECK(cord_arena_zalloc(arena, 8, 0));
    cord_arena_free(arena);
}

static void a_rewind_keeps_all_large_ones(void)
{
    struct cord_arena *arena = cord_arena_new(8 << 20);
    CHECK(arena != NULL);
    cord_arena_rewind(arena);
    for (size_t round = 0; round < 4; round++) {
        const char *first = cord_arena_bytes(arena, 100);
        CHECK(first != NULL);
        for (size_t i = 0; i < 6000; i++) {
            char *piece = cord_arena_bytes(arena, 1000);
            CHECK(piece != NULL);
            memset(piece, (int)round, 1000);
        }
        CHECK(cord_arena_held(arena) >= 6000000 && cord_arena_held(arena) <= 8 << 20);
        cord_arena_rewind(arena);
        CHECK(cord_arena_held(arena) <= 1 << 20);
    }
    /* What is kept does not stand in the way of what there is room for. */
    CHECK(cord_arena_bytes(arena, 7 << 20));
    CHECK(!cord_arena_bytes(arena, 2 << 20));
    CHECK(cord_arena_failure(arena) == CORD_E_LIMIT);
    cord_arena_reset(arena);
    cord_arena_free(arena);
}

static void a_reset_keeps_one_block(void)
{
    struct cord_arena *arena = cord_arena_new(1 << 20);
    CHECK(arena != NULL && cord_arena_held(arena) == 0);
    cord_arena_reset(arena);
    for (size_t i = 0; i < 100; i++) {
        CHECK(cord_arena_bytes(arena, 1000));
    }
    size_t held = cord_arena_held(arena);
    cord_arena_reset(arena);
    size_t kept = cord_arena_held(arena);
    CHECK(kept > 0 && kept < held);
    CHECK(cord_arena_bytes(arena, kept));
    CHECK_U64(cord_arena_held(arena), kept); /* the block was empty again */
    cord_arena_free(arena);
    cord_arena_free(NULL);
}

static void says_which_failure_it_was(void)
{
    kit_fail_allocation(1);
    struct cord_arena *none = cord_arena_new(100);
    CHECK(kit_fail_allocation_off() && !none);

    struct cord_arena *arena = cord_arena_new(100);
    CHECK(arena != NULL);
    kit_fail_allocation(1);
    char *piece = cord_arena_bytes(arena, 10);
    CHECK(kit_fail_allocation_off() && !piece);
    CHECK(cord_arena_failure(arena) == CORD_E_NOMEM);
    CHECK(cord_arena_held(arena) == 0);
    CHECK(cord_arena_bytes(arena, 10));
    cord_arena_free(arena);
}

KIT_MAIN(KIT_TEST(pieces_are_aligned_and_apart), KIT_TEST(text_has_no_gaps_and_a_nul_behind),
         KIT_TEST(the_ceiling_holds_to_the_byte), KIT_TEST(zeroes_and_refuses_a_product_that_wraps),
         KIT_TEST(a_reset_keeps_one_block), KIT_TEST(a_rewind_keeps_all_large_ones),
         KIT_TEST(says_which_failure_it_was))
