#include "comms/byte_queue.h"
#include "kit/kit.h"

static void takes_from_the_front(void)
{
    struct cord_byte_queue queue;
    cord_byte_queue_init(&queue, 10);
    CHECK(cord_byte_queue_bytes(&queue).len == 0);
    CHECK(cord_byte_queue_put(&queue, CORD_STR("12345678")) == CORD_OK);
    CHECK(cord_byte_queue_room(&queue) == 2);
    cord_byte_queue_take(&queue, 3);
    CHECK_STR(cord_byte_queue_bytes(&queue), "45678");
    CHECK(cord_byte_queue_room(&queue) == 5);
    CHECK(cord_byte_queue_put(&queue, CORD_STR("90abcd")) == CORD_E_LIMIT);
    CHECK_STR(cord_byte_queue_bytes(&queue), "45678");
    CHECK(cord_byte_queue_put(&queue, CORD_STR("90abc")) == CORD_OK);
    CHECK_STR(cord_byte_queue_bytes(&queue), "4567890abc");
    CHECK(cord_byte_queue_room(&queue) == 0);
    cord_byte_queue_take(&queue, 10);
    CHECK(cord_byte_queue_len(&queue) == 0);
    CHECK(!queue.buf.ptr); /* nothing waits: nothing is held */
    CHECK(cord_byte_queue_put(&queue, CORD_STR("again")) == CORD_OK);
    CHECK_STR(cord_byte_queue_bytes(&queue), "again");
    cord_byte_queue_done(&queue);
}

static void is_filled_in_place(void)
{
    struct cord_byte_queue queue;
    cord_byte_queue_init(&queue, 100);
    char *at = cord_byte_queue_reserve(&queue, 100);
    CHECK(at);
    CHECK(!cord_byte_queue_reserve(&queue, 101));
    memcpy(at, "abc", 3);
    cord_byte_queue_add(&queue, 3);
    CHECK_STR(cord_byte_queue_bytes(&queue), "abc");
    CHECK(!cord_byte_queue_reserve(&queue, 98));
    cord_byte_queue_done(&queue);
}

/* Against an array that is simply moved. */
static void agrees_with_an_array_at_random(void)
{
    enum { MAX = 1000 };
    struct cord_byte_queue queue;
    char model[MAX];
    size_t len = 0;
    uint32_t seed = 3;
    cord_byte_queue_init(&queue, MAX);
    for (size_t step = 0; step < 100000; step++) {
        seed = seed * 1664525 + 1013904223;
        char bytes[300];
        size_t count = (seed >> 8) % sizeof bytes;
        if (seed >> 31) {
            memset(bytes, (char)step, sizeof bytes);
            cord_status status = cord_byte_queue_put(&queue, (cord_str){bytes, count});
            CHECK(status == (len + count <= MAX ? CORD_OK : CORD_E_LIMIT));
            if (status == CORD_OK) {
                memcpy(model + len, bytes, count);
                len += count;
            }
        } else {
            count = count < len ? count : len;
            cord_byte_queue_take(&queue, count);
            len -= count;
            memmove(model, model + count, len);
        }
        CHECK_STR_EQ(cord_byte_queue_bytes(&queue), ((cord_str){model, len}));
        CHECK(queue.buf.cap <= MAX);
    }
    cord_byte_queue_done(&queue);
}

static void says_when_memory_is_out(void)
{
    struct cord_byte_queue queue;
    cord_byte_queue_init(&queue, 100);
    kit_fail_allocation(1);
    CHECK(cord_byte_queue_put(&queue, CORD_STR("x")) == CORD_E_NOMEM);
    CHECK(kit_fail_allocation_off());
    CHECK(cord_byte_queue_put(&queue, CORD_STR("x")) == CORD_OK);
    CHECK_STR(cord_byte_queue_bytes(&queue), "x");
    cord_byte_queue_done(&queue);
}

KIT_MAIN(KIT_TEST(takes_from_the_front), KIT_TEST(is_filled_in_place),
         KIT_TEST(agrees_with_an_array_at_random), KIT_TEST(says_when_memory_is_out))
