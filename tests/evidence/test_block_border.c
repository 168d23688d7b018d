/* test_block_border.c: a literal across the borders of pieces. */
#include "evidence/block_border.h"
#include "kit/kit.h"

/* Whether any way to cut the text into three finds the literal across a border,
 * exactly when it lies across one. */
static void try_cuts(const char *literal, const char *text)
{
    struct cord_block_border border;
    cord_str folded = cord_str_from(literal);
    cord_str whole = cord_str_from(text);
    cord_block_border_init(&border, folded);
    for (size_t a = 0; a <= whole.len; a++) {
        for (size_t b = a; b <= whole.len; b++) {
            cord_str pieces[3] = {cord_str_slice(whole, 0, a), cord_str_slice(whole, a, b - a),
                                  cord_str_from_byte(whole, b)};
            bool wanted = false;
            for (size_t at = 0; at + folded.len <= whole.len; at++) {
                size_t end = at + folded.len;
                wanted =
                    wanted || (cord_str_eq_fold(cord_str_slice(whole, at, folded.len), folded) &&
                               ((at < a && a < end) || (at < b && b < end)));
            }
            bool done = false;
            bool done_any = false;
            uint64_t state = 0;
            uint64_t state_any = 0;
            for (size_t i = 0; i < 3; i++) {
                struct cord_block_border_any any = {0};
                cord_block_border_add(&border, pieces[i], &any);
                state = cord_block_border_step(&border, state, pieces[i], &done);
                state_any = cord_block_border_step_any(&any, state_any, &done_any);
                CHECK_U64(state, state_any);
            }
            CHECK(done == wanted && done_any == wanted);
        }
    }
}

static void finds_what_crosses_and_nothing_else(void)
{
    try_cuts("whoami", "x WhoAmI y");
    try_cuts("ab", "aabb");
    try_cuts("aaa", "aaaaaa");
    try_cuts("abab", "abababab");
    try_cuts("abcabd", "abcabcabdabc");
    try_cuts("xyz", "xxyyzz");
}

static void takes_literals_of_every_length(void)
{
    char literal[CORD_BLOCK_BORDER_MAX + 1];
    char text[CORD_BLOCK_BORDER_MAX + 8];
    for (size_t len = 2; len <= CORD_BLOCK_BORDER_MAX; len += 31) {
        for (size_t i = 0; i < len; i++) {
            literal[i] = (char)('a' + i % 23);
            text[i + 3] = (char)('A' + i % 23);
        }
        literal[len] = '\0';
        memcpy(text, "abc", 3);
        memcpy(text + len + 3, "abc", 4);
        try_cuts(literal, text);
    }
}

KIT_MAIN(KIT_TEST(finds_what_crosses_and_nothing_else), KIT_TEST(takes_literals_of_every_length))
