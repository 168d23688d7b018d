/* test_delivery.c: what is kept for the client, and what is only counted. */
#include "ingest/delivery.h"

#include "ingest/unwrap.h"
#include "ingest/unwrap_kinds.h"
#include "kit/kit.h"

static void keeps_what_the_client_is_told(void)
{
    struct cord_delivery *delivery = cord_delivery_new(&cord_unwrap_ndjson, 4096);
    CHECK(delivery != NULL);
    cord_delivery_lose(delivery, 3, CORD_LOSS_MALFORMED, CORD_STR("byte 7"));
    cord_delivery_lose(delivery, 5, CORD_LOSS_OVERLOAD, (cord_str){0});
    CHECK_U64(delivery->refused, 1);
    CHECK_U64(delivery->shed, 1);
    CHECK_U64(delivery->refusal_count, 2);
    CHECK_STR(delivery->refusals[0].text, "byte 7");
    CHECK_STR_EQ(delivery->refusals[1].text, cord_str_from(cord_loss_help(CORD_LOSS_OVERLOAD)));
    cord_delivery_free(delivery);
    cord_delivery_free(NULL);
}

static void keeps_them_in_the_order_of_items(void)
{
    static const uint32_t items[] = {5, 2, 9, 0, 7};
    static const uint32_t wanted[] = {0, 2, 5, 7, 9};
    struct cord_delivery *delivery = cord_delivery_new(&cord_unwrap_ndjson, 4096);
    CHECK(delivery != NULL);
    for (size_t at = 0; at < 5; at++) {
        cord_delivery_lose(delivery, items[at], CORD_LOSS_EMPTY, (cord_str){0});
    }
    for (size_t at = 0; at < 5; at++) {
        CHECK_U64(delivery->refusals[at].item, wanted[at]);
    }
    cord_delivery_free(delivery);
}

static void counts_beyond_what_it_keeps(void)
{
    struct cord_delivery *delivery = cord_delivery_new(&cord_unwrap_ndjson, 4096);
    CHECK(delivery != NULL);
    for (uint32_t item = 0; item < CORD_DELIVERY_REFUSALS_MAX + 5; item++) {
        cord_delivery_lose(delivery, item, CORD_LOSS_EMPTY, CORD_STR("nothing"));
    }
    CHECK_U64(delivery->refused, CORD_DELIVERY_REFUSALS_MAX + 5);
    CHECK_U64(delivery->refusal_count, CORD_DELIVERY_REFUSALS_MAX);
    cord_delivery_free(delivery);
}

static void hands_the_answer_over(void)
{
    struct cord_unwrap unwrap;
    CHECK(cord_unwrap_init(&unwrap, 4096));
    struct cord_delivery *delivery = cord_delivery_new(&cord_unwrap_bulk, 4096);
    CHECK(delivery != NULL);
    delivery->context = cord_delivery_keep(delivery, CORD_STR("logs"));
    CHECK(cord_delivery_unwrap(delivery, CORD_STR("{\"create\":{}}\n{}\n"), &unwrap, NULL) ==
          CORD_OK);
    CHECK_STR(cord_buf_str(&delivery->answer), "1 create logs\n");
    CHECK_U64(unwrap.items, 1);
    cord_unwrap_reset(&unwrap);
    unwrap.text.bytes_max = 1;
    CHECK(cord_delivery_unwrap(delivery, CORD_STR("{\"create\":{}}\n{}\n"), &unwrap, NULL) ==
          CORD_E_FORMAT);
    cord_delivery_free(delivery);
    cord_unwrap_done(&unwrap);
}

KIT_MAIN(KIT_TEST(keeps_what_the_client_is_told), KIT_TEST(keeps_them_in_the_order_of_items),
         KIT_TEST(counts_beyond_what_it_keeps), KIT_TEST(hands_the_answer_over))
