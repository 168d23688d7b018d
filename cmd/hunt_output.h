/*
 * hunt_output.h: events and tables as a person or a program wants them.
 */
#ifndef CORD_CMD_HUNT_OUTPUT_H
#define CORD_CMD_HUNT_OUTPUT_H

#include "evidence/tally.h"

#include <stdio.h>

enum hunt_form { HUNT_TABLE, HUNT_JSONL, HUNT_CSV };

struct hunt_output_config {
    FILE *out;
    enum hunt_form form;
    unsigned columns; /* of the terminal; 0: lines are as long as they are */
};

struct hunt_output;

/* Events have the columns of the last "fields" that the query has. NULL when
 * out of memory. */
struct hunt_output *hunt_output_new(const struct hunt_output_config *config,
                                    const struct cord_query *query);
void hunt_output_free(struct hunt_output *output);

/* id is the evidence's, "" when it is not stored. CORD_E_IO with errno as the
 * system set it. */
CORD_MUST_USE cord_status hunt_output_event(struct hunt_output *output,
                                            const struct cord_rows *rows, size_t at, cord_str id);
CORD_MUST_USE cord_status hunt_output_table(struct hunt_output *output,
                                            const struct cord_tally_table *table);
CORD_MUST_USE cord_status hunt_output_finish(struct hunt_output *output);

#endif
