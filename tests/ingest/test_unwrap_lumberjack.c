/* test_unwrap_lumberjack.c: frames, packed and not. */
#include <zlib.h>

#include "ingest/unwrap_kinds.h"
#include "kit/kit.h"
#include "kit/kit_unwrap.h"

static void put_u32(struct cord_buf *buf, uint32_t number)
{
    const char bytes[4] = {(char)(number >> 24), (char)(number >> 16 & 0xff),
                           (char)(number >> 8 & 0xff), (char)(number & 0xff)};
    cord_buf_put(buf, (cord_str){bytes, 4});
}

static void put_text(struct cord_buf *buf, const char *text)
{
    put_u32(buf, (uint32_t)strlen(text));
    cord_buf_put_text(buf, text);
}

static void put_json(struct cord_buf *buf, uint32_t number, const char *text)
{
    cord_buf_put_text(buf, "2J");
    put_u32(buf, number);
    put_text(buf, text);
}

/* What is in the buffer becomes one packed frame. */
static void pack(struct cord_buf *buf)
{
    char packed[4096];
    uLongf len = sizeof packed;
    CHECK(compress((Bytef *)packed, &len, (const Bytef *)buf->ptr, buf->len) == Z_OK);
    cord_buf_clear(buf);
    cord_buf_put_text(buf, "2C");
    put_u32(buf, (uint32_t)len);
    cord_buf_put(buf, (cord_str){packed, len});
}

static cord_status run(struct cord_unwrap *unwrap, const struct cord_buf *frames,
                       struct cord_error *err)
{
    CHECK(cord_unwrap_init(unwrap, 65536));
    return cord_unwrap_lumberjack.unwrap(&cord_unwrap_lumberjack, cord_buf_str(frames),
                                         (cord_str){0}, unwrap, err);
}

static void takes_records_of_every_frame(void)
{
    enum cord_unwrap_form form;
    struct cord_unwrap unwrap;
    struct cord_buf frames;
    struct cord_buf more;
    cord_buf_init(&frames, 65536);
    cord_buf_init(&more, 65536);
    put_json(&frames, 7, "{\"a\":1}");
    put_json(&frames, 8, " {\"b\":\n2} ");
    pack(&frames);
    cord_buf_put_text(&more, "2D");
    put_u32(&more, 9);
    put_u32(&more, 2);
    put_text(&more, "line");
    put_text(&more, "said \"no\"");
    put_text(&more, "host");
    put_text(&more, "h");
    put_json(&more, 10, "[]");
    cord_buf_put(&frames, cord_buf_str(&more));
    CHECK(run(&unwrap, &frames, NULL) == CORD_OK && !unwrap.failed);
    CHECK_U64(unwrap.items, 4);
    CHECK_STR(kit_unwrap_record(&unwrap, 1, &form), "{\"b\": 2}");
    CHECK_STR(kit_unwrap_record(&unwrap, 2, &form),
              "{\"line\":\"said \\\"no\\\"\",\"host\":\"h\"}");
    CHECK_U64(unwrap.refusals[0].item, 3);
    CHECK_STR(cord_buf_str(&unwrap.answer), "10");
    cord_unwrap_done(&unwrap);
    cord_buf_done(&frames);
    cord_buf_done(&more);
}

static void refuses_what_is_packed_twice(void)
{
    struct cord_unwrap unwrap;
    struct cord_error err = {0};
    struct cord_buf frames;
    cord_buf_init(&frames, 65536);
    put_json(&frames, 1, "{}");
    pack(&frames);
    pack(&frames);
    CHECK(run(&unwrap, &frames, &err) == CORD_E_FORMAT);
    cord_unwrap_done(&unwrap);
    cord_buf_done(&frames);
}

static void bounds_what_it_unpacks(void)
{
    struct cord_unwrap unwrap;
    struct cord_buf frames;
    cord_buf_init(&frames, 1 << 20);
    for (int at = 0; at < 100000; at++) {
        cord_buf_put_char(&frames, 'x');
    }
    pack(&frames);
    CHECK(run(&unwrap, &frames, NULL) == CORD_OK);
    CHECK(unwrap.failed);
    cord_unwrap_done(&unwrap);
    cord_buf_done(&frames);
}

static void refuses_damaged_frames(void)
{
    static const cord_str cases[] = {{"2J\0\0\0\1\0\0\0\3{}", 12},
                                     {"2X\0\0\0\0", 6},
                                     {"2", 1},
                                     {"1J\0\0\0\1\0\0\0\2{}", 12},
                                     {"2C\0\0\0\2xx", 8}};
    for (size_t at = 0; at < sizeof cases / sizeof *cases; at++) {
        struct cord_unwrap unwrap;
        struct cord_error err = {0};
        struct cord_buf frames;
        cord_buf_init(&frames, 64);
        cord_buf_put(&frames, cases[at]);
        CHECK(run(&unwrap, &frames, &err) == CORD_E_FORMAT);
        CHECK(err.text[0] != '\0');
        cord_unwrap_done(&unwrap);
        cord_buf_done(&frames);
    }
}

KIT_MAIN(KIT_TEST(takes_records_of_every_frame), KIT_TEST(refuses_what_is_packed_twice),
         KIT_TEST(bounds_what_it_unpacks), KIT_TEST(refuses_damaged_frames))
