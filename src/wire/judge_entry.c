/* judge_entry.c: see judge_entry.h. */
#include "wire/judge_entry.h"

#include "base/octets.h"

enum { VERSION = 1 };

void cord_judge_entry_put(const struct cord_judge_entry *entry, struct cord_buf *out)
{
    cord_buf_put_char(out, VERSION);
    cord_octets_put_varint(out, entry->through);
    cord_octets_put_u64(out, (uint64_t)entry->at_ns);
    cord_octets_put_varint(out, entry->first_finding);
    cord_octets_put_varint(out, entry->finding_count);
    cord_octets_put_text(out, entry->findings);
    cord_octets_put_varint(out, entry->input_count);
    cord_octets_put_text(out, entry->inputs);
}

cord_status cord_judge_entry_read(cord_str bytes, struct cord_judge_entry *ret_entry)
{
    struct cord_octets octets = cord_octets_of(bytes);
    uint64_t version = cord_octets_fixed(&octets, 1);
    struct cord_judge_entry entry = {.through = cord_octets_varint(&octets)};
    entry.at_ns = cord_octets_i64(&octets);
    entry.first_finding = cord_octets_varint(&octets);
    entry.finding_count = cord_octets_varint(&octets);
    entry.findings = cord_octets_text(&octets);
    entry.input_count = cord_octets_varint(&octets);
    entry.inputs = cord_octets_text(&octets);
    if (octets.failed || version != VERSION || cord_octets_left(&octets) > 0) {
        return CORD_E_FORMAT;
    }
    *ret_entry = entry;
    return CORD_OK;
}

void cord_judge_entry_put_input(const struct cord_judge_input *input, struct cord_buf *out)
{
    cord_octets_put_text(out, input->organisation);
    cord_octets_put_text(out, input->rule);
    cord_octets_put_u64(out, (uint64_t)input->time_ns);
    cord_octets_put_varint(out, input->evidence);
    cord_octets_put_varint(out, input->value_count);
}

/* One more than the length, so that "none" is not "empty". */
void cord_judge_entry_put_value(cord_str value, struct cord_buf *out)
{
    cord_octets_put_varint(out, value.ptr ? (uint64_t)value.len + 1 : 0);
    if (value.ptr) {
        cord_buf_put(out, value);
    }
}

cord_status cord_judge_entry_value(cord_str *values, cord_str *ret_value)
{
    struct cord_octets octets = cord_octets_of(*values);
    uint64_t len = cord_octets_varint(&octets);
    cord_str value = {NULL, 0};
    if (len > 0 && len - 1 <= cord_octets_left(&octets)) {
        value = cord_octets_take(&octets, (size_t)(len - 1));
    } else if (len > 0) {
        cord_octets_fail(&octets);
    }
    if (octets.failed) {
        return CORD_E_FORMAT;
    }
    *values = (cord_str){(const char *)octets.at, cord_octets_left(&octets)};
    *ret_value = value;
    return CORD_OK;
}

cord_status cord_judge_entry_input(cord_str *inputs, struct cord_judge_input *ret_input)
{
    struct cord_octets octets = cord_octets_of(*inputs);
    if (inputs->len == 0) {
        return CORD_E_END;
    }
    struct cord_judge_input input = {.organisation = cord_octets_text(&octets)};
    input.rule = cord_octets_text(&octets);
    input.time_ns = cord_octets_i64(&octets);
    input.evidence = cord_octets_varint(&octets);
    input.value_count = cord_octets_varint(&octets);
    if (octets.failed) {
        return CORD_E_FORMAT;
    }
    cord_str rest = {(const char *)octets.at, cord_octets_left(&octets)};
    input.values = rest;
    for (uint64_t i = 0; i < input.value_count; i++) {
        cord_str value;
        if (cord_judge_entry_value(&rest, &value) != CORD_OK) {
            return CORD_E_FORMAT;
        }
    }
    *inputs = rest;
    *ret_input = input;
    return CORD_OK;
}
