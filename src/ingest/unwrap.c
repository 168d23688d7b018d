/* unwrap.c: see unwrap.h. */
#include "ingest/unwrap.h"

#include "base/vec.h"

#include <stdlib.h>

enum { LENGTH_DIGITS_MAX = 20 };

bool cord_unwrap_init(struct cord_unwrap *unwrap, size_t text_bytes_max)
{
    *unwrap = (struct cord_unwrap){0};
    cord_buf_init(&unwrap->text, text_bytes_max);
    unwrap->arena = cord_arena_new(text_bytes_max);
    return unwrap->arena != NULL;
}

void cord_unwrap_done(struct cord_unwrap *unwrap)
{
    if (unwrap) {
        free(unwrap->refusals);
        free(unwrap->notes);
        free(unwrap->runs);
        cord_arena_free(unwrap->arena);
        cord_buf_done(&unwrap->text);
        *unwrap = (struct cord_unwrap){0};
    }
}

void cord_unwrap_reset(struct cord_unwrap *unwrap)
{
    cord_buf_clear(&unwrap->text);
    cord_arena_reset(unwrap->arena);
    unwrap->run_count = 0;
    unwrap->note_count = 0;
    unwrap->refusal_count = 0;
    memset(unwrap->refused, 0, sizeof unwrap->refused);
    unwrap->items = 0;
    unwrap->noting = false;
    unwrap->failed = false;
}

/* The run that the next record belongs to. NULL: out of memory. */
static struct cord_unwrap_run *run_of(struct cord_unwrap *unwrap, enum cord_unwrap_form form)
{
    if (unwrap->run_count > 0) {
        struct cord_unwrap_run *last = &unwrap->runs[unwrap->run_count - 1];
        if (last->form == form && last->item_first + last->item_count == unwrap->items) {
            return last;
        }
    }
    struct cord_unwrap_run *runs =
        cord_vec_room(unwrap->runs, unwrap->run_count, &unwrap->run_cap, sizeof *runs);
    if (!runs) {
        return NULL;
    }
    unwrap->runs = runs;
    runs[unwrap->run_count] = (struct cord_unwrap_run){
        .form = form,
        .from = unwrap->text.len,
        .item_first = unwrap->items,
    };
    return &runs[unwrap->run_count++];
}

/* Line feeds are rare in what is sent: memchr finds that there are none at the speed of
 * memory. */
static void make_one_line(char *text, size_t len)
{
    char *end = text + len;
    for (char *at = memchr(text, '\n', len); at; at = memchr(at, '\n', (size_t)(end - at))) {
        *at++ = ' ';
    }
}

static bool put_document(struct cord_buf *text, cord_str record)
{
    char *into = cord_buf_reserve(text, record.len + 1);
    if (!into) {
        return false;
    }
    memcpy(into, record.ptr, record.len);
    make_one_line(into, record.len);
    into[record.len] = '\n';
    text->len += record.len + 1;
    return true;
}

static bool put_frame(struct cord_buf *text, cord_str record)
{
    char *into = cord_buf_reserve(text, LENGTH_DIGITS_MAX + 1 + record.len);
    if (!into) {
        return false;
    }
    char digits[LENGTH_DIGITS_MAX];
    size_t at = sizeof digits;
    for (size_t rest = record.len; rest > 0; rest /= 10) {
        digits[--at] = (char)('0' + rest % 10);
    }
    size_t len = sizeof digits - at;
    memcpy(into, digits + at, len);
    into[len] = ' ';
    memcpy(into + len + 1, record.ptr, record.len);
    text->len += len + 1 + record.len;
    return true;
}

void cord_unwrap_put(struct cord_unwrap *unwrap, enum cord_unwrap_form form, cord_str record)
{
    if (record.len == 0) {
        cord_unwrap_refuse(unwrap, CORD_LOSS_EMPTY, CORD_STR("an empty record"), record);
        return;
    }
    struct cord_unwrap_run *run = run_of(unwrap, form);
    if (!run || !(form == CORD_UNWRAP_JSON ? put_document(&unwrap->text, record)
                                           : put_frame(&unwrap->text, record))) {
        unwrap->failed = true;
        return;
    }
    run->len = unwrap->text.len - run->from;
    run->item_count++;
    unwrap->items++;
    unwrap->noting = true;
}

void cord_unwrap_refuse(struct cord_unwrap *unwrap, enum cord_loss_reason reason, cord_str text,
                        cord_str record)
{
    uint32_t item = unwrap->items++;
    unwrap->noting = false;
    unwrap->refused[reason]++;
    if (unwrap->refusal_count == CORD_UNWRAP_REFUSALS_MAX) {
        return;
    }
    struct cord_unwrap_refusal *refusals = cord_vec_room(unwrap->refusals, unwrap->refusal_count,
                                                         &unwrap->refusal_cap, sizeof *refusals);
    cord_str text_kept = cord_arena_copy(unwrap->arena, text);
    cord_str record_kept =
        cord_arena_copy(unwrap->arena, cord_str_slice(record, 0, CORD_UNWRAP_REFUSED_BYTES_MAX));
    if (!refusals || !text_kept.ptr || !record_kept.ptr) {
        unwrap->refusals = refusals ? refusals : unwrap->refusals;
        unwrap->failed = true;
        return;
    }
    unwrap->refusals = refusals;
    refusals[unwrap->refusal_count++] = (struct cord_unwrap_refusal){
        .item = item, .reason = reason, .text = text_kept, .record = record_kept};
}

static void add_note(struct cord_unwrap *unwrap, cord_str name, cord_str value,
                     enum cord_unwrap_role role)
{
    struct cord_unwrap_note *notes =
        cord_vec_room(unwrap->notes, unwrap->note_count, &unwrap->note_cap, sizeof *notes);
    cord_str kept = cord_arena_copy(unwrap->arena, value);
    unwrap->notes = notes ? notes : unwrap->notes;
    if (!notes || !kept.ptr || !name.ptr) {
        unwrap->failed = true;
        return;
    }
    notes[unwrap->note_count++] = (struct cord_unwrap_note){
        .item = unwrap->items - 1, .name = name, .value = kept, .role = role};
}

void cord_unwrap_note(struct cord_unwrap *unwrap, const char *name, cord_str value,
                      enum cord_unwrap_role role)
{
    if (unwrap->noting) {
        add_note(unwrap, cord_str_from(name), value, role);
    }
}

void cord_unwrap_note_under(struct cord_unwrap *unwrap, const char *prefix, cord_str name,
                            cord_str value)
{
    if (unwrap->noting) {
        cord_str whole = cord_arena_printf(unwrap->arena, "%s.%.*s", prefix, CORD_STR_ARG(name));
        add_note(unwrap, whole, value, CORD_UNWRAP_ROLE_NONE);
    }
}

void cord_unwrap_lines(struct cord_unwrap *unwrap, cord_str documents)
{
    bool ended = documents.len == 0 || documents.ptr[documents.len - 1] == '\n';
    struct cord_unwrap_run *run = run_of(unwrap, CORD_UNWRAP_JSON);
    if (!run || !cord_buf_reserve(&unwrap->text, documents.len + 1)) {
        unwrap->failed = true;
        return;
    }
    cord_buf_put(&unwrap->text, documents);
    if (!ended) {
        cord_buf_put_char(&unwrap->text, '\n');
    }
    run->len = unwrap->text.len - run->from;
}
