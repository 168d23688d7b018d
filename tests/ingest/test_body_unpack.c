/* test_body_unpack.c: what is unpacked is what was packed, by zlib and zstd; the
 * rest is refused, at its price. */
#include "kit/kit.h"

#include "base/buf.h"
#include "ingest/body_unpack.h"
#include "kit/kit_dice.h"

#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

enum { BYTES_MAX = 1 << 20, PACKED_MAX = 3 << 20 };

enum window { RAW = -15, ZLIB = 15, GZIP = 31 };

static cord_str pack_zlib(cord_str text, int window)
{
    z_stream zlib = {0};
    CHECK(deflateInit2(&zlib, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    size_t room = deflateBound(&zlib, text.len) + 64;
    Bytef *packed = malloc(room);
    CHECK(packed);
    zlib.next_in = (Bytef *)(uintptr_t)text.ptr;
    zlib.avail_in = (uInt)text.len;
    zlib.next_out = packed;
    zlib.avail_out = (uInt)room;
    CHECK(deflate(&zlib, Z_FINISH) == Z_STREAM_END);
    size_t len = zlib.total_out;
    (void)deflateEnd(&zlib);
    return (cord_str){(char *)packed, len};
}

static cord_str pack_zstd(cord_str text)
{
    size_t room = ZSTD_compressBound(text.len);
    char *packed = malloc(room);
    CHECK(packed);
    size_t len = ZSTD_compress(packed, room, text.ptr, text.len, 3);
    CHECK(!ZSTD_isError(len));
    return (cord_str){packed, len};
}

static cord_str pack(enum cord_delivery_coding coding, bool raw, cord_str text)
{
    switch (coding) {
    case CORD_CODING_GZIP:
        return pack_zlib(text, GZIP);
    case CORD_CODING_DEFLATE:
        return pack_zlib(text, raw ? RAW : ZLIB);
    case CORD_CODING_ZSTD:
        return pack_zstd(text);
    case CORD_CODING_IDENTITY:
        break;
    }
    fail();
    return (cord_str){0};
}

static void free_text(cord_str text)
{
    free((void *)(uintptr_t)text.ptr);
}

static struct cord_body_unpack *unpack_new(size_t bytes_max)
{
    struct cord_body_unpack *unpack = NULL;
    CHECK(cord_body_unpack_new(bytes_max, &unpack, NULL) == CORD_OK);
    return unpack;
}

/* Lines of a log, and bytes that do not pack, by turns. */
static cord_str make_text(size_t len)
{
    char *text = malloc(len + 1);
    CHECK(text);
    struct kit_dice dice = {88172645463325252ULL};
    for (size_t i = 0; i < len; i++) {
        char byte = (char)kit_dice_roll(&dice, 256);
        text[i] = (i >> 14) % 2 ? byte : "{\"level\":\"info\"}\n"[i % 17];
    }
    return (cord_str){text, len};
}

static const struct {
    enum cord_delivery_coding coding;
    bool raw;
} PACKINGS[] = {{CORD_CODING_GZIP, false},
                {CORD_CODING_DEFLATE, false},
                {CORD_CODING_DEFLATE, true},
                {CORD_CODING_ZSTD, false}};

#define FOR_PACKINGS(i) for (size_t i = 0; i < sizeof PACKINGS / sizeof *PACKINGS; i++)

static void knows_codings_by_their_names(void)
{
    static const struct {
        const char *name;
        enum cord_delivery_coding coding;
    } KNOWN[] = {{"", CORD_CODING_IDENTITY},   {"identity", CORD_CODING_IDENTITY},
                 {"gzip", CORD_CODING_GZIP},   {"x-gzip", CORD_CODING_GZIP},
                 {" GZip ", CORD_CODING_GZIP}, {"deflate", CORD_CODING_DEFLATE},
                 {"Zstd", CORD_CODING_ZSTD}};
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++) {
        enum cord_delivery_coding coding;
        CHECK(cord_body_unpack_coding(cord_str_from(KNOWN[i].name), &coding) == CORD_OK);
        CHECK(coding == KNOWN[i].coding);
    }
    enum cord_delivery_coding coding;
    CHECK(cord_body_unpack_coding((cord_str){0}, &coding) == CORD_OK);
    CHECK(coding == CORD_CODING_IDENTITY);
    static const char *const UNKNOWN[] = {"br", "gzip, gzip", "gzip,", "compress", "gzi", "*"};
    for (size_t i = 0; i < sizeof UNKNOWN / sizeof *UNKNOWN; i++) {
        CHECK(cord_body_unpack_coding(cord_str_from(UNKNOWN[i]), &coding) == CORD_E_UNSUPPORTED);
    }
}

static void gives_back_what_was_packed(void)
{
    struct cord_body_unpack *unpack = unpack_new(BYTES_MAX);
    const size_t lens[] = {0, 1, 17, 1000, 16384, 100000, BYTES_MAX - 1, BYTES_MAX};
    for (size_t at = 0; at < sizeof lens / sizeof *lens; at++) {
        cord_str text = make_text(lens[at]);
        FOR_PACKINGS(i)
        {
            cord_str packed = pack(PACKINGS[i].coding, PACKINGS[i].raw, text);
            cord_str bytes = {0};
            CHECK(cord_body_unpack_run(unpack, PACKINGS[i].coding, packed, &bytes, NULL) ==
                  CORD_OK);
            CHECK(cord_str_eq(bytes, text));
            free_text(packed);
        }
        free_text(text);
    }
    cord_body_unpack_free(unpack);
}

static void leaves_alone_what_is_not_packed(void)
{
    struct cord_body_unpack *unpack = unpack_new(4);
    cord_str text = CORD_STR("longer than four");
    cord_str bytes = {0};
    CHECK(cord_body_unpack_run(unpack, CORD_CODING_IDENTITY, text, &bytes, NULL) == CORD_OK);
    CHECK(bytes.ptr == text.ptr && bytes.len == text.len);
    cord_body_unpack_free(unpack);
}

static void takes_several_members(void)
{
    struct cord_body_unpack *unpack = unpack_new(BYTES_MAX);
    cord_str text = make_text(5000);
    FOR_PACKINGS(i)
    {
        cord_str packed = pack(PACKINGS[i].coding, PACKINGS[i].raw, text);
        cord_str none = pack(PACKINGS[i].coding, PACKINGS[i].raw, CORD_STR(""));
        struct cord_buf three;
        cord_buf_init(&three, PACKED_MAX);
        cord_buf_put(&three, packed);
        cord_buf_put(&three, none);
        cord_buf_put(&three, packed);
        cord_str bytes = {0};
        cord_status status =
            cord_body_unpack_run(unpack, PACKINGS[i].coding, cord_buf_str(&three), &bytes, NULL);
        if (PACKINGS[i].coding == CORD_CODING_DEFLATE) {
            CHECK(status == CORD_E_FORMAT); /* it has no members */
        } else {
            CHECK(status == CORD_OK);
            CHECK_STR_EQ(cord_str_slice(bytes, 0, text.len), text);
            CHECK_STR_EQ(cord_str_from_byte(bytes, text.len), text);
        }
        cord_buf_done(&three);
        free_text(packed);
        free_text(none);
    }
    free_text(text);
    cord_body_unpack_free(unpack);
}

static void stops_at_its_bound(void)
{
    struct cord_body_unpack *unpack = unpack_new(BYTES_MAX);
    cord_str bomb = {calloc(1, (size_t)64 << 20), (size_t)64 << 20};
    CHECK(bomb.ptr);
    FOR_PACKINGS(i)
    {
        const size_t lens[] = {bomb.len, BYTES_MAX + 1};
        for (size_t at = 0; at < 2; at++) {
            cord_str packed =
                pack(PACKINGS[i].coding, PACKINGS[i].raw, (cord_str){bomb.ptr, lens[at]});
            cord_str bytes = {0};
            struct cord_error err = {0};
            CHECK(cord_body_unpack_run(unpack, PACKINGS[i].coding, packed, &bytes, &err) ==
                  CORD_E_LIMIT);
            CHECK_STR(cord_str_from(err.text), "the body unpacks to more than 1048576 bytes");
            CHECK(!bytes.ptr);
            free_text(packed);
        }
    }
    free_text(bomb);
    cord_body_unpack_free(unpack);
}

/* Members that are sound each, and too much together. */
static void stops_at_its_bound_among_members(void)
{
    struct cord_body_unpack *unpack = unpack_new(8000);
    cord_str text = make_text(5000);
    FOR_PACKINGS(i)
    {
        if (PACKINGS[i].coding == CORD_CODING_DEFLATE) {
            continue;
        }
        cord_str packed = pack(PACKINGS[i].coding, false, text);
        struct cord_buf two;
        cord_buf_init(&two, PACKED_MAX);
        cord_buf_put(&two, packed);
        cord_buf_put(&two, packed);
        cord_str bytes = {0};
        CHECK(cord_body_unpack_run(unpack, PACKINGS[i].coding, cord_buf_str(&two), &bytes, NULL) ==
              CORD_E_LIMIT);
        cord_buf_done(&two);
        free_text(packed);
    }
    free_text(text);
    cord_body_unpack_free(unpack);
}

static void refuses_what_is_cut_off_or_goes_on(void)
{
    struct cord_body_unpack *unpack = unpack_new(BYTES_MAX);
    cord_str text = make_text(700);
    FOR_PACKINGS(i)
    {
        cord_str packed = pack(PACKINGS[i].coding, PACKINGS[i].raw, text);
        cord_str bytes = {0};
        for (size_t len = 0; len < packed.len; len++) {
            cord_str part = {packed.ptr, len};
            CHECK(cord_body_unpack_run(unpack, PACKINGS[i].coding, part, &bytes, NULL) ==
                  CORD_E_FORMAT);
        }
        struct cord_buf longer;
        cord_buf_init(&longer, PACKED_MAX);
        cord_buf_put(&longer, packed);
        cord_buf_put(&longer, CORD_STR("junk!"));
        CHECK(cord_body_unpack_run(unpack, PACKINGS[i].coding, cord_buf_str(&longer), &bytes,
                                   NULL) == CORD_E_FORMAT);
        cord_buf_done(&longer);
        free_text(packed);
    }
    free_text(text);
    cord_body_unpack_free(unpack);
}

static void refuses_what_is_damaged(void)
{
    struct cord_body_unpack *unpack = unpack_new(BYTES_MAX);
    cord_str text = make_text(700);
    cord_str packed = pack_zlib(text, GZIP);
    char *damaged = malloc(packed.len);
    CHECK(damaged);
    memcpy(damaged, packed.ptr, packed.len);
    damaged[packed.len - 6] ^= 1; /* of the checksum */
    cord_str bytes = {0};
    CHECK(cord_body_unpack_run(unpack, CORD_CODING_GZIP, (cord_str){damaged, packed.len}, &bytes,
                               NULL) == CORD_E_FORMAT);
    CHECK(cord_body_unpack_run(unpack, CORD_CODING_ZSTD, packed, &bytes, NULL) == CORD_E_FORMAT);
    /* A frame of zstd 0.7, by its magic number. */
    CHECK(cord_body_unpack_run(unpack, CORD_CODING_ZSTD, CORD_STR("\x27\xb5\x2f\xfd\x00\x00\x00"),
                               &bytes, NULL) == CORD_E_FORMAT);
    free(damaged);
    free_text(packed);
    free_text(text);
    cord_body_unpack_free(unpack);
}

static void survives_having_no_memory(void)
{
    for (size_t nth = 1;; nth++) {
        struct cord_body_unpack *unpack = NULL;
        kit_fail_allocation(nth);
        cord_status status = cord_body_unpack_new(BYTES_MAX, &unpack, NULL);
        bool failed_one = kit_fail_allocation_off();
        CHECK(failed_one ? status == CORD_E_NOMEM && !unpack : status == CORD_OK);
        cord_body_unpack_free(unpack);
        if (!failed_one) {
            break;
        }
    }
}

KIT_MAIN(KIT_TEST(knows_codings_by_their_names), KIT_TEST(gives_back_what_was_packed),
         KIT_TEST(leaves_alone_what_is_not_packed), KIT_TEST(takes_several_members),
         KIT_TEST(stops_at_its_bound), KIT_TEST(stops_at_its_bound_among_members),
         KIT_TEST(refuses_what_is_cut_off_or_goes_on), KIT_TEST(refuses_what_is_damaged),
         KIT_TEST(survives_having_no_memory))
