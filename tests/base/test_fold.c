/* test_fold.c: Unicode simple case folding. */
#include "base/fold.h"
#include "base/utf8.h"
#include "kit/kit.h"

#include <stdlib.h>

static cord_str fold(cord_str text)
{
    static char room[256];
    return (cord_str){room, cord_fold_text(text, room, sizeof room)};
}

static void folds_what_windows_paths_hold(void)
{
    CHECK_STR(fold(CORD_STR("")), "");
    CHECK_STR(fold(CORD_STR("C:\\Windows\\System32\\CMD.EXE /C @[`{")),
              "c:\\windows\\system32\\cmd.exe /c @[`{");
    CHECK_STR(fold(CORD_STR("\xc3\x89"
                            "COLE")),
              "\xc3\xa9"
              "cole");
    CHECK_STR(fold(CORD_STR("\xd0\x96\xce\xa9")), "\xd0\xb6\xcf\x89"); /* Cyrillic, Greek */
    CHECK_STR(fold(CORD_STR("\xe6\x97\xa5\xe6\x9c\xac")), "\xe6\x97\xa5\xe6\x9c\xac");
    CHECK_STR(fold(CORD_STR("\xf0\x90\x90\x80")), "\xf0\x90\x90\xa8"); /* Deseret */
}

static void treats_the_special_letters_as_documented(void)
{
    CHECK_STR(fold(CORD_STR("\xe2\x84\xaa")), "k");               /* Kelvin */
    CHECK_STR(fold(CORD_STR("\xe2\x84\xab")), "\xc3\xa5");        /* Angstrom */
    CHECK_STR(fold(CORD_STR("\xc5\xbf")), "s");                   /* long s */
    CHECK_STR(fold(CORD_STR("\xcf\x82")), "\xcf\x83");            /* final sigma */
    CHECK_STR(fold(CORD_STR("\xe1\xba\x9e")), "\xc3\x9f");        /* capital sharp s */
    CHECK_STR(fold(CORD_STR("\xc3\x9f")), "\xc3\x9f");            /* sharp s */
    CHECK_STR(fold(CORD_STR("\xc4\xb0")), "\xc4\xb0");            /* I with dot */
    CHECK_STR(fold(CORD_STR("\xc4\xb1")), "\xc4\xb1");            /* dotless i */
    CHECK_STR(fold(CORD_STR("\xc8\xba")), "\xe2\xb1\xa5");        /* grows to three bytes */
    CHECK(cord_fold_eq(CORD_STR("\xe2\x84\xaa"), CORD_STR("K"))); /* of different lengths */
    CHECK(!cord_fold_eq(CORD_STR("k"), CORD_STR("kk")));
    CHECK(!cord_fold_eq(CORD_STR("kk"), CORD_STR("k")));
}

static void copies_wrong_bytes_as_they_are(void)
{
    CHECK_STR(fold(CORD_STR("A\xff\xc0\x80\xc3"
                            "B\xe2\x84")),
              "a\xff\xc0\x80\xc3"
              "b\xe2\x84");
    CHECK(!cord_fold_eq(CORD_STR("\xc3"), CORD_STR("\xe3")));
}

static void folds_at_every_alignment(void)
{
    const cord_str text = CORD_STR("ABCDEFGHIJKLMNOPQRSTUVWXYZ\xc3\x89@[`{}~\x7f");
    const cord_str wanted = CORD_STR("abcdefghijklmnopqrstuvwxyz\xc3\xa9@[`{}~\x7f");
    for (size_t from = 0; from < 26; from++) {
        CHECK_STR_EQ(fold(cord_str_from_byte(text, from)), cord_str_from_byte(wanted, from));
    }
}

static void says_when_the_room_is_too_small(void)
{
    const cord_str text = CORD_STR("ABCDEFGHIJ\xc8\xba\xc8\xbe"); /* 14 bytes, folded 16 */
    char room[CORD_FOLD_BYTES_MAX(14)];
    for (size_t bytes = 0; bytes < 16; bytes++) {
        CHECK_U64(cord_fold_text(text, room, bytes), SIZE_MAX);
    }
    CHECK_U64(cord_fold_text(text, room, 16), 16);
    CHECK_U64(cord_fold_text(CORD_STR("A"), room, 0), SIZE_MAX);
}

/* The table against its source: every row, and no code point beside the rows. */
static void agrees_with_unicode_on_every_code_point(void)
{
    uint32_t *folded = malloc((CORD_UTF8_CODE_MAX + 1) * sizeof *folded);
    CHECK(folded != NULL);
    for (uint32_t code = 0; code <= CORD_UTF8_CODE_MAX; code++) {
        folded[code] = code;
    }
    cord_str file = kit_read_file(CORD_UNICODE_DIR "/CaseFolding.txt");
    cord_str rest = file, line, code_text, status, folded_text;
    size_t rows = 0;
    while (cord_str_cut(&rest, '\n', &line)) {
        if (line.len == 0 || line.ptr[0] == '#') {
            continue;
        }
        CHECK(cord_str_cut(&line, ';', &code_text) && cord_str_cut(&line, ';', &status) &&
              cord_str_cut(&line, ';', &folded_text));
        status = cord_str_trim(status);
        if (status.ptr[0] == 'C' || status.ptr[0] == 'S') {
            folded[strtoul(code_text.ptr, NULL, 16)] = (uint32_t)strtoul(folded_text.ptr, NULL, 16);
            rows++;
        }
    }
    CHECK(rows > 1000);
    for (uint32_t code = 0; code <= CORD_UTF8_CODE_MAX; code++) {
        char bytes[CORD_UTF8_BYTES_MAX];
        char twice[CORD_UTF8_BYTES_MAX];
        CHECK_U64(cord_fold_code(code), folded[code]);
        CHECK_U64(cord_fold_code(folded[code]), folded[code]);
        size_t len = cord_utf8_encode(code, bytes);
        CHECK(cord_fold_text((cord_str){bytes, len}, twice, CORD_FOLD_BYTES_MAX(len)) != SIZE_MAX);
    }
    free((void *)(uintptr_t)file.ptr);
    free(folded);
}

KIT_MAIN(KIT_TEST(folds_what_windows_paths_hold),
         KIT_TEST(treats_the_special_letters_as_documented),
         KIT_TEST(copies_wrong_bytes_as_they_are), KIT_TEST(folds_at_every_alignment),
         KIT_TEST(says_when_the_room_is_too_small),
         KIT_TEST(agrees_with_unicode_on_every_code_point))
