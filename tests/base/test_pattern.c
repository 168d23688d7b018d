/* test_pattern.c: what a pattern with wildcards is made of. */
#include "kit/kit.h"

#include "base/pattern.h"

static void the_longest_part_is_the_first_of_equals(void)
{
    const struct cord_part parts[] = {{.kind = CORD_PART_ANY},
                                      {.kind = CORD_PART_TEXT, .text = CORD_STR("ab")},
                                      {.kind = CORD_PART_ONE},
                                      {.kind = CORD_PART_TEXT, .text = CORD_STR("cmd")},
                                      {.kind = CORD_PART_TEXT, .text = CORD_STR("exe")}};
    CHECK_STR(cord_pattern_longest(parts, 5), "cmd");
    CHECK_STR(cord_pattern_longest(parts, 3), "ab");
    CHECK_STR(cord_pattern_longest(parts, 1), "");
    CHECK_STR(cord_pattern_longest(parts, 0), "");
}

KIT_MAIN(KIT_TEST(the_longest_part_is_the_first_of_equals))
