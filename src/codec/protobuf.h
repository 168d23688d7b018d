/*
 * protobuf.h: the fields of one Protocol Buffers message, one after the other.
 *
 * The wire format only (protobuf.dev, "Encoding"): what a number means, its
 * reader knows. Groups, which proto3 does not have, are refused. Pure; any
 * thread; on anything but success nothing has moved.
 */
#ifndef CORD_CODEC_PROTOBUF_H
#define CORD_CODEC_PROTOBUF_H

#include "base/error.h"
#include "base/str.h"

enum cord_protobuf_wire {
    CORD_PROTOBUF_VARINT = 0,
    CORD_PROTOBUF_FIXED64 = 1,
    CORD_PROTOBUF_BYTES = 2,
    CORD_PROTOBUF_FIXED32 = 5,
};

struct cord_protobuf_field {
    uint32_t number;
    enum cord_protobuf_wire wire;
    uint64_t value; /* of the three that are numbers */
    cord_str bytes; /* text, bytes, or a message within */
};

/* Takes the next field off. CORD_E_END: there is none; CORD_E_FORMAT: cut short, or no
 * such message. */
CORD_MUST_USE cord_status cord_protobuf_next(cord_str *message,
                                             struct cord_protobuf_field *ret_field);

#endif
