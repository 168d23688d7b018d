/* test_attack_technique.c: techniques are found by id and by tag. */
#include "detect/attack_technique.h"
#include "detect/rule_about.h"
#include "kit/kit.h"

static void finds_each_by_its_id(void)
{
    for (size_t i = 0; i < cord_attack_technique_count(); i++) {
        const struct cord_attack_technique *at = cord_attack_technique_at(i);
        CHECK(cord_attack_technique_find(cord_str_from(at->id)) == at);
        CHECK(at->tactics != 0 && at->tactics < 1U << CORD_RULE_ABOUT_TACTICS);
    }
    CHECK(cord_attack_technique_find(CORD_STR("T9999")) == NULL);
    CHECK(cord_attack_technique_find(CORD_STR("T1059.0011")) == NULL);
    CHECK(cord_attack_technique_find(CORD_STR("")) == NULL);
}

static void reads_tags(void)
{
    const struct cord_attack_technique *shell =
        cord_attack_technique_of_tag(CORD_STR("attack.t1059.001"));
    CHECK(shell != NULL);
    CHECK_STR_EQ(cord_str_from(shell->name), CORD_STR("PowerShell"));
    CHECK(shell->tactics == 1U << cord_rule_about_tactic(CORD_STR("attack.execution")));
    CHECK(cord_attack_technique_of_tag(CORD_STR("attack.execution")) == NULL);
    CHECK(cord_attack_technique_of_tag(CORD_STR("cve.2017.0144")) == NULL);
}

KIT_MAIN(KIT_TEST(finds_each_by_its_id), KIT_TEST(reads_tags))
