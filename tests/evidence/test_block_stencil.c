/* Rows laid out as others of their shape were. */
#include "kit/kit.h"
#include "kit/kit_sketch.h"

#include "evidence/block_key.h"
#include "evidence/block_layout_internal.h"
#include "evidence/block_stencil.h"

enum { FIELDS = 8 };

static const bool nobody[FIELDS];

/* Longer than what is never parted. */
#define LONG                                                                                       \
    "01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901" \
    "23"                                                                                           \
    "4567890123456789"
#define LINES                                                                                      \
    "Subject:\\r\\n\\tName:\\t\\tbob\\r\\n\\tId:\\t\\t0x3e7\\r\\n\\tDomain:"                       \
    "\\t\\tTHESHIRE\\r\\n\\tGuid:\\t\\t54849625-5478-4994-a5ba-3e3b0328c30d"

static void takes_rows_of_its_shape_and_no_others(void)
{
    static const struct {
        const char *first;
        const char *other;
        bool fits;
    } cases[] = {
        {"a={1} b={2}", "a={1} b={2}", true},
        {"a={1} b={2}", "a={} b={22222222222222222}", true},
        {"a={1} b={2}", "a={1} c={2}", false},
        {"a={1} b={2}", "a={1} b={2} ", false},
        {"a={1} b={2}", "a={1}  b={2}", false},
        {"a={1} b={2}", "a={1}  b=2{}", false},
        {"a={1} b={2}", "a={1} b={2", false},
        {"\"a\":\"{1}\",\"a long name of a value\":\"{2}\"",
         "\"a\":\"{}\",\"a long name of a value\":\"{}\"", true},
        {"\"a\":\"{1}\",\"a long name of a value\":\"{2}\"",
         "\"a\":\"{}\",\"a long nome of a value\":\"{}\"", false},
        /* Raw ends elsewhere. */
        {"a={1}|{2}", "a={12}|{34}", true},
        {"a={1}|{2}", "a={12}{34}|", false},
        {"a={1}|{2}", "a={12}{3|4}", false},
        /* Values in others. */
        {"m=@{\"k\":\"{1}\",\"l\":{2}}", "m=@{\"k\":\"{}\",\"l\":{20}}", true},
        {"m=@{\"k\":\"{1}\",\"l\":{2}}", "m=@{\"k\":\"{1}\"},\"l\":{2}", false},
        {"x={{{1}}}", "x={{{17}}}", true},
        {"x={{{1}}}", "x={{{1}7}}", false},
        /* Text that nobody understood. */
        {"port 22 of 10.0.0.1 shut", "port 2222 of 10.0.0.17 shut", true},
        {"port 22 of 10.0.0.1 shut", "port 22 on 10.0.0.1 shut", false},
        {"port 22 of 10.0.0.1", "port 22 of ", false}, /* that hole would be behind raw */
        /* A value that would be parted were it first. */
        {"m={" LONG "} n={1}", "m={x" LONG "} n={1}", true},
        {"m={" LONG "} n={1}", "m={" LINES "} n={1}", false},
        {"m=@{abc} n={1}", "m=@{abcd} n={1}", true},
        {"m=@{abc} n={1}", "m=@{a 2 c} n={1}", false},
        /* More lines than the others have. */
        {"m={" LINES "} n={1}", "m={" LINES "x} n={1}", true},
        {"m={" LINES "} n={1}", "m={" LINES "\\r\\nx} n={1}", false},
    };
    struct cord_block_layout layout;
    struct cord_buf key;
    struct cord_buf other_key;
    cord_block_layout_init(&layout);
    cord_block_key_init(&key);
    cord_block_key_init(&other_key);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kit_sketch first;
        struct kit_sketch other;
        struct cord_block_stencil *stencil = NULL;
        struct cord_arena *arena = cord_arena_new(1 << 20);
        kit_sketch_draw(&first, cases[i].first);
        kit_sketch_draw(&other, cases[i].other);
        CHECK(cord_block_layout_row(&layout, &first.row, nobody) == CORD_OK);
        CHECK(cord_block_key_make(&layout, &key) == CORD_OK);
        CHECK(cord_block_stencil_make(&layout, cord_buf_str(&key), true, arena, &stencil) ==
              CORD_OK);
        assert_non_null(stencil);
        bool fits = cord_block_stencil_lay(stencil, &layout, &other.row, nobody);
        if (fits != cases[i].fits) {
            fail_msg("%s: %s", cases[i].first, cases[i].other);
        }
        /* What it lays out has the same key: but for what tells columns, which a
         * stencil does not repeat. */
        if (fits) {
            for (size_t h = 0; h < layout.hole_count; h++) {
                layout.holes[h].field = 0;
                layout.holes[h].label = 0;
            }
            CHECK(cord_block_key_make(&layout, &other_key) == CORD_OK);
            CHECK(cord_block_layout_row(&layout, &first.row, nobody) == CORD_OK);
            for (size_t h = 0; h < layout.hole_count; h++) {
                layout.holes[h].field = 0;
                layout.holes[h].label = 0;
            }
            CHECK(cord_block_key_make(&layout, &key) == CORD_OK);
            CHECK_STR_EQ(cord_buf_str(&key), cord_buf_str(&other_key));
        }
        cord_arena_free(arena);
    }
    cord_buf_done(&other_key);
    cord_buf_done(&key);
    cord_block_layout_done(&layout);
}

static void makes_none_where_holes_touch(void)
{
    static const struct cord_span spans[] = {{.at = 0, .len = 4}, {.at = 2, .len = 4, .field = 1}};
    struct cord_row row = {
        .text = CORD_STR("abcdef"), .raw_len = 6, .spans = spans, .span_count = 2};
    struct cord_block_layout layout;
    struct cord_buf key;
    struct cord_block_stencil *stencil = NULL;
    struct cord_arena *arena = cord_arena_new(1 << 20);
    memset(row.role, 0xff, sizeof row.role);
    cord_block_layout_init(&layout);
    cord_block_key_init(&key);
    CHECK(cord_block_layout_row(&layout, &row, nobody) == CORD_OK);
    CHECK(cord_block_key_make(&layout, &key) == CORD_OK);
    CHECK(cord_block_stencil_make(&layout, cord_buf_str(&key), true, arena, &stencil) == CORD_OK);
    assert_null(stencil);
    cord_arena_free(arena);
    cord_buf_done(&key);
    cord_block_layout_done(&layout);
}

KIT_MAIN(KIT_TEST(takes_rows_of_its_shape_and_no_others), KIT_TEST(makes_none_where_holes_touch))
