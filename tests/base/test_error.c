/* test_error.c: what went wrong, for a program and for a person. */
#include "kit/kit.h"

#include <errno.h>

static void each_level_adds_what_it_knows(void)
{
    struct cord_error err;
    CHECK(cord_error_set(&err, CORD_E_FORMAT, "byte %d", 7) == CORD_E_FORMAT);
    cord_error_context(&err, "line %d", 3);
    cord_error_context(&err, "%s", "rules/a.yml");
    CHECK_STR(cord_str_from(err.text), "rules/a.yml: line 3: byte 7");
    CHECK(cord_error_set(NULL, CORD_E_LIMIT, "nobody reads") == CORD_E_LIMIT);
    cord_error_context(NULL, "nobody reads");
}

static void long_text_is_cut_and_ends(void)
{
    struct cord_error err;
    char longer[2 * CORD_ERROR_BYTES];
    memset(longer, 'a', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    (void)cord_error_set(&err, CORD_E_IO, "%s", longer);
    CHECK_U64(strlen(err.text), CORD_ERROR_BYTES - 1);
    cord_error_context(&err, "context");
    CHECK_U64(strlen(err.text), CORD_ERROR_BYTES - 1);
    CHECK(cord_str_starts(cord_str_from(err.text), CORD_STR("context: aaa")));
    cord_error_context(&err, "%s", longer);
    CHECK_U64(strlen(err.text), CORD_ERROR_BYTES - 1);
}

static void errno_becomes_a_status_and_a_reason(void)
{
    static const struct {
        int number;
        cord_status status;
        const char *text;
    } table[] = {
        {ENOENT, CORD_E_NOENT, "open x: No such file or directory"},
        {ENOTDIR, CORD_E_NOENT, "open x: Not a directory"},
        {ENOMEM, CORD_E_NOMEM, "open x: Cannot allocate memory"},
        {ENOSPC, CORD_E_LIMIT, "open x: No space left on device"},
        {EMFILE, CORD_E_LIMIT, "open x: Too many open files"},
        {EACCES, CORD_E_IO, "open x: Permission denied"},
        {99999, CORD_E_IO, "open x: error 99999"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct cord_error err;
        errno = table[i].number;
        CHECK(cord_error_errno(&err, "open %s", "x") == table[i].status);
        CHECK_STR_EQ(cord_str_from(err.text), cord_str_from(table[i].text));
        errno = table[i].number;
        CHECK(cord_error_errno(NULL, "open") == table[i].status);
    }
}

static void every_status_has_a_name(void)
{
    for (unsigned status = CORD_OK; status <= CORD_E_NOENT; status++) {
        CHECK(strcmp(cord_error_name((cord_status)status), "unknown") != 0);
    }
}

KIT_MAIN(KIT_TEST(each_level_adds_what_it_knows), KIT_TEST(long_text_is_cut_and_ends),
         KIT_TEST(errno_becomes_a_status_and_a_reason), KIT_TEST(every_status_has_a_name))
