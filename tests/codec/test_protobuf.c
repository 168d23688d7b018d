/* test_protobuf.c: fields off the wire, and what is cut short. */
#include "codec/protobuf.h"

#include "kit/kit.h"

static void takes_fields_of_every_wire_type(void)
{
    cord_str rest = CORD_STR("\x08\x96\x01"             /* 1: 150 */
                             "\x11\x01\0\0\0\0\0\0\x80" /* 2: fixed64 */
                             "\x1a\x03"
                             "abc"                                            /* 3: bytes */
                             "\x25\x04\x03\x02\x01"                           /* 4: fixed32 */
                             "\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"); /* 5: -1 */
    struct cord_protobuf_field field;
    CHECK(cord_protobuf_next(&rest, &field) == CORD_OK);
    CHECK(field.number == 1 && field.wire == CORD_PROTOBUF_VARINT && field.value == 150);
    CHECK(cord_protobuf_next(&rest, &field) == CORD_OK);
    CHECK(field.number == 2 && field.value == 0x8000000000000001ULL);
    CHECK(cord_protobuf_next(&rest, &field) == CORD_OK);
    CHECK_STR(field.bytes, "abc");
    CHECK(cord_protobuf_next(&rest, &field) == CORD_OK);
    CHECK(field.number == 4 && field.value == 0x01020304);
    CHECK(cord_protobuf_next(&rest, &field) == CORD_OK);
    CHECK(field.value == UINT64_MAX);
    CHECK(cord_protobuf_next(&rest, &field) == CORD_E_END);
}

static void refuses_and_does_not_move(void)
{
    static const cord_str cases[] = {
        {"\x08", 1},
        {"\x08\x80", 2},
        {"\x11\x01", 2},
        {"\x1a\x04"
         "abc",
         5},
        {"\x25\x01", 2},
        {"\x0b", 1},
        {"\x0c", 1},
        {"\x00\x01", 2},
        {"\x80", 1},
        {"\x1a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11},
        {"\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 12},
    };
    for (size_t at = 0; at < sizeof cases / sizeof *cases; at++) {
        cord_str rest = cases[at];
        struct cord_protobuf_field field;
        CHECK(cord_protobuf_next(&rest, &field) == CORD_E_FORMAT);
        CHECK(rest.ptr == cases[at].ptr && rest.len == cases[at].len);
    }
}

KIT_MAIN(KIT_TEST(takes_fields_of_every_wire_type), KIT_TEST(refuses_and_does_not_move))
