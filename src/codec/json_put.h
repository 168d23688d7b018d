/*
 * json_put.h: JSON objects and lists, member by member.
 *
 * A member or item is led by a comma unless an object or list has just been opened. Names are the
 * program's own: they are not escaped. Failures are the buffer's. Any thread.
 */
#ifndef CORD_CODEC_JSON_PUT_H
#define CORD_CODEC_JSON_PUT_H

#include "base/buf.h"
#include "base/timestamp.h"

void cord_json_put_item(struct cord_buf *buf);   /* of a list: what follows */
void cord_json_put_object(struct cord_buf *buf); /* of a list: an object, open; the brace that
                                                    closes it is the caller's */
void cord_json_put_name(struct cord_buf *buf,
                        const char *name); /* of a member: its value follows */
void cord_json_put_text(struct cord_buf *buf, const char *name, cord_str text);
void cord_json_put_number(struct cord_buf *buf, const char *name, uint64_t number);
void cord_json_put_flag(struct cord_buf *buf, const char *name, bool flag);
/* null for CORD_TIME_NONE. */
void cord_json_put_time(struct cord_buf *buf, const char *name, int64_t time_ns);
/* A text, left out when it is empty; a time, when it is CORD_TIME_NONE. */
void cord_json_put_some(struct cord_buf *buf, const char *name, cord_str text);
void cord_json_put_some_time(struct cord_buf *buf, const char *name, int64_t time_ns);
void cord_json_put_texts(struct cord_buf *buf, const char *name, const cord_str *texts,
                         size_t count);

#endif
