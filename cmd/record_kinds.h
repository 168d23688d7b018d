/*
 * record_kinds.h: the kinds of claims, as a table for people or as JSON.
 */
#ifndef CORD_CMD_RECORD_KINDS_H
#define CORD_CMD_RECORD_KINDS_H

#include <stdbool.h>
#include <stdio.h>

/* As JSON: one object a line and kind. */
void record_kinds_print(bool json, FILE *out);

#endif
