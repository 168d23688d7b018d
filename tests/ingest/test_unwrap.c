/* test_unwrap.c: records laid out for decoders, and what is counted of them. */
#include "ingest/unwrap.h"

#include "codec/octet_frame.h"
#include "kit/kit.h"

static cord_str text_of(const struct cord_unwrap *unwrap, size_t run)
{
    CHECK(run < unwrap->run_count);
    return cord_str_slice(cord_buf_str(&unwrap->text), unwrap->runs[run].from,
                          unwrap->runs[run].len);
}

static void puts_each_document_on_one_line(void)
{
    struct cord_unwrap unwrap;
    CHECK(cord_unwrap_init(&unwrap, 4096));
    cord_unwrap_put(&unwrap, CORD_UNWRAP_JSON, CORD_STR("{\"a\":1}"));
    cord_unwrap_put(&unwrap, CORD_UNWRAP_JSON, CORD_STR("{\n \"a\":\r\n2\n}"));
    CHECK(!unwrap.failed);
    CHECK_U64(unwrap.run_count, 1);
    CHECK_U64(unwrap.runs[0].item_count, 2);
    CHECK_STR(text_of(&unwrap, 0), "{\"a\":1}\n{  \"a\":\r 2 }\n");
    cord_unwrap_done(&unwrap);
}

static void counts_text_in_octets(void)
{
    struct cord_unwrap unwrap;
    CHECK(cord_unwrap_init(&unwrap, 4096));
    cord_unwrap_put(&unwrap, CORD_UNWRAP_TEXT, CORD_STR("two\nlines"));
    cord_unwrap_put(&unwrap, CORD_UNWRAP_TEXT, CORD_STR("0123456789"));
    cord_str rest = text_of(&unwrap, 0);
    cord_str frame = {0};
    CHECK(cord_octet_frame_next(&rest, 64, &frame) == CORD_OK);
    CHECK_STR(frame, "two\nlines");
    CHECK(cord_octet_frame_next(&rest, 64, &frame) == CORD_OK);
    CHECK_STR(frame, "0123456789");
    CHECK_U64(rest.len, 0);
    cord_unwrap_done(&unwrap);
}

static void keeps_the_number_of_every_item(void)
{
    struct cord_unwrap unwrap;
    CHECK(cord_unwrap_init(&unwrap, 4096));
    cord_unwrap_put(&unwrap, CORD_UNWRAP_JSON, CORD_STR("{}"));
    cord_unwrap_note(&unwrap, "hec.host", CORD_STR("ward-7"), CORD_UNWRAP_ROLE_HOST);
    cord_unwrap_refuse(&unwrap, CORD_LOSS_MALFORMED, CORD_STR("no event"), CORD_STR("{x"));
    cord_unwrap_note(&unwrap, "hec.host", CORD_STR("lost"), CORD_UNWRAP_ROLE_HOST);
    cord_unwrap_put(&unwrap, CORD_UNWRAP_JSON, CORD_STR("{}"));
    cord_unwrap_note_under(&unwrap, CORD_STR("hec.fields"), CORD_STR("ward"), CORD_STR("7"),
                           CORD_UNWRAP_ROLE_NONE);
    cord_unwrap_put(&unwrap, CORD_UNWRAP_TEXT, CORD_STR("text"));
    cord_unwrap_put(&unwrap, CORD_UNWRAP_TEXT, CORD_STR(""));
    CHECK_U64(unwrap.items, 5);
    CHECK_U64(unwrap.run_count, 3);
    CHECK_U64(unwrap.runs[1].item_first, 2);
    CHECK_U64(unwrap.runs[2].item_first, 3);
    CHECK_U64(unwrap.runs[2].item_count, 1);
    CHECK_U64(unwrap.refusal_count, 2);
    CHECK_U64(unwrap.refusals[0].item, 1);
    CHECK_STR(unwrap.refusals[0].record, "{x");
    CHECK(unwrap.refusals[1].reason == CORD_LOSS_EMPTY);
    CHECK_U64(unwrap.refused[CORD_LOSS_EMPTY], 1);
    CHECK_U64(unwrap.note_count, 2);
    CHECK_U64(unwrap.notes[0].item, 0);
    CHECK_U64(unwrap.notes[1].item, 2);
    CHECK_STR(unwrap.notes[1].name, "hec.fields.ward");
    CHECK_STR(unwrap.notes[1].value, "7");
    cord_unwrap_reset(&unwrap);
    CHECK_U64(unwrap.items + unwrap.note_count + unwrap.refusal_count + unwrap.run_count, 0);
    cord_unwrap_done(&unwrap);
}

static void takes_lines_as_they_stand(void)
{
    struct cord_unwrap unwrap;
    CHECK(cord_unwrap_init(&unwrap, 4096));
    cord_unwrap_lines(&unwrap, CORD_STR("{\"a\":1}\n{\"a\":2}"));
    CHECK_U64(unwrap.run_count, 1);
    CHECK_U64(unwrap.runs[0].item_count, 0);
    CHECK_STR(text_of(&unwrap, 0), "{\"a\":1}\n{\"a\":2}\n");
    cord_unwrap_done(&unwrap);
}

static void says_when_the_text_is_full(void)
{
    struct cord_unwrap unwrap;
    CHECK(cord_unwrap_init(&unwrap, 8));
    cord_unwrap_put(&unwrap, CORD_UNWRAP_JSON, CORD_STR("{\"a\":1}"));
    CHECK(!unwrap.failed);
    cord_unwrap_put(&unwrap, CORD_UNWRAP_JSON, CORD_STR("{}"));
    CHECK(unwrap.failed);
    cord_unwrap_reset(&unwrap);
    CHECK(!unwrap.failed);
    cord_unwrap_lines(&unwrap, CORD_STR("{\"ab\":1}"));
    CHECK(unwrap.failed);
    cord_unwrap_done(&unwrap);
}

static void counts_refusals_beyond_those_it_keeps(void)
{
    struct cord_unwrap unwrap;
    CHECK(cord_unwrap_init(&unwrap, 1 << 20));
    for (size_t i = 0; i <= CORD_UNWRAP_REFUSALS_MAX; i++) {
        cord_unwrap_refuse(&unwrap, CORD_LOSS_MALFORMED, CORD_STR("no"), CORD_STR("x"));
    }
    CHECK(!unwrap.failed);
    CHECK_U64(unwrap.refusal_count, CORD_UNWRAP_REFUSALS_MAX);
    CHECK_U64(unwrap.refused[CORD_LOSS_MALFORMED], CORD_UNWRAP_REFUSALS_MAX + 1);
    CHECK_U64(unwrap.items, CORD_UNWRAP_REFUSALS_MAX + 1);
    cord_unwrap_done(&unwrap);
}

static void survives_every_failed_allocation(void)
{
    for (size_t nth = 1;; nth++) {
        struct cord_unwrap unwrap;
        kit_fail_allocation(nth);
        bool made = cord_unwrap_init(&unwrap, 4096);
        if (made) {
            cord_unwrap_put(&unwrap, CORD_UNWRAP_JSON, CORD_STR("{}"));
            cord_unwrap_note(&unwrap, "n", CORD_STR("v"), CORD_UNWRAP_ROLE_NONE);
            cord_unwrap_refuse(&unwrap, CORD_LOSS_FIELDS, CORD_STR("t"), CORD_STR("r"));
        }
        bool failed_one = kit_fail_allocation_off();
        CHECK(failed_one ? !made || unwrap.failed : made && !unwrap.failed);
        cord_unwrap_done(&unwrap);
        if (!failed_one) {
            break;
        }
    }
}

static void names_every_loss(void)
{
    for (int reason = 0; reason < CORD_LOSS_COUNT; reason++) {
        CHECK(cord_loss_name((enum cord_loss_reason)reason)[0] != '\0');
        CHECK(cord_loss_help((enum cord_loss_reason)reason)[0] != '\0');
    }
    CHECK_STR(cord_str_from(cord_loss_name(CORD_LOSS_KERNEL)), "kernel");
    CHECK(cord_loss_is_shed(CORD_LOSS_REPEAT) && !cord_loss_is_shed(CORD_LOSS_PRIVACY));
}

KIT_MAIN(KIT_TEST(puts_each_document_on_one_line), KIT_TEST(counts_text_in_octets),
         KIT_TEST(keeps_the_number_of_every_item), KIT_TEST(takes_lines_as_they_stand),
         KIT_TEST(says_when_the_text_is_full), KIT_TEST(counts_refusals_beyond_those_it_keeps),
         KIT_TEST(survives_every_failed_allocation), KIT_TEST(names_every_loss))
