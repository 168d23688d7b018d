/*
 * api_json.h: replies, member by member.
 *
 * A member or item is led by a comma unless an object or list has just been opened.
 * Failures are the buffer's. Any thread.
 */
#ifndef CORD_API_API_JSON_H
#define CORD_API_API_JSON_H

#include "base/buf.h"
#include "base/timestamp.h"

void cord_api_json_item(struct cord_buf *buf); /* of a list: what follows */
void cord_api_json_name(struct cord_buf *buf,
                        const char *name); /* of a member: its value follows */
void cord_api_json_text(struct cord_buf *buf, const char *name, cord_str text);
void cord_api_json_number(struct cord_buf *buf, const char *name, uint64_t number);
void cord_api_json_flag(struct cord_buf *buf, const char *name, bool flag);
/* null for CORD_TIME_NONE. */
void cord_api_json_time(struct cord_buf *buf, const char *name, int64_t time_ns);
/* A text, left out when it is empty. */
void cord_api_json_some(struct cord_buf *buf, const char *name, cord_str text);
void cord_api_json_texts(struct cord_buf *buf, const char *name, const cord_str *texts,
                         size_t count);

#endif
