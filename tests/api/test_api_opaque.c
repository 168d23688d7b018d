/* test_api_opaque.c: ids in place of numbers. */
#include "kit/kit.h"

#include "api/api_opaque.h"

#include <stdio.h>
#include <stdlib.h>

static struct cord_api_opaque keyed(unsigned char byte)
{
    struct cord_api_secret secret;
    struct cord_api_opaque opaque;
    memset(secret.bytes, byte, sizeof secret.bytes);
    CHECK(cord_api_opaque_init(&opaque, &secret) == CORD_OK);
    return opaque;
}

static void every_id_is_read_back(void)
{
    const struct cord_api_opaque opaque = keyed(7);
    char id[CORD_API_OPAQUE_TEXT];
    for (unsigned kind = 0; kind < CORD_API_OPAQUE_KINDS; kind++) {
        for (uint64_t number = 1; number < 1000; number++) {
            uint64_t read = 0;
            cord_str text =
                cord_api_opaque_format(&opaque, (enum cord_api_opaque_kind)kind, number, id);
            CHECK_U64(text.len, CORD_API_OPAQUE_TEXT - 1);
            CHECK(cord_api_opaque_parse(&opaque, (enum cord_api_opaque_kind)kind, text, &read));
            CHECK_U64(read, number);
        }
    }
}

/* Neither how many there are nor which was first: of neighbours half come in each order, and
 * the same number of another kind or under another key is another id. */
static void ids_do_not_tell_the_order(void)
{
    const struct cord_api_opaque opaque = keyed(7);
    const struct cord_api_opaque other = keyed(8);
    char before[CORD_API_OPAQUE_TEXT];
    char id[CORD_API_OPAQUE_TEXT];
    size_t rising = 0;
    size_t same_head = 0;
    (void)cord_api_opaque_format(&opaque, CORD_API_OPAQUE_CLAIM, 1, before);
    for (uint64_t number = 2; number <= 2001; number++) {
        (void)cord_api_opaque_format(&opaque, CORD_API_OPAQUE_CLAIM, number, id);
        rising += strcmp(before, id) < 0 ? 1 : 0;
        same_head += strncmp(before, id, 2) == 0 ? 1 : 0;
        memcpy(before, id, sizeof id);
        (void)cord_api_opaque_format(&opaque, CORD_API_OPAQUE_USER, number, id);
        CHECK(strcmp(before, id) != 0);
        (void)cord_api_opaque_format(&other, CORD_API_OPAQUE_CLAIM, number, id);
        CHECK(strcmp(before, id) != 0);
    }
    CHECK(rising > 850 && rising < 1150);
    CHECK(same_head < 20);
}

static void refuses_what_is_no_id(void)
{
    static const char *const wrong[] = {"", "17", "c17", "K7QM-2F9A", "K7QM-2F9A-XHP3-0", "none"};
    const struct cord_api_opaque opaque = keyed(7);
    char id[CORD_API_OPAQUE_TEXT];
    uint64_t number = 5;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK(!cord_api_opaque_parse(&opaque, CORD_API_OPAQUE_USER, cord_str_from(wrong[i]),
                                     &number));
    }
    cord_str text = cord_api_opaque_format(&opaque, CORD_API_OPAQUE_USER, 0, id);
    CHECK(!cord_api_opaque_parse(&opaque, CORD_API_OPAQUE_USER, text, &number));
    (void)cord_api_opaque_format(&opaque, CORD_API_OPAQUE_USER, 3, id);
    id[0] = id[0] == 'A' ? 'B' : 'A';
    CHECK(!cord_api_opaque_parse(&opaque, CORD_API_OPAQUE_USER, text, &number));
    CHECK_U64(number, 5);
}

static void accounts_are_shown_and_read_as_ids(void)
{
    static const char *const as_they_are[] = {"org:R1H",   "system:cordon", "user:0",
                                              "user:jane", "service:spine", ""};
    const struct cord_api_opaque opaque = keyed(7);
    char shown[CORD_API_OPAQUE_SUBJECT];
    char read[CORD_API_OPAQUE_SUBJECT];
    cord_str text;
    cord_str user = cord_api_opaque_show(&opaque, CORD_STR("user:17"), shown);
    CHECK_U64(user.len, 5 + CORD_API_OPAQUE_TEXT - 1);
    CHECK(cord_api_opaque_read(&opaque, user, read, &text));
    CHECK_STR(text, "user:17");
    for (size_t i = 0; i < sizeof as_they_are / sizeof *as_they_are; i++) {
        CHECK_STR_EQ(cord_api_opaque_show(&opaque, cord_str_from(as_they_are[i]), shown),
                     cord_str_from(as_they_are[i]));
    }
    CHECK(cord_api_opaque_read(&opaque, CORD_STR("org:R1H"), read, &text));
    CHECK_STR(text, "org:R1H");
    /* Or whoever asks for user:1, user:2, ... would be told who they are. */
    CHECK(!cord_api_opaque_read(&opaque, CORD_STR("user:17"), read, &text));
    CHECK(!cord_api_opaque_read(&opaque, CORD_STR("token:"), read, &text));
}

static struct cord_claim claim_of(const char *kind, const char *value)
{
    struct cord_claim claim = {
        .number = 17,
        .kind = cord_claim_kind_find(cord_str_from(kind)),
        .subject = CORD_STR("org:R1H"),
        .value = cord_str_from(value),
        .valid_from_ns = CORD_TIME_NONE,
        .valid_to_ns = CORD_TIME_NONE,
        .recorded_ns = 0,
        .claimant = CORD_STR("user:4"),
        .method = CORD_STR("return"),
        .key = CORD_STR("mine:9"),
    };
    CHECK(claim.kind != NULL);
    return claim;
}

static void is_written(const struct cord_claim *claim, const char *value, const char *key)
{
    const struct cord_api_opaque opaque = keyed(7);
    char id[CORD_API_OPAQUE_TEXT];
    char user[CORD_API_OPAQUE_SUBJECT];
    char wanted[1024];
    struct cord_buf out;
    cord_buf_init(&out, 4096);
    cord_api_opaque_write_claim(&opaque, claim, NULL, &out);
    (void)snprintf(
        wanted, sizeof wanted,
        "{\"id\":\"%s\",\"kind\":\"%s\",\"subject\":\"org:R1H\",\"value\":%s,"
        "\"recorded\":\"1970-01-01T00:00:00.000Z\",\"claimant\":\"%.*s\",\"method\":"
        "\"return\",\"confidence\":0,\"basis\":\"confirmed\"%s,\"marking\":\"TLP:CLEAR\"}",
        cord_api_opaque_format(&opaque, CORD_API_OPAQUE_CLAIM, 17, id).ptr, claim->kind->name,
        value, CORD_STR_ARG(cord_api_opaque_show(&opaque, claim->claimant, user)), key);
    CHECK_STR_EQ(cord_buf_str(&out), cord_str_from(wanted));
    cord_buf_done(&out);
}

static void claims_are_written_without_numbers(void)
{
    const struct cord_api_opaque opaque = keyed(7);
    char id[CORD_API_OPAQUE_TEXT];
    char value[256];
    struct cord_claim claim =
        claim_of("status.claim", "{\"state\":\"clear\",\"reason\":\"user:4\"}");
    is_written(&claim, "{\"state\":\"clear\",\"reason\":\"user:4\"}", ",\"key\":\"mine:9\"");
    claim = claim_of("delegation.grant", "{\"to\":\"user:5\",\"verb\":\"claims.write\"}");
    (void)snprintf(value, sizeof value, "{\"to\":\"user:%s\",\"verb\":\"claims.write\"}",
                   cord_api_opaque_format(&opaque, CORD_API_OPAQUE_USER, 5, id).ptr);
    is_written(&claim, value, ",\"key\":\"mine:9\"");
    claim = claim_of("audit.change",
                     "{\"verb\":\"grant.add\",\"target\":\"user:5\",\"outcome\":\"done\","
                     "\"reason\":\"grant 12: commander\"}");
    char grant[CORD_API_OPAQUE_TEXT];
    (void)snprintf(value, sizeof value,
                   "{\"verb\":\"grant.add\",\"target\":\"user:%s\",\"outcome\":\"done\","
                   "\"reason\":\"grant %s: commander\"}",
                   cord_api_opaque_format(&opaque, CORD_API_OPAQUE_USER, 5, id).ptr,
                   cord_api_opaque_format(&opaque, CORD_API_OPAQUE_GRANT, 12, grant).ptr);
    is_written(&claim, value, "");
}

KIT_MAIN(KIT_TEST(every_id_is_read_back), KIT_TEST(ids_do_not_tell_the_order),
         KIT_TEST(refuses_what_is_no_id), KIT_TEST(accounts_are_shown_and_read_as_ids),
         KIT_TEST(claims_are_written_without_numbers))
