/* fuzz_judge_entry.c: what is read from a journal of findings is written back the same. */
#include "wire/judge_entry.h"

#include <assert.h>
#include <stdint.h>

static void put_inputs(cord_str inputs, struct cord_buf *out)
{
    struct cord_judge_input input;
    while (cord_judge_entry_input(&inputs, &input) == CORD_OK) {
        cord_str values = input.values;
        cord_judge_entry_put_input(&input, out);
        for (uint64_t i = 0; i < input.value_count; i++) {
            cord_str value;
            cord_status status = cord_judge_entry_value(&values, &value);
            assert(status == CORD_OK); /* the input was read with its values */
            cord_judge_entry_put_value(value, out);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cord_judge_entry entry;
    struct cord_judge_entry again;
    struct cord_buf out;
    struct cord_buf inputs;
    if (cord_judge_entry_read((cord_str){(const char *)data, size}, &entry) != CORD_OK) {
        return 0;
    }
    cord_buf_init(&out, 64 << 20);
    cord_buf_init(&inputs, 64 << 20);
    put_inputs(entry.inputs, &inputs);
    entry.inputs = cord_buf_str(&inputs);
    cord_judge_entry_put(&entry, &out);
    cord_status status = cord_judge_entry_read(cord_buf_str(&out), &again);
    assert(status == CORD_OK && again.through == entry.through && again.at_ns == entry.at_ns);
    assert(cord_str_eq(again.findings, entry.findings));
    assert(cord_str_eq(again.inputs, entry.inputs) || entry.inputs.len == 0);
    cord_buf_done(&inputs);
    cord_buf_done(&out);
    return 0;
}
