/* test_account_faults.c: the disk fails, fills up or loses its power at any touch: what was said to
 * be done is there, and told once; the rest is there with its audit, or not at all. */
#include "kit/kit_accounts.h"
#include "kit/kit_disk.h"

#include <stdio.h>

enum { TOUCHES_MAX = 200 };

struct ends {
    cord_status added;
    cord_status granted;
    uint64_t account;
};

static struct ends change(struct kit_accounts *kit)
{
    const struct cord_account_new account = {
        .login = CORD_STR("new"), .name = CORD_STR("New"), .organisation = CORD_STR("R1H")};
    const struct cord_grant grant = {.role = CORD_ACCOUNT_ROLE_AUDITOR,
                                     .scope = CORD_SCOPE_NATIONAL,
                                     .code = CORD_STR(""),
                                     .from_ns = 1,
                                     .to_ns = CORD_TIME_NONE};
    struct ends ends = {CORD_E_IO, CORD_E_IO, 0};
    uint64_t number = 0;
    ends.added =
        cord_accounts_add(kit->accounts, &account, &kit_accounts_actor, &ends.account, NULL);
    if (ends.added == CORD_OK) {
        ends.granted = cord_account_grant_add(kit->accounts, ends.account, &grant,
                                              &kit_accounts_actor, &number, NULL);
    }
    return ends;
}

static size_t count_told(const struct kit_accounts *kit, const char *text)
{
    size_t count = 0;
    cord_str told = cord_buf_str(&kit->told);
    for (size_t at = 0; (at = cord_str_find(told, cord_str_from(text), at)) != SIZE_MAX; at++) {
        count++;
    }
    return count;
}

/* After the fault: as it was said, and the audit says the same as the accounts. */
static void check_ends(struct kit_accounts *kit, const struct ends *ends)
{
    struct cord_account account;
    struct cord_account_grants grants = {NULL, NULL, 0};
    uint64_t left = 1;
    CHECK(cord_account_audit_tell(kit->accounts, &left, NULL) == CORD_OK && left == 0);
    bool there =
        cord_accounts_find(kit->accounts, CORD_STR("new"), kit->arena, &account, NULL) == CORD_OK;
    CHECK(there || ends->added != CORD_OK);
    CHECK(cord_account_grant_list(kit->accounts, 0, kit->arena, &grants, NULL) == CORD_OK);
    CHECK(grants.count == 1 || ends->granted != CORD_OK);
    CHECK_U64(count_told(kit, "account.add"), there ? 1 : 0);
    CHECK_U64(count_told(kit, "grant.add"), grants.count);
}

/* Returns whether the fault happened at all. */
static bool try_fault(enum kit_disk_fault fault, size_t nth)
{
    struct kit_disk *disk = kit_disk_new("accounts_faults");
    struct kit_accounts kit;
    kit_accounts_init(&kit);
    kit.options.vfs = "accounts_faults";
    kit.deaf = true; /* what is told before the power goes would be out of our sight */
    kit_accounts_reopen(&kit);
    kit_disk_set(disk, fault, nth);
    struct ends ends = change(&kit);
    bool hit = kit_disk_hit(disk);
    CHECK(hit || (ends.added == CORD_OK && ends.granted == CORD_OK));
    cord_accounts_close(kit.accounts);
    kit.accounts = NULL;
    if (fault == KIT_DISK_POWER) {
        kit_disk_power_back(disk, nth);
    }
    kit_disk_set(disk, KIT_DISK_GOOD, 0);
    kit.deaf = false;
    kit_accounts_reopen(&kit);
    check_ends(&kit, &ends);
    kit_accounts_done(&kit);
    kit_disk_free(disk);
    return hit;
}

static void each_touch(enum kit_disk_fault fault)
{
    size_t nth = 1;
    while (try_fault(fault, nth)) {
        nth++;
        CHECK(nth < TOUCHES_MAX);
    }
    CHECK(nth > 4);
}

static void a_touch_that_fails_undoes_all_of_its_change(void)
{
    each_touch(KIT_DISK_FAILS);
}

static void a_full_disk_refuses_and_loses_nothing(void)
{
    each_touch(KIT_DISK_FULL);
}

static void after_a_power_cut_what_was_done_is_there(void)
{
    each_touch(KIT_DISK_POWER);
}

KIT_MAIN(KIT_TEST(a_touch_that_fails_undoes_all_of_its_change),
         KIT_TEST(a_full_disk_refuses_and_loses_nothing),
         KIT_TEST(after_a_power_cut_what_was_done_is_there))
