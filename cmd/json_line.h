/*
 * json_line.h: a line of output that is one JSON object, member by member.
 *
 * The first member opens the object; what prints the line closes it. Texts with a length of 0 are
 * members too; a time that is CORD_TIME_NONE is left out.
 */
#ifndef CORD_CMD_JSON_LINE_H
#define CORD_CMD_JSON_LINE_H

#include "base/buf.h"

#include <stdint.h>

/* The name and its colon; a value is to follow. */
void json_line_name(struct cord_buf *line, const char *name);
void json_line_text(struct cord_buf *line, const char *name, cord_str text);
void json_line_number(struct cord_buf *line, const char *name, uint64_t number);
void json_line_flag(struct cord_buf *line, const char *name, bool flag);
void json_line_time(struct cord_buf *line, const char *name, int64_t time_ns);

#endif
