/* protobuf.c: see protobuf.h. */
#include "codec/protobuf.h"

enum { VARINT_BYTES_MAX = 10 };

static bool take_varint(cord_str *rest, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (size_t at = 0; at < rest->len && at < VARINT_BYTES_MAX; at++) {
        uint64_t byte = (unsigned char)rest->ptr[at];
        value |= (byte & 0x7f) << (7 * at); /* bits beyond the 64th fall off, as they are to */
        if (byte < 0x80) {
            *rest = cord_str_from_byte(*rest, at + 1);
            *ret_value = value;
            return true;
        }
    }
    return false;
}

static bool take_fixed(cord_str *rest, size_t len, uint64_t *ret_value)
{
    if (rest->len < len) {
        return false;
    }
    uint64_t value = 0;
    for (size_t at = len; at-- > 0;) {
        value = value << 8 | (unsigned char)rest->ptr[at];
    }
    *rest = cord_str_from_byte(*rest, len);
    *ret_value = value;
    return true;
}

static bool take_bytes(cord_str *rest, cord_str *ret_bytes)
{
    uint64_t len;
    if (!take_varint(rest, &len) || len > rest->len) {
        return false;
    }
    *ret_bytes = cord_str_slice(*rest, 0, (size_t)len);
    *rest = cord_str_from_byte(*rest, (size_t)len);
    return true;
}

cord_status cord_protobuf_next(cord_str *message, struct cord_protobuf_field *ret_field)
{
    if (message->len == 0) {
        return CORD_E_END;
    }
    cord_str rest = *message;
    struct cord_protobuf_field field = {0};
    uint64_t tag;
    if (!take_varint(&rest, &tag) || tag > UINT32_MAX || tag >> 3 == 0) {
        return CORD_E_FORMAT;
    }
    field.number = (uint32_t)(tag >> 3);
    bool taken = false;
    switch (tag & 7) {
    case CORD_PROTOBUF_VARINT:
        field.wire = CORD_PROTOBUF_VARINT;
        taken = take_varint(&rest, &field.value);
        break;
    case CORD_PROTOBUF_FIXED64:
        field.wire = CORD_PROTOBUF_FIXED64;
        taken = take_fixed(&rest, 8, &field.value);
        break;
    case CORD_PROTOBUF_BYTES:
        field.wire = CORD_PROTOBUF_BYTES;
        taken = take_bytes(&rest, &field.bytes);
        break;
    case CORD_PROTOBUF_FIXED32:
        field.wire = CORD_PROTOBUF_FIXED32;
        taken = take_fixed(&rest, 4, &field.value);
        break;
    default:
        break;
    }
    if (!taken) {
        return CORD_E_FORMAT;
    }
    *message = rest;
    *ret_field = field;
    return CORD_OK;
}
