/* test_rule_source.c: which part of a file a rule was read from. */
#include "kit/kit.h"

#include "detect/rule_source.h"

static void takes_the_document_of_a_line(void)
{
    static const struct {
        const char *text;
        uint32_t line;
        const char *source;
    } rows[] = {
        {"title: a\nlevel: low\n", 1, "title: a\nlevel: low"},
        {"# licence\ntitle: a\n", 2, "# licence\ntitle: a"},
        {"---\ntitle: a\n---\ntitle: b\n", 2, "title: a"},
        {"---\ntitle: a\n---\ntitle: b\n", 4, "title: b"},
        {"title: a\n--- # second\n# of b\ntitle: b\n---\n", 4, "# of b\ntitle: b"},
        {"\xef\xbb\xbf---\ntitle: a\n", 2, "title: a"},
        {"title: a\r\n---\r\ntitle: b\r\n", 1, "title: a"},
        {"title: a\r\n---\r\ntitle: b\r\n", 3, "title: b"},
        {"x: |\n  ---\n ---a\ny: 1\n", 1, "x: |\n  ---\n ---a\ny: 1"},
        {"", 1, ""},
        {"---", 1, ""},
        {"title: a", 99, "title: a"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK_STR_EQ(cord_rule_source_at(cord_str_from(rows[i].text), rows[i].line),
                     cord_str_from(rows[i].source));
    }
}

KIT_MAIN(KIT_TEST(takes_the_document_of_a_line))
