/*
 * record_lines.h: numbers of the lines that were last spoken on, in memory.
 *
 * To find a line by its texts is the dearest look-up of a claim that is put in. A table of fixed
 * size: a line that comes where another one is takes its place. One thread.
 */
#ifndef CORD_RECORD_RECORD_LINES_H
#define CORD_RECORD_RECORD_LINES_H

#include "base/error.h"
#include "base/str.h"

struct cord_record_lines;

/* Borrows its texts. */
struct cord_record_line_name {
    int64_t topic;
    cord_str subject, claimant, part;
};

CORD_MUST_USE cord_status cord_record_lines_new(struct cord_record_lines **ret_lines);
void cord_record_lines_free(struct cord_record_lines *lines);

/* 0: it is not known here, and may be there all the same. */
int64_t cord_record_lines_get(const struct cord_record_lines *lines,
                              const struct cord_record_line_name *name);
/* Copies the name; one that is long, or for which there is no room, is left out. */
void cord_record_lines_put(struct cord_record_lines *lines,
                           const struct cord_record_line_name *name, int64_t id);
void cord_record_lines_clear(struct cord_record_lines *lines);

#endif
