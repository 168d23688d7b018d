/* test_policy.c: how long what is kept, and what names a person; and what is wrong with a line. */
#include "evidence/policy.h"
#include "kit/kit.h"

#include <string.h>

static struct cord_policy *parse(const char *text)
{
    struct cord_policy *policy = NULL;
    struct cord_error err = {""};
    if (cord_policy_parse(cord_str_from(text), &policy, &err) != CORD_OK) {
        fail_msg("%s: %s", text, err.text);
    }
    return policy;
}

static struct cord_policy_term term_of(const struct cord_policy *policy, const char *organisation,
                                       const char *source, const char *event_class)
{
    const struct cord_origin origin = {
        .organisation = cord_str_from(organisation),
        .source = cord_str_from(source),
        .event_class = cord_str_from(event_class),
    };
    return cord_policy_term(policy, &origin);
}

static void the_first_line_that_fits_counts(void)
{
    struct cord_policy *policy = parse("# comment\n"
                                       "keep RJ1 *\twindows* 365 90 # of these\r\n"
                                       "keep rj1 * * 30\n"
                                       "keep * firewall? * ever 1\n"
                                       "default 180 30\n"
                                       "keep * * * 5");
    CHECK_U64(term_of(policy, "RJ1", "dc", "Windows/x").days, 365);
    CHECK_U64(term_of(policy, "RJ1", "dc", "windows").personal_days, 90);
    CHECK_U64(term_of(policy, "RJ1", "dc", "linux").days, 30);
    CHECK_U64(term_of(policy, "RJ1", "dc", "linux").personal_days, 30);
    CHECK_U64(term_of(policy, "SP2", "firewall1", "").days, CORD_POLICY_EVER);
    CHECK_U64(term_of(policy, "SP2", "firewall1", "").personal_days, 1);
    CHECK_U64(term_of(policy, "SP2", "firewall", "").days, 5);
    cord_policy_free(policy);
    policy = parse("default 180 30");
    CHECK_U64(term_of(policy, "", "", "").days, 180);
    cord_policy_free(policy);
    policy = parse("");
    CHECK_U64(term_of(policy, "", "", "").days, CORD_POLICY_EVER);
    cord_policy_free(policy);
}

static void fields_are_personal_by_table_and_by_line(void)
{
    struct cord_policy *policy = parse("personal badge door.id");
    const cord_str known = CORD_STR("client.user.name");
    const cord_str added = CORD_STR("front.door.id");
    const cord_str other = CORD_STR("door.identity");
    CHECK(cord_policy_is_personal(policy, &known, 1));
    CHECK(cord_policy_is_personal(policy, &added, 1));
    CHECK(!cord_policy_is_personal(policy, &other, 1));
    cord_policy_free(policy);
}

static void a_wrong_line_is_named_with_what_to_change(void)
{
    static const struct {
        const char *text;
        const char *err;
    } table[] = {
        {"default 5\nkep * * * 5", "line 2: there is no 'kep', did you mean 'keep'?; a line begins "
                                   "with keep, default or personal"},
        {"retain 5", "line 1: there is no 'retain'; a line begins with keep, default or personal"},
        {"\n\nkeep * * 5", "line 3: too few words: it is 'keep ORGANISATION SOURCE CLASS DAYS "
                           "[PERSONAL-DAYS]'"},
        {"keep * * * 5 4 3", "line 1: too many words: it is 'keep ORGANISATION SOURCE CLASS DAYS "
                             "[PERSONAL-DAYS]'"},
        {"default", "line 1: too few words: it is 'default DAYS [PERSONAL-DAYS]'"},
        {"personal", "line 1: too few words: it is 'personal FIELD...'"},
        {"default ten", "line 1: 'ten' is no number of days: 1 to 36500, or ever"},
        {"default 0", "line 1: '0' is no number of days: 1 to 36500, or ever"},
        {"default 36501", "line 1: '36501' is no number of days: 1 to 36500, or ever"},
        {"default 30 31", "line 1: what names a person would be kept longer ('31' days) than its "
                          "event ('30')"},
        {"keep * * * 30 ever", "line 1: what names a person would be kept longer ('ever' days) "
                               "than its event ('30')"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct cord_policy *policy = NULL;
        struct cord_error err = {""};
        CHECK(cord_policy_parse(cord_str_from(table[i].text), &policy, &err) == CORD_E_FORMAT);
        CHECK(policy == NULL);
        if (strcmp(err.text, table[i].err) != 0) {
            fail_msg("%s\nsays %s", table[i].text, err.text);
        }
    }
}

KIT_MAIN(KIT_TEST(the_first_line_that_fits_counts),
         KIT_TEST(fields_are_personal_by_table_and_by_line),
         KIT_TEST(a_wrong_line_is_named_with_what_to_change))
