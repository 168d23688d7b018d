/* kit_unwrap.c: see kit_unwrap.h. */
#include "kit/kit_unwrap.h"

#include "codec/octet_frame.h"

#include <assert.h>
#include <stdlib.h>

/* Takes a record off a run's text. */
static cord_str next_record(enum cord_unwrap_form form, cord_str *text)
{
    cord_str record = {0};
    if (form == CORD_UNWRAP_JSON) {
        (void)cord_str_cut(text, '\n', &record);
    } else {
        cord_status status = cord_octet_frame_next(text, SIZE_MAX / 16, &record);
        assert(status == CORD_OK);
    }
    return record;
}

static void check_run(const struct cord_unwrap *unwrap, const struct cord_unwrap_run *run)
{
    cord_str text = cord_str_slice(cord_buf_str(&unwrap->text), run->from, run->len);
    assert(text.len == run->len && text.len > 0);
    if (run->item_count == 0) {
        assert(unwrap->run_count == 1 && run->form == CORD_UNWRAP_JSON);
        return;
    }
    for (uint32_t at = 0; at < run->item_count; at++) {
        assert(text.len > 0);
        (void)next_record(run->form, &text);
    }
    assert(text.len == 0);
}

static void check_balance(const struct cord_unwrap *unwrap)
{
    unsigned char *seen = calloc((size_t)unwrap->items + 1, 1);
    size_t from = 0;
    uint64_t refused = 0;
    assert(seen);
    for (size_t at = 0; at < unwrap->run_count; at++) {
        const struct cord_unwrap_run *run = &unwrap->runs[at];
        assert(run->from == from);
        from += run->len;
        check_run(unwrap, run);
        for (uint32_t item = 0; item < run->item_count; item++) {
            assert(run->item_first + item < unwrap->items && !seen[run->item_first + item]++);
        }
    }
    assert(from == unwrap->text.len);
    for (size_t at = 0; at < unwrap->refusal_count; at++) {
        assert(unwrap->refusals[at].item < unwrap->items && !seen[unwrap->refusals[at].item]++);
    }
    for (size_t at = 0; at < CORD_LOSS_COUNT; at++) {
        refused += unwrap->refused[at];
    }
    assert(refused >= unwrap->refusal_count);
    if (refused == unwrap->refusal_count) {
        assert(!memchr(seen, 0, unwrap->items ? unwrap->items : 1) || unwrap->items == 0);
    }
    for (size_t at = 0; at < unwrap->note_count; at++) {
        assert(unwrap->notes[at].item < unwrap->items);
        assert(at == 0 || unwrap->notes[at - 1].item <= unwrap->notes[at].item);
    }
    free(seen);
}

void kit_unwrap_check(const struct cord_delivery_kind *kind, cord_str bytes, cord_str context)
{
    static const size_t rooms[] = {1 << 22, 64};
    for (size_t at = 0; at < sizeof rooms / sizeof *rooms; at++) {
        struct cord_unwrap unwrap;
        if (cord_unwrap_init(&unwrap, rooms[at])) {
            struct cord_error err = {0};
            cord_status status = kind->unwrap(kind, bytes, context, &unwrap, &err);
            assert(status == CORD_OK || (status == CORD_E_FORMAT && err.text[0] != '\0'));
            if (status == CORD_OK && !unwrap.failed) {
                check_balance(&unwrap);
            }
        }
        cord_unwrap_done(&unwrap);
    }
}

cord_str kit_unwrap_record(const struct cord_unwrap *unwrap, size_t nth,
                           enum cord_unwrap_form *ret_form)
{
    for (size_t at = 0; at < unwrap->run_count; at++) {
        const struct cord_unwrap_run *run = &unwrap->runs[at];
        if (nth >= run->item_count) {
            nth -= run->item_count;
            continue;
        }
        cord_str text = cord_str_slice(cord_buf_str(&unwrap->text), run->from, run->len);
        cord_str record = {0};
        for (size_t skip = 0; skip <= nth; skip++) {
            record = next_record(run->form, &text);
        }
        *ret_form = run->form;
        return record;
    }
    return (cord_str){0};
}

cord_str kit_unwrap_note(const struct cord_unwrap *unwrap, uint32_t item, const char *name)
{
    for (size_t at = 0; at < unwrap->note_count; at++) {
        if (unwrap->notes[at].item == item &&
            cord_str_eq(unwrap->notes[at].name, cord_str_from(name))) {
            return unwrap->notes[at].value;
        }
    }
    return (cord_str){0};
}
