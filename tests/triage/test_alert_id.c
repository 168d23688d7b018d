/* test_alert_id.c: names of alerts. */
#include "kit/kit.h"

#include "triage/alert.h"
#include "triage/alert_id.h"

static struct cord_alert_id_key key_of(unsigned char first)
{
    const unsigned char bytes[CORD_ALERT_ID_KEY_BYTES] = {first, 1, 2, 3, 4, 5, 6, 7, 8};
    return cord_alert_id_key(bytes);
}

static void comes_back_from_its_text(void)
{
    struct cord_alert_id_key key = key_of(9);
    char text[CORD_ALERT_ID_TEXT];
    for (uint64_t i = 0; i < 3000; i++) {
        uint64_t number = (i * UINT64_C(0x9e3779b97f4a7c15)) & CORD_ALERT_ID_NUMBER_MAX;
        uint64_t back = 0;
        cord_str id = cord_alert_id_format(&key, number, text);
        CHECK_U64(id.len, CORD_ALERT_ID_TEXT - 1);
        CHECK(cord_alert_id_parse(&key, id, &back));
        CHECK_U64(back, number);
    }
}

/* Neighbours have nothing in common, and another key gives other ids. */
static void tells_no_count(void)
{
    struct cord_alert_id_key key = key_of(9);
    struct cord_alert_id_key other = key_of(10);
    char a[CORD_ALERT_ID_TEXT];
    char b[CORD_ALERT_ID_TEXT];
    (void)cord_alert_id_format(&key, 1, a);
    (void)cord_alert_id_format(&key, 2, b);
    CHECK(memcmp(a + 2, b + 2, 4) != 0);
    (void)cord_alert_id_format(&other, 1, b);
    CHECK(strcmp(a, b) != 0);
}

static void forgives_how_it_is_written(void)
{
    struct cord_alert_id_key key = key_of(9);
    uint64_t a = 1;
    uint64_t b = 2;
    CHECK(cord_alert_id_parse(&key, CORD_STR("A-0123-45LO"), &a));
    CHECK(cord_alert_id_parse(&key, CORD_STR("a-oI2345-1-0"), &b));
    CHECK_U64(a, b);
}

static void refuses_what_is_none(void)
{
    static const char *const texts[] = {"",           "A-",           "B-0123-4567", "A0123-4567",
                                        "A-0123-456", "A-0123-45678", "A-0123-456U", "A-0123 4567"};
    struct cord_alert_id_key key = key_of(9);
    uint64_t number = 77;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        CHECK(!cord_alert_id_parse(&key, cord_str_from(texts[i]), &number));
    }
    CHECK(!cord_alert_id_parse(&key, (cord_str){"A-0123-45\0007", 11}, &number));
    CHECK_U64(number, 77);
}

static void names_come_back(void)
{
    for (int i = CORD_ALERT_NEW; i <= CORD_ALERT_CLOSED; i++) {
        enum cord_alert_status status = CORD_ALERT_NEW;
        CHECK(cord_alert_status_find(
            cord_str_from(cord_alert_status_name((enum cord_alert_status)i)), &status));
        CHECK(status == (enum cord_alert_status)i);
    }
    for (int i = CORD_ALERT_TRUE_POSITIVE; i <= CORD_ALERT_OTHER; i++) {
        enum cord_alert_reason reason = CORD_ALERT_REASON_NONE;
        CHECK(cord_alert_reason_find(
            cord_str_from(cord_alert_reason_name((enum cord_alert_reason)i)), &reason));
        CHECK(reason == (enum cord_alert_reason)i);
    }
    for (int i = CORD_ALERT_UNKNOWN; i <= CORD_ALERT_LIFE_CRITICAL; i++) {
        enum cord_alert_criticality value = CORD_ALERT_UNKNOWN;
        CHECK(cord_alert_criticality_find(
            cord_str_from(cord_alert_criticality_name((enum cord_alert_criticality)i)), &value));
        CHECK(value == (enum cord_alert_criticality)i);
    }
    for (int i = CORD_ALERT_HOST; i <= CORD_ALERT_ORGANISATION; i++) {
        enum cord_alert_entity kind = CORD_ALERT_HOST;
        CHECK(cord_alert_entity_find(
            cord_str_from(cord_alert_entity_name((enum cord_alert_entity)i)), &kind));
        CHECK(kind == (enum cord_alert_entity)i);
    }
    enum cord_alert_reason reason;
    CHECK(!cord_alert_reason_find(CORD_STR(""), &reason));
}

KIT_MAIN(KIT_TEST(comes_back_from_its_text), KIT_TEST(tells_no_count),
         KIT_TEST(forgives_how_it_is_written), KIT_TEST(refuses_what_is_none),
         KIT_TEST(names_come_back))
