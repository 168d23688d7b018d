/* fuzz_ledger.c: entries of any bytes keep the balance; and what they add up to can be written
 * and read again. */
#include "ingest/ledger_internal.h"

#include <assert.h>
#include <stdlib.h>

enum { MINUTES_KEPT = 60, BYTES_MAX = 1 << 20 };

static void check_same(struct cord_ledger_book *a, struct cord_ledger_book *b)
{
    assert(cord_ledger_book_count(a) == cord_ledger_book_count(b));
    for (size_t i = 0; i < a->count; i++) {
        const struct cord_ledger_account *x = a->accounts[i];
        const struct cord_ledger_account *y = cord_ledger_book_account(b, x->name, x->organisation);
        assert(memcmp(&x->total, &y->total, sizeof x->total) == 0);
        assert(memcmp(&x->times, &y->times, sizeof x->times) == 0);
    }
}

static void write_again(struct cord_ledger_replay *replay)
{
    struct cord_ledger_replay again;
    struct cord_buf out;
    size_t *ends = NULL;
    size_t count = 0;
    size_t from = 0;
    bool snapshot = false;
    cord_buf_init(&out, BYTES_MAX);
    if (cord_ledger_entry_put_book(&out, replay->book, 3, &ends, &count) == CORD_OK &&
        cord_ledger_replay_init(&again, MINUTES_KEPT) == CORD_OK) {
        for (size_t i = 0; i < count; i++) {
            cord_str part = cord_str_slice(cord_buf_str(&out), from, ends[i] - from);
            assert(cord_ledger_replay_entry(&again, part, &snapshot) == CORD_OK);
            assert(snapshot == (i + 1 == count));
            from = ends[i];
        }
        check_same(replay->book, again.book);
        cord_ledger_replay_done(&again);
    }
    free(ends);
    cord_buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cord_ledger_replay replay;
    struct cord_octets octets = cord_octets_of((cord_str){(const char *)data, size});
    if (cord_ledger_replay_init(&replay, MINUTES_KEPT) != CORD_OK) {
        return 0;
    }
    while (cord_octets_left(&octets) > 0) {
        bool snapshot = false;
        cord_str entry = cord_octets_text(&octets);
        cord_status status = cord_ledger_replay_entry(&replay, entry, &snapshot);
        assert(status == CORD_OK || status == CORD_E_FORMAT || status == CORD_E_NOMEM);
    }
    for (size_t i = 0; i < cord_ledger_book_count(replay.book); i++) {
        const struct cord_ledger_counts *total = &cord_ledger_book_at(replay.book, i)->total;
        assert(total->received == total->stored + cord_ledger_counts_lost(total));
    }
    write_again(&replay);
    cord_ledger_replay_done(&replay);
    return 0;
}
