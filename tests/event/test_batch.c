/* test_batch.c: a batch owns its memory and balances its counts. */
#include "event/batch.h"
#include "kit/kit.h"

static void fill_text(struct cord_batch *batch, cord_str text)
{
    CHECK(cord_batch_text_grow(batch, text.len) == CORD_OK);
    memcpy(batch->text, text.ptr, text.len);
    batch->text_len = text.len;
}

static void add_value(struct cord_batch *batch, cord_str text)
{
    CHECK(cord_value_add(&batch->values, 7, CORD_VALUE_TEXT, CORD_VALUE_ASCII, text) == CORD_OK);
}

static void events_take_the_values_since_the_last(void)
{
    struct cord_batch *batch = cord_batch_new(16);
    struct cord_event *first, *second, *third;
    CHECK(batch != NULL);
    fill_text(batch, CORD_STR("one two three"));
    batch->text_offset = 1000;
    CHECK_U64(cord_batch_pending(batch), 0);
    add_value(batch, cord_str_slice((cord_str){batch->text, 13}, 0, 3));
    add_value(batch, cord_str_slice((cord_str){batch->text, 13}, 4, 3));
    CHECK(cord_batch_add(batch, (cord_str){batch->text, 7}, &first) == CORD_OK);
    CHECK_U64(cord_batch_pending(batch), 2);
    CHECK(cord_batch_add(batch, (cord_str){batch->text + 7, 0}, &second) == CORD_OK);
    add_value(batch, CORD_STR("three"));
    CHECK(cord_batch_add(batch, (cord_str){batch->text + 8, 5}, &third) == CORD_OK);

    CHECK(first->value_count == 2 && second->value_count == 0 && third->value_count == 1);
    CHECK_STR(cord_value_str(&first->values[1]), "two");
    CHECK_STR(cord_value_str(&third->values[0]), "three");
    CHECK(third->values[0].path == 7 && third->values[0].flags == CORD_VALUE_ASCII);
    CHECK(first->offset == 1000 && third->offset == 1008);
    CHECK(first->record == 0 && third->record == 2 && batch->read == 3 && batch->records == 3);
    for (unsigned role = 0; role < CORD_ROLE_COUNT; role++) {
        CHECK(!cord_event_role(first, (enum cord_role)role));
    }
    cord_batch_free(batch);
}

static void a_refusal_drops_its_values_and_is_counted(void)
{
    struct cord_batch *batch = cord_batch_new(16);
    struct cord_event *event;
    CHECK(batch != NULL);
    add_value(batch, CORD_STR("kept"));
    CHECK(cord_batch_add(batch, (cord_str){batch->text, 0}, &event) == CORD_OK);
    for (size_t i = 0; i < CORD_BATCH_REFUSALS_MAX + 10; i++) {
        add_value(batch, CORD_STR("dropped"));
        cord_batch_refuse(batch, i, CORD_STR("not closed"));
        CHECK_U64(batch->values.count, 1);
    }
    CHECK_U64(batch->refused, CORD_BATCH_REFUSALS_MAX + 10);
    CHECK_U64(batch->refusal_count, CORD_BATCH_REFUSALS_MAX);
    CHECK_U64(batch->refusals[5].offset, 5);
    CHECK_STR(batch->refusals[5].reason, "not closed");
    CHECK_U64(batch->records, batch->read + batch->refused + batch->skipped);
    cord_batch_free(batch);
}

static void a_full_batch_goes_on_after_a_reset_of_events(void)
{
    struct cord_batch *batch = cord_batch_new(16);
    struct cord_event *event = NULL;
    CHECK(batch != NULL);
    size_t added = 0;
    while (cord_batch_add(batch, (cord_str){batch->text, 0}, &event) == CORD_OK) {
        added++;
    }
    CHECK_U64(added, batch->event_max);
    add_value(batch, CORD_STR("pending"));
    CHECK(cord_batch_add(batch, (cord_str){batch->text, 0}, &event) == CORD_E_LIMIT);
    CHECK(batch->read == added && batch->records == added && batch->values.count == 1);
    cord_batch_events_reset(batch);
    CHECK(cord_batch_pending(batch) == 0 && batch->records == added);
    CHECK(cord_batch_add(batch, (cord_str){batch->text, 0}, &event) == CORD_OK);
    CHECK_U64(event->record, added);

    size_t values = 0;
    while (cord_value_add(&batch->values, 0, CORD_VALUE_NULL, 0, CORD_STR("")) == CORD_OK) {
        values++;
    }
    CHECK_U64(values, CORD_BATCH_VALUES_MAX);
    cord_batch_free(batch);
}

static void text_grows_and_keeps_its_padding(void)
{
    struct cord_batch *batch = cord_batch_new(0);
    CHECK(batch != NULL);
    for (size_t len = 1; len < 5000; len *= 3) {
        CHECK(cord_batch_text_grow(batch, len) == CORD_OK);
        memset(batch->text, 'x', len);
        batch->text_len = len;
        CHECK(cord_batch_text_grow(batch, len) == CORD_OK);
        CHECK(batch->text[len - 1] == 'x');
        for (size_t i = 0; i < CORD_BATCH_PADDING; i++) {
            CHECK(batch->text[len + i] == '\0');
        }
    }
    size_t cap = batch->text_cap;
    CHECK(cord_batch_text_grow(batch, SIZE_MAX) == CORD_E_LIMIT);
    kit_fail_allocation(1);
    CHECK(cord_batch_text_grow(batch, cap + 1) == CORD_E_NOMEM);
    CHECK(kit_fail_allocation_off());
    CHECK(batch->text_cap == cap && batch->text[0] == 'x');
    cord_batch_free(batch);
}

static void a_reset_forgets_all_but_the_memory(void)
{
    struct cord_batch *batch = cord_batch_new(64);
    struct cord_event *event;
    CHECK(batch != NULL);
    fill_text(batch, CORD_STR("text"));
    add_value(batch, CORD_STR("v"));
    CHECK(cord_batch_add(batch, (cord_str){batch->text, 4}, &event) == CORD_OK);
    cord_batch_refuse(batch, 4, CORD_STR("no"));
    batch->skipped = 1;
    batch->last = true;
    batch->taken = 4;
    batch->preamble = cord_arena_copy(batch->arena, CORD_STR("#fields"));
    cord_batch_reset(batch);
    CHECK(batch->text_len == 0 && batch->text_cap == 64 && batch->taken == 0 && !batch->last);
    CHECK(batch->records == 0 && batch->read == 0 && batch->refused == 0 && batch->skipped == 0);
    CHECK(batch->event_count == 0 && batch->values.count == 0 && batch->refusal_count == 0);
    CHECK(!batch->preamble.ptr);
    cord_batch_free(batch);
}

static void is_made_whole_or_not_at_all(void)
{
    for (size_t nth = 1;; nth++) {
        kit_fail_allocation(nth);
        struct cord_batch *batch = cord_batch_new(100);
        bool failed_one = kit_fail_allocation_off();
        CHECK(failed_one == !batch);
        cord_batch_free(batch);
        if (!failed_one) {
            break;
        }
    }
}

KIT_MAIN(KIT_TEST(events_take_the_values_since_the_last),
         KIT_TEST(a_refusal_drops_its_values_and_is_counted),
         KIT_TEST(a_full_batch_goes_on_after_a_reset_of_events),
         KIT_TEST(text_grows_and_keeps_its_padding), KIT_TEST(a_reset_forgets_all_but_the_memory),
         KIT_TEST(is_made_whole_or_not_at_all))
