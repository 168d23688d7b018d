/*
 * otlp_internal.h: what both encodings write a record into.
 */
#ifndef CORD_CODEC_OTLP_INTERNAL_H
#define CORD_CODEC_OTLP_INTERNAL_H

#include "base/buf.h"
#include "codec/otlp.h"

/* Members of JSON objects, without the braces around them. */
struct cord_otlp_writer {
    const struct cord_otlp_sink *sink;
    struct cord_buf resource; /* of the resource of the moment, its attributes */
    struct cord_buf scope;
    struct cord_buf scope_attributes;
    struct cord_buf members; /* of the record */
    struct cord_buf attributes;
    struct cord_buf body;
    struct cord_buf object;
    enum cord_otlp_body kind;
    bool full; /* the sink */
};

void cord_otlp_writer_init(struct cord_otlp_writer *writer, const struct cord_otlp_sink *sink,
                           size_t request_bytes);
void cord_otlp_writer_done(struct cord_otlp_writer *writer);

/* A comma when it is not the first, then the name and a colon: the value comes next. */
void cord_otlp_writer_name(struct cord_buf *members, const char *name);
/* The same with a name that is text of the sender's, or JSON's inside of a string. */
void cord_otlp_writer_key(struct cord_buf *members, cord_str key);
void cord_otlp_writer_key_escaped(struct cord_buf *members, cord_str escaped);

void cord_otlp_writer_text(struct cord_buf *members, const char *name, cord_str text);
/* Nanoseconds since 1970; 0, which means unknown, writes nothing. */
void cord_otlp_writer_time(struct cord_buf *members, const char *name, uint64_t ns);
void cord_otlp_writer_number(struct cord_buf *members, const char *name, uint64_t number);
/* Shortest of what reads the same again; what is no number in JSON, as text. */
void cord_otlp_writer_double(struct cord_buf *buf, double number);

void cord_otlp_writer_begin_record(struct cord_otlp_writer *writer);
/* Hands the record to the sink; or, when it was not right, refuses its bytes. */
void cord_otlp_writer_end_record(struct cord_otlp_writer *writer, bool right, cord_str bytes);
/* Some buffer was too small, or the sink. */
bool cord_otlp_writer_failed(const struct cord_otlp_writer *writer);

#endif
