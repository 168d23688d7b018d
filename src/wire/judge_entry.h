/*
 * judge_entry.h: the bytes of one entry of the journal of findings.
 *
 * docs/journal-format.md lists them. Pure: nothing is copied, all is checked.
 * Any thread.
 */
#ifndef CORD_WIRE_JUDGE_ENTRY_H
#define CORD_WIRE_JUDGE_ENTRY_H

#include "base/buf.h"

struct cord_judge_entry {
    uint64_t through;       /* the store's number of the last event judged by then */
    int64_t at_ns;          /* our clock */
    uint64_t first_finding; /* number of the first, from 1: they are counted for ever */
    uint64_t finding_count;
    cord_str findings; /* JSON objects, a line each */
    uint64_t input_count;
    cord_str inputs; /* what correlations were told: see cord_judge_entry_input */
};

void cord_judge_entry_put(const struct cord_judge_entry *entry, struct cord_buf *out);

/* CORD_E_FORMAT: not an entry. */
CORD_MUST_USE cord_status cord_judge_entry_read(cord_str bytes, struct cord_judge_entry *ret_entry);

/* One match that correlations count. */
struct cord_judge_input {
    cord_str organisation;
    cord_str rule; /* its id, or title where it has none */
    int64_t time_ns;
    uint64_t evidence;
    uint64_t value_count;
    cord_str values; /* see cord_judge_entry_value */
};

/* Its values follow, as many as value_count says. */
void cord_judge_entry_put_input(const struct cord_judge_input *input, struct cord_buf *out);
void cord_judge_entry_put_value(cord_str value, struct cord_buf *out); /* ptr NULL: none */

/* Takes the next input off `inputs`; CORD_E_END at the end. */
CORD_MUST_USE cord_status cord_judge_entry_input(cord_str *inputs,
                                                 struct cord_judge_input *ret_input);
/* Takes the next value off; ptr NULL: the event had none. */
CORD_MUST_USE cord_status cord_judge_entry_value(cord_str *values, cord_str *ret_value);

#endif
