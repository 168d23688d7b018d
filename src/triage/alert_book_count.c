/* alert_book_count.c: how many alerts there are, and are open; see alert_book.h. */
#include "triage/alert_book_scan_internal.h"

#include <stdlib.h>

struct organisation_count {
    cord_str code;
    uint32_t total, open;
};

/* Of organisations that have any, as they are kept. */
static cord_status count_kept(struct cord_alert_book *book, const struct cord_alert_ask *ask,
                              struct cord_alert_counted *ret_counted)
{
    struct cord_alert_counted counted = {0, 0};
    size_t count = 0;
    (void)pthread_rwlock_rdlock(&book->lock);
    struct organisation_count *counts = malloc((book->of_count + 1) * sizeof *counts);
    for (size_t i = 0; counts && i < book->of_count; i++) {
        const struct cord_alert_of *of = &book->of[i];
        if (of->count > 0) {
            counts[count++] =
                (struct organisation_count){book->organisations.items[i], of->count, of->open};
        }
    }
    (void)pthread_rwlock_unlock(&book->lock);
    for (size_t i = 0; i < count; i++) {
        if (!ask->visible || ask->visible(ask->self, counts[i].code, NULL)) {
            counted.total += counts[i].total;
            counted.open += counts[i].open;
        }
    }
    if (counts) {
        *ret_counted = counted;
    }
    free(counts);
    return counts ? CORD_OK : CORD_E_NOMEM;
}

static cord_status count_chosen(struct cord_alert_book *book, const struct cord_alert_ask *ask,
                                struct cord_alert_counted *ret_counted, struct cord_error *err)
{
    const struct cord_alert_way way = {.regions = false};
    struct cord_alert_scan scan;
    struct cord_alert_counted counted = {0, 0};
    uint64_t chosen = 0;
    cord_status status = cord_alert_book_scan_open(&scan, book, ask, way, err);
    while (status == CORD_OK && (status = cord_alert_book_scan_next(&scan, &chosen)) == CORD_OK) {
        counted.total += (uint64_t)__builtin_popcountll(chosen);
        counted.open += cord_alert_book_scan_open_count(&scan, chosen);
    }
    cord_alert_book_scan_close(&scan);
    if (status != CORD_E_END) {
        return status;
    }
    *ret_counted = counted;
    return CORD_OK;
}

cord_status cord_alert_book_count(struct cord_alert_book *book, const struct cord_alert_ask *ask,
                                  struct cord_alert_counted *ret_counted, struct cord_error *err)
{
    bool all = cord_str_trim(ask->query).len == 0 && !ask->ids && ask->at_ns == CORD_TIME_NONE &&
               ask->from_ns == CORD_TIME_NONE && ask->to_ns == CORD_TIME_NONE;
    return all ? count_kept(book, ask, ret_counted) : count_chosen(book, ask, ret_counted, err);
}
