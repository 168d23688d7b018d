/* test_rights.c: who may do what to whose: all of the table, and every combination against the
 * rules as they are told. */
#include "kit/kit.h"

#include "base/timestamp.h"
#include "record/rights.h"

#include <stdio.h>

enum { NOW = 1000 };

/* --- the table, as people read it --- */

static const char *const matrix[CORD_VERB_COUNT + 1] = {
    /* verb                         national-analyst regional-lead security-lead
     *    clinical-safety-officer commander executive auditor administrator */
    "organisations.read            x x x x x x x x",
    "organisations.write           x . . . . . . .",
    "services.read                 x x x x x x x .",
    "services.write                x . x x x . . .",
    "claims.read                   x x x x x . x .",
    "claims.write                  x x x x x . . .",
    "claims.assess                 x x . . x . . .",
    "figures.read                  x x x x x x x .",
    "sources.read                  x x x . x . x x",
    "sources.write                 . . x . . . . x",
    "events.read                   x . x . x . x .",
    "findings.read                 x x x x x . x .",
    "findings.write                x . x . x . . .",
    "incidents.read                x x x x x . x .",
    "incidents.write               x x x x x . . .",
    "rules.read                    x . x . x . x x",
    "rules.write                   x . . . . . . .",
    "alerts.read                   x x x x x x x .",
    "alerts.issue                  x . . . x . . .",
    "alerts.answer                 . . x . . . . .",
    "containment.read              x x x x x . x .",
    "containment.request           x x x . x . . .",
    "containment.approve           . . x . x . . .",
    "containment.approve-clinical  . . . x . . . .",
    "containment.execute           . . x . x . . .",
    "delegation.read               x x x x x . x .",
    "delegation.write              . . x . . . . .",
    "users.read                    . . . . . . x x",
    "users.write                   . . . . . . . x",
    "roles.read                    . . . . . . x x",
    "roles.write                   . . . . . . . x",
    "tokens.read                   . . . . . . x x",
    "tokens.write                  . . . . . . . x",
    "audit.read                    . . . . . . x x",
    "health.read                   x x x x x x x x",
    NULL,
};

static void the_table_is_as_it_is_told(void)
{
    for (unsigned v = 0; v < CORD_VERB_COUNT; v++) {
        cord_str line = cord_str_from(matrix[v]);
        cord_str name;
        enum cord_verb verb;
        CHECK(cord_str_cut(&line, ' ', &name));
        CHECK(cord_role_verb_find(name, &verb) && verb == (enum cord_verb)v);
        CHECK_STR_EQ(cord_str_from(cord_role_verb_name(verb)), name);
        line = cord_str_trim(line);
        CHECK(line.len == 2 * CORD_ACCOUNT_ROLE_COUNT - 1);
        for (unsigned r = 0; r < CORD_ACCOUNT_ROLE_COUNT; r++) {
            bool has = (cord_role_row((enum cord_account_role)r)->verbs & cord_verbs_of(verb)) != 0;
            if (has != (line.ptr[2 * r] == 'x')) {
                fail_msg("%s: %s", matrix[v], cord_role_row((enum cord_account_role)r)->name);
            }
        }
    }
    CHECK(matrix[CORD_VERB_COUNT] == NULL);
}

static void names_lead_to_their_rows_and_no_others_do(void)
{
    enum cord_account_role role;
    enum cord_scope scope;
    enum cord_verb verb;
    for (unsigned r = 0; r < CORD_ACCOUNT_ROLE_COUNT; r++) {
        const struct cord_role_row *row = cord_role_row((enum cord_account_role)r);
        CHECK(cord_role_find(cord_str_from(row->name), &role) && role == (enum cord_account_role)r);
        CHECK(row->scopes != 0 && row->help[0] != '\0');
    }
    for (unsigned s = 0; s < 3; s++) {
        CHECK(
            cord_role_scope_find(cord_str_from(cord_role_scope_name((enum cord_scope)s)), &scope) &&
            scope == (enum cord_scope)s);
    }
    CHECK(!cord_role_find(CORD_STR("root"), &role));
    CHECK(!cord_role_scope_find(CORD_STR("world"), &scope));
    CHECK(!cord_role_verb_find(CORD_STR("claims.delete"), &verb));
}

/* Auditors and executives change nothing; administrators see nobody's data. */
static void some_roles_are_kept_apart(void)
{
    for (unsigned v = 0; v < CORD_VERB_COUNT; v++) {
        cord_verbs verb = cord_verbs_of((enum cord_verb)v);
        if (!cord_role_verb_reads((enum cord_verb)v)) {
            CHECK(!(cord_role_row(CORD_ACCOUNT_ROLE_AUDITOR)->verbs & verb));
            CHECK(!(cord_role_row(CORD_ACCOUNT_ROLE_EXECUTIVE)->verbs & verb));
        }
    }
    const enum cord_verb data[] = {CORD_VERB_CLAIMS_READ, CORD_VERB_EVENTS_READ,
                                   CORD_VERB_FINDINGS_READ, CORD_VERB_FIGURES_READ,
                                   CORD_VERB_INCIDENTS_READ};
    for (size_t i = 0; i < sizeof data / sizeof data[0]; i++) {
        CHECK(!(cord_role_row(CORD_ACCOUNT_ROLE_ADMINISTRATOR)->verbs & cord_verbs_of(data[i])));
    }
}

/* --- single cases that are worth a name --- */

static struct cord_grant grant_of(enum cord_account_role role, enum cord_scope scope,
                                  const char *code)
{
    return (struct cord_grant){.number = 5,
                               .role = role,
                               .scope = scope,
                               .code = cord_str_from(code),
                               .from_ns = 0,
                               .to_ns = CORD_TIME_NONE};
}

static struct cord_rights rights_of(const struct cord_grant *grant)
{
    return (struct cord_rights){.account = 17,
                                .organisation = CORD_STR("R1H"),
                                .grants = grant,
                                .count = 1,
                                .second_factor = true};
}

static struct cord_resource resource_of(const char *organisation, const char *region,
                                        enum cord_claim_marking marking)
{
    return (struct cord_resource){.organisation = cord_str_from(organisation),
                                  .region = cord_str_from(region),
                                  .marking = marking};
}

static void an_organisation_sees_its_own_and_what_is_for_all(void)
{
    const struct cord_grant grant =
        grant_of(CORD_ACCOUNT_ROLE_SECURITY_LEAD, CORD_SCOPE_ORGANISATION, "R1H");
    const struct cord_rights rights = rights_of(&grant);
    const enum cord_verb verb = CORD_VERB_CLAIMS_READ;
    const struct cord_resource own = resource_of("R1H", "Y56", CORD_CLAIM_RED);
    const struct cord_resource other = resource_of("RXA", "Y56", CORD_CLAIM_AMBER);
    const struct cord_resource told = resource_of("RXA", "Y56", CORD_CLAIM_GREEN);
    uint64_t number = 0;
    CHECK(cord_rights_may(&rights, verb, &own, NOW, &number) == CORD_RIGHTS_YES && number == 5);
    CHECK(cord_rights_may(&rights, verb, &other, NOW, &number) == CORD_RIGHTS_HIDDEN &&
          number == 0);
    CHECK(cord_rights_may(&rights, verb, &told, NOW, NULL) == CORD_RIGHTS_YES_OTHERS);
    CHECK(cord_rights_may(&rights, CORD_VERB_CLAIMS_WRITE, &told, NOW, NULL) ==
          CORD_RIGHTS_FORBIDDEN);
    CHECK(cord_rights_may(&rights, CORD_VERB_CLAIMS_WRITE, &other, NOW, NULL) ==
          CORD_RIGHTS_HIDDEN);
    CHECK(cord_rights_may(&rights, CORD_VERB_CLAIMS_ASSESS, &own, NOW, NULL) ==
          CORD_RIGHTS_FORBIDDEN);
}

static void what_is_shared_by_name_is_seen_by_those_alone(void)
{
    const cord_str with[] = {CORD_STR("org:RXA"), CORD_STR("user:18")};
    struct cord_resource shared = resource_of("RTD", "Y63", CORD_CLAIM_AMBER_STRICT);
    shared.shared = with;
    shared.shared_count = 2;
    const struct cord_grant mine =
        grant_of(CORD_ACCOUNT_ROLE_SECURITY_LEAD, CORD_SCOPE_ORGANISATION, "RXA");
    const struct cord_grant others =
        grant_of(CORD_ACCOUNT_ROLE_SECURITY_LEAD, CORD_SCOPE_ORGANISATION, "RX");
    struct cord_rights rights = rights_of(&mine);
    CHECK(cord_rights_sees(&rights, CORD_VERB_CLAIMS_READ, &shared, NOW));
    CHECK(!cord_rights_sees(&rights, CORD_VERB_CLAIMS_WRITE, &shared, NOW));
    /* RED is told to persons. */
    shared.marking = CORD_CLAIM_RED;
    CHECK(!cord_rights_sees(&rights, CORD_VERB_CLAIMS_READ, &shared, NOW));
    rights.account = 18;
    CHECK(cord_rights_sees(&rights, CORD_VERB_CLAIMS_READ, &shared, NOW));
    rights = rights_of(&others);
    shared.marking = CORD_CLAIM_AMBER;
    CHECK(!cord_rights_sees(&rights, CORD_VERB_CLAIMS_READ, &shared, NOW));
}

static void the_centre_acts_on_a_member_only_by_its_word(void)
{
    const struct cord_grant grant = grant_of(CORD_ACCOUNT_ROLE_COMMANDER, CORD_SCOPE_NATIONAL, "");
    const struct cord_rights rights = rights_of(&grant);
    struct cord_resource member = resource_of("RXA", "Y56", CORD_CLAIM_AMBER);
    const enum cord_verb verb = CORD_VERB_CONTAINMENT_EXECUTE;
    CHECK(cord_rights_may(&rights, verb, &member, NOW, NULL) == CORD_RIGHTS_NO_AUTHORITY);
    member.delegated = cord_verbs_of(CORD_VERB_CONTAINMENT_APPROVE);
    CHECK(cord_rights_may(&rights, verb, &member, NOW, NULL) == CORD_RIGHTS_NO_AUTHORITY);
    member.delegated |= cord_verbs_of(verb);
    CHECK(cord_rights_may(&rights, verb, &member, NOW, NULL) == CORD_RIGHTS_YES_OTHERS);
    /* Delegation gives nobody a role. */
    const struct cord_grant reader = grant_of(CORD_ACCOUNT_ROLE_AUDITOR, CORD_SCOPE_NATIONAL, "");
    const struct cord_rights auditor = rights_of(&reader);
    CHECK(cord_rights_may(&auditor, verb, &member, NOW, NULL) == CORD_RIGHTS_FORBIDDEN);
}

static void a_role_counts_only_in_its_time_and_with_its_factor(void)
{
    struct cord_grant grant = grant_of(CORD_ACCOUNT_ROLE_NATIONAL_ANALYST, CORD_SCOPE_NATIONAL, "");
    struct cord_rights rights = rights_of(&grant);
    const struct cord_resource member = resource_of("RXA", "Y56", CORD_CLAIM_AMBER);
    grant.from_ns = NOW;
    grant.to_ns = NOW + 1;
    CHECK(cord_rights_sees(&rights, CORD_VERB_CLAIMS_READ, &member, NOW));
    CHECK(!cord_rights_sees(&rights, CORD_VERB_CLAIMS_READ, &member, NOW - 1));
    CHECK(!cord_rights_sees(&rights, CORD_VERB_CLAIMS_READ, &member, NOW + 1));
    rights.second_factor = false;
    CHECK(cord_rights_may(&rights, CORD_VERB_CLAIMS_READ, &member, NOW, NULL) ==
          CORD_RIGHTS_NO_SECOND_FACTOR);
    CHECK(!cord_rights_sees(&rights, CORD_VERB_CLAIMS_READ, &member, NOW));
    grant.role = CORD_ACCOUNT_ROLE_EXECUTIVE;
    CHECK(cord_rights_sees(&rights, CORD_VERB_FIGURES_READ, &member, NOW));
}

static void a_token_can_never_do_more_than_it_says(void)
{
    const struct cord_grant grant =
        grant_of(CORD_ACCOUNT_ROLE_NATIONAL_ANALYST, CORD_SCOPE_NATIONAL, "");
    struct cord_rights rights = rights_of(&grant);
    const struct cord_resource a = resource_of("RXA", "Y56", CORD_CLAIM_AMBER);
    const struct cord_resource b = resource_of("RTD", "Y63", CORD_CLAIM_CLEAR);
    const struct cord_resource nation = resource_of("", "", CORD_CLAIM_CLEAR);
    rights.limited = true;
    CHECK(!cord_rights_sees(&rights, CORD_VERB_CLAIMS_READ, &a, NOW));
    rights.verbs = cord_verbs_of(CORD_VERB_CLAIMS_READ) | cord_verbs_of(CORD_VERB_USERS_READ);
    rights.only = CORD_STR("RXA");
    CHECK(cord_rights_sees(&rights, CORD_VERB_CLAIMS_READ, &a, NOW));
    CHECK(!cord_rights_sees(&rights, CORD_VERB_CLAIMS_READ, &b, NOW));
    CHECK(!cord_rights_sees(&rights, CORD_VERB_CLAIMS_READ, &nation, NOW));
    CHECK(!cord_rights_sees(&rights, CORD_VERB_FIGURES_READ, &a, NOW));
    CHECK(!cord_rights_sees(&rights, CORD_VERB_USERS_READ, &a, NOW));
}

static void nobody_gives_what_is_not_theirs_to_give(void)
{
    const struct cord_grant nation =
        grant_of(CORD_ACCOUNT_ROLE_ADMINISTRATOR, CORD_SCOPE_NATIONAL, "");
    const struct cord_grant region =
        grant_of(CORD_ACCOUNT_ROLE_ADMINISTRATOR, CORD_SCOPE_REGION, "Y56");
    const struct cord_grant member =
        grant_of(CORD_ACCOUNT_ROLE_ADMINISTRATOR, CORD_SCOPE_ORGANISATION, "R1H");
    const struct {
        const struct cord_grant *by;
        uint64_t to;
        struct cord_grant what;
        const char *region;
        bool may;
    } cases[] = {
        {&nation, 18, grant_of(CORD_ACCOUNT_ROLE_NATIONAL_ANALYST, CORD_SCOPE_NATIONAL, ""), "",
         true},
        {&nation, 17, grant_of(CORD_ACCOUNT_ROLE_NATIONAL_ANALYST, CORD_SCOPE_NATIONAL, ""), "",
         false},
        {&nation, 18, grant_of(CORD_ACCOUNT_ROLE_NATIONAL_ANALYST, CORD_SCOPE_REGION, "Y56"), "",
         false},
        {&nation, 18, grant_of(CORD_ACCOUNT_ROLE_SECURITY_LEAD, CORD_SCOPE_ORGANISATION, "RXA"), "",
         true},
        {&region, 18, grant_of(CORD_ACCOUNT_ROLE_REGIONAL_LEAD, CORD_SCOPE_REGION, "Y56"), "",
         true},
        {&region, 18, grant_of(CORD_ACCOUNT_ROLE_REGIONAL_LEAD, CORD_SCOPE_REGION, "Y63"), "",
         false},
        {&region, 18, grant_of(CORD_ACCOUNT_ROLE_COMMANDER, CORD_SCOPE_NATIONAL, ""), "", false},
        {&region, 18, grant_of(CORD_ACCOUNT_ROLE_SECURITY_LEAD, CORD_SCOPE_ORGANISATION, "RXA"),
         "Y56", true},
        {&region, 18, grant_of(CORD_ACCOUNT_ROLE_SECURITY_LEAD, CORD_SCOPE_ORGANISATION, "RXA"),
         "Y63", false},
        {&region, 18, grant_of(CORD_ACCOUNT_ROLE_SECURITY_LEAD, CORD_SCOPE_ORGANISATION, "RXA"), "",
         false},
        {&member, 18, grant_of(CORD_ACCOUNT_ROLE_COMMANDER, CORD_SCOPE_ORGANISATION, "R1H"), "Y56",
         true},
        {&member, 18, grant_of(CORD_ACCOUNT_ROLE_COMMANDER, CORD_SCOPE_ORGANISATION, "RXA"), "Y56",
         false},
        {&member, 18, grant_of(CORD_ACCOUNT_ROLE_COMMANDER, CORD_SCOPE_REGION, "Y56"), "", false},
        {&member, 18, grant_of(CORD_ACCOUNT_ROLE_COMMANDER, CORD_SCOPE_NATIONAL, ""), "", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct cord_rights rights = rights_of(cases[i].by);
        bool may = cord_rights_is_yes(cord_rights_may_grant(&rights, cases[i].to, &cases[i].what,
                                                            cord_str_from(cases[i].region), NOW));
        if (may != cases[i].may) {
            fail_msg("case %zu", i);
        }
    }
    const struct cord_grant lead =
        grant_of(CORD_ACCOUNT_ROLE_SECURITY_LEAD, CORD_SCOPE_ORGANISATION, "R1H");
    const struct cord_rights other = rights_of(&lead);
    CHECK(!cord_rights_is_yes(cord_rights_may_grant(&other, 18, &lead, CORD_STR("Y56"), NOW)));
}

/* --- every combination, against the rules told another way --- */

struct world {
    struct cord_rights rights;
    struct cord_resource resource;
    enum cord_verb verb;
};

/* What a role sees at most within its scope, as the manual tells it. */
static enum cord_claim_marking secret_of(enum cord_account_role role)
{
    switch (role) {
    case CORD_ACCOUNT_ROLE_SECURITY_LEAD:
    case CORD_ACCOUNT_ROLE_CLINICAL_SAFETY_OFFICER:
    case CORD_ACCOUNT_ROLE_COMMANDER:
        return CORD_CLAIM_RED;
    case CORD_ACCOUNT_ROLE_NATIONAL_ANALYST:
    case CORD_ACCOUNT_ROLE_AUDITOR:
    case CORD_ACCOUNT_ROLE_ADMINISTRATOR:
        return CORD_CLAIM_AMBER_STRICT;
    case CORD_ACCOUNT_ROLE_REGIONAL_LEAD:
    case CORD_ACCOUNT_ROLE_EXECUTIVE:
    case CORD_ACCOUNT_ROLE_COUNT:
    default:
        return CORD_CLAIM_AMBER;
    }
}

static bool shared_with(const struct world *world, const char *name)
{
    for (size_t i = 0; i < world->resource.shared_count; i++) {
        if (cord_str_eq(world->resource.shared[i], cord_str_from(name))) {
            return true;
        }
    }
    return false;
}

static bool naive_yes(const struct world *world)
{
    const struct cord_grant *grant = &world->rights.grants[0];
    const struct cord_resource *resource = &world->resource;
    enum cord_claim_marking marking = resource->marking;
    bool reads = cord_str_ends(cord_str_from(cord_role_verb_name(world->verb)), CORD_STR(".read"));
    bool has = matrix[world->verb][30 + 2 * (unsigned)grant->role] == 'x';
    bool for_scope = (cord_role_row(grant->role)->scopes & 1U << grant->scope) != 0;
    bool strong = world->rights.second_factor || grant->role == CORD_ACCOUNT_ROLE_EXECUTIVE;
    if (!has || !for_scope || !strong) {
        return false;
    }
    char org[40];
    char region[40];
    (void)snprintf(org, sizeof org, "org:%.*s", CORD_STR_ARG(grant->code));
    (void)snprintf(region, sizeof region, "region:%.*s", CORD_STR_ARG(grant->code));
    bool national = grant->scope == CORD_SCOPE_NATIONAL;
    bool by_region = grant->scope == CORD_SCOPE_REGION;
    bool within =
        national || cord_str_eq(grant->code, by_region ? resource->region : resource->organisation);
    bool fit =
        marking <= secret_of(grant->role) && !(by_region && marking == CORD_CLAIM_AMBER_STRICT);
    bool named =
        (!national && marking != CORD_CLAIM_RED && shared_with(world, by_region ? region : org)) ||
        shared_with(world, "user:17");
    bool reached = (within && fit) || (reads && (marking <= CORD_CLAIM_GREEN || named));
    bool in_house = world->verb == CORD_VERB_ALERTS_ANSWER ||
                    world->verb == CORD_VERB_CONTAINMENT_APPROVE ||
                    world->verb == CORD_VERB_CONTAINMENT_APPROVE_CLINICAL ||
                    world->verb == CORD_VERB_CONTAINMENT_EXECUTE;
    bool allowed = !in_house || grant->scope == CORD_SCOPE_ORGANISATION ||
                   resource->organisation.len == 0 ||
                   (resource->delegated & cord_verbs_of(world->verb)) != 0;
    return reached && allowed;
}

static void check_world(const struct world *world)
{
    enum cord_rights_answer answer =
        cord_rights_may(&world->rights, world->verb, &world->resource, NOW, NULL);
    bool yes = naive_yes(world);
    if (cord_rights_is_yes(answer) != yes ||
        cord_rights_sees(&world->rights, world->verb, &world->resource, NOW) != yes) {
        fail_msg("%s by %s over %s '%.*s': %s of '%.*s'", cord_role_verb_name(world->verb),
                 cord_role_row(world->rights.grants[0].role)->name,
                 cord_role_scope_name(world->rights.grants[0].scope),
                 CORD_STR_ARG(world->rights.grants[0].code),
                 cord_claim_marking_name(world->resource.marking),
                 CORD_STR_ARG(world->resource.organisation));
    }
    bool own = world->resource.organisation.len == 0 ||
               cord_str_eq(world->resource.organisation, world->rights.organisation);
    CHECK(!yes || answer == (own ? CORD_RIGHTS_YES : CORD_RIGHTS_YES_OTHERS));
}

static const cord_str shares[] = {{"org:R1H", 7}, {"region:Y56", 10}, {"user:17", 7},
                                  {"org:RXA", 7}, {"user:170", 8},    {"", 0}};
static const char *const places[][2] = {
    {"R1H", "Y56"}, {"RXA", "Y56"}, {"RTD", "Y63"}, {"", ""}, {"RZZ", ""}};

static void each_resource(struct world *world)
{
    for (size_t place = 0; place < 5; place++) {
        for (unsigned marking = 0; marking <= CORD_CLAIM_RED; marking++) {
            for (size_t share = 0; share < 6; share++) {
                for (unsigned delegated = 0; delegated < 2; delegated++) {
                    world->resource = resource_of(places[place][0], places[place][1],
                                                  (enum cord_claim_marking)marking);
                    world->resource.shared = &shares[share];
                    world->resource.shared_count = 1;
                    world->resource.delegated = delegated ? cord_verbs_of(world->verb) : 0;
                    check_world(world);
                }
            }
        }
    }
}

static void every_combination_is_as_the_rules_say(void)
{
    static const char *const codes[] = {"", "Y56", "R1H"};
    struct world world;
    for (unsigned role = 0; role < CORD_ACCOUNT_ROLE_COUNT; role++) {
        for (unsigned scope = 0; scope < 3; scope++) {
            const struct cord_grant grant =
                grant_of((enum cord_account_role)role, (enum cord_scope)scope, codes[scope]);
            for (unsigned verb = 0; verb < CORD_VERB_COUNT; verb++) {
                for (unsigned strong = 0; strong < 2; strong++) {
                    world.rights = rights_of(&grant);
                    world.rights.second_factor = strong;
                    world.verb = (enum cord_verb)verb;
                    each_resource(&world);
                }
            }
        }
    }
}

/* No grant, nothing visible: for nobody, for an account without grants, with grants that are
 * over, or over nothing. */
static void without_a_grant_nothing_is_visible(void)
{
    struct cord_grant grants[] = {
        grant_of(CORD_ACCOUNT_ROLE_COMMANDER, CORD_SCOPE_NATIONAL, ""),
        grant_of(CORD_ACCOUNT_ROLE_SECURITY_LEAD, CORD_SCOPE_ORGANISATION, "R1H"),
        grant_of(CORD_ACCOUNT_ROLE_AUDITOR, CORD_SCOPE_REGION, "Y56"),
    };
    for (size_t i = 0; i < 3; i++) {
        grants[i].to_ns = NOW;
    }
    const struct cord_rights nobody = {.grants = grants};
    const struct cord_rights bare = {
        .account = 17, .organisation = CORD_STR("R1H"), .second_factor = true};
    struct cord_rights over = rights_of(grants);
    over.count = 3;
    struct cord_grant future = grant_of(CORD_ACCOUNT_ROLE_COMMANDER, CORD_SCOPE_NATIONAL, "");
    future.from_ns = NOW + 1;
    const struct cord_rights later = rights_of(&future);
    const struct cord_rights *const all[] = {&nobody, &bare, &over, &later};
    for (size_t who = 0; who < 4; who++) {
        for (unsigned verb = 0; verb < CORD_VERB_COUNT; verb++) {
            for (size_t place = 0; place < 5; place++) {
                for (unsigned marking = 0; marking <= CORD_CLAIM_RED; marking++) {
                    struct cord_resource resource = resource_of(places[place][0], places[place][1],
                                                                (enum cord_claim_marking)marking);
                    resource.shared = shares;
                    resource.shared_count = 6;
                    resource.delegated = UINT64_MAX;
                    CHECK(cord_rights_may(all[who], (enum cord_verb)verb, &resource, NOW, NULL) ==
                          CORD_RIGHTS_HIDDEN);
                }
            }
        }
    }
}

KIT_MAIN(KIT_TEST(the_table_is_as_it_is_told), KIT_TEST(names_lead_to_their_rows_and_no_others_do),
         KIT_TEST(some_roles_are_kept_apart),
         KIT_TEST(an_organisation_sees_its_own_and_what_is_for_all),
         KIT_TEST(what_is_shared_by_name_is_seen_by_those_alone),
         KIT_TEST(the_centre_acts_on_a_member_only_by_its_word),
         KIT_TEST(a_role_counts_only_in_its_time_and_with_its_factor),
         KIT_TEST(a_token_can_never_do_more_than_it_says),
         KIT_TEST(nobody_gives_what_is_not_theirs_to_give),
         KIT_TEST(every_combination_is_as_the_rules_say),
         KIT_TEST(without_a_grant_nothing_is_visible))
