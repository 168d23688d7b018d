/* test_unpack.c: packed streams, whole, joined, cut and damaged. */
#include "kit/kit.h"
#include "kit/memory_reader.h"

#include "ingest/unpack.h"

#include <lzma.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

enum { PLAIN_BYTES = 300000 };

static char plain[PLAIN_BYTES];
static char packed[2 * PLAIN_BYTES + 4096];
static char out[4 * PLAIN_BYTES];

static void make_plain(void)
{
    uint32_t state = 7;
    for (size_t i = 0; i < sizeof plain; i++) {
        state = state * 1664525u + 1013904223u;
        plain[i] = (char)('a' + (state >> 24) % 20);
    }
}

static size_t pack_gzip(char *into, cord_str text)
{
    z_stream zlib = {0};
    CHECK(deflateInit2(&zlib, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    zlib.next_in = (Bytef *)(uintptr_t)text.ptr;
    zlib.avail_in = (uInt)text.len;
    zlib.next_out = (Bytef *)into;
    zlib.avail_out = (uInt)sizeof packed / 2;
    CHECK(deflate(&zlib, Z_FINISH) == Z_STREAM_END);
    size_t len = zlib.total_out;
    CHECK(deflateEnd(&zlib) == Z_OK);
    return len;
}

static size_t pack_xz(char *into, cord_str text)
{
    size_t len = 0;
    CHECK(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, NULL, (const uint8_t *)text.ptr, text.len,
                                  (uint8_t *)into, &len, sizeof packed / 2) == LZMA_OK);
    return len;
}

static size_t pack_zstd(char *into, cord_str text)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    assert_non_null(context);
    CHECK(!ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)));
    size_t len = ZSTD_compress2(context, into, sizeof packed / 2, text.ptr, text.len);
    CHECK(!ZSTD_isError(len));
    ZSTD_freeCCtx(context);
    return len;
}

typedef size_t pack_function(char *into, cord_str text);
static pack_function *const packers[] = {pack_gzip, pack_xz, pack_zstd};

static cord_status unpack(cord_str text, size_t step, size_t *ret_len, struct cord_error *err)
{
    struct cord_reader *reader = NULL;
    *ret_len = 0;
    cord_status status = cord_unpack_layers(kit_memory_reader(text, step), 2, &reader, err);
    if (status == CORD_OK) {
        status = cord_reader_fill(reader, out, sizeof out, ret_len, err);
        cord_reader_close(reader);
    }
    return status;
}

static void gives_back_what_was_packed_whatever_the_steps(void)
{
    static const size_t steps[] = {1, 7, 4096, SIZE_MAX};
    make_plain();
    for (size_t p = 0; p < 3; p++) {
        for (size_t s = 0; s < 4; s++) {
            cord_str text = {plain, steps[s] == 1 ? 5000 : sizeof plain};
            size_t len = packers[p](packed, text);
            size_t got = 0;
            CHECK(unpack((cord_str){packed, len}, steps[s], &got, NULL) == CORD_OK);
            CHECK_STR_EQ(((cord_str){out, got}), text);
        }
    }
}

static void reads_members_joined_end_to_end(void)
{
    make_plain();
    for (size_t p = 0; p < 3; p++) {
        size_t first = packers[p](packed, (cord_str){plain, 1000});
        size_t second = packers[p](packed + first, (cord_str){plain + 1000, 500});
        size_t got = 0;
        CHECK(unpack((cord_str){packed, first + second}, 100, &got, NULL) == CORD_OK);
        CHECK_STR_EQ(((cord_str){out, got}), ((cord_str){plain, 1500}));
    }
}

static void says_that_a_stream_was_cut_and_gives_what_was_there(void)
{
    make_plain();
    for (size_t p = 0; p < 3; p++) {
        size_t len = packers[p](packed, (cord_str){plain, sizeof plain});
        struct cord_error err = {""};
        size_t got = 0;
        CHECK(unpack((cord_str){packed, len / 2}, SIZE_MAX, &got, &err) == CORD_E_FORMAT);
        CHECK(got > 0 && memcmp(out, plain, got) == 0);
        assert_non_null(strstr(err.text, "too early"));
    }
}

static void says_that_a_stream_is_damaged(void)
{
    make_plain();
    for (size_t p = 0; p < 3; p++) {
        size_t len = packers[p](packed, (cord_str){plain, sizeof plain});
        size_t got = 0;
        memset(packed + len / 2, 0x55, 200);
        CHECK(unpack((cord_str){packed, len}, SIZE_MAX, &got, NULL) != CORD_OK);
    }
}

static void ignores_padding_behind_gzip(void)
{
    make_plain();
    size_t len = pack_gzip(packed, (cord_str){plain, 1000});
    size_t got = 0;
    memset(packed + len, 0, 512);
    CHECK(unpack((cord_str){packed, len + 512}, SIZE_MAX, &got, NULL) == CORD_OK);
    CHECK_U64(got, 1000);
}

static void unpacks_layers_up_to_the_limit(void)
{
    make_plain();
    static char second[sizeof packed];
    size_t len = pack_gzip(packed, (cord_str){plain, 1000});
    size_t got = 0;
    len = pack_zstd(second, (cord_str){packed, len});
    CHECK(unpack((cord_str){second, len}, SIZE_MAX, &got, NULL) == CORD_OK);
    CHECK_U64(got, 1000);
    len = pack_gzip(packed, (cord_str){second, len});
    CHECK(unpack((cord_str){packed, len}, SIZE_MAX, &got, NULL) == CORD_E_LIMIT);
}

static void turns_utf16_into_utf8(void)
{
    size_t got = 0;
    CHECK(unpack(CORD_STR("\xff\xfe"
                          "a\0\xe9\0\x3d\xd8\x00\xde\x00\xd8"),
                 3, &got, NULL) == CORD_OK);
    CHECK_STR(((cord_str){out, got}), "a\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbd");
    CHECK(unpack(CORD_STR("\xfe\xff\0h\0i"), 1, &got, NULL) == CORD_OK);
    CHECK_STR(((cord_str){out, got}), "hi");
    CHECK(unpack(CORD_STR("\xef\xbb\xbfplain"), 1, &got, NULL) == CORD_OK);
    CHECK_STR(((cord_str){out, got}), "plain");
}

static void gives_characters_into_any_room(void)
{
    struct cord_reader *reader = NULL;
    char text[64];
    size_t len = 0;
    /* Six characters of three bytes each, read a byte at a time. */
    CHECK(cord_unpack_layers(kit_memory_reader(CORD_STR("\xff\xfe"
                                                        "\x2d\x4e\x2d\x4e\x2d\x4e\x2d\x4e"
                                                        "\x2d\x4e\x2d\x4e"),
                                               SIZE_MAX),
                             2, &reader, NULL) == CORD_OK);
    for (size_t got = 0; cord_reader_read(reader, text + len, 1, &got, NULL) == CORD_OK;) {
        len += got;
    }
    CHECK_STR(((cord_str){text, len}), "\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad"
                                       "\xe4\xb8\xad\xe4\xb8\xad");
    cord_reader_close(reader);
}

static void leaves_plain_and_empty_input_alone(void)
{
    size_t got = 1;
    CHECK(unpack(CORD_STR(""), 1, &got, NULL) == CORD_OK && got == 0);
    CHECK(unpack(CORD_STR("x"), 1, &got, NULL) == CORD_OK && got == 1);
}

KIT_MAIN(KIT_TEST(gives_back_what_was_packed_whatever_the_steps),
         KIT_TEST(reads_members_joined_end_to_end),
         KIT_TEST(says_that_a_stream_was_cut_and_gives_what_was_there),
         KIT_TEST(says_that_a_stream_is_damaged), KIT_TEST(ignores_padding_behind_gzip),
         KIT_TEST(unpacks_layers_up_to_the_limit), KIT_TEST(turns_utf16_into_utf8),
         KIT_TEST(gives_characters_into_any_room), KIT_TEST(leaves_plain_and_empty_input_alone))
