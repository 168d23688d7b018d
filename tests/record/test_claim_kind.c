/* test_claim_kind.c: the table of kinds is sound. */
#include "kit/kit.h"

#include "record/claim_kind.h"

static size_t key_members(const struct cord_claim_kind *kind, const char *names[CORD_MEMBERS_MAX])
{
    size_t count = 0;
    for (const struct cord_member *m = kind->members; m->type != CORD_MEMBER_END; m++) {
        if (m->key) {
            names[count++] = m->name;
        }
    }
    return count;
}

static void is_in_order_and_found(void)
{
    size_t count;
    const struct cord_claim_kind *kinds = cord_claim_kinds(&count);
    CHECK(count > 30);
    for (size_t i = 0; i < count; i++) {
        CHECK(i == 0 || strcmp(kinds[i - 1].name, kinds[i].name) < 0);
        CHECK(cord_claim_kind_find(cord_str_from(kinds[i].name)) == &kinds[i]);
        CHECK(cord_claim_kind_topic(cord_str_from(kinds[i].topic)) != NULL);
        CHECK(kinds[i].help[strlen(kinds[i].help) - 1] == '.');
    }
    CHECK(!cord_claim_kind_find(CORD_STR("status")));
    CHECK(!cord_claim_kind_find(CORD_STR("")));
    CHECK(!cord_claim_kind_topic(CORD_STR("weather")));
}

static void check_members(const struct cord_claim_kind *kind)
{
    size_t count = 0;
    for (const struct cord_member *m = kind->members; m->type != CORD_MEMBER_END; m++, count++) {
        CHECK(m->help && m->help[0] != '\0');
        CHECK(cord_claim_kind_member(kind, cord_str_from(m->name)) == m);
        CHECK(m->most >= m->least);
        CHECK((m->type == CORD_MEMBER_WORD) == (m->words != NULL));
        CHECK((m->type != CORD_MEMBER_TEXT && m->type != CORD_MEMBER_TEXTS) || m->most > 0);
    }
    CHECK(count <= CORD_MEMBERS_MAX);
}

static void has_members_with_bounds_and_help(void)
{
    size_t count;
    const struct cord_claim_kind *kinds = cord_claim_kinds(&count);
    for (size_t i = 0; i < count; i++) {
        check_members(&kinds[i]);
        if (kinds[i].state_member) {
            const struct cord_member *state =
                cord_claim_kind_member(&kinds[i], cord_str_from(kinds[i].state_member));
            CHECK(state && (state->type == CORD_MEMBER_WORD || state->type == CORD_MEMBER_TEXT ||
                            state->type == CORD_MEMBER_ORGANISATION));
            CHECK(!kinds[i].state);
        }
        CHECK(kinds[i].units || !kinds[i].amount_required);
    }
}

static void kinds_of_a_topic_share_its_lines(void)
{
    size_t count;
    const struct cord_claim_kind *kinds = cord_claim_kinds(&count);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            const char *a[CORD_MEMBERS_MAX];
            const char *b[CORD_MEMBERS_MAX];
            if (strcmp(kinds[i].topic, kinds[j].topic) != 0) {
                continue;
            }
            CHECK((kinds[i].effect == CORD_CLAIM_ACTS) == (kinds[j].effect == CORD_CLAIM_ACTS));
            if (kinds[i].effect == CORD_CLAIM_REVISES || kinds[j].effect == CORD_CLAIM_REVISES) {
                continue; /* on the line of what it revises */
            }
            size_t keys = key_members(&kinds[i], a);
            CHECK_U64(keys, key_members(&kinds[j], b));
            for (size_t k = 0; k < keys; k++) {
                CHECK(strcmp(a[k], b[k]) == 0);
            }
        }
    }
}

static void suggests_the_nearest(void)
{
    CHECK_STR(cord_str_from(cord_claim_kind_nearest(CORD_STR("status.clam"))), "status.claim");
    CHECK_STR(cord_str_from(cord_claim_kind_nearest(CORD_STR("divert.begin"))), "divert.end");
    CHECK(!cord_claim_kind_nearest(CORD_STR("completely different")));
}

KIT_MAIN(KIT_TEST(is_in_order_and_found), KIT_TEST(has_members_with_bounds_and_help),
         KIT_TEST(kinds_of_a_topic_share_its_lines), KIT_TEST(suggests_the_nearest))
