#include "kit/kit.h"

#include "base/hash.h"
#include "codec/json_frame.h"

#include <stdlib.h>

/* What the frame should find, byte by byte. */
static size_t close_slowly(struct cord_json_frame *frame, cord_str text, size_t from,
                           size_t down_to)
{
    for (size_t at = from; at < text.len; at++) {
        char c = text.ptr[at];
        bool escaped = frame->escaped;
        frame->escaped = c == '\\' && !escaped;
        if (c == '"' && !escaped) {
            frame->in_string = !frame->in_string;
        } else if (!frame->in_string && (c == '{' || c == '[')) {
            frame->depth++;
        } else if (!frame->in_string && (c == '}' || c == ']') && --frame->depth == down_to) {
            frame->in_string = false;
            frame->escaped = false;
            return at + 1;
        }
    }
    return SIZE_MAX;
}

static size_t random_text(char *text, size_t max, uint64_t seed)
{
    static const char alphabet[] = "\\\\\"{}[]a,";
    size_t len = cord_hash_mix(seed) % max;
    unsigned kinds = 2 + cord_hash_mix(seed + 1) % 8;
    for (size_t i = 0; i < len; i++) {
        uint64_t random = cord_hash_mix(seed * 1000 + i);
        text[i] = random % 8 < kinds ? 'x' : alphabet[random / 8 % (sizeof alphabet - 1)];
    }
    return len;
}

/* Whole and in two pieces, on every kind of text. */
static void finds_the_same_bracket_as_a_slow_look(void)
{
    char text[400];
    for (uint64_t seed = 0; seed < 20000; seed++) {
        size_t len = random_text(text, sizeof text, seed);
        size_t first = len > 0 ? cord_hash_mix(seed + 7) % len : 0;
        size_t down_to = seed % 3;
        struct cord_json_frame slow = {.depth = down_to + 1 + seed % 2};
        struct cord_json_frame fast = slow;
        char *exact = malloc(len + 1);
        assert_non_null(exact);
        memcpy(exact, text, len);
        size_t wanted = close_slowly(&slow, (cord_str){exact, len}, 0, down_to);
        size_t got = cord_json_frame_close(&fast, (cord_str){exact, first}, 0, down_to);
        if (got == SIZE_MAX) {
            got = cord_json_frame_close(&fast, (cord_str){exact, len}, first, down_to);
        }
        CHECK(got == wanted);
        CHECK(fast.depth == slow.depth && fast.in_string == slow.in_string);
        CHECK(fast.escaped == slow.escaped);
        free(exact);
    }
}

static void knows_wrappers(void)
{
    static const struct {
        const char *text;
        enum cord_json_wrapper wanted;
        size_t len;
        size_t depth;
    } rows[] = {
        {"[{\"a\":1}]", CORD_JSON_WRAPPER_YES, 1, 1},
        {" [ {", CORD_JSON_WRAPPER_YES, 3, 1},
        {"[]", CORD_JSON_WRAPPER_YES, 1, 1},
        {"[1]", CORD_JSON_WRAPPER_NO, 0, 0},
        {"[", CORD_JSON_WRAPPER_MORE, 0, 0},
        {"{\"Records\":[{", CORD_JSON_WRAPPER_YES, 12, 2},
        {"{\"Records\":[", CORD_JSON_WRAPPER_MORE, 0, 0},
        {"{\"Rec", CORD_JSON_WRAPPER_MORE, 0, 0},
        {"{\"Records\":{", CORD_JSON_WRAPPER_NO, 0, 0},
        {"{\"a\":\"\\\"\",\"value\":[]", CORD_JSON_WRAPPER_YES, 19, 2},
        {"{\"events\":[{", CORD_JSON_WRAPPER_YES, 11, 2},
        {"{\"a\":1,\"events\":[{", CORD_JSON_WRAPPER_NO, 0, 0},
        {"{\"a\":[],\"Records\":[{", CORD_JSON_WRAPPER_NO, 0, 0},
        {"{\"hits\":{\"total\":{},\"hits\":[{", CORD_JSON_WRAPPER_YES, 28, 3},
        {"{\"hits\":{\"hits\":{\"hits\":[{", CORD_JSON_WRAPPER_NO, 0, 0},
        {"{}", CORD_JSON_WRAPPER_NO, 0, 0},
        {"{\"a\":1}", CORD_JSON_WRAPPER_NO, 0, 0},
        {"x", CORD_JSON_WRAPPER_NO, 0, 0},
        {"", CORD_JSON_WRAPPER_MORE, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t len = 0;
        size_t depth = 0;
        enum cord_json_wrapper got =
            cord_json_frame_wrapper(cord_str_from(rows[i].text), &len, &depth);
        if (got != rows[i].wanted || len != rows[i].len) {
            print_error("%s: %d, %zu bytes\n", rows[i].text, (int)got, len);
        }
        CHECK(got == rows[i].wanted);
        CHECK_U64(len, rows[i].len);
        CHECK_U64(depth, rows[i].depth);
    }
}

KIT_MAIN(KIT_TEST(finds_the_same_bracket_as_a_slow_look), KIT_TEST(knows_wrappers))
