/* fuzz_alert_book.c: whatever is fed, in whatever order, the book says at any time what a plain
 * look at all of it comes to.
 *
 * The first two bytes choose the order and the time, the rest makes findings and claims.
 */
#include "kit/make_alerts.h"

#include <assert.h>

enum { ALL = MAKE_ALERTS_FINDINGS + MAKE_ALERTS_CLAIMS };

static void print(void *self, const struct cord_alert *alert)
{
    struct cord_buf *out = self;
    make_alerts_print(alert, out);
    cord_buf_put_char(out, '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cord_alert alerts[ALL];
    uint64_t numbers[ALL];
    struct cord_buf got;
    struct cord_buf wanted;
    if (size < 2) {
        return 0;
    }
    struct make_alerts *history = make_alerts_new(data + 2, size - 2);
    struct cord_alert_book *book = cord_alert_book_new(&history->options);
    int64_t at_ns = history->first_ns + data[1] * ((history->last_ns - history->first_ns) / 255);
    const struct cord_alert_ask ask = {
        .from_ns = CORD_TIME_NONE, .to_ns = CORD_TIME_NONE, .at_ns = at_ns};
    const struct cord_alert_page page = {.limit = CORD_ALERT_LIMIT_MAX};
    struct cord_alert_listed listed;
    cord_buf_init(&got, 1 << 20);
    cord_buf_init(&wanted, 1 << 20);
    if (book) {
        make_alerts_feed(history, book, data[0]);
        size_t count = make_alerts_plain(history, at_ns, alerts, numbers);
        for (size_t i = 0; i < count; i++) {
            print(&wanted, &alerts[i]);
        }
        cord_status status = cord_alert_book_list(
            book, &ask, &page, (struct cord_alert_visitor){print, &got}, &listed, NULL);
        assert(status == CORD_OK);
        assert(cord_str_eq(cord_buf_str(&got), cord_buf_str(&wanted)));
    }
    cord_buf_done(&got);
    cord_buf_done(&wanted);
    cord_alert_book_free(book);
    make_alerts_free(history);
    return 0;
}
