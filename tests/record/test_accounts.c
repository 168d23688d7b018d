/* test_accounts.c: accounts and their audit: told once, whatever happens between. */
#include "kit/kit_accounts.h"

#include "base/timestamp.h"
#include "record/account_token.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static cord_status add(struct kit_accounts *kit, cord_str login, cord_str name, cord_str code,
                       struct cord_error *err)
{
    const struct cord_account_new account = {.login = login, .name = name, .organisation = code};
    uint64_t number = 0;
    return cord_accounts_add(kit->accounts, &account, &kit_accounts_actor, &number, err);
}

static void keeps_what_it_is_told_and_gives_it_back(void)
{
    struct kit_accounts kit;
    struct cord_account account;
    kit_accounts_init(&kit);
    const struct cord_account_new ada = {.login = CORD_STR("Ada.B@R1H"),
                                         .name = CORD_STR("Ada Bélanger"),
                                         .organisation = CORD_STR("R1H"),
                                         .issuer = CORD_STR("https://id.example"),
                                         .subject = CORD_STR("0042")};
    uint64_t number = 0;
    CHECK(cord_accounts_add(kit.accounts, &ada, &kit_accounts_actor, &number, NULL) == CORD_OK);
    kit_accounts_reopen(&kit);
    CHECK(cord_accounts_find(kit.accounts, CORD_STR("ADA.b@r1h"), kit.arena, &account, NULL) ==
          CORD_OK);
    CHECK(account.number == number && account.created_ns == kit.now_ns);
    CHECK_STR(account.login, "ada.b@r1h");
    CHECK_STR(account.name, "Ada Bélanger");
    CHECK(account.disabled_ns == CORD_TIME_NONE && account.signed_in_ns == CORD_TIME_NONE);
    CHECK(!account.has_password && !account.has_second_factor && account.recovery_codes == 0);
    CHECK(cord_accounts_by_subject(kit.accounts, CORD_STR("https://id.example"), CORD_STR("0042"),
                                   kit.arena, &account, NULL) == CORD_OK);
    CHECK(account.number == number);
    CHECK(cord_accounts_by_subject(kit.accounts, CORD_STR("https://id.example"), CORD_STR("42"),
                                   kit.arena, &account, NULL) == CORD_E_NOENT);
    CHECK(cord_accounts_get(kit.accounts, number + 1, kit.arena, &account, NULL) == CORD_E_NOENT);
    CHECK(cord_accounts_get(kit.accounts, UINT64_MAX, kit.arena, &account, NULL) == CORD_E_NOENT);
    kit_accounts_done(&kit);
}

static void refuses_what_is_no_account_and_says_which_member(void)
{
    struct kit_accounts kit;
    kit_accounts_init(&kit);
    char longest[CORD_ACCOUNTS_LOGIN_MAX + 1];
    memset(longest, 'a', sizeof longest);
    CHECK(add(&kit, CORD_STR("ada"), CORD_STR("Ada"), CORD_STR("R1H"), NULL) == CORD_OK);
    CHECK(add(&kit, (cord_str){longest, CORD_ACCOUNTS_LOGIN_MAX}, CORD_STR("A"), CORD_STR("R1H"),
              NULL) == CORD_OK);
    const struct {
        cord_str login, name, code;
        const char *member;
    } wrong[] = {
        {CORD_STR(""), CORD_STR("A"), CORD_STR("R1H"), "login"},
        {CORD_STR("a b"), CORD_STR("A"), CORD_STR("R1H"), "login"},
        {CORD_STR("a\0b"), CORD_STR("A"), CORD_STR("R1H"), "login"},
        {CORD_STR("zoé"), CORD_STR("A"), CORD_STR("R1H"), "login"},
        {{longest, sizeof longest}, CORD_STR("A"), CORD_STR("R1H"), "login"},
        {CORD_STR("ADA"), CORD_STR("A"), CORD_STR("R1H"), "login"},
        {CORD_STR("b"), CORD_STR(""), CORD_STR("R1H"), "name"},
        {CORD_STR("b"), CORD_STR("A\nB"), CORD_STR("R1H"), "name"},
        {CORD_STR("b"), CORD_STR("\xff"), CORD_STR("R1H"), "name"},
        {CORD_STR("b"), CORD_STR("A"), CORD_STR(""), "organisation"},
        {CORD_STR("b"), CORD_STR("A"), CORD_STR("R1H'"), "organisation"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct cord_error err = {""};
        CHECK(add(&kit, wrong[i].login, wrong[i].name, wrong[i].code, &err) == CORD_E_FORMAT);
        CHECK(strncmp(err.text, wrong[i].member, strlen(wrong[i].member)) == 0);
    }
    kit_accounts_done(&kit);
}

static void lists_them_page_by_page(void)
{
    struct kit_accounts kit;
    kit_accounts_init(&kit);
    for (unsigned i = 0; i < 5; i++) {
        char login[8];
        (void)snprintf(login, sizeof login, "u%u", i);
        CHECK(add(&kit, cord_str_from(login), CORD_STR("A"), CORD_STR("R1H"), NULL) == CORD_OK);
    }
    struct cord_accounts_page page = {NULL, 0};
    struct cord_accounts_among among = {.limit = 3};
    CHECK(cord_accounts_list(kit.accounts, &among, kit.arena, &page, NULL) == CORD_OK);
    CHECK(page.count == 3);
    among.after = page.items[2].number;
    CHECK(cord_accounts_list(kit.accounts, &among, kit.arena, &page, NULL) == CORD_OK);
    CHECK(page.count == 2);
    CHECK_STR(page.items[1].login, "u4");
    kit_accounts_done(&kit);
}

/* --- of some organisations --- */

static uint64_t add_with(struct kit_accounts *kit, cord_str login, cord_str code)
{
    char secret[CORD_TOKEN_TEXT];
    uint64_t number = 0;
    uint64_t of_token = 0;
    const struct cord_account_new account = {
        .login = login, .name = CORD_STR("A"), .organisation = code};
    struct cord_account_token token = {.name = CORD_STR("t"),
                                       .verbs = cord_verbs_of(CORD_VERB_CLAIMS_READ),
                                       .ends_ns = kit->now_ns + 86400 * CORD_SECOND_NS};
    CHECK(cord_accounts_add(kit->accounts, &account, &kit_accounts_actor, &number, NULL) ==
          CORD_OK);
    token.account = number;
    CHECK(cord_account_token_add(kit->accounts, &token, &kit_accounts_actor, secret, &of_token,
                                 NULL) == CORD_OK);
    (void)kit_accounts_grant(kit, number, CORD_ACCOUNT_ROLE_AUDITOR, CORD_SCOPE_ORGANISATION, code);
    return number;
}

/* What three lists of an organisation's come to, and what the database did for them. */
static uint64_t list_all_three(struct kit_accounts *kit, uint64_t account)
{
    static const cord_str codes[] = {{"RXB", 3}, {"R1H\"", 4}, {"RXA", 3}, {"RXA", 3}};
    const struct cord_accounts_among among = {
        .some = true, .codes = codes, .count = 4, .account = account, .limit = 3};
    struct cord_accounts_page page = {NULL, 0};
    struct cord_account_grants grants = {NULL, NULL, 0};
    struct cord_account_token *tokens = NULL;
    size_t count = 0;
    uint64_t before = cord_accounts_looked(kit->accounts);
    CHECK(cord_accounts_list(kit->accounts, &among, kit->arena, &page, NULL) == CORD_OK);
    CHECK(cord_account_token_page(kit->accounts, &among, kit->arena, &tokens, &count, NULL) ==
          CORD_OK);
    CHECK(cord_account_grant_page(kit->accounts, &among, kit->arena, &grants, NULL) == CORD_OK);
    CHECK(page.count == count && grants.count == count);
    for (size_t i = 0; i < count; i++) {
        CHECK(tokens[i].account == page.items[i].number && grants.accounts[i] == tokens[i].account);
        CHECK(page.items[i].organisation.ptr[0] == 'R' && page.items[i].organisation.ptr[1] == 'X');
    }
    CHECK(count == (account ? 1 : 2));
    return cord_accounts_looked(kit->accounts) - before;
}

/* N13: how many accounts, tokens and roles others have is not to be had from what a list costs. */
static void a_list_of_some_costs_the_same_whatever_others_have(void)
{
    struct kit_accounts kit;
    kit_accounts_init(&kit);
    uint64_t ours = add_with(&kit, CORD_STR("ours"), CORD_STR("RXA"));
    (void)add_with(&kit, CORD_STR("too"), CORD_STR("RXB"));
    (void)add_with(&kit, CORD_STR("last"), CORD_STR("RZZ")); /* so that ours is never the end */
    uint64_t alone = list_all_three(&kit, 0);
    uint64_t of_one = list_all_three(&kit, ours);
    CHECK(alone > 0 && of_one > 0);
    for (unsigned i = 0; i < 60; i++) {
        char login[8];
        (void)snprintf(login, sizeof login, "o%u", i);
        (void)add_with(&kit, cord_str_from(login), i % 2 ? CORD_STR("RWX") : CORD_STR("RYZ"));
    }
    CHECK_U64(list_all_three(&kit, 0), alone);
    CHECK_U64(list_all_three(&kit, ours), of_one);
    kit_accounts_done(&kit);
}

static void a_grant_is_found_by_its_number(void)
{
    struct kit_accounts kit;
    struct cord_grant grant;
    uint64_t account = 0;
    kit_accounts_init(&kit);
    uint64_t ada = kit_accounts_add(&kit, CORD_STR("ada"));
    uint64_t number = kit_accounts_grant(&kit, ada, CORD_ACCOUNT_ROLE_AUDITOR,
                                         CORD_SCOPE_ORGANISATION, CORD_STR("RXA"));
    CHECK(cord_account_grant_get(kit.accounts, number, kit.arena, &grant, &account, NULL) ==
          CORD_OK);
    CHECK(account == ada && grant.role == CORD_ACCOUNT_ROLE_AUDITOR && grant.number == number);
    CHECK_STR(grant.code, "RXA");
    CHECK(cord_account_grant_revoke(kit.accounts, number, &kit_accounts_actor, NULL) == CORD_OK);
    CHECK(cord_account_grant_get(kit.accounts, number, kit.arena, &grant, &account, NULL) ==
          CORD_E_NOENT);
    kit_accounts_done(&kit);
}

static void is_the_owners_file_alone(void)
{
    struct kit_accounts kit;
    char path[128];
    struct stat about;
    kit_accounts_init(&kit);
    (void)kit_accounts_add(&kit, CORD_STR("ada"));
    for (const char *const *end = (const char *const[]){"", "-wal", "-shm", NULL}; *end; end++) {
        (void)snprintf(path, sizeof path, "%s/accounts.sqlite%s", kit.dir, *end);
        CHECK(stat(path, &about) == 0 && (about.st_mode & 0777) == 0600);
    }
    kit_accounts_done(&kit);
}

/* Nothing of what opens an account is in the file or in the audit. */
static void keeps_no_secret_as_it_is(void)
{
    struct kit_accounts kit;
    char path[128];
    kit_accounts_init(&kit);
    (void)kit_accounts_add(&kit, CORD_STR("ada"));
    struct cord_sign_in_result result =
        kit_accounts_sign_in(&kit, CORD_STR("ada"), KIT_PASSWORD, CORD_STR(""));
    CHECK(result.outcome == CORD_SIGN_IN_DONE);
    for (const char *const *end = (const char *const[]){"", "-wal", NULL}; *end; end++) {
        (void)snprintf(path, sizeof path, "%s/accounts.sqlite%s", kit.dir, *end);
        cord_str file = kit_read_file(path);
        CHECK(cord_str_find(file, KIT_PASSWORD, 0) == SIZE_MAX);
        CHECK(cord_str_find(file, cord_str_from(result.token), 0) == SIZE_MAX);
        free((void *)(uintptr_t)file.ptr);
    }
    CHECK(!kit_accounts_was_told(&kit, result.token) && !kit_accounts_was_told(&kit, "ada"));
    kit_accounts_done(&kit);
}

/* Also when another process changes them: `cordon admin` beside a server. */
static void the_version_tells_of_every_change(void)
{
    struct kit_accounts kit;
    struct cord_accounts *other = NULL;
    struct cord_accounts_options options;
    uint64_t before = 0;
    uint64_t after = 0;
    kit_accounts_init(&kit);
    uint64_t ada = kit_accounts_add(&kit, CORD_STR("ada"));
    CHECK(cord_accounts_version(kit.accounts, &before, NULL) == CORD_OK);
    CHECK(cord_accounts_version(kit.accounts, &after, NULL) == CORD_OK);
    CHECK_U64(before, after);
    (void)kit_accounts_grant(&kit, ada, CORD_ACCOUNT_ROLE_AUDITOR, CORD_SCOPE_NATIONAL,
                             CORD_STR(""));
    CHECK(cord_accounts_version(kit.accounts, &after, NULL) == CORD_OK);
    CHECK(after != before);
    options = kit.options;
    CHECK(cord_accounts_open(kit.dir, &options, &other, NULL) == CORD_OK);
    CHECK(cord_accounts_version(kit.accounts, &before, NULL) == CORD_OK);
    CHECK(cord_accounts_disable(other, ada, &kit_accounts_actor, NULL) == CORD_OK);
    cord_accounts_close(other);
    CHECK(cord_accounts_version(kit.accounts, &after, NULL) == CORD_OK);
    CHECK(after != before);
    kit_accounts_done(&kit);
}

static void disabling_ends_all_and_enabling_brings_back_the_account(void)
{
    struct kit_accounts kit;
    struct cord_identity identity;
    kit_accounts_init(&kit);
    uint64_t ada = kit_accounts_add(&kit, CORD_STR("ada"));
    struct cord_sign_in_result result =
        kit_accounts_sign_in(&kit, CORD_STR("ada"), KIT_PASSWORD, CORD_STR(""));
    CHECK(cord_accounts_disable(kit.accounts, ada, &kit_accounts_actor, NULL) == CORD_OK);
    CHECK(cord_account_session_check(kit.accounts, cord_str_from(result.token), kit.arena,
                                     &identity, NULL) == CORD_E_NOENT);
    CHECK(kit_accounts_sign_in(&kit, CORD_STR("ada"), KIT_PASSWORD, CORD_STR("")).outcome ==
          CORD_SIGN_IN_REFUSED);
    CHECK(cord_accounts_enable(kit.accounts, ada, &kit_accounts_actor, NULL) == CORD_OK);
    CHECK(kit_accounts_sign_in(&kit, CORD_STR("ada"), KIT_PASSWORD, CORD_STR("")).outcome ==
          CORD_SIGN_IN_DONE);
    CHECK(cord_account_session_check(kit.accounts, cord_str_from(result.token), kit.arena,
                                     &identity, NULL) == CORD_E_NOENT);
    CHECK(cord_accounts_disable(kit.accounts, 99, &kit_accounts_actor, NULL) == CORD_E_NOENT);
    CHECK(kit_accounts_was_told(&kit, "audit.change account.disable user:1 user:1 R1H"));
    CHECK(kit_accounts_was_told(&kit, "audit.change account.enable user:1 user:1 R1H"));
    CHECK(kit_accounts_was_told(
        &kit, "audit.sign_in sign_in.refused user:1 user:1 R1H the account is disabled"));
    kit_accounts_done(&kit);
}

static void another_password_ends_every_session(void)
{
    struct kit_accounts kit;
    struct cord_identity identity;
    kit_accounts_init(&kit);
    uint64_t ada = kit_accounts_add(&kit, CORD_STR("ada"));
    struct cord_sign_in_result result =
        kit_accounts_sign_in(&kit, CORD_STR("ada"), KIT_PASSWORD, CORD_STR(""));
    struct cord_error err = {""};
    CHECK(cord_accounts_set_password(kit.accounts, ada, CORD_STR("short"), &kit_accounts_actor,
                                     &err) == CORD_E_FORMAT);
    CHECK(strstr(err.text, "12 characters") != NULL);
    CHECK(cord_accounts_set_password(kit.accounts, ada, CORD_STR("another password"),
                                     &kit_accounts_actor, NULL) == CORD_OK);
    CHECK(cord_account_session_check(kit.accounts, cord_str_from(result.token), kit.arena,
                                     &identity, NULL) == CORD_E_NOENT);
    CHECK(kit_accounts_sign_in(&kit, CORD_STR("ada"), KIT_PASSWORD, CORD_STR("")).outcome ==
          CORD_SIGN_IN_REFUSED);
    CHECK(kit_accounts_sign_in(&kit, CORD_STR("ada"), CORD_STR("another password"), CORD_STR(""))
              .outcome == CORD_SIGN_IN_DONE);
    kit_accounts_done(&kit);
}

/* --- the audit --- */

static void what_cannot_be_told_is_told_later_once(void)
{
    struct kit_accounts kit;
    uint64_t left = 0;
    kit_accounts_init(&kit);
    kit.deaf = true;
    (void)kit_accounts_add(&kit, CORD_STR("ada"));
    CHECK(kit.told_count == 0);
    CHECK(cord_account_audit_tell(kit.accounts, &left, NULL) == CORD_E_LIMIT);
    kit_accounts_reopen(&kit);
    kit.deaf = false;
    CHECK(cord_account_audit_tell(kit.accounts, &left, NULL) == CORD_OK && left == 0);
    CHECK(kit.told_count == 2);
    CHECK(cord_account_audit_tell(kit.accounts, &left, NULL) == CORD_OK);
    CHECK(kit.told_count == 2);
    kit_accounts_done(&kit);
}

static void a_change_that_fails_is_not_told(void)
{
    struct kit_accounts kit;
    kit_accounts_init(&kit);
    (void)kit_accounts_add(&kit, CORD_STR("ada"));
    size_t before = kit.told_count;
    CHECK(add(&kit, CORD_STR("ada"), CORD_STR("A"), CORD_STR("R1H"), NULL) == CORD_E_FORMAT);
    CHECK(cord_accounts_enable(kit.accounts, 77, &kit_accounts_actor, NULL) == CORD_E_NOENT);
    CHECK(kit.told_count == before);
    kit_accounts_done(&kit);
}

/* --- many at once --- */

enum { THREADS = 4, EACH = 8 };

struct writer {
    struct kit_accounts *kit;
    unsigned number;
};

static void *add_many(void *argument)
{
    const struct writer *writer = argument;
    size_t failed = 0;
    for (unsigned i = 0; i < EACH; i++) {
        char login[32];
        (void)snprintf(login, sizeof login, "t%u.%u", writer->number, i);
        const struct cord_account_new account = {
            .login = cord_str_from(login), .name = CORD_STR("A"), .organisation = CORD_STR("R1H")};
        uint64_t number = 0;
        failed += cord_accounts_add(writer->kit->accounts, &account, &kit_accounts_actor, &number,
                                    NULL) == CORD_OK
                      ? 0
                      : 1;
    }
    return failed == 0 ? argument : NULL;
}

static void many_threads_change_and_each_change_is_told_once(void)
{
    struct kit_accounts kit;
    pthread_t threads[THREADS];
    struct writer writers[THREADS];
    uint64_t left = 1;
    kit_accounts_init(&kit);
    for (unsigned i = 0; i < THREADS; i++) {
        writers[i] = (struct writer){&kit, i};
        CHECK(pthread_create(&threads[i], NULL, add_many, &writers[i]) == 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        void *result = NULL;
        CHECK(pthread_join(threads[i], &result) == 0);
        CHECK(result != NULL);
    }
    CHECK(cord_account_audit_tell(kit.accounts, &left, NULL) == CORD_OK && left == 0);
    CHECK_U64(kit.told_count, THREADS * EACH);
    struct cord_accounts_page page = {NULL, 0};
    CHECK(cord_accounts_list(kit.accounts, &(struct cord_accounts_among){.limit = 1000}, kit.arena,
                             &page, NULL) == CORD_OK);
    CHECK_U64(page.count, THREADS * EACH);
    kit_accounts_done(&kit);
}

/* --- killed --- */

/* Adds accounts with a role until it is killed, and says so of each; the audit waits in
 * the file. */
static void add_for_ever(struct kit_accounts *kit, int told)
{
    for (unsigned i = 0;; i++) {
        char login[32];
        (void)snprintf(login, sizeof login, "k%d.%u", (int)getpid(), i);
        (void)kit_accounts_grant(kit, kit_accounts_add(kit, cord_str_from(login)),
                                 CORD_ACCOUNT_ROLE_AUDITOR, CORD_SCOPE_NATIONAL, CORD_STR(""));
        CHECK(write(told, "", 1) == 1);
    }
}

/* A child adds so many, and is killed some time after. */
static void kill_one_that_adds(struct kit_accounts *kit, bool deaf, unsigned count)
{
    int told[2];
    char byte;
    CHECK(pipe2(told, O_CLOEXEC) == 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        kit->deaf = deaf;
        kit_accounts_reopen(kit);
        add_for_ever(kit, told[1]);
    }
    CHECK(close(told[1]) == 0);
    for (unsigned i = 0; i < count; i++) {
        CHECK(read(told[0], &byte, 1) == 1);
    }
    (void)usleep(count * 300);
    CHECK(kill(child, SIGKILL) == 0);
    CHECK(waitpid(child, NULL, 0) == child);
    CHECK(close(told[0]) == 0);
}

/* As many as the text is in. */
static size_t count_told(const struct kit_accounts *kit, const char *text)
{
    size_t count = 0;
    cord_str told = cord_buf_str(&kit->told);
    for (size_t at = 0; (at = cord_str_find(told, cord_str_from(text), at)) != SIZE_MAX; at++) {
        count++;
    }
    return count;
}

static void killed_at_any_moment_every_change_was_made_and_told_or_neither(void)
{
    struct kit_accounts kit;
    kit_accounts_init(&kit);
    for (unsigned round = 0; round < 6; round++) {
        cord_accounts_close(kit.accounts);
        kit.accounts = NULL;
        kill_one_that_adds(&kit, round % 2 == 0, 1 + round * 3);
        kit_accounts_reopen(&kit);
    }
    struct cord_accounts_page page = {NULL, 0};
    struct cord_account_grants grants = {NULL, NULL, 0};
    uint64_t left = 1;
    /* What a child with ears was told went with it: only the deaf ones' is counted here. */
    CHECK(cord_account_audit_tell(kit.accounts, &left, NULL) == CORD_OK && left == 0);
    CHECK(cord_accounts_list(kit.accounts, &(struct cord_accounts_among){.limit = 10000}, kit.arena,
                             &page, NULL) == CORD_OK);
    CHECK(cord_account_grant_list(kit.accounts, 0, kit.arena, &grants, NULL) == CORD_OK);
    CHECK(page.count > 0 && grants.count <= page.count && grants.count + 6 >= page.count);
    CHECK(count_told(&kit, "account.add") <= page.count);
    CHECK(count_told(&kit, "grant.add") <= grants.count);
    kit_accounts_done(&kit);
}

/* The same with nobody who listens: then all is in the file, to the last one. */
static void killed_before_it_could_tell_nothing_is_lost(void)
{
    struct kit_accounts kit;
    kit_accounts_init(&kit);
    cord_accounts_close(kit.accounts);
    kit.accounts = NULL;
    kill_one_that_adds(&kit, true, 20);
    kit_accounts_reopen(&kit);
    struct cord_accounts_page page = {NULL, 0};
    struct cord_account_grants grants = {NULL, NULL, 0};
    CHECK(cord_account_audit_tell(kit.accounts, NULL, NULL) == CORD_OK);
    CHECK(cord_accounts_list(kit.accounts, &(struct cord_accounts_among){.limit = 10000}, kit.arena,
                             &page, NULL) == CORD_OK);
    CHECK(cord_account_grant_list(kit.accounts, 0, kit.arena, &grants, NULL) == CORD_OK);
    CHECK_U64(count_told(&kit, "account.add"), page.count);
    CHECK_U64(count_told(&kit, "grant.add"), grants.count);
    kit_accounts_done(&kit);
}

/* --- files that are something else --- */

static void refuses_a_file_that_is_none_of_ours(void)
{
    struct kit_accounts kit;
    struct cord_accounts *accounts = NULL;
    struct cord_error err = {""};
    char path[128];
    kit_accounts_init(&kit);
    cord_accounts_close(kit.accounts);
    kit.accounts = NULL;
    (void)snprintf(path, sizeof path, "%s/accounts.sqlite", kit.dir);
    int file = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    const char text[] = "this is no database, whatever its name says about it; far from it indeed";
    CHECK(write(file, text, sizeof text) == (ssize_t)sizeof text);
    (void)close(file);
    CHECK(cord_accounts_open(kit.dir, &kit.options, &accounts, &err) == CORD_E_DAMAGED);
    CHECK(accounts == NULL && strstr(err.text, path) != NULL);
    kit.options.create = false;
    CHECK(unlink(path) == 0);
    CHECK(cord_accounts_open(kit.dir, &kit.options, &accounts, &err) == CORD_E_NOENT);
    CHECK(accounts == NULL);
    kit_accounts_done(&kit);
}

static void every_failed_allocation_is_a_clean_refusal(void)
{
    struct kit_accounts kit;
    kit_accounts_init(&kit);
    for (size_t nth = 1; nth < 2000; nth++) {
        char login[16];
        (void)snprintf(login, sizeof login, "n%zu", nth);
        const struct cord_account_new account = {
            .login = cord_str_from(login), .name = CORD_STR("A"), .organisation = CORD_STR("R1H")};
        uint64_t number = 0;
        kit.deaf = true;
        kit_fail_allocation(nth);
        cord_status status =
            cord_accounts_add(kit.accounts, &account, &kit_accounts_actor, &number, NULL);
        bool failed = kit_fail_allocation_off();
        CHECK(failed || status == CORD_OK);
        CHECK(status == CORD_OK || status == CORD_E_NOMEM);
        if (!failed) {
            break;
        }
    }
    kit_accounts_done(&kit);
}

KIT_MAIN(KIT_TEST(keeps_what_it_is_told_and_gives_it_back),
         KIT_TEST(refuses_what_is_no_account_and_says_which_member),
         KIT_TEST(lists_them_page_by_page),
         KIT_TEST(a_list_of_some_costs_the_same_whatever_others_have),
         KIT_TEST(a_grant_is_found_by_its_number), KIT_TEST(is_the_owners_file_alone),
         KIT_TEST(keeps_no_secret_as_it_is), KIT_TEST(the_version_tells_of_every_change),
         KIT_TEST(disabling_ends_all_and_enabling_brings_back_the_account),
         KIT_TEST(another_password_ends_every_session),
         KIT_TEST(what_cannot_be_told_is_told_later_once),
         KIT_TEST(a_change_that_fails_is_not_told),
         KIT_TEST(many_threads_change_and_each_change_is_told_once),
         KIT_TEST(killed_at_any_moment_every_change_was_made_and_told_or_neither),
         KIT_TEST(killed_before_it_could_tell_nothing_is_lost),
         KIT_TEST(refuses_a_file_that_is_none_of_ours),
         KIT_TEST(every_failed_allocation_is_a_clean_refusal))
