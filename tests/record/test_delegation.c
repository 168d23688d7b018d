/* test_delegation.c: whose authority was given to whom, as known at one time; and the audit as
 * claims. */
#include "kit/kit_accounts.h"
#include "kit/kit_record.h"
#include "kit/kit_store.h"

#include "record/audit_record.h"
#include "record/delegation.h"

#include <stdio.h>

#define EXECUTE "containment.execute"
#define APPROVE "containment.approve"

struct place {
    char dir[64];
    struct kit_record_clock clock;
    struct cord_record *record;
};

static void open_place(struct place *place)
{
    place->clock.now_ns = 1494547200 * CORD_SECOND_NS;
    kit_store_dir(place->dir);
    place->record = kit_record_open(place->dir, &place->clock);
}

static void close_place(struct place *place)
{
    cord_record_close(place->record);
    kit_store_remove(place->dir);
}

static void say(struct place *place, const char *kind, const char *of, const char *by,
                const char *verb)
{
    char text[512];
    (void)snprintf(text, sizeof text,
                   "{\"kind\":\"delegation.%s\",\"subject\":\"%s\",\"value\":{\"to\":\"org:X24\","
                   "\"verb\":\"%s\"},\"claimant\":\"%s\",\"method\":\"portal\"}",
                   kind, of, verb, by);
    place->clock.now_ns += CORD_SECOND_NS;
    (void)kit_record_say(place->record, text);
}

static cord_verbs verbs_at(struct place *place, int64_t known_ns, const char *of, const char *to)
{
    struct cord_record_view *view = NULL;
    struct cord_delegation *delegation = NULL;
    const struct cord_as_of as_of = {known_ns, INT64_MAX};
    CHECK(cord_record_view_open(place->record, &view, NULL) == CORD_OK);
    CHECK(cord_delegation_build(view, as_of, &delegation, NULL) == CORD_OK);
    cord_verbs verbs = cord_delegation_verbs(delegation, cord_str_from(of), cord_str_from(to));
    cord_delegation_free(delegation);
    cord_record_view_close(view);
    return verbs;
}

static void holds_from_when_it_was_given_until_it_is_taken_back(void)
{
    struct place place;
    open_place(&place);
    CHECK(verbs_at(&place, INT64_MAX, "RXA", "X24") == 0);
    say(&place, "grant", "org:RXA", "org:RXA", EXECUTE);
    int64_t given_ns = place.clock.now_ns;
    say(&place, "grant", "org:RXA", "org:RXA", APPROVE);
    say(&place, "grant", "org:R1H", "org:R1H", APPROVE);
    const cord_verbs execute = cord_verbs_of(CORD_VERB_CONTAINMENT_EXECUTE);
    const cord_verbs approve = cord_verbs_of(CORD_VERB_CONTAINMENT_APPROVE);
    CHECK(verbs_at(&place, INT64_MAX, "RXA", "X24") == (execute | approve));
    CHECK(verbs_at(&place, INT64_MAX, "R1H", "X24") == approve);
    CHECK(verbs_at(&place, INT64_MAX, "RXA", "X25") == 0);
    CHECK(verbs_at(&place, INT64_MAX, "RXA", "") == 0 && verbs_at(&place, INT64_MAX, "", "") == 0);
    CHECK(verbs_at(&place, given_ns, "RXA", "X24") == execute);
    CHECK(verbs_at(&place, given_ns - 1, "RXA", "X24") == 0);
    say(&place, "revoke", "org:RXA", "org:RXA", EXECUTE);
    CHECK(verbs_at(&place, INT64_MAX, "RXA", "X24") == approve);
    CHECK(verbs_at(&place, given_ns, "RXA", "X24") == execute);
    close_place(&place);
}

static void nobody_gives_away_anothers_authority(void)
{
    struct place place;
    open_place(&place);
    say(&place, "grant", "org:RXA", "org:X24", EXECUTE);
    say(&place, "grant", "org:RXA", "user:17", EXECUTE);
    say(&place, "grant", "org:RXA", "org:RXA", "everything.at-all");
    CHECK(verbs_at(&place, INT64_MAX, "RXA", "X24") == 0);
    /* Nor takes it away. */
    say(&place, "grant", "org:RXA", "org:RXA", EXECUTE);
    say(&place, "revoke", "org:RXA", "org:X24", EXECUTE);
    CHECK(verbs_at(&place, INT64_MAX, "RXA", "X24") ==
          cord_verbs_of(CORD_VERB_CONTAINMENT_EXECUTE));
    close_place(&place);
}

/* --- the audit --- */

struct seen {
    size_t count;
    char text[4096];
    size_t len;
};

static cord_status on_claim(void *self, const struct cord_claim *claim,
                            const struct cord_digest *hash)
{
    struct seen *seen = self;
    (void)hash;
    int len = snprintf(seen->text + seen->len, sizeof seen->text - seen->len,
                       "%s %.*s by %.*s %.*s\n", claim->kind->name, CORD_STR_ARG(claim->subject),
                       CORD_STR_ARG(claim->claimant), CORD_STR_ARG(claim->value));
    CHECK(len > 0 && seen->len + (size_t)len < sizeof seen->text);
    CHECK(claim->valid_from_ns != CORD_TIME_NONE && claim->marking == CORD_CLAIM_AMBER_STRICT);
    seen->len += (size_t)len;
    seen->count++;
    return CORD_OK;
}

static struct seen claims_of(struct place *place)
{
    struct seen seen = {0};
    struct cord_record_view *view = NULL;
    const struct cord_claim_filter filter = {.topic = CORD_STR("audit"), .known_ns = INT64_MAX};
    CHECK(cord_record_view_open(place->record, &view, NULL) == CORD_OK);
    CHECK(cord_record_view_claims(view, &filter, (struct cord_claim_page){0, 1000}, on_claim, &seen,
                                  NULL) == CORD_OK);
    cord_record_view_close(view);
    return seen;
}

static void every_change_and_sign_in_is_a_claim_once(void)
{
    struct place place;
    struct kit_accounts kit;
    open_place(&place);
    kit_accounts_init(&kit);
    kit.options.audit = cord_audit_record_port(place.record);
    kit_accounts_reopen(&kit);
    uint64_t ada = kit_accounts_add(&kit, CORD_STR("ada"));
    (void)kit_accounts_grant(&kit, ada, CORD_ACCOUNT_ROLE_AUDITOR, CORD_SCOPE_REGION,
                             CORD_STR("Y56"));
    (void)kit_accounts_sign_in(&kit, CORD_STR("ada"), KIT_PASSWORD, CORD_STR(""));
    (void)kit_accounts_sign_in(&kit, CORD_STR("nobody"), KIT_PASSWORD, CORD_STR(""));
    struct seen seen = claims_of(&place);
    CHECK_U64(seen.count, 5);
    const char *const wanted[] = {
        "audit.change user:1 by user:1 {\"verb\":\"account.add\",\"target\":\"user:1\","
        "\"outcome\":\"done\",\"address\":\"192.0.2.9\",\"organisation\":\"R1H\"}\n",
        "\"reason\":\"grant 1: auditor, region Y56\"}\n",
        "audit.sign_in user:1 by user:1 {\"verb\":\"sign_in.done\",\"target\":\"user:1\","
        "\"outcome\":\"done\",\"address\":\"192.0.2.1\",\"organisation\":\"R1H\"}\n",
        "audit.sign_in user:0 by user:0 {\"verb\":\"sign_in.refused\",\"target\":\"user:0\","
        "\"outcome\":\"refused\",\"address\":\"192.0.2.1\",\"reason\":\"no such account\"}\n",
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (!strstr(seen.text, wanted[i])) {
            fail_msg("%s in\n%s", wanted[i], seen.text);
        }
    }
    /* Told again, it is there once. */
    const struct cord_audit_entry entry = {.key = CORD_STR("accounts:x:1"),
                                           .at_ns = kit.now_ns,
                                           .kind = CORD_STR("audit.change"),
                                           .act = CORD_STR("account.disable"),
                                           .actor = CORD_STR("system:cordon"),
                                           .subject = CORD_STR("user:1")};
    const struct cord_audit port = cord_audit_record_port(place.record);
    CHECK(port.put(port.self, &entry, 1, NULL) == CORD_OK);
    CHECK(port.put(port.self, &entry, 1, NULL) == CORD_OK);
    CHECK_U64(claims_of(&place).count, 6);
    kit_accounts_done(&kit);
    close_place(&place);
}

KIT_MAIN(KIT_TEST(holds_from_when_it_was_given_until_it_is_taken_back),
         KIT_TEST(nobody_gives_away_anothers_authority),
         KIT_TEST(every_change_and_sign_in_is_a_claim_once))
