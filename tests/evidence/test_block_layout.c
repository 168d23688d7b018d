/* Rows taken apart into a skeleton and holes. */
#include "kit/kit.h"
#include "kit/kit_sketch.h"

#include "evidence/block_layout.h"

enum { FIELDS = 8, NO_ROLE = 255 };

static const bool nobody[FIELDS];
static const bool first_is_personal[FIELDS] = {true};

/* The text with braces around its holes. */
static const char *holes_of(const struct cord_block_layout *layout, char *to)
{
    cord_str text = layout->row->text;
    size_t len = 0;
    size_t at = 0;
    for (size_t i = 0; i <= layout->hole_count; i++) {
        bool last = i == layout->hole_count;
        size_t end = last ? text.len : layout->holes[i].at;
        memcpy(to + len, text.ptr + at, end - at);
        len += end - at;
        if (!last) {
            to[len++] = layout->holes[i].personal ? '[' : '{';
            memcpy(to + len, text.ptr + end, layout->holes[i].len);
            len += layout->holes[i].len;
            to[len++] = layout->holes[i].personal ? ']' : '}';
            at = end + layout->holes[i].len;
        }
    }
    to[len] = '\0';
    return to;
}

static void check_places(const struct cord_block_layout *layout)
{
    for (uint32_t i = 0; i < layout->row->span_count; i++) {
        const struct cord_block_place *place = &layout->places[i];
        const struct cord_span *span = &layout->row->spans[i];
        uint32_t at = place->skeleton;
        uint32_t end = place->skeleton_end;
        for (uint32_t h = 0; h < place->holes_end; h++) {
            at += h < place->holes ? layout->holes[h].len : 0;
            end += layout->holes[h].len;
        }
        assert_int_equal(at, span->at);
        assert_int_equal(end, span->at + span->len);
    }
}

static void makes_holes_of_the_innermost_values(void)
{
    static const struct {
        const char *row;
        const char *holes;
        bool cut;
        unsigned message; /* which value is the message */
    } cases[] = {
        {"a={1} b={2}", "a={1} b={2}", false, NO_ROLE},
        /* A line of syslog whose message is JSON. */
        {"<13> {host}: {\"k\":\"{one}\",\"number\":{22}}|{user}",
         "<{13}> {host}: \"k\":\"{one}\",\"number\":{22}{user}", false, 1},
        {"{{a}={b}}", "{a}={b}", false, NO_ROLE},
        {"x {{{a}}} y", "x {a} y", false, NO_ROLE},
        {"{}{{}a}", "{}{a}", false, NO_ROLE},
        /* What is no name and no punctuation may vary. */
        {"{C:\\\\some folder\\\\{file}}", "{C:\\\\some folder\\\\}{file}", false, NO_ROLE},
        {"{ab{file}}", "{ab}{file}", false, NO_ROLE},
        /* A value that begins inside an escape. */
        {"{\"x\":\"a\\{nb}\"}", "\"x\":\"a\\{nb}\"", true, NO_ROLE},
        {"{\"x\":\"a\\\\{nb}\"}", "\"x\":\"a\\\\{nb}\"", false, NO_ROLE},
        {"{\"x\":\"a\\u00{e9b}\"}", "\"x\":\"a\\u00{e9b}\"", true, NO_ROLE},
    };
    struct cord_block_layout layout;
    cord_block_layout_init(&layout);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kit_sketch sketch;
        char drawn[1024];
        kit_sketch_draw(&sketch, cases[i].row);
        sketch.row.role[CORD_ROLE_MESSAGE] =
            cases[i].message == NO_ROLE ? CORD_VALUE_NONE : (uint16_t)cases[i].message;
        CHECK(cord_block_layout_row(&layout, &sketch.row, nobody) == CORD_OK);
        assert_string_equal(holes_of(&layout, drawn), cases[i].holes);
        CHECK(layout.cut == cases[i].cut);
        check_places(&layout);
    }
    cord_block_layout_done(&layout);
}

static void leaves_nothing_of_a_personal_value_around_others(void)
{
    struct kit_sketch sketch;
    struct cord_block_layout layout;
    char drawn[1024];
    cord_block_layout_init(&layout);
    kit_sketch_draw(&sketch, "user={\"name\":\"{one}\"} {two}");
    CHECK(cord_block_layout_row(&layout, &sketch.row, first_is_personal) == CORD_OK);
    assert_string_equal(holes_of(&layout, drawn), "user=[\"name\":\"][one][\"] {two}");
    CHECK(layout.cut);
    check_places(&layout);
    cord_block_layout_done(&layout);
}

static void cuts_values_that_overlap(void)
{
    static const struct cord_span spans[] = {{.at = 0, .len = 4}, {.at = 2, .len = 4, .field = 1}};
    struct cord_row row = {
        .text = CORD_STR("abcdef"), .raw_len = 6, .spans = spans, .span_count = 2};
    struct cord_block_layout layout;
    char drawn[1024];
    memset(row.role, 0xff, sizeof row.role);
    cord_block_layout_init(&layout);
    CHECK(cord_block_layout_row(&layout, &row, nobody) == CORD_OK);
    assert_string_equal(holes_of(&layout, drawn), "{ab}{cd}{ef}");
    CHECK(layout.cut);
    check_places(&layout);
    cord_block_layout_done(&layout);
}

KIT_MAIN(KIT_TEST(makes_holes_of_the_innermost_values),
         KIT_TEST(leaves_nothing_of_a_personal_value_around_others),
         KIT_TEST(cuts_values_that_overlap))
