/* test_lower.c: unescaping and folding at once gives what one after the other gives. */
#include "detect/lower.h"

#include "base/fold.h"
#include "codec/json_unescape.h"
#include "kit/kit.h"

enum { TEXT_MAX = 300, ROOM = TEXT_MAX * 2 + 80 };

static uint32_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(*state >> 33);
}

/* Mostly harmless; how often anything else stands there is up to `harm`. */
static cord_str make_text(char *text, uint64_t *state, uint32_t harm)
{
    static const char *const harmless[] = {
        "a", "Z", "program files", "\\\\", "\\\"", "\\/", "\\r\\n", "\\t", "N", "T", "\\\\\\\\n"};
    static const char *const harmful[] = {"\\u0041", "\xc3\x84", "\\b", "\\", "\\N", "\\x", "\xff"};
    size_t len = 0;
    size_t wanted = next_random(state) % TEXT_MAX;
    while (len < wanted) {
        const char *piece =
            next_random(state) % 1000 < harm
                ? harmful[next_random(state) % (sizeof harmful / sizeof *harmful)]
                : harmless[next_random(state) % (sizeof harmless / sizeof *harmless)];
        size_t bytes = strlen(piece);
        if (len + bytes > TEXT_MAX) {
            break;
        }
        memcpy(text + len, piece, bytes);
        len += bytes;
    }
    return (cord_str){text, len};
}

static void check_text(enum cord_cpu_level level, cord_str text)
{
    char plain[ROOM];
    char wanted[ROOM];
    char got[ROOM];
    size_t written = 0;
    size_t used = cord_lower_unescape(level, text, got, &written);
    CHECK(used <= text.len && written <= used);
    cord_str rest = cord_str_from_byte(text, used);
    cord_str unescaped = {plain, cord_json_unescape(rest, plain)};
    written += cord_fold_text(unescaped, got + written, sizeof got - written);
    unescaped.len = cord_json_unescape(text, plain);
    size_t len = cord_fold_text(unescaped, wanted, sizeof wanted);
    CHECK(len == written && memcmp(wanted, got, len) == 0);
}

static void same(void **state)
{
    static const uint32_t harms[] = {0, 5, 60};
    uint64_t random = 7;
    char text[TEXT_MAX];
    (void)state;
    for (int round = 0; round < 6000; round++) {
        cord_str made = make_text(text, &random, harms[round % 3]);
        for (int level = CORD_CPU_SCALAR; level < CORD_CPU_LEVELS; level++) {
            check_text(cord_cpu_level_at_most((enum cord_cpu_level)level), made);
        }
    }
}

static void goes_far(void **state)
{
    static const char path[] = "C:\\\\Windows\\\\System32\\\\cmd.exe /c \\\"dir\\\"\\r\\n\\tEND "
                               "and more than one block of sixty-four bytes";
    cord_str text = {path, sizeof path - 1};
    char got[ROOM];
    size_t written;
    (void)state;
    size_t used = cord_lower_unescape(cord_cpu_level_at_most(CORD_CPU_AVX512), text, got, &written);
    if (cord_cpu_level_at_most(CORD_CPU_AVX512) == CORD_CPU_AVX512) {
        CHECK(used == text.len);
        static const char wanted[] = "c:\\windows\\system32\\cmd.exe /c \"dir\"\r\n\tend and more";
        CHECK(memcmp(got, wanted, sizeof wanted - 1) == 0);
    } else {
        CHECK(used == 0 && written == 0);
    }
}

KIT_MAIN(KIT_TEST(same), KIT_TEST(goes_far))
