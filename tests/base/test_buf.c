/* test_buf.c: a buffer that grows to its ceiling and not further. */
#include "base/buf.h"
#include "kit/kit.h"

static void appends_what_it_is_given(void)
{
    struct cord_buf buf;
    cord_buf_init(&buf, 1 << 20);
    CHECK(cord_buf_str(&buf).len == 0);
    cord_buf_put(&buf, (cord_str){0});
    cord_buf_put_text(&buf, "a");
    cord_buf_put_char(&buf, '\0');
    cord_buf_printf(&buf, "%s%d", "b", 7);
    CHECK_STR(cord_buf_str(&buf), "a\0b7");
    for (size_t i = 0; i < 10000; i++) {
        cord_buf_put_text(&buf, "0123456789");
    }
    CHECK(!buf.failed && buf.len == 100004);
    CHECK_STR(cord_str_slice(cord_buf_str(&buf), 100001, 9), "789");
    cord_buf_clear(&buf);
    CHECK(buf.len == 0 && buf.cap >= 100004);
    cord_buf_done(&buf);
    cord_buf_done(&buf);
    cord_buf_done(NULL);
}

static void a_failed_append_changes_nothing_but_failed(void)
{
    struct cord_buf buf;
    cord_buf_init(&buf, 10);
    cord_buf_put_text(&buf, "0123456789");
    CHECK(!buf.failed && buf.len == 10 && buf.cap <= 10);
    cord_buf_put_char(&buf, 'x');
    CHECK(buf.failed);
    CHECK_STR(cord_buf_str(&buf), "0123456789");
    cord_buf_clear(&buf);
    CHECK(!buf.failed);
    cord_buf_printf(&buf, "%s", "0123456789abc");
    CHECK(buf.failed && buf.len == 0);
    CHECK(!cord_buf_reserve(&buf, SIZE_MAX));
    CHECK(cord_buf_reserve(&buf, 10) && !cord_buf_reserve(&buf, 11));
    cord_buf_done(&buf);
}

static void out_of_memory_is_a_failed_append(void)
{
    struct cord_buf buf;
    cord_buf_init(&buf, 1 << 20);
    cord_buf_put_text(&buf, "kept");
    kit_fail_allocation(1);
    for (size_t i = 0; i < 100; i++) {
        cord_buf_put_text(&buf, "0123456789");
    }
    CHECK(kit_fail_allocation_off());
    CHECK(buf.failed);
    CHECK(cord_str_starts(cord_buf_str(&buf), CORD_STR("kept0123456789")));
    cord_buf_done(&buf);
}

KIT_MAIN(KIT_TEST(appends_what_it_is_given), KIT_TEST(a_failed_append_changes_nothing_but_failed),
         KIT_TEST(out_of_memory_is_a_failed_append))
