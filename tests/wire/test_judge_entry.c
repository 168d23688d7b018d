/* test_judge_entry.c: entries of the journal of findings, there and back. */
#include "wire/judge_entry.h"

#include "kit/kit.h"

static void gives_back_what_was_put(void)
{
    struct cord_buf inputs;
    struct cord_buf out;
    struct cord_judge_entry read;
    cord_buf_init(&inputs, 4096);
    cord_buf_init(&out, 4096);
    const struct cord_judge_input input = {.organisation = CORD_STR("RXA"),
                                           .rule = CORD_STR("0b1c"),
                                           .time_ns = -5,
                                           .evidence = 77,
                                           .value_count = 3};
    cord_judge_entry_put_input(&input, &inputs);
    cord_judge_entry_put_value(CORD_STR("alice"), &inputs);
    cord_judge_entry_put_value(CORD_STR(""), &inputs);
    cord_judge_entry_put_value((cord_str){NULL, 0}, &inputs);
    const struct cord_judge_entry entry = {.through = 1234,
                                           .at_ns = 99,
                                           .first_finding = 3,
                                           .finding_count = 1,
                                           .findings = CORD_STR("{\"finding\":3}\n"),
                                           .input_count = 1,
                                           .inputs = cord_buf_str(&inputs)};
    cord_judge_entry_put(&entry, &out);
    CHECK(cord_judge_entry_read(cord_buf_str(&out), &read) == CORD_OK);
    CHECK(read.through == 1234 && read.at_ns == 99 && read.first_finding == 3);
    CHECK(read.finding_count == 1 && read.input_count == 1);
    CHECK_STR(read.findings, "{\"finding\":3}\n");

    struct cord_judge_input back;
    cord_str value;
    CHECK(cord_judge_entry_input(&read.inputs, &back) == CORD_OK);
    CHECK_STR(back.organisation, "RXA");
    CHECK_STR(back.rule, "0b1c");
    CHECK(back.time_ns == -5 && back.evidence == 77 && back.value_count == 3);
    CHECK(cord_judge_entry_value(&back.values, &value) == CORD_OK);
    CHECK_STR(value, "alice");
    CHECK(cord_judge_entry_value(&back.values, &value) == CORD_OK);
    CHECK(value.ptr && value.len == 0);
    CHECK(cord_judge_entry_value(&back.values, &value) == CORD_OK);
    CHECK(!value.ptr);
    CHECK(cord_judge_entry_input(&read.inputs, &back) == CORD_E_END);
    cord_buf_done(&inputs);
    cord_buf_done(&out);
}

static void refuses_every_shorter_entry(void)
{
    struct cord_buf out;
    struct cord_judge_entry read;
    cord_buf_init(&out, 4096);
    const struct cord_judge_entry entry = {
        .through = 300, .findings = CORD_STR("{}\n"), .inputs = CORD_STR("x")};
    cord_judge_entry_put(&entry, &out);
    for (size_t len = 0; len < out.len; len++) {
        CHECK(cord_judge_entry_read((cord_str){out.ptr, len}, &read) == CORD_E_FORMAT);
    }
    cord_buf_put_char(&out, 'x');
    CHECK(cord_judge_entry_read(cord_buf_str(&out), &read) == CORD_E_FORMAT);
    cord_buf_done(&out);
}

KIT_MAIN(KIT_TEST(gives_back_what_was_put), KIT_TEST(refuses_every_shorter_entry))
