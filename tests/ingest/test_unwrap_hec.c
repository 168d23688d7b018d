/* test_unwrap_hec.c: Splunk's envelopes, and what they do not say. */
#include "ingest/unwrap_kinds.h"
#include "kit/kit.h"
#include "kit/kit_unwrap.h"

#include <stdio.h>

static struct cord_unwrap unwrapped(const struct cord_delivery_kind *kind, const char *body,
                                    const char *context)
{
    struct cord_unwrap unwrap;
    CHECK(cord_unwrap_init(&unwrap, 65536));
    CHECK(kind->unwrap(kind, cord_str_from(body), cord_str_from(context), &unwrap, NULL) ==
          CORD_OK);
    CHECK(!unwrap.failed);
    return unwrap;
}

static void takes_an_object_with_its_notes(void)
{
    enum cord_unwrap_form form;
    struct cord_unwrap unwrap = unwrapped(
        &cord_unwrap_hec,
        "{\"time\":\"1426279439.123\",\"host\":\"ward\\u002d7\",\"source\":\"s\",\"extra\":true,"
        "\"sourcetype\":\"linux_secure\",\"index\":\"main\",\"event\":{\"a\":{\"b\":\"}\"}},"
        "\"fields\":{\"site\":\"RXA\",\"tags\":[\"x\",\"y\"],\"n\":1}}",
        "");
    CHECK_STR(kit_unwrap_record(&unwrap, 0, &form), "{\"a\":{\"b\":\"}\"}}");
    CHECK(form == CORD_UNWRAP_JSON);
    CHECK_STR(kit_unwrap_note(&unwrap, 0, "hec.time"), "1426279439.123");
    CHECK_STR(kit_unwrap_note(&unwrap, 0, "hec.host"), "ward-7");
    CHECK_STR(kit_unwrap_note(&unwrap, 0, "hec.source"), "s");
    CHECK_STR(kit_unwrap_note(&unwrap, 0, "hec.sourcetype"), "linux_secure");
    CHECK_STR(kit_unwrap_note(&unwrap, 0, "hec.index"), "main");
    CHECK_STR(kit_unwrap_note(&unwrap, 0, "hec.extra"), "true");
    CHECK_STR(kit_unwrap_note(&unwrap, 0, "hec.fields.site"), "RXA");
    CHECK_STR(kit_unwrap_note(&unwrap, 0, "hec.fields.tags"), "x");
    CHECK_STR(kit_unwrap_note(&unwrap, 0, "hec.fields.n"), "1");
    CHECK_U64(unwrap.note_count, 10);
    cord_unwrap_done(&unwrap);
}

static void takes_text_for_what_it_is(void)
{
    enum cord_unwrap_form form;
    struct cord_unwrap unwrap =
        unwrapped(&cord_unwrap_hec,
                  "{\"event\":\"<13>Oct 11 22:14:15 h su: \\u00e9\\n\"}\n"
                  "{\"event\":\"{\\\"a\\\":\\n1}\\r\\n\"} {\"event\":7}[{\"event\":[{\"a\":1}]},"
                  "{\"event\":\"<Event>\\n</Event>\"}]",
                  "");
    CHECK_U64(unwrap.items, 5);
    CHECK_STR(kit_unwrap_record(&unwrap, 0, &form), "<13>Oct 11 22:14:15 h su: \xc3\xa9");
    CHECK(form == CORD_UNWRAP_TEXT);
    CHECK_STR(kit_unwrap_record(&unwrap, 1, &form), "{\"a\": 1}");
    CHECK(form == CORD_UNWRAP_JSON);
    CHECK_STR(kit_unwrap_record(&unwrap, 2, &form), "7");
    CHECK(form == CORD_UNWRAP_TEXT);
    CHECK_STR(kit_unwrap_record(&unwrap, 3, &form), "{\"event\":[{\"a\":1}]}");
    CHECK_STR(kit_unwrap_record(&unwrap, 4, &form), "<Event>\n</Event>");
    CHECK(form == CORD_UNWRAP_TEXT);
    cord_unwrap_done(&unwrap);
}

static struct cord_hec_answer answer_of(const struct cord_unwrap *unwrap, size_t at)
{
    CHECK(at < unwrap->refusal_count);
    const struct cord_unwrap_refusal *refusal = &unwrap->refusals[at];
    struct cord_delivery_refusal given = {refusal->item, refusal->reason, refusal->text};
    return cord_unwrap_hec_answer(&given);
}

static void refuses_wrong_envelopes_and_goes_on(void)
{
    struct cord_unwrap unwrap =
        unwrapped(&cord_unwrap_hec,
                  "{\"event\":\"a\"}{\"host\":\"h\"}{\"event\":\" \\n\"}{\"event\":null}"
                  "{\"event\":x,\"y\":{}}{\"event\":\"b\"}{\"event\":\"c\",\"fields\":{1}} 7 "
                  "{\"event\":\"cut",
                  "");
    CHECK_U64(unwrap.items, 9);
    CHECK_U64(unwrap.refusal_count, 7);
    CHECK_U64(answer_of(&unwrap, 0).code, 12);
    CHECK_U64(answer_of(&unwrap, 1).code, 13);
    CHECK_U64(answer_of(&unwrap, 2).code, 12);
    CHECK_U64(answer_of(&unwrap, 3).code, 6);
    CHECK_U64(unwrap.refusals[3].item, 4);
    CHECK_U64(answer_of(&unwrap, 4).code, 6);
    CHECK_STR(unwrap.refusals[5].record, "7");
    CHECK_STR(unwrap.refusals[6].record, "{\"event\":\"cut");
    cord_unwrap_done(&unwrap);
}

static void bounds_the_fields(void)
{
    char body[16384];
    size_t len = (size_t)snprintf(body, sizeof body, "{\"event\":1,\"fields\":{\"f\":0");
    for (int at = 1; at < 300; at++) {
        len += (size_t)snprintf(body + len, sizeof body - len, ",\"f%d\":%d", at, at);
    }
    (void)snprintf(body + len, sizeof body - len, "}}{\"event\":2}");
    struct cord_unwrap unwrap = unwrapped(&cord_unwrap_hec, body, "");
    CHECK_U64(unwrap.items, 2);
    CHECK_U64(unwrap.refused[CORD_LOSS_FIELDS], 1);
    cord_unwrap_done(&unwrap);
}

static void takes_raw_lines_with_the_requests_notes(void)
{
    enum cord_unwrap_form form;
    struct cord_unwrap unwrap = unwrapped(&cord_unwrap_hec_raw, "one\r\n\n \n{\"a\":1}\ntwo",
                                          "host=h1\nsourcetype=t\nother=x\nindex=\n");
    CHECK_U64(unwrap.items, 3);
    CHECK_STR(kit_unwrap_record(&unwrap, 0, &form), "one");
    CHECK_STR(kit_unwrap_record(&unwrap, 1, &form), "{\"a\":1}");
    CHECK(form == CORD_UNWRAP_JSON);
    CHECK_STR(kit_unwrap_record(&unwrap, 2, &form), "two");
    CHECK_STR(kit_unwrap_note(&unwrap, 2, "hec.host"), "h1");
    CHECK_U64(unwrap.note_count, 6);
    cord_unwrap_done(&unwrap);
}

static void puts_the_envelope_before_the_request(void)
{
    struct cord_unwrap unwrap = unwrapped(
        &cord_unwrap_hec, "{\"event\":1,\"host\":\"mine\"}{\"event\":2}", "host=request\n");
    CHECK_STR(kit_unwrap_note(&unwrap, 0, "hec.host"), "mine");
    CHECK_STR(kit_unwrap_note(&unwrap, 1, "hec.host"), "request");
    cord_unwrap_done(&unwrap);
}

static void says_that_there_is_no_data(void)
{
    struct cord_unwrap unwrap;
    struct cord_error err;
    CHECK(cord_unwrap_init(&unwrap, 4096));
    CHECK(cord_unwrap_hec.unwrap(&cord_unwrap_hec, CORD_STR(" [ ] "), (cord_str){0}, &unwrap,
                                 &err) == CORD_E_FORMAT);
    CHECK(cord_unwrap_hec_raw.unwrap(&cord_unwrap_hec_raw, CORD_STR("\n\n"), (cord_str){0}, &unwrap,
                                     &err) == CORD_E_FORMAT);
    CHECK_STR(cord_str_from(err.text), "No data");
    cord_unwrap_done(&unwrap);
}

KIT_MAIN(KIT_TEST(takes_an_object_with_its_notes), KIT_TEST(takes_text_for_what_it_is),
         KIT_TEST(refuses_wrong_envelopes_and_goes_on), KIT_TEST(bounds_the_fields),
         KIT_TEST(takes_raw_lines_with_the_requests_notes),
         KIT_TEST(puts_the_envelope_before_the_request), KIT_TEST(says_that_there_is_no_data))
