/* test_literal.c: every way of finding literals against the plainest one. */
#include "detect/literal.h"

#include <stdlib.h>

#include "base/decimal.h"
#include "base/fold.h"
#include "detect/automaton.h"
#include "detect/literal_find.h"
#include "detect/literal_index.h"
#include "detect/literal_raw.h"
#include "detect/lower.h"
#include "detect/regex_needle.h"
#include "kit/kit.h"

enum { LITERALS = 1600, FEW = 160, ROUNDS = 60, TEXT_MAX = 700 };

static uint64_t state = 88172645463325252ULL;

static unsigned next(unsigned below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 33) % below;
}

/* Few letters, so that much is nearly there. */
static void fill_of(char *to, size_t len, bool ascii)
{
    static const char letters[] = "aab\\c.e=\xc3\xa9";
    for (size_t i = 0; i < len; i++) {
        to[i] = letters[next(sizeof letters - (ascii ? 3 : 1))];
    }
}

static void fill(char *to, size_t len)
{
    fill_of(to, len, next(2) == 0);
}

struct field {
    struct cord_arena *arena;
    uint32_t count;
    struct cord_literal literals[LITERALS];
    uint32_t numbers[LITERALS];
    struct cord_ruleset ruleset;
};

static struct field *field_new(uint32_t count)
{
    struct field *field = calloc(1, sizeof *field);
    CHECK(field);
    field->arena = cord_arena_new(1 << 26);
    field->count = count;
    for (uint32_t i = 0; i < count; i++) {
        size_t len = 1 + next(i % 3 == 0 ? 4 : 14);
        char *text = cord_arena_bytes(field->arena, len);
        CHECK(text);
        fill(text, len);
        field->literals[i] = (struct cord_literal){
            text, (uint32_t)len, {0, 0}, next(2) ? next(4) & 3 : CORD_LITERAL_CONTAINS};
        field->numbers[i] = i;
    }
    return field;
}

static bool holds(const struct cord_literal *literal, cord_str text)
{
    cord_str wanted = {literal->ptr, literal->len};
    switch ((enum cord_literal_kind)literal->kind) {
    case CORD_LITERAL_CONTAINS:
        return cord_str_find(text, wanted, 0) != SIZE_MAX;
    case CORD_LITERAL_STARTS:
        return cord_str_starts(text, wanted);
    case CORD_LITERAL_ENDS:
        return cord_str_ends(text, wanted);
    case CORD_LITERAL_EQUALS:
        break;
    }
    return cord_str_eq(text, wanted);
}

static void check_hits(const struct field *field, cord_str text,
                       const struct cord_literal_hits *hits)
{
    bool found[LITERALS] = {false};
    for (size_t i = 0; i < hits->count; i++) {
        CHECK(!found[hits->numbers[i]]); /* once each */
        found[hits->numbers[i]] = true;
    }
    for (uint32_t i = 0; i < field->count; i++) {
        CHECK(found[i] == holds(&field->literals[i], text));
    }
}

/* Any text, some of the literals in it. */
static void fill_text(const struct field *field, char *text, size_t len)
{
    fill(text, len);
    for (unsigned i = 0; i < 3; i++) {
        const struct cord_literal *literal = &field->literals[next(field->count)];
        if (literal->len <= len) {
            memcpy(text + next((unsigned)(len - literal->len + 1)), literal->ptr, literal->len);
        }
    }
}

/* Returns how often the automaton had to be asked. */
static size_t search(const struct field *field, struct cord_literal_index *index,
                     struct cord_automaton *automaton, struct cord_literal_hits *hits)
{
    size_t fallbacks = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        char text[TEXT_MAX + CORD_LITERAL_PADDING] = {0};
        size_t len = round < 20 ? round : next(TEXT_MAX);
        bool fell_back;
        fill_text(field, text, len);
        hits->stamp += 2;
        CHECK(cord_literal_index_scan(index, (cord_str){text, len}, hits, &fell_back) == CORD_OK);
        check_hits(field, (cord_str){text, len}, hits);
        fallbacks += fell_back;
        hits->stamp = (hits->stamp | 1) + 1;
        hits->count = 0;
        cord_automaton_scan(automaton, (cord_str){text, len}, hits);
        check_hits(field, (cord_str){text, len}, hits);
    }
    return fallbacks;
}

/* Few and many literals take different ways. */
static void all_ways_find_the_same(uint32_t count)
{
    struct cord_literal_odds *odds = malloc(sizeof *odds);
    uint32_t stamps[2 * LITERALS] = {0};
    uint32_t numbers[LITERALS];
    struct cord_literal_hits hits = {.stamps = stamps, .numbers = numbers};
    size_t fallbacks = 0;
    cord_literal_odds_typical(odds);
    for (unsigned level = 0; level <= cord_cpu_level_detect(); level++) {
        struct field *field = field_new(count);
        field->ruleset.level = (enum cord_cpu_level)level;
        struct cord_literal_index *index = cord_literal_index_new(
            field->literals, field->numbers, count, odds, &field->ruleset, field->arena);
        struct cord_automaton *automaton =
            cord_automaton_new(field->literals, field->numbers, count);
        CHECK(index && automaton);
        fallbacks += search(field, index, automaton, &hits);
        cord_automaton_free(automaton);
        cord_literal_index_done(index);
        cord_arena_free(field->arena);
        free(field);
    }
    CHECK(fallbacks > 0); /* this text is made of the literals */
    free(odds);
}

enum { RAW_LITERALS = 40 };

/* Letters of both cases, and of the few beyond ASCII that fold to one; much of
 * it nearly an escape. */
static size_t fill_raw(char *to, size_t len, bool far)
{
    static const char *const pieces[] = {"a",
                                         "A",
                                         "b",
                                         "K",
                                         "k",
                                         "s",
                                         "S",
                                         "u",
                                         "U",
                                         "\\",
                                         "\\",
                                         "\"",
                                         "k.e",
                                         "::",
                                         "1",
                                         "\\\\",
                                         "\\u0041",
                                         "p",
                                         "\xe2\x84\xaa",
                                         "\xc5\xbf",
                                         "\xc3\xa9"};
    size_t at = 0;
    while (at < len) {
        const char *piece = pieces[next(far ? 21 : 18)];
        size_t bytes = strlen(piece);
        bytes = bytes < len - at ? bytes : len - at;
        memcpy(to + at, piece, bytes);
        at += bytes;
    }
    return at;
}

/* A backslash that is none itself, then u. */
static bool has_escape(cord_str text)
{
    for (size_t at = 0; at + 1 < text.len; at++) {
        if (text.ptr[at] == '\\' && text.ptr[++at] == 'u') {
            return true;
        }
    }
    return false;
}

static bool is_long_run(cord_str text)
{
    return cord_str_find(text, CORD_STR("\\\\\\u"), 0) != SIZE_MAX;
}

static void check_raw(const struct cord_literal_raw *set, const cord_str *texts, cord_str text,
                      size_t *missed)
{
    uint32_t stamps[RAW_LITERALS] = {0};
    uint32_t numbers[RAW_LITERALS];
    struct cord_literal_hits hits = {.stamps = stamps, .stamp = 2, .numbers = numbers};
    char folded[2 * TEXT_MAX];
    bool escape;
    hits.budget = text.len / 2 + 8;
    bool all = cord_literal_raw_scan(set, text, &hits, &escape);
    cord_str plain = {folded, cord_fold_text(text, folded, sizeof folded)};
    for (size_t i = 0; i < hits.count; i++) {
        CHECK(cord_str_find(plain, texts[hits.numbers[i]], 0) != SIZE_MAX);
    }
    *missed += !all;
    if (!all) {
        CHECK(hits.budget == 0 || cord_str_find(text, CORD_STR("\xe2\x84\xaa"), 0) != SIZE_MAX ||
              cord_str_find(text, CORD_STR("\xc5\xbf"), 0) != SIZE_MAX);
        return;
    }
    size_t wanted = 0;
    for (size_t i = 0; i < RAW_LITERALS; i++) {
        wanted += cord_str_find(plain, texts[i], 0) != SIZE_MAX;
    }
    CHECK(hits.count == wanted);
    CHECK(escape ? has_escape(text) || is_long_run(text) : !has_escape(text));
}

static void raw_records_hold_the_same(void)
{
    static const char letters[] = "aabbkksuup.e:1";
    struct cord_literal_odds *odds = malloc(sizeof *odds);
    size_t missed = 0;
    cord_literal_odds_typical(odds);
    for (unsigned level = 0; level <= cord_cpu_level_detect(); level++) {
        struct cord_arena *arena = cord_arena_new(1 << 20);
        cord_str texts[RAW_LITERALS];
        for (size_t i = 0; i < RAW_LITERALS; i++) {
            char bytes[8];
            size_t len = 1 + next(8);
            for (size_t at = 0; at < len; at++) {
                bytes[at] = letters[next(sizeof letters - 1)];
            }
            texts[i] = cord_arena_copy(arena, (cord_str){bytes, len});
        }
        struct cord_literal_raw *set =
            cord_literal_raw_new(texts, RAW_LITERALS, odds, (enum cord_cpu_level)level, arena);
        CHECK(set);
        for (size_t round = 0; round < 600; round++) {
            size_t len = round < 300 ? round : next(TEXT_MAX);
            char *text = malloc(len + 1); /* so that reading too far shows */
            CHECK(text);
            (void)fill_raw(text, len, round % 4 == 0);
            check_raw(set, texts, (cord_str){text, len}, &missed);
            free(text);
        }
        cord_arena_free(arena);
    }
    CHECK(missed > 0);
    free(odds);
}

/* What literal_raw.c takes for granted. */
static void two_letters_fold_to_ascii(void)
{
    size_t count = 0;
    for (uint32_t code = 0x80; code < 0x110000; code++) {
        count += cord_fold_code(code) < 0x80;
    }
    CHECK(count == 2 && cord_fold_code(0x212a) == 'k' && cord_fold_code(0x17f) == 's');
}

static void few_are_found_in_all_ways(void)
{
    all_ways_find_the_same(FEW);
}

static void many_are_found_in_all_ways(void)
{
    all_ways_find_the_same(LITERALS);
}

static void one_literal_is_found_at_any_place(void)
{
    for (unsigned level = 0; level <= cord_cpu_level_detect(); level++) {
        cord_literal_find *find = cord_literal_find_at_level((enum cord_cpu_level)level);
        struct cord_literal_needle needle = cord_literal_needle_of(CORD_STR("-enc \\x"));
        for (size_t len = 0; len < 200; len++) {
            char text[300] = {0};
            memset(text, '-', len);
            CHECK(!find(&needle, (cord_str){text, len}));
            if (len >= needle.len) {
                size_t at = next((unsigned)(len - needle.len + 1));
                memcpy(text + at, needle.ptr, needle.len);
                CHECK(find(&needle, (cord_str){text, len}));
                CHECK(!find(&needle, (cord_str){text, at + needle.len - 1}));
            }
        }
    }
}

static void lowers_alike_at_every_level(void)
{
    for (unsigned level = 0; level <= cord_cpu_level_detect(); level++) {
        for (size_t len = 0; len < 200; len++) {
            char text[300] = {0};
            char lowered[400];
            bool escape = false;
            for (size_t i = 0; i < len; i++) {
                text[i] = (char)(1 + next(126));
            }
            text[len / 2] = len > 150 ? (char)0x80 : text[len / 2];
            size_t done = cord_lower_copy((enum cord_cpu_level)level, (cord_str){text, len},
                                          lowered, &escape);
            CHECK(len > 150 ? done <= len / 2 : done == len);
            for (size_t i = 0; i < done; i++) {
                CHECK(lowered[i] == cord_str_lower_char(text[i]));
            }
        }
        bool escape = false;
        char lowered[200];
        (void)cord_lower_copy((enum cord_cpu_level)level, CORD_STR("c:\\\\users"), lowered,
                              &escape);
        CHECK(!escape);
        (void)cord_lower_copy((enum cord_cpu_level)level, CORD_STR("c:\\\\\\u0041"), lowered,
                              &escape);
        CHECK(escape);
    }
}

static void check_canonical(const char *text, const char *wanted)
{
    char buffer[CORD_DECIMAL_BYTES];
    cord_str got = cord_decimal_canonical(cord_str_from(text), buffer);
    CHECK_STR_EQ(got, cord_str_from(wanted));
}

static void numbers_have_one_text(void)
{
    check_canonical("4624", "4624");
    check_canonical("4624.0", "4624");
    check_canonical("4.624e3", "4624");
    check_canonical("0010.500", "10.5");
    check_canonical("-0.0", "0");
    check_canonical("1e-3", "0.001");
    check_canonical("12345678901234567890123", "12345678901234567890123");
    check_canonical("1e999999999999", "1e999999999999");
    check_canonical("0x10", "0x10");
    check_canonical("1.", "1.");
    check_canonical("", "");
    struct cord_decimal a;
    struct cord_decimal b;
    CHECK(cord_decimal_parse(CORD_STR("9007199254740993"), &a));
    CHECK(cord_decimal_parse(CORD_STR("9007199254740992.5"), &b));
    CHECK(cord_decimal_compare(&a, &b) > 0);
    CHECK(cord_decimal_parse(CORD_STR("1e400"), &b));
    CHECK(cord_decimal_compare(&a, &b) < 0);
    CHECK(cord_decimal_parse(CORD_STR("-1"), &b) && cord_decimal_compare(&b, &a) < 0);
}

/* Needles joined by '|'; "" when nothing is known. */
static void check_needles(const char *expression, const char *wanted)
{
    cord_str needles[CORD_REGEX_NEEDLES_MAX];
    struct cord_arena *arena = cord_arena_new(1 << 16);
    char joined[256] = "";
    size_t count = 0;
    CHECK(cord_regex_needle_find(cord_str_from(expression), NULL, arena, needles, &count) ==
          CORD_OK);
    for (size_t i = 0; i < count; i++) {
        strncat(joined, i > 0 ? "|" : "", 2);
        strncat(joined, needles[i].ptr, needles[i].len);
    }
    assert_string_equal(joined, wanted);
    cord_arena_free(arena);
}

/* Every log of PowerShell has the one, hardly any the other. */
static void regexes_need_what_is_rare(void)
{
    cord_str needles[CORD_REGEX_NEEDLES_MAX];
    struct cord_literal_odds *odds = malloc(sizeof *odds);
    struct cord_arena *arena = cord_arena_new(1 << 16);
    size_t count = 0;
    cord_literal_odds_typical(odds);
    CHECK(cord_regex_needle_find(CORD_STR("set.*&&.*powershell"), odds, arena, needles, &count) ==
          CORD_OK);
    CHECK(count == 1);
    CHECK_STR_EQ(needles[0], CORD_STR("&&"));
    cord_arena_free(arena);
    free(odds);
}

static void regexes_tell_what_they_need(void)
{
    check_needles("powershell\\.EXE", "powershell.exe");
    check_needles("ab+cd?ef", "ab");
    check_needles("(foo|barbaz)x", "foo|barbaz");
    check_needles("(foo|b)?longer", "longer");
    check_needles("[abc]{4}", "");
    check_needles("foo|.*", "");
    check_needles("a\\x41bcdef", "");
    check_needles("(?!notthis)but(?:this)+", "this");
    check_needles("(?x)a b c", "");
    check_needles("x{0}yes{1,2}no", "yes");
    check_needles("abc(?i)DEFG", "defg");
    check_needles("\\Qa.b\\E", "");
}

KIT_MAIN(KIT_TEST(few_are_found_in_all_ways), KIT_TEST(many_are_found_in_all_ways),
         KIT_TEST(raw_records_hold_the_same), KIT_TEST(two_letters_fold_to_ascii),
         KIT_TEST(one_literal_is_found_at_any_place), KIT_TEST(lowers_alike_at_every_level),
         KIT_TEST(numbers_have_one_text), KIT_TEST(regexes_tell_what_they_need),
         KIT_TEST(regexes_need_what_is_rare))
