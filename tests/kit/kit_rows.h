/*
 * kit_rows.h: a text through a format and into rows of evidence.
 */
#ifndef CORD_TESTS_KIT_ROWS_H
#define CORD_TESTS_KIT_ROWS_H

#include "evidence/rows.h"
#include "normalise/decoder.h"

struct kit_rows_origin {
    cord_str organisation;
    cord_str source;
    int64_t received_ns;
};

/* Adds the text's events to the rows. format NULL: recognised by content. Fails
 * the test when they do not fit. */
void kit_rows_add(struct cord_rows *rows, const struct cord_format *format,
                  const struct kit_rows_origin *origin, cord_str text);

#endif
