/* test_record_lines.c: the table of lines that were last spoken on. */
#include "kit/kit.h"

#include "record/record_lines.h"

#include <stdio.h>

static void knows_a_line_by_all_of_its_name(void)
{
    struct cord_record_lines *lines = NULL;
    const struct cord_record_line_name name = {3, CORD_STR("org:R1H"), CORD_STR("org:X24"),
                                               CORD_STR("{\"link\":\"mail\"}")};
    struct cord_record_line_name other = name;
    CHECK(cord_record_lines_new(&lines) == CORD_OK);
    CHECK_I64(cord_record_lines_get(lines, &name), 0);
    cord_record_lines_put(lines, &name, 17);
    CHECK_I64(cord_record_lines_get(lines, &name), 17);
    other.topic = 4;
    CHECK_I64(cord_record_lines_get(lines, &other), 0);
    other = name;
    other.part = CORD_STR("");
    CHECK_I64(cord_record_lines_get(lines, &other), 0);
    /* The same letters, cut elsewhere. */
    other = name;
    other.subject = CORD_STR("org:R1Hor");
    other.claimant = CORD_STR("g:X24");
    CHECK_I64(cord_record_lines_get(lines, &other), 0);
    cord_record_lines_put(lines, &name, 18);
    CHECK_I64(cord_record_lines_get(lines, &name), 18);
    cord_record_lines_clear(lines);
    CHECK_I64(cord_record_lines_get(lines, &name), 0);
    cord_record_lines_free(lines);
}

/* More than it has room for: what it still knows is right. */
static void forgets_and_never_mistakes(void)
{
    enum { MANY = 200000 };
    struct cord_record_lines *lines = NULL;
    char subject[32];
    size_t known = 0;
    CHECK(cord_record_lines_new(&lines) == CORD_OK);
    for (int64_t i = 1; i <= MANY; i++) {
        int len = snprintf(subject, sizeof subject, "org:R%d", (int)i);
        const struct cord_record_line_name name = {
            1, {subject, (size_t)len}, CORD_STR(""), CORD_STR("{}")};
        cord_record_lines_put(lines, &name, i);
    }
    for (int64_t i = 1; i <= MANY; i++) {
        int len = snprintf(subject, sizeof subject, "org:R%d", (int)i);
        const struct cord_record_line_name name = {
            1, {subject, (size_t)len}, CORD_STR(""), CORD_STR("{}")};
        int64_t id = cord_record_lines_get(lines, &name);
        CHECK(id == 0 || id == i);
        known += id == i;
    }
    CHECK(known > MANY / 4);
    cord_record_lines_free(lines);
}

static void leaves_long_names_out(void)
{
    struct cord_record_lines *lines = NULL;
    char part[300];
    memset(part, 'x', sizeof part);
    const struct cord_record_line_name name = {
        1, CORD_STR("org:R1H"), CORD_STR("org:R1H"), {part, sizeof part}};
    CHECK(cord_record_lines_new(&lines) == CORD_OK);
    cord_record_lines_put(lines, &name, 9);
    CHECK_I64(cord_record_lines_get(lines, &name), 0);
    cord_record_lines_free(lines);
}

KIT_MAIN(KIT_TEST(knows_a_line_by_all_of_its_name), KIT_TEST(forgets_and_never_mistakes),
         KIT_TEST(leaves_long_names_out))
